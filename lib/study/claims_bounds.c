/* The bounds: rows of the catalogue, which is below which, where each is attained, what they are worth. */
#include "claims_internal.h"

static tt_claim_observe catalogue_bound;
static tt_status catalogue_bound(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                 tt_error *error)
{
    (void)error;
    out->verdict = specimen->judgement.evaluation.bounds[claim->index].verdict;
    return TT_OK;
}

void tt_claim_of_bound(tt_claim *out, size_t k)
{
    static const char *const checks[] = {
        [TT_REWARD_FREE] = "worst-case Error against the value; rationals and roots exactly, else in enclosures",
        [TT_REWARD_AWARE] = "|Error| against the value; rationals and roots exactly, else in enclosures",
        [TT_LOWER] = "Error >= -value; rationals and roots exactly, else in enclosures",
        [TT_UPPER] = "Error <= value; rationals and roots exactly, else in enclosures",
    };
    const tt_bound *bound = tt_bound_at(k);
    *out = (tt_claim){
        .id = bound->id,
        .where = bound->source,
        .kind = TT_CLAIM_INEQUALITY,
        .statement = bound->formula,
        .stated = bound->needs,
        .check = checks[bound->kind],
        .proof = bound->id,
        .observe = catalogue_bound,
        .index = k,
    };
}

/* ---- one bound against others ---- */

/* value of `id` <= factor * each of the others, NULL at their end */
static void observe_below(tt_observation *out, const tt_specimen *specimen, const char *id, const char *const *others)
{
    for (; *others; others++)
        tt_observe_le(out, id, tt_specimen_bound(specimen, id), *others, tt_specimen_bound(specimen, *others));
}

static tt_claim_observe kl_seq_max;
static tt_status kl_seq_max(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real most;
    (void)claim, (void)error;
    tt_real_init(&most);
    tt_real_mul_frac(&most, &q->kl_max, q->horizon, 1, specimen->precision);
    tt_observe_le(out, "KL_seq", &q->kl_seq, "T delta", &most);
    tt_real_clear(&most);
    return TT_OK;
}

static tt_claim_observe pm_below_classical;
static tt_status pm_below_classical(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    static const char *const others[] = { "classical-kl", NULL };
    (void)claim, (void)error;
    observe_below(out, specimen, "pinsker-marginal-simple", others);
    return TT_OK;
}

static bool four_tokens(const tt_specimen *specimen)
{
    return specimen->source.horizon >= 4;
}

static tt_claim_observe pm_below_classical_tv;
static tt_status pm_below_classical_tv(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                       tt_error *error)
{
    static const char *const others[] = { "classical-tv", NULL };
    (void)claim, (void)error;
    observe_below(out, specimen, "pinsker-marginal-simple", others);
    return TT_OK;
}

static tt_claim_observe linear_in_kl;
static tt_status linear_in_kl(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    static const char *const others[] = { "classical-tv", NULL };
    (void)claim, (void)error;
    observe_below(out, specimen, "classical-kl", others);
    return TT_OK;
}

/* mixed-kl-simple <= 2 T delta: what it is where KL_seq does not exceed delta */
static tt_claim_observe mixed_linear;
static tt_status mixed_linear(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    const tt_real *mixed = tt_specimen_bound(specimen, "mixed-kl-simple");
    tt_real limit;
    (void)claim, (void)error;
    tt_real_init(&limit);
    tt_real_mul_frac(&limit, &q->kl_max, UINT64_C(2) * q->horizon, 1, specimen->precision);
    tt_observe_le(out, "2 T sqrt(delta KL_seq)", mixed, "2 T delta", &limit);
    tt_real_clear(&limit);
    return TT_OK;
}

static bool small_kl_seq(const tt_specimen *specimen)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    return tt_verdict_le(&q->kl_seq, &q->kl_max) == TT_HOLDS;
}

/* delta <= n / T'? */
static bool delta_at_most(const tt_specimen *specimen, uint64_t n, uint64_t d)
{
    tt_real limit;
    bool at_most;
    tt_real_init(&limit);
    tt_real_set_frac(&limit, n, d);
    at_most = tt_verdict_le(&specimen->judgement.quantities.kl_max, &limit) == TT_HOLDS;
    tt_real_clear(&limit);
    return at_most;
}

static tt_claim_observe pm_equals_capped;
static tt_status pm_equals_capped(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    (void)claim, (void)error;
    if (delta_at_most(specimen, 2, specimen->source.horizon))
        tt_observe_eq(out, "(4/3) T^{3/2} delta", tt_specimen_bound(specimen, "pinsker-marginal-simple"),
                      "the capped sum", tt_specimen_bound(specimen, "pinsker-marginal-kl"));
    return TT_OK;
}

/* 2 delta sum_{k < T} sqrt(k) */
static tt_claim_observe pm_capped_exact;
static tt_status pm_capped_exact(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                 tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real sum, root;
    (void)claim, (void)error;
    if (q->horizon < 2 || !delta_at_most(specimen, 2, q->horizon - 1))
        return TT_OK;
    tt_real_init(&sum);
    tt_real_init(&root);
    tt_real_set_ui(&sum, 0);
    for (size_t k = 1; k < q->horizon; k++) {
        tt_real_set_ui(&root, k);
        tt_real_sqrt(&root, &root, specimen->precision);
        tt_real_add(&sum, &sum, &root, specimen->precision);
    }
    tt_real_mul_frac(&sum, &sum, 2, 1, specimen->precision);
    tt_real_mul(&sum, &sum, &q->kl_max, specimen->precision);
    tt_observe_eq(out, "2 delta sum_{k<T} sqrt(k)", &sum, "the capped sum",
                  tt_specimen_bound(specimen, "pinsker-marginal-kl"));
    tt_real_clear(&sum);
    tt_real_clear(&root);
    return TT_OK;
}

static tt_claim_observe adaptive_strict;
static tt_status adaptive_strict(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                 tt_error *error)
{
    (void)claim, (void)error;
    tt_observe_lt(out, "adaptive-kl", tt_specimen_bound(specimen, "adaptive-kl"), "pinsker-marginal-kl",
                  tt_specimen_bound(specimen, "pinsker-marginal-kl"));
    return TT_OK;
}

/* T >= 2 and 0 < eps < 1 */
static bool proper(const tt_specimen *specimen)
{
    const tt_real *eps = &specimen->judgement.quantities.tv_max;
    return specimen->source.horizon >= 2 && !tt_real_is_zero(eps) && tt_real_cmp_ui(eps, 1) == TT_LESS;
}

static tt_claim_observe adaptive_least_v2;
static tt_status adaptive_least_v2(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error)
{
    static const char *const others[] = { "classical-kl", "pinsker-marginal-kl", "pinsker-marginal-simple", "mixed-kl",
                                          "mixed-kl-simple", "linear", NULL };
    (void)claim, (void)error;
    observe_below(out, specimen, "adaptive-kl", others);
    return TT_OK;
}

static tt_claim_observe adaptive_least_v4;
static tt_status adaptive_least_v4(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error)
{
    static const char *const others[] = { "classical-tv", "coupling", "pinsker-marginal-kl", "pinsker-marginal-tv",
                                          "mixed-kl", "mixed-tv", "linear", NULL };
    (void)claim, (void)error;
    observe_below(out, specimen, "adaptive", others);
    return TT_OK;
}

static tt_claim_observe adaptive_combines;
static tt_status adaptive_combines(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error)
{
    static const char *const others[] = { "adaptive-kl", "adaptive-tv", NULL };
    (void)claim, (void)error;
    observe_below(out, specimen, "adaptive", others);
    return TT_OK;
}

static tt_claim_observe unified_tightest;
static tt_status unified_tightest(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    static const char *const others[] = { "sequence-kl", NULL };
    (void)claim, (void)error;
    observe_below(out, specimen, "unified", others);
    if (out->verdict == TT_VIOLATED)
        tt_observe_fact(out, "worst-case Error", &specimen->judgement.quantities.worst_case_error);
    return TT_OK;
}

/* ---- the minorizer of 2.6.1 ---- */

/* out = min{(4/3) T^{3/2} delta, 2 T sqrt(delta KL_seq)} */
static void slides_bound(tt_real *out, const tt_specimen *specimen)
{
    tt_real_min(out, tt_specimen_bound(specimen, "pinsker-marginal-simple"),
                tt_specimen_bound(specimen, "mixed-kl-simple"), specimen->precision);
}

static tt_claim_observe minorizer_valid;
static tt_status minorizer_valid(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                 tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real bound;
    (void)claim, (void)error;
    tt_real_init(&bound);
    slides_bound(&bound, specimen);
    tt_real_sub(&bound, &q->surrogate, &bound, specimen->precision);
    tt_observe_le(out, "L - min{...}", &bound, "J_pi - J_mu", &q->improvement);
    tt_real_clear(&bound);
    return TT_OK;
}

static tt_claim_observe minorizer_tight;
static tt_status minorizer_tight(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                 tt_error *error)
{
    tt_real bound, zero;
    (void)claim, (void)error;
    if (!tt_real_is_zero(&specimen->judgement.quantities.tv_max))
        return TT_OK;
    tt_real_init(&bound);
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    slides_bound(&bound, specimen);
    tt_real_sub(&bound, &specimen->judgement.quantities.surrogate, &bound, specimen->precision);
    tt_observe_eq(out, "L - min{...}", &bound, "0", &zero);
    tt_real_clear(&bound);
    tt_real_clear(&zero);
    return TT_OK;
}

static tt_claim_observe minorizer_improves;
static tt_status minorizer_improves(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real bound;
    (void)claim, (void)error;
    tt_real_init(&bound);
    slides_bound(&bound, specimen);
    tt_observe_implies(out, "L", &q->surrogate, "min{...}", &bound, "J_pi - J_mu", &q->improvement);
    tt_real_clear(&bound);
    return TT_OK;
}

/* out = min(1, sqrt(KL_seq/2)) + KL_seq >= J_pi - J_mu - Error = L, for every reward */
static void surrogate_limit(tt_real *out, const tt_specimen *specimen)
{
    tt_real one;
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    tt_real_mul_frac(out, &specimen->judgement.quantities.kl_seq, 1, 2, specimen->precision);
    tt_real_sqrt(out, out, specimen->precision);
    tt_real_min(out, out, &one, specimen->precision);
    tt_real_add(out, out, &specimen->judgement.quantities.kl_seq, specimen->precision);
    tt_real_clear(&one);
}

static tt_claim_observe non_vacuous;
static tt_status non_vacuous(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    tt_real bound, limit;
    (void)claim, (void)error;
    if (specimen->source.horizon < 4096)
        return TT_OK;
    tt_real_init(&bound);
    tt_real_init(&limit);
    slides_bound(&bound, specimen);
    surrogate_limit(&limit, specimen);
    tt_observe_lt(out, "min{PM, Mixed}", &bound, "more than L can be, min(1, sqrt(KL_seq/2)) + KL_seq", &limit);
    if (out->verdict == TT_VIOLATED) {
        tt_observe_fact(out, "delta", &specimen->judgement.quantities.kl_max);
        tt_observe_fact(out, "KL_seq", &specimen->judgement.quantities.kl_seq);
    }
    tt_real_clear(&bound);
    tt_real_clear(&limit);
    return TT_OK;
}

static tt_claim_observe surrogate_ceiling;
static tt_status surrogate_ceiling(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error)
{
    tt_real limit;
    (void)claim, (void)error;
    tt_real_init(&limit);
    surrogate_limit(&limit, specimen);
    tt_observe_le(out, "largest L", &specimen->judgement.quantities.largest_surrogate,
                  "min(1, sqrt(KL_seq/2)) + KL_seq", &limit);
    tt_real_clear(&limit);
    return TT_OK;
}

static const tt_claim claims[] = {
    {
        .id = "kl-seq-max",
        .where = "slides 2.5.0",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "KL_seq <= T delta",
        .check = "both as enclosures",
        .proof = "Lemma F",
        .observe = kl_seq_max,
    },
    {
        .id = "pm-improves-classical",
        .where = "slides 2.5.4, 2.6.4",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "(4/3) T^{3/2} delta is a factor of order sqrt(T) below T (T-1) delta",
        .needs = "T >= 4",
        .check = "pinsker-marginal-simple <= classical-kl",
        .proof = "10.1",
        .role = TT_WITNESS_FAILS,
        .witness = "two-steps-quarter",
        .command = "eval FILE",
        .observe = pm_below_classical,
        .applies = four_tokens,
    },
    {
        .id = "pm-improves-classical-tv",
        .where = "slides 2.6.4",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "the new bound is tighter than TRPO's 2 T (T-1) eps^2",
        .check = "pinsker-marginal-simple <= classical-tv",
        .instead = "pm-improves-classical pinsker-marginal-tv",
        .role = TT_WITNESS_FAILS,
        .witness = "rare-token-dropped",
        .command = "eval FILE",
        .observe = pm_below_classical_tv,
    },
    {
        .id = "linear-in-kl",
        .where = "slides 2.6.4",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "a bound linear in KL improves on one quadratic in TV: T (T-1) delta <= 2 T (T-1) eps^2",
        .check = "the values of the catalogue; by Pinsker it is the other way round on every instance",
        .instead = "classical-tv pinsker",
        .role = TT_WITNESS_FAILS,
        .witness = "two-steps-quarter",
        .command = "eval FILE",
        .observe = linear_in_kl,
    },
    {
        .id = "mixed-linear",
        .where = "slides 2.5.5, abstract",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "2 T sqrt(delta KL_seq) = O(T)",
        .needs = "KL_seq does not grow with T (here: KL_seq <= delta)",
        .check = "value <= 2 T delta; where all KL_tok are equal, KL_seq = T delta and the value is 2 T^{3/2} delta",
        .proof = "mixed-linear",
        .role = TT_WITNESS_FAILS,
        .witness = "two-steps-quarter",
        .command = "eval FILE",
        .observe = mixed_linear,
        .applies = small_kl_seq,
    },
    {
        .id = "pm-equals-capped",
        .where = "v4",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "for delta <= 2/T, (4/3) T^{3/2} delta equals the capped sum",
        .stated = "delta <= 2/T",
        .check = "the two values of the catalogue",
        .instead = "pm-capped-exact pinsker-marginal-simple",
        .role = TT_WITNESS_FAILS,
        .witness = "two-steps-quarter",
        .command = "eval FILE",
        .observe = pm_equals_capped,
    },
    {
        .id = "pm-capped-exact",
        .where = "in place of v4",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "for delta <= 2/(T-1) the capped sum is 2 delta sum_{k<T} sqrt(k), less than (4/3) T^{3/2} delta",
        .stated = "T >= 2, delta <= 2/(T-1)",
        .check = "both as enclosures",
        .proof = "pinsker-marginal-simple",
        .observe = pm_capped_exact,
    },
    {
        .id = "adaptive-strict",
        .where = "v2; v3, abstract: strictly generalizes",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "the adaptive bound is strictly tighter than Pinsker-Marginal",
        .needs = "T >= 2 and 0 < eps < 1",
        .check = "adaptive-kl < pinsker-marginal-kl; equality is decided",
        .proof = "adaptive-strict",
        .instead = "adaptive-least-v2",
        .role = TT_WITNESS_FAILS,
        .witness = "disjoint-rows",
        .command = "eval FILE",
        .observe = adaptive_strict,
        .applies = proper,
    },
    {
        .id = "adaptive-least-v2",
        .where = "v2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "adaptive-kl <= all bounds above it: classical, Pinsker-Marginal, Mixed, linear",
        .check = "the values of the catalogue",
        .proof = "10.1",
        .observe = adaptive_least_v2,
    },
    {
        .id = "adaptive-least-v4",
        .where = "v2's statement, read with v4's list",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "adaptive <= all other bounds",
        .check = "the values of the catalogue; mixed-tv is the one that can be smaller",
        .instead = "adaptive-least-v2 unified",
        .role = TT_WITNESS_FAILS,
        .witness = "shifts-that-cancel",
        .command = "eval FILE",
        .observe = adaptive_least_v4,
    },
    {
        .id = "adaptive-combines",
        .where = "v4",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "adaptive <= min(adaptive-kl, adaptive-tv)",
        .check = "the values of the catalogue",
        .proof = "adaptive-kl",
        .observe = adaptive_combines,
    },
    {
        .id = "unified-tightest",
        .where = "v3, abstract, held against what is proved here",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "the minimum over all bounds is the tightest known guarantee in every regime",
        .check = "unified <= sequence-kl",
        .instead = "own-unified",
        .role = TT_WITNESS_FAILS,
        .witness = "three-steps-quarter",
        .command = "eval FILE",
        .observe = unified_tightest,
    },
    {
        .id = "minorizer-valid",
        .where = "slides 2.6.1",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "J_pi - J_mu >= L - min{(4/3) T^{3/2} delta, 2 T sqrt(delta KL_seq)}",
        .check = "both sides",
        .proof = "minorizer",
        .observe = minorizer_valid,
    },
    {
        .id = "minorizer-tight",
        .where = "slides 2.6.1",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "the lower bound is 0 at target = rollout",
        .check = "instances with eps = 0; exact",
        .proof = "minorizer-tight",
        .observe = minorizer_tight,
    },
    {
        .id = "minorizer-improves",
        .where = "slides 2.6.1",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "L > min{(4/3) T^{3/2} delta, 2 T sqrt(delta KL_seq)} implies J_pi > J_mu",
        .check = "both sides",
        .proof = "minorizer",
        .observe = minorizer_improves,
    },
    {
        .id = "non-vacuous",
        .where = "slides 4.5.2; abstract",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "at T = 4096, delta = 1e-4, KL_seq = 0.01 the bounds 35.0 and 8.2 are not vacuous",
        .check = "whether L can exceed the bound for any reward: L <= min(1, sqrt(KL_seq/2)) + KL_seq (surrogate-ceiling), a "
                 "function of KL_seq alone, so the answer is the same for every pair of policies of this setting",
        .instead = "surrogate-ceiling own-unified",
        .role = TT_WITNESS_FAILS,
        .witness = "paper-setting",
        .observe = non_vacuous,
        .witness_only = true,
    },
    {
        .id = "surrogate-ceiling",
        .where = "in place of slides 4.5.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "L <= min(1, sqrt(KL_seq/2)) + KL_seq for every reward, so that no bound above it can certify anything",
        .check = "largest L against the value",
        .proof = "surrogate-ceiling",
        .observe = surrogate_ceiling,
    },
};

tt_claim_table tt_claims_bounds(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

/* KL in both directions, chain rules, A.8, and what a maximum over contexts is good for. */
#include "../measure/divergence.h"
#include "claims_internal.h"
#include "counterexample.h"

/* ---- the other direction ---- */

/* out = (n/d) T^{3/2} x */
static void times_three_halves(tt_real *out, const tt_real *x, const tt_specimen *specimen, uint64_t n,
                               uint64_t d)
{
    size_t horizon = specimen->source.horizon;
    tt_real root;
    tt_real_init(&root);
    tt_real_set_ui(&root, horizon);
    tt_real_sqrt(&root, &root, specimen->precision);
    tt_real_mul_frac(&root, &root, n * horizon, d, specimen->precision);
    tt_real_mul(out, x, &root, specimen->precision);
    tt_real_clear(&root);
}

/* out = 2 T sqrt(x y) */
static void mixed(tt_real *out, const tt_real *x, const tt_real *y, const tt_specimen *specimen)
{
    tt_real_mul(out, x, y, specimen->precision);
    tt_real_sqrt(out, out, specimen->precision);
    tt_real_mul_frac(out, out, 2 * specimen->source.horizon, 1, specimen->precision);
}

static void observe_worst(tt_observation *out, const tt_specimen *specimen, const char *name, const tt_real *value)
{
    tt_observe_le(out, "worst-case Error", &specimen->judgement.quantities.worst_case_error, name, value);
}

static tt_claim_observe reverse_classical;
static tt_status reverse_classical(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real value;
    (void)claim, (void)error;
    tt_real_init(&value);
    tt_real_mul_frac(&value, &q->kl_max_reverse, (uint64_t)q->horizon * (q->horizon - 1), 1, specimen->precision);
    observe_worst(out, specimen, "T (T-1) delta_rev", &value);
    tt_real_clear(&value);
    return TT_OK;
}

static tt_claim_observe reverse_marginal;
static tt_status reverse_marginal(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    tt_real value;
    (void)claim, (void)error;
    tt_real_init(&value);
    times_three_halves(&value, &specimen->judgement.quantities.kl_max_reverse, specimen, 4, 3);
    observe_worst(out, specimen, "(4/3) T^{3/2} delta_rev", &value);
    tt_real_clear(&value);
    return TT_OK;
}

static tt_claim_observe reverse_mixed;
static tt_status reverse_mixed(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real value;
    (void)claim, (void)error;
    tt_real_init(&value);
    mixed(&value, &q->kl_max_reverse, &q->kl_seq_reverse, specimen);
    observe_worst(out, specimen, "2 T sqrt(delta_rev KL_rev,seq)", &value);
    tt_real_clear(&value);
    return TT_OK;
}

/* out = sum_t E_{d_t^mu}[KL(pi||mu)(c_t)]: the reverse token KL where samples are, at rollout's contexts */
static void sampled_reverse(tt_real *out, const tt_specimen *specimen)
{
    tt_real kl, mass;
    tt_real_init(&kl);
    tt_real_init(&mass);
    tt_real_set_ui(out, 0);
    for (size_t k = 0; k < specimen->spelled.contexts; k++) {
        const tt_spelled_context *c = &specimen->spelled.context[k];
        if (mpq_sgn(c->rollout) == 0)
            continue;
        tt_row_kl_reverse(&kl, &c->rows, specimen->precision);
        tt_real_set_q(&mass, c->rollout);
        tt_real_mul(&kl, &kl, &mass, specimen->precision);
        tt_real_add(out, out, &kl, specimen->precision);
    }
    tt_real_clear(&kl);
    tt_real_clear(&mass);
}

static tt_claim_observe reverse_mixed_sampled;
static tt_status reverse_mixed_sampled(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                       tt_error *error)
{
    tt_real value;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&value);
    sampled_reverse(&value, specimen);
    mixed(&value, &specimen->judgement.quantities.kl_max_reverse, &value, specimen);
    observe_worst(out, specimen, "2 T sqrt(delta_rev sum_t E_mu[KL(pi||mu)])", &value);
    tt_real_clear(&value);
    return TT_OK;
}

/* TV_t <= sqrt(that sum / 2) for t = T + 1 */
static tt_claim_observe reverse_shift_sampled;
static tt_status reverse_shift_sampled(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                       tt_error *error)
{
    tt_real value;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&value);
    sampled_reverse(&value, specimen);
    tt_real_mul_frac(&value, &value, 1, 2, specimen->precision);
    tt_real_sqrt(&value, &value, specimen->precision);
    tt_observe_le(out, "TV_seq", &specimen->judgement.quantities.tv_seq, "sqrt(sum_t E_mu[KL(pi||mu)] / 2)", &value);
    tt_real_clear(&value);
    return TT_OK;
}

static tt_claim_observe reverse_sequence;
static tt_status reverse_sequence(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    (void)claim, (void)error;
    observe_worst(out, specimen, "KL_rev,seq", &specimen->judgement.quantities.kl_seq_reverse);
    return TT_OK;
}

/* ---- chain rules ---- */

/* TV_t = 1 - (1 - eps)^{t-1} at every t: the most that eps allows */
static tt_claim_observe tv_alone;
static tt_status tv_alone(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real one, rest, value;
    (void)claim, (void)error;
    tt_real_init(&one);
    tt_real_init(&rest);
    tt_real_init(&value);
    tt_real_set_ui(&one, 1);
    tt_real_sub(&rest, &one, &q->tv_max, specimen->precision);
    /* from the last step back: of equally good comparisons the first is the one shown, and at t = 1 both sides are 0 */
    for (size_t t = q->horizon + 1; t >= 1; t--) {
        tt_real_pow_ui(&value, &rest, t - 1, specimen->precision);
        tt_real_sub(&value, &one, &value, specimen->precision);
        tt_observe_eq(out, "TV_t", tt_series_at(&q->context_tv, t - 1), "1 - (1-eps)^{t-1}", &value);
    }
    tt_real_clear(&one);
    tt_real_clear(&rest);
    tt_real_clear(&value);
    return TT_OK;
}

/* out = 1/2 sqrt((1 + chi)^n - 1) */
static void chi_shift(tt_real *out, const tt_specimen *specimen, size_t n)
{
    tt_real one;
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    tt_real_add(out, &specimen->judgement.quantities.chi2_max, &one, specimen->precision);
    tt_real_pow_ui(out, out, n, specimen->precision);
    tt_real_sub(out, out, &one, specimen->precision);
    tt_real_sqrt(out, out, specimen->precision);
    tt_real_mul_frac(out, out, 1, 2, specimen->precision);
    tt_real_clear(&one);
}

static tt_claim_observe shift_chi;
static tt_status shift_chi(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real value;
    (void)claim, (void)error;
    tt_real_init(&value);
    for (size_t t = 1; t <= q->horizon + 1; t++) {
        chi_shift(&value, specimen, t - 1);
        tt_observe_le(out, "TV_t", tt_series_at(&q->context_tv, t - 1), "1/2 sqrt((1+chi)^{t-1} - 1)", &value);
    }
    tt_real_clear(&value);
    return TT_OK;
}

/* The chi form is below both the simulation lemma and Pinsker-Marginal's shift for the whole response. */
static tt_claim_observe needs_chain_rule;
static tt_status needs_chain_rule(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real chi, simulation, pinsker, least;
    (void)claim, (void)error;
    tt_real_init(&chi);
    tt_real_init(&simulation);
    tt_real_init(&pinsker);
    tt_real_init(&least);
    chi_shift(&chi, specimen, q->horizon);
    tt_real_mul_frac(&simulation, &q->tv_max, q->horizon, 1, specimen->precision);
    tt_real_mul_frac(&pinsker, &q->kl_max, q->horizon, 2, specimen->precision);
    tt_real_sqrt(&pinsker, &pinsker, specimen->precision);
    tt_real_min(&least, &simulation, &pinsker, specimen->precision);
    tt_observe_le(out, "min(T eps, sqrt(T delta/2))", &least, "1/2 sqrt((1+chi)^T - 1), no chain rule", &chi);
    if (out->verdict == TT_VIOLATED)
        tt_observe_fact(out, "TV_seq", &q->tv_seq);
    tt_real_clear(&chi);
    tt_real_clear(&simulation);
    tt_real_clear(&pinsker);
    tt_real_clear(&least);
    return TT_OK;
}

/* ---- A.8 ---- */

/* delta stays within 1e-29 of 1 and KL_seq <= 2 p, for every p of the family. */
static tt_claim_once a8_proposition;
static tt_status a8_proposition(tt_observation *out, const tt_claim *claim, tt_error *error)
{
    tt_counterexample family;
    tt_evaluate_options options;
    tt_real low, limit;
    tt_status status;
    size_t n = 0;
    (void)claim;
    while (tt_counterexample_probabilities[n])
        n++;
    tt_evaluate_options_init(&options);
    tt_real_init(&low);
    tt_real_init(&limit);
    tt_real_set_frac(&low, 1, 10);
    tt_real_pow_ui(&low, &low, 29, TT_PRECISION_DEFAULT);
    tt_real_set_ui(&limit, 1);
    tt_real_sub(&low, &limit, &low, TT_PRECISION_DEFAULT);
    status = tt_counterexample_run(&family, tt_counterexample_probabilities, n, 3, &options, error);
    for (size_t r = 0; r < n && status == TT_OK; r++) {
        const tt_counterexample_row *row = &family.families[0].rows[r];
        const tt_quantities *q = &row->judgement.quantities;
        tt_observe_le(out, "1 - 1e-29", &low, "delta", &q->kl_max);
        tt_real_mul_frac(&limit, &row->p, 2, 1, TT_PRECISION_DEFAULT);
        tt_observe_le(out, "KL_seq", &q->kl_seq, "2 p", &limit);
        if (out->verdict == TT_HOLDS && r + 1 == n) {
            out->n = 0;
            tt_observe_fact(out, "delta", &q->kl_max);
            tt_observe_fact(out, "KL_seq, at the smallest p", &q->kl_seq);
        }
    }
    tt_counterexample_clear(&family);
    tt_evaluate_options_clear(&options);
    tt_real_clear(&low);
    tt_real_clear(&limit);
    return status;
}

/* KL_seq bounds the error where the bounds of the source, which involve delta, say more. */
static tt_claim_observe no_pure_bound;
static tt_status no_pure_bound(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    (void)claim, (void)error;
    if (tt_real_is_zero(&q->worst_case_error) || tt_verdict_le(&q->worst_case_error, &q->kl_seq) != TT_HOLDS)
        return TT_OK;
    tt_observe_le(out, "unified-kl, the best of the slides' bounds", tt_specimen_bound(specimen, "unified-kl"),
                  "KL_seq, a bound by itself", &q->kl_seq);
    if (out->verdict == TT_VIOLATED) {
        tt_observe_fact(out, "worst-case Error", &q->worst_case_error);
        tt_observe_fact(out, "delta", &q->kl_max);
    }
    return TT_OK;
}

/* `linear` is 4 sum_t Dbar_t, exactly, whatever the maxima are. */
static tt_claim_observe all_involve_max;
static tt_status all_involve_max(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                 tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    const tt_real *linear = tt_specimen_bound(specimen, "linear");
    tt_real sum;
    (void)claim, (void)error;
    tt_real_init(&sum);
    tt_real_set_ui(&sum, 0);
    for (size_t t = 0; t < q->horizon; t++)
        tt_real_add(&sum, &sum, tt_series_at(&q->expected_tv, t), specimen->precision);
    tt_real_mul_frac(&sum, &sum, 4, 1, specimen->precision);
    if (tt_verdict_eq(&sum, linear, NULL) == TT_HOLDS)
        tt_observe_le(out, "eps", &q->tv_max, "linear = 4 sum_t Dbar_t", linear);
    if (out->verdict == TT_VIOLATED) {
        tt_observe_fact(out, "worst-case Error", &q->worst_case_error);
        tt_observe_fact(out, "delta", &q->kl_max);
    }
    tt_real_clear(&sum);
    return TT_OK;
}

/* ---- a maximum over contexts ---- */

/* delta of the policy that is pi where KL_tok <= 1/10 and mu elsewhere: decided at each context by itself */
static tt_claim_observe token_by_token;
static tt_status token_by_token(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *gated;
    tt_real limit;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&limit);
    tt_real_set_frac(&limit, 1, 10);
    status = tt_specimen_gated(&gated, specimen, TT_GATE_CONTEXTS, 1, 10, error);
    if (status == TT_OK && tt_verdict_le(&gated->kl_max, &limit) == TT_HOLDS && !tt_real_is_zero(&gated->tv_max))
        tt_observe_le(out, "delta", &specimen->judgement.quantities.kl_max,
                      "delta after gating at each context, d = 1/10", &gated->kl_max);
    tt_real_clear(&limit);
    return status;
}

static const tt_claim claims[] = {
    {
        .id = "reverse-classical",
        .where = "slides 4.4.1",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "bounds hold for reverse KL: T (T-1) delta_rev",
        .check = "worst-case Error against the value",
        .proof = "reverse-classical",
        .observe = reverse_classical,
    },
    {
        .id = "reverse-marginal",
        .where = "slides 4.4.1, 2.6.5",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "bounds hold for reverse KL: (4/3) T^{3/2} delta_rev",
        .check = "worst-case Error against the value",
        .proof = "reverse-marginal",
        .observe = reverse_marginal,
    },
    {
        .id = "reverse-mixed",
        .where = "slides 4.4.1",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "bounds hold for reverse KL: 2 T sqrt(delta_rev KL_rev,seq), KL_rev,seq = sum_t E_{d_t^pi}[KL(pi||mu)]",
        .check = "worst-case Error against the value",
        .proof = "reverse-mixed",
        .observe = reverse_mixed,
    },
    {
        .id = "reverse-mixed-sampled",
        .where = "slides 4.4.1, read with rollout's samples",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "bounds hold for reverse KL: 2 T sqrt(delta_rev S), S = sum_t E_{d_t^mu}[KL(pi||mu)], the sum that "
                     "rollout's samples estimate",
        .check = "worst-case Error against the value",
        .proof = "reverse-mixed-sampled",
        .observe = reverse_mixed_sampled,
    },
    {
        .id = "reverse-shift-sampled",
        .where = "slides 4.4.1, 2.5.5, read with rollout's samples",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "the proof carries over by Pinsker symmetry: TV_seq <= sqrt(S/2), S = sum_t E_{d_t^mu}[KL(pi||mu)]",
        .check = "TV_seq against the value",
        .instead = "reverse-mixed-sampled reverse-mixed",
        .role = TT_WITNESS_FAILS,
        .witness = "reverse-off-policy",
        .observe = reverse_shift_sampled,
    },
    {
        .id = "reverse-sequence",
        .where = "slides 4.4.1, read with sequence-kl",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "bounds hold for reverse KL: |Error| <= KL_rev,seq",
        .check = "worst-case Error against the value",
        .instead = "reverse-kl sequence-kl",
        .role = TT_WITNESS_FAILS,
        .witness = "reverse-needs-horizon",
        .command = "eval FILE",
        .observe = reverse_sequence,
    },
    {
        .id = "tv-alone",
        .where = "slides A.7",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "TV alone gives no growth like sqrt(t): no function of eps and t below 1 - (1-eps)^{t-1} bounds TV_t",
        .check = "an instance with TV_t = 1 - (1-eps)^{t-1} at every t; exact",
        .proof = "Lemma D",
        .role = TT_WITNESS_SHOWS,
        .witness = "fresh-token",
        .command = "eval FILE",
        .observe = tv_alone,
        .witness_only = true,
    },
    {
        .id = "needs-chain-rule",
        .where = "slides A.7",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "growth like sqrt(t) needs KL's chain rule, an equality",
        .check = "a second moment gives TV_seq <= 1/2 sqrt((1+chi)^T - 1) by an inequality; an instance on which it is below "
                 "T eps and below Pinsker's sqrt(T delta/2)",
        .instead = "shift-chi",
        .role = TT_WITNESS_FAILS,
        .witness = "chi-beats-pinsker",
        .command = "eval FILE",
        .observe = needs_chain_rule,
    },
    {
        .id = "shift-chi",
        .where = "in place of slides A.7",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "TV_t <= 1/2 sqrt((1+chi)^{t-1} - 1)",
        .stated = "dominated",
        .check = "every t; exact",
        .proof = "shift-chi",
        .observe = shift_chi,
    },
    {
        .id = "a8-proposition",
        .where = "slides A.8",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "no function f has delta <= f(KL_seq)",
        .check = "the family of A.8, p = 1e-1 to 1e-300: delta within 1e-29 of 1, KL_seq <= 2 p",
        .proof = "a8-proposition",
        .command = "counterexample",
        .once = a8_proposition,
    },
    {
        .id = "a8-no-pure-bound",
        .where = "slides 2.5.6, A.8",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "no bound on the error by KL_seq alone exists",
        .check = "sequence-kl is one (proved, and checked on every instance); an instance with delta = 1 on which it is far "
                 "below the slides' bounds",
        .instead = "sequence-kl a8-proposition",
        .role = TT_WITNESS_FAILS,
        .witness = "rare-contexts",
        .command = "eval FILE",
        .observe = no_pure_bound,
    },
    {
        .id = "a8-must-involve-max",
        .where = "slides A.8",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "bounds on the error must involve delta",
        .check = "sequence-kl and linear-one do not; the instance of a8-no-pure-bound",
        .instead = "sequence-kl linear-one",
        .role = TT_WITNESS_FAILS,
        .witness = "rare-contexts",
        .command = "eval FILE",
        .observe = no_pure_bound,
    },
    {
        .id = "all-bounds-depend-on-max",
        .where = "abstracts of v1 and v3, read of every bound",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "all bounds depend on the largest token divergence, delta or eps",
        .check = "v2's own `linear` is 4 sum_t Dbar_t exactly, with no maximum in it; an instance on which it is below eps",
        .instead = "linear sequence-kl",
        .role = TT_WITNESS_FAILS,
        .witness = "rare-contexts",
        .command = "eval FILE",
        .observe = all_involve_max,
    },
    {
        .id = "token-by-token",
        .where = "slides 2.6.5, 3.4.1",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "delta <= d cannot be enforced token by token",
        .check = "the policy that is target where KL_tok(c) <= d and rollout elsewhere, d = 1/10: each context is decided by "
                 "itself, and delta of the result is at most d",
        .instead = "gated-improvement",
        .role = TT_WITNESS_FAILS,
        .witness = "one-bad-context",
        .observe = token_by_token,
        .witness_only = true,
    },
};

tt_claim_table tt_claims_kl(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

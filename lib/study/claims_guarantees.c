/* Guarantees of improvement: what the sources promise of masks, and what holds in its place. */
#include "../measure/divergence.h"
#include "claims_internal.h"

/* The masks that are asked: exact KL at every context, |log rho| at every token. */
#define EXACT_MASK "max-kl"
#define EXACT_D "1/100"
#define SAMPLED_MASK "max-log-ratio"
#define SAMPLED_D "1/20"

/* ---- the promises ---- */

static void add_truth(tt_observation *out, const tt_masking *masking)
{
    if (out->verdict == TT_VIOLATED && out->n <= 3) {
        tt_observe_fact(out, "E_mu[m R log M] - E_mu[(1-m) R]", &masking->point.repaired);
        tt_observe_fact(out, "acceptance", &masking->point.acceptance);
    }
}

/* L_masked > B(d) implies J_pi > J_mu */
static tt_status promise(tt_observation *out, const tt_specimen *specimen, const char *mask, const char *d,
                         tt_error *error)
{
    const tt_masking *masking;
    tt_status status;
    if (!specimen->small)
        return TT_OK;
    status = tt_specimen_mask(&masking, specimen, mask, d, NULL, error);
    if (status == TT_OK) {
        tt_observe_implies(out, "L_masked", &masking->point.masked_surrogate, "B(d)", &masking->point.penalty,
                           "J_pi - J_mu", &masking->improvement);
        add_truth(out, masking);
    }
    return status;
}

static tt_claim_observe masked_exact;
static tt_status masked_exact(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return promise(out, specimen, EXACT_MASK, EXACT_D, error);
}

static tt_claim_observe masked_sampled;
static tt_status masked_sampled(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return promise(out, specimen, SAMPLED_MASK, SAMPLED_D, error);
}

/* E_mu[m (R - J_mu) sum (rho_t - 1)] > B(d) implies J_pi > J_mu */
static tt_claim_observe masked_centred;
static tt_status masked_centred(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_masking *masking;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    status = tt_specimen_mask(&masking, specimen, EXACT_MASK, EXACT_D, NULL, error);
    if (status == TT_OK) {
        tt_observe_implies(out, "E_mu[m (R-b) sum (rho_t - 1)]", &masking->point.masked_derivative, "B(d)",
                           &masking->point.penalty, "J_pi - J_mu", &masking->improvement);
        add_truth(out, masking);
    }
    return status;
}

/* Where at least half is accepted: L > B(d) implies J_pi > J_mu */
static tt_claim_observe threshold_for_maximum;
static tt_status threshold_for_maximum(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                       tt_error *error)
{
    const tt_masking *masking;
    tt_real half;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&half);
    tt_real_set_frac(&half, 1, 2);
    status = tt_specimen_mask(&masking, specimen, EXACT_MASK, EXACT_D, NULL, error);
    if (status == TT_OK && tt_verdict_le(&half, &masking->point.acceptance) == TT_HOLDS) {
        tt_observe_implies(out, "L", &masking->surrogate, "B(d)", &masking->point.penalty, "J_pi - J_mu",
                           &masking->improvement);
        add_truth(out, masking);
    }
    tt_real_clear(&half);
    return status;
}

/* kl_certified <= d */
static tt_claim_observe accepted_exact;
static tt_status accepted_exact(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_masking *masking;
    tt_real d;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&d);
    tt_real_set_frac(&d, 1, 100);
    status = tt_specimen_mask(&masking, specimen, EXACT_MASK, EXACT_D, NULL, error);
    if (status == TT_OK)
        tt_observe_le(out, "largest KL_tok of an accepted response", &masking->point.kl_certified, "d", &d);
    tt_real_clear(&d);
    return status;
}

/* ---- what holds: a gated policy ---- */

typedef struct {
    tt_real surrogate;   /* E_mu[m R sum (rho_t - 1)] */
    tt_real price;       /* E_mu[(1-m) R] */
    tt_real penalty;     /* B(d) */
    tt_real worst;       /* worst-case Error of (mu, gated) */
    tt_real repaired;    /* E_mu[m R log M] - E_mu[(1-m) R] */
    tt_real improvement; /* J_pi - J_mu */
} gating;

static void gating_init(gating *g)
{
    tt_real_init(&g->surrogate);
    tt_real_init(&g->price);
    tt_real_init(&g->penalty);
    tt_real_init(&g->worst);
    tt_real_init(&g->repaired);
    tt_real_init(&g->improvement);
}

static void gating_clear(gating *g)
{
    tt_real_clear(&g->surrogate);
    tt_real_clear(&g->price);
    tt_real_clear(&g->penalty);
    tt_real_clear(&g->worst);
    tt_real_clear(&g->repaired);
    tt_real_clear(&g->improvement);
}

/* E_mu[(1-m) R] = J_mu - E_mu[R | m = 1] E_mu[m] */
static void set_price(tt_real *out, const tt_masking *masking, mpfr_prec_t precision)
{
    tt_real_set(out, &masking->j_rollout);
    if (!tt_real_is_zero(&masking->point.acceptance)) {
        tt_real kept;
        tt_real_init(&kept);
        tt_real_mul(&kept, &masking->detail.reward_accepted, &masking->point.acceptance, precision);
        tt_real_sub(out, out, &kept, precision);
        tt_real_clear(&kept);
    }
}

static tt_status set_gating(gating *g, const tt_specimen *specimen, bool sampled, tt_error *error)
{
    const tt_masking *masking;
    const tt_quantities *gated;
    tt_status status = tt_specimen_mask(&masking, specimen, sampled ? SAMPLED_MASK : EXACT_MASK,
                                        sampled ? SAMPLED_D : EXACT_D, "0", error);
    if (status == TT_OK && masking->point.decided) {
        tt_real_set(&g->surrogate, &masking->point.masked_derivative);
        tt_real_set(&g->penalty, &masking->point.penalty);
        tt_real_set(&g->repaired, &masking->point.repaired);
        tt_real_set(&g->improvement, &masking->improvement);
        set_price(&g->price, masking, specimen->precision);
    }
    /* Any policy that equals target on the accepted tokens will do; e^{1/20} < 1052/1000 */
    if (status == TT_OK)
        status = tt_specimen_gated(&gated, specimen, sampled ? TT_GATE_TOKENS : TT_GATE_CONTEXTS, sampled ? 1052 : 1,
                                   sampled ? 1000 : 100, error);
    if (status == TT_OK)
        tt_real_set(&g->worst, &gated->worst_case_error);
    return status;
}

/* out = E_mu[m R sum (rho_t - 1)] - bound - price */
static void gated_guarantee(tt_real *out, const gating *g, const tt_real *bound, mpfr_prec_t precision)
{
    tt_real_sub(out, &g->surrogate, bound, precision);
    tt_real_sub(out, out, &g->price, precision);
}

typedef void gating_observer(tt_observation *out, const gating *g, mpfr_prec_t precision);

static tt_status observe_gating(tt_observation *out, const tt_specimen *specimen, bool sampled, gating_observer *f,
                                tt_error *error)
{
    gating g;
    tt_status status;
    if (!specimen->small)
        return TT_OK;
    gating_init(&g);
    status = set_gating(&g, specimen, sampled, error);
    if (status == TT_OK)
        f(out, &g, specimen->precision);
    gating_clear(&g);
    return status;
}

static gating_observer below_penalty;
static void below_penalty(tt_observation *out, const gating *g, mpfr_prec_t precision)
{
    tt_real value;
    tt_real_init(&value);
    gated_guarantee(&value, g, &g->penalty, precision);
    tt_observe_le(out, "E_mu[m R sum (rho_t - 1)] - B(d) - E_mu[(1-m) R]", &value, "J_pi - J_mu", &g->improvement);
    tt_real_clear(&value);
}

static gating_observer below_worst;
static void below_worst(tt_observation *out, const gating *g, mpfr_prec_t precision)
{
    tt_real value;
    tt_real_init(&value);
    gated_guarantee(&value, g, &g->worst, precision);
    tt_observe_le(out, "E_mu[m R sum (rho_t - 1)] - worst-case Error of the gated pair - E_mu[(1-m) R]", &value,
                  "J_pi - J_mu", &g->improvement);
    tt_real_clear(&value);
}

/* without the price */
static gating_observer free_of_price;
static void free_of_price(tt_observation *out, const gating *g, mpfr_prec_t precision)
{
    tt_real value;
    tt_real_init(&value);
    tt_real_sub(&value, &g->surrogate, &g->penalty, precision);
    tt_observe_le(out, "E_mu[m R sum (rho_t - 1)] - B(d)", &value, "J_pi - J_mu", &g->improvement);
    if (out->verdict == TT_VIOLATED && out->n == 2) {
        tt_observe_fact(out, "price E_mu[(1-m) R]", &g->price);
        gated_guarantee(&value, g, &g->penalty, precision);
        tt_observe_fact(out, "with the price", &value);
    }
    tt_real_clear(&value);
}

static gating_observer beats_log;
static void beats_log(tt_observation *out, const gating *g, mpfr_prec_t precision)
{
    tt_real value;
    tt_real_init(&value);
    gated_guarantee(&value, g, &g->worst, precision);
    tt_observe_lt(out, "E_mu[m R log M] - E_mu[(1-m) R]", &g->repaired, "the gated guarantee", &value);
    tt_observe_fact(out, "J_pi - J_mu", &g->improvement);
    tt_real_clear(&value);
}

static tt_claim_observe gated_penalty;
static tt_status gated_penalty(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_gating(out, specimen, false, below_penalty, error);
}

static tt_claim_observe gated_worst;
static tt_status gated_worst(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_gating(out, specimen, false, below_worst, error);
}

static tt_claim_observe gated_tokens;
static tt_status gated_tokens(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_gating(out, specimen, true, below_worst, error);
}

static tt_claim_observe rejected_free;
static tt_status rejected_free(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_gating(out, specimen, false, free_of_price, error);
}

static tt_claim_observe gated_wins;
static tt_status gated_wins(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_gating(out, specimen, false, beats_log, error);
}

/* ---- what holds: weights ---- */

/* The repaired guarantees, for the exact and the sampled mask. */
typedef void masking_observer(tt_observation *out, const tt_masking *masking);

static tt_status observe_masks(tt_observation *out, const tt_specimen *specimen, masking_observer *f, tt_error *error)
{
    static const char *const masks[][2] = { { EXACT_MASK, EXACT_D }, { SAMPLED_MASK, SAMPLED_D } };
    tt_status status = TT_OK;
    for (size_t k = 0; k < 2 && specimen->small && status == TT_OK; k++) {
        const tt_masking *masking;
        status = tt_specimen_mask(&masking, specimen, masks[k][0], masks[k][1], NULL, error);
        if (status == TT_OK)
            f(out, masking);
    }
    return status;
}

static masking_observer log_weight;
static void log_weight(tt_observation *out, const tt_masking *masking)
{
    tt_observe_le(out, "E_mu[m R log M] - E_mu[(1-m) R]", &masking->point.repaired, "J_pi - J_mu", &masking->improvement);
}

static masking_observer ratio_weight;
static void ratio_weight(tt_observation *out, const tt_masking *masking)
{
    tt_observe_le(out, "E_mu[m R (M-1)] - E_mu[(1-m) R]", &masking->point.repaired_ratio, "J_pi - J_mu",
                  &masking->improvement);
    /* the sharper of the two */
    tt_observe_le(out, "E_mu[m R log M] - E_mu[(1-m) R]", &masking->point.repaired, "E_mu[m R (M-1)] - E_mu[(1-m) R]",
                  &masking->point.repaired_ratio);
}

static masking_observer kept_weight;
static void kept_weight(tt_observation *out, const tt_masking *masking)
{
    tt_observe_le(out, "with m 1[log M >= -1] for m", &masking->point.repaired_kept, "J_pi - J_mu",
                  &masking->improvement);
    tt_observe_le(out, "E_mu[m R log M] - E_mu[(1-m) R]", &masking->point.repaired, "with m 1[log M >= -1] for m",
                  &masking->point.repaired_kept);
}

static masking_observer no_mask;
static void no_mask(tt_observation *out, const tt_masking *masking)
{
    tt_observe_le(out, "E_mu[R log M]", &masking->log_guarantee, "J_pi - J_mu", &masking->improvement);
}

static masking_observer clipped_weight;
static void clipped_weight(tt_observation *out, const tt_masking *masking)
{
    for (size_t k = 0; k < TT_CLIPS; k++)
        tt_observe_le(out, "E_mu[R (min(M, C) - 1)]", &masking->clipped[k], "J_pi - J_mu", &masking->improvement);
}

static tt_claim_observe repaired_log;
static tt_status repaired_log(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_masks(out, specimen, log_weight, error);
}

static tt_claim_observe repaired_ratio;
static tt_status repaired_ratio(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_masks(out, specimen, ratio_weight, error);
}

static tt_claim_observe repaired_kept;
static tt_status repaired_kept(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_masks(out, specimen, kept_weight, error);
}

static tt_claim_observe log_improvement;
static tt_status log_improvement(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim;
    return observe_masks(out, specimen, no_mask, error);
}

static tt_claim_observe clipped_improvement;
static tt_status clipped_improvement(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                     tt_error *error)
{
    (void)claim;
    return observe_masks(out, specimen, clipped_weight, error);
}

/* An improvement that E_mu[R (min(M, 2) - 1)] > 0 certifies with no mask, where every response has a token that violates
   KL_tok <= 1/100: the mask would reject all. */
static tt_claim_observe only_solution;
static tt_status only_solution(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_masking *masking;
    tt_real zero;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    status = tt_specimen_mask(&masking, specimen, EXACT_MASK, EXACT_D, NULL, error);
    if (status == TT_OK && tt_real_is_zero(&masking->point.acceptance)) {
        tt_observe_le(out, "E_mu[R (min(M, 2) - 1)], which certifies the improvement", &masking->clipped[2], "0", &zero);
        if (out->verdict == TT_VIOLATED) {
            tt_observe_fact(out, "J_pi - J_mu", &masking->improvement);
            tt_observe_fact(out, "acceptance of max-kl, d = 1/100", &masking->point.acceptance);
        }
    }
    tt_real_clear(&zero);
    return status;
}

/* out = E_mu[(1-m) R K], m = sum-k3 <= d, and L - d - that - off <= J_pi - J_mu */
static tt_claim_observe sum_certifies;
static tt_status sum_certifies(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    static const uint64_t d[2] = { 1, 10 };
    const tt_quantities *q = &specimen->judgement.quantities;
    const tt_spelled *s = &specimen->spelled;
    tt_real limit, sum, k3, rejected, weight;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&limit);
    tt_real_init(&sum);
    tt_real_init(&k3);
    tt_real_init(&rejected);
    tt_real_init(&weight);
    tt_real_set_frac(&limit, d[0], d[1]);
    tt_real_set_ui(&rejected, 0);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        if (mpq_sgn(s->response[y].rollout) == 0 || mpq_sgn(s->response[y].reward) == 0)
            continue;
        tt_real_set_ui(&sum, 0);
        for (size_t t = 0; t < s->horizon; t++) {
            tt_row_k3(&k3, &s->context[tt_spelled_context_of(s, y, t)].rows, tt_spelled_token(s, y, t),
                      specimen->precision);
            tt_real_add(&sum, &sum, &k3, specimen->precision);
        }
        if (tt_real_cmp(&sum, &limit) != TT_GREATER)
            continue;
        tt_real_set_q(&weight, s->response[y].rollout);
        tt_real_mul(&sum, &sum, &weight, specimen->precision);
        tt_real_set_q(&weight, s->response[y].reward);
        tt_real_mul(&sum, &sum, &weight, specimen->precision);
        tt_real_add(&rejected, &rejected, &sum, specimen->precision);
    }
    tt_real_sub(&sum, &q->surrogate, &limit, specimen->precision);
    tt_real_sub(&sum, &sum, &rejected, specimen->precision);
    tt_real_sub(&sum, &sum, &q->off_support, specimen->precision);
    tt_observe_le(out, "L - d - E_mu[(1-m) R K] - off", &sum, "J_pi - J_mu", &q->improvement);
    tt_real_clear(&limit);
    tt_real_clear(&sum);
    tt_real_clear(&k3);
    tt_real_clear(&rejected);
    tt_real_clear(&weight);
    return TT_OK;
}

static const tt_claim claims[] = {
    {
        .id = "accepted-exact-kl",
        .where = "slides 4.5.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "responses accepted by the exact mask max_t KL_tok(c_t) <= d have KL_tok <= d on their way",
        .check = "d = 1/100, the largest KL_tok at a context of an accepted response",
        .proof = "accepted-exact-kl",
        .observe = accepted_exact,
    },
    {
        .id = "masked-improvement",
        .where = "slides 4.1.2, 4.5.2; abstract",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "L_masked > B(d) implies J_pi > J_mu for the exact mask max_t KL_tok <= d, "
                     "B(d) = min{(4/3) T^{3/2} d, 2 T sqrt(d KL_seq)}",
        .check = "d = 1/100, L_masked = E_mu[m (R - J_mu) sum rho_t]; exact but for B(d)",
        .instead = "gated-improvement repaired-log minorizer-improves",
        .role = TT_WITNESS_FAILS,
        .witness = "rejected-prompt-loses",
        .command = "mask FILE --mask max-kl --threshold 1/100",
        .observe = masked_exact,
    },
    {
        .id = "masked-improvement-sampled",
        .where = "slides 3.4.2, 4.1.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "L_masked > B(d) implies J_pi > J_mu for the mask max_t |log rho_t| <= d",
        .check = "d = 1/20, L_masked = E_mu[m (R - J_mu) sum rho_t]; exact but for B(d)",
        .instead = "gated-tokens repaired-log",
        .role = TT_WITNESS_FAILS,
        .witness = "rejected-prompt-loses",
        .command = "mask FILE --mask max-log-ratio --threshold 1/20",
        .observe = masked_sampled,
    },
    {
        .id = "masked-improvement-centred",
        .where = "slides 4.5.2, read with v4's sum (rho_t - 1)",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "E_mu[m (R - J_mu) sum (rho_t - 1)] > B(d) implies J_pi > J_mu for the exact mask",
        .check = "d = 1/100",
        .instead = "gated-improvement",
        .role = TT_WITNESS_FAILS,
        .witness = "centred-still-fails",
        .command = "mask FILE --mask max-kl --threshold 1/100",
        .observe = masked_centred,
    },
    {
        .id = "threshold-for-maximum",
        .where = "slides 2.6.5, 4.5.2, read with the full L",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "L > B(d) implies J_pi > J_mu when the exact mask accepts at least half of the responses",
        .check = "d = 1/100, instances with acceptance >= 1/2",
        .instead = "minorizer-improves all-accepted-delta",
        .role = TT_WITNESS_FAILS,
        .witness = "threshold-is-not-maximum",
        .command = "mask FILE --mask max-kl --threshold 1/100",
        .observe = threshold_for_maximum,
    },
    {
        .id = "rejected-cost-nothing",
        .where = "slides 4.1.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "rejected responses need no bound: J_pi - J_mu >= E_mu[m R sum (rho_t - 1)] - B(d)",
        .check = "d = 1/100, exact mask",
        .instead = "gated-improvement",
        .role = TT_WITNESS_FAILS,
        .witness = "rejected-prompt-loses",
        .command = "mask FILE --mask max-kl --threshold 1/100 --baseline 0",
        .observe = rejected_free,
    },
    {
        .id = "only-solution",
        .where = "slides 3.4.1, 3.4.2",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "the only solution: if any token violates the trust region, reject the entire sequence",
        .check = "an improvement that E_mu[R (min(M, 2) - 1)] > 0 certifies with no mask, where the exact mask, d = 1/100, "
                 "rejects every response",
        .instead = "clipped-improvement",
        .role = TT_WITNESS_FAILS,
        .witness = "one-token",
        .command = "mask FILE --mask max-kl --threshold 1/100",
        .observe = only_solution,
    },
    {
        .id = "log-improvement",
        .where = "doc/bounds.md",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "J_pi - J_mu >= E_mu[R log M]",
        .check = "both sides",
        .proof = "8.1",
        .observe = log_improvement,
    },
    {
        .id = "clipped-improvement",
        .where = "doc/bounds.md",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "J_pi - J_mu >= E_mu[R (min(M, C) - 1)] for every C",
        .check = "C = 1/2, 1, 2, 10; exact",
        .proof = "8.1",
        .observe = clipped_improvement,
    },
    {
        .id = "repaired-log",
        .where = "in place of slides 4.5.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "J_pi - J_mu >= E_mu[m R log M] - E_mu[(1-m) R] for every mask",
        .check = "max-kl with d = 1/100 and max-log-ratio with d = 1/20, also where masked-improvement fails",
        .proof = "8.1",
        .observe = repaired_log,
    },
    {
        .id = "repaired-first-step",
        .where = "in place of slides 4.5.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "J_pi - J_mu >= E_mu[m R (M-1)] - E_mu[(1-m) R] for every mask, sharper than repaired-log; its price is "
                     "the variance of M",
        .check = "the masks of repaired-log, and that it is the larger of the two; exact",
        .proof = "8.1",
        .observe = repaired_ratio,
    },
    {
        .id = "repaired-kept",
        .where = "in place of slides 4.5.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "repaired-log with every response of log M < -1 rejected is the best of its kind",
        .check = "the masks of repaired-log, and that it is the larger of the two",
        .proof = "8.1",
        .observe = repaired_kept,
    },
    {
        .id = "gated-improvement",
        .where = "in place of slides 4.5.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "J_pi - J_mu >= E_mu[m R sum (rho_t - 1)] - B(d) - E_mu[(1-m) R] for the exact mask max_t KL_tok <= d: "
                     "the slides' guarantee with b = 0, rho - 1 for rho, and the rejected reward paid for",
        .check = "d = 1/100, also where masked-improvement fails",
        .proof = "8.5",
        .observe = gated_penalty,
    },
    {
        .id = "gated-worst",
        .where = "in place of slides 4.5.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "the same with any reward-free bound on the gated pair in place of B(d), its worst-case Error at best",
        .check = "d = 1/100, the gated policy judged by itself; exact",
        .proof = "8.5",
        .observe = gated_worst,
    },
    {
        .id = "gated-tokens",
        .where = "in place of slides 3.4.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "the same for a mask that rejects a response for any of its tokens, with a policy that equals target on "
                     "tokens that can be accepted",
        .check = "max |log rho| <= 1/20, a policy that keeps target on 1/1.052 <= rho <= 1.052; exact",
        .proof = "8.5",
        .observe = gated_tokens,
    },
    {
        .id = "gated-wins",
        .where = "doc/bounds.md",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "the gated guarantee can be the larger: B(gated) < E_mu[m R K] where the reward is near 1",
        .check = "an instance; exact but for the logarithm",
        .proof = "8.5",
        .role = TT_WITNESS_SHOWS,
        .witness = "gated-wins",
        .observe = gated_wins,
        .witness_only = true,
    },
    {
        .id = "sum-certifies",
        .where = "in place of slides 4.2.1",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "J_pi - J_mu >= L - d - E_mu[(1-m) R K] - off for the mask K = sum_t k3(rho_t) <= d: the total, that the "
                     "slides set aside for its length, is what certifies",
        .check = "d = 1/10, response by response",
        .proof = "sum-certifies",
        .observe = sum_certifies,
    },
};

tt_claim_table tt_claims_guarantees(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

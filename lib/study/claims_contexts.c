/* Visitation, improvement, Error on the way from rollout to target, variances; the inequalities of the catalogue. */
#include "../number/exact.h"
#include "claims_internal.h"

static tt_claim_observe catalogue_inequality;
static tt_status catalogue_inequality(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                      tt_error *error)
{
    (void)error;
    out->verdict = specimen->judgement.evaluation.inequalities[claim->index];
    return TT_OK;
}

void tt_claim_of_inequality(tt_claim *out, size_t k)
{
    const tt_inequality *inequality = tt_inequality_at(k);
    *out = (tt_claim){
        .id = inequality->id,
        .where = inequality->source,
        .kind = TT_CLAIM_INEQUALITY,
        .statement = inequality->statement,
        .check = "both sides by the engine, at every context and step of the instance",
        .proof = inequality->id,
        .observe = catalogue_inequality,
        .index = k,
    };
}

/* ---- contexts ---- */

/* Where eps > 0: the smallest TV_t of t = 2..T is positive. */
static tt_claim_observe contexts_differ;
static tt_status contexts_differ(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real zero;
    (void)claim, (void)error;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    for (size_t t = 2; t <= q->horizon; t++)
        tt_observe_implies(out, "eps", &q->tv_max, "0", &zero, "TV_t of some t >= 2", tt_series_at(&q->context_tv, t - 1));
    tt_real_clear(&zero);
    return TT_OK;
}

/* eps > 0 iff TV_seq > 0: both are 0 or both are not. */
static tt_claim_observe contexts_differ_somewhere;
static tt_status contexts_differ_somewhere(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                           tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real zero;
    (void)claim, (void)error;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    tt_observe_implies(out, "eps", &q->tv_max, "0", &zero, "TV_seq", &q->tv_seq);
    tt_observe_implies(out, "TV_seq", &q->tv_seq, "0", &zero, "eps", &q->tv_max);
    tt_real_clear(&zero);
    return TT_OK;
}

/* ---- improvement ---- */

static tt_claim_observe guarantee_condition;
static tt_status guarantee_condition(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                     tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real size;
    (void)claim, (void)error;
    tt_real_init(&size);
    tt_real_abs(&size, &q->error, specimen->precision);
    tt_observe_implies(out, "L", &q->surrogate, "|Error|", &size, "J_pi - J_mu", &q->improvement);
    tt_real_clear(&size);
    return TT_OK;
}

static tt_claim_observe positive_surrogate;
static tt_status positive_surrogate(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real zero;
    (void)claim, (void)error;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    tt_observe_implies(out, "L", &q->surrogate, "0", &zero, "J_pi - J_mu", &q->improvement);
    tt_real_clear(&zero);
    return TT_OK;
}

/* out = J(mu + h (pi - mu)) - J_mu */
static void improvement_at(tt_real *out, const tt_specimen *specimen, mpq_srcptr h)
{
    mpq_t objective;
    mpq_init(objective);
    tt_spelled_objective(objective, &specimen->spelled, h);
    tt_real_set_q(out, objective);
    tt_real_sub(out, out, &specimen->judgement.quantities.j_rollout, specimen->precision);
    mpq_clear(objective);
}

/* The step of the proof: h = min(1, L / (2 T (T-1))). */
static tt_claim_observe local_improvement;
static tt_status local_improvement(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real zero, after;
    mpq_t h;
    (void)claim, (void)error;
    if (!specimen->small || !tt_real_is_exact(&q->surrogate) || mpq_sgn(q->surrogate.q) <= 0)
        return TT_OK;
    tt_real_init(&zero);
    tt_real_init(&after);
    mpq_init(h);
    tt_real_set_ui(&zero, 0);
    mpq_set_ui(h, 1, 1);
    if (q->horizon > 1) {
        tt_exact_set_u64(mpq_denref(h), UINT64_C(2) * q->horizon * (q->horizon - 1));
        mpq_mul(h, h, q->surrogate.q);
        if (mpq_cmp_ui(h, 1, 1) > 0)
            mpq_set_ui(h, 1, 1);
    }
    improvement_at(&after, specimen, h);
    tt_observe_implies(out, "L", &q->surrogate, "0", &zero, "J(mu + h (pi - mu)) - J_mu", &after);
    mpq_clear(h);
    tt_real_clear(&zero);
    tt_real_clear(&after);
    return TT_OK;
}

/* ---- the way from rollout to target ---- */

/* |Error| half way, of the policy mu + (pi - mu)/2, against |Error| at the end */
static tt_claim_observe error_grows;
static tt_status error_grows(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real middle, end, linear;
    mpq_t half;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&middle);
    tt_real_init(&end);
    tt_real_init(&linear);
    mpq_init(half);
    mpq_set_ui(half, 1, 2);
    improvement_at(&middle, specimen, half);
    tt_real_mul_frac(&linear, &q->surrogate, 1, 2, specimen->precision);
    tt_real_sub(&middle, &middle, &linear, specimen->precision);
    tt_real_abs(&middle, &middle, specimen->precision);
    tt_real_abs(&end, &q->error, specimen->precision);
    tt_observe_le(out, "|Error| of mu + (pi - mu)/2", &middle, "|Error| of pi", &end);
    mpq_clear(half);
    tt_real_clear(&middle);
    tt_real_clear(&end);
    tt_real_clear(&linear);
    return TT_OK;
}

static tt_claim_observe worst_grows;
static tt_status worst_grows(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    static const unsigned steps[][2] = { { 1, 4 }, { 1, 2 }, { 3, 4 }, { 15, 16 } };
    tt_real here;
    mpq_t h, worst;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&here);
    mpq_inits(h, worst, NULL);
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        mpq_set_ui(h, steps[k][0], steps[k][1]);
        tt_spelled_worst(worst, &specimen->spelled, h);
        tt_real_set_q(&here, worst);
        tt_observe_le(out, "worst-case Error of mu + h (pi - mu)", &here, "worst-case Error of pi",
                      &specimen->judgement.quantities.worst_case_error);
    }
    mpq_clears(h, worst, NULL);
    tt_real_clear(&here);
    return TT_OK;
}

/* ---- advantages ---- */

/* The largest |g_t(c)| over rewards is eps: 2 eps is never attained. */
static tt_claim_observe advantage_tightest;
static tt_status advantage_tightest(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real largest, twice;
    (void)claim, (void)error;
    tt_real_init(&largest);
    tt_real_init(&twice);
    tt_real_set_ui(&largest, 0);
    for (size_t t = 0; t < q->horizon; t++)
        tt_real_max(&largest, &largest, tt_series_at(&q->expected_advantage_max, t), specimen->precision);
    tt_real_mul_frac(&twice, &q->tv_max, 2, 1, specimen->precision);
    /* attained for this reward, which is the extreme one where ||g|| = eps */
    if (tt_real_cmp(&largest, &q->tv_max) == TT_EQUAL)
        tt_observe_eq(out, "||g||, eps for this reward, the largest that any gives", &largest, "2 eps", &twice);
    tt_real_clear(&largest);
    tt_real_clear(&twice);
    return TT_OK;
}

static tt_claim_observe advantage_half;
static tt_status advantage_half(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    (void)claim, (void)error;
    for (size_t t = 0; t < q->horizon; t++)
        tt_observe_le(out, "||g_t||", tt_series_at(&q->expected_advantage_max, t), "eps", &q->tv_max);
    return TT_OK;
}

/* ---- variances ---- */

static tt_claim_observe variance_product;
static tt_status variance_product(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real limit;
    (void)claim, (void)error;
    tt_real_init(&limit);
    tt_real_set_ui(&limit, q->horizon);
    tt_real_expm1(&limit, &limit, specimen->precision);
    tt_observe_le(out, "Var_mu(prod rho)", &q->variance_product, "e^T - 1", &limit);
    if (out->verdict == TT_VIOLATED)
        tt_observe_fact(out, "chi", &q->chi2_max);
    tt_real_clear(&limit);
    return TT_OK;
}

/* chi <= e - 1 */
static bool small_chi(const tt_specimen *specimen)
{
    tt_real limit;
    bool small;
    tt_real_init(&limit);
    tt_real_set_ui(&limit, 1);
    tt_real_expm1(&limit, &limit, specimen->precision);
    small = tt_real_cmp(&specimen->judgement.quantities.chi2_max, &limit) == TT_LESS;
    tt_real_clear(&limit);
    return small;
}

static tt_claim_observe variance_product_chi;
static tt_status variance_product_chi(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                      tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real limit, one;
    (void)claim, (void)error;
    tt_real_init(&limit);
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    tt_real_add(&limit, &q->chi2_max, &one, specimen->precision);
    tt_real_pow_ui(&limit, &limit, q->horizon, specimen->precision);
    tt_real_sub(&limit, &limit, &one, specimen->precision);
    tt_observe_le(out, "Var_mu(prod rho)", &q->variance_product, "(1 + chi)^T - 1", &limit);
    tt_real_clear(&limit);
    tt_real_clear(&one);
    return TT_OK;
}

static tt_claim_observe variance_sum;
static tt_status variance_sum(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real limit;
    (void)claim, (void)error;
    tt_real_init(&limit);
    tt_real_mul_frac(&limit, &q->chi2_max, q->horizon, 1, specimen->precision);
    tt_observe_le(out, "Var_mu(sum rho)", &q->variance_sum, "T chi", &limit);
    tt_real_clear(&limit);
    return TT_OK;
}

/* At T >= 1000: the variance of one weight is at least 1, more than any reward in [0, 1] can have by a factor of 4. */
static tt_claim_observe weights_useless;
static tt_status weights_useless(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real one;
    (void)claim, (void)error;
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    if (q->horizon >= 1000)
        tt_observe_le(out, "1", &one, "Var_mu(prod rho)", &q->variance_product);
    if (out->verdict == TT_VIOLATED) {
        tt_observe_fact(out, "Var_mu(sum rho)", &q->variance_sum);
        tt_observe_fact(out, "delta", &q->kl_max);
    }
    tt_real_clear(&one);
    return TT_OK;
}

static const tt_claim claims[] = {
    {
        .id = "contexts-differ",
        .where = "slides 2.1.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "policies that differ have different context distributions at every t >= 2",
        .check = "TV_t > 0 for t = 2..T where eps > 0; exact",
        .instead = "contexts-differ-somewhere",
        .role = TT_WITNESS_FAILS,
        .witness = "last-token-differs",
        .command = "eval FILE",
        .observe = contexts_differ,
    },
    {
        .id = "contexts-differ-somewhere",
        .where = "in place of slides 2.1.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "the laws of whole responses differ iff the policies differ at a reachable context",
        .check = "TV_seq > 0 iff eps > 0; exact",
        .proof = "contexts-differ-somewhere",
        .observe = contexts_differ_somewhere,
    },
    {
        .id = "guarantee-condition",
        .where = "slides 2.2.7",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "L > |Error| implies J_pi > J_mu",
        .check = "both exactly",
        .proof = "minorizer",
        .observe = guarantee_condition,
    },
    {
        .id = "positive-surrogate",
        .where = "slides 2.2.6, asked there",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "L > 0 implies J_pi > J_mu",
        .check = "both exactly",
        .instead = "local-improvement minorizer",
        .role = TT_WITNESS_FAILS,
        .witness = "surrogate-misleads",
        .command = "eval FILE",
        .observe = positive_surrogate,
    },
    {
        .id = "local-improvement",
        .where = "slides 2.2.1",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "L > 0 implies that a small enough step from rollout towards target improves J",
        .check = "J at h = min(1, L / (2 T (T-1))), exactly",
        .proof = "local-improvement",
        .observe = local_improvement,
    },
    {
        .id = "error-grows",
        .where = "slides 2.2.7, 2.3.3",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "|Error| grows as target moves away from rollout",
        .check = "|Error| half way to target against |Error| at target; exact",
        .instead = "tv-optimal linear-one",
        .role = TT_WITNESS_FAILS,
        .witness = "error-comes-back",
        .observe = error_grows,
    },
    {
        .id = "worst-grows",
        .where = "in place of slides 2.2.7",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "worst-case Error grows on the straight way from rollout to target",
        .check = "worst-case Error at 1/4, 1/2, 3/4, 15/16 of the way against the end; exact",
        .instead = "tv-optimal linear-one",
        .role = TT_WITNESS_FAILS,
        .witness = "worst-comes-back",
        .observe = worst_grows,
    },
    {
        .id = "advantage-tightest",
        .where = "slides 2.4.3",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "||g_t|| <= 2 eps is the tightest bound",
        .check = "rewards for which ||g|| is as large as any reward makes it, eps; exact",
        .instead = "advantage-half",
        .role = TT_WITNESS_FAILS,
        .witness = "one-token",
        .command = "eval FILE",
        .observe = advantage_tightest,
    },
    {
        .id = "advantage-half",
        .where = "in place of slides 2.4.3",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "||g_t|| <= eps",
        .check = "every step; exact",
        .proof = "advantage-token",
        .observe = advantage_half,
    },
    {
        .id = "variance-product",
        .where = "slides 2.2.2, 2.2.4",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "Var_mu(prod rho_t) = O(e^T)",
        .needs = "chi <= e - 1 (dominated)",
        .check = "Var <= e^T - 1. The witness has the same rows at every context, where Var = (1+chi)^T - 1 for every T: "
                 "with chi > e - 1 no constant makes it O(e^T)",
        .proof = "variance-product",
        .instead = "variance-product-chi",
        .role = TT_WITNESS_FAILS,
        .witness = "large-ratio",
        .command = "eval FILE",
        .observe = variance_product,
        .applies = small_chi,
    },
    {
        .id = "variance-product-chi",
        .where = "in place of slides 2.2.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "Var_mu(prod rho_t) <= (1 + chi)^T - 1",
        .stated = "dominated",
        .check = "both exactly",
        .proof = "variance-product",
        .observe = variance_product_chi,
    },
    {
        .id = "variance-sum",
        .where = "slides 2.2.4",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "Var_mu(sum rho_t) = O(T); the constant is chi",
        .stated = "dominated",
        .check = "Var <= T chi, both exactly",
        .proof = "variance-sum",
        .observe = variance_sum,
    },
    {
        .id = "trajectory-weights-useless",
        .where = "slides 2.2.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "at T = 1000 the trajectory weight is useless",
        .check = "Var_mu(prod rho) >= 1 at T >= 1000",
        .instead = "variance-product-chi",
        .role = TT_WITNESS_FAILS,
        .witness = "thousand-tokens",
        .command = "eval FILE",
        .observe = weights_useless,
        .witness_only = true,
    },
};

tt_claim_table tt_claims_contexts(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

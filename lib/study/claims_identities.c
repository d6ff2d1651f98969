/* Identities: the rows of the catalogue, and what the sources say of J, L, Error and baselines. */
#include <string.h>

#include "claims_internal.h"

/* ---- sums over responses ---- */

/* What a response contributes, from its definition. Where P_mu(y) = 0 it is not asked. */
typedef void response_term(mpq_t out, const tt_spelled *s, size_t y);

/* out = E_mu[f] over the responses with P_mu(y) > 0 */
static void mean(mpq_t out, const tt_spelled *s, response_term *f)
{
    mpq_t term;
    mpq_init(term);
    mpq_set_ui(out, 0, 1);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        if (mpq_sgn(s->response[y].rollout) == 0)
            continue;
        f(term, s, y);
        mpq_mul(term, term, s->response[y].rollout);
        mpq_add(out, out, term);
    }
    mpq_clear(term);
}

/* rho_t of response y at depth t - 1; P_mu(y) > 0 */
static void ratio(mpq_t out, const tt_spelled *s, size_t y, size_t depth)
{
    (void)tt_spelled_ratio(out, &s->context[tt_spelled_context_of(s, y, depth)], tt_spelled_token(s, y, depth));
}

static response_term product;
static void product(mpq_t out, const tt_spelled *s, size_t y)
{
    mpq_t rho;
    mpq_init(rho);
    mpq_set_ui(out, 1, 1);
    for (size_t d = 0; d < s->horizon; d++) {
        ratio(rho, s, y, d);
        mpq_mul(out, out, rho);
    }
    mpq_clear(rho);
}

/* sum_t (rho_t - 1) */
static response_term excess;
static void excess(mpq_t out, const tt_spelled *s, size_t y)
{
    mpq_t rho;
    mpq_init(rho);
    mpq_set_si(out, -(long)s->horizon, 1);
    for (size_t d = 0; d < s->horizon; d++) {
        ratio(rho, s, y, d);
        mpq_add(out, out, rho);
    }
    mpq_clear(rho);
}

static response_term weighted_reward;
static void weighted_reward(mpq_t out, const tt_spelled *s, size_t y)
{
    product(out, s, y);
    mpq_mul(out, out, s->response[y].reward);
}

static response_term reward_excess;
static void reward_excess(mpq_t out, const tt_spelled *s, size_t y)
{
    excess(out, s, y);
    mpq_mul(out, out, s->response[y].reward);
}

/* (R - 1) sum_t (rho_t - 1) */
static response_term failure_excess;
static void failure_excess(mpq_t out, const tt_spelled *s, size_t y)
{
    mpq_t all;
    mpq_init(all);
    excess(all, s, y);
    mpq_mul(out, all, s->response[y].reward);
    mpq_sub(out, out, all);
    mpq_clear(all);
}

/* R sum_t rho_t */
static response_term reward_sum;
static void reward_sum(mpq_t out, const tt_spelled *s, size_t y)
{
    mpq_t horizon;
    mpq_init(horizon);
    mpq_set_ui(horizon, s->horizon, 1);
    excess(out, s, y);
    mpq_add(out, out, horizon);
    mpq_mul(out, out, s->response[y].reward);
    mpq_clear(horizon);
}

/* R sum_t (rho_t - 1)(prod_{j>t} rho_j - 1) */
static response_term second_order;
static void second_order(mpq_t out, const tt_spelled *s, size_t y)
{
    mpq_t rho, later, one, term;
    mpq_inits(rho, later, one, term, NULL);
    mpq_set_ui(one, 1, 1);
    mpq_set_ui(later, 1, 1);
    mpq_set_ui(out, 0, 1);
    for (size_t d = s->horizon; d-- > 0; ) {
        ratio(rho, s, y, d);
        mpq_sub(term, later, one);
        mpq_mul(later, later, rho);
        mpq_sub(rho, rho, one);
        mpq_mul(term, term, rho);
        mpq_add(out, out, term);
    }
    mpq_mul(out, out, s->response[y].reward);
    mpq_clears(rho, later, one, term, NULL);
}

/* Compares E_mu[f], from the definition, with a number. */
static void observe_mean(tt_observation *out, const tt_specimen *specimen, const char *name, response_term *f,
                         const char *other_name, const tt_real *other)
{
    tt_real value;
    mpq_t sum;
    if (!specimen->small)
        return;
    tt_real_init(&value);
    mpq_init(sum);
    mean(sum, &specimen->spelled, f);
    tt_real_set_q(&value, sum);
    tt_observe_eq(out, name, &value, other_name, other);
    mpq_clear(sum);
    tt_real_clear(&value);
}

static bool dominated(const tt_specimen *specimen)
{
    return specimen->judgement.quantities.dominated;
}

#define DOMINATED "rollout gives every token that target can take a positive probability (dominated)"

/* ---- rows of the catalogue that divide by rollout: from the definition, dominated or not ---- */

static tt_claim_observe surrogate_ratio;
static tt_status surrogate_ratio(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    observe_mean(out, specimen, "E_mu[R sum (rho_t - 1)]", reward_excess, "L", &specimen->judgement.quantities.surrogate);
    return TT_OK;
}

/* b = 0 */
static tt_claim_observe surrogate_baseline;
static tt_status surrogate_baseline(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real right;
    (void)claim, (void)error;
    tt_real_init(&right);
    tt_real_mul_frac(&right, &q->j_rollout, q->horizon, 1, specimen->precision);
    tt_real_add(&right, &right, &q->surrogate, specimen->precision);
    observe_mean(out, specimen, "E_mu[R sum rho_t]", reward_sum, "L + T J_mu", &right);
    tt_real_clear(&right);
    return TT_OK;
}

static tt_claim_observe error_ratio;
static tt_status error_ratio(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    observe_mean(out, specimen, "E_mu[R sum (rho_t - 1)(prod_{j>t} rho_j - 1)]", second_order, "Error",
                 &specimen->judgement.quantities.error);
    return TT_OK;
}

static tt_claim_observe mean_weight;
static tt_status mean_weight(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    tt_real one;
    (void)claim, (void)error;
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    observe_mean(out, specimen, "E_mu[prod rho_t]", product, "1", &one);
    tt_real_clear(&one);
    return TT_OK;
}

/* E_mu[k3] - KL_tok = E_mu[rho] - 1 where KL_tok is finite: rational. */
static tt_claim_observe k3_mean;
static tt_status k3_mean(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_spelled *s = &specimen->spelled;
    tt_real one, sum;
    mpq_t total, p;
    (void)claim, (void)error;
    tt_real_init(&one);
    tt_real_init(&sum);
    mpq_inits(total, p, NULL);
    tt_real_set_ui(&one, 1);
    for (size_t k = 0; k < s->contexts; k++) {
        const tt_spelled_context *c = &s->context[k];
        if (!tt_spelled_reachable(c) || tt_real_is_infinite(&c->kl))
            continue;
        mpq_set_ui(total, 0, 1);
        for (size_t v = 0; v < s->vocab; v++)
            if (mpz_sgn(&c->rows.rollout[v]) > 0) {
                tt_spelled_probability(p, c, TT_TARGET, v);
                mpq_add(total, total, p);
            }
        tt_real_set_q(&sum, total);
        tt_observe_eq(out, "1 + E_mu[k3(rho)] - KL_tok", &sum, "1", &one);
    }
    mpq_clears(total, p, NULL);
    tt_real_clear(&one);
    tt_real_clear(&sum);
    return TT_OK;
}

static const struct {
    const char *id;
    tt_claim_observe *observe;
} undominated[] = {
    { "surrogate-ratio", surrogate_ratio }, { "surrogate-baseline", surrogate_baseline },
    { "error-ratio", error_ratio },         { "mean-weight", mean_weight },
    { "k3-mean", k3_mean },
};

static tt_claim_observe catalogue_identity;
static tt_status catalogue_identity(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    (void)error;
    out->verdict = specimen->judgement.evaluation.identities[claim->index];
    return TT_OK;
}

void tt_claim_of_identity(tt_claim *out, size_t k)
{
    const tt_identity *identity = tt_identity_at(k);
    *out = (tt_claim){
        .id = identity->id,
        .where = identity->source,
        .kind = TT_CLAIM_IDENTITY,
        .statement = identity->statement,
        .check = "both sides by the engine, exactly; logarithms as enclosures",
        .proof = identity->id,
        .observe = catalogue_identity,
        .index = k,
    };
    for (size_t i = 0; i < sizeof undominated / sizeof *undominated; i++)
        if (strcmp(undominated[i].id, identity->id) == 0) {
            out->needs = DOMINATED;
            out->applies = dominated;
            out->check = "left side from its definition, response by response; right side by the engine; exact";
            out->role = TT_WITNESS_FAILS;
            out->witness = "target-beyond-rollout";
            out->command = "eval FILE";
            out->observe = undominated[i].observe;
        }
}

/* ---- what the sources say ---- */

static tt_claim_observe trajectory_weights;
static tt_status trajectory_weights(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    (void)claim, (void)error;
    observe_mean(out, specimen, "E_mu[R prod rho_t]", weighted_reward, "J_pi", &specimen->judgement.quantities.j_target);
    return TT_OK;
}

/* At target = rollout every rho_t is 1, so L_traj(b) = T (J_mu - b). */
static void observe_at_rollout(tt_observation *out, const tt_specimen *specimen, const tt_real *b)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real value, zero;
    tt_real_init(&value);
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    tt_real_sub(&value, &q->j_rollout, b, specimen->precision);
    tt_real_mul_frac(&value, &value, q->horizon, 1, specimen->precision);
    tt_observe_eq(out, "E_mu[(R - b) T]", &value, "0", &zero);
    tt_real_clear(&value);
    tt_real_clear(&zero);
}

static tt_claim_observe surrogate_at_rollout;
static tt_status surrogate_at_rollout(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                      tt_error *error)
{
    const tt_spelled *s = &specimen->spelled;
    mpq_t mean_reward, term;
    tt_real b;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    mpq_inits(mean_reward, term, NULL);
    tt_real_init(&b);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        mpq_mul(term, s->response[y].rollout, s->response[y].reward);
        mpq_add(mean_reward, mean_reward, term);
    }
    tt_real_set_q(&b, mean_reward);
    observe_at_rollout(out, specimen, &b);
    mpq_clears(mean_reward, term, NULL);
    tt_real_clear(&b);
    return TT_OK;
}

static tt_claim_observe surrogate_at_rollout_any;
static tt_status surrogate_at_rollout_any(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                          tt_error *error)
{
    tt_real zero;
    (void)claim, (void)error;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    observe_at_rollout(out, specimen, &zero);
    tt_real_clear(&zero);
    return TT_OK;
}

/* b = 0 is E[R] */
static bool mean_reward_is_zero(const tt_specimen *specimen)
{
    return tt_real_is_zero(&specimen->judgement.quantities.j_rollout);
}

/* J_pi - J_mu - L_traj(0) against Error */
static tt_claim_observe baseline_error;
static tt_status baseline_error(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    mpq_t sum;
    tt_real value;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    mpq_init(sum);
    tt_real_init(&value);
    mean(sum, &specimen->spelled, reward_sum);
    tt_real_set_q(&value, sum);
    tt_real_sub(&value, &q->improvement, &value, specimen->precision);
    tt_observe_eq(out, "J_pi - J_mu - E_mu[R sum rho_t]", &value, "Error", &q->error);
    mpq_clear(sum);
    tt_real_clear(&value);
    return TT_OK;
}

/* E_mu[(R - b) sum (rho_t - 1)] for b = 0 and 1 (it is affine in b) against a number. */
static void observe_centred(tt_observation *out, const tt_specimen *specimen, const char *name, const tt_real *other)
{
    observe_mean(out, specimen, "E_mu[R sum (rho_t - 1)]", reward_excess, name, other);
    observe_mean(out, specimen, "E_mu[(R - 1) sum (rho_t - 1)]", failure_excess, name, other);
}

static tt_claim_observe baseline_centred;
static tt_status baseline_centred(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    (void)claim, (void)error;
    observe_centred(out, specimen, "L", &specimen->judgement.quantities.surrogate);
    return TT_OK;
}

/* L_traj(b) is affine along mu + h (pi - mu), of slope E_mu[(R - b) sum (rho_t - 1)]. */
static tt_claim_observe first_order;
static tt_status first_order(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    observe_centred(out, specimen, "dJ/dh at h = 0", &specimen->judgement.quantities.improvement_derivative);
    return TT_OK;
}

/* sum_t A_t over the path to y, term by term */
static void advantage_sum(mpq_t out, const tt_spelled *s, size_t y)
{
    size_t k = y;
    mpq_set_ui(out, 0, 1);
    for (size_t d = s->horizon; d-- > 0; k /= s->vocab) {
        mpq_add(out, out, tt_spelled_value(s, d + 1, k));
        mpq_sub(out, out, tt_spelled_value(s, d, k / s->vocab));
    }
}

/* sum_t A_t = R - b at every response of a prompt with P(x) > 0; b is J_mu, or V(x) where per_prompt. */
static void observe_telescope(tt_observation *out, const tt_specimen *specimen, bool per_prompt)
{
    const tt_spelled *s = &specimen->spelled;
    mpq_t sum, right;
    tt_real left_value, right_value;
    size_t each;
    if (!specimen->small)
        return;
    each = s->width[s->horizon] / s->prompts;
    mpq_inits(sum, right, NULL);
    tt_real_init(&left_value);
    tt_real_init(&right_value);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        if (mpq_sgn(s->prompt[y / each]) == 0)
            continue;
        advantage_sum(sum, s, y);
        mpq_sub(right, s->response[y].reward,
                per_prompt ? tt_spelled_value(s, 0, y / each) : specimen->judgement.quantities.j_rollout.q);
        tt_real_set_q(&left_value, sum);
        tt_real_set_q(&right_value, right);
        tt_observe_eq(out, "sum_t A_t", &left_value, per_prompt ? "R - E_mu[R | x]" : "R - E_mu[R]", &right_value);
    }
    mpq_clears(sum, right, NULL);
    tt_real_clear(&left_value);
    tt_real_clear(&right_value);
}

static tt_claim_observe telescope;
static tt_status telescope(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    if (tt_real_is_exact(&specimen->judgement.quantities.j_rollout))
        observe_telescope(out, specimen, false);
    return TT_OK;
}

static tt_claim_observe telescope_per_prompt;
static tt_status telescope_per_prompt(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                      tt_error *error)
{
    (void)claim, (void)error;
    observe_telescope(out, specimen, true);
    return TT_OK;
}

static bool prompts_are_alike(const tt_specimen *specimen)
{
    const tt_spelled *s = &specimen->spelled;
    for (size_t x = 0; x < s->prompts; x++)
        if (mpq_sgn(s->prompt[x]) != 0 &&
            !mpq_equal(tt_spelled_value(s, 0, x), specimen->judgement.quantities.j_rollout.q))
            return false;
    return true;
}

/* sum_y l(y) is the derivative, at h = 0, of E_mu[b sum_t rho_t] / b along mu + h (pi - mu). */
static tt_claim_observe baseline_gradient;
static tt_status baseline_gradient(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error)
{
    tt_real zero;
    (void)claim, (void)error;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    tt_observe_eq(out, "sum_y l(y)", &specimen->judgement.quantities.sum_l, "0", &zero);
    tt_real_clear(&zero);
    return TT_OK;
}

static const tt_claim claims[] = {
    {
        .id = "trajectory-weights",
        .where = "slides 2.2.2",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "J_pi = E_mu[R prod_t rho_t]",
        .needs = DOMINATED,
        .check = "left side from its definition, response by response; exact",
        .proof = "trajectory-weights",
        .role = TT_WITNESS_FAILS,
        .witness = "target-beyond-rollout",
        .command = "eval FILE",
        .observe = trajectory_weights,
        .applies = dominated,
    },
    {
        .id = "baseline-gradient",
        .where = "slides 2.2.3",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "a baseline does not change the expectation of the gradient at target = rollout",
        .check = "sum_y l(y) = 0, what b multiplies in the derivative along pi - mu; exact",
        .proof = "zero-sum",
        .observe = baseline_gradient,
    },
    {
        .id = "surrogate-at-rollout",
        .where = "slides 2.2.5",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "L_traj(b) = 0 at target = rollout when b = E_mu[R]",
        .check = "E_mu[(R - b) T] with b summed response by response; exact",
        .proof = "surrogate-baseline",
        .observe = surrogate_at_rollout,
    },
    {
        .id = "surrogate-at-rollout-any-baseline",
        .where = "slides 2.2.6",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "L = E_mu[A sum_t rho_t] is 0 at target = rollout (no word on b there)",
        .needs = "b = E_mu[R]",
        .check = "E_mu[(R - b) T] with b = 0; exact",
        .proof = "surrogate-baseline",
        .role = TT_WITNESS_FAILS,
        .witness = "certain-reward",
        .command = "eval FILE",
        .observe = surrogate_at_rollout_any,
        .applies = mean_reward_is_zero,
    },
    {
        .id = "baseline-error",
        .where = "v4, remark, read with the slides' L of 2.2.4",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "a fixed baseline b does not affect Error, L = E_mu[(R - b) sum_t rho_t]",
        .check = "J_pi - J_mu - L_traj(0) against Error; exact",
        .instead = "baseline-error-centred surrogate-baseline",
        .role = TT_WITNESS_FAILS,
        .witness = "certain-reward",
        .command = "eval FILE --baseline 0",
        .observe = baseline_error,
    },
    {
        .id = "baseline-error-centred",
        .where = "v4, remark, read with v4's L = E_mu[R sum_t (rho_t - 1)]",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "a fixed baseline b does not affect Error, L = E_mu[(R - b) sum_t (rho_t - 1)]",
        .needs = DOMINATED,
        .check = "the expectation for b = 0 and b = 1, in which it is affine, against L; exact",
        .proof = "baseline-error-centred",
        .role = TT_WITNESS_FAILS,
        .witness = "target-beyond-rollout",
        .command = "eval FILE",
        .observe = baseline_centred,
        .applies = dominated,
    },
    {
        .id = "first-order-validity",
        .where = "slides A.4",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "with A = R - b in place of the per-step advantage, the surrogate keeps the gradient of J at rollout, "
                     "for every b",
        .needs = DOMINATED,
        .check = "slope of L_traj(b) along pi - mu for b = 0 and b = 1 against dJ; exact. With b = E_mu[R] it is more than "
                 "first order: L_traj = L (surrogate-baseline)",
        .proof = "baseline-error-centred",
        .instead = "surrogate-baseline",
        .role = TT_WITNESS_FAILS,
        .witness = "target-beyond-rollout",
        .command = "eval FILE",
        .observe = first_order,
        .applies = dominated,
    },
    {
        .id = "advantage-telescopes",
        .where = "slides A.4",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "sum_t A_t = R - E_mu[R] on every response",
        .needs = "E_mu[R | x] is the same for every prompt",
        .check = "values by backward induction, the sum term by term; exact",
        .proof = "advantage-telescopes",
        .instead = "advantage-telescopes-per-prompt",
        .role = TT_WITNESS_FAILS,
        .witness = "prompts-of-different-value",
        .command = "eval FILE",
        .observe = telescope,
        .applies = prompts_are_alike,
    },
    {
        .id = "advantage-telescopes-per-prompt",
        .where = "in place of slides A.4",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "sum_t A_t = R - E_mu[R | x] on every response",
        .check = "values by backward induction, the sum term by term; exact",
        .proof = "advantage-telescopes",
        .observe = telescope_per_prompt,
    },
};

tt_claim_table tt_claims_identities(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

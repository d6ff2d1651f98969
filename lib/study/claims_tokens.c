/* PPO's clip, token masks, and what masking sequences does to delta. */
#include "claims_internal.h"
#include "clipping.h"

/* ---- the clip table, at the exact advantages of an instance ---- */

/* One token that rollout can take, with its terms. */
typedef void term_observer(tt_observation *out, const tt_clip_term *term, tt_clip_row row);

static void each_term(tt_observation *out, const tt_specimen *specimen, term_observer *f)
{
    const tt_spelled *s = &specimen->spelled;
    tt_clip clip;
    tt_clip_term term;
    mpq_t rho, advantage;
    tt_clip_init(&clip);
    tt_clip_term_init(&term);
    mpq_inits(rho, advantage, NULL);
    for (size_t d = 0; specimen->small && d < s->horizon; d++)
        for (size_t k = 0; k < s->width[d]; k++)
            for (size_t v = 0; v < s->vocab; v++) {
                const tt_spelled_context *c = &s->context[s->first[d] + k];
                if (mpq_sgn(c->rollout) == 0 || !tt_spelled_ratio(rho, c, v))
                    continue;
                mpq_sub(advantage, tt_spelled_value(s, d + 1, k * s->vocab + v), c->value);
                tt_clip_term_set(&term, rho, advantage, &clip);
                f(out, &term, tt_clip_row_of(rho, advantage, &clip));
            }
    mpq_clears(rho, advantage, NULL);
    tt_clip_term_clear(&term);
    tt_clip_clear(&clip);
}

/* out compares two rationals */
static void observe_pair(tt_observation *out, bool holds, const char *left_name, const mpq_t left,
                         const char *right_name, const mpq_t right)
{
    tt_real x, y;
    tt_real_init(&x);
    tt_real_init(&y);
    tt_real_set_q(&x, left);
    tt_real_set_q(&y, right);
    tt_observe(out, holds ? TT_HOLDS : TT_VIOLATED, left_name, &x, right_name, &y);
    tt_real_clear(&x);
    tt_real_clear(&y);
}

static term_observer table_row;
static void table_row(tt_observation *out, const tt_clip_term *term, tt_clip_row row)
{
    bool clipped = row == TT_CLIP_HIGH_POSITIVE || row == TT_CLIP_LOW_NEGATIVE;
    if (row == TT_CLIP_INSIDE)
        return;
    observe_pair(out, mpq_equal(term->selected, clipped ? term->clipped : term->unclipped), "selected", term->selected,
                 clipped ? "clipped term" : "unclipped term", clipped ? term->clipped : term->unclipped);
}

static tt_claim_observe clip_table;
static tt_status clip_table(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_term(out, specimen, table_row);
    return TT_OK;
}

static term_observer less_negative_row;
static void less_negative_row(tt_observation *out, const tt_clip_term *term, tt_clip_row row)
{
    if (row == TT_CLIP_LOW_NEGATIVE)
        observe_pair(out, mpq_cmp(term->selected, term->unclipped) > 0, "selected, the clipped term", term->selected,
                     "unclipped term", term->unclipped);
}

static tt_claim_observe less_negative;
static tt_status less_negative(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_term(out, specimen, less_negative_row);
    return TT_OK;
}

static term_observer leakage_row;
static void leakage_row(tt_observation *out, const tt_clip_term *term, tt_clip_row row)
{
    if (row == TT_CLIP_HIGH_NEGATIVE)
        observe_pair(out, mpq_equal(term->selected, term->unclipped), "selected", term->selected, "rho A",
                     term->unclipped);
}

static tt_claim_observe leakage;
static tt_status leakage(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_term(out, specimen, leakage_row);
    return TT_OK;
}

/* out = E_mu sum_t max over rho of the token's term = sum mu A (1 + hi) where A > 0, mu A (1 - lo) where A < 0: no target
   has a larger clipped objective */
static void clip_ceiling(mpq_t out, const tt_spelled *s, const tt_clip *clip)
{
    mpq_t advantage, p, one;
    mpq_inits(advantage, p, one, NULL);
    mpq_set_ui(one, 1, 1);
    for (size_t d = 0; d < s->horizon; d++)
        for (size_t k = 0; k < s->width[d]; k++)
            for (size_t v = 0; v < s->vocab; v++) {
                const tt_spelled_context *c = &s->context[s->first[d] + k];
                mpq_sub(advantage, tt_spelled_value(s, d + 1, k * s->vocab + v), c->value);
                tt_spelled_probability(p, c, TT_ROLLOUT, v);
                mpq_mul(p, p, c->rollout);
                mpq_mul(advantage, advantage, p);
                if (mpq_sgn(advantage) > 0)
                    mpq_add(p, one, clip->high);
                else
                    mpq_sub(p, one, clip->low);
                mpq_mul(advantage, advantage, p);
                mpq_add(out, out, advantage);
            }
    mpq_clears(advantage, p, one, NULL);
}

static tt_claim_observe clip_optimum;
static tt_status clip_optimum(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_measure_options options;
    tt_clipping clipping;
    tt_clip clip;
    mpq_t ceiling;
    tt_status status;
    (void)claim;
    tt_measure_options_init(&options);
    tt_clip_init(&clip);
    mpq_init(ceiling);
    status = tt_clipping_run(&clipping, &specimen->source, &clip, &options, error);
    if (status == TT_OK && tt_real_cmp_ui(&q->kl_max, 1) == TT_GREATER) {
        clip_ceiling(ceiling, &specimen->spelled, &clip);
        observe_pair(out, mpq_equal(clipping.objective, ceiling), "clipped objective", clipping.objective,
                     "the largest of any target", ceiling);
        tt_observe_fact(out, "delta", &q->kl_max);
    }
    tt_clipping_clear(&clipping);
    mpq_clear(ceiling);
    tt_clip_clear(&clip);
    return status;
}

/* ---- masks and delta ---- */

/* The largest KL_tok on the way of response y. */
static void largest_on_path(tt_real *out, const tt_specimen *specimen, size_t y)
{
    const tt_spelled *s = &specimen->spelled;
    tt_real_set_ui(out, 0);
    for (size_t d = 0; d < s->horizon; d++)
        tt_real_max(out, out, &s->context[tt_spelled_context_of(s, y, d)].kl, specimen->precision);
}

/* delta <= d where d accepts some response: d = the largest KL_tok on the way of each */
static tt_claim_observe sequence_masking;
static tt_status sequence_masking(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    const tt_spelled *s = &specimen->spelled;
    const tt_real *delta = &specimen->judgement.quantities.kl_max;
    tt_real largest;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&largest);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        if (mpq_sgn(s->response[y].rollout) == 0)
            continue;
        largest_on_path(&largest, specimen, y);
        tt_observe_le(out, "delta", delta, "d, which accepts a response", &largest);
    }
    tt_real_clear(&largest);
    return TT_OK;
}

/* delta <= the largest KL_tok at a context that rollout reaches */
static tt_claim_observe all_accepted;
static tt_status all_accepted(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_spelled *s = &specimen->spelled;
    const tt_real *delta = &specimen->judgement.quantities.kl_max;
    tt_real largest;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&largest);
    tt_real_set_ui(&largest, 0);
    for (size_t k = 0; k < s->contexts; k++)
        if (mpq_sgn(s->context[k].rollout) > 0)
            tt_real_max(&largest, &largest, &s->context[k].kl, specimen->precision);
    tt_observe_le(out, "delta", delta, "d, which accepts every response", &largest);
    tt_real_clear(&largest);
    return TT_OK;
}

static bool dominated(const tt_specimen *specimen)
{
    return specimen->judgement.quantities.dominated;
}

/* The masked objective is another number; delta, of the instance with the mask, is the same. */
static tt_claim_observe token_masking;
static tt_status token_masking(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_masking *masking;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    status = tt_specimen_mask(&masking, specimen, "token-log-ratio", "1/2", NULL, error);
    if (status == TT_OK && masking->point.decided &&
        tt_verdict_eq(&masking->point.masked_surrogate, &masking->unmasked_surrogate, NULL) == TT_VIOLATED) {
        tt_observe_eq(out, "delta without the mask", &specimen->judgement.quantities.kl_max, "with it",
                      &masking->kl_max);
        tt_observe_fact(out, "E_mu[(R-b) sum rho]", &masking->unmasked_surrogate);
        tt_observe_fact(out, "E_mu[(R-b) sum M_t rho]", &masking->point.masked_surrogate);
    }
    return status;
}

static const tt_claim claims[] = {
    {
        .id = "ppo-clip-table",
        .where = "slides 3.2.1",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "outside [1-e, 1+e] PPO takes the clipped term where rho > 1+e, A > 0 and where rho < 1-e, A < 0, the "
                     "unclipped one in the two other cases",
        .check = "e = 1/5, every token that rollout can take, with its exact advantage A(c, y)",
        .proof = "ppo-clip-table",
        .observe = clip_table,
    },
    {
        .id = "ppo-clip-less-negative",
        .where = "slides 3.2.1, second row",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "where rho < 1-e and A < 0 the clipped term that PPO takes is less negative",
        .check = "the clipped term against the unclipped one: min takes the more negative; exact",
        .instead = "ppo-clip-table",
        .role = TT_WITNESS_FAILS,
        .witness = "one-token",
        .observe = less_negative,
    },
    {
        .id = "ppo-leakage",
        .where = "slides 3.2.1, 3.2.2",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "where rho > 1+e and A < 0 the term is rho A, of any size",
        .check = "e = 1/5, every such token, with its exact advantage",
        .proof = "ppo-clip-table",
        .observe = leakage,
    },
    {
        .id = "ppo-cannot-control",
        .where = "outline, slides 3.4.1, abstract",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "PPO's clip does not bound delta",
        .check = "a target with delta > 1 whose clipped objective is the largest that any target has; exact",
        .proof = "ppo-cannot-control",
        .instead = "ratio-window",
        .role = TT_WITNESS_SHOWS,
        .witness = "collapsed-policy",
        .observe = clip_optimum,
        .witness_only = true,
    },
    {
        .id = "token-masking-delta",
        .where = "slides 3.3.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "masking tokens changes the objective and leaves delta as it is",
        .check = "instances on which a token mask, |log rho| <= 1/2, changes the objective",
        .proof = "token-masking-delta",
        .observe = token_masking,
    },
    {
        .id = "sequence-masking-delta",
        .where = "outline IV, slides 3.4.2, 4.4.1",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "masking whole sequences ensures delta <= d",
        .check = "delta, over reachable contexts, against each d for which the exact mask max_t KL_tok <= d accepts a response",
        .instead = "all-accepted-delta token-masking-delta",
        .role = TT_WITNESS_FAILS,
        .witness = "one-bad-context",
        .command = "mask FILE --mask max-kl --threshold 1/10",
        .observe = sequence_masking,
    },
    {
        .id = "all-accepted-delta",
        .where = "in place of outline IV",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "if the exact mask max_t KL_tok <= d accepts every response of rollout then delta <= d",
        .needs = "rollout gives every token that target can take a positive probability (dominated)",
        .check = "delta against the largest KL_tok at contexts that rollout reaches",
        .proof = "all-accepted-delta",
        .role = TT_WITNESS_FAILS,
        .witness = "target-alone-reaches",
        .command = "mask FILE --mask max-kl --threshold 1",
        .observe = all_accepted,
        .applies = dominated,
    },
};

tt_claim_table tt_claims_tokens(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

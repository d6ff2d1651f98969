#include "masking.h"

#include <stdlib.h>
#include <string.h>

#include "../measure/responses.h"
#include "../measure/tree.h"
#include "masking_levels.h"
#include "masking_walk.h"

/* Trees up to this size have their second moments exactly; the denominators do not stay shared. */
#define EXACT_MOMENT_NODES 4096
/* Enclosures are made narrower than reports promise, 2^-83 of their size; one that keeps touching 0 is left at this
   precision unless a verdict hangs on it. */
#define WIDTH_LOG2 (-83)
#define WIDTH_PRECISION 512

/* ---- options and life ------------------------------------------------------------------------------- */

void tt_masking_options_init(tt_masking_options *options)
{
    *options = (tt_masking_options){ .length = TT_LENGTH_OWN, .precision_max = TT_PRECISION_MAX };
    for (size_t k = 0; k < TT_MASK_THRESHOLDS; k++)
        mpq_init(options->thresholds[k]);
    mpq_inits(options->baseline, options->sweep_low, options->sweep_high, NULL);
    tt_measure_options_init(&options->measure);
}

void tt_masking_options_clear(tt_masking_options *options)
{
    for (size_t k = 0; k < TT_MASK_THRESHOLDS; k++)
        mpq_clear(options->thresholds[k]);
    mpq_clears(options->baseline, options->sweep_low, options->sweep_high, NULL);
}

enum { POINT_REALS = 10, OWN_REALS = 11, DETAIL_REALS = 10 };

static void point_reals(tt_real **out, tt_mask_point *p)
{
    tt_real *all[POINT_REALS] = { &p->acceptance, &p->masked_surrogate, &p->accepted_only, &p->masked_derivative,
                                  &p->kl_certified, &p->kl_hidden, &p->penalty, &p->repaired, &p->repaired_kept,
                                  &p->repaired_ratio };
    memcpy(out, all, sizeof all);
}

static void point_init(tt_mask_point *p)
{
    tt_real *reals[POINT_REALS];
    mpq_init(p->threshold);
    tt_real_init(&p->jump);
    p->decided = false;
    p->undecided_at = NULL;
    p->fires = TT_NULL;
    p->improvement_claim = TT_UNDECIDED;
    p->repaired_holds = p->repaired_kept_holds = p->repaired_ratio_holds = TT_UNDECIDED;
    point_reals(reals, p);
    for (size_t k = 0; k < POINT_REALS; k++)
        tt_real_init(reals[k]);
}

static void point_clear(tt_mask_point *p)
{
    tt_real *reals[POINT_REALS];
    point_reals(reals, p);
    for (size_t k = 0; k < POINT_REALS; k++)
        tt_real_clear(reals[k]);
    free(p->undecided_at);
    tt_real_clear(&p->jump);
    mpq_clear(p->threshold);
}

static void own_reals(tt_real **out, tt_masking *m)
{
    tt_real *all[OWN_REALS] = { &m->baseline, &m->j_rollout, &m->j_target, &m->improvement, &m->surrogate, &m->error,
                                &m->tv_max, &m->kl_max, &m->kl_seq, &m->unmasked_surrogate, &m->kl_after };
    memcpy(out, all, sizeof all);
}

static void detail_reals(tt_real **out, tt_mask_detail *d)
{
    tt_real *all[DETAIL_REALS] = { &d->reward_accepted, &d->reward_rejected, &d->reward_covariance, &d->sample_size,
                                   &d->both_accept, &d->only_this_accepts, &d->only_kl_accepts, &d->both_reject,
                                   &d->group_all, &d->group_none };
    memcpy(out, all, sizeof all);
}

static tt_status make_sweep(tt_masking *m, size_t points)
{
    m->sweep = calloc(points ? points : 1, sizeof *m->sweep);
    if (!m->sweep)
        return TT_NO_MEMORY;
    for (; m->sweep_points < points; m->sweep_points++)
        point_init(&m->sweep[m->sweep_points]);
    return TT_OK;
}

static tt_status masking_init(tt_masking *m, const tt_row_source *source, const tt_masking_options *options)
{
    tt_real *reals[OWN_REALS], *details[DETAIL_REALS];
    memset(m, 0, sizeof *m);
    m->mask = options->mask;
    m->vocab = source->vocab;
    m->horizon = source->horizon;
    own_reals(reals, m);
    detail_reals(details, &m->detail);
    for (size_t k = 0; k < OWN_REALS; k++)
        tt_real_init(reals[k]);
    for (size_t k = 0; k < DETAIL_REALS; k++)
        tt_real_init(details[k]);
    for (size_t k = 0; k < TT_CLIPS; k++) {
        tt_real_init(&m->clipped[k]);
        m->clipped_holds[k] = TT_UNDECIDED;
    }
    tt_real_init(&m->log_guarantee);
    m->log_guarantee_holds = TT_UNDECIDED;
    m->kl_unchanged = options->mask->level == TT_MASK_TOKEN ? TT_UNDECIDED : TT_NOT_APPLICABLE;
    m->undecided = true;
    point_init(&m->point);
    m->detail.lengths = source->horizon;
    m->detail.prompts = source->prompts;
    m->detail.length_mass = tt_real_array(source->horizon);
    m->detail.length_acceptance = tt_real_array(source->horizon);
    m->detail.prompt_acceptance = tt_real_array(source->prompts);
    if (!m->detail.length_mass || !m->detail.length_acceptance || !m->detail.prompt_acceptance)
        return TT_NO_MEMORY;
    return options->jumps ? TT_OK : make_sweep(m, options->sweep_points);
}

void tt_masking_clear(tt_masking *m)
{
    tt_real *reals[OWN_REALS], *details[DETAIL_REALS];
    own_reals(reals, m);
    detail_reals(details, &m->detail);
    for (size_t k = 0; k < OWN_REALS; k++)
        tt_real_clear(reals[k]);
    for (size_t k = 0; k < DETAIL_REALS; k++)
        tt_real_clear(details[k]);
    for (size_t k = 0; k < TT_CLIPS; k++)
        tt_real_clear(&m->clipped[k]);
    tt_real_clear(&m->log_guarantee);
    point_clear(&m->point);
    tt_real_array_free(m->detail.length_mass, m->detail.lengths);
    tt_real_array_free(m->detail.length_acceptance, m->detail.lengths);
    tt_real_array_free(m->detail.prompt_acceptance, m->detail.prompts);
    for (size_t k = 0; k < m->sweep_points; k++)
        point_clear(&m->sweep[k]);
    free(m->sweep);
}

/* ---- from sums to a point ------------------------------------------------------------------------------ */

/* What a point is computed from: sums over everything that its level keeps. */
typedef struct {
    mpq_t sum[SUM_LEVEL];
    tt_real logs, kept_logs, certified, hidden;
} level_sums;

static void level_init(level_sums *s)
{
    for (size_t k = 0; k < SUM_LEVEL; k++)
        mpq_init(s->sum[k]);
    tt_real_init(&s->logs);
    tt_real_init(&s->kept_logs);
    tt_real_init(&s->certified);
    tt_real_init(&s->hidden);
}

static void level_clear(level_sums *s)
{
    for (size_t k = 0; k < SUM_LEVEL; k++)
        mpq_clear(s->sum[k]);
    tt_real_clear(&s->logs);
    tt_real_clear(&s->kept_logs);
    tt_real_clear(&s->certified);
    tt_real_clear(&s->hidden);
}

static void raise(tt_real *maximum, const tt_real *value, mpfr_prec_t precision)
{
    if (tt_real_is_absent(value))
        return;
    if (tt_real_is_absent(maximum))
        tt_real_set(maximum, value);
    else
        tt_real_max(maximum, maximum, value, precision);
}

/* Everything that levels 0..level keep; the caller goes through the levels in order. */
static void level_advance(level_sums *s, const tt_mask_walk *walk, size_t level)
{
    for (size_t k = 0; k < SUM_LEVEL; k++)
        mpq_add(s->sum[k], s->sum[k], walk->sums[level * SUM_LEVEL + k]);
    if (level == 0) {
        tt_real_set_ui(&s->logs, 0);
        tt_real_set_ui(&s->kept_logs, 0);
    }
    tt_real_add(&s->logs, &s->logs, &walk->logs[level], walk->precision);
    tt_real_add(&s->kept_logs, &s->kept_logs, &walk->kept_logs[level], walk->precision);
    raise(&s->certified, &walk->kl[level], walk->precision);
    tt_real_set_absent(&s->hidden);
    for (size_t k = level + 1; k <= walk->question.levels; k++)
        raise(&s->hidden, &walk->kl[k], walk->precision);
}

/* out = reward - baseline x */
static void centre(tt_real *out, mpq_srcptr reward, mpq_srcptr x, mpq_srcptr baseline)
{
    mpq_t q;
    mpq_init(q);
    mpq_mul(q, baseline, x);
    mpq_sub(q, reward, q);
    tt_real_set_q(out, q);
    mpq_clear(q);
}

/* out = x / y, absent where y = 0 */
static void divide(tt_real *out, mpq_srcptr x, mpq_srcptr y)
{
    mpq_t q;
    if (mpq_sgn(y) == 0) {
        tt_real_set_absent(out);
        return;
    }
    mpq_init(q);
    mpq_div(q, x, y);
    tt_real_set_q(out, q);
    mpq_clear(q);
}

/* B(d) = min{(4/3) T^{3/2} d, 2 T sqrt(d KL_seq)} */
static void set_penalty(tt_real *out, const tt_masking *m, mpq_srcptr d, mpfr_prec_t precision)
{
    tt_real threshold, mixed;
    tt_real_init(&threshold);
    tt_real_init(&mixed);
    tt_real_set_q(&threshold, d);
    tt_real_mul(&mixed, &threshold, &m->kl_seq, precision);
    tt_real_sqrt(&mixed, &mixed, precision);
    tt_real_mul_frac(&mixed, &mixed, UINT64_C(2) * m->horizon, 1, precision);
    tt_real_set_ui(out, m->horizon);
    tt_real_pow_ui(out, out, 3, precision);
    tt_real_sqrt(out, out, precision);
    tt_real_mul(out, out, &threshold, precision);
    tt_real_mul_frac(out, out, 4, 3, precision);
    tt_real_min(out, out, &mixed, precision);
    tt_real_clear(&threshold);
    tt_real_clear(&mixed);
}

static tt_answer answer_of(tt_order order)
{
    return order == TT_UNKNOWN ? TT_NULL : order == TT_GREATER ? TT_YES : TT_NO;
}

static void judge_claim(tt_mask_point *p, const tt_masking *m, mpfr_prec_t precision)
{
    if (!tt_mask_has_distance(m->mask)) {
        tt_real_set_absent(&p->penalty);
        p->fires = TT_NULL;
        p->improvement_claim = TT_NOT_APPLICABLE;
        return;
    }
    set_penalty(&p->penalty, m, p->threshold, precision);
    p->fires = answer_of(tt_real_cmp(&p->masked_surrogate, &p->penalty));
    if (p->fires == TT_NO)
        p->improvement_claim = TT_NOT_APPLICABLE;
    else if (p->fires == TT_NULL)
        p->improvement_claim = TT_UNDECIDED;
    else
        p->improvement_claim = tt_real_cmp_ui(&m->improvement, 0) == TT_GREATER ? TT_HOLDS : TT_VIOLATED;
}

/* out = gain - (J_mu - kept), gain an exact or enclosed E[m R ...], kept = E[m R] */
static tt_verdict set_guarantee(tt_real *out, const tt_real *gain, mpq_srcptr kept, const tt_masking *m,
                                mpfr_prec_t precision)
{
    tt_real loss;
    tt_real_init(&loss);
    tt_real_set_q(&loss, kept);
    tt_real_sub(&loss, &m->j_rollout, &loss, precision);
    tt_real_sub(out, gain, &loss, precision);
    tt_real_clear(&loss);
    return tt_verdict_le(out, &m->improvement);
}

static void set_guarantees(tt_mask_point *p, const level_sums *s, const tt_masking *m, mpfr_prec_t precision)
{
    tt_real gain;
    tt_real_init(&gain);
    p->repaired_holds = set_guarantee(&p->repaired, &s->logs, s->sum[SUM_REWARD], m, precision);
    p->repaired_kept_holds = set_guarantee(&p->repaired_kept, &s->kept_logs, s->sum[SUM_KEPT], m, precision);
    gain.kind = TT_REAL_EXACT;
    mpq_sub(gain.q, s->sum[SUM_TARGETED], s->sum[SUM_REWARD]);
    p->repaired_ratio_holds = set_guarantee(&p->repaired_ratio, &gain, s->sum[SUM_REWARD], m, precision);
    tt_real_clear(&gain);
}

static tt_status set_point(tt_mask_point *p, const level_sums *s, const tt_masking *m, const char *open,
                           mpq_srcptr threshold, mpq_srcptr mean_length, mpfr_prec_t precision)
{
    mpq_srcptr b = m->baseline.q;
    tt_real steps;
    mpq_set(p->threshold, threshold);
    free(p->undecided_at);
    p->undecided_at = open ? strdup(open) : NULL;
    p->decided = !open;
    if (open)
        return p->undecided_at ? TT_OK : TT_NO_MEMORY;
    divide(&p->acceptance, s->sum[SUM_RESPONSES], mean_length);
    centre(&p->masked_surrogate, s->sum[SUM_WEIGHTED], s->sum[SUM_WEIGHT], b);
    divide(&p->accepted_only, p->masked_surrogate.q, p->acceptance.q);
    tt_real_init(&steps);
    centre(&steps, s->sum[SUM_STEPPED], s->sum[SUM_STEPS], b);
    tt_real_sub(&p->masked_derivative, &p->masked_surrogate, &steps, precision);
    tt_real_clear(&steps);
    tt_real_set(&p->kl_certified, &s->certified);
    tt_real_set(&p->kl_hidden, &s->hidden);
    judge_claim(p, m, precision);
    if (m->mask->level == TT_MASK_SEQUENCE)
        set_guarantees(p, s, m, precision);
    else
        p->repaired_holds = p->repaired_kept_holds = p->repaired_ratio_holds = TT_NOT_APPLICABLE;
    return TT_OK;
}

/* ---- details ------------------------------------------------------------------------------------------------ */

static void set_length_acceptance(tt_mask_detail *d, const tt_mask_walk *walk, const mpq_t *details)
{
    bool tokens = walk->question.mask->level == TT_MASK_TOKEN;
    mpq_t all;
    mpq_init(all);
    for (size_t k = 0; k < d->lengths; k++) {
        mpq_set_ui(all, tokens ? k + 1 : 1, 1);
        mpq_mul(all, all, details[DETAIL_FIXED + k]);
        divide(&d->length_acceptance[k], details[DETAIL_FIXED + d->lengths + k], all);
    }
    mpq_clear(all);
}

static void set_rewards(tt_mask_detail *d, const tt_masking *m, const level_sums *s)
{
    mpq_t mass, reward;
    mpq_inits(mass, reward, NULL);
    divide(&d->reward_accepted, s->sum[SUM_REWARD], s->sum[SUM_RESPONSES]);
    mpq_set_ui(mass, 1, 1);
    mpq_sub(mass, mass, s->sum[SUM_RESPONSES]);
    mpq_sub(reward, m->j_rollout.q, s->sum[SUM_REWARD]);
    divide(&d->reward_rejected, reward, mass);
    centre(&d->reward_covariance, s->sum[SUM_REWARD], s->sum[SUM_RESPONSES], m->j_rollout.q);
    mpq_clears(mass, reward, NULL);
}

static void set_confusion(tt_mask_detail *d, const level_sums *s, const mpq_t *details)
{
    mpq_t q;
    mpq_init(q);
    tt_real_set_q(&d->both_accept, details[DETAIL_BOTH]);
    mpq_sub(q, s->sum[SUM_RESPONSES], details[DETAIL_BOTH]);
    tt_real_set_q(&d->only_this_accepts, q);
    mpq_sub(q, details[DETAIL_KL], details[DETAIL_BOTH]);
    tt_real_set_q(&d->only_kl_accepts, q);
    mpq_set_ui(q, 1, 1);
    mpq_sub(q, q, s->sum[SUM_RESPONSES]);
    mpq_sub(q, q, d->only_kl_accepts.q);
    tt_real_set_q(&d->both_reject, q);
    mpq_clear(q);
}

/* sum_x P(x) a(x)^G and sum_x P(x) (1 - a(x))^G */
static void set_groups(tt_mask_detail *d, const tt_mask_walk *walk, uint32_t group, mpfr_prec_t precision)
{
    tt_real x, weight;
    tt_real_init(&x);
    tt_real_init(&weight);
    tt_real_set_ui(&d->group_all, 0);
    tt_real_set_ui(&d->group_none, 0);
    for (size_t k = 0; k < d->prompts; k++) {
        if (tt_real_is_absent(&walk->prompt_acceptance[k]))
            continue;
        tt_real_set_q(&weight, walk->source->prompt(walk->source->self, k));
        tt_real_pow_ui(&x, &walk->prompt_acceptance[k], group, precision);
        tt_real_mul(&x, &x, &weight, precision);
        tt_real_add(&d->group_all, &d->group_all, &x, precision);
        tt_real_set_ui(&x, 1);
        tt_real_sub(&x, &x, &walk->prompt_acceptance[k], precision);
        tt_real_pow_ui(&x, &x, group, precision);
        tt_real_mul(&x, &x, &weight, precision);
        tt_real_add(&d->group_none, &d->group_none, &x, precision);
    }
    tt_real_clear(&x);
    tt_real_clear(&weight);
}

static void set_details(tt_masking *m, const tt_mask_walk *walk, const level_sums *s, const tt_masking_options *options)
{
    tt_mask_detail *d = &m->detail;
    const mpq_t *details = (const mpq_t *)&walk->sums[2 * SUM_LEVEL];
    tt_real square;
    set_length_acceptance(d, walk, details);
    if (walk->question.mask->level == TT_MASK_TOKEN)
        return;
    set_rewards(d, m, s);
    if (walk->kl_question.mask)
        set_confusion(d, s, details);
    tt_real_init(&square);
    tt_real_set_q(&square, s->sum[SUM_TARGET]);
    tt_real_mul(&square, &square, &square, walk->precision);
    tt_real_div(&d->sample_size, &square, &walk->moment, walk->precision);
    tt_real_clear(&square);
    for (size_t k = 0; k < d->prompts; k++)
        tt_real_set(&d->prompt_acceptance[k], &walk->prompt_acceptance[k]);
    if (options->group)
        set_groups(d, walk, options->group, walk->precision);
}

/* A token mask drops terms of the objective and no response: the two policies meet at the same contexts as before. */
static void set_kl_after(tt_masking *m, const level_sums *s, mpfr_prec_t precision)
{
    tt_real_set(&m->kl_after, &s->certified);
    raise(&m->kl_after, &s->hidden, precision);
    m->kl_unchanged = tt_verdict_eq(&m->kl_after, &m->kl_max, NULL);
}

/* What no mask has a part in. */
static void set_unmasked(tt_masking *m, const tt_mask_walk *walk)
{
    const mpq_t *details = (const mpq_t *)&walk->sums[2 * SUM_LEVEL];
    level_sums all;
    level_init(&all);
    level_advance(&all, walk, 0);
    level_advance(&all, walk, 1);
    centre(&m->unmasked_surrogate, all.sum[SUM_WEIGHTED], all.sum[SUM_WEIGHT], m->baseline.q);
    for (size_t k = 0; k < m->detail.lengths; k++)
        tt_real_set_q(&m->detail.length_mass[k], details[DETAIL_FIXED + k]);
    tt_real_set(&m->log_guarantee, &all.logs);
    m->log_guarantee_holds = tt_verdict_le(&m->log_guarantee, &m->improvement);
    for (size_t k = 0; k < TT_CLIPS; k++) {
        tt_real_set_q(&m->clipped[k], details[DETAIL_CLIPPED + k]);
        tt_real_mul_frac(&m->clipped[k], &m->clipped[k], 1, tt_clip_weights[k][1], walk->precision);
        tt_real_sub(&m->clipped[k], &m->clipped[k], &m->j_rollout, walk->precision);
        m->clipped_holds[k] = tt_verdict_le(&m->clipped[k], &m->improvement);
    }
    level_clear(&all);
}

/* ---- walks ---------------------------------------------------------------------------------------------------- */

void tt_mask_question_of(tt_mask_question *question, const tt_masking *m, const tt_masking_options *options)
{
    bool weighted = options->mask->conditions[0].aggregate == TT_WEIGHTED;
    *question = (tt_mask_question){
        .mask = options->mask,
        .second = options->thresholds[1],
        .over_horizon = options->length == TT_LENGTH_HORIZON,
        .eps = weighted ? &m->tv_max : NULL,
        .delta = weighted ? &m->kl_max : NULL,
        .precision_max = options->precision_max,
    };
}

static tt_status run_point(tt_masking *m, const tt_row_source *source, const tt_masking_options *options,
                           mpfr_prec_t precision, tt_error *error)
{
    tt_mask_walk walk = { .source = source, .options = options, .detail = true, .precision = precision,
                          .baseline = m->baseline.q,
                          .exact_moment = tt_row_source_nodes_ui(source) <= EXACT_MOMENT_NODES };
    level_sums s;
    mpq_t one;
    tt_status status;
    tt_mask_question_of(&walk.question, m, options);
    walk.question.levels = 1;
    walk.question.first = (const mpq_t *)&options->thresholds[0];
    if (tt_mask_has_distance(options->mask) && options->mask->level == TT_MASK_SEQUENCE) {
        walk.kl_question = walk.question;
        walk.kl_question.mask = tt_mask_find("max-kl");
        walk.kl_question.eps = walk.kl_question.delta = NULL;
    }
    status = tt_mask_walk_run(&walk, error);
    if (status == TT_OK) {
        mpq_init(one);
        mpq_set_ui(one, 1, 1);
        level_init(&s);
        level_advance(&s, &walk, 0);
        set_unmasked(m, &walk);
        if (options->mask->level == TT_MASK_TOKEN)
            mpq_set(one, walk.sums[2 * SUM_LEVEL + DETAIL_LENGTH]);
        status = set_point(&m->point, &s, m, walk.open[0], options->thresholds[0], one, precision);
        if (m->point.decided)
            set_details(m, &walk, &s, options);
        if (options->mask->level == TT_MASK_TOKEN)
            set_kl_after(m, &s, precision);
        level_clear(&s);
        mpq_clear(one);
        if (status != TT_OK)
            tt_fail(error, status, NULL, "out of memory");
    }
    tt_mask_walk_clear(&walk);
    return status;
}

/* E n, which the sums of a walk without details leave out. */
static void mean_length(mpq_t out, const tt_masking *m)
{
    mpq_t term;
    mpq_init(term);
    mpq_set_ui(out, 0, 1);
    for (size_t k = 0; k < m->detail.lengths; k++) {
        mpq_set_ui(term, k + 1, 1);
        mpq_mul(term, term, m->detail.length_mass[k].q);
        mpq_add(out, out, term);
    }
    mpq_clear(term);
}

static tt_status collect_sweep(tt_masking *m, const tt_mask_walk *walk, const tt_mask_levels *levels,
                               mpfr_prec_t precision)
{
    size_t n = m->sweep_points;
    tt_status status = TT_OK;
    level_sums s;
    mpq_t per;
    mpq_init(per);
    mpq_set_ui(per, 1, 1);
    if (m->mask->level == TT_MASK_TOKEN)
        mean_length(per, m);
    level_init(&s);
    for (size_t k = 0; k < n && status == TT_OK; k++) {
        tt_mask_point *p = &m->sweep[tt_mask_grows(m->mask) ? k : n - 1 - k];
        level_advance(&s, walk, k);
        tt_real_set(&p->jump, &levels->jumps[k]);
        status = set_point(p, &s, m, walk->open[k], levels->thresholds[k], per, precision);
    }
    level_clear(&s);
    mpq_clear(per);
    return status;
}

static tt_status run_sweep(tt_masking *m, const tt_mask_levels *levels, const tt_row_source *source,
                           const tt_masking_options *options, mpfr_prec_t precision, tt_error *error)
{
    tt_mask_walk walk = { .source = source, .options = options, .precision = precision, .baseline = m->baseline.q };
    tt_status status;
    tt_mask_question_of(&walk.question, m, options);
    walk.question.levels = levels->n;
    walk.question.first = (const mpq_t *)levels->thresholds;
    status = tt_mask_walk_run(&walk, error);
    if (status == TT_OK && collect_sweep(m, &walk, levels, precision) != TT_OK)
        status = tt_no_memory(error);
    tt_mask_walk_clear(&walk);
    return status;
}

/* Jumps are looked for once, where the quantities that weights read are there. */
static tt_status set_levels(tt_mask_levels *levels, tt_masking *m, const tt_row_source *source,
                            const tt_masking_options *options, tt_error *error)
{
    tt_mask_question question;
    tt_status status;
    if (options->sweep_points)
        return tt_mask_levels_grid(levels, options->mask, options->sweep_low, options->sweep_high,
                                   options->sweep_points, error);
    if (!options->jumps)
        return TT_OK;
    tt_mask_question_of(&question, m, options);
    status = tt_mask_levels_jumps(levels, &question, source, m->baseline.q, &options->measure, error);
    if (status == TT_OK && make_sweep(m, levels->n) != TT_OK)
        status = tt_no_memory(error);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------------------ */

static tt_status check_options(const tt_masking_options *options, tt_error *error)
{
    bool window = options->mask->conditions[0].window == TT_BETWEEN;
    if (options->sweep_points == 1 || (options->sweep_points && mpq_cmp(options->sweep_low, options->sweep_high) >= 0))
        return tt_fail(error, TT_BAD_INPUT, NULL, "a sweep needs two points at least and an end above its start");
    if (options->sweep_points && options->jumps)
        return tt_fail(error, TT_BAD_INPUT, NULL, "a sweep and jumps are two questions");
    if (window && mpq_cmp(options->thresholds[0], options->thresholds[1]) > 0)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the lower end of the window is above the upper end");
    return TT_OK;
}

static void take_quantities(tt_masking *m, const tt_quantities *q, const tt_masking_options *options)
{
    m->measured = true;
    m->dominated = q->dominated;
    tt_real_set(&m->j_rollout, &q->j_rollout);
    tt_real_set(&m->j_target, &q->j_target);
    tt_real_set(&m->improvement, &q->improvement);
    tt_real_set(&m->surrogate, &q->surrogate);
    tt_real_set(&m->error, &q->error);
    tt_real_set(&m->tv_max, &q->tv_max);
    tt_real_set(&m->kl_max, &q->kl_max);
    tt_real_set(&m->kl_seq, &q->kl_seq);
    if (options->has_baseline)
        tt_real_set_q(&m->baseline, options->baseline);
    else
        tt_real_set(&m->baseline, &q->j_rollout);
}

static bool is_open(const tt_mask_point *p, const tt_mask *mask)
{
    return !p->decided || (p->fires == TT_NULL && tt_mask_has_distance(mask)) || p->repaired_holds == TT_UNDECIDED ||
           p->repaired_kept_holds == TT_UNDECIDED;
}

static bool is_violated(const tt_mask_point *p)
{
    return p->repaired_holds == TT_VIOLATED || p->repaired_kept_holds == TT_VIOLATED ||
           p->repaired_ratio_holds == TT_VIOLATED;
}

static bool is_wide(tt_mask_point *p)
{
    tt_real *reals[POINT_REALS];
    bool wide = false;
    point_reals(reals, p);
    for (size_t k = 0; k < POINT_REALS; k++)
        wide = wide || tt_real_width_log2(reals[k]) > WIDTH_LOG2;
    return wide;
}

/* Sets undecided and violated; returns whether an enclosure is wide. */
static bool review(tt_masking *m)
{
    bool wide = tt_real_width_log2(&m->log_guarantee) > WIDTH_LOG2 || is_wide(&m->point) ||
                tt_real_width_log2(&m->detail.sample_size) > WIDTH_LOG2;
    m->undecided = is_open(&m->point, m->mask) || m->log_guarantee_holds == TT_UNDECIDED ||
                   m->kl_unchanged == TT_UNDECIDED;
    m->violated = is_violated(&m->point) || m->log_guarantee_holds == TT_VIOLATED || m->kl_unchanged == TT_VIOLATED;
    for (size_t k = 0; k < TT_CLIPS; k++)
        m->violated = m->violated || m->clipped_holds[k] == TT_VIOLATED;
    for (size_t k = 0; k < m->sweep_points; k++) {
        m->undecided = m->undecided || is_open(&m->sweep[k], m->mask);
        m->violated = m->violated || is_violated(&m->sweep[k]);
        wide = wide || is_wide(&m->sweep[k]);
    }
    return wide;
}

/* Walks at growing precision until nothing is open and every enclosure is narrow. */
static tt_status run_until_closed(tt_masking *m, tt_quantities *q, const tt_mask_levels *levels,
                                  const tt_row_source *source, const tt_masking_options *options, tt_error *error)
{
    tt_measure_options measure = options->measure;
    measure.fields = TT_FIELDS_MAIN;
    for (;;) {
        tt_status status;
        bool wide;
        take_quantities(m, q, options);
        m->precision = measure.precision;
        /* a sum over responses loses little to what its terms carry besides */
        status = run_point(m, source, options, measure.precision + 32, error);
        if (status == TT_OK && levels->n)
            status = run_sweep(m, levels, source, options, measure.precision + 32, error);
        if (status != TT_OK)
            return status;
        wide = review(m);
        if ((!m->undecided && (!wide || measure.precision >= WIDTH_PRECISION)) ||
            measure.precision >= options->precision_max)
            return TT_OK;
        measure.precision *= 2;
        if (measure.precision > options->precision_max)
            measure.precision = options->precision_max;
        status = tt_tree_refine(q, source, &measure, error);
        if (status != TT_OK)
            return status;
    }
}

tt_status tt_masking_run(tt_masking *out, const tt_row_source *source, const tt_masking_options *options,
                         tt_error *error)
{
    tt_measure_options measure = options->measure;
    tt_mask_levels levels = { 0 };
    tt_quantities q;
    tt_status status = masking_init(out, source, options);
    if (status != TT_OK)
        return tt_fail(error, status, NULL, "out of memory");
    status = check_options(options, error);
    if (status != TT_OK)
        return status;
    tt_quantities_init(&q);
    measure.fields = TT_FIELDS_MAIN;
    status = tt_tree_measure(&q, source, &measure, error);
    if (status == TT_OK) {
        take_quantities(out, &q, options);
        status = set_levels(&levels, out, source, options, error);
    }
    if (status == TT_OK)
        status = run_until_closed(out, &q, &levels, source, options, error);
    tt_mask_levels_clear(&levels);
    tt_quantities_clear(&q);
    return status;
}

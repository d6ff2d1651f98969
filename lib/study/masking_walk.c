#include "masking_walk.h"

#include <stdlib.h>
#include <string.h>

#include "../catalogue/token_values.h"

const unsigned tt_clip_weights[TT_CLIPS][2] = { { 1, 2 }, { 1, 1 }, { 2, 1 }, { 10, 1 } };

/* A sum of enclosures, exact 0 while nothing was added. */
typedef struct {
    mpfi_t sum;
    bool any;
    bool minus_infinite;
} total;

typedef struct {
    tt_mask_walk *walk;
    tt_mask_judge *judge, *kl_judge;
    size_t T, levels;
    bool tokens;            /* a token mask */
    tt_token_values log_values, kl_values;
    tt_real *path_logs;     /* T + 1: log of the product of the first ratios; 0 and -inf are exact */
    size_t *first;          /* T: the first level that keeps something at the open context */
    tt_real *context_kl;    /* T */
    total *logs, *kept_logs; /* levels + 1 */
    total moment;
    mpq_t exact_moment, term;
    mpfi_t weight, value;
    mpz_t work, work2;
    mpq_srcptr probability; /* P(x) of the walk's prompt */
} tally;

/* ---- totals ------------------------------------------------------------------------------------ */

static void total_init(total *t, mpfr_prec_t precision)
{
    mpfi_init2(t->sum, precision);
    mpfi_set_ui(t->sum, 0);
    t->any = t->minus_infinite = false;
}

static void total_add(total *t, mpfi_srcptr weight, mpfi_srcptr value, mpfi_ptr work)
{
    mpfi_mul(work, weight, value);
    mpfi_add(t->sum, t->sum, work);
    t->any = true;
}

static void total_get(tt_real *out, const total *t)
{
    if (t->minus_infinite)
        tt_real_set_infinite(out, -1);
    else if (t->any)
        tt_real_set_interval(out, t->sum);
    else
        tt_real_set_ui(out, 0);
}

/* ---- contexts ------------------------------------------------------------------------------------ */

static void open_context(void *context, const tt_path *path, size_t depth)
{
    tally *w = context;
    if (depth == 0)
        w->probability = path->source->prompt(path->source->self, path->prompt);
    w->first[depth] = w->levels;
    tt_token_values_get(&w->context_kl[depth], &w->kl_values, &path->steps[depth].rows, 0);
}

static void push_token(void *context, const tt_path *path, size_t depth, size_t token)
{
    tally *w = context;
    const tt_rows *rows = &path->steps[depth].rows;
    if (mpz_sgn(&rows->rollout[token]) == 0)
        return;
    tt_mask_judge_push(w->judge, path, depth, token);
    if (w->kl_judge)
        tt_mask_judge_push(w->kl_judge, path, depth, token);
    if (w->tokens && !w->walk->detail)
        return;
    tt_token_values_get(&w->path_logs[depth + 1], &w->log_values, rows, token);
    tt_real_add(&w->path_logs[depth + 1], &w->path_logs[depth], &w->path_logs[depth + 1], w->walk->precision);
}

static void raise(tt_real *maximum, const tt_real *value, mpfr_prec_t precision)
{
    if (tt_real_is_absent(maximum))
        tt_real_set(maximum, value);
    else
        tt_real_max(maximum, maximum, value, precision);
}

static void close_context(void *context, const tt_path *path, size_t depth, tt_group *below)
{
    tally *w = context;
    (void)path;
    (void)below;
    raise(&w->walk->kl[w->first[depth]], &w->context_kl[depth], w->walk->precision);
    if (!w->tokens && depth > 0 && w->first[depth] < w->first[depth - 1])
        w->first[depth - 1] = w->first[depth];
}

/* ---- responses ------------------------------------------------------------------------------------- */

/* weight = P(x) mu(y) R, an enclosure */
static void set_weight(tally *w, const tt_response *response)
{
    const tt_path_step *end = &response->path->steps[w->T];
    mpfi_set_z(w->weight, end->rollout);
    mpfi_div_z(w->weight, w->weight, end->scale);
    mpfi_mul_q(w->weight, w->weight, w->probability);
    mpfi_mul_q(w->weight, w->weight, response->reward);
}

/* log M >= -1 of M = target / rollout; M is rational, so that the two are never equal. */
static bool above_minus_one(tally *w, const tt_path_step *end)
{
    tt_real log, minus_one;
    tt_order order = TT_UNKNOWN;
    tt_real_init(&log);
    tt_real_init(&minus_one);
    tt_real_set_ui(&minus_one, 1);
    tt_real_neg(&minus_one, &minus_one);
    for (mpfr_prec_t precision = w->walk->precision; order == TT_UNKNOWN; precision *= 2) {
        mpz_set(mpq_numref(log.q), end->target);
        mpz_set(mpq_denref(log.q), end->rollout);
        mpq_canonicalize(log.q);
        log.kind = TT_REAL_EXACT;
        tt_real_log(&log, &log, precision);
        order = tt_real_cmp(&log, &minus_one);
    }
    tt_real_clear(&log);
    tt_real_clear(&minus_one);
    return order != TT_LESS;
}

/* Adds R log M to the bucket; returns whether log M >= -1. */
static bool add_logs(tally *w, const tt_response *response, size_t bucket)
{
    const tt_path_step *end = &response->path->steps[w->T];
    const tt_real *log = &w->path_logs[w->T];
    bool kept, rewarded = mpq_sgn(response->reward) != 0;
    if (mpz_sgn(end->target) == 0) {
        w->logs[bucket].minus_infinite = w->logs[bucket].minus_infinite || rewarded;
        return false;
    }
    if (mpz_cmp(end->target, end->rollout) == 0 || !rewarded)
        return true;
    tt_real_get_interval(w->value, log);
    kept = mpfr_cmp_si(&w->value->left, -1) > 0;
    if (!kept && mpfr_cmp_si(&w->value->right, -1) >= 0)
        kept = above_minus_one(w, end);
    set_weight(w, response);
    total_add(&w->logs[bucket], w->weight, w->value, w->value);
    if (kept) {
        tt_real_get_interval(w->value, log);
        total_add(&w->kept_logs[bucket], w->weight, w->value, w->value);
    }
    return kept;
}

/* E[m M^2] += P(x) target^2 / (rollout N) */
static void add_moment(tally *w, const tt_response *response)
{
    const tt_path_step *end = &response->path->steps[w->T];
    mpz_mul(w->work, end->target, end->target);
    mpz_mul(w->work2, end->rollout, end->scale);
    if (w->walk->exact_moment) {
        mpz_set(mpq_numref(w->term), w->work);
        mpz_set(mpq_denref(w->term), w->work2);
        mpq_canonicalize(w->term);
        mpq_mul(w->term, w->term, w->probability);
        mpq_add(w->exact_moment, w->exact_moment, w->term);
        return;
    }
    mpfi_set_z(w->value, w->work);
    mpfi_div_z(w->value, w->value, w->work2);
    mpfi_set_q(w->weight, w->probability);
    total_add(&w->moment, w->weight, w->value, w->value);
}

/* leaf->x[k] = x, where reward is false times the denominator of R, else times its numerator */
static void put(mpz_t out, mpz_srcptr x, const tt_response *response, bool reward)
{
    mpz_mul(out, x, reward ? mpq_numref(response->reward) : mpq_denref(response->reward));
}

static void put_details(tally *w, const tt_response *response, tt_group *leaf, size_t level)
{
    const tt_path_step *end = &response->path->steps[w->T];
    mpz_t *x = &leaf->x[(w->levels + 1) * SUM_LEVEL];
    bool accepted = level < w->levels;
    for (size_t k = 0; k < TT_CLIPS; k++) {
        mpz_mul_ui(w->work, end->target, tt_clip_weights[k][1]);
        mpz_mul_ui(w->work2, end->rollout, tt_clip_weights[k][0]);
        put(x[DETAIL_CLIPPED + k], mpz_cmp(w->work, w->work2) < 0 ? w->work : w->work2, response, true);
    }
    mpz_mul_ui(w->work, end->rollout, response->length);
    put(x[DETAIL_LENGTH], w->work, response, false);
    put(x[DETAIL_FIXED + response->length - 1], end->rollout, response, false);
    if (w->tokens)
        return;
    if (accepted) {
        put(x[DETAIL_FIXED + w->T + response->length - 1], end->rollout, response, false);
        add_moment(w, response);
    }
    if (w->kl_judge && tt_mask_judge_response(w->kl_judge, response, 0) == 0) {
        put(x[DETAIL_KL], end->rollout, response, false);
        if (accepted)
            put(x[DETAIL_BOTH], end->rollout, response, false);
    }
}

static void put_sequence(tally *w, const tt_response *response, tt_group *leaf, int advantage)
{
    const tt_path *path = response->path;
    const tt_path_step *end = &path->steps[w->T];
    size_t level = tt_mask_judge_response(w->judge, response, advantage);
    mpz_t *x = &leaf->x[level * SUM_LEVEL];
    if (level < w->first[w->T - 1])
        w->first[w->T - 1] = level;
    put(x[SUM_RESPONSES], end->rollout, response, false);
    put(x[SUM_REWARD], end->rollout, response, true);
    put(x[SUM_WEIGHT], end->weighted, response, false);
    put(x[SUM_WEIGHTED], end->weighted, response, true);
    mpz_mul_ui(x[SUM_STEPS], x[SUM_RESPONSES], w->T);
    mpz_mul_ui(x[SUM_STEPPED], x[SUM_REWARD], w->T);
    put(x[SUM_TARGET], end->target, response, false);
    put(x[SUM_TARGETED], end->target, response, true);
    if (add_logs(w, response, level))
        mpz_set(x[SUM_KEPT], x[SUM_REWARD]);
    if (w->walk->detail)
        put_details(w, response, leaf, level);
}

static void put_tokens(tally *w, const tt_response *response, tt_group *leaf, int advantage)
{
    const tt_path *path = response->path;
    const tt_path_step *end = &path->steps[w->T];
    mpz_srcptr one = mpq_denref(response->reward), reward = mpq_numref(response->reward);
    for (size_t t = 1; t <= w->T; t++) {
        const tt_rows *rows = &path->steps[t - 1].rows;
        uint32_t v = path->tokens[t - 1];
        size_t level = tt_mask_judge_token(w->judge, response, t, advantage);
        mpz_t *x = &leaf->x[level * SUM_LEVEL];
        if (level < w->first[t - 1])
            w->first[t - 1] = level;
        mpz_divexact(w->work, end->rollout, &rows->rollout[v]);
        mpz_mul(w->work, w->work, &rows->target[v]);
        mpz_addmul(x[SUM_WEIGHT], w->work, one);
        mpz_addmul(x[SUM_WEIGHTED], w->work, reward);
        mpz_addmul(x[SUM_STEPS], end->rollout, one);
        mpz_addmul(x[SUM_STEPPED], end->rollout, reward);
        if (t > response->length)
            continue;
        mpz_addmul(x[SUM_RESPONSES], end->rollout, one);
        if (w->walk->detail && level < w->levels)
            mpz_addmul(leaf->x[(w->levels + 1) * SUM_LEVEL + DETAIL_FIXED + w->T + response->length - 1], end->rollout,
                       one);
    }
    if (w->walk->detail) {
        add_logs(w, response, 0);
        put_details(w, response, leaf, w->levels);
    }
}

static tt_status put_response(void *context, const tt_response *response, tt_group *leaf, tt_error *error)
{
    tally *w = context;
    int advantage = mpq_cmp(response->reward, w->walk->baseline);
    if (mpz_sgn(response->path->steps[w->T].rollout) == 0)
        return TT_OK;
    mpz_set(leaf->scale, mpq_denref(response->reward));
    if (w->tokens)
        put_tokens(w, response, leaf, advantage);
    else
        put_sequence(w, response, leaf, advantage);
    if (tt_mask_judge_failed(w->judge) || (w->kl_judge && tt_mask_judge_failed(w->kl_judge)))
        return tt_no_memory(error);
    return TT_OK;
}

static void finish_prompt(void *context, size_t prompt, mpq_t *sums)
{
    tally *w = context;
    if (w->walk->prompt_acceptance && !w->tokens)
        tt_real_set_q(&w->walk->prompt_acceptance[prompt], sums[SUM_RESPONSES]);
}

/* ---- life ---------------------------------------------------------------------------------------------- */

size_t tt_mask_walk_sums(const tt_mask_walk *walk)
{
    size_t details = walk->detail ? DETAIL_FIXED + 2 * walk->source->horizon : 0;
    return (walk->question.levels + 1) * SUM_LEVEL + details;
}

static total *new_totals(size_t n, mpfr_prec_t precision)
{
    total *totals = calloc(n, sizeof *totals);
    for (size_t k = 0; totals && k < n; k++)
        total_init(&totals[k], precision);
    return totals;
}

static void free_totals(total *totals, size_t n)
{
    for (size_t k = 0; totals && k < n; k++)
        mpfi_clear(totals[k].sum);
    free(totals);
}

static tt_status make_results(tt_mask_walk *walk)
{
    size_t n = tt_mask_walk_sums(walk), buckets = walk->question.levels + 1;
    walk->sums = calloc(n, sizeof *walk->sums);
    for (size_t k = 0; walk->sums && k < n; k++)
        mpq_init(walk->sums[k]);
    walk->logs = tt_real_array(buckets);
    walk->kept_logs = tt_real_array(buckets);
    walk->kl = tt_real_array(buckets);
    walk->prompt_acceptance = tt_real_array(walk->source->prompts);
    walk->open = calloc(walk->question.levels, sizeof *walk->open);
    return walk->sums && walk->logs && walk->kept_logs && walk->kl && walk->prompt_acceptance && walk->open
               ? TT_OK
               : TT_NO_MEMORY;
}

void tt_mask_walk_clear(tt_mask_walk *walk)
{
    size_t n = tt_mask_walk_sums(walk), buckets = walk->question.levels + 1;
    for (size_t k = 0; walk->sums && k < n; k++)
        mpq_clear(walk->sums[k]);
    free(walk->sums);
    tt_real_array_free(walk->logs, buckets);
    tt_real_array_free(walk->kept_logs, buckets);
    tt_real_array_free(walk->kl, buckets);
    tt_real_array_free(walk->prompt_acceptance, walk->source->prompts);
    for (size_t k = 0; walk->open && k < walk->question.levels; k++)
        free(walk->open[k]);
    free(walk->open);
    tt_real_clear(&walk->moment);
}

static tt_status tally_init(tally *w, tt_mask_walk *walk)
{
    tt_status status = TT_OK;
    memset(w, 0, sizeof *w);
    w->walk = walk;
    w->T = walk->source->horizon;
    w->levels = walk->question.levels;
    w->tokens = walk->question.mask->level == TT_MASK_TOKEN;
    tt_token_values_init(&w->log_values, tt_estimator_find("log-ratio"), walk->source, walk->precision);
    tt_token_values_init(&w->kl_values, tt_estimator_find("kl"), walk->source, walk->precision);
    mpq_inits(w->exact_moment, w->term, NULL);
    mpfi_init2(w->weight, walk->precision);
    mpfi_init2(w->value, walk->precision);
    mpz_inits(w->work, w->work2, NULL);
    total_init(&w->moment, walk->precision);
    w->path_logs = tt_real_array(w->T + 1);
    w->first = calloc(w->T, sizeof *w->first);
    w->context_kl = tt_real_array(w->T);
    w->logs = new_totals(w->levels + 1, walk->precision);
    w->kept_logs = new_totals(w->levels + 1, walk->precision);
    if (!w->path_logs || !w->first || !w->context_kl || !w->logs || !w->kept_logs)
        return TT_NO_MEMORY;
    tt_real_set_ui(&w->path_logs[0], 0);
    status = tt_mask_judge_new(&w->judge, &walk->question, walk->source);
    if (status == TT_OK && walk->kl_question.mask)
        status = tt_mask_judge_new(&w->kl_judge, &walk->kl_question, walk->source);
    return status;
}

static void tally_clear(tally *w)
{
    tt_mask_judge_free(w->judge);
    tt_mask_judge_free(w->kl_judge);
    tt_token_values_clear(&w->log_values);
    tt_token_values_clear(&w->kl_values);
    tt_real_array_free(w->path_logs, w->T + 1);
    tt_real_array_free(w->context_kl, w->T);
    free(w->first);
    free_totals(w->logs, w->levels + 1);
    free_totals(w->kept_logs, w->levels + 1);
    mpfi_clear(w->moment.sum);
    mpq_clears(w->exact_moment, w->term, NULL);
    mpfi_clear(w->weight);
    mpfi_clear(w->value);
    mpz_clears(w->work, w->work2, NULL);
}

/* The context where a level was not decided, by the mask or by the exact one beside it. */
static tt_status collect_open(tally *w)
{
    for (size_t k = 0; k < w->levels; k++) {
        const char *open = tt_mask_judge_open(w->judge, k);
        if (!open && w->kl_judge)
            open = tt_mask_judge_open(w->kl_judge, k);
        if (open && !(w->walk->open[k] = strdup(open)))
            return TT_NO_MEMORY;
    }
    return TT_OK;
}

static tt_status collect(tally *w)
{
    for (size_t k = 0; k <= w->levels; k++) {
        total_get(&w->walk->logs[k], &w->logs[k]);
        total_get(&w->walk->kept_logs[k], &w->kept_logs[k]);
    }
    if (w->walk->exact_moment)
        tt_real_set_q(&w->walk->moment, w->exact_moment);
    else
        total_get(&w->walk->moment, &w->moment);
    return collect_open(w);
}

tt_status tt_mask_walk_run(tt_mask_walk *walk, tt_error *error)
{
    tally w;
    tt_response_walker walker = { &w, tt_mask_walk_sums(walk), open_context, push_token, close_context, put_response,
                                  finish_prompt };
    tt_status status;
    tt_real_init(&walk->moment);
    if (make_results(walk) != TT_OK)
        return tt_no_memory(error);
    status = tally_init(&w, walk);
    if (status != TT_OK)
        tt_fail(error, status, NULL, "out of memory");
    else
        status = tt_walk_responses(walk->sums, walk->source, &walk->options->measure, "responses", &walker, error);
    if (status == TT_OK && collect(&w) != TT_OK)
        status = tt_no_memory(error);
    tally_clear(&w);
    return status;
}

#include "gradient.h"

#include <stdlib.h>
#include <string.h>

#include "../measure/tree.h"
#include "../number/exact.h"
#include "child_sums.h"
#include "masking_walk.h"

/* Squares and products of the entries of one context's vectors, summed. */
enum { SQUARE_L, SQUARE_MASKED, SQUARE_BIAS, INNER, SQUARES };

/* Sums of the walk: E_mu R, then E_mu[m (R - b)], or for a token mask E_mu[M_t (R - b)] for t = 1..T. */
enum { GRADIENT_REWARD, GRADIENT_MASKED };

#define NO_SLOT SIZE_MAX

typedef struct {
    tt_gradient *out;
    const tt_row_source *source;
    const tt_masking_options *options;
    tt_mask_judge *judge; /* NULL without a mask */
    bool tokens;
    size_t V, T, sums, contexts_max;
    tt_child_sums children;
    tt_group *squares; /* T + 1: below the open context of each depth */
    mpq_t *values;     /* (T + 1) * V: V(c v) of the children of each depth, under rollout */
    mpq_t *value;      /* T + 1: V(c) of what was closed last at each depth */
    size_t *slot;      /* T: where the open context of each depth is kept */
    mpq_t *entry[3];   /* of J, L, L_masked: V of each */
    mpq_t centred, term, probability, total[SQUARES];
    mpz_t number, factor, work, scale;
} gradient_walk;

/* ---- one context ---------------------------------------------------------------------------------- */

static size_t masked_sum(const gradient_walk *w, size_t depth)
{
    return GRADIENT_MASKED + (w->tokens ? depth : 0);
}

/* out_v = W(c v) - mu(v) W(c), W the k-th sum, over the path's N */
static void centred_sums(gradient_walk *w, mpq_t *out, const tt_path *path, size_t depth, size_t k, mpz_srcptr scale)
{
    const tt_rows *rows = &path->steps[depth].rows;
    mpz_set_ui(w->work, 0);
    for (size_t v = 0; v < w->V; v++) {
        tt_child_sums_get(w->number, &w->children, depth, v, k, scale);
        mpz_add(w->work, w->work, w->number);
    }
    for (size_t v = 0; v < w->V; v++) {
        tt_child_sums_get(w->number, &w->children, depth, v, k, scale);
        mpz_mul(w->number, w->number, rows->total);
        mpz_submul(w->number, w->work, &rows->rollout[v]);
        mpz_set(mpq_numref(out[v]), w->number);
        mpz_mul(mpq_denref(out[v]), scale, rows->total);
        mpz_mul(mpq_denref(out[v]), mpq_denref(out[v]), path->steps[depth].scale);
        mpq_canonicalize(out[v]);
    }
}

/* V(c) = sum_v mu(v) Q(c, v) */
static void fold_value(gradient_walk *w, const tt_path *path, size_t depth)
{
    const tt_rows *rows = &path->steps[depth].rows;
    mpq_set_ui(w->value[depth], 0, 1);
    for (size_t v = 0; v < w->V; v++) {
        if (mpz_sgn(&rows->rollout[v]) == 0)
            continue;
        mpz_set(mpq_numref(w->term), &rows->rollout[v]);
        mpz_set(mpq_denref(w->term), rows->total);
        mpq_canonicalize(w->term);
        mpq_mul(w->term, w->term, w->values[depth * w->V + v]);
        mpq_add(w->value[depth], w->value[depth], w->term);
    }
}

/* dJ / d theta = d(c) mu(v) (Q - V), from values that are folded upward and nothing else */
static void value_entries(gradient_walk *w, const tt_path *path, size_t depth)
{
    const tt_path_step *step = &path->steps[depth];
    const tt_rows *rows = &step->rows;
    for (size_t v = 0; v < w->V; v++) {
        mpq_set_ui(w->entry[0][v], 0, 1);
        if (mpz_sgn(&rows->rollout[v]) == 0)
            continue;
        mpz_mul(mpq_numref(w->term), step->rollout, &rows->rollout[v]);
        mpz_mul(mpq_denref(w->term), step->scale, rows->total);
        mpq_canonicalize(w->term);
        mpq_sub(w->centred, w->values[depth * w->V + v], w->value[depth]);
        mpq_mul(w->entry[0][v], w->term, w->centred);
    }
}

/* group += x, a fraction */
static void add_fraction(gradient_walk *w, tt_group *group, size_t k, mpq_srcptr x)
{
    tt_group_absorb(group, w->factor, mpq_denref(x), w->work);
    mpz_addmul(group->x[k], mpq_numref(x), w->factor);
}

static void add_product(gradient_walk *w, tt_group *group, size_t k, mpq_srcptr x, mpq_srcptr y)
{
    if (mpq_sgn(x) == 0 || mpq_sgn(y) == 0)
        return;
    mpq_mul(w->term, x, y);
    add_fraction(w, group, k, w->term);
}

static void add_squares(gradient_walk *w, size_t depth)
{
    tt_group *group = &w->squares[depth];
    for (size_t v = 0; v < w->V; v++) {
        mpq_srcptr surrogate = w->entry[1][v], masked = w->entry[2][v];
        w->out->tangent = w->out->tangent && mpq_equal(w->entry[0][v], surrogate);
        add_product(w, group, SQUARE_L, surrogate, surrogate);
        if (!w->judge)
            continue;
        add_product(w, group, SQUARE_MASKED, masked, masked);
        add_product(w, group, INNER, surrogate, masked);
        mpq_sub(w->centred, masked, surrogate);
        add_product(w, group, SQUARE_BIAS, w->centred, w->centred);
    }
}

static void keep_entries(gradient_walk *w, size_t depth)
{
    tt_gradient_context *kept;
    if (w->slot[depth] == NO_SLOT)
        return;
    kept = &w->out->contexts[w->slot[depth]];
    for (size_t v = 0; v < w->V; v++) {
        mpq_mul(kept->j[v], w->entry[0][v], w->probability);
        mpq_mul(kept->surrogate[v], w->entry[1][v], w->probability);
        mpq_mul(kept->masked[v], w->entry[2][v], w->probability);
    }
}

/* Hands value and squares of a context to the one above. */
static void pass_up(gradient_walk *w, const tt_path *path, size_t depth)
{
    const tt_group *own = &w->squares[depth];
    tt_group *above;
    if (depth == 0)
        return;
    mpq_set(w->values[(depth - 1) * w->V + path->tokens[depth - 1]], w->value[depth]);
    if (own->empty)
        return;
    above = &w->squares[depth - 1];
    tt_group_absorb(above, w->factor, own->scale, w->work);
    for (size_t k = 0; k < SQUARES; k++)
        mpz_addmul(above->x[k], own->x[k], w->factor);
}

static void close_context(void *context, const tt_path *path, size_t depth, tt_group *below)
{
    gradient_walk *w = context;
    fold_value(w, path, depth);
    if (mpz_sgn(path->steps[depth].rollout) != 0) {
        mpz_set(w->scale, below->scale);
        value_entries(w, path, depth);
        centred_sums(w, w->entry[1], path, depth, GRADIENT_REWARD, w->scale);
        if (w->judge)
            centred_sums(w, w->entry[2], path, depth, masked_sum(w, depth), w->scale);
        add_squares(w, depth);
        keep_entries(w, depth);
    }
    pass_up(w, path, depth);
    tt_child_sums_close(&w->children, path, depth, below);
}

static tt_status context_init(tt_gradient_context *kept, const tt_path *path, size_t depth, size_t V)
{
    mpq_t **vectors[] = { &kept->j, &kept->surrogate, &kept->masked };
    memset(kept, 0, sizeof *kept);
    kept->prompt = path->prompt;
    kept->depth = depth;
    kept->tokens = calloc(depth + 1, sizeof *kept->tokens);
    if (kept->tokens)
        memcpy(kept->tokens, path->tokens, depth * sizeof *kept->tokens);
    for (size_t k = 0; k < 3; k++) {
        *vectors[k] = calloc(V, sizeof **vectors[k]);
        for (size_t v = 0; *vectors[k] && v < V; v++)
            mpq_init((*vectors[k])[v]);
    }
    return kept->tokens && kept->j && kept->surrogate && kept->masked ? TT_OK : TT_NO_MEMORY;
}

static void context_clear(tt_gradient_context *kept, size_t V)
{
    mpq_t *vectors[] = { kept->j, kept->surrogate, kept->masked };
    for (size_t k = 0; k < 3; k++) {
        for (size_t v = 0; vectors[k] && v < V; v++)
            mpq_clear(vectors[k][v]);
        free(vectors[k]);
    }
    free(kept->tokens);
}

static void open_context(void *context, const tt_path *path, size_t depth)
{
    gradient_walk *w = context;
    tt_gradient *out = w->out;
    if (depth == 0)
        mpq_set(w->probability, path->source->prompt(path->source->self, path->prompt));
    tt_child_sums_open(&w->children, depth);
    tt_group_reset(&w->squares[depth]);
    for (size_t v = 0; v < w->V; v++)
        mpq_set_ui(w->values[depth * w->V + v], 0, 1);
    w->slot[depth] = NO_SLOT;
    if (mpz_sgn(path->steps[depth].rollout) == 0)
        return;
    out->contexts_total++;
    if (out->contexts_n == w->contexts_max)
        return;
    w->slot[depth] = out->contexts_n++;
    out->failed = context_init(&out->contexts[w->slot[depth]], path, depth, w->V) != TT_OK || out->failed;
}

/* ---- responses ---------------------------------------------------------------------------------------- */

static void push_token(void *context, const tt_path *path, size_t depth, size_t token)
{
    gradient_walk *w = context;
    if (w->judge)
        tt_mask_judge_push(w->judge, path, depth, token);
}

/* leaf->x = mu(y) (R - b) where the mask keeps it, over the leaf's scale */
static void put_masked(gradient_walk *w, const tt_response *response, tt_group *leaf)
{
    const tt_path_step *end = &response->path->steps[w->T];
    mpq_srcptr b = w->out->masking.baseline.q;
    int advantage;
    mpq_sub(w->term, response->reward, b);
    advantage = mpq_sgn(w->term);
    mpz_divexact(w->number, leaf->scale, mpq_denref(w->term));
    mpz_mul(w->number, w->number, mpq_numref(w->term));
    mpz_mul(w->number, w->number, end->rollout);
    for (size_t t = 1; t <= (w->tokens ? w->T : 1); t++)
        if ((w->tokens ? tt_mask_judge_token(w->judge, response, t, advantage)
                       : tt_mask_judge_response(w->judge, response, advantage)) == 0)
            mpz_set(leaf->x[GRADIENT_MASKED + t - 1], w->number);
}

static tt_status put_response(void *context, const tt_response *response, tt_group *leaf, tt_error *error)
{
    gradient_walk *w = context;
    const tt_path *path = response->path;
    const tt_path_step *end = &path->steps[w->T];
    if (w->out->failed)
        return tt_no_memory(error);
    mpz_set(leaf->scale, mpq_denref(response->reward));
    if (w->judge)
        mpz_mul(leaf->scale, leaf->scale, mpq_denref(w->out->masking.baseline.q));
    mpz_divexact(w->number, leaf->scale, mpq_denref(response->reward));
    mpz_mul(w->number, w->number, mpq_numref(response->reward));
    mpz_mul(leaf->x[GRADIENT_REWARD], w->number, end->rollout);
    if (w->judge && mpz_sgn(end->rollout) != 0)
        put_masked(w, response, leaf);
    mpq_set(w->values[(w->T - 1) * w->V + path->tokens[w->T - 1]], response->reward);
    tt_child_sums_close(&w->children, path, w->T, leaf);
    return TT_OK;
}

static void finish_prompt(void *context, size_t prompt, mpq_t *sums)
{
    gradient_walk *w = context;
    (void)prompt;
    (void)sums;
    for (size_t k = 0; k < SQUARES; k++) {
        mpz_set(mpq_numref(w->term), w->squares[0].x[k]);
        mpz_set(mpq_denref(w->term), w->squares[0].scale);
        mpq_canonicalize(w->term);
        mpq_mul(w->term, w->term, w->probability);
        mpq_mul(w->term, w->term, w->probability);
        mpq_add(w->total[k], w->total[k], w->term);
    }
}

/* ---- life ----------------------------------------------------------------------------------------------- */

static tt_status walk_init(gradient_walk *w)
{
    bool good;
    mpq_inits(w->centred, w->term, w->probability, NULL);
    mpz_inits(w->number, w->factor, w->work, w->scale, NULL);
    for (size_t k = 0; k < SQUARES; k++)
        mpq_init(w->total[k]);
    w->values = tt_rationals_new((w->T + 1) * w->V);
    w->value = tt_rationals_new(w->T + 1);
    w->slot = calloc(w->T, sizeof *w->slot);
    w->squares = calloc(w->T + 1, sizeof *w->squares);
    good = w->values && w->value && w->slot && w->squares;
    for (size_t k = 0; k < 3; k++)
        good = (w->entry[k] = tt_rationals_new(w->V)) && good;
    for (size_t d = 0; good && d <= w->T; d++)
        good = tt_group_init(&w->squares[d], SQUARES) == TT_OK;
    return tt_child_sums_init(&w->children, w->T, w->V, w->sums) == TT_OK && good ? TT_OK : TT_NO_MEMORY;
}

static void walk_clear(gradient_walk *w)
{
    mpq_clears(w->centred, w->term, w->probability, NULL);
    mpz_clears(w->number, w->factor, w->work, w->scale, NULL);
    for (size_t k = 0; k < SQUARES; k++)
        mpq_clear(w->total[k]);
    tt_rationals_free(w->values, (w->T + 1) * w->V);
    tt_rationals_free(w->value, w->T + 1);
    free(w->slot);
    for (size_t d = 0; w->squares && d <= w->T; d++)
        tt_group_clear(&w->squares[d]);
    free(w->squares);
    for (size_t k = 0; k < 3; k++)
        tt_rationals_free(w->entry[k], w->V);
    tt_child_sums_clear(&w->children);
}

static tt_status gradient_init(tt_gradient *out, const tt_row_source *source, const tt_masking_options *options,
                               size_t contexts_max)
{
    memset(out, 0, sizeof *out);
    out->vocab = source->vocab;
    out->horizon = source->horizon;
    out->has_mask = options->mask != NULL;
    out->tangent = true;
    tt_real_init(&out->squared);
    tt_real_init(&out->masked_squared);
    tt_real_init(&out->bias_squared);
    tt_real_init(&out->inner);
    tt_real_init(&out->cosine_squared);
    tt_real_init(&out->improvement_derivative);
    tt_real_init(&out->surrogate_derivative);
    tt_real_init(&out->masked_derivative);
    out->contexts = calloc(contexts_max ? contexts_max : 1, sizeof *out->contexts);
    return out->contexts ? TT_OK : TT_NO_MEMORY;
}

void tt_gradient_clear(tt_gradient *out)
{
    tt_real_clear(&out->squared);
    tt_real_clear(&out->masked_squared);
    tt_real_clear(&out->bias_squared);
    tt_real_clear(&out->inner);
    tt_real_clear(&out->cosine_squared);
    tt_real_clear(&out->improvement_derivative);
    tt_real_clear(&out->surrogate_derivative);
    tt_real_clear(&out->masked_derivative);
    for (size_t k = 0; k < out->contexts_n; k++)
        context_clear(&out->contexts[k], out->vocab);
    free(out->contexts);
    if (out->masking_done)
        tt_masking_clear(&out->masking);
}

/* The mask's own study. */
static tt_status study_mask(tt_gradient *out, const tt_row_source *source, const tt_masking_options *options,
                            tt_error *error)
{
    tt_masking_options own = *options;
    tt_status status;
    own.sweep_points = 0;
    out->masking_done = true;
    status = tt_masking_run(&out->masking, source, &own, error);
    tt_real_set(&out->masked_derivative, &out->masking.point.masked_derivative);
    return status;
}

static tt_status study_policies(tt_gradient *out, const tt_row_source *source, const tt_masking_options *options,
                                tt_error *error)
{
    tt_quantities q;
    tt_status status;
    tt_quantities_init(&q);
    status = tt_tree_measure(&q, source, &options->measure, error);
    tt_real_set(&out->improvement_derivative, &q.improvement_derivative);
    tt_real_set(&out->surrogate_derivative, &q.surrogate_derivative);
    tt_quantities_clear(&q);
    return status;
}

static void collect(gradient_walk *w)
{
    tt_gradient *out = w->out;
    out->measured = true;
    tt_real_set_q(&out->squared, w->total[SQUARE_L]);
    if (!w->judge)
        return;
    tt_real_set_q(&out->masked_squared, w->total[SQUARE_MASKED]);
    tt_real_set_q(&out->bias_squared, w->total[SQUARE_BIAS]);
    tt_real_set_q(&out->inner, w->total[INNER]);
    out->cosine_sign = mpq_sgn(w->total[INNER]);
    mpq_mul(w->term, w->total[SQUARE_L], w->total[SQUARE_MASKED]);
    if (mpq_sgn(w->term) == 0)
        return;
    mpq_mul(w->centred, w->total[INNER], w->total[INNER]);
    mpq_div(w->centred, w->centred, w->term);
    tt_real_set_q(&out->cosine_squared, w->centred);
}

static tt_status run_walk(gradient_walk *w, tt_error *error)
{
    tt_response_walker walker = { w, w->sums, open_context, push_token, close_context, put_response, finish_prompt };
    mpq_t *totals = tt_rationals_new(w->sums);
    tt_status status = totals ? walk_init(w) : TT_NO_MEMORY;
    if (status != TT_OK)
        tt_fail(error, status, NULL, "out of memory");
    else
        status = tt_walk_responses(totals, w->source, &w->options->measure, "gradient", &walker, error);
    if (status == TT_OK)
        collect(w);
    tt_rationals_free(totals, w->sums);
    walk_clear(w);
    return status;
}

tt_status tt_gradient_run(tt_gradient *out, const tt_row_source *source, const tt_masking_options *options,
                          size_t contexts_max, tt_error *error)
{
    gradient_walk w = { .out = out, .source = source, .options = options, .V = source->vocab, .T = source->horizon,
                        .sums = 1, .contexts_max = contexts_max };
    tt_mask_question question;
    tt_status status = gradient_init(out, source, options, contexts_max);
    if (status != TT_OK)
        return tt_fail(error, status, NULL, "out of memory");
    status = study_policies(out, source, options, error);
    if (status == TT_OK && options->mask)
        status = study_mask(out, source, options, error);
    if (status != TT_OK)
        return status;
    if (options->mask && out->masking.point.decided) {
        tt_mask_question_of(&question, &out->masking, options);
        question.levels = 1;
        question.first = (const mpq_t *)&options->thresholds[0];
        w.tokens = options->mask->level == TT_MASK_TOKEN;
        w.sums = GRADIENT_MASKED + (w.tokens ? w.T : 1);
        if (tt_mask_judge_new(&w.judge, &question, source) != TT_OK)
            return tt_no_memory(error);
    }
    status = run_walk(&w, error);
    tt_mask_judge_free(w.judge);
    return status;
}

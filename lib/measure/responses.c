#include "responses.h"

#include <stdlib.h>

#include "../number/exact.h"

/* A walk goes one call and one group of sums deeper per token; with two tokens or more the tree is too large before
   that. */
#define DEPTH_MAX 1024

typedef struct {
    tt_path path;
    const tt_response_walker *walker;
    size_t T;
    tt_group *below; /* T + 1 */
    mpz_t factor, scale, work;
    mpq_t reward;
    tt_error *error;
} walk;

tt_status tt_check_tree_size(const tt_row_source *source, const tt_measure_options *options, tt_error *error)
{
    uint64_t nodes = tt_row_source_nodes_ui(source), limit = options->max_nodes;
    char text[64];
    /* room is kept along a path; with one token that is as long as the tree is large */
    if (source->vocab == 1)
        limit = tt_row_source_nodes_limit(limit);
    if (nodes <= limit && nodes != UINT64_MAX)
        return TT_OK;
    tt_row_source_nodes_text(text, sizeof text, source);
    return tt_fail(error, TT_LIMIT, NULL, "the tree has %s nodes, more than --max-nodes %llu", text,
                   (unsigned long long)limit);
}

/* Both rows put all their mass on the token. */
static bool certain(const tt_rows *rows, uint32_t token)
{
    return mpz_cmp(&rows->rollout[token], rows->total) == 0 && mpz_cmp(&rows->target[token], rows->total) == 0;
}

/* A context is absorbing where every later row of the path is certain of one and the same token, which is then the
   token that a response that can occur has taken. */
static size_t own_length(const tt_path *path, size_t T)
{
    uint32_t last = path->tokens[T - 1];
    size_t d = T;
    while (d > 1 && certain(&path->steps[d - 1].rows, last))
        d--;
    return d;
}

static tt_status leaf(walk *w)
{
    tt_path *path = &w->path;
    tt_response response = { .path = path, .length = own_length(path, w->T), .reward = w->reward };
    tt_group_reset(&w->below[w->T]);
    path->source->reward(path->source->self, path->steps[w->T].node, w->reward);
    return w->walker->response(w->walker->context, &response, &w->below[w->T], w->error);
}

/* Adds the sums below a child to those below the context at depth d. */
static void absorb(walk *w, size_t d)
{
    tt_group *child = &w->below[d + 1], *own = &w->below[d];
    mpz_mul(w->scale, child->scale, w->path.steps[d].rows.total);
    tt_group_absorb(own, w->factor, w->scale, w->work);
    for (size_t k = 0; k < own->n; k++)
        if (mpz_sgn(child->x[k]) != 0)
            mpz_addmul(own->x[k], child->x[k], w->factor);
}

static tt_status visit(walk *w, size_t d)
{
    tt_path *path = &w->path;
    tt_status status = TT_OK;
    if (d == w->T)
        return leaf(w);
    if (!tt_path_open(path, d))
        return tt_fail(w->error, TT_INTERRUPTED, NULL, "interrupted");
    tt_group_reset(&w->below[d]);
    if (w->walker->open)
        w->walker->open(w->walker->context, path, d);
    for (size_t y = 0; y < path->source->vocab && status == TT_OK; y++) {
        tt_path_push(path, d, y);
        if (!tt_path_reachable(path, d + 1))
            continue;
        if (w->walker->push)
            w->walker->push(w->walker->context, path, d, y);
        status = visit(w, d + 1);
        if (status == TT_OK)
            absorb(w, d);
    }
    if (status == TT_OK && w->walker->close)
        w->walker->close(w->walker->context, path, d, &w->below[d]);
    return status;
}

/* Adds a prompt's sums, which stand over below[0].scale. */
static tt_status finish_prompt(walk *w, mpq_t *totals, mpq_srcptr probability)
{
    size_t n = w->walker->sums;
    mpq_t *sums = tt_rationals_new(n);
    if (!sums)
        return tt_no_memory(w->error);
    for (size_t k = 0; k < n; k++) {
        mpz_set(mpq_numref(sums[k]), w->below[0].x[k]);
        mpz_set(mpq_denref(sums[k]), w->below[0].scale);
        mpq_canonicalize(sums[k]);
    }
    if (w->walker->prompt)
        w->walker->prompt(w->walker->context, w->path.prompt, sums);
    for (size_t k = 0; k < n; k++) {
        mpq_mul(sums[k], sums[k], probability);
        mpq_add(totals[k], totals[k], sums[k]);
    }
    tt_rationals_free(sums, n);
    return TT_OK;
}

static tt_status walk_init(walk *w, const tt_row_source *source, const tt_measure_options *options, const char *work)
{
    tt_status status = tt_path_init(&w->path, source, options, work);
    mpz_inits(w->factor, w->scale, w->work, NULL);
    mpq_init(w->reward);
    w->below = calloc(w->T + 1, sizeof *w->below);
    if (!w->below)
        return TT_NO_MEMORY;
    for (size_t d = 0; d <= w->T && status == TT_OK; d++)
        status = tt_group_init(&w->below[d], w->walker->sums);
    return status;
}

static void walk_clear(walk *w)
{
    for (size_t d = 0; w->below && d <= w->T; d++)
        tt_group_clear(&w->below[d]);
    free(w->below);
    mpz_clears(w->factor, w->scale, w->work, NULL);
    mpq_clear(w->reward);
    tt_path_clear(&w->path);
}

tt_status tt_walk_responses(mpq_t *totals, const tt_row_source *source, const tt_measure_options *options,
                            const char *work, const tt_response_walker *walker, tt_error *error)
{
    walk w = { .walker = walker, .T = source->horizon, .error = error };
    tt_status status = tt_check_tree_size(source, options, error);
    if (status != TT_OK)
        return status;
    if (source->horizon > DEPTH_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "the horizon is %zu; responses of at most %d tokens are walked",
                       source->horizon, DEPTH_MAX);
    status = walk_init(&w, source, options, work);
    if (status != TT_OK)
        tt_fail(error, status, NULL, "out of memory");
    for (size_t k = 0; k < walker->sums; k++)
        mpq_set_ui(totals[k], 0, 1);
    for (size_t x = 0; x < source->prompts && status == TT_OK; x++) {
        mpq_srcptr probability = source->prompt(source->self, x);
        if (mpq_sgn(probability) == 0)
            continue;
        tt_path_start(&w.path, x);
        status = visit(&w, 0);
        if (status == TT_OK)
            status = finish_prompt(&w, totals, probability);
    }
    walk_clear(&w);
    return status;
}

/* A walk over whole responses, with exact sums over them.

   Contexts that rollout or target reaches are visited depth first, prompts of probability 0 left out. A visitor sees
   every context when it is entered and left, and every response with its masses as integers; what it writes for a
   response is summed exactly, folded upward over denominators that stay shared. */
#ifndef TRUSTREE_RESPONSES_H
#define TRUSTREE_RESPONSES_H

#include "fraction.h"
#include "tree_path.h"

/* One response y of the prompt path->prompt, valid inside the callback. steps[t-1].rows are the rows of c_t; with
   N = steps[T].scale and P(x) left out, mu(y) = steps[T].rollout / N, pi(y) = steps[T].target / N, and where mu(y) > 0
   mu(y) sum_t rho_t = steps[T].weighted / N. */
typedef struct {
    const tt_path *path;
    size_t length;   /* n: least t in 1..T such that from c_{t+1} on both rows put 1 on one token for ever; else T. Of
                        responses with mu(y) > 0 or pi(y) > 0 */
    mpq_srcptr reward;
} tt_response;

typedef struct {
    void *context;
    size_t sums; /* how many sums are folded */
    /* The rows of the context at `depth` are loaded. May be NULL, as the next two. */
    void (*open)(void *context, const tt_path *path, size_t depth);
    /* The walk goes from depth to depth + 1 by a token. */
    void (*push)(void *context, const tt_path *path, size_t depth, size_t token);
    /* Everything below the context at `depth` was visited. below->x[k] / (N below->scale), N = steps[depth].scale, is
       the k-th sum over the responses through the context; P(x) is left out. The visitor may add terms of the context's
       own, and enlarge scale together with every x[k]. */
    void (*close)(void *context, const tt_path *path, size_t depth, tt_group *below);
    /* The visitor writes leaf->x[k], zero before, and may enlarge leaf->scale, 1 before: they stand for
       x[k] / (N leaf->scale). Its status, where not TT_OK, ends the walk. */
    tt_status (*response)(void *context, const tt_response *response, tt_group *leaf, tt_error *error);
    /* The sums of one prompt, P(x) not in them. May be NULL. */
    void (*prompt)(void *context, size_t prompt, mpq_t *sums);
} tt_response_walker;

/* Walks; totals[k] = sum_x P(x) sum_y of the k-th sum, canonical, initialised by the caller.
   fails: TT_LIMIT past options->max_nodes (contexts + responses over all prompts), the number in error->what, or past
          1024 steps, before anything is visited; TT_INTERRUPTED, TT_NO_MEMORY, and what the visitor returns. */
TT_MUST_CHECK tt_status tt_walk_responses(mpq_t *totals, const tt_row_source *source, const tt_measure_options *options,
                                          const char *work, const tt_response_walker *walker, tt_error *error);

/* TT_LIMIT with the figure where the tree of a source is larger than options->max_nodes. */
TT_MUST_CHECK tt_status tt_check_tree_size(const tt_row_source *source, const tt_measure_options *options,
                                           tt_error *error);

#endif

/* The path from a prompt to a context, with its masses as integers. Internal to the tree engine.

   With N = product of the row totals along the path (prompt not included):
     rollout / N = prod mu(y_s|c_s) = a,   target / N = prod pi(y_s|c_s) = b,
     weighted / N = s, carried without division by s' = s mu + a pi (where mu > 0 all along: a sum_s rho_s),
   so that l = s - d a and e = b - a - l after d tokens, and every sign is decided by integers. */
#ifndef TRUSTREE_TREE_PATH_H
#define TRUSTREE_TREE_PATH_H

#include "../world/rows.h"
#include "options.h"

typedef struct {
    uint64_t node;
    tt_rows rows;
    tt_rows_buffer buffer;
    mpz_t rollout, target, weighted, scale; /* a N, b N, s N, N */
} tt_path_step;

typedef struct {
    const tt_row_source *source;
    size_t prompt;
    uint32_t *tokens;     /* T */
    tt_path_step *steps;  /* T + 1 */
    /* progress */
    const tt_measure_options *options;
    const char *work;
    uint64_t visited;
    double total;
    bool stopped;
} tt_path;

/* `work` names the walk in progress lines; the caller clears the path also where init failed. */
TT_MUST_CHECK tt_status tt_path_init(tt_path *path, const tt_row_source *source, const tt_measure_options *options,
                                     const char *work);
void tt_path_clear(tt_path *path);

/* Stands at the empty context of a prompt, masses 1, 1, 0. */
void tt_path_start(tt_path *path, size_t prompt);
/* Loads the rows of the context at depth < T and reports progress; false where the walk was stopped. */
bool tt_path_open(tt_path *path, size_t depth);
/* Steps from depth to depth + 1 by a token: node and masses; no rows are loaded. */
void tt_path_push(tt_path *path, size_t depth, size_t token);
/* The node alone, for walks that do without masses. */
void tt_path_push_node(tt_path *path, size_t depth, size_t token);

/* d^mu > 0 or d^pi > 0 at the context. */
bool tt_path_reachable(const tt_path *path, size_t depth);
/* Reachable, or carrying l-mass: a path of rollout that left the target's support, took one token that only
   the target has and went on with rollout is reached by neither policy and yet has l > 0. */
bool tt_path_live(const tt_path *path, size_t depth);

#endif

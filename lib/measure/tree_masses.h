/* The masses of both policies along a path, as far as their signs are needed. Internal to the tree engine.

   a, b and s of tree_path.h in hardware floating point: sums and products of numbers >= 0 in round to nearest, so that after
   d steps each is within 4 d 2^-53 of its value, relatively (d small against 2^50). A sign is taken from them only where the
   difference is larger than that error allows to be wrong; otherwise it comes from integers, which are carried down
   the path when they are first asked for. Which masses are zero is known exactly. */
#ifndef TRUSTREE_TREE_MASSES_H
#define TRUSTREE_TREE_MASSES_H

#include <math.h>

#include "../world/rows.h"

typedef struct {
    double rollout, target, weighted;          /* a, b, s */
    bool has_rollout, has_target, has_weighted; /* a > 0, b > 0, s > 0 */
    bool faint; /* one of them is > 0 and too small for its double */
} tt_mass;

typedef struct {
    mpz_t rollout, target, weighted; /* a N, b N, s N; N > 0 is the product of both totals along the path */
} tt_exact_mass;

typedef struct {
    size_t vocab, horizon;
    tt_small_rows *rows;  /* T: of the contexts of the path */
    uint32_t *weights;    /* what they point to */
    uint32_t *tokens;     /* T */
    tt_mass *steps;       /* T + 1 */
    tt_exact_mass *exact; /* T + 1; those up to depth `known` are up to date */
    size_t known;
    double tolerance;     /* of a sign, relative to the sum of what is added and subtracted */
    mpz_t left, right;
} tt_masses;

TT_MUST_CHECK tt_status tt_masses_init(tt_masses *m, size_t vocab, size_t horizon);
void tt_masses_clear(tt_masses *m);
/* Stands at the empty context. */
void tt_masses_start(tt_masses *m);

/* A context, to say where a maximum is reached: the shortest, then the first in order of prompt and tokens. */
typedef struct {
    size_t prompt, depth;
    uint32_t *tokens; /* depth */
} tt_context_place;

bool tt_context_before(const tt_context_place *a, const tt_context_place *b);
void tt_context_copy(tt_context_place *out, const tt_context_place *place); /* out->tokens has room */

/* The masses of the child of the context at depth d by a token; m->rows[d] are the context's rows. */
static inline void tt_masses_push(tt_masses *m, size_t d, size_t token)
{
    const tt_mass *from = &m->steps[d];
    tt_mass *to = &m->steps[d + 1];
    const tt_small_rows *rows = &m->rows[d];
    double r = rows->rollout[token] / (double)rows->rollout_total, p = rows->target[token] / (double)rows->target_total;
    m->tokens[d] = (uint32_t)token;
    if (m->known > d)
        m->known = d;
    to->rollout = from->rollout * r;
    to->target = from->target * p;
    to->weighted = from->weighted * r + from->rollout * p;
    to->has_rollout = from->has_rollout && rows->rollout[token] != 0;
    to->has_target = from->has_target && rows->target[token] != 0;
    to->has_weighted = (from->has_weighted && rows->rollout[token] != 0) || (from->has_rollout && rows->target[token] != 0);
    to->faint = (to->has_rollout && to->rollout < 0x1p-900) || (to->has_target && to->target < 0x1p-900) ||
                (to->has_weighted && to->weighted < 0x1p-900);
}

int tt_masses_exact_sign(tt_masses *m, size_t d);

/* The sign of b - a at depth d. */
static inline int tt_masses_sign(tt_masses *m, size_t d)
{
    const tt_mass *at = &m->steps[d];
    double x = at->target - at->rollout;
    if (fabs(x) > (at->target + at->rollout) * m->tolerance && !at->faint)
        return x > 0 ? 1 : -1;
    return tt_masses_exact_sign(m, d);
}

/* signs[y] = the sign of e = b + (T - 1) a - s at the response that ends with y, for each y, from the context at depth T - 1. */
void tt_masses_error_signs(tt_masses *m, int8_t *signs);

#endif

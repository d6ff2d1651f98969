/* The draws that campaign instances are made of; internal to sample*.

   Everything is whole numbers: a row is weights over their sum, which fits 64 bits. In a dyadic draw every sum is a
   power of two. */
#ifndef TRUSTREE_SAMPLE_DRAW_H
#define TRUSTREE_SAMPLE_DRAW_H

#include "random.h"
#include "sample.h"

typedef struct {
    tt_random *random;
    size_t vocab, horizon, prompts;
    bool dyadic;
    uint64_t large; /* of one size for a whole instance: 10^3..10^15, or a power of two from 2^10 to 2^50 */
} tt_draw;

/* Draws the size of `large`; the other fields are the caller's. */
void tt_draw_large(tt_draw *draw);
/* Uniform on 0..n-1. */
size_t tt_draw_below(const tt_draw *draw, size_t n);
bool tt_draw_one_in(const tt_draw *draw, size_t n);

/* n weights with the sum that the draw asks for, all positive; `zeros`: some of them may be 0. */
void tt_draw_weights(uint64_t *out, size_t n, const tt_draw *draw, bool zeros);

/* The two rows of a context, `vocab` weights each. */
typedef void tt_draw_pair(uint64_t *rollout, uint64_t *target, const tt_draw *draw);

tt_draw_pair tt_pair_plain;     /* unrelated rows without zeros */
tt_draw_pair tt_pair_dense;     /* most of the mass on different tokens; V >= 2 */
tt_draw_pair tt_pair_equal;     /* the same row, of any sort */
tt_draw_pair tt_pair_zeros;     /* unrelated rows with zeros */
tt_draw_pair tt_pair_disjoint;  /* no token in both supports; V >= 2 */
tt_draw_pair tt_pair_inside;    /* target's support is a proper part of rollout's; V >= 2 */
tt_draw_pair tt_pair_outside;   /* rollout's is a proper part of target's; V >= 2 */
tt_draw_pair tt_pair_crossing;  /* each support has a token of its own, and they share one; V >= 3 */
tt_draw_pair tt_pair_certain;   /* one of the rows is a point, often both */
tt_draw_pair tt_pair_opposite;  /* two different points; V >= 2 */
tt_draw_pair tt_pair_near;      /* up to nine in `large` move from one token to another; V >= 2 */
tt_draw_pair tt_pair_heavy;     /* a likelihood ratio of about `large`, or its inverse; V >= 2 */
tt_draw_pair tt_pair_rare;      /* token 0 has 1 / large under rollout and a tenth or more under target; V >= 2 */
tt_draw_pair tt_pair_primes;    /* entries over primes of their own; not dyadic */
tt_draw_pair tt_pair_permuted;  /* the same numbers in another order; V >= 2 */
tt_draw_pair tt_pair_any;       /* one of the above that fits */

#endif

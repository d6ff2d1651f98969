/* What the children of the open contexts of a walk summed to, for terms that need all of them at once. Internal.

   At the close of a context c over N scale, x[k] is the sum over the responses through c and child(v)[k] the part of it
   through c v, over the same denominator. */
#ifndef TRUSTREE_CHILD_SUMS_H
#define TRUSTREE_CHILD_SUMS_H

#include "../measure/responses.h"

typedef struct {
    size_t depths, vocab, n;
    mpz_t *x;     /* depths * vocab * n */
    mpz_t *scale; /* depths * vocab: the child's own, times the total of the row; 0 where there was no child */
} tt_child_sums;

/* The first n sums of a walk are kept. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_child_sums_init(tt_child_sums *sums, size_t depths, size_t vocab, size_t n);
void tt_child_sums_clear(tt_child_sums *sums);

/* At open: forgets the children of the depth. */
void tt_child_sums_open(tt_child_sums *sums, size_t depth);
/* At close of a context at depth > 0, last: hands its sums to the one above; a response counts as closed too. */
void tt_child_sums_close(tt_child_sums *sums, const tt_path *path, size_t depth, const tt_group *below);
/* out = child(v)[k] over `scale`, a multiple of the child's own. */
void tt_child_sums_get(mpz_t out, const tt_child_sums *sums, size_t depth, size_t token, size_t k, mpz_srcptr scale);

#endif

/* Sums of square roots of consecutive integers. */
#ifndef TRUSTREE_ROOTS_H
#define TRUSTREE_ROOTS_H

#include <mpfi.h>

/* out (of its own precision) encloses sum_{k=from+1..to} sqrt(k); 0 where to <= from. Its width is that of the
   precision; the cost hardly depends on `to`, at most 2^31. */
void tt_roots_sum(mpfi_ptr out, size_t from, size_t to);

/* Sums that were computed before, for callers that ask for the same ones again and again: the latest few. Of one thread. */
typedef struct tt_root_sums tt_root_sums;

tt_root_sums *tt_root_sums_new(void); /* NULL without memory */
void tt_root_sums_free(tt_root_sums *sums);
/* tt_roots_sum, and the same bits, from `sums` where it is there; it is put there where not. NULL: nothing is kept. */
void tt_root_sums_get(mpfi_ptr out, tt_root_sums *sums, size_t from, size_t to);

#endif

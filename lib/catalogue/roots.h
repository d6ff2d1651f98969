/* Sums of square roots of consecutive integers. */
#ifndef TRUSTREE_ROOTS_H
#define TRUSTREE_ROOTS_H

#include <mpfi.h>

/* out (of its own precision) encloses sum_{k=from+1..to} sqrt(k); 0 where to <= from. Its width is that of the
   precision; the cost hardly depends on `to`, at most 2^31. */
void tt_roots_sum(mpfi_ptr out, unsigned long from, unsigned long to);

#endif

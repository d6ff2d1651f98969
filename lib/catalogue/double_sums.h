/* The sums of sums.h and binomial.h in hardware doubles, for operands that are enclosed in these already. */
#ifndef TRUSTREE_DOUBLE_SUMS_H
#define TRUSTREE_DOUBLE_SUMS_H

#include "../number/interval.h"

/* Longer sums are left to their closed forms; the integers of the second are exact doubles up to its length. */
#define TT_DOUBLE_CAPPED_MAX 1024
#define TT_DOUBLE_TILTED_MAX 18

/* sum_{k=1..n} w_k min(1, k slope, sqrt(k square)), all >= 0, n <= TT_DOUBLE_CAPPED_MAX; w_k = weights[n - k].
   weights, slope, square : NULL for all 1, for no such cap */
tt_interval tt_double_capped_sum(size_t n, const tt_interval *weights, const tt_interval *slope,
                                 const tt_interval *square);

/* sum_{k=2..n} C(n,k) a_k(theta)^2 c^k, theta = sixths / 6, c >= 0, n <= TT_DOUBLE_TILTED_MAX */
tt_interval tt_double_tilted_sum(size_t n, unsigned sixths, tt_interval c);

#endif

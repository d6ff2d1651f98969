/* The sums over steps that bounds are made of.

   All are over non-negative numbers, n up to 2^31. What is rational for rational
   operands comes out exact, a single root stays a root, the rest is an enclosure
   about as sharp as the operands and `precision` allow. A uniform series costs no
   more than one entry, whatever its length. Absent where an operand is. */
#ifndef TRUSTREE_SUMS_H
#define TRUSTREE_SUMS_H

#include "../measure/quantities.h"
#include "roots.h"

/* out = min(1, x) */
void tt_cap_one(tt_real *out, const tt_real *x, mpfr_prec_t precision);
/* out = min(1, sqrt(kl / 2)) */
void tt_pinsker(tt_real *out, const tt_real *kl, mpfr_prec_t precision);

/* out = sum_{k=first..last-1} series[k]; absent where the series is shorter than `last` */
void tt_sum_range(tt_real *out, const tt_series *series, size_t first, size_t last, mpfr_prec_t precision);

/* out = sum_{k=0..n-1} x[k] y[k + shift]; absent where a series is too short */
void tt_sum_products(tt_real *out, const tt_series *x, const tt_series *y, size_t shift, size_t n,
                     mpfr_prec_t precision);

/* out = sum_{k=1..n} w_k min(1, k slope, sqrt(k square)) with w_k = weights[n - k], the weight k steps before the last
   but one of n + 1 steps.
   weights       : NULL for all 1
   slope, square : NULL for no such cap
   known         : keeps the sums of roots that were needed; may be NULL */
void tt_sum_capped(tt_real *out, size_t n, const tt_series *weights, const tt_real *slope, const tt_real *square,
                   tt_root_sums *known, mpfr_prec_t precision);

/* out = sum_{t=1..n} min(1, sum_{s<=t} series[s-1]) */
void tt_sum_capped_prefixes(tt_real *out, size_t n, const tt_series *series, mpfr_prec_t precision);

/* out = sum_{k=0..n-1} min(1, sqrt(kl[k] / 2)) */
void tt_sum_pinsker(tt_real *out, size_t n, const tt_series *kl, mpfr_prec_t precision);

#endif

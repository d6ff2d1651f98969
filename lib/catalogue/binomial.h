/* Sums over the number of steps at which two policies part, closed in the horizon.

   n up to 2^31. Rational operands give exact results while those are short: up to
   2^5 bits per bit of `precision` (tilted) or 2^10 (the other two), so that an
   open tie is settled by asking for more precision. Beyond that, enclosures as
   sharp as operands and `precision` allow. Absent where an operand is. */
#ifndef TRUSTREE_BINOMIAL_H
#define TRUSTREE_BINOMIAL_H

#include "../number/real.h"

/* out = sum_{k=2..n} C(n,k) a_k(theta)^2 c^k, theta = sixths / 6, c >= 0,
   a_k(theta) = (1-theta)^k - (-theta)^k - k (-theta)^{k-1}; theta = 0 gives (1+c)^n - 1 - n c. */
void tt_tilted_sum(tt_real *out, size_t n, unsigned sixths, const tt_real *c, mpfr_prec_t precision);

/* out = 1 - (1-eps)^n; eps above 1 counts as 1. */
void tt_deviation(tt_real *out, size_t n, const tt_real *eps, mpfr_prec_t precision);

/* out = n eps - 1 + (1-eps)^n = sum_{t=1..n} eps (1 - (1-eps)^{t-1}); eps above 1 counts as 1. */
void tt_deviation_sum(tt_real *out, size_t n, const tt_real *eps, mpfr_prec_t precision);

#endif

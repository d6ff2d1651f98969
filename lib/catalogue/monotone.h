/* Enclosures of monotone functions.

   Interval arithmetic loses where a variable stands twice in a formula or where a
   case cannot be decided for all of an interval. A function that does not decrease
   in any of its arguments needs neither: it lies between its values at the lower
   ends and at the upper ends, and an end of an interval is a rational number, at
   which every case is decided exactly. */
#ifndef TRUSTREE_MONOTONE_H
#define TRUSTREE_MONOTONE_H

#include "../number/real.h"

#define TT_MONOTONE_ARGUMENTS 2

/* out = f(x[0], ...) at `precision`; no argument is absent, none is enclosed. out is none of them. */
typedef void tt_monotone(tt_real *out, const tt_real *const *x, const void *context, mpfr_prec_t precision);

/* out = f(x[0], ..., x[n-1]) for f non-decreasing in each of them where they are >= 0, n <= TT_MONOTONE_ARGUMENTS.
   Enclosures that dip below 0 are cut there. Absent where an argument is. out may be an argument. */
void tt_monotone_value(tt_real *out, tt_monotone *f, const void *context, const tt_real *const *x, size_t n,
                       mpfr_prec_t precision);

/* out = x, a root turned into its enclosure, for functions that want rationals. */
void tt_without_root(tt_real *out, const tt_real *x, mpfr_prec_t precision);

#endif

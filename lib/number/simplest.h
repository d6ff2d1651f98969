/* The simplest rational of an interval. */
#ifndef TRUSTREE_SIMPLEST_H
#define TRUSTREE_SIMPLEST_H

#include <gmp.h>

#include "linkage.h"

TT_BEGIN_C

/* The rational of smallest denominator (and then smallest value) with lo <= out <= hi, found on the
   Stern-Brocot tree by continued fractions.
   in: 0 <= lo <= hi, canonical; out may be the same object as either. */
void tt_exact_simplest(mpq_t out, mpq_srcptr lo, mpq_srcptr hi);

TT_END_C

#endif

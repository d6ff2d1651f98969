/* What is proved of largest L = 1/2 sum_y |l(y)| from the few numbers that closed forms read (doc/bounds.md, 8.6):

     largest L <= sum_t Dbar_t
     largest L <= T min( sqrt(1 - e^-delta), (delta + psi(s))/s ),  s = sqrt(8 delta),
                  psi(s) = log((e^s - 1)/s) - 1 + s/(e^s - 1)
     largest L <= TV_seq + own-unified
     largest L <= T (sqrt(1 + 2 (KL_seq + 1/e)/T) - 1)

   A bound B that does not look at the reward can fire ("L > B implies improvement") only where largest L > B: never, on
   any pair of policies with these numbers and for any reward, where B is at least this ceiling. */
#ifndef TRUSTREE_CEILING_H
#define TRUSTREE_CEILING_H

#include "../measure/quantities.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* out = the smallest of the four that can be computed; absent where none can. An enclosure's upper end is a ceiling. */
void tt_surrogate_ceiling(tt_real *out, const tt_quantities *q, mpfr_prec_t precision);

TT_END_C

#endif

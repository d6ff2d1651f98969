/* The rungs of slack ladders: which inequality between |Error| and a bound loses how much.

   A rung is a bound of the catalogue or one of these steps (SPEC.md section 6):
     error              |Error|
     worst-case-error   half of sum_y |e(y)|
     advantage-shift    sum_t |E_{d_t^pi} g_t - E_{d_t^mu} g_t|
     span-shift         sum_t span(g_t) TV_t
     master             2 sum_t ||g_t|| TV_t
     eps-shift          2 eps sum_t TV_t
     eps-shift-4        4 eps sum_t TV_t
     expected-coupling  4 eps sum_t min(1, sum_{s<t} Dbar_s)
     average-kl         4 eps sum_t min(1, sqrt(KL_t/2))
     future-shift       2 sum_{t<T} Dbar_t F_t, F_t the largest TV of the two laws of the tokens after step t
     future-shift-4     4 sum_{t<T} Dbar_t F_t
     reward-k3          the larger of reward-k3-lower and reward-k3-upper
   Why each rung is at most the next stands with the table of bounds.c. */
#ifndef TRUSTREE_LADDER_H
#define TRUSTREE_LADDER_H

#include "../number/linkage.h"
#include "bounds.h"

TT_BEGIN_C

/* out = the value of the step named by the `length` characters at `name`; absent where the step does not exist for the
   instance or was not reached. Returns the name as a static text, NULL (out absent) where it is no step. */
const char *tt_ladder_step(tt_real *out, const char *name, size_t length, const tt_quantities *q,
                           mpfr_prec_t precision);

TT_END_C

#endif

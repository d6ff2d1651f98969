/* How tight a bound is on a policy pair, as fast as possible: the objective of a search.

   All in hardware doubles, rounded outward, with memory that is kept from call to call. Nothing here certifies a
   witness: what a search reports is rounded to rationals and judged by tt_judge. */
#ifndef TRUSTREE_TIGHTNESS_H
#define TRUSTREE_TIGHTNESS_H

#include "../catalogue/bounds.h"
#include "../world/rows.h"

typedef struct tt_tightness tt_tightness; /* for one thread at a time */

/* For a bound on Error from both sides (TT_REWARD_FREE, TT_REWARD_AWARE), else TT_BAD_INPUT. Only what the bound reads
   is measured. */
TT_MUST_CHECK tt_status tt_tightness_new(tt_tightness **out, const tt_bound *bound, tt_error *error);
void tt_tightness_free(tt_tightness *tightness); /* NULL is allowed */

/* [lo, hi] encloses worst-case Error / value (|Error| / value for a reward-aware bound); [0, 0] where the value is
   infinite, absent, not applicable or touches 0. What the bound compares with |Error| only is then not asked.
   source : any vocab and horizon >= 2, at most TT_FILTER_NODES_MAX nodes. One whose rows are computed should give
            weights below 2^53, which are read without rounding
   fails  : TT_LIMIT, TT_NO_MEMORY */
TT_MUST_CHECK tt_status tt_tightness_measure(tt_tightness *tightness, const tt_row_source *source, double *lo,
                                             double *hi, tt_error *error);

/* What the last call measured: eps, delta, KL_seq, worst-case Error, ...; see filter.h. */
const tt_quantities *tt_tightness_quantities(const tt_tightness *tightness);

#endif

/* The tree engine: enumerates every context of a row source, depth first.

   Live state is O(T V) integers, never V^T nodes. Masses are integers over the
   product of the row totals along the path, so that no sign is ever in doubt; sums
   over a subtree are linear in the masses at its root and are folded upward over
   the subtree's own denominator, so that no long number is touched at a leaf. */
#ifndef TRUSTREE_TREE_H
#define TRUSTREE_TREE_H

#include "../number/linkage.h"
#include "../world/rows.h"
#include "options.h"
#include "quantities.h"

TT_BEGIN_C

/* Fills every field of q (initialised by the caller).
   exact   : everything rational, whatever its length; sums of e^2 / nu and the variances (whose
             denominators do not stay shared) while the tree has at most 2^12 nodes, beyond that they
             are enclosures.
   enclosed: the rest, at options->precision.
   fails   : TT_LIMIT past options->max_nodes, with the number of nodes in error->what and q untouched
             but for vocab and horizon; TT_INTERRUPTED. */
TT_MUST_CHECK tt_status tt_tree_measure(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options,
                                        tt_error *error);

/* Computes the enclosed fields again at options->precision; the exact ones stay. */
TT_MUST_CHECK tt_status tt_tree_refine(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options,
                                       tt_error *error);

/* Called for a response of T tokens with the sign of e(y): -1, 0 or 1. Any status but TT_OK ends the visits. */
typedef tt_status tt_response_visitor(void *context, size_t prompt, const uint32_t *tokens, int sign_of_e, tt_error *error);
/* Calls visit for every response that e can be non-zero on, in order of prompt and tokens.
   fails: TT_LIMIT past options->max_nodes, TT_NO_MEMORY, TT_INTERRUPTED, or what visit returned. */
TT_MUST_CHECK tt_status tt_tree_each_response(const tt_row_source *source, const tt_measure_options *options,
                                              tt_response_visitor *visit, void *context, tt_error *error);

TT_END_C

#endif

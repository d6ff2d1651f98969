/* The walks of the tree engine. Each fills its own fields of the quantities and returns TT_OK, TT_NO_MEMORY or
   TT_INTERRUPTED. */
#ifndef TRUSTREE_TREE_INTERNAL_H
#define TRUSTREE_TREE_INTERNAL_H

#include "quantities.h"
#include "tree_path.h"

/* Exact walk: everything that is rational and linear in the masses, the maxima over contexts, the checks
   that need every context, and TV_tok's place. */
TT_MUST_CHECK tt_status tt_tree_fold(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options);

/* Exact walk for the fields of TT_FIELDS_MAIN alone, on machine integers; the source has small_rows, and the precision is
   at most TT_TREE_MAIN_PRECISION_MAX. */
#define TT_TREE_MAIN_PRECISION_MAX 3968
TT_MUST_CHECK tt_status tt_tree_main(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options);

/* future_tv: from every reachable context, the TV of the two laws of the remaining tokens. */
TT_MUST_CHECK tt_status tt_tree_future(tt_quantities *q, const tt_row_source *source,
                                       const tt_measure_options *options);

/* Enclosed walk: KL of every kind, k1, k2, k3, Pinsker. */
TT_MUST_CHECK tt_status tt_tree_logs(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options);

/* sum e^2/nu for every theta, Var(prod rho), Var(sum rho), E Z^2: exact where `exact`, else enclosures. */
TT_MUST_CHECK tt_status tt_tree_moments(tt_quantities *q, const tt_row_source *source,
                                        const tt_measure_options *options, bool exact);

/* out += weight * (numerator / denominator) on an exact out. */
void tt_tree_add(tt_real *out, mpq_srcptr weight, mpz_srcptr numerator, mpz_srcptr denominator);

#endif

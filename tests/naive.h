/* The second route: every quantity of a small instance from its definition.

   All contexts and responses are written down with their masses as plain canonical rationals, and
   every field of tt_quantities is the sum, quotient or maximum that SPEC.md sections 1, 2, 3 and 6
   write, term by term. Nothing is shared with the engines but the row source, the containers and
   the reals; logarithms are MPFI's own. Time and memory are of the order of nodes * T^2 rationals. */
#ifndef TRUSTREE_NAIVE_H
#define TRUSTREE_NAIVE_H

#include "../lib/measure/quantities.h"
#include "../lib/world/rows.h"

/* Bits of the enclosures; far more than the engines' own 128. */
#define NAIVE_PRECISION 512

/* Fills every field of q, initialised by the caller. Rational fields are exact; aborts without memory. */
void naive_measure(tt_quantities *q, const tt_row_source *source);

/* The signs of e(y), in order of prompt and tokens: prompts * V^T entries that the caller frees;
   *responses is their number. */
int *naive_error_signs(size_t *responses, const tt_row_source *source);

/* Facts of SPEC.md section 6 and THEOREMS.md about single responses, which no field of tt_quantities
   holds: violated where the definitions refute one of them, undecided where the enclosures overlap.
   Not applicable where the statement does not speak of the instance. */
typedef struct {
    tt_verdict sequence_slack;  /* worst-case Error = KL_seq - E_mu[min(K, k3(M))] - sum_off min(P_pi, l) */
    tt_verdict two_sided_mean;  /* E_mu[K] + off = KL_seq */
    tt_verdict log_improvement; /* J_pi - J_mu >= E_mu[R log M] */
    tt_verdict clipped;         /* J_pi - J_mu >= E_mu[R (min(M, C) - 1)], C = 1/2, 1, 2, 10 */
} naive_facts;

void naive_check_facts(naive_facts *facts, const tt_row_source *source);

#endif

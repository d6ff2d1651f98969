/* Answers of a measurement as residues modulo two primes, so that programs can be compared exactly whatever the length
   of their numbers. */
#ifndef TRUSTREE_RESIDUES_H
#define TRUSTREE_RESIDUES_H

#include <stdio.h>

#include "../measure/quantities.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* One line per answer, NAME R1 R2 APPROXIMATION BITS, R1 and R2 the residues modulo 2^61 - 1 and 2^64 - 59 of the
   rational number, "- -" where it is not exact (or its denominator is 0 there), BITS those of numerator/denominator:
   J_roll, J_target, L, Error, TV[1..T], Dbar[1..T], maxTV, worst; then NAME APPROXIMATION for maxKL and KLseq.
   Errors of `out` are the caller's to check. */
void tt_residues_print(FILE *out, const tt_quantities *q);

TT_END_C

#endif

/* What the folds of the state pass share. Internal to the lattice engine. */
#ifndef TRUSTREE_LATTICE_PASS_H
#define TRUSTREE_LATTICE_PASS_H

#include "lattice.h"
#include "../number/exact.h"
#include "lattice_machine.h"

typedef struct {
    const lattice_machine *m;
    const tt_measure_options *options;
    tt_quantities *q;
    lattice_arithmetic arithmetic;
    bool shorten;  /* long rationals are given as enclosures */
    long width;    /* the widest relative width among the results of the present group, as a power of two */
    mpfr_prec_t longest; /* interval precision used so far */
    const char *work;
    lattice_vector start;  /* S: probability of starting in s */
    lattice_vector reward; /* S */
    lattice_vector ones;   /* S */
} lattice_pass;

TT_MUST_CHECK tt_status tt_lattice_pass_init(lattice_pass *p, const lattice_machine *m, tt_quantities *q,
                                             const tt_measure_options *options);
void tt_lattice_pass_clear(lattice_pass *p);

/* Takes over a result: rounds it to what reports need, notes its width. */
void tt_lattice_put(lattice_pass *p, tt_real *out, const tt_real *x);
/* False where the progress callback asks to stop. */
bool tt_lattice_progress(const lattice_pass *p, size_t step, size_t steps);

/* A group of results that stand and fall together with one arithmetic. */
typedef tt_status lattice_group(lattice_pass *p);

/* How many bits one exact step adds to the denominators, how many terms it has, and how many numbers the group
   keeps for all steps. */
typedef struct {
    double bits, terms, kept;
} lattice_effort;

/* Runs the group exactly, or in intervals that grow until its results are narrow. */
TT_MUST_CHECK tt_status tt_lattice_run(lattice_pass *p, lattice_group *group, lattice_effort effort, bool exact);

/* Bits of the common denominator of all rows, V S terms per channel. */
double tt_lattice_row_bits(const lattice_machine *m);

TT_MUST_CHECK tt_status tt_lattice_rows(lattice_pass *p);             /* maxima over rows, Pinsker, estimators */
/* objective, surrogate, error, advantages, Dbar_t */
TT_MUST_CHECK tt_status tt_lattice_values(lattice_pass *p, bool exact);
TT_MUST_CHECK tt_status tt_lattice_logs(lattice_pass *p);             /* KL_t, K */
TT_MUST_CHECK tt_status tt_lattice_moments(lattice_pass *p, bool exact); /* sum e^2/nu, variances */
TT_MUST_CHECK tt_status tt_lattice_recursion(lattice_pass *p, bool exact); /* recursive_tv */

#endif

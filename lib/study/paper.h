/* The numbers that the sources print (SPEC.md section 8), each recomputed and compared with its print.

   A cell is data: where it stands, what it is, the inputs and the print as text, and one function that
   computes the value from the inputs. Nothing is typed in twice: inputs and print are read from the
   texts, values of bounds come from the catalogue. */
#ifndef TRUSTREE_PAPER_H
#define TRUSTREE_PAPER_H

#include "../number/linkage.h"
#include "printed.h"

TT_BEGIN_C

/* A number that a source prints; static. */
typedef struct tt_cell tt_cell;
struct tt_cell {
    const char *where;   /* "§2.5.7 scenario 1", "v4 table, KL only" */
    const char *cell;    /* what is printed there */
    const char *bound;   /* id in the catalogue of bounds, or "ID / ID"; NULL where the number is no bound */
    /* "T=4096, delta=1e-4": names and numbers. A name whose value is no number ("eps=sqrt(delta/2)") is
       inferred as given.h says. */
    const char *inputs;
    const char *printed; /* as printed.h reads it */
    /* The value from the inputs, at `precision` where it is an enclosure. */
    tt_status (*value)(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error);
};

/* The cells, in the order of the sources. */
size_t tt_cell_count(void);          /* how many there are */
const tt_cell *tt_cell_at(size_t k); /* number k < count */

/* A cell recomputed. */
typedef struct {
    tt_real value;              /* what the inputs give */
    bool inequality;            /* then all three answers say whether it holds */
    tt_answer rounds_half_up;   /* to the print, ties away from zero */
    tt_answer rounds_half_even; /* to the print, ties to the even last digit */
    tt_answer rounds;           /* either */
} tt_cell_result;

/* Value absent, answers null; tt_cell_result_clear frees what it holds. */
void tt_cell_result_init(tt_cell_result *result);
void tt_cell_result_clear(tt_cell_result *result);

/* Evaluates a cell into a result that is initialised, from `precision` bits on and doubling them until the enclosure
   decides and is narrower than 2^-90 of its size. Past TT_PRECISION_MAX an answer stays TT_NULL.
   fails: TT_NO_MEMORY */
TT_MUST_CHECK tt_status tt_cell_evaluate(tt_cell_result *result, const tt_cell *cell, mpfr_prec_t precision,
                                         tt_error *error);

TT_END_C

#endif

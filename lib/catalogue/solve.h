/* The largest input for which a bound is at most a number: sup { x : B(x) <= below }.

   Inputs that are not given move with the solved one (given.h). Every closed form of the catalogue is
   non-decreasing in each of its inputs, and constant only from some point on; that makes the answer
   one number. It is found by trying points whose values are certified to lie on one side of `below`. */
#ifndef TRUSTREE_SOLVE_H
#define TRUSTREE_SOLVE_H

#include "../number/linkage.h"
#include "bounds.h"
#include "given.h"

TT_BEGIN_C

/* How a search for the largest input ended. */
typedef enum {
    TT_SOLVED,             /* `largest` is it */
    TT_SOLVED_ALWAYS,      /* no value exceeds `below`: +inf; for a horizon: none up to TT_HORIZON_MAX */
    TT_SOLVED_NEVER,       /* the smallest input's value exceeds `below` already: absent */
    TT_SOLVED_INDEPENDENT, /* the bound does not read the input: +inf where it is at most `below`, else absent */
    TT_SOLVED_MISSING,     /* the bound needs something that is not known: absent */
    TT_SOLVED_UNDECIDED    /* TT_PRECISION_MAX bits do not tell: absent */
} tt_outcome;

/* Words for people about B(x) and `below` ("it"), a static text; NULL for TT_SOLVED. */
const char *tt_outcome_text(tt_outcome outcome, tt_input unknown);

/* The answer to a search. */
typedef struct {
    tt_outcome outcome; /* how it ended, and what `largest` therefore is */
    /* The exact rational where B(largest) = below is proved; else an interval [lo, hi] with
       B(lo) <= below < B(hi), both certified, hi - lo <= 2^-100 lo; an integer for a horizon; or infinite or
       absent, as the outcome says. */
    tt_real largest;
    /* Whether the bound's precondition, which the search does not look at, holds at `largest`; TT_HOLDS where
       the bound has none, TT_NOT_APPLICABLE where `largest` is absent. */
    tt_verdict applies;
} tt_solution;

/* Nothing solved, absent; tt_solution_clear frees what it holds. */
void tt_solution_init(tt_solution *solution);
void tt_solution_clear(tt_solution *solution);

/* Solves B(x) <= below for the largest x. solution is initialised by the caller.
   unknown: its range is that of given.h, [0, inf), [0, 1] or 1 .. TT_HORIZON_MAX
   given  : its own value for the unknown is ignored
   below  : >= 0, else TT_BAD_INPUT
   fails  : TT_NO_MEMORY */
TT_MUST_CHECK tt_status tt_solve(tt_solution *solution, const tt_bound *bound, tt_input unknown,
                                 const tt_given *given, mpq_srcptr below, tt_error *error);

TT_END_C

#endif

/* The counterexample A.8 (SPEC.md section 9): delta = 1 while KL_seq goes to 0 with a probability p.

   Two families over the same rows, of KL within 1e-30 of 1. `single`: the context c* after a first token of
   probability p deviates, and no other; worst-case Error is 0, as no response meets two deviating contexts.
   `all`: every context from c* on deviates; KL_seq = (T-1) p and worst-case Error is not 0 for T >= 3. */
#ifndef TRUSTREE_COUNTEREXAMPLE_H
#define TRUSTREE_COUNTEREXAMPLE_H

#include "../number/linkage.h"
#include "evaluate.h"

TT_BEGIN_C

/* What a bound does as p falls, certified row by row. */
typedef enum {
    TT_TREND_ZERO,    /* it is 0 in every row */
    TT_TREND_SHRINKS, /* each row's value is below the one before */
    TT_TREND_STAYS,   /* the values are equal, or agree within their enclosures */
    TT_TREND_OTHER,   /* none of these */
    TT_TREND_NONE     /* fewer than two rows, or the bound has no value there */
} tt_trend;

/* The word that reports print: "zero", "shrinks", "stays", "other", "none"; a static text. */
const char *tt_trend_name(tt_trend trend);

/* A family at one probability. */
typedef struct {
    char *text;             /* p as it was given; owned */
    tt_real p;              /* the probability of the first token that deviates, exact */
    tt_judgement judgement; /* of the family's instance */
    tt_real ratio;          /* delta / KL_seq */
} tt_counterexample_row;

/* Of one bound, or of worst-case Error. */
typedef struct {
    tt_trend trend;   /* over the rows */
    tt_real exponent; /* log(value' / value) / log(p' / p) over the last two rows, where it shrinks; else absent */
} tt_counterexample_trend;

/* How many families there are. */
#define TT_COUNTEREXAMPLE_FAMILIES 2

/* A family at all probabilities. */
typedef struct {
    const char *id;                /* "single", "all" */
    const char *statement;         /* one sentence */
    size_t n;                      /* how many rows */
    tt_counterexample_row *rows;   /* largest p first; owned */
    tt_counterexample_trend worst; /* of worst-case Error */
    tt_counterexample_trend *bounds; /* tt_bound_count() */
} tt_counterexample_family;

/* Both families. */
typedef struct {
    size_t horizon; /* T */
    mpq_t target; /* probability of token 1 at deviating contexts; rollout's is 1/2 */
    tt_real kl;   /* of these rows */
    /* `single`, `all` */
    tt_counterexample_family families[TT_COUNTEREXAMPLE_FAMILIES];
} tt_counterexample;

/* The probabilities of SPEC section 9: 1e-1 to 1e-300; ends with NULL. */
extern const char *const tt_counterexample_probabilities[];

/* Judges both families at n probabilities, given as INSTANCE.md's numbers in any order.
   in   : 0 < p <= 1, no two equal, n >= 1; horizon >= 2
   fails: TT_BAD_INPUT (error->where "--probability" or "--horizon"), what tt_judge fails with; a limit that an
          engine reaches is a result (row.judgement.status).
   owns : the caller clears *out with tt_counterexample_clear, on failure too. */
TT_MUST_CHECK tt_status tt_counterexample_run(tt_counterexample *out, const char *const *probabilities, size_t n,
                                              size_t horizon, const tt_evaluate_options *options, tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_counterexample_clear(tt_counterexample *counterexample);

TT_END_C

#endif

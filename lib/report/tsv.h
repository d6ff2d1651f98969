/* Results for spreadsheets and plots: tab-separated, a header line, "NA" for what does not exist. */
#ifndef TRUSTREE_TSV_H
#define TRUSTREE_TSV_H

#include "../number/linkage.h"
#include "../study/evaluate.h"
#include "table.h"

TT_BEGIN_C

/* The tables of `eval`. Each begins with the columns file, name, vocab, horizon, engine. lo <= x <= hi are decimals of
   40 digits, rounded outward: equal where x is such a decimal. */
typedef enum {
    TT_TSV_VERDICTS, /* a row per bound: improvement, surrogate, error, worst_case_error, largest_surrogate, id, kind,
                        value, verdict, tightness, can_fire, minorizer, fires, parameter; decimals of up to 17 certain
                        digits */
    TT_TSV_QUANTITIES, /* a row per number of the instance: id (JSON's key), lo, hi */
    TT_TSV_STEPS,    /* a row per number of a step t = 1..T+1: step, id (JSON's key, or that of a bound of TV_t,
                        shift.h), lo, hi */
    TT_TSV_LADDERS   /* a row per rung of a slack ladder: bound, reward (this, any), rung (from 1), step, lo, hi,
                        factor_lo, factor_hi; factor = the rung over the one before, NA at the first and where that is
                        0 */
} tt_tsv_table;

/* Prints one of them. file, name: of the instance, "" for none.
   header: whether the line of column names is printed.
   fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_tsv_judgement(FILE *out, const char *file, const char *name, const tt_judgement *judgement,
                                         tt_tsv_table table, bool header, tt_error *error);

TT_END_C

#endif

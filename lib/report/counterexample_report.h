/* The report of `counterexample`, in each format. */
#ifndef TRUSTREE_COUNTEREXAMPLE_REPORT_H
#define TRUSTREE_COUNTEREXAMPLE_REPORT_H

#include <stdio.h>

#include "../number/linkage.h"
#include "../study/counterexample.h"
#include "table.h"

TT_BEGIN_C

/* For people: per family the rows, then the bounds with their trend and a value per probability. TT_TABLE_TEXT says
   before what the families are and ends each, and the whole with one line, with sentences computed from the numbers;
   Markdown and LaTeX have the tables alone; not for TT_TABLE_TSV. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_counterexample_text(FILE *out, const tt_counterexample *counterexample, tt_table_form form,
                                               tt_error *error);

/* One line per family, probability and bound: family, probability, kl_max, kl_seq, ratio, worst_case_error, error, id,
   kind, value, verdict, tightness, can_fire, trend, exponent. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_counterexample_tsv(FILE *out, const tt_counterexample *counterexample, tt_error *error);

/* "trustree-counterexample-1": { "format", "horizon", "deviating_rows": { "rollout", "target", "kl": E },
   "families": [ { "id", "statement", "trends": [ { "id", "trend", "exponent": E|null } ], the first of them
   "worst_case_error", "rows": [ { "probability", "kl_max", "kl_seq", "ratio", "worst_case_error", "error",
   "largest_surrogate", "bounds": [ { "id", "kind", "value", "verdict", "tightness", "can_fire" } ] } ] } ] }.
   fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_counterexample_json(FILE *out, const tt_counterexample *counterexample, tt_error *error);

TT_END_C

#endif

/* Results for spreadsheets and plots: tab-separated, a header line, "NA" for what does not exist, decimals of up to 17
   certain digits. */
#ifndef TRUSTREE_TSV_H
#define TRUSTREE_TSV_H

#include "../study/evaluate.h"
#include "table.h"

/* `eval`: one row per bound of the instance. Columns: file, name, vocab, horizon, engine, improvement, surrogate, error,
   worst_case_error, largest_surrogate, id, kind, value, verdict, tightness, can_fire, minorizer, fires, parameter.
   header: whether the line of column names is printed.
   fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_tsv_judgement(FILE *out, const char *file, const char *name, const tt_judgement *judgement,
                                         bool header, tt_error *error);

#endif

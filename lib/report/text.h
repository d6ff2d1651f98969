/* Results for people: short decimals of which every digit is certain, tables, plain sentences. */
#ifndef TRUSTREE_TEXT_H
#define TRUSTREE_TEXT_H

#include "../number/linkage.h"
#include "../study/evaluate.h"
#include "table.h"

TT_BEGIN_C

/* The report of `eval` on one instance: what it is, the main quantities, the checks, a line per bound. TT_TABLE_TEXT
   ends with sentences; Markdown and LaTeX have the tables alone; not for TT_TABLE_TSV.
   file, name: of the instance, "" for none.
   fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_text_judgement(FILE *out, const char *file, const char *name, const tt_judgement *judgement,
                                          tt_table_form form, tt_error *error);

TT_END_C

#endif

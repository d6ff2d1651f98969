/* The way from rollout to target as text, Markdown, LaTeX, TSV and JSON (`path`). */
#ifndef TRUSTREE_PATH_REPORT_H
#define TRUSTREE_PATH_REPORT_H

#include <stdio.h>

#include "../number/linkage.h"
#include "../study/path.h"
#include "mask_report.h"

TT_BEGIN_C

/* A path, as the object of `path --format json`. `full`: rationals of any length. fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_path_json(FILE *out, const tt_report_origin *origin, const tt_policy_path *path, bool full,
                                     tt_error *error);
/* The same for people; TSV has one row per point and subject, every point's own numbers in each of its rows.
   fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_path_text(FILE *out, const tt_report_origin *origin, const tt_policy_path *path,
                                     tt_table_form form, tt_error *error);

TT_END_C

#endif

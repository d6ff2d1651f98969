/* What the reports on masks, clipping and gradients share. Internal. */
#ifndef TRUSTREE_MASK_REPORT_PIECES_H
#define TRUSTREE_MASK_REPORT_PIECES_H

#include <jansson.h>

#include "mask_report.h"

json_t *tt_report_rational(mpq_srcptr q, bool full);
/* name, mask, formula, level, thresholds, length */
json_t *tt_report_mask_head(json_t *object, const tt_report_origin *origin, const tt_mask *mask,
                            const tt_masking_options *options, bool full);

void tt_report_title(FILE *out, const tt_report_origin *origin, tt_table_form form);
/* Prints a table and clears it. */
TT_MUST_CHECK tt_status tt_report_print(FILE *out, tt_table *table, tt_table_form form, tt_error *error);

#endif

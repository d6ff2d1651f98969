/* Masks, clipped objectives and gradients as text, Markdown, LaTeX, TSV and JSON (`mask`, `clip`, `gradient`). */
#ifndef TRUSTREE_MASK_REPORT_H
#define TRUSTREE_MASK_REPORT_H

#include <stdio.h>

#include "../number/linkage.h"
#include "../study/clipping.h"
#include "../study/gradient.h"
#include "../study/masking.h"
#include "table.h"

TT_BEGIN_C

/* What a report says of where its instance came from; name may be "". */
typedef struct {
    const char *file, *name;
} tt_report_origin;

/* `full`: rationals of any length in JSON. fails: TT_NO_MEMORY, TT_IO. TSV has a row per threshold, a row of the table
   and an entry of the gradient. */
TT_MUST_CHECK tt_status tt_mask_json(FILE *out, const tt_report_origin *origin, const tt_masking *masking,
                                     const tt_masking_options *options, bool full, tt_error *error);
TT_MUST_CHECK tt_status tt_mask_text(FILE *out, const tt_report_origin *origin, const tt_masking *masking,
                                     const tt_masking_options *options, tt_table_form form, tt_error *error);

/* The catalogue of masks and presets, of statistics and facts. */
TT_MUST_CHECK tt_status tt_mask_list_json(FILE *out, tt_error *error);
TT_MUST_CHECK tt_status tt_mask_list_text(FILE *out, tt_table_form form, tt_error *error);

/* clipping NULL: one token alone where there is no file, else what a limit left of it. */
typedef struct {
    const tt_clip *clip;
    mpq_srcptr rho, advantage; /* the example's */
    const tt_clipping *clipping;
} tt_clip_subject;

TT_MUST_CHECK tt_status tt_clip_json(FILE *out, const tt_report_origin *origin, const tt_clip_subject *subject, bool full,
                                     tt_error *error);
TT_MUST_CHECK tt_status tt_clip_text(FILE *out, const tt_report_origin *origin, const tt_clip_subject *subject,
                                     tt_table_form form, tt_error *error);

TT_MUST_CHECK tt_status tt_gradient_json(FILE *out, const tt_report_origin *origin, const tt_gradient *gradient,
                                         const tt_masking_options *options, bool full, tt_error *error);
TT_MUST_CHECK tt_status tt_gradient_text(FILE *out, const tt_report_origin *origin, const tt_gradient *gradient,
                                         const tt_masking_options *options, tt_table_form form, tt_error *error);

TT_END_C

#endif

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
    const char *file, *name; /* the path as it was given, and the instance's name */
} tt_report_origin;

/* A mask on one instance, as the object of `mask --format json`. `full`: rationals of any length.
   fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_mask_json(FILE *out, const tt_report_origin *origin, const tt_masking *masking,
                                     const tt_masking_options *options, bool full, tt_error *error);
/* The same for people; TSV has a row per threshold. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_mask_text(FILE *out, const tt_report_origin *origin, const tt_masking *masking,
                                     const tt_masking_options *options, tt_table_form form, tt_error *error);

/* The catalogue of masks and presets, of statistics and facts, as JSON. fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_mask_list_json(FILE *out, tt_error *error);
/* The same as tables. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_mask_list_text(FILE *out, tt_table_form form, tt_error *error);

/* What a report of `clip` is about. */
typedef struct {
    const tt_clip *clip;         /* how ratios are clipped */
    mpq_srcptr rho, advantage;   /* of the one token that stands for an example; canonical */
    const tt_clipping *clipping; /* of the instance; NULL: one token alone where there is no file, else what a limit
                                    left of it */
} tt_clip_subject;

/* Clipped objectives, as the object of `clip --format json`. `full`: rationals of any length.
   fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_clip_json(FILE *out, const tt_report_origin *origin, const tt_clip_subject *subject, bool full,
                                     tt_error *error);
/* The same for people; TSV has a row per row of the table. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_clip_text(FILE *out, const tt_report_origin *origin, const tt_clip_subject *subject,
                                     tt_table_form form, tt_error *error);

/* Gradients, as the object of `gradient --format json`; `options` are those that they were made with. `full`: rationals
   of any length. fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_gradient_json(FILE *out, const tt_report_origin *origin, const tt_gradient *gradient,
                                         const tt_masking_options *options, bool full, tt_error *error);
/* The same for people; TSV has a row per entry of the gradient. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_gradient_text(FILE *out, const tt_report_origin *origin, const tt_gradient *gradient,
                                         const tt_masking_options *options, tt_table_form form, tt_error *error);

TT_END_C

#endif

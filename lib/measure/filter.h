/* The filter engine: quantities of a small tree in hardware doubles, as a first tier before the exact engine.

   Every enclosure is a pair of doubles that are rounded outward (number/interval.h). What equality is asked of is
   exact: the two sides of every identity, eps, Dbar_1, TV_1, TV_2, the TV of the last token, and at T = 2 what two
   different formulas agree on; zeros that the structure of the rows forces are exact zeros. So a verdict on these
   quantities is either certain or open, and never another one than the tree engine's. Ties that are not among those
   stay open: the tree engine decides them.

   The tree is laid out level by level, so that memory grows with it: only trees of at most TT_FILTER_NODES_MAX
   contexts and responses are taken. */
#ifndef TRUSTREE_FILTER_H
#define TRUSTREE_FILTER_H

#include "../number/linkage.h"
#include "../world/rows.h"
#include "options.h"
#include "quantities.h"

TT_BEGIN_C

/* The largest tree that is taken, in contexts and responses over all prompts. */
#define TT_FILTER_NODES_MAX ((uint64_t)1 << 16)

/* Memory that is kept from one instance to the next, whatever their sizes; for one thread at a time. */
typedef struct tt_filter tt_filter;

/* The caller frees *out. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_filter_new(tt_filter **out);
void tt_filter_free(tt_filter *filter); /* NULL is allowed */

/* Parts of the work that can be left out; their fields are then absent, their verdicts not applicable. */
typedef enum {
    TT_FILTER_IDENTITIES = 1, /* both sides of the identities exactly; without it J, L and Error are enclosures */
    TT_FILTER_MOMENTS = 2,    /* sums of e^2 / nu, the variances */
    TT_FILTER_PATHS = 4,      /* KL_t in both directions, K of responses */
    TT_FILTER_FUTURE = 8,     /* laws of the remaining tokens */
    TT_FILTER_ALL = 15        /* nothing is left out */
} tt_filter_parts;

/* Fills q (initialised by the caller; its series are kept where they have their length already).
   parts   : bits of tt_filter_parts
   places  : tv_max_at and kl_max_at are NULL
   fails   : TT_LIMIT, with nothing in error, for a tree that the filter does not take or that is not worth it: too
             large, one token, or so few contexts at which the rows differ that most of what is compared ties; for any
             tree where rounding upward does not work (tt_rounding_works); TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_filter_run(tt_filter *filter, tt_quantities *q, const tt_row_source *source, unsigned parts,
                                      tt_error *error);

/* The same with a workspace of its own, as an engine: every part, or with TT_FIELDS_MAIN none of them. */
TT_MUST_CHECK tt_status tt_filter_measure(tt_quantities *q, const tt_row_source *source,
                                          const tt_measure_options *options, tt_error *error);

TT_END_C

#endif

/* What a judged instance shows: named predicates, counted over a campaign so that a reader sees what it covered.

   A predicate answers TT_YES or TT_NO only where that is certain; TT_NULL where the numbers at hand do not tell
   (an equality between enclosures) or the question has no meaning for the instance. */
#ifndef TRUSTREE_LABELS_H
#define TRUSTREE_LABELS_H

#include "../catalogue/evaluation.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* A predicate; static. */
typedef struct {
    const char *name;    /* "some guarantee fires" */
    const char *meaning; /* as a formula or one sentence */
    /* Its answer on what was measured and judged. */
    tt_answer (*test)(const tt_quantities *q, const tt_evaluation *evaluation);
} tt_label;

/* The labels: static entries in an order that does not change. */
size_t tt_label_count(void);           /* how many there are, at most 64 */
const tt_label *tt_label_at(size_t k); /* number k < count */

/* out[k] = the answer of label k; tt_label_count() entries. */
void tt_labels(tt_answer *out, const tt_quantities *q, const tt_evaluation *evaluation);

TT_END_C

#endif

/* The one place where a comparison becomes a verdict.

   A verdict is never a rounding: `holds` means proved on this instance,
   `violated` means disproved, `undecided` means that the enclosures overlap. */
#ifndef TRUSTREE_VERDICT_H
#define TRUSTREE_VERDICT_H

#include "linkage.h"
#include "real.h"

TT_BEGIN_C

/* What is known of a statement on one instance. */
typedef enum {
    TT_HOLDS,          /* proved */
    TT_CONSISTENT,     /* an identity between enclosures: they overlap and are narrow */
    TT_VIOLATED,       /* disproved */
    TT_UNDECIDED,      /* the enclosures overlap */
    TT_NOT_APPLICABLE  /* a quantity does not exist, or a precondition is not met */
} tt_verdict;

/* The word that reports print: "holds", "consistent", "violated", "undecided", "not-applicable"; a static text. */
const char *tt_verdict_name(tt_verdict v);

/* x <= y; not applicable where either is absent. inf <= inf holds. */
tt_verdict tt_verdict_le(const tt_real *x, const tt_real *y);

/* x = y. Exact forms are decided. With an enclosure on either side the answer is
   `violated` where they are disjoint, `consistent` where they overlap and are
   both narrower than 2^-32 of their size (or of `scale`, which may be NULL), else
   `undecided`. */
tt_verdict tt_verdict_eq(const tt_real *x, const tt_real *y, const tt_real *scale);

/* The verdict on "all of them": violated wins over undecided, which wins over
   consistent, which wins over holds; not-applicable is neutral. */
tt_verdict tt_verdict_and(tt_verdict a, tt_verdict b);

TT_END_C

#endif

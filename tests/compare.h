/* Two sets of quantities of one instance, field by field. */
#ifndef TRUSTREE_COMPARE_H
#define TRUSTREE_COMPARE_H

#include "../lib/measure/quantities.h"

/* Whether `engine` says about an instance what `reference` says, which came from another route.

   Rational fields agree bit for bit; absent and infinite ones agree as such; an exact number beside a
   transcendental one is a disagreement (exact zeros stay exact and nothing else is), and two
   enclosures overlap. Per-context verdicts agree, holds and consistent counting as one. Where
   `wide_moments`, sums of e^2 / nu and the variances may be enclosures of the reference's rational.
   Where `settled`, every enclosure of the engine is moreover narrow and no verdict of it is open.

   Returns 0, or how many fields disagree; the first few are printed to standard error after `label`. */
size_t compare_quantities(const tt_quantities *engine, const tt_quantities *reference, bool wide_moments, bool settled,
                          const char *label);

/* What another engine may do differently. Places (tv_max_at, kl_max_at) are not compared. */
typedef enum {
    COMPARE_STRICT,   /* the rules of compare_quantities */
    COMPARE_EXACT,    /* moments may be exact or enclosed on either side */
    COMPARE_ENCLOSED, /* any rational of the reference may be an enclosure that contains it */
    COMPARE_PRUNED    /* and any field may be absent */
} compare_slack;

/* The same between two engines. */
size_t compare_engines(const tt_quantities *engine, const tt_quantities *reference, compare_slack slack,
                       const char *label);

/* Whether the enclosures of q are narrower than 2^-40 of their size and its verdicts decided: what more
   precision has to bring about. */
bool quantities_settled(const tt_quantities *q);

#endif

/* A failing instance made small: what is left of it when everything that the failure does not need is gone.

   In order, the biggest cuts first: fewer prompts, a shorter horizon, fewer tokens, (a machine that is small enough
   becomes its tree,) fewer contexts where target differs from rollout, rewards 0 and 1, fewer rewards 1,
   probabilities of small denominators. After a success it starts again from the first. Deterministic. */
#ifndef TRUSTREE_SHRINK_H
#define TRUSTREE_SHRINK_H

#include "../number/linkage.h"
#include "instance.h"

TT_BEGIN_C

/* Sets *fails to whether the property still fails on the candidate: true only where that is certain. Any other
   status than TT_OK ends the shrinking with that status; a limit or an open verdict is *fails = false. */
typedef tt_status tt_shrink_test(void *context, const tt_instance *candidate, bool *fails, tt_error *error);

/* How much work a shrinking may be. */
typedef struct {
    size_t tests;    /* at most so many calls of the test */
    size_t contexts; /* machines of at most so many contexts and responses become trees */
} tt_shrink_limits;

#define TT_SHRINK_TESTS 4000    /* the limits where none are given */
#define TT_SHRINK_CONTEXTS 2048 /* of a machine that becomes a tree */

/* *out: the smallest instance that was found on which `test` says that the property fails, a copy of the instance where
   nothing smaller does. It is valid, of either form, and named "NAME, shrunk" after the instance.
   limits : NULL for TT_SHRINK_TESTS and TT_SHRINK_CONTEXTS
   used   : may be NULL; how many tests were made
   fails  : TT_BAD_INPUT where the test says nothing fails on the instance itself; TT_LIMIT for a tree of more than
            2^20 contexts and responses or 4096 steps; TT_NO_MEMORY; the status of the test. *out is then NULL.
   owns   : the caller frees *out with tt_instance_free. */
TT_MUST_CHECK tt_status tt_shrink(tt_instance **out, size_t *used, const tt_instance *instance, tt_shrink_test *test,
                                  void *context, const tt_shrink_limits *limits, tt_error *error);

TT_END_C

#endif

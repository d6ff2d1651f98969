/* Status and error of every call that can fail.

   A fallible function returns a tt_status and, where it does not return TT_OK,
   fills the tt_error it was given (which may be NULL). Library code never prints
   and never exits. */
#ifndef TRUSTREE_STATUS_H
#define TRUSTREE_STATUS_H

#include "linkage.h"

TT_BEGIN_C

#if defined(__GNUC__)
#define TT_MUST_CHECK __attribute__((warn_unused_result))
#define TT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TT_MUST_CHECK
#define TT_PRINTF(f, a)
#endif

typedef enum {
    TT_OK = 0,
    TT_BAD_INPUT,   /* usage or input: exit status 2 */
    TT_LIMIT,       /* nodes, precision, time: exit status 3 */
    TT_NO_MEMORY,   /* exit status 2 */
    TT_IO,          /* a read or write failed: exit status 2 */
    TT_INTERRUPTED  /* the progress callback asked to stop */
} tt_status;

/* where: a JSON path ("rollout.contexts[\"0:1\"][1]"), a line and column, or
   empty; what: one plain sentence without a newline. Both NUL-terminated. */
typedef struct {
    tt_status status;
    char where[320];
    char what[320];
} tt_error;

/* Fills *error (where may be NULL for none) and returns status. Control
   characters are replaced, so that both texts stay on one line. */
tt_status tt_fail(tt_error *error, tt_status status, const char *where, const char *what, ...) TT_PRINTF(4, 5);

TT_END_C

#endif

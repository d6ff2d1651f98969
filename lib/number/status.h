/* Status and error of every call that can fail.

   A fallible function returns a tt_status and, where it does not return TT_OK,
   fills the tt_error it was given (which may be NULL). Library code never prints
   and never exits. */
#ifndef TRUSTREE_STATUS_H
#define TRUSTREE_STATUS_H

#include "linkage.h"

TT_BEGIN_C

/* For the compiler, where it understands them. TT_MUST_CHECK: a result that must not be ignored. TT_PRINTF: argument f
   is a format of printf for the arguments from a on. */
#if defined(__GNUC__)
#define TT_MUST_CHECK __attribute__((warn_unused_result))
#define TT_PRINTF(f, a) __attribute__((format(printf, f, a)))
#else
#define TT_MUST_CHECK
#define TT_PRINTF(f, a)
#endif

/* How a call ended; the program's exit statuses (CLI.md) follow from it. */
typedef enum {
    TT_OK = 0,      /* the results are what the function says of them */
    TT_BAD_INPUT,   /* usage or input: exit status 2 */
    TT_LIMIT,       /* nodes, precision, time: exit status 3 */
    TT_NO_MEMORY,   /* memory ran out: exit status 2 */
    TT_IO,          /* a read or write failed: exit status 2 */
    TT_INTERRUPTED  /* the progress callback asked to stop */
} tt_status;

/* Why a call failed, in one line; the caller's, no memory of its own. Both texts end with NUL; a longer one is cut. */
typedef struct {
    tt_status status; /* what the call returned */
    char where[320];  /* a JSON path ("rollout.contexts[\"0:1\"][1]"), a line and column, an option, a file; or empty */
    char what[320];   /* one plain sentence without a newline */
} tt_error;

/* What an error says until it is filled, by whoever keeps one: what fails without a word has found no memory. */
#define TT_ERROR_INIT { TT_NO_MEMORY, "", "out of memory" }

/* Fills *error, which may be NULL, and returns status. `where` may be NULL for none; `what` and what follows are
   printf's. Control characters are replaced, so that both texts stay on one line. */
tt_status tt_fail(tt_error *error, tt_status status, const char *where, const char *what, ...) TT_PRINTF(4, 5);
/* The same for TT_NO_MEMORY, which is returned: "out of memory". */
tt_status tt_no_memory(tt_error *error);

TT_END_C

#endif

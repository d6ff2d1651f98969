/* Whole files: read in one piece, written whole or not at all. */
#ifndef TRUSTREE_FILE_H
#define TRUSTREE_FILE_H

#include <stddef.h>
#include <stdio.h>

#include "../number/linkage.h"
#include "../number/status.h"

TT_BEGIN_C

/* Reads all of a file, "-" for standard input. *text has `length` bytes and a NUL after them; the caller
   frees it. TT_IO where it cannot be read; *text is NULL on failure. */
TT_MUST_CHECK tt_status tt_file_read(char **text, size_t *length, const char *path, tt_error *error);

/* Writes one thing to a stream; the stream's own errors are checked by the caller. */
typedef tt_status tt_file_writer(FILE *out, const void *thing, tt_error *error);

/* Calls write on a temporary file beside `path` and renames it when all is well; on failure nothing is left
   and what stood there stays. What is no regular file (a terminal, a pipe, "-" for standard output) is
   written directly. TT_IO where a write failed, or the writer's own status. */
TT_MUST_CHECK tt_status tt_file_write(const char *path, tt_file_writer *write, const void *thing, tt_error *error);

TT_END_C

#endif

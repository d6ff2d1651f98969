/* Whole files: read in one piece, written whole or not at all. */
#ifndef TRUSTREE_FILE_H
#define TRUSTREE_FILE_H

#include <stdbool.h>
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

/* Calls write on a stream into memory, and puts what it wrote into a temporary file beside `path` that is renamed when
   all is well; on failure nothing is left and what stood there stays. A symbolic link stays: the file that it leads to
   is replaced, or made. What is no regular file (a terminal, a pipe, a device) and what is open already ("-" for standard
   output, /dev/stdout, /dev/fd/N) is written into directly.
   fails: TT_IO, with the reason; TT_NO_MEMORY; the writer's own status. */
TT_MUST_CHECK tt_status tt_file_write(const char *path, tt_file_writer *write, const void *thing, tt_error *error);

/* Whether tt_file_write may be expected to write there, before there is anything to write. *whole: into a file of its
   own, not directly.
   fails: as tt_file_write */
TT_MUST_CHECK tt_status tt_file_check(bool *whole, const char *path, tt_error *error);

/* Removes the temporary files of all calls of tt_file_write in this process, which then fail. For a program that is
   about to die: it may be called by a handler of signals, of which the library installs none. The list of these files is
   the one thing that the library keeps for the whole process. */
void tt_file_remove_temporaries(void);

TT_END_C

#endif

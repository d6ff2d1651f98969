/* A stream into memory whose errors show: the C library's own forgets that memory ran out, and then closes well over a
   text with holes. */
#ifndef TRUSTREE_TEXT_STREAM_H
#define TRUSTREE_TEXT_STREAM_H

#include <stddef.h>
#include <stdio.h>

#include "linkage.h"
#include "status.h"

TT_BEGIN_C

/* As open_memstream: after fflush or fclose *text has *size bytes and a NUL after them; the caller frees it after
   fclose, on failure too. Where memory ran out ferror says so and fclose fails. NULL without memory. */
FILE *tt_text_stream(char **text, size_t *size);

/* What a write says that failed with this errno: TT_IO with the reason, or TT_NO_MEMORY; the status is returned. */
tt_status tt_fail_write(tt_error *error, int number);

/* Whether all that was printed to a stream, this or another, has arrived. Flushes it.
   fails: TT_IO, with the reason; TT_NO_MEMORY */
TT_MUST_CHECK tt_status tt_stream_check(FILE *stream, tt_error *error);

TT_END_C

#endif

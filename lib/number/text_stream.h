/* A stream into memory whose errors show: the C library's own forgets that memory ran out, and then closes well over a
   text with holes. */
#ifndef TRUSTREE_TEXT_STREAM_H
#define TRUSTREE_TEXT_STREAM_H

#include <stddef.h>
#include <stdio.h>

#include "linkage.h"

TT_BEGIN_C

/* As open_memstream: after fflush or fclose *text has *size bytes and a NUL after them; the caller frees it after
   fclose, on failure too. Where memory ran out ferror says so and fclose fails. NULL without memory. */
FILE *tt_text_stream(char **text, size_t *size);

TT_END_C

#endif

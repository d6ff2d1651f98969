/* Reader and writer of instance files (INSTANCE.md), with jansson. */
#ifndef TRUSTREE_INSTANCE_JSON_H
#define TRUSTREE_INSTANCE_JSON_H

#include <stdio.h>

#include "../number/linkage.h"
#include "instance.h"

TT_BEGIN_C

/* Reads one instance from a whole text of `length` bytes.
   fails : TT_BAD_INPUT; error->where is a JSON path such as rollout.contexts["0:1"][1], or
           "line L, column C" where the text is not JSON. Refuses unknown and duplicate fields, duplicate
           spellings of a context, real numbers, deep nesting and everything else INSTANCE.md refuses.
   owns  : the caller frees *out with tt_instance_free; on failure *out is NULL. */
TT_MUST_CHECK tt_status tt_instance_read_text(tt_instance **out, const char *text, size_t length, tt_error *error);

/* The same from a file, "-" for standard input. TT_IO where it cannot be read. */
TT_MUST_CHECK tt_status tt_instance_read(tt_instance **out, const char *path, tt_error *error);

/* Writes an instance as JSON; reading it back gives the same instance. Keys in INSTANCE.md's order,
   contexts shortest first, numbers as "p/q" in lowest terms.
   fails: TT_IO where a write failed, TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_instance_write(FILE *out, const tt_instance *instance, tt_error *error);

/* The same to a file, whole or not at all (a temporary name, then rename); "-" for standard output. */
TT_MUST_CHECK tt_status tt_instance_write_file(const char *path, const tt_instance *instance, tt_error *error);

TT_END_C

#endif

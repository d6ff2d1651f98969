/* Results as JSON, for programs. Key names and ids are contracts (CLI.md): none is renamed, further ones may follow.

   Functions that build a value return a new reference, NULL without memory. */
#ifndef TRUSTREE_JSON_H
#define TRUSTREE_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "../number/linkage.h"
#include "../study/evaluate.h"

TT_BEGIN_C

/* `object` with one more member at the end. Takes over the references of both values; where either is NULL or memory
   runs out both are dropped and the result is NULL, so that a chain of calls needs one check at its end:
   object = tt_json_put(object, "key", value). */
json_t *tt_json_put(json_t *object, const char *key, json_t *value);
/* `array` with one more element at the end, in the same way. */
json_t *tt_json_push(json_t *array, json_t *value);

/* A string; texts that are not UTF-8 lose what is not, and NULL is null. */
json_t *tt_json_text(const char *text);
/* Takes over an ASCII text from malloc; NULL, which is what functions return that found no memory, is NULL. */
json_t *tt_json_take(char *text);

/* "p/q", {"lo": ..., "hi": ...} or null; a rational of more than 2,000 digits is an enclosure of 40 unless `full`. */
json_t *tt_json_real(const tt_real *x, bool full);
/* An array of them; null for an empty series. */
json_t *tt_json_series(const tt_series *series, bool full);
/* true, false, null */
json_t *tt_json_answer(tt_answer answer);

/* One object of `eval`. name: of the instance, "" for none. */
json_t *tt_json_judgement(const char *name, const tt_judgement *judgement, bool full);

/* Writes the value and a line end and drops the reference. fails: TT_NO_MEMORY where value is NULL, TT_IO. */
TT_MUST_CHECK tt_status tt_json_write(FILE *out, json_t *value, tt_error *error);

TT_END_C

#endif

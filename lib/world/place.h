/* JSON paths for messages, built only when something is wrong: a chain of
   places on the stack, from the innermost outward. */
#ifndef TRUSTREE_PLACE_H
#define TRUSTREE_PLACE_H

#include <stddef.h>

#include "../number/status.h"

typedef enum {
    TT_PLACE_FIELD, /* .name */
    TT_PLACE_KEY,   /* ["name"] */
    TT_PLACE_INDEX  /* [index] */
} tt_place_kind;

typedef struct tt_place {
    const struct tt_place *up; /* NULL for a field of the whole */
    tt_place_kind kind;
    const char *name;
    size_t index;
} tt_place;

#define TT_FIELD(up, name) (&(const tt_place){(up), TT_PLACE_FIELD, (name), 0})
#define TT_KEY(up, name) (&(const tt_place){(up), TT_PLACE_KEY, (name), 0})
#define TT_INDEX(up, index) (&(const tt_place){(up), TT_PLACE_INDEX, NULL, (index)})

/* Room that any path fits; long names and paths lose their tail, which becomes "...". */
#define TT_PLACE_SIZE 256

void tt_place_text(char *out, const tt_place *place);

/* tt_fail at a place; NULL for the whole. */
tt_status tt_fail_at(tt_error *error, tt_status status, const tt_place *place, const char *what, ...) TT_PRINTF(4, 5);

/* Puts a place before error->where, as a caller of something that knows only the rest of the path. */
tt_status tt_fail_within(tt_error *error, const tt_error *inner, const tt_place *place);

/* Copies text to out, of `size` bytes, cut between characters and ended with "..." where it is too long. */
void tt_shorten(char *out, size_t size, const char *text);

#endif

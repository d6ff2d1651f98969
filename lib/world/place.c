#include "place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_SHOWN 80
/* Room for the path, apart from its last step, which is always shown. */
#define PATH_SHOWN (TT_PLACE_SIZE - NAME_SHOWN - 16)

void tt_shorten(char *out, size_t size, const char *text)
{
    size_t length = strnlen(text, size);
    if (length < size) {
        memcpy(out, text, length + 1);
        return;
    }
    length = size - sizeof "...";
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--; /* not inside a character */
    memcpy(out, text, length);
    memcpy(out + length, "...", sizeof "...");
}

void tt_place_text(char *out, const tt_place *place)
{
    char up[TT_PLACE_SIZE], path[PATH_SHOWN], name[NAME_SHOWN];
    path[0] = 0;
    if (place->up) {
        tt_place_text(up, place->up);
        tt_shorten(path, sizeof path, up);
    }
    if (place->name)
        tt_shorten(name, sizeof name, place->name);
    switch (place->kind) {
    case TT_PLACE_FIELD:
        snprintf(out, TT_PLACE_SIZE, "%s%s%s", path, place->up ? "." : "", name);
        break;
    case TT_PLACE_KEY:
        snprintf(out, TT_PLACE_SIZE, "%s[\"%s\"]", path, name);
        break;
    default:
        snprintf(out, TT_PLACE_SIZE, "%s[%zu]", path, place->index);
    }
}

tt_status tt_fail_at(tt_error *error, tt_status status, const tt_place *place, const char *what, ...)
{
    char where[TT_PLACE_SIZE] = "", text[2 * sizeof error->what], shown[sizeof error->what];
    va_list arguments;
    if (place)
        tt_place_text(where, place);
    va_start(arguments, what);
    vsnprintf(text, sizeof text, what, arguments);
    va_end(arguments);
    tt_shorten(shown, sizeof shown, text);
    return tt_fail(error, status, where, "%s", shown);
}

tt_status tt_fail_within(tt_error *error, const tt_error *inner, const tt_place *place)
{
    char where[TT_PLACE_SIZE + sizeof inner->where + 1];
    const char *rest = inner->where;
    tt_place_text(where, place);
    snprintf(where + strlen(where), sizeof inner->where + 1, "%s%s", *rest && *rest != '[' ? "." : "", rest);
    return tt_fail(error, inner->status, where, "%s", inner->what);
}

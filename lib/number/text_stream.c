#include "text_stream.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef struct {
    char **text;
    size_t *size;
    size_t room; /* without the NUL */
    bool failed; /* for good: what follows a hole is not wanted either */
} text_buffer;

static ssize_t append(void *cookie, const char *data, size_t n)
{
    text_buffer *b = cookie;
    if (b->failed) {
        errno = ENOMEM;
        return 0;
    }
    if (n > b->room - *b->size) {
        size_t room = 2 * b->room > *b->size + n ? 2 * b->room : *b->size + n;
        char *text = realloc(*b->text, room + 1);
        if (!text) {
            b->failed = true;
            return 0;
        }
        *b->text = text;
        b->room = room;
    }
    memcpy(*b->text + *b->size, data, n);
    *b->size += n;
    (*b->text)[*b->size] = 0;
    return (ssize_t)n;
}

static int close_buffer(void *cookie)
{
    text_buffer *b = cookie;
    bool failed = b->failed;
    free(b);
    return failed ? EOF : 0;
}

FILE *tt_text_stream(char **text, size_t *size)
{
    static const cookie_io_functions_t functions = { .write = append, .close = close_buffer };
    enum { FIRST_ROOM = 1 << 10 };
    text_buffer *b = malloc(sizeof *b);
    FILE *stream = NULL;
    *text = calloc(FIRST_ROOM + 1, 1);
    *size = 0;
    if (b && *text) {
        *b = (text_buffer){ text, size, FIRST_ROOM, false };
        stream = fopencookie(b, "w", functions);
    }
    if (!stream) {
        free(*text);
        free(b);
        *text = NULL;
    }
    return stream;
}

tt_status tt_fail_write(tt_error *error, int number)
{
    if (number == ENOMEM)
        return tt_no_memory(error);
    return tt_fail(error, TT_IO, NULL, "cannot be written: %s", strerror(number));
}

tt_status tt_stream_check(FILE *stream, tt_error *error)
{
    errno = 0;
    if (fflush(stream) == 0 && !ferror(stream))
        return TT_OK;
    return tt_fail_write(error, errno ? errno : EIO);
}

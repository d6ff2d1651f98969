#include "status.h"

#include <stdarg.h>
#include <stdio.h>

static void one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || (unsigned char)*text == 0x7f)
            *text = '?';
}

tt_status tt_fail(tt_error *error, tt_status status, const char *where, const char *what, ...)
{
    if (error) {
        va_list arguments;
        error->status = status;
        snprintf(error->where, sizeof error->where, "%s", where ? where : "");
        va_start(arguments, what);
        vsnprintf(error->what, sizeof error->what, what, arguments);
        va_end(arguments);
        one_line(error->where);
        one_line(error->what);
    }
    return status;
}

tt_status tt_no_memory(tt_error *error)
{
    return tt_fail(error, TT_NO_MEMORY, NULL, "out of memory");
}

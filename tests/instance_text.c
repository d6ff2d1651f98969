#include "instance_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "../lib/world/instance_json.h"

char *instance_text(const tt_instance *instance)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    tt_error error;
    assert_non_null(out);
    assert_int_equal(tt_instance_write(out, instance, &error), TT_OK);
    assert_int_equal(fclose(out), 0);
    return text;
}

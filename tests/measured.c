#include "measured.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../lib/measure/tree.h"

void measured_by_tree(tt_quantities *q, const tt_instance *instance, unsigned precision)
{
    tt_row_source source;
    tt_measure_options options;
    tt_error error;
    tt_measure_options_init(&options);
    options.precision = precision;
    tt_instance_source(&source, instance);
    tt_quantities_init(q);
    if (tt_tree_measure(q, &source, &options, &error) != TT_OK)
        fail_msg("%s", error.what);
}

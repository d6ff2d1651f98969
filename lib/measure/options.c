#include "options.h"

#include "../number/real.h"

void tt_measure_options_init(tt_measure_options *options)
{
    options->precision = TT_PRECISION_DEFAULT;
    options->max_nodes = TT_MAX_NODES_DEFAULT;
    options->arithmetic = TT_ARITHMETIC_AUTO;
    options->fields = TT_FIELDS_ALL;
    options->threads = 1;
    options->progress = 0;
    options->progress_context = 0;
}

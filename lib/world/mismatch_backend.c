/* Generators of two stacks that compute one layer: backend, moe. */
#include "mismatch_layer.h"

const char *const tt_precision_words[] = { "bf16", "fp16", "fp8", "float32", NULL };
static const tt_mini_format *const formats[] = { &tt_mini_bf16, &tt_mini_fp16, &tt_mini_fp8, &tt_mini_float32 };

enum { ACCUMULATOR_SAME, ACCUMULATOR_FLOAT32 };
const char *const tt_accumulator_words[] = { "same", "float32", NULL };

static void rows_of_layers(void *self, mpq_t *rollout, mpq_t *target, const tt_window *window, size_t context)
{
    tt_layer **layers = self;
    (void)context;
    tt_layer_row(rollout, layers[TT_ROLLOUT], window);
    tt_layer_row(target, layers[TT_TARGET], window);
}

static tt_status build_windows(tt_instance **out, const tt_windows *windows, tt_layer_shape *shape,
                               const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    const tt_mini_format *precision = formats[tt_argument_word(arguments, "precision")];
    bool same = tt_argument_word(arguments, "accumulator") == ACCUMULATOR_SAME;
    const tt_stack stacks[2] = {
        [TT_ROLLOUT] = { precision, same ? precision : &tt_mini_float32, 1 },
        [TT_TARGET] = { formats[tt_argument_word(arguments, "target-precision")], &tt_mini_float32,
                        tt_argument_count(arguments, "lanes") },
    };
    tt_layer *layers[2];
    tt_status status;
    shape->vocab = windows->vocab;
    shape->prompts = windows->prompts;
    shape->items = windows->memory;
    shape->width = tt_argument_count(arguments, "width");
    shape->scale = tt_argument_count(arguments, "scale");
    status = tt_layers_new(layers, shape, stacks, random, error);
    if (status == TT_OK)
        status = tt_windows_build(out, windows, rows_of_layers, layers, error);
    tt_layer_free(layers[TT_ROLLOUT]);
    tt_layer_free(layers[TT_TARGET]);
    return status;
}

static tt_status build_layers(tt_instance **out, tt_layer_shape *shape, const tt_arguments *arguments, tt_random *random,
                              tt_error *error)
{
    tt_windows windows;
    tt_status status = tt_windows_init(&windows, arguments, random, error);
    if (status == TT_OK)
        status = build_windows(out, &windows, shape, arguments, random, error);
    tt_windows_clear(&windows);
    return status;
}

tt_status tt_build_backend(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    tt_layer_shape shape = { 0 };
    return build_layers(out, &shape, arguments, random, error);
}

tt_status tt_build_moe(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    tt_layer_shape shape = { .experts = tt_argument_count(arguments, "experts"),
                             .top_k = tt_argument_count(arguments, "top-k"),
                             .tie = tt_argument_count(arguments, "tie") };
    if (shape.top_k > shape.experts)
        return tt_fail(error, TT_BAD_INPUT, "--top-k", "there are only %zu experts", shape.experts);
    return build_layers(out, &shape, arguments, random, error);
}

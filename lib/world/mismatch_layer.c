#include "mismatch_layer.h"

#include <stdlib.h>

#define NUMBERS_MAX (1UL << 22)

/* Arrays of numbers, all in one block. A head has V rows per expert. */
struct tt_layer {
    tt_layer_shape shape;
    tt_stack stack;
    tt_mini *block;
    /* weights: rows of `width` */
    tt_mini *embeddings; /* V tokens, then the prompts */
    tt_mini *positions;  /* items, by distance from the last */
    tt_mini *query_matrix, *key_matrix, *value_matrix;
    tt_mini *routers; /* experts */
    tt_mini *heads;
    size_t weights;
    /* x, k and v of every embedding at every distance: rows of `width`, [distance][embedding] */
    tt_mini *inputs, *keys, *values;
    /* of one window */
    tt_mini *query, *hidden;                  /* width */
    tt_mini *attention, *column;              /* items */
    tt_mini *logits, *chances, *terms, *gates; /* vocab, or experts where there are more */
    size_t *items;                            /* the embeddings of the window, oldest first */
    size_t *chosen;                           /* experts, best first */
};

static size_t embeddings(const tt_layer_shape *shape)
{
    return shape->vocab + shape->prompts;
}

static size_t heads(const tt_layer_shape *shape)
{
    return shape->experts ? shape->experts : 1;
}

static size_t wide(const tt_layer_shape *shape)
{
    return shape->experts > shape->vocab ? shape->experts : shape->vocab;
}

/* Hands out the next n numbers of a block; where block is NULL only counts. */
static tt_mini *take(tt_mini *block, size_t *used, size_t n)
{
    tt_mini *start = block ? block + *used : NULL;
    *used += n;
    return start;
}

/* How many numbers the arrays hold; sets the pointers where there is a block. */
static size_t lay_out(tt_layer *layer)
{
    const tt_layer_shape *shape = &layer->shape;
    size_t used = 0, d = shape->width, cached = shape->items * embeddings(shape) * d;
    layer->embeddings = take(layer->block, &used, embeddings(shape) * d);
    layer->positions = take(layer->block, &used, shape->items * d);
    layer->query_matrix = take(layer->block, &used, d * d);
    layer->key_matrix = take(layer->block, &used, d * d);
    layer->value_matrix = take(layer->block, &used, d * d);
    layer->routers = take(layer->block, &used, shape->experts * d);
    layer->heads = take(layer->block, &used, heads(shape) * shape->vocab * d);
    layer->weights = used;
    layer->inputs = take(layer->block, &used, cached);
    layer->keys = take(layer->block, &used, cached);
    layer->values = take(layer->block, &used, cached);
    layer->query = take(layer->block, &used, d);
    layer->hidden = take(layer->block, &used, d);
    layer->attention = take(layer->block, &used, shape->items);
    layer->column = take(layer->block, &used, shape->items);
    layer->logits = take(layer->block, &used, wide(shape));
    layer->chances = take(layer->block, &used, wide(shape));
    layer->terms = take(layer->block, &used, wide(shape));
    layer->gates = take(layer->block, &used, wide(shape));
    return used;
}

/* ---- arithmetic of a stack ---- */

/* sum_i a_i b_i in the accumulator's format; b NULL: sum_i a_i. */
static tt_mini dot(const tt_mini *a, const tt_mini *b, size_t n, const tt_stack *stack)
{
    tt_mini total = tt_mini_zero;
    for (size_t lane = 0; lane < stack->lanes && lane < n; lane++) {
        tt_mini partial = tt_mini_zero;
        for (size_t i = lane; i < n; i += stack->lanes)
            partial = tt_mini_mul_add(a[i], b ? b[i] : tt_mini_one, partial, stack->accumulator);
        total = tt_mini_add(total, partial, stack->accumulator);
    }
    return total;
}

/* out = matrix x, rounded to the stack's format; `rows` rows of n. */
static void multiply(tt_mini *out, const tt_mini *matrix, const tt_mini *x, size_t rows, size_t n, const tt_stack *stack)
{
    for (size_t i = 0; i < rows; i++)
        out[i] = tt_mini_round(dot(matrix + i * n, x, n, stack), stack->format);
}

/* float32 softmax of n numbers; out may be z. */
static void softmax(tt_mini *out, const tt_mini *z, size_t n, const tt_stack *stack)
{
    const tt_stack single = { &tt_mini_float32, &tt_mini_float32, stack->lanes };
    tt_mini largest = z[0], sum;
    for (size_t i = 1; i < n; i++)
        if (tt_mini_cmp(z[i], largest) > 0)
            largest = z[i];
    for (size_t i = 0; i < n; i++)
        out[i] = tt_mini_exp(tt_mini_sub(z[i], largest, single.format), single.format);
    sum = dot(out, NULL, n, &single);
    for (size_t i = 0; i < n; i++)
        out[i] = tt_mini_div(out[i], sum, single.format);
}

static void round_all(tt_mini *x, size_t n, const tt_mini_format *format)
{
    for (size_t i = 0; i < n; i++)
        x[i] = tt_mini_round(x[i], format);
}

/* ---- making ---- */

/* Uniform on the odd multiples of 2^-24 in (-1, 1), times 2^exponent. */
static tt_mini draw(tt_random *random, int exponent)
{
    int64_t k = (int64_t)tt_random_between(random, 0, (1UL << 24) - 1);
    return (tt_mini){ 2 * k + 1 - (INT64_C(1) << 24), exponent - 24 };
}

static void draw_all(tt_mini *out, size_t n, tt_random *random, int exponent)
{
    for (size_t i = 0; i < n; i++)
        out[i] = draw(random, exponent);
}

/* 2^exponent is about 2 / sqrt(width): a row times a vector of numbers of order one is of order one. */
static int matrix_exponent(size_t width)
{
    int log2 = 0;
    for (; width > 1; width /= 2)
        log2++;
    return 1 - log2 / 2;
}

static void draw_routers(tt_layer *layer, tt_random *random, int exponent)
{
    size_t d = layer->shape.width;
    for (size_t c = 0; c < d; c++) {
        tt_mini common = draw(random, exponent);
        for (size_t e = 0; e < layer->shape.experts; e++) {
            tt_mini own = draw(random, exponent - (int)layer->shape.tie);
            layer->routers[e * d + c] = tt_mini_add(common, own, &tt_mini_float32);
        }
    }
}

/* The float32 weights. */
static void draw_weights(tt_layer *layer, tt_random *random)
{
    const tt_layer_shape *shape = &layer->shape;
    size_t d = shape->width;
    int exponent = matrix_exponent(d);
    tt_mini scale = { (int64_t)shape->scale, 0 };
    draw_all(layer->embeddings, embeddings(shape) * d, random, 0);
    draw_all(layer->positions, shape->items * d, random, 0);
    draw_all(layer->query_matrix, 3 * d * d, random, exponent); /* the three matrices */
    if (shape->experts)
        draw_routers(layer, random, exponent);
    draw_all(layer->heads, heads(shape) * shape->vocab * d, random, exponent);
    for (size_t i = 0; i < heads(shape) * shape->vocab * d; i++)
        layer->heads[i] = tt_mini_mul(layer->heads[i], scale, &tt_mini_float32);
}

static tt_mini *cached(const tt_layer *layer, tt_mini *cache, size_t distance, size_t embedding)
{
    return cache + (distance * embeddings(&layer->shape) + embedding) * layer->shape.width;
}

/* From float32 weights to the stack's; then all inputs, keys and values. */
static void settle(tt_layer *layer)
{
    const tt_layer_shape *shape = &layer->shape;
    size_t d = shape->width;
    round_all(layer->block, layer->weights, layer->stack.format);
    for (size_t j = 0; j < shape->items; j++)
        for (size_t r = 0; r < embeddings(shape); r++) {
            tt_mini *x = cached(layer, layer->inputs, j, r);
            for (size_t c = 0; c < d; c++)
                x[c] = tt_mini_mul(layer->embeddings[r * d + c], layer->positions[j * d + c], layer->stack.format);
            multiply(cached(layer, layer->keys, j, r), layer->key_matrix, x, d, d, &layer->stack);
            multiply(cached(layer, layer->values, j, r), layer->value_matrix, x, d, d, &layer->stack);
        }
}

static tt_layer *new_layer(const tt_layer_shape *shape, const tt_stack *stack, size_t numbers)
{
    tt_layer *layer = calloc(1, sizeof *layer);
    if (!layer)
        return NULL;
    layer->shape = *shape;
    layer->stack = *stack;
    layer->block = calloc(numbers, sizeof *layer->block);
    layer->items = calloc(shape->items, sizeof *layer->items);
    layer->chosen = calloc(shape->experts + 1, sizeof *layer->chosen);
    if (!layer->block || !layer->items || !layer->chosen) {
        tt_layer_free(layer);
        return NULL;
    }
    lay_out(layer);
    return layer;
}

tt_status tt_layers_new(tt_layer *out[2], const tt_layer_shape *shape, const tt_stack stacks[2], tt_random *random,
                        tt_error *error)
{
    tt_layer empty = { .shape = *shape };
    size_t numbers = lay_out(&empty);
    out[TT_ROLLOUT] = out[TT_TARGET] = NULL;
    if (numbers > NUMBERS_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "a layer of more than %lu numbers", NUMBERS_MAX);
    for (int k = TT_ROLLOUT; k <= TT_TARGET; k++)
        out[k] = new_layer(shape, &stacks[k], numbers);
    if (!out[TT_ROLLOUT] || !out[TT_TARGET]) {
        tt_layer_free(out[TT_ROLLOUT]);
        tt_layer_free(out[TT_TARGET]);
        out[TT_ROLLOUT] = out[TT_TARGET] = NULL;
        return TT_NO_MEMORY;
    }
    draw_weights(out[TT_ROLLOUT], random);
    for (size_t i = 0; i < out[TT_ROLLOUT]->weights; i++)
        out[TT_TARGET]->block[i] = out[TT_ROLLOUT]->block[i];
    settle(out[TT_ROLLOUT]);
    settle(out[TT_TARGET]);
    return TT_OK;
}

void tt_layer_free(tt_layer *layer)
{
    if (!layer)
        return;
    free(layer->block);
    free(layer->items);
    free(layer->chosen);
    free(layer);
}

/* ---- one window ---- */

/* Writes the embeddings of the window, oldest first, and returns how many. */
static size_t embed(tt_layer *layer, const tt_window *window)
{
    size_t n = 0;
    if (window->prompt != TT_NONE)
        layer->items[n++] = layer->shape.vocab + window->prompt;
    for (size_t i = 0; i < window->depth; i++)
        layer->items[n++] = window->tokens[i];
    return n;
}

static void attend(tt_layer *layer, const tt_window *window)
{
    const tt_stack *stack = &layer->stack;
    size_t n = embed(layer, window), d = layer->shape.width;
    const tt_mini *last = cached(layer, layer->inputs, 0, layer->items[n - 1]);
    multiply(layer->query, layer->query_matrix, last, d, d, stack);
    for (size_t i = 0; i < n; i++)
        layer->attention[i] = dot(layer->query, cached(layer, layer->keys, n - 1 - i, layer->items[i]), d, stack);
    softmax(layer->attention, layer->attention, n, stack);
    round_all(layer->attention, n, stack->format);
    for (size_t c = 0; c < d; c++) {
        tt_mini mean;
        for (size_t i = 0; i < n; i++)
            layer->column[i] = cached(layer, layer->values, n - 1 - i, layer->items[i])[c];
        mean = tt_mini_round(dot(layer->attention, layer->column, n, stack), stack->format);
        layer->hidden[c] = tt_mini_add(mean, last[c], stack->format);
    }
}

static int ascending(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* chosen = the top_k experts of h, ascending; gates their softmax. */
static void route(tt_layer *layer)
{
    const tt_layer_shape *shape = &layer->shape;
    size_t taken = 0;
    multiply(layer->logits, layer->routers, layer->hidden, shape->experts, shape->width, &layer->stack);
    for (size_t e = 0; e < shape->experts; e++) { /* insertion by falling logit; equal ones stay in order */
        size_t at = taken < shape->top_k ? taken++ : shape->top_k;
        for (; at > 0 && tt_mini_cmp(layer->logits[e], layer->logits[layer->chosen[at - 1]]) > 0; at--)
            layer->chosen[at] = layer->chosen[at - 1];
        layer->chosen[at] = e; /* chosen has room for one more than top_k */
    }
    qsort(layer->chosen, shape->top_k, sizeof *layer->chosen, ascending);
    for (size_t k = 0; k < shape->top_k; k++)
        layer->gates[k] = layer->logits[layer->chosen[k]];
    softmax(layer->gates, layer->gates, shape->top_k, &layer->stack);
    round_all(layer->gates, shape->top_k, layer->stack.format);
}

static void mix_experts(tt_layer *layer)
{
    const tt_layer_shape *shape = &layer->shape;
    route(layer);
    for (size_t v = 0; v < shape->vocab; v++) {
        for (size_t k = 0; k < shape->top_k; k++)
            multiply(&layer->terms[k], layer->heads + (layer->chosen[k] * shape->vocab + v) * shape->width,
                     layer->hidden, 1, shape->width, &layer->stack);
        layer->logits[v] = dot(layer->gates, layer->terms, shape->top_k, &layer->stack);
    }
}

static void apply_head(tt_layer *layer)
{
    const tt_layer_shape *shape = &layer->shape;
    for (size_t v = 0; v < shape->vocab; v++)
        layer->logits[v] = dot(layer->heads + v * shape->width, layer->hidden, shape->width, &layer->stack);
}

void tt_layer_row(mpq_t *row, tt_layer *layer, const tt_window *window)
{
    size_t vocab = layer->shape.vocab;
    mpq_t sum;
    attend(layer, window);
    if (layer->shape.experts)
        mix_experts(layer);
    else
        apply_head(layer);
    softmax(layer->chances, layer->logits, vocab, &layer->stack);
    mpq_init(sum);
    for (size_t v = 0; v < vocab; v++) {
        tt_mini_get_q(row[v], layer->chances[v]);
        mpq_add(sum, sum, row[v]);
    }
    for (size_t v = 0; v < vocab; v++)
        mpq_div(row[v], row[v], sum);
    mpq_clear(sum);
}

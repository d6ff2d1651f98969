#include "rows.h"

#include <math.h>
#include <mpfr.h>
#include <stdio.h>
#include <stdlib.h>

#include "../number/exact.h"
#include "../number/gcd.h"
#include "intern.h"

/* Sums longer than this are told by their distance from 1. */
#define SUM_DIGITS_SHOWN 60

typedef struct {
    uint32_t rollout, target;
    const __mpz_struct *rollout_weights, *target_weights, *total;
} pair_entry;

/* A row is a vector of vocab + 1 integers: the weights over the least common
   denominator of its entries, then that denominator, which is their sum. */
struct tt_row_store {
    size_t vocab;
    tt_intern rows;
    pair_entry *pairs;
    size_t pair_count, pair_room;
    tt_index pair_index;
    tt_arena arena;          /* of weights that a pair had to scale */
    __mpz_struct *scratch;   /* vocab + 1, made with the first row */
    mpz_t sum, factor;
    bool small;              /* no total above TT_SMALL_TOTAL_MAX */
    uint32_t common_total;
};

tt_status tt_rows_buffer_init(tt_rows_buffer *buffer, size_t n)
{
    buffer->n = n;
    buffer->weights = calloc(2 * n + 1, sizeof *buffer->weights);
    if (!buffer->weights)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < 2 * n + 1; k++)
        mpz_init(&buffer->weights[k]);
    return TT_OK;
}

void tt_rows_buffer_clear(tt_rows_buffer *buffer)
{
    if (buffer->weights)
        for (size_t k = 0; k < 2 * buffer->n + 1; k++)
            mpz_clear(&buffer->weights[k]);
    free(buffer->weights);
    buffer->weights = NULL;
}

void tt_row_source_nodes(mpz_t out, const tt_row_source *source)
{
    if (source->vocab == 1) {
        mpz_set_ui(out, source->horizon);
        mpz_add_ui(out, out, 1);
    } else {
        mpz_ui_pow_ui(out, source->vocab, source->horizon + 1);
        mpz_sub_ui(out, out, 1);
        mpz_divexact_ui(out, out, source->vocab - 1);
    }
    mpz_mul_ui(out, out, source->prompts);
}

uint64_t tt_row_source_nodes_ui(const tt_row_source *source)
{
    uint64_t nodes = source->prompts, level = nodes;
    if (source->vocab == 1)
        return __builtin_mul_overflow(nodes, (uint64_t)source->horizon + 1, &nodes) ? UINT64_MAX : nodes;
    for (size_t depth = 0; depth < source->horizon; depth++)
        if (__builtin_mul_overflow(level, (uint64_t)source->vocab, &level) ||
            __builtin_add_overflow(nodes, level, &nodes))
            return UINT64_MAX;
    return nodes;
}

uint64_t tt_row_source_nodes_limit(uint64_t max_nodes)
{
    return max_nodes < SIZE_MAX / 64 ? max_nodes : SIZE_MAX / 64;
}

void tt_row_source_nodes_text(char *out, size_t size, const tt_row_source *source)
{
    uint64_t nodes = tt_row_source_nodes_ui(source);
    double log10_nodes;
    if (nodes != UINT64_MAX) {
        snprintf(out, size, "%llu", (unsigned long long)nodes);
        return;
    }
    log10_nodes = log10((double)source->prompts) + (double)source->horizon * log10((double)source->vocab) +
                  log10((double)source->vocab / ((double)source->vocab - 1));
    snprintf(out, size, "about 10^%.0f", log10_nodes);
}

tt_status tt_row_store_new(tt_row_store **out, size_t vocab)
{
    tt_row_store *store = malloc(sizeof *store);
    *out = store;
    if (!store)
        return TT_NO_MEMORY;
    store->vocab = vocab;
    tt_intern_init(&store->rows, vocab + 1);
    store->pairs = NULL;
    store->pair_count = store->pair_room = 0;
    tt_index_init(&store->pair_index);
    tt_arena_init(&store->arena);
    store->scratch = NULL;
    mpz_init(store->sum);
    mpz_init(store->factor);
    store->small = true;
    store->common_total = 1;
    return TT_OK;
}

void tt_row_store_free(tt_row_store *store)
{
    if (!store)
        return;
    if (store->scratch)
        for (size_t v = 0; v <= store->vocab; v++)
            mpz_clear(&store->scratch[v]);
    free(store->scratch);
    mpz_clear(store->sum);
    mpz_clear(store->factor);
    tt_intern_clear(&store->rows);
    tt_index_clear(&store->pair_index);
    tt_arena_clear(&store->arena);
    free(store->pairs);
    free(store);
}

static tt_status make_scratch(tt_row_store *store)
{
    if (store->scratch)
        return TT_OK;
    store->scratch = calloc(store->vocab + 1, sizeof *store->scratch);
    if (!store->scratch)
        return TT_NO_MEMORY;
    for (size_t v = 0; v <= store->vocab; v++)
        mpz_init(&store->scratch[v]);
    return TT_OK;
}

tt_status tt_check_unit(mpq_srcptr value, const char *where, const char *what, tt_error *error)
{
    if (mpq_sgn(value) < 0)
        return tt_fail(error, TT_BAD_INPUT, where, "%s is negative", what);
    if (mpz_cmp(mpq_numref(value), mpq_denref(value)) > 0)
        return tt_fail(error, TT_BAD_INPUT, where, "%s is larger than 1", what);
    return TT_OK;
}

tt_status tt_check_sum(mpq_srcptr sum, const char *where, const char *what, tt_error *error)
{
    if (mpz_cmp(mpq_numref(sum), mpq_denref(sum)) == 0)
        return TT_OK;
    if (tt_exact_digits(sum) <= SUM_DIGITS_SHOWN) {
        char *text = tt_exact_text(sum);
        tt_fail(error, TT_BAD_INPUT, where, "%s to %s, not to 1", what, text ? text : "something else");
        free(text);
    } else {
        char text[40];
        mpq_t rest;
        mpfr_t rounded;
        mpq_init(rest);
        mpq_set_ui(rest, 1, 1);
        mpq_sub(rest, sum, rest);
        mpfr_init2(rounded, 64);
        mpfr_set_q(rounded, rest, MPFR_RNDN);
        mpfr_abs(rounded, rounded, MPFR_RNDN);
        mpfr_snprintf(text, sizeof text, "%.3Rg", rounded);
        tt_fail(error, TT_BAD_INPUT, where, "%s to about 1 %c %s, not to 1", what, mpq_sgn(rest) < 0 ? '-' : '+', text);
        mpfr_clear(rounded);
        mpq_clear(rest);
    }
    return TT_BAD_INPUT;
}

/* total = least common denominator, weights[v] = values[v] total. */
static void scale_to_integers(__mpz_struct *weights, __mpz_struct *total, const mpq_t *values, size_t n, mpz_t factor)
{
    bool one_denominator = true;
    mpz_set_ui(total, 1);
    for (size_t v = 0; v < n; v++) {
        mpz_srcptr denominator = mpq_denref(values[v]);
        if (mpz_cmp(denominator, total) != 0) {
            one_denominator = one_denominator && v == 0;
            mpz_lcm(total, total, denominator);
        }
    }
    for (size_t v = 0; v < n; v++) {
        if (one_denominator) {
            mpz_set(&weights[v], mpq_numref(values[v]));
        } else {
            mpz_divexact(factor, total, mpq_denref(values[v]));
            mpz_mul(&weights[v], mpq_numref(values[v]), factor);
        }
    }
}

static tt_status check_total(const __mpz_struct *weights, mpz_srcptr total, size_t n, mpz_t sum, tt_error *error)
{
    mpq_t fraction;
    tt_status status;
    mpz_set_ui(sum, 0);
    for (size_t v = 0; v < n; v++)
        mpz_add(sum, sum, &weights[v]);
    if (mpz_cmp(sum, total) == 0)
        return TT_OK;
    mpq_init(fraction);
    mpz_set(mpq_numref(fraction), sum);
    mpz_set(mpq_denref(fraction), total);
    mpq_canonicalize(fraction);
    status = tt_check_sum(fraction, NULL, "the row sums", error);
    mpq_clear(fraction);
    return status;
}

static tt_status store_fail(tt_status status, tt_error *error)
{
    if (status == TT_LIMIT)
        return tt_fail(error, status, NULL, "more than 2^32 - 2 different rows");
    return status == TT_OK ? TT_OK : tt_fail(error, status, NULL, "out of memory");
}

/* The number of the row that stands in the scratch. */
static tt_status keep_scratch(size_t *row, tt_row_store *store, tt_error *error)
{
    mpz_srcptr total = &store->scratch[store->vocab];
    store->small = store->small && mpz_cmp_ui(total, TT_SMALL_TOTAL_MAX) <= 0;
    store->common_total = tt_small_lcm(store->common_total, total);
    return store_fail(tt_intern_add(row, &store->rows, store->scratch), error);
}

tt_status tt_row_store_add(size_t *row, tt_row_store *store, const mpq_t *values, tt_error *error)
{
    __mpz_struct *total;
    tt_status status;
    for (size_t v = 0; v < store->vocab; v++) {
        char where[32];
        if (mpq_sgn(values[v]) >= 0 && mpz_cmp(mpq_numref(values[v]), mpq_denref(values[v])) <= 0)
            continue;
        snprintf(where, sizeof where, "[%zu]", v);
        return tt_check_unit(values[v], where, "the probability", error);
    }
    status = make_scratch(store);
    if (status != TT_OK)
        return store_fail(status, error);
    total = &store->scratch[store->vocab];
    scale_to_integers(store->scratch, total, values, store->vocab, store->factor);
    status = check_total(store->scratch, total, store->vocab, store->sum, error);
    if (status != TT_OK)
        return status;
    return keep_scratch(row, store, error);
}

tt_status tt_row_store_add_weights(size_t *row, tt_row_store *store, const uint64_t *weights, tt_error *error)
{
    uint64_t sum = 0, divisor = 0;
    tt_status status = make_scratch(store);
    if (status != TT_OK)
        return store_fail(status, error);
    for (size_t v = 0; v < store->vocab; v++) {
        sum += weights[v];
        divisor = tt_gcd(weights[v], divisor);
    }
    for (size_t v = 0; v < store->vocab; v++)
        tt_exact_set_u64(&store->scratch[v], weights[v] / divisor);
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): the sum is positive */
    tt_exact_set_u64(&store->scratch[store->vocab], sum / divisor);
    return keep_scratch(row, store, error);
}

void tt_row_store_get(mpq_t out, const tt_row_store *store, size_t row, size_t v)
{
    const __mpz_struct *weights = tt_intern_get(&store->rows, row);
    mpz_set(mpq_numref(out), &weights[v]);
    mpz_set(mpq_denref(out), &weights[store->vocab]);
    mpq_canonicalize(out);
}

static uint64_t pair_hash(uint32_t rollout, uint32_t target)
{
    return tt_hash_mix(0, (uint64_t)rollout << 32 | target);
}

static uint64_t pair_entry_hash(const void *context, uint32_t number)
{
    const tt_row_store *store = context;
    return pair_hash(store->pairs[number].rollout, store->pairs[number].target);
}

/* The weights of a row over `total`, a multiple of its own: the row's own weights where it is the same. */
static const __mpz_struct *weights_over(tt_row_store *store, const __mpz_struct *row, mpz_srcptr total)
{
    __mpz_struct *scaled;
    if (mpz_cmp(&row[store->vocab], total) == 0)
        return row;
    scaled = tt_arena_take(&store->arena, store->vocab * sizeof *scaled);
    if (!scaled)
        return NULL;
    mpz_divexact(store->factor, total, &row[store->vocab]);
    for (size_t v = 0; v < store->vocab; v++) {
        mpz_mul(store->sum, &row[v], store->factor);
        if (tt_arena_copy(&scaled[v], &store->arena, store->sum) != TT_OK)
            return NULL;
    }
    return scaled;
}

/* The least common multiple of the totals of two rows: one of theirs, or a new one in the arena. */
static const __mpz_struct *common_total(tt_row_store *store, const __mpz_struct *a, const __mpz_struct *b)
{
    __mpz_struct *total;
    if (mpz_divisible_p(&a[store->vocab], &b[store->vocab]))
        return &a[store->vocab];
    if (mpz_divisible_p(&b[store->vocab], &a[store->vocab]))
        return &b[store->vocab];
    mpz_lcm(store->sum, &a[store->vocab], &b[store->vocab]);
    total = tt_arena_take(&store->arena, sizeof *total);
    return total && tt_arena_copy(total, &store->arena, store->sum) == TT_OK ? total : NULL;
}

static tt_status fill_pair(pair_entry *pair, tt_row_store *store)
{
    const __mpz_struct *rollout = tt_intern_get(&store->rows, pair->rollout);
    const __mpz_struct *target = tt_intern_get(&store->rows, pair->target);
    pair->total = common_total(store, rollout, target);
    if (!pair->total)
        return TT_NO_MEMORY;
    pair->rollout_weights = weights_over(store, rollout, pair->total);
    pair->target_weights = weights_over(store, target, pair->total);
    return pair->rollout_weights && pair->target_weights ? TT_OK : TT_NO_MEMORY;
}

tt_status tt_row_store_pair(size_t *pair, tt_row_store *store, size_t rollout, size_t target)
{
    tt_index *index = &store->pair_index;
    pair_entry *entry;
    size_t at;
    tt_status status = tt_index_reserve(index, pair_entry_hash, store);
    if (status != TT_OK)
        return status;
    at = (size_t)pair_hash((uint32_t)rollout, (uint32_t)target) & (index->size - 1);
    for (; index->slots[at] != TT_INTERN_NONE; at = (at + 1) & (index->size - 1)) {
        entry = &store->pairs[index->slots[at]];
        if (entry->rollout == rollout && entry->target == target) {
            *pair = index->slots[at];
            return TT_OK;
        }
    }
    status = tt_grow(&store->pairs, &store->pair_room, store->pair_count + 1, sizeof *store->pairs);
    if (status != TT_OK)
        return status;
    entry = &store->pairs[store->pair_count];
    entry->rollout = (uint32_t)rollout;
    entry->target = (uint32_t)target;
    status = fill_pair(entry, store);
    if (status != TT_OK)
        return status;
    index->slots[at] = (uint32_t)store->pair_count;
    index->used++;
    *pair = store->pair_count++;
    return TT_OK;
}

size_t tt_row_store_pairs(const tt_row_store *store)
{
    return store->pair_count;
}

void tt_row_store_pair_rows(size_t *rollout, size_t *target, const tt_row_store *store, size_t pair)
{
    *rollout = store->pairs[pair].rollout;
    *target = store->pairs[pair].target;
}

void tt_row_store_view(tt_rows *out, const tt_row_store *store, size_t pair)
{
    const pair_entry *entry = &store->pairs[pair];
    out->n = store->vocab;
    out->rollout = entry->rollout_weights;
    out->target = entry->target_weights;
    out->total = entry->total;
    out->equal = entry->rollout == entry->target;
    out->pair = pair;
}

void tt_small_rows_over(uint32_t *rollout, uint32_t *target, const tt_small_rows *rows, size_t n, uint32_t total)
{
    uint32_t r = total / rows->rollout_total, p = total / rows->target_total;
    for (size_t v = 0; v < n; v++) {
        rollout[v] = rows->rollout[v] * r;
        target[v] = rows->target[v] * p;
    }
}

void tt_rows_of_small(tt_rows *out, tt_rows_buffer *buffer, const tt_small_rows *small)
{
    size_t n = buffer->n;
    __mpz_struct *w = buffer->weights;
    uint64_t common = tt_gcd(small->rollout_total, small->target_total);
    uint64_t rollout_scale = small->target_total / common, target_scale = small->rollout_total / common;
    out->equal = true;
    for (size_t v = 0; v < n; v++) {
        tt_exact_set_u64(&w[v], small->rollout[v] * rollout_scale);
        tt_exact_set_u64(&w[n + v], small->target[v] * target_scale);
        out->equal = out->equal && mpz_cmp(&w[v], &w[n + v]) == 0;
    }
    tt_exact_set_u64(&w[2 * n], small->rollout_total * rollout_scale);
    out->n = n;
    out->rollout = w;
    out->target = w + n;
    out->total = w + 2 * n;
    out->pair = TT_NO_PAIR;
}

uint32_t tt_small_lcm(uint32_t total, mpz_srcptr denominator)
{
    uint64_t other, lcm;
    if (total == 0 || mpz_cmp_ui(denominator, TT_SMALL_TOTAL_MAX) > 0)
        return 0;
    other = mpz_get_ui(denominator);
    if (total % other == 0)
        return total;
    lcm = total / tt_gcd(total, other) * other;
    return lcm <= TT_SMALL_TOTAL_MAX ? (uint32_t)lcm : 0;
}

bool tt_row_store_is_small(const tt_row_store *store)
{
    return store->small;
}

uint32_t tt_row_store_common_total(const tt_row_store *store)
{
    return store->common_total;
}

static uint32_t copy_small(uint32_t *out, const tt_row_store *store, size_t row)
{
    const __mpz_struct *weights = tt_intern_get(&store->rows, row);
    for (size_t v = 0; v < store->vocab; v++)
        out[v] = (uint32_t)mpz_get_ui(&weights[v]);
    return (uint32_t)mpz_get_ui(&weights[store->vocab]);
}

void tt_row_store_small(tt_small_rows *out, const tt_row_store *store, size_t pair)
{
    out->rollout_total = copy_small(out->rollout, store, store->pairs[pair].rollout);
    out->target_total = copy_small(out->target, store, store->pairs[pair].target);
}

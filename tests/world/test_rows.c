/* The row store: each row and pair once, views over the least common denominator that never move. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/number/exact.h"
#include "../../lib/world/rows.h"
#include "../random_instance.h"
#include "../settings.h"

#define VOCAB_MOST 6

static void row_init(mpq_t *row)
{
    for (size_t v = 0; v < VOCAB_MOST; v++)
        mpq_init(row[v]);
}

static void row_clear(mpq_t *row)
{
    for (size_t v = 0; v < VOCAB_MOST; v++)
        mpq_clear(row[v]);
}

/* "1/2 1/4 1/4" into row. */
static void parse_row(mpq_t *row, const char *text)
{
    for (size_t v = 0; *text; v++) {
        size_t length = strcspn(text, " ");
        char copy[200];
        assert_true(length < sizeof copy && v < VOCAB_MOST);
        memcpy(copy, text, length);
        copy[length] = 0;
        assert_int_equal(mpq_set_str(row[v], copy, 10), 0);
        mpq_canonicalize(row[v]);
        text += length + (text[length] == ' ');
    }
}

static size_t add(tt_row_store *store, const char *text)
{
    mpq_t row[VOCAB_MOST];
    size_t number;
    tt_error error;
    row_init(row);
    parse_row(row, text);
    assert_int_equal(tt_row_store_add(&number, store, row, &error), TT_OK);
    row_clear(row);
    return number;
}

static void refuses(size_t vocab, const char *text, const char *where, const char *what)
{
    mpq_t row[VOCAB_MOST];
    tt_row_store *store;
    size_t number;
    tt_error error;
    row_init(row);
    parse_row(row, text);
    assert_int_equal(tt_row_store_new(&store, vocab), TT_OK);
    assert_int_equal(tt_row_store_add(&number, store, row, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, where);
    assert_string_equal(error.what, what);
    tt_row_store_free(store);
    row_clear(row);
}

static void equal_rows_are_one(void **state)
{
    tt_row_store *store;
    size_t a, b, c, pair, same;
    (void)state;
    assert_int_equal(tt_row_store_new(&store, 3), TT_OK);
    a = add(store, "1/2 1/4 1/4");
    b = add(store, "1/4 1/2 1/4");
    c = add(store, "2/4 25/100 1/4");
    assert_int_equal(a, 0);
    assert_int_equal(b, 1);
    assert_int_equal(c, a);
    assert_int_equal(tt_row_store_pair(&pair, store, a, b), TT_OK);
    assert_int_equal(pair, 0);
    assert_int_equal(tt_row_store_pair(&same, store, b, a), TT_OK);
    assert_int_equal(same, 1);
    assert_int_equal(tt_row_store_pair(&same, store, a, b), TT_OK);
    assert_int_equal(same, 0);
    assert_int_equal(tt_row_store_pairs(store), 2);
    tt_row_store_pair_rows(&a, &b, store, 1);
    assert_int_equal(a, 1);
    assert_int_equal(b, 0);
    tt_row_store_free(store);
    tt_row_store_free(NULL);
}

static void is_view(const tt_rows *rows, size_t n, const long *rollout, const long *target, long total)
{
    assert_int_equal(rows->n, n);
    assert_int_equal(mpz_cmp_si(rows->total, total), 0);
    for (size_t v = 0; v < n; v++) {
        assert_int_equal(mpz_cmp_si(&rows->rollout[v], rollout[v]), 0);
        assert_int_equal(mpz_cmp_si(&rows->target[v], target[v]), 0);
    }
}

static void views_share_the_least_denominator(void **state)
{
    tt_row_store *store;
    tt_rows rows;
    size_t pair, sixth, quarter, whole;
    (void)state;
    assert_int_equal(tt_row_store_new(&store, 3), TT_OK);
    sixth = add(store, "1/6 1/3 1/2");
    quarter = add(store, "0 3/4 1/4");
    whole = add(store, "0 1 0");
    assert_int_equal(tt_row_store_pair(&pair, store, sixth, quarter), TT_OK);
    tt_row_store_view(&rows, store, pair);
    is_view(&rows, 3, (const long[]){2, 4, 6}, (const long[]){0, 9, 3}, 12);
    assert_false(rows.equal);
    assert_int_equal(rows.pair, pair);
    assert_int_equal(tt_row_store_pair(&pair, store, whole, quarter), TT_OK);
    tt_row_store_view(&rows, store, pair);
    is_view(&rows, 3, (const long[]){0, 4, 0}, (const long[]){0, 3, 1}, 4);
    assert_int_equal(tt_row_store_pair(&pair, store, quarter, quarter), TT_OK);
    tt_row_store_view(&rows, store, pair);
    is_view(&rows, 3, (const long[]){0, 3, 1}, (const long[]){0, 3, 1}, 4);
    assert_true(rows.equal);
    tt_row_store_free(store);
}

static void bad_rows_are_named(void **state)
{
    (void)state;
    refuses(2, "1/2 1/3", "", "the row sums to 5/6, not to 1");
    refuses(2, "1/2 -1/2", "[1]", "the probability is negative");
    refuses(3, "0 0 3/2", "[2]", "the probability is larger than 1");
    refuses(1, "1/2", "", "the row sums to 1/2, not to 1");
    refuses(2, "0 1/1000000000000000000000000000000000000000000000000000000000000000000000", "",
            "the row sums to about 1 - 1, not to 1");
    refuses(2, "1 1/1000000000000000000000000000000000000000000000000000000000000000000000", "",
            "the row sums to about 1 + 1e-69, not to 1");
}

/* Weights w_v over their sum; zero weights and long ones occur. */
static void random_row(mpq_t *row, random_stream *stream, size_t n)
{
    mpz_t sum;
    bool longer = random_below(stream, 4) == 0;
    mpz_init(sum);
    for (size_t v = 0; v < n; v++) {
        mpz_set_ui(mpq_numref(row[v]), random_below(stream, 3) ? random_below(stream, 12) : 0);
        if (v == n - 1 && mpz_sgn(sum) == 0)
            mpz_set_ui(mpq_numref(row[v]), 1);
        if (longer)
            mpz_mul_2exp(mpq_numref(row[v]), mpq_numref(row[v]), random_below(stream, 150));
        mpz_add(sum, sum, mpq_numref(row[v]));
    }
    for (size_t v = 0; v < n; v++) {
        mpz_set(mpq_denref(row[v]), sum);
        mpq_canonicalize(row[v]);
    }
    mpz_clear(sum);
}

static void same_fraction(mpq_srcptr expected, mpz_srcptr weight, mpz_srcptr total)
{
    mpq_t got;
    mpq_init(got);
    mpz_set(mpq_numref(got), weight);
    mpz_set(mpq_denref(got), total);
    mpq_canonicalize(got);
    assert_true(mpq_equal(got, expected));
    mpq_clear(got);
}

/* total is the least common multiple of all denominators of both rows. */
static void is_least(mpz_srcptr total, const mpq_t *a, const mpq_t *b, size_t n)
{
    mpz_t least;
    mpz_init_set_ui(least, 1);
    for (size_t v = 0; v < n; v++) {
        mpz_lcm(least, least, mpq_denref(a[v]));
        mpz_lcm(least, least, mpq_denref(b[v]));
    }
    assert_int_equal(mpz_cmp(least, total), 0);
    mpz_clear(least);
}

static void many_rows_stay_what_they_were(void **state)
{
    enum { COUNT = 3000 };
    uint64_t seed = test_seed(1);
    random_stream stream = {seed};
    size_t n = 1 + random_below(&stream, VOCAB_MOST);
    mpq_t (*given)[VOCAB_MOST] = malloc(COUNT * sizeof *given);
    size_t *numbers = malloc(COUNT * sizeof *numbers), *pairs = malloc(COUNT * sizeof *pairs);
    tt_rows *views = malloc(COUNT * sizeof *views);
    tt_row_store *store;
    mpq_t entry;
    tt_error error;
    (void)state;
    printf("test_rows: seed %" PRIu64 "\n", seed);
    assert_true(given && numbers && pairs && views);
    mpq_init(entry);
    assert_int_equal(tt_row_store_new(&store, n), TT_OK);
    for (size_t k = 0; k < COUNT; k++) {
        row_init(given[k]);
        random_row(given[k], &stream, n);
        assert_int_equal(tt_row_store_add(&numbers[k], store, given[k], &error), TT_OK);
        assert_int_equal(tt_row_store_pair(&pairs[k], store, numbers[k], numbers[random_below(&stream, k + 1)]), TT_OK);
        tt_row_store_view(&views[k], store, pairs[k]);
    }
    for (size_t k = 0; k < COUNT; k++) {
        size_t rollout, target, of_target = 0;
        tt_rows again;
        tt_row_store_pair_rows(&rollout, &target, store, pairs[k]);
        assert_int_equal(rollout, numbers[k]);
        while (numbers[of_target] != target)
            of_target++;
        tt_row_store_view(&again, store, pairs[k]);
        assert_ptr_equal(again.rollout, views[k].rollout);
        assert_ptr_equal(again.target, views[k].target);
        assert_int_equal(again.equal, rollout == target);
        is_least(again.total, given[k], given[of_target], n);
        for (size_t v = 0; v < n; v++) {
            tt_row_store_get(entry, store, numbers[k], v);
            assert_true(mpq_equal(entry, given[k][v]));
            same_fraction(given[k][v], &again.rollout[v], again.total);
            same_fraction(given[of_target][v], &again.target[v], again.total);
        }
    }
    for (size_t k = 1; k < COUNT; k++) { /* rows have one number exactly where they are equal */
        size_t other = random_below(&stream, k);
        bool equal = true;
        for (size_t v = 0; v < n; v++)
            equal = equal && mpq_equal(given[k][v], given[other][v]);
        assert_int_equal(equal, numbers[k] == numbers[other]);
    }
    for (size_t k = 0; k < COUNT; k++)
        row_clear(given[k]);
    mpq_clear(entry);
    tt_row_store_free(store);
    free(given);
    free(numbers);
    free(pairs);
    free(views);
}

/* One row alone is larger than the store's first block of memory, and so is one of its numbers. */
static void rows_may_be_wide_and_long(void **state)
{
    enum { WIDE = 5000, BITS = 40000 };
    mpq_t *row = malloc(WIDE * sizeof *row), entry;
    tt_row_store *store;
    tt_rows rows;
    size_t even, uneven, pair;
    tt_error error;
    (void)state;
    assert_non_null(row);
    mpq_init(entry);
    assert_int_equal(tt_row_store_new(&store, WIDE), TT_OK);
    for (size_t v = 0; v < WIDE; v++) {
        mpq_init(row[v]);
        mpq_set_ui(row[v], 1, WIDE);
    }
    assert_int_equal(tt_row_store_add(&even, store, row, &error), TT_OK);
    mpz_set_ui(mpq_numref(entry), 1);
    mpz_ui_pow_ui(mpq_denref(entry), 2, BITS);
    mpq_add(row[0], row[0], entry);
    mpq_sub(row[WIDE - 1], row[WIDE - 1], entry);
    assert_int_equal(tt_row_store_add(&uneven, store, row, &error), TT_OK);
    assert_int_equal(tt_row_store_pair(&pair, store, even, uneven), TT_OK);
    tt_row_store_view(&rows, store, pair);
    for (size_t v = 0; v < WIDE; v++) {
        same_fraction(row[v], &rows.target[v], rows.total);
        tt_row_store_get(entry, store, even, v);
        assert_int_equal(mpq_cmp_ui(entry, 1, WIDE), 0);
        mpq_clear(row[v]);
    }
    mpq_clear(entry);
    tt_row_store_free(store);
    free(row);
}

static void nodes_are_counted(void **state)
{
    static const struct {
        size_t vocab, horizon, prompts;
        const char *text;
    } cases[] = {
        {2, 3, 1, "15"}, {1, 5, 2, "12"}, {3, 2, 4, "52"}, {1, 2147483647, 1, "2147483648"},
        {2, 62, 1, "9223372036854775807"}, {2, 63, 1, "about 10^19"}, {10, 100, 3, "about 10^101"},
        {2147483647, 2147483647, 1, "about 10^20040166781"},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_row_source source = {.vocab = cases[k].vocab, .horizon = cases[k].horizon, .prompts = cases[k].prompts};
        uint64_t nodes = tt_row_source_nodes_ui(&source);
        char text[64];
        tt_row_source_nodes_text(text, sizeof text, &source);
        assert_string_equal(text, cases[k].text);
        if (nodes != UINT64_MAX) {
            mpz_t exact;
            mpz_init(exact);
            tt_row_source_nodes(exact, &source);
            assert_true(tt_exact_get_u64(exact) == nodes);
            mpz_clear(exact);
        }
    }
}

static void buffers_hold_rows(void **state)
{
    tt_rows_buffer buffer;
    (void)state;
    assert_int_equal(tt_rows_buffer_init(&buffer, 3), TT_OK);
    for (size_t k = 0; k < 7; k++)
        mpz_ui_pow_ui(&buffer.weights[k], 10, 30 * k);
    assert_int_equal(mpz_sizeinbase(&buffer.weights[6], 10), 181);
    tt_rows_buffer_clear(&buffer);
    tt_rows_buffer_clear(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_rows_are_one),
        cmocka_unit_test(views_share_the_least_denominator),
        cmocka_unit_test(bad_rows_are_named),
        cmocka_unit_test(many_rows_stay_what_they_were),
        cmocka_unit_test(rows_may_be_wide_and_long),
        cmocka_unit_test(nodes_are_counted),
        cmocka_unit_test(buffers_hold_rows),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}

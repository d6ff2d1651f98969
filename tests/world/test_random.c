/* Streams: the published numbers of xoshiro256**, streams of (seed, index) as computed by another program, no
   two alike, and neighbours that have nothing in common. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <cmocka.h>

#include <gsl/gsl_randist.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/world/random.h"
#include "../settings.h"

static tt_random *stream(uint64_t seed, uint64_t index)
{
    tt_random *random;
    assert_int_equal(tt_random_new(&random, seed, index), TT_OK);
    return random;
}

static void is_xoshiro(void **state)
{
    /* from the state 1, 2, 3, 4: the vector that ports of the authors' C code are tested with */
    static const uint64_t start[4] = { 1, 2, 3, 4 };
    static const uint64_t expected[] = { 11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u,
                                         607988272756665600u, 16172922978634559625u, 8476171486693032832u,
                                         10595114339597558777u, 2904607092377533576u };
    tt_random *random = stream(1, 0);
    (void)state;
    assert_int_equal(gsl_rng_size(tt_random_gsl(random)), sizeof start);
    memcpy(gsl_rng_state(tt_random_gsl(random)), start, sizeof start);
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
        assert_int_equal(tt_random_word(random), expected[k]);
    memcpy(gsl_rng_state(tt_random_gsl(random)), start, sizeof start);
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++)
        assert_int_equal(gsl_rng_get(tt_random_gsl(random)), expected[k] >> 32);
    tt_random_free(random);
}

static void starts_where_it_says(void **state)
{
    static const struct {
        uint64_t seed, index, words[3];
    } streams[] = {
        { 1, 0, { 0x233d4d9a65241b91u, 0x76cd2255b4e0729fu, 0xac274a71c05a095du } },
        { 1, 1, { 0x8c4368945fa13326u, 0x71e1932336cc95e6u, 0x4b4ac971510455cdu } },
        { UINT64_MAX, 12345678901u, { 0x60026cab5967e4cfu, 0x7b8e578139e001fdu, 0x54b7435ce5201213u } },
    };
    (void)state;
    for (size_t k = 0; k < sizeof streams / sizeof *streams; k++) {
        tt_random *random = stream(streams[k].seed, streams[k].index);
        for (size_t j = 0; j < 3; j++)
            assert_int_equal(tt_random_word(random), streams[k].words[j]);
        tt_random_restart(random, streams[k].seed, streams[k].index);
        assert_int_equal(tt_random_word(random), streams[k].words[0]);
        tt_random_free(random);
    }
}

static void is_a_generator_of_gsl(void **state)
{
    tt_random *random = stream(7, 0);
    gsl_rng *plain = gsl_rng_alloc(tt_random_type);
    double sum = 0;
    (void)state;
    gsl_rng_set(plain, 7);
    assert_int_equal(gsl_rng_min(plain), 0);
    assert_int_equal(gsl_rng_max(plain), UINT32_MAX);
    for (size_t k = 0; k < 100; k++)
        assert_int_equal(gsl_rng_get(plain), gsl_rng_get(tt_random_gsl(random)));
    for (size_t k = 0; k < 10000; k++) {
        double x = gsl_rng_uniform(plain);
        assert_true(x >= 0 && x < 1);
        sum += gsl_ran_flat(plain, -1, 1);
    }
    assert_true(sum > -300 && sum < 300); /* 58 is the standard deviation */
    gsl_rng_free(plain);
    tt_random_free(random);
}

static int by_words(const void *a, const void *b)
{
    return memcmp(a, b, 2 * sizeof(uint64_t));
}

enum { SMALL = 100, LARGE = 100, POWERS = 57, VALUES = SMALL + LARGE + POWERS };

/* Different words that are close and far apart: 0, 1, ..., 2^64 - 1, 2^64 - 2, ..., 2^7, 2^8, ... */
static uint64_t near_or_far(size_t k)
{
    return k < SMALL ? k : k < SMALL + LARGE ? UINT64_MAX - (k - SMALL) : UINT64_C(1) << (k - SMALL - LARGE + 7);
}

static void no_two_are_alike(void **state)
{
    uint64_t (*starts)[2] = malloc(VALUES * VALUES * sizeof *starts);
    tt_random *random = stream(0, 0);
    size_t n = 0;
    (void)state;
    assert_non_null(starts);
    for (size_t s = 0; s < VALUES; s++)
        for (size_t i = 0; i < VALUES; i++) {
            tt_random_restart(random, near_or_far(s), near_or_far(i));
            memcpy(starts[n++], gsl_rng_state(tt_random_gsl(random)), sizeof *starts);
        }
    qsort(starts, n, sizeof *starts, by_words);
    for (size_t k = 1; k < n; k++)
        assert_true(by_words(starts[k - 1], starts[k]) != 0);
    free(starts);
    tt_random_free(random);
}

static unsigned ones(uint64_t word)
{
    unsigned n = 0;
    for (; word; word &= word - 1)
        n++;
    return n;
}

/* The first eight words of stream (s, i) against those of (s, i + 1) and (s + 1, i): half of all bits differ. */
static void neighbours_are_unrelated(void **state)
{
    enum { PAIRS = 2000, WORDS = 8 };
    tt_random *here = stream(0, 0), *there = stream(0, 0);
    uint64_t seed = test_seed(1);
    (void)state;
    for (uint64_t word = 0; word < WORDS; word++)
        for (uint64_t way = 0; way < 2; way++) {
            unsigned long differ = 0;
            for (uint64_t k = 0; k < PAIRS; k++) {
                uint64_t a, b;
                tt_random_restart(here, seed, k);
                tt_random_restart(there, seed + way, k + !way);
                for (uint64_t w = 0; w < word; w++) {
                    tt_random_word(here);
                    tt_random_word(there);
                }
                a = tt_random_word(here);
                b = tt_random_word(there);
                differ += ones(a ^ b);
            }
            /* 64000 expected, 179 the standard deviation */
            assert_in_range(differ, 32 * PAIRS - 1000, 32 * PAIRS + 1000);
        }
    tt_random_free(here);
    tt_random_free(there);
}

/* The first number of 0..9 over 20000 indices of a seed. */
static void indices_are_uniform(void **state)
{
    enum { DRAWS = 20000, SIDES = 10 };
    size_t met[SIDES] = { 0 };
    tt_random *random = stream(0, 0);
    (void)state;
    for (uint64_t k = 0; k < DRAWS; k++) {
        tt_random_restart(random, test_seed(1), k);
        met[tt_random_between(random, 0, SIDES - 1)]++;
    }
    for (size_t k = 0; k < SIDES; k++) /* 2000 expected, 42 the standard deviation */
        assert_in_range(met[k], 1750, 2250);
    tt_random_free(random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_xoshiro),
        cmocka_unit_test(starts_where_it_says),
        cmocka_unit_test(is_a_generator_of_gsl),
        cmocka_unit_test(no_two_are_alike),
        cmocka_unit_test(neighbours_are_unrelated),
        cmocka_unit_test(indices_are_uniform),
    };
    printf("test_random: seed %" PRIu64 "\n", test_seed(1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

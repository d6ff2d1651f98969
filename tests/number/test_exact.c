/* Rational text to mpq_t and back. */
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
#include "../random_instance.h"
#include "../settings.h"

static void what_is_a_number(void **state)
{
    static const char *const cases[][2] = {
        { "0", "0" }, { "1", "1" }, { "007", "7" }, { "1/3", "1/3" }, { "2/4", "1/2" }, { "0/5", "0" },
        { "0.125", "1/8" }, { "1e-4", "1/10000" }, { "2e3", "2000" }, { "1.50e1", "15" }, { "0.1e-1", "1/100" },
        { "1e0", "1" }, { "1e-0", "1" }, { "1e00000000001", "10" }, { "0e-100000", "0" },
        { "123456789012345678901234567890/3", "41152263004115226300411522630" },
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        mpq_t q;
        char *text;
        mpq_init(q);
        assert_int_equal(tt_exact_parse(q, cases[k][0], strlen(cases[k][0]), NULL), TT_OK);
        text = tt_exact_text(q);
        assert_string_equal(text, cases[k][1]);
        free(text);
        mpq_clear(q);
    }
}

static void what_is_not(void **state)
{
    static const char *const cases[] = { "", " 1", "1 ", "-1", "+1", "1.", ".5", "1e", "1e-", "1e+5", "1E5", "1/0",
                                         "1/", "/2", "1/-2", "1/2/3", "1.5/2", "1/2e3", "0x10", "nan", "inf", "1,5",
                                         "1e100001", "1e-100001", "1e999999999", "1e99999999999999999999", "1.2.3",
                                         "1e5e5", "--1", "e5" };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_error error = { TT_OK, "", "" };
        mpq_t q;
        mpq_init(q);
        mpq_set_ui(q, 5, 7);
        if (tt_exact_parse(q, cases[k], strlen(cases[k]), &error) != TT_BAD_INPUT)
            fail_msg("taken for a number: \"%s\"", cases[k]);
        assert_int_equal(error.status, TT_BAD_INPUT);
        assert_true(strlen(error.what) > 0);
        assert_int_equal(mpq_cmp_ui(q, 5, 7), 0); /* untouched */
        mpq_clear(q);
    }
}

static void the_length_counts_and_not_the_end_of_the_text(void **state)
{
    mpq_t q;
    (void)state;
    mpq_init(q);
    assert_int_equal(tt_exact_parse(q, "1/25", 3, NULL), TT_OK);
    assert_int_equal(mpq_cmp_ui(q, 1, 2), 0);
    assert_int_equal(tt_exact_parse(q, "1e-12", 4, NULL), TT_OK);
    assert_int_equal(mpq_cmp_ui(q, 1, 10), 0);
    assert_int_equal(tt_exact_parse(q, "1\0002", 3, NULL), TT_BAD_INPUT);
    mpq_clear(q);
}

static void the_largest_exponents_are_read(void **state)
{
    mpq_t q;
    (void)state;
    mpq_init(q);
    assert_int_equal(tt_exact_parse(q, "1e-100000", 9, NULL), TT_OK);
    assert_true(mpz_sizeinbase(mpq_denref(q), 10) == 100001);
    assert_int_equal(tt_exact_parse(q, "1e100000", 8, NULL), TT_OK);
    assert_true(tt_exact_digits(q) == 100001);
    mpq_clear(q);
}

static void text_is_read_back(void **state)
{
    random_stream stream = { test_seed(1) };
    (void)state;
    print_message("seed %" PRIu64 "\n", stream.state);
    for (uint64_t n = 0; n < 2000 * test_effort(); n++) {
        mpq_t q, back;
        char *text;
        mpq_inits(q, back, NULL);
        tt_exact_set_u64(mpq_numref(q), random_word(&stream) >> random_below(&stream, 64));
        tt_exact_set_u64(mpq_denref(q), 1 + (random_word(&stream) >> random_below(&stream, 64)));
        mpq_canonicalize(q);
        text = tt_exact_text(q);
        assert_int_equal(tt_exact_parse(back, text, strlen(text), NULL), TT_OK);
        assert_true(mpq_equal(q, back));
        free(text);
        mpq_clears(q, back, NULL);
    }
}

static void floors(void **state)
{
    mpq_t q;
    mpz_t z;
    (void)state;
    mpq_init(q);
    mpz_init(z);
    mpq_set_si(q, -7, 2);
    tt_exact_floor(z, q);
    assert_int_equal(mpz_cmp_si(z, -4), 0);
    mpq_set_si(q, 7, 2);
    tt_exact_floor(z, q);
    assert_int_equal(mpz_cmp_si(z, 3), 0);
    mpq_clear(q);
    mpz_clear(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_a_number),
        cmocka_unit_test(what_is_not),
        cmocka_unit_test(the_length_counts_and_not_the_end_of_the_text),
        cmocka_unit_test(the_largest_exponents_are_read),
        cmocka_unit_test(text_is_read_back),
        cmocka_unit_test(floors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

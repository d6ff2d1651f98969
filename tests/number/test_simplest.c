/* The simplest rational of an interval, against the search through all denominators. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "../../lib/number/simplest.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 20000

static void by_search(mpq_t out, mpq_srcptr lo, mpq_srcptr hi)
{
    mpz_t numerator;
    mpz_init(numerator);
    for (unsigned long d = 1;; d++) {
        mpz_mul_ui(numerator, mpq_numref(lo), d);
        mpz_cdiv_q(mpq_numref(out), numerator, mpq_denref(lo));
        mpz_set_ui(mpq_denref(out), d);
        mpq_canonicalize(out);
        if (mpq_cmp(out, hi) <= 0)
            break;
    }
    mpz_clear(numerator);
}

static void draw(mpq_t out, random_stream *stream)
{
    mpq_set_ui(out, random_below(stream, 60), 1 + random_below(stream, 40));
    mpq_canonicalize(out);
}

static void agrees_with_the_search(void **state)
{
    random_stream stream = { test_seed(1) };
    uint64_t first = stream.state;
    mpq_t lo, hi, expected, found;
    (void)state;
    mpq_inits(lo, hi, expected, found, NULL);
    for (uint64_t k = 0; k < CASES * test_effort(); k++) {
        draw(lo, &stream);
        draw(hi, &stream);
        if (mpq_cmp(lo, hi) > 0)
            mpq_swap(lo, hi);
        by_search(expected, lo, hi);
        tt_exact_simplest(found, lo, hi);
        if (!mpq_equal(found, expected)) {
            gmp_fprintf(stderr, "[%Qd, %Qd]: %Qd, not %Qd; case %" PRIu64 " of TT_TEST_SEED=%" PRIu64 "\n", lo, hi, expected,
                        found, k, first);
            fail();
        }
    }
    mpq_clears(lo, hi, expected, found, NULL);
}

static void takes_its_operands_as_result(void **state)
{
    mpq_t lo, hi;
    (void)state;
    mpq_inits(lo, hi, NULL);
    mpq_set_str(lo, "3141592653/1000000000", 10);
    mpq_set_str(hi, "1570796327/500000000", 10);
    tt_exact_simplest(lo, lo, hi);
    assert_int_equal(mpq_cmp_ui(lo, 103993, 33102), 0);
    mpq_set_ui(lo, 1, 3);
    mpq_set_ui(hi, 1, 3);
    tt_exact_simplest(hi, lo, hi);
    assert_int_equal(mpq_cmp_ui(hi, 1, 3), 0);
    mpq_clears(lo, hi, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_search),
        cmocka_unit_test(takes_its_operands_as_result),
    };
    printf("test_simplest: seed %" PRIu64 "\n", test_seed(1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Sums over shared denominators, against mpq_t. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>

#include "../../lib/measure/fraction.h"
#include "../random_instance.h"
#include "../settings.h"

/* A denominator of one of the shapes that are treated apart: small, a power of two, long. */
static void draw_scale(mpz_t out, random_stream *stream)
{
    switch (random_below(stream, 3)) {
    case 0:
        mpz_set_ui(out, 1 + random_below(stream, 100));
        break;
    case 1:
        mpz_set_ui(out, 1);
        mpz_mul_2exp(out, out, random_below(stream, 200));
        break;
    default:
        mpz_set_ui(out, 1 + random_below(stream, 1000));
        mpz_pow_ui(out, out, 1 + random_below(stream, 400));
    }
}

static void sums_are_those_of_rationals(void **state)
{
    random_stream stream = { test_seed(1) };
    mpz_t scale, factor, work, x;
    (void)state;
    print_message("seed %" PRIu64 "\n", stream.state);
    mpz_inits(scale, factor, work, x, NULL);
    for (uint64_t n = 0; n < 1000 * test_effort(); n++) {
        tt_group group;
        mpq_t sum[2], term, got;
        assert_int_equal(tt_group_init(&group, 2), TT_OK);
        mpq_inits(sum[0], sum[1], term, got, NULL);
        for (size_t k = random_below(&stream, 6); k > 0; k--) {
            draw_scale(scale, &stream);
            tt_group_absorb(&group, factor, scale, work);
            for (size_t j = 0; j < 2; j++) {
                mpz_set_ui(x, random_below(&stream, 1000));
                if (random_below(&stream, 2))
                    mpz_neg(x, x);
                mpz_addmul(group.x[j], x, factor);
                mpz_set(mpq_numref(term), x);
                mpz_set(mpq_denref(term), scale);
                mpq_canonicalize(term);
                mpq_add(sum[j], sum[j], term);
            }
        }
        for (size_t j = 0; j < 2; j++) {
            mpz_set(mpq_numref(got), group.x[j]);
            mpz_set(mpq_denref(got), group.scale);
            mpq_canonicalize(got);
            assert_true(mpq_equal(got, sum[j]));
        }
        tt_group_reset(&group);
        assert_true(group.empty && mpz_sgn(group.x[0]) == 0 && mpz_cmp_ui(group.scale, 1) == 0);
        mpq_clears(sum[0], sum[1], term, got, NULL);
        tt_group_clear(&group);
    }
    mpz_clears(scale, factor, work, x, NULL);
}

static void powers_of_two_do_not_multiply(void **state)
{
    tt_group group;
    mpz_t scale, factor, work;
    (void)state;
    assert_int_equal(tt_group_init(&group, 1), TT_OK);
    mpz_inits(scale, factor, work, NULL);
    for (unsigned k = 1; k <= 64; k *= 2) {
        mpz_set_ui(scale, 1);
        mpz_mul_2exp(scale, scale, k);
        tt_group_absorb(&group, factor, scale, work);
        assert_int_equal(mpz_cmp(group.scale, scale), 0);
        assert_int_equal(mpz_cmp_ui(factor, 1), 0);
    }
    mpz_set_ui(scale, 16);
    tt_group_absorb(&group, factor, scale, work);
    mpz_mul(scale, scale, factor);
    assert_int_equal(mpz_cmp(group.scale, scale), 0);
    mpz_clears(scale, factor, work, NULL);
    tt_group_clear(&group);
}

static void order_is_that_of_rationals(void **state)
{
    random_stream stream = { test_seed(2) };
    mpz_t a, b, c, d;
    mpq_t x, y;
    (void)state;
    print_message("seed %" PRIu64 "\n", stream.state);
    mpz_inits(a, b, c, d, NULL);
    mpq_inits(x, y, NULL);
    for (uint64_t n = 0; n < 20000 * test_effort(); n++) {
        int want, got;
        mpz_set_si(a, (long)random_below(&stream, 41) - 20);
        mpz_set_si(c, (long)random_below(&stream, 41) - 20);
        mpz_set_ui(b, 1 + random_below(&stream, 20));
        mpz_set_ui(d, 1 + random_below(&stream, 20));
        if (random_below(&stream, 2)) {
            /* long, and apart in the last digit alone */
            mpz_ui_pow_ui(b, 7, 60);
            mpz_set(d, b);
            mpz_mul(a, a, b);
            mpz_mul(c, c, b);
            mpz_add_ui(c, c, random_below(&stream, 2));
            mpz_mul_ui(c, c, 3);
            mpz_mul_ui(d, d, 3);
        }
        mpz_set(mpq_numref(x), a);
        mpz_set(mpq_denref(x), b);
        mpq_canonicalize(x);
        mpz_set(mpq_numref(y), c);
        mpz_set(mpq_denref(y), d);
        mpq_canonicalize(y);
        want = mpq_cmp(x, y);
        got = tt_fraction_cmp(a, b, c, d);
        assert_int_equal((want > 0) - (want < 0), (got > 0) - (got < 0));
    }
    mpz_clears(a, b, c, d, NULL);
    mpq_clears(x, y, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_those_of_rationals),
        cmocka_unit_test(powers_of_two_do_not_multiply),
        cmocka_unit_test(order_is_that_of_rationals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

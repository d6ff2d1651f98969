/* Small formats against three other routes: every code of a format and its neighbours, MPFR with an emulated
   exponent range, and the compiler's own float and _Float16. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <mpfr.h>

#include "../../lib/number/minifloat.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 200000

typedef struct {
    const char *name;
    const tt_mini_format *format;
    int exponent_bits, fraction_bits, bias;
    unsigned codes; /* of the finite numbers >= 0 */
} layout;

static const layout layouts[] = {
    { "bf16", &tt_mini_bf16, 8, 7, 127, 0x7f80 },
    { "fp16", &tt_mini_fp16, 5, 10, 15, 0x7c00 },
    { "fp8", &tt_mini_fp8, 4, 3, 7, 0x7f },
};

/* By the fields of the code. */
static double decode(const layout *l, unsigned code)
{
    int exponent = (int)(code >> l->fraction_bits), fraction = (int)(code & ((1u << l->fraction_bits) - 1));
    if (exponent == 0)
        return ldexp(fraction, 1 - l->bias - l->fraction_bits);
    return ldexp(fraction + (1 << l->fraction_bits), exponent - l->bias - l->fraction_bits);
}

static tt_mini of_double(double x)
{
    int exponent;
    double fraction = frexp(x, &exponent);
    return (tt_mini){ (int64_t)ldexp(fraction, 53), exponent - 53 };
}

static double to_double(tt_mini x)
{
    return ldexp((double)x.significand, x.exponent);
}

static void rounds_to(const layout *l, double x, double expected)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        double found = to_double(tt_mini_round(of_double(sign * x), l->format));
        if (found != sign * expected) {
            fprintf(stderr, "%s: %a rounds to %a, not %a\n", l->name, sign * x, found, sign * expected);
            fail();
        }
    }
}

/* Each number is itself; between two neighbours the nearer one counts, the middle goes to the even code. */
static void every_code_and_its_neighbours(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof layouts / sizeof *layouts; k++) {
        const layout *l = &layouts[k];
        for (unsigned code = 0; code + 1 < l->codes; code++) {
            double low = decode(l, code), high = decode(l, code + 1), middle = (low + high) / 2;
            rounds_to(l, low, low);
            rounds_to(l, middle, code % 2 == 0 ? low : high);
            rounds_to(l, nextafter(middle, 0), low);
            rounds_to(l, nextafter(middle, INFINITY), high);
        }
        assert_true(decode(l, l->codes - 1) == to_double(l->format->largest));
    }
}

static void saturates(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof layouts / sizeof *layouts; k++) {
        double largest = to_double(layouts[k].format->largest);
        rounds_to(&layouts[k], largest, largest);
        rounds_to(&layouts[k], nextafter(largest, INFINITY), largest);
        rounds_to(&layouts[k], 16 * largest, largest);
    }
    assert_true(to_double(tt_mini_fp8.largest) == 448);
    assert_true(to_double(tt_mini_fp16.largest) == 65504);
    assert_true(to_double(tt_mini_float32.largest) == FLT_MAX);
    assert_int_equal(tt_mini_mul(tt_mini_fp8.largest, tt_mini_fp8.largest, &tt_mini_fp8).significand,
                     tt_mini_fp8.largest.significand);
}

/* ---- against MPFR ---- */

static const tt_mini_format *const formats[] = { &tt_mini_float32, &tt_mini_bf16, &tt_mini_fp16, &tt_mini_fp8 };

/* A number of the format: any exponent that occurs, or one near `near`. */
static tt_mini draw(random_stream *stream, const tt_mini_format *format, int near)
{
    int span = format->largest.exponent - format->least;
    int exponent = format->least + (int)random_below(stream, (uint64_t)span);
    tt_mini x = { 1 + (int64_t)random_below(stream, (UINT64_C(1) << format->precision) - 1), exponent };
    if (random_below(stream, 2))
        x.exponent = near + (int)random_below(stream, 9) - 4;
    if (random_below(stream, 2))
        x.significand = -x.significand;
    if (random_below(stream, 40) == 0)
        x.significand = 0;
    return tt_mini_round(x, format);
}

static void set_mpfr(mpfr_t out, tt_mini x)
{
    assert_int_equal(mpfr_set_si_2exp(out, (long)x.significand, x.exponent, MPFR_RNDN), 0);
}

/* `value` holds a result of the operation at the format's precision, ternary what MPFR returned. */
static void is_rounded(const char *what, tt_mini found, mpfr_t value, int ternary, const tt_mini_format *format,
                       uint64_t seed)
{
    mpfr_t largest, have;
    mpfr_inits2(24, largest, have, NULL);
    set_mpfr(largest, format->largest);
    set_mpfr(have, found);
    mpfr_subnormalize(value, ternary, MPFR_RNDN);
    if (mpfr_cmpabs(value, largest) > 0)
        mpfr_setsign(value, largest, mpfr_signbit(value), MPFR_RNDN);
    if (!mpfr_equal_p(value, have)) {
        mpfr_fprintf(stderr, "%s, precision %d: %Ra, not %Ra; TT_TEST_SEED=%" PRIu64 "\n", what, format->precision, have,
                     value, seed);
        fail();
    }
    mpfr_clears(largest, have, NULL);
}

static void one_case(random_stream *stream, const tt_mini_format *format, uint64_t seed)
{
    mpfr_exp_t emin = mpfr_get_emin();
    tt_mini power, a = draw(stream, format, 0), b = draw(stream, format, 0);
    tt_mini c = draw(stream, format, a.exponent + b.exponent + format->precision);
    mpfr_t x, y, z, value;
    mpfr_inits2(24, x, y, z, NULL);
    mpfr_init2(value, format->precision);
    set_mpfr(x, a);
    set_mpfr(y, b);
    set_mpfr(z, c);
    assert_int_equal(tt_mini_cmp(a, c), (mpfr_cmp(x, z) > 0) - (mpfr_cmp(x, z) < 0));
    power = tt_mini_exp(a, format); /* MPFR's own range must be in force */
    mpfr_set_emin(format->least + 1); /* MPFR's significands are below 1 */
    is_rounded("a b + c", tt_mini_mul_add(a, b, c, format), value, mpfr_fma(value, x, y, z, MPFR_RNDN), format, seed);
    is_rounded("a + c", tt_mini_add(a, c, format), value, mpfr_add(value, x, z, MPFR_RNDN), format, seed);
    is_rounded("a - c", tt_mini_sub(a, c, format), value, mpfr_sub(value, x, z, MPFR_RNDN), format, seed);
    is_rounded("a b", tt_mini_mul(a, b, format), value, mpfr_mul(value, x, y, MPFR_RNDN), format, seed);
    if (c.significand != 0)
        is_rounded("a / c", tt_mini_div(a, c, format), value, mpfr_div(value, x, z, MPFR_RNDN), format, seed);
    is_rounded("exp", power, value, mpfr_exp(value, x, MPFR_RNDN), format, seed);
    mpfr_set_emin(emin);
    mpfr_clears(x, y, z, value, NULL);
}

static void agrees_with_mpfr(void **state)
{
    random_stream stream = { test_seed(1) };
    uint64_t seed = stream.state;
    (void)state;
    for (uint64_t k = 0; k < CASES * test_effort(); k++)
        one_case(&stream, formats[k % 4], seed);
}

/* a / b = (m + 1/b) / 2^25 with m odd, of 25 bits: above the middle of two float32 numbers by 2^-49 of its size. */
static void a_remainder_breaks_a_tie(void **state)
{
    const int64_t modulus = 1 << 25;
    size_t cases = 0;
    (void)state;
    for (int64_t b = (1 << 23) + 1; cases < 100; b += 2) {
        int64_t inverse = b, m; /* of b modulo 2^25, by Newton's iteration */
        for (int k = 0; k < 5; k++)
            inverse = inverse * (2 - (b * inverse & (modulus - 1))) & (modulus - 1);
        m = modulus - inverse;
        if (m < modulus / 2)
            continue;
        cases++;
        assert_int_equal(tt_mini_cmp(tt_mini_div((tt_mini){ (b * m + 1) / modulus, 0 }, (tt_mini){ b, 0 }, &tt_mini_float32),
                                     (tt_mini){ (m + 1) / 2, -24 }), 0);
    }
}

/* ---- against the compiler ---- */

static void agrees_with_the_compiler(void **state)
{
    random_stream stream = { test_seed(1) };
    (void)state;
    for (uint64_t k = 0; k < CASES * test_effort(); k++) {
        tt_mini a = draw(&stream, &tt_mini_float32, 0), b = draw(&stream, &tt_mini_float32, 0);
        volatile float x = (float)to_double(a), y = (float)to_double(b), sum = x + y, product = x * y;
#if FLT_EVAL_METHOD == 0
        assert_true(isinf(sum) || to_double(tt_mini_add(a, b, &tt_mini_float32)) == sum);
        assert_true(isinf(product) || to_double(tt_mini_mul(a, b, &tt_mini_float32)) == product);
#endif
#ifdef __FLT16_MANT_DIG__
        {
            tt_mini c = draw(&stream, &tt_mini_float32, -20);
            volatile _Float16 half = (_Float16)(float)to_double(c);
            assert_true(isinf((float)half) || to_double(tt_mini_round(c, &tt_mini_fp16)) == (double)half);
        }
#endif
    }
}

static void is_a_rational(void **state)
{
    mpq_t q;
    (void)state;
    mpq_init(q);
    tt_mini_get_q(q, (tt_mini){ -12, -3 });
    assert_int_equal(mpq_cmp_si(q, -3, 2), 0);
    assert_int_equal(mpz_cmp_ui(mpq_denref(q), 2), 0);
    tt_mini_get_q(q, (tt_mini){ 3, 4 });
    assert_int_equal(mpq_cmp_ui(q, 48, 1), 0);
    tt_mini_get_q(q, tt_mini_zero);
    assert_int_equal(mpq_sgn(q), 0);
    mpq_clear(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_and_its_neighbours),
        cmocka_unit_test(saturates),
        cmocka_unit_test(agrees_with_mpfr),
        cmocka_unit_test(a_remainder_breaks_a_tie),
        cmocka_unit_test(agrees_with_the_compiler),
        cmocka_unit_test(is_a_rational),
    };
    printf("test_minifloat: seed %" PRIu64 "\n", test_seed(1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

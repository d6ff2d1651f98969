/* Numbers as text: every text is read back as a rational and held against the number it stands for. */
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
#include "../../lib/report/number.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 4000

/* ---- reading back ---- */

static void ten_to(mpq_t out, long exponent)
{
    mpq_set_ui(out, 1, 1);
    mpz_ui_pow_ui(exponent < 0 ? mpq_denref(out) : mpq_numref(out), 10, (unsigned long)labs(exponent));
}

/* The value of a decimal, its significant digits and the place of the last one, a power of ten. */
static void read_decimal(mpq_t value, size_t *digits, long *place, const char *text)
{
    bool negative = *text == '-';
    char mantissa[20000];
    size_t n = 0;
    long scale = 0;
    bool point = false;
    mpq_t power;
    text += negative;
    for (; *text && *text != 'e'; text++) {
        if (*text == '.') {
            assert_false(point);
            point = true;
            continue;
        }
        assert_true(*text >= '0' && *text <= '9');
        assert_true(n + 1 < sizeof mantissa);
        mantissa[n++] = *text;
        scale += point;
    }
    mantissa[n] = '\0';
    assert_true(n > 0);
    if (*text == 'e') {
        char *end;
        scale -= strtol(text + 1, &end, 10);
        assert_int_equal(*end, '\0');
    }
    assert_int_equal(mpq_set_str(value, mantissa, 10), 0);
    mpq_init(power);
    ten_to(power, -scale);
    mpq_mul(value, value, power);
    mpq_clear(power);
    if (negative)
        mpq_neg(value, value);
    *place = -scale;
    *digits = n - strspn(mantissa, "0");
}

static void read_value(mpq_t value, const char *text)
{
    size_t digits;
    long place;
    read_decimal(value, &digits, &place, text);
}

/* ---- drawing numbers ---- */

static void draw_rational(mpq_t out, random_stream *stream)
{
    static const long exponents[] = { 0, 0, 0, 3, -3, 12, -12, 40, -40, 300, -300 };
    mpq_t power;
    mpq_init(power);
    tt_exact_set_u64(mpq_numref(out), random_word(stream) >> random_below(stream, 63));
    tt_exact_set_u64(mpq_denref(out), 1 + (random_word(stream) >> random_below(stream, 63)));
    mpq_canonicalize(out);
    if (random_below(stream, 3) == 0) /* few digits, so that ties and exact decimals occur */
        mpq_set_ui(out, random_below(stream, 20001), 1UL << random_below(stream, 12));
    mpq_canonicalize(out);
    ten_to(power, exponents[random_below(stream, sizeof exponents / sizeof *exponents)]);
    mpq_mul(out, out, power);
    if (random_below(stream, 2))
        mpq_neg(out, out);
    mpq_clear(power);
}

/* x is [q, q (1 + 2^-bits)] or the like, either end first, rounded outward to 128 bits. */
static void draw_interval(tt_real *x, mpq_t low, mpq_t high, random_stream *stream)
{
    mpq_t width;
    mpfi_t i;
    mpq_init(width);
    mpfi_init2(i, 128);
    draw_rational(low, stream);
    mpq_set_ui(width, 1, 1);
    mpq_div_2exp(width, width, random_below(stream, 110));
    mpq_mul(width, width, low);
    mpq_abs(width, width);
    mpq_add(high, low, width);
    mpfi_interv_q(i, low, high);
    tt_real_set_interval(x, i);
    if (x->kind == TT_REAL_ENCLOSED) {
        mpfr_get_q(low, &x->i->left);
        mpfr_get_q(high, &x->i->right);
    } else {
        mpq_set(low, x->q);
        mpq_set(high, x->q);
    }
    mpq_clear(width);
    mpfi_clear(i);
}

/* low <= x <= high for any of the kinds; for a root by squares. */
static void draw(tt_real *x, mpq_t low, mpq_t high, random_stream *stream)
{
    if (random_below(stream, 2)) {
        draw_interval(x, low, high, stream);
        return;
    }
    draw_rational(low, stream);
    mpq_set(high, low);
    tt_real_set_q(x, low);
}

/* ---- enclosures ---- */

static size_t significant(const char *text)
{
    mpq_t value;
    size_t digits;
    long place;
    mpq_init(value);
    read_decimal(value, &digits, &place, text);
    mpq_clear(value);
    return digits;
}

/* high - low <= 10^(1-digits) size */
static bool is_tight(mpq_srcptr low, mpq_srcptr high, mpq_srcptr size, unsigned digits)
{
    mpq_t width, limit;
    bool tight;
    mpq_inits(width, limit, NULL);
    mpq_sub(width, high, low);
    ten_to(limit, 1 - (long)digits);
    mpq_mul(limit, limit, size);
    mpq_abs(limit, limit);
    tight = mpq_cmp(width, limit) <= 0;
    mpq_clears(width, limit, NULL);
    return tight;
}

static void ends_are_outside_and_near(void **state)
{
    random_stream stream = { test_seed(1) };
    uint64_t first = stream.state;
    tt_real x;
    mpq_t low, high, lo, hi;
    (void)state;
    tt_real_init(&x);
    mpq_inits(low, high, lo, hi, NULL);
    for (uint64_t k = 0; k < CASES * test_effort(); k++) {
        unsigned digits = 25 + (unsigned)random_below(&stream, 16);
        tt_number_text lo_text, hi_text;
        bool good;
        draw(&x, low, high, &stream);
        assert_true(tt_number_ends(&lo_text, &hi_text, &x, digits));
        read_value(lo, lo_text.text);
        read_value(hi, hi_text.text);
        good = mpq_cmp(lo, low) <= 0 && mpq_cmp(hi, high) >= 0 && is_tight(lo, low, low, digits) &&
               is_tight(high, hi, high, digits);
        good = good && (mpq_sgn(lo) == 0 || significant(lo_text.text) == digits);
        good = good && (mpq_sgn(hi) == 0 || significant(hi_text.text) == digits);
        if (!good) {
            gmp_fprintf(stderr, "[%Qd, %Qd] printed as [%s, %s]; case %" PRIu64 " of TT_TEST_SEED=%" PRIu64 "\n", low, high,
                        lo_text.text, hi_text.text, k, first);
            fail();
        }
    }
    tt_real_clear(&x);
    mpq_clears(low, high, lo, hi, NULL);
}

static void roots_lie_between_their_ends(void **state)
{
    random_stream stream = { test_seed(1) };
    tt_real x;
    mpq_t q, lo, hi;
    (void)state;
    tt_real_init(&x);
    mpq_inits(q, lo, hi, NULL);
    for (uint64_t k = 0; k < CASES * test_effort(); k++) {
        tt_number_text lo_text, hi_text;
        draw_rational(q, &stream);
        mpq_abs(q, q);
        tt_real_set_q(&x, q);
        tt_real_sqrt(&x, &x, 64);
        assert_true(tt_number_ends(&lo_text, &hi_text, &x, 40));
        read_value(lo, lo_text.text);
        read_value(hi, hi_text.text);
        assert_true(is_tight(lo, hi, lo, 39));
        mpq_mul(lo, lo, lo);
        mpq_mul(hi, hi, hi);
        assert_true(mpq_cmp(lo, q) <= 0 && mpq_cmp(hi, q) >= 0);
    }
    tt_real_clear(&x);
    mpq_clears(q, lo, hi, NULL);
}

static void check_ends(const tt_real *x, const char *lo, const char *hi, unsigned digits)
{
    tt_number_text lo_text, hi_text;
    assert_true(tt_number_ends(&lo_text, &hi_text, x, digits));
    assert_string_equal(lo_text.text, lo);
    assert_string_equal(hi_text.text, hi);
}

static void ends_by_hand(void **state)
{
    tt_real x;
    tt_number_text lo, hi;
    (void)state;
    tt_real_init(&x);
    assert_false(tt_number_ends(&lo, &hi, &x, 25));
    assert_string_equal(lo.text, "");
    assert_string_equal(hi.text, "");
    tt_real_set_infinite(&x, 1);
    check_ends(&x, "inf", "inf", 25);
    tt_real_set_infinite(&x, -1);
    check_ends(&x, "-inf", "-inf", 25);
    tt_real_set_frac(&x, 1, 3);
    check_ends(&x, "0.33333", "0.33334", 5);
    tt_real_neg(&x, &x);
    check_ends(&x, "-0.33334", "-0.33333", 5);
    tt_real_set_frac(&x, 9999999, 10000000);
    check_ends(&x, "0.99999", "1.0000", 5);
    tt_real_set_frac(&x, 1, 1000000);
    check_ends(&x, "0.0000010000", "0.0000010000", 5);
    tt_real_set_frac(&x, 1, 10000000);
    check_ends(&x, "1.0000e-7", "1.0000e-7", 5);
    tt_real_set_ui(&x, 0);
    check_ends(&x, "0", "0", 25);
    tt_real_set_ui(&x, 10);
    tt_real_pow_ui(&x, &x, 40, 64);
    check_ends(&x, "1.0000e40", "1.0000e40", 5);
    tt_real_clear(&x);
}

/* An interval that holds 0 strictly inside, or touches it. */
static void ends_around_zero(void **state)
{
    tt_real x;
    mpfi_t i;
    (void)state;
    tt_real_init(&x);
    mpfi_init2(i, 64);
    mpfi_interv_d(i, -0.25, 0.5);
    tt_real_set_interval(&x, i);
    check_ends(&x, "-0.25000", "0.50000", 5);
    assert_string_equal(tt_number_short(&x, 9).text, "[-0.250, 0.500]");
    mpfi_interv_d(i, 0, 0.125);
    tt_real_set_interval(&x, i);
    check_ends(&x, "0", "0.12500", 5);
    mpfi_clear(i);
    tt_real_clear(&x);
}

/* ---- short numbers ---- */

/* |x - shown| <= half a unit of the last place shown */
static bool is_rounded(mpq_srcptr x, mpq_srcptr shown, long place)
{
    mpq_t distance, half;
    bool good;
    mpq_inits(distance, half, NULL);
    mpq_sub(distance, x, shown);
    mpq_abs(distance, distance);
    ten_to(half, place);
    mpq_div_2exp(half, half, 1);
    good = mpq_cmp(distance, half) <= 0;
    mpq_clears(distance, half, NULL);
    return good;
}

static void short_digits_are_certain(void **state)
{
    random_stream stream = { test_seed(1) };
    uint64_t first = stream.state, shown_count = 0;
    tt_real x;
    mpq_t low, high, shown;
    (void)state;
    tt_real_init(&x);
    mpq_inits(low, high, shown, NULL);
    for (uint64_t k = 0; k < CASES * test_effort(); k++) {
        unsigned digits = 2 + (unsigned)random_below(&stream, 18);
        tt_number_text text;
        size_t n;
        long place;
        draw(&x, low, high, &stream);
        text = tt_number_short(&x, digits);
        if (*text.text != '[') {
            read_decimal(shown, &n, &place, text.text);
            shown_count++;
            if (!is_rounded(low, shown, place) || !is_rounded(high, shown, place) || (n > digits && !mpq_equal(low, shown))) {
                gmp_fprintf(stderr, "[%Qd, %Qd] shown as %s; case %" PRIu64 " of TT_TEST_SEED=%" PRIu64 "\n", low, high,
                            text.text, k, first);
                fail();
            }
        } else {
            assert_int_equal(x.kind, TT_REAL_ENCLOSED);
        }
    }
    assert_true(shown_count > CASES / 2);
    tt_real_clear(&x);
    mpq_clears(low, high, shown, NULL);
}

static void check_short(const tt_real *x, const char *expected)
{
    assert_string_equal(tt_number_short(x, 9).text, expected);
}

static void short_by_hand(void **state)
{
    tt_real x;
    (void)state;
    tt_real_init(&x);
    check_short(&x, "-");
    tt_real_set_infinite(&x, -1);
    check_short(&x, "-inf");
    tt_real_set_frac(&x, 1, 2);
    check_short(&x, "0.5");
    tt_real_set_frac(&x, 1, 3);
    check_short(&x, "0.333333333");
    tt_real_set_frac(&x, 2, 3);
    tt_real_neg(&x, &x);
    check_short(&x, "-0.666666667");
    tt_real_set_ui(&x, 1677);
    check_short(&x, "1677");
    tt_real_set_frac(&x, 5000000001, 10000000000);
    check_short(&x, "0.500000000"); /* not 0.5: more follows */
    tt_real_set_frac(&x, 19999999999, 2);
    check_short(&x, "1.00000000e10"); /* zeros that fill up would pass for certain digits */
    tt_real_set_ui(&x, 2);
    tt_real_sqrt(&x, &x, 64);
    check_short(&x, "1.41421356");
    tt_real_set_ui(&x, 2);
    tt_real_log(&x, &x, 128);
    check_short(&x, "0.693147181");
    tt_real_log(&x, &x, 128);
    check_short(&x, "-0.366512921");
    tt_real_clear(&x);
}

static void only_agreed_digits_are_shown(void **state)
{
    static const struct {
        double lo, hi;
        const char *text;
    } cases[] = {
        { 0.125, 0.12500011920928955, "0.125000" }, /* 0.1250000 and 0.1250001 */
        { 1.0625, 1.9375, "[1.06, 1.94]" },
        { -1.9375, -1.0625, "[-1.94, -1.06]" },
        { 0.5, 0.5009765625, "0.50" },
    };
    tt_real x;
    mpfi_t i;
    (void)state;
    tt_real_init(&x);
    mpfi_init2(i, 64);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        mpfi_interv_d(i, cases[k].lo, cases[k].hi);
        tt_real_set_interval(&x, i);
        check_short(&x, cases[k].text);
    }
    mpfi_clear(i);
    tt_real_clear(&x);
}

/* ---- how long an exact number may be ---- */

/* The longest texts there are: exponents of the largest range, and more digits than are given. */
static void texts_have_room(void **state)
{
    tt_real x;
    mpfi_t i;
    tt_number_text lo, hi;
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    (void)state;
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    tt_real_init(&x);
    mpfi_init2(i, 64);
    mpfr_set_si_2exp(&i->left, -3, mpfr_get_emax() - 2, MPFR_RNDN);
    mpfr_set_si_2exp(&i->right, -3, mpfr_get_emin(), MPFR_RNDN);
    tt_real_set_interval(&x, i);
    lo = tt_number_short(&x, 9);
    assert_int_equal(*lo.text, '[');
    assert_non_null(strchr(lo.text, ','));
    assert_int_equal(lo.text[strlen(lo.text) - 1], ']');
    assert_true(tt_number_ends(&lo, &hi, &x, 1000));
    assert_true(strlen(lo.text) < sizeof lo.text - 1 && strlen(hi.text) < sizeof hi.text - 1);
    assert_int_equal(strcspn(lo.text, "e"), TT_NUMBER_DIGITS_MAX + 2); /* -d.ddd */
    tt_real_set_frac(&x, 1, 3);
    assert_true(tt_number_ends(&lo, &hi, &x, 1000));
    assert_int_equal(significant(lo.text), TT_NUMBER_DIGITS_MAX);
    assert_int_equal(significant(hi.text), TT_NUMBER_DIGITS_MAX);
    mpfi_clear(i);
    tt_real_clear(&x);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
}

static void long_rationals_are_not_printed_exact(void **state)
{
    tt_real x;
    (void)state;
    tt_real_init(&x);
    tt_real_set_ui(&x, 10);
    tt_real_pow_ui(&x, &x, 1999, 64); /* 2000 digits */
    assert_true(tt_number_prints_exact(&x, false));
    tt_real_set_ui(&x, 10);
    tt_real_pow_ui(&x, &x, 2100, 64);
    assert_false(tt_number_prints_exact(&x, false));
    assert_true(tt_number_prints_exact(&x, true));
    tt_real_set_ui(&x, 2);
    tt_real_sqrt(&x, &x, 64);
    assert_false(tt_number_prints_exact(&x, true));
    tt_real_clear(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_are_outside_and_near),
        cmocka_unit_test(roots_lie_between_their_ends),
        cmocka_unit_test(ends_by_hand),
        cmocka_unit_test(ends_around_zero),
        cmocka_unit_test(short_digits_are_certain),
        cmocka_unit_test(short_by_hand),
        cmocka_unit_test(only_agreed_digits_are_shown),
        cmocka_unit_test(texts_have_room),
        cmocka_unit_test(long_rationals_are_not_printed_exact),
    };
    return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}

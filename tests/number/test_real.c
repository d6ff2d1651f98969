/* Reals in their strongest form. Random ones are built with a rational that is known to lie in them, so that every
   operation can be held against mpq_t: an exact result equals it, an interval contains it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "../../lib/number/real.h"
#include "../random_instance.h"
#include "../settings.h"

#define BITS 80

static void set(tt_real *x, long n, unsigned long d)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_si(q, n, d);
    mpq_canonicalize(q);
    tt_real_set_q(x, q);
    mpq_clear(q);
}

/* An interval of a few units around q at a random precision or of doubles, or q itself. */
static void draw(tt_real *x, mpq_t inside, random_stream *stream, bool negative)
{
    mpq_set_ui(inside, random_below(stream, 50), 1 + random_below(stream, 30));
    mpq_canonicalize(inside);
    if (negative && random_below(stream, 2))
        mpq_neg(inside, inside);
    tt_real_set_q(x, inside);
    if (random_below(stream, 2)) {
        mpfi_t i;
        mpfi_init2(i, 4 + (mpfr_prec_t)random_below(stream, 60));
        mpfi_set_q(i, inside);
        if (random_below(stream, 2)) {
            mpfr_sub_d(&i->left, &i->left, 1.0 / 64, MPFR_RNDD);
            mpfr_add_d(&i->right, &i->right, 1.0 / 64, MPFR_RNDU);
        }
        if (random_below(stream, 2))
            tt_real_set_interval(x, i);
        else
            tt_real_set_doubles(x, tt_interval_of_mpfi(i));
        mpfi_clear(i);
    }
}

static bool contains(const tt_real *x, mpq_srcptr q)
{
    if (x->kind == TT_REAL_EXACT)
        return mpq_equal(x->q, q);
    if (x->kind == TT_REAL_DOUBLE) {
        mpfr_t end;
        bool inside;
        mpfr_init2(end, 53);
        mpfr_set_d(end, tt_interval_lo(x->d), MPFR_RNDN);
        inside = mpfr_cmp_q(end, q) <= 0;
        mpfr_set_d(end, x->d.hi, MPFR_RNDN);
        inside = inside && mpfr_cmp_q(end, q) >= 0;
        mpfr_clear(end);
        return inside;
    }
    return x->kind == TT_REAL_ENCLOSED && mpfr_cmp_q(&x->i->left, q) <= 0 && mpfr_cmp_q(&x->i->right, q) >= 0;
}

/* At most TT_PRECISION_DOUBLE bits are those of doubles, where their range suffices, and more are not. */
static bool has_precision(const tt_real *x, mpfr_prec_t precision)
{
    return !tt_real_is_enclosed(x) || (x->kind == TT_REAL_DOUBLE) == (precision <= TT_PRECISION_DOUBLE);
}

static void operations_contain_what_they_should(mpfr_prec_t precision)
{
    random_stream stream = { test_seed(1) };
    tt_real x, y, out;
    mpq_t p, q, want;
    print_message("seed %" PRIu64 "\n", stream.state);
    tt_real_init(&x);
    tt_real_init(&y);
    tt_real_init(&out);
    mpq_inits(p, q, want, NULL);
    for (uint64_t n = 0; n < 20000 * test_effort(); n++) {
        draw(&x, p, &stream, true);
        draw(&y, q, &stream, true);
        tt_real_add(&out, &x, &y, precision);
        mpq_add(want, p, q);
        assert_true(contains(&out, want));
        assert_true(tt_real_is_zero(&x) || tt_real_is_zero(&y) || has_precision(&out, precision));
        tt_real_enclose(&out, &x, precision);
        assert_true(contains(&out, p) && has_precision(&out, precision));
        assert_true(tt_real_is_enclosed(&out) || tt_real_is_zero(&out));
        tt_real_mul_frac(&out, &x, 1 + n % 30, 1 + n % 7, precision);
        mpq_set_ui(want, 1 + n % 30, 1 + n % 7);
        mpq_canonicalize(want);
        mpq_mul(want, want, p);
        assert_true(contains(&out, want));
        tt_real_sub(&out, &x, &y, precision);
        mpq_sub(want, p, q);
        assert_true(contains(&out, want));
        tt_real_mul(&out, &x, &y, precision);
        mpq_mul(want, p, q);
        assert_true(contains(&out, want));
        tt_real_min(&out, &x, &y, precision);
        assert_true(contains(&out, mpq_cmp(p, q) < 0 ? p : q));
        tt_real_max(&out, &x, &y, precision);
        assert_true(contains(&out, mpq_cmp(p, q) > 0 ? p : q));
        tt_real_abs(&out, &x, precision);
        mpq_abs(want, p);
        assert_true(contains(&out, want));
        tt_real_neg(&out, &x);
        mpq_neg(want, p);
        assert_true(contains(&out, want));
        tt_real_div(&out, &x, &y, precision);
        if (mpq_sgn(q) != 0 && !tt_real_is_absent(&out)) {
            mpq_div(want, p, q);
            assert_true(contains(&out, want));
        }
        switch (tt_real_cmp(&x, &y)) {
        case TT_LESS:
            assert_true(mpq_cmp(p, q) < 0);
            break;
        case TT_GREATER:
            assert_true(mpq_cmp(p, q) > 0);
            break;
        case TT_EQUAL:
            assert_true(mpq_equal(p, q));
            break;
        default:
            assert_true(tt_real_is_enclosed(&x) || tt_real_is_enclosed(&y));
        }
        if (tt_real_at_most(&x, &y))
            assert_true(mpq_cmp(p, q) <= 0);
        /* the result may be one of the operands */
        tt_real_set(&out, &x);
        tt_real_mul(&out, &out, &out, precision);
        mpq_mul(want, p, p);
        assert_true(contains(&out, want));
        tt_real_pow_ui(&out, &x, 3, precision);
        mpq_mul(want, want, p);
        assert_true(contains(&out, want));
        /* a square root squared */
        tt_real_mul(&out, &x, &x, precision);
        tt_real_sqrt(&out, &out, precision);
        mpq_abs(want, p);
        assert_true(contains(&out, want));
        /* exp of a log */
        if (mpq_sgn(p) > 0 && tt_real_cmp_ui(&x, 0) == TT_GREATER) {
            tt_real_log(&out, &x, precision);
            tt_real_exp(&out, &out, precision);
            assert_true(contains(&out, p));
            /* expm1 of a log */
            tt_real_log(&out, &x, precision);
            tt_real_expm1(&out, &out, precision);
            mpq_set_ui(want, 1, 1);
            mpq_sub(want, p, want);
            assert_true(contains(&out, want));
        }
    }
    mpq_clears(p, q, want, NULL);
    tt_real_clear(&x);
    tt_real_clear(&y);
    tt_real_clear(&out);
}

static void operations_of_mpfi(void **state)
{
    (void)state;
    operations_contain_what_they_should(BITS);
}

static void operations_of_doubles(void **state)
{
    (void)state;
    operations_contain_what_they_should(TT_PRECISION_DOUBLE);
}

/* Out of range of doubles: MPFI takes over. */
static void doubles_that_overflow_go_on(void **state)
{
    tt_real x, y;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&y);
    tt_real_set_doubles(&x, (tt_interval){ -1e300, 1.1e300 });
    tt_real_mul(&y, &x, &x, TT_PRECISION_DOUBLE);
    assert_int_equal(y.kind, TT_REAL_ENCLOSED);
    tt_real_sqrt(&y, &y, TT_PRECISION_DOUBLE);
    assert_int_equal(tt_real_cmp(&x, &y), TT_UNKNOWN);
    assert_true(tt_real_width_log2(&y) < 0 && tt_real_width_log2(&y) > -8);
    tt_real_set_doubles(&x, TT_INTERVAL_UNKNOWN);
    assert_true(tt_real_is_absent(&x));
    tt_real_set_doubles(&x, tt_interval_point(0.75)); /* a point is a rational */
    assert_int_equal(x.kind, TT_REAL_EXACT);
    assert_int_equal(mpq_cmp_ui(x.q, 3, 4), 0);
    tt_real_set_doubles(&x, (tt_interval){ 0, 1 });
    assert_true(tt_real_width_log2(&x) == LONG_MAX);
    tt_real_clear(&x);
    tt_real_clear(&y);
}

static void roots_stay_roots(void **state)
{
    tt_real x, y, out;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&y);
    tt_real_init(&out);
    set(&x, 9, 4);
    tt_real_sqrt(&out, &x, BITS);
    assert_int_equal(out.kind, TT_REAL_EXACT);
    assert_int_equal(mpq_cmp_ui(out.q, 3, 2), 0);
    set(&x, 2, 1);
    tt_real_sqrt(&x, &x, BITS);
    assert_int_equal(x.kind, TT_REAL_ROOT);
    set(&y, 8, 1);
    tt_real_sqrt(&y, &y, BITS);
    tt_real_mul(&out, &x, &y, BITS); /* sqrt 2 sqrt 8 = 4 */
    assert_int_equal(out.kind, TT_REAL_EXACT);
    assert_int_equal(tt_real_cmp_ui(&out, 4), TT_EQUAL);
    tt_real_div(&out, &y, &x, BITS); /* 2 */
    assert_int_equal(tt_real_cmp_ui(&out, 2), TT_EQUAL);
    set(&out, 2, 1);
    tt_real_mul(&out, &out, &x, BITS); /* 2 sqrt 2 = sqrt 8 */
    assert_int_equal(tt_real_cmp(&out, &y), TT_EQUAL);
    tt_real_sub(&out, &out, &y, BITS);
    assert_true(tt_real_is_zero(&out));
    /* 41/29 < sqrt 2 < 99/70 */
    set(&out, 99, 70);
    assert_int_equal(tt_real_cmp(&x, &out), TT_LESS);
    set(&out, 41, 29);
    assert_int_equal(tt_real_cmp(&x, &out), TT_GREATER);
    set(&out, -2, 1);
    assert_int_equal(tt_real_cmp(&out, &x), TT_LESS);
    tt_real_mul(&out, &out, &x, BITS);
    assert_int_equal(tt_real_cmp_ui(&out, 0), TT_LESS);
    tt_real_clear(&x);
    tt_real_clear(&y);
    tt_real_clear(&out);
}

static void infinity_and_nothing(void **state)
{
    tt_real zero, one, inf, minus, none, out;
    tt_real *all[] = { &zero, &one, &inf, &minus, &none, &out };
    (void)state;
    for (size_t k = 0; k < 6; k++)
        tt_real_init(all[k]);
    tt_real_set_ui(&zero, 0);
    tt_real_set_ui(&one, 1);
    tt_real_set_infinite(&inf, 1);
    tt_real_set_infinite(&minus, -1);
    tt_real_mul(&out, &zero, &inf, BITS);
    assert_true(tt_real_is_zero(&out)); /* 0 inf = 0 */
    tt_real_min(&out, &one, &inf, BITS);
    assert_int_equal(tt_real_cmp_ui(&out, 1), TT_EQUAL); /* min(1, inf) = 1 */
    tt_real_add(&out, &inf, &minus, BITS);
    assert_true(tt_real_is_absent(&out));
    tt_real_sub(&out, &one, &inf, BITS);
    assert_int_equal(tt_real_cmp(&out, &minus), TT_EQUAL);
    tt_real_div(&out, &one, &inf, BITS);
    assert_true(tt_real_is_zero(&out));
    tt_real_div(&out, &one, &zero, BITS);
    assert_true(tt_real_is_absent(&out));
    tt_real_log(&out, &zero, BITS);
    assert_int_equal(tt_real_cmp(&out, &minus), TT_EQUAL);
    tt_real_log(&out, &one, BITS);
    assert_true(tt_real_is_zero(&out)); /* log 1 is exactly 0 */
    tt_real_exp(&out, &minus, BITS);
    assert_true(tt_real_is_zero(&out));
    tt_real_expm1(&out, &minus, BITS);
    tt_real_add(&out, &out, &one, BITS);
    assert_true(tt_real_is_zero(&out));
    tt_real_expm1(&out, &zero, BITS);
    assert_true(tt_real_is_zero(&out));
    tt_real_expm1(&out, &inf, BITS);
    assert_int_equal(tt_real_cmp(&out, &inf), TT_EQUAL);
    tt_real_expm1(&out, &none, BITS);
    assert_true(tt_real_is_absent(&out));
    tt_real_sqrt(&out, &minus, BITS);
    assert_true(tt_real_is_absent(&out));
    tt_real_add(&out, &one, &none, BITS);
    assert_true(tt_real_is_absent(&out));
    assert_int_equal(tt_real_cmp(&none, &one), TT_UNKNOWN);
    assert_int_equal(tt_real_cmp(&inf, &inf), TT_EQUAL);
    assert_int_equal(tt_real_cmp(&minus, &one), TT_LESS);
    tt_real_mul(&out, &minus, &minus, BITS);
    assert_int_equal(tt_real_cmp(&out, &inf), TT_EQUAL);
    for (size_t k = 0; k < 6; k++)
        tt_real_clear(all[k]);
}

/* Near 1 the log keeps its relative precision: log(1 + 1e-60) = 1e-60 - 5e-121 + ... */
static void logs_near_one_do_not_cancel(void **state)
{
    tt_real x, log, low, high;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&log);
    tt_real_init(&low);
    tt_real_init(&high);
    tt_real_set_ui(&x, 1);
    mpz_ui_pow_ui(mpq_denref(x.q), 10, 60);
    mpz_add_ui(mpq_numref(x.q), mpq_denref(x.q), 1);
    tt_real_log(&log, &x, 256);
    assert_true(tt_real_width_log2(&log) < -245);
    tt_real_set_ui(&high, 1);
    mpz_set(mpq_denref(high.q), mpq_denref(x.q));
    assert_int_equal(tt_real_cmp(&log, &high), TT_LESS);
    tt_real_mul(&low, &high, &high, 256);
    tt_real_sub(&low, &high, &low, 256);
    assert_int_equal(tt_real_cmp(&log, &low), TT_GREATER);
    tt_real_clear(&x);
    tt_real_clear(&log);
    tt_real_clear(&low);
    tt_real_clear(&high);
}

static void intervals_settle_honestly(void **state)
{
    tt_real x;
    mpfi_t i;
    (void)state;
    tt_real_init(&x);
    mpfi_init2(i, BITS);
    mpfr_set_nan(&i->left);
    mpfr_set_ui(&i->right, 1, MPFR_RNDN);
    tt_real_set_interval(&x, i);
    assert_true(tt_real_is_absent(&x));
    mpfr_set_ui(&i->left, 1, MPFR_RNDN);
    mpfr_set_inf(&i->right, 1);
    tt_real_set_interval(&x, i);
    assert_true(tt_real_is_absent(&x));
    mpfr_set_inf(&i->left, 1);
    tt_real_set_interval(&x, i);
    assert_true(tt_real_is_infinite(&x));
    mpfi_set_d(i, 0.75);
    tt_real_set_interval(&x, i);
    assert_int_equal(x.kind, TT_REAL_EXACT);
    assert_int_equal(mpq_cmp_ui(x.q, 3, 4), 0);
    assert_true(tt_real_width_log2(&x) == LONG_MIN);
    mpfi_interv_d(i, -1, 1);
    tt_real_set_interval(&x, i);
    assert_true(tt_real_width_log2(&x) == LONG_MAX);
    tt_real_sqrt(&x, &x, BITS); /* cut at 0 */
    assert_int_equal(x.kind, TT_REAL_ENCLOSED);
    assert_int_equal(mpfr_sgn(&x.i->left), 0);
    mpfi_clear(i);
    tt_real_clear(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_of_mpfi), cmocka_unit_test(operations_of_doubles),
        cmocka_unit_test(doubles_that_overflow_go_on),         cmocka_unit_test(roots_stay_roots),
        cmocka_unit_test(infinity_and_nothing),                cmocka_unit_test(logs_near_one_do_not_cancel),
        cmocka_unit_test(intervals_settle_honestly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

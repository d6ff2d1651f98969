/* Intervals of doubles: every result contains what rationals or MPFR say, on random operands and on the ends of the
   range; what is exact stays exact; nothing is wider than it has to be. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <string.h>

#include "../../lib/number/interval.h"
#include "../../lib/number/real.h"
#include "../random_instance.h"
#include "../settings.h"

#define MPFR_BITS 1200 /* log of a double and of its neighbours, with what cancels in k3 */

static const double corners[] = { 0, DBL_TRUE_MIN, 3 * DBL_TRUE_MIN, DBL_MIN, 1 - DBL_EPSILON / 2, 1, 1 + DBL_EPSILON,
                                  0x1p-540, 0x1.8p-537, 0x1p540, 0.1, 0.5, 3, 1e10, 0x1p53, DBL_MAX };

static double unit(random_stream *stream)
{
    return (double)(random_word(stream) >> 11) * 0x1p-53;
}

/* >= 0, of any size, often near 1 or at a corner. */
static double draw(random_stream *stream)
{
    uint64_t bits;
    double x;
    switch (random_below(stream, 5)) {
    case 0:
        return corners[random_below(stream, sizeof corners / sizeof *corners)];
    case 1:
        return 1 + (unit(stream) - 0.5) * ldexp(1, -(int)random_below(stream, 53));
    case 2:
        return (double)random_below(stream, 2000);
    case 3:
        return ldexp(unit(stream), (int)random_below(stream, 120) - 60);
    default:
        bits = random_word(stream) & UINT64_C(0x7FEFFFFFFFFFFFFF);
        memcpy(&x, &bits, sizeof x);
        return x;
    }
}

/* [lo, hi] and a number in it: an end, or in between. */
static tt_interval draw_interval(random_stream *stream, mpq_t inside)
{
    double x = draw(stream), y = random_below(stream, 2) ? x : draw(stream), z;
    if (random_below(stream, 2))
        x = -x;
    if (random_below(stream, 2))
        y = x == y || x == -y ? x : -y;
    if (x > y) {
        z = x;
        x = y;
        y = z;
    }
    if (random_below(stream, 3) == 0 && x <= 0 && y >= 0)
        z = 0;
    else
        z = random_below(stream, 2) ? x : y;
    mpq_set_d(inside, z);
    return (tt_interval){ -x, y };
}

static bool contains_q(tt_interval x, mpq_srcptr q)
{
    bool inside;
    mpq_t end;
    if (x.minus_lo != x.minus_lo || x.hi != x.hi || x.minus_lo == -HUGE_VAL || x.hi == -HUGE_VAL)
        return false;
    mpq_init(end);
    inside = true;
    if (x.minus_lo < HUGE_VAL) {
        mpq_set_d(end, -x.minus_lo);
        inside = mpq_cmp(end, q) <= 0;
    }
    if (x.hi < HUGE_VAL) {
        mpq_set_d(end, x.hi);
        inside = inside && mpq_cmp(end, q) >= 0;
    }
    mpq_clear(end);
    return inside;
}

static bool contains_f(tt_interval x, mpfr_srcptr f)
{
    return mpfr_cmp_d(f, -x.minus_lo) >= 0 && mpfr_cmp_d(f, x.hi) <= 0;
}

/* Width in units of 2^-52 of the value. */
static double units(tt_interval x)
{
    return (x.hi + x.minus_lo) / fabs(x.hi) / DBL_EPSILON;
}

static void arithmetic_contains_what_rationals_say(void **state)
{
    random_stream stream = { test_seed(1) };
    mpq_t p, q, want;
    (void)state;
    print_message("seed %" PRIu64 "\n", stream.state);
    mpq_inits(p, q, want, NULL);
    for (uint64_t n = 0; n < 100000 * test_effort(); n++) {
        tt_interval x = draw_interval(&stream, p), y = draw_interval(&stream, q);
        mpq_add(want, p, q);
        assert_true(contains_q(tt_interval_compute(TT_INTERVAL_ADD, x, y), want));
        mpq_sub(want, p, q);
        assert_true(contains_q(tt_interval_compute(TT_INTERVAL_SUB, x, y), want));
        mpq_mul(want, p, q);
        assert_true(contains_q(tt_interval_compute(TT_INTERVAL_MUL, x, y), want));
        if (mpq_sgn(q) != 0) {
            mpq_div(want, p, q);
            assert_true(contains_q(tt_interval_compute(TT_INTERVAL_DIV, x, y), want));
        }
        assert_true(contains_q(tt_interval_of_q(p), p));
        assert_true(contains_q(tt_interval_abs(x), mpq_sgn(p) < 0 ? (mpq_neg(want, p), want) : p));
        assert_true(contains_q(tt_interval_min(x, y), mpq_cmp(p, q) < 0 ? p : q));
        assert_true(contains_q(tt_interval_max(x, y), mpq_cmp(p, q) > 0 ? p : q));
    }
    mpq_clears(p, q, want, NULL);
}

typedef struct {
    tt_interval x, y, d, sum, product, scaled, square, quotient, signed_product, signed_quotient;
} operations;

static TT_APART void operate(operations *o)
{
    o->sum = tt_interval_add(o->x, o->d);
    o->product = tt_interval_mul_positive(o->x, o->y);
    o->scaled = tt_interval_scale(o->d, 3);
    o->square = tt_interval_square(o->d);
    o->quotient = tt_interval_div_positive(o->x, o->y);
    o->signed_product = tt_interval_mul_sign(o->x, o->d);
    o->signed_quotient = tt_interval_div_sign(o->d, o->y);
}

/* The operations that passes use, on intervals of one sign. */
static void operations_for_one_sign(void **state)
{
    random_stream stream = { test_seed(2) };
    mpq_t p, q, r, want;
    (void)state;
    mpq_inits(p, q, r, want, NULL);
    for (uint64_t n = 0; n < 100000 * test_effort(); n++) {
        operations o = { .x = tt_interval_abs(draw_interval(&stream, p)),
                         .y = tt_interval_abs(draw_interval(&stream, q)),
                         .d = draw_interval(&stream, r) };
        tt_rounding_mode rounding;
        mpq_abs(p, p);
        mpq_abs(q, q);
        rounding = tt_rounding_upward();
        operate(&o);
        tt_rounding_restore(rounding);
        mpq_add(want, p, r);
        assert_true(contains_q(o.sum, want));
        mpq_mul(want, p, q);
        assert_true(contains_q(o.product, want));
        assert_true(o.product.hi > 0 || mpq_sgn(want) == 0);
        mpq_mul(want, p, r);
        assert_true(contains_q(o.signed_product, want));
        mpq_mul(want, r, r);
        assert_true(contains_q(o.square, want));
        mpq_set_ui(want, 3, 1);
        mpq_mul(want, want, r);
        assert_true(contains_q(o.scaled, want));
        if (mpq_sgn(q) == 0)
            continue;
        mpq_div(want, p, q);
        assert_true(contains_q(o.quotient, want));
        if (o.y.minus_lo < 0) {
            mpq_div(want, r, q);
            assert_true(contains_q(o.signed_quotient, want));
        }
    }
    mpq_clears(p, q, r, want, NULL);
}

static void roots_and_logs_contain_what_mpfr_says(void **state)
{
    random_stream stream = { test_seed(3) };
    double widest_root = 0, widest_log = 0;
    mpfr_t x, want;
    (void)state;
    mpfr_inits2(MPFR_BITS, x, want, (mpfr_ptr)0);
    for (uint64_t n = 0; n < 10000 * test_effort(); n++) {
        double d = draw(&stream);
        tt_interval root = tt_interval_compute(TT_INTERVAL_SQRT, tt_interval_point(d), TT_INTERVAL_ZERO), log;
        mpfr_set_d(x, d, MPFR_RNDN);
        mpfr_sqrt(want, x, MPFR_RNDN);
        assert_true(contains_f(root, want));
        if (d == 0)
            continue;
        log = tt_interval_compute(TT_INTERVAL_LOG, tt_interval_point(d), TT_INTERVAL_ZERO);
        mpfr_set_prec(want, 200);
        mpfr_log(want, x, MPFR_RNDN);
        assert_true(contains_f(log, want));
        mpfr_set_prec(want, MPFR_BITS);
        widest_root = tt_larger(widest_root, units(root));
        if (d != 1)
            widest_log = tt_larger(widest_log, units(log));
    }
    assert_true(widest_root <= 1);
    assert_true(widest_log <= 8);
    mpfr_clears(x, want, (mpfr_ptr)0);
}

static TT_APART void logs_of(tt_interval_ratio *out, double p, double r)
{
    tt_interval_ratio_logs(out, tt_interval_point(p), tt_interval_point(r),
                           tt_interval_sub(tt_interval_point(p), tt_interval_point(r)));
}

/* p/r */
static void ratio_of(mpfr_t out, uint64_t p, uint64_t r)
{
    tt_real x;
    tt_real_init(&x);
    tt_real_set_frac(&x, p, r);
    mpfr_set_q(out, x.q, MPFR_RNDN);
    tt_real_clear(&x);
}

/* p/r - 1 - log(p/r) */
static void k3_of(mpfr_t out, uint64_t p, uint64_t r)
{
    mpfr_t log;
    mpfr_init2(log, 400);
    ratio_of(out, p, r);
    mpfr_log(log, out, MPFR_RNDN);
    mpfr_sub_ui(out, out, 1, MPFR_RNDN);
    mpfr_sub(out, out, log, MPFR_RNDN);
    mpfr_clear(log);
}

static void ratios_do_not_cancel(void **state)
{
    random_stream stream = { test_seed(4) };
    double widest_log = 0, widest_k3 = 0;
    mpfr_t want;
    (void)state;
    mpfr_init2(want, 400);
    for (uint64_t n = 0; n < 10000 * test_effort(); n++) {
        uint64_t p = 1 + (random_word(&stream) >> (11 + random_below(&stream, 52)));
        uint64_t near = random_below(&stream, 201), r = random_word(&stream) >> (11 + random_below(&stream, 52));
        tt_interval_ratio ratio;
        tt_rounding_mode rounding;
        if (random_below(&stream, 2))
            r = p + near > 100 ? p + near - 100 : p;
        r = r ? r : 1;
        rounding = tt_rounding_upward();
        logs_of(&ratio, (double)p, (double)r);
        tt_rounding_restore(rounding);
        if (p == r) {
            assert_true(tt_interval_is_zero(ratio.log) && tt_interval_is_zero(ratio.forward) &&
                        tt_interval_is_zero(ratio.backward));
            continue;
        }
        ratio_of(want, p, r);
        mpfr_log(want, want, MPFR_RNDN);
        assert_true(contains_f(ratio.log, want));
        k3_of(want, p, r);
        assert_true(contains_f(ratio.forward, want));
        k3_of(want, r, p);
        assert_true(contains_f(ratio.backward, want));
        widest_log = tt_larger(widest_log, units(ratio.log));
        widest_k3 = tt_larger(widest_k3, tt_larger(units(ratio.forward), units(ratio.backward)));
    }
    assert_true(widest_log <= 8);
    assert_true(widest_k3 <= 64);
    mpfr_clear(want);
}

/* Numbers of hundreds of digits, and far out of range. */
static void long_numbers_are_enclosed(void **state)
{
    random_stream stream = { test_seed(5) };
    mpq_t q;
    mpfi_t i;
    (void)state;
    mpq_init(q);
    for (uint64_t n = 0; n < 20000 * test_effort(); n++) {
        tt_interval x;
        mpz_ui_pow_ui(mpq_numref(q), 2 + random_below(&stream, 9), random_below(&stream, 400));
        mpz_ui_pow_ui(mpq_denref(q), 2 + random_below(&stream, 9), random_below(&stream, 400));
        mpz_add_ui(mpq_numref(q), mpq_numref(q), random_below(&stream, 3));
        mpq_canonicalize(q);
        if (random_below(&stream, 2))
            mpq_neg(q, q);
        x = tt_interval_of_q(q);
        assert_true(contains_q(x, q));
        if (x.hi < 1e300 && x.hi > 1e-300)
            assert_true(units(x) <= 6);
        x = tt_interval_of_z(mpq_numref(q));
        mpz_set_ui(mpq_denref(q), 1);
        assert_true(contains_q(x, q));
        mpfi_init2(i, 2 + (mpfr_prec_t)random_below(&stream, 200));
        mpfi_set_q(i, q);
        assert_true(contains_q(tt_interval_of_mpfi(i), q));
        mpfi_clear(i);
    }
    mpz_ui_pow_ui(mpq_denref(q), 10, 400);
    mpz_set_ui(mpq_numref(q), 1);
    assert_true(tt_interval_of_q(q).hi == DBL_TRUE_MIN && tt_interval_lo(tt_interval_of_q(q)) == 0);
    mpq_inv(q, q);
    assert_true(tt_interval_of_q(q).hi == HUGE_VAL && tt_interval_lo(tt_interval_of_q(q)) == DBL_MAX);
    mpfi_init2(i, 60);
    mpfr_set_inf(&i->left, 1);
    mpfr_set_inf(&i->right, 1);
    assert_true(tt_interval_lo(tt_interval_of_mpfi(i)) == DBL_MAX && tt_interval_of_mpfi(i).hi == HUGE_VAL);
    mpfr_set_nan(&i->left);
    assert_true(tt_interval_lo(tt_interval_of_mpfi(i)) == -HUGE_VAL);
    mpfi_clear(i);
    mpq_clear(q);
}

static void exact_results_stay_exact(void **state)
{
    tt_interval three = tt_interval_point(3), quarter = tt_interval_point(0.25), third, x;
    (void)state;
    x = tt_interval_compute(TT_INTERVAL_MUL, three, quarter);
    assert_true(x.hi == 0.75 && x.minus_lo == -0.75);
    x = tt_interval_compute(TT_INTERVAL_ADD, three, quarter);
    assert_true(x.hi == 3.25 && x.minus_lo == -3.25);
    x = tt_interval_compute(TT_INTERVAL_SQRT, quarter, quarter);
    assert_true(x.hi == 0.5 && x.minus_lo == -0.5);
    third = tt_interval_compute(TT_INTERVAL_DIV, quarter, three);
    assert_true(third.hi > -third.minus_lo && nextafter(-third.minus_lo, 1) == third.hi);
    assert_true(tt_interval_is_zero(tt_interval_compute(TT_INTERVAL_MUL, third, TT_INTERVAL_ZERO)));
    assert_true(tt_interval_is_zero(tt_interval_compute(TT_INTERVAL_LOG, TT_INTERVAL_ONE, third)));
    /* not what is no number */
    x = tt_interval_compute(TT_INTERVAL_DIV, three, (tt_interval){ 1, 1 });
    assert_false(tt_interval_is_finite(x));
    x = tt_interval_compute(TT_INTERVAL_LOG, (tt_interval){ 0, 1 }, three);
    assert_true(x.minus_lo == HUGE_VAL && x.hi == 0);
    x = tt_interval_compute(TT_INTERVAL_MUL, TT_INTERVAL_ZERO, TT_INTERVAL_UNKNOWN);
    assert_true(tt_interval_is_zero(x));
}

static TT_APART void third_of(double *out, const double *x)
{
    *out = *x / 3;
}

static void the_mode_is_put_back(void **state)
{
    const double one = 1;
    double before, within, after;
    tt_rounding_mode rounding;
    (void)state;
    third_of(&before, &one);
    rounding = tt_rounding_upward();
    third_of(&within, &one);
    tt_rounding_restore(rounding);
    third_of(&after, &one);
    assert_true(before == after && within > before);
    assert_true(tt_rounding_works());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_contains_what_rationals_say),
        cmocka_unit_test(operations_for_one_sign),
        cmocka_unit_test(roots_and_logs_contain_what_mpfr_says),
        cmocka_unit_test(ratios_do_not_cancel),
        cmocka_unit_test(long_numbers_are_enclosed),
        cmocka_unit_test(exact_results_stay_exact),
        cmocka_unit_test(the_mode_is_put_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

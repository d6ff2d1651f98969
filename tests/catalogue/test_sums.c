/* Sums in closed form against the same sums term by term, at a higher precision. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "../../lib/catalogue/binomial.h"
#include "../../lib/catalogue/roots.h"
#include "../../lib/catalogue/sums.h"
#include "../../lib/catalogue/total.h"
#include "../../lib/number/exact.h"
#include "../random_instance.h"
#include "../settings.h"

#define PRECISION 128
#define REFERENCE 400
#define CASES 300

static random_stream stream;

/* ---- comparing ------------------------------------------------------------------------------- */

/* x meets [lo, hi] of truth, and is relatively narrower than 2^-bits (or exact). */
static void agrees(const tt_real *x, mpfi_srcptr truth, long bits)
{
    mpfi_t i;
    assert_false(tt_real_is_absent(x) || tt_real_is_infinite(x));
    mpfi_init2(i, REFERENCE);
    tt_real_get_interval(i, x);
    if (mpfr_greater_p(&i->left, &truth->right) || mpfr_less_p(&i->right, &truth->left)) {
        mpfr_fprintf(stderr, "[%.40Rg, %.40Rg] misses %.40Rg\n", &i->left, &i->right, &truth->left);
        fail();
    }
    if (tt_real_width_log2(x) >= -bits)
        fail_msg("width 2^%ld", tt_real_width_log2(x));
    mpfi_clear(i);
}

static void equals(const tt_real *x, mpq_srcptr q)
{
    assert_true(tt_real_is_exact(x));
    if (!mpq_equal(x->q, q)) {
        gmp_fprintf(stderr, "%Qd, not %Qd\n", x->q, q);
        fail();
    }
}

static void equals_frac(const tt_real *x, unsigned long n, unsigned long d)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_ui(q, n, d);
    mpq_canonicalize(q);
    equals(x, q);
    mpq_clear(q);
}

/* ---- random operands -------------------------------------------------------------------------- */

/* Around 1 / n as often as not, where caps begin to bite; 0 and round numbers now and then. */
static void random_rational(mpq_t q, size_t n)
{
    unsigned long d = 1 + random_below(&stream, 1000);
    switch (random_below(&stream, 6)) {
    case 0:
        mpq_set_ui(q, random_below(&stream, 4), 1 + random_below(&stream, 4));
        break;
    case 1:
        mpq_set_ui(q, 1 + random_below(&stream, 3 * d), d * (n + 1) * (n + 1));
        break;
    case 2:
        mpq_set_ui(q, 1, 1 + random_below(&stream, n + 1));
        break;
    default:
        mpq_set_ui(q, 1 + random_below(&stream, 3 * d), d * (n + 1));
    }
    mpq_canonicalize(q);
}

/* An enclosure of q whose ends are not q. */
static void enclose(tt_real *x, mpq_srcptr q, mpfr_prec_t precision)
{
    mpfi_t i;
    mpfi_init2(i, precision);
    mpfi_set_q(i, q);
    mpfr_nextbelow(&i->left);
    mpfr_nextabove(&i->right);
    tt_real_set_interval(x, i);
    mpfi_clear(i);
}

/* ---- sums of roots ---------------------------------------------------------------------------- */

static void naive_roots(mpfi_ptr sum, unsigned long from, unsigned long to)
{
    mpfi_t root;
    mpfi_init2(root, REFERENCE);
    mpfi_set_ui(sum, 0);
    for (unsigned long k = from + 1; k <= to; k++) {
        mpfi_set_ui(root, k);
        mpfi_sqrt(root, root);
        mpfi_add(sum, sum, root);
    }
    mpfi_clear(root);
}

static void check_roots(unsigned long from, unsigned long to, mpfr_prec_t precision)
{
    mpfi_t sum, truth;
    tt_real x;
    tt_real_init(&x);
    mpfi_init2(sum, precision);
    mpfi_init2(truth, REFERENCE);
    tt_roots_sum(sum, from, to);
    naive_roots(truth, from, to);
    tt_real_set_interval(&x, sum);
    agrees(&x, truth, precision - 3);
    mpfi_clear(sum);
    mpfi_clear(truth);
    tt_real_clear(&x);
}

static void test_roots_against_loop(void **state)
{
    (void)state;
    for (unsigned long n = 0; n <= 130; n++)
        check_roots(0, n, PRECISION);
    for (uint64_t k = 0; k < 60 * test_effort(); k++) {
        unsigned long to = random_below(&stream, 6000), from = random_below(&stream, to + 1);
        check_roots(from, to, 64 + 64 * (mpfr_prec_t)random_below(&stream, 5));
    }
}

/* sum_{k<=n} sqrt(k) = 2/3 n^{3/2} + 1/2 n^{1/2} + zeta(-1/2) + n^{-1/2}/24 - n^{-5/2}/1920 + O(n^{-9/2} / 9216) */
static void asymptotic_roots(mpfi_ptr sum, unsigned long n)
{
    mpfi_t root, x;
    mpfr_t half;
    mpfr_init2(half, 64);
    mpfi_init2(root, REFERENCE);
    mpfi_init2(x, REFERENCE);
    mpfi_set_ui(root, n);
    mpfi_sqrt(root, root);
    mpfi_mul_ui(sum, root, n);
    mpfi_mul_ui(sum, sum, 2);
    mpfi_div_ui(sum, sum, 3);
    mpfi_div_ui(x, root, 2);
    mpfi_add(sum, sum, x);
    mpfr_set_d(half, -0.5, MPFR_RNDN);
    mpfr_zeta(&x->left, half, MPFR_RNDD);
    mpfr_zeta(&x->right, half, MPFR_RNDU);
    mpfi_add(sum, sum, x);
    mpfi_ui_div(x, 1, root);
    mpfi_div_ui(x, x, 24);
    mpfi_add(sum, sum, x);
    mpfi_ui_div(x, 1, root);
    mpfi_div_ui(x, x, n);
    mpfi_div_ui(x, x, n);
    mpfi_div_ui(x, x, 1920);
    mpfi_sub(sum, sum, x);
    mpfi_div_ui(x, x, n);
    mpfi_div_ui(x, x, n);
    mpfr_sub(&sum->left, &sum->left, &x->right, MPFR_RNDD);
    mpfr_add(&sum->right, &sum->right, &x->right, MPFR_RNDU);
    mpfi_clear(root);
    mpfi_clear(x);
    mpfr_clear(half);
}

static void test_long_roots(void **state)
{
    static const unsigned long lengths[] = { 100000, 2147483646, 2147483647 };
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        mpfi_t sum, truth;
        tt_real x;
        tt_real_init(&x);
        mpfi_init2(sum, 200);
        mpfi_init2(truth, REFERENCE);
        tt_roots_sum(sum, 0, lengths[k]);
        asymptotic_roots(truth, lengths[k]);
        tt_real_set_interval(&x, sum);
        agrees(&x, truth, 190);
        /* the last of them alone */
        tt_roots_sum(sum, lengths[k] - 1000, lengths[k]);
        naive_roots(truth, lengths[k] - 1000, lengths[k]);
        tt_real_set_interval(&x, sum);
        agrees(&x, truth, 190);
        mpfi_clear(sum);
        mpfi_clear(truth);
        tt_real_clear(&x);
    }
}

/* The same bits as without, whatever was asked for before. The ends and precisions are such that sums come back and that
   some have one of the three in common and the same place. */
static void test_kept_roots(void **state)
{
    static const mpfr_prec_t precisions[] = { 64, 96, 64 + 2048 };
    tt_root_sums *sums = NULL;
    (void)state;
    for (uint64_t k = 0; k < 1000 * test_effort(); k++) {
        unsigned long to = 64 * random_below(&stream, 4), from = 64 * random_below(&stream, to / 64 + 1);
        mpfi_t sum, kept;
        if (k % 20 == 0) {
            tt_root_sums_free(sums);
            sums = tt_root_sums_new();
            assert_non_null(sums);
        }
        mpfi_init2(sum, precisions[random_below(&stream, 3)]);
        mpfi_init2(kept, mpfi_get_prec(sum));
        tt_roots_sum(sum, from, to);
        tt_root_sums_get(kept, k % 9 ? sums : NULL, from, to);
        assert_true(mpfr_equal_p(&sum->left, &kept->left) && mpfr_equal_p(&sum->right, &kept->right));
        mpfi_clear(sum);
        mpfi_clear(kept);
    }
    tt_root_sums_free(sums);
    tt_root_sums_free(NULL);
}

/* ---- capped sums ------------------------------------------------------------------------------- */

/* sum_k w_k min(1, k slope, sqrt(k square)); slope_squared or square NULL for none, w NULL for 1 */
static void naive_capped(mpfi_ptr sum, size_t n, mpq_t *w, mpq_srcptr slope_squared, mpq_srcptr square)
{
    mpq_t term, other;
    mpfi_t root;
    mpq_inits(term, other, NULL);
    mpfi_init2(root, REFERENCE);
    mpfi_set_ui(sum, 0);
    for (size_t k = 1; k <= n; k++) {
        mpq_set_ui(term, 1, 1); /* the square of the smallest */
        if (slope_squared) {
            mpq_set_ui(other, k * k, 1);
            mpq_mul(other, other, slope_squared);
            if (mpq_cmp(other, term) < 0)
                mpq_set(term, other);
        }
        if (square) {
            mpq_set_ui(other, k, 1);
            mpq_mul(other, other, square);
            if (mpq_cmp(other, term) < 0)
                mpq_set(term, other);
        }
        mpfi_set_q(root, term);
        mpfi_sqrt(root, root);
        if (w)
            mpfi_mul_q(root, root, w[n - k]);
        mpfi_add(sum, sum, root);
    }
    mpq_clears(term, other, NULL);
    mpfi_clear(root);
}

typedef struct {
    size_t n;
    tt_quantities q; /* expected_tv: the weights, as rows */
    tt_real x, y, out;
    mpq_t slope, slope_squared, square;
    mpq_t w[200];
    mpfi_t truth;
} capped_case;

static void case_init(capped_case *c)
{
    c->n = random_below(&stream, 200);
    tt_quantities_init(&c->q);
    assert_int_equal(tt_quantities_resize(&c->q, 2, c->n), TT_OK);
    tt_real_init(&c->x);
    tt_real_init(&c->y);
    tt_real_init(&c->out);
    mpq_inits(c->slope, c->slope_squared, c->square, NULL);
    mpfi_init2(c->truth, REFERENCE);
    random_rational(c->slope, c->n);
    random_rational(c->square, c->n);
    if (random_below(&stream, 8) == 0) /* they meet at a whole number */
        mpq_set_ui(c->slope, 1, 1 + random_below(&stream, 5)), mpq_set_ui(c->square, 3, 25);
    mpq_canonicalize(c->square);
    mpq_mul(c->slope_squared, c->slope, c->slope);
    for (size_t k = 0; k < c->n; k++) {
        mpq_init(c->w[k]);
        random_rational(c->w[k], 3);
        tt_real_set_q(&c->q.expected_tv.items[k], c->w[k]);
    }
    tt_real_set_q(&c->x, c->slope);
    tt_real_set_q(&c->y, c->square);
}

static void case_clear(capped_case *c)
{
    tt_quantities_clear(&c->q);
    tt_real_clear(&c->x);
    tt_real_clear(&c->y);
    tt_real_clear(&c->out);
    mpq_clears(c->slope, c->slope_squared, c->square, NULL);
    mpfi_clear(c->truth);
    for (size_t k = 0; k < c->n; k++)
        mpq_clear(c->w[k]);
}

static void check_capped(capped_case *c, bool weights, bool slope, bool square, long bits)
{
    tt_sum_capped(&c->out, c->n, weights ? &c->q.expected_tv : NULL, slope ? &c->x : NULL, square ? &c->y : NULL,
                  NULL, PRECISION);
    naive_capped(c->truth, c->n, weights ? c->w : NULL, slope ? c->slope_squared : NULL, square ? c->square : NULL);
    agrees(&c->out, c->truth, bits);
    if (!square && (!slope || tt_real_is_exact(&c->x)))
        assert_true(tt_real_is_exact(&c->out));
}

static void check_all_capped(capped_case *c, long bits)
{
    for (int mask = 0; mask < 8; mask++)
        check_capped(c, mask & 1, mask & 2, mask & 4, bits);
}

static void test_capped_sums(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < CASES * test_effort(); k++) {
        capped_case c;
        case_init(&c);
        check_all_capped(&c, 120);
        /* a slope that is a root */
        random_rational(c.slope_squared, c.n);
        tt_real_set_q(&c.x, c.slope_squared);
        tt_real_sqrt(&c.x, &c.x, PRECISION);
        check_all_capped(&c, 120);
        /* enclosed caps; a relative width of 2^-126 grows by at most what a cap's share of the sum is */
        enclose(&c.y, c.square, PRECISION);
        enclose(&c.x, c.slope, PRECISION);
        mpq_mul(c.slope_squared, c.slope, c.slope);
        if (mpq_sgn(c.slope) > 0 && mpq_sgn(c.square) > 0)
            check_all_capped(&c, 118);
        case_clear(&c);
    }
}

static void test_capped_sums_of_uniform_weights(void **state)
{
    (void)state;
    for (uint64_t k = 0; k < 50 * test_effort(); k++) {
        capped_case c;
        tt_series uniform = { 0, false, NULL };
        tt_real out;
        case_init(&c);
        tt_real_init(&out);
        assert_int_equal(tt_series_set_uniform(&uniform, c.n + 1), TT_OK);
        tt_real_set_frac(&uniform.items[0], 3, 7);
        for (size_t j = 0; j < c.n; j++)
            tt_real_set_frac(&c.q.expected_tv.items[j], 3, 7);
        tt_sum_capped(&out, c.n, &uniform, &c.x, NULL, NULL, PRECISION);
        tt_sum_capped(&c.out, c.n, &c.q.expected_tv, &c.x, NULL, NULL, PRECISION);
        assert_int_equal(tt_real_cmp(&out, &c.out), TT_EQUAL);
        tt_sum_capped(&out, c.n, &uniform, &c.x, &c.y, NULL, PRECISION);
        naive_capped(c.truth, c.n, NULL, c.slope_squared, c.square);
        mpfi_mul_ui(c.truth, c.truth, 3);
        mpfi_div_ui(c.truth, c.truth, 7);
        agrees(&out, c.truth, 120);
        tt_sum_capped_prefixes(&out, c.n, &uniform, PRECISION);
        tt_sum_capped_prefixes(&c.out, c.n, &c.q.expected_tv, PRECISION);
        assert_int_equal(tt_real_cmp(&out, &c.out), TT_EQUAL);
        tt_sum_range(&out, &uniform, 0, c.n, PRECISION);
        equals_frac(&out, 3 * c.n, 7);
        tt_real_array_free(uniform.items, 1);
        tt_real_clear(&out);
        case_clear(&c);
    }
}

/* A single root stays one, and two roots of squares are rational. */
static void test_capped_sums_keep_roots(void **state)
{
    tt_real half, out, expected;
    (void)state;
    tt_real_init(&half);
    tt_real_init(&out);
    tt_real_init(&expected);
    tt_real_set_frac(&half, 1, 2);
    tt_sum_capped(&out, 1, NULL, NULL, &half, NULL, PRECISION); /* sqrt(1/2) */
    tt_real_sqrt(&expected, &half, PRECISION);
    assert_int_equal(out.kind, TT_REAL_ROOT);
    assert_int_equal(tt_real_cmp(&out, &expected), TT_EQUAL);
    tt_real_set_frac(&half, 1, 4); /* min(1, sqrt(k/4)): 1/2, sqrt(1/2), sqrt(3/4), 1, 1 */
    tt_sum_capped(&out, 1, NULL, NULL, &half, NULL, PRECISION);
    equals_frac(&out, 1, 2);
    tt_sum_capped(&out, 5, NULL, NULL, &half, NULL, PRECISION);
    assert_int_equal(out.kind, TT_REAL_ENCLOSED);
    tt_real_set_ui(&half, 1); /* all capped */
    tt_sum_capped(&out, 2147483646, NULL, NULL, &half, NULL, PRECISION);
    equals_frac(&out, 2147483646, 1);
    tt_sum_capped(&out, 2147483646, NULL, &half, NULL, NULL, PRECISION);
    equals_frac(&out, 2147483646, 1);
    mpq_set_ui(half.q, 6, 5);
    enclose(&half, half.q, PRECISION); /* whatever the number is, all are capped */
    tt_sum_capped(&out, 5, NULL, &half, &half, NULL, PRECISION);
    equals_frac(&out, 5, 1);
    tt_real_set_frac(&half, 1, 2147483646); /* none capped: (n + 1) / 2 */
    tt_sum_capped(&out, 2147483646, NULL, &half, NULL, NULL, PRECISION);
    equals_frac(&out, 2147483647, 2);
    tt_real_clear(&half);
    tt_real_clear(&out);
    tt_real_clear(&expected);
}

static void test_capped_sums_of_special_operands(void **state)
{
    tt_real zero, infinite, absent, half, out;
    (void)state;
    tt_real_init(&zero);
    tt_real_init(&infinite);
    tt_real_init(&absent);
    tt_real_init(&half);
    tt_real_init(&out);
    tt_real_set_ui(&zero, 0);
    tt_real_set_infinite(&infinite, 1);
    tt_real_set_frac(&half, 1, 2);
    tt_sum_capped(&out, 7, NULL, NULL, &infinite, NULL, PRECISION);
    equals_frac(&out, 7, 1);
    tt_sum_capped(&out, 7, NULL, &half, &infinite, NULL, PRECISION); /* 1/2 + 6 */
    equals_frac(&out, 13, 2);
    tt_sum_capped(&out, 7, NULL, &half, &zero, NULL, PRECISION);
    equals_frac(&out, 0, 1);
    tt_sum_capped(&out, 7, NULL, &zero, &infinite, NULL, PRECISION);
    equals_frac(&out, 0, 1);
    tt_sum_capped(&out, 0, NULL, &half, &half, NULL, PRECISION);
    equals_frac(&out, 0, 1);
    tt_sum_capped(&out, 7, NULL, &absent, NULL, NULL, PRECISION);
    assert_true(tt_real_is_absent(&out));
    tt_sum_capped(&out, 7, NULL, &half, &absent, NULL, PRECISION);
    assert_true(tt_real_is_absent(&out));
    tt_pinsker(&out, &infinite, PRECISION);
    equals_frac(&out, 1, 1);
    tt_pinsker(&out, &half, PRECISION); /* sqrt(1/4) */
    equals_frac(&out, 1, 2);
    tt_pinsker(&out, &absent, PRECISION);
    assert_true(tt_real_is_absent(&out));
    tt_real_clear(&zero);
    tt_real_clear(&infinite);
    tt_real_clear(&absent);
    tt_real_clear(&half);
    tt_real_clear(&out);
}

/* ---- other sums over rows ------------------------------------------------------------------------ */

static void test_prefixes(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < CASES * test_effort(); round++) {
        capped_case c;
        mpq_t prefix, sum, one;
        tt_real out;
        case_init(&c);
        mpq_inits(prefix, sum, one, NULL);
        mpq_set_ui(one, 1, 1);
        tt_real_init(&out);
        for (size_t k = 0; k < c.n; k++) {
            mpq_div_2exp(c.w[k], c.w[k], random_below(&stream, 2) ? 7 : 0);
            tt_real_set_q(&c.q.expected_tv.items[k], c.w[k]);
            mpq_add(prefix, prefix, c.w[k]);
            mpq_add(sum, sum, mpq_cmp(prefix, one) < 0 ? prefix : one);
        }
        tt_sum_capped_prefixes(&out, c.n, &c.q.expected_tv, PRECISION);
        equals(&out, sum);
        for (size_t k = 0; k < c.n; k++)
            if (mpq_sgn(c.w[k]) > 0 && random_below(&stream, 2))
                enclose(&c.q.expected_tv.items[k], c.w[k], PRECISION);
        tt_sum_capped_prefixes(&out, c.n, &c.q.expected_tv, PRECISION);
        mpfi_set_q(c.truth, sum);
        agrees(&out, c.truth, 110);
        mpq_clears(prefix, sum, one, NULL);
        tt_real_clear(&out);
        case_clear(&c);
    }
}

static void test_ranges_and_products(void **state)
{
    tt_quantities q;
    tt_real out;
    (void)state;
    tt_quantities_init(&q);
    tt_real_init(&out);
    assert_int_equal(tt_quantities_resize(&q, 2, 4), TT_OK);
    for (size_t k = 0; k < 4; k++)
        tt_real_set_frac(&q.expected_tv.items[k], 1, k + 1);
    for (size_t k = 0; k < 5; k++)
        tt_real_set_ui(&q.context_tv.items[k], k);
    tt_sum_range(&out, &q.expected_tv, 0, 4, PRECISION); /* 1 + 1/2 + 1/3 + 1/4 */
    equals_frac(&out, 25, 12);
    tt_sum_range(&out, &q.expected_tv, 1, 3, PRECISION);
    equals_frac(&out, 5, 6);
    tt_sum_range(&out, &q.expected_tv, 4, 4, PRECISION);
    equals_frac(&out, 0, 1);
    tt_sum_range(&out, &q.expected_tv, 0, 5, PRECISION);
    assert_true(tt_real_is_absent(&out));
    tt_sum_products(&out, &q.expected_tv, &q.context_tv, 0, 4, PRECISION); /* 0 + 1/2 + 2/3 + 3/4 */
    equals_frac(&out, 23, 12);
    tt_sum_products(&out, &q.expected_tv, &q.context_tv, 1, 4, PRECISION); /* 1 + 1 + 1 + 1 */
    equals_frac(&out, 4, 1);
    tt_sum_products(&out, &q.expected_tv, &q.context_tv, 2, 4, PRECISION);
    assert_true(tt_real_is_absent(&out));
    for (size_t k = 0; k < 5; k++)
        tt_real_set_ui(&q.context_kl.items[k], 2 * k * k);
    tt_real_set_frac(&q.context_kl.items[1], 2, 9);
    tt_sum_pinsker(&out, 4, &q.context_kl, PRECISION); /* 0 + 1/3 + 1 + 1 */
    equals_frac(&out, 7, 3);
    tt_real_set_absent(&q.expected_tv.items[2]);
    tt_sum_range(&out, &q.expected_tv, 0, 4, PRECISION);
    assert_true(tt_real_is_absent(&out));
    tt_sum_capped_prefixes(&out, 2, &q.expected_tv, PRECISION); /* 1 + 1 */
    equals_frac(&out, 2, 1);
    tt_real_clear(&out);
    tt_quantities_clear(&q);
}

/* 1/3 + 2^-5000000 is too long to stay exact; 1/3 + 1/3 + 1/3 is 1 whatever came before. */
static void test_long_rationals(void **state)
{
    tt_total total;
    tt_real third, tiny, out;
    mpfi_t truth;
    (void)state;
    tt_total_init(&total, PRECISION);
    tt_real_init(&third);
    tt_real_init(&tiny);
    tt_real_init(&out);
    mpfi_init2(truth, REFERENCE);
    tt_real_set_frac(&third, 1, 3);
    tt_real_set_ui(&tiny, 1);
    mpq_div_2exp(tiny.q, tiny.q, 5000000);
    tt_total_add(&total, &third, 1);
    tt_total_add(&total, &tiny, 1);
    tt_total_get(&out, &total);
    assert_int_equal(out.kind, TT_REAL_ENCLOSED);
    tt_total_add(&total, &third, 2);
    tt_total_get(&out, &total);
    mpfi_set_ui(truth, 1);
    agrees(&out, truth, 120);
    tt_total_clear(&total);
    tt_real_clear(&third);
    tt_real_clear(&tiny);
    tt_real_clear(&out);
    mpfi_clear(truth);
}

/* ---- binomial sums ------------------------------------------------------------------------------- */

/* sum_{k=2..n} C(n,k) a_k^2 c^k by the definition */
static void naive_tilted(mpq_t sum, unsigned long n, unsigned long sixths, mpq_srcptr c)
{
    mpq_t r, s, a, x, power_r, power_s, power_c;
    mpz_t binomial;
    mpq_inits(r, s, a, x, power_r, power_s, power_c, NULL);
    mpz_init(binomial);
    mpq_set_ui(r, 6 - sixths, 6);
    mpq_set_si(s, -(long)sixths, 6);
    mpq_canonicalize(r);
    mpq_canonicalize(s);
    mpq_set_ui(sum, 0, 1);
    mpq_set(power_r, r);
    mpq_set_ui(power_s, 1, 1); /* s^{k-1} */
    mpq_set(power_c, c);
    for (unsigned long k = 2; k <= n; k++) {
        mpq_mul(power_r, power_r, r);
        mpq_mul(power_s, power_s, s);
        mpq_mul(power_c, power_c, c);
        mpq_mul(x, power_s, s);
        mpq_sub(a, power_r, x);
        mpq_set_ui(x, k, 1);
        mpq_mul(x, x, power_s);
        mpq_sub(a, a, x);
        mpq_mul(a, a, a);
        mpq_mul(a, a, power_c);
        mpz_bin_uiui(binomial, n, k);
        mpq_set_z(x, binomial);
        mpq_mul(a, a, x);
        mpq_add(sum, sum, a);
    }
    mpq_clears(r, s, a, x, power_r, power_s, power_c, NULL);
    mpz_clear(binomial);
}

/* c with n c from very far below to far above the place where one method takes over from the other */
static void random_c(mpq_t c, unsigned long n)
{
    static const unsigned long size[][2] = { { 1, 1000000 }, { 1, 50 }, { 9, 10 }, { 1, 1 },
                                             { 11, 10 },     { 4, 1 },  { 90, 1 } };
    size_t k = random_below(&stream, sizeof size / sizeof *size);
    tt_exact_set_u64(mpq_numref(c), size[k][0] * (1000 + random_below(&stream, 100)));
    tt_exact_set_u64(mpq_denref(c), UINT64_C(1000) * size[k][1] * (n ? n : 1));
    mpq_canonicalize(c);
    if (random_below(&stream, 8) == 0) /* closed forms would cancel all there is */
        mpq_div_2exp(c, c, 300);
}

static void test_tilted_sums(void **state)
{
    tt_real c, out;
    mpq_t q, sum, tiny;
    mpfi_t truth;
    size_t exact = 0, enclosed = 0;
    (void)state;
    tt_real_init(&c);
    tt_real_init(&out);
    mpq_inits(q, sum, tiny, NULL);
    mpfi_init2(truth, REFERENCE);
    for (uint64_t round = 0; round < CASES * test_effort(); round++) {
        size_t n = random_below(&stream, round % 10 ? 60 : 400);
        unsigned sixths = (unsigned)random_below(&stream, 7);
        random_c(q, n);
        naive_tilted(sum, n, sixths, q);
        mpfi_set_q(truth, sum);
        tt_real_set_q(&c, q);
        tt_tilted_sum(&out, n, sixths, &c, PRECISION);
        agrees(&out, truth, 120);
        if (tt_real_is_exact(&out)) {
            exact++;
            equals(&out, sum);
        } else {
            enclosed++;
        }
        /* more than 4096 bits in all, so that a closed form is used whatever n is */
        mpq_set_ui(tiny, 1, 1);
        mpq_div_2exp(tiny, tiny, 6000);
        mpq_add(q, q, tiny);
        tt_real_set_q(&c, q);
        tt_tilted_sum(&out, n, sixths, &c, PRECISION);
        agrees(&out, truth, n < 2 ? 0 : 120);
        assert_true(n < 2 || out.kind == TT_REAL_ENCLOSED);
        enclose(&c, q, PRECISION);
        tt_tilted_sum(&out, n, sixths, &c, PRECISION);
        agrees(&out, truth, 110);
    }
    assert_true(exact > 0 && enclosed > 0);
    tt_real_clear(&c);
    tt_real_clear(&out);
    mpq_clears(q, sum, tiny, NULL);
    mpfi_clear(truth);
}

/* a_2 = 1: at n = 2 the sum is c^2 for every theta; theta = 0: (1+c)^n - 1 - n c */
static void test_tilted_sums_by_hand(void **state)
{
    tt_real c, out;
    (void)state;
    tt_real_init(&c);
    tt_real_init(&out);
    tt_real_set_frac(&c, 3, 10);
    for (unsigned h = 0; h <= 6; h++) {
        tt_tilted_sum(&out, 2, h, &c, PRECISION);
        equals_frac(&out, 9, 100);
        tt_tilted_sum(&out, 1, h, &c, PRECISION);
        equals_frac(&out, 0, 1);
    }
    tt_tilted_sum(&out, 3, 0, &c, PRECISION); /* 2197/1000 - 1 - 9/10 */
    equals_frac(&out, 297, 1000);
    tt_tilted_sum(&out, 3, 2, &c, PRECISION); /* a_3(1/3) = 0: 3 c^2 */
    equals_frac(&out, 27, 100);
    tt_tilted_sum(&out, 3, 3, &c, PRECISION); /* a_3(1/2) = -1/2: 3 c^2 + c^3 / 4 */
    equals_frac(&out, 1107, 4000);
    tt_real_set_infinite(&c, 1);
    tt_tilted_sum(&out, 2, 4, &c, PRECISION);
    assert_true(tt_real_is_infinite(&out));
    tt_tilted_sum(&out, 1, 4, &c, PRECISION);
    equals_frac(&out, 0, 1);
    tt_real_set_ui(&c, 0);
    tt_tilted_sum(&out, 2147483647, 4, &c, PRECISION);
    equals_frac(&out, 0, 1);
    tt_real_set_absent(&c);
    tt_tilted_sum(&out, 1, 4, &c, PRECISION);
    assert_true(tt_real_is_absent(&out));
    tt_real_clear(&c);
    tt_real_clear(&out);
}

/* Exact where binomial.h says so, for powers. */
static void equals_where_short(const tt_real *x, mpq_srcptr q, mpq_srcptr eps, unsigned long n)
{
    mpfi_t truth;
    if (tt_exact_bits(eps) * n <= 1024 * PRECISION) {
        equals(x, q);
        return;
    }
    mpfi_init2(truth, REFERENCE);
    mpfi_set_q(truth, q);
    agrees(x, truth, 120);
    mpfi_clear(truth);
}

/* 1 - (1-eps)^n and n eps - 1 + (1-eps)^n */
static void test_deviations(void **state)
{
    tt_real eps, out;
    mpq_t q, power, deviation, sum, tiny;
    mpfi_t truth, truth_of_sum;
    (void)state;
    tt_real_init(&eps);
    tt_real_init(&out);
    mpq_inits(q, power, deviation, sum, tiny, NULL);
    mpfi_init2(truth, REFERENCE);
    mpfi_init2(truth_of_sum, REFERENCE);
    mpq_set_ui(tiny, 1, 1);
    mpq_div_2exp(tiny, tiny, 140000); /* more bits than stay exact */
    for (uint64_t round = 0; round < CASES * test_effort(); round++) {
        unsigned long n = random_below(&stream, round % 10 ? 80 : 800);
        random_c(q, n);
        if (mpq_cmp_ui(q, 1, 1) >= 0)
            mpq_inv(q, q);
        mpz_sub(mpq_numref(power), mpq_denref(q), mpq_numref(q));
        mpz_pow_ui(mpq_numref(power), mpq_numref(power), n);
        mpz_pow_ui(mpq_denref(power), mpq_denref(q), n);
        mpq_canonicalize(power);
        mpq_set_ui(deviation, 1, 1);
        mpq_sub(deviation, deviation, power);
        mpq_set_ui(sum, n, 1);
        mpq_mul(sum, sum, q);
        mpq_sub(sum, sum, deviation);
        mpfi_set_q(truth, deviation);
        mpfi_set_q(truth_of_sum, sum);
        tt_real_set_q(&eps, q);
        tt_deviation(&out, n, &eps, PRECISION);
        equals_where_short(&out, deviation, q, n);
        tt_deviation_sum(&out, n, &eps, PRECISION);
        equals_where_short(&out, sum, q, n);
        mpq_add(q, q, tiny);
        tt_real_set_q(&eps, q);
        tt_deviation(&out, n, &eps, PRECISION);
        agrees(&out, truth, n ? 120 : 0);
        tt_deviation_sum(&out, n, &eps, PRECISION);
        agrees(&out, truth_of_sum, n < 2 ? 0 : 120);
        enclose(&eps, q, PRECISION);
        tt_deviation(&out, n, &eps, PRECISION);
        agrees(&out, truth, 110);
        tt_deviation_sum(&out, n, &eps, PRECISION);
        agrees(&out, truth_of_sum, 110);
    }
    tt_real_set_ui(&eps, 1);
    tt_deviation(&out, 2147483646, &eps, PRECISION);
    equals_frac(&out, 1, 1);
    tt_deviation_sum(&out, 2147483647, &eps, PRECISION);
    equals_frac(&out, 2147483646, 1);
    tt_real_set_ui(&eps, 5); /* counts as 1 */
    tt_deviation(&out, 3, &eps, PRECISION);
    equals_frac(&out, 1, 1);
    tt_real_clear(&eps);
    tt_real_clear(&out);
    mpq_clears(q, power, deviation, sum, tiny, NULL);
    mpfi_clear(truth);
    mpfi_clear(truth_of_sum);
}

/* What is open at one precision is exact at a higher one. */
static void test_ties_are_settled_by_precision(void **state)
{
    tt_real c, out;
    (void)state;
    tt_real_init(&c);
    tt_real_init(&out);
    tt_real_set_frac(&c, 1, 1000003);
    tt_tilted_sum(&out, 500, 0, &c, 128);
    assert_int_equal(out.kind, TT_REAL_ENCLOSED);
    tt_tilted_sum(&out, 500, 0, &c, 1024);
    assert_int_equal(out.kind, TT_REAL_EXACT);
    tt_deviation(&out, 20000, &c, 128);
    assert_int_equal(out.kind, TT_REAL_ENCLOSED);
    tt_deviation(&out, 20000, &c, 1024);
    assert_int_equal(out.kind, TT_REAL_EXACT);
    tt_real_clear(&c);
    tt_real_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots_against_loop),
        cmocka_unit_test(test_long_roots),
        cmocka_unit_test(test_kept_roots),
        cmocka_unit_test(test_capped_sums),
        cmocka_unit_test(test_capped_sums_of_uniform_weights),
        cmocka_unit_test(test_capped_sums_keep_roots),
        cmocka_unit_test(test_capped_sums_of_special_operands),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_ranges_and_products),
        cmocka_unit_test(test_long_rationals),
        cmocka_unit_test(test_tilted_sums),
        cmocka_unit_test(test_tilted_sums_by_hand),
        cmocka_unit_test(test_deviations),
        cmocka_unit_test(test_ties_are_settled_by_precision),
    };
    stream.state = test_seed(20251220);
    printf("TT_TEST_SEED=%" PRIu64 "\n", stream.state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

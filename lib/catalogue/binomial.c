#include "binomial.h"

#include "../number/exact.h"
#include "double_sums.h"
#include "monotone.h"
#include "sums.h"

/* 31 bits for a power with an exponent of 2^31, the rest for what the closed forms cancel. */
#define GUARD 96
/* Bits of an exact result per bit of precision; lowest terms of tilted sums take a gcd of numbers of that length. */
#define TILTED_BITS 32
#define POWER_BITS 1024
#define EXACT_BITS_MAX ((size_t)1 << 22)

/* ---- powers ---- */

/* out = base^n, also for a base around 0 or below it */
static void power(mpfi_ptr out, mpfi_srcptr base, size_t n)
{
    mpfr_t lo, hi;
    mpfr_inits2(mpfi_get_prec(out), lo, hi, (mpfr_ptr)0);
    if (n % 2 || mpfr_sgn(&base->left) >= 0) {
        mpfr_pow_ui(lo, &base->left, n, MPFR_RNDD);
        mpfr_pow_ui(hi, &base->right, n, MPFR_RNDU);
    } else if (mpfr_sgn(&base->right) <= 0) {
        mpfr_pow_ui(lo, &base->right, n, MPFR_RNDD);
        mpfr_pow_ui(hi, &base->left, n, MPFR_RNDU);
    } else {
        mpfr_pow_ui(lo, &base->left, n, MPFR_RNDU);
        mpfr_pow_ui(hi, &base->right, n, MPFR_RNDU);
        mpfr_max(hi, lo, hi, MPFR_RNDU);
        mpfr_set_zero(lo, 1);
    }
    mpfr_set(&out->left, lo, MPFR_RNDD);
    mpfr_set(&out->right, hi, MPFR_RNDU);
    mpfr_clears(lo, hi, (mpfr_ptr)0);
}

static bool affordable(mpq_srcptr x, size_t n, size_t bits_per_bit, mpfr_prec_t precision)
{
    size_t bits = (size_t)precision * bits_per_bit;
    return tt_exact_bits(x) <= (bits < EXACT_BITS_MAX ? bits : EXACT_BITS_MAX) / n;
}

/* ---- sum_{k=2..n} C(n,k) w_k x^k for n x <= 1 ---- */

/* out = w_k, called for k = 2, 3, ... in turn; |w_k| <= (k+1)^2 */
typedef void weight_function(mpfi_ptr out, size_t k, void *state);

/* The sum of the terms from k + 1 on is at most twice (k+2)^2 C(n,k+1) x^{k+1} for k >= 2: from j to j + 1 that
   majorant grows by (n-j)/(j+1) x ((j+2)/(j+1))^2 <= 1/4 (5/4)^2 < 1/2, j >= 3. */
static bool tail_is_negligible(mpfi_ptr sum, mpfi_srcptr next_term, size_t k)
{
    mpfr_t tail;
    bool negligible;
    mpfr_init2(tail, 64);
    mpfr_mul_ui(tail, &next_term->right, 2 * (k + 2) * (k + 2), MPFR_RNDU);
    negligible = mpfr_zero_p(tail) || (mpfr_sgn(&sum->left) > 0 &&
                                       mpfr_get_exp(tail) < mpfr_get_exp(&sum->left) - (mpfr_exp_t)mpfi_get_prec(sum));
    if (negligible) {
        mpfr_sub(&sum->left, &sum->left, tail, MPFR_RNDD);
        mpfr_add(&sum->right, &sum->right, tail, MPFR_RNDU);
    }
    mpfr_clear(tail);
    return negligible;
}

static void power_series(mpfi_ptr sum, size_t n, mpq_srcptr x, weight_function *weight, void *state)
{
    mpfi_t argument, term, weighted;
    mpfi_init2(argument, mpfi_get_prec(sum));
    mpfi_init2(term, mpfi_get_prec(sum));
    mpfi_init2(weighted, mpfi_get_prec(sum));
    mpfi_set_q(argument, x);
    mpfi_mul_ui(term, argument, n);
    mpfi_set_ui(sum, 0);
    for (size_t k = 2; k <= n; k++) {
        mpfi_mul(term, term, argument);
        mpfi_mul_ui(term, term, n - k + 1);
        mpfi_div_ui(term, term, k);
        if (k > 2 && tail_is_negligible(sum, term, k - 1))
            break;
        weight(weighted, k, state);
        mpfi_mul(weighted, weighted, term);
        mpfi_add(sum, sum, weighted);
    }
    mpfi_clear(argument);
    mpfi_clear(term);
    mpfi_clear(weighted);
}

/* Whether n x <= 1. */
static bool is_small(mpq_srcptr x, size_t n)
{
    mpq_t product;
    bool small;
    mpq_init(product);
    mpq_set_ui(product, n, 1);
    mpq_mul(product, product, x);
    small = mpq_cmp_ui(product, 1, 1) <= 0;
    mpq_clear(product);
    return small;
}

/* ---- tilted sums ---- */

/* A_k = 6^k a_k(h/6) = (6-h)^k - (-h)^{k-1} (6k - h), an integer */
typedef struct {
    unsigned h;
    mpz_t target, rollout, a; /* (6-h)^k, (-h)^{k-1}, A_k */
} tilt;

static void tilt_init(tilt *t, unsigned h) /* k = 1 */
{
    t->h = h;
    mpz_init_set_ui(t->target, 6 - h);
    mpz_init_set_ui(t->rollout, 1);
    mpz_init(t->a);
}

static void tilt_clear(tilt *t)
{
    mpz_clear(t->target);
    mpz_clear(t->rollout);
    mpz_clear(t->a);
}

static void tilt_step(tilt *t, size_t k) /* from k - 1 to k */
{
    mpz_mul_ui(t->target, t->target, 6 - t->h);
    mpz_mul_si(t->rollout, t->rollout, -(long)t->h);
    mpz_set(t->a, t->target);
    mpz_submul_ui(t->a, t->rollout, 6 * k - t->h);
}

/* a_k^2 <= (k+1)^2 as (1-theta)^k + theta^k <= 1 */
static void tilt_weight(mpfi_ptr out, size_t k, void *state)
{
    tilt *t = state;
    mpz_t scale;
    tilt_step(t, k);
    mpz_init(scale);
    mpz_ui_pow_ui(scale, 6, k);
    mpfi_set_z(out, t->a);
    mpfi_div_z(out, out, scale);
    mpfi_sqr(out, out);
    mpz_clear(scale);
}

/* With c = u/v: sum C(n,k) A_k^2 u^k (36 v)^{n-k} over (36 v)^n, by Horner's rule. */
static void tilted_exact(tt_real *out, size_t n, unsigned h, mpq_srcptr c)
{
    tilt t;
    mpz_t base, binomial, power_of_u, term;
    mpz_ptr sum = mpq_numref(out->q);
    tilt_init(&t, h);
    mpz_init(base);
    mpz_init_set_ui(binomial, n);
    mpz_init_set(power_of_u, mpq_numref(c));
    mpz_init(term);
    mpz_mul_ui(base, mpq_denref(c), 36);
    mpz_set_ui(sum, 0);
    for (size_t k = 2; k <= n; k++) {
        tilt_step(&t, k);
        mpz_mul_ui(binomial, binomial, n - k + 1);
        mpz_divexact_ui(binomial, binomial, k);
        mpz_mul(power_of_u, power_of_u, mpq_numref(c));
        mpz_mul(term, t.a, t.a);
        mpz_mul(term, term, binomial);
        mpz_mul(sum, sum, base);
        mpz_addmul(sum, term, power_of_u);
    }
    mpz_pow_ui(mpq_denref(out->q), base, n);
    mpq_canonicalize(out->q);
    out->kind = TT_REAL_EXACT;
    tilt_clear(&t);
    mpz_clear(base);
    mpz_clear(binomial);
    mpz_clear(power_of_u);
    mpz_clear(term);
}

/* out = 1 + c p / 36 as an interval */
static void one_plus(mpfi_ptr out, mpq_srcptr c, long p)
{
    mpq_t x;
    mpq_init(x);
    mpq_set_si(x, p, 36);
    mpq_canonicalize(x);
    mpq_mul(x, x, c);
    mpz_add(mpq_numref(x), mpq_numref(x), mpq_denref(x));
    mpfi_set_q(out, x);
    mpq_clear(x);
}

/* sum += factor base^n, factor = p c^e */
static void add_power(mpfi_ptr sum, mpfi_srcptr base, size_t n, mpq_srcptr p, mpq_srcptr c, int e)
{
    mpfi_t x;
    mpq_t factor;
    mpq_init(factor);
    mpq_set(factor, p);
    for (int k = 0; k < e; k++)
        mpq_mul(factor, factor, c);
    mpfi_init2(x, mpfi_get_prec(sum));
    power(x, base, n);
    mpfi_mul_q(x, x, factor);
    mpfi_add(sum, sum, x);
    mpfi_clear(x);
    mpq_clear(factor);
}

/* q = n numerator / denominator */
static void set_multiple(mpq_ptr q, long numerator, unsigned denominator, size_t n)
{
    mpq_set_si(q, numerator, denominator);
    mpq_canonicalize(q);
    mpz_mul_ui(mpq_numref(q), mpq_numref(q), n);
    mpq_canonicalize(q);
}

/* With r = 1-theta and s = -theta, expand a_k^2 = (r^k - s^k - k s^{k-1})^2 and sum each part over k = 0..n, as
   a_0 = a_1 = 0:
     (1+c r^2)^n + (1+c s^2)^n - 2 (1+c r s)^n + (1+2s) n c (1+c s^2)^{n-1} + n (n-1) c^2 s^2 (1+c s^2)^{n-2}
     - 2 n c r (1+c r s)^{n-1}. */
static void tilted_closed(mpfi_ptr sum, size_t n, unsigned h, mpq_srcptr c)
{
    long r = 6 - (long)h, s = -(long)h; /* in sixths */
    mpfi_t base;
    mpq_t p;
    mpfi_init2(base, mpfi_get_prec(sum));
    mpq_init(p);
    mpfi_set_ui(sum, 0);
    one_plus(base, c, r * r);
    mpq_set_ui(p, 1, 1);
    add_power(sum, base, n, p, c, 0);
    one_plus(base, c, s * s);
    add_power(sum, base, n, p, c, 0);
    set_multiple(p, 6 + 2 * s, 6, n);
    add_power(sum, base, n - 1, p, c, 1);
    set_multiple(p, s * s, 36, n);
    mpz_mul_ui(mpq_numref(p), mpq_numref(p), n - 1);
    mpq_canonicalize(p);
    add_power(sum, base, n - 2, p, c, 2);
    one_plus(base, c, r * s);
    mpq_set_si(p, -2, 1);
    add_power(sum, base, n, p, c, 0);
    set_multiple(p, -2 * r, 6, n);
    add_power(sum, base, n - 1, p, c, 1);
    mpfi_clear(base);
    mpq_clear(p);
}

typedef struct {
    size_t n;
    unsigned sixths;
} tilted_context;

static void tilted_at(tt_real *out, const tt_real *const *x, const void *context, mpfr_prec_t precision)
{
    const tilted_context *t = context;
    mpq_srcptr c = x[0]->q;
    if (tt_real_is_infinite(x[0])) {
        tt_real_set_infinite(out, 1);
    } else if (mpq_sgn(c) == 0) {
        tt_real_set_ui(out, 0);
    } else if (affordable(c, t->n, TILTED_BITS, precision)) {
        tilted_exact(out, t->n, t->sixths, c);
    } else {
        mpfi_t sum;
        mpfi_init2(sum, precision + GUARD);
        if (is_small(c, t->n)) {
            tilt state;
            tilt_init(&state, t->sixths);
            power_series(sum, t->n, c, tilt_weight, &state);
            tilt_clear(&state);
        } else {
            tilted_closed(sum, t->n, t->sixths, c);
        }
        tt_real_set_interval(out, sum);
        mpfi_clear(sum);
    }
}

void tt_tilted_sum(tt_real *out, size_t n, unsigned sixths, const tt_real *c, mpfr_prec_t precision)
{
    tilted_context context = { n, sixths };
    tt_real argument;
    const tt_real *x[1] = { &argument };
    if (precision <= TT_PRECISION_DOUBLE && c->kind == TT_REAL_DOUBLE && n <= TT_DOUBLE_TILTED_MAX) {
        tt_interval sum = tt_double_tilted_sum(n, sixths, tt_interval_cut(c->d));
        if (tt_interval_is_finite(sum)) {
            tt_real_set_doubles(out, sum);
            return;
        }
    }
    tt_real_init(&argument);
    tt_without_root(&argument, c, precision);
    if (n < 2 && !tt_real_is_absent(c))
        tt_real_set_ui(out, 0);
    else
        tt_monotone_value(out, tilted_at, &context, x, 1, precision);
    tt_real_clear(&argument);
}

/* ---- powers of 1 - eps ---- */

/* (-1)^k */
static void sign_weight(mpfi_ptr out, size_t k, void *state)
{
    (void)state;
    mpfi_set_si(out, k % 2 ? -1 : 1);
}

/* out = (1-eps)^n, exactly */
static void survival(tt_real *out, size_t n, mpq_srcptr eps, mpfr_prec_t precision)
{
    mpz_sub(mpq_numref(out->q), mpq_denref(eps), mpq_numref(eps));
    mpz_set(mpq_denref(out->q), mpq_denref(eps));
    out->kind = TT_REAL_EXACT;
    tt_real_pow_ui(out, out, n, precision);
}

/* tt_monotone: x[0] = eps in [0, 1] */
static void deviation_at(tt_real *out, const tt_real *const *x, const void *context, mpfr_prec_t precision)
{
    size_t n = *(const size_t *)context;
    mpq_srcptr eps = x[0]->q;
    if (mpq_sgn(eps) == 0 || n == 0) {
        tt_real_set_ui(out, 0);
    } else if (affordable(eps, n, POWER_BITS, precision)) {
        tt_real one;
        tt_real_init(&one);
        tt_real_set_ui(&one, 1);
        survival(out, n, eps, precision);
        tt_real_sub(out, &one, out, precision);
        tt_real_clear(&one);
    } else {
        /* -expm1(n log1p(-eps)): nothing cancels */
        mpfi_t i;
        mpfi_init2(i, precision + GUARD);
        mpfi_set_q(i, eps);
        mpfi_neg(i, i);
        mpfi_log1p(i, i);
        mpfi_mul_ui(i, i, n);
        mpfi_expm1(i, i);
        mpfi_neg(i, i);
        tt_real_set_interval(out, i);
        mpfi_clear(i);
    }
}

/* out = n eps - 1 */
static void excess(mpq_ptr out, size_t n, mpq_srcptr eps)
{
    mpq_set_ui(out, n, 1);
    mpq_mul(out, out, eps);
    mpz_sub(mpq_numref(out), mpq_numref(out), mpq_denref(out));
}

/* out = n eps - 1 + (1-eps)^n; where n eps > 1 little cancels */
static void deviation_sum_closed(mpfi_ptr out, size_t n, mpq_srcptr eps)
{
    mpfi_t base;
    mpq_t linear;
    mpfi_init2(base, mpfi_get_prec(out));
    mpq_init(linear);
    mpfi_set_q(base, eps);
    mpfi_ui_sub(base, 1, base);
    power(out, base, n);
    excess(linear, n, eps);
    mpfi_add_q(out, out, linear);
    mpfi_clear(base);
    mpq_clear(linear);
}

/* tt_monotone: x[0] = eps in [0, 1] */
static void deviation_sum_at(tt_real *out, const tt_real *const *x, const void *context, mpfr_prec_t precision)
{
    size_t n = *(const size_t *)context;
    mpq_srcptr eps = x[0]->q;
    if (mpq_sgn(eps) == 0 || n < 2) {
        tt_real_set_ui(out, 0);
    } else if (affordable(eps, n, POWER_BITS, precision)) {
        tt_real linear;
        tt_real_init(&linear);
        excess(linear.q, n, eps);
        linear.kind = TT_REAL_EXACT;
        survival(out, n, eps, precision);
        tt_real_add(out, &linear, out, precision);
        tt_real_clear(&linear);
    } else {
        mpfi_t sum;
        mpfi_init2(sum, precision + GUARD);
        if (is_small(eps, n))
            power_series(sum, n, eps, sign_weight, NULL);
        else
            deviation_sum_closed(sum, n, eps);
        tt_real_set_interval(out, sum);
        mpfi_clear(sum);
    }
}

static void of_capped(tt_real *out, tt_monotone *f, size_t n, const tt_real *eps, mpfr_prec_t precision)
{
    tt_real capped;
    const tt_real *x[1] = { &capped };
    tt_real_init(&capped);
    tt_cap_one(&capped, eps, precision);
    tt_without_root(&capped, &capped, precision);
    tt_monotone_value(out, f, &n, x, 1, precision);
    tt_real_clear(&capped);
}

void tt_deviation(tt_real *out, size_t n, const tt_real *eps, mpfr_prec_t precision)
{
    of_capped(out, deviation_at, n, eps, precision);
}

void tt_deviation_sum(tt_real *out, size_t n, const tt_real *eps, mpfr_prec_t precision)
{
    of_capped(out, deviation_sum_at, n, eps, precision);
}

#include "real.h"

#include <limits.h>
#include <stdlib.h>

#define EXACT_POWER_BITS ((size_t)1 << 22)

void tt_real_init(tt_real *x)
{
    x->kind = TT_REAL_ABSENT;
    mpq_init(x->q);
    mpfi_init2(x->i, 64);
}

void tt_real_clear(tt_real *x)
{
    mpq_clear(x->q);
    mpfi_clear(x->i);
}

tt_real *tt_real_array(size_t n)
{
    tt_real *x = malloc((n ? n : 1) * sizeof *x);
    if (x)
        for (size_t k = 0; k < n; k++)
            tt_real_init(&x[k]);
    return x;
}

void tt_real_array_free(tt_real *x, size_t n)
{
    if (x)
        for (size_t k = 0; k < n; k++)
            tt_real_clear(&x[k]);
    free(x);
}

void tt_real_set(tt_real *out, const tt_real *x)
{
    if (out == x)
        return;
    out->kind = x->kind;
    if (x->kind == TT_REAL_ENCLOSED) {
        mpfi_set_prec(out->i, mpfi_get_prec(x->i));
        mpfi_set(out->i, x->i);
    } else if (x->kind != TT_REAL_ABSENT) {
        mpq_set(out->q, x->q);
    }
}

void tt_real_swap(tt_real *x, tt_real *y)
{
    tt_real t = *x;
    *x = *y;
    *y = t;
}

void tt_real_set_absent(tt_real *out)
{
    out->kind = TT_REAL_ABSENT;
}

void tt_real_set_q(tt_real *out, mpq_srcptr q)
{
    out->kind = TT_REAL_EXACT;
    mpq_set(out->q, q);
}

void tt_real_set_ui(tt_real *out, unsigned long n)
{
    out->kind = TT_REAL_EXACT;
    mpq_set_ui(out->q, n, 1);
}

void tt_real_set_frac(tt_real *out, unsigned long n, unsigned long d)
{
    out->kind = TT_REAL_EXACT;
    mpq_set_ui(out->q, n, d);
    mpq_canonicalize(out->q);
}

void tt_real_set_infinite(tt_real *out, int sign)
{
    out->kind = TT_REAL_INFINITE;
    mpq_set_si(out->q, sign < 0 ? -1 : 1, 1);
}

/* The strongest honest form of what stands in out->i. */
static void settle(tt_real *out)
{
    mpfr_srcptr lo = &out->i->left, hi = &out->i->right;
    out->kind = TT_REAL_ENCLOSED;
    if (mpfr_nan_p(lo) || mpfr_nan_p(hi)) {
        out->kind = TT_REAL_ABSENT;
    } else if (mpfr_inf_p(lo) || mpfr_inf_p(hi)) {
        if (mpfr_inf_p(lo) && mpfr_inf_p(hi) && mpfr_signbit(lo) == mpfr_signbit(hi))
            tt_real_set_infinite(out, mpfr_sgn(hi));
        else
            out->kind = TT_REAL_ABSENT;
    } else if (mpfr_zero_p(lo) && mpfr_zero_p(hi)) {
        tt_real_set_ui(out, 0);
    }
}

/* out = i, rounded outward to a precision. */
static void take(tt_real *out, mpfi_srcptr i, mpfr_prec_t precision)
{
    mpfi_set_prec(out->i, precision);
    mpfi_set(out->i, i);
    settle(out);
}

void tt_real_set_interval(tt_real *out, mpfi_srcptr i)
{
    take(out, i, mpfi_get_prec(i));
    if (out->kind == TT_REAL_ENCLOSED && mpfr_equal_p(&i->left, &i->right)) {
        mpfr_get_q(out->q, &i->left);
        out->kind = TT_REAL_EXACT;
    }
}

bool tt_real_is_absent(const tt_real *x)
{
    return x->kind == TT_REAL_ABSENT;
}

bool tt_real_is_exact(const tt_real *x)
{
    return x->kind == TT_REAL_EXACT;
}

bool tt_real_is_zero(const tt_real *x)
{
    return x->kind == TT_REAL_EXACT && mpq_sgn(x->q) == 0;
}

bool tt_real_is_infinite(const tt_real *x)
{
    return x->kind == TT_REAL_INFINITE;
}

void tt_real_get_interval(mpfi_ptr out, const tt_real *x)
{
    switch (x->kind) {
    case TT_REAL_EXACT:
        mpfi_set_q(out, x->q);
        break;
    case TT_REAL_ROOT:
        mpfi_set_q(out, x->q);
        mpfi_sqrt(out, out);
        break;
    default:
        mpfi_set(out, x->i);
    }
}

double tt_real_get_d(const tt_real *x)
{
    mpfi_t i;
    double d;
    if (x->kind == TT_REAL_ABSENT)
        return 0;
    if (x->kind == TT_REAL_INFINITE)
        return mpq_sgn(x->q) * (1.0 / 0.0);
    mpfi_init2(i, 64);
    tt_real_get_interval(i, x);
    d = mpfi_get_d(i);
    mpfi_clear(i);
    return d;
}

long tt_real_width_log2(const tt_real *x)
{
    mpfr_t width, size;
    long log2;
    if (x->kind != TT_REAL_ENCLOSED || mpfr_equal_p(&x->i->left, &x->i->right))
        return LONG_MIN;
    mpfr_inits2(64, width, size, (mpfr_ptr)0);
    mpfr_sub(width, &x->i->right, &x->i->left, MPFR_RNDU);
    mpfi_mig(size, x->i);
    log2 = mpfr_zero_p(size) ? LONG_MAX : (long)(mpfr_get_exp(width) - mpfr_get_exp(size) + 1);
    mpfr_clears(width, size, (mpfr_ptr)0);
    return log2;
}

static bool is_finite(const tt_real *x)
{
    return x->kind != TT_REAL_ABSENT && x->kind != TT_REAL_INFINITE;
}

/* Sign where it is certain, 2 where it is not. */
static int sign(const tt_real *x)
{
    switch (x->kind) {
    case TT_REAL_EXACT:
    case TT_REAL_INFINITE:
        return mpq_sgn(x->q);
    case TT_REAL_ROOT:
        return 1;
    case TT_REAL_ENCLOSED:
        if (mpfr_sgn(&x->i->left) > 0)
            return 1;
        if (mpfr_sgn(&x->i->right) < 0)
            return -1;
        return 2;
    default:
        return 2;
    }
}

typedef int interval_operation(mpfi_ptr, mpfi_srcptr, mpfi_srcptr);

static void by_intervals(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision,
                         interval_operation *operation)
{
    mpfi_t a, b;
    mpfi_init2(a, precision);
    mpfi_init2(b, precision);
    tt_real_get_interval(a, x);
    tt_real_get_interval(b, y);
    mpfi_set_prec(out->i, precision);
    operation(out->i, a, b);
    mpfi_clear(a);
    mpfi_clear(b);
    settle(out);
}

void tt_real_neg(tt_real *out, const tt_real *x)
{
    if (x->kind == TT_REAL_ROOT) {
        mpfi_t i;
        mpfi_init2(i, TT_PRECISION_MAX / 16);
        tt_real_get_interval(i, x);
        mpfi_set_prec(out->i, TT_PRECISION_MAX / 16);
        mpfi_neg(out->i, i);
        mpfi_clear(i);
        settle(out);
        return;
    }
    tt_real_set(out, x);
    if (out->kind == TT_REAL_ENCLOSED)
        mpfi_neg(out->i, out->i);
    else if (out->kind != TT_REAL_ABSENT)
        mpq_neg(out->q, out->q);
}

void tt_real_abs(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    (void)precision;
    tt_real_set(out, x);
    if (out->kind == TT_REAL_ENCLOSED) {
        mpfi_abs(out->i, out->i);
        settle(out);
    } else if (out->kind != TT_REAL_ABSENT) {
        mpq_abs(out->q, out->q);
    }
}

void tt_real_add(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT || y->kind == TT_REAL_ABSENT) {
        tt_real_set_absent(out);
    } else if (x->kind == TT_REAL_INFINITE || y->kind == TT_REAL_INFINITE) {
        if (x->kind == y->kind && mpq_sgn(x->q) != mpq_sgn(y->q))
            tt_real_set_absent(out);
        else
            tt_real_set_infinite(out, mpq_sgn(x->kind == TT_REAL_INFINITE ? x->q : y->q));
    } else if (tt_real_is_zero(x)) {
        tt_real_set(out, y);
    } else if (tt_real_is_zero(y)) {
        tt_real_set(out, x);
    } else if (x->kind == TT_REAL_EXACT && y->kind == TT_REAL_EXACT) {
        mpq_add(out->q, x->q, y->q);
        out->kind = TT_REAL_EXACT;
    } else {
        by_intervals(out, x, y, precision, mpfi_add);
    }
}

void tt_real_sub(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    if (is_finite(x) && is_finite(y)) {
        if (x->kind == TT_REAL_EXACT && y->kind == TT_REAL_EXACT) {
            mpq_sub(out->q, x->q, y->q);
            out->kind = TT_REAL_EXACT;
        } else if (x->kind == TT_REAL_ROOT && y->kind == TT_REAL_ROOT && mpq_equal(x->q, y->q)) {
            tt_real_set_ui(out, 0);
        } else if (tt_real_is_zero(y)) {
            tt_real_set(out, x);
        } else {
            by_intervals(out, x, y, precision, mpfi_sub);
        }
    } else {
        tt_real minus;
        tt_real_init(&minus);
        tt_real_neg(&minus, y);
        tt_real_add(out, x, &minus, precision);
        tt_real_clear(&minus);
    }
}

/* out = sqrt(q), q >= 0 canonical. */
static void set_root(tt_real *out, mpq_srcptr q)
{
    if (mpz_perfect_square_p(mpq_numref(q)) && mpz_perfect_square_p(mpq_denref(q))) {
        mpq_set(out->q, q);
        mpz_sqrt(mpq_numref(out->q), mpq_numref(out->q));
        mpz_sqrt(mpq_denref(out->q), mpq_denref(out->q));
        out->kind = TT_REAL_EXACT;
    } else {
        mpq_set(out->q, q);
        out->kind = TT_REAL_ROOT;
    }
}

/* out = x * y for roots and rationals >= 0 that stay roots; false where they do not. */
static bool mul_roots(tt_real *out, const tt_real *x, const tt_real *y)
{
    mpq_t square, other;
    if (sign(x) < 0 || sign(y) < 0)
        return false;
    mpq_init(square);
    mpq_init(other);
    if (x->kind == TT_REAL_EXACT)
        mpq_mul(square, x->q, x->q);
    else
        mpq_set(square, x->q);
    if (y->kind == TT_REAL_EXACT)
        mpq_mul(other, y->q, y->q);
    else
        mpq_set(other, y->q);
    mpq_mul(square, square, other);
    set_root(out, square);
    mpq_clear(square);
    mpq_clear(other);
    return true;
}

static bool algebraic(const tt_real *x)
{
    return x->kind == TT_REAL_EXACT || x->kind == TT_REAL_ROOT;
}

void tt_real_mul(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT || y->kind == TT_REAL_ABSENT) {
        tt_real_set_absent(out);
    } else if (tt_real_is_zero(x) || tt_real_is_zero(y)) {
        tt_real_set_ui(out, 0);
    } else if (!is_finite(x) || !is_finite(y)) {
        int s = sign(x), t = sign(y);
        if (s == 2 || t == 2)
            tt_real_set_absent(out);
        else
            tt_real_set_infinite(out, s * t);
    } else if (x->kind == TT_REAL_EXACT && y->kind == TT_REAL_EXACT) {
        mpq_mul(out->q, x->q, y->q);
        out->kind = TT_REAL_EXACT;
    } else if (!(algebraic(x) && algebraic(y) && mul_roots(out, x, y))) {
        by_intervals(out, x, y, precision, mpfi_mul);
    }
}

void tt_real_div(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT || y->kind == TT_REAL_ABSENT || tt_real_is_zero(y)) {
        tt_real_set_absent(out);
    } else if (tt_real_is_zero(x)) {
        tt_real_set_ui(out, 0);
    } else if (y->kind == TT_REAL_INFINITE) {
        if (is_finite(x))
            tt_real_set_ui(out, 0);
        else
            tt_real_set_absent(out);
    } else if (x->kind == TT_REAL_INFINITE) {
        int s = sign(y);
        if (s == 2)
            tt_real_set_absent(out);
        else
            tt_real_set_infinite(out, s * mpq_sgn(x->q));
    } else if (algebraic(y)) {
        tt_real inverse;
        tt_real_init(&inverse);
        mpq_inv(inverse.q, y->q);
        inverse.kind = y->kind;
        tt_real_mul(out, x, &inverse, precision);
        tt_real_clear(&inverse);
    } else if (sign(y) == 2) {
        tt_real_set_absent(out);
    } else {
        by_intervals(out, x, y, precision, mpfi_div);
    }
}

void tt_real_mul_frac(tt_real *out, const tt_real *x, unsigned long n, unsigned long d, mpfr_prec_t precision)
{
    tt_real factor;
    tt_real_init(&factor);
    tt_real_set_frac(&factor, n, d);
    tt_real_mul(out, x, &factor, precision);
    tt_real_clear(&factor);
}

void tt_real_pow_ui(tt_real *out, const tt_real *x, unsigned long n, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT) {
        tt_real_set_absent(out);
    } else if (n == 0) {
        tt_real_set_ui(out, 1);
    } else if (x->kind == TT_REAL_INFINITE) {
        tt_real_set_infinite(out, n % 2 ? mpq_sgn(x->q) : 1);
    } else if (x->kind == TT_REAL_EXACT &&
               (mpz_sizeinbase(mpq_numref(x->q), 2) + mpz_sizeinbase(mpq_denref(x->q), 2)) <= EXACT_POWER_BITS / n) {
        mpz_pow_ui(mpq_numref(out->q), mpq_numref(x->q), n);
        mpz_pow_ui(mpq_denref(out->q), mpq_denref(x->q), n);
        out->kind = TT_REAL_EXACT;
    } else {
        mpfi_t base, power;
        mpfi_init2(base, precision + 32);
        mpfi_init2(power, precision + 32);
        tt_real_get_interval(base, x);
        if (mpfr_sgn(&base->left) >= 0) {
            mpfr_pow_ui(&power->left, &base->left, n, MPFR_RNDD);
            mpfr_pow_ui(&power->right, &base->right, n, MPFR_RNDU);
        } else {
            mpfi_set_ui(power, 1);
            for (unsigned long bit = 1UL << (8 * sizeof n - 1); bit; bit >>= 1) {
                mpfi_sqr(power, power);
                if (n & bit)
                    mpfi_mul(power, power, base);
            }
        }
        take(out, power, precision);
        mpfi_clear(base);
        mpfi_clear(power);
    }
}

void tt_real_sqrt(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT || sign(x) < 0) {
        tt_real_set_absent(out);
    } else if (x->kind == TT_REAL_INFINITE) {
        tt_real_set_infinite(out, 1);
    } else if (x->kind == TT_REAL_EXACT) {
        set_root(out, x->q);
    } else {
        mpfi_t i;
        mpfi_init2(i, precision);
        tt_real_get_interval(i, x);
        if (mpfr_sgn(&i->left) < 0)
            mpfr_set_zero(&i->left, 1);
        mpfi_set_prec(out->i, precision);
        mpfi_sqrt(out->i, i);
        mpfi_clear(i);
        settle(out);
    }
}

void tt_real_log(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT || sign(x) < 0) {
        tt_real_set_absent(out);
    } else if (x->kind == TT_REAL_INFINITE) {
        tt_real_set_infinite(out, 1);
    } else if (tt_real_is_zero(x)) {
        tt_real_set_infinite(out, -1);
    } else if (x->kind == TT_REAL_EXACT && mpq_cmp_ui(x->q, 1, 1) == 0) {
        tt_real_set_ui(out, 0);
    } else {
        mpfi_t i;
        mpfi_init2(i, precision);
        if (x->kind == TT_REAL_EXACT && mpq_cmp_ui(x->q, 1, 2) > 0 && mpq_cmp_ui(x->q, 2, 1) < 0) {
            /* from x - 1, exactly: no cancellation near 1 */
            mpq_t minus_one;
            mpq_init(minus_one);
            mpz_sub(mpq_numref(minus_one), mpq_numref(x->q), mpq_denref(x->q));
            mpz_set(mpq_denref(minus_one), mpq_denref(x->q));
            mpfi_set_q(i, minus_one);
            mpq_clear(minus_one);
            mpfi_log1p(i, i);
        } else {
            tt_real_get_interval(i, x);
            mpfi_log(i, i);
        }
        take(out, i, precision);
        mpfi_clear(i);
    }
}

void tt_real_exp(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT) {
        tt_real_set_absent(out);
    } else if (x->kind == TT_REAL_INFINITE) {
        if (mpq_sgn(x->q) > 0)
            tt_real_set_infinite(out, 1);
        else
            tt_real_set_ui(out, 0);
    } else if (tt_real_is_zero(x)) {
        tt_real_set_ui(out, 1);
    } else {
        mpfi_t i;
        mpfi_init2(i, precision);
        tt_real_get_interval(i, x);
        mpfi_set_prec(out->i, precision);
        mpfi_exp(out->i, i);
        mpfi_clear(i);
        settle(out);
    }
}

/* Endpoint-wise smaller (or larger) of two overlapping intervals. */
static void pick(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision, bool smaller)
{
    mpfi_t a, b;
    mpfi_init2(a, precision);
    mpfi_init2(b, precision);
    tt_real_get_interval(a, x);
    tt_real_get_interval(b, y);
    mpfi_set_prec(out->i, precision);
    if (smaller) {
        mpfr_min(&out->i->left, &a->left, &b->left, MPFR_RNDD);
        mpfr_min(&out->i->right, &a->right, &b->right, MPFR_RNDU);
    } else {
        mpfr_max(&out->i->left, &a->left, &b->left, MPFR_RNDD);
        mpfr_max(&out->i->right, &a->right, &b->right, MPFR_RNDU);
    }
    mpfi_clear(a);
    mpfi_clear(b);
    settle(out);
}

/* The smaller (or larger) of two. */
static void choose(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision, bool smaller)
{
    tt_order o = tt_real_cmp(x, y);
    if (x->kind == TT_REAL_ABSENT || y->kind == TT_REAL_ABSENT)
        tt_real_set_absent(out);
    else if (o == TT_UNKNOWN)
        pick(out, x, y, precision, smaller);
    else
        tt_real_set(out, o == TT_EQUAL || (o == TT_LESS) == smaller ? x : y);
}

void tt_real_min(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    choose(out, x, y, precision, true);
}

void tt_real_max(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    choose(out, x, y, precision, false);
}

static tt_order order(int c)
{
    return c < 0 ? TT_LESS : c > 0 ? TT_GREATER : TT_EQUAL;
}

static tt_order cmp_algebraic(const tt_real *x, const tt_real *y)
{
    mpq_t square;
    tt_order o;
    if (x->kind == y->kind)
        return order(mpq_cmp(x->q, y->q));
    if (x->kind == TT_REAL_ROOT) {
        o = cmp_algebraic(y, x);
        return o == TT_LESS ? TT_GREATER : o == TT_GREATER ? TT_LESS : o;
    }
    if (mpq_sgn(x->q) <= 0)
        return TT_LESS;
    mpq_init(square);
    mpq_mul(square, x->q, x->q);
    o = order(mpq_cmp(square, y->q));
    mpq_clear(square);
    return o;
}

static tt_order cmp_rational(mpfi_srcptr i, mpq_srcptr q)
{
    if (mpfr_cmp_q(&i->right, q) < 0)
        return TT_LESS;
    if (mpfr_cmp_q(&i->left, q) > 0)
        return TT_GREATER;
    return TT_UNKNOWN;
}

static tt_order cmp_intervals(const tt_real *x, const tt_real *y)
{
    mpfr_prec_t precision = 0;
    mpfi_t a, b;
    tt_order o = TT_UNKNOWN;
    if (x->kind == TT_REAL_ENCLOSED)
        precision = mpfi_get_prec(x->i);
    if (y->kind == TT_REAL_ENCLOSED && mpfi_get_prec(y->i) > precision)
        precision = mpfi_get_prec(y->i);
    mpfi_init2(a, precision + 64);
    mpfi_init2(b, precision + 64);
    tt_real_get_interval(a, x);
    tt_real_get_interval(b, y);
    if (mpfr_less_p(&a->right, &b->left))
        o = TT_LESS;
    else if (mpfr_greater_p(&a->left, &b->right))
        o = TT_GREATER;
    mpfi_clear(a);
    mpfi_clear(b);
    return o;
}

tt_order tt_real_cmp(const tt_real *x, const tt_real *y)
{
    if (x->kind == TT_REAL_ABSENT || y->kind == TT_REAL_ABSENT)
        return TT_UNKNOWN;
    if (x->kind == TT_REAL_INFINITE || y->kind == TT_REAL_INFINITE) {
        int s = x->kind == TT_REAL_INFINITE ? mpq_sgn(x->q) : 0;
        int t = y->kind == TT_REAL_INFINITE ? mpq_sgn(y->q) : 0;
        return order((s > t) - (s < t));
    }
    if (algebraic(x) && algebraic(y))
        return cmp_algebraic(x, y);
    if (y->kind == TT_REAL_EXACT)
        return cmp_rational(x->i, y->q);
    if (x->kind == TT_REAL_EXACT) {
        tt_order o = cmp_rational(y->i, x->q);
        return o == TT_LESS ? TT_GREATER : o == TT_GREATER ? TT_LESS : o;
    }
    return cmp_intervals(x, y);
}

tt_order tt_real_cmp_ui(const tt_real *x, unsigned long n)
{
    tt_real y;
    tt_order o;
    tt_real_init(&y);
    tt_real_set_ui(&y, n);
    o = tt_real_cmp(x, &y);
    tt_real_clear(&y);
    return o;
}

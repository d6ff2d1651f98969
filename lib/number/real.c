#include "real.h"

#include <limits.h>
#include <stdlib.h>

#include "exact.h"
#include "gcd.h"

#define EXACT_POWER_BITS ((size_t)1 << 22)

/* Nothing is allocated before it is needed; q is 0/0 until it is set. */
void tt_real_init(tt_real *x)
{
    x->kind = TT_REAL_ABSENT;
    x->room = false;
    mpz_inits(mpq_numref(x->q), mpq_denref(x->q), NULL);
}

void tt_real_clear(tt_real *x)
{
    mpz_clears(mpq_numref(x->q), mpq_denref(x->q), NULL);
    if (x->room)
        mpfi_clear(x->i);
}

/* out->i, of this precision, its value lost */
static mpfi_ptr make_room(tt_real *out, mpfr_prec_t precision)
{
    if (!out->room)
        mpfi_init2(out->i, precision);
    else if (mpfi_get_prec(out->i) != precision)
        mpfi_set_prec(out->i, precision);
    out->room = true;
    return out->i;
}

tt_real *tt_real_array(size_t n)
{
    tt_real *x = calloc(n ? n : 1, sizeof *x);
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
    if (x->kind == TT_REAL_ENCLOSED)
        mpfi_set(make_room(out, mpfi_get_prec(x->i)), x->i);
    else if (x->kind == TT_REAL_DOUBLE)
        out->d = x->d;
    else if (x->kind != TT_REAL_ABSENT)
        mpq_set(out->q, x->q);
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

void tt_real_set_ui(tt_real *out, uint64_t n)
{
    tt_real_set_frac(out, n, 1);
}

void tt_real_set_frac(tt_real *out, uint64_t n, uint64_t d)
{
    out->kind = TT_REAL_EXACT;
    tt_exact_set_u64(mpq_numref(out->q), n);
    tt_exact_set_u64(mpq_denref(out->q), d);
    if (d != 1)
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

/* out = d where d is finite; else false, and out is as it was. */
static bool settle_doubles(tt_real *out, tt_interval d)
{
    if (!tt_interval_is_finite(d))
        return false;
    if (tt_interval_is_zero(d)) {
        tt_real_set_ui(out, 0);
    } else {
        out->kind = TT_REAL_DOUBLE;
        out->d = d;
    }
    return true;
}

/* out = i, rounded outward to a precision. */
static void take(tt_real *out, mpfi_srcptr i, mpfr_prec_t precision)
{
    if (precision <= TT_PRECISION_DOUBLE && settle_doubles(out, tt_interval_of_mpfi(i)))
        return;
    mpfi_set(make_room(out, precision), i);
    settle(out);
}

void tt_real_set_doubles(tt_real *out, tt_interval d)
{
    if (!settle_doubles(out, d)) {
        tt_real_set_absent(out);
    } else if (out->kind == TT_REAL_DOUBLE && -d.minus_lo == d.hi) {
        mpq_set_d(out->q, d.hi);
        out->kind = TT_REAL_EXACT;
    }
}

void tt_real_set_interval(tt_real *out, mpfi_srcptr i)
{
    mpfi_set(make_room(out, mpfi_get_prec(i)), i);
    settle(out);
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

bool tt_real_is_enclosed(const tt_real *x)
{
    return x->kind == TT_REAL_ENCLOSED || x->kind == TT_REAL_DOUBLE;
}

mpfr_prec_t tt_precision_plus(mpfr_prec_t precision, mpfr_prec_t guard)
{
    return precision <= TT_PRECISION_DOUBLE ? precision : precision + guard;
}

void tt_real_get_interval(mpfi_ptr out, const tt_real *x)
{
    switch (x->kind) {
    case TT_REAL_DOUBLE:
        mpfr_set_d(&out->left, tt_interval_lo(x->d), MPFR_RNDD);
        mpfr_set_d(&out->right, x->d.hi, MPFR_RNDU);
        break;
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

tt_interval tt_real_get_doubles(const tt_real *x)
{
    switch (x->kind) {
    case TT_REAL_EXACT:
        return tt_interval_of_q(x->q);
    case TT_REAL_ROOT:
        return tt_interval_compute(TT_INTERVAL_SQRT, tt_interval_of_q(x->q), TT_INTERVAL_ZERO);
    case TT_REAL_ENCLOSED:
        return tt_interval_of_mpfi(x->i);
    case TT_REAL_DOUBLE:
        return x->d;
    default:
        return TT_INTERVAL_UNKNOWN;
    }
}

void tt_real_enclose(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    mpfi_t i;
    if (x->kind == TT_REAL_ABSENT || x->kind == TT_REAL_INFINITE || tt_real_is_zero(x)) {
        tt_real_set(out, x);
        return;
    }
    if (precision <= TT_PRECISION_DOUBLE && settle_doubles(out, tt_real_get_doubles(x)))
        return;
    mpfi_init2(i, precision);
    tt_real_get_interval(i, x);
    mpfi_set(make_room(out, precision), i);
    settle(out);
    mpfi_clear(i);
}

double tt_real_get_d(const tt_real *x)
{
    mpfi_t i;
    double d;
    if (x->kind == TT_REAL_DOUBLE)
        return tt_interval_lo(x->d) / 2 + x->d.hi / 2;
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

/* The same of doubles. */
static long doubles_width_log2(tt_interval d)
{
    int width, size;
    double mignitude = tt_smaller(fabs(d.minus_lo), fabs(d.hi));
    if (d.minus_lo == -d.hi)
        return LONG_MIN;
    if (mignitude == 0 || (d.minus_lo > 0 && d.hi > 0))
        return LONG_MAX;
    (void)frexp(nextafter(d.hi + d.minus_lo, HUGE_VAL), &width);
    (void)frexp(mignitude, &size);
    return (long)width - size + 1;
}

long tt_real_width_log2(const tt_real *x)
{
    mpfr_t width, size;
    long log2;
    if (x->kind == TT_REAL_DOUBLE)
        return doubles_width_log2(x->d);
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
    case TT_REAL_DOUBLE:
        return x->d.minus_lo < 0 ? 1 : x->d.hi < 0 ? -1 : 2;
    default:
        return 2;
    }
}

/* An operation on intervals: of MPFI, and its name for doubles. */
typedef struct {
    int (*mpfi)(mpfi_ptr, mpfi_srcptr, mpfi_srcptr);
    tt_interval_operation doubles;
} interval_operation;

static const interval_operation adding = { mpfi_add, TT_INTERVAL_ADD }, subtracting = { mpfi_sub, TT_INTERVAL_SUB },
                                multiplying = { mpfi_mul, TT_INTERVAL_MUL }, dividing = { mpfi_div, TT_INTERVAL_DIV };

/* The interval of x at a precision: its own where it has one of that precision, else `room`, initialised here. */
static mpfi_srcptr interval_of(const tt_real *x, mpfi_t room, mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ENCLOSED && mpfi_get_prec(x->i) == precision)
        return x->i;
    mpfi_init2(room, precision);
    tt_real_get_interval(room, x);
    return room;
}

static void by_intervals(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision,
                         const interval_operation *operation)
{
    mpfi_t room_x, room_y;
    mpfi_srcptr a, b;
    if (precision <= TT_PRECISION_DOUBLE &&
        settle_doubles(out, tt_interval_compute(operation->doubles, tt_real_get_doubles(x), tt_real_get_doubles(y))))
        return;
    a = interval_of(x, room_x, precision);
    b = interval_of(y, room_y, precision);
    operation->mpfi(make_room(out, precision), a, b);
    if (a == room_x)
        mpfi_clear(room_x);
    if (b == room_y)
        mpfi_clear(room_y);
    settle(out);
}

void tt_real_neg(tt_real *out, const tt_real *x)
{
    if (x->kind == TT_REAL_ROOT) {
        mpfi_t i;
        mpfi_init2(i, TT_PRECISION_MAX / 16);
        tt_real_get_interval(i, x);
        mpfi_neg(make_room(out, TT_PRECISION_MAX / 16), i);
        mpfi_clear(i);
        settle(out);
        return;
    }
    tt_real_set(out, x);
    if (out->kind == TT_REAL_ENCLOSED)
        mpfi_neg(out->i, out->i);
    else if (out->kind == TT_REAL_DOUBLE)
        out->d = tt_interval_neg(out->d);
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
    } else if (out->kind == TT_REAL_DOUBLE) {
        out->d = tt_interval_abs(out->d);
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
        by_intervals(out, x, y, precision, &adding);
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
            by_intervals(out, x, y, precision, &subtracting);
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
        by_intervals(out, x, y, precision, &multiplying);
    }
}

void tt_real_div(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    /* NOLINTNEXTLINE(bugprone-branch-clone): the order of the questions matters */
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
        by_intervals(out, x, y, precision, &dividing);
    }
}

/* q *= n / d, in lowest terms */
static void mul_rational(mpq_ptr q, unsigned long n, unsigned long d)
{
    unsigned long common;
    if (n == 0 || mpq_sgn(q) == 0) {
        mpq_set_ui(q, 0, 1);
        return;
    }
    common = mpz_gcd_ui(NULL, mpq_denref(q), n);
    mpz_divexact_ui(mpq_denref(q), mpq_denref(q), common);
    n /= common;
    common = mpz_gcd_ui(NULL, mpq_numref(q), d);
    mpz_divexact_ui(mpq_numref(q), mpq_numref(q), common);
    d /= common;
    common = (unsigned long)tt_gcd(n, d);
    mpz_mul_ui(mpq_numref(q), mpq_numref(q), n / common);
    mpz_mul_ui(mpq_denref(q), mpq_denref(q), d / common);
}

void tt_real_mul_frac(tt_real *out, const tt_real *x, uint64_t n, uint64_t d, mpfr_prec_t precision)
{
    tt_real factor;
    if (x->kind == TT_REAL_EXACT && n <= ULONG_MAX && d <= ULONG_MAX) {
        tt_real_set(out, x);
        mul_rational(out->q, (unsigned long)n, (unsigned long)d);
        return;
    }
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
    } else if (precision > TT_PRECISION_DOUBLE ||
               !settle_doubles(out, tt_interval_compute(TT_INTERVAL_SQRT, tt_real_get_doubles(x), TT_INTERVAL_ZERO))) {
        mpfi_t i;
        mpfi_init2(i, precision);
        tt_real_get_interval(i, x);
        if (mpfr_sgn(&i->left) < 0)
            mpfr_set_zero(&i->left, 1);
        mpfi_sqrt(make_room(out, precision), i);
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
    } else if (precision > TT_PRECISION_DOUBLE || x->kind == TT_REAL_EXACT ||
               !settle_doubles(out, tt_interval_compute(TT_INTERVAL_LOG, tt_real_get_doubles(x), TT_INTERVAL_ZERO))) {
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

/* out = e^x + constant, which mpfi_exp or mpfi_expm1 computes */
static void exponential(tt_real *out, const tt_real *x, long constant, int (*compute)(mpfi_ptr, mpfi_srcptr),
                        mpfr_prec_t precision)
{
    if (x->kind == TT_REAL_ABSENT) {
        tt_real_set_absent(out);
    } else if (x->kind == TT_REAL_INFINITE && mpq_sgn(x->q) > 0) {
        tt_real_set_infinite(out, 1);
    } else if (x->kind == TT_REAL_INFINITE || tt_real_is_zero(x)) {
        mpq_t limit;
        mpq_init(limit);
        mpq_set_si(limit, constant + (x->kind != TT_REAL_INFINITE), 1);
        tt_real_set_q(out, limit);
        mpq_clear(limit);
    } else {
        mpfi_t i;
        mpfi_init2(i, precision);
        tt_real_get_interval(i, x);
        compute(i, i);
        take(out, i, precision);
        mpfi_clear(i);
    }
}

void tt_real_exp(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    exponential(out, x, 0, mpfi_exp, precision);
}

void tt_real_expm1(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    exponential(out, x, -1, mpfi_expm1, precision);
}

/* Endpoint-wise smaller (or larger) of two overlapping intervals. */
static void pick(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision, bool smaller)
{
    mpfi_t room_x, room_y;
    mpfi_srcptr a, b;
    mpfi_ptr i;
    if (precision <= TT_PRECISION_DOUBLE) {
        tt_interval c = tt_real_get_doubles(x), d = tt_real_get_doubles(y);
        if (settle_doubles(out, smaller ? tt_interval_min(c, d) : tt_interval_max(c, d)))
            return;
    }
    a = interval_of(x, room_x, precision);
    b = interval_of(y, room_y, precision);
    i = make_room(out, precision);
    if (smaller) {
        mpfr_min(&i->left, &a->left, &b->left, MPFR_RNDD);
        mpfr_min(&i->right, &a->right, &b->right, MPFR_RNDU);
    } else {
        mpfr_max(&i->left, &a->left, &b->left, MPFR_RNDD);
        mpfr_max(&i->right, &a->right, &b->right, MPFR_RNDU);
    }
    if (a == room_x)
        mpfi_clear(room_x);
    if (b == room_y)
        mpfi_clear(room_y);
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
    if (x->kind == y->kind) /* that they are equal is seen without products of long numbers */
        return mpq_equal(x->q, y->q) ? TT_EQUAL : order(mpq_cmp(x->q, y->q));
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

static tt_order cmp_doubles(tt_interval x, tt_interval y)
{
    if (x.hi < tt_interval_lo(y))
        return TT_LESS;
    if (tt_interval_lo(x) > y.hi)
        return TT_GREATER;
    return TT_UNKNOWN;
}

/* The intervals of both at a precision that holds the finer one without rounding. */
typedef struct {
    mpfi_t x, y;
} interval_pair;

static void pair_init(interval_pair *pair, const tt_real *x, const tt_real *y)
{
    mpfr_prec_t precision = TT_PRECISION_DOUBLE;
    if (x->kind == TT_REAL_ENCLOSED && mpfi_get_prec(x->i) > precision)
        precision = mpfi_get_prec(x->i);
    if (y->kind == TT_REAL_ENCLOSED && mpfi_get_prec(y->i) > precision)
        precision = mpfi_get_prec(y->i);
    mpfi_init2(pair->x, precision + 64);
    mpfi_init2(pair->y, precision + 64);
    tt_real_get_interval(pair->x, x);
    tt_real_get_interval(pair->y, y);
}

static void pair_clear(interval_pair *pair)
{
    mpfi_clear(pair->x);
    mpfi_clear(pair->y);
}

static tt_order cmp_intervals(const tt_real *x, const tt_real *y)
{
    interval_pair pair;
    tt_order o = TT_UNKNOWN;
    pair_init(&pair, x, y);
    if (mpfr_less_p(&pair.x->right, &pair.y->left))
        o = TT_LESS;
    else if (mpfr_greater_p(&pair.x->left, &pair.y->right))
        o = TT_GREATER;
    pair_clear(&pair);
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
    if (x->kind == TT_REAL_DOUBLE || y->kind == TT_REAL_DOUBLE) {
        tt_order o = cmp_doubles(tt_real_get_doubles(x), tt_real_get_doubles(y));
        if (o != TT_UNKNOWN || x->kind == y->kind)
            return o;
    }
    if (x->kind == TT_REAL_ENCLOSED && y->kind == TT_REAL_EXACT)
        return cmp_rational(x->i, y->q);
    if (x->kind == TT_REAL_EXACT && y->kind == TT_REAL_ENCLOSED) {
        tt_order o = cmp_rational(y->i, x->q);
        return o == TT_LESS ? TT_GREATER : o == TT_GREATER ? TT_LESS : o;
    }
    return cmp_intervals(x, y);
}

tt_order tt_real_cmp_ui(const tt_real *x, uint64_t n)
{
    tt_real y;
    tt_order o;
    tt_real_init(&y);
    tt_real_set_ui(&y, n);
    o = tt_real_cmp(x, &y);
    tt_real_clear(&y);
    return o;
}

bool tt_real_at_most(const tt_real *x, const tt_real *y)
{
    interval_pair pair;
    bool at_most;
    tt_order o = tt_real_cmp(x, y);
    if (o != TT_UNKNOWN)
        return o != TT_GREATER;
    if (tt_real_is_absent(x) || tt_real_is_absent(y))
        return false;
    if (x->kind == TT_REAL_DOUBLE && y->kind == TT_REAL_DOUBLE)
        return x->d.hi <= tt_interval_lo(y->d);
    if (x->kind == TT_REAL_ENCLOSED && y->kind == TT_REAL_EXACT)
        return mpfr_cmp_q(&x->i->right, y->q) <= 0;
    if (x->kind == TT_REAL_EXACT && y->kind == TT_REAL_ENCLOSED)
        return mpfr_cmp_q(&y->i->left, x->q) >= 0;
    pair_init(&pair, x, y);
    at_most = mpfr_lessequal_p(&pair.x->right, &pair.y->left);
    pair_clear(&pair);
    return at_most;
}

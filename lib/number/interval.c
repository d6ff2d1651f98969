#include "interval.h"

#include <mpfr.h>
#if defined(__x86_64__) && defined(__SSE2_MATH__)
#include <xmmintrin.h>
#else
#include <fenv.h>
#ifndef FE_UPWARD
#error "the processor has to offer upward rounding"
#endif
#endif

#if defined(__x86_64__) && defined(__SSE2_MATH__)
/* One register holds all; <fenv.h> would switch the x87 unit too, at several times the cost. Underflow stays gradual
   whatever the program is linked with. */
tt_rounding_mode tt_rounding_upward(void)
{
    enum { FLUSH_TO_ZERO = 0x8000, DENORMALS_ARE_ZERO = 0x0040 };
    tt_rounding_mode state = _mm_getcsr();
    _mm_setcsr((state & ~(unsigned)(_MM_ROUND_MASK | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO)) | _MM_ROUND_UP);
    return state;
}

void tt_rounding_restore(tt_rounding_mode rounding)
{
    _mm_setcsr(rounding);
}
#else
tt_rounding_mode tt_rounding_upward(void)
{
    tt_rounding_mode rounding = (tt_rounding_mode)fegetround();
    fesetround(FE_UPWARD);
    return rounding;
}

void tt_rounding_restore(tt_rounding_mode rounding)
{
    fesetround((int)rounding);
}
#endif

/* One inexact result of each operation. */
TT_APART static void inexact_results(double out[5], const double x[4])
{
    out[0] = x[0] + x[1];
    out[1] = x[0] / x[2];
    out[2] = x[3] * x[3];
    out[3] = sqrt(x[2]);
    out[4] = 1.0 / 3.0; /* known beforehand to a compiler that does not expect another mode */
}

bool tt_rounding_works(void)
{
    static const double operands[4] = { 1, 0x1p-60, 3, 1 + 0x1p-30 };
    static const double upward[5] = { 1 + 0x1p-52, 0x1.5555555555556p-2, 1 + 0x1p-29 + 0x1p-52, 0x1.bb67ae8584cabp+0,
                                      0x1.5555555555556p-2 };
    tt_rounding_mode rounding = tt_rounding_upward();
    double results[5];
    bool works = true;
    inexact_results(results, operands);
    tt_rounding_restore(rounding);
    for (size_t k = 0; k < 5; k++)
        works = works && results[k] == upward[k];
    return works;
}

/* ---- operations, while rounding upward ---- */

tt_interval tt_interval_div(tt_interval x, tt_interval y)
{
    if (y.hi < 0)
        return tt_interval_div_sign(tt_interval_neg(x), tt_interval_neg(y));
    return y.minus_lo < 0 ? tt_interval_div_sign(x, y) : TT_INTERVAL_UNKNOWN;
}

/* The largest double whose square is at most x >= 0, or the one below it. */
static double root_below(double x)
{
    double root = sqrt(x);
    if (root * root == x)
        return root; /* neither the root nor its square was rounded up: exact */
    return -(-root + DBL_TRUE_MIN);
}

tt_interval tt_interval_sqrt(tt_interval x)
{
    double lo = -x.minus_lo;
    return (tt_interval){ lo > 0 ? -root_below(lo) : 0, sqrt(x.hi) };
}

/* 1/(2j+3), and log 2, between two neighbouring doubles. */
static const tt_interval odd_inverse[] = {
    { -0x1.5555555555555p-2, 0x1.5555555555556p-2 }, { -0x1.9999999999999p-3, 0x1.999999999999ap-3 },
    { -0x1.2492492492492p-3, 0x1.2492492492493p-3 }, { -0x1.c71c71c71c71cp-4, 0x1.c71c71c71c71dp-4 },
    { -0x1.745d1745d1745p-4, 0x1.745d1745d1746p-4 }, { -0x1.3b13b13b13b13p-4, 0x1.3b13b13b13b14p-4 },
    { -0x1.1111111111111p-4, 0x1.1111111111112p-4 }, { -0x1.e1e1e1e1e1e1ep-5, 0x1.e1e1e1e1e1e1fp-5 },
    { -0x1.af286bca1af28p-5, 0x1.af286bca1af29p-5 }
};
static const tt_interval log_two = { -0x1.62e42fefa39efp-1, 0x1.62e42fefa39f0p-1 };

/* Squares that the series below takes. */
#define SQUARE_MAX 0.03

/* S(g) = sum_{j>=0} g^j / (2j+3), 0 <= g <= SQUARE_MAX. By Horner's rule from the last term n on: what follows it is
   sum_{j>=n} g^{j-n} / (2j+3), at least 1/(2n+3) and at most 1/(2n+3) / (1-g) < 1.031 / (2n+3). */
static tt_interval series(tt_interval g)
{
    enum { LAST = sizeof odd_inverse / sizeof *odd_inverse - 1 };
    tt_interval sum = { odd_inverse[LAST].minus_lo, odd_inverse[LAST].hi * 1.031 };
    for (int j = LAST - 1; j >= 0; j--)
        sum = tt_interval_add(tt_interval_mul_positive(sum, g), odd_inverse[j]);
    return sum;
}

/* log((1+f)/(1-f)) = 2 f (1 + f^2 S(f^2)) */
static tt_interval log_of_fraction(tt_interval f, tt_interval square, tt_interval sum)
{
    tt_interval factor = tt_interval_add(tt_interval_mul_positive(square, sum), TT_INTERVAL_ONE);
    return tt_interval_scale(tt_interval_mul_sign(factor, f), 2);
}

/* k log 2 */
static tt_interval log_of_power(int k)
{
    return k < 0 ? tt_interval_neg(tt_interval_scale(log_two, -k)) : tt_interval_scale(log_two, k);
}

/* x > 0 = z 2^k with z between about sqrt(1/2) and sqrt(2). */
static double split(double x, int *k)
{
    double z = frexp(x, k);
    if (z < 0x1.6a09e667f3bcdp-1) {
        z *= 2;
        --*k;
    }
    return z;
}

static tt_interval log_of_point(double x)
{
    int k;
    double z = split(x, &k);
    /* z - 1 is exact, z + 1 is not */
    tt_interval f = tt_interval_div_sign(tt_interval_point(z - 1), (tt_interval){ -z - 1, z + 1 });
    tt_interval square = tt_interval_square(f), log = log_of_fraction(f, square, series(square));
    return k ? tt_interval_add(log, log_of_power(k)) : log;
}

tt_interval tt_interval_log(tt_interval x)
{
    double lo = -x.minus_lo;
    return (tt_interval){ lo > 0 ? log_of_point(lo).minus_lo : HUGE_VAL,
                          x.hi > 0 && x.hi < HUGE_VAL ? log_of_point(x.hi).hi : HUGE_VAL };
}

/* With f = (p - r) / (p + r), p/r = (1+f)/(1-f):
     p/r - 1 - log(p/r) = 2f/(1-f) - 2f - 2 f^3 S = f^2 ((p + r)/r - 2 f S),
     r/p - 1 - log(r/p) = f^2 ((p + r)/p + 2 f S),
   where nothing cancels. */
static void near_ratio(tt_interval_ratio *out, tt_interval p, tt_interval r, tt_interval difference)
{
    tt_interval total = tt_interval_add(p, r), f = tt_interval_div_sign(difference, total);
    tt_interval square = tt_interval_square(f), sum, odd;
    if (!(square.hi <= SQUARE_MAX)) {
        *out = (tt_interval_ratio){ TT_INTERVAL_UNKNOWN, TT_INTERVAL_UNKNOWN, TT_INTERVAL_UNKNOWN };
        return;
    }
    sum = series(square);
    odd = tt_interval_scale(tt_interval_mul_sign(sum, f), 2);
    out->log = log_of_fraction(f, square, sum);
    out->forward = tt_interval_mul_positive(square, tt_interval_sub(tt_interval_div_positive(total, r), odd));
    out->backward = tt_interval_mul_positive(square, tt_interval_add(tt_interval_div_positive(total, p), odd));
}

/* log(p/r) = log(p / (2^k r)) + k log 2 */
static void far_ratio(tt_interval_ratio *out, tt_interval p, tt_interval r, tt_interval difference, int k)
{
    tt_interval scaled = { ldexp(r.minus_lo, k), ldexp(r.hi, k) };
    near_ratio(out, p, scaled, tt_interval_sub(p, scaled));
    out->log = tt_interval_add(out->log, log_of_power(k));
    out->forward = tt_interval_sub(tt_interval_div_sign(difference, r), out->log);
    out->backward = tt_interval_add(tt_interval_div_sign(tt_interval_neg(difference), p), out->log);
}

void tt_interval_ratio_logs(tt_interval_ratio *out, tt_interval p, tt_interval r, tt_interval difference)
{
    double quotient = p.hi / r.hi;
    int k = 0;
    if (quotient > 0 && quotient < HUGE_VAL)
        (void)split(quotient, &k);
    if (k == 0)
        near_ratio(out, p, r, difference);
    else
        far_ratio(out, p, r, difference, k);
}

static TT_APART void compute(tt_interval *out, tt_interval_operation operation, const tt_interval *x,
                          const tt_interval *y)
{
    switch (operation) {
    case TT_INTERVAL_ADD:
        *out = tt_interval_add(*x, *y);
        break;
    case TT_INTERVAL_SUB:
        *out = tt_interval_sub(*x, *y);
        break;
    case TT_INTERVAL_MUL:
        *out = tt_interval_mul(*x, *y);
        break;
    case TT_INTERVAL_DIV:
        *out = tt_interval_div(*x, *y);
        break;
    case TT_INTERVAL_SQRT:
        *out = tt_interval_sqrt(*x);
        break;
    default:
        *out = tt_interval_log(*x);
    }
}

tt_interval tt_interval_compute(tt_interval_operation operation, tt_interval x, tt_interval y)
{
    tt_rounding_mode rounding = tt_rounding_upward();
    tt_interval out;
    compute(&out, operation, &x, &y);
    tt_rounding_restore(rounding);
    return out;
}

/* ---- from longer numbers ---- */

/* z > 0 lies in [lo, hi] 2^exponent. */
typedef struct {
    double lo, hi;
    long exponent;
} leading;

static leading leading_bits(mpz_srcptr z)
{
    leading l = { .exponent = 0 };
    if (mpz_sizeinbase(z, 2) <= DBL_MANT_DIG) {
        l.lo = l.hi = mpz_get_d(z);
    } else {
        l.lo = mpz_get_d_2exp(&l.exponent, z); /* truncated, in [1/2, 1) */
        l.hi = l.lo + DBL_EPSILON / 2;
    }
    return l;
}

static TT_APART void divide(tt_interval *out, const leading *n, const leading *d)
{
    double exponent = (double)n->exponent - (double)d->exponent;
    int shift = exponent > 4000 ? 4000 : exponent < -4000 ? -4000 : (int)exponent;
    *out = tt_interval_div_positive((tt_interval){ -n->lo, n->hi }, (tt_interval){ -d->lo, d->hi });
    if (shift != 0)
        *out = (tt_interval){ ldexp(out->minus_lo, shift), ldexp(out->hi, shift) };
}

tt_interval tt_interval_of_quotient(mpz_srcptr numerator, mpz_srcptr denominator)
{
    int sign = mpz_sgn(numerator);
    __mpz_struct size = *numerator;
    leading n, d;
    tt_interval out;
    tt_rounding_mode rounding;
    if (sign == 0)
        return TT_INTERVAL_ZERO;
    size._mp_size = size._mp_size < 0 ? -size._mp_size : size._mp_size;
    n = leading_bits(&size);
    d = leading_bits(denominator);
    rounding = tt_rounding_upward();
    divide(&out, &n, &d);
    tt_rounding_restore(rounding);
    return sign < 0 ? tt_interval_neg(out) : out;
}

tt_interval tt_interval_of_z(mpz_srcptr z)
{
    static const mp_limb_t limb = 1;
    if (mpz_sizeinbase(z, 2) <= DBL_MANT_DIG)
        return tt_interval_point(mpz_get_d(z));
    const mpz_t one = MPZ_ROINIT_N((mp_limb_t *)&limb, 1);
    return tt_interval_of_quotient(z, one);
}

tt_interval tt_interval_of_q(mpq_srcptr q)
{
    return tt_interval_of_quotient(mpq_numref(q), mpq_denref(q));
}

tt_interval tt_interval_of_mpfi(mpfi_srcptr i)
{
    double lo = mpfr_get_d(&i->left, MPFR_RNDD), hi = mpfr_get_d(&i->right, MPFR_RNDU);
    /* NaN and an infinity on the wrong side tell nothing */
    return (tt_interval){ lo > -HUGE_VAL ? -tt_smaller(lo, DBL_MAX) : HUGE_VAL,
                          hi < HUGE_VAL ? tt_larger(hi, -DBL_MAX) : HUGE_VAL };
}

#include "minifloat.h"

#include <stdint.h>
#include <stdlib.h>

#include <mpfr.h>

const tt_mini_format tt_mini_float32 = { 24, -149, { (1 << 24) - 1, 104 } };
const tt_mini_format tt_mini_bf16 = { 8, -133, { (1 << 8) - 1, 120 } };
const tt_mini_format tt_mini_fp16 = { 11, -24, { (1 << 11) - 1, 5 } };
const tt_mini_format tt_mini_fp8 = { 4, -9, { 14, 5 } }; /* 15 * 2^5 is the code of NaN */

const tt_mini tt_mini_zero = { 0, 0 }, tt_mini_one = { 1, 0 };

/* Operands of a sum are shifted until their leading bit is bit 60. A product has at most 49 bits, so 12 zeros follow
   it: a right shift that loses bits is by more than 12, and then the sum has at least 60 bits. What is lost is
   remembered in bit 0, far below where 24 bits are cut. */
#define WIDE 61

/* x > 0 */
static int bit_length(int64_t x)
{
    return 64 - __builtin_clzll((unsigned long long)x);
}

/* |x| with its leading bit at bit WIDE - 1; 0 < |x.significand| < 2^WIDE. */
static tt_mini wide_magnitude(tt_mini x)
{
    int64_t magnitude = llabs(x.significand);
    int shift = WIDE - bit_length(magnitude);
    return (tt_mini){ magnitude << shift, x.exponent - shift };
}

/* x >> shift, with bit 0 set where a bit was lost; x >= 0. */
static int64_t shift_right(int64_t x, int shift)
{
    int64_t kept;
    if (shift > 62)
        return x != 0;
    kept = x >> shift;
    return kept << shift == x ? kept : kept | 1;
}

/* a + b up to what bit 0 remembers. */
static tt_mini sum(tt_mini a, tt_mini b)
{
    tt_mini wide_a, wide_b;
    int64_t low;
    if (a.significand == 0)
        return b;
    if (b.significand == 0)
        return a;
    wide_a = wide_magnitude(a);
    wide_b = wide_magnitude(b);
    if (wide_a.exponent < wide_b.exponent)
        return sum(b, a);
    low = shift_right(wide_b.significand, wide_a.exponent - wide_b.exponent);
    return (tt_mini){ (a.significand < 0 ? -wide_a.significand : wide_a.significand) + (b.significand < 0 ? -low : low),
                      wide_a.exponent };
}

static tt_mini negative(tt_mini x)
{
    return (tt_mini){ -x.significand, x.exponent };
}

int tt_mini_cmp(tt_mini a, tt_mini b)
{
    int64_t difference = sum(a, negative(b)).significand;
    return (difference > 0) - (difference < 0);
}

/* x > 0 at the unit 2^(x.exponent + drop), to nearest, ties to even; drop > 0. */
static tt_mini cut(tt_mini x, int drop)
{
    int64_t kept, rest, half;
    if (drop > 62) /* x < 2^62 is less than half a unit */
        return tt_mini_zero;
    kept = x.significand >> drop;
    rest = x.significand - (kept << drop);
    half = INT64_C(1) << (drop - 1);
    return (tt_mini){ kept + (rest > half || (rest == half && kept % 2 == 1)), x.exponent + drop };
}

static tt_mini round_magnitude(tt_mini x, const tt_mini_format *format)
{
    int drop = bit_length(x.significand) - format->precision;
    if (drop < format->least - x.exponent)
        drop = format->least - x.exponent;
    if (drop > 0)
        x = cut(x, drop);
    return tt_mini_cmp(x, format->largest) > 0 ? format->largest : x;
}

tt_mini tt_mini_round(tt_mini x, const tt_mini_format *format)
{
    if (x.significand == 0)
        return tt_mini_zero;
    return x.significand < 0 ? negative(round_magnitude(negative(x), format)) : round_magnitude(x, format);
}

tt_mini tt_mini_mul_add(tt_mini a, tt_mini b, tt_mini c, const tt_mini_format *format)
{
    tt_mini product = { a.significand * b.significand, a.exponent + b.exponent };
    return tt_mini_round(sum(product, c), format);
}

tt_mini tt_mini_mul(tt_mini a, tt_mini b, const tt_mini_format *format)
{
    return tt_mini_mul_add(a, b, tt_mini_zero, format);
}

tt_mini tt_mini_add(tt_mini a, tt_mini b, const tt_mini_format *format)
{
    return tt_mini_round(sum(a, b), format);
}

tt_mini tt_mini_sub(tt_mini a, tt_mini b, const tt_mini_format *format)
{
    return tt_mini_round(sum(a, negative(b)), format);
}

tt_mini tt_mini_div(tt_mini a, tt_mini b, const tt_mini_format *format)
{
    tt_mini wide, quotient;
    int64_t divisor = llabs(b.significand);
    if (a.significand == 0)
        return tt_mini_zero;
    wide = wide_magnitude(a);
    quotient = (tt_mini){ wide.significand / divisor, wide.exponent - b.exponent }; /* 37 bits and more */
    if (wide.significand % divisor != 0)
        quotient.significand |= 1;
    return tt_mini_round((a.significand < 0) == (b.significand < 0) ? quotient : negative(quotient), format);
}

/* Beyond the exponents of every format. */
#define FAR 4096

tt_mini tt_mini_exp(tt_mini x, const tt_mini_format *format)
{
    tt_mini result;
    mpfr_t value;
    mpfr_exp_t exponent;
    int inexact;
    mpfr_init2(value, WIDE);
    mpfr_set_si_2exp(value, (long)x.significand, x.exponent, MPFR_RNDN);
    inexact = mpfr_exp(value, value, MPFR_RNDZ);
    exponent = mpfr_zero_p(value) ? -FAR : mpfr_get_exp(value);
    mpfr_mul_2si(value, value, WIDE - exponent, MPFR_RNDN);
    result.significand = mpfr_get_sj(value, MPFR_RNDN) | (inexact != 0);
    result.exponent = (int)(exponent > FAR ? FAR : exponent < -FAR ? -FAR : exponent) - WIDE;
    mpfr_clear(value);
    return tt_mini_round(result, format);
}

void tt_mini_get_q(mpq_t out, tt_mini x)
{
    mpz_set_si(mpq_numref(out), (long)x.significand);
    mpz_set_ui(mpq_denref(out), 1);
    if (x.exponent < 0)
        mpq_div_2exp(out, out, (mp_bitcnt_t)-x.exponent);
    else
        mpq_mul_2exp(out, out, (mp_bitcnt_t)x.exponent);
}

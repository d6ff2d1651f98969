/* Floating-point formats of at most 24 bits and their arithmetic, bit for bit the same on every machine.

   Everything is done with integers; the exponential alone is MPFR's. Each operation is the exact result rounded
   once, to nearest, ties to even, with subnormal numbers. A magnitude beyond the largest finite number of a format
   becomes that number, as kernels for fp8 do; there are no infinities, no NaN, and one zero. */
#ifndef TRUSTREE_MINIFLOAT_H
#define TRUSTREE_MINIFLOAT_H

#include <gmp.h>
#include <stdint.h>

/* significand * 2^exponent. Results of rounding have |significand| <= 2^24. */
typedef struct {
    int64_t significand;
    int exponent;
} tt_mini;

typedef struct {
    int precision;  /* bits of a normal significand, the leading one included */
    int least;      /* the smallest subnormal number is 2^least */
    tt_mini largest; /* finite */
} tt_mini_format;

extern const tt_mini_format tt_mini_float32; /* IEEE binary32 */
extern const tt_mini_format tt_mini_bf16;    /* float32 with 8 bits of significand */
extern const tt_mini_format tt_mini_fp16;    /* IEEE binary16 */
extern const tt_mini_format tt_mini_fp8;     /* OCP E4M3, largest 448 */

extern const tt_mini tt_mini_zero, tt_mini_one;

/* x in the format; |x.significand| < 2^62. */
tt_mini tt_mini_round(tt_mini x, const tt_mini_format *format);

/* a b + c, rounded once. Operands have |significand| <= 2^24, here and below. */
tt_mini tt_mini_mul_add(tt_mini a, tt_mini b, tt_mini c, const tt_mini_format *format);
tt_mini tt_mini_mul(tt_mini a, tt_mini b, const tt_mini_format *format);
tt_mini tt_mini_add(tt_mini a, tt_mini b, const tt_mini_format *format);
tt_mini tt_mini_sub(tt_mini a, tt_mini b, const tt_mini_format *format);
tt_mini tt_mini_div(tt_mini a, tt_mini b, const tt_mini_format *format); /* b != 0 */
/* e^x, correctly rounded. */
tt_mini tt_mini_exp(tt_mini x, const tt_mini_format *format);

/* The sign of a - b: -1, 0 or 1. */
int tt_mini_cmp(tt_mini a, tt_mini b);

void tt_mini_get_q(mpq_t out, tt_mini x);

#endif

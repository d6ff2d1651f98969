/* Intervals of two hardware doubles, rounded outward.

   [-minus_lo, hi]: the lower end is kept with its sign turned, so that one rounding direction, upward, is right for
   both ends. The inline operations below are plain IEEE arithmetic and are certain only while the processor rounds
   upward: between tt_rounding_upward and tt_rounding_restore, in a function of its own that is not inlined into the one
   that calls these two (a compiler may move arithmetic past a change of the rounding mode, but not past a call), in a
   file compiled with -frounding-math. Nothing else, no GMP, MPFR or callback, is called in between.

   What follows from rounding upward: an exact result stays exact, zero included; a product or quotient of positive
   numbers never has an upper end of zero; an overflow gives hi = inf or a lower end of DBL_MAX, both right. An infinite
   end means that nothing is known on that side. */
#ifndef TRUSTREE_INTERVAL_H
#define TRUSTREE_INTERVAL_H

#include <float.h>
#include <gmp.h>
#include <math.h>
#include <mpfi.h>
#include <stdbool.h>

#include "linkage.h"

TT_BEGIN_C

#ifdef __FAST_MATH__
#error "-ffast-math breaks directed rounding"
#endif

/* Some number x with lo <= x <= hi. */
typedef struct {
    double minus_lo; /* -lo: inf where nothing is known below */
    double hi;       /* inf where nothing is known above */
} tt_interval;

#define TT_INTERVAL_ZERO ((tt_interval){ 0, 0 })                    /* exactly 0 */
#define TT_INTERVAL_ONE ((tt_interval){ -1, 1 })                    /* exactly 1 */
#define TT_INTERVAL_UNKNOWN ((tt_interval){ HUGE_VAL, HUGE_VAL }) /* any number at all: [-inf, inf] */

/* ---- the rounding mode ---- */

/* A function that is called while rounding upward by one that changes the mode: nothing moves in or out. */
#if defined __has_attribute
#if __has_attribute(noipa)
#define TT_APART __attribute__((noipa))
#endif
#endif
#ifndef TT_APART
#define TT_APART __attribute__((noinline))
#endif

/* A rounding mode of the processor, as the two functions below pass it; its bits mean nothing to others. */
typedef unsigned tt_rounding_mode;

/* Makes this thread's doubles round upward, and returns the mode that was. */
tt_rounding_mode tt_rounding_upward(void);
/* Back to a mode that tt_rounding_upward returned. */
void tt_rounding_restore(tt_rounding_mode rounding);

/* Whether upward rounding does what all of this relies on, in this build and on this processor: an emulator (valgrind
   is one) or a build without -frounding-math may ignore the mode. */
bool tt_rounding_works(void);

/* ---- in any rounding mode ---- */

/* [x, x]; x finite. */
static inline tt_interval tt_interval_point(double x)
{
    return (tt_interval){ -x, x };
}

/* The lower end, with its own sign; -inf where nothing is known below. */
static inline double tt_interval_lo(tt_interval x)
{
    return -x.minus_lo;
}

/* -x, exactly. */
static inline tt_interval tt_interval_neg(tt_interval x)
{
    return (tt_interval){ x.hi, x.minus_lo };
}

/* Whether x is known to be exactly 0. */
static inline bool tt_interval_is_zero(tt_interval x)
{
    return x.minus_lo == 0 && x.hi == 0;
}

/* Whether both ends are finite; false for NaN. */
static inline bool tt_interval_is_finite(tt_interval x)
{
    return x.minus_lo < HUGE_VAL && x.hi < HUGE_VAL;
}

/* The larger of two ends; neither is NaN. */
static inline double tt_larger(double x, double y)
{
    return x > y ? x : y;
}

/* The smaller of two ends; neither is NaN. */
static inline double tt_smaller(double x, double y)
{
    return x < y ? x : y;
}

/* max(x, y), exactly end by end. */
static inline tt_interval tt_interval_max(tt_interval x, tt_interval y)
{
    return (tt_interval){ tt_smaller(x.minus_lo, y.minus_lo), tt_larger(x.hi, y.hi) };
}

/* min(x, y), exactly end by end. */
static inline tt_interval tt_interval_min(tt_interval x, tt_interval y)
{
    return (tt_interval){ tt_larger(x.minus_lo, y.minus_lo), tt_smaller(x.hi, y.hi) };
}

/* |x|: an interval over 0 begins at 0. */
static inline tt_interval tt_interval_abs(tt_interval x)
{
    if (x.minus_lo <= 0)
        return x;
    return x.hi <= 0 ? tt_interval_neg(x) : (tt_interval){ 0, tt_larger(x.minus_lo, x.hi) };
}

/* What both contain, for two enclosures of one number. */
static inline tt_interval tt_interval_meet(tt_interval x, tt_interval y)
{
    return (tt_interval){ tt_smaller(x.minus_lo, y.minus_lo), tt_smaller(x.hi, y.hi) };
}

/* For a number that is known to be >= 0: what x says of it from 0 on. */
static inline tt_interval tt_interval_cut(tt_interval x)
{
    return (tt_interval){ tt_smaller(x.minus_lo, 0), x.hi };
}

/* Enclosures of a number of GMP or MPFI, at most two units in the last place wide where the argument has no more than
   that; an end past DBL_MAX is infinite. */
tt_interval tt_interval_of_z(mpz_srcptr z);
tt_interval tt_interval_of_q(mpq_srcptr q); /* canonical */
tt_interval tt_interval_of_quotient(mpz_srcptr numerator, mpz_srcptr denominator); /* denominator > 0; not reduced */
tt_interval tt_interval_of_mpfi(mpfi_srcptr i); /* every number of i */

/* What tt_interval_compute can do. */
typedef enum {
    TT_INTERVAL_ADD,  /* x + y */
    TT_INTERVAL_SUB,  /* x - y */
    TT_INTERVAL_MUL,  /* x y */
    TT_INTERVAL_DIV,  /* x / y */
    TT_INTERVAL_SQRT, /* sqrt(x) */
    TT_INTERVAL_LOG   /* log(x), natural */
} tt_interval_operation;
/* One operation on two intervals (one: `y` is not read); changes the rounding mode and back. Division by an interval
   with zero and roots and logs of an interval with negative numbers are unknown. */
tt_interval tt_interval_compute(tt_interval_operation operation, tt_interval x, tt_interval y);

/* ---- only while rounding upward ---- */

/* x + y. */
static inline tt_interval tt_interval_add(tt_interval x, tt_interval y)
{
    return (tt_interval){ x.minus_lo + y.minus_lo, x.hi + y.hi };
}

/* x - y. */
static inline tt_interval tt_interval_sub(tt_interval x, tt_interval y)
{
    return (tt_interval){ x.minus_lo + y.hi, x.hi + y.minus_lo };
}

/* x y for x, y >= 0, both finite. */
static inline tt_interval tt_interval_mul_positive(tt_interval x, tt_interval y)
{
    return (tt_interval){ x.minus_lo * -y.minus_lo, x.hi * y.hi };
}

/* x y for x >= 0 and y of any sign, both finite. */
static inline tt_interval tt_interval_mul_sign(tt_interval x, tt_interval y)
{
    double lo = -x.minus_lo;
    return (tt_interval){ tt_larger(x.hi * y.minus_lo, lo * y.minus_lo), tt_larger(x.hi * y.hi, lo * y.hi) };
}

/* k x for a finite k >= 0. */
static inline tt_interval tt_interval_scale(tt_interval x, double k)
{
    return (tt_interval){ x.minus_lo * k, x.hi * k };
}

/* A product of ends, where an infinite end times zero is zero: the end stands for finite numbers. */
static inline double tt_times(double x, double y)
{
    double product = x * y;
    return product == product ? product : 0;
}

/* x y for any signs and ends. */
static inline tt_interval tt_interval_mul(tt_interval x, tt_interval y)
{
    double a = tt_larger(tt_times(x.minus_lo, -y.minus_lo), tt_times(-x.hi, y.hi));
    double b = tt_larger(tt_times(x.minus_lo, y.hi), tt_times(x.hi, y.minus_lo));
    double c = tt_larger(tt_times(x.minus_lo, y.minus_lo), tt_times(x.hi, y.hi));
    double d = tt_larger(tt_times(-x.minus_lo, y.hi), tt_times(x.hi, -y.minus_lo));
    return (tt_interval){ tt_larger(a, b), tt_larger(c, d) };
}

/* x^2, sharp also over 0. */
static inline tt_interval tt_interval_square(tt_interval x)
{
    tt_interval size = tt_interval_abs(x);
    return (tt_interval){ size.minus_lo * -size.minus_lo, size.hi * size.hi };
}

/* x / y for x, y >= 0; unknown above where y touches 0. x = 0 gives 0 where y > 0. */
static inline tt_interval tt_interval_div_positive(tt_interval x, tt_interval y)
{
    return (tt_interval){ x.minus_lo / y.hi, y.minus_lo < 0 ? x.hi / -y.minus_lo : HUGE_VAL };
}

/* x / y for x of any sign and y > 0. */
static inline tt_interval tt_interval_div_sign(tt_interval x, tt_interval y)
{
    double lo = -y.minus_lo;
    return (tt_interval){ x.minus_lo / (x.minus_lo > 0 ? lo : y.hi), x.hi / (x.hi > 0 ? lo : y.hi) };
}

tt_interval tt_interval_div(tt_interval x, tt_interval y); /* x / y; unknown where y has 0 in it */
tt_interval tt_interval_sqrt(tt_interval x); /* sqrt(x), x >= 0; lower ends below 0 are cut there */
tt_interval tt_interval_log(tt_interval x);  /* log(x), x >= 0; unknown below where x touches 0 */

/* What divergences are made of, of two numbers p, r > 0. */
typedef struct {
    tt_interval log;      /* log(p/r) */
    tt_interval forward;  /* p/r - 1 - log(p/r), >= 0 */
    tt_interval backward; /* r/p - 1 - log(r/p), >= 0 */
} tt_interval_ratio;
/* Fills out for p, r > 0 with p - r = difference, each number about as sharp as the arguments whatever cancels. */
void tt_interval_ratio_logs(tt_interval_ratio *out, tt_interval p, tt_interval r, tt_interval difference);

TT_END_C

#endif

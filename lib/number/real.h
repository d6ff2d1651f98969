/* A real number that is never more certain than what is known of it.

   tt_real holds a value in the strongest form there is: an exact rational, the
   square root of a rational, a certified interval, or an infinity; or it is
   absent (the quantity does not exist, JSON null). Arithmetic keeps the
   strongest form: rationals stay rational, a root times a rational stays a root
   (so that comparisons are decided by squares), and everything else becomes an
   interval, rounded outward, of the precision that the caller gives: of hardware
   doubles up to TT_PRECISION_DOUBLE bits where they reach, of MPFI else.

   Conventions of SPEC.md section 3: 0 * inf = 0; log 1 and roots of perfect
   squares are rational. Absent in, absent out.
   Operands and results may be the same object. Nothing here fails, apart from
   running out of memory inside GMP, which aborts.
   An interval never holds a NaN; where an operation has no value (inf - inf,
   division by an interval with zero, root or log of a negative number) the
   result is absent. */
#ifndef TRUSTREE_REAL_H
#define TRUSTREE_REAL_H

#include <gmp.h>
#include <mpfr.h>
#include <mpfi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "interval.h"
#include "linkage.h"

TT_BEGIN_C

/* Precisions, in bits of an enclosure's ends. */
#define TT_PRECISION_DOUBLE 53   /* up to here enclosures are intervals of hardware doubles */
#define TT_PRECISION_DEFAULT 128 /* the first that is tried */
#define TT_PRECISION_MAX 8192    /* the last: what is open there is reported as undecided */

/* The form that a real is held in. */
typedef enum {
    TT_REAL_ABSENT,   /* no number: the quantity does not exist, or was not reached */
    TT_REAL_EXACT,    /* the rational q */
    TT_REAL_ROOT,     /* sqrt(q), q > 0 rational, the root irrational */
    TT_REAL_ENCLOSED, /* some number in the finite interval i */
    TT_REAL_DOUBLE,   /* some number in the finite interval d */
    TT_REAL_INFINITE  /* +inf where q > 0, -inf where q < 0 */
} tt_real_kind;

/* A real number. Its members are read and written through the functions below. */
typedef struct {
    tt_real_kind kind; /* which of the others count */
    bool room;         /* i has been given memory */
    mpq_t q;           /* a rational where the kind has one, canonical */
    mpfi_t i;          /* the enclosure of TT_REAL_ENCLOSED */
    tt_interval d;     /* the enclosure of TT_REAL_DOUBLE */
} tt_real;

/* Order of two reals as far as it is known. */
typedef enum {
    TT_LESS = -1,  /* x < y, for certain */
    TT_EQUAL = 0,  /* x = y, for certain */
    TT_GREATER = 1, /* x > y, for certain */
    TT_UNKNOWN = 2  /* the enclosures overlap, or one of them is absent */
} tt_order;

/* Makes x absent, before anything else is done with it; tt_real_clear frees what it holds. */
void tt_real_init(tt_real *x);
void tt_real_clear(tt_real *x);
/* An array of n absent reals that the caller frees with tt_real_array_free and the same n; NULL without memory. */
tt_real *tt_real_array(size_t n);
/* Clears and frees the n reals of such an array; NULL is allowed. */
void tt_real_array_free(tt_real *x, size_t n);

void tt_real_set(tt_real *out, const tt_real *x);            /* out = x, in the same form */
void tt_real_swap(tt_real *x, tt_real *y);                   /* exchanges the two, without a copy */
void tt_real_set_absent(tt_real *out);                       /* out is absent */
void tt_real_set_q(tt_real *out, mpq_srcptr q);              /* out = q, exact; q canonical */
void tt_real_set_ui(tt_real *out, uint64_t n);               /* out = n, exact */
void tt_real_set_frac(tt_real *out, uint64_t n, uint64_t d); /* out = n / d, exact; d > 0 */
void tt_real_set_infinite(tt_real *out, int sign);           /* -inf where sign < 0, else +inf */
/* The interval [lo, hi] of i; both ends equal becomes the exact number; an infinite
   pair of ends becomes infinite; a half-infinite or NaN interval becomes absent. */
void tt_real_set_interval(tt_real *out, mpfi_srcptr i);

/* The same of an interval of doubles; one that is not finite becomes absent. */
void tt_real_set_doubles(tt_real *out, tt_interval d);

bool tt_real_is_absent(const tt_real *x);   /* no number */
bool tt_real_is_exact(const tt_real *x);    /* a rational, and held as one */
bool tt_real_is_zero(const tt_real *x);     /* known to be exactly 0 */
bool tt_real_is_infinite(const tt_real *x); /* +inf or -inf */
bool tt_real_is_enclosed(const tt_real *x); /* by an interval of either kind */

/* A working precision with bits to spare, from one that is asked for; doubles have none to spare. */
mpfr_prec_t tt_precision_plus(mpfr_prec_t precision, mpfr_prec_t guard);

/* out encloses x at `precision`, as an interval also where x is exact or a root; infinite and absent stay. */
void tt_real_enclose(tt_real *out, const tt_real *x, mpfr_prec_t precision);

/* out (of its own precision) encloses x; x must be exact, a root or enclosed. */
void tt_real_get_interval(mpfi_ptr out, const tt_real *x);
/* The same in doubles; [-inf, inf] for the others. */
tt_interval tt_real_get_doubles(const tt_real *x);
/* A double near x (0 where absent), for plots, search steps and progress only. */
double tt_real_get_d(const tt_real *x);
/* Relative width (hi - lo) / min(|lo|, |hi|), as a power of two rounded up;
   LONG_MIN where the width is 0, LONG_MAX where the interval touches 0. */
long tt_real_width_log2(const tt_real *x);

/* Arithmetic: the result in its strongest form, at `precision` bits where that is an enclosure. */
void tt_real_neg(tt_real *out, const tt_real *x); /* -x, in the form of x */
void tt_real_abs(tt_real *out, const tt_real *x, mpfr_prec_t precision); /* |x| */
void tt_real_add(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision); /* x + y */
void tt_real_sub(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision); /* x - y */
void tt_real_mul(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision); /* x y, 0 inf = 0 */
void tt_real_div(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision); /* x / y; absent for y = 0 */
/* out = x n / d; d > 0. */
void tt_real_mul_frac(tt_real *out, const tt_real *x, uint64_t n, uint64_t d, mpfr_prec_t precision);
/* x^n; 0^0 = 1. Exact while the result has at most 2^22 bits. */
void tt_real_pow_ui(tt_real *out, const tt_real *x, unsigned long n, mpfr_prec_t precision);
/* Square root; an interval that dips below 0 is first cut at 0, which is sound
   for the non-negative quantities that roots are taken of. */
void tt_real_sqrt(tt_real *out, const tt_real *x, mpfr_prec_t precision);
/* Natural logarithm; log 0 = -inf, log inf = inf. */
void tt_real_log(tt_real *out, const tt_real *x, mpfr_prec_t precision);
/* e^x; e^0 = 1 is exact, e^-inf = 0. */
void tt_real_exp(tt_real *out, const tt_real *x, mpfr_prec_t precision);
/* e^x - 1, sharp near 0. */
void tt_real_expm1(tt_real *out, const tt_real *x, mpfr_prec_t precision);
/* The smaller, the larger of two: one of them, in its form, where their order is known; else an enclosure of it. Absent
   where either is. */
void tt_real_min(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision);
void tt_real_max(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision);

/* The order of x and y, of x and n. Decided exactly between rationals, roots (by squares) and infinities;
   otherwise decided where the intervals are disjoint. Absent: TT_UNKNOWN. */
tt_order tt_real_cmp(const tt_real *x, const tt_real *y);
tt_order tt_real_cmp_ui(const tt_real *x, uint64_t n);
/* x <= y for certain, although equality may be open. */
bool tt_real_at_most(const tt_real *x, const tt_real *y);

TT_END_C

#endif

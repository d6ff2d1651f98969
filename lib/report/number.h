/* Numbers as text: exact, enclosed outward, or rounded to digits that are certain.

   The texts depend on the value alone (no locale, no precision of the machine's own
   numbers). Decimals are positional from 1e-6 up to 30 digits, else scientific (1.25e-7). */
#ifndef TRUSTREE_NUMBER_H
#define TRUSTREE_NUMBER_H

#include "../number/linkage.h"
#include "../number/real.h"

TT_BEGIN_C

/* Above this many digits (numerator and denominator) a rational is printed as an enclosure. */
#define TT_EXACT_DIGITS_MAX 2000
/* Significant digits of the ends of an enclosure. */
#define TT_ENCLOSURE_DIGITS 40
/* Significant digits for people. */
#define TT_SHORT_DIGITS 9

/* The most digits that a text has; more are not given. */
#define TT_NUMBER_DIGITS_MAX 64

/* A number as text. It needs no memory, so that no number is lost where there is none. */
typedef struct {
    char text[128]; /* with its NUL; room for two exponents of 64 bits */
} tt_number_text;

/* The ends of x, decimals of `digits` significant digits with lo <= x <= hi; "inf", "-inf" for infinities.
   False where x is absent; then both are "". */
bool tt_number_ends(tt_number_text *lo, tt_number_text *hi, const tt_real *x, unsigned digits);

/* Whether JSON shows x in full: a rational of at most TT_EXACT_DIGITS_MAX digits, or any with `full`. */
bool tt_number_prints_exact(const tt_real *x, bool full);

/* x to the nearest decimal of at most `digits` significant digits, all of them certain: as many as lo and hi of an
   enclosure agree on. Zeros at the end are left out where the decimal is x itself and stay where it is not. Where not
   even one digit is certain: "[lo, hi]". An absent x is "-"; infinities are "inf" and "-inf". */
tt_number_text tt_number_short(const tt_real *x, unsigned digits);
/* The same of a rational, canonical. */
tt_number_text tt_number_short_q(mpq_srcptr q, unsigned digits);

TT_END_C

#endif

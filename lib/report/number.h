/* Numbers as text: exact, enclosed outward, or rounded to digits that are certain.

   The texts depend on the value alone (no locale, no precision of the machine's own
   numbers). Each function returns a text that the caller frees, NULL without memory.
   Decimals are positional from 1e-6 up to 30 digits, else scientific (1.25e-7). */
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

typedef enum { TT_ROUND_DOWN, TT_ROUND_UP, TT_ROUND_NEAREST } tt_rounding;

/* The ends of x, decimals of `digits` significant digits with lo <= x <= hi; "inf", "-inf" for infinities.
   False where x is absent or without memory; then both are NULL. */
bool tt_number_ends(char **lo, char **hi, const tt_real *x, unsigned digits);

/* Whether tt_number_exact would print x in full: a rational of at most TT_EXACT_DIGITS_MAX digits, or any with `full`. */
bool tt_number_prints_exact(const tt_real *x, bool full);

/* x to the nearest decimal of at most `digits` significant digits, all of them certain: as many as lo and hi of an
   enclosure agree on. Zeros at the end are left out where the decimal is x itself and stay where it is not. Where not
   even one digit is certain: "[lo, hi]". An absent x is "-"; infinities are "inf" and "-inf". */
char *tt_number_short(const tt_real *x, unsigned digits);

/* x with `places` decimals, rounded down or up (never past the far end of an enclosure), or to the nearest (half
   away from zero); NULL with TT_ROUND_NEAREST also where the ends of an enclosure round to different texts.
   "-" and infinities as above. */
char *tt_number_fixed(const tt_real *x, unsigned places, tt_rounding rounding);

TT_END_C

#endif

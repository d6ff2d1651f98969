/* Exact rationals (mpq_t): their text, their size. */
#ifndef TRUSTREE_EXACT_H
#define TRUSTREE_EXACT_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "linkage.h"
#include "status.h"

TT_BEGIN_C

/* The largest size of a decimal exponent that is accepted ("1e-100000"). */
#define TT_EXPONENT_MAX 100000

/* Reads INSTANCE.md's numbers: `digits`, `digits.digits`, either followed by
   `e` `-`? digits, or `digits/digits` with a non-zero denominator. No sign, no
   blanks, nothing after the number.
   out   : canonical and >= 0; untouched on failure
   fails : TT_BAD_INPUT with the reason; the exponent is checked before any
           power is formed, so that a long exponent costs no memory. */
TT_MUST_CHECK tt_status tt_exact_parse(mpq_t out, const char *text, size_t length, tt_error *error);

/* "p/q" in lowest terms, an integer without "/1". q canonical. The caller frees
   the result with free(); NULL without memory. */
char *tt_exact_text(mpq_srcptr q);

/* Decimal digits of numerator and denominator together (an integer's denominator
   counts as none), exact or one too many for each. */
size_t tt_exact_digits(mpq_srcptr q);

/* Bits of numerator and denominator together. */
size_t tt_exact_bits(mpq_srcptr q);

/* out = n, whatever the width of an unsigned long. */
void tt_exact_set_u64(mpz_t out, uint64_t n);
/* The number n itself, or UINT64_MAX where that is less; n >= 0. */
uint64_t tt_exact_get_u64(mpz_srcptr n);

/* An array of n rationals, all 0, that the caller frees with tt_rationals_free and the same n; NULL without memory. */
mpq_t *tt_rationals_new(size_t n);
/* Clears and frees the n numbers of such an array; NULL is allowed. */
void tt_rationals_free(mpq_t *x, size_t n);

/* Memory for lists of GMP's numbers, from where GMP has that of their digits: where there is none, what the program has
   told GMP to do happens. The items that are there stay; n = 0 frees. */
void *tt_exact_resize(void *items, size_t old_n, size_t n, size_t size);

/* out = floor(q). */
void tt_exact_floor(mpz_t out, mpq_srcptr q);

TT_END_C

#endif

#include "number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"

/* sign * 0.DIGITS * 10^exponent; zero has the digits "0" and the exponent 1. */
typedef struct {
    int sign;
    char *digits; /* NULL without memory */
    long exponent;
    bool exact;
} decimal;

enum { POSITIONAL_LOW = -5, POSITIONAL_HIGH = 30 }; /* exponents written without "e" */

static decimal zero(void)
{
    return (decimal){ 0, strdup("0"), 1, true };
}

/* Whether the magnitude grows when a value of this sign is rounded. */
static bool away(int sign, tt_rounding rounding)
{
    return rounding == (sign < 0 ? TT_ROUND_DOWN : TT_ROUND_UP);
}

/* m = floor(|q| 10^shift); true where nothing is cut off; twice_rest compares 2 (the part cut off) with 1. */
static bool scaled(mpz_ptr m, int *twice_rest, mpq_srcptr q, long shift)
{
    mpz_t numerator, denominator, rest;
    bool exact;
    mpz_inits(numerator, denominator, rest, NULL);
    mpz_ui_pow_ui(rest, 10, shift < 0 ? (unsigned long)-shift : (unsigned long)shift);
    mpz_abs(numerator, mpq_numref(q));
    mpz_set(denominator, mpq_denref(q));
    if (shift < 0)
        mpz_mul(denominator, denominator, rest);
    else
        mpz_mul(numerator, numerator, rest);
    mpz_fdiv_qr(m, rest, numerator, denominator);
    exact = mpz_sgn(rest) == 0;
    mpz_mul_2exp(rest, rest, 1);
    *twice_rest = mpz_cmp(rest, denominator);
    mpz_clears(numerator, denominator, rest, NULL);
    return exact;
}

/* The exponent with 10^(exponent-1) <= |q| < 10^exponent, q not 0. */
static long decimal_exponent(mpq_srcptr q)
{
    long exponent = (long)mpz_sizeinbase(mpq_numref(q), 10) - (long)mpz_sizeinbase(mpq_denref(q), 10) + 1;
    mpz_t m;
    int rest;
    mpz_init(m);
    /* one too large or right, or too large by two: sizeinbase may count one digit too many */
    for (;; exponent--) {
        scaled(m, &rest, q, 1 - exponent);
        if (mpz_sgn(m) > 0)
            break;
    }
    if (mpz_cmp_ui(m, 10) >= 0)
        exponent++;
    mpz_clear(m);
    return exponent;
}

/* Rounds q to a multiple of 10^-shift. */
static decimal round_rational(mpq_srcptr q, long shift, tt_rounding rounding)
{
    decimal out = { .sign = mpq_sgn(q) };
    mpz_t m;
    int rest;
    mpz_init(m);
    out.exact = scaled(m, &rest, q, shift);
    if (!out.exact && (away(out.sign, rounding) || (rounding == TT_ROUND_NEAREST && rest >= 0)))
        mpz_add_ui(m, m, 1);
    if (mpz_sgn(m) == 0) {
        bool exact = out.exact;
        mpz_clear(m);
        out = zero();
        out.exact = exact;
        return out;
    }
    out.digits = mpz_get_str(NULL, 10, m);
    out.exponent = out.digits ? (long)strlen(out.digits) - shift : 0;
    mpz_clear(m);
    return out;
}

static decimal decimal_of_rational(mpq_srcptr q, unsigned digits, tt_rounding rounding)
{
    decimal out;
    if (mpq_sgn(q) == 0)
        return zero();
    out = round_rational(q, (long)digits - decimal_exponent(q), rounding);
    /* 9.99 became 10.0: one digit more than asked for, and it is a zero */
    if (out.digits && strlen(out.digits) > digits)
        out.digits[digits] = '\0';
    return out;
}

/* x finite; the end of an interval. */
static decimal decimal_of_float(mpfr_srcptr x, unsigned digits, tt_rounding rounding)
{
    static const mpfr_rnd_t modes[] = { [TT_ROUND_DOWN] = MPFR_RNDD, [TT_ROUND_UP] = MPFR_RNDU, [TT_ROUND_NEAREST] = MPFR_RNDN };
    decimal out = { .sign = mpfr_sgn(x) };
    mpfr_exp_t exponent;
    char *text;
    if (out.sign == 0)
        return zero();
    text = mpfr_get_str(NULL, &exponent, 10, digits < 2 ? 2 : digits, x, modes[rounding]);
    if (text) {
        out.digits = strdup(text + (*text == '-'));
        out.exponent = (long)exponent;
        mpfr_free_str(text);
    }
    return out;
}

static void strip_zeros(decimal *x)
{
    size_t n = x->digits ? strlen(x->digits) : 0;
    while (n > 1 && x->digits[n - 1] == '0')
        x->digits[--n] = '\0';
}

/* Frees x's digits. */
static char *decimal_text(decimal *x)
{
    const char *sign = x->sign < 0 ? "-" : "";
    char *text = NULL;
    long n;
    int written = -1;
    if (!x->digits)
        return NULL;
    n = (long)strlen(x->digits);
    /* zeros that only fill up to the point would pass for digits that are certain */
    if (x->exponent < POSITIONAL_LOW || x->exponent > POSITIONAL_HIGH || (!x->exact && x->exponent > n))
        written = asprintf(&text, "%s%c%s%se%ld", sign, x->digits[0], n > 1 ? "." : "", x->digits + 1, x->exponent - 1);
    else if (x->exponent <= 0)
        written = asprintf(&text, "%s0.%.*s%s", sign, (int)-x->exponent, "00000", x->digits);
    else if (n > x->exponent)
        written = asprintf(&text, "%s%.*s.%s", sign, (int)x->exponent, x->digits, x->digits + x->exponent);
    else
        written = asprintf(&text, "%s%s%.*s", sign, x->digits, (int)(x->exponent - n), "000000000000000000000000000000");
    free(x->digits);
    x->digits = NULL;
    return written < 0 ? NULL : text;
}

static char *text_of_rational(mpq_srcptr q, unsigned digits, tt_rounding rounding)
{
    decimal x = decimal_of_rational(q, digits, rounding);
    return decimal_text(&x);
}

static char *text_of_float(mpfr_srcptr f, unsigned digits, tt_rounding rounding)
{
    decimal x = decimal_of_float(f, digits, rounding);
    return decimal_text(&x);
}

static const char *infinity_text(const tt_real *x)
{
    return mpq_sgn(x->q) < 0 ? "-inf" : "inf";
}

static mpfr_prec_t bits_for(unsigned digits)
{
    return 4 * (mpfr_prec_t)digits + 64;
}

/* i (initialised here) encloses x, a root or an enclosure. */
static void interval_of(mpfi_ptr i, const tt_real *x, unsigned digits)
{
    mpfi_init2(i, x->kind == TT_REAL_ENCLOSED ? mpfi_get_prec(x->i) : bits_for(digits));
    tt_real_get_interval(i, x);
}

bool tt_number_ends(char **lo, char **hi, const tt_real *x, unsigned digits)
{
    mpfi_t i;
    *lo = *hi = NULL;
    switch (x->kind) {
    case TT_REAL_ABSENT:
        return false;
    case TT_REAL_INFINITE:
        *lo = strdup(infinity_text(x));
        *hi = strdup(infinity_text(x));
        break;
    case TT_REAL_EXACT:
        *lo = text_of_rational(x->q, digits, TT_ROUND_DOWN);
        *hi = text_of_rational(x->q, digits, TT_ROUND_UP);
        break;
    default:
        interval_of(i, x, digits);
        *lo = text_of_float(&i->left, digits, TT_ROUND_DOWN);
        *hi = text_of_float(&i->right, digits, TT_ROUND_UP);
        mpfi_clear(i);
    }
    if (*lo && *hi)
        return true;
    free(*lo);
    free(*hi);
    *lo = *hi = NULL;
    return false;
}

bool tt_number_prints_exact(const tt_real *x, bool full)
{
    return x->kind == TT_REAL_EXACT && (full || tt_exact_digits(x->q) <= TT_EXACT_DIGITS_MAX);
}

static char *bracket(mpfi_srcptr i)
{
    char *lo = text_of_float(&i->left, 3, TT_ROUND_DOWN), *hi = text_of_float(&i->right, 3, TT_ROUND_UP), *text = NULL;
    if (!lo || !hi || asprintf(&text, "[%s, %s]", lo, hi) < 0)
        text = NULL;
    free(lo);
    free(hi);
    return text;
}

/* As many digits as both ends round to alike. */
static char *short_interval(mpfi_srcptr i, unsigned digits)
{
    for (unsigned n = digits; n >= 2; n--) {
        char *lo = text_of_float(&i->left, n, TT_ROUND_NEAREST), *hi = text_of_float(&i->right, n, TT_ROUND_NEAREST);
        bool same = lo && hi && strcmp(lo, hi) == 0;
        free(hi);
        if (same)
            return lo;
        free(lo);
    }
    return bracket(i);
}

char *tt_number_short(const tt_real *x, unsigned digits)
{
    mpfi_t i;
    decimal d;
    char *text;
    switch (x->kind) {
    case TT_REAL_ABSENT:
        return strdup("-");
    case TT_REAL_INFINITE:
        return strdup(infinity_text(x));
    case TT_REAL_EXACT:
        d = decimal_of_rational(x->q, digits, TT_ROUND_NEAREST);
        if (d.exact)
            strip_zeros(&d);
        return decimal_text(&d);
    default:
        interval_of(i, x, digits);
        text = short_interval(i, digits);
        mpfi_clear(i);
        return text;
    }
}

/* sign DIGITS with `places` of them after the point. */
static char *fixed_text(const decimal *x, unsigned places)
{
    const char *sign = x->sign < 0 ? "-" : "";
    size_t n = strlen(x->digits);
    char *text = NULL;
    int written;
    if (x->sign == 0 || n <= places) {
        size_t zeros = x->sign == 0 ? places : places - n;
        char *padding = calloc(zeros + 1, 1);
        if (!padding)
            return NULL;
        memset(padding, '0', zeros);
        written = asprintf(&text, "%s0%s%s%s", sign, places ? "." : "", padding, x->sign == 0 ? "" : x->digits);
        free(padding);
    } else {
        written = asprintf(&text, "%s%.*s%s%s", sign, (int)(n - places), x->digits, places ? "." : "",
                           x->digits + n - places);
    }
    return written < 0 ? NULL : text;
}

static char *fixed_rational(mpq_srcptr q, unsigned places, tt_rounding rounding)
{
    decimal d = round_rational(q, (long)places, rounding);
    char *text = d.digits ? fixed_text(&d, places) : NULL;
    free(d.digits);
    return text;
}

static char *fixed_float(mpfr_srcptr f, unsigned places, tt_rounding rounding)
{
    mpq_t q;
    char *text;
    mpq_init(q);
    mpfr_get_q(q, f);
    text = fixed_rational(q, places, rounding);
    mpq_clear(q);
    return text;
}

char *tt_number_fixed(const tt_real *x, unsigned places, tt_rounding rounding)
{
    mpfi_t i;
    char *text, *other;
    if (x->kind == TT_REAL_ABSENT)
        return strdup("-");
    if (x->kind == TT_REAL_INFINITE)
        return strdup(infinity_text(x));
    if (x->kind == TT_REAL_EXACT)
        return fixed_rational(x->q, places, rounding);
    interval_of(i, x, places + 30);
    text = fixed_float(rounding == TT_ROUND_UP ? &i->right : &i->left, places, rounding);
    if (rounding == TT_ROUND_NEAREST) {
        other = fixed_float(&i->right, places, rounding);
        if (text && (!other || strcmp(text, other) != 0)) {
            free(text);
            text = NULL;
        }
        free(other);
    }
    mpfi_clear(i);
    return text;
}

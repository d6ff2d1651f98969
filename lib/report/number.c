#include "number.h"

#include <stdio.h>
#include <string.h>

#include "../number/exact.h"

typedef enum { DOWN, UP, NEAREST } rounding;

/* Digits of a decimal while it is made: one too many, the sign of MPFR, the NUL; at least what MPFR asks for. */
#define DIGITS_SIZE (TT_NUMBER_DIGITS_MAX + 4)

/* sign * 0.DIGITS * 10^exponent; zero has the digits "0" and the exponent 1. */
typedef struct {
    int sign;
    char digits[DIGITS_SIZE];
    long exponent;
    bool exact;
} decimal;

enum { POSITIONAL_LOW = -5, POSITIONAL_HIGH = 30 }; /* exponents written without "e" */

static decimal zero(void)
{
    return (decimal){ 0, "0", 1, true };
}

/* Whether the magnitude grows when a value of this sign is rounded. */
static bool away(int sign, rounding to)
{
    return to == (sign < 0 ? DOWN : UP);
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

static decimal decimal_of_rational(mpq_srcptr q, unsigned digits, rounding to)
{
    decimal out = { .sign = mpq_sgn(q) };
    long shift;
    mpz_t m;
    int rest;
    if (out.sign == 0)
        return zero();
    shift = (long)digits - decimal_exponent(q);
    mpz_init(m);
    out.exact = scaled(m, &rest, q, shift);
    if (!out.exact && (away(out.sign, to) || (to == NEAREST && rest >= 0)))
        mpz_add_ui(m, m, 1);
    mpz_get_str(out.digits, 10, m);
    mpz_clear(m);
    out.exponent = (long)strlen(out.digits) - shift;
    /* 9.99 became 10.0: one digit more than asked for, and it is a zero */
    out.digits[digits] = '\0';
    return out;
}

/* x finite; the end of an interval. */
static decimal decimal_of_float(mpfr_srcptr x, unsigned digits, rounding to)
{
    static const mpfr_rnd_t modes[] = { [DOWN] = MPFR_RNDD, [UP] = MPFR_RNDU, [NEAREST] = MPFR_RNDN };
    decimal out = { .sign = mpfr_sgn(x) };
    mpfr_exp_t exponent;
    if (out.sign == 0)
        return zero();
    mpfr_get_str(out.digits, &exponent, 10, digits < 2 ? 2 : digits, x, modes[to]);
    if (out.sign < 0)
        memmove(out.digits, out.digits + 1, strlen(out.digits));
    out.exponent = (long)exponent;
    return out;
}

static void strip_zeros(decimal *x)
{
    size_t n = strlen(x->digits);
    while (n > 1 && x->digits[n - 1] == '0')
        x->digits[--n] = '\0';
}

static tt_number_text plain(const char *text)
{
    tt_number_text out;
    snprintf(out.text, sizeof out.text, "%s", text);
    return out;
}

static tt_number_text decimal_text(const decimal *x)
{
    const char *sign = x->sign < 0 ? "-" : "";
    long n = (long)strlen(x->digits);
    tt_number_text out;
    char *text = out.text;
    size_t size = sizeof out.text;
    /* zeros that only fill up to the point would pass for digits that are certain */
    if (x->exponent < POSITIONAL_LOW || x->exponent > POSITIONAL_HIGH || (!x->exact && x->exponent > n))
        snprintf(text, size, "%s%c%s%se%ld", sign, x->digits[0], n > 1 ? "." : "", x->digits + 1, x->exponent - 1);
    else if (x->exponent <= 0)
        snprintf(text, size, "%s0.%.*s%s", sign, (int)-x->exponent, "00000", x->digits);
    else if (n > x->exponent)
        snprintf(text, size, "%s%.*s.%s", sign, (int)x->exponent, x->digits, x->digits + x->exponent);
    else
        snprintf(text, size, "%s%s%.*s", sign, x->digits, (int)(x->exponent - n), "000000000000000000000000000000");
    return out;
}

static tt_number_text text_of_rational(mpq_srcptr q, unsigned digits, rounding to)
{
    decimal x = decimal_of_rational(q, digits, to);
    return decimal_text(&x);
}

static tt_number_text text_of_float(mpfr_srcptr f, unsigned digits, rounding to)
{
    decimal x = decimal_of_float(f, digits, to);
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

static unsigned possible(unsigned digits)
{
    return digits < TT_NUMBER_DIGITS_MAX ? digits : TT_NUMBER_DIGITS_MAX;
}

bool tt_number_ends(tt_number_text *lo, tt_number_text *hi, const tt_real *x, unsigned digits)
{
    mpfi_t i;
    digits = possible(digits);
    switch (x->kind) {
    case TT_REAL_ABSENT:
        *lo = *hi = plain("");
        return false;
    case TT_REAL_INFINITE:
        *lo = *hi = plain(infinity_text(x));
        return true;
    case TT_REAL_EXACT:
        *lo = text_of_rational(x->q, digits, DOWN);
        *hi = text_of_rational(x->q, digits, UP);
        return true;
    default:
        interval_of(i, x, digits);
        *lo = text_of_float(&i->left, digits, DOWN);
        *hi = text_of_float(&i->right, digits, UP);
        mpfi_clear(i);
        return true;
    }
}

bool tt_number_prints_exact(const tt_real *x, bool full)
{
    return x->kind == TT_REAL_EXACT && (full || tt_exact_digits(x->q) <= TT_EXACT_DIGITS_MAX);
}

/* As many digits as both ends round to alike; where that is less than two, the ends. */
static tt_number_text short_interval(mpfi_srcptr i, unsigned digits)
{
    enum { BRACKET_DIGITS = 3 };
    tt_number_text lo, hi, out;
    for (unsigned n = digits; n >= 2; n--) {
        lo = text_of_float(&i->left, n, NEAREST);
        hi = text_of_float(&i->right, n, NEAREST);
        if (strcmp(lo.text, hi.text) == 0)
            return lo;
    }
    lo = text_of_float(&i->left, BRACKET_DIGITS, DOWN);
    hi = text_of_float(&i->right, BRACKET_DIGITS, UP);
    snprintf(out.text, sizeof out.text, "[%.60s, %.60s]", lo.text, hi.text);
    return out;
}

tt_number_text tt_number_short(const tt_real *x, unsigned digits)
{
    mpfi_t i;
    decimal d;
    tt_number_text text;
    digits = possible(digits);
    switch (x->kind) {
    case TT_REAL_ABSENT:
        return plain("-");
    case TT_REAL_INFINITE:
        return plain(infinity_text(x));
    case TT_REAL_EXACT:
        d = decimal_of_rational(x->q, digits, NEAREST);
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

tt_number_text tt_number_short_q(mpq_srcptr q, unsigned digits)
{
    tt_real x;
    tt_number_text text;
    tt_real_init(&x);
    tt_real_set_q(&x, q);
    text = tt_number_short(&x, digits);
    tt_real_clear(&x);
    return text;
}

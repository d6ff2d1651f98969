#include "exact.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static size_t digit_run(const char *text, size_t length)
{
    size_t n = 0;
    while (n < length && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

/* So many digits fit an unsigned long of 32 bits. */
#define SHORT_DIGITS 9

/* The digits of text[0..length) as an integer; they are known to be digits. */
static tt_status set_digits(mpz_t out, const char *text, size_t length, tt_error *error)
{
    char *copy;
    if (length <= SHORT_DIGITS) {
        unsigned long value = 0;
        for (size_t k = 0; k < length; k++)
            value = 10 * value + (unsigned long)(text[k] - '0');
        mpz_set_ui(out, value);
        return TT_OK;
    }
    copy = malloc(length + 1);
    if (!copy)
        return tt_no_memory(error);
    memcpy(copy, text, length);
    copy[length] = 0;
    mpz_set_str(out, copy, 10);
    free(copy);
    return TT_OK;
}

static tt_status parse_fraction(mpq_t value, const char *text, size_t head, size_t length, tt_error *error)
{
    const char *tail = text + head + 1;
    size_t tail_length = length - head - 1;
    tt_status status;
    if (tail_length == 0 || digit_run(tail, tail_length) != tail_length)
        return tt_fail(error, TT_BAD_INPUT, NULL, "not a number: digits expected after '/'");
    status = set_digits(mpq_numref(value), text, head, error);
    if (status == TT_OK)
        status = set_digits(mpq_denref(value), tail, tail_length, error);
    if (status == TT_OK && mpz_sgn(mpq_denref(value)) == 0) {
        mpz_set_ui(mpq_denref(value), 1);
        return tt_fail(error, TT_BAD_INPUT, NULL, "denominator is zero");
    }
    return status;
}

static tt_status parse_exponent(long *exponent, const char *text, size_t length, tt_error *error)
{
    int negative = length > 0 && text[0] == '-';
    size_t run;
    text += negative;
    length -= (size_t)negative;
    run = digit_run(text, length);
    if (run == 0 || run != length)
        return tt_fail(error, TT_BAD_INPUT, NULL, "not a number: digits expected in the exponent");
    while (run > 1 && *text == '0') {
        text++;
        run--;
    }
    *exponent = 0;
    for (size_t k = 0; k < run && run <= 6; k++)
        *exponent = 10 * *exponent + (text[k] - '0');
    if (run > 6 || *exponent > TT_EXPONENT_MAX)
        return tt_fail(error, TT_BAD_INPUT, NULL, "exponent is larger than %d in size", TT_EXPONENT_MAX);
    if (negative)
        *exponent = -*exponent;
    return TT_OK;
}

static tt_status parse_decimal(mpq_t value, const char *text, size_t head, size_t length, tt_error *error)
{
    size_t at = head, fraction = 0;
    long exponent = 0;
    char *digits;
    mpz_t power;
    if (at < length && text[at] == '.') {
        fraction = digit_run(text + at + 1, length - at - 1);
        if (fraction == 0)
            return tt_fail(error, TT_BAD_INPUT, NULL, "not a number: digits expected after '.'");
        at += 1 + fraction;
    }
    if (at < length && text[at] == 'e') {
        tt_status status = parse_exponent(&exponent, text + at + 1, length - at - 1, error);
        if (status != TT_OK)
            return status;
        at = length;
    }
    if (at != length)
        return tt_fail(error, TT_BAD_INPUT, NULL, "not a number: unexpected '%c'", text[at]);
    digits = malloc(head + fraction + 1);
    if (!digits)
        return tt_no_memory(error);
    memcpy(digits, text, head);
    if (fraction)
        memcpy(digits + head, text + head + 1, fraction);
    digits[head + fraction] = 0;
    mpz_set_str(mpq_numref(value), digits, 10);
    free(digits);
    exponent -= (long)fraction;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    if (exponent < 0)
        mpz_set(mpq_denref(value), power);
    else
        mpz_mul(mpq_numref(value), mpq_numref(value), power);
    mpz_clear(power);
    return TT_OK;
}

tt_status tt_exact_parse(mpq_t out, const char *text, size_t length, tt_error *error)
{
    size_t head = digit_run(text, length);
    tt_status status;
    mpq_t value;
    if (length == 0)
        return tt_fail(error, TT_BAD_INPUT, NULL, "not a number: empty text");
    if (head == 0 && text[0] == '-')
        return tt_fail(error, TT_BAD_INPUT, NULL, "negative numbers are not allowed");
    if (head == 0)
        return tt_fail(error, TT_BAD_INPUT, NULL, "not a number: it must begin with a digit");
    mpq_init(value);
    if (head < length && text[head] == '/')
        status = parse_fraction(value, text, head, length, error);
    else
        status = parse_decimal(value, text, head, length, error);
    if (status == TT_OK) {
        mpq_canonicalize(value);
        mpq_swap(out, value);
    }
    mpq_clear(value);
    return status;
}

char *tt_exact_text(mpq_srcptr q)
{
    size_t size = mpz_sizeinbase(mpq_numref(q), 10) + mpz_sizeinbase(mpq_denref(q), 10) + 3;
    char *text = malloc(size);
    if (text)
        mpq_get_str(text, 10, q);
    return text;
}

size_t tt_exact_digits(mpq_srcptr q)
{
    size_t digits = mpz_sizeinbase(mpq_numref(q), 10);
    if (mpz_cmp_ui(mpq_denref(q), 1) != 0)
        digits += mpz_sizeinbase(mpq_denref(q), 10);
    return digits;
}

size_t tt_exact_bits(mpq_srcptr q)
{
    return mpz_sizeinbase(mpq_numref(q), 2) + mpz_sizeinbase(mpq_denref(q), 2);
}

void tt_exact_floor(mpz_t out, mpq_srcptr q)
{
    mpz_fdiv_q(out, mpq_numref(q), mpq_denref(q));
}

void tt_exact_set_u64(mpz_t out, uint64_t n)
{
    if (n <= ULONG_MAX) {
        mpz_set_ui(out, (unsigned long)n);
        return;
    }
    mpz_set_ui(out, (unsigned long)(n >> 32));
    mpz_mul_2exp(out, out, 32);
    mpz_add_ui(out, out, (unsigned long)(n & UINT32_MAX));
}

uint64_t tt_exact_get_u64(mpz_srcptr n)
{
    uint64_t result = 0;
    if (mpz_sizeinbase(n, 2) > 64)
        return UINT64_MAX;
    mpz_export(&result, NULL, -1, sizeof result, 0, 0, n);
    return result;
}

mpq_t *tt_rationals_new(size_t n)
{
    mpq_t *x = calloc(n ? n : 1, sizeof *x);
    for (size_t k = 0; x && k < n; k++)
        mpq_init(x[k]);
    return x;
}

void *tt_exact_resize(void *items, size_t old_n, size_t n, size_t size)
{
    void *(*allocate)(size_t);
    void *(*reallocate)(void *, size_t, size_t);
    void (*release)(void *, size_t);
    mp_get_memory_functions(&allocate, &reallocate, &release);
    if (old_n == 0)
        return n ? allocate(n * size) : NULL;
    if (n > 0)
        return reallocate(items, old_n * size, n * size);
    release(items, old_n * size);
    return NULL;
}

void tt_rationals_free(mpq_t *x, size_t n)
{
    for (size_t k = 0; x && k < n; k++)
        mpq_clear(x[k]);
    free(x);
}

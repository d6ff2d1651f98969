#include "printed.h"

#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"

void tt_printed_init(tt_printed *printed)
{
    printed->kind = TT_PRINTED_ROUNDED;
    mpq_init(printed->number);
    mpq_init(printed->unit);
    printed->significant = false;
}

void tt_printed_clear(tt_printed *printed)
{
    mpq_clear(printed->number);
    mpq_clear(printed->unit);
}

static bool skip(const char **text, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*text, word, n) != 0)
        return false;
    *text += n;
    while (**text == ' ')
        ++*text;
    return true;
}

static tt_printed_kind relation(const char **text)
{
    if (skip(text, "<=") || skip(text, "up to "))
        return TT_PRINTED_AT_MOST;
    if (skip(text, "<"))
        return TT_PRINTED_BELOW;
    return TT_PRINTED_ROUNDED;
}

/* out = 10^n */
static void set_power_of_ten(mpq_t out, long n)
{
    mpz_set_ui(mpq_numref(out), 1);
    mpz_set_ui(mpq_denref(out), 1);
    mpz_ui_pow_ui(n < 0 ? mpq_denref(out) : mpq_numref(out), 10, (unsigned long)labs(n));
}

/* The decimal exponent of the last significant digit of `text`, which is known to be a number. */
static long last_place(const char *text, size_t length, bool factor, bool *significant)
{
    const char *exponent = memchr(text, 'e', length);
    const char *point = memchr(text, '.', length);
    size_t mantissa = exponent ? (size_t)(exponent - text) : length;
    long place = point ? -(long)(mantissa - (size_t)(point - text) - 1) : 0;
    *significant = exponent != NULL;
    if (exponent)
        place += strtol(exponent + 1, NULL, 10);
    if (factor && !point && !exponent) {
        size_t zeros = 0;
        while (zeros + 1 < length && text[length - 1 - zeros] == '0')
            zeros++;
        place += (long)zeros;
        *significant = zeros > 0;
    }
    return place;
}

tt_status tt_printed_parse(tt_printed *printed, const char *text, tt_error *error)
{
    size_t length;
    bool negative, factor;
    tt_status status;
    printed->kind = relation(&text);
    negative = *text == '-';
    text += negative;
    length = strlen(text);
    factor = length > 0 && text[length - 1] == 'x';
    length -= factor;
    if (memchr(text, '/', length))
        return tt_fail(error, TT_BAD_INPUT, NULL, "a printed number has no '/'");
    status = tt_exact_parse(printed->number, text, length, error);
    if (status != TT_OK)
        return status;
    set_power_of_ten(printed->unit, last_place(text, length, factor, &printed->significant));
    if (negative)
        mpq_neg(printed->number, printed->number);
    return TT_OK;
}

tt_answer tt_answer_or(tt_answer a, tt_answer b)
{
    if (a == TT_YES || b == TT_YES)
        return TT_YES;
    return a == TT_NULL || b == TT_NULL ? TT_NULL : TT_NO;
}

static tt_answer answer_and(tt_answer a, tt_answer b)
{
    if (a == TT_NO || b == TT_NO)
        return TT_NO;
    return a == TT_NULL || b == TT_NULL ? TT_NULL : TT_YES;
}

/* Is value on the wanted side of the edge? An exact hit counts where the edge is included. */
static tt_answer beyond(const tt_real *value, tt_order wanted, mpq_srcptr edge, bool included)
{
    tt_real bound;
    tt_order order;
    tt_real_init(&bound);
    tt_real_set_q(&bound, edge);
    order = tt_real_cmp(value, &bound);
    tt_real_clear(&bound);
    if (order == TT_UNKNOWN)
        return TT_NULL;
    return order == wanted || (order == TT_EQUAL && included) ? TT_YES : TT_NO;
}

/* The numbers that round to the printed one, for printed >= 0. */
typedef struct {
    mpq_t low, high;
    bool low_half_even, high_half_even; /* do ties to even include the edge? */
    bool zero;
} rounding_cell;

static void rounding_cell_set(rounding_cell *cell, const tt_printed *printed)
{
    mpq_t digits, half, step;
    mpq_inits(digits, half, step, (mpq_ptr)0);
    mpq_div(digits, printed->number, printed->unit); /* the digits as an integer */
    mpq_abs(digits, digits);
    mpq_abs(cell->low, printed->number);
    mpq_set(cell->high, cell->low);
    mpq_set(step, printed->unit);
    cell->zero = mpq_sgn(digits) == 0;
    cell->high_half_even = cell->low_half_even = mpz_even_p(mpq_numref(digits));

    mpq_div_2exp(half, step, 1);
    mpq_add(cell->high, cell->high, half);
    if (printed->significant && !cell->zero) {
        /* below a power of ten the same count of digits reaches one place further */
        mpq_set_ui(half, 1, 1);
        while (mpq_cmp(half, digits) < 0)
            mpz_mul_ui(mpq_numref(half), mpq_numref(half), 10);
        if (mpq_equal(half, digits)) {
            mpq_set_ui(half, 1, 10);
            mpq_mul(step, step, half);
            cell->low_half_even = true; /* its digits there end in 0 */
        }
    }
    mpq_div_2exp(half, step, 1);
    mpq_sub(cell->low, cell->low, half);
    mpq_clears(digits, half, step, (mpq_ptr)0);
}

static tt_answer within(const tt_real *size, const rounding_cell *cell, bool low_included, bool high_included)
{
    return answer_and(beyond(size, TT_GREATER, cell->low, low_included),
                      beyond(size, TT_LESS, cell->high, high_included));
}

static void decide_rounding(tt_answer *half_up, tt_answer *half_even, const tt_printed *printed,
                            const tt_real *value)
{
    rounding_cell cell;
    tt_real size;
    tt_real_init(&size);
    mpq_inits(cell.low, cell.high, (mpq_ptr)0);
    rounding_cell_set(&cell, printed);
    if (mpq_sgn(printed->number) < 0)
        tt_real_neg(&size, value);
    else
        tt_real_set(&size, value);
    *half_up = within(&size, &cell, !cell.zero, false);
    *half_even = within(&size, &cell, cell.low_half_even, cell.high_half_even);
    mpq_clears(cell.low, cell.high, (mpq_ptr)0);
    tt_real_clear(&size);
}

void tt_printed_rounds(tt_answer *half_up, tt_answer *half_even, const tt_printed *printed, const tt_real *value)
{
    if (printed->kind == TT_PRINTED_ROUNDED)
        decide_rounding(half_up, half_even, printed, value);
    else
        *half_up = *half_even = beyond(value, TT_LESS, printed->number, printed->kind == TT_PRINTED_AT_MOST);
}

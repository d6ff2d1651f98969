/* What a printed number says, and which values round to it: cases worked out by hand, and random values
   against rounding by whole numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/number/exact.h"
#include "../../lib/study/printed.h"
#include "../random_instance.h"
#include "../settings.h"

static void set_number(tt_real *out, const char *text)
{
    tt_error error;
    bool negative = *text == '-';
    text += negative;
    if (tt_exact_parse(out->q, text, strlen(text), &error) != TT_OK)
        fail_msg("%s: %s", text, error.what);
    out->kind = TT_REAL_EXACT;
    if (negative)
        tt_real_neg(out, out);
}

static void check(const char *text, const tt_real *value, tt_answer half_up, tt_answer half_even)
{
    tt_printed printed;
    tt_error error;
    tt_answer up, even;
    tt_printed_init(&printed);
    if (tt_printed_parse(&printed, text, &error) != TT_OK)
        fail_msg("%s: %s", text, error.what);
    tt_printed_rounds(&up, &even, &printed, value);
    if (up != half_up || even != half_even)
        fail_msg("%s for %.17g: half-up %d, half-even %d; expected %d, %d", text, tt_real_get_d(value), up, even,
                 half_up, half_even);
    tt_printed_clear(&printed);
}

static void test_hand_cases(void **state)
{
    static const struct {
        const char *printed, *value;
        tt_answer half_up, half_even;
    } cases[] = {
        /* decimals fix the last place */
        { "35.0", "34.95", TT_YES, TT_YES },
        { "35.0", "34.9499999999999999999999999999999999999999", TT_NO, TT_NO },
        { "35.0", "35.05", TT_NO, TT_YES },
        { "35.0", "35.0500000000000000000000000000000000000001", TT_NO, TT_NO },
        { "34.9", "34.95", TT_NO, TT_NO },
        { "34.9", "34.85", TT_YES, TT_NO },
        { "34.9", "34.946", TT_YES, TT_YES },
        { "8.2", "8.192", TT_YES, TT_YES },
        { "1677", "1677.312", TT_YES, TT_YES },
        { "1677", "1677.5", TT_NO, TT_NO },
        { "1677", "1676.5", TT_YES, TT_NO },
        { "900", "900.4", TT_YES, TT_YES },
        { "900", "901", TT_NO, TT_NO },
        { "0.0003", "0.00025", TT_YES, TT_NO },
        { "0.0003", "0.00035", TT_NO, TT_NO },
        { "0.0003", "0.00034999", TT_YES, TT_YES },
        { "0.440", "0.4405", TT_NO, TT_YES },
        /* carries: 9.95 and 9.995 become one digit longer */
        { "10.0", "9.95", TT_YES, TT_YES },
        { "10.0", "9.949", TT_NO, TT_NO },
        { "10.00", "9.995", TT_YES, TT_YES },
        { "10.00", "9.99499", TT_NO, TT_NO },
        { "9.99", "9.995", TT_NO, TT_NO },
        /* a mantissa's digits are counted from the first one */
        { "1.68e7", "16773120", TT_YES, TT_YES },
        { "3.49e5", "349525", TT_NO, TT_NO },
        { "3.49e5", "349500", TT_NO, TT_NO },
        { "3.49e5", "348500", TT_YES, TT_NO },
        { "3.50e5", "349500", TT_YES, TT_YES },
        { "1.00e6", "999500", TT_YES, TT_YES },
        { "1.00e6", "999499", TT_NO, TT_NO },
        { "1.00e6", "1005000", TT_NO, TT_YES },
        { "9.99e5", "999500", TT_NO, TT_NO },
        { "1e-7", "0.000000095", TT_YES, TT_YES },
        { "1e-7", "0.00000015", TT_NO, TT_NO },
        { "2e-7", "0.00000015", TT_YES, TT_YES },
        { "2e-7", "0.00000025", TT_NO, TT_YES },
        /* zeros at the end of an integer factor are not significant */
        { "200x", "204.75", TT_YES, TT_YES },
        { "200x", "150", TT_YES, TT_YES },
        { "200x", "149.9", TT_NO, TT_NO },
        { "200x", "250", TT_NO, TT_YES },
        { "100x", "95", TT_YES, TT_YES },
        { "100x", "94.9", TT_NO, TT_NO },
        { "100x", "150", TT_NO, TT_NO },
        { "30x", "34.9", TT_YES, TT_YES },
        { "48x", "47.5", TT_YES, TT_YES },
        { "48x", "48.5", TT_NO, TT_YES },
        { "409x", "409.5", TT_NO, TT_NO },
        { "410x", "409.5", TT_YES, TT_YES },
        { "409x", "408.5", TT_YES, TT_NO },
        { "3.0x", "3.04", TT_YES, TT_YES },
        { "3.0x", "3.07", TT_NO, TT_NO },
        /* zero and negative numbers: ties go away from zero */
        { "0", "0", TT_YES, TT_YES },
        { "0", "0.5", TT_NO, TT_YES },
        { "0", "-0.5", TT_NO, TT_YES },
        { "0", "-0.4", TT_YES, TT_YES },
        { "0.0", "0.06", TT_NO, TT_NO },
        { "-1.2", "-1.2", TT_YES, TT_YES },
        { "-1.2", "1.2", TT_NO, TT_NO },
        { "-1.2", "-1.25", TT_NO, TT_YES },
        { "-1.2", "-1.15", TT_YES, TT_YES },
        { "1.2", "-1.2", TT_NO, TT_NO },
        /* inequalities, strict and not */
        { "<1e-7", "1e-7", TT_NO, TT_NO },
        { "<1e-7", "9.9e-8", TT_YES, TT_YES },
        { "< 1", "0.5", TT_YES, TT_YES },
        { "<= 4029", "4029", TT_YES, TT_YES },
        { "<= 4029", "4029.0000000000000000000000000000000000001", TT_NO, TT_NO },
        { "<=8.2", "8.2", TT_YES, TT_YES },
        { "up to 200x", "200", TT_YES, TT_YES },
        { "up to 200x", "204.75", TT_NO, TT_NO },
        { "up to 200x", "3", TT_YES, TT_YES },
    };
    tt_real value;
    (void)state;
    tt_real_init(&value);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        set_number(&value, cases[k].value);
        check(cases[k].printed, &value, cases[k].half_up, cases[k].half_even);
    }
    tt_real_clear(&value);
}

static void set_decimals(tt_real *out, const char *low, const char *high)
{
    mpfi_t i;
    mpfi_init2(i, 128);
    mpfr_set_str(&i->left, low, 10, MPFR_RNDD);
    mpfr_set_str(&i->right, high, 10, MPFR_RNDU);
    tt_real_set_interval(out, i);
    mpfi_clear(i);
}

static void test_enclosures(void **state)
{
    tt_real value;
    (void)state;
    tt_real_init(&value);
    set_decimals(&value, "34.94", "34.96");
    check("35.0", &value, TT_NULL, TT_NULL);
    check("34.9", &value, TT_NULL, TT_NULL);
    check("34.8", &value, TT_NO, TT_NO);
    check("<= 34.95", &value, TT_NULL, TT_NULL);
    check("<= 34.97", &value, TT_YES, TT_YES);
    set_decimals(&value, "34.96", "34.97");
    check("35.0", &value, TT_YES, TT_YES);
    /* both sides of the upper edge: no to neither, and not yet yes */
    set_decimals(&value, "35.04", "35.06");
    check("35.0", &value, TT_NULL, TT_NULL);
    /* sqrt(1225) is rational, sqrt(1226) a root: both are decided */
    tt_real_set_ui(&value, 1226);
    tt_real_sqrt(&value, &value, 64);
    check("35.0", &value, TT_YES, TT_YES);
    check("35.1", &value, TT_NO, TT_NO);
    tt_real_set_absent(&value);
    check("35.0", &value, TT_NULL, TT_NULL);
    tt_real_clear(&value);
}

static void test_malformed(void **state)
{
    static const char *const texts[] = { "",    "x",     "<",    "<=",     "up to ", "35,0", "1e",   "1.",  ".5",
                                         "1/2", "35.0y", "~35",  "- 1",    "-",      "--1",  "1 2",  "3 x", "1e9999999",
                                         "+1",  "1x2",   "2xx",  "= 3",    ">1",     "nan",  "inf",  "1e-", "up to" };
    tt_printed printed;
    (void)state;
    tt_printed_init(&printed);
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        tt_error error = { .status = TT_OK };
        if (tt_printed_parse(&printed, texts[k], &error) != TT_BAD_INPUT || error.status != TT_BAD_INPUT)
            fail_msg("'%s' was accepted", texts[k]);
    }
    tt_printed_clear(&printed);
}

/* ---- random values: round to d places by whole numbers, print, ask ------------------------------ */

/* numerator / denominator rounded to a whole number */
static uint64_t round_half_up(uint64_t numerator, uint64_t denominator)
{
    return (2 * numerator + denominator) / (2 * denominator);
}

static uint64_t round_half_even(uint64_t numerator, uint64_t denominator)
{
    uint64_t whole = numerator / denominator, rest = numerator % denominator;
    if (2 * rest > denominator || (2 * rest == denominator && whole % 2 == 1))
        whole++;
    return whole;
}

static void print_digits(char *text, size_t size, uint64_t digits, unsigned places)
{
    uint64_t unit = 1;
    for (unsigned k = 0; k < places; k++)
        unit *= 10;
    if (places == 0)
        snprintf(text, size, "%" PRIu64, digits);
    else
        snprintf(text, size, "%" PRIu64 ".%0*" PRIu64, digits / unit, (int)places, digits % unit);
}

static void test_random_values(void **state)
{
    uint64_t count = 20000 * test_effort();
    random_stream stream = { test_seed(1) };
    tt_real value;
    unsigned ties = 0;
    (void)state;
    printf("seed %" PRIu64 "\n", test_seed(1));
    tt_real_init(&value);
    for (uint64_t k = 0; k < count; k++) {
        uint64_t denominator = 1 + random_below(&stream, 40), numerator = random_below(&stream, 20000), unit = 1;
        unsigned places = (unsigned)random_below(&stream, 4);
        for (unsigned p = 0; p < places; p++)
            unit *= 10;
        uint64_t up = round_half_up(numerator * unit, denominator);
        uint64_t even = round_half_even(numerator * unit, denominator);
        uint64_t first = up > 2 ? up - 2 : 0;
        tt_real_set_frac(&value, numerator, denominator);
        ties += up != even;
        for (uint64_t digits = first; digits <= up + 2; digits++) {
            char text[64];
            print_digits(text, sizeof text, digits, places);
            check(text, &value, digits == up ? TT_YES : TT_NO, digits == even ? TT_YES : TT_NO);
        }
    }
    assert_true(ties > 0);
    tt_real_clear(&value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hand_cases),
        cmocka_unit_test(test_enclosures),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_random_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

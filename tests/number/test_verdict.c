/* Comparisons that become verdicts: never a yes that is not proved. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../lib/number/verdict.h"

static bool of_doubles; /* which intervals are meant */

static void interval(tt_real *x, double low, double high)
{
    mpfi_t i;
    if (of_doubles) {
        tt_real_set_doubles(x, (tt_interval){ -low, high });
        return;
    }
    mpfi_init2(i, 60);
    mpfi_interv_d(i, low, high);
    tt_real_set_interval(x, i);
    mpfi_clear(i);
}

static void at_most(void **state)
{
    tt_real x, y, none, inf;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&y);
    tt_real_init(&none);
    tt_real_init(&inf);
    tt_real_set_infinite(&inf, 1);
    tt_real_set_ui(&x, 0);
    tt_real_set_ui(&y, 0);
    assert_int_equal(tt_verdict_le(&x, &y), TT_HOLDS); /* 0 <= 0 is decided */
    tt_real_set_ui(&x, 2);
    assert_int_equal(tt_verdict_le(&x, &y), TT_VIOLATED);
    assert_int_equal(tt_verdict_le(&y, &none), TT_NOT_APPLICABLE);
    assert_int_equal(tt_verdict_le(&x, &inf), TT_HOLDS);
    assert_int_equal(tt_verdict_le(&inf, &inf), TT_HOLDS);
    assert_int_equal(tt_verdict_le(&inf, &x), TT_VIOLATED);
    interval(&x, 1, 3);
    interval(&y, 2, 4);
    assert_int_equal(tt_verdict_le(&x, &y), TT_UNDECIDED);
    assert_int_equal(tt_verdict_le(&x, &x), TT_UNDECIDED); /* two numbers of the same interval */
    interval(&y, 3, 4);
    assert_int_equal(tt_verdict_le(&x, &y), TT_HOLDS); /* touching ends */
    assert_int_equal(tt_verdict_le(&y, &x), TT_UNDECIDED);
    interval(&y, 3.5, 4);
    assert_int_equal(tt_verdict_le(&y, &x), TT_VIOLATED);
    assert_int_equal(tt_verdict_le(&x, &inf), TT_HOLDS);
    tt_real_set_ui(&y, 3);
    assert_int_equal(tt_verdict_le(&x, &y), TT_HOLDS);
    tt_real_set_ui(&y, 1);
    assert_int_equal(tt_verdict_le(&y, &x), TT_HOLDS);
    assert_int_equal(tt_verdict_le(&x, &y), TT_UNDECIDED);
    tt_real_set_ui(&y, 2);
    tt_real_sqrt(&y, &y, 60); /* a root against a rational and against an interval */
    tt_real_set_frac(&x, 141421356, 100000000);
    assert_int_equal(tt_verdict_le(&x, &y), TT_HOLDS);
    tt_real_set_frac(&x, 141421357, 100000000);
    assert_int_equal(tt_verdict_le(&x, &y), TT_VIOLATED);
    interval(&x, 1, 1.4140625);
    assert_int_equal(tt_verdict_le(&x, &y), TT_HOLDS);
    interval(&x, 1, 1.5);
    assert_int_equal(tt_verdict_le(&x, &y), TT_UNDECIDED);
    assert_int_equal(tt_verdict_le(&y, &x), TT_UNDECIDED);
    tt_real_clear(&x);
    tt_real_clear(&y);
    tt_real_clear(&none);
    tt_real_clear(&inf);
}

static void equal(void **state)
{
    tt_real x, y, scale;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&y);
    tt_real_init(&scale);
    tt_real_set_frac(&x, 1, 3);
    tt_real_set_frac(&y, 2, 6);
    assert_int_equal(tt_verdict_eq(&x, &y, NULL), TT_HOLDS);
    tt_real_set_frac(&y, 1, 4);
    assert_int_equal(tt_verdict_eq(&x, &y, NULL), TT_VIOLATED);
    interval(&x, 1, 1 + 0x1p-40);
    interval(&y, 1 + 0x1p-41, 1 + 0x1p-39);
    assert_int_equal(tt_verdict_eq(&x, &y, NULL), TT_CONSISTENT);
    interval(&y, 1 + 0x1p-39, 1 + 0x1p-38);
    assert_int_equal(tt_verdict_eq(&x, &y, NULL), TT_VIOLATED);
    interval(&y, 0.5, 2); /* overlapping is not enough */
    assert_int_equal(tt_verdict_eq(&x, &y, NULL), TT_UNDECIDED);
    interval(&x, -0x1p-40, 0x1p-40); /* around zero only a scale can tell */
    tt_real_set_ui(&y, 0);
    assert_int_equal(tt_verdict_eq(&x, &y, NULL), TT_UNDECIDED);
    tt_real_set_ui(&scale, 1);
    assert_int_equal(tt_verdict_eq(&x, &y, &scale), TT_CONSISTENT);
    tt_real_set_frac(&scale, 1, 1UL << 20);
    assert_int_equal(tt_verdict_eq(&x, &y, &scale), TT_UNDECIDED);
    tt_real_set_absent(&y);
    assert_int_equal(tt_verdict_eq(&x, &y, NULL), TT_NOT_APPLICABLE);
    tt_real_clear(&x);
    tt_real_clear(&y);
    tt_real_clear(&scale);
}

static void all_of_them(void **state)
{
    static const tt_verdict order[] = { TT_NOT_APPLICABLE, TT_HOLDS, TT_CONSISTENT, TT_UNDECIDED, TT_VIOLATED };
    (void)state;
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 5; j++)
            assert_int_equal(tt_verdict_and(order[i], order[j]), order[i > j ? i : j]);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(tt_verdict_name(TT_HOLDS), "holds");
    assert_string_equal(tt_verdict_name(TT_CONSISTENT), "consistent");
    assert_string_equal(tt_verdict_name(TT_VIOLATED), "violated");
    assert_string_equal(tt_verdict_name(TT_UNDECIDED), "undecided");
    assert_string_equal(tt_verdict_name(TT_NOT_APPLICABLE), "not-applicable");
}

static int use_doubles(void **state)
{
    (void)state;
    of_doubles = true;
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_most),
        cmocka_unit_test(equal),
        cmocka_unit_test(all_of_them),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL) + cmocka_run_group_tests(tests, use_doubles, NULL);
}

/* Rational combinations of logarithms: what cancels, what does not, and by how little. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "../../lib/number/log_form.h"
#include "../random_instance.h"
#include "../settings.h"

/* form += (n/d) log(x/y) */
static void add(tt_log_form *form, long n, unsigned long d, unsigned long x, unsigned long y)
{
    mpq_t c;
    mpz_t a, b;
    mpq_init(c);
    mpz_init_set_ui(a, x);
    mpz_init_set_ui(b, y);
    mpq_set_si(c, n, d);
    mpq_canonicalize(c);
    tt_log_form_add_log(form, c, a, b);
    mpq_clear(c);
    mpz_clear(a);
    mpz_clear(b);
}

static void add_rational(tt_log_form *form, long n, unsigned long d)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_si(q, n, d);
    mpq_canonicalize(q);
    tt_log_form_add(form, q);
    mpq_clear(q);
}

static void test_what_cancels(void **state)
{
    tt_log_form form;
    tt_real value;
    (void)state;
    tt_log_form_init(&form);
    tt_real_init(&value);
    assert_int_equal(tt_log_form_sign(&form, 256), TT_EQUAL);
    add(&form, 1, 2, 36, 1);
    add(&form, -1, 1, 2, 1);
    assert_false(tt_log_form_is_rational(&form));
    add(&form, 1, 1, 1, 3);
    assert_true(tt_log_form_is_rational(&form));
    assert_int_equal(tt_log_form_sign(&form, 256), TT_EQUAL);
    add_rational(&form, -3, 7);
    assert_int_equal(tt_log_form_sign(&form, 256), TT_LESS);
    tt_log_form_get(&value, &form, 128);
    assert_true(tt_real_is_exact(&value));
    assert_int_equal(mpq_cmp_si(value.q, -3, 7), 0);
    /* 12 and 18 share factors without dividing each other: 12^2 18^-1 = 8 */
    tt_log_form_reset(&form);
    add(&form, 2, 1, 12, 1);
    add(&form, -1, 1, 18, 1);
    add(&form, -3, 1, 2, 1);
    assert_true(tt_log_form_is_rational(&form));
    add(&form, 1, 1000000007, 3, 2);
    assert_false(tt_log_form_is_rational(&form));
    assert_int_equal(tt_log_form_sign(&form, 256), TT_GREATER);
    tt_real_clear(&value);
    tt_log_form_clear(&form);
}

static void test_infinite(void **state)
{
    tt_log_form form;
    tt_real value;
    (void)state;
    tt_log_form_init(&form);
    tt_real_init(&value);
    add(&form, 0, 1, 0, 1);
    assert_int_equal(form.infinite, 0);
    add(&form, -1, 3, 0, 5);
    assert_int_equal(tt_log_form_sign(&form, 256), TT_GREATER);
    tt_log_form_get(&value, &form, 128);
    assert_true(tt_real_is_infinite(&value));
    assert_false(tt_log_form_is_rational(&form));
    add(&form, 1, 3, 0, 5);
    assert_int_equal(tt_log_form_sign(&form, 256), TT_UNKNOWN);
    tt_log_form_get(&value, &form, 128);
    assert_true(tt_real_is_absent(&value));
    tt_real_clear(&value);
    tt_log_form_clear(&form);
}

/* log 2 minus rationals that come ever closer to it. */
static void test_narrow_decisions(void **state)
{
    tt_log_form form;
    mpq_t low, high, middle;
    tt_order order;
    (void)state;
    tt_log_form_init(&form);
    mpq_inits(low, high, middle, NULL);
    mpq_set_ui(high, 1, 1);
    for (int k = 0; k < 700; k++) { /* bisection: each side keeps its sign down to 2^-700 */
        mpq_add(middle, low, high);
        mpq_div_2exp(middle, middle, 1);
        tt_log_form_reset(&form);
        add(&form, 1, 1, 2, 1);
        mpq_neg(middle, middle);
        tt_log_form_add(&form, middle);
        mpq_neg(middle, middle);
        order = tt_log_form_sign(&form, TT_PRECISION_MAX);
        assert_true(order == TT_LESS || order == TT_GREATER);
        mpq_set(order == TT_GREATER ? low : high, middle);
    }
    assert_int_equal(tt_log_form_sign(&form, 256), TT_UNKNOWN);
    mpq_clears(low, high, middle, NULL);
    tt_log_form_clear(&form);
}

/* c log(p_1^a_1 ... p_k^a_k) = c sum a_i log p_i, for random exponents; one more factor breaks it. */
static void test_random_relations(void **state)
{
    static const unsigned long primes[] = { 2, 3, 5, 7, 11 };
    random_stream stream = { test_seed(17) };
    size_t cases = 300 * test_effort();
    tt_log_form form;
    (void)state;
    tt_log_form_init(&form);
    for (size_t k = 0; k < cases; k++) {
        unsigned long product = 1, d = 1 + random_below(&stream, 9);
        long n = (long)random_below(&stream, 19) - 9;
        tt_log_form_reset(&form);
        for (size_t i = 0; i < 5; i++) {
            size_t a = random_below(&stream, 4);
            for (size_t j = 0; j < a; j++)
                product *= primes[i];
            add(&form, -n * (long)a, d, primes[i], 1);
        }
        add(&form, n, d, product, 1);
        assert_true(tt_log_form_is_rational(&form));
        assert_int_equal(tt_log_form_sign(&form, 256), TT_EQUAL);
        add(&form, 1, d, product + 1, product);
        assert_int_equal(tt_log_form_sign(&form, 256), TT_GREATER);
    }
    tt_log_form_clear(&form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_cancels), cmocka_unit_test(test_infinite), cmocka_unit_test(test_narrow_decisions),
        cmocka_unit_test(test_random_relations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Rows of a chosen KL: the bracket, both sides, the sizes that occur. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "../../lib/number/exact.h"
#include "../../lib/world/kl_pair.h"

static void parse(mpq_t out, const char *text)
{
    tt_error error;
    assert_int_equal(tt_exact_parse(out, text, strlen(text), &error), TT_OK);
}

/* KL of the row that was found lies within kl (1 +- tolerance), seen at twice the precision of the search. */
static void is_found(const char *m_text, const char *kl_text, const char *tolerance_text, bool above, size_t most_digits)
{
    mpq_t m, kl, tolerance, q, slack;
    tt_real divergence, end;
    tt_error error;
    mpq_inits(m, kl, tolerance, q, slack, NULL);
    tt_real_init(&divergence);
    tt_real_init(&end);
    parse(m, m_text);
    parse(kl, kl_text);
    parse(tolerance, tolerance_text);
    assert_int_equal(tt_kl_pair(q, m, kl, tolerance, above, &error), TT_OK);
    assert_true(above ? mpq_cmp(q, m) > 0 : mpq_cmp(q, m) < 0);
    assert_true(mpq_sgn(q) > 0 && mpq_cmp_ui(q, 1, 1) < 0);
    assert_true(tt_exact_digits(q) <= most_digits);
    tt_kl_binary(&divergence, m, q, 4096);
    mpq_mul(slack, kl, tolerance);
    mpq_sub(kl, kl, slack);
    tt_real_set_q(&end, kl);
    assert_int_equal(tt_real_cmp(&end, &divergence), TT_LESS);
    mpq_add(kl, kl, slack);
    mpq_add(kl, kl, slack);
    tt_real_set_q(&end, kl);
    assert_int_equal(tt_real_cmp(&divergence, &end), TT_LESS);
    mpq_clears(m, kl, tolerance, q, slack, NULL);
    tt_real_clear(&divergence);
    tt_real_clear(&end);
}

static void brackets(void **state)
{
    (void)state;
    is_found("1/2", "1", "1e-30", false, 34);
    is_found("1/2", "1", "1e-30", true, 34);
    is_found("1/2", "1", "1e-3", false, 3);
    is_found("1/2", "1/10", "2/5", true, 4); /* 3/4, where the halving passes, is too far */
    is_found("1/2", "1e-4", "1e-30", true, 36);
    is_found("1/1000", "1e-10", "1e-30", true, 48);
    is_found("999/1000", "1/100", "1e-30", false, 40);
    is_found("1e-300", "1e-4", "1e-30", true, 60);
    is_found("1/2", "700", "1e-30", false, 700);
    is_found("1/3", "1e-12", "1e-60", false, 80);
}

static void is_refused(const char *m_text, const char *kl_text, const char *tolerance_text, tt_status expected)
{
    mpq_t m, kl, tolerance, q;
    tt_error error;
    mpq_inits(m, kl, tolerance, q, NULL);
    parse(m, m_text);
    parse(kl, kl_text);
    parse(tolerance, tolerance_text);
    assert_int_equal(tt_kl_pair(q, m, kl, tolerance, false, &error), expected);
    assert_int_equal(error.status, expected);
    mpq_clears(m, kl, tolerance, q, NULL);
}

static void refuses(void **state)
{
    (void)state;
    is_refused("0", "1", "1e-30", TT_BAD_INPUT);
    is_refused("1", "1", "1e-30", TT_BAD_INPUT);
    is_refused("1/2", "1", "0", TT_BAD_INPUT);
    is_refused("1/2", "1", "1", TT_BAD_INPUT);
    is_refused("1e-300", "1e-4", "1e-30", TT_LIMIT); /* q would be about e^-(10^296) */
}

static void ends(void **state)
{
    mpq_t m, q;
    tt_real kl;
    tt_error error;
    (void)state;
    mpq_inits(m, q, NULL);
    tt_real_init(&kl);
    parse(m, "1/3");
    assert_int_equal(tt_kl_pair(q, m, q, m, true, &error), TT_OK); /* kl = 0 */
    assert_true(mpq_equal(q, m));
    tt_kl_binary(&kl, m, m, 128);
    assert_true(tt_real_is_zero(&kl));
    mpq_set_ui(q, 0, 1);
    tt_kl_binary(&kl, m, q, 128);
    assert_true(tt_real_is_infinite(&kl));
    tt_kl_binary(&kl, q, m, 128); /* log(3/2) */
    assert_int_equal(tt_real_cmp_ui(&kl, 1), TT_LESS);
    parse(m, "1");
    tt_kl_binary(&kl, m, m, 128);
    assert_true(tt_real_is_zero(&kl));
    mpq_clears(m, q, NULL);
    tt_real_clear(&kl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets),
        cmocka_unit_test(refuses),
        cmocka_unit_test(ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

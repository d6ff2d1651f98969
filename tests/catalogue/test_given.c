/* What is filled in from a person's numbers, what is left unknown, and what is said about it. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/catalogue/given.h"

typedef struct {
    tt_given given;
    tt_quantities q;
    tt_notes notes;
} fixture;

static void start(fixture *f, unsigned long horizon)
{
    tt_given_init(&f->given);
    tt_quantities_init(&f->q);
    f->given.horizon = horizon;
}

static void fill(fixture *f)
{
    tt_error error;
    if (tt_given_check(&f->given, &error) != TT_OK)
        fail_msg("%s: %s", error.where, error.what);
    assert_int_equal(tt_given_fill(&f->q, &f->given, 128, &f->notes), TT_OK);
}

static void stop(fixture *f)
{
    tt_given_clear(&f->given);
    tt_quantities_clear(&f->q);
}

static void is_fraction(const tt_real *x, unsigned long n, unsigned long d)
{
    tt_real y;
    tt_real_init(&y);
    tt_real_set_frac(&y, n, d);
    assert_true(tt_real_is_exact(x));
    assert_int_equal(tt_real_cmp(x, &y), TT_EQUAL);
    tt_real_clear(&y);
}

/* x = sqrt(n / d), exactly */
static void is_root(const tt_real *x, unsigned long n, unsigned long d)
{
    tt_real y;
    tt_real_init(&y);
    tt_real_set_frac(&y, n, d);
    tt_real_sqrt(&y, &y, 64);
    assert_int_equal(tt_real_cmp(x, &y), TT_EQUAL);
    tt_real_clear(&y);
}

static void has_note(const char *const *notes, size_t count, const char *part)
{
    for (size_t k = 0; k < count; k++)
        if (strstr(notes[k], part))
            return;
    fail_msg("no note says '%s'", part);
}

static void test_horizon_alone(void **state)
{
    fixture f;
    (void)state;
    start(&f, 7);
    fill(&f);
    assert_int_equal(f.q.horizon, 7);
    assert_false(f.q.dominated);
    assert_true(tt_real_is_absent(&f.q.kl_max) && tt_real_is_absent(&f.q.tv_max) && tt_real_is_absent(&f.q.kl_seq));
    assert_true(tt_real_is_absent(&f.q.tv_seq) && tt_real_is_absent(&f.q.chi2_max));
    assert_true(f.q.expected_tv.uniform && f.q.expected_tv.n == 7);
    assert_true(tt_real_is_absent(tt_series_at(&f.q.expected_tv, 6)));
    assert_true(f.q.context_kl.uniform && f.q.context_kl.n == 8);
    assert_true(tt_real_is_absent(tt_series_at(&f.q.context_kl, 7)));
    assert_int_equal(f.notes.inferred_count, 0);
    assert_int_equal(f.notes.implied_count, 0);
    stop(&f);
}

static void test_from_kl(void **state)
{
    fixture f;
    (void)state;
    start(&f, 4096);
    tt_real_set_frac(&f.given.kl_max, 1, 10000);
    fill(&f);
    is_root(&f.q.tv_max, 1, 20000);
    is_fraction(&f.q.kl_seq, 4096, 10000);
    is_root(&f.q.tv_seq, 2048, 10000);
    is_root(tt_series_at(&f.q.expected_tv, 4095), 1, 20000);
    assert_true(tt_real_is_absent(&f.q.chi2_max));
    assert_int_equal(f.notes.inferred_count, 4);
    has_note(f.notes.inferred, f.notes.inferred_count, "tv-max = ");
    has_note(f.notes.inferred, f.notes.inferred_count, "kl-seq = ");
    has_note(f.notes.inferred, f.notes.inferred_count, "tv-seq = min(1, sqrt(kl-seq / 2), horizon * tv-max)");
    has_note(f.notes.inferred, f.notes.inferred_count, "every step");
    assert_int_equal(f.notes.implied_count, 0);
    stop(&f);
}

static void test_caps(void **state)
{
    fixture f;
    (void)state;
    start(&f, 3);
    tt_real_set_ui(&f.given.kl_max, 8); /* sqrt(8/2) = 2 */
    fill(&f);
    is_fraction(&f.q.tv_max, 1, 1);
    is_fraction(&f.q.kl_seq, 24, 1);
    is_fraction(&f.q.tv_seq, 1, 1);
    tt_real_set_infinite(&f.given.kl_max, 1);
    fill(&f);
    is_fraction(&f.q.tv_max, 1, 1);
    assert_true(tt_real_is_infinite(&f.q.kl_seq));
    is_fraction(&f.q.tv_seq, 1, 1);
    stop(&f);
}

static void test_zero(void **state)
{
    fixture f;
    (void)state;
    start(&f, 3);
    tt_real_set_ui(&f.given.kl_max, 0);
    fill(&f);
    assert_true(tt_real_is_zero(&f.q.tv_max) && tt_real_is_zero(&f.q.kl_seq) && tt_real_is_zero(&f.q.tv_seq));
    assert_true(tt_real_is_zero(tt_series_at(&f.q.expected_tv, 0)));
    stop(&f);
}

/* Nothing is inferred for KL from TV. */
static void test_from_tv(void **state)
{
    fixture f;
    (void)state;
    start(&f, 10);
    tt_real_set_frac(&f.given.tv_max, 1, 50);
    fill(&f);
    assert_true(tt_real_is_absent(&f.q.kl_max) && tt_real_is_absent(&f.q.kl_seq));
    is_fraction(&f.q.tv_seq, 1, 5);
    is_fraction(tt_series_at(&f.q.expected_tv, 3), 1, 50);
    has_note(f.notes.inferred, f.notes.inferred_count, "tv-seq = min(1, horizon * tv-max)");
    tt_real_set_frac(&f.given.tv_max, 1, 5); /* T eps = 2 */
    fill(&f);
    is_fraction(&f.q.tv_seq, 1, 1);
    stop(&f);
}

static void test_from_kl_seq(void **state)
{
    fixture f;
    (void)state;
    start(&f, 10);
    tt_real_set_frac(&f.given.kl_seq, 1, 50);
    fill(&f);
    assert_true(tt_real_is_absent(&f.q.kl_max) && tt_real_is_absent(&f.q.tv_max));
    assert_true(tt_real_is_absent(tt_series_at(&f.q.expected_tv, 3)));
    is_fraction(&f.q.tv_seq, 1, 10);
    has_note(f.notes.inferred, f.notes.inferred_count, "tv-seq = min(1, sqrt(kl-seq / 2))");
    assert_int_equal(f.notes.inferred_count, 1);
    stop(&f);
}

/* The smallest of the three wins, whichever it is. */
static void test_sequence_tv(void **state)
{
    fixture f;
    (void)state;
    start(&f, 10);
    tt_real_set_frac(&f.given.kl_seq, 2, 1);
    tt_real_set_frac(&f.given.tv_max, 1, 100);
    fill(&f);
    is_fraction(&f.q.tv_seq, 1, 10);
    tt_real_set_frac(&f.given.kl_seq, 1, 5000);
    fill(&f);
    is_fraction(&f.q.tv_seq, 1, 100);
    tt_real_set_frac(&f.given.kl_seq, 50, 1);
    tt_real_set_frac(&f.given.tv_max, 1, 2);
    fill(&f);
    is_fraction(&f.q.tv_seq, 1, 1);
    stop(&f);
}

static void test_chi(void **state)
{
    fixture f;
    (void)state;
    start(&f, 10);
    tt_real_set_frac(&f.given.chi2_max, 1, 100);
    fill(&f);
    assert_true(f.q.dominated);
    is_fraction(&f.q.chi2_max, 1, 100);
    assert_true(tt_real_is_absent(&f.q.tv_max) && tt_real_is_absent(&f.q.kl_max) && tt_real_is_absent(&f.q.tv_seq));
    assert_int_equal(f.notes.inferred_count, 0);
    stop(&f);
}

/* Given values stay, and each smaller one that another implies is named. */
static void test_implied(void **state)
{
    fixture f;
    (void)state;
    start(&f, 10);
    tt_real_set_frac(&f.given.kl_max, 1, 50);  /* eps <= 1/10, KL_seq <= 1/5, TV_seq <= sqrt(1/10) */
    tt_real_set_frac(&f.given.tv_max, 1, 4);
    tt_real_set_frac(&f.given.kl_seq, 1, 2);   /* TV_seq <= 1/2 */
    tt_real_set_frac(&f.given.tv_seq, 3, 4);
    tt_real_set_frac(&f.given.chi2_max, 1, 25); /* eps <= 1/10 */
    fill(&f);
    is_fraction(&f.q.tv_max, 1, 4);
    is_fraction(&f.q.kl_seq, 1, 2);
    is_fraction(&f.q.tv_seq, 3, 4);
    is_fraction(tt_series_at(&f.q.expected_tv, 0), 1, 4);
    has_note(f.notes.implied, f.notes.implied_count, "kl-max implies a smaller tv-max");
    has_note(f.notes.implied, f.notes.implied_count, "chi2-max implies a smaller tv-max");
    has_note(f.notes.implied, f.notes.implied_count, "kl-max implies a smaller kl-seq");
    has_note(f.notes.implied, f.notes.implied_count, "kl-seq implies a smaller tv-seq");
    has_note(f.notes.implied, f.notes.implied_count, "kl-max implies a smaller tv-seq");
    assert_int_equal(f.notes.implied_count, 5);
    assert_int_equal(f.notes.inferred_count, 1);
    tt_real_set_frac(&f.given.tv_max, 1, 20);
    fill(&f);
    has_note(f.notes.implied, f.notes.implied_count, "tv-max implies a smaller tv-seq");
    stop(&f);
}

/* Equality is not smaller. */
static void test_implied_ties(void **state)
{
    fixture f;
    (void)state;
    start(&f, 10);
    tt_real_set_frac(&f.given.kl_max, 1, 50);
    tt_real_set_frac(&f.given.tv_max, 1, 10);
    tt_real_set_frac(&f.given.kl_seq, 1, 5);
    tt_real_set_frac(&f.given.tv_seq, 3, 10);
    tt_real_set_frac(&f.given.chi2_max, 1, 25);
    fill(&f);
    assert_int_equal(f.notes.implied_count, 0);
    stop(&f);
}

static void refuses(const tt_given *given, const char *where)
{
    tt_error error;
    assert_int_equal(tt_given_check(given, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, where);
}

static void test_ranges(void **state)
{
    tt_given given;
    tt_error error;
    (void)state;
    tt_given_init(&given);
    given.horizon = 0;
    refuses(&given, "--horizon");
    given.horizon = TT_HORIZON_MAX + 1;
    refuses(&given, "--horizon");
    given.horizon = TT_HORIZON_MAX;
    assert_int_equal(tt_given_check(&given, &error), TT_OK);
    tt_real_set_frac(&given.tv_max, 1000001, 1000000);
    refuses(&given, "--tv-max");
    tt_real_set_ui(&given.tv_max, 1);
    tt_real_set_ui(&given.tv_seq, 2);
    refuses(&given, "--tv-seq");
    tt_real_set_ui(&given.tv_seq, 1);
    tt_real_set_frac(&given.kl_max, 1, 3);
    tt_real_neg(&given.kl_max, &given.kl_max);
    refuses(&given, "--kl-max");
    tt_real_set_ui(&given.kl_max, 1000);
    assert_int_equal(tt_given_check(&given, &error), TT_OK);
    tt_given_clear(&given);
}

/* The longest horizon costs no memory per step, and a struct can be filled again. */
static void test_longest_horizon(void **state)
{
    fixture f;
    (void)state;
    start(&f, TT_HORIZON_MAX);
    tt_real_set_frac(&f.given.kl_max, 1, 50);
    for (int k = 0; k < 3; k++)
        fill(&f);
    assert_int_equal(f.q.expected_tv.n, TT_HORIZON_MAX);
    is_fraction(tt_series_at(&f.q.expected_tv, TT_HORIZON_MAX - 1), 1, 10);
    tt_real_set_absent(&f.given.kl_max);
    f.given.horizon = 2;
    fill(&f);
    assert_true(tt_real_is_absent(&f.q.tv_max) && tt_real_is_absent(tt_series_at(&f.q.expected_tv, 1)));
    stop(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_horizon_alone), cmocka_unit_test(test_from_kl),      cmocka_unit_test(test_caps),
        cmocka_unit_test(test_zero),          cmocka_unit_test(test_from_tv),      cmocka_unit_test(test_from_kl_seq),
        cmocka_unit_test(test_sequence_tv),   cmocka_unit_test(test_chi),          cmocka_unit_test(test_implied),
        cmocka_unit_test(test_implied_ties),  cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_longest_horizon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The families of A.8: what they are, exactly, and which bounds follow KL_seq. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "../../lib/study/counterexample.h"
#include "../../lib/world/kl_pair.h"

enum { SINGLE, ALL };

static void run(tt_counterexample *result, const char *const *probabilities, size_t n, size_t horizon)
{
    tt_evaluate_options options;
    tt_error error;
    tt_evaluate_options_init(&options);
    assert_int_equal(tt_counterexample_run(result, probabilities, n, horizon, &options, &error), TT_OK);
    tt_evaluate_options_clear(&options);
}

static size_t default_count(void)
{
    size_t n = 0;
    while (tt_counterexample_probabilities[n])
        n++;
    return n;
}

/* lo <= x <= hi, hi - lo = 2e-30, around n */
static void is_within(const tt_real *x, unsigned long n)
{
    tt_real end;
    mpq_t slack, value;
    tt_real_init(&end);
    mpq_inits(slack, value, NULL);
    mpz_ui_pow_ui(mpq_denref(slack), 10, 30);
    mpz_set_ui(mpq_numref(slack), 1);
    mpq_set_ui(value, n, 1);
    mpq_sub(value, value, slack);
    tt_real_set_q(&end, value);
    assert_int_equal(tt_verdict_le(&end, x), TT_HOLDS);
    mpq_add(value, value, slack);
    mpq_add(value, value, slack);
    tt_real_set_q(&end, value);
    assert_int_equal(tt_verdict_le(x, &end), TT_HOLDS);
    mpq_clears(slack, value, NULL);
    tt_real_clear(&end);
}

static tt_trend trend_of(const tt_counterexample_family *family, const char *id)
{
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (strcmp(tt_bound_at(k)->id, id) == 0)
            return family->bounds[k].trend;
    fail_msg("no bound %s", id);
    return TT_TREND_OTHER;
}

/* The exponent is n / d to nine digits. */
static void has_exponent(const tt_counterexample_family *family, const char *id, unsigned long n, unsigned long d)
{
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (strcmp(tt_bound_at(k)->id, id) == 0) {
            const unsigned long scale = 1000000000;
            tt_real end;
            tt_real_init(&end);
            tt_real_set_frac(&end, n * scale - 1, d * scale);
            assert_int_equal(tt_verdict_le(&end, &family->bounds[k].exponent), TT_HOLDS);
            tt_real_set_frac(&end, n * scale + 1, d * scale);
            assert_int_equal(tt_verdict_le(&family->bounds[k].exponent, &end), TT_HOLDS);
            tt_real_clear(&end);
        }
}

/* ---- */

static void rows_are_one_nat_apart(void **state)
{
    static const char *const probabilities[] = { "1/3" };
    tt_counterexample result;
    tt_real kl;
    mpq_t half;
    (void)state;
    run(&result, probabilities, 1, 2);
    mpq_init(half);
    mpq_set_ui(half, 1, 2);
    tt_real_init(&kl);
    tt_kl_binary(&kl, half, result.target, 1024);
    is_within(&kl, 1);
    is_within(&result.kl, 1);
    assert_int_equal(tt_verdict_eq(&kl, &result.kl, NULL), TT_CONSISTENT);
    assert_true(mpz_sizeinbase(mpq_denref(result.target), 10) <= 17);
    tt_real_clear(&kl);
    mpq_clear(half);
    tt_counterexample_clear(&result);
}

static void check_row(const tt_counterexample_row *row, size_t meets)
{
    const tt_quantities *q = &row->judgement.quantities;
    tt_real product;
    assert_int_equal(row->judgement.status, TT_OK);
    is_within(&q->kl_max, 1);
    tt_real_init(&product);
    tt_real_mul(&product, &q->kl_max, &row->p, 512);
    tt_real_mul_frac(&product, &product, meets, 1, 512); /* KL_seq = meets p KL */
    assert_int_equal(tt_verdict_eq(&product, &q->kl_seq, NULL), TT_CONSISTENT);
    tt_real_mul(&product, &row->ratio, &row->p, 512);
    tt_real_mul_frac(&product, &product, meets, 1, 512);
    is_within(&product, 1);
    tt_real_clear(&product);
    assert_false(row->judgement.evaluation.violated);
    assert_false(row->judgement.evaluation.undecided);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        tt_verdict verdict = row->judgement.evaluation.bounds[k].verdict;
        assert_true(verdict == TT_HOLDS || verdict == TT_NOT_APPLICABLE);
    }
}

static void families_are_what_they_say(void **state)
{
    (void)state;
    for (size_t horizon = 2; horizon <= 5; horizon++) {
        tt_counterexample result;
        run(&result, tt_counterexample_probabilities, default_count(), horizon);
        assert_int_equal(result.families[SINGLE].n, default_count());
        for (size_t r = 0; r < default_count(); r++) {
            const tt_counterexample_row *single = &result.families[SINGLE].rows[r], *all = &result.families[ALL].rows[r];
            check_row(single, 1);
            check_row(all, horizon - 1);
            assert_true(tt_real_is_zero(&single->judgement.quantities.worst_case_error));
            assert_true(tt_real_is_zero(&single->judgement.quantities.error));
            assert_int_equal(tt_real_is_zero(&all->judgement.quantities.worst_case_error), horizon == 2);
            assert_int_equal(tt_real_is_zero(&all->judgement.quantities.error), horizon == 2);
        }
        tt_counterexample_clear(&result);
    }
}

static void bounds_follow_what_they_read(void **state)
{
    static const char *const stay[] = { "classical-tv", "classical-kl", "coupling", "pinsker-marginal-kl",
                                        "pinsker-marginal-tv-simple", "tv-optimal", "tilted-kl", "second-moment",
                                        "truncated-moment" };
    static const char *const like_p[] = { "mixed-tv", "linear", "adaptive", "unified", "sequence-kl", "linear-one",
                                          "reverse-kl", "own-unified" };
    static const char *const like_root[] = { "mixed-kl", "mixed-kl-simple", "average-kl-half" };
    static const char *const exact[] = { "tilted-exact", "second-moment-exact", "recursive-tv", "span" };
    tt_counterexample result;
    (void)state;
    run(&result, tt_counterexample_probabilities, default_count(), 3);
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++) {
        const tt_counterexample_family *family = &result.families[f];
        for (size_t k = 0; k < sizeof stay / sizeof *stay; k++)
            assert_int_equal(trend_of(family, stay[k]), TT_TREND_STAYS);
        for (size_t k = 0; k < sizeof like_p / sizeof *like_p; k++) {
            assert_int_equal(trend_of(family, like_p[k]), TT_TREND_SHRINKS);
            has_exponent(family, like_p[k], 1, 1);
        }
        for (size_t k = 0; k < sizeof like_root / sizeof *like_root; k++) {
            assert_int_equal(trend_of(family, like_root[k]), TT_TREND_SHRINKS);
            has_exponent(family, like_root[k], 1, 2);
        }
        for (size_t k = 0; k < sizeof exact / sizeof *exact; k++)
            assert_int_equal(trend_of(family, exact[k]), f == SINGLE ? TT_TREND_ZERO : TT_TREND_SHRINKS);
        assert_int_equal(family->worst.trend, f == SINGLE ? TT_TREND_ZERO : TT_TREND_SHRINKS);
    }
    tt_counterexample_clear(&result);
}

static void rows_are_sorted(void **state)
{
    static const char *const probabilities[] = { "1e-4", "1", "0.5", "1e-7" };
    static const char *const sorted[] = { "1", "0.5", "1e-4", "1e-7" };
    tt_counterexample result;
    (void)state;
    run(&result, probabilities, 4, 3);
    for (size_t r = 0; r < 4; r++)
        assert_string_equal(result.families[ALL].rows[r].text, sorted[r]);
    tt_counterexample_clear(&result);
}

static void one_row_has_no_trend(void **state)
{
    static const char *const probabilities[] = { "1/7" };
    tt_counterexample result;
    (void)state;
    run(&result, probabilities, 1, 3);
    assert_int_equal(result.families[SINGLE].worst.trend, TT_TREND_NONE);
    assert_int_equal(trend_of(&result.families[SINGLE], "classical-tv"), TT_TREND_NONE);
    assert_string_equal(tt_trend_name(TT_TREND_NONE), "none");
    tt_counterexample_clear(&result);
}

static void a_limit_is_a_result(void **state)
{
    static const char *const probabilities[] = { "1/7", "1/9" };
    tt_counterexample result;
    tt_evaluate_options options;
    tt_error error;
    (void)state;
    tt_evaluate_options_init(&options);
    options.engine = TT_ENGINE_TREE;
    options.measure.max_nodes = 100;
    assert_int_equal(tt_counterexample_run(&result, probabilities, 2, 8, &options, &error), TT_OK);
    assert_int_equal(result.families[ALL].rows[0].judgement.status, TT_LIMIT);
    assert_int_equal(result.families[ALL].worst.trend, TT_TREND_NONE);
    tt_evaluate_options_clear(&options);
    tt_counterexample_clear(&result);
}

static void is_refused(const char *first, const char *second, size_t horizon, const char *where)
{
    const char *const probabilities[] = { first, second };
    tt_counterexample result;
    tt_evaluate_options options;
    tt_error error;
    tt_evaluate_options_init(&options);
    assert_int_equal(tt_counterexample_run(&result, probabilities, 2, horizon, &options, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, where);
    tt_evaluate_options_clear(&options);
    tt_counterexample_clear(&result);
}

static void refuses(void **state)
{
    (void)state;
    is_refused("1/2", "0", 3, "--probability");
    is_refused("1/2", "3/2", 3, "--probability");
    is_refused("1/2", "0.5", 3, "--probability");
    is_refused("1/2", "p", 3, "--probability");
    is_refused("1/2", "1/3", 1, "--horizon");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_one_nat_apart),
        cmocka_unit_test(families_are_what_they_say),
        cmocka_unit_test(bounds_follow_what_they_read),
        cmocka_unit_test(rows_are_sorted),
        cmocka_unit_test(one_row_has_no_trend),
        cmocka_unit_test(a_limit_is_a_result),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Statistics of a token: their values by their formulas, their means, and the facts on generated rows. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/catalogue/estimators.h"
#include "../random_instance.h"
#include "../settings.h"

#define VOCAB 5

typedef struct {
    mpz_t weights[2 * VOCAB + 1];
    tt_rows rows;
} sample;

static void sample_init(sample *s, size_t vocab, const unsigned long *rollout, const unsigned long *target)
{
    unsigned long total = 0;
    for (size_t v = 0; v < vocab; v++)
        total += rollout[v];
    for (size_t v = 0; v < vocab; v++) {
        mpz_init_set_ui(s->weights[v], rollout[v]);
        mpz_init_set_ui(s->weights[vocab + v], target[v]);
    }
    mpz_init_set_ui(s->weights[2 * vocab], total);
    s->rows = (tt_rows){ vocab, s->weights[0], s->weights[vocab], s->weights[2 * vocab], false, TT_NO_PAIR };
}

static void sample_clear(sample *s)
{
    for (size_t k = 0; k <= 2 * s->rows.n; k++)
        mpz_clear(s->weights[k]);
}

/* Two rows of one total, zeros among them. */
static void sample_random(sample *s, random_stream *stream)
{
    unsigned long rows[2][VOCAB] = { { 0 } }, total = 1 + random_below(stream, 40);
    size_t vocab = 1 + random_below(stream, VOCAB);
    for (size_t k = 0; k < 2; k++)
        for (unsigned long unit = 0; unit < total; unit++)
            rows[k][random_below(stream, vocab)]++;
    sample_init(s, vocab, rows[0], rows[1]);
}

/* ---- values ------------------------------------------------------------------------------------------- */

static double by_formula(const char *id, const sample *s, size_t v)
{
    double p = mpz_get_d(s->weights[v]) / mpz_get_d(s->rows.total);
    double q = mpz_get_d(s->weights[s->rows.n + v]) / mpz_get_d(s->rows.total), rho = q / p, log_rho = log(rho);
    double tv = 0, kl = 0, reverse = 0, js = 0;
    for (size_t u = 0; u < s->rows.n; u++) {
        double a = mpz_get_d(s->weights[u]) / mpz_get_d(s->rows.total);
        double b = mpz_get_d(s->weights[s->rows.n + u]) / mpz_get_d(s->rows.total);
        tv += fabs(a - b) / 2;
        kl += a > 0 ? a * log(a / b) : 0;
        reverse += b > 0 ? b * log(b / a) : 0;
        js += (a > 0 ? a * log(2 * a / (a + b)) : 0) / 2 + (b > 0 ? b * log(2 * b / (a + b)) : 0) / 2;
    }
    const struct {
        const char *id;
        double value;
    } values[] = {
        { "k1", -log_rho }, { "k2", log_rho * log_rho / 2 }, { "k3", rho > 0 ? rho - 1 - log_rho : INFINITY },
        { "abs-log", fabs(log_rho) }, { "log-ratio", log_rho }, { "ratio", rho }, { "inverse-ratio", 1 / rho },
        { "ratio-squared", rho * rho }, { "deviation", fabs(rho - 1) }, { "mult-prob-error", exp(fabs(log_rho)) },
        { "k3-inverse", rho > 0 ? 1 / rho - 1 + log_rho : INFINITY }, { "binary-tv", fabs(p - q) },
        { "binary-kl", p * log(p / q) + (p < 1 ? (1 - p) * log((1 - p) / (1 - q)) : 0) },
        { "binary-kl-reverse", (q > 0 ? q * log(q / p) : 0) + (q < 1 ? (1 - q) * log((1 - q) / (1 - p)) : 0) },
        { "tv", tv }, { "kl", kl }, { "kl-reverse", reverse }, { "js", js },
    };
    for (size_t k = 0; k < sizeof values / sizeof *values; k++)
        if (strcmp(values[k].id, id) == 0)
            return values[k].value;
    fail_msg("no formula of %s", id);
    return 0;
}

/* The enclosure is narrow and around what doubles say. */
static void is_near(const char *id, const tt_real *x, double expected)
{
    double value = tt_real_get_d(x);
    if (isinf(expected) ? !tt_real_is_infinite(x) || (value > 0) != (expected > 0)
                        : !(fabs(value - expected) <= 1e-12 * (1 + fabs(expected))))
        fail_msg("%s is %.17g, not %.17g", id, value, expected);
    assert_true(tt_real_width_log2(x) <= -120);
}

static void test_values(void **state)
{
    random_stream stream = { test_seed(23) };
    size_t cases = 400 * test_effort();
    tt_real x;
    (void)state;
    tt_real_init(&x);
    for (size_t k = 0; k < cases; k++) {
        sample s;
        sample_random(&s, &stream);
        for (size_t e = 0; e < tt_estimator_count(); e++)
            for (size_t v = 0; v < s.rows.n; v++) {
                const tt_estimator *estimator = tt_estimator_at(e);
                if (mpz_sgn(s.weights[v]) == 0)
                    continue;
                tt_estimator_value(&x, estimator, &s.rows, v, 128);
                is_near(estimator->id, &x, by_formula(estimator->id, &s, v));
                if (estimator->distance && tt_real_cmp_ui(&x, 0) == TT_LESS)
                    fail_msg("%s is no distance", estimator->id);
            }
        sample_clear(&s);
    }
    tt_real_clear(&x);
}

static void test_means_and_biases(void **state)
{
    random_stream stream = { test_seed(29) };
    size_t cases = 200 * test_effort();
    tt_real mean, bias, term;
    (void)state;
    tt_real_init(&mean);
    tt_real_init(&bias);
    tt_real_init(&term);
    for (size_t k = 0; k < cases; k++) {
        sample s;
        sample_random(&s, &stream);
        for (size_t e = 0; e < tt_estimator_count(); e++) {
            const tt_estimator *estimator = tt_estimator_at(e);
            double sum = 0, kl = by_formula("kl", &s, 0);
            for (size_t v = 0; v < s.rows.n; v++)
                if (mpz_sgn(s.weights[v]) != 0)
                    sum += mpz_get_d(s.weights[v]) / mpz_get_d(s.rows.total) * by_formula(estimator->id, &s, v);
            tt_estimator_mean(&mean, estimator, &s.rows, 128);
            tt_estimator_bias(&bias, estimator, &s.rows, 128);
            is_near(estimator->id, &mean, sum);
            assert_int_equal(tt_real_is_absent(&bias), isinf(kl));
            if (!isinf(kl) && !isinf(sum))
                assert_true(fabs(tt_real_get_d(&bias) - (sum - kl)) < 1e-12 * (1 + fabs(sum)));
        }
        sample_clear(&s);
    }
    tt_real_clear(&mean);
    tt_real_clear(&bias);
    tt_real_clear(&term);
}

/* k1 and k3 have no bias, exactly; k2 and |log rho| have one. */
static void test_who_is_biased(void **state)
{
    static const unsigned long rollout[] = { 1, 3 }, target[] = { 2, 2 };
    static const char *const unbiased[] = { "k1", "k3", "kl" }, *const biased[] = { "k2", "abs-log", "k3-inverse" };
    static const tt_order side[] = { TT_LESS, TT_GREATER, TT_LESS };
    sample s;
    tt_real bias;
    (void)state;
    tt_real_init(&bias);
    sample_init(&s, 2, rollout, target);
    for (size_t k = 0; k < 3; k++) {
        tt_estimator_bias(&bias, tt_estimator_find(unbiased[k]), &s.rows, 128);
        assert_true(tt_real_is_zero(&bias));
        tt_estimator_bias(&bias, tt_estimator_find(biased[k]), &s.rows, 128);
        assert_int_equal(tt_real_cmp_ui(&bias, 0), side[k]);
    }
    sample_clear(&s);
    tt_real_clear(&bias);
}

/* A.2: rho = 0.01 and 100; A.1: their k1 cancel. */
static void test_the_slides_numbers(void **state)
{
    static const unsigned long low[] = { 100, 0, 1 }, high[] = { 1, 100, 0 };
    sample s, t;
    tt_real x, y;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&y);
    sample_init(&s, 3, low, high);  /* rho_0 = 1/100 */
    sample_init(&t, 3, high, low);  /* rho_0 = 100 */
    tt_estimator_value(&x, tt_estimator_find("k3"), &s.rows, 0, 128);
    is_near("k3", &x, 0.01 - 1 - log(0.01));
    tt_estimator_value(&x, tt_estimator_find("k3"), &t.rows, 0, 128);
    is_near("k3", &x, 100 - 1 - log(100));
    tt_estimator_value(&x, tt_estimator_find("k1"), &s.rows, 0, 128);
    tt_estimator_value(&y, tt_estimator_find("k1"), &t.rows, 0, 128);
    tt_real_neg(&y, &y);
    assert_int_not_equal(tt_real_cmp(&x, &y), TT_LESS);
    assert_int_not_equal(tt_real_cmp(&x, &y), TT_GREATER);
    sample_clear(&s);
    sample_clear(&t);
    tt_real_clear(&x);
    tt_real_clear(&y);
}

/* ---- facts ------------------------------------------------------------------------------------------------ */

static void test_facts(void **state)
{
    random_stream stream = { test_seed(31) };
    size_t cases = 500 * test_effort(), applied[32] = { 0 };
    (void)state;
    assert_true(tt_estimator_fact_count() <= 32);
    for (size_t k = 0; k < cases; k++) {
        sample s;
        sample_random(&s, &stream);
        for (size_t f = 0; f < tt_estimator_fact_count(); f++) {
            const tt_estimator_fact *fact = tt_estimator_fact_at(f);
            tt_verdict verdict = fact->check(&s.rows);
            if (verdict != TT_HOLDS && (verdict != TT_NOT_APPLICABLE || !fact->needs))
                fail_msg("%s: %s (case %zu)", fact->id, tt_verdict_name(verdict), k);
            applied[f] += verdict == TT_HOLDS;
        }
        sample_clear(&s);
    }
    for (size_t f = 0; f < tt_estimator_fact_count(); f++)
        if (applied[f] < cases / 20)
            fail_msg("%s was hardly ever tried", tt_estimator_fact_at(f)->id);
}

/* What the preconditions keep out is false: with a token that rollout never samples, means lose its part. */
static void test_preconditions(void **state)
{
    static const unsigned long rollout[] = { 4, 0 }, target[] = { 3, 1 };
    static const char *const dominated[] = { "k3-mean", "ratio-mean", "deviation-mean", "ratio-squared-mean" };
    sample s;
    (void)state;
    sample_init(&s, 2, rollout, target);
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(tt_estimator_fact_find(dominated[k])->check(&s.rows), TT_NOT_APPLICABLE);
    assert_int_equal(tt_estimator_fact_find("k1-mean")->check(&s.rows), TT_HOLDS);
    sample_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_means_and_biases), cmocka_unit_test(test_who_is_biased),
        cmocka_unit_test(test_the_slides_numbers), cmocka_unit_test(test_facts), cmocka_unit_test(test_preconditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

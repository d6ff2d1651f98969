/* The binomial form of the node pass: i.i.d. policies with two ratios, against the node pass in rationals and against
   the naive route. Ties (M = 1 after some tokens) and numbers of every length are forced. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>

#include "../../lib/measure/lattice.h"
#include "../../lib/number/exact.h"
#include "../compare.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 200
#define TOKENS_MAX 5
#define HORIZON_MAX 64
#define NAIVE_HORIZON 8

static void must(tt_status status, const tt_error *error)
{
    if (status != TT_OK)
        fail_msg("%s %s", error->where, error->what);
}

typedef enum {
    SHORT,      /* small numerators */
    MIRRORED,   /* pi = 1 - mu: ratios r and 1/r, a tie after every second token */
    POWERS,     /* ratios 2 and 1/4: a tie after every third */
    NEVER,      /* pi = 0 for one of the two */
    LONG,       /* 700-bit numbers: intervals from the first step on */
    NEAR,       /* ratios within 1e-40 of 1, long numbers */
    STYLES
} pair_style;

/* mu and pi of the token with the larger ratio, mu < pi. */
static void draw_pair(mpq_t mu, mpq_t pi, pair_style style, random_stream *r)
{
    mpz_t den, big;
    unsigned long d = 3 + random_below(r, 20), k = 1 + random_below(r, d - 2);
    mpz_inits(den, big, NULL);
    switch (style) {
    case MIRRORED:
        d = 2 * d + 1;
        k = 1 + random_below(r, d / 2);
        mpq_set_ui(mu, k, d);
        mpq_set_ui(pi, d - k, d);
        break;
    case POWERS: /* 2 mu + (1 - mu) / 4 = 1 */
        mpq_set_ui(mu, 3, 7);
        mpq_set_ui(pi, 6, 7);
        break;
    case NEVER:
        mpq_set_ui(mu, k, d);
        mpq_set_ui(pi, 1, 1);
        break;
    case LONG:
    case NEAR:
        mpz_ui_pow_ui(den, 10, style == NEAR ? 60 : 210);
        tt_exact_set_u64(big, random_word(r) | 1);
        mpz_add(den, den, big);
        mpz_ui_pow_ui(big, 10, style == NEAR ? 15 : 209);
        mpz_mul_ui(mpq_numref(mu), den, k);
        mpz_fdiv_q_ui(mpq_numref(mu), mpq_numref(mu), d);
        mpz_add(mpq_numref(pi), mpq_numref(mu), big);
        mpz_set(mpq_denref(mu), den);
        mpz_set(mpq_denref(pi), den);
        break;
    default:
        mpq_set_ui(mu, k, d);
        mpq_set_ui(pi, k + 1, d);
    }
    mpq_canonicalize(mu);
    mpq_canonicalize(pi);
    mpz_clears(den, big, NULL);
}

/* One state; the first `high` of V tokens share the probabilities mu and pi evenly, the others the rest. */
static tt_instance *one_state(size_t V, size_t high, size_t T, const mpq_t mu, const mpq_t pi)
{
    tt_instance *instance;
    tt_error error;
    mpq_t rows[2][TOKENS_MAX], one, share;
    size_t next[TOKENS_MAX] = { 0 };
    mpq_srcptr first[2] = { mu, pi };
    mpq_inits(one, share, NULL);
    mpq_set_ui(one, 1, 1);
    for (size_t k = 0; k < 2; k++)
        for (size_t v = 0; v < V; v++) {
            mpq_init(rows[k][v]);
            if (v < high)
                mpq_set(rows[k][v], first[k]);
            else
                mpq_sub(rows[k][v], one, first[k]);
            mpq_set_ui(share, v < high ? high : V - high, 1);
            mpq_div(rows[k][v], rows[k][v], share);
        }
    must(tt_instance_new(&instance, TT_FORM_MACHINE, V, T, &error), &error);
    must(tt_instance_add_prompt(instance, one, 0, &error), &error);
    must(tt_instance_add_state(instance, "s", (const mpq_t *)rows[0], (const mpq_t *)rows[1], next, &error), &error);
    must(tt_instance_set_reward_default(instance, one, &error), &error);
    must(tt_instance_finish(instance, &error), &error);
    for (size_t k = 0; k < 2; k++)
        for (size_t v = 0; v < V; v++)
            mpq_clear(rows[k][v]);
    mpq_clears(one, share, NULL);
    return instance;
}

static tt_instance *draw_instance(uint64_t seed, size_t horizon_max, bool two_tokens)
{
    random_stream r = { seed };
    pair_style style = (pair_style)(seed % STYLES);
    size_t V = two_tokens ? 2 : 2 + random_below(&r, TOKENS_MAX - 1), high = 1 + random_below(&r, V - 1);
    size_t T = random_below(&r, 6) ? 1 + random_below(&r, horizon_max) : 1;
    tt_instance *instance;
    mpq_t mu, pi;
    mpq_inits(mu, pi, NULL);
    draw_pair(mu, pi, style, &r);
    instance = random_below(&r, 2) ? one_state(V, high, T, mu, pi) : one_state(V, V - high, T, mu, pi);
    mpq_clears(mu, pi, NULL);
    return instance;
}

static void measure(tt_quantities *q, tt_lattice_report *report, const tt_instance *instance, tt_arithmetic arithmetic)
{
    tt_measure_options options;
    tt_error error;
    tt_measure_options_init(&options);
    options.arithmetic = arithmetic;
    tt_quantities_init(q);
    tt_lattice_report_init(report);
    must(tt_lattice_measure(q, instance, &options, report, &error), &error);
}

/* In enclosures the binomial form, in rationals every node: the same numbers. */
static void test_against_nodes(void **state)
{
    uint64_t seed = test_seed(1), cases = CASES * test_effort();
    (void)state;
    printf("seeds %" PRIu64 "..%" PRIu64 "\n", seed, seed + cases - 1);
    for (uint64_t k = seed; k < seed + cases; k++) {
        tt_instance *instance = draw_instance(k, HORIZON_MAX, false);
        size_t T = tt_instance_horizon(instance);
        tt_quantities binomial, nodes;
        tt_lattice_report report, exact;
        char label[64];
        snprintf(label, sizeof label, "seed %" PRIu64, k);
        measure(&binomial, &report, instance, TT_ARITHMETIC_ENCLOSURE);
        measure(&nodes, &exact, instance, TT_ARITHMETIC_EXACT);
        assert_int_equal(report.nodes, 2 * T + 1);
        assert_int_equal(exact.nodes, (T + 1) * (T + 2) / 2);
        assert_true(tt_real_is_zero(&report.pruned_rollout) && tt_real_is_zero(&report.pruned_target));
        if (compare_engines(&binomial, &nodes, COMPARE_ENCLOSED, label) != 0) {
            report_instance(instance, "binomial", k);
            fail();
        }
        assert_true(tt_real_width_log2(&binomial.tv_seq) < -80);
        assert_true(tt_real_width_log2(&binomial.worst_case_error) < -80);
        assert_true(tt_real_width_log2(&binomial.largest_surrogate) < -80);
        tt_lattice_report_clear(&report);
        tt_lattice_report_clear(&exact);
        tt_quantities_clear(&binomial);
        tt_quantities_clear(&nodes);
        tt_instance_free(instance);
    }
}

static void test_against_naive(void **state)
{
    uint64_t seed = test_seed(1), cases = 6 * STYLES * test_effort();
    (void)state;
    for (uint64_t k = seed; k < seed + cases; k++) {
        tt_instance *instance = draw_instance(k, NAIVE_HORIZON, true);
        tt_row_source source;
        tt_quantities binomial, naive;
        tt_lattice_report report;
        char label[64];
        if (k % STYLES == NEAR) { /* the naive route cannot decide Pinsker there */
            tt_instance_free(instance);
            continue;
        }
        snprintf(label, sizeof label, "naive, seed %" PRIu64, k);
        measure(&binomial, &report, instance, TT_ARITHMETIC_ENCLOSURE);
        tt_instance_source(&source, instance);
        tt_quantities_init(&naive);
        naive_measure(&naive, &source);
        assert_int_equal(compare_engines(&binomial, &naive, COMPARE_ENCLOSED, label), 0);
        tt_lattice_report_clear(&report);
        tt_quantities_clear(&binomial);
        tt_quantities_clear(&naive);
        tt_instance_free(instance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_nodes),
        cmocka_unit_test(test_against_naive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Identities and inequalities: true on measured instances, false as soon as either side is tampered with. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/catalogue/checks.h"
#include "../measured.h"
#include "../random_instance.h"
#include "../settings.h"

#define INSTANCES 200
#define RESPONSES 300
#define PRECISION 1024 /* enough for probabilities that differ by 1e-60 */

static tt_verdict identity(const char *id, const tt_quantities *q, mpq_srcptr baseline)
{
    for (size_t k = 0; k < tt_identity_count(); k++)
        if (strcmp(tt_identity_at(k)->id, id) == 0)
            return tt_identity_at(k)->verdict(q, baseline, PRECISION);
    fail_msg("no identity %s", id);
    return TT_UNDECIDED;
}

static tt_verdict inequality(const char *id, const tt_quantities *q)
{
    for (size_t k = 0; k < tt_inequality_count(); k++)
        if (strcmp(tt_inequality_at(k)->id, id) == 0)
            return tt_inequality_at(k)->verdict(q, PRECISION);
    fail_msg("no inequality %s", id);
    return TT_UNDECIDED;
}

/* x += n/d */
static void shift(tt_real *x, long n, uint64_t d)
{
    tt_real change;
    tt_real_init(&change);
    tt_real_set_frac(&change, (uint64_t)labs(n), d);
    if (n < 0)
        tt_real_neg(&change, &change);
    tt_real_add(x, x, &change, 256);
    tt_real_clear(&change);
}

/* ---- the catalogues themselves ---- */

static void entries_are_complete(void **state)
{
    (void)state;
    assert_int_equal(tt_identity_count(), 14);
    assert_int_equal(tt_inequality_count(), 17);
    for (size_t k = 0; k < tt_identity_count(); k++) {
        const tt_identity *entry = tt_identity_at(k);
        assert_non_null(entry->verdict);
        assert_true(*entry->id && *entry->statement && *entry->source);
        for (size_t j = 0; j < k; j++)
            assert_string_not_equal(tt_identity_at(j)->id, entry->id);
    }
    for (size_t k = 0; k < tt_inequality_count(); k++) {
        const tt_inequality *entry = tt_inequality_at(k);
        assert_true(*entry->id && *entry->statement && *entry->source);
        assert_int_equal(entry->verdict == NULL, strcmp(entry->id, "minorizer") == 0);
        for (size_t j = 0; j < k; j++)
            assert_string_not_equal(tt_inequality_at(j)->id, entry->id);
    }
}

/* ---- on measured instances ---- */

static bool has_word(const char *words, const char *word)
{
    const char *at = strstr(words, word);
    return at && (at == words || at[-1] == ' ') && (at[strlen(word)] == ' ' || at[strlen(word)] == '\0');
}

static bool applies(const char *id, const tt_quantities *q)
{
    if (has_word("surrogate-ratio surrogate-baseline error-ratio mean-weight", id))
        return q->dominated;
    if (strcmp(id, "chain-rule") == 0)
        return !tt_real_is_infinite(&q->kl_seq);
    return true;
}

static bool is_rational(const char *id)
{
    return !has_word("chain-rule k1-mean k3-mean", id);
}

static bool good_identity(const char *id, const tt_quantities *q)
{
    tt_verdict verdict = identity(id, q, NULL);
    if (has_word("k1-mean k3-mean", id))
        return verdict != TT_VIOLATED && verdict != TT_UNDECIDED;
    if (!applies(id, q))
        return verdict == TT_NOT_APPLICABLE;
    return verdict == TT_HOLDS || (verdict == TT_CONSISTENT && !is_rational(id));
}

static void all_are_true_of_measured_instances(void **state)
{
    uint64_t first = test_seed(1), applied[2] = { 0 };
    mpq_t baseline;
    (void)state;
    mpq_init(baseline);
    mpq_set_ui(baseline, 3, 7);
    for (uint64_t seed = first; seed < first + INSTANCES * test_effort(); seed++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed, RESPONSES, &shape);
        tt_quantities q;
        bool good = true;
        measured_by_tree(&q, instance, PRECISION);
        for (size_t k = 0; k < tt_identity_count(); k++)
            if (!good_identity(tt_identity_at(k)->id, &q)) {
                fprintf(stderr, "%s is %s\n", tt_identity_at(k)->id,
                        tt_verdict_name(tt_identity_at(k)->verdict(&q, NULL, PRECISION)));
                good = false;
            }
        if (q.dominated && identity("surrogate-baseline", &q, baseline) != TT_HOLDS)
            good = false;
        for (size_t k = 0; k + 1 < tt_inequality_count(); k++)
            if (tt_inequality_at(k)->verdict(&q, PRECISION) != TT_HOLDS) {
                fprintf(stderr, "%s is %s\n", tt_inequality_at(k)->id,
                        tt_verdict_name(tt_inequality_at(k)->verdict(&q, PRECISION)));
                good = false;
            }
        applied[0] += q.dominated;
        applied[1] += !tt_real_is_infinite(&q.kl_seq);
        if (!good) {
            report_instance(instance, "checks", seed);
            fail();
        }
        tt_quantities_clear(&q);
        tt_instance_free(instance);
    }
    /* both sides of each precondition were met */
    assert_true(applied[0] > 0 && applied[0] < INSTANCES * test_effort());
    assert_true(applied[1] > 0 && applied[1] < INSTANCES * test_effort());
    mpq_clear(baseline);
}

/* ---- tampering ---- */

/* Rows that differ everywhere, full supports, T = 3: nothing vanishes by accident. */
static tt_instance *plain_instance(void)
{
    static const char text[] = "1/3 2/3  2/5 3/5  1/7 6/7  1/2 1/2";
    tt_instance *instance;
    tt_error error;
    mpq_t row[2], one;
    const char *at = text;
    const uint32_t zero[1] = { 0 }, response[3] = { 0, 1, 1 };
    int used;
    mpq_inits(row[0], row[1], one, NULL);
    mpq_set_ui(one, 1, 1);
    assert_int_equal(tt_instance_new(&instance, TT_FORM_TREE, 2, 3, &error), TT_OK);
    assert_int_equal(tt_instance_add_prompt(instance, one, 0, &error), TT_OK);
    for (size_t k = 0; k < 4; k++) {
        tt_policy policy = k % 2 ? TT_TARGET : TT_ROLLOUT;
        assert_int_equal(gmp_sscanf(at, "%Qd %Qd%n", row[0], row[1], &used), 2);
        at += used;
        if (k < 2)
            assert_int_equal(tt_instance_set_default(instance, policy, row, &error), TT_OK);
        else
            assert_int_equal(tt_instance_set_context(instance, policy, 0, zero, 1, row, &error), TT_OK);
    }
    mpq_set_ui(one, 1, 3);
    assert_int_equal(tt_instance_set_reward_default(instance, one, &error), TT_OK);
    mpq_set_ui(one, 1, 1);
    assert_int_equal(tt_instance_set_reward(instance, 0, response, 3, one, &error), TT_OK);
    assert_int_equal(tt_instance_finish(instance, &error), TT_OK);
    mpq_clears(row[0], row[1], one, NULL);
    return instance;
}

static void measure_plain(tt_quantities *q)
{
    tt_instance *instance = plain_instance();
    measured_by_tree(q, instance, PRECISION);
    assert_true(q->dominated);
    assert_false(tt_real_is_zero(&q->error));
    assert_false(tt_real_is_zero(&q->j_rollout));
    tt_instance_free(instance);
}

static void a_tampered_side_violates_the_identity(void **state)
{
    static const struct {
        const char *id;
        size_t field;
    } cases[] = {
        { "surrogate-ratio", offsetof(tt_quantities, surrogate_ratio) },
        { "surrogate-ratio", offsetof(tt_quantities, surrogate) },
        { "surrogate-response", offsetof(tt_quantities, surrogate_response) },
        { "surrogate-baseline", offsetof(tt_quantities, weighted_reward) },
        { "surrogate-baseline", offsetof(tt_quantities, weight_sum) },
        { "surrogate-baseline", offsetof(tt_quantities, surrogate) },
        { "error-pdi", offsetof(tt_quantities, error_pdi) },
        { "error-rollout-side", offsetof(tt_quantities, error_rollout_side) },
        { "error-response", offsetof(tt_quantities, error_response) },
        { "error-ratio", offsetof(tt_quantities, error_ratio) },
        { "mean-weight", offsetof(tt_quantities, mean_weight) },
        { "zero-sum", offsetof(tt_quantities, sum_e) },
        { "zero-sum", offsetof(tt_quantities, sum_l) },
        { "gradient", offsetof(tt_quantities, improvement_derivative) },
        { "gradient", offsetof(tt_quantities, surrogate_derivative) },
        { "chain-rule", offsetof(tt_quantities, kl_seq) },
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_quantities q;
        tt_real *field;
        measure_plain(&q);
        field = (tt_real *)((char *)&q + cases[k].field);
        shift(field, 1, 1000000000);
        if (identity(cases[k].id, &q, NULL) != TT_VIOLATED)
            fail_msg("%s, field %zu", cases[k].id, cases[k].field);
        tt_real_set_absent(field);
        assert_int_equal(identity(cases[k].id, &q, NULL), TT_UNDECIDED); /* not reached is not holds */
        tt_quantities_clear(&q);
    }
}

static void the_chain_rule_is_checked_at_every_step(void **state)
{
    (void)state;
    for (size_t t = 0; t < 7; t++) {
        tt_quantities q;
        measure_plain(&q);
        shift(t < 4 ? &q.context_kl.items[t] : &q.expected_kl.items[t - 4], 1, 1000000000);
        assert_int_equal(identity("chain-rule", &q, NULL), TT_VIOLATED);
        tt_quantities_clear(&q);
    }
}

static void verdicts_of_the_engine_are_passed_on(void **state)
{
    tt_quantities q;
    (void)state;
    measure_plain(&q);
    q.martingale = q.k1_mean = q.k3_mean = TT_VIOLATED;
    q.advantage_unit = q.advantage_token = q.pinsker = q.pinsker_reverse = TT_VIOLATED;
    assert_int_equal(identity("martingale", &q, NULL), TT_VIOLATED);
    assert_int_equal(identity("k1-mean", &q, NULL), TT_VIOLATED);
    assert_int_equal(identity("k3-mean", &q, NULL), TT_VIOLATED);
    assert_int_equal(inequality("advantage-unit", &q), TT_VIOLATED);
    assert_int_equal(inequality("advantage-token", &q), TT_VIOLATED);
    assert_int_equal(inequality("pinsker", &q), TT_VIOLATED);
    assert_int_equal(inequality("pinsker-reverse", &q), TT_VIOLATED);
    q.dominated = false;
    assert_int_equal(identity("k3-mean", &q, NULL), TT_NOT_APPLICABLE);
    tt_quantities_clear(&q);
}

/* With J_mu = 0 the two baselines of the identity coincide, and only a third one sees a wrong E_mu[sum rho]. */
static void a_given_baseline_is_checked_too(void **state)
{
    tt_quantities q;
    mpq_t baseline;
    (void)state;
    mpq_init(baseline);
    mpq_set_ui(baseline, 1, 1);
    measure_plain(&q);
    tt_real_set_ui(&q.j_rollout, 0);
    tt_real_set(&q.weighted_reward, &q.surrogate);
    assert_int_equal(identity("surrogate-baseline", &q, baseline), TT_HOLDS);
    shift(&q.weight_sum, 1, 7);
    assert_int_equal(identity("surrogate-baseline", &q, NULL), TT_HOLDS);
    assert_int_equal(identity("surrogate-baseline", &q, baseline), TT_VIOLATED);
    tt_quantities_clear(&q);
    mpq_clear(baseline);
}

/* TV_t, or what stands on the right of the inequality, at every step. */
static void shifts_are_checked_at_every_step(void **state)
{
    static const char *const ids[] = { "shift-unit", "shift-coupling", "shift-expected-coupling", "shift-pinsker-max",
                                       "shift-processing", "shift-pinsker-seq", "shift-pinsker-marginal" };
    (void)state;
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        for (size_t t = 0; t < 4; t++) {
            tt_quantities q;
            measure_plain(&q);
            assert_int_equal(inequality(ids[k], &q), TT_HOLDS);
            tt_real_set_frac(&q.context_tv.items[t], 7, 2);
            if (inequality(ids[k], &q) != TT_VIOLATED)
                fail_msg("%s, TV_%zu", ids[k], t + 1);
            tt_real_set_absent(&q.context_tv.items[t]);
            assert_int_equal(inequality(ids[k], &q), TT_UNDECIDED);
            tt_quantities_clear(&q);
        }
}

static void futures_are_checked_at_every_step(void **state)
{
    static const char *const ids[] = { "future-unit", "future-coupling", "future-pinsker" };
    (void)state;
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        for (size_t t = 0; t < 3; t++) {
            tt_quantities q;
            measure_plain(&q);
            assert_int_equal(inequality(ids[k], &q), TT_HOLDS);
            tt_real_set_frac(&q.future_tv.items[t], 7, 2);
            assert_int_equal(inequality(ids[k], &q), TT_VIOLATED);
            tt_real_set_absent(&q.future_tv.items[t]);
            assert_int_equal(inequality(ids[k], &q), TT_UNDECIDED);
            tt_quantities_clear(&q);
        }
}

/* Equality is decided: TV_t = (t-1) eps holds, a hair more does not. */
static void the_right_sides_are_as_written(void **state)
{
    tt_quantities q;
    (void)state;
    measure_plain(&q);
    tt_real_set_frac(&q.tv_max, 1, 10);
    tt_real_set_frac(&q.kl_max, 1, 50); /* sqrt((t-1) / 100) = sqrt(t-1) / 10 */
    for (size_t t = 1; t <= 4; t++) {
        tt_real_set_frac(&q.context_tv.items[t - 1], t - 1, 10);
        tt_real_set_frac(&q.expected_tv.items[t <= 3 ? t - 1 : 2], 1, 10);
    }
    assert_int_equal(inequality("shift-coupling", &q), TT_HOLDS);
    assert_int_equal(inequality("shift-expected-coupling", &q), TT_HOLDS);
    assert_int_equal(inequality("shift-pinsker-max", &q), TT_VIOLATED);
    for (size_t t = 1; t <= 4; t++) {
        tt_real_set_frac(&q.context_tv.items[t - 1], t - 1, 100);
        tt_real_sqrt(&q.context_tv.items[t - 1], &q.context_tv.items[t - 1], 64);
        tt_real_set_frac(&q.future_tv.items[t <= 3 ? t - 1 : 2], t <= 3 ? 4 - t : 1, 10);
        tt_real_set_frac(&q.expected_advantage_max.items[t <= 3 ? t - 1 : 2], 2, 10);
    }
    assert_int_equal(inequality("shift-pinsker-max", &q), TT_HOLDS);
    assert_int_equal(inequality("future-coupling", &q), TT_HOLDS);
    assert_int_equal(inequality("advantage-max", &q), TT_HOLDS);
    shift(&q.tv_max, -1, 1000000000000);
    assert_int_equal(inequality("shift-coupling", &q), TT_VIOLATED);
    assert_int_equal(inequality("future-coupling", &q), TT_VIOLATED);
    assert_int_equal(inequality("advantage-max", &q), TT_VIOLATED);
    shift(&q.tv_max, 1, 1);
    shift(&q.kl_max, -1, 1000000000000);
    assert_int_equal(inequality("shift-coupling", &q), TT_HOLDS);
    assert_int_equal(inequality("shift-pinsker-max", &q), TT_VIOLATED);
    assert_int_equal(inequality("advantage-max", &q), TT_VIOLATED);
    tt_real_set_ui(&q.kl_max, 9);
    assert_int_equal(inequality("advantage-max", &q), TT_HOLDS);
    tt_real_set_ui(&q.expected_advantage_max.items[1], 2);
    tt_real_set_ui(&q.tv_max, 1);
    assert_int_equal(inequality("advantage-max", &q), TT_HOLDS);
    shift(&q.expected_advantage_max.items[1], 1, 1000000000000);
    shift(&q.tv_max, 1, 1); /* no longer what stands in the way: 1 does */
    assert_int_equal(inequality("advantage-max", &q), TT_VIOLATED);
    tt_quantities_clear(&q);
}

static void the_sequence_sides_are_as_written(void **state)
{
    tt_quantities q;
    (void)state;
    measure_plain(&q);
    for (size_t t = 0; t < 4; t++)
        tt_real_set_frac(&q.context_tv.items[t], t, 4);
    tt_real_set_frac(&q.tv_seq, 3, 4);
    tt_real_set_frac(&q.kl_seq, 9, 8); /* sqrt(9/16) */
    for (size_t t = 0; t < 4; t++)
        tt_real_set_frac(&q.context_kl.items[t], t * t, 8);
    assert_int_equal(inequality("shift-processing", &q), TT_HOLDS);
    assert_int_equal(inequality("shift-pinsker-seq", &q), TT_HOLDS);
    assert_int_equal(inequality("shift-pinsker-marginal", &q), TT_HOLDS);
    shift(&q.context_kl.items[1], -1, 1000000000000);
    assert_int_equal(inequality("shift-pinsker-marginal", &q), TT_VIOLATED);
    shift(&q.kl_seq, -1, 1000000000000);
    assert_int_equal(inequality("shift-pinsker-seq", &q), TT_VIOLATED);
    shift(&q.tv_seq, -1, 1000000000000);
    assert_int_equal(inequality("shift-processing", &q), TT_VIOLATED);
    tt_quantities_clear(&q);
}

static void the_master_decomposition_is_as_written(void **state)
{
    tt_quantities q;
    (void)state;
    measure_plain(&q);
    /* 2 (1/2 * 0 + 1/3 * 1/4 + 1/5 * 1/2) = 11/30; TV_4 has no part in it */
    for (size_t t = 0; t < 3; t++) {
        tt_real_set_frac(&q.expected_advantage_max.items[t], 1, t == 0 ? 2 : t == 1 ? 3 : 5);
        tt_real_set_frac(&q.context_tv.items[t], t, 4);
    }
    tt_real_set_ui(&q.context_tv.items[3], 1);
    tt_real_set_frac(&q.error, 11, 30);
    assert_int_equal(inequality("master", &q), TT_HOLDS);
    tt_real_neg(&q.error, &q.error);
    assert_int_equal(inequality("master", &q), TT_HOLDS);
    shift(&q.error, -1, 1000000000000);
    assert_int_equal(inequality("master", &q), TT_VIOLATED);
    tt_quantities_clear(&q);
}

/* (t-1) delta at t = 1 is 0 whatever delta is. */
static void an_infinite_divergence_leaves_the_first_step_zero(void **state)
{
    tt_quantities q;
    (void)state;
    measure_plain(&q);
    tt_real_set_infinite(&q.kl_max, 1);
    tt_real_set_infinite(&q.kl_seq, 1);
    assert_int_equal(inequality("shift-pinsker-max", &q), TT_HOLDS);
    assert_int_equal(inequality("shift-pinsker-seq", &q), TT_HOLDS);
    assert_int_equal(inequality("future-pinsker", &q), TT_HOLDS);
    assert_int_equal(inequality("advantage-max", &q), TT_HOLDS);
    assert_int_equal(identity("chain-rule", &q, NULL), TT_NOT_APPLICABLE);
    tt_real_set_frac(&q.context_tv.items[0], 1, 1000);
    assert_int_equal(inequality("shift-pinsker-max", &q), TT_VIOLATED);
    assert_int_equal(inequality("shift-pinsker-seq", &q), TT_HOLDS);
    tt_quantities_clear(&q);
}

static void without_domination_there_are_no_ratios(void **state)
{
    static const char *const ids[] = { "surrogate-ratio", "surrogate-baseline", "error-ratio", "mean-weight", "k3-mean" };
    tt_quantities q;
    (void)state;
    measure_plain(&q);
    q.dominated = false;
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        assert_int_equal(identity(ids[k], &q, NULL), TT_NOT_APPLICABLE);
    tt_quantities_clear(&q);
}

static void of_what_was_not_measured_nothing_is_known(void **state)
{
    tt_quantities q;
    (void)state;
    tt_quantities_init(&q);
    q.dominated = true;
    q.horizon = 3;
    for (size_t k = 0; k < tt_identity_count(); k++) {
        tt_verdict verdict = tt_identity_at(k)->verdict(&q, NULL, PRECISION);
        assert_true(verdict == TT_UNDECIDED || verdict == TT_NOT_APPLICABLE);
    }
    for (size_t k = 0; k + 1 < tt_inequality_count(); k++) {
        tt_verdict verdict = tt_inequality_at(k)->verdict(&q, PRECISION);
        if (verdict != TT_UNDECIDED && verdict != TT_NOT_APPLICABLE)
            fail_msg("%s is %s", tt_inequality_at(k)->id, tt_verdict_name(verdict));
    }
    tt_quantities_clear(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_complete),
        cmocka_unit_test(all_are_true_of_measured_instances),
        cmocka_unit_test(a_tampered_side_violates_the_identity),
        cmocka_unit_test(the_chain_rule_is_checked_at_every_step),
        cmocka_unit_test(verdicts_of_the_engine_are_passed_on),
        cmocka_unit_test(a_given_baseline_is_checked_too),
        cmocka_unit_test(shifts_are_checked_at_every_step),
        cmocka_unit_test(futures_are_checked_at_every_step),
        cmocka_unit_test(the_right_sides_are_as_written),
        cmocka_unit_test(the_sequence_sides_are_as_written),
        cmocka_unit_test(the_master_decomposition_is_as_written),
        cmocka_unit_test(an_infinite_divergence_leaves_the_first_step_zero),
        cmocka_unit_test(without_domination_there_are_no_ratios),
        cmocka_unit_test(of_what_was_not_measured_nothing_is_known),
    };
    return cmocka_run_group_tests_name("checks", tests, NULL, NULL);
}

/* The tree engine against the naive route, field by field, on generated instances, and both against
   numbers worked out by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/measure/tree.h"
#include "../../lib/number/exact.h"
#include "../compare.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 1400
#define RESPONSES 81
#define LARGE_CASES 14 /* half of the corners */
#define LARGE_RESPONSES 4096
#define EXACT_MOMENT_NODES 4096 /* tree.h: larger trees may enclose their second moments */

static tt_measure_options defaults(void)
{
    tt_measure_options options;
    tt_measure_options_init(&options);
    return options;
}

static bool exceeds(const tt_row_source *source, unsigned long limit)
{
    mpz_t nodes;
    bool answer;
    mpz_init(nodes);
    tt_row_source_nodes(nodes, source);
    answer = mpz_cmp_ui(nodes, limit) > 0;
    mpz_clear(nodes);
    return answer;
}

static void must(tt_status status, const tt_error *error)
{
    if (status != TT_OK)
        fail_msg("%s %s", error->where, error->what);
}

/* ---- generated instances ------------------------------------------------------------------------ */

typedef struct {
    const tt_row_source *source;
    const int *sign;
    size_t next, wrong;
} sign_check;

static void check_zeros(sign_check *check, size_t until)
{
    for (; check->next < until; check->next++)
        check->wrong += check->sign[check->next] != 0;
}

/* Responses that are passed over must have e(y) = 0. */
static tt_status check_sign(void *context, size_t prompt, const uint32_t *tokens, int sign_of_e, tt_error *error)
{
    sign_check *check = context;
    size_t y = prompt;
    (void)error;
    for (size_t t = 0; t < check->source->horizon; t++)
        y = y * check->source->vocab + tokens[t];
    check->wrong += y < check->next;
    check_zeros(check, y);
    check->wrong += check->sign[y] != sign_of_e;
    check->next = y + 1;
    return TT_OK;
}

static size_t wrong_signs(const tt_row_source *source, const tt_measure_options *options)
{
    tt_error error;
    size_t responses;
    int *sign = naive_error_signs(&responses, source);
    sign_check check = { source, sign, 0, 0 };
    must(tt_tree_each_response(source, options, check_sign, &check, &error), &error);
    check_zeros(&check, responses);
    free(sign);
    return check.wrong;
}

/* The number of disagreements between engine and naive route on one instance, at the default precision
   and at the one that settles everything. */
static size_t disagreements(const tt_row_source *source, bool wide_moments)
{
    tt_measure_options options = defaults();
    tt_quantities engine, naive;
    tt_error error;
    size_t wrong;
    tt_quantities_init(&engine);
    tt_quantities_init(&naive);
    naive_measure(&naive, source);
    must(tt_tree_measure(&engine, source, &options, &error), &error);
    wrong = compare_quantities(&engine, &naive, wide_moments, false, "test_tree");
    while (!quantities_settled(&engine) && options.precision < TT_PRECISION_MAX) {
        options.precision *= 2;
        must(tt_tree_refine(&engine, source, &options, &error), &error);
    }
    wrong += compare_quantities(&engine, &naive, wide_moments, true, "test_tree, refined");
    wrong += wrong_signs(source, &options);
    tt_quantities_clear(&engine);
    tt_quantities_clear(&naive);
    return wrong;
}

static void agree_on(const char *name, uint64_t seed, uint64_t count, size_t responses)
{
    printf("test_tree: %s: seeds %" PRIu64 " to %" PRIu64 "\n", name, seed, seed + count - 1);
    for (uint64_t k = 0; k < count; k++) {
        random_shape shape;
        tt_row_source source;
        tt_instance *instance = random_instance(seed + k, responses, &shape);
        size_t wrong;
        tt_instance_source(&source, instance);
        wrong = disagreements(&source, exceeds(&source, EXACT_MOMENT_NODES));
        if (wrong)
            report_instance(instance, "test_tree", seed + k);
        tt_instance_free(instance);
        assert_int_equal(wrong, 0);
    }
}

static void test_agrees_with_naive(void **state)
{
    (void)state;
    agree_on("small", test_seed(1), CASES * test_effort(), RESPONSES);
}

static void test_agrees_with_naive_on_larger(void **state)
{
    (void)state;
    agree_on("larger", test_seed(700000), LARGE_CASES * test_effort(), LARGE_RESPONSES);
}

/* ---- by hand ---------------------------------------------------------------------------------------- */

typedef struct {
    const char *tokens; /* digits; as many as there are steps for a reward */
    const char *rollout, *target;
} hand_context;

typedef struct {
    size_t vocab, horizon;
    const hand_context *contexts;
    const char *const *rewards; /* in order of the responses */
} hand_instance;

static void read_row(mpq_t *row, const char *text, size_t n)
{
    for (size_t v = 0; v < n; v++) {
        size_t length = strcspn(text, " ");
        tt_error error;
        must(tt_exact_parse(row[v], text, length, &error), &error);
        text += length + (text[length] == ' ');
    }
    assert_int_equal(*text, '\0');
}

static tt_instance *build(const hand_instance *hand)
{
    tt_instance *instance;
    tt_error error;
    mpq_t row[4];
    uint32_t tokens[4];
    size_t responses = 1;
    for (size_t v = 0; v < 4; v++)
        mpq_init(row[v]);
    must(tt_instance_new(&instance, TT_FORM_TREE, hand->vocab, hand->horizon, &error), &error);
    mpq_set_ui(row[0], 1, 1);
    must(tt_instance_add_prompt(instance, row[0], 0, &error), &error);
    for (const hand_context *c = hand->contexts; c->tokens; c++) {
        size_t depth = strlen(c->tokens);
        for (size_t d = 0; d < depth; d++)
            tokens[d] = (uint32_t)(c->tokens[d] - '0');
        read_row(row, c->rollout, hand->vocab);
        must(tt_instance_set_context(instance, TT_ROLLOUT, 0, tokens, depth, row, &error), &error);
        read_row(row, c->target, hand->vocab);
        must(tt_instance_set_context(instance, TT_TARGET, 0, tokens, depth, row, &error), &error);
    }
    for (size_t t = 0; t < hand->horizon; t++)
        responses *= hand->vocab;
    for (size_t y = 0; y < responses; y++) {
        size_t rest = y;
        for (size_t d = hand->horizon; d-- > 0; rest /= hand->vocab)
            tokens[d] = (uint32_t)(rest % hand->vocab);
        read_row(row, hand->rewards[y], 1);
        must(tt_instance_set_reward(instance, 0, tokens, hand->horizon, row[0], &error), &error);
    }
    must(tt_instance_finish(instance, &error), &error);
    for (size_t v = 0; v < 4; v++)
        mpq_clear(row[v]);
    return instance;
}

static void is(const char *what, const tt_real *x, const char *expected)
{
    mpq_t q;
    tt_error error;
    bool minus = *expected == '-';
    if (strcmp(expected, "inf") == 0) {
        if (!tt_real_is_infinite(x) || mpq_sgn(x->q) < 0)
            fail_msg("%s is not inf", what);
        return;
    }
    if (strcmp(expected, "absent") == 0) {
        if (!tt_real_is_absent(x))
            fail_msg("%s is not absent", what);
        return;
    }
    mpq_init(q);
    must(tt_exact_parse(q, expected + minus, strlen(expected + minus), &error), &error);
    if (minus)
        mpq_neg(q, q);
    if (!tt_real_is_exact(x) || !mpq_equal(x->q, q))
        fail_msg("%s is not %s but about %.17g", what, expected, tt_real_get_d(x));
    mpq_clear(q);
}

/* Within 1e-15 of a decimal. */
static void is_near(const char *what, const tt_real *x, double expected)
{
    if (x->kind != TT_REAL_ENCLOSED || !(tt_real_get_d(x) > expected - 1e-15 && tt_real_get_d(x) < expected + 1e-15))
        fail_msg("%s is not near %.17g but about %.17g", what, expected, tt_real_get_d(x));
}

#define IS(field, expected) is(#field, &q->field, expected)
#define NEAR(field, expected) is_near(#field, &q->field, expected)

typedef void hand_check(const tt_quantities *q);

/* The numbers hold for both routes. */
static void check_both(const hand_instance *hand, hand_check *check)
{
    tt_instance *instance = build(hand);
    tt_measure_options options = defaults();
    tt_row_source source;
    tt_quantities q;
    tt_error error;
    tt_instance_source(&source, instance);
    tt_quantities_init(&q);
    naive_measure(&q, &source);
    check(&q);
    tt_quantities_clear(&q);
    tt_quantities_init(&q);
    must(tt_tree_measure(&q, &source, &options, &error), &error);
    check(&q);
    tt_quantities_clear(&q);
    tt_instance_free(instance);
}

/* Two tokens, two steps, every row different from its partner by 1/4.
     P_mu = 1/4 1/4 1/8 3/8, P_pi = 3/16 9/16 1/8 1/8, R = 1 0 0 1/2.
     J_mu = 1/4 + 3/16 = 7/16, J_pi = 3/16 + 1/16 = 1/4, improvement = -3/16.
     V(0) = 1/2, V(1) = 3/8, V = 7/16; g_1 = 3/4 1/2 + 1/4 3/8 - 7/16 = 1/32;
     g_2(0) = 1/4 - 1/2 = -1/4, g_2(1) = 1/4 - 3/8 = -1/8; L = 1/32 - 1/8 - 1/16 = -5/32.
     Error = -6/32 + 5/32 = -1/32; under target E[g_2] = -3/16 - 1/32 = -7/32.
     l = mu_1 (pi-mu)_2 + (pi-mu)_1 mu_2 = (-1/8 + 1/8), (1/8 + 1/8), (1/8 - 1/16), (-1/8 - 3/16)
       = 0, 1/4, 1/16, -5/16; largest L = 5/16.
     e = (pi-mu)_1 (pi-mu)_2 = -1/16, 1/16, -1/16, 1/16; worst 1/8.
     TV_2 = 1/4, TV_3 = (1/16 + 5/16 + 0 + 1/4) / 2 = 5/16. chi2 = 1/4, 1/4, 1/16 (4 + 4/3) = 1/3.
     sum e^2/P_mu = 1/256 (4 + 4 + 8 + 8/3) = 7/96; Var prod = 9/64 + 81/64 + 1/8 + 1/24 - 1 = 55/96;
     Var sum = sum l^2/P_mu = 0 + 1/4 + 1/32 + 25/96 = 13/24.
     nu at theta = 1: sum e^2/P_pi = 1/256 (16/3 + 16/9 + 8 + 8) = 13/144.
     w: a = b = 1/4 below, so 1/4 1/4 + 1/4 1/4 = 1/8.
     KL: 1/2 log 4/3 at the root and after 0, 1/4 log 1/2 + 3/4 log 3/2 after 1; reversed
     3/4 log 3/2 + 1/4 log 1/2 twice and 1/2 log 4/3.
     Only rho_2 after 1 token 0 is 2, token 1 is 2/3; elsewhere 3/2 and 1/2:
     K = k3(3/2) + k3(1/2), 2 k3(3/2), k3(1/2) + k3(2), k3(1/2) + k3(2/3). */
static const hand_context two_steps[] = {
    { "", "1/2 1/2", "3/4 1/4" }, { "0", "1/2 1/2", "1/4 3/4" }, { "1", "1/4 3/4", "1/2 1/2" }, { NULL, NULL, NULL }
};
static const char *const two_step_rewards[] = { "1", "0", "0", "1/2" };

static void check_two_steps(const tt_quantities *q)
{
    const double log2 = 0.693147180559945309, log3 = 1.098612288668109691;
    const double outer = log2 - log3 / 2, inner = (3 * log3 - 4 * log2) / 4; /* 1/2 log 4/3, 3/4 log 3/2 - 1/4 log 2 */
    const double k32 = 0.5 - (log3 - log2), k12 = -0.5 + log2, k2 = 1 - log2, k23 = -1.0 / 3 + (log3 - log2);
    assert_true(q->dominated);
    IS(j_rollout, "7/16"), IS(j_target, "1/4"), IS(improvement, "-3/16");
    IS(surrogate, "-5/32"), IS(surrogate_ratio, "-5/32"), IS(surrogate_response, "-5/32");
    IS(weighted_reward, "23/32"), IS(weight_sum, "2"), IS(mean_weight, "1"); /* L + T J_mu = -5/32 + 28/32 */
    IS(error, "-1/32"), IS(error_pdi, "-1/32"), IS(error_rollout_side, "-1/32"), IS(error_response, "-1/32");
    IS(error_ratio, "-1/32"), IS(improvement_derivative, "-5/32"), IS(surrogate_derivative, "-5/32");
    IS(sum_e, "0"), IS(sum_l, "0"), IS(worst_case_error, "1/8"), IS(largest_surrogate, "5/16"), IS(off_support, "0");
    IS(tv_max, "1/4"), IS(chi2_max, "1/3"), IS(tv_seq, "5/16");
    assert_string_equal(q->tv_max_at, "0:");
    assert_string_equal(q->kl_max_at, "0:"); /* a tie with 0:0, and more than 0:1 */
    NEAR(kl_max, outer), NEAR(kl_max_reverse, outer);
    NEAR(kl_seq, 1.5 * outer + 0.5 * inner), NEAR(kl_seq_reverse, 1.75 * inner + 0.25 * outer);
    IS(variance_product, "55/96"), IS(variance_sum, "13/24"), IS(second_moment, "7/96");
    IS(tilted_moment[0], "7/96"), IS(tilted_moment[6], "13/144"), IS(recursive_tv, "1/8");
    IS(k3_max, "1/2"); /* M = 1 there: k3(1/2) + k3(2) has no logarithm left */
    NEAR(reward_k3, (k32 + k12) / 4 + (k12 + k23) * 3 / 16);
    NEAR(failure_k3, k32 / 2 + (k12 + k2) / 8 + (k12 + k23) * 3 / 16);
    IS(tilt_max[0], "1/3"), IS(tilt_max[3], "4/15"); /* (1/16) (1/(5/8) + 1/(3/8)) twice, third 1/16 (8/3 + 8/5) */
    IS(tilt_max[6], "1/3");
    IS(truncated_mass[0], "1/4"), IS(truncated_chi2[0], "1/4"); /* only rho = 2 after 1 is cut */
    IS(truncated_mass[1], "0"), IS(truncated_chi2[1], "1/3");
    IS(expected_tv.items[0], "1/4"), IS(expected_tv.items[1], "1/4");
    IS(expected_advantage_max.items[0], "1/32"), IS(expected_advantage_max.items[1], "1/4");
    IS(advantage_span.items[0], "0"), IS(advantage_span.items[1], "1/8");
    IS(advantage_rollout.items[1], "-3/16"), IS(advantage_target.items[1], "-7/32");
    IS(context_tv.items[0], "0"), IS(context_tv.items[1], "1/4"), IS(context_tv.items[2], "5/16");
    IS(future_tv.items[0], "5/16"), IS(future_tv.items[1], "1/4");
    IS(context_kl.items[0], "0"), NEAR(context_kl.items[1], outer), NEAR(context_kl_reverse.items[1], inner);
    NEAR(context_kl.items[2], 1.5 * outer + 0.5 * inner), NEAR(context_kl_reverse.items[2], 1.75 * inner + 0.25 * outer);
    assert_int_equal(q->martingale, TT_HOLDS);
    assert_int_equal(q->advantage_unit, TT_HOLDS);
    assert_int_equal(q->advantage_token, TT_HOLDS);
    assert_int_equal(q->pinsker, TT_HOLDS);
    assert_int_equal(q->pinsker_reverse, TT_HOLDS);
}

/* Disjoint first tokens, so that nothing is dominated and worst-case Error passes 1:
     l = 1 (0-1) at 00 twice over: (-1) 1 + 1 (-1) = -2; 01: 0 + 1 1 = 1; 10: 1 1/2 = 1/2; 11: 1/2.
     P_mu = 1 0 0 0, P_pi = 0 0 1 0; e = 1, -1, 1/2, -1/2; worst 3/2, largest L 2.
     R = 0 1 1/2 1: J_mu = 0, J_pi = 1/2, L = 1 + 1/4 + 1/2 = 7/4, Error = -5/4.
     Mass off the support: 1 at the root, 1 after 0.
     nu at 1/2: 1/4, 1/4, 1/2 3/4, 1/2 1/4, so 4 + 4 + 2/3 + 2 = 32/3; at 0 and 1 infinite. */
static const hand_context disjoint[] = {
    { "", "1 0", "0 1" }, { "0", "1 0", "0 1" }, { "1", "1/2 1/2", "1 0" }, { NULL, NULL, NULL }
};
static const char *const disjoint_rewards[] = { "0", "1", "1/2", "1" };

static void check_disjoint(const tt_quantities *q)
{
    assert_false(q->dominated);
    IS(j_rollout, "0"), IS(j_target, "1/2"), IS(surrogate, "7/4"), IS(surrogate_response, "7/4"), IS(error, "-5/4");
    IS(error_pdi, "-5/4"), IS(error_rollout_side, "-5/4"), IS(error_response, "-5/4");
    IS(surrogate_ratio, "absent"), IS(weighted_reward, "absent"), IS(weight_sum, "absent"), IS(error_ratio, "absent");
    IS(mean_weight, "absent"), IS(chi2_max, "absent"), IS(variance_product, "absent"), IS(variance_sum, "absent");
    IS(second_moment, "absent"), IS(k3_max, "absent");
    IS(worst_case_error, "3/2"), IS(largest_surrogate, "2"), IS(off_support, "2"), IS(tv_max, "1"), IS(tv_seq, "1");
    IS(kl_max, "inf"), IS(kl_max_reverse, "inf"), IS(kl_seq, "inf"), IS(kl_seq_reverse, "inf");
    assert_string_equal(q->tv_max_at, "0:");
    assert_string_equal(q->kl_max_at, "0:");
    IS(tilt_max[0], "inf"), IS(tilt_max[3], "4"), IS(tilt_max[6], "inf");
    IS(tilted_moment[0], "inf"), IS(tilted_moment[3], "32/3"), IS(tilted_moment[6], "inf");
    /* target has no mass where rollout is, rho = 0: K is infinite there, and R = 0 there */
    IS(reward_k3, "0"), IS(failure_k3, "inf");
    IS(expected_tv.items[1], "1"), IS(expected_kl.items[1], "inf");
    NEAR(expected_kl_reverse.items[1], 0.693147180559945309); /* only the context 1, there log 2 */
    IS(expected_kl_reverse.items[0], "inf");
    IS(context_kl.items[0], "0"), IS(context_kl.items[1], "inf"), IS(context_kl_reverse.items[2], "inf");
    IS(future_tv.items[0], "1"), IS(future_tv.items[1], "1");
    IS(truncated_mass[0], "1"), IS(truncated_mass[1], "1"), IS(truncated_chi2[5], "1");
    assert_int_equal(q->pinsker, TT_HOLDS);
    assert_int_equal(q->k1_mean, TT_NOT_APPLICABLE); /* KL_tok is infinite at every reachable context */
    assert_int_equal(q->k3_mean, TT_NOT_APPLICABLE);
}

/* A context that neither policy reaches and that carries l all the same: rollout goes 0 0 0, target
   goes 1 0 0, and after 0 target would take 1. Below 01 target's row is replaced by rollout's:
     l(000) = -1 - 1 = -2, l(010) = 1/3, l(011) = 2/3, l(100) = 1; e = 1, -1/3, -2/3, 0; worst 1.
     nu at 1/2: 1/4 at 000, 1/4 1/3 and 1/4 2/3 below 01: 4 + 4/3 + 8/3 = 8. (Target's own row 1 0
     there would give 10.)
     R = 1 at 010 and 1/2 at 011: L = 2/3, J_mu = J_pi = 0.
     w: below 01 all is 0; after 0: a = b = 1, w = 0; root: min(1 b, 1 a) for token 0: 1. */
static const hand_context unreached[] = {
    { "", "1 0", "0 1" }, { "0", "1 0", "0 1" }, { "1", "1 0", "1 0" }, { "00", "1 0", "1 0" },
    { "01", "1/3 2/3", "1 0" }, { "10", "1 0", "1 0" }, { "11", "1 0", "0 1" }, { NULL, NULL, NULL }
};
static const char *const unreached_rewards[] = { "0", "0", "1", "1/2", "0", "0", "0", "0" };

static void check_unreached(const tt_quantities *q)
{
    assert_false(q->dominated);
    IS(worst_case_error, "1"), IS(largest_surrogate, "2"), IS(recursive_tv, "1");
    IS(tilted_moment[3], "8"), IS(tilted_moment[0], "inf"), IS(off_support, "2");
    IS(j_rollout, "0"), IS(j_target, "0"), IS(surrogate, "2/3"), IS(error, "-2/3");
    IS(error_rollout_side, "-2/3");
    IS(tv_max, "1"), IS(expected_tv.items[2], "0");
    IS(future_tv.items[2], "0"); /* the contexts 01 and 11 are not reached */
    IS(truncated_mass[0], "1");
}

/* One step: no Error whatever the reward, even where nothing is dominated and KL is infinite. */
static const hand_context one_step[] = { { "", "1 0", "1/2 1/2" }, { NULL, NULL, NULL } };
static const char *const one_step_rewards[] = { "0", "1" };

static void check_one_step(const tt_quantities *q)
{
    assert_false(q->dominated);
    IS(improvement, "1/2"), IS(surrogate, "1/2"), IS(error, "0"), IS(worst_case_error, "0");
    IS(largest_surrogate, "1/2"), IS(tilted_moment[0], "0"), IS(tilt_max[0], "inf"), IS(recursive_tv, "0");
    NEAR(kl_max, 0.693147180559945309), IS(kl_max_reverse, "inf");
    IS(context_tv.items[0], "0"), IS(context_tv.items[1], "1/2");
}

static void test_by_hand(void **state)
{
    static const hand_instance two = { 2, 2, two_steps, two_step_rewards }, off = { 2, 2, disjoint, disjoint_rewards },
                               trap = { 2, 3, unreached, unreached_rewards }, one = { 2, 1, one_step, one_step_rewards };
    (void)state;
    check_both(&two, check_two_steps);
    check_both(&off, check_disjoint);
    check_both(&trap, check_unreached);
    check_both(&one, check_one_step);
}

/* One token: nothing can differ, and the prompt of probability 0 is no place for a maximum.
     J = 1/4 1/2 + 3/4 1/4 = 5/16; E[R sum rho] = T J, E[sum rho] = T. */
static void test_single_token(void **state)
{
    static const char *const prompts[] = { "0", "1/4", "3/4" }, *const rewards[] = { "1", "1/2", "1/4" };
    static const uint32_t tokens[5] = { 0 };
    tt_measure_options options = defaults();
    tt_instance *instance;
    tt_row_source source;
    tt_quantities engine, naive, *q = &engine;
    tt_error error;
    mpq_t value;
    (void)state;
    mpq_init(value);
    must(tt_instance_new(&instance, TT_FORM_TREE, 1, 5, &error), &error);
    for (size_t x = 0; x < 3; x++) {
        read_row(&value, prompts[x], 1);
        must(tt_instance_add_prompt(instance, value, 0, &error), &error);
    }
    for (size_t x = 0; x < 3; x++) {
        read_row(&value, rewards[x], 1);
        must(tt_instance_set_reward(instance, x, tokens, 5, value, &error), &error);
    }
    mpq_set_ui(value, 1, 1);
    must(tt_instance_set_default(instance, TT_ROLLOUT, &value, &error), &error);
    must(tt_instance_finish(instance, &error), &error);
    tt_instance_source(&source, instance);
    tt_quantities_init(&engine);
    tt_quantities_init(&naive);
    naive_measure(&naive, &source);
    must(tt_tree_measure(&engine, &source, &options, &error), &error);
    assert_int_equal(compare_quantities(&engine, &naive, false, true, "test_tree, one token"), 0);
    assert_true(q->dominated);
    IS(j_rollout, "5/16"), IS(j_target, "5/16"), IS(weighted_reward, "25/16"), IS(weight_sum, "5");
    IS(worst_case_error, "0"), IS(kl_max, "0"), IS(chi2_max, "0"), IS(mean_weight, "1");
    is("future_tv[4]", tt_series_at(&q->future_tv, 4), "0");
    assert_string_equal(q->tv_max_at, "1:");
    assert_string_equal(q->kl_max_at, "1:");
    tt_quantities_clear(&engine);
    tt_quantities_clear(&naive);
    tt_instance_free(instance);
    mpq_clear(value);
}

/* ---- limits ------------------------------------------------------------------------------------------ */

static void test_node_limit(void **state)
{
    static const hand_instance hand = { 2, 2, two_steps, two_step_rewards };
    tt_instance *instance = build(&hand);
    tt_measure_options options = defaults();
    tt_row_source source;
    tt_quantities q;
    tt_error error;
    (void)state;
    tt_instance_source(&source, instance);
    tt_quantities_init(&q);
    options.max_nodes = 6; /* 1 + 2 + 4 are needed */
    assert_int_equal(tt_tree_measure(&q, &source, &options, &error), TT_LIMIT);
    assert_non_null(strstr(error.what, "7"));
    assert_int_equal(q.vocab, 2);
    assert_int_equal(q.horizon, 2);
    assert_true(tt_real_is_absent(&q.error));
    options.max_nodes = 7;
    must(tt_tree_measure(&q, &source, &options, &error), &error);
    is("error", &q.error, "-1/32");
    tt_quantities_clear(&q);
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_single_token),
        cmocka_unit_test(test_node_limit),
        cmocka_unit_test(test_agrees_with_naive),
        cmocka_unit_test(test_agrees_with_naive_on_larger)
    };
    return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}

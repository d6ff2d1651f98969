/* The steps of slack ladders: worked out by hand, and in order on generated instances. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/catalogue/ladder.h"
#include "../../lib/measure/measure.h"
#include "../random_instance.h"
#include "../settings.h"

#define PRECISION 128
#define CASES 300
#define RESPONSES 81

static uint64_t first_seed, seed; /* seed: of the instance at hand */

/* ---- by hand ------------------------------------------------------------------------------------ */

static void step(tt_real *out, const char *name, const tt_quantities *q)
{
    assert_string_equal(tt_ladder_step(out, name, strlen(name), q, PRECISION), name);
}

static void step_is(const tt_quantities *q, const char *name, unsigned long n, unsigned long d)
{
    tt_real x, y;
    tt_real_init(&x);
    tt_real_init(&y);
    step(&x, name, q);
    tt_real_set_frac(&y, n, d);
    if (!tt_real_is_exact(&x) || tt_real_cmp(&x, &y) != TT_EQUAL)
        fail_msg("%s is near %.17g", name, tt_real_get_d(&x));
    tt_real_clear(&x);
    tt_real_clear(&y);
}

static void step_is_absent(const tt_quantities *q, const char *name)
{
    tt_real x;
    tt_real_init(&x);
    tt_real_set_ui(&x, 1);
    step(&x, name, q);
    assert_true(tt_real_is_absent(&x));
    tt_real_clear(&x);
}

static void set_series(tt_series *series, const unsigned long (*fractions)[2], size_t n)
{
    for (size_t k = 0; k < n; k++)
        tt_real_set_frac(&series->items[k], fractions[k][0], fractions[k][1]);
}

/* T = 2, i.i.d. rows mu = (1/2, 1/2), pi = (3/4, 1/4), R = 1 on 00 alone. V = 1/4; 1/2, 0.
   g_1 = 1/4 1/2 - 1/4 0 = 1/8, g_2 = 1/4, 0. E_{d_2^mu} g_2 = 1/8, E_{d_2^pi} g_2 = 3/16, Error = 1/16.
   TV_2 = 1/4 = Dbar_t = eps = F_1. The two sides of step 2 are exchanged, which changes no absolute value, and KL_2 is
   set to 2/9, which is larger than it is, to have a rational root. */
static void fill_by_hand(tt_quantities *q)
{
    tt_quantities_init(q);
    assert_int_equal(tt_quantities_resize(q, 2, 2), TT_OK);
    tt_real_set_frac(&q->error, 1, 16);
    tt_real_neg(&q->error, &q->error); /* the step is |Error| */
    tt_real_set_frac(&q->worst_case_error, 1, 8);
    tt_real_set_frac(&q->tv_max, 1, 4);
    set_series(&q->expected_tv, (const unsigned long[][2]){ { 1, 4 }, { 1, 4 } }, 2);
    set_series(&q->context_tv, (const unsigned long[][2]){ { 0, 1 }, { 1, 4 }, { 7, 16 } }, 3);
    set_series(&q->context_kl, (const unsigned long[][2]){ { 0, 1 }, { 2, 9 }, { 4, 9 } }, 3);
    set_series(&q->advantage_rollout, (const unsigned long[][2]){ { 1, 8 }, { 3, 16 } }, 2);
    set_series(&q->advantage_target, (const unsigned long[][2]){ { 1, 8 }, { 1, 8 } }, 2);
    set_series(&q->advantage_span, (const unsigned long[][2]){ { 0, 1 }, { 1, 4 } }, 2);
    set_series(&q->expected_advantage_max, (const unsigned long[][2]){ { 1, 8 }, { 1, 4 } }, 2);
    set_series(&q->future_tv, (const unsigned long[][2]){ { 7, 16 }, { 1, 4 } }, 2);
    tt_real_set_frac(&q->reward_k3, 1, 20);
    tt_real_set_frac(&q->failure_k3, 1, 4);
    tt_real_set_frac(&q->off_support, 1, 5);
}

static void test_steps_by_hand(void **state)
{
    tt_quantities q;
    (void)state;
    fill_by_hand(&q);
    step_is(&q, "error", 1, 16);
    step_is(&q, "worst-case-error", 1, 8);
    step_is(&q, "advantage-shift", 1, 16); /* |1/8 - 3/16| */
    step_is(&q, "span-shift", 1, 16);
    step_is(&q, "master", 1, 8);           /* 2 1/4 1/4 */
    step_is(&q, "eps-shift", 1, 8);        /* 2 1/4 1/4: TV_3 does not count */
    step_is(&q, "eps-shift-4", 1, 4);
    step_is(&q, "expected-coupling", 1, 4);
    step_is(&q, "average-kl", 1, 3);       /* 4 1/4 (0 + 1/3) */
    step_is(&q, "future-shift", 1, 8);     /* 2 1/4 F_1 */
    step_is(&q, "future-shift-4", 1, 4);
    step_is(&q, "reward-k3", 9, 20);       /* 1/4 + 1/5 */
    tt_quantities_clear(&q);
}

static void test_absent_steps(void **state)
{
    static const char *const names[] = { "error", "worst-case-error", "advantage-shift", "span-shift", "master",
                                         "eps-shift", "eps-shift-4", "expected-coupling", "average-kl",
                                         "future-shift", "future-shift-4", "reward-k3" };
    tt_quantities q;
    tt_real x;
    (void)state;
    tt_quantities_init(&q);
    q.horizon = 3;
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        step_is_absent(&q, names[k]);
    assert_int_equal(tt_quantities_resize(&q, 2, 3), TT_OK);
    for (size_t k = 0; k < sizeof names / sizeof *names; k++)
        step_is_absent(&q, names[k]);
    tt_real_init(&x);
    tt_real_set_ui(&x, 1);
    assert_null(tt_ladder_step(&x, "mastering", 9, &q, PRECISION));
    assert_true(tt_real_is_absent(&x));
    assert_null(tt_ladder_step(&x, "maste", 5, &q, PRECISION));
    assert_string_equal(tt_ladder_step(&x, "master eps-shift", 6, &q, PRECISION), "master");
    tt_real_clear(&x);
    tt_quantities_clear(&q);
}

/* ---- on generated instances ------------------------------------------------------------------------ */

/* out = the rung named by the first word of *list, a step or a bound; *list moves past it. False at the end. */
static bool next_rung(tt_real *out, char *name, size_t size, const char **list, const tt_quantities *q)
{
    size_t length;
    const char *parameter = NULL;
    *list += strspn(*list, " ");
    length = strcspn(*list, " ");
    if (length == 0)
        return false;
    assert_true(length < size);
    memcpy(name, *list, length);
    name[length] = '\0';
    *list += length;
    if (tt_bound_find(name))
        tt_bound_find(name)->value(out, q, PRECISION, &parameter);
    else if (!tt_ladder_step(out, name, length, q, PRECISION))
        fail_msg("%s is no rung", name);
    return true;
}

typedef struct {
    size_t held, open, absent;
} tally;

static void check_rung(const tt_real *below, const char *below_name, const tt_real *x, const char *name, tally *count)
{
    switch (tt_verdict_le(below, x)) {
    case TT_HOLDS:
        count->held++;
        break;
    case TT_UNDECIDED:
        count->open++;
        break;
    default:
        fail_msg("seed %" PRIu64 ": %s = %.17g exceeds %s = %.17g", seed, below_name, tt_real_get_d(below), name,
                 tt_real_get_d(x));
    }
}

/* first, then the rungs that exist, then the bound: each at most the next. */
static void check_ladder(const char *first, const char *inner, const tt_bound *bound, const tt_quantities *q,
                         tally *count)
{
    char list[512], name[64], below_name[64] = "";
    const char *rest = list;
    tt_real below, x;
    tt_real_init(&below);
    tt_real_init(&x);
    assert_true(snprintf(list, sizeof list, "%s %s %s", first, inner, bound->id) < (int)sizeof list);
    while (next_rung(&x, name, sizeof name, &rest, q)) {
        if (tt_real_is_absent(&x)) {
            count->absent++;
            continue;
        }
        if (!tt_real_is_absent(&below))
            check_rung(&below, below_name, &x, name, count);
        tt_real_swap(&below, &x);
        memcpy(below_name, name, sizeof name);
    }
    tt_real_clear(&below);
    tt_real_clear(&x);
}

static void check_ladders(const tt_quantities *q, tally *count)
{
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound *bound = tt_bound_at(k);
        if (bound->applies && strcmp(bound->needs, "dominated") == 0 && !q->dominated)
            continue;
        if (bound->ladder_this_reward)
            check_ladder("error", bound->ladder_this_reward, bound, q, count);
        if (bound->ladder_any_reward)
            check_ladder("error worst-case-error", bound->ladder_any_reward, bound, q, count);
    }
}

static void check_one_sided(const tt_quantities *q)
{
    tt_real lower, upper;
    const char *parameter = NULL;
    tt_real_init(&lower);
    tt_real_init(&upper);
    tt_bound_find("reward-k3-lower")->value(&lower, q, PRECISION, &parameter);
    tt_bound_find("reward-k3-upper")->value(&upper, q, PRECISION, &parameter);
    tt_real_neg(&lower, &lower);
    assert_true(tt_verdict_le(&lower, &q->error) == TT_HOLDS || tt_verdict_le(&lower, &q->error) == TT_UNDECIDED);
    assert_true(tt_verdict_le(&q->error, &upper) == TT_HOLDS || tt_verdict_le(&q->error, &upper) == TT_UNDECIDED);
    tt_real_clear(&lower);
    tt_real_clear(&upper);
}

static void test_ladders_on_instances(void **state)
{
    tally count = { 0, 0, 0 };
    size_t dominated = 0;
    (void)state;
    for (uint64_t k = 0; k < CASES * test_effort(); k++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed = first_seed + k, RESPONSES, &shape);
        tt_row_source source;
        tt_subject subject;
        tt_measure_options options;
        tt_quantities q;
        tt_error error;
        tt_subject_of_instance(&subject, &source, instance);
        tt_measure_options_init(&options);
        tt_quantities_init(&q);
        if (tt_tree_engine.measure(&q, &subject, &options, &error) != TT_OK)
            fail_msg("%s", error.what);
        dominated += q.dominated;
        check_ladders(&q, &count);
        check_one_sided(&q);
        tt_quantities_clear(&q);
        tt_instance_free(instance);
    }
    printf("%zu inequalities held, %zu open, %zu rungs absent\n", count.held, count.open, count.absent);
    assert_true(dominated > 0);
    assert_true(count.held > 100 * count.open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps_by_hand),
        cmocka_unit_test(test_absent_steps),
        cmocka_unit_test(test_ladders_on_instances),
    };
    first_seed = test_seed(1);
    printf("TT_TEST_SEED=%" PRIu64 "\n", first_seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Verdicts of bounds: what each kind tests, the corner values 0 and inf, preconditions, ladders; and that nothing is
   violated or left open on generated instances. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/study/evaluate.h"
#include "../random_instance.h"
#include "../settings.h"

#define INSTANCES 120
#define RESPONSES 250
#define PRECISION 128

static const tt_bound_result *bound(const tt_evaluation *evaluation, const char *id)
{
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (strcmp(evaluation->bounds[k].bound->id, id) == 0)
            return &evaluation->bounds[k];
    fail_msg("no bound %s", id);
    return NULL;
}

static tt_verdict inequality(const tt_evaluation *evaluation, const char *id)
{
    for (size_t k = 0; k < tt_inequality_count(); k++)
        if (strcmp(tt_inequality_at(k)->id, id) == 0)
            return evaluation->inequalities[k];
    fail_msg("no inequality %s", id);
    return TT_UNDECIDED;
}

static bool is_frac(const tt_real *x, uint64_t n, uint64_t d)
{
    tt_real y;
    bool same;
    tt_real_init(&y);
    tt_real_set_frac(&y, n, d);
    same = tt_real_is_exact(x) && tt_real_cmp(x, &y) == TT_EQUAL;
    tt_real_clear(&y);
    return same;
}

/* x += n/d */
static void shift(tt_real *x, long n, uint64_t d)
{
    tt_real change;
    tt_real_init(&change);
    tt_real_set_frac(&change, (uint64_t)labs(n), d);
    if (n < 0)
        mpq_sub(x->q, x->q, change.q);
    else
        mpq_add(x->q, x->q, change.q);
    tt_real_clear(&change);
}

/* ---- by hand: two steps, eps = 1/10, everything else chosen ---- */

typedef struct {
    tt_quantities q;
    tt_evaluation e;
} hand;

static void hand_init(hand *h)
{
    tt_quantities *q = &h->q;
    tt_quantities_init(q);
    assert_int_equal(tt_quantities_resize(q, 2, 2), TT_OK);
    assert_int_equal(tt_evaluation_init(&h->e), TT_OK);
    q->dominated = true;
    tt_real_set_frac(&q->tv_max, 1, 10);
    tt_real_set_frac(&q->error, 1, 100);
    tt_real_set_frac(&q->worst_case_error, 1, 50);
    tt_real_set_frac(&q->largest_surrogate, 1, 5);
    tt_real_set_frac(&q->surrogate, 3, 100);
    tt_real_set_frac(&q->improvement, 4, 100);
    tt_real_set_frac(&q->kl_max, 1, 10);
    tt_real_set_frac(&q->kl_seq, 1, 10);
}

static void hand_clear(hand *h)
{
    tt_quantities_clear(&h->q);
    tt_evaluation_clear(&h->e);
}

static void judge(hand *h)
{
    assert_int_equal(tt_evaluate(&h->e, &h->q, NULL, PRECISION), TT_OK);
}

static void nothing_is_certain_before_it_is_measured(void **state)
{
    tt_evaluation e;
    (void)state;
    assert_int_equal(tt_evaluation_init(&e), TT_OK);
    assert_true(e.undecided);
    assert_false(e.violated);
    for (size_t k = 0; k < tt_identity_count(); k++)
        assert_int_equal(e.identities[k], TT_UNDECIDED);
    for (size_t k = 0; k < tt_inequality_count(); k++)
        assert_int_equal(e.inequalities[k], TT_UNDECIDED);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        assert_int_equal(e.bounds[k].verdict, TT_UNDECIDED);
        assert_int_equal(e.bounds[k].can_fire, TT_NULL);
        assert_int_equal(e.bounds[k].fires, TT_NULL);
        assert_true(tt_real_is_absent(&e.bounds[k].value));
        assert_int_equal(e.bounds[k].this_reward.n, 0);
    }
    tt_evaluation_clear(&e);
}

/* tv-optimal = 2 (1/10) (1 - 9/10) = 1/50 */
static void a_reward_free_bound_is_held_against_the_worst_reward(void **state)
{
    hand h;
    const tt_bound_result *r;
    (void)state;
    hand_init(&h);
    judge(&h);
    r = bound(&h.e, "tv-optimal");
    assert_true(is_frac(&r->value, 1, 50));
    assert_int_equal(r->verdict, TT_HOLDS); /* equality */
    assert_true(is_frac(&r->tightness, 1, 1));
    assert_int_equal(r->can_fire, TT_YES);
    assert_true(is_frac(&r->minorizer, 1, 100));
    assert_int_equal(r->fires, TT_YES);
    tt_real_set_frac(&h.q.worst_case_error, 1000001, 50000000);
    judge(&h);
    assert_int_equal(bound(&h.e, "tv-optimal")->verdict, TT_VIOLATED); /* although |Error| is half of it */
    assert_true(h.e.violated);
    hand_clear(&h);
}

static void firing_is_strict(void **state)
{
    hand h;
    (void)state;
    hand_init(&h);
    tt_real_set_frac(&h.q.largest_surrogate, 1, 50);
    tt_real_set_frac(&h.q.surrogate, 1, 50);
    judge(&h);
    assert_int_equal(bound(&h.e, "tv-optimal")->can_fire, TT_NO);
    assert_int_equal(bound(&h.e, "tv-optimal")->fires, TT_NO);
    assert_true(tt_real_is_zero(&bound(&h.e, "tv-optimal")->minorizer));
    tt_real_set_frac(&h.q.largest_surrogate, 2000001, 100000000);
    tt_real_set_frac(&h.q.surrogate, 2000001, 100000000);
    judge(&h);
    assert_int_equal(bound(&h.e, "tv-optimal")->can_fire, TT_YES);
    assert_int_equal(bound(&h.e, "tv-optimal")->fires, TT_YES);
    hand_clear(&h);
}

/* span = sum span(g_t) TV_t; it looks at the reward, so that |Error| counts and can_fire does not exist. */
static void a_reward_aware_bound_is_held_against_this_error(void **state)
{
    hand h;
    const tt_bound_result *r;
    (void)state;
    hand_init(&h);
    for (size_t t = 0; t < 2; t++)
        tt_real_set_frac(&h.q.advantage_span.items[t], 1, 4);
    for (size_t t = 0; t < 3; t++)
        tt_real_set_frac(&h.q.context_tv.items[t], t, 25); /* value 1/100 */
    tt_real_neg(&h.q.error, &h.q.error);
    judge(&h);
    r = bound(&h.e, "span");
    assert_int_equal(r->bound->kind, TT_REWARD_AWARE);
    assert_int_equal(r->verdict, TT_HOLDS);
    assert_true(is_frac(&r->tightness, 1, 1));
    assert_int_equal(r->can_fire, TT_NULL);
    assert_int_equal(r->fires, TT_YES);
    assert_int_equal(r->any_reward.n, 0);
    tt_real_set_frac(&h.q.error, 1001, 100000);
    judge(&h);
    assert_int_equal(bound(&h.e, "span")->verdict, TT_VIOLATED);
    hand_clear(&h);
}

static void one_sided_bounds_look_at_one_side(void **state)
{
    hand h;
    const tt_bound_result *lower, *upper;
    (void)state;
    hand_init(&h);
    tt_real_set_frac(&h.q.reward_k3, 1, 200);
    tt_real_set_frac(&h.q.failure_k3, 1, 100);
    tt_real_set_ui(&h.q.off_support, 0);
    judge(&h); /* Error = 1/100 */
    lower = bound(&h.e, "reward-k3-lower");
    upper = bound(&h.e, "reward-k3-upper");
    assert_int_equal(lower->verdict, TT_HOLDS);
    assert_int_equal(upper->verdict, TT_HOLDS);
    assert_true(tt_real_is_absent(&lower->tightness) && tt_real_is_absent(&upper->tightness));
    assert_int_equal(lower->can_fire, TT_NULL);
    assert_int_equal(upper->can_fire, TT_NULL);
    assert_int_equal(lower->fires, TT_YES);
    assert_int_equal(upper->fires, TT_NULL);
    assert_true(tt_real_is_absent(&upper->minorizer));
    assert_true(is_frac(&lower->minorizer, 5, 200));
    tt_real_set_frac(&h.q.error, 1001, 100000);
    judge(&h);
    assert_int_equal(bound(&h.e, "reward-k3-upper")->verdict, TT_VIOLATED);
    assert_int_equal(bound(&h.e, "reward-k3-lower")->verdict, TT_HOLDS);
    tt_real_set_frac(&h.q.error, 3, 100);
    tt_real_neg(&h.q.error, &h.q.error);
    judge(&h);
    assert_int_equal(bound(&h.e, "reward-k3-upper")->verdict, TT_HOLDS); /* whatever the size of a negative Error */
    assert_int_equal(bound(&h.e, "reward-k3-lower")->verdict, TT_VIOLATED);
    hand_clear(&h);
}

static void a_value_of_zero_is_decided_exactly(void **state)
{
    hand h;
    const tt_bound_result *r;
    (void)state;
    hand_init(&h);
    tt_real_set_ui(&h.q.tv_max, 0);
    tt_real_set_ui(&h.q.worst_case_error, 0);
    tt_real_set_ui(&h.q.largest_surrogate, 0);
    judge(&h);
    r = bound(&h.e, "classical-tv");
    assert_true(tt_real_is_zero(&r->value));
    assert_int_equal(r->verdict, TT_HOLDS);
    assert_true(tt_real_is_absent(&r->tightness));
    assert_int_equal(r->can_fire, TT_NO);
    tt_real_set_frac(&h.q.worst_case_error, 1, 1000000000);
    judge(&h);
    assert_int_equal(bound(&h.e, "classical-tv")->verdict, TT_VIOLATED);
    hand_clear(&h);
}

static void an_infinite_value_holds_and_never_fires(void **state)
{
    hand h;
    const tt_bound_result *r;
    (void)state;
    hand_init(&h);
    tt_real_set_infinite(&h.q.kl_max, 1);
    tt_real_set_infinite(&h.q.kl_seq, 1);
    judge(&h);
    for (size_t k = 0; k < 2; k++) {
        r = bound(&h.e, k ? "sequence-kl" : "classical-kl");
        assert_true(tt_real_is_infinite(&r->value));
        assert_int_equal(r->verdict, TT_HOLDS);
        assert_true(tt_real_is_zero(&r->tightness));
        assert_int_equal(r->can_fire, TT_NO);
        assert_int_equal(r->fires, TT_NO);
    }
    /* beyond the precondition; the value stands all the same */
    r = bound(&h.e, "pinsker-marginal-simple");
    assert_int_equal(r->verdict, TT_NOT_APPLICABLE);
    assert_true(tt_real_is_infinite(&r->value));
    hand_clear(&h);
}

static void a_bound_beyond_its_precondition_claims_nothing(void **state)
{
    hand h;
    const tt_bound_result *r;
    (void)state;
    hand_init(&h);
    tt_real_set_ui(&h.q.kl_max, 1); /* 2/T: still applies */
    judge(&h);
    assert_int_equal(bound(&h.e, "pinsker-marginal-simple")->verdict, TT_HOLDS);
    tt_real_set_frac(&h.q.kl_max, 1000001, 1000000);
    judge(&h);
    r = bound(&h.e, "pinsker-marginal-simple");
    assert_int_equal(r->verdict, TT_NOT_APPLICABLE);
    assert_false(tt_real_is_absent(&r->value));
    assert_true(tt_real_is_absent(&r->tightness) && tt_real_is_absent(&r->minorizer));
    assert_int_equal(r->can_fire, TT_NULL);
    assert_int_equal(r->fires, TT_NULL);
    assert_int_equal(r->this_reward.n, 0);
    hand_clear(&h);
}

/* 1 lies within the enclosure of delta: whether the bound applies is open, and so is everything it would say. */
static void an_open_precondition_leaves_the_bound_open(void **state)
{
    hand h;
    mpfi_t i;
    const tt_bound_result *r;
    (void)state;
    hand_init(&h);
    mpfi_init2(i, 64);
    mpfi_interv_d(i, 0.875, 1.125);
    tt_real_set_interval(&h.q.kl_max, i);
    judge(&h);
    r = bound(&h.e, "pinsker-marginal-simple");
    assert_int_equal(r->verdict, TT_UNDECIDED);
    assert_int_equal(r->fires, TT_NULL);
    assert_true(h.e.undecided);
    assert_true(h.e.wide);
    mpfi_clear(i);
    hand_clear(&h);
}

static void overlapping_sides_are_undecided(void **state)
{
    hand h;
    mpfi_t i;
    const tt_bound_result *r;
    (void)state;
    hand_init(&h);
    mpfi_init2(i, 64);
    mpfi_interv_d(i, 0.015, 0.025); /* KL_seq; worst-case Error is 0.02, as is L */
    tt_real_set_interval(&h.q.kl_seq, i);
    tt_real_set_frac(&h.q.surrogate, 1, 50);
    tt_real_set_frac(&h.q.largest_surrogate, 1, 50);
    judge(&h);
    r = bound(&h.e, "sequence-kl");
    assert_int_equal(r->verdict, TT_UNDECIDED);
    assert_int_equal(r->can_fire, TT_NULL);
    assert_int_equal(r->fires, TT_NULL);
    mpfi_clear(i);
    hand_clear(&h);
}

static void what_needs_domination_is_not_applicable_without(void **state)
{
    static const char *const ids[] = { "second-moment", "second-moment-exact", "kmax-moment" };
    hand h;
    (void)state;
    hand_init(&h);
    h.q.dominated = false;
    judge(&h);
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        assert_int_equal(bound(&h.e, ids[k])->verdict, TT_NOT_APPLICABLE);
    h.q.dominated = true; /* then their inputs exist and were not reached */
    judge(&h);
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        assert_int_equal(bound(&h.e, ids[k])->verdict, TT_UNDECIDED);
    hand_clear(&h);
}

static void a_guarantee_that_fires_without_improvement_is_a_violation(void **state)
{
    hand h;
    (void)state;
    hand_init(&h);
    judge(&h);
    assert_int_equal(inequality(&h.e, "minorizer"), TT_HOLDS);
    tt_real_set_ui(&h.q.improvement, 0);
    judge(&h); /* L = 3/100 > tv-optimal = 1/50 */
    assert_int_equal(inequality(&h.e, "minorizer"), TT_VIOLATED);
    tt_real_set_absent(&h.q.improvement);
    judge(&h);
    assert_int_equal(inequality(&h.e, "minorizer"), TT_UNDECIDED);
    hand_clear(&h);
}

/* ---- measured instances ---- */

/* Each rung is at most the next, as far as both are known; first and last are what they should be. */
static bool is_ladder(const tt_ladder *ladder, const tt_bound_result *r, size_t heads)
{
    if (ladder->n == 0)
        return true;
    if (ladder->n < heads + 1 || strcmp(ladder->step[0], "error") != 0 ||
        strcmp(ladder->step[ladder->n - 1], r->bound->id) != 0)
        return false;
    if (heads == 2 && strcmp(ladder->step[1], "worst-case-error") != 0)
        return false;
    for (size_t k = 1; k < ladder->n; k++) {
        const tt_real *low = &ladder->value[k - 1], *high = &ladder->value[k];
        if (tt_real_is_absent(high) || tt_verdict_le(low, high) == TT_VIOLATED) {
            fprintf(stderr, "%s: %s is not at most %s\n", r->bound->id, ladder->step[k - 1], ladder->step[k]);
            return false;
        }
    }
    return true;
}

static bool is_consistent(const tt_bound_result *r, const tt_quantities *q)
{
    bool applies = r->verdict != TT_NOT_APPLICABLE, two_sided = r->bound->kind == TT_REWARD_FREE || r->bound->kind == TT_REWARD_AWARE;
    tt_real product;
    bool good;
    if (!applies)
        return tt_real_is_absent(&r->tightness) && r->can_fire == TT_NULL && r->fires == TT_NULL && r->this_reward.n == 0;
    if (r->verdict != TT_HOLDS || !is_ladder(&r->this_reward, r, 1) || !is_ladder(&r->any_reward, r, 2))
        return false;
    if ((r->bound->kind == TT_REWARD_FREE) != (r->can_fire != TT_NULL) || (r->bound->kind != TT_UPPER) != (r->fires != TT_NULL))
        return false;
    if (r->fires == TT_YES && r->bound->kind == TT_REWARD_FREE && r->can_fire != TT_YES)
        return false; /* L is at most the largest L */
    if (!two_sided || tt_real_is_infinite(&r->value))
        return !two_sided || tt_real_is_zero(&r->tightness);
    if (tt_real_is_zero(&r->value))
        return tt_real_is_absent(&r->tightness);
    /* tightness is worst / value and not above 1 */
    tt_real_init(&product);
    tt_real_mul(&product, &r->tightness, &r->value, 256);
    good = tt_real_cmp_ui(&r->tightness, 1) != TT_GREATER;
    if (r->bound->kind == TT_REWARD_FREE)
        good = good && tt_verdict_eq(&product, &q->worst_case_error, NULL) != TT_VIOLATED;
    tt_real_clear(&product);
    return good;
}

static void generated_instances_violate_nothing_and_leave_nothing_open(void **state)
{
    uint64_t first = test_seed(1), fired = 0, vacuous = 0, inapplicable = 0;
    (void)state;
    for (uint64_t seed = first; seed < first + INSTANCES * test_effort(); seed++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed, RESPONSES, &shape);
        tt_evaluate_options options;
        tt_judgement j;
        tt_row_source source;
        tt_subject subject;
        tt_error error;
        bool good;
        tt_evaluate_options_init(&options);
        tt_subject_of_instance(&subject, &source, instance);
        if (tt_judge(&j, &subject, &options, &error) != TT_OK)
            fail_msg("%s", error.what);
        good = j.status == TT_OK && j.measured && !j.evaluation.violated && !j.evaluation.undecided && !j.evaluation.wide;
        for (size_t k = 0; k < tt_bound_count(); k++) {
            const tt_bound_result *r = &j.evaluation.bounds[k];
            if (!is_consistent(r, &j.quantities)) {
                fprintf(stderr, "%s: %s\n", r->bound->id, tt_verdict_name(r->verdict));
                good = false;
            }
            fired += r->fires == TT_YES;
            vacuous += r->can_fire == TT_NO;
            inapplicable += r->verdict == TT_NOT_APPLICABLE;
        }
        if (!good) {
            report_instance(instance, "evaluation", seed);
            fail();
        }
        tt_judgement_clear(&j);
        tt_evaluate_options_clear(&options);
        tt_instance_free(instance);
    }
    assert_true(fired > 0 && vacuous > 0 && inapplicable > 0);
}

/* The interval [0, n]. */
static void set_open(tt_real *x, double n)
{
    mpfi_t i;
    mpfi_init2(i, 64);
    mpfi_interv_d(i, 0, n);
    tt_real_set_interval(x, i);
    mpfi_clear(i);
}

/* One open verdict, one open answer or one wide number is enough. */
static void what_is_open_shows_in_the_whole(void **state)
{
    random_shape shape;
    tt_instance *instance = random_instance(test_seed(1), RESPONSES, &shape);
    tt_evaluate_options options;
    tt_judgement j;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    tt_real kept;
    (void)state;
    tt_real_init(&kept);
    tt_evaluate_options_init(&options);
    tt_subject_of_instance(&subject, &source, instance);
    assert_int_equal(tt_judge(&j, &subject, &options, &error), TT_OK);
    assert_false(j.evaluation.undecided || j.evaluation.wide);

    tt_real_set(&kept, &j.quantities.worst_case_error);
    set_open(&j.quantities.worst_case_error, 1000);
    assert_int_equal(tt_evaluate(&j.evaluation, &j.quantities, NULL, j.precision), TT_OK);
    assert_true(j.evaluation.undecided);
    tt_real_set(&j.quantities.worst_case_error, &kept);

    tt_real_set(&kept, &j.quantities.largest_surrogate);
    set_open(&j.quantities.largest_surrogate, 1000);
    assert_int_equal(tt_evaluate(&j.evaluation, &j.quantities, NULL, j.precision), TT_OK);
    assert_true(j.evaluation.undecided);
    tt_real_set(&j.quantities.largest_surrogate, &kept);

    assert_int_equal(tt_evaluate(&j.evaluation, &j.quantities, NULL, j.precision), TT_OK);
    assert_false(j.evaluation.undecided || j.evaluation.wide);
    set_open(&j.quantities.variance_product, 1); /* no bound reads it */
    assert_int_equal(tt_evaluate(&j.evaluation, &j.quantities, NULL, j.precision), TT_OK);
    assert_true(j.evaluation.wide);

    tt_real_clear(&kept);
    tt_judgement_clear(&j);
    tt_evaluate_options_clear(&options);
    tt_instance_free(instance);
}

/* KL_seq is narrow; L is so near to it that their difference is not. */
static void a_difference_that_cancels_is_wide(void **state)
{
    hand h;
    mpfi_t i;
    (void)state;
    hand_init(&h);
    mpfi_init2(i, 128);
    mpfi_set_ui(i, 3);
    mpfi_log(i, i);
    tt_real_set_interval(&h.q.kl_seq, i);
    judge(&h);
    assert_true(tt_quantities_width_log2(&h.q) <= -83);
    assert_false(h.e.wide);
    mpfr_get_q(h.q.surrogate.q, &i->left);
    shift(&h.q.surrogate, -1, UINT64_C(1) << 60);
    judge(&h);
    assert_int_equal(bound(&h.e, "sequence-kl")->fires, TT_NO);
    assert_true(h.e.wide);
    mpfi_clear(i);
    hand_clear(&h);
}

/* Enclosures of 32 bits are too wide for reports: the loop must not stop there. */
static void precision_grows_until_nothing_is_wide(void **state)
{
    random_shape shape;
    tt_instance *instance = random_instance(test_seed(1), RESPONSES, &shape);
    tt_evaluate_options options;
    tt_judgement j;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    (void)state;
    tt_evaluate_options_init(&options);
    options.measure.precision = 32;
    tt_subject_of_instance(&subject, &source, instance);
    assert_int_equal(tt_judge(&j, &subject, &options, &error), TT_OK);
    assert_false(j.evaluation.wide || j.evaluation.undecided);
    assert_true(tt_quantities_width_log2(&j.quantities) <= -83);
    tt_judgement_clear(&j);
    options.precision_max = 32;
    assert_int_equal(tt_judge(&j, &subject, &options, &error), TT_OK);
    assert_int_equal(j.precision, 32);
    assert_false(j.evaluation.violated);
    tt_judgement_clear(&j);
    tt_evaluate_options_clear(&options);
    tt_instance_free(instance);
}

static void a_tree_past_the_limit_is_not_judged(void **state)
{
    random_shape shape;
    tt_instance *instance = random_instance(test_seed(1), RESPONSES, &shape);
    tt_evaluate_options options;
    tt_judgement j;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    (void)state;
    tt_evaluate_options_init(&options);
    options.engine = TT_ENGINE_TREE;
    options.measure.max_nodes = 1;
    tt_subject_of_instance(&subject, &source, instance);
    assert_int_equal(tt_judge(&j, &subject, &options, &error), TT_OK);
    assert_int_equal(j.status, TT_LIMIT);
    assert_false(j.measured);
    assert_true(*j.limit.what);
    assert_true(j.evaluation.undecided);
    assert_int_equal(j.quantities.vocab, shape.vocab);
    assert_int_equal(j.quantities.horizon, shape.horizon);
    assert_true(tt_real_is_absent(&j.quantities.error));
    tt_judgement_clear(&j);
    tt_evaluate_options_clear(&options);
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_certain_before_it_is_measured),
        cmocka_unit_test(a_reward_free_bound_is_held_against_the_worst_reward),
        cmocka_unit_test(firing_is_strict),
        cmocka_unit_test(a_reward_aware_bound_is_held_against_this_error),
        cmocka_unit_test(one_sided_bounds_look_at_one_side),
        cmocka_unit_test(a_value_of_zero_is_decided_exactly),
        cmocka_unit_test(an_infinite_value_holds_and_never_fires),
        cmocka_unit_test(a_bound_beyond_its_precondition_claims_nothing),
        cmocka_unit_test(an_open_precondition_leaves_the_bound_open),
        cmocka_unit_test(overlapping_sides_are_undecided),
        cmocka_unit_test(what_needs_domination_is_not_applicable_without),
        cmocka_unit_test(a_guarantee_that_fires_without_improvement_is_a_violation),
        cmocka_unit_test(generated_instances_violate_nothing_and_leave_nothing_open),
        cmocka_unit_test(what_is_open_shows_in_the_whole),
        cmocka_unit_test(a_difference_that_cancels_is_wide),
        cmocka_unit_test(precision_grows_until_nothing_is_wide),
        cmocka_unit_test(a_tree_past_the_limit_is_not_judged),
    };
    return cmocka_run_group_tests_name("evaluation", tests, NULL, NULL);
}

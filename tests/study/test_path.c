/* The way from rollout to target. Three routes to J(pi_h) - J(mu) and L(pi_h): the engines, the definitions on the
   mixed instance (naive), and the polynomial of degree T through other points, whose first coefficient is L(pi).
   Ranges and maxima again from the points; instances by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/study/path.h"
#include "../../lib/world/instance_json.h"
#include "../../lib/world/mix.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define RESPONSES 40

static tt_policy_path_subject *all_subjects(void)
{
    tt_policy_path_subject *subjects = malloc(tt_policy_path_subject_count() * sizeof *subjects);
    assert_non_null(subjects);
    for (size_t k = 0; k < tt_policy_path_subject_count(); k++)
        subjects[k] = tt_policy_path_subject_at(k);
    return subjects;
}

/* The way in `steps` steps with every subject; the caller clears it. */
static void run(tt_policy_path *path, const tt_instance *instance, size_t steps)
{
    tt_policy_path_subject *subjects = all_subjects();
    tt_policy_path_options options = { .steps = steps, .subjects = subjects,
                                       .subjects_n = tt_policy_path_subject_count() };
    tt_error error;
    tt_evaluate_options_init(&options.evaluate);
    assert_int_equal(tt_policy_path_run(path, instance, &options, &error), TT_OK);
    tt_evaluate_options_clear(&options.evaluate);
    free(subjects);
}

static size_t subject_number(const tt_policy_path *path, const char *id)
{
    for (size_t k = 0; k < path->subjects_n; k++)
        if (strcmp(path->subjects[k].id, id) == 0)
            return k;
    fail_msg("no subject %s", id);
    return 0;
}

static void is_fraction(const tt_real *x, long n, unsigned long d)
{
    mpq_t q;
    mpq_init(q);
    mpq_set_si(q, n, d);
    mpq_canonicalize(q);
    assert_true(tt_real_is_exact(x) && mpq_equal(x->q, q));
    mpq_clear(q);
}

/* ---- random instances ---- */

/* The definitions at one point. */
static void check_by_definition(const tt_instance *instance, const tt_policy_path *path, size_t k)
{
    const tt_policy_path_point *point = &path->points[k];
    const tt_policy_path_value *last = &point->values[subject_number(path, "worst-case-error")];
    tt_instance *mixed;
    tt_row_source source;
    tt_quantities q;
    tt_error error;
    assert_int_equal(tt_instance_mix(&mixed, instance, point->h, &error), TT_OK);
    tt_instance_source(&source, mixed);
    tt_quantities_init(&q);
    naive_measure(&q, &source);
    assert_int_equal(tt_real_cmp(&point->improvement, &q.improvement), TT_EQUAL);
    assert_int_equal(tt_real_cmp(&point->surrogate, &q.surrogate), TT_EQUAL);
    assert_int_equal(tt_real_cmp(&point->error, &q.error), TT_EQUAL);
    assert_int_equal(tt_real_cmp(&last->value, &q.worst_case_error), TT_EQUAL);
    tt_quantities_clear(&q);
    tt_instance_free(mixed);
}

/* c_0 + c_1 h + ... through the points h = k/N, k = 0..degree, by divided differences. */
static void interpolate(mpq_t *c, const tt_policy_path *path, size_t degree)
{
    mpq_t term;
    mpq_init(term);
    for (size_t k = 0; k <= degree; k++)
        mpq_set(c[k], path->points[k].improvement.q);
    for (size_t order = 1; order <= degree; order++)
        for (size_t k = degree; k >= order; k--) {
            mpq_sub(c[k], c[k], c[k - 1]);
            mpq_sub(term, path->points[k].h, path->points[k - order].h);
            mpq_div(c[k], c[k], term);
        }
    /* from Newton's form to powers */
    for (size_t k = degree; k-- > 0;)
        for (size_t j = k; j < degree; j++) {
            mpq_mul(term, c[j + 1], path->points[k].h);
            mpq_sub(c[j], c[j], term);
        }
    mpq_clear(term);
}

static void polynomial_at(mpq_t out, const mpq_t *c, size_t degree, mpq_srcptr h)
{
    mpq_set(out, c[degree]);
    for (size_t k = degree; k-- > 0;) {
        mpq_mul(out, out, h);
        mpq_add(out, out, c[k]);
    }
}

/* J(pi_h) - J(mu) has degree T at most, and L(pi_h) is its linear term. */
static void check_polynomial(const tt_policy_path *path)
{
    size_t degree = path->horizon, n = path->points_n;
    mpq_t *c = malloc((degree + 1) * sizeof *c), value;
    assert_non_null(c);
    assert_true(n > degree + 1);
    mpq_init(value);
    for (size_t k = 0; k <= degree; k++)
        mpq_init(c[k]);
    interpolate(c, path, degree);
    assert_int_equal(mpq_sgn(c[0]), 0);
    for (size_t k = 0; k < n; k++) {
        polynomial_at(value, (const mpq_t *)c, degree, path->points[k].h);
        assert_true(mpq_equal(value, path->points[k].improvement.q));
        mpq_mul(value, c[1], path->points[k].h);
        assert_true(mpq_equal(value, path->points[k].surrogate.q));
    }
    assert_true(mpq_equal(path->improvement_derivative.q, c[1]));
    assert_true(mpq_equal(path->surrogate_derivative.q, c[1]));
    for (size_t k = 0; k <= degree; k++)
        mpq_clear(c[k]);
    mpq_clear(value);
    free(c);
}

static void check_largest(const tt_policy_path_largest *largest, const tt_real *const *x, size_t n)
{
    bool attained = false;
    size_t present = 0;
    for (size_t k = 0; k < n; k++) {
        if (tt_real_is_absent(x[k]))
            continue;
        present++;
        assert_true(tt_real_at_most(x[k], &largest->value) || tt_real_cmp(x[k], &largest->value) == TT_UNKNOWN);
        attained = attained || tt_real_cmp(x[k], &largest->value) != TT_LESS;
    }
    assert_int_equal(attained, present > 0);
    if (largest->at == TT_NONE)
        return;
    for (size_t k = 0; k < n; k++)
        if (!tt_real_is_absent(x[k]))
            assert_true(k < largest->at ? tt_real_cmp(x[k], x[largest->at]) == TT_LESS
                                        : k == largest->at || tt_real_at_most(x[k], x[largest->at]));
}

static void check_range(const tt_policy_path *path, size_t subject)
{
    const tt_policy_path_range *range = &path->ranges[subject];
    const tt_real **minorizers = malloc(path->points_n * sizeof *minorizers);
    size_t points = 0, gaps = 0;
    assert_non_null(minorizers);
    for (size_t k = 0; k < path->points_n; k++) {
        const tt_policy_path_value *value = &path->points[k].values[subject];
        bool positive = tt_real_cmp_ui(&value->minorizer, 0) == TT_GREATER;
        minorizers[k] = &value->minorizer;
        assert_int_equal(value->improves == TT_YES, positive);
        if (positive) {
            points++;
            assert_true(range->first <= k && k <= range->last);
            assert_true(tt_real_at_most(&value->minorizer, &path->points[k].improvement));
            assert_int_equal(tt_real_cmp_ui(&path->points[k].improvement, 0), TT_GREATER);
        } else {
            gaps += range->points > 0 && range->first < k && k < range->last;
        }
    }
    assert_int_equal(range->points, points);
    if (points == 0) {
        assert_true(range->first == TT_NONE && range->last == TT_NONE && range->unbroken == TT_NULL);
    } else {
        assert_int_equal(path->points[range->first].values[subject].improves, TT_YES);
        assert_int_equal(path->points[range->last].values[subject].improves, TT_YES);
        assert_int_equal(range->unbroken, gaps == 0 ? TT_YES : TT_NO);
    }
    check_largest(&range->largest, minorizers, path->points_n);
    free(minorizers);
}

/* What `eval` says of the instance is what stands at h = 1. */
static void check_end(const tt_instance *instance, const tt_policy_path *path)
{
    const tt_policy_path_point *end = &path->points[path->points_n - 1];
    tt_evaluate_options options;
    tt_judgement judgement;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    tt_evaluate_options_init(&options);
    tt_subject_of_instance(&subject, &source, instance);
    assert_int_equal(tt_judge(&judgement, &subject, &options, &error), TT_OK);
    assert_int_equal(tt_real_cmp(&end->improvement, &judgement.quantities.improvement), TT_EQUAL);
    for (size_t k = 0; k < path->subjects_n; k++) {
        const tt_bound *bound = path->subjects[k].bound;
        const tt_bound_result *result;
        if (!bound)
            continue;
        result = &judgement.evaluation.bounds[bound - tt_bound_at(0)];
        assert_int_equal(end->values[k].verdict, result->verdict);
        assert_int_equal(end->values[k].improves, result->fires);
        assert_int_equal(tt_real_is_absent(&end->values[k].minorizer), tt_real_is_absent(&result->minorizer));
        assert_int_not_equal(tt_real_cmp(&end->values[k].value, &result->value), TT_LESS);
        assert_int_not_equal(tt_real_cmp(&end->values[k].value, &result->value), TT_GREATER);
    }
    tt_judgement_clear(&judgement);
    tt_evaluate_options_clear(&options);
}

static void check_instance(const tt_instance *instance)
{
    size_t steps = tt_instance_horizon(instance) + 2;
    tt_policy_path path;
    run(&path, instance, steps);
    assert_int_equal(path.points_n, steps + 1);
    assert_int_equal(path.status, TT_OK);
    assert_false(path.violated);
    assert_int_equal(path.tangent, TT_HOLDS);
    assert_int_equal(path.linear, TT_HOLDS);
    for (size_t k = 0; k < path.points_n; k++) {
        mpq_t h;
        mpq_init(h);
        mpq_set_ui(h, k, steps);
        mpq_canonicalize(h);
        assert_true(mpq_equal(h, path.points[k].h));
        mpq_clear(h);
    }
    for (size_t k = 0; k < path.points_n; k += path.points_n / 2)
        check_by_definition(instance, &path, k);
    check_polynomial(&path);
    for (size_t k = 0; k < path.subjects_n; k++)
        check_range(&path, k);
    check_end(instance, &path);
    tt_policy_path_clear(&path);
}

static void three_routes_agree(void **state)
{
    uint64_t seed = test_seed(1), count = random_corners() * 3 * test_effort();
    (void)state;
    printf("test_path: seeds %" PRIu64 " to %" PRIu64 "\n", seed, seed + count - 1);
    for (uint64_t k = 0; k < count; k++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape);
        check_instance(instance);
        tt_instance_free(instance);
    }
}

/* ---- by hand ---- */

static tt_instance *gallery(const char *name)
{
    char path[4096];
    tt_instance *instance;
    tt_error error;
    snprintf(path, sizeof path, "%s/experiments/instances/%s", getenv("srcdir") ? getenv("srcdir") : ".", name);
    assert_int_equal(tt_instance_read(&instance, path, &error), TT_OK);
    return instance;
}

/* pi_h(1) = 1/4 + h/2: J - J_mu = h/8 - 3 h^2 / 8, L = h/8; eps = h/2, so that tv-optimal, which is worst-case Error
   here, is h^2 / 2 and its minorizer h/8 - h^2/2, 0 at h = 1/4. */
static void the_misleading_surrogate_by_hand(void **state)
{
    tt_instance *instance = gallery("surrogate-misleads.json");
    static const char *const ids[] = { "tv-optimal", "worst-case-error" };
    tt_policy_path path;
    (void)state;
    run(&path, instance, 24);
    for (long k = 0; k <= 24; k++) {
        is_fraction(&path.points[k].surrogate, k, 24 * 8);
        is_fraction(&path.points[k].error, -3 * k * k, 24 * 24 * 8);
        is_fraction(&path.points[k].improvement, 24 * k - 3 * k * k, 24 * 24 * 8);
    }
    is_fraction(&path.improvement.value, 1, 96);
    assert_int_equal(path.improvement.at, 4);
    is_fraction(&path.surrogate.value, 1, 8);
    assert_int_equal(path.surrogate.at, 24);
    is_fraction(&path.improvement_derivative, 1, 8);
    for (size_t i = 0; i < 2; i++) {
        size_t k = subject_number(&path, ids[i]);
        const tt_policy_path_range *range = &path.ranges[k];
        is_fraction(&path.points[6].values[k].minorizer, 0, 1);
        assert_int_equal(path.points[6].values[k].improves, TT_NO);
        assert_int_equal(range->points, 5);
        assert_int_equal(range->first, 1);
        assert_int_equal(range->last, 5);
        assert_int_equal(range->unbroken, TT_YES);
        assert_int_equal(range->largest.at, 3);
        is_fraction(&range->largest.value, 1, 128);
    }
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

/* At h = 1 nothing is left of the support of rollout: what divides by mu holds on the way and not at its end. */
static void the_end_may_differ(void **state)
{
    tt_instance *instance = gallery("infinite-kl.json");
    tt_policy_path path;
    size_t k;
    (void)state;
    run(&path, instance, 3);
    k = subject_number(&path, "sequence-kl");
    assert_false(tt_real_is_infinite(&path.points[2].values[k].value));
    assert_true(tt_real_is_infinite(&path.points[3].values[k].value));
    assert_true(tt_real_is_infinite(&path.points[3].values[k].minorizer));
    assert_int_equal(path.points[3].values[k].improves, TT_NO);
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

/* Mixtures reach a context that neither policy reaches, where eps = h; at h = 1 eps falls to 1/10. */
static void a_guarantee_may_come_back(void **state)
{
    tt_instance *instance = gallery("mixtures-reach-more.json");
    tt_policy_path path;
    const tt_policy_path_range *range;
    size_t k;
    (void)state;
    run(&path, instance, 64);
    k = subject_number(&path, "tv-optimal");
    range = &path.ranges[k];
    /* 3 eps (1 - (1 - eps)^2) against h / 10 */
    is_fraction(&path.points[32].values[k].value, 9, 8);
    is_fraction(&path.points[64].values[k].value, 57, 1000);
    assert_int_equal(range->points, 2);
    assert_int_equal(range->first, 1);
    assert_int_equal(range->last, 64);
    assert_int_equal(range->unbroken, TT_NO);
    is_fraction(&range->largest.value, 43, 1000);
    assert_int_equal(range->largest.at, 64);
    assert_int_equal(path.ranges[subject_number(&path, "worst-case-error")].unbroken, TT_YES);
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

/* Ties at the top, and a maximum that does not exist. */
static void target_equal_to_rollout(void **state)
{
    tt_instance *instance = gallery("target-is-rollout.json");
    tt_policy_path path;
    (void)state;
    run(&path, instance, 4);
    assert_int_equal(path.improvement.at, 0);
    for (size_t k = 0; k < path.subjects_n; k++) {
        assert_int_equal(path.ranges[k].points, 0);
        assert_int_equal(path.ranges[k].largest.at, 0);
        is_fraction(&path.ranges[k].largest.value, 0, 1);
    }
    assert_false(path.undecided);
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

static void what_is_not_applicable_is_left_out(void **state)
{
    tt_instance *instance = gallery("not-dominated.json");
    tt_policy_path path;
    size_t k;
    (void)state;
    run(&path, instance, 3);
    k = subject_number(&path, "second-moment");
    assert_int_equal(path.points[1].values[k].verdict, TT_NOT_APPLICABLE);
    assert_true(tt_real_is_absent(&path.points[1].values[k].minorizer));
    assert_int_equal(path.ranges[k].largest.at, 0); /* target = rollout at h = 0 alone */
    assert_false(path.undecided);
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

/* ---- options, limits ---- */

static void subjects_are_found_by_id(void **state)
{
    tt_policy_path_subject subject;
    (void)state;
    assert_false(tt_policy_path_subject_find(&subject, "no-such-bound"));
    assert_false(tt_policy_path_subject_find(&subject, "reward-k3-upper"));
    assert_true(tt_policy_path_subject_find(&subject, "reward-k3-lower"));
    assert_int_equal(subject.kind, TT_LOWER);
    assert_true(tt_policy_path_subject_find(&subject, "worst-case-error"));
    assert_null(subject.bound);
    for (size_t k = 0; k + 1 < tt_policy_path_subject_count(); k++)
        assert_int_not_equal(tt_policy_path_subject_at(k).bound->kind, TT_UPPER);
    assert_int_equal(tt_policy_path_subject_count(), tt_bound_count()); /* one of kind upper, and worst-case Error */
}

static tt_status run_with(tt_policy_path *path, const tt_instance *instance, size_t steps, tt_engine_choice engine,
                          uint64_t max_nodes, tt_progress *progress, void *context)
{
    tt_policy_path_subject subject;
    tt_policy_path_options options = { .steps = steps, .subjects = &subject, .subjects_n = 1 };
    tt_error error;
    tt_status status;
    assert_true(tt_policy_path_subject_find(&subject, "unified"));
    tt_evaluate_options_init(&options.evaluate);
    options.evaluate.engine = engine;
    options.evaluate.measure.max_nodes = max_nodes;
    options.evaluate.measure.progress = progress;
    options.evaluate.measure.progress_context = context;
    status = tt_policy_path_run(path, instance, &options, &error);
    tt_evaluate_options_clear(&options.evaluate);
    return status;
}

static void limits_leave_nothing_decided(void **state)
{
    tt_instance *instance = gallery("guarantee-fires.json");
    tt_policy_path path;
    (void)state;
    assert_int_equal(run_with(&path, instance, 2, TT_ENGINE_TREE, 5, NULL, NULL), TT_OK);
    assert_int_equal(path.status, TT_LIMIT);
    assert_non_null(strstr(path.limit.what, "31"));
    assert_true(path.undecided && !path.violated);
    assert_true(tt_real_is_absent(&path.improvement.value) && path.improvement.at == TT_NONE);
    assert_true(tt_real_is_absent(&path.ranges[0].largest.value) && path.ranges[0].points == 0);
    assert_int_equal(path.tangent, TT_UNDECIDED);
    assert_int_equal(path.linear, TT_UNDECIDED);
    tt_policy_path_clear(&path);
    assert_int_equal(run_with(&path, instance, 0, TT_ENGINE_TREE, 5, NULL, NULL), TT_BAD_INPUT);
    tt_policy_path_clear(&path);
    assert_int_equal(run_with(&path, instance, TT_POLICY_PATH_STEPS_MAX + 1, TT_ENGINE_TREE, 5, NULL, NULL),
                     TT_BAD_INPUT);
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

/* The state pass of the lattice has no limit, its node pass has; at h = 0 it is short. */
static void what_was_reached_is_said(void **state)
{
    tt_instance *instance = gallery("markov-chain.json");
    tt_policy_path path;
    (void)state;
    assert_int_equal(run_with(&path, instance, 2, TT_ENGINE_LATTICE, 10, NULL, NULL), TT_OK);
    assert_int_equal(path.status, TT_LIMIT);
    assert_true(path.undecided && !path.violated);
    assert_int_equal(path.improvement.at, 2);
    assert_int_equal(path.tangent, TT_HOLDS);
    assert_int_equal(path.linear, TT_HOLDS);
    is_fraction(&path.points[0].values[0].minorizer, 0, 1);
    assert_true(tt_real_is_absent(&path.points[1].values[0].minorizer));
    assert_true(tt_real_is_absent(&path.ranges[0].largest.value));
    assert_int_equal(path.ranges[0].largest.at, TT_NONE);
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

typedef struct {
    size_t calls, stop_at;
    double highest;
} watcher;

static bool watch(void *context, const char *work, double done)
{
    watcher *w = context;
    assert_string_equal(work, "path");
    assert_true(done >= 0 && done <= 1);
    w->highest = done > w->highest ? done : w->highest;
    return ++w->calls != w->stop_at;
}

static void progress_runs_over_the_whole_way(void **state)
{
    tt_instance *instance = gallery("random-three-tokens.json");
    watcher all = { 0 }, stopped = { .stop_at = 3 };
    tt_policy_path path;
    (void)state;
    assert_int_equal(run_with(&path, instance, 4, TT_ENGINE_TREE, 1 << 20, watch, &all), TT_OK);
    tt_policy_path_clear(&path);
    assert_true(all.calls >= 5 && all.highest == 1);
    assert_int_equal(run_with(&path, instance, 4, TT_ENGINE_TREE, 1 << 20, watch, &stopped), TT_INTERRUPTED);
    tt_policy_path_clear(&path);
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_routes_agree),
        cmocka_unit_test(the_misleading_surrogate_by_hand),
        cmocka_unit_test(the_end_may_differ),
        cmocka_unit_test(a_guarantee_may_come_back),
        cmocka_unit_test(target_equal_to_rollout),
        cmocka_unit_test(what_is_not_applicable_is_left_out),
        cmocka_unit_test(subjects_are_found_by_id),
        cmocka_unit_test(limits_leave_nothing_decided),
        cmocka_unit_test(what_was_reached_is_said),
        cmocka_unit_test(progress_runs_over_the_whole_way),
    };
    return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}

/* Spelled instances against the naive route: values, masses, the segment from rollout to target, other targets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../lib/measure/tree.h"
#include "../../lib/study/spelled.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

enum { CASES = 150, RESPONSES = 128, NODES = 5000 };

typedef struct {
    tt_instance *instance;
    tt_row_source source;
    tt_spelled spelled;
    tt_quantities naive;
} fixture;

static void set_up(fixture *f, uint64_t seed)
{
    random_shape shape;
    f->instance = random_instance(seed, RESPONSES, &shape);
    tt_instance_source(&f->source, f->instance);
    assert_int_equal(tt_spelled_init(&f->spelled, &f->source, NODES, 128, NULL), TT_OK);
    tt_quantities_init(&f->naive);
    naive_measure(&f->naive, &f->source);
}

static void tear_down(fixture *f)
{
    tt_quantities_clear(&f->naive);
    tt_spelled_clear(&f->spelled);
    tt_instance_free(f->instance);
}

static void assert_exact(const tt_real *x, const mpq_t q)
{
    assert_true(tt_real_is_exact(x));
    assert_true(mpq_equal(x->q, q));
}

/* out = half of sum_y |P_pi(y) - P_mu(y)| */
static void shift(mpq_t out, const tt_spelled *s)
{
    mpq_t term;
    mpq_init(term);
    mpq_set_ui(out, 0, 1);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        mpq_sub(term, s->response[y].target, s->response[y].rollout);
        mpq_abs(term, term);
        mpq_add(out, out, term);
    }
    mpq_div_2exp(out, out, 1);
    mpq_clear(term);
}

static void check_sums(const fixture *f)
{
    const tt_spelled *s = &f->spelled;
    mpq_t sum, term, h;
    mpq_inits(sum, term, h, NULL);
    shift(sum, s);
    assert_exact(&f->naive.tv_seq, sum);
    mpq_set_ui(sum, 0, 1);
    for (size_t x = 0; x < s->prompts; x++) {
        mpq_mul(term, s->prompt[x], tt_spelled_value(s, 0, x));
        mpq_add(sum, sum, term);
    }
    assert_exact(&f->naive.j_rollout, sum);
    tt_spelled_objective(sum, s, h);
    assert_exact(&f->naive.j_rollout, sum);
    tt_spelled_worst(sum, s, h);
    assert_true(mpq_sgn(sum) == 0);
    mpq_set_ui(h, 1, 1);
    tt_spelled_objective(sum, s, h);
    assert_exact(&f->naive.j_target, sum);
    tt_spelled_worst(sum, s, h);
    assert_exact(&f->naive.worst_case_error, sum);
    mpq_clears(sum, term, h, NULL);
}

/* The contexts of a response have its masses: d_{t+1} = d_t times the probability of the token. */
static void check_paths(const tt_spelled *s)
{
    mpq_t mass, p;
    mpq_inits(mass, p, NULL);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        mpq_set(mass, s->context[tt_spelled_context_of(s, y, 0)].target);
        for (size_t d = 0; d < s->horizon; d++) {
            const tt_spelled_context *c = &s->context[tt_spelled_context_of(s, y, d)];
            assert_true(mpq_equal(c->target, mass));
            tt_spelled_probability(p, c, TT_TARGET, tt_spelled_token(s, y, d));
            mpq_mul(mass, mass, p);
        }
        assert_true(mpq_equal(s->response[y].target, mass));
    }
    mpq_clears(mass, p, NULL);
}

static void test_sums(void **state)
{
    uint64_t first = test_seed(8100), cases = CASES * test_effort();
    (void)state;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        fixture f;
        set_up(&f, seed);
        check_sums(&f);
        check_paths(&f.spelled);
        tear_down(&f);
    }
}

static tt_spelled_target keep_all, keep_none;
static void keep_all(mpq_t *row, const void *context, size_t k)
{
    (void)row, (void)context, (void)k;
}

static void keep_none(mpq_t *row, const void *context, size_t k)
{
    const tt_spelled *s = context;
    for (size_t v = 0; v < s->vocab; v++)
        tt_spelled_probability(row[v], &s->context[k], TT_ROLLOUT, v);
}

static void check_retarget(const fixture *f, tt_spelled_target *target, const tt_real *j, const tt_real *worst)
{
    tt_measure_options options;
    tt_instance *other;
    tt_row_source source;
    tt_quantities q;
    tt_measure_options_init(&options);
    tt_quantities_init(&q);
    assert_int_equal(tt_spelled_retarget(&other, &f->spelled, target, &f->spelled, NULL), TT_OK);
    tt_instance_source(&source, other);
    assert_int_equal(tt_tree_measure(&q, &source, &options, NULL), TT_OK);
    assert_exact(&f->naive.j_rollout, q.j_rollout.q);
    assert_exact(j, q.j_target.q);
    if (worst)
        assert_exact(worst, q.worst_case_error.q);
    else
        assert_true(tt_real_is_zero(&q.worst_case_error));
    tt_quantities_clear(&q);
    tt_instance_free(other);
}

static void test_retarget(void **state)
{
    uint64_t first = test_seed(8300), cases = CASES * test_effort();
    (void)state;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        fixture f;
        set_up(&f, seed);
        check_retarget(&f, keep_all, &f.naive.j_target, &f.naive.worst_case_error);
        check_retarget(&f, keep_none, &f.naive.j_rollout, NULL);
        tear_down(&f);
    }
}

static void test_limit(void **state)
{
    random_shape shape;
    tt_instance *instance = random_instance(8500, RESPONSES, &shape);
    tt_row_source source;
    tt_spelled spelled;
    tt_error error;
    (void)state;
    tt_instance_source(&source, instance);
    assert_int_equal(tt_spelled_init(&spelled, &source, 1, 128, &error), TT_LIMIT);
    tt_spelled_clear(&spelled);
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_retarget),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

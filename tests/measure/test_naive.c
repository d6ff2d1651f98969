/* The naive route against itself and against numbers worked out by hand: before it may judge an
   engine, its own forms of one quantity, which share no code but the listing, have to agree. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 435
#define RESPONSES 100

static size_t wrong;

static void same(const char *what, const tt_real *x, const tt_real *y)
{
    if (tt_real_cmp(x, y) != TT_EQUAL) {
        fprintf(stderr, "test_naive: %s differs\n", what);
        wrong++;
    }
}

static void is_zero(const char *what, const tt_real *x)
{
    if (!tt_real_is_zero(x)) {
        fprintf(stderr, "test_naive: %s is not 0\n", what);
        wrong++;
    }
}

static void not_refuted(const char *what, tt_verdict verdict)
{
    if (verdict == TT_VIOLATED || verdict == TT_UNDECIDED) {
        fprintf(stderr, "test_naive: %s: %s\n", what, tt_verdict_name(verdict));
        wrong++;
    }
}

static void check_forms(const tt_quantities *q)
{
    same("surrogate, response form", &q->surrogate, &q->surrogate_response);
    same("gradient", &q->improvement_derivative, &q->surrogate_derivative);
    same("surrogate, derivative", &q->surrogate, &q->improvement_derivative);
    same("error, PDI form", &q->error, &q->error_pdi);
    same("error, rollout side", &q->error, &q->error_rollout_side);
    same("error, response form", &q->error, &q->error_response);
    is_zero("sum of e", &q->sum_e);
    is_zero("sum of l", &q->sum_l);
    same("TV of whole responses", &q->tv_seq, &q->context_tv.items[q->horizon]);
    is_zero("TV of prompts", &q->context_tv.items[0]);
    is_zero("KL of prompts", &q->context_kl.items[0]);
    if (q->dominated) {
        tt_real one;
        tt_real_init(&one);
        tt_real_set_ui(&one, 1);
        same("surrogate, ratio form", &q->surrogate, &q->surrogate_ratio);
        same("error, ratio form", &q->error, &q->error_ratio);
        same("mean weight", &q->mean_weight, &one);
        same("second moment, both ways", &q->second_moment, &q->tilted_moment[0]);
        same("chi2, both ways", &q->chi2_max, &q->tilt_max[0]);
        is_zero("mass off the support", &q->off_support);
        tt_real_clear(&one);
    } else if (!tt_real_is_absent(&q->surrogate_ratio) || !tt_real_is_absent(&q->chi2_max) ||
               !tt_real_is_absent(&q->second_moment) || !tt_real_is_absent(&q->k3_max)) {
        fprintf(stderr, "test_naive: a quantity that needs domination is there without it\n");
        wrong++;
    }
    not_refuted("worst-case error below the recursion", tt_verdict_le(&q->worst_case_error, &q->recursive_tv));
    not_refuted("worst-case error below KL_seq", tt_verdict_le(&q->worst_case_error, &q->kl_seq));
    not_refuted("martingale", q->martingale);
    not_refuted("advantage-unit", q->advantage_unit);
    not_refuted("advantage-token", q->advantage_token);
    not_refuted("pinsker", q->pinsker);
    not_refuted("pinsker-reverse", q->pinsker_reverse);
    not_refuted("k1-mean", q->k1_mean);
    not_refuted("k3-mean", q->k3_mean);
}

/* KL_t = sum_{s<t} E[KL_tok(c_s)], the same in reverse. */
static void check_chain(const tt_series *direct, const tt_series *expected)
{
    tt_real sum, scale;
    tt_real_init(&sum);
    tt_real_init(&scale);
    tt_real_set_ui(&sum, 0);
    tt_real_set_ui(&scale, 1);
    for (size_t t = 0; t < direct->n; t++) {
        tt_verdict verdict = tt_verdict_eq(&direct->items[t], &sum, &scale);
        not_refuted("chain rule", verdict);
        if (t < expected->n)
            tt_real_add(&sum, &sum, &expected->items[t], NAIVE_PRECISION);
    }
    tt_real_clear(&sum);
    tt_real_clear(&scale);
}

static void check_facts(const tt_row_source *source)
{
    naive_facts facts;
    naive_check_facts(&facts, source);
    not_refuted("slack of sequence-kl", facts.sequence_slack);
    not_refuted("two-sided mean", facts.two_sided_mean);
    not_refuted("E[R log M]", facts.log_improvement);
    not_refuted("clipped weights", facts.clipped);
}

static void test_forms_agree(void **state)
{
    uint64_t seed = test_seed(1000), count = CASES * test_effort(), nondominated = 0;
    (void)state;
    printf("test_naive: seeds %llu to %llu\n", (unsigned long long)seed, (unsigned long long)(seed + count - 1));
    for (uint64_t k = 0; k < count; k++) {
        random_shape shape;
        tt_row_source source;
        tt_quantities q;
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape);
        tt_instance_source(&source, instance);
        tt_quantities_init(&q);
        naive_measure(&q, &source);
        wrong = 0;
        check_forms(&q);
        check_chain(&q.context_kl, &q.expected_kl);
        check_chain(&q.context_kl_reverse, &q.expected_kl_reverse);
        check_facts(&source);
        nondominated += !q.dominated;
        if (wrong)
            report_instance(instance, "test_naive", seed + k);
        tt_quantities_clear(&q);
        tt_instance_free(instance);
        assert_int_equal(wrong, 0);
    }
    /* the generator reaches both sides of domination */
    assert_true(nondominated > count / 10 && nondominated < count - count / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms_agree) };
    return cmocka_run_group_tests_name("naive", tests, NULL, NULL);
}

/* The bounds of the context shift: worked out by hand, above TV_t on generated instances, and attained where they can
   be. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/catalogue/shift.h"
#include "../measured.h"
#include "../random_instance.h"
#include "../settings.h"

#define INSTANCES 200
#define RESPONSES 300
#define PRECISION 1024 /* enough for probabilities that differ by 1e-60 */
#define HORIZON 3

/* ---- by hand ---- */

static void entries_are_complete(void **state)
{
    (void)state;
    assert_int_equal(tt_shift_count(), 11);
    for (size_t k = 0; k < tt_shift_count(); k++) {
        const tt_shift *shift = tt_shift_at(k);
        assert_true(strncmp(shift->id, "shift-", 6) == 0 && *shift->formula && *shift->source && shift->value);
        assert_ptr_equal(tt_shift_find(shift->id), shift);
    }
    assert_null(tt_shift_find("shift-"));
    assert_null(tt_shift_find("coupling"));
}

static void set_series(tt_series *series, const unsigned long (*values)[2])
{
    for (size_t k = 0; k < series->n; k++)
        tt_real_set_frac(&series->items[k], values[k][0], values[k][1]);
}

/* Numbers of no instance, all different. */
static void fill(tt_quantities *q)
{
    static const unsigned long expected_tv[][2] = { { 1, 5 }, { 1, 7 }, { 1, 9 } };
    static const unsigned long context_kl[][2] = { { 0, 1 }, { 1, 2 }, { 9, 8 }, { 2, 1 } };
    static const unsigned long context_kl_reverse[][2] = { { 0, 1 }, { 1, 8 }, { 1, 2 }, { 25, 2 } };
    tt_quantities_init(q);
    assert_int_equal(tt_quantities_resize(q, 2, HORIZON), TT_OK);
    q->dominated = true;
    tt_real_set_frac(&q->tv_max, 1, 4);
    tt_real_set_frac(&q->chi2_max, 3, 1);
    tt_real_set_frac(&q->kl_max, 1, 2);
    tt_real_set_frac(&q->tv_seq, 3, 5);
    tt_real_set_frac(&q->kl_seq, 8, 9);
    set_series(&q->expected_tv, expected_tv);
    set_series(&q->context_kl, context_kl);
    set_series(&q->context_kl_reverse, context_kl_reverse);
}

/* The squares of the bounds at t = 1..4, a rational for each but Bretagnolle and Huber's. */
static void values_are_those_of_the_formulas(void **state)
{
    static const struct {
        const char *id;
        unsigned long square[HORIZON + 1][2];
    } rows[] = {
        { "shift-unit", { { 1, 1 }, { 1, 1 }, { 1, 1 }, { 1, 1 } } },
        { "shift-coupling", { { 0, 1 }, { 1, 16 }, { 1, 4 }, { 9, 16 } } },
        { "shift-expected-coupling", { { 0, 1 }, { 1, 25 }, { 144, 1225 }, { 20449, 99225 } } },
        { "shift-pinsker-max", { { 0, 1 }, { 1, 4 }, { 1, 2 }, { 3, 4 } } },
        { "shift-processing", { { 9, 25 }, { 9, 25 }, { 9, 25 }, { 9, 25 } } },
        { "shift-pinsker-seq", { { 4, 9 }, { 4, 9 }, { 4, 9 }, { 4, 9 } } },
        { "shift-pinsker-marginal", { { 0, 1 }, { 1, 4 }, { 9, 16 }, { 1, 1 } } },
        { "shift-coupled", { { 0, 1 }, { 1, 16 }, { 49, 256 }, { 1369, 4096 } } },
        { "shift-pinsker-reverse", { { 0, 1 }, { 1, 16 }, { 1, 4 }, { 25, 4 } } },
        { "shift-second-moment", { { 0, 1 }, { 3, 4 }, { 15, 4 }, { 63, 4 } } },
    };
    tt_quantities q;
    tt_real value, square;
    (void)state;
    fill(&q);
    tt_real_init(&value);
    tt_real_init(&square);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        for (size_t t = 1; t <= HORIZON + 1; t++) {
            tt_shift_find(rows[k].id)->value(&value, &q, t, PRECISION);
            tt_real_set_frac(&square, rows[k].square[t - 1][0], rows[k].square[t - 1][1]);
            tt_real_sqrt(&square, &square, PRECISION);
            if (tt_real_cmp(&value, &square) != TT_EQUAL)
                fail_msg("%s at %zu is %.17g, not %.17g", rows[k].id, t, tt_real_get_d(&value), tt_real_get_d(&square));
        }
    tt_real_clear(&value);
    tt_real_clear(&square);
    tt_quantities_clear(&q);
}

/* 1 - B^2 = exp(-KL_t), the exponential by another function. */
static void bretagnolle_and_huber(void **state)
{
    const tt_shift *shift = tt_shift_find("shift-bretagnolle-huber");
    tt_quantities q;
    tt_real value, one, power;
    (void)state;
    fill(&q);
    tt_real_init(&value);
    tt_real_init(&one);
    tt_real_init(&power);
    tt_real_set_ui(&one, 1);
    shift->value(&value, &q, 1, PRECISION);
    assert_true(tt_real_is_zero(&value));
    for (size_t t = 2; t <= HORIZON + 1; t++) {
        shift->value(&value, &q, t, PRECISION);
        assert_true(tt_real_width_log2(&value) < -PRECISION + 16);
        assert_int_equal(tt_real_cmp(&value, &one), TT_LESS);
        tt_real_mul(&value, &value, &value, PRECISION);
        tt_real_sub(&value, &one, &value, PRECISION);
        tt_real_neg(&power, tt_series_at(&q.context_kl, t - 1));
        tt_real_exp(&power, &power, PRECISION);
        assert_int_equal(tt_real_cmp(&value, &power), TT_UNKNOWN);
        tt_real_sub(&power, &power, &value, PRECISION);
        tt_real_abs(&power, &power, PRECISION);
        assert_true(tt_real_get_d(&power) < 1e-300);
    }
    tt_real_set_infinite(&q.context_kl.items[2], 1);
    shift->value(&value, &q, 3, PRECISION);
    assert_int_equal(tt_real_cmp(&value, &one), TT_EQUAL);
    /* sharp next to 0: between half and twice KL */
    tt_real_set_frac(&power, 1, 10);
    tt_real_pow_ui(&power, &power, 400, PRECISION);
    tt_real_set(&q.context_kl.items[2], &power);
    shift->value(&value, &q, 3, PRECISION);
    tt_real_mul(&value, &value, &value, PRECISION);
    tt_real_mul_frac(&power, &power, 2, 1, PRECISION);
    assert_int_equal(tt_real_cmp(&value, &power), TT_LESS);
    tt_real_mul_frac(&power, &power, 1, 4, PRECISION);
    assert_int_equal(tt_real_cmp(&value, &power), TT_GREATER);
    tt_real_clear(&value);
    tt_real_clear(&one);
    tt_real_clear(&power);
    tt_quantities_clear(&q);
}

static void what_is_unknown_stays_absent(void **state)
{
    tt_quantities q;
    tt_real value;
    (void)state;
    tt_quantities_init(&q);
    q.horizon = HORIZON;
    tt_real_init(&value);
    for (size_t k = 0; k < tt_shift_count(); k++) {
        tt_shift_at(k)->value(&value, &q, 2, PRECISION);
        assert_int_equal(tt_real_is_absent(&value), strcmp(tt_shift_at(k)->id, "shift-unit") != 0);
    }
    tt_real_clear(&value);
    tt_quantities_clear(&q);
}

/* ---- on measured instances ---- */

static bool bounds_the_shift(const tt_shift *shift, const tt_quantities *q)
{
    tt_real value;
    bool good = true;
    tt_real_init(&value);
    for (size_t t = 1; t <= q->horizon + 1 && good; t++) {
        shift->value(&value, q, t, PRECISION);
        if (strcmp(shift->id, "shift-second-moment") == 0 && !q->dominated)
            good = tt_real_is_absent(&value);
        else
            good = tt_real_at_most(tt_series_at(&q->context_tv, t - 1), &value);
    }
    tt_real_clear(&value);
    return good;
}

static void all_bound_the_shift(void **state)
{
    uint64_t first = test_seed(1), dominated = 0;
    (void)state;
    for (uint64_t seed = first; seed < first + INSTANCES * test_effort(); seed++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed, RESPONSES, &shape);
        tt_quantities q;
        measured_by_tree(&q, instance, PRECISION);
        dominated += q.dominated;
        for (size_t k = 0; k < tt_shift_count(); k++)
            if (!bounds_the_shift(tt_shift_at(k), &q)) {
                fprintf(stderr, "%s\n", tt_shift_at(k)->id);
                report_instance(instance, "shift", seed);
                fail();
            }
        tt_quantities_clear(&q);
        tt_instance_free(instance);
    }
    assert_true(dominated > 0 && dominated < INSTANCES * test_effort());
}

/* Rollout always plays token 1, target token 0 with probability 2/7 (Lemma D). */
static void coupled_is_attained(void **state)
{
    tt_instance *instance;
    tt_quantities q;
    tt_error error;
    tt_real value;
    mpq_t row[2];
    (void)state;
    mpq_inits(row[0], row[1], NULL);
    tt_real_init(&value);
    assert_int_equal(tt_instance_new(&instance, TT_FORM_TREE, 2, 5, &error), TT_OK);
    mpq_set_ui(row[1], 1, 1);
    assert_int_equal(tt_instance_add_prompt(instance, row[1], 0, &error), TT_OK);
    assert_int_equal(tt_instance_set_default(instance, TT_ROLLOUT, row, &error), TT_OK);
    mpq_set_ui(row[0], 2, 7);
    mpq_set_ui(row[1], 5, 7);
    assert_int_equal(tt_instance_set_default(instance, TT_TARGET, row, &error), TT_OK);
    mpq_set_ui(row[0], 0, 1);
    assert_int_equal(tt_instance_set_reward_default(instance, row[0], &error), TT_OK);
    assert_int_equal(tt_instance_finish(instance, &error), TT_OK);
    measured_by_tree(&q, instance, PRECISION);
    for (size_t t = 1; t <= 6; t++) {
        tt_shift_find("shift-coupled")->value(&value, &q, t, PRECISION);
        assert_int_equal(tt_real_cmp(&value, tt_series_at(&q.context_tv, t - 1)), TT_EQUAL);
        assert_int_equal(tt_real_is_zero(&value), t == 1);
    }
    tt_quantities_clear(&q);
    tt_instance_free(instance);
    tt_real_clear(&value);
    mpq_clears(row[0], row[1], NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_complete),
        cmocka_unit_test(values_are_those_of_the_formulas),
        cmocka_unit_test(bretagnolle_and_huber),
        cmocka_unit_test(what_is_unknown_stays_absent),
        cmocka_unit_test(all_bound_the_shift),
        cmocka_unit_test(coupled_is_attained),
    };
    return cmocka_run_group_tests_name("catalogue/shift", tests, NULL, NULL);
}

/* Mixed instances: at every context, of either form, what the formula says of the rows of the first. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/world/mix.h"
#include "../random_instance.h"
#include "../same_tree.h"
#include "../settings.h"

#define RESPONSES 600

typedef struct {
    tt_row_source from, mixed;
    unsigned long n, d; /* h = n / d */
} pair_of_trees;

/* total_from total_mixed d pi_h(v), written out: (d - n) mu + n pi over the totals, and the mixed row over its own */
static void check_target(const pair_of_trees *p, const tt_rows *from, const tt_rows *mixed, size_t v)
{
    mpz_t left, right;
    mpz_init(left);
    mpz_init(right);
    mpz_mul_ui(left, &from->rollout[v], p->d - p->n);
    mpz_addmul_ui(left, &from->target[v], p->n);
    mpz_mul_ui(right, from->total, p->d);
    same_fraction(left, right, &mixed->target[v], mixed->total);
    mpz_clear(left);
    mpz_clear(right);
}

static void check_response(const pair_of_trees *p, uint64_t from, uint64_t mixed)
{
    mpq_t a, b;
    mpq_init(a);
    mpq_init(b);
    p->from.reward(p->from.self, from, a);
    p->mixed.reward(p->mixed.self, mixed, b);
    assert_true(mpq_equal(a, b));
    mpq_clear(a);
    mpq_clear(b);
}

static void check_below(const pair_of_trees *p, uint64_t from, uint64_t mixed, size_t depth)
{
    tt_rows rows, moved;
    if (depth == p->from.horizon) {
        check_response(p, from, mixed);
        return;
    }
    p->from.rows(p->from.self, from, depth, &rows, NULL);
    p->mixed.rows(p->mixed.self, mixed, depth, &moved, NULL);
    for (size_t v = 0; v < p->from.vocab; v++) {
        same_fraction(&rows.rollout[v], rows.total, &moved.rollout[v], moved.total);
        check_target(p, &rows, &moved, v);
    }
    assert_int_equal(moved.equal, rows.equal || p->n == 0);
    for (size_t v = 0; v < p->from.vocab; v++)
        check_below(p, p->from.child(p->from.self, from, depth, v), p->mixed.child(p->mixed.self, mixed, depth, v),
                    depth + 1);
}

static void check_mix(const tt_instance *instance, unsigned long n, unsigned long d)
{
    pair_of_trees p = { .n = n, .d = d };
    tt_instance *mixed;
    tt_error error;
    mpq_t h;
    mpq_init(h);
    mpq_set_ui(h, n, d);
    mpq_canonicalize(h);
    assert_int_equal(tt_instance_mix(&mixed, instance, h, &error), TT_OK);
    assert_int_equal(tt_instance_form(mixed), tt_instance_form(instance));
    assert_string_equal(tt_instance_name(mixed), tt_instance_name(instance));
    tt_instance_source(&p.from, instance);
    tt_instance_source(&p.mixed, mixed);
    assert_int_equal(p.mixed.vocab, p.from.vocab);
    assert_int_equal(p.mixed.horizon, p.from.horizon);
    assert_int_equal(p.mixed.prompts, p.from.prompts);
    for (size_t x = 0; x < p.from.prompts; x++) {
        assert_true(mpq_equal(p.from.prompt(p.from.self, x), p.mixed.prompt(p.mixed.self, x)));
        check_below(&p, p.from.root(p.from.self, x), p.mixed.root(p.mixed.self, x), 0);
    }
    if (n == d)
        same_tree(&p.from, &p.mixed);
    tt_instance_free(mixed);
    mpq_clear(h);
}

static void rows_are_mixed_at_every_context(void **state)
{
    uint64_t seed = test_seed(1), count = random_corners() * 2 * test_effort();
    size_t forms[2] = { 0, 0 };
    (void)state;
    printf("test_mix: seeds %" PRIu64 " to %" PRIu64 "\n", seed, seed + count - 1);
    for (uint64_t k = 0; k < count; k++) {
        random_shape shape;
        random_stream stream = { seed + k };
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape);
        unsigned long d = 2 + random_below(&stream, 1000);
        forms[shape.form]++;
        check_mix(instance, 0, 1);
        check_mix(instance, 1, 1);
        check_mix(instance, random_below(&stream, d), d);
        tt_instance_free(instance);
    }
    assert_true(forms[TT_FORM_TREE] > 0 && forms[TT_FORM_MACHINE] > 0);
}

static void set_row(mpq_t *row, unsigned long n, unsigned long d)
{
    mpq_set_ui(row[0], n, d);
    mpq_set_ui(row[1], d - n, d);
    mpq_canonicalize(row[0]);
    mpq_canonicalize(row[1]);
}

/* V = T = 2 and every way to say a row: a default of either policy or none, a context's own row of either or both. */
static tt_instance *instance_with(unsigned which)
{
    tt_instance *instance;
    tt_error error;
    mpq_t row[2], number;
    uint32_t token;
    mpq_inits(row[0], row[1], number, NULL);
    assert_int_equal(tt_instance_new(&instance, TT_FORM_TREE, 2, 2, &error), TT_OK);
    mpq_set_ui(number, 1, 1);
    assert_int_equal(tt_instance_add_prompt(instance, number, 0, &error), TT_OK);
    mpq_set_ui(number, 1, 3);
    assert_int_equal(tt_instance_set_reward_default(instance, number, &error), TT_OK);
    set_row(row, 1, 4);
    if (which & 1)
        assert_int_equal(tt_instance_set_default(instance, TT_ROLLOUT, row, &error), TT_OK);
    set_row(row, 2, 5);
    if (which & 2)
        assert_int_equal(tt_instance_set_default(instance, TT_TARGET, row, &error), TT_OK);
    /* without a default of rollout its rows are spelled out everywhere */
    for (size_t k = 0; k < 3; k++) {
        token = k == 2;
        set_row(row, k + 1, 7);
        if (!(which & 1) || (which & 4 && k == 1))
            assert_int_equal(tt_instance_set_context(instance, TT_ROLLOUT, 0, &token, k > 0, row, &error), TT_OK);
        set_row(row, k + 3, 8);
        if (which & (8u << k))
            assert_int_equal(tt_instance_set_context(instance, TT_TARGET, 0, &token, k > 0, row, &error), TT_OK);
    }
    assert_int_equal(tt_instance_finish(instance, &error), TT_OK);
    mpq_clears(row[0], row[1], number, NULL);
    return instance;
}

static void defaults_are_mixed_too(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 64; which++) {
        tt_instance *instance = instance_with(which);
        check_mix(instance, 0, 1);
        check_mix(instance, 2, 9);
        check_mix(instance, 1, 1);
        tt_instance_free(instance);
    }
}

static void h_outside_is_refused(void **state)
{
    tt_instance *instance = instance_with(1), *mixed = instance;
    tt_error error;
    mpq_t h;
    (void)state;
    mpq_init(h);
    mpq_set_si(h, -1, 1000);
    assert_int_equal(tt_instance_mix(&mixed, instance, h, &error), TT_BAD_INPUT);
    assert_null(mixed);
    mpq_set_ui(h, 1001, 1000);
    assert_int_equal(tt_instance_mix(&mixed, instance, h, &error), TT_BAD_INPUT);
    assert_string_equal(error.what, "h is not between 0 and 1");
    mpq_clear(h);
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_mixed_at_every_context),
        cmocka_unit_test(defaults_are_mixed_too),
        cmocka_unit_test(h_outside_is_refused),
    };
    return cmocka_run_group_tests_name("mix", tests, NULL, NULL);
}

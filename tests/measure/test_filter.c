/* The filter against the tree engine and against the definitions: every field contains theirs. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/measure/filter.h"
#include "../../lib/measure/tree.h"
#include "../../lib/world/recipe.h"
#include "../compare.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define RESPONSES 300

static tt_filter *new_filter(void)
{
    tt_filter *filter;
    assert_int_equal(tt_filter_new(&filter), TT_OK);
    return filter;
}

static void measure_exactly(tt_quantities *q, const tt_row_source *source)
{
    tt_measure_options options;
    tt_error error;
    tt_measure_options_init(&options);
    if (tt_tree_measure(q, source, &options, &error) != TT_OK)
        fail_msg("%s", error.what);
}

/* One workspace for instances of all shapes in turn. */
static void fields_contain_those_of_the_tree_engine(void **state)
{
    uint64_t first = test_seed(1), taken = 0, all = 460 * test_effort();
    tt_filter *filter = new_filter();
    (void)state;
    for (uint64_t seed = first; seed < first + all; seed++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed, RESPONSES, &shape);
        tt_row_source source;
        tt_quantities q, reference;
        tt_status status;
        tt_instance_source(&source, instance);
        tt_quantities_init(&q);
        tt_quantities_init(&reference);
        status = tt_filter_run(filter, &q, &source, TT_FILTER_ALL, NULL);
        assert_true(status == TT_OK || status == TT_LIMIT);
        if (status == TT_OK) {
            char label[80];
            taken++;
            measure_exactly(&reference, &source);
            snprintf(label, sizeof label, "seed %" PRIu64 " (%s)", seed, shape.corner);
            if (compare_engines(&q, &reference, COMPARE_PRUNED, label) != 0) {
                report_instance(instance, "filter", seed);
                fail();
            }
        }
        tt_quantities_clear(&q);
        tt_quantities_clear(&reference);
        tt_instance_free(instance);
    }
    assert_true(taken * 4 > all * 3);
    tt_filter_free(filter);
}

static void fields_contain_the_definitions(void **state)
{
    uint64_t first = test_seed(100000);
    tt_filter *filter = new_filter();
    (void)state;
    for (uint64_t seed = first; seed < first + 60 * test_effort(); seed++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed, 40, &shape);
        tt_row_source source;
        tt_quantities q, reference;
        tt_instance_source(&source, instance);
        tt_quantities_init(&q);
        tt_quantities_init(&reference);
        if (tt_filter_run(filter, &q, &source, TT_FILTER_ALL, NULL) == TT_OK) {
            naive_measure(&reference, &source);
            if (compare_engines(&q, &reference, COMPARE_PRUNED, shape.corner) != 0) {
                report_instance(instance, "filter", seed);
                fail();
            }
        }
        tt_quantities_clear(&q);
        tt_quantities_clear(&reference);
        tt_instance_free(instance);
    }
    tt_filter_free(filter);
}

static void open_recipe(tt_recipe *recipe, tt_row_source *source, const char *text)
{
    tt_error error;
    if (tt_recipe_init(recipe, text, &error) != TT_OK)
        fail_msg("%s", error.what);
    tt_recipe_source(source, recipe);
}

/* Nothing is absent, and what is enclosed is narrow, small differences of the policies included. */
static void generic_instances_are_sharp(void **state)
{
    static const char *const recipes[] = { "2,1,%d,generic", "2,2,%d,generic", "3,3,%d,generic", "2,6,%d,generic",
                                           "3,4,%d,generic,near", "4,3,%d,dyadic", "3,4,%d,dyadic,near" };
    tt_filter *filter = new_filter();
    (void)state;
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++)
        for (int seed = 1; seed <= 5; seed++) {
            char text[64];
            tt_recipe recipe;
            tt_row_source source;
            tt_quantities q, reference;
            snprintf(text, sizeof text, recipes[k], seed);
            open_recipe(&recipe, &source, text);
            tt_quantities_init(&q);
            tt_quantities_init(&reference);
            assert_int_equal(tt_filter_run(filter, &q, &source, TT_FILTER_ALL, NULL), TT_OK);
            measure_exactly(&reference, &source);
            free(q.tv_max_at);
            free(q.kl_max_at);
            q.tv_max_at = q.kl_max_at = NULL;
            assert_int_equal(compare_engines(&q, &reference, COMPARE_ENCLOSED, text), 0);
            assert_true(tt_real_width_log2(&q.worst_case_error) < -36);
            assert_true(tt_real_width_log2(&q.kl_seq) < -40);
            assert_true(tt_real_width_log2(&q.tilted_moment[3]) < -36);
            assert_true(tt_real_width_log2(&q.recursive_tv) < -40);
            assert_true(tt_real_width_log2(&q.reward_k3) < -40);
            assert_int_not_equal(q.k1_mean, TT_UNDECIDED);
            assert_int_not_equal(q.k3_mean, TT_UNDECIDED);
            tt_quantities_clear(&q);
            tt_quantities_clear(&reference);
            tt_recipe_clear(&recipe);
        }
    tt_filter_free(filter);
}

/* What is left out is absent, the rest is what it was, and a workspace remembers nothing. */
static void parts_can_be_left_out(void **state)
{
    tt_filter *filter = new_filter(), *other = new_filter();
    tt_recipe recipe, small;
    tt_row_source source, small_source;
    tt_quantities whole, q;
    (void)state;
    open_recipe(&recipe, &source, "3,4,5,generic");
    open_recipe(&small, &small_source, "2,3,6,generic");
    tt_quantities_init(&whole);
    tt_quantities_init(&q);
    assert_int_equal(tt_filter_run(filter, &whole, &source, TT_FILTER_ALL, NULL), TT_OK);
    assert_int_equal(tt_filter_run(other, &q, &source, TT_FILTER_ALL, NULL), TT_OK);
    assert_int_equal(tt_filter_run(other, &q, &small_source, TT_FILTER_ALL, NULL), TT_OK);
    assert_int_equal(tt_filter_run(other, &q, &source, 0, NULL), TT_OK);
    assert_true(tt_real_is_absent(&q.error_ratio));
    assert_true(tt_real_is_absent(&q.tilted_moment[2]));
    assert_true(tt_real_is_absent(&q.context_kl.items[3]));
    assert_true(tt_real_is_absent(&q.k3_max));
    assert_true(tt_real_is_absent(&q.future_tv.items[0]));
    assert_int_equal(q.martingale, TT_NOT_APPLICABLE);
    assert_true(memcmp(&q.worst_case_error.d, &whole.worst_case_error.d, sizeof(tt_interval)) == 0);
    assert_true(memcmp(&q.kl_seq.d, &whole.kl_seq.d, sizeof(tt_interval)) == 0);
    /* J, L and Error are enclosures then */
    assert_true(tt_real_is_exact(&whole.error) && tt_real_is_enclosed(&q.error));
    assert_int_equal(tt_real_cmp(&q.error, &whole.error), TT_UNKNOWN);
    assert_int_equal(tt_real_cmp(&q.j_target, &whole.j_target), TT_UNKNOWN);
    assert_int_equal(tt_real_cmp(&q.surrogate, &whole.surrogate), TT_UNKNOWN);
    tt_quantities_clear(&whole);
    tt_quantities_clear(&q);
    tt_recipe_clear(&recipe);
    tt_recipe_clear(&small);
    tt_filter_free(filter);
    tt_filter_free(other);
}

static void what_is_not_taken(void **state)
{
    static const char *const recipes[] = { "1,5,1,generic", "2,16,1,generic" };
    tt_filter *filter = new_filter();
    (void)state;
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++) {
        tt_recipe recipe;
        tt_row_source source;
        tt_quantities q;
        open_recipe(&recipe, &source, recipes[k]);
        tt_quantities_init(&q);
        assert_int_equal(tt_filter_run(filter, &q, &source, TT_FILTER_ALL, NULL), TT_LIMIT);
        tt_quantities_clear(&q);
        tt_recipe_clear(&recipe);
    }
    tt_filter_free(filter);
}

/* A source whose target rows do not sum to their totals. */
static void wrong_rows(const void *self, uint64_t node, size_t depth, tt_rows *out, tt_rows_buffer *buffer)
{
    (void)self;
    (void)node;
    (void)depth;
    for (size_t v = 0; v < 2; v++) {
        mpz_set_ui(&buffer->weights[v], 1 + v);
        mpz_set_ui(&buffer->weights[2 + v], 2);
    }
    mpz_set_ui(&buffer->weights[4], 3);
    *out = (tt_rows){ .n = 2, .rollout = buffer->weights, .target = buffer->weights + 2,
                      .total = buffer->weights + 4, .pair = TT_NO_PAIR };
}

static void rows_have_to_sum_to_their_total(void **state)
{
    tt_filter *filter = new_filter();
    tt_recipe recipe;
    tt_row_source source;
    tt_quantities q;
    (void)state;
    open_recipe(&recipe, &source, "2,3,1,generic");
    source.rows = wrong_rows;
    tt_quantities_init(&q);
    assert_int_equal(tt_filter_run(filter, &q, &source, TT_FILTER_ALL, NULL), TT_LIMIT);
    tt_quantities_clear(&q);
    tt_recipe_clear(&recipe);
    tt_filter_free(filter);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_contain_those_of_the_tree_engine),
        cmocka_unit_test(fields_contain_the_definitions),
        cmocka_unit_test(generic_instances_are_sharp),
        cmocka_unit_test(parts_can_be_left_out),
        cmocka_unit_test(what_is_not_taken),
        cmocka_unit_test(rows_have_to_sum_to_their_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

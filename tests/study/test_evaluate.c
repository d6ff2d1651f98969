/* The tiers of tt_judge: with the filter every verdict is the one of the engine alone. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/study/evaluate.h"
#include "../../lib/world/recipe.h"
#include "../random_instance.h"
#include "../settings.h"

typedef struct {
    tt_filter *memory;
    uint64_t tiers[TT_TIERS];
} counts;

static void judge(tt_judgement *out, const tt_subject *subject, tt_filter *memory, bool filter)
{
    tt_evaluate_options options;
    tt_error error;
    tt_evaluate_options_init(&options);
    options.engine = TT_ENGINE_TREE;
    options.filter = filter;
    options.memory = memory;
    options.verdicts_only = true;
    options.ladders = false;
    if (tt_judge(out, subject, &options, &error) != TT_OK)
        fail_msg("%s", error.what);
    tt_evaluate_options_clear(&options);
}

static size_t differ(const char *label, const char *id, const char *first, const char *second)
{
    fprintf(stderr, "%s: %s: %s with the filter, %s without\n", label, id, first, second);
    return 1;
}

static size_t compare_verdict(const char *label, const char *id, tt_verdict first, tt_verdict second)
{
    return first == second ? 0 : differ(label, id, tt_verdict_name(first), tt_verdict_name(second));
}

/* An answer that the filter leaves open is not a difference; every other one is. */
static size_t compare_answer(const char *label, const char *id, tt_answer first, tt_answer second)
{
    static const char *const text[] = { "no", "yes", "null" };
    return first == TT_NULL || first == second ? 0 : differ(label, id, text[first], text[second]);
}

static size_t compare(const char *label, const tt_evaluation *first, const tt_evaluation *second)
{
    size_t wrong = 0;
    for (size_t k = 0; k < tt_identity_count(); k++)
        wrong += compare_verdict(label, tt_identity_at(k)->id, first->identities[k], second->identities[k]);
    for (size_t k = 0; k < tt_inequality_count(); k++)
        wrong += compare_verdict(label, tt_inequality_at(k)->id, first->inequalities[k], second->inequalities[k]);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *x = &first->bounds[k], *y = &second->bounds[k];
        wrong += compare_verdict(label, x->bound->id, x->verdict, y->verdict);
        wrong += compare_answer(label, x->bound->id, x->can_fire, y->can_fire);
        wrong += compare_answer(label, x->bound->id, x->fires, y->fires);
        if (!tt_real_is_absent(&x->tightness) && !tt_real_is_absent(&y->tightness) &&
            (tt_real_cmp(&x->tightness, &y->tightness) == TT_LESS ||
             tt_real_cmp(&x->tightness, &y->tightness) == TT_GREATER))
            wrong += differ(label, x->bound->id, "one tightness", "another");
    }
    return wrong;
}

/* Both ways on one subject; returns the number of differences. */
static size_t both_ways(const tt_subject *subject, counts *c, const char *label)
{
    tt_judgement filtered, alone;
    size_t wrong;
    judge(&filtered, subject, c->memory, true);
    judge(&alone, subject, NULL, false);
    wrong = compare(label, &filtered.evaluation, &alone.evaluation);
    assert_int_not_equal(alone.tier, TT_TIER_DOUBLE);
    assert_true((filtered.tier == TT_TIER_DOUBLE) == (filtered.engine == &tt_filter_engine));
    assert_true((filtered.tier == TT_TIER_DOUBLE) == (filtered.precision == TT_PRECISION_DOUBLE));
    assert_true((filtered.tier == TT_TIER_REFINED) == (filtered.precision > TT_PRECISION_DEFAULT));
    assert_false(filtered.evaluation.verdict_undecided);
    c->tiers[filtered.tier]++;
    tt_judgement_clear(&filtered);
    tt_judgement_clear(&alone);
    return wrong;
}

static void corners_have_the_same_verdicts(void **state)
{
    uint64_t first = test_seed(1), all = 600 * test_effort();
    counts c = { 0 };
    (void)state;
    assert_int_equal(tt_filter_new(&c.memory), TT_OK);
    for (uint64_t seed = first; seed < first + all; seed++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed, 64, &shape);
        tt_row_source source;
        tt_subject subject;
        char label[80];
        tt_subject_of_instance(&subject, &source, instance);
        snprintf(label, sizeof label, "seed %" PRIu64 " (%s)", seed, shape.corner);
        if (both_ways(&subject, &c, label) != 0) {
            report_instance(instance, "evaluate", seed);
            fail();
        }
        tt_instance_free(instance);
    }
    print_message("double %" PRIu64 ", exact %" PRIu64 ", refined %" PRIu64 "\n", c.tiers[TT_TIER_DOUBLE],
                  c.tiers[TT_TIER_EXACT], c.tiers[TT_TIER_REFINED]);
    assert_true(c.tiers[TT_TIER_DOUBLE] * 3 > all);
    tt_filter_free(c.memory);
}

/* The filter decides these, all of them, and says the same. */
static void generic_instances_need_no_more_than_doubles(void **state)
{
    static const char *const recipes[] = { "2,1,%d,generic",      "2,2,%d,generic",        "3,2,%d,generic",
                                           "2,3,%d,generic",      "3,3,%d,generic",        "2,5,%d,generic",
                                           "3,4,%d,generic,near", "3,3,%d,generic,near",   "3,3,%d,dyadic" };
    counts c = { 0 };
    uint64_t all = 0;
    (void)state;
    assert_int_equal(tt_filter_new(&c.memory), TT_OK);
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++)
        for (int seed = 1; seed <= 20; seed++, all++) {
            char text[64];
            tt_recipe recipe;
            tt_row_source source;
            tt_subject subject = { &source, NULL };
            tt_error error;
            snprintf(text, sizeof text, recipes[k], seed);
            assert_int_equal(tt_recipe_init(&recipe, text, &error), TT_OK);
            tt_recipe_source(&source, &recipe);
            assert_int_equal(both_ways(&subject, &c, text), 0);
            tt_recipe_clear(&recipe);
        }
    print_message("double %" PRIu64 " of %" PRIu64 "\n", c.tiers[TT_TIER_DOUBLE], all);
    assert_true(c.tiers[TT_TIER_DOUBLE] * 100 >= all * 97);
    tt_filter_free(c.memory);
}

/* One token, and trees past the filter's own limit, go straight to the engine. */
static void what_the_filter_does_not_take_is_judged_all_the_same(void **state)
{
    static const char *const recipes[] = { "1,4,1,generic", "1,1,2,dyadic" };
    counts c = { 0 };
    (void)state;
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++) {
        tt_recipe recipe;
        tt_row_source source;
        tt_subject subject = { &source, NULL };
        tt_error error;
        assert_int_equal(tt_recipe_init(&recipe, recipes[k], &error), TT_OK);
        tt_recipe_source(&source, &recipe);
        assert_int_equal(both_ways(&subject, &c, recipes[k]), 0);
        tt_recipe_clear(&recipe);
    }
    assert_int_equal(c.tiers[TT_TIER_EXACT], 2);
}

/* Where everything counts, enclosures of doubles are too wide, and the engine has the last word. */
static void without_verdicts_only_the_engine_decides(void **state)
{
    tt_recipe recipe;
    tt_row_source source;
    tt_subject subject = { &source, NULL };
    tt_evaluate_options options;
    tt_judgement j;
    tt_error error;
    (void)state;
    assert_int_equal(tt_recipe_init(&recipe, "2,3,4,generic", &error), TT_OK);
    tt_recipe_source(&source, &recipe);
    tt_evaluate_options_init(&options);
    options.filter = true;
    assert_int_equal(tt_judge(&j, &subject, &options, &error), TT_OK);
    assert_int_equal(j.tier, TT_TIER_EXACT);
    assert_false(j.evaluation.wide);
    assert_true(j.evaluation.bounds[0].this_reward.n > 0);
    assert_non_null(j.quantities.tv_max_at);
    tt_judgement_clear(&j);
    options.verdicts_only = true;
    options.ladders = false;
    assert_int_equal(tt_judge(&j, &subject, &options, &error), TT_OK);
    assert_int_equal(j.tier, TT_TIER_DOUBLE);
    assert_int_equal(j.evaluation.bounds[0].this_reward.n, 0);
    assert_string_equal(tt_tier_name(j.tier), "double");
    tt_judgement_clear(&j);
    tt_evaluate_options_clear(&options);
    tt_recipe_clear(&recipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corners_have_the_same_verdicts),
        cmocka_unit_test(generic_instances_need_no_more_than_doubles),
        cmocka_unit_test(what_the_filter_does_not_take_is_judged_all_the_same),
        cmocka_unit_test(without_verdicts_only_the_engine_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

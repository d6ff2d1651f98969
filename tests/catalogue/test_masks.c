/* The tables of masks and presets: what SPEC.md names, and that every entry can be decided. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "../../lib/catalogue/masks.h"
#include "../../lib/number/exact.h"

static void test_spec_ids_in_order(void **state)
{
    static const char *const ids[] = { "max-kl", "avg-kl", "max-log-ratio", "max-k2", "max-k3", "avg-k3", "sum-k3",
                                       "combined", "ln-trm", "ser" };
    (void)state;
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
        assert_string_equal(tt_mask_at(k)->id, ids[k]);
        assert_int_equal(tt_mask_at(k)->level, TT_MASK_SEQUENCE);
        assert_true(tt_mask_has_distance(tt_mask_at(k)));
    }
    assert_true(tt_mask_is_on_kl(tt_mask_find("max-kl")));
    assert_true(tt_mask_is_on_kl(tt_mask_find("combined")));
    assert_false(tt_mask_is_on_kl(tt_mask_find("max-log-ratio")));
    assert_null(tt_mask_find("no-such-mask"));
}

static bool is_ratio(const tt_condition *c)
{
    return strcmp(c->statistic, "ratio") == 0 || strcmp(c->statistic, "inverse-ratio") == 0;
}

static void check_condition(const tt_mask *mask, const tt_condition *c)
{
    const tt_estimator *statistic = tt_estimator_find(c->statistic);
    size_t last = c->threshold + (c->window == TT_BETWEEN);
    if (!statistic || last >= mask->thresholds)
        fail_msg("%s: a statistic or a threshold that does not exist", mask->id);
    if (mask->level == TT_MASK_TOKEN && c->aggregate != TT_EVERY)
        fail_msg("%s: a token has no aggregate", mask->id);
    if ((c->aggregate == TT_PRODUCT || c->aggregate == TT_GEOMETRIC) && !is_ratio(c))
        fail_msg("%s: a product of what is no ratio", mask->id);
    if (c->aggregate == TT_WEIGHTED && strcmp(c->statistic, "deviation") != 0)
        fail_msg("%s: weights for what is no deviation", mask->id);
    if (c->when == TT_IF_DIVERGING && mask->level != TT_MASK_TOKEN)
        fail_msg("%s: a response has no one ratio", mask->id);
}

static void test_every_mask(void **state)
{
    (void)state;
    for (size_t k = 0; k < tt_mask_count(); k++) {
        const tt_mask *mask = tt_mask_at(k);
        size_t n = 0;
        assert_ptr_equal(tt_mask_find(mask->id), mask);
        assert_true(mask->thresholds >= 1 && mask->thresholds <= TT_MASK_THRESHOLDS);
        for (; n < TT_MASK_CONDITIONS && mask->conditions[n].statistic; n++)
            check_condition(mask, &mask->conditions[n]);
        assert_true(n >= 1);
        /* the levels of a sweep are in one order for all conditions */
        for (size_t c = 1; c < n; c++)
            assert_true(mask->conditions[c].window == mask->conditions[0].window || mask->conditions[c].threshold > 0);
    }
}

static void test_every_preset(void **state)
{
    (void)state;
    for (size_t k = 0; k < tt_mask_preset_count(); k++) {
        const tt_mask_preset *preset = tt_mask_preset_at(k);
        const tt_mask *mask = tt_mask_find(preset->mask);
        mpq_t d[TT_MASK_THRESHOLDS];
        size_t n = 0;
        assert_ptr_equal(tt_mask_preset_find(preset->id), preset);
        assert_non_null(mask);
        for (; n < TT_MASK_THRESHOLDS && preset->thresholds[n]; n++) {
            mpq_init(d[n]);
            assert_int_equal(tt_exact_parse(d[n], preset->thresholds[n], strlen(preset->thresholds[n]), NULL), TT_OK);
        }
        if (n != mask->thresholds)
            fail_msg("%s: %zu thresholds for %s", preset->id, n, mask->id);
        if (mask->conditions[0].window == TT_BETWEEN)
            assert_true(mpq_cmp(d[0], d[1]) < 0);
        while (n > 0)
            mpq_clear(d[--n]);
    }
    assert_null(tt_mask_preset_find("no-such-preset"));
}

static void test_directions(void **state)
{
    (void)state;
    assert_true(tt_mask_grows(tt_mask_find("ser")));
    assert_false(tt_mask_grows(tt_mask_find("veto")));
    assert_false(tt_mask_grows(tt_mask_find("geometric")));
    assert_false(tt_mask_has_distance(tt_mask_find("sequence-ratio-max")));
    assert_false(tt_mask_has_distance(tt_mask_find("mult-prob-error")));
    assert_false(tt_mask_has_distance(tt_mask_find("opsm")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spec_ids_in_order), cmocka_unit_test(test_every_mask),
        cmocka_unit_test(test_every_preset), cmocka_unit_test(test_directions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Instances by recipe: the check values that RECIPE publishes, and rows of every regime. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

#include "../../lib/measure/tree.h"
#include "../../lib/number/exact.h"
#include "../../lib/world/recipe.h"

static uint64_t residue(const tt_real *x, uint64_t p)
{
    mpz_t inverse, modulus;
    uint64_t r;
    assert_true(tt_real_is_exact(x));
    mpz_inits(inverse, modulus, NULL);
    tt_exact_set_u64(modulus, p);
    assert_true(mpz_invert(inverse, mpq_denref(x->q), modulus) != 0);
    mpz_mul(inverse, inverse, mpq_numref(x->q));
    mpz_mod(inverse, inverse, modulus);
    r = tt_exact_get_u64(inverse);
    mpz_clear(inverse);
    mpz_clear(modulus);
    return r;
}

/* V = 2, T = 5, seed 1, generic: J_roll modulo 2^61 - 1 and 2^64 - 59, Error and worst-case Error to 15 digits. */
static void published_check_values(void **state)
{
    tt_recipe recipe;
    tt_row_source source;
    tt_quantities q;
    tt_measure_options options;
    (void)state;
    assert_int_equal(tt_recipe_init(&recipe, "2,5,1,generic", NULL), TT_OK);
    tt_recipe_source(&source, &recipe);
    tt_quantities_init(&q);
    tt_measure_options_init(&options);
    assert_int_equal(tt_tree_measure(&q, &source, &options, NULL), TT_OK);
    assert_true(residue(&q.j_rollout, (UINT64_C(1) << 61) - 1) == UINT64_C(169976165292164666));
    assert_true(residue(&q.j_rollout, UINT64_C(18446744073709551557)) == UINT64_C(14185702442307930436));
    assert_true(tt_real_get_d(&q.error) > -0.0873075120691686 && tt_real_get_d(&q.error) < -0.0873075120691684);
    assert_true(tt_real_get_d(&q.worst_case_error) > 0.732779522107363 &&
                tt_real_get_d(&q.worst_case_error) < 0.732779522107365);
    tt_quantities_clear(&q);
    tt_recipe_clear(&recipe);
}

static void rows_sum_to_their_total(void **state)
{
    static const char *const recipes[] = { "1,3,0,dyadic", "2,6,18446744073709551615,dyadic", "16,2,3,dyadic,near",
                                           "3,4,4,generic", "5,3,5,generic,near", "4,4,6,generic,coarse" };
    (void)state;
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++) {
        tt_recipe recipe;
        tt_row_source source;
        tt_rows_buffer buffer;
        mpz_t a, b;
        mpq_t reward;
        assert_int_equal(tt_recipe_init(&recipe, recipes[k], NULL), TT_OK);
        tt_recipe_source(&source, &recipe);
        assert_int_equal(tt_rows_buffer_init(&buffer, source.vocab), TT_OK);
        mpz_inits(a, b, NULL);
        mpq_init(reward);
        for (uint64_t node = 0; node < 300; node++) {
            tt_rows rows;
            source.rows(source.self, node, 0, &rows, &buffer);
            bool equal = true;
            mpz_set_ui(a, 0);
            mpz_set_ui(b, 0);
            for (size_t v = 0; v < rows.n; v++) {
                assert_true(mpz_sgn(&rows.rollout[v]) >= 0 && mpz_sgn(&rows.target[v]) >= 0);
                mpz_add(a, a, &rows.rollout[v]);
                mpz_add(b, b, &rows.target[v]);
                equal = equal && mpz_cmp(&rows.rollout[v], &rows.target[v]) == 0;
            }
            assert_int_equal(rows.equal, equal);
            assert_int_equal(mpz_cmp(a, rows.total), 0);
            assert_int_equal(mpz_cmp(b, rows.total), 0);
            source.reward(source.self, node, reward);
            assert_true(mpq_sgn(reward) >= 0 && mpq_cmp_ui(reward, 1, 1) <= 0);
        }
        mpz_clears(a, b, NULL);
        mpq_clear(reward);
        tt_rows_buffer_clear(&buffer);
        tt_recipe_clear(&recipe);
    }
}

enum { VOCAB_MAX = 16, NODES = 37 };

typedef struct {
    tt_recipe recipe;
    tt_row_source source;
} given;

static void open_recipe(given *g, size_t vocab, const char *regime, const char *mode)
{
    char text[60];
    (void)snprintf(text, sizeof text, "%zu,9,%zu,%s,%s", vocab, 77 + vocab, regime, mode);
    assert_int_equal(tt_recipe_init(&g->recipe, text, NULL), TT_OK);
    tt_recipe_source(&g->source, &g->recipe);
}

/* k_j = 1 + floor(raw_j (65536 - V) / S), k_0 += 65536 - sum k; the generic regime has the raw weights. */
static void check_dyadic_row(const uint32_t *row, const uint32_t *raw, uint32_t raw_total, size_t vocab)
{
    uint64_t expected[VOCAB_MAX], sum = 0;
    for (size_t j = 0; j < vocab; j++)
        sum += expected[j] = 1 + (uint64_t)raw[j] * (65536 - vocab) / raw_total;
    expected[0] += 65536 - sum;
    for (size_t j = 0; j < vocab; j++)
        assert_int_equal(row[j], expected[j]);
}

static void dyadic_rows_are_rounded_raw_weights(void **state)
{
    static const char *const modes[] = { "indep", "near" };
    (void)state;
    for (size_t vocab = 1; vocab <= VOCAB_MAX; vocab++)
        for (size_t m = 0; m < 2; m++) {
            uint32_t weights[4][VOCAB_MAX];
            tt_small_rows dyadic = { weights[0], weights[1], 0, 0 }, generic = { weights[2], weights[3], 0, 0 };
            given d, g;
            open_recipe(&d, vocab, "dyadic", modes[m]);
            open_recipe(&g, vocab, "generic", modes[m]);
            /* with few tokens more often, so that some quotients are integers */
            for (uint64_t node = 0; node < (vocab <= 3 ? 50000 : 1000); node++) {
                d.source.small_rows(d.source.self, node, 0, &dyadic);
                g.source.small_rows(g.source.self, node, 0, &generic);
                check_dyadic_row(dyadic.rollout, generic.rollout, generic.rollout_total, vocab);
                check_dyadic_row(dyadic.target, generic.target, generic.target_total, vocab);
            }
            tt_recipe_clear(&d.recipe);
            tt_recipe_clear(&g.recipe);
        }
}

/* Any number of nodes at once, from any node on: also those that are left over after groups of a power of two. */
static void check_level(const tt_row_source *source, uint64_t first, size_t n)
{
    uint32_t rollout[NODES * VOCAB_MAX], target[NODES * VOCAB_MAX], rewards[NODES], weights[2][VOCAB_MAX];
    tt_small_rows one = { weights[0], weights[1], 0, 0 };
    size_t V = source->vocab;
    source->levels->rows(source->self, first, n, rollout, target);
    source->levels->rewards(source->self, first, n, rewards);
    for (size_t i = 0; i < n; i++) {
        source->small_rows(source->self, first + i, 3, &one);
        assert_int_equal(one.rollout_total, source->row_total);
        assert_int_equal(one.target_total, source->row_total);
        assert_memory_equal(rollout + i * V, one.rollout, V * sizeof *rollout);
        assert_memory_equal(target + i * V, one.target, V * sizeof *target);
        assert_int_equal(rewards[i], source->small_reward(source->self, first + i));
        for (size_t y = 0; y < V; y++)
            assert_true(source->child(source->self, first + i, 3, y) == source->child(source->self, first, 3, 0) + i * V + y);
    }
}

static void levels_are_their_nodes(void **state)
{
    static const char *const modes[] = { "indep", "near" };
    (void)state;
    for (size_t vocab = 1; vocab <= VOCAB_MAX; vocab++)
        for (size_t m = 0; m < 2; m++) {
            given g;
            open_recipe(&g, vocab, "dyadic", modes[m]);
            for (size_t n = 1; n <= NODES; n++)
                check_level(&g.source, n * n * UINT64_C(1000003), n);
            tt_recipe_clear(&g.recipe);
        }
}

static void what_is_not_a_recipe(void **state)
{
    static const char *const recipes[] = { "", "2", "2,5,1", "2,5,1,", "0,5,1,generic", "17,5,1,generic", "2,0,1,generic",
                                           "2,65,1,generic", "2,5,-1,generic", "2,5,18446744073709551616,generic",
                                           "2,5,1,Generic", "2,5,1,generic,", "2,5,1,generic,far", "2,5,1,dyadic,coarse",
                                           "2,5,1,generic,near,1", " 2,5,1,generic", "2,5,1 ,generic" };
    (void)state;
    for (size_t k = 0; k < sizeof recipes / sizeof *recipes; k++) {
        tt_recipe recipe;
        if (tt_recipe_init(&recipe, recipes[k], NULL) != TT_BAD_INPUT)
            fail_msg("taken for a recipe: %s", recipes[k]);
        tt_recipe_clear(&recipe);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_check_values),
        cmocka_unit_test(rows_sum_to_their_total),
        cmocka_unit_test(dyadic_rows_are_rounded_raw_weights),
        cmocka_unit_test(levels_are_their_nodes),
        cmocka_unit_test(what_is_not_a_recipe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

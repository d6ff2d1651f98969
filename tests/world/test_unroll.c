/* Unrolling: the tree form says at every context and response what the source says. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/world/unroll.h"
#include "../random_instance.h"
#include "../same_tree.h"
#include "../settings.h"

#define RESPONSES 3000
#define HORIZON_MOST 8

static tt_status count_contexts(void *context, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout,
                                size_t target, mpq_srcptr reward)
{
    (void)prompt, (void)tokens, (void)depth, (void)reward;
    *(size_t *)context += rollout != TT_NONE;
    assert_true(target != rollout || target == TT_NONE);
    return TT_OK;
}

static void every_form_unrolls_to_itself(void **state)
{
    uint64_t seed = test_seed(1), count = random_corners() * 4 * test_effort();
    (void)state;
    printf("test_unroll: seeds %" PRIu64 " to %" PRIu64 "\n", seed, seed + count - 1);
    for (uint64_t k = 0; k < count; k++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape), *tree = NULL;
        tt_row_source source, unrolled;
        uint64_t nodes;
        size_t contexts = 0;
        tt_error error;
        tt_instance_source(&source, instance);
        nodes = tt_row_source_nodes_ui(&source);
        assert_int_equal(tt_instance_unroll(&tree, instance, nodes - 1, NULL, NULL, &error), TT_LIMIT);
        assert_null(tree);
        assert_int_equal(tt_instance_unroll(&tree, instance, nodes, NULL, NULL, &error), TT_OK);
        assert_int_equal(tt_instance_form(tree), TT_FORM_TREE);
        assert_string_equal(tt_instance_name(tree), tt_instance_name(instance));
        tt_instance_source(&unrolled, tree);
        same_tree(&source, &unrolled);
        assert_int_equal(tt_instance_each_context(tree, count_contexts, &contexts), TT_OK);
        assert_int_equal(contexts, nodes - shape.responses);
        tt_instance_free(tree);
        tt_instance_free(instance);
    }
}

/* Pays 1/(prompt + 2) where the tokens sum to an even number. */
static tt_status pay_even(void *context, size_t prompt, const uint32_t *tokens, size_t depth, mpq_ptr out,
                          tt_error *error)
{
    size_t sum = 0;
    (void)error;
    for (size_t k = 0; k < depth; k++)
        sum += tokens[k];
    ++*(size_t *)context;
    mpq_set_ui(out, sum % 2 == 0, sum % 2 == 0 ? prompt + 2 : 1);
    return TT_OK;
}

static tt_status give_up(void *context, size_t prompt, const uint32_t *tokens, size_t depth, mpq_ptr out,
                         tt_error *error)
{
    (void)prompt, (void)tokens, (void)depth, (void)out;
    return ++*(size_t *)context == 3 ? tt_fail(error, TT_INTERRUPTED, NULL, "enough") : TT_OK;
}

static void is_even_below(const tt_row_source *source, uint64_t node, size_t depth, size_t prompt, size_t sum)
{
    if (depth == source->horizon) {
        mpq_t reward;
        mpq_init(reward);
        source->reward(source->self, node, reward);
        if (sum % 2 == 0)
            assert_int_equal(mpq_cmp_ui(reward, 1, prompt + 2), 0);
        else
            assert_int_equal(mpq_sgn(reward), 0);
        mpq_clear(reward);
        return;
    }
    for (size_t v = 0; v < source->vocab; v++)
        is_even_below(source, source->child(source->self, node, depth, v), depth + 1, prompt, sum + v);
}

static void rewards_may_come_from_a_callback(void **state)
{
    uint64_t seed = test_seed(100);
    (void)state;
    for (uint64_t k = 0; k < random_corners(); k++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape), *tree;
        tt_row_source source;
        size_t calls = 0;
        tt_error error;
        assert_int_equal(tt_instance_unroll(&tree, instance, 2 * RESPONSES * HORIZON_MOST, pay_even, &calls, &error),
                         TT_OK);
        assert_int_equal(calls, shape.responses);
        tt_instance_source(&source, tree);
        for (size_t x = 0; x < source.prompts; x++)
            is_even_below(&source, source.root(source.self, x), 0, x, 0);
        tt_instance_free(tree);
        calls = 0;
        if (shape.responses >= 3) {
            assert_int_equal(tt_instance_unroll(&tree, instance, UINT64_MAX, give_up, &calls, &error), TT_INTERRUPTED);
            assert_string_equal(error.what, "enough");
            assert_null(tree);
        }
        tt_instance_free(instance);
    }
}

/* A source whose rows are computed: pairs without numbers, weights over a denominator that is not least. */
static mpq_srcptr computed_prompt(const void *self, size_t x)
{
    (void)x;
    return self;
}

static uint64_t computed_root(const void *self, size_t x)
{
    (void)self;
    return x + 1;
}

static uint64_t computed_child(const void *self, uint64_t node, size_t depth, size_t token)
{
    (void)self, (void)depth;
    return 3 * node + token;
}

static void computed_rows(const void *self, uint64_t node, size_t depth, tt_rows *out, tt_rows_buffer *buffer)
{
    unsigned long total = 12;
    (void)self, (void)depth;
    mpz_set_ui(&buffer->weights[0], node % 5);
    mpz_set_ui(&buffer->weights[1], 4);
    mpz_set_ui(&buffer->weights[2], total - 4 - node % 5);
    mpz_set_ui(&buffer->weights[3], node % 3 * 4);
    mpz_set_ui(&buffer->weights[4], total - node % 3 * 4);
    mpz_set_ui(&buffer->weights[5], 0);
    mpz_set_ui(&buffer->weights[6], total);
    *out = (tt_rows){3, buffer->weights, buffer->weights + 3, buffer->weights + 6, false, TT_NO_PAIR};
}

static void computed_reward(const void *self, uint64_t leaf, mpq_ptr out)
{
    (void)self;
    mpq_set_ui(out, leaf % 4, 3);
    mpq_canonicalize(out);
    if (leaf % 4 == 3)
        mpq_set_ui(out, 1, 1);
}

static void computed_rows_unroll_as_well(void **state)
{
    mpq_t one;
    tt_row_source source = {.self = one, .vocab = 3, .horizon = 4, .prompts = 1, .pairs = 0, .prompt = computed_prompt,
                            .root = computed_root, .child = computed_child, .rows = computed_rows,
                            .reward = computed_reward};
    tt_row_source unrolled;
    tt_instance *tree;
    tt_rows_buffer buffer;
    tt_error error;
    (void)state;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    assert_int_equal(tt_rows_buffer_init(&buffer, 3), TT_OK);
    assert_int_equal(tt_unroll(&tree, &source, NULL, 121, NULL, NULL, &error), TT_OK);
    tt_instance_source(&unrolled, tree);
    for (uint32_t a = 0; a < 3; a++)
        for (uint32_t b = 0; b < 3; b++) {
            uint64_t x = computed_child(NULL, computed_child(NULL, 1, 0, a), 1, b);
            uint64_t y = unrolled.child(unrolled.self, unrolled.child(unrolled.self, unrolled.root(unrolled.self, 0), 0, a),
                                        1, b);
            tt_rows p, q;
            source.rows(source.self, x, 2, &p, &buffer);
            unrolled.rows(unrolled.self, y, 2, &q, NULL);
            for (size_t v = 0; v < 3; v++) {
                same_fraction(&p.rollout[v], p.total, &q.rollout[v], q.total);
                same_fraction(&p.target[v], p.total, &q.target[v], q.total);
            }
        }
    tt_instance_free(tree);
    tt_rows_buffer_clear(&buffer);
    mpq_clear(one);
}

static void limits_say_what_is_needed(void **state)
{
    tt_row_source source = {.vocab = 2, .horizon = TT_SIZE_MAX, .prompts = 1};
    tt_instance *tree;
    tt_error error;
    (void)state;
    assert_int_equal(tt_unroll(&tree, &source, NULL, UINT64_MAX, NULL, NULL, &error), TT_LIMIT);
    assert_int_equal(tt_unroll(&tree, &source, NULL, 1000, NULL, NULL, &error), TT_LIMIT);
    assert_string_equal(error.what, "the tree has about 10^646456993 contexts and responses, more than the limit of "
                                    "1000");
    source.horizon = 10;
    assert_int_equal(tt_unroll(&tree, &source, NULL, 2046, NULL, NULL, &error), TT_LIMIT);
    assert_string_equal(error.what, "the tree has 2047 contexts and responses, more than the limit of 2046");
    assert_null(tree);
}

/* Without rewards the instance is the caller's to finish. */
static void contexts_alone_are_unfinished(void **state)
{
    random_shape shape;
    tt_instance *instance = random_instance(test_seed(7), 100, &shape), *tree;
    tt_row_source source;
    mpq_t half;
    tt_error error;
    (void)state;
    mpq_init(half);
    mpq_set_ui(half, 1, 2);
    tt_instance_source(&source, instance);
    assert_int_equal(tt_unroll_contexts(&tree, &source, "contexts", UINT64_MAX, &error), TT_OK);
    assert_int_equal(tt_instance_set_reward_default(tree, half, &error), TT_OK);
    assert_int_equal(tt_instance_finish(tree, &error), TT_OK);
    assert_string_equal(tt_instance_name(tree), "contexts");
    tt_instance_free(tree);
    tt_instance_free(instance);
    mpq_clear(half);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_unrolls_to_itself), cmocka_unit_test(rewards_may_come_from_a_callback),
        cmocka_unit_test(computed_rows_unroll_as_well), cmocka_unit_test(limits_say_what_is_needed),
        cmocka_unit_test(contexts_alone_are_unfinished),
    };
    return cmocka_run_group_tests_name("unroll", tests, NULL, NULL);
}

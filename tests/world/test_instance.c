/* Instances as they are built: both forms as trees of contexts, and what _finish refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/number/exact.h"
#include "../../lib/world/instance.h"
#include "../random_instance.h"
#include "../same_tree.h"
#include "../settings.h"

/* ---- small helpers -------------------------------------------------------------- */

/* A two-token row, p and 1 - p. */
typedef struct {
    mpq_t entries[2];
} coin;

static void coin_init(coin *c, unsigned long p, unsigned long of)
{
    mpq_inits(c->entries[0], c->entries[1], NULL);
    mpq_set_ui(c->entries[0], p, of);
    mpq_set_ui(c->entries[1], of - p, of);
    mpq_canonicalize(c->entries[0]);
    mpq_canonicalize(c->entries[1]);
}

static void coin_clear(coin *c)
{
    mpq_clears(c->entries[0], c->entries[1], NULL);
}

static tt_instance *new_instance(tt_form form, size_t vocab, size_t horizon)
{
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_instance_new(&instance, form, vocab, horizon, &error), TT_OK);
    return instance;
}

static tt_status add_prompt(tt_instance *instance, unsigned long p, unsigned long of, size_t state, tt_error *error)
{
    mpq_t q;
    tt_status status;
    mpq_init(q);
    mpq_set_ui(q, p, of);
    mpq_canonicalize(q);
    status = tt_instance_add_prompt(instance, q, state, error);
    mpq_clear(q);
    return status;
}

static tt_status set_coin(tt_instance *instance, tt_policy policy, size_t prompt, const uint32_t *tokens, size_t depth,
                          unsigned long p, unsigned long of, tt_error *error)
{
    coin c;
    tt_status status;
    coin_init(&c, p, of);
    status = tt_instance_set_context(instance, policy, prompt, tokens, depth, c.entries, error);
    coin_clear(&c);
    return status;
}

static tt_status set_default_coin(tt_instance *instance, tt_policy policy, unsigned long p, unsigned long of)
{
    coin c;
    tt_error error;
    tt_status status;
    coin_init(&c, p, of);
    status = tt_instance_set_default(instance, policy, c.entries, &error);
    coin_clear(&c);
    return status;
}

static tt_status set_reward(tt_instance *instance, size_t prompt, const uint32_t *tokens, size_t depth, unsigned long p,
                            unsigned long of, tt_error *error)
{
    mpq_t q;
    tt_status status;
    mpq_init(q);
    mpq_set_ui(q, p, of);
    mpq_canonicalize(q);
    status = tt_instance_set_reward(instance, prompt, tokens, depth, q, error);
    mpq_clear(q);
    return status;
}

static tt_status set_reward_default(tt_instance *instance, unsigned long p, unsigned long of)
{
    mpq_t q;
    tt_error error;
    tt_status status;
    mpq_init(q);
    mpq_set_ui(q, p, of);
    mpq_canonicalize(q);
    status = tt_instance_set_reward_default(instance, q, &error);
    mpq_clear(q);
    return status;
}

static uint64_t find(const tt_row_source *source, size_t prompt, const uint32_t *tokens, size_t depth)
{
    uint64_t node = source->root(source->self, prompt);
    for (size_t k = 0; k < depth; k++)
        node = source->child(source->self, node, k, tokens[k]);
    return node;
}

/* The first entries of both rows at a context are the given fractions. */
static void sees(const tt_row_source *source, size_t prompt, const uint32_t *tokens, size_t depth,
                 const char *rollout, const char *target)
{
    tt_rows rows;
    mpq_t got, expected;
    mpq_inits(got, expected, NULL);
    source->rows(source->self, find(source, prompt, tokens, depth), depth, &rows, NULL);
    for (int which = 0; which < 2; which++) {
        mpz_set(mpq_numref(got), which ? &rows.target[0] : &rows.rollout[0]);
        mpz_set(mpq_denref(got), rows.total);
        mpq_canonicalize(got);
        mpq_set_str(expected, which ? target : rollout, 10);
        assert_true(mpq_equal(got, expected));
    }
    assert_int_equal(rows.equal, strcmp(rollout, target) == 0);
    assert_true(rows.pair < source->pairs);
    mpq_clears(got, expected, NULL);
}

static void pays(const tt_row_source *source, size_t prompt, const uint32_t *tokens, const char *reward)
{
    mpq_t got, expected;
    mpq_inits(got, expected, NULL);
    source->reward(source->self, find(source, prompt, tokens, source->horizon), got);
    mpq_set_str(expected, reward, 10);
    assert_true(mpq_equal(got, expected));
    mpq_clears(got, expected, NULL);
}

static void finishes(tt_instance *instance)
{
    tt_error error = {0};
    if (tt_instance_finish(instance, &error) != TT_OK)
        fail_msg("%s: %s", error.where, error.what);
}

static void is_refused(tt_instance *instance, const char *where, const char *what)
{
    tt_error error;
    assert_int_equal(tt_instance_finish(instance, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, where);
    assert_string_equal(error.what, what);
}

#define T(...) ((const uint32_t[]){__VA_ARGS__}), sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)
#define EMPTY NULL, 0

static const char no_row[] = "the context has no row and there is no default";
static const char no_reward[] = "the response has no reward and there is no default";

/* ---- tree form -------------------------------------------------------------------- */

/* INSTANCE.md: a context with neither row takes the defaults; where target says nothing it equals rollout. */
static void defaults_cover_what_is_not_listed(void **state)
{
    tt_instance *instance = new_instance(TT_FORM_TREE, 2, 3);
    tt_row_source source;
    tt_error error;
    (void)state;
    assert_int_equal(add_prompt(instance, 1, 2, 0, &error), TT_OK);
    assert_int_equal(add_prompt(instance, 1, 2, 0, &error), TT_OK);
    assert_int_equal(set_default_coin(instance, TT_ROLLOUT, 1, 2), TT_OK);
    assert_int_equal(set_coin(instance, TT_TARGET, 1, T(1, 0), 1, 4, &error), TT_OK);
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 1, T(1, 1), 1, 5, &error), TT_OK);
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 0, EMPTY, 2, 3, &error), TT_OK);
    assert_int_equal(set_reward_default(instance, 1, 7), TT_OK);
    assert_int_equal(set_reward(instance, 0, T(0, 0, 1), 1, 1, &error), TT_OK);
    finishes(instance);
    tt_instance_source(&source, instance);
    assert_int_equal(source.vocab, 2);
    assert_int_equal(source.horizon, 3);
    assert_int_equal(source.prompts, 2);
    assert_int_equal(mpq_cmp_ui(source.prompt(source.self, 1), 1, 2), 0);
    sees(&source, 0, EMPTY, "2/3", "2/3");
    sees(&source, 1, EMPTY, "1/2", "1/2");
    sees(&source, 1, T(1), "1/2", "1/2");
    sees(&source, 1, T(1, 0), "1/2", "1/4");
    sees(&source, 1, T(1, 1), "1/5", "1/5");
    sees(&source, 0, T(1, 0), "1/2", "1/2");
    pays(&source, 0, (const uint32_t[]){0, 0, 1}, "1");
    pays(&source, 0, (const uint32_t[]){0, 0, 0}, "1/7");
    pays(&source, 1, (const uint32_t[]){1, 1, 1}, "1/7");
    tt_instance_free(instance);
}

static void a_target_default_covers_target(void **state)
{
    tt_instance *instance = new_instance(TT_FORM_TREE, 2, 2);
    tt_row_source source;
    tt_error error;
    (void)state;
    assert_int_equal(add_prompt(instance, 1, 1, 0, &error), TT_OK);
    assert_int_equal(set_default_coin(instance, TT_ROLLOUT, 1, 2), TT_OK);
    assert_int_equal(set_default_coin(instance, TT_TARGET, 1, 3), TT_OK);
    assert_int_equal(set_default_coin(instance, TT_TARGET, 1, 3), TT_BAD_INPUT);
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 0, T(0), 1, 4, &error), TT_OK);
    assert_int_equal(set_coin(instance, TT_TARGET, 0, EMPTY, 1, 5, &error), TT_OK);
    assert_int_equal(set_reward_default(instance, 0, 1), TT_OK);
    assert_int_equal(set_reward_default(instance, 0, 1), TT_BAD_INPUT);
    finishes(instance);
    tt_instance_source(&source, instance);
    sees(&source, 0, EMPTY, "1/2", "1/5");
    sees(&source, 0, T(0), "1/4", "1/3");
    sees(&source, 0, T(1), "1/2", "1/3");
    tt_instance_free(instance);
}

static void setters_refuse(void **state)
{
    tt_instance *instance = NULL;
    tt_error error;
    (void)state;
    assert_int_equal(tt_instance_new(&instance, TT_FORM_TREE, 0, 1, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, "vocab");
    assert_int_equal(tt_instance_new(&instance, TT_FORM_TREE, 1, TT_SIZE_MAX + 1, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, "horizon");
    assert_null(instance);
    instance = new_instance(TT_FORM_TREE, 2, 2);
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 0, EMPTY, 1, 2, &error), TT_BAD_INPUT); /* no prompt yet */
    assert_int_equal(add_prompt(instance, 3, 2, 0, &error), TT_BAD_INPUT);
    assert_int_equal(add_prompt(instance, 1, 1, 0, &error), TT_OK);
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 1, EMPTY, 1, 2, &error), TT_BAD_INPUT);
    assert_string_equal(error.what, "there is no prompt 1; there are 1, counted from 0");
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 0, T(2), 1, 2, &error), TT_BAD_INPUT);
    assert_string_equal(error.what, "token 2 is not below vocab 2");
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 0, T(0, 0), 1, 2, &error), TT_BAD_INPUT);
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 0, T(0), 1, 2, &error), TT_OK);
    assert_int_equal(set_coin(instance, TT_ROLLOUT, 0, T(0), 1, 2, &error), TT_BAD_INPUT);
    assert_string_equal(error.what, "the context is given twice");
    assert_int_equal(set_coin(instance, TT_TARGET, 0, T(0), 1, 2, &error), TT_OK);
    assert_int_equal(set_coin(instance, TT_TARGET, 0, T(0), 1, 2, &error), TT_BAD_INPUT);
    assert_int_equal(set_reward(instance, 0, T(0), 1, 2, &error), TT_BAD_INPUT);
    assert_int_equal(set_reward(instance, 0, T(0, 0, 0), 1, 2, &error), TT_BAD_INPUT);
    assert_int_equal(set_reward(instance, 0, T(0, 1), 3, 2, &error), TT_BAD_INPUT);
    assert_string_equal(error.what, "the reward is larger than 1");
    assert_int_equal(set_reward(instance, 0, T(0, 1), 1, 2, &error), TT_OK);
    assert_int_equal(set_reward(instance, 0, T(0, 1), 1, 2, &error), TT_BAD_INPUT);
    tt_instance_free(instance);
    tt_instance_free(NULL);
}

/* Sizes of 2^31 - 1 cost nothing where defaults cover the tree. */
static void sizes_may_be_as_large_as_allowed(void **state)
{
    tt_instance *instance = new_instance(TT_FORM_TREE, 2, TT_SIZE_MAX);
    tt_row_source source;
    tt_error error;
    uint64_t node;
    (void)state;
    assert_int_equal(add_prompt(instance, 1, 1, 0, &error), TT_OK);
    assert_int_equal(set_default_coin(instance, TT_ROLLOUT, 1, 2), TT_OK);
    assert_int_equal(set_coin(instance, TT_TARGET, 0, T(1, 0, 1), 1, 3, &error), TT_OK);
    assert_int_equal(set_reward_default(instance, 1, 2), TT_OK);
    finishes(instance);
    tt_instance_source(&source, instance);
    sees(&source, 0, T(1, 0, 1), "1/2", "1/3");
    node = find(&source, 0, T(1, 0, 1, 1, 0));
    assert_int_equal(node, source.child(source.self, node, 5, 1)); /* off the listed keys all contexts are one */
    tt_instance_free(instance);
    instance = new_instance(TT_FORM_TREE, TT_SIZE_MAX, 1);
    assert_int_equal(add_prompt(instance, 1, 1, 0, &error), TT_OK);
    assert_int_equal(set_reward_default(instance, 1, 2), TT_OK);
    is_refused(instance, "rollout.contexts[\"0:\"]", no_row);
    tt_instance_free(instance);
}

static void prompts_sum_to_one(void **state)
{
    tt_instance *instance = new_instance(TT_FORM_TREE, 2, 1);
    tt_error error;
    (void)state;
    is_refused(instance, "prompts", "at least one prompt is needed");
    assert_int_equal(set_default_coin(instance, TT_ROLLOUT, 1, 2), TT_OK);
    assert_int_equal(set_reward_default(instance, 1, 2), TT_OK);
    assert_int_equal(add_prompt(instance, 1, 3, 0, &error), TT_OK);
    is_refused(instance, "prompts", "the probabilities sum to 1/3, not to 1");
    assert_int_equal(add_prompt(instance, 0, 1, 0, &error), TT_OK);
    assert_int_equal(add_prompt(instance, 2, 3, 0, &error), TT_OK);
    finishes(instance);
    tt_instance_free(instance);
}

/* ---- listing and completeness ------------------------------------------------------- */

enum { VOCAB = 3, HORIZON = 3, PROMPTS = 2, CONTEXTS = PROMPTS * (1 + 3 + 9), RESPONSES = PROMPTS * 27 };

typedef struct {
    size_t prompt, depth;
    uint32_t tokens[HORIZON];
} key;

/* All keys of `low`..`high` tokens, shortest first, then by prompt and tokens. */
static size_t list_keys(key *out, size_t low, size_t high)
{
    size_t count = 0;
    for (size_t depth = low; depth <= high; depth++) {
        size_t width = 1;
        for (size_t k = 0; k < depth; k++)
            width *= VOCAB;
        for (size_t prompt = 0; prompt < PROMPTS; prompt++)
            for (size_t number = 0; number < width; number++, count++) {
                size_t rest = number;
                out[count].prompt = prompt;
                out[count].depth = depth;
                for (size_t k = depth; k > 0; k--, rest /= VOCAB)
                    out[count].tokens[k - 1] = (uint32_t)(rest % VOCAB);
            }
    }
    return count;
}

static void key_text(char *out, size_t size, const char *object, const key *k)
{
    char *text = tt_context_key(k->prompt, k->tokens, k->depth);
    assert_non_null(text);
    snprintf(out, size, "%s[\"%s\"]", object, text);
    free(text);
}

static void shuffle(size_t *order, size_t n, random_stream *stream)
{
    for (size_t k = 0; k < n; k++)
        order[k] = k;
    for (size_t k = n; k > 1; k--) {
        size_t other = random_below(stream, k), held = order[k - 1];
        order[k - 1] = order[other];
        order[other] = held;
    }
}

/* Row 0 of the store is default-like; rows differ by context so that a mix-up shows. */
static void coin_row(mpq_t *row, size_t k)
{
    mpq_set_ui(row[0], 1, k + 2);
    mpq_set_ui(row[1], k + 1, k + 2);
    mpq_set_ui(row[2], 0, 1);
    mpq_canonicalize(row[1]);
}

/* Builds the instance with all keys but those two (SIZE_MAX for none), in a random order. */
static tt_instance *build_listed(random_stream *stream, size_t no_context, size_t no_response)
{
    key contexts[CONTEXTS], responses[RESPONSES];
    size_t order[RESPONSES], n = list_keys(contexts, 0, HORIZON - 1), m = list_keys(responses, HORIZON, HORIZON);
    tt_instance *instance = new_instance(TT_FORM_TREE, VOCAB, HORIZON);
    mpq_t row[VOCAB];
    tt_error error;
    mpq_inits(row[0], row[1], row[2], NULL);
    assert_int_equal(n, CONTEXTS);
    assert_int_equal(m, RESPONSES);
    for (size_t x = 0; x < PROMPTS; x++)
        assert_int_equal(add_prompt(instance, 1, PROMPTS, 0, &error), TT_OK);
    shuffle(order, n, stream);
    for (size_t k = 0; k < n; k++) {
        const key *at = &contexts[order[k]];
        coin_row(row, order[k]);
        if (order[k] != no_context)
            assert_int_equal(tt_instance_set_context(instance, TT_ROLLOUT, at->prompt, at->tokens, at->depth, row,
                                                     &error), TT_OK);
        coin_row(row, order[k] + 1000);
        if (random_below(stream, 2)) /* says nothing about completeness */
            assert_int_equal(tt_instance_set_context(instance, TT_TARGET, at->prompt, at->tokens, at->depth, row,
                                                     &error), TT_OK);
    }
    shuffle(order, m, stream);
    for (size_t k = 0; k < m; k++) {
        const key *at = &responses[order[k]];
        if (order[k] != no_response)
            assert_int_equal(set_reward(instance, at->prompt, at->tokens, at->depth, 1, order[k] + 1, &error), TT_OK);
    }
    mpq_clears(row[0], row[1], row[2], NULL);
    return instance;
}

typedef struct {
    const tt_instance *instance;
    const key *contexts, *responses;
    size_t seen;
} listing;

static tt_status in_order(void *context, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout,
                          size_t target, mpq_srcptr reward)
{
    listing *l = context;
    const key *expected = l->seen < CONTEXTS ? &l->contexts[l->seen] : &l->responses[l->seen - CONTEXTS];
    mpq_t entry;
    mpq_init(entry);
    assert_int_equal(prompt, expected->prompt);
    assert_int_equal(depth, expected->depth);
    assert_memory_equal(tokens, expected->tokens, depth * sizeof *tokens);
    if (depth < HORIZON) {
        tt_row_store_get(entry, tt_instance_rows(l->instance), rollout, 0);
        assert_int_equal(mpq_cmp_ui(entry, 1, l->seen + 2), 0);
        assert_null(reward);
        if (target != TT_NONE) {
            tt_row_store_get(entry, tt_instance_rows(l->instance), target, 0);
            assert_int_equal(mpq_cmp_ui(entry, 1, l->seen + 1002), 0);
        }
    } else {
        assert_int_equal(rollout, TT_NONE);
        assert_int_equal(target, TT_NONE);
        assert_int_equal(mpq_cmp_ui(reward, 1, l->seen - CONTEXTS + 1), 0);
    }
    l->seen++;
    mpq_clear(entry);
    return TT_OK;
}

static tt_status stops(void *context, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout,
                       size_t target, mpq_srcptr reward)
{
    (void)prompt, (void)tokens, (void)depth, (void)rollout, (void)target, (void)reward;
    return ++*(size_t *)context == 5 ? TT_IO : TT_OK;
}

static void keys_are_listed_in_order(void **state)
{
    random_stream stream = {test_seed(1)};
    key contexts[CONTEXTS], responses[RESPONSES];
    listing l = {NULL, contexts, responses, 0};
    size_t calls = 0;
    tt_instance *instance = build_listed(&stream, SIZE_MAX, SIZE_MAX);
    (void)state;
    list_keys(contexts, 0, HORIZON - 1);
    list_keys(responses, HORIZON, HORIZON);
    finishes(instance);
    l.instance = instance;
    assert_int_equal(tt_instance_each_context(instance, in_order, &l), TT_OK);
    assert_int_equal(l.seen, CONTEXTS + RESPONSES);
    assert_int_equal(tt_instance_each_context(instance, stops, &calls), TT_IO);
    assert_int_equal(calls, 5);
    assert_int_equal(tt_instance_default_row(instance, TT_ROLLOUT), TT_NONE);
    assert_null(tt_instance_reward_default(instance));
    tt_instance_free(instance);
}

static void every_missing_key_is_found(void **state)
{
    random_stream stream = {test_seed(2)};
    key contexts[CONTEXTS], responses[RESPONSES];
    char where[100];
    (void)state;
    list_keys(contexts, 0, HORIZON - 1);
    list_keys(responses, HORIZON, HORIZON);
    for (size_t k = 0; k < CONTEXTS; k++) {
        tt_instance *instance = build_listed(&stream, k, SIZE_MAX);
        key_text(where, sizeof where, "rollout.contexts", &contexts[k]);
        is_refused(instance, where, no_row);
        tt_instance_free(instance);
    }
    for (size_t k = 0; k < RESPONSES; k++) {
        tt_instance *instance = build_listed(&stream, SIZE_MAX, k);
        key_text(where, sizeof where, "reward.trajectories", &responses[k]);
        is_refused(instance, where, no_reward);
        tt_instance_free(instance);
    }
}

/* ---- machine form --------------------------------------------------------------------- */

/* A machine of n states, all rows fair coins, next[2 s + v]; state s has a reward where bit s of rewarded is set. */
static tt_instance *build_machine(size_t horizon, size_t n, const size_t *next, uint32_t rewarded, uint32_t roots)
{
    tt_instance *instance = new_instance(TT_FORM_MACHINE, 2, horizon);
    size_t prompts = (size_t)__builtin_popcount(roots);
    coin half;
    mpq_t one;
    tt_error error;
    coin_init(&half, 1, 2);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    for (size_t s = 0; s < n; s++) {
        char name[24];
        snprintf(name, sizeof name, "s%zu", s);
        assert_int_equal(tt_instance_add_state(instance, name, half.entries, NULL, next + 2 * s, &error), TT_OK);
        if (rewarded >> s & 1)
            assert_int_equal(tt_instance_set_state_reward(instance, s, one, &error), TT_OK);
        if (roots >> s & 1)
            assert_int_equal(add_prompt(instance, 1, prompts, s, &error), TT_OK);
    }
    coin_clear(&half);
    mpq_clear(one);
    return instance;
}

/* The states that exactly `steps` tokens lead to, by doubling of the relation: no simulation. */
static uint32_t reached(size_t n, const size_t *next, uint32_t roots, uint64_t steps)
{
    uint32_t power[16];
    for (size_t s = 0; s < n; s++)
        power[s] = UINT32_C(1) << next[2 * s] | UINT32_C(1) << next[2 * s + 1];
    for (; steps; steps >>= 1) {
        uint32_t twice[16] = {0}, moved = 0;
        if (steps & 1) {
            for (size_t s = 0; s < n; s++)
                moved |= roots >> s & 1 ? power[s] : 0;
            roots = moved;
        }
        for (size_t s = 0; s < n; s++)
            for (size_t middle = 0; middle < n; middle++)
                twice[s] |= power[s] >> middle & 1 ? power[middle] : 0;
        memcpy(power, twice, sizeof power);
    }
    return roots;
}

static void rewards_are_asked_for_where_the_last_token_leads(void **state)
{
    static const uint64_t horizons[] = {1, 2, 3, 5, 8, 12, 30, 31, 1000, 1000003, TT_SIZE_MAX - 1, TT_SIZE_MAX};
    uint64_t seed = test_seed(3), count = 400 * test_effort(), refusals = 0;
    (void)state;
    printf("test_instance: seeds %" PRIu64 " to %" PRIu64 "\n", seed, seed + count - 1);
    for (uint64_t k = 0; k < count; k++) {
        random_stream stream = {seed + k};
        size_t n = 1 + random_below(&stream, 12), next[24];
        size_t shape = random_below(&stream, 4); /* of the automaton: cycle, chain to a fixed point, any, any */
        uint64_t horizon = horizons[random_below(&stream, sizeof horizons / sizeof *horizons)];
        uint32_t all = (UINT32_C(1) << n) - 1, roots = UINT32_C(1) << random_below(&stream, n), needed, missing;
        uint32_t rewarded;
        tt_instance *instance;
        for (size_t s = 0; s < n; s++) { /* cycles and chains keep the reached set small, so that it says much */
            next[2 * s] = shape == 0 ? (s + 1) % n : shape == 1 ? s - (s > 0) : random_below(&stream, n);
            next[2 * s + 1] = shape < 2 || random_below(&stream, 2) ? next[2 * s] : random_below(&stream, n);
        }
        for (size_t more = random_below(&stream, 4); more > 0; more--)
            roots |= UINT32_C(1) << random_below(&stream, n);
        needed = reached(n, next, roots, horizon);
        missing = random_below(&stream, 2) ? 0 : UINT32_C(1) << random_below(&stream, n);
        rewarded = (random_below(&stream, 2) ? needed : all) & ~missing;
        instance = build_machine(horizon, n, next, rewarded, roots);
        if (needed & ~rewarded) {
            char where[60];
            snprintf(where, sizeof where, "reward.states[\"s%d\"]", __builtin_ctz(needed & ~rewarded));
            is_refused(instance, where,
                       "the last token can lead to this state, which has no reward and there is no default");
            refusals++;
        } else {
            finishes(instance);
        }
        tt_instance_free(instance);
    }
    assert_true(refusals > count / 20 && refusals < count - count / 20);
}

static void machines_are_trees_as_well(void **state)
{
    static const size_t next[] = {0, 1, 1, 1};
    tt_instance *instance = new_instance(TT_FORM_MACHINE, 2, 3);
    tt_row_source source;
    coin half, quarter;
    mpq_t one;
    tt_error error;
    (void)state;
    coin_init(&half, 1, 2);
    coin_init(&quarter, 1, 4);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    assert_int_equal(tt_instance_add_state(instance, "s", half.entries, quarter.entries, next, &error), TT_OK);
    assert_int_equal(tt_instance_add_state(instance, "t", half.entries, NULL, next + 2, &error), TT_OK);
    assert_int_equal(tt_instance_set_state_reward(instance, 1, one, &error), TT_OK);
    assert_int_equal(tt_instance_set_state_reward(instance, 1, one, &error), TT_BAD_INPUT);
    assert_int_equal(tt_instance_set_state_reward(instance, 2, one, &error), TT_BAD_INPUT);
    assert_int_equal(set_reward_default(instance, 0, 1), TT_OK);
    assert_int_equal(add_prompt(instance, 1, 1, 0, &error), TT_OK);
    finishes(instance);
    tt_instance_source(&source, instance);
    sees(&source, 0, EMPTY, "1/2", "1/4");
    sees(&source, 0, T(0), "1/2", "1/4");
    sees(&source, 0, T(0, 1), "1/2", "1/2");
    pays(&source, 0, (const uint32_t[]){0, 0, 0}, "0");
    pays(&source, 0, (const uint32_t[]){0, 1, 0}, "1");
    assert_int_equal(tt_instance_form(instance), TT_FORM_MACHINE);
    assert_int_equal(tt_instance_states(instance), 2);
    assert_string_equal(tt_instance_state_name(instance, 1), "t");
    assert_int_equal(tt_instance_first_state(instance, 0), 0);
    assert_int_equal(tt_instance_next(instance, 0, 1), 1);
    assert_int_equal(tt_instance_state_pair(instance, 1), 1);
    assert_null(tt_instance_listed_state_reward(instance, 0));
    assert_int_equal(mpq_sgn(tt_instance_state_reward(instance, 0)), 0);
    assert_int_equal(mpq_cmp_ui(tt_instance_listed_state_reward(instance, 1), 1, 1), 0);
    tt_instance_free(instance);
    coin_clear(&half);
    coin_clear(&quarter);
    mpq_clear(one);
}

static void machines_refuse(void **state)
{
    static const size_t next[] = {0, 1, 1, 2};
    tt_instance *instance = build_machine(2, 2, next, 3, 1);
    mpq_t bad[2];
    tt_error error;
    (void)state;
    is_refused(instance, "states[\"s1\"].next[1]", "there is no such state");
    tt_instance_free(instance);
    instance = build_machine(2, 1, (const size_t[]){0, 0}, 1, 1);
    mpq_inits(bad[0], bad[1], NULL);
    assert_int_equal(tt_instance_add_state(instance, "bad", bad, NULL, next, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, "rollout");
    mpq_set_ui(bad[0], 2, 1);
    assert_int_equal(tt_instance_add_state(instance, "bad", bad, NULL, next, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, "rollout[0]");
    mpq_set_ui(bad[0], 1, 1);
    assert_int_equal(tt_instance_add_state(instance, "s0", bad, NULL, (const size_t[]){0, 1}, &error), TT_OK);
    is_refused(instance, "states[\"s0\"]", "two states have this name");
    assert_int_equal(add_prompt(instance, 0, 1, 2, &error), TT_OK);
    is_refused(instance, "prompts[1].state", "there is no such state");
    mpq_clears(bad[0], bad[1], NULL);
    tt_instance_free(instance);
}

/* ---- the whole tree at once --------------------------------------------------------- */

/* weights / sum as rationals. */
static void as_row(mpq_t *row, const uint64_t *weights, size_t n)
{
    uint64_t sum = 0;
    for (size_t v = 0; v < n; v++)
        sum += weights[v];
    for (size_t v = 0; v < n; v++) {
        tt_exact_set_u64(mpq_numref(row[v]), weights[v]);
        tt_exact_set_u64(mpq_denref(row[v]), sum);
        mpq_canonicalize(row[v]);
    }
}

/* Rows by weights are the rows of rationals, also where the weights have a common divisor or nearly fill 64 bits. */
static void weights_are_rows(void **state)
{
    static const uint64_t weights[][3] = { { 1, 2, 3 },       { 2, 4, 6 },   { 0, 7, 0 }, { 0, 1, 0 },
                                           { 6, 0, 9 },       { 1, 1, 1 },   { 5, 5, 5 },
                                           { UINT64_C(1) << 62, (UINT64_C(1) << 62) - 1, UINT64_C(1) << 63 } };
    tt_instance *instance = new_instance(TT_FORM_TREE, 3, 1);
    mpq_t row[3];
    tt_error error;
    (void)state;
    for (size_t v = 0; v < 3; v++)
        mpq_init(row[v]);
    for (size_t k = 0; k < sizeof weights / sizeof *weights; k++) {
        size_t a, b;
        as_row(row, weights[k], 3);
        assert_int_equal(tt_instance_add_weights(&a, instance, weights[k], &error), TT_OK);
        assert_int_equal(tt_instance_add_row(&b, instance, row, &error), TT_OK);
        assert_int_equal(a, b);
    }
    for (size_t v = 0; v < 3; v++)
        mpq_clear(row[v]);
    tt_instance_free(instance);
}

enum { FULL_VOCAB = 3, FULL_HORIZON = 2, FULL_PROMPTS = 2, FULL_CONTEXTS = 8, FULL_RESPONSES = 18 };

/* Prompt and tokens of number k among the nodes with `depth` tokens. */
static size_t full_key(uint32_t *tokens, size_t k, size_t depth)
{
    for (size_t d = depth; d > 0; d--, k /= FULL_VOCAB)
        tokens[d - 1] = (uint32_t)(k % FULL_VOCAB);
    return k;
}

/* The same rows and rewards by number and by key; the reward of every fifth response is the default. */
static void set_both(tt_instance *filled, tt_instance *listed, bool with_default)
{
    uint32_t rollout[FULL_CONTEXTS], target[FULL_CONTEXTS], rewards[FULL_RESPONSES], tokens[FULL_HORIZON];
    tt_error error;
    mpq_t reward;
    mpq_init(reward);
    for (size_t k = 0; k < FULL_CONTEXTS; k++) {
        const uint64_t weights[2][FULL_VOCAB] = { { k + 1, 2, 5 }, { k % 3 ? 3 : k + 1, 2, 5 } };
        size_t depth = k < FULL_PROMPTS ? 0 : 1, prompt = full_key(tokens, depth ? k - FULL_PROMPTS : k, depth), n[2];
        for (int policy = 0; policy < 2; policy++) {
            assert_int_equal(tt_instance_add_weights(&n[policy], filled, weights[policy], &error), TT_OK);
            assert_int_equal(tt_instance_add_weights(&n[policy], listed, weights[policy], &error), TT_OK);
            assert_int_equal(tt_instance_set_context_row(listed, (tt_policy)policy, prompt, tokens, depth, n[policy], &error),
                             TT_OK);
        }
        rollout[k] = (uint32_t)n[0];
        target[k] = (uint32_t)n[1];
    }
    for (size_t k = 0; k < FULL_RESPONSES; k++) {
        size_t prompt = full_key(tokens, k, FULL_HORIZON), number;
        rewards[k] = TT_DEFAULT_REWARD;
        if (k % 5 == 0)
            continue;
        mpq_set_ui(reward, k % 7, 7);
        mpq_canonicalize(reward);
        assert_int_equal(tt_instance_add_number(&number, filled, reward, &error), TT_OK);
        rewards[k] = (uint32_t)number;
        assert_int_equal(tt_instance_set_reward(listed, prompt, tokens, FULL_HORIZON, reward, &error), TT_OK);
    }
    mpq_set_ui(reward, 1, 3);
    if (with_default) {
        assert_int_equal(tt_instance_set_reward_default(filled, reward, &error), TT_OK);
        assert_int_equal(tt_instance_set_reward_default(listed, reward, &error), TT_OK);
    }
    assert_int_equal(tt_instance_set_tree(filled, rollout, target, rewards, &error), TT_OK);
    mpq_clear(reward);
}

static void a_tree_at_once_is_its_keys(void **state)
{
    (void)state;
    for (int with_default = 0; with_default < 2; with_default++) {
        tt_instance *filled = new_instance(TT_FORM_TREE, FULL_VOCAB, FULL_HORIZON);
        tt_instance *listed = new_instance(TT_FORM_TREE, FULL_VOCAB, FULL_HORIZON);
        tt_row_source a, b;
        tt_error error;
        for (unsigned long x = 0; x < FULL_PROMPTS; x++) {
            assert_int_equal(add_prompt(filled, x + 1, 3, 0, &error), TT_OK);
            assert_int_equal(add_prompt(listed, x + 1, 3, 0, &error), TT_OK);
        }
        set_both(filled, listed, with_default);
        if (with_default) {
            finishes(filled);
            finishes(listed);
            tt_instance_source(&a, filled);
            tt_instance_source(&b, listed);
            same_tree(&a, &b);
        } else {
            is_refused(filled, "reward.trajectories[\"0:0.0\"]", no_reward);
            is_refused(listed, "reward.trajectories[\"0:0.0\"]", no_reward);
        }
        tt_instance_free(filled);
        tt_instance_free(listed);
    }
}

static void names_and_keys(void **state)
{
    tt_instance *instance = new_instance(TT_FORM_TREE, 2, 2);
    char *text = tt_context_key(3, (const uint32_t[]){1, 0, 4294967295U}, 3);
    (void)state;
    assert_string_equal(text, "3:1.0.4294967295");
    free(text);
    text = tt_context_key(0, NULL, 0);
    assert_string_equal(text, "0:");
    free(text);
    assert_string_equal(tt_instance_name(instance), "");
    assert_int_equal(tt_instance_set_name(instance, "first"), TT_OK);
    assert_int_equal(tt_instance_set_name(instance, "second"), TT_OK);
    assert_string_equal(tt_instance_name(instance), "second");
    assert_int_equal(tt_instance_set_name(instance, NULL), TT_OK);
    assert_string_equal(tt_instance_name(instance), "");
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_cover_what_is_not_listed),
        cmocka_unit_test(a_target_default_covers_target),
        cmocka_unit_test(setters_refuse),
        cmocka_unit_test(sizes_may_be_as_large_as_allowed),
        cmocka_unit_test(prompts_sum_to_one),
        cmocka_unit_test(keys_are_listed_in_order),
        cmocka_unit_test(every_missing_key_is_found),
        cmocka_unit_test(rewards_are_asked_for_where_the_last_token_leads),
        cmocka_unit_test(machines_are_trees_as_well),
        cmocka_unit_test(machines_refuse),
        cmocka_unit_test(weights_are_rows),
        cmocka_unit_test(a_tree_at_once_is_its_keys),
        cmocka_unit_test(names_and_keys),
    };
    return cmocka_run_group_tests_name("instance", tests, NULL, NULL);
}

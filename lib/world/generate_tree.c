/* Generators that spell out a tree: random, near, sparse. */
#include <stdlib.h>

#include "generate_table.h"

enum { REWARD_RANDOM, REWARD_BINARY, REWARD_SPARSE, REWARD_ZERO, REWARD_ONE };
const char *const tt_reward_words[] = { "random", "binary", "sparse", "zero", "one", NULL };

/* A tree on its way: the instance, the path to where the walk stands, and room for one context's rows. */
typedef struct tree tree;
struct tree {
    tt_instance *instance;
    tt_random *random;
    tt_error *error;
    size_t vocab, horizon;
    size_t reward;
    unsigned long least, most; /* of the weights that rollout rows are made of */
    tt_status (*target)(tree *t, size_t prompt, size_t depth);
    uint32_t *tokens; /* horizon */
    mpq_t *rollout;   /* vocab; the row of the context where the walk stands */
    mpq_t *other;     /* vocab */
    mpq_t scale;      /* of near */
    size_t *chosen;   /* of sparse: the numbers of the contexts that deviate, in the order of the walk */
    size_t chosen_left, contexts_passed;
};

/* row = weights over their sum, weights uniform on least..most and not all 0. */
static void draw_row(mpq_t *row, const tree *t)
{
    uint64_t sum = 0;
    size_t spared = t->least == 0 ? tt_random_between(t->random, 0, t->vocab - 1) : 0;
    for (size_t v = 0; v < t->vocab; v++) {
        unsigned long least = v == spared && t->least == 0 ? 1 : t->least;
        unsigned long weight = tt_random_between(t->random, least, t->most);
        sum += weight;
        mpq_set_ui(row[v], weight, 1);
    }
    for (size_t v = 0; v < t->vocab; v++) {
        tt_exact_set_u64(mpq_denref(row[v]), sum);
        mpq_canonicalize(row[v]);
    }
}

static tt_status set_target(tree *t, size_t prompt, size_t depth)
{
    return tt_instance_set_context(t->instance, TT_TARGET, prompt, t->tokens, depth, t->other, t->error);
}

static tt_status unrelated_target(tree *t, size_t prompt, size_t depth)
{
    draw_row(t->other, t);
    return set_target(t, prompt, depth);
}

/* pi(v) = mu(v) (1 + scale z_v), z_v = (k_v - E_mu[k]) / 16 for whole k_v in -8..8: so sum_v mu z = 0, |z| <= 1. */
static tt_status near_target(tree *t, size_t prompt, size_t depth)
{
    tt_status status;
    mpq_t mean, term;
    mpq_init(mean);
    mpq_init(term);
    for (size_t v = 0; v < t->vocab; v++) {
        mpq_set_si(t->other[v], (long)tt_random_between(t->random, 0, 16) - 8, 1);
        mpq_mul(term, t->rollout[v], t->other[v]);
        mpq_add(mean, mean, term);
    }
    for (size_t v = 0; v < t->vocab; v++) {
        mpq_sub(term, t->other[v], mean);
        mpq_div_2exp(term, term, 4);
        mpq_mul(term, term, t->scale);
        mpq_mul(term, term, t->rollout[v]);
        mpq_add(t->other[v], t->rollout[v], term);
    }
    status = set_target(t, prompt, depth);
    mpq_clear(mean);
    mpq_clear(term);
    return status;
}

static tt_status chosen_target(tree *t, size_t prompt, size_t depth)
{
    if (t->chosen_left == 0 || t->contexts_passed != *t->chosen)
        return TT_OK;
    t->chosen++;
    t->chosen_left--;
    return unrelated_target(t, prompt, depth);
}

void tt_draw_reward(mpq_t out, size_t word, tt_random *random)
{
    unsigned long n = word == REWARD_ONE, d = 1;
    if (word == REWARD_RANDOM) {
        d = tt_random_between(random, 1, 9);
        n = tt_random_between(random, 0, d);
    } else if (word == REWARD_BINARY) {
        n = tt_random_between(random, 0, 1);
    } else if (word == REWARD_SPARSE) {
        n = tt_random_between(random, 0, 7) == 0;
    }
    mpq_set_ui(out, n, d);
    mpq_canonicalize(out);
}

static tt_status add_reward(tree *t, size_t prompt)
{
    tt_status status = TT_OK;
    mpq_t reward;
    if (t->reward == REWARD_ONE) /* the default */
        return TT_OK;
    mpq_init(reward);
    tt_draw_reward(reward, t->reward, t->random);
    if (mpq_sgn(reward) != 0)
        status = tt_instance_set_reward(t->instance, prompt, t->tokens, t->horizon, reward, t->error);
    mpq_clear(reward);
    return status;
}

static tt_status grow(tree *t, size_t prompt, size_t depth)
{
    tt_status status;
    if (depth == t->horizon)
        return add_reward(t, prompt);
    draw_row(t->rollout, t);
    status = tt_instance_set_context(t->instance, TT_ROLLOUT, prompt, t->tokens, depth, t->rollout, t->error);
    if (status == TT_OK)
        status = t->target(t, prompt, depth);
    t->contexts_passed++;
    for (size_t v = 0; v < t->vocab && status == TT_OK; v++) {
        t->tokens[depth] = (uint32_t)v;
        status = grow(t, prompt, depth + 1);
    }
    return status;
}

size_t tt_tree_nodes(size_t prompts, size_t vocab, size_t depth)
{
    size_t level = prompts, total = prompts;
    for (size_t d = 0; d < depth && total <= TT_GENERATE_NODES_MAX; d++) {
        if (level > TT_GENERATE_NODES_MAX / vocab)
            return TT_GENERATE_NODES_MAX + 1;
        level *= vocab;
        total += level;
    }
    return total;
}

void tt_draw_prompts(mpq_t *out, size_t prompts, tt_random *random)
{
    unsigned long sum = 0;
    for (size_t x = 0; x < prompts; x++) {
        unsigned long weight = tt_random_between(random, 1, 9);
        sum += weight;
        mpq_set_ui(out[x], weight, 1);
    }
    for (size_t x = 0; x < prompts; x++) {
        mpz_set_ui(mpq_denref(out[x]), sum);
        mpq_canonicalize(out[x]);
    }
}

/* Prompts, the reward of whatever is not listed, and the tree of each prompt. */
static tt_status plant(tree *t, size_t prompts)
{
    tt_status status = TT_OK;
    mpq_t *probabilities = tt_rationals_new(prompts), value;
    if (!probabilities)
        return TT_NO_MEMORY;
    tt_draw_prompts(probabilities, prompts, t->random);
    for (size_t x = 0; x < prompts && status == TT_OK; x++)
        status = tt_instance_add_prompt(t->instance, probabilities[x], 0, t->error);
    mpq_init(value);
    mpq_set_ui(value, t->reward == REWARD_ONE, 1);
    if (status == TT_OK)
        status = tt_instance_set_reward_default(t->instance, value, t->error);
    for (size_t x = 0; x < prompts && status == TT_OK; x++)
        status = grow(t, x, 0);
    mpq_clear(value);
    tt_rationals_free(probabilities, prompts);
    return status;
}

/* The tree of the common arguments; the caller has set the fields that its kind of rows needs. */
static tt_status build(tt_instance **out, tree *t, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    size_t prompts = tt_argument_count(arguments, "prompts");
    tt_status status;
    t->random = random;
    t->error = error;
    t->vocab = tt_argument_count(arguments, "vocab");
    t->horizon = tt_argument_count(arguments, "horizon");
    t->reward = tt_argument_word(arguments, "reward");
    if (tt_tree_nodes(prompts, t->vocab, t->horizon) > TT_GENERATE_NODES_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "a tree of more than %lu contexts and responses is not spelled out",
                       TT_GENERATE_NODES_MAX);
    t->tokens = calloc(t->horizon, sizeof *t->tokens);
    t->rollout = tt_rationals_new(t->vocab);
    t->other = tt_rationals_new(t->vocab);
    status = t->tokens && t->rollout && t->other ? TT_OK : TT_NO_MEMORY;
    if (status == TT_OK)
        status = tt_instance_new(out, TT_FORM_TREE, t->vocab, t->horizon, error);
    t->instance = *out;
    if (status == TT_OK)
        status = plant(t, prompts);
    free(t->tokens);
    tt_rationals_free(t->rollout, t->vocab);
    tt_rationals_free(t->other, t->vocab);
    return status;
}

tt_status tt_build_random(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    tree t = { .least = 1, .most = tt_argument_count(arguments, "weights"), .target = unrelated_target };
    return build(out, &t, arguments, random, error);
}

tt_status tt_build_near(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    tree t = { .least = 1, .most = 9, .target = near_target };
    tt_status status;
    mpq_init(t.scale);
    mpq_set(t.scale, tt_argument_number(arguments, "scale"));
    status = build(out, &t, arguments, random, error);
    mpq_clear(t.scale);
    return status;
}

tt_status tt_build_sparse(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    size_t deviations = tt_argument_count(arguments, "deviations");
    size_t contexts = tt_tree_nodes(tt_argument_count(arguments, "prompts"), tt_argument_count(arguments, "vocab"),
                                 tt_argument_count(arguments, "horizon") - 1);
    tree t = { .least = 0, .most = 4, .target = chosen_target, .chosen_left = deviations };
    size_t *chosen;
    tt_status status;
    if (deviations > contexts)
        return tt_fail(error, TT_BAD_INPUT, "--deviations", "there are only %zu contexts", contexts);
    chosen = calloc(deviations + 1, sizeof *chosen);
    if (!chosen)
        return TT_NO_MEMORY;
    if (contexts <= TT_GENERATE_NODES_MAX)
        tt_random_choose(chosen, deviations, random, contexts);
    t.chosen = chosen;
    status = build(out, &t, arguments, random, error);
    free(chosen);
    return status;
}

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "generate_table.h"
#include "sample_plan.h"

/* ---- the tables ---- */

#define ANY_SIZE 1, TT_SAMPLE_VOCAB_MAX, 1, SIZE_MAX
#define FROM(vocab, horizon) vocab, TT_SAMPLE_VOCAB_MAX, horizon, SIZE_MAX
#define ALL_KINDS true, true, true
#define TREES true, true, false

static const tt_sample_plan plans[] = {
    { { "plain", "unrelated rows without zeros" }, TT_LAYOUT_FREE, tt_pair_plain, FROM(2, 1), ALL_KINDS, 48 },
    { { "target is rollout", "the policies are equal, their rows are not" }, TT_LAYOUT_FREE, tt_pair_equal, ANY_SIZE,
      ALL_KINDS, 1 },
    { { "one deviating context", "target differs from rollout at one context" }, TT_LAYOUT_ONE, tt_pair_dense,
      FROM(2, 1), TREES, 2 },
    { { "sparse divergence", "target differs at few contexts, or states" }, TT_LAYOUT_FEW, tt_pair_dense, FROM(2, 1),
      ALL_KINDS, 2 },
    { { "dense divergence", "at every context the mass is on different tokens" }, TT_LAYOUT_FREE, tt_pair_dense,
      FROM(2, 1), ALL_KINDS, 2 },
    { { "zeros", "rows with zeros that have nothing to do with each other" }, TT_LAYOUT_FREE, tt_pair_zeros, FROM(2, 1),
      ALL_KINDS, 2 },
    { { "disjoint supports", "no token has a probability under both policies" }, TT_LAYOUT_FREE, tt_pair_disjoint,
      FROM(2, 1), ALL_KINDS, 2 },
    { { "disjoint i.i.d.", "the same two certain tokens at every step" }, TT_LAYOUT_IID, tt_pair_opposite, FROM(2, 1),
      ALL_KINDS, 1 },
    { { "target's support inside", "rollout has tokens that target lacks, at every context" }, TT_LAYOUT_FREE,
      tt_pair_inside, FROM(2, 1), ALL_KINDS, 2 },
    { { "rollout's support inside", "target has tokens that rollout lacks, at every context" }, TT_LAYOUT_FREE,
      tt_pair_outside, FROM(2, 1), ALL_KINDS, 2 },
    { { "crossing supports", "each has a token that the other lacks, and they share one" }, TT_LAYOUT_FREE,
      tt_pair_crossing, FROM(3, 1), ALL_KINDS, 1 },
    { { "certain tokens", "probabilities 0 and 1: one row of each pair is a point" }, TT_LAYOUT_FREE, tt_pair_certain,
      FROM(2, 1), ALL_KINDS, 2 },
    { { "nearly equal", "probabilities change by 1e-2 to 1e-15 of themselves" }, TT_LAYOUT_FREE, tt_pair_near,
      FROM(2, 1), ALL_KINDS, 3 },
    { { "heavy ratios", "likelihood ratios up to 1e15, or down to 1e-15" }, TT_LAYOUT_FREE, tt_pair_heavy, FROM(2, 1),
      ALL_KINDS, 2 },
    { { "rare token", "i.i.d.; target takes up a token that rollout hardly ever takes" }, TT_LAYOUT_IID, tt_pair_rare,
      FROM(2, 1), ALL_KINDS, 2 },
    { { "rare context", "target differs after a rare first token alone" }, TT_LAYOUT_RARE, tt_pair_disjoint, FROM(2, 2),
      TREES, 1 },
    { { "unreached", "target differs where neither policy comes" }, TT_LAYOUT_UNREACHED, tt_pair_any, FROM(2, 2), TREES,
      1 },
    { { "no common denominator", "rows over primes of their own" }, TT_LAYOUT_FREE, tt_pair_primes, FROM(2, 1), true,
      false, true, 1 },
    { { "permuted rows", "the same numbers in another order" }, TT_LAYOUT_FREE, tt_pair_permuted, FROM(2, 1), ALL_KINDS,
      1 },
    { { "end of sequence", "token 0 ends the response; what follows is certain" }, TT_LAYOUT_END, tt_pair_plain,
      FROM(2, 2), ALL_KINDS, 2 },
    { { "end of sequence, mixed", "the same with rows of all sorts" }, TT_LAYOUT_END, tt_pair_any, FROM(2, 2),
      ALL_KINDS, 1 },
    { { "i.i.d.", "one pair of rows" }, TT_LAYOUT_IID, tt_pair_any, FROM(2, 1), ALL_KINDS, 1 },
    { { "a pair per step", "rows depend on the step alone" }, TT_LAYOUT_STEP, tt_pair_plain, FROM(2, 2), TREES, 1 },
    { { "after the last token", "rows depend on the last token alone" }, TT_LAYOUT_LAST, tt_pair_plain, FROM(2, 2),
      TREES, 1 },
    { { "after the first token", "rows depend on the first token alone" }, TT_LAYOUT_FIRST, tt_pair_any, FROM(2, 2),
      TREES, 1 },
    { { "mixed", "a pair of any of these sorts at each context" }, TT_LAYOUT_FREE, tt_pair_any, FROM(2, 1), ALL_KINDS,
      2 },
    { { "one token", "V = 1" }, TT_LAYOUT_FREE, tt_pair_plain, 1, 1, 1, SIZE_MAX, ALL_KINDS, 1 },
    { { "one step", "T = 1" }, TT_LAYOUT_FREE, tt_pair_any, 2, TT_SAMPLE_VOCAB_MAX, 1, 1, ALL_KINDS, 1 },
};

static const tt_sample_corner rewards[TT_REWARDS] = {
    [TT_REWARD_ZERO] = { "reward 0", "every response" },
    [TT_REWARD_ONE] = { "reward 1", "every response" },
    [TT_REWARD_BINARY] = { "reward 0 or 1", "fair" },
    [TT_REWARD_SPARSE] = { "sparse reward", "1 for about one response, or state, in eight, else 0" },
    [TT_REWARD_FRACTION] = { "fractional reward", "k/d with d up to 9, k/16 in a dyadic instance" },
    [TT_REWARD_WORST] = { "worst-case reward", "1 where e(y) > 0, else 0: Error is worst-case Error" },
};

enum { SHAPE_TREE, SHAPE_MACHINE, SHAPE_DYADIC, SHAPE_PROMPTS, SHAPE_IDLE_PROMPT, SHAPES };
static const tt_sample_corner shapes[SHAPES] = {
    [SHAPE_TREE] = { "tree form", "contexts spelled out" },
    [SHAPE_MACHINE] = { "machine form", "contexts folded into states" },
    [SHAPE_DYADIC] = { "dyadic", "every probability and reward is k / 2^b" },
    [SHAPE_PROMPTS] = { "several prompts", "two to four" },
    [SHAPE_IDLE_PROMPT] = { "idle prompt", "a prompt of probability 0" },
};

enum { PLANS = sizeof plans / sizeof *plans };
_Static_assert(PLANS + (int)TT_REWARDS + (int)SHAPES <= 64, "corners are bits of a word");

const char *const tt_sample_kind_words[] = { "generic", "dyadic", "machine", "mixed", NULL };

size_t tt_sample_corner_count(void)
{
    return PLANS + (size_t)TT_REWARDS + (size_t)SHAPES;
}

const tt_sample_corner *tt_sample_corner_at(size_t k)
{
    if (k < PLANS)
        return &plans[k].corner;
    return k < PLANS + (size_t)TT_REWARDS ? &rewards[k - PLANS] : &shapes[k - PLANS - (size_t)TT_REWARDS];
}

static uint64_t plan_bit(const tt_sample_plan *plan)
{
    return UINT64_C(1) << (plan - plans);
}

static uint64_t reward_bit(tt_reward_plan reward)
{
    return UINT64_C(1) << (PLANS + (int)reward);
}

static uint64_t shape_bit(int shape)
{
    return UINT64_C(1) << (PLANS + (int)TT_REWARDS + shape);
}

/* ---- the space ---- */

void tt_sample_space_init(tt_sample_space *space)
{
    *space = (tt_sample_space){ 2, 3, 2, 5, TT_SAMPLE_MIXED, 1 };
}

/* Contexts and responses. */
static uint64_t nodes(size_t vocab, size_t horizon, size_t prompts)
{
    const tt_row_source shape = { .vocab = vocab, .horizon = horizon, .prompts = prompts };
    return tt_row_source_nodes_ui(&shape);
}

tt_status tt_sample_space_check(const tt_sample_space *space, tt_error *error)
{
    if (space->vocab_low < 1 || space->vocab_low > space->vocab_high || space->vocab_high > TT_SAMPLE_VOCAB_MAX)
        return tt_fail(error, TT_BAD_INPUT, "--vocab", "%zu:%zu is not a range within 1:%d", space->vocab_low,
                       space->vocab_high, TT_SAMPLE_VOCAB_MAX);
    if (space->horizon_low < 1 || space->horizon_low > space->horizon_high || space->horizon_high > TT_SIZE_MAX)
        return tt_fail(error, TT_BAD_INPUT, "--horizon", "%zu:%zu is not a range within 1:%lu", space->horizon_low,
                       space->horizon_high, TT_SIZE_MAX);
    if (space->kind != TT_SAMPLE_MACHINE &&
        nodes(space->vocab_high, space->horizon_high, 1) > TT_GENERATE_NODES_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "a tree of more than %lu contexts and responses is not spelled out",
                       TT_GENERATE_NODES_MAX);
    return TT_OK;
}

/* ---- one instance ---- */

static bool kind_fits(const tt_sample_plan *plan, tt_sample_kind kind)
{
    switch (kind) {
    case TT_SAMPLE_GENERIC:
        return plan->tree;
    case TT_SAMPLE_DYADIC:
        return plan->dyadic;
    case TT_SAMPLE_MACHINE:
        return plan->machine;
    default:
        return true;
    }
}

static bool plan_fits(const tt_sample_plan *plan, const tt_sample_space *space)
{
    return kind_fits(plan, space->kind) && plan->vocab_least <= space->vocab_high &&
           plan->vocab_most >= space->vocab_low && plan->horizon_least <= space->horizon_high &&
           plan->horizon_most >= space->horizon_low;
}

/* Slots are taken at this distance, so that plans with many of them are spread over the cycle. */
#define STRIDE 34

/* The plan whose turn it is; the first one, which is the bulk, where that one does not fit. */
static const tt_sample_plan *choose_plan(const tt_sample_space *space, uint64_t index)
{
    uint64_t slot = index % TT_SAMPLE_CYCLE * STRIDE % TT_SAMPLE_CYCLE;
    size_t k = 0;
    while (slot >= plans[k].slots)
        slot -= plans[k++].slots;
    return plan_fits(&plans[k], space) ? &plans[k] : &plans[0];
}

/* A number of low..high that is also of least..most; where there is none, of low..high. */
static size_t draw_between(tt_random *random, size_t low, size_t high, size_t least, size_t most)
{
    size_t from = low > least ? low : least, to = high < most ? high : most;
    return from <= to ? tt_random_between(random, from, to) : tt_random_between(random, low, high);
}

/* Half of the mixed instances are generic, a quarter dyadic, a quarter machines, as far as the plan goes. */
static tt_sample_kind draw_kind(tt_random *random, const tt_sample_plan *plan, tt_sample_kind kind)
{
    static const tt_sample_kind kinds[] = { TT_SAMPLE_GENERIC, TT_SAMPLE_GENERIC, TT_SAMPLE_DYADIC, TT_SAMPLE_MACHINE };
    while (kind == TT_SAMPLE_MIXED) {
        tt_sample_kind drawn = kinds[tt_random_between(random, 0, 3)];
        if (kind_fits(plan, drawn))
            kind = drawn;
    }
    return kind;
}

static tt_reward_plan draw_reward_plan(tt_random *random, bool machine)
{
    static const tt_reward_plan drawn[] = {
        TT_REWARD_ZERO,     TT_REWARD_ONE,      TT_REWARD_BINARY,   TT_REWARD_BINARY,
        TT_REWARD_BINARY,   TT_REWARD_BINARY,   TT_REWARD_SPARSE,   TT_REWARD_SPARSE,
        TT_REWARD_FRACTION, TT_REWARD_FRACTION, TT_REWARD_FRACTION, TT_REWARD_FRACTION,
        TT_REWARD_FRACTION, TT_REWARD_WORST,    TT_REWARD_WORST,    TT_REWARD_WORST,
    };
    enum { TREE = sizeof drawn / sizeof *drawn, MACHINE = TREE - 3 };
    return drawn[tt_random_between(random, 0, machine ? MACHINE - 1 : TREE - 1)];
}

/* One prompt twice in three times, else up to four where the tree has room. */
static size_t draw_prompts(const tt_draw *draw, bool machine)
{
    size_t n = tt_draw_below(draw, 3) > 0 ? 1 : 2 + tt_draw_below(draw, TT_SAMPLE_PROMPTS_MAX - 1);
    return machine || nodes(draw->vocab, draw->horizon, n) <= TT_GENERATE_NODES_MAX ? n : 1;
}

tt_status tt_sample_prompts(tt_instance *instance, size_t states, const tt_draw *draw, tt_error *error)
{
    uint64_t weights[TT_SAMPLE_PROMPTS_MAX], sum = 0;
    tt_status status = TT_OK;
    mpq_t p;
    tt_draw_weights(weights, draw->prompts, draw, draw->prompts > 1 && tt_draw_one_in(draw, 4));
    for (size_t x = 0; x < draw->prompts; x++)
        sum += weights[x];
    mpq_init(p);
    for (size_t x = 0; x < draw->prompts && status == TT_OK; x++) {
        tt_exact_set_u64(mpq_numref(p), weights[x]);
        tt_exact_set_u64(mpq_denref(p), sum);
        mpq_canonicalize(p);
        status = tt_instance_add_prompt(instance, p, tt_draw_below(draw, states), error);
    }
    mpq_clear(p);
    return status;
}

tt_sample_fraction tt_sample_reward(tt_reward_plan reward, const tt_draw *draw)
{
    tt_sample_fraction out = { 0, 1 };
    switch (reward) {
    case TT_REWARD_ONE:
        out.numerator = 1;
        break;
    case TT_REWARD_BINARY:
        out.numerator = (unsigned)tt_draw_below(draw, 2);
        break;
    case TT_REWARD_SPARSE:
        out.numerator = tt_draw_one_in(draw, 8);
        break;
    case TT_REWARD_FRACTION:
        out.denominator = draw->dyadic ? TT_SAMPLE_PARTS : 1 + (unsigned)tt_draw_below(draw, 9);
        out.numerator = (unsigned)tt_draw_below(draw, out.denominator + 1);
        break;
    default:
        break;
    }
    return out;
}

static tt_status set_name(tt_instance *instance, const tt_sample_space *space, uint64_t index, tt_error *error)
{
    char name[200];
    int n = snprintf(name, sizeof name, "campaign: vocab %zu:%zu, horizon %zu:%zu, kind %s, seed %" PRIu64,
                     space->vocab_low, space->vocab_high, space->horizon_low, space->horizon_high,
                     tt_sample_kind_words[space->kind], space->seed);
    if (index > 0)
        snprintf(name + n, sizeof name - (size_t)n, ", index %" PRIu64, index);
    if (tt_instance_set_name(instance, name) != TT_OK)
        return tt_no_memory(error);
    return TT_OK;
}

/* The corners of an instance besides its plan and its rewards. */
static uint64_t shape_bits(const tt_instance *instance, const tt_draw *draw)
{
    uint64_t bits = shape_bit(tt_instance_form(instance) == TT_FORM_TREE ? SHAPE_TREE : SHAPE_MACHINE);
    if (draw->dyadic)
        bits |= shape_bit(SHAPE_DYADIC);
    if (draw->prompts > 1)
        bits |= shape_bit(SHAPE_PROMPTS);
    for (size_t x = 0; x < draw->prompts; x++)
        if (mpq_sgn(tt_instance_prompt(instance, x)) == 0)
            bits |= shape_bit(SHAPE_IDLE_PROMPT);
    return bits;
}

tt_status tt_sample_build(tt_instance **out, uint64_t *corners, const tt_sample_space *space, tt_random *random,
                          tt_error *error)
{
    uint64_t index = tt_random_index(random);
    const tt_sample_plan *plan = choose_plan(space, index);
    tt_draw draw = { .random = random };
    tt_reward_plan reward;
    tt_sample_kind kind;
    bool machine;
    tt_status status = tt_sample_space_check(space, error);
    *out = NULL;
    if (status != TT_OK)
        return status;
    kind = draw_kind(random, plan, space->kind);
    machine = kind == TT_SAMPLE_MACHINE;
    draw.dyadic = kind == TT_SAMPLE_DYADIC || (machine && plan->dyadic && tt_draw_one_in(&draw, 4));
    draw.vocab = draw_between(random, space->vocab_low, space->vocab_high, plan->vocab_least, plan->vocab_most);
    draw.horizon = draw_between(random, space->horizon_low, space->horizon_high, plan->horizon_least,
                                plan->horizon_most);
    draw.prompts = draw_prompts(&draw, machine);
    tt_draw_large(&draw);
    reward = draw_reward_plan(random, machine);
    status = machine ? tt_sample_machine(out, plan, reward, &draw, error)
                     : tt_sample_tree(out, plan, reward, &draw, error);
    if (status == TT_OK)
        status = set_name(*out, space, index, error);
    if (status == TT_OK && corners)
        *corners = plan_bit(plan) | reward_bit(reward) | shape_bits(*out, &draw);
    return status;
}

tt_status tt_sample(tt_instance **out, uint64_t *corners, const tt_sample_space *space, uint64_t index, tt_error *error)
{
    tt_instance *instance = NULL;
    tt_random *random;
    tt_status status = tt_random_new(&random, space->seed, index);
    *out = NULL;
    if (status != TT_OK)
        return tt_fail(error, status, NULL, "out of memory");
    status = tt_sample_build(&instance, corners, space, random, error);
    if (status == TT_OK)
        status = tt_instance_finish(instance, error);
    tt_random_free(random);
    if (status == TT_OK)
        *out = instance;
    else
        tt_instance_free(instance);
    return status;
}

tt_status tt_build_campaign(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    const tt_sample_space space = { .vocab_low = tt_argument_count(arguments, "vocab"),
                                    .vocab_high = tt_argument_high(arguments, "vocab"),
                                    .horizon_low = tt_argument_count(arguments, "horizon"),
                                    .horizon_high = tt_argument_high(arguments, "horizon"),
                                    .kind = (tt_sample_kind)tt_argument_word(arguments, "kind"),
                                    .seed = tt_argument_seed(arguments, "seed") };
    return tt_sample_build(out, NULL, &space, random, error);
}

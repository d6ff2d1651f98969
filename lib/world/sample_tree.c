/* Campaign instances in tree form, every context spelled out. Contexts are numbered by length, prompt and tokens, so
   that context k of a level is below context k / V of the level above and its last token is k mod V. */
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "sample_plan.h"

typedef struct {
    const tt_sample_plan *plan;
    const tt_draw *draw;
    tt_instance *instance;
    size_t contexts, responses;
    uint64_t *rows; /* of each context: V weights of rollout, V of target */
    bool *marked;   /* of each context: ended, unreached or rare, as its layout asks */
    uint32_t *rollout, *target, *reward; /* numbers in the instance */
    size_t chosen;  /* a context that deviates in any case */
    /* the number of a reward by its denominator and numerator; TT_DEFAULT_REWARD before it was met */
    uint32_t numbers[TT_SAMPLE_PARTS + 1][TT_SAMPLE_PARTS + 1];
    tt_error *error;
} tree;

static uint64_t *rollout_row(const tree *t, size_t context)
{
    return t->rows + 2 * t->draw->vocab * context;
}

static uint64_t *target_row(const tree *t, size_t context)
{
    return rollout_row(t, context) + t->draw->vocab;
}

/* ---- rows ---- */

static void draw_with(tree *t, size_t context, tt_draw_pair *pair)
{
    pair(rollout_row(t, context), target_row(t, context), t->draw);
}

static void copy_pair(tree *t, size_t context, size_t from)
{
    memcpy(rollout_row(t, context), rollout_row(t, from), 2 * t->draw->vocab * sizeof *t->rows);
}

/* The same row in both policies, with at least one zero. */
static void draw_gap(tree *t, size_t context)
{
    uint64_t *row = rollout_row(t, context);
    size_t gap = tt_draw_below(t->draw, t->draw->vocab), n = t->draw->vocab - 1;
    tt_draw_weights(row, n, t->draw, true);
    row[n] = 0;
    row[n] = row[gap];
    row[gap] = 0;
    memcpy(target_row(t, context), row, t->draw->vocab * sizeof *row);
}

static void draw_certain(tree *t, size_t context)
{
    memset(rollout_row(t, context), 0, 2 * t->draw->vocab * sizeof *t->rows);
    rollout_row(t, context)[0] = target_row(t, context)[0] = 1;
}

static void draw_rare_first(tree *t, size_t context)
{
    tt_pair_rare(rollout_row(t, context), target_row(t, context), t->draw);
    memcpy(target_row(t, context), rollout_row(t, context), t->draw->vocab * sizeof *t->rows);
}

/* The pair of context k of the level at `depth`, which begins at number `level`; `above` is its parent. */
static void draw_context(tree *t, size_t depth, size_t level, size_t k, size_t above)
{
    size_t context = level + k, token = k % t->draw->vocab;
    tt_draw_pair *pair = t->plan->pair;
    bool *marked = &t->marked[context];
    *marked = depth > 0 && t->marked[above];
    switch (t->plan->layout) {
    case TT_LAYOUT_FREE:
        draw_with(t, context, pair);
        break;
    case TT_LAYOUT_IID:
        if (context == 0)
            draw_with(t, context, pair);
        else
            copy_pair(t, context, 0);
        break;
    case TT_LAYOUT_STEP:
        if (k == 0)
            draw_with(t, context, pair);
        else
            copy_pair(t, context, level);
        break;
    case TT_LAYOUT_LAST:
        if (depth == 0 || (depth == 1 && k < t->draw->vocab))
            draw_with(t, context, pair);
        else
            copy_pair(t, context, t->draw->prompts + token);
        break;
    case TT_LAYOUT_FIRST:
        if (depth < 2)
            draw_with(t, context, pair);
        else
            copy_pair(t, context, above);
        break;
    case TT_LAYOUT_ONE:
        draw_with(t, context, context == t->chosen ? pair : tt_pair_equal);
        break;
    case TT_LAYOUT_FEW:
        draw_with(t, context, context == t->chosen || tt_draw_one_in(t->draw, 6) ? pair : tt_pair_equal);
        break;
    case TT_LAYOUT_END:
        *marked = *marked || (depth > 0 && token == 0);
        if (*marked)
            draw_certain(t, context);
        else
            draw_with(t, context, pair);
        break;
    case TT_LAYOUT_UNREACHED:
        *marked = *marked || (depth > 0 && rollout_row(t, above)[token] == 0);
        if (*marked)
            draw_with(t, context, pair);
        else
            draw_gap(t, context);
        break;
    case TT_LAYOUT_RARE:
        *marked = *marked || (depth == 1 && token == 0);
        if (depth == 0)
            draw_rare_first(t, context);
        else
            draw_with(t, context, *marked ? pair : tt_pair_equal);
        break;
    }
}

static tt_status add_rows(tree *t, size_t context)
{
    size_t rollout, target;
    tt_status status = tt_instance_add_weights(&rollout, t->instance, rollout_row(t, context), t->error);
    if (status == TT_OK)
        status = tt_instance_add_weights(&target, t->instance, target_row(t, context), t->error);
    if (status != TT_OK)
        return status;
    t->rollout[context] = (uint32_t)rollout;
    t->target[context] = (uint32_t)target;
    return TT_OK;
}

static tt_status draw_rows(tree *t)
{
    size_t level = 0, width = t->draw->prompts, above = 0;
    tt_status status = TT_OK;
    for (size_t depth = 0; depth < t->draw->horizon && status == TT_OK; depth++) {
        for (size_t k = 0; k < width && status == TT_OK; k++) {
            draw_context(t, depth, level, k, above + k / t->draw->vocab);
            status = add_rows(t, level + k);
        }
        above = level;
        level += width;
        width *= t->draw->vocab;
    }
    return status;
}

/* ---- rewards ---- */

/* The masses at a node below one prompt, over the product N of the sums on the way: a N, b N, s N with a, b the
   probabilities of the way under rollout and target and s = a sum of the ratios, carried without a division. */
typedef struct {
    mpz_t rollout, target, weighted;
} masses;

/* out = the sum of a row. */
static void set_sum(mpz_t out, const uint64_t *row, size_t n)
{
    uint64_t sum = 0;
    for (size_t v = 0; v < n; v++)
        sum += row[v];
    tt_exact_set_u64(out, sum);
}

/* The way to a response. */
typedef struct {
    masses *at; /* after 0 .. T tokens */
    mpz_t r, p, sum;
} way;

static tt_status way_init(way *w, size_t horizon)
{
    w->at = calloc(horizon + 1, sizeof *w->at);
    if (!w->at)
        return TT_NO_MEMORY;
    for (size_t d = 0; d <= horizon; d++)
        mpz_inits(w->at[d].rollout, w->at[d].target, w->at[d].weighted, NULL);
    mpz_inits(w->r, w->p, w->sum, NULL);
    mpz_set_ui(w->at[0].rollout, 1);
    mpz_set_ui(w->at[0].target, 1);
    return TT_OK;
}

static void way_clear(way *w, size_t horizon)
{
    for (size_t d = 0; d <= horizon; d++)
        mpz_clears(w->at[d].rollout, w->at[d].target, w->at[d].weighted, NULL);
    mpz_clears(w->r, w->p, w->sum, NULL);
    free(w->at);
}

/* The masses after `token` at a context with `depth` tokens. */
static void step(way *w, size_t depth, const tree *t, size_t context, size_t token)
{
    const uint64_t *rollout = rollout_row(t, context), *target = target_row(t, context);
    const masses *from = &w->at[depth];
    masses *to = &w->at[depth + 1];
    size_t n = t->draw->vocab;
    mpz_ptr r = w->r, p = w->p, sum = w->sum;
    tt_exact_set_u64(r, rollout[token]);
    set_sum(sum, target, n);
    mpz_mul(r, r, sum);
    tt_exact_set_u64(p, target[token]);
    set_sum(sum, rollout, n);
    mpz_mul(p, p, sum);
    mpz_mul(to->weighted, from->weighted, r);
    mpz_addmul(to->weighted, from->rollout, p);
    mpz_mul(to->rollout, from->rollout, r);
    mpz_mul(to->target, from->target, p);
}

/* e(y) > 0 for e = b - a - (s - T a). */
static bool e_is_positive(const masses *m, size_t horizon, mpz_t scratch)
{
    mpz_sub(scratch, m->target, m->weighted);
    mpz_addmul_ui(scratch, m->rollout, horizon - 1);
    return mpz_sgn(scratch) > 0;
}

/* The number of the first context with `depth` tokens. */
static size_t level_begin(const tree *t, size_t depth)
{
    size_t begin = 0, width = t->draw->prompts;
    for (size_t d = 0; d < depth; d++) {
        begin += width;
        width *= t->draw->vocab;
    }
    return begin;
}

/* Goes from depth `from` down to the response with this number. */
static void walk_down(way *w, const tree *t, size_t from, size_t response)
{
    size_t below = 1, n = t->draw->vocab;
    for (size_t d = from + 1; d < t->draw->horizon; d++)
        below *= n;
    for (size_t d = from; d < t->draw->horizon; d++, below /= n) {
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): below = n^(horizon - d - 1) */
        size_t node = response / below;
        step(w, d, t, level_begin(t, d) + node / n, node % n);
    }
}

/* e(y) is 0 where the prompt never comes. */
static bool prompt_is_idle(const tree *t, size_t response)
{
    return mpq_sgn(tt_instance_prompt(t->instance, response / (t->responses / t->draw->prompts))) == 0;
}

/* Reward number `one` where e(y) > 0, else the default 0: Error is then as large as any reward makes it. */
static tt_status reward_worst(tree *t, uint32_t one)
{
    size_t horizon = t->draw->horizon;
    way w;
    mpz_t scratch;
    if (way_init(&w, horizon) != TT_OK)
        return tt_no_memory(t->error);
    mpz_init(scratch);
    for (size_t response = 0; response < t->responses; response++) {
        size_t from = horizon - 1;
        for (size_t k = response; from > 0 && k % t->draw->vocab == 0; k /= t->draw->vocab)
            from--;
        walk_down(&w, t, from, response);
        t->reward[response] = prompt_is_idle(t, response) || !e_is_positive(&w.at[horizon], horizon, scratch)
                                  ? TT_DEFAULT_REWARD
                                  : one;
    }
    mpz_clear(scratch);
    way_clear(&w, horizon);
    return TT_OK;
}

/* The number of a reward; 0 is left to the default. */
static tt_status number_reward(uint32_t *out, tree *t, tt_sample_fraction reward)
{
    uint32_t *known = &t->numbers[reward.denominator][reward.numerator];
    tt_status status = TT_OK;
    if (*known == TT_DEFAULT_REWARD && reward.numerator > 0) {
        size_t number;
        mpq_t value;
        mpq_init(value);
        mpq_set_ui(value, reward.numerator, reward.denominator);
        mpq_canonicalize(value);
        status = tt_instance_add_number(&number, t->instance, value, t->error);
        *known = (uint32_t)number;
        mpq_clear(value);
    }
    *out = *known;
    return status;
}

static tt_status draw_rewards(tree *t, tt_reward_plan reward)
{
    uint32_t one;
    tt_status status;
    mpq_t zero;
    mpq_init(zero);
    status = tt_instance_set_reward_default(t->instance, zero, t->error);
    mpq_clear(zero);
    memset(t->numbers, 0xff, sizeof t->numbers);
    if (reward == TT_REWARD_WORST) {
        if (status == TT_OK)
            status = number_reward(&one, t, (tt_sample_fraction){ 1, 1 });
        return status == TT_OK ? reward_worst(t, one) : status;
    }
    for (size_t k = 0; k < t->responses && status == TT_OK; k++)
        status = number_reward(&t->reward[k], t, tt_sample_reward(reward, t->draw));
    return status;
}

/* ---- the whole ---- */

static tt_status tree_init(tree *t, const tt_sample_plan *plan, const tt_draw *draw, tt_error *error)
{
    size_t width = draw->prompts;
    *t = (tree){ .plan = plan, .draw = draw, .error = error };
    for (size_t depth = 0; depth < draw->horizon; depth++) {
        t->contexts += width;
        width *= draw->vocab;
    }
    t->responses = width;
    t->rows = calloc(t->contexts * 2 * draw->vocab, sizeof *t->rows);
    t->marked = calloc(t->contexts, sizeof *t->marked);
    t->rollout = calloc(t->contexts, sizeof *t->rollout);
    t->target = calloc(t->contexts, sizeof *t->target);
    t->reward = calloc(t->responses, sizeof *t->reward);
    if (!t->rows || !t->marked || !t->rollout || !t->target || !t->reward)
        return tt_no_memory(error);
    t->chosen = tt_draw_below(draw, t->contexts);
    return TT_OK;
}

static void tree_clear(tree *t)
{
    free(t->rows);
    free(t->marked);
    free(t->rollout);
    free(t->target);
    free(t->reward);
}

tt_status tt_sample_tree(tt_instance **out, const tt_sample_plan *plan, tt_reward_plan reward, const tt_draw *draw,
                         tt_error *error)
{
    tree t;
    tt_status status = tree_init(&t, plan, draw, error);
    *out = NULL;
    if (status == TT_OK)
        status = tt_instance_new(out, TT_FORM_TREE, draw->vocab, draw->horizon, error);
    t.instance = *out;
    if (status == TT_OK)
        status = tt_sample_prompts(t.instance, 1, draw, error);
    if (status == TT_OK)
        status = draw_rows(&t);
    if (status == TT_OK)
        status = draw_rewards(&t, reward);
    if (status == TT_OK)
        status = tt_instance_set_tree(t.instance, t.rollout, t.target, t.reward, error);
    tree_clear(&t);
    return status;
}

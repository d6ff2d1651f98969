#include "mismatch.h"

#include <stdlib.h>

/* The horizon of a tree: engines walk trees by recursion, one call per step. */
#define TREE_HORIZON_MAX 4096

static tt_status size_windows(tt_windows *w, const tt_arguments *arguments, tt_error *error)
{
    w->vocab = tt_argument_count(arguments, "vocab");
    w->horizon = tt_argument_count(arguments, "horizon");
    w->prompts = tt_argument_count(arguments, "prompts");
    w->folds = tt_argument_given(arguments, "memory");
    w->memory = w->folds ? tt_argument_count(arguments, "memory") : w->horizon;
    if (w->memory > w->horizon)
        w->memory = w->horizon;
    if (!w->folds && w->horizon > TREE_HORIZON_MAX)
        return tt_fail(error, TT_LIMIT, "--horizon", "a tree of more than %d steps is not spelled out (see --memory)",
                       TREE_HORIZON_MAX);
    if (tt_tree_nodes(w->prompts, w->vocab, w->memory) > TT_GENERATE_NODES_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "more than %lu contexts%s", TT_GENERATE_NODES_MAX,
                       w->folds ? "" : " and responses (--memory folds them)");
    return TT_OK;
}

static void number_windows(tt_windows *w)
{
    size_t level = w->prompts, full = 1;
    w->first[0] = 0;
    for (size_t k = 0; k < w->memory; k++) {
        w->first[k + 1] = w->first[k] + level;
        level *= w->vocab;
        full *= w->vocab;
    }
    w->ends = w->folds ? full : level;
    w->contexts = w->first[w->memory] + (w->folds ? full : 0);
}

tt_status tt_windows_init(tt_windows *w, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    tt_status status;
    *w = (tt_windows){ 0 };
    status = size_windows(w, arguments, error);
    if (status != TT_OK)
        return status;
    w->first = calloc(w->memory + 1, sizeof *w->first);
    if (!w->first)
        return TT_NO_MEMORY;
    number_windows(w);
    w->prompt = tt_rationals_new(w->prompts);
    w->reward = tt_rationals_new(w->ends);
    if (!w->prompt || !w->reward)
        return TT_NO_MEMORY;
    tt_draw_prompts(w->prompt, w->prompts, random);
    for (size_t k = 0; k < w->ends; k++)
        tt_draw_reward(w->reward[k], tt_argument_word(arguments, "reward"), random);
    return TT_OK;
}

void tt_windows_clear(tt_windows *w)
{
    free(w->first);
    tt_rationals_free(w->prompt, w->prompts);
    tt_rationals_free(w->reward, w->ends);
}

size_t tt_windows_at(size_t *start, const tt_windows *w, size_t step)
{
    *start = w->first[step < w->memory ? step : w->memory];
    return step < w->memory ? w->first[step + 1] - *start : w->ends;
}

/* The depth of a number, at most `memory`. */
static size_t depth_of(const tt_windows *w, size_t number)
{
    size_t k = 0;
    while (k < w->memory && number >= w->first[k + 1])
        k++;
    return k;
}

/* In base V, the digits of number - first[k] are the prompt and the k tokens; a full window has no prompt, so that
   the oldest of its tokens falls off in front. */
size_t tt_windows_next(const tt_windows *w, size_t context, size_t v)
{
    size_t k = depth_of(w, context), code = (context - w->first[k]) * w->vocab + v;
    if (k < w->memory)
        k++;
    if (w->folds && k == w->memory)
        code %= w->ends;
    return w->first[k] + code;
}

void tt_windows_get(tt_window *out, const tt_windows *w, size_t number)
{
    size_t k = depth_of(w, number), code = number - w->first[k];
    out->depth = k;
    for (size_t i = k; i-- > 0; code /= w->vocab)
        out->tokens[i] = (uint32_t)(code % w->vocab);
    out->prompt = w->folds && k == w->memory ? TT_NONE : code;
}

/* ---- writing down ---- */

typedef struct {
    tt_instance *instance;
    const tt_windows *windows;
    mpq_t *rollout, *target;
    tt_window window;
    size_t *next;
    tt_error *error;
} builder;

static tt_status add_context(builder *b)
{
    const tt_window *at = &b->window;
    tt_status status = tt_instance_set_context(b->instance, TT_ROLLOUT, at->prompt, at->tokens, at->depth, b->rollout,
                                               b->error);
    if (status != TT_OK)
        return status;
    return tt_instance_set_context(b->instance, TT_TARGET, at->prompt, at->tokens, at->depth, b->target, b->error);
}

/* A state has the name of its context; a window that the prompt has left is its tokens alone. */
static tt_status add_state(builder *b, size_t context)
{
    bool full = b->window.prompt == TT_NONE;
    char *key = tt_context_key(full ? 0 : b->window.prompt, b->window.tokens, b->window.depth);
    tt_status status;
    if (!key)
        return TT_NO_MEMORY;
    for (size_t v = 0; v < b->windows->vocab; v++)
        b->next[v] = tt_windows_next(b->windows, context, v);
    status = tt_instance_add_state(b->instance, full ? key + 2 : key, b->rollout, b->target, b->next, b->error);
    free(key);
    return status;
}

static tt_status add_contexts(builder *b, tt_window_rows *rows, void *self)
{
    tt_status status = TT_OK;
    for (size_t s = 0; s < b->windows->contexts && status == TT_OK; s++) {
        tt_windows_get(&b->window, b->windows, s);
        rows(self, b->rollout, b->target, &b->window, s);
        status = b->windows->folds ? add_state(b, s) : add_context(b);
    }
    return status;
}

/* Rewards other than 0, which is the default. */
static tt_status add_rewards(builder *b)
{
    const tt_windows *w = b->windows;
    size_t first = w->first[w->memory];
    tt_status status;
    mpq_t zero;
    mpq_init(zero);
    status = tt_instance_set_reward_default(b->instance, zero, b->error);
    mpq_clear(zero);
    for (size_t k = 0; k < w->ends && status == TT_OK; k++) {
        if (mpq_sgn(w->reward[k]) == 0)
            continue;
        tt_windows_get(&b->window, w, first + k);
        status = w->folds ? tt_instance_set_state_reward(b->instance, first + k, w->reward[k], b->error)
                          : tt_instance_set_reward(b->instance, b->window.prompt, b->window.tokens, b->window.depth,
                                                   w->reward[k], b->error);
    }
    return status;
}

static tt_status fill(builder *b, tt_window_rows *rows, void *self)
{
    const tt_windows *w = b->windows;
    tt_status status = TT_OK;
    for (size_t x = 0; x < w->prompts && status == TT_OK; x++)
        status = tt_instance_add_prompt(b->instance, w->prompt[x], x, b->error);
    if (status == TT_OK)
        status = add_contexts(b, rows, self);
    if (status == TT_OK)
        status = add_rewards(b);
    return status;
}

tt_status tt_windows_build(tt_instance **out, const tt_windows *w, tt_window_rows *rows, void *self, tt_error *error)
{
    builder b = { .windows = w, .error = error };
    tt_status status = tt_instance_new(out, w->folds ? TT_FORM_MACHINE : TT_FORM_TREE, w->vocab, w->horizon, error);
    if (status != TT_OK)
        return status;
    b.instance = *out;
    b.rollout = tt_rationals_new(w->vocab);
    b.target = tt_rationals_new(w->vocab);
    b.window.tokens = calloc(w->memory, sizeof *b.window.tokens);
    b.next = calloc(w->vocab, sizeof *b.next);
    status = b.rollout && b.target && b.window.tokens && b.next ? fill(&b, rows, self) : TT_NO_MEMORY;
    tt_rationals_free(b.rollout, w->vocab);
    tt_rationals_free(b.target, w->vocab);
    free(b.window.tokens);
    free(b.next);
    return status;
}

#include "mix.h"

#include <stdlib.h>

#include "../number/exact.h"

typedef struct {
    const tt_instance *from;
    tt_instance *out;
    mpq_srcptr h;
    mpq_t *rollout, *target; /* vocab of each: the rows at hand, target mixed */
    mpq_t difference;
    size_t *next; /* vocab */
    tt_error *error;
} mixer;

static void mixer_clear(mixer *m)
{
    size_t V = tt_instance_vocab(m->from);
    tt_rationals_free(m->rollout, V);
    tt_rationals_free(m->target, V);
    free(m->next);
    mpq_clear(m->difference);
}

static tt_status mixer_init(mixer *m, const tt_instance *instance, mpq_srcptr h, tt_error *error)
{
    size_t V = tt_instance_vocab(instance);
    *m = (mixer){ .from = instance, .h = h, .error = error };
    mpq_init(m->difference);
    m->rollout = tt_rationals_new(V);
    m->target = tt_rationals_new(V);
    m->next = calloc(V, sizeof *m->next);
    if (m->rollout && m->target && m->next)
        return TT_OK;
    mixer_clear(m);
    return tt_no_memory(error);
}

/* Rows of the old instance, by number, into m->rollout and, moved to pi_h, into m->target. */
static void mix_rows(mixer *m, size_t rollout, size_t target)
{
    const tt_row_store *rows = tt_instance_rows(m->from);
    for (size_t v = 0; v < tt_instance_vocab(m->from); v++) {
        tt_row_store_get(m->rollout[v], rows, rollout, v);
        tt_row_store_get(m->target[v], rows, target, v);
        mpq_sub(m->difference, m->target[v], m->rollout[v]);
        mpq_mul(m->difference, m->difference, m->h);
        mpq_add(m->target[v], m->rollout[v], m->difference);
    }
}

/* ---- tree form ---- */

static size_t own_or(size_t own, size_t other)
{
    return own != TT_NONE ? own : other;
}

/* A context whose rows were spelled out, one of them at least, has both in the new instance. */
static tt_status mix_context(mixer *m, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout,
                             size_t target)
{
    tt_status status;
    rollout = own_or(rollout, tt_instance_default_row(m->from, TT_ROLLOUT));
    target = own_or(target, own_or(tt_instance_default_row(m->from, TT_TARGET), rollout));
    mix_rows(m, rollout, target);
    status = tt_instance_set_context(m->out, TT_ROLLOUT, prompt, tokens, depth, m->rollout, m->error);
    if (status == TT_OK)
        status = tt_instance_set_context(m->out, TT_TARGET, prompt, tokens, depth, m->target, m->error);
    return status;
}

static tt_status visit_context(void *context, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout,
                               size_t target, mpq_srcptr reward)
{
    mixer *m = context;
    if (reward)
        return tt_instance_set_reward(m->out, prompt, tokens, depth, reward, m->error);
    return mix_context(m, prompt, tokens, depth, rollout, target);
}

static tt_status mix_defaults(mixer *m)
{
    size_t rollout = tt_instance_default_row(m->from, TT_ROLLOUT), target = tt_instance_default_row(m->from, TT_TARGET);
    tt_status status;
    /* without a default of rollout every context has a row of its own, and mix_context gives it its target */
    if (rollout == TT_NONE)
        return TT_OK;
    mix_rows(m, rollout, own_or(target, rollout));
    status = tt_instance_set_default(m->out, TT_ROLLOUT, m->rollout, m->error);
    if (status == TT_OK && target != TT_NONE)
        status = tt_instance_set_default(m->out, TT_TARGET, m->target, m->error);
    return status;
}

static tt_status mix_tree(mixer *m)
{
    tt_status status = mix_defaults(m);
    return status == TT_OK ? tt_instance_each_context(m->from, visit_context, m) : status;
}

/* ---- machine form ---- */

static tt_status mix_state(mixer *m, size_t state)
{
    mpq_srcptr reward = tt_instance_listed_state_reward(m->from, state);
    size_t rollout, target;
    tt_status status;
    tt_row_store_pair_rows(&rollout, &target, tt_instance_rows(m->from), tt_instance_state_pair(m->from, state));
    mix_rows(m, rollout, target);
    for (size_t v = 0; v < tt_instance_vocab(m->from); v++)
        m->next[v] = tt_instance_next(m->from, state, v);
    status = tt_instance_add_state(m->out, tt_instance_state_name(m->from, state), m->rollout, m->target, m->next,
                                   m->error);
    if (status == TT_OK && reward)
        status = tt_instance_set_state_reward(m->out, state, reward, m->error);
    return status;
}

static tt_status mix_machine(mixer *m)
{
    tt_status status = TT_OK;
    for (size_t state = 0; state < tt_instance_states(m->from) && status == TT_OK; state++)
        status = mix_state(m, state);
    return status;
}

/* ---- both ---- */

static tt_status copy_head(mixer *m)
{
    bool machine = tt_instance_form(m->from) == TT_FORM_MACHINE;
    mpq_srcptr reward = tt_instance_reward_default(m->from);
    tt_status status = TT_OK;
    if (tt_instance_set_name(m->out, *tt_instance_name(m->from) ? tt_instance_name(m->from) : NULL) != TT_OK)
        return tt_no_memory(m->error);
    for (size_t x = 0; x < tt_instance_prompts(m->from) && status == TT_OK; x++)
        status = tt_instance_add_prompt(m->out, tt_instance_prompt(m->from, x),
                                        machine ? tt_instance_first_state(m->from, x) : 0, m->error);
    if (status == TT_OK && reward)
        status = tt_instance_set_reward_default(m->out, reward, m->error);
    return status;
}

static tt_status build(mixer *m)
{
    tt_form form = tt_instance_form(m->from);
    size_t vocab = tt_instance_vocab(m->from), horizon = tt_instance_horizon(m->from);
    tt_status status = tt_instance_new(&m->out, form, vocab, horizon, m->error);
    if (status == TT_OK)
        status = copy_head(m);
    if (status == TT_OK)
        status = form == TT_FORM_TREE ? mix_tree(m) : mix_machine(m);
    if (status == TT_OK)
        status = tt_instance_finish(m->out, m->error);
    return status;
}

tt_status tt_instance_mix(tt_instance **out, const tt_instance *instance, mpq_srcptr h, tt_error *error)
{
    mixer m;
    tt_status status;
    *out = NULL;
    if (mpq_sgn(h) < 0 || mpq_cmp_ui(h, 1, 1) > 0)
        return tt_fail(error, TT_BAD_INPUT, NULL, "h is not between 0 and 1");
    status = mixer_init(&m, instance, h, error);
    if (status != TT_OK)
        return status;
    status = build(&m);
    if (status == TT_OK)
        *out = m.out;
    else
        tt_instance_free(m.out);
    mixer_clear(&m);
    return status == TT_NO_MEMORY ? tt_no_memory(error) : status;
}

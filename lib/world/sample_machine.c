/* Campaign instances in machine form: up to five states, tokens lead anywhere. */
#include <stdio.h>
#include <stdlib.h>

#include "../number/exact.h"
#include "sample_plan.h"

enum { STATES_MAX = 5 };

/* values[v] = weights[v] / sum. */
static void set_row(mpq_t *values, const uint64_t *weights, size_t n)
{
    mpz_t sum, weight;
    mpz_inits(sum, weight, NULL);
    for (size_t v = 0; v < n; v++) {
        tt_exact_set_u64(weight, weights[v]);
        mpz_add(sum, sum, weight);
    }
    for (size_t v = 0; v < n; v++) {
        tt_exact_set_u64(mpq_numref(values[v]), weights[v]);
        mpz_set(mpq_denref(values[v]), sum);
        mpq_canonicalize(values[v]);
    }
    mpz_clears(sum, weight, NULL);
}

static tt_status add_state(tt_instance *instance, const char *name, const uint64_t *rollout, const uint64_t *target,
                           const size_t *next, size_t n, tt_error *error)
{
    mpq_t rows[2][TT_SAMPLE_VOCAB_MAX];
    tt_status status;
    for (size_t v = 0; v < n; v++)
        mpq_inits(rows[0][v], rows[1][v], NULL);
    set_row(rows[0], rollout, n);
    set_row(rows[1], target, n);
    status = tt_instance_add_state(instance, name, rows[0], rows[1], next, error);
    for (size_t v = 0; v < n; v++)
        mpq_clears(rows[0][v], rows[1][v], NULL);
    return status;
}

/* A machine on its way. */
typedef struct {
    tt_instance *instance;
    const tt_sample_plan *plan;
    const tt_draw *draw;
    size_t states, chosen; /* the last state is the end of the response where the layout has one */
    uint64_t rollout[TT_SAMPLE_VOCAB_MAX], target[TT_SAMPLE_VOCAB_MAX]; /* of the last state that was drawn */
} machine;

static tt_status draw_state(machine *m, size_t state, tt_error *error)
{
    bool ends = m->plan->layout == TT_LAYOUT_END, end = ends && state + 1 == m->states;
    size_t next[TT_SAMPLE_VOCAB_MAX], n = m->draw->vocab;
    tt_draw_pair *pair = m->plan->pair;
    char name[24];
    if (m->plan->layout == TT_LAYOUT_FEW && state != m->chosen && !tt_draw_one_in(m->draw, 3))
        pair = tt_pair_equal;
    if (m->plan->layout != TT_LAYOUT_IID || state == 0)
        pair(m->rollout, m->target, m->draw);
    for (size_t v = 0; v < n; v++) {
        next[v] = end || (ends && v == 0) ? m->states - 1 : tt_draw_below(m->draw, m->states);
        if (end)
            m->rollout[v] = m->target[v] = v == 0;
    }
    snprintf(name, sizeof name, end ? "end" : "s%zu", state);
    return add_state(m->instance, name, m->rollout, m->target, next, n, error);
}

static tt_status draw_states(machine *m, tt_reward_plan reward, tt_error *error)
{
    tt_status status = TT_OK;
    mpq_t value;
    mpq_init(value);
    for (size_t s = 0; s < m->states && status == TT_OK; s++)
        status = draw_state(m, s, error);
    for (size_t s = 0; s < m->states && status == TT_OK; s++) {
        tt_sample_fraction drawn = tt_sample_reward(reward, m->draw);
        mpq_set_ui(value, drawn.numerator, drawn.denominator);
        mpq_canonicalize(value);
        status = tt_instance_set_state_reward(m->instance, s, value, error);
    }
    mpq_clear(value);
    return status;
}

tt_status tt_sample_machine(tt_instance **out, const tt_sample_plan *plan, tt_reward_plan reward, const tt_draw *draw,
                            tt_error *error)
{
    machine m = { .plan = plan, .draw = draw, .states = 2 + tt_draw_below(draw, STATES_MAX - 1) };
    tt_status status = tt_instance_new(out, TT_FORM_MACHINE, draw->vocab, draw->horizon, error);
    m.instance = *out;
    /* a response begins before its end */
    m.chosen = tt_draw_below(draw, m.states);
    if (status == TT_OK)
        status = tt_sample_prompts(m.instance, m.states - 1, draw, error);
    if (status == TT_OK)
        status = draw_states(&m, reward, error);
    return status;
}

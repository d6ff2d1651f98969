/* The machine form: checks of the whole automaton, and its tree of contexts. */
#include <stdlib.h>
#include <string.h>

#include "instance_internal.h"

/* ---- finishing the machine form --------------------------------------------------- */

static tt_status check_next(const tt_instance *instance, tt_error *error)
{
    const tt_machine_form *machine = &instance->machine;
    for (size_t s = 0; s < machine->count; s++)
        for (size_t v = 0; v < instance->vocab; v++)
            if (machine->next[s * instance->vocab + v] >= machine->count) {
                const tt_place *state = TT_KEY(TT_FIELD(NULL, "states"), machine->states[s].name);
                return tt_fail_at(error, TT_BAD_INPUT, TT_INDEX(TT_FIELD(state, "next"), v), "there is no such state");
            }
    for (size_t x = 0; x < instance->prompt_count; x++)
        if (instance->prompts[x].state >= machine->count)
            return tt_fail_at(error, TT_BAD_INPUT, TT_FIELD(TT_INDEX(TT_FIELD(NULL, "prompts"), x), "state"),
                              "there is no such state");
    return TT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static tt_status check_names(const tt_machine_form *machine, tt_error *error)
{
    char **names = calloc(machine->count ? machine->count : 1, sizeof *names);
    tt_status status = TT_OK;
    if (!names)
        return tt_instance_fail(TT_NO_MEMORY, error);
    for (size_t s = 0; s < machine->count; s++)
        names[s] = machine->states[s].name;
    qsort(names, machine->count, sizeof *names, by_name);
    for (size_t s = 1; s < machine->count && status == TT_OK; s++)
        if (strcmp(names[s - 1], names[s]) == 0)
            status = tt_fail_at(error, TT_BAD_INPUT, TT_KEY(TT_FIELD(NULL, "states"), names[s]),
                                "two states have this name");
    free(names);
    return status;
}

/* A set of states: a bit each, and a list. */
typedef struct {
    uint64_t *bits;
    uint32_t *list;
    size_t n;
} state_set;

static bool set_init(state_set *set, size_t states)
{
    set->bits = calloc(states / 64 + 1, sizeof *set->bits);
    set->list = calloc(states + 1, sizeof *set->list);
    set->n = 0;
    return set->bits && set->list;
}

static void set_free(state_set *set)
{
    free(set->bits);
    free(set->list);
}

static void set_empty(state_set *set)
{
    for (size_t k = 0; k < set->n; k++)
        set->bits[set->list[k] / 64] = 0;
    set->n = 0;
}

static void set_insert(state_set *set, uint32_t state)
{
    uint64_t bit = UINT64_C(1) << state % 64;
    if (set->bits[state / 64] & bit)
        return;
    set->bits[state / 64] |= bit;
    set->list[set->n++] = state;
}

static bool set_equal(const state_set *a, const state_set *b)
{
    if (a->n != b->n)
        return false;
    for (size_t k = 0; k < a->n; k++)
        if (!(b->bits[a->list[k] / 64] >> a->list[k] % 64 & 1))
            return false;
    return true;
}

static void set_copy(state_set *out, const state_set *set)
{
    set_empty(out);
    for (size_t k = 0; k < set->n; k++)
        set_insert(out, set->list[k]);
}

static void set_step(state_set *out, const state_set *set, const tt_instance *instance)
{
    set_empty(out);
    for (size_t k = 0; k < set->n; k++)
        for (size_t v = 0; v < instance->vocab; v++)
            set_insert(out, instance->machine.next[set->list[k] * instance->vocab + v]);
}

/* Steps times states that are followed before giving up; sets of states repeat long before this but
   for automata made to be awkward. */
#define REACH_BUDGET (UINT64_C(1) << 30)

/* now = the states that some T tokens lead to. The sets repeat in the end (Brent's cycle search: compare
   with the set at the last power of two), so that T may be large. */
static tt_status reach(state_set *now, state_set *then, state_set *spare, const tt_instance *instance)
{
    uint64_t work = 0, power = 1, lambda = 0, left = instance->horizon;
    bool searching = true;
    for (size_t x = 0; x < instance->prompt_count; x++)
        set_insert(now, (uint32_t)instance->prompts[x].state);
    set_copy(then, now);
    while (left > 0) {
        state_set before = *now;
        work += now->n * instance->vocab;
        if (work > REACH_BUDGET)
            return TT_LIMIT;
        set_step(spare, now, instance);
        *now = *spare;
        *spare = before;
        left--;
        if (!searching)
            continue;
        lambda++;
        if (set_equal(now, then)) {
            left %= lambda;
            searching = false;
        } else if (lambda == power) {
            set_copy(then, now);
            power *= 2;
            lambda = 0;
        }
    }
    return TT_OK;
}

static tt_status check_reached(const state_set *reached, const tt_machine_form *machine, tt_error *error)
{
    for (size_t s = 0; s < machine->count; s++)
        if ((reached->bits[s / 64] >> s % 64 & 1) && machine->states[s].reward == NONE)
            return tt_fail_at(error, TT_BAD_INPUT,
                              TT_KEY(TT_FIELD(TT_FIELD(NULL, "reward"), "states"), machine->states[s].name),
                              "the last token can lead to this state, which has no reward and there is no default");
    return TT_OK;
}

static tt_status check_state_rewards(const tt_instance *instance, tt_error *error)
{
    const tt_machine_form *machine = &instance->machine;
    state_set sets[3] = {{0}, {0}, {0}};
    bool all = true, memory = true;
    tt_status status;
    for (size_t s = 0; s < machine->count; s++)
        all = all && machine->states[s].reward != NONE;
    if (all || instance->reward_default != NONE)
        return TT_OK;
    for (size_t k = 0; k < 3; k++)
        memory = set_init(&sets[k], machine->count) && memory;
    status = memory ? reach(&sets[0], &sets[1], &sets[2], instance) : TT_NO_MEMORY;
    if (status == TT_OK)
        status = check_reached(&sets[0], machine, error);
    else if (status == TT_LIMIT)
        tt_fail(error, status, "reward", "too much work to find the states that need a reward; give a default");
    else
        status = tt_instance_fail(status, error);
    for (size_t k = 0; k < 3; k++)
        set_free(&sets[k]);
    return status;
}

tt_status tt_machine_finish(const tt_instance *instance, tt_error *error)
{
    tt_status status = check_next(instance, error);
    if (status == TT_OK)
        status = check_names(&instance->machine, error);
    if (status == TT_OK)
        status = check_state_rewards(instance, error);
    return status;
}

static uint64_t machine_root(const void *self, size_t x)
{
    const tt_instance *instance = self;
    return instance->prompts[x].state;
}

static uint64_t machine_child(const void *self, uint64_t node, size_t depth, size_t token)
{
    const tt_instance *instance = self;
    (void)depth;
    return instance->machine.next[node * instance->vocab + token];
}

static void machine_rows(const void *self, uint64_t node, size_t depth, tt_rows *out, tt_rows_buffer *buffer)
{
    const tt_instance *instance = self;
    (void)depth;
    (void)buffer;
    tt_row_store_view(out, instance->rows, instance->machine.states[node].pair);
}

static void machine_reward(const void *self, uint64_t leaf, mpq_ptr out)
{
    mpq_set(out, tt_instance_state_reward(self, (size_t)leaf));
}

static void machine_small_rows(const void *self, uint64_t node, size_t depth, tt_small_rows *out)
{
    const tt_instance *instance = self;
    (void)depth;
    tt_row_store_small(out, instance->rows, instance->machine.states[node].pair);
}

static uint32_t machine_small_reward(const void *self, uint64_t leaf)
{
    const tt_instance *instance = self;
    return tt_instance_small_reward(instance, instance->machine.states[leaf].reward);
}

void tt_machine_source(tt_row_source *out)
{
    out->root = machine_root;
    out->child = machine_child;
    out->rows = machine_rows;
    out->reward = machine_reward;
    out->small_rows = machine_small_rows;
    out->small_reward = machine_small_reward;
}

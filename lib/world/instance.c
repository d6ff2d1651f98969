#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instance_internal.h"

/* ---- making and unmaking ------------------------------------------------------ */

tt_status tt_instance_fail(tt_status status, tt_error *error)
{
    if (status == TT_LIMIT)
        return tt_fail(error, status, NULL, "more than 2^32 - 2 contexts, rows or numbers");
    return status == TT_OK ? TT_OK : tt_fail(error, status, NULL, "out of memory");
}

static tt_status check_size(size_t value, const char *where, tt_error *error)
{
    if (value < 1 || value > TT_SIZE_MAX)
        return tt_fail(error, TT_BAD_INPUT, where, "%s is not between 1 and 2147483647", where);
    return TT_OK;
}

tt_status tt_instance_new(tt_instance **out, tt_form form, size_t vocab, size_t horizon, tt_error *error)
{
    tt_instance *instance;
    tt_status status = check_size(vocab, "vocab", error);
    *out = NULL;
    if (status == TT_OK)
        status = check_size(horizon, "horizon", error);
    if (status != TT_OK)
        return status;
    instance = calloc(1, sizeof *instance);
    if (!instance)
        return tt_instance_fail(TT_NO_MEMORY, error);
    instance->form = form;
    instance->vocab = vocab;
    instance->horizon = horizon;
    instance->reward_default = NONE;
    tt_intern_init(&instance->numbers, 2);
    status = tt_row_store_new(&instance->rows, vocab);
    if (status == TT_OK)
        status = tt_tree_init(&instance->tree);
    if (status != TT_OK) {
        tt_instance_free(instance);
        return tt_instance_fail(status, error);
    }
    *out = instance;
    return TT_OK;
}

void tt_instance_free(tt_instance *instance)
{
    if (!instance)
        return;
    for (size_t s = 0; s < instance->machine.count; s++)
        free(instance->machine.states[s].name);
    free(instance->machine.states);
    free(instance->machine.next);
    tt_tree_clear(&instance->tree);
    tt_row_store_free(instance->rows);
    tt_intern_clear(&instance->numbers);
    free(instance->prompts);
    free(instance->name);
    free(instance);
}

/* ---- setters ---------------------------------------------------------------- */

tt_status tt_instance_set_name(tt_instance *instance, const char *name)
{
    char *copy = name ? strdup(name) : NULL;
    if (name && !copy)
        return TT_NO_MEMORY;
    free(instance->name);
    instance->name = copy;
    return TT_OK;
}

static tt_status add_number(uint32_t *out, tt_instance *instance, mpq_srcptr value, const char *what, tt_error *error)
{
    __mpz_struct parts[2] = {*mpq_numref(value), *mpq_denref(value)};
    size_t number = 0;
    tt_status status = tt_check_unit(value, NULL, what, error);
    if (status == TT_OK)
        status = tt_instance_fail(tt_intern_add(&number, &instance->numbers, parts), error);
    if (status == TT_OK)
        *out = (uint32_t)number;
    return status;
}

/* The numerator and denominator that a vector of two holds are laid out as an mpq_t. */
mpq_srcptr tt_instance_number(const tt_instance *instance, uint32_t number)
{
    _Static_assert(sizeof(__mpq_struct) == 2 * sizeof(__mpz_struct), "an mpq_t is two mpz_t");
    return number == NONE ? NULL : (mpq_srcptr)(const void *)tt_intern_get(&instance->numbers, number);
}

tt_status tt_instance_add_prompt(tt_instance *instance, mpq_srcptr p, size_t state, tt_error *error)
{
    tt_prompt *prompt;
    uint32_t probability = NONE;
    tt_status status = add_number(&probability, instance, p, "the probability", error);
    if (status != TT_OK)
        return status;
    if (instance->prompt_count >= TT_INTERN_MAX)
        return tt_instance_fail(TT_LIMIT, error);
    status = tt_grow(&instance->prompts, &instance->prompt_room, instance->prompt_count + 1, sizeof *instance->prompts);
    if (status != TT_OK)
        return tt_instance_fail(status, error);
    prompt = &instance->prompts[instance->prompt_count++];
    prompt->probability = probability;
    prompt->state = state;
    return TT_OK;
}

tt_status tt_instance_add_row(size_t *row, tt_instance *instance, const mpq_t *values, tt_error *error)
{
    return tt_row_store_add(row, instance->rows, values, error);
}

tt_status tt_instance_add_weights(size_t *row, tt_instance *instance, const uint64_t *weights, tt_error *error)
{
    return tt_row_store_add_weights(row, instance->rows, weights, error);
}

tt_status tt_instance_add_number(size_t *number, tt_instance *instance, mpq_srcptr value, tt_error *error)
{
    uint32_t found = NONE;
    tt_status status = add_number(&found, instance, value, "the reward", error);
    *number = found;
    return status;
}

tt_status tt_instance_set_tree(tt_instance *instance, const uint32_t *rollout, const uint32_t *target,
                               const uint32_t *reward, tt_error *error)
{
    return tt_instance_fail(tt_tree_fill(instance, rollout, target, reward), error);
}

tt_status tt_instance_set_default(tt_instance *instance, tt_policy policy, const mpq_t *row, tt_error *error)
{
    size_t number;
    tt_status status;
    if (instance->tree.default_row[policy] != NONE)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the default row is given twice");
    status = tt_instance_add_row(&number, instance, row, error);
    if (status == TT_OK)
        instance->tree.default_row[policy] = (uint32_t)number;
    return status;
}

static tt_status check_key(const tt_instance *instance, size_t prompt, const uint32_t *tokens, size_t depth,
                           tt_error *error)
{
    if (prompt >= instance->prompt_count)
        return tt_fail(error, TT_BAD_INPUT, NULL, "there is no prompt %zu; there are %zu, counted from 0", prompt,
                       instance->prompt_count);
    for (size_t k = 0; k < depth; k++)
        if (tokens[k] >= instance->vocab)
            return tt_fail(error, TT_BAD_INPUT, NULL, "token %lu is not below vocab %zu", (unsigned long)tokens[k],
                           instance->vocab);
    return TT_OK;
}

tt_status tt_instance_set_context_row(tt_instance *instance, tt_policy policy, size_t prompt, const uint32_t *tokens,
                                      size_t depth, size_t row, tt_error *error)
{
    uint32_t node, *own;
    tt_status status;
    if (depth >= instance->horizon)
        return tt_fail(error, TT_BAD_INPUT, NULL, "a context has fewer tokens than horizon %zu; this one has %zu",
                       instance->horizon, depth);
    status = check_key(instance, prompt, tokens, depth, error);
    if (status != TT_OK)
        return status;
    status = tt_tree_find(&node, &instance->tree, prompt, tokens, depth);
    if (status != TT_OK)
        return tt_instance_fail(status, error);
    own = policy == TT_ROLLOUT ? &instance->tree.nodes[node].rollout : &instance->tree.nodes[node].target;
    if (*own != NONE)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the context is given twice");
    *own = (uint32_t)row;
    return TT_OK;
}

tt_status tt_instance_set_context(tt_instance *instance, tt_policy policy, size_t prompt, const uint32_t *tokens,
                                  size_t depth, const mpq_t *row, tt_error *error)
{
    size_t number;
    tt_status status = tt_instance_add_row(&number, instance, row, error);
    if (status != TT_OK)
        return status;
    return tt_instance_set_context_row(instance, policy, prompt, tokens, depth, number, error);
}

tt_status tt_instance_set_reward(tt_instance *instance, size_t prompt, const uint32_t *tokens, size_t depth,
                                 mpq_srcptr reward, tt_error *error)
{
    uint32_t node, number = NONE;
    tt_status status;
    if (depth != instance->horizon)
        return tt_fail(error, TT_BAD_INPUT, NULL, "a response has as many tokens as horizon %zu; this one has %zu",
                       instance->horizon, depth);
    status = check_key(instance, prompt, tokens, depth, error);
    if (status == TT_OK)
        status = add_number(&number, instance, reward, "the reward", error);
    if (status != TT_OK)
        return status;
    status = tt_tree_find(&node, &instance->tree, prompt, tokens, depth);
    if (status != TT_OK)
        return tt_instance_fail(status, error);
    if (instance->tree.nodes[node].reward != NONE)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the response is given twice");
    instance->tree.nodes[node].reward = number;
    return TT_OK;
}

tt_status tt_instance_set_reward_default(tt_instance *instance, mpq_srcptr reward, tt_error *error)
{
    if (instance->reward_default != NONE)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the default reward is given twice");
    return add_number(&instance->reward_default, instance, reward, "the reward", error);
}

/* Adds a row and puts the policy's name before the place of what is wrong with it. */
static tt_status add_named_row(size_t *row, tt_instance *instance, const mpq_t *values, const char *policy,
                               tt_error *error)
{
    tt_error inner = {0};
    tt_status status = tt_instance_add_row(row, instance, values, &inner);
    if (status != TT_OK) {
        char where[64];
        snprintf(where, sizeof where, "%s%.40s", policy, inner.where);
        return tt_fail(error, status, where, "%s", inner.what);
    }
    return TT_OK;
}

tt_status tt_instance_add_state(tt_instance *instance, const char *name, const mpq_t *rollout, const mpq_t *target,
                                const size_t *next, tt_error *error)
{
    tt_machine_form *machine = &instance->machine;
    tt_machine_state *state;
    size_t rollout_row, target_row, pair;
    tt_status status = add_named_row(&rollout_row, instance, rollout, "rollout", error);
    target_row = rollout_row;
    if (status == TT_OK && target)
        status = add_named_row(&target_row, instance, target, "target", error);
    if (status != TT_OK)
        return status;
    if (machine->count >= TT_INTERN_MAX)
        return tt_instance_fail(TT_LIMIT, error);
    status = tt_row_store_pair(&pair, instance->rows, rollout_row, target_row);
    if (status == TT_OK)
        status = tt_grow(&machine->states, &machine->room, machine->count + 1, sizeof *machine->states);
    if (status == TT_OK)
        status = tt_grow(&machine->next, &machine->next_room, (machine->count + 1) * instance->vocab,
                         sizeof *machine->next);
    if (status != TT_OK)
        return tt_instance_fail(status, error);
    state = &machine->states[machine->count];
    state->name = strdup(name);
    if (!state->name)
        return tt_instance_fail(TT_NO_MEMORY, error);
    state->pair = (uint32_t)pair;
    state->reward = NONE;
    for (size_t v = 0; v < instance->vocab; v++)
        machine->next[machine->count * instance->vocab + v] = next[v] < NONE ? (uint32_t)next[v] : NONE;
    machine->count++;
    return TT_OK;
}

tt_status tt_instance_set_state_reward(tt_instance *instance, size_t state, mpq_srcptr reward, tt_error *error)
{
    if (state >= instance->machine.count)
        return tt_fail(error, TT_BAD_INPUT, NULL, "there is no such state");
    if (instance->machine.states[state].reward != NONE)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the state's reward is given twice");
    return add_number(&instance->machine.states[state].reward, instance, reward, "the reward", error);
}

static void meet_reward(tt_instance *instance, uint32_t number)
{
    mpq_srcptr reward = tt_instance_number(instance, number);
    if (reward)
        instance->reward_total = tt_small_lcm(instance->reward_total, mpq_denref(reward));
}

static void find_reward_total(tt_instance *instance)
{
    instance->reward_total = 1;
    meet_reward(instance, instance->reward_default);
    for (size_t node = 0; node < instance->tree.count; node++)
        meet_reward(instance, instance->tree.nodes[node].reward);
    for (size_t state = 0; state < instance->machine.count; state++)
        meet_reward(instance, instance->machine.states[state].reward);
}

tt_status tt_instance_finish(tt_instance *instance, tt_error *error)
{
    tt_status status;
    mpq_t sum;
    if (instance->prompt_count == 0)
        return tt_fail(error, TT_BAD_INPUT, "prompts", "at least one prompt is needed");
    mpq_init(sum);
    for (size_t x = 0; x < instance->prompt_count; x++)
        mpq_add(sum, sum, tt_instance_prompt(instance, x));
    status = tt_check_sum(sum, "prompts", "the probabilities sum", error);
    mpq_clear(sum);
    if (status != TT_OK)
        return status;
    status = instance->form == TT_FORM_TREE ? tt_tree_finish(instance, error) : tt_machine_finish(instance, error);
    if (status == TT_OK)
        find_reward_total(instance);
    return status;
}

/* ---- reading ------------------------------------------------------------------- */

tt_form tt_instance_form(const tt_instance *instance)
{
    return instance->form;
}

const char *tt_instance_name(const tt_instance *instance)
{
    return instance->name ? instance->name : "";
}

size_t tt_instance_vocab(const tt_instance *instance)
{
    return instance->vocab;
}

size_t tt_instance_horizon(const tt_instance *instance)
{
    return instance->horizon;
}

size_t tt_instance_prompts(const tt_instance *instance)
{
    return instance->prompt_count;
}

mpq_srcptr tt_instance_prompt(const tt_instance *instance, size_t x)
{
    return tt_instance_number(instance, instance->prompts[x].probability);
}

const tt_row_store *tt_instance_rows(const tt_instance *instance)
{
    return instance->rows;
}

static mpq_srcptr source_prompt(const void *self, size_t x)
{
    return tt_instance_prompt(self, x);
}

uint32_t tt_instance_small_reward(const tt_instance *instance, uint32_t number)
{
    mpq_srcptr reward = tt_instance_number(instance, number != NONE ? number : instance->reward_default);
    uint32_t denominator = (uint32_t)mpz_get_ui(mpq_denref(reward));
    uint32_t scale = denominator == instance->reward_total ? 1 : instance->reward_total / denominator;
    return (uint32_t)mpz_get_ui(mpq_numref(reward)) * scale;
}

void tt_instance_source(tt_row_source *out, const tt_instance *instance)
{
    memset(out, 0, sizeof *out);
    out->self = instance;
    out->vocab = instance->vocab;
    out->horizon = instance->horizon;
    out->prompts = instance->prompt_count;
    out->pairs = tt_row_store_pairs(instance->rows);
    out->prompt = source_prompt;
    if (instance->form == TT_FORM_TREE)
        tt_tree_source(out);
    else
        tt_machine_source(out);
    out->reward_total = instance->reward_total;
    if (out->reward_total == 0 || !tt_row_store_is_small(instance->rows)) {
        out->small_rows = NULL;
        out->small_reward = NULL;
    } else {
        out->row_total = tt_row_store_common_total(instance->rows);
    }
}

size_t tt_instance_states(const tt_instance *instance)
{
    return instance->machine.count;
}

const char *tt_instance_state_name(const tt_instance *instance, size_t state)
{
    return instance->machine.states[state].name;
}

size_t tt_instance_first_state(const tt_instance *instance, size_t prompt)
{
    return instance->prompts[prompt].state;
}

size_t tt_instance_next(const tt_instance *instance, size_t state, size_t token)
{
    return instance->machine.next[state * instance->vocab + token];
}

size_t tt_instance_state_pair(const tt_instance *instance, size_t state)
{
    return instance->machine.states[state].pair;
}

mpq_srcptr tt_instance_listed_state_reward(const tt_instance *instance, size_t state)
{
    return tt_instance_number(instance, instance->machine.states[state].reward);
}

mpq_srcptr tt_instance_state_reward(const tt_instance *instance, size_t state)
{
    mpq_srcptr own = tt_instance_listed_state_reward(instance, state);
    return own ? own : tt_instance_reward_default(instance);
}

mpq_srcptr tt_instance_reward_default(const tt_instance *instance)
{
    return tt_instance_number(instance, instance->reward_default);
}

size_t tt_instance_default_row(const tt_instance *instance, tt_policy policy)
{
    uint32_t row = instance->tree.default_row[policy];
    return row == NONE ? TT_NONE : row;
}

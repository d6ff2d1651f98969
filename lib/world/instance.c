#include "instance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intern.h"

#define NONE TT_INTERN_NONE

/* A context or response that a file spells out, or the way to one. Children are
   contiguous and sorted by token once the instance is finished. Node 0 stands above
   the prompts: its children are the empty contexts, their tokens the prompts. */
typedef struct {
    uint32_t parent, token;
    uint32_t first, children;
    uint32_t rollout, target; /* rows of its own, or NONE */
    uint32_t reward;          /* of its own, or NONE */
    uint32_t pair;            /* what engines see */
} tree_node;

typedef struct {
    tree_node *nodes; /* after _finish breadth first, with one more at the end: any context off the tree */
    size_t count, room;
    tt_index index; /* by (parent, token), while building */
    /* The way to the last key: files list neighbours after one another. */
    uint32_t *path_nodes, *path_tokens;
    size_t path_length, path_room, path_token_room;
    uint32_t default_row[2]; /* by tt_policy, or NONE */
} tree_form;

typedef struct {
    char *name;
    uint32_t pair;
    uint32_t reward; /* of its own, or NONE */
} machine_state;

typedef struct {
    machine_state *states;
    uint32_t *next; /* vocab of them per state */
    size_t count, room, next_room;
} machine_form;

typedef struct {
    uint32_t probability;
    size_t state;
} prompt_entry;

struct tt_instance {
    tt_form form;
    char *name;
    size_t vocab, horizon;
    prompt_entry *prompts;
    size_t prompt_count, prompt_room;
    tt_row_store *rows;
    tt_intern numbers; /* prompt probabilities and rewards: numerator, denominator */
    uint32_t reward_default;
    tree_form tree;
    machine_form machine;
};

/* ---- making and unmaking ------------------------------------------------------ */

static tt_status fail(tt_status status, tt_error *error)
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

static tt_status new_node(size_t *node, tree_form *tree, uint32_t parent, uint32_t token)
{
    tree_node *fresh;
    tt_status status;
    if (tree->count >= TT_INTERN_MAX)
        return TT_LIMIT;
    status = tt_grow(&tree->nodes, &tree->room, tree->count + 1, sizeof *tree->nodes);
    if (status != TT_OK)
        return status;
    *node = tree->count++;
    fresh = &tree->nodes[*node];
    fresh->parent = parent;
    fresh->token = token;
    fresh->first = fresh->children = 0;
    fresh->rollout = fresh->target = fresh->reward = fresh->pair = NONE;
    return TT_OK;
}

tt_status tt_instance_new(tt_instance **out, tt_form form, size_t vocab, size_t horizon, tt_error *error)
{
    tt_instance *instance;
    size_t root;
    tt_status status = check_size(vocab, "vocab", error);
    *out = NULL;
    if (status == TT_OK)
        status = check_size(horizon, "horizon", error);
    if (status != TT_OK)
        return status;
    instance = calloc(1, sizeof *instance);
    if (!instance)
        return fail(TT_NO_MEMORY, error);
    instance->form = form;
    instance->vocab = vocab;
    instance->horizon = horizon;
    instance->reward_default = NONE;
    instance->tree.default_row[TT_ROLLOUT] = instance->tree.default_row[TT_TARGET] = NONE;
    tt_intern_init(&instance->numbers, 2);
    tt_index_init(&instance->tree.index);
    status = tt_row_store_new(&instance->rows, vocab);
    if (status == TT_OK)
        status = new_node(&root, &instance->tree, NONE, 0);
    if (status != TT_OK) {
        tt_instance_free(instance);
        return fail(status, error);
    }
    *out = instance;
    return TT_OK;
}

static void free_building(tree_form *tree)
{
    tt_index_clear(&tree->index);
    free(tree->path_nodes);
    free(tree->path_tokens);
    tree->path_nodes = tree->path_tokens = NULL;
    tree->path_length = tree->path_room = tree->path_token_room = 0;
}

void tt_instance_free(tt_instance *instance)
{
    if (!instance)
        return;
    for (size_t s = 0; s < instance->machine.count; s++)
        free(instance->machine.states[s].name);
    free(instance->machine.states);
    free(instance->machine.next);
    free_building(&instance->tree);
    free(instance->tree.nodes);
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
        status = fail(tt_intern_add(&number, &instance->numbers, parts), error);
    if (status == TT_OK)
        *out = (uint32_t)number;
    return status;
}

/* The numerator and denominator that a vector of two holds are laid out as an mpq_t. */
static mpq_srcptr get_number(const tt_instance *instance, uint32_t number)
{
    _Static_assert(sizeof(__mpq_struct) == 2 * sizeof(__mpz_struct), "an mpq_t is two mpz_t");
    return number == NONE ? NULL : (mpq_srcptr)(const void *)tt_intern_get(&instance->numbers, number);
}

tt_status tt_instance_add_prompt(tt_instance *instance, mpq_srcptr p, size_t state, tt_error *error)
{
    prompt_entry *prompt;
    uint32_t probability = NONE;
    tt_status status = add_number(&probability, instance, p, "the probability", error);
    if (status != TT_OK)
        return status;
    if (instance->prompt_count >= TT_INTERN_MAX)
        return fail(TT_LIMIT, error);
    status = tt_grow(&instance->prompts, &instance->prompt_room, instance->prompt_count + 1, sizeof *instance->prompts);
    if (status != TT_OK)
        return fail(status, error);
    prompt = &instance->prompts[instance->prompt_count++];
    prompt->probability = probability;
    prompt->state = state;
    return TT_OK;
}

tt_status tt_instance_add_row(size_t *row, tt_instance *instance, const mpq_t *values, tt_error *error)
{
    return tt_row_store_add(row, instance->rows, values, error);
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

static uint64_t node_hash(uint32_t parent, uint32_t token)
{
    return tt_hash_mix(0, (uint64_t)parent << 32 | token);
}

static uint64_t node_entry_hash(const void *context, uint32_t number)
{
    const tree_form *tree = context;
    return node_hash(tree->nodes[number].parent, tree->nodes[number].token);
}

/* The child of a node, made where it does not exist. */
static tt_status step(uint32_t *child, tree_form *tree, uint32_t parent, uint32_t token)
{
    tt_index *index = &tree->index;
    size_t at, node;
    tt_status status = tt_index_reserve(index, node_entry_hash, tree);
    if (status != TT_OK)
        return status;
    at = (size_t)node_hash(parent, token) & (index->size - 1);
    for (; index->slots[at] != NONE; at = (at + 1) & (index->size - 1)) {
        const tree_node *other = &tree->nodes[index->slots[at]];
        if (other->parent == parent && other->token == token) {
            *child = index->slots[at];
            return TT_OK;
        }
    }
    status = new_node(&node, tree, parent, token);
    if (status != TT_OK)
        return status;
    tree->nodes[parent].children++;
    index->slots[at] = (uint32_t)node;
    index->used++;
    *child = (uint32_t)node;
    return TT_OK;
}

/* The node of a context, made where it does not exist. The path holds the prompt and then the tokens. */
static tt_status find_node(uint32_t *node, tree_form *tree, size_t prompt, const uint32_t *tokens, size_t depth)
{
    size_t same = 0, length = depth + 1;
    tt_status status = tt_grow(&tree->path_nodes, &tree->path_room, length, sizeof *tree->path_nodes);
    if (status == TT_OK)
        status = tt_grow(&tree->path_tokens, &tree->path_token_room, length, sizeof *tree->path_tokens);
    if (status != TT_OK)
        return status;
    if (tree->path_length > 0 && tree->path_tokens[0] == prompt)
        for (same = 1; same < length && same < tree->path_length; same++)
            if (tree->path_tokens[same] != tokens[same - 1])
                break;
    tree->path_length = same;
    for (size_t k = same; k < length; k++) {
        tree->path_tokens[k] = k == 0 ? (uint32_t)prompt : tokens[k - 1];
        status = step(&tree->path_nodes[k], tree, k == 0 ? 0 : tree->path_nodes[k - 1], tree->path_tokens[k]);
        if (status != TT_OK)
            return status;
        tree->path_length = k + 1;
    }
    *node = tree->path_nodes[length - 1];
    return TT_OK;
}

static tt_status check_key(const tt_instance *instance, size_t prompt, const uint32_t *tokens, size_t depth,
                           tt_error *error)
{
    if (prompt >= instance->prompt_count)
        return tt_fail(error, TT_BAD_INPUT, NULL, "there is no prompt %zu, only %zu in all, counted from 0", prompt,
                       instance->prompt_count);
    for (size_t k = 0; k < depth; k++)
        if (tokens[k] >= instance->vocab)
            return tt_fail(error, TT_BAD_INPUT, NULL, "token %lu is not below vocab, %zu", (unsigned long)tokens[k],
                           instance->vocab);
    return TT_OK;
}

tt_status tt_instance_set_context_row(tt_instance *instance, tt_policy policy, size_t prompt, const uint32_t *tokens,
                                      size_t depth, size_t row, tt_error *error)
{
    uint32_t node, *own;
    tt_status status;
    if (depth >= instance->horizon)
        return tt_fail(error, TT_BAD_INPUT, NULL, "a context has fewer tokens than horizon, %zu; this one has %zu",
                       instance->horizon, depth);
    status = check_key(instance, prompt, tokens, depth, error);
    if (status != TT_OK)
        return status;
    status = find_node(&node, &instance->tree, prompt, tokens, depth);
    if (status != TT_OK)
        return fail(status, error);
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
        return tt_fail(error, TT_BAD_INPUT, NULL, "a response has horizon, %zu, tokens; this one has %zu",
                       instance->horizon, depth);
    status = check_key(instance, prompt, tokens, depth, error);
    if (status == TT_OK)
        status = add_number(&number, instance, reward, "the reward", error);
    if (status != TT_OK)
        return status;
    status = find_node(&node, &instance->tree, prompt, tokens, depth);
    if (status != TT_OK)
        return fail(status, error);
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
    machine_form *machine = &instance->machine;
    machine_state *state;
    size_t rollout_row, target_row, pair;
    tt_status status = add_named_row(&rollout_row, instance, rollout, "rollout", error);
    target_row = rollout_row;
    if (status == TT_OK && target)
        status = add_named_row(&target_row, instance, target, "target", error);
    if (status != TT_OK)
        return status;
    if (machine->count >= TT_INTERN_MAX)
        return fail(TT_LIMIT, error);
    status = tt_row_store_pair(&pair, instance->rows, rollout_row, target_row);
    if (status == TT_OK)
        status = tt_grow(&machine->states, &machine->room, machine->count + 1, sizeof *machine->states);
    if (status == TT_OK)
        status = tt_grow(&machine->next, &machine->next_room, (machine->count + 1) * instance->vocab,
                         sizeof *machine->next);
    if (status != TT_OK)
        return fail(status, error);
    state = &machine->states[machine->count];
    state->name = strdup(name);
    if (!state->name)
        return fail(TT_NO_MEMORY, error);
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

/* ---- finishing the tree form ---------------------------------------------------- */

static int by_token(const void *a, const void *b, void *nodes)
{
    const tree_node *of = nodes;
    uint32_t x = of[*(const uint32_t *)a].token, y = of[*(const uint32_t *)b].token;
    return (x > y) - (x < y);
}

static bool sorted(const tree_node *nodes, const uint32_t *list, size_t n)
{
    for (size_t k = 1; k < n; k++)
        if (nodes[list[k - 1]].token > nodes[list[k]].token)
            return false;
    return true;
}

/* lists[starts[p] ... starts[p + 1]) = the children of p, sorted by token. */
static void list_children(uint32_t *lists, uint32_t *starts, tree_node *nodes, size_t count)
{
    uint32_t sum = 0;
    for (size_t p = 0; p < count; p++) {
        starts[p] = sum;
        sum += nodes[p].children;
    }
    starts[count] = sum;
    for (size_t node = 1; node < count; node++)
        lists[starts[nodes[node].parent] + nodes[nodes[node].parent].first++] = (uint32_t)node;
    for (size_t p = 0; p < count; p++)
        if (!sorted(nodes, lists + starts[p], nodes[p].children))
            qsort_r(lists + starts[p], nodes[p].children, sizeof *lists, by_token, nodes);
}

/* Renumbers the nodes breadth first, so that the children of a node stand together in order, and so that
   the nodes stand in order of depth, prompt and tokens. */
static tt_status lay_out(tree_form *tree)
{
    size_t count = tree->count, tail = 1;
    uint32_t *lists = malloc(count * sizeof *lists);
    uint32_t *starts = malloc((count + 1) * sizeof *starts);
    uint32_t *order = malloc(count * sizeof *order);
    tree_node *nodes = malloc((count + 1) * sizeof *nodes);
    if (!lists || !starts || !order || !nodes) {
        free(lists);
        free(starts);
        free(order);
        free(nodes);
        return TT_NO_MEMORY;
    }
    list_children(lists, starts, tree->nodes, count);
    order[0] = 0;
    nodes[0] = tree->nodes[0];
    for (size_t head = 0; head < count; head++) {
        uint32_t old = order[head];
        nodes[head].first = (uint32_t)tail;
        for (uint32_t k = starts[old]; k < starts[old + 1]; k++, tail++) {
            order[tail] = lists[k];
            nodes[tail] = tree->nodes[lists[k]];
            nodes[tail].parent = (uint32_t)head;
        }
    }
    free(lists);
    free(starts);
    free(order);
    free(tree->nodes);
    tree->nodes = nodes;
    tree->room = count + 1;
    return TT_OK;
}

/* The last of the levels begins at *begin and ends at the returned node; *begin = 0 for the root's own. */
static size_t level_end(const tree_form *tree, size_t begin, size_t end)
{
    return end > begin ? (size_t)tree->nodes[end - 1].first + tree->nodes[end - 1].children : end;
}

/* A key in quotes as a JSON path ends with it; long ones lose their tail. */
#define KEY_SHOWN 80

static void append(char *text, size_t size, size_t *length, const char *format, size_t value)
{
    int n = *length < size ? snprintf(text + *length, size - *length, format, value) : 0;
    *length += n > 0 ? (size_t)n : 0;
}

/* token(context, k) is the k-th of depth tokens. */
typedef size_t token_at(const void *context, size_t k);

static tt_status fail_missing(tt_error *error, const char *object, const char *what, size_t prompt, token_at *token,
                              const void *context, size_t depth)
{
    char key[KEY_SHOWN + 40];
    char where[KEY_SHOWN + 100];
    size_t length = 0, k;
    append(key, sizeof key, &length, "%zu:", prompt);
    for (k = 0; k < depth && length < KEY_SHOWN; k++)
        append(key, sizeof key, &length, k ? ".%zu" : "%zu", token(context, k));
    snprintf(where, sizeof where, "%s[\"%s%s\"]", object, key, k < depth ? "..." : "");
    return tt_fail(error, TT_BAD_INPUT, where, "%s", what);
}

static size_t token_in_array(const void *context, size_t k)
{
    return ((const uint32_t *)context)[k];
}

static size_t token_zero(const void *context, size_t k)
{
    (void)context;
    (void)k;
    return 0;
}

/* Writes the way to a node of `depth` tokens and returns its prompt. */
static size_t node_path(uint32_t *tokens, const tree_form *tree, size_t node, size_t depth)
{
    for (; depth > 0; depth--) {
        tokens[depth - 1] = tree->nodes[node].token;
        node = tree->nodes[node].parent;
    }
    return tree->nodes[node].token;
}

/* The first context below `parent` (itself complete, at depth - 1 tokens) that has no row. */
static tt_status fail_missing_child(const tt_instance *instance, size_t parent, size_t depth, size_t expected,
                                    tt_error *error)
{
    const tree_form *tree = &instance->tree;
    const tree_node *up = &tree->nodes[parent];
    static const char what[] = "the context has no row and there is no default";
    uint32_t *tokens;
    size_t token = 0, prompt;
    tt_status status;
    while (token < expected && token < up->children && tree->nodes[up->first + token].token == token &&
           tree->nodes[up->first + token].rollout != NONE)
        token++;
    if (parent == 0)
        return fail_missing(error, "rollout.contexts", what, token, token_zero, NULL, 0);
    tokens = malloc(depth * sizeof *tokens);
    if (!tokens)
        return fail(TT_NO_MEMORY, error);
    prompt = node_path(tokens, tree, parent, depth - 1);
    tokens[depth - 1] = (uint32_t)token;
    status = fail_missing(error, "rollout.contexts", what, prompt, token_in_array, tokens, depth);
    free(tokens);
    return status;
}

/* Every context has a rollout row: level by level, each node of the level above has a full set of children
   with rows. The levels that pass grow by a factor of vocab, so this ends with the nodes that exist. */
static tt_status check_rollout(const tt_instance *instance, tt_error *error)
{
    const tree_form *tree = &instance->tree;
    size_t begin = 0, end = 1;
    if (tree->default_row[TT_ROLLOUT] != NONE)
        return TT_OK;
    for (size_t depth = 0; depth < instance->horizon; depth++) {
        size_t expected = depth == 0 ? instance->prompt_count : instance->vocab;
        size_t next = level_end(tree, begin, end);
        for (size_t parent = begin; parent < end; parent++) {
            const tree_node *up = &tree->nodes[parent];
            bool complete = up->children == expected;
            for (size_t k = 0; complete && k < expected; k++)
                complete = tree->nodes[up->first + k].rollout != NONE;
            if (!complete)
                return fail_missing_child(instance, parent, depth, expected, error);
        }
        begin = end;
        end = next;
    }
    return TT_OK;
}

/* The first node with horizon tokens; the count of nodes where there is none. */
static size_t first_response(const tt_instance *instance)
{
    size_t begin = 0, end = 1;
    for (size_t depth = 0; depth <= instance->horizon && begin < end; depth++) {
        size_t next = level_end(&instance->tree, begin, end);
        begin = end;
        end = next;
    }
    return begin;
}

/* tokens, prompt = the response after this one; false past the last. */
static bool next_response(uint32_t *tokens, size_t *prompt, const tt_instance *instance)
{
    for (size_t k = instance->horizon; k > 0; k--) {
        if (++tokens[k - 1] < instance->vocab)
            return true;
        tokens[k - 1] = 0;
    }
    return ++*prompt < instance->prompt_count;
}

/* Every response has a reward: those listed are the first, second, ... of all responses. */
static tt_status check_rewards(const tt_instance *instance, tt_error *error)
{
    static const char object[] = "reward.trajectories", what[] = "the response has no reward and there is no default";
    const tree_form *tree = &instance->tree;
    size_t node, prompt = 0;
    uint32_t *expected, *found;
    bool more = true;
    tt_status status = TT_OK;
    if (instance->reward_default != NONE)
        return TT_OK;
    node = first_response(instance);
    if (node == tree->count)
        return fail_missing(error, object, what, 0, token_zero, NULL, instance->horizon);
    expected = calloc(instance->horizon, sizeof *expected);
    found = malloc(instance->horizon * sizeof *found);
    if (!expected || !found)
        status = fail(TT_NO_MEMORY, error);
    while (status == TT_OK && more) {
        if (node == tree->count || node_path(found, tree, node, instance->horizon) != prompt ||
            memcmp(found, expected, instance->horizon * sizeof *found) != 0)
            status = fail_missing(error, object, what, prompt, token_in_array, expected, instance->horizon);
        more = next_response(expected, &prompt, instance);
        node++;
    }
    free(expected);
    free(found);
    return status;
}

/* The pair that engines see at a node with these rows of its own. */
static tt_status set_pair(tree_node *node, tt_instance *instance)
{
    const uint32_t *defaults = instance->tree.default_row;
    uint32_t rollout = node->rollout != NONE ? node->rollout : defaults[TT_ROLLOUT];
    uint32_t target = node->target != NONE ? node->target : defaults[TT_TARGET] != NONE ? defaults[TT_TARGET] : rollout;
    size_t pair;
    tt_status status;
    if (rollout == NONE)
        return TT_OK;
    status = tt_row_store_pair(&pair, instance->rows, rollout, target);
    if (status == TT_OK)
        node->pair = (uint32_t)pair;
    return status;
}

static tt_status set_pairs(tt_instance *instance)
{
    tree_form *tree = &instance->tree;
    size_t contexts = first_response(instance);
    tree_node *off = &tree->nodes[tree->count];
    tt_status status;
    *off = (tree_node){NONE, 0, 0, 0, NONE, NONE, NONE, NONE};
    status = set_pair(off, instance);
    for (size_t node = 1; node < contexts && status == TT_OK; node++)
        status = set_pair(&tree->nodes[node], instance);
    return status;
}

static tt_status finish_tree(tt_instance *instance, tt_error *error)
{
    tt_status status;
    free_building(&instance->tree);
    status = fail(lay_out(&instance->tree), error);
    if (status == TT_OK)
        status = check_rollout(instance, error);
    if (status == TT_OK)
        status = check_rewards(instance, error);
    if (status == TT_OK)
        status = fail(set_pairs(instance), error);
    return status;
}

/* ---- finishing the machine form --------------------------------------------------- */

static tt_status check_next(const tt_instance *instance, tt_error *error)
{
    const machine_form *machine = &instance->machine;
    for (size_t s = 0; s < machine->count; s++)
        for (size_t v = 0; v < instance->vocab; v++)
            if (machine->next[s * instance->vocab + v] >= machine->count) {
                char where[KEY_SHOWN + 60];
                snprintf(where, sizeof where, "states[\"%.*s\"].next[%zu]", KEY_SHOWN, machine->states[s].name, v);
                return tt_fail(error, TT_BAD_INPUT, where, "there is no such state");
            }
    for (size_t x = 0; x < instance->prompt_count; x++)
        if (instance->prompts[x].state >= machine->count) {
            char where[60];
            snprintf(where, sizeof where, "prompts[%zu].state", x);
            return tt_fail(error, TT_BAD_INPUT, where, "there is no such state");
        }
    return TT_OK;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static tt_status check_names(const machine_form *machine, tt_error *error)
{
    char **names = malloc((machine->count ? machine->count : 1) * sizeof *names);
    tt_status status = TT_OK;
    if (!names)
        return fail(TT_NO_MEMORY, error);
    for (size_t s = 0; s < machine->count; s++)
        names[s] = machine->states[s].name;
    qsort(names, machine->count, sizeof *names, by_name);
    for (size_t s = 1; s < machine->count && status == TT_OK; s++)
        if (strcmp(names[s - 1], names[s]) == 0) {
            char where[KEY_SHOWN + 20];
            snprintf(where, sizeof where, "states[\"%.*s\"]", KEY_SHOWN, names[s]);
            status = tt_fail(error, TT_BAD_INPUT, where, "two states have this name");
        }
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
    set->list = malloc((states + 1) * sizeof *set->list);
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
#define REACH_BUDGET (UINT64_C(1) << 32)

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

static tt_status check_reached(const state_set *reached, const machine_form *machine, tt_error *error)
{
    for (size_t s = 0; s < machine->count; s++)
        if ((reached->bits[s / 64] >> s % 64 & 1) && machine->states[s].reward == NONE) {
            char where[KEY_SHOWN + 40];
            snprintf(where, sizeof where, "reward.states[\"%.*s\"]", KEY_SHOWN, machine->states[s].name);
            return tt_fail(error, TT_BAD_INPUT, where,
                           "the last token can lead to this state, which has no reward and there is no default");
        }
    return TT_OK;
}

static tt_status check_state_rewards(const tt_instance *instance, tt_error *error)
{
    const machine_form *machine = &instance->machine;
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
        status = fail(status, error);
    for (size_t k = 0; k < 3; k++)
        set_free(&sets[k]);
    return status;
}

static tt_status finish_machine(tt_instance *instance, tt_error *error)
{
    tt_status status = check_next(instance, error);
    if (status == TT_OK)
        status = check_names(&instance->machine, error);
    if (status == TT_OK)
        status = check_state_rewards(instance, error);
    return status;
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
    status = tt_check_sum(sum, "prompts", "the list of probabilities", error);
    mpq_clear(sum);
    if (status != TT_OK)
        return status;
    return instance->form == TT_FORM_TREE ? finish_tree(instance, error) : finish_machine(instance, error);
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
    return get_number(instance, instance->prompts[x].probability);
}

const tt_row_store *tt_instance_rows(const tt_instance *instance)
{
    return instance->rows;
}

static mpq_srcptr source_prompt(const void *self, size_t x)
{
    return tt_instance_prompt(self, x);
}

static uint64_t tree_child_of(const tree_form *tree, uint64_t node, size_t all, size_t token)
{
    const tree_node *up = &tree->nodes[node];
    size_t low = up->first, high = low + up->children;
    if (up->children == all)
        return low + token;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tree->nodes[middle].token < token)
            low = middle + 1;
        else
            high = middle;
    }
    return low < (size_t)up->first + up->children && tree->nodes[low].token == token ? low : tree->count;
}

static uint64_t tree_root(const void *self, size_t x)
{
    const tt_instance *instance = self;
    return tree_child_of(&instance->tree, 0, instance->prompt_count, x);
}

static uint64_t tree_child(const void *self, uint64_t node, size_t depth, size_t token)
{
    const tt_instance *instance = self;
    (void)depth;
    return tree_child_of(&instance->tree, node, instance->vocab, token);
}

static void tree_rows(const void *self, uint64_t node, size_t depth, tt_rows *out, tt_rows_buffer *buffer)
{
    const tt_instance *instance = self;
    (void)depth;
    (void)buffer;
    tt_row_store_view(out, instance->rows, instance->tree.nodes[node].pair);
}

static void tree_reward(const void *self, uint64_t leaf, mpq_ptr out)
{
    const tt_instance *instance = self;
    uint32_t own = instance->tree.nodes[leaf].reward;
    mpq_set(out, get_number(instance, own != NONE ? own : instance->reward_default));
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

void tt_instance_source(tt_row_source *out, const tt_instance *instance)
{
    bool tree = instance->form == TT_FORM_TREE;
    out->self = instance;
    out->vocab = instance->vocab;
    out->horizon = instance->horizon;
    out->prompts = instance->prompt_count;
    out->pairs = tt_row_store_pairs(instance->rows);
    out->prompt = source_prompt;
    out->root = tree ? tree_root : machine_root;
    out->child = tree ? tree_child : machine_child;
    out->rows = tree ? tree_rows : machine_rows;
    out->reward = tree ? tree_reward : machine_reward;
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
    return get_number(instance, instance->machine.states[state].reward);
}

mpq_srcptr tt_instance_state_reward(const tt_instance *instance, size_t state)
{
    mpq_srcptr own = tt_instance_listed_state_reward(instance, state);
    return own ? own : tt_instance_reward_default(instance);
}

mpq_srcptr tt_instance_reward_default(const tt_instance *instance)
{
    return get_number(instance, instance->reward_default);
}

static size_t row_or_none(uint32_t row)
{
    return row == NONE ? TT_NONE : row;
}

size_t tt_instance_default_row(const tt_instance *instance, tt_policy policy)
{
    return row_or_none(instance->tree.default_row[policy]);
}

tt_status tt_instance_each_context(const tt_instance *instance, tt_context_visitor *visit, void *context)
{
    const tree_form *tree = &instance->tree;
    size_t begin = 1, end = level_end(tree, 0, 1), room = 0;
    uint32_t *tokens = NULL;
    tt_status status = TT_OK;
    for (size_t depth = 0; begin < end && status == TT_OK; depth++) {
        size_t next = level_end(tree, begin, end);
        status = tt_grow(&tokens, &room, depth + 1, sizeof *tokens);
        for (size_t node = begin; node < end && status == TT_OK; node++) {
            const tree_node *own = &tree->nodes[node];
            if (own->rollout == NONE && own->target == NONE && own->reward == NONE)
                continue;
            status = visit(context, node_path(tokens, tree, node, depth), tokens, depth, row_or_none(own->rollout),
                           row_or_none(own->target), get_number(instance, own->reward));
        }
        begin = end;
        end = next;
    }
    free(tokens);
    return status;
}

char *tt_context_key(size_t prompt, const uint32_t *tokens, size_t depth)
{
    size_t size = 24 + depth * 11, length = 0;
    char *key = malloc(size);
    if (!key)
        return NULL;
    append(key, size, &length, "%zu:", prompt);
    for (size_t k = 0; k < depth; k++)
        append(key, size, &length, k ? ".%zu" : "%zu", tokens[k]);
    return key;
}

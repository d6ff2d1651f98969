/* The tree form: a tree of the keys that were spelled out, and defaults for what is off it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instance_internal.h"

/* ---- building -------------------------------------------------------------------- */

static tt_status new_node(size_t *node, tt_tree_form *tree, uint32_t parent, uint32_t token)
{
    tt_tree_node *fresh;
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

tt_status tt_tree_init(tt_tree_form *tree)
{
    size_t root;
    memset(tree, 0, sizeof *tree);
    tree->default_row[TT_ROLLOUT] = tree->default_row[TT_TARGET] = NONE;
    tt_index_init(&tree->index);
    return new_node(&root, tree, NONE, 0);
}

/* What only the setters need. */
static void free_building(tt_tree_form *tree)
{
    tt_index_clear(&tree->index);
    free(tree->path_nodes);
    free(tree->path_tokens);
    tree->path_nodes = tree->path_tokens = NULL;
    tree->path_length = tree->path_room = tree->path_token_room = 0;
}

void tt_tree_clear(tt_tree_form *tree)
{
    free_building(tree);
    free(tree->nodes);
    tree->nodes = NULL;
}

static uint64_t node_hash(uint32_t parent, uint32_t token)
{
    return tt_hash_mix(0, (uint64_t)parent << 32 | token);
}

static uint64_t node_entry_hash(const void *context, uint32_t number)
{
    const tt_tree_form *tree = context;
    return node_hash(tree->nodes[number].parent, tree->nodes[number].token);
}

/* The child of a node, made where it does not exist. */
static tt_status step(uint32_t *child, tt_tree_form *tree, uint32_t parent, uint32_t token)
{
    tt_index *index = &tree->index;
    size_t at, node;
    tt_status status = tt_index_reserve(index, node_entry_hash, tree);
    if (status != TT_OK)
        return status;
    at = (size_t)node_hash(parent, token) & (index->size - 1);
    for (; index->slots[at] != NONE; at = (at + 1) & (index->size - 1)) {
        const tt_tree_node *other = &tree->nodes[index->slots[at]];
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

static bool is_child(const tt_tree_form *tree, size_t node, uint32_t parent, uint32_t token)
{
    return node < tree->count && tree->nodes[node].parent == parent && tree->nodes[node].token == token;
}

/* The node of a context, made where it does not exist. The path holds the prompt and then the tokens. Of a list by depth
   each context was made after the one that stood there before, so that a second list need not look for it. */
tt_status tt_tree_find(uint32_t *node, tt_tree_form *tree, size_t prompt, const uint32_t *tokens, size_t depth)
{
    size_t same = 0, length = depth + 1, known = tree->path_length;
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
        uint32_t parent = k == 0 ? 0 : tree->path_nodes[k - 1], token = k == 0 ? (uint32_t)prompt : tokens[k - 1];
        tree->path_tokens[k] = token;
        if (k < known && is_child(tree, (size_t)tree->path_nodes[k] + 1, parent, token))
            tree->path_nodes[k]++;
        else
            status = step(&tree->path_nodes[k], tree, parent, token);
        if (status != TT_OK)
            return status;
        tree->path_length = k + 1;
    }
    *node = tree->path_nodes[length - 1];
    return TT_OK;
}

static tt_status make_room(tt_tree_form *tree, const tt_instance *instance)
{
    size_t level = instance->prompt_count, count = 1;
    for (size_t depth = 0; depth <= instance->horizon; depth++) {
        if (level >= TT_INTERN_MAX || (count += level) >= TT_INTERN_MAX)
            return TT_LIMIT;
        level *= instance->vocab;
    }
    /* one more for what is off the tree */
    return tt_grow(&tree->nodes, &tree->room, count + 1, sizeof *tree->nodes);
}

tt_status tt_tree_fill(tt_instance *instance, const uint32_t *rollout, const uint32_t *target, const uint32_t *reward)
{
    tt_tree_form *tree = &instance->tree;
    size_t above = 0, level = 1, width = instance->prompt_count, children = instance->vocab, context = 0;
    tt_status status = make_room(tree, instance);
    if (status != TT_OK)
        return status;
    tree->nodes[0].first = 1;
    tree->nodes[0].children = (uint32_t)width;
    for (size_t depth = 0; depth <= instance->horizon; depth++) {
        bool response = depth == instance->horizon;
        for (size_t k = 0; k < width; k++, context++) {
            tt_tree_node *node = &tree->nodes[level + k];
            node->parent = (uint32_t)(depth ? above + k / children : 0);
            node->token = (uint32_t)(depth ? k % children : k);
            node->first = (uint32_t)(level + width + (response ? 0 : k * children));
            node->children = response ? 0 : (uint32_t)children;
            node->rollout = response ? NONE : rollout[context];
            node->target = response || target[context] == rollout[context] ? NONE : target[context];
            node->reward = response ? reward[k] : NONE;
            node->pair = NONE;
        }
        above = level;
        level += width;
        width *= children;
    }
    tree->count = level;
    tree->filled = true;
    return TT_OK;
}

/* ---- finishing the tree form ---------------------------------------------------- */

static int by_token(const void *a, const void *b, void *nodes)
{
    const tt_tree_node *of = nodes;
    uint32_t x = of[*(const uint32_t *)a].token, y = of[*(const uint32_t *)b].token;
    return (x > y) - (x < y);
}

static bool sorted(const tt_tree_node *nodes, const uint32_t *list, size_t n)
{
    for (size_t k = 1; k < n; k++)
        if (nodes[list[k - 1]].token > nodes[list[k]].token)
            return false;
    return true;
}

/* lists[starts[p] ... starts[p + 1]) = the children of p, sorted by token. */
static void list_children(uint32_t *lists, uint32_t *starts, tt_tree_node *nodes, size_t count)
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
static tt_status lay_out(tt_tree_form *tree)
{
    size_t count = tree->count, tail = 1;
    uint32_t *lists = calloc(count, sizeof *lists);
    uint32_t *starts = calloc(count + 1, sizeof *starts);
    uint32_t *order = calloc(count, sizeof *order);
    tt_tree_node *nodes = calloc(count + 1, sizeof *nodes);
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
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): a node is the child of one before it */
        uint32_t old = order[head];
        nodes[head].first = (uint32_t)tail;
        for (uint32_t k = starts[old]; k < starts[old + 1]; k++, tail++) {
            /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): list_children sets them all */
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
static size_t level_end(const tt_tree_form *tree, size_t begin, size_t end)
{
    return end > begin ? (size_t)tree->nodes[end - 1].first + tree->nodes[end - 1].children : end;
}

/* Longer keys are cut in messages. */
#define KEY_SHOWN 80

static void append(char *text, size_t size, size_t *length, const char *format, size_t value)
{
    int n = snprintf(text + *length, size - *length, format, value);
    *length += n > 0 ? (size_t)n : 0;
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

/* tokens NULL: all of them 0. Only as many are read as are shown. */
static tt_status fail_missing(tt_error *error, const char *object, const char *list, const char *what, size_t prompt,
                              const uint32_t *tokens, size_t depth)
{
    static const uint32_t zeros[KEY_SHOWN] = {0};
    size_t shown = depth < KEY_SHOWN ? depth : KEY_SHOWN;
    char *key = tt_context_key(prompt, tokens ? tokens : zeros, shown);
    tt_status status;
    if (!key)
        return tt_instance_fail(TT_NO_MEMORY, error);
    status = tt_fail_at(error, TT_BAD_INPUT, TT_KEY(TT_FIELD(TT_FIELD(NULL, object), list), key), "%s", what);
    free(key);
    return status;
}

/* Writes the way to a node of `depth` tokens and returns its prompt. */
static size_t node_path(uint32_t *tokens, const tt_tree_form *tree, size_t node, size_t depth)
{
    for (; depth > 0; depth--) {
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): who has no tokens has failed before */
        tokens[depth - 1] = tree->nodes[node].token;
        node = tree->nodes[node].parent;
    }
    return tree->nodes[node].token;
}

/* The first context below `parent` (itself complete, at depth - 1 tokens) that has no row. */
static tt_status fail_missing_child(const tt_instance *instance, size_t parent, size_t depth, size_t expected,
                                    tt_error *error)
{
    const tt_tree_form *tree = &instance->tree;
    const tt_tree_node *up = &tree->nodes[parent];
    static const char what[] = "the context has no row and there is no default";
    uint32_t *tokens;
    size_t token = 0, prompt;
    tt_status status;
    while (token < expected && token < up->children && tree->nodes[up->first + token].token == token &&
           tree->nodes[up->first + token].rollout != NONE)
        token++;
    if (parent == 0)
        return fail_missing(error, "rollout", "contexts", what, token, NULL, 0);
    tokens = calloc(depth, sizeof *tokens);
    if (!tokens)
        return tt_instance_fail(TT_NO_MEMORY, error);
    prompt = node_path(tokens, tree, parent, depth - 1);
    tokens[depth - 1] = (uint32_t)token;
    status = fail_missing(error, "rollout", "contexts", what, prompt, tokens, depth);
    free(tokens);
    return status;
}

/* Every context has a rollout row: level by level, each node of the level above has a full set of children
   with rows. The levels that pass grow by a factor of vocab, so this ends with the nodes that exist. */
static tt_status check_rollout(const tt_instance *instance, tt_error *error)
{
    const tt_tree_form *tree = &instance->tree;
    size_t begin = 0, end = 1;
    if (tree->default_row[TT_ROLLOUT] != NONE)
        return TT_OK;
    for (size_t depth = 0; depth < instance->horizon; depth++) {
        size_t expected = depth == 0 ? instance->prompt_count : instance->vocab;
        size_t next = level_end(tree, begin, end);
        for (size_t parent = begin; parent < end; parent++) {
            const tt_tree_node *up = &tree->nodes[parent];
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
    static const char what[] = "the response has no reward and there is no default";
    const tt_tree_form *tree = &instance->tree;
    size_t node, prompt = 0;
    uint32_t *expected, *found;
    bool more = true;
    tt_status status = TT_OK;
    if (instance->reward_default != NONE)
        return TT_OK;
    node = first_response(instance);
    if (node == tree->count)
        return fail_missing(error, "reward", "trajectories", what, 0, NULL, instance->horizon);
    expected = calloc(instance->horizon, sizeof *expected);
    found = calloc(instance->horizon, sizeof *found);
    if (!expected || !found)
        status = tt_instance_fail(TT_NO_MEMORY, error);
    while (status == TT_OK && more) {
        if (node == tree->count || tree->nodes[node].reward == NONE ||
            node_path(found, tree, node, instance->horizon) != prompt ||
            /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): tt_instance_fail returns TT_NO_MEMORY */
            memcmp(found, expected, instance->horizon * sizeof *found) != 0)
            status = fail_missing(error, "reward", "trajectories", what, prompt, expected, instance->horizon);
        more = next_response(expected, &prompt, instance);
        node++;
    }
    free(expected);
    free(found);
    return status;
}

/* The pair that engines see at a node with these rows of its own. */
static tt_status set_pair(tt_tree_node *node, tt_instance *instance)
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
    tt_tree_form *tree = &instance->tree;
    size_t contexts = first_response(instance);
    tt_tree_node *off = &tree->nodes[tree->count];
    tt_status status;
    *off = (tt_tree_node){NONE, 0, 0, 0, NONE, NONE, NONE, NONE};
    status = set_pair(off, instance);
    for (size_t node = 1; node < contexts && status == TT_OK; node++)
        status = set_pair(&tree->nodes[node], instance);
    return status;
}

tt_status tt_tree_finish(tt_instance *instance, tt_error *error)
{
    tt_status status;
    free_building(&instance->tree);
    if (!instance->tree.filled) {
        status = tt_instance_fail(lay_out(&instance->tree), error);
        if (status == TT_OK)
            status = check_rollout(instance, error);
        if (status != TT_OK)
            return status;
    }
    status = check_rewards(instance, error);
    return status == TT_OK ? tt_instance_fail(set_pairs(instance), error) : status;
}

/* ---- reading ---------------------------------------------------------------------- */

static uint64_t tree_child_of(const tt_tree_form *tree, uint64_t node, size_t all, size_t token)
{
    const tt_tree_node *up = &tree->nodes[node];
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
    mpq_set(out, tt_instance_number(instance, own != NONE ? own : instance->reward_default));
}

static void tree_small_rows(const void *self, uint64_t node, size_t depth, tt_small_rows *out)
{
    const tt_instance *instance = self;
    (void)depth;
    tt_row_store_small(out, instance->rows, instance->tree.nodes[node].pair);
}

static uint32_t tree_small_reward(const void *self, uint64_t leaf)
{
    const tt_instance *instance = self;
    return tt_instance_small_reward(instance, instance->tree.nodes[leaf].reward);
}

void tt_tree_source(tt_row_source *out)
{
    out->root = tree_root;
    out->child = tree_child;
    out->rows = tree_rows;
    out->reward = tree_reward;
    out->small_rows = tree_small_rows;
    out->small_reward = tree_small_reward;
}

static size_t row_or_none(uint32_t row)
{
    return row == NONE ? TT_NONE : row;
}

tt_status tt_instance_each_context(const tt_instance *instance, tt_context_visitor *visit, void *context)
{
    const tt_tree_form *tree = &instance->tree;
    size_t begin = 1, end = level_end(tree, 0, 1), room = 0;
    uint32_t *tokens = NULL;
    tt_status status = TT_OK;
    for (size_t depth = 0; begin < end && status == TT_OK; depth++) {
        size_t next = level_end(tree, begin, end);
        status = tt_grow(&tokens, &room, depth + 1, sizeof *tokens);
        for (size_t node = begin; node < end && status == TT_OK; node++) {
            const tt_tree_node *own = &tree->nodes[node];
            if (own->rollout == NONE && own->target == NONE && own->reward == NONE)
                continue;
            status = visit(context, node_path(tokens, tree, node, depth), tokens, depth, row_or_none(own->rollout),
                           row_or_none(own->target), tt_instance_number(instance, own->reward));
        }
        begin = end;
        end = next;
    }
    free(tokens);
    return status;
}

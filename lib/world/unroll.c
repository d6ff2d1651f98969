#include "unroll.h"

#include <stdlib.h>

/* A pair of rows of the source: the numbers of its rows in the new instance, TT_NONE before it was met. */
typedef struct {
    size_t rollout, target;
} row_numbers;

typedef struct {
    const tt_row_source *source;
    tt_instance *out;
    uint32_t *tokens; /* horizon of them: the way to the node at hand */
    uint64_t *nodes;  /* horizon + 1: the nodes on the way */
    tt_rows_buffer buffer;
    row_numbers *pairs; /* by pair number */
    mpq_t *row;         /* vocab of them */
    mpq_t number;
    tt_response_reward *reward;
    void *context;
    tt_error *error;
} unroller;

static tt_status unroller_init(unroller *u, const tt_row_source *source, tt_error *error)
{
    *u = (unroller){.source = source, .error = error};
    mpq_init(u->number);
    u->tokens = calloc(source->horizon, sizeof *u->tokens);
    u->nodes = calloc(source->horizon + 1, sizeof *u->nodes);
    u->pairs = calloc(source->pairs + 1, sizeof *u->pairs);
    u->row = calloc(source->vocab, sizeof *u->row);
    if (u->row)
        for (size_t v = 0; v < source->vocab; v++)
            mpq_init(u->row[v]);
    if (!u->tokens || !u->nodes || !u->pairs || !u->row || tt_rows_buffer_init(&u->buffer, source->vocab) != TT_OK)
        return tt_no_memory(error);
    for (size_t p = 0; p < source->pairs; p++)
        u->pairs[p].rollout = u->pairs[p].target = TT_NONE;
    return TT_OK;
}

static void unroller_clear(unroller *u)
{
    if (u->row)
        for (size_t v = 0; v < u->source->vocab; v++)
            mpq_clear(u->row[v]);
    free(u->row);
    free(u->pairs);
    free(u->nodes);
    free(u->tokens);
    tt_rows_buffer_clear(&u->buffer);
    mpq_clear(u->number);
}

static tt_status add_row(size_t *number, unroller *u, const __mpz_struct *weights, mpz_srcptr total)
{
    for (size_t v = 0; v < u->source->vocab; v++) {
        mpz_set(mpq_numref(u->row[v]), &weights[v]);
        mpz_set(mpq_denref(u->row[v]), total);
        mpq_canonicalize(u->row[v]);
    }
    return tt_instance_add_row(number, u->out, u->row, u->error);
}

/* The numbers of both rows in the new instance; the same number where they are equal. */
static tt_status number_rows(row_numbers *numbers, unroller *u, const tt_rows *rows)
{
    bool known = rows->pair != TT_NO_PAIR && rows->pair < u->source->pairs;
    tt_status status;
    if (known && u->pairs[rows->pair].rollout != TT_NONE) {
        *numbers = u->pairs[rows->pair];
        return TT_OK;
    }
    status = add_row(&numbers->rollout, u, rows->rollout, rows->total);
    if (status == TT_OK)
        status = add_row(&numbers->target, u, rows->target, rows->total);
    if (status == TT_OK && known)
        u->pairs[rows->pair] = *numbers;
    return status;
}

typedef tt_status visitor(unroller *u, size_t prompt, size_t depth);

static tt_status add_context(unroller *u, size_t prompt, size_t depth)
{
    row_numbers numbers;
    tt_rows rows;
    tt_status status;
    u->source->rows(u->source->self, u->nodes[depth], depth, &rows, &u->buffer);
    status = number_rows(&numbers, u, &rows);
    if (status == TT_OK)
        status = tt_instance_set_context_row(u->out, TT_ROLLOUT, prompt, u->tokens, depth, numbers.rollout, u->error);
    if (status == TT_OK && numbers.target != numbers.rollout)
        status = tt_instance_set_context_row(u->out, TT_TARGET, prompt, u->tokens, depth, numbers.target, u->error);
    return status;
}

static tt_status add_reward(unroller *u, size_t prompt, size_t depth)
{
    tt_status status = TT_OK;
    if (depth < u->source->horizon)
        return TT_OK;
    if (u->reward)
        status = u->reward(u->context, prompt, u->tokens, depth, u->number, u->error);
    else
        u->source->reward(u->source->self, u->nodes[depth], u->number);
    if (status != TT_OK || mpq_sgn(u->number) == 0)
        return status;
    return tt_instance_set_reward(u->out, prompt, u->tokens, depth, u->number, u->error);
}

/* Visits the nodes below a prompt down to `deepest` tokens, parents first, in order of their tokens. */
static tt_status walk_prompt(unroller *u, size_t prompt, size_t deepest, visitor *visit)
{
    const tt_row_source *source = u->source;
    size_t depth = 0;
    u->nodes[0] = source->root(source->self, prompt);
    for (;;) {
        tt_status status = visit(u, prompt, depth);
        if (status != TT_OK)
            return status;
        if (depth < deepest) {
            u->tokens[depth++] = 0;
        } else {
            while (depth > 0 && u->tokens[depth - 1] + 1 == source->vocab)
                depth--;
            if (depth == 0)
                return TT_OK;
            u->tokens[depth - 1]++;
        }
        u->nodes[depth] = source->child(source->self, u->nodes[depth - 1], depth - 1, u->tokens[depth - 1]);
    }
}

static tt_status walk(unroller *u, size_t deepest, visitor *visit)
{
    tt_status status = TT_OK;
    for (size_t x = 0; x < u->source->prompts && status == TT_OK; x++)
        status = walk_prompt(u, x, deepest, visit);
    return status;
}

static tt_status start(unroller *u, const char *name)
{
    const tt_row_source *source = u->source;
    tt_status status = tt_instance_new(&u->out, TT_FORM_TREE, source->vocab, source->horizon, u->error);
    if (status == TT_OK && tt_instance_set_name(u->out, name) != TT_OK)
        status = tt_no_memory(u->error);
    for (size_t x = 0; x < source->prompts && status == TT_OK; x++)
        status = tt_instance_add_prompt(u->out, source->prompt(source->self, x), 0, u->error);
    if (status == TT_OK)
        status = walk(u, source->horizon - 1, add_context);
    return status;
}

static tt_status add_rewards(unroller *u)
{
    tt_status status;
    mpq_set_ui(u->number, 0, 1);
    status = tt_instance_set_reward_default(u->out, u->number, u->error);
    if (status == TT_OK)
        status = walk(u, u->source->horizon, add_reward);
    if (status == TT_OK)
        status = tt_instance_finish(u->out, u->error);
    return status;
}

static tt_status check_nodes(const tt_row_source *source, uint64_t max_nodes, tt_error *error)
{
    uint64_t nodes = tt_row_source_nodes_ui(source);
    char text[64];
    max_nodes = tt_row_source_nodes_limit(max_nodes);
    if (nodes <= max_nodes)
        return TT_OK;
    tt_row_source_nodes_text(text, sizeof text, source);
    return tt_fail(error, TT_LIMIT, NULL, "the tree has %s contexts and responses, more than the limit of %llu", text,
                   (unsigned long long)max_nodes);
}

static tt_status unroll(tt_instance **out, const tt_row_source *source, const char *name, uint64_t max_nodes,
                        bool rewards, tt_response_reward *reward, void *context, tt_error *error)
{
    unroller u;
    tt_status status = check_nodes(source, max_nodes, error);
    *out = NULL;
    if (status != TT_OK)
        return status;
    status = unroller_init(&u, source, error);
    u.reward = reward;
    u.context = context;
    if (status == TT_OK)
        status = start(&u, name);
    if (status == TT_OK && rewards)
        status = add_rewards(&u);
    if (status == TT_OK)
        *out = u.out;
    else
        tt_instance_free(u.out);
    unroller_clear(&u);
    return status;
}

tt_status tt_unroll_contexts(tt_instance **out, const tt_row_source *source, const char *name, uint64_t max_nodes,
                             tt_error *error)
{
    return unroll(out, source, name, max_nodes, false, NULL, NULL, error);
}

tt_status tt_unroll(tt_instance **out, const tt_row_source *source, const char *name, uint64_t max_nodes,
                    tt_response_reward *reward, void *context, tt_error *error)
{
    return unroll(out, source, name, max_nodes, true, reward, context, error);
}

tt_status tt_instance_unroll(tt_instance **out, const tt_instance *instance, uint64_t max_nodes,
                             tt_response_reward *reward, void *context, tt_error *error)
{
    tt_row_source source;
    tt_instance_source(&source, instance);
    return tt_unroll(out, &source, tt_instance_name(instance), max_nodes, reward, context, error);
}

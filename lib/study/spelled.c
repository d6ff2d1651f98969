#include "spelled.h"

#include <stdlib.h>
#include <string.h>

#include "../measure/divergence.h"
#include "../number/exact.h"

/* ---- memory ---- */

static tt_status set_sizes(tt_spelled *s, const tt_row_source *source, size_t max_nodes, tt_error *error)
{
    uint64_t nodes = tt_row_source_nodes_ui(source);
    if (nodes > max_nodes)
        return tt_fail(error, TT_LIMIT, NULL, "%llu contexts and responses, more than %zu", (unsigned long long)nodes,
                       max_nodes);
    s->vocab = source->vocab;
    s->horizon = source->horizon;
    s->prompts = source->prompts;
    s->width = calloc(s->horizon + 1, sizeof *s->width);
    s->first = calloc(s->horizon + 1, sizeof *s->first);
    if (!s->width || !s->first)
        return tt_no_memory(error);
    s->width[0] = s->prompts;
    s->first[0] = 0;
    for (size_t d = 1; d <= s->horizon; d++) {
        s->width[d] = s->width[d - 1] * s->vocab;
        s->first[d] = s->first[d - 1] + s->width[d - 1];
    }
    return TT_OK;
}

static tt_status allocate(tt_spelled *s, tt_error *error)
{
    size_t contexts = s->first[s->horizon], responses = s->width[s->horizon];
    s->context = calloc(contexts, sizeof *s->context);
    s->response = calloc(responses, sizeof *s->response);
    s->prompt = calloc(s->prompts, sizeof *s->prompt);
    if (!s->context || !s->response || !s->prompt) {
        free(s->prompt);
        s->prompt = NULL;
        return tt_no_memory(error);
    }
    for (size_t x = 0; x < s->prompts; x++)
        mpq_init(s->prompt[x]);
    for (; s->contexts < contexts; s->contexts++) {
        tt_spelled_context *c = &s->context[s->contexts];
        if (tt_rows_buffer_init(&c->buffer, s->vocab) != TT_OK)
            return tt_no_memory(error);
        mpq_inits(c->rollout, c->target, c->value, NULL);
        tt_real_init(&c->kl);
    }
    for (size_t y = 0; y < responses; y++)
        mpq_inits(s->response[y].rollout, s->response[y].target, s->response[y].reward, NULL);
    return TT_OK;
}

void tt_spelled_clear(tt_spelled *s)
{
    bool whole = s->first && s->context && s->contexts == s->first[s->horizon];
    for (size_t k = 0; k < s->contexts; k++) {
        tt_rows_buffer_clear(&s->context[k].buffer);
        mpq_clears(s->context[k].rollout, s->context[k].target, s->context[k].value, NULL);
        tt_real_clear(&s->context[k].kl);
    }
    for (size_t y = 0; whole && y < s->width[s->horizon]; y++)
        mpq_clears(s->response[y].rollout, s->response[y].target, s->response[y].reward, NULL);
    for (size_t x = 0; s->prompt && x < s->prompts; x++)
        mpq_clear(s->prompt[x]);
    free(s->context);
    free(s->response);
    free(s->prompt);
    free(s->width);
    free(s->first);
    memset(s, 0, sizeof *s);
}

/* ---- filling ---- */

/* Copies the rows into the context's own buffer. */
static void keep_rows(tt_spelled_context *c, const tt_rows *rows)
{
    size_t n = rows->n;
    __mpz_struct *own = c->buffer.weights;
    for (size_t v = 0; own != rows->rollout && v < n; v++) {
        mpz_set(&own[v], &rows->rollout[v]);
        mpz_set(&own[n + v], &rows->target[v]);
    }
    if (own != rows->rollout)
        mpz_set(&own[2 * n], rows->total);
    c->rows = *rows;
    c->rows.rollout = own;
    c->rows.target = own + n;
    c->rows.total = own + 2 * n;
}

static void child_mass(mpq_t out, const mpq_t mass, const tt_spelled_context *c, tt_policy policy, size_t v)
{
    mpq_t probability;
    mpq_init(probability);
    tt_spelled_probability(probability, c, policy, v);
    mpq_mul(out, mass, probability);
    mpq_clear(probability);
}

/* Masses and handles of the children of context k at a depth. */
static void spread(tt_spelled *s, uint64_t *nodes, const uint64_t *parents, const tt_row_source *source, size_t depth,
                   size_t k)
{
    tt_spelled_context *c = &s->context[s->first[depth] + k];
    bool leaves = depth + 1 == s->horizon;
    for (size_t v = 0; v < s->vocab; v++) {
        size_t child = k * s->vocab + v;
        tt_spelled_context *next = leaves ? NULL : &s->context[s->first[depth + 1] + child];
        child_mass(leaves ? s->response[child].rollout : next->rollout, c->rollout, c, TT_ROLLOUT, v);
        child_mass(leaves ? s->response[child].target : next->target, c->target, c, TT_TARGET, v);
        nodes[child] = source->child(source->self, parents[k], depth, v);
        if (leaves)
            source->reward(source->self, nodes[child], s->response[child].reward);
    }
}

static void fill(tt_spelled *s, const tt_row_source *source, uint64_t *here, uint64_t *below, mpfr_prec_t precision)
{
    for (size_t x = 0; x < s->prompts; x++) {
        here[x] = source->root(source->self, x);
        mpq_set(s->prompt[x], source->prompt(source->self, x));
        mpq_set(s->context[x].rollout, s->prompt[x]);
        mpq_set(s->context[x].target, s->prompt[x]);
    }
    for (size_t d = 0; d < s->horizon; d++) {
        uint64_t *swap = here;
        for (size_t k = 0; k < s->width[d]; k++) {
            tt_spelled_context *c = &s->context[s->first[d] + k];
            tt_rows rows;
            source->rows(source->self, here[k], d, &rows, &c->buffer);
            keep_rows(c, &rows);
            tt_row_kl(&c->kl, &c->rows, precision);
            spread(s, below, here, source, d, k);
        }
        here = below;
        below = swap;
    }
}

static void fill_values(tt_spelled *s)
{
    mpq_t term;
    mpq_init(term);
    for (size_t d = s->horizon; d-- > 0; )
        for (size_t k = 0; k < s->width[d]; k++) {
            tt_spelled_context *c = &s->context[s->first[d] + k];
            for (size_t v = 0; v < s->vocab; v++) {
                tt_spelled_probability(term, c, TT_ROLLOUT, v);
                mpq_mul(term, term, tt_spelled_value(s, d + 1, k * s->vocab + v));
                mpq_add(c->value, c->value, term);
            }
        }
    mpq_clear(term);
}

tt_status tt_spelled_init(tt_spelled *out, const tt_row_source *source, size_t max_nodes, mpfr_prec_t precision,
                          tt_error *error)
{
    uint64_t *here, *below;
    tt_status status;
    memset(out, 0, sizeof *out);
    status = set_sizes(out, source, max_nodes, error);
    if (status == TT_OK)
        status = allocate(out, error);
    if (status != TT_OK)
        return status;
    here = calloc(out->width[out->horizon], sizeof *here);
    below = calloc(out->width[out->horizon], sizeof *below);
    if (here && below) {
        fill(out, source, here, below, precision);
        fill_values(out);
    } else {
        status = tt_no_memory(error);
    }
    free(here);
    free(below);
    return status;
}

/* ---- reading ---- */

/* V^n */
static size_t power(size_t vocab, size_t n)
{
    size_t product = 1;
    while (n-- > 0)
        product *= vocab;
    return product;
}

size_t tt_spelled_context_of(const tt_spelled *s, size_t y, size_t depth)
{
    return s->first[depth] + y / power(s->vocab, s->horizon - depth);
}

size_t tt_spelled_token(const tt_spelled *s, size_t y, size_t depth)
{
    return y / power(s->vocab, s->horizon - depth - 1) % s->vocab;
}

mpq_srcptr tt_spelled_value(const tt_spelled *s, size_t depth, size_t k)
{
    return depth == s->horizon ? s->response[k].reward : s->context[s->first[depth] + k].value;
}

bool tt_spelled_reachable(const tt_spelled_context *context)
{
    return mpq_sgn(context->rollout) > 0 || mpq_sgn(context->target) > 0;
}

void tt_spelled_probability(mpq_t out, const tt_spelled_context *context, tt_policy policy, size_t v)
{
    mpq_set_num(out, policy == TT_ROLLOUT ? &context->rows.rollout[v] : &context->rows.target[v]);
    mpq_set_den(out, context->rows.total);
    mpq_canonicalize(out);
}

bool tt_spelled_ratio(mpq_t out, const tt_spelled_context *context, size_t v)
{
    if (mpz_sgn(&context->rows.rollout[v]) == 0)
        return false;
    mpq_set_num(out, &context->rows.target[v]);
    mpq_set_den(out, &context->rows.rollout[v]);
    mpq_canonicalize(out);
    return true;
}

/* ---- other instances made of it ---- */

static void get_row(mpq_t *row, const tt_spelled_context *context, tt_policy policy, size_t vocab)
{
    for (size_t v = 0; v < vocab; v++)
        tt_spelled_probability(row[v], context, policy, v);
}

static tt_status add_context(tt_instance *instance, const tt_spelled *s, size_t depth, size_t k, uint32_t *tokens,
                             mpq_t *row, tt_spelled_target *target, const void *context, tt_error *error)
{
    const tt_spelled_context *c = &s->context[s->first[depth] + k];
    size_t prompt = k / power(s->vocab, depth), rest = k;
    tt_status status;
    for (size_t d = depth; d-- > 0; rest /= s->vocab)
        tokens[d] = (uint32_t)(rest % s->vocab);
    get_row(row, c, TT_ROLLOUT, s->vocab);
    status = tt_instance_set_context(instance, TT_ROLLOUT, prompt, tokens, depth, row, error);
    if (status != TT_OK)
        return status;
    get_row(row, c, TT_TARGET, s->vocab);
    target(row, context, s->first[depth] + k);
    return tt_instance_set_context(instance, TT_TARGET, prompt, tokens, depth, row, error);
}

static tt_status add_rewards(tt_instance *instance, const tt_spelled *s, uint32_t *tokens, tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t y = 0; y < s->width[s->horizon] && status == TT_OK; y++) {
        for (size_t d = 0; d < s->horizon; d++)
            tokens[d] = (uint32_t)tt_spelled_token(s, y, d);
        status = tt_instance_set_reward(instance, y / power(s->vocab, s->horizon), tokens, s->horizon,
                                        s->response[y].reward, error);
    }
    return status;
}

static tt_status build(tt_instance *instance, const tt_spelled *s, tt_spelled_target *target, const void *context,
                       uint32_t *tokens, mpq_t *row, tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t x = 0; x < s->prompts && status == TT_OK; x++)
        status = tt_instance_add_prompt(instance, s->prompt[x], 0, error);
    for (size_t d = 0; d < s->horizon; d++)
        for (size_t k = 0; k < s->width[d] && status == TT_OK; k++)
            status = add_context(instance, s, d, k, tokens, row, target, context, error);
    if (status == TT_OK)
        status = add_rewards(instance, s, tokens, error);
    return status == TT_OK ? tt_instance_finish(instance, error) : status;
}

tt_status tt_spelled_retarget(tt_instance **out, const tt_spelled *s, tt_spelled_target *target, const void *context,
                              tt_error *error)
{
    uint32_t *tokens = calloc(s->horizon, sizeof *tokens);
    mpq_t *row = tt_rationals_new(s->vocab);
    tt_status status;
    *out = NULL;
    if (!tokens || !row) {
        free(tokens);
        tt_rationals_free(row, s->vocab);
        return tt_no_memory(error);
    }
    status = tt_instance_new(out, TT_FORM_TREE, s->vocab, s->horizon, error);
    if (status == TT_OK)
        status = build(*out, s, target, context, tokens, row, error);
    if (status != TT_OK) {
        tt_instance_free(*out);
        *out = NULL;
    }
    tt_rationals_free(row, s->vocab);
    free(tokens);
    return status;
}

/* ---- the segment from mu to pi ---- */

/* out = ((1-h) mu + h pi)(v|c) */
static void mixed(mpq_t out, const tt_spelled_context *c, size_t v, mpq_srcptr h)
{
    mpq_t rollout;
    mpq_init(rollout);
    tt_spelled_probability(rollout, c, TT_ROLLOUT, v);
    tt_spelled_probability(out, c, TT_TARGET, v);
    mpq_sub(out, out, rollout);
    mpq_mul(out, out, h);
    mpq_add(out, out, rollout);
    mpq_clear(rollout);
}

/* mass = P_h(y), slope = l(y) for the pair mu, pi. */
static void response_on_segment(mpq_t mass, mpq_t slope, const tt_spelled *s, size_t y, mpq_srcptr h)
{
    mpq_t rollout, part, step;
    mpq_inits(rollout, part, step, NULL);
    mpq_set(mass, s->prompt[tt_spelled_context_of(s, y, 0)]);
    mpq_set(rollout, mass);
    mpq_set_ui(slope, 0, 1);
    for (size_t d = 0; d < s->horizon; d++) {
        const tt_spelled_context *c = &s->context[tt_spelled_context_of(s, y, d)];
        size_t v = tt_spelled_token(s, y, d);
        mixed(step, c, v, h);
        mpq_mul(mass, mass, step);
        /* slope' = slope mu + P_mu(prefix) (pi - mu) */
        tt_spelled_probability(step, c, TT_ROLLOUT, v);
        mpq_mul(slope, slope, step);
        tt_spelled_probability(part, c, TT_TARGET, v);
        mpq_sub(part, part, step);
        mpq_mul(part, part, rollout);
        mpq_add(slope, slope, part);
        mpq_mul(rollout, rollout, step);
    }
    mpq_clears(rollout, part, step, NULL);
}

void tt_spelled_objective(mpq_t out, const tt_spelled *s, mpq_srcptr h)
{
    mpq_t mass, slope;
    mpq_inits(mass, slope, NULL);
    mpq_set_ui(out, 0, 1);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        response_on_segment(mass, slope, s, y, h);
        mpq_mul(mass, mass, s->response[y].reward);
        mpq_add(out, out, mass);
    }
    mpq_clears(mass, slope, NULL);
}

void tt_spelled_worst(mpq_t out, const tt_spelled *s, mpq_srcptr h)
{
    mpq_t mass, slope;
    mpq_inits(mass, slope, NULL);
    mpq_set_ui(out, 0, 1);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        response_on_segment(mass, slope, s, y, h);
        mpq_mul(slope, slope, h);
        mpq_sub(mass, mass, s->response[y].rollout);
        mpq_sub(mass, mass, slope);
        mpq_abs(mass, mass);
        mpq_add(out, out, mass);
    }
    mpq_div_2exp(out, out, 1);
    mpq_clears(mass, slope, NULL);
}

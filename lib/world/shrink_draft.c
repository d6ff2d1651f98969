#include "shrink_draft.h"

#include <stdlib.h>
#include <string.h>

#include "generate_table.h"

const tt_cut tt_no_cut = { TT_NONE, TT_NONE, TT_NONE, TT_NONE, TT_NONE, TT_NONE, TT_NONE, TT_NONE, TT_NONE, TT_NONE };

/* ---- making and unmaking ---- */

/* A tree is walked by recursion, one call per step; it is deeper than this only where V = 1. */
#define DEEPEST 4096

/* Everything 0, nodes and rewards as the form has them; `states` is ignored for a tree. */
static tt_status draft_init(tt_draft *out, tt_form form, size_t vocab, size_t horizon, size_t prompts, size_t states,
                            tt_error *error)
{
    const tt_row_source shape = { .vocab = vocab, .horizon = horizon, .prompts = prompts };
    *out = (tt_draft){ .form = form, .vocab = vocab, .horizon = horizon, .prompts = prompts };
    if (form == TT_FORM_TREE) {
        uint64_t all = tt_row_source_nodes_ui(&shape);
        if (all > TT_GENERATE_NODES_MAX || horizon > DEEPEST)
            return tt_fail(error, TT_LIMIT, NULL,
                           "a tree of more than %lu contexts and responses or %d steps is not shrunk",
                           TT_GENERATE_NODES_MAX, DEEPEST);
        out->rewards = prompts;
        for (size_t d = 0; d < horizon; d++)
            out->rewards *= vocab;
        out->nodes = (size_t)all - out->rewards;
    } else {
        out->nodes = out->rewards = states;
        out->start = calloc(prompts, sizeof *out->start);
        out->next = calloc(states * vocab, sizeof *out->next);
        out->name = calloc(states, sizeof *out->name);
    }
    out->prompt = tt_rationals_new(prompts);
    out->reward = tt_rationals_new(out->rewards);
    out->rows[TT_ROLLOUT] = tt_rationals_new(out->nodes * vocab);
    out->rows[TT_TARGET] = tt_rationals_new(out->nodes * vocab);
    if (!out->prompt || !out->reward || !out->rows[TT_ROLLOUT] || !out->rows[TT_TARGET] ||
        (form == TT_FORM_MACHINE && (!out->start || !out->next || !out->name)))
        return tt_no_memory(error);
    return TT_OK;
}

void tt_draft_clear(tt_draft *draft)
{
    tt_rationals_free(draft->prompt, draft->prompts);
    tt_rationals_free(draft->reward, draft->rewards);
    tt_rationals_free(draft->rows[TT_ROLLOUT], draft->nodes * draft->vocab);
    tt_rationals_free(draft->rows[TT_TARGET], draft->nodes * draft->vocab);
    free(draft->start);
    free(draft->next);
    free(draft->name);
    *draft = (tt_draft){ 0 };
}

static void copy_numbers(mpq_t *out, mpq_t *from, size_t n)
{
    for (size_t k = 0; k < n; k++)
        mpq_set(out[k], from[k]);
}

tt_status tt_draft_copy(tt_draft *out, const tt_draft *draft, tt_error *error)
{
    tt_status status = draft_init(out, draft->form, draft->vocab, draft->horizon, draft->prompts, draft->nodes, error);
    if (status != TT_OK)
        return status;
    copy_numbers(out->prompt, draft->prompt, draft->prompts);
    copy_numbers(out->reward, draft->reward, draft->rewards);
    copy_numbers(out->rows[TT_ROLLOUT], draft->rows[TT_ROLLOUT], draft->nodes * draft->vocab);
    copy_numbers(out->rows[TT_TARGET], draft->rows[TT_TARGET], draft->nodes * draft->vocab);
    if (draft->form == TT_FORM_MACHINE) {
        memcpy(out->start, draft->start, draft->prompts * sizeof *out->start);
        memcpy(out->next, draft->next, draft->nodes * draft->vocab * sizeof *out->next);
        memcpy(out->name, draft->name, draft->nodes * sizeof *out->name);
    }
    return TT_OK;
}

mpq_t *tt_draft_row(const tt_draft *draft, tt_policy policy, size_t node)
{
    return draft->rows[policy] + node * draft->vocab;
}

bool tt_draft_deviates(const tt_draft *draft, size_t node)
{
    for (size_t v = 0; v < draft->vocab; v++)
        if (!mpq_equal(tt_draft_row(draft, TT_ROLLOUT, node)[v], tt_draft_row(draft, TT_TARGET, node)[v]))
            return true;
    return false;
}

/* ---- from an instance ---- */

static void take_rows(tt_draft *out, size_t node, const tt_rows *rows)
{
    const __mpz_struct *weights[2] = { [TT_ROLLOUT] = rows->rollout, [TT_TARGET] = rows->target };
    for (int policy = 0; policy < 2; policy++)
        for (size_t v = 0; v < out->vocab; v++) {
            mpq_ptr entry = tt_draft_row(out, (tt_policy)policy, node)[v];
            mpz_set(mpq_numref(entry), &weights[policy][v]);
            mpz_set(mpq_denref(entry), rows->total);
            mpq_canonicalize(entry);
        }
}

/* Level by level: `handles` are the source's own of one level, in order. */
static tt_status take_tree(tt_draft *out, const tt_row_source *source, tt_error *error)
{
    size_t width = out->prompts, node = 0;
    uint64_t *handles = calloc(out->rewards, sizeof *handles), *below = calloc(out->rewards, sizeof *below), *spare;
    tt_rows rows;
    if (!handles || !below) {
        free(handles);
        free(below);
        return tt_no_memory(error);
    }
    for (size_t x = 0; x < width; x++)
        handles[x] = source->root(source->self, x);
    for (size_t depth = 0; depth < out->horizon; depth++) {
        for (size_t k = 0; k < width; k++, node++) {
            source->rows(source->self, handles[k], depth, &rows, NULL);
            take_rows(out, node, &rows);
            for (size_t v = 0; v < out->vocab; v++)
                below[k * out->vocab + v] = source->child(source->self, handles[k], depth, v);
        }
        width *= out->vocab;
        spare = handles;
        handles = below;
        below = spare;
    }
    for (size_t k = 0; k < width; k++)
        source->reward(source->self, handles[k], out->reward[k]);
    free(handles);
    free(below);
    return TT_OK;
}

static void take_machine(tt_draft *out, const tt_instance *instance)
{
    for (size_t x = 0; x < out->prompts; x++)
        out->start[x] = tt_instance_first_state(instance, x);
    for (size_t s = 0; s < out->nodes; s++) {
        mpq_srcptr reward = tt_instance_state_reward(instance, s);
        tt_rows rows;
        tt_row_store_view(&rows, tt_instance_rows(instance), tt_instance_state_pair(instance, s));
        take_rows(out, s, &rows);
        for (size_t v = 0; v < out->vocab; v++)
            out->next[s * out->vocab + v] = tt_instance_next(instance, s, v);
        out->name[s] = tt_instance_state_name(instance, s);
        if (reward) /* a state without one is reached by no response; once the horizon is cut, it may be */
            mpq_set(out->reward[s], reward);
    }
}

tt_status tt_draft_of(tt_draft *out, const tt_instance *instance, tt_error *error)
{
    bool machine = tt_instance_form(instance) == TT_FORM_MACHINE;
    tt_row_source source;
    tt_status status = draft_init(out, tt_instance_form(instance), tt_instance_vocab(instance),
                                  tt_instance_horizon(instance), tt_instance_prompts(instance),
                                  machine ? tt_instance_states(instance) : 0, error);
    if (status != TT_OK)
        return status;
    for (size_t x = 0; x < out->prompts; x++)
        mpq_set(out->prompt[x], tt_instance_prompt(instance, x));
    if (machine) {
        take_machine(out, instance);
        return TT_OK;
    }
    tt_instance_source(&source, instance);
    return take_tree(out, &source, error);
}

/* ---- to an instance ---- */

static tt_status number_rows(uint32_t *out, tt_instance *instance, const tt_draft *draft, tt_policy policy,
                             tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t node = 0; node < draft->nodes && status == TT_OK; node++) {
        size_t number = 0;
        status = tt_instance_add_row(&number, instance, tt_draft_row(draft, policy, node), error);
        out[node] = (uint32_t)number;
    }
    return status;
}

/* Rewards of 0 are left to the default. */
static tt_status set_default(tt_instance *instance, tt_error *error)
{
    tt_status status;
    mpq_t zero;
    mpq_init(zero);
    status = tt_instance_set_reward_default(instance, zero, error);
    mpq_clear(zero);
    return status;
}

static tt_status put_tree(tt_instance *instance, const tt_draft *draft, tt_error *error)
{
    uint32_t *numbers = calloc(2 * draft->nodes + draft->rewards, sizeof *numbers);
    uint32_t *target, *reward;
    tt_status status;
    if (!numbers)
        return tt_no_memory(error);
    target = numbers + draft->nodes;
    reward = target + draft->nodes;
    status = number_rows(numbers, instance, draft, TT_ROLLOUT, error);
    if (status == TT_OK)
        status = set_default(instance, error);
    if (status == TT_OK)
        status = number_rows(target, instance, draft, TT_TARGET, error);
    for (size_t k = 0; k < draft->rewards && status == TT_OK; k++) {
        size_t number = TT_DEFAULT_REWARD;
        if (mpq_sgn(draft->reward[k]) > 0)
            status = tt_instance_add_number(&number, instance, draft->reward[k], error);
        reward[k] = (uint32_t)number;
    }
    if (status == TT_OK)
        status = tt_instance_set_tree(instance, numbers, target, reward, error);
    free(numbers);
    return status;
}

static tt_status put_machine(tt_instance *instance, const tt_draft *draft, tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t s = 0; s < draft->nodes && status == TT_OK; s++)
        status = tt_instance_add_state(instance, draft->name[s], tt_draft_row(draft, TT_ROLLOUT, s),
                                       tt_draft_row(draft, TT_TARGET, s), draft->next + s * draft->vocab, error);
    for (size_t s = 0; s < draft->nodes && status == TT_OK; s++)
        status = tt_instance_set_state_reward(instance, s, draft->reward[s], error);
    return status;
}

tt_status tt_draft_instance(tt_instance **out, const tt_draft *draft, const char *name, tt_error *error)
{
    tt_status status = tt_instance_new(out, draft->form, draft->vocab, draft->horizon, error);
    if (status == TT_OK && tt_instance_set_name(*out, name) != TT_OK)
        status = tt_no_memory(error);
    for (size_t x = 0; x < draft->prompts && status == TT_OK; x++)
        status = tt_instance_add_prompt(*out, draft->prompt[x], draft->start ? draft->start[x] : 0, error);
    if (status == TT_OK)
        status = draft->form == TT_FORM_TREE ? put_tree(*out, draft, error) : put_machine(*out, draft, error);
    if (status == TT_OK)
        status = tt_instance_finish(*out, error);
    if (status != TT_OK) {
        tt_instance_free(*out);
        *out = NULL;
    }
    return status;
}

/* ---- rewards ---- */

/* A node of a tree by its level and place in it. */
typedef struct {
    size_t depth, place;
} position;

/* The number of contexts with fewer than `depth` tokens. */
static size_t level_begin(const tt_draft *draft, size_t depth)
{
    size_t begin = 0, width = draft->prompts;
    for (size_t d = 0; d < depth; d++) {
        begin += width;
        width *= draft->vocab;
    }
    return begin;
}

static position child(const tt_draft *draft, position at, size_t token)
{
    return (position){ at.depth + 1, at.place * draft->vocab + token };
}

/* a, b: the probabilities of the way to a node under rollout and target; s: a times the sum of the ratios on it. */
typedef struct {
    mpq_t a, b, s;
} masses;

static void masses_init(masses *m)
{
    mpq_inits(m->a, m->b, m->s, NULL);
}

static void masses_clear(masses *m)
{
    mpq_clears(m->a, m->b, m->s, NULL);
}

static void masses_step(masses *to, const masses *from, mpq_srcptr rollout, mpq_srcptr target)
{
    mpq_mul(to->s, from->a, target);
    mpq_mul(to->a, from->s, rollout);
    mpq_add(to->s, to->s, to->a);
    mpq_mul(to->a, from->a, rollout);
    mpq_mul(to->b, from->b, target);
}

/* The sign of e(y) = b - a - (s - T a). */
static int sign_of_e(const masses *m, size_t horizon)
{
    int sign;
    mpq_t e, whole;
    mpq_inits(e, whole, NULL);
    mpq_set_ui(whole, horizon - 1, 1);
    mpq_mul(e, m->a, whole);
    mpq_add(e, e, m->b);
    mpq_sub(e, e, m->s);
    sign = mpq_sgn(e);
    mpq_clears(e, whole, NULL);
    return sign;
}

static void worst_below(tt_draft *draft, position at, const masses *here, int wanted)
{
    masses next;
    size_t node;
    if (at.depth == draft->horizon) {
        mpq_set_ui(draft->reward[at.place], sign_of_e(here, draft->horizon) == wanted, 1);
        return;
    }
    masses_init(&next);
    node = level_begin(draft, at.depth) + at.place;
    for (size_t v = 0; v < draft->vocab; v++) {
        masses_step(&next, here, tt_draft_row(draft, TT_ROLLOUT, node)[v], tt_draft_row(draft, TT_TARGET, node)[v]);
        worst_below(draft, child(draft, at, v), &next, wanted);
    }
    masses_clear(&next);
}

void tt_draft_worst_reward(tt_draft *draft, bool least)
{
    masses start;
    masses_init(&start);
    for (size_t x = 0; x < draft->prompts; x++) {
        /* e(y) is 0 where the prompt never comes */
        mpq_set_ui(start.a, mpq_sgn(draft->prompt[x]) > 0, 1);
        mpq_set(start.b, start.a);
        worst_below(draft, (position){ 0, x }, &start, least ? -1 : 1);
    }
    masses_clear(&start);
}

/* ---- cuts ---- */

/* Divides by the sum of n numbers; false where it is 0. */
static bool share(mpq_t *numbers, size_t n)
{
    bool possible;
    mpq_t sum;
    mpq_init(sum);
    for (size_t k = 0; k < n; k++)
        mpq_add(sum, sum, numbers[k]);
    possible = mpq_sgn(sum) > 0;
    for (size_t k = 0; k < n && possible; k++)
        mpq_div(numbers[k], numbers[k], sum);
    mpq_clear(sum);
    return possible;
}

/* The token of the whole that the token of the rest stands for. */
static size_t old_token(const tt_cut *cut, size_t token)
{
    return cut->dropped != TT_NONE && token >= cut->dropped ? token + 1 : token;
}

static bool cut_rows(tt_draft *out, size_t node, const tt_draft *draft, size_t old, const tt_cut *cut)
{
    bool possible = true;
    for (int policy = 0; policy < 2; policy++) {
        mpq_t *row = tt_draft_row(out, (tt_policy)policy, node), *whole = tt_draft_row(draft, (tt_policy)policy, old);
        for (size_t v = 0; v < out->vocab; v++) {
            mpq_set(row[v], whole[old_token(cut, v)]);
            if (cut->dropped != TT_NONE && old_token(cut, v) == cut->heir)
                mpq_add(row[v], row[v], whole[cut->dropped]);
        }
        if (cut->dropped != TT_NONE && cut->heir == TT_NONE)
            possible = share(row, out->vocab) && possible;
    }
    return possible;
}

/* The prompt of the whole that prompt x of the rest is. */
static size_t old_prompt(const tt_cut *cut, size_t x)
{
    if (cut->only != TT_NONE)
        return cut->only;
    return cut->without != TT_NONE && x >= cut->without ? x + 1 : x;
}

static bool cut_prompts(tt_draft *out, const tt_draft *draft, const tt_cut *cut)
{
    for (size_t x = 0; x < out->prompts; x++)
        mpq_set(out->prompt[x], draft->prompt[old_prompt(cut, x)]);
    if (cut->only != TT_NONE)
        mpq_set_ui(out->prompt[0], 1, 1);
    return share(out->prompt, out->prompts);
}

/* The mean reward under rollout of what follows a node, or the reward of what one token leads to. */
static void tail_reward(mpq_t out, const tt_draft *draft, position at, size_t tail)
{
    mpq_t *row, mean, below;
    if (at.depth == draft->horizon) {
        mpq_set(out, draft->reward[at.place]);
        return;
    }
    if (tail != TT_NONE) {
        tail_reward(out, draft, child(draft, at, tail), tail);
        return;
    }
    row = tt_draft_row(draft, TT_ROLLOUT, level_begin(draft, at.depth) + at.place);
    mpq_inits(mean, below, NULL);
    for (size_t v = 0; v < draft->vocab; v++) {
        tail_reward(below, draft, child(draft, at, v), TT_NONE);
        mpq_mul(below, below, row[v]);
        mpq_add(mean, mean, below);
    }
    mpq_swap(out, mean);
    mpq_clears(mean, below, NULL);
}

/* Fills the subtree of `at` from that of `old` in the whole. */
static bool cut_below(tt_draft *out, position at, const tt_draft *draft, position old, const tt_cut *cut)
{
    bool possible;
    if (at.depth == cut->step)
        old = child(draft, old, cut->token);
    if (at.depth == out->horizon) {
        tail_reward(out->reward[at.place], draft, old, cut->tail);
        return true;
    }
    possible = cut_rows(out, level_begin(out, at.depth) + at.place, draft,
                        level_begin(draft, old.depth) + old.place, cut);
    for (size_t v = 0; v < out->vocab && possible; v++)
        possible = cut_below(out, child(out, at, v), draft, child(draft, old, old_token(cut, v)), cut);
    return possible;
}

static bool cut_tree(tt_draft *out, const tt_draft *draft, const tt_cut *cut)
{
    bool possible = true;
    for (size_t x = 0; x < out->prompts && possible; x++)
        possible = cut_below(out, (position){ 0, x }, draft, (position){ 0, old_prompt(cut, x) }, cut);
    return possible;
}

/* The state of the whole in whose place stands another. */
static size_t standing(const tt_cut *cut, size_t state)
{
    return cut->state != TT_NONE && state == cut->state ? cut->other : state;
}

static size_t old_next(const tt_draft *draft, const tt_cut *cut, size_t state, size_t token)
{
    return standing(cut, draft->next[state * draft->vocab + token]);
}

static size_t old_start(const tt_draft *draft, const tt_cut *cut, size_t x)
{
    size_t state = standing(cut, draft->start[old_prompt(cut, x)]);
    return cut->step == TT_NONE ? state : old_next(draft, cut, state, cut->token);
}

/* The states that are left, in the order of the whole: place[old] = new, TT_NONE where no token leads. */
static size_t find_states(size_t *place, size_t *queue, const tt_draft *draft, size_t prompts, size_t vocab,
                          const tt_cut *cut)
{
    size_t n = 0, count = 0;
    for (size_t s = 0; s < draft->nodes; s++)
        place[s] = TT_NONE;
    for (size_t x = 0; x < prompts; x++) {
        size_t state = old_start(draft, cut, x);
        if (place[state] == TT_NONE)
            place[queue[n++] = state] = 0;
    }
    for (size_t k = 0; k < n; k++)
        for (size_t v = 0; v < vocab; v++) {
            size_t state = old_next(draft, cut, queue[k], old_token(cut, v));
            if (place[state] == TT_NONE)
                place[queue[n++] = state] = 0;
        }
    for (size_t s = 0; s < draft->nodes; s++)
        if (place[s] != TT_NONE)
            place[s] = count++;
    return n;
}

static bool cut_machine(tt_draft *out, const tt_draft *draft, const tt_cut *cut, const size_t *place)
{
    bool possible = true;
    for (size_t x = 0; x < out->prompts; x++)
        out->start[x] = place[old_start(draft, cut, x)];
    for (size_t s = 0; s < draft->nodes && possible; s++) {
        if (place[s] == TT_NONE)
            continue;
        possible = cut_rows(out, place[s], draft, s, cut);
        for (size_t v = 0; v < out->vocab; v++)
            out->next[place[s] * out->vocab + v] = place[old_next(draft, cut, s, old_token(cut, v))];
        mpq_set(out->reward[place[s]], draft->reward[s]);
        out->name[place[s]] = draft->name[s];
    }
    return possible;
}

tt_status tt_draft_cut(tt_draft *out, bool *possible, const tt_draft *draft, const tt_cut *cut, tt_error *error)
{
    size_t vocab = draft->vocab - (cut->dropped != TT_NONE), states = 0, *place = NULL;
    size_t prompts = cut->only != TT_NONE ? 1 : draft->prompts - (cut->without != TT_NONE);
    size_t horizon = cut->horizon != TT_NONE ? cut->horizon : draft->horizon - (cut->step != TT_NONE);
    tt_status status;
    *out = (tt_draft){ 0 };
    *possible = false;
    if (draft->form == TT_FORM_MACHINE) {
        place = calloc(2 * draft->nodes, sizeof *place);
        if (!place)
            return tt_no_memory(error);
        states = find_states(place, place + draft->nodes, draft, prompts, vocab, cut);
    }
    status = draft_init(out, draft->form, vocab, horizon, prompts, states, error);
    if (status == TT_OK)
        *possible = cut_prompts(out, draft, cut) &&
                    (place ? cut_machine(out, draft, cut, place) : cut_tree(out, draft, cut));
    free(place);
    if (status != TT_OK || !*possible)
        tt_draft_clear(out);
    return status;
}

/* From doubles to a certified instance: rows are rounded to simple rationals and measured by the tree engine. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "../number/simplest.h"
#include "search_internal.h"

/* What rounding may cost of the tightness that the best of all roundings has. */
#define LOSS 1e-6

/* Relative tolerances of probabilities, or of what target moves, and sizes below which they become 0. */
static const double tolerances[] = { 0.3, 0.1, 0.03, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1e-12 };
static const double nothings[] = { 0, 1e-18, 1e-9, 1e-6, 1e-3, 1e-2 };
enum { TOLERANCES = sizeof tolerances / sizeof *tolerances, NOTHINGS = sizeof nothings / sizeof *nothings };

/* The rows of all classes: class k begins at k V. */
typedef struct {
    size_t n;
    mpq_t *mu, *pi;
} exact_rows;

static void exact_rows_clear(exact_rows *rows)
{
    for (size_t k = 0; rows->mu && rows->pi && k < rows->n; k++) {
        mpq_clear(rows->mu[k]);
        mpq_clear(rows->pi[k]);
    }
    free(rows->mu);
    free(rows->pi);
}

static bool exact_rows_init(exact_rows *rows, size_t n)
{
    rows->n = n;
    rows->mu = malloc(n * sizeof *rows->mu);
    rows->pi = malloc(n * sizeof *rows->pi);
    for (size_t k = 0; rows->mu && rows->pi && k < n; k++) {
        mpq_init(rows->mu[k]);
        mpq_init(rows->pi[k]);
    }
    return rows->mu && rows->pi;
}

/* ---- one row ---- */

/* The simplest rational between two doubles >= 0, in either order. */
static void simplest_between(mpq_t out, double x, double y)
{
    mpq_t low, high;
    mpq_init(low);
    mpq_init(high);
    mpq_set_d(low, fmin(x, y));
    mpq_set_d(high, fmax(x, y));
    tt_exact_simplest(out, low, high);
    mpq_clear(low);
    mpq_clear(high);
}

/* out[rest] = 1 - the others; false where that is negative. */
static bool fill_rest(mpq_t *out, size_t vocab, size_t rest)
{
    mpq_set_ui(out[rest], 1, 1);
    for (size_t v = 0; v < vocab; v++)
        if (v != rest)
            mpq_sub(out[rest], out[rest], out[v]);
    return mpq_sgn(out[rest]) >= 0;
}

static size_t largest(const double *x, size_t vocab)
{
    size_t best = 0;
    for (size_t v = 1; v < vocab; v++)
        if (x[v] > x[best])
            best = v;
    return best;
}

typedef struct {
    double tolerance, nothing;
    tt_cap cap;
    bool inward; /* round target towards rollout, so that no divergence grows */
} manner;

static bool round_rollout(mpq_t *mu, double *m, const tt_search_row *row, size_t vocab, const manner *how)
{
    size_t rest = largest(row->mu, vocab);
    for (size_t v = 0; v < vocab; v++) {
        if (v == rest)
            continue;
        if (row->mu[v] < how->nothing)
            mpq_set_ui(mu[v], 0, 1);
        else
            simplest_between(mu[v], row->mu[v] * (1 - how->tolerance), row->mu[v] * (1 + how->tolerance));
    }
    if (!fill_rest(mu, vocab, rest))
        return false;
    for (size_t v = 0; v < vocab; v++)
        m[v] = mpq_get_d(mu[v]);
    return true;
}

/* The move for the rounded rollout row: the same target where that is far, the same relative change where it is near;
   as far apart as before where rows are to be. *near tells which. */
static void fit_move(double *move, bool *near, const double *m, const tt_search_row *row, size_t vocab,
                     const manner *how)
{
    double most = INFINITY, sum = 0;
    size_t rest = largest(m, vocab);
    *near = true;
    for (size_t v = 0; v < vocab; v++)
        *near = *near && fabs(row->move[v]) <= row->mu[v] / 2;
    for (size_t v = 0; v < vocab; v++) {
        if (*near)
            move[v] = row->mu[v] > 0 ? row->move[v] * (m[v] / row->mu[v]) : 0;
        else
            move[v] = (row->pi[v] < how->nothing ? 0 : row->pi[v]) - m[v];
        sum += v == rest ? 0 : move[v];
    }
    if (*near)
        move[rest] = -sum;
    for (size_t v = 0; v < vocab; v++)
        if (move[v] < 0)
            most = fmin(most, m[v] / -move[v]);
    if (how->cap != TT_CAP_NONE && isfinite(most)) {
        double before = tt_search_divergence(how->cap, row->mu, row->move, vocab);
        double s = isfinite(before) ? tt_search_scale(how->cap, m, move, vocab, before, most) : 1;
        for (size_t v = 0; v < vocab; v++)
            move[v] *= s;
    }
}

static bool round_near_target(mpq_t *pi, mpq_t *mu, const double *m, const double *move, size_t vocab,
                              const manner *how)
{
    size_t rest = largest(m, vocab);
    for (size_t v = 0; v < vocab; v++) {
        double size = fabs(move[v]);
        if (v == rest)
            continue;
        simplest_between(pi[v], size * (1 - how->tolerance), how->inward ? size : size * (1 + how->tolerance));
        if (move[v] < 0)
            mpq_neg(pi[v], pi[v]);
        mpq_add(pi[v], pi[v], mu[v]);
        if (mpq_sgn(pi[v]) < 0)
            return false;
    }
    return fill_rest(pi, vocab, rest);
}

static bool round_far_target(mpq_t *pi, const double *m, const double *move, size_t vocab, const manner *how)
{
    double p[TT_SEARCH_VOCAB_MAX];
    size_t rest;
    for (size_t v = 0; v < vocab; v++)
        p[v] = fmax(m[v] + move[v], 0);
    rest = largest(p, vocab);
    for (size_t v = 0; v < vocab; v++) {
        double low = p[v] * (1 - how->tolerance), high = p[v] * (1 + how->tolerance);
        if (v == rest)
            continue;
        if (how->inward && move[v] > 0) {
            low = fmax(low, m[v]);
            high = p[v];
        } else if (how->inward) {
            low = p[v];
            high = fmin(high, m[v]);
        }
        simplest_between(pi[v], low, high);
    }
    return fill_rest(pi, vocab, rest);
}

static bool round_row(mpq_t *mu, mpq_t *pi, const tt_search_row *row, size_t vocab, const manner *how)
{
    double m[TT_SEARCH_VOCAB_MAX], move[TT_SEARCH_VOCAB_MAX];
    bool near;
    if (!round_rollout(mu, m, row, vocab, how))
        return false;
    fit_move(move, &near, m, row, vocab, how);
    return near ? round_near_target(pi, mu, m, move, vocab, how) : round_far_target(pi, m, move, vocab, how);
}

/* pi = mu + s (pi - mu) */
static void pull(mpq_t *pi, mpq_t *mu, size_t vocab, mpq_srcptr s)
{
    for (size_t v = 0; v < vocab; v++) {
        mpq_sub(pi[v], pi[v], mu[v]);
        mpq_mul(pi[v], pi[v], s);
        mpq_add(pi[v], pi[v], mu[v]);
    }
}

/* Pulls a row back below the limit; the divergences are convex along the way. */
static void respect_limit(mpq_t *mu, mpq_t *pi, size_t vocab, const tt_search_options *options, double tolerance)
{
    tt_cap cap = options->limit == TT_SEARCH_KL_MAX ? TT_CAP_KL : TT_CAP_TV;
    double m[TT_SEARCH_VOCAB_MAX], move[TT_SEARCH_VOCAB_MAX], limit = mpq_get_d(options->at_most);
    mpq_t s, term;
    mpq_init(s);
    mpq_init(term);
    for (size_t v = 0; v < vocab; v++) {
        mpq_sub(term, pi[v], mu[v]);
        m[v] = mpq_get_d(mu[v]);
        move[v] = mpq_get_d(term);
        mpq_abs(term, term);
        mpq_add(s, s, term);
    }
    mpq_div_2exp(s, s, 1); /* TV */
    if (cap == TT_CAP_TV && mpq_cmp(s, options->at_most) > 0) {
        mpq_div(s, options->at_most, s);
        pull(pi, mu, vocab, s);
    } else if (cap == TT_CAP_KL && tt_search_divergence(cap, m, move, vocab) > limit * (1 - 1e-13)) {
        double scale = tt_search_scale(cap, m, move, vocab, limit * (1 - 1e-12), 1);
        simplest_between(s, scale * (1 - fmin(tolerance, 1e-3)), scale);
        pull(pi, mu, vocab, s);
    }
    mpq_clear(s);
    mpq_clear(term);
}

/* ---- all rows ---- */

static bool round_rows(exact_rows *out, const tt_search_shape *shape, const tt_search_row *rows,
                       const tt_search_options *options, const manner *how)
{
    for (size_t k = 0; k < shape->classes; k++) {
        mpq_t *mu = out->mu + k * shape->vocab, *pi = out->pi + k * shape->vocab;
        if (!round_row(mu, pi, &rows[k], shape->vocab, how))
            return false;
        if (options->limit != TT_SEARCH_UNLIMITED)
            respect_limit(mu, pi, shape->vocab, options, how->tolerance);
    }
    return true;
}

static size_t bits(const exact_rows *rows)
{
    size_t sum = 0;
    for (size_t k = 0; k < rows->n; k++)
        sum += tt_exact_bits(rows->mu[k]) + tt_exact_bits(rows->pi[k]);
    return sum;
}

static double tightness_of(tt_search_meter *meter, tt_search_row *room, const exact_rows *rows,
                           const tt_search_shape *shape, const unsigned char *reward)
{
    mpq_t move;
    mpq_init(move);
    for (size_t k = 0; k < shape->classes; k++) {
        for (size_t v = 0; v < shape->vocab; v++) {
            size_t at = k * shape->vocab + v;
            mpq_sub(move, rows->pi[at], rows->mu[at]);
            room[k].mu[v] = mpq_get_d(rows->mu[at]);
            room[k].move[v] = mpq_get_d(move);
        }
        tt_search_row_measure(&room[k], shape->vocab);
    }
    mpq_clear(move);
    return tt_search_tightness_of(meter, shape, room, reward);
}

/* ---- the instance ---- */

static size_t next_class(const tt_search_shape *shape, size_t k, size_t v)
{
    size_t child = shape->first[k] * shape->vocab + 1 + v;
    return child < shape->contexts ? shape->class_of[child] : k;
}

/* "count 2 1", "step 3": what the class's contexts have in common. */
static void state_name(char *out, size_t size, const tt_search_shape *shape, size_t k)
{
    size_t depth = 0, count[TT_SEARCH_VOCAB_MAX] = { 0 }, used;
    for (size_t node = shape->first[k]; node > 0; node = (node - 1) / shape->vocab, depth++)
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): no vocabulary is empty */
        count[(node - 1) % shape->vocab]++;
    if (shape->tie == TT_TIE_COUNT) {
        used = (size_t)snprintf(out, size, "count");
        for (size_t v = 0; v < shape->vocab; v++)
            used += (size_t)snprintf(out + used, size - used, " %zu", count[v]);
    } else {
        snprintf(out, size, shape->tie == TT_TIE_ALL ? "all" : "step %zu", depth + 1);
    }
}

static tt_status fill_machine(tt_instance *instance, const tt_search_shape *shape, const exact_rows *rows,
                              tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t k = 0; k < shape->classes && status == TT_OK; k++) {
        size_t next[TT_SEARCH_VOCAB_MAX];
        char name[128];
        for (size_t v = 0; v < shape->vocab; v++)
            next[v] = next_class(shape, k, v);
        state_name(name, sizeof name, shape, k);
        status = tt_instance_add_state(instance, name, rows->mu + k * shape->vocab, rows->pi + k * shape->vocab, next,
                                       error);
    }
    return status;
}

/* The tokens of a node; returns how many. */
static size_t tokens_of(uint32_t *tokens, const tt_search_shape *shape, size_t node)
{
    size_t depth = 0, at = node;
    for (; at > 0; at = (at - 1) / shape->vocab)
        depth++;
    for (size_t d = depth; d-- > 0; node = (node - 1) / shape->vocab)
        tokens[d] = (uint32_t)((node - 1) % shape->vocab);
    return depth;
}

static tt_status fill_tree(tt_instance *instance, const tt_search_shape *shape, const exact_rows *rows,
                           tt_error *error)
{
    uint32_t tokens[TT_SEARCH_HORIZON_MAX];
    tt_status status = TT_OK;
    for (size_t c = 0; c < shape->contexts && status == TT_OK; c++) {
        size_t depth = tokens_of(tokens, shape, c), at = shape->class_of[c] * shape->vocab;
        status = tt_instance_set_context(instance, TT_ROLLOUT, 0, tokens, depth, rows->mu + at, error);
        if (status == TT_OK)
            status = tt_instance_set_context(instance, TT_TARGET, 0, tokens, depth, rows->pi + at, error);
    }
    return status;
}

static tt_status fill_reward(tt_instance *instance, const tt_search_shape *shape, const unsigned char *reward,
                             tt_error *error)
{
    uint32_t tokens[TT_SEARCH_HORIZON_MAX];
    tt_status status;
    mpq_t value;
    mpq_init(value);
    status = tt_instance_set_reward_default(instance, value, error);
    mpq_set_ui(value, 1, 1);
    for (size_t y = shape->contexts; reward && y < shape->nodes && status == TT_OK; y++)
        if (reward[y - shape->contexts]) {
            size_t depth = tokens_of(tokens, shape, y);
            status = tt_instance_set_reward(instance, 0, tokens, depth, value, error);
        }
    mpq_clear(value);
    return status;
}

static tt_status set_name(tt_instance *instance, const tt_bound *bound, const tt_search_shape *shape)
{
    char name[128];
    snprintf(name, sizeof name, "found by search %s, vocab %zu, horizon %zu", bound->id, shape->vocab, shape->horizon);
    return tt_instance_set_name(instance, name);
}

/* A machine where rows are tied and no reward is looked at, else a tree. */
static tt_status make_instance(tt_instance **out, const tt_bound *bound, const tt_search_shape *shape,
                               const exact_rows *rows, const unsigned char *reward, tt_error *error)
{
    bool machine = shape->tie != TT_TIE_NONE && !reward;
    tt_status status = tt_instance_new(out, machine ? TT_FORM_MACHINE : TT_FORM_TREE, shape->vocab, shape->horizon,
                                       error);
    mpq_t one;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    if (status == TT_OK)
        status = set_name(*out, bound, shape);
    if (status == TT_OK)
        status = tt_instance_add_prompt(*out, one, 0, error);
    if (status == TT_OK)
        status = machine ? fill_machine(*out, shape, rows, error) : fill_tree(*out, shape, rows, error);
    if (status == TT_OK)
        status = fill_reward(*out, shape, reward, error);
    if (status == TT_OK)
        status = tt_instance_finish(*out, error);
    if (status != TT_OK) {
        tt_instance_free(*out);
        *out = NULL;
    }
    mpq_clear(one);
    return status == TT_NO_MEMORY ? tt_no_memory(error) : status;
}

/* ---- the certificate ---- */

void tt_search_tightness(tt_real *out, const tt_judgement *judgement, const tt_bound *bound)
{
    const tt_bound_result *result = NULL;
    const tt_real *error = &judgement->quantities.error;
    tt_real_set_absent(out);
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (tt_bound_at(k) == bound)
            result = &judgement->evaluation.bounds[k];
    /* cppcheck-suppress nullPointer ; a bound is one of the catalogue */
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the same */
    if (result->verdict == TT_NOT_APPLICABLE || tt_real_is_zero(&result->value) || tt_real_is_infinite(&result->value))
        return;
    if (bound->kind == TT_REWARD_FREE || bound->kind == TT_REWARD_AWARE) {
        tt_real_set(out, &result->tightness);
        return;
    }
    tt_real_div(out, error, &result->value, judgement->precision);
    if (bound->kind == TT_LOWER)
        tt_real_neg(out, out);
}

/* Whether the instance is certainly within the limit; sets `reached` where there is one. */
static bool keeps_limit(tt_real *reached, const tt_judgement *judgement, const tt_search_options *options)
{
    const tt_real *value = options->limit == TT_SEARCH_KL_MAX ? &judgement->quantities.kl_max
                                                              : &judgement->quantities.tv_max;
    tt_real limit;
    bool good;
    if (options->limit == TT_SEARCH_UNLIMITED)
        return true;
    tt_real_init(&limit);
    tt_real_set_q(&limit, options->at_most);
    tt_real_div(reached, value, &limit, judgement->precision);
    good = tt_verdict_le(value, &limit) == TT_HOLDS;
    tt_real_clear(&limit);
    return good;
}

/* Whether that is certainly near enough. */
static bool comes_near(const tt_real *reached)
{
    tt_real enough;
    bool good;
    tt_real_init(&enough);
    tt_real_set_frac(&enough, TT_SEARCH_REACH, 100);
    good = tt_real_is_absent(reached) || tt_verdict_le(&enough, reached) == TT_HOLDS;
    tt_real_clear(&enough);
    return good;
}

static bool is_larger(const tt_real *x, const tt_real *than)
{
    return tt_real_is_absent(than) || tt_real_cmp(x, than) == TT_GREATER;
}

/* Judges the rounded rows and keeps them in out where they are better. */
static tt_status try_rows(bool *better, tt_search_result *out, const tt_search_options *options,
                          const tt_search_shape *shape, const exact_rows *rows, const unsigned char *reward,
                          tt_error *error)
{
    tt_search_result fresh = { .ties = tt_tie_names[shape->tie] };
    tt_evaluate_options evaluate;
    tt_row_source source;
    tt_subject subject;
    tt_status status = make_instance(&fresh.instance, options->bound, shape, rows, reward, error);
    *better = false;
    if (status != TT_OK)
        return status;
    tt_real_init(&fresh.tightness);
    tt_real_init(&fresh.reached);
    tt_evaluate_options_init(&evaluate);
    evaluate.engine = TT_ENGINE_TREE;
    tt_subject_of_instance(&subject, &source, fresh.instance);
    status = tt_judge(&fresh.judgement, &subject, &evaluate, error);
    tt_evaluate_options_clear(&evaluate);
    if (status == TT_OK) {
        bool possible = keeps_limit(&fresh.reached, &fresh.judgement, options);
        tt_search_tightness(&fresh.tightness, &fresh.judgement, options->bound);
        possible = possible && !tt_real_is_absent(&fresh.tightness);
        *better = possible && comes_near(&fresh.reached) && is_larger(&fresh.tightness, &out->tightness);
        if (possible && !*better && !out->instance && is_larger(&fresh.reached, &out->reached))
            tt_real_set(&out->reached, &fresh.reached);
    }
    if (*better) {
        fresh.start = out->start;
        fresh.evaluations = out->evaluations;
        fresh.stopped = out->stopped;
        tt_search_result_clear(out);
        *out = fresh;
    } else {
        tt_search_result_clear(&fresh);
    }
    return status;
}

typedef struct {
    manner how;
    double tightness;
    size_t bits;
    bool tried;
} rounding;

/* The simplest rounding that is not tried and about as tight as the tightest of these; NULL where none is left. */
static rounding *next_rounding(rounding *roundings, size_t n)
{
    rounding *best = NULL;
    double most = 0;
    for (size_t k = 0; k < n; k++)
        if (!roundings[k].tried)
            most = fmax(most, roundings[k].tightness);
    for (size_t k = 0; k < n && most > 0; k++)
        if (!roundings[k].tried && roundings[k].tightness >= most * (1 - LOSS) &&
            (!best || roundings[k].bits < best->bits))
            best = &roundings[k];
    return best;
}

tt_status tt_search_certify(bool *better, tt_search_result *out, tt_search_meter *meter,
                            const tt_search_options *options, const tt_search_shape *shape, const tt_search_row *rows,
                            tt_cap cap, const unsigned char *reward, tt_error *error)
{
    enum { ATTEMPTS = 4, N = TOLERANCES * NOTHINGS };
    rounding roundings[N], *choice;
    tt_search_row *room = malloc(shape->classes * sizeof *room);
    exact_rows exact = { 0 };
    tt_status status = TT_OK;
    *better = false;
    if (!room || !exact_rows_init(&exact, shape->classes * shape->vocab))
        status = tt_no_memory(error);
    for (size_t k = 0; k < N && status == TT_OK; k++) {
        roundings[k] = (rounding){ .how = { .tolerance = tolerances[k / NOTHINGS], .nothing = nothings[k % NOTHINGS],
                                            .cap = cap, .inward = options->limit != TT_SEARCH_UNLIMITED } };
        if (round_rows(&exact, shape, rows, options, &roundings[k].how)) {
            roundings[k].tightness = tightness_of(meter, room, &exact, shape, reward);
            roundings[k].bits = bits(&exact);
        }
    }
    for (size_t k = 0; k < ATTEMPTS && status == TT_OK && !*better; k++) {
        const unsigned char *certain;
        choice = next_rounding(roundings, N);
        if (!choice)
            break;
        choice->tried = true;
        if (!round_rows(&exact, shape, rows, options, &choice->how))
            continue;
        tightness_of(meter, room, &exact, shape, reward);
        certain = tt_search_reward(meter);
        status = try_rows(better, out, options, shape, &exact, certain, error);
    }
    exact_rows_clear(&exact);
    free(room);
    return status;
}

/* The numbers of a policy pair in doubles, level by level, and the tightness that follows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search_internal.h"

#define PRECISION 64 /* of the catalogue's arithmetic on what are doubles */

/* What is known of a node: the masses of both policies and their difference, e, and what grows along a path. */
typedef struct {
    double mu, pi, x, e;
    double k3;             /* K */
    double nu[TT_THETAS];
    double a, b, w;        /* of recursive-tv */
    double value;          /* V of the reward */
} node;

struct tt_search_meter {
    const tt_search_options *options;
    node *nodes;
    unsigned char *reward; /* V^T */
    bool *reached;         /* per class */
    tt_quantities q;
    tt_real value;
    mpfi_t interval;
    double limit;
    double worst;
};

tt_status tt_search_meter_new(tt_search_meter **out, const tt_search_options *options)
{
    tt_search_meter *meter = calloc(1, sizeof *meter);
    *out = meter;
    if (!meter)
        return TT_NO_MEMORY;
    meter->options = options;
    meter->limit = mpq_get_d(options->at_most);
    tt_quantities_init(&meter->q);
    tt_real_init(&meter->value);
    mpfi_init2(meter->interval, PRECISION);
    meter->nodes = calloc(TT_SEARCH_NODES_MAX, sizeof *meter->nodes);
    meter->reward = calloc(TT_SEARCH_NODES_MAX, 1);
    meter->reached = calloc(TT_SEARCH_NODES_MAX, sizeof *meter->reached);
    return meter->nodes && meter->reward && meter->reached &&
                   tt_quantities_resize(&meter->q, options->vocab, options->horizon) == TT_OK
               ? TT_OK
               : TT_NO_MEMORY;
}

void tt_search_meter_free(tt_search_meter *meter)
{
    if (!meter)
        return;
    tt_quantities_clear(&meter->q);
    tt_real_clear(&meter->value);
    mpfi_clear(meter->interval);
    free(meter->nodes);
    free(meter->reward);
    free(meter->reached);
    free(meter);
}

const unsigned char *tt_search_reward(const tt_search_meter *meter)
{
    return meter->options->bound->kind == TT_REWARD_FREE ? NULL : meter->reward;
}

double tt_search_worst(const tt_search_meter *meter)
{
    return meter->worst;
}

/* ---- along the tree ---- */

/* Equal rows, where neither policy comes. */
static void step_nowhere(node *child, const node *from, double mu)
{
    *child = (node){ .mu = 0, .pi = 0, .x = 0, .e = from->e * mu, .k3 = from->k3 };
    for (size_t k = 0; k < TT_THETAS; k++)
        child->nu[k] = from->nu[k] * mu;
}

static void step(node *child, const node *from, const tt_search_row *row, size_t v)
{
    double mu = row->mu[v], pi = row->pi[v], move = row->move[v];
    child->mu = from->mu * mu;
    child->pi = from->pi * pi;
    child->x = from->x * pi + from->mu * move;
    child->e = from->e * mu + from->x * move;
    child->k3 = mu > 0 ? from->k3 + row->k3[v] : 0;
    for (size_t k = 0; k < TT_THETAS; k++) {
        double theta = (double)k / (TT_THETAS - 1);
        child->nu[k] = from->nu[k] * ((1 - theta) * mu + theta * pi);
    }
}

/* From the root to the responses; which classes some policy reaches. */
static void go_down(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows)
{
    node *nodes = meter->nodes;
    nodes[0] = (node){ .mu = 1, .pi = 1 };
    for (size_t k = 0; k < TT_THETAS; k++)
        nodes[0].nu[k] = 1;
    memset(meter->reached, 0, shape->classes * sizeof *meter->reached);
    for (size_t c = 0; c < shape->contexts; c++) {
        const tt_search_row *row = &rows[shape->class_of[c]];
        bool reached = nodes[c].mu > 0 || nodes[c].pi > 0;
        node *child = &nodes[c * shape->vocab + 1];
        if (reached)
            meter->reached[shape->class_of[c]] = true;
        for (size_t v = 0; v < shape->vocab; v++)
            if (reached)
                step(&child[v], &nodes[c], row, v);
            else
                step_nowhere(&child[v], &nodes[c], row->mu[v]);
    }
}

/* recursive-tv, from the leaves up. */
static double recursion(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows)
{
    node *nodes = meter->nodes;
    for (size_t c = shape->contexts; c < shape->nodes; c++)
        nodes[c].a = nodes[c].b = nodes[c].w = 0;
    for (size_t c = shape->contexts; c-- > 0;) {
        const tt_search_row *row = &rows[shape->class_of[c]];
        bool reached = nodes[c].mu > 0 || nodes[c].pi > 0;
        double a = reached ? row->tv : 0, b = a, w = 0;
        for (size_t v = 0; v < shape->vocab; v++) {
            const node *child = &nodes[c * shape->vocab + 1 + v];
            double mu = row->mu[v], up = reached && row->move[v] > 0 ? row->move[v] : 0,
                   down = reached && row->move[v] < 0 ? -row->move[v] : 0, both = mu - down;
            a += both * child->a;
            b += mu * child->b;
            w += up * child->a + fmin(both * child->w + down * child->b, mu * child->w + down * child->a);
        }
        nodes[c].a = a;
        nodes[c].b = b;
        nodes[c].w = w;
    }
    return nodes[0].w;
}

/* ---- into the struct that bounds read ---- */

static void set(tt_search_meter *meter, tt_real *out, double x)
{
    if (isnan(x)) {
        tt_real_set_absent(out);
    } else if (isinf(x)) {
        tt_real_set_infinite(out, x > 0 ? 1 : -1);
    } else if (x == 0) {
        tt_real_set_ui(out, 0);
    } else {
        mpfi_interv_d(meter->interval, nextafter(x, -INFINITY), nextafter(x, INFINITY));
        tt_real_set_interval(out, meter->interval);
    }
}

static double weighted(double mass, double x)
{
    return mass > 0 ? mass * x : 0;
}

static void set_maxima(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows)
{
    tt_search_row most = { .dominated = true };
    tt_quantities *q = &meter->q;
    for (size_t k = 0; k < shape->classes; k++) {
        const tt_search_row *row = &rows[k];
        if (!meter->reached[k])
            continue;
        most.tv = fmax(most.tv, row->tv);
        most.kl = fmax(most.kl, row->kl);
        most.kl_reverse = fmax(most.kl_reverse, row->kl_reverse);
        most.dominated = most.dominated && row->dominated;
        for (size_t j = 0; j < TT_THETAS; j++)
            most.tilt[j] = fmax(most.tilt[j], row->tilt[j]);
        for (size_t j = 0; j < TT_KAPPAS; j++) {
            most.truncated_mass[j] = fmax(most.truncated_mass[j], row->truncated_mass[j]);
            most.truncated_chi2[j] = fmax(most.truncated_chi2[j], row->truncated_chi2[j]);
        }
    }
    q->dominated = most.dominated;
    if (meter->options->limit == TT_SEARCH_KL_MAX)
        most.kl = meter->limit;
    if (meter->options->limit == TT_SEARCH_TV_MAX)
        most.tv = meter->limit;
    set(meter, &q->tv_max, fmin(most.tv, 1));
    set(meter, &q->kl_max, most.kl);
    set(meter, &q->kl_max_reverse, most.kl_reverse);
    set(meter, &q->chi2_max, most.dominated ? most.tilt[0] : NAN);
    for (size_t j = 0; j < TT_THETAS; j++)
        set(meter, &q->tilt_max[j], most.tilt[j]);
    for (size_t j = 0; j < TT_KAPPAS; j++) {
        set(meter, &q->truncated_mass[j], most.truncated_mass[j]);
        set(meter, &q->truncated_chi2[j], most.truncated_chi2[j]);
    }
}

static void set_series(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows)
{
    tt_quantities *q = &meter->q;
    double kl_so_far = 0, reverse_so_far = 0, off = 0;
    for (size_t t = 0, begin = 0, n = 1; t <= shape->horizon; t++, begin += n, n *= shape->vocab) {
        double shift = 0, tv = 0, kl = 0, reverse = 0;
        for (size_t c = begin; c < begin + n; c++) {
            const node *here = &meter->nodes[c];
            shift += fabs(here->x) / 2;
            if (t < shape->horizon && (here->mu > 0 || here->pi > 0)) {
                const tt_search_row *row = &rows[shape->class_of[c]];
                tv += here->mu * row->tv;
                kl += weighted(here->mu, row->kl);
                off += here->mu * row->off;
                reverse += weighted(here->pi, row->kl_reverse);
            }
        }
        set(meter, &q->context_tv.items[t], fmin(shift, 1));
        set(meter, &q->context_kl.items[t], kl_so_far);
        set(meter, &q->context_kl_reverse.items[t], reverse_so_far);
        if (t < shape->horizon) {
            set(meter, &q->expected_tv.items[t], tv);
            set(meter, &q->expected_kl.items[t], kl);
            set(meter, &q->expected_kl_reverse.items[t], reverse);
            kl_so_far += kl;
            reverse_so_far += reverse;
        }
        if (t == shape->horizon)
            set(meter, &q->tv_seq, fmin(shift, 1));
    }
    set(meter, &q->kl_seq, kl_so_far);
    set(meter, &q->kl_seq_reverse, reverse_so_far);
    set(meter, &q->off_support, off);
}

/* The moments of e; returns worst-case Error. */
static double set_moments(tt_search_meter *meter, const tt_search_shape *shape)
{
    double sum = 0, k3_max = 0, moment[TT_THETAS] = { 0 };
    for (size_t y = shape->contexts; y < shape->nodes; y++) {
        const node *here = &meter->nodes[y];
        sum += fabs(here->e) / 2;
        if (here->mu > 0)
            k3_max = fmax(k3_max, here->k3);
        for (size_t k = 0; k < TT_THETAS; k++)
            if (here->e != 0)
                moment[k] += here->nu[k] > 0 ? here->e * (here->e / here->nu[k]) : INFINITY;
    }
    for (size_t k = 0; k < TT_THETAS; k++)
        set(meter, &meter->q.tilted_moment[k], moment[k]);
    set(meter, &meter->q.second_moment, meter->q.dominated ? moment[0] : NAN);
    set(meter, &meter->q.k3_max, meter->q.dominated ? k3_max : NAN);
    return sum;
}

/* ---- rewards ---- */

static void set_spans(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows)
{
    node *nodes = meter->nodes;
    for (size_t y = shape->contexts; y < shape->nodes; y++)
        nodes[y].value = meter->reward[y - shape->contexts];
    for (size_t c = shape->contexts; c-- > 0;) {
        nodes[c].value = 0;
        for (size_t v = 0; v < shape->vocab; v++)
            nodes[c].value += rows[shape->class_of[c]].mu[v] * nodes[c * shape->vocab + 1 + v].value;
    }
    for (size_t t = 0, begin = 0, n = 1; t < shape->horizon; t++, begin += n, n *= shape->vocab) {
        double low = INFINITY, high = -INFINITY;
        for (size_t c = begin; c < begin + n; c++) {
            double g = 0;
            if (!(nodes[c].mu > 0 || nodes[c].pi > 0))
                continue;
            for (size_t v = 0; v < shape->vocab; v++)
                g += rows[shape->class_of[c]].move[v] * nodes[c * shape->vocab + 1 + v].value;
            low = fmin(low, g);
            high = fmax(high, g);
        }
        set(meter, &meter->q.advantage_span.items[t], high - low);
    }
}

/* sum_y R e, E_mu[R K], E_mu[(1-R) K] of the reward at hand. */
static double set_reward_sums(tt_search_meter *meter, const tt_search_shape *shape)
{
    double error = 0, reward_k3 = 0, failure_k3 = 0;
    for (size_t y = shape->contexts; y < shape->nodes; y++) {
        const node *here = &meter->nodes[y];
        if (meter->reward[y - shape->contexts]) {
            error += here->e;
            reward_k3 += weighted(here->mu, here->k3);
        } else {
            failure_k3 += weighted(here->mu, here->k3);
        }
    }
    set(meter, &meter->q.reward_k3, reward_k3);
    set(meter, &meter->q.failure_k3, failure_k3);
    return error;
}

/* R = 1 where sign (e + share K P_mu) < 0 for sign > 0; for sign < 0 where it is not. Of a reward-aware bound R = 1
   where e > 0. */
static void threshold_reward(tt_search_meter *meter, const tt_search_shape *shape, double share)
{
    bool upper = meter->options->bound->kind == TT_UPPER, aware = meter->options->bound->kind == TT_REWARD_AWARE;
    for (size_t y = shape->contexts; y < shape->nodes; y++) {
        const node *here = &meter->nodes[y];
        bool chosen = aware ? here->e > 0 : here->e + share * weighted(here->mu, here->k3) < 0;
        meter->reward[y - shape->contexts] = upper ? !chosen : chosen;
    }
}

static double quotient(tt_search_meter *meter, double numerator)
{
    const tt_bound *bound = meter->options->bound;
    const char *parameter = NULL;
    double value;
    if (bound->applies && bound->applies(&meter->q, PRECISION) != TT_HOLDS)
        return 0;
    bound->value(&meter->value, &meter->q, PRECISION, &parameter);
    if (tt_real_is_absent(&meter->value) || tt_real_is_infinite(&meter->value))
        return 0;
    value = tt_real_get_d(&meter->value);
    return value > 0 ? numerator / value : 0;
}

static double with_reward(tt_search_meter *meter, const tt_search_shape *shape)
{
    double error = set_reward_sums(meter, shape);
    switch (meter->options->bound->kind) {
    case TT_REWARD_AWARE:
        return quotient(meter, fabs(error));
    case TT_LOWER:
        return quotient(meter, -error);
    default:
        return quotient(meter, error);
    }
}

/* The best reward for a bound on one side is a threshold on e / (K P_mu), since both sides are sums over responses;
   Dinkelbach's iteration finds it. */
static double best_one_sided(tt_search_meter *meter, const tt_search_shape *shape)
{
    double best = 0, share = 0;
    for (int k = 0; k < 20; k++) {
        double here;
        threshold_reward(meter, shape, best);
        here = with_reward(meter, shape);
        if (!(here > best * (1 + 1e-12)))
            break;
        share = best;
        best = here;
    }
    threshold_reward(meter, shape, share); /* the last one may have chosen nothing */
    return best;
}

static double tightness(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows,
                        const unsigned char *reward)
{
    tt_bound_kind kind = meter->options->bound->kind;
    if (kind == TT_REWARD_FREE)
        return quotient(meter, meter->worst);
    if (reward) {
        memmove(meter->reward, reward, shape->nodes - shape->contexts);
    } else {
        threshold_reward(meter, shape, 0);
        if (kind != TT_REWARD_AWARE)
            return best_one_sided(meter, shape);
    }
    if (kind == TT_REWARD_AWARE)
        set_spans(meter, shape, rows);
    return with_reward(meter, shape);
}

/* ---- the whole ---- */

/* The share of the limit that is reached, at most 1. */
static double share_of_limit(const tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows)
{
    double most = 0;
    for (size_t k = 0; k < shape->classes; k++)
        if (meter->reached[k])
            most = fmax(most, meter->options->limit == TT_SEARCH_KL_MAX ? rows[k].kl : rows[k].tv);
    return fmin(1, most / meter->limit);
}

double tt_search_tightness_of(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows,
                              const unsigned char *reward)
{
    double out;
    go_down(meter, shape, rows);
    set_maxima(meter, shape, rows);
    set_series(meter, shape, rows);
    meter->worst = set_moments(meter, shape);
    set(meter, &meter->q.recursive_tv, recursion(meter, shape, rows));
    out = tightness(meter, shape, rows, reward);
    if (meter->options->limit != TT_SEARCH_UNLIMITED) {
        double share = share_of_limit(meter, shape, rows);
        if (share < 0.9999)
            out *= sqrt(share);
    }
    return out;
}

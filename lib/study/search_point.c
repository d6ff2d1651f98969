/* Points of the search: ties, rows, divergences in doubles. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "search_internal.h"

const char *const tt_tie_names[TT_TIES] = { "all", "step", "count", "none" };

/* ---- shapes ---- */

/* What contexts of a class have in common: nothing, the number of tokens, how often each occurred, everything. */
typedef struct {
    size_t depth;
    size_t count[TT_SEARCH_VOCAB_MAX];
} likeness;

static void likeness_of(likeness *out, const tt_search_shape *shape, size_t node)
{
    memset(out, 0, sizeof *out);
    while (node > 0) {
        out->count[(node - 1) % shape->vocab]++;
        out->depth++;
        node = (node - 1) / shape->vocab;
    }
}

static bool are_tied(const tt_search_shape *shape, size_t a, size_t b)
{
    likeness x, y;
    likeness_of(&x, shape, a);
    likeness_of(&y, shape, b);
    switch (shape->tie) {
    case TT_TIE_ALL:
        return true;
    case TT_TIE_STEP:
        return x.depth == y.depth;
    case TT_TIE_COUNT:
        return memcmp(&x, &y, sizeof x) == 0;
    default:
        return false;
    }
}

tt_status tt_search_shape_init(tt_search_shape *shape, tt_tie tie, size_t vocab, size_t horizon)
{
    size_t level = 1;
    *shape = (tt_search_shape){ .tie = tie, .vocab = vocab, .horizon = horizon };
    for (size_t t = 0; t < horizon; t++, level *= vocab)
        shape->contexts += level;
    shape->nodes = shape->contexts + level;
    shape->class_of = calloc(shape->contexts, sizeof *shape->class_of);
    shape->first = calloc(shape->contexts, sizeof *shape->first);
    if (!shape->class_of || !shape->first)
        return TT_NO_MEMORY;
    for (size_t c = 0; c < shape->contexts; c++) {
        size_t k = tie == TT_TIE_NONE ? shape->classes : 0;
        while (k < shape->classes && !are_tied(shape, c, shape->first[k]))
            k++;
        if (k == shape->classes)
            shape->first[shape->classes++] = c;
        shape->class_of[c] = k;
    }
    return TT_OK;
}

void tt_search_shape_clear(tt_search_shape *shape)
{
    free(shape->class_of);
    free(shape->first);
}

/* ---- divergences ---- */

/* x - log(1 + x) and (1 + x) log(1 + x) - x for x >= -1, without cancellation near 0. */
static double k3_of(double x)
{
    if (x <= -1)
        return INFINITY;
    if (fabs(x) > 0.02)
        return x - log1p(x);
    return x * x * (1. / 2 - x * (1. / 3 - x * (1. / 4 - x * (1. / 5 - x * (1. / 6 - x * (1. / 7 - x / 8))))));
}

static double reverse_k3_of(double x)
{
    if (x <= -1)
        return 1;
    if (fabs(x) > 0.02)
        return (1 + x) * log1p(x) - x;
    return x * x * (1. / 2 - x * (1. / 6 - x * (1. / 12 - x * (1. / 20 - x * (1. / 30 - x * (1. / 42 - x / 56))))));
}

double tt_search_divergence(tt_cap cap, const double *mu, const double *move, size_t vocab)
{
    double sum = 0;
    for (size_t v = 0; v < vocab; v++) {
        double m = mu[v], d = move[v];
        switch (cap) {
        case TT_CAP_KL:
            sum += m > 0 ? m * k3_of(d / m) : d;
            break;
        case TT_CAP_KL_REVERSE:
            sum += m > 0 ? m * reverse_k3_of(d / m) : d > 0 ? INFINITY : 0;
            break;
        case TT_CAP_CHI2:
            sum += m > 0 ? d * d / m : d > 0 ? INFINITY : 0;
            break;
        default:
            sum += fabs(d) / 2;
        }
    }
    return sum;
}

/* d/ds of the divergence of mu + s move, for the two that have no closed form */
static double slope(tt_cap cap, const double *mu, const double *move, size_t vocab, double s)
{
    double sum = 0;
    for (size_t v = 0; v < vocab; v++) {
        double m = mu[v], d = move[v];
        if (cap == TT_CAP_KL)
            sum += m > 0 ? d * (s * d / (m + s * d)) : d;
        else
            sum += m > 0 ? d * log1p(s * d / m) : 0;
    }
    return sum;
}

double tt_search_scale(tt_cap cap, const double *mu, const double *move, size_t vocab, double value, double most)
{
    double scaled[TT_SEARCH_VOCAB_MAX], low = 0, high = most, s = most;
    double whole;
    for (size_t v = 0; v < vocab; v++)
        scaled[v] = most * move[v];
    whole = tt_search_divergence(cap, mu, scaled, vocab);
    if (!(whole > value))
        return most;
    if (cap == TT_CAP_TV)
        return most * value / whole;
    if (isinf(whole) && cap != TT_CAP_KL)
        return 0;
    if (cap == TT_CAP_CHI2)
        return most * sqrt(value / whole);
    if (isfinite(whole))
        s = most * sqrt(value / whole);
    else
        s = most / 2;
    for (int k = 0; k < 60; k++) {
        double here, next;
        for (size_t v = 0; v < vocab; v++)
            scaled[v] = s * move[v];
        here = tt_search_divergence(cap, mu, scaled, vocab);
        if (here > value)
            high = s;
        else
            low = s;
        next = s - (here - value) / slope(cap, mu, move, vocab, s);
        if (!(next > low && next < high))
            next = (low + high) / 2;
        if (fabs(next - s) <= 1e-15 * s)
            break;
        s = next;
    }
    for (size_t v = 0; v < vocab; v++)
        scaled[v] = s * move[v];
    if (tt_search_divergence(cap, mu, scaled, vocab) <= value * (1 + 1e-12))
        return s;
    /* where doubles do not reach the value, as near to pi = 0, the last one below it */
    for (s = (low + high) / 2; s > low && s < high; s = (low + high) / 2) {
        for (size_t v = 0; v < vocab; v++)
            scaled[v] = s * move[v];
        if (tt_search_divergence(cap, mu, scaled, vocab) > value)
            high = s;
        else
            low = s;
    }
    return low;
}

void tt_search_row_measure(tt_search_row *row, size_t vocab)
{
    row->dominated = true;
    row->off = 0;
    for (size_t v = 0; v < vocab; v++) {
        double m = row->mu[v], d = row->move[v];
        row->pi[v] = m + d > 0 ? m + d : 0;
        row->k3[v] = m > 0 ? k3_of(row->pi[v] > 0 ? d / m : -1) : 0;
        if (m <= 0 && d > 0) {
            row->dominated = false;
            row->off += d;
        }
    }
    row->tv = tt_search_divergence(TT_CAP_TV, row->mu, row->move, vocab);
    row->kl = row->off;
    for (size_t v = 0; v < vocab; v++)
        if (row->mu[v] > 0)
            row->kl += row->mu[v] * row->k3[v];
    row->kl_reverse = tt_search_divergence(TT_CAP_KL_REVERSE, row->mu, row->move, vocab);
    for (size_t k = 0; k < TT_THETAS; k++) {
        double theta = (double)k / (TT_THETAS - 1), sum = 0;
        for (size_t v = 0; v < vocab; v++) {
            double nu = (1 - theta) * row->mu[v] + theta * row->pi[v];
            if (row->move[v] != 0)
                sum += nu > 0 ? row->move[v] * row->move[v] / nu : INFINITY;
        }
        row->tilt[k] = sum;
    }
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        double kappa = (double)tt_kappa[k][0] / (double)tt_kappa[k][1], mass = 0, chi2 = 0;
        for (size_t v = 0; v < vocab; v++) {
            double m = row->mu[v], d = row->move[v];
            if (row->pi[v] > kappa * m)
                mass += d;
            else if (m > 0)
                chi2 += d * d / m;
        }
        row->truncated_mass[k] = mass;
        row->truncated_chi2[k] = chi2;
    }
}

/* ---- points ---- */

/* Logits are cut here, so that mu > 0 at every point and domination is never lost on the way. */
static const double logit_max = 45, tilt_max = 100;
static const double log_cap_min = -16, log_cap_max = 3;

static double cut(double x, double limit)
{
    return x > limit ? limit : x < -limit ? -limit : x;
}

size_t tt_search_dimension(const tt_search_frame *frame)
{
    bool free_cap = frame->cap != TT_CAP_NONE && frame->fixed <= 0;
    return frame->shape->classes * 2 * (frame->shape->vocab - 1) + free_cap;
}

static double cap_at(const tt_search_frame *frame, const double *x)
{
    double exponent;
    if (frame->fixed > 0)
        return frame->fixed;
    exponent = x[tt_search_dimension(frame) - 1];
    exponent = exponent < log_cap_min ? log_cap_min : exponent > log_cap_max ? log_cap_max : exponent;
    return frame->cap == TT_CAP_TV && exponent > 0 ? 1 : exp(exponent);
}

/* move = pi - mu for pi(v) proportional to mu(v) exp(tilt(v)), tilt(0) = 0:
   move(v) sum_w mu(w) exp(tilt(w)) = mu(v) sum_w mu(w) (exp(tilt(v)) - exp(tilt(w))), in which nothing cancels. */
static void tilt_row(double *move, const double *mu, const double *tilts, size_t vocab)
{
    double tilt[TT_SEARCH_VOCAB_MAX] = { 0 }, weight[TT_SEARCH_VOCAB_MAX], most = 0, sum = 0;
    for (size_t v = 1; v < vocab; v++) {
        tilt[v] = cut(tilts[v], tilt_max);
        most = fmax(most, tilt[v]);
    }
    for (size_t v = 0; v < vocab; v++) {
        weight[v] = exp(tilt[v] - most);
        sum += mu[v] * weight[v];
    }
    for (size_t v = 0; v < vocab; v++) {
        double change = 0;
        for (size_t w = 0; w < vocab; w++)
            if (w != v)
                change += mu[w] * (tilt[v] > tilt[w] ? -expm1(tilt[w] - tilt[v]) * weight[v]
                                                     : expm1(tilt[v] - tilt[w]) * weight[w]);
        change /= sum;
        move[v] = change < -1 + 1e-15 ? -mu[v] : mu[v] * change;
    }
}

void tt_search_row_at(tt_search_row *row, const tt_search_frame *frame, const double *x, size_t k)
{
    size_t vocab = frame->shape->vocab;
    const double *logit = x + k * 2 * (vocab - 1) - 1, *tilt = logit + vocab - 1;
    double sum = 1;
    row->mu[0] = 1;
    for (size_t v = 1; v < vocab; v++)
        sum += row->mu[v] = exp(cut(logit[v], logit_max));
    for (size_t v = 0; v < vocab; v++)
        row->mu[v] /= sum;
    tilt_row(row->move, row->mu, tilt, vocab);
    if (frame->cap != TT_CAP_NONE) {
        double s = tt_search_scale(frame->cap, row->mu, row->move, vocab, cap_at(frame, x), 1);
        for (size_t v = 0; s < 1 && v < vocab; v++)
            row->move[v] *= s;
    }
}

void tt_search_coordinates(double *x, const tt_search_frame *frame, size_t k, const double *mu, const double *pi)
{
    size_t vocab = frame->shape->vocab;
    double *logit = x + k * 2 * (vocab - 1) - 1, *tilt = logit + vocab - 1;
    double m[TT_SEARCH_VOCAB_MAX], p[TT_SEARCH_VOCAB_MAX];
    for (size_t v = 0; v < vocab; v++) {
        m[v] = fmax(mu[v], exp(-logit_max));
        p[v] = mu[v] > 0 || pi[v] > 0 ? fmax(pi[v], exp(-tilt_max)) : m[v]; /* a token of neither is one of both */
    }
    for (size_t v = 1; v < vocab; v++) {
        logit[v] = cut(log(m[v] / m[0]), logit_max);
        tilt[v] = cut(log(p[v] / m[v]) - log(p[0] / m[0]), tilt_max);
    }
}

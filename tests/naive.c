#include "naive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "naive_numbers.h"

/* Everything spelled out. Level d holds the count[d] = prompts * V^d prefixes of d tokens, in order of
   prompt and tokens: the child of number i by token v is number i * V + v of the next level, so that
   a row entry is found under the number of the child that it leads to. */
typedef struct {
    size_t vocab, horizon;
    size_t *count;             /* levels 0..T */
    mpq_t **a, **b;            /* visitation under rollout and target, levels 0..T */
    mpq_t **mu, **pi;          /* mu[d][child]: rows of level d, levels 0..T-1 */
    mpq_t **settled;           /* pi, but mu's row at contexts that neither policy reaches */
    mpq_t *prompt;             /* P(x) */
    mpq_t *reward, *l, *e;     /* per response */
    mpq_t **value;             /* V under rollout, levels 0..T */
    mpq_t **advantage;         /* advantage[d][child] = Q(c, v) - V(c) */
    mpq_t **gain;              /* g_t(c), levels 0..T-1 */
    bool dominated;
} listing;

static void add_absolute(mpq_t sum, mpq_srcptr x)
{
    if (mpq_sgn(x) < 0)
        mpq_sub(sum, sum, x);
    else
        mpq_add(sum, sum, x);
}

static void halve(mpq_t x)
{
    mpq_div_2exp(x, x, 1);
}

static mpq_srcptr smaller(mpq_srcptr x, mpq_srcptr y)
{
    return mpq_cmp(x, y) <= 0 ? x : y;
}

/* Number of the ancestor at level `to` of prefix i at level `from`. */
static size_t ancestor(const listing *z, size_t i, size_t from, size_t to)
{
    for (; from > to; from--)
        i /= z->vocab;
    return i;
}

static size_t descendants(const listing *z, size_t levels)
{
    size_t n = 1;
    while (levels-- > 0)
        n *= z->vocab;
    return n;
}

/* out = product of the row entries on the way from level `from` to prefix i of level `to`. */
static void path(mpq_t out, const listing *z, mpq_t *const *row, size_t from, size_t to, size_t i)
{
    mpq_set_ui(out, 1, 1);
    for (size_t d = from; d < to; d++)
        mpq_mul(out, out, row[d][ancestor(z, i, to, d + 1)]);
}

static bool reachable(const listing *z, size_t d, size_t i)
{
    return mpq_sgn(z->a[d][i]) > 0 || mpq_sgn(z->b[d][i]) > 0;
}

/* ---- writing everything down -------------------------------------------------------------- */

static void list_rows(listing *z, const tt_row_source *source, uint64_t node, size_t d, size_t i)
{
    tt_rows rows;
    tt_rows_buffer buffer;
    if (d == z->horizon) {
        source->reward(source->self, node, z->reward[i]);
        return;
    }
    if (tt_rows_buffer_init(&buffer, z->vocab) != TT_OK)
        abort();
    source->rows(source->self, node, d, &rows, &buffer);
    for (size_t v = 0; v < z->vocab; v++) {
        size_t child = i * z->vocab + v;
        mpz_set(mpq_numref(z->mu[d][child]), &rows.rollout[v]);
        mpz_set(mpq_denref(z->mu[d][child]), rows.total);
        mpq_canonicalize(z->mu[d][child]);
        mpz_set(mpq_numref(z->pi[d][child]), &rows.target[v]);
        mpz_set(mpq_denref(z->pi[d][child]), rows.total);
        mpq_canonicalize(z->pi[d][child]);
    }
    tt_rows_buffer_clear(&buffer);
    for (size_t v = 0; v < z->vocab; v++)
        list_rows(z, source, source->child(source->self, node, d, v), d + 1, i * z->vocab + v);
}

static void list_masses(listing *z)
{
    z->dominated = true;
    for (size_t d = 0; d <= z->horizon; d++)
        for (size_t i = 0; i < z->count[d]; i++) {
            mpq_srcptr p = z->prompt[ancestor(z, i, d, 0)];
            path(z->a[d][i], z, z->mu, 0, d, i);
            path(z->b[d][i], z, z->pi, 0, d, i);
            mpq_mul(z->a[d][i], z->a[d][i], p);
            mpq_mul(z->b[d][i], z->b[d][i], p);
        }
    for (size_t d = 0; d < z->horizon; d++)
        for (size_t i = 0; i < z->count[d + 1]; i++) {
            bool met = reachable(z, d, i / z->vocab);
            mpq_set(z->settled[d][i], met ? z->pi[d][i] : z->mu[d][i]);
            if (met && mpq_sgn(z->mu[d][i]) == 0 && mpq_sgn(z->pi[d][i]) > 0)
                z->dominated = false;
        }
}

/* l(y) = sum_t P_mu(y_<t) (pi - mu)(y_t | c_t) P_mu(y_>t | c_{t+1}), e(y) = P_pi(y) - P_mu(y) - l(y). */
static void list_responses(listing *z)
{
    size_t T = z->horizon;
    mpq_t term, after;
    mpq_inits(term, after, NULL);
    for (size_t y = 0; y < z->count[T]; y++) {
        for (size_t d = 0; d < T; d++) {
            size_t child = ancestor(z, y, T, d + 1);
            path(term, z, z->mu, 0, d, ancestor(z, y, T, d));
            mpq_mul(term, term, z->prompt[ancestor(z, y, T, 0)]);
            path(after, z, z->mu, d + 1, T, y);
            mpq_mul(term, term, after);
            mpq_sub(after, z->pi[d][child], z->mu[d][child]);
            naive_add_product(z->l[y], term, after);
        }
        mpq_sub(z->e[y], z->b[T][y], z->a[T][y]);
        mpq_sub(z->e[y], z->e[y], z->l[y]);
    }
    mpq_clears(term, after, NULL);
}

/* out = sum over the completions of prefix i of level d of their probability under the rows times R. */
static void value_of(mpq_t out, const listing *z, mpq_t *const *row, size_t d, size_t i)
{
    size_t n = descendants(z, z->horizon - d);
    mpq_t p;
    mpq_init(p);
    mpq_set_ui(out, 0, 1);
    for (size_t y = i * n; y < (i + 1) * n; y++) {
        path(p, z, row, d, z->horizon, y);
        naive_add_product(out, p, z->reward[y]);
    }
    mpq_clear(p);
}

static void list_values(listing *z)
{
    for (size_t d = 0; d <= z->horizon; d++)
        for (size_t i = 0; i < z->count[d]; i++)
            value_of(z->value[d][i], z, z->mu, d, i);
    for (size_t d = 0; d < z->horizon; d++)
        for (size_t i = 0; i < z->count[d + 1]; i++) {
            mpq_sub(z->advantage[d][i], z->value[d + 1][i], z->value[d][i / z->vocab]);
            naive_add_product(z->gain[d][i / z->vocab], z->pi[d][i], z->advantage[d][i]);
        }
}

static mpq_t **levels(const listing *z, size_t first, size_t n)
{
    mpq_t **level = naive_allocate(n, sizeof *level);
    for (size_t d = 0; d < n; d++)
        level[d] = naive_rationals(z->count[first + d]);
    return level;
}

static void free_levels(mpq_t **level, const listing *z, size_t first, size_t n)
{
    for (size_t d = 0; d < n; d++)
        naive_free_rationals(level[d], z->count[first + d]);
    free(level);
}

static void listing_init(listing *z, const tt_row_source *source)
{
    size_t T = source->horizon;
    memset(z, 0, sizeof *z);
    z->vocab = source->vocab;
    z->horizon = T;
    z->count = naive_allocate(T + 1, sizeof *z->count);
    z->count[0] = source->prompts;
    for (size_t d = 0; d < T; d++)
        z->count[d + 1] = z->count[d] * z->vocab;
    z->a = levels(z, 0, T + 1);
    z->b = levels(z, 0, T + 1);
    z->value = levels(z, 0, T + 1);
    z->gain = levels(z, 0, T);
    z->mu = levels(z, 1, T);
    z->pi = levels(z, 1, T);
    z->settled = levels(z, 1, T);
    z->advantage = levels(z, 1, T);
    z->prompt = naive_rationals(z->count[0]);
    z->reward = naive_rationals(z->count[T]);
    z->l = naive_rationals(z->count[T]);
    z->e = naive_rationals(z->count[T]);
    for (size_t x = 0; x < z->count[0]; x++) {
        mpq_set(z->prompt[x], source->prompt(source->self, x));
        list_rows(z, source, source->root(source->self, x), 0, x);
    }
    list_masses(z);
    list_responses(z);
    list_values(z);
}

static void listing_clear(listing *z)
{
    size_t T = z->horizon;
    free_levels(z->a, z, 0, T + 1);
    free_levels(z->b, z, 0, T + 1);
    free_levels(z->value, z, 0, T + 1);
    free_levels(z->gain, z, 0, T);
    free_levels(z->mu, z, 1, T);
    free_levels(z->pi, z, 1, T);
    free_levels(z->settled, z, 1, T);
    free_levels(z->advantage, z, 1, T);
    naive_free_rationals(z->prompt, z->count[0]);
    naive_free_rationals(z->reward, z->count[T]);
    naive_free_rationals(z->l, z->count[T]);
    naive_free_rationals(z->e, z->count[T]);
    free(z->count);
}

/* ---- reals ---------------------------------------------------------------------------------- */

/* out = log q for q > 0; log 1 is exactly 0. */
static void logarithm(tt_real *out, mpq_srcptr q)
{
    mpfi_t i;
    if (mpq_cmp_ui(q, 1, 1) == 0) {
        tt_real_set_ui(out, 0);
        return;
    }
    mpfi_init2(i, NAIVE_PRECISION);
    mpfi_set_q(i, q);
    mpfi_log(i, i);
    tt_real_set_interval(out, i);
    mpfi_clear(i);
}

static void real_add(tt_real *sum, const tt_real *x)
{
    tt_real_add(sum, sum, x, NAIVE_PRECISION);
}

/* sum += weight * x, with 0 * inf = 0. */
static void real_add_scaled(tt_real *sum, mpq_srcptr weight, const tt_real *x)
{
    tt_real product;
    tt_real_init(&product);
    tt_real_set_q(&product, weight);
    tt_real_mul(&product, &product, x, NAIVE_PRECISION);
    real_add(sum, &product);
    tt_real_clear(&product);
}

static void real_max(tt_real *maximum, const tt_real *x)
{
    tt_real_max(maximum, maximum, x, NAIVE_PRECISION);
}

static void rational_max(tt_real *maximum, mpq_srcptr x)
{
    tt_real other;
    tt_real_init(&other);
    tt_real_set_q(&other, x);
    real_max(maximum, &other);
    tt_real_clear(&other);
}

/* out = sum p log(p / q): 0 log 0 = 0, infinite where q = 0 < p. */
static void divergence(tt_real *out, const mpq_t *p, const mpq_t *q, size_t n)
{
    tt_real log_ratio;
    mpq_t ratio;
    tt_real_init(&log_ratio);
    mpq_init(ratio);
    tt_real_set_ui(out, 0);
    for (size_t i = 0; i < n; i++) {
        if (mpq_sgn(p[i]) == 0)
            continue;
        if (mpq_sgn(q[i]) == 0) {
            tt_real_set_infinite(out, 1);
            break;
        }
        mpq_div(ratio, p[i], q[i]);
        logarithm(&log_ratio, ratio);
        real_add_scaled(out, p[i], &log_ratio);
    }
    tt_real_clear(&log_ratio);
    mpq_clear(ratio);
}

/* The first two estimators of SPEC.md section 7 that have a mean to check: -log x and x - 1 - log x, inf at 0. */
static void k1(tt_real *out, mpq_srcptr ratio)
{
    if (mpq_sgn(ratio) == 0) {
        tt_real_set_infinite(out, 1);
    } else {
        logarithm(out, ratio);
        tt_real_neg(out, out);
    }
}

static void k3(tt_real *out, mpq_srcptr ratio)
{
    tt_real linear;
    mpq_t x;
    tt_real_init(&linear);
    mpq_init(x);
    mpq_set_ui(x, 1, 1);
    mpq_sub(x, ratio, x);
    tt_real_set_q(&linear, x);
    k1(out, ratio);
    real_add(out, &linear);
    mpq_clear(x);
    tt_real_clear(&linear);
}

static char *key(const listing *z, size_t d, size_t i)
{
    size_t room = 24 * (d + 2), used;
    char *text = naive_allocate(room, 1);
    used = (size_t)snprintf(text, room, "%zu:", ancestor(z, i, d, 0));
    for (size_t s = 1; s <= d; s++)
        used += (size_t)snprintf(text + used, room - used, s == 1 ? "%zu" : ".%zu", ancestor(z, i, d, s) % z->vocab);
    return text;
}

/* ---- objective, surrogate, error ------------------------------------------------------------- */

/* out[d] = sum_{c of step d+1} mass(c) g(c). */
static void mean_gain(tt_series *out, const listing *z, mpq_t *const *mass)
{
    mpq_t sum;
    mpq_init(sum);
    for (size_t d = 0; d < z->horizon; d++) {
        mpq_set_ui(sum, 0, 1);
        for (size_t i = 0; i < z->count[d]; i++)
            naive_add_product(sum, mass[d][i], z->gain[d][i]);
        tt_real_set_q(&out->items[d], sum);
    }
    mpq_clear(sum);
}

static void weighted_responses(tt_real *out, const listing *z, const mpq_t *weight, const mpq_t *reward)
{
    mpq_t sum;
    mpq_init(sum);
    for (size_t y = 0; y < z->count[z->horizon]; y++)
        if (reward)
            naive_add_product(sum, weight[y], reward[y]);
        else
            mpq_add(sum, sum, weight[y]);
    tt_real_set_q(out, sum);
    mpq_clear(sum);
}

static void half_absolute(tt_real *out, const mpq_t *x, size_t n)
{
    mpq_t sum;
    mpq_init(sum);
    for (size_t y = 0; y < n; y++)
        add_absolute(sum, x[y]);
    halve(sum);
    tt_real_set_q(out, sum);
    mpq_clear(sum);
}

/* The master form of V^pi - V^mu, read from the rollout's side. */
static void rollout_side(tt_real *out, const listing *z)
{
    mpq_t sum, step, difference;
    mpq_inits(sum, step, difference, NULL);
    for (size_t d = 0; d < z->horizon; d++)
        for (size_t i = 0; i < z->count[d + 1]; i++) {
            value_of(difference, z, z->pi, d + 1, i);
            mpq_sub(difference, difference, z->value[d + 1][i]);
            mpq_sub(step, z->pi[d][i], z->mu[d][i]);
            mpq_mul(step, step, difference);
            naive_add_product(sum, z->a[d][i / z->vocab], step);
        }
    tt_real_set_q(out, sum);
    mpq_clears(sum, step, difference, NULL);
}

/* J of mu + h (pi - mu), for one rational h. */
static void objective_between(mpq_t out, const listing *z, mpq_srcptr h)
{
    size_t T = z->horizon;
    mpq_t p, factor;
    mpq_inits(p, factor, NULL);
    mpq_set_ui(out, 0, 1);
    for (size_t y = 0; y < z->count[T]; y++) {
        mpq_set(p, z->prompt[ancestor(z, y, T, 0)]);
        for (size_t d = 0; d < T; d++) {
            size_t child = ancestor(z, y, T, d + 1);
            mpq_sub(factor, z->pi[d][child], z->mu[d][child]);
            mpq_mul(factor, factor, h);
            mpq_add(factor, factor, z->mu[d][child]);
            mpq_mul(p, p, factor);
        }
        naive_add_product(out, p, z->reward[y]);
    }
    mpq_clears(p, factor, NULL);
}

/* dJ/dh at 0: J is a polynomial of degree <= T in h, so its derivative is that of the polynomial
   through its values at h = 0..T: sum_k J(k) w_k, w_k = (-1)^(k+1) C(T, k) / k for k > 0 and
   w_0 = -sum_{k>0} w_k. */
static void objective_derivative(tt_real *out, const listing *z)
{
    size_t T = z->horizon;
    mpq_t sum, value, start, weight, h;
    mpq_inits(sum, value, start, weight, h, NULL);
    objective_between(start, z, h);
    for (size_t k = 1; k <= T; k++) {
        mpz_bin_uiui(mpq_numref(weight), T, k);
        mpz_set_ui(mpq_denref(weight), k);
        mpq_canonicalize(weight);
        if (k % 2 == 0)
            mpq_neg(weight, weight);
        mpq_set_ui(h, k, 1);
        objective_between(value, z, h);
        mpq_sub(value, value, start);
        naive_add_product(sum, weight, value);
    }
    tt_real_set_q(out, sum);
    mpq_clears(sum, value, start, weight, h, NULL);
}

/* L of mu + h (pi - mu) is linear in h: its derivative is 2 (L(1/2) - L(0)). */
static void surrogate_derivative(tt_real *out, const listing *z)
{
    mpq_t between[2], entry, gain;
    mpq_inits(between[0], between[1], entry, gain, NULL);
    for (int k = 0; k < 2; k++)
        for (size_t d = 0; d < z->horizon; d++)
            for (size_t i = 0; i < z->count[d + 1]; i++) {
                mpq_set(entry, z->mu[d][i]);
                if (k == 1) {
                    mpq_add(entry, entry, z->pi[d][i]);
                    halve(entry);
                }
                mpq_mul(gain, entry, z->advantage[d][i]);
                naive_add_product(between[k], z->a[d][i / z->vocab], gain);
            }
    mpq_sub(between[1], between[1], between[0]);
    mpq_mul_2exp(between[1], between[1], 1);
    tt_real_set_q(out, between[1]);
    mpq_clears(between[0], between[1], entry, gain, NULL);
}

static void sum_series(tt_real *out, const tt_series *series)
{
    tt_real_set_ui(out, 0);
    for (size_t k = 0; k < series->n; k++)
        real_add(out, &series->items[k]);
}

static void measure_objective(tt_quantities *q, const listing *z)
{
    size_t T = z->horizon, n = z->count[T];
    tt_real target_side;
    tt_real_init(&target_side);
    weighted_responses(&q->j_rollout, z, z->a[T], z->reward);
    weighted_responses(&q->j_target, z, z->b[T], z->reward);
    tt_real_sub(&q->improvement, &q->j_target, &q->j_rollout, NAIVE_PRECISION);
    mean_gain(&q->advantage_rollout, z, z->a);
    mean_gain(&q->advantage_target, z, z->b);
    sum_series(&q->surrogate, &q->advantage_rollout);
    sum_series(&target_side, &q->advantage_target);
    tt_real_sub(&q->error, &q->improvement, &q->surrogate, NAIVE_PRECISION);
    tt_real_sub(&q->error_pdi, &target_side, &q->surrogate, NAIVE_PRECISION);
    rollout_side(&q->error_rollout_side, z);
    weighted_responses(&q->surrogate_response, z, z->l, z->reward);
    weighted_responses(&q->error_response, z, z->e, z->reward);
    weighted_responses(&q->sum_l, z, z->l, NULL);
    weighted_responses(&q->sum_e, z, z->e, NULL);
    half_absolute(&q->worst_case_error, z->e, n);
    half_absolute(&q->largest_surrogate, z->l, n);
    objective_derivative(&q->improvement_derivative, z);
    surrogate_derivative(&q->surrogate_derivative, z);
    tt_real_clear(&target_side);
}

/* ---- ratios of one response -------------------------------------------------------------------- */

/* rho[0..T-1] of a response with P_mu(y) > 0. */
static void ratios(mpq_t *rho, const listing *z, size_t y)
{
    for (size_t d = 0; d < z->horizon; d++) {
        size_t child = ancestor(z, y, z->horizon, d + 1);
        mpq_div(rho[d], z->pi[d][child], z->mu[d][child]);
    }
}

static void product_from(mpq_t out, const mpq_t *rho, size_t from, size_t to)
{
    mpq_set_ui(out, 1, 1);
    for (size_t d = from; d < to; d++)
        mpq_mul(out, out, rho[d]);
}

/* The expectations under rollout that divide by it. */
static void measure_ratios(tt_quantities *q, const listing *z)
{
    enum { RATIO, REWARD, WEIGHT, ERROR, MEAN, PRODUCT2, SUM2, MOMENT, COUNT };
    size_t T = z->horizon;
    mpq_t sum[COUNT], *rho = naive_rationals(T), one, total, shifted, product, error, term;
    for (int k = 0; k < COUNT; k++)
        mpq_init(sum[k]);
    mpq_inits(one, total, shifted, product, error, term, NULL);
    mpq_set_ui(one, 1, 1);
    for (size_t y = 0; y < z->count[T]; y++) {
        mpq_srcptr p = z->a[T][y];
        if (mpq_sgn(p) == 0)
            continue;
        ratios(rho, z, y);
        mpq_set_ui(total, 0, 1);
        mpq_set_ui(shifted, 0, 1);
        mpq_set_ui(error, 0, 1);
        for (size_t d = 0; d < T; d++) {
            mpq_add(total, total, rho[d]);
            mpq_sub(term, rho[d], one);
            mpq_add(shifted, shifted, term);
            product_from(product, rho, d + 1, T);
            mpq_sub(product, product, one);
            naive_add_product(error, term, product);
        }
        product_from(product, rho, 0, T);
        mpq_mul(term, p, z->reward[y]);
        naive_add_product(sum[RATIO], term, shifted);
        naive_add_product(sum[REWARD], term, total);
        naive_add_product(sum[ERROR], term, error);
        naive_add_product(sum[WEIGHT], p, total);
        naive_add_product(sum[MEAN], p, product);
        mpq_mul(term, product, product);
        naive_add_product(sum[PRODUCT2], p, term);
        mpq_mul(term, total, total);
        naive_add_product(sum[SUM2], p, term);
        mpq_sub(term, product, one);
        mpq_sub(term, term, shifted);
        mpq_mul(term, term, term);
        naive_add_product(sum[MOMENT], p, term);
    }
    tt_real_set_q(&q->surrogate_ratio, sum[RATIO]);
    tt_real_set_q(&q->weighted_reward, sum[REWARD]);
    tt_real_set_q(&q->weight_sum, sum[WEIGHT]);
    tt_real_set_q(&q->error_ratio, sum[ERROR]);
    tt_real_set_q(&q->mean_weight, sum[MEAN]);
    tt_real_set_q(&q->second_moment, sum[MOMENT]);
    mpq_mul(term, sum[MEAN], sum[MEAN]);
    mpq_sub(term, sum[PRODUCT2], term);
    tt_real_set_q(&q->variance_product, term);
    mpq_mul(term, sum[WEIGHT], sum[WEIGHT]);
    mpq_sub(term, sum[SUM2], term);
    tt_real_set_q(&q->variance_sum, term);
    for (int k = 0; k < COUNT; k++)
        mpq_clear(sum[k]);
    mpq_clears(one, total, shifted, product, error, term, NULL);
    naive_free_rationals(rho, T);
}

/* K(y) = sum_t k3(rho_t) = sum_t (rho_t - 1) - log M of every response with P_mu(y) > 0; the others
   stay 0. In the second form it is rational where M = 1. */
static tt_real *list_k(const listing *z)
{
    size_t T = z->horizon;
    tt_real *k = tt_real_array(z->count[T]), log_weight;
    mpq_t *rho = naive_rationals(T), sum, one;
    tt_real_init(&log_weight);
    mpq_inits(sum, one, NULL);
    mpq_set_ui(one, 1, 1);
    for (size_t y = 0; y < z->count[T]; y++) {
        tt_real_set_ui(&k[y], 0);
        if (mpq_sgn(z->a[T][y]) == 0)
            continue;
        ratios(rho, z, y);
        mpq_set_ui(sum, 0, 1);
        for (size_t d = 0; d < T; d++) {
            mpq_add(sum, sum, rho[d]);
            mpq_sub(sum, sum, one);
        }
        tt_real_set_q(&k[y], sum);
        product_from(sum, rho, 0, T);
        k1(&log_weight, sum);
        real_add(&k[y], &log_weight);
    }
    mpq_clears(sum, one, NULL);
    naive_free_rationals(rho, T);
    tt_real_clear(&log_weight);
    return k;
}

static void measure_k3(tt_quantities *q, const listing *z)
{
    size_t T = z->horizon;
    tt_real *k = list_k(z);
    mpq_t weight;
    mpq_init(weight);
    tt_real_set_ui(&q->reward_k3, 0);
    tt_real_set_ui(&q->failure_k3, 0);
    tt_real_set_ui(&q->k3_max, 0);
    for (size_t y = 0; y < z->count[T]; y++) {
        mpq_mul(weight, z->a[T][y], z->reward[y]);
        real_add_scaled(&q->reward_k3, weight, &k[y]);
        mpq_sub(weight, z->a[T][y], weight);
        real_add_scaled(&q->failure_k3, weight, &k[y]);
        real_max(&q->k3_max, &k[y]);
    }
    if (!z->dominated)
        tt_real_set_absent(&q->k3_max);
    mpq_clear(weight);
    tt_real_array_free(k, z->count[T]);
}

/* ---- contexts -------------------------------------------------------------------------------------- */

static void token_tv(mpq_t out, const mpq_t *mu, const mpq_t *pi, size_t n)
{
    mpq_t difference;
    mpq_init(difference);
    mpq_set_ui(out, 0, 1);
    for (size_t v = 0; v < n; v++) {
        mpq_sub(difference, pi[v], mu[v]);
        add_absolute(out, difference);
    }
    halve(out);
    mpq_clear(difference);
}

/* sum_v (pi - mu)^2 / ((1 - k/6) mu + k/6 pi), 0/0 = 0, inf where only the denominator is 0. */
static void tilt(tt_real *out, const mpq_t *mu, const mpq_t *pi, size_t n, unsigned long k)
{
    mpq_t sum, difference, denominator, part;
    mpq_inits(sum, difference, denominator, part, NULL);
    tt_real_set_absent(out);
    for (size_t v = 0; v < n; v++) {
        mpq_sub(difference, pi[v], mu[v]);
        mpq_set_ui(part, k, 6);
        mpq_canonicalize(part);
        mpq_mul(denominator, part, difference);
        mpq_add(denominator, denominator, mu[v]);
        if (mpq_sgn(difference) == 0)
            continue;
        if (mpq_sgn(denominator) == 0) {
            tt_real_set_infinite(out, 1);
            break;
        }
        mpq_mul(part, difference, difference);
        mpq_div(part, part, denominator);
        mpq_add(sum, sum, part);
    }
    if (!tt_real_is_infinite(out))
        tt_real_set_q(out, sum);
    mpq_clears(sum, difference, denominator, part, NULL);
}

/* The mass that truncation at kappa drops and the second moment that it leaves. */
static void truncate_row(mpq_t mass, mpq_t chi2, const mpq_t *mu, const mpq_t *pi, size_t n, const unsigned kappa[2])
{
    mpq_t cap, kept, difference;
    mpq_inits(cap, kept, difference, NULL);
    mpq_set_ui(mass, 1, 1);
    mpq_set_ui(chi2, 0, 1);
    for (size_t v = 0; v < n; v++) {
        mpq_set_ui(cap, kappa[0], kappa[1]);
        mpq_canonicalize(cap);
        mpq_mul(cap, cap, mu[v]);
        mpq_set(kept, mpq_cmp(pi[v], cap) <= 0 ? pi[v] : mu[v]);
        mpq_sub(mass, mass, kept);
        if (mpq_sgn(mu[v]) > 0) {
            mpq_sub(difference, kept, mu[v]);
            mpq_mul(difference, difference, difference);
            mpq_div(difference, difference, mu[v]);
            mpq_add(chi2, chi2, difference);
        }
    }
    mpq_clears(cap, kept, difference, NULL);
}

/* TV of the two laws of the tokens that follow prefix i of level d. */
static void future_tv(mpq_t out, const listing *z, size_t d, size_t i)
{
    size_t n = descendants(z, z->horizon - d);
    mpq_t p, r;
    mpq_inits(p, r, NULL);
    mpq_set_ui(out, 0, 1);
    for (size_t y = i * n; y < (i + 1) * n; y++) {
        path(r, z, z->mu, d, z->horizon, y);
        path(p, z, z->pi, d, z->horizon, y);
        mpq_sub(p, p, r);
        add_absolute(out, p);
    }
    halve(out);
    mpq_clears(p, r, NULL);
}

static tt_verdict worse(tt_verdict so_far, bool holds)
{
    return tt_verdict_and(so_far, holds ? TT_HOLDS : TT_VIOLATED);
}

/* TV <= sqrt(KL / 2), by squares. */
static tt_verdict pinsker(mpq_srcptr tv, const tt_real *kl)
{
    tt_real left;
    tt_verdict verdict;
    mpq_t square;
    tt_real_init(&left);
    mpq_init(square);
    mpq_mul(square, tv, tv);
    mpq_mul_2exp(square, square, 1);
    tt_real_set_q(&left, square);
    verdict = tt_verdict_le(&left, kl);
    mpq_clear(square);
    tt_real_clear(&left);
    return verdict;
}

/* E_mu[estimator(rho)] = KL_tok, the mean taken over the tokens of the support of mu. */
static tt_verdict estimator_mean(void (*estimator)(tt_real *, mpq_srcptr), const tt_real *kl, const mpq_t *mu,
                                 const mpq_t *pi, size_t n)
{
    tt_real mean, term;
    mpq_t rho;
    tt_verdict verdict;
    tt_real_init(&mean);
    tt_real_init(&term);
    mpq_init(rho);
    tt_real_set_ui(&mean, 0);
    for (size_t v = 0; v < n; v++)
        if (mpq_sgn(mu[v]) > 0) {
            mpq_div(rho, pi[v], mu[v]);
            estimator(&term, rho);
            real_add_scaled(&mean, mu[v], &term);
        }
    verdict = tt_verdict_eq(&mean, kl, NULL);
    mpq_clear(rho);
    tt_real_clear(&mean);
    tt_real_clear(&term);
    return verdict;
}

/* Everything that is read off the two rows of one reachable context. */
static void measure_context(tt_quantities *q, const listing *z, size_t d, size_t i)
{
    size_t n = z->vocab, first = i * n;
    const mpq_t *mu = z->mu[d] + first, *pi = z->pi[d] + first;
    mpq_srcptr a = z->a[d][i], b = z->b[d][i];
    tt_real kl, reverse, x;
    mpq_t tv, mass, chi2;
    tt_real_init(&kl);
    tt_real_init(&reverse);
    tt_real_init(&x);
    mpq_inits(tv, mass, chi2, NULL);

    token_tv(tv, mu, pi, n);
    tt_real_set_q(&x, tv);
    if (!q->tv_max_at || tt_real_cmp(&x, &q->tv_max) == TT_GREATER) {
        tt_real_set(&q->tv_max, &x);
        free(q->tv_max_at);
        q->tv_max_at = key(z, d, i);
    }
    real_add_scaled(&q->expected_tv.items[d], a, &x);
    future_tv(mass, z, d, i);
    rational_max(&q->future_tv.items[d], mass);

    divergence(&kl, mu, pi, n);
    divergence(&reverse, pi, mu, n);
    if (!q->kl_max_at || tt_real_cmp(&kl, &q->kl_max) == TT_GREATER) {
        free(q->kl_max_at);
        q->kl_max_at = key(z, d, i);
    }
    real_max(&q->kl_max, &kl);
    real_max(&q->kl_max_reverse, &reverse);
    real_add_scaled(&q->expected_kl.items[d], a, &kl);
    real_add_scaled(&q->expected_kl_reverse.items[d], b, &reverse);

    for (unsigned long k = 0; k < TT_THETAS; k++) {
        tilt(&x, mu, pi, n, k);
        real_max(&q->tilt_max[k], &x);
    }
    if (z->dominated) {
        mpq_set_ui(chi2, 0, 1);
        for (size_t v = 0; v < n; v++)
            if (mpq_sgn(mu[v]) > 0) {
                /* mu (rho - 1)^2 */
                mpq_div(mass, pi[v], mu[v]);
                mpz_sub(mpq_numref(mass), mpq_numref(mass), mpq_denref(mass));
                mpq_mul(mass, mass, mass);
                naive_add_product(chi2, mu[v], mass);
            }
        rational_max(&q->chi2_max, chi2);
    }
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        truncate_row(mass, chi2, mu, pi, n, tt_kappa[k]);
        rational_max(&q->truncated_mass[k], mass);
        rational_max(&q->truncated_chi2[k], chi2);
    }

    q->pinsker = tt_verdict_and(q->pinsker, pinsker(tv, &kl));
    q->pinsker_reverse = tt_verdict_and(q->pinsker_reverse, pinsker(tv, &reverse));
    mpq_mul_2exp(tv, tv, 1);
    mpq_abs(mass, z->gain[d][i]);
    q->advantage_token = worse(q->advantage_token, mpq_cmp(mass, tv) <= 0);
    for (size_t v = 0; v < n; v++) {
        mpq_abs(mass, z->advantage[d][first + v]);
        q->advantage_unit = worse(q->advantage_unit, mpq_cmp_ui(mass, 1, 1) <= 0);
    }
    if (!tt_real_is_infinite(&kl)) {
        q->k1_mean = tt_verdict_and(q->k1_mean, estimator_mean(k1, &kl, mu, pi, n));
        if (z->dominated)
            q->k3_mean = tt_verdict_and(q->k3_mean, estimator_mean(k3, &kl, mu, pi, n));
    }
    mpq_clears(tv, mass, chi2, NULL);
    tt_real_clear(&kl);
    tt_real_clear(&reverse);
    tt_real_clear(&x);
}

/* max |g| and max g - min g over the reachable contexts of a step. */
static void measure_gains(tt_quantities *q, const listing *z, size_t d)
{
    mpq_t high, low, size;
    bool seen = false;
    mpq_inits(high, low, size, NULL);
    for (size_t i = 0; i < z->count[d]; i++) {
        if (!reachable(z, d, i))
            continue;
        if (!seen || mpq_cmp(z->gain[d][i], high) > 0)
            mpq_set(high, z->gain[d][i]);
        if (!seen || mpq_cmp(z->gain[d][i], low) < 0)
            mpq_set(low, z->gain[d][i]);
        seen = true;
        mpq_abs(size, z->gain[d][i]);
        rational_max(&q->expected_advantage_max.items[d], size);
    }
    mpq_sub(size, high, low);
    tt_real_set_q(&q->advantage_span.items[d], size);
    mpq_clears(high, low, size, NULL);
}

static void start_at_zero(tt_real *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        tt_real_set_ui(&x[k], 0);
}

static void measure_contexts(tt_quantities *q, const listing *z)
{
    size_t T = z->horizon;
    mpq_t mean;
    mpq_init(mean);
    start_at_zero(&q->tv_max, 1);
    start_at_zero(&q->kl_max, 1);
    start_at_zero(&q->kl_max_reverse, 1);
    if (z->dominated)
        start_at_zero(&q->chi2_max, 1);
    start_at_zero(q->tilt_max, TT_THETAS);
    start_at_zero(q->truncated_mass, TT_KAPPAS);
    start_at_zero(q->truncated_chi2, TT_KAPPAS);
    start_at_zero(q->expected_tv.items, T);
    start_at_zero(q->expected_kl.items, T);
    start_at_zero(q->expected_kl_reverse.items, T);
    start_at_zero(q->expected_advantage_max.items, T);
    start_at_zero(q->future_tv.items, T);
    q->martingale = TT_HOLDS;
    for (size_t d = 0; d < T; d++) {
        for (size_t i = 0; i < z->count[d]; i++) {
            mpq_set_ui(mean, 0, 1);
            for (size_t child = i * z->vocab; child < (i + 1) * z->vocab; child++)
                naive_add_product(mean, z->mu[d][child], z->advantage[d][child]);
            q->martingale = worse(q->martingale, mpq_sgn(mean) == 0);
            if (reachable(z, d, i))
                measure_context(q, z, d, i);
        }
        measure_gains(q, z, d);
    }
    sum_series(&q->kl_seq, &q->expected_kl);
    sum_series(&q->kl_seq_reverse, &q->expected_kl_reverse);
    mpq_clear(mean);
}

/* ---- laws of prefixes ---------------------------------------------------------------------------------- */

static void measure_prefixes(tt_quantities *q, const listing *z)
{
    mpq_t sum, difference;
    mpq_inits(sum, difference, NULL);
    for (size_t d = 0; d <= z->horizon; d++) {
        token_tv(sum, z->a[d], z->b[d], z->count[d]);
        tt_real_set_q(&q->context_tv.items[d], sum);
        divergence(&q->context_kl.items[d], z->a[d], z->b[d], z->count[d]);
        divergence(&q->context_kl_reverse.items[d], z->b[d], z->a[d], z->count[d]);
    }
    tt_real_set(&q->tv_seq, &q->context_tv.items[z->horizon]);
    mpq_set_ui(sum, 0, 1);
    for (size_t d = 0; d < z->horizon; d++)
        for (size_t i = 0; i < z->count[d + 1]; i++)
            if (mpq_sgn(z->mu[d][i]) == 0)
                naive_add_product(sum, z->a[d][i / z->vocab], z->pi[d][i]);
    tt_real_set_q(&q->off_support, sum);
    mpq_clears(sum, difference, NULL);
}

/* sum_y e(y)^2 / nu(y), nu the product of the tilted rows, 0/0 = 0. */
static void tilted_moment(tt_real *out, const listing *z, unsigned long k)
{
    size_t T = z->horizon;
    mpq_t sum, nu, factor, theta;
    mpq_inits(sum, nu, factor, theta, NULL);
    mpq_set_ui(theta, k, 6);
    mpq_canonicalize(theta);
    tt_real_set_absent(out);
    for (size_t y = 0; y < z->count[T] && !tt_real_is_infinite(out); y++) {
        mpq_set(nu, z->prompt[ancestor(z, y, T, 0)]);
        for (size_t d = 0; d < T; d++) {
            size_t child = ancestor(z, y, T, d + 1);
            mpq_sub(factor, z->settled[d][child], z->mu[d][child]);
            mpq_mul(factor, factor, theta);
            mpq_add(factor, factor, z->mu[d][child]);
            mpq_mul(nu, nu, factor);
        }
        if (mpq_sgn(z->e[y]) == 0)
            continue;
        if (mpq_sgn(nu) == 0) {
            tt_real_set_infinite(out, 1);
        } else {
            mpq_mul(factor, z->e[y], z->e[y]);
            mpq_div(factor, factor, nu);
            mpq_add(sum, sum, factor);
        }
    }
    if (!tt_real_is_infinite(out))
        tt_real_set_q(out, sum);
    mpq_clears(sum, nu, factor, theta, NULL);
}

/* The recursion of THEOREMS.md 4 below prefix i of level d: w, and the a and b that it uses. */
static void recursion(mpq_t w, mpq_t a, mpq_t b, const listing *z, size_t d, size_t i)
{
    size_t n = z->vocab;
    const mpq_t *mu, *pi;
    mpq_t below_w, below_a, below_b, gain, loss, first, second, zero;
    mpq_set_ui(w, 0, 1);
    mpq_set_ui(a, 0, 1);
    mpq_set_ui(b, 0, 1);
    if (d == z->horizon)
        return;
    mu = z->mu[d] + i * n;
    pi = z->settled[d] + i * n;
    mpq_inits(below_w, below_a, below_b, gain, loss, first, second, zero, NULL);
    token_tv(a, mu, pi, n);
    mpq_set(b, a);
    for (size_t v = 0; v < n; v++) {
        recursion(below_w, below_a, below_b, z, d + 1, i * n + v);
        mpq_sub(gain, pi[v], mu[v]);
        mpq_neg(loss, gain);
        mpq_set(gain, mpq_sgn(gain) > 0 ? gain : zero);
        mpq_set(loss, mpq_sgn(loss) > 0 ? loss : zero);
        mpq_mul(first, smaller(mu[v], pi[v]), below_w);
        naive_add_product(first, loss, below_b);
        mpq_mul(second, mu[v], below_w);
        naive_add_product(second, loss, below_a);
        naive_add_product(w, gain, below_a);
        mpq_add(w, w, smaller(first, second));
        naive_add_product(a, smaller(mu[v], pi[v]), below_a);
        naive_add_product(b, mu[v], below_b);
    }
    mpq_clears(below_w, below_a, below_b, gain, loss, first, second, zero, NULL);
}

static void measure_moments(tt_quantities *q, const listing *z)
{
    mpq_t sum, w, a, b;
    mpq_inits(sum, w, a, b, NULL);
    for (unsigned long k = 0; k < TT_THETAS; k++)
        tilted_moment(&q->tilted_moment[k], z, k);
    for (size_t x = 0; x < z->count[0]; x++) {
        recursion(w, a, b, z, 0, x);
        naive_add_product(sum, z->prompt[x], w);
    }
    tt_real_set_q(&q->recursive_tv, sum);
    mpq_clears(sum, w, a, b, NULL);
}

/* ---- the public side ------------------------------------------------------------------------------------- */

void naive_measure(tt_quantities *q, const tt_row_source *source)
{
    listing z;
    listing_init(&z, source);
    if (tt_quantities_resize(q, z.vocab, z.horizon) != TT_OK)
        abort();
    q->dominated = z.dominated;
    measure_objective(q, &z);
    measure_contexts(q, &z);
    measure_prefixes(q, &z);
    measure_moments(q, &z);
    measure_k3(q, &z);
    if (z.dominated)
        measure_ratios(q, &z);
    listing_clear(&z);
}

int *naive_error_signs(size_t *responses, const tt_row_source *source)
{
    listing z;
    int *sign;
    listing_init(&z, source);
    *responses = z.count[z.horizon];
    sign = naive_allocate(*responses, sizeof *sign);
    for (size_t y = 0; y < *responses; y++)
        sign[y] = mpq_sgn(z.e[y]);
    listing_clear(&z);
    return sign;
}

/* worst-case Error against KL_seq less the slack of `sequence-kl`, M and K response by response. */
static void check_sequence(naive_facts *facts, const listing *z, const tt_quantities *q)
{
    size_t T = z->horizon;
    tt_real *k = list_k(z), slack, mean, other, total;
    mpq_t m;
    tt_real_init(&slack);
    tt_real_init(&mean);
    tt_real_init(&other);
    tt_real_init(&total);
    mpq_init(m);
    tt_real_set_ui(&slack, 0);
    tt_real_set_ui(&mean, 0);
    for (size_t y = 0; y < z->count[T]; y++) {
        if (mpq_sgn(z->a[T][y]) > 0) {
            mpq_div(m, z->b[T][y], z->a[T][y]);
            k3(&other, m);
            tt_real_min(&other, &other, &k[y], NAIVE_PRECISION);
            real_add_scaled(&slack, z->a[T][y], &other);
            real_add_scaled(&mean, z->a[T][y], &k[y]);
        } else {
            tt_real_set_q(&other, smaller(z->b[T][y], z->l[y]));
            real_add(&slack, &other);
        }
    }
    real_add(&mean, &q->off_support);
    tt_real_sub(&other, &q->kl_seq, &slack, NAIVE_PRECISION);
    tt_real_set_ui(&total, 1);
    if (!tt_real_is_infinite(&q->kl_seq)) {
        facts->sequence_slack = tt_verdict_eq(&q->worst_case_error, &other, &total);
        facts->two_sided_mean = tt_verdict_eq(&mean, &q->kl_seq, &total);
    }
    mpq_clear(m);
    tt_real_clear(&slack);
    tt_real_clear(&mean);
    tt_real_clear(&other);
    tt_real_clear(&total);
    tt_real_array_free(k, z->count[T]);
}

static void check_improvement(naive_facts *facts, const listing *z, const tt_quantities *q)
{
    static const unsigned long clip[4][2] = { { 1, 2 }, { 1, 1 }, { 2, 1 }, { 10, 1 } };
    size_t T = z->horizon;
    tt_real log_mean, value;
    mpq_t clipped[4], m, c, weight;
    tt_real_init(&log_mean);
    tt_real_init(&value);
    for (int j = 0; j < 4; j++)
        mpq_init(clipped[j]);
    mpq_inits(m, c, weight, NULL);
    tt_real_set_ui(&log_mean, 0);
    for (size_t y = 0; y < z->count[T]; y++) {
        if (mpq_sgn(z->a[T][y]) == 0)
            continue;
        mpq_div(m, z->b[T][y], z->a[T][y]);
        mpq_mul(weight, z->a[T][y], z->reward[y]);
        k1(&value, m);
        tt_real_neg(&value, &value);
        real_add_scaled(&log_mean, weight, &value);
        for (int j = 0; j < 4; j++) {
            mpq_set_ui(c, clip[j][0], clip[j][1]);
            mpq_set(c, smaller(m, c));
            mpz_sub(mpq_numref(c), mpq_numref(c), mpq_denref(c));
            naive_add_product(clipped[j], weight, c);
        }
    }
    facts->log_improvement = tt_verdict_le(&log_mean, &q->improvement);
    facts->clipped = TT_HOLDS;
    for (int j = 0; j < 4; j++) {
        facts->clipped = worse(facts->clipped, mpq_cmp(clipped[j], q->improvement.q) <= 0);
        mpq_clear(clipped[j]);
    }
    mpq_clears(m, c, weight, NULL);
    tt_real_clear(&log_mean);
    tt_real_clear(&value);
}

void naive_check_facts(naive_facts *facts, const tt_row_source *source)
{
    listing z;
    tt_quantities q;
    facts->sequence_slack = facts->two_sided_mean = TT_NOT_APPLICABLE;
    tt_quantities_init(&q);
    naive_measure(&q, source);
    listing_init(&z, source);
    check_sequence(facts, &z, &q);
    check_improvement(facts, &z, &q);
    listing_clear(&z);
    tt_quantities_clear(&q);
}

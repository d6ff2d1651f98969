#include "tree_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../world/instance.h"
#include "divergence.h"
#include "log_table.h"

/* Pairs of rows whose logarithms are kept; a source with more computes them at each context. */
#define PAIRS_KEPT 16384

/* What the walk needs of one pair of rows. Logs and k3 are given where r > 0 and p > 0. */
typedef struct {
    bool ready;
    tt_real kl, kl_reverse;
    mpfi_t *log, *k3;
} pair_logs;

/* A sum of non-negative weights times enclosures. */
typedef struct {
    mpfi_t sum;
    bool infinite, any;
} total;

typedef struct {
    mpfi_t log, k3; /* of the path: log M, K; meaningless where a mass is 0 */
} path_logs;

typedef struct {
    tt_path path;
    tt_quantities *q;
    size_t V, T;
    mpfr_prec_t precision;
    bool main_only; /* delta and the expected KL: no responses, no paths, no checks */
    path_logs *frames; /* T + 1 */
    pair_logs *kept;   /* source->pairs, or one per depth where pairs are not kept */
    size_t kept_n;
    bool keep;
    total *kl, *kl_reverse;               /* T + 1 */
    total *expected, *expected_reverse;   /* T */
    total reward_k3, failure_k3;
    tt_real reward_k3_exact, failure_k3_exact; /* of the responses with M = 1 */
    tt_rows_buffer largest_buffer;
    tt_rows largest;
    uint32_t *largest_tokens;
    size_t largest_depth, largest_prompt;
    bool found;
    tt_log_table table;
    mpfi_t weight, a, b, term, value;
    mpz_t work;
    mpq_t reward;
} logs;

/* ---- totals ------------------------------------------------------------------ */

static void total_add(total *t, mpfi_srcptr weight, mpfi_srcptr value, mpfi_ptr term)
{
    if (t->infinite)
        return;
    mpfi_mul(term, weight, value);
    mpfi_add(t->sum, t->sum, term);
    t->any = true;
}

static void total_get(tt_real *out, const total *t)
{
    if (t->infinite)
        tt_real_set_infinite(out, 1);
    else if (!t->any)
        tt_real_set_ui(out, 0);
    else
        tt_real_set_interval(out, t->sum);
}

static void add_real(logs *w, total *t, mpfi_srcptr weight, const tt_real *value)
{
    mpfi_t i;
    if (tt_real_is_zero(value))
        return;
    if (tt_real_is_infinite(value)) {
        t->infinite = true;
        return;
    }
    mpfi_init2(i, w->precision);
    tt_real_get_interval(i, value);
    total_add(t, weight, i, w->term);
    mpfi_clear(i);
}

/* ---- rows --------------------------------------------------------------------- */

static tt_status pair_init(pair_logs *l, size_t n, mpfr_prec_t precision)
{
    if (l->log)
        return TT_OK;
    l->log = calloc(n, sizeof *l->log);
    l->k3 = calloc(n, sizeof *l->k3);
    if (!l->log || !l->k3) {
        free(l->log);
        free(l->k3);
        l->log = l->k3 = NULL;
        return TT_NO_MEMORY;
    }
    for (size_t v = 0; v < n; v++) {
        mpfi_init2(l->log[v], precision);
        mpfi_init2(l->k3[v], precision);
    }
    tt_real_init(&l->kl);
    tt_real_init(&l->kl_reverse);
    return TT_OK;
}

static void pair_clear(pair_logs *l, size_t n)
{
    if (!l->log)
        return;
    for (size_t v = 0; v < n; v++) {
        mpfi_clear(l->log[v]);
        mpfi_clear(l->k3[v]);
    }
    free(l->log);
    free(l->k3);
    tt_real_clear(&l->kl);
    tt_real_clear(&l->kl_reverse);
}

/* log(p/r) of a token with p, r > 0: from the table where both weights are in it. */
static void token_log(logs *w, mpfi_ptr out, const tt_rows *rows, size_t v)
{
    mpfi_srcptr p = tt_log_table_get(&w->table, &rows->target[v]);
    mpfi_srcptr r = tt_log_table_get(&w->table, &rows->rollout[v]);
    if (mpz_cmp(&rows->target[v], &rows->rollout[v]) == 0) {
        mpfi_set_ui(out, 0);
    } else if (p && r) {
        mpfi_sub(out, p, r);
    } else {
        tt_real x;
        tt_real_init(&x);
        tt_row_log_ratio(&x, rows, v, w->precision);
        tt_real_get_interval(out, &x);
        tt_real_clear(&x);
    }
}

/* k3 = (p - r)/r - log(p/r), more slowly where that cancels. */
static void token_k3(logs *w, mpfi_ptr out, mpfi_srcptr log, const tt_rows *rows, size_t v)
{
    tt_real x;
    mpz_sub(w->work, &rows->target[v], &rows->rollout[v]);
    mpfi_set_z(out, w->work);
    mpfi_div_z(out, out, &rows->rollout[v]);
    mpfi_sub(out, out, log);
    tt_real_init(&x);
    tt_real_set_interval(&x, out);
    if (tt_real_width_log2(&x) > 32 - (long)w->precision) {
        tt_row_k3(&x, rows, v, w->precision);
        tt_real_get_interval(out, &x);
    }
    tt_real_clear(&x);
}

/* sum weight f over the tokens with rollout and target > 0, over the total. */
static void weigh(logs *w, tt_real *out, const __mpz_struct *weight, const mpfi_t *f, const tt_rows *rows)
{
    mpfi_set_ui(w->term, 0);
    for (size_t v = 0; v < rows->n; v++) {
        if (mpz_sgn(&rows->rollout[v]) == 0 || mpz_sgn(&rows->target[v]) == 0)
            continue;
        mpfi_mul_z(w->value, f[v], &weight[v]);
        mpfi_add(w->term, w->term, w->value);
    }
    mpfi_div_z(w->term, w->term, rows->total);
    tt_real_set_interval(out, w->term);
}

static bool missing(const __mpz_struct *first, const __mpz_struct *second, size_t n)
{
    for (size_t v = 0; v < n; v++)
        if (mpz_sgn(&first[v]) != 0 && mpz_sgn(&second[v]) == 0)
            return true;
    return false;
}

static bool is_narrow(const logs *w, const tt_real *x)
{
    return tt_real_width_log2(x) <= 32 - (long)w->precision;
}

static void pair_compute(logs *w, pair_logs *l, const tt_rows *rows)
{
    for (size_t v = 0; v < rows->n; v++) {
        if (mpz_sgn(&rows->rollout[v]) == 0 || mpz_sgn(&rows->target[v]) == 0)
            continue;
        token_log(w, l->log[v], rows, v);
        if (!w->main_only)
            token_k3(w, l->k3[v], l->log[v], rows, v);
    }
    l->ready = true;
    if (missing(rows->rollout, rows->target, rows->n)) {
        tt_real_set_infinite(&l->kl, 1);
    } else {
        weigh(w, &l->kl, rows->rollout, (const mpfi_t *)l->log, rows);
        tt_real_neg(&l->kl, &l->kl);
        if (!is_narrow(w, &l->kl))
            tt_row_kl(&l->kl, rows, w->precision);
    }
    if (missing(rows->target, rows->rollout, rows->n)) {
        tt_real_set_infinite(&l->kl_reverse, 1);
    } else {
        weigh(w, &l->kl_reverse, rows->target, (const mpfi_t *)l->log, rows);
        if (!is_narrow(w, &l->kl_reverse))
            tt_row_kl_reverse(&l->kl_reverse, rows, w->precision);
    }
}

/* E_mu[k1] as sum r log r - sum r log p, each log on its own. */
static void mean_k1(logs *w, tt_real *out, const tt_rows *rows)
{
    bool inside = true;
    mpfi_set_ui(w->term, 0);
    for (size_t v = 0; v < rows->n && inside; v++) {
        mpfi_srcptr p = tt_log_table_get(&w->table, &rows->target[v]);
        mpfi_srcptr r = tt_log_table_get(&w->table, &rows->rollout[v]);
        if (mpz_sgn(&rows->rollout[v]) == 0)
            continue;
        inside = p && r;
        if (inside) {
            mpfi_mul_z(w->value, r, &rows->rollout[v]);
            mpfi_add(w->term, w->term, w->value);
            mpfi_mul_z(w->value, p, &rows->rollout[v]);
            mpfi_sub(w->term, w->term, w->value);
        }
    }
    mpfi_div_z(w->term, w->term, rows->total);
    tt_real_set_interval(out, w->term);
    if (!inside || !is_narrow(w, out))
        tt_row_mean_k1(out, rows, w->precision);
}

/* TV_tok <= sqrt(KL/2) in both directions and the estimators' means, once per pair of rows. */
static void pair_checks(logs *w, const pair_logs *l, const tt_rows *rows)
{
    tt_quantities *q = w->q;
    tt_real tv, bound, mean;
    tt_real_init(&tv);
    tt_real_init(&bound);
    tt_real_init(&mean);
    tt_row_tv(tv.q, rows);
    tv.kind = TT_REAL_EXACT;
    tt_real_mul_frac(&bound, &l->kl, 1, 2, w->precision);
    tt_real_sqrt(&bound, &bound, w->precision);
    q->pinsker = tt_verdict_and(q->pinsker, tt_verdict_le(&tv, &bound));
    tt_real_mul_frac(&bound, &l->kl_reverse, 1, 2, w->precision);
    tt_real_sqrt(&bound, &bound, w->precision);
    q->pinsker_reverse = tt_verdict_and(q->pinsker_reverse, tt_verdict_le(&tv, &bound));
    if (!tt_real_is_infinite(&l->kl)) {
        mean_k1(w, &mean, rows);
        q->k1_mean = tt_verdict_and(q->k1_mean, tt_verdict_eq(&mean, &l->kl, NULL));
        if (q->dominated) {
            weigh(w, &mean, rows->rollout, (const mpfi_t *)l->k3, rows); /* KL finite: no rho is 0 */
            q->k3_mean = tt_verdict_and(q->k3_mean, tt_verdict_eq(&mean, &l->kl, NULL));
        }
    }
    tt_real_clear(&tv);
    tt_real_clear(&bound);
    tt_real_clear(&mean);
}

/* Every context that the walk visits is reachable. */
static pair_logs *row_logs(logs *w, size_t d)
{
    const tt_rows *rows = &w->path.steps[d].rows;
    pair_logs *l = &w->kept[w->keep ? rows->pair : d];
    if (pair_init(l, w->V, w->precision) != TT_OK)
        return NULL;
    if (!w->keep || !l->ready) {
        pair_compute(w, l, rows);
        if (!w->main_only)
            pair_checks(w, l, rows);
    }
    return l;
}

/* ---- where KL is largest -------------------------------------------------------- */

typedef struct {
    mpz_srcptr r, p;
} token_pair;

static int compare_pairs(const void *x, const void *y)
{
    const token_pair *a = x, *b = y;
    int c = mpz_cmp(a->r, b->r);
    return c ? c : mpz_cmp(a->p, b->p);
}

static size_t list_pairs(token_pair *out, const tt_rows *rows)
{
    size_t n = 0;
    for (size_t v = 0; v < rows->n; v++)
        if (mpz_sgn(&rows->rollout[v]) != 0 && mpz_cmp(&rows->rollout[v], &rows->target[v]) != 0) {
            out[n].r = &rows->rollout[v];
            out[n++].p = &rows->target[v];
        }
    qsort(out, n, sizeof *out, compare_pairs);
    return n;
}

/* The same pairs of probabilities in another order: KL is the same number. */
static bool same_up_to_order(const tt_rows *x, const tt_rows *y)
{
    token_pair *a, *b;
    size_t n, m;
    bool same;
    if (mpz_cmp(x->total, y->total) != 0)
        return false;
    a = calloc(2 * x->n, sizeof *a);
    if (!a)
        return false;
    b = a + x->n;
    n = list_pairs(a, x);
    m = list_pairs(b, y);
    same = n == m;
    for (size_t k = 0; same && k < n; k++)
        same = compare_pairs(&a[k], &b[k]) == 0;
    free(a);
    return same;
}

static tt_order compare_kl(logs *w, const tt_rows *rows, const tt_real *kl)
{
    tt_order order = tt_real_cmp(kl, &w->q->kl_max);
    if (order != TT_UNKNOWN)
        return order;
    if ((rows->pair != TT_NO_PAIR && rows->pair == w->largest.pair) || same_up_to_order(rows, &w->largest))
        return TT_EQUAL;
    for (mpfr_prec_t precision = 2 * w->precision; precision <= TT_PRECISION_MAX && order == TT_UNKNOWN;
         precision *= 2) {
        tt_real x, y;
        tt_real_init(&x);
        tt_real_init(&y);
        tt_row_kl(&x, rows, precision);
        tt_row_kl(&y, &w->largest, precision);
        order = tt_real_cmp(&x, &y);
        tt_real_clear(&x);
        tt_real_clear(&y);
    }
    return order;
}

static void keep_largest(logs *w, const tt_rows *rows)
{
    size_t n = rows->n;
    __mpz_struct *copy = w->largest_buffer.weights;
    for (size_t v = 0; v < n; v++) {
        mpz_set(&copy[v], &rows->rollout[v]);
        mpz_set(&copy[n + v], &rows->target[v]);
    }
    mpz_set(&copy[2 * n], rows->total);
    w->largest = *rows;
    w->largest.rollout = copy;
    w->largest.target = copy + n;
    w->largest.total = copy + 2 * n;
}

static void raise_kl(logs *w, size_t d, const pair_logs *l)
{
    tt_quantities *q = w->q;
    const tt_rows *rows = &w->path.steps[d].rows;
    tt_order order = w->found ? compare_kl(w, rows, &l->kl) : TT_GREATER;
    if (w->found && tt_real_cmp(&l->kl_reverse, &q->kl_max_reverse) != TT_LESS)
        tt_real_max(&q->kl_max_reverse, &q->kl_max_reverse, &l->kl_reverse, w->precision);
    if (!w->found)
        tt_real_set(&q->kl_max_reverse, &l->kl_reverse);
    if (order == TT_UNKNOWN)
        tt_real_max(&q->kl_max, &q->kl_max, &l->kl, w->precision);
    if (order == TT_LESS || (order != TT_GREATER && d >= w->largest_depth))
        return;
    if (order == TT_GREATER) {
        tt_real_set(&q->kl_max, &l->kl);
        keep_largest(w, rows);
    }
    w->found = true;
    w->largest_depth = d;
    w->largest_prompt = w->path.prompt;
    memcpy(w->largest_tokens, w->path.tokens, d * sizeof *w->largest_tokens);
}

/* ---- the walk --------------------------------------------------------------------- */

/* Sets w->a and w->b to the masses P(x) a and P(x) b of the context. */
static void masses(logs *w, const tt_path_step *step)
{
    mpfi_set_z(w->a, step->rollout);
    mpfi_div_z(w->a, w->a, step->scale);
    mpfi_mul(w->a, w->a, w->weight);
    mpfi_set_z(w->b, step->target);
    mpfi_div_z(w->b, w->b, step->scale);
    mpfi_mul(w->b, w->b, w->weight);
}

/* The terms of KL_{d+1}, from the path's own log ratio. */
static void context_terms(logs *w, size_t d)
{
    const tt_path_step *step = &w->path.steps[d];
    int a = mpz_sgn(step->rollout), b = mpz_sgn(step->target);
    if (a == 0 && b != 0) {
        w->kl_reverse[d].infinite = true;
    } else if (a != 0 && b == 0) {
        w->kl[d].infinite = true;
    } else if (a != 0 && mpz_cmp(step->rollout, step->target) != 0) {
        mpfi_neg(w->a, w->a);
        total_add(&w->kl[d], w->a, w->frames[d].log, w->term);
        mpfi_neg(w->a, w->a);
        total_add(&w->kl_reverse[d], w->b, w->frames[d].log, w->term);
    }
}

/* out += P(x) x / N * factor */
static void add_exact(logs *w, tt_real *out, mpz_srcptr x, mpq_srcptr factor)
{
    mpq_t weight;
    mpq_init(weight);
    mpq_mul(weight, w->path.source->prompt(w->path.source->self, w->path.prompt), factor);
    tt_tree_add(out, weight, x, w->path.steps[w->T].scale);
    mpq_clear(weight);
}

static void raise_k3(logs *w, const tt_real *k)
{
    if (w->q->dominated)
        tt_real_max(&w->q->k3_max, &w->q->k3_max, k, w->precision);
}

/* K = sum (rho - 1) - log M is rational where M = 1: a K = s - T a. Ties of Error with E_mu[R K] are all made of
   such responses. w->reward is R, and 1 - R afterwards. */
static void balanced_response(logs *w, const tt_path_step *step)
{
    tt_real k;
    tt_real_init(&k);
    mpz_mul_ui(w->work, step->rollout, w->T);
    mpz_sub(w->work, step->weighted, w->work);
    add_exact(w, &w->reward_k3_exact, w->work, w->reward);
    mpz_sub(mpq_numref(w->reward), mpq_denref(w->reward), mpq_numref(w->reward));
    add_exact(w, &w->failure_k3_exact, w->work, w->reward);
    tt_real_set_ui(&k, 0);
    mpq_set_ui(w->reward, 1, 1);
    tt_tree_add(&k, w->reward, w->work, step->rollout);
    raise_k3(w, &k);
    tt_real_clear(&k);
}

static void response_terms(logs *w)
{
    const tt_path_step *step = &w->path.steps[w->T];
    const tt_row_source *source = w->path.source;
    mpfi_srcptr k = w->frames[w->T].k3;
    int with_reward, without_reward;
    if (mpz_sgn(step->rollout) == 0)
        return;
    source->reward(source->self, step->node, w->reward);
    with_reward = mpq_sgn(w->reward) != 0;
    without_reward = mpq_cmp_ui(w->reward, 1, 1) != 0;
    if (mpz_sgn(step->target) == 0) {
        w->reward_k3.infinite = w->reward_k3.infinite || with_reward;
        w->failure_k3.infinite = w->failure_k3.infinite || without_reward;
        if (w->q->dominated)
            tt_real_set_infinite(&w->q->k3_max, 1);
        return;
    }
    if (mpfi_is_zero(k))
        return;
    if (mpz_cmp(step->rollout, step->target) == 0) {
        balanced_response(w, step);
        return;
    }
    if (with_reward) {
        mpfi_mul_q(w->b, w->a, w->reward);
        total_add(&w->reward_k3, w->b, k, w->term);
    }
    if (without_reward) {
        mpz_sub(mpq_numref(w->reward), mpq_denref(w->reward), mpq_numref(w->reward));
        mpfi_mul_q(w->b, w->a, w->reward);
        total_add(&w->failure_k3, w->b, k, w->term);
    }
    if (w->q->dominated) {
        tt_real x;
        tt_real_init(&x);
        tt_real_set_interval(&x, k);
        raise_k3(w, &x);
        tt_real_clear(&x);
    }
}

static tt_status visit(logs *w, size_t d)
{
    tt_path *path = &w->path;
    pair_logs *l;
    if (d == w->T) {
        masses(w, &path->steps[d]);
        context_terms(w, d);
        response_terms(w);
        return TT_OK;
    }
    if (!tt_path_open(path, d))
        return TT_INTERRUPTED;
    l = row_logs(w, d);
    if (!l)
        return TT_NO_MEMORY;
    masses(w, &path->steps[d]);
    if (!w->main_only)
        context_terms(w, d);
    raise_kl(w, d, l);
    if (mpz_sgn(path->steps[d].rollout) != 0)
        add_real(w, &w->expected[d], w->a, &l->kl);
    if (mpz_sgn(path->steps[d].target) != 0)
        add_real(w, &w->expected_reverse[d], w->b, &l->kl_reverse);
    if (w->main_only && d + 1 == w->T)
        return TT_OK;
    for (size_t y = 0; y < w->V; y++) {
        const tt_rows *rows = &path->steps[d].rows;
        tt_status status;
        tt_path_push(path, d, y);
        if (!tt_path_reachable(path, d + 1))
            continue;
        if (!w->main_only && mpz_sgn(&rows->rollout[y]) != 0 && mpz_sgn(&rows->target[y]) != 0) {
            mpfi_add(w->frames[d + 1].log, w->frames[d].log, l->log[y]);
            mpfi_add(w->frames[d + 1].k3, w->frames[d].k3, l->k3[y]);
        }
        status = visit(w, d + 1);
        if (status != TT_OK)
            return status;
    }
    return TT_OK;
}

/* ---- life ------------------------------------------------------------------------- */

static total *totals(size_t n, mpfr_prec_t precision)
{
    total *t = calloc(n, sizeof *t);
    for (size_t k = 0; t && k < n; k++) {
        mpfi_init2(t[k].sum, precision);
        mpfi_set_ui(t[k].sum, 0);
    }
    return t;
}

static void totals_free(total *t, size_t n)
{
    for (size_t k = 0; t && k < n; k++)
        mpfi_clear(t[k].sum);
    free(t);
}

static void total_init(total *t, mpfr_prec_t precision)
{
    mpfi_init2(t->sum, precision);
    mpfi_set_ui(t->sum, 0);
}

static tt_status logs_init(logs *w, tt_quantities *q, const tt_row_source *source, const tt_measure_options *options)
{
    tt_status status;
    memset(w, 0, sizeof *w);
    w->q = q;
    w->V = source->vocab;
    w->T = source->horizon;
    w->precision = options->precision + 32;
    w->main_only = options->fields == TT_FIELDS_MAIN;
    w->keep = source->pairs > 0 && source->pairs <= PAIRS_KEPT;
    w->kept_n = w->keep ? source->pairs : w->T;
    mpfi_init2(w->weight, w->precision);
    mpfi_init2(w->a, w->precision);
    mpfi_init2(w->b, w->precision);
    mpfi_init2(w->term, w->precision);
    mpfi_init2(w->value, w->precision);
    mpz_init(w->work);
    mpq_init(w->reward);
    total_init(&w->reward_k3, w->precision);
    total_init(&w->failure_k3, w->precision);
    tt_real_init(&w->reward_k3_exact);
    tt_real_init(&w->failure_k3_exact);
    tt_real_set_ui(&w->reward_k3_exact, 0);
    tt_real_set_ui(&w->failure_k3_exact, 0);
    status = tt_path_init(&w->path, source, options, "logarithms");
    if (status == TT_OK)
        status = tt_log_table_init(&w->table, w->precision);
    if (status == TT_OK)
        status = tt_rows_buffer_init(&w->largest_buffer, w->V);
    w->kl = totals(w->T + 1, w->precision);
    w->kl_reverse = totals(w->T + 1, w->precision);
    w->expected = totals(w->T, w->precision);
    w->expected_reverse = totals(w->T, w->precision);
    w->largest_tokens = calloc(w->T, sizeof *w->largest_tokens);
    w->kept = calloc(w->kept_n, sizeof *w->kept);
    w->frames = calloc(w->T + 1, sizeof *w->frames);
    for (size_t d = 0; w->frames && d <= w->T; d++) {
        mpfi_init2(w->frames[d].log, w->precision);
        mpfi_init2(w->frames[d].k3, w->precision);
        mpfi_set_ui(w->frames[d].log, 0);
        mpfi_set_ui(w->frames[d].k3, 0);
    }
    if (!w->kl || !w->kl_reverse || !w->expected || !w->expected_reverse || !w->largest_tokens || !w->kept ||
        !w->frames)
        return TT_NO_MEMORY;
    return status;
}

static void logs_clear(logs *w)
{
    totals_free(w->kl, w->T + 1);
    totals_free(w->kl_reverse, w->T + 1);
    totals_free(w->expected, w->T);
    totals_free(w->expected_reverse, w->T);
    for (size_t d = 0; w->frames && d <= w->T; d++) {
        mpfi_clear(w->frames[d].log);
        mpfi_clear(w->frames[d].k3);
    }
    free(w->frames);
    for (size_t k = 0; w->kept && k < w->kept_n; k++)
        pair_clear(&w->kept[k], w->V);
    free(w->kept);
    free(w->largest_tokens);
    tt_rows_buffer_clear(&w->largest_buffer);
    tt_path_clear(&w->path);
    mpfi_clear(w->weight);
    mpfi_clear(w->a);
    mpfi_clear(w->b);
    mpfi_clear(w->term);
    mpfi_clear(w->value);
    mpz_clear(w->work);
    tt_log_table_clear(&w->table);
    mpfi_clear(w->reward_k3.sum);
    mpfi_clear(w->failure_k3.sum);
    tt_real_clear(&w->reward_k3_exact);
    tt_real_clear(&w->failure_k3_exact);
    mpq_clear(w->reward);
}

static void collect(logs *w)
{
    tt_quantities *q = w->q;
    for (size_t t = 0; t <= w->T && !w->main_only; t++) {
        total_get(&q->context_kl.items[t], &w->kl[t]);
        total_get(&q->context_kl_reverse.items[t], &w->kl_reverse[t]);
    }
    tt_real_set_ui(&q->kl_seq, 0);
    tt_real_set_ui(&q->kl_seq_reverse, 0);
    for (size_t t = 0; t < w->T; t++) {
        total_get(&q->expected_kl.items[t], &w->expected[t]);
        total_get(&q->expected_kl_reverse.items[t], &w->expected_reverse[t]);
        tt_real_add(&q->kl_seq, &q->kl_seq, &q->expected_kl.items[t], w->precision);
        tt_real_add(&q->kl_seq_reverse, &q->kl_seq_reverse, &q->expected_kl_reverse.items[t], w->precision);
    }
    if (w->main_only)
        return;
    total_get(&q->reward_k3, &w->reward_k3);
    total_get(&q->failure_k3, &w->failure_k3);
    tt_real_add(&q->reward_k3, &q->reward_k3, &w->reward_k3_exact, w->precision);
    tt_real_add(&q->failure_k3, &q->failure_k3, &w->failure_k3_exact, w->precision);
}

tt_status tt_tree_logs(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options)
{
    logs w;
    tt_status status = logs_init(&w, q, source, options);
    q->pinsker = q->pinsker_reverse = w.main_only ? TT_NOT_APPLICABLE : TT_HOLDS;
    q->k1_mean = q->k3_mean = TT_NOT_APPLICABLE;
    if (q->dominated && !w.main_only)
        tt_real_set_ui(&q->k3_max, 0);
    for (size_t x = 0; x < source->prompts && status == TT_OK; x++) {
        mpq_srcptr weight = source->prompt(source->self, x);
        if (mpq_sgn(weight) == 0)
            continue;
        mpfi_set_q(w.weight, weight);
        tt_path_start(&w.path, x);
        status = visit(&w, 0);
    }
    if (status == TT_OK) {
        collect(&w);
        free(q->kl_max_at);
        q->kl_max_at = tt_context_key(w.largest_prompt, w.largest_tokens, w.largest_depth);
        if (!q->kl_max_at)
            status = TT_NO_MEMORY;
    }
    logs_clear(&w);
    return status;
}

/* KL_t in both directions from the path's log ratios, E[KL_tok] per step, and K = sum_t k3(rho_t).

   Forward, per state: a, b, the mass-weighted log ratios sum a log(a/b) and sum b log(b/a), and the mass and
   K of the paths on which K is finite. Where a divergence is infinite the log ratios behind it mean nothing;
   the reach of infinite rows decides that, not the sums. */
#include "divergence.h"
#include "lattice_pass.h"

enum { A_, B_, F_, G_, N_, K_, CHANNELS };

typedef struct {
    lattice_pass *p;
    lattice_fold fold, read; /* read: the sums over states that are wanted at each step */
    lattice_vector before, after, sums;
    tt_real x;
} logs;

/* Sums read at each step. */
enum { SUM_F, SUM_G, SUM_KL, SUM_KL_REVERSE, SUMS };

static void scale(tt_real *out, mpq_srcptr weight, const tt_real *x, mpfr_prec_t precision)
{
    tt_real w;
    tt_real_init(&w);
    tt_real_set_q(&w, weight);
    tt_real_mul(out, x, &w, precision);
    tt_real_clear(&w);
}

static void add_token(logs *a, size_t s, size_t v, size_t n)
{
    const lattice_machine *m = a->p->m;
    mpfr_prec_t precision = a->p->arithmetic.precision;
    size_t to = n * CHANNELS, from = s * CHANNELS;
    tt_real log, x;
    mpq_t mu, pi;
    mpq_inits(mu, pi, NULL);
    tt_lattice_machine_rollout(mu, m, s, v);
    tt_lattice_machine_target(pi, m, s, v);
    tt_lattice_fold_add(&a->fold, to + A_, from + A_, mu);
    tt_lattice_fold_add(&a->fold, to + B_, from + B_, pi);
    if (mpq_sgn(mu) != 0 && mpq_sgn(pi) != 0) {
        tt_real_init(&log);
        tt_real_init(&x);
        tt_row_log_ratio(&log, &m->rows[s], v, precision);
        tt_lattice_fold_add(&a->fold, to + F_, from + F_, mu);
        tt_lattice_fold_add(&a->fold, to + G_, from + G_, pi);
        scale(&x, pi, &log, precision);
        tt_lattice_fold_add_real(&a->fold, to + G_, from + B_, &x, precision);
        scale(&x, mu, &log, precision);
        tt_real_neg(&x, &x);
        tt_lattice_fold_add_real(&a->fold, to + F_, from + A_, &x, precision);
        tt_lattice_fold_add(&a->fold, to + N_, from + N_, mu);
        tt_lattice_fold_add(&a->fold, to + K_, from + K_, mu);
        tt_row_k3(&log, &m->rows[s], v, precision);
        scale(&x, mu, &log, precision);
        tt_lattice_fold_add_real(&a->fold, to + K_, from + N_, &x, precision);
        tt_real_clear(&log);
        tt_real_clear(&x);
    }
    mpq_clears(mu, pi, NULL);
}

static void add_read(logs *a, size_t s)
{
    const lattice_machine *m = a->p->m;
    mpfr_prec_t precision = a->p->arithmetic.precision;
    mpq_t one;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    tt_lattice_fold_add(&a->read, SUM_F, s * CHANNELS + F_, one);
    tt_lattice_fold_add(&a->read, SUM_G, s * CHANNELS + G_, one);
    tt_row_kl(&a->x, &m->rows[s], precision);
    if (!tt_real_is_infinite(&a->x))
        tt_lattice_fold_add_real(&a->read, SUM_KL, s * CHANNELS + A_, &a->x, precision);
    tt_row_kl_reverse(&a->x, &m->rows[s], precision);
    if (!tt_real_is_infinite(&a->x))
        tt_lattice_fold_add_real(&a->read, SUM_KL_REVERSE, s * CHANNELS + B_, &a->x, precision);
    mpq_clear(one);
}

static tt_status logs_init(logs *a, lattice_pass *p)
{
    const lattice_machine *m = p->m;
    tt_status status = TT_OK;
    a->p = p;
    tt_real_init(&a->x);
    tt_lattice_fold_init(&a->fold, m->S * CHANNELS);
    tt_lattice_fold_init(&a->read, SUMS);
    if (tt_lattice_vector_init(&a->before, m->S * CHANNELS, &p->arithmetic) != TT_OK ||
        tt_lattice_vector_init(&a->after, m->S * CHANNELS, &p->arithmetic) != TT_OK ||
        tt_lattice_vector_init(&a->sums, SUMS, &p->arithmetic) != TT_OK)
        return TT_NO_MEMORY;
    for (size_t s = 0; s < m->S; s++) {
        for (size_t v = 0; v < m->V; v++)
            if (m->next[s * m->V + v] != SIZE_MAX)
                add_token(a, s, v, m->next[s * m->V + v]);
        add_read(a, s);
    }
    status = tt_lattice_fold_seal(&a->fold);
    return status == TT_OK ? tt_lattice_fold_seal(&a->read) : status;
}

static void logs_clear(logs *a)
{
    tt_lattice_fold_clear(&a->fold);
    tt_lattice_fold_clear(&a->read);
    tt_lattice_vector_clear(&a->before);
    tt_lattice_vector_clear(&a->after);
    tt_lattice_vector_clear(&a->sums);
    tt_real_clear(&a->x);
}

static void start_masses(logs *a)
{
    tt_lattice_vector_zero(&a->before);
    mpz_set(a->before.den, a->p->start.den);
    for (size_t s = 0; s < a->p->m->S; s++) {
        mpz_set(&a->before.z[s * CHANNELS + A_], &a->p->start.z[s]);
        mpz_set(&a->before.z[s * CHANNELS + B_], &a->p->start.z[s]);
        mpz_set(&a->before.z[s * CHANNELS + N_], &a->p->start.z[s]);
    }
}

/* Some state that the policy reaches before step t (0-based) has a row with a token that the other policy lacks. */
static bool infinite_at(const lattice_machine *m, size_t t, uint8_t by)
{
    for (size_t s = 0; s < m->S; s++) {
        const __mpz_struct *first = by == LATTICE_BY_ROLLOUT ? m->rows[s].rollout : m->rows[s].target;
        const __mpz_struct *second = by == LATTICE_BY_ROLLOUT ? m->rows[s].target : m->rows[s].rollout;
        if (!(lattice_reach(m, t, s) & by))
            continue;
        for (size_t v = 0; v < m->V; v++)
            if (mpz_sgn(&first[v]) != 0 && mpz_sgn(&second[v]) == 0)
                return true;
    }
    return false;
}

static void put_sum(logs *a, tt_real *out, size_t sum, bool infinite)
{
    tt_lattice_vector_get(&a->x, &a->sums, sum);
    if (infinite)
        tt_real_set_infinite(&a->x, 1);
    tt_lattice_put(a->p, out, &a->x);
}

/* E_mu[f K] for f = R or 1 - R: infinite where f > 0 at the end of a path with infinite K. */
static void put_weighted_k(logs *a, tt_real *out, bool failure)
{
    const lattice_machine *m = a->p->m;
    tt_real sum, weight;
    bool infinite = false;
    tt_real_init(&sum);
    tt_real_init(&weight);
    tt_real_set_ui(&sum, 0);
    for (size_t s = 0; s < m->S; s++) {
        tt_real_set_q(&weight, m->reward[s]);
        if (failure) {
            mpq_neg(weight.q, weight.q);
            mpz_add(mpq_numref(weight.q), mpq_numref(weight.q), mpq_denref(weight.q));
        }
        if (mpq_sgn(weight.q) == 0)
            continue;
        infinite = infinite || (lattice_reach(m, m->T, s) & LATTICE_K_INFINITE);
        tt_lattice_vector_get(&a->x, &a->before, s * CHANNELS + K_);
        tt_real_mul(&a->x, &a->x, &weight, a->p->arithmetic.precision);
        tt_real_add(&sum, &sum, &a->x, a->p->arithmetic.precision);
    }
    if (infinite)
        tt_real_set_infinite(&sum, 1);
    tt_lattice_put(a->p, out, &sum);
    tt_real_clear(&sum);
    tt_real_clear(&weight);
}

/* max K over paths with P_mu > 0, backward: k(s) = max_v k3(rho_v) + k(next). */
static tt_status put_largest_k(lattice_pass *p)
{
    const lattice_machine *m = p->m;
    mpfr_prec_t precision = p->arithmetic.precision;
    tt_real *now = tt_real_array(m->S), *next = tt_real_array(m->S), *k3 = tt_real_array(m->S * m->V), x;
    tt_status status = now && next && k3 ? TT_OK : TT_NO_MEMORY;
    tt_real_init(&x);
    for (size_t s = 0; status == TT_OK && s < m->S; s++) {
        tt_real_set_ui(&now[s], 0);
        for (size_t v = 0; v < m->V; v++)
            if (mpz_sgn(&m->rows[s].rollout[v]) != 0)
                tt_row_k3(&k3[s * m->V + v], &m->rows[s], v, precision);
    }
    for (size_t k = 1; status == TT_OK && k <= m->T; k++) {
        tt_real *t = now;
        now = next;
        next = t;
        for (size_t s = 0; s < m->S; s++) {
            bool any = false;
            if (!(lattice_reach(m, m->T - k, s) & LATTICE_BY_ROLLOUT))
                continue;
            for (size_t v = 0; v < m->V; v++) {
                if (mpz_sgn(&m->rows[s].rollout[v]) == 0)
                    continue;
                tt_real_add(&x, &k3[s * m->V + v], &next[m->next[s * m->V + v]], precision);
                if (any)
                    tt_real_max(&now[s], &now[s], &x, precision);
                else
                    tt_real_set(&now[s], &x);
                any = true;
            }
        }
    }
    if (status == TT_OK) {
        tt_real_set(&x, &now[m->start[0]]);
        for (size_t k = 1; k < m->starts; k++)
            tt_real_max(&x, &x, &now[m->start[k]], precision);
        tt_lattice_put(p, &p->q->k3_max, &x);
    }
    tt_real_clear(&x);
    tt_real_array_free(now, m->S);
    tt_real_array_free(next, m->S);
    tt_real_array_free(k3, m->S * m->V);
    return status;
}

static tt_status go_forward(logs *a)
{
    lattice_pass *p = a->p;
    const lattice_machine *m = p->m;
    tt_quantities *q = p->q;
    bool infinite = false, infinite_reverse = false;
    tt_real sum, sum_reverse;
    tt_status status = TT_OK;
    tt_real_init(&sum);
    tt_real_init(&sum_reverse);
    tt_real_set_ui(&sum, 0);
    tt_real_set_ui(&sum_reverse, 0);
    start_masses(a);
    for (size_t t = 0; t <= m->T && status == TT_OK; t++) {
        tt_lattice_fold_step(&a->sums, &a->read, &a->before, &p->arithmetic);
        put_sum(a, &q->context_kl.items[t], SUM_F, infinite);
        put_sum(a, &q->context_kl_reverse.items[t], SUM_G, infinite_reverse);
        if (t == m->T)
            break;
        bool here = infinite_at(m, t, LATTICE_BY_ROLLOUT), here_reverse = infinite_at(m, t, LATTICE_BY_TARGET);
        put_sum(a, &q->expected_kl.items[t], SUM_KL, here);
        tt_real_add(&sum, &sum, &q->expected_kl.items[t], p->arithmetic.precision);
        put_sum(a, &q->expected_kl_reverse.items[t], SUM_KL_REVERSE, here_reverse);
        tt_real_add(&sum_reverse, &sum_reverse, &q->expected_kl_reverse.items[t], p->arithmetic.precision);
        infinite = infinite || here;
        infinite_reverse = infinite_reverse || here_reverse;
        tt_lattice_fold_step(&a->after, &a->fold, &a->before, &p->arithmetic);
        tt_lattice_vector_swap(&a->before, &a->after);
        if (!tt_lattice_progress(p, t, m->T))
            status = TT_INTERRUPTED;
    }
    if (status == TT_OK) {
        tt_lattice_put(p, &q->kl_seq, &sum);
        tt_lattice_put(p, &q->kl_seq_reverse, &sum_reverse);
        put_weighted_k(a, &q->reward_k3, false);
        put_weighted_k(a, &q->failure_k3, true);
    }
    tt_real_clear(&sum);
    tt_real_clear(&sum_reverse);
    return status;
}

static tt_status group(lattice_pass *p)
{
    logs a = { .p = p };
    tt_status status = logs_init(&a, p);
    p->work = "logarithms";
    if (status == TT_OK)
        status = go_forward(&a);
    if (status == TT_OK && p->q->dominated)
        status = put_largest_k(p);
    logs_clear(&a);
    return status;
}

tt_status tt_lattice_logs(lattice_pass *p)
{
    /* logarithms are never exact: a number of bits that no budget covers */
    lattice_effort effort = { 1e300, 20.0 * (double)(p->m->S * p->m->V), 0 };
    return tt_lattice_run(p, group, effort, false);
}

/* Objective, surrogate, error in all its forms, advantages and Dbar_t.

   Backward, over k steps to go: V, V^pi, D = V^pi - V, H = sum E_mu (pi-mu)(V^pi - V), J = the derivative of V
   along pi - mu, G = g = sum (pi-mu) V(next); and what the masses a, b, l, e at a state come to in the end: the
   total O of an l or e, S of an l that a = 1 gives birth to, P and Q of the e of a = 1 and b = 1, the totals M of
   prod rho and T of sum rho over mu's support. Sums over tokens of integer weights make these exactly 0 and 1.
   Forward: a, b, l and e, and over mu's support sum rho, sum (rho - 1), prod rho - 1 and
   sum_t (rho_t - 1)(prod_{j>t} rho_j - 1). */
#include <stdlib.h>

#include "divergence.h"
#include "lattice_pass.h"

enum { V_, W_, D_, H_, J_, G_, O_, S_, P_, Q_, M_, T_, BACKWARD };
enum { A_, B_, L_, E_, R_, X_, U_, Y_, FORWARD };

typedef struct {
    lattice_pass *p;
    lattice_fold backward, forward;
    lattice_vector now, next, before, after;
    lattice_vector *g;       /* T: by steps to go - 1 */
    lattice_vector tv, off;  /* S: TV_tok, pi(tokens with mu = 0) */
    lattice_integer *rollout; /* S V: integer weights of mu */
    tt_real x, y;
} values;

/* ---- folds ------------------------------------------------------------------------- */

static void add_backward(lattice_fold *f, size_t s, size_t n, mpq_srcptr mu, mpq_srcptr pi, mpq_srcptr w)
{
    size_t to = s * BACKWARD, from = n * BACKWARD;
    mpq_t minus;
    tt_lattice_fold_add(f, to + V_, from + V_, mu);
    tt_lattice_fold_add(f, to + W_, from + W_, pi);
    tt_lattice_fold_add(f, to + D_, from + D_, pi);
    tt_lattice_fold_add(f, to + D_, from + V_, w);
    tt_lattice_fold_add(f, to + H_, from + H_, mu);
    tt_lattice_fold_add(f, to + H_, from + D_, w);
    tt_lattice_fold_add(f, to + J_, from + J_, mu);
    tt_lattice_fold_add(f, to + J_, from + V_, w);
    tt_lattice_fold_add(f, to + G_, from + V_, w);
    tt_lattice_fold_add(f, to + O_, from + O_, mu);
    tt_lattice_fold_add(f, to + S_, from + S_, mu);
    tt_lattice_fold_add(f, to + S_, from + O_, w);
    tt_lattice_fold_add(f, to + P_, from + P_, mu);
    tt_lattice_fold_add(f, to + Q_, from + Q_, pi);
    tt_lattice_fold_add(f, to + Q_, from + O_, w);
    mpq_init(minus);
    mpq_neg(minus, w);
    tt_lattice_fold_add(f, to + P_, from + O_, minus);
    mpq_clear(minus);
    if (mpq_sgn(mu) == 0)
        return;
    tt_lattice_fold_add(f, to + M_, from + M_, pi);
    tt_lattice_fold_add(f, to + T_, from + T_, mu);
    tt_lattice_fold_add(f, to + T_, from + O_, pi);
}

static void add_forward(lattice_fold *f, size_t s, size_t n, mpq_srcptr mu, mpq_srcptr pi, mpq_srcptr w)
{
    size_t to = n * FORWARD, from = s * FORWARD;
    mpq_t minus;
    tt_lattice_fold_add(f, to + A_, from + A_, mu);
    tt_lattice_fold_add(f, to + B_, from + B_, pi);
    tt_lattice_fold_add(f, to + L_, from + L_, mu);
    tt_lattice_fold_add(f, to + L_, from + A_, w);
    tt_lattice_fold_add(f, to + E_, from + E_, mu);
    tt_lattice_fold_add(f, to + E_, from + B_, w);
    mpq_init(minus);
    mpq_neg(minus, w);
    tt_lattice_fold_add(f, to + E_, from + A_, minus);
    mpq_clear(minus);
    if (mpq_sgn(mu) == 0)
        return;
    tt_lattice_fold_add(f, to + R_, from + R_, mu);
    tt_lattice_fold_add(f, to + R_, from + A_, pi);
    tt_lattice_fold_add(f, to + X_, from + X_, mu);
    tt_lattice_fold_add(f, to + X_, from + A_, w);
    tt_lattice_fold_add(f, to + U_, from + U_, pi);
    tt_lattice_fold_add(f, to + U_, from + A_, w);
    tt_lattice_fold_add(f, to + Y_, from + Y_, mu);
    tt_lattice_fold_add(f, to + Y_, from + U_, w);
}

static tt_status build_folds(values *a)
{
    const lattice_machine *m = a->p->m;
    mpq_t mu, pi, w;
    tt_status status;
    mpq_inits(mu, pi, w, NULL);
    for (size_t s = 0; s < m->S; s++)
        for (size_t v = 0; v < m->V; v++) {
            size_t n = m->next[s * m->V + v];
            if (n == SIZE_MAX)
                continue;
            tt_lattice_machine_rollout(mu, m, s, v);
            tt_lattice_machine_target(pi, m, s, v);
            mpq_sub(w, pi, mu);
            add_backward(&a->backward, s, n, mu, pi, w);
            add_forward(&a->forward, s, n, mu, pi, w);
        }
    mpq_clears(mu, pi, w, NULL);
    status = tt_lattice_fold_seal(&a->backward);
    return status == TT_OK ? tt_lattice_fold_seal(&a->forward) : status;
}

/* ---- life ---------------------------------------------------------------------------- */

static tt_status row_vectors(values *a)
{
    const lattice_machine *m = a->p->m;
    size_t *index = calloc(m->S, sizeof *index);
    mpq_t *tv = calloc(m->S, sizeof *tv), *off = calloc(m->S, sizeof *off), pi;
    tt_status status = index && tv && off ? TT_OK : TT_NO_MEMORY;
    mpq_init(pi);
    for (size_t s = 0; status == TT_OK && s < m->S; s++) {
        index[s] = s;
        mpq_inits(tv[s], off[s], NULL);
        tt_row_tv(tv[s], &m->rows[s]);
        for (size_t v = 0; v < m->V; v++)
            if (mpz_sgn(&m->rows[s].rollout[v]) == 0) {
                tt_lattice_machine_target(pi, m, s, v);
                mpq_add(off[s], off[s], pi);
            }
    }
    if (status == TT_OK) {
        tt_lattice_vector_load(&a->tv, index, tv, m->S);
        tt_lattice_vector_load(&a->off, index, off, m->S);
        for (size_t s = 0; s < m->S; s++)
            mpq_clears(tv[s], off[s], NULL);
    }
    mpq_clear(pi);
    free(tv);
    free(off);
    free(index);
    return status;
}

static tt_status values_init(values *a, lattice_pass *p)
{
    const lattice_machine *m = p->m;
    const lattice_arithmetic exact = { 64, SIZE_MAX };
    tt_status status = TT_OK;
    a->p = p;
    tt_lattice_fold_init(&a->backward, m->S * BACKWARD);
    tt_lattice_fold_init(&a->forward, m->S * FORWARD);
    tt_real_init(&a->x);
    tt_real_init(&a->y);
    a->g = calloc(m->T, sizeof *a->g);
    a->rollout = calloc(m->S * m->V, sizeof *a->rollout);
    if (tt_lattice_vector_init(&a->now, m->S * BACKWARD, &p->arithmetic) != TT_OK ||
        tt_lattice_vector_init(&a->next, m->S * BACKWARD, &p->arithmetic) != TT_OK ||
        tt_lattice_vector_init(&a->before, m->S * FORWARD, &p->arithmetic) != TT_OK ||
        tt_lattice_vector_init(&a->after, m->S * FORWARD, &p->arithmetic) != TT_OK ||
        tt_lattice_vector_init(&a->tv, m->S, &exact) != TT_OK ||
        tt_lattice_vector_init(&a->off, m->S, &exact) != TT_OK ||
        !a->g || !a->rollout)
        status = TT_NO_MEMORY;
    for (size_t k = 0; status == TT_OK && k < m->S * m->V; k++)
        tt_lattice_integer_init(&a->rollout[k], &m->rows[k / m->V].rollout[k % m->V]);
    for (size_t k = 0; status == TT_OK && k < m->T; k++)
        status = tt_lattice_vector_init(&a->g[k], m->S, &p->arithmetic);
    if (status == TT_OK)
        status = row_vectors(a);
    return status == TT_OK ? build_folds(a) : status;
}

static void values_clear(values *a)
{
    const lattice_machine *m = a->p->m;
    for (size_t k = 0; a->g && k < m->T; k++)
        if (a->g[k].n)
            tt_lattice_vector_clear(&a->g[k]);
    for (size_t k = 0; a->rollout && k < m->S * m->V; k++)
        if (a->rollout[k].z->_mp_d)
            tt_lattice_integer_clear(&a->rollout[k]);
    free(a->g);
    free(a->rollout);
    tt_lattice_vector_clear(&a->now);
    tt_lattice_vector_clear(&a->next);
    tt_lattice_vector_clear(&a->before);
    tt_lattice_vector_clear(&a->after);
    tt_lattice_vector_clear(&a->tv);
    tt_lattice_vector_clear(&a->off);
    tt_lattice_fold_clear(&a->backward);
    tt_lattice_fold_clear(&a->forward);
    tt_real_clear(&a->x);
    tt_real_clear(&a->y);
}

/* ---- checks at every context ------------------------------------------------------------ */

/* |x| <= bound for an interval. */
static tt_verdict at_most(mpfi_srcptr x, mpq_srcptr bound)
{
    mpq_t minus;
    tt_verdict verdict = TT_UNDECIDED;
    mpq_init(minus);
    mpq_neg(minus, bound);
    if (mpfr_cmp_q(&x->right, bound) <= 0 && mpfr_cmp_q(&x->left, minus) >= 0)
        verdict = TT_HOLDS;
    else if (mpfr_cmp_q(&x->left, bound) > 0 || mpfr_cmp_q(&x->right, minus) < 0)
        verdict = TT_VIOLATED;
    mpq_clear(minus);
    return verdict;
}

/* A = V(next) - V: |A| <= 1 and sum mu A = 0, in integers over now->den. */
static void check_state_exact(values *a, size_t s)
{
    const lattice_machine *m = a->p->m;
    mpz_t advantage, sum;
    mpz_inits(advantage, sum, NULL);
    for (size_t v = 0; v < m->V; v++) {
        size_t n = m->next[s * m->V + v];
        if (n == SIZE_MAX)
            continue;
        mpz_mul(advantage, &a->next.z[n * BACKWARD + V_], a->backward.c.z);
        mpz_sub(advantage, advantage, &a->now.z[s * BACKWARD + V_]);
        if (mpz_cmpabs(advantage, a->now.den) > 0)
            a->p->q->advantage_unit = TT_VIOLATED;
        mpz_addmul(sum, &m->rows[s].rollout[v], advantage);
    }
    if (mpz_sgn(sum) != 0)
        a->p->q->martingale = TT_VIOLATED;
    mpz_clears(advantage, sum, NULL);
}

static void check_state_enclosed(values *a, size_t s)
{
    const lattice_machine *m = a->p->m;
    tt_quantities *q = a->p->q;
    mpq_t one;
    mpfi_t advantage, sum;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    mpfi_init2(advantage, a->p->arithmetic.precision);
    mpfi_init2(sum, a->p->arithmetic.precision);
    mpfi_set_ui(sum, 0);
    for (size_t v = 0; v < m->V; v++) {
        size_t n = m->next[s * m->V + v];
        if (n == SIZE_MAX)
            continue;
        mpfi_sub(advantage, &a->next.i[n * BACKWARD + V_], &a->now.i[s * BACKWARD + V_]);
        q->advantage_unit = tt_verdict_and(q->advantage_unit, at_most(advantage, one));
        mpfi_mul_fr(advantage, advantage, a->rollout[s * m->V + v].f);
        mpfi_add(sum, sum, advantage);
    }
    if (!mpfi_is_zero(sum))
        q->martingale = tt_verdict_and(q->martingale, mpfi_has_zero(sum) ? TT_CONSISTENT : TT_VIOLATED);
    mpfi_clear(advantage);
    mpfi_clear(sum);
    mpq_clear(one);
}

/* |g| <= 2 TV_tok. */
static void check_token(values *a, const lattice_vector *g, size_t s)
{
    tt_quantities *q = a->p->q;
    mpq_t bound;
    mpq_init(bound);
    tt_row_tv(bound, &a->p->m->rows[s]);
    mpq_mul_2exp(bound, bound, 1);
    if (g->exact) {
        mpz_t left, right;
        mpz_inits(left, right, NULL);
        mpz_mul(left, &g->z[s], mpq_denref(bound));
        mpz_mul(right, g->den, mpq_numref(bound));
        if (mpz_cmpabs(left, right) > 0)
            q->advantage_token = TT_VIOLATED;
        mpz_clears(left, right, NULL);
    } else {
        q->advantage_token = tt_verdict_and(q->advantage_token, at_most(&g->i[s], bound));
    }
    mpq_clear(bound);
}

/* ---- backward ----------------------------------------------------------------------------- */

static void start_values(values *a)
{
    const lattice_machine *m = a->p->m;
    tt_lattice_vector_zero(&a->now);
    mpz_set(a->now.den, a->p->reward.den);
    for (size_t s = 0; s < m->S; s++) {
        mpz_set(&a->now.z[s * BACKWARD + V_], &a->p->reward.z[s]);
        mpz_set(&a->now.z[s * BACKWARD + W_], &a->p->reward.z[s]);
        mpz_set(&a->now.z[s * BACKWARD + O_], a->now.den);
        mpz_set(&a->now.z[s * BACKWARD + M_], a->now.den);
    }
}

static tt_status go_backward(values *a)
{
    lattice_pass *p = a->p;
    const lattice_machine *m = p->m;
    p->q->martingale = p->q->advantage_unit = p->q->advantage_token = TT_HOLDS;
    start_values(a);
    for (size_t k = 1; k <= m->T; k++) {
        tt_lattice_vector_swap(&a->now, &a->next);
        tt_lattice_fold_step(&a->now, &a->backward, &a->next, &p->arithmetic);
        tt_lattice_vector_slice(&a->g[k - 1], &a->now, G_, BACKWARD);
        for (size_t s = 0; s < m->S; s++) {
            if (!(lattice_reach(m, m->T - k, s) & LATTICE_REACHED))
                continue;
            if (a->now.exact)
                check_state_exact(a, s);
            else
                check_state_enclosed(a, s);
            check_token(a, &a->g[k - 1], s);
        }
        if (!tt_lattice_progress(p, k, 2 * m->T))
            return TT_INTERRUPTED;
    }
    return TT_OK;
}

static void put_start(values *a, tt_real *out, size_t channel)
{
    tt_lattice_dot(&a->x, &a->now, channel, BACKWARD, &a->p->start, a->p->m->S, &a->p->arithmetic);
    tt_lattice_put(a->p, out, &a->x);
}

/* ---- forward ------------------------------------------------------------------------------- */

/* Largest and smallest g over the states reached before step t (0-based), and its largest size. */
static void put_extremes(values *a, size_t t)
{
    lattice_pass *p = a->p;
    const lattice_vector *g = &a->g[p->m->T - 1 - t];
    mpfr_prec_t precision = p->arithmetic.precision;
    size_t count = 0;
    tt_real high, low;
    tt_real_init(&high);
    tt_real_init(&low);
    for (size_t s = 0; s < p->m->S; s++) {
        if (!(lattice_reach(p->m, t, s) & LATTICE_REACHED))
            continue;
        tt_lattice_vector_get(&a->x, g, s);
        if (count++ == 0) {
            tt_real_set(&high, &a->x);
            tt_real_set(&low, &a->x);
        } else {
            tt_real_max(&high, &high, &a->x, precision);
            tt_real_min(&low, &low, &a->x, precision);
        }
    }
    tt_real_sub(&a->x, &high, &low, precision);
    if (count == 1)
        tt_real_set_ui(&a->x, 0);
    tt_lattice_put(p, &p->q->advantage_span.items[t], &a->x);
    tt_real_abs(&high, &high, precision);
    tt_real_abs(&low, &low, precision);
    tt_real_max(&a->x, &high, &low, precision);
    tt_lattice_put(p, &p->q->expected_advantage_max.items[t], &a->x);
    tt_real_clear(&high);
    tt_real_clear(&low);
}

static void forward_dot(values *a, tt_real *out, size_t channel, const lattice_vector *w)
{
    tt_lattice_dot(out, &a->before, channel, FORWARD, w, a->p->m->S, &a->p->arithmetic);
}

static void put_forward(values *a, tt_real *out, size_t channel, const lattice_vector *w)
{
    forward_dot(a, &a->x, channel, w);
    tt_lattice_put(a->p, out, &a->x);
}

static void put_step(values *a, size_t t, tt_real *surrogate, tt_real *pdi, tt_real *off)
{
    lattice_pass *p = a->p;
    mpfr_prec_t precision = p->arithmetic.precision;
    const lattice_vector *g = &a->g[p->m->T - 1 - t];
    put_forward(a, &p->q->expected_tv.items[t], A_, &a->tv);
    forward_dot(a, &a->x, A_, &a->off);
    tt_real_add(off, off, &a->x, precision);
    forward_dot(a, &a->x, A_, g);
    forward_dot(a, &a->y, B_, g);
    tt_lattice_put(p, &p->q->advantage_rollout.items[t], &a->x);
    tt_lattice_put(p, &p->q->advantage_target.items[t], &a->y);
    tt_real_add(surrogate, surrogate, &a->x, precision);
    tt_real_sub(&a->x, &a->y, &a->x, precision);
    tt_real_add(pdi, pdi, &a->x, precision);
    put_extremes(a, t);
}

static void start_masses(values *a)
{
    const lattice_machine *m = a->p->m;
    tt_lattice_vector_zero(&a->before);
    mpz_set(a->before.den, a->p->start.den);
    for (size_t s = 0; s < m->S; s++) {
        mpz_set(&a->before.z[s * FORWARD + A_], &a->p->start.z[s]);
        mpz_set(&a->before.z[s * FORWARD + B_], &a->p->start.z[s]);
    }
}

/* What the masses of whole responses give. */
static void put_responses(values *a)
{
    lattice_pass *p = a->p;
    tt_quantities *q = p->q;
    put_forward(a, &q->surrogate_response, L_, &p->reward);
    put_forward(a, &q->error_response, E_, &p->reward);
    if (!q->dominated)
        return;
    put_forward(a, &q->surrogate_ratio, X_, &p->reward);
    put_forward(a, &q->weighted_reward, R_, &p->reward);
    put_forward(a, &q->error_ratio, Y_, &p->reward);
}

static tt_status go_forward(values *a, tt_real *surrogate, tt_real *pdi, tt_real *off)
{
    const lattice_machine *m = a->p->m;
    start_masses(a);
    for (size_t t = 0; t < m->T; t++) {
        put_step(a, t, surrogate, pdi, off);
        tt_lattice_fold_step(&a->after, &a->forward, &a->before, &a->p->arithmetic);
        tt_lattice_vector_swap(&a->before, &a->after);
        if (!tt_lattice_progress(a->p, m->T + t, 2 * m->T))
            return TT_INTERRUPTED;
    }
    put_responses(a);
    return TT_OK;
}

/* ---- the group ------------------------------------------------------------------------------- */

static tt_status group(lattice_pass *p)
{
    tt_quantities *q = p->q;
    values a = { .p = p };
    tt_real surrogate, pdi, off;
    tt_status status = values_init(&a, p);
    tt_real_init(&surrogate);
    tt_real_init(&pdi);
    tt_real_init(&off);
    tt_real_set_ui(&surrogate, 0);
    tt_real_set_ui(&pdi, 0);
    tt_real_set_ui(&off, 0);
    p->work = "values";
    if (status == TT_OK)
        status = go_backward(&a);
    if (status == TT_OK)
        status = go_forward(&a, &surrogate, &pdi, &off);
    if (status == TT_OK) {
        put_start(&a, &q->j_rollout, V_);
        put_start(&a, &q->j_target, W_);
        put_start(&a, &q->error_rollout_side, H_);
        put_start(&a, &q->improvement_derivative, J_);
        put_start(&a, &q->sum_l, S_);
        put_start(&a, &q->sum_e, P_);
        tt_real_set(&a.y, &a.x);
        put_start(&a, &q->sum_e, Q_);
        tt_real_add(&a.y, &a.y, &a.x, p->arithmetic.precision);
        tt_lattice_put(p, &q->sum_e, &a.y);
        if (q->dominated) {
            put_start(&a, &q->mean_weight, M_);
            put_start(&a, &q->weight_sum, T_);
        }
        put_start(&a, &q->improvement, D_);
        tt_real_sub(&a.y, &a.x, &surrogate, p->arithmetic.precision);
        tt_lattice_put(p, &q->error, &a.y);
        tt_lattice_put(p, &q->surrogate, &surrogate);
        tt_lattice_put(p, &q->surrogate_derivative, &surrogate);
        tt_lattice_put(p, &q->error_pdi, &pdi);
        tt_lattice_put(p, &q->off_support, &off);
    }
    tt_real_clear(&surrogate);
    tt_real_clear(&pdi);
    tt_real_clear(&off);
    values_clear(&a);
    return status;
}

tt_status tt_lattice_values(lattice_pass *p, bool exact)
{
    double states = (double)p->m->S;
    lattice_effort effort = { tt_lattice_row_bits(p->m), 40.0 * states * (double)p->m->V, states * (double)p->m->T };
    return tt_lattice_run(p, group, effort, exact);
}

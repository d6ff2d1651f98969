/* What depends on the rows alone: maxima over the states that are reached, and the checks on each row. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "divergence.h"
#include "lattice_pass.h"

/* Precision up to which a row's Pinsker inequality is pursued. */
#define PINSKER_BITS_MAX TT_PRECISION_MAX

static char *place(const lattice_machine *m, size_t s, size_t step)
{
    const char *name = tt_instance_state_name(m->instance, m->original[s]);
    size_t size = strlen(name) + 24;
    char *text = malloc(size);
    if (text)
        snprintf(text, size, "%s@%zu", name, step);
    return text;
}

static void raise_rational(tt_real *maximum, mpq_srcptr value)
{
    if (maximum->kind == TT_REAL_INFINITE)
        return;
    if (maximum->kind == TT_REAL_ABSENT || mpq_cmp(value, maximum->q) > 0)
        tt_real_set_q(maximum, value);
}

static void raise_real(tt_real *maximum, const tt_real *value, mpfr_prec_t precision)
{
    if (tt_real_is_absent(maximum))
        tt_real_set(maximum, value);
    else
        tt_real_max(maximum, maximum, value, precision);
}

/* TV_tok <= sqrt(KL / 2), by squares: 2 TV^2 <= KL. */
static tt_verdict pinsker(const tt_rows *rows, mpq_srcptr tv, bool reverse, mpfr_prec_t precision)
{
    tt_real left, kl;
    tt_verdict verdict;
    tt_real_init(&left);
    tt_real_init(&kl);
    tt_real_set_q(&left, tv);
    mpq_mul(left.q, tv, tv);
    mpq_mul_2exp(left.q, left.q, 1);
    do {
        if (reverse)
            tt_row_kl_reverse(&kl, rows, precision);
        else
            tt_row_kl(&kl, rows, precision);
        verdict = tt_verdict_le(&left, &kl);
        precision *= 2;
    } while (verdict == TT_UNDECIDED && precision <= PINSKER_BITS_MAX);
    tt_real_clear(&left);
    tt_real_clear(&kl);
    return verdict;
}

static void estimators(lattice_pass *p, const tt_rows *rows, const tt_real *kl, mpfr_prec_t precision)
{
    tt_quantities *q = p->q;
    tt_real mean;
    if (tt_real_is_infinite(kl))
        return;
    tt_real_init(&mean);
    tt_row_mean_k1(&mean, rows, precision);
    q->k1_mean = tt_verdict_and(q->k1_mean, tt_verdict_eq(&mean, kl, NULL));
    if (q->dominated) {
        tt_row_mean_k3(&mean, rows, precision);
        q->k3_mean = tt_verdict_and(q->k3_mean, tt_verdict_eq(&mean, kl, NULL));
    }
    tt_real_clear(&mean);
}

static void row_maxima(lattice_pass *p, const tt_rows *rows, mpq_srcptr tv)
{
    tt_quantities *q = p->q;
    mpfr_prec_t precision = p->options->precision + 32;
    mpq_t x, y;
    tt_real kl;
    mpq_inits(x, y, NULL);
    tt_real_init(&kl);
    for (unsigned k = 0; k < TT_THETAS; k++) {
        if (tt_row_tilt(x, rows, k))
            raise_rational(&q->tilt_max[k], x);
        else
            tt_real_set_infinite(&q->tilt_max[k], 1);
    }
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        tt_row_truncated(x, y, rows, tt_kappa[k][0], tt_kappa[k][1]);
        raise_rational(&q->truncated_mass[k], x);
        raise_rational(&q->truncated_chi2[k], y);
    }
    tt_row_kl(&kl, rows, precision);
    estimators(p, rows, &kl, precision);
    raise_real(&q->kl_max, &kl, precision);
    tt_row_kl_reverse(&kl, rows, precision);
    raise_real(&q->kl_max_reverse, &kl, precision);
    q->pinsker = tt_verdict_and(q->pinsker, pinsker(rows, tv, false, precision));
    q->pinsker_reverse = tt_verdict_and(q->pinsker_reverse, pinsker(rows, tv, true, precision));
    tt_real_clear(&kl);
    mpq_clears(x, y, NULL);
}

/* The first step, then the first state, whose row attains the maxima. */
static tt_status attained(lattice_pass *p)
{
    const lattice_machine *m = p->m;
    tt_quantities *q = p->q;
    mpq_t tv;
    tt_real kl;
    mpq_init(tv);
    tt_real_init(&kl);
    free(q->tv_max_at);
    free(q->kl_max_at);
    q->tv_max_at = q->kl_max_at = NULL;
    for (size_t t = 0; t < m->T && !(q->tv_max_at && q->kl_max_at); t++)
        for (size_t s = 0; s < m->S; s++) {
            if (!(lattice_reach(m, t, s) & LATTICE_REACHED) || (t > 0 && lattice_reach(m, t - 1, s) & LATTICE_REACHED))
                continue;
            tt_row_tv(tv, &m->rows[s]);
            if (!q->tv_max_at && mpq_equal(tv, q->tv_max.q))
                q->tv_max_at = place(m, s, t + 1);
            tt_row_kl(&kl, &m->rows[s], p->options->precision + 32);
            if (!q->kl_max_at && tt_real_cmp(&kl, &q->kl_max) != TT_LESS)
                q->kl_max_at = place(m, s, t + 1);
        }
    tt_real_clear(&kl);
    mpq_clear(tv);
    return q->tv_max_at && q->kl_max_at ? TT_OK : TT_NO_MEMORY;
}

tt_status tt_lattice_rows(lattice_pass *p)
{
    const lattice_machine *m = p->m;
    tt_quantities *q = p->q;
    bool *seen = calloc(tt_row_store_pairs(tt_instance_rows(m->instance)) + 1, sizeof *seen);
    mpq_t tv;
    if (!seen)
        return TT_NO_MEMORY;
    tt_real_set_absent(&q->tv_max);
    tt_real_set_absent(&q->kl_max);
    tt_real_set_absent(&q->kl_max_reverse);
    q->pinsker = q->pinsker_reverse = TT_HOLDS;
    q->k1_mean = q->k3_mean = TT_NOT_APPLICABLE;
    mpq_init(tv);
    for (size_t s = 0; s < m->S; s++) {
        size_t pair = tt_instance_state_pair(m->instance, m->original[s]);
        if (!m->reached[s] || seen[pair])
            continue;
        seen[pair] = true;
        tt_row_tv(tv, &m->rows[s]);
        raise_rational(&q->tv_max, tv);
        row_maxima(p, &m->rows[s], tv);
    }
    if (q->dominated)
        tt_real_set(&q->chi2_max, &q->tilt_max[0]);
    else
        tt_real_set_absent(&q->chi2_max);
    mpq_clear(tv);
    free(seen);
    return attained(p);
}

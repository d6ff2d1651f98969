#include "shift.h"

#include <string.h>

#include "binomial.h"

/* out = sqrt(n x / 2); 0 where n = 0, whatever x is. */
static void pinsker_root(tt_real *out, const tt_real *x, size_t n, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, x, n, 2, precision);
    tt_real_sqrt(out, out, precision);
}

/* out = sqrt(series[at - 1] / 2) */
static void pinsker_at(tt_real *out, const tt_series *series, size_t at, mpfr_prec_t precision)
{
    if (at <= series->n)
        pinsker_root(out, tt_series_at(series, at - 1), 1, precision);
    else
        tt_real_set_absent(out);
}

static void unit(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    (void)q;
    (void)at;
    (void)precision;
    tt_real_set_ui(out, 1);
}

static void coupling(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, &q->tv_max, at - 1, 1, precision);
}

static void expected_coupling(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    if (at == 1)
        tt_real_set_ui(out, 0);
    else if (at - 2 < q->expected_tv.n)
        tt_real_add(out, out, tt_series_at(&q->expected_tv, at - 2), precision);
    else
        tt_real_set_absent(out);
}

static void pinsker_max(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    pinsker_root(out, &q->kl_max, at - 1, precision);
}

static void processing(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    (void)at;
    (void)precision;
    tt_real_set(out, &q->tv_seq);
}

static void pinsker_seq(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    (void)at;
    pinsker_root(out, &q->kl_seq, 1, precision);
}

static void pinsker_marginal(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    pinsker_at(out, &q->context_kl, at, precision);
}

static void coupled(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    tt_deviation(out, at - 1, &q->tv_max, precision);
}

static void pinsker_reverse(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    pinsker_at(out, &q->context_kl_reverse, at, precision);
}

static void bretagnolle_huber(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    if (at > q->context_kl.n) {
        tt_real_set_absent(out);
        return;
    }
    tt_real_neg(out, tt_series_at(&q->context_kl, at - 1));
    tt_real_expm1(out, out, precision);
    tt_real_neg(out, out);
    tt_real_sqrt(out, out, precision);
}

static void second_moment(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision)
{
    tt_real linear;
    tt_real_init(&linear);
    tt_real_mul_frac(&linear, &q->chi2_max, at - 1, 1, precision);
    tt_tilted_sum(out, at - 1, 0, &q->chi2_max, precision);
    tt_real_add(out, out, &linear, precision);
    tt_real_mul_frac(out, out, 1, 4, precision);
    tt_real_sqrt(out, out, precision);
    tt_real_clear(&linear);
}

#define OWN "doc/bounds.md"

static const tt_shift shifts[] = {
    { "shift-unit", "1", "v4", unit },
    { "shift-coupling", "(t-1) eps", "slides 2.5.1", coupling },
    { "shift-expected-coupling", "sum_{s<t} Dbar_s", "v4", expected_coupling },
    { "shift-pinsker-max", "sqrt((t-1) delta / 2)", "slides 2.5.3", pinsker_max },
    { "shift-processing", "TV_seq", "slides 2.5.5", processing },
    { "shift-pinsker-seq", "sqrt(KL_seq / 2)", "slides 2.5.5", pinsker_seq },
    { "shift-pinsker-marginal", "sqrt(KL_t / 2)", "slides 2.5.3", pinsker_marginal },
    { "shift-coupled", "1 - (1-eps)^{t-1}", OWN, coupled },
    { "shift-pinsker-reverse", "sqrt(KL(d_t^pi || d_t^mu) / 2)", OWN, pinsker_reverse },
    { "shift-bretagnolle-huber", "sqrt(1 - exp(-KL_t))", OWN, bretagnolle_huber },
    { "shift-second-moment", "1/2 sqrt((1+chi)^{t-1} - 1)", OWN, second_moment },
};

size_t tt_shift_count(void)
{
    return sizeof shifts / sizeof *shifts;
}

const tt_shift *tt_shift_at(size_t k)
{
    return &shifts[k];
}

const tt_shift *tt_shift_find(const char *id)
{
    for (size_t k = 0; k < tt_shift_count(); k++)
        if (strcmp(shifts[k].id, id) == 0)
            return &shifts[k];
    return NULL;
}

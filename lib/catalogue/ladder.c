#include "ladder.h"

#include <string.h>

#include "sums.h"
#include "total.h"

typedef void step_value(tt_real *out, const tt_quantities *q, mpfr_prec_t precision);

static void bound_value(tt_real *out, const char *id, const tt_quantities *q, mpfr_prec_t precision)
{
    const char *parameter = NULL;
    tt_bound_find(id)->value(out, q, precision, &parameter);
}

static void error(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real_abs(out, &q->error, precision);
}

static void worst_case_error(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    tt_real_set(out, &q->worst_case_error);
}

static void advantage_shift(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real difference;
    tt_total total;
    if (q->advantage_target.n == 0 || q->advantage_target.n != q->advantage_rollout.n) {
        tt_real_set_absent(out);
        return;
    }
    tt_real_init(&difference);
    tt_total_init(&total, precision);
    for (size_t t = 0; t < q->advantage_target.n; t++) {
        tt_real_sub(&difference, tt_series_at(&q->advantage_target, t), tt_series_at(&q->advantage_rollout, t),
                    precision);
        tt_real_abs(&difference, &difference, precision);
        tt_total_add(&total, &difference, 1);
    }
    tt_total_get(out, &total);
    tt_total_clear(&total);
    tt_real_clear(&difference);
}

/* out = n out */
static void times(tt_real *out, size_t n, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, out, n, 1, precision);
}

static void span_shift(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    bound_value(out, "span", q, precision);
}

static void master(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_sum_products(out, &q->expected_advantage_max, &q->context_tv, 0, q->horizon, precision);
    times(out, 2, precision);
}

static void eps_shift(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_sum_range(out, &q->context_tv, 0, q->horizon, precision);
    tt_real_mul(out, out, &q->tv_max, precision);
    times(out, 2, precision);
}

static void eps_shift_4(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    eps_shift(out, q, precision);
    times(out, 2, precision);
}

static void future_shift(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    /* future_tv.items[t] belongs to the contexts after step t = 1..T-1 */
    tt_sum_products(out, &q->expected_tv, &q->future_tv, 1, q->horizon - 1, precision);
    times(out, 2, precision);
}

static void future_shift_4(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    future_shift(out, q, precision);
    times(out, 2, precision);
}

static void expected_coupling(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    bound_value(out, "expected-coupling-half", q, precision);
    times(out, 2, precision);
}

static void average_kl(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    bound_value(out, "average-kl-half", q, precision);
    times(out, 2, precision);
}

static void reward_k3(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real upper;
    tt_real_init(&upper);
    bound_value(out, "reward-k3-lower", q, precision);
    bound_value(&upper, "reward-k3-upper", q, precision);
    tt_real_max(out, out, &upper, precision);
    tt_real_clear(&upper);
}

static const struct {
    const char *name;
    step_value *value;
} steps[] = {
    { "error", error },
    { "worst-case-error", worst_case_error },
    { "advantage-shift", advantage_shift },
    { "span-shift", span_shift },
    { "master", master },
    { "eps-shift", eps_shift },
    { "eps-shift-4", eps_shift_4 },
    { "expected-coupling", expected_coupling },
    { "average-kl", average_kl },
    { "future-shift", future_shift },
    { "future-shift-4", future_shift_4 },
    { "reward-k3", reward_k3 },
};

const char *tt_ladder_step(tt_real *out, const char *name, size_t length, const tt_quantities *q, mpfr_prec_t precision)
{
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        if (strlen(steps[k].name) == length && memcmp(steps[k].name, name, length) == 0) {
            steps[k].value(out, q, precision);
            return steps[k].name;
        }
    tt_real_set_absent(out);
    return NULL;
}

#include "bounds_values.h"
#include "sums.h"

/* ---- pieces ---- */

/* T (T - 1) */
static uint64_t ordered_pairs(const tt_quantities *q)
{
    return (uint64_t)q->horizon * (q->horizon - 1);
}

/* out = n/d x y */
static void product(tt_real *out, uint64_t n, uint64_t d, const tt_real *x, const tt_real *y,
                    mpfr_prec_t precision)
{
    tt_real_mul(out, x, y, precision);
    tt_real_mul_frac(out, out, n, d, precision);
}

/* out = T^{3/2} */
static void three_halves_power(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real_set_ui(out, q->horizon);
    tt_real_pow_ui(out, out, 3, precision);
    tt_real_sqrt(out, out, precision);
}

/* out = delta / 2 */
static void half_kl(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, &q->kl_max, 1, 2, precision);
}

/* out = 4 factor sum_{t=1..T} min(1, sqrt((t-1) delta/2)) */
static void pinsker_marginal(tt_real *out, const tt_real *factor, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real square, sum;
    tt_real_init(&square);
    tt_real_init(&sum);
    half_kl(&square, q, precision);
    tt_sum_capped(&sum, q->horizon - 1, NULL, NULL, &square, q->root_sums, precision);
    product(out, 4, 1, factor, &sum, precision);
    tt_real_clear(&square);
    tt_real_clear(&sum);
}

/* out = 4 T x y */
static void mixed(tt_real *out, const tt_real *x, const tt_real *y, const tt_quantities *q, mpfr_prec_t precision)
{
    product(out, UINT64_C(4) * q->horizon, 1, x, y, precision);
}

/* out = 4 sum_{t<T} Dbar_t min(1, (T-t) slope, sqrt((T-t) square)); at t = T nothing is left to differ */
static void adaptive(tt_real *out, const tt_real *slope, const tt_real *square, const tt_quantities *q,
                     mpfr_prec_t precision)
{
    if (q->expected_tv.n != q->horizon) {
        tt_real_set_absent(out);
        return;
    }
    tt_sum_capped(out, q->horizon - 1, &q->expected_tv, slope, square, q->root_sums, precision);
    tt_real_mul_frac(out, out, 4, 1, precision);
}

/* ---- section 5 ---- */

VALUE(classical_tv)
{
    product(out, 2 * ordered_pairs(q), 1, &q->tv_max, &q->tv_max, precision);
}

VALUE(classical_kl)
{
    tt_real_mul_frac(out, &q->kl_max, ordered_pairs(q), 1, precision);
}

VALUE(coupling)
{
    tt_real eps, sum;
    tt_real_init(&eps);
    tt_real_init(&sum);
    tt_cap_one(&eps, &q->tv_max, precision);
    tt_sum_capped(&sum, q->horizon - 1, NULL, &q->tv_max, NULL, NULL, precision);
    product(out, 4, 1, &eps, &sum, precision);
    tt_real_clear(&eps);
    tt_real_clear(&sum);
}

VALUE(pinsker_marginal_kl)
{
    tt_real factor;
    tt_real_init(&factor);
    tt_pinsker(&factor, &q->kl_max, precision);
    pinsker_marginal(out, &factor, q, precision);
    tt_real_clear(&factor);
}

VALUE(pinsker_marginal_tv)
{
    tt_real factor;
    tt_real_init(&factor);
    tt_cap_one(&factor, &q->tv_max, precision);
    pinsker_marginal(out, &factor, q, precision);
    tt_real_clear(&factor);
}

VALUE(pinsker_marginal_simple)
{
    tt_real steps;
    tt_real_init(&steps);
    three_halves_power(&steps, q, precision);
    product(out, 4, 3, &steps, &q->kl_max, precision);
    tt_real_clear(&steps);
}

VALUE(pinsker_marginal_tv_simple)
{
    tt_real steps, root;
    tt_real_init(&steps);
    tt_real_init(&root);
    three_halves_power(&steps, q, precision);
    half_kl(&root, q, precision);
    tt_real_sqrt(&root, &root, precision);
    tt_real_mul(&root, &root, &q->tv_max, precision);
    product(out, 8, 3, &steps, &root, precision);
    tt_real_clear(&steps);
    tt_real_clear(&root);
}

VALUE(mixed_kl)
{
    tt_real x, y;
    tt_real_init(&x);
    tt_real_init(&y);
    tt_pinsker(&x, &q->kl_max, precision);
    tt_pinsker(&y, &q->kl_seq, precision);
    mixed(out, &x, &y, q, precision);
    tt_real_clear(&x);
    tt_real_clear(&y);
}

VALUE(mixed_kl_simple)
{
    tt_real_mul(out, &q->kl_max, &q->kl_seq, precision);
    tt_real_sqrt(out, out, precision);
    tt_real_mul_frac(out, out, UINT64_C(2) * q->horizon, 1, precision);
}

VALUE(mixed_tv)
{
    tt_real x, y;
    tt_real_init(&x);
    tt_real_init(&y);
    tt_cap_one(&x, &q->tv_max, precision);
    tt_cap_one(&y, &q->tv_seq, precision);
    mixed(out, &x, &y, q, precision);
    tt_real_clear(&x);
    tt_real_clear(&y);
}

VALUE(linear)
{
    tt_sum_range(out, &q->expected_tv, 0, q->horizon, precision);
    tt_real_mul_frac(out, out, 4, 1, precision);
}

VALUE(adaptive_kl)
{
    tt_real square;
    tt_real_init(&square);
    half_kl(&square, q, precision);
    adaptive(out, NULL, &square, q, precision);
    tt_real_clear(&square);
}

VALUE(adaptive_tv)
{
    adaptive(out, &q->tv_max, NULL, q, precision);
}

VALUE(adaptive)
{
    tt_real square;
    tt_real_init(&square);
    half_kl(&square, q, precision);
    adaptive(out, &q->tv_max, &square, q, precision);
    tt_real_clear(&square);
}

static const char *const unified_kl_members[] = { "pinsker-marginal-kl", "mixed-kl", NULL };
const tt_smallest tt_unified_kl = { tt_value_unified_kl, unified_kl_members, true };

VALUE(unified_kl)
{
    tt_smallest_value(out, &tt_unified_kl, q, precision);
}

static const char *const unified_members[] = { "pinsker-marginal-kl", "pinsker-marginal-tv", "mixed-kl", "mixed-tv",
                                               "coupling", "adaptive", NULL };
const tt_smallest tt_unified = { tt_value_unified, unified_members, true };

VALUE(unified)
{
    tt_smallest_value(out, &tt_unified, q, precision);
}

/* ---- their halves ---- */

/* Defines NAME_half as n/d times NAME. */
#define FRACTION_OF(name, n, d)                      \
    VALUE(name##_half)                               \
    {                                                \
        tt_value_##name(out, q, precision, NULL);    \
        tt_real_mul_frac(out, out, n, d, precision); \
    }
#define HALF_OF(name) FRACTION_OF(name, 1, 2)
/* TV_1 = 0: one step fewer */
#define HALF_WITHOUT_FIRST_STEP_OF(name) FRACTION_OF(name, q->horizon - 1, UINT64_C(2) * q->horizon)

HALF_OF(classical_tv)
HALF_OF(classical_kl)
HALF_OF(coupling)
HALF_OF(pinsker_marginal_kl)
HALF_OF(pinsker_marginal_tv)
HALF_OF(pinsker_marginal_simple)
HALF_OF(pinsker_marginal_tv_simple)
HALF_WITHOUT_FIRST_STEP_OF(mixed_kl)
HALF_WITHOUT_FIRST_STEP_OF(mixed_kl_simple)
HALF_WITHOUT_FIRST_STEP_OF(mixed_tv)
HALF_OF(adaptive_kl)
HALF_OF(adaptive_tv)
HALF_OF(adaptive)

/* without the last step, after which nothing is left to differ */
VALUE(linear_half)
{
    adaptive(out, NULL, NULL, q, precision);
    tt_real_mul_frac(out, out, 1, 2, precision);
}

#include "binomial.h"
#include "bounds_values.h"
#include "monotone.h"
#include "sums.h"

/* Keeps T roundings out of the last places. */
#define GUARD 32

static const char *const theta_text[TT_THETAS] = { "0", "1/6", "1/3", "1/2", "2/3", "5/6", "1" };
static const char *const kappa_text[TT_KAPPAS] = { "3/2", "2", "3", "5", "10", "100" };

/* ---- the smallest of several ---- */

bool tt_keep_smaller(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    bool smaller;
    if (tt_real_is_absent(x))
        return false;
    if (tt_real_is_absent(out)) {
        tt_real_set(out, x);
        return true;
    }
    smaller = tt_real_cmp(x, out) == TT_LESS;
    tt_real_min(out, out, x, precision);
    return smaller;
}

void tt_smallest_value(tt_real *out, const tt_smallest *smallest, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real value;
    tt_real_init(&value);
    tt_real_set_absent(out);
    for (const char *const *id = smallest->member; *id; id++) {
        const tt_bound *bound = tt_bound_find(*id);
        const char *parameter = NULL;
        if (bound->applies && bound->applies(q, precision) != TT_HOLDS)
            continue;
        bound->value(&value, q, precision, &parameter);
        if (smallest->all && tt_real_is_absent(&value)) {
            tt_real_set_absent(out);
            break;
        }
        tt_keep_smaller(out, &value, precision);
    }
    tt_real_clear(&value);
}

/* ---- total variation ---- */

VALUE(linear_one)
{
    tt_sum_range(out, &q->expected_tv, 0, q->horizon, precision);
}

VALUE(tv_optimal)
{
    tt_real eps;
    tt_real_init(&eps);
    tt_cap_one(&eps, &q->tv_max, precision);
    tt_deviation(out, q->horizon - 1, &eps, precision);
    tt_real_mul(out, out, &eps, precision);
    tt_real_mul_frac(out, out, q->horizon, 1, precision);
    tt_real_clear(&eps);
}

VALUE(recursive_tv)
{
    tt_real_set(out, &q->recursive_tv);
}

VALUE(coupled_half)
{
    tt_deviation_sum(out, q->horizon, &q->tv_max, precision);
    tt_real_mul_frac(out, out, 2, 1, precision);
}

/* out = 2 eps out */
static void times_two_eps(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real_mul(out, out, &q->tv_max, precision);
    tt_real_mul_frac(out, out, 2, 1, precision);
}

VALUE(expected_coupling_half)
{
    tt_sum_capped_prefixes(out, q->horizon - 1, &q->expected_tv, precision);
    times_two_eps(out, q, precision);
}

VALUE(average_kl_half)
{
    tt_sum_pinsker(out, q->horizon, &q->context_kl, precision);
    times_two_eps(out, q, precision);
}

VALUE(span)
{
    tt_sum_products(out, &q->advantage_span, &q->context_tv, 0, q->horizon, precision);
}

/* ---- Kullback-Leibler ---- */

VALUE(sequence_kl)
{
    tt_real_set(out, &q->kl_seq);
}

VALUE(reverse_kl)
{
    tt_sum_range(out, &q->context_kl_reverse, 2, q->horizon + 1, precision);
}

VALUE(reward_k3_lower)
{
    tt_real_add(out, &q->reward_k3, &q->off_support, precision);
}

VALUE(reward_k3_upper)
{
    tt_real_add(out, &q->failure_k3, &q->off_support, precision);
}

/* ---- second moments ---- */

/* out = 1/2 sqrt(x) */
static void half_root(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    tt_real_sqrt(out, x, precision);
    tt_real_mul_frac(out, out, 1, 2, precision);
}

/* out = 1/2 sqrt(sum_k C(T,k) a_k(theta)^2 c^k), theta = sixths / 6 */
static void tilted(tt_real *out, unsigned sixths, const tt_real *c, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_tilted_sum(out, q->horizon, sixths, c, precision);
    half_root(out, out, precision);
}

static void tilted_of_kl(tt_real *out, unsigned sixths, const tt_real *kl, const tt_quantities *q,
                         mpfr_prec_t precision)
{
    tt_real c;
    tt_real_init(&c);
    tt_real_mul_frac(&c, kl, 2, 1, precision);
    tilted(out, sixths, &c, q, precision);
    tt_real_clear(&c);
}

VALUE(tilted_kl)
{
    tilted_of_kl(out, 4, &q->kl_max, q, precision);
}

VALUE(tilted_kl_simple)
{
    tilted_of_kl(out, 0, &q->kl_max, q, precision);
}

VALUE(tilted_reverse_kl)
{
    tilted_of_kl(out, 2, &q->kl_max_reverse, q, precision);
}

VALUE(second_moment)
{
    tilted(out, 0, &q->chi2_max, q, precision);
}

VALUE(second_moment_exact)
{
    half_root(out, &q->second_moment, precision);
}

VALUE(tilted)
{
    tt_real value;
    tt_real_init(&value);
    tt_real_set_absent(out);
    for (unsigned k = 0; k < TT_THETAS; k++) {
        tilted(&value, k, &q->tilt_max[k], q, precision);
        if (tt_keep_smaller(out, &value, precision))
            *parameter = theta_text[k];
    }
    tt_real_clear(&value);
}

/* A moment that is not known might be the smallest: then there is no value. */
VALUE(tilted_exact)
{
    tt_real_set_absent(out);
    for (size_t k = 0; k < TT_THETAS; k++)
        if (tt_real_is_absent(&q->tilted_moment[k]))
            return;
    for (size_t k = 0; k < TT_THETAS; k++)
        if (tt_keep_smaller(out, &q->tilted_moment[k], precision))
            *parameter = theta_text[k];
    half_root(out, out, precision);
}

/* tt_monotone: x[0] = k, x[1] = s^2. With m = min(k, s) the value is m s^2 / (m^2 + s^2), which is s/2 at m = s;
   it grows with m <= s, and with s at a fixed m. */
static void kmax_moment_at(tt_real *out, const tt_real *const *x, const void *context, mpfr_prec_t precision)
{
    const tt_real *k = x[0], *s2 = x[1];
    tt_real square;
    (void)context;
    if (tt_real_is_zero(s2)) {
        tt_real_set_ui(out, 0);
        return;
    }
    tt_real_init(&square);
    tt_real_mul(&square, k, k, precision);
    if (tt_real_cmp(&square, s2) == TT_GREATER) {
        half_root(out, s2, precision);
    } else {
        tt_real_add(&square, &square, s2, precision);
        tt_real_mul(out, k, s2, precision);
        tt_real_div(out, out, &square, precision);
    }
    tt_real_clear(&square);
}

VALUE(kmax_moment)
{
    tt_real k, s2;
    const tt_real *x[2] = { &k, &s2 };
    tt_real_init(&k);
    tt_real_init(&s2);
    tt_without_root(&k, &q->k3_max, precision);
    tt_without_root(&s2, &q->second_moment, precision);
    tt_monotone_value(out, kmax_moment_at, NULL, x, 2, tt_precision_plus(precision, GUARD));
    tt_real_clear(&k);
    tt_real_clear(&s2);
}

/* out += x y */
static void add_product(tt_real *out, const tt_real *x, const tt_real *y, tt_real *work, mpfr_prec_t precision)
{
    tt_real_mul(work, x, y, precision);
    tt_real_add(out, out, work, precision);
}

/* z = z_T of the recursion for beta, v > 0, enclosures; all of it grows with beta and v and nothing is subtracted. */
static void truncated_recursion(tt_real *z, size_t steps, const tt_real *beta, const tt_real *v,
                                mpfr_prec_t precision)
{
    tt_real m, growth, half, twice, cross, work;
    tt_real *const all[] = { &m, &growth, &half, &twice, &cross, &work };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tt_real_init(all[k]);
    tt_real_set_ui(z, 0);
    tt_real_set_ui(&m, 0);
    tt_real_set(&growth, v); /* v (1+v)^{t-1} */
    tt_real_mul_frac(&half, beta, 1, 2, precision);
    tt_real_mul_frac(&twice, beta, 2, 1, precision);
    for (size_t t = 1; t <= steps; t++) {
        tt_real_mul(&cross, z, &m, precision);
        tt_real_sqrt(&cross, &cross, precision);
        add_product(z, &cross, &twice, &work, precision);
        add_product(z, v, &m, &work, precision);
        tt_real_add(&m, &m, &half, precision);
        tt_real_add(&m, &m, &growth, precision);
        add_product(&growth, &growth, v, &work, precision);
    }
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        tt_real_clear(all[k]);
}

/* out = an enclosure of x >= 0, cut at 0 where that of x dips below */
static void enclose_positive(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    tt_real zero;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    tt_real_enclose(out, x, precision);
    tt_real_max(out, out, &zero, precision);
    tt_real_clear(&zero);
}

/* out = z_T */
static void truncated_second_moment(tt_real *out, size_t steps, const tt_real *beta, const tt_real *v,
                                    mpfr_prec_t precision)
{
    if (tt_real_is_absent(beta) || tt_real_is_absent(v)) {
        tt_real_set_absent(out);
    } else if (tt_real_is_zero(beta)) {
        /* m_t = (1+v)^t - 1, z_T = (1+v)^T - 1 - T v */
        tt_tilted_sum(out, steps, 0, v, precision);
    } else if (tt_real_is_zero(v)) {
        tt_real_set_ui(out, 0);
    } else {
        tt_real b, x;
        tt_real_init(&b);
        tt_real_init(&x);
        enclose_positive(&b, beta, tt_precision_plus(precision, GUARD));
        enclose_positive(&x, v, tt_precision_plus(precision, GUARD));
        truncated_recursion(out, steps, &b, &x, tt_precision_plus(precision, GUARD));
        tt_real_clear(&b);
        tt_real_clear(&x);
    }
}

VALUE(truncated_moment)
{
    tt_real value, mass;
    tt_real_init(&value);
    tt_real_init(&mass);
    tt_real_set_absent(out);
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        truncated_second_moment(&value, q->horizon, &q->truncated_mass[k], &q->truncated_chi2[k], precision);
        half_root(&value, &value, precision);
        tt_real_mul_frac(&mass, &q->truncated_mass[k], q->horizon, 1, precision);
        tt_real_add(&value, &value, &mass, precision);
        if (tt_keep_smaller(out, &value, precision))
            *parameter = kappa_text[k];
    }
    tt_real_clear(&value);
    tt_real_clear(&mass);
}

/* ---- all of them ---- */

static const char *const own_unified_members[] = {
    "sequence-kl",   "linear-one",    "tv-optimal",     "tilted-kl",
    "tilted-reverse-kl", "tilted",    "second-moment",  "reverse-kl",
    "linear-half",   "adaptive-half", "mixed-kl-half",  "mixed-tv-half",
    "expected-coupling-half", "average-kl-half", NULL
};
const tt_smallest tt_own_unified = { tt_value_own_unified, own_unified_members, false };

VALUE(own_unified)
{
    tt_smallest_value(out, &tt_own_unified, q, precision);
}

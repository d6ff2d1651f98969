#include "sums.h"

#include "../number/exact.h"
#include "double_sums.h"
#include "monotone.h"
#include "total.h"

/* Keeps n roundings out of the last places, n up to 2^31. */
#define GUARD 32

void tt_cap_one(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    tt_real one;
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    tt_real_min(out, &one, x, precision);
    tt_real_clear(&one);
}

void tt_pinsker(tt_real *out, const tt_real *kl, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, kl, 1, 2, precision);
    tt_cap_one(out, out, precision);
    tt_real_sqrt(out, out, precision);
}

static bool reaches(const tt_series *series, size_t n)
{
    return series->items && series->n >= n;
}

void tt_sum_range(tt_real *out, const tt_series *series, size_t first, size_t last, mpfr_prec_t precision)
{
    if (!reaches(series, last)) {
        tt_real_set_absent(out);
    } else if (series->uniform) {
        tt_real_mul_frac(out, tt_series_at(series, 0), first < last ? last - first : 0, 1, precision);
    } else {
        tt_total total;
        tt_total_init(&total, tt_precision_plus(precision, GUARD));
        for (size_t k = first; k < last; k++)
            tt_total_add(&total, tt_series_at(series, k), 1);
        tt_total_get(out, &total);
        tt_total_clear(&total);
    }
}

void tt_sum_products(tt_real *out, const tt_series *x, const tt_series *y, size_t shift, size_t n,
                     mpfr_prec_t precision)
{
    if (!reaches(x, n) || !reaches(y, n + shift)) {
        tt_real_set_absent(out);
    } else if (x->uniform && y->uniform) {
        tt_real_mul(out, tt_series_at(x, 0), tt_series_at(y, 0), precision);
        tt_real_mul_frac(out, out, n, 1, precision);
    } else {
        tt_total total;
        tt_total_init(&total, tt_precision_plus(precision, GUARD));
        for (size_t k = 0; k < n; k++)
            tt_total_add_product(&total, tt_series_at(x, k), tt_series_at(y, k + shift));
        tt_total_get(out, &total);
        tt_total_clear(&total);
    }
}

void tt_sum_pinsker(tt_real *out, size_t n, const tt_series *kl, mpfr_prec_t precision)
{
    tt_real term;
    if (!reaches(kl, n)) {
        tt_real_set_absent(out);
        return;
    }
    tt_real_init(&term);
    if (kl->uniform) {
        tt_pinsker(&term, tt_series_at(kl, 0), precision);
        tt_real_mul_frac(out, &term, n, 1, precision);
    } else {
        tt_total total;
        tt_total_init(&total, tt_precision_plus(precision, GUARD));
        for (size_t k = 0; k < n; k++) {
            tt_pinsker(&term, tt_series_at(kl, k), tt_precision_plus(precision, GUARD));
            tt_total_add(&total, &term, 1);
        }
        tt_total_get(out, &total);
        tt_total_clear(&total);
    }
    tt_real_clear(&term);
}

/* ---- sum_t min(1, sum_{s<=t}) ---- */

static void add_capped(tt_total *sum, const tt_total *prefix)
{
    tt_real x;
    tt_real_init(&x);
    tt_total_get(&x, prefix);
    tt_cap_one(&x, &x, sum->precision);
    tt_total_add(sum, &x, 1);
    tt_real_clear(&x);
}

void tt_sum_capped_prefixes(tt_real *out, size_t n, const tt_series *series, mpfr_prec_t precision)
{
    tt_total prefix, sum;
    if (!reaches(series, n)) {
        tt_real_set_absent(out);
        return;
    }
    if (series->uniform) {
        tt_sum_capped(out, n, NULL, tt_series_at(series, 0), NULL, NULL, precision);
        return;
    }
    tt_total_init(&prefix, tt_precision_plus(precision, GUARD));
    tt_total_init(&sum, tt_precision_plus(precision, GUARD));
    for (size_t t = 1; t <= n; t++) {
        tt_total_add(&prefix, tt_series_at(series, t - 1), 1);
        if (tt_total_is_one_or_less(&prefix)) {
            tt_total_add_total(&sum, &prefix);
        } else if (tt_total_is_one_or_more(&prefix)) {
            /* prefixes do not decrease: the rest is capped as well */
            tt_real one;
            tt_real_init(&one);
            tt_real_set_ui(&one, 1);
            tt_total_add(&sum, &one, n - t + 1);
            tt_real_clear(&one);
            break;
        } else {
            add_capped(&sum, &prefix);
        }
    }
    tt_total_get(out, &sum);
    tt_total_clear(&prefix);
    tt_total_clear(&sum);
}

/* ---- sum_k w_k min(1, k slope, sqrt(k square)) ---- */

/* min(n, floor(q)) */
static size_t floor_up_to(mpq_srcptr q, size_t n)
{
    mpz_t f;
    size_t result;
    mpz_init(f);
    tt_exact_floor(f, q);
    result = mpz_cmp_ui(f, n) > 0 ? n : mpz_get_ui(f);
    mpz_clear(f);
    return result;
}

/* min(n, floor(sqrt(q))) */
static size_t floor_root_up_to(mpq_srcptr q, size_t n)
{
    mpz_t f;
    size_t result;
    mpz_init(f);
    tt_exact_floor(f, q);
    mpz_sqrt(f, f);
    result = mpz_cmp_ui(f, n) > 0 ? n : mpz_get_ui(f);
    mpz_clear(f);
    return result;
}

/* Which of the three is the smallest: k slope for k <= linear, sqrt(k square) for linear < k <= root, 1 beyond. */
typedef struct {
    size_t linear, root;
} crossovers;

/* slope: positive, rational, root or infinite; square: positive, rational or infinite.
   k slope <= 1 iff k^2 <= 1 / slope^2; k slope <= sqrt(k square) iff k <= square / slope^2; sqrt(k square) <= 1 iff
   k <= 1 / square. */
static crossovers find_crossovers(size_t n, const tt_real *slope, const tt_real *square)
{
    crossovers c = { 0, 0 };
    mpq_t x;
    mpq_init(x);
    if (!tt_real_is_infinite(slope)) {
        size_t meet = n;
        if (slope->kind == TT_REAL_ROOT)
            mpq_inv(x, slope->q);
        else {
            mpq_mul(x, slope->q, slope->q);
            mpq_inv(x, x);
        }
        c.linear = floor_root_up_to(x, n);
        if (!tt_real_is_infinite(square)) {
            mpq_mul(x, x, square->q);
            meet = floor_up_to(x, n);
        }
        if (meet < c.linear)
            c.linear = meet;
    }
    c.root = c.linear;
    if (!tt_real_is_infinite(square)) {
        mpq_inv(x, square->q);
        size_t end = floor_up_to(x, n);
        if (end > c.root)
            c.root = end;
    }
    mpq_clear(x);
    return c;
}

/* out = sqrt(k square) */
static void root_at(tt_real *out, size_t k, const tt_real *square, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, square, k, 1, precision);
    tt_real_sqrt(out, out, precision);
}

/* out = sum_{k=from+1..to} sqrt(k square), two terms or more: irrational, as k and k + 1 are not both a square times
   the same number for k >= 1. */
static void root_range(tt_real *out, size_t from, size_t to, const tt_real *square, tt_root_sums *known,
                       mpfr_prec_t precision)
{
    mpfi_t sum, factor;
    mpfi_init2(sum, precision);
    mpfi_init2(factor, precision);
    tt_root_sums_get(sum, known, from, to);
    mpfi_set_q(factor, square->q);
    mpfi_sqrt(factor, factor);
    mpfi_mul(sum, sum, factor);
    tt_real_set_interval(out, sum);
    mpfi_clear(sum);
    mpfi_clear(factor);
}

/* out = sum_k min(1, k slope, sqrt(k square)), all weights 1 */
static void sum_unweighted(tt_real *out, size_t n, crossovers c, const tt_real *slope, const tt_real *square,
                           tt_root_sums *known, mpfr_prec_t precision)
{
    tt_real part;
    tt_real_init(&part);
    tt_real_set_ui(out, n - c.root);
    if (c.linear > 0) {
        /* one of k, k + 1 is even */
        uint64_t k = c.linear, pairs = k % 2 ? (k + 1) / 2 * k : k / 2 * (k + 1);
        tt_real_mul_frac(&part, slope, pairs, 1, precision);
        tt_real_add(out, out, &part, precision);
    }
    if (c.root > c.linear) {
        if (c.root == c.linear + 1)
            root_at(&part, c.root, square, precision);
        else
            root_range(&part, c.linear, c.root, square, known, precision);
        tt_real_add(out, out, &part, precision);
    }
    tt_real_clear(&part);
}

/* total += root w; a root of a long rational would be longer still, so that a long w is enclosed first. */
static void add_weighted_root(tt_total *total, const tt_real *root, const tt_real *w)
{
    if (root->kind == TT_REAL_ROOT && tt_real_is_exact(w) && tt_exact_bits(w->q) > (size_t)total->precision) {
        tt_real enclosed;
        mpfi_t i;
        tt_real_init(&enclosed);
        mpfi_init2(i, total->precision);
        mpfi_set_q(i, w->q);
        tt_real_set_interval(&enclosed, i);
        tt_total_add_product(total, root, &enclosed);
        mpfi_clear(i);
        tt_real_clear(&enclosed);
    } else {
        tt_total_add_product(total, root, w);
    }
}

static void sum_weighted(tt_real *out, size_t n, const tt_series *weights, crossovers c, const tt_real *slope,
                         const tt_real *square, mpfr_prec_t precision)
{
    tt_total linear, rest;
    tt_real part;
    tt_total_init(&linear, precision);
    tt_total_init(&rest, precision);
    tt_real_init(&part);
    /* from the first step to the last: later steps have the longer denominators, multiples of the earlier ones */
    for (size_t k = n; k > c.root; k--)
        tt_total_add(&rest, tt_series_at(weights, n - k), 1);
    for (size_t k = c.root; k > c.linear; k--) {
        root_at(&part, k, square, precision);
        add_weighted_root(&rest, &part, tt_series_at(weights, n - k));
    }
    for (size_t k = c.linear; k > 0; k--)
        tt_total_add(&linear, tt_series_at(weights, n - k), k);
    tt_total_get(&part, &linear);
    tt_total_get(out, &rest);
    if (c.linear > 0) {
        tt_real_mul(&part, &part, slope, precision);
        tt_real_add(out, out, &part, precision);
    }
    tt_total_clear(&linear);
    tt_total_clear(&rest);
    tt_real_clear(&part);
}

typedef struct {
    size_t n;
    const tt_series *weights;
    tt_root_sums *known;
} capped_sum;

/* tt_monotone: x[0] = slope, x[1] = square */
static void sum_capped_at(tt_real *out, const tt_real *const *x, const void *context, mpfr_prec_t precision)
{
    const capped_sum *s = context;
    crossovers c;
    if (tt_real_is_zero(x[0]) || tt_real_is_zero(x[1])) {
        tt_real_set_ui(out, 0);
        return;
    }
    c = find_crossovers(s->n, x[0], x[1]);
    if (s->weights && !s->weights->uniform) {
        sum_weighted(out, s->n, s->weights, c, x[0], x[1], precision);
    } else {
        sum_unweighted(out, s->n, c, x[0], x[1], s->known, precision);
        if (s->weights)
            tt_real_mul(out, out, tt_series_at(s->weights, 0), precision);
    }
}

/* Of doubles and what is longer than they are; *any: a double was met. */
static bool fits_doubles(const tt_real *x, bool *any)
{
    *any = *any || (x && x->kind == TT_REAL_DOUBLE);
    return !x || x->kind == TT_REAL_DOUBLE || x->kind == TT_REAL_EXACT || x->kind == TT_REAL_ROOT;
}

/* The sum in doubles; false where operands or the length are not for these. */
static bool sum_in_doubles(tt_real *out, size_t n, const tt_series *weights, const tt_real *slope,
                           const tt_real *square)
{
    tt_interval weight[TT_DOUBLE_CAPPED_MAX], slope_ends, square_ends, sum;
    bool any = false, fit = n <= TT_DOUBLE_CAPPED_MAX && fits_doubles(slope, &any) && fits_doubles(square, &any);
    for (size_t k = 0; fit && weights && k < n; k++) {
        fit = fits_doubles(tt_series_at(weights, k), &any);
        if (fit)
            weight[k] = tt_real_get_doubles(tt_series_at(weights, k));
    }
    if (!fit || !any)
        return false;
    if (slope)
        slope_ends = tt_interval_cut(tt_real_get_doubles(slope));
    if (square)
        square_ends = tt_interval_cut(tt_real_get_doubles(square));
    sum = tt_double_capped_sum(n, weights ? weight : NULL, slope ? &slope_ends : NULL, square ? &square_ends : NULL);
    tt_real_set_doubles(out, sum);
    return tt_interval_is_finite(sum);
}

void tt_sum_capped(tt_real *out, size_t n, const tt_series *weights, const tt_real *slope, const tt_real *square,
                   tt_root_sums *known, mpfr_prec_t precision)
{
    capped_sum context = { n, weights, known };
    tt_real none, squared;
    const tt_real *x[2];
    if (weights && !reaches(weights, n)) {
        tt_real_set_absent(out);
        return;
    }
    if (precision <= TT_PRECISION_DOUBLE && sum_in_doubles(out, n, weights, slope, square))
        return;
    tt_real_init(&none);
    tt_real_init(&squared);
    tt_real_set_infinite(&none, 1);
    tt_without_root(&squared, square ? square : &none, precision + GUARD);
    x[0] = slope ? slope : &none;
    x[1] = &squared;
    tt_monotone_value(out, sum_capped_at, &context, x, 2, precision + GUARD);
    tt_real_clear(&none);
    tt_real_clear(&squared);
}

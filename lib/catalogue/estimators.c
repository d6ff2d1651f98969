#include "estimators.h"

#include <string.h>

#include "../measure/divergence.h"

/* Squares of logarithms lose a bit of relative width each. */
#define SQUARE_GUARD 8

/* ---- pieces ------------------------------------------------------------------------------- */

static mpz_srcptr rollout_of(const tt_rows *rows, size_t v)
{
    return &rows->rollout[v];
}

static mpz_srcptr target_of(const tt_rows *rows, size_t v)
{
    return &rows->target[v];
}

/* form += weight x / y, y > 0 */
static void add_fraction(tt_log_form *form, mpq_srcptr weight, mpz_srcptr x, mpz_srcptr y)
{
    mpq_t q;
    mpq_init(q);
    mpz_set(mpq_numref(q), x);
    mpz_set(mpq_denref(q), y);
    mpq_canonicalize(q);
    mpq_mul(q, q, weight);
    tt_log_form_add(form, q);
    mpq_clear(q);
}

/* form += weight (x / total) log(x / y); 0 log 0 = 0, infinite where y = 0 < x */
static void add_entropy(tt_log_form *form, mpq_srcptr weight, mpz_srcptr x, mpz_srcptr y, mpz_srcptr total)
{
    mpq_t q;
    if (mpz_sgn(x) == 0)
        return;
    mpq_init(q);
    mpz_neg(mpq_numref(q), x);
    mpz_set(mpq_denref(q), total);
    mpq_canonicalize(q);
    mpq_mul(q, q, weight);
    tt_log_form_add_log(form, q, y, x);
    mpq_clear(q);
}

/* ---- statistics of a token --------------------------------------------------------------------- */

#define FORM(name) static void name(tt_log_form *form, const tt_rows *rows, size_t v, mpq_srcptr weight)

FORM(ratio)
{
    add_fraction(form, weight, target_of(rows, v), rollout_of(rows, v));
}

FORM(inverse_ratio)
{
    if (mpz_sgn(target_of(rows, v)) == 0)
        tt_log_form_add_infinite(form, mpq_sgn(weight));
    else
        add_fraction(form, weight, rollout_of(rows, v), target_of(rows, v));
}

FORM(ratio_squared)
{
    mpz_t p, r;
    mpz_inits(p, r, NULL);
    mpz_mul(p, target_of(rows, v), target_of(rows, v));
    mpz_mul(r, rollout_of(rows, v), rollout_of(rows, v));
    add_fraction(form, weight, p, r);
    mpz_clears(p, r, NULL);
}

/* form += weight |pi(v) - mu(v)| times total / below */
static void add_distance(tt_log_form *form, const tt_rows *rows, size_t v, mpq_srcptr weight, mpz_srcptr below)
{
    mpz_t difference;
    mpz_init(difference);
    mpz_sub(difference, target_of(rows, v), rollout_of(rows, v));
    mpz_abs(difference, difference);
    add_fraction(form, weight, difference, below);
    mpz_clear(difference);
}

FORM(deviation)
{
    add_distance(form, rows, v, weight, rollout_of(rows, v));
}

FORM(binary_tv)
{
    add_distance(form, rows, v, weight, rows->total);
}

FORM(largest_ratio)
{
    if (mpz_cmp(target_of(rows, v), rollout_of(rows, v)) >= 0)
        ratio(form, rows, v, weight);
    else
        inverse_ratio(form, rows, v, weight);
}

FORM(log_ratio)
{
    tt_log_form_add_log(form, weight, target_of(rows, v), rollout_of(rows, v));
}

FORM(k1)
{
    mpq_t minus;
    mpq_init(minus);
    mpq_neg(minus, weight);
    log_ratio(form, rows, v, minus);
    mpq_clear(minus);
}

FORM(abs_log)
{
    if (mpz_cmp(target_of(rows, v), rollout_of(rows, v)) >= 0)
        log_ratio(form, rows, v, weight);
    else
        k1(form, rows, v, weight);
}

FORM(k3)
{
    mpz_t difference;
    mpz_init(difference);
    mpz_sub(difference, target_of(rows, v), rollout_of(rows, v));
    add_fraction(form, weight, difference, rollout_of(rows, v));
    k1(form, rows, v, weight);
    mpz_clear(difference);
}

FORM(k3_inverse)
{
    mpz_t difference;
    if (mpz_sgn(target_of(rows, v)) == 0) {
        tt_log_form_add_infinite(form, mpq_sgn(weight));
        return;
    }
    mpz_init(difference);
    mpz_sub(difference, rollout_of(rows, v), target_of(rows, v));
    add_fraction(form, weight, difference, target_of(rows, v));
    log_ratio(form, rows, v, weight);
    mpz_clear(difference);
}

/* form += weight KL((x, 1-x) || (y, 1-y)), x and y over total */
static void add_binary_kl(tt_log_form *form, mpq_srcptr weight, mpz_srcptr x, mpz_srcptr y, mpz_srcptr total)
{
    mpz_t not_x, not_y;
    mpz_inits(not_x, not_y, NULL);
    mpz_sub(not_x, total, x);
    mpz_sub(not_y, total, y);
    add_entropy(form, weight, x, y, total);
    add_entropy(form, weight, not_x, not_y, total);
    mpz_clears(not_x, not_y, NULL);
}

FORM(binary_kl)
{
    add_binary_kl(form, weight, rollout_of(rows, v), target_of(rows, v), rows->total);
}

FORM(binary_kl_reverse)
{
    add_binary_kl(form, weight, target_of(rows, v), rollout_of(rows, v), rows->total);
}

/* ---- statistics of a context --------------------------------------------------------------------- */

FORM(context_tv)
{
    mpq_t tv;
    (void)v;
    mpq_init(tv);
    tt_row_tv(tv, rows);
    mpq_mul(tv, tv, weight);
    tt_log_form_add(form, tv);
    mpq_clear(tv);
}

FORM(context_kl)
{
    (void)v;
    for (size_t u = 0; u < rows->n; u++)
        add_entropy(form, weight, rollout_of(rows, u), target_of(rows, u), rows->total);
}

FORM(context_kl_reverse)
{
    (void)v;
    for (size_t u = 0; u < rows->n; u++)
        add_entropy(form, weight, target_of(rows, u), rollout_of(rows, u), rows->total);
}

/* weight KL(x || (x+y)/2) / 2 summed over the row */
FORM(context_js)
{
    mpz_t twice, sum;
    mpq_t half;
    (void)v;
    mpz_inits(twice, sum, NULL);
    mpq_init(half);
    mpq_div_2exp(half, weight, 1);
    for (size_t u = 0; u < rows->n; u++) {
        const __mpz_struct *both[] = { rollout_of(rows, u), target_of(rows, u) };
        mpz_add(sum, both[0], both[1]);
        for (size_t k = 0; k < 2; k++) {
            mpq_t q;
            if (mpz_sgn(both[k]) == 0)
                continue;
            mpq_init(q);
            mpz_set(mpq_numref(q), both[k]);
            mpz_set(mpq_denref(q), rows->total);
            mpq_canonicalize(q);
            mpq_mul(q, q, half);
            mpz_mul_2exp(twice, both[k], 1);
            tt_log_form_add_log(form, q, twice, sum);
            mpq_clear(q);
        }
    }
    mpq_clear(half);
    mpz_clears(twice, sum, NULL);
}

/* ---- values ----------------------------------------------------------------------------------------- */

static void value_of_k2(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    tt_row_log_ratio(out, rows, v, precision + SQUARE_GUARD);
    tt_real_pow_ui(out, out, 2, precision + SQUARE_GUARD);
    tt_real_mul_frac(out, out, 1, 2, precision + SQUARE_GUARD);
}

static const tt_estimator catalogue[] = {
    { "k1", "-log rho", false, false, k1, NULL },
    { "k2", "(log rho)^2 / 2", false, true, NULL, value_of_k2 },
    { "k3", "rho - 1 - log rho", false, true, k3, NULL },
    { "abs-log", "|log rho|", false, true, abs_log, NULL },
    { "log-ratio", "log rho", false, false, log_ratio, NULL },
    { "ratio", "rho", false, false, ratio, NULL },
    { "inverse-ratio", "1 / rho", false, false, inverse_ratio, NULL },
    { "ratio-squared", "rho^2", false, false, ratio_squared, NULL },
    { "deviation", "|rho - 1|", false, true, deviation, NULL },
    { "mult-prob-error", "exp |log rho| = max(rho, 1 / rho)", false, false, largest_ratio, NULL },
    { "k3-inverse", "1 / rho - 1 + log rho", false, true, k3_inverse, NULL },
    { "binary-tv", "|p - q|", false, true, binary_tv, NULL },
    { "binary-kl", "p log(p/q) + (1-p) log((1-p)/(1-q))", false, true, binary_kl, NULL },
    { "binary-kl-reverse", "q log(q/p) + (1-q) log((1-q)/(1-p))", false, true, binary_kl_reverse, NULL },
    { "tv", "TV_tok(c) = 1/2 sum |pi - mu|", true, true, context_tv, NULL },
    { "kl", "KL_tok(c) = sum mu log(mu/pi)", true, true, context_kl, NULL },
    { "kl-reverse", "sum pi log(pi/mu)", true, true, context_kl_reverse, NULL },
    { "js", "1/2 KL(mu || (mu+pi)/2) + 1/2 KL(pi || (mu+pi)/2)", true, true, context_js, NULL },
};

size_t tt_estimator_count(void)
{
    return sizeof catalogue / sizeof *catalogue;
}

const tt_estimator *tt_estimator_at(size_t k)
{
    return &catalogue[k];
}

const tt_estimator *tt_estimator_find(const char *id)
{
    for (size_t k = 0; k < tt_estimator_count(); k++)
        if (strcmp(catalogue[k].id, id) == 0)
            return &catalogue[k];
    return NULL;
}

void tt_estimator_value(tt_real *out, const tt_estimator *estimator, const tt_rows *rows, size_t v,
                        mpfr_prec_t precision)
{
    tt_log_form form;
    mpq_t one;
    if (!estimator->form) {
        estimator->value(out, rows, v, precision);
        return;
    }
    tt_log_form_init(&form);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    estimator->form(&form, rows, v, one);
    tt_log_form_get(out, &form, precision);
    mpq_clear(one);
    tt_log_form_clear(&form);
}

/* ---- means -------------------------------------------------------------------------------------------- */

static void set_weight(mpq_t out, const tt_rows *rows, size_t v)
{
    mpz_set(mpq_numref(out), rollout_of(rows, v));
    mpz_set(mpq_denref(out), rows->total);
    mpq_canonicalize(out);
}

/* form += sum_{mu(v) > 0} mu(v) f */
static void add_mean(tt_log_form *form, const tt_estimator *estimator, const tt_rows *rows)
{
    mpq_t weight;
    mpq_init(weight);
    for (size_t v = 0; v < rows->n; v++) {
        if (mpz_sgn(rollout_of(rows, v)) == 0)
            continue;
        set_weight(weight, rows, v);
        estimator->form(form, rows, v, weight);
    }
    mpq_clear(weight);
}

/* form += factor f of the context, f one of the statistics of a context */
static void add_context(tt_log_form *form, const char *id, const tt_rows *rows, long factor)
{
    mpq_t weight;
    mpq_init(weight);
    mpq_set_si(weight, factor, 1);
    tt_estimator_find(id)->form(form, rows, 0, weight);
    mpq_clear(weight);
}

/* Every term is >= 0, so nothing cancels. */
static void mean_by_values(tt_real *out, const tt_estimator *estimator, const tt_rows *rows, mpfr_prec_t precision)
{
    tt_real term, weight;
    tt_real_init(&term);
    tt_real_init(&weight);
    tt_real_set_ui(out, 0);
    for (size_t v = 0; v < rows->n; v++) {
        if (mpz_sgn(rollout_of(rows, v)) == 0)
            continue;
        estimator->value(&term, rows, v, precision + SQUARE_GUARD);
        set_weight(weight.q, rows, v);
        weight.kind = TT_REAL_EXACT;
        tt_real_mul(&term, &term, &weight, precision + SQUARE_GUARD);
        tt_real_add(out, out, &term, precision + SQUARE_GUARD);
    }
    tt_real_clear(&term);
    tt_real_clear(&weight);
}

void tt_estimator_mean(tt_real *out, const tt_estimator *estimator, const tt_rows *rows, mpfr_prec_t precision)
{
    tt_log_form form;
    if (!estimator->form) {
        mean_by_values(out, estimator, rows, precision);
        return;
    }
    tt_log_form_init(&form);
    add_mean(&form, estimator, rows);
    tt_log_form_get(out, &form, precision);
    tt_log_form_clear(&form);
}

static bool kl_is_finite(const tt_rows *rows)
{
    for (size_t v = 0; v < rows->n; v++)
        if (mpz_sgn(rollout_of(rows, v)) != 0 && mpz_sgn(target_of(rows, v)) == 0)
            return false;
    return true;
}

void tt_estimator_bias(tt_real *out, const tt_estimator *estimator, const tt_rows *rows, mpfr_prec_t precision)
{
    tt_log_form form;
    if (!kl_is_finite(rows)) {
        tt_real_set_absent(out);
        return;
    }
    tt_log_form_init(&form);
    add_context(&form, "kl", rows, -1);
    if (estimator->form) {
        add_mean(&form, estimator, rows);
        tt_log_form_get(out, &form, precision);
    } else {
        tt_real minus_kl;
        tt_real_init(&minus_kl);
        tt_log_form_get(&minus_kl, &form, precision);
        tt_estimator_mean(out, estimator, rows, precision);
        tt_real_add(out, out, &minus_kl, precision);
        tt_real_clear(&minus_kl);
    }
    tt_log_form_clear(&form);
}

/* ---- facts ------------------------------------------------------------------------------------------------ */

static tt_verdict verdict_of(tt_order order, bool equal, bool less)
{
    if (order == TT_UNKNOWN)
        return TT_UNDECIDED;
    return (order == TT_EQUAL && equal) || (order == TT_LESS && less) ? TT_HOLDS : TT_VIOLATED;
}

/* The form is 0. */
static tt_verdict vanishes(const tt_log_form *form)
{
    return verdict_of(tt_log_form_sign(form, TT_PRECISION_MAX), true, false);
}

/* The form is <= 0. */
static tt_verdict is_not_positive(const tt_log_form *form)
{
    return verdict_of(tt_log_form_sign(form, TT_PRECISION_MAX), true, true);
}

/* E_mu[f] + offset = factor g, g a statistic of the context. */
static tt_verdict mean_is(const char *estimator, long offset, const char *context, long factor, const tt_rows *rows)
{
    tt_log_form form;
    tt_verdict verdict;
    mpq_t q;
    tt_log_form_init(&form);
    mpq_init(q);
    mpq_set_si(q, offset, 1);
    tt_log_form_add(&form, q);
    add_mean(&form, tt_estimator_find(estimator), rows);
    if (context)
        add_context(&form, context, rows, -factor);
    verdict = vanishes(&form);
    mpq_clear(q);
    tt_log_form_clear(&form);
    return verdict;
}

#define FACT(name) static tt_verdict name(const tt_rows *rows)

FACT(k1_mean)
{
    return kl_is_finite(rows) ? mean_is("k1", 0, "kl", 1, rows) : TT_NOT_APPLICABLE;
}

FACT(k3_mean)
{
    return kl_is_finite(rows) && tt_row_dominated(rows) ? mean_is("k3", 0, "kl", 1, rows) : TT_NOT_APPLICABLE;
}

FACT(ratio_mean)
{
    return tt_row_dominated(rows) ? mean_is("ratio", -1, NULL, 0, rows) : TT_NOT_APPLICABLE;
}

FACT(deviation_mean)
{
    return tt_row_dominated(rows) ? mean_is("deviation", 0, "tv", 2, rows) : TT_NOT_APPLICABLE;
}

/* E_mu[f] + factor KL = chi2 + 1, chi2 = sum (pi-mu)^2 / mu (sixths 0) or / pi (sixths 6) */
static tt_verdict mean_is_chi2(const char *estimator, long offset, long kl, unsigned sixths, const tt_rows *rows)
{
    tt_log_form form;
    tt_verdict verdict = TT_NOT_APPLICABLE;
    mpq_t chi2, q;
    mpq_inits(chi2, q, NULL);
    if (tt_row_tilt(chi2, rows, sixths)) {
        tt_log_form_init(&form);
        mpq_set_si(q, offset, 1);
        mpq_sub(q, q, chi2);
        tt_log_form_add(&form, q);
        add_mean(&form, tt_estimator_find(estimator), rows);
        if (kl)
            add_context(&form, "kl", rows, kl);
        verdict = vanishes(&form);
        tt_log_form_clear(&form);
    }
    mpq_clears(chi2, q, NULL);
    return verdict;
}

FACT(ratio_squared_mean)
{
    return tt_row_dominated(rows) ? mean_is_chi2("ratio-squared", -1, 0, 0, rows) : TT_NOT_APPLICABLE;
}

FACT(k3_inverse_mean)
{
    return kl_is_finite(rows) ? mean_is_chi2("k3-inverse", 0, 1, 6, rows) : TT_NOT_APPLICABLE;
}

/* A statement about the form of every token of rollout's support. */
static tt_verdict every_token(const tt_rows *rows,
                              tt_verdict (*check)(tt_log_form *form, const tt_rows *rows, size_t v))
{
    tt_verdict verdict = TT_NOT_APPLICABLE;
    tt_log_form form;
    tt_log_form_init(&form);
    for (size_t v = 0; v < rows->n; v++) {
        if (mpz_sgn(rollout_of(rows, v)) == 0)
            continue;
        tt_log_form_reset(&form);
        verdict = tt_verdict_and(verdict, check(&form, rows, v));
    }
    tt_log_form_clear(&form);
    return verdict;
}

/* form += factor f(token) */
static void add_token(tt_log_form *form, const char *id, const tt_rows *rows, size_t v, long factor)
{
    mpq_t weight;
    mpq_init(weight);
    mpq_set_si(weight, factor, 1);
    tt_estimator_find(id)->form(form, rows, v, weight);
    mpq_clear(weight);
}

static tt_verdict token_k3_nonnegative(tt_log_form *form, const tt_rows *rows, size_t v)
{
    bool one = mpz_cmp(target_of(rows, v), rollout_of(rows, v)) == 0;
    add_token(form, "k3", rows, v, -1);
    return one ? vanishes(form) : verdict_of(tt_log_form_sign(form, TT_PRECISION_MAX), false, true);
}

FACT(k3_nonnegative)
{
    return every_token(rows, token_k3_nonnegative);
}

/* The two policies in each other's place. */
static tt_rows swapped(const tt_rows *rows)
{
    tt_rows other = *rows;
    other.rollout = rows->target;
    other.target = rows->rollout;
    return other;
}

/* log(1/rho) = -log rho, so that their squares are equal. */
static tt_verdict token_k2_symmetric(tt_log_form *form, const tt_rows *rows, size_t v)
{
    tt_rows other = swapped(rows);
    if (mpz_sgn(target_of(rows, v)) == 0)
        return TT_NOT_APPLICABLE;
    add_token(form, "log-ratio", rows, v, 1);
    add_token(form, "log-ratio", &other, v, 1);
    return vanishes(form);
}

FACT(k2_symmetric)
{
    return every_token(rows, token_k2_symmetric);
}

static tt_verdict token_abs_log_symmetric(tt_log_form *form, const tt_rows *rows, size_t v)
{
    tt_rows other = swapped(rows);
    if (mpz_sgn(target_of(rows, v)) == 0)
        return TT_NOT_APPLICABLE;
    add_token(form, "abs-log", rows, v, 1);
    add_token(form, "abs-log", &other, v, -1);
    return vanishes(form);
}

FACT(abs_log_symmetric)
{
    return every_token(rows, token_abs_log_symmetric);
}

static tt_verdict token_binary_tv(tt_log_form *form, const tt_rows *rows, size_t v)
{
    add_token(form, "binary-tv", rows, v, 1);
    add_context(form, "tv", rows, -1);
    return is_not_positive(form);
}

FACT(binary_tv_below_tv)
{
    return every_token(rows, token_binary_tv);
}

static tt_verdict token_binary_kl(tt_log_form *form, const tt_rows *rows, size_t v)
{
    add_token(form, "binary-kl", rows, v, 1);
    add_context(form, "kl", rows, -1);
    return is_not_positive(form);
}

FACT(binary_kl_below_kl)
{
    return kl_is_finite(rows) ? every_token(rows, token_binary_kl) : TT_NOT_APPLICABLE;
}

static const tt_estimator_fact facts[] = {
    { "k1-mean", "E_mu[k1] = KL_tok", "KL_tok finite", k1_mean },
    { "k3-mean", "E_mu[k3] = KL_tok", "KL_tok finite, dominated", k3_mean },
    { "k3-nonnegative", "k3 >= 0, and 0 at rho = 1 alone", NULL, k3_nonnegative },
    { "k2-symmetric", "k2(1/rho) = k2(rho)", "rho > 0", k2_symmetric },
    { "abs-log-symmetric", "|log(1/rho)| = |log rho|", "rho > 0", abs_log_symmetric },
    { "ratio-mean", "E_mu[rho] = 1", "dominated", ratio_mean },
    { "deviation-mean", "E_mu|rho - 1| = 2 TV_tok", "dominated", deviation_mean },
    { "ratio-squared-mean", "E_mu[rho^2] - 1 = chi2(pi||mu)", "dominated", ratio_squared_mean },
    { "k3-inverse-mean", "E_mu[k3(1/rho)] = chi2(mu||pi) - KL_tok", "KL_tok finite", k3_inverse_mean },
    { "binary-tv-below-tv", "|p - q| <= TV_tok at every token", NULL, binary_tv_below_tv },
    { "binary-kl-below-kl", "binary KL <= KL_tok at every token", "KL_tok finite", binary_kl_below_kl },
};

size_t tt_estimator_fact_count(void)
{
    return sizeof facts / sizeof *facts;
}

const tt_estimator_fact *tt_estimator_fact_at(size_t k)
{
    return &facts[k];
}

const tt_estimator_fact *tt_estimator_fact_find(const char *id)
{
    for (size_t k = 0; k < tt_estimator_fact_count(); k++)
        if (strcmp(facts[k].id, id) == 0)
            return &facts[k];
    return NULL;
}

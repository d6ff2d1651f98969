#include "divergence.h"

bool tt_row_dominated(const tt_rows *rows)
{
    for (size_t v = 0; v < rows->n; v++)
        if (mpz_sgn(&rows->target[v]) != 0 && mpz_sgn(&rows->rollout[v]) == 0)
            return false;
    return true;
}

void tt_row_tv(mpq_t out, const tt_rows *rows)
{
    mpz_t difference;
    mpz_init(difference);
    mpz_set_ui(mpq_numref(out), 0);
    for (size_t v = 0; v < rows->n; v++) {
        mpz_sub(difference, &rows->target[v], &rows->rollout[v]);
        if (mpz_sgn(difference) > 0)
            mpz_add(mpq_numref(out), mpq_numref(out), difference);
    }
    mpz_set(mpq_denref(out), rows->total);
    mpq_canonicalize(out);
    mpz_clear(difference);
}

bool tt_row_tilt(mpq_t out, const tt_rows *rows, unsigned sixths)
{
    mpq_t sum, term;
    mpz_t weight;
    bool finite = true;
    mpq_init(sum);
    mpq_init(term);
    mpz_init(weight);
    for (size_t v = 0; v < rows->n && finite; v++) {
        mpz_sub(mpq_numref(term), &rows->target[v], &rows->rollout[v]);
        if (mpz_sgn(mpq_numref(term)) == 0)
            continue;
        /* ((p-r)/D)^2 / (w / (6 D)) = 6 (p-r)^2 / (D w) */
        mpz_mul_ui(weight, &rows->rollout[v], 6 - sixths);
        mpz_addmul_ui(weight, &rows->target[v], sixths);
        if (mpz_sgn(weight) == 0) {
            finite = false;
            break;
        }
        mpz_mul(mpq_numref(term), mpq_numref(term), mpq_numref(term));
        mpz_mul_ui(mpq_numref(term), mpq_numref(term), 6);
        mpz_mul(mpq_denref(term), weight, rows->total);
        mpq_canonicalize(term);
        mpq_add(sum, sum, term);
    }
    if (finite)
        mpq_set(out, sum);
    mpz_clear(weight);
    mpq_clear(term);
    mpq_clear(sum);
    return finite;
}

void tt_row_truncated(mpq_t mass, mpq_t chi2, const tt_rows *rows, unsigned numerator, unsigned denominator)
{
    mpq_t term;
    mpz_t left, right, kept;
    mpq_init(term);
    mpz_inits(left, right, kept, NULL);
    mpq_set_ui(chi2, 0, 1);
    for (size_t v = 0; v < rows->n; v++) {
        mpz_mul_ui(left, &rows->target[v], denominator);
        mpz_mul_ui(right, &rows->rollout[v], numerator);
        if (mpz_cmp(left, right) > 0) {
            mpz_add(kept, kept, &rows->rollout[v]);
            continue;
        }
        mpz_add(kept, kept, &rows->target[v]);
        if (mpz_sgn(&rows->rollout[v]) == 0)
            continue;
        mpz_sub(left, &rows->target[v], &rows->rollout[v]);
        mpz_mul(mpq_numref(term), left, left);
        mpz_mul(mpq_denref(term), &rows->rollout[v], rows->total);
        mpq_canonicalize(term);
        mpq_add(chi2, chi2, term);
    }
    mpz_sub(mpq_numref(mass), rows->total, kept);
    mpz_set(mpq_denref(mass), rows->total);
    mpq_canonicalize(mass);
    mpz_clears(left, right, kept, NULL);
    mpq_clear(term);
}

/* Calls compute at rising working precision until the result is relatively narrow. */
typedef void row_function(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision);

static void until_narrow(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision, row_function *compute)
{
    mpfr_prec_t working = precision + 16;
    for (;;) {
        compute(out, rows, v, working);
        if (tt_real_width_log2(out) <= 8 - (long)precision || working > 64 * TT_PRECISION_MAX)
            return;
        working *= 2;
    }
}

static void set_weight(tt_real *out, mpz_srcptr weight, const tt_rows *rows)
{
    out->kind = TT_REAL_EXACT;
    mpz_set(mpq_numref(out->q), weight);
    mpz_set(mpq_denref(out->q), rows->total);
    mpq_canonicalize(out->q);
}

static void log_quotient(tt_real *out, mpz_srcptr numerator, mpz_srcptr denominator, mpfr_prec_t precision)
{
    out->kind = TT_REAL_EXACT;
    mpz_set(mpq_numref(out->q), numerator);
    mpz_set(mpq_denref(out->q), denominator);
    mpq_canonicalize(out->q);
    tt_real_log(out, out, precision);
}

static void log_ratio(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    log_quotient(out, &rows->target[v], &rows->rollout[v], precision);
}

void tt_row_log_ratio(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    until_narrow(out, rows, v, precision, log_ratio);
}

static void k3(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    tt_real log;
    tt_real_init(&log);
    log_ratio(&log, rows, v, precision);
    out->kind = TT_REAL_EXACT;
    mpz_sub(mpq_numref(out->q), &rows->target[v], &rows->rollout[v]);
    mpz_set(mpq_denref(out->q), &rows->rollout[v]);
    mpq_canonicalize(out->q);
    tt_real_sub(out, out, &log, precision);
    tt_real_clear(&log);
}

void tt_row_k3(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    until_narrow(out, rows, v, precision, k3);
}

static void kl(tt_real *out, const __mpz_struct *first, const __mpz_struct *second, const tt_rows *rows,
               mpfr_prec_t precision)
{
    tt_real term, weight;
    tt_real_init(&term);
    tt_real_init(&weight);
    tt_real_set_ui(out, 0);
    for (size_t v = 0; v < rows->n; v++) {
        if (mpz_sgn(&first[v]) == 0 || mpz_cmp(&first[v], &second[v]) == 0)
            continue;
        if (mpz_sgn(&second[v]) == 0) {
            tt_real_set_infinite(out, 1);
            break;
        }
        log_quotient(&term, &first[v], &second[v], precision);
        set_weight(&weight, &first[v], rows);
        tt_real_mul(&term, &term, &weight, precision);
        tt_real_add(out, out, &term, precision);
    }
    tt_real_clear(&term);
    tt_real_clear(&weight);
}

static void kl_forward(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    (void)v;
    kl(out, rows->rollout, rows->target, rows, precision);
}

static void kl_backward(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    (void)v;
    kl(out, rows->target, rows->rollout, rows, precision);
}

void tt_row_kl(tt_real *out, const tt_rows *rows, mpfr_prec_t precision)
{
    until_narrow(out, rows, 0, precision, kl_forward);
}

void tt_row_kl_reverse(tt_real *out, const tt_rows *rows, mpfr_prec_t precision)
{
    until_narrow(out, rows, 0, precision, kl_backward);
}

/* sum r f(rho), f one of the functions above, at a fixed working precision. */
static void mean(tt_real *out, const tt_rows *rows, row_function *estimator, bool negate, mpfr_prec_t precision)
{
    tt_real term, weight;
    tt_real_init(&term);
    tt_real_init(&weight);
    tt_real_set_ui(out, 0);
    for (size_t v = 0; v < rows->n; v++) {
        if (mpz_sgn(&rows->rollout[v]) == 0)
            continue;
        estimator(&term, rows, v, precision);
        if (negate)
            tt_real_neg(&term, &term);
        set_weight(&weight, &rows->rollout[v], rows);
        tt_real_mul(&term, &term, &weight, precision);
        tt_real_add(out, out, &term, precision);
    }
    tt_real_clear(&term);
    tt_real_clear(&weight);
}

static void mean_k1(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    (void)v;
    mean(out, rows, log_ratio, true, precision);
}

static void mean_k3(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision)
{
    (void)v;
    mean(out, rows, tt_row_k3, false, precision);
}

void tt_row_mean_k1(tt_real *out, const tt_rows *rows, mpfr_prec_t precision)
{
    until_narrow(out, rows, 0, precision, mean_k1);
}

void tt_row_mean_k3(tt_real *out, const tt_rows *rows, mpfr_prec_t precision)
{
    until_narrow(out, rows, 0, precision, mean_k3);
}

#include "monotone.h"

/* Keeps the ends of an interval about as sharp as the values that are computed at them. */
#define GUARD 32

static void take_double(tt_real *out, double end)
{
    if (end <= 0) {
        tt_real_set_ui(out, 0);
    } else {
        mpq_set_d(out->q, end);
        out->kind = TT_REAL_EXACT;
    }
}

/* out = one end of x where x is enclosed, else x itself. */
static void take_end(tt_real *out, const tt_real *x, bool upper)
{
    if (x->kind == TT_REAL_DOUBLE) {
        take_double(out, upper ? x->d.hi : tt_interval_lo(x->d));
    } else if (x->kind == TT_REAL_ENCLOSED) {
        mpfr_srcptr end = upper ? &x->i->right : &x->i->left;
        if (mpfr_sgn(end) <= 0) {
            tt_real_set_ui(out, 0);
        } else {
            mpfr_get_q(out->q, end);
            out->kind = TT_REAL_EXACT;
        }
    } else {
        tt_real_set(out, x);
    }
}

static void at_ends(tt_real *out, tt_monotone *f, const void *context, const tt_real *const *x, size_t n, bool upper,
                    mpfr_prec_t precision)
{
    tt_real end[TT_MONOTONE_ARGUMENTS];
    const tt_real *argument[TT_MONOTONE_ARGUMENTS] = { NULL };
    for (size_t k = 0; k < n; k++) {
        tt_real_init(&end[k]);
        take_end(&end[k], x[k], upper);
        argument[k] = &end[k];
    }
    f(out, argument, context, precision);
    for (size_t k = 0; k < n; k++)
        tt_real_clear(&end[k]);
}

static bool is_finite(const tt_real *x)
{
    return !tt_real_is_absent(x) && !tt_real_is_infinite(x);
}

/* out = [lower end of low, upper end of high], or their common value */
static void join(tt_real *out, const tt_real *low, const tt_real *high, mpfr_prec_t precision)
{
    if (tt_real_cmp(low, high) == TT_EQUAL) {
        tt_real_set(out, low); /* f is constant in between: an exact value stays exact */
    } else if (!is_finite(low) || !is_finite(high)) {
        tt_real_set_absent(out);
    } else {
        mpfi_t a, b;
        mpfi_init2(a, precision + GUARD);
        mpfi_init2(b, precision + GUARD);
        tt_real_get_interval(a, low);
        tt_real_get_interval(b, high);
        mpfr_set(&a->right, &b->right, MPFR_RNDU);
        tt_real_set_interval(out, a);
        if (precision <= TT_PRECISION_DOUBLE)
            tt_real_enclose(out, out, precision);
        mpfi_clear(a);
        mpfi_clear(b);
    }
}

void tt_monotone_value(tt_real *out, tt_monotone *f, const void *context, const tt_real *const *x, size_t n,
                       mpfr_prec_t precision)
{
    bool enclosed = false;
    tt_real low, high;
    for (size_t k = 0; k < n; k++) {
        if (tt_real_is_absent(x[k])) {
            tt_real_set_absent(out);
            return;
        }
        if (tt_real_is_enclosed(x[k]))
            enclosed = true;
    }
    tt_real_init(&low);
    tt_real_init(&high);
    at_ends(&low, f, context, x, n, false, precision);
    if (enclosed) {
        at_ends(&high, f, context, x, n, true, precision);
        join(out, &low, &high, precision);
    } else {
        tt_real_swap(out, &low);
    }
    tt_real_clear(&low);
    tt_real_clear(&high);
}

void tt_without_root(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    mpfi_t i;
    if (x->kind != TT_REAL_ROOT) {
        tt_real_set(out, x);
        return;
    }
    mpfi_init2(i, precision + GUARD);
    tt_real_get_interval(i, x);
    tt_real_set_interval(out, i);
    mpfi_clear(i);
}

#include "kl_pair.h"

#include "../number/simplest.h"

#define FIRST_PRECISION 256
#define HALVINGS_MAX (1 << 12)

/* out += p log(p / r) */
static void add_token(tt_real *out, mpq_srcptr p, mpq_srcptr r, mpfr_prec_t precision)
{
    tt_real weight, ratio, below;
    tt_real_init(&weight);
    tt_real_init(&ratio);
    tt_real_init(&below);
    tt_real_set_q(&weight, p);
    if (mpq_sgn(p) != 0 && mpq_sgn(r) == 0) {
        tt_real_set_infinite(out, 1);
    } else if (mpq_sgn(p) != 0) {
        tt_real_set_q(&below, r);
        tt_real_div(&ratio, &weight, &below, precision);
        tt_real_log(&ratio, &ratio, precision);
        tt_real_mul(&ratio, &weight, &ratio, precision);
        tt_real_add(out, out, &ratio, precision);
    }
    tt_real_clear(&weight);
    tt_real_clear(&ratio);
    tt_real_clear(&below);
}

static void complement(mpq_t out, mpq_srcptr p)
{
    mpq_set_ui(out, 1, 1);
    mpq_sub(out, out, p);
}

void tt_kl_binary(tt_real *out, mpq_srcptr m, mpq_srcptr q, mpfr_prec_t precision)
{
    mpq_t rest, other;
    mpq_init(rest);
    mpq_init(other);
    complement(rest, m);
    complement(other, q);
    tt_real_set_ui(out, 0);
    add_token(out, m, q, precision);
    add_token(out, rest, other, precision);
    mpq_clear(rest);
    mpq_clear(other);
}

/* Order of KL(m, q) and `value`, at whatever precision decides it; TT_UNKNOWN past TT_PRECISION_MAX. */
static tt_order compare(mpq_srcptr m, mpq_srcptr q, const tt_real *value)
{
    tt_order order = TT_UNKNOWN;
    tt_real kl;
    tt_real_init(&kl);
    for (mpfr_prec_t precision = FIRST_PRECISION; order == TT_UNKNOWN && precision <= TT_PRECISION_MAX;
         precision *= 2) {
        tt_kl_binary(&kl, m, q, precision);
        order = tt_real_cmp(&kl, value);
    }
    tt_real_clear(&kl);
    return order;
}

typedef struct {
    mpq_srcptr m;
    tt_real low, value, high; /* kl (1 - tolerance), kl, kl (1 + tolerance) */
    mpq_t near, far, middle;  /* KL at near <= kl <= KL at far */
    bool near_close, far_close;
} bracket;

static void bracket_init(bracket *b, mpq_srcptr m, mpq_srcptr kl, mpq_srcptr tolerance, bool above)
{
    mpq_t slack, end;
    mpq_init(slack);
    mpq_init(end);
    mpq_mul(slack, kl, tolerance);
    tt_real_init(&b->low);
    tt_real_init(&b->value);
    tt_real_init(&b->high);
    tt_real_set_q(&b->value, kl);
    mpq_sub(end, kl, slack);
    tt_real_set_q(&b->low, end);
    mpq_add(end, kl, slack);
    tt_real_set_q(&b->high, end);
    mpq_init(b->near);
    mpq_init(b->far);
    mpq_init(b->middle);
    mpq_set(b->near, m);
    mpq_set_ui(b->far, above, 1);
    b->m = m;
    b->near_close = b->far_close = false;
    mpq_clear(slack);
    mpq_clear(end);
}

static void bracket_clear(bracket *b)
{
    tt_real_clear(&b->low);
    tt_real_clear(&b->value);
    tt_real_clear(&b->high);
    mpq_clear(b->near);
    mpq_clear(b->far);
    mpq_clear(b->middle);
}

/* Halves the bracket; false where a comparison stays open. */
static bool narrow(bracket *b)
{
    tt_order order;
    mpq_add(b->middle, b->near, b->far);
    mpq_div_2exp(b->middle, b->middle, 1);
    order = compare(b->m, b->middle, &b->value);
    if (order == TT_LESS) {
        mpq_swap(b->near, b->middle);
        b->near_close = compare(b->m, b->near, &b->low) == TT_GREATER;
    } else if (order == TT_GREATER) {
        mpq_swap(b->far, b->middle);
        b->far_close = compare(b->m, b->far, &b->high) == TT_LESS;
    }
    return order == TT_LESS || order == TT_GREATER;
}

tt_status tt_kl_pair(mpq_t q, mpq_srcptr m, mpq_srcptr kl, mpq_srcptr tolerance, bool above, tt_error *error)
{
    tt_status status = TT_OK;
    bracket b;
    if (mpq_sgn(m) <= 0 || mpq_cmp_ui(m, 1, 1) >= 0)
        return tt_fail(error, TT_BAD_INPUT, NULL, "a row of a given KL needs a probability strictly between 0 and 1");
    if (mpq_sgn(kl) < 0 || mpq_sgn(tolerance) <= 0 || mpq_cmp_ui(tolerance, 1, 1) >= 0)
        return tt_fail(error, TT_BAD_INPUT, NULL, "KL is negative, or the tolerance is not between 0 and 1");
    if (mpq_sgn(kl) == 0) {
        mpq_set(q, m);
        return TT_OK;
    }
    bracket_init(&b, m, kl, tolerance, above);
    for (int k = 0; status == TT_OK && !(b.near_close && b.far_close); k++)
        if (k == HALVINGS_MAX || !narrow(&b))
            status = tt_fail(error, TT_LIMIT, NULL, "no row of that KL within %d bits", HALVINGS_MAX);
    if (status == TT_OK && above)
        tt_exact_simplest(q, b.near, b.far);
    else if (status == TT_OK)
        tt_exact_simplest(q, b.far, b.near);
    bracket_clear(&b);
    return status;
}

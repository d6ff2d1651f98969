#include "ceiling.h"

#include "bounds_values.h"
#include "sums.h"

/* Below 2^-SMALL_LOG2 the second limit is Pinsker's up to that relative size, and is left out; above it this many bits
   are what its differences of numbers near 1 can lose. */
#define SMALL_LOG2 64
#define GUARD (SMALL_LOG2 + 32)

/* ---- total variation of a token's law ---- */

/* out = (delta + psi(s)) / s */
static void tangent_limit(tt_real *out, const tt_real *delta, const tt_real *s, mpfr_prec_t precision)
{
    tt_real one, ratio; /* ratio = (e^s - 1) / s */
    tt_real_init(&one);
    tt_real_init(&ratio);
    tt_real_set_ui(&one, 1);
    tt_real_expm1(&ratio, s, precision);
    tt_real_div(&ratio, &ratio, s, precision);
    tt_real_log(out, &ratio, precision);
    tt_real_sub(out, out, &one, precision);
    tt_real_div(&ratio, &one, &ratio, precision);
    tt_real_add(out, out, &ratio, precision);
    tt_real_add(out, out, delta, precision);
    tt_real_div(out, out, s, precision);
    tt_real_clear(&one);
    tt_real_clear(&ratio);
}

static bool is_small(const tt_real *x)
{
    tt_real limit;
    mpq_t q;
    bool small;
    tt_real_init(&limit);
    mpq_init(q);
    mpq_set_ui(q, 1, 1);
    mpq_div_2exp(q, q, SMALL_LOG2 - 1);
    tt_real_set_q(&limit, q);
    small = tt_real_cmp(x, &limit) != TT_GREATER;
    mpq_clear(q);
    tt_real_clear(&limit);
    return small;
}

/* out = the smaller of the two limits that delta sets; absent where it is not known, small or infinite. */
static void token_limit(tt_real *out, const tt_real *delta, mpfr_prec_t precision)
{
    tt_real s;
    tt_real_set_absent(out);
    if (tt_real_is_absent(delta) || tt_real_is_infinite(delta) || is_small(delta))
        return;
    tt_real_init(&s);
    tt_real_mul_frac(&s, delta, 8, 1, precision + GUARD);
    tt_real_sqrt(&s, &s, precision + GUARD);
    tangent_limit(out, delta, &s, precision + GUARD);
    tt_real_neg(&s, delta);
    tt_real_expm1(&s, &s, precision + GUARD);
    tt_real_neg(&s, &s);
    tt_real_sqrt(&s, &s, precision + GUARD);
    tt_keep_smaller(out, &s, precision);
    tt_real_clear(&s);
}

/* ---- whole responses ---- */

/* out = TV_seq + own-unified */
static void shift_and_error(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_smallest_value(out, &tt_own_unified, q, precision);
    tt_real_add(out, out, &q->tv_seq, precision);
}

/* out = T (sqrt(1 + 2 x/T) - 1) = 2 x / (1 + sqrt(1 + 2 x/T)), x = KL_seq + 1/e */
static void sequence_limit(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real one, x;
    tt_real_init(&one);
    tt_real_init(&x);
    tt_real_set_ui(&one, 1);
    tt_real_neg(&x, &one);
    tt_real_exp(&x, &x, precision);
    tt_real_add(&x, &x, &q->kl_seq, precision);
    tt_real_mul_frac(&x, &x, 2, 1, precision);
    tt_real_mul_frac(out, &x, 1, q->horizon, precision);
    tt_real_add(out, out, &one, precision);
    tt_real_sqrt(out, out, precision);
    tt_real_add(out, out, &one, precision);
    tt_real_div(out, &x, out, precision);
    tt_real_clear(&one);
    tt_real_clear(&x);
}

void tt_surrogate_ceiling(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real limit;
    tt_real_init(&limit);
    tt_sum_range(out, &q->expected_tv, 0, q->horizon, precision);
    token_limit(&limit, &q->kl_max, precision);
    tt_real_mul_frac(&limit, &limit, q->horizon, 1, precision);
    tt_keep_smaller(out, &limit, precision);
    shift_and_error(&limit, q, precision);
    tt_keep_smaller(out, &limit, precision);
    sequence_limit(&limit, q, precision);
    tt_keep_smaller(out, &limit, precision);
    tt_real_clear(&limit);
}

/* The golden family (THEOREMS.md 6): the largest worst-case Error at a given chi-square of the rows.

   Two tokens with ratios 1 + x, 1 + x' at every context. With M = prod rho and Z = M - 1 - sum (rho - 1) so far,
   k steps to go, g = sum_{j < k-1} (1 + chi)^j, x and x' are the roots of a x^2 + 2 b x - a chi = 0 for
   a = (M-1)^2 + chi M^2 g and b = Z (M-1) + chi (M^2 g - M (k-1)). Their product is -chi, which is kept exactly
   when x is rounded; then |Z_T| is nearly constant and worst-case Error nearly 1/2 sqrt((1+chi)^T - 1 - T chi). */
#include <stdlib.h>

#include "../number/simplest.h"
#include "generate_table.h"

typedef struct {
    tt_instance *instance;
    tt_error *error;
    size_t horizon;
    uint32_t *tokens;
    mpq_srcptr chi;
    mpq_t one, tolerance; /* relative, of x */
} golden;

/* out = sqrt(square) rounded down to a relative error below tolerance / 4; square > 0. */
static void root_below(mpq_t out, mpq_srcptr square, mpq_srcptr tolerance)
{
    mp_bitcnt_t bits = mpz_sizeinbase(mpq_denref(tolerance), 2) + 4;
    mpz_mul(mpq_numref(out), mpq_numref(square), mpq_denref(square));
    mpz_mul_2exp(mpq_numref(out), mpq_numref(out), 2 * bits);
    mpz_sqrt(mpq_numref(out), mpq_numref(out));
    mpz_mul_2exp(mpq_denref(out), mpq_denref(square), bits);
    mpq_canonicalize(out);
}

/* The simplest x within `tolerance`, relative, of the positive root of a x^2 + 2 b x - a chi; a > 0. */
static void positive_root(mpq_t x, mpq_srcptr a, mpq_srcptr b, const golden *g)
{
    mpq_t s, slack;
    mpq_init(s);
    mpq_init(slack);
    mpq_mul(s, a, a);
    mpq_mul(s, s, g->chi);
    mpq_mul(slack, b, b);
    mpq_add(s, s, slack);
    root_below(s, s, g->tolerance);
    if (mpq_sgn(b) > 0) { /* the form without cancellation */
        mpq_add(s, s, b);
        mpq_mul(x, a, g->chi);
        mpq_div(x, x, s);
    } else {
        mpq_sub(s, s, b);
        mpq_div(x, s, a);
    }
    mpq_mul(slack, x, g->tolerance);
    mpq_div_2exp(slack, slack, 1);
    mpq_add(s, x, slack);
    mpq_sub(x, x, slack);
    tt_exact_simplest(x, x, s);
    mpq_clear(s);
    mpq_clear(slack);
}

/* a and b of the equation; where a would be 0 (M = 1 at the last step) every x serves and a = 1, b = 0. */
static void equation(mpq_t a, mpq_t b, mpq_srcptr m, mpq_srcptr z, size_t left, const golden *g)
{
    mpq_t sum, power, base;
    mpq_init(sum);
    mpq_init(power);
    mpq_init(base);
    mpq_set_ui(power, 1, 1);
    mpq_add(base, g->one, g->chi);
    for (size_t j = 0; j + 1 < left; j++) {
        mpq_add(sum, sum, power);
        mpq_mul(power, power, base);
    }
    mpq_mul(sum, sum, m);
    mpq_mul(sum, sum, m); /* M^2 g */
    mpq_sub(base, m, g->one);
    mpq_mul(a, base, base);
    mpq_mul(power, g->chi, sum);
    mpq_add(a, a, power);
    mpq_mul(b, z, base);
    mpq_set_ui(power, left - 1, 1);
    mpq_mul(power, power, m);
    mpq_sub(sum, sum, power);
    mpq_mul(sum, sum, g->chi);
    mpq_add(b, b, sum);
    if (mpq_sgn(a) == 0)
        mpq_set_ui(a, 1, 1);
    mpq_clear(sum);
    mpq_clear(power);
    mpq_clear(base);
}

/* Rows of ratios 1 + x and 1 + other at tokens 1 and 0, where x > 0 and x other = -chi, of mean 1. */
static tt_status set_rows(const golden *g, size_t depth, mpq_srcptr x, mpq_srcptr other)
{
    tt_status status;
    mpq_t row[2], ratio;
    mpq_init(row[0]);
    mpq_init(row[1]);
    mpq_init(ratio);
    mpq_sub(ratio, x, other);
    mpq_div(row[0], x, ratio);
    mpq_sub(row[1], g->one, row[0]);
    status = tt_instance_set_context(g->instance, TT_ROLLOUT, 0, g->tokens, depth, row, g->error);
    mpq_add(ratio, g->one, other);
    mpq_mul(row[0], row[0], ratio);
    mpq_sub(row[1], g->one, row[0]);
    if (status == TT_OK)
        status = tt_instance_set_context(g->instance, TT_TARGET, 0, g->tokens, depth, row, g->error);
    mpq_clear(row[0]);
    mpq_clear(row[1]);
    mpq_clear(ratio);
    return status;
}

static tt_status grow(golden *g, size_t depth, mpq_srcptr m, mpq_srcptr z);

static tt_status grow_child(golden *g, size_t depth, mpq_srcptr m, mpq_srcptr z, uint32_t token, mpq_srcptr x)
{
    tt_status status;
    mpq_t next_m, next_z;
    mpq_init(next_m);
    mpq_init(next_z);
    mpq_mul(next_m, m, x);
    mpq_sub(next_z, next_m, x);
    mpq_add(next_z, next_z, z);
    mpq_add(next_m, next_m, m);
    g->tokens[depth] = token;
    status = grow(g, depth + 1, next_m, next_z);
    mpq_clear(next_m);
    mpq_clear(next_z);
    return status;
}

/* The contexts and responses from where `depth` tokens stand; the reward is 1 where e(y) > 0. */
static tt_status grow(golden *g, size_t depth, mpq_srcptr m, mpq_srcptr z)
{
    tt_status status;
    mpq_t a, b, x, other;
    if (depth == g->horizon)
        return mpq_sgn(z) > 0 ? tt_instance_set_reward(g->instance, 0, g->tokens, depth, g->one, g->error) : TT_OK;
    mpq_init(a);
    mpq_init(b);
    mpq_init(x);
    mpq_init(other);
    equation(a, b, m, z, g->horizon - depth, g);
    positive_root(x, a, b, g);
    mpq_div(other, g->chi, x);
    mpq_neg(other, other);
    if (mpq_cmp_si(other, -1, 1) < 0)
        status = tt_fail(g->error, TT_BAD_INPUT, "--chi2", "too large for this horizon: a probability would be negative");
    else
        status = set_rows(g, depth, x, other);
    if (status == TT_OK)
        status = grow_child(g, depth, m, z, 0, other);
    if (status == TT_OK)
        status = grow_child(g, depth, m, z, 1, x);
    mpq_clear(a);
    mpq_clear(b);
    mpq_clear(x);
    mpq_clear(other);
    return status;
}

tt_status tt_build_golden(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    golden g = { .error = error, .horizon = tt_argument_count(arguments, "horizon"),
                 .chi = tt_argument_number(arguments, "chi2") };
    tt_status status;
    mpq_t zero;
    (void)random;
    if (mpq_sgn(g.chi) == 0)
        return tt_fail(error, TT_BAD_INPUT, "--chi2", "must be larger than 0");
    g.tokens = calloc(g.horizon, sizeof *g.tokens);
    if (!g.tokens)
        return TT_NO_MEMORY;
    mpq_init(zero);
    mpq_init(g.one);
    mpq_init(g.tolerance);
    mpq_set_ui(g.one, 1, 1);
    mpz_set_ui(mpq_numref(g.tolerance), 1);
    mpz_ui_pow_ui(mpq_denref(g.tolerance), 10, tt_argument_count(arguments, "digits"));
    status = tt_instance_new(out, TT_FORM_TREE, 2, g.horizon, error);
    g.instance = *out;
    if (status == TT_OK)
        status = tt_instance_add_prompt(g.instance, g.one, 0, error);
    if (status == TT_OK)
        status = tt_instance_set_reward_default(g.instance, zero, error);
    if (status == TT_OK)
        status = grow(&g, 0, g.one, zero);
    mpq_clear(zero);
    mpq_clear(g.one);
    mpq_clear(g.tolerance);
    free(g.tokens);
    return status;
}

/* The generator staleness: target is rollout after some exact policy-gradient steps.

   Logits theta(c, v) are numbers of THETA_PRECISION bits; a row is softmax(theta(c, .)) in whole multiples of
   2^-bits (see set_row). J and its gradient are those of the rational rows, in integers:
       dJ / dtheta(c, v) = sum_t d_t(c) pi(v|c) (Q_t(c, v) - V_t(c)),
   d_t the visitation under the current policy, Q and V its values. A step is theta <- theta + rate * gradient, rounded
   to nearest. MPFR rounds every operation correctly, so that the rows are the same on every machine. */
#include <inttypes.h>
#include <mpfr.h>
#include <stdlib.h>

#include "mismatch.h"

#define THETA_PRECISION 128
#define THETA_GRID 16 /* first logits are multiples of scale / 16 in [-scale, scale] */
#define VALUE_BITS_MAX (UINT64_C(1) << 31) /* of all values of a step together */
#define WORK_BITS_MAX (UINT64_C(1) << 34)  /* the same times the steps */

/* Visitations are integers over prompt_total 2^(bits t) at step t, values over reward_total 2^(bits (T - t)). */
typedef struct {
    const tt_windows *windows;
    mp_bitcnt_t bits;
    mpfr_t *theta;     /* contexts * V */
    unsigned long *rollout; /* contexts * V weights over 2^bits */
    unsigned long *target;
    mpz_t *visits, *visits_next; /* by number, contexts and responses */
    mpz_t **values;              /* per step 0..T: one per context that tt_windows_at names */
    mpz_t *gradient;             /* contexts * V */
    mpz_t prompt_total, reward_total;
    mpfr_t *chances; /* V, and room for the sum and the largest logit */
} trainer;

static mpz_t *integers_new(size_t n)
{
    mpz_t *x = calloc(n, sizeof *x);
    for (size_t i = 0; x && i < n; i++)
        mpz_init(x[i]);
    return x;
}

static void integers_free(mpz_t *x, size_t n)
{
    for (size_t i = 0; x && i < n; i++)
        mpz_clear(x[i]);
    free(x);
}

static mpfr_t *reals_new(size_t n)
{
    mpfr_t *x = calloc(n, sizeof *x);
    for (size_t i = 0; x && i < n; i++)
        mpfr_init2(x[i], THETA_PRECISION);
    return x;
}

static void reals_free(mpfr_t *x, size_t n)
{
    for (size_t i = 0; x && i < n; i++)
        mpfr_clear(x[i]);
    free(x);
}

static size_t entries(const trainer *t)
{
    return t->windows->contexts * t->windows->vocab;
}

static size_t numbers(const trainer *t)
{
    return t->windows->first[t->windows->memory] + t->windows->ends;
}

static void clear(trainer *t)
{
    const tt_windows *w = t->windows;
    size_t start;
    reals_free(t->theta, entries(t));
    reals_free(t->chances, w->vocab + 2);
    integers_free(t->visits, numbers(t));
    integers_free(t->visits_next, numbers(t));
    integers_free(t->gradient, entries(t));
    for (size_t step = 0; t->values && step <= w->horizon; step++)
        integers_free(t->values[step], tt_windows_at(&start, w, step));
    free(t->values);
    free(t->rollout);
    free(t->target);
    mpz_clear(t->prompt_total);
    mpz_clear(t->reward_total);
}

static tt_status init(trainer *t)
{
    const tt_windows *w = t->windows;
    size_t start;
    mpz_init_set_ui(t->prompt_total, 1);
    mpz_init_set_ui(t->reward_total, 1);
    for (size_t x = 0; x < w->prompts; x++)
        mpz_lcm(t->prompt_total, t->prompt_total, mpq_denref(w->prompt[x]));
    for (size_t k = 0; k < w->ends; k++)
        mpz_lcm(t->reward_total, t->reward_total, mpq_denref(w->reward[k]));
    t->theta = reals_new(entries(t));
    t->chances = reals_new(w->vocab + 2);
    t->visits = integers_new(numbers(t));
    t->visits_next = integers_new(numbers(t));
    t->gradient = integers_new(entries(t));
    t->values = calloc(w->horizon + 1, sizeof *t->values);
    t->rollout = calloc(entries(t), sizeof *t->rollout);
    t->target = calloc(entries(t), sizeof *t->target);
    for (size_t step = 0; t->values && step <= w->horizon; step++) {
        t->values[step] = integers_new(tt_windows_at(&start, w, step));
        if (!t->values[step])
            return TT_NO_MEMORY;
    }
    return t->theta && t->chances && t->visits && t->visits_next && t->gradient && t->values && t->rollout && t->target
               ? TT_OK
               : TT_NO_MEMORY;
}

/* ---- rows ---- */

/* Weights nearest to 2^bits softmax(theta), at least 1; what they lack of 2^bits, or exceed it by, goes to the
   largest, the first of those. V^2 < 2^bits keeps that one above 0. */
static void set_row(unsigned long *weights, trainer *t, const mpfr_t *theta)
{
    size_t vocab = t->windows->vocab, heaviest = 0;
    mpfr_t *chance = t->chances;
    mpfr_ptr sum = chance[vocab], largest = chance[vocab + 1];
    unsigned long left = 1UL << t->bits;
    mpfr_set(largest, theta[0], MPFR_RNDN);
    for (size_t v = 1; v < vocab; v++)
        mpfr_max(largest, largest, theta[v], MPFR_RNDN);
    mpfr_set_zero(sum, 1);
    for (size_t v = 0; v < vocab; v++) {
        mpfr_sub(chance[v], theta[v], largest, MPFR_RNDN);
        mpfr_exp(chance[v], chance[v], MPFR_RNDN);
        mpfr_add(sum, sum, chance[v], MPFR_RNDN);
    }
    for (size_t v = 0; v < vocab; v++) {
        mpfr_div(chance[v], chance[v], sum, MPFR_RNDN);
        mpfr_mul_2ui(chance[v], chance[v], t->bits, MPFR_RNDN);
        weights[v] = mpfr_get_ui(chance[v], MPFR_RNDN);
        if (weights[v] == 0)
            weights[v] = 1;
        if (weights[v] > weights[heaviest])
            heaviest = v;
        left -= weights[v];
    }
    weights[heaviest] += left; /* unsigned: left may stand for a negative number */
}

static void set_rows(unsigned long *weights, trainer *t)
{
    size_t vocab = t->windows->vocab;
    for (size_t s = 0; s < t->windows->contexts; s++)
        set_row(weights + s * vocab, t, t->theta + s * vocab);
}

/* ---- the gradient ---- */

static void scaled_reward(mpz_t out, const trainer *t, size_t end)
{
    mpq_srcptr reward = t->windows->reward[end];
    mpz_divexact(out, t->reward_total, mpq_denref(reward));
    mpz_mul(out, out, mpq_numref(reward));
}

/* V_t(c) = sum_v pi(v|c) V_{t+1}(c v), from the last step to the first. */
static void set_values(trainer *t, const unsigned long *weights)
{
    const tt_windows *w = t->windows;
    for (size_t k = 0; k < w->ends; k++)
        scaled_reward(t->values[w->horizon][k], t, k);
    for (size_t step = w->horizon; step-- > 0;) {
        size_t start, next_start, n = tt_windows_at(&start, w, step);
        tt_windows_at(&next_start, w, step + 1);
        for (size_t k = 0; k < n; k++) {
            mpz_set_ui(t->values[step][k], 0);
            for (size_t v = 0; v < w->vocab; v++)
                mpz_addmul_ui(t->values[step][k],
                              t->values[step + 1][tt_windows_next(w, start + k, v) - next_start],
                              weights[(start + k) * w->vocab + v]);
        }
    }
}

static void set_first_visits(trainer *t)
{
    const tt_windows *w = t->windows;
    for (size_t x = 0; x < w->prompts; x++) {
        mpz_divexact(t->visits[x], t->prompt_total, mpq_denref(w->prompt[x]));
        mpz_mul(t->visits[x], t->visits[x], mpq_numref(w->prompt[x]));
    }
}

/* One step on: adds to the gradient what the step's contexts give, and sets the visits of the next. The advantage is
   over reward_total 2^(bits (T - t)), so that every term has the same denominator. */
static void add_gradient(trainer *t, const unsigned long *weights, size_t step, mpz_t advantage)
{
    const tt_windows *w = t->windows;
    size_t start, next_start, n = tt_windows_at(&start, w, step), next_n = tt_windows_at(&next_start, w, step + 1);
    for (size_t k = 0; k < next_n; k++)
        mpz_set_ui(t->visits_next[next_start + k], 0);
    for (size_t s = start; s < start + n; s++)
        for (size_t v = 0; v < w->vocab; v++) {
            size_t next = tt_windows_next(w, s, v);
            mpz_mul_2exp(advantage, t->values[step + 1][next - next_start], t->bits);
            mpz_sub(advantage, advantage, t->values[step][s - start]);
            mpz_addmul(t->gradient[s * w->vocab + v], advantage, t->visits[s]);
            mpz_addmul_ui(t->visits_next[next], t->visits[s], weights[s * w->vocab + v]);
        }
    {
        mpz_t *visits = t->visits;
        t->visits = t->visits_next;
        t->visits_next = visits;
    }
}

/* The gradient is gradient[] * weight over prompt_total reward_total 2^(bits (T + 1)). */
static void set_gradient(trainer *t, const unsigned long *weights)
{
    mpz_t advantage;
    mpz_init(advantage);
    set_values(t, weights);
    set_first_visits(t);
    for (size_t i = 0; i < entries(t); i++)
        mpz_set_ui(t->gradient[i], 0);
    for (size_t step = 0; step < t->windows->horizon; step++)
        add_gradient(t, weights, step, advantage);
    mpz_clear(advantage);
}

static void climb(trainer *t, const unsigned long *weights, mpq_srcptr rate)
{
    mpz_t denominator;
    mpq_t change;
    mpz_init(denominator);
    mpq_init(change);
    mpz_mul(denominator, t->prompt_total, t->reward_total);
    mpz_mul_2exp(denominator, denominator, t->bits * (t->windows->horizon + 1));
    mpz_mul(denominator, denominator, mpq_denref(rate));
    for (size_t i = 0; i < entries(t); i++) {
        mpz_mul_ui(mpq_numref(change), t->gradient[i], weights[i]);
        mpz_mul(mpq_numref(change), mpq_numref(change), mpq_numref(rate));
        mpz_set(mpq_denref(change), denominator);
        mpq_canonicalize(change);
        mpfr_add_q(t->theta[i], t->theta[i], change, MPFR_RNDN);
    }
    mpz_clear(denominator);
    mpq_clear(change);
}

/* ---- the generator ---- */

static tt_status check_work(const trainer *t, unsigned long steps, tt_error *error)
{
    const tt_windows *w = t->windows;
    uint64_t bits = 0;
    size_t start;
    if (w->vocab >= 1UL << (t->bits / 2))
        return tt_fail(error, TT_BAD_INPUT, "--bits", "too few for a vocab of %zu", w->vocab);
    for (size_t step = 0; step < w->horizon && bits <= VALUE_BITS_MAX; step++)
        bits += (uint64_t)tt_windows_at(&start, w, step) * t->bits * (w->horizon - step);
    if (bits > VALUE_BITS_MAX || bits * steps > WORK_BITS_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "the values of the exact gradient have more than %" PRIu64 " bits, or %" PRIu64 " over all steps",
                       VALUE_BITS_MAX, WORK_BITS_MAX);
    return TT_OK;
}

static void row_of_weights(mpq_t *row, const unsigned long *weights, size_t n, mp_bitcnt_t bits)
{
    for (size_t v = 0; v < n; v++) {
        mpq_set_ui(row[v], weights[v], 1);
        mpq_div_2exp(row[v], row[v], bits);
    }
}

static void rows_of_trainer(void *self, mpq_t *rollout, mpq_t *target, const tt_window *window, size_t context)
{
    const trainer *t = self;
    size_t vocab = t->windows->vocab;
    (void)window;
    row_of_weights(rollout, t->rollout + context * vocab, vocab, t->bits);
    row_of_weights(target, t->target + context * vocab, vocab, t->bits);
}

static void train(trainer *t, const tt_arguments *arguments, tt_random *random)
{
    unsigned long scale = tt_argument_count(arguments, "scale"), steps = tt_argument_count(arguments, "steps");
    for (size_t i = 0; i < entries(t); i++) {
        long k = (long)tt_random_between(random, 0, 2 * THETA_GRID) - THETA_GRID;
        mpfr_set_si(t->theta[i], k * (long)scale, MPFR_RNDN);
        mpfr_div_ui(t->theta[i], t->theta[i], THETA_GRID, MPFR_RNDN);
    }
    set_rows(t->rollout, t);
    set_rows(t->target, t);
    for (unsigned long step = 0; step < steps; step++) {
        set_gradient(t, t->target);
        climb(t, t->target, tt_argument_number(arguments, "rate"));
        set_rows(t->target, t);
    }
}

static tt_status build(tt_instance **out, const tt_windows *windows, const tt_arguments *arguments, tt_random *random,
                       tt_error *error)
{
    trainer t = { .windows = windows, .bits = tt_argument_count(arguments, "bits") };
    tt_status status = check_work(&t, tt_argument_count(arguments, "steps"), error);
    if (status != TT_OK)
        return status;
    status = init(&t);
    if (status == TT_OK) {
        train(&t, arguments, random);
        status = tt_windows_build(out, windows, rows_of_trainer, &t, error);
    }
    clear(&t);
    return status;
}

tt_status tt_build_staleness(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    tt_windows windows;
    tt_status status = tt_windows_init(&windows, arguments, random, error);
    if (status == TT_OK)
        status = build(out, &windows, arguments, random, error);
    tt_windows_clear(&windows);
    return status;
}

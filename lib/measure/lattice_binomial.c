#include "lattice_binomial.h"

#include <limits.h>

#include "../number/exact.h"

#define REPORT_GUARD_BITS 64
#define PROGRESS_STEPS 1024

enum { LOW, HIGH }; /* the token with the smaller ratio, with the larger */

typedef struct {
    const lattice_node_task *task;
    lattice_node_result *result;
    mpfr_prec_t precision;
    mpq_srcptr ratio[2];
    tt_real mu[2], pi[2];
    size_t n, i;  /* tokens; the largest count where M < 1 */
    tt_real a, b, d;     /* a_n(i), b_n(i), D_n(i) */
    tt_real up_a, up_b;  /* at the count above */
    tt_real t, u;        /* scratch */
    size_t tie_n, tie_j; /* the first tie, 0 before it */
} pass;

bool tt_lattice_is_binomial(const lattice_lumped *l)
{
    return l->C == 1 && l->first[1] == 2 && l->edges[0].ratio >= 0 && l->edges[1].ratio >= 0;
}

static void set_probability(tt_real *out, mpz_srcptr weight, mpz_srcptr den)
{
    mpq_t q;
    mpq_init(q);
    mpz_set(mpq_numref(q), weight);
    mpz_set(mpq_denref(q), den);
    mpq_canonicalize(q);
    tt_real_set_q(out, q);
    mpq_clear(q);
}

static void pass_init(pass *p, lattice_node_result *result, const lattice_node_task *task)
{
    const lattice_lumped *l = task->lumped;
    bool swapped = mpq_cmp(l->ratio[l->edges[0].ratio], l->ratio[l->edges[1].ratio]) > 0;
    tt_real *reals[] = { &p->a, &p->b, &p->d, &p->up_a, &p->up_b, &p->t, &p->u };
    *p = (pass){ .task = task, .result = result, .precision = (mpfr_prec_t)task->fraction_bits };
    for (size_t k = 0; k < sizeof reals / sizeof *reals; k++)
        tt_real_init(reals[k]);
    for (size_t side = LOW; side <= HIGH; side++) {
        const lattice_edge *e = &l->edges[side ^ (size_t)swapped];
        p->ratio[side] = l->ratio[e->ratio];
        tt_real_init(&p->mu[side]);
        tt_real_init(&p->pi[side]);
        set_probability(&p->mu[side], e->mu, l->den);
        set_probability(&p->pi[side], e->pi, l->den);
    }
}

static void pass_clear(pass *p)
{
    tt_real *reals[] = { &p->a, &p->b, &p->d, &p->up_a, &p->up_b, &p->t, &p->u };
    for (size_t k = 0; k < sizeof reals / sizeof *reals; k++)
        tt_real_clear(reals[k]);
    for (size_t side = LOW; side <= HIGH; side++) {
        tt_real_clear(&p->mu[side]);
        tt_real_clear(&p->pi[side]);
    }
}

/* A rational that has become long turns into an interval. */
static void shorten(const pass *p, tt_real *x)
{
    mpfi_t i;
    if (!tt_real_is_exact(x) || tt_exact_bits(x->q) <= p->task->limit)
        return;
    mpfi_init2(i, p->precision);
    tt_real_get_interval(i, x);
    tt_real_set_interval(x, i);
    mpfi_clear(i);
}

/* out = x y n / d */
static void scale(const pass *p, tt_real *out, const tt_real *x, const tt_real *y, size_t n, size_t d)
{
    tt_real_mul(out, x, y, p->precision);
    tt_real_mul_frac(out, out, n, d, p->precision);
    shorten(p, out);
}

/* Takes over a result, rounded to what reports need. */
static void put(pass *p, tt_real *out, const tt_real *x)
{
    mpfr_prec_t precision = p->task->options->precision + REPORT_GUARD_BITS;
    long width;
    tt_real_set(out, x);
    if (x->kind == TT_REAL_ENCLOSED && mpfi_get_prec(x->i) > precision) {
        mpfi_t i;
        mpfi_init2(i, precision);
        tt_real_get_interval(i, x);
        tt_real_set_interval(out, i);
        mpfi_clear(i);
    }
    width = tt_real_width_log2(out);
    if (width > p->result->width)
        p->result->width = width;
    p->result->exact = p->result->exact && tt_real_is_exact(out);
}

/* ---- TV_n --------------------------------------------------------------------------------- */

/* Whether rho_1^j rho_0^(n-j) < 1. */
static bool below_one(pass *p, size_t n, size_t j)
{
    mpz_t num, den, t;
    int sign;
    if (p->tie_n && (uint64_t)j * p->tie_n == (uint64_t)n * p->tie_j)
        return false;
    mpz_inits(num, den, t, NULL);
    mpz_pow_ui(num, mpq_numref(p->ratio[HIGH]), j);
    mpz_pow_ui(t, mpq_numref(p->ratio[LOW]), n - j);
    mpz_mul(num, num, t);
    mpz_pow_ui(den, mpq_denref(p->ratio[HIGH]), j);
    mpz_pow_ui(t, mpq_denref(p->ratio[LOW]), n - j);
    mpz_mul(den, den, t);
    sign = mpz_cmp(num, den);
    mpz_clears(num, den, t, NULL);
    if (sign == 0 && !p->tie_n) {
        p->tie_n = n;
        p->tie_j = j;
    }
    return sign < 0;
}

/* From no token to one: i = 0. */
static void first_step(pass *p)
{
    p->n = 1;
    p->i = 0;
    tt_real_set(&p->a, &p->mu[LOW]);
    tt_real_set(&p->b, &p->pi[LOW]);
    tt_real_sub(&p->d, &p->pi[HIGH], &p->mu[HIGH], p->precision);
    shorten(p, &p->a);
    shorten(p, &p->b);
    shorten(p, &p->d);
}

static void next_step(pass *p)
{
    tt_order order;
    tt_real_mul(&p->t, &p->pi[HIGH], &p->b, p->precision);
    tt_real_mul(&p->u, &p->mu[HIGH], &p->a, p->precision);
    tt_real_sub(&p->t, &p->t, &p->u, p->precision);
    tt_real_add(&p->d, &p->d, &p->t, p->precision);
    p->n++;
    scale(p, &p->up_a, &p->a, &p->mu[HIGH], p->n, p->i + 1);
    scale(p, &p->up_b, &p->b, &p->pi[HIGH], p->n, p->i + 1);
    order = tt_real_cmp(&p->up_b, &p->up_a);
    if (order == TT_LESS || (order == TT_UNKNOWN && below_one(p, p->n, p->i + 1))) {
        p->i++;
        tt_real_sub(&p->t, &p->up_b, &p->up_a, p->precision);
        tt_real_sub(&p->d, &p->d, &p->t, p->precision);
        tt_real_swap(&p->a, &p->up_a);
        tt_real_swap(&p->b, &p->up_b);
    } else {
        scale(p, &p->a, &p->a, &p->mu[LOW], p->n, p->n - p->i);
        scale(p, &p->b, &p->b, &p->pi[LOW], p->n, p->n - p->i);
    }
    shorten(p, &p->d);
}

static tt_status put_layers(pass *p)
{
    const lattice_node_task *task = p->task;
    tt_real_set_ui(&p->result->tv[0], 0);
    if (task->layers == 0)
        return TT_OK;
    first_step(p);
    for (;;) {
        put(p, &p->result->tv[p->n], &p->d);
        if (p->n == task->layers)
            return TT_OK;
        if (task->options->progress && p->n % PROGRESS_STEPS == 0 &&
            !task->options->progress(task->options->progress_context, task->work, (double)p->n / (double)task->layers))
            return TT_INTERRUPTED;
        next_step(p);
    }
}

/* ---- the last layer --------------------------------------------------------------------------- */

/* out = j (rho_1 - 1) + (n - j) (rho_0 - 1) */
static void sum_of_steps(const pass *p, tt_real *out, size_t n, size_t j)
{
    mpq_t x, y;
    mpq_inits(x, y, NULL);
    mpq_set_ui(y, j, 1);
    mpq_mul(x, p->ratio[HIGH], y);
    mpq_set_ui(y, n - j, 1);
    mpq_mul(y, y, p->ratio[LOW]);
    mpq_add(x, x, y);
    mpq_set_ui(y, n, 1);
    mpq_sub(x, x, y);
    tt_real_set_q(out, x);
    mpq_clears(x, y, NULL);
}

/* sum += max(x, 0) */
static void add_positive(const pass *p, tt_real *sum, const tt_real *x)
{
    tt_real zero, positive;
    tt_real_init(&zero);
    tt_real_init(&positive);
    tt_real_set_ui(&zero, 0);
    tt_real_max(&positive, x, &zero, p->precision);
    tt_real_add(sum, sum, &positive, p->precision);
    shorten(p, sum);
    tt_real_clear(&zero);
    tt_real_clear(&positive);
}

/* From the count n down to 0, so that pi_0 = 0 is no division. */
static void put_responses(pass *p)
{
    size_t n = p->task->layers;
    tt_real error, surrogate;
    tt_real_init(&error);
    tt_real_init(&surrogate);
    tt_real_set_ui(&error, 0);
    tt_real_set_ui(&surrogate, 0);
    tt_real_pow_ui(&p->a, &p->mu[HIGH], n, p->precision);
    tt_real_pow_ui(&p->b, &p->pi[HIGH], n, p->precision);
    shorten(p, &p->a);
    shorten(p, &p->b);
    for (size_t j = n;; j--) {
        sum_of_steps(p, &p->t, n, j);
        tt_real_mul(&p->t, &p->t, &p->a, p->precision); /* l */
        tt_real_sub(&p->u, &p->b, &p->a, p->precision);
        tt_real_sub(&p->u, &p->u, &p->t, p->precision); /* e */
        add_positive(p, &surrogate, &p->t);
        add_positive(p, &error, &p->u);
        if (j == 0)
            break;
        scale(p, &p->a, &p->a, &p->mu[LOW], j, n - j + 1);
        scale(p, &p->b, &p->b, &p->pi[LOW], j, n - j + 1);
        tt_real_div(&p->a, &p->a, &p->mu[HIGH], p->precision);
        tt_real_div(&p->b, &p->b, &p->pi[HIGH], p->precision);
        shorten(p, &p->a);
        shorten(p, &p->b);
    }
    if (n < 2) /* e = 0 */
        tt_real_set_ui(&error, 0);
    put(p, &p->result->worst_case_error, &error);
    put(p, &p->result->largest_surrogate, &surrogate);
    tt_real_clear(&error);
    tt_real_clear(&surrogate);
}

tt_status tt_lattice_binomial_pass(lattice_node_result *result, const lattice_node_task *task)
{
    pass p;
    tt_status status;
    pass_init(&p, result, task);
    result->exact = true;
    result->cut = false;
    result->monotone = TT_NOT_APPLICABLE;
    result->width = LONG_MIN;
    result->nodes = task->layers + 1 + (task->responses ? task->layers : 0);
    result->needed = (double)result->nodes;
    tt_real_set_ui(&result->pruned_rollout, 0);
    tt_real_set_ui(&result->pruned_target, 0);
    status = put_layers(&p);
    if (status == TT_OK && task->responses)
        put_responses(&p);
    pass_clear(&p);
    return status;
}

/* sum_y e(y)^2 / nu_theta(y), the variances, and E_mu[Z^2].

   Per state and kind of path, the six products of (a, d, e) over nu, nu = P(x) prod ((1-theta) mu + theta pi):
       a' = mu a,  d' = pi d + w a,  e' = mu e + w d,  w = pi - mu.
   Kinds: reached by both, by rollout alone (b = 0), by target alone (a = 0), by neither; the last carries e
   alone, and its target rows count as rollout's. A term whose nu is 0 is left out; whether it is 0/0 or
   infinite is asked of the same paths at theta = 1/2. At theta = 0 the products are the moments of M - 1 and
   Z under mu. */
#include "lattice_pass.h"

enum { AA, AD, AE, DD, DE, EE, PRODUCTS };
enum { BOTH, BY_ROLLOUT, BY_TARGET, NEITHER, KINDS };
#define CHANNELS (KINDS * PRODUCTS)

#define MOMENT_BITS_MAX 65536.0

static size_t place(size_t s, int kind, int product)
{
    return s * CHANNELS + (size_t)(kind * PRODUCTS + product);
}

static int kind_after(int kind, bool mu, bool pi)
{
    bool a = (kind == BOTH || kind == BY_ROLLOUT) && mu, b = (kind == BOTH || kind == BY_TARGET) && pi;
    return a ? (b ? BOTH : BY_ROLLOUT) : b ? BY_TARGET : NEITHER;
}

typedef struct {
    mpq_t mu, pi, w, nu, x;
} token;

/* f += factor x y / nu at (out, in). */
static void add_product(lattice_fold *f, size_t out, size_t in, token *k, mpq_srcptr x, mpq_srcptr y, unsigned factor)
{
    mpq_mul(k->x, x, y);
    mpq_div(k->x, k->x, k->nu);
    if (factor == 2)
        mpq_mul_2exp(k->x, k->x, 1);
    tt_lattice_fold_add(f, out, in, k->x);
}

static void add_token(lattice_fold *f, size_t s, size_t n, int kind, token *k)
{
    int to = kind_after(kind, mpq_sgn(k->mu) != 0, mpq_sgn(k->pi) != 0);
    if (kind == NEITHER) {
        /* nu = mu here */
        tt_lattice_fold_add(f, place(n, NEITHER, EE), place(s, NEITHER, EE), k->mu);
        return;
    }
    if (mpq_sgn(k->nu) == 0)
        return;
    add_product(f, place(n, to, EE), place(s, kind, EE), k, k->mu, k->mu, 1);
    add_product(f, place(n, to, EE), place(s, kind, DE), k, k->mu, k->w, 2);
    add_product(f, place(n, to, EE), place(s, kind, DD), k, k->w, k->w, 1);
    if (to == NEITHER)
        return;
    add_product(f, place(n, to, DE), place(s, kind, DE), k, k->pi, k->mu, 1);
    add_product(f, place(n, to, DE), place(s, kind, DD), k, k->pi, k->w, 1);
    add_product(f, place(n, to, DE), place(s, kind, AE), k, k->w, k->mu, 1);
    add_product(f, place(n, to, DE), place(s, kind, AD), k, k->w, k->w, 1);
    add_product(f, place(n, to, DD), place(s, kind, DD), k, k->pi, k->pi, 1);
    add_product(f, place(n, to, DD), place(s, kind, AD), k, k->pi, k->w, 2);
    add_product(f, place(n, to, DD), place(s, kind, AA), k, k->w, k->w, 1);
    if (to == BY_TARGET)
        return;
    add_product(f, place(n, to, AE), place(s, kind, AE), k, k->mu, k->mu, 1);
    add_product(f, place(n, to, AE), place(s, kind, AD), k, k->mu, k->w, 1);
    add_product(f, place(n, to, AD), place(s, kind, AD), k, k->mu, k->pi, 1);
    add_product(f, place(n, to, AD), place(s, kind, AA), k, k->mu, k->w, 1);
    add_product(f, place(n, to, AA), place(s, kind, AA), k, k->mu, k->mu, 1);
}

/* nu = ((6 - sixths) mu + sixths pi) / 6 */
static void set_tilt(token *k, unsigned sixths)
{
    mpq_t six;
    mpq_init(six);
    mpq_set_ui(six, 6 - sixths, 1);
    mpq_mul(k->nu, six, k->mu);
    mpq_set_ui(six, sixths, 1);
    mpq_mul(k->x, six, k->pi);
    mpq_add(k->nu, k->nu, k->x);
    mpq_set_ui(six, 6, 1);
    mpq_div(k->nu, k->nu, six);
    mpq_clear(six);
}

static tt_status build_tilted(lattice_fold *f, const lattice_machine *m, unsigned sixths)
{
    token k;
    bool zeros = false;
    mpq_inits(k.mu, k.pi, k.w, k.nu, k.x, NULL);
    for (size_t s = 0; s < m->S; s++)
        for (size_t v = 0; v < m->V; v++)
            zeros = zeros || mpz_sgn(&m->rows[s].rollout[v]) == 0 || mpz_sgn(&m->rows[s].target[v]) == 0;
    for (size_t s = 0; s < m->S; s++)
        for (size_t v = 0; v < m->V; v++) {
            size_t n = m->next[s * m->V + v];
            if (n == SIZE_MAX)
                continue;
            tt_lattice_machine_rollout(k.mu, m, s, v);
            tt_lattice_machine_target(k.pi, m, s, v);
            mpq_sub(k.w, k.pi, k.mu);
            set_tilt(&k, sixths);
            for (int kind = 0; kind < (zeros ? KINDS : 1); kind++)
                add_token(f, s, n, kind, &k);
        }
    mpq_clears(k.mu, k.pi, k.w, k.nu, k.x, NULL);
    return tt_lattice_fold_seal(f);
}

/* Runs a fold from the start, all of which stands in `channel` of each state, for T steps; after holds the end. */
static tt_status run_fold(lattice_pass *p, const lattice_fold *f, size_t channels, size_t channel,
                          lattice_vector *before, lattice_vector *after)
{
    const lattice_machine *m = p->m;
    tt_lattice_vector_zero(after);
    mpz_set(after->den, p->start.den);
    for (size_t s = 0; s < m->S; s++)
        mpz_set(&after->z[s * channels + channel], &p->start.z[s]);
    for (size_t t = 0; t < m->T; t++) {
        tt_lattice_vector_swap(before, after);
        tt_lattice_fold_step(after, f, before, &p->arithmetic);
        if (!tt_lattice_progress(p, t, m->T))
            return TT_INTERRUPTED;
    }
    return TT_OK;
}

static void total(lattice_pass *p, tt_real *out, const lattice_vector *end, int kind, int product)
{
    tt_lattice_dot(out, end, place(0, kind, product), CHANNELS, &p->ones, p->m->S, &p->arithmetic);
}

/* out = the sum of a product over the kinds from..to. */
static void total_kinds(lattice_pass *p, tt_real *out, const lattice_vector *end, int from, int to, int product)
{
    tt_real x;
    tt_real_init(&x);
    tt_real_set_ui(out, 0);
    for (int kind = from; kind <= to; kind++) {
        total(p, &x, end, kind, product);
        tt_real_add(out, out, &x, p->arithmetic.precision);
    }
    tt_real_clear(&x);
}

/* The sum of e^2/nu over the paths on which nu_theta is 0, at theta = 1/2: 0 makes them 0/0. */
static void put_at_end(lattice_pass *p, tt_real *out, const tt_real *finite, const tt_real *divided_by_zero)
{
    tt_order sign = tt_real_cmp_ui(divided_by_zero, 0);
    tt_real x;
    tt_real_init(&x);
    if (sign == TT_EQUAL)
        tt_real_set(&x, finite);
    else if (sign == TT_GREATER)
        tt_real_set_infinite(&x, 1);
    tt_lattice_put(p, out, &x);
    tt_real_clear(&x);
}

static tt_status tilted(lattice_pass *p)
{
    const lattice_machine *m = p->m;
    tt_quantities *q = p->q;
    lattice_vector before, after;
    tt_real moment[TT_THETAS], no_rollout, no_target, x;
    tt_status status = tt_lattice_vector_init(&before, m->S * CHANNELS, &p->arithmetic);
    if (tt_lattice_vector_init(&after, m->S * CHANNELS, &p->arithmetic) != TT_OK)
        status = TT_NO_MEMORY;
    tt_real_init(&no_rollout);
    tt_real_init(&no_target);
    tt_real_init(&x);
    for (size_t k = 0; k < TT_THETAS; k++)
        tt_real_init(&moment[k]);
    for (unsigned k = 0; k < TT_THETAS && status == TT_OK; k++) {
        lattice_fold f;
        tt_lattice_fold_init(&f, m->S * CHANNELS);
        status = build_tilted(&f, m, k);
        if (status == TT_OK)
            status = run_fold(p, &f, CHANNELS, AA, &before, &after);
        if (status == TT_OK) {
            total_kinds(p, &moment[k], &after, BOTH, NEITHER, EE);
            if (k == 0 && q->dominated) {
                tt_lattice_put(p, &q->second_moment, &moment[0]);
                total_kinds(p, &x, &after, BOTH, BY_ROLLOUT, DD);
                tt_lattice_put(p, &q->variance_product, &x);
            }
            if (k == TT_THETAS / 2) {
                total_kinds(p, &no_rollout, &after, BY_TARGET, NEITHER, EE);
                total(p, &no_target, &after, BY_ROLLOUT, EE);
                total(p, &x, &after, NEITHER, EE);
                tt_real_add(&no_target, &no_target, &x, p->arithmetic.precision);
            }
        }
        tt_lattice_fold_clear(&f);
    }
    for (size_t k = 1; status == TT_OK && k + 1 < TT_THETAS; k++)
        tt_lattice_put(p, &q->tilted_moment[k], &moment[k]);
    if (status == TT_OK) {
        put_at_end(p, &q->tilted_moment[0], &moment[0], &no_rollout);
        put_at_end(p, &q->tilted_moment[TT_THETAS - 1], &moment[TT_THETAS - 1], &no_target);
    }
    for (size_t k = 0; k < TT_THETAS; k++)
        tt_real_clear(&moment[k]);
    tt_real_clear(&no_rollout);
    tt_real_clear(&no_target);
    tt_real_clear(&x);
    tt_lattice_vector_clear(&before);
    tt_lattice_vector_clear(&after);
    return status;
}

/* Var_mu(sum rho) = E_mu[S^2]: per state mass, E[S], E[S^2]. */
static tt_status sum_variance(lattice_pass *p)
{
    enum { A_, S_, SS_, SUM_CHANNELS };
    const lattice_machine *m = p->m;
    lattice_vector before, after;
    lattice_fold f;
    token k;
    tt_real x;
    tt_status status = tt_lattice_vector_init(&before, m->S * SUM_CHANNELS, &p->arithmetic);
    if (tt_lattice_vector_init(&after, m->S * SUM_CHANNELS, &p->arithmetic) != TT_OK)
        status = TT_NO_MEMORY;
    tt_lattice_fold_init(&f, m->S * SUM_CHANNELS);
    tt_real_init(&x);
    mpq_inits(k.mu, k.pi, k.w, k.nu, k.x, NULL);
    for (size_t s = 0; s < m->S; s++)
        for (size_t v = 0; v < m->V; v++) {
            size_t n = m->next[s * m->V + v], to = n * SUM_CHANNELS, from = s * SUM_CHANNELS;
            tt_lattice_machine_rollout(k.mu, m, s, v);
            if (n == SIZE_MAX || mpq_sgn(k.mu) == 0)
                continue;
            tt_lattice_machine_target(k.pi, m, s, v);
            mpq_sub(k.w, k.pi, k.mu);
            tt_lattice_fold_add(&f, to + A_, from + A_, k.mu);
            tt_lattice_fold_add(&f, to + S_, from + S_, k.mu);
            tt_lattice_fold_add(&f, to + S_, from + A_, k.w);
            tt_lattice_fold_add(&f, to + SS_, from + SS_, k.mu);
            tt_lattice_fold_add(&f, to + SS_, from + S_, k.w);
            tt_lattice_fold_add(&f, to + SS_, from + S_, k.w);
            mpq_set(k.nu, k.mu);
            add_product(&f, to + SS_, from + A_, &k, k.w, k.w, 1);
        }
    mpq_clears(k.mu, k.pi, k.w, k.nu, k.x, NULL);
    if (status == TT_OK)
        status = tt_lattice_fold_seal(&f);
    if (status == TT_OK)
        status = run_fold(p, &f, SUM_CHANNELS, A_, &before, &after);
    if (status == TT_OK) {
        tt_lattice_dot(&x, &after, SS_, SUM_CHANNELS, &p->ones, m->S, &p->arithmetic);
        tt_lattice_put(p, &p->q->variance_sum, &x);
    }
    tt_real_clear(&x);
    tt_lattice_fold_clear(&f);
    tt_lattice_vector_clear(&before);
    tt_lattice_vector_clear(&after);
    return status;
}

static tt_status group(lattice_pass *p)
{
    tt_status status;
    p->work = "moments";
    status = tilted(p);
    return status == TT_OK && p->q->dominated ? sum_variance(p) : status;
}

/* The most bits that one step of any tilted fold adds. */
static tt_status moment_bits(double *bits, const lattice_machine *m)
{
    tt_status status = TT_OK;
    *bits = 0;
    for (unsigned k = 0; k < TT_THETAS && status == TT_OK; k++) {
        lattice_fold f;
        tt_lattice_fold_init(&f, m->S * CHANNELS);
        status = build_tilted(&f, m, k);
        if (status == TT_OK && (double)tt_lattice_fold_bits(&f) > *bits)
            *bits = (double)tt_lattice_fold_bits(&f);
        tt_lattice_fold_clear(&f);
    }
    return status;
}

tt_status tt_lattice_moments(lattice_pass *p, bool exact)
{
    double bits;
    tt_status status = moment_bits(&bits, p->m);
    lattice_effort effort = { bits, 120.0 * (double)(p->m->S * p->m->V), 0 };
    if (status != TT_OK)
        return status;
    return tt_lattice_run(p, group, effort, exact && bits * (double)p->m->T <= MOMENT_BITS_MAX);
}

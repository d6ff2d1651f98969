/* recursive_tv: sum_x P(x) w(x) of THEOREMS.md 4, backward over the steps to go.

   Per state and kind of context (reached by both, by rollout alone, by target alone; below contexts that
   neither reaches a = b = w = 0):
       a = TV_tok + sum_v min(mu, pi) a(next),   b = TV_tok + sum_v mu b(next),
       w = sum_v [ (pi-mu)+ a + min( min(mu, pi) w + (mu-pi)+ b, mu w + (mu-pi)+ a ) ]. */
#include <stdlib.h>

#include "lattice_pass.h"

enum { BY_BOTH, BY_ROLLOUT, BY_TARGET, KINDS, BY_NEITHER = KINDS };
enum { A_, B_, W_, PARTS };

#define CHANNELS (KINDS * PARTS)

typedef struct {
    lattice_integer mu, pi, low, up, down; /* min(mu, pi), (pi-mu)+, (mu-pi)+ over the common denominator */
} weights;

typedef struct {
    lattice_pass *p;
    weights *tokens;       /* S V */
    lattice_integer *tv;   /* S */
    lattice_integer c;     /* the common denominator of all rows */
    lattice_vector now, next;
    lattice_number a, b, w, x, y;
    mpfi_t scratch;
} recursion;

static void weights_init(weights *k, const tt_rows *rows, size_t v, mpz_srcptr factor, mpz_t tv)
{
    mpz_t mu, pi, low, up, down;
    mpz_inits(mu, pi, low, up, down, NULL);
    mpz_mul(mu, &rows->rollout[v], factor);
    mpz_mul(pi, &rows->target[v], factor);
    mpz_set(low, mpz_cmp(mu, pi) < 0 ? mu : pi);
    mpz_sub(up, pi, low);
    mpz_sub(down, mu, low);
    mpz_add(tv, tv, up);
    tt_lattice_integer_init(&k->mu, mu);
    tt_lattice_integer_init(&k->pi, pi);
    tt_lattice_integer_init(&k->low, low);
    tt_lattice_integer_init(&k->up, up);
    tt_lattice_integer_init(&k->down, down);
    mpz_clears(mu, pi, low, up, down, NULL);
}

static tt_status recursion_init(recursion *r, lattice_pass *p)
{
    const lattice_machine *m = p->m;
    mpfr_prec_t precision = p->arithmetic.precision;
    mpz_t c, factor, tv;
    r->p = p;
    r->tokens = calloc(m->S * m->V, sizeof *r->tokens);
    r->tv = calloc(m->S, sizeof *r->tv);
    tt_lattice_number_init(&r->a, precision);
    tt_lattice_number_init(&r->b, precision);
    tt_lattice_number_init(&r->w, precision);
    tt_lattice_number_init(&r->x, precision);
    tt_lattice_number_init(&r->y, precision);
    mpfi_init2(r->scratch, precision);
    mpz_init_set_ui(c, 1);
    mpz_inits(factor, tv, NULL);
    for (size_t s = 0; s < m->S; s++)
        mpz_lcm(c, c, m->rows[s].total);
    tt_lattice_integer_init(&r->c, c);
    for (size_t s = 0; r->tokens && r->tv && s < m->S; s++) {
        mpz_divexact(factor, c, m->rows[s].total);
        mpz_set_ui(tv, 0);
        for (size_t v = 0; v < m->V; v++)
            weights_init(&r->tokens[s * m->V + v], &m->rows[s], v, factor, tv);
        tt_lattice_integer_init(&r->tv[s], tv);
    }
    mpz_clears(c, factor, tv, NULL);
    if (tt_lattice_vector_init(&r->now, m->S * CHANNELS, &p->arithmetic) != TT_OK ||
        tt_lattice_vector_init(&r->next, m->S * CHANNELS, &p->arithmetic) != TT_OK || !r->tokens || !r->tv)
        return TT_NO_MEMORY;
    return TT_OK;
}

static void recursion_clear(recursion *r)
{
    const lattice_machine *m = r->p->m;
    for (size_t k = 0; r->tokens && r->tv && k < m->S * m->V; k++) {
        tt_lattice_integer_clear(&r->tokens[k].mu);
        tt_lattice_integer_clear(&r->tokens[k].pi);
        tt_lattice_integer_clear(&r->tokens[k].low);
        tt_lattice_integer_clear(&r->tokens[k].up);
        tt_lattice_integer_clear(&r->tokens[k].down);
    }
    for (size_t s = 0; r->tokens && r->tv && s < m->S; s++)
        tt_lattice_integer_clear(&r->tv[s]);
    free(r->tokens);
    free(r->tv);
    tt_lattice_integer_clear(&r->c);
    tt_lattice_number_clear(&r->a);
    tt_lattice_number_clear(&r->b);
    tt_lattice_number_clear(&r->w);
    tt_lattice_number_clear(&r->x);
    tt_lattice_number_clear(&r->y);
    mpfi_clear(r->scratch);
    tt_lattice_vector_clear(&r->now);
    tt_lattice_vector_clear(&r->next);
}

static int kind_after(int kind, const weights *k)
{
    bool mu = kind != BY_TARGET && mpz_sgn(k->mu.z) != 0, pi = kind != BY_ROLLOUT && mpz_sgn(k->pi.z) != 0;
    return mu ? (pi ? BY_BOTH : BY_ROLLOUT) : pi ? BY_TARGET : BY_NEITHER;
}

static void add_token(recursion *r, const weights *k, size_t child)
{
    const lattice_vector *next = &r->next;
    bool exact = next->exact;
    tt_lattice_number_addmul(&r->a, &k->low, next, child + A_, r->scratch);
    tt_lattice_number_addmul(&r->b, &k->mu, next, child + B_, r->scratch);
    tt_lattice_number_addmul(&r->w, &k->up, next, child + A_, r->scratch);
    tt_lattice_number_zero(&r->x, exact);
    tt_lattice_number_zero(&r->y, exact);
    tt_lattice_number_addmul(&r->x, &k->low, next, child + W_, r->scratch);
    tt_lattice_number_addmul(&r->x, &k->down, next, child + B_, r->scratch);
    tt_lattice_number_addmul(&r->y, &k->mu, next, child + W_, r->scratch);
    tt_lattice_number_addmul(&r->y, &k->down, next, child + A_, r->scratch);
    tt_lattice_number_min(&r->x, &r->y, exact);
    tt_lattice_number_add(&r->w, &r->x, exact);
}

static void close_context(recursion *r, size_t s, int kind)
{
    const lattice_machine *m = r->p->m;
    size_t own = s * CHANNELS + (size_t)kind * PARTS;
    bool exact = r->next.exact;
    tt_lattice_number_zero(&r->a, exact);
    tt_lattice_number_zero(&r->b, exact);
    tt_lattice_number_zero(&r->w, exact);
    tt_lattice_number_add_integer(&r->a, &r->tv[s], &r->next);
    tt_lattice_number_add_integer(&r->b, &r->tv[s], &r->next);
    for (size_t v = 0; v < m->V; v++) {
        const weights *k = &r->tokens[s * m->V + v];
        size_t n = m->next[s * m->V + v];
        int after = kind_after(kind, k);
        if (n != SIZE_MAX && after != BY_NEITHER)
            add_token(r, k, n * CHANNELS + (size_t)after * PARTS);
    }
    tt_lattice_number_store(&r->now, own + A_, &r->a, &r->c);
    tt_lattice_number_store(&r->now, own + B_, &r->b, &r->c);
    tt_lattice_number_store(&r->now, own + W_, &r->w, &r->c);
}

static tt_status group(lattice_pass *p)
{
    const lattice_machine *m = p->m;
    recursion r;
    tt_real x;
    tt_status status = recursion_init(&r, p);
    tt_real_init(&x);
    p->work = "recursion";
    if (status == TT_OK)
        tt_lattice_vector_zero(&r.now);
    for (size_t k = 1; k <= m->T && status == TT_OK; k++) {
        tt_lattice_vector_swap(&r.now, &r.next);
        if (r.next.exact && p->arithmetic.limit != SIZE_MAX &&
            mpz_sizeinbase(r.next.den, 2) + mpz_sizeinbase(r.c.z, 2) > p->arithmetic.limit)
            tt_lattice_vector_enclose(&r.next);
        r.now.exact = r.next.exact;
        if (r.now.exact)
            mpz_mul(r.now.den, r.next.den, r.c.z);
        for (size_t s = 0; s < m->S; s++)
            if (lattice_reach(m, m->T - k, s) & LATTICE_REACHED)
                for (int kind = 0; kind < KINDS; kind++)
                    close_context(&r, s, kind);
            else
                for (size_t j = 0; j < CHANNELS; j++) {
                    mpz_set_ui(&r.now.z[s * CHANNELS + j], 0);
                    mpfi_set_ui(&r.now.i[s * CHANNELS + j], 0);
                }
        if (!tt_lattice_progress(p, k, m->T))
            status = TT_INTERRUPTED;
    }
    if (status == TT_OK) {
        tt_lattice_dot(&x, &r.now, W_, CHANNELS, &p->start, m->S, &p->arithmetic);
        tt_lattice_put(p, &p->q->recursive_tv, &x);
    }
    tt_real_clear(&x);
    recursion_clear(&r);
    return status;
}

tt_status tt_lattice_recursion(lattice_pass *p, bool exact)
{
    lattice_effort effort = { tt_lattice_row_bits(p->m), 24.0 * (double)(p->m->S * p->m->V), 0 };
    return tt_lattice_run(p, group, effort, exact);
}

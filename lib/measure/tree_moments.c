#include "tree_internal.h"

#include <stdlib.h>
#include <string.h>

#include "fraction.h"

/* Sums over responses of (integer)^2 / integer: e^2/nu_theta for theta = k/6, then (b-a)^2/a = Var_mu(prod rho)
   and l^2/a = Var_mu(sum rho). Their denominators do not stay shared, which is why they are exact on small
   trees only; every term is >= 0, so enclosures lose nothing to cancellation. */
enum { M_PRODUCT = TT_THETAS, M_SUM, M_COUNT };

typedef struct {
    mpz_t nu[TT_THETAS]; /* times 6^d N; theta = 0 and 1 are the masses themselves and not used here */
    /* exact: the sums of the responses below, each over its own denominator, relative to 1 / (nu N) here */
    tt_group sums[M_COUNT];
} frame;

typedef struct {
    tt_path path;
    size_t V, T;
    bool exact;
    frame *frames; /* T + 1 */
    mpfi_t sums[M_COUNT];
    mpfi_t term, prompt;
    bool infinite[M_COUNT], any[M_COUNT];
    mpz_t e, l, difference, square, below, sixth, factor, work;
} moments;

static void add(moments *m, size_t k, mpz_srcptr x, mpz_srcptr nu, bool scaled)
{
    if (mpz_sgn(x) == 0)
        return;
    if (mpz_sgn(nu) == 0) {
        m->infinite[k] = true;
        return;
    }
    m->any[k] = true;
    if (m->exact) {
        mpz_mul(m->frames[m->T].sums[k].x[0], x, x);
        return;
    }
    mpz_mul(m->square, x, x);
    if (scaled)
        mpz_mul(m->square, m->square, m->sixth);
    mpz_mul(m->below, nu, m->path.steps[m->T].scale);
    mpfi_set_z(m->term, m->square);
    mpfi_div_z(m->term, m->term, m->below);
    mpfi_mul(m->term, m->term, m->prompt);
    mpfi_add(m->sums[k], m->sums[k], m->term);
}

static void response(moments *m)
{
    const tt_path_step *step = &m->path.steps[m->T];
    frame *own = &m->frames[m->T];
    mpz_mul_ui(m->l, step->rollout, m->T);
    mpz_sub(m->l, step->weighted, m->l);
    mpz_sub(m->difference, step->target, step->rollout);
    mpz_sub(m->e, m->difference, m->l);
    add(m, 0, m->e, step->rollout, false);
    for (size_t k = 1; k + 1 < TT_THETAS; k++)
        add(m, k, m->e, own->nu[k], true);
    add(m, TT_THETAS - 1, m->e, step->target, false);
    add(m, M_PRODUCT, m->difference, step->rollout, false);
    add(m, M_SUM, m->l, step->rollout, false);
}

/* What nu is multiplied with from a context to a child: 6 (1-theta) r + 6 theta p for 0 < theta < 1, p for theta = 1, r for
   the others. Rows at a context that neither policy reaches count as rollout's. */
static void step_nu(mpz_t out, const tt_rows *rows, size_t y, size_t k, bool reachable)
{
    if (k == TT_THETAS - 1) {
        mpz_set(out, &rows->target[y]);
    } else if (k == 0 || k >= TT_THETAS) {
        mpz_set(out, &rows->rollout[y]);
    } else {
        mpz_mul_ui(out, &rows->rollout[y], reachable ? 6 - k : 6);
        if (reachable)
            mpz_addmul_ui(out, &rows->target[y], k);
    }
}

static void push_nu(moments *m, size_t d, size_t y, bool reachable)
{
    const tt_rows *rows = &m->path.steps[d].rows;
    for (size_t k = 1; k + 1 < TT_THETAS; k++) {
        step_nu(m->below, rows, y, k, reachable);
        mpz_mul(m->frames[d + 1].nu[k], m->frames[d].nu[k], m->below);
    }
}

/* Adds the child's sums to its parent's, where there is anything to add: a nu that is zero was dealt with at the response. */
static void absorb(moments *m, size_t d, size_t y, bool reachable)
{
    const tt_rows *rows = &m->path.steps[d].rows;
    for (size_t k = 0; k < M_COUNT; k++) {
        tt_group *to = &m->frames[d].sums[k], *from = &m->frames[d + 1].sums[k];
        if (mpz_sgn(from->x[0]) == 0)
            continue;
        step_nu(m->below, rows, y, k, reachable);
        mpz_mul(from->scale, from->scale, m->below);
        tt_group_absorb(to, m->factor, from->scale, m->work);
        mpz_addmul(to->x[0], from->x[0], m->factor);
    }
}

static void reset(frame *f)
{
    for (size_t k = 0; k < M_COUNT; k++)
        tt_group_reset(&f->sums[k]);
}

static bool visit(moments *m, size_t d)
{
    tt_path *path = &m->path;
    bool reachable;
    if (m->exact)
        reset(&m->frames[d]);
    if (d == m->T) {
        response(m);
        return true;
    }
    if (!tt_path_open(path, d))
        return false;
    reachable = tt_path_reachable(path, d);
    for (size_t y = 0; y < m->V; y++) {
        tt_path_push(path, d, y);
        if (!tt_path_live(path, d + 1))
            continue;
        push_nu(m, d, y, reachable);
        if (!visit(m, d + 1))
            return false;
        if (m->exact)
            absorb(m, d, y, reachable);
    }
    for (size_t k = 0; m->exact && k < M_COUNT; k++)
        mpz_mul(m->frames[d].sums[k].scale, m->frames[d].sums[k].scale, path->steps[d].rows.total);
    return true;
}

static tt_status moments_init(moments *m, const tt_row_source *source, const tt_measure_options *options, bool exact)
{
    mpfr_prec_t precision = options->precision + 32;
    tt_status status;
    memset(m, 0, sizeof *m);
    m->V = source->vocab;
    m->T = source->horizon;
    m->exact = exact;
    mpz_inits(m->e, m->l, m->difference, m->square, m->below, m->sixth, m->factor, m->work, NULL);
    mpz_ui_pow_ui(m->sixth, 6, m->T);
    mpfi_init2(m->term, precision);
    mpfi_init2(m->prompt, precision);
    for (size_t k = 0; k < M_COUNT; k++) {
        mpfi_init2(m->sums[k], precision);
        mpfi_set_ui(m->sums[k], 0);
    }
    status = tt_path_init(&m->path, source, options, "second moments");
    m->frames = calloc(m->T + 1, sizeof *m->frames);
    if (!m->frames)
        return TT_NO_MEMORY;
    for (size_t d = 0; d <= m->T; d++) {
        for (size_t k = 0; k < TT_THETAS; k++)
            mpz_init_set_ui(m->frames[d].nu[k], 1);
        for (size_t k = 0; exact && k < M_COUNT && status == TT_OK; k++)
            status = tt_group_init(&m->frames[d].sums[k], 1);
    }
    return status;
}

static void moments_clear(moments *m)
{
    for (size_t d = 0; m->frames && d <= m->T; d++) {
        for (size_t k = 0; k < TT_THETAS; k++)
            mpz_clear(m->frames[d].nu[k]);
        for (size_t k = 0; k < M_COUNT; k++)
            tt_group_clear(&m->frames[d].sums[k]);
    }
    free(m->frames);
    for (size_t k = 0; k < M_COUNT; k++)
        mpfi_clear(m->sums[k]);
    mpfi_clear(m->term);
    mpfi_clear(m->prompt);
    mpz_clears(m->e, m->l, m->difference, m->square, m->below, m->sixth, m->factor, m->work, NULL);
    tt_path_clear(&m->path);
}

static void collect(moments *m, tt_quantities *q)
{
    tt_real *out[M_COUNT];
    for (size_t k = 0; k < TT_THETAS; k++)
        out[k] = &q->tilted_moment[k];
    out[M_PRODUCT] = &q->variance_product;
    out[M_SUM] = &q->variance_sum;
    for (size_t k = 0; k < M_COUNT; k++) {
        if (m->infinite[k])
            tt_real_set_infinite(out[k], 1);
        else if (!m->any[k])
            tt_real_set_ui(out[k], 0);
        else if (!m->exact)
            tt_real_set_interval(out[k], m->sums[k]);
    }
    tt_real_set(&q->second_moment, &q->tilted_moment[0]);
    if (!q->dominated) {
        tt_real_set_absent(&q->variance_product);
        tt_real_set_absent(&q->variance_sum);
        tt_real_set_absent(&q->second_moment);
    }
}

/* Adds an exact prompt's sums, weighted by its probability. */
static void collect_prompt(moments *m, tt_quantities *q, mpq_srcptr weight)
{
    for (size_t k = 0; k < M_COUNT; k++) {
        tt_real *out = k < TT_THETAS ? &q->tilted_moment[k] : k == M_PRODUCT ? &q->variance_product : &q->variance_sum;
        tt_group *sum = &m->frames[0].sums[k];
        if (k > 0 && k + 1 < TT_THETAS)
            mpz_mul(sum->x[0], sum->x[0], m->sixth);
        tt_tree_add(out, weight, sum->x[0], sum->scale);
    }
}

tt_status tt_tree_moments(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options, bool exact)
{
    moments m;
    tt_status status = moments_init(&m, source, options, exact);
    for (size_t k = 0; k < TT_THETAS; k++)
        tt_real_set_ui(&q->tilted_moment[k], 0);
    tt_real_set_ui(&q->variance_product, 0);
    tt_real_set_ui(&q->variance_sum, 0);
    for (size_t x = 0; x < source->prompts && status == TT_OK; x++) {
        mpq_srcptr weight = source->prompt(source->self, x);
        if (mpq_sgn(weight) == 0)
            continue;
        mpfi_set_q(m.prompt, weight);
        tt_path_start(&m.path, x);
        if (!visit(&m, 0))
            status = TT_INTERRUPTED;
        else if (exact)
            collect_prompt(&m, q, weight);
    }
    if (status == TT_OK)
        collect(&m, q);
    moments_clear(&m);
    return status;
}

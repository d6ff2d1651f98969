#include "tree_internal.h"

#include <stdlib.h>
#include <string.h>

#include "fraction.h"

/* Contexts whose subtree was measured already (same node, same depth), remembered in a table that may
   forget: automata repeat a few states very often. */
#define REMEMBERED_MIN ((size_t)1 << 6)
#define REMEMBERED_MAX ((size_t)1 << 16)

typedef struct {
    uint64_t node;
    size_t depth;
} place;

typedef struct {
    tt_path outer; /* finds the reachable contexts */
    tt_path inner; /* enumerates what follows one of them */
    size_t V, T;
    tt_group *sums; /* T + 1, by depth: signed mu-mass and pi-mass below */
    tt_group best;  /* T numerators and, in best_scale, their denominators */
    mpz_t *best_scale;
    bool *set;
    place *remembered;
    size_t remembered_n; /* a power of two */
    mpz_t factor, left, right, work;
} future;

static bool below(future *f, size_t d)
{
    tt_path_step *step = &f->inner.steps[d];
    tt_group *own = &f->sums[d];
    if (!tt_path_open(&f->inner, d))
        return false;
    tt_group_reset(own);
    for (size_t y = 0; y < f->V; y++) {
        mpz_srcptr r = &step->rows.rollout[y], p = &step->rows.target[y];
        if (mpz_sgn(r) == 0 && mpz_sgn(p) == 0)
            continue;
        if (d + 1 == f->T) {
            int sign;
            mpz_mul(f->left, step->target, p);
            mpz_mul(f->right, step->rollout, r);
            sign = mpz_cmp(f->left, f->right);
            if (sign > 0) {
                mpz_add(own->x[0], own->x[0], r);
                mpz_add(own->x[1], own->x[1], p);
            } else if (sign < 0) {
                mpz_sub(own->x[0], own->x[0], r);
                mpz_sub(own->x[1], own->x[1], p);
            }
        } else {
            tt_path_push(&f->inner, d, y);
            if (!tt_path_reachable(&f->inner, d + 1))
                continue;
            if (!below(f, d + 1))
                return false;
            tt_group_absorb(own, f->factor, f->sums[d + 1].scale, f->work);
            mpz_mul(f->work, f->factor, r);
            mpz_addmul(own->x[0], f->work, f->sums[d + 1].x[0]);
            mpz_mul(f->work, f->factor, p);
            mpz_addmul(own->x[1], f->work, f->sums[d + 1].x[1]);
        }
    }
    mpz_mul(own->scale, own->scale, step->rows.total);
    return true;
}

static bool measured_before(future *f, size_t d)
{
    uint64_t node = f->outer.steps[d].node;
    uint64_t hash = (node + 1) * UINT64_C(0x9E3779B97F4A7C15) + d * UINT64_C(0xBF58476D1CE4E5B9);
    place *p = &f->remembered[(hash >> 32) % f->remembered_n];
    if (p->node == node && p->depth == d + 1)
        return true;
    p->node = node;
    p->depth = d + 1;
    return false;
}

static bool measure_here(future *f, size_t d)
{
    tt_path_step *start = &f->inner.steps[d];
    tt_group *sum = &f->sums[d];
    if (measured_before(f, d))
        return true;
    start->node = f->outer.steps[d].node;
    mpz_set_ui(start->rollout, 1);
    mpz_set_ui(start->target, 1);
    if (!below(f, d))
        return false;
    mpz_sub(f->work, sum->x[1], sum->x[0]);
    if (!f->set[d] || tt_fraction_cmp(f->work, sum->scale, f->best.x[d], f->best_scale[d]) > 0) {
        mpz_set(f->best.x[d], f->work);
        mpz_set(f->best_scale[d], sum->scale);
        f->set[d] = true;
    }
    return true;
}

static bool visit(future *f, size_t d)
{
    if (!measure_here(f, d))
        return false;
    if (d + 1 == f->T)
        return true;
    (void)tt_path_open(&f->outer, d);
    for (size_t y = 0; y < f->V; y++) {
        tt_path_push(&f->outer, d, y);
        if (tt_path_reachable(&f->outer, d + 1) && !visit(f, d + 1))
            return false;
    }
    return true;
}

static tt_status future_init(future *f, const tt_row_source *source, const tt_measure_options *silent,
                             const tt_measure_options *options)
{
    tt_status status;
    memset(f, 0, sizeof *f);
    f->V = source->vocab;
    f->T = source->horizon;
    mpz_inits(f->factor, f->left, f->right, f->work, NULL);
    status = tt_path_init(&f->outer, source, silent, "");
    if (status == TT_OK)
        status = tt_path_init(&f->inner, source, options, "laws of the remaining tokens");
    if (status == TT_OK)
        status = tt_group_init(&f->best, f->T);
    f->inner.total *= (double)f->T;
    f->sums = calloc(f->T, sizeof *f->sums);
    f->best_scale = calloc(f->T, sizeof *f->best_scale);
    f->set = calloc(f->T, sizeof *f->set);
    f->remembered_n = REMEMBERED_MIN;
    while (f->remembered_n < REMEMBERED_MAX && f->remembered_n < tt_row_source_nodes_ui(source))
        f->remembered_n *= 2;
    f->remembered = calloc(f->remembered_n, sizeof *f->remembered);
    for (size_t d = 0; f->best_scale && d < f->T; d++)
        mpz_init(f->best_scale[d]);
    if (!f->sums || !f->best_scale || !f->set || !f->remembered)
        return TT_NO_MEMORY;
    for (size_t d = 0; d < f->T && status == TT_OK; d++)
        status = tt_group_init(&f->sums[d], 2);
    return status;
}

static void future_clear(future *f)
{
    for (size_t d = 0; f->sums && d < f->T; d++)
        tt_group_clear(&f->sums[d]);
    for (size_t d = 0; f->best_scale && d < f->T; d++)
        mpz_clear(f->best_scale[d]);
    tt_group_clear(&f->best);
    free(f->sums);
    free(f->best_scale);
    free(f->set);
    free(f->remembered);
    tt_path_clear(&f->outer);
    tt_path_clear(&f->inner);
    mpz_clears(f->factor, f->left, f->right, f->work, NULL);
}

tt_status tt_tree_future(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options)
{
    tt_measure_options silent = *options;
    future f;
    tt_status status;
    silent.progress = NULL;
    status = future_init(&f, source, &silent, options);
    for (size_t x = 0; x < source->prompts && status == TT_OK; x++) {
        if (mpq_sgn(source->prompt(source->self, x)) == 0)
            continue;
        tt_path_start(&f.outer, x);
        if (!visit(&f, 0))
            status = TT_INTERRUPTED;
    }
    if (status == TT_OK) {
        mpq_t half;
        mpq_init(half);
        mpq_set_ui(half, 1, 2);
        for (size_t d = 0; d < f.T; d++) {
            tt_real_set_ui(&q->future_tv.items[d], 0);
            if (f.set[d])
                tt_tree_add(&q->future_tv.items[d], half, f.best.x[d], f.best_scale[d]);
        }
        mpq_clear(half);
    }
    future_clear(&f);
    return status;
}

#include "clipping.h"

#include <string.h>

#include "../measure/tree.h"
#include "child_sums.h"

/* ---- one token -------------------------------------------------------------------------------------- */

void tt_clip_init(tt_clip *clip)
{
    mpq_inits(clip->low, clip->high, clip->dual, NULL);
    mpq_set_ui(clip->low, 1, 5);
    mpq_set_ui(clip->high, 1, 5);
    clip->has_dual = false;
}

void tt_clip_clear(tt_clip *clip)
{
    mpq_clears(clip->low, clip->high, clip->dual, NULL);
}

void tt_clip_term_init(tt_clip_term *term)
{
    mpq_inits(term->unclipped, term->clipped, term->selected, NULL);
    term->choice = TT_CLIP_UNCLIPPED;
}

void tt_clip_term_clear(tt_clip_term *term)
{
    mpq_clears(term->unclipped, term->clipped, term->selected, NULL);
}

/* -1 below the window, 0 inside, 1 above; out = clip(rho) */
static int clip_ratio(mpq_t out, mpq_srcptr rho, const tt_clip *clip)
{
    int side = 0;
    mpq_set_ui(out, 1, 1);
    mpq_sub(out, out, clip->low);
    if (mpq_cmp(rho, out) < 0) {
        side = -1;
    } else {
        mpq_set_ui(out, 1, 1);
        mpq_add(out, out, clip->high);
        if (mpq_cmp(rho, out) > 0)
            side = 1;
        else
            mpq_set(out, rho);
    }
    return side;
}

void tt_clip_term_set(tt_clip_term *term, mpq_srcptr rho, mpq_srcptr advantage, const tt_clip *clip)
{
    clip_ratio(term->clipped, rho, clip);
    mpq_mul(term->clipped, term->clipped, advantage);
    mpq_mul(term->unclipped, rho, advantage);
    term->choice = mpq_cmp(term->clipped, term->unclipped) < 0 ? TT_CLIP_CLIPPED : TT_CLIP_UNCLIPPED;
    mpq_set(term->selected, term->choice == TT_CLIP_CLIPPED ? term->clipped : term->unclipped);
    if (clip->has_dual && mpq_sgn(advantage) < 0) {
        mpq_t floor;
        mpq_init(floor);
        mpq_mul(floor, clip->dual, advantage);
        if (mpq_cmp(floor, term->selected) > 0) {
            mpq_set(term->selected, floor);
            term->choice = TT_CLIP_DUAL;
        }
        mpq_clear(floor);
    }
}

tt_clip_row tt_clip_row_of(mpq_srcptr rho, mpq_srcptr advantage, const tt_clip *clip)
{
    mpq_t clipped;
    int side;
    mpq_init(clipped);
    side = clip_ratio(clipped, rho, clip);
    mpq_clear(clipped);
    if (side == 0 || mpq_sgn(advantage) == 0)
        return TT_CLIP_INSIDE;
    if (side > 0)
        return mpq_sgn(advantage) > 0 ? TT_CLIP_HIGH_POSITIVE : TT_CLIP_HIGH_NEGATIVE;
    return mpq_sgn(advantage) < 0 ? TT_CLIP_LOW_NEGATIVE : TT_CLIP_LOW_POSITIVE;
}

const char *tt_clip_row_name(tt_clip_row row)
{
    static const char *const names[TT_CLIP_ROWS] = {
        [TT_CLIP_HIGH_POSITIVE] = "high-positive", [TT_CLIP_LOW_NEGATIVE] = "low-negative",
        [TT_CLIP_HIGH_NEGATIVE] = "high-negative", [TT_CLIP_LOW_POSITIVE] = "low-positive",
        [TT_CLIP_INSIDE] = "inside",
    };
    return names[row];
}

/* ---- one instance ------------------------------------------------------------------------------------- */

/* Sums of the walk; per row of the table the terms of tt_clip_sums. */
enum { ROW_MASS, ROW_UNCLIPPED, ROW_CLIPPED, ROW_SELECTED, ROW_TAKEN, ROW_SUMS };
enum {
    SUM_REWARD, /* E_mu R */
    SUM_ROWS,
    SUM_ALL = SUM_ROWS + TT_CLIP_ROWS * ROW_SUMS
};

typedef struct {
    tt_clipping *out;
    const tt_clip *clip;
    tt_child_sums children;
    tt_clip_term term;
    mpq_t rho, advantage, mass;
    mpz_t number, value;
} clip_walk;

static void open_context(void *context, const tt_path *path, size_t depth)
{
    clip_walk *w = context;
    (void)path;
    tt_child_sums_open(&w->children, depth);
}

static tt_status put_response(void *context, const tt_response *response, tt_group *leaf, tt_error *error)
{
    clip_walk *w = context;
    size_t T = response->path->source->horizon;
    const tt_path_step *end = &response->path->steps[T];
    (void)error;
    mpz_set(leaf->scale, mpq_denref(response->reward));
    mpz_mul(leaf->x[SUM_REWARD], end->rollout, mpq_numref(response->reward));
    tt_child_sums_close(&w->children, response->path, T, leaf);
    return TT_OK;
}

/* A fraction that is added to a sum over N scale: the group takes its denominator in. */
static void add_fraction(tt_group *below, size_t k, mpq_srcptr x, mpz_t factor)
{
    if (!mpz_divisible_p(below->scale, mpq_denref(x))) {
        mpz_gcd(factor, below->scale, mpq_denref(x));
        mpz_divexact(factor, mpq_denref(x), factor);
        for (size_t i = 0; i < below->n; i++)
            mpz_mul(below->x[i], below->x[i], factor);
        mpz_mul(below->scale, below->scale, factor);
    }
    mpz_divexact(factor, below->scale, mpq_denref(x));
    mpz_addmul(below->x[k], mpq_numref(x), factor);
}

/* advantage = A(c, v) d(c) mu(v) N: what is left of it once N is divided out belongs to the group's scale. */
static void add_token(clip_walk *w, const tt_rows *rows, size_t v, mpz_srcptr visits, tt_group *below)
{
    tt_clip_row row;
    tt_clip_sums *sums;
    size_t at;
    mpz_set(mpq_numref(w->rho), &rows->target[v]);
    mpz_set(mpq_denref(w->rho), &rows->rollout[v]);
    mpq_canonicalize(w->rho);
    mpz_mul(mpq_numref(w->mass), visits, &rows->rollout[v]);
    mpz_set(mpq_denref(w->mass), rows->total);
    mpq_canonicalize(w->mass);
    tt_clip_term_set(&w->term, w->rho, w->advantage, w->clip);
    row = tt_clip_row_of(w->rho, w->advantage, w->clip);
    sums = &w->out->rows[row];
    at = SUM_ROWS + row * ROW_SUMS;
    add_fraction(below, at + ROW_MASS, w->mass, w->number);
    add_fraction(below, at + ROW_UNCLIPPED, w->term.unclipped, w->number);
    add_fraction(below, at + ROW_CLIPPED, w->term.clipped, w->number);
    add_fraction(below, at + ROW_SELECTED, w->term.selected, w->number);
    if (w->term.choice == TT_CLIP_UNCLIPPED)
        add_fraction(below, at + ROW_TAKEN, w->mass, w->number);
    /* of one token: without d(c) mu(v) */
    mpq_div(w->mass, w->term.selected, w->mass);
    mpq_abs(w->mass, w->mass);
    if (!sums->any || mpq_cmp(w->mass, sums->largest) > 0)
        mpq_set(sums->largest, w->mass);
    sums->any = true;
}

static void close_context(void *context, const tt_path *path, size_t depth, tt_group *below)
{
    clip_walk *w = context;
    const tt_path_step *step = &path->steps[depth];
    const tt_rows *rows = &step->rows;
    mpz_t scale, whole;
    mpz_inits(scale, whole, NULL);
    mpz_set(scale, below->scale);
    mpz_set(whole, below->x[SUM_REWARD]);
    for (size_t v = 0; v < rows->n && mpz_sgn(step->rollout) != 0; v++) {
        if (mpz_sgn(&rows->rollout[v]) == 0)
            continue;
        tt_child_sums_get(w->value, &w->children, depth, v, SUM_REWARD, scale);
        mpz_mul(w->value, w->value, rows->total);
        mpz_submul(w->value, whole, &rows->rollout[v]);
        mpz_set(mpq_numref(w->advantage), w->value);
        mpz_mul(mpq_denref(w->advantage), scale, rows->total);
        mpq_canonicalize(w->advantage);
        add_token(w, rows, v, step->rollout, below);
    }
    mpz_clears(scale, whole, NULL);
    tt_child_sums_close(&w->children, path, depth, below);
}

static void collect_row(tt_clip_sums *out, mpq_t *sums)
{
    mpq_set(out->mass, sums[ROW_MASS]);
    mpq_set(out->unclipped, sums[ROW_UNCLIPPED]);
    mpq_set(out->clipped, sums[ROW_CLIPPED]);
    mpq_set(out->selected, sums[ROW_SELECTED]);
    mpq_set(out->taken_unclipped, sums[ROW_TAKEN]);
}

static void collect(tt_clipping *out, mpq_t *sums)
{
    for (size_t row = 0; row < TT_CLIP_ROWS; row++) {
        collect_row(&out->rows[row], &sums[SUM_ROWS + row * ROW_SUMS]);
        mpq_add(out->objective, out->objective, out->rows[row].selected);
        mpq_add(out->unclipped, out->unclipped, out->rows[row].unclipped);
    }
}

static void clipping_init(tt_clipping *out)
{
    memset(out, 0, sizeof *out);
    mpq_inits(out->objective, out->unclipped, out->surrogate, out->improvement, NULL);
    for (size_t row = 0; row < TT_CLIP_ROWS; row++) {
        tt_clip_sums *sums = &out->rows[row];
        mpq_inits(sums->mass, sums->unclipped, sums->clipped, sums->selected, sums->taken_unclipped, sums->largest,
                 NULL);
    }
}

void tt_clipping_clear(tt_clipping *out)
{
    mpq_clears(out->objective, out->unclipped, out->surrogate, out->improvement, NULL);
    for (size_t row = 0; row < TT_CLIP_ROWS; row++) {
        tt_clip_sums *sums = &out->rows[row];
        mpq_clears(sums->mass, sums->unclipped, sums->clipped, sums->selected, sums->taken_unclipped, sums->largest,
                 NULL);
    }
}

static tt_status run_walk(clip_walk *w, const tt_row_source *source, const tt_measure_options *options, tt_error *error)
{
    tt_response_walker walker = { w, SUM_ALL, open_context, NULL, close_context, put_response, NULL };
    mpq_t sums[SUM_ALL];
    tt_status status;
    for (size_t k = 0; k < SUM_ALL; k++)
        mpq_init(sums[k]);
    status = tt_walk_responses(sums, source, options, "clipped objective", &walker, error);
    if (status == TT_OK)
        collect(w->out, sums);
    for (size_t k = 0; k < SUM_ALL; k++)
        mpq_clear(sums[k]);
    return status;
}

/* What the objective stands in for. */
static tt_status measure_truth(tt_clipping *out, const tt_row_source *source, const tt_measure_options *options,
                               tt_error *error)
{
    tt_measure_options measure = *options;
    tt_quantities q;
    tt_status status;
    tt_quantities_init(&q);
    measure.fields = TT_FIELDS_MAIN;
    status = tt_tree_measure(&q, source, &measure, error);
    if (status == TT_OK) {
        out->dominated = q.dominated;
        mpq_set(out->surrogate, q.surrogate.q);
        mpq_set(out->improvement, q.improvement.q);
    }
    tt_quantities_clear(&q);
    return status;
}

tt_status tt_clipping_run(tt_clipping *out, const tt_row_source *source, const tt_clip *clip,
                          const tt_measure_options *options, tt_error *error)
{
    clip_walk w = { .out = out, .clip = clip };
    tt_status status;
    clipping_init(out);
    status = measure_truth(out, source, options, error);
    if (status != TT_OK)
        return status;
    tt_clip_term_init(&w.term);
    mpq_inits(w.rho, w.advantage, w.mass, NULL);
    mpz_inits(w.number, w.value, NULL);
    if (tt_child_sums_init(&w.children, source->horizon, source->vocab, 1) != TT_OK)
        status = tt_no_memory(error);
    else
        status = run_walk(&w, source, options, error);
    tt_child_sums_clear(&w.children);
    mpz_clears(w.number, w.value, NULL);
    mpq_clears(w.rho, w.advantage, w.mass, NULL);
    tt_clip_term_clear(&w.term);
    return status;
}

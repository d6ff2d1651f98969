#include "masking_levels.h"

#include <stdlib.h>
#include <string.h>

#include "../number/simplest.h"

#define PRECISION TT_PRECISION_DEFAULT

static tt_status levels_init(tt_mask_levels *levels, size_t n, tt_error *error)
{
    levels->n = 0;
    levels->thresholds = calloc(n, sizeof *levels->thresholds);
    levels->jumps = calloc(n, sizeof *levels->jumps);
    if (!levels->thresholds || !levels->jumps) {
        tt_mask_levels_clear(levels);
        return tt_no_memory(error);
    }
    for (; levels->n < n; levels->n++) {
        mpq_init(levels->thresholds[levels->n]);
        tt_real_init(&levels->jumps[levels->n]);
    }
    return TT_OK;
}

void tt_mask_levels_clear(tt_mask_levels *levels)
{
    for (size_t k = 0; k < levels->n; k++) {
        mpq_clear(levels->thresholds[k]);
        tt_real_clear(&levels->jumps[k]);
    }
    free(levels->thresholds);
    free(levels->jumps);
    *levels = (tt_mask_levels){ 0 };
}

/* ---- a grid ------------------------------------------------------------------------------------ */

tt_status tt_mask_levels_grid(tt_mask_levels *out, const tt_mask *mask, mpq_srcptr low, mpq_srcptr high, size_t n,
                              tt_error *error)
{
    tt_status status = levels_init(out, n, error);
    mpq_t span;
    mpq_init(span);
    mpq_sub(span, high, low);
    for (size_t k = 0; k < n && status == TT_OK; k++) {
        mpq_ptr d = out->thresholds[tt_mask_grows(mask) ? k : n - 1 - k];
        mpq_set_ui(d, k, n - 1);
        mpq_canonicalize(d);
        mpq_mul(d, d, span);
        mpq_add(d, d, low);
    }
    mpq_clear(span);
    return status;
}

/* ---- the statistics of an instance ----------------------------------------------------------------- */

/* Numbers apart from each other, rising; those that could not be told apart are one interval. */
typedef struct {
    tt_real *x;
    size_t n, room;
} distinct;

typedef struct {
    tt_mask_judge *judge;
    const tt_mask_question *question;
    mpq_srcptr baseline;
    distinct values;
    tt_real value;
} collector;

/* x becomes an interval around both. */
static void join(tt_real *x, const tt_real *y)
{
    mpfi_t a, b;
    mpfi_init2(a, PRECISION);
    mpfi_init2(b, PRECISION);
    tt_real_get_interval(a, x);
    tt_real_get_interval(b, y);
    mpfi_union(a, a, b);
    tt_real_set_interval(x, a);
    mpfi_clear(a);
    mpfi_clear(b);
}

static void remove_at(distinct *d, size_t k)
{
    tt_real_clear(&d->x[k]);
    memmove(&d->x[k], &d->x[k + 1], (d->n - k - 1) * sizeof *d->x);
    d->n--;
}

/* Entry k has grown: it takes in the neighbours that it reaches now. */
static void join_neighbours(distinct *d, size_t k)
{
    while (k + 1 < d->n && tt_real_cmp(&d->x[k], &d->x[k + 1]) == TT_UNKNOWN) {
        join(&d->x[k], &d->x[k + 1]);
        remove_at(d, k + 1);
    }
    while (k > 0 && tt_real_cmp(&d->x[k - 1], &d->x[k]) == TT_UNKNOWN) {
        join(&d->x[k - 1], &d->x[k]);
        remove_at(d, k);
        k--;
    }
}

static tt_status insert_at(distinct *d, size_t k, const tt_real *value, tt_error *error)
{
    if (d->n == TT_MASK_JUMPS)
        return tt_fail(error, TT_LIMIT, NULL, "the decisions of the mask change at more than %d thresholds",
                       TT_MASK_JUMPS);
    if (d->n == d->room) {
        size_t room = d->room ? 2 * d->room : 64;
        tt_real *x = reallocarray(d->x, room, sizeof *x);
        if (!x)
            return tt_no_memory(error);
        d->x = x;
        d->room = room;
    }
    memmove(&d->x[k + 1], &d->x[k], (d->n - k) * sizeof *d->x);
    d->n++;
    tt_real_init(&d->x[k]);
    tt_real_set(&d->x[k], value);
    return TT_OK;
}

static tt_status insert(distinct *d, const tt_real *value, tt_error *error)
{
    size_t low = 0, high = d->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        tt_order order = tt_real_cmp(value, &d->x[middle]);
        if (order == TT_EQUAL)
            return TT_OK;
        if (order == TT_UNKNOWN) {
            join(&d->x[middle], value);
            join_neighbours(d, middle);
            return TT_OK;
        }
        if (order == TT_LESS)
            high = middle;
        else
            low = middle + 1;
    }
    return insert_at(d, low, value, error);
}

static void push_token(void *context, const tt_path *path, size_t depth, size_t token)
{
    collector *c = context;
    tt_mask_judge_push(c->judge, path, depth, token);
}

static tt_status put_response(void *context, const tt_response *response, tt_group *leaf, tt_error *error)
{
    collector *c = context;
    const tt_path *path = response->path;
    int advantage = mpq_cmp(response->reward, c->baseline);
    bool tokens = c->question->mask->level == TT_MASK_TOKEN;
    size_t T = path->source->horizon, last = tokens ? T : 0;
    (void)leaf;
    if (mpz_sgn(path->steps[T].rollout) == 0)
        return TT_OK;
    for (size_t t = tokens ? 1 : 0; t <= last; t++) {
        tt_status status;
        tt_mask_judge_value(&c->value, c->judge, response, t, advantage);
        if (tt_real_is_absent(&c->value) || tt_real_is_infinite(&c->value))
            continue;
        if (tt_real_cmp_ui(&c->value, 0) == TT_LESS)
            tt_real_set_ui(&c->value, 0); /* there is no threshold below 0 */
        if (!tt_real_is_exact(&c->value))
            tt_real_enclose(&c->value, &c->value, PRECISION); /* the ends are what is compared from here on */
        status = insert(&c->values, &c->value, error);
        if (status != TT_OK)
            return status;
    }
    return TT_OK;
}

/* ---- thresholds between them --------------------------------------------------------------------------- */

/* The ends of an enclosure. */
static void ends(mpq_t lo, mpq_t hi, const tt_real *x)
{
    mpfi_t i;
    if (tt_real_is_exact(x)) {
        mpq_set(lo, x->q);
        mpq_set(hi, x->q);
        return;
    }
    mpfi_init2(i, PRECISION);
    tt_real_get_interval(i, x);
    mpfr_get_q(lo, &i->left);
    mpfr_get_q(hi, &i->right);
    if (mpq_sgn(lo) < 0)
        mpq_set_ui(lo, 0, 1);
    mpfi_clear(i);
}

/* out = (x + y) / 2 */
static void halfway(mpq_t out, mpq_srcptr x, mpq_srcptr y)
{
    mpq_add(out, x, y);
    mpq_div_2exp(out, out, 1);
}

/* Keeps value k and nothing that is stricter to keep: k itself where it is rational, else a short rational that is at
   most a millionth of k on the wide side of it, and no further than half way to what comes next. */
static void threshold_at(mpq_t out, const distinct *d, size_t k, bool grows)
{
    mpq_t lo, hi, next, near, scale;
    mpq_inits(lo, hi, next, near, scale, NULL);
    mpq_set_ui(scale, grows ? 1000001 : 999999, 1000000);
    ends(lo, hi, &d->x[k]);
    mpq_mul(near, grows ? hi : lo, scale);
    if (tt_real_is_exact(&d->x[k])) {
        mpq_set(out, lo);
    } else if (grows) {
        if (k + 1 < d->n) {
            ends(next, scale, &d->x[k + 1]);
            halfway(next, hi, next);
        }
        tt_exact_simplest(out, hi, k + 1 < d->n && mpq_cmp(next, near) < 0 ? next : near);
    } else {
        if (k > 0) {
            ends(scale, next, &d->x[k - 1]);
            halfway(next, next, lo);
        }
        tt_exact_simplest(out, mpq_cmp(next, near) > 0 ? next : near, lo);
    }
    mpq_clears(lo, hi, next, near, scale, NULL);
}

/* A threshold that no value passes. */
static void threshold_outside(mpq_t out, const distinct *d, bool grows)
{
    mpq_t lo, hi, one;
    mpq_set_ui(out, 0, 1);
    if (grows)
        return;
    mpq_inits(lo, hi, one, NULL);
    mpq_set_ui(one, 1, 1);
    ends(lo, hi, &d->x[d->n - 1]);
    mpq_add(lo, hi, one);
    halfway(hi, hi, lo);
    tt_exact_simplest(out, hi, lo);
    mpq_clears(lo, hi, one, NULL);
}

static tt_status make_levels(tt_mask_levels *out, const distinct *d, bool grows, tt_error *error)
{
    /* no threshold is stricter than one of 0 */
    bool outside = d->n == 0 || !grows || !tt_real_is_zero(&d->x[0]);
    tt_status status = levels_init(out, d->n + outside, error);
    if (status != TT_OK)
        return status;
    if (outside && d->n)
        threshold_outside(out->thresholds[0], d, grows);
    for (size_t k = 0; k < d->n; k++) {
        size_t from = grows ? k : d->n - 1 - k;
        threshold_at(out->thresholds[k + outside], d, from, grows);
        tt_real_set(&out->jumps[k + outside], &d->x[from]);
    }
    return TT_OK;
}

tt_status tt_mask_levels_jumps(tt_mask_levels *out, const tt_mask_question *question, const tt_row_source *source,
                               mpq_srcptr baseline, const tt_measure_options *options, tt_error *error)
{
    mpq_t zero;
    tt_mask_question own = *question;
    collector c = { .question = &own, .baseline = baseline };
    tt_response_walker walker = { .context = &c, .push = push_token, .response = put_response };
    tt_status status = TT_OK;
    mpq_init(zero);
    own.levels = 1;
    own.first = (const mpq_t *)&zero;
    tt_real_init(&c.value);
    if (tt_mask_judge_new(&c.judge, &own, source) != TT_OK)
        status = tt_no_memory(error);
    if (status == TT_OK)
        status = tt_walk_responses(NULL, source, options, "responses", &walker, error);
    if (status == TT_OK)
        status = make_levels(out, &c.values, tt_mask_grows(question->mask), error);
    tt_mask_judge_free(c.judge);
    for (size_t k = 0; k < c.values.n; k++)
        tt_real_clear(&c.values.x[k]);
    free(c.values.x);
    tt_real_clear(&c.value);
    mpq_clear(zero);
    return status;
}

#include <stdlib.h>

#include "filter_internal.h"
#include "fraction.h"

/* What a context adds up from its children, as in the tree engine's walk: linear functionals of the subtree relative to
   the masses at its root. */
enum {
    F_V,   /* E_mu[R] */
    F_W,   /* E_pi[R] */
    F_K,   /* E_mu[R sum rho] without division */
    F_H,   /* sum_t E_mu sum_v (pi-mu)(V^pi - V^mu) */
    F_DJ,  /* dJ along pi - mu */
    F_DL,  /* dL along pi - mu */
    F_GM,  /* sum_t E_mu[g_t] */
    F_GP,  /* sum_t E_pi[g_t] */
    F_X,   /* E_mu[R sum (rho-1)] over mu's support */
    F_S,   /* E_mu[R prod rho] over mu's support */
    F_Y,   /* E_mu[R sum_t (rho_t-1)(prod_{j>t} rho_j - 1)] over mu's support */
    F_COUNT
};

/* Rewards are brought over one denominator, which grows while they are met; past this many bits it is not worth it. */
#define REWARD_BITS 512

/* Numerators over scale * rewards, where `rewards` divides the common denominator of rewards of a later time. */
typedef struct {
    mpz_t x[F_COUNT], scale, rewards;
} vector;

struct filter_exact {
    size_t vocab, horizon, room; /* room: the longest horizon that there is memory for */
    vector *children;            /* room * vocab: of the context at a depth */
    vector prompt;
    mpz_t sums[EXACT_SIDES], scale; /* over prompts */
    mpz_t *before;                  /* vocab + 1: products of the scales of the children before */
    mpz_t rewards;                  /* common denominator of all rewards so far */
    mpz_t factor, after, difference, advantage, rollout_sum, target_sum;
    tt_extreme g_max, g_min; /* of g_2 where T = 2 */
    bool martingale;
};

static void vector_init(vector *v)
{
    for (size_t k = 0; k < F_COUNT; k++)
        mpz_init(v->x[k]);
    mpz_inits(v->scale, v->rewards, NULL);
}

static void vector_clear(vector *v)
{
    for (size_t k = 0; k < F_COUNT; k++)
        mpz_clear(v->x[k]);
    mpz_clears(v->scale, v->rewards, NULL);
}

tt_status tt_filter_exact_new(filter_exact **out)
{
    filter_exact *f = *out = calloc(1, sizeof *f);
    if (!f)
        return TT_NO_MEMORY;
    vector_init(&f->prompt);
    mpz_inits(f->g_max.numerator, f->g_max.denominator, f->g_min.numerator, f->g_min.denominator, NULL);
    for (size_t k = 0; k < EXACT_SIDES; k++)
        mpz_init(f->sums[k]);
    mpz_inits(f->scale, f->rewards, f->factor, f->after, f->difference, f->advantage, f->rollout_sum, f->target_sum, NULL);
    return TT_OK;
}

static void free_room(filter_exact *f)
{
    for (size_t k = 0; f->children && k < f->room * f->vocab; k++)
        vector_clear(&f->children[k]);
    for (size_t v = 0; f->before && v <= f->vocab; v++)
        mpz_clear(f->before[v]);
    free(f->children);
    free(f->before);
    f->children = NULL;
    f->before = NULL;
    f->vocab = f->room = 0;
}

void tt_filter_exact_free(filter_exact *f)
{
    if (!f)
        return;
    free_room(f);
    vector_clear(&f->prompt);
    mpz_clears(f->g_max.numerator, f->g_max.denominator, f->g_min.numerator, f->g_min.denominator, NULL);
    for (size_t k = 0; k < EXACT_SIDES; k++)
        mpz_clear(f->sums[k]);
    mpz_clears(f->scale, f->rewards, f->factor, f->after, f->difference, f->advantage, f->rollout_sum, f->target_sum, NULL);
    free(f);
}

static tt_status make_room(filter_exact *f, size_t vocab, size_t horizon)
{
    if (vocab == f->vocab && horizon <= f->room)
        return TT_OK;
    free_room(f);
    f->children = calloc(horizon * vocab, sizeof *f->children);
    f->before = calloc(vocab + 1, sizeof *f->before);
    if (!f->children || !f->before) {
        free(f->children);
        free(f->before);
        f->children = NULL;
        f->before = NULL;
        return TT_NO_MEMORY;
    }
    f->vocab = vocab;
    f->room = horizon;
    for (size_t k = 0; k < horizon * vocab; k++)
        vector_init(&f->children[k]);
    for (size_t v = 0; v <= vocab; v++)
        mpz_init(f->before[v]);
    return TT_OK;
}

tt_status tt_filter_exact_start(filter_exact *f, size_t vocab, size_t horizon)
{
    for (size_t k = 0; k < EXACT_SIDES; k++)
        mpz_set_ui(f->sums[k], 0);
    mpz_set_ui(f->scale, 1);
    mpz_set_ui(f->rewards, 1);
    f->g_max.set = f->g_min.set = false;
    f->martingale = true;
    f->horizon = horizon;
    return make_room(f, vocab, horizon);
}

static vector *child_of(filter_exact *f, size_t depth, size_t token)
{
    return &f->children[depth * f->vocab + token];
}

/* ---- the children over one denominator ------------------------------------------------ */

bool tt_filter_exact_reward(filter_exact *f, size_t token, mpq_srcptr reward)
{
    vector *child = child_of(f, f->horizon - 1, token);
    mpz_set(child->x[F_V], mpq_numref(reward));
    mpz_set(child->rewards, mpq_denref(reward));
    if (mpz_cmp(child->rewards, f->rewards) != 0 && !mpz_divisible_p(f->rewards, child->rewards))
        mpz_lcm(f->rewards, f->rewards, child->rewards);
    return mpz_sizeinbase(f->rewards, 2) <= REWARD_BITS;
}

static void multiply(vector *child, mpz_srcptr factor, size_t n)
{
    for (size_t k = 0; k < n; k++)
        mpz_mul(child->x[k], child->x[k], factor);
}

/* Over the common denominator of rewards; n: how many of the numerators there are. */
static void share_rewards(filter_exact *f, vector *child, size_t n)
{
    if (mpz_cmp(child->rewards, f->rewards) == 0)
        return;
    mpz_divexact(f->factor, f->rewards, child->rewards);
    multiply(child, f->factor, n);
}

static bool same_scales(filter_exact *f, size_t depth, const bool *seen)
{
    const vector *first = NULL;
    for (size_t v = 0; v < f->vocab; v++) {
        const vector *child = child_of(f, depth, v);
        if (seen[v] && !first)
            first = child;
        else if (seen[v] && mpz_cmp(child->scale, first->scale) != 0)
            return false;
    }
    /* cppcheck-suppress nullPointer ; a context that comes has a child that comes */
    mpz_set(f->after, first->scale);
    return true;
}

/* f->after = the common scale, that of all or the product, to which the children are brought. */
static void share_scales(filter_exact *f, size_t depth, const bool *seen)
{
    if (same_scales(f, depth, seen))
        return;
    mpz_set_ui(f->before[0], 1);
    for (size_t v = 0; v < f->vocab; v++)
        if (seen[v])
            mpz_mul(f->before[v + 1], f->before[v], child_of(f, depth, v)->scale);
        else
            mpz_set(f->before[v + 1], f->before[v]);
    mpz_set_ui(f->after, 1);
    for (size_t v = f->vocab; v-- > 0;)
        if (seen[v]) {
            vector *child = child_of(f, depth, v);
            mpz_mul(f->factor, f->before[v], f->after);
            multiply(child, f->factor, F_COUNT);
            mpz_mul(f->after, f->after, child->scale);
        }
}

/* ---- one context ------------------------------------------------------------------------- */

/* Of responses: V = V^pi = the reward, all other sums are 0. */
static void add_response(filter_exact *f, vector *own, const vector *child, mpz_srcptr r, mpz_srcptr p)
{
    mpz_addmul(own->x[F_V], child->x[F_V], r);
    mpz_addmul(own->x[F_W], child->x[F_V], p);
    mpz_addmul(own->x[F_DJ], child->x[F_V], f->difference);
    mpz_addmul(own->x[F_K], child->x[F_V], p);
    if (mpz_sgn(r) != 0) {
        mpz_addmul(own->x[F_X], child->x[F_V], f->difference);
        mpz_addmul(own->x[F_S], child->x[F_V], p);
    }
}

static void add_child(filter_exact *f, vector *own, const vector *child, mpz_srcptr r, mpz_srcptr p)
{
    mpz_addmul(own->x[F_V], child->x[F_V], r);
    mpz_addmul(own->x[F_W], child->x[F_W], p);
    mpz_addmul(own->x[F_K], child->x[F_K], r);
    mpz_addmul(own->x[F_K], child->x[F_V], p);
    mpz_addmul(own->x[F_H], child->x[F_H], r);
    mpz_sub(f->factor, child->x[F_W], child->x[F_V]);
    mpz_addmul(own->x[F_H], f->factor, f->difference);
    mpz_addmul(own->x[F_DJ], child->x[F_DJ], r);
    mpz_addmul(own->x[F_DJ], child->x[F_V], f->difference);
    mpz_addmul(own->x[F_DL], child->x[F_DL], r);
    mpz_addmul(own->x[F_GM], child->x[F_GM], r);
    mpz_addmul(own->x[F_GP], child->x[F_GP], p);
    if (mpz_sgn(r) == 0)
        return;
    mpz_addmul(own->x[F_X], child->x[F_X], r);
    mpz_addmul(own->x[F_X], child->x[F_V], f->difference);
    mpz_addmul(own->x[F_S], child->x[F_S], p);
    mpz_addmul(own->x[F_Y], child->x[F_Y], r);
    mpz_sub(f->factor, child->x[F_S], child->x[F_V]);
    mpz_addmul(own->x[F_Y], f->factor, f->difference);
}

/* g and the martingale, from A(c,v) = (Q(v) D - V) / (D scale). */
static void add_advantages(filter_exact *f, vector *own, size_t depth, const tt_rows *rows, const bool *seen)
{
    mpz_set_ui(f->rollout_sum, 0);
    mpz_set_ui(f->target_sum, 0);
    for (size_t v = 0; v < f->vocab; v++)
        if (seen[v]) {
            mpz_mul(f->advantage, child_of(f, depth, v)->x[F_V], rows->total);
            mpz_sub(f->advantage, f->advantage, own->x[F_V]);
            mpz_addmul(f->rollout_sum, f->advantage, &rows->rollout[v]);
            mpz_addmul(f->target_sum, f->advantage, &rows->target[v]);
        }
    f->martingale = f->martingale && mpz_sgn(f->rollout_sum) == 0;
    /* multiples of D, as the row of the target sums to D */
    mpz_divexact(f->target_sum, f->target_sum, rows->total);
    mpz_divexact(f->rollout_sum, f->rollout_sum, rows->total);
    mpz_add(own->x[F_GM], own->x[F_GM], f->target_sum);
    mpz_add(own->x[F_GP], own->x[F_GP], f->target_sum);
    mpz_add(own->x[F_DL], own->x[F_DL], f->target_sum);
    mpz_sub(own->x[F_DL], own->x[F_DL], f->rollout_sum);
}

void tt_filter_exact_context(filter_exact *f, size_t depth, size_t token, const tt_rows *rows, const bool *seen,
                             bool reachable)
{
    vector *own = depth ? child_of(f, depth - 1, token) : &f->prompt;
    bool last = depth + 1 == f->horizon;
    for (size_t v = 0; v < f->vocab; v++)
        if (seen[v])
            share_rewards(f, child_of(f, depth, v), last ? 1 : F_COUNT);
    if (last)
        mpz_set_ui(f->after, 1);
    else
        share_scales(f, depth, seen);
    for (size_t k = 0; k < F_COUNT; k++)
        mpz_set_ui(own->x[k], 0);
    for (size_t v = 0; v < f->vocab; v++)
        if (seen[v]) {
            mpz_sub(f->difference, &rows->target[v], &rows->rollout[v]);
            (last ? add_response : add_child)(f, own, child_of(f, depth, v), &rows->rollout[v], &rows->target[v]);
        }
    mpz_mul(own->scale, f->after, rows->total);
    mpz_set(own->rewards, f->rewards);
    if (!reachable)
        return; /* g is weighted with masses, which are 0 here */
    add_advantages(f, own, depth, rows, seen);
    if (f->horizon == 2 && depth == 1) {
        mpz_mul(f->factor, own->scale, own->rewards);
        tt_extreme_keep(&f->g_max, f->target_sum, f->factor, 1);
        tt_extreme_keep(&f->g_min, f->target_sum, f->factor, -1);
    }
}

/* ---- results ---------------------------------------------------------------------------------- */

/* The sides, over the scale of the prompt. At the root a = b = 1 and s = 0:
   sum R l = E[R s] - T E[R a],   sum R e = E[R b] - E[R a] - sum R l. */
static void set_sides(mpz_t *side, const filter_exact *f)
{
    const mpz_t *x = f->prompt.x;
    mpz_set(side[EXACT_J], x[F_V]);
    mpz_set(side[EXACT_J_TARGET], x[F_W]);
    mpz_sub(side[EXACT_IMPROVEMENT], x[F_W], x[F_V]);
    mpz_set(side[EXACT_SURROGATE], x[F_GM]);
    mpz_set(side[EXACT_SURROGATE_RATIO], x[F_X]);
    mpz_set(side[EXACT_SURROGATE_RESPONSE], x[F_K]);
    mpz_submul_ui(side[EXACT_SURROGATE_RESPONSE], x[F_V], f->horizon);
    mpz_set(side[EXACT_WEIGHTED_REWARD], x[F_K]);
    mpz_sub(side[EXACT_ERROR], side[EXACT_IMPROVEMENT], side[EXACT_SURROGATE]);
    mpz_sub(side[EXACT_ERROR_PDI], x[F_GP], x[F_GM]);
    mpz_set(side[EXACT_ERROR_ROLLOUT_SIDE], x[F_H]);
    mpz_sub(side[EXACT_ERROR_RESPONSE], side[EXACT_IMPROVEMENT], side[EXACT_SURROGATE_RESPONSE]);
    mpz_set(side[EXACT_ERROR_RATIO], x[F_Y]);
    mpz_set(side[EXACT_IMPROVEMENT_DERIVATIVE], x[F_DJ]);
    mpz_set(side[EXACT_SURROGATE_DERIVATIVE], x[F_DL]);
}

/* sums / scale += mass side / (scale of the prompt) */
void tt_filter_exact_prompt(filter_exact *f, mpq_srcptr mass)
{
    mpz_t side[EXACT_SIDES];
    for (size_t k = 0; k < EXACT_SIDES; k++)
        mpz_init(side[k]);
    set_sides(side, f);
    mpz_mul(f->after, f->prompt.scale, f->prompt.rewards);
    mpz_mul(f->after, f->after, mpq_denref(mass));
    mpz_mul(f->factor, f->scale, mpq_numref(mass));
    for (size_t k = 0; k < EXACT_SIDES; k++) {
        mpz_mul(f->sums[k], f->sums[k], f->after);
        mpz_addmul(f->sums[k], side[k], f->factor);
        mpz_clear(side[k]);
    }
    mpz_mul(f->scale, f->scale, f->after);
}

static void set_fraction(tt_real *out, mpz_srcptr numerator, mpz_srcptr denominator)
{
    mpz_set(mpq_numref(out->q), numerator);
    mpz_set(mpq_denref(out->q), denominator);
    mpq_canonicalize(out->q);
    out->kind = TT_REAL_EXACT;
}

static void set_span(tt_real *out, const filter_exact *f)
{
    tt_real low;
    tt_real_init(&low);
    set_fraction(out, f->g_max.numerator, f->g_max.denominator);
    set_fraction(&low, f->g_min.numerator, f->g_min.denominator);
    tt_real_sub(out, out, &low, TT_PRECISION_DOUBLE);
    tt_real_clear(&low);
}

void tt_filter_exact_get(tt_quantities *q, const filter_exact *f)
{
    tt_real *const out[EXACT_SIDES] = {
        [EXACT_J] = &q->j_rollout,
        [EXACT_J_TARGET] = &q->j_target,
        [EXACT_IMPROVEMENT] = &q->improvement,
        [EXACT_SURROGATE] = &q->surrogate,
        [EXACT_SURROGATE_RATIO] = &q->surrogate_ratio,
        [EXACT_SURROGATE_RESPONSE] = &q->surrogate_response,
        [EXACT_WEIGHTED_REWARD] = &q->weighted_reward,
        [EXACT_ERROR] = &q->error,
        [EXACT_ERROR_PDI] = &q->error_pdi,
        [EXACT_ERROR_ROLLOUT_SIDE] = &q->error_rollout_side,
        [EXACT_ERROR_RESPONSE] = &q->error_response,
        [EXACT_ERROR_RATIO] = &q->error_ratio,
        [EXACT_IMPROVEMENT_DERIVATIVE] = &q->improvement_derivative,
        [EXACT_SURROGATE_DERIVATIVE] = &q->surrogate_derivative,
    };
    for (size_t k = 0; k < EXACT_SIDES; k++) {
        size_t same = 0; /* lowest terms cost more than all the rest: once for sides that agree */
        while (same < k && mpz_cmp(f->sums[same], f->sums[k]) != 0)
            same++;
        if (same < k)
            tt_real_set(out[k], out[same]);
        else
            set_fraction(out[k], f->sums[k], f->scale);
    }
    if (f->horizon == 2)
        set_span(&q->advantage_span.items[1], f);
    q->martingale = f->martingale ? TT_HOLDS : TT_VIOLATED;
}

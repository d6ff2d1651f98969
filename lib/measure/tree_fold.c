#include "tree_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../world/instance.h"
#include "divergence.h"
#include "fraction.h"

/* Linear functionals of a subtree, relative to the masses at its root. First those that read the reward;
   below, after R_FIXED, two per step: E[g] under mu and under pi. */
enum {
    R_V,   /* E_mu[R] */
    R_VPI, /* E_pi[R] */
    R_K,   /* E_mu[R sum rho], division-free: s-mass meets R_V, a-mass meets R_K */
    R_H,   /* sum_t E_mu sum_v (pi-mu)(V^pi - V^mu) */
    R_DJ,  /* dJ along pi - mu */
    R_DL,  /* dL along pi - mu: E_mu sum_v (pi-mu) A */
    R_X,   /* E_mu[R sum (rho-1)] over mu's support */
    R_VS,  /* E_mu[R prod rho] over mu's support */
    R_Y,   /* E_mu[R sum_t (rho_t-1)(prod_{j>t} rho_j - 1)] over mu's support */
    R_FIXED
};

/* Then those of depth j = 1..T, without the reward. At j = T the ones from L_EB on are there too. */
enum {
    L_TA, /* TV_{j+1}: sum of sign(b-a) times the mu-mass below */
    L_TB, /* the same with the pi-mass */
    L_DB, /* 2 Dbar_j */
    L_STEP,
    L_EB = L_STEP, /* e: sum of sign(e) times the pi-mass */
    L_ES,          /* mu-mass */
    L_EL,          /* one pi-step, the rest mu */
    L_LS,          /* l: sum of sign(l) times mu-mass */
    L_LL,          /* one pi-step, the rest mu */
    L_UB,          /* without signs: pi-mass, mu-mass, one pi-step, pi-mass over mu's support */
    L_US,
    L_UL,
    L_MW,
    L_OFF, /* sum_t E_mu[pi(tokens with mu = 0)] */
    L_RA,  /* the recursion of THEOREMS 4: a, b, w */
    L_RB,
    L_RW,
    L_FULL
};

typedef struct {
    tt_group reward;  /* R_FIXED + 2 T; index R_FIXED + k and R_FIXED + T + k for step k + 1 */
    tt_group *levels; /* T + 1; entry j for depth j, used for j > own depth */
    mpz_t *child_v;   /* V: R_V of each child over child_scale */
    mpz_t *child_scale;
} frame;

typedef struct {
    tt_path path;
    tt_quantities *q;
    size_t V, T;
    frame *frames; /* T + 1; the last one is a leaf */
    tt_extreme *largest, *smallest; /* T: of g_t */
    bool *pair_seen;
    bool dominated;
    uint32_t *tv_tokens;
    size_t tv_depth, tv_prompt;
    bool tv_found;
    mpq_t tv, tilt, mass, chi2;
    double *doubles, total_double; /* 2 V: the weights of a context */
    mpz_t factor, fr, fp, fd, work, work2, base, sign_x, sign_y, sign_l;
} fold;

/* ---- life ---------------------------------------------------------------- */

static tt_status frame_init(frame *f, size_t V, size_t T, size_t depth)
{
    tt_status status = tt_group_init(&f->reward, R_FIXED + 2 * T);
    f->levels = calloc(T + 1, sizeof *f->levels);
    f->child_v = calloc(V, sizeof *f->child_v);
    f->child_scale = calloc(V, sizeof *f->child_scale);
    if (!f->levels || !f->child_v || !f->child_scale)
        return TT_NO_MEMORY;
    for (size_t v = 0; v < V; v++) {
        mpz_init(f->child_v[v]);
        mpz_init(f->child_scale[v]);
    }
    for (size_t j = depth + 1; j <= T && status == TT_OK; j++)
        status = tt_group_init(&f->levels[j], j == T ? L_FULL : L_STEP);
    return status;
}

static void frame_clear(frame *f, size_t V, size_t T)
{
    tt_group_clear(&f->reward);
    if (f->levels)
        for (size_t j = 0; j <= T; j++)
            tt_group_clear(&f->levels[j]);
    if (f->child_v && f->child_scale)
        for (size_t v = 0; v < V; v++) {
            mpz_clear(f->child_v[v]);
            mpz_clear(f->child_scale[v]);
        }
    free(f->levels);
    free(f->child_v);
    free(f->child_scale);
}

static tt_status fold_init(fold *f, tt_quantities *q, const tt_row_source *source, const tt_measure_options *options)
{
    tt_status status;
    memset(f, 0, sizeof *f);
    f->q = q;
    f->V = source->vocab;
    f->T = source->horizon;
    f->dominated = true;
    mpz_inits(f->factor, f->fr, f->fp, f->fd, f->work, f->work2, f->base, f->sign_x, f->sign_y, f->sign_l, NULL);
    mpq_inits(f->tv, f->tilt, f->mass, f->chi2, NULL);
    status = tt_path_init(&f->path, source, options, "exact sums");
    f->frames = calloc(f->T + 1, sizeof *f->frames);
    f->largest = calloc(f->T, sizeof *f->largest);
    f->smallest = calloc(f->T, sizeof *f->smallest);
    f->tv_tokens = calloc(f->T, sizeof *f->tv_tokens);
    f->pair_seen = calloc(source->pairs + 1, sizeof *f->pair_seen);
    f->doubles = calloc(f->V, 2 * sizeof *f->doubles);
    if (!f->frames || !f->largest || !f->smallest || !f->tv_tokens || !f->pair_seen || !f->doubles)
        return TT_NO_MEMORY;
    for (size_t t = 0; t < f->T; t++) {
        mpz_inits(f->largest[t].numerator, f->largest[t].denominator, NULL);
        mpz_inits(f->smallest[t].numerator, f->smallest[t].denominator, NULL);
    }
    for (size_t d = 0; d <= f->T && status == TT_OK; d++)
        status = frame_init(&f->frames[d], f->V, f->T, d);
    return status;
}

static void fold_clear(fold *f)
{
    if (f->frames)
        for (size_t d = 0; d <= f->T; d++)
            frame_clear(&f->frames[d], f->V, f->T);
    for (size_t t = 0; f->largest && f->smallest && t < f->T; t++)
        if (f->largest[t].numerator->_mp_d) {
            mpz_clears(f->largest[t].numerator, f->largest[t].denominator, NULL);
            mpz_clears(f->smallest[t].numerator, f->smallest[t].denominator, NULL);
        }
    free(f->frames);
    free(f->largest);
    free(f->smallest);
    free(f->tv_tokens);
    free(f->pair_seen);
    free(f->doubles);
    tt_path_clear(&f->path);
    mpz_clears(f->factor, f->fr, f->fp, f->fd, f->work, f->work2, f->base, f->sign_x, f->sign_y, f->sign_l, NULL);
    mpq_clears(f->tv, f->tilt, f->mass, f->chi2, NULL);
}

/* ---- maxima over reachable contexts ---------------------------------------- */

static void raise(tt_real *maximum, mpq_srcptr value)
{
    if (maximum->kind == TT_REAL_INFINITE)
        return;
    if (maximum->kind == TT_REAL_ABSENT || mpq_cmp(value, maximum->q) > 0)
        tt_real_set_q(maximum, value);
}

static void raise_tv(fold *f, size_t depth)
{
    int order = f->tv_found ? mpq_cmp(f->tv, f->q->tv_max.q) : 1;
    if (order < 0 || (order == 0 && depth >= f->tv_depth))
        return;
    tt_real_set_q(&f->q->tv_max, f->tv);
    f->tv_found = true;
    f->tv_depth = depth;
    f->tv_prompt = f->path.prompt;
    memcpy(f->tv_tokens, f->path.tokens, depth * sizeof *f->tv_tokens);
}

/* ---- a context that cannot change a maximum, found in doubles: sums of terms >= 0 of weights that are exact there, so that
   a relative margin far above n 2^-50 makes it certain ---- */

#define MARGIN 1e-9
#define TOKENS_MAX 100000
#define EXACT_BITS 53

static bool load_doubles(fold *f, const tt_rows *rows)
{
    if (mpz_sizeinbase(rows->total, 2) > EXACT_BITS || rows->n > TOKENS_MAX)
        return false;
    for (size_t v = 0; v < rows->n; v++) {
        f->doubles[v] = mpz_get_d(&rows->rollout[v]);
        f->doubles[f->V + v] = mpz_get_d(&rows->target[v]);
    }
    f->total_double = mpz_get_d(rows->total);
    return true;
}

static bool clearly_below(double x, const tt_real *maximum)
{
    return maximum->kind == TT_REAL_EXACT && x < mpq_get_d(maximum->q) * (1 - MARGIN);
}

/* tt_row_tilt, clearly below its maximum so far. */
static bool tilt_is_smaller(const fold *f, size_t sixths)
{
    double sum = 0;
    for (size_t v = 0; v < f->V; v++) {
        double r = f->doubles[v], p = f->doubles[f->V + v], weight = (double)(6 - sixths) * r + (double)sixths * p;
        if (p == r)
            continue;
        if (weight == 0)
            return false;
        sum += (p - r) * (p - r) / weight;
    }
    return clearly_below(6 * sum / f->total_double, &f->q->tilt_max[sixths]);
}

/* Both numbers of tt_row_truncated; a mass of 0 is exact, and no larger than a maximum >= 0. */
static bool truncated_is_smaller(const fold *f, size_t k)
{
    const tt_real *mass_max = &f->q->truncated_mass[k];
    double kappa = (double)tt_kappa[k][0] / (double)tt_kappa[k][1], kept = 0, chi2 = 0;
    for (size_t v = 0; v < f->V; v++) {
        double r = f->doubles[v], p = f->doubles[f->V + v];
        if (p == 0 && r == 0)
            continue;
        if (fabs(p - kappa * r) <= MARGIN * p)
            return false; /* which side it is on is not for doubles to say */
        if (p > kappa * r) {
            kept += r;
        } else {
            kept += p;
            chi2 += r > 0 ? (p - r) * (p - r) / r : 0;
        }
    }
    if (!clearly_below(chi2 / f->total_double, &f->q->truncated_chi2[k]) || mass_max->kind != TT_REAL_EXACT)
        return false;
    return kept == f->total_double ? mpq_sgn(mass_max->q) >= 0
                                   : (f->total_double - kept) / f->total_double < mpq_get_d(mass_max->q) - MARGIN;
}

static void context_maxima(fold *f, size_t depth)
{
    const tt_rows *rows = &f->path.steps[depth].rows;
    bool exact_in_doubles;
    bool seen = rows->pair != TT_NO_PAIR && f->pair_seen[rows->pair];
    tt_row_tv(f->tv, rows);
    raise_tv(f, depth);
    if (seen)
        return;
    if (rows->pair != TT_NO_PAIR)
        f->pair_seen[rows->pair] = true;
    f->dominated = f->dominated && tt_row_dominated(rows);
    if (f->path.options->fields == TT_FIELDS_MAIN)
        return;
    exact_in_doubles = load_doubles(f, rows);
    for (unsigned k = 0; k < TT_THETAS; k++) {
        if (f->q->tilt_max[k].kind == TT_REAL_INFINITE || (exact_in_doubles && tilt_is_smaller(f, k)))
            continue;
        if (tt_row_tilt(f->tilt, rows, k))
            raise(&f->q->tilt_max[k], f->tilt);
        else
            tt_real_set_infinite(&f->q->tilt_max[k], 1);
    }
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        if (exact_in_doubles && truncated_is_smaller(f, k))
            continue;
        tt_row_truncated(f->mass, f->chi2, rows, tt_kappa[k][0], tt_kappa[k][1]);
        raise(&f->q->truncated_mass[k], f->mass);
        raise(&f->q->truncated_chi2[k], f->chi2);
    }
}

/* ---- one child into its parent's sums --------------------------------------- */

static void reward_child(fold *f, size_t d, size_t y)
{
    frame *parent = &f->frames[d], *child = &f->frames[d + 1];
    const tt_rows *rows = &f->path.steps[d].rows;
    mpz_srcptr r = &rows->rollout[y], p = &rows->target[y];
    mpz_t *to = parent->reward.x, *from = child->reward.x;
    size_t T = f->T;
    tt_group_absorb(&parent->reward, f->factor, child->reward.scale, f->work);
    mpz_mul(f->fr, r, f->factor);
    mpz_mul(f->fp, p, f->factor);
    mpz_sub(f->fd, f->fp, f->fr);
    mpz_addmul(to[R_V], f->fr, from[R_V]);
    mpz_addmul(to[R_VPI], f->fp, from[R_VPI]);
    mpz_addmul(to[R_K], f->fr, from[R_K]);
    mpz_addmul(to[R_K], f->fp, from[R_V]);
    mpz_addmul(to[R_DJ], f->fr, from[R_DJ]);
    mpz_addmul(to[R_DJ], f->fd, from[R_V]);
    mpz_addmul(to[R_DL], f->fr, from[R_DL]);
    mpz_addmul(to[R_H], f->fr, from[R_H]);
    mpz_sub(f->work, from[R_VPI], from[R_V]);
    mpz_addmul(to[R_H], f->fd, f->work);
    if (mpz_sgn(r) != 0) {
        mpz_addmul(to[R_VS], f->fp, from[R_VS]);
        mpz_addmul(to[R_X], f->fr, from[R_X]);
        mpz_addmul(to[R_X], f->fd, from[R_V]);
        mpz_addmul(to[R_Y], f->fr, from[R_Y]);
        mpz_sub(f->work, from[R_VS], from[R_V]);
        mpz_addmul(to[R_Y], f->fd, f->work);
    }
    for (size_t k = d + 1; k < T; k++) {
        mpz_addmul(to[R_FIXED + k], f->fr, from[R_FIXED + k]);
        mpz_addmul(to[R_FIXED + T + k], f->fp, from[R_FIXED + T + k]);
    }
    mpz_swap(parent->child_v[y], from[R_V]);
    mpz_set(parent->child_scale[y], child->reward.scale);
}

/* The children themselves, at depth d + 1: signs are those of the child's masses. */
static void level_tokens(fold *f, size_t d)
{
    const tt_path_step *step = &f->path.steps[d];
    tt_group *level = &f->frames[d].levels[d + 1];
    level->empty = false;
    for (size_t y = 0; y < f->V; y++) {
        mpz_srcptr r = &step->rows.rollout[y], p = &step->rows.target[y];
        int sign;
        mpz_mul(f->work, p, step->target);
        mpz_mul(f->work2, r, step->rollout);
        sign = mpz_cmp(f->work, f->work2);
        if (sign > 0) {
            mpz_add(level->x[L_TA], level->x[L_TA], r);
            mpz_add(level->x[L_TB], level->x[L_TB], p);
        } else if (sign < 0) {
            mpz_sub(level->x[L_TA], level->x[L_TA], r);
            mpz_sub(level->x[L_TB], level->x[L_TB], p);
        }
        mpz_sub(f->work, p, r);
        mpz_abs(f->work, f->work);
        mpz_add(level->x[L_DB], level->x[L_DB], f->work);
    }
}

static void signed_add(mpz_t out, mpz_srcptr x, int sign)
{
    if (sign > 0)
        mpz_add(out, out, x);
    else if (sign < 0)
        mpz_sub(out, out, x);
}

/* The responses below a context of depth T - 1: e = p X + r Y and l = p a + r (s - T a) with X, Y known here. */
static void level_responses(fold *f)
{
    size_t d = f->T - 1;
    const tt_path_step *step = &f->path.steps[d];
    mpz_t *x = f->frames[d].levels[f->T].x;
    mpz_sub(f->sign_x, step->target, step->rollout);
    mpz_mul_ui(f->sign_y, step->rollout, f->T - 1);
    mpz_sub(f->sign_y, f->sign_y, step->weighted);
    mpz_mul_ui(f->sign_l, step->rollout, f->T);
    mpz_sub(f->sign_l, step->weighted, f->sign_l);
    for (size_t y = 0; y < f->V; y++) {
        mpz_srcptr r = &step->rows.rollout[y], p = &step->rows.target[y];
        int e, l;
        mpz_mul(f->work, p, f->sign_x);
        mpz_addmul(f->work, r, f->sign_y);
        e = mpz_sgn(f->work);
        mpz_mul(f->work, p, step->rollout);
        mpz_addmul(f->work, r, f->sign_l);
        l = mpz_sgn(f->work);
        signed_add(x[L_EB], p, e);
        signed_add(x[L_ES], r, e);
        signed_add(x[L_EL], p, e);
        signed_add(x[L_LS], r, l);
        signed_add(x[L_LL], p, l);
        mpz_add(x[L_UB], x[L_UB], p);
        mpz_add(x[L_US], x[L_US], r);
        mpz_add(x[L_UL], x[L_UL], p);
        if (mpz_sgn(r) != 0)
            mpz_add(x[L_MW], x[L_MW], p);
    }
}

/* a, b, w of the recursion: the children's part. Where the target gains, f->fd = (p-r) u > 0. */
static void recursion_child(fold *f, mpz_t *to, mpz_t *from, bool reachable)
{
    if (!reachable)
        return; /* rows count as equal there, so that a = b = w = 0 below */
    mpz_sub(f->fd, f->fp, f->fr);
    mpz_addmul(to[L_RB], f->fr, from[L_RB]);
    if (mpz_sgn(f->fd) >= 0) {
        mpz_addmul(to[L_RA], f->fr, from[L_RA]);
        mpz_addmul(to[L_RW], f->fd, from[L_RA]);
        mpz_addmul(to[L_RW], f->fr, from[L_RW]);
    } else {
        mpz_addmul(to[L_RA], f->fp, from[L_RA]);
        mpz_mul(f->work, f->fp, from[L_RW]);
        mpz_submul(f->work, f->fd, from[L_RB]);
        mpz_mul(f->work2, f->fr, from[L_RW]);
        mpz_submul(f->work2, f->fd, from[L_RA]);
        mpz_add(to[L_RW], to[L_RW], mpz_cmp(f->work, f->work2) <= 0 ? f->work : f->work2);
    }
}

static void level_child(fold *f, size_t d, size_t y, bool reachable)
{
    frame *parent = &f->frames[d], *child = &f->frames[d + 1];
    const tt_rows *rows = &f->path.steps[d].rows;
    mpz_srcptr r = &rows->rollout[y], p = &rows->target[y];
    for (size_t j = d + 2; j <= f->T; j++) {
        mpz_t *to = parent->levels[j].x, *from = child->levels[j].x;
        tt_group_absorb(&parent->levels[j], f->factor, child->levels[j].scale, f->work);
        mpz_mul(f->fr, r, f->factor);
        mpz_mul(f->fp, p, f->factor);
        mpz_addmul(to[L_TA], f->fr, from[L_TA]);
        mpz_addmul(to[L_TB], f->fp, from[L_TB]);
        mpz_addmul(to[L_DB], f->fr, from[L_DB]);
        if (j < f->T)
            continue;
        mpz_addmul(to[L_EB], f->fp, from[L_EB]);
        mpz_addmul(to[L_ES], f->fr, from[L_ES]);
        mpz_addmul(to[L_EL], f->fr, from[L_EL]);
        mpz_addmul(to[L_EL], f->fp, from[L_ES]);
        mpz_addmul(to[L_LS], f->fr, from[L_LS]);
        mpz_addmul(to[L_LL], f->fr, from[L_LL]);
        mpz_addmul(to[L_LL], f->fp, from[L_LS]);
        mpz_addmul(to[L_UB], f->fp, from[L_UB]);
        mpz_addmul(to[L_US], f->fr, from[L_US]);
        mpz_addmul(to[L_UL], f->fr, from[L_UL]);
        mpz_addmul(to[L_UL], f->fp, from[L_US]);
        if (mpz_sgn(r) != 0)
            mpz_addmul(to[L_MW], f->fp, from[L_MW]);
        mpz_addmul(to[L_OFF], f->fr, from[L_OFF]);
        recursion_child(f, to, from, reachable);
    }
}

/* ---- closing a context ------------------------------------------------------- */

/* g, the martingale, |A| and |g| at a reachable context, from the children's V. */
static void close_reward(fold *f, size_t d, bool live, bool reachable)
{
    frame *own = &f->frames[d];
    const tt_rows *rows = &f->path.steps[d].rows;
    mpz_t *x = own->reward.x;
    mpz_set(f->base, own->reward.scale); /* Q: V is x[R_V] / (D Q) */
    mpz_mul(own->reward.scale, own->reward.scale, rows->total);
    mpz_set_ui(x[R_FIXED + d], 0);
    mpz_set_ui(x[R_FIXED + f->T + d], 0);
    if (!live)
        return;
    mpz_set_ui(f->fr, 0); /* sum r A */
    mpz_set_ui(f->fp, 0); /* sum p A */
    for (size_t y = 0; y < f->V; y++) {
        mpz_srcptr r = &rows->rollout[y], p = &rows->target[y];
        if (mpz_sgn(r) == 0 && mpz_sgn(p) == 0)
            continue;
        /* A(c,y) = work / (D Q) */
        if (mpz_cmp(own->child_scale[y], f->base) == 0) {
            mpz_mul(f->work, own->child_v[y], rows->total);
        } else {
            mpz_divexact(f->work, f->base, own->child_scale[y]);
            mpz_mul(f->work, f->work, own->child_v[y]);
            mpz_mul(f->work, f->work, rows->total);
        }
        mpz_sub(f->work, f->work, x[R_V]);
        if (reachable && mpz_cmpabs(f->work, own->reward.scale) > 0)
            f->q->advantage_unit = TT_VIOLATED;
        mpz_addmul(f->fr, r, f->work);
        mpz_addmul(f->fp, p, f->work);
    }
    if (mpz_sgn(f->fr) != 0)
        f->q->martingale = TT_VIOLATED;
    /* sum p A is a multiple of D because sum p = D */
    mpz_sub(f->work, f->fp, f->fr);
    mpz_divexact(f->work, f->work, rows->total);
    mpz_add(x[R_DL], x[R_DL], f->work);
    mpz_divexact(f->fp, f->fp, rows->total);
    mpz_set(x[R_FIXED + d], f->fp);
    mpz_set(x[R_FIXED + f->T + d], f->fp);
    if (!reachable)
        return;
    tt_extreme_keep(&f->largest[d], f->fp, own->reward.scale, 1);
    tt_extreme_keep(&f->smallest[d], f->fp, own->reward.scale, -1);
    mpz_mul(f->work, own->levels[d + 1].x[L_DB], f->base); /* 2 TV_tok D Q */
    if (mpz_cmpabs(f->fp, f->work) > 0)
        f->q->advantage_token = TT_VIOLATED;
}

static void close_levels(fold *f, size_t d, bool reachable)
{
    frame *own = &f->frames[d];
    const tt_rows *rows = &f->path.steps[d].rows;
    tt_group *last = &own->levels[f->T];
    mpz_set_ui(f->fp, 0); /* pi(tokens with mu = 0) */
    for (size_t y = 0; y < f->V; y++)
        if (mpz_sgn(&rows->rollout[y]) == 0)
            mpz_add(f->fp, f->fp, &rows->target[y]);
    mpz_addmul(last->x[L_OFF], f->fp, last->scale);
    if (reachable) {
        mpz_divexact_ui(f->fd, own->levels[d + 1].x[L_DB], 2); /* sum (p - r)+ */
        mpz_addmul(last->x[L_RA], f->fd, last->scale);
        mpz_addmul(last->x[L_RB], f->fd, last->scale);
    }
    for (size_t j = d + 1; j <= f->T; j++)
        mpz_mul(own->levels[j].scale, own->levels[j].scale, rows->total);
}

/* ---- the walk ------------------------------------------------------------------ */

static void leaf(fold *f, uint64_t node)
{
    frame *own = &f->frames[f->T];
    const tt_row_source *source = f->path.source;
    for (size_t k = 0; k < R_FIXED; k++)
        mpz_set_ui(own->reward.x[k], 0);
    source->reward(source->self, node, f->mass);
    mpz_set(own->reward.x[R_V], mpq_numref(f->mass));
    mpz_set(own->reward.x[R_VPI], mpq_numref(f->mass));
    mpz_set(own->reward.x[R_VS], mpq_numref(f->mass));
    mpz_set(own->reward.scale, mpq_denref(f->mass));
}

/* live: the masses matter; otherwise only V, through rollout's rows. */
static bool visit(fold *f, size_t d, bool live)
{
    tt_path *path = &f->path;
    frame *own = &f->frames[d];
    bool reachable;
    if (!tt_path_open(path, d))
        return false;
    reachable = live && tt_path_reachable(path, d);
    tt_group_reset(&own->reward);
    for (size_t j = d + 1; j <= f->T; j++)
        tt_group_reset(&own->levels[j]);
    if (reachable)
        context_maxima(f, d);
    level_tokens(f, d);
    if (d + 1 == f->T)
        level_responses(f);
    for (size_t y = 0; y < f->V; y++) {
        const tt_rows *rows = &path->steps[d].rows;
        if (mpz_sgn(&rows->rollout[y]) == 0 && (!live || mpz_sgn(&rows->target[y]) == 0))
            continue;
        if (d + 1 == f->T) {
            tt_path_push_node(path, d, y);
            leaf(f, path->steps[d + 1].node);
        } else {
            tt_path_push(path, d, y);
            if (!visit(f, d + 1, live && tt_path_live(path, d + 1)))
                return false;
            level_child(f, d, y, reachable);
        }
        reward_child(f, d, y);
    }
    close_reward(f, d, live, reachable);
    close_levels(f, d, reachable);
    return true;
}

/* ---- results -------------------------------------------------------------------- */

void tt_tree_add(tt_real *out, mpq_srcptr weight, mpz_srcptr numerator, mpz_srcptr denominator)
{
    mpq_t value;
    mpq_init(value);
    mpz_set(mpq_numref(value), numerator);
    mpz_set(mpq_denref(value), denominator);
    mpq_canonicalize(value);
    mpq_mul(value, value, weight);
    mpq_add(out->q, out->q, value);
    out->kind = TT_REAL_EXACT;
    mpq_clear(value);
}

static void add_reward(fold *f, tt_real *out, mpq_srcptr weight, size_t index)
{
    tt_tree_add(out, weight, f->frames[0].reward.x[index], f->frames[0].reward.scale);
}

/* At the root a = b = 1 and s = 0. */
static void collect(fold *f, mpq_srcptr weight)
{
    tt_quantities *q = f->q;
    frame *root = &f->frames[0];
    tt_group *last = &root->levels[f->T];
    mpq_t half;
    mpq_init(half);
    mpq_div_2exp(half, weight, 1);
    add_reward(f, &q->j_rollout, weight, R_V);
    add_reward(f, &q->j_target, weight, R_VPI);
    add_reward(f, &q->weighted_reward, weight, R_K);
    add_reward(f, &q->error_rollout_side, weight, R_H);
    add_reward(f, &q->improvement_derivative, weight, R_DJ);
    add_reward(f, &q->surrogate_derivative, weight, R_DL);
    add_reward(f, &q->surrogate_ratio, weight, R_X);
    add_reward(f, &q->error_ratio, weight, R_Y);
    for (size_t t = 0; t < f->T; t++) {
        add_reward(f, &q->advantage_rollout.items[t], weight, R_FIXED + t);
        add_reward(f, &q->advantage_target.items[t], weight, R_FIXED + f->T + t);
    }
    for (size_t j = 1; j <= f->T; j++) {
        tt_group *level = &root->levels[j];
        mpz_sub(f->work, level->x[L_TB], level->x[L_TA]);
        tt_tree_add(&q->context_tv.items[j], half, f->work, level->scale);
        tt_tree_add(&q->expected_tv.items[j - 1], half, level->x[L_DB], level->scale);
    }
    mpz_mul_ui(f->work, last->x[L_ES], f->T - 1);
    mpz_add(f->work, f->work, last->x[L_EB]);
    mpz_sub(f->work, f->work, last->x[L_EL]);
    tt_tree_add(&q->worst_case_error, half, f->work, last->scale);
    mpz_mul_ui(f->work, last->x[L_LS], f->T);
    mpz_sub(f->work, last->x[L_LL], f->work);
    tt_tree_add(&q->largest_surrogate, half, f->work, last->scale);
    mpz_mul_ui(f->work, last->x[L_US], f->T - 1);
    mpz_add(f->work, f->work, last->x[L_UB]);
    mpz_sub(f->work, f->work, last->x[L_UL]);
    tt_tree_add(&q->sum_e, weight, f->work, last->scale);
    mpz_mul_ui(f->work, last->x[L_US], f->T);
    mpz_sub(f->work, last->x[L_UL], f->work);
    tt_tree_add(&q->sum_l, weight, f->work, last->scale);
    tt_tree_add(&q->mean_weight, weight, last->x[L_MW], last->scale);
    tt_tree_add(&q->weight_sum, weight, last->x[L_UL], last->scale);
    tt_tree_add(&q->off_support, weight, last->x[L_OFF], last->scale);
    tt_tree_add(&q->recursive_tv, weight, last->x[L_RW], last->scale);
    mpq_clear(half);
}

static void zero(tt_real *x)
{
    tt_real_set_ui(x, 0);
}

/* Sums start at exact 0; a field whose prompts all have probability 0 cannot occur, they sum to 1. */
static void start_sums(tt_quantities *q)
{
    tt_real *sums[] = { &q->j_rollout, &q->j_target, &q->weighted_reward, &q->error_rollout_side,
                        &q->improvement_derivative, &q->surrogate_derivative, &q->surrogate_ratio, &q->error_ratio,
                        &q->worst_case_error, &q->largest_surrogate, &q->sum_e, &q->sum_l, &q->mean_weight,
                        &q->weight_sum, &q->off_support, &q->recursive_tv };
    for (size_t k = 0; k < sizeof sums / sizeof *sums; k++)
        zero(sums[k]);
    for (size_t t = 0; t < q->horizon; t++) {
        zero(&q->advantage_rollout.items[t]);
        zero(&q->advantage_target.items[t]);
        zero(&q->expected_tv.items[t]);
    }
    for (size_t t = 0; t <= q->horizon; t++)
        zero(&q->context_tv.items[t]);
    q->martingale = q->advantage_unit = q->advantage_token = TT_HOLDS;
}

static void set_extremes(fold *f)
{
    mpq_t high, low;
    mpq_init(high);
    mpq_init(low);
    for (size_t t = 0; t < f->T; t++) {
        mpz_set(mpq_numref(high), f->largest[t].numerator);
        mpz_set(mpq_denref(high), f->largest[t].denominator);
        mpq_canonicalize(high);
        mpz_set(mpq_numref(low), f->smallest[t].numerator);
        mpz_set(mpq_denref(low), f->smallest[t].denominator);
        mpq_canonicalize(low);
        tt_real_set_q(&f->q->advantage_span.items[t], high);
        mpq_sub(f->q->advantage_span.items[t].q, high, low);
        mpq_neg(low, low);
        tt_real_set_q(&f->q->expected_advantage_max.items[t], mpq_cmp(high, low) >= 0 ? high : low);
    }
    mpq_clear(high);
    mpq_clear(low);
}

/* What follows from the sums by subtraction, and what does not exist without domination. */
static void finish(fold *f)
{
    tt_quantities *q = f->q;
    q->dominated = f->dominated;
    tt_real_sub(&q->improvement, &q->j_target, &q->j_rollout, 64);
    zero(&q->surrogate);
    zero(&q->error_pdi);
    for (size_t t = 0; t < f->T; t++) {
        mpq_add(q->surrogate.q, q->surrogate.q, q->advantage_rollout.items[t].q);
        mpq_add(q->error_pdi.q, q->error_pdi.q, q->advantage_target.items[t].q);
        mpq_sub(q->error_pdi.q, q->error_pdi.q, q->advantage_rollout.items[t].q);
    }
    tt_real_sub(&q->error, &q->improvement, &q->surrogate, 64);
    /* sum R l = E[R s] - T E[R a]; sum R e = E[R b] - E[R a] - sum R l */
    tt_real_mul_frac(&q->surrogate_response, &q->j_rollout, f->T, 1, 64);
    tt_real_sub(&q->surrogate_response, &q->weighted_reward, &q->surrogate_response, 64);
    tt_real_sub(&q->error_response, &q->improvement, &q->surrogate_response, 64);
    tt_real_set(&q->tv_seq, &q->context_tv.items[f->T]);
    set_extremes(f);
    q->tv_max_at = tt_context_key(f->tv_prompt, f->tv_tokens, f->tv_depth);
    if (q->dominated) {
        tt_real_set(&q->chi2_max, &q->tilt_max[0]);
    } else {
        tt_real *undefined[] = { &q->surrogate_ratio, &q->weighted_reward, &q->weight_sum, &q->error_ratio,
                                 &q->mean_weight, &q->chi2_max };
        for (size_t k = 0; k < sizeof undefined / sizeof *undefined; k++)
            tt_real_set_absent(undefined[k]);
    }
}

tt_status tt_tree_fold(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options)
{
    fold f;
    tt_status status = fold_init(&f, q, source, options);
    if (status == TT_OK) {
        start_sums(q);
        for (size_t x = 0; x < source->prompts && status == TT_OK; x++) {
            mpq_srcptr weight = source->prompt(source->self, x);
            if (mpq_sgn(weight) == 0)
                continue;
            tt_path_start(&f.path, x);
            if (visit(&f, 0, true))
                collect(&f, weight);
            else
                status = TT_INTERRUPTED;
        }
    }
    if (status == TT_OK) {
        finish(&f);
        if (!q->tv_max_at)
            status = TT_NO_MEMORY;
    }
    fold_clear(&f);
    return status;
}

#include "tree_sums.h"

#include <stdlib.h>
#include <string.h>

#include "factors.h"

/* Rows have totals of their own. A sum over the mu-mass k steps below has as denominator a multiple of the products of
   rollout's totals along every path of k steps, one over the pi-mass of target's. Over few contexts that multiple is the
   product of all totals. Over many it is kept as a list of prime factors: totals are small and share most of theirs, the
   list is far shorter than the product, and the least common multiple of two lists and what each sum has to be
   multiplied with to get there are read off the lists, without a gcd of long numbers. */

/* A subtree of so many contexts at most has products for denominators. */
#define PRODUCT_CONTEXTS 130

/* Prime factors of a number below 2^31. */
#define FACTORS_MAX 31

typedef struct {
    size_t vocab, horizon;
    uint32_t reward_total;
    size_t steps; /* k up to here have products; at `steps` the list is made, too */
} layout;

/* Two sums over one denominator. */
typedef struct {
    mpz_t x[2];
    mpz_t scale;     /* the denominator, up to layout.steps */
    tt_factors list; /* its factors, from there on */
} group;

enum { MU, PI, POLICIES };

/* The factors of the totals of one policy, step by step. */
typedef struct {
    uint32_t *factors;
    size_t *counts; /* layout.steps */
    size_t n, room;
} totals;

struct tt_sums {
    const layout *shared;
    size_t height;
    group *shift[POLICIES]; /* height each: [k-1] has shift_mu (shift_pi); the last also the value of that policy */
    group *tokens;          /* height: [k-1].x[0] */
    group mixed;            /* error_one, K; its denominator is a multiple of that of shift[MU][height-1] */
    totals below[POLICIES]; /* of the contexts up to layout.steps - 1 steps below */
};

/* What a thread needs to fold. */
typedef struct {
    size_t vocab;
    mpz_t *factor;    /* V: from a child's denominator to the common one */
    bool *live;       /* V */
    size_t *at;       /* V: how far the factors of a child's totals are read */
    group **from;     /* V: of the children */
    mpz_t common;     /* the common denominator, where it is a product */
    mpz_t common_mu;
    tt_factors list, list_mu;
    mpz_t over[2];    /* sum p x of both sums of shift[MU][height-2], over the common denominator of the children */
    mpz_t product, lift;
    tt_factors_work factors;
    uint32_t *sorted;
    size_t sorted_room;
} workspace;

/* ---- life ----------------------------------------------------------------------- */

static void *factored_open(const tt_row_source *source)
{
    layout *l = malloc(sizeof *l);
    size_t contexts = 1;
    if (!l)
        return NULL;
    l->vocab = source->vocab;
    l->horizon = source->horizon;
    l->reward_total = source->reward_total;
    l->steps = 1;
    while (contexts * l->vocab + 1 <= PRODUCT_CONTEXTS) {
        contexts = contexts * l->vocab + 1;
        l->steps++;
    }
    return l;
}

static void factored_close(void *shared)
{
    free(shared);
}

static void factored_end(void *work)
{
    workspace *w = work;
    for (size_t y = 0; w->factor && y < w->vocab; y++)
        mpz_clear(w->factor[y]);
    mpz_clears(w->common, w->common_mu, w->over[0], w->over[1], w->product, w->lift, NULL);
    tt_factors_clear(&w->list);
    tt_factors_clear(&w->list_mu);
    tt_factors_work_clear(&w->factors);
    free(w->factor);
    free(w->live);
    free(w->at);
    free(w->from);
    free(w->sorted);
    free(w);
}

static void *factored_begin(const void *shared)
{
    const layout *l = shared;
    workspace *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->vocab = l->vocab;
    mpz_inits(w->common, w->common_mu, w->over[0], w->over[1], w->product, w->lift, NULL);
    w->factor = malloc(l->vocab * sizeof *w->factor);
    w->live = malloc(l->vocab * sizeof *w->live);
    w->at = malloc(l->vocab * sizeof *w->at);
    w->from = malloc(l->vocab * sizeof *w->from);
    for (size_t y = 0; w->factor && y < l->vocab; y++)
        mpz_init(w->factor[y]);
    if (!w->factor || !w->live || !w->at || !w->from) {
        factored_end(w);
        return NULL;
    }
    return w;
}

static group *groups(size_t n)
{
    group *g = calloc(n, sizeof *g);
    for (size_t k = 0; g && k < n; k++)
        mpz_inits(g[k].x[0], g[k].x[1], g[k].scale, NULL);
    return g;
}

static void group_clear(group *g)
{
    mpz_clears(g->x[0], g->x[1], g->scale, NULL);
    tt_factors_clear(&g->list);
}

static void groups_free(group *g, size_t n)
{
    for (size_t k = 0; g && k < n; k++)
        group_clear(&g[k]);
    free(g);
}

static void factored_free(tt_sums *s)
{
    for (size_t policy = 0; policy < POLICIES; policy++) {
        groups_free(s->shift[policy], s->height);
        free(s->below[policy].factors);
        free(s->below[policy].counts);
    }
    groups_free(s->tokens, s->height);
    group_clear(&s->mixed);
    free(s);
}

static tt_sums *factored_make(const void *shared, size_t height)
{
    const layout *l = shared;
    tt_sums *s = calloc(1, sizeof *s);
    bool complete;
    if (!s)
        return NULL;
    s->shared = l;
    s->height = height;
    mpz_inits(s->mixed.x[0], s->mixed.x[1], s->mixed.scale, NULL);
    s->tokens = groups(height);
    complete = s->tokens != NULL;
    for (size_t policy = 0; policy < POLICIES; policy++) {
        s->shift[policy] = groups(height);
        s->below[policy].counts = calloc(l->steps, sizeof *s->below[policy].counts);
        complete = complete && s->shift[policy] && s->below[policy].counts;
    }
    if (complete)
        return s;
    factored_free(s);
    return NULL;
}

/* ---- factors of the totals -------------------------------------------------------- */

static tt_status append(totals *t, const uint32_t *factors, size_t n)
{
    if (n == 0)
        return TT_OK;
    if (t->n + n > t->room) {
        size_t room = 2 * t->room + n + FACTORS_MAX;
        uint32_t *grown = realloc(t->factors, room * sizeof *grown);
        if (!grown)
            return TT_NO_MEMORY;
        t->factors = grown;
        t->room = room;
    }
    memcpy(t->factors + t->n, factors, n * sizeof *factors);
    t->n += n;
    return TT_OK;
}

/* The context's own, then those of its children, step by step. */
static tt_status gather(tt_sums *out, tt_sums *const *children, const workspace *w, size_t policy,
                        const uint32_t *own, size_t n)
{
    totals *to = &out->below[policy];
    size_t *at = w->at;
    tt_status status;
    to->n = 0;
    to->counts[0] = n;
    status = append(to, own, n);
    memset(at, 0, w->vocab * sizeof *at);
    for (size_t step = 1; step < out->shared->steps; step++) {
        to->counts[step] = 0;
        for (size_t y = 0; out->height > 1 && y < w->vocab && status == TT_OK; y++) {
            const totals *from = &children[y]->below[policy];
            if (!w->live[y])
                continue;
            status = append(to, from->factors + at[y], from->counts[step - 1]);
            at[y] += from->counts[step - 1];
            to->counts[step] += from->counts[step - 1];
        }
    }
    return status;
}

/* list = the factors of the product of the totals of mu from step mu_first to mu_end, and of pi likewise. */
static tt_status list_totals(tt_factors *list, const tt_sums *s, workspace *w, const size_t first[POLICIES],
                             const size_t end[POLICIES])
{
    size_t n = 0;
    if (2 * (s->below[MU].n + s->below[PI].n) > w->sorted_room) { /* sorting takes as much again */
        size_t room = 4 * (s->below[MU].n + s->below[PI].n);
        uint32_t *grown = realloc(w->sorted, room * sizeof *grown);
        if (!grown)
            return TT_NO_MEMORY;
        w->sorted = grown;
        w->sorted_room = room;
    }
    for (size_t policy = 0; policy < POLICIES; policy++) {
        const totals *t = &s->below[policy];
        size_t at = 0;
        for (size_t step = 0; step < end[policy]; at += t->counts[step++])
            if (step >= first[policy] && t->counts[step] > 0) {
                memcpy(w->sorted + n, t->factors + at, t->counts[step] * sizeof *w->sorted);
                n += t->counts[step];
            }
    }
    return tt_factors_collect(list, w->sorted, n);
}

/* Where products end, the lists of the sums over that many steps. */
static tt_status make_lists(tt_sums *s, workspace *w)
{
    size_t k = s->shared->steps;
    tt_status status = TT_OK;
    if (s->height < k)
        return TT_OK;
    status = list_totals(&s->shift[MU][k - 1].list, s, w, (size_t[]){ 0, 0 }, (size_t[]){ k, 0 });
    if (status == TT_OK)
        status = list_totals(&s->shift[PI][k - 1].list, s, w, (size_t[]){ 0, 0 }, (size_t[]){ 0, k });
    if (status == TT_OK)
        status = list_totals(&s->tokens[k - 1].list, s, w, (size_t[]){ 0, k - 1 }, (size_t[]){ k, k });
    if (status == TT_OK && s->height == k)
        status = list_totals(&s->mixed.list, s, w, (size_t[]){ 0, 0 }, (size_t[]){ k, k });
    return status;
}

/* ---- common denominators ------------------------------------------------------------ */

/* w->factor[y] = common / scale of child y, common = the product of all. */
static void common_product(mpz_t common, group *const *from, workspace *w)
{
    mpz_set_ui(common, 1);
    for (size_t y = 0; y < w->vocab; y++)
        if (w->live[y]) {
            mpz_set(w->factor[y], common);
            mpz_mul(common, common, from[y]->scale);
        }
    mpz_set_ui(w->product, 1);
    for (size_t y = w->vocab; y-- > 0;)
        if (w->live[y]) {
            mpz_mul(w->factor[y], w->factor[y], w->product);
            mpz_mul(w->product, w->product, from[y]->scale);
        }
}

/* The same with lists. */
static tt_status common_list(tt_factors *common, group *const *from, workspace *w)
{
    tt_status status = TT_OK;
    common->n = 0;
    for (size_t y = 0; y < w->vocab && status == TT_OK; y++)
        if (w->live[y])
            status = tt_factors_join(common, &from[y]->list);
    for (size_t y = 0; y < w->vocab && status == TT_OK; y++)
        if (w->live[y])
            status = tt_factors_product(w->factor[y], common, &from[y]->list, &w->factors);
    return status;
}

/* The common denominator of the children's groups over k - 1 steps: into w->common or w->list. */
static tt_status make_common(group *const *from, size_t k, const layout *l, workspace *w)
{
    if (k > l->steps)
        return common_list(&w->list, from, w);
    common_product(w->common, from, w);
    return TT_OK;
}

/* The denominator of a sum over k steps: the common one of the children times the context's own total. */
static tt_status close_group(group *to, size_t k, const layout *l, uint32_t total, const uint32_t *factors, size_t n,
                             workspace *w)
{
    tt_factors spare = to->list;
    if (k <= l->steps) {
        mpz_mul_ui(to->scale, w->common, total);
        return TT_OK;
    }
    to->list = w->list;
    w->list = spare;
    return tt_factors_multiply(&to->list, factors, n);
}

/* ---- folding ------------------------------------------------------------------------- */

typedef struct {
    const tt_sums_context *context;
    uint32_t factors[POLICIES][FACTORS_MAX]; /* of the totals */
    size_t n[POLICIES];
    group **from; /* V: of the children */
} opened;

/* to = sum over y of weight[y] times both sums (or the first) of the children. */
static void fold_group(group *to, const opened *o, const uint32_t *weights, size_t sums, workspace *w)
{
    for (size_t i = 0; i < sums; i++) {
        mpz_set_ui(to->x[i], 0);
        for (size_t y = 0; y < w->vocab; y++)
            if (w->live[y]) {
                mpz_mul(w->product, o->from[y]->x[i], w->factor[y]);
                mpz_addmul_ui(to->x[i], w->product, weights[y]);
            }
    }
}

/* The same for shift_mu and the value with rollout's weights, while w->over takes target's. */
static void fold_both(group *to, const opened *o, const tt_small_rows *rows, workspace *w)
{
    for (size_t i = 0; i < 2; i++) {
        mpz_set_ui(to->x[i], 0);
        mpz_set_ui(w->over[i], 0);
        for (size_t y = 0; y < w->vocab; y++)
            if (w->live[y]) {
                mpz_mul(w->product, o->from[y]->x[i], w->factor[y]);
                mpz_addmul_ui(to->x[i], w->product, rows->rollout[y]);
                mpz_addmul_ui(w->over[i], w->product, rows->target[y]);
            }
    }
}

/* error_one and K: sum r x / S_mu of their own, and sum p x / S_pi of shift_mu and the value, that fold_both left over the
   denominator in w->common_mu or w->list_mu. */
static tt_status fold_mixed(tt_sums *out, const opened *o, workspace *w)
{
    const layout *l = out->shared;
    const tt_small_rows *rows = o->context->rows;
    group *to = &out->mixed;
    tt_status status = make_common(o->from, out->height, l, w);
    if (status != TT_OK)
        return status;
    fold_group(to, o, rows->rollout, 2, w);
    if (out->height > l->steps)
        status = tt_factors_product(w->lift, &w->list, &w->list_mu, &w->factors);
    else
        mpz_divexact(w->lift, w->common, w->common_mu);
    mpz_mul_ui(w->lift, w->lift, rows->rollout_total);
    for (size_t i = 0; i < 2; i++) {
        mpz_mul_ui(to->x[i], to->x[i], rows->target_total);
        mpz_addmul(to->x[i], w->over[i], w->lift);
    }
    if (status == TT_OK)
        status = close_group(to, out->height, l, rows->rollout_total, o->factors[MU], o->n[MU], w);
    if (status == TT_OK && out->height > l->steps)
        status = tt_factors_multiply(&to->list, o->factors[PI], o->n[PI]);
    else
        mpz_mul_ui(to->scale, to->scale, rows->target_total);
    return status;
}

/* Sums over one step: the children's own signs, and TV_tok of the context. */
static void first_step(tt_sums *out, const tt_sums_context *context)
{
    const tt_small_rows *rows = context->rows;
    const uint32_t *weights[POLICIES] = { rows->rollout, rows->target };
    const uint32_t total[POLICIES] = { rows->rollout_total, rows->target_total };
    size_t vocab = out->shared->vocab;
    uint64_t difference = 0;
    for (size_t policy = 0; policy < POLICIES; policy++) {
        int64_t shift = 0;
        for (size_t y = 0; y < vocab; y++)
            shift += context->signs[y] * (int64_t)weights[policy][y];
        mpz_set_si(out->shift[policy][0].x[0], shift);
        mpz_set_ui(out->shift[policy][0].scale, total[policy]);
    }
    for (size_t y = 0; y < vocab; y++) {
        uint64_t r = (uint64_t)rows->rollout[y] * total[PI], p = (uint64_t)rows->target[y] * total[MU];
        difference += p > r ? p - r : r - p;
    }
    mpz_set_ui(out->tokens[0].x[0], difference);
    mpz_set_ui(out->tokens[0].scale, (uint64_t)total[MU] * total[PI]);
}

/* The sums above responses that read the reward or mix the policies. */
static void first_values(tt_sums *out, const tt_sums_context *context)
{
    const tt_small_rows *rows = context->rows;
    const uint32_t *weights[POLICIES] = { rows->rollout, rows->target };
    for (size_t policy = 0; policy < POLICIES; policy++) {
        mpz_ptr value = out->shift[policy][0].x[1];
        mpz_set_ui(value, 0);
        for (size_t y = 0; y < out->shared->vocab; y++) {
            mpz_ptr term = out->mixed.x[0]; /* not set yet */
            mpz_set_ui(term, weights[policy][y]);
            mpz_addmul_ui(value, term, context->rewards[y]);
        }
    }
    for (size_t i = 0; i < 2; i++)
        mpz_mul_ui(out->mixed.x[i], out->shift[PI][0].x[i], rows->rollout_total);
    mpz_set(out->mixed.scale, out->tokens[0].scale);
}

/* The sums of one kind over k steps, from those of the children over k - 1. */
static tt_status fold_steps(tt_sums *out, tt_sums *const *children, opened *o, size_t k, workspace *w)
{
    const layout *l = out->shared;
    const tt_small_rows *rows = o->context->rows;
    size_t sums = k == out->height ? 2 : 1;
    tt_status status;
    for (size_t y = 0; y < w->vocab; y++)
        o->from[y] = &children[y]->shift[PI][k - 2];
    status = make_common(o->from, k, l, w);
    if (status != TT_OK)
        return status;
    fold_group(&out->shift[PI][k - 1], o, rows->target, sums, w);
    status = close_group(&out->shift[PI][k - 1], k, l, rows->target_total, o->factors[PI], o->n[PI], w);
    for (size_t y = 0; y < w->vocab; y++)
        o->from[y] = &children[y]->tokens[k - 2];
    if (status == TT_OK)
        status = make_common(o->from, k, l, w);
    if (status != TT_OK)
        return status;
    fold_group(&out->tokens[k - 1], o, rows->rollout, 1, w);
    status = close_group(&out->tokens[k - 1], k, l, rows->rollout_total, o->factors[MU], o->n[MU], w);
    for (size_t y = 0; y < w->vocab; y++)
        o->from[y] = &children[y]->shift[MU][k - 2];
    if (status == TT_OK)
        status = make_common(o->from, k, l, w);
    if (status != TT_OK)
        return status;
    if (k < out->height) {
        fold_group(&out->shift[MU][k - 1], o, rows->rollout, 1, w);
        return close_group(&out->shift[MU][k - 1], k, l, rows->rollout_total, o->factors[MU], o->n[MU], w);
    }
    fold_both(&out->shift[MU][k - 1], o, rows, w);
    mpz_set(w->common_mu, w->common);
    w->list_mu.n = 0;
    if (k > l->steps)
        status = tt_factors_join(&w->list_mu, &w->list);
    if (status == TT_OK)
        status = close_group(&out->shift[MU][k - 1], k, l, rows->rollout_total, o->factors[MU], o->n[MU], w);
    return status;
}

static tt_status factored_fold(tt_sums *out, tt_sums *const *children, const tt_sums_context *context, void *work)
{
    workspace *w = work;
    const tt_small_rows *rows = context->rows;
    group **from = w->from;
    opened o = { .context = context, .from = from };
    tt_status status;
    for (size_t y = 0; y < w->vocab; y++)
        w->live[y] = rows->rollout[y] != 0 || rows->target[y] != 0;
    o.n[MU] = tt_factors_of(o.factors[MU], rows->rollout_total);
    o.n[PI] = tt_factors_of(o.factors[PI], rows->target_total);
    status = gather(out, children, w, MU, o.factors[MU], o.n[MU]);
    if (status == TT_OK)
        status = gather(out, children, w, PI, o.factors[PI], o.n[PI]);
    first_step(out, context);
    if (out->height == 1)
        first_values(out, context);
    for (size_t k = 2; k <= out->height && status == TT_OK; k++)
        status = fold_steps(out, children, &o, k, w);
    if (out->height > 1 && status == TT_OK) {
        for (size_t y = 0; y < w->vocab; y++)
            from[y] = &children[y]->mixed;
        status = fold_mixed(out, &o, w);
    }
    return status == TT_OK ? make_lists(out, w) : status;
}

/* ---- results ---------------------------------------------------------------------------- */

static group *group_of(tt_sums *s, tt_sum sum, size_t k)
{
    size_t last = s->height - 1;
    switch (sum) {
    case TT_SUM_VALUE:
        return &s->shift[MU][last];
    case TT_SUM_VALUE_TARGET:
        return &s->shift[PI][last];
    case TT_SUM_SHIFT_MU:
        return &s->shift[MU][k - 1];
    case TT_SUM_SHIFT_PI:
        return &s->shift[PI][k - 1];
    case TT_SUM_TOKENS:
        return &s->tokens[k - 1];
    default:
        return &s->mixed;
    }
}

/* The common denominator of the groups of some terms, into denominator and, with lists, w->list too. */
static tt_status term_denominator(mpz_t denominator, tt_sums *s, const tt_sum_term *terms, size_t n, size_t k,
                                  bool lists, workspace *w)
{
    tt_status status = TT_OK;
    mpz_set_ui(denominator, 1);
    w->list.n = 0;
    for (size_t i = 0; i < n && status == TT_OK; i++) {
        const group *g = group_of(s, terms[i].sum, k);
        if (lists)
            status = tt_factors_join(&w->list, &g->list);
        else
            mpz_lcm(denominator, denominator, g->scale);
    }
    return lists && status == TT_OK ? tt_factors_product(denominator, &w->list, NULL, &w->factors) : status;
}

static tt_status factored_combine(mpq_t out, tt_sums *s, const tt_sum_term *terms, size_t n, size_t k, void *work)
{
    const layout *l = s->shared;
    workspace *w = work;
    bool value = terms[0].sum <= TT_SUM_WEIGHTED;
    bool lists = (value ? s->height : k) > l->steps;
    tt_status status = term_denominator(mpq_denref(out), s, terms, n, k, lists, w);
    mpz_set_ui(mpq_numref(out), 0);
    for (size_t i = 0; i < n && status == TT_OK; i++) {
        const group *g = group_of(s, terms[i].sum, k);
        if (lists)
            status = tt_factors_product(w->lift, &w->list, &g->list, &w->factors);
        else
            mpz_divexact(w->lift, mpq_denref(out), g->scale);
        mpz_mul_si(w->product, g->x[value], terms[i].coefficient);
        mpz_addmul(mpq_numref(out), w->product, w->lift);
    }
    if (value)
        mpz_mul_ui(mpq_denref(out), mpq_denref(out), l->reward_total);
    if (status == TT_OK)
        mpq_canonicalize(out);
    return status;
}

const tt_sums_kind tt_sums_factored = {
    factored_open, factored_close, factored_begin, factored_end, factored_make, factored_free, factored_fold, factored_combine,
};

#include "tree_sums.h"

#include <stdlib.h>
#include <string.h>

#include "factors.h"

/* Rows have totals of their own. Each sum is an average of the same sum over the children (error_one and K: of two), so that
   its denominator is a multiple of the products of totals along every path. It is kept as a list of prime factors: totals
   are small and share most of theirs, the list is far shorter than the product of all, and the least common multiple of
   two lists and what each sum has to be multiplied with to get there are read off the lists, without a gcd of long numbers.

   An average of equal integers is that integer, over nothing. So a subtree in which all signs are the same, or all rewards,
   costs nothing, and the shifts, where most small subtrees are such ones, are short. */

typedef struct {
    size_t vocab;
    uint32_t reward_total;
} layout;

/* x over the product of the list. */
typedef struct {
    mpz_t x;
    tt_factors list;
} ratio;

struct tt_sums {
    size_t vocab, height;
    uint32_t reward_total;
    ratio *items; /* in the order of tt_sum; the last three for each k */
};

#define WITHOUT_K ((size_t)TT_SUM_SHIFT_MU)
#define WITH_K ((size_t)TT_SUM_TOKENS + 1 - WITHOUT_K)

static ratio *item(const tt_sums *s, tt_sum sum, size_t k)
{
    return &s->items[(size_t)sum < WITHOUT_K ? (size_t)sum : (size_t)sum + WITH_K * (k - 1)];
}

enum { MU, PI, POLICIES };

/* The sum of some children's x by the weights of each policy, over one list. */
typedef struct {
    mpz_t x[POLICIES];
    tt_factors list;
} partial;

/* What a thread needs to fold. */
typedef struct {
    size_t vocab;
    size_t *live;      /* V: the children that a policy takes */
    size_t live_count;
    ratio **from;      /* live_count: theirs */
    partial *partials; /* of all live children, then of both halves of them, of both halves of a half and so on */
    size_t partial_count;
    mpz_t to_left, to_right; /* from the lists of two halves to the common one */
    mpz_t product;
    tt_factors own[POLICIES]; /* of the totals of the context at hand */
    ratio over;        /* the part of error_one or K in which the context's own step is by pi */
    tt_factors list;
    tt_factors_work factors;
} workspace;

/* A context to be folded. */
typedef struct {
    tt_sums *out;
    tt_sums *const *children;
    const tt_sums_context *context;
    const uint32_t *weights[POLICIES];
    uint32_t totals[POLICIES];
    workspace *w;
} opened;

static const tt_factors nothing;

/* ---- life ----------------------------------------------------------------------- */

static void *factored_open(const tt_row_source *source)
{
    layout *l = malloc(sizeof *l);
    if (!l)
        return NULL;
    l->vocab = source->vocab;
    l->reward_total = source->reward_total;
    return l;
}

static void factored_close(void *shared)
{
    free(shared);
}

static void partial_init(partial *p)
{
    mpz_inits(p->x[MU], p->x[PI], NULL);
    p->list = (tt_factors){ 0 };
}

static void partial_clear(partial *p)
{
    mpz_clears(p->x[MU], p->x[PI], NULL);
    tt_factors_clear(&p->list);
}

static void factored_end(void *work)
{
    workspace *w = work;
    for (size_t k = 0; w->partials && k < w->partial_count; k++)
        partial_clear(&w->partials[k]);
    mpz_clears(w->to_left, w->to_right, w->product, w->over.x, NULL);
    tt_factors_clear(&w->over.list);
    tt_factors_clear(&w->list);
    for (size_t policy = 0; policy < POLICIES; policy++)
        tt_factors_clear(&w->own[policy]);
    tt_factors_work_clear(&w->factors);
    free(w->live);
    free(w->from);
    free(w->partials);
    free(w);
}

static void *factored_begin(const void *shared)
{
    const layout *l = shared;
    workspace *w = calloc(1, sizeof *w);
    if (!w)
        return NULL;
    w->vocab = l->vocab;
    w->partial_count = 1;
    for (size_t children = l->vocab; children > 1; children = (children + 1) / 2)
        w->partial_count += 2;
    mpz_inits(w->to_left, w->to_right, w->product, w->over.x, NULL);
    w->live = calloc(l->vocab, sizeof *w->live);
    w->from = calloc(l->vocab, sizeof *w->from);
    w->partials = calloc(w->partial_count, sizeof *w->partials);
    for (size_t k = 0; w->partials && k < w->partial_count; k++)
        partial_init(&w->partials[k]);
    if (!w->live || !w->from || !w->partials) {
        factored_end(w);
        return NULL;
    }
    return w;
}

static size_t item_count(size_t height)
{
    return WITHOUT_K + WITH_K * height;
}

static void factored_free(tt_sums *s)
{
    for (size_t k = 0; s->items && k < item_count(s->height); k++) {
        mpz_clear(s->items[k].x);
        tt_factors_clear(&s->items[k].list);
    }
    free(s->items);
    free(s);
}

static tt_sums *factored_make(const void *shared, size_t height)
{
    const layout *l = shared;
    tt_sums *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->vocab = l->vocab;
    s->height = height;
    s->reward_total = l->reward_total;
    s->items = calloc(item_count(height), sizeof *s->items);
    if (!s->items) {
        factored_free(s);
        return NULL;
    }
    for (size_t k = 0; k < item_count(height); k++)
        mpz_init(s->items[k].x);
    return s;
}

/* ---- averages -------------------------------------------------------------------- */

/* Where the averages by the weights of mu and of pi go; NULL: not wanted. */
typedef struct {
    const opened *o;
    ratio *to[POLICIES];
} averaging;

/* One child's sum, its weights still to come, or several with their weights. */
typedef struct {
    const ratio *one; /* or NULL */
    size_t token;
    const partial *several;
    const tt_factors *list;
} term;

/* out (or, after the first, what is added to it) = a term times a factor. */
static void add_term(partial *out, const term *t, mpz_srcptr factor, bool first, const averaging *a)
{
    mpz_ptr product = a->o->w->product;
    if (t->one)
        mpz_mul(product, t->one->x, factor);
    for (size_t policy = 0; policy < POLICIES; policy++) {
        mpz_ptr x = out->x[policy];
        if (!a->to[policy])
            continue;
        if (t->one && first) {
            mpz_mul_ui(x, product, a->o->weights[policy][t->token]);
        } else if (t->one) {
            mpz_addmul_ui(x, product, a->o->weights[policy][t->token]);
        } else if (first) {
            mpz_mul(x, t->several->x[policy], factor);
        } else {
            mpz_mul(product, t->several->x[policy], factor);
            mpz_add(x, x, product);
        }
    }
}

static tt_status add_halves(partial *out, size_t begin, size_t end, const tt_factors *times, partial *rooms,
                            const averaging *a);

/* The live children from begin to end, in `room` if they are several; rooms: for halves of them. */
static tt_status open_term(term *out, size_t begin, size_t end, partial *room, partial *rooms, const averaging *a)
{
    const workspace *w = a->o->w;
    if (end - begin == 1) {
        *out = (term){ w->from[begin], w->live[begin], NULL, &w->from[begin]->list };
        return TT_OK;
    }
    *out = (term){ NULL, 0, room, &room->list };
    return add_halves(room, begin, end, &nothing, rooms, a);
}

/* Halves of halves, so that the factors to a common list are no longer than they have to be. The list is that of the
   children times another one. */
static tt_status add_halves(partial *out, size_t begin, size_t end, const tt_factors *times, partial *rooms,
                            const averaging *a)
{
    workspace *w = a->o->w;
    size_t middle = (begin + end + 1) / 2;
    term left, right;
    tt_status status = open_term(&left, begin, middle, &rooms[0], rooms + 2, a);
    if (status == TT_OK)
        status = open_term(&right, middle, end, &rooms[1], rooms + 2, a);
    if (status == TT_OK)
        status = tt_factors_common(&out->list, w->to_left, w->to_right, left.list, right.list, times, &w->factors);
    if (status != TT_OK)
        return status;
    add_term(out, &left, w->to_left, true, a);
    add_term(out, &right, w->to_right, false, a);
    return TT_OK;
}

/* The same where there is one child. */
static tt_status add_one(partial *out, const tt_factors *times, const averaging *a)
{
    workspace *w = a->o->w;
    const term only = { w->from[0], w->live[0], NULL, NULL };
    tt_status status = tt_factors_copy(&out->list, &w->from[0]->list);
    mpz_set_ui(w->to_left, 1);
    add_term(out, &only, w->to_left, true, a);
    return status == TT_OK ? tt_factors_multiply(&out->list, times) : status;
}

/* All live children; the partials for halves stand behind out. */
static tt_status add_live(partial *out, const tt_factors *times, const averaging *a)
{
    size_t n = a->o->w->live_count;
    return n > 1 ? add_halves(out, 0, n, times, out + 1, a) : add_one(out, times, a);
}

static void swap_lists(tt_factors *a, tt_factors *b)
{
    tt_factors list = *a;
    *a = *b;
    *b = list;
}

/* The averages differ in their numerators, and in the total that the children's list is multiplied with. */
static tt_status average_both(const averaging *a)
{
    workspace *w = a->o->w;
    partial *all = &w->partials[0];
    tt_status status = add_live(all, &nothing, a);
    if (status == TT_OK)
        status = tt_factors_copy(&a->to[MU]->list, &all->list);
    swap_lists(&a->to[PI]->list, &all->list);
    for (size_t policy = 0; policy < POLICIES && status == TT_OK; policy++) {
        mpz_swap(a->to[policy]->x, all->x[policy]);
        status = tt_factors_multiply(&a->to[policy]->list, &w->own[policy]);
    }
    return status;
}

static tt_status average_one(const averaging *a, size_t policy)
{
    workspace *w = a->o->w;
    partial *all = &w->partials[0];
    tt_status status = add_live(all, &w->own[policy], a);
    swap_lists(&a->to[policy]->list, &all->list);
    mpz_swap(a->to[policy]->x, all->x[policy]);
    return status;
}

/* Whether all of w->from are the same integer. */
static bool same_integers(const workspace *w)
{
    for (size_t k = 0; k < w->live_count; k++)
        if (w->from[k]->list.n > 0 || mpz_cmp(w->from[k]->x, w->from[0]->x) != 0)
            return false;
    return true;
}

/* The averages of a sum of the live children by the weights of mu and of pi, each where it is wanted (not NULL). */
static tt_status average(ratio *by_mu, ratio *by_pi, tt_sum sum, size_t k, const opened *o)
{
    const averaging a = { o, { by_mu, by_pi } };
    workspace *w = o->w;
    bool integers;
    for (size_t i = 0; i < w->live_count; i++)
        w->from[i] = item(o->children[w->live[i]], sum, k);
    integers = same_integers(w);
    if (!integers && by_mu && by_pi)
        return average_both(&a);
    if (!integers)
        return by_mu ? average_one(&a, MU) : by_pi ? average_one(&a, PI) : TT_OK;
    for (size_t policy = 0; policy < POLICIES; policy++)
        if (a.to[policy]) {
            mpz_set(a.to[policy]->x, w->from[0]->x);
            a.to[policy]->list.n = 0;
        }
    return TT_OK;
}

/* x += y */
static tt_status add_ratio(ratio *x, const ratio *y, workspace *w)
{
    tt_status status = tt_factors_common(&w->list, w->to_left, w->to_right, &x->list, &y->list, &nothing, &w->factors);
    swap_lists(&w->list, &x->list);
    mpz_mul(w->product, x->x, w->to_left);
    mpz_mul(x->x, y->x, w->to_right);
    mpz_add(x->x, x->x, w->product);
    return status;
}

/* ---- one step ----------------------------------------------------------------------- */

/* out = x / S for the total S of a policy, an integer where it is one. */
static tt_status set_ratio(ratio *out, int64_t x, size_t policy, const opened *o)
{
    bool integer = x % o->totals[policy] == 0;
    mpz_set_si(out->x, integer ? x / o->totals[policy] : x);
    out->list.n = 0;
    return integer ? TT_OK : tt_factors_copy(&out->list, &o->w->own[policy]);
}

/* 2 TV_tok of the context. */
static tt_status set_tokens(ratio *out, const opened *o)
{
    bool same = o->totals[MU] == o->totals[PI];
    uint64_t r_scale = same ? 1 : o->totals[PI], p_scale = same ? 1 : o->totals[MU], difference = 0;
    tt_status status = TT_OK;
    for (size_t y = 0; y < o->w->vocab; y++) {
        uint64_t r = o->weights[MU][y] * r_scale, p = o->weights[PI][y] * p_scale;
        difference += p > r ? p - r : r - p;
    }
    mpz_set_ui(out->x, difference);
    out->list.n = 0;
    for (size_t policy = same; policy < POLICIES && difference > 0 && status == TT_OK; policy++)
        status = tt_factors_multiply(&out->list, &o->w->own[policy]);
    return status;
}

/* Sums over one step: the children's own signs, and TV_tok of the context. */
static tt_status first_step(const opened *o)
{
    static const tt_sum sums[POLICIES] = { TT_SUM_SHIFT_MU, TT_SUM_SHIFT_PI };
    tt_status status = set_tokens(item(o->out, TT_SUM_TOKENS, 1), o);
    for (size_t policy = 0; policy < POLICIES && status == TT_OK; policy++) {
        int64_t shift = 0;
        for (size_t y = 0; y < o->w->vocab; y++)
            shift += o->context->signs[y] * (int64_t)o->weights[policy][y];
        status = set_ratio(item(o->out, sums[policy], 1), shift, policy, o);
    }
    return status;
}

/* The sums above responses that read the reward or mix the policies: K is there the target's value, error_one its shift. */
static tt_status first_values(const opened *o)
{
    static const tt_sum sums[POLICIES] = { TT_SUM_VALUE, TT_SUM_VALUE_TARGET };
    int64_t value = 0, signs = 0;
    tt_status status = TT_OK;
    for (size_t policy = 0; policy < POLICIES && status == TT_OK; policy++) {
        value = signs = 0;
        for (size_t y = 0; y < o->w->vocab; y++) {
            value += (int64_t)o->weights[policy][y] * o->context->rewards[y];
            signs += o->context->signs[y] * (int64_t)o->weights[policy][y];
        }
        status = set_ratio(item(o->out, sums[policy], 1), value, policy, o);
    }
    if (status == TT_OK)
        status = set_ratio(item(o->out, TT_SUM_WEIGHTED, 1), value, PI, o);
    return status == TT_OK ? set_ratio(item(o->out, TT_SUM_ERROR_ONE, 1), signs, PI, o) : status;
}

/* ---- folding -------------------------------------------------------------------------- */

/* The value by mu and K; the target's value; then, from the largest k down to 2, tokens, shift_pi, and shift_mu (over all
   steps with error_one); the sums over one step. */
enum { PIECE_VALUE, PIECE_VALUE_TARGET, PIECES_WITHOUT_K };

static size_t factored_pieces(size_t height)
{
    return PIECES_WITHOUT_K + WITH_K * (height - 1) + 1;
}

/* sum = an average of a sum by mu; mixed = that of mixed by mu and that of the sum by pi. */
static tt_status fold_mixed(tt_sum sum, size_t k, tt_sum mixed, const opened *o)
{
    ratio *over = &o->w->over, *to = item(o->out, mixed, k);
    tt_status status = average(item(o->out, sum, k), over, sum, k - 1, o);
    if (status == TT_OK)
        status = average(to, NULL, mixed, k - 1, o);
    return status == TT_OK ? add_ratio(to, over, o->w) : status;
}

static tt_status fold_piece(const opened *o, size_t piece)
{
    size_t h = o->out->height, k = h - (piece - PIECES_WITHOUT_K) / WITH_K;
    if (piece == PIECE_VALUE)
        return fold_mixed(TT_SUM_VALUE, h, TT_SUM_WEIGHTED, o);
    if (k == 1)
        return first_step(o);
    if (piece == PIECE_VALUE_TARGET)
        return average(NULL, item(o->out, TT_SUM_VALUE_TARGET, h), TT_SUM_VALUE_TARGET, h - 1, o);
    switch ((piece - PIECES_WITHOUT_K) % WITH_K) {
    case 0:
        return average(item(o->out, TT_SUM_TOKENS, k), NULL, TT_SUM_TOKENS, k - 1, o);
    case 1:
        return average(NULL, item(o->out, TT_SUM_SHIFT_PI, k), TT_SUM_SHIFT_PI, k - 1, o);
    default:
        return k == h ? fold_mixed(TT_SUM_SHIFT_MU, k, TT_SUM_ERROR_ONE, o)
                      : average(item(o->out, TT_SUM_SHIFT_MU, k), NULL, TT_SUM_SHIFT_MU, k - 1, o);
    }
}

static tt_status open_context(opened *o, tt_sums *out, tt_sums *const *children, const tt_sums_context *context,
                              workspace *w)
{
    const tt_small_rows *rows = context->rows;
    tt_status status;
    o->out = out;
    o->children = children;
    o->context = context;
    o->w = w;
    o->weights[MU] = rows->rollout;
    o->weights[PI] = rows->target;
    o->totals[MU] = rows->rollout_total;
    o->totals[PI] = rows->target_total;
    w->live_count = 0;
    for (size_t y = 0; y < w->vocab; y++)
        if (rows->rollout[y] != 0 || rows->target[y] != 0)
            w->live[w->live_count++] = y;
    status = tt_factors_set(&w->own[MU], o->totals[MU]);
    return status == TT_OK ? tt_factors_set(&w->own[PI], o->totals[PI]) : status;
}

static tt_status factored_fold(tt_sums *out, tt_sums *const *children, const tt_sums_context *context, void *work)
{
    opened o;
    size_t pieces = out->height > 1 ? factored_pieces(out->height) : 0;
    tt_status status = open_context(&o, out, children, context, work);
    if (out->height == 1 && status == TT_OK)
        status = first_step(&o);
    if (out->height == 1 && status == TT_OK)
        status = first_values(&o);
    for (size_t piece = 0; piece < pieces && status == TT_OK; piece++)
        status = fold_piece(&o, piece);
    return status;
}

static tt_status factored_fold_piece(tt_sums *out, tt_sums *const *children, const tt_sums_context *context, size_t piece,
                                     void *work)
{
    opened o;
    tt_status status = open_context(&o, out, children, context, work);
    return status == TT_OK ? fold_piece(&o, piece) : status;
}

/* ---- results ---------------------------------------------------------------------------- */

static tt_status factored_combine(mpq_t out, tt_sums *s, const tt_sum_term *terms, size_t n, size_t k, void *work)
{
    workspace *w = work;
    tt_factors *common = &w->list;
    mpz_ptr x = mpq_numref(out);
    tt_status status = TT_OK;
    common->n = 0;
    for (size_t i = 0; i < n && status == TT_OK; i++)
        status = tt_factors_join(common, &item(s, terms[i].sum, k)->list);
    mpz_set_ui(x, 0);
    for (size_t i = 0; i < n && status == TT_OK; i++) {
        const ratio *from = item(s, terms[i].sum, k);
        status = tt_factors_product(w->to_left, common, &from->list, &w->factors);
        mpz_mul_si(w->product, from->x, terms[i].coefficient);
        mpz_addmul(x, w->product, w->to_left);
    }
    if (terms[0].sum <= TT_SUM_WEIGHTED && status == TT_OK) {
        status = tt_factors_set(&w->own[MU], s->reward_total);
        if (status == TT_OK)
            status = tt_factors_multiply(common, &w->own[MU]);
    }
    if (status == TT_OK)
        status = tt_factors_cancel(x, common, &w->factors);
    return status == TT_OK ? tt_factors_product(mpq_denref(out), common, NULL, &w->factors) : status;
}

const tt_sums_kind tt_sums_factored = {
    factored_open, factored_close, factored_begin,   factored_end,    factored_make,
    factored_free, factored_fold,  factored_combine, factored_pieces, factored_fold_piece,
};

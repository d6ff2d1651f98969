#include "tree_sums.h"

#include <stdlib.h>
#include <string.h>

/* Every row is written over one total D, so that a sum over h steps is an integer over D^h (those that read the reward:
   over D^h times its denominator) and no two denominators ever meet. The integers are two's complement numbers with
   as many limbs as their bound asks for, one or two near the leaves, where nearly all contexts are. A sum is stored with
   the limbs of what its parent makes of it. */

typedef struct {
    size_t vocab, horizon;
    uint32_t total, reward_total;
    size_t total_bits;                         /* D <= 2^total_bits */
    size_t value_bits, level_bits; /* what a sum over h steps has besides h total_bits, the sign included */
} layout;

struct tt_sums {
    const layout *shared;
    size_t height;
    mp_limb_t *limbs;
    size_t *offsets; /* height + 2: the three values, error_one, the three sums of level 1, 2, ... */
};

/* The children of a context: their sums, and its weights over D. */
typedef struct {
    size_t vocab;
    const mp_limb_t **x;
    uint64_t *rollout, *target;
} children;

enum { VALUES, ERROR_ONE, LEVELS };

/* Limbs of a sum over so many steps. */
static size_t length(const layout *l, size_t bits, size_t steps)
{
    return (bits + steps * l->total_bits + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS;
}

static size_t bits_of(uint64_t n)
{
    size_t bits = 0;
    for (; n; n >>= 1)
        bits++;
    return bits;
}

static void *shared_open(const tt_row_source *source)
{
    layout *l = malloc(sizeof *l);
    if (!l)
        return NULL;
    l->vocab = source->vocab;
    l->horizon = source->horizon;
    l->total = source->row_total;
    l->reward_total = source->reward_total;
    l->total_bits = bits_of(l->total - 1);
    /* K <= h D^h reward_total, |error_one| <= h D^h, |shift| <= D^k, tokens <= 2 D^k */
    l->value_bits = bits_of(l->reward_total) + bits_of(l->horizon) + 1;
    l->level_bits = bits_of(l->horizon) + 2;
    return l;
}

static void shared_close(void *shared)
{
    free(shared);
}

static void shared_free(tt_sums *s)
{
    if (!s)
        return;
    free(s->limbs);
    free(s->offsets);
    free(s);
}

static void shared_end(void *work)
{
    children *c = work;
    free(c->x);
    free(c->rollout);
    free(c);
}

static void *shared_begin(const void *shared)
{
    const layout *l = shared;
    children *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->vocab = l->vocab;
    c->x = malloc(l->vocab * sizeof *c->x);
    c->rollout = malloc(2 * l->vocab * sizeof *c->rollout);
    if (!c->x || !c->rollout) {
        shared_end(c);
        return NULL;
    }
    c->target = c->rollout + l->vocab;
    return c;
}

static tt_sums *shared_make(const void *shared, size_t height)
{
    const layout *l = shared;
    tt_sums *s = calloc(1, sizeof *s);
    size_t at = 0;
    if (!s)
        return NULL;
    s->shared = l;
    s->height = height;
    s->offsets = malloc((height + 2) * sizeof *s->offsets);
    if (s->offsets) {
        s->offsets[VALUES] = 0;
        at = 3 * length(l, l->value_bits, height + 1);
        s->offsets[ERROR_ONE] = at;
        at += length(l, l->level_bits, height + 1);
        for (size_t k = 1; k <= height; k++) {
            s->offsets[LEVELS + k - 1] = at;
            at += 3 * length(l, l->level_bits, k + 1);
        }
        s->limbs = calloc(at, sizeof *s->limbs);
    }
    if (!s->limbs) {
        shared_free(s);
        return NULL;
    }
    return s;
}

/* ---- two's complement numbers -------------------------------------------------- */

typedef unsigned __int128 two_limbs;

static inline two_limbs get_two(const mp_limb_t *x)
{
    return (two_limbs)x[1] << 64 | x[0];
}

static inline void put_two(mp_limb_t *out, two_limbs x)
{
    out[0] = (mp_limb_t)x;
    out[1] = (mp_limb_t)(x >> 64);
}

/* Repeats the sign of n limbs up to the stored length. */
static inline void extend(mp_limb_t *out, size_t n, size_t stored)
{
    for (size_t k = n; k < stored; k++)
        out[k] = (mp_limb_t)0 - (out[n - 1] >> (GMP_NUMB_BITS - 1));
}

static inline void put(mp_limb_t *out, int64_t x, size_t stored)
{
    out[0] = (mp_limb_t)x;
    extend(out, 1, stored);
}

/* out += w x modulo 2^(64 n) */
static inline void add_product(mp_limb_t *out, const mp_limb_t *x, size_t n, uint64_t w)
{
    if (n == 1) {
        out[0] += w * x[0];
    } else if (n == 2) {
        put_two(out, get_two(out) + get_two(x) * w);
    } else if (n == 3) {
        two_limbs low = (two_limbs)x[0] * w + out[0];
        out[0] = (mp_limb_t)low;
        put_two(out + 1, get_two(out + 1) + get_two(x + 1) * w + (low >> 64));
    } else {
        mpn_addmul_1(out, x, (mp_size_t)n, w);
    }
}

/* out += the sum over y of w[y] times the n limbs at `offset` from x[y], n limbs. */
static inline void add_products(mp_limb_t *out, const mp_limb_t *const *x, size_t offset, size_t n, const uint64_t *w,
                                size_t vocab)
{
    for (size_t y = 0; y < vocab; y++)
        add_product(out, x[y] + offset, n, w[y]);
}

/* ---- folding ------------------------------------------------------------------- */

/* f, g, h of n limbs at `offset` in the children become sum r f, sum p g and sum r h, stored in longer places. */
static inline void fold_three(mp_limb_t *out, size_t stored, const children *c, size_t offset, size_t n)
{
    for (size_t k = 0; k < 3 * stored; k++)
        out[k] = 0;
    add_products(out, c->x, offset, n, c->rollout, c->vocab);
    add_products(out + stored, c->x, offset + n, n, c->target, c->vocab);
    add_products(out + 2 * stored, c->x, offset + 2 * n, n, c->rollout, c->vocab);
    for (size_t k = 0; k < 3; k++)
        extend(out + k * stored, n, stored);
}

/* The same for lengths that the compiler knows. */
static void fold_by_length(mp_limb_t *out, size_t stored, const children *c, size_t offset, size_t n)
{
    switch (n) {
    case 1:
        fold_three(out, stored, c, offset, 1);
        break;
    case 2:
        fold_three(out, stored, c, offset, 2);
        break;
    case 3:
        fold_three(out, stored, c, offset, 3);
        break;
    default:
        fold_three(out, stored, c, offset, n);
    }
}

/* The sums of a context above responses that read the reward. */
static void first_values(tt_sums *out, const children *c, const uint32_t *rewards)
{
    const layout *l = out->shared;
    size_t stored = length(l, l->value_bits, 2);
    two_limbs value = 0, value_target = 0;
    for (size_t y = 0; y < l->vocab; y++) {
        value += (two_limbs)c->rollout[y] * rewards[y];
        value_target += (two_limbs)c->target[y] * rewards[y];
    }
    for (size_t k = 0; k < 3; k++) {
        mp_limb_t *x = out->limbs + k * stored;
        two_limbs sum = k == 0 ? value : value_target;
        x[0] = (mp_limb_t)sum;
        for (size_t i = 1; i < stored; i++)
            x[i] = i == 1 ? (mp_limb_t)(sum >> 64) : 0;
    }
}

/* Level 1: the children's own signs, and TV_tok of the context. */
static void first_level(tt_sums *out, const children *c, const int8_t *signs)
{
    const layout *l = out->shared;
    size_t stored = length(l, l->level_bits, 2);
    mp_limb_t *level = out->limbs + out->offsets[LEVELS];
    int64_t shift_mu = 0, shift_pi = 0, tokens = 0;
    for (size_t y = 0; y < l->vocab; y++) {
        int64_t r = (int64_t)c->rollout[y], p = (int64_t)c->target[y];
        shift_mu += signs[y] * r;
        shift_pi += signs[y] * p;
        tokens += p > r ? p - r : r - p;
    }
    put(level, shift_mu, stored);
    put(level + stored, shift_pi, stored);
    put(level + 2 * stored, tokens, stored);
}

/* Besides three sums of their own, K takes p V of the children. */
static void fold_values(tt_sums *out, const children *c)
{
    const layout *l = out->shared;
    size_t n = length(l, l->value_bits, out->height), stored = length(l, l->value_bits, out->height + 1);
    mp_limb_t *weighted = out->limbs + 2 * stored;
    fold_by_length(out->limbs, stored, c, 0, n);
    add_products(weighted, c->x, 0, n, c->target, c->vocab);
    extend(weighted, n, stored);
}

/* sum r error_one + p shift_mu */
static void fold_error_one(tt_sums *out, const children *c, size_t error_one, size_t shift_mu)
{
    const layout *l = out->shared;
    size_t n = length(l, l->level_bits, out->height), stored = length(l, l->level_bits, out->height + 1);
    mp_limb_t *x = out->limbs + out->offsets[ERROR_ONE];
    for (size_t k = 0; k < n; k++)
        x[k] = 0;
    add_products(x, c->x, error_one, n, c->rollout, c->vocab);
    add_products(x, c->x, shift_mu, n, c->target, c->vocab);
    extend(x, n, stored);
}

/* The weights of both rows over D. */
static void load_weights(children *c, const layout *l, const tt_small_rows *rows)
{
    uint64_t r = l->total == rows->rollout_total ? 1 : l->total / rows->rollout_total;
    uint64_t p = l->total == rows->target_total ? 1 : l->total / rows->target_total;
    for (size_t y = 0; y < l->vocab; y++) {
        c->rollout[y] = rows->rollout[y] * r;
        c->target[y] = rows->target[y] * p;
    }
}

static tt_status shared_fold(tt_sums *out, tt_sums *const *from, const tt_sums_context *context, void *work)
{
    const layout *l = out->shared;
    size_t h = out->height;
    const size_t *to = out->offsets, *at;
    children *c = work;
    load_weights(c, l, context->rows);
    first_level(out, c, context->signs);
    if (h == 1) {
        first_values(out, c, context->rewards);
        mpn_copyi(out->limbs + to[ERROR_ONE], out->limbs + to[LEVELS] + (to[LEVELS] - to[ERROR_ONE]),
                  (mp_size_t)(to[LEVELS] - to[ERROR_ONE]));
        return TT_OK;
    }
    at = from[0]->offsets;
    for (size_t y = 0; y < l->vocab; y++)
        c->x[y] = from[y]->limbs;
    fold_values(out, c);
    fold_error_one(out, c, at[ERROR_ONE], at[LEVELS + h - 2]);
    for (size_t k = 2; k <= h; k++)
        fold_by_length(out->limbs + to[LEVELS + k - 1], length(l, l->level_bits, k + 1), c, at[LEVELS + k - 2],
                       length(l, l->level_bits, k));
    return TT_OK;
}

/* ---- results -------------------------------------------------------------------- */

static void set_signed(mpz_t out, mp_limb_t *x, size_t n)
{
    bool negative = x[n - 1] >> (GMP_NUMB_BITS - 1);
    if (negative)
        mpn_neg(x, x, (mp_size_t)n);
    mpn_copyi(mpz_limbs_write(out, (mp_size_t)n), x, (mp_size_t)n);
    mpz_limbs_finish(out, negative ? -(mp_size_t)n : (mp_size_t)n);
    if (negative)
        mpn_neg(x, x, (mp_size_t)n);
}

static mp_limb_t *place(size_t *n, const tt_sums *s, tt_sum sum, size_t k)
{
    const layout *l = s->shared;
    if (sum <= TT_SUM_WEIGHTED) {
        *n = length(l, l->value_bits, s->height + 1);
        return s->limbs + *n * (size_t)sum;
    }
    *n = length(l, l->level_bits, k + 1);
    return s->limbs + (sum == TT_SUM_ERROR_ONE ? s->offsets[ERROR_ONE]
                                               : s->offsets[LEVELS + k - 1] + *n * (size_t)(sum - TT_SUM_SHIFT_MU));
}

static tt_status shared_combine(mpq_t out, tt_sums *s, const tt_sum_term *terms, size_t n, size_t k, void *work)
{
    const layout *l = s->shared;
    bool value = terms[0].sum <= TT_SUM_WEIGHTED;
    mpz_t x, coefficient;
    (void)work;
    mpz_init(x);
    mpz_init(coefficient);
    mpz_set_ui(mpq_numref(out), 0);
    for (size_t i = 0; i < n; i++) {
        size_t limbs;
        mp_limb_t *at = place(&limbs, s, terms[i].sum, k);
        set_signed(x, at, limbs);
        mpz_set_si(coefficient, terms[i].coefficient);
        mpz_addmul(mpq_numref(out), x, coefficient);
    }
    mpz_ui_pow_ui(mpq_denref(out), l->total, value ? s->height : k);
    if (value)
        mpz_mul_ui(mpq_denref(out), mpq_denref(out), l->reward_total);
    mpq_canonicalize(out);
    mpz_clear(x);
    mpz_clear(coefficient);
    return TT_OK;
}

const tt_sums_kind tt_sums_shared = {
    shared_open, shared_close, shared_begin, shared_end, shared_make, shared_free, shared_fold, shared_combine,
};

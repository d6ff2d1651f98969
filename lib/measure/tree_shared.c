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
    size_t *value_limbs, *level_limbs; /* T + 2 each: of a sum over h steps that reads the reward, and one that does not */
    size_t *level_at;                  /* T + 2: where the sums of level k = 1, 2, ... begin; those of level k follow */
} layout;

/* The three sums of each level, error_one, the three values. */
struct tt_sums {
    const layout *shared;
    size_t height;
    mp_limb_t *limbs;
};

/* The weights of one context over D. */
typedef struct {
    const uint32_t *rollout, *target;
} weights;

static size_t bits_of(uint64_t n)
{
    size_t bits = 0;
    for (; n; n >>= 1)
        bits++;
    return bits;
}

static size_t limbs_of(size_t bits)
{
    return (bits + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS;
}

static void shared_close(void *shared)
{
    layout *l = shared;
    free(l->value_limbs);
    free(l);
}

static void *shared_open(const tt_row_source *source)
{
    layout *l = calloc(1, sizeof *l);
    size_t steps = source->horizon + 2, total_bits, value_bits, level_bits;
    if (!l)
        return NULL;
    l->vocab = source->vocab;
    l->horizon = source->horizon;
    l->total = source->row_total;
    l->reward_total = source->reward_total;
    l->value_limbs = calloc(3 * steps, sizeof *l->value_limbs);
    if (!l->value_limbs) {
        shared_close(l);
        return NULL;
    }
    l->level_limbs = l->value_limbs + steps;
    l->level_at = l->level_limbs + steps;
    total_bits = bits_of(l->total - 1); /* D <= 2^total_bits */
    /* K <= h D^h reward_total, |error_one| <= h D^h, |shift| <= D^k, tokens <= 2 D^k, and a sign */
    value_bits = bits_of(l->reward_total) + bits_of(l->horizon) + 1;
    level_bits = bits_of(l->horizon) + 2;
    for (size_t h = 0; h < steps; h++) {
        l->value_limbs[h] = limbs_of(value_bits + h * total_bits);
        l->level_limbs[h] = limbs_of(level_bits + h * total_bits);
        l->level_at[h] = h < 2 ? 0 : l->level_at[h - 1] + 3 * l->level_limbs[h];
    }
    return l;
}

static void shared_free(tt_sums *s)
{
    if (!s)
        return;
    free(s->limbs);
    free(s);
}

/* Room for the weights of one context. */
static void *shared_begin(const void *shared)
{
    return malloc(2 * ((const layout *)shared)->vocab * sizeof(uint32_t));
}

static void shared_end(void *work)
{
    free(work);
}

/* Where error_one is, and the values behind it, at height h. */
static inline size_t error_one_at(const layout *l, size_t h)
{
    return l->level_at[h + 1];
}

static inline size_t values_at(const layout *l, size_t h)
{
    return l->level_at[h + 1] + l->level_limbs[h + 1];
}

static tt_sums *shared_make(const void *shared, size_t height)
{
    const layout *l = shared;
    tt_sums *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->shared = l;
    s->height = height;
    s->limbs = calloc(values_at(l, height) + 3 * l->value_limbs[height + 1], sizeof *s->limbs);
    if (!s->limbs) {
        shared_free(s);
        return NULL;
    }
    return s;
}

/* ---- two's complement numbers -------------------------------------------------- */

/* Where V and lengths are known to the compiler, so that short numbers stay in registers. */
#define INLINE static inline __attribute__((always_inline))

typedef unsigned __int128 two_limbs;

INLINE two_limbs get_two(const mp_limb_t *x)
{
    return (two_limbs)x[1] << 64 | x[0];
}

/* Repeats the sign of n limbs up to the stored length. */
INLINE void extend(mp_limb_t *out, size_t n, size_t stored)
{
    for (size_t k = n; k < stored; k++)
        out[k] = (mp_limb_t)0 - (out[n - 1] >> (GMP_NUMB_BITS - 1));
}

INLINE void put_one(mp_limb_t *out, mp_limb_t x, size_t stored)
{
    out[0] = x;
    extend(out, 1, stored);
}

INLINE void put_two(mp_limb_t *out, two_limbs x, size_t stored)
{
    out[0] = (mp_limb_t)x;
    out[1] = (mp_limb_t)(x >> 64);
    extend(out, 2, stored);
}

/* A sum of products, modulo 2^(64 n): of w[y] and the n limbs at `offset` in the sums of child y. */
INLINE mp_limb_t add_one(mp_limb_t sum, tt_sums *const *children, size_t offset, const uint32_t *w, size_t vocab)
{
    for (size_t y = 0; y < vocab; y++)
        sum += w[y] * children[y]->limbs[offset];
    return sum;
}

INLINE two_limbs add_two(two_limbs sum, tt_sums *const *children, size_t offset, const uint32_t *w, size_t vocab)
{
    for (size_t y = 0; y < vocab; y++)
        sum += get_two(children[y]->limbs + offset) * w[y];
    return sum;
}

static void add_many(mp_limb_t *sum, tt_sums *const *children, size_t offset, size_t n, const uint32_t *w, size_t vocab)
{
    for (size_t y = 0; y < vocab; y++)
        mpn_addmul_1(sum, children[y]->limbs + offset, (mp_size_t)n, w[y]);
}

/* ---- folding ------------------------------------------------------------------- */

/* out = the sum over the children of w times what they have at `offset`. */
INLINE void fold_sum(mp_limb_t *out, size_t stored, tt_sums *const *children, size_t offset, size_t n,
                     const uint32_t *w, size_t vocab)
{
    if (n == 1) {
        put_one(out, add_one(0, children, offset, w, vocab), stored);
    } else if (n == 2) {
        put_two(out, add_two(0, children, offset, w, vocab), stored);
    } else {
        mpn_zero(out, (mp_size_t)n);
        add_many(out, children, offset, n, w, vocab);
        extend(out, n, stored);
    }
}

/* The same of r times what is at r_offset and p times what is at p_offset. */
INLINE void fold_both(mp_limb_t *out, size_t stored, tt_sums *const *children, size_t r_offset, size_t p_offset, size_t n,
                      const weights *w, size_t vocab)
{
    if (n == 1) {
        mp_limb_t sum = add_one(0, children, r_offset, w->rollout, vocab);
        put_one(out, add_one(sum, children, p_offset, w->target, vocab), stored);
    } else if (n == 2) {
        two_limbs sum = add_two(0, children, r_offset, w->rollout, vocab);
        put_two(out, add_two(sum, children, p_offset, w->target, vocab), stored);
    } else {
        mpn_zero(out, (mp_size_t)n);
        add_many(out, children, r_offset, n, w->rollout, vocab);
        add_many(out, children, p_offset, n, w->target, vocab);
        extend(out, n, stored);
    }
}

/* Level 1: the children's own signs, and TV_tok of the context. */
INLINE void own_level(tt_sums *out, const weights *w, const int8_t *signs, size_t vocab)
{
    size_t stored = out->shared->level_limbs[2];
    int64_t shift_mu = 0, shift_pi = 0, tokens = 0;
    for (size_t y = 0; y < vocab; y++) {
        int64_t r = w->rollout[y], p = w->target[y];
        shift_mu += signs[y] * r;
        shift_pi += signs[y] * p;
        tokens += p > r ? p - r : r - p;
    }
    put_one(out->limbs, (mp_limb_t)shift_mu, stored);
    put_one(out->limbs + stored, (mp_limb_t)shift_pi, stored);
    put_one(out->limbs + 2 * stored, (mp_limb_t)tokens, stored);
}

/* Above responses: the sums that read the reward, below 2^62, and error_one, which is shift_pi. */
INLINE void first_sums(tt_sums *out, const weights *w, const uint32_t *rewards, size_t vocab)
{
    const layout *l = out->shared;
    size_t stored = l->value_limbs[2];
    mp_limb_t *values = out->limbs + values_at(l, 1);
    uint64_t value = 0, value_target = 0;
    for (size_t y = 0; y < vocab; y++) {
        value += (uint64_t)w->rollout[y] * rewards[y];
        value_target += (uint64_t)w->target[y] * rewards[y];
    }
    put_one(values, value, stored);
    put_one(values + stored, value_target, stored);
    put_one(values + 2 * stored, value_target, stored);
    put_one(out->limbs + error_one_at(l, 1), out->limbs[l->level_limbs[2]], l->level_limbs[2]);
}

/* Three of level k - 1 of the children, or three of their values. */
INLINE void fold_three(mp_limb_t *out, size_t stored, tt_sums *const *children, size_t offset, size_t n, const weights *w,
                       size_t vocab)
{
    fold_sum(out, stored, children, offset, n, w->rollout, vocab);
    fold_sum(out + stored, stored, children, offset + n, n, w->target, vocab);
    fold_sum(out + 2 * stored, stored, children, offset + 2 * n, n, w->rollout, vocab);
}

/* error_one = sum r error_one + p shift_mu; K = sum r K + p V */
INLINE void fold_rest(tt_sums *out, tt_sums *const *children, const weights *w, size_t vocab)
{
    const layout *l = out->shared;
    size_t h = out->height, n = l->level_limbs[h], stored = l->level_limbs[h + 1], at = values_at(l, h - 1);
    mp_limb_t *values = out->limbs + values_at(l, h);
    fold_both(out->limbs + error_one_at(l, h), stored, children, error_one_at(l, h - 1), l->level_at[h - 1], n, w, vocab);
    n = l->value_limbs[h];
    stored = l->value_limbs[h + 1];
    fold_sum(values, stored, children, at, n, w->rollout, vocab);
    fold_sum(values + stored, stored, children, at + n, n, w->target, vocab);
    fold_both(values + 2 * stored, stored, children, at + 2 * n, at, n, w, vocab);
}

INLINE void fold_level(tt_sums *const *out, size_t n, tt_sums *const *children, const tt_sums_level *level, size_t vocab)
{
    const layout *l = out[0]->shared;
    size_t h = out[0]->height;
    for (size_t i = 0; i < n; i++) {
        const weights w = { level->rollout + i * vocab, level->target + i * vocab };
        own_level(out[i], &w, level->signs + i * vocab, vocab);
        if (h == 1) {
            first_sums(out[i], &w, level->rewards + i * vocab, vocab);
            continue;
        }
        for (size_t k = 2; k <= h; k++)
            fold_three(out[i]->limbs + l->level_at[k], l->level_limbs[k + 1], children + i * vocab, l->level_at[k - 1],
                       l->level_limbs[k], &w, vocab);
        fold_rest(out[i], children + i * vocab, &w, vocab);
    }
}

void tt_sums_shared_fold(tt_sums *const *out, size_t n, tt_sums *const *children, const tt_sums_level *level)
{
    size_t vocab = out[0]->shared->vocab;
    switch (vocab) {
    case 2:
        fold_level(out, n, children, level, 2);
        break;
    case 4:
        fold_level(out, n, children, level, 4);
        break;
    case 8:
        fold_level(out, n, children, level, 8);
        break;
    default:
        fold_level(out, n, children, level, vocab);
    }
}

static void scale(uint32_t *out, const uint32_t *row, uint32_t factor, size_t n)
{
    for (size_t y = 0; y < n; y++)
        out[y] = row[y] * factor;
}

static tt_status shared_fold(tt_sums *out, tt_sums *const *children, const tt_sums_context *context, void *work)
{
    const layout *l = out->shared;
    const tt_small_rows *rows = context->rows;
    uint32_t *rollout = work, *target = rollout + l->vocab;
    tt_sums_level level = { rollout, target, context->signs, context->rewards };
    scale(rollout, rows->rollout, l->total / rows->rollout_total, l->vocab);
    scale(target, rows->target, l->total / rows->target_total, l->vocab);
    tt_sums_shared_fold(&out, 1, children, &level);
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
    bool value = sum <= TT_SUM_WEIGHTED;
    *n = value ? l->value_limbs[s->height + 1] : l->level_limbs[k + 1];
    if (value)
        return s->limbs + values_at(l, s->height) + *n * (size_t)sum;
    if (sum == TT_SUM_ERROR_ONE)
        return s->limbs + error_one_at(l, s->height);
    return s->limbs + l->level_at[k] + *n * (size_t)(sum - TT_SUM_SHIFT_MU);
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

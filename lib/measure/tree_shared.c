#include "tree_sums.h"

#include <stdlib.h>
#include <string.h>

/* Every row is written over one total D, so that a sum over h steps is an integer over D^h (those that read the reward:
   over D^h times its denominator) and no two denominators ever meet. The integers are two's complement numbers with
   as many limbs as their bound asks for, one or two near the leaves, where nearly all contexts are. */

typedef struct {
    size_t vocab, horizon;
    uint32_t total, reward_total;
    uint32_t *value_limbs, *level_limbs; /* T + 2 each: of a sum over h steps that reads the reward, and of others */
    uint32_t *level_at;                    /* T + 2: where the sums of level k = 1, 2, ... begin */
} layout;

/* The three sums of each level, error_one, the three values. */
struct tt_sums {
    const layout *shared;
    size_t height;
    mp_limb_t *limbs;
};

static size_t bits_of(uint64_t n)
{
    size_t bits = 0;
    for (; n; n >>= 1)
        bits++;
    return bits;
}

static uint32_t limbs_of(size_t bits)
{
    return (uint32_t)((bits + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS);
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
        l->level_at[h] = h < 2 ? 0 : l->level_at[h - 1] + 3 * l->level_limbs[h - 1];
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
    return calloc(2 * ((const layout *)shared)->vocab, sizeof(uint32_t));
}

static void shared_end(void *work)
{
    free(work);
}

/* ---- places ------------------------------------------------------------------------ */

/* Where V, lengths and places are known to the compiler, so that short numbers stay in registers. */
#define INLINE static inline __attribute__((always_inline))

/* Which sums up to some height have one limb: the compiler knows their places then. */
typedef enum { NOT_ALL, LEVELS, ALL } one_limb_sums;

INLINE size_t level_limbs(const layout *l, size_t h, one_limb_sums one_limb)
{
    return one_limb != NOT_ALL ? 1 : l->level_limbs[h];
}

INLINE size_t value_limbs(const layout *l, size_t h, one_limb_sums one_limb)
{
    return one_limb == ALL ? 1 : l->value_limbs[h];
}

/* Level k = 1, 2, ...: three sums. */
INLINE size_t level_at(const layout *l, size_t k, one_limb_sums one_limb)
{
    return one_limb != NOT_ALL ? 3 * (k - 1) : l->level_at[k];
}

/* error_one at height h, behind the levels, and the values behind it. */
INLINE size_t error_one_at(const layout *l, size_t h, one_limb_sums one_limb)
{
    return level_at(l, h + 1, one_limb);
}

INLINE size_t values_at(const layout *l, size_t h, one_limb_sums one_limb)
{
    return error_one_at(l, h, one_limb) + level_limbs(l, h, one_limb);
}

static tt_sums *shared_make(const void *shared, size_t height)
{
    const layout *l = shared;
    tt_sums *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->shared = l;
    s->height = height;
    s->limbs = calloc(values_at(l, height, NOT_ALL) + 3 * l->value_limbs[height], sizeof *s->limbs);
    if (!s->limbs) {
        shared_free(s);
        return NULL;
    }
    return s;
}

/* ---- two's complement numbers -------------------------------------------------- */

typedef unsigned __int128 two_limbs;

INLINE two_limbs get_two(const mp_limb_t *x)
{
    return (two_limbs)x[1] << 64 | x[0];
}

INLINE void put_two(mp_limb_t *out, two_limbs x)
{
    out[0] = (mp_limb_t)x;
    out[1] = (mp_limb_t)(x >> 64);
}

/* Sums of products of w[y] and what child y has at `at`: one limb; two, from one; two, from two. */
INLINE mp_limb_t add_one(mp_limb_t sum, tt_sums *const *children, size_t at, const uint32_t *w, size_t vocab)
{
    for (size_t y = 0; y < vocab; y++)
        sum += w[y] * children[y]->limbs[at];
    return sum;
}

INLINE two_limbs add_wide(two_limbs sum, tt_sums *const *children, size_t at, const uint32_t *w, size_t vocab)
{
    for (size_t y = 0; y < vocab; y++)
        sum += (two_limbs)((__int128)(int64_t)children[y]->limbs[at] * w[y]);
    return sum;
}

INLINE two_limbs add_two(two_limbs sum, tt_sums *const *children, size_t at, const uint32_t *w, size_t vocab)
{
    for (size_t y = 0; y < vocab; y++)
        sum += get_two(children[y]->limbs + at) * w[y];
    return sum;
}

/* ... n limbs from m, n - 1 or n. */
static void add_many(mp_limb_t *sum, size_t n, tt_sums *const *children, size_t at, size_t m, const uint32_t *w,
                     size_t vocab)
{
    for (size_t y = 0; y < vocab; y++) {
        const mp_limb_t *x = children[y]->limbs + at;
        mp_limb_t carry = mpn_addmul_1(sum, x, (mp_size_t)m, w[y]);
        if (n > m)
            sum[m] += carry - (x[m - 1] >> (GMP_NUMB_BITS - 1) ? w[y] : 0);
    }
}

/* ---- folding ------------------------------------------------------------------- */

/* The sums of a context's children have m limbs, its own n. The compiler knows both where they are short. */
typedef struct {
    tt_sums *const *children;
    const uint32_t *rollout, *target; /* over D */
    size_t vocab, m, n;
} family;

/* out = the sum over the children of w times what they have at `at`. */
INLINE void fold_sum(mp_limb_t *out, const family *f, size_t at, const uint32_t *w)
{
    if (f->n == 1) {
        out[0] = add_one(0, f->children, at, w, f->vocab);
    } else if (f->n == 2 && f->m == 1) {
        put_two(out, add_wide(0, f->children, at, w, f->vocab));
    } else if (f->n == 2) {
        put_two(out, add_two(0, f->children, at, w, f->vocab));
    } else {
        mpn_zero(out, (mp_size_t)f->n);
        add_many(out, f->n, f->children, at, f->m, w, f->vocab);
    }
}

/* The same of r times what is at r_at and p times what is at p_at. */
INLINE void fold_both(mp_limb_t *out, const family *f, size_t r_at, size_t p_at)
{
    if (f->n == 1) {
        out[0] = add_one(add_one(0, f->children, r_at, f->rollout, f->vocab), f->children, p_at, f->target, f->vocab);
    } else if (f->n == 2 && f->m == 1) {
        put_two(out, add_wide(add_wide(0, f->children, r_at, f->rollout, f->vocab), f->children, p_at, f->target, f->vocab));
    } else if (f->n == 2) {
        put_two(out, add_two(add_two(0, f->children, r_at, f->rollout, f->vocab), f->children, p_at, f->target, f->vocab));
    } else {
        mpn_zero(out, (mp_size_t)f->n);
        add_many(out, f->n, f->children, r_at, f->m, f->rollout, f->vocab);
        add_many(out, f->n, f->children, p_at, f->m, f->target, f->vocab);
    }
}

/* sum r f, sum p g, sum r h of the children's f, g, h from `at` on; or, for the values, sum r h + p f as the third. */
INLINE void fold_three(mp_limb_t *out, const family *f, size_t at, bool values)
{
    fold_sum(out, f, at, f->rollout);
    fold_sum(out + f->n, f, at + f->m, f->target);
    if (values)
        fold_both(out + 2 * f->n, f, at + 2 * f->m, at);
    else
        fold_sum(out + 2 * f->n, f, at + 2 * f->m, f->rollout);
}

INLINE void fold_three_by_length(mp_limb_t *out, family f, size_t at, bool values)
{
    if (f.n == 1) {
        f.n = f.m = 1;
        fold_three(out, &f, at, values);
    } else if (f.n == 2 && f.m == 1) {
        f.n = 2, f.m = 1;
        fold_three(out, &f, at, values);
    } else if (f.n == 2) {
        f.n = f.m = 2;
        fold_three(out, &f, at, values);
    } else {
        fold_three(out, &f, at, values);
    }
}

/* Level 1, of one limb: the children's own signs, and 2 TV_tok of the context; returns TV_tok. */
INLINE uint32_t own_level(tt_sums *out, const family *f, const int8_t *signs)
{
    int64_t shift_mu = 0, shift_pi = 0, gain = 0;
    for (size_t y = 0; y < f->vocab; y++) {
        int64_t r = f->rollout[y], p = f->target[y];
        shift_mu += signs[y] * r;
        shift_pi += signs[y] * p;
        gain += p > r ? p - r : 0;
    }
    out->limbs[0] = (mp_limb_t)shift_mu;
    out->limbs[1] = (mp_limb_t)shift_pi;
    out->limbs[2] = (mp_limb_t)(2 * gain);
    return (uint32_t)gain;
}

/* A value of a context above responses: 0 <= x < 2^62, in one or two limbs. */
INLINE void put_value(mp_limb_t *out, uint64_t x, size_t n)
{
    out[0] = x;
    if (n > 1)
        out[1] = 0;
}

/* Above responses: the sums that read the reward, and error_one, which is shift_pi. */
INLINE void first_sums(tt_sums *out, const family *f, const uint32_t *rewards, one_limb_sums one_limb)
{
    const layout *l = out->shared;
    size_t n = value_limbs(l, 1, one_limb);
    mp_limb_t *values = out->limbs + values_at(l, 1, one_limb);
    uint64_t value = 0, value_target = 0;
    for (size_t y = 0; y < f->vocab; y++) {
        value += (uint64_t)f->rollout[y] * rewards[y];
        value_target += (uint64_t)f->target[y] * rewards[y];
    }
    put_value(values, value, n);
    put_value(values + n, value_target, n);
    put_value(values + 2 * n, value_target, n);
    out->limbs[error_one_at(l, 1, one_limb)] = out->limbs[1];
}

/* Levels 2, 3, ... from levels 1, 2, ... of the children; error_one = sum r error_one + p shift_mu; the values. */
INLINE void further_sums(tt_sums *out, family f, size_t h, one_limb_sums one_limb)
{
    const layout *l = out->shared;
    for (size_t k = 2; k <= h; k++) {
        f.m = level_limbs(l, k - 1, one_limb);
        f.n = level_limbs(l, k, one_limb);
        fold_three_by_length(out->limbs + level_at(l, k, one_limb), f, level_at(l, k - 1, one_limb), false);
    }
    fold_both(out->limbs + error_one_at(l, h, one_limb), &f, error_one_at(l, h - 1, one_limb), level_at(l, h - 1, one_limb));
    f.m = value_limbs(l, h - 1, one_limb);
    f.n = value_limbs(l, h, one_limb);
    fold_three_by_length(out->limbs + values_at(l, h, one_limb), f, values_at(l, h - 1, one_limb), true);
}

/* h: the height of `out`. */
INLINE void fold_contexts(tt_sums *const *out, size_t n, tt_sums *const *children, const tt_sums_level *level, size_t h,
                          size_t vocab, one_limb_sums one_limb)
{
    for (size_t i = 0, at = 0; i < n; i++, at += vocab) {
        family f = { children + at, level->rollout + at, level->target + at, vocab, 1, 1 };
        level->gains[i] = own_level(out[i], &f, level->signs + at);
        if (h == 1)
            first_sums(out[i], &f, level->rewards + at, one_limb);
        else
            further_sums(out[i], f, h, one_limb);
    }
}

/* Nearly all contexts are a few steps above the responses, where one limb is often enough. */
INLINE void fold_height(tt_sums *const *out, size_t n, tt_sums *const *children, const tt_sums_level *level, size_t vocab)
{
    const layout *l = out[0]->shared;
    size_t h = out[0]->height;
    one_limb_sums one_limb = l->level_limbs[h] > 1 ? NOT_ALL : l->value_limbs[h] > 1 ? LEVELS : ALL;
    if (one_limb == ALL && h == 1)
        fold_contexts(out, n, children, level, 1, vocab, ALL);
    else if (one_limb == ALL && h == 2)
        fold_contexts(out, n, children, level, 2, vocab, ALL);
    else if (one_limb == LEVELS && h == 3)
        fold_contexts(out, n, children, level, 3, vocab, LEVELS);
    else
        fold_contexts(out, n, children, level, h, vocab, NOT_ALL);
}

void tt_sums_shared_fold(tt_sums *const *out, size_t n, tt_sums *const *children, const tt_sums_level *level)
{
    size_t vocab = out[0]->shared->vocab;
    switch (vocab) {
    case 2:
        fold_height(out, n, children, level, 2);
        break;
    case 4:
        fold_height(out, n, children, level, 4);
        break;
    case 8:
        fold_height(out, n, children, level, 8);
        break;
    default:
        fold_height(out, n, children, level, vocab);
    }
}

static tt_status shared_fold(tt_sums *out, tt_sums *const *children, const tt_sums_context *context, void *work)
{
    const layout *l = out->shared;
    uint32_t *rollout = work, *target = rollout + l->vocab;
    uint32_t gain;
    tt_sums_level level = { rollout, target, context->signs, context->rewards, &gain };
    tt_small_rows_over(rollout, target, context->rows, l->vocab, l->total);
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
    *n = value ? l->value_limbs[s->height] : l->level_limbs[k];
    if (value)
        return s->limbs + values_at(l, s->height, NOT_ALL) + *n * (size_t)sum;
    if (sum == TT_SUM_ERROR_ONE)
        return s->limbs + error_one_at(l, s->height, NOT_ALL);
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
    shared_open, shared_close, shared_begin,   shared_end, shared_make,
    shared_free, shared_fold,  shared_combine, NULL,       NULL,
};

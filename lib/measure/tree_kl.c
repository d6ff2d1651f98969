#include "tree_kl.h"

#include <stdlib.h>
#include <string.h>

#include "divergence.h"

/* So much may the logs fall short of the precision asked for: they have 40 bits to spare, their errors take 12. */
#define SPARED 24

tt_status tt_tree_kl_init(tt_tree_kl *kl, size_t vocab, mpfr_prec_t precision, uint64_t contexts, uint32_t largest)
{
    uint64_t weights = contexts < UINT32_MAX ? contexts * 2 * (vocab + 1) : UINT64_MAX;
    tt_status status = tt_fixed_logs_init(&kl->logs, precision > SPARED ? precision - SPARED : 1, weights, largest);
    kl->vocab = vocab;
    kl->limbs = kl->logs.limbs;
    return status;
}

void tt_tree_kl_clear(tt_tree_kl *kl)
{
    tt_fixed_logs_clear(&kl->logs);
}

/* ---- one context --------------------------------------------------------------- */

/* Where n is known to the compiler, so that short numbers stay in registers. */
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 4")

/* out (n + 1 limbs) += w x (n limbs) */
INLINE void add_weighted(mp_limb_t *out, const mp_limb_t *x, size_t n, uint32_t w)
{
    mp_limb_t carry = 0;
    UNROLL
    for (size_t k = 0; k < n; k++) {
        unsigned __int128 sum = (unsigned __int128)x[k] * w + out[k] + carry;
        out[k] = (mp_limb_t)sum;
        carry = (mp_limb_t)(sum >> 64);
    }
    out[n] += carry;
}

/* out (n + 1 limbs, two's complement) += w (x - y), n limbs */
INLINE void add_weighted_difference(mp_limb_t *out, const mp_limb_t *x, const mp_limb_t *y, size_t n, uint32_t w)
{
    mp_limb_t carry = 0, borrow = 0;
    UNROLL
    for (size_t k = 0; k < n; k++) {
        unsigned __int128 difference = (unsigned __int128)x[k] - y[k] - borrow;
        unsigned __int128 sum = (unsigned __int128)(mp_limb_t)difference * w + out[k] + carry;
        borrow = (mp_limb_t)(difference >> 64) & 1;
        out[k] = (mp_limb_t)sum;
        carry = (mp_limb_t)(sum >> 64);
    }
    out[n] += carry - (borrow ? w : 0);
}

/* What is below 0 by rounding counts as 0. */
INLINE void drop_negative(mp_limb_t *x, size_t n)
{
    mp_limb_t keep = (x[n] >> 63) - 1;
    UNROLL
    for (size_t k = 0; k <= n; k++)
        x[k] &= keep;
}

/* out = x / total, truncated; x has n + 1 limbs and is below total 2^(64 n). */
INLINE void divide(mp_limb_t *out, const mp_limb_t *x, size_t n, uint32_t total)
{
    if ((total & (total - 1)) == 0) {
        unsigned shift = (unsigned)__builtin_ctz(total);
        UNROLL
        for (size_t k = 0; k < n; k++)
            out[k] = (mp_limb_t)(((unsigned __int128)x[k + 1] << 64 | x[k]) >> shift);
    } else {
        uint64_t rest = x[n];
        for (size_t k = n; k-- > 0;) {
            uint64_t high = rest << 32 | x[k] >> 32, low = high % total << 32 | (uint32_t)x[k];
            out[k] = high / total << 32 | low / total;
            rest = low % total;
        }
    }
}

static tt_kl_estimate look(const tt_small_rows *rows, size_t vocab)
{
    bool different = false, infinite = false;
    for (size_t v = 0; v < vocab; v++) {
        uint64_t r = rows->rollout[v], p = rows->target[v];
        different |= r * rows->target_total != p * rows->rollout_total;
        infinite |= r != 0 && p == 0;
    }
    return (tt_kl_estimate){ 0, !different, infinite };
}

/* The highest limb of a sum of n + 1 limbs is worth 2^24 (that of a log 2^-40). */
INLINE double to_double(const mp_limb_t *x, size_t n)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): n is at least 2 */
    return (double)(int64_t)x[n] * 0x1p24 + (double)(x[n - 1] >> 1) * 0x1p-39 + (double)(x[n - 2] >> 1) * 0x1p-103;
}

/* sum (n + 1 limbs) += w log x / y; copy has n limbs. */
INLINE void add_log_ratio(mp_limb_t *sum, mp_limb_t *copy, tt_tree_kl *kl, uint32_t x, uint32_t y, size_t n, uint32_t w)
{
    const mp_limb_t *log = tt_fixed_log(&kl->logs, x, n);
    UNROLL
    for (size_t k = 0; k < n; k++)
        copy[k] = log[k]; /* the next one may take its place */
    add_weighted_difference(sum, copy, tt_fixed_log(&kl->logs, y, n), n, w);
}

/* n = kl->limbs; sum has n + 1, copy n. */
INLINE double fold(mp_limb_t *out, tt_tree_kl *kl, const tt_small_rows *rows, const mp_limb_t *children, size_t n,
                   mp_limb_t *sum, mp_limb_t *copy, bool with_logs)
{
    double value = 0;
    UNROLL
    for (size_t k = 0; k <= n; k++)
        sum[k] = 0;
    if (with_logs) {
        for (size_t v = 0; v < kl->vocab; v++) {
            uint32_t r = rows->rollout[v];
            if (r != 0)
                add_log_ratio(sum, copy, kl, r, rows->target[v], n, r);
        }
        if (rows->rollout_total != rows->target_total)
            add_log_ratio(sum, copy, kl, rows->target_total, rows->rollout_total, n, rows->rollout_total);
        drop_negative(sum, n);
        value = to_double(sum, n) / rows->rollout_total;
    }
    if (children)
        for (size_t v = 0; v < kl->vocab; v++)
            add_weighted(sum, children + v * n, n, rows->rollout[v]);
    divide(out, sum, n, rows->rollout_total);
    return value;
}

static double fold_any(mp_limb_t *out, tt_tree_kl *kl, const tt_small_rows *rows, const mp_limb_t *children,
                       bool with_logs)
{
    mp_limb_t sum[TT_FIXED_LOG_LIMBS_MAX + 1], copy[TT_FIXED_LOG_LIMBS_MAX];
    return fold(out, kl, rows, children, kl->limbs, sum, copy, with_logs);
}

static double fold_two(mp_limb_t *out, tt_tree_kl *kl, const tt_small_rows *rows, const mp_limb_t *children, bool with_logs)
{
    mp_limb_t sum[3], copy[2];
    return fold(out, kl, rows, children, 2, sum, copy, with_logs);
}

static double fold_three(mp_limb_t *out, tt_tree_kl *kl, const tt_small_rows *rows, const mp_limb_t *children,
                         bool with_logs)
{
    mp_limb_t sum[4], copy[3];
    return fold(out, kl, rows, children, 3, sum, copy, with_logs);
}

static double fold_one(mp_limb_t *out, tt_tree_kl *kl, const tt_small_rows *rows, const mp_limb_t *children, bool with_logs)
{
    return kl->limbs == 2   ? fold_two(out, kl, rows, children, with_logs)
           : kl->limbs == 3 ? fold_three(out, kl, rows, children, with_logs) /* the default precision */
                            : fold_any(out, kl, rows, children, with_logs);
}

tt_kl_estimate tt_tree_kl_fold(mp_limb_t *out, tt_tree_kl *kl, const tt_small_rows *rows, const mp_limb_t *children)
{
    tt_kl_estimate result = look(rows, kl->vocab);
    result.value = fold_one(out, kl, rows, children, !result.equal && !result.infinite);
    return result;
}

/* Two limbs and a direct table, so that totals are below 2^17 and a log below 12: then what is to be divided by the total
   is below 2^24 over TT_KL_LEVEL_STEPS steps, and fits in two limbs. The same numbers as from `fold`. */
_Static_assert(TT_KL_LEVEL_STEPS * 12 <= 1 << (TT_FIXED_LOG_INTEGER_BITS - 17), "no overflow");

typedef unsigned __int128 two_limbs;

INLINE two_limbs get_two(const mp_limb_t *x)
{
    return (two_limbs)x[1] << 64 | x[0];
}

/* x / total, truncated; shift: total = 2^shift, or 64 where it is no power of two. */
INLINE void divide_short(mp_limb_t *out, two_limbs x, uint32_t total, unsigned shift)
{
    mp_limb_t low = (mp_limb_t)x, high = (mp_limb_t)(x >> 64);
    if (shift < 64) {
        out[0] = low >> shift | high << 1 << (63 - shift);
        out[1] = high >> shift;
    } else {
        const mp_limb_t limbs[3] = { low, high, 0 };
        divide(out, limbs, 2, total);
    }
}

/* sum r (log r - log p), not below 0 */
INLINE two_limbs logs_short(const mp_limb_t *table, const uint32_t *rollout, const uint32_t *target, size_t vocab)
{
    two_limbs sum = 0;
    UNROLL
    for (size_t v = 0; v < vocab; v++) {
        /* limb by limb: the compiler makes more of this than of a difference of two limbs */
        const mp_limb_t *x = table + 2 * (size_t)rollout[v], *y = table + 2 * (size_t)target[v];
        mp_limb_t low = x[0] - y[0], high = x[1] - y[1] - (x[0] < y[0]);
        sum += (two_limbs)low * rollout[v] + ((two_limbs)(high * rollout[v]) << 64);
    }
    return (int64_t)(sum >> 64) < 0 ? 0 : sum;
}

INLINE void fold_short(mp_limb_t *out, double *estimates, const tt_tree_kl *kl, const tt_small_rows *rows, size_t contexts,
                       const mp_limb_t *children, size_t vocab)
{
    const mp_limb_t *table = kl->logs.table;
    const uint32_t *rollout = rows->rollout, *target = rows->target;
    uint32_t total = rows->rollout_total;
    unsigned shift = (total & (total - 1)) == 0 ? (unsigned)__builtin_ctz(total) : 64;
    double unit = 0x1p-40 / total; /* of the higher limb: enough for an estimate */
    for (size_t i = 0; i < contexts; i++, rollout += vocab, target += vocab) {
        two_limbs sum = logs_short(table, rollout, target, vocab);
        estimates[i] = (double)(int64_t)(sum >> 64) * unit;
        UNROLL
        for (size_t v = 0; children && v < vocab; v++, children += 2)
            sum += get_two(children) * rollout[v];
        divide_short(out + 2 * i, sum, total, shift);
    }
}

INLINE void fold_level_short(mp_limb_t *out, double *estimates, const tt_tree_kl *kl, const tt_small_rows *rows,
                             size_t contexts, const mp_limb_t *children, size_t vocab)
{
    if (children)
        fold_short(out, estimates, kl, rows, contexts, children, vocab);
    else
        fold_short(out, estimates, kl, rows, contexts, NULL, vocab);
}

static void fold_level_any(mp_limb_t *out, double *estimates, tt_tree_kl *kl, tt_small_rows rows, size_t contexts,
                           const mp_limb_t *children)
{
    size_t n = kl->limbs, vocab = kl->vocab;
    for (size_t i = 0; i < contexts; i++) {
        estimates[i] = fold_one(out + i * n, kl, &rows, children ? children + i * vocab * n : NULL, true);
        rows.rollout += vocab;
        rows.target += vocab;
    }
}

void tt_tree_kl_fold_level(mp_limb_t *out, double *estimates, tt_tree_kl *kl, const tt_small_rows *rows, size_t contexts,
                           const mp_limb_t *children)
{
    if (kl->limbs != 2 || !kl->logs.direct)
        fold_level_any(out, estimates, kl, *rows, contexts, children);
    else if (kl->vocab == 2)
        fold_level_short(out, estimates, kl, rows, contexts, children, 2);
    else if (kl->vocab == 4)
        fold_level_short(out, estimates, kl, rows, contexts, children, 4);
    else
        fold_level_short(out, estimates, kl, rows, contexts, children, kl->vocab);
}

void tt_tree_kl_get(mpfi_t out, const tt_tree_kl *kl, const mp_limb_t *sum, size_t steps)
{
    mpz_t low, high;
    unsigned long error = steps * (4 * TT_FIXED_LOG_ERROR + 1); /* four logs and a division at each context */
    mpz_init(low);
    mpz_init(high);
    mpn_copyi(mpz_limbs_write(low, (mp_size_t)kl->limbs), sum, (mp_size_t)kl->limbs);
    mpz_limbs_finish(low, (mp_size_t)kl->limbs);
    mpz_add_ui(high, low, error);
    mpz_sub_ui(low, low, error);
    if (mpz_sgn(low) < 0)
        mpz_set_ui(low, 0);
    mpfi_interv_z(out, low, high);
    mpfi_div_2exp(out, out, (unsigned long)kl->logs.fraction);
    mpz_clear(low);
    mpz_clear(high);
}

/* ---- the largest ---------------------------------------------------------------- */

tt_status tt_kl_largest_init(tt_kl_largest *largest, size_t vocab, size_t horizon)
{
    memset(largest, 0, sizeof *largest);
    tt_real_init(&largest->value);
    largest->vocab = vocab;
    largest->rows.rollout = calloc(2 * vocab, sizeof *largest->rows.rollout);
    largest->place.tokens = calloc(horizon, sizeof *largest->place.tokens);
    if (!largest->rows.rollout || !largest->place.tokens)
        return TT_NO_MEMORY;
    largest->rows.target = largest->rows.rollout + vocab;
    return TT_OK;
}

void tt_kl_largest_clear(tt_kl_largest *largest)
{
    tt_real_clear(&largest->value);
    free(largest->rows.rollout);
    free(largest->place.tokens);
}

static void kl_of(tt_real *out, const tt_small_rows *small, size_t n, mpfr_prec_t precision)
{
    tt_rows_buffer buffer;
    tt_real_set_absent(out);
    if (tt_rows_buffer_init(&buffer, n) == TT_OK) {
        tt_rows rows;
        tt_rows_of_small(&rows, &buffer, small);
        tt_row_kl(out, &rows, precision);
    }
    tt_rows_buffer_clear(&buffer);
}

typedef struct {
    uint64_t r, p; /* over the product of the totals */
} weights;

static int compare_weights(const void *x, const void *y)
{
    const weights *a = x, *b = y;
    int r = (a->r > b->r) - (a->r < b->r);
    return r ? r : (a->p > b->p) - (a->p < b->p);
}

/* The same pairs of weights in another order: KL is the same number. */
static bool same_up_to_order(const tt_small_rows *x, const tt_small_rows *y, size_t n)
{
    weights *a;
    bool same;
    if (x->rollout_total != y->rollout_total || x->target_total != y->target_total)
        return false;
    if (memcmp(x->rollout, y->rollout, n * sizeof *x->rollout) == 0 &&
        memcmp(x->target, y->target, n * sizeof *x->target) == 0)
        return true;
    a = calloc(2 * n, sizeof *a);
    if (!a)
        return false;
    for (size_t v = 0; v < n; v++) {
        a[v] = (weights){ x->rollout[v], x->target[v] };
        a[n + v] = (weights){ y->rollout[v], y->target[v] };
    }
    qsort(a, n, sizeof *a, compare_weights);
    qsort(a + n, n, sizeof *a, compare_weights);
    same = true;
    for (size_t v = 0; same && v < n; v++)
        same = compare_weights(&a[v], &a[n + v]) == 0;
    free(a);
    return same;
}

static tt_order compare(tt_kl_largest *largest, const tt_kl_estimate *estimate, const tt_small_rows *rows)
{
    tt_order order = TT_UNKNOWN;
    if (!largest->found)
        return TT_GREATER;
    if (estimate->infinite || largest->infinite)
        return !largest->infinite ? TT_GREATER : estimate->infinite ? TT_EQUAL : TT_LESS;
    if (estimate->value < largest->estimate - TT_KL_ESTIMATE_ERROR)
        return TT_LESS;
    if (estimate->value > largest->estimate + TT_KL_ESTIMATE_ERROR)
        return TT_GREATER;
    if (same_up_to_order(rows, &largest->rows, largest->vocab))
        return TT_EQUAL;
    for (mpfr_prec_t precision = 128; precision <= TT_PRECISION_MAX && order == TT_UNKNOWN; precision *= 2) {
        tt_real x, y;
        tt_real_init(&x);
        tt_real_init(&y);
        kl_of(&x, rows, largest->vocab, precision);
        kl_of(&y, &largest->rows, largest->vocab, precision);
        order = tt_real_cmp(&x, &y);
        tt_real_clear(&x);
        tt_real_clear(&y);
    }
    return order;
}

void tt_kl_largest_raise(tt_kl_largest *largest, const tt_kl_estimate *estimate, const tt_small_rows *rows,
                         const tt_context_place *place, mpfr_prec_t precision)
{
    tt_order order = compare(largest, estimate, rows);
    size_t n = largest->vocab;
    if (order == TT_LESS)
        return;
    if (order == TT_UNKNOWN) {
        tt_real other;
        tt_real_init(&other);
        kl_of(&other, rows, n, precision);
        tt_real_max(&largest->value, &largest->value, &other, precision);
        tt_real_clear(&other);
    }
    if (order != TT_GREATER && !tt_context_before(place, &largest->place))
        return;
    if (order == TT_GREATER) {
        kl_of(&largest->value, rows, n, precision);
        memcpy(largest->rows.rollout, rows->rollout, n * sizeof *rows->rollout);
        memcpy(largest->rows.target, rows->target, n * sizeof *rows->target);
        largest->rows.rollout_total = rows->rollout_total;
        largest->rows.target_total = rows->target_total;
        largest->estimate = estimate->value;
        largest->infinite = estimate->infinite;
        largest->found = true;
    }
    tt_context_copy(&largest->place, place);
}

void tt_kl_largest_merge(tt_kl_largest *largest, const tt_kl_largest *other, mpfr_prec_t precision)
{
    tt_kl_estimate estimate = { other->estimate, false, other->infinite };
    if (other->found)
        tt_kl_largest_raise(largest, &estimate, &other->rows, &other->place, precision);
}

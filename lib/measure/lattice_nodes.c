#include "lattice_nodes.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"

/* bits of the factors that bound what a pruned node can still become */
#define FACTOR_BITS 256
#define PROGRESS_LAYERS 16

enum { ON_SUPPORT, ONE_OFF, MORE_OFF, KINDS };

/* ---- layers: hash tables from key to two masses ------------------------------------------ */

typedef struct {
    size_t words, limbs; /* per key, per mass */
    size_t n, room;
    uint64_t *keys;
    mp_limb_t *masses; /* x then y of each node: (a, b), (l, b) or (0, b) by kind */
    uint32_t *slots;   /* node + 1, 0 for none */
    size_t mask;
} layer;

static uint64_t hash(const uint64_t *key, size_t words)
{
    uint64_t h = 0;
    for (size_t k = 0; k < words; k++) {
        h = (h ^ key[k]) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    h *= 0xBF58476D1CE4E5B9u;
    return h ^ (h >> 32);
}

static bool key_equal(const uint64_t *x, const uint64_t *y, size_t words)
{
    for (size_t k = 0; k < words; k++)
        if (x[k] != y[k])
            return false;
    return true;
}

static bool layer_reserve(layer *a, size_t room)
{
    uint64_t *keys = reallocarray(a->keys, room, a->words * sizeof *keys);
    mp_limb_t *masses;
    size_t slots = 4;
    if (keys)
        a->keys = keys;
    masses = reallocarray(a->masses, room, 2 * a->limbs * sizeof *masses);
    if (masses)
        a->masses = masses;
    if (!keys || !masses)
        return false;
    a->room = room;
    while (slots < 2 * room)
        slots *= 2;
    if (a->slots && slots <= a->mask + 1)
        return true;
    free(a->slots);
    a->slots = calloc(slots, sizeof *a->slots);
    if (!a->slots)
        return false;
    a->mask = slots - 1;
    for (size_t k = 0; k < a->n; k++) {
        size_t at = (size_t)hash(a->keys + k * a->words, a->words) & a->mask;
        while (a->slots[at])
            at = (at + 1) & a->mask;
        a->slots[at] = (uint32_t)(k + 1);
    }
    return true;
}

/* Empties a layer for masses of another length. */
static bool layer_start(layer *a, size_t words, size_t limbs)
{
    if (words != a->words || limbs != a->limbs) {
        size_t room = a->room ? a->room : 256;
        a->words = words;
        a->limbs = limbs;
        a->n = 0;
        if (!layer_reserve(a, room))
            return false;
    }
    a->n = 0;
    memset(a->slots, 0, (a->mask + 1) * sizeof *a->slots);
    return true;
}

static void layer_clear(layer *a)
{
    free(a->keys);
    free(a->masses);
    free(a->slots);
    memset(a, 0, sizeof *a);
}

/* The masses of the node with this key, zero where it is new; NULL without memory. */
static mp_limb_t *layer_node(layer *a, const uint64_t *key)
{
    size_t at = (size_t)hash(key, a->words) & a->mask;
    mp_limb_t *masses;
    for (; a->slots[at]; at = (at + 1) & a->mask) {
        size_t k = a->slots[at] - 1;
        if (key_equal(a->keys + k * a->words, key, a->words))
            return a->masses + k * 2 * a->limbs;
    }
    if (a->n == a->room) {
        if (a->n >= UINT32_MAX / 4 || !layer_reserve(a, 2 * a->room))
            return NULL;
        at = (size_t)hash(key, a->words) & a->mask;
        while (a->slots[at])
            at = (at + 1) & a->mask;
    }
    a->slots[at] = (uint32_t)(a->n + 1);
    memcpy(a->keys + a->n * a->words, key, a->words * sizeof *key);
    masses = a->masses + a->n * 2 * a->limbs;
    mpn_zero(masses, (mp_size_t)(2 * a->limbs));
    a->n++;
    return masses;
}

/* ---- weights and edges -------------------------------------------------------------------- */

typedef struct {
    mp_size_t n; /* 0 for weight 0 */
    mp_limb_t *limbs;
} weight;

typedef struct {
    size_t to;
    int ratio;
    size_t word;      /* where the count stands in the key */
    uint64_t one;     /* what adds 1 to it; 0 where the ratio is 1 or there is none */
    weight mu, pi;
} edge;

typedef struct {
    const lattice_node_task *task;
    lattice_node_result *result;
    const lattice_lumped *l;
    layer now, next;
    edge *edges;
    uint64_t head_mask;
    unsigned head_bits, count_bits;
    size_t words;
    size_t *field_word;
    unsigned *field_shift; /* R each: where the counts stand */
    uint64_t *key;         /* scratch */
    mp_limb_t *scratch;
    size_t scratch_limbs;
    bool exact;
    mpz_t den;                /* of the weights: the rows' common denominator, or a power of 2 */
    mpz_t scale, scale_above; /* masses are integers over a number in [scale, scale_above]; equal while exact */
    bool *deviated; /* layers + 1: some live path deviates before it */
    bool second_order;
    /* sums of a layer */
    mpz_t rollout, target, positive;
    mpz_t before; /* the positive part of the layer before, in this layer's units */
    /* what is lost, in units of the scale, rounded up (pruned masses: down) */
    mpz_t pruned_rollout, pruned_target;
    mpz_t tv_plus, tv_minus, tv_min; /* (b-a)+, (a-b)+, min(a,b) of pruned nodes */
    mpz_t e_plus, e_minus, l_plus, l_minus;
    mpz_t rounded_rollout, rounded_e, rounded_l, rounded_off;
    size_t first_pruned;
    mpz_t ratio_den, *ratio_num; /* rho - 1 over one denominator */
    mpz_t largest_step;          /* max |rho - 1|, in units of 2^-FACTOR_BITS, rounded up */
    mpz_t eps;                   /* in the same units */
    mpz_t t, u, v, w;
    double *counts; /* nodes per layer until the first cut */
} pass;

static void mpz_from_limbs(mpz_t out, const mp_limb_t *limbs, size_t n)
{
    mpz_import(out, n, -1, sizeof *limbs, 0, 0, limbs);
}

static bool limbs_zero(const mp_limb_t *x, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (x[k])
            return false;
    return true;
}

/* Writes z >= 0 to n limbs. */
static void limbs_from_mpz(mp_limb_t *out, size_t n, mpz_srcptr z)
{
    size_t size = mpz_size(z);
    mpn_zero(out, (mp_size_t)n);
    if (size)
        mpn_copyi(out, mpz_limbs_read(z), (mp_size_t)size);
}

static bool weight_set(weight *k, mpz_srcptr value)
{
    free(k->limbs);
    k->limbs = NULL;
    k->n = (mp_size_t)mpz_size(value);
    if (k->n == 0)
        return true;
    k->limbs = calloc((size_t)k->n, sizeof *k->limbs);
    if (k->limbs)
        limbs_from_mpz(k->limbs, (size_t)k->n, value);
    return k->limbs != NULL;
}

/* Integer weights over p->den. Where that is not the rows' own denominator they are rounded down. */
static tt_status set_weights(pass *p)
{
    bool own = mpz_cmp(p->den, p->l->den) == 0;
    for (size_t k = 0; k < 2 * p->l->first[p->l->C]; k++) {
        weight *w = k % 2 ? &p->edges[k / 2].pi : &p->edges[k / 2].mu;
        mpz_set(p->t, k % 2 ? p->l->edges[k / 2].pi : p->l->edges[k / 2].mu);
        if (!own) {
            mpz_mul(p->t, p->t, p->den);
            mpz_fdiv_q(p->t, p->t, p->l->den);
        }
        if (!weight_set(w, p->t))
            return TT_NO_MEMORY;
    }
    return TT_OK;
}

/* out += x w. out has n limbs and room for the sum, x has x_limbs <= n. */
static void add_product(mp_limb_t *out, size_t n, const mp_limb_t *x, size_t x_limbs, const weight *w,
                        mp_limb_t *scratch)
{
    mp_size_t size = (mp_size_t)x_limbs, length;
    while (size > 0 && x[size - 1] == 0)
        size--;
    if (size == 0 || w->n == 0)
        return;
    if (w->n == 1) {
        mp_limb_t carry = mpn_addmul_1(out, x, size, w->limbs[0]);
        if (carry)
            mpn_add_1(out + size, out + size, (mp_size_t)n - size, carry);
        return;
    }
    if (w->n >= size)
        mpn_mul(scratch, w->limbs, w->n, x, size);
    else
        mpn_mul(scratch, x, size, w->limbs, w->n);
    length = size + w->n;
    while (length > 0 && scratch[length - 1] == 0)
        length--;
    if (length)
        mpn_add(out, out, (mp_size_t)n, scratch, length);
}

/* ---- life ------------------------------------------------------------------------------------ */

static unsigned bits_of(uint64_t n)
{
    unsigned bits = 0;
    for (; n; n >>= 1)
        bits++;
    return bits;
}

/* The head (class, kind) stands in the lowest bits, the counts behind it; no field crosses a word. */
static tt_status lay_out_keys(pass *p)
{
    size_t word = 0;
    unsigned at;
    p->head_bits = bits_of((uint64_t)p->l->C * KINDS);
    p->head_mask = ((uint64_t)1 << p->head_bits) - 1;
    p->count_bits = bits_of(p->task->layers);
    p->field_word = calloc(p->l->R + 1, sizeof *p->field_word);
    p->field_shift = calloc(p->l->R + 1, sizeof *p->field_shift);
    if (!p->field_word || !p->field_shift)
        return TT_NO_MEMORY;
    at = p->head_bits;
    for (size_t r = 0; r < p->l->R; r++) {
        if (at + p->count_bits > 64) {
            word++;
            at = 0;
        }
        p->field_word[r] = word;
        p->field_shift[r] = at;
        at += p->count_bits;
    }
    p->words = word + 1;
    p->key = calloc(p->words, sizeof *p->key);
    return p->key ? TT_OK : TT_NO_MEMORY;
}

static void set_factor(mpz_t out, mpfr_srcptr x)
{
    mpfr_t y;
    mpfr_init2(y, mpfr_get_prec(x));
    mpfr_mul_2ui(y, x, FACTOR_BITS, MPFR_RNDU);
    mpfr_get_z(out, y, MPFR_RNDU);
    mpfr_clear(y);
}

/* x rounded up; +inf where it is not finite. */
static void upper(mpfr_ptr out, const tt_real *x)
{
    mpfi_t i;
    if (tt_real_is_infinite(x) || tt_real_is_absent(x)) {
        mpfr_set_inf(out, 1);
        return;
    }
    mpfi_init2(i, FACTOR_BITS + 64);
    tt_real_get_interval(i, x);
    mpfr_set(out, &i->right, MPFR_RNDU);
    mpfi_clear(i);
}

/* rho - 1 over one denominator, and the largest of their sizes. */
static tt_status set_ratios(pass *p)
{
    const lattice_lumped *l = p->l;
    mpq_t x;
    p->ratio_num = calloc(l->R + 1, sizeof *p->ratio_num);
    if (!p->ratio_num)
        return TT_NO_MEMORY;
    mpz_set_ui(p->ratio_den, 1);
    for (size_t r = 0; r < l->R; r++)
        mpz_lcm(p->ratio_den, p->ratio_den, mpq_denref(l->ratio[r]));
    mpq_init(x);
    for (size_t r = 0; r < l->R; r++) {
        mpz_init(p->ratio_num[r]);
        mpz_sub(mpq_numref(x), mpq_numref(l->ratio[r]), mpq_denref(l->ratio[r]));
        mpz_set(mpq_denref(x), mpq_denref(l->ratio[r]));
        mpz_divexact(p->ratio_num[r], p->ratio_den, mpq_denref(x));
        mpz_mul(p->ratio_num[r], p->ratio_num[r], mpq_numref(x));
        mpz_abs(p->t, p->ratio_num[r]);
        mpz_mul_2exp(p->t, p->t, FACTOR_BITS);
        mpz_cdiv_q(p->t, p->t, p->ratio_den);
        if (mpz_cmp(p->t, p->largest_step) > 0)
            mpz_set(p->largest_step, p->t);
    }
    mpq_clear(x);
    return TT_OK;
}

/* Which layers a deviating path reaches, and whether one meets a deviating class afterwards. */
static tt_status find_deviation(pass *p)
{
    const lattice_lumped *l = p->l;
    uint8_t *now = calloc(l->C, 1), *next = calloc(l->C, 1);
    p->deviated = calloc(p->task->layers + 1, sizeof *p->deviated);
    if (!now || !next || !p->deviated) {
        free(now);
        free(next);
        return TT_NO_MEMORY;
    }
    for (size_t k = 0; k < p->task->starts; k++)
        now[p->task->start[k]] = 1;
    for (size_t n = 0; n < p->task->layers; n++) {
        uint8_t *t = now;
        memset(next, 0, l->C);
        for (size_t c = 0; c < l->C; c++)
            for (size_t k = l->first[c]; now[c] && k < l->first[c + 1]; k++) {
                bool plain = l->edges[k].ratio == -1;
                if (!plain && (now[c] & 2))
                    p->second_order = true;
                next[l->edges[k].to] |= plain ? now[c] : 2;
            }
        now = next;
        next = t;
        for (size_t c = 0; c < l->C; c++)
            p->deviated[n + 1] = p->deviated[n + 1] || (now[c] & 2);
    }
    free(now);
    free(next);
    return TT_OK;
}

static tt_status set_edges(pass *p)
{
    const lattice_lumped *l = p->l;
    p->edges = calloc(l->first[l->C] + 1, sizeof *p->edges);
    if (!p->edges)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < l->first[l->C]; k++) {
        edge *e = &p->edges[k];
        e->to = l->edges[k].to;
        e->ratio = l->edges[k].ratio;
        if (e->ratio >= 0) {
            e->word = p->field_word[e->ratio];
            e->one = (uint64_t)1 << p->field_shift[e->ratio];
        }
    }
    return TT_OK;
}

#define NUMBERS(p)                                                                                                 \
    (p)->den, (p)->scale, (p)->scale_above, (p)->rollout, (p)->target, (p)->positive, (p)->before,                 \
        (p)->pruned_rollout, (p)->pruned_target, (p)->tv_plus,                                                     \
        (p)->tv_minus, (p)->tv_min, (p)->e_plus, (p)->e_minus, (p)->l_plus, (p)->l_minus, (p)->rounded_rollout,     \
        (p)->rounded_e, (p)->rounded_l, (p)->rounded_off, (p)->ratio_den, (p)->largest_step, (p)->eps, (p)->t,      \
        (p)->u, (p)->v, (p)->w

static tt_status pass_init(pass *p, lattice_node_result *result, const lattice_node_task *task)
{
    mpfr_t eps;
    tt_status status;
    memset(p, 0, sizeof *p);
    p->task = task;
    p->result = result;
    p->l = task->lumped;
    p->exact = true;
    mpz_inits(NUMBERS(p), NULL);
    mpz_set(p->den, p->l->den);
    p->counts = calloc(task->layers + 1, sizeof *p->counts);
    mpfr_init2(eps, FACTOR_BITS + 64);
    upper(eps, task->tv_max);
    set_factor(p->eps, eps);
    mpfr_clear(eps);
    status = p->counts ? lay_out_keys(p) : TT_NO_MEMORY;
    if (status == TT_OK)
        status = set_ratios(p);
    if (status == TT_OK)
        status = find_deviation(p);
    if (status == TT_OK)
        status = set_edges(p);
    return status == TT_OK ? set_weights(p) : status;
}

static void pass_clear(pass *p)
{
    for (size_t k = 0; p->edges && k < p->l->first[p->l->C]; k++) {
        free(p->edges[k].mu.limbs);
        free(p->edges[k].pi.limbs);
    }
    for (size_t r = 0; p->ratio_num && r < p->l->R; r++)
        if (p->ratio_num[r]->_mp_d)
            mpz_clear(p->ratio_num[r]);
    free(p->edges);
    free(p->ratio_num);
    free(p->field_word);
    free(p->field_shift);
    free(p->key);
    free(p->scratch);
    free(p->deviated);
    free(p->counts);
    layer_clear(&p->now);
    layer_clear(&p->next);
    mpz_clears(NUMBERS(p), NULL);
}

/* Limbs of a mass: l-masses can reach the number of tokens, all others 1. */
static size_t limbs_wanted(const pass *p, mpz_srcptr scale)
{
    return (mpz_sizeinbase(scale, 2) + bits_of(p->task->layers) + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS;
}

static tt_status first_layer(pass *p)
{
    const lattice_node_task *task = p->task;
    mpz_set_ui(p->scale, 1);
    for (size_t k = 0; k < task->starts; k++)
        mpz_lcm(p->scale, p->scale, mpq_denref(task->probability[k]));
    mpz_set(p->scale_above, p->scale);
    if (!layer_start(&p->now, p->words, limbs_wanted(p, p->scale)))
        return TT_NO_MEMORY;
    for (size_t k = 0; k < task->starts; k++) {
        mp_limb_t *masses;
        memset(p->key, 0, p->words * sizeof *p->key);
        p->key[0] = (uint64_t)task->start[k] * KINDS + ON_SUPPORT;
        masses = layer_node(&p->now, p->key);
        if (!masses)
            return TT_NO_MEMORY;
        mpz_from_limbs(p->t, masses, p->now.limbs);
        mpz_divexact(p->u, p->scale, mpq_denref(task->probability[k]));
        mpz_addmul(p->t, p->u, mpq_numref(task->probability[k]));
        limbs_from_mpz(masses, p->now.limbs, p->t);
        limbs_from_mpz(masses + p->now.limbs, p->now.limbs, p->t);
    }
    return TT_OK;
}

/* ---- sums over a layer ----------------------------------------------------------------------------- */

static int kind_of(const pass *p, const uint64_t *key)
{
    return (int)((key[0] & p->head_mask) % KINDS);
}

static tt_status sum_layer(pass *p)
{
    layer *a = &p->now;
    size_t n = a->limbs;
    mp_limb_t *sums = calloc(4 * (n + 1), sizeof *sums);
    mp_limb_t *x_sum = sums, *y_sum, *positive, *difference;
    if (!sums)
        return TT_NO_MEMORY;
    y_sum = x_sum + n + 1;
    positive = y_sum + n + 1;
    difference = positive + n + 1;
    for (size_t k = 0; k < a->n; k++) {
        const mp_limb_t *x = a->masses + k * 2 * n, *y = x + n;
        mpn_add(y_sum, y_sum, (mp_size_t)n + 1, y, (mp_size_t)n);
        if (kind_of(p, a->keys + k * a->words) != ON_SUPPORT) {
            mpn_add(positive, positive, (mp_size_t)n + 1, y, (mp_size_t)n);
            continue;
        }
        mpn_add(x_sum, x_sum, (mp_size_t)n + 1, x, (mp_size_t)n);
        if (mpn_cmp(y, x, (mp_size_t)n) > 0) {
            mpn_sub_n(difference, y, x, (mp_size_t)n);
            mpn_add(positive, positive, (mp_size_t)n + 1, difference, (mp_size_t)n);
        }
    }
    mpz_from_limbs(p->rollout, x_sum, n + 1);
    mpz_from_limbs(p->target, y_sum, n + 1);
    mpz_from_limbs(p->positive, positive, n + 1);
    free(sums);
    return TT_OK;
}

/* The children of a node share b - a among them: the sum of positive parts cannot fall. */
static void check_growth(pass *p, size_t n)
{
    if (p->result->cut || mpz_cmp(p->den, p->l->den) != 0)
        p->result->monotone = TT_NOT_APPLICABLE;
    else if (n > 0 && mpz_cmp(p->positive, p->before) < 0)
        p->result->monotone = TT_VIOLATED;
}

/* x = ceil(x factor / 2^FACTOR_BITS) */
static void shrink(mpz_t x, mpz_srcptr factor)
{
    mpz_mul(x, x, factor);
    mpz_cdiv_q_2exp(x, x, FACTOR_BITS);
}

/* All the mass that rounding lost so far. Wherever it was lost, a unit of it is worth at most
   1 + T max(max|rho-1|, 2 eps) in e, and one less in l. */
static void note_rounding(pass *p)
{
    mpz_sub(p->rounded_rollout, p->scale_above, p->rollout);
    mpz_sub(p->rounded_rollout, p->rounded_rollout, p->pruned_rollout);
    mpz_mul_2exp(p->t, p->eps, 1);
    if (mpz_cmp(p->t, p->largest_step) < 0)
        mpz_set(p->t, p->largest_step);
    mpz_mul_ui(p->t, p->t, p->task->layers);
    mpz_set(p->rounded_l, p->rounded_rollout);
    shrink(p->rounded_l, p->t);
    mpz_add(p->rounded_e, p->rounded_l, p->rounded_rollout);
}

/* [low, high] / [den, den_above], numerators >= 0, at the precision of reports; equal ends give the rational. */
static void set_quotients(tt_real *out, mpz_srcptr low, mpz_srcptr high, mpz_srcptr den, mpz_srcptr den_above,
                          mpfr_prec_t precision)
{
    mpq_t q;
    mpfi_t i;
    mpq_init(q);
    mpz_set(mpq_numref(q), low);
    mpz_set(mpq_denref(q), den_above);
    mpq_canonicalize(q);
    if (mpz_cmp(low, high) == 0 && mpz_cmp(den, den_above) == 0) {
        tt_real_set_q(out, q);
        mpq_clear(q);
        return;
    }
    mpfi_init2(i, precision);
    mpfr_set_q(&i->left, q, MPFR_RNDD);
    mpz_set(mpq_numref(q), high);
    mpz_set(mpq_denref(q), den);
    mpq_canonicalize(q);
    mpfr_set_q(&i->right, q, MPFR_RNDU);
    tt_real_set_interval(out, i);
    mpfi_clear(i);
    mpq_clear(q);
}

static mpfr_prec_t report_precision(const pass *p)
{
    return p->task->options->precision + 64;
}

static void note_width(pass *p, const tt_real *x)
{
    long width = tt_real_width_log2(x);
    if (!p->result->cut && width > p->result->width)
        p->result->width = width;
}

/* TV(f) <= min(1, k eps, sqrt(k delta / 2)) in factor units. */
static void set_future_tv(pass *p, mpz_t out, size_t k)
{
    mpfr_t x, y;
    mpfr_inits2(FACTOR_BITS + 64, x, y, (mpfr_ptr)0);
    upper(x, p->task->tv_max);
    mpfr_mul_ui(x, x, k, MPFR_RNDU);
    upper(y, p->task->kl_max);
    mpfr_mul_ui(y, y, k, MPFR_RNDU);
    mpfr_div_2ui(y, y, 1, MPFR_RNDU);
    mpfr_sqrt(y, y, MPFR_RNDU);
    if (k == 0) {
        mpfr_set_ui(x, 0, MPFR_RNDU);
        mpfr_set_ui(y, 0, MPFR_RNDU);
    }
    mpfr_min(x, x, y, MPFR_RNDU);
    mpfr_set_ui(y, 1, MPFR_RNDU);
    mpfr_min(x, x, y, MPFR_RNDU);
    set_factor(out, x);
    mpfr_clears(x, y, (mpfr_ptr)0);
}

/* L(f) <= k eps and W(f) <= min(k eps min(1, (k-1) eps), k delta), in factor units. */
static void set_future_errors(pass *p, mpz_t largest, mpz_t worst, size_t k)
{
    mpfr_t x, y, z;
    mpfr_inits2(FACTOR_BITS + 64, x, y, z, (mpfr_ptr)0);
    upper(x, p->task->tv_max);
    mpfr_mul_ui(y, x, k, MPFR_RNDU);
    set_factor(largest, y);
    mpfr_mul_ui(x, x, k ? k - 1 : 0, MPFR_RNDU);
    mpfr_set_ui(z, 1, MPFR_RNDU);
    mpfr_min(x, x, z, MPFR_RNDU);
    mpfr_mul(x, x, y, MPFR_RNDU);
    upper(z, p->task->kl_max);
    if (k)
        mpfr_mul_ui(z, z, k, MPFR_RNDU);
    else
        mpfr_set_ui(z, 0, MPFR_RNDU);
    mpfr_min(x, x, z, MPFR_RNDU);
    set_factor(worst, x);
    mpfr_clears(x, y, z, (mpfr_ptr)0);
}

static void put_tv(pass *p, size_t n)
{
    tt_real *out = &p->result->tv[n];
    mpz_t low, high;
    if (!p->deviated[n]) {
        tt_real_set_ui(out, 0);
        return;
    }
    mpz_inits(low, high, NULL);
    mpz_sub(low, p->positive, p->rounded_rollout);
    mpz_add(high, p->positive, p->scale_above);
    mpz_sub(high, high, p->target);
    mpz_sub(high, high, p->pruned_target);
    if (p->result->cut) {
        set_future_tv(p, p->u, n - p->first_pruned);
        mpz_set(p->t, p->tv_min);
        shrink(p->t, p->u);
        mpz_add(high, high, p->tv_plus);
        mpz_add(high, high, p->t);
        mpz_sub(low, low, p->tv_minus);
        mpz_sub(low, low, p->t);
    }
    if (mpz_sgn(low) < 0)
        mpz_set_ui(low, 0);
    if (mpz_cmp(high, p->scale) > 0)
        mpz_set(high, p->scale);
    set_quotients(out, low, high, p->scale, p->scale_above, report_precision(p));
    note_width(p, out);
    mpz_clears(low, high, NULL);
}

/* ---- dropping limbs ------------------------------------------------------------------------------- */

static void drop_limbs(pass *p, size_t count)
{
    layer *a = &p->now;
    size_t limbs = a->limbs - count;
    mpz_ptr down[] = { p->scale, p->pruned_rollout, p->pruned_target };
    mpz_ptr up[] = { p->scale_above, p->tv_plus, p->tv_minus, p->tv_min, p->e_plus, p->e_minus,
                     p->l_plus,      p->l_minus, p->rounded_off };
    for (size_t k = 0; k < 2 * a->n; k++)
        memmove(a->masses + k * limbs, a->masses + k * a->limbs + count, limbs * sizeof *a->masses);
    a->limbs = limbs;
    for (size_t k = 0; k < sizeof down / sizeof *down; k++)
        mpz_fdiv_q_2exp(down[k], down[k], GMP_NUMB_BITS * count);
    for (size_t k = 0; k < sizeof up / sizeof *up; k++)
        mpz_cdiv_q_2exp(up[k], up[k], GMP_NUMB_BITS * count);
    mpz_add_ui(p->rounded_off, p->rounded_off, a->n); /* each l-mass lost less than one unit */
}

/* Past the limit masses keep fraction_bits bits and up to a limb more; long weights are cut to as many. */
static tt_status shorten(pass *p)
{
    const lattice_node_task *task = p->task;
    size_t bits = mpz_sizeinbase(p->scale, 2);
    tt_status status = TT_OK;
    if (p->exact && (task->limit == SIZE_MAX || bits + mpz_sizeinbase(p->den, 2) <= task->limit))
        return TT_OK;
    if (p->exact && mpz_sizeinbase(p->den, 2) > task->fraction_bits / 2) {
        mpz_set_ui(p->den, 1);
        mpz_mul_2exp(p->den, p->den, task->fraction_bits);
        status = set_weights(p);
    }
    p->exact = false;
    if (status == TT_OK && bits >= task->fraction_bits + GMP_NUMB_BITS) {
        drop_limbs(p, (bits - task->fraction_bits) / GMP_NUMB_BITS);
        status = sum_layer(p); /* of the shorter masses, for check_growth */
    }
    return status;
}

/* ---- one node's S, l and e -------------------------------------------------------------------------- */

static uint32_t count_of(const pass *p, const uint64_t *key, size_t r)
{
    return (uint32_t)((key[p->field_word[r]] >> p->field_shift[r]) & (((uint64_t)1 << p->count_bits) - 1));
}

/* l and e of a node in units of scale / ratio_den; x, y are its masses. */
static void node_values(const pass *p, const uint64_t *key, mpz_srcptr x, mpz_srcptr y, mpz_t l, mpz_t e)
{
    switch (kind_of(p, key)) {
    case ON_SUPPORT:
        mpz_set_ui(e, 0);
        for (size_t r = 0; r < p->l->R; r++)
            mpz_addmul_ui(e, p->ratio_num[r], count_of(p, key, r));
        mpz_mul(l, e, x);
        mpz_sub(e, y, x);
        mpz_mul(e, e, p->ratio_den);
        mpz_sub(e, e, l);
        break;
    case ONE_OFF:
        mpz_mul(l, x, p->ratio_den);
        mpz_sub(e, y, x);
        mpz_mul(e, e, p->ratio_den);
        break;
    default:
        mpz_set_ui(l, 0);
        mpz_mul(e, y, p->ratio_den);
    }
}

static void add_signed(mpz_t plus, mpz_t minus, mpz_srcptr x)
{
    if (mpz_sgn(x) > 0)
        mpz_add(plus, plus, x);
    else
        mpz_sub(minus, minus, x);
}

/* ---- the last layer ------------------------------------------------------------------------------------ */

/* The positive part P of a signed measure with sum 0, tracked as plus and minus, of which at most more and less
   were lost in either sign: P lies within [plus - less, plus + more] and [minus - more, minus + less]. `zero`:
   it is known to be 0. */
static void put_positive_part(pass *p, tt_real *out, bool zero, mpz_srcptr plus, mpz_srcptr minus, mpz_srcptr more,
                              mpz_srcptr less)
{
    mpz_t low, high, other, den, den_above;
    if (zero) {
        tt_real_set_ui(out, 0);
        return;
    }
    mpz_inits(low, high, other, den, den_above, NULL);
    mpz_mul(den, p->scale, p->ratio_den);
    mpz_mul(den_above, p->scale_above, p->ratio_den);
    mpz_sub(low, plus, less);
    mpz_sub(other, minus, more);
    if (mpz_cmp(other, low) > 0)
        mpz_set(low, other);
    if (mpz_sgn(low) < 0)
        mpz_set_ui(low, 0);
    mpz_add(high, plus, more);
    mpz_add(other, minus, less);
    if (mpz_cmp(other, high) < 0)
        mpz_set(high, other);
    set_quotients(out, low, high, den, den_above, report_precision(p));
    note_width(p, out);
    mpz_clears(low, high, other, den, den_above, NULL);
}

static void put_responses(pass *p)
{
    layer *a = &p->now;
    mpz_t e_plus, e_minus, l_plus, l_minus, more, less;
    mpz_inits(e_plus, e_minus, l_plus, l_minus, more, less, NULL);
    for (size_t k = 0; k < a->n; k++) {
        const mp_limb_t *x = a->masses + k * 2 * a->limbs;
        if (limbs_zero(x, 2 * a->limbs))
            continue;
        mpz_from_limbs(p->t, x, a->limbs);
        mpz_from_limbs(p->u, x + a->limbs, a->limbs);
        node_values(p, a->keys + k * a->words, p->t, p->u, p->v, p->w);
        add_signed(l_plus, l_minus, p->v);
        add_signed(e_plus, e_minus, p->w);
    }
    /* gained by what was lost: more, taken away: less */
    mpz_sub(more, p->scale_above, p->target);
    mpz_sub(more, more, p->pruned_target);
    mpz_add(more, more, p->rounded_e);
    mpz_add(more, more, p->e_plus);
    mpz_add(less, p->rounded_e, p->rounded_off);
    mpz_add(less, less, p->e_minus);
    mpz_mul(more, more, p->ratio_den);
    mpz_mul(less, less, p->ratio_den);
    put_positive_part(p, &p->result->worst_case_error, !p->second_order, e_plus, e_minus, more, less);
    mpz_add(more, p->rounded_l, p->rounded_off);
    mpz_add(more, more, p->l_plus);
    mpz_add(less, p->rounded_l, p->l_minus);
    mpz_mul(more, more, p->ratio_den);
    mpz_mul(less, less, p->ratio_den);
    put_positive_part(p, &p->result->largest_surrogate, !p->deviated[p->task->layers], l_plus, l_minus, more,
                      less);
    mpz_clears(e_plus, e_minus, l_plus, l_minus, more, less, NULL);
}

/* ---- pruning ----------------------------------------------------------------------------------------------- */

/* Eight times the logarithm of a mass to base 2, rounded down, plus 8; 0 for 0. */
static size_t score_of(const mp_limb_t *x, size_t n)
{
    size_t used; /* bits of the highest limb that is not 0 */
    mp_limb_t top;
    while (n > 0 && x[n - 1] == 0)
        n--;
    if (n == 0)
        return 0;
    used = GMP_NUMB_BITS - (size_t)__builtin_clzl(x[n - 1]);
    top = x[n - 1] << (GMP_NUMB_BITS - used);
    if (used < 4 && n > 1)
        top |= x[n - 2] >> used;
    return ((n - 1) * GMP_NUMB_BITS + used) * 8 + ((top >> (GMP_NUMB_BITS - 4)) & 7);
}

static size_t node_score(const layer *a, size_t k)
{
    const mp_limb_t *x = a->masses + k * 2 * a->limbs;
    size_t s = score_of(x, a->limbs), t = score_of(x + a->limbs, a->limbs);
    return s > t ? s : t;
}

/* out += ceil(x / ratio_den) of the sign wanted */
static void add_part(pass *p, mpz_t out, mpz_srcptr x, int sign)
{
    mpz_t y;
    if (mpz_sgn(x) * sign <= 0)
        return;
    mpz_init(y);
    mpz_abs(y, x);
    mpz_cdiv_q(y, y, p->ratio_den);
    mpz_add(out, out, y);
    mpz_clear(y);
}

typedef struct {
    mpz_t tv, largest, worst, x, y, l, e, d;
} future;

/* Takes a node out and adds the most that its future could be. */
static void prune_node(pass *p, size_t k, future *f)
{
    layer *a = &p->now;
    const uint64_t *key = a->keys + k * a->words;
    mp_limb_t *masses = a->masses + k * 2 * a->limbs;
    int kind = kind_of(p, key);
    mpz_from_limbs(f->x, masses, a->limbs);
    mpz_from_limbs(f->y, masses + a->limbs, a->limbs);
    mpn_zero(masses, (mp_size_t)(2 * a->limbs));
    node_values(p, key, f->x, f->y, f->l, f->e);
    add_part(p, p->l_plus, f->l, 1);
    add_part(p, p->l_minus, f->l, -1);
    add_part(p, p->e_plus, f->e, 1);
    add_part(p, p->e_minus, f->e, -1);
    mpz_add(p->pruned_target, p->pruned_target, f->y);
    if (kind == ON_SUPPORT) {
        mpz_add(p->pruned_rollout, p->pruned_rollout, f->x);
        mpz_sub(f->d, f->y, f->x);
        add_signed(p->tv_plus, p->tv_minus, f->d);
        mpz_add(p->tv_min, p->tv_min, mpz_sgn(f->d) > 0 ? f->x : f->y);
        mpz_abs(f->d, f->d);
        shrink(f->d, f->tv); /* |b-a| TV(f) */
        mpz_set(f->y, f->x);
        shrink(f->y, f->worst); /* a W(f) */
        mpz_add(f->d, f->d, f->y);
        shrink(f->x, f->largest); /* a L(f) */
        mpz_add(p->l_plus, p->l_plus, f->x);
        mpz_add(p->l_minus, p->l_minus, f->x);
    } else {
        mpz_add(p->tv_plus, p->tv_plus, f->y);
        mpz_set(f->d, mpz_cmp(f->x, f->y) < 0 ? f->x : f->y);
        shrink(f->d, f->tv); /* min(l, b) TV(f); nothing where l = 0 */
    }
    mpz_add(p->e_plus, p->e_plus, f->d);
    mpz_add(p->e_minus, p->e_minus, f->d);
}

/* Prunes layer n so that at most `keep` nodes remain. */
static tt_status prune(pass *p, size_t n, uint64_t keep)
{
    layer *a = &p->now;
    size_t scores = (a->limbs * GMP_NUMB_BITS + 1) * 8 + 8, threshold = scores;
    uint64_t *histogram = calloc(scores, sizeof *histogram), kept = 0;
    future f;
    if (!histogram)
        return TT_NO_MEMORY;
    if (!p->result->cut)
        p->first_pruned = n;
    p->result->cut = true;
    for (size_t k = 0; k < a->n; k++)
        histogram[node_score(a, k)]++;
    while (threshold > 1 && kept + histogram[threshold - 1] <= keep)
        kept += histogram[--threshold];
    free(histogram);
    mpz_inits(f.tv, f.largest, f.worst, f.x, f.y, f.l, f.e, f.d, NULL);
    set_future_tv(p, f.tv, p->task->layers - n);
    set_future_errors(p, f.largest, f.worst, p->task->layers - n);
    for (size_t k = 0; k < a->n; k++) {
        size_t score = node_score(a, k);
        if (score > 0 && score < threshold)
            prune_node(p, k, &f);
    }
    mpz_clears(f.tv, f.largest, f.worst, f.x, f.y, f.l, f.e, f.d, NULL);
    return TT_OK;
}

/* ---- one step ------------------------------------------------------------------------------------------------ */

static tt_status make_scratch(pass *p, size_t limbs)
{
    size_t wanted = limbs;
    for (size_t k = 0; k < p->l->first[p->l->C]; k++) {
        const edge *e = &p->edges[k];
        mp_size_t n = e->mu.n > e->pi.n ? e->mu.n : e->pi.n;
        if (limbs + (size_t)n + 1 > wanted)
            wanted = limbs + (size_t)n + 1;
    }
    if (wanted <= p->scratch_limbs)
        return TT_OK;
    free(p->scratch);
    p->scratch = calloc(wanted, sizeof *p->scratch);
    p->scratch_limbs = p->scratch ? wanted : 0;
    return p->scratch ? TT_OK : TT_NO_MEMORY;
}

/* The child's key in p->key. */
static void child_key(pass *p, const uint64_t *key, const edge *e, int kind)
{
    uint64_t head = (uint64_t)e->to * KINDS + (uint64_t)kind;
    if (kind == MORE_OFF) {
        memset(p->key, 0, p->words * sizeof *p->key);
        p->key[0] = head;
        return;
    }
    memcpy(p->key, key, p->words * sizeof *p->key);
    p->key[0] = (p->key[0] & ~p->head_mask) | head;
    p->key[e->word] += e->one;
}

/* Adds x wx and y wy to the child that the edge leads to; a NULL or zero mass adds nothing. */
static tt_status send(pass *p, const uint64_t *key, const edge *e, int kind, const mp_limb_t *x, const weight *wx,
                      const mp_limb_t *y, const weight *wy)
{
    mp_limb_t *to;
    size_t n = p->next.limbs;
    bool with_x = x && wx->n, with_y = y && wy->n;
    if (!with_x && !with_y)
        return TT_OK;
    child_key(p, key, e, kind);
    to = layer_node(&p->next, p->key);
    if (!to)
        return TT_NO_MEMORY;
    if (with_x)
        add_product(to, n, x, p->now.limbs, wx, p->scratch);
    if (with_y)
        add_product(to + n, n, y, p->now.limbs, wy, p->scratch);
    return TT_OK;
}

static tt_status expand_node(pass *p, const uint64_t *key, const mp_limb_t *x, const mp_limb_t *y, uint64_t *off)
{
    size_t head = (size_t)(key[0] & p->head_mask), c = head / KINDS;
    int kind = (int)(head % KINDS);
    tt_status status = TT_OK;
    for (size_t k = p->l->first[c]; k < p->l->first[c + 1] && status == TT_OK; k++) {
        const edge *e = &p->edges[k];
        bool supported = e->ratio != LATTICE_OFF;
        if (kind == ON_SUPPORT && supported) {
            status = send(p, key, e, ON_SUPPORT, x, &e->mu, y, &e->pi);
        } else if (kind == MORE_OFF || (kind == ONE_OFF && !supported)) {
            status = send(p, key, e, MORE_OFF, NULL, NULL, y, &e->pi);
        } else {
            status = send(p, key, e, ONE_OFF, x, supported ? &e->mu : &e->pi, y, &e->pi);
            ++*off;
        }
    }
    return status;
}

/* The next layer from this one; the scale grows by the denominator of the weights. */
static tt_status expand(pass *p)
{
    mpz_ptr lost[] = { p->pruned_rollout, p->pruned_target, p->tv_plus, p->tv_minus, p->tv_min,     p->e_plus,
                       p->e_minus,        p->l_plus,        p->l_minus, p->scale,    p->rounded_off };
    uint64_t off = 0;
    tt_status status;
    for (size_t k = 0; k < sizeof lost / sizeof *lost; k++)
        mpz_mul(lost[k], lost[k], p->den);
    mpz_set(p->w, p->scale_above);
    mpz_mul(p->scale_above, p->scale_above, p->den);
    if (!layer_start(&p->next, p->words, limbs_wanted(p, p->scale_above)))
        return TT_NO_MEMORY;
    status = make_scratch(p, p->next.limbs);
    for (size_t k = 0; k < p->now.n && status == TT_OK; k++) {
        const mp_limb_t *x = p->now.masses + k * 2 * p->now.limbs, *y = x + p->now.limbs;
        bool no_x = limbs_zero(x, p->now.limbs), no_y = limbs_zero(y, p->now.limbs);
        if (!no_x || !no_y)
            status = expand_node(p, p->now.keys + k * p->words, no_x ? NULL : x, no_y ? NULL : y, &off);
    }
    if (mpz_cmp(p->den, p->l->den) != 0) {
        /* a weight lost less than one unit, an l-mass is at most the number of tokens */
        mpz_mul_ui(p->w, p->w, p->task->layers);
        tt_exact_set_u64(p->t, off);
        mpz_addmul(p->rounded_off, p->w, p->t);
    }
    layer swap = p->now;
    p->now = p->next;
    p->next = swap;
    return status;
}

/* ---- the pass -------------------------------------------------------------------------------------------------- */

/* How many nodes all layers would have, from the growth up to layer n. */
static double extrapolate(const pass *p, size_t n)
{
    double sum = 0, degree;
    for (size_t k = 0; k < n; k++)
        sum += p->counts[k];
    /* NOLINTNEXTLINE(bugprone-integer-division): counts[n / 2] is of layer n / 2, whole */
    degree = n > 1 ? log2(p->counts[n] / p->counts[n / 2]) / log2((double)n / (double)(n / 2)) : 1;
    for (size_t k = n; k <= p->task->layers; k++)
        sum += p->counts[n] * pow((double)k / (double)(n ? n : 1), degree);
    return sum;
}

/* Counts layer n and keeps the pass within its budget; false where it has to stop. */
static bool within_budget(pass *p, size_t n, tt_status *status)
{
    const lattice_node_task *task = p->task;
    lattice_node_result *result = p->result;
    uint64_t left = task->budget > result->nodes ? task->budget - result->nodes : 0;
    uint64_t share = left / (task->layers - n + 1);
    if (!result->cut)
        p->counts[n] = (double)p->now.n;
    if (!task->prune) {
        if (p->now.n <= left)
            return true;
        result->needed = extrapolate(p, n);
        result->cut = true;
        return false;
    }
    if (p->now.n > share && n < task->layers) {
        if (!result->cut)
            result->needed = extrapolate(p, n);
        *status = prune(p, n, share ? share : 1);
    }
    return *status == TT_OK;
}

static void put_pruned(pass *p)
{
    set_quotients(&p->result->pruned_rollout, p->pruned_rollout, p->pruned_rollout, p->scale, p->scale_above,
                  report_precision(p));
    set_quotients(&p->result->pruned_target, p->pruned_target, p->pruned_target, p->scale, p->scale_above,
                  report_precision(p));
}

static tt_status run(pass *p)
{
    const lattice_node_task *task = p->task;
    tt_status status = first_layer(p);
    for (size_t n = 0; status == TT_OK; n++) {
        if (!within_budget(p, n, &status))
            return status;
        p->result->nodes += p->now.n;
        status = sum_layer(p);
        if (status != TT_OK)
            return status;
        if (p->result->monotone == TT_HOLDS)
            check_growth(p, n);
        note_rounding(p);
        put_tv(p, n);
        if (n == task->layers)
            break;
        if (task->options->progress && n % PROGRESS_LAYERS == 0 &&
            !task->options->progress(task->options->progress_context, task->work, (double)n / (double)task->layers))
            return TT_INTERRUPTED;
        status = shorten(p);
        if (status == TT_OK)
            status = expand(p);
        mpz_mul(p->before, p->positive, p->den);
    }
    if (status != TT_OK)
        return status;
    if (task->responses)
        put_responses(p);
    put_pruned(p);
    p->result->exact = p->exact;
    if (!p->result->cut)
        p->result->needed = (double)p->result->nodes;
    return TT_OK;
}

void tt_lattice_node_result_init(lattice_node_result *result)
{
    memset(result, 0, sizeof *result);
    tt_real_init(&result->worst_case_error);
    tt_real_init(&result->largest_surrogate);
    tt_real_init(&result->pruned_rollout);
    tt_real_init(&result->pruned_target);
}

void tt_lattice_node_result_clear(lattice_node_result *result)
{
    tt_real_clear(&result->worst_case_error);
    tt_real_clear(&result->largest_surrogate);
    tt_real_clear(&result->pruned_rollout);
    tt_real_clear(&result->pruned_target);
}

tt_status tt_lattice_node_pass(lattice_node_result *result, const lattice_node_task *task)
{
    pass p;
    tt_status status = pass_init(&p, result, task);
    result->nodes = 0;
    result->needed = 0;
    result->cut = false;
    result->monotone = TT_HOLDS;
    result->width = LONG_MIN;
    if (status == TT_OK)
        status = run(&p);
    pass_clear(&p);
    return status;
}

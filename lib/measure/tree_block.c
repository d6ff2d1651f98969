#include "tree_block.h"

#include <stdlib.h>
#include <string.h>

/* A block is to stay in the caches of its core. */
#define RESPONSES_MAX 1024

/* Where V is known to the compiler. */
#define INLINE static inline __attribute__((always_inline))

enum { ROLLOUT, TARGET, WEIGHTED };

_Static_assert(TT_BLOCK_HEIGHT_MAX <= TT_KL_LEVEL_STEPS, "KL of a block has room");

static void plan(tt_block *b, size_t steps)
{
    size_t responses = 1;
    while (b->height < steps && b->height < TT_BLOCK_HEIGHT_MAX && responses * b->vocab <= RESPONSES_MAX) {
        b->first[b->height + 1] = b->first[b->height] + responses;
        responses *= b->vocab;
        b->height++;
    }
}

static size_t count(const tt_block *b, size_t level)
{
    return b->first[level + 1] - b->first[level];
}

static tt_status make_sums(tt_block *b, const void *shared)
{
    b->sums = calloc(b->first[b->height], sizeof(tt_sums *));
    if (!b->sums)
        return TT_NO_MEMORY;
    for (size_t level = 1; level < b->height; level++)
        for (size_t c = b->first[level]; c < b->first[level + 1]; c++) {
            b->sums[c] = tt_sums_shared.make(shared, b->height - level);
            if (!b->sums[c])
                return TT_NO_MEMORY;
        }
    return TT_OK;
}

tt_status tt_block_init(tt_block *b, const tt_row_source *source, size_t steps, const void *shared, tt_masses *masses,
                        tt_tree_kl *kl)
{
    size_t V = source->vocab, contexts, responses;
    *b = (tt_block){ .source = source, .masses = masses, .kl = kl, .vocab = V };
    plan(b, steps);
    if (b->height == 0)
        return TT_OK;
    contexts = b->first[b->height];
    responses = V * count(b, b->height - 1);
    b->smallest = 0x1p-800;
    for (size_t k = 0; k < b->height; k++)
        b->smallest *= source->row_total;
    b->nodes = calloc(contexts + responses, sizeof *b->nodes);
    b->rollout = calloc((2 * contexts + 2) * V, sizeof *b->rollout);
    b->rewards = calloc(responses, sizeof *b->rewards);
    b->gains = calloc(contexts, sizeof *b->gains);
    b->mass[0] = calloc(4 * contexts, sizeof *b->mass[0]);
    b->signs = calloc(contexts * V, sizeof *b->signs);
    b->kl_sums = calloc(contexts * kl->limbs, sizeof *b->kl_sums);
    if (!b->nodes || !b->rollout || !b->rewards || !b->gains || !b->mass[0] || !b->signs || !b->kl_sums)
        return TT_NO_MEMORY;
    b->target = b->rollout + contexts * V;
    b->own.rollout = b->target + contexts * V;
    b->own.target = b->own.rollout + V;
    b->mass[TARGET] = b->mass[ROLLOUT] + contexts;
    b->mass[WEIGHTED] = b->mass[TARGET] + contexts;
    b->estimates = b->mass[WEIGHTED] + contexts;
    return make_sums(b, shared);
}

void tt_block_clear(tt_block *b)
{
    for (size_t c = 1; b->sums && c < b->first[b->height]; c++)
        if (b->sums[c])
            tt_sums_shared.free(b->sums[c]);
    free(b->sums);
    free(b->nodes);
    free(b->rollout);
    free(b->rewards);
    free(b->gains);
    free(b->mass[0]);
    free(b->signs);
    free(b->kl_sums);
}

/* ---- rows ------------------------------------------------------------------------ */

static void put_rows(tt_block *b, size_t c, const tt_small_rows *rows)
{
    tt_small_rows_over(b->rollout + c * b->vocab, b->target + c * b->vocab, rows, b->vocab, b->source->row_total);
}

static void load_children(tt_block *b, size_t level)
{
    const tt_row_source *source = b->source;
    uint64_t *child = b->nodes + b->first[level + 1];
    for (size_t c = b->first[level]; c < b->first[level + 1]; c++)
        for (size_t y = 0; y < b->vocab; y++)
            *child++ = source->child(source->self, b->nodes[c], b->depth + level, y);
}

static void load_rows(tt_block *b, size_t level)
{
    const tt_row_source *source = b->source;
    for (size_t c = b->first[level]; c < b->first[level + 1]; c++) {
        source->small_rows(source->self, b->nodes[c], b->depth + level, &b->own);
        put_rows(b, c, &b->own);
    }
}

static bool level_is_positive(const tt_block *b, size_t level)
{
    bool zero = false;
    for (size_t k = b->first[level] * b->vocab; k < b->first[level + 1] * b->vocab; k++)
        zero |= b->rollout[k] == 0 || b->target[k] == 0;
    return !zero;
}

/* Logs are all over a table: they are asked for long before they are read. */
static void prefetch_logs(const tt_block *b, size_t level)
{
    for (size_t k = b->first[level] * b->vocab; k < b->first[level + 1] * b->vocab; k++) {
        __builtin_prefetch(tt_fixed_log_slot(&b->kl->logs, b->rollout[k], b->kl->limbs));
        __builtin_prefetch(tt_fixed_log_slot(&b->kl->logs, b->target[k], b->kl->limbs));
    }
}

/* Node by node, as far as it is plain: a child by a token of weight 0 need not be there. */
static bool load_nodes(tt_block *b, uint64_t node)
{
    const tt_row_source *source = b->source;
    size_t contexts = b->first[b->height];
    b->nodes[0] = node;
    for (size_t level = 0; level < b->height; level++) {
        if (level > 0)
            load_rows(b, level);
        if (!level_is_positive(b, level))
            return false;
        prefetch_logs(b, level);
        load_children(b, level);
    }
    for (size_t i = 0; i < b->vocab * count(b, b->height - 1); i++)
        b->rewards[i] = source->small_reward(source->self, b->nodes[contexts + i]);
    return true;
}

static void load_levels(tt_block *b, uint64_t node)
{
    const tt_row_source *source = b->source;
    for (size_t level = 0; level < b->height; level++) {
        size_t first = b->first[level] * b->vocab;
        b->start[level] = node;
        if (level > 0)
            source->levels->rows(source->self, node, count(b, level), b->rollout + first, b->target + first);
        prefetch_logs(b, level);
        node = source->child(source->self, node, b->depth + level, 0);
    }
    source->levels->rewards(source->self, node, b->vocab * count(b, b->height - 1), b->rewards);
}

bool tt_block_load(tt_block *b, size_t depth, uint64_t node)
{
    const tt_mass *root = &b->masses->steps[depth];
    if (root->rollout < b->smallest || root->target < b->smallest)
        return false;
    b->depth = depth;
    b->standing = 0;
    put_rows(b, 0, &b->masses->rows[depth]);
    if (!b->source->levels)
        return load_nodes(b, node);
    load_levels(b, node);
    return true;
}

/* ---- signs ----------------------------------------------------------------------- */

static tt_small_rows rows_of(const tt_block *b, size_t c)
{
    uint32_t total = b->source->row_total;
    return (tt_small_rows){ b->rollout + c * b->vocab, b->target + c * b->vocab, total, total };
}

/* Takes the masses to a context; what they have of the way is not done again. */
static size_t stand(tt_block *b, size_t context)
{
    tt_masses *m = b->masses;
    size_t tokens[TT_BLOCK_HEIGHT_MAX], level = 0;
    for (size_t c = context; c > 0; c = (c - 1) / b->vocab)
        tokens[level++] = (c - 1) % b->vocab;
    for (size_t k = 0, c = 0; k < level; k++) {
        size_t depth = b->depth + k, token = tokens[level - 1 - k];
        if (k >= b->standing || m->tokens[depth] != token) {
            tt_masses_push(m, depth, token);
            b->standing = k + 1;
        }
        c = c * b->vocab + 1 + token;
        m->rows[depth + 1] = rows_of(b, c);
    }
    return b->depth + level;
}

void tt_block_stand(tt_block *b, size_t context)
{
    size_t depth = stand(b, context), level = depth - b->depth;
    uint64_t node = b->source->levels ? b->start[level] + (context - b->first[level]) : b->nodes[context];
    if (context == 0)
        return; /* the walk has those rows */
    b->source->small_rows(b->source->self, node, depth, &b->own);
    b->masses->rows[depth] = b->own;
}

/* Below 2^31. */
INLINE double weight(const uint32_t *weights, size_t k)
{
    return (int32_t)weights[k];
}

/* Quotients are products with 1 / total here, whose errors those of tree_masses.h leave room for. */
INLINE void fill_masses(tt_block *b, size_t V)
{
    double *a = b->mass[ROLLOUT], *t = b->mass[TARGET], *s = b->mass[WEIGHTED], part = 1.0 / b->source->row_total;
    const tt_mass *root = &b->masses->steps[b->depth];
    size_t inner = b->first[b->height - 1];
    a[0] = root->rollout;
    t[0] = root->target;
    s[0] = root->weighted;
    for (size_t c = 0; c < inner; c++) {
        double from_a = a[c], from_t = t[c], from_s = s[c];
        for (size_t k = c * V; k < c * V + V; k++) {
            double r = weight(b->rollout, k) * part, p = weight(b->target, k) * part;
            a[k + 1] = from_a * r;
            t[k + 1] = from_t * p;
            s[k + 1] = from_s * r + from_a * p;
        }
    }
}

/* The sign of x, or 0 where its error leaves it open. */
static inline int8_t open_sign(double x, double error)
{
    return (int8_t)((x > error) - (x < -error));
}

static void context_signs(tt_block *b)
{
    const double *a = b->mass[ROLLOUT], *t = b->mass[TARGET];
    double tolerance = b->masses->tolerance;
    size_t n = b->first[b->height];
    for (size_t c = 1; c < n; c++)
        b->signs[c - 1] = open_sign(t[c] - a[c], (t[c] + a[c]) * tolerance);
    for (const int8_t *open = b->signs; (open = memchr(open, 0, (size_t)(b->signs + n - 1 - open))); open++) {
        size_t c = (size_t)(open - b->signs) + 1;
        b->signs[c - 1] = (int8_t)tt_masses_sign(b->masses, stand(b, c));
    }
}

/* As tt_masses_error_signs, but that the total both rows share makes no difference. */
INLINE void error_signs(tt_block *b, size_t V)
{
    const double *a = b->mass[ROLLOUT], *t = b->mass[TARGET], *s = b->mass[WEIGHTED];
    double last = (double)b->masses->horizon - 1, tolerance = b->masses->tolerance;
    for (size_t c = b->first[b->height - 1]; c < b->first[b->height]; c++) {
        double x = t[c] - a[c], y = last * a[c] - s[c];
        double x_size = (t[c] + a[c]) * tolerance, y_size = (last * a[c] + s[c]) * tolerance;
        const uint32_t *rollout = b->rollout + c * V, *target = b->target + c * V;
        int8_t *signs = b->signs + c * V;
        bool open = false;
        for (size_t v = 0; v < V; v++) {
            double p = weight(target, v), r = weight(rollout, v);
            signs[v] = open_sign(p * x + r * y, p * x_size + r * y_size);
            open |= signs[v] == 0;
        }
        if (open) {
            stand(b, c);
            tt_masses_error_signs(b->masses, signs);
        }
    }
}

INLINE void fill(tt_block *b, size_t V)
{
    fill_masses(b, V);
    error_signs(b, V);
}

/* ---- sums ------------------------------------------------------------------------- */

static void fold_level(tt_block *b, size_t level)
{
    size_t first = b->first[level], below = b->first[level + 1], n = count(b, level), limbs = b->kl->limbs;
    bool last = level + 1 == b->height;
    tt_small_rows rows = rows_of(b, first);
    tt_sums_level what = { rows.rollout, rows.target, b->signs + first * b->vocab, b->rewards, b->gains + first };
    tt_tree_kl_fold_level(b->kl_sums + first * limbs, b->estimates + first, b->kl, &rows, n,
                          last ? NULL : b->kl_sums + below * limbs);
    tt_sums_shared_fold(b->sums + first, n, last ? NULL : b->sums + below, &what);
}

void tt_block_fold(tt_block *b, tt_sums *out, mp_limb_t *kl)
{
    switch (b->vocab) {
    case 2:
        fill(b, 2);
        break;
    case 4:
        fill(b, 4);
        break;
    default:
        fill(b, b->vocab);
    }
    context_signs(b);
    b->sums[0] = out;
    for (size_t level = b->height; level-- > 0;)
        fold_level(b, level);
    memcpy(kl, b->kl_sums, b->kl->limbs * sizeof *kl);
}

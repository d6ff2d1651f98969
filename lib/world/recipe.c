#include "recipe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GAMMA UINT64_C(0x9E3779B97F4A7C15)
#define VOCAB_MAX 16
#define HORIZON_MAX 64
#define DYADIC_TOTAL 65536u

/* Where V is known to the compiler, so that a row stays in registers. */
#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("GCC unroll 8")

static uint64_t mix64(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t stream(const tt_recipe *recipe, uint64_t node, unsigned purpose)
{
    return mix64(recipe->seed + GAMMA * (4 * node + purpose + 1));
}

static uint64_t word(uint64_t st, size_t j)
{
    return mix64(st + GAMMA * (j + 1));
}

static uint32_t sum(const uint32_t *weight, size_t n)
{
    uint32_t total = 0;
    for (size_t j = 0; j < n; j++)
        total += weight[j];
    return total;
}

INLINE void scale_to_dyadic(uint32_t *weight, size_t n)
{
    /* floor(x / total) for x < 2^32 and total < 2^20: x + 1/2 over total is at least 2^-21 away from an integer and below
       2^16, so that no rounding of it reaches one. */
    uint32_t total = 0, rest = DYADIC_TOTAL;
    double per_total, factor = (double)(DYADIC_TOTAL - n);
    UNROLL
    for (size_t j = 0; j < n; j++)
        total += weight[j];
    per_total = 1.0 / total;
    UNROLL
    for (size_t j = 0; j < n; j++) {
        weight[j] = 1 + (uint32_t)(int32_t)(((int32_t)weight[j] * factor + 0.5) * per_total);
        rest -= weight[j];
    }
    weight[0] += rest;
}

/* 1 + (word >> 48) mod 65535 */
static uint32_t raw_weight(uint64_t word)
{
    uint32_t x = (uint32_t)(word >> 48);
    return x == 65535u ? 1 : 1 + x;
}

static uint32_t near_weight(uint32_t raw, uint64_t word)
{
    int64_t moved = (int64_t)raw + (int64_t)((word >> 48) % 1025u) - 512;
    return (uint32_t)(moved < 1 ? 1 : moved > 65535 ? 65535 : moved);
}

/* V = recipe->vocab */
INLINE void dense_row_pair(const tt_recipe *recipe, uint64_t node, uint32_t *rollout, uint32_t *target, size_t V)
{
    uint64_t a = stream(recipe, node, 0), b = stream(recipe, node, 1);
    UNROLL
    for (size_t j = 0; j < V; j++) {
        uint32_t r = raw_weight(word(a, j));
        uint64_t w = word(b, j);
        rollout[j] = r;
        target[j] = recipe->mode == TT_RECIPE_NEAR ? near_weight(r, w) : raw_weight(w);
    }
    if (recipe->regime == TT_RECIPE_DYADIC) {
        scale_to_dyadic(rollout, V);
        scale_to_dyadic(target, V);
    }
}

INLINE void dense_row_pairs(const tt_recipe *recipe, uint64_t first, size_t n, uint32_t *rollout, uint32_t *target,
                            size_t V)
{
    for (size_t i = 0; i < n; i++)
        dense_row_pair(recipe, first + i, rollout + i * V, target + i * V, V);
}

static void dense_rows(const tt_recipe *recipe, uint64_t first, size_t n, uint32_t *rollout, uint32_t *target)
{
    switch (recipe->vocab) {
    case 2:
        dense_row_pairs(recipe, first, n, rollout, target, 2);
        break;
    case 4:
        dense_row_pairs(recipe, first, n, rollout, target, 4);
        break;
    case 8:
        dense_row_pairs(recipe, first, n, rollout, target, 8);
        break;
    default:
        dense_row_pairs(recipe, first, n, rollout, target, recipe->vocab);
    }
}

static void coarse_row(uint64_t st, uint32_t *weight, size_t n)
{
    for (size_t j = 0; j < n; j++)
        weight[j] = (uint32_t)(word(st, j) >> 62);
    if (sum(weight, n) == 0)
        weight[0] = 1;
}

static void coarse_rows(const tt_recipe *recipe, uint64_t node, uint32_t *rollout, uint32_t *target)
{
    uint64_t b = stream(recipe, node, 1);
    coarse_row(stream(recipe, node, 0), rollout, recipe->vocab);
    if (word(b, recipe->vocab) & 3)
        memcpy(target, rollout, recipe->vocab * sizeof *target);
    else
        coarse_row(b, target, recipe->vocab);
}

static mpq_srcptr prompt(const void *self, size_t x)
{
    (void)x;
    return ((const tt_recipe *)self)->one;
}

static uint64_t root(const void *self, size_t x)
{
    (void)self;
    return x;
}

static uint64_t child(const void *self, uint64_t node, size_t depth, size_t token)
{
    (void)depth;
    return node * ((const tt_recipe *)self)->vocab + token + 1;
}

static void small_rows(const void *self, uint64_t node, size_t depth, tt_small_rows *out)
{
    const tt_recipe *recipe = self;
    (void)depth;
    if (recipe->mode == TT_RECIPE_COARSE)
        coarse_rows(recipe, node, out->rollout, out->target);
    else
        dense_rows(recipe, node, 1, out->rollout, out->target);
    out->rollout_total = recipe->regime == TT_RECIPE_DYADIC ? DYADIC_TOTAL : sum(out->rollout, recipe->vocab);
    out->target_total = recipe->regime == TT_RECIPE_DYADIC ? DYADIC_TOTAL : sum(out->target, recipe->vocab);
}

static void rows(const void *self, uint64_t node, size_t depth, tt_rows *out, tt_rows_buffer *buffer)
{
    uint32_t weights[2 * VOCAB_MAX];
    tt_small_rows small = { .rollout = weights, .target = weights + VOCAB_MAX };
    small_rows(self, node, depth, &small);
    tt_rows_of_small(out, buffer, &small);
}

static uint32_t reward_total(const tt_recipe *recipe)
{
    return recipe->mode == TT_RECIPE_COARSE ? 2 : recipe->regime == TT_RECIPE_DYADIC ? DYADIC_TOTAL : 1000;
}

static uint32_t small_reward(const void *self, uint64_t leaf)
{
    const tt_recipe *recipe = self;
    uint64_t w = word(stream(recipe, leaf, 2), 0);
    if (recipe->mode == TT_RECIPE_COARSE)
        return (uint32_t)((w >> 32) % 3u);
    return recipe->regime == TT_RECIPE_DYADIC ? (uint32_t)(w >> 48) : (uint32_t)((w >> 32) % 1001u);
}

static void reward(const void *self, uint64_t leaf, mpq_ptr out)
{
    mpq_set_ui(out, small_reward(self, leaf), reward_total(self));
    mpq_canonicalize(out);
}

/* ---- many nodes at once, in the dyadic regime ------------------------------------------ */

/* Eight nodes side by side, where the processor multiplies eight words at once: the same steps, in loops of LANES that the
   compiler turns into vectors. */
#if defined(__x86_64__) && defined(__GNUC__)
#define LANES 8
#define WIDE __attribute__((target("avx512f,avx512dq,avx512vl")))

static bool has_wide(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

WIDE static void wide_streams(uint64_t *out, const tt_recipe *recipe, uint64_t first, unsigned purpose)
{
    for (size_t k = 0; k < LANES; k++)
        out[k] = stream(recipe, first + k, purpose);
}

/* As scale_to_dyadic, row k at weight[0][k], weight[1][k], ...; out: row after row. */
WIDE static void wide_dyadic(uint32_t *out, int32_t (*weight)[LANES], size_t n)
{
    double per_total[LANES], factor = (double)(DYADIC_TOTAL - n);
    int32_t total[LANES] = { 0 }, rest[LANES];
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < LANES; k++)
            total[k] += weight[j][k];
    for (size_t k = 0; k < LANES; k++) {
        per_total[k] = 1.0 / total[k];
        rest[k] = (int32_t)DYADIC_TOTAL;
    }
    for (size_t j = 0; j < n; j++)
        for (size_t k = 0; k < LANES; k++) {
            weight[j][k] = 1 + (int32_t)((weight[j][k] * factor + 0.5) * per_total[k]);
            rest[k] -= weight[j][k];
        }
    for (size_t k = 0; k < LANES; k++)
        weight[0][k] += rest[k];
    for (size_t k = 0; k < LANES; k++)
        for (size_t j = 0; j < n; j++)
            *out++ = (uint32_t)weight[j][k];
}

WIDE static void wide_rows(const tt_recipe *recipe, uint64_t first, unsigned purpose, uint32_t *out)
{
    uint64_t streams[LANES];
    int32_t weight[VOCAB_MAX][LANES];
    wide_streams(streams, recipe, first, purpose);
    for (size_t j = 0; j < recipe->vocab; j++)
        for (size_t k = 0; k < LANES; k++)
            weight[j][k] = (int32_t)raw_weight(word(streams[k], j));
    wide_dyadic(out, weight, recipe->vocab);
}

WIDE static void wide_rewards(const tt_recipe *recipe, uint64_t first, uint32_t *out)
{
    uint64_t streams[LANES];
    wide_streams(streams, recipe, first, 2);
    for (size_t k = 0; k < LANES; k++)
        out[k] = (uint32_t)(word(streams[k], 0) >> 48);
}
#endif

static void level_rows(const void *self, uint64_t first, size_t n, uint32_t *rollout, uint32_t *target)
{
    const tt_recipe *recipe = self;
    size_t done = 0;
#ifdef WIDE
    if (has_wide() && recipe->mode != TT_RECIPE_NEAR)
        for (; done + LANES <= n; done += LANES) {
            wide_rows(recipe, first + done, 0, rollout + done * recipe->vocab);
            wide_rows(recipe, first + done, 1, target + done * recipe->vocab);
        }
#endif
    dense_rows(recipe, first + done, n - done, rollout + done * recipe->vocab, target + done * recipe->vocab);
}

static void level_rewards(const void *self, uint64_t first, size_t n, uint32_t *out)
{
    const tt_recipe *recipe = self;
    size_t done = 0;
#ifdef WIDE
    if (has_wide())
        for (; done + LANES <= n; done += LANES)
            wide_rewards(recipe, first + done, out + done);
#endif
    for (; done < n; done++)
        out[done] = (uint32_t)(word(stream(recipe, first + done, 2), 0) >> 48);
}

static const tt_row_levels dyadic_levels = { level_rows, level_rewards };

/* ---- the text ---------------------------------------------------------------------------- */

static bool read_number(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == 0 && *out >= low && *out <= high;
}

static tt_status parse(tt_recipe *recipe, char *text, tt_error *error)
{
    char *field[5] = { NULL }, *rest = text;
    size_t n = 0;
    uint64_t vocab, horizon;
    while (rest && n < 5)
        field[n++] = strsep(&rest, ",");
    if (rest || n < 4)
        return tt_fail(error, TT_BAD_INPUT, NULL, "a recipe is V,T,SEED,REGIME[,MODE]");
    if (!read_number(field[0], 1, VOCAB_MAX, &vocab))
        return tt_fail(error, TT_BAD_INPUT, NULL, "V is a number from 1 to %d", VOCAB_MAX);
    if (!read_number(field[1], 1, HORIZON_MAX, &horizon))
        return tt_fail(error, TT_BAD_INPUT, NULL, "T is a number from 1 to %d", HORIZON_MAX);
    if (!read_number(field[2], 0, UINT64_MAX, &recipe->seed))
        return tt_fail(error, TT_BAD_INPUT, NULL, "SEED is a number below 2^64");
    recipe->vocab = (size_t)vocab;
    recipe->horizon = (size_t)horizon;
    if (strcmp(field[3], "dyadic") == 0)
        recipe->regime = TT_RECIPE_DYADIC;
    else if (strcmp(field[3], "generic") == 0)
        recipe->regime = TT_RECIPE_GENERIC;
    else
        return tt_fail(error, TT_BAD_INPUT, NULL, "REGIME is dyadic or generic");
    if (n < 5 || strcmp(field[4], "indep") == 0)
        recipe->mode = TT_RECIPE_INDEPENDENT;
    else if (strcmp(field[4], "near") == 0)
        recipe->mode = TT_RECIPE_NEAR;
    else if (strcmp(field[4], "coarse") == 0 && recipe->regime == TT_RECIPE_GENERIC)
        recipe->mode = TT_RECIPE_COARSE;
    else
        return tt_fail(error, TT_BAD_INPUT, NULL, "MODE is indep, near or (generic only) coarse");
    return TT_OK;
}

tt_status tt_recipe_init(tt_recipe *recipe, const char *text, tt_error *error)
{
    char *copy = strdup(text);
    tt_status status;
    memset(recipe, 0, sizeof *recipe);
    mpq_init(recipe->one);
    mpq_set_ui(recipe->one, 1, 1);
    if (!copy)
        return tt_no_memory(error);
    status = parse(recipe, copy, error);
    free(copy);
    return status;
}

void tt_recipe_clear(tt_recipe *recipe)
{
    mpq_clear(recipe->one);
}

void tt_recipe_source(tt_row_source *out, const tt_recipe *recipe)
{
    out->self = recipe;
    out->vocab = recipe->vocab;
    out->horizon = recipe->horizon;
    out->prompts = 1;
    out->pairs = 0;
    out->prompt = prompt;
    out->root = root;
    out->child = child;
    out->rows = rows;
    out->reward = reward;
    out->small_rows = small_rows;
    out->small_reward = small_reward;
    out->reward_total = reward_total(recipe);
    out->row_total = recipe->regime == TT_RECIPE_DYADIC ? DYADIC_TOTAL : 0;
    out->levels = recipe->regime == TT_RECIPE_DYADIC ? &dyadic_levels : NULL;
}

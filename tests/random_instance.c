#include "random_instance.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/number/exact.h"
#include "../lib/world/instance_json.h"

/* ---- random numbers -------------------------------------------------------------------------- */

uint64_t random_word(random_stream *stream)
{
    uint64_t z = stream->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t random_below(random_stream *stream, uint64_t n)
{
    return (size_t)(random_word(stream) % n);
}

static bool one_in(random_stream *stream, size_t n)
{
    return random_below(stream, n) == 0;
}

/* ---- rows -------------------------------------------------------------------------------------- */

#define MAX_VOCAB 5
#define MAX_STATES 5

typedef struct {
    mpq_t mu[MAX_VOCAB], pi[MAX_VOCAB];
} row_pair;

static void pair_init(row_pair *pair)
{
    for (size_t v = 0; v < MAX_VOCAB; v++)
        mpq_inits(pair->mu[v], pair->pi[v], NULL);
}

static void pair_clear(row_pair *pair)
{
    for (size_t v = 0; v < MAX_VOCAB; v++)
        mpq_clears(pair->mu[v], pair->pi[v], NULL);
}

static void copy_row(mpq_t *out, const mpq_t *row, size_t n)
{
    for (size_t v = 0; v < n; v++)
        mpq_set(out[v], row[v]);
}

/* Divides by the sum; a row of zeros becomes a point at 0. */
static void normalise(mpq_t *row, size_t n)
{
    mpq_t sum;
    mpq_init(sum);
    for (size_t v = 0; v < n; v++)
        mpq_add(sum, sum, row[v]);
    if (mpq_sgn(sum) == 0) {
        mpq_set_ui(row[0], 1, 1);
        mpq_set_ui(sum, 1, 1);
    }
    for (size_t v = 0; v < n; v++)
        mpq_div(row[v], row[v], sum);
    mpq_clear(sum);
}

static void weights(mpq_t *row, size_t n, random_stream *r, size_t least, size_t most)
{
    for (size_t v = 0; v < n; v++)
        mpq_set_ui(row[v], least + random_below(r, most - least + 1), 1);
    normalise(row, n);
}

static void sparse_row(mpq_t *row, size_t n, random_stream *r)
{
    for (size_t v = 0; v < n; v++)
        mpq_set_ui(row[v], one_in(r, 2) ? 0 : 1 + random_below(r, 9), 1);
    if (one_in(r, 2)) /* else the mass falls back to token 0 where nothing is left */
        mpq_set_ui(row[random_below(r, n)], 1, 1);
    normalise(row, n);
}

static void point_row(mpq_t *row, size_t n, random_stream *r)
{
    size_t at = random_below(r, n);
    for (size_t v = 0; v < n; v++)
        mpq_set_ui(row[v], v == at, 1);
}

/* out = 10^-digits. */
static void power_of_ten(mpq_t out, unsigned long digits)
{
    mpq_set_ui(out, 1, 1);
    mpz_ui_pow_ui(mpq_denref(out), 10, digits);
}

/* All but one token have a probability around 1e-30. */
static void tiny_row(mpq_t *row, size_t n, random_stream *r)
{
    size_t heavy = random_below(r, n);
    mpq_t unit;
    mpq_init(unit);
    mpq_set_ui(row[heavy], 1, 1);
    for (size_t v = 0; v < n; v++)
        if (v != heavy) {
            power_of_ten(row[v], 28 + random_below(r, 5));
            mpq_set_ui(unit, 1 + random_below(r, 9), 1);
            mpq_mul(row[v], row[v], unit);
            mpq_sub(row[heavy], row[heavy], row[v]);
        }
    mpq_clear(unit);
}

/* Every entry but the last over a prime of its own, 31 to 80 bits long. */
static void prime_row(mpq_t *row, size_t n, random_stream *r)
{
    mpz_t prime;
    mpq_t rest;
    mpz_init(prime);
    mpq_init(rest);
    mpq_set_ui(rest, 1, 1);
    for (size_t v = 0; v + 1 < n; v++) {
        tt_exact_set_u64(prime, random_word(r) >> 33);
        mpz_setbit(prime, 30 + random_below(r, 50));
        mpz_nextprime(prime, prime);
        tt_exact_set_u64(mpq_numref(row[v]), random_word(r) >> 1);
        mpz_mod(mpq_numref(row[v]), mpq_numref(row[v]), prime);
        mpz_mul_ui(prime, prime, n);
        mpz_set(mpq_denref(row[v]), prime);
        mpq_canonicalize(row[v]);
        mpq_sub(rest, rest, row[v]);
    }
    mpq_set(row[n - 1], rest);
    mpz_clear(prime);
    mpq_clear(rest);
}

typedef void row_maker(mpq_t *row, size_t n, random_stream *r);

static void plain_row(mpq_t *row, size_t n, random_stream *r)
{
    weights(row, n, r, 1, 12);
}

static void any_row(mpq_t *row, size_t n, random_stream *r)
{
    static row_maker *const makers[] = { plain_row, plain_row, sparse_row, point_row, tiny_row, prime_row };
    makers[random_below(r, sizeof makers / sizeof *makers)](row, n, r);
}

/* ---- pairs of rows ------------------------------------------------------------------------------ */

typedef void pair_maker(row_pair *pair, size_t n, random_stream *r);

static void plain_pair(row_pair *pair, size_t n, random_stream *r)
{
    plain_row(pair->mu, n, r);
    plain_row(pair->pi, n, r);
}

static void dyadic_pair(row_pair *pair, size_t n, random_stream *r)
{
    mpq_t *rows[2] = { pair->mu, pair->pi };
    for (int k = 0; k < 2; k++) {
        size_t left = 64;
        for (size_t v = 0; v < n; v++) {
            size_t take = v + 1 == n ? left : random_below(r, left + 1);
            mpq_set_ui(rows[k][v], take, 64);
            mpq_canonicalize(rows[k][v]);
            left -= take;
        }
    }
}

static void sparse_pair(row_pair *pair, size_t n, random_stream *r)
{
    sparse_row(pair->mu, n, r);
    sparse_row(pair->pi, n, r);
}

/* Dominated, with zeros: target lives on a part of the rollout's support. */
static void dominated_pair(row_pair *pair, size_t n, random_stream *r)
{
    sparse_row(pair->mu, n, r);
    for (size_t v = 0; v < n; v++)
        mpq_set_ui(pair->pi[v], mpq_sgn(pair->mu[v]) == 0 || one_in(r, 3) ? 0 : 1 + random_below(r, 5), 1);
    for (size_t v = 0; v < n; v++)
        if (mpq_sgn(pair->pi[v]) > 0) {
            normalise(pair->pi, n);
            return;
        }
    copy_row(pair->pi, pair->mu, n);
}

static void disjoint_pair(row_pair *pair, size_t n, random_stream *r)
{
    if (n == 1) {
        plain_pair(pair, n, r);
        return;
    }
    plain_pair(pair, n, r);
    for (size_t v = 0, cut = 1 + random_below(r, n - 1); v < n; v++)
        mpq_set_ui(v < cut ? pair->mu[v] : pair->pi[v], 0, 1);
    normalise(pair->mu, n);
    normalise(pair->pi, n);
    if (one_in(r, 2))
        for (size_t v = 0; v < n; v++)
            mpq_swap(pair->mu[v], pair->pi[v]);
}

static void equal_pair(row_pair *pair, size_t n, random_stream *r)
{
    any_row(pair->mu, n, r);
    copy_row(pair->pi, pair->mu, n);
}

/* Target is rollout up to 1e-30. */
static void near_pair(row_pair *pair, size_t n, random_stream *r)
{
    size_t from, to;
    mpq_t step;
    plain_row(pair->mu, n, r);
    copy_row(pair->pi, pair->mu, n);
    from = random_below(r, n);
    to = random_below(r, n);
    mpq_init(step);
    power_of_ten(step, 30 + random_below(r, 3));
    mpq_sub(pair->pi[from], pair->pi[from], step);
    mpq_add(pair->pi[to], pair->pi[to], step);
    mpq_clear(step);
}

static void tiny_pair(row_pair *pair, size_t n, random_stream *r)
{
    tiny_row(pair->mu, n, r);
    if (one_in(r, 2))
        tiny_row(pair->pi, n, r);
    else
        plain_row(pair->pi, n, r);
    if (one_in(r, 3))
        for (size_t v = 0; v < n; v++)
            mpq_swap(pair->mu[v], pair->pi[v]);
}

static void prime_pair(row_pair *pair, size_t n, random_stream *r)
{
    prime_row(pair->mu, n, r);
    prime_row(pair->pi, n, r);
}

static void certain_pair(row_pair *pair, size_t n, random_stream *r)
{
    point_row(pair->mu, n, r);
    if (one_in(r, 2))
        point_row(pair->pi, n, r);
    else
        any_row(pair->pi, n, r);
}

/* The same numbers in another order: ties of KL between contexts, and the same KL both ways. */
static void permuted_pair(row_pair *pair, size_t n, random_stream *r)
{
    for (size_t v = 0; v < n; v++)
        mpq_set_ui(pair->mu[v], 1 + v % 3, 1);
    normalise(pair->mu, n);
    for (size_t v = 0, shift = random_below(r, n); v < n; v++)
        mpq_set(pair->pi[v], pair->mu[(v + shift) % n]);
}

/* The family that attains `tv-optimal` as p -> 0: tokens 0 and 1 of probability p and 1 - p under
   rollout, and p + eps and 1 - p - eps under target. */
static void rare_token_pair(row_pair *pair, size_t n, random_stream *r)
{
    mpq_t eps;
    mpq_set_ui(pair->mu[0], 1, 1);
    copy_row(pair->pi, pair->mu, n);
    if (n == 1)
        return;
    mpq_init(eps);
    power_of_ten(pair->mu[0], 1 + random_below(r, 12));
    mpq_set_ui(pair->mu[1], 1, 1);
    mpq_sub(pair->mu[1], pair->mu[1], pair->mu[0]);
    mpq_set_ui(eps, 1 + random_below(r, 9), 9);
    mpq_canonicalize(eps);
    mpq_mul(eps, eps, pair->mu[1]);
    mpq_add(pair->pi[0], pair->mu[0], eps);
    mpq_sub(pair->pi[1], pair->mu[1], eps);
    mpq_clear(eps);
}

static void mixed_pair(row_pair *pair, size_t n, random_stream *r)
{
    static pair_maker *const makers[] = { plain_pair, sparse_pair, dominated_pair, disjoint_pair, equal_pair,
                                          near_pair, tiny_pair, prime_pair, certain_pair, permuted_pair };
    makers[random_below(r, sizeof makers / sizeof *makers)](pair, n, r);
}

/* Mostly equal: few contexts deviate, and those without bounds on how. */
static void rare_pair(row_pair *pair, size_t n, random_stream *r)
{
    if (one_in(r, 6))
        mixed_pair(pair, n, r);
    else
        equal_pair(pair, n, r);
}

/* Each support leaves out what leads to l-mass off both policies' ways: token 0 only rollout's,
   token 1 only target's, the rest of both. */
static void crossing_pair(row_pair *pair, size_t n, random_stream *r)
{
    plain_pair(pair, n, r);
    if (n < 2)
        return;
    switch (random_below(r, 3)) {
    case 0:
        mpq_set_ui(pair->pi[0], 0, 1);
        mpq_set_ui(pair->mu[1], 0, 1);
        break;
    case 1:
        mpq_set_ui(pair->mu[1], 0, 1);
        break;
    default:
        mpq_set_ui(pair->pi[0], 0, 1);
    }
    normalise(pair->mu, n);
    normalise(pair->pi, n);
}

/* ---- rewards --------------------------------------------------------------------------------------- */

typedef enum { REWARD_ZERO, REWARD_ONE, REWARD_BINARY, REWARD_FEW, REWARD_RATIONAL, REWARD_PRIME, REWARDS } reward_kind;

static void draw_reward(mpq_t out, reward_kind kind, random_stream *r)
{
    switch (kind) {
    case REWARD_ZERO:
    case REWARD_ONE:
        mpq_set_ui(out, kind == REWARD_ONE, 1);
        break;
    case REWARD_BINARY:
        mpq_set_ui(out, random_below(r, 2), 1);
        break;
    case REWARD_FEW:
        mpq_set_ui(out, one_in(r, 5), 1);
        break;
    case REWARD_RATIONAL:
        mpq_set_ui(out, random_below(r, 11), 10);
        break;
    default:
        mpq_set_ui(out, random_word(r) >> 34, 2147483647); /* a prime */
    }
    mpq_canonicalize(out);
}

/* ---- corners ----------------------------------------------------------------------------------------- */

typedef enum {
    LAYOUT_FREE,       /* a pair per context */
    LAYOUT_IID,        /* one pair everywhere */
    LAYOUT_STEP,       /* one pair per step */
    LAYOUT_ONE,        /* one pair at one context, rows equal elsewhere */
    LAYOUT_UNREACHED,  /* rows differ only where neither policy comes */
    LAYOUT_FIRST,      /* one pair at the first token, another after each value of it */
    LAYOUT_MACHINE,    /* an automaton */
    LAYOUT_END         /* an automaton whose token 0 ends the response */
} layout;

typedef struct {
    const char *name;
    layout layout;
    pair_maker *pair;
} corner;

static const corner corners[] = {
    { "plain", LAYOUT_FREE, plain_pair },
    { "sparse", LAYOUT_FREE, sparse_pair },
    { "dominated", LAYOUT_FREE, dominated_pair },
    { "disjoint", LAYOUT_FREE, disjoint_pair },
    { "equal", LAYOUT_FREE, equal_pair },
    { "one context", LAYOUT_ONE, plain_pair },
    { "one context, any", LAYOUT_ONE, mixed_pair },
    { "near", LAYOUT_FREE, near_pair },
    { "tiny", LAYOUT_FREE, tiny_pair },
    { "primes", LAYOUT_FREE, prime_pair },
    { "certain", LAYOUT_FREE, certain_pair },
    { "permuted", LAYOUT_FREE, permuted_pair },
    { "dyadic", LAYOUT_FREE, dyadic_pair },
    { "mixed", LAYOUT_FREE, mixed_pair },
    { "rare", LAYOUT_FREE, rare_pair },
    { "crossing", LAYOUT_FREE, crossing_pair },
    { "iid", LAYOUT_IID, plain_pair },
    { "iid sparse", LAYOUT_IID, sparse_pair },
    { "iid tiny", LAYOUT_IID, tiny_pair },
    { "iid rare token", LAYOUT_IID, rare_token_pair },
    { "per step", LAYOUT_STEP, mixed_pair },
    { "unreached", LAYOUT_UNREACHED, mixed_pair },
    { "after the first", LAYOUT_FIRST, mixed_pair },
    { "after the first, disjoint", LAYOUT_FIRST, disjoint_pair },
    { "machine", LAYOUT_MACHINE, plain_pair },
    { "machine, sparse", LAYOUT_MACHINE, sparse_pair },
    { "machine, mixed", LAYOUT_MACHINE, mixed_pair },
    { "early end", LAYOUT_END, plain_pair },
    { "early end, mixed", LAYOUT_END, mixed_pair }
};

size_t random_corners(void)
{
    return sizeof corners / sizeof *corners;
}

static void must(tt_status status, const tt_error *error)
{
    if (status != TT_OK) {
        fprintf(stderr, "random_instance: %s: %s\n", error->where, error->what);
        abort();
    }
}

static size_t responses(size_t prompts, size_t vocab, size_t horizon)
{
    size_t n = prompts;
    while (horizon-- > 0)
        n *= vocab;
    return n;
}

static void draw_shape(random_shape *shape, size_t max_responses, random_stream *r)
{
    static const size_t vocabs[] = { 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 5 }; /* small ones leave room for depth */
    shape->vocab = vocabs[random_below(r, sizeof vocabs / sizeof *vocabs)];
    shape->prompts = one_in(r, 2) ? 1 : 1 + random_below(r, 3);
    if (responses(shape->prompts, shape->vocab, 1) > max_responses)
        shape->prompts = 1;
    /* The deepest tree that fits is drawn as often as a random depth: errors grow with T. */
    for (shape->horizon = 1; shape->horizon < 8; shape->horizon++)
        if (responses(shape->prompts, shape->vocab, shape->horizon + 1) > max_responses)
            break;
    if (one_in(r, 3))
        shape->horizon = 1 + random_below(r, shape->horizon);
    shape->responses = responses(shape->prompts, shape->vocab, shape->horizon);
}

/* Prompt probabilities; one of several may be 0. */
static void draw_prompts(mpq_t *p, size_t n, random_stream *r)
{
    if (n > 1 && one_in(r, 4)) {
        sparse_row(p, n, r);
    } else if (one_in(r, 5)) {
        prime_row(p, n, r);
    } else {
        plain_row(p, n, r);
    }
}

typedef struct {
    tt_instance *instance;
    const random_shape *shape;
    const corner *corner;
    random_stream *r;
    row_pair base;                     /* of the layouts with one pair for many contexts */
    row_pair step[8];
    size_t one_depth, one_prompt;      /* LAYOUT_ONE: where */
    uint32_t one[8];
    row_pair first[MAX_VOCAB + 1];     /* LAYOUT_FIRST: root, then per first token */
    bool reached[9];                   /* LAYOUT_UNREACHED: is the context on the way reached? */
    bool spell_all;                    /* no defaults */
    reward_kind reward;
    uint32_t tokens[8];
} builder;

static bool same_row(const mpq_t *x, const mpq_t *y, size_t n)
{
    for (size_t v = 0; v < n; v++)
        if (!mpq_equal(x[v], y[v]))
            return false;
    return true;
}

/* The pair of the context b->tokens[0..depth). */
static void pair_at(row_pair *out, builder *b, size_t prompt, size_t depth)
{
    size_t n = b->shape->vocab;
    const row_pair *from = NULL;
    bool here = prompt == b->one_prompt && depth == b->one_depth;
    switch (b->corner->layout) {
    case LAYOUT_IID:
        from = &b->base;
        break;
    case LAYOUT_STEP:
        from = &b->step[depth];
        break;
    case LAYOUT_FIRST:
        from = &b->first[depth == 0 ? 0 : 1 + b->tokens[0]];
        break;
    case LAYOUT_ONE:
        for (size_t s = 0; s < depth && here; s++)
            here = b->tokens[s] == b->one[s];
        if (here) {
            b->corner->pair(out, n, b->r);
        } else {
            any_row(out->mu, n, b->r);
            copy_row(out->pi, out->mu, n);
        }
        return;
    case LAYOUT_UNREACHED:
        if (b->reached[depth]) {
            sparse_row(out->mu, n, b->r);
            copy_row(out->pi, out->mu, n);
        } else {
            b->corner->pair(out, n, b->r);
        }
        return;
    default:
        b->corner->pair(out, n, b->r);
        return;
    }
    copy_row(out->mu, from->mu, n);
    copy_row(out->pi, from->pi, n);
}

static void build_context(builder *b, size_t prompt, size_t depth)
{
    size_t n = b->shape->vocab;
    tt_error error;
    row_pair pair;
    if (depth == b->shape->horizon) {
        mpq_t reward;
        mpq_init(reward);
        draw_reward(reward, b->reward, b->r);
        if (b->spell_all || !tt_instance_reward_default(b->instance) ||
            !mpq_equal(reward, tt_instance_reward_default(b->instance)))
            must(tt_instance_set_reward(b->instance, prompt, b->tokens, depth, reward, &error), &error);
        mpq_clear(reward);
        return;
    }
    pair_init(&pair);
    pair_at(&pair, b, prompt, depth);
    if (b->spell_all || b->corner->layout != LAYOUT_IID)
        must(tt_instance_set_context(b->instance, TT_ROLLOUT, prompt, b->tokens, depth, pair.mu, &error), &error);
    if (b->spell_all || (b->corner->layout != LAYOUT_IID && !same_row(pair.mu, pair.pi, n)))
        must(tt_instance_set_context(b->instance, TT_TARGET, prompt, b->tokens, depth, pair.pi, &error), &error);
    for (size_t v = 0; v < n; v++) {
        b->tokens[depth] = (uint32_t)v;
        b->reached[depth + 1] = b->reached[depth] && mpq_sgn(pair.mu[v]) > 0;
        build_context(b, prompt, depth + 1);
    }
    pair_clear(&pair);
}

static void build_tree(builder *b)
{
    size_t n = b->shape->vocab;
    tt_error error;
    pair_init(&b->base);
    b->corner->pair(&b->base, n, b->r);
    for (size_t t = 0; t < 8; t++) {
        pair_init(&b->step[t]);
        b->corner->pair(&b->step[t], n, b->r);
    }
    for (size_t k = 0; k <= MAX_VOCAB; k++) {
        pair_init(&b->first[k]);
        b->corner->pair(&b->first[k], n, b->r);
    }
    b->one_prompt = random_below(b->r, b->shape->prompts);
    b->one_depth = random_below(b->r, b->shape->horizon);
    for (size_t t = 0; t < 8; t++)
        b->one[t] = (uint32_t)random_below(b->r, n);
    b->spell_all = one_in(b->r, 2);
    if (!b->spell_all) {
        mpq_t reward;
        mpq_init(reward);
        draw_reward(reward, b->reward, b->r);
        must(tt_instance_set_reward_default(b->instance, reward, &error), &error);
        mpq_clear(reward);
        if (b->corner->layout == LAYOUT_IID) {
            must(tt_instance_set_default(b->instance, TT_ROLLOUT, b->base.mu, &error), &error);
            must(tt_instance_set_default(b->instance, TT_TARGET, b->base.pi, &error), &error);
        }
    }
    b->reached[0] = true;
    for (size_t x = 0; x < b->shape->prompts; x++)
        build_context(b, x, 0);
    pair_clear(&b->base);
    for (size_t t = 0; t < 8; t++)
        pair_clear(&b->step[t]);
    for (size_t k = 0; k <= MAX_VOCAB; k++)
        pair_clear(&b->first[k]);
}

/* States 0..states-1; with an early end the last one is absorbing and token 0 leads there. */
static void build_machine(builder *b, size_t states)
{
    size_t n = b->shape->vocab, end = states - 1;
    bool ends = b->corner->layout == LAYOUT_END;
    tt_error error;
    mpq_t reward;
    mpq_init(reward);
    for (size_t s = 0; s < states; s++) {
        char name[32];
        size_t next[MAX_VOCAB];
        row_pair pair;
        pair_init(&pair);
        b->corner->pair(&pair, n, b->r);
        for (size_t v = 0; v < n; v++)
            next[v] = ends && v == 0 ? end : random_below(b->r, states);
        if ((ends && s == end) || (!ends && one_in(b->r, 6))) {
            size_t stay = random_below(b->r, n);
            for (size_t v = 0; v < n; v++) {
                mpq_set_ui(pair.mu[v], v == stay, 1);
                mpq_set_ui(pair.pi[v], v == stay, 1);
                next[v] = s;
            }
        }
        snprintf(name, sizeof name, "s%zu", s);
        must(tt_instance_add_state(b->instance, name, pair.mu, same_row(pair.mu, pair.pi, n) ? NULL : pair.pi, next, &error),
             &error);
        pair_clear(&pair);
    }
    for (size_t s = 0; s < states; s++) {
        draw_reward(reward, b->reward, b->r);
        must(tt_instance_set_state_reward(b->instance, s, reward, &error), &error);
    }
    if (one_in(b->r, 2)) {
        draw_reward(reward, b->reward, b->r);
        must(tt_instance_set_reward_default(b->instance, reward, &error), &error);
    }
    mpq_clear(reward);
}

tt_instance *random_instance(uint64_t seed, size_t max_responses, random_shape *shape)
{
    random_stream r = { seed };
    builder b = { .shape = shape, .corner = &corners[seed % random_corners()], .r = &r };
    size_t states;
    char name[64];
    mpq_t p[3];
    tt_error error;
    random_word(&r);
    draw_shape(shape, max_responses, &r);
    shape->corner = b.corner->name;
    shape->form = b.corner->layout == LAYOUT_MACHINE || b.corner->layout == LAYOUT_END ? TT_FORM_MACHINE : TT_FORM_TREE;
    b.reward = (reward_kind)random_below(&r, REWARDS);
    if (b.reward < REWARD_BINARY && !one_in(&r, 4)) /* a constant reward has no Error */
        b.reward = REWARD_BINARY;
    states = 2 + random_below(&r, MAX_STATES - 1);

    must(tt_instance_new(&b.instance, shape->form, shape->vocab, shape->horizon, &error), &error);
    snprintf(name, sizeof name, "%s, seed %" PRIu64, shape->corner, seed);
    if (tt_instance_set_name(b.instance, name) != TT_OK)
        abort();
    for (size_t x = 0; x < 3; x++)
        mpq_init(p[x]);
    draw_prompts(p, shape->prompts, &r);
    for (size_t x = 0; x < shape->prompts; x++)
        must(tt_instance_add_prompt(b.instance, p[x], random_below(&r, states), &error), &error);
    for (size_t x = 0; x < 3; x++)
        mpq_clear(p[x]);
    if (shape->form == TT_FORM_MACHINE)
        build_machine(&b, states);
    else
        build_tree(&b);
    must(tt_instance_finish(b.instance, &error), &error);
    return b.instance;
}

void report_instance(const tt_instance *instance, const char *name, uint64_t seed)
{
    char path[256];
    tt_error error;
    snprintf(path, sizeof path, "%s-%" PRIu64 ".json", name, seed);
    fprintf(stderr, "%s: seed %" PRIu64 " (%s) failed; again with TT_TEST_SEED=%" PRIu64 "\n", name, seed,
            tt_instance_name(instance), seed);
    if (tt_instance_write_file(path, instance, &error) == TT_OK)
        fprintf(stderr, "%s: the instance: trustree eval %s\n", name, path);
    else
        fprintf(stderr, "%s: the instance could not be written: %s\n", name, error.what);
}

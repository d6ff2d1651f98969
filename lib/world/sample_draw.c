#include "sample_draw.h"

#include <gsl/gsl_randist.h>
#include <string.h>

size_t tt_draw_below(const tt_draw *draw, size_t n)
{
    return (size_t)tt_random_between(draw->random, 0, n - 1);
}

bool tt_draw_one_in(const tt_draw *draw, size_t n)
{
    return tt_draw_below(draw, n) == 0;
}

void tt_draw_large(tt_draw *draw)
{
    draw->large = 1;
    if (draw->dyadic)
        draw->large <<= 10 + tt_draw_below(draw, 41);
    else
        for (size_t k = 3 + tt_draw_below(draw, 13); k > 0; k--)
            draw->large *= 10;
}

/* ---- rows ---- */

static uint64_t sum_of(const uint64_t *row, size_t n)
{
    uint64_t sum = 0;
    for (size_t v = 0; v < n; v++)
        sum += row[v];
    return sum;
}

/* Turns small weights into ones that sum to a power of two, of the same support: each is rounded down, which leaves
   at least 1 of a positive one as the power is at least the sum, and the heaviest has the rest. */
static void make_dyadic(uint64_t *row, size_t n, const tt_draw *draw)
{
    uint64_t sum = sum_of(row, n), power = 1, left;
    size_t heaviest = 0;
    while (power < sum)
        power *= 2;
    left = power <<= tt_draw_below(draw, 3);
    for (size_t v = 0; v < n; v++) {
        heaviest = row[v] > row[heaviest] ? v : heaviest;
        row[v] = row[v] * power / sum;
        left -= row[v];
    }
    row[heaviest] += left;
}

static void settle(uint64_t *row, size_t n, const tt_draw *draw)
{
    if (draw->dyadic)
        make_dyadic(row, n, draw);
}

/* Weights 1..9, in one row of eight 1..1000, where row[v] > 0; the others stay 0. */
static void weigh_support(uint64_t *row, size_t n, const tt_draw *draw)
{
    size_t most = tt_draw_one_in(draw, 8) ? 1000 : 9;
    for (size_t v = 0; v < n; v++)
        if (row[v] > 0)
            row[v] = 1 + tt_draw_below(draw, most);
    settle(row, n, draw);
}

void tt_draw_weights(uint64_t *out, size_t n, const tt_draw *draw, bool zeros)
{
    size_t spared = zeros ? tt_draw_below(draw, n) : 0;
    for (size_t v = 0; v < n; v++)
        out[v] = !zeros || v == spared || tt_draw_one_in(draw, 2);
    weigh_support(out, n, draw);
}

static void draw_point(uint64_t *row, const tt_draw *draw)
{
    memset(row, 0, draw->vocab * sizeof *row);
    row[tt_draw_below(draw, draw->vocab)] = 1;
}

/* The tokens in random order. */
static void draw_order(size_t *order, const tt_draw *draw)
{
    for (size_t v = 0; v < draw->vocab; v++)
        order[v] = v;
    gsl_ran_shuffle(tt_random_gsl(draw->random), order, draw->vocab, sizeof *order);
}

/* Positive weights on order[first] .. order[first + count - 1] alone. */
static void weigh_tokens(uint64_t *row, const size_t *order, size_t first, size_t count, const tt_draw *draw)
{
    memset(row, 0, draw->vocab * sizeof *row);
    for (size_t k = first; k < first + count; k++)
        row[order[k]] = 1;
    weigh_support(row, draw->vocab, draw);
}

/* Token h has all of `large` but a few. */
static void draw_heavy(uint64_t *row, size_t h, const tt_draw *draw)
{
    for (size_t v = 0; v < draw->vocab; v++)
        row[v] = v == h ? 0 : 1 + tt_draw_below(draw, 9);
    row[h] = draw->large - sum_of(row, draw->vocab);
}

/* Up to three entries a / (4 p) with a < p over primes p of their own; what is left, at least a quarter, is spread over
   the other tokens in whole parts of the common denominator, which is below 2^59. */
static void draw_primes(uint64_t *row, const tt_draw *draw)
{
    static const uint64_t primes[] = { 65537,  65539,  70001,  74017,  79999,  85009,  90001,  95003,
                                       101009, 110017, 122011, 131071, 140009, 155009, 161009, 174007,
                                       180001, 196613, 200003, 216091, 230003, 240007, 251003, 262139 };
    enum { PRIMES = sizeof primes / sizeof *primes, MOST = 3, STRIDE = PRIMES / MOST };
    size_t n = draw->vocab, m = n - 1 < MOST ? n - 1 : MOST, order[TT_SAMPLE_VOCAB_MAX];
    size_t first = tt_draw_below(draw, PRIMES);
    uint64_t total = 4, left;
    draw_order(order, draw);
    for (size_t k = 0; k < m; k++)
        total *= primes[(first + k * STRIDE) % PRIMES];
    left = total;
    memset(row, 0, n * sizeof *row);
    for (size_t k = 0; k < m; k++) {
        uint64_t p = primes[(first + k * STRIDE) % PRIMES];
        row[order[k]] = (1 + tt_draw_below(draw, (size_t)p - 1)) * (total / (4 * p));
        left -= row[order[k]];
    }
    for (size_t k = m; k < n; k++) {
        row[order[k]] = k + 1 == n ? left : 1 + tt_draw_below(draw, 1000) * (left / (2000 * n));
        left -= row[order[k]];
    }
}

/* ---- pairs ---- */

static void copy_row(uint64_t *out, const uint64_t *row, const tt_draw *draw)
{
    memcpy(out, row, draw->vocab * sizeof *row);
}

void tt_pair_plain(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    tt_draw_weights(rollout, draw->vocab, draw, false);
    tt_draw_weights(target, draw->vocab, draw, false);
}

void tt_pair_dense(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t order[TT_SAMPLE_VOCAB_MAX];
    draw_order(order, draw);
    for (size_t v = 0; v < draw->vocab; v++) {
        rollout[v] = 1 + tt_draw_below(draw, 2) + (v == order[0] ? 4 * draw->vocab : 0);
        target[v] = 1 + tt_draw_below(draw, 2) + (v == order[1] ? 4 * draw->vocab : 0);
    }
    settle(rollout, draw->vocab, draw);
    settle(target, draw->vocab, draw);
}

void tt_pair_zeros(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    tt_draw_weights(rollout, draw->vocab, draw, true);
    tt_draw_weights(target, draw->vocab, draw, true);
}

void tt_pair_disjoint(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t order[TT_SAMPLE_VOCAB_MAX], cut = 1 + tt_draw_below(draw, draw->vocab - 1);
    draw_order(order, draw);
    weigh_tokens(rollout, order, 0, cut, draw);
    weigh_tokens(target, order, cut, draw->vocab - cut, draw);
}

void tt_pair_inside(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t order[TT_SAMPLE_VOCAB_MAX], wide = 2 + tt_draw_below(draw, draw->vocab - 1);
    draw_order(order, draw);
    weigh_tokens(rollout, order, 0, wide, draw);
    weigh_tokens(target, order, 0, 1 + tt_draw_below(draw, wide - 1), draw);
}

void tt_pair_outside(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    tt_pair_inside(target, rollout, draw);
}

void tt_pair_crossing(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t order[TT_SAMPLE_VOCAB_MAX];
    draw_order(order, draw);
    weigh_tokens(rollout, order, 0, draw->vocab - 1, draw);
    weigh_tokens(target, order, 1, draw->vocab - 1, draw);
}

void tt_pair_certain(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    draw_point(rollout, draw);
    if (tt_draw_one_in(draw, 2))
        draw_point(target, draw);
    else
        tt_draw_weights(target, draw->vocab, draw, tt_draw_one_in(draw, 2));
    if (tt_draw_one_in(draw, 2)) {
        uint64_t point[TT_SAMPLE_VOCAB_MAX];
        copy_row(point, rollout, draw);
        copy_row(rollout, target, draw);
        copy_row(target, point, draw);
    }
}

void tt_pair_opposite(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t order[TT_SAMPLE_VOCAB_MAX];
    draw_order(order, draw);
    memset(rollout, 0, draw->vocab * sizeof *rollout);
    memset(target, 0, draw->vocab * sizeof *target);
    rollout[order[0]] = target[order[1]] = 1;
}

void tt_pair_near(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t order[TT_SAMPLE_VOCAB_MAX];
    uint64_t moved = 1 + tt_draw_below(draw, 9);
    draw_order(order, draw);
    for (size_t v = 0; v < draw->vocab; v++)
        rollout[v] = 1 + tt_draw_below(draw, 9);
    settle(rollout, draw->vocab, draw);
    for (size_t v = 0; v < draw->vocab; v++)
        rollout[v] *= draw->large;
    copy_row(target, rollout, draw);
    target[order[0]] -= moved;
    target[order[1]] += moved;
}

void tt_pair_heavy(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t h = tt_draw_below(draw, draw->vocab);
    if (tt_draw_one_in(draw, 2)) {
        draw_heavy(rollout, h, draw);
        tt_draw_weights(target, draw->vocab, draw, false);
    } else {
        tt_draw_weights(rollout, draw->vocab, draw, false);
        draw_heavy(target, h, draw);
    }
}

void tt_pair_rare(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    uint64_t part = draw->dyadic ? draw->large / 8 : draw->large / 10;
    memset(rollout, 0, draw->vocab * sizeof *rollout);
    rollout[0] = 1;
    rollout[1] = draw->large - 1;
    copy_row(target, rollout, draw);
    part *= 1 + tt_draw_below(draw, draw->dyadic ? 7 : 9);
    target[0] += part;
    target[1] -= part;
}

void tt_pair_primes(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    draw_primes(rollout, draw);
    draw_primes(target, draw);
}

void tt_pair_permuted(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    size_t order[TT_SAMPLE_VOCAB_MAX];
    draw_order(order, draw);
    for (size_t v = 0; v < draw->vocab; v++)
        rollout[v] = 1 + v + tt_draw_below(draw, 3);
    settle(rollout, draw->vocab, draw);
    for (size_t v = 0; v < draw->vocab; v++)
        target[order[v]] = rollout[order[(v + 1) % draw->vocab]];
}

/* One of a list; those with the most demands stand last. */
static tt_draw_pair *draw_maker(const tt_draw *draw)
{
    static tt_draw_pair *const makers[] = { tt_pair_plain,   tt_pair_zeros,   tt_pair_certain, tt_pair_equal,
                                            tt_pair_dense,   tt_pair_disjoint, tt_pair_inside,  tt_pair_outside,
                                            tt_pair_near,    tt_pair_heavy,   tt_pair_permuted, tt_pair_crossing };
    enum { ONE_TOKEN = 4, TWO_TOKENS = 11, ALL = sizeof makers / sizeof *makers };
    return makers[tt_draw_below(draw, draw->vocab == 1 ? ONE_TOKEN : draw->vocab == 2 ? TWO_TOKENS : ALL)];
}

void tt_pair_any(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    draw_maker(draw)(rollout, target, draw);
}

void tt_pair_equal(uint64_t *rollout, uint64_t *target, const tt_draw *draw)
{
    switch (tt_draw_below(draw, 4)) {
    case 0:
        tt_draw_weights(rollout, draw->vocab, draw, true);
        break;
    case 1:
        if (draw->vocab > 1) {
            draw_heavy(rollout, tt_draw_below(draw, draw->vocab), draw);
            break;
        }
        /* fall through */
    default:
        tt_draw_weights(rollout, draw->vocab, draw, false);
    }
    copy_row(target, rollout, draw);
}

#include "factors.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../number/gcd.h"

/* The odd primes below 1024: what has no factor among them is prime up to its square. */
#define PRIMES_SQUARE ((uint32_t)1 << 20)
typedef struct {
    uint32_t prime, inverse; /* of the prime, modulo 2^32 */
} odd_prime;

/* 3 p ^ 2 is right in 5 bits, each step doubles them. */
#define STEP(p, x) ((x) * (2u - (p) * (x)))
#define P(p) { p, STEP(p, STEP(p, STEP(p, 3u * (p) ^ 2u))) }

static const odd_prime primes[] = {
    P(3), P(5), P(7), P(11), P(13), P(17), P(19), P(23), P(29), P(31), P(37), P(41), P(43), P(47), P(53), P(59),
    P(61), P(67), P(71), P(73), P(79), P(83), P(89), P(97), P(101), P(103), P(107), P(109), P(113), P(127), P(131),
    P(137), P(139), P(149), P(151), P(157), P(163), P(167), P(173), P(179), P(181), P(191), P(193), P(197), P(199),
    P(211), P(223), P(227), P(229), P(233), P(239), P(241), P(251), P(257), P(263), P(269), P(271), P(277), P(281),
    P(283), P(293), P(307), P(311), P(313), P(317), P(331), P(337), P(347), P(349), P(353), P(359), P(367), P(373),
    P(379), P(383), P(389), P(397), P(401), P(409), P(419), P(421), P(431), P(433), P(439), P(443), P(449), P(457),
    P(461), P(463), P(467), P(479), P(487), P(491), P(499), P(503), P(509), P(521), P(523), P(541), P(547), P(557),
    P(563), P(569), P(571), P(577), P(587), P(593), P(599), P(601), P(607), P(613), P(617), P(619), P(631), P(641),
    P(643), P(647), P(653), P(659), P(661), P(673), P(677), P(683), P(691), P(701), P(709), P(719), P(727), P(733),
    P(739), P(743), P(751), P(757), P(761), P(769), P(773), P(787), P(797), P(809), P(811), P(821), P(823), P(827),
    P(829), P(839), P(853), P(857), P(859), P(863), P(877), P(881), P(883), P(887), P(907), P(911), P(919), P(929),
    P(937), P(941), P(947), P(953), P(967), P(971), P(977), P(983), P(991), P(997), P(1009), P(1013), P(1019),
    P(1021),
};

#define PRIMES (sizeof primes / sizeof *primes)

/* n / p where p divides n; then no product wraps around. */
static inline bool divides(uint32_t *quotient, const odd_prime *p, uint32_t n)
{
    *quotient = n * p->inverse;
    return (uint64_t)*quotient * p->prime == n;
}

uint32_t tt_prime_factor(uint32_t n)
{
    uint32_t quotient;
    if (n % 2 == 0)
        return 2;
    for (size_t k = 0; k < PRIMES && primes[k].prime * primes[k].prime <= n; k++)
        if (divides(&quotient, &primes[k], n))
            return primes[k].prime;
    return n < PRIMES_SQUARE ? n : 0;
}

size_t tt_factors_of(uint32_t *out, uint32_t n)
{
    size_t count = (size_t)__builtin_ctz(n);
    uint32_t quotient;
    for (size_t k = 0; k < count; k++)
        out[k] = 2;
    n >>= count;
    for (size_t k = 0; k < PRIMES && primes[k].prime * primes[k].prime <= n; k++)
        for (; divides(&quotient, &primes[k], n); n = quotient)
            out[count++] = primes[k].prime;
    if (n > 1)
        out[count++] = n;
    return count;
}

/* ---- lists ----------------------------------------------------------------------- */

void tt_factors_clear(tt_factors *list)
{
    free(list->items);
    *list = (tt_factors){ 0 };
}

static tt_status reserve(tt_factors *list, size_t n)
{
    tt_factor *grown;
    if (n <= list->room)
        return TT_OK;
    n += n / 4 + 16;
    grown = reallocarray(list->items, n, sizeof *grown);
    if (!grown)
        return TT_NO_MEMORY;
    list->items = grown;
    list->room = n;
    return TT_OK;
}

tt_status tt_factors_copy(tt_factors *out, const tt_factors *x)
{
    tt_status status = reserve(out, x->n);
    if (status != TT_OK)
        return status;
    if (x->n > 0)
        memcpy(out->items, x->items, x->n * sizeof *x->items);
    out->n = x->n;
    return TT_OK;
}

/* The first of the factors of this value, or where it would stand. Which half that is in cannot be foretold: no branch
   asks. */
static size_t find(const tt_factors *list, uint32_t value)
{
    const tt_factor *at = list->items;
    tt_factor least = tt_factor_of(value, 0);
    size_t n = list->n;
    if (n == 0)
        return 0;
    for (size_t half = n / 2; half > 0; half = n / 2) {
        at += (at[half - 1] < least) * half;
        n -= half;
    }
    return (size_t)(at - list->items) + (*at < least);
}

/* The end of the factors of this value that begin at a place, if any do. */
static size_t run_end(const tt_factors *list, size_t at, uint32_t value)
{
    while (at < list->n && tt_factor_value(list->items[at]) == value)
        at++;
    return at;
}

/* A factor to a power. */
static tt_status insert(tt_factors *list, uint32_t value, uint32_t count)
{
    size_t start = find(list, value), end = run_end(list, start, value);
    tt_status status = reserve(list, list->n + count);
    if (status != TT_OK)
        return status;
    memmove(&list->items[end + count], &list->items[end], (list->n - end) * sizeof *list->items);
    for (uint32_t k = 0; k < count; k++)
        list->items[end + k] = tt_factor_of(value, (uint32_t)(end - start) + 1 + k);
    list->n += count;
    return TT_OK;
}

static void remove_range(tt_factors *list, size_t begin, size_t end)
{
    memmove(&list->items[begin], &list->items[end], (list->n - end) * sizeof *list->items);
    list->n -= end - begin;
}

tt_status tt_factors_set(tt_factors *out, uint32_t n)
{
    uint32_t values[TT_FACTORS_MAX], number = 0;
    size_t count = tt_factors_of(values, n);
    tt_status status = reserve(out, count);
    if (status != TT_OK)
        return status;
    for (size_t k = 0; k < count; k++) {
        number = k > 0 && values[k] == values[k - 1] ? number + 1 : 1;
        out->items[k] = tt_factor_of(values[k], number);
    }
    out->n = count;
    return TT_OK;
}

/* Lists up to here are short enough to be moved one by one. */
#define FEW 24

/* One factor more, from the end of a list that has room. */
static void insert_short(tt_factors *list, uint32_t value)
{
    tt_factor last = tt_factor_of(value, UINT32_MAX);
    size_t at = list->n++;
    for (; at > 0 && list->items[at - 1] > last; at--)
        list->items[at] = list->items[at - 1];
    if (at > 0 && tt_factor_value(list->items[at - 1]) == value)
        list->items[at] = list->items[at - 1] + 1;
    else
        list->items[at] = tt_factor_of(value, 1);
}

tt_status tt_factors_multiply(tt_factors *out, const tt_factors *x)
{
    tt_status status = reserve(out, out->n + x->n);
    for (size_t k = 0; k < x->n && status == TT_OK; k++) {
        uint32_t value = tt_factor_value(x->items[k]);
        if (out->n <= FEW)
            insert_short(out, value);
        else
            status = insert(out, value, 1);
    }
    return status;
}

/* The union of two lists, from the end, so that nothing is overwritten before it is read. */
tt_status tt_factors_join(tt_factors *out, const tt_factors *x)
{
    size_t i = 0, j, n, missing = 0;
    tt_status status;
    for (j = 0; j < x->n; j++) {
        while (i < out->n && out->items[i] < x->items[j])
            i++;
        missing += i == out->n || out->items[i] != x->items[j];
    }
    status = reserve(out, out->n + missing);
    if (status != TT_OK)
        return status;
    i = out->n;
    n = out->n += missing;
    for (j = x->n; j > 0;) {
        if (i > 0 && out->items[i - 1] >= x->items[j - 1]) {
            j -= out->items[i - 1] == x->items[j - 1];
            out->items[--n] = out->items[--i];
        } else {
            out->items[--n] = x->items[--j];
        }
    }
    return TT_OK;
}

/* ---- products --------------------------------------------------------------------- */

void tt_factors_work_clear(tt_factors_work *work)
{
    for (size_t k = 0; k < work->depth; k++)
        mpz_clear(work->parts[k]);
    free(work->values[0]);
    free(work->values[1]);
    free(work->limbs);
    *work = (tt_factors_work){ 0 };
}

/* Room for n values, twice, and as many limbs. What was there is lost. */
static tt_status work_reserve(tt_factors_work *work, size_t n)
{
    if (n <= work->room)
        return TT_OK;
    n += n / 4 + 64;
    work->room = 0;
    free(work->values[0]);
    free(work->values[1]);
    free(work->limbs);
    work->values[0] = calloc(n, sizeof *work->values[0]);
    work->values[1] = calloc(n, sizeof *work->values[1]);
    work->limbs = calloc(n, sizeof *work->limbs);
    if (!work->values[0] || !work->values[1] || !work->limbs)
        return TT_NO_MEMORY;
    work->room = n;
    return TT_OK;
}

/* Products of so many limbs are made one limb at a time. */
#define SHORT 24

static void multiply_limbs(mpz_t out, const mp_limb_t *limbs, size_t n, size_t depth, tt_factors_work *work)
{
    if (n <= SHORT) {
        mp_limb_t *x = mpz_limbs_write(out, (mp_size_t)n + 1);
        mp_size_t size = 1;
        x[0] = n ? limbs[0] : 1;
        for (size_t k = 1; k < n; k++) {
            mp_limb_t carry = mpn_mul_1(x, x, size, limbs[k]);
            x[size] = carry;
            size += carry != 0;
        }
        mpz_limbs_finish(out, size);
        return;
    }
    if (depth >= work->depth)
        mpz_init(work->parts[work->depth++]);
    multiply_limbs(out, limbs, n / 2, depth + 1, work);
    multiply_limbs(work->parts[depth], limbs + n / 2, n - n / 2, depth + 1, work);
    mpz_mul(out, out, work->parts[depth]);
}

/* How many of n >= 1 ascending values are multiplied into one limb. */
static inline size_t group_size(const uint32_t *values, size_t n)
{
    if (n >= 4 && values[3] < 1u << 16)
        return 4;
    if (n >= 3 && values[2] < 1u << 21)
        return 3;
    return n >= 2 ? 2 : 1;
}

/* Multiplies ascending values in groups; returns how many limbs there are. */
static size_t pack(mp_limb_t *limbs, const uint32_t *values, size_t n)
{
    size_t count = 0;
    for (size_t at = 0, size; at < n; at += size) {
        const uint32_t *group = values + at;
        size = group_size(group, n - at);
        limbs[count] = group[0];
        for (size_t k = 1; k < size; k++)
            limbs[count] *= group[k];
        count++;
    }
    return count;
}

static void multiply_values(mpz_t out, const uint32_t *values, size_t n, tt_factors_work *work)
{
    multiply_limbs(out, work->limbs, pack(work->limbs, values, n), 0, work);
}

tt_status tt_factors_product(mpz_t out, const tt_factors *list, const tt_factors *divisor, tt_factors_work *work)
{
    size_t n = 0, j = 0;
    tt_status status = work_reserve(work, list->n);
    if (status != TT_OK)
        return status;
    for (size_t i = 0; i < list->n; i++) {
        bool divided = divisor && j < divisor->n && divisor->items[j] == list->items[i];
        work->values[0][n] = tt_factor_value(list->items[i]);
        n += !divided;
        j += divided;
    }
    multiply_values(out, work->values[0], n, work);
    return TT_OK;
}

/* Two lists that are united, what only one of them has, and a third list to multiply the union with. */
typedef struct {
    const tt_factor *x, *x_end, *y, *y_end, *times, *times_end;
    tt_factor end_of_times; /* what comes after the factors of that value that `times` has next */
    uint32_t *only_x, *only_y;
    tt_factor *begin, *to;
} merging;

static void find_end_of_times(merging *m)
{
    m->end_of_times = m->times < m->times_end ? tt_factor_of(tt_factor_value(*m->times), UINT32_MAX) : UINT64_MAX;
}

/* Writes what `times` has before a factor, each after those of the same value. */
static tt_factor *put_times(merging *m, tt_factor *to, tt_factor next)
{
    while (m->times < m->times_end && next > m->end_of_times) {
        uint32_t value = tt_factor_value(*m->times++), number = 1;
        if (to > m->begin && tt_factor_value(to[-1]) == value)
            number += tt_factor_number(to[-1]);
        *to++ = tt_factor_of(value, number);
        find_end_of_times(m);
    }
    return to;
}

/* The rest of one list. */
static tt_factor *put_rest(merging *m, tt_factor *to, const tt_factor *x, const tt_factor *x_end, uint32_t **only)
{
    for (; x < x_end; x++) {
        if (*x > m->end_of_times)
            to = put_times(m, to, *x);
        *to++ = *x;
        *(*only)++ = tt_factor_value(*x);
    }
    return to;
}

/* 0 or 1, by which nothing may branch: compilers like to, and half of such branches would be guessed wrong. */
static inline size_t number_of(bool condition)
{
    size_t number = condition;
    __asm__("" : "+r"(number));
    return number;
}

/* Which list has the next one has no pattern. */
static void merge(merging *m)
{
    const tt_factor *x = m->x, *y = m->y, *x_end = m->x_end, *y_end = m->y_end;
    uint32_t *only_x = m->only_x, *only_y = m->only_y;
    tt_factor *to = m->begin;
    find_end_of_times(m);
    while (x < x_end && y < y_end) {
        tt_factor a = *x, b = *y, next = a < b ? a : b;
        if (next > m->end_of_times)
            to = put_times(m, to, next);
        *to++ = next;
        *only_x = tt_factor_value(a);
        *only_y = tt_factor_value(b);
        only_x += number_of(a < b);
        only_y += number_of(b < a);
        x += number_of(a <= b);
        y += number_of(b <= a);
    }
    to = put_rest(m, to, x, x_end, &only_x);
    to = put_rest(m, to, y, y_end, &only_y);
    m->to = put_times(m, to, UINT64_MAX);
    m->only_x = only_x;
    m->only_y = only_y;
}

tt_status tt_factors_common(tt_factors *out, mpz_t to_a, mpz_t to_b, const tt_factors *a, const tt_factors *b,
                            const tt_factors *times, tt_factors_work *work)
{
    merging m = { .x = a->items, .y = b->items, .times = times->items };
    size_t most = a->n > b->n ? a->n : b->n;
    tt_status status = reserve(out, a->n + b->n + times->n);
    if (status == TT_OK)
        status = work_reserve(work, most + 1); /* what only one has is written before that is known */
    if (status != TT_OK)
        return status;
    m.x_end = m.x + a->n;
    m.y_end = m.y + b->n;
    m.times_end = m.times + times->n;
    m.only_x = work->values[0];
    m.only_y = work->values[1];
    m.begin = out->items;
    merge(&m);
    out->n = (size_t)(m.to - out->items);
    multiply_values(to_a, work->values[1], (size_t)(m.only_y - work->values[1]), work);
    multiply_values(to_b, work->values[0], (size_t)(m.only_x - work->values[0]), work);
    return TT_OK;
}

/* ---- lowest terms -------------------------------------------------------------------- */

/* Remainders modulo so many limbs of factors are taken one limb at a time. */
#define LEAF_LIMBS 96

/* The remainders of a number modulo limbs of factors: modulo halves of all of them first, then halves of those. Node k
   has the children 2 k and 2 k + 1, the root is 1 and is the number itself, the last `leaves` nodes are leaves. */
typedef struct {
    const mp_limb_t *limbs;
    size_t n;
    mpz_t *nodes;
    size_t leaves; /* a power of two */
} remainder_tree;

/* The limbs of a leaf begin here. */
static size_t leaf_start(const remainder_tree *tree, size_t leaf)
{
    return tree->n * leaf / tree->leaves;
}

static tt_status remainder_tree_init(remainder_tree *tree, size_t n, mpz_srcptr x, tt_factors_work *work)
{
    tree->limbs = work->limbs;
    tree->n = n;
    tree->leaves = 1;
    while (n > LEAF_LIMBS * tree->leaves)
        tree->leaves *= 2;
    tree->nodes = calloc(2 * tree->leaves, sizeof *tree->nodes);
    if (!tree->nodes)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < 2 * tree->leaves; k++)
        mpz_init(tree->nodes[k]);
    mpz_set(tree->nodes[1], x);
    for (size_t leaf = 0; tree->leaves > 1 && leaf < tree->leaves; leaf++) {
        size_t start = leaf_start(tree, leaf), length = leaf_start(tree, leaf + 1) - start;
        multiply_limbs(tree->nodes[tree->leaves + leaf], tree->limbs + start, length, 0, work);
    }
    for (size_t k = tree->leaves; k-- > 2;)
        mpz_mul(tree->nodes[k], tree->nodes[2 * k], tree->nodes[2 * k + 1]);
    for (size_t k = 2; k < 2 * tree->leaves; k++)
        mpz_tdiv_r(tree->nodes[k], tree->nodes[k / 2], tree->nodes[k]);
    return TT_OK;
}

static void remainder_tree_clear(remainder_tree *tree)
{
    for (size_t k = 0; k < 2 * tree->leaves; k++)
        mpz_clear(tree->nodes[k]);
    free(tree->nodes);
}

/* Whether a number with this remainder modulo a multiple of factor is prime to factor. */
static inline bool prime_to(mp_limb_t remainder, uint32_t factor)
{
    uint32_t rest = (uint32_t)(remainder % factor); /* NOLINT(clang-analyzer-core.DivideZero): factors are > 1 */
    return factor < PRIMES_SQUARE ? rest != 0 : tt_gcd(factor, rest) == 1;
}

/* Keeps those of n different values, in ascending order, that are not prime to x. */
static tt_status keep_common(uint32_t *values, size_t *n, mpz_srcptr x, tt_factors_work *work)
{
    remainder_tree tree;
    size_t at = 0, kept = 0;
    tt_status status = work_reserve(work, *n);
    if (status == TT_OK)
        status = remainder_tree_init(&tree, pack(work->limbs, values, *n), x, work);
    if (status != TT_OK)
        return status;
    for (size_t leaf = 0; leaf < tree.leaves; leaf++) {
        mpz_srcptr rest = tree.nodes[tree.leaves + leaf];
        for (size_t k = leaf_start(&tree, leaf); k < leaf_start(&tree, leaf + 1); k++) {
            mp_limb_t remainder = mpz_tdiv_ui(rest, tree.limbs[k]);
            for (size_t end = at + group_size(values + at, *n - at); at < end; at++)
                if (!prime_to(remainder, values[at]))
                    values[kept++] = values[at];
        }
    }
    *n = kept;
    remainder_tree_clear(&tree);
    return TT_OK;
}

/* Divides x and list by what x has in common with factors of a value. One that is not prime may have to be split. */
static tt_status cancel_value(mpz_t x, tt_factors *list, uint32_t value)
{
    size_t start = find(list, value), end = run_end(list, start, value);
    uint32_t common = value, left = (uint32_t)(end - start);
    tt_status status;
    for (; left > 0; left--) {
        common = (uint32_t)tt_gcd(value, (uint32_t)mpz_tdiv_ui(x, value));
        if (common < value)
            break;
        mpz_divexact_ui(x, x, value);
    }
    remove_range(list, start + (common == 1 ? left : 0), end);
    if (common == 1 || left == 0)
        return TT_OK;
    status = insert(list, common, left);
    if (status == TT_OK)
        status = insert(list, value / common, left);
    if (status == TT_OK)
        status = cancel_value(x, list, common);
    return status == TT_OK ? cancel_value(x, list, value / common) : status;
}

/* The first of the factors of this value, at or after a place; it is there. */
static size_t find_from(const tt_factors *list, size_t at, uint32_t value)
{
    while (tt_factor_value(list->items[at]) != value)
        at++;
    return at;
}

/* What a list has no more, until the list is compact again. */
#define GONE tt_factor_of(0, 0)

static void compact(tt_factors *list)
{
    size_t n = 0;
    for (size_t k = 0; k < list->n; k++)
        if (list->items[k] != GONE)
            list->items[n++] = list->items[k];
    list->n = n;
}

/* Divides x and list by each of n different primes, all of which divide both; keeps those that the list still has. */
static tt_status divide_once(mpz_t x, tt_factors *list, uint32_t *common, size_t *n, tt_factors_work *work)
{
    size_t kept = 0, at = 0;
    mpz_t product;
    tt_status status = work_reserve(work, *n);
    if (status != TT_OK)
        return status;
    mpz_init(product);
    multiply_values(product, common, *n, work);
    mpz_divexact(x, x, product);
    mpz_clear(product);
    for (size_t k = 0; k < *n; k++) {
        size_t end;
        at = find_from(list, at, common[k]);
        end = run_end(list, at, common[k]);
        list->items[end - 1] = GONE;
        if (end - at > 1)
            common[kept++] = common[k];
    }
    *n = kept;
    return TT_OK;
}

/* Divides x and list by the powers of n different primes that both have. */
static tt_status divide_fully(mpz_t x, tt_factors *list, const uint32_t *common, size_t n, tt_factors_work *work)
{
    size_t at = 0, count = 0;
    mpz_t divisor;
    tt_status status = work_reserve(work, list->n);
    if (status != TT_OK)
        return status;
    for (size_t k = 0; k < n; k++)
        for (at = find_from(list, at, common[k]); at < list->n && tt_factor_value(list->items[at]) == common[k]; at++)
            work->values[0][count++] = common[k];
    mpz_init(divisor);
    multiply_values(divisor, work->values[0], count, work);
    mpz_gcd(divisor, divisor, x);
    mpz_divexact(x, x, divisor);
    at = 0;
    for (size_t k = 0; k < n; k++) {
        size_t end;
        at = find_from(list, at, common[k]);
        end = run_end(list, at, common[k]);
        for (; mpz_divisible_ui_p(divisor, common[k]); list->items[--end] = GONE)
            mpz_divexact_ui(divisor, divisor, common[k]);
    }
    mpz_clear(divisor);
    return TT_OK;
}

/* Most primes are in common once or not at all; the powers of the few others are found by a gcd. */
static tt_status cancel_primes(mpz_t x, tt_factors *list, uint32_t *common, size_t n, tt_factors_work *work)
{
    tt_status status = divide_once(x, list, common, &n, work);
    if (status == TT_OK)
        status = keep_common(common, &n, x, work);
    if (status == TT_OK && n > 0)
        status = divide_fully(x, list, common, n, work);
    compact(list);
    return status;
}

tt_status tt_factors_cancel(mpz_t x, tt_factors *list, tt_factors_work *work)
{
    uint32_t *common;
    size_t n = 0, primes_end;
    tt_status status;
    if (mpz_sgn(x) == 0)
        list->n = 0;
    common = calloc(list->n + 1, sizeof *common);
    if (!common)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < list->n; k++)
        if (tt_factor_number(list->items[k]) == 1)
            common[n++] = tt_factor_value(list->items[k]);
    status = keep_common(common, &n, x, work);
    for (primes_end = n; primes_end > 0 && common[primes_end - 1] >= PRIMES_SQUARE; primes_end--)
        ;
    if (primes_end > 0 && status == TT_OK)
        status = cancel_primes(x, list, common, primes_end, work);
    for (size_t k = primes_end; k < n && status == TT_OK; k++)
        status = cancel_value(x, list, common[k]);
    free(common);
    return status;
}

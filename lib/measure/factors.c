#include "factors.h"

#include <stdlib.h>
#include <string.h>

/* The odd primes below 1024: what has no factor among them is prime up to its square. */
#define PRIMES_SQUARE ((uint32_t)1 << 20)
static const uint16_t primes[] = {
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233, 239,
    241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313, 317, 331, 337, 347, 349, 353, 359, 367, 373, 379,
    383, 389, 397, 401, 409, 419, 421, 431, 433, 439, 443, 449, 457, 461, 463, 467, 479, 487, 491, 499, 503, 509, 521,
    523, 541, 547, 557, 563, 569, 571, 577, 587, 593, 599, 601, 607, 613, 617, 619, 631, 641, 643, 647, 653, 659, 661,
    673, 677, 683, 691, 701, 709, 719, 727, 733, 739, 743, 751, 757, 761, 769, 773, 787, 797, 809, 811, 821, 823, 827,
    829, 839, 853, 857, 859, 863, 877, 881, 883, 887, 907, 911, 919, 929, 937, 941, 947, 953, 967, 971, 977, 983, 991,
    997, 1009, 1013, 1019, 1021,
};

uint32_t tt_prime_factor(uint32_t n)
{
    if (n % 2 == 0)
        return 2;
    for (size_t k = 0; k < sizeof primes / sizeof *primes && (uint32_t)primes[k] * primes[k] <= n; k++)
        if (n % primes[k] == 0)
            return primes[k];
    return n < PRIMES_SQUARE ? n : 0;
}

size_t tt_factors_of(uint32_t *out, uint32_t n)
{
    size_t count = (size_t)__builtin_ctz(n);
    for (size_t k = 0; k < count; k++)
        out[k] = 2;
    n >>= count;
    for (size_t k = 0; k < sizeof primes / sizeof *primes && (uint32_t)primes[k] * primes[k] <= n; k++)
        for (; n % primes[k] == 0; n /= primes[k])
            out[count++] = primes[k];
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
    grown = realloc(list->items, n * sizeof *grown);
    if (!grown)
        return TT_NO_MEMORY;
    list->items = grown;
    list->room = n;
    return TT_OK;
}

/* Sorts by one byte after the other; there is room for n more behind. */
static void sort(uint32_t *x, size_t n)
{
    uint32_t *from = x, *to = x + n, largest = 0;
    for (size_t k = 0; k < n; k++)
        largest |= x[k];
    for (unsigned shift = 0; shift < 32 && largest >> shift; shift += 8) {
        uint32_t *other = from;
        size_t starts[257] = { 0 };
        for (size_t k = 0; k < n; k++)
            starts[(from[k] >> shift & 255) + 1]++;
        for (size_t k = 1; k < 256; k++)
            starts[k] += starts[k - 1];
        for (size_t k = 0; k < n; k++)
            to[starts[from[k] >> shift & 255]++] = from[k];
        from = to;
        to = other;
    }
    if (from != x)
        memcpy(x, from, n * sizeof *x);
}

tt_status tt_factors_collect(tt_factors *out, uint32_t *factors, size_t n)
{
    tt_status status = reserve(out, n);
    if (status != TT_OK)
        return status;
    sort(factors, n);
    out->n = 0;
    for (size_t k = 0; k < n; k++) {
        if (out->n == 0 || out->items[out->n - 1].factor != factors[k])
            out->items[out->n++] = (tt_factor){ factors[k], 0 };
        out->items[out->n - 1].count++;
    }
    return TT_OK;
}

/* Inserts at the right place, or raises the count. */
static tt_status insert(tt_factors *list, uint32_t factor)
{
    size_t low = 0, high = list->n;
    tt_status status;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list->items[middle].factor < factor)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < list->n && list->items[low].factor == factor) {
        list->items[low].count++;
        return TT_OK;
    }
    status = reserve(list, list->n + 1);
    if (status != TT_OK)
        return status;
    memmove(&list->items[low + 1], &list->items[low], (list->n - low) * sizeof *list->items);
    list->items[low] = (tt_factor){ factor, 1 };
    list->n++;
    return TT_OK;
}

tt_status tt_factors_multiply(tt_factors *out, const uint32_t *factors, size_t n)
{
    tt_status status = TT_OK;
    for (size_t k = 0; k < n && status == TT_OK; k++)
        status = insert(out, factors[k]);
    return status;
}

tt_status tt_factors_join(tt_factors *out, const tt_factors *x)
{
    size_t i = 0, j = 0, n = 0, missing = 0;
    tt_status status;
    for (; j < x->n; j++) {
        while (i < out->n && out->items[i].factor < x->items[j].factor)
            i++;
        missing += i == out->n || out->items[i].factor != x->items[j].factor;
    }
    status = reserve(out, out->n + missing);
    if (status != TT_OK)
        return status;
    /* from the end, so that nothing is overwritten before it is read */
    i = out->n;
    n = out->n + missing;
    out->n = n;
    for (j = x->n; j > 0;) {
        tt_factor theirs = x->items[j - 1];
        if (i == 0 || out->items[i - 1].factor < theirs.factor) {
            out->items[--n] = theirs;
            j--;
        } else {
            tt_factor own = out->items[--i];
            if (own.factor == theirs.factor) {
                own.count = own.count > theirs.count ? own.count : theirs.count;
                j--;
            }
            out->items[--n] = own;
        }
    }
    return TT_OK;
}

/* ---- products --------------------------------------------------------------------- */

void tt_factors_work_clear(tt_factors_work *work)
{
    for (size_t k = 0; k < work->depth; k++)
        mpz_clear(work->parts[k]);
    free(work->limbs);
    *work = (tt_factors_work){ 0 };
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

tt_status tt_factors_product(mpz_t out, const tt_factors *list, const tt_factors *divisor, tt_factors_work *work)
{
    size_t n = 0, j = 0;
    mp_limb_t limb = 1;
    for (size_t i = 0; i < list->n; i++) {
        uint32_t factor = list->items[i].factor, count = list->items[i].count;
        if (divisor && j < divisor->n && divisor->items[j].factor == factor)
            count -= divisor->items[j++].count;
        for (; count > 0; count--) {
            mp_limb_t larger;
            if (!__builtin_mul_overflow(limb, (mp_limb_t)factor, &larger)) {
                limb = larger;
                continue;
            }
            if (n + 1 >= work->room) {
                size_t room = 2 * work->room + 64;
                mp_limb_t *grown = realloc(work->limbs, room * sizeof *grown);
                if (!grown)
                    return TT_NO_MEMORY;
                work->limbs = grown;
                work->room = room;
            }
            work->limbs[n++] = limb;
            limb = factor;
        }
    }
    if (n == 0) {
        mpz_set_ui(out, limb);
        return TT_OK;
    }
    work->limbs[n++] = limb;
    multiply_limbs(out, work->limbs, n, 0, work);
    return TT_OK;
}

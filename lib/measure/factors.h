/* Factors of small integers, and products of many. Internal to the tree engine. */
#ifndef TRUSTREE_FACTORS_H
#define TRUSTREE_FACTORS_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/status.h"

/* A prime factor of n > 1, the smallest; 0 where n has none below 1024 and may be composite all the same (n >= 2^20). */
uint32_t tt_prime_factor(uint32_t n);

/* A number as a product of powers of different factors > 1, in ascending order. Factors are prime or, above 2^20,
   what is left of a number without prime factors below 1024: any two lists have a common multiple, if not the least. */
typedef struct {
    uint32_t factor, count;
} tt_factor;

typedef struct {
    tt_factor *items;
    size_t n, room;
} tt_factors;

void tt_factors_clear(tt_factors *list);
/* The product of `n` unsorted factors; they are sorted, in room for 2 n. */
TT_MUST_CHECK tt_status tt_factors_collect(tt_factors *out, uint32_t *factors, size_t n);
/* Writes the factors of n >= 1 in ascending order, at most 31 of them; returns how many. */
size_t tt_factors_of(uint32_t *out, uint32_t n);
/* out = out times a number given by ascending factors. */
TT_MUST_CHECK tt_status tt_factors_multiply(tt_factors *out, const uint32_t *factors, size_t n);
/* out = a common multiple of out and x. */
TT_MUST_CHECK tt_status tt_factors_join(tt_factors *out, const tt_factors *x);

/* Room for products; one for each thread. */
typedef struct {
    mp_limb_t *limbs;
    size_t room;
    mpz_t parts[64]; /* by depth of the tree of products; the first `depth` are there */
    size_t depth;
} tt_factors_work;

void tt_factors_work_clear(tt_factors_work *work);
/* out = the product of list, or of list over divisor, a list that divides it; divisor may be NULL. */
TT_MUST_CHECK tt_status tt_factors_product(mpz_t out, const tt_factors *list, const tt_factors *divisor,
                                           tt_factors_work *work);

#endif

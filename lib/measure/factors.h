/* Factors of small integers, and products of many. Internal to the tree engine. */
#ifndef TRUSTREE_FACTORS_H
#define TRUSTREE_FACTORS_H

#include <gmp.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/status.h"

/* A prime factor of n > 1, the smallest; 0 where n has none below 1024 and may be composite all the same (n >= 2^20). */
uint32_t tt_prime_factor(uint32_t n);

/* A number as a product: factors > 1 in ascending order, each with its own number 1, 2, ... among the equal ones, so that
   the common multiple of two lists is the union of two sets. Factors are prime or, above 2^20, what is left of a number
   without prime factors below 1024: any two lists have a common multiple, if not the least. */
typedef uint64_t tt_factor;

static inline tt_factor tt_factor_of(uint32_t value, uint32_t number)
{
    return (tt_factor)value << 32 | number;
}

static inline uint32_t tt_factor_value(tt_factor factor)
{
    return (uint32_t)(factor >> 32);
}

static inline uint32_t tt_factor_number(tt_factor factor)
{
    return (uint32_t)factor;
}

typedef struct {
    tt_factor *items;
    size_t n, room;
} tt_factors;

void tt_factors_clear(tt_factors *list);
/* Writes the factors of n >= 1 in ascending order, at most TT_FACTORS_MAX of them; returns how many. */
#define TT_FACTORS_MAX 31
size_t tt_factors_of(uint32_t *out, uint32_t n);
TT_MUST_CHECK tt_status tt_factors_copy(tt_factors *out, const tt_factors *x);
/* out = n >= 1 */
TT_MUST_CHECK tt_status tt_factors_set(tt_factors *out, uint32_t n);
/* out = out times x, a short list. */
TT_MUST_CHECK tt_status tt_factors_multiply(tt_factors *out, const tt_factors *x);
/* out = a common multiple of out and x. */
TT_MUST_CHECK tt_status tt_factors_join(tt_factors *out, const tt_factors *x);

/* Room for products; one for each thread. */
typedef struct {
    uint32_t *values[2]; /* factors to be multiplied */
    mp_limb_t *limbs;    /* products of some of them */
    size_t room;         /* of each */
    mpz_t parts[64];     /* by depth of the tree of products; the first `depth` are there */
    size_t depth;
} tt_factors_work;

void tt_factors_work_clear(tt_factors_work *work);
/* out = the product of list, or of list over divisor, a list that divides it; divisor may be NULL. */
TT_MUST_CHECK tt_status tt_factors_product(mpz_t out, const tt_factors *list, const tt_factors *divisor,
                                           tt_factors_work *work);
/* out = a common multiple of a and b times a third list, all of them others than out; to_a = that multiple / a, to_b
   likewise. */
TT_MUST_CHECK tt_status tt_factors_common(tt_factors *out, mpz_t to_a, mpz_t to_b, const tt_factors *a,
                                          const tt_factors *b, const tt_factors *times, tt_factors_work *work);
/* Divides x and list by what they have in common: x / list is in lowest terms, 0 over the empty list. */
TT_MUST_CHECK tt_status tt_factors_cancel(mpz_t x, tt_factors *list, tt_factors_work *work);

#endif

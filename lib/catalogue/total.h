/* A running sum that stays exact for as long as it can.

   Rationals are added over a denominator that is kept common and is brought to
   lowest terms once, at the end; a single root stays a root; the rest is an
   enclosure. Rationals that grow past 2^22 bits join the enclosure. */
#ifndef TRUSTREE_TOTAL_H
#define TRUSTREE_TOTAL_H

#include "../measure/fraction.h"
#include "../number/real.h"

typedef struct {
    bool has_exact; /* a fraction was added: the next two are initialized */
    mpz_t numerator;
    tt_group exact; /* of the numerator alone, not in lowest terms */
    tt_real rest;   /* what is not rational */
    mpfr_prec_t precision;
    mpz_t factor, work;
} tt_total;

/* 0. A total is not to be moved: it points into itself. */
void tt_total_init(tt_total *total, mpfr_prec_t precision);
void tt_total_clear(tt_total *total);

void tt_total_add(tt_total *total, const tt_real *x, size_t n); /* total += n x, 0 * inf = 0 */
void tt_total_add_product(tt_total *total, const tt_real *x, const tt_real *y);
void tt_total_add_total(tt_total *total, const tt_total *x);

/* total >= 1, where that is certain. */
bool tt_total_is_one_or_more(const tt_total *total);
/* total <= 1, where that is certain. */
bool tt_total_is_one_or_less(const tt_total *total);

/* out = total; absent where a summand was. */
void tt_total_get(tt_real *out, const tt_total *total);

#endif

/* Sums of fractions over denominators that stay shared. Internal to the tree engine.

   A group is a vector of integers over one denominator. Absorbing another group
   makes the denominators common without asking for lowest terms: equal ones cost
   nothing, powers of two a shift, short ones a product, long ones a gcd. */
#ifndef TRUSTREE_FRACTION_H
#define TRUSTREE_FRACTION_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "../number/status.h"

typedef struct {
    size_t n;
    mpz_t *x;    /* numerators */
    mpz_t scale; /* denominator, > 0 */
    bool empty;  /* nothing absorbed yet: all zero over 1 */
} tt_group;

TT_MUST_CHECK tt_status tt_group_init(tt_group *group, size_t n);
void tt_group_clear(tt_group *group);
void tt_group_reset(tt_group *group); /* all zero over 1, empty */

/* Rescales group so that its denominator is a common multiple with `scale`, and sets factor to that
   multiple over `scale`. work is scratch. */
void tt_group_absorb(tt_group *group, mpz_t factor, mpz_srcptr scale, mpz_t work);

/* Order of a/b and c/d, b, d > 0, decided by leading digits where they differ, else by cross products. */
int tt_fraction_cmp(mpz_srcptr a, mpz_srcptr b, mpz_srcptr c, mpz_srcptr d);

/* The largest of fractions, or the smallest. The integers are the caller's to initialize and clear. */
typedef struct {
    mpz_t numerator, denominator; /* denominator > 0 */
    bool set;                     /* false: of none so far */
} tt_extreme;

/* Takes numerator / denominator in where it is larger (direction 1) or smaller (-1) than what there is. */
void tt_extreme_keep(tt_extreme *e, mpz_srcptr numerator, mpz_srcptr denominator, int direction);

#endif

/* What the naive routes compute with: rationals of GMP, one by one. Nothing of lib/ is used. Memory that runs out ends the
   test program. */
#ifndef TRUSTREE_NAIVE_NUMBERS_H
#define TRUSTREE_NAIVE_NUMBERS_H

#include <gmp.h>
#include <stddef.h>

void *naive_allocate(size_t n, size_t size); /* zeroed; at least one element; free() frees it */
mpq_t *naive_rationals(size_t n);            /* n times 0; for naive_free_rationals */
void naive_free_rationals(mpq_t *q, size_t n);
void naive_add_product(mpq_t sum, mpq_srcptr x, mpq_srcptr y); /* sum += x y */

#endif

#include "naive_numbers.h"

#include <stdlib.h>

void *naive_allocate(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size);
    if (!p)
        abort();
    return p;
}

mpq_t *naive_rationals(size_t n)
{
    mpq_t *q = naive_allocate(n, sizeof *q);
    for (size_t i = 0; i < n; i++)
        mpq_init(q[i]);
    return q;
}

void naive_free_rationals(mpq_t *q, size_t n)
{
    for (size_t i = 0; i < n; i++)
        mpq_clear(q[i]);
    free(q);
}

void naive_add_product(mpq_t sum, mpq_srcptr x, mpq_srcptr y)
{
    mpq_t product;
    mpq_init(product);
    mpq_mul(product, x, y);
    mpq_add(sum, sum, product);
    mpq_clear(product);
}

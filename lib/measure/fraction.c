#include "fraction.h"

#include <stdlib.h>

/* Below this many limbs together, a product of denominators is cheaper than finding what they share. */
#define GCD_LIMBS 34

tt_status tt_group_init(tt_group *group, size_t n)
{
    group->n = n;
    group->empty = true;
    group->x = calloc(n ? n : 1, sizeof *group->x);
    if (!group->x) {
        group->n = 0;
        return TT_NO_MEMORY;
    }
    for (size_t k = 0; k < n; k++)
        mpz_init(group->x[k]);
    mpz_init_set_ui(group->scale, 1);
    return TT_OK;
}

void tt_group_clear(tt_group *group)
{
    if (!group->x)
        return;
    for (size_t k = 0; k < group->n; k++)
        mpz_clear(group->x[k]);
    mpz_clear(group->scale);
    free(group->x);
    group->x = NULL;
}

void tt_group_reset(tt_group *group)
{
    for (size_t k = 0; k < group->n; k++)
        mpz_set_ui(group->x[k], 0);
    mpz_set_ui(group->scale, 1);
    group->empty = true;
}

/* The exponent where z is a power of two, else -1. */
static long log2_exact(mpz_srcptr z)
{
    mp_bitcnt_t low = mpz_scan1(z, 0);
    return low + 1 == mpz_sizeinbase(z, 2) ? (long)low : -1;
}

static void rescale(tt_group *group, mpz_srcptr factor)
{
    for (size_t k = 0; k < group->n; k++)
        mpz_mul(group->x[k], group->x[k], factor);
    mpz_mul(group->scale, group->scale, factor);
}

void tt_group_absorb(tt_group *group, mpz_t factor, mpz_srcptr scale, mpz_t work)
{
    long own, other;
    mpz_set_ui(factor, 1);
    if (group->empty) {
        mpz_set(group->scale, scale);
        group->empty = false;
        return;
    }
    if (mpz_cmp(group->scale, scale) == 0)
        return;
    own = log2_exact(group->scale);
    other = log2_exact(scale);
    if (own >= 0 && other >= 0) {
        if (own >= other) {
            mpz_mul_2exp(factor, factor, (mp_bitcnt_t)(own - other));
        } else {
            mpz_set_ui(work, 1);
            mpz_mul_2exp(work, work, (mp_bitcnt_t)(other - own));
            rescale(group, work);
        }
        return;
    }
    if (mpz_size(group->scale) + mpz_size(scale) < GCD_LIMBS) {
        mpz_set(factor, group->scale);
        rescale(group, scale);
        return;
    }
    mpz_gcd(work, group->scale, scale);
    mpz_divexact(factor, group->scale, work);
    mpz_divexact(work, scale, work);
    rescale(group, work);
}

int tt_fraction_cmp(mpz_srcptr a, mpz_srcptr b, mpz_srcptr c, mpz_srcptr d)
{
    int sign = mpz_sgn(a), order;
    mpz_t left, right;
    if (sign != mpz_sgn(c))
        return sign < mpz_sgn(c) ? -1 : 1;
    if (sign == 0)
        return 0;
    if (mpz_cmp(b, d) == 0)
        return mpz_cmp(a, c);
    {
        /* mantissas are truncated, relative error below 2^-52 each; a gap of 2^-40 decides */
        long ea, eb, ec, ed;
        double x = mpz_get_d_2exp(&ea, a) / mpz_get_d_2exp(&eb, b);
        double y = mpz_get_d_2exp(&ec, c) / mpz_get_d_2exp(&ed, d);
        long shift = (ea - eb) - (ec - ed);
        if (shift > 4 || shift < -4)
            return shift > 0 ? sign : -sign;
        for (; shift > 0; shift--)
            x *= 2;
        for (; shift < 0; shift++)
            y *= 2;
        if (x > y + (y > 0 ? y : -y) * 0x1p-40)
            return 1;
        if (y > x + (x > 0 ? x : -x) * 0x1p-40)
            return -1;
    }
    mpz_init(left);
    mpz_init(right);
    mpz_mul(left, a, d);
    mpz_mul(right, c, b);
    order = mpz_cmp(left, right);
    mpz_clear(left);
    mpz_clear(right);
    return order;
}

void tt_extreme_keep(tt_extreme *e, mpz_srcptr numerator, mpz_srcptr denominator, int direction)
{
    if (e->set && tt_fraction_cmp(numerator, denominator, e->numerator, e->denominator) * direction <= 0)
        return;
    mpz_set(e->numerator, numerator);
    mpz_set(e->denominator, denominator);
    e->set = true;
}

/* The greatest common divisor of machine integers. */
#ifndef TRUSTREE_GCD_H
#define TRUSTREE_GCD_H

#include <stdint.h>

/* gcd(a, 0) = a. Inline: kernels ask for it row by row. */
static inline uint64_t tt_gcd(uint64_t a, uint64_t b)
{
    while (b > 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

#endif

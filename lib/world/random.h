/* Random numbers whose stream is a pure function of (seed, index). */
#ifndef TRUSTREE_RANDOM_H
#define TRUSTREE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "../number/status.h"

typedef struct tt_random tt_random;

/* GSL's Mersenne twister, seeded with the upper 32 bits of a 64-bit mix of (seed, index): stream `index` of a
   seed is found without walking through the ones before it. Two indices share a stream with probability 2^-32. */
TT_MUST_CHECK tt_status tt_random_new(tt_random **out, uint64_t seed, uint64_t index);
void tt_random_free(tt_random *random);

/* Uniform on low..high, both included; low <= high, high - low < 2^32 - 1. */
unsigned long tt_random_between(tt_random *random, unsigned long low, unsigned long high);

/* Writes k distinct numbers of 0..n-1, ascending, every set as likely; k <= n < 2^32 - 1. */
void tt_random_choose(size_t *out, size_t k, tt_random *random, size_t n);

#endif

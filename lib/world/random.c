#include "random.h"

#include <gsl/gsl_rng.h>
#include <stdlib.h>

struct tt_random {
    gsl_rng *generator;
};

/* The finaliser of SplitMix64: a bijection of 64-bit words whose output bits all depend on all input bits. */
static uint64_t mix(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

tt_status tt_random_new(tt_random **out, uint64_t seed, uint64_t index)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15); /* 2^64 / golden ratio, odd */
    tt_random *random = malloc(sizeof *random);
    *out = random;
    if (!random)
        return TT_NO_MEMORY;
    random->generator = gsl_rng_alloc(gsl_rng_mt19937);
    if (!random->generator) {
        free(random);
        *out = NULL;
        return TT_NO_MEMORY;
    }
    gsl_rng_set(random->generator, (unsigned long)(mix(mix(seed + golden) + (index + 1) * golden) >> 32));
    return TT_OK;
}

void tt_random_free(tt_random *random)
{
    if (random)
        gsl_rng_free(random->generator);
    free(random);
}

unsigned long tt_random_between(tt_random *random, unsigned long low, unsigned long high)
{
    return low + gsl_rng_uniform_int(random->generator, high - low + 1);
}

void tt_random_choose(size_t *out, size_t k, tt_random *random, size_t n)
{
    /* Knuth's selection sampling: each number is taken with probability (still wanted) / (still to come) */
    for (size_t i = 0, taken = 0; taken < k; i++)
        if (tt_random_between(random, 0, n - i - 1) < k - taken)
            out[taken++] = i;
}

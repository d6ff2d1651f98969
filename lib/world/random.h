/* Random numbers whose stream is a pure function of (seed, index), the same on every machine. */
#ifndef TRUSTREE_RANDOM_H
#define TRUSTREE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/linkage.h"
#include "../number/status.h"

TT_BEGIN_C

/* xoshiro256** (Blackman and Vigna, 2018) as a generator of GSL: 256 bits of state, 32-bit numbers (the upper halves
   of its words). gsl_rng_set(r, s) starts the stream (s, 0). */
extern const gsl_rng_type *const tt_random_type;

/* A stream of random numbers; for one thread at a time. */
typedef struct tt_random tt_random;

/* The stream (seed, index) from its beginning; the caller frees *out with tt_random_free. TT_NO_MEMORY.
   The first 128 bits of the state are a one-to-one mix of (seed, index): no two pairs share a state, and stream
   `index` of a seed is found without walking through the ones before it. */
TT_MUST_CHECK tt_status tt_random_new(tt_random **out, uint64_t seed, uint64_t index);
/* The same for a stream that exists: it becomes (seed, index). */
void tt_random_restart(tt_random *random, uint64_t seed, uint64_t index);
/* Frees the stream; NULL is allowed. */
void tt_random_free(tt_random *random);

/* The index that the stream was begun with. */
uint64_t tt_random_index(const tt_random *random);

/* The stream itself, for GSL's gsl_rng_* and gsl_ran_*. */
gsl_rng *tt_random_gsl(tt_random *random);

/* Uniform on low..high, both included; low <= high, high - low < 2^32 - 1. */
unsigned long tt_random_between(tt_random *random, unsigned long low, unsigned long high);

/* Uniform on 0..2^64-1. */
uint64_t tt_random_word(tt_random *random);

/* Writes k distinct numbers of 0..n-1, ascending, every set as likely; k <= n < 2^32 - 1. */
void tt_random_choose(size_t *out, size_t k, tt_random *random, size_t n);

TT_END_C

#endif

/* Seeded generator of small instances, forced into the corners that engines and verdicts get wrong. */
#ifndef TRUSTREE_RANDOM_INSTANCE_H
#define TRUSTREE_RANDOM_INSTANCE_H

#include "../lib/world/instance.h"

/* splitmix64: the same numbers on every machine. */
typedef struct {
    uint64_t state;
} random_stream;

uint64_t random_word(random_stream *stream);
uint64_t random_below(random_stream *stream, uint64_t n); /* 0..n-1, n > 0 */

typedef struct {
    const char *corner; /* static */
    tt_form form;
    size_t vocab, horizon, prompts, responses;
} random_shape;

/* The number of corners; random_instance cycles through them by seed, so that any run of that many
   consecutive seeds meets each once. */
size_t random_corners(void);

/* The instance of a seed: V 1..5, T 1..8, 1..3 prompts, at most max_responses >= 5 responses in all.
   The caller frees it; aborts where the library refuses it, which is a bug of one or the other. */
tt_instance *random_instance(uint64_t seed, size_t max_responses, random_shape *shape);

/* For a failed case: writes the instance to NAME-SEED.json in the current folder and says on standard
   error where it is and how to run it again. */
void report_instance(const tt_instance *instance, const char *name, uint64_t seed);

#endif

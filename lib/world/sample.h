/* Instances of a campaign: small, of random shape, and forced into the corners where a bound, an engine or a
   rounding goes wrong.

   Instance `index` of a space is a pure function of the two, the same on every machine: its numbers are made of
   random integers alone. Corners are taken in turn, so that any TT_SAMPLE_CYCLE consecutive indices meet each plan
   of rows that fits the space; about half of the instances are "plain". Everything else (V, T, prompts, rewards) is
   drawn. */
#ifndef TRUSTREE_SAMPLE_H
#define TRUSTREE_SAMPLE_H

#include "../number/linkage.h"
#include "instance.h"

TT_BEGIN_C

/* What instances are made of. */
typedef enum {
    TT_SAMPLE_GENERIC, /* tree form; a row is whole weights over their sum */
    TT_SAMPLE_DYADIC,  /* tree form; every probability and reward is k / 2^b */
    TT_SAMPLE_MACHINE, /* machine form, up to five states; rows of either sort */
    TT_SAMPLE_MIXED    /* one of the three, by the index */
} tt_sample_kind;

extern const char *const tt_sample_kind_words[]; /* "generic", "dyadic", "machine", "mixed", NULL */

/* A space of instances: with an index it gives one. */
typedef struct {
    size_t vocab_low, vocab_high;     /* of V: 1 <= low <= high <= TT_SAMPLE_VOCAB_MAX */
    size_t horizon_low, horizon_high; /* of T: 1 <= low <= high */
    tt_sample_kind kind;              /* what they are made of */
    uint64_t seed;                    /* another seed, other instances */
} tt_sample_space;

#define TT_SAMPLE_VOCAB_MAX 16  /* the largest V of a space */
#define TT_SAMPLE_PROMPTS_MAX 4 /* the most prompts of an instance */
#define TT_SAMPLE_CYCLE 89 /* prime, so that every shard of a campaign meets every plan */

/* V 2..3, T 2..5, mixed, seed 1. */
void tt_sample_space_init(tt_sample_space *space);

/* Whether the space has instances to give.
   fails: TT_BAD_INPUT where a range is empty or out of bounds, error->where "--vocab" or "--horizon"; TT_LIMIT where
          a tree of the largest vocab and horizon has more than TT_GENERATE_NODES_MAX contexts and responses (in the
          kind `machine` no tree is spelled out and T may be anything). */
TT_MUST_CHECK tt_status tt_sample_space_check(const tt_sample_space *space, tt_error *error);

/* What an instance is a corner of, by name: the plan of its rows, its rewards, its form, its shape. An instance is
   in several; exactly one of them is a plan and one a kind of reward. */
typedef struct {
    const char *name; /* "one deviating context" */
    const char *help; /* one sentence */
} tt_sample_corner;

/* The corners: how many there are, and number k < count; static. */
size_t tt_sample_corner_count(void); /* at most 64 */
const tt_sample_corner *tt_sample_corner_at(size_t k);

/* Builds instance `index`, named so that it can be built again ("campaign: vocab 2:3, ..., index 17").
   corners: may be NULL; bit k is set where the instance is in corner k.
   fails  : as tt_sample_space_check; TT_NO_MEMORY. *out is then NULL.
   owns   : the caller frees *out with tt_instance_free. */
TT_MUST_CHECK tt_status tt_sample(tt_instance **out, uint64_t *corners, const tt_sample_space *space, uint64_t index,
                                  tt_error *error);

TT_END_C

#endif

/* Instances without files: rows and rewards are a hash of the context, so that any size can be
   measured and every program that knows the recipe computes the same answers.

   All arithmetic is unsigned 64-bit, wrapping; G = 0x9E3779B97F4A7C15 and mix64 is splitmix64's output
   function. One prompt. The empty context is node 0, the child of node n by token y is n V + y + 1.
     stream(n, p) = mix64(seed + G (4 n + p + 1)), word(st, j) = mix64(st + G (j + 1))
     rollout weight  1 + (word(stream(n,0), j) >> 48) % 65535
     target weight   the same from stream(n,1), or in mode `near` the rollout weight plus a number in
                     -512..512 from stream(n,1), kept within 1..65535
     generic         a row is its weights over their sum, rewards are k/1000
     dyadic          weights scaled to sum 65536, rewards are k/65536
     mode `coarse`   weights 0..3 (generic only), target = rollout at three contexts in four, rewards k/2 */
#ifndef TRUSTREE_RECIPE_H
#define TRUSTREE_RECIPE_H

#include "../number/linkage.h"
#include "rows.h"

TT_BEGIN_C

/* What probabilities and rewards are made of. */
typedef enum {
    TT_RECIPE_DYADIC, /* k / 65536 */
    TT_RECIPE_GENERIC /* weights over their sum, rewards k / 1000 */
} tt_recipe_regime;
/* How the target's weights come about. */
typedef enum {
    TT_RECIPE_INDEPENDENT, /* from a stream of their own */
    TT_RECIPE_NEAR,        /* the rollout's, moved by at most 512 */
    TT_RECIPE_COARSE       /* weights 0..3, the rollout's at three contexts in four; rewards k / 2 */
} tt_recipe_mode;

/* The choices that make an instance. */
typedef struct {
    size_t vocab, horizon; /* V and T */
    uint64_t seed;         /* of the hash */
    tt_recipe_regime regime; /* of probabilities and rewards */
    tt_recipe_mode mode;   /* of the target's weights */
    mpq_t one;             /* the prompt's probability */
} tt_recipe;

/* Reads "V,T,SEED,REGIME[,MODE]": V 1..16, T 1..64, SEED a 64-bit decimal, REGIME dyadic|generic,
   MODE indep|near|coarse. TT_BAD_INPUT otherwise. Clear with tt_recipe_clear, also after a failure. */
TT_MUST_CHECK tt_status tt_recipe_init(tt_recipe *recipe, const char *text, tt_error *error);
void tt_recipe_clear(tt_recipe *recipe);

/* The recipe's tree; it lives as long as the recipe. */
void tt_recipe_source(tt_row_source *out, const tt_recipe *recipe);

TT_END_C

#endif

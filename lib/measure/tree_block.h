/* The last levels of a tree at once: a subtree of a few steps as arrays. Internal to the tree engine.

   Nearly all contexts are near the leaves. One after the other, each waits for its own hash, quotients and logs; those of
   one level need not wait for each other. A block takes what is plain: rows over one total, every weight > 0, masses far
   from the smallest double. What it makes of them is what a walk makes.

   Contexts are numbered level by level: 0 is the root, V c + 1 + y the child of c by token y. */
#ifndef TRUSTREE_TREE_BLOCK_H
#define TRUSTREE_TREE_BLOCK_H

#include "tree_kl.h"
#include "tree_masses.h"
#include "tree_sums.h"

#define TT_BLOCK_HEIGHT_MAX 8

typedef struct {
    const tt_row_source *source;
    tt_masses *masses; /* of the walk that comes to the root */
    tt_tree_kl *kl;
    size_t vocab, height;
    size_t first[TT_BLOCK_HEIGHT_MAX + 1]; /* context of each level; first[height]: how many there are */
    size_t depth;               /* of the root */
    size_t standing;            /* so many steps below the root are in the masses */
    double smallest;            /* mass of a root */
    uint64_t start[TT_BLOCK_HEIGHT_MAX]; /* where the source has levels: first node of each */
    uint64_t *nodes;            /* else: of contexts, and of the responses after them */
    uint32_t *rollout, *target; /* V for each context, over row_total */
    uint32_t *rewards;          /* of the responses */
    uint32_t *gains;            /* TV_tok of each context times row_total */
    double *mass[3];            /* a, b, s of each context: see tree_masses.h */
    double *estimates;          /* KL of each context, as tree_kl.h has it */
    int8_t *signs;              /* V for each context: of b - a, or of e, of its children */
    mp_limb_t *kl_sums;
    tt_sums **sums;             /* of tt_sums_shared; the root's place is the caller's */
    tt_small_rows own;          /* the rows of one context as the source has them */
} tt_block;

/* Blocks of at most `steps` steps for a source with row_total; height 0 where the least block is too large. `shared` is that
   of tt_sums_shared; it, the masses and the logs are the caller's. */
TT_MUST_CHECK tt_status tt_block_init(tt_block *b, const tt_row_source *source, size_t steps, const void *shared,
                                      tt_masses *masses, tt_tree_kl *kl);
void tt_block_clear(tt_block *b);

/* Loads the subtree of `node`, where the masses stand, `height` steps above the responses. False where it is not plain: then
   the masses are as before. */
bool tt_block_load(tt_block *b, size_t depth, uint64_t node);
/* The sums at its root; gains and estimates of all its contexts. */
void tt_block_fold(tt_block *b, tt_sums *out, mp_limb_t *kl);
/* Takes the masses to a context, with its rows as the source has them. */
void tt_block_stand(tt_block *b, size_t context);

#endif

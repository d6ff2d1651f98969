/* Sums over a subtree that are linear in the masses at its root. Internal to the tree engine.

   At a context of height h = T - depth, relative to a, b, s there:
     value V, value_target V^pi, weighted K = E_mu[R sum rho] (s meets V, a meets K),
     k = 1..h: shift_mu, shift_pi: the sum over the contexts k steps below of sign(b - a) times their mu- and pi-mass; at k = h,
                                   where they are responses, of sign(e) instead,
               tokens: the sum over the contexts k - 1 steps below of their mu-mass times 2 TV_tok,
     error_one: the sum over the responses below of sign(e) times their mass with one step by pi and the others by mu.
   So at the root: J = V, L = K - T V, worst-case Error = 1/2 (shift_pi + (T-1) shift_mu - error_one) with k = T,
   TV_{k+1} = 1/2 (shift_pi - shift_mu) for k < T, Dbar_k = 1/2 tokens.

   Two ways to hold such a vector of sums are known: over powers of one total (tree_shared.c), and over denominators that
   are kept in factors (tree_factored.c). */
#ifndef TRUSTREE_TREE_SUMS_H
#define TRUSTREE_TREE_SUMS_H

#include "../world/rows.h"

/* What a context adds: its rows, and the signs (and, where the children are responses, the rewards) of its children. */
typedef struct {
    const tt_small_rows *rows;
    const int8_t *signs;     /* V: of e at height 1, else of b - a */
    const uint32_t *rewards; /* V, at height 1 */
} tt_sums_context;

typedef enum {
    TT_SUM_VALUE = 0,
    TT_SUM_VALUE_TARGET,
    TT_SUM_WEIGHTED,
    TT_SUM_ERROR_ONE,
    TT_SUM_SHIFT_MU, /* from here on with k */
    TT_SUM_SHIFT_PI,
    TT_SUM_TOKENS,
} tt_sum;

/* coefficient times a sum */
typedef struct {
    tt_sum sum;
    long coefficient;
} tt_sum_term;

typedef struct tt_sums tt_sums; /* of one subtree */

typedef struct {
    /* What all subtrees of a source share, read-only after it was made; NULL without memory. */
    void *(*open)(const tt_row_source *source);
    void (*close)(void *shared);
    /* What one thread needs to fold; NULL without memory. */
    void *(*begin)(const void *shared);
    void (*end)(void *work);
    /* Room for the sums of a subtree of this height; NULL without memory. */
    tt_sums *(*make)(const void *shared, size_t height);
    void (*free)(tt_sums *sums);
    /* out = the sums at a context, from those of its children; those by tokens that neither policy takes are not read,
       none at height 1. The children may be destroyed. */
    tt_status (*fold)(tt_sums *out, tt_sums *const *children, const tt_sums_context *context, void *work);
    /* out = a sum of terms, canonical: all of them with the reward, or all without it and over the same k (that of
       error_one is the height). */
    tt_status (*combine)(mpq_t out, tt_sums *sums, const tt_sum_term *terms, size_t n, size_t k, void *work);
    /* Where sums are long (else NULL): how many pieces a fold above height 1 falls into, the longest first, and one of them.
       Two threads may fold pieces of one context at once, or combine the same sums. */
    size_t (*pieces)(size_t height);
    tt_status (*fold_piece)(tt_sums *out, tt_sums *const *children, const tt_sums_context *context, size_t piece,
                            void *work);
} tt_sums_kind;

extern const tt_sums_kind tt_sums_shared;   /* for sources with row_total */
extern const tt_sums_kind tt_sums_factored; /* for all sources with small_rows */

/* What n contexts of one height add: V for each, one after the other; rows over the source's row_total. */
typedef struct {
    const uint32_t *rollout, *target;
    const int8_t *signs;
    const uint32_t *rewards;
    uint32_t *gains; /* written: TV_tok times row_total, one for each context */
} tt_sums_level;

/* fold of tt_sums_shared for n contexts of one height, V children each. */
void tt_sums_shared_fold(tt_sums *const *out, size_t n, tt_sums *const *children, const tt_sums_level *level);

#endif

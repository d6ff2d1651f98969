/* A small transformer layer, computed as an inference or a training stack would: in the number format, with the
   accumulators and in the order of summation of that stack.

   Items i = 1..n of a window (the prompt, then tokens) with embeddings e, at distance j = n - i from the last:
       x_i = e_i * p_j                          entry by entry; p is a vector per distance
       q = W_q x_n,  k_i = W_k x_i,  v_i = W_v x_i
       a = softmax_i(q . k_i)                   1/sqrt(width) is folded into the weights
       h = sum_i a_i v_i + x_n
   and the logits are U h (no experts), or with experts
       r = W_r h,  S = the top_k experts of largest r (ties: smaller number first)
       logits = sum_{i in S} g_i (U_i h),  g = softmax of r over S.

   The weights are float32 numbers, uniform on a symmetric interval. The routers of the experts are one common
   vector plus 2^-tie times another vector each, so that they are nearly tied.

   A stack stores weights, x, q, k, v, a, h, r, g and U_i h in `format`. A sum of products runs in `accumulator`:
   each product is added to the accumulator with one rounding; lane l of the lanes takes terms l, l + lanes, ..., and
   the lanes are added up in order. One lane is the plain order. Logits stay in the accumulator's format. Each softmax
   is float32: exp(z - max z), correctly rounded, its sum by lanes, the quotients. */
#ifndef TRUSTREE_MISMATCH_LAYER_H
#define TRUSTREE_MISMATCH_LAYER_H

#include "../number/minifloat.h"
#include "mismatch.h"

typedef struct {
    const tt_mini_format *format, *accumulator;
    size_t lanes;
} tt_stack;

typedef struct {
    size_t vocab, prompts;
    size_t items; /* the longest window */
    size_t width;
    size_t experts, top_k; /* 0: one head */
    unsigned long scale;   /* of U: spreads the logits */
    unsigned long tie;
} tt_layer_shape;

typedef struct tt_layer tt_layer;

/* One layer on the stacks of both policies, out[TT_ROLLOUT] and out[TT_TARGET].
   fails: TT_LIMIT past 2^22 weights and numbers derived from them; TT_NO_MEMORY. Both are then NULL. */
TT_MUST_CHECK tt_status tt_layers_new(tt_layer *out[2], const tt_layer_shape *shape, const tt_stack stacks[2],
                                      tt_random *random, tt_error *error);
void tt_layer_free(tt_layer *layer);

/* The float32 softmax of the logits over its exact sum: V rationals that sum to 1. */
void tt_layer_row(mpq_t *row, tt_layer *layer, const tt_window *window);

#endif

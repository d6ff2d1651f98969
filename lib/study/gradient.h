/* Gradients of J, L and L_masked, exactly.

   The target has softmax-tabular logits theta(c, v), one for each token of each context; gradients are taken at
   target = mu, where d pi(u|c) / d theta(c, v) = mu(u|c) (1[u = v] - mu(v|c)):
     dJ / d theta(c, v)        = d_t^mu(c) mu(v|c) (Q(c,v) - V(c)),
     dL / d theta(c, v)        = W(c v) - mu(v|c) W(c), W(c) = E_mu[R 1[c on y]]: the same number by another way,
     dL_masked / d theta(c, v) = the last with m (R - b) for R, and for token masks M_t (R - b): the mask is that of the
                                 instance's own target and is held. */
#ifndef TRUSTREE_GRADIENT_H
#define TRUSTREE_GRADIENT_H

#include "../number/linkage.h"
#include "masking.h"

TT_BEGIN_C

/* The gradients at one context. */
typedef struct {
    size_t prompt, depth;        /* which it is: `depth` tokens after the prompt */
    uint32_t *tokens;            /* depth of them */
    mpq_t *j, *surrogate, *masked; /* V entries each, P(x) in them; masked 0 without a mask */
} tt_gradient_context;

/* The gradients of one instance. */
typedef struct {
    size_t vocab, horizon; /* V and T */
    bool tangent;     /* the gradients of J and L are the same vector, entry by entry */
    bool measured;    /* false where a limit left everything absent */
    tt_real squared;  /* |grad L|^2 */

    /* with a mask; absent where it could not be decided */

    bool has_mask;      /* whether one was given */
    tt_masking masking; /* the mask on the instance, where masking_done */
    bool masking_done;  /* whether it was evaluated: masking is to be read */
    tt_real masked_squared;  /* |grad L_masked|^2 */
    tt_real bias_squared;    /* |grad L_masked - grad L|^2 */
    tt_real inner;           /* <grad L_masked, grad L> */
    tt_real cosine_squared;  /* inner^2 / (both squared norms); absent where one is 0 */
    int cosine_sign;         /* of inner */

    /* d/dh along mu + h (pi - mu) at h = 0 */

    tt_real improvement_derivative, surrogate_derivative; /* of J and of L: equal */
    tt_real masked_derivative; /* of L_masked */
    tt_gradient_context *contexts; /* depth first; those with d_t^mu > 0, up to the limit that was asked for */
    size_t contexts_n, contexts_total; /* how many are kept, and how many there are */
    bool failed; /* memory ran out on the way */
} tt_gradient;

/* Computes them. options->mask may be NULL: J and L alone. At most contexts_max contexts are kept, the sums run over
   all.
   fails: as tt_masking_run.
   owns : the caller clears *out with tt_gradient_clear, on failure too. */
TT_MUST_CHECK tt_status tt_gradient_run(tt_gradient *out, const tt_row_source *source, const tt_masking_options *options,
                                        size_t contexts_max, tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_gradient_clear(tt_gradient *gradient);

TT_END_C

#endif

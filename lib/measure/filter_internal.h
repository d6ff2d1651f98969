/* The filter's picture of one prompt's tree, and its passes. Internal to the filter.

   Nodes are numbered level by level: the root is 0, the child of node n by token v is n V + 1 + v, so that a level and
   all children of a node are contiguous. What belongs to a token stands at the child it leads to. A child is `seen`
   where it has a part in a value: by a token of the rollout, or of the target at a context that a policy reaches. At a
   context that none reaches a = b = 0, so that a token of the target alone has no mass of any kind. What is not seen has
   masses of zero. */
#ifndef TRUSTREE_FILTER_INTERNAL_H
#define TRUSTREE_FILTER_INTERNAL_H

#include <gmp.h>

#include "../number/interval.h"
#include "../world/rows.h"
#include "filter.h"
#include "quantities.h"

/* e^2/nu for every theta, then (b-a)^2/a and l^2/a, as sums over responses. */
enum { FILTER_PRODUCT = TT_THETAS, FILTER_SUM, FILTER_MOMENTS };
/* The thetas that mix the two policies: their masses nu are products of their own. */
#define FILTER_MIXED (TT_THETAS - 2)

/* The number +inf, known to be that: it stays through sums and maxima. */
#define FILTER_INFINITE ((tt_interval){ -HUGE_VAL, HUGE_VAL })

typedef struct {
    tt_interval mass;          /* of the prompt */
    size_t V, T, contexts, nodes;
    size_t *first;             /* T + 2: first node of each level, and the end */
    unsigned parts;            /* tt_filter_parts */

    /* given: per node */
    bool *seen;
    tt_interval *r, *p, *d;    /* weights of the token and their difference; then rollout, target, target - rollout */
    uint8_t *cut;              /* bit k: truncated at kappa k, p > kappa r */
    tt_interval *value;        /* of a leaf the reward; then V */
    /* given: per context */
    tt_interval *total, *tv;
    /* computed: per node */
    tt_interval *k3;           /* k3(rho) of the token, then K of the path; only where r, p > 0 */
    tt_interval *a, *b;        /* masses of the node under rollout and target, prompt not included */
    tt_interval *u, *l, *e;    /* b - a, l, e = u - l */
    tt_interval *nu;           /* FILTER_MIXED a node: masses under the mixtures */
    /* computed: per context */
    tt_interval *kl, *kl_reverse, *g;
    tt_interval *ra, *rb, *rw; /* the recursion of THEOREMS 4 */
} filter_tree;

/* Per step; each has room for T + 1. */
typedef struct {
    tt_interval *context_tv, *context_kl, *context_kl_reverse;
    tt_interval *expected_tv, *expected_kl, *expected_kl_reverse;
    tt_interval *g_max, *g_min, *g_rollout, *g_target, *future;
} filter_series;

/* Sums over prompts, maxima over contexts, and verdicts. */
typedef struct {
    tt_interval value, improvement, surrogate, error; /* J_mu, J_pi - J_mu, L, Error */
    tt_interval worst_case, largest_surrogate, off_support, recursive;
    tt_interval kl_max, kl_max_reverse;
    tt_interval tilt[TT_THETAS], mass[TT_KAPPAS], chi2[TT_KAPPAS];
    tt_interval moments[FILTER_MOMENTS];
    tt_interval k3_max, reward_k3, failure_k3;
    filter_series step;
    tt_verdict advantage_unit, advantage_token, pinsker, pinsker_reverse, k1_mean, k3_mean;
    bool dominated;
} filter_sums;

/* What is exact besides: rationals over one denominator. The two sides of every identity, in the order of their fields,
   and what else equality is asked of. */
enum {
    EXACT_J,        /* J_mu, J_pi, their difference */
    EXACT_J_TARGET,
    EXACT_IMPROVEMENT,
    EXACT_SURROGATE, /* sum_t E_{d_t^mu}[g_t], and the other ways to L */
    EXACT_SURROGATE_RATIO,
    EXACT_SURROGATE_RESPONSE,
    EXACT_WEIGHTED_REWARD,
    EXACT_ERROR, /* the ways to Error */
    EXACT_ERROR_PDI,
    EXACT_ERROR_ROLLOUT_SIDE,
    EXACT_ERROR_RESPONSE,
    EXACT_ERROR_RATIO,
    EXACT_IMPROVEMENT_DERIVATIVE,
    EXACT_SURROGATE_DERIVATIVE,
    EXACT_SIDES
};

/* The exact pass over one prompt: sums over the children of a context, relative to the masses there. */
typedef struct filter_exact filter_exact;

tt_status tt_filter_exact_new(filter_exact **out);
void tt_filter_exact_free(filter_exact *exact);
/* Room for a tree; sums over prompts start at 0. */
TT_MUST_CHECK tt_status tt_filter_exact_start(filter_exact *exact, size_t vocab, size_t horizon);
/* A leaf, child `token` of the context at depth T - 1, has this reward; false where rewards have too many different
   denominators. */
bool tt_filter_exact_reward(filter_exact *exact, size_t token, mpq_srcptr reward);
/* The context at `depth` is done: its sums from its children's, of the tokens that were seen; they become those of
   child `token` of the context at depth - 1 (of the prompt where depth = 0). */
void tt_filter_exact_context(filter_exact *exact, size_t depth, size_t token, const tt_rows *rows, const bool *seen,
                             bool reachable);
/* Adds the prompt that was done, with its probability. */
void tt_filter_exact_prompt(filter_exact *exact, mpq_srcptr mass);
/* Sets the fields of q that are sides of identities, and span(g_2) at T = 2, where |Error| = span(g_2) TV_2 with two
   tokens. */
void tt_filter_exact_get(tt_quantities *q, const filter_exact *exact);

/* The passes over one prompt, in this order; call while rounding upward, and not from the function that changes the
   mode (number/interval.h). All of what is given is filled. */
void tt_filter_passes(filter_tree *tree, filter_sums *sums);

#endif

/* The second route for masks, clipped objectives and gradients: every response of a small instance written down with its
   rows, and every number the sum over them that SPEC.md section 7 writes. Each mask is spelled out by its id; nothing is
   shared with the library but the row source and the reals. */
#ifndef TRUSTREE_NAIVE_MASKS_H
#define TRUSTREE_NAIVE_MASKS_H

#include "../lib/number/real.h"
#include "../lib/world/rows.h"

#define NAIVE_MASK_PRECISION 512

typedef struct naive_responses naive_responses;

naive_responses *naive_responses_new(const tt_row_source *source);
void naive_responses_free(naive_responses *responses);

typedef struct {
    bool decided; /* false where an enclosure of 512 bits does not tell */
    mpq_t acceptance, masked, derivative, unmasked, repaired_ratio, kept_reward, target_mass;
    mpq_t second_moment, reward_accepted, reward_rejected; /* E[m M^2], E[m R], E[(1-m) R] */
    mpq_t both_accept, kl_accept, mean_length;
    mpq_t clipped[4];          /* C = 1/2, 1, 2, 10 */
    tt_real repaired, repaired_kept, log_guarantee;
    tt_real kl_certified, kl_hidden;
    mpq_t *length_mass, *length_kept; /* T: P(n = k); E[m 1[n=k]], token masks E[sum_{t<=n} M_t 1[n=k]] */
    size_t horizon;
} naive_mask;

/* baseline NULL for J_mu. The caller clears. */
void naive_mask_measure(naive_mask *out, const naive_responses *responses, const char *id, const mpq_t *thresholds,
                        bool over_horizon, mpq_srcptr baseline);
void naive_mask_clear(naive_mask *mask);

/* Gradients at mu of J, L and L_masked in theta(c, v), c the first `depth` tokens of response number `y`; P(x) in them.
   id NULL: the masked one is 0. */
void naive_gradient(mpq_t j, mpq_t surrogate, mpq_t masked, const naive_responses *responses, size_t y, size_t depth,
                    size_t v, const char *id, const mpq_t *thresholds, mpq_srcptr baseline);

/* E_mu sum_t min(rho A, clip(rho, 1 - lo, 1 + hi) A), with dual not NULL max(., dual A) where A < 0. */
void naive_clip(mpq_t out, const naive_responses *responses, mpq_srcptr lo, mpq_srcptr hi, mpq_srcptr dual);

size_t naive_responses_count(const naive_responses *responses);
/* Of response y: its prompt, its T tokens and whether rollout gives it mass. */
size_t naive_response_prompt(const naive_responses *responses, size_t y);
const uint32_t *naive_response_tokens(const naive_responses *responses, size_t y);
bool naive_response_sampled(const naive_responses *responses, size_t y);

#endif

/* A mask on one instance, exactly (SPEC.md section 7, and section 6, Improvement without a surrogate).

   mu is rollout, pi target, M = prod rho_t over the whole response, S = sum_t rho_t over t = 1..T, b the baseline. m(y)
   is the mask's decision; a token mask has decisions M_t instead. All expectations are under mu, over complete
   responses. */
#ifndef TRUSTREE_MASKING_H
#define TRUSTREE_MASKING_H

#include <stdint.h>

#include "../catalogue/evaluation.h"
#include "../catalogue/masks.h"
#include "../measure/options.h"
#include "../number/linkage.h"
#include "../world/rows.h"

TT_BEGIN_C

/* What means run over. */
typedef enum {
    TT_LENGTH_OWN,    /* the n tokens until an absorbing context */
    TT_LENGTH_HORIZON /* all T */
} tt_length;

/* The most thresholds of options->jumps. */
#define TT_MASK_JUMPS 10000

#define TT_CLIPS 4 /* how many clipped guarantees there are */
extern const unsigned tt_clip_weights[TT_CLIPS][2]; /* C of the clipped guarantee: 1/2, 1, 2, 10 */

/* What is evaluated. */
typedef struct {
    const tt_mask *mask; /* of the catalogue */
    mpq_t thresholds[TT_MASK_THRESHOLDS]; /* as many as the mask has; canonical */
    tt_length length;    /* what means run over */
    bool has_baseline;   /* else b = J_mu */
    mpq_t baseline;      /* b, where it is given; canonical */
    uint32_t group;      /* responses per prompt for group_*; 0 for none */
    size_t sweep_points; /* values of the first threshold, evenly apart, >= 2; 0 for no sweep */
    mpq_t sweep_low, sweep_high; /* the first and the last of them */
    /* In place of a sweep, one threshold >= 0 between each two at which anything is decided otherwise. */
    bool jumps;
    tt_measure_options measure; /* precision: the first one that is tried */
    mpfr_prec_t precision_max;  /* the last one */
} tt_masking_options;

/* No mask, thresholds 0, means over n, b = J_mu, no group, no sweep; tt_masking_options_clear frees what it holds. */
void tt_masking_options_init(tt_masking_options *options);
void tt_masking_options_clear(tt_masking_options *options);

/* What a mask does at one threshold. A real that does not exist is absent; where decided is false everything that
   depends on the mask is. */
typedef struct {
    mpq_t threshold; /* the first one */
    /* Of options->jumps: the statistic of a response, or token, that this threshold keeps and the next stricter one
       does not; every threshold between the two statistics keeps the same. Absent where this one keeps only what every
       threshold does. Statistics whose enclosures overlap share one that holds them all. */
    tt_real jump;
    bool decided;    /* every response was certified on one side */
    char *undecided_at; /* a response that was not: "0:1.1"; else NULL */

    tt_real acceptance;        /* E m; token masks: E[sum_{t<=n} M_t] / E[n] */
    tt_real masked_surrogate;  /* L_masked = E[m (R-b) S]; token masks: E[(R-b) sum_t M_t rho_t] */
    tt_real accepted_only;     /* L_masked / E m, the wrong normalisation; absent where nothing is accepted */
    tt_real masked_derivative; /* d/dh of L_masked along mu + h (pi - mu), the mask held:
                                  E[m (R-b) sum_t (rho_t - 1)] */

    /* The largest KL_tok(mu||pi) at a context of an accepted response (a token mask: at a context where a sampled token
       can be kept); absent where there is none. */
    tt_real kl_certified;
    /* The largest KL_tok(mu||pi) at any other reachable context. */
    tt_real kl_hidden;

    tt_real penalty;           /* B(d) = min{(4/3) T^{3/2} d, 2 T sqrt(d KL_seq)}; absent where the mask has no
                                  distance */
    tt_answer fires;           /* L_masked > B(d) */
    tt_verdict improvement_claim; /* if it fires, improvement > 0; not applicable where it does not fire */

    /* Sequence masks: lower bounds on J_pi - J_mu, valid for every mask. */

    tt_real repaired;       /* E[m R log M] - E[(1-m) R] */
    tt_real repaired_kept;  /* the same with m 1[log M >= -1] for m, never smaller */
    tt_real repaired_ratio; /* E[m R (M-1)] - E[(1-m) R] */
    tt_verdict repaired_holds, repaired_kept_holds, repaired_ratio_holds; /* each <= J_pi - J_mu */
} tt_mask_point;

/* The parts that only the main threshold has. */
typedef struct {
    tt_real *length_mass;       /* P(n = k), k = 1..T at index k-1 */
    tt_real *length_acceptance; /* P(m = 1 | n = k), absent where P(n = k) = 0; token masks: share of kept tokens */
    size_t lengths;             /* T */
    tt_real reward_accepted;    /* E[R | m = 1] */
    tt_real reward_rejected;    /* E[R | m = 0] */
    tt_real reward_covariance;  /* E[m R] - E[m] E[R] */
    tt_real sample_size;        /* (E w)^2 / E w^2, w = m M; 1 means no loss; absent where w = 0 */
    /* The mass of responses that this mask and max-kl at the same first threshold accept and reject, where the mask has
       a distance. */
    tt_real both_accept, only_this_accepts, only_kl_accepts, both_reject;

    tt_real *prompt_acceptance; /* E[m | x], absent where P(x) = 0 */
    size_t prompts;             /* how many of them */
    tt_real group_all;  /* probability that all `group` responses to one prompt are accepted */
    tt_real group_none; /* that none is */
} tt_mask_detail;

/* What a mask does on one instance. */
typedef struct {
    const tt_mask *mask;   /* that of the options */
    size_t vocab, horizon; /* V and T */
    bool measured;         /* false where a limit left everything absent and undecided */

    /* the instance itself */

    bool dominated;               /* pi(v|c) > 0 implies mu(v|c) > 0, at every reachable context */
    tt_real baseline;             /* b */
    tt_real j_rollout, j_target, improvement, surrogate, error; /* as in quantities.h */
    tt_real tv_max, kl_max, kl_seq; /* as in quantities.h */
    tt_real unmasked_surrogate;   /* E[(R-b) S], the masked one of a mask that keeps everything */
    tt_real log_guarantee;        /* E[R log M] <= improvement */
    tt_real clipped[TT_CLIPS];    /* E[R (min(M, C) - 1)] <= improvement */
    tt_verdict log_guarantee_holds, clipped_holds[TT_CLIPS]; /* each is at most the improvement */

    tt_mask_point point;          /* at options->thresholds */
    tt_real kl_after;             /* token masks: delta over the contexts of all responses, which a token mask keeps */
    tt_verdict kl_unchanged;      /* token masks: kl_after = kl_max */
    tt_mask_detail detail;        /* of the main threshold */
    tt_mask_point *sweep;         /* sweep_points, rising: of a sweep, or of jumps; owned */
    size_t sweep_points;          /* how many of them */
    mpfr_prec_t precision;        /* of the enclosures */
    bool undecided;               /* some threshold, verdict or answer is open */
    bool violated;                /* a guarantee that must hold does not */
} tt_masking;

/* Evaluates. Enclosures that are wide or verdicts that are open are computed again at twice the precision.
   fails: TT_LIMIT past options->measure.max_nodes, or TT_MASK_JUMPS, the number in error->what; TT_BAD_INPUT for a
          sweep that does not rise, a sweep and jumps together, or a threshold pair out of order; TT_INTERRUPTED,
          TT_NO_MEMORY.
   owns : the caller clears *out with tt_masking_clear, on failure too. */
TT_MUST_CHECK tt_status tt_masking_run(tt_masking *out, const tt_row_source *source, const tt_masking_options *options,
                                       tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_masking_clear(tt_masking *masking);

TT_END_C

#endif

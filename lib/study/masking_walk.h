/* One walk over the responses of an instance with a mask: everything that is a sum, or a maximum, over responses.
   Internal to masking and gradient. */
#ifndef TRUSTREE_MASKING_WALK_H
#define TRUSTREE_MASKING_WALK_H

#include "../catalogue/mask_judge.h"
#include "masking.h"

/* Sums per level; SUM_RESPONSES, SUM_REWARD and SUM_WEIGHTED stand for m of a sequence mask. Of a token mask m is 1 for
   the first three of the second block, and M_t, t = 1..T, for the rest of it. */
enum {
    SUM_RESPONSES, /* E m; token masks: E sum_{t<=n} M_t */
    SUM_REWARD,    /* E[m R] */
    SUM_WEIGHT,    /* E[m S]; token masks: E sum_t M_t rho_t */
    SUM_WEIGHTED,  /* E[m R S]; token masks: E[R sum_t M_t rho_t] */
    SUM_STEPS,     /* E[m T]; token masks: E sum_{t<=T} M_t */
    SUM_STEPPED,   /* E[m R T]; token masks: E[R sum_{t<=T} M_t] */
    SUM_TARGET,    /* E[m M]; sequence masks alone, as all below */
    SUM_TARGETED,  /* E[m R M] */
    SUM_KEPT,      /* E[m R 1[log M >= -1]] */
    SUM_LEVEL
};

/* Sums of a walk with details, after those of the levels. */
enum {
    DETAIL_CLIPPED,                            /* TT_CLIPS: E[R min(d M, n)], C = n/d */
    DETAIL_KL = DETAIL_CLIPPED + TT_CLIPS,     /* E m of max-kl */
    DETAIL_BOTH,                               /* E m m of max-kl */
    DETAIL_LENGTH,                             /* E n */
    DETAIL_FIXED                               /* then T: P(n = k); then T: E[m 1[n = k]] */
};

typedef struct {
    const tt_row_source *source;
    const tt_masking_options *options;
    tt_mask_question question, kl_question; /* kl_question.mask is NULL where there is nothing to compare with */
    bool detail;           /* one level, all details */
    bool exact_moment;
    mpq_srcptr baseline;
    mpfr_prec_t precision;
    /* results: levels + 1 buckets, the last one of what no level keeps; cumulative sums are the caller's */
    mpq_t *sums;           /* tt_mask_walk_sums() of them */
    tt_real *logs, *kept_logs; /* E[R log M], E[R log M 1[log M >= -1]], per bucket; sequence masks alone */
    tt_real *kl;           /* largest KL_tok at a context whose first level is the bucket's; absent where none */
    tt_real moment;        /* E[m M^2] */
    tt_real *prompt_acceptance;
    char **open;           /* per level: a response that was not decided */
} tt_mask_walk;

/* Everything of a question but its levels, for a mask of an instance that was evaluated. */
void tt_mask_question_of(tt_mask_question *question, const tt_masking *masking, const tt_masking_options *options);

size_t tt_mask_walk_sums(const tt_mask_walk *walk);
/* The caller fills the first block; results are made here. */
TT_MUST_CHECK tt_status tt_mask_walk_run(tt_mask_walk *walk, tt_error *error);
void tt_mask_walk_clear(tt_mask_walk *walk);

#endif

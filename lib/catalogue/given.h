/* The quantities of an instance that nobody has seen, from the few numbers that a person has.

   What is missing and follows from what is known is filled in, and nothing else:
     eps    = min(1, sqrt(delta / 2))                      Pinsker
     KL_seq = T delta                                      chain rule
     TV_seq = min(1, sqrt(KL_seq / 2), T eps)              as many of the three as are known, never 1 alone
     Dbar_t = eps at every step
   Nothing is inferred for delta from eps or for chi. A given value is used as it is, also where
   another one implies a smaller. */
#ifndef TRUSTREE_GIVEN_H
#define TRUSTREE_GIVEN_H

#include "../measure/quantities.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* The largest horizon, 2^31 - 1. */
#define TT_HORIZON_MAX ((size_t)2147483647)

/* The inputs, and what the command line calls them. */
typedef enum {
    TT_INPUT_HORIZON,  /* T, "horizon" */
    TT_INPUT_KL_MAX,   /* delta, "kl-max" */
    TT_INPUT_TV_MAX,   /* eps, "tv-max" */
    TT_INPUT_KL_SEQ,   /* KL_seq, "kl-seq" */
    TT_INPUT_TV_SEQ,   /* TV_seq, "tv-seq" */
    TT_INPUT_CHI2_MAX, /* chi, "chi2-max" */
    TT_INPUTS          /* how many there are */
} tt_input;

extern const char *const tt_input_names[TT_INPUTS + 1]; /* "horizon", "kl-max", ...; NULL at the end */

/* What a person gives; absent where not given. */
typedef struct {
    size_t horizon; /* 1 .. TT_HORIZON_MAX */
    tt_real kl_max;        /* delta >= 0 */
    tt_real tv_max;        /* eps in [0, 1] */
    tt_real kl_seq;        /* >= 0 */
    tt_real tv_seq;        /* in [0, 1] */
    tt_real chi2_max;      /* chi >= 0 */
} tt_given;

/* Horizon 1, the rest absent; tt_given_clear frees what it holds. */
void tt_given_init(tt_given *given);
void tt_given_clear(tt_given *given);
/* out = given, number by number; out is initialised. */
void tt_given_set(tt_given *out, const tt_given *given);

/* The number of an input; NULL for the horizon. */
tt_real *tt_given_number(tt_given *given, tt_input input);

/* The ranges above; a violation is TT_BAD_INPUT, `where` names the number as an option ("--tv-max"). */
TT_MUST_CHECK tt_status tt_given_check(const tt_given *given, tt_error *error);

/* The most notes of either sort. */
#define TT_NOTES_MAX 8
/* Sentences for people, static texts. */
typedef struct {
    size_t inferred_count, implied_count; /* how many of each list there are */
    const char *inferred[TT_NOTES_MAX]; /* how a missing number was filled in */
    const char *implied[TT_NOTES_MAX];  /* where another number implies a smaller one than the one given */
} tt_notes;

/* q (initialised) describes the given numbers: all series uniform, whatever is unknown absent, dominated
   iff chi is given. Numbers may be infinite. notes may be NULL. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_given_fill(tt_quantities *q, const tt_given *given, mpfr_prec_t precision, tt_notes *notes);

TT_END_C

#endif

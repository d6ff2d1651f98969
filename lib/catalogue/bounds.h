/* The catalogue of bounds (SPEC.md sections 5 and 6).

   An entry is data plus one function of the quantities. Closed forms read only
   horizon, eps, delta, chi, KL_seq, TV_seq and the Dbar_t, so that `bounds` can
   evaluate them on numbers that a person gives; a form that needs a quantity that
   is absent has an absent value. */
#ifndef TRUSTREE_BOUNDS_H
#define TRUSTREE_BOUNDS_H

#include "../measure/quantities.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* What a bound is a bound of. */
typedef enum {
    TT_REWARD_FREE,  /* worst-case Error <= value */
    TT_REWARD_AWARE, /* |Error| <= value */
    TT_LOWER,        /* -value <= Error */
    TT_UPPER         /* Error <= value */
} tt_bound_kind;

/* The word that reports print: "reward-free", "reward-aware", "lower", "upper"; a static text. */
const char *tt_bound_kind_name(tt_bound_kind kind);

/* An entry of the catalogue; static, as all its texts are. */
typedef struct tt_bound tt_bound;
struct tt_bound {
    const char *id;      /* "classical-tv"; never changes */
    tt_bound_kind kind;  /* what it bounds */
    const char *formula; /* as text */
    const char *source;  /* where it is stated, or the heading of its proof */
    const char *needs; /* precondition as text; NULL for none */
    /* The value at `precision`; absent where an input is absent. *parameter (preset to NULL) is set to the
       theta or kappa chosen, a static text. */
    void (*value)(tt_real *out, const tt_quantities *q, mpfr_prec_t precision, const char **parameter);
    /* The precondition: holds, violated (the bound is not applicable) or undecided; NULL for none. */
    tt_verdict (*applies)(const tt_quantities *q, mpfr_prec_t precision);
    /* Ids of the inner rungs of the two slack ladders, separated by blanks, smallest first: bounds of this
       catalogue or steps of ladder.h, each at most the next on every instance. The first rungs (|Error|, and for any
       reward worst-case Error after it) and the bound itself are not listed. NULL where there is no such ladder:
       neither for a bound on one side of Error, none for any reward for a reward-aware one. */
    const char *ladder_this_reward, *ladder_any_reward;
};

/* The catalogue: static entries in an order that does not change. */
size_t tt_bound_count(void);                   /* how many there are */
const tt_bound *tt_bound_at(size_t k);         /* number k < count */
const tt_bound *tt_bound_find(const char *id); /* the one with this id; NULL where there is none */

TT_END_C

#endif

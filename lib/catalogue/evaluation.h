/* The verdicts of all catalogues on the quantities of one instance. */
#ifndef TRUSTREE_EVALUATION_H
#define TRUSTREE_EVALUATION_H

#include "../number/linkage.h"
#include "bounds.h"
#include "checks.h"

TT_BEGIN_C

/* Rungs of a slack ladder, smallest first; each is at most the next. */
typedef struct {
    size_t n, room;    /* rungs, and how many there is memory for */
    const char **step; /* their names (ladder.h), static texts; the list is owned */
    tt_real *value;    /* room of them; owned */
} tt_ladder;

/* An answer that is certain, or none. */
typedef enum {
    TT_NO = 0,  /* certainly not */
    TT_YES = 1, /* certainly */
    TT_NULL = 2 /* not decided, or the question has no meaning: JSON's null */
} tt_answer;

/* A bound on one instance. */
typedef struct {
    const tt_bound *bound; /* the entry of the catalogue */
    tt_real value;         /* B; absent where it does not exist or was not reached */
    tt_verdict verdict;    /* of the inequality that its kind states */
    tt_real tightness;     /* worst-case Error (or |Error|) / value; absent for lower and upper and for value 0 */
    tt_answer can_fire;    /* largest L > value: some reward makes it fire; null for reward-aware ones */
    tt_real minorizer;     /* surrogate - value; absent for upper */
    tt_answer fires;       /* minorizer > 0: improvement is guaranteed */
    const char *parameter; /* the theta or kappa chosen, a static text, or NULL */
    tt_ladder this_reward, any_reward; /* from |Error|, from worst-case Error up to the value; empty where none */
} tt_bound_result;

/* What the catalogues say of one instance. */
typedef struct {
    bool ladders; /* whether tt_evaluate fills slack ladders; where not, tightness and minorizers are enclosures even of
                     rationals. True at first, set by the caller */
    tt_verdict *identities;   /* tt_identity_count() of them; owned */
    tt_verdict *inequalities; /* tt_inequality_count() of them; owned */
    tt_bound_result *bounds;  /* tt_bound_count() of them; owned */
    bool violated;            /* something that must hold does not */
    bool undecided;           /* a verdict, can_fire or fires is open */
    bool verdict_undecided;   /* a verdict is open */
    bool wide;                /* an enclosure is wider than reports promise (2^-83 relative, 25 digits) */
} tt_evaluation;

/* Every verdict undecided, everything else absent or null: what is true of an instance that was not measured.
   TT_NO_MEMORY; then nothing has to be cleared. */
TT_MUST_CHECK tt_status tt_evaluation_init(tt_evaluation *evaluation);
void tt_evaluation_clear(tt_evaluation *evaluation);

/* Judges q; rationals are compared exactly, everything else at `precision`.
   A bound whose precondition fails is not applicable; a value, or a side of a check, that is absent although nothing
   keeps it from existing was not reached: its verdict is undecided. A bound that is not applicable has its value and
   nothing else.
   baseline: b of L_traj(b), NULL for the two of SPEC section 4 (0 and J_mu) alone. */
TT_MUST_CHECK tt_status tt_evaluate(tt_evaluation *evaluation, const tt_quantities *q, mpq_srcptr baseline,
                                    mpfr_prec_t precision);

TT_END_C

#endif

/* The verdicts of all catalogues on the quantities of one instance. */
#ifndef TRUSTREE_EVALUATION_H
#define TRUSTREE_EVALUATION_H

#include "../number/linkage.h"
#include "bounds.h"
#include "checks.h"

TT_BEGIN_C

/* Rungs of a slack ladder, smallest first; each is at most the next. */
typedef struct {
    size_t n, room;
    const char **step; /* static texts */
    tt_real *value;    /* room of them */
} tt_ladder;

typedef enum { TT_NO = 0, TT_YES = 1, TT_NULL = 2 } tt_answer;

typedef struct {
    const tt_bound *bound;
    tt_real value;
    tt_verdict verdict;
    tt_real tightness; /* worst-case Error (or |Error|) / value; absent for lower and upper and for value 0 */
    tt_answer can_fire;
    tt_real minorizer; /* surrogate - value; absent for upper */
    tt_answer fires;
    const char *parameter; /* static, or NULL */
    tt_ladder this_reward, any_reward;
} tt_bound_result;

typedef struct {
    bool ladders; /* whether tt_evaluate fills slack ladders; where not, tightness and minorizers are enclosures even of
                     rationals. True at first, set by the caller */
    tt_verdict *identities;   /* tt_identity_count() */
    tt_verdict *inequalities; /* tt_inequality_count() */
    tt_bound_result *bounds;  /* tt_bound_count() */
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

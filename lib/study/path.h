/* The surrogate, the truth and what bounds guarantee along the straight way from rollout to target.

   pi_h = mu + h (pi - mu) at every context, h = k/N for k = 0..N, each an instance of its own that is judged as `eval`
   does. On this way J(pi_h) - J(mu) is a polynomial of degree T in h, and L(pi_h) = h L(pi) is its tangent at h = 0
   (§2.2.5-2.2.6). A bound B on Error from below gives the minorizer M_B = L - B (§2.6.1): M_B > 0 guarantees
   improvement. */
#ifndef TRUSTREE_POLICY_PATH_H
#define TRUSTREE_POLICY_PATH_H

#include "../number/linkage.h"
#include "../world/instance.h"
#include "evaluate.h"

TT_BEGIN_C

/* Whose minorizer is followed: a bound of the catalogue, or worst-case Error itself (bound NULL), the smallest number
   that any bound without a look at the reward may return. */
typedef struct {
    const char *id;        /* of the bound, "worst-case-error" for the latter; static */
    tt_bound_kind kind;    /* what it bounds */
    const tt_bound *bound; /* NULL for worst-case Error */
} tt_policy_path_subject;

/* By id; false where there is none or it does not bound Error from below (kind upper). */
bool tt_policy_path_subject_find(tt_policy_path_subject *out, const char *id);
/* All of them, worst-case Error after the catalogue: how many there are, and number k < count. */
size_t tt_policy_path_subject_count(void);
tt_policy_path_subject tt_policy_path_subject_at(size_t k);

/* The most steps of a path. */
#define TT_POLICY_PATH_STEPS_MAX 100000

/* What is followed. */
typedef struct {
    tt_evaluate_options evaluate; /* baseline, filter, ladders and verdicts_only are not looked at */
    size_t steps;                 /* N, 1 to TT_POLICY_PATH_STEPS_MAX */
    const tt_policy_path_subject *subjects; /* whose minorizers; the caller's */
    size_t subjects_n;                      /* how many of them */
} tt_policy_path_options;

/* A subject at one point. */
typedef struct {
    tt_real value;      /* B */
    tt_verdict verdict; /* of the bound, as in evaluation.h */
    tt_real minorizer;  /* L - B; absent where the bound is not applicable or was not reached */
    tt_answer improves; /* M_B > 0: improvement is guaranteed */
} tt_policy_path_value;

/* One point of the path. */
typedef struct {
    mpq_t h;                 /* k/N, in [0, 1] */
    const tt_engine *engine; /* NULL where nothing was measured */
    tt_real improvement, surrogate, error; /* of pi_h; as in quantities.h */
    tt_policy_path_value *values; /* in the order of the subjects */
} tt_policy_path_point;

/* The largest of a quantity over the points where it exists. */
typedef struct {
    tt_real value; /* absent where it exists nowhere, or was not reached at some point */
    size_t at;     /* the first point where it is attained; TT_NONE where that could not be decided */
} tt_policy_path_largest;

/* Where one minorizer is positive. */
typedef struct {
    size_t points;      /* how many of the N + 1 */
    size_t first, last; /* of them; TT_NONE where there is none */
    tt_answer unbroken; /* the points between first and last are all among them; TT_NULL where some is undecided or
                           there is none */
    tt_policy_path_largest largest; /* of M_B */
} tt_policy_path_range;

/* The path of one instance. */
typedef struct {
    size_t vocab, horizon; /* V and T */
    tt_policy_path_subject *subjects; /* those of the options; owned */
    size_t subjects_n;     /* how many of them */
    tt_policy_path_point *points; /* h = 0, 1/N, ..., 1; owned */
    size_t points_n;       /* N + 1 */
    tt_policy_path_range *ranges; /* in the order of the subjects */
    tt_policy_path_largest improvement, surrogate; /* of J(pi_h) - J(mu), of L(pi_h) */
    tt_real improvement_derivative, surrogate_derivative; /* d/dh of J and of L at h = 0, from the walks of eval */
    tt_verdict tangent;   /* both derivatives and L(pi) are the same number */
    tt_verdict linear;    /* L(pi_h) = h L(pi) at every point */
    bool violated;        /* something that must hold does not, at some point */
    bool undecided;       /* a verdict or an `improves` is open */
    tt_status status;     /* TT_OK, or TT_LIMIT as in tt_judgement: what was not reached is absent */
    tt_error limit;       /* with TT_LIMIT: what was too much */
} tt_policy_path;

/* Judges every point.
   fails: TT_BAD_INPUT where steps is out of range; as tt_judge and tt_instance_mix.
   owns : the caller clears *out with tt_policy_path_clear, on failure too. */
TT_MUST_CHECK tt_status tt_policy_path_run(tt_policy_path *out, const tt_instance *instance,
                                           const tt_policy_path_options *options, tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_policy_path_clear(tt_policy_path *path);

TT_END_C

#endif

/* The catalogues of identities (SPEC.md section 4) and of supporting inequalities (section 5). */
#ifndef TRUSTREE_CHECKS_H
#define TRUSTREE_CHECKS_H

#include "../measure/quantities.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* An identity: both sides are fields of the quantities. Static, as all its texts are. */
typedef struct {
    const char *id;        /* "surrogate-ratio"; never changes */
    const char *statement; /* as a formula */
    const char *source;    /* where it is stated */
    const char *needs;     /* precondition as text; NULL for none */
    /* On q, at `precision` where a side is an enclosure; not applicable where the precondition fails. baseline as in
       tt_evaluate. */
    tt_verdict (*verdict)(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision);
} tt_identity;

/* The identities: how many there are, and number k < count, in the order of SPEC.md. */
size_t tt_identity_count(void);
const tt_identity *tt_identity_at(size_t k);

/* A supporting inequality; static, as all its texts are. */
typedef struct {
    const char *id;        /* "pinsker"; never changes */
    const char *statement; /* as a formula */
    const char *source;    /* where it is stated */
    /* On q, at `precision` where a side is an enclosure. NULL for `minorizer`, which tt_evaluate decides from the
       bounds. */
    tt_verdict (*verdict)(const tt_quantities *q, mpfr_prec_t precision);
} tt_inequality;

/* The inequalities: how many there are, and number k < count, in the order of SPEC.md. */
size_t tt_inequality_count(void);
const tt_inequality *tt_inequality_at(size_t k);

TT_END_C

#endif

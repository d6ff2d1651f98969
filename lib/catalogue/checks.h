/* The catalogues of identities (SPEC.md section 4) and of supporting inequalities (section 5). */
#ifndef TRUSTREE_CHECKS_H
#define TRUSTREE_CHECKS_H

#include "../measure/quantities.h"
#include "../number/linkage.h"

TT_BEGIN_C

typedef struct {
    const char *id;
    const char *statement;
    const char *source;
    const char *needs; /* NULL for none */
    /* baseline as in tt_evaluate */
    tt_verdict (*verdict)(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision);
} tt_identity;

size_t tt_identity_count(void);
const tt_identity *tt_identity_at(size_t k);

typedef struct {
    const char *id;
    const char *statement;
    const char *source;
    /* NULL for `minorizer`, which tt_evaluate decides from the bounds. */
    tt_verdict (*verdict)(const tt_quantities *q, mpfr_prec_t precision);
} tt_inequality;

size_t tt_inequality_count(void);
const tt_inequality *tt_inequality_at(size_t k);

TT_END_C

#endif

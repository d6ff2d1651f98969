/* The catalogue of statistics of one sampled token, and the facts about them (SPEC.md section 7).

   A token v is drawn from rollout's row mu of a context: mu(v) > 0. With rho = pi(v) / mu(v), an entry is a number
   f(mu, pi, v); some depend on the two rows alone. At rho = 0 the logarithm, k1, k2 and k3 are infinite. */
#ifndef TRUSTREE_ESTIMATORS_H
#define TRUSTREE_ESTIMATORS_H

#include "../number/linkage.h"
#include "../number/log_form.h"
#include "../number/verdict.h"
#include "../world/rows.h"

TT_BEGIN_C

/* A statistic; static, as its texts are. */
typedef struct {
    const char *id;      /* "ratio"; never changes */
    const char *formula; /* p = mu(v), q = pi(v), rho = q / p */
    bool of_context;     /* the same for every token of the row */
    bool distance;       /* f >= 0, and f = 0 where the two rows are equal */
    /* Adds weight f to the form, exactly; weight is not 0. NULL where f is no rational combination of logarithms
       (k2). */
    void (*form)(tt_log_form *form, const tt_rows *rows, size_t v, mpq_srcptr weight);
    /* Where form is NULL: an enclosure of f, as tt_estimator_value gives it. */
    void (*value)(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision);
} tt_estimator;

/* The catalogue of statistics: static entries in an order that does not change. */
size_t tt_estimator_count(void);                       /* how many there are */
const tt_estimator *tt_estimator_at(size_t k);         /* number k < count */
const tt_estimator *tt_estimator_find(const char *id); /* the one with this id; NULL where there is none */

/* f of one token with mu(v) > 0, exact where it is rational, else an enclosure whose relative width is below
   2^(8 - precision). */
void tt_estimator_value(tt_real *out, const tt_estimator *estimator, const tt_rows *rows, size_t v,
                        mpfr_prec_t precision);

/* E_mu[f] over one row, exact where it is rational; a term with mu(v) = 0 is left out. */
void tt_estimator_mean(tt_real *out, const tt_estimator *estimator, const tt_rows *rows, mpfr_prec_t precision);
/* E_mu[f] - KL_tok: what an estimator of KL is off by on average; absent where KL_tok is infinite. */
void tt_estimator_bias(tt_real *out, const tt_estimator *estimator, const tt_rows *rows, mpfr_prec_t precision);

/* A fact about one pair of rows; static, as its texts are. */
typedef struct {
    const char *id;        /* never changes */
    const char *statement; /* as a formula */
    const char *needs;     /* precondition as text; NULL for none */
    /* Decided exactly; not applicable where the precondition fails. */
    tt_verdict (*check)(const tt_rows *rows);
} tt_estimator_fact;

/* The catalogue of facts: static entries in an order that does not change. */
size_t tt_estimator_fact_count(void);                            /* how many there are */
const tt_estimator_fact *tt_estimator_fact_at(size_t k);         /* number k < count */
const tt_estimator_fact *tt_estimator_fact_find(const char *id); /* the one with this id; NULL where there is none */

TT_END_C

#endif

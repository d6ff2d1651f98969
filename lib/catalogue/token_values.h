/* Values of one statistic along a walk: computed once per token of a numbered pair of rows where those are few. Internal. */
#ifndef TRUSTREE_TOKEN_VALUES_H
#define TRUSTREE_TOKEN_VALUES_H

#include "estimators.h"

typedef struct {
    const tt_estimator *statistic;
    mpfr_prec_t precision;
    size_t vocab, kept_n;
    tt_real *kept; /* kept_n, absent until asked for; NULL where pairs are not numbered or too many */
} tt_token_values;

void tt_token_values_init(tt_token_values *values, const tt_estimator *statistic, const tt_row_source *source,
                          mpfr_prec_t precision);
void tt_token_values_clear(tt_token_values *values);

/* The statistic of a token with mu > 0 (of any token for a statistic of the context). */
void tt_token_values_get(tt_real *out, tt_token_values *values, const tt_rows *rows, size_t token);

#endif

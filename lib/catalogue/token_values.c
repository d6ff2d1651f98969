#include "token_values.h"

#define VALUES_MAX ((size_t)1 << 18)

void tt_token_values_init(tt_token_values *values, const tt_estimator *statistic, const tt_row_source *source,
                          mpfr_prec_t precision)
{
    size_t per_pair = statistic->of_context ? 1 : source->vocab;
    *values = (tt_token_values){ .statistic = statistic, .precision = precision, .vocab = source->vocab };
    if (source->pairs == 0 || source->pairs > VALUES_MAX / per_pair)
        return;
    values->kept_n = source->pairs * per_pair;
    values->kept = tt_real_array(values->kept_n);
}

void tt_token_values_clear(tt_token_values *values)
{
    tt_real_array_free(values->kept, values->kept_n);
}

void tt_token_values_get(tt_real *out, tt_token_values *values, const tt_rows *rows, size_t token)
{
    size_t at = values->statistic->of_context ? rows->pair : rows->pair * values->vocab + token;
    if (!values->kept || rows->pair == TT_NO_PAIR) {
        tt_estimator_value(out, values->statistic, rows, token, values->precision);
        return;
    }
    if (tt_real_is_absent(&values->kept[at]))
        tt_estimator_value(&values->kept[at], values->statistic, rows, token, values->precision);
    tt_real_set(out, &values->kept[at]);
}

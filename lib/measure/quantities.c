#include "quantities.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

const unsigned tt_kappa[TT_KAPPAS][2] = { { 3, 2 }, { 2, 1 }, { 3, 1 }, { 5, 1 }, { 10, 1 }, { 100, 1 } };

/* Every single real and every series of the struct, so that no field can be forgotten in one place only. */
#define REALS(F)                                                                                                    \
    F(j_rollout) F(j_target) F(improvement) F(surrogate) F(surrogate_ratio) F(surrogate_response) F(weighted_reward) \
    F(weight_sum) F(error) F(error_pdi) F(error_rollout_side) F(error_response) F(error_ratio)                      \
    F(improvement_derivative) F(surrogate_derivative) F(mean_weight) F(sum_e) F(sum_l) F(worst_case_error)           \
    F(largest_surrogate) F(off_support) F(tv_max) F(chi2_max) F(kl_max) F(kl_max_reverse) F(tv_seq) F(kl_seq)        \
    F(kl_seq_reverse) F(variance_product) F(variance_sum) F(second_moment) F(recursive_tv) F(k3_max) F(reward_k3)    \
    F(failure_k3) F(pruned_rollout) F(pruned_target)
#define ARRAYS(F)                                                                                                   \
    F(tilt_max, TT_THETAS) F(truncated_mass, TT_KAPPAS) F(truncated_chi2, TT_KAPPAS) F(tilted_moment, TT_THETAS)
#define STEP_SERIES(F)                                                                                              \
    F(expected_tv) F(expected_kl) F(expected_kl_reverse) F(expected_advantage_max) F(advantage_span)                 \
    F(advantage_rollout) F(advantage_target) F(future_tv)
#define CONTEXT_SERIES(F) F(context_tv) F(context_kl) F(context_kl_reverse)

const tt_real *tt_series_at(const tt_series *series, size_t k)
{
    return &series->items[series->uniform ? 0 : k];
}

static size_t series_length(const tt_series *series)
{
    return series->n == 0 ? 0 : series->uniform ? 1 : series->n;
}

static void series_clear(tt_series *series)
{
    tt_real_array_free(series->items, series_length(series));
    memset(series, 0, sizeof *series);
}

static tt_status series_set(tt_series *series, size_t n, bool uniform)
{
    series_clear(series);
    series->items = tt_real_array(uniform ? 1 : n);
    if (!series->items)
        return TT_NO_MEMORY;
    series->n = n;
    series->uniform = uniform;
    return TT_OK;
}

tt_status tt_series_set_uniform(tt_series *series, size_t n)
{
    return series_set(series, n, true);
}

void tt_quantities_init(tt_quantities *q)
{
    memset(q, 0, sizeof *q);
#define INIT(field) tt_real_init(&q->field);
#define INIT_ARRAY(field, length)       \
    for (size_t k = 0; k < (length); k++) \
        tt_real_init(&q->field[k]);
    REALS(INIT)
    ARRAYS(INIT_ARRAY)
#undef INIT
#undef INIT_ARRAY
    q->martingale = q->advantage_unit = q->advantage_token = TT_NOT_APPLICABLE;
    q->pinsker = q->pinsker_reverse = q->k1_mean = q->k3_mean = TT_NOT_APPLICABLE;
    q->shift_monotone = TT_NOT_APPLICABLE;
}

void tt_quantities_clear(tt_quantities *q)
{
#define CLEAR(field) tt_real_clear(&q->field);
#define CLEAR_ARRAY(field, length)      \
    for (size_t k = 0; k < (length); k++) \
        tt_real_clear(&q->field[k]);
#define CLEAR_SERIES(field) series_clear(&q->field);
    REALS(CLEAR)
    ARRAYS(CLEAR_ARRAY)
    STEP_SERIES(CLEAR_SERIES)
    CONTEXT_SERIES(CLEAR_SERIES)
#undef CLEAR
#undef CLEAR_ARRAY
#undef CLEAR_SERIES
    free(q->tv_max_at);
    free(q->kl_max_at);
    free(q->method);
    q->tv_max_at = q->kl_max_at = q->method = NULL;
}

tt_status tt_quantities_resize(tt_quantities *q, size_t vocab, size_t horizon)
{
    tt_status status = TT_OK;
    q->vocab = vocab;
    q->horizon = horizon;
#define RESIZE(field)     \
    if (status == TT_OK)  \
        status = series_set(&q->field, horizon, false);
#define RESIZE_CONTEXT(field) \
    if (status == TT_OK)      \
        status = series_set(&q->field, horizon + 1, false);
    STEP_SERIES(RESIZE)
    CONTEXT_SERIES(RESIZE_CONTEXT)
#undef RESIZE
#undef RESIZE_CONTEXT
    return status;
}

static long wider(long width, const tt_real *x)
{
    long own = tt_real_width_log2(x);
    return own > width ? own : width;
}

long tt_quantities_width_log2(const tt_quantities *q)
{
    long width = LONG_MIN;
#define WIDER(field) width = wider(width, &q->field);
#define WIDER_ARRAY(field, length)      \
    for (size_t k = 0; k < (length); k++) \
        width = wider(width, &q->field[k]);
#define WIDER_SERIES(field)                               \
    for (size_t k = 0; k < series_length(&q->field); k++) \
        width = wider(width, &q->field.items[k]);
    REALS(WIDER)
    ARRAYS(WIDER_ARRAY)
    STEP_SERIES(WIDER_SERIES)
    CONTEXT_SERIES(WIDER_SERIES)
#undef WIDER
#undef WIDER_ARRAY
#undef WIDER_SERIES
    return width;
}

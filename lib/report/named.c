#include "named.h"

#include <stddef.h>

#define FIELD(key, group, field) { key, group, offsetof(tt_quantities, field) }

static const tt_named reals[] = {
    FIELD("J_rollout", TT_NAMED_FIRST, j_rollout),
    FIELD("J_target", TT_NAMED_FIRST, j_target),
    FIELD("improvement", TT_NAMED_FIRST, improvement),
    FIELD("surrogate", TT_NAMED_FIRST, surrogate),
    FIELD("error", TT_NAMED_FIRST, error),
    FIELD("worst_case_error", TT_NAMED_FIRST, worst_case_error),
    FIELD("largest_surrogate", TT_NAMED_FIRST, largest_surrogate),
    FIELD("tv_max", TT_NAMED_FIRST, tv_max),
    FIELD("chi2_max", TT_NAMED_FIRST, chi2_max),
    FIELD("kl_max", TT_NAMED_FIRST, kl_max),
    FIELD("kl_max_reverse", TT_NAMED_FIRST, kl_max_reverse),
    FIELD("tv_seq", TT_NAMED_FIRST, tv_seq),
    FIELD("kl_seq", TT_NAMED_FIRST, kl_seq),
    FIELD("kl_seq_reverse", TT_NAMED_FIRST, kl_seq_reverse),
    FIELD("variance_product", TT_NAMED_VARIANCE, variance_product),
    FIELD("variance_sum", TT_NAMED_VARIANCE, variance_sum),
    FIELD("off_support", TT_NAMED_MORE, off_support),
};

static const tt_named series[] = {
    FIELD("expected_tv", TT_NAMED_FIRST, expected_tv),
    FIELD("context_tv", TT_NAMED_FIRST, context_tv),
    FIELD("context_kl", TT_NAMED_FIRST, context_kl),
    FIELD("expected_advantage_max", TT_NAMED_FIRST, expected_advantage_max),
    FIELD("expected_kl", TT_NAMED_MORE, expected_kl),
    FIELD("expected_kl_reverse", TT_NAMED_MORE, expected_kl_reverse),
    FIELD("context_kl_reverse", TT_NAMED_MORE, context_kl_reverse),
    FIELD("future_tv", TT_NAMED_MORE, future_tv),
};

size_t tt_named_real_count(void)
{
    return sizeof reals / sizeof *reals;
}

const tt_named *tt_named_real_at(size_t k)
{
    return &reals[k];
}

const tt_real *tt_named_real(const tt_quantities *q, const tt_named *named)
{
    return (const tt_real *)((const char *)q + named->place);
}

size_t tt_named_series_count(void)
{
    return sizeof series / sizeof *series;
}

const tt_named *tt_named_series_at(size_t k)
{
    return &series[k];
}

const tt_series *tt_named_series(const tt_quantities *q, const tt_named *named)
{
    return (const tt_series *)((const char *)q + named->place);
}

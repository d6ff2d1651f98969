#include "given.h"

#include "sums.h"

const char *const tt_input_names[TT_INPUTS + 1] = { "horizon", "kl-max", "tv-max", "kl-seq", "tv-seq", "chi2-max", NULL };

tt_real *tt_given_number(tt_given *given, tt_input input)
{
    tt_real *const numbers[TT_INPUTS] = {
        [TT_INPUT_KL_MAX] = &given->kl_max, [TT_INPUT_TV_MAX] = &given->tv_max,
        [TT_INPUT_KL_SEQ] = &given->kl_seq, [TT_INPUT_TV_SEQ] = &given->tv_seq,
        [TT_INPUT_CHI2_MAX] = &given->chi2_max,
    };
    return numbers[input];
}

void tt_given_init(tt_given *given)
{
    given->horizon = 1;
    for (tt_input input = TT_INPUT_HORIZON + 1; input < TT_INPUTS; input++)
        tt_real_init(tt_given_number(given, input));
}

void tt_given_clear(tt_given *given)
{
    for (tt_input input = TT_INPUT_HORIZON + 1; input < TT_INPUTS; input++)
        tt_real_clear(tt_given_number(given, input));
}

void tt_given_set(tt_given *out, const tt_given *given)
{
    out->horizon = given->horizon;
    tt_real_set(&out->kl_max, &given->kl_max);
    tt_real_set(&out->tv_max, &given->tv_max);
    tt_real_set(&out->kl_seq, &given->kl_seq);
    tt_real_set(&out->tv_seq, &given->tv_seq);
    tt_real_set(&out->chi2_max, &given->chi2_max);
}

static tt_status check_at_most_one(const tt_real *x, const char *where, tt_error *error)
{
    if (!tt_real_is_absent(x) && tt_real_cmp_ui(x, 1) == TT_GREATER)
        return tt_fail(error, TT_BAD_INPUT, where, "a total variation is at most 1");
    return TT_OK;
}

static tt_status check_not_negative(const tt_real *x, const char *where, tt_error *error)
{
    if (!tt_real_is_absent(x) && tt_real_cmp_ui(x, 0) == TT_LESS)
        return tt_fail(error, TT_BAD_INPUT, where, "a divergence is at least 0");
    return TT_OK;
}

tt_status tt_given_check(const tt_given *given, tt_error *error)
{
    const struct {
        const tt_real *value;
        const char *name;
    } numbers[] = {
        { &given->kl_max, "--kl-max" }, { &given->tv_max, "--tv-max" },     { &given->kl_seq, "--kl-seq" },
        { &given->tv_seq, "--tv-seq" }, { &given->chi2_max, "--chi2-max" },
    };
    tt_status status = TT_OK;
    if (given->horizon < 1 || given->horizon > TT_HORIZON_MAX)
        return tt_fail(error, TT_BAD_INPUT, "--horizon", "a horizon is a whole number from 1 to %zu", TT_HORIZON_MAX);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers && status == TT_OK; k++)
        status = check_not_negative(numbers[k].value, numbers[k].name, error);
    if (status == TT_OK)
        status = check_at_most_one(&given->tv_max, "--tv-max", error);
    if (status == TT_OK)
        status = check_at_most_one(&given->tv_seq, "--tv-seq", error);
    return status;
}

/* ---- what is filled in ---- */

static void add_inferred(tt_notes *notes, const char *text)
{
    if (notes)
        notes->inferred[notes->inferred_count++] = text;
}

/* out = sqrt(kl / 2) */
static void pinsker(tt_real *out, const tt_real *kl, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, kl, 1, 2, precision);
    tt_real_sqrt(out, out, precision);
}

static void fill_tv_max(tt_quantities *q, mpfr_prec_t precision, tt_notes *notes)
{
    if (!tt_real_is_absent(&q->tv_max) || tt_real_is_absent(&q->kl_max))
        return;
    tt_pinsker(&q->tv_max, &q->kl_max, precision);
    add_inferred(notes, "tv-max = min(1, sqrt(kl-max / 2)), by Pinsker's inequality");
}

static void fill_kl_seq(tt_quantities *q, mpfr_prec_t precision, tt_notes *notes)
{
    if (!tt_real_is_absent(&q->kl_seq) || tt_real_is_absent(&q->kl_max))
        return;
    tt_real_mul_frac(&q->kl_seq, &q->kl_max, q->horizon, 1, precision);
    add_inferred(notes, "kl-seq = horizon * kl-max, by the chain rule");
}

static void fill_tv_seq(tt_quantities *q, mpfr_prec_t precision, tt_notes *notes)
{
    bool by_kl = !tt_real_is_absent(&q->kl_seq), by_tv = !tt_real_is_absent(&q->tv_max);
    tt_real steps;
    if (!tt_real_is_absent(&q->tv_seq) || (!by_kl && !by_tv))
        return;
    tt_real_init(&steps);
    tt_real_mul_frac(&steps, &q->tv_max, q->horizon, 1, precision);
    if (by_kl)
        tt_pinsker(&q->tv_seq, &q->kl_seq, precision);
    if (by_kl && by_tv)
        tt_real_min(&q->tv_seq, &q->tv_seq, &steps, precision);
    else if (by_tv)
        tt_real_set(&q->tv_seq, &steps);
    tt_cap_one(&q->tv_seq, &q->tv_seq, precision);
    tt_real_clear(&steps);
    add_inferred(notes, by_kl && by_tv ? "tv-seq = min(1, sqrt(kl-seq / 2), horizon * tv-max)"
                        : by_kl        ? "tv-seq = min(1, sqrt(kl-seq / 2))"
                                       : "tv-seq = min(1, horizon * tv-max)");
}

static void fill_expected_tv(tt_quantities *q, tt_notes *notes)
{
    if (tt_real_is_absent(&q->tv_max))
        return;
    tt_real_set(&q->expected_tv.items[0], &q->tv_max);
    add_inferred(notes, "the expected total variation of every step = tv-max");
}

/* ---- what is implied ---- */

static void note_if_smaller(tt_notes *notes, const tt_real *implied, const tt_real *given, const char *text)
{
    if (!tt_real_is_absent(given) && tt_real_cmp(implied, given) == TT_LESS)
        notes->implied[notes->implied_count++] = text;
}

static void note_implied(tt_notes *notes, const tt_given *given, mpfr_prec_t precision)
{
    tt_real x;
    tt_real_init(&x);
    pinsker(&x, &given->kl_max, precision);
    note_if_smaller(notes, &x, &given->tv_max, "kl-max implies a smaller tv-max than the one given: sqrt(kl-max / 2)");
    tt_real_sqrt(&x, &given->chi2_max, precision);
    tt_real_mul_frac(&x, &x, 1, 2, precision);
    note_if_smaller(notes, &x, &given->tv_max,
                    "chi2-max implies a smaller tv-max than the one given: sqrt(chi2-max) / 2");
    tt_real_mul_frac(&x, &given->kl_max, given->horizon, 1, precision);
    note_if_smaller(notes, &x, &given->kl_seq, "kl-max implies a smaller kl-seq than the one given: horizon * kl-max");
    pinsker(&x, &given->kl_seq, precision);
    note_if_smaller(notes, &x, &given->tv_seq, "kl-seq implies a smaller tv-seq than the one given: sqrt(kl-seq / 2)");
    tt_real_mul_frac(&x, &given->tv_max, given->horizon, 1, precision);
    note_if_smaller(notes, &x, &given->tv_seq, "tv-max implies a smaller tv-seq than the one given: horizon * tv-max");
    tt_real_mul_frac(&x, &given->kl_max, given->horizon, 1, precision);
    pinsker(&x, &x, precision);
    note_if_smaller(notes, &x, &given->tv_seq,
                    "kl-max implies a smaller tv-seq than the one given: sqrt(horizon * kl-max / 2)");
    tt_real_clear(&x);
}

/* ---- the whole ---- */

static tt_status make_uniform(tt_quantities *q, size_t horizon)
{
    tt_series *steps[] = { &q->expected_tv,       &q->expected_kl,      &q->expected_kl_reverse,
                           &q->expected_advantage_max, &q->advantage_span,   &q->advantage_rollout,
                           &q->advantage_target,  &q->future_tv };
    tt_series *contexts[] = { &q->context_tv, &q->context_kl, &q->context_kl_reverse };
    tt_status status = TT_OK;
    for (size_t k = 0; k < sizeof steps / sizeof *steps && status == TT_OK; k++)
        status = tt_series_set_uniform(steps[k], horizon);
    for (size_t k = 0; k < sizeof contexts / sizeof *contexts && status == TT_OK; k++)
        status = tt_series_set_uniform(contexts[k], horizon + 1);
    return status;
}

tt_status tt_given_fill(tt_quantities *q, const tt_given *given, mpfr_prec_t precision, tt_notes *notes)
{
    tt_status status = make_uniform(q, given->horizon);
    if (status != TT_OK)
        return status;
    q->horizon = given->horizon;
    q->dominated = !tt_real_is_absent(&given->chi2_max);
    tt_real_set(&q->kl_max, &given->kl_max);
    tt_real_set(&q->tv_max, &given->tv_max);
    tt_real_set(&q->kl_seq, &given->kl_seq);
    tt_real_set(&q->tv_seq, &given->tv_seq);
    tt_real_set(&q->chi2_max, &given->chi2_max);
    if (notes)
        notes->inferred_count = notes->implied_count = 0;
    fill_tv_max(q, precision, notes);
    fill_kl_seq(q, precision, notes);
    fill_tv_seq(q, precision, notes);
    fill_expected_tv(q, notes);
    if (notes)
        note_implied(notes, given, precision);
    return TT_OK;
}

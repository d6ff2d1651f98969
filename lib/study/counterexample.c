#include "counterexample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "../world/generate.h"
#include "../world/kl_pair.h"

const char *const tt_counterexample_probabilities[] = { "1e-1",  "1e-2",  "1e-3",   "1e-6", "1e-10",
                                                        "1e-30", "1e-100", "1e-300", NULL };

static const struct {
    const char *id, *statement;
} families[TT_COUNTEREXAMPLE_FAMILIES] = {
    { "single", "c* alone deviates: no response meets two deviating contexts, so worst-case Error is 0" },
    { "all", "every context from c* on deviates: a response through c* meets T-1 of them" },
};

const char *tt_trend_name(tt_trend trend)
{
    static const char *const names[] = {
        [TT_TREND_ZERO] = "zero",   [TT_TREND_SHRINKS] = "shrinks", [TT_TREND_STAYS] = "stays",
        [TT_TREND_OTHER] = "other", [TT_TREND_NONE] = "none",
    };
    return names[trend];
}

/* ---- rows ---- */

static tt_status row_init(tt_counterexample_row *row, const char *text, tt_error *error)
{
    tt_status status;
    tt_error inner;
    mpq_t p;
    memset(row, 0, sizeof *row);
    tt_real_init(&row->p);
    tt_real_init(&row->ratio);
    tt_quantities_init(&row->judgement.quantities);
    row->text = strdup(text);
    if (!row->text)
        return tt_no_memory(error);
    mpq_init(p);
    status = tt_exact_parse(p, text, strlen(text), &inner);
    if (status != TT_OK)
        tt_fail(error, status, "--probability", "%s", inner.what);
    else if (mpq_sgn(p) == 0 || mpq_cmp_ui(p, 1, 1) > 0)
        status = tt_fail(error, TT_BAD_INPUT, "--probability", "'%.80s' is not in (0, 1]", text);
    tt_real_set_q(&row->p, p);
    mpq_clear(p);
    return status;
}

static void row_clear(tt_counterexample_row *row)
{
    free(row->text);
    tt_real_clear(&row->p);
    tt_real_clear(&row->ratio);
    tt_judgement_clear(&row->judgement);
}

static tt_status make_instance(tt_instance **out, const char *family, const char *probability, size_t horizon,
                               tt_error *error)
{
    tt_arguments *arguments;
    char number[32];
    tt_status status = tt_arguments_new(&arguments, tt_generator_find("a8"));
    *out = NULL;
    if (status != TT_OK)
        return tt_fail(error, status, NULL, "out of memory");
    snprintf(number, sizeof number, "%zu", horizon);
    status = tt_arguments_set(arguments, "horizon", number, error);
    if (status == TT_OK)
        status = tt_arguments_set(arguments, "family", family, error);
    if (status == TT_OK)
        status = tt_arguments_set(arguments, "probability", probability, error);
    if (status == TT_OK)
        status = tt_generate(out, arguments, 0, error);
    tt_arguments_free(arguments);
    return status;
}

static tt_status judge_row(tt_counterexample_row *row, const char *family, size_t horizon,
                           const tt_evaluate_options *options, tt_error *error)
{
    tt_instance *instance;
    tt_row_source source;
    tt_subject subject;
    tt_status status = make_instance(&instance, family, row->text, horizon, error);
    if (status != TT_OK)
        return status;
    tt_subject_of_instance(&subject, &source, instance);
    tt_quantities_clear(&row->judgement.quantities);
    status = tt_judge(&row->judgement, &subject, options, error);
    tt_real_div(&row->ratio, &row->judgement.quantities.kl_max, &row->judgement.quantities.kl_seq,
                row->judgement.precision);
    tt_instance_free(instance);
    return status;
}

/* Largest p first. */
static int by_falling_p(const void *a, const void *b)
{
    const tt_counterexample_row *x = a, *y = b;
    return mpq_cmp(y->p.q, x->p.q);
}

static tt_status family_rows(tt_counterexample_family *family, const char *const *probabilities, size_t n,
                             tt_error *error)
{
    tt_status status = TT_OK;
    family->rows = calloc(n, sizeof *family->rows);
    if (!family->rows)
        return tt_no_memory(error);
    for (; family->n < n && status == TT_OK; family->n++)
        status = row_init(&family->rows[family->n], probabilities[family->n], error);
    if (status != TT_OK)
        return status;
    qsort(family->rows, n, sizeof *family->rows, by_falling_p);
    for (size_t k = 1; k < n; k++)
        if (by_falling_p(&family->rows[k - 1], &family->rows[k]) == 0)
            return tt_fail(error, TT_BAD_INPUT, "--probability", "'%.80s' is given twice", family->rows[k].text);
    return TT_OK;
}

/* ---- trends ---- */

typedef const tt_real *row_value(const tt_counterexample_row *row, size_t k);

static const tt_real *bound_value(const tt_counterexample_row *row, size_t k)
{
    return &row->judgement.evaluation.bounds[k].value;
}

static const tt_real *worst_value(const tt_counterexample_row *row, size_t k)
{
    (void)k;
    return &row->judgement.quantities.worst_case_error;
}

static tt_trend trend_of(const tt_counterexample_family *family, row_value *value, size_t k)
{
    bool zero = true, shrinks = true, stays = true;
    if (family->n < 2)
        return TT_TREND_NONE;
    for (size_t r = 0; r < family->n; r++) {
        const tt_real *here = value(&family->rows[r], k);
        if (tt_real_is_absent(here))
            return TT_TREND_NONE;
        zero = zero && tt_real_is_zero(here);
        if (r > 0) {
            const tt_real *before = value(&family->rows[r - 1], k);
            tt_verdict equal = tt_verdict_eq(before, here, NULL);
            shrinks = shrinks && tt_real_cmp(here, before) == TT_LESS;
            stays = stays && (equal == TT_HOLDS || equal == TT_CONSISTENT);
        }
    }
    return zero ? TT_TREND_ZERO : shrinks ? TT_TREND_SHRINKS : stays ? TT_TREND_STAYS : TT_TREND_OTHER;
}

static void set_log_ratio(tt_real *out, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    tt_real_div(out, x, y, precision);
    tt_real_log(out, out, precision);
}

static void set_trend(tt_counterexample_trend *trend, const tt_counterexample_family *family, row_value *value, size_t k)
{
    tt_real steps;
    trend->trend = trend_of(family, value, k);
    if (trend->trend != TT_TREND_SHRINKS)
        return;
    tt_real_init(&steps);
    set_log_ratio(&trend->exponent, value(&family->rows[family->n - 1], k), value(&family->rows[family->n - 2], k),
                  TT_PRECISION_DEFAULT);
    set_log_ratio(&steps, &family->rows[family->n - 1].p, &family->rows[family->n - 2].p, TT_PRECISION_DEFAULT);
    tt_real_div(&trend->exponent, &trend->exponent, &steps, TT_PRECISION_DEFAULT);
    tt_real_clear(&steps);
}

static tt_status family_trends(tt_counterexample_family *family, tt_error *error)
{
    family->bounds = calloc(tt_bound_count(), sizeof *family->bounds);
    if (!family->bounds)
        return tt_no_memory(error);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        tt_real_init(&family->bounds[k].exponent);
        set_trend(&family->bounds[k], family, bound_value, k);
    }
    set_trend(&family->worst, family, worst_value, 0);
    return TT_OK;
}

/* ---- the whole ---- */

static tt_status set_row_pair(tt_counterexample *out, tt_error *error)
{
    tt_status status = tt_generate_a8_row(out->target, error);
    mpq_t half;
    mpq_init(half);
    mpq_set_ui(half, 1, 2);
    if (status == TT_OK)
        tt_kl_binary(&out->kl, half, out->target, TT_PRECISION_DEFAULT);
    mpq_clear(half);
    return status;
}

static tt_status run_family(tt_counterexample_family *family, const char *const *probabilities, size_t n,
                            size_t horizon, const tt_evaluate_options *options, tt_error *error)
{
    tt_status status = family_rows(family, probabilities, n, error);
    for (size_t r = 0; r < n && status == TT_OK; r++)
        status = judge_row(&family->rows[r], family->id, horizon, options, error);
    return status == TT_OK ? family_trends(family, error) : status;
}

tt_status tt_counterexample_run(tt_counterexample *out, const char *const *probabilities, size_t n, size_t horizon,
                                const tt_evaluate_options *options, tt_error *error)
{
    tt_status status;
    memset(out, 0, sizeof *out);
    out->horizon = horizon;
    mpq_init(out->target);
    tt_real_init(&out->kl);
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++) {
        out->families[f].id = families[f].id;
        out->families[f].statement = families[f].statement;
        tt_real_init(&out->families[f].worst.exponent);
    }
    status = set_row_pair(out, error);
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES && status == TT_OK; f++)
        status = run_family(&out->families[f], probabilities, n, horizon, options, error);
    return status;
}

void tt_counterexample_clear(tt_counterexample *counterexample)
{
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++) {
        tt_counterexample_family *family = &counterexample->families[f];
        for (size_t r = 0; r < family->n; r++)
            row_clear(&family->rows[r]);
        free(family->rows);
        for (size_t k = 0; family->bounds && k < tt_bound_count(); k++)
            tt_real_clear(&family->bounds[k].exponent);
        free(family->bounds);
        tt_real_clear(&family->worst.exponent);
    }
    mpq_clear(counterexample->target);
    tt_real_clear(&counterexample->kl);
}

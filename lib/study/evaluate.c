#include "evaluate.h"

void tt_evaluate_options_init(tt_evaluate_options *options)
{
    options->engine = TT_ENGINE_AUTO;
    tt_measure_options_init(&options->measure);
    options->precision_max = TT_PRECISION_MAX;
    options->has_baseline = false;
    mpq_init(options->baseline);
    options->filter = false;
    options->memory = NULL;
    options->verdicts_only = false;
    options->ladders = true;
}

void tt_evaluate_options_clear(tt_evaluate_options *options)
{
    mpq_clear(options->baseline);
}

/* Judges at growing precisions until nothing is open. */
static tt_status judge_until_closed(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options,
                                    tt_measure_options *measure, tt_error *error)
{
    mpq_srcptr baseline = options->has_baseline ? options->baseline : NULL;
    for (;;) {
        tt_status status = tt_evaluate(&out->evaluation, &out->quantities, baseline, measure->precision);
        bool open = out->evaluation.undecided || out->evaluation.wide;
        out->precision = measure->precision;
        if (status != TT_OK)
            return tt_fail(error, status, NULL, "out of memory");
        if (!open || out->status == TT_LIMIT || measure->precision >= options->precision_max)
            return TT_OK;
        measure->precision *= 2;
        if (measure->precision > options->precision_max)
            measure->precision = options->precision_max;
        status = out->engine->refine(&out->quantities, subject, measure, error);
        if (status != TT_OK)
            return status;
    }
}

tt_status tt_judge(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options, tt_error *error)
{
    tt_measure_options measure = options->measure;
    tt_status status;
    tt_quantities_init(&out->quantities);
    out->status = TT_OK;
    out->measured = false;
    out->precision = measure.precision;
    if (tt_evaluation_init(&out->evaluation) != TT_OK)
        return tt_fail(error, TT_NO_MEMORY, NULL, "out of memory");
    status = tt_choose_engine(&out->engine, options->engine, subject, error);
    if (status != TT_OK)
        return status;
    status = out->engine->measure(&out->quantities, subject, &measure, &out->limit);
    if (status != TT_OK && status != TT_LIMIT) {
        if (error)
            *error = out->limit;
        return status;
    }
    out->status = status;
    out->measured = out->quantities.expected_tv.n > 0;
    out->quantities.vocab = subject->source->vocab;
    out->quantities.horizon = subject->source->horizon;
    /* where nothing was measured, tt_evaluation_init left every verdict undecided */
    return out->measured ? judge_until_closed(out, subject, options, &measure, error) : TT_OK;
}

void tt_judgement_clear(tt_judgement *judgement)
{
    tt_quantities_clear(&judgement->quantities);
    tt_evaluation_clear(&judgement->evaluation);
}

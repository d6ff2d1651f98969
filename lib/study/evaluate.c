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

const char *tt_tier_name(tt_tier tier)
{
    static const char *const names[TT_TIERS] = { "double", "exact", "refined" };
    return names[tier];
}

/* Judges what was measured at a precision; *open: there is something that more precision might tell. */
static tt_status judge(tt_judgement *out, const tt_evaluate_options *options, mpfr_prec_t precision, bool *open,
                       tt_error *error)
{
    mpq_srcptr baseline = options->has_baseline ? options->baseline : NULL;
    tt_evaluation *evaluation = &out->evaluation;
    evaluation->ladders = options->ladders;
    out->precision = precision;
    out->measured = true;
    if (tt_evaluate(evaluation, &out->quantities, baseline, precision) != TT_OK)
        return tt_no_memory(error);
    *open = options->verdicts_only ? evaluation->verdict_undecided : evaluation->undecided || evaluation->wide;
    return TT_OK;
}

/* Judges at growing precisions until nothing is open. */
static tt_status judge_until_closed(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options,
                                    tt_measure_options *measure, tt_error *error)
{
    for (;;) {
        bool open;
        tt_status status = judge(out, options, measure->precision, &open, error);
        if (status != TT_OK || !open || out->status == TT_LIMIT || measure->precision >= options->precision_max)
            return status;
        measure->precision *= 2;
        if (measure->precision > options->precision_max)
            measure->precision = options->precision_max;
        out->tier = TT_TIER_REFINED;
        status = out->engine->refine(&out->quantities, subject, measure, error);
        if (status != TT_OK)
            return status;
    }
}

static tt_status measure_by_filter(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options,
                                   tt_error *error)
{
    if (!options->memory)
        return tt_filter_engine.measure(&out->quantities, subject, &options->measure, error);
    return tt_filter_run(options->memory, &out->quantities, subject->source, TT_FILTER_ALL, error);
}

/* The first tier. *closed: it decided everything; else the quantities are as new. */
static tt_status judge_by_filter(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options,
                                 bool *closed, tt_error *error)
{
    bool open = true;
    tt_status status = measure_by_filter(out, subject, options, error);
    if (status == TT_OK)
        status = judge(out, options, TT_PRECISION_DOUBLE, &open, error);
    *closed = status == TT_OK && !open;
    if (*closed) {
        out->engine = &tt_filter_engine;
        out->tier = TT_TIER_DOUBLE;
        return TT_OK;
    }
    tt_quantities_clear(&out->quantities);
    tt_quantities_init(&out->quantities);
    return status == TT_LIMIT ? TT_OK : status;
}

static tt_status judge_by_engine(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options,
                                 tt_error *error)
{
    tt_measure_options measure = options->measure;
    tt_status status = out->engine->measure(&out->quantities, subject, &measure, &out->limit);
    out->tier = TT_TIER_EXACT;
    out->precision = measure.precision;
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

tt_status tt_judge(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options, tt_error *error)
{
    bool closed = false;
    tt_status status;
    tt_quantities_init(&out->quantities);
    out->status = TT_OK;
    out->measured = false;
    if (tt_evaluation_init(&out->evaluation) != TT_OK)
        return tt_no_memory(error);
    status = tt_choose_engine(&out->engine, options->engine, subject, error);
    if (status == TT_OK && options->filter)
        status = judge_by_filter(out, subject, options, &closed, error);
    return status == TT_OK && !closed ? judge_by_engine(out, subject, options, error) : status;
}

void tt_judgement_clear(tt_judgement *judgement)
{
    tt_quantities_clear(&judgement->quantities);
    tt_evaluation_clear(&judgement->evaluation);
}

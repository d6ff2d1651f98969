/* One instance from its rows to its verdicts: measure, judge, and while anything is open, measure more precisely. */
#ifndef TRUSTREE_EVALUATE_H
#define TRUSTREE_EVALUATE_H

#include "../catalogue/evaluation.h"
#include "../measure/measure.h"

typedef struct {
    tt_engine_choice engine;
    tt_measure_options measure; /* precision: the first one that is tried */
    mpfr_prec_t precision_max;  /* the last one */
    bool has_baseline;
    mpq_t baseline; /* b of L_traj(b), besides 0 and J_mu */
} tt_evaluate_options;

void tt_evaluate_options_init(tt_evaluate_options *options); /* the defaults: auto, 128 bits to 8192, no baseline */
void tt_evaluate_options_clear(tt_evaluate_options *options);

typedef struct {
    const tt_engine *engine;
    tt_quantities quantities;
    tt_evaluation evaluation;
    /* TT_OK, or TT_LIMIT: the engine stopped at options->measure.max_nodes, `limit` says how much would be needed,
       and what was not reached is absent, its verdicts undecided. */
    tt_status status;
    tt_error limit;
    bool measured; /* false where nothing was reached at all but vocab and horizon */
    mpfr_prec_t precision; /* of the enclosures */
} tt_judgement;

/* Measures and judges the subject. While a verdict is undecided or an enclosure is wider than 2^-83 of its size the
   precision doubles, up to the cap.
   fails: what the engine fails with, except TT_LIMIT, which is a result; TT_NO_MEMORY.
   owns : the caller clears *out with tt_judgement_clear, on failure too. */
TT_MUST_CHECK tt_status tt_judge(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options,
                                 tt_error *error);
void tt_judgement_clear(tt_judgement *judgement);

#endif

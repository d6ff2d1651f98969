/* One instance from its rows to its verdicts: measure, judge, and while anything is open, measure more precisely. */
#ifndef TRUSTREE_EVALUATE_H
#define TRUSTREE_EVALUATE_H

#include "../catalogue/evaluation.h"
#include "../measure/filter.h"
#include "../measure/measure.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* How an instance is measured and judged. */
typedef struct {
    tt_engine_choice engine;    /* which engine */
    tt_measure_options measure; /* precision: the first one that is tried */
    mpfr_prec_t precision_max;  /* the last one */
    bool has_baseline;          /* whether there is a baseline */
    mpq_t baseline;             /* b of L_traj(b), besides 0 and J_mu; canonical */

    /* for campaigns */

    bool filter;        /* the filter engine first, the one of `engine` only where that leaves something open; without
                           `verdicts_only` the width of its enclosures nearly always does */
    tt_filter *memory;  /* of the filter, kept from call to call by the caller; NULL: made for each call */
    bool verdicts_only; /* only verdicts count as open: not can_fire, fires or the width of an enclosure */
    bool ladders;       /* slack ladders are filled; without them tightness and minorizers are enclosures */
} tt_evaluate_options;

/* The defaults: auto, 128 bits to 8192, no baseline, no filter, everything counts, ladders. tt_evaluate_options_clear
   frees what they hold. */
void tt_evaluate_options_init(tt_evaluate_options *options);
void tt_evaluate_options_clear(tt_evaluate_options *options);

/* What decided an instance. */
typedef enum {
    TT_TIER_DOUBLE,  /* the filter */
    TT_TIER_EXACT,   /* the engine with enclosures of the first precision */
    TT_TIER_REFINED, /* the engine with more precision */
    TT_TIERS         /* how many there are */
} tt_tier;

/* The word that reports print: "double", "exact", "refined"; a static text. */
const char *tt_tier_name(tt_tier tier);

/* What is known of an instance. */
typedef struct {
    const tt_engine *engine; /* that measured it */
    tt_tier tier; /* the last one that was asked; of what stayed open too */
    tt_quantities quantities; /* what was measured */
    tt_evaluation evaluation; /* what the catalogues say of it */
    /* TT_OK, or TT_LIMIT: the engine stopped at options->measure.max_nodes, and what was not reached is absent, its
       verdicts undecided. */
    tt_status status;
    tt_error limit; /* with TT_LIMIT: how much would be needed */
    bool measured; /* false where nothing was reached at all but vocab and horizon */
    mpfr_prec_t precision; /* of the enclosures */
} tt_judgement;

/* Measures and judges the subject. With `filter` the verdicts are those of the engine alone, but for can_fire and
   fires, which the filter may leave null with `verdicts_only`. While a verdict is undecided or an enclosure is wider
   than 2^-83 of its size the precision doubles, up to the cap.
   fails: what the engine fails with, except TT_LIMIT, which is a result; TT_NO_MEMORY.
   owns : the caller clears *out with tt_judgement_clear, on failure too. */
TT_MUST_CHECK tt_status tt_judge(tt_judgement *out, const tt_subject *subject, const tt_evaluate_options *options,
                                 tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_judgement_clear(tt_judgement *judgement);

TT_END_C

#endif

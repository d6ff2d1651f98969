/* Plans of campaign instances and what is built of them; internal to sample*. */
#ifndef TRUSTREE_SAMPLE_PLAN_H
#define TRUSTREE_SAMPLE_PLAN_H

#include "sample_draw.h"

/* Where the pairs of a plan stand. */
typedef enum {
    TT_LAYOUT_FREE,      /* a pair per context, or state */
    TT_LAYOUT_IID,       /* one pair everywhere */
    TT_LAYOUT_STEP,      /* one pair per step */
    TT_LAYOUT_LAST,      /* the pair depends on the last token */
    TT_LAYOUT_FIRST,     /* the pair depends on the first token */
    TT_LAYOUT_ONE,       /* one context, rows equal elsewhere */
    TT_LAYOUT_FEW,       /* one context in six, or one state in three, and at least one */
    TT_LAYOUT_END,       /* token 0 ends the response: the same certain token after it */
    TT_LAYOUT_UNREACHED, /* only where neither policy comes */
    TT_LAYOUT_RARE       /* only after a first token 0 of probability 1 / large */
} tt_layout;

typedef struct {
    tt_sample_corner corner;
    tt_layout layout;
    tt_draw_pair *pair;
    size_t vocab_least, vocab_most, horizon_least, horizon_most;
    bool tree, dyadic, machine; /* the kinds that it fits */
    unsigned slots;             /* of TT_SAMPLE_CYCLE */
} tt_sample_plan;

typedef enum {
    TT_REWARD_ZERO,
    TT_REWARD_ONE,
    TT_REWARD_BINARY,
    TT_REWARD_SPARSE,
    TT_REWARD_FRACTION,
    TT_REWARD_WORST, /* tree form only */
    TT_REWARDS
} tt_reward_plan;

/* An unfinished instance; *out is the caller's to free, on failure too. */
TT_MUST_CHECK tt_status tt_sample_tree(tt_instance **out, const tt_sample_plan *plan, tt_reward_plan reward,
                                       const tt_draw *draw, tt_error *error);
TT_MUST_CHECK tt_status tt_sample_machine(tt_instance **out, const tt_sample_plan *plan, tt_reward_plan reward,
                                          const tt_draw *draw, tt_error *error);

/* What the two have in common. */
TT_MUST_CHECK tt_status tt_sample_prompts(tt_instance *instance, size_t states, const tt_draw *draw, tt_error *error);
/* One reward, numerator / denominator, 0 <= numerator <= denominator <= TT_SAMPLE_PARTS. */
typedef struct {
    unsigned numerator, denominator;
} tt_sample_fraction;
#define TT_SAMPLE_PARTS 16
tt_sample_fraction tt_sample_reward(tt_reward_plan reward, const tt_draw *draw);

/* An unfinished instance under its name, for the generator `campaign`; the stream is that of (seed, index). */
TT_MUST_CHECK tt_status tt_sample_build(tt_instance **out, uint64_t *corners, const tt_sample_space *space,
                                        tt_random *random, tt_error *error);

#endif

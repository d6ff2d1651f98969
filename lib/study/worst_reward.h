/* The reward under which Error is as large as any reward can make it: 1 where e(y) > 0, 0 elsewhere.
   Since sum_y e(y) = 0, Error is then + worst-case Error. */
#ifndef TRUSTREE_WORST_REWARD_H
#define TRUSTREE_WORST_REWARD_H

#include "../measure/options.h"
#include "../number/linkage.h"
#include "../world/instance.h"

TT_BEGIN_C

/* *out: the source's policies in tree form, every context spelled out, with that reward. name may be NULL.
   fails: TT_LIMIT past options->max_nodes, with the number of nodes in error->what; TT_NO_MEMORY; TT_INTERRUPTED.
   owns : the caller frees *out with tt_instance_free; NULL on failure. */
TT_MUST_CHECK tt_status tt_worst_reward(tt_instance **out, const tt_row_source *source, const char *name,
                                        const tt_measure_options *options, tt_error *error);

TT_END_C

#endif

/* The straight way from rollout to target: pi_h(.|c) = mu(.|c) + h (pi(.|c) - mu(.|c)). */
#ifndef TRUSTREE_MIX_H
#define TRUSTREE_MIX_H

#include "../number/linkage.h"
#include "instance.h"

TT_BEGIN_C

/* *out: the instance with every target row, spelled out, default or of a state, moved to pi_h; prompts, rollout rows,
   rewards, form and name stay. Exact; h = 0 gives target = rollout, h = 1 the instance's own policies.
   h    : in [0, 1], canonical
   fails: TT_BAD_INPUT where h is not in [0, 1]; TT_LIMIT past 2^32 - 2 rows; TT_NO_MEMORY. On failure *out is NULL.
   owns : the caller frees *out with tt_instance_free. */
TT_MUST_CHECK tt_status tt_instance_mix(tt_instance **out, const tt_instance *instance, mpq_srcptr h, tt_error *error);

TT_END_C

#endif

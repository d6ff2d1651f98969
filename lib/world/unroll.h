/* The tree form of a process, with every context spelled out, reachable or not. */
#ifndef TRUSTREE_UNROLL_H
#define TRUSTREE_UNROLL_H

#include "../number/linkage.h"
#include "instance.h"

TT_BEGIN_C

/* The reward of a whole response of `depth` = T tokens, in [0, 1], canonical, written to out. */
typedef tt_status tt_response_reward(void *context, size_t prompt, const uint32_t *tokens, size_t depth, mpq_ptr out,
                                     tt_error *error);

/* An unfinished tree-form instance with the prompts and rows of the source and no reward: the caller adds
   rewards and calls tt_instance_finish. A context has a target row where it differs from the rollout row.
   name : may be NULL
   fails: TT_LIMIT where the source has more than max_nodes contexts and responses, with their number in
          error->what; TT_NO_MEMORY. On failure *out is NULL.
   owns : the caller frees *out with tt_instance_free. */
TT_MUST_CHECK tt_status tt_unroll_contexts(tt_instance **out, const tt_row_source *source, const char *name,
                                           uint64_t max_nodes, tt_error *error);

/* The same finished, with the reward of the source, or of the callback where it is not NULL; rewards of 0
   are left to the default. Fails as above or as the callback does. */
TT_MUST_CHECK tt_status tt_unroll(tt_instance **out, const tt_row_source *source, const char *name, uint64_t max_nodes,
                                  tt_response_reward *reward, void *context, tt_error *error);

/* tt_unroll of an instance of either form, under its name. */
TT_MUST_CHECK tt_status tt_instance_unroll(tt_instance **out, const tt_instance *instance, uint64_t max_nodes,
                                           tt_response_reward *reward, void *context, tt_error *error);

TT_END_C

#endif

#include "worst_reward.h"

#include "../measure/tree.h"
#include "../world/unroll.h"

typedef struct {
    tt_instance *instance;
    size_t horizon;
    mpq_t one;
} rewards;

static tt_status reward_response(void *context, size_t prompt, const uint32_t *tokens, int sign_of_e, tt_error *error)
{
    rewards *r = context;
    return sign_of_e > 0 ? tt_instance_set_reward(r->instance, prompt, tokens, r->horizon, r->one, error) : TT_OK;
}

static tt_status set_rewards(tt_instance *instance, const tt_row_source *source, const tt_measure_options *options,
                             tt_error *error)
{
    rewards r = { .instance = instance, .horizon = source->horizon };
    mpq_t zero;
    tt_status status;
    mpq_init(zero);
    mpq_init(r.one);
    mpq_set_ui(r.one, 1, 1);
    status = tt_instance_set_reward_default(instance, zero, error);
    if (status == TT_OK)
        status = tt_tree_each_response(source, options, reward_response, &r, error);
    if (status == TT_OK)
        status = tt_instance_finish(instance, error);
    mpq_clear(zero);
    mpq_clear(r.one);
    return status;
}

tt_status tt_worst_reward(tt_instance **out, const tt_row_source *source, const char *name,
                          const tt_measure_options *options, tt_error *error)
{
    tt_status status = tt_unroll_contexts(out, source, name, options->max_nodes, error);
    if (status != TT_OK)
        return status;
    status = set_rewards(*out, source, options, error);
    if (status != TT_OK) {
        tt_instance_free(*out);
        *out = NULL;
    }
    return status;
}

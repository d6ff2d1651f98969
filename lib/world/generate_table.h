/* The generators' functions, for the table in generate.c, and what they share.

   A tt_build function leaves its instance unfinished: tt_generate finishes it, names it where it has no name yet, and
   frees it where the function failed. */
#ifndef TRUSTREE_GENERATE_TABLE_H
#define TRUSTREE_GENERATE_TABLE_H

#include "../number/exact.h"
#include "generate.h"

#define TT_MACHINE_VOCAB_MAX 3

/* A state of a small automaton. Token 0 has the probability that the others leave. */
typedef struct {
    const char *name;                               /* NULL: the state's number */
    mpq_srcptr rollout[TT_MACHINE_VOCAB_MAX - 1]; /* of tokens 1, 2; NULL is 0 */
    mpq_srcptr target[TT_MACHINE_VOCAB_MAX - 1];
    bool deviates; /* else target = rollout, whatever stands in `target` */
    size_t next[TT_MACHINE_VOCAB_MAX];
    bool reward; /* 1 or 0 where a response ends here */
} tt_state_plan;

/* The machine of n states with one prompt, which starts in state 0. vocab <= TT_MACHINE_VOCAB_MAX.
   fails: TT_BAD_INPUT where a row is none, as the probabilities of tokens 1.. add up to more than 1. */
TT_MUST_CHECK tt_status tt_machine_build(tt_instance **out, size_t vocab, size_t horizon, const tt_state_plan *states,
                                         size_t n, tt_error *error);

/* The target probability of token 1: the argument "target" where given, else the one above `rollout` (below it
   where `above` is false) whose row is the argument "kl" away. */
TT_MUST_CHECK tt_status tt_target_probability(mpq_t out, const tt_arguments *arguments, mpq_srcptr rollout, bool above,
                                              tt_error *error);

/* prompts * (1 + V + ... + V^depth), or more than TT_GENERATE_NODES_MAX where it is. */
size_t tt_tree_nodes(size_t prompts, size_t vocab, size_t depth);
/* Small random weights over their sum. */
void tt_draw_prompts(mpq_t *out, size_t prompts, tt_random *random);
/* One reward, `word` the parameter "reward". */
void tt_draw_reward(mpq_t out, size_t word, tt_random *random);

extern const char *const tt_reward_words[];
tt_build tt_build_random, tt_build_near, tt_build_sparse;

tt_build tt_build_campaign;

extern const char *const tt_a8_words[];
tt_build tt_build_a8, tt_build_count, tt_build_markov, tt_build_rare_state, tt_build_flip, tt_build_eos;

tt_build tt_build_rare_token, tt_build_golden, tt_build_sequence_kl, tt_build_linear_tight, tt_build_mixed_tight,
    tt_build_reverse_kl;

extern const char *const tt_precision_words[], *const tt_accumulator_words[];
tt_build tt_build_backend, tt_build_moe, tt_build_staleness;

#endif

/* The instance: prompts, two policies, horizon, reward (INSTANCE.md).

   Two forms, one meaning: an autoregressive process over V tokens and T steps.
   The tree form spells contexts out and has defaults for the rest; the machine
   form folds contexts into the states of a deterministic automaton.

   Build one with _new, the setters, and _finish, which checks what can only be
   checked on the whole; then it is constant. Rows are arrays of V canonical mpq_t
   and are copied. Setters that can refuse name only what is wrong; the caller adds
   the place (JSON path). Numbers of prompts, tokens and states count from 0. */
#ifndef TRUSTREE_INSTANCE_H
#define TRUSTREE_INSTANCE_H

#include "../number/linkage.h"
#include "rows.h"

TT_BEGIN_C

/* What an instance file names as its "format". */
#define TT_INSTANCE_FORMAT "trustree-instance-1"
#define TT_SIZE_MAX 2147483647UL /* the largest vocab and horizon, 2^31 - 1 */

/* How an instance is written down. */
typedef enum {
    TT_FORM_TREE,   /* contexts are spelled out, with defaults for the rest */
    TT_FORM_MACHINE /* contexts are the states of a deterministic automaton */
} tt_form;
/* Whose row it is. */
typedef enum {
    TT_ROLLOUT, /* mu, which samples */
    TT_TARGET   /* pi, which is judged */
} tt_policy;

/* An instance, being built or finished. A finished one may be read by several threads at once. */
typedef struct tt_instance tt_instance;

/* An empty instance, which the caller frees with tt_instance_free; *out is NULL on failure.
   fails: TT_BAD_INPUT where vocab or horizon is not in 1..TT_SIZE_MAX; TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_instance_new(tt_instance **out, tt_form form, size_t vocab, size_t horizon, tt_error *error);
/* Frees the instance and all that it was given; NULL is allowed. */
void tt_instance_free(tt_instance *instance);
/* Copies the name, any text. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_instance_set_name(tt_instance *instance, const char *name);

/* Appends a prompt of probability p in [0, 1]; state is its first state in the machine form, else ignored. */
TT_MUST_CHECK tt_status tt_instance_add_prompt(tt_instance *instance, mpq_srcptr p, size_t state, tt_error *error);

/* Tree form: the row of a policy at every context that is not spelled out. Where target has neither a row of its own
   nor a default, it has the rollout row of the context.
   fails: TT_BAD_INPUT for a bad row, or one given before. */
TT_MUST_CHECK tt_status tt_instance_set_default(tt_instance *instance, tt_policy policy, const mpq_t *row, tt_error *error);
/* Tree form: the row of a policy at one context, `depth` < T tokens after a prompt. The prompts are added first; keys
   in order of their tokens go fastest.
   fails: TT_BAD_INPUT for a bad row, a prompt, token or depth out of range, or a key given before. */
TT_MUST_CHECK tt_status tt_instance_set_context(tt_instance *instance, tt_policy policy, size_t prompt,
                                                const uint32_t *tokens, size_t depth, const mpq_t *row, tt_error *error);
/* The number of a row that many contexts share: 0, 1, ... in the order of new rows, the same for equal ones.
   fails: as tt_row_store_add. */
TT_MUST_CHECK tt_status tt_instance_add_row(size_t *row, tt_instance *instance, const mpq_t *values, tt_error *error);
/* The same of V weights over their sum, which is positive and below 2^64. */
TT_MUST_CHECK tt_status tt_instance_add_weights(size_t *row, tt_instance *instance, const uint64_t *weights,
                                                tt_error *error);
/* tt_instance_set_context with a row by its number. */
TT_MUST_CHECK tt_status tt_instance_set_context_row(tt_instance *instance, tt_policy policy, size_t prompt,
                                                    const uint32_t *tokens, size_t depth, size_t row, tt_error *error);
/* Tree form: the reward of one response, depth = T tokens, in [0, 1], canonical.
   fails: as tt_instance_set_context. */
TT_MUST_CHECK tt_status tt_instance_set_reward(tt_instance *instance, size_t prompt, const uint32_t *tokens,
                                               size_t depth, mpq_srcptr reward, tt_error *error);

/* The number of a reward in [0, 1], as of a row: for tt_instance_set_tree. TT_BAD_INPUT, TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_instance_add_number(size_t *number, tt_instance *instance, mpq_srcptr value, tt_error *error);
/* In place of the number of a reward: the response has the default one, which the caller sets. */
#define TT_DEFAULT_REWARD UINT32_MAX
/* The whole tree at once, after its prompts and in place of the setters of single rows and rewards: the numbers of the
   rows of every context and of the rewards of every response, shortest first, then by prompt, then by tokens. Where
   the rows of a context are the same, its target row is not spelled out.
   in: prompts (1 + V + ... + V^(T-1)) numbers in rollout and target, prompts V^T in reward */
TT_MUST_CHECK tt_status tt_instance_set_tree(tt_instance *instance, const uint32_t *rollout, const uint32_t *target,
                                             const uint32_t *reward, tt_error *error);

/* Both forms: the reward of whatever is not listed, in [0, 1], canonical. TT_BAD_INPUT where it is not, or was given
   before. */
TT_MUST_CHECK tt_status tt_instance_set_reward_default(tt_instance *instance, mpq_srcptr reward, tt_error *error);

/* Machine form: adds a state, in order 0, 1, ...; name is copied; target NULL means equal to rollout; next[v] is the
   number of a state, which may be added later. */
TT_MUST_CHECK tt_status tt_instance_add_state(tt_instance *instance, const char *name, const mpq_t *rollout,
                                              const mpq_t *target, const size_t *next, tt_error *error);
/* Machine form: the reward of a response whose last token leads to this state.
   fails: TT_BAD_INPUT where it is not in [0, 1], or was given before. */
TT_MUST_CHECK tt_status tt_instance_set_state_reward(tt_instance *instance, size_t state, mpq_srcptr reward, tt_error *error);

/* Checks that the prompts sum to 1, that every context has its rows and every response its reward, that
   every state named exists and no two have one name; error->where is the JSON path. TT_LIMIT where the
   states that the last token can lead to are too much work to find (2^30 steps; a default reward needs
   none). After TT_OK the instance is constant. */
TT_MUST_CHECK tt_status tt_instance_finish(tt_instance *instance, tt_error *error);

/* What an instance is. Everything that is returned belongs to the instance and lives as long. */
tt_form tt_instance_form(const tt_instance *instance); /* tree or machine */
const char *tt_instance_name(const tt_instance *instance); /* its name, "" where none was given */
size_t tt_instance_vocab(const tt_instance *instance); /* V */
size_t tt_instance_horizon(const tt_instance *instance); /* T */
size_t tt_instance_prompts(const tt_instance *instance); /* how many there are */
mpq_srcptr tt_instance_prompt(const tt_instance *instance, size_t x); /* P(x) of prompt x < prompts, canonical */
const tt_row_store *tt_instance_rows(const tt_instance *instance); /* every row and pair that occurs */

/* The tree of contexts, of either form. The source lives as long as the instance. */
void tt_instance_source(tt_row_source *out, const tt_instance *instance);

/* Machine form only; states, prompts and tokens by their numbers. */
size_t tt_instance_states(const tt_instance *instance); /* how many there are */
const char *tt_instance_state_name(const tt_instance *instance, size_t state); /* its name, as in the file */
size_t tt_instance_first_state(const tt_instance *instance, size_t prompt); /* the state of a prompt's empty context */
size_t tt_instance_next(const tt_instance *instance, size_t state, size_t token); /* where the token leads */
size_t tt_instance_state_pair(const tt_instance *instance, size_t state); /* the pair of its rows in tt_instance_rows */
/* Machine form: the reward of a response that ends in the state, listed or the default one; NULL where the state has no
   reward, which _finish allows only where no T-th token leads to it. */
mpq_srcptr tt_instance_state_reward(const tt_instance *instance, size_t state);

/* In place of a number: there is none. */
#define TT_NONE SIZE_MAX
/* What was spelled out, for writers: NULL or TT_NONE where nothing was. */
size_t tt_instance_default_row(const tt_instance *instance, tt_policy policy); /* tree form: the number of the row */
mpq_srcptr tt_instance_reward_default(const tt_instance *instance); /* the reward of whatever is not listed */
/* Machine form: the reward that the state itself was given; NULL where it was given none. */
mpq_srcptr tt_instance_listed_state_reward(const tt_instance *instance, size_t state);
/* Called for a context (depth < T) or response (depth = T) of `depth` tokens: rollout and target are row numbers or
   TT_NONE, reward NULL or given. Any status but TT_OK ends the visits. */
typedef tt_status tt_context_visitor(void *context, size_t prompt, const uint32_t *tokens, size_t depth,
                                     size_t rollout, size_t target, mpq_srcptr reward);
/* Tree form: calls visit for every context or response that has a row or reward of its own, shortest
   first, then by prompt and tokens. Returns TT_OK, or what visit did. */
tt_status tt_instance_each_context(const tt_instance *instance, tt_context_visitor *visit, void *context);

/* A context's key, "PROMPT:y1.y2...": the caller frees it; NULL without memory. */
char *tt_context_key(size_t prompt, const uint32_t *tokens, size_t depth);

TT_END_C

#endif

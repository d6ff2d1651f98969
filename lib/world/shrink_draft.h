/* An instance taken apart, to be cut and put together again; internal to shrink*.

   A node is a context of a tree, numbered by length, prompt and tokens, or a state of a machine. */
#ifndef TRUSTREE_SHRINK_DRAFT_H
#define TRUSTREE_SHRINK_DRAFT_H

#include "instance.h"

typedef struct {
    tt_form form;
    size_t vocab, horizon, prompts, nodes, rewards;
    mpq_t *prompt;     /* prompts */
    mpq_t *rows[2];    /* by tt_policy; vocab for each node */
    mpq_t *reward;     /* of each response, in order of prompt and tokens, or of each state */
    size_t *start;     /* of a machine, by prompt */
    size_t *next;      /* of a machine, vocab for each node */
    const char **name; /* of a machine, by node; they belong to the instance it was taken from */
} tt_draft;

/* fails: TT_LIMIT for a tree of more than 2^20 contexts and responses or 4096 steps; TT_NO_MEMORY. Clear it in any
          case. */
TT_MUST_CHECK tt_status tt_draft_of(tt_draft *out, const tt_instance *instance, tt_error *error);
TT_MUST_CHECK tt_status tt_draft_copy(tt_draft *out, const tt_draft *draft, tt_error *error);
void tt_draft_clear(tt_draft *draft);
/* The caller frees *out. */
TT_MUST_CHECK tt_status tt_draft_instance(tt_instance **out, const tt_draft *draft, const char *name, tt_error *error);

/* The row of a node under a policy, vocab entries. */
mpq_t *tt_draft_row(const tt_draft *draft, tt_policy policy, size_t node);
bool tt_draft_deviates(const tt_draft *draft, size_t node);

/* Gives a tree the reward 1 where e(y) > 0 and 0 elsewhere, which makes Error as large as any reward does; `least` the
   other way round. */
void tt_draft_worst_reward(tt_draft *draft, bool least);

/* What is cut off; TT_NONE in a field leaves that part as it is. */
typedef struct {
    size_t only;          /* the one prompt that stays */
    size_t without;       /* a prompt that goes; the others share its probability in proportion */
    size_t step, token;   /* a step, from 0, that goes, and the token that it is taken to have had; a machine's is 0 */
    size_t horizon;       /* steps that stay, in place of that */
    size_t tail;          /* tree: the token that the steps cut off are taken to have had; TT_NONE: a response has the
                             mean reward, under rollout, of what it was cut from */
    size_t dropped, heir; /* a token that goes, and the one that has its probabilities; TT_NONE: shared in proportion */
    size_t state, other;  /* machine: a state that goes, and the one that takes its place */
} tt_cut;

extern const tt_cut tt_no_cut;

/* *possible = false, with an empty draft, where nothing would be left to share. */
TT_MUST_CHECK tt_status tt_draft_cut(tt_draft *out, bool *possible, const tt_draft *draft, const tt_cut *cut,
                                     tt_error *error);

#endif

/* What the sources of an instance share: its parts, and what one of them does for the others. */
#ifndef TRUSTREE_INSTANCE_INTERNAL_H
#define TRUSTREE_INSTANCE_INTERNAL_H

#include "instance.h"
#include "intern.h"
#include "place.h"

#define NONE TT_INTERN_NONE

/* A context or response that a file spells out, or the way to one. Children are
   contiguous and sorted by token once the instance is finished. Node 0 stands above
   the prompts: its children are the empty contexts, their tokens the prompts. */
typedef struct {
    uint32_t parent, token;
    uint32_t first, children;
    uint32_t rollout, target; /* rows of its own, or NONE */
    uint32_t reward;          /* of its own, or NONE */
    uint32_t pair;            /* what engines see */
} tt_tree_node;

typedef struct {
    tt_tree_node *nodes; /* after _finish breadth first, with one more at the end: any context off the tree */
    size_t count, room;
    tt_index index; /* by (parent, token), while building */
    /* The way to the last key: files list neighbours after one another. */
    uint32_t *path_nodes, *path_tokens;
    size_t path_length, path_room, path_token_room;
    uint32_t default_row[2]; /* by tt_policy, or NONE */
    bool filled;             /* by tt_tree_fill: complete and laid out */
} tt_tree_form;

typedef struct {
    char *name;
    uint32_t pair;
    uint32_t reward; /* of its own, or NONE */
} tt_machine_state;

typedef struct {
    tt_machine_state *states;
    uint32_t *next; /* vocab of them per state */
    size_t count, room, next_room;
} tt_machine_form;

typedef struct {
    uint32_t probability;
    size_t state;
} tt_prompt;

struct tt_instance {
    tt_form form;
    char *name;
    size_t vocab, horizon;
    tt_prompt *prompts;
    size_t prompt_count, prompt_room;
    tt_row_store *rows;
    tt_intern numbers; /* prompt probabilities and rewards: numerator, denominator */
    uint32_t reward_default;
    uint32_t reward_total; /* a common denominator of the rewards, 0 where none is small; once finished */
    tt_tree_form tree;
    tt_machine_form machine;
};

/* Fills error for a status that says what is wrong by itself: no memory, too many numbers. TT_OK passes. */
tt_status tt_instance_fail(tt_status status, tt_error *error);
/* A number of the instance's store; NULL for NONE. */
mpq_srcptr tt_instance_number(const tt_instance *instance, uint32_t number);
/* A reward, or the default for NONE, times reward_total > 0. */
uint32_t tt_instance_small_reward(const tt_instance *instance, uint32_t number);

/* The tree of keys that were spelled out. */
TT_MUST_CHECK tt_status tt_tree_init(tt_tree_form *tree);
void tt_tree_clear(tt_tree_form *tree);
/* The node of a context or response, made where it does not exist. */
TT_MUST_CHECK tt_status tt_tree_find(uint32_t *node, tt_tree_form *tree, size_t prompt, const uint32_t *tokens,
                                     size_t depth);
/* Every context and response at once, laid out as _finish does. */
TT_MUST_CHECK tt_status tt_tree_fill(tt_instance *instance, const uint32_t *rollout, const uint32_t *target,
                                     const uint32_t *reward);
TT_MUST_CHECK tt_status tt_tree_finish(tt_instance *instance, tt_error *error);
void tt_tree_source(tt_row_source *out);

TT_MUST_CHECK tt_status tt_machine_finish(const tt_instance *instance, tt_error *error);
void tt_machine_source(tt_row_source *out);

#endif

/* Where rollout and target differ although they are "the same model": what the generators backend, moe and
   staleness share. Two rows of rationals for every context of a bounded memory, written down as a tree or, where
   contexts fold, as an automaton. */
#ifndef TRUSTREE_MISMATCH_H
#define TRUSTREE_MISMATCH_H

#include "generate_table.h"

/* The contexts: a policy sees the last `memory` items of (prompt, y_1, ..., y_t), fewer at the start.
   Contexts of depth k < memory, prompts * V^k of them, are numbered from first[k] on, by prompt and tokens, the
   last token fastest. In the folded form the V^memory windows that the prompt has left follow from first[memory]
   on. Else memory is the horizon, and the responses are numbered from first[horizon] on. */
typedef struct {
    size_t vocab, horizon, prompts, memory;
    bool folds;
    size_t *first;   /* memory + 1 */
    size_t contexts; /* that have rows */
    size_t ends;     /* numbers first[memory].. that have a reward: windows, or responses */
    mpq_t *prompt;   /* probabilities */
    mpq_t *reward;   /* per end */
} tt_windows;

/* From the parameters vocab, horizon, memory, prompts, reward; draws prompts and rewards.
   fails: TT_LIMIT past TT_GENERATE_NODES_MAX contexts and ends; TT_BAD_INPUT, TT_NO_MEMORY. The caller clears it
          with tt_windows_clear, also after a failure. */
TT_MUST_CHECK tt_status tt_windows_init(tt_windows *windows, const tt_arguments *arguments, tt_random *random,
                                        tt_error *error);
void tt_windows_clear(tt_windows *windows);

/* The contexts (at step = horizon: the ends) that a response can be in after `step` tokens: count numbers from
   *start on. */
size_t tt_windows_at(size_t *start, const tt_windows *windows, size_t step);
/* Where token v leads from a context. */
size_t tt_windows_next(const tt_windows *windows, size_t context, size_t v);

typedef struct {
    size_t prompt; /* TT_NONE where it has left the window */
    size_t depth;  /* tokens */
    uint32_t *tokens;
} tt_window;
/* tokens has room for `memory` of them. */
void tt_windows_get(tt_window *out, const tt_windows *windows, size_t number);

/* Both rows of a context, V rationals each. */
typedef void tt_window_rows(void *self, mpq_t *rollout, mpq_t *target, const tt_window *window, size_t context);

/* The instance of the windows and their rows, unfinished. */
TT_MUST_CHECK tt_status tt_windows_build(tt_instance **out, const tt_windows *windows, tt_window_rows *rows, void *self,
                                         tt_error *error);

#endif

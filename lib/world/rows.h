/* Rows: the two probability rows of a context, and where an engine gets them.

   A row pair holds rollout and target as integers over one shared denominator:
   rollout(v) = rollout[v] / total, target(v) = target[v] / total. The weights of
   each row are >= 0 and sum to total exactly, so that an engine never divides.

   A row source is the interface between an engine and whatever knows the rows:
   a file's tree, an automaton, a generator, a callback. A node is the source's own
   handle of a context; engines only pass it back. */
#ifndef TRUSTREE_ROWS_H
#define TRUSTREE_ROWS_H

#include <gmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/linkage.h"
#include "../number/status.h"

TT_BEGIN_C

/* The number of a pair that has none. */
#define TT_NO_PAIR SIZE_MAX

/* A view, valid until the next call with the same buffer. Arrays have n entries, read-only. */
typedef struct {
    size_t n;                    /* V, the number of tokens */
    const __mpz_struct *rollout; /* weights >= 0 that sum to total */
    const __mpz_struct *target;  /* weights >= 0 that sum to total */
    const __mpz_struct *total;   /* one entry, > 0 */
    bool equal;                /* the two rows are the same */
    size_t pair;               /* the same number for the same pair of rows, 0, 1, ...; TT_NO_PAIR where unknown */
} tt_rows;

/* Room for one context's rows where a source computes them; one per depth. */
typedef struct {
    size_t n;              /* V */
    __mpz_struct *weights; /* 2 n + 1: rollout, target, total */
} tt_rows_buffer;

/* Room for rows of n tokens, which tt_rows_buffer_clear frees. TT_NO_MEMORY; then nothing has to be cleared. */
TT_MUST_CHECK tt_status tt_rows_buffer_init(tt_rows_buffer *buffer, size_t n);
void tt_rows_buffer_clear(tt_rows_buffer *buffer);

/* The same rows as small integers, each over its own total: rollout(v) = rollout[v] / rollout_total. */
typedef struct {
    uint32_t *rollout, *target; /* room for n each, the caller's */
    uint32_t rollout_total, target_total; /* > 0; what the weights of each row sum to */
} tt_small_rows;

/* The largest total of small rows, 2^31 - 1. */
#define TT_SMALL_TOTAL_MAX UINT32_C(0x7fffffff)

/* For a source whose nodes have numbers such that the children of `first`, `first` + 1, ... follow each other, and no
   weight is 0: n nodes of one depth at once, from `first` on. The same numbers as from the functions for one node, rows
   over row_total. */
typedef struct {
    /* n rows of V weights each, one after the other, over row_total. */
    void (*rows)(const void *self, uint64_t first, size_t n, uint32_t *rollout, uint32_t *target);
    /* Of n nodes at depth T, the reward times reward_total. */
    void (*rewards)(const void *self, uint64_t first, size_t n, uint32_t *out);
} tt_row_levels;

/* Where an engine gets the rows of a context. The functions are pure: they may be called from several threads at once,
   each with buffers of its own. What fills a source says how long it lives; it owns nothing and is not cleared. */
typedef struct tt_row_source tt_row_source;
struct tt_row_source {
    const void *self; /* the first argument of every function */
    size_t vocab;   /* V >= 1 */
    size_t horizon; /* T >= 1 */
    size_t prompts; /* how many, >= 1 */
    size_t pairs;   /* how many pair numbers occur; 0 where pairs are not numbered */
    /* P(x), canonical; the source keeps it. */
    mpq_srcptr (*prompt)(const void *self, size_t x);
    /* The context of prompt x without a token. */
    uint64_t (*root)(const void *self, size_t x);
    /* The context that follows `node` (at depth tokens) by `token`. */
    uint64_t (*child)(const void *self, uint64_t node, size_t depth, size_t token);
    /* The rows of a context with depth < T tokens. */
    void (*rows)(const void *self, uint64_t node, size_t depth, tt_rows *out, tt_rows_buffer *buffer);
    /* The reward of a whole response (depth T), in [0, 1], written to out, canonical. */
    void (*reward)(const void *self, uint64_t leaf, mpq_ptr out);
    /* The rows of a context for an engine that works on machine integers. NULL where a total is larger than
       TT_SMALL_TOTAL_MAX or the rewards have no common denominator up to there. */
    void (*small_rows)(const void *self, uint64_t node, size_t depth, tt_small_rows *out);
    /* With small_rows: the reward times reward_total. */
    uint32_t (*small_reward)(const void *self, uint64_t leaf);
    uint32_t reward_total; /* with small_rows: a common denominator of the rewards, up to TT_SMALL_TOTAL_MAX */
    uint32_t row_total; /* with small_rows: a multiple of every row's total, 0 where none is as small */
    const tt_row_levels *levels; /* with row_total; may be NULL */
};

/* contexts + responses over all prompts: prompts * (1 + V + ... + V^T). The number has T log2 V bits: ask
   tt_row_source_nodes_ui first. */
void tt_row_source_nodes(mpz_t out, const tt_row_source *source);
/* The same number, UINT64_MAX where it does not fit. */
uint64_t tt_row_source_nodes_ui(const tt_row_source *source);
/* The same for messages: the number, or "about 10^K"; `size` bytes at out with the NUL, more are cut. */
void tt_row_source_nodes_text(char *out, size_t size, const tt_row_source *source);
/* The largest tree of which something is kept for every node, where max_nodes are asked for: one of 64 bytes a node can
   still be addressed. */
uint64_t tt_row_source_nodes_limit(uint64_t max_nodes);

/* TT_BAD_INPUT where value is not in [0, 1]. `where` is that of the error; `what` begins the message: "the reward" (is
   negative). */
TT_MUST_CHECK tt_status tt_check_unit(mpq_srcptr value, const char *where, const char *what, tt_error *error);
/* TT_BAD_INPUT where sum is not 1; `what` begins the message: "the row sums" (to 9/10, not to 1). */
TT_MUST_CHECK tt_status tt_check_sum(mpq_srcptr sum, const char *where, const char *what, tt_error *error);

/* The store: rows and pairs, each kept once, however often a file repeats them. */
typedef struct tt_row_store tt_row_store;

/* An empty store of rows of `vocab` tokens, which the caller frees. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_row_store_new(tt_row_store **out, size_t vocab);
/* Frees the store and every row in it; NULL is allowed. */
void tt_row_store_free(tt_row_store *store);

/* Adds a row of `vocab` canonical rationals and returns its number, the same for equal rows.
   fails: TT_BAD_INPUT where an entry is not in [0, 1] (where names the entry as "[v]")
          or the sum is not exactly 1. */
TT_MUST_CHECK tt_status tt_row_store_add(size_t *row, tt_row_store *store, const mpq_t *values, tt_error *error);
/* The same for weights[v] / sum; the sum is positive and below 2^64. Only TT_LIMIT and TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_row_store_add_weights(size_t *row, tt_row_store *store, const uint64_t *weights,
                                                 tt_error *error);
/* Entry v of a row, canonical. */
void tt_row_store_get(mpq_t out, const tt_row_store *store, size_t row, size_t v);

/* The number of a pair of rows, the same for the same two rows. */
TT_MUST_CHECK tt_status tt_row_store_pair(size_t *pair, tt_row_store *store, size_t rollout, size_t target);
/* How many pairs there are; they are numbered 0, 1, ... in the order in which they were asked for. */
size_t tt_row_store_pairs(const tt_row_store *store);
/* The numbers of a pair's two rows. */
void tt_row_store_pair_rows(size_t *rollout, size_t *target, const tt_row_store *store, size_t pair);
/* The view of a pair; it lives as long as the store and is not moved. */
void tt_row_store_view(tt_rows *out, const tt_row_store *store, size_t pair);

/* Whether every row has a total up to TT_SMALL_TOTAL_MAX. */
bool tt_row_store_is_small(const tt_row_store *store);
/* The least common multiple of the totals of all rows, 0 where that is above TT_SMALL_TOTAL_MAX. */
uint32_t tt_row_store_common_total(const tt_row_store *store);
/* A pair of such a store as small integers. */
void tt_row_store_small(tt_small_rows *out, const tt_row_store *store, size_t pair);

/* The weights of both rows, n each, over a multiple of their totals. */
void tt_small_rows_over(uint32_t *rollout, uint32_t *target, const tt_small_rows *rows, size_t n, uint32_t total);

/* Small rows over their shared denominator: the least common multiple of the totals. */
void tt_rows_of_small(tt_rows *out, tt_rows_buffer *buffer, const tt_small_rows *small);

/* The least common multiple of total > 0 and denominator, or 0 where that is above TT_SMALL_TOTAL_MAX; 0 for
   total = 0. */
uint32_t tt_small_lcm(uint32_t total, mpz_srcptr denominator);

TT_END_C

#endif

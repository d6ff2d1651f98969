/* A small instance spelled out: every context and response in arrays, as plain rationals.

   For checks that follow a definition word by word. Memory is of the order of the contexts and responses.
   The contexts of depth d (d tokens so far) are numbered by prompt, then by tokens, first token slowest:
   context k of depth d has the children k V + v of depth d + 1. Depth T are the responses. */
#ifndef TRUSTREE_SPELLED_H
#define TRUSTREE_SPELLED_H

#include "../number/real.h"
#include "../world/instance.h"

typedef struct {
    tt_rows rows;
    tt_rows_buffer buffer; /* of the rows */
    mpq_t rollout, target; /* d^mu, d^pi of the context */
    mpq_t value;           /* V of the context, by mu */
    tt_real kl;            /* KL_tok(mu || pi) */
} tt_spelled_context;

typedef struct {
    mpq_t rollout, target; /* P_mu(y), P_pi(y) */
    mpq_t reward;
} tt_spelled_response;

typedef struct {
    size_t vocab, horizon, prompts;
    size_t *width;   /* [T + 1] contexts of each depth; width[T] responses */
    size_t *first;   /* [T + 1] where the contexts of a depth begin */
    size_t contexts; /* first[T] */
    tt_spelled_context *context;
    tt_spelled_response *response;
    mpq_t *prompt; /* P(x) */
} tt_spelled;

/* fails: TT_LIMIT where there are more than max_nodes contexts and responses; TT_NO_MEMORY.
   owns : the caller clears *out with tt_spelled_clear, on failure too. */
TT_MUST_CHECK tt_status tt_spelled_init(tt_spelled *out, const tt_row_source *source, size_t max_nodes,
                                        mpfr_prec_t precision, tt_error *error);
void tt_spelled_clear(tt_spelled *spelled);

/* The number of the context that response y passes at a depth < T, and the token it takes there. */
size_t tt_spelled_context_of(const tt_spelled *spelled, size_t y, size_t depth);
size_t tt_spelled_token(const tt_spelled *spelled, size_t y, size_t depth);

/* V of context k of a depth, R(y) where depth = T. */
mpq_srcptr tt_spelled_value(const tt_spelled *spelled, size_t depth, size_t k);

/* d^mu > 0 or d^pi > 0. */
bool tt_spelled_reachable(const tt_spelled_context *context);

/* out = rho(v) = pi(v) / mu(v); false where mu(v) = 0, and out is untouched. */
bool tt_spelled_ratio(mpq_t out, const tt_spelled_context *context, size_t v);
/* out = mu(v) or pi(v) */
void tt_spelled_probability(mpq_t out, const tt_spelled_context *context, tt_policy policy, size_t v);

/* Changes the target row of context k (a number over all depths). `row` holds it, V entries. */
typedef void tt_spelled_target(mpq_t *row, const void *context, size_t k);

/* An instance with the prompts, rollout rows and rewards of a spelled one, and the target rows that `target` leaves.
   fails: TT_NO_MEMORY, TT_BAD_INPUT for a row that does not sum to 1. owns: the caller frees *out; NULL on failure. */
TT_MUST_CHECK tt_status tt_spelled_retarget(tt_instance **out, const tt_spelled *spelled, tt_spelled_target *target,
                                            const void *context, tt_error *error);

/* out = J(mu + h (pi - mu)), h in [0, 1]. */
void tt_spelled_objective(mpq_t out, const tt_spelled *spelled, mpq_srcptr h);
/* out = worst-case Error of the pair mu, mu + h (pi - mu): half of sum_y |P_h(y) - P_mu(y) - h l(y)|. */
void tt_spelled_worst(mpq_t out, const tt_spelled *spelled, mpq_srcptr h);

#endif

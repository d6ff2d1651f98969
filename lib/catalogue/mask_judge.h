/* Decides a mask on the responses of a walk, at one threshold or at many.

   The levels of a judge are values of the mask's first threshold, from the strictest to the one that keeps most; the
   second threshold is fixed. A response, or a token, is kept from some level on. Enclosures decide what is clear, exact
   arithmetic (log_form.h, rationals, squares) what is not. Internal. */
#ifndef TRUSTREE_MASK_JUDGE_H
#define TRUSTREE_MASK_JUDGE_H

#include "../measure/responses.h"
#include "masks.h"

typedef struct {
    const tt_mask *mask;
    size_t levels;       /* >= 1 */
    const mpq_t *first;  /* levels of them, strictest first */
    mpq_srcptr second;
    bool over_horizon;   /* means run over T tokens, not over n */
    const tt_real *eps, *delta; /* for w_t: the instance's maxima; NULL where the mask has no weights */
    mpfr_prec_t precision_max;
} tt_mask_question;

typedef struct tt_mask_judge tt_mask_judge;

/* The question and what it points to are the caller's and stay. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_mask_judge_new(tt_mask_judge **out, const tt_mask_question *question,
                                          const tt_row_source *source);
void tt_mask_judge_free(tt_mask_judge *judge);

/* To be called for every step of the walk whose token has mu > 0 (tt_response_walker.push). */
void tt_mask_judge_push(tt_mask_judge *judge, const tt_path *path, size_t depth, size_t token);

/* The first level that keeps the response (mu(y) > 0), or token t = 1..T of it; `levels` where none does.
   advantage: the sign of R - b. */
size_t tt_mask_judge_response(tt_mask_judge *judge, const tt_response *response, int advantage);
size_t tt_mask_judge_token(tt_mask_judge *judge, const tt_response *response, size_t t, int advantage);

/* The number that the first threshold is compared with, of the response (t = 0) or of token t of it: a larger threshold
   than this keeps it, or a smaller one, as tt_mask_grows says, where nothing else rejects it. Absent where the threshold
   does not matter. */
void tt_mask_judge_value(tt_real *out, tt_mask_judge *judge, const tt_response *response, size_t t, int advantage);

/* The context of the first response that could not be decided at a level ("0:1.1"); NULL where all were. */
const char *tt_mask_judge_open(const tt_mask_judge *judge, size_t level);
bool tt_mask_judge_failed(const tt_mask_judge *judge); /* memory ran out on the way */

#endif

/* The values that the first threshold of a mask takes when it moves. Internal to masking. */
#ifndef TRUSTREE_MASKING_LEVELS_H
#define TRUSTREE_MASKING_LEVELS_H

#include "../catalogue/mask_judge.h"
#include "masking.h"

typedef struct {
    size_t n;
    mpq_t *thresholds; /* n, strictest first */
    tt_real *jumps;    /* n, see tt_mask_point */
} tt_mask_levels;

/* n values from low to high, evenly apart; their jumps are absent. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_mask_levels_grid(tt_mask_levels *out, const tt_mask *mask, mpq_srcptr low, mpq_srcptr high,
                                            size_t n, tt_error *error);

/* One value on each side of every statistic that a response, or a token, of the source has under rollout. The levels of
   the question are not looked at; R - baseline is the advantage.
   fails: TT_LIMIT past options->max_nodes or TT_MASK_JUMPS values; TT_INTERRUPTED, TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_mask_levels_jumps(tt_mask_levels *out, const tt_mask_question *question,
                                             const tt_row_source *source, mpq_srcptr baseline,
                                             const tt_measure_options *options, tt_error *error);

/* For levels that were made, or are all zero bits. */
void tt_mask_levels_clear(tt_mask_levels *levels);

#endif

/* KL of rows in fixed point, summed over a subtree, and the row where it is largest. Internal to the tree engine.

   sum(c) = KL(c) + sum_y r_y sum(c y) for every context, so that at the root it is KL_seq. One division and a few
   short products at a context, from remembered logs. */
#ifndef TRUSTREE_TREE_KL_H
#define TRUSTREE_TREE_KL_H

#include "../number/real.h"
#include "../world/rows.h"
#include "log_fixed.h"
#include "tree_masses.h"

typedef struct {
    tt_fixed_logs logs;
    size_t vocab, limbs;
} tt_tree_kl;

/* A sum over T steps comes within T 2^-(precision + 3); weights and totals are up to `largest` (0: not known). */
TT_MUST_CHECK tt_status tt_tree_kl_init(tt_tree_kl *kl, size_t vocab, mpfr_prec_t precision, uint64_t contexts,
                                        uint32_t largest);
void tt_tree_kl_clear(tt_tree_kl *kl);

/* What a context's rows say: KL within 2^-40, and whether it is 0 for sure or infinite. */
typedef struct {
    double value;
    bool equal, infinite;
} tt_kl_estimate;

/* out = the sum of a context from the sums of its children, `limbs` limbs each, one after the other; NULL above responses.
   An infinite KL counts as 0: the caller keeps account of those. */
tt_kl_estimate tt_tree_kl_fold(mp_limb_t *out, tt_tree_kl *kl, const tt_small_rows *rows, const mp_limb_t *children);

/* The same for contexts whose rows and whose children's sums stand one after the other: no weight is 0 and the totals are
   the same, those of `rows`, the first one's, and the responses are at most TT_KL_LEVEL_STEPS steps below. Writes the
   estimates' values. */
#define TT_KL_LEVEL_STEPS 10
void tt_tree_kl_fold_level(mp_limb_t *out, double *estimates, tt_tree_kl *kl, const tt_small_rows *rows, size_t contexts,
                           const mp_limb_t *children);

/* Asks for what tt_tree_kl_fold will read. */
static inline void tt_tree_kl_prefetch(const tt_tree_kl *kl, const tt_small_rows *rows)
{
    for (size_t v = 0; v < kl->vocab; v++) {
        __builtin_prefetch(tt_fixed_log_slot(&kl->logs, rows->rollout[v], kl->limbs));
        __builtin_prefetch(tt_fixed_log_slot(&kl->logs, rows->target[v], kl->limbs));
    }
}

/* An enclosure of the sum of a subtree over so many steps. */
void tt_tree_kl_get(mpfi_t out, const tt_tree_kl *kl, const mp_limb_t *sum, size_t steps);

/* Two estimates that differ by more tell which KL is larger. */
#define TT_KL_ESTIMATE_ERROR 0x1p-38

/* The largest KL so far, and whose it is. */
typedef struct {
    bool found, infinite;
    double estimate;
    tt_real value;
    tt_small_rows rows;
    size_t vocab;
    tt_context_place place;
} tt_kl_largest;

TT_MUST_CHECK tt_status tt_kl_largest_init(tt_kl_largest *largest, size_t vocab, size_t horizon);
void tt_kl_largest_clear(tt_kl_largest *largest);
/* Where the row's KL is larger, or the same and its context stands before, it takes the place. */
void tt_kl_largest_raise(tt_kl_largest *largest, const tt_kl_estimate *estimate, const tt_small_rows *rows,
                         const tt_context_place *place, mpfr_prec_t precision);
/* A smaller estimate than this is not of the largest. */
static inline double tt_kl_largest_bar(const tt_kl_largest *largest)
{
    return largest->infinite ? HUGE_VAL : largest->found ? largest->estimate - TT_KL_ESTIMATE_ERROR : -HUGE_VAL;
}

/* The same for another largest one. */
void tt_kl_largest_merge(tt_kl_largest *largest, const tt_kl_largest *other, mpfr_prec_t precision);

#endif

/* The value functions that the table of bounds.c points to; formulas stand there. Internal to the catalogue. */
#ifndef TRUSTREE_BOUNDS_VALUES_H
#define TRUSTREE_BOUNDS_VALUES_H

#include "bounds.h"

typedef void tt_bound_value(tt_real *out, const tt_quantities *q, mpfr_prec_t precision, const char **parameter);

/* Begins the definition of a value function; most have no parameter to report, some nothing to round. */
#define VALUE(name)                                                      \
    void tt_value_##name(tt_real *out, const tt_quantities *q,           \
                         mpfr_prec_t precision __attribute__((unused)),  \
                         const char **parameter __attribute__((unused)))

/* section 5 */
tt_bound_value tt_value_classical_tv, tt_value_classical_kl, tt_value_coupling, tt_value_pinsker_marginal_kl,
    tt_value_pinsker_marginal_tv, tt_value_pinsker_marginal_simple, tt_value_pinsker_marginal_tv_simple,
    tt_value_mixed_kl, tt_value_mixed_kl_simple, tt_value_mixed_tv, tt_value_linear, tt_value_adaptive_kl,
    tt_value_adaptive_tv,
    tt_value_adaptive, tt_value_unified_kl, tt_value_unified;

/* the halves of section 6 */
tt_bound_value tt_value_classical_tv_half, tt_value_classical_kl_half, tt_value_coupling_half,
    tt_value_pinsker_marginal_kl_half, tt_value_pinsker_marginal_tv_half, tt_value_pinsker_marginal_simple_half,
    tt_value_pinsker_marginal_tv_simple_half, tt_value_mixed_kl_half, tt_value_mixed_kl_simple_half,
    tt_value_mixed_tv_half, tt_value_linear_half, tt_value_adaptive_kl_half, tt_value_adaptive_tv_half,
    tt_value_adaptive_half;

/* the rest of section 6 */
tt_bound_value tt_value_sequence_kl, tt_value_linear_one, tt_value_tv_optimal, tt_value_tilted_kl,
    tt_value_tilted_kl_simple, tt_value_tilted_reverse_kl, tt_value_tilted, tt_value_second_moment,
    tt_value_second_moment_exact, tt_value_tilted_exact, tt_value_recursive_tv, tt_value_reverse_kl,
    tt_value_kmax_moment, tt_value_truncated_moment, tt_value_coupled_half, tt_value_expected_coupling_half,
    tt_value_average_kl_half, tt_value_span, tt_value_reward_k3_lower, tt_value_reward_k3_upper, tt_value_own_unified;

/* The members of a smallest of several. */
typedef struct {
    tt_bound_value *value;     /* of the smallest of them, computed from the start */
    const char *const *member; /* ids, ending with NULL; they stand earlier in the catalogue */
    bool all;                  /* absent where one is; else those that are absent are passed over */
} tt_smallest;

extern const tt_smallest tt_unified_kl, tt_unified, tt_own_unified;

/* NULL for a bound that is none. */
const tt_smallest *tt_smallest_of(const tt_bound *bound);

/* The smallest value of the members that apply. */
void tt_smallest_value(tt_real *out, const tt_smallest *smallest, const tt_quantities *q, mpfr_prec_t precision);

/* out = min(out, x), where an absent number counts as infinite. True where x is certainly smaller than out was. */
bool tt_keep_smaller(tt_real *out, const tt_real *x, mpfr_prec_t precision);

#endif

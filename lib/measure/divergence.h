/* Divergences of the two rows of one context.

   r = rollout(v), p = target(v); sums run over the n tokens. Exact results are
   canonical rationals; enclosed ones have a relative width below 2^(8 - precision)
   whatever the cancellation (the working precision is raised inside). */
#ifndef TRUSTREE_DIVERGENCE_H
#define TRUSTREE_DIVERGENCE_H

#include "../number/real.h"
#include "../world/rows.h"

/* p > 0 implies r > 0. */
bool tt_row_dominated(const tt_rows *rows);

/* TV_tok = 1/2 sum |p - r|, in [0, 1]. SPEC.md section 2. */
void tt_row_tv(mpq_t out, const tt_rows *rows);

/* c(theta) = sum (p-r)^2 / ((1-theta) r + theta p), theta = sixths / 6, sixths = 0..6; terms 0/0 are 0.
   theta = 0 is chi2_tok. Returns false where it is infinite (out untouched). SPEC.md section 6. */
bool tt_row_tilt(mpq_t out, const tt_rows *rows, unsigned sixths);

/* With tilde p = p where p <= kappa r, else r: mass = 1 - sum tilde p (>= 0 or < 0 as it comes) and
   chi2 = sum_{r > 0} (tilde p - r)^2 / r. kappa = numerator / denominator. SPEC.md section 6. */
void tt_row_truncated(mpq_t mass, mpq_t chi2, const tt_rows *rows, unsigned numerator, unsigned denominator);

/* log(p / r) of token v, r > 0; -inf where p = 0. */
void tt_row_log_ratio(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision);

/* k3(rho) = rho - 1 - log rho of token v, r > 0; +inf where p = 0; exact 0 where p = r. */
void tt_row_k3(tt_real *out, const tt_rows *rows, size_t v, mpfr_prec_t precision);

/* KL(mu || pi) = sum r log(r / p) and KL(pi || mu): exact 0 where the rows are equal, +inf where a token
   of the first is missing from the second. */
void tt_row_kl(tt_real *out, const tt_rows *rows, mpfr_prec_t precision);
void tt_row_kl_reverse(tt_real *out, const tt_rows *rows, mpfr_prec_t precision);

/* E_mu[k1(rho)] = -sum r log rho and E_mu[k3(rho)] = sum r k3(rho), each from the estimator's values:
   another way to KL_tok, for checks. */
void tt_row_mean_k1(tt_real *out, const tt_rows *rows, mpfr_prec_t precision);
void tt_row_mean_k3(tt_real *out, const tt_rows *rows, mpfr_prec_t precision);

#endif

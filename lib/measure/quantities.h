/* The quantities of one instance: what an engine fills and every later floor reads.

   Each field is a tt_real: exact where the engine was exact, an enclosure where
   it was not, absent where it does not exist for the instance (SPEC.md section 1,
   not dominated) or was not reached. Formulas and sources are SPEC.md sections 2,
   3 and 6. mu is rollout, pi is target, c_t the context of step t (t = 1..T);
   series are indexed from 0: expected_tv.items[t-1] is Dbar_t. */
#ifndef TRUSTREE_QUANTITIES_H
#define TRUSTREE_QUANTITIES_H

#include "../number/linkage.h"
#include "../number/real.h"
#include "../number/status.h"
#include "../number/verdict.h"

TT_BEGIN_C

/* A number per step. Uniform: every entry is `items[0]`, n is the length all the same; what a
   person gives to `bounds` has no steps of its own, and T may be 2^31 - 1. */
typedef struct {
    size_t n;       /* its length */
    bool uniform;   /* every entry is the same number */
    tt_real *items; /* n, or 1 where uniform; NULL where n = 0; owned */
} tt_series;

/* Entry k < n; it belongs to the series. */
const tt_real *tt_series_at(const tt_series *series, size_t k);

#define TT_THETAS 7 /* theta of the tilted bounds: k / 6, k = 0..6 */
#define TT_KAPPAS 6 /* kappa of truncated-moment */
extern const unsigned tt_kappa[TT_KAPPAS][2]; /* numerator, denominator: 3/2, 2, 3, 5, 10, 100 */

/* What is known of one instance. Its texts are owned, apart from root_sums. */
typedef struct {
    size_t vocab, horizon; /* V and T */
    bool dominated;        /* pi(v|c) > 0 implies mu(v|c) > 0, at every reachable context */

    /* objective, surrogate, error; each identity's other side is a field of its own */

    tt_real j_rollout;              /* J_mu = E_mu[R] */
    tt_real j_target;               /* J_pi = E_pi[R] */
    tt_real improvement;            /* J_pi - J_mu */
    tt_real surrogate;              /* L = sum_t E_{d_t^mu}[g_t] */
    tt_real surrogate_ratio;        /* E_mu[R sum (rho_t - 1)]; dominated */
    tt_real surrogate_response;     /* sum_y R(y) l(y) */
    tt_real weighted_reward;        /* E_mu[R sum_t rho_t]; dominated */
    tt_real weight_sum;             /* E_mu[sum_t rho_t]; dominated. L_traj(b) = weighted_reward - b weight_sum */
    tt_real error;                  /* improvement - surrogate */
    tt_real error_pdi;              /* sum_t (E_{d_t^pi}[g_t] - E_{d_t^mu}[g_t]) */
    tt_real error_rollout_side;     /* sum_t E_{d_t^mu} sum_v (pi-mu)(V^pi - V^mu)(c v) */
    tt_real error_response;         /* sum_y R(y) e(y) */
    tt_real error_ratio;            /* E_mu[R sum_t (rho_t-1)(prod_{j>t} rho_j - 1)]; dominated */
    tt_real improvement_derivative; /* d/dh J(mu + h (pi-mu)) at h = 0 */
    tt_real surrogate_derivative;   /* the same of L */
    tt_real mean_weight;            /* E_mu[prod rho]; dominated */
    tt_real sum_e, sum_l;           /* sum_y e(y), sum_y l(y) */
    tt_verdict martingale;          /* E_{v~mu}[A(c,v)] = 0 at every context */

    /* reward-free */

    tt_real worst_case_error;  /* 1/2 sum_y |e(y)| */
    tt_real largest_surrogate; /* 1/2 sum_y |l(y)| */
    tt_real off_support;       /* sum_t E_mu[pi(tokens with mu = 0)] */

    /* maxima over reachable contexts */

    tt_real tv_max;                    /* eps = max TV_tok */
    tt_real chi2_max;                  /* chi = max sum_v (pi-mu)^2 / mu; dominated */
    tt_real kl_max;                    /* delta = max KL_tok(mu||pi) */
    tt_real kl_max_reverse;            /* delta_rev = max KL_tok(pi||mu) */
    char *tv_max_at, *kl_max_at;       /* where the maximum is: "0:1.1" or "STATE@t"; NULL where unknown */
    tt_real tilt_max[TT_THETAS];       /* c(theta) = max sum_v (pi-mu)^2 / ((1-theta) mu + theta pi) */
    tt_real truncated_mass[TT_KAPPAS]; /* beta(kappa) = max (1 - sum_v tilde pi), tilde pi(v) = pi(v) where that is at
                                          most kappa mu(v), else mu(v) */
    tt_real truncated_chi2[TT_KAPPAS]; /* v(kappa) = max sum_{mu>0} (tilde pi - mu)^2 / mu */

    /* over whole responses */

    tt_real tv_seq;                         /* 1/2 sum_y |P_pi(y) - P_mu(y)| */
    tt_real kl_seq;                         /* KL(P_mu || P_pi) */
    tt_real kl_seq_reverse;                 /* KL(P_pi || P_mu) */
    tt_real variance_product;               /* Var_mu(prod rho); dominated */
    tt_real variance_sum;                   /* Var_mu(sum rho); dominated */
    tt_real second_moment;                  /* s^2 = E_mu[Z^2] = sum e^2 / P_mu; dominated */
    tt_real tilted_moment[TT_THETAS];       /* sum_y e(y)^2 / nu_theta(y), 0/0 = 0 */
    tt_real recursive_tv;                   /* sum_x P(x) w(x) of THEOREMS 4 */
    tt_real k3_max;                         /* sup of K(y) over P_mu(y) > 0; dominated */
    tt_real reward_k3, failure_k3;          /* E_mu[R K], E_mu[(1-R) K] */

    /* per step: n = T, index t-1 */

    tt_series expected_tv;            /* Dbar_t = E_{d_t^mu}[TV_tok] */
    tt_series expected_kl;            /* E_{d_t^mu}[KL_tok(mu||pi)] */
    tt_series expected_kl_reverse;    /* E_{d_t^pi}[KL_tok(pi||mu)] */
    tt_series expected_advantage_max; /* max over reachable c_t of |g_t| */
    tt_series advantage_span;         /* max - min of g_t over reachable c_t */
    tt_series advantage_rollout;      /* E_{d_t^mu}[g_t] */
    tt_series advantage_target;       /* E_{d_t^pi}[g_t] */
    tt_series future_tv;              /* max over reachable c_t, TV of the two laws of the remaining T-t+1 tokens */

    /* per step: n = T + 1, index t-1; the last entry is over whole responses */

    tt_series context_tv;         /* TV_t, of d_t^mu and d_t^pi */
    tt_series context_kl;         /* KL_t = KL(d_t^mu || d_t^pi), directly from path log ratios */
    tt_series context_kl_reverse; /* KL(d_t^pi || d_t^mu) */

    /* how the lattice engine did it, for reports; NULL and absent where the tree engine measured */

    char *method;                          /* its arithmetic in a few words */
    tt_real pruned_rollout, pruned_target; /* the mass it pruned on the way, which is in every enclosure already */

    /* for formulas that are evaluated many times: what they keep from one time to the next (catalogue/roots.h); not
       owned, NULL for nothing */
    struct tt_root_sums *root_sums;

    /* inequalities and identities that are checked at every context while the engine is there */

    tt_verdict advantage_unit;  /* |A| <= 1 */
    tt_verdict advantage_token; /* |g_t(c)| <= 2 TV_tok(c) */
    tt_verdict pinsker;         /* TV_tok <= sqrt(KL_tok(mu||pi)/2) */
    tt_verdict pinsker_reverse; /* TV_tok <= sqrt(KL_tok(pi||mu)/2) */
    tt_verdict k1_mean;         /* E_mu[k1(rho)] = KL_tok */
    tt_verdict k3_mean;         /* E_mu[k3(rho)] = KL_tok */
    tt_verdict shift_monotone;  /* TV_t <= TV_{t+1}, all t, from the masses themselves where the enclosures cannot tell;
                                   not applicable where the engine did not look */
} tt_quantities;

/* All reals absent, series of length 0, verdicts not applicable; tt_quantities_clear frees what it holds. */
void tt_quantities_init(tt_quantities *q);
void tt_quantities_clear(tt_quantities *q);
/* Gives every series its length for horizon T, all entries absent. */
TT_MUST_CHECK tt_status tt_quantities_resize(tt_quantities *q, size_t vocab, size_t horizon);
/* Makes a series uniform: n entries, one value (absent until set through items[0]). */
TT_MUST_CHECK tt_status tt_series_set_uniform(tt_series *series, size_t n);

/* The fields that verdicts read and that are not exact: the widest relative width among them as a
   power of two (LONG_MIN where all are exact; an enclosure that touches 0 counts as LONG_MAX). */
long tt_quantities_width_log2(const tt_quantities *q);

TT_END_C

#endif

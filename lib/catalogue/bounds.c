#include "bounds.h"

#include <string.h>

#include "bounds_values.h"

/* ---- preconditions ---- */

static tt_verdict at_most(const tt_real *x, uint64_t n, uint64_t d)
{
    tt_real limit;
    tt_verdict verdict;
    tt_real_init(&limit);
    tt_real_set_frac(&limit, n, d);
    verdict = tt_verdict_le(x, &limit);
    tt_real_clear(&limit);
    return verdict;
}

static tt_verdict applies_small_kl(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return at_most(&q->kl_max, 2, q->horizon);
}

static tt_verdict applies_both_small(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    if (tt_real_is_absent(&q->kl_max) || tt_real_is_absent(&q->kl_seq))
        return TT_NOT_APPLICABLE;
    return tt_verdict_and(at_most(&q->kl_max, 2, 1), at_most(&q->kl_seq, 2, 1));
}

static tt_verdict applies_dominated(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return q->dominated ? TT_HOLDS : TT_VIOLATED;
}

/* ---- the catalogue ---- */

#define OWN "doc/bounds.md"

/* The beginnings of ladders, and why each rung is at most the next. F_t is the largest total variation of the
   two laws of what follows step t.

   Through the shift of the contexts:
     |Error| <= advantage-shift                 triangle inequality on Error = sum_t (E_{d_t^pi} - E_{d_t^mu}) g_t
     advantage-shift <= span-shift              |E_p g - E_q g| <= span(g) TV(p, q)
     span-shift <= master = 2 sum ||g_t|| TV_t  span(g) <= 2 ||g||
     span-shift, master <= eps-shift = 2 eps sum TV_t
                                                |g_t(c)| = |sum_v (pi-mu) Q| <= TV_tok(c), as Q lies in [0, 1]
     worst-case Error <= eps-shift              eps-shift does not depend on R
     master, eps-shift <= eps-shift-4 = 4 eps sum TV_t
   The paper reaches eps-shift-4 by |g_t| <= 2 TV_tok; the halves never take that factor.
   Then TV_t <= min(1, sum_{s<t} Dbar_s) <= min(1, (t-1) eps)         expected-coupling, coupling, classical-tv
        TV_t <= min(1, sqrt(KL_t/2)) <= min(1, sqrt((t-1) delta/2))  average-kl, pinsker-marginal-tv
        TV_t <= TV_seq <= sqrt(KL_seq/2), TV_1 = 0                   mixed-tv, mixed-kl
        TV_t <= 1 - (1-eps)^{t-1}                                    coupled-half
        eps <= min(1, sqrt(delta/2))                                 -tv to -kl
        sum_{k<T} sqrt(k) <= (2/3) T^{3/2}, min(1, x) <= x           to -simple.

   Through what is left of the response:
     |Error|, worst-case Error <= future-shift = 2 sum Dbar_t F_t
                                                Error = sum_t E_{d_t^mu} sum_v (pi-mu)(V^pi - V^mu), where
                                                |V^pi - V^mu| <= F_t
     F_t <= min(1, (T-t) eps, sqrt((T-t) delta/2)), F_T = 0           adaptive, then -kl, -tv and linear.

   The others: half of sum |e| <= 1/2 sqrt(sum e^2/nu) (tilted-exact) <= tilted, by theta for theta; its theta = 2/3
   is at most tilted-kl by c(2/3) <= 2 delta, which is at most tilted-kl-simple by |a_k| <= 1; theta = 1/3 likewise
   at most tilted-reverse-kl; theta = 0 is second-moment-exact, at most second-moment.
   recursive-tv is at most linear-one and tv-optimal, whose proofs bound its w from above.
   |Error| <= max of reward-k3-lower and -upper (reward-k3) <= E_mu[K] + off = KL_seq.
   advantage-shift <= sum_t sum_c |d_t^pi - d_t^mu| TV_tok(c) <= reverse-kl.
   own-unified <= unified: each of the six that unified chooses from is at least one that own-unified chooses from
   (adaptive-half, mixed-*-half, expected-coupling-half <= coupling, average-kl-half <= pinsker-marginal-*). */
#define MARGINAL "advantage-shift span-shift master eps-shift-4"
#define MARGINAL_ANY "eps-shift eps-shift-4"
#define MARGINAL_HALF "advantage-shift span-shift eps-shift"
#define MARGINAL_HALF_ANY "eps-shift"
#define FUTURE "future-shift future-shift-4"
#define FUTURE_HALF "future-shift"
#define NONE ""

static const tt_bound bounds[] = {
    { "classical-tv", TT_REWARD_FREE,
      "2 T (T-1) eps^2",
      "§2.5.1", NULL, tt_value_classical_tv, NULL,
      MARGINAL " expected-coupling coupling",
      MARGINAL_ANY " expected-coupling coupling" },
    { "classical-kl", TT_REWARD_FREE,
      "T (T-1) delta",
      "§2.5.1", NULL, tt_value_classical_kl, NULL,
      MARGINAL " expected-coupling coupling classical-tv",
      MARGINAL_ANY " expected-coupling coupling classical-tv" },
    { "coupling", TT_REWARD_FREE,
      "4 min(1,eps) sum_{t=1..T} min(1,(t-1) eps)",
      "v4 Thm coupling", NULL, tt_value_coupling, NULL,
      MARGINAL " expected-coupling",
      MARGINAL_ANY " expected-coupling" },
    { "pinsker-marginal-kl", TT_REWARD_FREE,
      "4 min(1,sqrt(delta/2)) sum_t min(1,sqrt((t-1) delta/2))",
      "§2.5.4, v4", NULL, tt_value_pinsker_marginal_kl, NULL,
      MARGINAL " average-kl pinsker-marginal-tv",
      MARGINAL_ANY " average-kl pinsker-marginal-tv" },
    { "pinsker-marginal-tv", TT_REWARD_FREE,
      "4 min(1,eps) sum_t min(1,sqrt((t-1) delta/2))",
      "v4", NULL, tt_value_pinsker_marginal_tv, NULL,
      MARGINAL " average-kl",
      MARGINAL_ANY " average-kl" },
    { "pinsker-marginal-simple", TT_REWARD_FREE,
      "(4/3) T^{3/2} delta",
      "§2.5.4", "delta <= 2/T", tt_value_pinsker_marginal_simple, applies_small_kl,
      MARGINAL " average-kl pinsker-marginal-tv pinsker-marginal-kl",
      MARGINAL_ANY " average-kl pinsker-marginal-tv pinsker-marginal-kl" },
    { "pinsker-marginal-tv-simple", TT_REWARD_FREE,
      "(8/3) T^{3/2} eps sqrt(delta/2)",
      "v4", "delta <= 2/T", tt_value_pinsker_marginal_tv_simple, applies_small_kl,
      MARGINAL " average-kl pinsker-marginal-tv",
      MARGINAL_ANY " average-kl pinsker-marginal-tv" },
    { "mixed-kl", TT_REWARD_FREE,
      "4 T min(1,sqrt(delta/2)) min(1,sqrt(KL_seq/2))",
      "§2.5.5, v4", NULL, tt_value_mixed_kl, NULL,
      MARGINAL " mixed-tv",
      MARGINAL_ANY " mixed-tv" },
    { "mixed-kl-simple", TT_REWARD_FREE,
      "2 T sqrt(delta KL_seq)",
      "§2.5.5", "delta <= 2 and KL_seq <= 2", tt_value_mixed_kl_simple, applies_both_small,
      MARGINAL " mixed-tv mixed-kl",
      MARGINAL_ANY " mixed-tv mixed-kl" },
    { "mixed-tv", TT_REWARD_FREE,
      "4 T min(1,eps) min(1,TV_seq)",
      "v4", NULL, tt_value_mixed_tv, NULL,
      MARGINAL,
      MARGINAL_ANY },
    { "linear", TT_REWARD_FREE,
      "4 sum_t Dbar_t",
      "v2", NULL, tt_value_linear, NULL,
      FUTURE " adaptive",
      FUTURE " adaptive" },
    { "adaptive-kl", TT_REWARD_FREE,
      "4 sum_t Dbar_t min(1,sqrt((T-t) delta/2))",
      "v2, v4", NULL, tt_value_adaptive_kl, NULL,
      FUTURE " adaptive",
      FUTURE " adaptive" },
    { "adaptive-tv", TT_REWARD_FREE,
      "4 sum_t Dbar_t min(1,(T-t) eps)",
      "v4", NULL, tt_value_adaptive_tv, NULL,
      FUTURE " adaptive",
      FUTURE " adaptive" },
    { "adaptive", TT_REWARD_FREE,
      "4 sum_t Dbar_t min(1,(T-t) eps,sqrt((T-t) delta/2))",
      "v4", NULL, tt_value_adaptive, NULL,
      FUTURE,
      FUTURE },
    { "unified-kl", TT_REWARD_FREE,
      "min of pinsker-marginal-kl, mixed-kl",
      "§2.6.1", NULL, tt_value_unified_kl, NULL,
      MARGINAL,
      MARGINAL_ANY },
    { "unified", TT_REWARD_FREE,
      "min of pinsker-marginal-kl, pinsker-marginal-tv, mixed-kl, mixed-tv, coupling, adaptive",
      "v4", NULL, tt_value_unified, NULL,
      "own-unified",
      "own-unified" },
    { "sequence-kl", TT_REWARD_FREE,
      "KL_seq",
      OWN, NULL, tt_value_sequence_kl, NULL,
      "reward-k3",
      NONE },
    { "linear-one", TT_REWARD_FREE,
      "sum_t Dbar_t",
      OWN, NULL, tt_value_linear_one, NULL,
      "recursive-tv",
      "recursive-tv" },
    { "tv-optimal", TT_REWARD_FREE,
      "T eps (1 - (1-eps)^{T-1})",
      OWN, NULL, tt_value_tv_optimal, NULL,
      "recursive-tv",
      "recursive-tv" },
    { "tilted-kl", TT_REWARD_FREE,
      "1/2 sqrt(sum_{k=2..T} C(T,k) a_k(2/3)^2 (2 delta)^k)",
      OWN, NULL, tt_value_tilted_kl, NULL,
      "tilted-exact tilted",
      "tilted-exact tilted" },
    { "tilted-kl-simple", TT_REWARD_FREE,
      "1/2 sqrt((1+2 delta)^T - 1 - 2 T delta)",
      OWN, NULL, tt_value_tilted_kl_simple, NULL,
      "tilted-exact tilted tilted-kl",
      "tilted-exact tilted tilted-kl" },
    { "tilted-reverse-kl", TT_REWARD_FREE,
      "1/2 sqrt(sum_{k=2..T} C(T,k) a_k(1/3)^2 (2 delta_rev)^k)",
      OWN, NULL, tt_value_tilted_reverse_kl, NULL,
      "tilted-exact tilted",
      "tilted-exact tilted" },
    { "tilted", TT_REWARD_FREE,
      "min over theta of 1/2 sqrt(sum_{k=2..T} C(T,k) a_k(theta)^2 c(theta)^k)",
      OWN, NULL, tt_value_tilted, NULL,
      "tilted-exact",
      "tilted-exact" },
    { "second-moment", TT_REWARD_FREE,
      "1/2 sqrt((1+chi)^T - 1 - T chi)",
      OWN, "dominated", tt_value_second_moment, applies_dominated,
      "tilted-exact second-moment-exact",
      "tilted-exact second-moment-exact" },
    { "second-moment-exact", TT_REWARD_FREE,
      "1/2 sqrt(E_mu[Z^2])",
      OWN, "dominated", tt_value_second_moment_exact, applies_dominated,
      "tilted-exact",
      "tilted-exact" },
    { "tilted-exact", TT_REWARD_FREE,
      "min over theta of 1/2 sqrt(sum_y e(y)^2/nu(y))",
      OWN, NULL, tt_value_tilted_exact, NULL,
      NONE,
      NONE },
    { "recursive-tv", TT_REWARD_FREE,
      "sum_x P(x) w(x)",
      OWN, NULL, tt_value_recursive_tv, NULL,
      NONE,
      NONE },
    { "reverse-kl", TT_REWARD_FREE,
      "sum_{t=2..T} KL(d_{t+1}^pi || d_{t+1}^mu)",
      OWN, NULL, tt_value_reverse_kl, NULL,
      "advantage-shift",
      NONE },
    { "kmax-moment", TT_REWARD_FREE,
      "k s^2/(k^2+s^2) where k <= s, else s/2; k = max K, s^2 = E_mu[Z^2]",
      OWN, "dominated", tt_value_kmax_moment, applies_dominated,
      NONE,
      NONE },
    { "truncated-moment", TT_REWARD_FREE,
      "min over kappa of T beta + 1/2 sqrt(z_T)",
      OWN, NULL, tt_value_truncated_moment, NULL,
      NONE,
      NONE },
    { "classical-tv-half", TT_REWARD_FREE,
      "T (T-1) eps^2",
      OWN, NULL, tt_value_classical_tv_half, NULL,
      MARGINAL_HALF " expected-coupling-half coupling-half",
      MARGINAL_HALF_ANY " expected-coupling-half coupling-half" },
    { "classical-kl-half", TT_REWARD_FREE,
      "1/2 T (T-1) delta",
      OWN, NULL, tt_value_classical_kl_half, NULL,
      MARGINAL_HALF " expected-coupling-half coupling-half classical-tv-half",
      MARGINAL_HALF_ANY " expected-coupling-half coupling-half classical-tv-half" },
    { "coupling-half", TT_REWARD_FREE,
      "2 min(1,eps) sum_{t=1..T} min(1,(t-1) eps)",
      OWN, NULL, tt_value_coupling_half, NULL,
      MARGINAL_HALF " expected-coupling-half",
      MARGINAL_HALF_ANY " expected-coupling-half" },
    { "pinsker-marginal-kl-half", TT_REWARD_FREE,
      "2 min(1,sqrt(delta/2)) sum_t min(1,sqrt((t-1) delta/2))",
      OWN, NULL, tt_value_pinsker_marginal_kl_half, NULL,
      MARGINAL_HALF " average-kl-half pinsker-marginal-tv-half",
      MARGINAL_HALF_ANY " average-kl-half pinsker-marginal-tv-half" },
    { "pinsker-marginal-tv-half", TT_REWARD_FREE,
      "2 min(1,eps) sum_t min(1,sqrt((t-1) delta/2))",
      OWN, NULL, tt_value_pinsker_marginal_tv_half, NULL,
      MARGINAL_HALF " average-kl-half",
      MARGINAL_HALF_ANY " average-kl-half" },
    { "pinsker-marginal-simple-half", TT_REWARD_FREE,
      "(2/3) T^{3/2} delta",
      OWN, "delta <= 2/T", tt_value_pinsker_marginal_simple_half, applies_small_kl,
      MARGINAL_HALF " average-kl-half pinsker-marginal-tv-half pinsker-marginal-kl-half",
      MARGINAL_HALF_ANY " average-kl-half pinsker-marginal-tv-half pinsker-marginal-kl-half" },
    { "pinsker-marginal-tv-simple-half", TT_REWARD_FREE,
      "(4/3) T^{3/2} eps sqrt(delta/2)",
      OWN, "delta <= 2/T", tt_value_pinsker_marginal_tv_simple_half, applies_small_kl,
      MARGINAL_HALF " average-kl-half pinsker-marginal-tv-half",
      MARGINAL_HALF_ANY " average-kl-half pinsker-marginal-tv-half" },
    { "mixed-kl-half", TT_REWARD_FREE,
      "2 (T-1) min(1,sqrt(delta/2)) min(1,sqrt(KL_seq/2))",
      OWN, NULL, tt_value_mixed_kl_half, NULL,
      MARGINAL_HALF " mixed-tv-half",
      MARGINAL_HALF_ANY " mixed-tv-half" },
    { "mixed-kl-simple-half", TT_REWARD_FREE,
      "(T-1) sqrt(delta KL_seq)",
      OWN, "delta <= 2 and KL_seq <= 2", tt_value_mixed_kl_simple_half, applies_both_small,
      MARGINAL_HALF " mixed-tv-half mixed-kl-half",
      MARGINAL_HALF_ANY " mixed-tv-half mixed-kl-half" },
    { "mixed-tv-half", TT_REWARD_FREE,
      "2 (T-1) min(1,eps) min(1,TV_seq)",
      OWN, NULL, tt_value_mixed_tv_half, NULL,
      MARGINAL_HALF,
      MARGINAL_HALF_ANY },
    { "linear-half", TT_REWARD_FREE,
      "2 sum_{t<T} Dbar_t",
      OWN, NULL, tt_value_linear_half, NULL,
      FUTURE_HALF " adaptive-half",
      FUTURE_HALF " adaptive-half" },
    { "adaptive-kl-half", TT_REWARD_FREE,
      "2 sum_t Dbar_t min(1,sqrt((T-t) delta/2))",
      OWN, NULL, tt_value_adaptive_kl_half, NULL,
      FUTURE_HALF " adaptive-half",
      FUTURE_HALF " adaptive-half" },
    { "adaptive-tv-half", TT_REWARD_FREE,
      "2 sum_t Dbar_t min(1,(T-t) eps)",
      OWN, NULL, tt_value_adaptive_tv_half, NULL,
      FUTURE_HALF " adaptive-half",
      FUTURE_HALF " adaptive-half" },
    { "adaptive-half", TT_REWARD_FREE,
      "2 sum_t Dbar_t min(1,(T-t) eps,sqrt((T-t) delta/2))",
      OWN, NULL, tt_value_adaptive_half, NULL,
      FUTURE_HALF,
      FUTURE_HALF },
    { "coupled-half", TT_REWARD_FREE,
      "2 (eps T - 1 + (1-eps)^T)",
      OWN, NULL, tt_value_coupled_half, NULL,
      MARGINAL_HALF,
      MARGINAL_HALF_ANY },
    { "expected-coupling-half", TT_REWARD_FREE,
      "2 eps sum_t min(1,sum_{s<t} Dbar_s)",
      OWN, NULL, tt_value_expected_coupling_half, NULL,
      MARGINAL_HALF,
      MARGINAL_HALF_ANY },
    { "average-kl-half", TT_REWARD_FREE,
      "2 eps sum_t min(1,sqrt(KL_t/2))",
      OWN, NULL, tt_value_average_kl_half, NULL,
      MARGINAL_HALF,
      MARGINAL_HALF_ANY },
    { "span", TT_REWARD_AWARE,
      "sum_t span(g_t) TV_t",
      OWN, NULL, tt_value_span, NULL,
      "advantage-shift",
      NULL },
    { "reward-k3-lower", TT_LOWER,
      "E_mu[R K] + off",
      OWN, NULL, tt_value_reward_k3_lower, NULL,
      NULL,
      NULL },
    { "reward-k3-upper", TT_UPPER,
      "E_mu[(1-R) K] + off",
      OWN, NULL, tt_value_reward_k3_upper, NULL,
      NULL,
      NULL },
    { "own-unified", TT_REWARD_FREE,
      "min of those that apply among sequence-kl, linear-one, tv-optimal, tilted-kl, tilted-reverse-kl, "
      "tilted, second-moment, reverse-kl, linear-half, adaptive-half, mixed-kl-half, mixed-tv-half, "
      "expected-coupling-half, average-kl-half",
      OWN, NULL, tt_value_own_unified, NULL,
      NONE,
      NONE },
};

const char *tt_bound_kind_name(tt_bound_kind kind)
{
    switch (kind) {
    case TT_REWARD_FREE:
        return "reward-free";
    case TT_REWARD_AWARE:
        return "reward-aware";
    case TT_LOWER:
        return "lower";
    default:
        return "upper";
    }
}

size_t tt_bound_count(void)
{
    return sizeof bounds / sizeof *bounds;
}

const tt_bound *tt_bound_at(size_t k)
{
    return &bounds[k];
}

const tt_smallest *tt_smallest_of(const tt_bound *bound)
{
    static const tt_smallest *const all[] = { &tt_unified_kl, &tt_unified, &tt_own_unified };
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        if (all[k]->value == bound->value)
            return all[k];
    return NULL;
}

const tt_bound *tt_bound_find(const char *id)
{
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (strcmp(bounds[k].id, id) == 0)
            return &bounds[k];
    return NULL;
}

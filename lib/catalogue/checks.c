#include "checks.h"

#include "shift.h"

/* A quantity that exists for every instance but is absent was not reached: nothing is known of what is said of it. */
static tt_verdict at_most(const tt_real *x, const tt_real *y)
{
    if (tt_real_is_absent(x) || tt_real_is_absent(y))
        return TT_UNDECIDED;
    return tt_verdict_le(x, y);
}

static tt_verdict equals(const tt_real *x, const tt_real *y, const tt_real *scale)
{
    if (tt_real_is_absent(x) || tt_real_is_absent(y))
        return TT_UNDECIDED;
    return tt_verdict_eq(x, y, scale);
}

static tt_verdict equals_ui(const tt_real *x, uint64_t n, const tt_real *scale)
{
    tt_real y;
    tt_verdict verdict;
    tt_real_init(&y);
    tt_real_set_ui(&y, n);
    verdict = equals(x, &y, scale);
    tt_real_clear(&y);
    return verdict;
}

/* out += x */
static void accumulate(tt_real *out, const tt_real *x, mpfr_prec_t precision)
{
    tt_real_add(out, out, x, precision);
}

/* sum_t Dbar_t: surrogate and error are at most twice that, so that it is the size against which an enclosure of
   either is narrow or not. */
static void policy_distance(tt_real *out, const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real_set_ui(out, 0);
    for (size_t t = 1; t <= q->expected_tv.n; t++)
        accumulate(out, tt_series_at(&q->expected_tv, t - 1), precision);
}

static tt_verdict same_size(const tt_quantities *q, const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    tt_real scale;
    tt_verdict verdict;
    if (tt_real_is_exact(x) && tt_real_is_exact(y))
        return tt_verdict_eq(x, y, NULL);
    tt_real_init(&scale);
    policy_distance(&scale, q, precision);
    verdict = equals(x, y, &scale);
    tt_real_clear(&scale);
    return verdict;
}

/* ---- identities ---- */

static tt_verdict surrogate_ratio(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    return q->dominated ? same_size(q, &q->surrogate_ratio, &q->surrogate, precision) : TT_NOT_APPLICABLE;
}

static tt_verdict surrogate_response(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    return same_size(q, &q->surrogate_response, &q->surrogate, precision);
}

/* E_mu[(R - b) sum rho] = L + T (J_mu - b) */
static tt_verdict baseline_holds(const tt_quantities *q, const tt_real *b, mpfr_prec_t precision)
{
    tt_real left, right, horizon;
    tt_verdict verdict;
    tt_real_init(&left);
    tt_real_init(&right);
    tt_real_init(&horizon);
    tt_real_set_ui(&horizon, q->horizon);
    tt_real_mul(&left, b, &q->weight_sum, precision);
    tt_real_sub(&left, &q->weighted_reward, &left, precision);
    tt_real_sub(&right, &q->j_rollout, b, precision);
    tt_real_mul(&right, &right, &horizon, precision);
    accumulate(&right, &q->surrogate, precision);
    verdict = equals(&left, &right, &horizon);
    tt_real_clear(&left);
    tt_real_clear(&right);
    tt_real_clear(&horizon);
    return verdict;
}

static tt_verdict surrogate_baseline(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    tt_real b;
    tt_verdict verdict;
    if (!q->dominated)
        return TT_NOT_APPLICABLE;
    tt_real_init(&b);
    tt_real_set_ui(&b, 0);
    verdict = tt_verdict_and(baseline_holds(q, &b, precision), baseline_holds(q, &q->j_rollout, precision));
    if (baseline) {
        tt_real_set_q(&b, baseline);
        verdict = tt_verdict_and(verdict, baseline_holds(q, &b, precision));
    }
    tt_real_clear(&b);
    return verdict;
}

static tt_verdict error_pdi(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    return same_size(q, &q->error_pdi, &q->error, precision);
}

static tt_verdict error_rollout_side(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    return same_size(q, &q->error_rollout_side, &q->error, precision);
}

static tt_verdict error_response(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    return same_size(q, &q->error_response, &q->error, precision);
}

static tt_verdict error_ratio(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    return q->dominated ? same_size(q, &q->error_ratio, &q->error, precision) : TT_NOT_APPLICABLE;
}

static tt_verdict martingale(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    (void)precision;
    return q->martingale;
}

static tt_verdict mean_weight(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    (void)precision;
    return q->dominated ? equals_ui(&q->mean_weight, 1, NULL) : TT_NOT_APPLICABLE;
}

static tt_verdict zero_sum(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    tt_real scale;
    tt_verdict verdict;
    (void)baseline;
    tt_real_init(&scale);
    policy_distance(&scale, q, precision);
    verdict = tt_verdict_and(equals_ui(&q->sum_e, 0, &scale), equals_ui(&q->sum_l, 0, &scale));
    tt_real_clear(&scale);
    return verdict;
}

static tt_verdict gradient(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    return same_size(q, &q->improvement_derivative, &q->surrogate_derivative, precision);
}

/* Identities between logarithms: consistent is the most that is said of them, 0 = 0 included (SPEC.md section 4). */
static tt_verdict at_most_consistent(tt_verdict verdict)
{
    return verdict == TT_HOLDS ? TT_CONSISTENT : verdict;
}

static tt_verdict chain_rule(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    tt_real sum;
    tt_verdict verdict = TT_HOLDS;
    (void)baseline;
    if (tt_real_is_infinite(&q->kl_seq))
        return TT_NOT_APPLICABLE;
    if (q->expected_kl.n != q->horizon || q->context_kl.n != q->horizon + 1)
        return TT_UNDECIDED;
    tt_real_init(&sum);
    tt_real_set_ui(&sum, 0);
    for (size_t t = 1; t <= q->horizon + 1; t++) {
        if (t > 1)
            accumulate(&sum, tt_series_at(&q->expected_kl, t - 2), precision);
        verdict = tt_verdict_and(verdict, equals(tt_series_at(&q->context_kl, t - 1), &sum, NULL));
    }
    verdict = tt_verdict_and(verdict, equals(&q->kl_seq, &sum, NULL));
    tt_real_clear(&sum);
    return at_most_consistent(verdict);
}

static tt_verdict k1_mean(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    (void)precision;
    return at_most_consistent(q->k1_mean);
}

static tt_verdict k3_mean(const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    (void)baseline;
    (void)precision;
    return q->dominated ? at_most_consistent(q->k3_mean) : TT_NOT_APPLICABLE;
}

static const char dominated[] = "target dominated by rollout";

static const tt_identity identities[] = {
    { "surrogate-ratio", "E_mu[R sum_t (rho_t - 1)] = L", "v4 Remark 2.1", dominated, surrogate_ratio },
    { "surrogate-response", "sum_y R(y) l(y) = L", "this project", NULL, surrogate_response },
    { "surrogate-baseline", "E_mu[(R - b) sum_t rho_t] = L + T (J_mu - b), b = 0 and b = J_mu", "slides 2.2.4, A.4",
      dominated, surrogate_baseline },
    { "error-pdi", "sum_t (E_{d_t^pi}[g_t] - E_{d_t^mu}[g_t]) = Error", "slides 2.3.1", NULL, error_pdi },
    { "error-rollout-side", "sum_t E_{d_t^mu} sum_v (pi - mu)(v|c_t) (V^pi - V^mu)(c_t v) = Error", "this project", NULL,
      error_rollout_side },
    { "error-response", "sum_y R(y) e(y) = Error", "this project", NULL, error_response },
    { "error-ratio", "E_mu[R sum_t (rho_t - 1)(prod_{j>t} rho_j - 1)] = Error", "v4 Lemma D.1", dominated, error_ratio },
    { "martingale", "E_{v~mu}[A(c,v)] = 0 at every context", "slides 2.4.2", NULL, martingale },
    { "mean-weight", "E_mu[prod_t rho_t] = 1", "slides 2.2.2", dominated, mean_weight },
    { "zero-sum", "sum_y e(y) = sum_y l(y) = 0", "this project", NULL, zero_sum },
    { "gradient", "dJ/dh = dL/dh along mu + h (pi - mu) at h = 0", "slides 2.2.5", NULL, gradient },
    { "chain-rule", "KL_t = sum_{s<t} E_{d_s^mu}[KL_tok], t = 1..T+1", "slides 2.5.3, A.7", "KL_seq finite", chain_rule },
    { "k1-mean", "E_mu[k1(rho)] = KL_tok at every reachable context with finite KL_tok", "slides A.2", "one exists",
      k1_mean },
    { "k3-mean", "E_mu[k3(rho)] = KL_tok at every reachable context with finite KL_tok", "slides A.2",
      "target dominated by rollout, one exists", k3_mean },
};

size_t tt_identity_count(void)
{
    return sizeof identities / sizeof *identities;
}

const tt_identity *tt_identity_at(size_t k)
{
    return &identities[k];
}

/* ---- inequalities ---- */

/* out = sqrt(n x / 2); 0 where n = 0, whatever x is. */
static void pinsker_root(tt_real *out, const tt_real *x, size_t n, mpfr_prec_t precision)
{
    tt_real_mul_frac(out, x, n, 2, precision);
    tt_real_sqrt(out, out, precision);
}

/* TV_t <= the bound of this name at t = 1..last. */
static tt_verdict shifts_to(const tt_quantities *q, const char *id, size_t last, mpfr_prec_t precision)
{
    const tt_shift *shift = tt_shift_find(id);
    tt_real right;
    tt_verdict verdict = TT_HOLDS;
    if (q->context_tv.n != q->horizon + 1)
        return TT_UNDECIDED;
    tt_real_init(&right);
    for (size_t t = 1; t <= last; t++) {
        shift->value(&right, q, t, precision);
        verdict = tt_verdict_and(verdict, at_most(tt_series_at(&q->context_tv, t - 1), &right));
    }
    tt_real_clear(&right);
    return verdict;
}

static tt_verdict shifts(const tt_quantities *q, const char *id, mpfr_prec_t precision)
{
    return shifts_to(q, id, q->horizon + 1, precision);
}

static tt_verdict advantage_unit(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return q->advantage_unit;
}

static tt_verdict advantage_token(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return q->advantage_token;
}

/* ||g_t|| <= 2 min(1, eps, sqrt(delta/2)), each of the three by itself: no minimum has to be decided. */
static tt_verdict advantage_max(const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real right[3];
    tt_verdict verdict = TT_HOLDS;
    if (q->expected_advantage_max.n != q->horizon)
        return TT_UNDECIDED;
    for (size_t k = 0; k < 3; k++)
        tt_real_init(&right[k]);
    tt_real_set_ui(&right[0], 2);
    tt_real_mul_frac(&right[1], &q->tv_max, 2, 1, precision);
    pinsker_root(&right[2], &q->kl_max, 4, precision);
    for (size_t t = 1; t <= q->horizon; t++)
        for (size_t k = 0; k < 3; k++)
            verdict = tt_verdict_and(verdict, at_most(tt_series_at(&q->expected_advantage_max, t - 1), &right[k]));
    for (size_t k = 0; k < 3; k++)
        tt_real_clear(&right[k]);
    return verdict;
}

static tt_verdict pinsker(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return q->pinsker;
}

static tt_verdict pinsker_reverse(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return q->pinsker_reverse;
}

static tt_verdict shift_unit(const tt_quantities *q, mpfr_prec_t precision)
{
    return shifts(q, "shift-unit", precision);
}

static tt_verdict shift_coupling(const tt_quantities *q, mpfr_prec_t precision)
{
    return shifts(q, "shift-coupling", precision);
}

static tt_verdict shift_expected_coupling(const tt_quantities *q, mpfr_prec_t precision)
{
    return shifts(q, "shift-expected-coupling", precision);
}

static tt_verdict shift_pinsker_max(const tt_quantities *q, mpfr_prec_t precision)
{
    return shifts(q, "shift-pinsker-max", precision);
}

static tt_verdict shift_processing(const tt_quantities *q, mpfr_prec_t precision)
{
    /* TV_{T+1} is TV_seq itself, which enclosures cannot tell */
    size_t last = q->horizon + !tt_real_is_enclosed(&q->tv_seq);
    tt_verdict verdict = shifts_to(q, "shift-processing", last, precision);
    return verdict == TT_UNDECIDED && q->shift_monotone == TT_HOLDS ? TT_HOLDS : verdict;
}

static tt_verdict shift_pinsker_seq(const tt_quantities *q, mpfr_prec_t precision)
{
    return shifts(q, "shift-pinsker-seq", precision);
}

static tt_verdict shift_pinsker_marginal(const tt_quantities *q, mpfr_prec_t precision)
{
    return shifts(q, "shift-pinsker-marginal", precision);
}

/* |Error| <= 2 sum_t ||g_t|| TV_t */
static tt_verdict master(const tt_quantities *q, mpfr_prec_t precision)
{
    tt_real left, sum, term;
    tt_verdict verdict;
    if (q->expected_advantage_max.n != q->horizon || q->context_tv.n != q->horizon + 1)
        return TT_UNDECIDED;
    tt_real_init(&left);
    tt_real_init(&sum);
    tt_real_init(&term);
    tt_real_abs(&left, &q->error, precision);
    tt_real_set_ui(&sum, 0);
    for (size_t t = 1; t <= q->horizon; t++) {
        tt_real_mul(&term, tt_series_at(&q->expected_advantage_max, t - 1), tt_series_at(&q->context_tv, t - 1),
                    precision);
        accumulate(&sum, &term, precision);
    }
    tt_real_mul_frac(&sum, &sum, 2, 1, precision);
    verdict = at_most(&left, &sum);
    tt_real_clear(&left);
    tt_real_clear(&sum);
    tt_real_clear(&term);
    return verdict;
}

/* From every reachable context with `left` tokens to go, left = 1..T: TV of the futures <= the bound of a shift of as
   many steps. */
static tt_verdict futures(const tt_quantities *q, const char *id, mpfr_prec_t precision)
{
    const tt_shift *shift = tt_shift_find(id);
    tt_real right;
    tt_verdict verdict = TT_HOLDS;
    if (q->future_tv.n != q->horizon)
        return TT_UNDECIDED;
    tt_real_init(&right);
    for (size_t left = 1; left <= q->horizon; left++) {
        shift->value(&right, q, left + 1, precision);
        verdict = tt_verdict_and(verdict, at_most(tt_series_at(&q->future_tv, q->horizon - left), &right));
    }
    tt_real_clear(&right);
    return verdict;
}

static tt_verdict future_unit(const tt_quantities *q, mpfr_prec_t precision)
{
    return futures(q, "shift-unit", precision);
}

static tt_verdict future_coupling(const tt_quantities *q, mpfr_prec_t precision)
{
    return futures(q, "shift-coupling", precision);
}

static tt_verdict future_pinsker(const tt_quantities *q, mpfr_prec_t precision)
{
    return futures(q, "shift-pinsker-max", precision);
}

static const tt_inequality inequalities[] = {
    { "advantage-unit", "|A(c,v)| <= 1", "slides 2.4.3", advantage_unit },
    { "advantage-token", "|g_t(c)| <= 2 TV_tok(c)", "slides 2.4.3", advantage_token },
    { "advantage-max", "||g_t|| <= 2 min(1, eps, sqrt(delta/2))", "slides 2.4.3, 2.5.0", advantage_max },
    { "pinsker", "TV_tok(c) <= sqrt(KL(mu||pi)(c) / 2)", "slides 2.5.0", pinsker },
    { "pinsker-reverse", "TV_tok(c) <= sqrt(KL(pi||mu)(c) / 2)", "slides 2.5.0, 4.4.1", pinsker_reverse },
    { "shift-unit", "TV_t <= 1", "v4", shift_unit },
    { "shift-coupling", "TV_t <= (t-1) eps", "slides 2.5.1", shift_coupling },
    { "shift-expected-coupling", "TV_t <= sum_{s<t} Dbar_s", "v4", shift_expected_coupling },
    { "shift-pinsker-max", "TV_t <= sqrt((t-1) delta / 2)", "slides 2.5.3", shift_pinsker_max },
    { "shift-processing", "TV_t <= TV_seq", "slides 2.5.5", shift_processing },
    { "shift-pinsker-seq", "TV_t <= sqrt(KL_seq / 2)", "slides 2.5.5", shift_pinsker_seq },
    { "shift-pinsker-marginal", "TV_t <= sqrt(KL_t / 2)", "slides 2.5.3", shift_pinsker_marginal },
    { "master", "|Error| <= 2 sum_t ||g_t|| TV_t", "slides 2.4.1", master },
    { "future-unit", "TV of the remaining tokens <= 1, from every reachable context", "v4", future_unit },
    { "future-coupling", "TV of the k remaining tokens <= k eps", "v4", future_coupling },
    { "future-pinsker", "TV of the k remaining tokens <= sqrt(k delta / 2)", "v2, v4", future_pinsker },
    { "minorizer", "L - B > 0 implies J_pi > J_mu, for every bound B that bounds Error from below", "slides 2.6.1", NULL },
};

size_t tt_inequality_count(void)
{
    return sizeof inequalities / sizeof *inequalities;
}

const tt_inequality *tt_inequality_at(size_t k)
{
    return &inequalities[k];
}

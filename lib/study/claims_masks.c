/* What masks accept: lengths, baselines, gradients, and bounds weighted by the tokens left. */
#include "../measure/divergence.h"
#include "claims_internal.h"

/* ---- acceptance by length: the window 2/3 <= rho <= 3/2 on every token, exactly ---- */

static bool inside(const tt_spelled_context *c, size_t v)
{
    mpq_t rho;
    bool in;
    mpq_init(rho);
    in = tt_spelled_ratio(rho, c, v) && mpq_cmp_ui(rho, 2, 3) >= 0 && mpq_cmp_ui(rho, 3, 2) <= 0;
    mpq_clear(rho);
    return in;
}

/* out = the probability, under mu, that a context's token is inside */
static void share_inside(mpq_t out, const tt_spelled *s, const tt_spelled_context *c)
{
    mpq_t p;
    mpq_init(p);
    mpq_set_ui(out, 0, 1);
    for (size_t v = 0; v < s->vocab; v++)
        if (inside(c, v)) {
            tt_spelled_probability(p, c, TT_ROLLOUT, v);
            mpq_add(out, out, p);
        }
    mpq_clear(p);
}

/* out = the probability, under mu, that the first n tokens are inside */
static void accepted(mpq_t out, const tt_spelled *s, size_t n)
{
    mpq_set_ui(out, 0, 1);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        bool keep = true;
        for (size_t d = 0; d < n && keep; d++)
            keep = inside(&s->context[tt_spelled_context_of(s, y, d)], tt_spelled_token(s, y, d));
        if (keep)
            mpq_add(out, out, s->response[y].rollout);
    }
}

/* x^n */
static void power(mpq_t out, const mpq_t x, size_t n)
{
    mpz_pow_ui(mpq_numref(out), mpq_numref(x), n);
    mpz_pow_ui(mpq_denref(out), mpq_denref(x), n);
}

/* out = the probability, under mu, that the first n tokens are accepted; false where enclosures do not tell */
typedef bool acceptance(mpq_t out, const tt_specimen *specimen, size_t n);

/* That responses of T tokens are accepted as often as the first token alone. */
static tt_status observe_length(tt_observation *out, const tt_specimen *specimen, acceptance *of)
{
    mpq_t one, all;
    tt_real first, last;
    if (!specimen->small)
        return TT_OK;
    mpq_inits(one, all, NULL);
    tt_real_init(&first);
    tt_real_init(&last);
    if (of(one, specimen, 1) && of(all, specimen, specimen->spelled.horizon)) {
        tt_real_set_q(&first, one);
        tt_real_set_q(&last, all);
        tt_observe_eq(out, "acceptance of T tokens", &last, "of the first token alone", &first);
    }
    mpq_clears(one, all, NULL);
    tt_real_clear(&first);
    tt_real_clear(&last);
    return TT_OK;
}

static acceptance accepted_maximum;
static bool accepted_maximum(mpq_t out, const tt_specimen *specimen, size_t n)
{
    accepted(out, &specimen->spelled, n);
    return true;
}

static tt_claim_observe max_length;
static tt_status max_length(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    return observe_length(out, specimen, accepted_maximum);
}

static tt_claim_observe acceptance_power;
static tt_status acceptance_power(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    mpq_t one, all;
    tt_real expected, found;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    mpq_inits(one, all, NULL);
    tt_real_init(&expected);
    tt_real_init(&found);
    accepted(one, &specimen->spelled, 1);
    power(one, one, specimen->spelled.horizon);
    accepted(all, &specimen->spelled, specimen->spelled.horizon);
    tt_real_set_q(&expected, one);
    tt_real_set_q(&found, all);
    tt_observe_eq(out, "acceptance of T tokens", &found, "(1-p)^T, p of the first token", &expected);
    mpq_clears(one, all, NULL);
    tt_real_clear(&expected);
    tt_real_clear(&found);
    return TT_OK;
}

/* The share inside is the same at every context that rollout reaches. */
static bool same_share(const tt_specimen *specimen)
{
    const tt_spelled *s = &specimen->spelled;
    bool same = true;
    mpq_t first, here;
    mpq_inits(first, here, NULL);
    accepted(first, s, 1);
    for (size_t k = 0; k < s->contexts && same; k++)
        if (mpq_sgn(s->context[k].rollout) > 0) {
            share_inside(here, s, &s->context[k]);
            same = mpq_equal(here, first);
        }
    mpq_clears(first, here, NULL);
    return same;
}

static tt_claim_observe acceptance_between;
static tt_status acceptance_between(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                    tt_error *error)
{
    const tt_spelled *s = &specimen->spelled;
    mpq_t low, high, here;
    tt_real least, most, found;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    mpq_inits(low, high, here, NULL);
    tt_real_init(&least);
    tt_real_init(&most);
    tt_real_init(&found);
    mpq_set_ui(low, 1, 1);
    for (size_t k = 0; k < s->contexts; k++)
        if (mpq_sgn(s->context[k].rollout) > 0) {
            share_inside(here, s, &s->context[k]);
            if (mpq_cmp(here, low) < 0)
                mpq_set(low, here);
            if (mpq_cmp(here, high) > 0)
                mpq_set(high, here);
        }
    power(low, low, s->horizon);
    power(high, high, s->horizon);
    accepted(here, s, s->horizon);
    tt_real_set_q(&least, low);
    tt_real_set_q(&most, high);
    tt_real_set_q(&found, here);
    tt_observe_le(out, "(1-p_max)^T", &least, "acceptance", &found);
    tt_observe_le(out, "acceptance", &found, "(1-p_min)^T", &most);
    mpq_clears(low, high, here, NULL);
    tt_real_clear(&least);
    tt_real_clear(&most);
    tt_real_clear(&found);
    return TT_OK;
}

/* The mask: the mean of k3 is at most 1/10. */
static acceptance accepted_mean;
static bool accepted_mean(mpq_t out, const tt_specimen *specimen, size_t n)
{
    const tt_spelled *s = &specimen->spelled;
    tt_real sum, k3, limit;
    bool told = true;
    tt_real_init(&sum);
    tt_real_init(&k3);
    tt_real_init(&limit);
    tt_real_set_frac(&limit, n, 10);
    mpq_set_ui(out, 0, 1);
    for (size_t y = 0; y < s->width[s->horizon]; y++) {
        tt_order order;
        if (mpq_sgn(s->response[y].rollout) == 0)
            continue;
        tt_real_set_ui(&sum, 0);
        for (size_t d = 0; d < n; d++) {
            tt_row_k3(&k3, &s->context[tt_spelled_context_of(s, y, d)].rows, tt_spelled_token(s, y, d),
                      specimen->precision);
            tt_real_add(&sum, &sum, &k3, specimen->precision);
        }
        order = tt_real_cmp(&sum, &limit);
        told = told && order != TT_UNKNOWN;
        if (order == TT_LESS || order == TT_EQUAL)
            mpq_add(out, out, s->response[y].rollout);
    }
    tt_real_clear(&sum);
    tt_real_clear(&k3);
    tt_real_clear(&limit);
    return told;
}

static tt_claim_observe mean_length;
static tt_status mean_length(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    return observe_length(out, specimen, accepted_mean);
}

static tt_claim_observe sum_linear;
static tt_status sum_linear(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real growth;
    (void)claim, (void)error;
    if (!q->dominated || tt_real_is_infinite(&q->kl_seq))
        return TT_OK;
    tt_real_init(&growth);
    tt_real_mul_frac(&growth, tt_series_at(&q->expected_kl, 0), q->horizon, 1, specimen->precision);
    tt_observe_eq(out, "E_mu[sum_t k3(rho_t)] = KL_seq", &q->kl_seq, "T times that of the first token", &growth);
    tt_real_clear(&growth);
    return TT_OK;
}

static bool same_rows(const tt_specimen *specimen)
{
    const tt_spelled *s = &specimen->spelled;
    const tt_rows *first = &s->context[0].rows;
    for (size_t k = 0; k < s->contexts; k++) {
        const tt_rows *rows = &s->context[k].rows;
        bool same = mpz_cmp(rows->total, first->total) == 0;
        for (size_t v = 0; v < s->vocab && same; v++)
            same = mpz_cmp(&rows->rollout[v], &first->rollout[v]) == 0 && mpz_cmp(&rows->target[v], &first->target[v]) == 0;
        if (!same)
            return false;
    }
    return true;
}

/* ---- the masked surrogate ---- */

/* d/dh of L_masked along pi - mu, the mask held, for b = 0 and b = 1 */
static tt_claim_observe masked_baseline;
static tt_status masked_baseline(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                 tt_error *error)
{
    const tt_masking *zero, *one;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    status = tt_specimen_mask(&zero, specimen, "max-log-ratio", "1/2", "0", error);
    if (status == TT_OK)
        status = tt_specimen_mask(&one, specimen, "max-log-ratio", "1/2", "1", error);
    if (status == TT_OK)
        tt_observe_eq(out, "slope of L_masked, b = 0", &zero->point.masked_derivative, "b = 1",
                      &one->point.masked_derivative);
    return status;
}

static tt_claim_observe masked_direction;
static tt_status masked_direction(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    const tt_masking *masking;
    tt_real zero;
    tt_status status;
    (void)claim;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    status = tt_specimen_mask(&masking, specimen, "max-log-ratio", "1/2", NULL, error);
    if (status == TT_OK)
        tt_observe_implies(out, "slope of L_masked", &masking->point.masked_derivative, "0", &zero, "slope of J",
                           &specimen->judgement.quantities.improvement_derivative);
    tt_real_clear(&zero);
    return status;
}

/* The two normalisations are different numbers. */
static tt_claim_observe divide_by_all;
static tt_status divide_by_all(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_masking *masking;
    tt_status status;
    (void)claim;
    status = tt_specimen_mask(&masking, specimen, "max-log-ratio", "1/2", NULL, error);
    if (status == TT_OK) {
        tt_verdict same = tt_verdict_eq(&masking->point.accepted_only, &masking->point.masked_surrogate, NULL);
        tt_observe(out, same == TT_VIOLATED ? TT_HOLDS : TT_VIOLATED, "L_masked over the accepted",
                   &masking->point.accepted_only, "L_masked", &masking->point.masked_surrogate);
    }
    return status;
}

/* ---- length-neutral weights ---- */

/* out = sum_t w_t E_mu[|rho_t - 1|], w_t = min(1, (T-t) eps, sqrt((T-t) delta/2)), token by token */
static void weighted_deviation(tt_real *out, const tt_specimen *specimen)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    const tt_spelled *s = &specimen->spelled;
    tt_real weight, other, term;
    mpq_t deviation, rollout, target;
    tt_real_init(&weight);
    tt_real_init(&other);
    tt_real_init(&term);
    mpq_inits(deviation, rollout, target, NULL);
    tt_real_set_ui(out, 0);
    for (size_t d = 0; d < s->horizon; d++) {
        size_t left = s->horizon - d - 1;
        mpq_set_ui(deviation, 0, 1);
        for (size_t k = s->first[d]; k < s->first[d] + s->width[d]; k++)
            for (size_t v = 0; v < s->vocab; v++) {
                tt_spelled_probability(rollout, &s->context[k], TT_ROLLOUT, v);
                tt_spelled_probability(target, &s->context[k], TT_TARGET, v);
                if (mpq_sgn(rollout) == 0)
                    continue;
                mpq_sub(target, target, rollout);
                mpq_abs(target, target);
                mpq_mul(target, target, s->context[k].rollout);
                mpq_add(deviation, deviation, target);
            }
        tt_real_mul_frac(&weight, &q->tv_max, left, 1, specimen->precision);
        tt_real_mul_frac(&other, &q->kl_max, left, 2, specimen->precision);
        tt_real_sqrt(&other, &other, specimen->precision);
        tt_real_min(&weight, &weight, &other, specimen->precision);
        tt_real_set_ui(&other, 1);
        tt_real_min(&weight, &weight, &other, specimen->precision);
        tt_real_set_q(&term, deviation);
        tt_real_mul(&term, &term, &weight, specimen->precision);
        tt_real_add(out, out, &term, specimen->precision);
    }
    mpq_clears(deviation, rollout, target, NULL);
    tt_real_clear(&weight);
    tt_real_clear(&other);
    tt_real_clear(&term);
}

static tt_claim_observe ln_trm;
static tt_status ln_trm(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    tt_real value;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&value);
    weighted_deviation(&value, specimen);
    tt_real_mul_frac(&value, &value, 2, 1, specimen->precision);
    tt_observe_le(out, "worst-case Error", &specimen->judgement.quantities.worst_case_error, "2 E_mu[W]", &value);
    tt_real_clear(&value);
    return TT_OK;
}

static tt_claim_observe ln_trm_half;
static tt_status ln_trm_half(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    tt_real value;
    (void)claim, (void)error;
    if (!specimen->small || !specimen->judgement.quantities.dominated)
        return TT_OK;
    tt_real_init(&value);
    weighted_deviation(&value, specimen);
    tt_observe_le(out, "worst-case Error", &specimen->judgement.quantities.worst_case_error, "E_mu[W]", &value);
    tt_real_clear(&value);
    return TT_OK;
}

static const tt_claim claims[] = {
    {
        .id = "max-length-invariant",
        .where = "slides 4.2.1, 4.4.1",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "a maximum over tokens is length-invariant: its threshold means the same at every T",
        .check = "acceptance of 2/3 <= rho_t <= 3/2 for every t, after one token and after T; exact",
        .instead = "acceptance-between",
        .role = TT_WITNESS_FAILS,
        .witness = "two-steps-quarter",
        .command = "mask FILE --mask ratio-window --threshold 2/3,3/2",
        .observe = max_length,
    },
    {
        .id = "mean-length-invariant",
        .where = "slides 4.3.1",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "the mean of k3 is length-invariant: its threshold means the same at every T",
        .check = "acceptance of mean k3 <= 1/10 after one token and after T",
        .instead = "k3-response-mean",
        .role = TT_WITNESS_FAILS,
        .witness = "two-steps-quarter",
        .command = "mask FILE --mask avg-k3 --threshold 1/10",
        .observe = mean_length,
    },
    {
        .id = "sum-grows-linearly",
        .where = "slides 4.2.1",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "the sum of k3 grows linearly with T",
        .needs = "the same rows at every context",
        .stated = "dominated, KL_seq finite",
        .check = "KL_seq against T times the KL of the first token",
        .proof = "sum-grows-linearly",
        .role = TT_WITNESS_FAILS,
        .witness = "last-token-differs",
        .command = "mask FILE --mask sum-k3 --threshold 1/10",
        .observe = sum_linear,
        .applies = same_rows,
    },
    {
        .id = "acceptance-power",
        .where = "v2, length table",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "if a token is rejected with probability p, a response of T tokens is accepted with (1-p)^T",
        .needs = "the probability is p at every context, whatever came before",
        .check = "the window 2/3 <= rho <= 3/2; exact",
        .proof = "acceptance-power",
        .instead = "acceptance-between",
        .role = TT_WITNESS_FAILS,
        .witness = "rejections-together",
        .command = "mask FILE --mask ratio-window --threshold 2/3,3/2",
        .observe = acceptance_power,
        .applies = same_share,
    },
    {
        .id = "acceptance-between",
        .where = "in place of v2, length table",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "(1-p_max)^T <= acceptance <= (1-p_min)^T, over the contexts that rollout reaches",
        .check = "the window 2/3 <= rho <= 3/2; exact",
        .proof = "acceptance-power",
        .observe = acceptance_between,
    },
    {
        .id = "masked-baseline",
        .where = "slides 2.2.3, 4.1.1",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "a baseline leaves the expected gradient as it is, of L_masked as of L",
        .check = "slope of E_mu[m (R-b) sum rho_t] along pi - mu for b = 0 and b = 1, mask max |log rho| <= 1/2 held; exact",
        .instead = "baseline-gradient",
        .role = TT_WITNESS_FAILS,
        .witness = "one-token",
        .command = "mask FILE --mask max-log-ratio --threshold 1/2 --baseline 0",
        .observe = masked_baseline,
    },
    {
        .id = "masked-direction",
        .where = "slides 4.1.1",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "the gradient of L_masked is a valid one: along pi - mu, if L_masked rises then J rises",
        .check = "slopes of E_mu[m (R - J_mu) sum rho_t] and of J, mask max |log rho| <= 1/2 held; exact",
        .instead = "gradient repaired-log",
        .role = TT_WITNESS_FAILS,
        .witness = "masked-direction",
        .command = "mask FILE --mask max-log-ratio --threshold 1/2",
        .observe = masked_direction,
    },
    {
        .id = "divide-by-all",
        .where = "slides 4.1.1",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "the batch sum divided by all responses estimates L_masked, divided by the accepted ones it does not",
        .check = "E_mu[m (R-b) sum rho_t] / E_mu[m] against the same without the division, mask max |log rho| <= 1/2; exact",
        .proof = "divide-by-all",
        .role = TT_WITNESS_SHOWS,
        .witness = "one-token",
        .command = "mask FILE --mask max-log-ratio --threshold 1/2",
        .observe = divide_by_all,
        .witness_only = true,
    },
    {
        .id = "ln-trm",
        .where = "v2, v3, appendix",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "|Error| <= 2 E_mu[W], W = sum_t |rho_t - 1| min(1, (T-t) eps, sqrt((T-t) delta/2))",
        .check = "worst-case Error against the value, summed token by token",
        .proof = "length-neutral weights",
        .observe = ln_trm,
    },
    {
        .id = "ln-trm-half",
        .where = "in place of v3, appendix",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "|Error| <= E_mu[W]",
        .stated = "dominated",
        .check = "worst-case Error against the value, summed token by token",
        .proof = "length-neutral weights",
        .observe = ln_trm_half,
    },
};

tt_claim_table tt_claims_masks(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

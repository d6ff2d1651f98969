/* Estimators of KL from sampled ratios, and what a sampled token says about its context. */
#include "../measure/divergence.h"
#include "claims_internal.h"

/* Calls f for every reachable context. */
typedef void context_observer(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c,
                              mpfr_prec_t precision);

static void each_context(tt_observation *out, const tt_specimen *specimen, context_observer *f)
{
    const tt_spelled *s = &specimen->spelled;
    for (size_t k = 0; specimen->small && k < s->contexts; k++)
        if (tt_spelled_reachable(&s->context[k]))
            f(out, s, &s->context[k], specimen->precision);
}

static bool row_dominated(const tt_spelled *s, const tt_spelled_context *c)
{
    for (size_t v = 0; v < s->vocab; v++)
        if (mpz_sgn(&c->rows.rollout[v]) == 0 && mpz_sgn(&c->rows.target[v]) > 0)
            return false;
    return true;
}

static bool dominated(const tt_specimen *specimen)
{
    return specimen->judgement.quantities.dominated;
}

#define DOMINATED "rollout gives every token that target can take a positive probability (dominated)"

/* out = |log rho(v)| */
static void absolute_log(tt_real *out, const tt_spelled_context *c, size_t v, mpfr_prec_t precision)
{
    tt_row_log_ratio(out, &c->rows, v, precision);
    tt_real_abs(out, out, precision);
}

static bool taken(const tt_spelled_context *c, size_t v)
{
    return mpz_sgn(&c->rows.rollout[v]) > 0;
}

/* ---- estimators ---- */

static context_observer k3_at;
static void k3_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    tt_real zero, k3;
    tt_real_init(&zero);
    tt_real_init(&k3);
    tt_real_set_ui(&zero, 0);
    for (size_t v = 0; v < s->vocab; v++)
        if (taken(c, v)) {
            tt_row_k3(&k3, &c->rows, v, precision);
            tt_observe_le(out, "0", &zero, "k3(rho)", &k3);
        }
    tt_real_clear(&zero);
    tt_real_clear(&k3);
}

static tt_claim_observe k3_nonnegative;
static tt_status k3_nonnegative(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_context(out, specimen, k3_at);
    return TT_OK;
}

/* KL_tok < E_mu|log rho| where the rows differ: E|log rho| - KL_tok = 2 E[max(0, log rho)]. */
static context_observer absolute_log_at;
static void absolute_log_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    tt_real bias, zero, term, p;
    mpq_t mass;
    if (c->rows.equal || tt_real_is_infinite(&c->kl))
        return;
    tt_real_init(&bias);
    tt_real_init(&zero);
    tt_real_init(&term);
    tt_real_init(&p);
    mpq_init(mass);
    tt_real_set_ui(&zero, 0);
    tt_real_set_ui(&bias, 0);
    for (size_t v = 0; v < s->vocab; v++) {
        if (!taken(c, v) || mpz_cmp(&c->rows.target[v], &c->rows.rollout[v]) <= 0)
            continue;
        tt_row_log_ratio(&term, &c->rows, v, precision);
        tt_spelled_probability(mass, c, TT_ROLLOUT, v);
        tt_real_set_q(&p, mass);
        tt_real_mul(&term, &term, &p, precision);
        tt_real_mul_frac(&term, &term, 2, 1, precision);
        tt_real_add(&bias, &bias, &term, precision);
    }
    tt_observe_lt(out, "0", &zero, "E_mu|log rho| - KL_tok", &bias);
    mpq_clear(mass);
    tt_real_clear(&bias);
    tt_real_clear(&zero);
    tt_real_clear(&term);
    tt_real_clear(&p);
}

static tt_claim_observe absolute_log_biased;
static tt_status absolute_log_biased(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                     tt_error *error)
{
    (void)claim, (void)error;
    each_context(out, specimen, absolute_log_at);
    return TT_OK;
}

/* k3(prod rho) has the mean KL_seq + E_mu[prod rho] - 1, and differs from K by Z = prod rho - 1 - sum (rho - 1). */
static tt_claim_observe k3_unique;
static tt_status k3_unique(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real zero;
    (void)claim, (void)error;
    if (tt_real_cmp_ui(&q->mean_weight, 1) != TT_EQUAL || tt_real_is_infinite(&q->kl_seq))
        return TT_OK;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    tt_observe_le(out, "E_mu[(k3(prod rho) - sum k3(rho_t))^2], with the same mean KL_seq", &q->second_moment, "0", &zero);
    tt_real_clear(&zero);
    return TT_OK;
}

/* a (rho - 1) - log rho has its least value 1 - a + log a, at rho = 1/a: negative for every a but 1. */
static tt_claim_once k3_unique_of_ratio;
static tt_status k3_unique_of_ratio(tt_observation *out, const tt_claim *claim, tt_error *error)
{
    static const uint64_t weights[][2] = { { 1, 100 }, { 1, 2 }, { 9, 10 }, { 999, 1000 },
                                                { 1001, 1000 }, { 11, 10 }, { 2, 1 }, { 100, 1 } };
    tt_real a, least, zero;
    (void)claim, (void)error;
    tt_real_init(&a);
    tt_real_init(&least);
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    for (size_t k = 0; k < sizeof weights / sizeof *weights; k++) {
        tt_real_set_frac(&a, weights[k][0], weights[k][1]);
        tt_real_log(&least, &a, TT_PRECISION_DEFAULT);
        tt_real_sub(&least, &least, &a, TT_PRECISION_DEFAULT);
        tt_real_set_ui(&a, 1);
        tt_real_add(&least, &least, &a, TT_PRECISION_DEFAULT);
        tt_observe_lt(out, "least value of (rho - 1)/100 - log rho", &least, "0", &zero);
    }
    tt_real_clear(&a);
    tt_real_clear(&least);
    tt_real_clear(&zero);
    return TT_OK;
}

/* Prompts of positive probability at which K = 0 on every response of rollout, while KL_seq > 0: there the mean of k3 over
   the response is 0 at every length. */
static tt_claim_observe k3_law;
static tt_status k3_law(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    const tt_spelled *s = &specimen->spelled;
    tt_real mass, zero, mean;
    (void)claim, (void)error;
    if (!specimen->small)
        return TT_OK;
    tt_real_init(&mass);
    tt_real_init(&zero);
    tt_real_init(&mean);
    tt_real_set_ui(&zero, 0);
    tt_real_mul_frac(&mean, &specimen->judgement.quantities.kl_seq, 1, s->horizon, specimen->precision);
    for (size_t x = 0; x < s->prompts; x++) {
        bool still = mpq_sgn(s->prompt[x]) > 0;
        for (size_t d = 0; d < s->horizon; d++)
            for (size_t k = x * (s->width[d] / s->prompts); k < (x + 1) * (s->width[d] / s->prompts); k++)
                still = still && (mpq_sgn(s->context[s->first[d] + k].rollout) == 0 || s->context[s->first[d] + k].rows.equal);
        if (!still)
            continue;
        tt_observe_le(out, "KL_seq / T", &mean, "(1/T) sum_t k3(rho_t) on every response to one of the prompts", &zero);
        tt_real_set_q(&mass, s->prompt[x]);
        if (out->n == 2)
            tt_observe_fact(out, "probability of that prompt", &mass);
    }
    tt_real_clear(&mass);
    tt_real_clear(&zero);
    tt_real_clear(&mean);
    return TT_OK;
}

/* E_mu[K] + off = KL_seq, E_mu[K] = E_mu[R K] + E_mu[(1-R) K] */
static tt_claim_observe k3_response_mean;
static tt_status k3_response_mean(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                  tt_error *error)
{
    const tt_quantities *q = &specimen->judgement.quantities;
    tt_real sum;
    (void)claim, (void)error;
    if (tt_real_is_infinite(&q->kl_seq))
        return TT_OK;
    tt_real_init(&sum);
    tt_real_add(&sum, &q->reward_k3, &q->failure_k3, specimen->precision);
    tt_observe_eq(out, "E_mu[sum_t k3(rho_t)]", &sum, "KL_seq", &q->kl_seq);
    tt_real_clear(&sum);
    return TT_OK;
}

/* ---- what a sampled token says ---- */

/* |log rho(v)| <= KL_tok(c) for every token */
static context_observer large_ratio_at;
static void large_ratio_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    tt_real size;
    tt_real_init(&size);
    for (size_t v = 0; v < s->vocab; v++)
        if (taken(c, v)) {
            absolute_log(&size, c, v, precision);
            tt_observe_le(out, "|log rho|", &size, "KL_tok", &c->kl);
        }
    tt_real_clear(&size);
}

static tt_claim_observe large_ratio;
static tt_status large_ratio(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_context(out, specimen, large_ratio_at);
    return TT_OK;
}

/* mu(v) k3(rho(v)) <= KL_tok(c) */
static context_observer token_share_at;
static void token_share_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    tt_real share, p;
    mpq_t mass;
    tt_real_init(&share);
    tt_real_init(&p);
    mpq_init(mass);
    for (size_t v = 0; v < s->vocab; v++)
        if (taken(c, v)) {
            tt_row_k3(&share, &c->rows, v, precision);
            tt_spelled_probability(mass, c, TT_ROLLOUT, v);
            tt_real_set_q(&p, mass);
            tt_real_mul(&share, &share, &p, precision);
            tt_observe_le(out, "mu(v) k3(rho(v))", &share, "KL_tok", &c->kl);
        }
    mpq_clear(mass);
    tt_real_clear(&share);
    tt_real_clear(&p);
}

static tt_claim_observe token_share;
static tt_status token_share(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_context(out, specimen, token_share_at);
    return TT_OK;
}

/* KL_tok(c) <= |log rho(v)| for every token that rollout takes: what "accepted, so KL <= d by construction" says of
   responses of one token, for every threshold d */
static context_observer accepted_at;
static void accepted_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    tt_real size;
    tt_real_init(&size);
    for (size_t v = 0; v < s->vocab; v++)
        if (taken(c, v) && mpq_sgn(c->rollout) > 0) {
            absolute_log(&size, c, v, precision);
            tt_observe_le(out, "KL_tok", &c->kl, "|log rho| of a token that rollout takes", &size);
        }
    tt_real_clear(&size);
}

static context_observer accepted_k3_at;
static void accepted_k3_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    tt_real k3;
    tt_real_init(&k3);
    for (size_t v = 0; v < s->vocab; v++)
        if (taken(c, v) && mpq_sgn(c->rollout) > 0) {
            tt_row_k3(&k3, &c->rows, v, precision);
            tt_observe_le(out, "KL_tok", &c->kl, "k3(rho) of a token that rollout takes", &k3);
        }
    tt_real_clear(&k3);
}

static tt_claim_observe accepted_log;
static tt_status accepted_log(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    if (specimen->source.horizon == 1)
        each_context(out, specimen, accepted_at);
    return TT_OK;
}

static tt_claim_observe accepted_k3;
static tt_status accepted_k3(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    if (specimen->source.horizon == 1)
        each_context(out, specimen, accepted_k3_at);
    return TT_OK;
}

/* out = (e^d - 1)/(e^d + 1) d where e^d = ratio >= 1 */
static void tanh_bound(tt_real *out, const tt_real *ratio, mpfr_prec_t precision)
{
    tt_real one, above, below;
    tt_real_init(&one);
    tt_real_init(&above);
    tt_real_init(&below);
    tt_real_set_ui(&one, 1);
    tt_real_sub(&above, ratio, &one, precision);
    tt_real_add(&below, ratio, &one, precision);
    tt_real_div(&above, &above, &below, precision);
    tt_real_log(out, ratio, precision);
    tt_real_mul(out, out, &above, precision);
    tt_real_clear(&one);
    tt_real_clear(&above);
    tt_real_clear(&below);
}

/* max(rho, 1/rho) of the tokens that rollout takes; false where a ratio is 0 */
static bool largest_ratio(mpq_t out, const tt_spelled *s, const tt_spelled_context *c)
{
    mpq_t rho;
    bool finite = true;
    mpq_init(rho);
    mpq_set_ui(out, 1, 1);
    for (size_t v = 0; v < s->vocab && finite; v++) {
        if (!tt_spelled_ratio(rho, c, v))
            continue;
        finite = mpq_sgn(rho) > 0;
        if (finite && mpq_cmp_ui(rho, 1, 1) < 0)
            mpq_inv(rho, rho);
        if (mpq_cmp(rho, out) > 0)
            mpq_set(out, rho);
    }
    mpq_clear(rho);
    return finite;
}

static context_observer ratio_range_at;
static void ratio_range_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    mpq_t largest;
    tt_real ratio, value;
    mpq_init(largest);
    tt_real_init(&ratio);
    tt_real_init(&value);
    if (row_dominated(s, c) && largest_ratio(largest, s, c)) {
        tt_real_set_q(&ratio, largest);
        tanh_bound(&value, &ratio, precision);
        tt_observe_le(out, "KL_tok", &c->kl, "d tanh(d/2), d = max |log rho|", &value);
    }
    mpq_clear(largest);
    tt_real_clear(&ratio);
    tt_real_clear(&value);
}

static tt_claim_observe ratio_range;
static tt_status ratio_range(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_context(out, specimen, ratio_range_at);
    return TT_OK;
}

/* For every d among the |log rho(v)|: TV_tok <= 1 - a e^-d, a = mu(|log rho| <= d). Rational. */
static context_observer acceptance_tv_at;
static void acceptance_tv_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c,
                             mpfr_prec_t precision)
{
    mpq_t factor, other, kept, p, tv;
    tt_real left, right;
    (void)precision;
    mpq_inits(factor, other, kept, p, tv, NULL);
    tt_real_init(&left);
    tt_real_init(&right);
    tt_row_tv(tv, &c->rows);
    tt_real_set_q(&left, tv);
    for (size_t v = 0; v < s->vocab; v++) {
        if (!tt_spelled_ratio(factor, c, v) || mpq_sgn(factor) == 0)
            continue;
        if (mpq_cmp_ui(factor, 1, 1) > 0)
            mpq_inv(factor, factor);
        mpq_set_ui(kept, 0, 1);
        for (size_t u = 0; u < s->vocab; u++) {
            if (!tt_spelled_ratio(other, c, u) || mpq_sgn(other) == 0)
                continue;
            if (mpq_cmp_ui(other, 1, 1) > 0)
                mpq_inv(other, other);
            if (mpq_cmp(other, factor) < 0)
                continue;
            tt_spelled_probability(p, c, TT_ROLLOUT, u);
            mpq_add(kept, kept, p);
        }
        mpq_mul(kept, kept, factor);
        mpq_set_ui(p, 1, 1);
        mpq_sub(kept, p, kept);
        tt_real_set_q(&right, kept);
        tt_observe_le(out, "TV_tok", &left, "1 - a e^-d", &right);
    }
    mpq_clears(factor, other, kept, p, tv, NULL);
    tt_real_clear(&left);
    tt_real_clear(&right);
}

static tt_claim_observe acceptance_tv;
static tt_status acceptance_tv(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_context(out, specimen, acceptance_tv_at);
    return TT_OK;
}

/* With e = max |rho - 1| < 1 over a context's tokens: KL_tok <= -1/2 log(1 - e^2). */
static context_observer window_at;
static void window_at(tt_observation *out, const tt_spelled *s, const tt_spelled_context *c, mpfr_prec_t precision)
{
    mpq_t rho, width, one;
    tt_real value;
    mpq_inits(rho, width, one, NULL);
    tt_real_init(&value);
    mpq_set_ui(one, 1, 1);
    for (size_t v = 0; v < s->vocab; v++)
        if (tt_spelled_ratio(rho, c, v)) {
            mpq_sub(rho, rho, one);
            mpq_abs(rho, rho);
            if (mpq_cmp(rho, width) > 0)
                mpq_set(width, rho);
        }
    if (row_dominated(s, c) && mpq_cmp_ui(width, 1, 1) < 0) {
        mpq_mul(width, width, width);
        mpq_sub(width, one, width);
        tt_real_set_q(&value, width);
        tt_real_log(&value, &value, precision);
        tt_real_mul_frac(&value, &value, 1, 2, precision);
        tt_real_neg(&value, &value);
        tt_observe_le(out, "KL_tok", &c->kl, "-1/2 log(1 - e^2), e = max |rho - 1|", &value);
    }
    mpq_clears(rho, width, one, NULL);
    tt_real_clear(&value);
}

static tt_claim_observe ratio_window;
static tt_status ratio_window(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim, tt_error *error)
{
    (void)claim, (void)error;
    each_context(out, specimen, window_at);
    return TT_OK;
}

static const tt_claim claims[] = {
    {
        .id = "k3-nonnegative",
        .where = "slides A.1",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "k3(rho) = rho - 1 - log rho >= 0",
        .check = "every token of every reachable context",
        .proof = "k3-nonnegative",
        .observe = k3_nonnegative,
    },
    {
        .id = "abs-log-biased",
        .where = "slides A.1, A.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "|log rho| is a biased estimator of KL_tok",
        .needs = DOMINATED,
        .check = "E_mu|log rho| - KL_tok = 2 E_mu[max(0, log rho)] > 0 wherever the rows differ",
        .proof = "abs-log-biased",
        .role = TT_WITNESS_FAILS,
        .witness = "target-beyond-rollout",
        .observe = absolute_log_biased,
        .applies = dominated,
    },
    {
        .id = "k3-unique",
        .where = "v2",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "the sum of k3 over the tokens is the only unbiased non-negative estimator of KL_seq",
        .check = "k3(prod_t rho_t) >= 0 has the same mean, as E_mu[prod rho] = 1, and is another function: "
                 "E_mu[(difference)^2] > 0; exact",
        .instead = "k3-unique-of-ratio k3-response-mean",
        .role = TT_WITNESS_FAILS,
        .witness = "two-steps-quarter",
        .observe = k3_unique,
    },
    {
        .id = "k3-unique-of-ratio",
        .where = "in place of v2",
        .kind = TT_CLAIM_IMPOSSIBILITY,
        .statement = "of the functions f(rho) of one token's ratio alone, k3 is the only one that is non-negative and has the "
                     "mean KL_tok on every dominated pair of rows",
        .check = "any other unbiased one is a (rho - 1) - log rho, a != 1, and is negative at rho = 1/a; for eight values of a",
        .proof = "k3-unique-of-ratio",
        .once = k3_unique_of_ratio,
    },
    {
        .id = "k3-law-of-large-numbers",
        .where = "slides A.1",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "(1/T) sum_t k3(rho_t) over a response tends to KL_seq / T by the law of large numbers",
        .check = "a prompt of positive probability at which all k3 are 0, for ever, while KL_seq > 0",
        .instead = "k3-response-mean",
        .role = TT_WITNESS_FAILS,
        .witness = "easy-and-hard-prompt",
        .observe = k3_law,
    },
    {
        .id = "k3-response-mean",
        .where = "slides A.1, 4.3.1",
        .kind = TT_CLAIM_IDENTITY,
        .statement = "sum_t k3(rho_t) estimates KL_seq without bias, over responses",
        .needs = DOMINATED,
        .stated = "KL_seq finite",
        .check = "E_mu[sum_t k3(rho_t)] against KL_seq, as enclosures from different walks",
        .proof = "7.15",
        .role = TT_WITNESS_FAILS,
        .witness = "target-beyond-rollout",
        .command = "eval FILE",
        .observe = k3_response_mean,
        .applies = dominated,
    },
    {
        .id = "large-ratio-large-kl",
        .where = "slides 3.3.2, A.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "a token with |log rho| > d shows that KL_tok > d at its context",
        .check = "|log rho| <= KL_tok for every token of every reachable context, which is the same for all d at once",
        .instead = "token-share",
        .role = TT_WITNESS_FAILS,
        .witness = "rare-token-doubled",
        .command = "eval FILE",
        .observe = large_ratio,
    },
    {
        .id = "token-share",
        .where = "in place of slides 3.3.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "KL_tok >= mu(v) k3(rho(v)) for every token v",
        .check = "every token of every reachable context",
        .proof = "token-share",
        .observe = token_share,
    },
    {
        .id = "accepted-kl-by-construction",
        .where = "slides 3.4.2, 4.1.2",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "sequences accepted by max_t |log rho_t| <= d have KL_tok <= d by construction",
        .check = "responses of one token: KL_tok <= |log rho| of each token that rollout takes, the same for all d at once",
        .instead = "ratio-range acceptance-tv",
        .role = TT_WITNESS_FAILS,
        .witness = "one-token-dropped",
        .command = "mask FILE --mask max-log-ratio --threshold 1/10",
        .observe = accepted_log,
    },
    {
        .id = "accepted-kl-by-k3",
        .where = "slides 4.2.1, 4.5.1",
        .kind = TT_CLAIM_GUARANTEE,
        .statement = "max_t f(rho_t) <= d bounds KL_tok, f = k3",
        .check = "responses of one token: KL_tok <= k3(rho) of each token that rollout takes, the same for all d at once",
        .instead = "ratio-range acceptance-tv",
        .role = TT_WITNESS_FAILS,
        .witness = "one-token-dropped",
        .command = "mask FILE --mask max-k3 --threshold 1/10",
        .observe = accepted_k3,
    },
    {
        .id = "ratio-range",
        .where = "in place of slides 3.4.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "if |log rho(v)| <= d for every token of a context then KL_tok <= d tanh(d/2)",
        .stated = "dominated",
        .check = "d = max_v |log rho(v)| at every reachable context",
        .proof = "ratio-range",
        .observe = ratio_range,
    },
    {
        .id = "acceptance-tv",
        .where = "in place of slides 3.4.2",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "if a share a of rollout's tokens at a context has |log rho| <= d then TV_tok <= 1 - a e^-d; of KL_tok "
                     "nothing follows",
        .check = "every d that occurs, at every reachable context; exact",
        .proof = "acceptance-tv",
        .observe = acceptance_tv,
    },
    {
        .id = "ratio-window",
        .where = "in place of slides 3.1.1",
        .kind = TT_CLAIM_INEQUALITY,
        .statement = "if |rho(v) - 1| <= e < 1 for every token of a context then KL_tok <= -1/2 log(1 - e^2)",
        .stated = "dominated",
        .check = "e = max_v |rho(v) - 1| at every reachable context",
        .proof = "ratio-window",
        .observe = ratio_window,
    },
};

tt_claim_table tt_claims_estimators(void)
{
    return (tt_claim_table){ sizeof claims / sizeof *claims, claims };
}

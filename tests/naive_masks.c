#include "naive_masks.h"

#include <stdlib.h>
#include <string.h>

#include "naive_numbers.h"

typedef struct {
    size_t prompt, length;
    uint32_t *tokens;
    mpq_t *mu, *pi;           /* T * V: the rows of its contexts, step by step */
    mpfi_t *kl;               /* T: KL of the rows */
    mpq_t p_mu, p_pi, reward; /* P(x) in both */
} response;

struct naive_responses {
    size_t V, T, n;
    response *items;
    mpq_t j_mu;
    mpq_t eps; /* maxima over reachable contexts */
    mpfi_t delta;
};

enum { NO, YES, OPEN };

static void set_kl(mpfi_t out, const mpq_t *mu, const mpq_t *pi, size_t V);
static void find_maxima(naive_responses *r);

/* ---- the listing ---------------------------------------------------------------------------------- */

static mpq_srcptr mu_of(const naive_responses *r, const response *y, size_t t)
{
    return y->mu[t * r->V + y->tokens[t]];
}

static mpq_srcptr pi_of(const naive_responses *r, const response *y, size_t t)
{
    return y->pi[t * r->V + y->tokens[t]];
}

static bool is_one(mpq_srcptr q)
{
    return mpq_cmp_ui(q, 1, 1) == 0;
}

/* Both policies are certain of the last token at steps t+1..T. */
static bool absorbed_after(const naive_responses *r, const response *y, size_t t)
{
    uint32_t last = y->tokens[r->T - 1];
    for (size_t s = t; s < r->T; s++)
        if (y->tokens[s] != last || !is_one(mu_of(r, y, s)) || !is_one(pi_of(r, y, s)))
            return false;
    return true;
}

static void fill(const naive_responses *r, response *y, const tt_row_source *source, size_t prompt, size_t number)
{
    uint64_t node = source->root(source->self, prompt);
    y->prompt = prompt;
    y->tokens = naive_allocate(r->T, sizeof *y->tokens);
    y->mu = naive_rationals(r->T * r->V);
    y->pi = naive_rationals(r->T * r->V);
    y->kl = naive_allocate(r->T, sizeof *y->kl);
    mpq_inits(y->p_mu, y->p_pi, y->reward, NULL);
    for (size_t t = r->T; t-- > 0; number /= r->V)
        y->tokens[t] = (uint32_t)(number % r->V);
    mpq_set(y->p_mu, source->prompt(source->self, prompt));
    mpq_set(y->p_pi, y->p_mu);
    for (size_t t = 0; t < r->T; t++) {
        tt_rows_buffer buffer;
        tt_rows rows;
        if (tt_rows_buffer_init(&buffer, r->V) != TT_OK)
            abort();
        source->rows(source->self, node, t, &rows, &buffer);
        for (size_t v = 0; v < r->V; v++) {
            mpz_set(mpq_numref(y->mu[t * r->V + v]), &rows.rollout[v]);
            mpz_set(mpq_denref(y->mu[t * r->V + v]), rows.total);
            mpq_canonicalize(y->mu[t * r->V + v]);
            mpz_set(mpq_numref(y->pi[t * r->V + v]), &rows.target[v]);
            mpz_set(mpq_denref(y->pi[t * r->V + v]), rows.total);
            mpq_canonicalize(y->pi[t * r->V + v]);
        }
        tt_rows_buffer_clear(&buffer);
        mpfi_init2(y->kl[t], NAIVE_MASK_PRECISION);
        set_kl(y->kl[t], (const mpq_t *)&y->mu[t * r->V], (const mpq_t *)&y->pi[t * r->V], r->V);
        mpq_mul(y->p_mu, y->p_mu, mu_of(r, y, t));
        mpq_mul(y->p_pi, y->p_pi, pi_of(r, y, t));
        node = source->child(source->self, node, t, y->tokens[t]);
    }
    source->reward(source->self, node, y->reward);
    for (y->length = 1; y->length < r->T && !absorbed_after(r, y, y->length);)
        y->length++;
}

naive_responses *naive_responses_new(const tt_row_source *source)
{
    naive_responses *r = naive_allocate(1, sizeof *r);
    size_t each = 1;
    r->V = source->vocab;
    r->T = source->horizon;
    for (size_t t = 0; t < r->T; t++)
        each *= r->V;
    r->n = source->prompts * each;
    r->items = naive_allocate(r->n, sizeof *r->items);
    mpq_init(r->j_mu);
    for (size_t y = 0; y < r->n; y++) {
        fill(r, &r->items[y], source, y / each, y % each);
        naive_add_product(r->j_mu, r->items[y].p_mu, r->items[y].reward);
    }
    find_maxima(r);
    return r;
}

void naive_responses_free(naive_responses *r)
{
    for (size_t y = 0; y < r->n; y++) {
        response *item = &r->items[y];
        free(item->tokens);
        naive_free_rationals(item->mu, r->T * r->V);
        naive_free_rationals(item->pi, r->T * r->V);
        mpq_clears(item->p_mu, item->p_pi, item->reward, NULL);
        for (size_t t = 0; t < r->T; t++)
            mpfi_clear(item->kl[t]);
        free(item->kl);
    }
    free(r->items);
    mpq_clears(r->j_mu, r->eps, NULL);
    mpfi_clear(r->delta);
    free(r);
}

size_t naive_responses_count(const naive_responses *r)
{
    return r->n;
}

size_t naive_response_prompt(const naive_responses *r, size_t y)
{
    return r->items[y].prompt;
}

const uint32_t *naive_response_tokens(const naive_responses *r, size_t y)
{
    return r->items[y].tokens;
}

bool naive_response_sampled(const naive_responses *r, size_t y)
{
    return mpq_sgn(r->items[y].p_mu) != 0;
}

/* ---- numbers of a token, by their definitions -------------------------------------------------------- */

static void set_infinite(mpfi_t x)
{
    mpfr_set_inf(&x->left, 1);
    mpfr_set_inf(&x->right, 1);
}

/* out += p log(p / q) */
static void add_entropy(mpfi_t out, mpq_srcptr p, mpq_srcptr q)
{
    mpq_t ratio;
    mpfi_t term;
    if (mpq_sgn(p) == 0 || mpfr_inf_p(&out->left))
        return;
    if (mpq_sgn(q) == 0) {
        set_infinite(out);
        return;
    }
    mpq_init(ratio);
    mpfi_init2(term, NAIVE_MASK_PRECISION);
    mpq_div(ratio, p, q);
    mpfi_set_q(term, ratio);
    mpfi_log(term, term);
    mpfi_mul_q(term, term, p);
    mpfi_add(out, out, term);
    mpfi_clear(term);
    mpq_clear(ratio);
}

static void set_kl(mpfi_t out, const mpq_t *mu, const mpq_t *pi, size_t V)
{
    mpfi_set_ui(out, 0);
    for (size_t v = 0; v < V; v++)
        add_entropy(out, mu[v], pi[v]);
}

static void set_tv(mpq_t out, const mpq_t *mu, const mpq_t *pi, size_t V)
{
    mpq_t d;
    mpq_init(d);
    mpq_set_ui(out, 0, 1);
    for (size_t v = 0; v < V; v++) {
        mpq_sub(d, mu[v], pi[v]);
        mpq_abs(d, d);
        mpq_add(out, out, d);
    }
    mpq_div_2exp(out, out, 1);
    mpq_clear(d);
}

static void set_binary_kl(mpfi_t out, mpq_srcptr p, mpq_srcptr q)
{
    mpq_t one, not_p, not_q;
    mpq_inits(one, not_p, not_q, NULL);
    mpq_set_ui(one, 1, 1);
    mpq_sub(not_p, one, p);
    mpq_sub(not_q, one, q);
    mpfi_set_ui(out, 0);
    add_entropy(out, p, q);
    add_entropy(out, not_p, not_q);
    mpq_clears(one, not_p, not_q, NULL);
}

typedef struct {
    mpq_t rho, inverse, deviation, worst, binary_tv, tv; /* inverse and worst only where rho > 0 */
    mpfi_t log, k2, k3, k3_inverse, absolute, k1, kl, binary, binary_reverse;
    bool dead; /* rho = 0 */
} token;

static void token_init(token *x, const naive_responses *r, const response *y, size_t t)
{
    mpfi_ptr all[] = { x->log, x->k2, x->k3, x->k3_inverse, x->absolute, x->k1, x->kl, x->binary, x->binary_reverse };
    mpq_srcptr p = mu_of(r, y, t), q = pi_of(r, y, t);
    mpq_inits(x->rho, x->inverse, x->deviation, x->worst, x->binary_tv, x->tv, NULL);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        mpfi_init2(all[k], NAIVE_MASK_PRECISION);
    mpq_div(x->rho, q, p);
    x->dead = mpq_sgn(q) == 0;
    mpq_set_ui(x->deviation, 1, 1);
    mpq_sub(x->deviation, x->rho, x->deviation);
    mpq_abs(x->deviation, x->deviation);
    mpq_sub(x->binary_tv, p, q);
    mpq_abs(x->binary_tv, x->binary_tv);
    set_tv(x->tv, (const mpq_t *)&y->mu[t * r->V], (const mpq_t *)&y->pi[t * r->V], r->V);
    mpfi_set(x->kl, y->kl[t]);
    set_binary_kl(x->binary, p, q);
    set_binary_kl(x->binary_reverse, q, p);
    if (x->dead) {
        set_infinite(x->k1);
        set_infinite(x->k2);
        set_infinite(x->k3);
        set_infinite(x->k3_inverse);
        set_infinite(x->absolute);
        return;
    }
    mpq_inv(x->inverse, x->rho);
    mpq_set(x->worst, mpq_cmp(x->rho, x->inverse) > 0 ? x->rho : x->inverse);
    mpfi_set_q(x->log, x->rho);
    mpfi_log(x->log, x->log);
    mpfi_neg(x->k1, x->log);
    mpfi_abs(x->absolute, x->log);
    mpfi_sqr(x->k2, x->log);
    mpfi_div_ui(x->k2, x->k2, 2);
    mpfi_set_q(x->k3, x->rho);
    mpfi_sub_ui(x->k3, x->k3, 1);
    mpfi_sub(x->k3, x->k3, x->log);
    mpfi_set_q(x->k3_inverse, x->inverse);
    mpfi_sub_ui(x->k3_inverse, x->k3_inverse, 1);
    mpfi_add(x->k3_inverse, x->k3_inverse, x->log);
    if (is_one(x->rho)) {
        mpfi_set_ui(x->k3, 0);
        mpfi_set_ui(x->k3_inverse, 0);
    }
}

static void token_clear(token *x)
{
    mpfi_ptr all[] = { x->log, x->k2, x->k3, x->k3_inverse, x->absolute, x->k1, x->kl, x->binary, x->binary_reverse };
    mpq_clears(x->rho, x->inverse, x->deviation, x->worst, x->binary_tv, x->tv, NULL);
    for (size_t k = 0; k < sizeof all / sizeof *all; k++)
        mpfi_clear(all[k]);
}

/* ---- decisions ---------------------------------------------------------------------------------------- */

static int at_most(mpfi_srcptr x, mpq_srcptr d)
{
    if (mpfr_cmp_q(&x->right, d) <= 0)
        return YES;
    return mpfr_cmp_q(&x->left, d) > 0 ? NO : OPEN;
}

static int q_at_most(mpq_srcptr x, mpq_srcptr d)
{
    return mpq_cmp(x, d) <= 0 ? YES : NO;
}

static int both(int a, int b)
{
    return a == NO || b == NO ? NO : a == OPEN || b == OPEN ? OPEN : YES;
}

typedef struct {
    const naive_responses *r;
    const response *y;
    token *tokens; /* T */
    size_t n;      /* how many of them count */
    const mpq_t *d;
    int advantage;
} question;

static mpfi_srcptr interval_of(const token *x, const char *what)
{
    return strcmp(what, "k1") == 0 ? x->k1 : strcmp(what, "k2") == 0 ? x->k2 : strcmp(what, "k3") == 0 ? x->k3
           : strcmp(what, "k3-inverse") == 0 ? x->k3_inverse : strcmp(what, "abs-log") == 0 ? x->absolute : x->kl;
}

static int every(const question *q, const char *what, mpq_srcptr d)
{
    int answer = YES;
    for (size_t t = 0; t < q->n; t++)
        answer = both(answer, at_most(interval_of(&q->tokens[t], what), d));
    return answer;
}

/* sum f <= d, or <= n d */
static int total(const question *q, const char *what, mpq_srcptr d, bool mean)
{
    mpfi_t sum;
    mpq_t bound;
    int answer;
    mpfi_init2(sum, NAIVE_MASK_PRECISION);
    mpfi_set_ui(sum, 0);
    mpq_init(bound);
    for (size_t t = 0; t < q->n; t++)
        mpfi_add(sum, sum, interval_of(&q->tokens[t], what));
    mpq_set_ui(bound, mean ? q->n : 1, 1);
    mpq_mul(bound, bound, d);
    answer = at_most(sum, bound);
    mpfi_clear(sum);
    mpq_clear(bound);
    return answer;
}

/* mean of a rational <= d; which: 0 deviation, 1 worst ratio, 2 tv */
static int rational_mean(const question *q, int which, mpq_srcptr d)
{
    mpq_t sum, bound;
    int answer;
    mpq_inits(sum, bound, NULL);
    for (size_t t = 0; t < q->n; t++) {
        const token *x = &q->tokens[t];
        if (which == 1 && x->dead) {
            mpq_clears(sum, bound, NULL);
            return NO;
        }
        mpq_add(sum, sum, which == 0 ? x->deviation : which == 1 ? x->worst : x->tv);
    }
    mpq_set_ui(bound, q->n, 1);
    mpq_mul(bound, bound, d);
    answer = q_at_most(sum, bound);
    mpq_clears(sum, bound, NULL);
    return answer;
}

static void power(mpq_t out, mpq_srcptr x, size_t n)
{
    mpq_t base;
    mpq_init(base);
    mpq_set(base, x);
    mpq_set_ui(out, 1, 1);
    for (size_t k = 0; k < n; k++)
        mpq_mul(out, out, base);
    mpq_clear(base);
}

/* low^n <= product of rho (or its inverse) <= high^n; low may be NULL */
static int window(const question *q, bool inverse, size_t n, mpq_srcptr low, mpq_srcptr high)
{
    mpq_t product, end;
    int answer = YES;
    mpq_inits(product, end, NULL);
    mpq_set_ui(product, 1, 1);
    for (size_t t = 0; t < q->n; t++) {
        if (inverse && q->tokens[t].dead)
            answer = NO;
        else
            mpq_mul(product, product, inverse ? q->tokens[t].inverse : q->tokens[t].rho);
    }
    power(end, high, n);
    answer = both(answer, q_at_most(product, end));
    if (low) {
        power(end, low, n);
        answer = both(answer, q_at_most(end, product));
    }
    mpq_clears(product, end, NULL);
    return answer;
}

/* sum |rho-1| w_t <= d sum w_t, w_t = min(1, (T-t) eps, sqrt((T-t) delta/2)) */
static int ln_trm(const question *q)
{
    mpfi_t w, root, sum;
    mpq_t x, cap;
    bool all_zero = true;
    int answer;
    mpfi_init2(w, NAIVE_MASK_PRECISION);
    mpfi_init2(root, NAIVE_MASK_PRECISION);
    mpfi_init2(sum, NAIVE_MASK_PRECISION);
    mpq_inits(x, cap, NULL);
    mpfi_set_ui(sum, 0);
    for (size_t t = 1; t <= q->n; t++) {
        mpq_set_ui(cap, q->r->T - t, 1);
        mpq_mul(cap, cap, q->r->eps);
        if (mpq_cmp_ui(cap, 1, 1) > 0)
            mpq_set_ui(cap, 1, 1);
        if (mpq_sgn(cap) == 0)
            continue;
        all_zero = false;
        mpfi_set_q(w, cap);
        if (!mpfr_inf_p(&q->r->delta->right)) {
            mpfi_mul_ui(root, q->r->delta, q->r->T - t);
            mpfi_div_ui(root, root, 2);
            mpfi_sqrt(root, root);
            mpfr_min(&w->left, &w->left, &root->left, MPFR_RNDD);
            mpfr_min(&w->right, &w->right, &root->right, MPFR_RNDU);
        }
        mpq_sub(x, q->tokens[t - 1].deviation, q->d[0]);
        mpfi_mul_q(w, w, x);
        mpfi_add(sum, sum, w);
    }
    mpq_set_ui(x, 0, 1);
    answer = all_zero ? YES : at_most(sum, x);
    mpfi_clear(w);
    mpfi_clear(root);
    mpfi_clear(sum);
    mpq_clears(x, cap, NULL);
    return answer;
}

static int ratio_window(const token *x, mpq_srcptr low, mpq_srcptr high)
{
    return (!low || mpq_cmp(x->rho, low) >= 0) && (!high || mpq_cmp(x->rho, high) <= 0) ? YES : NO;
}

#define IS(name) (strcmp(id, name) == 0)

static int keeps_response(const char *id, const question *q)
{
    mpq_srcptr d = q->d[0], d2 = q->d[1];
    int answer = YES;
    if (IS("max-kl"))
        return every(q, "kl", d);
    if (IS("avg-kl"))
        return total(q, "kl", d, true);
    if (IS("max-log-ratio"))
        return every(q, "abs-log", d);
    if (IS("max-k2"))
        return every(q, "k2", d);
    if (IS("max-k3"))
        return every(q, "k3", d);
    if (IS("avg-k3"))
        return total(q, "k3", d, true);
    if (IS("sum-k3"))
        return total(q, "k3", d, false);
    if (IS("combined"))
        return both(every(q, "kl", d), total(q, "kl", d2, true));
    if (IS("ln-trm"))
        return ln_trm(q);
    if (IS("ser"))
        return rational_mean(q, 0, d);
    if (IS("combined-sample"))
        return both(every(q, "abs-log", d), total(q, "k3", d2, true));
    if (IS("combined-k2-k3"))
        return both(every(q, "k2", d), total(q, "k3", d2, true));
    if (IS("avg-k2"))
        return total(q, "k2", d, true);
    if (IS("sum-k2"))
        return total(q, "k2", d, false);
    if (IS("avg-abs-log"))
        return total(q, "abs-log", d, true);
    if (IS("avg-k3-inverse"))
        return total(q, "k3-inverse", d, true);
    if (IS("avg-tv"))
        return rational_mean(q, 2, d);
    if (IS("geometric"))
        return window(q, false, q->n, d, d2);
    if (IS("avg-k1"))
        return window(q, true, q->n, d, d2);
    if (IS("sequence-ratio"))
        return window(q, false, 1, d, d2);
    if (IS("sequence-ratio-max"))
        return window(q, false, 1, NULL, d);
    if (IS("mult-prob-error"))
        return rational_mean(q, 1, d);
    if (IS("opsm"))
        return q->advantage >= 0 ? YES : total(q, "k1", d, true);
    for (size_t t = 0; t < q->n; t++) {
        const token *x = &q->tokens[t];
        if (IS("max-tv"))
            answer = both(answer, q_at_most(x->tv, d));
        else if (IS("ratio-window"))
            answer = both(answer, ratio_window(x, d, d2));
        else if (IS("veto"))
            answer = both(answer, ratio_window(x, d, NULL));
        else
            abort();
    }
    return answer;
}

static int keeps_token(const char *id, const question *q, const token *x)
{
    mpq_srcptr d = q->d[0], d2 = q->d[1];
    int drift = mpq_cmp_ui(x->rho, 1, 1) * q->advantage;
    if (IS("token-log-ratio"))
        return at_most(x->absolute, d);
    if (IS("token-kl"))
        return at_most(x->kl, d);
    if (IS("token-k2"))
        return at_most(x->k2, d);
    if (IS("token-k3"))
        return at_most(x->k3, d);
    if (IS("icepop"))
        return ratio_window(x, d, d2);
    if (IS("token-ratio-max"))
        return ratio_window(x, NULL, d);
    if (IS("kpop"))
        return both(at_most(x->binary, d), at_most(x->binary_reverse, d));
    if (IS("ipo"))
        return q_at_most(x->binary_tv, d);
    if (IS("dppo-tv"))
        return drift <= 0 ? YES : q_at_most(x->binary_tv, d);
    if (IS("dppo-kl"))
        return drift <= 0 ? YES : at_most(x->binary, d);
    return -1; /* no token mask */
}

static bool is_token_mask(const char *id)
{
    static const char *const ids[] = { "token-log-ratio", "token-kl", "token-k2", "token-k3", "icepop",
                                       "token-ratio-max",
                                       "kpop", "ipo", "dppo-tv", "dppo-kl" };
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++)
        if (IS(ids[k]))
            return true;
    return false;
}

/* ---- sums over responses -------------------------------------------------------------------------------- */

static bool reaches(const naive_responses *r, const response *y, size_t t, bool target)
{
    for (size_t k = 0; k < t; k++)
        if (mpq_sgn(target ? pi_of(r, y, k) : mu_of(r, y, k)) == 0)
            return false;
    return true;
}

/* Prompts of probability 0 hold nothing. */
static bool prompt_occurs(const naive_responses *r, const response *y)
{
    for (size_t k = 0; k < r->n; k++)
        if (r->items[k].prompt == y->prompt && (mpq_sgn(r->items[k].p_mu) != 0 || mpq_sgn(r->items[k].p_pi) != 0))
            return true;
    return false;
}

static void raise(mpfi_t x, mpfi_srcptr y)
{
    mpfr_max(&x->left, &x->left, &y->left, MPFR_RNDD);
    mpfr_max(&x->right, &x->right, &y->right, MPFR_RNDU);
}

static bool live(const naive_responses *r, const response *y, size_t t)
{
    return prompt_occurs(r, y) && (reaches(r, y, t, false) || reaches(r, y, t, true));
}

static void find_maxima(naive_responses *r)
{
    mpq_t tv;
    mpq_inits(r->eps, tv, NULL);
    mpfi_init2(r->delta, NAIVE_MASK_PRECISION);
    mpfi_set_ui(r->delta, 0);
    for (size_t k = 0; k < r->n; k++)
        for (size_t t = 0; t < r->T; t++) {
            const response *y = &r->items[k];
            if (!live(r, y, t))
                continue;
            set_tv(tv, (const mpq_t *)&y->mu[t * r->V], (const mpq_t *)&y->pi[t * r->V], r->V);
            if (mpq_cmp(tv, r->eps) > 0)
                mpq_set(r->eps, tv);
            raise(r->delta, y->kl[t]);
        }
    mpq_clear(tv);
}

/* The decisions about response y: [0] of the whole, or of a token mask [t] of token t = 1..T. */
static void decide(int *answers, const naive_responses *r, const response *y, const char *id, const mpq_t *d,
                   bool over_horizon, mpq_srcptr baseline)
{
    question q = { r, y, naive_allocate(r->T, sizeof(token)), over_horizon ? r->T : y->length, d,
                   mpq_cmp(y->reward, baseline) };
    for (size_t t = 0; t < r->T; t++)
        token_init(&q.tokens[t], r, y, t);
    if (is_token_mask(id))
        for (size_t t = 0; t < r->T; t++)
            answers[t + 1] = keeps_token(id, &q, &q.tokens[t]);
    else
        answers[0] = keeps_response(id, &q);
    for (size_t t = 0; t < r->T; t++)
        token_clear(&q.tokens[t]);
    free(q.tokens);
}

static void naive_mask_init(naive_mask *out, size_t T)
{
    memset(out, 0, sizeof *out);
    out->decided = true;
    out->horizon = T;
    mpq_inits(out->acceptance, out->masked, out->derivative, out->unmasked, out->repaired_ratio, out->kept_reward,
              out->target_mass, out->second_moment, out->reward_accepted, out->reward_rejected, out->both_accept,
              out->kl_accept, out->mean_length, NULL);
    for (size_t k = 0; k < 4; k++)
        mpq_init(out->clipped[k]);
    tt_real_init(&out->repaired);
    tt_real_init(&out->repaired_kept);
    tt_real_init(&out->log_guarantee);
    tt_real_init(&out->kl_certified);
    tt_real_init(&out->kl_hidden);
    out->length_mass = naive_rationals(T);
    out->length_kept = naive_rationals(T);
}

void naive_mask_clear(naive_mask *out)
{
    mpq_clears(out->acceptance, out->masked, out->derivative, out->unmasked, out->repaired_ratio, out->kept_reward,
               out->target_mass, out->second_moment, out->reward_accepted, out->reward_rejected, out->both_accept,
               out->kl_accept, out->mean_length, NULL);
    for (size_t k = 0; k < 4; k++)
        mpq_clear(out->clipped[k]);
    tt_real_clear(&out->repaired);
    tt_real_clear(&out->repaired_kept);
    tt_real_clear(&out->log_guarantee);
    tt_real_clear(&out->kl_certified);
    tt_real_clear(&out->kl_hidden);
    naive_free_rationals(out->length_mass, out->horizon);
    naive_free_rationals(out->length_kept, out->horizon);
}

static bool same_context(const response *x, const response *y, size_t t)
{
    return x->prompt == y->prompt && memcmp(x->tokens, y->tokens, t * sizeof *x->tokens) == 0;
}

static void set_kl_maxima(naive_mask *out, const naive_responses *r, const int *answers, bool tokens)
{
    mpfi_t certified, hidden;
    bool any_certified = false, any_hidden = false;
    mpfi_init2(certified, NAIVE_MASK_PRECISION);
    mpfi_init2(hidden, NAIVE_MASK_PRECISION);
    mpfi_set_ui(certified, 0);
    mpfi_set_ui(hidden, 0);
    for (size_t k = 0; k < r->n; k++)
        for (size_t t = 0; t < r->T; t++) {
            const response *y = &r->items[k];
            bool kept = false;
            if (!live(r, y, t))
                continue;
            for (size_t j = 0; j < r->n; j++)
                kept = kept || (same_context(&r->items[j], y, t) && mpq_sgn(r->items[j].p_mu) != 0 &&
                                answers[j * (r->T + 1) + (tokens ? t + 1 : 0)] == YES);
            raise(kept ? certified : hidden, y->kl[t]);
            any_certified = any_certified || kept;
            any_hidden = any_hidden || !kept;
        }
    if (any_certified)
        tt_real_set_interval(&out->kl_certified, certified);
    if (any_hidden)
        tt_real_set_interval(&out->kl_hidden, hidden);
    mpfi_clear(certified);
    mpfi_clear(hidden);
}

/* out = log M; false where M = 0 */
static bool log_of(mpfi_t out, const response *y)
{
    mpq_t m;
    if (mpq_sgn(y->p_pi) == 0)
        return false;
    mpq_init(m);
    mpq_div(m, y->p_pi, y->p_mu);
    mpfi_set_q(out, m);
    mpfi_log(out, out);
    mpq_clear(m);
    return true;
}

static void add_guarantees(naive_mask *out, mpfi_t *logs, bool *infinite, const response *y, bool kept)
{
    mpfi_t log, weighted;
    mpq_t weight, x, minus_one;
    bool finite;
    mpfi_init2(log, NAIVE_MASK_PRECISION);
    mpfi_init2(weighted, NAIVE_MASK_PRECISION);
    mpq_inits(weight, x, minus_one, NULL);
    mpq_set_si(minus_one, -1, 1);
    mpq_mul(weight, y->p_mu, y->reward);
    finite = log_of(log, y);
    if (finite) {
        mpfi_mul_q(weighted, log, weight);
        mpfi_add(logs[2], logs[2], weighted);
        if (kept)
            mpfi_add(logs[0], logs[0], weighted);
    } else if (mpq_sgn(weight) != 0) {
        infinite[1] = true;
        infinite[0] = infinite[0] || kept;
    }
    if (kept && finite && mpfr_cmp_q(&log->left, minus_one) >= 0) {
        mpfi_add(logs[1], logs[1], weighted);
        mpq_add(out->kept_reward, out->kept_reward, weight);
    }
    if (kept) { /* E[m R (M - 1)] */
        mpq_sub(x, y->p_pi, y->p_mu);
        naive_add_product(out->repaired_ratio, x, y->reward);
    }
    mpfi_clear(log);
    mpfi_clear(weighted);
    mpq_clears(weight, x, minus_one, NULL);
}

static void add_clipped(naive_mask *out, const response *y)
{
    static const unsigned long caps[4][2] = { { 1, 2 }, { 1, 1 }, { 2, 1 }, { 10, 1 } };
    mpq_t x;
    mpq_init(x);
    for (size_t k = 0; k < 4; k++) {
        mpq_set_ui(x, caps[k][0], caps[k][1]);
        mpq_mul(x, x, y->p_mu);
        if (mpq_cmp(y->p_pi, x) < 0)
            mpq_set(x, y->p_pi);
        mpq_sub(x, x, y->p_mu);
        naive_add_product(out->clipped[k], x, y->reward);
    }
    mpq_clear(x);
}

/* (R - b) times the sum of rho_t, and of rho_t - 1, over what is kept */
static void add_surrogates(naive_mask *out, const naive_responses *r, const response *y, const int *answers,
                           bool tokens,
                           mpq_srcptr baseline)
{
    mpq_t weight, rho, one;
    mpq_inits(weight, rho, one, NULL);
    mpq_set_ui(one, 1, 1);
    mpq_sub(weight, y->reward, baseline);
    mpq_mul(weight, weight, y->p_mu);
    for (size_t t = 0; t < r->T; t++) {
        mpq_div(rho, pi_of(r, y, t), mu_of(r, y, t));
        naive_add_product(out->unmasked, weight, rho);
        if (answers[tokens ? t + 1 : 0] != YES)
            continue;
        naive_add_product(out->masked, weight, rho);
        mpq_sub(rho, rho, one);
        naive_add_product(out->derivative, weight, rho);
        if (tokens && t < y->length) {
            mpq_add(out->acceptance, out->acceptance, y->p_mu);
            mpq_add(out->length_kept[y->length - 1], out->length_kept[y->length - 1], y->p_mu);
        }
    }
    mpq_clears(weight, rho, one, NULL);
}

static void add_sequence(naive_mask *out, const response *y, bool kept, bool kl_kept)
{
    mpq_t x;
    mpq_init(x);
    if (kept) {
        mpq_add(out->acceptance, out->acceptance, y->p_mu);
        mpq_add(out->length_kept[y->length - 1], out->length_kept[y->length - 1], y->p_mu);
        naive_add_product(out->reward_accepted, y->p_mu, y->reward);
        mpq_add(out->target_mass, out->target_mass, y->p_pi);
        mpq_mul(x, y->p_pi, y->p_pi);
        mpq_div(x, x, y->p_mu);
        mpq_add(out->second_moment, out->second_moment, x);
        if (kl_kept)
            mpq_add(out->both_accept, out->both_accept, y->p_mu);
    } else {
        naive_add_product(out->reward_rejected, y->p_mu, y->reward);
    }
    if (kl_kept)
        mpq_add(out->kl_accept, out->kl_accept, y->p_mu);
    mpq_clear(x);
}

static void take_log(tt_real *out, mpfi_t sum, bool infinite, mpq_srcptr loss)
{
    if (infinite) {
        tt_real_set_infinite(out, -1);
        return;
    }
    mpfi_sub_q(sum, sum, loss);
    tt_real_set_interval(out, sum);
}

void naive_mask_measure(naive_mask *out, const naive_responses *r, const char *id, const mpq_t *thresholds,
                        bool over_horizon, mpq_srcptr baseline)
{
    bool tokens = is_token_mask(id), infinite[2] = { false, false };
    int *answers = naive_allocate(r->n * (r->T + 1), sizeof *answers), *kl = naive_allocate(r->T + 1, sizeof *kl);
    mpq_srcptr b = baseline ? baseline : r->j_mu;
    mpfi_t logs[3];
    mpq_t loss, length;
    naive_mask_init(out, r->T);
    mpq_inits(loss, length, NULL);
    for (size_t k = 0; k < 3; k++) {
        mpfi_init2(logs[k], NAIVE_MASK_PRECISION);
        mpfi_set_ui(logs[k], 0);
    }
    for (size_t k = 0; k < r->n; k++) {
        const response *y = &r->items[k];
        int *own = &answers[k * (r->T + 1)];
        if (mpq_sgn(y->p_mu) == 0)
            continue;
        decide(own, r, y, id, thresholds, over_horizon, b);
        for (size_t t = 0; t <= r->T; t++)
            out->decided = out->decided && own[t] != OPEN;
        add_surrogates(out, r, y, own, tokens, b);
        mpq_add(out->length_mass[y->length - 1], out->length_mass[y->length - 1], y->p_mu);
        mpq_set_ui(length, y->length, 1);
        naive_add_product(out->mean_length, length, y->p_mu);
        add_guarantees(out, logs, infinite, y, !tokens && own[0] == YES);
        add_clipped(out, y);
        if (tokens)
            continue;
        decide(kl, r, y, "max-kl", thresholds, over_horizon, b);
        out->decided = out->decided && kl[0] != OPEN;
        add_sequence(out, y, own[0] == YES, kl[0] == YES);
    }
    set_kl_maxima(out, r, answers, tokens);
    mpq_sub(loss, r->j_mu, out->reward_accepted);
    mpq_sub(out->repaired_ratio, out->repaired_ratio, loss);
    take_log(&out->repaired, logs[0], infinite[0], loss);
    mpq_sub(loss, r->j_mu, out->kept_reward);
    take_log(&out->repaired_kept, logs[1], false, loss);
    mpq_set_ui(loss, 0, 1);
    take_log(&out->log_guarantee, logs[2], infinite[1], loss);
    for (size_t k = 0; k < 3; k++)
        mpfi_clear(logs[k]);
    mpq_clears(loss, length, NULL);
    free(answers);
    free(kl);
}

/* ---- gradients --------------------------------------------------------------------------------------------- */

/* The direction in which theta(c, v) moves mu's row at c: mu(u) (1[u = v] - mu(v)), at the token u of y. */
static void direction(mpq_t out, const naive_responses *r, const response *y, size_t depth, size_t v)
{
    mpq_srcptr mu_v = y->mu[depth * r->V + v];
    mpq_set_ui(out, y->tokens[depth] == v ? 1 : 0, 1);
    mpq_sub(out, out, mu_v);
    mpq_mul(out, out, mu_of(r, y, depth));
}

void naive_gradient(mpq_t j, mpq_t surrogate, mpq_t masked, const naive_responses *r, size_t number, size_t depth,
                    size_t v, const char *id, const mpq_t *thresholds, mpq_srcptr baseline)
{
    int *answers = naive_allocate(r->T + 1, sizeof *answers);
    mpq_srcptr b = baseline ? baseline : r->j_mu;
    mpq_t move, x, others;
    mpq_inits(move, x, others, NULL);
    mpq_set_ui(j, 0, 1);
    mpq_set_ui(surrogate, 0, 1);
    mpq_set_ui(masked, 0, 1);
    for (size_t k = 0; k < r->n; k++) {
        const response *y = &r->items[k];
        if (!same_context(y, &r->items[number], depth) || mpq_sgn(y->p_mu) == 0)
            continue;
        direction(move, r, y, depth, v);
        /* J is linear in the row at c: P(x) times the other steps' mu times the direction times R */
        mpq_div(others, y->p_mu, mu_of(r, y, depth));
        mpq_mul(x, others, move);
        naive_add_product(j, x, y->reward);
        /* rho_t of L moves by direction / mu, weighed with P_mu R */
        mpq_div(move, move, mu_of(r, y, depth));
        mpq_mul(x, y->p_mu, move);
        naive_add_product(surrogate, x, y->reward);
        if (!id)
            continue;
        decide(answers, r, y, id, thresholds, false, b);
        mpq_sub(others, y->reward, b);
        if (answers[is_token_mask(id) ? depth + 1 : 0] == YES)
            naive_add_product(masked, x, others);
    }
    mpq_clears(move, x, others, NULL);
    free(answers);
}

/* ---- clipping ------------------------------------------------------------------------------------------------ */

/* E_mu[R | the first t tokens of y], by enumeration; P_mu of the prefix > 0 */
static void value_of(mpq_t out, const naive_responses *r, const response *y, size_t t)
{
    mpq_t mass;
    mpq_init(mass);
    mpq_set_ui(out, 0, 1);
    for (size_t k = 0; k < r->n; k++)
        if (same_context(&r->items[k], y, t)) {
            naive_add_product(out, r->items[k].p_mu, r->items[k].reward);
            mpq_add(mass, mass, r->items[k].p_mu);
        }
    mpq_div(out, out, mass);
    mpq_clear(mass);
}

void naive_clip(mpq_t out, const naive_responses *r, mpq_srcptr lo, mpq_srcptr hi, mpq_srcptr dual)
{
    mpq_t a, v, rho, clipped, x, one;
    mpq_inits(a, v, rho, clipped, x, one, NULL);
    mpq_set_ui(one, 1, 1);
    mpq_set_ui(out, 0, 1);
    for (size_t k = 0; k < r->n; k++)
        for (size_t t = 0; t < r->T; t++) {
            const response *y = &r->items[k];
            if (mpq_sgn(y->p_mu) == 0)
                continue;
            value_of(a, r, y, t + 1);
            value_of(v, r, y, t);
            mpq_sub(a, a, v);
            mpq_div(rho, pi_of(r, y, t), mu_of(r, y, t));
            mpq_sub(x, one, lo);
            mpq_set(clipped, mpq_cmp(rho, x) < 0 ? x : rho);
            mpq_add(x, one, hi);
            if (mpq_cmp(clipped, x) > 0)
                mpq_set(clipped, x);
            mpq_mul(clipped, clipped, a);
            mpq_mul(x, rho, a);
            if (mpq_cmp(clipped, x) < 0)
                mpq_set(x, clipped);
            if (dual && mpq_sgn(a) < 0) {
                mpq_mul(clipped, dual, a);
                if (mpq_cmp(clipped, x) > 0)
                    mpq_set(x, clipped);
            }
            naive_add_product(out, y->p_mu, x);
        }
    mpq_clears(a, v, rho, clipped, x, one, NULL);
}

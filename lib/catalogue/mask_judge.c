#include "mask_judge.h"

#include <stdlib.h>
#include <string.h>

#include "../world/instance.h"
#include "evaluation.h"
#include "token_values.h"

#define PRECISION TT_PRECISION_DEFAULT

typedef struct {
    const tt_condition *condition;
    const tt_estimator *statistic;
    tt_token_values values;
    tt_real *token; /* T + 1: the statistic of token t of the path, at index t */
    tt_real *carry; /* T + 1: sum, or extreme, of the first t tokens */
} part;

struct tt_mask_judge {
    tt_mask_question question;
    const tt_row_source *source;
    size_t T, parts_n;
    part parts[TT_MASK_CONDITIONS];
    /* w_t at index t, their sums, and whether w_t is sqrt((T-t) delta/2) */
    tt_real *weights, *weight_sums;
    bool *rooted;
    char **open; /* per level */
    bool failed;
    tt_real bound, scratch;
};

/* ---- life -------------------------------------------------------------------------------------- */

/* w_t = min(1, (T-t) eps, sqrt((T-t) delta/2)) */
static void set_weights(tt_mask_judge *judge)
{
    tt_real root, one;
    tt_real_init(&root);
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    tt_real_set_ui(&judge->weight_sums[0], 0);
    for (size_t t = 1; t <= judge->T; t++) {
        tt_real *w = &judge->weights[t];
        tt_real_mul_frac(w, judge->question.eps, judge->T - t, 1, PRECISION);
        tt_real_min(w, w, &one, PRECISION);
        tt_real_mul_frac(&root, judge->question.delta, judge->T - t, 2, judge->question.precision_max);
        tt_real_sqrt(&root, &root, judge->question.precision_max);
        judge->rooted[t] = tt_real_cmp(&root, w) == TT_LESS;
        tt_real_min(w, w, &root, judge->question.precision_max);
        tt_real_add(&judge->weight_sums[t], &judge->weight_sums[t - 1], w, judge->question.precision_max);
    }
    tt_real_clear(&root);
    tt_real_clear(&one);
}

static tt_status part_init(part *p, const tt_condition *condition, const tt_mask_judge *judge)
{
    p->condition = condition;
    p->statistic = tt_estimator_find(condition->statistic);
    p->token = tt_real_array(judge->T + 1);
    p->carry = tt_real_array(judge->T + 1);
    tt_token_values_init(&p->values, p->statistic, judge->source, PRECISION);
    return p->token && p->carry ? TT_OK : TT_NO_MEMORY;
}

static tt_status judge_init(tt_mask_judge *judge)
{
    tt_status status = TT_OK;
    judge->open = calloc(judge->question.levels, sizeof *judge->open);
    judge->weights = tt_real_array(judge->T + 1);
    judge->weight_sums = tt_real_array(judge->T + 1);
    judge->rooted = calloc(judge->T + 1, sizeof *judge->rooted);
    if (!judge->open || !judge->weights || !judge->weight_sums || !judge->rooted)
        return TT_NO_MEMORY;
    for (size_t c = 0; c < TT_MASK_CONDITIONS && judge->question.mask->conditions[c].statistic && status == TT_OK; c++)
        status = part_init(&judge->parts[judge->parts_n++], &judge->question.mask->conditions[c], judge);
    if (status == TT_OK && judge->question.eps)
        set_weights(judge);
    return status;
}

tt_status tt_mask_judge_new(tt_mask_judge **out, const tt_mask_question *question, const tt_row_source *source)
{
    tt_mask_judge *judge = calloc(1, sizeof *judge);
    *out = judge;
    if (!judge)
        return TT_NO_MEMORY;
    judge->question = *question;
    judge->source = source;
    judge->T = source->horizon;
    tt_real_init(&judge->bound);
    tt_real_init(&judge->scratch);
    if (judge_init(judge) == TT_OK)
        return TT_OK;
    tt_mask_judge_free(judge);
    *out = NULL;
    return TT_NO_MEMORY;
}

void tt_mask_judge_free(tt_mask_judge *judge)
{
    if (!judge)
        return;
    for (size_t c = 0; c < judge->parts_n; c++) {
        tt_real_array_free(judge->parts[c].token, judge->T + 1);
        tt_real_array_free(judge->parts[c].carry, judge->T + 1);
        tt_token_values_clear(&judge->parts[c].values);
    }
    tt_real_array_free(judge->weights, judge->T + 1);
    tt_real_array_free(judge->weight_sums, judge->T + 1);
    for (size_t k = 0; judge->open && k < judge->question.levels; k++)
        free(judge->open[k]);
    free(judge->open);
    free(judge->rooted);
    tt_real_clear(&judge->bound);
    tt_real_clear(&judge->scratch);
    free(judge);
}

/* ---- along the path -------------------------------------------------------------------------------- */

static void set_carry(tt_mask_judge *judge, part *p, size_t depth)
{
    const tt_real *value = &p->token[depth + 1], *from = &p->carry[depth];
    tt_real *to = &p->carry[depth + 1];
    switch (p->condition->aggregate) {
    case TT_SUM:
    case TT_MEAN:
        if (depth == 0)
            tt_real_set(to, value);
        else
            tt_real_add(to, from, value, PRECISION);
        break;
    case TT_WEIGHTED:
        tt_real_mul(to, value, &judge->weights[depth + 1], PRECISION);
        if (depth > 0)
            tt_real_add(to, from, to, PRECISION);
        break;
    default: /* every token is looked at on its own; products are the masses themselves */
        break;
    }
}

void tt_mask_judge_push(tt_mask_judge *judge, const tt_path *path, size_t depth, size_t token)
{
    const tt_rows *rows = &path->steps[depth].rows;
    if (mpz_sgn(&rows->rollout[token]) == 0)
        return;
    for (size_t c = 0; c < judge->parts_n; c++) {
        part *p = &judge->parts[c];
        if (p->condition->aggregate == TT_PRODUCT || p->condition->aggregate == TT_GEOMETRIC)
            continue;
        tt_token_values_get(&p->token[depth + 1], &p->values, rows, token);
        set_carry(judge, p, depth);
    }
}

/* ---- comparisons --------------------------------------------------------------------------------------- */

static tt_answer answer_at_most(tt_order order)
{
    return order == TT_UNKNOWN ? TT_NULL : order == TT_GREATER ? TT_NO : TT_YES;
}

static tt_answer answer_at_least(tt_order order)
{
    return order == TT_UNKNOWN ? TT_NULL : order == TT_LESS ? TT_NO : TT_YES;
}

static tt_answer both(tt_answer a, tt_answer b)
{
    return a == TT_NO || b == TT_NO ? TT_NO : a == TT_NULL || b == TT_NULL ? TT_NULL : TT_YES;
}

/* What is compared with a threshold d: a token's statistic with d, a sum with d times something. */
typedef struct {
    const part *p;
    const tt_response *response;
    size_t first, last; /* tokens t of the statistic, first..last */
    size_t count;       /* d is taken this many times */
} quantity;

/* The order of sum f and count d at more and more bits, for statistics without an exact form. */
static tt_order order_by_enclosures(const tt_mask_judge *judge, const quantity *x, mpq_srcptr d)
{
    tt_real sum, term, bound;
    tt_order order = TT_UNKNOWN;
    tt_real_init(&sum);
    tt_real_init(&term);
    tt_real_init(&bound);
    tt_real_set_q(&bound, d);
    tt_real_mul_frac(&bound, &bound, x->count, 1, PRECISION);
    for (mpfr_prec_t bits = 2 * PRECISION; order == TT_UNKNOWN && bits <= judge->question.precision_max; bits *= 2) {
        tt_real_set_ui(&sum, 0);
        for (size_t t = x->first; t <= x->last; t++) {
            tt_estimator_value(&term, x->p->statistic, &x->response->path->steps[t - 1].rows,
                               x->response->path->tokens[t - 1], bits);
            tt_real_add(&sum, &sum, &term, bits);
        }
        order = tt_real_cmp(&sum, &bound);
    }
    tt_real_clear(&sum);
    tt_real_clear(&term);
    tt_real_clear(&bound);
    return order;
}

/* The same exactly. */
static tt_order order_by_form(const tt_mask_judge *judge, const quantity *x, mpq_srcptr d)
{
    tt_log_form form;
    tt_order order;
    mpq_t one, bound;
    tt_log_form_init(&form);
    mpq_inits(one, bound, NULL);
    mpq_set_ui(one, 1, 1);
    for (size_t t = x->first; t <= x->last; t++)
        x->p->statistic->form(&form, &x->response->path->steps[t - 1].rows, x->response->path->tokens[t - 1], one);
    mpq_set_ui(bound, x->count, 1);
    mpq_mul(bound, bound, d);
    mpq_neg(bound, bound);
    tt_log_form_add(&form, bound);
    order = tt_log_form_sign(&form, judge->question.precision_max);
    mpq_clears(one, bound, NULL);
    tt_log_form_clear(&form);
    return order;
}

/* The order of `value`, an enclosure of the quantity at hand, and count d. */
static tt_order order_of(tt_mask_judge *judge, const tt_real *value, const quantity *x, mpq_srcptr d)
{
    tt_order order;
    tt_real_set_q(&judge->bound, d);
    if (x->count != 1)
        tt_real_mul_frac(&judge->bound, &judge->bound, x->count, 1, PRECISION);
    order = tt_real_cmp(value, &judge->bound);
    if (order != TT_UNKNOWN)
        return order;
    return x->p->statistic->form ? order_by_form(judge, x, d) : order_by_enclosures(judge, x, d);
}

/* k = s m^2, s without a square */
static void split_square(size_t k, size_t *s, size_t *m)
{
    *s = k;
    *m = 1;
    for (size_t f = 2; f * f <= *s; f++)
        while (*s % (f * f) == 0) {
            *s /= f * f;
            *m *= f;
        }
}

/* Whether sum (|rho_t - 1| - d) w_t, t = 1..last, is 0 exactly. Its rational weights and, since delta is transcendental
   where it is not 0 or infinite, its multiples of sqrt(delta/2) cancel apart; in the latter the roots of different
   numbers without squares are independent. */
static bool weighted_cancels(tt_mask_judge *judge, const part *p, size_t last, mpq_srcptr d)
{
    mpq_t sum, term;
    bool zero = true;
    mpq_inits(sum, term, NULL);
    for (size_t t = 0; t <= last && zero; t++) {
        /* t = 0 stands for the rational weights, any other for the rooted ones of its own class */
        size_t s = 0, m;
        if (t > 0 && !judge->rooted[t])
            continue;
        if (t > 0)
            split_square(judge->T - t, &s, &m);
        mpq_set_ui(sum, 0, 1);
        for (size_t u = 1; u <= last; u++) {
            size_t other = 0, factor = 1;
            if (judge->rooted[u])
                split_square(judge->T - u, &other, &factor);
            if (other != s)
                continue;
            mpq_sub(term, p->token[u].q, d);
            if (judge->rooted[u])
                mpq_set_ui(judge->scratch.q, factor, 1);
            else if (tt_real_is_exact(&judge->weights[u]))
                mpq_set(judge->scratch.q, judge->weights[u].q);
            else
                zero = mpq_sgn(term) == 0 && zero; /* which of the three is least is open */
            mpq_mul(term, term, judge->scratch.q);
            mpq_add(sum, sum, term);
        }
        zero = zero && mpq_sgn(sum) == 0;
    }
    mpq_clears(sum, term, NULL);
    return zero;
}

/* The order of sum |rho_t - 1| w_t and d sum w_t over the first `last` tokens. */
static tt_order weighted_order(tt_mask_judge *judge, const part *p, size_t last, mpq_srcptr d)
{
    mpfr_prec_t precision = judge->question.precision_max;
    tt_order order;
    tt_real_set_q(&judge->bound, d);
    tt_real_mul(&judge->bound, &judge->bound, &judge->weight_sums[last], PRECISION);
    order = tt_real_cmp(&p->carry[last], &judge->bound);
    if (order != TT_UNKNOWN)
        return order;
    if (weighted_cancels(judge, p, last, d))
        return TT_EQUAL;
    tt_real_set_ui(&judge->bound, 0);
    for (size_t t = 1; t <= last; t++) {
        tt_real_set_q(&judge->scratch, d);
        tt_real_sub(&judge->scratch, &p->token[t], &judge->scratch, precision);
        tt_real_mul(&judge->scratch, &judge->scratch, &judge->weights[t], precision);
        tt_real_add(&judge->bound, &judge->bound, &judge->scratch, precision);
    }
    return tt_real_cmp_ui(&judge->bound, 0);
}

/* The order of a product of ratios and d^power, from the masses. */
static tt_order product_order(const part *p, const tt_response *response, size_t T, mpq_srcptr d, size_t power)
{
    const tt_path_step *end = &response->path->steps[T];
    bool inverse = strcmp(p->statistic->id, "inverse-ratio") == 0;
    mpz_srcptr above = inverse ? end->rollout : end->target, below = inverse ? end->target : end->rollout;
    mpz_t left, right;
    int order;
    if (mpz_sgn(below) == 0)
        return TT_GREATER;
    mpz_inits(left, right, NULL);
    mpz_pow_ui(left, mpq_denref(d), power);
    mpz_pow_ui(right, mpq_numref(d), power);
    mpz_mul(left, left, above);
    mpz_mul(right, right, below);
    order = mpz_cmp(left, right);
    mpz_clears(left, right, NULL);
    return order < 0 ? TT_LESS : order > 0 ? TT_GREATER : TT_EQUAL;
}

/* The order of a condition's quantity over a response and d. */
static tt_order response_order(tt_mask_judge *judge, part *p, const tt_response *response, mpq_srcptr d)
{
    size_t n = judge->question.over_horizon ? judge->T : response->length;
    quantity x = { p, response, 1, n, 1 };
    switch (p->condition->aggregate) {
    case TT_MEAN:
        x.count = n;
        return order_of(judge, &p->carry[n], &x, d);
    case TT_PRODUCT:
        return product_order(p, response, judge->T, d, 1);
    case TT_GEOMETRIC:
        return product_order(p, response, judge->T, d, n);
    case TT_WEIGHTED:
        return tt_real_is_zero(&judge->weight_sums[n]) ? TT_EQUAL : weighted_order(judge, p, n, d);
    default:
        return order_of(judge, &p->carry[n], &x, d);
    }
}

static tt_order token_order(tt_mask_judge *judge, part *p, const tt_response *response, size_t t, mpq_srcptr d)
{
    quantity x = { p, response, t, t, 1 };
    return order_of(judge, &p->token[t], &x, d);
}

/* ---- conditions ------------------------------------------------------------------------------------------ */

/* Whether token t, or with t = 0 the whole response, is in the window at a level. */
static tt_answer in_window(tt_mask_judge *judge, part *p, const tt_response *response, size_t t, size_t level)
{
    size_t k = p->condition->threshold;
    mpq_srcptr low = k == 0 ? judge->question.first[level] : judge->question.second;
    tt_order order = t ? token_order(judge, p, response, t, low) : response_order(judge, p, response, low);
    tt_answer answer;
    if (p->condition->window == TT_AT_MOST)
        return answer_at_most(order);
    answer = answer_at_least(order);
    if (p->condition->window == TT_AT_LEAST || answer == TT_NO)
        return answer;
    order = t ? token_order(judge, p, response, t, judge->question.second)
              : response_order(judge, p, response, judge->question.second);
    return both(answer, answer_at_most(order));
}

/* Whether the condition counts at token t; t = 0 is the whole response. */
static bool applies(const part *p, const tt_response *response, size_t t, int advantage)
{
    const tt_rows *rows;
    uint32_t v;
    int drift;
    if (p->condition->when == TT_ALWAYS)
        return true;
    if (p->condition->when == TT_IF_NEGATIVE || t == 0)
        return advantage < 0;
    rows = &response->path->steps[t - 1].rows;
    v = response->path->tokens[t - 1];
    drift = mpz_cmp(&rows->target[v], &rows->rollout[v]);
    return (advantage > 0 && drift > 0) || (advantage < 0 && drift < 0);
}

static tt_answer token_passes(tt_mask_judge *judge, const tt_response *response, size_t t, int advantage, size_t level)
{
    tt_answer answer = TT_YES;
    for (size_t c = 0; c < judge->parts_n && answer != TT_NO; c++)
        if (applies(&judge->parts[c], response, t, advantage))
            answer = both(answer, in_window(judge, &judge->parts[c], response, t, level));
    return answer;
}

/* Every token on its own, for the aggregate TT_EVERY. */
static tt_answer every_token(tt_mask_judge *judge, part *p, const tt_response *response, int advantage, size_t level)
{
    size_t n = judge->question.over_horizon ? judge->T : response->length;
    tt_answer answer = TT_YES;
    for (size_t t = 1; t <= n && answer != TT_NO; t++)
        if (applies(p, response, t, advantage))
            answer = both(answer, in_window(judge, p, response, t, level));
    return answer;
}

static tt_answer response_passes(tt_mask_judge *judge, const tt_response *response, size_t t, int advantage,
                                 size_t level)
{
    tt_answer answer = TT_YES;
    (void)t;
    for (size_t c = 0; c < judge->parts_n && answer != TT_NO; c++) {
        part *p = &judge->parts[c];
        if (p->condition->aggregate == TT_EVERY)
            answer = both(answer, every_token(judge, p, response, advantage, level));
        else if (applies(p, response, 0, advantage))
            answer = both(answer, in_window(judge, p, response, 0, level));
    }
    return answer;
}

/* ---- values ------------------------------------------------------------------------------------------------ */

static void keep_extreme(tt_real *out, const tt_real *value, bool largest)
{
    if (tt_real_is_absent(out))
        tt_real_set(out, value);
    else if (largest)
        tt_real_max(out, out, value, PRECISION);
    else
        tt_real_min(out, out, value, PRECISION);
}

/* The product of the ratios, from the masses. */
static void set_product(tt_real *out, const part *p, const tt_response *response, size_t T)
{
    const tt_path_step *end = &response->path->steps[T];
    bool inverse = strcmp(p->statistic->id, "inverse-ratio") == 0;
    mpz_srcptr below = inverse ? end->target : end->rollout;
    mpq_t q;
    if (mpz_sgn(below) == 0) {
        tt_real_set_infinite(out, 1);
        return;
    }
    mpq_init(q);
    mpz_set(mpq_numref(q), inverse ? end->rollout : end->target);
    mpz_set(mpq_denref(q), below);
    mpq_canonicalize(q);
    tt_real_set_q(out, q);
    mpq_clear(q);
}

static void take_root(tt_real *x, size_t n)
{
    if (n == 1 || tt_real_is_infinite(x) || tt_real_is_zero(x))
        return;
    tt_real_log(x, x, PRECISION);
    tt_real_mul_frac(x, x, 1, n, PRECISION);
    tt_real_exp(x, x, PRECISION);
}

/* A condition's quantity over a response. */
static void response_value(tt_real *out, const tt_mask_judge *judge, const part *p, const tt_response *response)
{
    size_t n = judge->question.over_horizon ? judge->T : response->length;
    switch (p->condition->aggregate) {
    case TT_EVERY:
        tt_real_set_absent(out);
        for (size_t t = 1; t <= n; t++)
            keep_extreme(out, &p->token[t], p->condition->window == TT_AT_MOST);
        break;
    case TT_MEAN:
        tt_real_mul_frac(out, &p->carry[n], 1, n, PRECISION);
        break;
    case TT_PRODUCT:
    case TT_GEOMETRIC:
        set_product(out, p, response, judge->T);
        take_root(out, p->condition->aggregate == TT_GEOMETRIC ? n : 1);
        break;
    case TT_WEIGHTED:
        if (tt_real_is_zero(&judge->weight_sums[n]))
            tt_real_set_absent(out);
        else
            tt_real_div(out, &p->carry[n], &judge->weight_sums[n], PRECISION);
        break;
    default:
        tt_real_set(out, &p->carry[n]);
    }
}

void tt_mask_judge_value(tt_real *out, tt_mask_judge *judge, const tt_response *response, size_t t, int advantage)
{
    tt_real value;
    tt_real_init(&value);
    tt_real_set_absent(out);
    for (size_t c = 0; c < judge->parts_n; c++) {
        part *p = &judge->parts[c];
        if (p->condition->threshold != 0 || !applies(p, response, t, advantage))
            continue;
        if (t)
            tt_real_set(&value, &p->token[t]);
        else
            response_value(&value, judge, p, response);
        if (!tt_real_is_absent(&value))
            keep_extreme(out, &value, p->condition->window == TT_AT_MOST);
    }
    tt_real_clear(&value);
}

/* ---- levels ------------------------------------------------------------------------------------------------ */

static void leave_open(tt_mask_judge *judge, const tt_response *response, size_t level)
{
    if (judge->open[level])
        return;
    judge->open[level] = tt_context_key(response->path->prompt, response->path->tokens, judge->T);
    judge->failed = judge->failed || !judge->open[level];
}

typedef tt_answer decision(tt_mask_judge *judge, const tt_response *response, size_t t, int advantage, size_t level);

/* The first level that passes; all after it do. */
static size_t first_level(tt_mask_judge *judge, const tt_response *response, size_t t, int advantage, decision *passes)
{
    size_t low = 0, high = judge->question.levels;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        tt_answer answer = passes(judge, response, t, advantage, middle);
        if (answer == TT_NULL)
            leave_open(judge, response, middle);
        if (answer == TT_YES)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

size_t tt_mask_judge_response(tt_mask_judge *judge, const tt_response *response, int advantage)
{
    return first_level(judge, response, 0, advantage, response_passes);
}

size_t tt_mask_judge_token(tt_mask_judge *judge, const tt_response *response, size_t t, int advantage)
{
    return first_level(judge, response, t, advantage, token_passes);
}

const char *tt_mask_judge_open(const tt_mask_judge *judge, size_t level)
{
    return judge->open[level];
}

bool tt_mask_judge_failed(const tt_mask_judge *judge)
{
    return judge->failed;
}

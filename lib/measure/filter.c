#include <stdlib.h>
#include <string.h>

#include "filter_internal.h"
#include "fraction.h"

/* The largest of some fractions. */
typedef struct {
    mpz_t numerator, denominator;
    tt_interval enclosure;
    bool set;
} largest;

struct tt_filter {
    bool works; /* the processor rounds upward when told to */
    filter_tree tree;
    filter_sums sums;
    filter_exact *exact;
    void *memory; /* of both */
    size_t room;
    tt_rows_buffer *buffers; /* one per depth */
    size_t buffers_n;
    const tt_row_source *source;
    largest tv, tv_last;                      /* over all contexts, and over those before the last token */
    mpq_t first_tv, two_steps, moved, term;   /* Dbar_1; worst-case Error at T = 2; scratch */
    mpz_t difference, rollout_sum, target_sum, gain;
    mpq_t reward;
    size_t parting; /* the most contexts on one way that both policies' rows part at */
    bool sound;     /* rows sum to their totals, rewards have few denominators, doubles reach */
};

/* ---- memory ---------------------------------------------------------------------- */

static void largest_init(largest *x)
{
    mpz_inits(x->numerator, x->denominator, NULL);
}

static void largest_clear(largest *x)
{
    mpz_clears(x->numerator, x->denominator, NULL);
}

tt_status tt_filter_new(tt_filter **out)
{
    tt_filter *f = *out = calloc(1, sizeof *f);
    if (!f)
        return TT_NO_MEMORY;
    f->works = tt_rounding_works();
    largest_init(&f->tv);
    largest_init(&f->tv_last);
    mpq_inits(f->first_tv, f->two_steps, f->moved, f->term, f->reward, NULL);
    mpz_inits(f->difference, f->rollout_sum, f->target_sum, f->gain, NULL);
    if (tt_filter_exact_new(&f->exact) == TT_OK)
        return TT_OK;
    tt_filter_free(f);
    *out = NULL;
    return TT_NO_MEMORY;
}

static void free_buffers(tt_filter *f)
{
    for (size_t d = 0; d < f->buffers_n; d++)
        tt_rows_buffer_clear(&f->buffers[d]);
    free(f->buffers);
    f->buffers = NULL;
    f->buffers_n = 0;
}

void tt_filter_free(tt_filter *f)
{
    if (!f)
        return;
    free_buffers(f);
    tt_filter_exact_free(f->exact);
    free(f->memory);
    largest_clear(&f->tv);
    largest_clear(&f->tv_last);
    mpq_clears(f->first_tv, f->two_steps, f->moved, f->term, f->reward, NULL);
    mpz_clears(f->difference, f->rollout_sum, f->target_sum, f->gain, NULL);
    free(f);
}

static tt_status make_buffers(tt_filter *f, size_t vocab, size_t horizon)
{
    if (f->buffers_n >= horizon && f->buffers[0].n == vocab)
        return TT_OK;
    free_buffers(f);
    f->buffers = calloc(horizon, sizeof *f->buffers);
    if (!f->buffers)
        return TT_NO_MEMORY;
    for (; f->buffers_n < horizon; f->buffers_n++)
        if (tt_rows_buffer_init(&f->buffers[f->buffers_n], vocab) != TT_OK)
            return TT_NO_MEMORY;
    return TT_OK;
}

/* Cuts arrays out of one block; with no block it counts how long that has to be. */
typedef struct {
    char *block;
    size_t used;
} cutter;

static void *cut(cutter *c, size_t n, size_t size)
{
    void *p = c->block ? c->block + c->used : NULL;
    c->used += (n * size + 15) / 16 * 16;
    return p;
}

static void lay_out(tt_filter *f, cutter *c)
{
    filter_tree *t = &f->tree;
    filter_sums *s = &f->sums;
    tt_interval **const per_node[] = { &t->r, &t->p, &t->d, &t->value, &t->k3, &t->a, &t->b, &t->u, &t->l, &t->e };
    tt_interval **const per_context[] = { &t->total, &t->tv, &t->kl, &t->kl_reverse, &t->g, &t->ra, &t->rb, &t->rw };
    tt_interval **const per_step[] = { &s->step.context_tv, &s->step.context_kl, &s->step.context_kl_reverse, &s->step.expected_tv,
                                       &s->step.expected_kl, &s->step.expected_kl_reverse, &s->step.g_max, &s->step.g_min, &s->step.g_rollout,
                                       &s->step.g_target, &s->step.future };
    for (size_t k = 0; k < sizeof per_node / sizeof *per_node; k++)
        *per_node[k] = cut(c, t->nodes, sizeof(tt_interval));
    for (size_t k = 0; k < sizeof per_context / sizeof *per_context; k++)
        *per_context[k] = cut(c, t->contexts, sizeof(tt_interval));
    for (size_t k = 0; k < sizeof per_step / sizeof *per_step; k++)
        *per_step[k] = cut(c, t->T + 1, sizeof(tt_interval));
    t->nu = cut(c, t->parts & TT_FILTER_MOMENTS ? t->nodes * FILTER_MIXED : 0, sizeof(tt_interval));
    t->seen = cut(c, t->nodes, sizeof *t->seen);
    t->cut = cut(c, t->nodes, sizeof *t->cut);
    t->first = cut(c, t->T + 2, sizeof *t->first);
}

static tt_status make_room(tt_filter *f)
{
    filter_tree *t = &f->tree;
    cutter c = { NULL, 0 };
    lay_out(f, &c);
    if (c.used > f->room) {
        free(f->memory);
        f->memory = malloc(c.used);
        f->room = f->memory ? c.used : 0;
        if (!f->memory)
            return TT_NO_MEMORY;
    }
    c = (cutter){ f->memory, 0 };
    lay_out(f, &c);
    t->first[0] = 0;
    for (size_t d = 0; d <= t->T; d++)
        t->first[d + 1] = t->first[d] * t->V + 1;
    return TT_OK;
}

/* ---- what is given: rows and rewards, and what is exact of them ------------------------ */

static void keep_largest(largest *x, mpz_srcptr numerator, mpz_srcptr denominator, tt_interval enclosure)
{
    if (x->set && (enclosure.hi < tt_interval_lo(x->enclosure) ||
                   tt_fraction_cmp(numerator, denominator, x->numerator, x->denominator) <= 0))
        return;
    mpz_set(x->numerator, numerator);
    mpz_set(x->denominator, denominator);
    x->enclosure = enclosure;
    x->set = true;
}

/* Bit k where p > kappa_k r. */
static uint8_t truncated(mpz_srcptr r, mpz_srcptr p, mpz_ptr left, mpz_ptr right)
{
    uint8_t bits = 0;
    if (mpz_cmp(p, r) <= 0)
        return 0;
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        mpz_mul_ui(left, p, tt_kappa[k][1]);
        mpz_mul_ui(right, r, tt_kappa[k][0]);
        if (mpz_cmp(left, right) > 0)
            bits |= (uint8_t)(1u << k);
    }
    return bits;
}

/* What is known of a context while the tree is walked. */
typedef struct {
    bool rollout, target; /* its masses a, b are positive */
    size_t parted;        /* contexts on the way to it whose rows differ */
} place;

static bool is_reachable(const place *at)
{
    return at->rollout || at->target;
}

/* Copies the rows of context c; f->gain = sum (p - r)+. */
static void take_rows(tt_filter *f, const tt_rows *rows, size_t c, const place *at)
{
    filter_tree *t = &f->tree;
    size_t n = c * t->V + 1;
    mpz_set_ui(f->gain, 0);
    mpz_set_ui(f->rollout_sum, 0);
    mpz_set_ui(f->target_sum, 0);
    for (size_t v = 0; v < t->V; v++, n++) {
        mpz_srcptr r = &rows->rollout[v], p = &rows->target[v];
        mpz_add(f->rollout_sum, f->rollout_sum, r);
        mpz_add(f->target_sum, f->target_sum, p);
        mpz_sub(f->difference, p, r);
        t->r[n] = tt_interval_of_z(r);
        t->p[n] = tt_interval_of_z(p);
        t->d[n] = tt_interval_of_z(f->difference);
        if (mpz_sgn(f->difference) > 0)
            mpz_add(f->gain, f->gain, f->difference);
        t->seen[n] = mpz_sgn(r) != 0 || (is_reachable(at) && mpz_sgn(p) != 0);
        t->cut[n] = truncated(r, p, mpq_numref(f->term), mpq_denref(f->term));
    }
    f->sound = f->sound && mpz_cmp(f->rollout_sum, rows->total) == 0 && mpz_cmp(f->target_sum, rows->total) == 0;
    t->total[c] = tt_interval_of_z(rows->total);
    t->tv[c] = tt_interval_of_quotient(f->gain, rows->total);
    f->sound = f->sound && tt_interval_is_finite(t->total[c]);
}

/* sum += weight f->gain / total */
static void add_tv(tt_filter *f, mpq_ptr sum, mpq_srcptr weight, mpz_srcptr total)
{
    mpz_mul(mpq_numref(f->term), mpq_numref(weight), f->gain);
    mpz_mul(mpq_denref(f->term), mpq_denref(weight), total);
    mpq_canonicalize(f->term);
    mpq_add(sum, sum, f->term);
}

/* The largest TV; Dbar_1, and at T = 2 worst-case Error = sum |d(v)| TV(v), as |e| of two tokens is |d| of one times
   |d| of the other. weight: P(x) of a root, P(x) |d| of the token that leads to a context of depth 1. */
static void exact_tv(tt_filter *f, const tt_rows *rows, size_t c, size_t depth, mpq_srcptr weight)
{
    keep_largest(&f->tv, f->gain, rows->total, f->tree.tv[c]);
    if (depth + 1 == f->tree.T)
        keep_largest(&f->tv_last, f->gain, rows->total, f->tree.tv[c]);
    if (weight)
        add_tv(f, depth == 0 ? f->first_tv : f->two_steps, weight, rows->total);
}

static void take_reward(tt_filter *f, uint64_t leaf, size_t n, size_t token)
{
    f->source->reward(f->source->self, leaf, f->reward);
    f->tree.value[n] = tt_interval_of_q(f->reward);
    if (f->tree.parts & TT_FILTER_IDENTITIES)
        f->sound = tt_filter_exact_reward(f->exact, token, f->reward) && f->sound;
}

static place step(const place *from, const tt_rows *rows, size_t v, bool parts)
{
    bool r = mpz_sgn(&rows->rollout[v]) != 0, p = mpz_sgn(&rows->target[v]) != 0;
    return (place){ from->rollout && r, from->target && p, from->parted + parts };
}

/* f->moved = weight |d(v)| */
static void set_moved(tt_filter *f, const tt_rows *rows, size_t v, mpq_srcptr weight)
{
    mpz_sub(mpq_numref(f->moved), &rows->target[v], &rows->rollout[v]);
    mpz_abs(mpq_numref(f->moved), mpq_numref(f->moved));
    mpz_set(mpq_denref(f->moved), rows->total);
    mpq_canonicalize(f->moved);
    mpq_mul(f->moved, f->moved, weight);
}

/* Walks from context c on; `token` led to it. weight: of the context in exact_tv, NULL where it has none. */
static void gather(tt_filter *f, size_t c, size_t depth, size_t token, uint64_t node, const place *at,
                   mpq_srcptr weight)
{
    const tt_row_source *source = f->source;
    filter_tree *t = &f->tree;
    size_t first = c * t->V + 1;
    tt_rows rows;
    bool parts;
    source->rows(source->self, node, depth, &rows, &f->buffers[depth]);
    take_rows(f, &rows, c, at);
    parts = is_reachable(at) && mpz_sgn(f->gain) != 0;
    if (is_reachable(at))
        exact_tv(f, &rows, c, depth, weight);
    for (size_t v = 0; v < t->V && f->sound; v++) {
        uint64_t next;
        if (!t->seen[first + v])
            continue;
        next = source->child(source->self, node, depth, v);
        if (depth + 1 == t->T) {
            take_reward(f, next, first + v, v);
            if (at->parted + parts > f->parting)
                f->parting = at->parted + parts;
        } else {
            place to = step(at, &rows, v, parts);
            if (t->T == 2)
                set_moved(f, &rows, v, weight);
            gather(f, first + v, depth + 1, v, next, &to, t->T == 2 ? f->moved : NULL);
        }
    }
    if (f->sound && t->parts & TT_FILTER_IDENTITIES)
        tt_filter_exact_context(f->exact, depth, token, &rows, &t->seen[first], is_reachable(at));
}

/* ---- results ------------------------------------------------------------------------------- */

static void set(tt_real *out, tt_interval x)
{
    if (x.minus_lo == -HUGE_VAL)
        tt_real_set_infinite(out, 1);
    else
        tt_real_set_doubles(out, x);
}

static void set_series(tt_series *out, const tt_interval *x)
{
    for (size_t k = 0; k < out->n; k++)
        set(&out->items[k], x[k]);
}

static void set_largest(tt_real *out, const largest *x)
{
    mpz_set(mpq_numref(out->q), x->numerator);
    mpz_set(mpq_denref(out->q), x->denominator);
    mpq_canonicalize(out->q);
    out->kind = TT_REAL_EXACT;
}

/* What follows from every row summing to 1: the masses of either policy do, at any depth. */
static void set_mass_sums(tt_quantities *q)
{
    tt_real_set_ui(&q->sum_e, 0);
    tt_real_set_ui(&q->sum_l, 0);
    tt_real_set_ui(&q->mean_weight, 1);
    tt_real_set_ui(&q->weight_sum, q->horizon);
}

/* J, L and Error where the identities are not asked for, and no sides of these. */
static void set_values(tt_quantities *q, const filter_sums *s)
{
    tt_real *const sides[] = { &q->surrogate_ratio, &q->surrogate_response, &q->weighted_reward, &q->error_pdi,
                               &q->error_rollout_side, &q->error_response, &q->error_ratio,
                               &q->improvement_derivative, &q->surrogate_derivative };
    for (size_t k = 0; k < sizeof sides / sizeof *sides; k++)
        tt_real_set_absent(sides[k]);
    set(&q->j_rollout, s->value);
    set(&q->improvement, s->improvement);
    set(&q->surrogate, s->surrogate);
    set(&q->error, s->error);
    tt_real_add(&q->j_target, &q->j_rollout, &q->improvement, TT_PRECISION_DOUBLE);
    q->martingale = TT_NOT_APPLICABLE;
}

/* out = series[0] + series[1] + ... */
static void set_sum(tt_real *out, const tt_series *series)
{
    tt_real_set_ui(out, 0);
    for (size_t k = 0; k < series->n; k++)
        tt_real_add(out, out, &series->items[k], TT_PRECISION_DOUBLE);
}

static void set_advantages(tt_quantities *q, const filter_sums *s)
{
    set_series(&q->advantage_rollout, s->step.g_rollout);
    set_series(&q->advantage_target, s->step.g_target);
    for (size_t t = 0; t < q->horizon; t++) {
        tt_real high, low;
        tt_real_init(&high);
        tt_real_init(&low);
        set(&high, tt_interval_abs(s->step.g_max[t]));
        set(&low, tt_interval_abs(s->step.g_min[t]));
        tt_real_max(&q->expected_advantage_max.items[t], &high, &low, TT_PRECISION_DOUBLE);
        set(&high, s->step.g_max[t]);
        set(&low, s->step.g_min[t]);
        tt_real_sub(&q->advantage_span.items[t], &high, &low, TT_PRECISION_DOUBLE);
        if (q->advantage_span.items[t].kind == TT_REAL_DOUBLE)
            set(&q->advantage_span.items[t], tt_interval_cut(q->advantage_span.items[t].d));
        tt_real_clear(&high);
        tt_real_clear(&low);
    }
}

static void set_moments(tt_quantities *q, const filter_sums *s, bool measured)
{
    for (size_t k = 0; k < TT_THETAS; k++)
        set(&q->tilted_moment[k], measured ? s->moments[k] : TT_INTERVAL_UNKNOWN);
    set(&q->second_moment, measured && s->dominated ? s->moments[0] : TT_INTERVAL_UNKNOWN);
    set(&q->variance_product, measured && s->dominated ? s->moments[FILTER_PRODUCT] : TT_INTERVAL_UNKNOWN);
    set(&q->variance_sum, measured && s->dominated ? s->moments[FILTER_SUM] : TT_INTERVAL_UNKNOWN);
}

static void set_paths(tt_quantities *q, const filter_sums *s, bool measured)
{
    for (size_t k = 0; k <= q->horizon; k++) {
        set(&q->context_kl.items[k], measured ? s->step.context_kl[k] : TT_INTERVAL_UNKNOWN);
        set(&q->context_kl_reverse.items[k], measured ? s->step.context_kl_reverse[k] : TT_INTERVAL_UNKNOWN);
    }
    set(&q->k3_max, measured && s->dominated ? s->k3_max : TT_INTERVAL_UNKNOWN);
    set(&q->reward_k3, measured ? s->reward_k3 : TT_INTERVAL_UNKNOWN);
    set(&q->failure_k3, measured ? s->failure_k3 : TT_INTERVAL_UNKNOWN);
}

static void set_maxima(tt_quantities *q, const filter_sums *s)
{
    set(&q->kl_max, s->kl_max);
    set(&q->kl_max_reverse, s->kl_max_reverse);
    for (size_t k = 0; k < TT_THETAS; k++)
        set(&q->tilt_max[k], s->tilt[k]);
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        set(&q->truncated_mass[k], s->mass[k]);
        set(&q->truncated_chi2[k], s->chi2[k]);
    }
    set(&q->chi2_max, s->dominated ? s->tilt[0] : TT_INTERVAL_UNKNOWN);
}

static void set_verdicts(tt_quantities *q, const filter_sums *s)
{
    q->advantage_unit = s->advantage_unit;
    q->advantage_token = s->advantage_token;
    q->pinsker = s->pinsker;
    q->pinsker_reverse = s->pinsker_reverse;
    q->k1_mean = s->k1_mean;
    q->k3_mean = s->dominated ? s->k3_mean : TT_NOT_APPLICABLE;
    /* |b - a| of a context is at most the sum of |b p - a r| over its tokens, as both rows sum to 1 */
    q->shift_monotone = TT_HOLDS;
}

/* What equality is asked of although doubles do not tell. */
static void set_exact(tt_quantities *q, const tt_filter *f)
{
    size_t T = q->horizon;
    set_largest(&q->tv_max, &f->tv);
    tt_real_set_ui(&q->context_tv.items[0], 0);
    tt_real_set_q(&q->context_tv.items[1], f->first_tv);
    tt_real_set_q(&q->expected_tv.items[0], f->first_tv);
    if (f->tree.parts & TT_FILTER_FUTURE)
        set_largest(&q->future_tv.items[T - 1], &f->tv_last);
    if (T == 1)
        tt_real_set_q(&q->largest_surrogate, f->first_tv);
    if (T == 2) {
        tt_real_set_q(&q->worst_case_error, f->two_steps);
        tt_real_set_q(&q->recursive_tv, f->two_steps);
    }
    tt_real_set(&q->tv_seq, &q->context_tv.items[T]);
}

static void fill(tt_quantities *q, const tt_filter *f)
{
    const filter_sums *s = &f->sums;
    unsigned parts = f->tree.parts;
    q->dominated = s->dominated;
    set_mass_sums(q);
    set_values(q, s);
    set(&q->worst_case_error, s->worst_case);
    set(&q->largest_surrogate, s->largest_surrogate);
    set(&q->off_support, s->off_support);
    set(&q->recursive_tv, s->recursive);
    set_maxima(q, s);
    set_moments(q, s, parts & TT_FILTER_MOMENTS);
    set_paths(q, s, parts & TT_FILTER_PATHS);
    set_series(&q->context_tv, s->step.context_tv);
    set_series(&q->expected_tv, s->step.expected_tv);
    set_series(&q->expected_kl, s->step.expected_kl);
    set_series(&q->expected_kl_reverse, s->step.expected_kl_reverse);
    for (size_t k = 0; k < q->horizon; k++)
        set(&q->future_tv.items[k], parts & TT_FILTER_FUTURE ? s->step.future[k] : TT_INTERVAL_UNKNOWN);
    set_advantages(q, s);
    set_exact(q, f);
    if (parts & TT_FILTER_IDENTITIES)
        tt_filter_exact_get(q, f->exact);
    set_sum(&q->kl_seq, &q->expected_kl);
    set_sum(&q->kl_seq_reverse, &q->expected_kl_reverse);
    set_verdicts(q, s);
    if (!s->dominated) {
        tt_real *const undefined[] = { &q->surrogate_ratio, &q->weighted_reward, &q->weight_sum, &q->error_ratio,
                                       &q->mean_weight };
        for (size_t k = 0; k < sizeof undefined / sizeof *undefined; k++)
            tt_real_set_absent(undefined[k]);
    }
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static void start_sums(filter_sums *s, size_t T)
{
    filter_series step = s->step;
    tt_interval *const series[] = { step.context_tv, step.context_kl, step.context_kl_reverse, step.expected_tv,
                                    step.expected_kl, step.expected_kl_reverse, step.g_rollout, step.g_target,
                                    step.future };
    memset(s, 0, sizeof *s);
    s->step = step;
    for (size_t k = 0; k < sizeof series / sizeof *series; k++)
        memset(series[k], 0, (T + 1) * sizeof **series);
    for (size_t t = 0; t < T; t++) {
        s->step.g_max[t] = (tt_interval){ HUGE_VAL, -HUGE_VAL }; /* of nothing */
        s->step.g_min[t] = (tt_interval){ -HUGE_VAL, HUGE_VAL };
    }
    s->dominated = true;
    s->advantage_unit = s->advantage_token = s->pinsker = s->pinsker_reverse = TT_HOLDS;
    s->k1_mean = s->k3_mean = TT_NOT_APPLICABLE;
}

static tt_status start(tt_filter *f, const tt_row_source *source, unsigned parts)
{
    filter_tree *t = &f->tree;
    uint64_t nodes = tt_row_source_nodes_ui(source);
    tt_status status;
    if (source->vocab < 2 || nodes > TT_FILTER_NODES_MAX)
        return TT_LIMIT;
    f->source = source;
    t->V = source->vocab;
    t->T = source->horizon;
    t->parts = parts;
    t->nodes = (size_t)nodes / source->prompts;
    t->contexts = (t->nodes - 1) / t->V;
    status = make_room(f);
    if (status == TT_OK)
        status = make_buffers(f, t->V, t->T);
    if (status == TT_OK && parts & TT_FILTER_IDENTITIES)
        status = tt_filter_exact_start(f->exact, t->V, t->T);
    if (status != TT_OK)
        return status;
    start_sums(&f->sums, t->T);
    f->tv.set = f->tv_last.set = false;
    mpq_set_ui(f->first_tv, 0, 1);
    mpq_set_ui(f->two_steps, 0, 1);
    f->parting = 0;
    f->sound = true;
    return TT_OK;
}

static void pass(tt_filter *f)
{
    tt_rounding_mode rounding = tt_rounding_upward();
    tt_filter_passes(&f->tree, &f->sums);
    tt_rounding_restore(rounding);
}

/* Where no way has more than two contexts at which the rows differ, but some way two, worst-case Error is the value of
   recursive-tv and doubles do not see it. */
static bool ties(const tt_filter *f)
{
    return f->parting == 2 && f->tree.T > 2 && f->tree.parts & TT_FILTER_IDENTITIES;
}

/* TT_LIMIT where it is not worth it. */
static tt_status run(tt_filter *f)
{
    const tt_row_source *source = f->source;
    place root = { true, true, 0 };
    for (size_t x = 0; x < source->prompts; x++) {
        mpq_srcptr mass = source->prompt(source->self, x);
        if (mpq_sgn(mass) == 0)
            continue;
        memset(f->tree.seen, 0, f->tree.nodes * sizeof *f->tree.seen);
        f->tree.seen[0] = true;
        f->tree.mass = tt_interval_of_q(mass);
        gather(f, 0, 0, 0, source->root(source->self, x), &root, mass);
        if (!f->sound || (x + 1 == source->prompts && ties(f)))
            return TT_LIMIT;
        if (f->tree.parts & TT_FILTER_IDENTITIES)
            tt_filter_exact_prompt(f->exact, mass);
        pass(f);
    }
    return ties(f) ? TT_LIMIT : TT_OK;
}

static tt_status prepare(tt_quantities *q, size_t vocab, size_t horizon)
{
    free(q->tv_max_at);
    free(q->kl_max_at);
    free(q->method);
    q->tv_max_at = q->kl_max_at = q->method = NULL;
    q->vocab = vocab;
    q->horizon = horizon;
    if (q->expected_tv.n == horizon && !q->expected_tv.uniform)
        return TT_OK;
    return tt_quantities_resize(q, vocab, horizon);
}

tt_status tt_filter_run(tt_filter *filter, tt_quantities *q, const tt_row_source *source, unsigned parts,
                        tt_error *error)
{
    tt_status status = filter->works ? start(filter, source, parts) : TT_LIMIT;
    if (status == TT_OK)
        status = run(filter);
    if (status == TT_OK)
        status = prepare(q, source->vocab, source->horizon);
    if (status == TT_OK)
        fill(q, filter);
    return status == TT_NO_MEMORY ? tt_no_memory(error) : status;
}

tt_status tt_filter_measure(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options,
                            tt_error *error)
{
    tt_filter *filter;
    tt_status status = tt_filter_new(&filter);
    if (status != TT_OK)
        return tt_fail(error, status, NULL, "out of memory");
    status = tt_filter_run(filter, q, source, options->fields == TT_FIELDS_ALL ? TT_FILTER_ALL : 0, error);
    tt_filter_free(filter);
    return status;
}

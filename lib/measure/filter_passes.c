#include "filter_internal.h"

/* Everything here runs while the processor rounds upward: no call leaves this file but to number/interval. */

#define add tt_interval_add
#define sub tt_interval_sub
#define mul tt_interval_mul_positive
#define mul_sign tt_interval_mul_sign
#define scale tt_interval_scale

static bool is_positive(tt_interval x) /* of a number >= 0 that is 0 only where its upper end is */
{
    return x.hi > 0;
}

static bool is_infinite(tt_interval x)
{
    return x.minus_lo == -HUGE_VAL;
}

static void accumulate(tt_interval *sum, tt_interval x)
{
    *sum = add(*sum, x);
}

/* sum += weight x, x >= 0 or infinite */
static void accumulate_product(tt_interval *sum, tt_interval weight, tt_interval x)
{
    if (is_infinite(x))
        *sum = FILTER_INFINITE;
    else if (!tt_interval_is_zero(x))
        accumulate(sum, mul(weight, x));
}

static void raise(tt_interval *maximum, tt_interval x)
{
    *maximum = tt_interval_max(*maximum, x);
}

static tt_verdict at_most(tt_interval x, tt_interval y)
{
    if (x.hi <= -y.minus_lo)
        return TT_HOLDS;
    return -x.minus_lo > y.hi ? TT_VIOLATED : TT_UNDECIDED;
}

/* As tt_verdict_eq: enclosures are consistent where they overlap and are narrow. x, y >= 0 */
static tt_verdict equal(tt_interval x, tt_interval y)
{
    bool narrow = (x.hi + x.minus_lo) < -x.minus_lo * 0x1p-34 && (y.hi + y.minus_lo) < -y.minus_lo * 0x1p-34;
    if (tt_interval_is_zero(x) && tt_interval_is_zero(y))
        return TT_HOLDS;
    if (x.hi < -y.minus_lo || y.hi < -x.minus_lo)
        return TT_VIOLATED;
    return narrow ? TT_CONSISTENT : TT_UNDECIDED;
}

static void and(tt_verdict *all, tt_verdict one)
{
    *all = tt_verdict_and(*all, one);
}

/* ---- rows ------------------------------------------------------------------- */

/* What one context adds up from its tokens. */
typedef struct {
    tt_interval kl, kl_reverse, k1, k3, off;
    tt_interval tilt[TT_THETAS], mass[TT_KAPPAS], chi2[TT_KAPPAS];
} row_sums;

/* Divergences of one token, from its weights. KL(mu||pi) = sum_{mu>0} mu k3(rho) + pi(mu = 0), where nothing cancels,
   as the rows sum to 1; and the same with the policies exchanged. */
static void token_logs(filter_tree *t, row_sums *s, size_t n, tt_interval r, tt_interval p)
{
    tt_interval_ratio ratio;
    if (!is_positive(r)) {
        accumulate(&s->kl, p);
        accumulate(&s->off, p);
        if (is_positive(p))
            s->kl_reverse = FILTER_INFINITE;
    } else if (!is_positive(p)) {
        accumulate(&s->kl_reverse, r);
        s->kl = FILTER_INFINITE;
    } else if (tt_interval_is_zero(t->d[n])) {
        t->k3[n] = TT_INTERVAL_ZERO;
    } else {
        tt_interval_ratio_logs(&ratio, t->p[n], t->r[n], t->d[n]);
        t->k3[n] = ratio.forward;
        accumulate_product(&s->kl, r, ratio.forward);
        accumulate_product(&s->kl_reverse, p, ratio.backward);
        accumulate_product(&s->k3, r, ratio.forward);
        accumulate(&s->k1, mul_sign(r, tt_interval_neg(ratio.log)));
    }
}

/* d^2 / ((1-theta) r + theta p) for every theta, and what the truncations keep of it. */
static void token_squares(row_sums *s, tt_interval r, tt_interval p, tt_interval d, unsigned cut)
{
    tt_interval square = tt_interval_square(d), chi2;
    if (tt_interval_is_zero(d))
        return;
    for (int k = 1; k < TT_THETAS - 1; k++) {
        tt_interval mixed = add(scale(r, TT_THETAS - 1 - k), scale(p, k));
        accumulate(&s->tilt[k], tt_interval_div_positive(scale(square, TT_THETAS - 1), mixed));
    }
    chi2 = is_positive(r) ? tt_interval_div_positive(square, r) : FILTER_INFINITE;
    accumulate(&s->tilt[0], chi2);
    accumulate(&s->tilt[TT_THETAS - 1], is_positive(p) ? tt_interval_div_positive(square, p) : FILTER_INFINITE);
    for (int k = 0; k < TT_KAPPAS; k++) {
        if (cut >> k & 1)
            accumulate(&s->mass[k], d);
        else if (is_positive(r))
            accumulate(&s->chi2[k], chi2);
    }
}

/* TV <= sqrt(KL / 2) */
static tt_verdict pinsker(tt_interval tv, tt_interval kl)
{
    return is_infinite(kl) ? TT_HOLDS : at_most(scale(tt_interval_square(tv), 2), kl);
}

static void row_checks(filter_sums *sums, const row_sums *s, tt_interval tv)
{
    and(&sums->pinsker, pinsker(tv, s->kl));
    and(&sums->pinsker_reverse, pinsker(tv, s->kl_reverse));
    if (is_infinite(s->kl))
        return;
    and(&sums->k1_mean, equal(tt_interval_cut(s->k1), s->kl));
    and(&sums->k3_mean, equal(s->k3, s->kl));
}

static void row_maxima(filter_sums *sums, const row_sums *s)
{
    raise(&sums->kl_max, s->kl);
    raise(&sums->kl_max_reverse, s->kl_reverse);
    for (int k = 0; k < TT_THETAS; k++)
        raise(&sums->tilt[k], s->tilt[k]);
    for (int k = 0; k < TT_KAPPAS; k++) {
        raise(&sums->mass[k], s->mass[k]);
        raise(&sums->chi2[k], s->chi2[k]);
    }
}

/* Turns the weights of a context's tokens into probabilities. */
static void context_rows(filter_tree *t, filter_sums *sums, size_t c, bool reachable)
{
    tt_interval total = t->total[c];
    row_sums s = { 0 };
    for (size_t n = c * t->V + 1, end = n + t->V; n < end; n++) {
        tt_interval r = tt_interval_div_positive(t->r[n], total), p = tt_interval_div_positive(t->p[n], total);
        tt_interval d = tt_interval_div_sign(t->d[n], total);
        if (reachable) {
            token_logs(t, &s, n, r, p);
            token_squares(&s, r, p, d, t->cut[n]);
        }
        t->r[n] = r;
        t->p[n] = p;
        t->d[n] = d;
    }
    t->kl[c] = s.kl;
    t->kl_reverse[c] = s.kl_reverse;
    if (!reachable)
        return;
    if (is_positive(s.off))
        sums->dominated = false;
    if (is_positive(t->a[c]))
        accumulate(&sums->off_support, mul(t->mass, mul(t->a[c], s.off)));
    row_maxima(sums, &s);
    row_checks(sums, &s, t->tv[c]);
}

/* ---- down: masses ------------------------------------------------------------- */

/* a' = a r, b' = b p, u' = b' - a' = u p + a d, l' = l r + a d, e' = u' - l' = e r + u d: a row without a difference
   leaves zeros zero, and a small difference stays as sharp as it is. */
static void child_masses(filter_tree *t, size_t c, size_t n)
{
    tt_interval r = t->r[n], p = t->p[n], d = t->d[n], moved = mul_sign(t->a[c], d);
    t->a[n] = mul(t->a[c], r);
    t->b[n] = mul(t->b[c], p);
    t->u[n] = add(mul_sign(p, t->u[c]), moved);
    t->l[n] = add(mul_sign(r, t->l[c]), moved);
    t->e[n] = add(mul_sign(r, t->e[c]), tt_interval_mul(t->u[c], d));
}

static void child_mixtures(filter_tree *t, size_t c, size_t n, bool reachable)
{
    const tt_interval *from = &t->nu[c * FILTER_MIXED];
    tt_interval *to = &t->nu[n * FILTER_MIXED];
    for (int k = 1; k <= FILTER_MIXED; k++) {
        /* at a context that neither policy reaches the rows count as equal */
        tt_interval p = reachable ? t->p[n] : t->r[n];
        to[k - 1] = mul(from[k - 1], add(scale(t->r[n], TT_THETAS - 1 - k), scale(p, k))); /* times 6 a step */
    }
}

static void clear_masses(filter_tree *t, size_t n)
{
    t->a[n] = t->b[n] = t->u[n] = t->l[n] = t->e[n] = TT_INTERVAL_ZERO;
}

static bool is_reachable(const filter_tree *t, size_t n)
{
    return is_positive(t->a[n]) || is_positive(t->b[n]);
}

static void descend_context(filter_tree *t, filter_sums *sums, size_t c)
{
    bool reachable = is_reachable(t, c);
    context_rows(t, sums, c, reachable);
    for (size_t n = c * t->V + 1, end = n + t->V; n < end; n++) {
        if (!t->seen[n]) {
            clear_masses(t, n);
            continue;
        }
        child_masses(t, c, n);
        if (t->parts & TT_FILTER_MOMENTS)
            child_mixtures(t, c, n, reachable);
        if (t->parts & TT_FILTER_PATHS && is_positive(t->a[n]) && is_positive(t->b[n]))
            accumulate(&t->k3[n], t->k3[c]);
    }
}

static void descend(filter_tree *t, filter_sums *sums)
{
    t->a[0] = t->b[0] = TT_INTERVAL_ONE;
    t->u[0] = t->l[0] = t->e[0] = t->k3[0] = TT_INTERVAL_ZERO;
    if (t->parts & TT_FILTER_MOMENTS)
        for (int k = 0; k < FILTER_MIXED; k++)
            t->nu[k] = TT_INTERVAL_ONE;
    for (size_t c = 0; c < t->contexts; c++) {
        if (t->seen[c]) {
            descend_context(t, sums, c);
            continue;
        }
        for (size_t n = c * t->V + 1, end = n + t->V; n < end; n++) {
            t->r[n] = t->p[n] = t->d[n] = TT_INTERVAL_ZERO;
            clear_masses(t, n);
        }
    }
}

/* ---- sums over a level ---------------------------------------------------------- */

/* Half of sum |u|, which is also 1 - sum min(a, b), as the masses of either policy sum to 1. */
static tt_interval half_sum(tt_interval sum, tt_interval common)
{
    return tt_interval_cut(tt_interval_meet(scale(sum, 0.5), sub(TT_INTERVAL_ONE, common)));
}

static tt_interval level_tv(const filter_tree *t, size_t depth)
{
    tt_interval sum = TT_INTERVAL_ZERO, common = TT_INTERVAL_ZERO;
    for (size_t n = t->first[depth]; n < t->first[depth + 1]; n++) {
        accumulate(&sum, tt_interval_abs(t->u[n]));
        accumulate(&common, tt_interval_min(t->a[n], t->b[n]));
    }
    return half_sum(sum, common);
}

/* KL of the two laws of a level, from the ratios of the masses themselves; as token_logs. */
static void level_kl(const filter_tree *t, size_t depth, tt_interval *kl, tt_interval *kl_reverse)
{
    *kl = *kl_reverse = TT_INTERVAL_ZERO;
    for (size_t n = t->first[depth]; n < t->first[depth + 1]; n++) {
        tt_interval a = t->a[n], b = t->b[n];
        tt_interval_ratio ratio;
        if (!is_positive(a)) {
            accumulate(kl, b);
            if (is_positive(b))
                *kl_reverse = FILTER_INFINITE;
        } else if (!is_positive(b)) {
            accumulate(kl_reverse, a);
            *kl = FILTER_INFINITE;
        } else if (!tt_interval_is_zero(t->u[n])) {
            tt_interval_ratio_logs(&ratio, b, a, t->u[n]);
            accumulate_product(kl, a, tt_interval_cut(ratio.forward));
            accumulate_product(kl_reverse, b, tt_interval_cut(ratio.backward));
        }
    }
}

static void level_sums(const filter_tree *t, filter_sums *sums, size_t depth)
{
    tt_interval tv = TT_INTERVAL_ZERO, kl = TT_INTERVAL_ZERO, kl_reverse = TT_INTERVAL_ZERO;
    for (size_t n = t->first[depth]; n < t->first[depth + 1]; n++) {
        tt_interval a = t->a[n], b = t->b[n];
        if (is_positive(a)) {
            accumulate(&tv, mul(a, t->tv[n]));
            accumulate_product(&kl, a, t->kl[n]);
        }
        if (is_positive(b))
            accumulate_product(&kl_reverse, b, t->kl_reverse[n]);
    }
    accumulate_product(&sums->step.expected_tv[depth], t->mass, tv);
    accumulate_product(&sums->step.expected_kl[depth], t->mass, kl);
    accumulate_product(&sums->step.expected_kl_reverse[depth], t->mass, kl_reverse);
}

/* ---- responses --------------------------------------------------------------------- */

/* sum += x^2 / nu, 0/0 = 0 */
static void add_moment(tt_interval *sum, tt_interval square, tt_interval nu)
{
    if (is_positive(nu))
        accumulate(sum, tt_interval_div_positive(square, nu));
    else if (square.minus_lo < 0)
        *sum = FILTER_INFINITE;
    else
        accumulate(sum, (tt_interval){ 0, HUGE_VAL }); /* 0 or infinite */
}

static void response_moments(const filter_tree *t, size_t n, tt_interval sixth, tt_interval *moments)
{
    tt_interval square = tt_interval_square(t->e[n]);
    if (!tt_interval_is_zero(square)) {
        tt_interval scaled = mul(square, sixth);
        add_moment(&moments[0], square, t->a[n]);
        add_moment(&moments[TT_THETAS - 1], square, t->b[n]);
        for (size_t k = 0; k < FILTER_MIXED; k++)
            add_moment(&moments[k + 1], scaled, t->nu[n * FILTER_MIXED + k]);
    }
    if (!tt_interval_is_zero(t->u[n]))
        add_moment(&moments[FILTER_PRODUCT], tt_interval_square(t->u[n]), t->a[n]);
    if (!tt_interval_is_zero(t->l[n]))
        add_moment(&moments[FILTER_SUM], tt_interval_square(t->l[n]), t->a[n]);
}

/* E_mu[R K], E_mu[(1-R) K] and the largest K. */
static void response_k3(const filter_tree *t, filter_sums *sums, size_t n)
{
    tt_interval reward = t->value[n], rest = sub(TT_INTERVAL_ONE, reward);
    tt_interval mass = mul(t->mass, t->a[n]), weighted;
    if (!is_positive(t->a[n]))
        return;
    if (!is_positive(t->b[n])) {
        if (is_positive(reward))
            sums->reward_k3 = FILTER_INFINITE;
        if (is_positive(rest))
            sums->failure_k3 = FILTER_INFINITE;
        sums->k3_max = FILTER_INFINITE;
        return;
    }
    weighted = mul(mass, t->k3[n]);
    accumulate(&sums->reward_k3, mul(weighted, reward));
    accumulate(&sums->failure_k3, mul(weighted, rest));
    raise(&sums->k3_max, t->k3[n]);
}

static void responses(const filter_tree *t, filter_sums *sums)
{
    tt_interval worst = TT_INTERVAL_ZERO, largest = TT_INTERVAL_ZERO;
    tt_interval improvement = TT_INTERVAL_ZERO, surrogate = TT_INTERVAL_ZERO, error = TT_INTERVAL_ZERO;
    tt_interval moments[FILTER_MOMENTS] = { 0 }, sixth = TT_INTERVAL_ONE;
    for (size_t k = 0; k < t->T; k++)
        sixth = scale(sixth, 6);
    for (size_t n = t->first[t->T]; n < t->nodes; n++) {
        if (!t->seen[n])
            continue;
        accumulate(&worst, tt_interval_abs(t->e[n]));
        accumulate(&largest, tt_interval_abs(t->l[n]));
        accumulate(&improvement, mul_sign(t->value[n], t->u[n]));
        accumulate(&surrogate, mul_sign(t->value[n], t->l[n]));
        accumulate(&error, mul_sign(t->value[n], t->e[n]));
        if (t->parts & TT_FILTER_MOMENTS)
            response_moments(t, n, sixth, moments);
        if (t->parts & TT_FILTER_PATHS)
            response_k3(t, sums, n);
    }
    accumulate(&sums->worst_case, mul(t->mass, scale(worst, 0.5)));
    accumulate(&sums->largest_surrogate, mul(t->mass, scale(largest, 0.5)));
    accumulate(&sums->improvement, mul_sign(t->mass, improvement));
    accumulate(&sums->surrogate, mul_sign(t->mass, surrogate));
    accumulate(&sums->error, mul_sign(t->mass, error));
    for (int k = 0; k < FILTER_MOMENTS; k++)
        accumulate_product(&sums->moments[k], t->mass, moments[k]);
}

/* ---- up: values, g, the recursion of THEOREMS 4 --------------------------------------- */

/* V = Q(v0) + sum_v mu (Q(v) - Q(v0)) and g = sum_v (pi - mu) (Q(v) - Q(v0)), v0 any token that has a Q: rewards that
   do not differ give an exact V and g = 0. V lies between the smallest and the largest Q. */
static void context_value(filter_tree *t, filter_sums *sums, size_t c)
{
    size_t begin = c * t->V + 1, end = begin + t->V, n = begin;
    tt_interval anchor, value = TT_INTERVAL_ZERO, g = TT_INTERVAL_ZERO, smallest, largest;
    while (!t->seen[n])
        n++;
    anchor = smallest = largest = t->value[n];
    for (n++; n < end; n++) {
        tt_interval above;
        if (!t->seen[n])
            continue;
        above = sub(t->value[n], anchor);
        accumulate(&value, mul_sign(t->r[n], above));
        accumulate(&g, tt_interval_mul(above, t->d[n]));
        smallest = tt_interval_min(smallest, t->value[n]);
        largest = tt_interval_max(largest, t->value[n]);
    }
    value = add(value, anchor);
    value = tt_interval_meet(value, (tt_interval){ smallest.minus_lo, largest.hi });
    t->value[c] = value;
    t->g[c] = g;
    if (!is_reachable(t, c))
        return;
    for (n = begin; n < end; n++)
        if (is_positive(t->r[n]) || is_positive(t->p[n]))
            and(&sums->advantage_unit, at_most(tt_interval_abs(sub(t->value[n], value)), TT_INTERVAL_ONE));
    and(&sums->advantage_token, at_most(tt_interval_abs(g), scale(t->tv[c], 2)));
}

/* a, b and w of a context; a leaf has none. */
static void context_recursion(filter_tree *t, size_t c)
{
    tt_interval a = t->tv[c], b = t->tv[c], w = TT_INTERVAL_ZERO;
    if (!is_reachable(t, c)) {
        t->ra[c] = t->rb[c] = t->rw[c] = TT_INTERVAL_ZERO;
        return;
    }
    for (size_t n = c * t->V + 1, end = n + t->V; n < end && end <= t->contexts; n++) {
        tt_interval r = t->r[n], p = t->p[n], d = t->d[n];
        accumulate(&b, mul(r, t->rb[n]));
        if (d.minus_lo <= 0) {
            accumulate(&a, mul(r, t->ra[n]));
            accumulate(&w, add(mul(d, t->ra[n]), mul(r, t->rw[n])));
        } else {
            tt_interval lost = tt_interval_neg(d);
            accumulate(&a, mul(p, t->ra[n]));
            accumulate(&w, tt_interval_min(add(mul(p, t->rw[n]), mul(lost, t->rb[n])),
                                           add(mul(r, t->rw[n]), mul(lost, t->ra[n]))));
        }
    }
    t->ra[c] = a;
    t->rb[c] = b;
    t->rw[c] = w;
}

static void ascend(filter_tree *t, filter_sums *sums)
{
    for (size_t c = t->contexts; c-- > 0;) {
        if (t->seen[c]) {
            context_value(t, sums, c);
            context_recursion(t, c);
        } else {
            t->ra[c] = t->rb[c] = t->rw[c] = t->g[c] = TT_INTERVAL_ZERO;
        }
    }
    accumulate(&sums->value, mul(t->mass, t->value[0]));
    accumulate(&sums->recursive, mul(t->mass, t->rw[0]));
}

static void level_advantages(const filter_tree *t, filter_sums *sums, size_t depth)
{
    tt_interval rollout = TT_INTERVAL_ZERO, target = TT_INTERVAL_ZERO;
    for (size_t n = t->first[depth]; n < t->first[depth + 1]; n++) {
        if (!t->seen[n])
            continue;
        accumulate(&rollout, mul_sign(t->a[n], t->g[n]));
        accumulate(&target, mul_sign(t->b[n], t->g[n]));
        if (is_reachable(t, n)) {
            sums->step.g_max[depth] = tt_interval_max(sums->step.g_max[depth], t->g[n]);
            sums->step.g_min[depth] = tt_interval_min(sums->step.g_min[depth], t->g[n]);
        }
    }
    accumulate(&sums->step.g_rollout[depth], mul_sign(t->mass, rollout));
    accumulate(&sums->step.g_target[depth], mul_sign(t->mass, target));
}

/* ---- the laws of the remaining tokens ---------------------------------------------------- */

/* TV of the two laws of what follows context c, as level_tv with a = b = 1 at c. A token that is not seen has mass
   under the target alone, whatever follows it. */
static tt_interval future_of(filter_tree *t, size_t c)
{
    size_t begin = c, end = c + 1;
    tt_interval sum = TT_INTERVAL_ZERO, common = TT_INTERVAL_ZERO;
    /* the masses of the prompt are done with: the same room takes those from c on */
    t->a[c] = t->b[c] = TT_INTERVAL_ONE;
    t->u[c] = TT_INTERVAL_ZERO;
    while (begin < t->contexts) {
        for (size_t n = begin; n < end; n++)
            for (size_t k = n * t->V + 1, last = k + t->V; k < last; k++) {
                t->a[k] = mul(t->a[n], t->r[k]);
                t->b[k] = mul(t->b[n], t->p[k]);
                t->u[k] = add(mul_sign(t->p[k], t->u[n]), mul_sign(t->a[n], t->d[k]));
                if (!t->seen[k] && k < t->contexts)
                    accumulate(&sum, tt_interval_abs(t->u[k]));
            }
        begin = begin * t->V + 1;
        end = end * t->V + 1;
    }
    for (size_t n = begin; n < end; n++) {
        accumulate(&sum, tt_interval_abs(t->u[n]));
        accumulate(&common, tt_interval_min(t->a[n], t->b[n]));
    }
    return half_sum(sum, common);
}

/* From the last context to the root, so that the masses above are still those of the prompt. */
static void futures(filter_tree *t, filter_sums *sums)
{
    for (size_t depth = t->T; depth-- > 0;)
        for (size_t c = t->first[depth + 1]; c-- > t->first[depth];)
            if (is_reachable(t, c))
                raise(&sums->step.future[depth], future_of(t, c));
}

/* ---- all of them ---------------------------------------------------------------------------- */

TT_APART void tt_filter_passes(filter_tree *t, filter_sums *sums)
{
    descend(t, sums);
    for (size_t depth = 1; depth <= t->T; depth++) {
        tt_interval kl, kl_reverse;
        accumulate_product(&sums->step.context_tv[depth], t->mass, level_tv(t, depth));
        if (t->parts & TT_FILTER_PATHS) {
            level_kl(t, depth, &kl, &kl_reverse);
            accumulate_product(&sums->step.context_kl[depth], t->mass, kl);
            accumulate_product(&sums->step.context_kl_reverse[depth], t->mass, kl_reverse);
        }
    }
    responses(t, sums);
    ascend(t, sums);
    for (size_t depth = 0; depth < t->T; depth++) {
        level_sums(t, sums, depth);
        level_advantages(t, sums, depth);
    }
    if (t->parts & TT_FILTER_FUTURE)
        futures(t, sums);
}

#undef add
#undef sub
#undef mul
#undef mul_sign
#undef scale

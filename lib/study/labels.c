#include "labels.h"

#include <string.h>

#define PRECISION 128
/* Equality counts from 1 - 1e-9 on, which doubles can certify. */
#define BILLION 1000000000UL

/* ---- answers ---- */

static tt_answer is(tt_order order, tt_order wanted)
{
    return order == TT_UNKNOWN ? TT_NULL : order == wanted ? TT_YES : TT_NO;
}

static tt_answer either(tt_answer a, tt_answer b)
{
    return a == TT_YES || b == TT_YES ? TT_YES : a == TT_NULL || b == TT_NULL ? TT_NULL : TT_NO;
}

static tt_answer both(tt_answer a, tt_answer b)
{
    return a == TT_NO || b == TT_NO ? TT_NO : a == TT_NULL || b == TT_NULL ? TT_NULL : TT_YES;
}

/* n x against m. */
static tt_order multiple(const tt_real *x, uint64_t n, uint64_t m)
{
    tt_order order;
    tt_real product;
    tt_real_init(&product);
    tt_real_mul_frac(&product, x, n, 1, PRECISION);
    order = tt_real_cmp_ui(&product, m);
    tt_real_clear(&product);
    return order;
}

static tt_answer infinite(const tt_real *x)
{
    return tt_real_is_absent(x) ? TT_NULL : tt_real_is_infinite(x) ? TT_YES : TT_NO;
}

typedef const tt_quantities quantities;
typedef const tt_evaluation evaluation;

#define LABEL(function) static tt_answer function(quantities *q, evaluation *e)
#define OF_Q (void)e

/* ---- the policies ---- */

LABEL(target_is_rollout)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->tv_seq, 0), TT_EQUAL);
}

LABEL(nearly_equal)
{
    OF_Q;
    return both(is(multiple(&q->tv_seq, BILLION, 1), TT_LESS), is(tt_real_cmp_ui(&q->tv_seq, 0), TT_GREATER));
}

LABEL(tv_seq_one)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->tv_seq, 1), TT_EQUAL);
}

LABEL(eps_one)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->tv_max, 1), TT_EQUAL);
}

LABEL(not_dominated)
{
    OF_Q;
    return q->dominated ? TT_NO : TT_YES;
}

LABEL(kl_infinite)
{
    OF_Q;
    return infinite(&q->kl_max);
}

LABEL(reverse_kl_infinite)
{
    OF_Q;
    return infinite(&q->kl_max_reverse);
}

LABEL(kl_seq_infinite)
{
    OF_Q;
    return infinite(&q->kl_seq);
}

LABEL(heavy_ratios)
{
    OF_Q;
    return q->dominated ? is(tt_real_cmp_ui(&q->chi2_max, 1000000), TT_GREATER) : TT_NO;
}

/* ---- where the bounds change their form ---- */

LABEL(t_eps_above_one)
{
    OF_Q;
    return is(multiple(&q->tv_max, q->horizon, 1), TT_GREATER);
}

LABEL(t_delta_above_one)
{
    OF_Q;
    return is(multiple(&q->kl_max, q->horizon, 1), TT_GREATER);
}

LABEL(small_delta)
{
    tt_order order = multiple(&q->kl_max, q->horizon, 2);
    OF_Q;
    return either(is(order, TT_LESS), is(order, TT_EQUAL));
}

LABEL(pinsker_cap)
{
    uint64_t steps = q->horizon > 1 ? q->horizon - 1 : 1;
    OF_Q;
    return is(multiple(&q->kl_max, steps, 2), TT_GREATER);
}

LABEL(coupling_cap)
{
    OF_Q;
    return is(multiple(&q->tv_max, q->horizon - 1, 1), TT_GREATER);
}

LABEL(mixed_cap)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->kl_seq, 2), TT_GREATER);
}

/* ---- Error and improvement ---- */

LABEL(error_zero)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->error, 0), TT_EQUAL);
}

LABEL(error_positive)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->error, 0), TT_GREATER);
}

LABEL(error_negative)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->error, 0), TT_LESS);
}

LABEL(worst_zero)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->worst_case_error, 0), TT_EQUAL);
}

LABEL(worst_above_one)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->worst_case_error, 1), TT_GREATER);
}

LABEL(worst_reward)
{
    tt_answer answer;
    tt_real size, nearly;
    OF_Q;
    tt_real_init(&size);
    tt_real_init(&nearly);
    tt_real_abs(&size, &q->error, PRECISION);
    tt_real_mul_frac(&nearly, &q->worst_case_error, BILLION - 1, BILLION, PRECISION);
    answer = is(tt_real_cmp(&size, &nearly), TT_GREATER);
    tt_real_clear(&size);
    tt_real_clear(&nearly);
    return answer;
}

LABEL(better)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->improvement, 0), TT_GREATER);
}

LABEL(worse)
{
    OF_Q;
    return is(tt_real_cmp_ui(&q->improvement, 0), TT_LESS);
}

LABEL(misleading)
{
    tt_order surrogate = tt_real_cmp_ui(&q->surrogate, 0), improvement = tt_real_cmp_ui(&q->improvement, 0);
    OF_Q;
    return either(both(is(surrogate, TT_GREATER), is(improvement, TT_LESS)),
                  both(is(surrogate, TT_LESS), is(improvement, TT_GREATER)));
}

LABEL(never_rewarded)
{
    OF_Q;
    return both(is(tt_real_cmp_ui(&q->j_rollout, 0), TT_EQUAL), is(tt_real_cmp_ui(&q->j_target, 0), TT_EQUAL));
}

LABEL(always_rewarded)
{
    OF_Q;
    return both(is(tt_real_cmp_ui(&q->j_rollout, 1), TT_EQUAL), is(tt_real_cmp_ui(&q->j_target, 1), TT_EQUAL));
}

LABEL(rewarded_off_support)
{
    OF_Q;
    return both(is(tt_real_cmp_ui(&q->j_rollout, 0), TT_EQUAL), is(tt_real_cmp_ui(&q->j_target, 0), TT_GREATER));
}

/* ---- the bounds ---- */

/* Whether one of the bounds below `to` answers TT_YES; `limit` is what it compares with. */
typedef tt_answer bound_test(const tt_bound_result *r, const tt_real *limit);

static tt_answer some(evaluation *e, size_t to, bound_test *of, uint64_t n, uint64_t d)
{
    tt_answer answer = TT_NO;
    tt_real limit;
    tt_real_init(&limit);
    tt_real_set_frac(&limit, n, d);
    for (size_t k = 0; k < to && answer != TT_YES; k++)
        if (e->bounds[k].verdict != TT_NOT_APPLICABLE)
            answer = either(answer, of(&e->bounds[k], &limit));
    tt_real_clear(&limit);
    return answer;
}

/* The paper's own bounds stand first in the catalogue, down to `unified`. */
static size_t paper_bounds(void)
{
    static const char last[] = "unified";
    size_t k = 0;
    while (k < tt_bound_count() && strcmp(tt_bound_at(k)->id, last) != 0)
        k++;
    return k + 1;
}

static tt_answer fires(const tt_bound_result *r, const tt_real *limit)
{
    (void)limit;
    return r->bound->kind == TT_UPPER ? TT_NO : r->fires;
}

static tt_answer can_fire(const tt_bound_result *r, const tt_real *limit)
{
    (void)limit;
    return r->bound->kind == TT_REWARD_FREE ? r->can_fire : TT_NO;
}

/* A tightness that is absent is that of a value 0 or of a bound on one side of Error. */
static tt_answer tighter_than(const tt_bound_result *r, const tt_real *limit)
{
    return tt_real_is_absent(&r->tightness) ? TT_NO : is(tt_real_cmp(&r->tightness, limit), TT_GREATER);
}

static tt_answer at_most(const tt_bound_result *r, const tt_real *limit)
{
    tt_order order;
    if (r->bound->kind != TT_REWARD_FREE)
        return TT_NO;
    order = tt_real_cmp(&r->value, limit);
    return either(is(order, TT_LESS), is(order, TT_EQUAL));
}

LABEL(some_fires)
{
    (void)q;
    return some(e, tt_bound_count(), fires, 0, 1);
}

LABEL(paper_fires)
{
    (void)q;
    return some(e, paper_bounds(), fires, 0, 1);
}

LABEL(some_can_fire)
{
    (void)q;
    return some(e, tt_bound_count(), can_fire, 0, 1);
}

LABEL(some_attained)
{
    (void)q;
    return some(e, tt_bound_count(), tighter_than, BILLION - 1, BILLION);
}

LABEL(some_within_two)
{
    (void)q;
    return some(e, tt_bound_count(), tighter_than, 1, 2);
}

LABEL(paper_attained)
{
    (void)q;
    return some(e, paper_bounds(), tighter_than, BILLION - 1, 2 * BILLION);
}

LABEL(some_at_most_one)
{
    (void)q;
    return some(e, tt_bound_count(), at_most, 1, 1);
}

LABEL(paper_at_most_one)
{
    (void)q;
    return some(e, paper_bounds(), at_most, 1, 1);
}

/* ---- the table ---- */

static const tt_label labels[] = {
    { "target = rollout", "TV_seq = 0", target_is_rollout },
    { "nearly equal", "0 < TV_seq < 1e-9", nearly_equal },
    { "TV_seq = 1", "no response has a probability under both policies", tv_seq_one },
    { "eps = 1", "disjoint rows at a reachable context", eps_one },
    { "not dominated", "target reaches a context where it has a token that rollout lacks", not_dominated },
    { "KL infinite", "delta = inf", kl_infinite },
    { "reverse KL infinite", "delta of (target||rollout) = inf", reverse_kl_infinite },
    { "KL_seq infinite", "KL_seq = inf", kl_seq_infinite },
    { "heavy ratios", "dominated, and chi > 1e6", heavy_ratios },
    { "T eps > 1", "T eps > 1", t_eps_above_one },
    { "T delta > 1", "T delta > 1", t_delta_above_one },
    { "delta <= 2/T", "the simple forms apply", small_delta },
    { "a cap of pinsker-marginal is active", "(T-1) delta > 2, or delta > 2 where T = 1", pinsker_cap },
    { "a cap of coupling is active", "(T-1) eps > 1", coupling_cap },
    { "a cap of mixed-kl is active", "KL_seq > 2", mixed_cap },
    { "Error = 0", "J_target - J_rollout = L", error_zero },
    { "Error > 0", "J_target - J_rollout > L", error_positive },
    { "Error < 0", "J_target - J_rollout < L", error_negative },
    { "worst-case Error = 0", "Error is 0 for every reward", worst_zero },
    { "worst-case Error > 1", "some reward makes the surrogate wrong by more than 1", worst_above_one },
    { "worst-case reward", "|Error| > (1 - 1e-9) worst-case Error", worst_reward },
    { "improvement > 0", "J_target > J_rollout", better },
    { "improvement < 0", "J_target < J_rollout", worse },
    { "the surrogate misleads", "L and the improvement have opposite signs", misleading },
    { "never rewarded", "J_rollout = J_target = 0", never_rewarded },
    { "always rewarded", "J_rollout = J_target = 1", always_rewarded },
    { "rewarded off support", "J_rollout = 0 < J_target", rewarded_off_support },
    { "some guarantee fires", "L exceeds some bound", some_fires },
    { "a guarantee of the paper fires", "L exceeds a bound of the paper", paper_fires },
    { "some guarantee can fire", "the largest surrogate of any reward exceeds a reward-free bound", some_can_fire },
    { "some bound is attained", "a tightness is above 1 - 1e-9", some_attained },
    { "some bound is within 2", "a tightness is above 1/2", some_within_two },
    { "a bound of the paper is twice the Error", "a tightness is above (1 - 1e-9) / 2; none is larger than 1/2",
      paper_attained },
    { "some bound is at most 1", "a reward-free bound says something of a reward in [0, 1]", some_at_most_one },
    { "a bound of the paper is at most 1", "one of the paper does", paper_at_most_one },
};

_Static_assert(sizeof labels / sizeof *labels <= 64, "labels are bits of a word");

size_t tt_label_count(void)
{
    return sizeof labels / sizeof *labels;
}

const tt_label *tt_label_at(size_t k)
{
    return &labels[k];
}

void tt_labels(tt_answer *out, const tt_quantities *q, const tt_evaluation *e)
{
    for (size_t k = 0; k < tt_label_count(); k++)
        out[k] = labels[k].test(q, e);
}

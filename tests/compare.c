#include <stdio.h> /* before mpfr.h, which declares its printing only after it */
#include <string.h>

#include "compare.h"

#define NARROW (-40) /* 2^-40 of the value */

typedef struct {
    const char *label;
    bool settled;
    compare_slack slack;
    size_t wrong;
} tally;

static void print_real(const char *who, const tt_real *x)
{
    switch (x->kind) {
    case TT_REAL_ABSENT:
        fprintf(stderr, " %s absent", who);
        break;
    case TT_REAL_INFINITE:
        fprintf(stderr, " %s %sinf", who, mpq_sgn(x->q) < 0 ? "-" : "");
        break;
    case TT_REAL_ENCLOSED:
        mpfr_fprintf(stderr, " %s [%.36Re, %.36Re]", who, &x->i->left, &x->i->right);
        break;
    case TT_REAL_DOUBLE:
        fprintf(stderr, " %s [%.17g, %.17g]", who, tt_interval_lo(x->d), x->d.hi);
        break;
    default:
        gmp_fprintf(stderr, " %s %s%.60Qd (about %.17g)", who, x->kind == TT_REAL_ROOT ? "root of " : "", x->q,
                    tt_real_get_d(x));
    }
}

static void differ(tally *t, const char *field, size_t k, const tt_real *engine, const tt_real *reference)
{
    if (t->wrong++ >= 5)
        return;
    fprintf(stderr, "%s: %s[%zu]:", t->label, field, k);
    print_real("engine", engine);
    print_real("reference", reference);
    fputc('\n', stderr);
}

/* Of an enclosure and an enclosure or a number: some number is in both. */
static bool overlap(const tt_real *x, const tt_real *y)
{
    tt_order order = tt_real_cmp(x, y);
    return order == TT_UNKNOWN || order == TT_EQUAL;
}

static bool narrow(const tally *t, const tt_real *x)
{
    return !t->settled || tt_real_width_log2(x) <= NARROW;
}

static bool agree(const tally *t, const tt_real *engine, const tt_real *reference, bool may_enclose)
{
    if (tt_real_is_enclosed(engine) && tt_real_is_enclosed(reference))
        return overlap(engine, reference) && narrow(t, engine);
    if (engine->kind == reference->kind)
        switch (engine->kind) {
        case TT_REAL_ABSENT:
            return true;
        case TT_REAL_INFINITE:
            return mpq_sgn(engine->q) == mpq_sgn(reference->q);
        default:
            return mpq_equal(engine->q, reference->q);
        }
    if (t->slack == COMPARE_PRUNED && engine->kind == TT_REAL_ABSENT)
        return true;
    if (t->slack != COMPARE_STRICT && engine->kind == TT_REAL_EXACT && tt_real_is_enclosed(reference))
        return may_enclose && overlap(reference, engine);
    return (may_enclose || t->slack >= COMPARE_ENCLOSED) && tt_real_is_enclosed(engine) &&
           reference->kind == TT_REAL_EXACT && overlap(engine, reference) && narrow(t, engine);
}

static void compare(tally *t, const char *field, const tt_real *engine, const tt_real *reference, size_t n, bool may_enclose)
{
    for (size_t k = 0; k < n; k++)
        if (!agree(t, &engine[k], &reference[k], may_enclose))
            differ(t, field, k, &engine[k], &reference[k]);
}

static void compare_series(tally *t, const char *field, const tt_series *engine, const tt_series *reference)
{
    if (engine->n != reference->n) {
        fprintf(stderr, "%s: %s: %zu entries, not %zu\n", t->label, field, engine->n, reference->n);
        t->wrong++;
        return;
    }
    for (size_t k = 0; k < engine->n; k++)
        if (!agree(t, tt_series_at(engine, k), tt_series_at(reference, k), false))
            differ(t, field, k, tt_series_at(engine, k), tt_series_at(reference, k));
}

static void compare_text(tally *t, const char *field, const char *engine, const char *reference)
{
    if (!engine || !reference || strcmp(engine, reference) != 0) {
        t->wrong++;
        fprintf(stderr, "%s: %s: engine %s reference %s\n", t->label, field, engine ? engine : "none",
                reference ? reference : "none");
    }
}

static tt_verdict plain(tt_verdict v)
{
    return v == TT_CONSISTENT ? TT_HOLDS : v;
}

static void compare_verdict(tally *t, const char *field, tt_verdict engine, tt_verdict reference)
{
    if (plain(engine) != plain(reference) && (t->settled || engine != TT_UNDECIDED)) {
        t->wrong++;
        fprintf(stderr, "%s: %s: engine %s reference %s\n", t->label, field, tt_verdict_name(engine),
                tt_verdict_name(reference));
    }
}

bool quantities_settled(const tt_quantities *q)
{
    return tt_quantities_width_log2(q) <= NARROW && q->pinsker != TT_UNDECIDED && q->pinsker_reverse != TT_UNDECIDED &&
           q->k1_mean != TT_UNDECIDED && q->k3_mean != TT_UNDECIDED;
}

static size_t compare_all(tally *tallied, const tt_quantities *engine, const tt_quantities *reference,
                          bool wide_moments)
{
    tally t = *tallied;
#define FIELD(field) compare(&t, #field, &engine->field, &reference->field, 1, false);
#define MOMENT(field) compare(&t, #field, &engine->field, &reference->field, 1, wide_moments);
#define ARRAY(field, n) compare(&t, #field, engine->field, reference->field, n, false);
#define SERIES(field) compare_series(&t, #field, &engine->field, &reference->field);
#define VERDICT(field) compare_verdict(&t, #field, engine->field, reference->field);
    if (engine->vocab != reference->vocab || engine->horizon != reference->horizon ||
        engine->dominated != reference->dominated) {
        t.wrong++;
        fprintf(stderr, "%s: shape or domination differs\n", t.label);
    }
    FIELD(j_rollout) FIELD(j_target) FIELD(improvement) FIELD(surrogate) FIELD(surrogate_ratio)
    FIELD(surrogate_response) FIELD(weighted_reward) FIELD(weight_sum) FIELD(error) FIELD(error_pdi)
    FIELD(error_rollout_side) FIELD(error_response) FIELD(error_ratio) FIELD(improvement_derivative)
    FIELD(surrogate_derivative) FIELD(mean_weight) FIELD(sum_e) FIELD(sum_l) FIELD(worst_case_error)
    FIELD(largest_surrogate) FIELD(off_support) FIELD(tv_max) FIELD(chi2_max) FIELD(kl_max) FIELD(kl_max_reverse)
    FIELD(tv_seq) FIELD(kl_seq) FIELD(kl_seq_reverse) FIELD(recursive_tv) FIELD(k3_max) FIELD(reward_k3)
    FIELD(failure_k3)
    MOMENT(variance_product) MOMENT(variance_sum) MOMENT(second_moment)
    ARRAY(tilt_max, TT_THETAS) ARRAY(truncated_mass, TT_KAPPAS) ARRAY(truncated_chi2, TT_KAPPAS)
    compare(&t, "tilted_moment", engine->tilted_moment, reference->tilted_moment, TT_THETAS, wide_moments);
    SERIES(expected_tv) SERIES(expected_kl) SERIES(expected_kl_reverse) SERIES(expected_advantage_max)
    SERIES(advantage_span) SERIES(advantage_rollout) SERIES(advantage_target) SERIES(future_tv) SERIES(context_tv)
    SERIES(context_kl) SERIES(context_kl_reverse)
    VERDICT(martingale) VERDICT(advantage_unit) VERDICT(advantage_token) VERDICT(pinsker) VERDICT(pinsker_reverse)
    VERDICT(k1_mean) VERDICT(k3_mean)
    if (t.slack == COMPARE_STRICT) {
        compare_text(&t, "tv_max_at", engine->tv_max_at, reference->tv_max_at);
        compare_text(&t, "kl_max_at", engine->kl_max_at, reference->kl_max_at);
    }
#undef FIELD
#undef MOMENT
#undef ARRAY
#undef SERIES
#undef VERDICT
    return t.wrong;
}

size_t compare_quantities(const tt_quantities *engine, const tt_quantities *reference, bool wide_moments, bool settled,
                          const char *label)
{
    tally t = { label, settled, COMPARE_STRICT, 0 };
    return compare_all(&t, engine, reference, wide_moments);
}

size_t compare_engines(const tt_quantities *engine, const tt_quantities *reference, compare_slack slack,
                       const char *label)
{
    tally t = { label, false, slack, 0 };
    return compare_all(&t, engine, reference, true);
}

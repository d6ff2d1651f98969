#include "path.h"

#include <stdlib.h>
#include <string.h>

#include "../world/mix.h"

/* ---- whose minorizer ---- */

static tt_policy_path_subject subject_of(const tt_bound *bound)
{
    return (tt_policy_path_subject){ bound->id, bound->kind, bound };
}

size_t tt_policy_path_subject_count(void)
{
    size_t n = 1;
    for (size_t k = 0; k < tt_bound_count(); k++)
        n += tt_bound_at(k)->kind != TT_UPPER;
    return n;
}

tt_policy_path_subject tt_policy_path_subject_at(size_t k)
{
    for (size_t j = 0; j < tt_bound_count(); j++)
        if (tt_bound_at(j)->kind != TT_UPPER && k-- == 0)
            return subject_of(tt_bound_at(j));
    return (tt_policy_path_subject){ "worst-case-error", TT_REWARD_FREE, NULL };
}

bool tt_policy_path_subject_find(tt_policy_path_subject *out, const char *id)
{
    for (size_t k = 0; k < tt_policy_path_subject_count(); k++) {
        *out = tt_policy_path_subject_at(k);
        if (strcmp(out->id, id) == 0)
            return true;
    }
    return false;
}

/* ---- one point ---- */

/* Progress of one point as a share of the whole way. */
typedef struct {
    const tt_measure_options *options;
    size_t point, points;
} share;

static bool show_share(void *context, const char *work, double done)
{
    const share *s = context;
    (void)work;
    if (!s->options->progress)
        return true;
    return s->options->progress(s->options->progress_context, "path", ((double)s->point + done) / (double)s->points);
}

static void follow_worst_case(tt_policy_path_value *out, const tt_judgement *judgement)
{
    const tt_quantities *q = &judgement->quantities;
    tt_order order = tt_real_cmp(&q->surrogate, &q->worst_case_error);
    tt_real_set(&out->value, &q->worst_case_error);
    out->verdict = tt_real_is_absent(&out->value) ? TT_UNDECIDED : TT_HOLDS;
    out->improves = order == TT_UNKNOWN ? TT_NULL : order == TT_GREATER ? TT_YES : TT_NO;
}

static void follow_bound(tt_policy_path_value *out, const tt_judgement *judgement, const tt_bound *bound)
{
    const tt_bound_result *result = &judgement->evaluation.bounds[bound - tt_bound_at(0)];
    tt_real_set(&out->value, &result->value);
    out->verdict = result->verdict;
    out->improves = result->fires;
}

static void follow(tt_policy_path_value *out, const tt_judgement *judgement, const tt_policy_path_subject *subject)
{
    if (subject->bound)
        follow_bound(out, judgement, subject->bound);
    else
        follow_worst_case(out, judgement);
    if (out->verdict != TT_NOT_APPLICABLE)
        tt_real_sub(&out->minorizer, &judgement->quantities.surrogate, &out->value, judgement->precision);
}

/* M_B > 0 must imply improvement. */
static void check_value(tt_policy_path *out, const tt_policy_path_value *value, tt_order improvement)
{
    if (value->verdict == TT_NOT_APPLICABLE)
        return;
    if (value->improves == TT_NULL || (value->improves == TT_YES && improvement == TT_UNKNOWN))
        out->undecided = true;
    else if (value->improves == TT_YES && improvement != TT_GREATER)
        out->violated = true;
}

/* What a judged point says, and what it says of the whole. */
static void take_point(tt_policy_path *out, tt_policy_path_point *point, const tt_judgement *judgement)
{
    const tt_quantities *q = &judgement->quantities;
    tt_order improvement = tt_real_cmp_ui(&q->improvement, 0);
    point->engine = judgement->measured ? judgement->engine : NULL;
    tt_real_set(&point->improvement, &q->improvement);
    tt_real_set(&point->surrogate, &q->surrogate);
    tt_real_set(&point->error, &q->error);
    out->violated = out->violated || judgement->evaluation.violated;
    out->undecided = out->undecided || judgement->evaluation.verdict_undecided;
    for (size_t k = 0; k < out->subjects_n; k++) {
        follow(&point->values[k], judgement, &out->subjects[k]);
        check_value(out, &point->values[k], improvement);
    }
}

static void keep_limit(tt_policy_path *out, const tt_judgement *judgement)
{
    if (judgement->status == TT_OK || out->status != TT_OK)
        return;
    out->status = judgement->status;
    out->limit = judgement->limit;
}

static tt_status judge_point(tt_policy_path *out, size_t k, const tt_instance *instance,
                             const tt_policy_path_options *options, tt_error *error)
{
    tt_evaluate_options evaluate = options->evaluate;
    share progress = { &options->evaluate.measure, k, out->points_n };
    tt_policy_path_point *point = &out->points[k];
    tt_row_source source;
    tt_subject subject;
    tt_judgement judgement;
    tt_instance *mixed;
    tt_status status = tt_instance_mix(&mixed, instance, point->h, error);
    if (status != TT_OK)
        return status;
    evaluate.has_baseline = evaluate.filter = evaluate.verdicts_only = evaluate.ladders = false;
    evaluate.measure.progress = show_share;
    evaluate.measure.progress_context = &progress;
    tt_subject_of_instance(&subject, &source, mixed);
    status = tt_judge(&judgement, &subject, &evaluate, error);
    if (status == TT_OK) {
        take_point(out, point, &judgement);
        keep_limit(out, &judgement);
    }
    if (status == TT_OK && k + 1 == out->points_n) {
        tt_real_set(&out->improvement_derivative, &judgement.quantities.improvement_derivative);
        tt_real_set(&out->surrogate_derivative, &judgement.quantities.surrogate_derivative);
    }
    tt_judgement_clear(&judgement);
    tt_instance_free(mixed);
    /* an engine says nothing of a small tree */
    if (status == TT_OK && !show_share(&progress, NULL, 1))
        return tt_fail(error, TT_INTERRUPTED, NULL, "interrupted");
    return status;
}

/* ---- the whole way ---- */

/* A quantity along the way: the improvement, the surrogate, or the minorizer of a subject. */
typedef enum { IMPROVEMENT, SURROGATE, MINORIZER } kind_of_quantity;

typedef struct {
    const tt_policy_path *path;
    kind_of_quantity kind;
    size_t subject;
} quantity;

static const tt_real *at_point(const quantity *q, size_t point)
{
    const tt_policy_path_point *p = &q->path->points[point];
    switch (q->kind) {
    case IMPROVEMENT:
        return &p->improvement;
    case SURROGATE:
        return &p->surrogate;
    default:
        return &p->values[q->subject].minorizer;
    }
}

/* Whether the quantity is known wherever it exists. */
static bool is_reached(const quantity *q)
{
    for (size_t k = 0; k < q->path->points_n; k++)
        if (tt_real_is_absent(at_point(q, k)) &&
            (q->kind != MINORIZER || q->path->points[k].values[q->subject].verdict != TT_NOT_APPLICABLE))
            return false;
    return true;
}

/* Whether the candidate is for certain the first point where the largest is attained. */
static bool is_largest(const quantity *q, size_t candidate)
{
    const tt_real *best = at_point(q, candidate);
    for (size_t k = 0; k < q->path->points_n; k++) {
        const tt_real *x = at_point(q, k);
        if (k != candidate && !tt_real_is_absent(x) &&
            !(k < candidate ? tt_real_cmp(x, best) == TT_LESS : tt_real_at_most(x, best)))
            return false;
    }
    return true;
}

static void find_largest(tt_policy_path_largest *out, const tt_policy_path *path, kind_of_quantity kind, size_t subject,
                         mpfr_prec_t precision)
{
    quantity q = { path, kind, subject };
    size_t candidate = TT_NONE;
    if (!is_reached(&q))
        return;
    for (size_t k = 0; k < path->points_n; k++) {
        const tt_real *x = at_point(&q, k);
        if (tt_real_is_absent(x))
            continue;
        if (candidate == TT_NONE)
            tt_real_set(&out->value, x);
        else
            tt_real_max(&out->value, &out->value, x, precision);
        if (candidate == TT_NONE || tt_real_cmp(x, at_point(&q, candidate)) == TT_GREATER)
            candidate = k;
    }
    if (candidate != TT_NONE && is_largest(&q, candidate))
        out->at = candidate;
}

static void find_range(tt_policy_path_range *out, const tt_policy_path *path, size_t subject)
{
    bool open = false;
    for (size_t k = 0; k < path->points_n; k++) {
        if (path->points[k].values[subject].improves != TT_YES)
            continue;
        if (out->points++ == 0)
            out->first = k;
        out->last = k;
    }
    if (out->points == 0)
        return;
    for (size_t k = out->first; k <= out->last; k++) {
        const tt_policy_path_value *value = &path->points[k].values[subject];
        open = open || (value->improves == TT_NULL && value->verdict != TT_NOT_APPLICABLE);
    }
    out->unbroken = open ? TT_NULL : out->points == out->last - out->first + 1 ? TT_YES : TT_NO;
}

static const tt_policy_path_point *end_of(const tt_policy_path *path)
{
    return &path->points[path->points_n - 1];
}

/* L(pi_h) = h L(pi) */
static tt_verdict check_linear(const tt_policy_path *path, mpfr_prec_t precision)
{
    const tt_real *whole = &end_of(path)->surrogate;
    tt_verdict verdict = TT_HOLDS;
    tt_real h, line;
    tt_real_init(&h);
    tt_real_init(&line);
    for (size_t k = 0; k < path->points_n; k++) {
        const tt_policy_path_point *point = &path->points[k];
        tt_real_set_q(&h, point->h);
        tt_real_mul(&line, &h, whole, precision);
        verdict = tt_verdict_and(verdict, tt_real_is_absent(&point->surrogate)
                                              ? TT_UNDECIDED
                                              : tt_verdict_eq(&point->surrogate, &line, whole));
    }
    tt_real_clear(&h);
    tt_real_clear(&line);
    return verdict;
}

static tt_verdict check_tangent(const tt_policy_path *path)
{
    const tt_real *whole = &end_of(path)->surrogate;
    const tt_real *of_j = &path->improvement_derivative, *of_l = &path->surrogate_derivative;
    tt_verdict verdict = tt_verdict_and(tt_verdict_eq(of_j, of_l, whole), tt_verdict_eq(of_l, whole, whole));
    return verdict == TT_NOT_APPLICABLE && path->status == TT_LIMIT ? TT_UNDECIDED : verdict;
}

static void look_at_all(tt_policy_path *out, mpfr_prec_t precision)
{
    find_largest(&out->improvement, out, IMPROVEMENT, 0, precision);
    find_largest(&out->surrogate, out, SURROGATE, 0, precision);
    for (size_t k = 0; k < out->subjects_n; k++) {
        find_range(&out->ranges[k], out, k);
        find_largest(&out->ranges[k].largest, out, MINORIZER, k, precision);
    }
    out->linear = check_linear(out, precision);
    out->tangent = check_tangent(out);
    out->violated = out->violated || out->linear == TT_VIOLATED || out->tangent == TT_VIOLATED;
    out->undecided = out->undecided || out->linear == TT_UNDECIDED || out->tangent == TT_UNDECIDED;
}

/* ---- memory ---- */

static void largest_init(tt_policy_path_largest *largest)
{
    tt_real_init(&largest->value);
    largest->at = TT_NONE;
}

static bool add_point(tt_policy_path *out, size_t steps)
{
    tt_policy_path_point *point = &out->points[out->points_n];
    point->values = calloc(out->subjects_n + 1, sizeof *point->values);
    if (!point->values)
        return false;
    mpq_init(point->h);
    mpq_set_ui(point->h, out->points_n, steps);
    mpq_canonicalize(point->h);
    tt_real_init(&point->improvement);
    tt_real_init(&point->surrogate);
    tt_real_init(&point->error);
    for (size_t k = 0; k < out->subjects_n; k++) {
        tt_real_init(&point->values[k].value);
        tt_real_init(&point->values[k].minorizer);
        point->values[k].verdict = TT_UNDECIDED;
        point->values[k].improves = TT_NULL;
    }
    out->points_n++;
    return true;
}

static void point_clear(tt_policy_path_point *point, size_t subjects)
{
    mpq_clear(point->h);
    tt_real_clear(&point->improvement);
    tt_real_clear(&point->surrogate);
    tt_real_clear(&point->error);
    for (size_t k = 0; k < subjects; k++) {
        tt_real_clear(&point->values[k].value);
        tt_real_clear(&point->values[k].minorizer);
    }
    free(point->values);
}

static void path_init(tt_policy_path *out, const tt_instance *instance)
{
    memset(out, 0, sizeof *out);
    out->vocab = tt_instance_vocab(instance);
    out->horizon = tt_instance_horizon(instance);
    out->tangent = out->linear = TT_UNDECIDED;
    largest_init(&out->improvement);
    largest_init(&out->surrogate);
    tt_real_init(&out->improvement_derivative);
    tt_real_init(&out->surrogate_derivative);
}

static bool make_room(tt_policy_path *out, const tt_policy_path_options *options)
{
    size_t n = options->subjects_n;
    bool good = true;
    out->subjects = calloc(n + 1, sizeof *out->subjects);
    out->ranges = calloc(n + 1, sizeof *out->ranges);
    out->points = calloc(options->steps + 1, sizeof *out->points);
    if (!out->subjects || !out->ranges || !out->points)
        return false;
    for (size_t k = 0; k < n; k++) {
        out->subjects[k] = options->subjects[k];
        out->ranges[k].first = out->ranges[k].last = TT_NONE;
        out->ranges[k].unbroken = TT_NULL;
        largest_init(&out->ranges[k].largest);
    }
    out->subjects_n = n;
    while (good && out->points_n <= options->steps)
        good = add_point(out, options->steps);
    return good;
}

void tt_policy_path_clear(tt_policy_path *path)
{
    for (size_t k = 0; k < path->points_n; k++)
        point_clear(&path->points[k], path->subjects_n);
    for (size_t k = 0; k < path->subjects_n; k++)
        tt_real_clear(&path->ranges[k].largest.value);
    free(path->points);
    free(path->ranges);
    free(path->subjects);
    tt_real_clear(&path->improvement.value);
    tt_real_clear(&path->surrogate.value);
    tt_real_clear(&path->improvement_derivative);
    tt_real_clear(&path->surrogate_derivative);
}

tt_status tt_policy_path_run(tt_policy_path *out, const tt_instance *instance, const tt_policy_path_options *options,
                             tt_error *error)
{
    tt_status status = TT_OK;
    path_init(out, instance);
    if (options->steps < 1 || options->steps > TT_POLICY_PATH_STEPS_MAX)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the number of steps is not between 1 and %d",
                       TT_POLICY_PATH_STEPS_MAX);
    if (!make_room(out, options))
        return tt_no_memory(error);
    for (size_t k = 0; k < out->points_n && status == TT_OK; k++)
        status = judge_point(out, k, instance, options, error);
    if (status == TT_OK)
        look_at_all(out, options->evaluate.precision_max);
    return status;
}

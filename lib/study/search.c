/* The search itself: where to begin, how to descend, what to keep. */
#include "search.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../world/random.h"
#include "search_internal.h"

/* The value of a point is -log tightness, less so much of log worst-case Error that a limit at 0 is not followed into
   numbers nobody can read; of a point without tightness it is this. */
#define PREFERENCE 1e-6
#define WORTHLESS 1e3

/* A point that is kept. */
typedef struct {
    tt_search_frame frame;
    double *x;
    double value;
    const char *start;
} spot;

typedef struct {
    const tt_search_options *options;
    tt_search_meter *meter;
    tt_search_shape shapes[TT_TIES];
    tt_random *random;
    uint64_t evaluations;
    double began;
    bool over, stopped;
    tt_status status; /* TT_NO_MEMORY: over for that */
    spot best[TT_TIES];
    /* rows of the point that was looked at last, so that a point that differs in one class costs one row */
    tt_search_frame last_frame;
    double *last_x;
    tt_search_row *rows;
    size_t room; /* coordinates of any point */
} search;

void tt_search_options_init(tt_search_options *options)
{
    *options = (tt_search_options){ .vocab = 2, .horizon = 2, .seed = 1, .evaluations = 1UL << 20 };
    mpq_init(options->at_most);
}

void tt_search_options_clear(tt_search_options *options)
{
    mpq_clear(options->at_most);
}

void tt_search_result_clear(tt_search_result *result)
{
    tt_instance_free(result->instance);
    if (result->instance)
        tt_judgement_clear(&result->judgement);
    result->instance = NULL;
    tt_real_clear(&result->tightness);
    tt_real_clear(&result->reached);
}

/* ---- budget ---- */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static const spot *tightest(const search *s)
{
    const spot *best = &s->best[0];
    for (size_t k = 1; k < TT_TIES; k++)
        if (s->best[k].value < best->value)
            best = &s->best[k];
    return best;
}

/* The share of the budget that is used. */
static double used(const search *s)
{
    double share = (double)s->evaluations / (double)s->options->evaluations;
    if (s->options->seconds > 0)
        share = fmax(share, (now() - s->began) / s->options->seconds);
    return share;
}

static void spend(search *s)
{
    const double best = exp(-tightest(s)->value);
    s->evaluations++;
    if (s->evaluations >= s->options->evaluations)
        s->over = true;
    if (s->evaluations % 64 != 0)
        return;
    if (s->options->seconds > 0 && now() - s->began >= s->options->seconds)
        s->over = true;
    if (s->options->progress && !s->options->progress(s->options->progress_context, best, s->evaluations, used(s)))
        s->over = s->stopped = true;
}

/* ---- looking at a point ---- */

static bool same_frame(const tt_search_frame *a, const tt_search_frame *b)
{
    return a->shape == b->shape && a->cap == b->cap;
}

static void set_rows(search *s, const tt_search_frame *frame, const double *x)
{
    size_t n = tt_search_dimension(frame), width = 2 * (frame->shape->vocab - 1);
    size_t used_by_rows = frame->shape->classes * width;
    bool known = same_frame(frame, &s->last_frame) && memcmp(x + used_by_rows, s->last_x + used_by_rows,
                                                             (n - used_by_rows) * sizeof *x) == 0;
    for (size_t k = 0; k < frame->shape->classes; k++) {
        if (known && memcmp(x + k * width, s->last_x + k * width, width * sizeof *x) == 0)
            continue;
        tt_search_row_at(&s->rows[k], frame, x, k);
        tt_search_row_measure(&s->rows[k], frame->shape->vocab);
    }
    memcpy(s->last_x, x, n * sizeof *x);
    s->last_frame = *frame;
}

static double look(search *s, const tt_search_frame *frame, const double *x)
{
    double tightness;
    if (s->over)
        return WORTHLESS;
    spend(s);
    set_rows(s, frame, x);
    tightness = tt_search_tightness_of(s->meter, frame->shape, s->rows, NULL);
    if (!(tightness > 0 && isfinite(tightness) && tt_search_worst(s->meter) > 0))
        return WORTHLESS;
    return -log(tightness) - PREFERENCE * log(tt_search_worst(s->meter));
}

/* Keeps the point where it is the best of its tie. */
static void keep(search *s, const tt_search_frame *frame, const double *x, double value, const char *start)
{
    spot *best = &s->best[frame->shape->tie];
    if (!(value < best->value))
        return;
    best->frame = *frame;
    memcpy(best->x, x, tt_search_dimension(frame) * sizeof *x);
    best->value = value;
    best->start = start;
}

/* ---- chance ---- */

static double uniform(search *s)
{
    return (double)tt_random_between(s->random, 0, 999999999) / 1e9;
}

static double normal(search *s)
{
    double radius = sqrt(-2 * log(1 - uniform(s)));
    return radius * cos(2 * M_PI * uniform(s));
}

static size_t pick(search *s, size_t n)
{
    return tt_random_between(s->random, 0, n - 1);
}

/* ---- descents: each changes x and its value for the better, or not at all ---- */

typedef struct {
    search *s;
    const tt_search_frame *frame;
    double *x;           /* all coordinates */
    const size_t *which; /* the ones that move; NULL for all */
    size_t n;
} descent;

static double look_at_vector(const gsl_vector *moving, void *context)
{
    descent *d = context;
    for (size_t k = 0; k < d->n; k++)
        d->x[d->which ? d->which[k] : k] = gsl_vector_get(moving, k);
    return look(d->s, d->frame, d->x);
}

static void differentiate(const gsl_vector *at, void *context, gsl_vector *gradient, double here)
{
    descent *d = context;
    for (size_t k = 0; k < d->n; k++)
        d->x[k] = gsl_vector_get(at, k);
    for (size_t k = 0; k < d->n; k++) {
        double x = d->x[k], h = 1e-6 * fmax(fabs(x), 1e-2);
        d->x[k] = x + h;
        gsl_vector_set(gradient, k, (look(d->s, d->frame, d->x) - here) / h);
        d->x[k] = x;
    }
}

static void gradient_at(const gsl_vector *at, void *context, gsl_vector *gradient)
{
    differentiate(at, context, gradient, look_at_vector(at, context));
}

static void value_and_gradient(const gsl_vector *at, void *context, double *value, gsl_vector *gradient)
{
    *value = look_at_vector(at, context);
    differentiate(at, context, gradient, *value);
}

/* Takes the minimiser's point where it is better. */
static void take(double *x, double *value, const descent *d, const gsl_vector *found, double found_value)
{
    if (!(found_value < *value))
        return;
    *value = found_value;
    for (size_t k = 0; k < d->n; k++)
        x[d->which ? d->which[k] : k] = gsl_vector_get(found, k);
}

/* Nelder and Mead on the coordinates `which`, `steps` long at first. */
static void simplex(search *s, const tt_search_frame *frame, double *x, double *value, const size_t *which, size_t n,
                    const double *steps, size_t iterations)
{
    size_t all = tt_search_dimension(frame);
    double *room = calloc(all, sizeof *room);
    gsl_vector *at = gsl_vector_alloc(n), *step = gsl_vector_alloc(n);
    gsl_multimin_fminimizer *minimiser = gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, n);
    descent d = { s, frame, room, which, n };
    gsl_multimin_function f = { look_at_vector, n, &d };
    if (room && at && step && minimiser) {
        memcpy(room, x, all * sizeof *room);
        for (size_t k = 0; k < n; k++) {
            gsl_vector_set(at, k, x[which ? which[k] : k]);
            gsl_vector_set(step, k, steps[which ? which[k] : k]);
        }
        gsl_multimin_fminimizer_set(minimiser, &f, at, step);
        for (size_t k = 0; k < iterations && !s->over; k++)
            if (gsl_multimin_fminimizer_iterate(minimiser) != GSL_SUCCESS || minimiser->size < 1e-9)
                break;
        take(x, value, &d, minimiser->x, minimiser->fval);
    }
    if (minimiser)
        gsl_multimin_fminimizer_free(minimiser);
    if (at)
        gsl_vector_free(at);
    if (step)
        gsl_vector_free(step);
    free(room);
}

/* BFGS on all coordinates. */
static void slide(search *s, const tt_search_frame *frame, double *x, double *value, double step, size_t iterations)
{
    size_t n = tt_search_dimension(frame);
    double *room = calloc(n, sizeof *room);
    gsl_vector *at = gsl_vector_alloc(n);
    gsl_multimin_fdfminimizer *minimiser = gsl_multimin_fdfminimizer_alloc(gsl_multimin_fdfminimizer_vector_bfgs2, n);
    descent d = { s, frame, room, NULL, n };
    gsl_multimin_function_fdf f = { look_at_vector, gradient_at, value_and_gradient, n, &d };
    if (room && at && minimiser) {
        for (size_t k = 0; k < n; k++)
            gsl_vector_set(at, k, x[k]);
        gsl_multimin_fdfminimizer_set(minimiser, &f, at, step, 0.1);
        for (size_t k = 0; k < iterations && !s->over; k++) {
            double before = minimiser->f;
            if (gsl_multimin_fdfminimizer_iterate(minimiser) != GSL_SUCCESS)
                break;
            if (k > 10 && before - minimiser->f < 1e-9)
                break;
        }
        take(x, value, &d, minimiser->x, minimiser->f);
    }
    if (minimiser)
        gsl_multimin_fdfminimizer_free(minimiser);
    if (at)
        gsl_vector_free(at);
    free(room);
}

static bool is_tilt(const tt_search_frame *frame, size_t k)
{
    size_t width = 2 * (frame->shape->vocab - 1);
    return k < frame->shape->classes * width && k % width >= width / 2;
}

/* First steps of a simplex: tilts move in proportion to the typical tilt. */
static void set_steps(double *steps, const tt_search_frame *frame, const double *x, double size)
{
    size_t n = tt_search_dimension(frame), tilts = 0;
    double sum = 0;
    for (size_t k = 0; k < n; k++)
        if (is_tilt(frame, k)) {
            sum += fmin(fabs(x[k]), 3);
            tilts++;
        }
    for (size_t k = 0; k < n; k++)
        steps[k] = size * (is_tilt(frame, k) ? 0.1 * sum / (double)tilts + 0.3 * fabs(x[k]) : 1);
}

/* Longer and shorter tilts, all of them together, or another cap where that is free. */
static void stretch(search *s, const tt_search_frame *frame, double *x, double *value)
{
    static const double factors[] = { 0.1, 0.5, 2, 10 };
    size_t n = tt_search_dimension(frame), rows = frame->shape->classes * 2 * (frame->shape->vocab - 1);
    double *room = calloc(n, sizeof *room);
    for (size_t j = 0; room && j < sizeof factors / sizeof *factors; j++)
        for (size_t turns = 0; turns < 8 && !s->over; turns++) {
            double here;
            for (size_t k = 0; k < n; k++)
                room[k] = k == rows ? x[k] + log(factors[j]) : x[k] * (n == rows && is_tilt(frame, k) ? factors[j] : 1);
            here = look(s, frame, room);
            if (!(here < *value))
                break;
            *value = here;
            memcpy(x, room, n * sizeof *x);
        }
    free(room);
}

/* Single coordinates to where a probability is 0 or 1, or a row does not differ. */
static void push(search *s, const tt_search_frame *frame, double *x, double *value, size_t attempts)
{
    static const double ends[] = { -100, -12, 0, 12, 100 };
    size_t n = frame->shape->classes * 2 * (frame->shape->vocab - 1);
    for (size_t k = 0; k < attempts && !s->over; k++) {
        size_t which = attempts >= n ? k % n : pick(s, n);
        for (size_t j = 0; j < sizeof ends / sizeof *ends; j++) {
            double before = x[which], here;
            x[which] = ends[j];
            here = look(s, frame, x);
            if (here < *value)
                *value = here;
            else
                x[which] = before;
        }
    }
}

/* Simplexes on all coordinates of one or two classes at a time, and the cap. */
static void turn_classes(search *s, const tt_search_frame *frame, double *x, double *value, const double *steps,
                         size_t turns)
{
    size_t width = 2 * (frame->shape->vocab - 1), n = tt_search_dimension(frame), classes = frame->shape->classes;
    size_t which[4 * TT_SEARCH_VOCAB_MAX + 1];
    for (size_t k = 0; k < turns && !s->over; k++) {
        size_t a = pick(s, classes), b = pick(s, classes), m = 0;
        for (size_t j = 0; j < width; j++)
            which[m++] = a * width + j;
        for (size_t j = 0; b != a && j < width; j++)
            which[m++] = b * width + j;
        if (n > classes * width && pick(s, 2))
            which[m++] = n - 1;
        simplex(s, frame, x, value, which, m, steps, 30 * m);
    }
}

static void descend(search *s, const tt_search_frame *frame, double *x, double *value)
{
    enum { SMALL = 16 };
    size_t n = tt_search_dimension(frame);
    double *steps = calloc(n, sizeof *steps);
    if (!steps)
        return;
    stretch(s, frame, x, value);
    for (size_t round = 0; round < 3 && !s->over; round++) {
        double before = *value;
        set_steps(steps, frame, x, round == 0 ? 0.7 : 0.1);
        if (n <= SMALL) {
            simplex(s, frame, x, value, NULL, n, steps, 100 * n);
        } else {
            slide(s, frame, x, value, round == 0 ? 0.1 : 0.01, 60);
            turn_classes(s, frame, x, value, steps, frame->shape->classes);
        }
        push(s, frame, x, value, round == 0 ? 2 * n : 64);
        if (before - *value < 1e-6)
            break;
    }
    free(steps);
}

/* ---- beginnings ---- */

static tt_search_frame frame_of(search *s, tt_tie tie, tt_cap cap)
{
    tt_search_frame frame = { .shape = &s->shapes[tie], .cap = cap };
    if (s->options->limit != TT_SEARCH_UNLIMITED) {
        frame.cap = s->options->limit == TT_SEARCH_KL_MAX ? TT_CAP_KL : TT_CAP_TV;
        frame.fixed = mpq_get_d(s->options->at_most);
    }
    return frame;
}

/* A tie whose points the budget allows to be descended from. */
static bool is_affordable(const search *s, tt_tie tie)
{
    enum { SHARE = 40 };
    double n = (double)(s->shapes[tie].classes * 2 * (s->options->vocab - 1)), left = 1e18;
    if (s->options->evaluations < UINT64_MAX)
        left = (double)s->options->evaluations;
    if (s->options->seconds > 0 && s->evaluations > 0)
        left = fmin(left, (double)s->evaluations / fmax(now() - s->began, 1e-9) * s->options->seconds);
    return tie != TT_TIE_NONE || n * SHARE <= left;
}

static tt_tie random_tie(search *s)
{
    tt_tie tie = (tt_tie)pick(s, TT_TIES);
    return is_affordable(s, tie) ? tie : (tt_tie)pick(s, TT_TIE_NONE);
}

/* A cap of its own, at a random size; the rows that have a direction are often pushed out to it. */
static void set_cap(search *s, const tt_search_frame *frame, double *x)
{
    size_t n = tt_search_dimension(frame), rows = frame->shape->classes * 2 * (frame->shape->vocab - 1);
    double factor = pick(s, 2) ? 1 : pow(10, 4 * uniform(s));
    if (n > rows)
        x[n - 1] = -10 + 11 * uniform(s);
    for (size_t k = 0; frame->cap != TT_CAP_NONE && k < rows; k++)
        if (is_tilt(frame, k))
            x[k] *= factor;
}

/* Coordinates of rows, one pair per class. */
static void set_coordinates(double *x, const tt_search_frame *frame, const double *mu, const double *pi)
{
    for (size_t k = 0; k < frame->shape->classes; k++)
        tt_search_coordinates(x, frame, k, mu + k * frame->shape->vocab, pi + k * frame->shape->vocab);
}

static void begin_at_random(search *s, const tt_search_frame *frame, double *x)
{
    static const double sizes[] = { 0.03, 0.3, 1, 4, 20 };
    size_t n = frame->shape->classes * 2 * (frame->shape->vocab - 1);
    double spread = pick(s, 4) == 0 ? 8 : 1.5, tilt = sizes[pick(s, sizeof sizes / sizeof *sizes)];
    for (size_t k = 0; k < n; k++)
        x[k] = normal(s) * (is_tilt(frame, k) ? tilt : spread);
    set_cap(s, frame, x);
}

/* Rows of start k, or of the known instance where k is the number of starts. */
static bool begin_at_rows(search *s, const tt_search_frame *frame, double *x, size_t k, const char **name)
{
    size_t size = frame->shape->classes * frame->shape->vocab;
    double *mu = calloc(2 * size, sizeof *mu);
    bool found = false;
    if (!mu) {
        s->status = TT_NO_MEMORY;
    } else if (k < tt_search_start_count()) {
        s->status = tt_search_start_rows(&found, mu, mu + size, name, k, frame->shape);
    } else if (s->options->known) {
        *name = "known";
        s->status = tt_search_instance_rows(&found, mu, mu + size, s->options->known, frame->shape);
    }
    if (found)
        set_coordinates(x, frame, mu, mu + size);
    s->over = s->over || s->status != TT_OK;
    free(mu);
    return found;
}

/* The best point of a tighter tie, its contexts set free. */
static bool begin_at_lift(search *s, const tt_search_frame *frame, double *x, const char **name)
{
    size_t width = 2 * (frame->shape->vocab - 1);
    const spot *from = NULL;
    for (size_t tie = 0; tie < (size_t)frame->shape->tie; tie++)
        if (s->best[tie].value < WORTHLESS && (!from || s->best[tie].value < from->value))
            from = &s->best[tie];
    if (!from || from->frame.cap != frame->cap)
        return false;
    for (size_t k = 0; k < frame->shape->classes; k++)
        memcpy(x + k * width, from->x + from->frame.shape->class_of[frame->shape->first[k]] * width, width * sizeof *x);
    if (tt_search_dimension(frame) > frame->shape->classes * width)
        x[frame->shape->classes * width] = from->x[tt_search_dimension(&from->frame) - 1];
    *name = from->start;
    return true;
}

static void shake(search *s, const tt_search_frame *frame, double *x, double size)
{
    size_t n = tt_search_dimension(frame);
    bool all = pick(s, 2);
    for (size_t k = 0; k < n; k++)
        if (all || pick(s, 4) == 0)
            x[k] += size * normal(s) * (is_tilt(frame, k) ? fabs(x[k]) : 1);
}

/* ---- the rounds ---- */

/* All rows that differ are pushed out to the cap. */
static void push_out(const tt_search_frame *frame, double *x)
{
    for (size_t k = 0; k < frame->shape->classes * 2 * (frame->shape->vocab - 1); k++)
        if (is_tilt(frame, k))
            x[k] *= 1e4;
}

/* Every start as it is, with every tie, and at a limit pushed out to it; the known instance first. */
static void look_at_starts(search *s, double *x)
{
    for (size_t k = tt_search_start_count() + 1; k-- > 0;)
        for (size_t tie = 0; tie < TT_TIES && !s->over; tie++) {
            tt_search_frame frame = frame_of(s, (tt_tie)tie, TT_CAP_NONE);
            const char *name = "random";
            if (!begin_at_rows(s, &frame, x, k, &name))
                continue;
            keep(s, &frame, x, look(s, &frame, x), name);
            if (frame.cap != TT_CAP_NONE) {
                push_out(&frame, x);
                keep(s, &frame, x, look(s, &frame, x), name);
            }
        }
}

static void search_round(search *s, double *x, size_t round)
{
    static const double sizes[] = { 0.01, 0.1, 0.5 };
    tt_tie tie = random_tie(s);
    tt_search_frame frame = frame_of(s, tie, (tt_cap)pick(s, TT_CAPS));
    const char *name = "random";
    double value;
    switch (round % 4) {
    case 0:
        if (!begin_at_rows(s, &frame, x, pick(s, tt_search_start_count() + 1), &name))
            return;
        set_cap(s, &frame, x);
        break;
    case 1:
        begin_at_random(s, &frame, x);
        break;
    case 2:
        if (s->best[tie].value >= WORTHLESS)
            return;
        frame = s->best[tie].frame;
        name = s->best[tie].start;
        memcpy(x, s->best[tie].x, tt_search_dimension(&frame) * sizeof *x);
        if (pick(s, 3))
            shake(s, &frame, x, sizes[pick(s, sizeof sizes / sizeof *sizes)]);
        break;
    default:
        frame = frame_of(s, tie, tightest(s)->frame.cap);
        if (!begin_at_lift(s, &frame, x, &name))
            return;
        shake(s, &frame, x, 0.01);
    }
    value = look(s, &frame, x);
    descend(s, &frame, x, &value);
    keep(s, &frame, x, value, name);
}

/* ---- what is found ---- */

/* Single responses' rewards, turned while that helps: no rule is known to be best for a reward-aware bound. */
static void turn_rewards(search *s, const spot *from, unsigned char *reward)
{
    const tt_search_shape *shape = from->frame.shape;
    size_t n = shape->nodes - shape->contexts;
    double best;
    bool better = true;
    set_rows(s, &from->frame, from->x);
    best = tt_search_tightness_of(s->meter, shape, s->rows, NULL);
    memcpy(reward, tt_search_reward(s->meter), n);
    for (size_t turn = 0; better && turn < 3; turn++) {
        better = false;
        for (size_t y = 0; y < n; y++) {
            double here;
            reward[y] = !reward[y];
            here = tt_search_tightness_of(s->meter, shape, s->rows, reward);
            if (here > best * (1 + 1e-9)) {
                best = here;
                better = true;
            } else {
                reward[y] = !reward[y];
            }
        }
    }
}

static tt_status certify(tt_search_result *out, search *s, const spot *from, tt_error *error)
{
    bool better, aware = s->options->bound->kind == TT_REWARD_AWARE;
    unsigned char *reward = aware ? malloc(from->frame.shape->nodes) : NULL;
    tt_status status;
    if (aware && !reward)
        return tt_no_memory(error);
    if (aware)
        turn_rewards(s, from, reward);
    set_rows(s, &from->frame, from->x);
    status = tt_search_certify(&better, out, s->meter, s->options, from->frame.shape, s->rows, from->frame.cap, reward,
                               error);
    if (better)
        out->start = from->start;
    free(reward);
    return status;
}

/* Certifies the best points, the tightest first; of two as tight, the one with more contexts tied. */
static tt_status certify_best(tt_search_result *out, search *s, tt_error *error)
{
    const double alike = 1e-6;
    tt_status status = TT_OK;
    for (size_t k = 0; k < TT_TIES && status == TT_OK; k++) {
        spot *best = NULL;
        double least = WORTHLESS;
        for (size_t tie = 0; tie < TT_TIES; tie++)
            least = fmin(least, s->best[tie].value);
        for (size_t tie = 0; tie < TT_TIES && !best; tie++)
            if (s->best[tie].value < WORTHLESS && s->best[tie].value <= least + alike)
                best = &s->best[tie];
        if (!best || (out->instance && tt_real_get_d(&out->tightness) >= exp(-best->value) * (1 - alike)))
            break;
        status = certify(out, s, best, error);
        best->value = WORTHLESS;
    }
    return status;
}

/* ---- the whole ---- */

static tt_status check(const tt_search_options *options, tt_error *error)
{
    size_t nodes = 1, level = 1;
    if (options->vocab < 2 || options->vocab > TT_SEARCH_VOCAB_MAX)
        return tt_fail(error, TT_BAD_INPUT, "--vocab", "%zu is not from 2 to %d", options->vocab, TT_SEARCH_VOCAB_MAX);
    if (options->horizon < 2 || options->horizon > TT_SEARCH_HORIZON_MAX)
        return tt_fail(error, TT_BAD_INPUT, "--horizon", "%zu is not from 2 to %d", options->horizon,
                       TT_SEARCH_HORIZON_MAX);
    for (size_t t = 0; t < options->horizon && nodes <= TT_SEARCH_NODES_MAX; t++)
        nodes += level *= options->vocab;
    if (nodes > TT_SEARCH_NODES_MAX)
        return tt_fail(error, TT_BAD_INPUT, "--horizon",
                       "a tree of more than %d contexts and responses is not searched", TT_SEARCH_NODES_MAX);
    if (options->limit == TT_SEARCH_KL_MAX && mpq_sgn(options->at_most) <= 0)
        return tt_fail(error, TT_BAD_INPUT, "--kl-max", "not larger than 0");
    if (options->limit == TT_SEARCH_TV_MAX &&
        (mpq_sgn(options->at_most) <= 0 || mpq_cmp_ui(options->at_most, 1, 1) > 0))
        return tt_fail(error, TT_BAD_INPUT, "--tv-max", "not in (0, 1]");
    return TT_OK;
}

static tt_status search_init(search *s, const tt_search_options *options)
{
    tt_status status = TT_OK;
    *s = (search){ .options = options, .began = now() };
    for (size_t tie = 0; tie < TT_TIES; tie++)
        s->best[tie].value = WORTHLESS;
    for (size_t tie = 0; tie < TT_TIES && status == TT_OK; tie++) {
        status = tt_search_shape_init(&s->shapes[tie], (tt_tie)tie, options->vocab, options->horizon);
        s->room = s->shapes[tie].classes * 2 * (options->vocab - 1) + 1;
        s->best[tie].x = calloc(s->room, sizeof *s->best[tie].x);
        if (!s->best[tie].x)
            status = TT_NO_MEMORY;
    }
    if (status == TT_OK)
        status = tt_search_meter_new(&s->meter, options);
    if (status == TT_OK)
        status = tt_random_new(&s->random, options->seed, 0);
    s->last_x = calloc(s->room, sizeof *s->last_x);
    s->rows = calloc(s->room, sizeof *s->rows);
    return status == TT_OK && s->last_x && s->rows ? TT_OK : TT_NO_MEMORY;
}

static void search_clear(search *s)
{
    for (size_t tie = 0; tie < TT_TIES; tie++) {
        tt_search_shape_clear(&s->shapes[tie]);
        free(s->best[tie].x);
    }
    tt_search_meter_free(s->meter);
    tt_random_free(s->random);
    free(s->last_x);
    free(s->rows);
}

static tt_status run(tt_search_result *out, search *s, tt_error *error)
{
    double *x = calloc(s->room, sizeof *x);
    if (!x)
        return tt_no_memory(error);
    look_at_starts(s, x);
    for (size_t round = 0; !s->over; round++)
        search_round(s, x, round);
    out->evaluations = s->evaluations;
    out->stopped = s->stopped;
    free(x);
    if (s->status != TT_OK)
        return tt_fail(error, s->status, NULL, "out of memory");
    return certify_best(out, s, error);
}

tt_status tt_search(tt_search_result *out, const tt_search_options *options, tt_error *error)
{
    search s;
    tt_status status;
    gsl_error_handler_t *handler;
    memset(out, 0, sizeof *out);
    tt_real_init(&out->tightness);
    tt_real_init(&out->reached);
    status = check(options, error);
    if (status != TT_OK)
        return status;
    handler = gsl_set_error_handler_off();
    status = search_init(&s, options);
    if (status != TT_OK)
        tt_fail(error, status, NULL, "out of memory");
    else
        status = run(out, &s, error);
    search_clear(&s);
    gsl_set_error_handler(handler);
    return status;
}

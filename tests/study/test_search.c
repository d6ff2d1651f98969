/* The search: known optima are found and certified, limits are kept, doubles agree with the definitions, and a run
   can be made again. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/study/search_internal.h"
#include "../../lib/world/instance_json.h"
#include "../instance_text.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

static void begin(tt_search_options *options, const char *bound, size_t vocab, size_t horizon, uint64_t evaluations)
{
    tt_search_options_init(options);
    options->bound = tt_bound_find(bound);
    assert_non_null(options->bound);
    options->vocab = vocab;
    options->horizon = horizon;
    options->evaluations = evaluations * test_effort();
    options->seed = test_seed(1);
}

static void limit(tt_search_options *options, tt_search_limit kind, unsigned long n, unsigned long d)
{
    options->limit = kind;
    mpq_set_ui(options->at_most, n, d);
}

static void search(tt_search_result *result, const tt_search_options *options)
{
    tt_error error;
    if (tt_search(result, options, &error) != TT_OK)
        fail_msg("%s: %s", error.where, error.what);
    if (!result->instance)
        fail_msg("%s: nothing was found (seed %lu)", options->bound->id, (unsigned long)options->seed);
}

/* n/d <= x, certainly */
static bool is_at_least(const tt_real *x, uint64_t n, uint64_t d)
{
    tt_real end;
    bool good;
    tt_real_init(&end);
    tt_real_set_frac(&end, n, d);
    good = tt_verdict_le(&end, x) == TT_HOLDS;
    tt_real_clear(&end);
    return good;
}

static bool is_at_most(const tt_real *x, uint64_t n, uint64_t d)
{
    tt_real end;
    bool good;
    tt_real_init(&end);
    tt_real_set_frac(&end, n, d);
    good = tt_verdict_le(x, &end) == TT_HOLDS;
    tt_real_clear(&end);
    return good;
}

/* ---- optima ---- */

/* Without a limit; the tightness that theory says can be had, or come near to. */
static void known_optima_are_found(void **state)
{
    static const struct {
        const char *bound;
        size_t vocab, horizon;
        unsigned long n, d;
    } cases[] = {
        { "second-moment", 2, 2, 999, 1000 },       { "second-moment", 2, 3, 999, 1000 }, { "tv-optimal", 2, 3, 1, 1 },
        { "linear-one", 2, 2, 1, 1 },          { "linear-one", 3, 3, 1, 1 },         { "sequence-kl", 2, 2, 999, 1000 },
        { "sequence-kl", 2, 4, 999, 1000 },    { "tilted-kl", 2, 2, 999, 1000 },     { "tilted-kl", 2, 3, 99, 100 },
        { "reverse-kl", 2, 3, 99, 100 },       { "linear-half", 2, 2, 1, 1 },        { "linear-half", 2, 4, 99, 100 },
        { "classical-tv-half", 2, 2, 1, 1 },   { "classical-kl", 2, 2, 499, 1000 },
        { "recursive-tv", 3, 3, 999, 1000 },   { "tilted-exact", 2, 3, 999, 1000 },
        { "mixed-tv-half", 2, 2, 1, 1 },       { "kmax-moment", 2, 2, 999, 1000 },
        { "span", 2, 2, 1, 1 },                { "reward-k3-lower", 2, 3, 999, 1000 },
        { "reward-k3-upper", 2, 3, 999, 1000 }, { "truncated-moment", 2, 2, 999, 1000 },
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_search_options options;
        tt_search_result result;
        begin(&options, cases[k].bound, cases[k].vocab, cases[k].horizon, 12000);
        search(&result, &options);
        if (!is_at_least(&result.tightness, cases[k].n, cases[k].d) || !is_at_most(&result.tightness, 1, 1))
            fail_msg("%s, V = %zu, T = %zu, seed %lu: tightness %.12f, not from %lu/%lu to 1", cases[k].bound,
                     cases[k].vocab, cases[k].horizon, (unsigned long)options.seed, tt_real_get_d(&result.tightness),
                     cases[k].n, cases[k].d);
        tt_search_result_clear(&result);
        tt_search_options_clear(&options);
    }
}

/* With one: the optimum of (T, eps), and of (T, delta) what THEOREMS.md's table has to four digits. */
static void known_optima_at_a_limit_are_found(void **state)
{
    static const struct {
        const char *bound;
        size_t horizon;
        tt_search_limit limit;
        unsigned long n, d;             /* the limit */
        unsigned long worst_n, worst_d; /* what worst-case Error must reach */
    } cases[] = {
        { "tv-optimal", 3, TT_SEARCH_TV_MAX, 1, 10, 569, 10000 }, /* 3/10 (1 - (9/10)^2) = 0.057 */
        { "tv-optimal", 5, TT_SEARCH_TV_MAX, 1, 3, 1336, 1000 },  /* 5/3 (1 - (2/3)^4) = 1.3374 */
        { "tilted-kl", 2, TT_SEARCH_KL_MAX, 1, 10, 9888, 100000 },
        { "tilted-kl", 2, TT_SEARCH_KL_MAX, 1, 1, 8829, 10000 },
        { "tilted-kl", 3, TT_SEARCH_KL_MAX, 1, 10, 1740, 10000 },
        { "tilted-kl", 4, TT_SEARCH_KL_MAX, 1, 1000, 2200, 1000000 },
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_search_options options;
        tt_search_result result;
        const tt_quantities *q;
        begin(&options, cases[k].bound, 2, cases[k].horizon, 40000);
        limit(&options, cases[k].limit, cases[k].n, cases[k].d);
        search(&result, &options);
        q = &result.judgement.quantities;
        assert_true(is_at_most(cases[k].limit == TT_SEARCH_KL_MAX ? &q->kl_max : &q->tv_max, cases[k].n, cases[k].d));
        assert_true(is_at_least(&result.reached, TT_SEARCH_REACH, 100));
        assert_true(is_at_most(&result.reached, 1, 1));
        if (!is_at_least(&q->worst_case_error, cases[k].worst_n, cases[k].worst_d))
            fail_msg("%s, T = %zu, limit %lu/%lu, seed %lu: worst-case Error %.9f", cases[k].bound, cases[k].horizon,
                     cases[k].n, cases[k].d, (unsigned long)options.seed, tt_real_get_d(&q->worst_case_error));
        tt_search_result_clear(&result);
        tt_search_options_clear(&options);
    }
}

/* Limits of no round size, other bounds and three tokens: always kept, always reached. */
static void limits_are_kept(void **state)
{
    static const struct {
        const char *bound;
        tt_search_limit limit;
        unsigned long n, d;
    } cases[] = {
        { "linear-one", TT_SEARCH_KL_MAX, 1, 7 },         { "sequence-kl", TT_SEARCH_KL_MAX, 123456789, 1000000000 },
        { "mixed-tv", TT_SEARCH_TV_MAX, 271828, 1000000 }, { "second-moment", TT_SEARCH_TV_MAX, 1, 1000 },
        { "span", TT_SEARCH_TV_MAX, 1, 2 },                { "tv-optimal", TT_SEARCH_TV_MAX, 1, 1 },
        { "reward-k3-lower", TT_SEARCH_KL_MAX, 1, 1000000 }, { "adaptive", TT_SEARCH_KL_MAX, 3, 1 },
        { "classical-kl", TT_SEARCH_KL_MAX, 20, 1 },       { "sequence-kl", TT_SEARCH_KL_MAX, 30, 1 },
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_search_options options;
        tt_search_result result;
        tt_real *value;
        begin(&options, cases[k].bound, 3, 2, 4000);
        limit(&options, cases[k].limit, cases[k].n, cases[k].d);
        search(&result, &options);
        value = cases[k].limit == TT_SEARCH_KL_MAX ? &result.judgement.quantities.kl_max
                                                   : &result.judgement.quantities.tv_max;
        assert_true(is_at_most(value, cases[k].n, cases[k].d));
        assert_true(is_at_least(value, (uint64_t)TT_SEARCH_REACH * cases[k].n, UINT64_C(100) * cases[k].d));
        tt_search_result_clear(&result);
        tt_search_options_clear(&options);
    }
}

/* Doubles do not get there: nothing is handed out, and how far they got is certified. */
static void a_limit_out_of_reach_is_said(void **state)
{
    tt_search_options options;
    tt_search_result result;
    tt_error error;
    (void)state;
    begin(&options, "tv-optimal", 2, 2, 2000);
    limit(&options, TT_SEARCH_KL_MAX, 1000, 1);
    assert_int_equal(tt_search(&result, &options, &error), TT_OK);
    assert_null(result.instance);
    assert_true(is_at_least(&result.reached, 30, 1000));
    assert_true(is_at_most(&result.reached, 40, 1000));
    tt_search_result_clear(&result);
    tt_search_options_clear(&options);
}

/* No bound of the catalogue is exceeded, and where a bound applies something is found. */
static void no_bound_is_exceeded(void **state)
{
    (void)state;
    for (size_t b = 0; b < tt_bound_count(); b++) {
        tt_search_options options;
        tt_search_result result;
        begin(&options, tt_bound_at(b)->id, 2, 3, 3000);
        search(&result, &options);
        assert_true(is_at_most(&result.tightness, 1, 1));
        assert_false(result.judgement.evaluation.violated);
        assert_int_equal(result.judgement.evaluation.bounds[b].verdict, TT_HOLDS);
        tt_search_result_clear(&result);
        tt_search_options_clear(&options);
    }
}

/* ---- two routes ---- */

/* The rows of a random instance's contexts, as the search has them. */
static tt_search_row *rows_of(const tt_instance *instance, const tt_search_shape *shape)
{
    size_t size = shape->classes * shape->vocab;
    double *mu = malloc(2 * size * sizeof *mu);
    tt_search_row *rows = malloc(shape->classes * sizeof *rows);
    bool found;
    assert_non_null(mu);
    assert_non_null(rows);
    assert_int_equal(tt_search_instance_rows(&found, mu, mu + size, instance, shape), TT_OK);
    assert_true(found);
    for (size_t k = 0; k < shape->classes; k++) {
        for (size_t v = 0; v < shape->vocab; v++) {
            rows[k].mu[v] = mu[k * shape->vocab + v];
            rows[k].move[v] = mu[size + k * shape->vocab + v] - rows[k].mu[v];
        }
        tt_search_row_measure(&rows[k], shape->vocab);
    }
    free(mu);
    return rows;
}

/* The tightness by the naive route: every quantity from its definition. */
static double naive_tightness(const tt_quantities *q, const tt_bound *bound)
{
    const char *parameter = NULL;
    tt_real value;
    double out = 0, v;
    if (bound->applies && bound->applies(q, NAIVE_PRECISION) != TT_HOLDS)
        return 0;
    tt_real_init(&value);
    bound->value(&value, q, NAIVE_PRECISION, &parameter);
    v = tt_real_get_d(&value);
    if (!tt_real_is_absent(&value) && !tt_real_is_infinite(&value) && v > 0)
        out = tt_real_get_d(bound->kind == TT_REWARD_FREE ? &q->worst_case_error : &q->error) / v;
    tt_real_clear(&value);
    return bound->kind == TT_LOWER ? -out : bound->kind == TT_REWARD_AWARE ? fabs(out) : out;
}

/* The rewards of the instance; false where one is neither 0 nor 1. */
static bool rewards_of(unsigned char *reward, const tt_instance *instance, const tt_search_shape *shape)
{
    tt_row_source source;
    bool whole = true;
    mpq_t value;
    mpq_init(value);
    tt_instance_source(&source, instance);
    for (size_t y = shape->contexts; y < shape->nodes; y++) {
        size_t tokens[TT_SEARCH_HORIZON_MAX], depth = 0;
        uint64_t node = source.root(source.self, 0);
        for (size_t at = y; at > 0; at = (at - 1) / shape->vocab)
            tokens[depth++] = (at - 1) % shape->vocab;
        for (size_t d = 0; d < depth; d++)
            node = source.child(source.self, node, d, tokens[depth - 1 - d]);
        source.reward(source.self, node, value);
        whole = whole && mpz_cmp_ui(mpq_denref(value), 1) == 0;
        reward[y - shape->contexts] = mpq_sgn(value) > 0;
    }
    mpq_clear(value);
    return whole;
}

/* Whether doubles hold the rows: no probability is so small that pi - mu does not know it. */
static bool are_plain(const tt_search_row *rows, const tt_search_shape *shape)
{
    for (size_t k = 0; k < shape->classes; k++)
        for (size_t v = 0; v < shape->vocab; v++)
            if ((rows[k].mu[v] > 0 && rows[k].mu[v] < 1e-6) || (rows[k].pi[v] > 0 && rows[k].pi[v] < 1e-6) ||
                (rows[k].move[v] != 0 && fabs(rows[k].move[v]) < 1e-7))
                return false;
    return true;
}

static void doubles_agree_with_the_definitions(void **state)
{
    uint64_t seed = test_seed(1), compared = 0;
    (void)state;
    for (uint64_t k = 0; k < 120 * test_effort(); k++, seed++) {
        random_shape kind;
        tt_instance *instance = random_instance(seed, 32, &kind);
        tt_row_source source;
        tt_quantities q;
        tt_search_shape shape;
        tt_search_row *rows;
        unsigned char reward[64];
        bool whole;
        /* of policies that are nearly the same, doubles have no difference */
        if (strstr(kind.corner, "near") || kind.prompts != 1 || kind.vocab < 2 || kind.vocab > 4 || kind.horizon < 2 ||
            kind.horizon > 5) {
            tt_instance_free(instance);
            continue;
        }
        assert_int_equal(tt_search_shape_init(&shape, TT_TIE_NONE, kind.vocab, kind.horizon), TT_OK);
        rows = rows_of(instance, &shape);
        whole = rewards_of(reward, instance, &shape);
        tt_instance_source(&source, instance);
        tt_quantities_init(&q);
        naive_measure(&q, &source);
        for (size_t b = 0; b < tt_bound_count() && are_plain(rows, &shape); b++) {
            tt_search_options options;
            tt_search_meter *meter;
            double is, must;
            begin(&options, tt_bound_at(b)->id, kind.vocab, kind.horizon, 1);
            if (options.bound->kind != TT_REWARD_FREE && !whole) {
                tt_search_options_clear(&options);
                continue;
            }
            assert_int_equal(tt_search_meter_new(&meter, &options), TT_OK);
            is = tt_search_tightness_of(meter, &shape, rows, reward);
            must = naive_tightness(&q, options.bound);
            if (fabs(is - must) > 1e-6 * fabs(must) + 1e-14)
                fail_msg("%s, seed %lu (%s): %.15g in doubles, %.15g by the definitions", options.bound->id,
                         (unsigned long)seed, kind.corner, is, must);
            compared += must > 0;
            tt_search_meter_free(meter);
            tt_search_options_clear(&options);
        }
        tt_quantities_clear(&q);
        free(rows);
        tt_search_shape_clear(&shape);
        tt_instance_free(instance);
    }
    if (compared < 200)
        fail_msg("only %lu numbers were compared", (unsigned long)compared);
}

/* What is certified follows from the instance by another engine as well. */
static void the_certificate_stands(void **state)
{
    static const char *const bounds[] = { "tilted", "mixed-kl", "span", "reward-k3-lower", "reward-k3-upper",
                                          "own-unified" };
    (void)state;
    for (size_t k = 0; k < sizeof bounds / sizeof *bounds; k++) {
        tt_search_options options;
        tt_search_result result;
        tt_row_source source;
        tt_quantities q;
        begin(&options, bounds[k], 2, 3, 3000);
        search(&result, &options);
        tt_instance_source(&source, result.instance);
        tt_quantities_init(&q);
        naive_measure(&q, &source);
        assert_true(fabs(naive_tightness(&q, options.bound) - tt_real_get_d(&result.tightness)) < 1e-12);
        tt_quantities_clear(&q);
        tt_search_result_clear(&result);
        tt_search_options_clear(&options);
    }
}

/* ---- pieces ---- */

static void rows_keep_their_caps(void **state)
{
    random_stream stream = { test_seed(1) };
    (void)state;
    for (size_t k = 0; k < 3000 * test_effort(); k++) {
        tt_search_shape shape;
        tt_search_row row;
        size_t vocab = 2 + random_below(&stream, 3);
        tt_cap cap = (tt_cap)(1 + random_below(&stream, TT_CAPS - 1));
        double value = pow(10, -6 + 6 * (double)random_below(&stream, 1000) / 1000), x[6], got, sum = 0;
        tt_search_frame frame = { .shape = &shape, .cap = cap, .fixed = value };
        double tilt = pow(10, -3 + (double)random_below(&stream, 5));
        assert_int_equal(tt_search_shape_init(&shape, TT_TIE_ALL, vocab, 2), TT_OK);
        for (size_t j = 0; j < 2 * (vocab - 1); j++)
            x[j] = (j < vocab - 1 ? 6 : tilt) * ((double)random_below(&stream, 2001) / 1000 - 1);
        tt_search_row_at(&row, &frame, x, 0);
        tt_search_row_measure(&row, vocab);
        got = tt_search_divergence(cap, row.mu, row.move, vocab);
        for (size_t v = 0; v < vocab; v++) {
            assert_true(row.pi[v] >= 0 && row.mu[v] > 0);
            sum += row.pi[v];
        }
        assert_true(fabs(sum - 1) < 1e-12);
        if (!(got <= value * (1 + 1e-9)))
            fail_msg("cap %d: %.12g, not at most %.12g", (int)cap, got, value);
        /* far away in the same direction the cap is reached */
        if (value < 0.01 && tilt >= 1 && tt_search_scale(cap, row.mu, row.move, vocab, value, 1) < 1 - 1e-9)
            fail_msg("cap %d: stays away from %.12g", (int)cap, value);
        tt_search_shape_clear(&shape);
    }
}

static void coordinates_go_back_and_forth(void **state)
{
    random_stream stream = { test_seed(1) };
    (void)state;
    for (size_t k = 0; k < 1000; k++) {
        tt_search_shape shape;
        tt_search_row row, again;
        size_t vocab = 2 + random_below(&stream, 3);
        tt_search_frame frame = { .shape = &shape };
        double x[6], y[6];
        assert_int_equal(tt_search_shape_init(&shape, TT_TIE_ALL, vocab, 2), TT_OK);
        for (size_t j = 0; j < 2 * (vocab - 1); j++)
            x[j] = (double)random_below(&stream, 10001) / 1000 - 5;
        tt_search_row_at(&row, &frame, x, 0);
        tt_search_row_measure(&row, vocab);
        tt_search_coordinates(y, &frame, 0, row.mu, row.pi);
        tt_search_row_at(&again, &frame, y, 0);
        for (size_t v = 0; v < vocab; v++) {
            assert_true(fabs(row.mu[v] - again.mu[v]) < 1e-12);
            assert_true(fabs(row.move[v] - again.move[v]) < 1e-12);
        }
        tt_search_shape_clear(&shape);
    }
}

/* Classes of V = 2, T = 3: 1, 3, 6, 7; of V = 3, T = 4: 1, 4, 20, 40. */
static void ties_have_their_classes(void **state)
{
    static const size_t must[][2 + TT_TIES] = { { 2, 3, 1, 3, 6, 7 }, { 3, 4, 1, 4, 20, 40 } };
    (void)state;
    for (size_t k = 0; k < sizeof must / sizeof *must; k++)
        for (size_t tie = 0; tie < TT_TIES; tie++) {
            tt_search_shape shape;
            assert_int_equal(tt_search_shape_init(&shape, (tt_tie)tie, must[k][0], must[k][1]), TT_OK);
            assert_int_equal(shape.classes, must[k][2 + tie]);
            tt_search_shape_clear(&shape);
        }
}

/* ---- runs ---- */

static bool go_on(void *context, double best, uint64_t evaluations, double done)
{
    size_t *calls = context;
    assert_true(best >= 0 && best <= 1 + 1e-9);
    assert_true(evaluations > 0 && done >= 0);
    ++*calls;
    return true;
}

static void same_options_same_instance(void **state)
{
    char *first = NULL;
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        tt_search_options options;
        tt_search_result result;
        size_t calls = 0;
        char *text;
        begin(&options, "tilted", 2, 4, 4000);
        options.progress = k == 1 ? go_on : NULL;
        options.progress_context = &calls;
        search(&result, &options);
        assert_int_equal(result.evaluations, options.evaluations);
        assert_true((calls > 0) == (k == 1));
        text = instance_text(result.instance);
        if (first)
            assert_string_equal(text, first);
        else
            first = strdup(text);
        free(text);
        tt_search_result_clear(&result);
        tt_search_options_clear(&options);
    }
    free(first);
}

static bool stop_at_once(void *context, double best, uint64_t evaluations, double done)
{
    (void)context;
    (void)best;
    (void)evaluations;
    (void)done;
    return false;
}

static void a_stop_is_a_result(void **state)
{
    tt_search_options options;
    tt_search_result result;
    (void)state;
    begin(&options, "tv-optimal", 2, 3, 1000000);
    options.progress = stop_at_once;
    search(&result, &options);
    assert_true(result.stopped);
    assert_true(result.evaluations < 1000);
    assert_true(is_at_least(&result.tightness, 99, 100)); /* the families are looked at first */
    tt_search_result_clear(&result);
    tt_search_options_clear(&options);
}

static void time_is_a_budget(void **state)
{
    tt_search_options options;
    tt_search_result result;
    (void)state;
    begin(&options, "tilted", 2, 5, 1);
    options.evaluations = UINT64_MAX;
    options.seconds = 0.2;
    search(&result, &options);
    assert_false(result.stopped);
    assert_true(is_at_least(&result.tightness, 9, 10));
    tt_search_result_clear(&result);
    tt_search_options_clear(&options);
}

/* A point that is known is not lost, whatever the budget. */
static void a_known_point_is_kept(void **state)
{
    tt_search_options options;
    tt_search_result first, second;
    (void)state;
    begin(&options, "tilted-kl", 2, 3, 30000);
    limit(&options, TT_SEARCH_KL_MAX, 1, 10);
    search(&first, &options);
    options.known = first.instance;
    options.evaluations = 200;
    search(&second, &options);
    assert_true(tt_real_get_d(&second.tightness) >= tt_real_get_d(&first.tightness) * (1 - 1e-5));
    assert_string_equal(second.start, "known");
    tt_search_result_clear(&second);
    tt_search_result_clear(&first);
    tt_search_options_clear(&options);
}

static void bad_options_are_refused(void **state)
{
    static const struct {
        size_t vocab, horizon;
        tt_search_limit limit;
        unsigned long n, d;
        const char *where;
    } cases[] = {
        { 1, 3, TT_SEARCH_UNLIMITED, 1, 1, "--vocab" },     { 9, 2, TT_SEARCH_UNLIMITED, 1, 1, "--vocab" },
        { 2, 1, TT_SEARCH_UNLIMITED, 1, 1, "--horizon" },   { 2, 13, TT_SEARCH_UNLIMITED, 1, 1, "--horizon" },
        { 8, 5, TT_SEARCH_UNLIMITED, 1, 1, "--horizon" },   { 2, 2, TT_SEARCH_KL_MAX, 0, 1, "--kl-max" },
        { 2, 2, TT_SEARCH_TV_MAX, 0, 1, "--tv-max" },       { 2, 2, TT_SEARCH_TV_MAX, 3, 2, "--tv-max" },
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_search_options options;
        tt_search_result result;
        tt_error error;
        begin(&options, "linear", cases[k].vocab, cases[k].horizon, 10);
        limit(&options, cases[k].limit, cases[k].n, cases[k].d);
        assert_int_equal(tt_search(&result, &options, &error), TT_BAD_INPUT);
        assert_string_equal(error.where, cases[k].where);
        tt_search_result_clear(&result);
        tt_search_options_clear(&options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_optima_are_found),
        cmocka_unit_test(known_optima_at_a_limit_are_found),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(a_limit_out_of_reach_is_said),
        cmocka_unit_test(no_bound_is_exceeded),
        cmocka_unit_test(doubles_agree_with_the_definitions),
        cmocka_unit_test(the_certificate_stands),
        cmocka_unit_test(rows_keep_their_caps),
        cmocka_unit_test(coordinates_go_back_and_forth),
        cmocka_unit_test(ties_have_their_classes),
        cmocka_unit_test(same_options_same_instance),
        cmocka_unit_test(a_stop_is_a_result),
        cmocka_unit_test(time_is_a_budget),
        cmocka_unit_test(a_known_point_is_kept),
        cmocka_unit_test(bad_options_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The kernel of TT_FIELDS_MAIN, in both of its ways to hold sums, against the naive route on small instances and against
   the general route on larger ones. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/measure/tree.h"
#include "../../lib/world/instance_json.h"
#include "../../lib/world/recipe.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 900
#define RESPONSES 81
#define LARGE_CASES 20
#define LARGE_RESPONSES 4096
#define PRECISION 128
#define LOW_PRECISION 88

/* ---- comparison ---------------------------------------------------------------- */

static size_t differs(const char *label, const char *what, size_t t)
{
    fprintf(stderr, "%s: %s[%zu] differs\n", label, what, t);
    return 1;
}

/* x at some precision. */
static bool same_number(const tt_real *x, const tt_real *y, mpfr_prec_t precision)
{
    if (tt_real_is_exact(x) || tt_real_is_exact(y) || tt_real_is_infinite(x) || tt_real_is_infinite(y))
        return tt_real_cmp(x, y) == TT_EQUAL;
    return tt_real_cmp(x, y) == TT_UNKNOWN && tt_real_width_log2(x) <= 32 - (long)precision;
}

static bool same_text(const char *a, const char *b)
{
    return (!a && !b) || (a && b && strcmp(a, b) == 0);
}

/* places: naive.h does not say where maxima are when there are several. */
static size_t compare_main(const tt_quantities *x, const tt_quantities *y, mpfr_prec_t precision, bool places,
                           const char *label)
{
    const struct {
        const char *name;
        const tt_real *x, *y;
    } fields[] = {
        { "j_rollout", &x->j_rollout, &y->j_rollout },
        { "j_target", &x->j_target, &y->j_target },
        { "improvement", &x->improvement, &y->improvement },
        { "surrogate", &x->surrogate, &y->surrogate },
        { "error", &x->error, &y->error },
        { "worst_case_error", &x->worst_case_error, &y->worst_case_error },
        { "tv_max", &x->tv_max, &y->tv_max },
        { "kl_max", &x->kl_max, &y->kl_max },
        { "kl_seq", &x->kl_seq, &y->kl_seq },
    };
    size_t wrong = 0;
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++)
        wrong += same_number(fields[k].x, fields[k].y, precision) ? 0 : differs(label, fields[k].name, 0);
    for (size_t t = 0; t < x->horizon; t++) {
        if (!same_number(tt_series_at(&x->context_tv, t), tt_series_at(&y->context_tv, t), precision))
            wrong += differs(label, "context_tv", t);
        if (!same_number(tt_series_at(&x->expected_tv, t), tt_series_at(&y->expected_tv, t), precision))
            wrong += differs(label, "expected_tv", t);
    }
    wrong += x->dominated == y->dominated ? 0 : differs(label, "dominated", 0);
    if (places) {
        wrong += same_text(x->tv_max_at, y->tv_max_at) ? 0 : differs(label, "tv_max_at", 0);
        wrong += same_text(x->kl_max_at, y->kl_max_at) ? 0 : differs(label, "kl_max_at", 0);
    }
    return wrong;
}

static void measure(tt_quantities *q, const tt_row_source *source, tt_fields fields, mpfr_prec_t precision,
                    unsigned threads)
{
    tt_measure_options options;
    tt_error error;
    tt_measure_options_init(&options);
    options.fields = fields;
    options.precision = precision;
    options.threads = threads;
    options.max_nodes = UINT64_MAX - 1;
    tt_quantities_init(q);
    if (tt_tree_measure(q, source, &options, &error) != TT_OK)
        fail_msg("%s", error.what);
}

/* A source in the two ways of the kernel, and without it. */
static size_t kernels(tt_row_source *out, const tt_row_source *source)
{
    size_t n = 0;
    if (source->small_rows && source->row_total)
        out[n++] = *source;
    if (source->small_rows) {
        out[n] = *source;
        out[n++].row_total = 0;
    }
    return n;
}

static size_t check_at(const tt_row_source *source, const tt_quantities *reference, mpfr_prec_t precision, bool places,
                       const char *label)
{
    tt_row_source way[2];
    size_t n = kernels(way, source), wrong = 0;
    for (size_t k = 0; k < n; k++)
        for (unsigned threads = 1; threads <= 2; threads++) {
            tt_quantities q;
            measure(&q, &way[k], TT_FIELDS_MAIN, precision, threads);
            wrong += compare_main(&q, reference, precision, places, label);
            tt_quantities_clear(&q);
        }
    return wrong;
}

/* The logs of the kernel have two limbs at the lower precision, that of residues, and three at the other. */
static size_t check_against(const tt_row_source *source, const tt_quantities *reference, bool places, const char *label)
{
    return check_at(source, reference, LOW_PRECISION, places, label) + check_at(source, reference, PRECISION, places, label);
}

/* Against the walks of TT_FIELDS_ALL. */
static size_t check_general(const tt_row_source *source, const char *label)
{
    tt_quantities reference;
    tt_row_source general = *source;
    size_t wrong;
    general.small_rows = NULL;
    measure(&reference, &general, TT_FIELDS_MAIN, PRECISION, 1);
    wrong = check_against(source, &reference, true, label);
    tt_quantities_clear(&reference);
    return wrong;
}

/* ---- generated instances ------------------------------------------------------------ */

static void test_small(void **state)
{
    uint64_t seed = test_seed(1), cases = CASES * test_effort();
    size_t with_kernel = 0;
    (void)state;
    for (uint64_t k = 0; k < cases; k++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape);
        tt_row_source source, way[2];
        tt_quantities reference;
        char label[80];
        size_t wrong;
        snprintf(label, sizeof label, "seed %" PRIu64 " (%s)", seed + k, shape.corner);
        tt_instance_source(&source, instance);
        with_kernel += kernels(way, &source);
        tt_quantities_init(&reference);
        naive_measure(&reference, &source);
        wrong = check_against(&source, &reference, false, label) + check_general(&source, label);
        if (wrong)
            report_instance(instance, "test_tree_main", seed + k);
        assert_int_equal(wrong, 0);
        tt_quantities_clear(&reference);
        tt_instance_free(instance);
    }
    assert_true(with_kernel > cases);
}

static void test_larger(void **state)
{
    uint64_t seed = test_seed(100001), cases = LARGE_CASES * test_effort();
    (void)state;
    for (uint64_t k = 0; k < cases; k++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed + k, LARGE_RESPONSES, &shape);
        tt_row_source source;
        char label[80];
        snprintf(label, sizeof label, "seed %" PRIu64 " (%s)", seed + k, shape.corner);
        tt_instance_source(&source, instance);
        assert_int_equal(check_general(&source, label), 0);
        tt_instance_free(instance);
    }
}

/* ---- recipes: every regime, the cut into parts, many steps above lists and products ------ */

static void test_recipes(void **state)
{
    static const char *const texts[] = {
        "2,1,7,dyadic",         "2,1,7,generic",         "5,1,7,generic,coarse", "16,1,3,dyadic",        "1,9,3,dyadic",
        "2,5,1,generic",        "2,8,2,generic,near",    "2,8,2,dyadic,near",    "3,5,3,generic,coarse", "4,4,4,generic",
        "8,3,5,generic",        "8,3,5,dyadic",          "16,2,6,generic",       "2,10,7,generic,coarse", "2,11,8,generic",
        "2,13,9,generic,coarse", "2,13,10,dyadic",       "2,13,11,generic,near", "3,9,12,dyadic,near",   "3,8,13,generic",
        "8,5,14,generic,coarse", "8,5,14,dyadic",        "16,4,15,generic",       "4,7,16,dyadic",        "3,8,17,dyadic,near",
    };
    (void)state;
    for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
        tt_recipe recipe;
        tt_row_source source;
        tt_error error;
        assert_int_equal(tt_recipe_init(&recipe, texts[k], &error), TT_OK);
        tt_recipe_source(&source, &recipe);
        assert_int_equal(check_general(&source, texts[k]), 0);
        tt_recipe_clear(&recipe);
    }
}

/* ---- written instances ------------------------------------------------------------------ */

static void check_text(const char *label, const char *text, bool has_kernel)
{
    tt_instance *instance;
    tt_row_source source, way[2];
    tt_error error;
    if (tt_instance_read_text(&instance, text, strlen(text), &error) != TT_OK)
        fail_msg("%s: %s %s", label, error.where, error.what);
    tt_instance_source(&source, instance);
    assert_int_equal(kernels(way, &source) > 0, has_kernel);
    assert_int_equal(check_general(&source, label), 0);
    tt_instance_free(instance);
}

#define TREE "{\"format\":\"trustree-instance-1\","

/* Totals and rewards at the limit of small integers, and past it. */
static void test_limits(void **state)
{
    (void)state;
    check_text("total 2^31 - 1", TREE "\"vocab\":2,\"horizon\":3,\"prompts\":[\"1\"],"
               "\"rollout\":{\"default\":[\"1/2147483647\",\"2147483646/2147483647\"]},"
               "\"target\":{\"default\":[\"2147483645/2147483647\",\"2/2147483647\"]},"
               "\"reward\":{\"default\":\"1/2147483647\"}}", true);
    check_text("total 2^31", TREE "\"vocab\":2,\"horizon\":3,\"prompts\":[\"1\"],"
               "\"rollout\":{\"default\":[\"1/2147483648\",\"2147483647/2147483648\"]},"
               "\"target\":{\"default\":[\"1/2\",\"1/2\"]},\"reward\":{\"default\":\"1\"}}", false);
    check_text("rewards without a small denominator", TREE "\"vocab\":2,\"horizon\":1,\"prompts\":[\"1\"],"
               "\"rollout\":{\"default\":[\"1/2\",\"1/2\"]},\"target\":{\"default\":[\"1/3\",\"2/3\"]},"
               "\"reward\":{\"trajectories\":{\"0:0\":\"1/2147483647\",\"0:1\":\"1/2147483646\"}}}", false);
    check_text("totals without a small multiple", TREE "\"vocab\":2,\"horizon\":4,\"prompts\":[\"1/3\",\"2/3\"],"
               "\"rollout\":{\"default\":[\"1/2147483647\",\"2147483646/2147483647\"]},"
               "\"target\":{\"default\":[\"1/2147483646\",\"2147483645/2147483646\"]},\"reward\":{\"default\":\"1/7\"}}", true);
}

/* More tokens than are loaded at once; token 0 leads to one state, the others to another one. */
static void test_many_tokens(void **state)
{
    enum { V = 40 };
    char text[8000];
    size_t n = (size_t)snprintf(text, sizeof text, TREE "\"vocab\":%d,\"horizon\":3,\"prompts\":[{\"probability\":\"1\","
                                "\"state\":\"0\"}],\"reward\":{\"states\":{\"0\":\"1/3\",\"1\":\"1/2\"}},\"states\":{", V);
    (void)state;
    for (int s = 0; s < 2; s++) {
        static const char *const names[] = { "rollout", "target" };
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%d\":{", s ? "," : "", s);
        for (int policy = 0; policy < 2; policy++) {
            int total = V * (V + 1) / 2 + (2 * s + policy) * V;
            n += (size_t)snprintf(text + n, sizeof text - n, "\"%s\":[", names[policy]);
            for (int v = 0; v < V; v++)
                n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%d/%d\"", v ? "," : "",
                                      (policy ? V - v : v + 1) + 2 * s + policy, total);
            n += (size_t)snprintf(text + n, sizeof text - n, "],");
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "\"next\":[");
        for (int v = 0; v < V; v++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%d\"", v ? "," : "", v % 3 != s);
        n += (size_t)snprintf(text + n, sizeof text - n, "]}");
    }
    (void)snprintf(text + n, sizeof text - n, "}}");
    check_text("many tokens", text, true);
}

/* e = 0 with a, b and s all different from each other's, and ties of b - a: p = (1/4, 3/4) after r = (1/2, 1/2) and back. */
static void test_ties(void **state)
{
    (void)state;
    check_text("balanced", TREE "\"vocab\":2,\"horizon\":2,\"prompts\":[\"1/2\",\"0\",\"1/2\"],"
               "\"rollout\":{\"default\":[\"1/2\",\"1/2\"],\"contexts\":{\"0:0\":[\"1/4\",\"3/4\"],\"0:1\":[\"3/4\",\"1/4\"]}},"
               "\"target\":{\"default\":[\"1/4\",\"3/4\"],\"contexts\":{\"0:0\":[\"1/2\",\"1/2\"],\"0:1\":[\"1/2\",\"1/2\"]}},"
               "\"reward\":{\"default\":\"1/3\"}}", true);
    check_text("equal policies", TREE "\"vocab\":3,\"horizon\":4,\"prompts\":[\"1\"],"
               "\"rollout\":{\"default\":[\"1/2\",\"1/3\",\"1/6\"]},\"reward\":{\"default\":\"1/3\"}}", true);
    check_text("no common support", TREE "\"vocab\":3,\"horizon\":3,\"prompts\":[\"1\"],"
               "\"rollout\":{\"default\":[\"1/2\",\"1/2\",\"0\"]},\"target\":{\"default\":[\"0\",\"0\",\"1\"]},"
               "\"reward\":{\"default\":\"1\"}}", true);
}

/* Ties that rounded products miss: both policies have the same rows in another order along the way, so that a = b on
   paths of one token; and with p = r for one token of three, e = (p1 - r1) (p2 - r2) = 0 after it. */
static void test_rounded_ties(void **state)
{
    static const char *const orders[] = { "0123", "1230", "2301", "3120", "1032" };
    static const unsigned totals[][4] = { { 3, 7, 11, 13 }, { 10, 49, 6, 1009 }, { 65521, 97, 30, 23 } };
    (void)state;
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        for (size_t k = 0; k < sizeof orders / sizeof *orders; k++) {
            char text[2000];
            int n = snprintf(text, sizeof text, TREE "\"vocab\":2,\"horizon\":4,\"prompts\":[{\"probability\":\"1\","
                             "\"state\":\"0\"}],\"reward\":{\"default\":\"1/3\"},\"states\":{");
            for (int d = 0; d < 4; d++) {
                unsigned r = totals[i][d], p = totals[i][orders[k][d] - '0'];
                n += snprintf(text + n, sizeof text - (size_t)n, "%s\"%d\":{\"rollout\":[\"2/%u\",\"%u/%u\"],"
                              "\"target\":[\"2/%u\",\"%u/%u\"],\"next\":[\"%d\",\"%d\"]}", d ? "," : "", d, r, r - 2, r,
                              p, p - 2, p, (d + 1) % 4, (d + 1) % 4);
            }
            snprintf(text + n, sizeof text - (size_t)n, "}}");
            check_text(orders[k], text, true);
        }
    for (unsigned n = 5; n < 60; n++) {
        char text[1000];
        snprintf(text, sizeof text, TREE "\"vocab\":3,\"horizon\":2,\"prompts\":[\"1\"],\"reward\":{\"default\":\"1/3\"},"
                 "\"rollout\":{\"default\":[\"1/%u\",\"1/3\",\"%u/%u\"]},\"target\":{\"default\":[\"1/%u\",\"1/4\",\"%u/%u\"]}}",
                 n, 2 * n - 3, 3 * n, n, 3 * n - 4, 4 * n);
        check_text("p = r for one token", text, true);
    }
}

/* Subtrees that the kernel takes at once, in trees that are large enough for a table of all logs: totals with and without
   one, weights of 0 that stop it, ties of b - a along the way (rows in the other order, and equal rows). */
static void test_blocks(void **state)
{
    static const unsigned totals[] = { 30, 64, 65521, 131071, 131072, 2000003 };
    (void)state;
    for (size_t k = 0; k < sizeof totals / sizeof *totals; k++)
        for (unsigned low = 0; low <= 7; low += 7) {
            char text[1000], label[40];
            unsigned n = totals[k];
            (void)snprintf(text, sizeof text, TREE "\"vocab\":2,\"horizon\":11,\"prompts\":[{\"probability\":\"1\","
                           "\"state\":\"a\"}],\"reward\":{\"states\":{\"a\":\"1/3\",\"b\":\"1\",\"c\":\"0\"}},\"states\":{"
                           "\"a\":{\"rollout\":[\"7/%u\",\"%u/%u\"],\"target\":[\"%u/%u\",\"11/%u\"],\"next\":[\"b\",\"a\"]},"
                           "\"b\":{\"rollout\":[\"%u/%u\",\"11/%u\"],\"target\":[\"7/%u\",\"%u/%u\"],\"next\":[\"a\",\"c\"]},"
                           "\"c\":{\"rollout\":[\"%u/%u\",\"%u/%u\"],\"next\":[\"b\",\"c\"]}}}",
                           n, n - 7, n, n - 11, n, n, n - 11, n, n, n, n - 7, n, low, n, n - low, n);
            (void)snprintf(label, sizeof label, "total %u, weight %u", n, low);
            check_text(label, text, true);
        }
}

/* Masses of both policies that differ by one part in 10^18, which no double tells from none: Fibonacci numbers have
   F(43) F(45) = F(44)^2 + 1. After that both take the same row. */
static void test_near_ties(void **state)
{
    static const char *const rows[2] = { "[\"701408733/2147483647\",\"1446074914/2147483647\"]",
                                         "[\"%s/2147483647\",\"%s/2147483647\"]" };
    static const char *const fibonacci[2][2] = { { "1134903170", "1012580477" }, { "433494437", "1713989210" } };
    (void)state;
    for (int swapped = 0; swapped < 2; swapped++) {
        char text[1000], row[2][100];
        for (int k = 0; k < 2; k++)
            (void)snprintf(row[k], sizeof row[k], rows[1], fibonacci[k][0], fibonacci[k][1]);
        (void)snprintf(text, sizeof text, TREE "\"vocab\":2,\"horizon\":5,\"prompts\":[{\"probability\":\"1\","
                       "\"state\":\"a\"}],\"reward\":{\"default\":\"1/3\"},\"states\":{"
                       "\"a\":{\"rollout\":%s,\"target\":%s,\"next\":[\"b\",\"b\"]},"
                       "\"b\":{\"rollout\":%s,\"target\":%s,\"next\":[\"c\",\"c\"]},"
                       "\"c\":{\"rollout\":%s,\"next\":[\"c\",\"c\"]}}}",
                       swapped ? row[0] : rows[0], swapped ? rows[0] : row[0],
                       swapped ? row[1] : rows[0], swapped ? rows[0] : row[1], row[0]);
        check_text(swapped ? "near ties, swapped" : "near ties", text, true);
    }
}

/* Masses that leave the normal doubles in the last levels, where rows of both policies are nearly the same in another
   order: a chain of tokens of probability 1/(2^31-1) leads there, whose other token ends all choice but at the last two. */
static void test_faint_near_ties(void **state)
{
    enum { CHAIN = 34, ENDS = 32 };
    char text[9000];
    int n = snprintf(text, sizeof text, TREE "\"vocab\":2,\"horizon\":40,\"prompts\":[{\"probability\":\"1\",\"state\":\"0\"}],"
                     "\"reward\":{\"default\":\"1/3\"},\"states\":{\"end\":{\"rollout\":[\"1\",\"0\"],\"next\":[\"end\",\"end\"]}");
    (void)state;
    for (int k = 0; k < CHAIN; k++) {
        char next[12];
        (void)snprintf(next, sizeof next, "%d", k + 1);
        n += snprintf(text + n, sizeof text - (size_t)n, ",\"%d\":{\"rollout\":[\"1/2147483647\",\"2147483646/2147483647\"],"
                      "\"next\":[\"%s\",\"%s\"]}", k, next, k < ENDS ? "end" : next);
    }
    (void)snprintf(text + n, sizeof text - (size_t)n,
                   ",\"%d\":{\"rollout\":[\"1000000000/2147483647\",\"1147483647/2147483647\"],"
                   "\"target\":[\"1000100000/2147483647\",\"1147383647/2147483647\"],\"next\":[\"x\",\"x\"]},"
                   "\"x\":{\"rollout\":[\"1000100200/2147483647\",\"1147383447/2147483647\"],"
                   "\"target\":[\"1000000000/2147483647\",\"1147483647/2147483647\"],\"next\":[\"%d\",\"%d\"]}}}",
                   CHAIN, CHAIN, CHAIN);
    check_text("faint near ties", text, true);
}

/* Masses below any double: a token of probability 1/(2^31-1) may be taken 40 times in a row; the other one ends all
   choice, so that few contexts are live. With both policies the same the ties are decided by integers. */
static void test_faint(void **state)
{
    static const char text[] =
        TREE "\"vocab\":2,\"horizon\":40,\"prompts\":[{\"probability\":\"1\",\"state\":\"walk\"}],"
        "\"states\":{\"walk\":{\"rollout\":[\"1/2147483647\",\"2147483646/2147483647\"],"
        "\"target\":[\"%s/2147483647\",\"%s/2147483647\"],\"next\":[\"walk\",\"end\"]},"
        "\"end\":{\"rollout\":[\"1\",\"0\"],\"next\":[\"end\",\"end\"]}},"
        "\"reward\":{\"states\":{\"walk\":\"1\",\"end\":\"1/2\"}}}";
    static const char *const weights[][2] = { { "1", "2147483646" }, { "2", "2147483645" }, { "2147483646", "1" } };
    (void)state;
    for (size_t k = 0; k < sizeof weights / sizeof *weights; k++) {
        char filled[sizeof text + 40];
        snprintf(filled, sizeof filled, text, weights[k][0], weights[k][1]);
        check_text(weights[k][0], filled, true);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small), cmocka_unit_test(test_larger), cmocka_unit_test(test_recipes),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_ties), cmocka_unit_test(test_rounded_ties),
        cmocka_unit_test(test_faint), cmocka_unit_test(test_many_tokens), cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_near_ties), cmocka_unit_test(test_faint_near_ties),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The lattice engine against the tree engine and the naive route on generated machines: bit for bit in exact
   arithmetic, by containment in enclosures and where nodes are pruned; and at horizons that no tree reaches,
   against closed forms. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/measure/lattice.h"
#include "../../lib/measure/lattice_nodes.h"
#include "../../lib/measure/tree.h"
#include "../../lib/number/exact.h"
#include "../compare.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 250
#define RESPONSES_MAX 3000
#define NAIVE_RESPONSES 81
#define STATES_MAX 4
#define VOCAB_MAX 4
#define WIDE (-66) /* 2^-66 < 1e-20 */

static void must(tt_status status, const tt_error *error)
{
    if (status != TT_OK)
        fail_msg("%s %s", error->where, error->what);
}

/* ---- generated machines ----------------------------------------------------------------------- */

typedef enum { SMALL, ZEROS, LONG, RARE, INVERSE, MORE_ZEROS, STYLES } row_style;

static void draw_weight(mpz_t out, row_style style, random_stream *r)
{
    mpz_t low;
    switch (style) {
    case ZEROS:
    case MORE_ZEROS:
        mpz_set_ui(out, random_below(r, 2) ? 0 : 1 + random_below(r, 3));
        break;
    case LONG: /* no common structure, so that shared denominators soon pass the short limit */
        tt_exact_set_u64(out, random_word(r) >> 1);
        mpz_mul_2exp(out, out, 60);
        mpz_init(low);
        tt_exact_set_u64(low, random_word(r) >> 1);
        mpz_add(out, out, low);
        mpz_clear(low);
        break;
    case RARE:
        mpz_set_ui(out, 1);
        if (random_below(r, 2))
            mpz_ui_pow_ui(out, 10, 20);
        break;
    default:
        mpz_set_ui(out, 1 + random_below(r, 5));
    }
}

static void draw_row(mpq_t *row, size_t V, row_style style, random_stream *r)
{
    mpz_t weights[VOCAB_MAX], total;
    mpz_init(total);
    for (size_t v = 0; v < V; v++) {
        mpz_init(weights[v]);
        draw_weight(weights[v], style, r);
        mpz_add(total, total, weights[v]);
    }
    if (mpz_sgn(total) == 0) {
        mpz_set_ui(total, 1);
        mpz_set_ui(weights[random_below(r, V)], 1);
    }
    for (size_t v = 0; v < V; v++) {
        mpz_set(mpq_numref(row[v]), weights[v]);
        mpz_set(mpq_denref(row[v]), total);
        mpq_canonicalize(row[v]);
        mpz_clear(weights[v]);
    }
    mpz_clear(total);
}

/* Target is rollout with its tokens in another order: ratios come in pairs r, 1/r and products are often 1. */
static void rotate(mpq_t *out, const mpq_t *row, size_t V, size_t by)
{
    for (size_t v = 0; v < V; v++)
        mpq_set(out[v], row[(v + by) % V]);
}

static void draw_state(tt_instance *instance, size_t V, size_t S, row_style style, random_stream *r)
{
    mpq_t mu[VOCAB_MAX], pi[VOCAB_MAX];
    size_t next[VOCAB_MAX];
    tt_error error;
    char name[16];
    static unsigned count;
    for (size_t v = 0; v < V; v++) {
        mpq_inits(mu[v], pi[v], NULL);
        next[v] = random_below(r, S);
    }
    if (random_below(r, 3) == 0)
        style = (row_style)random_below(r, STYLES);
    draw_row(mu, V, style, r);
    if (style == INVERSE)
        rotate(pi, (const mpq_t *)mu, V, 1 + random_below(r, V));
    else
        draw_row(pi, V, style, r);
    snprintf(name, sizeof name, "s%u", count++);
    must(tt_instance_add_state(instance, name, (const mpq_t *)mu, random_below(r, 4) ? (const mpq_t *)pi : NULL, next,
                               &error), &error);
    for (size_t v = 0; v < V; v++)
        mpq_clears(mu[v], pi[v], NULL);
}

static tt_instance *draw_machine(uint64_t seed)
{
    random_stream r = { seed };
    size_t V = 1 + random_below(&r, VOCAB_MAX), S = 1 + random_below(&r, STATES_MAX), T = 1, responses = V;
    static const unsigned long shares[4][3] = { { 6, 0, 0 }, { 2, 4, 0 }, { 3, 1, 2 }, { 0, 6, 0 } };
    bool lonely = random_below(&r, 3) == 0; /* of three prompts, two have probability 0 */
    size_t prompts = 1 + random_below(&r, 3), longest = 1 + random_below(&r, 11);
    row_style style = (row_style)random_below(&r, STYLES);
    tt_instance *instance;
    tt_error error;
    mpq_t q;
    while (T < longest && responses * V <= RESPONSES_MAX) {
        responses *= V;
        T++;
    }
    must(tt_instance_new(&instance, TT_FORM_MACHINE, V, T, &error), &error);
    mpq_init(q);
    for (size_t x = 0; x < prompts; x++) {
        mpq_set_ui(q, shares[prompts == 3 && lonely ? 3 : prompts - 1][x], 6);
        mpq_canonicalize(q);
        must(tt_instance_add_prompt(instance, q, random_below(&r, S), &error), &error);
    }
    for (size_t s = 0; s < S; s++)
        draw_state(instance, V, S, style, &r);
    mpq_set_ui(q, random_below(&r, 4), 3);
    mpq_canonicalize(q);
    must(tt_instance_set_reward_default(instance, q, &error), &error);
    for (size_t s = 0; s < S; s++) {
        static const unsigned long rewards[][2] = { { 0, 1 }, { 1, 1 }, { 1, 2 }, { 3, 7 } };
        size_t k = random_below(&r, 6);
        if (k >= 4)
            continue;
        mpq_set_ui(q, rewards[k][0], rewards[k][1]);
        must(tt_instance_set_state_reward(instance, s, q, &error), &error);
    }
    mpq_clear(q);
    must(tt_instance_finish(instance, &error), &error);
    return instance;
}

/* ---- the property ------------------------------------------------------------------------------- */

typedef struct {
    tt_arithmetic arithmetic;
    uint64_t max_nodes;
    compare_slack slack;
    const char *name;
} engine_mode;

static const engine_mode engine_modes[] = {
    { TT_ARITHMETIC_EXACT, TT_MAX_NODES_DEFAULT, COMPARE_EXACT, "exact" },
    { TT_ARITHMETIC_ENCLOSURE, TT_MAX_NODES_DEFAULT, COMPARE_ENCLOSED, "enclosed" },
    { TT_ARITHMETIC_EXACT, 25, COMPARE_PRUNED, "exact, pruned" },
    { TT_ARITHMETIC_ENCLOSURE, 60, COMPARE_PRUNED, "enclosed, pruned" },
    { TT_ARITHMETIC_AUTO, TT_MAX_NODES_DEFAULT, COMPARE_ENCLOSED, "auto" },
};

static size_t check_mode(const tt_instance *instance, const tt_quantities *reference, const engine_mode *m,
                         uint64_t seed)
{
    tt_measure_options options;
    tt_quantities q;
    tt_error error = { TT_OK, "", "" };
    char label[64];
    size_t wrong;
    tt_status status;
    tt_measure_options_init(&options);
    options.arithmetic = m->arithmetic;
    options.max_nodes = m->max_nodes;
    tt_quantities_init(&q);
    status = tt_lattice_measure(&q, instance, &options, NULL, &error);
    if (!(status == TT_LIMIT && m->slack == COMPARE_PRUNED))
        must(status, &error);
    snprintf(label, sizeof label, "seed %" PRIu64 ", %s", seed, m->name);
    wrong = compare_engines(&q, reference, m->slack, label);
    if (m->slack == COMPARE_ENCLOSED) {
        options.precision = 300;
        must(tt_lattice_refine(&q, instance, &options, NULL, &error), &error);
        strcat(label, ", refined");
        wrong += compare_engines(&q, reference, m->slack, label);
    }
    tt_quantities_clear(&q);
    return wrong;
}

static void test_against_tree(void **state)
{
    uint64_t first = test_seed(20000), cases = CASES * test_effort();
    (void)state;
    print_message("seeds %" PRIu64 "..%" PRIu64 "\n", first, first + cases - 1);
    for (uint64_t seed = first; seed < first + cases; seed++) {
        tt_instance *instance = draw_machine(seed);
        tt_row_source source;
        tt_measure_options options;
        tt_quantities reference;
        tt_error error;
        size_t wrong = 0;
        tt_instance_source(&source, instance);
        tt_measure_options_init(&options);
        tt_quantities_init(&reference);
        must(tt_tree_measure(&reference, &source, &options, &error), &error);
        for (size_t k = 0; k < sizeof engine_modes / sizeof *engine_modes; k++)
            wrong += check_mode(instance, &reference, &engine_modes[k], seed);
        tt_quantities_clear(&reference);
        if (tt_row_source_nodes_ui(&source) <= NAIVE_RESPONSES) {
            tt_quantities_init(&reference);
            naive_measure(&reference, &source);
            wrong += check_mode(instance, &reference, &engine_modes[0], seed);
            tt_quantities_clear(&reference);
        }
        if (wrong) {
            report_instance(instance, "lattice", seed);
            fail_msg("seed %" PRIu64 ": %zu fields disagree", seed, wrong);
        }
        tt_instance_free(instance);
    }
}

/* ---- long horizons ---------------------------------------------------------------------------------- */

/* Two states; token 1 leads to the second, which absorbs where `absorbing`. Reward 1 in the second. */
static tt_instance *two_states(size_t T, const char *p, const char *q, bool absorbing)
{
    tt_instance *instance;
    tt_error error;
    mpq_t mu[2], pi[2], one;
    size_t next[2][2] = { { 0, 1 }, { absorbing ? 1 : 0, 1 } };
    static const char *const names[] = { "s", "t" };
    mpq_inits(mu[0], mu[1], pi[0], pi[1], one, NULL);
    mpq_set_ui(one, 1, 1);
    mpq_set_str(mu[1], p, 10);
    mpq_set_str(pi[1], q, 10);
    mpq_canonicalize(mu[1]);
    mpq_canonicalize(pi[1]);
    mpq_sub(mu[0], one, mu[1]);
    mpq_sub(pi[0], one, pi[1]);
    must(tt_instance_new(&instance, TT_FORM_MACHINE, 2, T, &error), &error);
    must(tt_instance_add_prompt(instance, one, 0, &error), &error);
    for (size_t s = 0; s < 2; s++)
        must(tt_instance_add_state(instance, names[s], (const mpq_t *)mu, s && absorbing ? NULL : (const mpq_t *)pi,
                                   next[s], &error), &error);
    mpq_set_ui(mu[0], 0, 1);
    must(tt_instance_set_reward_default(instance, mu[0], &error), &error);
    must(tt_instance_set_state_reward(instance, 1, one, &error), &error);
    must(tt_instance_finish(instance, &error), &error);
    mpq_clears(mu[0], mu[1], pi[0], pi[1], one, NULL);
    return instance;
}

static void measure(tt_quantities *q, tt_lattice_report *report, const tt_instance *instance, tt_arithmetic arithmetic)
{
    tt_measure_options options;
    tt_error error;
    tt_measure_options_init(&options);
    options.arithmetic = arithmetic;
    tt_quantities_init(q);
    tt_lattice_report_init(report);
    must(tt_lattice_measure(q, instance, &options, report, &error), &error);
}

static void assert_contains(const tt_real *x, mpq_srcptr value)
{
    if (x->kind == TT_REAL_EXACT) {
        assert_true(mpq_equal(x->q, value));
        return;
    }
    assert_int_equal(x->kind, TT_REAL_ENCLOSED);
    assert_true(mpfr_cmp_q(&x->i->left, value) <= 0 && mpfr_cmp_q(&x->i->right, value) >= 0);
}

static void assert_narrow(const tt_real *x)
{
    assert_false(tt_real_is_absent(x));
    if (tt_real_width_log2(x) > WIDE)
        fail_msg("2^%ld wide, about %g", tt_real_width_log2(x), tt_real_get_d(x));
}

/* Every field whose value is not 0 is narrower than 1e-20 of it. */
static void assert_all_narrow(const tt_quantities *q)
{
    const tt_real *singles[] = { &q->j_rollout, &q->j_target, &q->improvement, &q->surrogate, &q->surrogate_ratio,
                                 &q->surrogate_response, &q->weighted_reward, &q->weight_sum, &q->error, &q->error_pdi,
                                 &q->error_rollout_side, &q->error_response, &q->error_ratio,
                                 &q->improvement_derivative, &q->surrogate_derivative, &q->mean_weight,
                                 &q->worst_case_error, &q->largest_surrogate, &q->kl_max, &q->kl_max_reverse,
                                 &q->tv_seq, &q->kl_seq, &q->kl_seq_reverse, &q->variance_product, &q->variance_sum,
                                 &q->second_moment, &q->recursive_tv, &q->k3_max, &q->reward_k3, &q->failure_k3 };
    const tt_series *series[] = { &q->expected_tv, &q->expected_kl, &q->expected_kl_reverse, &q->expected_advantage_max,
                                  &q->advantage_span, &q->advantage_rollout, &q->advantage_target, &q->future_tv,
                                  &q->context_tv, &q->context_kl, &q->context_kl_reverse };
    for (size_t k = 0; k < sizeof singles / sizeof *singles; k++)
        assert_narrow(singles[k]);
    for (size_t k = 0; k < TT_THETAS; k++)
        assert_narrow(&q->tilted_moment[k]);
    for (size_t k = 0; k < sizeof series / sizeof *series; k++)
        for (size_t t = 0; t < series[k]->n; t++)
            assert_narrow(tt_series_at(series[k], t));
}

/* INSTANCE.md's example: V after k steps is 1 - 2^-k, g = -1/100 2^(1-k) at s, so that
   L = sum_t 2^(1-t) (-1/100) 2^(t-T) = -T 2^(1-T) / 100. */
static void test_coin_count(void **state)
{
    tt_instance *instance = two_states(4096, "1/2", "49/100", true);
    tt_quantities q;
    tt_lattice_report report;
    mpq_t surrogate;
    (void)state;
    measure(&q, &report, instance, TT_ARITHMETIC_AUTO);
    mpq_init(surrogate);
    mpz_set_si(mpq_numref(surrogate), -4096);
    mpz_set_ui(mpq_denref(surrogate), 100);
    mpz_mul_2exp(mpq_denref(surrogate), mpq_denref(surrogate), 4095);
    mpq_canonicalize(surrogate);
    assert_contains(&q.surrogate, surrogate);
    assert_int_equal(tt_real_cmp_ui(&q.surrogate, 0), TT_LESS);
    assert_all_narrow(&q);
    assert_int_equal(q.shift_monotone, TT_HOLDS); /* TV_t does not change any more after some steps */
    mpq_clear(surrogate);
    tt_lattice_report_clear(&report);
    tt_quantities_clear(&q);
    tt_instance_free(instance);
}

/* I.i.d. tokens: TV_seq = sum over counts j of (C(T,j) (q^j (1-q)^(T-j) - p^j (1-p)^(T-j)))+, and the same with
   l = (j (q-p)/p - (T-j) (q-p)/(1-p)) times the mass for largest L and e = b - a - l for worst-case Error. */
static void closed_forms(mpq_t tv, mpq_t worst, mpq_t largest, unsigned long T, const char *p_text, const char *q_text)
{
    mpq_t p, q, cp, cq, a, b, l, e, x, one;
    mpz_t choose;
    mpq_inits(p, q, cp, cq, a, b, l, e, x, one, NULL);
    mpz_init(choose);
    mpq_set_str(p, p_text, 10);
    mpq_set_str(q, q_text, 10);
    mpq_canonicalize(p);
    mpq_canonicalize(q);
    mpq_set_ui(one, 1, 1);
    mpq_sub(cp, one, p);
    mpq_sub(cq, one, q);
    mpq_set_ui(tv, 0, 1);
    mpq_set_ui(worst, 0, 1);
    mpq_set_ui(largest, 0, 1);
    for (unsigned long j = 0; j <= T; j++) {
        mpz_bin_uiui(choose, T, j);
        mpq_set_z(a, choose);
        mpq_set_z(b, choose);
        for (unsigned long k = 0; k < T; k++) {
            mpq_mul(a, a, k < j ? p : cp);
            mpq_mul(b, b, k < j ? q : cq);
        }
        mpq_sub(x, q, p);
        mpq_div(l, x, p);
        mpq_set_ui(e, j, 1);
        mpq_mul(l, l, e);
        mpq_div(x, x, cp);
        mpq_set_ui(e, T - j, 1);
        mpq_mul(x, x, e);
        mpq_sub(l, l, x);
        mpq_mul(l, l, a);
        mpq_sub(x, b, a);
        mpq_sub(e, x, l);
        if (mpq_sgn(x) > 0)
            mpq_add(tv, tv, x);
        if (mpq_sgn(l) > 0)
            mpq_add(largest, largest, l);
        if (mpq_sgn(e) > 0)
            mpq_add(worst, worst, e);
    }
    mpz_clear(choose);
    mpq_clears(p, q, cp, cq, a, b, l, e, x, one, NULL);
}

static void test_iid_closed_form(void **state)
{
    static const struct {
        size_t T;
        const char *p, *q;
        tt_arithmetic arithmetic;
    } cases[] = { { 150, "1/2", "51/100", TT_ARITHMETIC_EXACT },
                  { 150, "1/2", "51/100", TT_ARITHMETIC_ENCLOSURE },
                  { 120, "1/3", "33333/100000", TT_ARITHMETIC_ENCLOSURE },
                  { 90, "1/1000000", "1/1000", TT_ARITHMETIC_ENCLOSURE },
                  { 90, "1/1000000000000000000000", "1/1000", TT_ARITHMETIC_ENCLOSURE },
                  { 60, "2/3", "1/3", TT_ARITHMETIC_ENCLOSURE } }; /* ratios 2 and 1/2: exact ties */
    mpq_t tv, worst, largest;
    (void)state;
    mpq_inits(tv, worst, largest, NULL);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        tt_instance *instance = two_states(cases[k].T, cases[k].p, cases[k].q, false);
        tt_quantities q;
        tt_lattice_report report;
        measure(&q, &report, instance, cases[k].arithmetic);
        closed_forms(tv, worst, largest, cases[k].T, cases[k].p, cases[k].q);
        if (cases[k].arithmetic == TT_ARITHMETIC_EXACT) {
            assert_true(report.exact_nodes && report.exact_states);
            assert_true(mpq_equal(q.tv_seq.q, tv) && mpq_equal(q.worst_case_error.q, worst) &&
                        mpq_equal(q.largest_surrogate.q, largest));
        } else {
            assert_contains(&q.tv_seq, tv);
            assert_contains(&q.worst_case_error, worst);
            assert_contains(&q.largest_surrogate, largest);
            assert_all_narrow(&q);
        }
        assert_int_equal(tt_real_cmp(&q.context_tv.items[1], &q.tv_max), TT_EQUAL); /* TV_2 = eps, a tie */
        tt_lattice_report_clear(&report);
        tt_quantities_clear(&q);
        tt_instance_free(instance);
    }
    mpq_clears(tv, worst, largest, NULL);
}

/* All quantities at the paper's horizon; and the horizon at which rationals must still do. */
static void test_horizons(void **state)
{
    tt_instance *instance = two_states(4096, "1/2", "51/100", false);
    tt_quantities q;
    tt_lattice_report report;
    (void)state;
    measure(&q, &report, instance, TT_ARITHMETIC_AUTO);
    assert_false(report.exact_nodes);
    assert_all_narrow(&q);
    assert_true(tt_real_is_zero(&q.error)); /* the reward reads the last token alone */
    tt_lattice_report_clear(&report);
    tt_quantities_clear(&q);
    tt_instance_free(instance);
    instance = two_states(512, "1/2", "51/100", false);
    measure(&q, &report, instance, TT_ARITHMETIC_AUTO);
    assert_true(report.exact_nodes && report.exact_states && report.exact_moments);
    assert_int_equal(q.worst_case_error.kind, TT_REAL_EXACT);
    tt_lattice_report_clear(&report);
    tt_quantities_clear(&q);
    tt_instance_free(instance);
}

/* A two-state chain with four ratios. */
static tt_instance *chain(size_t T)
{
    static const char *const rows[2][2] = { { "1/10", "101/1000" }, { "7/10", "697/1000" } };
    static const char *const names[] = { "s", "t" };
    static const size_t next[] = { 0, 1 };
    tt_instance *instance;
    tt_error error;
    mpq_t row[2][2], one;
    mpq_inits(row[0][0], row[0][1], row[1][0], row[1][1], one, NULL);
    mpq_set_ui(one, 1, 1);
    must(tt_instance_new(&instance, TT_FORM_MACHINE, 2, T, &error), &error);
    must(tt_instance_add_prompt(instance, one, 0, &error), &error);
    for (size_t s = 0; s < 2; s++) {
        for (size_t k = 0; k < 2; k++) {
            mpq_set_str(row[k][1], rows[s][k], 10);
            mpq_sub(row[k][0], one, row[k][1]);
        }
        must(tt_instance_add_state(instance, names[s], (const mpq_t *)row[0], (const mpq_t *)row[1], next, &error),
             &error);
    }
    must(tt_instance_set_reward_default(instance, one, &error), &error);
    must(tt_instance_finish(instance, &error), &error);
    mpq_clears(row[0][0], row[0][1], row[1][0], row[1][1], one, NULL);
    return instance;
}

/* Where nodes are pruned the enclosures widen and hold; where too many are, fields are absent and the count
   that would be needed is named. */
static void test_pruning(void **state)
{
    static const unsigned percent[] = { 100, 80, 40, 10, 0 };
    tt_instance *instance = chain(80);
    tt_quantities whole, q;
    tt_lattice_report report;
    tt_measure_options options;
    uint64_t needed;
    size_t usable = 0;
    (void)state;
    measure(&whole, &report, instance, TT_ARITHMETIC_EXACT);
    needed = report.nodes;
    tt_lattice_report_clear(&report);
    tt_measure_options_init(&options);
    for (size_t k = 0; k < 2 * sizeof percent / sizeof *percent; k++) {
        tt_error error = { TT_OK, "", "" };
        tt_status status;
        bool pruned = percent[k / 2] < 100;
        options.arithmetic = k % 2 ? TT_ARITHMETIC_ENCLOSURE : TT_ARITHMETIC_EXACT;
        options.max_nodes = needed * percent[k / 2] / 100 + (pruned ? 10 : 0);
        tt_quantities_init(&q);
        tt_lattice_report_init(&report);
        status = tt_lattice_measure(&q, instance, &options, &report, &error);
        assert_true(status == TT_OK || status == TT_LIMIT);
        assert_int_equal(compare_engines(&q, &whole, COMPARE_PRUNED, "pruned"), 0);
        assert_int_equal(!tt_real_is_zero(&report.pruned_rollout), pruned);
        assert_true(report.nodes <= options.max_nodes + options.max_nodes / 10 + 1000);
        assert_true(report.nodes_needed > 0.2 * (double)needed && report.nodes_needed < 5.0 * (double)needed);
        usable += pruned && !tt_real_is_absent(&q.worst_case_error);
        if (percent[k / 2] == 0) {
            assert_int_equal(status, TT_LIMIT);
            assert_non_null(strstr(error.what, "nodes"));
            assert_true(tt_real_is_absent(&q.tv_seq));
            assert_false(tt_real_is_absent(&q.kl_seq));
        }
        tt_lattice_report_clear(&report);
        tt_quantities_clear(&q);
    }
    assert_true(usable >= 2);
    tt_quantities_clear(&whole);
    tt_instance_free(instance);
}

/* ---- the node pass by itself ------------------------------------------------------------------------------ */

static size_t outside(const tt_real *x, const tt_real *exact, const char *what, size_t k)
{
    if (x->kind == TT_REAL_EXACT ? mpq_equal(x->q, exact->q)
                                 : x->kind == TT_REAL_ENCLOSED && mpfr_cmp_q(&x->i->left, exact->q) <= 0 &&
                                       mpfr_cmp_q(&x->i->right, exact->q) >= 0)
        return 0;
    print_error("%s[%zu]: kind %d, about %.17g, not %.17g\n", what, k, (int)x->kind, tt_real_get_d(x),
                tt_real_get_d(exact));
    return 1;
}

typedef struct {
    size_t limit, fraction_bits;
    uint64_t budget;
} node_mode;

/* However few bits or nodes it has, every result encloses the truth. */
static size_t check_nodes(const lattice_machine *m, const lattice_lumped *lumped, const tt_quantities *reference,
                          const node_mode *mode, size_t *pruned)
{
    tt_measure_options options;
    lattice_node_result result;
    size_t start[3], wrong = 0;
    lattice_node_task task = { .lumped = lumped, .options = &options, .work = "", .starts = m->starts, .start = start,
                               .probability = (const mpq_t *)m->start_probability, .layers = m->T, .responses = true,
                               .prune = true, .budget = mode->budget, .limit = mode->limit,
                               .fraction_bits = mode->fraction_bits, .tv_max = &reference->tv_max,
                               .kl_max = &reference->kl_max };
    tt_measure_options_init(&options);
    for (size_t k = 0; k < m->starts; k++)
        start[k] = lumped->class_of[m->start[k]];
    tt_lattice_node_result_init(&result);
    result.tv = tt_real_array(m->T + 1);
    assert_int_equal(tt_lattice_node_pass(&result, &task), TT_OK);
    for (size_t n = 0; n <= m->T; n++)
        wrong += outside(&result.tv[n], tt_series_at(&reference->context_tv, n), "TV", n);
    wrong += outside(&result.worst_case_error, &reference->worst_case_error, "worst-case Error", 0);
    wrong += outside(&result.largest_surrogate, &reference->largest_surrogate, "largest L", 0);
    *pruned += result.cut;
    tt_real_array_free(result.tv, m->T + 1);
    tt_lattice_node_result_clear(&result);
    return wrong;
}

static void test_node_pass(void **state)
{
    static const node_mode modes[] = { { SIZE_MAX, 64, UINT64_MAX }, { 0, 64, UINT64_MAX },   { 0, 128, UINT64_MAX },
                                       { 100, 256, UINT64_MAX },     { SIZE_MAX, 64, 12 },    { SIZE_MAX, 64, 40 },
                                       { SIZE_MAX, 64, 150 },        { 0, 64, 25 },           { 0, 64, 100 } };
    uint64_t first = test_seed(50000), cases = CASES * test_effort();
    size_t pruned = 0, foreign = 0;
    (void)state;
    print_message("seeds %" PRIu64 "..%" PRIu64 "\n", first, first + cases - 1);
    for (uint64_t seed = first; seed < first + cases; seed++) {
        tt_instance *instance = draw_machine(seed);
        lattice_machine m;
        lattice_lumped lumped;
        tt_row_source source;
        tt_measure_options options;
        tt_quantities reference;
        tt_error error;
        size_t wrong = 0;
        tt_instance_source(&source, instance);
        tt_measure_options_init(&options);
        tt_quantities_init(&reference);
        must(tt_tree_measure(&reference, &source, &options, &error), &error);
        must(tt_lattice_machine_init(&m, instance, &error), &error);
        assert_int_equal(tt_lattice_lump(&lumped, &m), TT_OK);
        for (size_t k = 0; k < sizeof modes / sizeof *modes; k++)
            wrong += check_nodes(&m, &lumped, &reference, &modes[k], &pruned);
        foreign += !reference.dominated;
        if (wrong) {
            report_instance(instance, "lattice-nodes", seed);
            fail_msg("seed %" PRIu64 ": %zu results are not enclosed", seed, wrong);
        }
        tt_lattice_lumped_clear(&lumped);
        tt_lattice_machine_clear(&m);
        tt_quantities_clear(&reference);
        tt_instance_free(instance);
    }
    print_message("%zu pruned passes, %zu instances not dominated\n", pruned, foreign);
    assert_true(pruned > cases / 4);
    assert_true(foreign > cases / 10);
}

static bool stop_at_once(void *context, const char *work, double done)
{
    (void)context;
    (void)work;
    assert_true(done >= 0 && done <= 1);
    return false;
}

static void test_refusals(void **state)
{
    tt_instance *instance = two_states(300, "1/2", "51/100", false);
    tt_measure_options options;
    tt_quantities q;
    tt_error error;
    random_shape shape;
    (void)state;
    tt_measure_options_init(&options);
    tt_quantities_init(&q);
    options.progress = stop_at_once;
    assert_int_equal(tt_lattice_measure(&q, instance, &options, NULL, &error), TT_INTERRUPTED);
    tt_instance_free(instance);
    instance = random_instance(0, 81, &shape);
    if (tt_instance_form(instance) == TT_FORM_TREE)
        assert_int_equal(tt_lattice_measure(&q, instance, &options, NULL, &error), TT_BAD_INPUT);
    tt_instance_free(instance);
    tt_quantities_clear(&q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_tree), cmocka_unit_test(test_node_pass), cmocka_unit_test(test_iid_closed_form),
        cmocka_unit_test(test_coin_count),
        cmocka_unit_test(test_horizons),     cmocka_unit_test(test_pruning),         cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

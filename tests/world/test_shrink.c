/* Shrinking: wrong bounds, which are in no catalogue, are caught on campaign instances and shrunk to a hand's breadth;
   the result still fails, is valid, and depends on nothing but what was given. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/measure/measure.h"
#include "../../lib/world/generate.h"
#include "../../lib/world/instance_json.h"
#include "../../lib/world/sample.h"
#include "../../lib/world/shrink.h"
#include "../../lib/world/shrink_draft.h"
#include "../../lib/world/unroll.h"
#include "../instance_text.h"
#include "../naive.h"
#include "../same_tree.h"
#include "../settings.h"

/* ---- statements that are not true ---- */

typedef struct {
    const char *name;
    /* The two sides of left <= right. */
    void (*sides)(tt_real *left, tt_real *right, const tt_quantities *q);
    size_t vocab, horizon, contexts; /* what is left of every instance where it fails, at most */
    bool rows;                       /* and all probabilities have one-digit denominators */
} statement;

/* Error <= sum_t Dbar_t / 2 */
static void half_divergence(tt_real *left, tt_real *right, const tt_quantities *q)
{
    tt_real_set(left, &q->error);
    tt_real_set_ui(right, 0);
    for (size_t t = 0; t < q->expected_tv.n; t++)
        tt_real_add(right, right, tt_series_at(&q->expected_tv, t), 128);
    tt_real_mul_frac(right, right, 1, 2, 128);
}

/* |Error| <= 2 T sqrt(delta KL_seq) / 10 */
static void tenth_of_mixed(tt_real *left, tt_real *right, const tt_quantities *q)
{
    tt_real_abs(left, &q->error, 128);
    tt_real_mul(right, &q->kl_max, &q->kl_seq, 128);
    tt_real_sqrt(right, right, 128);
    tt_real_mul_frac(right, right, q->horizon, 5, 128);
}

/* J_target <= J_rollout */
static void never_better(tt_real *left, tt_real *right, const tt_quantities *q)
{
    tt_real_set(left, &q->j_target);
    tt_real_set(right, &q->j_rollout);
}

/* TV_seq <= eps */
static void sequence_is_a_token(tt_real *left, tt_real *right, const tt_quantities *q)
{
    tt_real_set(left, &q->tv_seq);
    tt_real_set(right, &q->tv_max);
}

/* worst-case Error <= KL_seq / 4 */
static void quarter_of_kl(tt_real *left, tt_real *right, const tt_quantities *q)
{
    tt_real_set(left, &q->worst_case_error);
    tt_real_mul_frac(right, &q->kl_seq, 1, 4, 128);
}

/* Error = 0 */
static void exact(tt_real *left, tt_real *right, const tt_quantities *q)
{
    tt_real_abs(left, &q->error, 128);
    tt_real_set_ui(right, 0);
}

static const statement no_error = { "Error = 0", exact, 2, 2, 3, true };

static const statement statements[] = {
    { "worst-case Error <= KL_seq / 4", quarter_of_kl, 2, 2, 3, true },
    { "Error = 0", exact, 2, 2, 3, true },
    { "Error <= sum Dbar_t / 2", half_divergence, 2, 2, 3, true },
    { "|Error| <= mixed-kl-simple / 10", tenth_of_mixed, 2, 2, 3, true },
    { "J_target <= J_rollout", never_better, 2, 1, 1, true },
    { "TV_seq <= eps", sequence_is_a_token, 2, 2, 3, true },
};

/* What a test may look at besides. */
typedef struct {
    const statement *statement;
    size_t calls;
    size_t fail_at; /* the call that ends with TT_INTERRUPTED; 0 for none */
} asked;

static tt_status fails_on(void *context, const tt_instance *candidate, bool *fails, tt_error *error)
{
    asked *a = context;
    tt_measure_options options;
    tt_row_source source;
    tt_subject subject;
    tt_quantities q;
    tt_real left, right;
    tt_status status;
    if (++a->calls == a->fail_at)
        return tt_fail(error, TT_INTERRUPTED, NULL, "stop");
    tt_measure_options_init(&options);
    tt_subject_of_instance(&subject, &source, candidate);
    tt_quantities_init(&q);
    tt_real_init(&left);
    tt_real_init(&right);
    status = tt_tree_engine.measure(&q, &subject, &options, error);
    if (status == TT_OK) {
        a->statement->sides(&left, &right, &q);
        *fails = tt_real_cmp(&left, &right) == TT_GREATER;
    }
    tt_real_clear(&left);
    tt_real_clear(&right);
    tt_quantities_clear(&q);
    return status;
}

static bool fails(const statement *what, const tt_instance *instance)
{
    asked a = { .statement = what };
    bool answer = false;
    tt_error error;
    assert_int_equal(fails_on(&a, instance, &answer, &error), TT_OK);
    return answer;
}

/* ---- sizes ---- */

typedef struct {
    const tt_instance *instance;
    size_t contexts;
    bool one_digit;
} size_survey;

static bool one_digit(mpq_srcptr x)
{
    return mpz_cmp_ui(mpq_denref(x), 9) <= 0;
}

static tt_status look_at(void *context, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout, size_t target,
                         mpq_srcptr reward)
{
    size_survey *s = context;
    size_t rows[2] = { rollout, target };
    mpq_t x;
    (void)prompt;
    (void)tokens;
    (void)depth;
    s->contexts += rollout != TT_NONE;
    mpq_init(x);
    for (int k = 0; k < 2; k++)
        for (size_t v = 0; rows[k] != TT_NONE && v < tt_instance_vocab(s->instance); v++) {
            tt_row_store_get(x, tt_instance_rows(s->instance), rows[k], v);
            s->one_digit = s->one_digit && one_digit(x);
        }
    mpq_clear(x);
    s->one_digit = s->one_digit && (!reward || mpz_cmp_ui(mpq_denref(reward), 1) == 0);
    return TT_OK;
}

static void check_small(const statement *what, const tt_instance *small, uint64_t seed, uint64_t index)
{
    size_survey s = { .instance = small, .one_digit = true };
    bool good = tt_instance_form(small) == TT_FORM_TREE && tt_instance_prompts(small) == 1 &&
                tt_instance_vocab(small) <= what->vocab && tt_instance_horizon(small) <= what->horizon;
    assert_int_equal(tt_instance_each_context(small, look_at, &s), TT_OK);
    if (!good || s.contexts > what->contexts || (what->rows && !s.one_digit)) {
        char *text = instance_text(small);
        fprintf(stderr, "%s, seed %" PRIu64 ", index %" PRIu64 ": not small enough:\n%s", what->name, seed, index, text);
        free(text);
        fail();
    }
}

/* Reads what was written of it. */
static void check_valid(const tt_instance *small)
{
    char *text = instance_text(small), *again;
    tt_instance *read;
    tt_error error;
    assert_int_equal(tt_instance_read_text(&read, text, strlen(text), &error), TT_OK);
    again = instance_text(read);
    assert_string_equal(text, again);
    free(text);
    free(again);
    tt_instance_free(read);
}

/* ---- tests ---- */

static void wrong_bounds_are_caught_and_shrunk(void **state)
{
    enum { WANTED = 8, COUNT = 2000 };
    (void)state;
    for (size_t k = 0; k < sizeof statements / sizeof *statements; k++) {
        const statement *what = &statements[k];
        size_t caught = 0, most = 0;
        tt_sample_space space;
        tt_sample_space_init(&space);
        space.seed = test_seed(1);
        for (uint64_t i = 0; i < COUNT && caught < WANTED * test_effort(); i++) {
            tt_instance *instance, *small;
            asked a = { .statement = what };
            size_t used;
            tt_error error;
            assert_int_equal(tt_sample(&instance, NULL, &space, i, &error), TT_OK);
            if (fails(what, instance)) {
                caught++;
                if (tt_shrink(&small, &used, instance, fails_on, &a, NULL, &error) != TT_OK) {
                    fprintf(stderr, "%s: index %" PRIu64 ": %s\n", what->name, i, error.what);
                    fail();
                }
                assert_int_equal(used, a.calls);
                assert_true(used <= TT_SHRINK_TESTS);
                most = used > most ? used : most;
                assert_true(fails(what, small));
                check_small(what, small, space.seed, i);
                check_valid(small);
                tt_instance_free(small);
            }
            tt_instance_free(instance);
        }
        printf("%s: %zu caught, at most %zu tests each\n", what->name, caught, most);
        assert_true(caught >= WANTED);
    }
}

static tt_instance *generated(const char *kind, const char *const (*arguments)[2])
{
    tt_arguments *of;
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_arguments_new(&of, tt_generator_find(kind)), TT_OK);
    for (; (*arguments)[0]; arguments++)
        assert_int_equal(tt_arguments_set(of, (*arguments)[0], (*arguments)[1], &error), TT_OK);
    assert_int_equal(tt_generate(&instance, of, 0, &error), TT_OK);
    tt_arguments_free(of);
    return instance;
}

static tt_instance *small_random(void)
{
    static const char *const arguments[][2] = { { "vocab", "3" }, { "horizon", "4" }, { "prompts", "3" }, { NULL, NULL } };
    return generated("random", arguments);
}

/* The same call gives the same bytes; the instance itself is not touched. */
static void is_deterministic(void **state)
{
    tt_instance *instance = small_random(), *first, *second;
    char *before = instance_text(instance), *after, *a, *b;
    asked one = { .statement = &no_error }, two = one;
    tt_error error;
    (void)state;
    assert_int_equal(tt_shrink(&first, NULL, instance, fails_on, &one, NULL, &error), TT_OK);
    assert_int_equal(tt_shrink(&second, NULL, instance, fails_on, &two, NULL, &error), TT_OK);
    a = instance_text(first);
    b = instance_text(second);
    after = instance_text(instance);
    assert_string_equal(a, b);
    assert_string_equal(before, after);
    assert_int_equal(one.calls, two.calls);
    assert_non_null(strstr(tt_instance_name(first), ", shrunk"));
    free(a);
    free(b);
    free(before);
    free(after);
    tt_instance_free(first);
    tt_instance_free(second);
    tt_instance_free(instance);
}

static tt_status always(void *context, const tt_instance *candidate, bool *fails_here, tt_error *error)
{
    (void)candidate;
    (void)error;
    ++*(size_t *)context;
    *fails_here = true;
    return TT_OK;
}

static tt_status only_as_it_is(void *context, const tt_instance *candidate, bool *fails_here, tt_error *error)
{
    char *text = instance_text(candidate);
    (void)error;
    /* without the name, which a candidate has of its own */
    *fails_here = strcmp(strstr(text, "\"vocab\""), strstr(context, "\"vocab\"")) == 0;
    free(text);
    return TT_OK;
}

/* Where everything fails the last thing that is left is one token and one step; where nothing smaller fails, all of
   it. */
static void goes_to_both_ends(void **state)
{
    tt_instance *instance = small_random(), *small;
    const tt_shrink_limits one_test = { .tests = 1 };
    char *whole, *left;
    size_t calls = 0;
    tt_error error;
    (void)state;
    assert_int_equal(tt_shrink(&small, NULL, instance, always, &calls, NULL, &error), TT_OK);
    assert_int_equal(tt_instance_vocab(small), 1);
    assert_int_equal(tt_instance_horizon(small), 1);
    assert_int_equal(tt_instance_prompts(small), 1);
    tt_instance_free(small);
    assert_int_equal(tt_shrink(&small, NULL, instance, always, &calls, &one_test, &error), TT_OK);
    tt_instance_free(instance);
    instance = small; /* the same, spelled out as it will be */
    whole = instance_text(instance);
    assert_int_equal(tt_shrink(&small, NULL, instance, only_as_it_is, whole, NULL, &error), TT_OK);
    left = instance_text(small);
    assert_string_equal(strstr(left, "\"vocab\""), strstr(whole, "\"vocab\""));
    free(whole);
    free(left);
    tt_instance_free(small);
    tt_instance_free(instance);
}

static void keeps_within_its_limits(void **state)
{
    tt_instance *instance = small_random(), *small;
    tt_error error;
    (void)state;
    for (size_t tests = 1; tests < 40; tests += 3) {
        const tt_shrink_limits limits = { .tests = tests, .contexts = 100 };
        asked a = { .statement = &no_error };
        size_t used;
        assert_int_equal(tt_shrink(&small, &used, instance, fails_on, &a, &limits, &error), TT_OK);
        assert_true(used <= tests && used == a.calls);
        assert_true(fails(&no_error, small));
        tt_instance_free(small);
    }
    for (size_t at = 1; at < 30; at += 7) {
        asked a = { .statement = &no_error, .fail_at = at };
        assert_int_equal(tt_shrink(&small, NULL, instance, fails_on, &a, NULL, &error), TT_INTERRUPTED);
        assert_null(small);
    }
    tt_instance_free(instance);
}

static void refuses_what_does_not_fail(void **state)
{
    static const char *const arguments[][2] = { { NULL, NULL } };
    tt_instance *instance = generated("linear-tight", arguments), *small;
    asked a = { .statement = &statements[0] }; /* KL is infinite */
    tt_error error;
    (void)state;
    assert_int_equal(tt_shrink(&small, NULL, instance, fails_on, &a, NULL, &error), TT_BAD_INPUT);
    assert_null(small);
    tt_instance_free(instance);
}

/* A machine of a long horizon becomes a short one and then a tree; one that fails only as a long one stays a machine. */
static tt_status fails_if_long(void *context, const tt_instance *candidate, bool *fails_here, tt_error *error)
{
    (void)context;
    (void)error;
    *fails_here = tt_instance_horizon(candidate) >= 100 && tt_instance_vocab(candidate) == 2;
    return TT_OK;
}

static void shrinks_machines(void **state)
{
    static const char *const arguments[][2] = { { "horizon", "4096" }, { NULL, NULL } };
    tt_instance *instance = generated("markov", arguments), *small;
    size_t used;
    tt_error error;
    (void)state;
    assert_int_equal(tt_shrink(&small, &used, instance, fails_if_long, NULL, NULL, &error), TT_OK);
    assert_int_equal(tt_instance_form(small), TT_FORM_MACHINE);
    assert_int_equal(tt_instance_horizon(small), 100);
    assert_int_equal(tt_instance_states(small), 1);
    check_valid(small);
    tt_instance_free(small);
    tt_instance_free(instance);
}

/* ---- cuts, one by one ---- */

static void draft_of(tt_draft *draft, const tt_instance *instance)
{
    tt_error error;
    assert_int_equal(tt_draft_of(draft, instance, &error), TT_OK);
}

static tt_instance *instance_of(const tt_draft *draft)
{
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_draft_instance(&instance, draft, "cut", &error), TT_OK);
    return instance;
}

/* NULL where the cut is not possible. */
static tt_instance *cut_of(const tt_instance *instance, const tt_cut *cut)
{
    tt_draft whole, rest;
    tt_instance *out = NULL;
    tt_error error;
    bool possible;
    draft_of(&whole, instance);
    assert_int_equal(tt_draft_cut(&rest, &possible, &whole, cut, &error), TT_OK);
    if (possible)
        out = instance_of(&rest);
    tt_draft_clear(&whole);
    tt_draft_clear(&rest);
    return out;
}

static tt_instance *sampled(tt_sample_kind kind, size_t vocab, uint64_t index)
{
    const tt_sample_space space = { vocab, vocab, 3, 3, kind, test_seed(1) };
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_sample(&instance, NULL, &space, index, &error), TT_OK);
    return instance;
}

static void same_instance(const tt_instance *a, const tt_instance *b)
{
    tt_row_source x, y;
    tt_instance_source(&x, a);
    tt_instance_source(&y, b);
    same_tree(&x, &y);
}

/* A draft and back is the instance; a machine cut is its tree cut. */
static void cuts_of_machines_are_cuts_of_trees(void **state)
{
    enum { VOCAB = 3 };
    size_t compared = 0;
    (void)state;
    for (uint64_t i = 0; i < TT_SAMPLE_CYCLE; i++) {
        tt_instance *machine = sampled(TT_SAMPLE_MACHINE, VOCAB, i), *tree, *again;
        tt_cut cuts[1 + VOCAB + 2 + 1 + VOCAB * VOCAB];
        size_t n = 0, prompts = tt_instance_prompts(machine);
        tt_draft draft;
        tt_error error;
        assert_int_equal(tt_instance_unroll(&tree, machine, 1000, NULL, NULL, &error), TT_OK);
        draft_of(&draft, machine);
        again = instance_of(&draft);
        same_instance(machine, again);
        tt_instance_free(again);
        tt_draft_clear(&draft);
        cuts[n] = tt_no_cut;
        cuts[n++].only = (size_t)(i % prompts);
        for (size_t v = 0; v < VOCAB; v++) {
            cuts[n] = tt_no_cut;
            cuts[n].step = 0;
            cuts[n++].token = v;
            for (size_t heir = 0; heir <= VOCAB; heir++) {
                if (heir == v)
                    continue;
                cuts[n] = tt_no_cut;
                cuts[n].dropped = v;
                cuts[n++].heir = heir < VOCAB ? heir : TT_NONE;
            }
        }
        if (prompts > 1) {
            cuts[n] = tt_no_cut;
            cuts[n++].without = (size_t)(i / prompts % prompts);
        }
        assert_true(n <= sizeof cuts / sizeof *cuts);
        for (size_t k = 0; k < n; k++) {
            tt_instance *a = cut_of(machine, &cuts[k]), *b = cut_of(tree, &cuts[k]);
            if (a) /* the tree's contexts are on some way; a state may share what no way has */
                assert_non_null(b);
            if (a && b) {
                same_instance(a, b);
                compared++;
            }
            tt_instance_free(a);
            tt_instance_free(b);
        }
        tt_instance_free(machine);
        tt_instance_free(tree);
    }
    assert_true(compared > 8 * TT_SAMPLE_CYCLE);
}

/* The prompts that stay are those that were asked to, in proportion. */
static void prompts_stay_in_proportion(void **state)
{
    tt_instance *instance = small_random();
    tt_row_source whole;
    (void)state;
    tt_instance_source(&whole, instance);
    for (size_t x = 0; x < whole.prompts; x++) {
        tt_cut cut = tt_no_cut;
        tt_instance *rest;
        tt_row_source part;
        mpq_t sum, expected;
        cut.without = x;
        rest = cut_of(instance, &cut);
        assert_non_null(rest);
        tt_instance_source(&part, rest);
        assert_int_equal(part.prompts, whole.prompts - 1);
        mpq_inits(sum, expected, NULL);
        for (size_t y = 0; y < whole.prompts; y++)
            if (y != x)
                mpq_add(sum, sum, whole.prompt(whole.self, y));
        for (size_t y = 0, at = 0; y < whole.prompts; y++) {
            tt_rows a, b;
            if (y == x)
                continue;
            mpq_div(expected, whole.prompt(whole.self, y), sum);
            assert_true(mpq_equal(expected, part.prompt(part.self, at)));
            whole.rows(whole.self, whole.root(whole.self, y), 0, &a, NULL);
            part.rows(part.self, part.root(part.self, at++), 0, &b, NULL);
            for (size_t v = 0; v < whole.vocab; v++)
                same_fraction(&a.rollout[v], a.total, &b.rollout[v], b.total);
        }
        mpq_clears(sum, expected, NULL);
        tt_instance_free(rest);
    }
    tt_instance_free(instance);
}

/* J_rollout as a number, by the naive route. */
static void objective(tt_real *out, const tt_instance *instance)
{
    tt_row_source source;
    tt_quantities q;
    tt_instance_source(&source, instance);
    tt_quantities_init(&q);
    naive_measure(&q, &source);
    tt_real_set(out, &q.j_rollout);
    tt_quantities_clear(&q);
}

/* A mean reward keeps J_rollout; the tail of a token gives the reward of that token for ever. */
static void horizons_keep_the_mean(void **state)
{
    tt_real whole, rest;
    (void)state;
    tt_real_init(&whole);
    tt_real_init(&rest);
    for (uint64_t i = 0; i < 30; i++) {
        tt_instance *instance = sampled(TT_SAMPLE_GENERIC, 2, i);
        objective(&whole, instance);
        for (size_t horizon = 1; horizon < 3; horizon++) {
            tt_cut cut = tt_no_cut;
            tt_instance *mean, *tail;
            tt_row_source a, b;
            mpq_t x, y;
            cut.horizon = horizon;
            mean = cut_of(instance, &cut);
            objective(&rest, mean);
            assert_int_equal(tt_real_cmp(&whole, &rest), TT_EQUAL);
            cut.tail = 1;
            tail = cut_of(instance, &cut);
            tt_instance_source(&a, instance);
            tt_instance_source(&b, tail);
            mpq_inits(x, y, NULL);
            {
                uint64_t from = a.root(a.self, 0), to = b.root(b.self, 0);
                for (size_t d = 0; d < a.horizon; d++) {
                    from = a.child(a.self, from, d, d >= horizon);
                    if (d < horizon)
                        to = b.child(b.self, to, d, 0);
                }
                a.reward(a.self, from, x);
                b.reward(b.self, to, y);
                assert_true(mpq_equal(x, y));
            }
            mpq_clears(x, y, NULL);
            tt_instance_free(mean);
            tt_instance_free(tail);
        }
        tt_instance_free(instance);
    }
    tt_real_clear(&whole);
    tt_real_clear(&rest);
}

static void worst_rewards_follow_the_sign_of_e(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 60; i++)
        for (int least = 0; least < 2; least++) {
            tt_instance *instance = sampled(TT_SAMPLE_GENERIC, 2 + i % 2, i);
            tt_row_source source;
            tt_draft draft;
            size_t responses;
            int *signs;
            tt_instance_source(&source, instance);
            signs = naive_error_signs(&responses, &source);
            draft_of(&draft, instance);
            tt_draft_worst_reward(&draft, least);
            assert_int_equal(draft.rewards, responses);
            for (size_t k = 0; k < responses; k++)
                assert_int_equal(mpq_cmp_ui(draft.reward[k], signs[k] == (least ? -1 : 1), 1), 0);
            free(signs);
            tt_draft_clear(&draft);
            tt_instance_free(instance);
        }
}

/* Fails while the rows at the first context are different and without zeros. */
static tt_status differs_without_zeros(void *context, const tt_instance *candidate, bool *fails_here, tt_error *error)
{
    tt_row_source source;
    tt_rows rows;
    (void)context;
    (void)error;
    tt_instance_source(&source, candidate);
    source.rows(source.self, source.root(source.self, 0), 0, &rows, NULL);
    *fails_here = !rows.equal;
    for (size_t v = 0; v < rows.n; v++)
        *fails_here = *fails_here && mpz_sgn(&rows.rollout[v]) > 0 && mpz_sgn(&rows.target[v]) > 0;
    return TT_OK;
}

/* Rows that are nearly the same are moved apart: 1/2, 1/2 and 1/3, 2/3, or in another order. */
static void near_rows_become_short(void **state)
{
    static const char *const scales[] = { "1e-3", "1e-15", "1e-40" };
    (void)state;
    for (size_t k = 0; k < sizeof scales / sizeof *scales; k++) {
        const char *const arguments[][2] = { { "scale", scales[k] }, { "horizon", "2" }, { NULL, NULL } };
        tt_instance *instance = generated("near", arguments), *small;
        tt_row_source source;
        tt_rows rows;
        tt_error error;
        assert_int_equal(tt_shrink(&small, NULL, instance, differs_without_zeros, NULL, NULL, &error), TT_OK);
        tt_instance_source(&source, small);
        assert_int_equal(source.vocab, 2);
        assert_int_equal(source.horizon, 1);
        source.rows(source.self, source.root(source.self, 0), 0, &rows, NULL);
        assert_true(mpz_cmp_ui(rows.total, 6) <= 0);
        tt_instance_free(small);
        tt_instance_free(instance);
    }
}

/* i.i.d. rows 9/13, 4/13 and 11/16, 5/16, whose roundings are equal: both have to change at once, and apart. */
static void rows_are_rounded_apart(void **state)
{
    const statement *what = &statements[sizeof statements / sizeof *statements - 1];
    const tt_sample_space space = { 2, 3, 2, 5, TT_SAMPLE_MIXED, 4 };
    asked a = { .statement = what };
    tt_instance *instance, *small;
    tt_error error;
    (void)state;
    assert_int_equal(tt_sample(&instance, NULL, &space, 2, &error), TT_OK);
    assert_int_equal(tt_shrink(&small, NULL, instance, fails_on, &a, NULL, &error), TT_OK);
    check_small(what, small, space.seed, 2);
    tt_instance_free(small);
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_bounds_are_caught_and_shrunk),
        cmocka_unit_test(is_deterministic),
        cmocka_unit_test(goes_to_both_ends),
        cmocka_unit_test(keeps_within_its_limits),
        cmocka_unit_test(refuses_what_does_not_fail),
        cmocka_unit_test(shrinks_machines),
        cmocka_unit_test(cuts_of_machines_are_cuts_of_trees),
        cmocka_unit_test(prompts_stay_in_proportion),
        cmocka_unit_test(horizons_keep_the_mean),
        cmocka_unit_test(worst_rewards_follow_the_sign_of_e),
        cmocka_unit_test(near_rows_become_short),
        cmocka_unit_test(rows_are_rounded_apart),
    };
    printf("test_shrink: seed %" PRIu64 ", effort %" PRIu64 "\n", test_seed(1), test_effort());
    return cmocka_run_group_tests(tests, NULL, NULL);
}

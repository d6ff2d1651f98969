/* The generators: what is random depends on (seed, index) and the parameters alone, rows are rows, and each
   family has the property that it exists for, by the naive route. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/world/generate.h"
#include "../../lib/world/instance_json.h"
#include "../instance_text.h"
#include "../naive.h"
#include "../settings.h"

#define INDICES 30

/* The arguments of "kind --a x --b y", each word separated by one blank. */
static tt_arguments *arguments_of(const char *line)
{
    char *copy = strdup(line), *rest = copy;
    const tt_generator *generator = tt_generator_find(strsep(&rest, " "));
    tt_arguments *arguments;
    tt_error error;
    assert_non_null(generator);
    assert_int_equal(tt_arguments_new(&arguments, generator), TT_OK);
    while (rest) {
        const char *name = strsep(&rest, " ") + 2, *value = strsep(&rest, " ");
        assert_int_equal(tt_arguments_set(arguments, name, value, &error), TT_OK);
    }
    free(copy);
    return arguments;
}

static tt_instance *instance_of(const tt_arguments *arguments, uint64_t index)
{
    tt_instance *instance;
    tt_error error;
    if (tt_generate(&instance, arguments, index, &error) != TT_OK) {
        fprintf(stderr, "%s: %s: %s\n", tt_arguments_generator(arguments)->name, error.where, error.what);
        fail();
    }
    return instance;
}

static tt_instance *instance_of_line(const char *line)
{
    tt_arguments *arguments = arguments_of(line);
    tt_instance *instance = instance_of(arguments, 0);
    tt_arguments_free(arguments);
    return instance;
}

/* ---- randomness ---- */

static char *text_at(const tt_arguments *arguments, uint64_t index)
{
    tt_instance *instance = instance_of(arguments, index);
    char *text = instance_text(instance);
    tt_instance_free(instance);
    return text;
}

static void depends_on_seed_and_index_alone(void **state)
{
    char number[32];
    (void)state;
    snprintf(number, sizeof number, "%" PRIu64, test_seed(1));
    for (size_t k = 0; k < tt_generator_count(); k++) {
        const tt_generator *generator = tt_generator_at(k);
        tt_arguments *arguments;
        char *forward[INDICES];
        tt_error error;
        if (!tt_generator_is_random(generator))
            continue;
        assert_int_equal(tt_arguments_new(&arguments, generator), TT_OK);
        assert_int_equal(tt_arguments_set_name(arguments, "same"), TT_OK);
        assert_int_equal(tt_arguments_set(arguments, "seed", number, &error), TT_OK);
        for (size_t i = 0; i < INDICES; i++)
            forward[i] = text_at(arguments, i);
        for (size_t i = INDICES; i-- > 0;) {
            char *again = text_at(arguments, i);
            assert_string_equal(again, forward[i]);
            free(again);
        }
        for (size_t i = 1; i < INDICES; i++)
            assert_string_not_equal(forward[i], forward[0]);
        assert_int_equal(tt_arguments_set(arguments, "seed", "18446744073709551615", &error), TT_OK);
        {
            char *other = text_at(arguments, 0);
            assert_string_not_equal(other, forward[0]);
            free(other);
        }
        for (size_t i = 0; i < INDICES; i++)
            free(forward[i]);
        tt_arguments_free(arguments);
    }
}

static void chooses_every_set(void **state)
{
    enum { N = 5, K = 2, DRAWS = 2000, SETS = 10 };
    size_t met[N][N] = { { 0 } }, chosen[N];
    tt_random *random;
    (void)state;
    assert_int_equal(tt_random_new(&random, test_seed(1), 0), TT_OK);
    for (size_t k = 0; k < DRAWS; k++) {
        tt_random_choose(chosen, K, random, N);
        assert_true(chosen[0] < chosen[1] && chosen[1] < N);
        met[chosen[0]][chosen[1]]++;
    }
    for (size_t a = 0; a < N; a++)
        for (size_t b = a + 1; b < N; b++) /* 200 expected, 13.4 the standard deviation */
            assert_in_range(met[a][b], DRAWS / SETS - 100, DRAWS / SETS + 100);
    tt_random_choose(chosen, N, random, N);
    for (size_t k = 0; k < N; k++)
        assert_int_equal(chosen[k], k);
    tt_random_free(random);
}

/* ---- rows ---- */

typedef struct {
    size_t contexts, deviating, zeros;
    mpq_t change; /* the largest |pi - mu| / mu */
} survey;

static void survey_context(survey *s, const tt_rows *rows)
{
    mpz_t rollout, target;
    mpq_t ratio;
    mpz_inits(rollout, target, NULL);
    mpq_init(ratio);
    s->contexts++;
    s->deviating += !rows->equal;
    for (size_t v = 0; v < rows->n; v++) {
        assert_true(mpz_sgn(&rows->rollout[v]) >= 0 && mpz_sgn(&rows->target[v]) >= 0);
        mpz_add(rollout, rollout, &rows->rollout[v]);
        mpz_add(target, target, &rows->target[v]);
        s->zeros += mpz_sgn(&rows->rollout[v]) == 0;
        if (mpz_sgn(&rows->rollout[v]) == 0)
            continue;
        mpz_sub(mpq_numref(ratio), &rows->target[v], &rows->rollout[v]);
        mpz_set(mpq_denref(ratio), &rows->rollout[v]);
        mpq_canonicalize(ratio);
        mpq_abs(ratio, ratio);
        if (mpq_cmp(ratio, s->change) > 0)
            mpq_set(s->change, ratio);
    }
    assert_int_equal(mpz_cmp(rollout, rows->total), 0);
    assert_int_equal(mpz_cmp(target, rows->total), 0);
    mpz_clears(rollout, target, NULL);
    mpq_clear(ratio);
}

static void survey_below(survey *s, const tt_row_source *source, uint64_t node, size_t depth)
{
    tt_rows_buffer buffer;
    tt_rows rows;
    mpq_t reward;
    if (depth == source->horizon) {
        mpq_init(reward);
        source->reward(source->self, node, reward);
        assert_true(mpq_sgn(reward) >= 0 && mpq_cmp_ui(reward, 1, 1) <= 0);
        mpq_clear(reward);
        return;
    }
    assert_int_equal(tt_rows_buffer_init(&buffer, source->vocab), TT_OK);
    source->rows(source->self, node, depth, &rows, &buffer);
    survey_context(s, &rows);
    tt_rows_buffer_clear(&buffer);
    for (size_t v = 0; v < source->vocab; v++)
        survey_below(s, source, source->child(source->self, node, depth, v), depth + 1);
}

static void survey_instance(survey *s, const tt_instance *instance)
{
    tt_row_source source;
    tt_instance_source(&source, instance);
    for (size_t x = 0; x < source.prompts; x++)
        survey_below(s, &source, source.root(source.self, x), 0);
}

static void survey_line(survey *s, const char *line, uint64_t index)
{
    tt_arguments *arguments = arguments_of(line);
    tt_instance *instance = instance_of(arguments, index);
    survey_instance(s, instance);
    tt_instance_free(instance);
    tt_arguments_free(arguments);
}

/* Defaults, but for what has none and for a horizon that a tree can be made of. */
static tt_arguments *small_arguments(const tt_generator *generator)
{
    tt_arguments *arguments;
    tt_error error;
    assert_int_equal(tt_arguments_new(&arguments, generator), TT_OK);
    assert_int_equal(tt_arguments_set(arguments, "horizon", strcmp(generator->name, "campaign") == 0 ? "4:4" : "4", &error),
                     TT_OK);
    if (strcmp(generator->name, "count") == 0)
        assert_int_equal(tt_arguments_set(arguments, "target", "2/3", &error), TT_OK);
    return arguments;
}

static void every_kind_gives_rows_and_a_file(void **state)
{
    (void)state;
    for (size_t k = 0; k < tt_generator_count(); k++) {
        tt_arguments *arguments = small_arguments(tt_generator_at(k));
        tt_instance *instance = instance_of(arguments, 7), *read;
        char *text = instance_text(instance), *again;
        survey s = { 0 };
        tt_error error;
        mpq_init(s.change);
        survey_instance(&s, instance);
        assert_true(s.contexts >= 4 && s.deviating > 0);
        assert_int_equal(tt_instance_read_text(&read, text, strlen(text), &error), TT_OK);
        again = instance_text(read);
        assert_string_equal(again, text);
        assert_true(strncmp(tt_instance_name(read), tt_generator_at(k)->name, strlen(tt_generator_at(k)->name)) == 0);
        mpq_clear(s.change);
        free(text);
        free(again);
        tt_instance_free(read);
        tt_instance_free(instance);
        tt_arguments_free(arguments);
    }
}

static void near_is_near(void **state)
{
    survey s = { 0 };
    mpq_t scale;
    (void)state;
    mpq_init(s.change);
    mpq_init(scale);
    for (uint64_t i = 0; i < 20; i++)
        survey_line(&s, "near --scale 1e-15 --vocab 4 --horizon 3 --prompts 2", i);
    mpq_set_str(scale, "1/1000000000000000", 10);
    assert_true(mpq_cmp(s.change, scale) <= 0);
    mpq_div_2exp(scale, scale, 2);
    assert_true(mpq_cmp(s.change, scale) > 0);
    assert_int_equal(s.zeros, 0);
    mpq_clear(s.change);
    mpq_clear(scale);
}

static void sparse_deviates_where_it_says(void **state)
{
    survey s = { 0 }, none = { 0 }, all = { 0 };
    (void)state;
    mpq_init(s.change);
    mpq_init(none.change);
    mpq_init(all.change);
    for (uint64_t i = 0; i < 20; i++)
        survey_line(&s, "sparse --deviations 3 --vocab 3 --horizon 3 --prompts 2", i);
    assert_true(s.zeros > 0);
    assert_true(s.deviating <= 60); /* a drawn row may happen to be rollout's */
    assert_true(s.deviating >= 50);
    survey_line(&none, "sparse --deviations 0", 0);
    assert_int_equal(none.deviating, 0);
    survey_line(&all, "sparse --deviations 13", 0); /* 1 + 3 + 9 contexts */
    assert_in_range(all.deviating, 10, 13);
    mpq_clear(s.change);
    mpq_clear(none.change);
    mpq_clear(all.change);
}

/* ---- families ---- */

static void quantities_of(tt_quantities *q, const char *line)
{
    tt_instance *instance = instance_of_line(line);
    tt_row_source source;
    tt_instance_source(&source, instance);
    tt_quantities_init(q);
    naive_measure(q, &source);
    tt_instance_free(instance);
}

static void is_fraction(const tt_real *x, const char *expected)
{
    mpq_t value;
    mpq_init(value);
    assert_int_equal(mpq_set_str(value, expected, 10), 0);
    assert_true(tt_real_is_exact(x));
    if (!mpq_equal(x->q, value))
        gmp_fprintf(stderr, "%Qd, not %Qd\n", value, x->q);
    assert_true(mpq_equal(x->q, value));
    mpq_clear(value);
}

/* numerator / denominator is certainly above ten_thousandths / 10000, and at most 1. */
static void is_ratio(const tt_real *numerator, const tt_real *denominator, unsigned long ten_thousandths)
{
    tt_real part;
    tt_real_init(&part);
    tt_real_mul_frac(&part, denominator, ten_thousandths, 10000, 256);
    assert_int_equal(tt_real_cmp(&part, numerator), TT_LESS);
    assert_int_equal(tt_verdict_le(numerator, denominator), TT_HOLDS);
    tt_real_clear(&part);
}

/* The reward of an extremal family makes Error the worst case. */
static void reward_is_worst(const tt_quantities *q)
{
    assert_int_equal(tt_real_cmp(&q->error, &q->worst_case_error), TT_EQUAL);
}

static void set_text(tt_real *out, const char *text)
{
    mpq_t value;
    mpq_init(value);
    assert_int_equal(mpq_set_str(value, text, 10), 0);
    mpq_canonicalize(value);
    tt_real_set_q(out, value);
    mpq_clear(value);
}

static void a8_has_kl_one(void **state)
{
    static const char *const lines[] = { "a8 --horizon 4 --probability 1e-20",
                                         "a8 --horizon 4 --probability 1e-20 --family all" };
    tt_real end, p;
    (void)state;
    tt_real_init(&end);
    tt_real_init(&p);
    set_text(&p, "1/100000000000000000000");
    for (size_t k = 0; k < 2; k++) {
        tt_quantities q;
        quantities_of(&q, lines[k]);
        set_text(&end, "999999999999999999999999999999/1000000000000000000000000000000");
        assert_int_equal(tt_verdict_le(&end, &q.kl_max), TT_HOLDS);
        set_text(&end, "1000000000000000000000000000001/1000000000000000000000000000000");
        assert_int_equal(tt_verdict_le(&q.kl_max, &end), TT_HOLDS);
        tt_real_mul(&end, &q.kl_max, &p, 512);
        tt_real_mul_frac(&end, &end, k == 0 ? 1 : 3, 1, 512); /* KL_seq: p for c* alone, else (T-1) p */
        assert_int_equal(tt_verdict_eq(&end, &q.kl_seq, NULL), TT_CONSISTENT);
        assert_int_equal(tt_real_is_zero(&q.worst_case_error), k == 0);
        assert_int_equal(tt_real_is_zero(&q.error), k == 0);
        tt_quantities_clear(&q);
    }
    tt_real_clear(&end);
    tt_real_clear(&p);
}

static void count_counts(void **state)
{
    tt_quantities q;
    (void)state;
    quantities_of(&q, "count --horizon 5 --rollout 1/2 --target 2/3 --reward-threshold 3");
    is_fraction(&q.j_rollout, "1/2");
    is_fraction(&q.j_target, "64/81"); /* (10 2^3 + 5 2^4 + 2^5) / 3^5 */
    is_fraction(&q.tv_max, "1/6");
    tt_quantities_clear(&q);
    quantities_of(&q, "count --horizon 3 --rollout 1/2 --kl 1/100");
    assert_int_equal(tt_real_cmp_ui(&q.kl_max, 0), TT_GREATER);
    tt_quantities_clear(&q);
}

static void machines_end_as_they_say(void **state)
{
    tt_quantities q;
    (void)state;
    quantities_of(&q, "markov --horizon 2");
    is_fraction(&q.j_rollout, "17/100"); /* 9/10 1/10 + 1/10 8/10 */
    tt_quantities_clear(&q);
    quantities_of(&q, "rare-state --horizon 3 --probability 1/10 --target 3/4");
    is_fraction(&q.j_rollout, "181/200"); /* 1 - 1/10 1/2 - 9/10 1/10 1/2 */
    is_fraction(&q.j_target, "343/400");
    tt_quantities_clear(&q);
    quantities_of(&q, "flip --horizon 2 --probability 1/100");
    is_fraction(&q.j_rollout, "9891/10000"); /* 1/100 9/10 + (99/100)^2; 0 in the tie itself */
    is_fraction(&q.j_target, "9811/10000");
    tt_quantities_clear(&q);
    quantities_of(&q, "eos --horizon 2");
    is_fraction(&q.j_rollout, "73/320"); /* 1/8 + 33/40 1/8 */
    is_fraction(&q.j_target, "93/500");  /* 1/10 + 43/50 1/10 */
    is_fraction(&q.tv_max, "7/200");     /* the rows are the same after a slip */
    tt_quantities_clear(&q);
}

/* T eps (1 - (1-eps)^(T-1)) */
static void set_tv_optimal(tt_real *out, unsigned long horizon, unsigned long n, unsigned long d)
{
    tt_real_set_frac(out, d - n, d);
    tt_real_pow_ui(out, out, horizon - 1, 256);
    tt_real_neg(out, out);
    {
        tt_real one;
        tt_real_init(&one);
        tt_real_set_ui(&one, 1);
        tt_real_add(out, out, &one, 256);
        tt_real_clear(&one);
    }
    tt_real_mul_frac(out, out, horizon * n, d, 256);
}

static void rare_token_attains_the_tv_optimum(void **state)
{
    static const unsigned long eps[][2] = { { 1, 1000 }, { 1, 10 }, { 1, 2 }, { 9, 10 } };
    tt_real bound;
    (void)state;
    tt_real_init(&bound);
    for (unsigned long horizon = 2; horizon <= 8; horizon++)
        for (size_t k = 0; k < sizeof eps / sizeof *eps; k++) {
            char line[128];
            tt_quantities q;
            snprintf(line, sizeof line, "rare-token --horizon %lu --tv %lu/%lu", horizon, eps[k][0], eps[k][1]);
            quantities_of(&q, line);
            set_tv_optimal(&bound, horizon, eps[k][0], eps[k][1]);
            is_ratio(&q.worst_case_error, &bound, 9999);
            reward_is_worst(&q);
            tt_quantities_clear(&q);
        }
    tt_real_clear(&bound);
}

/* 1/2 sqrt((1+chi)^T - 1 - T chi) */
static void set_second_moment(tt_real *out, unsigned long horizon, const tt_real *chi)
{
    tt_real one, rest;
    tt_real_init(&one);
    tt_real_init(&rest);
    tt_real_set_ui(&one, 1);
    tt_real_mul_frac(&rest, chi, horizon, 1, 256);
    tt_real_add(&rest, &rest, &one, 256);
    tt_real_add(out, &one, chi, 256);
    tt_real_pow_ui(out, out, horizon, 256);
    tt_real_sub(out, out, &rest, 256);
    tt_real_sqrt(out, out, 256);
    tt_real_mul_frac(out, out, 1, 2, 256);
    tt_real_clear(&one);
    tt_real_clear(&rest);
}

static void golden_attains_the_second_moment(void **state)
{
    /* largest horizon whose ratios stay >= 0 */
    static const struct {
        const char *chi;
        unsigned long most;
    } cases[] = { { "1/1000000", 8 }, { "1/10000", 7 }, { "1/1000", 6 }, { "1/100", 3 } };
    tt_real bound, value;
    mpq_t number;
    (void)state;
    tt_real_init(&bound);
    tt_real_init(&value);
    mpq_init(number);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (unsigned long horizon = 2; horizon <= cases[k].most; horizon++) {
            char line[128];
            tt_quantities q;
            snprintf(line, sizeof line, "golden --horizon %lu --chi2 %s", horizon, cases[k].chi);
            quantities_of(&q, line);
            mpq_set_str(number, cases[k].chi, 10);
            tt_real_set_q(&value, number);
            assert_int_equal(tt_real_cmp(&q.chi2_max, &value), TT_EQUAL);
            set_second_moment(&bound, horizon, &value);
            is_ratio(&q.worst_case_error, &bound, 9999);
            reward_is_worst(&q);
            tt_quantities_clear(&q);
        }
    tt_real_clear(&bound);
    tt_real_clear(&value);
    mpq_clear(number);
}

static void the_others_attain_what_they_say(void **state)
{
    tt_quantities q;
    tt_real sum;
    (void)state;
    tt_real_init(&sum);
    quantities_of(&q, "sequence-kl");
    is_ratio(&q.worst_case_error, &q.kl_seq, 9999);
    reward_is_worst(&q);
    tt_quantities_clear(&q);

    for (unsigned long horizon = 2; horizon <= 6; horizon++) {
        char line[128];
        snprintf(line, sizeof line, "linear-tight --horizon %lu", horizon);
        quantities_of(&q, line);
        assert_int_equal(tt_real_cmp_ui(&q.worst_case_error, horizon), TT_EQUAL);
        for (size_t t = 0; t < horizon; t++)
            assert_int_equal(tt_real_cmp_ui(tt_series_at(&q.expected_tv, t), 1), TT_EQUAL);
        reward_is_worst(&q);
        tt_quantities_clear(&q);

        snprintf(line, sizeof line, "reverse-kl --horizon %lu", horizon);
        quantities_of(&q, line);
        tt_real_mul_frac(&sum, &q.kl_seq_reverse, horizon - 1, 1, 256);
        is_ratio(&q.worst_case_error, &sum, 9999);
        reward_is_worst(&q);
        tt_quantities_clear(&q);

        snprintf(line, sizeof line, "mixed-tight --horizon %lu --probability 1/7", horizon);
        quantities_of(&q, line);
        tt_real_set_frac(&sum, horizon, 7); /* 2 (T-1) eps TV_seq = 2 (T-1) / 7 at T = 2 */
        assert_int_equal(tt_real_cmp(&q.worst_case_error, &sum), TT_EQUAL);
        is_fraction(&q.tv_seq, "1/7");
        is_fraction(&q.tv_max, "1");
        is_fraction(tt_series_at(&q.expected_tv, 0), "1/7");
        reward_is_worst(&q);
        tt_quantities_clear(&q);
    }
    tt_real_clear(&sum);
}

/* ---- refusals ---- */

static void argument_is_refused(const char *kind, const char *name, const char *text)
{
    tt_arguments *arguments = arguments_of(kind);
    unsigned long before = tt_argument_count(arguments, "horizon");
    tt_error error;
    assert_int_equal(tt_arguments_set(arguments, name, text, &error), TT_BAD_INPUT);
    assert_non_null(strstr(error.where, name));
    assert_int_equal(tt_argument_count(arguments, "horizon"), before);
    tt_arguments_free(arguments);
}

static void refuses_arguments(void **state)
{
    (void)state;
    argument_is_refused("random", "horizon", "0");
    argument_is_refused("random", "horizon", "4097");
    argument_is_refused("random", "horizon", "3 ");
    argument_is_refused("random", "horizon", "-1");
    argument_is_refused("random", "horizon", "");
    argument_is_refused("random", "vocab", "2147483648");
    argument_is_refused("random", "seed", "18446744073709551616");
    argument_is_refused("random", "reward", "rand");
    argument_is_refused("random", "scale", "1/2");
    argument_is_refused("near", "scale", "2");
    argument_is_refused("near", "scale", "1/0");
    argument_is_refused("a8", "probability", "-1/2");
    argument_is_refused("a8", "horizon", "1");
}

static void build_is_refused(const char *line, tt_status expected, const char *where)
{
    tt_arguments *arguments = arguments_of(line);
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_generate(&instance, arguments, 0, &error), expected);
    assert_null(instance);
    assert_int_equal(error.status, expected);
    assert_string_equal(error.where, where);
    tt_arguments_free(arguments);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    build_is_refused("random --vocab 2 --horizon 20", TT_LIMIT, "");
    build_is_refused("random --vocab 2147483647 --horizon 4096 --prompts 1000", TT_LIMIT, "");
    build_is_refused("sparse --vocab 2147483647 --horizon 1 --deviations 1", TT_LIMIT, "");
    build_is_refused("sparse --vocab 2 --horizon 2 --deviations 4", TT_BAD_INPUT, "--deviations");
    build_is_refused("count", TT_BAD_INPUT, "--target");
    build_is_refused("count --target 1/2 --kl 1", TT_BAD_INPUT, "--kl");
    build_is_refused("count --rollout 1 --kl 1", TT_BAD_INPUT, "--kl");
    build_is_refused("eos --rollout-end 3/4 --rollout-slip 1/2", TT_BAD_INPUT, "");
    build_is_refused("rare-token --tv 1", TT_BAD_INPUT, "--tv");
    build_is_refused("golden --chi2 0", TT_BAD_INPUT, "--chi2");
    build_is_refused("golden --horizon 8 --chi2 1/10000", TT_BAD_INPUT, "--chi2");
    build_is_refused("sequence-kl --shift 1", TT_BAD_INPUT, "--shift");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depends_on_seed_and_index_alone),
        cmocka_unit_test(chooses_every_set),
        cmocka_unit_test(every_kind_gives_rows_and_a_file),
        cmocka_unit_test(near_is_near),
        cmocka_unit_test(sparse_deviates_where_it_says),
        cmocka_unit_test(a8_has_kl_one),
        cmocka_unit_test(count_counts),
        cmocka_unit_test(machines_end_as_they_say),
        cmocka_unit_test(rare_token_attains_the_tv_optimum),
        cmocka_unit_test(golden_attains_the_second_moment),
        cmocka_unit_test(the_others_attain_what_they_say),
        cmocka_unit_test(refuses_arguments),
        cmocka_unit_test(refuses_what_does_not_fit),
    };
    printf("test_generate: seed %" PRIu64 "\n", test_seed(1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

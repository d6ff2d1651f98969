/* Labels: what they answer against definitions on the naive route's numbers, known instances, and a campaign on which
   every one of them is met and missed. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/study/evaluate.h"
#include "../../lib/study/labels.h"
#include "../../lib/world/generate.h"
#include "../../lib/world/sample.h"
#include "../naive.h"
#include "../settings.h"

static tt_answer *answers_of(const tt_instance *instance, tt_judgement *judgement)
{
    tt_answer *answers = malloc(tt_label_count() * sizeof *answers);
    tt_evaluate_options options;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    tt_subject_of_instance(&subject, &source, instance);
    tt_evaluate_options_init(&options);
    assert_int_equal(tt_judge(judgement, &subject, &options, &error), TT_OK);
    tt_evaluate_options_clear(&options);
    tt_labels(answers, &judgement->quantities, &judgement->evaluation);
    return answers;
}

static size_t label_number(const char *name)
{
    for (size_t k = 0; k < tt_label_count(); k++)
        if (strcmp(tt_label_at(k)->name, name) == 0)
            return k;
    fprintf(stderr, "there is no label '%s'\n", name);
    fail();
    return 0;
}

/* ---- the table ---- */

static void names_are_one_each(void **state)
{
    (void)state;
    assert_in_range(tt_label_count(), 1, 64);
    for (size_t k = 0; k < tt_label_count(); k++) {
        assert_true(*tt_label_at(k)->name && *tt_label_at(k)->meaning);
        assert_int_equal(label_number(tt_label_at(k)->name), k);
    }
}

/* ---- definitions ---- */

/* A number of the naive route as a double: exact comparisons are its business, these are far from equality or exact. */
static double number(const tt_real *x)
{
    return tt_real_is_infinite(x) ? 1e300 : tt_real_get_d(x);
}

static bool zero(const tt_real *x)
{
    return tt_real_is_zero(x);
}

static bool equal(const tt_real *x, const tt_real *y)
{
    return tt_real_cmp(x, y) == TT_EQUAL;
}

static bool one(const tt_real *x)
{
    return tt_real_cmp_ui(x, 1) == TT_EQUAL;
}

typedef struct {
    const char *name;
    bool (*holds)(const tt_quantities *q);
} definition;

static bool d_equal(const tt_quantities *q) { return zero(&q->tv_max); }
static bool d_near(const tt_quantities *q) { return !zero(&q->tv_max) && number(&q->tv_seq) < 1e-9; }
static bool d_apart(const tt_quantities *q) { return one(tt_series_at(&q->context_tv, q->horizon)); }
static bool d_eps_one(const tt_quantities *q) { return one(&q->tv_max); }
static bool d_not_dominated(const tt_quantities *q) { return !zero(&q->off_support); }
static bool d_infinite(const tt_quantities *q) { return tt_real_is_infinite(&q->kl_max); }
static bool d_seq_infinite(const tt_quantities *q)
{
    return tt_real_is_infinite(tt_series_at(&q->context_kl, q->horizon));
}
static bool d_reverse(const tt_quantities *q) { return tt_real_is_infinite(&q->kl_max_reverse); }
static bool d_t_eps(const tt_quantities *q) { return (double)q->horizon * number(&q->tv_max) > 1 + 1e-12; }
static bool d_t_delta(const tt_quantities *q) { return (double)q->horizon * number(&q->kl_max) > 1; }
static bool d_small(const tt_quantities *q) { return (double)q->horizon * number(&q->kl_max) <= 2; }
static bool d_coupling(const tt_quantities *q) { return (double)(q->horizon - 1) * number(&q->tv_max) > 1 + 1e-12; }
static bool d_pinsker(const tt_quantities *q)
{
    return number(&q->kl_max) > 2 || (double)(q->horizon - 1) * number(&q->kl_max) > 2;
}
static bool d_mixed(const tt_quantities *q) { return number(tt_series_at(&q->context_kl, q->horizon)) > 2; }
static bool d_exact(const tt_quantities *q) { return equal(&q->improvement, &q->surrogate); }
static bool d_above(const tt_quantities *q) { return tt_real_cmp(&q->improvement, &q->surrogate) == TT_GREATER; }
static bool d_below(const tt_quantities *q) { return tt_real_cmp(&q->improvement, &q->surrogate) == TT_LESS; }
static bool d_worst_zero(const tt_quantities *q) { return zero(&q->worst_case_error); }
static bool d_worst_one(const tt_quantities *q) { return tt_real_cmp_ui(&q->worst_case_error, 1) == TT_GREATER; }
static bool d_better(const tt_quantities *q) { return tt_real_cmp(&q->j_target, &q->j_rollout) == TT_GREATER; }
static bool d_worse(const tt_quantities *q) { return tt_real_cmp(&q->j_target, &q->j_rollout) == TT_LESS; }
static bool d_misleads(const tt_quantities *q) { return number(&q->surrogate) * number(&q->improvement) < 0; }
static bool d_never(const tt_quantities *q) { return zero(&q->j_rollout) && zero(&q->j_target); }
static bool d_always(const tt_quantities *q) { return one(&q->j_rollout) && one(&q->j_target); }
static bool d_off(const tt_quantities *q) { return zero(&q->j_rollout) && !zero(&q->j_target); }

static const definition definitions[] = {
    { "target = rollout", d_equal },       { "nearly equal", d_near },
    { "TV_seq = 1", d_apart },             { "eps = 1", d_eps_one },
    { "not dominated", d_not_dominated },  { "KL infinite", d_infinite },
    { "reverse KL infinite", d_reverse },  { "KL_seq infinite", d_seq_infinite },
    { "T eps > 1", d_t_eps },              { "T delta > 1", d_t_delta },
    { "delta <= 2/T", d_small },           { "a cap of pinsker-marginal is active", d_pinsker },
    { "a cap of coupling is active", d_coupling }, { "a cap of mixed-kl is active", d_mixed },
    { "Error = 0", d_exact },              { "Error > 0", d_above },
    { "Error < 0", d_below },              { "worst-case Error = 0", d_worst_zero },
    { "worst-case Error > 1", d_worst_one }, { "improvement > 0", d_better },
    { "improvement < 0", d_worse },        { "the surrogate misleads", d_misleads },
    { "never rewarded", d_never },         { "always rewarded", d_always },
    { "rewarded off support", d_off },
};

/* The same for the labels of bounds, over the first `n` of the catalogue: some bound has a value or tightness in a range.
   Doubles tell except at the ends of a range, where these give way. */
typedef enum { OF_TIGHTNESS, OF_VALUE, OF_FIRING } bound_side;
static const struct {
    const char *name;
    bool paper;
    bound_side side;
    double least, most;
} of_bounds[] = {
    { "some bound is attained", false, OF_TIGHTNESS, 1 - 1e-9, 2 },
    { "some bound is within 2", false, OF_TIGHTNESS, 0.5, 2 },
    { "a bound of the paper is twice the Error", true, OF_TIGHTNESS, 0.5 - 5e-10, 2 },
    { "some bound is at most 1", false, OF_VALUE, -1, 1 },
    { "a bound of the paper is at most 1", true, OF_VALUE, -1, 1 },
    { "some guarantee fires", false, OF_FIRING, 0, 1e300 },
    { "a guarantee of the paper fires", true, OF_FIRING, 0, 1e300 },
};

enum { PAPER_BOUNDS = 16 };

/* TT_NULL where a number is too near an end to tell. */
static tt_answer bounds_say(size_t k, const tt_evaluation *e)
{
    tt_answer answer = TT_NO;
    for (size_t b = 0; b < (of_bounds[k].paper ? PAPER_BOUNDS : tt_bound_count()) && answer != TT_YES; b++) {
        const tt_bound_result *r = &e->bounds[b];
        const tt_real *x = of_bounds[k].side == OF_TIGHTNESS ? &r->tightness
                           : of_bounds[k].side == OF_VALUE   ? &r->value
                                                             : &r->minorizer;
        double d;
        if (r->verdict == TT_NOT_APPLICABLE || tt_real_is_absent(x) ||
            (of_bounds[k].side == OF_VALUE && r->bound->kind != TT_REWARD_FREE))
            continue;
        d = tt_real_is_infinite(x) ? of_bounds[k].side == OF_FIRING ? -1e300 : 1e300 : tt_real_get_d(x);
        if (fabs(d - of_bounds[k].least) < 1e-12 || fabs(d - of_bounds[k].most) < 1e-12)
            answer = TT_NULL;
        else if (d > of_bounds[k].least && d < of_bounds[k].most)
            answer = TT_YES;
    }
    return answer;
}

static void check_bounds(const tt_answer *answers, const tt_judgement *judgement)
{
    for (size_t k = 0; k < sizeof of_bounds / sizeof *of_bounds; k++) {
        tt_answer said = bounds_say(k, &judgement->evaluation), answer = answers[label_number(of_bounds[k].name)];
        if (said != TT_NULL && answer != TT_NULL && said != answer) {
            fprintf(stderr, "'%s' is %d\n", of_bounds[k].name, (int)answer);
            fail();
        }
    }
}

/* Counts how often each label answers what; compares with the definitions. */
static void answers_are_what_they_mean(void **state)
{
    size_t (*met)[3] = calloc(tt_label_count(), sizeof *met), open = 0;
    uint64_t count = TT_SAMPLE_CYCLE * 2 * test_effort();
    tt_sample_space space;
    (void)state;
    tt_sample_space_init(&space);
    space.vocab_low = space.horizon_low = 1;
    space.horizon_high = 3;
    space.seed = test_seed(1);
    for (uint64_t i = 0; i < count; i++) {
        tt_instance *instance;
        tt_judgement judgement;
        tt_row_source source;
        tt_quantities naive;
        tt_answer *answers;
        tt_error error;
        assert_int_equal(tt_sample(&instance, NULL, &space, i, &error), TT_OK);
        tt_instance_source(&source, instance);
        tt_quantities_init(&naive);
        naive_measure(&naive, &source);
        answers = answers_of(instance, &judgement);
        for (size_t k = 0; k < tt_label_count(); k++) {
            met[k][answers[k]]++;
            open += answers[k] == TT_NULL;
        }
        for (size_t k = 0; k < sizeof definitions / sizeof *definitions; k++) {
            tt_answer answer = answers[label_number(definitions[k].name)];
            if (answer != TT_NULL && (answer == TT_YES) != definitions[k].holds(&naive)) {
                fprintf(stderr, "%s: '%s' is %s\n", tt_instance_name(instance), definitions[k].name,
                        answer == TT_YES ? "yes" : "no");
                fail();
            }
        }
        check_bounds(answers, &judgement);
        free(answers);
        tt_judgement_clear(&judgement);
        tt_quantities_clear(&naive);
        tt_instance_free(instance);
    }
    for (size_t k = 0; k < tt_label_count(); k++)
        if (met[k][TT_YES] == 0 || met[k][TT_NO] == 0) {
            fprintf(stderr, "'%s': %zu yes, %zu no, %zu open\n", tt_label_at(k)->name, met[k][TT_YES], met[k][TT_NO],
                    met[k][TT_NULL]);
            fail();
        }
    printf("%zu of %zu answers are open\n", open, (size_t)count * tt_label_count());
    assert_true(20 * open < count * tt_label_count());
    free(met);
}

/* ---- known instances ---- */

typedef struct {
    const char *kind;
    const char *arguments[9]; /* name, value, ..., NULL */
    const char *yes[8], *no[8];
} known;

static const known knowns[] = {
    { "count", { "horizon", "4", "rollout", "1/2", "target", "51/100", NULL },
      { "some guarantee fires", "a guarantee of the paper fires", "some guarantee can fire", "improvement > 0",
        "delta <= 2/T", "a bound of the paper is at most 1", NULL },
      { "T delta > 1", "not dominated", "worst-case Error > 1", NULL } },
    { "count", { "horizon", "2", "rollout", "1/2", "target", "3/5", NULL },
      { "some bound is attained", "some bound is within 2", "a bound of the paper is twice the Error", NULL },
      { "Error = 0", "eps = 1", NULL } },
    { "linear-tight", { "horizon", "4", NULL },
      { "TV_seq = 1", "eps = 1", "KL infinite", "KL_seq infinite", "reverse KL infinite", "worst-case Error > 1",
        "some bound is attained", NULL },
      { "nearly equal", "some guarantee fires", "some bound is at most 1", NULL } },
    { "near", { "scale", "1e-15", NULL },
      { "nearly equal", "delta <= 2/T", NULL },
      { "target = rollout", "T eps > 1", "a cap of coupling is active", NULL } },
    { "near", { "scale", "0", NULL },
      { "target = rollout", "Error = 0", "worst-case Error = 0", NULL },
      { "nearly equal", "improvement > 0", "some guarantee fires", "some bound is attained", "worst-case reward", NULL } },
    { "random", { "reward", "zero", NULL }, { "never rewarded", "Error = 0", NULL }, { "always rewarded", NULL } },
    { "random", { "reward", "one", NULL }, { "always rewarded", "Error = 0", NULL }, { "never rewarded", NULL } },
    { "rare-token", { "horizon", "4", "probability", "1e-9", NULL },
      { "heavy ratios", NULL },
      { "KL infinite", "not dominated", NULL } },
};

static void known_instances(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof knowns / sizeof *knowns; k++) {
        tt_arguments *arguments;
        tt_instance *instance;
        tt_judgement judgement;
        tt_answer *answers;
        tt_error error;
        assert_int_equal(tt_arguments_new(&arguments, tt_generator_find(knowns[k].kind)), TT_OK);
        for (const char *const *a = knowns[k].arguments; *a; a += 2)
            assert_int_equal(tt_arguments_set(arguments, a[0], a[1], &error), TT_OK);
        assert_int_equal(tt_generate(&instance, arguments, 0, &error), TT_OK);
        answers = answers_of(instance, &judgement);
        for (int side = 0; side < 2; side++)
            for (const char *const *name = side ? knowns[k].no : knowns[k].yes; *name; name++)
                if (answers[label_number(*name)] != (side ? TT_NO : TT_YES)) {
                    fprintf(stderr, "%s: '%s' is %d\n", tt_instance_name(instance), *name, (int)answers[label_number(*name)]);
                    fail();
                }
        free(answers);
        tt_judgement_clear(&judgement);
        tt_instance_free(instance);
        tt_arguments_free(arguments);
    }
}

/* Where nothing is known nothing is answered, but for the one that is a field. */
static void nothing_is_made_up(void **state)
{
    tt_quantities q;
    tt_evaluation e;
    (void)state;
    tt_quantities_init(&q);
    assert_int_equal(tt_evaluation_init(&e), TT_OK);
    q.horizon = 3;
    q.dominated = true;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        e.bounds[k].bound = tt_bound_at(k);
        e.bounds[k].can_fire = e.bounds[k].fires = TT_NULL;
    }
    for (size_t k = 0; k < tt_label_count(); k++) {
        tt_answer answer = tt_label_at(k)->test(&q, &e);
        const char *name = tt_label_at(k)->name;
        if (strcmp(name, "not dominated") == 0 || strstr(name, "attained") || strstr(name, "within") || strstr(name, "twice"))
            assert_int_equal(answer, TT_NO); /* no tightness is the tightness of no bound */
        else if (answer != TT_NULL) {
            fprintf(stderr, "'%s' is %d of nothing\n", name, (int)answer);
            fail();
        }
    }
    tt_quantities_clear(&q);
    tt_evaluation_clear(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_one_each),
        cmocka_unit_test(answers_are_what_they_mean),
        cmocka_unit_test(known_instances),
        cmocka_unit_test(nothing_is_made_up),
    };
    printf("test_labels: seed %" PRIu64 ", effort %" PRIu64 "\n", test_seed(1), test_effort());
    return cmocka_run_group_tests(tests, NULL, NULL);
}

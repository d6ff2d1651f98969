/* The witnesses of experiments/frontier and experiments/optima-witnesses: each is judged again. A bound is as tight
   on its witness as the table says; worst-case Error is at least the lower end, at no more than the input. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/number/exact.h"
#include "../../lib/study/search.h"
#include "../../lib/world/instance_json.h"

enum { PATH_ROOM = 4096, WITNESSES = 128 };

/* The witnesses of a table that were judged, each once. */
typedef struct {
    char *name[WITNESSES];
    tt_instance *instance[WITNESSES];
    tt_judgement judgement[WITNESSES];
    size_t n;
} judged;

/* path = experiments/FOLDER/NAME of the sources */
static void set_path(char *path, size_t size, const char *folder, const char *name)
{
    const char *source = getenv("srcdir");
    snprintf(path, size, "%s/experiments/%s/%s", source ? source : ".", folder, name);
}

static size_t judge(judged *all, const char *folder, const char *name)
{
    char path[2 * PATH_ROOM];
    tt_evaluate_options options;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    for (size_t k = 0; k < all->n; k++)
        if (strcmp(all->name[k], name) == 0)
            return k;
    assert_true(all->n < WITNESSES);
    set_path(path, sizeof path, folder, name);
    if (tt_instance_read(&all->instance[all->n], path, &error) != TT_OK)
        fail_msg("%s: %s", path, error.what);
    tt_evaluate_options_init(&options);
    options.engine = TT_ENGINE_TREE;
    tt_subject_of_instance(&subject, &source, all->instance[all->n]);
    assert_int_equal(tt_judge(&all->judgement[all->n], &subject, &options, &error), TT_OK);
    assert_false(all->judgement[all->n].evaluation.violated);
    tt_evaluate_options_clear(&options);
    all->name[all->n] = strdup(name);
    return all->n++;
}

static void clear(judged *all)
{
    for (size_t k = 0; k < all->n; k++) {
        free(all->name[k]);
        tt_judgement_clear(&all->judgement[k]);
        tt_instance_free(all->instance[k]);
    }
}

static void set_number(tt_real *out, const char *text)
{
    tt_error error;
    mpq_t value;
    mpq_init(value);
    if (tt_exact_parse(value, text, strlen(text), &error) != TT_OK)
        fail_msg("%s: %s", text, error.what);
    tt_real_set_q(out, value);
    mpq_clear(value);
}

/* One line of a table: bound, kind, vocab, horizon, tightness, witness. */
static void check_line(judged *all, char *line)
{
    char *bound = strtok(line, "\t"), *kind = strtok(NULL, "\t"), *vocab = strtok(NULL, "\t"),
         *horizon = strtok(NULL, "\t"), *tightness = strtok(NULL, "\t"), *name = strtok(NULL, "\t\n");
    tt_real is, must;
    size_t w;
    assert_non_null(name);
    w = judge(all, "frontier", name);
    assert_non_null(tt_bound_find(bound));
    assert_string_equal(tt_bound_kind_name(tt_bound_find(bound)->kind), kind);
    assert_int_equal(tt_instance_vocab(all->instance[w]), strtoul(vocab, NULL, 10));
    assert_int_equal(tt_instance_horizon(all->instance[w]), strtoul(horizon, NULL, 10));
    tt_real_init(&is);
    tt_real_init(&must);
    set_number(&must, tightness);
    assert_int_equal(tt_real_cmp_ui(&must, 0), TT_GREATER);
    tt_search_tightness(&is, &all->judgement[w], tt_bound_find(bound));
    if (tt_verdict_le(&must, &is) != TT_HOLDS)
        fail_msg("%s on %s: %s is not certain", bound, name, tightness);
    if (tt_real_cmp_ui(&is, 1) == TT_GREATER)
        fail_msg("%s on %s: exceeded", bound, name);
    tt_real_clear(&is);
    tt_real_clear(&must);
}

static void witnesses_stand(void **state)
{
    char pattern[2 * PATH_ROOM];
    glob_t tables;
    size_t lines = 0;
    (void)state;
    set_path(pattern, sizeof pattern, "frontier", "*.tsv");
    assert_int_equal(glob(pattern, 0, NULL, &tables), 0);
    for (size_t k = 0; k < tables.gl_pathc; k++) {
        judged all = { .n = 0 };
        char line[PATH_ROOM];
        FILE *in = fopen(tables.gl_pathv[k], "r");
        assert_non_null(in);
        assert_non_null(fgets(line, sizeof line, in)); /* the header */
        for (; fgets(line, sizeof line, in); lines++)
            check_line(&all, line);
        fclose(in);
        clear(&all);
    }
    globfree(&tables);
    if (lines < 10 * 45)
        fail_msg("only %zu lines", lines);
}

static const tt_real *input_of(const tt_quantities *q, const char *input)
{
    if (strcmp(input, "kl-seq") == 0)
        return &q->kl_seq;
    if (strcmp(input, "chi2-max") == 0)
        return &q->chi2_max;
    if (strcmp(input, "tv-max") == 0)
        return &q->tv_max;
    assert_string_equal(input, "kl-max");
    return &q->kl_max;
}

/* One line: input, horizon, value, lower, upper, gap, upper_by, witness. */
static void check_optimum(judged *all, char *line)
{
    char *column[8];
    const tt_quantities *q;
    tt_real value, lower, upper;
    size_t w;
    for (size_t k = 0; k < 8; k++) {
        column[k] = strtok(k ? NULL : line, "\t\n");
        assert_non_null(column[k]);
    }
    w = judge(all, "optima-witnesses", column[7]);
    q = &all->judgement[w].quantities;
    assert_int_equal(tt_instance_horizon(all->instance[w]), strtoul(column[1], NULL, 10));
    tt_real_init(&value);
    tt_real_init(&lower);
    tt_real_init(&upper);
    set_number(&value, column[2]);
    set_number(&lower, column[3]);
    set_number(&upper, column[4]);
    if (tt_verdict_le(input_of(q, column[0]), &value) != TT_HOLDS)
        fail_msg("%s: %s is more than %s", column[7], column[0], column[2]);
    if (tt_verdict_le(&lower, &q->worst_case_error) != TT_HOLDS)
        fail_msg("%s: worst-case Error is less than %s", column[7], column[3]);
    assert_int_equal(tt_verdict_le(&q->worst_case_error, &upper), TT_HOLDS);
    tt_real_clear(&value);
    tt_real_clear(&lower);
    tt_real_clear(&upper);
}

static void optima_stand(void **state)
{
    judged all = { .n = 0 };
    char path[PATH_ROOM], line[PATH_ROOM];
    size_t lines = 0;
    FILE *in;
    (void)state;
    set_path(path, sizeof path, "optima-witnesses", "optima.tsv");
    in = fopen(path, "r");
    assert_non_null(in);
    assert_non_null(fgets(line, sizeof line, in));
    for (; fgets(line, sizeof line, in); lines++)
        check_optimum(&all, line);
    fclose(in);
    clear(&all);
    assert_int_equal(lines, 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(witnesses_stand), cmocka_unit_test(optima_stand) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

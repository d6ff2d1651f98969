/* The witnesses of experiments/frontier: each is judged again, and each bound is as tight on its witness as the table
   says. */
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

enum { PATH_ROOM = 4096, WITNESSES = 64 };

/* The witnesses of a table that were judged, each once. */
typedef struct {
    char *name[WITNESSES];
    tt_instance *instance[WITNESSES];
    tt_judgement judgement[WITNESSES];
    size_t n;
} judged;

static const char *folder(void)
{
    static char path[PATH_ROOM];
    const char *source = getenv("srcdir");
    snprintf(path, sizeof path, "%s/experiments/frontier", source ? source : ".");
    return path;
}

static size_t judge(judged *all, const char *name)
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
    snprintf(path, sizeof path, "%s/%s", folder(), name);
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

/* One line of a table: bound, kind, vocab, horizon, tightness, witness. */
static void check_line(judged *all, char *line)
{
    char *bound = strtok(line, "\t"), *kind = strtok(NULL, "\t"), *vocab = strtok(NULL, "\t"),
         *horizon = strtok(NULL, "\t"), *tightness = strtok(NULL, "\t"), *name = strtok(NULL, "\t\n");
    tt_real is, must;
    tt_error error;
    mpq_t value;
    size_t w;
    assert_non_null(name);
    w = judge(all, name);
    assert_non_null(tt_bound_find(bound));
    assert_string_equal(tt_bound_kind_name(tt_bound_find(bound)->kind), kind);
    assert_int_equal(tt_instance_vocab(all->instance[w]), strtoul(vocab, NULL, 10));
    assert_int_equal(tt_instance_horizon(all->instance[w]), strtoul(horizon, NULL, 10));
    mpq_init(value);
    tt_real_init(&is);
    tt_real_init(&must);
    assert_int_equal(tt_exact_parse(value, tightness, strlen(tightness), &error), TT_OK);
    assert_true(mpq_sgn(value) > 0);
    tt_real_set_q(&must, value);
    tt_search_tightness(&is, &all->judgement[w], tt_bound_find(bound));
    if (tt_verdict_le(&must, &is) != TT_HOLDS)
        fail_msg("%s on %s: %s is not certain", bound, name, tightness);
    if (tt_real_cmp_ui(&is, 1) == TT_GREATER)
        fail_msg("%s on %s: exceeded", bound, name);
    mpq_clear(value);
    tt_real_clear(&is);
    tt_real_clear(&must);
}

static void witnesses_stand(void **state)
{
    char pattern[2 * PATH_ROOM];
    glob_t tables;
    size_t lines = 0;
    (void)state;
    snprintf(pattern, sizeof pattern, "%s/*.tsv", folder());
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(witnesses_stand) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

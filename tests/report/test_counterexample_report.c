/* The report of `counterexample`: the JSON contract, one TSV line per bound, and sentences that follow the numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/report/counterexample_report.h"

static const char *const probabilities[] = { "1/10", "1e-40" };

static void run(tt_counterexample *result, size_t n)
{
    tt_evaluate_options options;
    tt_error error;
    tt_evaluate_options_init(&options);
    assert_int_equal(tt_counterexample_run(result, probabilities, n, 3, &options, &error), TT_OK);
    tt_evaluate_options_clear(&options);
}

typedef struct {
    FILE *stream;
    char *text;
    size_t size;
} sink;

static void sink_open(sink *s)
{
    s->stream = open_memstream(&s->text, &s->size);
    assert_non_null(s->stream);
}

static void json_has_its_keys(void **state)
{
    tt_counterexample result;
    tt_error error;
    sink s;
    json_t *whole, *families, *row, *bound;
    (void)state;
    run(&result, 2);
    sink_open(&s);
    assert_int_equal(tt_counterexample_json(s.stream, &result, &error), TT_OK);
    fclose(s.stream);
    whole = json_loadb(s.text, s.size, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(whole);
    assert_string_equal(json_string_value(json_object_get(whole, "format")), "trustree-counterexample-1");
    assert_int_equal(json_integer_value(json_object_get(whole, "horizon")), 3);
    families = json_object_get(whole, "families");
    assert_int_equal(json_array_size(families), 2);
    for (size_t f = 0; f < 2; f++) {
        json_t *rows = json_object_get(json_array_get(families, f), "rows");
        json_t *trends = json_object_get(json_array_get(families, f), "trends");
        assert_int_equal(json_array_size(rows), 2);
        assert_int_equal(json_array_size(trends), tt_bound_count() + 1);
        row = json_array_get(rows, 1);
        assert_int_equal(json_array_size(json_object_get(row, "bounds")), tt_bound_count());
        bound = json_array_get(json_object_get(row, "bounds"), 0);
        assert_string_equal(json_string_value(json_object_get(bound, "id")), "classical-tv");
        assert_string_equal(json_string_value(json_object_get(bound, "verdict")), "holds");
        assert_true(json_is_string(json_object_get(bound, "value")));
        assert_true(json_is_object(json_object_get(row, "kl_seq")));
    }
    row = json_array_get(json_object_get(json_array_get(families, 0), "rows"), 0);
    assert_string_equal(json_string_value(json_object_get(row, "probability")), "1/10");
    assert_string_equal(json_string_value(json_object_get(row, "worst_case_error")), "0");
    json_decref(whole);
    free(s.text);
    tt_counterexample_clear(&result);
}

static void tsv_has_a_line_per_bound(void **state)
{
    tt_counterexample result;
    tt_error error;
    sink s;
    size_t lines = 0, tabs = 0;
    (void)state;
    run(&result, 2);
    sink_open(&s);
    assert_int_equal(tt_counterexample_tsv(s.stream, &result, &error), TT_OK);
    fclose(s.stream);
    for (const char *c = s.text; *c; c++) {
        lines += *c == '\n';
        tabs += *c == '\t';
    }
    assert_int_equal(lines, 1 + 2 * 2 * tt_bound_count());
    assert_int_equal(tabs, 15 * lines);
    free(s.text);
    tt_counterexample_clear(&result);
}

static void sentences_follow_the_numbers(void **state)
{
    tt_counterexample result;
    tt_error error;
    sink s;
    char *second;
    (void)state;
    run(&result, 2);
    sink_open(&s);
    assert_int_equal(tt_counterexample_text(s.stream, &result, TT_TABLE_TEXT, &error), TT_OK);
    fclose(s.stream);
    second = strstr(s.text, "\nFamily all");
    assert_non_null(second);
    *second++ = '\0';
    assert_non_null(strstr(s.text, "Worst-case Error is exactly 0"));
    assert_null(strstr(s.text, "Worst-case Error is not 0"));
    assert_non_null(strstr(second, "Worst-case Error is not 0"));
    assert_null(strstr(second, "Undecided:"));
    for (const char *line = strstr(second, "\ndelta is") + 1; *line != '\n'; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 1, 100);
    assert_non_null(strstr(second, "\n\nIn short: "));
    assert_string_equal(strrchr(second, ':'), ": 0 in family single, like p^1.00 in family all.\n");
    for (char *c = second; *c; c++)
        if (*c == '\n')
            *c = ' ';
    assert_non_null(strstr(second, "the smallest bound that looks at no reward is recursive-tv, "));
    free(s.text);
    tt_counterexample_clear(&result);
}

static void one_probability_says_nothing_of_trends(void **state)
{
    static const tt_table_form forms[] = { TT_TABLE_TEXT, TT_TABLE_MARKDOWN, TT_TABLE_LATEX };
    tt_counterexample result;
    tt_error error;
    (void)state;
    run(&result, 1);
    for (size_t k = 0; k < sizeof forms / sizeof *forms; k++) {
        sink s;
        sink_open(&s);
        assert_int_equal(tt_counterexample_text(s.stream, &result, forms[k], &error), TT_OK);
        fclose(s.stream);
        assert_null(strstr(s.text, "shrink"));
        assert_null(strstr(s.text, "no function of KL_seq"));
        assert_int_equal(strstr(s.text, "Worst-case Error is") != NULL, forms[k] == TT_TABLE_TEXT);
        free(s.text);
    }
    tt_counterexample_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_its_keys),
        cmocka_unit_test(tsv_has_a_line_per_bound),
        cmocka_unit_test(sentences_follow_the_numbers),
        cmocka_unit_test(one_probability_says_nothing_of_trends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

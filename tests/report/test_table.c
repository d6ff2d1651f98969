/* One table in its four forms. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "../../lib/report/table.h"

static void check(tt_table_form form, bool header, const char *expected)
{
    static const char *const columns[] = { "id", "value", "note_x" };
    static const char *const cells[] = { "classical-tv", "3.25", "a|b \xc3\xbc", "c", "300000.25", "<= 5 %\tof {x}", "d", "1", "" };
    tt_table table;
    char *text;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    tt_table_init(&table, "lrl", columns);
    for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
        tt_table_add(&table, cells[k]);
    assert_int_equal(tt_table_print(out, &table, form, header, NULL), TT_OK);
    tt_table_clear(&table);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(text, expected);
    free(text);
}

static void as_text(void **state)
{
    (void)state;
    check(TT_TABLE_TEXT, true,
          "id                value  note_x\n"
          "classical-tv       3.25  a|b \xc3\xbc\n"
          "c             300000.25  <= 5 % of {x}\n"
          "d                     1\n");
}

static void as_tsv(void **state)
{
    (void)state;
    check(TT_TABLE_TSV, true,
          "id\tvalue\tnote_x\n"
          "classical-tv\t3.25\ta|b \xc3\xbc\n"
          "c\t300000.25\t<= 5 % of {x}\n"
          "d\t1\t\n");
    check(TT_TABLE_TSV, false,
          "classical-tv\t3.25\ta|b \xc3\xbc\n"
          "c\t300000.25\t<= 5 % of {x}\n"
          "d\t1\t\n");
}

static void as_markdown(void **state)
{
    (void)state;
    check(TT_TABLE_MARKDOWN, true,
          "| id           |     value | note\\_x          |\n"
          "|:-------------|----------:|:-----------------|\n"
          "| classical-tv |      3.25 | a\\|b \xc3\xbc           |\n"
          "| c            | 300000.25 | &lt;= 5 % of {x} |\n"
          "| d            |         1 |                  |\n");
}

static void as_latex(void **state)
{
    (void)state;
    check(TT_TABLE_LATEX, true,
          "\\begin{tabular}{lrl}\n"
          "\\toprule\n"
          "id & value & note\\_x \\\\\n"
          "\\midrule\n"
          "classical-tv & 3.25 & a\\textbar{}b \xc3\xbc \\\\\n"
          "c & 300000.25 & \\textless{}= 5 \\% of \\{x\\} \\\\\n"
          "d & 1 &  \\\\\n"
          "\\bottomrule\n"
          "\\end{tabular}\n");
}

static void a_cell_without_memory_fails_the_table(void **state)
{
    static const char *const columns[] = { "id" };
    tt_table table;
    tt_error error;
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        tt_table_init(&table, "l", columns);
        if (k == 0)
            tt_table_take(&table, NULL);
        else
            tt_table_add(&table, NULL);
        assert_int_equal(tt_table_print(stdout, &table, TT_TABLE_TEXT, true, &error), TT_NO_MEMORY);
        tt_table_clear(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_text),
        cmocka_unit_test(as_tsv),
        cmocka_unit_test(as_markdown),
        cmocka_unit_test(as_latex),
        cmocka_unit_test(a_cell_without_memory_fails_the_table),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}

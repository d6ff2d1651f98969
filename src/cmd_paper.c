/* trustree paper: every number that the sources print, recomputed. */
#include <stdlib.h>

#include "../lib/report/json.h"
#include "../lib/report/number.h"
#include "../lib/study/paper.h"
#include "cli.h"
#include "commands.h"
#include "renderings.h"

enum { OPTION_FORMAT = 1, OPTION_OUT };

static const tt_cli_option options[] = {
    TT_FORMAT_OPTION(OPTION_FORMAT),
    { "out", OPTION_OUT, "DIR",
      "write paper.txt, .json, .tsv, .md and .tex into DIR instead,\nwhich is made if it is missing", NULL },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "paper",
    .arguments = "[OPTION]...",
    .purpose = "Recomputes every number that the paper and its slides print, and says which of them the exact value\n"
               "rounds to. A number that is not as printed is a result, not a failure.",
    .options = options,
};

/* All cells, evaluated. */
typedef struct {
    size_t n;
    tt_cell_result *cells;
} results;

static void results_free(results *r)
{
    for (size_t k = 0; k < r->n; k++)
        tt_cell_result_clear(&r->cells[k]);
    free(r->cells);
}

static tt_status results_compute(results *r, tt_error *error)
{
    tt_status status = TT_OK;
    r->n = 0;
    r->cells = calloc(tt_cell_count(), sizeof *r->cells);
    if (!r->cells)
        return tt_no_memory(error);
    while (r->n < tt_cell_count() && status == TT_OK) {
        tt_cell_result_init(&r->cells[r->n]);
        status = tt_cell_evaluate(&r->cells[r->n], tt_cell_at(r->n), TT_PRECISION_DEFAULT, error);
        r->n++;
    }
    return status;
}

static bool undecided(const tt_cell_result *result)
{
    return result->rounds_half_up == TT_NULL || result->rounds_half_even == TT_NULL;
}

static const char *verdict_text(const tt_cell_result *result)
{
    if (undecided(result))
        return "undecided";
    if (result->rounds == TT_NO)
        return "NOT as printed";
    if (result->rounds_half_up != result->rounds_half_even)
        return result->rounds_half_up == TT_YES ? "as printed (half-up)" : "as printed (half-even)";
    return "as printed";
}

static const char *answer_text(tt_answer answer)
{
    return answer == TT_YES ? "true" : answer == TT_NO ? "false" : "null";
}

/* ---- forms ---- */

static tt_render write_json;
static tt_status write_json(FILE *out, const void *thing, tt_error *error)
{
    const results *r = thing;
    json_t *cells = json_array(), *whole;
    for (size_t k = 0; k < r->n; k++) {
        const tt_cell *cell = tt_cell_at(k);
        json_t *object = tt_json_put(json_object(), "where", tt_json_text(cell->where));
        object = tt_json_put(object, "cell", tt_json_text(cell->cell));
        object = tt_json_put(object, "bound", tt_json_text(cell->bound));
        object = tt_json_put(object, "inputs", tt_json_text(cell->inputs));
        object = tt_json_put(object, "printed", tt_json_text(cell->printed));
        object = tt_json_put(object, "value", tt_json_real(&r->cells[k].value, false));
        object = tt_json_put(object, "rounds_half_up", tt_json_answer(r->cells[k].rounds_half_up));
        object = tt_json_put(object, "rounds_half_even", tt_json_answer(r->cells[k].rounds_half_even));
        object = tt_json_put(object, "rounds", tt_json_answer(r->cells[k].rounds));
        object = tt_json_put(object, "inequality", json_boolean(r->cells[k].inequality));
        cells = tt_json_push(cells, object);
    }
    whole = tt_json_put(json_object(), "format", tt_json_text("trustree-paper-1"));
    return tt_json_write(out, tt_json_put(whole, "cells", cells), error);
}

static tt_render write_tsv;
static tt_status write_tsv(FILE *out, const void *thing, tt_error *error)
{
    const results *r = thing;
    static const char *const header[] = { "where",    "cell",     "bound",          "inputs",           "printed",
                                          "value_lo", "value_hi", "rounds_half_up", "rounds_half_even", "rounds" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "llllllllll", header);
    for (size_t k = 0; k < r->n; k++) {
        const tt_cell *cell = tt_cell_at(k);
        tt_number_text lo, hi;
        tt_table_add(&table, cell->where);
        tt_table_add(&table, cell->cell);
        tt_table_add(&table, cell->bound ? cell->bound : "");
        tt_table_add(&table, cell->inputs);
        tt_table_add(&table, cell->printed);
        tt_number_ends(&lo, &hi, &r->cells[k].value, TT_ENCLOSURE_DIGITS);
        tt_table_add(&table, lo.text);
        tt_table_add(&table, hi.text);
        tt_table_add(&table, answer_text(r->cells[k].rounds_half_up));
        tt_table_add(&table, answer_text(r->cells[k].rounds_half_even));
        tt_table_add(&table, answer_text(r->cells[k].rounds));
    }
    status = tt_table_print(out, &table, TT_TABLE_TSV, true, error);
    tt_table_clear(&table);
    return status;
}

/* Inputs are left out of the text form, whose lines they would make too long. */
static tt_status write_for_people(FILE *out, const results *r, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "where", "number", "printed", "value", "verdict", "inputs" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, form == TT_TABLE_TEXT ? "llrrl" : "llrrll", header);
    for (size_t k = 0; k < r->n; k++) {
        const tt_cell *cell = tt_cell_at(k);
        tt_table_add(&table, cell->where);
        tt_table_add(&table, cell->cell);
        tt_table_add(&table, cell->printed);
        tt_table_add(&table, tt_number_short(&r->cells[k].value, TT_SHORT_DIGITS).text);
        tt_table_add(&table, verdict_text(&r->cells[k]));
        if (form != TT_TABLE_TEXT)
            tt_table_add(&table, cell->inputs);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

static tt_render write_text;
static tt_status write_text(FILE *out, const void *thing, tt_error *error)
{
    const results *r = thing;
    size_t misprinted = 0, open = 0;
    tt_status status = write_for_people(out, r, TT_TABLE_TEXT, error);
    for (size_t k = 0; k < r->n; k++) {
        misprinted += !undecided(&r->cells[k]) && r->cells[k].rounds == TT_NO;
        open += undecided(&r->cells[k]);
    }
    fprintf(out, "\n%zu numbers: %zu as printed, %zu not as printed", r->n, r->n - misprinted - open, misprinted);
    if (open)
        fprintf(out, ", %zu undecided", open);
    fputs(".\n", out);
    return status;
}

static tt_render write_markdown;
static tt_status write_markdown(FILE *out, const void *thing, tt_error *error)
{
    return write_for_people(out, thing, TT_TABLE_MARKDOWN, error);
}

static tt_render write_latex;
static tt_status write_latex(FILE *out, const void *thing, tt_error *error)
{
    return write_for_people(out, thing, TT_TABLE_LATEX, error);
}

static const tt_rendering renderings[] = {
    { TT_FORMAT_TEXT, "txt", write_text },    { TT_FORMAT_JSON, "json", write_json },
    { TT_FORMAT_TSV, "tsv", write_tsv },      { TT_FORMAT_MARKDOWN, "md", write_markdown },
    { TT_FORMAT_LATEX, "tex", write_latex },
};
enum { RENDERINGS = sizeof renderings / sizeof *renderings };

static int exit_status(const results *r)
{
    for (size_t k = 0; k < r->n; k++)
        if (undecided(&r->cells[k]))
            return TT_EXIT_LIMIT;
    return TT_EXIT_OK;
}

int tt_cmd_paper(int argc, char **argv)
{
    tt_cli cli;
    tt_format format = TT_FORMAT_TEXT;
    const char *folder = NULL;
    tt_error error = TT_ERROR_INIT;
    results r;
    int code, status;
    tt_cli_init(&cli, &command, argc, argv);
    while ((code = tt_cli_next(&cli)) != TT_CLI_END) {
        if (code == TT_CLI_STOP)
            return cli.status;
        if (code == OPTION_OUT)
            folder = cli.value;
        else if (!tt_cli_format(&format, &cli))
            return TT_EXIT_BAD;
    }
    if (cli.operands < argc)
        return tt_cli_bad("paper takes no argument: %s", argv[cli.operands]);
    if (results_compute(&r, &error) != TT_OK)
        status = tt_cli_error(NULL, &error);
    else
        status = tt_exit_worse(folder ? tt_renderings_write(renderings, RENDERINGS, folder, "paper", &r)
                                      : tt_renderings_print(renderings, RENDERINGS, format, &r),
                               exit_status(&r));
    results_free(&r);
    return status;
}

/* trustree eval: every quantity, identity, inequality, bound and verdict of instances. */
#include <stdlib.h>
#include <string.h>

#include "../lib/report/certificate.h"
#include "../lib/report/json.h"
#include "../lib/report/residues.h"
#include "../lib/report/text.h"
#include "../lib/report/tsv.h"
#include "../lib/study/worst_reward.h"
#include "../lib/world/instance_json.h"
#include "../lib/world/recipe.h"
#include "cli.h"
#include "commands.h"
#include "evaluate_settings.h"

enum { BASELINE = EVALUATE_OPTIONS, FULL, FORMAT, TABLE, RECIPE, RESIDUES, WORST_REWARD, CERTIFICATE };

static const char *const table_names[] = { "verdicts", "quantities", "steps", "ladders", NULL };
static const tt_tsv_table tables[] = { TT_TSV_VERDICTS, TT_TSV_QUANTITIES, TT_TSV_STEPS, TT_TSV_LADDERS };
static const tt_cli_words table_words = { .list = table_names, .preset = "verdicts" };

static const tt_cli_option options_table[] = {
    TT_FORMAT_OPTION(FORMAT),
    { "table", TABLE, "TABLE", "of --format tsv: %s.\n"
                               "Verdicts has a row per bound, steps has the bounds of the context\n"
                               "shift, ladders what every inequality below a bound loses", &table_words },
    { "full", FULL, NULL, "print rationals of any length (JSON)", NULL },
    EVALUATE_OPTION_ROWS,
    { "baseline", BASELINE, "B", "check the surrogate with this baseline too", NULL },
    { "recipe", RECIPE, "SPEC", "V,T,SEED,REGIME[,MODE] instead of a file: rows are a hash of the\n"
                                "context; REGIME dyadic or generic; MODE indep, near or coarse", NULL },
    { "worst-reward", WORST_REWARD, "OUT", "write the instance, in tree form, with the reward that makes Error\n"
                                           "largest: 1 where e(y) > 0, else 0 (one FILE)", NULL },
    { "certificate", CERTIFICATE, "OUT", "write the instance and everything that is said of it, for trustree-check\n"
                                         "(one FILE)", NULL },
    { "residues", RESIDUES, NULL, "print the main answers modulo two primes instead of the report", NULL },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "eval",
    .arguments = "[OPTION]... FILE...",
    .purpose = "Evaluates instances: every quantity, identity, inequality and bound, with verdicts.\n"
               "Exit status 1 where something that must hold is violated, 3 where a limit was reached\n"
               "or a verdict is undecided.",
    .options = options_table,
};

typedef struct {
    tt_evaluate_options evaluate;
    tt_format format;
    bool has_table;
    tt_tsv_table table;
    bool full, residues;
    const char *recipe;       /* NULL for files */
    const char *worst_reward, *certificate; /* files to write, or NULL */
} settings;

/* One instance to evaluate: from a file, or from a recipe. */
typedef struct {
    const char *file; /* as messages and reports name it */
    tt_instance *instance;
    tt_recipe recipe;
    bool is_recipe;
    tt_row_source source;
    tt_subject subject;
} task;

/* ---- options ---- */

static bool read_table(settings *s, const tt_cli *cli)
{
    int choice;
    if (!tt_cli_choice(&choice, cli))
        return false;
    s->table = tables[choice];
    return s->has_table = true;
}

static bool read_option(settings *s, const tt_cli *cli, int code)
{
    switch (code) {
    case BASELINE:
        s->evaluate.has_baseline = true;
        return tt_cli_rational(s->evaluate.baseline, cli);
    case FORMAT:
        return tt_cli_format(&s->format, cli);
    case TABLE:
        return read_table(s, cli);
    case FULL:
        s->full = true;
        return true;
    case WORST_REWARD:
        s->worst_reward = cli->value;
        return true;
    case CERTIFICATE:
        s->certificate = cli->value;
        return true;
    case RECIPE:
        s->recipe = cli->value;
        return true;
    case RESIDUES:
        s->residues = true;
        return true;
    default:
        return tt_evaluate_settings_take(&s->evaluate, cli, code);
    }
}

/* ---- tasks ---- */

static void task_clear(task *t)
{
    tt_instance_free(t->instance);
    if (t->is_recipe)
        tt_recipe_clear(&t->recipe);
}

static int task_read(task *t, const char *file)
{
    tt_error error = TT_ERROR_INIT;
    t->file = file;
    if (tt_instance_read(&t->instance, file, &error) != TT_OK)
        return tt_cli_error(file, &error);
    tt_subject_of_instance(&t->subject, &t->source, t->instance);
    return TT_EXIT_OK;
}

static int task_from_recipe(task *t, const char *text)
{
    tt_error error = TT_ERROR_INIT;
    tt_status status = tt_recipe_init(&t->recipe, text, &error);
    t->file = text;
    t->is_recipe = true;
    if (status != TT_OK)
        return tt_cli_bad("--recipe: %s", error.what);
    tt_recipe_source(&t->source, &t->recipe);
    t->subject = (tt_subject){ .source = &t->source };
    return TT_EXIT_OK;
}

/* ---- printing ---- */

static const char *task_name(const task *t)
{
    return t->instance ? tt_instance_name(t->instance) : "";
}

static tt_status print_judgement(FILE *out, const task *t, const tt_judgement *judgement, const settings *s, bool first,
                                 tt_error *error)
{
    if (s->format == TT_FORMAT_TSV)
        return tt_tsv_judgement(out, t->file, task_name(t), judgement, s->table, first, error);
    if (!first)
        fputc('\n', out);
    return tt_text_judgement(out, t->file, task_name(t), judgement, tt_cli_table_form(s->format), error);
}

/* What the verdicts ask for. */
static int judgement_exit(const task *t, const tt_judgement *judgement)
{
    int status = TT_EXIT_OK;
    if (judgement->status != TT_OK)
        status = tt_cli_error(t->file, &judgement->limit);
    else if (judgement->evaluation.undecided)
        status = TT_EXIT_LIMIT;
    return judgement->evaluation.violated ? tt_exit_worse(status, TT_EXIT_VIOLATED) : status;
}

/* The file of --certificate. */
static int write_certificate(const task *t, const tt_judgement *judgement, const settings *s)
{
    tt_certificate certificate = { t->instance, judgement, s->evaluate.has_baseline ? s->evaluate.baseline : NULL };
    tt_error error = TT_ERROR_INIT;
    if (tt_certificate_write_file(s->certificate, &certificate, &error) == TT_OK)
        return TT_EXIT_OK;
    return tt_cli_error(s->certificate, &error);
}

/* Judges one task and prints or, for JSON, collects the result. */
static int run_task(FILE *out, json_t **array, const task *t, const settings *s, bool first)
{
    tt_judgement judgement;
    tt_error error = TT_ERROR_INIT;
    int status;
    if (tt_judge(&judgement, &t->subject, &s->evaluate, &error) != TT_OK) {
        status = tt_cli_error(t->file, &error);
    } else {
        status = judgement_exit(t, &judgement);
        if (s->format == TT_FORMAT_JSON)
            *array = tt_json_push(*array, tt_json_judgement(task_name(t), &judgement, s->full));
        else if (print_judgement(out, t, &judgement, s, first, &error) != TT_OK)
            status = tt_cli_error(t->file, &error);
        if (s->certificate && status != TT_EXIT_BAD)
            status = tt_exit_worse(status, write_certificate(t, &judgement, s));
    }
    tt_judgement_clear(&judgement);
    return status;
}

/* Ample for the digits that stand beside residues. */
#define RESIDUES_PRECISION 88

/* The main answers modulo two primes; nothing is judged. */
static int run_residues(FILE *out, const task *t, const settings *s)
{
    tt_measure_options measure = s->evaluate.measure;
    tt_quantities q;
    const tt_engine *engine;
    tt_error error = TT_ERROR_INIT;
    tt_status status;
    measure.fields = TT_FIELDS_MAIN;
    if (measure.precision > RESIDUES_PRECISION)
        measure.precision = RESIDUES_PRECISION;
    tt_quantities_init(&q);
    status = tt_choose_engine(&engine, s->evaluate.engine, &t->subject, &error);
    if (status == TT_OK)
        status = engine->measure(&q, &t->subject, &measure, &error);
    if (status == TT_OK)
        tt_residues_print(out, &q);
    tt_quantities_clear(&q);
    return status == TT_OK ? TT_EXIT_OK : tt_cli_error(t->file, &error);
}

/* The file of --worst-reward. */
static int write_worst_reward(const task *t, const settings *s)
{
    tt_instance *worst;
    tt_error error = TT_ERROR_INIT;
    tt_status status = tt_worst_reward(&worst, t->subject.source, task_name(t), &s->evaluate.measure, &error);
    if (status != TT_OK) {
        snprintf(error.where, sizeof error.where, "not written");
        return tt_cli_error(s->worst_reward, &error);
    }
    status = tt_instance_write_file(s->worst_reward, worst, &error);
    tt_instance_free(worst);
    return status == TT_OK ? TT_EXIT_OK : tt_cli_error(s->worst_reward, &error);
}

/* One object for one instance, an array for several. */
static int print_json(FILE *out, json_t *array)
{
    tt_error error = TT_ERROR_INIT;
    if (array && json_array_size(array) == 1) {
        json_t *only = json_incref(json_array_get(array, 0));
        json_decref(array);
        array = only;
    }
    return tt_json_write(out, array, &error) == TT_OK ? TT_EXIT_OK : tt_cli_error(NULL, &error);
}

static int run_tasks(const task *tasks, size_t n, const settings *s)
{
    tt_output output;
    json_t *array = json_array();
    int status = TT_EXIT_OK;
    if (!tt_output_open(&output)) {
        json_decref(array);
        return TT_EXIT_BAD;
    }
    for (size_t k = 0; k < n && status != TT_EXIT_BAD; k++)
        status = tt_exit_worse(status, s->residues ? run_residues(output.stream, &tasks[k], s)
                                                   : run_task(output.stream, &array, &tasks[k], s, k == 0));
    if (s->worst_reward && status != TT_EXIT_BAD)
        status = tt_exit_worse(status, write_worst_reward(&tasks[0], s));
    if (s->format == TT_FORMAT_JSON && !s->residues && status != TT_EXIT_BAD)
        status = tt_exit_worse(status, print_json(output.stream, array));
    else
        json_decref(array);
    if (status != TT_EXIT_BAD)
        return tt_output_finish(&output, status);
    tt_output_discard(&output);
    return status;
}

/* Reads everything before anything is computed. */
static int read_and_run(int files, char **names, const settings *s)
{
    size_t n = s->recipe ? 1 : (size_t)files;
    task *tasks = calloc(n, sizeof *tasks);
    int status = tasks ? TT_EXIT_OK : tt_cli_bad("out of memory");
    for (size_t k = 0; tasks && k < n && status == TT_EXIT_OK; k++)
        status = s->recipe ? task_from_recipe(&tasks[k], s->recipe) : task_read(&tasks[k], names[k]);
    if (status == TT_EXIT_OK)
        status = run_tasks(tasks, n, s);
    for (size_t k = 0; tasks && k < n; k++)
        task_clear(&tasks[k]);
    free(tasks);
    return status;
}

static int check_and_run(const tt_cli *cli, const settings *s)
{
    int files = cli->argc - cli->operands;
    if (s->recipe && files)
        return tt_cli_bad("--recipe takes the place of files");
    if (!s->recipe && !files)
        return tt_cli_bad("eval needs a file (see trustree eval --help)");
    if (s->has_table && s->format != TT_FORMAT_TSV)
        return tt_cli_bad("--table goes with --format tsv");
    if (s->worst_reward && files > 1)
        return tt_cli_bad("--worst-reward is for one file");
    if (s->certificate && (files != 1 || s->residues))
        return tt_cli_bad("--certificate is for one file and its report");
    if (s->certificate && strcmp(s->certificate, "-") == 0)
        return tt_cli_bad("--certificate writes to a file; standard output has the report");
    if (s->worst_reward && strcmp(s->worst_reward, "-") == 0)
        return tt_cli_bad("--worst-reward writes to a file; standard output has the report");
    return read_and_run(files, cli->argv + cli->operands, s);
}

int tt_cmd_eval(int argc, char **argv)
{
    settings s = { .format = TT_FORMAT_TEXT };
    tt_cli cli;
    int code, status;
    tt_evaluate_settings_init(&s.evaluate);
    tt_cli_init(&cli, &command, argc, argv);
    while ((code = tt_cli_next(&cli)) > 0)
        if (!read_option(&s, &cli, code))
            break;
    status = code == TT_CLI_END ? check_and_run(&cli, &s) : code == TT_CLI_STOP ? cli.status : TT_EXIT_BAD;
    tt_evaluate_options_clear(&s.evaluate);
    return status;
}

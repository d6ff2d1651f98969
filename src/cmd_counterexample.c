/* trustree counterexample: both families of A.8 (SPEC.md section 9). */
#include <stdlib.h>
#include <string.h>

#include "../lib/report/counterexample_report.h"
#include "../lib/world/instance.h"
#include "cli.h"
#include "commands.h"

enum { PROBABILITY = 1, HORIZON, MAX_NODES, FORMAT };

static const tt_cli_option options_table[] = {
    { "probability", PROBABILITY, "P", "probability of the first token that leads to c*; may be given several\n"
                                       "times, further ones may follow as operands (default: 1e-1 to 1e-300)", NULL },
    { "horizon", HORIZON, "N", "T (default 3)", NULL },
    { "max-nodes", MAX_NODES, "N", "contexts and responses to visit at most per instance (2^25)", NULL },
    TT_FORMAT_OPTION(FORMAT),
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "counterexample",
    .arguments = "[OPTION]... [P]...",
    .purpose = "The counterexample A.8: KL 1 at one rare context, so that delta = 1 while KL_seq goes to 0 with its\n"
               "probability. Two families, every bound on each: which shrink, and which cannot.",
    .options = options_table,
};

typedef struct {
    const char **probabilities; /* room for all of argv */
    size_t n;
    uint64_t horizon;
    tt_format format;
    tt_evaluate_options evaluate;
} settings;

static bool take_option(settings *s, const tt_cli *cli, int code)
{
    switch (code) {
    case PROBABILITY:
        s->probabilities[s->n++] = cli->value;
        return true;
    case HORIZON:
        return tt_cli_uint(&s->horizon, cli, 2, TT_SIZE_MAX);
    case MAX_NODES:
        return tt_cli_uint(&s->evaluate.measure.max_nodes, cli, 1, UINT64_MAX);
    default:
        return tt_cli_format(&s->format, cli);
    }
}

static tt_status print_result(FILE *out, const tt_counterexample *result, tt_format format, tt_error *error)
{
    if (format == TT_FORMAT_JSON)
        return tt_counterexample_json(out, result, error);
    if (format == TT_FORMAT_TSV)
        return tt_counterexample_tsv(out, result, error);
    return tt_counterexample_text(out, result, tt_cli_table_form(format), error);
}

/* The exit status of all rows; a limit is said on standard error, once. */
static int status_of(const tt_counterexample *result)
{
    const tt_error *limit = NULL;
    int status = TT_EXIT_OK;
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++)
        for (size_t r = 0; r < result->families[f].n; r++) {
            const tt_judgement *judgement = &result->families[f].rows[r].judgement;
            if (judgement->status != TT_OK)
                limit = &judgement->limit;
            if (judgement->evaluation.violated)
                status = tt_exit_worse(status, TT_EXIT_VIOLATED);
            if (judgement->status != TT_OK || judgement->evaluation.undecided)
                status = tt_exit_worse(status, TT_EXIT_LIMIT);
        }
    if (limit)
        tt_cli_error(NULL, limit);
    return status;
}

static int run(settings *s)
{
    const char *const *probabilities = s->n ? s->probabilities : tt_counterexample_probabilities;
    size_t n = s->n;
    tt_counterexample result;
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    int status;
    while (!s->n && probabilities[n])
        n++;
    if (tt_counterexample_run(&result, probabilities, n, (size_t)s->horizon, &s->evaluate, &error) != TT_OK) {
        status = tt_cli_error(NULL, &error);
    } else if (!tt_output_open(&output)) {
        status = TT_EXIT_BAD;
    } else {
        tt_status printed = print_result(output.stream, &result, s->format, &error);
        status = tt_output_end(&output, printed, NULL, &error, printed == TT_OK ? status_of(&result) : TT_EXIT_OK);
    }
    tt_counterexample_clear(&result);
    return status;
}

int tt_cmd_counterexample(int argc, char **argv)
{
    settings s = { .probabilities = calloc((size_t)argc, sizeof *s.probabilities), .horizon = 3 };
    tt_cli cli;
    bool good = true;
    int code = TT_CLI_END, status = TT_EXIT_BAD;
    if (!s.probabilities)
        return tt_cli_bad("out of memory");
    tt_evaluate_options_init(&s.evaluate);
    s.evaluate.measure.progress = tt_cli_progress;
    tt_cli_init(&cli, &command, argc, argv);
    while (good && (code = tt_cli_next(&cli)) > 0)
        good = take_option(&s, &cli, code);
    if (good && code == TT_CLI_STOP) {
        status = cli.status;
    } else if (good) {
        for (int k = cli.operands; k < argc; k++)
            s.probabilities[s.n++] = argv[k];
        status = run(&s);
    }
    tt_evaluate_options_clear(&s.evaluate);
    free(s.probabilities);
    return status;
}

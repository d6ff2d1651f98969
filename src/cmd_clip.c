/* trustree clip: the clipped objective of PPO, on one token and on an instance. */
#include <string.h>

#include "../lib/number/exact.h"
#include "../lib/report/mask_report.h"
#include "../lib/world/instance_json.h"
#include "cli.h"
#include "commands.h"

enum { CLIP = 1, DUAL, RHO, ADVANTAGE, MAX_NODES, FORMAT, FULL };

static const tt_cli_option options_table[] = {
    { "clip", CLIP, "LO[,HI]", "clip rho to [1 - LO, 1 + HI] (0.2; HI is LO where it is left out)", NULL },
    { "dual", DUAL, "C", "dual clip: no term of a negative A below C A, C > 1", NULL },
    { "rho", RHO, "R", "ratio of the example (100)", NULL },
    { "advantage", ADVANTAGE, "A", "advantage of the example, a sign allowed (-1)", NULL },
    { "max-nodes", MAX_NODES, "N", "contexts and responses to visit at most (2^25)", NULL },
    TT_FORMAT_OPTION(FORMAT),
    { "full", FULL, NULL, "print rationals of any length (JSON)", NULL },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "clip",
    .arguments = "[OPTION]... [FILE]",
    .purpose = "Which term PPO's min(rho A, clip(rho) A) selects: a token in each corner, and an example. With a file\n"
               "the objective of the instance with its exact advantages, exactly.",
    .options = options_table,
};

typedef struct {
    tt_clip clip;
    mpq_t rho, advantage;
    tt_measure_options measure;
    tt_format format;
    bool full;
} settings;

static bool take_window(settings *s, const char *text)
{
    const char *comma = strchr(text, ',');
    size_t first = comma ? (size_t)(comma - text) : strlen(text);
    tt_error error = TT_ERROR_INIT;
    tt_status status = tt_exact_parse(s->clip.low, text, first, &error);
    if (status == TT_OK && comma)
        status = tt_exact_parse(s->clip.high, comma + 1, strlen(comma + 1), &error);
    else if (status == TT_OK)
        mpq_set(s->clip.high, s->clip.low);
    if (status == TT_OK && mpq_cmp_ui(s->clip.low, 1, 1) > 0)
        status = tt_fail(&error, TT_BAD_INPUT, NULL, "LO must be at most 1");
    if (status != TT_OK)
        tt_cli_bad("--clip: %s", error.what);
    return status == TT_OK;
}

static bool take_dual(settings *s, const tt_cli *cli)
{
    s->clip.has_dual = true;
    if (!tt_cli_rational(s->clip.dual, cli))
        return false;
    if (mpq_cmp_ui(s->clip.dual, 1, 1) > 0)
        return true;
    tt_cli_bad("--dual: C must be above 1");
    return false;
}

/* A number with a sign. */
static bool take_advantage(settings *s, const char *text)
{
    bool negative = *text == '-';
    tt_error error = TT_ERROR_INIT;
    if (tt_exact_parse(s->advantage, text + negative, strlen(text + negative), &error) != TT_OK) {
        tt_cli_bad("--advantage: %s", error.what);
        return false;
    }
    if (negative)
        mpq_neg(s->advantage, s->advantage);
    return true;
}

static bool take_option(settings *s, const tt_cli *cli, int code)
{
    switch (code) {
    case CLIP:
        return take_window(s, cli->value);
    case DUAL:
        return take_dual(s, cli);
    case RHO:
        return tt_cli_rational(s->rho, cli);
    case ADVANTAGE:
        return take_advantage(s, cli->value);
    case MAX_NODES:
        return tt_cli_uint(&s->measure.max_nodes, cli, 1, UINT64_MAX);
    case FORMAT:
        return tt_cli_format(&s->format, cli);
    default:
        s->full = true;
        return true;
    }
}

static int print_report(const settings *s, const tt_report_origin *origin, const tt_clipping *clipping, int status)
{
    tt_clip_subject subject = { &s->clip, s->rho, s->advantage, clipping };
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status printed;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    printed = s->format == TT_FORMAT_JSON ? tt_clip_json(output.stream, origin, &subject, s->full, &error)
                                          : tt_clip_text(output.stream, origin, &subject, tt_cli_table_form(s->format),
                                                         &error);
    return tt_output_end(&output, printed, NULL, &error, status);
}

static int run_on(const settings *s, const char *file)
{
    tt_report_origin origin = { file, "" };
    tt_instance *instance;
    tt_row_source source;
    tt_clipping clipping;
    tt_error error = TT_ERROR_INIT;
    tt_status status;
    int result = TT_EXIT_OK;
    if (tt_instance_read(&instance, file, &error) != TT_OK)
        return tt_cli_error(file, &error);
    origin.name = tt_instance_name(instance);
    tt_instance_source(&source, instance);
    status = tt_clipping_run(&clipping, &source, &s->clip, &s->measure, &error);
    if (status != TT_OK)
        result = tt_cli_error(file, &error);
    if (status == TT_OK || status == TT_LIMIT)
        result = print_report(s, &origin, status == TT_OK ? &clipping : NULL, result);
    tt_clipping_clear(&clipping);
    tt_instance_free(instance);
    return result;
}

int tt_cmd_clip(int argc, char **argv)
{
    const tt_report_origin nowhere = { "", "" };
    settings s = { .format = TT_FORMAT_TEXT };
    tt_cli cli;
    bool good = true;
    int code = TT_CLI_END, status = TT_EXIT_BAD;
    tt_clip_init(&s.clip);
    mpq_inits(s.rho, s.advantage, NULL);
    mpq_set_ui(s.rho, 100, 1);
    mpq_set_si(s.advantage, -1, 1);
    tt_measure_options_init(&s.measure);
    s.measure.progress = tt_cli_progress;
    tt_cli_init(&cli, &command, argc, argv);
    while (good && (code = tt_cli_next(&cli)) > 0)
        good = take_option(&s, &cli, code);
    if (good && code == TT_CLI_STOP)
        status = cli.status;
    else if (good && cli.operands + 1 < argc)
        status = tt_cli_bad("clip takes one file at most");
    else if (good)
        status = cli.operands == argc ? print_report(&s, &nowhere, NULL, TT_EXIT_OK) : run_on(&s, argv[cli.operands]);
    mpq_clears(s.rho, s.advantage, NULL);
    tt_clip_clear(&s.clip);
    return status;
}

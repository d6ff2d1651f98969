/* trustree mask: what a mask does on an instance. */
#include <stdlib.h>
#include <string.h>

#include "../lib/number/exact.h"
#include "../lib/report/mask_report.h"
#include "../lib/world/instance_json.h"
#include "commands.h"
#include "mask_settings.h"

enum { SWEEP = MASK_OPTIONS, JUMPS, GROUP, LIST };

static const tt_cli_option options_table[] = {
    MASK_OPTION_ROWS,
    { "sweep", SWEEP, "LO:HI:N", "the first threshold at N values from LO to HI, evenly apart; without\n"
                                 "--threshold the report is on HI", NULL },
    { "jumps", JUMPS, NULL, "every threshold at which anything is decided otherwise, and what holds between them",
      NULL },
    { "group", GROUP, "G", "G responses to a prompt: how often all are accepted, and none", NULL },
    { "list", LIST, NULL, "list the masks and the presets, and exit", NULL },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "mask",
    .arguments = "--mask ID --threshold D[,D2] [OPTION]... FILE",
    .purpose = "What a mask does on an instance, exactly: acceptance, the masked surrogate, what acceptance certifies\n"
               "about KL, whether the promised improvement came, and lower bounds on the improvement that hold.\n"
               "Exit status 3 where a threshold could not be decided or a limit was reached.",
    .options = options_table,
};

typedef struct {
    tt_mask_settings mask;
    bool list;
} settings;

/* LO:HI:N */
static bool take_sweep(tt_masking_options *options, const char *text)
{
    const char *second = strchr(text, ':'), *third = second ? strchr(second + 1, ':') : NULL;
    char *end = NULL;
    unsigned long points;
    tt_error error = TT_ERROR_INIT;
    if (!third) {
        tt_cli_bad("--sweep: %s is not LO:HI:N", text);
        return false;
    }
    points = third[1] >= '0' && third[1] <= '9' ? strtoul(third + 1, &end, 10) : 0;
    if (!end || *end || points < 2 || points > 100000) {
        tt_cli_bad("--sweep: %s is not a whole number from 2 to 100000", third + 1);
        return false;
    }
    if (tt_exact_parse(options->sweep_low, text, (size_t)(second - text), &error) != TT_OK ||
        tt_exact_parse(options->sweep_high, second + 1, (size_t)(third - second - 1), &error) != TT_OK) {
        tt_cli_bad("--sweep: %s", error.what);
        return false;
    }
    if (mpq_cmp(options->sweep_low, options->sweep_high) >= 0) {
        tt_cli_bad("--sweep: LO must be below HI");
        return false;
    }
    options->sweep_points = points;
    return true;
}

static bool take_option(settings *s, const tt_cli *cli, int code)
{
    uint64_t group;
    switch (code) {
    case SWEEP:
        return take_sweep(&s->mask.options, cli->value);
    case JUMPS:
        s->mask.options.jumps = true;
        return true;
    case GROUP:
        if (!tt_cli_uint(&group, cli, 1, 1000000))
            return false;
        s->mask.options.group = (uint32_t)group;
        return true;
    case LIST:
        s->list = true;
        return true;
    default:
        return tt_mask_settings_take(&s->mask, cli, code);
    }
}

static int print_list(const settings *s)
{
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status status;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    status = s->mask.format == TT_FORMAT_JSON
                 ? tt_mask_list_json(output.stream, &error)
                 : tt_mask_list_text(output.stream, tt_cli_table_form(s->mask.format), &error);
    return tt_output_end(&output, status, NULL, &error, TT_EXIT_OK);
}

static int print_report(const settings *s, const tt_report_origin *origin, const tt_masking *masking, int status)
{
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status printed;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    printed = s->mask.format == TT_FORMAT_JSON
                  ? tt_mask_json(output.stream, origin, masking, &s->mask.options, s->mask.full, &error)
                  : tt_mask_text(output.stream, origin, masking, &s->mask.options, tt_cli_table_form(s->mask.format),
                                 &error);
    return tt_output_end(&output, printed, NULL, &error, status);
}

static int run_on(const settings *s, const char *file, const tt_instance *instance)
{
    tt_report_origin origin = { file, tt_instance_name(instance) };
    tt_row_source source;
    tt_masking masking;
    tt_error error = TT_ERROR_INIT;
    tt_status status;
    int result = TT_EXIT_OK;
    tt_instance_source(&source, instance);
    status = tt_masking_run(&masking, &source, &s->mask.options, &error);
    if (status != TT_OK)
        result = tt_cli_error(file, &error);
    else if (masking.violated)
        result = TT_EXIT_VIOLATED;
    else if (masking.undecided)
        result = TT_EXIT_LIMIT;
    if (status == TT_OK || status == TT_LIMIT)
        result = print_report(s, &origin, &masking, result);
    tt_masking_clear(&masking);
    return result;
}

static int run(settings *s, const char *file)
{
    tt_masking_options *options = &s->mask.options;
    tt_instance *instance;
    tt_error error = TT_ERROR_INIT;
    int status = tt_mask_settings_finish(&s->mask, !options->sweep_points);
    if (status != TT_EXIT_OK)
        return status;
    if (!options->mask)
        return tt_cli_bad("mask needs --mask or --preset (see trustree mask --list)");
    if (options->jumps && options->sweep_points)
        return tt_cli_bad("--jumps takes the place of --sweep");
    if (options->mask->thresholds == 2 && !s->mask.has_threshold)
        return tt_cli_bad("the mask %s needs --threshold D,D2; a sweep moves the first", options->mask->id);
    if (!s->mask.has_threshold)
        mpq_set(options->thresholds[0], options->sweep_high);
    if (tt_instance_read(&instance, file, &error) != TT_OK)
        return tt_cli_error(file, &error);
    status = run_on(s, file, instance);
    tt_instance_free(instance);
    return status;
}

int tt_cmd_mask(int argc, char **argv)
{
    settings s = { .list = false };
    tt_cli cli;
    bool good = true;
    int code = TT_CLI_END, status = TT_EXIT_BAD;
    tt_mask_settings_init(&s.mask);
    tt_cli_init(&cli, &command, argc, argv);
    while (good && (code = tt_cli_next(&cli)) > 0)
        good = take_option(&s, &cli, code);
    if (good && code == TT_CLI_STOP)
        status = cli.status;
    else if (good && s.list)
        status = cli.operands == argc ? print_list(&s) : tt_cli_bad("--list takes no file");
    else if (good)
        status = cli.operands + 1 == argc ? run(&s, argv[cli.operands])
                                          : tt_cli_bad("mask needs one file (see trustree mask --help)");
    tt_mask_settings_clear(&s.mask);
    return status;
}

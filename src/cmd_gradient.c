/* trustree gradient: the gradients of J, L and a masked L on an instance. */
#include "../lib/report/mask_report.h"
#include "../lib/world/instance_json.h"
#include "commands.h"
#include "mask_settings.h"

enum { CONTEXTS = MASK_OPTIONS };

#define CONTEXTS_DEFAULT 64

static const tt_cli_option options_table[] = {
    MASK_OPTION_ROWS,
    { "contexts", CONTEXTS, "N", "contexts whose entries are printed (64); norms are over all", NULL },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "gradient",
    .arguments = "[--mask ID --threshold D[,D2]] [OPTION]... FILE",
    .purpose = "Exact gradients at target = rollout in softmax-tabular logits, and derivatives along\n"
               "target - rollout: of J, of the surrogate L, which has the same, and of a masked L, which need not.\n"
               "Exit status 1 where J and L differ.",
    .options = options_table,
};

typedef struct {
    tt_mask_settings mask;
    uint64_t contexts;
} settings;

static int print_report(const settings *s, const tt_report_origin *origin, const tt_gradient *gradient, int status)
{
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status printed;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    printed = s->mask.format == TT_FORMAT_JSON
                  ? tt_gradient_json(output.stream, origin, gradient, &s->mask.options, s->mask.full, &error)
                  : tt_gradient_text(output.stream, origin, gradient, &s->mask.options,
                                     tt_cli_table_form(s->mask.format), &error);
    return tt_output_end(&output, printed, NULL, &error, status);
}

static int run_on(const settings *s, const char *file, const tt_instance *instance)
{
    tt_report_origin origin = { file, tt_instance_name(instance) };
    tt_row_source source;
    tt_gradient gradient;
    tt_error error = TT_ERROR_INIT;
    tt_status status;
    int result = TT_EXIT_OK;
    tt_instance_source(&source, instance);
    status = tt_gradient_run(&gradient, &source, &s->mask.options, (size_t)s->contexts, &error);
    if (status != TT_OK)
        result = tt_cli_error(file, &error);
    else if (!gradient.tangent)
        result = TT_EXIT_VIOLATED;
    else if (gradient.has_mask && !gradient.masking.point.decided)
        result = TT_EXIT_LIMIT;
    if (status == TT_OK || status == TT_LIMIT)
        result = print_report(s, &origin, &gradient, result);
    tt_gradient_clear(&gradient);
    return result;
}

static int run(settings *s, const char *file)
{
    tt_instance *instance;
    tt_error error = TT_ERROR_INIT;
    int status = tt_mask_settings_finish(&s->mask, true);
    if (status != TT_EXIT_OK)
        return status;
    if (tt_instance_read(&instance, file, &error) != TT_OK)
        return tt_cli_error(file, &error);
    status = run_on(s, file, instance);
    tt_instance_free(instance);
    return status;
}

int tt_cmd_gradient(int argc, char **argv)
{
    settings s = { .contexts = CONTEXTS_DEFAULT };
    tt_cli cli;
    bool good = true;
    int code = TT_CLI_END, status = TT_EXIT_BAD;
    tt_mask_settings_init(&s.mask);
    tt_cli_init(&cli, &command, argc, argv);
    while (good && (code = tt_cli_next(&cli)) > 0)
        good = code == CONTEXTS ? tt_cli_uint(&s.contexts, &cli, 0, 1000000)
                                : tt_mask_settings_take(&s.mask, &cli, code);
    if (good && code == TT_CLI_STOP)
        status = cli.status;
    else if (good)
        status = cli.operands + 1 == argc ? run(&s, argv[cli.operands])
                                          : tt_cli_bad("gradient needs one file (see trustree gradient --help)");
    tt_mask_settings_clear(&s.mask);
    return status;
}

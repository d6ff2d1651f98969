/* trustree validate: reads instance files and checks them. */
#include "../lib/world/instance_json.h"
#include "cli.h"
#include "commands.h"

static const tt_cli_command command = {
    .name = "validate",
    .arguments = "FILE...",
    .purpose = "Reads instance files and checks them; says of each what it is.",
};

static int validate_file(FILE *out, const char *file)
{
    tt_instance *instance;
    tt_error error = TT_ERROR_INIT;
    if (tt_instance_read(&instance, file, &error) != TT_OK)
        return tt_cli_error(file, &error);
    fprintf(out, "%s: valid: %s form, V = %zu, T = %zu, prompts = %zu\n", file,
            tt_instance_form(instance) == TT_FORM_TREE ? "tree" : "machine", tt_instance_vocab(instance),
            tt_instance_horizon(instance), tt_instance_prompts(instance));
    tt_instance_free(instance);
    return TT_EXIT_OK;
}

int tt_cmd_validate(int argc, char **argv)
{
    tt_cli cli;
    tt_output output;
    int status = TT_EXIT_OK;
    tt_cli_init(&cli, &command, argc, argv);
    if (tt_cli_next(&cli) == TT_CLI_STOP)
        return cli.status;
    if (cli.operands == argc)
        return tt_cli_bad("validate needs a file");
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    for (int k = cli.operands; k < argc && status == TT_EXIT_OK; k++)
        status = validate_file(output.stream, argv[k]);
    if (status != TT_EXIT_OK) {
        tt_output_discard(&output);
        return status;
    }
    return tt_output_finish(&output, status);
}

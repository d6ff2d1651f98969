/* trustree unroll: the tree form of an instance, with every context spelled out. */
#include "../lib/world/instance_json.h"
#include "../lib/world/unroll.h"
#include "cli.h"
#include "commands.h"

enum { MAX_NODES = 1 };

static const tt_cli_option options[] = {
    { "max-nodes", MAX_NODES, "N", "contexts and responses to write at most (2^25)", NULL },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "unroll",
    .arguments = "[OPTION]... FILE",
    .purpose = "Writes an instance in tree form, every context spelled out; the answers are the same.",
    .options = options,
};

static int unroll(const char *file, uint64_t max_nodes)
{
    tt_instance *instance, *tree = NULL;
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status status = tt_instance_read(&instance, file, &error);
    if (status == TT_OK)
        status = tt_instance_unroll(&tree, instance, max_nodes, NULL, NULL, &error);
    tt_instance_free(instance);
    if (status != TT_OK)
        return tt_cli_error(file, &error);
    if (!tt_output_open(&output)) {
        tt_instance_free(tree);
        return TT_EXIT_BAD;
    }
    status = tt_instance_write(output.stream, tree, &error);
    tt_instance_free(tree);
    return tt_output_end(&output, status, file, &error, TT_EXIT_OK);
}

int tt_cmd_unroll(int argc, char **argv)
{
    uint64_t max_nodes = TT_MAX_NODES_DEFAULT;
    tt_cli cli;
    int code;
    tt_cli_init(&cli, &command, argc, argv);
    while ((code = tt_cli_next(&cli)) > 0)
        if (!tt_cli_uint(&max_nodes, &cli, 1, UINT64_MAX))
            return TT_EXIT_BAD;
    if (code == TT_CLI_STOP)
        return cli.status;
    if (cli.operands + 1 != argc)
        return tt_cli_bad("unroll needs one file");
    return unroll(argv[cli.operands], max_nodes);
}

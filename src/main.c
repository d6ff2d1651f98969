/* trustree: the command line. Finds the command and hands over. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "commands.h"

typedef struct {
    const char *name;
    const char *purpose;
    int (*run)(int argc, char **argv);
} command;

#define COMMAND_ENTRY(name, purpose) { #name, purpose, tt_cmd_##name },
static const command commands[] = { TT_COMMANDS(COMMAND_ENTRY) };
#undef COMMAND_ENTRY

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static int print_help(void)
{
    tt_output output;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    fputs("Usage: trustree COMMAND [OPTION]... [FILE]...\n"
          "Certified arithmetic for trust-region bounds on autoregressive policies.\n\n",
          output.stream);
    for (size_t k = 0; k < COMMAND_COUNT; k++)
        fprintf(output.stream, "  %-16s %s\n", commands[k].name, commands[k].purpose);
    fputs("\n`trustree COMMAND --help` tells what a command takes. - is standard input.\n"
          "Exit status: 0 done; 1 something that must hold is violated; 2 bad usage or input;\n"
          "3 a limit was reached or a verdict is undecided.\n",
          output.stream);
    return tt_output_finish(&output, TT_EXIT_OK);
}

static int run_without_command(int argc, char **argv)
{
    static const tt_cli_command none = { "COMMAND", "[OPTION]... [FILE]...", "", NULL };
    tt_cli cli;
    if (argc < 2)
        return tt_cli_bad("no command (see trustree --help)");
    if (strcmp(argv[1], "--help") == 0)
        return print_help();
    if (strcmp(argv[1], "--version") != 0)
        return tt_cli_bad("unknown %s %s (see trustree --help)", *argv[1] == '-' ? "option" : "command", argv[1]);
    tt_cli_init(&cli, &none, 2, argv);
    return tt_cli_next(&cli) == TT_CLI_STOP ? cli.status : TT_EXIT_BAD;
}

int main(int argc, char **argv)
{
    for (size_t k = 0; argc > 1 && k < COMMAND_COUNT; k++)
        if (strcmp(argv[1], commands[k].name) == 0)
            return commands[k].run(argc - 1, argv + 1);
    return run_without_command(argc, argv);
}

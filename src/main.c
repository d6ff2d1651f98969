/* trustree: the command line. Finds the command and hands over. */
#include <gmp.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/world/file.h"
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
    static const tt_cli_command none = { .name = "COMMAND", .arguments = "[OPTION]... [FILE]...", .purpose = "" };
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

/* ---- memory of the libraries ---- */

/* GMP and MPFR abort where memory runs out, and Jansson's scanner then loses characters of a string, digits among them:
   none of the three may go on. Files are made of what is whole in memory, so that nothing is left half-written. */
static void *given(void *memory)
{
    static const char message[] = "trustree: out of memory\n";
    if (memory)
        return memory;
    if (write(STDERR_FILENO, message, sizeof message - 1) < 0)
        _exit(TT_EXIT_BAD);
    _exit(TT_EXIT_BAD);
}

static void *allocate(size_t size)
{
    return given(malloc(size));
}

static void *reallocate(void *old, size_t old_size, size_t size)
{
    (void)old_size;
    return given(realloc(old, size));
}

static void release(void *memory, size_t size)
{
    (void)size;
    free(memory);
}

/* ---- signals ---- */

/* SA_RESETHAND: the signal comes again when the handler is left, and ends the process as if nothing had caught it. */
static void clean_and_die(int signal_number)
{
    tt_file_remove_temporaries();
    raise(signal_number);
}

/* What is ignored (nohup, a background job of a shell) stays ignored. */
static void clean_on_signals(void)
{
    static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGXCPU, SIGXFSZ };
    struct sigaction action = { .sa_handler = clean_and_die, .sa_flags = (int)SA_RESETHAND };
    sigemptyset(&action.sa_mask);
    for (size_t k = 0; k < sizeof deadly / sizeof *deadly; k++) {
        struct sigaction before;
        if (sigaction(deadly[k], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(deadly[k], &action, NULL);
    }
}

int main(int argc, char **argv)
{
    clean_on_signals();
    mp_set_memory_functions(allocate, reallocate, release);
    json_set_alloc_funcs(allocate, free);
    for (size_t k = 0; argc > 1 && k < COMMAND_COUNT; k++)
        if (strcmp(argv[1], commands[k].name) == 0)
            return commands[k].run(argc - 1, argv + 1);
    return run_without_command(argc, argv);
}

/* trustree gen: writes an instance of one of the generators. */
#include <stdlib.h>
#include <string.h>

#include "../lib/number/text_stream.h"
#include "../lib/world/generate.h"
#include "../lib/world/instance_json.h"
#include "cli.h"
#include "commands.h"

/* Codes of the options that every kind has; parameter k has the code FIRST_PARAMETER + k. */
enum { OPTION_INDEX = 1, OPTION_NAME, OPTION_OUT, FIRST_PARAMETER };

static const char *const value_names[] = {
    [TT_PARAMETER_COUNT] = "N",       [TT_PARAMETER_RANGE] = "LO:HI",   [TT_PARAMETER_SEED] = "N",
    [TT_PARAMETER_PROBABILITY] = "P", [TT_PARAMETER_NUMBER] = "NUMBER", [TT_PARAMETER_WORD] = "WORD",
};

/* `text` with what follows each newline moved to column `indent`. */
static void print_indented(FILE *out, const char *text, int indent)
{
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == '\n')
            fprintf(out, "%*s", indent, "");
    }
    fputc('\n', out);
}

static void print_kinds(FILE *out)
{
    fputs("Writes an instance file. The kinds:\n", out);
    for (size_t k = 0; k < tt_generator_count(); k++) {
        fprintf(out, "  %-14s", tt_generator_at(k)->name);
        print_indented(out, tt_generator_at(k)->help, 16);
    }
    fputs("`trustree gen KIND --help` tells what a kind takes.", out);
}

static const char *kind_word(size_t k)
{
    return k < tt_generator_count() ? tt_generator_at(k)->name : NULL;
}

static const tt_cli_words kind_words = { .at = kind_word };

/* --help, --version and --words in the place of a kind, and what is said where there is none. */
static int run_without_kind(int argc, char **argv)
{
    tt_cli_command command = { .name = "gen", .arguments = "KIND [OPTION]...", .operands = &kind_words };
    char *purpose = NULL;
    size_t size;
    FILE *out;
    tt_cli cli;
    int code;
    if (argc < 2)
        return tt_cli_bad("gen needs a kind (see trustree gen --help)");
    if (*argv[1] != '-')
        return tt_cli_bad("gen: unknown kind %s (see trustree gen --help)", argv[1]);
    out = tt_text_stream(&purpose, &size);
    if (!out)
        return tt_cli_bad("out of memory");
    print_kinds(out);
    fclose(out);
    command.purpose = purpose;
    tt_cli_init(&cli, &command, 2, argv);
    code = tt_cli_next(&cli);
    free(purpose);
    if (code == TT_CLI_STOP)
        return cli.status;
    return tt_cli_bad("gen needs a kind (see trustree gen --help)");
}

/* The help of a parameter, "HELP (default VALUE)"; the caller frees it. */
static char *parameter_help(const tt_parameter *parameter)
{
    char *text = NULL;
    if (asprintf(&text, parameter->preset ? "%s (default %s)" : "%s", parameter->help, parameter->preset) < 0)
        return NULL;
    return text;
}

static void free_options(tt_cli_option *options)
{
    for (tt_cli_option *option = options; option && option->name; option++)
        if (option->code >= FIRST_PARAMETER) {
            free((char *)option->help);
            free((tt_cli_words *)option->words);
        }
    free(options);
}

/* Of a parameter; NULL without memory. */
static tt_cli_words *parameter_words(const tt_parameter *parameter)
{
    tt_cli_words *words = malloc(sizeof *words);
    if (words)
        *words = (tt_cli_words){ .list = parameter->words, .preset = parameter->preset };
    return words;
}

/* The options of a kind; NULL without memory. */
static tt_cli_option *make_options(const tt_generator *generator)
{
    static const tt_cli_option common[] = {
        { "name", OPTION_NAME, "TEXT", "the name in the file (default: the kind and its parameters)", NULL },
        { "out", OPTION_OUT, "FILE", "where to write, whole or not at all (default: standard output)", NULL },
    };
    static const tt_cli_option index = { "index", OPTION_INDEX, "N",
                                         "the instance's number in the series of the seed (default 0)", NULL };
    size_t n = 0, k = 0;
    tt_cli_option *options;
    while (generator->parameters[n].name)
        n++;
    options = calloc(n + 4, sizeof *options);
    for (; options && k < n; k++) {
        const tt_parameter *parameter = &generator->parameters[k];
        bool is_word = parameter->type == TT_PARAMETER_WORD;
        options[k] = (tt_cli_option){ parameter->name, FIRST_PARAMETER + (int)k, value_names[parameter->type],
                                      parameter_help(parameter), is_word ? parameter_words(parameter) : NULL };
        if (!options[k].help || (is_word && !options[k].words)) {
            free_options(options);
            return NULL;
        }
    }
    if (options && tt_generator_is_random(generator))
        options[k++] = index;
    if (options)
        memcpy(&options[k], common, sizeof common);
    return options;
}

typedef struct {
    tt_arguments *arguments;
    uint64_t index;
    const char *path;
} request;

/* One option of the command line; false after bad usage. */
static bool take_option(request *r, const tt_cli *cli, int code)
{
    const tt_generator *generator = tt_arguments_generator(r->arguments);
    tt_error error = TT_ERROR_INIT;
    switch (code) {
    case OPTION_INDEX:
        return tt_cli_uint(&r->index, cli, 0, UINT64_MAX - 1);
    case OPTION_NAME:
        return tt_arguments_set_name(r->arguments, cli->value) == TT_OK || tt_cli_bad("out of memory") == TT_EXIT_OK;
    case OPTION_OUT:
        r->path = cli->value;
        return true;
    default:
        return tt_arguments_set(r->arguments, generator->parameters[code - FIRST_PARAMETER].name, cli->value, &error) ==
                   TT_OK ||
               tt_cli_error(NULL, &error) == TT_EXIT_OK;
    }
}

static int write_instance(const request *r)
{
    tt_instance *instance;
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    int status = TT_EXIT_OK;
    if (tt_generate(&instance, r->arguments, r->index, &error) != TT_OK)
        return tt_cli_error(NULL, &error);
    if (r->path && strcmp(r->path, "-") != 0) {
        if (tt_instance_write_file(r->path, instance, &error) != TT_OK)
            status = tt_cli_error(r->path, &error);
    } else if (!tt_output_open(&output)) {
        status = TT_EXIT_BAD;
    } else {
        status = tt_output_end(&output, tt_instance_write(output.stream, instance, &error), NULL, &error, TT_EXIT_OK);
    }
    tt_instance_free(instance);
    return status;
}

static int run_kind(request *r, const tt_cli_command *command, int argc, char **argv)
{
    tt_cli cli;
    int code;
    tt_cli_init(&cli, command, argc, argv);
    while ((code = tt_cli_next(&cli)) > 0)
        if (!take_option(r, &cli, code))
            return TT_EXIT_BAD;
    if (code == TT_CLI_STOP)
        return cli.status;
    if (cli.operands < argc)
        return tt_cli_bad("gen takes one kind and no file: %s", argv[cli.operands]);
    return write_instance(r);
}

int tt_cmd_gen(int argc, char **argv)
{
    const tt_generator *generator = argc > 1 ? tt_generator_find(argv[1]) : NULL;
    tt_cli_command command = { .arguments = "[OPTION]..." };
    request r = { 0 };
    tt_cli_option *options;
    char *name = NULL;
    int status;
    if (!generator)
        return run_without_kind(argc, argv);
    options = make_options(generator);
    if (!options || asprintf(&name, "gen %s", generator->name) < 0 || tt_arguments_new(&r.arguments, generator) != TT_OK) {
        status = tt_cli_bad("out of memory");
    } else {
        command.name = name;
        command.purpose = generator->help;
        command.options = options;
        status = run_kind(&r, &command, argc - 1, argv + 1);
    }
    tt_arguments_free(r.arguments);
    free_options(options);
    free(name);
    return status;
}

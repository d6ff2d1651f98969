#include "cli.h"

#include <assert.h>
#include <errno.h>
#include <gsl/gsl_version.h>
#include <inttypes.h>
#include <jansson.h>
#include <mpfi.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../lib/number/exact.h"
#include "../lib/number/text_stream.h"

/* Codes of the options that every command has; the commands' own are small positive numbers. */
enum { CODE_HELP = 1 << 20, CODE_VERSION, CODE_WORDS };

static const tt_cli_option common_options[] = {
    { "help", CODE_HELP, NULL, "print this and exit", NULL },
    { "version", CODE_VERSION, NULL, "print the version and exit", NULL },
    { "words", CODE_WORDS, "[OPTION]", "print the words that OPTION takes, or those that stand without one, and exit",
      NULL },
    TT_CLI_OPTIONS_END,
};

int tt_exit_worse(int a, int b)
{
    static const int rank[] = { [TT_EXIT_OK] = 0, [TT_EXIT_LIMIT] = 1, [TT_EXIT_VIOLATED] = 2, [TT_EXIT_BAD] = 3 };
    return rank[a] >= rank[b] ? a : b;
}

int tt_exit_of(tt_status status)
{
    switch (status) {
    case TT_OK:
        return TT_EXIT_OK;
    case TT_LIMIT:
    case TT_INTERRUPTED:
        return TT_EXIT_LIMIT;
    default:
        return TT_EXIT_BAD;
    }
}

/* ---- messages ---- */

/* One line whatever the texts are: control characters become blanks. */
static void print_line(char *text)
{
    tt_cli_progress_wipe();
    for (char *c = text; c && *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = ' ';
    fprintf(stderr, "trustree: %s\n", text ? text : "out of memory");
}

static void print_message(const char *what, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, what, arguments) < 0)
        text = NULL;
    print_line(text);
    free(text);
}

int tt_cli_bad(const char *what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    print_message(what, arguments);
    va_end(arguments);
    return TT_EXIT_BAD;
}

void tt_cli_note(const char *what, ...)
{
    va_list arguments;
    va_start(arguments, what);
    print_message(what, arguments);
    va_end(arguments);
}

int tt_cli_error(const char *file, const tt_error *error)
{
    const char *name = !file ? "" : strcmp(file, "-") == 0 ? "standard input" : file;
    char *text = NULL;
    if (asprintf(&text, "%s%s%s%s%s", name, *name ? ": " : "", error->where, *error->where ? ": " : "", error->what) < 0)
        text = NULL;
    print_line(text);
    free(text);
    return tt_exit_of(error->status);
}

/* ---- help and version ---- */

static void print_version(FILE *out)
{
    fprintf(out, "trustree %s\n", PACKAGE_VERSION);
    fprintf(out, "GMP %s, MPFR %s, MPFI %s, GSL %s, Jansson %s\n", gmp_version, mpfr_get_version(), mpfi_get_version(),
            gsl_version, jansson_version_str());
}

const char *tt_cli_word(const tt_cli_words *words, size_t k)
{
    if (!words)
        return NULL;
    return words->list ? words->list[k] : words->at(k);
}

/* "auto (default), tree or lattice" */
static void print_choice(FILE *out, const tt_cli_words *words)
{
    const char *word;
    for (size_t k = 0; (word = tt_cli_word(words, k)); k++) {
        const char *separator = k == 0 ? "" : tt_cli_word(words, k + 1) ? ", " : " or ";
        bool is_preset = words->preset && strcmp(words->preset, word) == 0;
        fprintf(out, "%s%s%s", separator, word, is_preset ? " (default)" : "");
    }
}

static bool is_optional(const tt_cli_option *option)
{
    return option->argument && *option->argument == '[';
}

static void print_option(FILE *out, const tt_cli_option *option)
{
    enum { COLUMN = 30 };
    const char *argument = option->argument ? option->argument : "";
    int width = fprintf(out, is_optional(option) ? "  --%s[=%s" : *argument ? "  --%s=%s" : "  --%s%s", option->name,
                        argument + is_optional(option));
    if (width > COLUMN - 2) {
        fputc('\n', out);
        width = 0;
    }
    fprintf(out, "%*s", COLUMN - width, "");
    for (const char *c = option->help; *c; c++) {
        if (c[0] == '%' && c[1] == 's') {
            print_choice(out, option->words);
            c++;
            continue;
        }
        fputc(*c, out);
        if (*c == '\n')
            fprintf(out, "%*s", COLUMN, "");
    }
    fputc('\n', out);
}

static void print_help(FILE *out, const tt_cli_command *command)
{
    fprintf(out, "Usage: trustree %s %s\n%s\n\n", command->name, command->arguments, command->purpose);
    for (const tt_cli_option *option = command->options; option && option->name; option++)
        print_option(out, option);
    for (const tt_cli_option *option = common_options; option->name; option++)
        print_option(out, option);
}

static const tt_cli_option *find_option(const tt_cli_option *options, const char *name)
{
    for (; options && options->name; options++)
        if (strcmp(options->name, name) == 0)
            return options;
    return NULL;
}

static void print_words(FILE *out, const tt_cli_words *words)
{
    const char *word;
    for (size_t k = 0; (word = tt_cli_word(words, k)); k++)
        fprintf(out, "%s\n", word);
}

/* What --help, --version and --words print; `name` is the option that --words is asked about, or NULL. */
static int show(const tt_cli_command *command, int code, const char *name)
{
    const tt_cli_option *option = NULL;
    tt_output output;
    if (name) {
        option = find_option(command->options, name);
        if (!option)
            option = find_option(common_options, name);
        if (!option)
            return tt_cli_bad("--words: there is no option --%s (see trustree %s --help)", name, command->name);
    }
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    if (code == CODE_WORDS)
        print_words(output.stream, option ? option->words : command->operands);
    else if (code == CODE_VERSION)
        print_version(output.stream);
    else
        print_help(output.stream, command);
    return tt_output_finish(&output, TT_EXIT_OK);
}

/* ---- options ---- */

/* Appends the options to the table, which has *n entries; what does not fit is a mistake in the command. */
static void append_options(tt_cli *cli, size_t *n, const tt_cli_option *options)
{
    for (; options && options->name; options++) {
        assert(*n < TT_CLI_OPTIONS_MAX);
        cli->table[(*n)++] = (struct option){ options->name,
                                              is_optional(options)   ? optional_argument
                                              : options->argument ? required_argument
                                                                  : no_argument,
                                              NULL, options->code };
    }
}

void tt_cli_init(tt_cli *cli, const tt_cli_command *command, int argc, char **argv)
{
    size_t n = 0;
    *cli = (tt_cli){ .command = command, .argc = argc, .argv = argv };
    append_options(cli, &n, command->options);
    append_options(cli, &n, common_options);
    opterr = 0;
    optind = 0;
}

static int stop(tt_cli *cli, int status)
{
    cli->status = status;
    return TT_CLI_STOP;
}

/* The option of a code that is in the command's table or the common one. */
static const tt_cli_option *option_of(const tt_cli *cli, int code)
{
    for (const tt_cli_option *option = cli->command->options; option && option->name; option++)
        if (option->code == code)
            return option;
    return &common_options[code - CODE_HELP];
}

int tt_cli_next(tt_cli *cli)
{
    int code;
    code = getopt_long(cli->argc, cli->argv, ":", cli->table, NULL);
    switch (code) {
    case -1:
        cli->operands = optind;
        return TT_CLI_END;
    case ':':
        return stop(cli, tt_cli_bad("option --%s needs a value", option_of(cli, optopt)->name));
    case '?':
        if (optopt >= CODE_HELP || (optopt && strncmp(cli->argv[optind - 1], "--", 2) == 0))
            return stop(cli, tt_cli_bad("option --%s takes no value", option_of(cli, optopt)->name));
        if (optopt)
            return stop(cli, tt_cli_bad("unknown option -%c (see trustree %s --help)", optopt, cli->command->name));
        return stop(cli, tt_cli_bad("unknown or ambiguous option %s (see trustree %s --help)", cli->argv[optind - 1],
                                    cli->command->name));
    case CODE_HELP:
    case CODE_VERSION:
    case CODE_WORDS:
        return stop(cli, show(cli->command, code, optarg));
    default:
        cli->option = option_of(cli, code);
        cli->value = optarg;
        return code;
    }
}

bool tt_cli_whole_number(uint64_t *out, const char *text)
{
    uint64_t n = 0;
    bool good = *text != '\0';
    for (const char *c = text; *c && good; c++) {
        unsigned digit = (unsigned)(*c - '0');
        good = digit <= 9 && n <= (UINT64_MAX - digit) / 10;
        n = 10 * n + digit;
    }
    if (good)
        *out = n;
    return good;
}

bool tt_cli_uint(uint64_t *out, const tt_cli *cli, uint64_t low, uint64_t high)
{
    uint64_t n;
    if (!tt_cli_whole_number(&n, cli->value) || n < low || n > high) {
        tt_cli_bad("--%s: %s is not a whole number from %" PRIu64 " to %" PRIu64, cli->option->name, cli->value, low, high);
        return false;
    }
    *out = n;
    return true;
}

bool tt_cli_range(uint64_t *from, uint64_t *to, const tt_cli *cli, uint64_t low, uint64_t high)
{
    const char *colon = strchr(cli->value, ':');
    char *first = colon ? strndup(cli->value, (size_t)(colon - cli->value)) : NULL;
    uint64_t a = 0, b = 0;
    bool good = tt_cli_whole_number(&b, colon ? colon + 1 : cli->value);
    if (!colon)
        a = b;
    else
        good = good && first && tt_cli_whole_number(&a, first);
    free(first);
    if (!good || a < low || b > high || a > b) {
        tt_cli_bad("--%s: %s is no range LO:HI from %" PRIu64 " to %" PRIu64, cli->option->name, cli->value, low, high);
        return false;
    }
    *from = a;
    *to = b;
    return true;
}

bool tt_cli_rational(mpq_t out, const tt_cli *cli)
{
    tt_error error = TT_ERROR_INIT;
    if (tt_exact_parse(out, cli->value, strlen(cli->value), &error) == TT_OK)
        return true;
    tt_cli_bad("--%s: %s", cli->option->name, error.what);
    return false;
}

static bool find_word(int *out, const tt_cli_words *words, const char *text)
{
    const char *word;
    for (int k = 0; (word = tt_cli_word(words, (size_t)k)); k++)
        if (strcmp(text, word) == 0) {
            *out = k;
            return true;
        }
    return false;
}

/* "a, b, c"; empty where that is too long for a message. */
static void list_words(char *text, size_t size, const tt_cli_words *words)
{
    const char *word;
    size_t used = 0;
    *text = '\0';
    for (size_t k = 0; used < size && (word = tt_cli_word(words, k)); k++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", k ? ", " : "", word);
    if (used >= size)
        *text = '\0';
}

bool tt_cli_choice(int *out, const tt_cli *cli)
{
    const tt_cli_option *option = cli->option;
    char list[80];
    if (find_word(out, option->words, cli->value))
        return true;
    list_words(list, sizeof list, option->words);
    if (*list)
        tt_cli_bad("--%s: %s is none of %s", option->name, cli->value, list);
    else
        tt_cli_bad("--%s: there is no %s (see trustree %s --words=%s)", option->name, cli->value, cli->command->name,
                   option->name);
    return false;
}

bool tt_cli_operand(int *out, const tt_cli *cli, const char *text)
{
    if (find_word(out, cli->command->operands, text))
        return true;
    tt_cli_bad("%s: there is no %s (see trustree %s --words)", cli->command->name, text, cli->command->name);
    return false;
}

const char *tt_format_word(size_t format)
{
    static const char *const words[] = { [TT_FORMAT_TEXT] = "text", [TT_FORMAT_JSON] = "json",
                                         [TT_FORMAT_TSV] = "tsv", [TT_FORMAT_MARKDOWN] = "markdown",
                                         [TT_FORMAT_LATEX] = "latex" };
    return format < sizeof words / sizeof *words ? words[format] : NULL;
}

const tt_cli_words tt_format_words = { .at = tt_format_word, .preset = "text" };

bool tt_cli_format(tt_format *out, const tt_cli *cli)
{
    int choice;
    if (!tt_cli_choice(&choice, cli))
        return false;
    *out = (tt_format)choice;
    return true;
}

tt_table_form tt_cli_table_form(tt_format format)
{
    static const tt_table_form forms[] = { [TT_FORMAT_TEXT] = TT_TABLE_TEXT, [TT_FORMAT_TSV] = TT_TABLE_TSV,
                                           [TT_FORMAT_MARKDOWN] = TT_TABLE_MARKDOWN,
                                           [TT_FORMAT_LATEX] = TT_TABLE_LATEX };
    return forms[format];
}

/* ---- output ---- */

bool tt_output_open(tt_output *output)
{
    *output = (tt_output){ 0 };
    output->stream = tt_text_stream(&output->text, &output->size);
    if (!output->stream)
        tt_cli_bad("out of memory");
    return output->stream != NULL;
}

int tt_output_finish(tt_output *output, int status)
{
    bool good = !ferror(output->stream);
    good = fclose(output->stream) == 0 && good;
    tt_cli_progress_wipe();
    if (!good) {
        status = tt_cli_bad("out of memory");
    } else {
        errno = 0;
        good = fwrite(output->text, 1, output->size, stdout) == output->size;
        good = fclose(stdout) == 0 && good;
        if (!good)
            status = tt_cli_bad("standard output: %s", errno ? strerror(errno) : "write failed");
    }
    free(output->text);
    *output = (tt_output){ 0 };
    return status;
}

void tt_output_discard(tt_output *output)
{
    fclose(output->stream);
    free(output->text);
    *output = (tt_output){ 0 };
}

int tt_output_end(tt_output *output, tt_status printed, const char *file, const tt_error *error, int status)
{
    if (printed == TT_OK)
        return tt_output_finish(output, status);
    tt_output_discard(output);
    return tt_cli_error(file, error);
}

/* ---- progress ---- */

static bool progress_shown;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool tt_cli_progress(void *context, const char *work, double done)
{
    static const char *current;
    static double started, start, shown; /* the first time and share of the work, the last time a line was printed */
    const tt_cli_work *whole = context;
    double now = seconds_now();
    if (work != current || done <= 0) {
        current = work;
        started = shown = now;
        start = done;
    }
    if (now - shown < 0.5 || !isatty(STDERR_FILENO))
        return true;
    shown = now;
    progress_shown = true;
    fprintf(stderr, "\r\033[K%s: %.1f %%", work, 100 * done);
    if (done > start) {
        double rate = (done - start) / (now - started);
        if (whole)
            fprintf(stderr, ", %.0f %s/s", rate * whole->items, whole->unit);
        fprintf(stderr, ", %.0f s left", (1 - done) / rate);
    }
    fflush(stderr);
    return true;
}

void tt_cli_progress_wipe(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}

/* What all commands share: options, messages, output, progress.

   Standard output gets everything at once, at the end, or nothing: a command prints into tt_output's
   stream, which is memory, and tt_output_finish writes it out and checks that it was written.
   Standard error gets one line per message: `trustree: what` or `trustree: FILE: where: what`. */
#ifndef TRUSTREE_CLI_H
#define TRUSTREE_CLI_H

#include <getopt.h>
#include <gmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "../lib/measure/options.h"
#include "../lib/number/status.h"
#include "../lib/report/table.h"

/* Exit statuses (CLI.md). */
enum { TT_EXIT_OK = 0, TT_EXIT_VIOLATED = 1, TT_EXIT_BAD = 2, TT_EXIT_LIMIT = 3 };

/* Of two outcomes of one run the one to exit with: bad wins over violated, which wins over a limit. */
int tt_exit_worse(int a, int b);
int tt_exit_of(tt_status status);

/* ---- messages ---- */

/* `trustree: what` on standard error; returns TT_EXIT_BAD. */
int tt_cli_bad(const char *what, ...) TT_PRINTF(1, 2);
/* `trustree: FILE: where: what`, without the parts that are NULL or empty; returns tt_exit_of(error->status).
   "-" is named "standard input". */
int tt_cli_error(const char *file, const tt_error *error);

/* `trustree: what` on standard error, about something that is not wrong with the call. */
void tt_cli_note(const char *what, ...) TT_PRINTF(1, 2);

/* ---- options ---- */

/* The words that an option, or an operand, takes: what tt_cli_choice accepts, messages and --help list, and --words
   prints, by which completion knows them. A list that ends with NULL, or a function of a catalogue. */
typedef struct {
    const char *const *list;
    const char *(*at)(size_t k); /* where there is no list; NULL past the last word */
    const char *preset;          /* the word where the option is not given, or NULL */
} tt_cli_words;

/* Word k; NULL past the last one, and where `words` is NULL. */
const char *tt_cli_word(const tt_cli_words *words, size_t k);

typedef struct {
    const char *name;     /* long name, without dashes; NULL ends a table */
    int code;             /* what tt_cli_next returns, > 0 */
    const char *argument; /* as --help shows it; NULL where the option takes none. A file is FILE, OUT or JOURNAL, a
                             folder DIR: completion goes by it */
    const char *help;     /* one line; more lines are separated by \n; %s stands for the words */
    const tt_cli_words *words; /* NULL where it takes something else */
} tt_cli_option;

#define TT_CLI_OPTIONS_END { NULL, 0, NULL, NULL, NULL }

typedef struct {
    const char *name;      /* "eval" */
    const char *arguments; /* "[OPTION]... FILE..." */
    const char *purpose;   /* shown by --help, without a newline at the end */
    const tt_cli_option *options;
    const tt_cli_words *operands; /* that they are, or NULL */
} tt_cli_command;

#define TT_CLI_OPTIONS_MAX 40 /* of one command, those of all commands included */

typedef struct {
    const tt_cli_command *command;
    int argc;
    char **argv;
    const tt_cli_option *option; /* the one that was found */
    const char *value;  /* its argument, or NULL */
    int status;         /* after TT_CLI_STOP: what to exit with */
    int operands;       /* after TT_CLI_END: index of the first operand; argv was permuted */
    struct option table[TT_CLI_OPTIONS_MAX + 1];
} tt_cli;

enum { TT_CLI_END = 0, TT_CLI_STOP = -1 };

void tt_cli_init(tt_cli *cli, const tt_cli_command *command, int argc, char **argv);
/* The next option's code; TT_CLI_END after the last one; TT_CLI_STOP after bad usage (a message was printed),
   --help, --version or --words (printed as well): the command returns cli->status. */
int tt_cli_next(tt_cli *cli);

/* Digits alone, below 2^64; *out is untouched where the text is something else. */
bool tt_cli_whole_number(uint64_t *out, const char *text);

/* The value of the option that was just found. False where it is malformed or out of range: a message was
   printed and the command returns TT_EXIT_BAD. */
bool tt_cli_uint(uint64_t *out, const tt_cli *cli, uint64_t low, uint64_t high);
/* LO:HI, or one number for both; low <= LO <= HI <= high. */
bool tt_cli_range(uint64_t *from, uint64_t *to, const tt_cli *cli, uint64_t low, uint64_t high);
bool tt_cli_rational(mpq_t out, const tt_cli *cli); /* INSTANCE.md's numbers, canonical */
/* The number of the value among the option's words. */
bool tt_cli_choice(int *out, const tt_cli *cli);
/* The number of `text` among the words of the operands; false after a message. */
bool tt_cli_operand(int *out, const tt_cli *cli, const char *text);

typedef enum { TT_FORMAT_TEXT, TT_FORMAT_JSON, TT_FORMAT_TSV, TT_FORMAT_MARKDOWN, TT_FORMAT_LATEX } tt_format;
/* The word of a format. */
const char *tt_format_word(size_t format);
/* All of them, text being the default. */
extern const tt_cli_words tt_format_words;
/* An entry of a table of options: --format with its code. */
#define TT_FORMAT_OPTION(code) { "format", (code), "FORMAT", "%s", &tt_format_words }
/* For an option whose words begin as tt_format_words do. */
bool tt_cli_format(tt_format *out, const tt_cli *cli);
tt_table_form tt_cli_table_form(tt_format format); /* of its tables; JSON has none */

/* ---- output ---- */

typedef struct {
    FILE *stream; /* print here */
    char *text;
    size_t size;
} tt_output;

/* False without memory (a message was printed). */
bool tt_output_open(tt_output *output);
/* Writes what was printed to standard output and closes both; returns `status`, or TT_EXIT_BAD with a message
   where anything failed. Call it once, last. */
int tt_output_finish(tt_output *output, int status);
/* Forgets what was printed and writes nothing. */
void tt_output_discard(tt_output *output);
/* What follows printing: tt_output_finish where it ended well, else tt_output_discard and the message of `error`, about
   `file` (NULL for none). Returns what to exit with. */
int tt_output_end(tt_output *output, tt_status printed, const char *file, const tt_error *error, int status);

/* ---- progress ---- */

/* What there is to do, for the rate of the progress line; static texts. */
typedef struct {
    double items;
    const char *unit; /* "instances" */
} tt_cli_work;

/* A tt_progress: a line on standard error where that is a terminal, else nothing, with the time left, and the rate since
   the first call where `context` is a tt_cli_work. Wipe it before any message. */
bool tt_cli_progress(void *context, const char *work, double done);
void tt_cli_progress_wipe(void);

#endif

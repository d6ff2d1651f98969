/* trustree merge: joins the results of the shards of a campaign. */
#include <stdlib.h>

#include "../lib/report/campaign_report.h"
#include "campaign_output.h"
#include "cli.h"
#include "commands.h"

enum { OUT = 1, FORMAT };

static const tt_cli_words format_words = { .at = tt_campaign_format_word, .preset = "json" };

static const tt_cli_option options_table[] = {
    { "out", OUT, "FILE", "write to FILE, whole or not at all, and instances into a folder beside it, as verify does",
      NULL },
    { "format", FORMAT, "FORMAT", "%s, on standard output; with --out nothing\n"
                                  "is printed unless a format is named", &format_words },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "merge",
    .arguments = "[OPTION]... FILE...",
    .purpose = "Joins results of `trustree verify` on shards of one campaign: the same bytes as without shards.\n"
               "The order does not matter; a file may be given twice, or beside one that contains it. Where shards\n"
               "are missing the result is a part, which can be joined further, and a message says what is missing.\n"
               "Exit status as of verify.",
    .options = options_table,
};

typedef struct {
    tt_campaign_output output;
    bool has_format;
} settings;

static bool read_option(settings *s, const tt_cli *cli, int code)
{
    if (code == OUT) {
        s->output.path = cli->value;
        return true;
    }
    s->has_format = true;
    return tt_cli_format(&s->output.format, cli);
}

static int join(const settings *s, const tt_campaign_result *results, char **names, size_t n)
{
    tt_campaign_result joined;
    tt_error error = TT_ERROR_INIT;
    int status;
    if (tt_campaign_join(&joined, results, (const char *const *)names, n, &error) != TT_OK)
        return tt_cli_error(NULL, &error);
    status = tt_campaign_output_write(&s->output, &joined);
    tt_campaign_result_clear(&joined);
    return status;
}

/* Reads everything before anything is joined. */
static int read_and_join(const settings *s, char **names, size_t n)
{
    static const tt_properties catalogues = { 0 };
    tt_campaign_result *results = calloc(n, sizeof *results);
    size_t read = 0;
    int status = results ? TT_EXIT_OK : tt_cli_bad("out of memory");
    while (status == TT_EXIT_OK && read < n) {
        tt_error error = TT_ERROR_INIT;
        if (tt_campaign_read(&results[read], names[read], &catalogues, &error) != TT_OK)
            status = tt_cli_error(names[read], &error);
        else
            read++;
    }
    if (status == TT_EXIT_OK)
        status = join(s, results, names, n);
    for (size_t k = 0; k < read; k++)
        tt_campaign_result_clear(&results[k]);
    free(results);
    return status;
}

int tt_cmd_merge(int argc, char **argv)
{
    settings s = { .output = { .format = TT_FORMAT_JSON, .tell_missing = true } };
    tt_cli cli;
    int code;
    tt_cli_init(&cli, &command, argc, argv);
    while ((code = tt_cli_next(&cli)) > 0)
        if (!read_option(&s, &cli, code))
            return TT_EXIT_BAD;
    if (code == TT_CLI_STOP)
        return cli.status;
    if (cli.operands == argc)
        return tt_cli_bad("merge needs a file (see trustree merge --help)");
    s.output.to_stdout = !s.output.path || s.has_format;
    if (!tt_campaign_output_check(&s.output))
        return TT_EXIT_BAD;
    return read_and_join(&s, argv + cli.operands, (size_t)(argc - cli.operands));
}

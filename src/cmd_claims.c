/* trustree claims: the ledger of claims. */
#include <stdlib.h>

#include "../lib/report/claims_report.h"
#include "../lib/world/file.h"
#include "commands.h"
#include "renderings.h"

enum { OUT = 1, ONLY, COUNT, SEED, WITNESSES, THREADS, FORMAT };

static tt_cli_words only_words; /* the claims, once they are listed */

static const tt_cli_option options_table[] = {
    { "out", OUT, "DIR", "write claims.txt, .json, .tsv, .md and .tex into DIR instead, and the\nwitnesses into DIR/witnesses; "
                         "folders are made where they are missing", NULL },
    { "only", ONLY, "ID", "this entry alone; may be given several times", &only_words },
    { "count", COUNT, "N", "instances of the campaign that statements are held against (default 1000)", NULL },
    { "seed", SEED, "S", "their seed (default 1)", NULL },
    { "witnesses", WITNESSES, "DIR", "read the witnesses from DIR/*.json, not those that are built in", NULL },
    { "threads", THREADS, "K", "threads to use; the output does not depend on them", NULL },
    TT_FORMAT_OPTION(FORMAT),
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "claims",
    .arguments = "[OPTION]...",
    .purpose = "What the slides and preprints state, entry by entry, and whether it is so: proved, refuted by a witness that\n"
               "anyone can run again, or not refuted on so many instances. A refuted claim is a result, not a failure; status\n"
               "1 means that a witness no longer certifies or that something proved is violated.",
    .options = options_table,
};

typedef struct {
    tt_ledger_options ledger;
    const char **only; /* room for all of argv */
    size_t only_n;
    const char *folder;
    tt_format format;
} settings;

static bool take_option(settings *s, const tt_cli *cli, int code)
{
    uint64_t threads = 1;
    int entry;
    switch (code) {
    case OUT:
        s->folder = cli->value;
        return true;
    case ONLY:
        s->only[s->only_n++] = cli->value;
        return tt_cli_choice(&entry, cli);
    case COUNT:
        return tt_cli_uint(&s->ledger.count, cli, 0, UINT64_C(1) << 53);
    case SEED:
        return tt_cli_uint(&s->ledger.seed, cli, 0, UINT64_MAX);
    case WITNESSES:
        s->ledger.witnesses = cli->value;
        return true;
    case THREADS:
        if (!tt_cli_uint(&threads, cli, 1, 1024))
            return false;
        s->ledger.threads = (unsigned)threads;
        return true;
    default:
        return tt_cli_format(&s->format, cli);
    }
}

/* ---- forms ---- */

static tt_render write_text;
static tt_status write_text(FILE *out, const void *thing, tt_error *error)
{
    return tt_claims_text(out, thing, TT_TABLE_TEXT, error);
}

static tt_render write_markdown;
static tt_status write_markdown(FILE *out, const void *thing, tt_error *error)
{
    return tt_claims_text(out, thing, TT_TABLE_MARKDOWN, error);
}

static tt_render write_latex;
static tt_status write_latex(FILE *out, const void *thing, tt_error *error)
{
    return tt_claims_text(out, thing, TT_TABLE_LATEX, error);
}

static tt_render write_json;
static tt_status write_json(FILE *out, const void *thing, tt_error *error)
{
    return tt_claims_json(out, thing, error);
}

static tt_render write_tsv;
static tt_status write_tsv(FILE *out, const void *thing, tt_error *error)
{
    return tt_claims_tsv(out, thing, error);
}

static const tt_rendering renderings[] = {
    { TT_FORMAT_TEXT, "txt", write_text },   { TT_FORMAT_JSON, "json", write_json },
    { TT_FORMAT_TSV, "tsv", write_tsv },     { TT_FORMAT_MARKDOWN, "md", write_markdown },
    { TT_FORMAT_LATEX, "tex", write_latex },
};
enum { RENDERINGS = sizeof renderings / sizeof *renderings };

/* ---- witnesses ---- */

static tt_render copy_text;
static tt_status copy_text(FILE *out, const void *thing, tt_error *error)
{
    (void)error;
    fputs(thing, out);
    return TT_OK;
}

static int write_witness(const char *folder, const char *name)
{
    tt_error error = TT_ERROR_INIT;
    char *path = NULL;
    int status = TT_EXIT_OK;
    if (asprintf(&path, "%s/%s.json", folder, name) < 0)
        return tt_cli_bad("out of memory");
    if (tt_file_write(path, copy_text, tt_witness_text(name), &error) != TT_OK)
        status = tt_cli_error(path, &error);
    free(path);
    return status;
}

static int write_witnesses(const char *folder)
{
    char *path = NULL;
    int status;
    if (asprintf(&path, "%s/witnesses", folder) < 0)
        return tt_cli_bad("out of memory");
    status = tt_make_folders(path);
    for (size_t k = 0; k < tt_witness_count() && status == TT_EXIT_OK; k++)
        status = write_witness(path, tt_witness_name(k));
    free(path);
    return status;
}

/* ---- the command ---- */

static int print_ledger(const settings *s, const tt_ledger *ledger)
{
    int status;
    if (!s->folder)
        return tt_renderings_print(renderings, RENDERINGS, s->format, ledger);
    status = tt_renderings_write(renderings, RENDERINGS, s->folder, "claims", ledger);
    return status == TT_EXIT_OK ? write_witnesses(s->folder) : status;
}

static int run(settings *s)
{
    tt_ledger ledger;
    tt_error error = TT_ERROR_INIT;
    int status;
    tt_cli_work work = { .items = (double)s->ledger.count, .unit = "instances" };
    if (s->folder && tt_make_folders(s->folder) != TT_EXIT_OK)
        return TT_EXIT_BAD;
    s->ledger.only = s->only_n ? s->only : NULL;
    s->ledger.progress = tt_cli_progress;
    s->ledger.progress_context = &work;
    if (tt_ledger_run(&ledger, &s->ledger, &error) != TT_OK) {
        status = tt_cli_error(NULL, &error);
    } else {
        status = print_ledger(s, &ledger);
        if (ledger.failed)
            status = tt_exit_worse(status, TT_EXIT_VIOLATED);
        if (ledger.undecided)
            status = tt_exit_worse(status, TT_EXIT_LIMIT);
    }
    tt_ledger_clear(&ledger);
    return status;
}

int tt_cmd_claims(int argc, char **argv)
{
    settings s = { .only = calloc((size_t)argc + 1, sizeof *s.only) };
    tt_cli cli;
    tt_error error = TT_ERROR_INIT;
    char **ids = NULL;
    bool good = s.only && tt_ledger_ids(&ids, &error) == TT_OK;
    int code = TT_CLI_END, status = TT_EXIT_BAD;
    if (!good)
        tt_cli_bad("out of memory");
    only_words.list = (const char *const *)ids;
    tt_ledger_options_init(&s.ledger);
    tt_cli_init(&cli, &command, argc, argv);
    while (good && (code = tt_cli_next(&cli)) > 0)
        good = take_option(&s, &cli, code);
    if (good && code == TT_CLI_STOP)
        status = cli.status;
    else if (good && cli.operands < argc)
        status = tt_cli_bad("claims takes no argument: %s", argv[cli.operands]);
    else if (good)
        status = run(&s);
    tt_ledger_ids_free(ids);
    free(s.only);
    return status;
}

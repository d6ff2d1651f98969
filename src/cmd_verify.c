/* trustree verify: every property of the catalogues on many instances. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/study/campaign.h"
#include "campaign_output.h"
#include "cli.h"
#include "commands.h"
#include "shard.h"

enum { COUNT = 1, VOCAB, HORIZON, KIND, SEED, THREADS, SHARD, RESUME, OUT, FORMAT };

static const char *const automatic[] = { "auto", NULL };
static const tt_cli_words kind_words = { .list = tt_sample_kind_words, .preset = "mixed" };
static const tt_cli_words shard_words = { .list = automatic }; /* or I/N */

static const tt_cli_option options_table[] = {
    { "count", COUNT, "N", "instances 0..N-1 (needed)", NULL },
    { "vocab", VOCAB, "LO:HI", "tokens (2:3)", NULL },
    { "horizon", HORIZON, "LO:HI", "steps (2:5)", NULL },
    { "kind", KIND, "KIND", "%s", &kind_words },
    { "seed", SEED, "S", "of the instances (1)", NULL },
    { "threads", THREADS, "K", "threads to use (1); the result does not depend on them", NULL },
    { "shard", SHARD, "I/N", "the instances i with i mod N = I alone; auto: from the variables of a Slurm\n"
                             "array, srun, Open MPI or PMI", &shard_words },
    { "resume", RESUME, "JOURNAL", "keep what is done in this file, created where absent, and skip what is in it",
      NULL },
    { "out", OUT, "FILE", "write the result as JSON to FILE, whole or not at all, and instances into a folder\n"
                          "beside it", NULL },
    { "format", FORMAT, "FORMAT", "%s, on standard output; with --out nothing\n"
                                  "is printed unless a format is named", &tt_campaign_format_words },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "verify",
    .arguments = "--count=N [OPTION]...",
    .purpose = "Judges every identity, inequality and bound on many instances, certified.\n"
               "Instance i is what `trustree gen campaign --index i` writes. Results of shards are joined by\n"
               "`trustree merge`. {shard} in the name of a file stands for I-of-N.\n"
               "A property that is violated is shrunk to a small instance and written to a file: exit status 1.\n"
               "Exit status 3 where a verdict is undecided, or after SIGINT or SIGTERM: then there is no result,\n"
               "and the journal has every finished block.",
    .options = options_table,
};

typedef struct {
    tt_campaign campaign;
    tt_campaign_options run;
    tt_campaign_output output;
    const char *out, *resume; /* as given */
    char *out_path, *resume_path;
    tt_shard shard;
    bool has_count, has_format;
    tt_cli_work work;
} settings;

/* ---- options ---- */

static bool read_range(size_t *from, size_t *to, const tt_cli *cli, uint64_t high)
{
    uint64_t a, b;
    if (!tt_cli_range(&a, &b, cli, 1, high))
        return false;
    *from = (size_t)a;
    *to = (size_t)b;
    return true;
}

static bool read_kind(tt_sample_kind *kind, const tt_cli *cli)
{
    int choice;
    if (!tt_cli_choice(&choice, cli))
        return false;
    *kind = (tt_sample_kind)choice;
    return true;
}

static bool read_option(settings *s, const tt_cli *cli, int code)
{
    tt_sample_space *space = &s->campaign.space;
    uint64_t threads;
    switch (code) {
    case COUNT:
        s->has_count = true;
        return tt_cli_uint(&s->campaign.count, cli, 1, TT_CAMPAIGN_MAX);
    case VOCAB:
        return read_range(&space->vocab_low, &space->vocab_high, cli, TT_SAMPLE_VOCAB_MAX);
    case HORIZON:
        return read_range(&space->horizon_low, &space->horizon_high, cli, TT_SIZE_MAX);
    case KIND:
        return read_kind(&space->kind, cli);
    case SEED:
        return tt_cli_uint(&space->seed, cli, 0, UINT64_MAX);
    case THREADS:
        if (!tt_cli_uint(&threads, cli, 1, 1024))
            return false;
        s->run.threads = (unsigned)threads;
        return true;
    case SHARD:
        return tt_shard_read(&s->shard, cli->value);
    case RESUME:
        s->resume = cli->value;
        return true;
    case OUT:
        s->out = cli->value;
        return true;
    default:
        s->has_format = true;
        return tt_cli_format(&s->output.format, cli);
    }
}

/* ---- the run ---- */

static volatile sig_atomic_t stopped;

static const int stopping[] = { SIGINT, SIGTERM };
enum { STOPPING = sizeof stopping / sizeof *stopping };
static struct sigaction before[STOPPING]; /* what the signals did */

static void stop(int signal_number)
{
    stopped = 1;
    for (size_t k = 0; k < STOPPING; k++)
        if (stopping[k] == signal_number)
            sigaction(signal_number, &before[k], NULL);
}

/* The first signal ends the campaign in good order, the second one at once. */
static void catch_signals(void)
{
    struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    for (size_t k = 0; k < STOPPING; k++)
        sigaction(stopping[k], &action, &before[k]);
}

static bool progress(void *context, const char *work, double done)
{
    return !stopped && tt_cli_progress(context, work, done);
}

static int report_failure(const settings *s, const tt_error *error)
{
    if (error->status != TT_INTERRUPTED)
        return tt_cli_error(NULL, error);
    if (s->run.journal)
        tt_cli_note("interrupted; the same command goes on from %s", s->run.journal);
    else
        tt_cli_note("interrupted; nothing is kept without --resume");
    return TT_EXIT_LIMIT;
}

static int run_campaign(settings *s)
{
    tt_campaign_result result;
    tt_error error = TT_ERROR_INIT;
    int status;
    s->run.shard = s->shard.index;
    s->run.shards = s->shard.count;
    /* NOLINTNEXTLINE(bugprone-integer-division): a shard has this many, or one less */
    s->work = (tt_cli_work){ (double)(s->campaign.count / s->shard.count + 1), "instances" };
    s->run.progress = progress;
    s->run.progress_context = &s->work;
    catch_signals();
    if (tt_campaign_run(&result, &s->campaign, &s->run, &error) == TT_OK)
        status = tt_campaign_output_write(&s->output, &result);
    else
        status = report_failure(s, &error);
    tt_campaign_result_clear(&result);
    return status;
}

static int check_and_run(const tt_cli *cli, settings *s)
{
    if (cli->operands < cli->argc)
        return tt_cli_bad("verify takes no file: %s", cli->argv[cli->operands]);
    if (!s->has_count)
        return tt_cli_bad("verify needs --count (see trustree verify --help)");
    if (s->out && strcmp(s->out, "-") == 0)
        return tt_cli_bad("--out writes to a file; --format json prints the same");
    if (s->out)
        s->output.path = s->out_path = tt_shard_path(s->out, s->shard);
    if (s->resume)
        s->run.journal = s->resume_path = tt_shard_path(s->resume, s->shard);
    if ((s->out && !s->out_path) || (s->resume && !s->resume_path))
        return tt_cli_bad("out of memory");
    s->output.to_stdout = !s->out || s->has_format;
    s->output.keep_failures = true;
    return tt_campaign_output_check(&s->output) ? run_campaign(s) : TT_EXIT_BAD;
}

int tt_cmd_verify(int argc, char **argv)
{
    settings s = { .shard = { 0, 1 } };
    tt_cli cli;
    int code, status;
    tt_sample_space_init(&s.campaign.space);
    tt_campaign_options_init(&s.run);
    tt_cli_init(&cli, &command, argc, argv);
    while ((code = tt_cli_next(&cli)) > 0)
        if (!read_option(&s, &cli, code))
            break;
    status = code == TT_CLI_END ? check_and_run(&cli, &s) : code == TT_CLI_STOP ? cli.status : TT_EXIT_BAD;
    free(s.out_path);
    free(s.resume_path);
    return status;
}

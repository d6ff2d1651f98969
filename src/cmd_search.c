/* trustree search: the instance on which a bound is tightest. */
#include <signal.h>
#include <stdio.h>

#include "../lib/report/search_report.h"
#include "../lib/world/instance_json.h"
#include "cli.h"
#include "commands.h"

enum { VOCAB = 1, HORIZON, KL_MAX, TV_MAX, SECONDS, EVALUATIONS, SEED, FROM, OUT, FULL, FORMAT };

#define DEFAULT_SECONDS 60
#define EVALUATIONS_MAX (UINT64_C(1) << 53)

static const char *bound_word(size_t k)
{
    return k < tt_bound_count() ? tt_bound_at(k)->id : NULL;
}

static const char *format_word(size_t format)
{
    return format <= TT_FORMAT_JSON ? tt_format_word(format) : NULL;
}

static const tt_cli_words bound_words = { .at = bound_word };
static const tt_cli_words format_words = { .at = format_word, .preset = "text" };

static const tt_cli_option options_table[] = {
    { "vocab", VOCAB, "V", "tokens, from 2", NULL },
    { "horizon", HORIZON, "T", "steps, from 2", NULL },
    { "kl-max", KL_MAX, "D", "delta of the instance is at most D, and near it", NULL },
    { "tv-max", TV_MAX, "E", "eps of the instance is at most E, and near it", NULL },
    { "seconds", SECONDS, "S", "a budget of time (default 60 where there is no other); the result then depends on\n"
                               "the machine", NULL },
    { "evaluations", EVALUATIONS, "N", "a budget of policy pairs to look at; with it alone the result depends on the\n"
                                       "options and nothing else", NULL },
    { "seed", SEED, "N", "of the random numbers (default 1)", NULL },
    { "from", FROM, "FILE", "an instance of the same vocabulary and horizon to begin with", NULL },
    { "out", OUT, "FILE", "writes the instance that was found", NULL },
    { "full", FULL, NULL, "prints every rational in full (JSON)", NULL },
    { "format", FORMAT, "FORMAT", "%s", &format_words },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "search",
    .arguments = "[OPTION]... BOUND --vocab=V --horizon=T",
    .purpose = "Searches for the policy pair on which a bound is tightest. Doubles choose the steps; what is found is\n"
               "rounded to exact rationals and certified by the tree engine. Tightness is worst-case Error / value; for\n"
               "a bound that looks at the reward |Error| / value, for one on one side -Error / value (lower) or\n"
               "Error / value (upper), the reward chosen too. An interrupt reports the best so far.",
    .options = options_table,
    .operands = &bound_words,
};

typedef struct {
    tt_search_options search;
    uint64_t seconds;
    const char *from, *out;
    tt_format format;
    bool full;
} settings;

static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static bool show_progress(void *context, double best, uint64_t evaluations, double done)
{
    static char work[64];
    (void)context;
    snprintf(work, sizeof work, "best %.6f of %.3g points", best, (double)evaluations);
    tt_cli_progress(NULL, work, done);
    return !interrupted;
}

static bool take_limit(settings *s, const tt_cli *cli, tt_search_limit limit)
{
    if (s->search.limit != TT_SEARCH_UNLIMITED)
        return tt_cli_bad("--kl-max and --tv-max: one limit at a time") == TT_EXIT_OK;
    s->search.limit = limit;
    return tt_cli_rational(s->search.at_most, cli);
}

static bool take_size(size_t *out, const tt_cli *cli)
{
    uint64_t n;
    if (!tt_cli_uint(&n, cli, 0, TT_SIZE_MAX))
        return false;
    *out = (size_t)n;
    return true;
}

static bool take_option(settings *s, const tt_cli *cli, int code)
{
    switch (code) {
    case VOCAB:
        return take_size(&s->search.vocab, cli);
    case HORIZON:
        return take_size(&s->search.horizon, cli);
    case KL_MAX:
        return take_limit(s, cli, TT_SEARCH_KL_MAX);
    case TV_MAX:
        return take_limit(s, cli, TT_SEARCH_TV_MAX);
    case SECONDS:
        return tt_cli_uint(&s->seconds, cli, 1, 1000000000);
    case EVALUATIONS:
        return tt_cli_uint(&s->search.evaluations, cli, 1, EVALUATIONS_MAX);
    case SEED:
        return tt_cli_uint(&s->search.seed, cli, 0, INT64_MAX);
    case FROM:
        s->from = cli->value;
        return true;
    case OUT:
        s->out = cli->value;
        return true;
    case FULL:
        s->full = true;
        return true;
    default:
        return tt_cli_format(&s->format, cli);
    }
}

static int print_result(const settings *s, const tt_search_result *result)
{
    int status = result->instance ? TT_EXIT_OK : TT_EXIT_LIMIT;
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status written;
    const char *file = NULL; /* that an error is about */
    if (result->instance && result->judgement.evaluation.violated)
        status = TT_EXIT_VIOLATED;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    written = s->format == TT_FORMAT_JSON ? tt_search_json(output.stream, result, &s->search, s->full, &error)
                                          : tt_search_text(output.stream, result, &s->search, &error);
    if (written == TT_OK && s->out && result->instance) {
        written = tt_instance_write_file(s->out, result->instance, &error);
        file = s->out;
    }
    return tt_output_end(&output, written, file, &error, status);
}

static int run(settings *s)
{
    tt_search_result result;
    tt_instance *known = NULL;
    tt_error error = TT_ERROR_INIT;
    int status;
    if (s->from && tt_instance_read(&known, s->from, &error) != TT_OK)
        return tt_cli_error(s->from, &error);
    s->search.known = known;
    signal(SIGINT, interrupt);
    if (tt_search(&result, &s->search, &error) != TT_OK)
        status = tt_cli_error(NULL, &error);
    else
        status = print_result(s, &result);
    tt_search_result_clear(&result);
    tt_instance_free(known);
    return status;
}

/* What the options leave open; false after bad usage. */
static bool complete(settings *s, const tt_cli *cli)
{
    int bound;
    if (cli->argc - cli->operands != 1)
        return tt_cli_bad("search takes one bound (see trustree search --help)") == TT_EXIT_OK;
    if (!tt_cli_operand(&bound, cli, cli->argv[cli->operands]))
        return false;
    s->search.bound = tt_bound_at((size_t)bound);
    if (s->search.vocab == 0 || s->search.horizon == 0)
        return tt_cli_bad("search needs --vocab and --horizon") == TT_EXIT_OK;
    if (s->seconds == 0 && s->search.evaluations == UINT64_MAX)
        s->seconds = DEFAULT_SECONDS;
    s->search.seconds = (double)s->seconds;
    return true;
}

int tt_cmd_search(int argc, char **argv)
{
    settings s = { .format = TT_FORMAT_TEXT };
    tt_cli cli;
    bool good = true;
    int code = TT_CLI_END, status = TT_EXIT_BAD;
    tt_search_options_init(&s.search);
    s.search.vocab = s.search.horizon = 0;
    s.search.evaluations = UINT64_MAX;
    s.search.progress = show_progress;
    tt_cli_init(&cli, &command, argc, argv);
    while (good && (code = tt_cli_next(&cli)) > 0)
        good = take_option(&s, &cli, code);
    if (good && code == TT_CLI_STOP)
        status = cli.status;
    else if (good && complete(&s, &cli))
        status = run(&s);
    tt_search_options_clear(&s.search);
    return status;
}

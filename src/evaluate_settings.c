#include "evaluate_settings.h"

/* The words of the two options, and what they stand for. */
static const char *const engine_names[] = { "auto", "tree", "lattice", NULL };
static const tt_engine_choice engines[] = { TT_ENGINE_AUTO, TT_ENGINE_TREE, TT_ENGINE_LATTICE };
static const char *const arithmetic_names[] = { "auto", "exact", "enclosure", NULL };
static const tt_arithmetic kinds[] = { TT_ARITHMETIC_AUTO, TT_ARITHMETIC_EXACT, TT_ARITHMETIC_ENCLOSURE };

const tt_cli_words tt_engine_words = { .list = engine_names, .preset = "auto" };
const tt_cli_words tt_arithmetic_words = { .list = arithmetic_names, .preset = "auto" };

void tt_evaluate_settings_init(tt_evaluate_options *options)
{
    tt_evaluate_options_init(options);
    options->measure.progress = tt_cli_progress;
}

static bool take_arithmetic(tt_evaluate_options *options, const tt_cli *cli)
{
    int choice;
    if (!tt_cli_choice(&choice, cli))
        return false;
    options->measure.arithmetic = kinds[choice];
    return true;
}

static bool take_engine(tt_evaluate_options *options, const tt_cli *cli)
{
    int choice;
    if (!tt_cli_choice(&choice, cli))
        return false;
    options->engine = engines[choice];
    return true;
}

static bool take_precision(tt_evaluate_options *options, const tt_cli *cli)
{
    uint64_t bits;
    if (!tt_cli_uint(&bits, cli, 32, 1000000))
        return false;
    options->measure.precision = (mpfr_prec_t)bits;
    if (options->precision_max < (mpfr_prec_t)bits)
        options->precision_max = (mpfr_prec_t)bits;
    return true;
}

static bool take_threads(tt_evaluate_options *options, const tt_cli *cli)
{
    uint64_t threads;
    if (!tt_cli_uint(&threads, cli, 1, 1024))
        return false;
    options->measure.threads = (unsigned)threads;
    return true;
}

bool tt_evaluate_settings_take(tt_evaluate_options *options, const tt_cli *cli, int code)
{
    switch (code) {
    case EVALUATE_ENGINE:
        return take_engine(options, cli);
    case EVALUATE_ARITHMETIC:
        return take_arithmetic(options, cli);
    case EVALUATE_PRECISION:
        return take_precision(options, cli);
    case EVALUATE_MAX_NODES:
        return tt_cli_uint(&options->measure.max_nodes, cli, 1, UINT64_MAX);
    default:
        return take_threads(options, cli);
    }
}

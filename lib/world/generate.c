#include "generate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "../number/text_stream.h"
#include "generate_table.h"
#include "sample.h"

/* ---- the table ---- */

#define VOCAB(value) \
    { .name = "vocab", .type = TT_PARAMETER_COUNT, .preset = (value), .low = 1, .high = TT_SIZE_MAX, .help = "V" }
#define HORIZON(value, least) \
    { .name = "horizon", .type = TT_PARAMETER_COUNT, .preset = (value), .low = (least), .high = TT_SIZE_MAX, .help = "T" }
/* A tree is walked by recursion, one call per step. */
#define TREE_HORIZON(value) \
    { .name = "horizon", .type = TT_PARAMETER_COUNT, .preset = (value), .low = 1, .high = 4096, .help = "T" }
#define SEED { .name = "seed", .type = TT_PARAMETER_SEED, .preset = "1", .help = "of the random numbers" }
#define PROMPTS \
    { .name = "prompts", .type = TT_PARAMETER_COUNT, .preset = "1", .low = 1, .high = 1000, .help = "how many prompts" }
#define REWARD \
    { .name = "reward", .type = TT_PARAMETER_WORD, .preset = "random", .words = tt_reward_words, \
      .help = "random: fractions; binary: 0 or 1, fair; sparse: 1 for about\none response in eight, else 0; zero; one" }
#define PROBABILITY(parameter, value, text) \
    { .name = (parameter), .type = TT_PARAMETER_PROBABILITY, .preset = (value), .help = (text) }
#define KL(value, text) { .name = "kl", .type = TT_PARAMETER_NUMBER, .preset = (value), .help = (text) }
#define END { .name = NULL }

static const tt_parameter random_parameters[] = {
    VOCAB("3"), TREE_HORIZON("3"), SEED, PROMPTS, REWARD,
    { .name = "weights", .type = TT_PARAMETER_COUNT, .preset = "9", .low = 1, .high = 1000000,
      .help = "a row is V whole weights from 1 to this over their sum" },
    END,
};

static const tt_parameter near_parameters[] = {
    VOCAB("3"), TREE_HORIZON("3"), SEED, PROMPTS, REWARD,
    PROBABILITY("scale", "1/100", "the largest relative change of a probability"),
    END,
};

static const tt_parameter sparse_parameters[] = {
    VOCAB("3"), TREE_HORIZON("3"), SEED, PROMPTS, REWARD,
    { .name = "deviations", .type = TT_PARAMETER_COUNT, .preset = "2", .low = 0, .high = TT_GENERATE_NODES_MAX,
      .help = "how many contexts have a target row of their own" },
    END,
};

static const tt_parameter campaign_parameters[] = {
    { .name = "vocab", .type = TT_PARAMETER_RANGE, .preset = "2:3", .low = 1, .high = TT_SAMPLE_VOCAB_MAX, .help = "V" },
    { .name = "horizon", .type = TT_PARAMETER_RANGE, .preset = "2:5", .low = 1, .high = TT_SIZE_MAX, .help = "T" },
    { .name = "kind", .type = TT_PARAMETER_WORD, .preset = "mixed", .words = tt_sample_kind_words,
      .help = "generic: rows are weights over their sum; dyadic: k / 2^b;\nmachine: machine form; mixed: all of them" },
    SEED,
    END,
};

static const tt_parameter a8_parameters[] = {
    PROBABILITY("probability", "1/1000", "of the first token that leads to c*, under both policies"),
    HORIZON("3", 2),
    { .name = "family", .type = TT_PARAMETER_WORD, .preset = "single", .words = tt_a8_words,
      .help = "single: c* alone deviates; all: all contexts from c* on" },
    END,
};

static const tt_parameter count_parameters[] = {
    HORIZON("16", 1),
    PROBABILITY("rollout", "1/2", "of token 1 under rollout"),
    PROBABILITY("target", NULL, "of token 1 under target"),
    KL(NULL, "in place of --target: the KL of the rows, within 1e-30 of its size,\ntarget above rollout"),
    { .name = "reward-threshold", .type = TT_PARAMETER_COUNT, .preset = "1", .low = 1, .high = TT_GENERATE_NODES_MAX,
      .help = "reward 1 iff token 1 came at least so often" },
    END,
};

static const tt_parameter markov_parameters[] = {
    HORIZON("64", 1),
    PROBABILITY("rollout-0", "1/10", "of token 1 after token 0 under rollout"),
    PROBABILITY("rollout-1", "4/5", "of token 1 after token 1 under rollout"),
    PROBABILITY("target-0", "11/100", "of token 1 after token 0 under target"),
    PROBABILITY("target-1", "4/5", "of token 1 after token 1 under target"),
    END,
};

static const tt_parameter rare_state_parameters[] = {
    HORIZON("64", 1),
    PROBABILITY("probability", "1/1000", "of entering the bad state at a step, under both policies"),
    PROBABILITY("rollout", "1/2", "of spoiling the response in the bad state under rollout"),
    PROBABILITY("target", NULL, "the same under target"),
    KL("1", "where there is no --target: the KL of the rows in the bad state,\nwithin 1e-30 of its size, target above rollout"),
    END,
};

static const tt_parameter flip_parameters[] = {
    HORIZON("64", 1),
    PROBABILITY("probability", "1/100", "of a tie between two experts at a step, under both policies"),
    PROBABILITY("rollout", "9/10", "of token 0 at a tie under rollout"),
    PROBABILITY("target", "1/10", "of token 0 at a tie under target"),
    END,
};

static const tt_parameter eos_parameters[] = {
    HORIZON("64", 1),
    PROBABILITY("rollout-end", "1/8", "of ending the response at a step under rollout"),
    PROBABILITY("target-end", "1/10", "the same under target"),
    PROBABILITY("rollout-slip", "1/20", "of a slip, which spoils the response, under rollout"),
    PROBABILITY("target-slip", "1/25", "the same under target"),
    END,
};

static const tt_parameter rare_token_parameters[] = {
    HORIZON("8", 2),
    PROBABILITY("probability", "1e-9", "of token 1 under rollout"),
    PROBABILITY("tv", "1/10", "eps: target gives token 1 so much more"),
    END,
};

static const tt_parameter golden_parameters[] = {
    { .name = "horizon", .type = TT_PARAMETER_COUNT, .preset = "3", .low = 2, .high = 16, .help = "T" },
    { .name = "chi2", .type = TT_PARAMETER_NUMBER, .preset = "1/10000", .help = "chi-square of every pair of rows; small, or a ratio would be negative\n(at most about 1/100 at T = 3, 1e-6 at T = 8)" },
    { .name = "digits", .type = TT_PARAMETER_COUNT, .preset = "8", .low = 2, .high = 1000,
      .help = "correct digits of the rational ratios" },
    END,
};

static const tt_parameter sequence_kl_parameters[] = {
    HORIZON("2", 2),
    PROBABILITY("shift", "1e-5", "eps: the mass that target adds to the rare first token"),
    PROBABILITY("probability", "1e-12", "of that token under rollout"),
    END,
};

static const tt_parameter linear_tight_parameters[] = {
    HORIZON("4", 2),
    END,
};

static const tt_parameter mixed_tight_parameters[] = {
    HORIZON("2", 2),
    PROBABILITY("probability", "1/10", "the mass that the first token moves"),
    END,
};

static const tt_parameter reverse_kl_parameters[] = {
    HORIZON("4", 2),
    PROBABILITY("probability", "1e-6", "of the first token that target drops, under rollout"),
    END,
};

#define WINDOW_PARAMETERS VOCAB("3"), HORIZON("4", 1), SEED, PROMPTS, REWARD, \
    { .name = "memory", .type = TT_PARAMETER_COUNT, .low = 1, .high = TT_SIZE_MAX, \
      .help = "machine form: policies see the last so many of prompt and\ntokens, the reward is of the last tokens (default: tree form,\nthey see all)" }
#define LAYER_PARAMETERS WINDOW_PARAMETERS, \
    { .name = "precision", .type = TT_PARAMETER_WORD, .preset = "bf16", .words = tt_precision_words, \
      .help = "of rollout's weights and activations: bf16, fp16, fp8 (E4M3), float32" }, \
    { .name = "accumulator", .type = TT_PARAMETER_WORD, .preset = "same", .words = tt_accumulator_words, \
      .help = "of rollout's sums of products: same as --precision, or float32;\ntarget's is float32" }, \
    { .name = "target-precision", .type = TT_PARAMETER_WORD, .preset = "float32", .words = tt_precision_words, \
      .help = "of target's weights and activations: bf16, fp16, fp8, float32" }, \
    { .name = "lanes", .type = TT_PARAMETER_COUNT, .preset = "2", .low = 1, .high = 64, \
      .help = "target adds every so-manieth term, then these partial sums; rollout\nadds in order, as target does with 1" }, \
    { .name = "width", .type = TT_PARAMETER_COUNT, .preset = "8", .low = 1, .high = 64, .help = "of the layer" }, \
    { .name = "scale", .type = TT_PARAMETER_COUNT, .preset = "2", .low = 1, .high = 64, \
      .help = "spreads the logits: the larger, the nearer to 0 and 1 are the probabilities" }

static const tt_parameter backend_parameters[] = { LAYER_PARAMETERS, END };

static const tt_parameter moe_parameters[] = {
    LAYER_PARAMETERS,
    { .name = "experts", .type = TT_PARAMETER_COUNT, .preset = "4", .low = 1, .high = 64, .help = "how many" },
    { .name = "top-k", .type = TT_PARAMETER_COUNT, .preset = "1", .low = 1, .high = 64, .help = "experts chosen per context" },
    { .name = "tie", .type = TT_PARAMETER_COUNT, .preset = "6", .low = 0, .high = 40,
      .help = "the routers of two experts differ by about 2^-N of their size" },
    END,
};

static const tt_parameter staleness_parameters[] = {
    WINDOW_PARAMETERS,
    { .name = "steps", .type = TT_PARAMETER_COUNT, .preset = "4", .low = 0, .high = 1000000, .help = "k" },
    { .name = "rate", .type = TT_PARAMETER_NUMBER, .preset = "1", .help = "of a step: theta + rate * gradient of J" },
    { .name = "scale", .type = TT_PARAMETER_COUNT, .preset = "1", .low = 1, .high = 64,
      .help = "the first logits are sixteenths from -N to N" },
    { .name = "bits", .type = TT_PARAMETER_COUNT, .preset = "30", .low = 16, .high = 31,
      .help = "probabilities are multiples of 2^-N" },
    END,
};

static const tt_generator generators[] = {
    { "random", "tree form; rows and rewards without common structure", random_parameters, tt_build_random },
    { "near", "tree form; target is rollout with every probability changed a little", near_parameters, tt_build_near },
    { "sparse", "tree form; zero probabilities, and few contexts where target differs at all", sparse_parameters,
      tt_build_sparse },
    { "campaign", "an instance of `trustree verify`, corners in turn", campaign_parameters, tt_build_campaign },
    { "a8", "the counterexample A.8: a rare context c* where KL is 1; reward 1 iff\nc* is followed by token 1 (single), by token 1 to the end (all)",
      a8_parameters, tt_build_a8 },
    { "count", "two tokens, i.i.d.; reward 1 iff token 1 came often enough", count_parameters, tt_build_count },
    { "markov", "a two-state Markov chain: rows depend on the last token (token 0 before the first);\nreward 1 iff the last token is 1",
      markov_parameters, tt_build_markov },
    { "rare-state", "a rare bad state, the only one where target differs; reward 1 iff never spoiled", rare_state_parameters,
      tt_build_rare_state },
    { "flip", "now and then two experts tie and the two policies pick different ones;\nreward 1 iff the last tie gave token 0, or there was none",
      flip_parameters, tt_build_flip },
    { "eos", "token 2 ends the response, token 1 is a slip; reward 1 iff ended without a slip", eos_parameters,
      tt_build_eos },
    { "rare-token", "extremal for (T, eps) as --probability goes to 0: attains tv-optimal, and\nsequence-kl as T eps grows with eps small",
      rare_token_parameters, tt_build_rare_token },
    { "golden", "tree form; extremal for (T, chi), and for (T, delta) as delta goes to 0:\nattains second-moment and tilted-kl",
      golden_parameters, tt_build_golden },
    { "sequence-kl", "attains sequence-kl as --shift goes to 0", sequence_kl_parameters, tt_build_sequence_kl },
    { "linear-tight", "disjoint rows at every step: attains linear-one and tv-optimal", linear_tight_parameters,
      tt_build_linear_tight },
    { "mixed-tight", "a little mass moves, then disjoint rows: attains linear-half and mixed-tv-half at T = 2",
      mixed_tight_parameters, tt_build_mixed_tight },
    { "reverse-kl", "a first token that target drops, then disjoint rows: attains\n(T-1) KL_seq(target||rollout) as --probability goes to 0",
      reverse_kl_parameters, tt_build_reverse_kl },
    { "backend", "one set of weights on two stacks: a one-head attention layer in a reduced precision\n(rollout) and in float32 with another order of summation (target)",
      backend_parameters, tt_build_backend },
    { "moe", "the same with experts behind a router near a tie: precision decides which are chosen", moe_parameters,
      tt_build_moe },
    { "staleness", "softmax-tabular policies: target is rollout after k exact policy-gradient steps on J",
      staleness_parameters, tt_build_staleness },
};

size_t tt_generator_count(void)
{
    return sizeof generators / sizeof *generators;
}

const tt_generator *tt_generator_at(size_t k)
{
    return &generators[k];
}

const tt_generator *tt_generator_find(const char *name)
{
    for (size_t k = 0; k < tt_generator_count(); k++)
        if (strcmp(generators[k].name, name) == 0)
            return &generators[k];
    return NULL;
}

/* The number of a parameter; SIZE_MAX where there is none of that name. */
static size_t parameter_number(const tt_generator *generator, const char *name)
{
    for (size_t k = 0; generator->parameters[k].name; k++)
        if (strcmp(generator->parameters[k].name, name) == 0)
            return k;
    return SIZE_MAX;
}

bool tt_generator_is_random(const tt_generator *generator)
{
    return parameter_number(generator, "seed") != SIZE_MAX;
}

/* ---- arguments ---- */

typedef struct {
    char *text; /* as it was given; NULL where absent */
    uint64_t whole; /* a count, a seed, the number of a word or the lower end of a range */
    uint64_t high;  /* the upper end of a range */
    mpq_t number;
} argument;

struct tt_arguments {
    const tt_generator *generator;
    char *name; /* NULL: made from the arguments */
    size_t n;
    argument *values;
};

tt_status tt_arguments_new(tt_arguments **out, const tt_generator *generator)
{
    tt_arguments *arguments = calloc(1, sizeof *arguments);
    tt_status status = TT_OK;
    *out = NULL;
    if (!arguments)
        return TT_NO_MEMORY;
    arguments->generator = generator;
    while (generator->parameters[arguments->n].name)
        arguments->n++;
    arguments->values = calloc(arguments->n, sizeof *arguments->values);
    if (!arguments->values) {
        free(arguments);
        return TT_NO_MEMORY;
    }
    for (size_t k = 0; k < arguments->n; k++)
        mpq_init(arguments->values[k].number);
    for (size_t k = 0; k < arguments->n && status == TT_OK; k++)
        if (generator->parameters[k].preset)
            status = tt_arguments_set(arguments, generator->parameters[k].name, generator->parameters[k].preset, NULL);
    if (status != TT_OK)
        tt_arguments_free(arguments);
    else
        *out = arguments;
    return status;
}

void tt_arguments_free(tt_arguments *arguments)
{
    if (!arguments)
        return;
    for (size_t k = 0; k < arguments->n; k++) {
        free(arguments->values[k].text);
        mpq_clear(arguments->values[k].number);
    }
    free(arguments->values);
    free(arguments->name);
    free(arguments);
}

const tt_generator *tt_arguments_generator(const tt_arguments *arguments)
{
    return arguments->generator;
}

/* Replaces *place by a copy of text. */
static tt_status keep_text(char **place, const char *text, tt_error *error)
{
    char *copy = strdup(text);
    if (!copy)
        return tt_no_memory(error);
    free(*place);
    *place = copy;
    return TT_OK;
}

static bool parse_whole(uint64_t *out, const char *text, uint64_t low, uint64_t high)
{
    uint64_t n = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || n > (UINT64_MAX - digit) / 10)
            return false;
        n = 10 * n + digit;
    }
    *out = n;
    return n >= low && n <= high;
}

static bool parse_word(uint64_t *out, const char *text, const char *const *words)
{
    for (uint64_t k = 0; words[k]; k++)
        if (strcmp(words[k], text) == 0) {
            *out = k;
            return true;
        }
    return false;
}

static tt_status fail_word(const tt_parameter *parameter, const char *where, const char *text, tt_error *error)
{
    char list[128] = "";
    for (size_t k = 0; parameter->words[k]; k++)
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s%s", k ? ", " : "", parameter->words[k]);
    return tt_fail(error, TT_BAD_INPUT, where, "'%.80s' is none of %s", text, list);
}

/* "LO:HI". */
static bool parse_range(uint64_t *from, uint64_t *to, const char *text, uint64_t low, uint64_t high)
{
    size_t length = strcspn(text, ":");
    char first[24] = "";
    if (!text[length] || length >= sizeof first)
        return false;
    memcpy(first, text, length);
    return parse_whole(from, first, low, high) && parse_whole(to, text + length + 1, low, high) && *from <= *to;
}

/* Reads text into the fields that the type uses. */
static tt_status parse_argument(argument *out, const tt_parameter *parameter, const char *text, tt_error *error)
{
    bool seed = parameter->type == TT_PARAMETER_SEED;
    uint64_t low = seed ? 0 : parameter->low, high = seed ? UINT64_MAX : parameter->high;
    char where[64];
    tt_error inner;
    snprintf(where, sizeof where, "--%s", parameter->name);
    switch (parameter->type) {
    case TT_PARAMETER_COUNT:
    case TT_PARAMETER_SEED:
        if (!parse_whole(&out->whole, text, low, high))
            return tt_fail(error, TT_BAD_INPUT, where, "'%.80s' is not a whole number from %" PRIu64 " to %" PRIu64, text,
                           low, high);
        return TT_OK;
    case TT_PARAMETER_RANGE:
        if (!parse_range(&out->whole, &out->high, text, low, high))
            return tt_fail(error, TT_BAD_INPUT, where,
                           "'%.80s' is not LO:HI with %" PRIu64 " <= LO <= HI <= %" PRIu64, text, low, high);
        return TT_OK;
    case TT_PARAMETER_WORD:
        return parse_word(&out->whole, text, parameter->words) ? TT_OK : fail_word(parameter, where, text, error);
    default:
        if (tt_exact_parse(out->number, text, strlen(text), &inner) != TT_OK)
            return tt_fail(error, inner.status, where, "%s", inner.what);
        if (parameter->type == TT_PARAMETER_PROBABILITY && mpq_cmp_ui(out->number, 1, 1) > 0)
            return tt_fail(error, TT_BAD_INPUT, where, "'%.80s' is larger than 1", text);
        return TT_OK;
    }
}

tt_status tt_arguments_set(tt_arguments *arguments, const char *name, const char *text, tt_error *error)
{
    size_t k = parameter_number(arguments->generator, name);
    argument parsed = { 0 };
    tt_status status;
    if (k == SIZE_MAX)
        return tt_fail(error, TT_BAD_INPUT, name, "%s takes no such parameter", arguments->generator->name);
    mpq_init(parsed.number);
    status = parse_argument(&parsed, &arguments->generator->parameters[k], text, error);
    if (status == TT_OK)
        status = keep_text(&arguments->values[k].text, text, error);
    if (status == TT_OK) {
        arguments->values[k].whole = parsed.whole;
        arguments->values[k].high = parsed.high;
        mpq_swap(arguments->values[k].number, parsed.number);
    }
    mpq_clear(parsed.number);
    return status;
}

tt_status tt_arguments_set_name(tt_arguments *arguments, const char *name)
{
    return keep_text(&arguments->name, name, NULL);
}

static const argument *find_argument(const tt_arguments *arguments, const char *name)
{
    size_t k = parameter_number(arguments->generator, name);
    assert(k != SIZE_MAX);
    return &arguments->values[k];
}

bool tt_argument_given(const tt_arguments *arguments, const char *name)
{
    return find_argument(arguments, name)->text != NULL;
}

unsigned long tt_argument_count(const tt_arguments *arguments, const char *name)
{
    return (unsigned long)find_argument(arguments, name)->whole;
}

unsigned long tt_argument_high(const tt_arguments *arguments, const char *name)
{
    return (unsigned long)find_argument(arguments, name)->high;
}

uint64_t tt_argument_seed(const tt_arguments *arguments, const char *name)
{
    return find_argument(arguments, name)->whole;
}

mpq_srcptr tt_argument_number(const tt_arguments *arguments, const char *name)
{
    return find_argument(arguments, name)->number;
}

size_t tt_argument_word(const tt_arguments *arguments, const char *name)
{
    return (size_t)find_argument(arguments, name)->whole;
}

const char *tt_argument_text(const tt_arguments *arguments, const char *name)
{
    return find_argument(arguments, name)->text;
}

/* ---- building ---- */

/* "random: vocab 3, horizon 3, seed 1": everything that is needed to build the instance again. */
static char *describe(const tt_arguments *arguments, uint64_t index)
{
    char *text = NULL;
    size_t size;
    FILE *out = tt_text_stream(&text, &size);
    const char *separator = ": ";
    if (!out)
        return NULL;
    fputs(arguments->generator->name, out);
    for (size_t k = 0; k < arguments->n; k++)
        if (arguments->values[k].text) {
            fprintf(out, "%s%s %s", separator, arguments->generator->parameters[k].name, arguments->values[k].text);
            separator = ", ";
        }
    if (tt_generator_is_random(arguments->generator) && index > 0)
        fprintf(out, ", index %" PRIu64, index);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static tt_status set_name(tt_instance *instance, const tt_arguments *arguments, uint64_t index)
{
    char *text;
    tt_status status;
    if (arguments->name)
        return tt_instance_set_name(instance, arguments->name);
    if (*tt_instance_name(instance))
        return TT_OK;
    text = describe(arguments, index);
    status = text ? tt_instance_set_name(instance, text) : TT_NO_MEMORY;
    free(text);
    return status;
}

tt_status tt_generate(tt_instance **out, const tt_arguments *arguments, uint64_t index, tt_error *error)
{
    const tt_generator *generator = arguments->generator;
    tt_instance *instance = NULL;
    tt_random *random = NULL;
    tt_status status = TT_OK;
    *out = NULL;
    if (tt_generator_is_random(generator))
        status = tt_random_new(&random, tt_argument_seed(arguments, "seed"), index);
    if (status == TT_OK)
        status = generator->build(&instance, arguments, random, error);
    if (status == TT_OK)
        status = set_name(instance, arguments, index);
    if (status == TT_OK)
        status = tt_instance_finish(instance, error);
    if (status == TT_NO_MEMORY)
        tt_no_memory(error);
    tt_random_free(random);
    if (status == TT_OK)
        *out = instance;
    else
        tt_instance_free(instance);
    return status;
}

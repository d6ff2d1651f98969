#include "mask_settings.h"

#include <string.h>

#include "../lib/number/exact.h"

static const char *mask_word(size_t k)
{
    return k < tt_mask_count() ? tt_mask_at(k)->id : NULL;
}

static const char *preset_word(size_t k)
{
    return k < tt_mask_preset_count() ? tt_mask_preset_at(k)->id : NULL;
}

static const char *const lengths[] = { "n", "T", NULL };

const tt_cli_words tt_mask_words = { .at = mask_word };
const tt_cli_words tt_preset_words = { .at = preset_word };
const tt_cli_words tt_length_words = { .list = lengths, .preset = "n" };

void tt_mask_settings_init(tt_mask_settings *settings)
{
    *settings = (tt_mask_settings){ .format = TT_FORMAT_TEXT };
    tt_masking_options_init(&settings->options);
    settings->options.measure.progress = tt_cli_progress;
}

void tt_mask_settings_clear(tt_mask_settings *settings)
{
    tt_masking_options_clear(&settings->options);
}

static bool take_thresholds(tt_mask_settings *s, const char *text)
{
    const char *comma = strchr(text, ',');
    size_t first = comma ? (size_t)(comma - text) : strlen(text);
    tt_error error = TT_ERROR_INIT;
    if (tt_exact_parse(s->options.thresholds[0], text, first, &error) != TT_OK ||
        (comma && tt_exact_parse(s->options.thresholds[1], comma + 1, strlen(comma + 1), &error) != TT_OK)) {
        tt_cli_bad("--threshold: %s", error.what);
        return false;
    }
    s->has_threshold = true;
    s->two_thresholds = comma != NULL;
    return true;
}

bool tt_mask_settings_take(tt_mask_settings *s, const tt_cli *cli, int code)
{
    int choice;
    switch (code) {
    case MASK_ID:
        if (!tt_cli_choice(&choice, cli))
            return false;
        s->options.mask = tt_mask_at((size_t)choice);
        return true;
    case MASK_PRESET:
        if (!tt_cli_choice(&choice, cli))
            return false;
        s->preset = tt_mask_preset_at((size_t)choice);
        return true;
    case MASK_THRESHOLD:
        return take_thresholds(s, cli->value);
    case MASK_BASELINE:
        s->options.has_baseline = true;
        return tt_cli_rational(s->options.baseline, cli);
    case MASK_LENGTH:
        if (!tt_cli_choice(&choice, cli))
            return false;
        s->options.length = choice == 0 ? TT_LENGTH_OWN : TT_LENGTH_HORIZON;
        return true;
    case MASK_MAX_NODES:
        return tt_cli_uint(&s->options.measure.max_nodes, cli, 1, UINT64_MAX);
    case MASK_FORMAT:
        return tt_cli_format(&s->format, cli);
    default:
        s->full = true;
        return true;
    }
}

/* The thresholds of a preset are numbers that always parse. */
static int apply_preset(tt_mask_settings *s)
{
    const tt_mask_preset *preset = s->preset;
    tt_error error = TT_ERROR_INIT;
    if (s->options.mask)
        return tt_cli_bad("--preset takes the place of --mask");
    s->options.mask = tt_mask_find(preset->mask);
    for (size_t k = 0; !s->has_threshold && k < s->options.mask->thresholds; k++)
        if (tt_exact_parse(s->options.thresholds[k], preset->thresholds[k], strlen(preset->thresholds[k]), &error) !=
            TT_OK)
            return tt_cli_error(NULL, &error);
    if (!s->has_threshold)
        s->two_thresholds = s->options.mask->thresholds == 2;
    s->has_threshold = true;
    return TT_EXIT_OK;
}

int tt_mask_settings_finish(tt_mask_settings *s, bool needs_threshold)
{
    const tt_mask *mask;
    if (s->preset && apply_preset(s) != TT_EXIT_OK)
        return TT_EXIT_BAD;
    mask = s->options.mask;
    if (!mask)
        return s->has_threshold ? tt_cli_bad("--threshold needs --mask or --preset") : TT_EXIT_OK;
    if (!s->has_threshold)
        return needs_threshold ? tt_cli_bad("the mask %s needs --threshold", mask->id) : TT_EXIT_OK;
    if (s->two_thresholds != (mask->thresholds == 2))
        return tt_cli_bad("--threshold: the mask %s takes %s", mask->id, mask->thresholds == 2 ? "two, D,D2" : "one");
    return TT_EXIT_OK;
}

/* What `mask` and `gradient` take in common: an instance, a mask and how it is read. */
#ifndef TRUSTREE_MASK_SETTINGS_H
#define TRUSTREE_MASK_SETTINGS_H

#include "../lib/study/masking.h"
#include "cli.h"

/* Codes of the options in common; a command's own start at MASK_OPTIONS. */
enum { MASK_ID = 1, MASK_PRESET, MASK_THRESHOLD, MASK_BASELINE, MASK_LENGTH, MASK_MAX_NODES, MASK_FORMAT, MASK_FULL,
       MASK_OPTIONS };

extern const tt_cli_words tt_mask_words, tt_preset_words, tt_length_words;

/* Entries of a command's table of options. */
#define MASK_OPTION_ROWS \
    { "mask", MASK_ID, "ID", "the mask (trustree mask --list)", &tt_mask_words }, \
    { "threshold", MASK_THRESHOLD, "D[,D2]", "its threshold, or both of them", NULL }, \
    { "preset", MASK_PRESET, "NAME", "a framework's mask with its thresholds; --threshold takes their place", \
      &tt_preset_words }, \
    { "baseline", MASK_BASELINE, "B", "b of the advantage R - b (the expected reward of rollout)", NULL }, \
    { "length", MASK_LENGTH, "KIND", "%s: means run over n, the tokens until both policies are at an\n" \
                                     "end, or over T", &tt_length_words }, \
    { "max-nodes", MASK_MAX_NODES, "N", "contexts and responses to visit at most (2^25)", NULL }, \
    TT_FORMAT_OPTION(MASK_FORMAT), \
    { "full", MASK_FULL, NULL, "print rationals of any length (JSON)", NULL }

typedef struct {
    tt_masking_options options;
    tt_format format;
    bool full, has_threshold, two_thresholds;
    const tt_mask_preset *preset; /* NULL where none was given */
} tt_mask_settings;

void tt_mask_settings_init(tt_mask_settings *settings);
void tt_mask_settings_clear(tt_mask_settings *settings);
/* An option in common; false after a message. */
bool tt_mask_settings_take(tt_mask_settings *settings, const tt_cli *cli, int code);
/* After the last option: the preset's mask and thresholds, and whether each is there. needs_threshold: a mask has to
   come with its thresholds. Returns TT_EXIT_OK, or TT_EXIT_BAD after a message. */
int tt_mask_settings_finish(tt_mask_settings *settings, bool needs_threshold);

#endif

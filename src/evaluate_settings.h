/* What `eval` and `path` take in common: how instances are measured. */
#ifndef TRUSTREE_EVALUATE_SETTINGS_H
#define TRUSTREE_EVALUATE_SETTINGS_H

#include "../lib/study/evaluate.h"
#include "cli.h"

/* Codes of the options in common; a command's own start at EVALUATE_OPTIONS. */
enum { EVALUATE_ENGINE = 1, EVALUATE_ARITHMETIC, EVALUATE_PRECISION, EVALUATE_MAX_NODES, EVALUATE_THREADS,
       EVALUATE_OPTIONS };

extern const tt_cli_words tt_engine_words, tt_arithmetic_words;

/* Entries of a command's table of options. */
#define EVALUATE_OPTION_ROWS \
    { "engine", EVALUATE_ENGINE, "ENGINE", "%s", &tt_engine_words }, \
    { "arithmetic", EVALUATE_ARITHMETIC, "KIND", "of the lattice engine: %s", &tt_arithmetic_words }, \
    { "precision", EVALUATE_PRECISION, "BITS", "first precision of enclosures (128); it doubles while anything\n" \
                                               "is undecided, up to 8192", NULL }, \
    { "max-nodes", EVALUATE_MAX_NODES, "N", "contexts and responses to visit at most (2^25)", NULL }, \
    { "threads", EVALUATE_THREADS, "K", "threads to use (an engine uses up to 2); the output does not depend on them", \
      NULL }

/* The defaults, with progress on a terminal. */
void tt_evaluate_settings_init(tt_evaluate_options *options);
/* An option in common; false after a message. */
bool tt_evaluate_settings_take(tt_evaluate_options *options, const tt_cli *cli, int code);

#endif

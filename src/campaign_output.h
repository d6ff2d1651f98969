/* What `verify` and `merge` leave behind: the result, its instances, messages and the exit status. */
#ifndef TRUSTREE_CAMPAIGN_OUTPUT_H
#define TRUSTREE_CAMPAIGN_OUTPUT_H

#include "../lib/study/campaign.h"
#include "cli.h"

typedef struct {
    const char *path;   /* for the JSON; NULL for none */
    bool has_file;      /* it is a file, written whole or not at all; not a pipe or the like. Set by the check */
    bool to_stdout;     /* the result in `format` on standard output */
    tt_format format;
    bool tell_missing;  /* say which instances are missing */
    bool keep_failures; /* without a file: failures go into the folder campaign.instances */
} tt_campaign_output;

/* The formats of a result: those of tables and JSON, without LaTeX. */
const char *tt_campaign_format_word(size_t format);
extern const tt_cli_words tt_campaign_format_words; /* text is the default */

/* Whether the file can be written, as far as one can tell before the work; false after a message. */
bool tt_campaign_output_check(tt_campaign_output *output);

/* Writes everything. Beside R.json, in the folder R.instances: every kept failure as failure-PROPERTY-INDEX.json, and,
   of a complete result, the tightest instance of each bound as BOUND.json. Says on standard error which properties
   failed and how to run them again.
   Returns the exit status: violated, undecided, bad where something could not be written. */
int tt_campaign_output_write(const tt_campaign_output *output, const tt_campaign_result *result);

#endif

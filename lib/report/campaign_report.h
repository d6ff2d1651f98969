/* Results of campaigns: as JSON (trustree-campaign-1) and back, and for people. */
#ifndef TRUSTREE_CAMPAIGN_REPORT_H
#define TRUSTREE_CAMPAIGN_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "../number/linkage.h"
#include "../study/campaign_result.h"
#include "table.h"

TT_BEGIN_C

/* A result as JSON. Where only a part of the instances is covered, "complete" is false and "covers" says which. New
   reference, NULL without memory. */
json_t *tt_json_campaign(const tt_campaign_result *result);

/* The same to a stream: a tt_file_writer. */
TT_MUST_CHECK tt_status tt_campaign_write(FILE *out, const void *result, tt_error *error);

/* Reads what tt_campaign_write wrote. Whatever differs from what it would write for the same numbers is refused, in
   any field; only blanks and the order of keys are free.
   properties : those of the result; they outlive it
   fails      : TT_BAD_INPUT, error->where a JSON path or a line; TT_NO_MEMORY; TT_IO
   owns       : the caller clears *out with tt_campaign_result_clear; on failure nothing has to be cleared. */
TT_MUST_CHECK tt_status tt_campaign_read_text(tt_campaign_result *out, const char *text, size_t length,
                                              const tt_properties *properties, tt_error *error);
/* The same from a file, "-" for standard input. */
TT_MUST_CHECK tt_status tt_campaign_read(tt_campaign_result *out, const char *path, const tt_properties *properties,
                                         tt_error *error);

/* The counts of every property, what was covered, what failed. TSV has a row per property and nothing else: section,
   id, a count per verdict, the largest tightness (a certified lower bound) and its instance, a count per class of
   tightness.
   fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_text_campaign(FILE *out, const tt_campaign_result *result, tt_table_form form,
                                         tt_error *error);

/* Which instances are missing, "instances 1, 3 mod 4 (500 of 1000)"; the caller frees it, NULL without memory. */
char *tt_campaign_missing(const tt_campaign_result *result);

/* Room for the text of a tightness, with its NUL. */
#define TT_TIGHTNESS_TEXT_SIZE 24
/* A tightness of 1e-18 units as a decimal, without zeros at its end. */
void tt_tightness_text(char out[TT_TIGHTNESS_TEXT_SIZE], uint64_t floor);

TT_END_C

#endif

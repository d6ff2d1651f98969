/* The report of `search`: the tightest instance found, every number of it certified. */
#ifndef TRUSTREE_SEARCH_REPORT_H
#define TRUSTREE_SEARCH_REPORT_H

#include <stdio.h>

#include "../number/linkage.h"
#include "../study/search.h"

TT_BEGIN_C

/* For people: a few lines. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_search_text(FILE *out, const tt_search_result *result, const tt_search_options *options,
                                       tt_error *error);

/* "trustree-search-1": { "format", "bound", "kind", "vocab", "horizon", "limit": { "kl_max" or "tv_max": "p/q",
   "reached": E } or null, "seed", "evaluations", "start", "ties", "tightness": E, "value": E, "verdict",
   "worst_case_error", "error", "tv_max", "kl_max", "chi2_max", "tv_seq", "kl_seq", "instance": the instance file };
   from "start" on null where nothing was found. reached is delta or eps over the limit; where nothing comes near the
   limit, the largest share that was certified.
   fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_search_json(FILE *out, const tt_search_result *result, const tt_search_options *options,
                                       bool full, tt_error *error);

TT_END_C

#endif

/* Campaigns: every property of the catalogues on many instances.

   Instance i is tt_sample(space, i). Each is judged until its verdicts are closed; what was found is added up. The
   result is the same with any number of threads, any cut into shards and any interruption with a journal. */
#ifndef TRUSTREE_CAMPAIGN_H
#define TRUSTREE_CAMPAIGN_H

#include "../measure/options.h"
#include "../number/linkage.h"
#include "campaign_result.h"

TT_BEGIN_C

/* How a campaign is run. */
typedef struct {
    uint64_t shard, shards; /* the instances i = shard mod shards; shard < shards <= TT_MODULUS_MAX */
    unsigned threads;       /* over instances */
    const char *journal;    /* a path, or NULL: see journal.h */
    tt_properties properties; /* what is counted */
    tt_progress *progress; /* may be NULL; one thread at a time; asked to stop, nothing but the journal is left */
    void *progress_context; /* its first argument */
} tt_campaign_options;

/* One shard, one thread, no journal, the catalogues, no progress. Owns nothing. */
void tt_campaign_options_init(tt_campaign_options *options);

/* Runs the campaign, or a shard of it. The violated instances that are kept are shrunk (tt_shrink).
   An extra property is asked at growing precisions while it is undecided. With extra properties nothing is
   filtered; with extra_only the catalogues are not judged.
   out  : set by this function, and keeps a pointer to the properties of the options; the caller clears it with
          tt_campaign_result_clear, on failure too
   fails: TT_BAD_INPUT for a configuration, shard or journal that is not good; TT_INTERRUPTED; TT_IO; TT_LIMIT where
          instances are too large; TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_campaign_run(tt_campaign_result *out, const tt_campaign *campaign,
                                        const tt_campaign_options *options, tt_error *error);

TT_END_C

#endif

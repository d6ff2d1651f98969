/* An append-only record of a running campaign, so that a killed one goes on where it was.

   Lines of JSON: a header that names the configuration, the shard and the versions, then one line per finished block
   with its tally and a checksum. Each line is written at once. A last line without its end was cut by a kill: it is
   dropped. Everything else that is not as it was written is an error that names the line. */
#ifndef TRUSTREE_JOURNAL_H
#define TRUSTREE_JOURNAL_H

#include "../number/linkage.h"
#include "campaign_result.h"

TT_BEGIN_C

/* What a journal belongs to; another one is refused. The instances of a shard are shard, shard + shards, ... below the
   count; block b holds those of numbers b * block .. (b + 1) * block - 1 in this order, as far as there are any. */
typedef struct {
    const tt_campaign *campaign;     /* the whole one */
    const tt_properties *properties; /* what is counted */
    uint64_t shard, shards;          /* shard < shards */
    uint64_t block;                  /* instances per block, >= 1 */
} tt_journal_subject;

uint64_t tt_journal_instances(const tt_journal_subject *subject); /* how many the shard has */
uint64_t tt_journal_blocks(const tt_journal_subject *subject);    /* how many blocks they are cut into */

/* An open journal; for one thread at a time. */
typedef struct tt_journal tt_journal;

/* Opens a journal, created where absent, and adds what it holds to tally (initialised, all 0). The file is locked
   against other processes until it is closed.
   fails: TT_IO; TT_NO_MEMORY; TT_BAD_INPUT where it is in use, no journal, of another subject, or malformed.
          error->where is the path, and for a line "PATH: line N". */
TT_MUST_CHECK tt_status tt_journal_open(tt_journal **out, const char *path, const tt_journal_subject *subject,
                                        tt_tally *tally, tt_error *error);
/* Closes the file and frees the journal; NULL is allowed. */
void tt_journal_close(tt_journal *journal);

/* Whether the line of a block is there. */
bool tt_journal_has(const tt_journal *journal, uint64_t block);
/* Appends the line of a block. TT_IO where it was not written in full, TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_journal_add(tt_journal *journal, uint64_t block, const tt_tally *tally, tt_error *error);

TT_END_C

#endif

/* Fuzz target: the reader of journals. What it takes can be appended to, and is taken again with the block that was added. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/study/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static tt_status open_journal(tt_journal **journal, const char *path, const tt_journal_subject *subject, tt_tally *tally)
{
    tt_error error;
    if (tt_tally_init(tally, subject->properties) != TT_OK)
        abort();
    return tt_journal_open(journal, path, subject, tally, &error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* the subject of corpus/journal: verify --count 100 --seed 1, one shard */
    static const tt_properties properties;
    static const tt_campaign campaign = {
        .space = { .vocab_low = 2, .vocab_high = 3, .horizon_low = 2, .horizon_high = 5, .kind = TT_SAMPLE_MIXED, .seed = 1 },
        .count = 100,
    };
    const tt_journal_subject subject = { &campaign, &properties, 0, 1, 64 };
    char path[64];
    tt_journal *journal;
    tt_tally tally, again;
    FILE *file;
    snprintf(path, sizeof path, "fuzz/journal-%ld", (long)getpid());
    file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        abort();
    if (open_journal(&journal, path, &subject, &tally) == TT_OK) {
        tt_journal_close(journal);
        if (open_journal(&journal, path, &subject, &again) != TT_OK || !tt_tally_equal(&tally, &again))
            abort();
        tt_journal_close(journal);
        tt_tally_clear(&again);
    }
    tt_tally_clear(&tally);
    unlink(path);
    return 0;
}

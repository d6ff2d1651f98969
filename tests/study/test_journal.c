/* The journal: what was written is read, a torn end is dropped, anything else that changed is named. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/study/journal.h"
#include "../../lib/study/labels.h"
#include "../random_instance.h"
#include "../settings.h"

enum { BLOCKS = 4, BLOCK = 5 };

static uint64_t seed;
static const tt_properties catalogues = { 0 };
static tt_campaign campaign;
static tt_journal_subject subject;
static char path[64];

static void set_up(void)
{
    int file;
    campaign = (tt_campaign){ .count = 34 };
    tt_sample_space_init(&campaign.space);
    campaign.space.seed = UINT64_MAX;
    subject = (tt_journal_subject){ &campaign, &catalogues, .shard = 1, .shards = 2, .block = BLOCK };
    strcpy(path, "/tmp/trustree-test-XXXXXX");
    file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
}

/* Counts made up from the instances of a block; the numbers fit each other. */
static void make_up(tt_tally *tally, uint64_t block)
{
    assert_int_equal(tt_tally_init(tally, &catalogues), TT_OK);
    for (uint64_t n = block * BLOCK; n < (block + 1) * BLOCK && n < tt_journal_instances(&subject); n++) {
        uint64_t index = subject.shard + n * subject.shards;
        random_stream stream = { index };
        tt_real tightness;
        tt_real_init(&tightness);
        tally->instances++;
        tt_tally_tiers(tally)[random_below(&stream, TT_TIERS)]++;
        for (size_t k = 0; k < tt_sample_corner_count(); k++)
            tt_tally_corners(tally)[k] += random_below(&stream, 2);
        for (size_t k = 0; k < tt_label_count(); k++)
            tt_tally_label(tally, k)[random_below(&stream, TT_ANSWERS)]++;
        for (size_t k = 0; k < tt_property_count(&catalogues); k++) {
            tt_verdict verdict = k % 30 ? TT_HOLDS : (tt_verdict)random_below(&stream, TT_VERDICTS);
            tt_tally_verdicts(tally, k)[verdict]++;
            if (verdict == TT_VIOLATED)
                assert_int_equal(tt_findings_add(&tally->violated, index, k, NULL), TT_OK);
            if (verdict == TT_UNDECIDED)
                assert_int_equal(tt_findings_add(&tally->undecided, index, k, NULL), TT_OK);
        }
        for (size_t k = 0; k < tt_bound_count(); k++) {
            tt_real_set_frac(&tightness, random_below(&stream, 9), 8);
            tt_tally_add_tightness(tally, k, &tightness, index);
        }
        tt_real_clear(&tightness);
    }
}

static tt_status open_journal(tt_journal **journal, tt_tally *tally, tt_error *error)
{
    assert_int_equal(tt_tally_init(tally, &catalogues), TT_OK);
    return tt_journal_open(journal, path, &subject, tally, error);
}

/* A journal of all blocks, out of order; returns its text. */
static char *write_journal(size_t *length)
{
    static const uint64_t order[BLOCKS] = { 2, 0, 3, 1 };
    tt_journal *journal;
    tt_tally all, tally;
    tt_error error;
    char *text;
    FILE *in;
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(open_journal(&journal, &all, &error), TT_OK);
    assert_int_equal(tt_journal_blocks(&subject), BLOCKS);
    for (size_t k = 0; k < BLOCKS; k++) {
        make_up(&tally, order[k]);
        assert_false(tt_journal_has(journal, order[k]));
        assert_int_equal(tt_journal_add(journal, order[k], &tally, &error), TT_OK);
        assert_true(tt_journal_has(journal, order[k]));
        tt_tally_clear(&tally);
    }
    tt_journal_close(journal);
    tt_tally_clear(&all);
    in = fopen(path, "r");
    text = calloc(1, 1 << 20);
    *length = fread(text, 1, 1 << 20, in);
    fclose(in);
    return text;
}

static void put(const char *text, size_t length)
{
    FILE *out = fopen(path, "w");
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static void what_was_written_is_read(void **state)
{
    size_t length;
    char *text;
    tt_journal *journal;
    tt_tally sum, read, tally;
    tt_error error;
    (void)state;
    set_up();
    text = write_journal(&length);
    assert_int_equal(tt_tally_init(&sum, &catalogues), TT_OK);
    for (uint64_t k = 0; k < BLOCKS; k++) {
        make_up(&tally, k);
        assert_int_equal(tt_tally_join(&sum, &tally), TT_OK);
        tt_tally_clear(&tally);
    }
    assert_int_equal(open_journal(&journal, &read, &error), TT_OK);
    assert_true(tt_tally_equal(&sum, &read));
    assert_int_equal(read.instances, 17);
    /* another process is kept out */
    {
        tt_journal *other;
        tt_tally none;
        assert_int_equal(open_journal(&other, &none, &error), TT_BAD_INPUT);
        assert_non_null(strstr(error.what, "another process"));
        tt_tally_clear(&none);
    }
    tt_journal_close(journal);
    tt_tally_clear(&read);
    tt_tally_clear(&sum);
    free(text);
    unlink(path);
}

/* Cut anywhere: whole lines count, the rest is dropped, and what is written afterwards is read again. */
static void a_torn_end_is_dropped(void **state)
{
    size_t length, step;
    char *text;
    (void)state;
    set_up();
    text = write_journal(&length);
    step = 1 + length / (400 * test_effort());
    for (size_t cut = 0; cut <= length; cut += cut < 600 || cut + 600 > length ? 1 : step) {
        uint64_t whole = 0;
        tt_journal *journal;
        tt_tally read, tally;
        tt_error error;
        struct stat kind;
        for (size_t k = 0; k < cut; k++)
            whole += text[k] == '\n';
        put(text, cut);
        if (open_journal(&journal, &read, &error) != TT_OK)
            fail_msg("cut at %zu of %zu: %s: %s", cut, length, error.where, error.what);
        whole -= whole > 0;
        for (uint64_t k = 0, has = 0; k < BLOCKS; k++) {
            has += tt_journal_has(journal, k);
            if (k == BLOCKS - 1)
                assert_int_equal(has, whole);
        }
        for (uint64_t k = 0; k < BLOCKS; k++)
            if (!tt_journal_has(journal, k)) {
                make_up(&tally, k);
                assert_int_equal(tt_journal_add(journal, k, &tally, &error), TT_OK);
                tt_tally_clear(&tally);
            }
        tt_journal_close(journal);
        tt_tally_clear(&read);
        assert_int_equal(stat(path, &kind), 0);
        assert_int_equal(kind.st_size, length);
        assert_int_equal(open_journal(&journal, &read, &error), TT_OK);
        assert_int_equal(read.instances, 17);
        tt_journal_close(journal);
        tt_tally_clear(&read);
    }
    free(text);
    unlink(path);
}

static void expect_refusal(const char *text, size_t length, const char *where, const char *what)
{
    char line[96];
    tt_journal *journal;
    tt_tally tally;
    tt_error error;
    put(text, length);
    if (open_journal(&journal, &tally, &error) == TT_OK)
        fail_msg("a journal that is wrong at %s was read", where);
    assert_int_equal(error.status, TT_BAD_INPUT);
    snprintf(line, sizeof line, "%s: %s", path, where);
    assert_string_equal(error.where, line);
    if (!strstr(error.what, what))
        fail_msg("\"%s\" does not say \"%s\"", error.what, what);
    assert_null(journal);
    tt_tally_clear(&tally);
}

/* One byte changed in any line, its end included, is an error that names the line; the file stays as it is. */
static void a_changed_byte_is_found(void **state)
{
    random_stream stream = { seed };
    size_t length;
    char *text;
    (void)state;
    set_up();
    text = write_journal(&length);
    for (uint64_t trial = 0; trial < 400 * test_effort(); trial++) {
        size_t place = random_below(&stream, length), number = 1;
        char was = text[place], where[32], now = (char)random_word(&stream);
        for (size_t k = 0; k < place; k++)
            number += text[k] == '\n';
        snprintf(where, sizeof where, "line %zu", number);
        if (now == was || (was == '\n' && place == length - 1))
            continue;
        text[place] = now;
        expect_refusal(text, length, where, "");
        text[place] = was;
    }
    free(text);
    unlink(path);
}

static void lines_that_do_not_belong_are_refused(void **state)
{
    size_t length, first, last = 0;
    char *text, *more;
    (void)state;
    set_up();
    text = write_journal(&length);
    first = (size_t)(strchr(text, '\n') - text) + 1;
    for (size_t k = 0; k + 1 < length; k++)
        if (text[k] == '\n')
            last = k + 1;
    more = calloc(1, 3 * length);
    memcpy(more, text, length);
    memcpy(more + length, text + last, length - last);
    expect_refusal(more, 2 * length - last, "line 6", "again");
    memcpy(more + first, text, length);
    expect_refusal(more, first + length, "line 2", "not as it was written");
    free(more);
    free(text);
    unlink(path);
}

/* The header of another campaign is refused with what differs. */
static void another_campaign_is_refused(void **state)
{
    size_t length;
    char *text;
    set_up();
    text = write_journal(&length);
    const struct {
        const char *what;
        tt_campaign campaign;
        uint64_t shard, shards, block;
    } others[] = {
        { "count is 34, not 35", { campaign.space, 35 }, 1, 2, BLOCK },
        { "shard is \"1/2\", not \"1/3\"", campaign, 1, 3, BLOCK },
        { "block is 5, not 6", campaign, 1, 2, 6 },
        { "seed is \"18446744073709551615\", not \"0\"", { { 2, 3, 2, 5, TT_SAMPLE_MIXED, 0 }, 34 }, 1, 2, BLOCK },
        { "vocab is [2,3], not [2,4]", { { 2, 4, 2, 5, TT_SAMPLE_MIXED, UINT64_MAX }, 34 }, 1, 2, BLOCK },
        { "horizon is [2,5], not [1,5]", { { 2, 3, 1, 5, TT_SAMPLE_MIXED, UINT64_MAX }, 34 }, 1, 2, BLOCK },
        { "kind is \"mixed\", not \"machine\"", { { 2, 3, 2, 5, TT_SAMPLE_MACHINE, UINT64_MAX }, 34 }, 1, 2, BLOCK },
    };
    const tt_inequality extra = { .id = "more" };
    const tt_properties more = { .extra = &extra, .extra_count = 1 };
    (void)state;
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        subject = (tt_journal_subject){ &others[k].campaign, &catalogues, others[k].shard, others[k].shards,
                                        others[k].block };
        expect_refusal(text, length, "line 1", others[k].what);
    }
    subject = (tt_journal_subject){ &campaign, &more, 1, 2, BLOCK };
    expect_refusal(text, length, "line 1", "catalogues");
    subject.properties = &catalogues;
    expect_refusal("hello\n", 6, "line 1", "not the header");
    /* what is no journal is not cut, although its last line has no end */
    expect_refusal("hello", 5, "line 1", "not the header");
    {
        struct stat kind;
        assert_int_equal(stat(path, &kind), 0);
        assert_int_equal(kind.st_size, 5);
    }
    free(text);
    unlink(path);
}

/* A full disk: the line is torn, the call says so, the journal is good all the same. */
static void a_failed_write_tears_one_line(void **state)
{
    struct rlimit limit, small;
    tt_journal *journal;
    tt_tally all, tally;
    tt_error error;
    size_t length;
    char *text;
    (void)state;
    set_up();
    text = write_journal(&length);
    put(text, (size_t)(strchr(text, '\n') - text) + 1);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    small = limit;
    small.rlim_cur = 1000;
    assert_int_equal(open_journal(&journal, &all, &error), TT_OK);
    make_up(&tally, 0);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    assert_int_equal(tt_journal_add(journal, 0, &tally, &error), TT_IO);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    assert_string_equal(error.where, path);
    assert_false(tt_journal_has(journal, 0));
    tt_journal_close(journal);
    tt_tally_clear(&all);
    assert_int_equal(open_journal(&journal, &all, &error), TT_OK);
    assert_int_equal(all.instances, 0);
    assert_int_equal(tt_journal_add(journal, 0, &tally, &error), TT_OK);
    tt_journal_close(journal);
    tt_tally_clear(&all);
    assert_int_equal(open_journal(&journal, &all, &error), TT_OK);
    assert_int_equal(all.instances, BLOCK);
    tt_journal_close(journal);
    tt_tally_clear(&all);
    tt_tally_clear(&tally);
    free(text);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_torn_end_is_dropped),
        cmocka_unit_test(a_changed_byte_is_found),
        cmocka_unit_test(lines_that_do_not_belong_are_refused),
        cmocka_unit_test(another_campaign_is_refused),
        cmocka_unit_test(a_failed_write_tears_one_line),
    };
    seed = test_seed(1);
    printf("TT_TEST_SEED=%" PRIu64 "\n", seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

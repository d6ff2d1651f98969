/* The ledger: every verdict follows from its evidence, every witness certifies and a corrupted one is noticed, every
   proof that is named exists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../lib/study/claims.h"
#include "../../lib/world/file.h"
#include "../settings.h"

enum { COUNT = 61, ENTRIES_MIN = 60 };

static void run(tt_ledger *ledger, uint64_t count, unsigned threads)
{
    tt_ledger_options options;
    tt_error error;
    tt_ledger_options_init(&options);
    options.count = count;
    options.seed = test_seed(1);
    options.threads = threads;
    if (tt_ledger_run(ledger, &options, &error) != TT_OK)
        fail_msg("%s: %s", error.where, error.what);
}

static const tt_claim_entry *find(const tt_ledger *ledger, const char *id, size_t length)
{
    for (size_t k = 0; k < ledger->n; k++)
        if (strlen(ledger->entries[k].id) == length && strncmp(ledger->entries[k].id, id, length) == 0)
            return &ledger->entries[k];
    return NULL;
}

static bool proved(const tt_claim_entry *entry)
{
    return entry->verdict == TT_CLAIM_HOLDS || entry->verdict == TT_CLAIM_HOLDS_IF;
}

/* ---- entries ---- */

/* 0 = 0 shows nothing. */
static bool shows_something(const tt_observation *observation)
{
    for (size_t k = 0; k < observation->n; k++)
        if (!tt_real_is_zero(&observation->facts[k].value))
            return true;
    return false;
}

static void check_verdict(const tt_claim_entry *entry)
{
    switch (entry->verdict) {
    case TT_CLAIM_HOLDS:
        assert_non_null(entry->proof);
        assert_null(entry->needs);
        assert_int_equal(entry->tally.violated, 0);
        assert_true(entry->role != TT_WITNESS_FAILS);
        if (entry->witness && !shows_something(&entry->observation))
            fail_msg("%s: all that is shown of %s is 0", entry->id, entry->witness);
        break;
    case TT_CLAIM_HOLDS_IF:
        assert_non_null(entry->proof);
        assert_non_null(entry->needs);
        assert_int_equal(entry->tally.violated, 0);
        assert_int_equal(entry->role, TT_WITNESS_FAILS);
        assert_int_equal(entry->observation.verdict, TT_VIOLATED);
        break;
    case TT_CLAIM_REFUTED:
        assert_non_null(entry->witness);
        assert_non_null(tt_witness_text(entry->witness));
        assert_int_equal(entry->role, TT_WITNESS_FAILS);
        assert_int_equal(entry->observation.verdict, TT_VIOLATED);
        assert_true(entry->observation.n >= 2);
        assert_null(entry->needs);
        break;
    case TT_CLAIM_NOT_REFUTED:
        assert_int_equal(entry->tally.violated, 0);
        assert_true(entry->tally.holds > 0);
        assert_null(entry->proof);
        break;
    case TT_CLAIM_AS_PRINTED:
    case TT_CLAIM_MISPRINTED:
        assert_int_equal(entry->kind, TT_CLAIM_NUMBER);
        assert_non_null(entry->printed);
        assert_int_equal(entry->observation.verdict, entry->verdict == TT_CLAIM_AS_PRINTED ? TT_HOLDS : TT_VIOLATED);
        break;
    default:
        fail_msg("%s: %s (%s)", entry->id, tt_claim_verdict_name(entry->verdict), entry->fault);
    }
}

/* Ids that stand in `instead` exist, and what they say is so. */
static void check_instead(const tt_ledger *ledger, const tt_claim_entry *entry)
{
    for (const char *word = entry->instead; word && *word; word += strspn(word, " ")) {
        size_t n = strcspn(word, " ");
        const tt_claim_entry *other = find(ledger, word, n);
        if (!other)
            fail_msg("%s: nothing is called %.*s", entry->id, (int)n, word);
        if (!proved(other) && other->verdict != TT_CLAIM_NOT_REFUTED)
            fail_msg("%s: %s is %s", entry->id, other->id, tt_claim_verdict_name(other->verdict));
        word += n;
    }
}

static void test_entries(void **state)
{
    tt_ledger ledger;
    (void)state;
    run(&ledger, COUNT * test_effort(), 1);
    assert_true(ledger.n >= ENTRIES_MIN);
    assert_false(ledger.failed);
    assert_false(ledger.undecided);
    for (size_t k = 0; k < ledger.n; k++) {
        const tt_claim_entry *entry = &ledger.entries[k];
        assert_non_null(entry->where);
        assert_non_null(entry->statement);
        assert_non_null(entry->check);
        assert_ptr_equal(find(&ledger, entry->id, strlen(entry->id)), entry);
        check_verdict(entry);
        check_instead(&ledger, entry);
        if (entry->verdict == TT_CLAIM_REFUTED && !entry->instead)
            fail_msg("%s: nothing is said to hold in its place", entry->id);
    }
    tt_ledger_clear(&ledger);
}

/* Statements that stand for the sources' main ones; whoever changes a verdict changes it here. */
static void test_main_verdicts(void **state)
{
    static const struct {
        const char *id;
        tt_claim_verdict verdict;
    } expected[] = {
        { "masked-improvement", TT_CLAIM_REFUTED },
        { "masked-improvement-sampled", TT_CLAIM_REFUTED },
        { "accepted-kl-by-construction", TT_CLAIM_REFUTED },
        { "a8-proposition", TT_CLAIM_HOLDS },
        { "a8-no-pure-bound", TT_CLAIM_REFUTED },
        { "baseline-error", TT_CLAIM_REFUTED },
        { "adaptive-strict", TT_CLAIM_HOLDS_IF },
        { "pm-equals-capped", TT_CLAIM_REFUTED },
        { "k3-unique", TT_CLAIM_REFUTED },
        { "ln-trm", TT_CLAIM_HOLDS },
        { "non-vacuous", TT_CLAIM_REFUTED },
        { "gated-improvement", TT_CLAIM_HOLDS },
        { "repaired-log", TT_CLAIM_HOLDS },
        { "reverse-marginal", TT_CLAIM_HOLDS },
        { "reverse-sequence", TT_CLAIM_REFUTED },
        { "classical-kl", TT_CLAIM_HOLDS },
        { "gradient", TT_CLAIM_HOLDS },
        { "surrogate-ratio", TT_CLAIM_HOLDS_IF },
        { "ppo-clip-less-negative", TT_CLAIM_REFUTED },
    };
    tt_ledger ledger;
    (void)state;
    run(&ledger, 0, 1);
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        const tt_claim_entry *entry = find(&ledger, expected[k].id, strlen(expected[k].id));
        assert_non_null(entry);
        if (entry->verdict != expected[k].verdict)
            fail_msg("%s is %s", entry->id, tt_claim_verdict_name(entry->verdict));
    }
    tt_ledger_clear(&ledger);
}

/* Every witness is there for some entry. */
static void test_witnesses_are_used(void **state)
{
    tt_ledger ledger;
    (void)state;
    run(&ledger, 0, 1);
    assert_true(tt_witness_count() > 0);
    for (size_t w = 0; w < tt_witness_count(); w++) {
        bool used = false;
        for (size_t k = 0; k < ledger.n; k++)
            used = used || (ledger.entries[k].witness && strcmp(ledger.entries[k].witness, tt_witness_name(w)) == 0);
        if (!used)
            fail_msg("no entry has the witness %s", tt_witness_name(w));
    }
    tt_ledger_clear(&ledger);
}

/* ---- proofs ---- */

/* A heading of the page is `proof` in backticks, or begins with it after the marks, or contains it as its name. */
static bool has_heading(const char *page, const char *proof)
{
    char *quoted = NULL;
    bool found = false;
    assert_true(asprintf(&quoted, "`%s`", proof) > 0);
    for (const char *line = page; line && !found; line = strchr(line, '\n')) {
        char *heading;
        line += *line == '\n';
        if (*line != '#')
            continue;
        heading = strndup(line, strcspn(line, "\n"));
        assert_non_null(heading);
        found = strstr(heading, quoted) != NULL;
        if (!found && !strchr(proof, '-')) {
            const char *at = strstr(heading, proof);
            found = at && at[-1] == ' ' && (at[strlen(proof)] == ' ' || at[strlen(proof)] == '\0');
        }
        if (!found)
            found = strstr(heading, "Remark: ") && strcmp(strstr(heading, "Remark: ") + 8, proof) == 0;
        free(heading);
    }
    free(quoted);
    return found;
}

static void test_proofs_exist(void **state)
{
    const char *source = getenv("srcdir");
    char *path = NULL, *page;
    size_t length;
    tt_ledger ledger;
    (void)state;
    assert_true(asprintf(&path, "%s/doc/bounds.md", source ? source : ".") > 0);
    assert_int_equal(tt_file_read(&page, &length, path, NULL), TT_OK);
    assert_false(has_heading(page, "no-such-proof"));
    assert_false(has_heading(page, "8.9"));
    run(&ledger, 0, 1);
    for (size_t k = 0; k < ledger.n; k++)
        if (ledger.entries[k].proof && !has_heading(page, ledger.entries[k].proof))
            fail_msg("%s: doc/bounds.md has no heading %s", ledger.entries[k].id, ledger.entries[k].proof);
    tt_ledger_clear(&ledger);
    free(page);
    free(path);
}

/* ---- corrupted witnesses ---- */

static void write_text(const char *folder, const char *name, const char *text)
{
    char *path = NULL;
    FILE *out;
    assert_true(asprintf(&path, "%s/%s.json", folder, name) > 0);
    out = fopen(path, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
    free(path);
}

static void remove_folder(const char *folder)
{
    for (size_t k = 0; k < tt_witness_count(); k++) {
        char *path = NULL;
        assert_true(asprintf(&path, "%s/%s.json", folder, tt_witness_name(k)) > 0);
        unlink(path);
        free(path);
    }
    rmdir(folder);
}

/* Valid instances that show little: target = rollout, and a step of 1/1000 from it. A statement about one of them may still
   fail on it, but none fails, or is shown, on both. */
#define HARMLESS(target) \
    "{ \"format\": \"trustree-instance-1\", \"vocab\": 2, \"horizon\": 4, \"prompts\": [\"1\"],\n" \
    "  \"rollout\": { \"default\": [\"1/2\", \"1/2\"] }, " target "\"reward\": { \"default\": \"0\" } }\n"
static const char *const harmless[] = {
    HARMLESS(""),
    HARMLESS("\"target\": { \"default\": [\"501/1000\", \"499/1000\"] }, "),
};
enum { HARMLESS_N = sizeof harmless / sizeof *harmless };

/* Runs some entries with a folder where a witness is replaced by `text`; NULL takes it away. */
static tt_status run_corrupted(tt_ledger *ledger, const char *folder, const char *name, const char *text,
                               const char *const *only)
{
    tt_ledger_options options;
    tt_error error;
    char *path = NULL;
    tt_status status;
    tt_ledger_options_init(&options);
    options.count = 0;
    options.witnesses = folder;
    options.only = only;
    assert_true(asprintf(&path, "%s/%s.json", folder, name) > 0);
    if (text)
        write_text(folder, name, text);
    else
        unlink(path);
    status = tt_ledger_run(ledger, &options, &error);
    write_text(folder, name, tt_witness_text(name));
    free(path);
    return status;
}

/* The entries with this witness notice that it is corrupted. */
static void check_corrupted(const tt_ledger *whole, const char *folder, const char *name)
{
    const char **only = calloc(whole->n + 1, sizeof *only);
    tt_ledger ledgers[HARMLESS_N];
    size_t n = 0;
    assert_non_null(only);
    for (size_t k = 0; k < whole->n; k++)
        if (whole->entries[k].witness && strcmp(whole->entries[k].witness, name) == 0)
            only[n++] = whole->entries[k].id;
    assert_true(n > 0);
    for (size_t h = 0; h < HARMLESS_N; h++) {
        assert_int_equal(run_corrupted(&ledgers[h], folder, name, harmless[h], only), TT_OK);
        assert_int_equal(ledgers[h].n, n);
    }
    for (size_t k = 0; k < n; k++) {
        bool noticed = false;
        for (size_t h = 0; h < HARMLESS_N; h++)
            noticed = noticed || (ledgers[h].failed && ledgers[h].entries[k].verdict == TT_CLAIM_FAILED);
        if (!noticed)
            fail_msg("%s does not notice that %s is corrupted", ledgers[0].entries[k].id, name);
    }
    for (size_t h = 0; h < HARMLESS_N; h++)
        tt_ledger_clear(&ledgers[h]);
    free(only);
}

static void test_corrupted_witnesses(void **state)
{
    static const char *const only[] = { "masked-baseline", NULL };
    char folder[] = "test-claims-XXXXXX";
    tt_ledger whole, ledger;
    (void)state;
    run(&whole, 0, 1);
    assert_non_null(mkdtemp(folder));
    for (size_t k = 0; k < tt_witness_count(); k++)
        write_text(folder, tt_witness_name(k), tt_witness_text(tt_witness_name(k)));
    for (size_t k = 0; k < tt_witness_count(); k++)
        check_corrupted(&whole, folder, tt_witness_name(k));
    assert_int_equal(run_corrupted(&ledger, folder, "one-token", "{}", only), TT_BAD_INPUT);
    tt_ledger_clear(&ledger);
    assert_int_equal(run_corrupted(&ledger, folder, "one-token", NULL, only), TT_IO);
    tt_ledger_clear(&ledger);
    assert_int_equal(run_corrupted(&ledger, folder, "one-token", tt_witness_text("one-token"), only), TT_OK);
    assert_false(ledger.failed);
    tt_ledger_clear(&ledger);
    remove_folder(folder);
    tt_ledger_clear(&whole);
}

/* ---- the run ---- */

static void test_only(void **state)
{
    static const char *const two[] = { "gradient", "masked-improvement", NULL };
    static const char *const none[] = { "gradient", "no-such-claim", NULL };
    tt_ledger_options options;
    tt_ledger ledger;
    tt_error error;
    (void)state;
    tt_ledger_options_init(&options);
    options.count = 5;
    options.only = two;
    assert_int_equal(tt_ledger_run(&ledger, &options, &error), TT_OK);
    assert_int_equal(ledger.n, 2);
    assert_string_equal(ledger.entries[0].id, "gradient");
    assert_int_equal(ledger.entries[0].tally.holds, 5);
    assert_string_equal(ledger.entries[1].id, "masked-improvement");
    tt_ledger_clear(&ledger);
    options.only = none;
    assert_int_equal(tt_ledger_run(&ledger, &options, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, "--only");
    tt_ledger_clear(&ledger);
}

static void test_threads(void **state)
{
    tt_ledger one, three;
    (void)state;
    run(&one, 20, 1);
    run(&three, 20, 3);
    assert_int_equal(one.n, three.n);
    for (size_t k = 0; k < one.n; k++) {
        assert_int_equal(one.entries[k].verdict, three.entries[k].verdict);
        assert_memory_equal(&one.entries[k].tally, &three.entries[k].tally, sizeof one.entries[k].tally);
    }
    tt_ledger_clear(&one);
    tt_ledger_clear(&three);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries),
        cmocka_unit_test(test_main_verdicts),
        cmocka_unit_test(test_witnesses_are_used),
        cmocka_unit_test(test_proofs_exist),
        cmocka_unit_test(test_corrupted_witnesses),
        cmocka_unit_test(test_only),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

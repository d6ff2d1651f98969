/* Instance files: what is written reads back as the same instance, and files are whole or untouched. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/world/file.h"
#include "../../lib/world/instance_json.h"
#include "../instance_text.h"
#include "../random_instance.h"
#include "../same_tree.h"
#include "../settings.h"

#define RESPONSES 300
#define VALID_AT_LEAST 12

static char valid[2048], scratch[] = "test_instance_json.XXXXXX";

static tt_instance *parsed(const char *text, size_t length)
{
    tt_instance *instance;
    tt_error error;
    if (tt_instance_read_text(&instance, text, length, &error) != TT_OK)
        fail_msg("%s: %s", error.where, error.what);
    return instance;
}

/* ---- files in both directions ------------------------------------------------------- */

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Every folder of tests/data/valid: input.json is read and written as written.json, which reads as the same. */
static void valid_files_are_written_in_order(void **state)
{
    struct dirent **names;
    int count = scandir(valid, &names, visible, alphasort);
    (void)state;
    assert_true(count >= VALID_AT_LEAST);
    for (int k = 0; k < count; k++) {
        char path[4096], *expected, *text, *again;
        size_t length;
        tt_instance *instance;
        tt_error error;
        snprintf(path, sizeof path, "%s/%s/written.json", valid, names[k]->d_name);
        assert_int_equal(tt_file_read(&expected, &length, path, &error), TT_OK);
        snprintf(path, sizeof path, "%s/%s/input.json", valid, names[k]->d_name);
        if (tt_instance_read(&instance, path, &error) != TT_OK)
            fail_msg("%s: %s: %s", path, error.where, error.what);
        text = instance_text(instance);
        assert_string_equal(text, expected);
        tt_instance_free(instance);
        instance = parsed(text, strlen(text));
        again = instance_text(instance);
        assert_string_equal(again, expected);
        tt_instance_free(instance);
        free(again);
        free(text);
        free(expected);
        free(names[k]);
    }
    free(names);
}

static void what_is_written_reads_back(void **state)
{
    uint64_t seed = test_seed(1), count = random_corners() * 5 * test_effort();
    (void)state;
    printf("test_instance_json: seeds %" PRIu64 " to %" PRIu64 "\n", seed, seed + count - 1);
    for (uint64_t k = 0; k < count; k++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape), *copy;
        char *text = instance_text(instance), *again;
        tt_row_source a, b;
        copy = parsed(text, strlen(text));
        again = instance_text(copy);
        assert_string_equal(text, again);
        assert_int_equal(tt_instance_form(copy), tt_instance_form(instance));
        assert_string_equal(tt_instance_name(copy), tt_instance_name(instance));
        tt_instance_source(&a, instance);
        tt_instance_source(&b, copy);
        same_tree(&a, &b);
        tt_instance_free(copy);
        tt_instance_free(instance);
        free(again);
        free(text);
    }
}

/* A row is the same however its numbers are spelled: w / S, with a common factor that makes them long, with zeros before
   them, in lowest terms. */
static void spellings_are_read_alike(void **state)
{
    uint64_t seed = test_seed(1);
    (void)state;
    for (uint64_t k = 0; k < 400 * test_effort(); k++) {
        random_stream stream = { seed + k };
        unsigned long largest = k % 2 ? 20 : 499999999, a = random_below(&stream, largest + 1);
        unsigned long b = random_below(&stream, largest) + 1, sum = a + b, divisor = 1;
        char rows[4][120], *first = NULL;
        for (unsigned long d = 2; d <= 20; d++)
            divisor = a % d == 0 && b % d == 0 ? d : divisor;
        snprintf(rows[0], sizeof rows[0], "\"%lu/%lu\",\"%lu/%lu\"", a, sum, b, sum);
        snprintf(rows[1], sizeof rows[1], "\"%lu000000000/%lu000000000\",\"%lu/%lu\"", a, sum, b, sum);
        snprintf(rows[2], sizeof rows[2], "\"00%lu/%lu\",\"%lu/00%lu\"", a, sum, b, sum);
        snprintf(rows[3], sizeof rows[3], "\"%lu/%lu\",\"%lu/%lu\"", a / divisor, sum / divisor, b, sum);
        for (size_t i = 0; i < 4; i++) {
            char text[800], *written;
            tt_instance *instance;
            snprintf(text, sizeof text, "{\"format\":\"trustree-instance-1\",\"vocab\":2,\"horizon\":1,"
                     "\"prompts\":[\"1\"],\"rollout\":{\"contexts\":{\"0:\":[%s]}},\"reward\":{\"default\":0}}", rows[i]);
            instance = parsed(text, strlen(text));
            written = instance_text(instance);
            if (!first)
                first = strdup(written);
            assert_string_equal(written, first);
            free(written);
            tt_instance_free(instance);
        }
        free(first);
    }
}

/* ---- damaged texts ------------------------------------------------------------------ */

static const char sample[] =
    "{\"format\":\"trustree-instance-1\",\"name\":\"n\",\"vocab\":2,\"horizon\":2,\"prompts\":[\"1/2\",\"1/2\"],"
    "\"rollout\":{\"default\":[\"1/2\",\"0.5\"],\"contexts\":{\"0:1\":[\"9/10\",\"1e-1\"]}},"
    "\"target\":{\"contexts\":{\"1:\":[\"1/4\",\"3/4\"]}},"
    "\"reward\":{\"default\":0,\"trajectories\":{\"0:1.1\":1,\"1:0.0\":\"1/2\"}}}";

static const char sample_machine[] =
    "{\"format\":\"trustree-instance-1\",\"vocab\":2,\"horizon\":4,\"prompts\":[{\"probability\":\"1\",\"state\":\"s\"}],"
    "\"states\":{\"s\":{\"rollout\":[\"1/2\",\"1/2\"],\"target\":[\"51/100\",\"49/100\"],\"next\":[\"s\",\"t\"]},"
    "\"t\":{\"rollout\":[\"1/2\",\"1/2\"],\"next\":[\"t\",\"t\"]}},\"reward\":{\"states\":{\"t\":\"1\",\"s\":\"0\"}}}";

static void no_beginning_of_a_file_is_one(void **state)
{
    const char *samples[] = {sample, sample_machine};
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        size_t length = strlen(samples[k]);
        tt_instance_free(parsed(samples[k], length));
        for (size_t n = 0; n < length; n++) {
            char *text = malloc(n + 1); /* of this very size, so that reading past it shows */
            tt_instance *instance;
            tt_error error;
            memcpy(text, samples[k], n);
            assert_int_equal(tt_instance_read_text(&instance, text, n, &error), TT_BAD_INPUT);
            assert_null(instance);
            assert_true(strlen(error.what) > 0);
            free(text);
        }
    }
}

/* Whatever is done to a file, it is refused with a reason or is an instance that survives being written. */
static void damage_is_survived(void **state)
{
    static const char likely[] = "\"\"{}[]:,./0123456789e-ab\\ \n\0\xff";
    uint64_t seed = test_seed(1), count = 20000 * test_effort(), accepted = 0;
    (void)state;
    for (uint64_t k = 0; k < count; k++) {
        random_stream stream = {seed + k};
        const char *base = random_below(&stream, 2) ? sample : sample_machine;
        size_t length = strlen(base), at, changes = 1 + random_below(&stream, 3);
        char text[1024];
        tt_instance *instance;
        tt_error error = {0};
        memcpy(text, base, length + 1);
        while (changes--) {
            at = random_below(&stream, length);
            switch (random_below(&stream, 3)) {
            case 0:
                text[at] = likely[random_below(&stream, sizeof likely - 1)];
                break;
            case 1:
                memmove(text + at, text + at + 1, length-- - at);
                break;
            default:
                memmove(text + at + 1, text + at, length++ - at);
                text[at] = likely[random_below(&stream, sizeof likely - 1)];
            }
        }
        if (tt_instance_read_text(&instance, text, length, &error) == TT_OK) {
            char *once = instance_text(instance), *twice;
            tt_instance *copy = parsed(once, strlen(once));
            twice = instance_text(copy);
            assert_string_equal(once, twice);
            free(once);
            free(twice);
            tt_instance_free(copy);
            tt_instance_free(instance);
            accepted++;
        } else {
            assert_int_equal(error.status, TT_BAD_INPUT);
            assert_true(strlen(error.what) > 0);
            assert_null(instance);
        }
    }
    assert_true(accepted > 0 && accepted < count / 2);
}

/* ---- files -------------------------------------------------------------------------- */

static tt_instance *sample_instance(void)
{
    return parsed(sample, strlen(sample));
}

static size_t entries(const char *path)
{
    struct dirent **names;
    int count = scandir(path, &names, visible, alphasort);
    assert_true(count >= 0);
    for (int k = 0; k < count; k++)
        free(names[k]);
    free(names);
    return (size_t)count;
}

static void path_in_scratch(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", scratch, name);
}

static void files_that_cannot_be_read(void **state)
{
    char path[200];
    tt_instance *instance;
    tt_error error;
    (void)state;
    path_in_scratch(path, sizeof path, "missing.json");
    assert_int_equal(tt_instance_read(&instance, path, &error), TT_IO);
    assert_null(instance);
    assert_string_equal(error.what, "cannot be read: No such file or directory");
    assert_int_equal(tt_instance_read(&instance, scratch, &error), TT_IO);
    assert_null(instance);
    assert_string_equal(error.what, "cannot be read: Is a directory");
}

static void files_are_whole_or_untouched(void **state)
{
    char path[200], missing[200], link[200], *text, *expected;
    size_t length;
    struct stat status;
    tt_instance *instance = sample_instance();
    tt_error error;
    FILE *old;
    (void)state;
    expected = instance_text(instance);
    path_in_scratch(path, sizeof path, "out.json");
    old = fopen(path, "w");
    assert_non_null(old);
    for (int k = 0; k < 1000; k++)
        fputs("what stood here before, and is longer\n", old);
    assert_int_equal(fclose(old), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(tt_instance_write_file(path, instance, &error), TT_OK);
    assert_int_equal(tt_file_read(&text, &length, path, &error), TT_OK);
    assert_string_equal(text, expected);
    assert_int_equal(length, strlen(expected));
    free(text);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0640);
    assert_int_equal(entries(scratch), 1);

    path_in_scratch(link, sizeof link, "link.json"); /* a link stays a link */
    assert_int_equal(symlink("out.json", link), 0);
    assert_int_equal(tt_instance_write_file(link, instance, &error), TT_OK);
    assert_int_equal(lstat(link, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_int_equal(entries(scratch), 2);

    path_in_scratch(missing, sizeof missing, "no/such/folder.json");
    assert_int_equal(tt_instance_write_file(missing, instance, &error), TT_IO);
    assert_string_equal(error.what, "cannot be written: No such file or directory");
    assert_int_equal(tt_instance_write_file(scratch, instance, &error), TT_IO);
    assert_int_equal(entries(scratch), 2);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(path), 0);
    free(expected);
    tt_instance_free(instance);
}

static tt_status half_way(FILE *out, const void *thing, tt_error *error)
{
    (void)thing;
    fputs("half of it", out);
    return tt_fail(error, TT_INTERRUPTED, NULL, "stopped half way");
}

static void failure_leaves_nothing(void **state)
{
    char path[200], *text;
    size_t length;
    tt_error error;
    FILE *old;
    (void)state;
    path_in_scratch(path, sizeof path, "out.json");
    assert_int_equal(tt_file_write(path, half_way, NULL, &error), TT_INTERRUPTED);
    assert_string_equal(error.what, "stopped half way");
    assert_int_equal(entries(scratch), 0);
    old = fopen(path, "w");
    assert_non_null(old);
    fputs("precious", old);
    assert_int_equal(fclose(old), 0);
    assert_int_equal(tt_file_write(path, half_way, NULL, &error), TT_INTERRUPTED);
    assert_int_equal(tt_file_read(&text, &length, path, &error), TT_OK);
    assert_string_equal(text, "precious");
    assert_int_equal(entries(scratch), 1);
    free(text);
    assert_int_equal(unlink(path), 0);
}

/* A device is written, not replaced; a full one fails. */
static void devices_are_written_directly(void **state)
{
    struct stat status;
    tt_instance *instance = sample_instance();
    tt_error error;
    (void)state;
    assert_int_equal(tt_instance_write_file("/dev/null", instance, &error), TT_OK);
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    if (access("/dev/full", W_OK) == 0) {
        assert_int_equal(tt_instance_write_file("/dev/full", instance, &error), TT_IO);
        assert_true(strlen(error.what) > 0);
    }
    tt_instance_free(instance);
}

static void names_that_are_not_text_are_not_written(void **state)
{
    char path[200];
    tt_instance *instance = sample_instance();
    tt_error error;
    (void)state;
    assert_int_equal(tt_instance_set_name(instance, "caf\xe9"), TT_OK);
    path_in_scratch(path, sizeof path, "out.json");
    assert_int_equal(tt_instance_write_file(path, instance, &error), TT_BAD_INPUT);
    assert_string_equal(error.what, "a name is not UTF-8 text");
    assert_int_equal(entries(scratch), 0);
    tt_instance_free(instance);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_files_are_written_in_order),
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(spellings_are_read_alike),
        cmocka_unit_test(no_beginning_of_a_file_is_one),
        cmocka_unit_test(damage_is_survived),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(files_are_whole_or_untouched),
        cmocka_unit_test(failure_leaves_nothing),
        cmocka_unit_test(devices_are_written_directly),
        cmocka_unit_test(names_that_are_not_text_are_not_written),
    };
    const char *source = getenv("srcdir");
    int failed;
    snprintf(valid, sizeof valid, "%s/tests/data/valid", source ? source : ".");
    if (!mkdtemp(scratch)) {
        perror("test_instance_json: mkdtemp");
        return 99;
    }
    failed = cmocka_run_group_tests_name("instance_json", tests, NULL, NULL);
    rmdir(scratch);
    return failed;
}

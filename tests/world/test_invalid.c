/* Every folder of tests/data/invalid holds an input that must be refused, and the line that says why. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/world/file.h"
#include "../../lib/world/instance_json.h"

/* Fewer would mean that the folder was not found. */
#define CASES_AT_LEAST 150

static char folder[2048];

static void is_refused(void **state)
{
    const char *name = *state;
    char path[4096], line[sizeof((tt_error *)0)->where + sizeof((tt_error *)0)->what + 4];
    char *expected;
    size_t length;
    tt_instance *instance = (tt_instance *)&length;
    tt_error error;
    snprintf(path, sizeof path, "%s/%s/error", folder, name);
    assert_int_equal(tt_file_read(&expected, &length, path, &error), TT_OK);
    snprintf(path, sizeof path, "%s/%s/input.json", folder, name);
    assert_int_equal(tt_instance_read(&instance, path, &error), TT_BAD_INPUT);
    assert_null(instance);
    assert_int_equal(error.status, TT_BAD_INPUT);
    snprintf(line, sizeof line, "%s%s%s\n", error.where, *error.where ? ": " : "", error.what);
    assert_string_equal(line, expected);
    assert_int_equal(tt_instance_read(&instance, path, NULL), TT_BAD_INPUT);
    free(expected);
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(void)
{
    const char *source = getenv("srcdir");
    struct dirent **names;
    struct CMUnitTest *tests;
    int count, failed;
    snprintf(folder, sizeof folder, "%s/tests/data/invalid", source ? source : ".");
    count = scandir(folder, &names, visible, alphasort);
    if (count < CASES_AT_LEAST) {
        fprintf(stderr, "test_invalid: %d cases in %s, at least %d are expected\n", count, folder, CASES_AT_LEAST);
        return 99;
    }
    tests = calloc((size_t)count, sizeof *tests);
    for (int k = 0; tests && k < count; k++) {
        tests[k].name = names[k]->d_name;
        tests[k].test_func = is_refused;
        tests[k].initial_state = names[k]->d_name;
    }
    failed = tests ? _cmocka_run_group_tests("invalid", tests, (size_t)count, NULL, NULL) : 99;
    for (int k = 0; k < count; k++)
        free(names[k]);
    free(names);
    free(tests);
    return failed;
}

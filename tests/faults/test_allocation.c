/* The k-th allocation fails, for every k: the reader of instances, the writer, the mixer and the row store say "out of
   memory", leak nothing and do not crash. Allocations of GMP, MPFR and Jansson are outside: the first two abort when
   memory runs out, and Jansson's scanner loses a character of a string in silence, so that the program ends at once
   there (src/main.c).

   Linked with --wrap for malloc, calloc, realloc and reallocarray. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/number/text_stream.h"
#include "../../lib/world/instance_json.h"
#include "../../lib/world/mix.h"
#include "../../lib/world/unroll.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t n, size_t size);

static bool counting;
static long calls, fails_at; /* fails_at < 0: none */

static bool refuse(void)
{
    return counting && calls++ == fails_at;
}

void *__wrap_malloc(size_t size)
{
    return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return refuse() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return refuse() ? NULL : __real_realloc(old, size);
}

void *__wrap_reallocarray(void *old, size_t n, size_t size)
{
    return refuse() ? NULL : __real_reallocarray(old, n, size);
}

static const char tree[] =
    "{\"format\": \"trustree-instance-1\", \"name\": \"a\", \"vocab\": 2, \"horizon\": 2, \"prompts\": [\"1/2\", \"1/2\"],"
    "\"rollout\": {\"default\": [\"1/2\", \"1/2\"], \"contexts\": {\"0:1\": [\"9/10\", \"0.1\"]}},"
    "\"target\": {\"contexts\": {\"1:\": [\"1/4\", \"3/4\"]}},"
    "\"reward\": {\"default\": \"0\", \"trajectories\": {\"0:1.1\": \"1\", \"1:0.0\": \"123456789012345678901/987654321098765432109\"}}}";

static const char machine[] =
    "{\"format\": \"trustree-instance-1\", \"vocab\": 2, \"horizon\": 5, \"prompts\": [{\"probability\": 1, \"state\": \"s\"}],"
    "\"states\": {\"s\": {\"rollout\": [\"1/2\", \"1/2\"], \"target\": [\"51/100\", \"49/100\"], \"next\": [\"s\", \"t\"]},"
    "\"t\": {\"rollout\": [\"1/2\", \"1/2\"], \"next\": [\"t\", \"t\"]}}, \"reward\": {\"default\": 0, \"states\": {\"t\": 1}}}";

/* One attempt; the status that it ended with. */
typedef tt_status attempt(const char *text);

static tt_status reads(const char *text)
{
    tt_instance *instance;
    tt_error error;
    tt_status status = tt_instance_read_text(&instance, text, strlen(text), &error);
    assert_true((status == TT_OK) == (instance != NULL));
    if (status != TT_OK)
        assert_true(error.what[0] != 0);
    tt_instance_free(instance);
    return status;
}

static tt_status unrolls(const char *text)
{
    tt_instance *instance, *unrolled;
    tt_status status;
    counting = false;
    assert_int_equal(tt_instance_read_text(&instance, text, strlen(text), NULL), TT_OK);
    counting = true;
    status = tt_instance_unroll(&unrolled, instance, 1 << 20, NULL, NULL, NULL);
    assert_true((status == TT_OK) == (unrolled != NULL));
    tt_instance_free(unrolled);
    tt_instance_free(instance);
    return status;
}

static tt_status mixes(const char *text)
{
    tt_instance *instance, *mixed;
    tt_status status;
    mpq_t h;
    counting = false;
    assert_int_equal(tt_instance_read_text(&instance, text, strlen(text), NULL), TT_OK);
    mpq_init(h);
    mpq_set_ui(h, 1, 3);
    counting = true;
    status = tt_instance_mix(&mixed, instance, h, NULL);
    assert_true((status == TT_OK) == (mixed != NULL));
    tt_instance_free(mixed);
    tt_instance_free(instance);
    mpq_clear(h);
    return status;
}

/* Whatever was written is there, or the stream says that it is not. */
static tt_status prints(const char *text)
{
    enum { LINES = 4000 };
    char *out;
    size_t size;
    bool good = true;
    FILE *stream = tt_text_stream(&out, &size);
    if (!stream)
        return TT_NO_MEMORY;
    for (int k = 0; k < LINES; k++)
        good = fprintf(stream, "%s\n", text) >= 0 && good;
    good = !ferror(stream) && good;
    good = fclose(stream) == 0 && good;
    if (good) {
        assert_int_equal(size, LINES * (strlen(text) + 1));
        assert_int_equal(strlen(out), size);
    }
    free(out);
    return good ? TT_OK : TT_NO_MEMORY;
}

/* Every allocation in turn; at least `least` of them. */
static void each_allocation_fails(attempt *try, const char *text, long least)
{
    tt_status status = TT_NO_MEMORY;
    for (fails_at = 0; status != TT_OK; fails_at++) {
        calls = 0;
        counting = true;
        status = try(text);
        counting = false;
        if (status != TT_OK && status != TT_NO_MEMORY)
            fail_msg("allocation %ld: status %d", fails_at, (int)status);
        if (calls <= fails_at)
            assert_int_equal(status, TT_OK);
    }
    print_message("%ld allocations\n", fails_at - 1);
    assert_true(fails_at > least);
}

static void reading_a_tree(void **state)
{
    (void)state;
    each_allocation_fails(reads, tree, 15);
}

static void reading_a_machine(void **state)
{
    (void)state;
    each_allocation_fails(reads, machine, 15);
}

static void unrolling(void **state)
{
    (void)state;
    each_allocation_fails(unrolls, machine, 5);
}

static void mixing(void **state)
{
    (void)state;
    each_allocation_fails(mixes, tree, 10);
    each_allocation_fails(mixes, machine, 10);
}

static void printing_into_memory(void **state)
{
    (void)state;
    each_allocation_fails(prints, "0123456789", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_a_tree),
        cmocka_unit_test(reading_a_machine),
        cmocka_unit_test(unrolling),
        cmocka_unit_test(mixing),
        cmocka_unit_test(printing_into_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

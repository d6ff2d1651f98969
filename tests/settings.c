#include "settings.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t from_environment(const char *name, uint64_t least, uint64_t most, uint64_t fallback)
{
    const char *text = getenv(name);
    uint64_t value;
    if (!text)
        return fallback;
    errno = 0;
    value = strtoull(text, NULL, 10);
    if (!*text || text[strspn(text, "0123456789")] || errno || value < least || value > most) {
        fprintf(stderr, "%s: '%s' is not a whole number from %" PRIu64 " to %" PRIu64 "\n", name, text, least, most);
        exit(99);
    }
    return value;
}

uint64_t test_seed(uint64_t fallback)
{
    return from_environment("TT_TEST_SEED", 0, UINT64_MAX, fallback);
}

uint64_t test_effort(void)
{
    return from_environment("TT_TEST_EFFORT", 1, 1000000, 1);
}

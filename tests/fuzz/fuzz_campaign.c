/* Fuzz target: the reader of campaign results, and the join of what it takes with itself, which changes nothing. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/report/campaign_report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static json_t *text_of(const tt_campaign_result *result)
{
    json_t *object = tt_json_campaign(result);
    if (!object)
        abort();
    return object;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const tt_properties properties;
    static const char *const names[] = { "a", "b" };
    tt_campaign_result twice[2], joined;
    tt_error error;
    if (tt_campaign_read_text(&twice[0], (const char *)data, size, &properties, &error) != TT_OK)
        return 0;
    if (tt_campaign_read_text(&twice[1], (const char *)data, size, &properties, &error) != TT_OK)
        abort();
    if (tt_campaign_join(&joined, twice, names, 2, &error) == TT_OK) {
        json_t *before = text_of(&twice[0]), *after = text_of(&joined);
        if (!json_equal(before, after))
            abort();
        json_decref(before);
        json_decref(after);
        tt_campaign_result_clear(&joined);
    } else {
        abort();
    }
    tt_campaign_result_clear(&twice[0]);
    tt_campaign_result_clear(&twice[1]);
    return 0;
}

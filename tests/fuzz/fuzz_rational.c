/* Fuzz target: the text of rationals. What is read is written in lowest terms and read back to the same number. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/number/exact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mpq_t x, y;
    char *text;
    mpq_init(x);
    mpq_init(y);
    mpq_set_ui(y, 7, 3);
    if (tt_exact_parse(x, (const char *)data, size, NULL) == TT_OK) {
        if (mpq_sgn(x) < 0)
            abort();
        text = tt_exact_text(x);
        if (!text || tt_exact_parse(y, text, strlen(text), NULL) != TT_OK || !mpq_equal(x, y))
            abort();
        free(text);
    } else if (mpq_sgn(x) != 0) {
        abort(); /* untouched on failure */
    }
    mpq_clear(x);
    mpq_clear(y);
    return 0;
}

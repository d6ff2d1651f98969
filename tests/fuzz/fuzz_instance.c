/* Fuzz target: the reader of instance files. What it takes is written and read back to the same bytes, and is measured
   where it is small. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/study/evaluate.h"
#include "../../lib/world/instance_json.h"

enum { NODES_MAX = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The instance as the writer writes it, from malloc. */
static char *written(const tt_instance *instance, size_t *size)
{
    char *text = NULL;
    FILE *stream = open_memstream(&text, size);
    if (!stream || tt_instance_write(stream, instance, NULL) != TT_OK || fclose(stream) != 0)
        abort();
    return text;
}

static void judge(const tt_instance *instance)
{
    tt_evaluate_options options;
    tt_judgement judgement;
    tt_row_source source;
    tt_subject subject;
    tt_evaluate_options_init(&options);
    options.measure.max_nodes = NODES_MAX;
    options.precision_max = 128;
    tt_subject_of_instance(&subject, &source, instance);
    if (tt_judge(&judgement, &subject, &options, NULL) == TT_OK && judgement.evaluation.violated)
        abort();
    tt_judgement_clear(&judgement);
    tt_evaluate_options_clear(&options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tt_instance *instance, *again;
    tt_row_source source;
    size_t first_size, second_size;
    char *first, *second;
    tt_error error;
    if (tt_instance_read_text(&instance, (const char *)data, size, &error) != TT_OK)
        return 0;
    first = written(instance, &first_size);
    if (tt_instance_read_text(&again, first, first_size, &error) != TT_OK)
        abort();
    second = written(again, &second_size);
    if (first_size != second_size || memcmp(first, second, first_size) != 0)
        abort();
    tt_instance_source(&source, instance);
    /* long exponents are numbers of many digits: exact, and slow to compute with */
    if (size < 2000 && !memchr(data, 'e', size) && tt_row_source_nodes_ui(&source) <= NODES_MAX)
        judge(instance);
    free(first);
    free(second);
    tt_instance_free(instance);
    tt_instance_free(again);
    return 0;
}

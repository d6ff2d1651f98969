#include <string.h>

#include "claims.h"
#include "witness_table.h"

size_t tt_witness_count(void)
{
    size_t n = 0;
    while (tt_witness_files[2 * n])
        n++;
    return n;
}

const char *tt_witness_name(size_t k)
{
    return tt_witness_files[2 * k];
}

const char *tt_witness_text(const char *name)
{
    for (const char *const *file = tt_witness_files; *file; file += 2)
        if (strcmp(*file, name) == 0)
            return file[1];
    return NULL;
}

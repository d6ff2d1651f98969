#include "log_table.h"

#include <stdlib.h>

tt_status tt_log_table_init(tt_log_table *table, mpfr_prec_t precision)
{
    table->precision = precision + 64;
    table->filled = NULL;
    table->count = table->room = 0;
    table->entries = calloc(TT_LOG_TABLE_SIZE, sizeof *table->entries);
    return table->entries ? TT_OK : TT_NO_MEMORY;
}

void tt_log_table_clear(tt_log_table *table)
{
    for (size_t k = 0; k < table->count; k++) {
        mpfi_t *entry = table->entries[table->filled[k]];
        mpfi_clear(*entry);
        free(entry);
    }
    free(table->filled);
    free(table->entries);
    table->entries = NULL;
}

/* A new entry; NULL without memory. */
static mpfi_t *fill(tt_log_table *table, unsigned long n)
{
    mpfi_t *entry;
    if (table->count == table->room) {
        size_t room = 2 * table->room + 64;
        uint32_t *grown = realloc(table->filled, room * sizeof *grown);
        if (!grown)
            return NULL;
        table->filled = grown;
        table->room = room;
    }
    entry = malloc(sizeof *entry);
    if (!entry)
        return NULL;
    table->filled[table->count++] = (uint32_t)n;
    mpfi_init2(*entry, table->precision);
    mpfi_set_ui(*entry, n);
    mpfi_log(*entry, *entry);
    return table->entries[n] = entry;
}

mpfi_srcptr tt_log_table_get(tt_log_table *table, mpz_srcptr n)
{
    unsigned long small;
    mpfi_t *entry;
    if (mpz_sgn(n) <= 0 || mpz_cmp_ui(n, TT_LOG_TABLE_SIZE) >= 0)
        return NULL;
    small = mpz_get_ui(n);
    entry = table->entries[small] ? table->entries[small] : fill(table, small);
    return entry ? *entry : NULL;
}

#include "log_table.h"

#include <stdlib.h>

tt_status tt_log_table_init(tt_log_table *table, mpfr_prec_t precision)
{
    table->precision = precision + 64;
    table->entries = calloc(TT_LOG_TABLE_SIZE, sizeof *table->entries);
    return table->entries ? TT_OK : TT_NO_MEMORY;
}

void tt_log_table_clear(tt_log_table *table)
{
    for (unsigned long n = 0; table->entries && n < TT_LOG_TABLE_SIZE; n++)
        if (table->entries[n]) {
            mpfi_clear(*table->entries[n]);
            free(table->entries[n]);
        }
    free(table->entries);
    table->entries = NULL;
}

mpfi_srcptr tt_log_table_get(tt_log_table *table, mpz_srcptr n)
{
    mpfi_t **entry;
    if (mpz_sgn(n) <= 0 || mpz_cmp_ui(n, TT_LOG_TABLE_SIZE) >= 0)
        return NULL;
    entry = &table->entries[mpz_get_ui(n)];
    if (!*entry) {
        *entry = malloc(sizeof **entry);
        if (!*entry)
            return NULL;
        mpfi_init2(**entry, table->precision);
        mpfi_set_z(**entry, n);
        mpfi_log(**entry, **entry);
    }
    return **entry;
}

/* A table in a file: a header of column names, then a row per setting; cells are separated by tabs. */
#ifndef TRUSTREE_SETTINGS_TABLE_H
#define TRUSTREE_SETTINGS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/number/status.h"

typedef struct {
    size_t columns, rows;
    char **cell; /* (1 + rows) * columns, the header first; cells may be empty */
    char *text;
} tt_settings_table;

/* Row k stands in line k + 2. */
#define TT_SETTINGS_LINE(k) ((k) + 2)

/* Reads a file, "-" for standard input. Every line has as many cells as the header, whose names are neither empty nor
   equal; there is a row at least. Lines may end in CR LF.
   fails: TT_BAD_INPUT, error->where says the line; TT_IO, TT_NO_MEMORY. Then there is nothing to clear. */
TT_MUST_CHECK tt_status tt_settings_table_read(tt_settings_table *table, const char *path, tt_error *error);
void tt_settings_table_clear(tt_settings_table *table);

const char *tt_settings_name(const tt_settings_table *table, size_t column);
/* The cell of a row, "" where it is empty. */
const char *tt_settings_cell(const tt_settings_table *table, size_t row, size_t column);

#endif

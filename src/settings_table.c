#include "settings_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/world/file.h"

static size_t count(const char *text, size_t length, char c)
{
    size_t n = 0;
    for (size_t k = 0; k < length; k++)
        n += text[k] == c;
    return n;
}

static tt_status fail_line(tt_error *error, size_t line, const char *what)
{
    char where[40];
    snprintf(where, sizeof where, "line %zu", line);
    return tt_fail(error, TT_BAD_INPUT, where, "%s", what);
}

/* Ends the line that begins at `line` with a NUL and returns the beginning of the next one. */
static char *end_line(char *line, char *end)
{
    char *stop = memchr(line, '\n', (size_t)(end - line));
    char *next = stop ? stop + 1 : end;
    if (!stop)
        stop = end;
    if (stop > line && stop[-1] == '\r')
        stop--;
    *stop = '\0';
    return next;
}

/* Cuts a line into its cells; false where there are more or fewer. */
static bool cut_line(char **cell, size_t columns, char *line)
{
    for (size_t k = 0; k < columns; k++) {
        char *tab = strchr(line, '\t');
        if ((k + 1 < columns) != (tab != NULL))
            return false;
        cell[k] = line;
        if (tab) {
            *tab = '\0';
            line = tab + 1;
        }
    }
    return true;
}

static tt_status check_names(const tt_settings_table *table, tt_error *error)
{
    for (size_t k = 0; k < table->columns; k++) {
        if (!*tt_settings_name(table, k))
            return fail_line(error, 1, "a column without a name");
        for (size_t j = 0; j < k; j++)
            if (strcmp(tt_settings_name(table, j), tt_settings_name(table, k)) == 0)
                return fail_line(error, 1, "a column stands there twice");
    }
    return TT_OK;
}

static tt_status cut_lines(tt_settings_table *table, size_t room, char *end, tt_error *error)
{
    char *line = table->text, *next = end_line(line, end);
    size_t lines = 0;
    table->columns = count(line, strlen(line), '\t') + 1;
    table->cell = calloc(room * table->columns, sizeof *table->cell);
    if (!table->cell)
        return tt_no_memory(error);
    do {
        if (!cut_line(&table->cell[lines * table->columns], table->columns, line))
            return fail_line(error, lines + 1, "not as many cells as the header has");
        lines++;
        line = next;
        next = end_line(line, end);
    } while (line < end);
    if (lines == 1)
        return fail_line(error, 1, "no row follows the header");
    table->rows = lines - 1;
    return check_names(table, error);
}

tt_status tt_settings_table_read(tt_settings_table *table, const char *path, tt_error *error)
{
    size_t length;
    tt_status status;
    memset(table, 0, sizeof *table);
    status = tt_file_read(&table->text, &length, path, error);
    if (status == TT_OK && memchr(table->text, '\0', length))
        status = tt_fail(error, TT_BAD_INPUT, NULL, "not a text: it has a NUL character");
    if (status == TT_OK)
        status = cut_lines(table, count(table->text, length, '\n') + 1, table->text + length, error);
    if (status != TT_OK)
        tt_settings_table_clear(table);
    return status;
}

void tt_settings_table_clear(tt_settings_table *table)
{
    free(table->cell);
    free(table->text);
    memset(table, 0, sizeof *table);
}

const char *tt_settings_name(const tt_settings_table *table, size_t column)
{
    return table->cell[column];
}

const char *tt_settings_cell(const tt_settings_table *table, size_t row, size_t column)
{
    return table->cell[(row + 1) * table->columns + column];
}

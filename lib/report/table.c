#include "table.h"

#include <stdlib.h>
#include <string.h>

/* How a form wraps a row and writes a character. */
typedef struct {
    const char *row_start, *separator, *row_end;
    bool padded;
    bool trimmed; /* no blanks at the end of a line */
    const char *(*escape)(char c); /* what stands for c; NULL for c itself */
} style;

void tt_table_init(tt_table *table, const char *alignment, const char *const *header)
{
    *table = (tt_table){ .columns = strlen(alignment), .alignment = strdup(alignment) };
    table->failed = !table->alignment;
    for (size_t c = 0; c < table->columns; c++)
        tt_table_add(table, header[c]);
}

void tt_table_clear(tt_table *table)
{
    for (size_t k = 0; k < table->filled; k++)
        free(table->cells[k]);
    free(table->cells);
    free(table->alignment);
    *table = (tt_table){ 0 };
}

void tt_table_take(tt_table *table, char *text)
{
    if (table->filled == table->room) {
        size_t room = table->room ? 2 * table->room : 64;
        char **cells = reallocarray(table->cells, room, sizeof *cells);
        if (!cells) {
            table->failed = true;
            free(text);
            return;
        }
        table->cells = cells;
        table->room = room;
    }
    table->failed = table->failed || !text;
    table->cells[table->filled++] = text;
}

void tt_table_add(tt_table *table, const char *text)
{
    tt_table_take(table, text ? strdup(text) : NULL);
}

static const char *escape_text(char c)
{
    return c == '\t' || c == '\n' || c == '\r' ? " " : NULL;
}

static const char *escape_markdown(char c)
{
    switch (c) {
    case '|':
        return "\\|";
    case '*':
        return "\\*";
    case '_':
        return "\\_";
    case '`':
        return "\\`";
    case '<':
        return "&lt;";
    default:
        return escape_text(c);
    }
}

static const char *escape_latex(char c)
{
    switch (c) {
    case '\\':
        return "\\textbackslash{}";
    case '~':
        return "\\textasciitilde{}";
    case '^':
        return "\\textasciicircum{}";
    case '<':
        return "\\textless{}";
    case '>':
        return "\\textgreater{}";
    case '|':
        return "\\textbar{}";
    case '_':
        return "\\_";
    case '%':
        return "\\%";
    case '#':
        return "\\#";
    case '&':
        return "\\&";
    case '$':
        return "\\$";
    case '{':
        return "\\{";
    case '}':
        return "\\}";
    default:
        return escape_text(c);
    }
}

static const style styles[] = {
    [TT_TABLE_TEXT] = { "", "  ", "\n", true, true, escape_text },
    [TT_TABLE_TSV] = { "", "\t", "\n", false, false, escape_text },
    [TT_TABLE_MARKDOWN] = { "| ", " | ", " |\n", true, false, escape_markdown },
    [TT_TABLE_LATEX] = { "", " & ", " \\\\\n", false, false, escape_latex },
};

/* Code points of a cell as it is printed. */
static size_t cell_width(const char *text, const style *s)
{
    size_t width = 0;
    for (; *text; text++) {
        const char *other = s->escape(*text);
        width += other ? strlen(other) : ((unsigned char)*text & 0xC0) != 0x80;
    }
    return width;
}

static void print_cell(FILE *out, const char *text, const style *s)
{
    for (; *text; text++) {
        const char *other = s->escape(*text);
        if (other)
            fputs(other, out);
        else
            fputc(*text, out);
    }
}

static void print_blanks(FILE *out, size_t n)
{
    while (n--)
        fputc(' ', out);
}

/* Columns from `row` on that hold something; those behind them are empty. */
static size_t columns_to_print(const tt_table *table, char *const *row, const style *s)
{
    size_t n = table->columns;
    while (s->trimmed && n > 1 && *row[n - 1] == '\0')
        n--;
    return n;
}

static void print_row(FILE *out, const tt_table *table, char *const *row, const size_t *widths, const style *s)
{
    size_t n = columns_to_print(table, row, s);
    fputs(s->row_start, out);
    for (size_t c = 0; c < n; c++) {
        size_t blanks = s->padded ? widths[c] - cell_width(row[c], s) : 0;
        if (c)
            fputs(s->separator, out);
        if (table->alignment[c] == 'r')
            print_blanks(out, blanks);
        print_cell(out, row[c], s);
        if (table->alignment[c] == 'l' && !(s->trimmed && c + 1 == n))
            print_blanks(out, blanks);
    }
    fputs(s->row_end, out);
}

/* The line under the header. */
static void print_rule(FILE *out, const tt_table *table, const size_t *widths, tt_table_form form)
{
    if (form == TT_TABLE_LATEX)
        fputs("\\midrule\n", out);
    if (form != TT_TABLE_MARKDOWN)
        return;
    for (size_t c = 0; c < table->columns; c++) {
        bool right = table->alignment[c] == 'r';
        fputs(right ? "|-" : "|:", out);
        for (size_t k = 0; k < widths[c]; k++)
            fputc('-', out);
        fputc(right ? ':' : '-', out);
    }
    fputs("|\n", out);
}

tt_status tt_table_print(FILE *out, const tt_table *table, tt_table_form form, bool header, tt_error *error)
{
    const style *s = &styles[form];
    size_t rows = table->columns ? table->filled / table->columns : 0;
    size_t *widths = calloc(table->columns + 1, sizeof *widths);
    if (table->failed || !widths) {
        free(widths);
        return tt_no_memory(error);
    }
    for (size_t k = 0; k < rows * table->columns; k++) {
        size_t width = cell_width(table->cells[k], s);
        if (width > widths[k % table->columns])
            widths[k % table->columns] = width;
    }
    if (form == TT_TABLE_LATEX)
        fprintf(out, "\\begin{tabular}{%s}\n\\toprule\n", table->alignment);
    for (size_t row = form == TT_TABLE_TSV && !header ? 1 : 0; row < rows; row++) {
        print_row(out, table, table->cells + row * table->columns, widths, s);
        if (row == 0)
            print_rule(out, table, widths, form);
    }
    if (form == TT_TABLE_LATEX)
        fputs("\\bottomrule\n\\end{tabular}\n", out);
    free(widths);
    return TT_OK;
}

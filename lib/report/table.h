/* A table of texts, and its renderings: aligned text, TSV, Markdown, LaTeX (booktabs). */
#ifndef TRUSTREE_TABLE_H
#define TRUSTREE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../number/linkage.h"
#include "../number/status.h"

TT_BEGIN_C

/* How a table is written. */
typedef enum {
    TT_TABLE_TEXT,     /* aligned with blanks */
    TT_TABLE_TSV,      /* a tab between cells */
    TT_TABLE_MARKDOWN, /* with bars */
    TT_TABLE_LATEX     /* a tabular of booktabs */
} tt_table_form;

/* A header and rows of texts, filled cell by cell. */
typedef struct {
    size_t columns;      /* how many */
    char *alignment;     /* l or r per column; owned */
    size_t filled, room; /* cells, the header's included */
    char **cells;        /* row by row, the header first; owned */
    bool failed;         /* memory ran out; printing tells */
} tt_table;

/* A table without rows, which tt_table_clear frees. `alignment` has one letter, l or r, per column; `header` that many
   texts. Copies both. */
void tt_table_init(tt_table *table, const char *alignment, const char *const *header);
void tt_table_clear(tt_table *table);

/* Appends a cell, row by row: a copy of the text. NULL, which is what functions return that found no memory, makes the
   table fail. */
void tt_table_add(tt_table *table, const char *text);
/* The same with a text from malloc, which it takes over. */
void tt_table_take(tt_table *table, char *text);

/* Prints header and rows. Cells are plain text: each form escapes what it must; TSV and text turn tabs and line ends
   into blanks. Text and Markdown are padded to the widest cell, counted in code points; text lines have no blanks at
   the end.
   TSV's header may be left out with `header` false, so that several tables follow each other; the other forms ignore
   it.
   fails: TT_NO_MEMORY where a cell could not be kept. Errors of `out` are the caller's to check. */
TT_MUST_CHECK tt_status tt_table_print(FILE *out, const tt_table *table, tt_table_form form, bool header,
                                       tt_error *error);

TT_END_C

#endif

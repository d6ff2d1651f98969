#include "tsv.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"

enum { DIGITS = 17 };

static void add_real(tt_table *table, const tt_real *x)
{
    if (tt_real_is_absent(x))
        tt_table_add(table, "NA");
    else
        tt_table_take(table, tt_number_short(x, DIGITS));
}

static void add_answer(tt_table *table, tt_answer answer)
{
    tt_table_add(table, answer == TT_NULL ? "NA" : answer == TT_YES ? "true" : "false");
}

static void add_size(tt_table *table, size_t n)
{
    char text[32];
    snprintf(text, sizeof text, "%zu", n);
    tt_table_add(table, text);
}

static void add_bound(tt_table *table, const tt_bound_result *r)
{
    tt_table_add(table, r->bound->id);
    tt_table_add(table, tt_bound_kind_name(r->bound->kind));
    add_real(table, &r->value);
    tt_table_add(table, tt_verdict_name(r->verdict));
    add_real(table, &r->tightness);
    add_answer(table, r->can_fire);
    add_real(table, &r->minorizer);
    add_answer(table, r->fires);
    tt_table_add(table, r->parameter ? r->parameter : "NA");
}

tt_status tt_tsv_judgement(FILE *out, const char *file, const char *name, const tt_judgement *judgement, bool header,
                           tt_error *error)
{
    static const char *const columns[] = { "file", "name", "vocab", "horizon", "engine", "improvement", "surrogate",
                                           "error", "worst_case_error", "largest_surrogate", "id", "kind", "value",
                                           "verdict", "tightness", "can_fire", "minorizer", "fires", "parameter" };
    const tt_quantities *q = &judgement->quantities;
    const tt_real *shared[] = { &q->improvement, &q->surrogate, &q->error, &q->worst_case_error, &q->largest_surrogate };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "lllllllllllllllllll", columns);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        tt_table_add(&table, file);
        tt_table_add(&table, name);
        add_size(&table, q->vocab);
        add_size(&table, q->horizon);
        tt_table_add(&table, judgement->engine->name);
        for (size_t j = 0; j < sizeof shared / sizeof *shared; j++)
            add_real(&table, shared[j]);
        add_bound(&table, &judgement->evaluation.bounds[k]);
    }
    status = tt_table_print(out, &table, TT_TABLE_TSV, header, error);
    tt_table_clear(&table);
    return status;
}

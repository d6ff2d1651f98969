#include "tsv.h"

#include <stdlib.h>
#include <string.h>

#include "../catalogue/shift.h"
#include "named.h"
#include "number.h"

/* Of a verdict's numbers. */
enum { DIGITS = 17 };

static void add_real(tt_table *table, const tt_real *x)
{
    if (tt_real_is_absent(x))
        tt_table_add(table, "NA");
    else
        tt_table_add(table, tt_number_short(x, DIGITS).text);
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

/* lo and hi */
static void add_ends(tt_table *table, const tt_real *x)
{
    tt_number_text lo, hi;
    bool exists = tt_number_ends(&lo, &hi, x, TT_ENCLOSURE_DIGITS);
    tt_table_add(table, exists ? lo.text : "NA");
    tt_table_add(table, exists ? hi.text : "NA");
}

/* What every row of an instance begins with. */
typedef struct {
    const char *file, *name;
    const tt_judgement *judgement;
} subject;

static void begin_row(tt_table *table, const subject *s)
{
    tt_table_add(table, s->file);
    tt_table_add(table, s->name);
    add_size(table, s->judgement->quantities.vocab);
    add_size(table, s->judgement->quantities.horizon);
    tt_table_add(table, s->judgement->engine->name);
}

static void add_verdicts(tt_table *table, const subject *s)
{
    const tt_quantities *q = &s->judgement->quantities;
    const tt_real *shared[] = { &q->improvement, &q->surrogate, &q->error, &q->worst_case_error, &q->largest_surrogate };
    for (size_t k = 0; k < tt_bound_count(); k++) {
        begin_row(table, s);
        for (size_t j = 0; j < sizeof shared / sizeof *shared; j++)
            add_real(table, shared[j]);
        add_bound(table, &s->judgement->evaluation.bounds[k]);
    }
}

static void add_quantities(tt_table *table, const subject *s)
{
    for (size_t k = 0; k < tt_named_real_count(); k++) {
        const tt_named *named = tt_named_real_at(k);
        begin_row(table, s);
        tt_table_add(table, named->key);
        add_ends(table, tt_named_real(&s->judgement->quantities, named));
    }
}

static void add_step(tt_table *table, const subject *s, size_t step, const char *id, const tt_real *x)
{
    begin_row(table, s);
    add_size(table, step);
    tt_table_add(table, id);
    add_ends(table, x);
}

static void add_steps(tt_table *table, const subject *s)
{
    const tt_quantities *q = &s->judgement->quantities;
    for (size_t k = 0; k < tt_named_series_count(); k++) {
        const tt_named *named = tt_named_series_at(k);
        const tt_series *series = tt_named_series(q, named);
        for (size_t step = 1; step <= series->n; step++)
            add_step(table, s, step, named->key, tt_series_at(series, step - 1));
    }
    for (size_t k = 0; k < tt_shift_count(); k++) {
        const tt_shift *shift = tt_shift_at(k);
        tt_real bound;
        tt_real_init(&bound);
        for (size_t step = 1; step <= q->horizon + 1; step++) {
            shift->value(&bound, q, step, s->judgement->precision);
            add_step(table, s, step, shift->id, &bound);
        }
        tt_real_clear(&bound);
    }
}

static void add_ladder(tt_table *table, const subject *s, const char *bound, const char *reward, const tt_ladder *ladder)
{
    tt_real factor;
    tt_real_init(&factor);
    for (size_t k = 0; k < ladder->n; k++) {
        begin_row(table, s);
        tt_table_add(table, bound);
        tt_table_add(table, reward);
        add_size(table, k + 1);
        tt_table_add(table, ladder->step[k]);
        add_ends(table, &ladder->value[k]);
        if (k == 0)
            tt_real_set_absent(&factor);
        else
            tt_real_div(&factor, &ladder->value[k], &ladder->value[k - 1], s->judgement->precision);
        add_ends(table, &factor);
    }
    tt_real_clear(&factor);
}

static void add_ladders(tt_table *table, const subject *s)
{
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *r = &s->judgement->evaluation.bounds[k];
        add_ladder(table, s, r->bound->id, "this", &r->this_reward);
        add_ladder(table, s, r->bound->id, "any", &r->any_reward);
    }
}

#define SUBJECT "file", "name", "vocab", "horizon", "engine"

static const struct {
    const char *alignment;
    const char *columns[20];
    void (*add)(tt_table *table, const subject *s);
} tables[] = {
    [TT_TSV_VERDICTS] = { "lllllllllllllllllll",
                          { SUBJECT, "improvement", "surrogate", "error", "worst_case_error", "largest_surrogate", "id",
                            "kind", "value", "verdict", "tightness", "can_fire", "minorizer", "fires", "parameter" },
                          add_verdicts },
    [TT_TSV_QUANTITIES] = { "llllllll", { SUBJECT, "id", "lo", "hi" }, add_quantities },
    [TT_TSV_STEPS] = { "lllllllll", { SUBJECT, "step", "id", "lo", "hi" }, add_steps },
    [TT_TSV_LADDERS] = { "lllllllllllll",
                         { SUBJECT, "bound", "reward", "rung", "step", "lo", "hi", "factor_lo", "factor_hi" },
                         add_ladders },
};

tt_status tt_tsv_judgement(FILE *out, const char *file, const char *name, const tt_judgement *judgement,
                           tt_tsv_table which, bool header, tt_error *error)
{
    const subject s = { file, name, judgement };
    tt_table table;
    tt_status status;
    tt_table_init(&table, tables[which].alignment, tables[which].columns);
    tables[which].add(&table, &s);
    status = tt_table_print(out, &table, TT_TABLE_TSV, header, error);
    tt_table_clear(&table);
    return status;
}

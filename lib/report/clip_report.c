#include <stdlib.h>

#include "json.h"
#include "mask_report.h"
#include "mask_report_pieces.h"
#include "number.h"

static const char *choice_name(tt_clip_choice choice)
{
    return choice == TT_CLIP_CLIPPED ? "clipped" : choice == TT_CLIP_DUAL ? "dual" : "unclipped";
}

/* A token of a row of the table: rho a unit outside the window (half way to 0 below it), or 1, and A = 1 or -1. */
static void typical(mpq_t rho, mpq_t advantage, tt_clip_row row, const tt_clip *clip)
{
    mpq_set_ui(rho, 1, 1);
    if (row == TT_CLIP_HIGH_POSITIVE || row == TT_CLIP_HIGH_NEGATIVE) {
        mpq_add(rho, rho, clip->high);
        mpq_set_ui(advantage, 1, 1);
        mpq_add(rho, rho, advantage);
    } else if (row != TT_CLIP_INSIDE) {
        mpq_sub(rho, rho, clip->low);
        mpq_div_2exp(rho, rho, 1);
    }
    mpq_set_si(advantage, row == TT_CLIP_LOW_NEGATIVE || row == TT_CLIP_HIGH_NEGATIVE ? -1 : 1, 1);
}

/* Short for people, 17 digits for programs. */
static void add_exact(tt_table *table, mpq_srcptr q, tt_table_form form)
{
    enum { DIGITS = 17 };
    tt_table_add(table, tt_number_short_q(q, form == TT_TABLE_TSV ? DIGITS : TT_SHORT_DIGITS).text);
}

/* ---- the table of one token ------------------------------------------------------------------------ */

static void add_term(tt_table *table, const char *name, mpq_srcptr rho, mpq_srcptr advantage, const tt_clip *clip,
                     tt_table_form form)
{
    tt_clip_term term;
    tt_clip_term_init(&term);
    tt_clip_term_set(&term, rho, advantage, clip);
    tt_table_add(table, name);
    add_exact(table, rho, form);
    add_exact(table, advantage, form);
    add_exact(table, term.unclipped, form);
    add_exact(table, term.clipped, form);
    add_exact(table, term.selected, form);
    tt_table_add(table, choice_name(term.choice));
    tt_clip_term_clear(&term);
}

static tt_status print_terms(FILE *out, const tt_clip_subject *subject, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "row", "rho", "A", "rho A", "clip(rho) A", "selected", "term" };
    tt_table table;
    mpq_t rho, advantage;
    mpq_inits(rho, advantage, NULL);
    tt_table_init(&table, "lllllll", header);
    for (int row = 0; row < TT_CLIP_INSIDE; row++) {
        typical(rho, advantage, (tt_clip_row)row, subject->clip);
        add_term(&table, tt_clip_row_name((tt_clip_row)row), rho, advantage, subject->clip, form);
    }
    add_term(&table, "example", subject->rho, subject->advantage, subject->clip, form);
    mpq_clears(rho, advantage, NULL);
    return tt_report_print(out, &table, form, error);
}

static json_t *term_json(const char *name, mpq_srcptr rho, mpq_srcptr advantage, const tt_clip *clip, bool full)
{
    json_t *object = tt_json_put(json_object(), "row", tt_json_text(name));
    tt_clip_term term;
    tt_clip_term_init(&term);
    tt_clip_term_set(&term, rho, advantage, clip);
    object = tt_json_put(object, "rho", tt_report_rational(rho, full));
    object = tt_json_put(object, "advantage", tt_report_rational(advantage, full));
    object = tt_json_put(object, "unclipped", tt_report_rational(term.unclipped, full));
    object = tt_json_put(object, "clipped", tt_report_rational(term.clipped, full));
    object = tt_json_put(object, "selected", tt_report_rational(term.selected, full));
    object = tt_json_put(object, "term", tt_json_text(choice_name(term.choice)));
    tt_clip_term_clear(&term);
    return object;
}

static json_t *terms_json(const tt_clip_subject *subject, bool full)
{
    json_t *array = json_array();
    mpq_t rho, advantage;
    mpq_inits(rho, advantage, NULL);
    for (int row = 0; row < TT_CLIP_INSIDE; row++) {
        typical(rho, advantage, (tt_clip_row)row, subject->clip);
        array = tt_json_push(array, term_json(tt_clip_row_name((tt_clip_row)row), rho, advantage, subject->clip, full));
    }
    mpq_clears(rho, advantage, NULL);
    return array;
}

/* ---- an instance -------------------------------------------------------------------------------------- */

typedef struct {
    const char *key, *name;
    mpq_srcptr value;
} line;

enum { LINES = 4 };

static void lines_of(line *out, const tt_clipping *c)
{
    out[0] = (line){ "objective", "clipped objective", c->objective };
    out[1] = (line){ "unclipped", "unclipped, E_mu sum rho A", c->unclipped };
    out[2] = (line){ "surrogate", "surrogate L", c->surrogate };
    out[3] = (line){ "improvement", "improvement J_pi - J_mu", c->improvement };
}

static json_t *rows_json(const tt_clipping *c, bool full)
{
    json_t *array = json_array();
    for (int row = 0; row < TT_CLIP_ROWS; row++) {
        const tt_clip_sums *s = &c->rows[row];
        json_t *object = tt_json_put(json_object(), "row", tt_json_text(tt_clip_row_name((tt_clip_row)row)));
        object = tt_json_put(object, "tokens", tt_report_rational(s->mass, full));
        object = tt_json_put(object, "unclipped", tt_report_rational(s->unclipped, full));
        object = tt_json_put(object, "clipped", tt_report_rational(s->clipped, full));
        object = tt_json_put(object, "selected", tt_report_rational(s->selected, full));
        object = tt_json_put(object, "taken_unclipped", tt_report_rational(s->taken_unclipped, full));
        object = tt_json_put(object, "largest", s->any ? tt_report_rational(s->largest, full) : json_null());
        array = tt_json_push(array, object);
    }
    return array;
}

/* c NULL: a limit was reached, every value is null. */
static json_t *put_instance(json_t *object, const tt_clipping *c, bool full)
{
    tt_clipping none = { 0 };
    line lines[LINES];
    lines_of(lines, c ? c : &none);
    object = tt_json_put(object, "dominated", c ? json_boolean(c->dominated) : json_null());
    for (size_t k = 0; k < LINES; k++)
        object = tt_json_put(object, lines[k].key, c ? tt_report_rational(lines[k].value, full) : json_null());
    return tt_json_put(object, "rows", c ? rows_json(c, full) : json_null());
}

tt_status tt_clip_json(FILE *out, const tt_report_origin *origin, const tt_clip_subject *subject, bool full,
                       tt_error *error)
{
    const tt_clip *clip = subject->clip;
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-clip-1"));
    if (*origin->name)
        object = tt_json_put(object, "name", tt_json_text(origin->name));
    object = tt_json_put(object, "low", tt_report_rational(clip->low, full));
    object = tt_json_put(object, "high", tt_report_rational(clip->high, full));
    object = tt_json_put(object, "dual", clip->has_dual ? tt_report_rational(clip->dual, full) : json_null());
    object = tt_json_put(object, "table", terms_json(subject, full));
    object = tt_json_put(object, "example", term_json("example", subject->rho, subject->advantage, clip, full));
    if (*origin->file)
        object = put_instance(object, subject->clipping, full);
    return tt_json_write(out, object, error);
}

static tt_status print_lines(FILE *out, const tt_clipping *c, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "quantity", "value" };
    line lines[LINES];
    tt_table table;
    lines_of(lines, c);
    tt_table_init(&table, "ll", header);
    for (size_t k = 0; k < LINES; k++) {
        tt_table_add(&table, lines[k].name);
        add_exact(&table, lines[k].value, form);
    }
    return tt_report_print(out, &table, form, error);
}

static void add_sums(tt_table *table, const char *name, const tt_clip_sums *s, tt_table_form form)
{
    tt_table_add(table, name);
    add_exact(table, s->mass, form);
    add_exact(table, s->unclipped, form);
    add_exact(table, s->clipped, form);
    add_exact(table, s->selected, form);
    add_exact(table, s->taken_unclipped, form);
    if (s->any)
        add_exact(table, s->largest, form);
    else
        tt_table_add(table, form == TT_TABLE_TSV ? "NA" : "-");
}

static void add_row(tt_clip_sums *all, const tt_clip_sums *s)
{
    mpq_add(all->mass, all->mass, s->mass);
    mpq_add(all->unclipped, all->unclipped, s->unclipped);
    mpq_add(all->clipped, all->clipped, s->clipped);
    mpq_add(all->selected, all->selected, s->selected);
    mpq_add(all->taken_unclipped, all->taken_unclipped, s->taken_unclipped);
    if (s->any && mpq_cmp(s->largest, all->largest) > 0)
        mpq_set(all->largest, s->largest);
    all->any = all->any || s->any;
}

static tt_status print_rows(FILE *out, const tt_clipping *c, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "row", "tokens", "rho A", "clip(rho) A", "selected", "unclipped taken",
                                          "largest term" };
    tt_table table;
    tt_clip_sums all = { .any = false };
    mpq_inits(all.mass, all.unclipped, all.clipped, all.selected, all.taken_unclipped, all.largest, NULL);
    tt_table_init(&table, "lllllll", header);
    for (int row = 0; row < TT_CLIP_ROWS; row++) {
        add_sums(&table, tt_clip_row_name((tt_clip_row)row), &c->rows[row], form);
        add_row(&all, &c->rows[row]);
    }
    add_sums(&table, "all", &all, form);
    mpq_clears(all.mass, all.unclipped, all.clipped, all.selected, all.taken_unclipped, all.largest, NULL);
    return tt_report_print(out, &table, form, error);
}

tt_status tt_clip_text(FILE *out, const tt_report_origin *origin, const tt_clip_subject *subject, tt_table_form form,
                       tt_error *error)
{
    tt_status status;
    if (form == TT_TABLE_TSV)
        return subject->clipping ? print_rows(out, subject->clipping, form, error)
                                 : print_terms(out, subject, form, error);
    if (subject->clipping)
        tt_report_title(out, origin, form);
    status = print_terms(out, subject, form, error);
    if (status != TT_OK || !subject->clipping)
        return status;
    fputc('\n', out);
    status = print_lines(out, subject->clipping, form, error);
    fputc('\n', out);
    return status == TT_OK ? print_rows(out, subject->clipping, form, error) : status;
}

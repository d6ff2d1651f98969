#include "counterexample_report.h"

#include <stdlib.h>
#include <string.h>

#include "../number/text_stream.h"
#include "json.h"
#include "number.h"

enum { BOUND_DIGITS = 3, ROW_DIGITS = 6, TSV_DIGITS = 17, LINE_WIDTH = 100 };

/* ---- shared pieces ---- */

typedef struct {
    const char *name;
    const tt_real *value;
} named_value;

enum { ROW_VALUES = 6 };

/* The numbers of a row beside its bounds, under the names of the JSON keys. */
static void row_values(named_value *values, const tt_counterexample_row *row)
{
    const tt_quantities *q = &row->judgement.quantities;
    const named_value list[ROW_VALUES] = {
        { "kl_max", &q->kl_max },
        { "kl_seq", &q->kl_seq },
        { "ratio", &row->ratio },
        { "worst_case_error", &q->worst_case_error },
        { "error", &q->error },
        { "largest_surrogate", &q->largest_surrogate },
    };
    memcpy(values, list, sizeof list);
}

static const tt_bound_result *result(const tt_counterexample_row *row, size_t k)
{
    return &row->judgement.evaluation.bounds[k];
}

static const tt_counterexample_row *last_row(const tt_counterexample_family *family)
{
    return &family->rows[family->n - 1];
}

/* ---- JSON ---- */

static json_t *trend_json(const char *id, const tt_counterexample_trend *trend)
{
    json_t *object = tt_json_put(json_object(), "id", tt_json_text(id));
    object = tt_json_put(object, "trend", tt_json_text(tt_trend_name(trend->trend)));
    return tt_json_put(object, "exponent", tt_json_real(&trend->exponent, false));
}

static json_t *bounds_json(const tt_counterexample_row *row)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *r = result(row, k);
        json_t *object = tt_json_put(json_object(), "id", tt_json_text(r->bound->id));
        object = tt_json_put(object, "kind", tt_json_text(tt_bound_kind_name(r->bound->kind)));
        object = tt_json_put(object, "value", tt_json_real(&r->value, false));
        object = tt_json_put(object, "verdict", tt_json_text(tt_verdict_name(r->verdict)));
        object = tt_json_put(object, "tightness", tt_json_real(&r->tightness, false));
        object = tt_json_put(object, "can_fire", tt_json_answer(r->can_fire));
        array = tt_json_push(array, object);
    }
    return array;
}

static json_t *row_json(const tt_counterexample_row *row)
{
    json_t *object = tt_json_put(json_object(), "probability", tt_json_real(&row->p, false));
    named_value values[ROW_VALUES];
    row_values(values, row);
    for (size_t k = 0; k < ROW_VALUES; k++)
        object = tt_json_put(object, values[k].name, tt_json_real(values[k].value, false));
    return tt_json_put(object, "bounds", bounds_json(row));
}

static json_t *family_json(const tt_counterexample_family *family)
{
    json_t *object = tt_json_put(json_object(), "id", tt_json_text(family->id));
    json_t *trends = tt_json_push(json_array(), trend_json("worst_case_error", &family->worst)), *rows = json_array();
    for (size_t k = 0; k < tt_bound_count(); k++)
        trends = tt_json_push(trends, trend_json(tt_bound_at(k)->id, &family->bounds[k]));
    for (size_t r = 0; r < family->n; r++)
        rows = tt_json_push(rows, row_json(&family->rows[r]));
    object = tt_json_put(object, "statement", tt_json_text(family->statement));
    object = tt_json_put(object, "trends", trends);
    return tt_json_put(object, "rows", rows);
}

/* The row (1-p, p). */
static json_t *binary_row_json(mpq_srcptr p)
{
    tt_real entry;
    json_t *array;
    mpq_t rest;
    mpq_init(rest);
    mpq_set_ui(rest, 1, 1);
    mpq_sub(rest, rest, p);
    tt_real_init(&entry);
    tt_real_set_q(&entry, rest);
    array = tt_json_push(json_array(), tt_json_real(&entry, true));
    tt_real_set_q(&entry, p);
    array = tt_json_push(array, tt_json_real(&entry, true));
    tt_real_clear(&entry);
    mpq_clear(rest);
    return array;
}

static json_t *deviating_rows_json(const tt_counterexample *counterexample)
{
    json_t *object;
    mpq_t half;
    mpq_init(half);
    mpq_set_ui(half, 1, 2);
    object = tt_json_put(json_object(), "rollout", binary_row_json(half));
    object = tt_json_put(object, "target", binary_row_json(counterexample->target));
    mpq_clear(half);
    return tt_json_put(object, "kl", tt_json_real(&counterexample->kl, false));
}

tt_status tt_counterexample_json(FILE *out, const tt_counterexample *counterexample, tt_error *error)
{
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-counterexample-1"));
    json_t *families = json_array();
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++)
        families = tt_json_push(families, family_json(&counterexample->families[f]));
    object = tt_json_put(object, "horizon", json_integer((json_int_t)counterexample->horizon));
    object = tt_json_put(object, "deviating_rows", deviating_rows_json(counterexample));
    return tt_json_write(out, tt_json_put(object, "families", families), error);
}

/* ---- TSV ---- */

static void add_tsv_real(tt_table *table, const tt_real *x)
{
    if (tt_real_is_absent(x))
        tt_table_add(table, "NA");
    else
        tt_table_add(table, tt_number_short(x, TSV_DIGITS).text);
}

static void add_tsv_bound(tt_table *table, const tt_counterexample_family *family, const tt_counterexample_row *row,
                          size_t k)
{
    const tt_bound_result *r = result(row, k);
    named_value values[ROW_VALUES];
    row_values(values, row);
    tt_table_add(table, family->id);
    tt_table_add(table, row->text);
    for (size_t j = 0; j < ROW_VALUES; j++)
        add_tsv_real(table, values[j].value);
    tt_table_add(table, r->bound->id);
    tt_table_add(table, tt_bound_kind_name(r->bound->kind));
    add_tsv_real(table, &r->value);
    tt_table_add(table, tt_verdict_name(r->verdict));
    add_tsv_real(table, &r->tightness);
    tt_table_add(table, r->can_fire == TT_NULL ? "NA" : r->can_fire == TT_YES ? "true" : "false");
    tt_table_add(table, tt_trend_name(family->bounds[k].trend));
    add_tsv_real(table, &family->bounds[k].exponent);
}

tt_status tt_counterexample_tsv(FILE *out, const tt_counterexample *counterexample, tt_error *error)
{
    static const char *const header[] = { "family", "probability", "kl_max", "kl_seq", "ratio", "worst_case_error", "error",
                                          "largest_surrogate", "id", "kind", "value", "verdict", "tightness", "can_fire",
                                          "trend", "exponent" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "llllllllllllllll", header);
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++) {
        const tt_counterexample_family *family = &counterexample->families[f];
        for (size_t r = 0; r < family->n; r++)
            for (size_t k = 0; k < tt_bound_count(); k++)
                add_tsv_bound(&table, family, &family->rows[r], k);
    }
    status = tt_table_print(out, &table, TT_TABLE_TSV, true, error);
    tt_table_clear(&table);
    return status;
}

/* ---- tables for people ---- */

/* "p^0.500", or what else the bound does. */
static tt_number_text trend_text(const tt_counterexample_trend *trend)
{
    tt_number_text text;
    if (trend->trend == TT_TREND_SHRINKS)
        snprintf(text.text, sizeof text.text, "p^%.100s", tt_number_short(&trend->exponent, BOUND_DIGITS).text);
    else
        snprintf(text.text, sizeof text.text, "%s", trend->trend == TT_TREND_ZERO ? "0" : tt_trend_name(trend->trend));
    return text;
}

static tt_status print_rows(FILE *out, const tt_counterexample_family *family, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "p", "delta", "KL_seq", "delta / KL_seq", "worst-case Error", "Error",
                                          "largest L" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "lllllll", header);
    for (size_t r = 0; r < family->n; r++) {
        named_value values[ROW_VALUES];
        row_values(values, &family->rows[r]);
        tt_table_add(&table, family->rows[r].text);
        for (size_t k = 0; k < ROW_VALUES; k++)
            tt_table_add(&table, tt_number_short(values[k].value, ROW_DIGITS).text);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

/* The verdict on all rows. */
static tt_verdict verdict_of(const tt_counterexample_family *family, size_t k)
{
    tt_verdict verdict = TT_NOT_APPLICABLE;
    for (size_t r = 0; r < family->n; r++)
        verdict = tt_verdict_and(verdict, result(&family->rows[r], k)->verdict);
    return verdict;
}

static tt_status print_bounds(FILE *out, const tt_counterexample_family *family, tt_table_form form, tt_error *error)
{
    enum { BEFORE = 3 };
    size_t columns = BEFORE + family->n;
    const char **header = calloc(columns, sizeof *header);
    char *alignment = malloc(columns + 1);
    tt_table table;
    tt_status status = TT_NO_MEMORY;
    if (header && alignment) {
        memset(alignment, 'l', columns);
        alignment[columns] = '\0';
        header[0] = "bound";
        header[1] = "verdict";
        header[2] = "trend";
        for (size_t r = 0; r < family->n; r++)
            header[BEFORE + r] = family->rows[r].text;
        tt_table_init(&table, alignment, header);
        for (size_t k = 0; k < tt_bound_count(); k++) {
            tt_table_add(&table, tt_bound_at(k)->id);
            tt_table_add(&table, tt_verdict_name(verdict_of(family, k)));
            tt_table_add(&table, trend_text(&family->bounds[k]).text);
            for (size_t r = 0; r < family->n; r++)
                tt_table_add(&table, tt_number_short(&result(&family->rows[r], k)->value, BOUND_DIGITS).text);
        }
        status = tt_table_print(out, &table, form, true, error);
        tt_table_clear(&table);
    } else {
        tt_no_memory(error);
    }
    free(header);
    free(alignment);
    return status;
}

/* ---- sentences ---- */

/* Prints words, broken at blanks into lines of at most LINE_WIDTH. */
static void print_filled(FILE *out, const char *text)
{
    size_t column = 0;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > 0 && column + 1 + word > LINE_WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%s%.*s", column > 0 ? " " : "", (int)word, text);
        text += word + (text[word] == ' ');
    }
    fputc('\n', out);
}

static void print_number(FILE *out, const tt_real *x, unsigned digits)
{
    fputs(tt_number_short(x, digits).text, out);
}

static void say_divergence(FILE *out, const tt_counterexample_family *family)
{
    const tt_quantities *first = &family->rows[0].judgement.quantities, *last = &last_row(family)->judgement.quantities;
    fputs("delta is ", out);
    print_number(out, &last->kl_max, ROW_DIGITS);
    if (family->n > 1 && tt_verdict_eq(&first->kl_max, &last->kl_max, NULL) != TT_VIOLATED) {
        fputs(" in every row while KL_seq falls from ", out);
        print_number(out, &first->kl_seq, BOUND_DIGITS);
        fputs(" to ", out);
        print_number(out, &last->kl_seq, BOUND_DIGITS);
        fputs(": no function of KL_seq alone bounds delta.", out);
    } else {
        fputs(" and KL_seq ", out);
        print_number(out, &last->kl_seq, BOUND_DIGITS);
        fputs(".", out);
    }
}

/* " Not decided everywhere: a, b." for a verdict that some row gave. */
static void list_verdict(FILE *out, const char *what, const tt_counterexample_family *family, tt_verdict verdict)
{
    size_t n = 0;
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (verdict_of(family, k) == verdict)
            fprintf(out, "%s%s", n++ ? ", " : what, tt_bound_at(k)->id);
    if (n > 0)
        fputc('.', out);
}

static void say_verdicts(FILE *out, const tt_counterexample_family *family)
{
    size_t holding = 0, applying = 0;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        holding += verdict_of(family, k) == TT_HOLDS;
        applying += verdict_of(family, k) != TT_NOT_APPLICABLE;
    }
    fprintf(out, " Of the %zu bounds that apply %zu hold in every row.", applying, holding);
    list_verdict(out, " Violated: ", family, TT_VIOLATED);
    list_verdict(out, " Undecided: ", family, TT_UNDECIDED);
}

static bool worst_is_zero(const tt_counterexample_family *family)
{
    for (size_t r = 0; r < family->n; r++)
        if (!tt_real_is_zero(&family->rows[r].judgement.quantities.worst_case_error))
            return false;
    return true;
}

static void say_worst(FILE *out, const tt_counterexample_family *family)
{
    if (worst_is_zero(family)) {
        fputs(" Worst-case Error is exactly 0: whatever the reward, the surrogate is right here, and the family is no "
              "example of an error.",
              out);
        return;
    }
    fputs(" Worst-case Error is not 0", out);
    if (family->worst.trend == TT_TREND_SHRINKS) {
        fputs("; it falls like p^", out);
        print_number(out, &family->worst.exponent, BOUND_DIGITS);
        fputs(", to ", out);
    } else {
        fputs(": ", out);
    }
    print_number(out, &last_row(family)->judgement.quantities.worst_case_error, BOUND_DIGITS);
    fprintf(out, " at p = %s.", last_row(family)->text);
}

static size_t count_trend(const tt_counterexample_family *family, tt_trend trend)
{
    size_t n = 0;
    for (size_t k = 0; k < tt_bound_count(); k++)
        n += family->bounds[k].trend == trend;
    return n;
}

/* " What (2): a, b." for the bounds of one trend; nothing where there is none. */
static void list_trend(FILE *out, const char *what, const tt_counterexample_family *family, tt_trend trend)
{
    size_t said = 0;
    if (count_trend(family, trend) == 0)
        return;
    fprintf(out, " %s (%zu): ", what, count_trend(family, trend));
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (family->bounds[k].trend == trend)
            fprintf(out, "%s%s", said++ ? ", " : "", tt_bound_at(k)->id);
    fputc('.', out);
}

/* The bounds that fall like p^text, from bound `first` on. */
static void list_power(FILE *out, const tt_counterexample_family *family, size_t first, const char *text)
{
    fprintf(out, " like %s: %s", text, tt_bound_at(first)->id);
    for (size_t k = first + 1; k < tt_bound_count(); k++)
        if (strcmp(trend_text(&family->bounds[k]).text, text) == 0)
            fprintf(out, ", %s", tt_bound_at(k)->id);
}

/* Whether an earlier bound falls like bound k. */
static bool power_was_listed(const tt_counterexample_family *family, size_t k, const char *text)
{
    bool listed = false;
    for (size_t j = 0; j < k && !listed; j++)
        listed = strcmp(trend_text(&family->bounds[j]).text, text) == 0;
    return listed;
}

static void list_shrinking(FILE *out, const tt_counterexample_family *family)
{
    size_t said = 0, n = count_trend(family, TT_TREND_SHRINKS);
    if (n == 0)
        return;
    fprintf(out, " Bounds that shrink with p (%zu)", n);
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (family->bounds[k].trend == TT_TREND_SHRINKS) {
            tt_number_text power = trend_text(&family->bounds[k]);
            if (!power_was_listed(family, k, power.text)) {
                fputc(said++ ? ';' : ',', out);
                list_power(out, family, k, power.text);
            }
        }
    fputc('.', out);
}

/* The bound of the last row with the smallest value, of those that look at no reward, hold, and (where `staying`)
   do not shrink; NULL where there is none. */
static const tt_bound_result *smallest(const tt_counterexample_family *family, bool staying)
{
    const tt_bound_result *best = NULL;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *r = result(last_row(family), k);
        if (r->bound->kind == TT_REWARD_FREE && r->verdict == TT_HOLDS &&
            (!staying || family->bounds[k].trend == TT_TREND_STAYS) &&
            (!best || tt_real_cmp(&r->value, &best->value) == TT_LESS))
            best = r;
    }
    return best;
}

static void say_times(FILE *out, const tt_counterexample_family *family, const char *what, const tt_bound_result *r)
{
    const tt_real *worst = &last_row(family)->judgement.quantities.worst_case_error;
    tt_real times;
    tt_real_init(&times);
    tt_real_div(&times, &r->value, worst, TT_PRECISION_DEFAULT);
    fprintf(out, "%s %s, ", what, r->bound->id);
    print_number(out, &r->value, BOUND_DIGITS);
    if (!tt_real_is_absent(&times)) {
        fputs(", ", out);
        print_number(out, &times, BOUND_DIGITS);
        fputs(" times the truth", out);
    }
    tt_real_clear(&times);
}

static void say_smallest(FILE *out, const tt_counterexample_family *family)
{
    const tt_bound_result *best = smallest(family, false), *staying = smallest(family, true);
    if (!best)
        return;
    fprintf(out, " At p = %s", last_row(family)->text);
    say_times(out, family, " the smallest bound that looks at no reward is", best);
    if (staying && staying != best)
        say_times(out, family, ", and the smallest that stays is", staying);
    fputc('.', out);
}

static tt_status print_conclusion(FILE *out, const tt_counterexample_family *family, tt_error *error)
{
    char *text = NULL;
    size_t size;
    FILE *paragraph = tt_text_stream(&text, &size);
    if (!paragraph)
        return tt_no_memory(error);
    say_divergence(paragraph, family);
    say_worst(paragraph, family);
    say_verdicts(paragraph, family);
    list_shrinking(paragraph, family);
    list_trend(paragraph, "Bounds that stay, whatever p is", family, TT_TREND_STAYS);
    list_trend(paragraph, "Bounds that are 0 in every row", family, TT_TREND_ZERO);
    list_trend(paragraph, "Bounds that do neither", family, TT_TREND_OTHER);
    say_smallest(paragraph, family);
    if (fclose(paragraph) != 0) {
        free(text);
        return tt_no_memory(error);
    }
    print_filled(out, text);
    free(text);
    return TT_OK;
}

static void print_introduction(FILE *out, const tt_counterexample *counterexample)
{
    mpq_t rest;
    mpq_init(rest);
    mpq_set_ui(rest, 1, 1);
    mpq_sub(rest, rest, counterexample->target);
    fprintf(out, "The counterexample A.8, T = %zu\n\n", counterexample->horizon);
    fputs("A first token of probability p, the same under both policies, leads to the context c*. Where the\n"
          "policies deviate the rows of the two tokens are\n",
          out);
    gmp_fprintf(out, "  rollout  1/2  1/2\n  target   %Qd  %Qd\n", rest, counterexample->target);
    fputs("and their KL is ", out);
    print_number(out, &counterexample->kl, TSV_DIGITS);
    fputs(" (within 1e-30 of 1). Every digit is certain and the last one is rounded.\n", out);
    mpq_clear(rest);
}

static void print_title(FILE *out, const tt_counterexample_family *family, tt_table_form form)
{
    const char *before = form == TT_TABLE_MARKDOWN ? "## " : form == TT_TABLE_LATEX ? "% " : "";
    const char *after = form == TT_TABLE_MARKDOWN ? "\n" : "";
    fprintf(out, "%sFamily %s: %s\n%s", before, family->id, family->statement, after);
}

static tt_status print_family(FILE *out, const tt_counterexample_family *family, tt_table_form form, tt_error *error)
{
    tt_status status;
    print_title(out, family, form);
    status = print_rows(out, family, form, error);
    fputc('\n', out);
    if (status == TT_OK)
        status = print_bounds(out, family, form, error);
    if (status == TT_OK && form == TT_TABLE_TEXT && last_row(family)->judgement.status == TT_OK) {
        fputc('\n', out);
        status = print_conclusion(out, family, error);
    }
    return status;
}

static bool follows(tt_trend trend)
{
    return trend == TT_TREND_SHRINKS || trend == TT_TREND_ZERO;
}

/* The last line: how many bounds follow KL_seq to 0 in both families, and what the truth does. */
static void print_summary(FILE *out, const tt_counterexample *counterexample)
{
    const tt_counterexample_family *families = counterexample->families;
    size_t following = 0, staying = 0;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        bool all_follow = true, all_stay = true;
        for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++) {
            all_follow = all_follow && follows(families[f].bounds[k].trend);
            all_stay = all_stay && families[f].bounds[k].trend == TT_TREND_STAYS;
        }
        following += all_follow;
        staying += all_stay;
    }
    fprintf(out, "In short: as p falls %zu bounds shrink or are 0 in both families and %zu stay; worst-case Error:", following,
            staying);
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++)
        fprintf(out, "%s %s%s in family %s", f ? "," : "", families[f].worst.trend == TT_TREND_SHRINKS ? "like " : "",
                trend_text(&families[f].worst).text, families[f].id);
    fputs(".\n", out);
}

/* Whether every row has its numbers, and there are rows to compare. */
static bool has_trends(const tt_counterexample *counterexample)
{
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES; f++)
        if (counterexample->families[f].worst.trend == TT_TREND_NONE)
            return false;
    return true;
}

tt_status tt_counterexample_text(FILE *out, const tt_counterexample *counterexample, tt_table_form form, tt_error *error)
{
    tt_status status = TT_OK;
    if (form == TT_TABLE_TEXT)
        print_introduction(out, counterexample);
    for (size_t f = 0; f < TT_COUNTEREXAMPLE_FAMILIES && status == TT_OK; f++) {
        if (f > 0 || form == TT_TABLE_TEXT)
            fputc('\n', out);
        status = print_family(out, &counterexample->families[f], form, error);
    }
    if (status == TT_OK && form == TT_TABLE_TEXT && has_trends(counterexample)) {
        fputc('\n', out);
        print_summary(out, counterexample);
    }
    return status;
}

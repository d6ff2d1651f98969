#include "path_report.h"

#include <stdlib.h>

#include "json.h"
#include "mask_report_pieces.h"
#include "number.h"

/* Text has a column for each minorizer up to this many. */
#define COLUMNS_MAX 4

/* ---- JSON ---- */

static json_t *h_json(const tt_policy_path *path, size_t point, bool full)
{
    return point == TT_NONE ? json_null() : tt_report_rational(path->points[point].h, full);
}

static json_t *put_largest(json_t *object, const char *name, const tt_policy_path *path,
                           const tt_policy_path_largest *largest, bool full)
{
    json_t *inner = tt_json_put(json_object(), "value", tt_json_real(&largest->value, full));
    inner = tt_json_put(inner, "h", h_json(path, largest->at, full));
    return tt_json_put(object, name, inner);
}

static json_t *range_json(const tt_policy_path *path, size_t k, bool full)
{
    const tt_policy_path_range *range = &path->ranges[k];
    json_t *object = tt_json_put(json_object(), "id", tt_json_text(path->subjects[k].id));
    object = tt_json_put(object, "kind", tt_json_text(tt_bound_kind_name(path->subjects[k].kind)));
    object = tt_json_put(object, "guaranteed_points", json_integer((json_int_t)range->points));
    object = tt_json_put(object, "guaranteed_from", h_json(path, range->first, full));
    object = tt_json_put(object, "guaranteed_to", h_json(path, range->last, full));
    object = tt_json_put(object, "unbroken", tt_json_answer(range->unbroken));
    return put_largest(object, "largest_minorizer", path, &range->largest, full);
}

static json_t *value_json(const tt_policy_path_value *value, const char *id, bool full)
{
    json_t *object = tt_json_put(json_object(), "id", tt_json_text(id));
    object = tt_json_put(object, "value", tt_json_real(&value->value, full));
    object = tt_json_put(object, "verdict", tt_json_text(tt_verdict_name(value->verdict)));
    object = tt_json_put(object, "minorizer", tt_json_real(&value->minorizer, full));
    return tt_json_put(object, "guaranteed", tt_json_answer(value->improves));
}

static json_t *point_json(const tt_policy_path *path, const tt_policy_path_point *point, bool full)
{
    json_t *object = tt_json_put(json_object(), "h", tt_report_rational(point->h, full));
    json_t *values = json_array();
    object = tt_json_put(object, "engine", tt_json_text(point->engine ? point->engine->name : NULL));
    object = tt_json_put(object, "improvement", tt_json_real(&point->improvement, full));
    object = tt_json_put(object, "surrogate", tt_json_real(&point->surrogate, full));
    object = tt_json_put(object, "error", tt_json_real(&point->error, full));
    for (size_t k = 0; k < path->subjects_n; k++)
        values = tt_json_push(values, value_json(&point->values[k], path->subjects[k].id, full));
    return tt_json_put(object, "bounds", values);
}

tt_status tt_path_json(FILE *out, const tt_report_origin *origin, const tt_policy_path *path, bool full,
                       tt_error *error)
{
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-path-1"));
    json_t *ranges = json_array(), *points = json_array();
    object = tt_json_put(object, "name", tt_json_text(origin->name));
    object = tt_json_put(object, "vocab", json_integer((json_int_t)path->vocab));
    object = tt_json_put(object, "horizon", json_integer((json_int_t)path->horizon));
    object = tt_json_put(object, "steps", json_integer((json_int_t)path->points_n - 1));
    object = tt_json_put(object, "improvement_derivative", tt_json_real(&path->improvement_derivative, full));
    object = tt_json_put(object, "surrogate_derivative", tt_json_real(&path->surrogate_derivative, full));
    object = tt_json_put(object, "tangent", tt_json_text(tt_verdict_name(path->tangent)));
    object = tt_json_put(object, "linear", tt_json_text(tt_verdict_name(path->linear)));
    object = put_largest(object, "largest_improvement", path, &path->improvement, full);
    object = put_largest(object, "largest_surrogate", path, &path->surrogate, full);
    for (size_t k = 0; k < path->subjects_n; k++)
        ranges = tt_json_push(ranges, range_json(path, k, full));
    for (size_t k = 0; k < path->points_n; k++)
        points = tt_json_push(points, point_json(path, &path->points[k], full));
    object = tt_json_put(object, "bounds", ranges);
    object = tt_json_put(object, "points", points);
    return tt_json_write(out, object, error);
}

/* ---- TSV ---- */

enum { TSV_DIGITS = 17 };

static const char *const answers[] = { [TT_NO] = "false", [TT_YES] = "true", [TT_NULL] = "NA" };

static void add_decimal(tt_table *table, const tt_real *x)
{
    if (tt_real_is_absent(x))
        tt_table_add(table, "NA");
    else
        tt_table_add(table, tt_number_short(x, TSV_DIGITS).text);
}

static void add_h(tt_table *table, const tt_policy_path_point *point)
{
    tt_real h;
    tt_real_init(&h);
    tt_real_set_q(&h, point->h);
    add_decimal(table, &h);
    tt_real_clear(&h);
}

static tt_status print_tsv(FILE *out, const tt_policy_path *path, tt_error *error)
{
    static const char *const header[] = { "h", "improvement", "surrogate", "error", "id", "kind", "value", "verdict",
                                          "minorizer", "guaranteed" };
    tt_table table;
    tt_table_init(&table, "llllllllll", header);
    for (size_t k = 0; k < path->points_n; k++)
        for (size_t j = 0; j < path->subjects_n; j++) {
            const tt_policy_path_point *point = &path->points[k];
            const tt_policy_path_value *value = &point->values[j];
            add_h(&table, point);
            add_decimal(&table, &point->improvement);
            add_decimal(&table, &point->surrogate);
            add_decimal(&table, &point->error);
            tt_table_add(&table, path->subjects[j].id);
            tt_table_add(&table, tt_bound_kind_name(path->subjects[j].kind));
            add_decimal(&table, &value->value);
            tt_table_add(&table, tt_verdict_name(value->verdict));
            add_decimal(&table, &value->minorizer);
            tt_table_add(&table, answers[value->improves]);
        }
    return tt_report_print(out, &table, TT_TABLE_TSV, error);
}

/* ---- text, Markdown, LaTeX ---- */

static void add_real(tt_table *table, const tt_real *x)
{
    tt_table_add(table, tt_number_short(x, TT_SHORT_DIGITS).text);
}

static void add_point(tt_table *table, const tt_policy_path *path, size_t point)
{
    if (point == TT_NONE)
        tt_table_add(table, "-");
    else
        tt_table_add(table, tt_number_short_q(path->points[point].h, TT_SHORT_DIGITS).text);
}

static tt_status print_largest(FILE *out, const tt_policy_path *path, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "along the way", "largest", "at h", "derivative at h = 0" };
    tt_table table;
    tt_table_init(&table, "llll", header);
    tt_table_add(&table, "J - J_mu");
    add_real(&table, &path->improvement.value);
    add_point(&table, path, path->improvement.at);
    add_real(&table, &path->improvement_derivative);
    tt_table_add(&table, "L");
    add_real(&table, &path->surrogate.value);
    add_point(&table, path, path->surrogate.at);
    add_real(&table, &path->surrogate_derivative);
    return tt_report_print(out, &table, form, error);
}

static tt_status print_ranges(FILE *out, const tt_policy_path *path, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "bound B", "kind", "M_B > 0 at", "from h", "to h", "largest M_B", "at h" };
    tt_table table;
    tt_table_init(&table, "llrllll", header);
    for (size_t k = 0; k < path->subjects_n; k++) {
        const tt_policy_path_range *range = &path->ranges[k];
        char points[64];
        snprintf(points, sizeof points, "%zu of %zu", range->points, path->points_n);
        tt_table_add(&table, path->subjects[k].id);
        tt_table_add(&table, tt_bound_kind_name(path->subjects[k].kind));
        tt_table_add(&table, points);
        add_point(&table, path, range->first);
        add_point(&table, path, range->last);
        add_real(&table, &range->largest.value);
        add_point(&table, path, range->largest.at);
    }
    return tt_report_print(out, &table, form, error);
}

static tt_status print_points(FILE *out, const tt_policy_path *path, tt_table_form form, tt_error *error)
{
    static const char *const own[] = { "h", "J - J_mu", "L", "Error" };
    enum { OWN = sizeof own / sizeof *own };
    size_t minorizers = path->subjects_n <= COLUMNS_MAX ? path->subjects_n : 0;
    const char *header[OWN + COLUMNS_MAX];
    char alignment[OWN + COLUMNS_MAX + 1] = { 0 }, names[COLUMNS_MAX][64];
    tt_table table;
    for (size_t k = 0; k < OWN + minorizers; k++) {
        alignment[k] = 'l';
        header[k] = k < OWN ? own[k] : names[k - OWN];
        if (k >= OWN)
            snprintf(names[k - OWN], sizeof names[k - OWN], "L - %s", path->subjects[k - OWN].id);
    }
    tt_table_init(&table, alignment, header);
    for (size_t k = 0; k < path->points_n; k++) {
        const tt_policy_path_point *point = &path->points[k];
        add_point(&table, path, k);
        add_real(&table, &point->improvement);
        add_real(&table, &point->surrogate);
        add_real(&table, &point->error);
        for (size_t j = 0; j < minorizers; j++)
            add_real(&table, &point->values[j].minorizer);
    }
    return tt_report_print(out, &table, form, error);
}

tt_status tt_path_text(FILE *out, const tt_report_origin *origin, const tt_policy_path *path, tt_table_form form,
                       tt_error *error)
{
    tt_status status;
    if (form == TT_TABLE_TSV)
        return print_tsv(out, path, error);
    tt_report_title(out, origin, form);
    if (form == TT_TABLE_TEXT)
        fprintf(out, "V = %zu, T = %zu; pi_h = mu + h (pi - mu), h = k/%zu; L is tangent to J - J_mu at h = 0: %s;\n"
                     "L(pi_h) = h L(pi): %s\n\n",
                path->vocab, path->horizon, path->points_n - 1, tt_verdict_name(path->tangent),
                tt_verdict_name(path->linear));
    status = print_largest(out, path, form, error);
    fputc('\n', out);
    if (status == TT_OK)
        status = print_ranges(out, path, form, error);
    fputc('\n', out);
    return status == TT_OK ? print_points(out, path, form, error) : status;
}

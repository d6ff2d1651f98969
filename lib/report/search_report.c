#include "search_report.h"

#include <stdlib.h>

#include "../number/text_stream.h"
#include "../world/instance_json.h"
#include "json.h"
#include "number.h"
#include "table.h"

enum { DIGITS = 12, LIMIT_DIGITS = 4, VALUES = 8, REACHED_BITS = 128 };

typedef struct {
    const char *name;
    const tt_real *value;
} named_value;

static const tt_bound_result *result_of(const tt_search_result *result, const tt_bound *bound)
{
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (tt_bound_at(k) == bound)
            return &result->judgement.evaluation.bounds[k];
    return NULL;
}

/* The numbers of the instance under the names of the JSON keys. */
static void name_values(named_value *values, const tt_search_result *result, const tt_bound *bound)
{
    const tt_quantities *q = &result->judgement.quantities;
    const named_value list[VALUES] = {
        { "value", &result_of(result, bound)->value },
        { "worst_case_error", &q->worst_case_error },
        { "error", &q->error },
        { "tv_max", &q->tv_max },
        { "kl_max", &q->kl_max },
        { "chi2_max", &q->chi2_max },
        { "tv_seq", &q->tv_seq },
        { "kl_seq", &q->kl_seq },
    };
    for (size_t k = 0; k < VALUES; k++)
        values[k] = list[k];
}

/* What tightness is for a bound of this kind. */
static const char *ratio_of(tt_bound_kind kind)
{
    switch (kind) {
    case TT_REWARD_FREE:
        return "worst-case Error / value";
    case TT_REWARD_AWARE:
        return "|Error| / value";
    case TT_LOWER:
        return "-Error / value";
    default:
        return "Error / value";
    }
}

static const char *limit_name(tt_search_limit limit)
{
    return limit == TT_SEARCH_KL_MAX ? "kl_max" : "tv_max";
}

/* ---- text ---- */

/* Why there is no instance. */
static void print_nothing(FILE *out, const tt_search_result *result, const tt_search_options *options)
{
    tt_real largest;
    if (tt_real_is_absent(&result->reached)) {
        fprintf(out, "No instance was found on which the bound applies with a finite value above 0 and an error.\n");
        return;
    }
    tt_real_init(&largest);
    tt_real_set_q(&largest, options->at_most);
    tt_real_mul(&largest, &largest, &result->reached, REACHED_BITS);
    fprintf(out, "No instance was found whose %s is at least %d %% of the limit: the largest that was certified below it "
            "is %s.\n", limit_name(options->limit), TT_SEARCH_REACH, tt_number_short(&largest, LIMIT_DIGITS).text);
    tt_real_clear(&largest);
}

static void add_real(tt_table *table, const char *name, const tt_real *x)
{
    tt_table_add(table, name);
    tt_table_add(table, tt_number_short(x, DIGITS).text);
}

tt_status tt_search_text(FILE *out, const tt_search_result *result, const tt_search_options *options, tt_error *error)
{
    static const char *const header[] = { "quantity", "of the instance" };
    named_value values[VALUES];
    tt_table table;
    tt_status status;
    fprintf(out, "%s, V = %zu, T = %zu: %s\n\n", options->bound->id, options->vocab, options->horizon,
            options->bound->formula);
    if (!result->instance) {
        print_nothing(out, result, options);
        return TT_OK;
    }
    tt_table_init(&table, "ll", header);
    add_real(&table, "tightness", &result->tightness);
    name_values(values, result, options->bound);
    for (size_t k = 0; k < VALUES; k++)
        add_real(&table, values[k].name, values[k].value);
    if (options->limit != TT_SEARCH_UNLIMITED)
        add_real(&table, "share of the limit", &result->reached);
    status = tt_table_print(out, &table, TT_TABLE_TEXT, true, error);
    tt_table_clear(&table);
    fprintf(out,
            "\nTightness is %s, certified by the tree engine. Rows are tied: %s. Where it came from: %s.\n"
            "%llu policy pairs were looked at%s. A larger tightness is not ruled out.\n",
            ratio_of(options->bound->kind), result->ties, result->start, (unsigned long long)result->evaluations,
            result->stopped ? ", then the search was stopped" : "");
    return status;
}

/* ---- JSON ---- */

/* The instance as it would stand in a file; NULL without memory. */
static json_t *instance_json(const tt_instance *instance)
{
    char *text = NULL;
    size_t size;
    FILE *file = tt_text_stream(&text, &size);
    json_t *value = NULL;
    if (!file)
        return NULL;
    if (tt_instance_write(file, instance, NULL) == TT_OK && fclose(file) == 0)
        value = json_loadb(text, size, 0, NULL);
    free(text);
    return value;
}

static json_t *limit_json(const tt_search_result *result, const tt_search_options *options)
{
    json_t *object;
    tt_real at_most;
    if (options->limit == TT_SEARCH_UNLIMITED)
        return json_null();
    tt_real_init(&at_most);
    tt_real_set_q(&at_most, options->at_most);
    object = tt_json_put(json_object(), limit_name(options->limit), tt_json_real(&at_most, true));
    tt_real_clear(&at_most);
    return tt_json_put(object, "reached", tt_json_real(&result->reached, false));
}

static json_t *found_json(json_t *object, const tt_search_result *result, const tt_search_options *options, bool full)
{
    named_value values[VALUES];
    name_values(values, result, options->bound);
    object = tt_json_put(object, "start", tt_json_text(result->start));
    object = tt_json_put(object, "ties", tt_json_text(result->ties));
    object = tt_json_put(object, "tightness", tt_json_real(&result->tightness, full));
    object = tt_json_put(object, "verdict",
                         tt_json_text(tt_verdict_name(result_of(result, options->bound)->verdict)));
    for (size_t k = 0; k < VALUES; k++)
        object = tt_json_put(object, values[k].name, tt_json_real(values[k].value, full));
    return tt_json_put(object, "instance", instance_json(result->instance));
}

static json_t *nothing_json(json_t *object)
{
    static const char *const keys[] = { "start", "ties", "tightness", "verdict", "value", "worst_case_error", "error",
                                        "tv_max", "kl_max", "chi2_max", "tv_seq", "kl_seq", "instance" };
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        object = tt_json_put(object, keys[k], json_null());
    return object;
}

tt_status tt_search_json(FILE *out, const tt_search_result *result, const tt_search_options *options, bool full,
                         tt_error *error)
{
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-search-1"));
    object = tt_json_put(object, "bound", tt_json_text(options->bound->id));
    object = tt_json_put(object, "kind", tt_json_text(tt_bound_kind_name(options->bound->kind)));
    object = tt_json_put(object, "vocab", json_integer((json_int_t)options->vocab));
    object = tt_json_put(object, "horizon", json_integer((json_int_t)options->horizon));
    object = tt_json_put(object, "limit", limit_json(result, options));
    object = tt_json_put(object, "seed", json_integer((json_int_t)options->seed));
    object = tt_json_put(object, "evaluations", json_integer((json_int_t)result->evaluations));
    object = result->instance ? found_json(object, result, options, full) : nothing_json(object);
    return tt_json_write(out, object, error);
}

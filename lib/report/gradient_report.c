#include <stdlib.h>

#include "../world/instance.h"
#include "json.h"
#include "mask_report.h"
#include "mask_report_pieces.h"
#include "number.h"

static json_t *vector_json(const mpq_t *x, size_t n, bool full)
{
    json_t *array = json_array();
    for (size_t v = 0; v < n; v++)
        array = tt_json_push(array, tt_report_rational(x[v], full));
    return array;
}

static json_t *contexts_json(const tt_gradient *g, bool full)
{
    json_t *array = json_array();
    for (size_t k = 0; k < g->contexts_n; k++) {
        const tt_gradient_context *c = &g->contexts[k];
        char *key = tt_context_key(c->prompt, c->tokens, c->depth);
        json_t *object = tt_json_put(json_object(), "context", key ? tt_json_text(key) : NULL);
        object = tt_json_put(object, "J", vector_json((const mpq_t *)c->j, g->vocab, full));
        object = tt_json_put(object, "surrogate", vector_json((const mpq_t *)c->surrogate, g->vocab, full));
        if (g->has_mask)
            object = tt_json_put(object, "masked", vector_json((const mpq_t *)c->masked, g->vocab, full));
        array = tt_json_push(array, object);
        free(key);
    }
    return array;
}

tt_status tt_gradient_json(FILE *out, const tt_report_origin *origin, const tt_gradient *g,
                           const tt_masking_options *options, bool full, tt_error *error)
{
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-gradient-1"));
    if (g->has_mask)
        object = tt_report_mask_head(object, origin, options->mask, options, full);
    else if (*origin->name)
        object = tt_json_put(object, "name", tt_json_text(origin->name));
    object = tt_json_put(object, "vocab", json_integer((json_int_t)g->vocab));
    object = tt_json_put(object, "horizon", json_integer((json_int_t)g->horizon));
    object = tt_json_put(object, "tangent", g->measured ? json_boolean(g->tangent) : json_null());
    object = tt_json_put(object, "improvement_derivative", tt_json_real(&g->improvement_derivative, full));
    object = tt_json_put(object, "surrogate_derivative", tt_json_real(&g->surrogate_derivative, full));
    object = tt_json_put(object, "squared_norm", tt_json_real(&g->squared, full));
    if (g->has_mask) {
        object = tt_json_put(object, "decided", json_boolean(g->masking.point.decided));
        object = tt_json_put(object, "masked_derivative", tt_json_real(&g->masked_derivative, full));
        object = tt_json_put(object, "masked_squared_norm", tt_json_real(&g->masked_squared, full));
        object = tt_json_put(object, "bias_squared_norm", tt_json_real(&g->bias_squared, full));
        object = tt_json_put(object, "inner_product", tt_json_real(&g->inner, full));
        object = tt_json_put(object, "cosine_squared", tt_json_real(&g->cosine_squared, full));
    }
    object = tt_json_put(object, "contexts_in_all", json_integer((json_int_t)g->contexts_total));
    object = tt_json_put(object, "contexts", contexts_json(g, full));
    return tt_json_write(out, object, error);
}

static void add_line(tt_table *table, const char *name, const tt_real *value)
{
    tt_table_add(table, name);
    tt_table_add(table, tt_number_short(value, TT_SHORT_DIGITS).text);
}

static tt_status print_norms(FILE *out, const tt_gradient *g, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "quantity", "value" };
    tt_table table;
    tt_table_init(&table, "ll", header);
    add_line(&table, "derivative of J along pi - mu", &g->improvement_derivative);
    add_line(&table, "derivative of L", &g->surrogate_derivative);
    if (g->has_mask)
        add_line(&table, "derivative of L_masked", &g->masked_derivative);
    add_line(&table, "|grad L|^2, softmax logits at mu", &g->squared);
    if (g->has_mask) {
        add_line(&table, "|grad L_masked|^2", &g->masked_squared);
        add_line(&table, "|grad L_masked - grad L|^2", &g->bias_squared);
        add_line(&table, "<grad L_masked, grad L>", &g->inner);
        add_line(&table, "cosine squared", &g->cosine_squared);
    }
    return tt_report_print(out, &table, form, error);
}

static tt_status print_entries(FILE *out, const tt_gradient *g, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "context", "token", "dJ", "dL", "dL_masked" };
    tt_table table;
    tt_table_init(&table, g->has_mask ? "lrlll" : "lrll", header);
    for (size_t k = 0; k < g->contexts_n; k++)
        for (size_t v = 0; v < g->vocab; v++) {
            const tt_gradient_context *c = &g->contexts[k];
            char text[32];
            snprintf(text, sizeof text, "%zu", v);
            tt_table_take(&table, tt_context_key(c->prompt, c->tokens, c->depth));
            tt_table_add(&table, text);
            tt_table_add(&table, tt_number_short_q(c->j[v], TT_SHORT_DIGITS).text);
            tt_table_add(&table, tt_number_short_q(c->surrogate[v], TT_SHORT_DIGITS).text);
            if (g->has_mask)
                tt_table_add(&table, tt_number_short_q(c->masked[v], TT_SHORT_DIGITS).text);
        }
    return tt_report_print(out, &table, form, error);
}

tt_status tt_gradient_text(FILE *out, const tt_report_origin *origin, const tt_gradient *g,
                           const tt_masking_options *options, tt_table_form form, tt_error *error)
{
    tt_status status;
    (void)options;
    if (form == TT_TABLE_TSV)
        return print_entries(out, g, form, error);
    tt_report_title(out, origin, form);
    if (form == TT_TABLE_TEXT && !g->measured)
        fputs("Nothing was measured.\n\n", out);
    else if (form == TT_TABLE_TEXT)
        fprintf(out, "V = %zu, T = %zu; J and L %s at mu, in every logit of %zu contexts\n\n", g->vocab, g->horizon,
                g->tangent ? "have the same gradient" : "differ", g->contexts_total);
    status = print_norms(out, g, form, error);
    if (status != TT_OK || g->contexts_n == 0)
        return status;
    fputc('\n', out);
    status = print_entries(out, g, form, error);
    if (status == TT_OK && form == TT_TABLE_TEXT && g->contexts_n < g->contexts_total)
        fprintf(out, "\nThe first %zu of %zu contexts.\n", g->contexts_n, g->contexts_total);
    return status;
}

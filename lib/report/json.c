#include "json.h"

#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "../number/text_stream.h"
#include "named.h"
#include "number.h"

json_t *tt_json_put(json_t *object, const char *key, json_t *value)
{
    if (!object || !value || json_object_set(object, key, value) != 0) {
        json_decref(object);
        object = NULL;
    }
    json_decref(value);
    return object;
}

json_t *tt_json_push(json_t *array, json_t *value)
{
    if (!array || !value || json_array_append(array, value) != 0) {
        json_decref(array);
        array = NULL;
    }
    json_decref(value);
    return array;
}

json_t *tt_json_text(const char *text)
{
    json_t *string;
    char *ascii;
    if (!text)
        return json_null();
    string = json_string(text);
    if (string)
        return string;
    ascii = strdup(text);
    if (!ascii)
        return NULL;
    for (char *c = ascii; *c; c++)
        if (*c & 0x80)
            *c = '?';
    string = json_string(ascii);
    free(ascii);
    return string;
}

json_t *tt_json_take(char *text)
{
    json_t *string = text ? json_string(text) : NULL;
    free(text);
    return string;
}

json_t *tt_json_real(const tt_real *x, bool full)
{
    tt_number_text lo, hi;
    json_t *object;
    if (tt_real_is_absent(x))
        return json_null();
    if (tt_number_prints_exact(x, full))
        return tt_json_take(tt_exact_text(x->q));
    tt_number_ends(&lo, &hi, x, TT_ENCLOSURE_DIGITS);
    object = tt_json_put(json_object(), "lo", json_string(lo.text));
    return tt_json_put(object, "hi", json_string(hi.text));
}

json_t *tt_json_series(const tt_series *series, bool full)
{
    json_t *array;
    if (series->n == 0)
        return json_null();
    array = json_array();
    for (size_t k = 0; k < series->n; k++)
        array = tt_json_push(array, tt_json_real(tt_series_at(series, k), full));
    return array;
}

json_t *tt_json_answer(tt_answer answer)
{
    return answer == TT_NULL ? json_null() : json_boolean(answer == TT_YES);
}

static json_t *verdict_json(const char *id, tt_verdict verdict)
{
    json_t *object = tt_json_put(json_object(), "id", tt_json_text(id));
    return tt_json_put(object, "verdict", tt_json_text(tt_verdict_name(verdict)));
}

static json_t *ladder_json(const tt_ladder *ladder, bool full)
{
    json_t *array = json_array();
    for (size_t k = 0; k < ladder->n; k++) {
        json_t *step = tt_json_put(json_object(), "step", tt_json_text(ladder->step[k]));
        array = tt_json_push(array, tt_json_put(step, "value", tt_json_real(&ladder->value[k], full)));
    }
    return array;
}

static json_t *bound_json(const tt_bound_result *r, bool full)
{
    json_t *ladders = tt_json_put(json_object(), "this_reward", ladder_json(&r->this_reward, full));
    json_t *object = json_object();
    ladders = tt_json_put(ladders, "any_reward", ladder_json(&r->any_reward, full));
    object = tt_json_put(object, "id", tt_json_text(r->bound->id));
    object = tt_json_put(object, "kind", tt_json_text(tt_bound_kind_name(r->bound->kind)));
    object = tt_json_put(object, "value", tt_json_real(&r->value, full));
    object = tt_json_put(object, "verdict", tt_json_text(tt_verdict_name(r->verdict)));
    object = tt_json_put(object, "tightness", tt_json_real(&r->tightness, full));
    object = tt_json_put(object, "can_fire", tt_json_answer(r->can_fire));
    object = tt_json_put(object, "minorizer", tt_json_real(&r->minorizer, full));
    object = tt_json_put(object, "fires", tt_json_answer(r->fires));
    object = tt_json_put(object, "parameter", tt_json_text(r->parameter));
    return tt_json_put(object, "ladders", ladders);
}

static json_t *identities_json(const tt_evaluation *evaluation)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_identity_count(); k++)
        array = tt_json_push(array, verdict_json(tt_identity_at(k)->id, evaluation->identities[k]));
    return array;
}

static json_t *inequalities_json(const tt_evaluation *evaluation)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_inequality_count(); k++)
        array = tt_json_push(array, verdict_json(tt_inequality_at(k)->id, evaluation->inequalities[k]));
    return array;
}

static json_t *bounds_json(const tt_evaluation *evaluation, bool full)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_bound_count(); k++)
        array = tt_json_push(array, bound_json(&evaluation->bounds[k], full));
    return array;
}

/* Members for the fields of a group. */
static json_t *put_reals(json_t *object, const tt_quantities *q, tt_named_group group, bool full)
{
    for (size_t k = 0; k < tt_named_real_count(); k++) {
        const tt_named *named = tt_named_real_at(k);
        if (named->group == group)
            object = tt_json_put(object, named->key, tt_json_real(tt_named_real(q, named), full));
    }
    return object;
}

static json_t *put_series(json_t *object, const tt_quantities *q, tt_named_group group, bool full)
{
    for (size_t k = 0; k < tt_named_series_count(); k++) {
        const tt_named *named = tt_named_series_at(k);
        if (named->group == group)
            object = tt_json_put(object, named->key, tt_json_series(tt_named_series(q, named), full));
    }
    return object;
}

json_t *tt_json_judgement(const char *name, const tt_judgement *judgement, bool full)
{
    const tt_quantities *q = &judgement->quantities;
    const tt_evaluation *evaluation = &judgement->evaluation;
    json_t *object = json_object(), *at = json_object();
    object = tt_json_put(object, "format", tt_json_text("trustree-eval-1"));
    object = tt_json_put(object, "name", tt_json_text(name));
    object = tt_json_put(object, "vocab", json_integer((json_int_t)q->vocab));
    object = tt_json_put(object, "horizon", json_integer((json_int_t)q->horizon));
    object = tt_json_put(object, "engine", tt_json_text(judgement->engine->name));
    object = tt_json_put(object, "dominated", judgement->measured ? json_boolean(q->dominated) : json_null());
    object = put_reals(object, q, TT_NAMED_FIRST, full);
    object = put_series(object, q, TT_NAMED_FIRST, full);
    object = put_reals(object, q, TT_NAMED_VARIANCE, full);
    at = tt_json_put(at, "tv_max", tt_json_text(q->tv_max_at));
    at = tt_json_put(at, "kl_max", tt_json_text(q->kl_max_at));
    object = tt_json_put(object, "attained_at", at);
    object = tt_json_put(object, "identities", identities_json(evaluation));
    object = tt_json_put(object, "inequalities", inequalities_json(evaluation));
    object = tt_json_put(object, "bounds", bounds_json(evaluation, full));
    /* beyond CLI.md's contract */
    object = put_reals(object, q, TT_NAMED_MORE, full);
    object = put_series(object, q, TT_NAMED_MORE, full);
    object = tt_json_put(object, "precision", json_integer((json_int_t)judgement->precision));
    if (q->method) {
        object = tt_json_put(object, "arithmetic", tt_json_text(q->method));
        object = tt_json_put(object, "pruned_rollout", tt_json_real(&q->pruned_rollout, full));
        object = tt_json_put(object, "pruned_target", tt_json_real(&q->pruned_target, full));
    }
    return tt_json_put(object, "version", tt_json_text(PACKAGE_VERSION));
}

tt_status tt_json_write(FILE *out, json_t *value, tt_error *error)
{
    int written;
    if (!value)
        return tt_no_memory(error);
    written = json_dumpf(value, out, JSON_INDENT(2));
    json_decref(value);
    if (written != 0 && !ferror(out))
        return tt_no_memory(error);
    fputc('\n', out);
    return tt_stream_check(out, error);
}

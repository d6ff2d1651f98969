#include "instance_json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "../number/gcd.h"
#include "file.h"
#include "place.h"

/* A key's numbers have at most this many digits; more cannot be in range. */
#define KEY_DIGITS 10
/* Names in messages are cut to this many bytes. */
#define NAME_SHOWN 80

typedef struct {
    tt_instance *instance;
    size_t vocab, horizon;
    mpq_t *rows[2];   /* vocab rationals each, made when a row of that length is first met */
    mpq_t number;
    uint64_t *weights; /* vocab */
    uint32_t *tokens; /* of the key at hand */
    size_t depth, token_room;
    json_t *states;   /* machine form: state name -> number */
    tt_error *error;
} reader;

/* ---- pieces of JSON ------------------------------------------------------------- */

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real number";
    case JSON_TRUE:
        return "true";
    case JSON_FALSE:
        return "false";
    default:
        return "null";
    }
}

static tt_status fail_type(const reader *r, const tt_place *at, const char *expected, const json_t *value)
{
    return tt_fail_at(r->error, TT_BAD_INPUT, at, "%s is expected, not %s", expected, type_name(value));
}

static tt_status fail_name(const reader *r, const tt_place *at, const char *what, const char *name)
{
    char shown[NAME_SHOWN];
    tt_shorten(shown, sizeof shown, name);
    return tt_fail_at(r->error, TT_BAD_INPUT, at, "%s: \"%s\"", what, shown);
}

/* at: where the object stands, NULL for the whole. fields ends with NULL. */
static tt_status check_object(const reader *r, const json_t *object, const tt_place *at, const char *const *fields)
{
    const char *key;
    json_t *value;
    if (!json_is_object(object))
        return fail_type(r, at, "an object", object);
    json_object_foreach((json_t *)object, key, value) {
        size_t k = 0;
        while (fields[k] && strcmp(fields[k], key) != 0)
            k++;
        if (!fields[k])
            return tt_fail_at(r->error, TT_BAD_INPUT, TT_FIELD(at, key), "unknown field");
    }
    return TT_OK;
}

static tt_status get_field(json_t **out, const reader *r, const json_t *object, const tt_place *at, const char *name)
{
    *out = json_object_get(object, name);
    if (!*out)
        return tt_fail_at(r->error, TT_BAD_INPUT, TT_FIELD(at, name), "this field is missing");
    return TT_OK;
}

static tt_status get_string(const char **out, const reader *r, const json_t *value, const tt_place *at)
{
    *out = json_is_string(value) ? json_string_value(value) : "";
    return json_is_string(value) ? TT_OK : fail_type(r, at, "a string", value);
}

/* Frees the value of a key, one of many, when it was read: it is in the cache then. */
static void drop_value(json_t *object, const char *key)
{
    json_object_iter_set_new(object, json_object_key_to_iter(key), json_null());
}

static tt_status read_size(size_t *out, const reader *r, const json_t *root, const char *name)
{
    json_t *value;
    tt_status status = get_field(&value, r, root, NULL, name);
    if (status != TT_OK)
        return status;
    if (!json_is_integer(value))
        return fail_type(r, TT_FIELD(NULL, name), "an integer", value);
    if (json_integer_value(value) < 1 || json_integer_value(value) > (json_int_t)TT_SIZE_MAX)
        return tt_fail_at(r->error, TT_BAD_INPUT, TT_FIELD(NULL, name), "%" JSON_INTEGER_FORMAT
                          " is not between 1 and %lu", json_integer_value(value), TT_SIZE_MAX);
    *out = (size_t)json_integer_value(value);
    return TT_OK;
}

/* Digits that fit 32 bits. */
#define SHORT_DIGITS 9

/* Reads such digits, one at least, and moves *text past them. */
static bool read_short(uint32_t *out, const char **text)
{
    const char *c = *text;
    *out = 0;
    for (; *c >= '0' && *c <= '9'; c++)
        *out = 10 * *out + (uint32_t)(*c - '0');
    if (c == *text || c - *text > SHORT_DIGITS)
        return false;
    *text = c;
    return true;
}

/* Two short numbers with a '/' between them and nothing else; false: it is not that. */
static bool read_short_fraction(uint32_t *numerator, uint32_t *denominator, const char *text)
{
    return read_short(numerator, &text) && *text++ == '/' && read_short(denominator, &text) && *text == 0;
}

static tt_status read_number(mpq_t out, const reader *r, const json_t *value, const tt_place *at)
{
    tt_error inner = {0};
    uint32_t numerator, denominator;
    tt_status status;
    if (json_is_string(value) && read_short_fraction(&numerator, &denominator, json_string_value(value)) &&
        denominator > 0) {
        uint32_t divisor = (uint32_t)tt_gcd(numerator, denominator);
        mpq_set_ui(out, numerator / divisor, denominator / divisor);
        return TT_OK;
    }
    if (json_is_string(value)) {
        status = tt_exact_parse(out, json_string_value(value), json_string_length(value), &inner);
    } else if (json_is_integer(value)) {
        char text[32];
        int length = snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        status = tt_exact_parse(out, text, (size_t)length, &inner);
    } else if (json_is_real(value)) {
        return tt_fail_at(r->error, TT_BAD_INPUT, at, "a real number is not exact; put it in quotes");
    } else {
        return fail_type(r, at, "a number in quotes", value);
    }
    return status == TT_OK ? TT_OK : tt_fail_within(r->error, &inner, at);
}

static tt_status check_length(const reader *r, const json_t *array, const tt_place *at)
{
    if (!json_is_array(array))
        return fail_type(r, at, "an array", array);
    if (json_array_size(array) != r->vocab)
        return tt_fail_at(r->error, TT_BAD_INPUT, at, "the length is %zu, but vocab is %zu", json_array_size(array),
                          r->vocab);
    return TT_OK;
}

/* Reads a row into rows[which]; its sum is checked where it is used. */
static tt_status read_row(reader *r, size_t which, const json_t *array, const tt_place *at)
{
    tt_status status = check_length(r, array, at);
    if (status != TT_OK)
        return status;
    if (!r->rows[which]) {
        r->rows[which] = calloc(r->vocab, sizeof *r->rows[which]);
        if (!r->rows[which])
            return tt_no_memory(r->error);
        for (size_t v = 0; v < r->vocab; v++)
            mpq_init(r->rows[which][v]);
    }
    for (size_t v = 0; v < r->vocab && status == TT_OK; v++)
        status = read_number(r->rows[which][v], r, json_array_get(array, v), TT_INDEX(at, v));
    return status;
}

/* A row of short fractions w / S over one S > 0, their sum, is known by its weights. *found: it is such a row. */
static tt_status read_weights(bool *found, reader *r, const json_t *array)
{
    uint64_t sum = 0;
    uint32_t weight, total, first = 0;
    *found = json_is_array(array) && json_array_size(array) == r->vocab;
    if (*found && !r->weights)
        r->weights = calloc(r->vocab, sizeof *r->weights);
    if (*found && !r->weights)
        return tt_no_memory(r->error);
    for (size_t v = 0; v < r->vocab && *found; v++) {
        const char *text = json_string_value(json_array_get(array, v));
        *found = text && read_short_fraction(&weight, &total, text);
        if (!*found)
            break;
        first = v == 0 ? total : first;
        *found = total == first;
        r->weights[v] = weight;
        sum += weight;
    }
    *found = *found && first > 0 && sum == first;
    return TT_OK;
}

/* A setter's status, with the place put before its error. */
static tt_status at_place(const reader *r, tt_status status, const tt_error *inner, const tt_place *at)
{
    return status == TT_OK ? TT_OK : tt_fail_within(r->error, inner, at);
}

/* ---- context keys ---------------------------------------------------------------- */

/* Reads digits without leading zeros and moves *text past them. */
static bool read_key_number(uint64_t *out, const char **text)
{
    size_t length = 0;
    *out = 0;
    for (const char *c = *text; *c >= '0' && *c <= '9' && length <= KEY_DIGITS; c++, length++)
        *out = 10 * *out + (uint64_t)(*c - '0');
    if (length == 0 || length > KEY_DIGITS || (length > 1 && **text == '0'))
        return false;
    *text += length;
    return *out <= UINT32_MAX;
}

/* PROMPT:y1.y2... into *prompt, r->tokens and r->depth. */
static tt_status read_key(size_t *prompt, reader *r, const char *key, const tt_place *at)
{
    uint64_t number = 0;
    bool good = read_key_number(&number, &key) && *key++ == ':';
    *prompt = (size_t)number;
    r->depth = 0;
    while (good && *key) {
        good = (r->depth == 0 || *key++ == '.') && read_key_number(&number, &key);
        if (r->depth == r->token_room) {
            size_t room = r->token_room ? 2 * r->token_room : 64;
            uint32_t *tokens = reallocarray(r->tokens, room, sizeof *tokens);
            if (!tokens)
                return tt_no_memory(r->error);
            r->tokens = tokens;
            r->token_room = room;
        }
        r->tokens[r->depth++] = (uint32_t)number;
    }
    if (!good)
        return tt_fail_at(r->error, TT_BAD_INPUT, at,
                          "a key is PROMPT:y1.y2..., numbers below 2^32 without leading zeros");
    return TT_OK;
}

/* ---- the parts of an instance ------------------------------------------------------ */

static tt_status read_format(const reader *r, const json_t *root)
{
    const char *format = "";
    json_t *value;
    tt_status status = get_field(&value, r, root, NULL, "format");
    if (status == TT_OK)
        status = get_string(&format, r, value, TT_FIELD(NULL, "format"));
    if (status == TT_OK && strcmp(format, TT_INSTANCE_FORMAT) != 0)
        return fail_name(r, TT_FIELD(NULL, "format"), "this is not " TT_INSTANCE_FORMAT, format);
    return status;
}

static tt_status read_name(const reader *r, const json_t *root)
{
    const char *name = "";
    json_t *value = json_object_get(root, "name");
    tt_status status;
    if (!value)
        return TT_OK;
    status = get_string(&name, r, value, TT_FIELD(NULL, "name"));
    if (status == TT_OK && tt_instance_set_name(r->instance, name) != TT_OK)
        return tt_no_memory(r->error);
    return status;
}

/* The number of a state by its name. */
static tt_status read_state(size_t *state, const reader *r, const json_t *value, const tt_place *at)
{
    const char *name;
    json_t *number;
    tt_status status = get_string(&name, r, value, at);
    if (status != TT_OK)
        return status;
    number = json_object_get(r->states, name);
    if (!number)
        return fail_name(r, at, "there is no such state", name);
    *state = (size_t)json_integer_value(number);
    return TT_OK;
}

static tt_status add_prompt(reader *r, const json_t *probability, size_t state, const tt_place *at)
{
    tt_error inner = {0};
    tt_status status = read_number(r->number, r, probability, at);
    if (status != TT_OK)
        return status;
    return at_place(r, tt_instance_add_prompt(r->instance, r->number, state, &inner), &inner, at);
}

static tt_status read_machine_prompt(reader *r, const json_t *prompt, const tt_place *at)
{
    static const char *const fields[] = {"probability", "state", NULL};
    json_t *probability, *name;
    size_t state = 0;
    tt_status status = check_object(r, prompt, at, fields);
    if (status == TT_OK)
        status = get_field(&probability, r, prompt, at, "probability");
    if (status == TT_OK)
        status = get_field(&name, r, prompt, at, "state");
    if (status == TT_OK)
        status = read_state(&state, r, name, TT_FIELD(at, "state"));
    if (status == TT_OK)
        status = add_prompt(r, probability, state, TT_FIELD(at, "probability"));
    return status;
}

static tt_status read_prompts(reader *r, const json_t *root)
{
    const tt_place *at = TT_FIELD(NULL, "prompts");
    json_t *prompts;
    tt_status status = get_field(&prompts, r, root, NULL, "prompts");
    if (status == TT_OK && !json_is_array(prompts))
        return fail_type(r, at, "an array", prompts);
    if (status == TT_OK && json_array_size(prompts) == 0)
        return tt_fail_at(r->error, TT_BAD_INPUT, at, "at least one prompt is needed");
    for (size_t x = 0; status == TT_OK && x < json_array_size(prompts); x++) {
        const json_t *prompt = json_array_get(prompts, x);
        if (r->states)
            status = read_machine_prompt(r, prompt, TT_INDEX(at, x));
        else
            status = add_prompt(r, prompt, 0, TT_INDEX(at, x));
    }
    return status;
}

static tt_status read_context(reader *r, tt_policy policy, const char *key, const json_t *row, const tt_place *at)
{
    size_t prompt = 0, number;
    tt_error inner = {0};
    bool weights = false;
    tt_status status = read_key(&prompt, r, key, at);
    if (status == TT_OK)
        status = read_weights(&weights, r, row);
    if (status == TT_OK && !weights)
        status = read_row(r, policy, row, at);
    if (status != TT_OK)
        return status;
    status = weights ? tt_instance_add_weights(&number, r->instance, r->weights, &inner)
                     : tt_instance_add_row(&number, r->instance, r->rows[policy], &inner);
    if (status == TT_OK)
        status = tt_instance_set_context_row(r->instance, policy, prompt, r->tokens, r->depth, number, &inner);
    return at_place(r, status, &inner, at);
}

static tt_status read_default_row(reader *r, tt_policy policy, const json_t *row, const tt_place *at)
{
    tt_error inner = {0};
    tt_status status = read_row(r, policy, row, at);
    if (status != TT_OK)
        return status;
    return at_place(r, tt_instance_set_default(r->instance, policy, r->rows[policy], &inner), &inner, at);
}

static tt_status read_policy(reader *r, tt_policy policy, const json_t *object, const tt_place *at)
{
    static const char *const fields[] = {"default", "contexts", NULL};
    const tt_place *inside = TT_FIELD(at, "contexts");
    json_t *row, *contexts;
    const char *key;
    tt_status status = check_object(r, object, at, fields);
    if (status != TT_OK)
        return status;
    row = json_object_get(object, "default");
    contexts = json_object_get(object, "contexts");
    if (row)
        status = read_default_row(r, policy, row, TT_FIELD(at, "default"));
    if (status != TT_OK || !contexts)
        return status;
    if (!json_is_object(contexts))
        return fail_type(r, inside, "an object", contexts);
    json_object_foreach(contexts, key, row) {
        status = read_context(r, policy, key, row, TT_KEY(inside, key));
        if (status != TT_OK)
            break;
        drop_value(contexts, key);
    }
    return status;
}

static tt_status read_policies(reader *r, const json_t *root)
{
    json_t *rollout, *target = json_object_get(root, "target");
    tt_status status = get_field(&rollout, r, root, NULL, "rollout");
    if (status == TT_OK)
        status = read_policy(r, TT_ROLLOUT, rollout, TT_FIELD(NULL, "rollout"));
    if (status == TT_OK && target)
        status = read_policy(r, TT_TARGET, target, TT_FIELD(NULL, "target"));
    return status;
}

/* Numbers the states in the order of the file, before anything refers to them. */
static tt_status number_states(reader *r, json_t *states)
{
    json_int_t count = 0;
    const char *name;
    json_t *state;
    if (!json_is_object(states))
        return fail_type(r, TT_FIELD(NULL, "states"), "an object", states);
    r->states = json_object();
    if (!r->states)
        return tt_no_memory(r->error);
    json_object_foreach(states, name, state) {
        if (json_object_set_new_nocheck(r->states, name, json_integer(count++)) != 0)
            return tt_no_memory(r->error);
    }
    return TT_OK;
}

static tt_status read_next(size_t *next, const reader *r, const json_t *array, const tt_place *at)
{
    tt_status status = check_length(r, array, at);
    for (size_t v = 0; v < r->vocab && status == TT_OK; v++)
        status = read_state(&next[v], r, json_array_get(array, v), TT_INDEX(at, v));
    return status;
}

static tt_status add_state(reader *r, const char *name, bool has_target, const json_t *next_names, const tt_place *at)
{
    tt_error inner = {0};
    size_t *next = calloc(r->vocab, sizeof *next);
    tt_status status;
    if (!next)
        return tt_no_memory(r->error);
    status = read_next(next, r, next_names, TT_FIELD(at, "next"));
    if (status == TT_OK) {
        status = tt_instance_add_state(r->instance, name, r->rows[TT_ROLLOUT], has_target ? r->rows[TT_TARGET] : NULL,
                                       next, &inner);
        status = at_place(r, status, &inner, at);
    }
    free(next);
    return status;
}

static tt_status read_machine_state(reader *r, const char *name, const json_t *state, const tt_place *at)
{
    static const char *const fields[] = {"rollout", "target", "next", NULL};
    json_t *rollout, *target, *next;
    tt_status status = check_object(r, state, at, fields);
    if (status == TT_OK)
        status = get_field(&rollout, r, state, at, "rollout");
    if (status == TT_OK)
        status = get_field(&next, r, state, at, "next");
    if (status == TT_OK)
        status = read_row(r, TT_ROLLOUT, rollout, TT_FIELD(at, "rollout"));
    if (status != TT_OK)
        return status;
    target = json_object_get(state, "target");
    if (target)
        status = read_row(r, TT_TARGET, target, TT_FIELD(at, "target"));
    return status == TT_OK ? add_state(r, name, target != NULL, next, at) : status;
}

static tt_status read_states(reader *r, json_t *states)
{
    const tt_place *at = TT_FIELD(NULL, "states");
    const char *name;
    json_t *state;
    json_object_foreach(states, name, state) {
        tt_status status = read_machine_state(r, name, state, TT_KEY(at, name));
        if (status != TT_OK)
            return status;
    }
    return TT_OK;
}

static tt_status read_response(reader *r, const char *key, const tt_place *at)
{
    size_t prompt = 0;
    tt_error inner = {0};
    tt_status status = read_key(&prompt, r, key, at);
    if (status == TT_OK)
        status = at_place(r, tt_instance_set_reward(r->instance, prompt, r->tokens, r->depth, r->number, &inner),
                          &inner, at);
    return status;
}

static tt_status read_state_reward(reader *r, const char *name, const tt_place *at)
{
    tt_error inner = {0};
    json_t *number = json_object_get(r->states, name);
    if (!number)
        return tt_fail_at(r->error, TT_BAD_INPUT, at, "there is no such state");
    return at_place(r, tt_instance_set_state_reward(r->instance, (size_t)json_integer_value(number), r->number, &inner),
                    &inner, at);
}

static tt_status read_rewards(reader *r, json_t *list, const tt_place *at)
{
    const char *key;
    json_t *value;
    if (!json_is_object(list))
        return fail_type(r, at, "an object", list);
    json_object_foreach(list, key, value) {
        tt_status status = read_number(r->number, r, value, TT_KEY(at, key));
        if (status == TT_OK)
            status = r->states ? read_state_reward(r, key, TT_KEY(at, key)) : read_response(r, key, TT_KEY(at, key));
        if (status != TT_OK)
            return status;
        drop_value(list, key);
    }
    return TT_OK;
}

static tt_status read_reward(reader *r, const json_t *root)
{
    const char *fields[] = {"default", r->states ? "states" : "trajectories", NULL};
    const tt_place *at = TT_FIELD(NULL, "reward");
    tt_error inner = {0};
    json_t *reward, *value;
    tt_status status = get_field(&reward, r, root, NULL, "reward");
    if (status == TT_OK)
        status = check_object(r, reward, at, fields);
    if (status != TT_OK)
        return status;
    value = json_object_get(reward, "default");
    if (value) {
        const tt_place *here = TT_FIELD(at, "default");
        status = read_number(r->number, r, value, here);
        if (status == TT_OK)
            status = at_place(r, tt_instance_set_reward_default(r->instance, r->number, &inner), &inner, here);
    }
    value = json_object_get(reward, fields[1]);
    if (status == TT_OK && value)
        status = read_rewards(r, value, TT_FIELD(at, fields[1]));
    return status;
}

static tt_status read_root(reader *r, json_t *root)
{
    static const char *const tree_fields[] = {"format", "name",    "vocab",  "horizon", "prompts",
                                              "reward", "rollout", "target", NULL};
    static const char *const machine_fields[] = {"format",  "name",   "vocab",  "horizon",
                                                 "prompts", "reward", "states", NULL};
    json_t *states = json_object_get(root, "states");
    tt_status status = json_is_object(root) ? read_format(r, root) : fail_type(r, NULL, "an object", root);
    if (status == TT_OK)
        status = check_object(r, root, NULL, states ? machine_fields : tree_fields);
    if (status == TT_OK)
        status = read_size(&r->vocab, r, root, "vocab");
    if (status == TT_OK)
        status = read_size(&r->horizon, r, root, "horizon");
    if (status == TT_OK && states)
        status = number_states(r, states);
    if (status == TT_OK)
        status = tt_instance_new(&r->instance, states ? TT_FORM_MACHINE : TT_FORM_TREE, r->vocab, r->horizon, r->error);
    if (status == TT_OK)
        status = read_name(r, root);
    if (status == TT_OK)
        status = read_prompts(r, root);
    if (status == TT_OK)
        status = states ? read_states(r, states) : read_policies(r, root);
    if (status == TT_OK)
        status = read_reward(r, root);
    if (status == TT_OK)
        status = tt_instance_finish(r->instance, r->error);
    return status;
}

/* ---- reading --------------------------------------------------------------------- */

static void reader_clear(reader *r)
{
    for (size_t which = 0; which < 2; which++) {
        if (r->rows[which])
            for (size_t v = 0; v < r->vocab; v++)
                mpq_clear(r->rows[which][v]);
        free(r->rows[which]);
    }
    mpq_clear(r->number);
    free(r->weights);
    free(r->tokens);
    json_decref(r->states);
    tt_instance_free(r->instance);
}

static tt_status fail_position(tt_error *error, size_t line, size_t column, const char *what)
{
    char where[64];
    snprintf(where, sizeof where, "line %zu, column %zu", line, column);
    return tt_fail_at(error, TT_BAD_INPUT, TT_FIELD(NULL, where), "%s", what);
}

/* What the parser would refuse as well, without saying why. */
static tt_status check_text(const char *text, size_t length, tt_error *error)
{
    const char *nul = memchr(text, 0, length);
    size_t blank = 0;
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        return fail_position(error, 1, 1, "the text begins with a byte order mark");
    if (nul) {
        size_t line = 1, column = 1;
        for (const char *c = text; c < nul; c++) {
            line += *c == '\n';
            column = *c == '\n' ? 1 : column + 1;
        }
        return fail_position(error, line, column, "the text holds a NUL byte");
    }
    while (blank < length && strchr(" \t\r\n", text[blank]))
        blank++;
    return blank < length ? TT_OK : tt_fail(error, TT_BAD_INPUT, NULL, "the text is empty");
}

static tt_status parse(json_t **root, const char *text, size_t length, tt_error *error)
{
    json_error_t problem = {.line = -1};
    enum json_error_code code;
    const char *what = problem.text;
    tt_status status = check_text(text, length, error);
    if (status != TT_OK)
        return status;
    *root = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
    if (*root)
        return TT_OK;
    code = json_error_code(&problem);
    /* where it gives no reason, Jansson ran out of memory before it had one */
    if (code == json_error_out_of_memory || problem.text[0] == 0)
        return tt_no_memory(error);
    if (code == json_error_null_character || code == json_error_null_byte_in_key)
        what = "a string holds a NUL character";
    return fail_position(error, (size_t)(problem.line > 0 ? problem.line : 1),
                         (size_t)(problem.column > 0 ? problem.column : 1), what);
}

tt_status tt_instance_read_text(tt_instance **out, const char *text, size_t length, tt_error *error)
{
    reader r = {.error = error};
    json_t *root = NULL;
    tt_status status = parse(&root, text, length, error);
    *out = NULL;
    if (status != TT_OK)
        return status;
    mpq_init(r.number);
    status = read_root(&r, root);
    if (status == TT_OK) {
        *out = r.instance;
        r.instance = NULL;
    }
    reader_clear(&r);
    json_decref(root);
    return status;
}

tt_status tt_instance_read(tt_instance **out, const char *path, tt_error *error)
{
    char *text;
    size_t length;
    tt_status status = tt_file_read(&text, &length, path, error);
    *out = NULL;
    if (status == TT_OK)
        status = tt_instance_read_text(out, text, length, error);
    free(text);
    return status;
}

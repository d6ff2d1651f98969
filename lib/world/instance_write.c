#include <jansson.h>
#include <stdlib.h>

#include "../number/text_stream.h"
#include "file.h"
#include "instance_json.h"

/* An instance being written, one member per line. The first failure stays. */
typedef struct {
    FILE *out;
    const tt_instance *instance;
    int depth;
    bool empty; /* nothing stands in the innermost object yet */
    tt_status status;
    tt_error *error;
} writer;

static void new_line(const writer *w)
{
    fprintf(w->out, "\n%*s", 2 * w->depth, "");
}

static void put_string(writer *w, const char *text)
{
    json_t *string = json_string(text);
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    json_decref(string);
    if (quoted)
        fputs(quoted, w->out);
    else if (w->status == TT_OK)
        w->status = tt_fail(w->error, TT_BAD_INPUT, NULL, "a name is not UTF-8 text");
    free(quoted);
}

/* The comma, the line and the key of the next member. */
static void put_key(writer *w, const char *key)
{
    if (!w->empty)
        putc(',', w->out);
    w->empty = false;
    new_line(w);
    put_string(w, key);
    fputs(": ", w->out);
}

static void open_object(writer *w)
{
    putc('{', w->out);
    w->depth++;
    w->empty = true;
}

static void close_object(writer *w)
{
    w->depth--;
    if (!w->empty)
        new_line(w);
    putc('}', w->out);
    w->empty = false;
}

static void put_number(const writer *w, mpq_srcptr q)
{
    gmp_fprintf(w->out, "\"%Qd\"", q);
}

static void put_row(const writer *w, size_t row)
{
    mpq_t entry;
    mpq_init(entry);
    for (size_t v = 0; v < tt_instance_vocab(w->instance); v++) {
        fputs(v ? ", " : "[", w->out);
        tt_row_store_get(entry, tt_instance_rows(w->instance), row, v);
        put_number(w, entry);
    }
    putc(']', w->out);
    mpq_clear(entry);
}

static void put_prompts(writer *w)
{
    bool machine = tt_instance_form(w->instance) == TT_FORM_MACHINE;
    put_key(w, "prompts");
    for (size_t x = 0; x < tt_instance_prompts(w->instance); x++) {
        fputs(x ? ", " : "[", w->out);
        if (machine)
            fputs("{ \"probability\": ", w->out);
        put_number(w, tt_instance_prompt(w->instance, x));
        if (machine) {
            fputs(", \"state\": ", w->out);
            put_string(w, tt_instance_state_name(w->instance, tt_instance_first_state(w->instance, x)));
            fputs(" }", w->out);
        }
    }
    putc(']', w->out);
}

/* ---- tree form ------------------------------------------------------------------- */

typedef enum { LIST_ROLLOUT, LIST_TARGET, LIST_REWARD } list_kind;

/* A list of contexts or responses; its object is opened with its first member. */
typedef struct {
    writer *w;
    list_kind kind;
    bool open;
} context_list;

static tt_status put_listed(void *context, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout,
                            size_t target, mpq_srcptr reward)
{
    context_list *list = context;
    size_t row = list->kind == LIST_ROLLOUT ? rollout : target;
    char *key;
    if (list->kind == LIST_REWARD ? reward == NULL : row == TT_NONE)
        return TT_OK;
    key = tt_context_key(prompt, tokens, depth);
    if (!key)
        return TT_NO_MEMORY;
    if (!list->open) {
        put_key(list->w, list->kind == LIST_REWARD ? "trajectories" : "contexts");
        open_object(list->w);
        list->open = true;
    }
    put_key(list->w, key);
    if (list->kind == LIST_REWARD)
        put_number(list->w, reward);
    else
        put_row(list->w, row);
    free(key);
    return TT_OK;
}

static void put_list(writer *w, list_kind kind)
{
    context_list list = {w, kind, false};
    tt_status status = tt_instance_each_context(w->instance, put_listed, &list);
    if (list.open)
        close_object(w);
    if (status != TT_OK && w->status == TT_OK)
        w->status = tt_fail(w->error, status, NULL, "out of memory");
}

static tt_status find_target(void *context, size_t prompt, const uint32_t *tokens, size_t depth, size_t rollout,
                             size_t target, mpq_srcptr reward)
{
    (void)prompt, (void)tokens, (void)depth, (void)rollout, (void)reward;
    *(bool *)context = *(bool *)context || target != TT_NONE;
    return TT_OK;
}

static bool has_target(const writer *w)
{
    bool listed = tt_instance_default_row(w->instance, TT_TARGET) != TT_NONE;
    if (!listed && tt_instance_each_context(w->instance, find_target, &listed) != TT_OK)
        return true;
    return listed;
}

static void put_policy(writer *w, tt_policy policy)
{
    size_t row = tt_instance_default_row(w->instance, policy);
    put_key(w, policy == TT_ROLLOUT ? "rollout" : "target");
    open_object(w);
    if (row != TT_NONE) {
        put_key(w, "default");
        put_row(w, row);
    }
    put_list(w, policy == TT_ROLLOUT ? LIST_ROLLOUT : LIST_TARGET);
    close_object(w);
}

/* ---- machine form ------------------------------------------------------------------ */

static void put_next(writer *w, size_t state)
{
    for (size_t v = 0; v < tt_instance_vocab(w->instance); v++) {
        fputs(v ? ", " : "[", w->out);
        put_string(w, tt_instance_state_name(w->instance, tt_instance_next(w->instance, state, v)));
    }
    putc(']', w->out);
}

static void put_states(writer *w)
{
    put_key(w, "states");
    open_object(w);
    for (size_t s = 0; s < tt_instance_states(w->instance); s++) {
        size_t rollout, target, pair = tt_instance_state_pair(w->instance, s);
        tt_row_store_pair_rows(&rollout, &target, tt_instance_rows(w->instance), pair);
        put_key(w, tt_instance_state_name(w->instance, s));
        fputs("{ \"rollout\": ", w->out);
        put_row(w, rollout);
        if (target != rollout) {
            fputs(", \"target\": ", w->out);
            put_row(w, target);
        }
        fputs(", \"next\": ", w->out);
        put_next(w, s);
        fputs(" }", w->out);
    }
    close_object(w);
}

static void put_state_rewards(writer *w)
{
    bool open = false;
    for (size_t s = 0; s < tt_instance_states(w->instance); s++) {
        mpq_srcptr reward = tt_instance_listed_state_reward(w->instance, s);
        if (!reward)
            continue;
        if (!open) {
            put_key(w, "states");
            open_object(w);
            open = true;
        }
        put_key(w, tt_instance_state_name(w->instance, s));
        put_number(w, reward);
    }
    if (open)
        close_object(w);
}

/* ---- the whole --------------------------------------------------------------------- */

static void put_reward(writer *w)
{
    mpq_srcptr value = tt_instance_reward_default(w->instance);
    put_key(w, "reward");
    open_object(w);
    if (value) {
        put_key(w, "default");
        put_number(w, value);
    }
    if (tt_instance_form(w->instance) == TT_FORM_TREE)
        put_list(w, LIST_REWARD);
    else
        put_state_rewards(w);
    close_object(w);
}

static void put_instance(writer *w)
{
    open_object(w);
    put_key(w, "format");
    put_string(w, TT_INSTANCE_FORMAT);
    if (*tt_instance_name(w->instance)) {
        put_key(w, "name");
        put_string(w, tt_instance_name(w->instance));
    }
    put_key(w, "vocab");
    fprintf(w->out, "%zu", tt_instance_vocab(w->instance));
    put_key(w, "horizon");
    fprintf(w->out, "%zu", tt_instance_horizon(w->instance));
    put_prompts(w);
    if (tt_instance_form(w->instance) == TT_FORM_MACHINE) {
        put_states(w);
    } else {
        put_policy(w, TT_ROLLOUT);
        if (has_target(w))
            put_policy(w, TT_TARGET);
    }
    put_reward(w);
    close_object(w);
    putc('\n', w->out);
}

tt_status tt_instance_write(FILE *out, const tt_instance *instance, tt_error *error)
{
    writer w = {.out = out, .instance = instance, .depth = 0, .empty = true, .status = TT_OK, .error = error};
    put_instance(&w);
    return w.status == TT_OK ? tt_stream_check(out, error) : w.status;
}

static tt_status write_instance(FILE *out, const void *thing, tt_error *error)
{
    return tt_instance_write(out, thing, error);
}

tt_status tt_instance_write_file(const char *path, const tt_instance *instance, tt_error *error)
{
    return tt_file_write(path, write_instance, instance, error);
}

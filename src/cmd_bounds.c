/* trustree bounds: the closed forms and their inverses, for numbers that a person has. */
#include <stdlib.h>
#include <string.h>

#include "../lib/catalogue/ceiling.h"
#include "../lib/catalogue/evaluation.h"
#include "../lib/catalogue/given.h"
#include "../lib/catalogue/roots.h"
#include "../lib/catalogue/solve.h"
#include "../lib/number/exact.h"
#include "../lib/report/json.h"
#include "../lib/report/number.h"
#include "cli.h"
#include "commands.h"
#include "settings_table.h"

/* An enclosure wider than this is computed again: reports promise 25 digits. */
#define WIDTH_LOG2 (-90)
#define LINE_LENGTH 110
#define CEILING_DIGITS 17

enum {
    OPTION_INPUT = 1, /* the inputs, in the order of tt_input */
    OPTION_SETTINGS = OPTION_INPUT + TT_INPUTS,
    OPTION_SOLVE,
    OPTION_BELOW,
    OPTION_FORMAT
};

static const tt_cli_words input_words = { .list = tt_input_names };

static const tt_cli_option options[] = {
    { "horizon", OPTION_INPUT + TT_INPUT_HORIZON, "T", "number of tokens, 1 to 2^31 - 1", NULL },
    { "kl-max", OPTION_INPUT + TT_INPUT_KL_MAX, "D", "largest KL(rollout || target) of a token's law (delta)", NULL },
    { "tv-max", OPTION_INPUT + TT_INPUT_TV_MAX, "E", "largest total variation of a token's law (eps)", NULL },
    { "kl-seq", OPTION_INPUT + TT_INPUT_KL_SEQ, "K", "KL(rollout || target) of whole responses", NULL },
    { "tv-seq", OPTION_INPUT + TT_INPUT_TV_SEQ, "S", "total variation of whole responses", NULL },
    { "chi2-max", OPTION_INPUT + TT_INPUT_CHI2_MAX, "X", "largest chi-squared of a token's law (chi)", NULL },
    { "settings", OPTION_SETTINGS, "FILE",
      "a table of settings (TSV; - for standard input): a header that names\n"
      "inputs as above, then a row each; an empty cell is not given. Options\n"
      "give what is the same for all. Needs --format tsv, which repeats the\n"
      "columns beside every bound that has a value, or json, an array", NULL },
    { "solve", OPTION_SOLVE, "INPUT",
      "per bound, the largest INPUT for which it is at most B:\n%s", &input_words },
    { "below", OPTION_BELOW, "B", "the B of --solve", NULL },
    TT_FORMAT_OPTION(OPTION_FORMAT),
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "bounds",
    .arguments = "--horizon T [OPTION]...",
    .purpose = "The bounds on |Error| that follow from a few numbers. What is missing is filled in where it follows\n"
               "from what is given: the total variation by Pinsker's inequality, KL of the response as T times that\n"
               "of a token. Bounds that need more stay empty. Numbers are decimals (1e-4) or fractions (1/3).\n"
               "JSON and --settings also tell which bounds cannot fire (\"L > bound implies improvement\") on any\n"
               "pair of policies with these numbers, for any reward: those at least as large as what is proved to\n"
               "limit L (doc/bounds.md, 8.6).",
    .options = options,
};

typedef struct {
    tt_given given;
    bool has_horizon, solve, has_below;
    const char *settings; /* a file, NULL for one question */
    tt_root_sums *root_sums;
    tt_input unknown;
    mpq_t below;
    tt_format format;
    tt_notes notes;
} bounds_question;

/* Per bound of the catalogue: its value, whether it applies and can fire, or the solution. */
typedef struct {
    tt_real value;
    tt_verdict applies; /* of the precondition; TT_HOLDS where there is none */
    tt_answer can_fire; /* TT_NO: for no pair with these numbers, no reward; TT_NULL: nothing is proved */
    tt_solution solution;
} bounds_answer;

typedef struct {
    bounds_answer *of;
    tt_real ceiling; /* of largest L */
} bounds_answers;

/* ---- the question ---- */

static bool read_horizon(bounds_question *q, const tt_cli *cli)
{
    uint64_t horizon;
    if (!tt_cli_uint(&horizon, cli, 1, TT_HORIZON_MAX))
        return false;
    q->given.horizon = (size_t)horizon;
    return q->has_horizon = true;
}

static bool read_number(tt_real *out, const tt_cli *cli)
{
    if (!tt_cli_rational(out->q, cli))
        return false;
    out->kind = TT_REAL_EXACT;
    return true;
}

static bool read_unknown(bounds_question *q, const tt_cli *cli)
{
    int choice;
    if (!tt_cli_choice(&choice, cli))
        return false;
    q->unknown = (tt_input)choice;
    return q->solve = true;
}

static bool read_option(bounds_question *q, const tt_cli *cli, int code)
{
    switch (code) {
    case OPTION_INPUT + TT_INPUT_HORIZON:
        return read_horizon(q, cli);
    case OPTION_SOLVE:
        return read_unknown(q, cli);
    case OPTION_BELOW:
        return q->has_below = tt_cli_rational(q->below, cli);
    case OPTION_SETTINGS:
        q->settings = cli->value;
        return true;
    case OPTION_FORMAT:
        return tt_cli_format(&q->format, cli);
    default:
        return read_number(tt_given_number(&q->given, (tt_input)(code - OPTION_INPUT)), cli);
    }
}

static bool is_given(bounds_question *q, tt_input input)
{
    return input == TT_INPUT_HORIZON ? q->has_horizon : !tt_real_is_absent(tt_given_number(&q->given, input));
}

/* Whether the options make one question; says what is wrong. */
static bool check_question(bounds_question *q)
{
    tt_error error = TT_ERROR_INIT;
    if (q->solve != q->has_below)
        tt_cli_bad("--solve and --below go together");
    else if (q->solve && is_given(q, q->unknown))
        tt_cli_bad("--solve %s asks for what --%s gives", tt_input_names[q->unknown], tt_input_names[q->unknown]);
    else if (!q->has_horizon && !q->settings && !(q->solve && q->unknown == TT_INPUT_HORIZON))
        tt_cli_bad("bounds needs --horizon");
    else if (tt_given_check(&q->given, &error) != TT_OK)
        tt_cli_error(NULL, &error);
    else
        return true;
    return false;
}

static void question_init(bounds_question *q)
{
    memset(q, 0, sizeof *q);
    tt_given_init(&q->given);
    mpq_init(q->below);
    q->root_sums = tt_root_sums_new(); /* they only save time: without memory there are none */
    q->format = TT_FORMAT_TEXT;
}

static void question_clear(bounds_question *q)
{
    tt_given_clear(&q->given);
    mpq_clear(q->below);
    tt_root_sums_free(q->root_sums);
}

/* ---- the answers ---- */

/* False without memory. */
static bool answers_init(bounds_answers *a)
{
    a->of = calloc(tt_bound_count(), sizeof *a->of);
    for (size_t k = 0; a->of && k < tt_bound_count(); k++) {
        tt_real_init(&a->of[k].value);
        tt_solution_init(&a->of[k].solution);
    }
    tt_real_init(&a->ceiling);
    return a->of != NULL;
}

static void answers_clear(bounds_answers *a)
{
    for (size_t k = 0; a->of && k < tt_bound_count(); k++) {
        tt_real_clear(&a->of[k].value);
        tt_solution_clear(&a->of[k].solution);
    }
    free(a->of);
    tt_real_clear(&a->ceiling);
}

/* What is at least the ceiling of largest L promises nothing. */
static tt_answer judge_firing(const bounds_answer *a, const tt_bound *bound, const tt_real *ceiling)
{
    tt_order order = tt_real_cmp(&a->value, ceiling);
    bool judged = bound->kind == TT_REWARD_FREE && a->applies == TT_HOLDS;
    return judged && (order == TT_GREATER || order == TT_EQUAL) ? TT_NO : TT_NULL;
}

static void evaluate_bound(bounds_answer *a, const tt_bound *bound, const tt_quantities *q, mpfr_prec_t precision)
{
    const char *parameter = NULL;
    bound->value(&a->value, q, precision, &parameter);
    a->applies = bound->applies ? bound->applies(q, precision) : TT_HOLDS;
}

/* All bounds, each with as many bits as its digits take. */
static tt_status evaluate(bounds_answers *a, const bounds_question *question)
{
    tt_quantities q;
    tt_status status = TT_OK;
    bool wide = true;
    tt_quantities_init(&q);
    q.root_sums = question->root_sums;
    for (mpfr_prec_t precision = TT_PRECISION_DEFAULT; wide && precision <= TT_PRECISION_MAX; precision *= 2) {
        bool first = precision == TT_PRECISION_DEFAULT;
        status = tt_given_fill(&q, &question->given, precision, NULL);
        if (status != TT_OK)
            break;
        wide = false;
        for (size_t k = 0; k < tt_bound_count(); k++) {
            if (first || tt_real_width_log2(&a->of[k].value) >= WIDTH_LOG2)
                evaluate_bound(&a->of[k], tt_bound_at(k), &q, precision);
            wide = wide || tt_real_width_log2(&a->of[k].value) >= WIDTH_LOG2;
        }
    }
    if (status == TT_OK)
        tt_surrogate_ceiling(&a->ceiling, &q, TT_PRECISION_DEFAULT);
    for (size_t k = 0; status == TT_OK && k < tt_bound_count(); k++)
        a->of[k].can_fire = judge_firing(&a->of[k], tt_bound_at(k), &a->ceiling);
    tt_quantities_clear(&q);
    return status;
}

static tt_status solve(bounds_answers *a, const bounds_question *question, tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t k = 0; k < tt_bound_count() && status == TT_OK; k++)
        status = tt_solve(&a->of[k].solution, tt_bound_at(k), question->unknown, &question->given, question->below,
                          error);
    return status;
}

static tt_status notes_of(tt_notes *notes, const tt_given *given)
{
    tt_quantities q;
    tt_status status;
    tt_quantities_init(&q);
    status = tt_given_fill(&q, given, TT_PRECISION_DEFAULT, notes);
    tt_quantities_clear(&q);
    return status;
}

/* How what is missing is inferred (from the unknown too, for which any number stands here), and where a given
   number is not the smallest (whatever the unknown may be). */
static tt_status collect_notes(bounds_question *question)
{
    tt_given given;
    tt_real *unknown;
    tt_notes known;
    tt_status status;
    if (!question->solve)
        return notes_of(&question->notes, &question->given);
    tt_given_init(&given);
    tt_given_set(&given, &question->given);
    unknown = tt_given_number(&given, question->unknown);
    if (!unknown)
        given.horizon = TT_HORIZON_MAX;
    status = notes_of(&known, &given);
    if (unknown)
        tt_real_set_ui(unknown, 1);
    if (status == TT_OK)
        status = notes_of(&question->notes, &given);
    question->notes.implied_count = known.implied_count;
    memcpy(question->notes.implied, known.implied, sizeof known.implied);
    tt_given_clear(&given);
    return status;
}

/* ---- JSON ---- */

static json_t *json_inputs(const bounds_question *question)
{
    const tt_given *given = &question->given;
    json_t *horizon = question->has_horizon ? json_integer((json_int_t)given->horizon) : json_null();
    json_t *inputs = tt_json_put(json_object(), "horizon", horizon), *notes = json_array();
    inputs = tt_json_put(inputs, "kl_max", tt_json_real(&given->kl_max, false));
    inputs = tt_json_put(inputs, "tv_max", tt_json_real(&given->tv_max, false));
    inputs = tt_json_put(inputs, "kl_seq", tt_json_real(&given->kl_seq, false));
    inputs = tt_json_put(inputs, "tv_seq", tt_json_real(&given->tv_seq, false));
    inputs = tt_json_put(inputs, "chi2_max", tt_json_real(&given->chi2_max, false));
    if (question->solve) {
        tt_real below;
        tt_real_init(&below);
        tt_real_set_q(&below, question->below);
        inputs = tt_json_put(inputs, "solve", tt_json_text(tt_input_names[question->unknown]));
        inputs = tt_json_put(inputs, "below", tt_json_real(&below, false));
        tt_real_clear(&below);
    }
    for (size_t k = 0; k < question->notes.inferred_count; k++)
        notes = tt_json_push(notes, tt_json_text(question->notes.inferred[k]));
    for (size_t k = 0; k < question->notes.implied_count; k++)
        notes = tt_json_push(notes, tt_json_text(question->notes.implied[k]));
    return tt_json_put(inputs, "notes", notes);
}

/* true, false; null where that is open or there is no number to judge it by. */
static json_t *json_applies(const tt_real *number, tt_verdict applies)
{
    if (tt_real_is_absent(number) || (applies != TT_HOLDS && applies != TT_VIOLATED))
        return json_null();
    return json_boolean(applies == TT_HOLDS);
}

static json_t *json_values(const bounds_answers *answers)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_bound_count(); k++) {
        json_t *object = tt_json_put(json_object(), "id", tt_json_text(tt_bound_at(k)->id));
        object = tt_json_put(object, "value", tt_json_real(&answers->of[k].value, false));
        object = tt_json_put(object, "needs", tt_json_text(tt_bound_at(k)->needs));
        object = tt_json_put(object, "applies", json_applies(&answers->of[k].value, answers->of[k].applies));
        object = tt_json_put(object, "can_fire", tt_json_answer(answers->of[k].can_fire));
        array = tt_json_push(array, object);
    }
    return array;
}

static json_t *json_solutions(const bounds_question *question, const bounds_answers *answers)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_solution *solution = &answers->of[k].solution;
        json_t *object = tt_json_put(json_object(), "id", tt_json_text(tt_bound_at(k)->id));
        object = tt_json_put(object, "largest", tt_json_real(&solution->largest, false));
        object = tt_json_put(object, "remark", tt_json_text(tt_outcome_text(solution->outcome, question->unknown)));
        object = tt_json_put(object, "without_precondition", tt_json_text(tt_bound_at(k)->needs));
        object = tt_json_put(object, "applies", json_applies(&solution->largest, solution->applies));
        array = tt_json_push(array, object);
    }
    return array;
}

static tt_status write_json(FILE *out, const bounds_question *question, const bounds_answers *answers, tt_error *error)
{
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-bounds-1"));
    object = tt_json_put(object, "inputs", json_inputs(question));
    object = tt_json_put(object, "bounds", question->solve ? json_array() : json_values(answers));
    object = tt_json_put(object, "solve", question->solve ? json_solutions(question, answers) : json_array());
    object = tt_json_put(object, "surrogate_ceiling", tt_json_real(&answers->ceiling, false));
    return tt_json_write(out, object, error);
}

/* ---- tables ---- */

/* The number that a row shows. */
static const tt_real *shown(const bounds_question *question, const bounds_answer *a)
{
    return question->solve ? &a->solution.largest : &a->value;
}

/* A solution is rounded down, so that what is read off is still allowed. */
static tt_number_text solution_text(const tt_real *largest)
{
    tt_number_text lo, hi;
    tt_number_ends(&lo, &hi, largest, TT_SHORT_DIGITS);
    return strcmp(lo.text, hi.text) != 0 ? lo : tt_number_short(largest, TT_SHORT_DIGITS);
}

static tt_number_text shown_text(const bounds_question *question, const bounds_answer *a)
{
    return question->solve ? solution_text(&a->solution.largest) : tt_number_short(&a->value, TT_SHORT_DIGITS);
}

static char *value_remark(const tt_bound *bound, const bounds_answer *a)
{
    const char *applies = a->applies == TT_VIOLATED ? "does not apply" : "may not apply";
    char *text = NULL;
    if (a->applies == TT_HOLDS || tt_real_is_absent(&a->value))
        return strdup("");
    if (asprintf(&text, "%s: needs %s", applies, bound->needs) < 0)
        return NULL;
    return text;
}

static char *solution_remark(const tt_bound *bound, tt_input unknown, const tt_solution *solution)
{
    const char *outcome = tt_outcome_text(solution->outcome, unknown);
    const char *there = solution->applies == TT_HOLDS      ? "holds"
                        : solution->applies == TT_VIOLATED ? "fails"
                                                           : "is open";
    char *text = NULL;
    if (!bound->needs || tt_real_is_absent(&solution->largest))
        return strdup(outcome ? outcome : "");
    if (asprintf(&text, "%s%ssolved without its precondition, %s, which %s there", outcome ? outcome : "",
                 outcome ? "; " : "", bound->needs, there) < 0)
        return NULL;
    return text;
}

/* What a reader must know about one answer; the caller frees it, NULL without memory. */
static char *remark(const bounds_question *question, const tt_bound *bound, const bounds_answer *a)
{
    return question->solve ? solution_remark(bound, question->unknown, &a->solution) : value_remark(bound, a);
}

/* A number exists, or something is to be said about why not. */
static bool is_shown(const bounds_question *question, const bounds_answer *a)
{
    return !tt_real_is_absent(shown(question, a)) || (question->solve && a->solution.outcome != TT_SOLVED_MISSING);
}

/* Formulas are left out of the text form, whose lines they would make too long. */
static tt_status write_for_people(FILE *out, const bounds_question *question, const bounds_answers *answers,
                                  tt_table_form form, tt_error *error)
{
    const char *number = question->solve ? tt_input_names[question->unknown] : "value";
    const char *const with_formula[] = { "bound", number, "remark", "formula" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, form == TT_TABLE_TEXT ? "lrl" : "lrll", with_formula);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        if (!is_shown(question, &answers->of[k]))
            continue;
        tt_table_add(&table, tt_bound_at(k)->id);
        tt_table_add(&table, shown_text(question, &answers->of[k]).text);
        tt_table_take(&table, remark(question, tt_bound_at(k), &answers->of[k]));
        if (form != TT_TABLE_TEXT)
            tt_table_add(&table, tt_bound_at(k)->formula);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

/* The cells that --format tsv shows of one bound. */
static void add_tsv(tt_table *table, const bounds_question *question, const tt_bound *bound, const bounds_answer *a)
{
    tt_number_text lo, hi;
    tt_table_add(table, bound->id);
    tt_number_ends(&lo, &hi, shown(question, a), TT_ENCLOSURE_DIGITS);
    tt_table_add(table, lo.text);
    tt_table_add(table, hi.text);
    tt_table_take(table, remark(question, bound, a));
}

#define TSV_HEADER "bound", "lo", "hi", "remark"

static tt_status write_tsv(FILE *out, const bounds_question *question, const bounds_answers *answers, tt_error *error)
{
    static const char *const header[] = { TSV_HEADER };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "llll", header);
    for (size_t k = 0; k < tt_bound_count(); k++)
        add_tsv(&table, question, tt_bound_at(k), &answers->of[k]);
    status = tt_table_print(out, &table, TT_TABLE_TSV, true, error);
    tt_table_clear(&table);
    return status;
}

/* ---- rows of a setting ---- */

/* "false" or nothing, and the ceiling that says so, rounded up. */
static void add_firing(tt_table *table, const bounds_answers *answers, tt_answer can_fire)
{
    tt_number_text lo, hi;
    tt_table_add(table, can_fire == TT_NO ? "false" : "");
    tt_number_ends(&lo, &hi, &answers->ceiling, CEILING_DIGITS);
    tt_table_add(table, hi.text);
}

/* The bounds with a value or a remark, each beside the setting's own cells; the header before the first setting. */
static tt_status write_setting(FILE *out, const bounds_question *question, const tt_settings_table *settings,
                               size_t row, const bounds_answers *answers, tt_error *error)
{
    static const char *const own[] = { TSV_HEADER, "can_fire", "surrogate_ceiling" };
    size_t own_count = sizeof own / sizeof *own - (question->solve ? 2 : 0);
    const char *header[TT_INPUTS + sizeof own / sizeof *own];
    char alignment[sizeof header / sizeof *header + 1] = "";
    tt_table table;
    tt_status status;
    for (size_t c = 0; c < settings->columns; c++)
        header[c] = tt_settings_name(settings, c);
    memcpy(header + settings->columns, own, own_count * sizeof *header);
    memset(alignment, 'l', settings->columns + own_count);
    tt_table_init(&table, alignment, header);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        if (!is_shown(question, &answers->of[k]))
            continue;
        for (size_t c = 0; c < settings->columns; c++)
            tt_table_add(&table, tt_settings_cell(settings, row, c));
        add_tsv(&table, question, tt_bound_at(k), &answers->of[k]);
        if (!question->solve)
            add_firing(&table, answers, answers->of[k].can_fire);
    }
    status = tt_table_print(out, &table, TT_TABLE_TSV, row == 0, error);
    tt_table_clear(&table);
    return status;
}

/* ---- text ---- */

static void print_number(FILE *out, const char *name, const tt_real *x)
{
    if (!tt_real_is_absent(x))
        fprintf(out, "%s = %s\n", name, tt_number_short(x, TT_SHORT_DIGITS).text);
}

static void print_question(FILE *out, const bounds_question *question)
{
    const tt_given *given = &question->given;
    if (question->has_horizon)
        fprintf(out, "horizon = %zu\n", given->horizon);
    print_number(out, "kl-max", &given->kl_max);
    print_number(out, "tv-max", &given->tv_max);
    print_number(out, "kl-seq", &given->kl_seq);
    print_number(out, "tv-seq", &given->tv_seq);
    print_number(out, "chi2-max", &given->chi2_max);
    for (size_t k = 0; k < question->notes.inferred_count; k++)
        fprintf(out, "inferred: %s\n", question->notes.inferred[k]);
    for (size_t k = 0; k < question->notes.implied_count; k++)
        fprintf(out, "note: %s\n", question->notes.implied[k]);
    if (question->solve) {
        tt_real below;
        tt_real_init(&below);
        tt_real_set_q(&below, question->below);
        fprintf(out, "the largest %s, rounded down, for which each bound is at most ",
                tt_input_names[question->unknown]);
        print_number(out, "B", &below);
        tt_real_clear(&below);
    }
    fputc('\n', out);
}

/* The ids without a number, in lines. */
static void print_hidden(FILE *out, const bounds_question *question, const bounds_answers *answers)
{
    const char *separator = "\nThese need numbers that are not given, or the rows of an instance:\n";
    size_t column = 0;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const char *id = tt_bound_at(k)->id;
        if (is_shown(question, &answers->of[k]))
            continue;
        if (column + strlen(id) > LINE_LENGTH) {
            separator = ",\n";
            column = 0;
        }
        column += strlen(id) + 2;
        fprintf(out, "%s%s", separator, id);
        separator = ", ";
    }
    if (column)
        fputc('\n', out);
}

static tt_status write_text(FILE *out, const bounds_question *question, const bounds_answers *answers, tt_error *error)
{
    tt_status status;
    print_question(out, question);
    status = write_for_people(out, question, answers, TT_TABLE_TEXT, error);
    print_hidden(out, question, answers);
    return status;
}

/* ---- the command ---- */

static tt_status write_answers(FILE *out, const bounds_question *question, const bounds_answers *answers,
                               tt_error *error)
{
    switch (question->format) {
    case TT_FORMAT_JSON:
        return write_json(out, question, answers, error);
    case TT_FORMAT_TSV:
        return write_tsv(out, question, answers, error);
    case TT_FORMAT_TEXT:
        return write_text(out, question, answers, error);
    default:
        return write_for_people(out, question, answers, tt_cli_table_form(question->format), error);
    }
}

static int exit_status(const bounds_question *question, const bounds_answers *answers)
{
    for (size_t k = 0; k < tt_bound_count(); k++)
        if (question->solve ? answers->of[k].solution.outcome == TT_SOLVED_UNDECIDED
                            : tt_real_width_log2(&answers->of[k].value) >= WIDTH_LOG2)
            return TT_EXIT_LIMIT;
    return TT_EXIT_OK;
}

static tt_status find_answers(bounds_answers *answers, bounds_question *question, tt_error *error)
{
    tt_status status = collect_notes(question);
    if (status == TT_OK)
        status = question->solve ? solve(answers, question, error) : evaluate(answers, question);
    if (status == TT_NO_MEMORY)
        tt_fail(error, status, NULL, "out of memory");
    return status;
}

static int answer_question(bounds_question *question)
{
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status status;
    bounds_answers answers;
    int result = TT_EXIT_OK;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    if (!answers_init(&answers))
        status = tt_no_memory(&error);
    else
        status = find_answers(&answers, question, &error);
    if (status == TT_OK) {
        status = write_answers(output.stream, question, &answers, &error);
        result = exit_status(question, &answers);
    }
    result = tt_output_end(&output, status, NULL, &error, result);
    answers_clear(&answers);
    return result;
}

/* ---- many settings ---- */

/* The input that a column names, TT_INPUTS for none. */
static tt_input column_input(const char *name)
{
    tt_input input = 0;
    while (input < TT_INPUTS && strcmp(tt_input_names[input], name) != 0)
        input++;
    return input;
}

static tt_status fail_column(tt_error *error, const char *name, const char *what)
{
    return tt_fail(error, TT_BAD_INPUT, "line 1", "%s %s", name, what);
}

/* Columns are inputs, and none is given or asked for otherwise. */
static tt_status check_columns(bounds_question *question, const tt_settings_table *table, tt_error *error)
{
    for (size_t k = 0; k < table->columns; k++) {
        const char *name = tt_settings_name(table, k);
        tt_input input = column_input(name);
        if (input == TT_INPUTS)
            return fail_column(error, name, "is no input of bounds");
        if (is_given(question, input))
            return fail_column(error, name, "is given by an option as well");
        if (question->solve && question->unknown == input)
            return fail_column(error, name, "is what --solve asks for");
    }
    return TT_OK;
}

static tt_status take_horizon(bounds_question *question, const char *cell, const char *where, tt_error *error)
{
    uint64_t horizon;
    if (!tt_cli_whole_number(&horizon, cell) || horizon < 1 || horizon > TT_HORIZON_MAX)
        return tt_fail(error, TT_BAD_INPUT, where, "not a whole number from 1 to %zu", TT_HORIZON_MAX);
    question->given.horizon = (size_t)horizon;
    question->has_horizon = true;
    return TT_OK;
}

static tt_status take_cell(bounds_question *question, const char *name, const char *cell, const char *where,
                           tt_error *error)
{
    tt_input input = column_input(name);
    tt_real *number = tt_given_number(&question->given, input);
    tt_error reason = TT_ERROR_INIT;
    if (input == TT_INPUT_HORIZON) {
        question->has_horizon = *cell != '\0';
        return *cell ? take_horizon(question, cell, where, error) : TT_OK;
    }
    tt_real_set_absent(number);
    if (!*cell)
        return TT_OK;
    if (tt_exact_parse(number->q, cell, strlen(cell), &reason) != TT_OK)
        return tt_fail(error, TT_BAD_INPUT, where, "%s", reason.what);
    number->kind = TT_REAL_EXACT;
    return TT_OK;
}

/* Puts a row in the place of what an earlier one said. */
static tt_status take_row(bounds_question *question, const tt_settings_table *table, size_t row, tt_error *error)
{
    char where[80];
    tt_error reason = TT_ERROR_INIT;
    tt_status status = TT_OK;
    for (size_t k = 0; k < table->columns && status == TT_OK; k++) {
        snprintf(where, sizeof where, "line %zu: %s", TT_SETTINGS_LINE(row), tt_settings_name(table, k));
        status = take_cell(question, tt_settings_name(table, k), tt_settings_cell(table, row, k), where, error);
    }
    snprintf(where, sizeof where, "line %zu", TT_SETTINGS_LINE(row));
    if (status == TT_OK && !question->has_horizon && !(question->solve && question->unknown == TT_INPUT_HORIZON))
        return tt_fail(error, TT_BAD_INPUT, where, "no horizon");
    if (status == TT_OK && tt_given_check(&question->given, &reason) != TT_OK)
        return tt_fail(error, TT_BAD_INPUT, where, "%s: %s", reason.where + strlen("--"), reason.what);
    return status;
}

static tt_status answer_row(FILE *out, bounds_question *question, const tt_settings_table *settings, size_t row,
                            bounds_answers *answers, tt_error *error)
{
    tt_status status = take_row(question, settings, row, error);
    if (status == TT_OK)
        status = find_answers(answers, question, error);
    if (status != TT_OK)
        return status;
    if (question->format == TT_FORMAT_TSV)
        return write_setting(out, question, settings, row, answers, error);
    fputs(row ? ",\n" : "[\n", out);
    status = write_json(out, question, answers, error);
    if (row + 1 == settings->rows)
        fputs("]\n", out);
    return status;
}

static tt_status answer_rows(FILE *out, bounds_question *question, const tt_settings_table *settings, int *result,
                             tt_error *error)
{
    bounds_answers answers;
    tt_status status = check_columns(question, settings, error);
    if (status != TT_OK)
        return status;
    if (!answers_init(&answers)) {
        answers_clear(&answers);
        return tt_no_memory(error);
    }
    for (size_t row = 0; row < settings->rows && status == TT_OK; row++) {
        tt_cli_progress(NULL, "settings", (double)row / (double)settings->rows);
        status = answer_row(out, question, settings, row, &answers, error);
        if (status == TT_OK)
            *result = tt_exit_worse(*result, exit_status(question, &answers));
    }
    answers_clear(&answers);
    return status;
}

static int answer_settings(bounds_question *question)
{
    tt_output output;
    tt_settings_table settings;
    tt_error error = TT_ERROR_INIT;
    tt_status status;
    int result = TT_EXIT_OK;
    if (question->format != TT_FORMAT_TSV && question->format != TT_FORMAT_JSON)
        return tt_cli_bad("--settings needs --format tsv or --format json");
    if (tt_settings_table_read(&settings, question->settings, &error) != TT_OK)
        return tt_cli_error(question->settings, &error);
    if (!tt_output_open(&output)) {
        tt_settings_table_clear(&settings);
        return TT_EXIT_BAD;
    }
    status = answer_rows(output.stream, question, &settings, &result, &error);
    result = tt_output_end(&output, status, question->settings, &error, result);
    tt_settings_table_clear(&settings);
    return result;
}

int tt_cmd_bounds(int argc, char **argv)
{
    tt_cli cli;
    bounds_question q;
    int code, status = TT_EXIT_OK;
    mpfr_set_emax(mpfr_get_emax_max()); /* 3^T is far beyond the usual range */
    question_init(&q);
    tt_cli_init(&cli, &command, argc, argv);
    while (status == TT_EXIT_OK && (code = tt_cli_next(&cli)) > TT_CLI_END)
        if (!read_option(&q, &cli, code))
            status = TT_EXIT_BAD;
    if (status == TT_EXIT_OK && code == TT_CLI_STOP)
        status = cli.status;
    else if (status == TT_EXIT_OK && cli.operands < argc)
        status = tt_cli_bad("bounds takes no argument: %s", argv[cli.operands]);
    else if (status == TT_EXIT_OK)
        status = !check_question(&q) ? TT_EXIT_BAD : q.settings ? answer_settings(&q) : answer_question(&q);
    question_clear(&q);
    return status;
}

#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"

/* ---- small pieces ---- */

static void print_number(FILE *out, const tt_real *x)
{
    fputs(tt_number_short(x, TT_SHORT_DIGITS).text, out);
}

/* A number with the place it is attained at. */
static void take_number_at(tt_table *table, const tt_real *x, const char *at)
{
    tt_number_text number = tt_number_short(x, TT_SHORT_DIGITS);
    char *text;
    if (!at)
        tt_table_add(table, number.text);
    else
        tt_table_take(table, asprintf(&text, "%s  at %s", number.text, at) < 0 ? NULL : text);
}

/* ---- the head ---- */

static void print_title(FILE *out, const char *file, const char *name, tt_table_form form)
{
    const char *before = form == TT_TABLE_MARKDOWN ? "## " : form == TT_TABLE_LATEX ? "% " : "";
    fprintf(out, "%s%s%s", before, file, *file && *name ? ": " : "");
    for (const char *c = name; *c; c++)
        fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
    fputc('\n', out);
    if (form == TT_TABLE_MARKDOWN)
        fputc('\n', out);
}

static void print_kind(FILE *out, const tt_judgement *judgement)
{
    const tt_quantities *q = &judgement->quantities;
    fprintf(out, "V = %zu, T = %zu, %s engine", q->vocab, q->horizon, judgement->engine->name);
    if (judgement->measured)
        fputs(q->dominated ? "; rollout dominates target"
                           : "; rollout does not dominate target: target has tokens that rollout never samples",
              out);
    if (q->method)
        fprintf(out, "\nArithmetic: %s", q->method);
    if (judgement->status != TT_OK)
        fprintf(out, "\n%s: %s", judgement->measured ? "Not everything was measured" : "Nothing was measured",
                judgement->limit.what);
    if (judgement->measured)
        fputs("\nEvery digit is certain and the last one is rounded; - is what does not exist.\n", out);
    fputc('\n', out);
}

static tt_status print_quantities(FILE *out, const tt_quantities *q, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "quantity", "symbol", "value" };
    const struct {
        const char *name, *symbol;
        const tt_real *value;
        const char *at;
    } rows[] = {
        { "expected reward of rollout", "J_mu", &q->j_rollout, NULL },
        { "expected reward of target", "J_pi", &q->j_target, NULL },
        { "improvement", "J_pi - J_mu", &q->improvement, NULL },
        { "surrogate", "L", &q->surrogate, NULL },
        { "error", "Error", &q->error, NULL },
        { "error, worst reward", "worst", &q->worst_case_error, NULL },
        { "surrogate, best reward", "largest L", &q->largest_surrogate, NULL },
        { "token TV, largest", "eps", &q->tv_max, q->tv_max_at },
        { "token KL, largest", "delta", &q->kl_max, q->kl_max_at },
        { "token KL reversed, largest", "delta_rev", &q->kl_max_reverse, NULL },
        { "token chi-square, largest", "chi", &q->chi2_max, NULL },
        { "sequence TV", "TV_seq", &q->tv_seq, NULL },
        { "sequence KL", "KL_seq", &q->kl_seq, NULL },
        { "sequence KL reversed", "KL_seq_rev", &q->kl_seq_reverse, NULL },
        { "variance of the weights' product", "Var prod rho", &q->variance_product, NULL },
        { "variance of the weights' sum", "Var sum rho", &q->variance_sum, NULL },
    };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "lll", header);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        tt_table_add(&table, rows[k].name);
        tt_table_add(&table, rows[k].symbol);
        take_number_at(&table, rows[k].value, rows[k].at);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

/* ---- identities and inequalities ---- */

enum { VERDICTS = TT_NOT_APPLICABLE + 1 };

/* "identities: 11 hold, 3 consistent"; what is violated or undecided is listed below by id. */
static void print_checks(FILE *out, const char *what, const tt_verdict *verdicts, size_t n, const char *(*id)(size_t k))
{
    static const char *const words[VERDICTS] = { "hold", "consistent", "violated", "undecided", "not applicable" };
    size_t count[VERDICTS] = { 0 };
    bool first = true;
    for (size_t k = 0; k < n; k++)
        count[verdicts[k]]++;
    fprintf(out, "%s:", what);
    for (size_t v = 0; v < VERDICTS; v++)
        if (count[v]) {
            fprintf(out, "%s %zu %s", first ? "" : ",", count[v], words[v]);
            first = false;
        }
    fputc('\n', out);
    for (size_t k = 0; k < n; k++)
        if (verdicts[k] == TT_VIOLATED || verdicts[k] == TT_UNDECIDED)
            fprintf(out, "  %s: %s\n", id(k), tt_verdict_name(verdicts[k]));
}

static const char *identity_id(size_t k)
{
    return tt_identity_at(k)->id;
}

static const char *inequality_id(size_t k)
{
    return tt_inequality_at(k)->id;
}

/* ---- bounds ---- */

static const char *answer_text(tt_answer answer, bool applies)
{
    switch (answer) {
    case TT_YES:
        return "yes";
    case TT_NO:
        return "no";
    default:
        return applies ? "?" : "-";
    }
}

static tt_status print_bounds(FILE *out, const tt_evaluation *evaluation, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "bound", "kind", "value", "verdict", "tightness", "can fire", "fires", "parameter" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "llllllll", header);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *r = &evaluation->bounds[k];
        bool applies = r->verdict != TT_NOT_APPLICABLE;
        tt_table_add(&table, r->bound->id);
        tt_table_add(&table, tt_bound_kind_name(r->bound->kind));
        tt_table_add(&table, tt_number_short(&r->value, TT_SHORT_DIGITS).text);
        tt_table_add(&table, tt_verdict_name(r->verdict));
        tt_table_add(&table, tt_number_short(&r->tightness, TT_SHORT_DIGITS).text);
        tt_table_add(&table, answer_text(r->can_fire, applies && r->bound->kind == TT_REWARD_FREE));
        tt_table_add(&table, answer_text(r->fires, applies && r->bound->kind != TT_UPPER));
        tt_table_add(&table, r->parameter ? r->parameter : "-");
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

/* ---- sentences ---- */

/* The smallest value that holds among the bounds of |Error|; NULL where there is none. */
static const tt_bound_result *smallest(const tt_evaluation *evaluation, bool reward_aware)
{
    const tt_bound_result *best = NULL;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *r = &evaluation->bounds[k];
        bool wanted = r->bound->kind == TT_REWARD_FREE || (reward_aware && r->bound->kind == TT_REWARD_AWARE);
        if (wanted && r->verdict == TT_HOLDS && (!best || tt_real_cmp(&r->value, &best->value) == TT_LESS))
            best = r;
    }
    return best;
}

static void print_smallest(FILE *out, const tt_evaluation *evaluation)
{
    const tt_bound_result *free_of_reward = smallest(evaluation, false), *any = smallest(evaluation, true);
    if (!any) {
        fputs("No bound on |Error| is certified.\n", out);
        return;
    }
    fprintf(out, "The smallest valid bound on |Error| is %s, ", any->bound->id);
    print_number(out, &any->value);
    if (any != free_of_reward && free_of_reward) {
        fprintf(out, "; the smallest that does not look at the reward is %s, ", free_of_reward->bound->id);
        print_number(out, &free_of_reward->value);
    }
    fputs(".\n", out);
}

static void print_guarantee(FILE *out, const tt_evaluation *evaluation)
{
    const tt_bound_result *best = NULL;
    size_t can_fire = 0, reward_free = 0, fires = 0;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *r = &evaluation->bounds[k];
        reward_free += r->bound->kind == TT_REWARD_FREE && r->verdict != TT_NOT_APPLICABLE;
        can_fire += r->can_fire == TT_YES;
        if (r->fires != TT_YES)
            continue;
        fires++;
        if (!best || tt_real_cmp(&r->value, &best->value) == TT_LESS)
            best = r;
    }
    if (best) {
        fprintf(out, "A guarantee fires: L exceeds %zu of the bounds, %s by the most (L - B = ", fires, best->bound->id);
        print_number(out, &best->minorizer);
        fputs("), so target is better than rollout", out);
    } else {
        fputs("No guarantee fires: L exceeds none of the bounds", out);
    }
    fprintf(out, "; with another reward it could for %zu of the %zu bounds that do not look at the reward.\n", can_fire,
            reward_free);
}

static void print_optimum(FILE *out, const tt_quantities *q)
{
    fputs("No bound that does not look at the reward can be below the worst-case Error, ", out);
    print_number(out, &q->worst_case_error);
    fputs(".\n", out);
}

tt_status tt_text_judgement(FILE *out, const char *file, const char *name, const tt_judgement *judgement,
                            tt_table_form form, tt_error *error)
{
    const tt_evaluation *evaluation = &judgement->evaluation;
    tt_status status;
    print_title(out, file, name, form);
    if (form == TT_TABLE_TEXT)
        print_kind(out, judgement);
    if (form == TT_TABLE_TEXT && !judgement->measured)
        return TT_OK;
    status = print_quantities(out, &judgement->quantities, form, error);
    if (status != TT_OK)
        return status;
    fputc('\n', out);
    if (form == TT_TABLE_TEXT) {
        print_checks(out, "identities", evaluation->identities, tt_identity_count(), identity_id);
        print_checks(out, "inequalities", evaluation->inequalities, tt_inequality_count(), inequality_id);
        fputc('\n', out);
    }
    status = print_bounds(out, evaluation, form, error);
    if (status != TT_OK || form != TT_TABLE_TEXT)
        return status;
    fputc('\n', out);
    print_smallest(out, evaluation);
    print_guarantee(out, evaluation);
    print_optimum(out, &judgement->quantities);
    return TT_OK;
}

#include "evaluation.h"

#include <stdlib.h>
#include <string.h>

#include "bounds_values.h"
#include "ladder.h"

/* Enclosures narrower than this, relative to their size, print 25 digits. */
enum { PROMISED_WIDTH_LOG2 = -83 };

/* The sides that verdicts compare, computed once for all bounds. */
typedef struct {
    const tt_quantities *q;
    mpfr_prec_t precision;
    tt_real error_size, error_below; /* |Error|, -Error */
    /* What tightness and minorizers are made of: worst-case Error, |Error| and L, enclosures where `brief`. */
    bool brief;
    tt_real worst, size, surrogate;
} sides;

/* ---- memory ---- */

static void ladder_clear(tt_ladder *ladder)
{
    tt_real_array_free(ladder->value, ladder->room);
    free(ladder->step);
    *ladder = (tt_ladder){ 0 };
}

/* Room for n rungs; the ladder has none yet. */
static tt_status ladder_reserve(tt_ladder *ladder, size_t n)
{
    ladder->step = calloc(n, sizeof *ladder->step);
    ladder->value = tt_real_array(n);
    if (ladder->step && ladder->value) {
        ladder->room = n;
        return TT_OK;
    }
    tt_real_array_free(ladder->value, n);
    free(ladder->step);
    *ladder = (tt_ladder){ 0 };
    return TT_NO_MEMORY;
}

static void result_reset(tt_bound_result *r)
{
    tt_real_set_absent(&r->value);
    tt_real_set_absent(&r->tightness);
    tt_real_set_absent(&r->minorizer);
    r->verdict = TT_UNDECIDED;
    r->can_fire = r->fires = TT_NULL;
    r->parameter = NULL;
    ladder_clear(&r->this_reward);
    ladder_clear(&r->any_reward);
}

tt_status tt_evaluation_init(tt_evaluation *evaluation)
{
    memset(evaluation, 0, sizeof *evaluation);
    evaluation->identities = calloc(tt_identity_count(), sizeof *evaluation->identities);
    evaluation->inequalities = calloc(tt_inequality_count(), sizeof *evaluation->inequalities);
    evaluation->bounds = calloc(tt_bound_count(), sizeof *evaluation->bounds);
    if (!evaluation->identities || !evaluation->inequalities || !evaluation->bounds) {
        free(evaluation->bounds);
        evaluation->bounds = NULL;
        tt_evaluation_clear(evaluation);
        return TT_NO_MEMORY;
    }
    for (size_t k = 0; k < tt_identity_count(); k++)
        evaluation->identities[k] = TT_UNDECIDED;
    for (size_t k = 0; k < tt_inequality_count(); k++)
        evaluation->inequalities[k] = TT_UNDECIDED;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        tt_bound_result *r = &evaluation->bounds[k];
        r->bound = tt_bound_at(k);
        tt_real_init(&r->value);
        tt_real_init(&r->tightness);
        tt_real_init(&r->minorizer);
        result_reset(r);
    }
    evaluation->undecided = evaluation->verdict_undecided = evaluation->ladders = true;
    return TT_OK;
}

void tt_evaluation_clear(tt_evaluation *evaluation)
{
    for (size_t k = 0; evaluation->bounds && k < tt_bound_count(); k++) {
        tt_bound_result *r = &evaluation->bounds[k];
        tt_real_clear(&r->value);
        tt_real_clear(&r->tightness);
        tt_real_clear(&r->minorizer);
        ladder_clear(&r->this_reward);
        ladder_clear(&r->any_reward);
    }
    free(evaluation->identities);
    free(evaluation->inequalities);
    free(evaluation->bounds);
    memset(evaluation, 0, sizeof *evaluation);
}

/* ---- one bound ---- */

/* x > y */
static tt_answer exceeds(const tt_real *x, const tt_real *y)
{
    switch (tt_verdict_le(x, y)) {
    case TT_HOLDS:
        return TT_NO;
    case TT_VIOLATED:
        return TT_YES;
    default:
        return TT_NULL;
    }
}

/* What the bound's value has to be at least. */
static const tt_real *bounded_side(const sides *s, tt_bound_kind kind)
{
    switch (kind) {
    case TT_REWARD_FREE:
        return &s->q->worst_case_error;
    case TT_REWARD_AWARE:
        return &s->error_size;
    case TT_LOWER:
        return &s->error_below;
    default:
        return &s->q->error;
    }
}

/* A rational where everything is asked for, else an enclosure: lowest terms of long numbers take their time. */
static void set_side(tt_real *out, const tt_real *x, const sides *s)
{
    if (s->brief)
        tt_real_enclose(out, x, s->precision);
    else
        tt_real_set(out, x);
}

static void compare_with_value(tt_bound_result *r, const sides *s)
{
    tt_bound_kind kind = r->bound->kind;
    tt_real value;
    tt_real_init(&value);
    set_side(&value, &r->value, s);
    if (kind == TT_REWARD_FREE || kind == TT_REWARD_AWARE)
        tt_real_div(&r->tightness, kind == TT_REWARD_FREE ? &s->worst : &s->size, &value, s->precision);
    if (kind != TT_UPPER)
        tt_real_sub(&r->minorizer, &s->surrogate, &value, s->precision);
    tt_real_clear(&value);
}

/* Verdict, tightness, can_fire, minorizer and fires of a bound that applies and has a value. */
static void judge_value(tt_bound_result *r, const sides *s)
{
    tt_bound_kind kind = r->bound->kind;
    const tt_real *bounded = bounded_side(s, kind);
    if (tt_real_is_infinite(&r->value))
        r->verdict = TT_HOLDS;
    else if (!tt_real_is_absent(bounded))
        r->verdict = tt_verdict_le(bounded, &r->value);
    compare_with_value(r, s);
    if (kind == TT_REWARD_FREE)
        r->can_fire = tt_real_is_infinite(&r->value) ? TT_NO : exceeds(&s->q->largest_surrogate, &r->value);
    if (kind != TT_UPPER)
        r->fires = exceeds(&s->q->surrogate, &r->value);
}

/* The value of a smallest of several, from those that have been judged. */
static void smallest_judged(tt_bound_result *r, const tt_smallest *smallest, const tt_evaluation *evaluation,
                            const sides *s)
{
    for (const char *const *id = smallest->member; *id; id++) {
        const tt_bound *member = tt_bound_find(*id);
        const tt_real *value = &evaluation->bounds[member - tt_bound_at(0)].value;
        if (member->applies && member->applies(s->q, s->precision) != TT_HOLDS)
            continue;
        if (smallest->all && tt_real_is_absent(value)) {
            tt_real_set_absent(&r->value);
            return;
        }
        tt_keep_smaller(&r->value, value, s->precision);
    }
}

static void judge_bound(tt_bound_result *r, const tt_evaluation *evaluation, const sides *s)
{
    const tt_bound *bound = r->bound;
    const tt_smallest *smallest = tt_smallest_of(bound);
    tt_verdict applies;
    result_reset(r);
    if (smallest)
        smallest_judged(r, smallest, evaluation, s);
    else
        bound->value(&r->value, s->q, s->precision, &r->parameter);
    applies = bound->applies ? bound->applies(s->q, s->precision) : TT_HOLDS;
    if (applies == TT_VIOLATED || applies == TT_NOT_APPLICABLE)
        r->verdict = TT_NOT_APPLICABLE;
    else if (applies == TT_HOLDS && !tt_real_is_absent(&r->value))
        judge_value(r, s);
}

/* ---- ladders ---- */

/* What every ladder begins with. */
static const char first_this_reward[] = "error", first_any_reward[] = "error worst-case-error";

/* A name within a list of names separated by blanks. */
typedef struct {
    const char *text;
    size_t length; /* 0 past the end */
} word;

static word next_word(const char **list)
{
    word w;
    *list += strspn(*list, " ");
    w = (word){ *list, strcspn(*list, " ") };
    *list += w.length;
    return w;
}

static size_t count_words(const char *list)
{
    size_t n = 0;
    while (next_word(&list).length)
        n++;
    return n;
}

static bool is_word(const char *name, word w)
{
    return strncmp(name, w.text, w.length) == 0 && name[w.length] == '\0';
}

/* A rung that is known: its name as a static text, NULL for none, and its value. */
typedef struct {
    const char *name;
    const tt_real *value;
} rung;

static rung find_in(const tt_ladder *ladder, word w)
{
    for (size_t k = 0; k < ladder->n; k++)
        if (is_word(ladder->step[k], w))
            return (rung){ ladder->step[k], &ladder->value[k] };
    return (rung){ NULL, NULL };
}

/* Bounds have their values by now; steps stand in the ladders that were built. */
static rung find_rung(const tt_evaluation *evaluation, word w)
{
    rung found = { NULL, NULL };
    for (size_t k = 0; k < tt_bound_count() && !found.name; k++) {
        const tt_bound_result *r = &evaluation->bounds[k];
        if (is_word(r->bound->id, w))
            return (rung){ r->bound->id, &r->value };
        found = find_in(&r->this_reward, w);
        if (!found.name)
            found = find_in(&r->any_reward, w);
    }
    return found;
}

/* Appends the rungs of a list. Room was made. */
static void append_rungs(tt_ladder *ladder, const char *list, const tt_evaluation *evaluation, const sides *s)
{
    for (word w = next_word(&list); w.length; w = next_word(&list)) {
        tt_real *value = &ladder->value[ladder->n];
        rung known = find_rung(evaluation, w);
        if (known.name)
            tt_real_set(value, known.value);
        else
            known.name = tt_ladder_step(value, w.text, w.length, s->q, s->precision);
        ladder->step[ladder->n++] = known.name ? known.name : "";
    }
}

/* first, inner, the bound itself; no ladder where inner is NULL. */
static tt_status build_ladder(tt_ladder *ladder, const char *first, const char *inner, const char *id,
                              const tt_evaluation *evaluation, const sides *s)
{
    if (!inner)
        return TT_OK;
    if (ladder_reserve(ladder, count_words(first) + count_words(inner) + 1) != TT_OK)
        return TT_NO_MEMORY;
    append_rungs(ladder, first, evaluation, s);
    append_rungs(ladder, inner, evaluation, s);
    append_rungs(ladder, id, evaluation, s);
    return TT_OK;
}

/* A bound that does not apply claims nothing, so that it has no ladders. */
static tt_status build_ladders(tt_evaluation *evaluation, const sides *s)
{
    tt_status status = TT_OK;
    for (size_t k = 0; k < tt_bound_count() && status == TT_OK; k++) {
        tt_bound_result *r = &evaluation->bounds[k];
        const tt_bound *bound = r->bound;
        if (r->verdict == TT_NOT_APPLICABLE)
            continue;
        status = build_ladder(&r->this_reward, first_this_reward, bound->ladder_this_reward, bound->id, evaluation, s);
        if (status == TT_OK)
            status = build_ladder(&r->any_reward, first_any_reward, bound->ladder_any_reward, bound->id, evaluation, s);
    }
    return status;
}

/* ---- all of them ---- */

/* That L - B > 0 implies J_pi > J_mu, for every bound B that applies and bounds Error from below. */
static tt_verdict minorizer_verdict(const tt_evaluation *evaluation, const tt_quantities *q)
{
    tt_real zero;
    tt_answer improves;
    tt_verdict verdict = TT_HOLDS;
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    improves = exceeds(&q->improvement, &zero);
    tt_real_clear(&zero);
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound_result *r = &evaluation->bounds[k];
        if (r->bound->kind == TT_UPPER || r->verdict == TT_NOT_APPLICABLE || r->fires == TT_NO || improves == TT_YES)
            continue;
        verdict = tt_verdict_and(verdict, r->fires == TT_YES && improves == TT_NO ? TT_VIOLATED : TT_UNDECIDED);
    }
    return verdict;
}

static void judge_checks(tt_evaluation *evaluation, const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    for (size_t k = 0; k < tt_identity_count(); k++)
        evaluation->identities[k] = tt_identity_at(k)->verdict(q, baseline, precision);
    for (size_t k = 0; k < tt_inequality_count(); k++) {
        const tt_inequality *inequality = tt_inequality_at(k);
        evaluation->inequalities[k] = inequality->verdict ? inequality->verdict(q, precision)
                                                          : minorizer_verdict(evaluation, q);
    }
}

/* Whether an answer that the bound has is not known. */
static bool has_open_answer(const tt_bound_result *r)
{
    if (r->verdict == TT_NOT_APPLICABLE)
        return false;
    return (r->bound->kind == TT_REWARD_FREE && r->can_fire == TT_NULL) ||
           (r->bound->kind != TT_UPPER && r->fires == TT_NULL);
}

static bool is_wide(const tt_real *x)
{
    return tt_real_width_log2(x) > PROMISED_WIDTH_LOG2;
}

static bool has_wide(const tt_bound_result *r)
{
    bool wide = is_wide(&r->value) || is_wide(&r->tightness) || is_wide(&r->minorizer);
    for (size_t k = 0; k < r->this_reward.n; k++)
        wide = wide || is_wide(&r->this_reward.value[k]);
    for (size_t k = 0; k < r->any_reward.n; k++)
        wide = wide || is_wide(&r->any_reward.value[k]);
    return wide;
}

/* Whether any of n verdicts is this one. */
static bool any_is(const tt_verdict *verdicts, size_t n, tt_verdict verdict)
{
    for (size_t k = 0; k < n; k++)
        if (verdicts[k] == verdict)
            return true;
    return false;
}

/* violated, undecided, verdict_undecided and wide of the whole. */
static void sum_up(tt_evaluation *e, const tt_quantities *q)
{
    e->violated = any_is(e->identities, tt_identity_count(), TT_VIOLATED) ||
                  any_is(e->inequalities, tt_inequality_count(), TT_VIOLATED);
    e->verdict_undecided = any_is(e->identities, tt_identity_count(), TT_UNDECIDED) ||
                           any_is(e->inequalities, tt_inequality_count(), TT_UNDECIDED);
    e->undecided = false;
    e->wide = tt_quantities_width_log2(q) > PROMISED_WIDTH_LOG2;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        e->violated = e->violated || e->bounds[k].verdict == TT_VIOLATED;
        e->verdict_undecided = e->verdict_undecided || e->bounds[k].verdict == TT_UNDECIDED;
        e->undecided = e->undecided || has_open_answer(&e->bounds[k]);
        e->wide = e->wide || has_wide(&e->bounds[k]);
    }
    e->undecided = e->undecided || e->verdict_undecided;
}

tt_status tt_evaluate(tt_evaluation *evaluation, const tt_quantities *q, mpq_srcptr baseline, mpfr_prec_t precision)
{
    sides s = { .q = q, .precision = precision, .brief = !evaluation->ladders };
    tt_real *const own[] = { &s.error_size, &s.error_below, &s.worst, &s.size, &s.surrogate };
    tt_status status = TT_OK;
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        tt_real_init(own[k]);
    tt_real_abs(&s.error_size, &q->error, precision);
    tt_real_neg(&s.error_below, &q->error);
    set_side(&s.worst, &q->worst_case_error, &s);
    set_side(&s.size, &s.error_size, &s);
    set_side(&s.surrogate, &q->surrogate, &s);
    for (size_t k = 0; k < tt_bound_count(); k++)
        judge_bound(&evaluation->bounds[k], evaluation, &s);
    if (evaluation->ladders)
        status = build_ladders(evaluation, &s);
    judge_checks(evaluation, q, baseline, precision);
    sum_up(evaluation, q);
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        tt_real_clear(own[k]);
    return status;
}

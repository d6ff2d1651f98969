/* What has to hold on every instance, whatever computed it: identities, inequalities, bounds, ladders,
   the worst reward, the reward turned over, and the automaton against its own unrolling. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/study/evaluate.h"
#include "../../lib/world/unroll.h"
#include "../compare.h"
#include "../naive.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 560
#define RESPONSES 64
#define NODES 100000

static size_t wrong;

static void complain(const char *what, const char *id, const char *how)
{
    if (wrong++ < 8)
        fprintf(stderr, "test_properties: %s %s: %s\n", what, id, how);
}

static void must(tt_status status, const tt_error *error)
{
    if (status != TT_OK)
        fail_msg("%s %s", error->where, error->what);
}

/* ---- judging ------------------------------------------------------------------------------------- */

static void judge(tt_judgement *out, const tt_instance *instance)
{
    tt_evaluate_options options;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    tt_evaluate_options_init(&options);
    options.engine = TT_ENGINE_TREE;
    tt_subject_of_instance(&subject, &source, instance);
    must(tt_judge(out, &subject, &options, &error), &error);
    tt_evaluate_options_clear(&options);
}

static bool listed(const char *id, const char *const *ids)
{
    for (; *ids; ids++)
        if (strcmp(id, *ids) == 0)
            return true;
    return false;
}

static bool at_most(const tt_real *x, unsigned long n, unsigned long d)
{
    tt_real limit;
    bool answer;
    tt_real_init(&limit);
    tt_real_set_frac(&limit, n, d);
    answer = tt_real_cmp(x, &limit) != TT_GREATER;
    tt_real_clear(&limit);
    return answer;
}

/* SPEC.md section 4: what each identity needs. */
static bool identity_applies(const char *id, const tt_quantities *q)
{
    static const char *const dominated[] = { "surrogate-ratio", "surrogate-baseline", "error-ratio", "mean-weight", NULL };
    if (listed(id, dominated))
        return q->dominated;
    if (strcmp(id, "chain-rule") == 0)
        return !tt_real_is_infinite(&q->kl_seq);
    if (strcmp(id, "k1-mean") == 0)
        return q->k1_mean != TT_NOT_APPLICABLE;
    if (strcmp(id, "k3-mean") == 0)
        return q->k3_mean != TT_NOT_APPLICABLE;
    return true;
}

/* SPEC.md sections 5 and 6: what each bound needs. */
static bool bound_applies(const char *id, const tt_quantities *q)
{
    static const char *const dominated[] = { "second-moment", "second-moment-exact", "kmax-moment", NULL };
    static const char *const small[] = { "pinsker-marginal-simple", "pinsker-marginal-tv-simple",
                                         "pinsker-marginal-simple-half", "pinsker-marginal-tv-simple-half", NULL };
    static const char *const both[] = { "mixed-kl-simple", "mixed-kl-simple-half", NULL };
    if (listed(id, dominated))
        return q->dominated;
    if (listed(id, small))
        return at_most(&q->kl_max, 2, q->horizon);
    if (listed(id, both))
        return at_most(&q->kl_max, 2, 1) && at_most(&q->kl_seq, 2, 1);
    return true;
}

static void check_verdict(const char *what, const char *id, tt_verdict verdict, bool applies)
{
    bool good = applies ? verdict == TT_HOLDS || verdict == TT_CONSISTENT : verdict == TT_NOT_APPLICABLE;
    if (!good)
        complain(what, id, tt_verdict_name(verdict));
}

/* Each rung at most the next, from |Error| (and worst-case Error) to the bound. */
static void check_ladder(const tt_bound_result *r, const tt_ladder *ladder, const tt_real *first)
{
    if (ladder->n == 0)
        return;
    if (ladder->n < 2 || tt_real_cmp(&ladder->value[0], first) != TT_EQUAL)
        complain("ladder of", r->bound->id, "does not start at |Error|");
    if (strcmp(ladder->step[ladder->n - 1], r->bound->id) != 0)
        complain("ladder of", r->bound->id, "does not end at the bound");
    for (size_t k = 0; k + 1 < ladder->n; k++)
        if (tt_real_cmp(&ladder->value[k], &ladder->value[k + 1]) == TT_GREATER)
            complain("ladder of", r->bound->id, ladder->step[k]);
}

static const tt_real *bounded(const tt_bound_result *r, const tt_quantities *q, const tt_real *size, const tt_real *minus)
{
    switch (r->bound->kind) {
    case TT_REWARD_FREE:
        return &q->worst_case_error;
    case TT_REWARD_AWARE:
        return size;
    case TT_LOWER:
        return minus;
    default:
        return &q->error;
    }
}

static void check_bound(const tt_bound_result *r, const tt_quantities *q, const tt_real *size, const tt_real *minus)
{
    const char *id = r->bound->id;
    bool applies = bound_applies(id, q), free_of_reward = r->bound->kind == TT_REWARD_FREE;
    check_verdict("bound", id, r->verdict, applies);
    if (!applies) {
        if (!tt_real_is_absent(&r->tightness) || !tt_real_is_absent(&r->minorizer) || r->can_fire != TT_NULL ||
            r->fires != TT_NULL)
            complain("bound", id, "does not apply, and yet something is said of it");
        return;
    }
    if (tt_real_cmp(bounded(r, q, size, minus), &r->value) == TT_GREATER)
        complain("bound", id, "is below what it bounds");
    if (!tt_real_is_absent(&r->tightness) && !at_most(&r->tightness, 1, 1))
        complain("bound", id, "has a tightness above 1");
    if ((r->can_fire == TT_NULL) == free_of_reward)
        complain("bound", id, "can_fire is there or missing");
    if (free_of_reward && (tt_real_cmp(&q->largest_surrogate, &r->value) == TT_GREATER) != (r->can_fire == TT_YES))
        complain("bound", id, "can_fire is wrong");
    if ((r->fires == TT_NULL) != (r->bound->kind == TT_UPPER))
        complain("bound", id, "fires is there or missing");
    if (r->fires == TT_YES && (tt_real_cmp(&q->surrogate, &r->value) != TT_GREATER ||
                               tt_real_cmp_ui(&q->improvement, 0) != TT_GREATER))
        complain("bound", id, "fires without improvement");
    if (free_of_reward && r->fires == TT_YES && r->can_fire != TT_YES)
        complain("bound", id, "fires and cannot");
    check_ladder(r, &r->this_reward, size);
    check_ladder(r, &r->any_reward, size);
}

static void check_judgement(const tt_judgement *judgement)
{
    const tt_quantities *q = &judgement->quantities;
    const tt_evaluation *evaluation = &judgement->evaluation;
    tt_real size, minus;
    tt_real_init(&size);
    tt_real_init(&minus);
    tt_real_abs(&size, &q->error, TT_PRECISION_DEFAULT);
    tt_real_neg(&minus, &q->error);
    for (size_t k = 0; k < tt_identity_count(); k++) {
        const char *id = tt_identity_at(k)->id;
        check_verdict("identity", id, evaluation->identities[k], identity_applies(id, q));
    }
    for (size_t k = 0; k < tt_inequality_count(); k++)
        check_verdict("inequality", tt_inequality_at(k)->id, evaluation->inequalities[k], true);
    for (size_t k = 0; k < tt_bound_count(); k++)
        check_bound(&evaluation->bounds[k], q, &size, &minus);
    if (evaluation->violated || evaluation->undecided)
        complain("the whole", "evaluation", evaluation->violated ? "violated" : "undecided");
    tt_real_clear(&size);
    tt_real_clear(&minus);
}

static void same(const char *what, const tt_real *x, const tt_real *y)
{
    if (tt_real_cmp(x, y) != TT_EQUAL)
        complain(what, "", "differs");
}

/* ---- other rewards on the same policies ------------------------------------------------------------ */

typedef enum { BEST_OF_ERROR, WORST_OF_ERROR, TURNED_OVER } reward_rule;

typedef struct {
    const tt_row_source *source;
    const int *sign; /* of e(y) */
    reward_rule rule;
} other_reward;

static tt_status reward_by_rule(void *context, size_t prompt, const uint32_t *tokens, size_t depth, mpq_ptr out,
                                tt_error *error)
{
    const other_reward *other = context;
    const tt_row_source *source = other->source;
    size_t y = prompt;
    uint64_t node = source->root(source->self, prompt);
    (void)error;
    for (size_t d = 0; d < depth; d++) {
        y = y * source->vocab + tokens[d];
        node = source->child(source->self, node, d, tokens[d]);
    }
    switch (other->rule) {
    case BEST_OF_ERROR:
        mpq_set_ui(out, other->sign[y] > 0, 1);
        break;
    case WORST_OF_ERROR:
        mpq_set_ui(out, other->sign[y] < 0, 1);
        break;
    default:
        source->reward(source->self, node, out);
        mpz_sub(mpq_numref(out), mpq_denref(out), mpq_numref(out));
    }
    return TT_OK;
}

/* Judges the same policies with another reward. */
static void judge_other(tt_judgement *out, const tt_instance *instance, const int *sign, reward_rule rule)
{
    tt_row_source source;
    tt_instance *changed;
    tt_error error;
    other_reward other = { &source, sign, rule };
    tt_instance_source(&source, instance);
    must(tt_instance_unroll(&changed, instance, NODES, reward_by_rule, &other, &error), &error);
    judge(out, changed);
    check_judgement(out);
    tt_instance_free(changed);
}

/* Error reaches worst-case Error from both sides, and 1 - R turns Error over. */
static void check_rewards(const tt_instance *instance, const tt_quantities *q)
{
    tt_row_source source;
    tt_judgement other;
    tt_real minus;
    size_t responses;
    int *sign;
    tt_instance_source(&source, instance);
    sign = naive_error_signs(&responses, &source);
    tt_real_init(&minus);

    judge_other(&other, instance, sign, BEST_OF_ERROR);
    same("Error of the worst reward", &other.quantities.error, &q->worst_case_error);
    same("worst-case Error under another reward", &other.quantities.worst_case_error, &q->worst_case_error);
    tt_judgement_clear(&other);

    judge_other(&other, instance, sign, WORST_OF_ERROR);
    tt_real_neg(&minus, &other.quantities.error);
    same("Error of the opposite worst reward", &minus, &q->worst_case_error);
    tt_judgement_clear(&other);

    judge_other(&other, instance, sign, TURNED_OVER);
    tt_real_neg(&minus, &other.quantities.error);
    same("Error of 1 - R", &minus, &q->error);
    same("largest surrogate under another reward", &other.quantities.largest_surrogate, &q->largest_surrogate);
    if (tt_real_cmp(&other.quantities.reward_k3, &q->failure_k3) == TT_LESS ||
        tt_real_cmp(&other.quantities.reward_k3, &q->failure_k3) == TT_GREATER)
        complain("E[(1-R) K]", "", "is not E[R K] of 1 - R");
    tt_judgement_clear(&other);

    tt_real_clear(&minus);
    free(sign);
}

/* ---- machine and tree -------------------------------------------------------------------------------- */

static void check_unrolled(const tt_instance *instance, const tt_quantities *q)
{
    tt_instance *unrolled;
    tt_judgement other;
    tt_error error;
    must(tt_instance_unroll(&unrolled, instance, NODES, NULL, NULL, &error), &error);
    assert_int_equal(tt_instance_form(unrolled), TT_FORM_TREE);
    judge(&other, unrolled);
    wrong += compare_quantities(&other.quantities, q, false, false, "test_properties, unrolled");
    tt_judgement_clear(&other);
    tt_instance_free(unrolled);
}

static void test_properties(void **state)
{
    uint64_t seed = test_seed(20000), count = CASES * test_effort(), machines = 0, fired = 0, applied = 0;
    (void)state;
    printf("test_properties: seeds %" PRIu64 " to %" PRIu64 "\n", seed, seed + count - 1);
    for (uint64_t k = 0; k < count; k++) {
        random_shape shape;
        tt_judgement judgement;
        tt_instance *instance = random_instance(seed + k, RESPONSES, &shape);
        wrong = 0;
        judge(&judgement, instance);
        check_judgement(&judgement);
        check_rewards(instance, &judgement.quantities);
        check_unrolled(instance, &judgement.quantities);
        machines += shape.form == TT_FORM_MACHINE;
        for (size_t j = 0; j < tt_bound_count(); j++) {
            fired += judgement.evaluation.bounds[j].fires == TT_YES;
            applied += judgement.evaluation.bounds[j].verdict == TT_HOLDS;
        }
        if (wrong)
            report_instance(instance, "test_properties", seed + k);
        tt_judgement_clear(&judgement);
        tt_instance_free(instance);
        assert_int_equal(wrong, 0);
    }
    /* the instances reach what is tested */
    assert_true(machines > 0 && fired > count && applied > 10 * count);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_properties) };
    return cmocka_run_group_tests_name("properties", tests, NULL, NULL);
}

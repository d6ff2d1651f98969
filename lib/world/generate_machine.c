/* Generators of machines: few states, any horizon. */
#include <stdio.h>
#include <stdlib.h>

#include "generate_table.h"
#include "kl_pair.h"

#define KL_TOLERANCE_DIGITS 30 /* of a row found by its KL */

/* ---- what all machines share ---- */

static void fill_row(mpq_t *row, size_t vocab, const mpq_srcptr *probabilities)
{
    mpq_set_ui(row[0], 1, 1);
    for (size_t v = 1; v < vocab; v++) {
        mpq_set_ui(row[v], 0, 1);
        if (probabilities[v - 1])
            mpq_set(row[v], probabilities[v - 1]);
        mpq_sub(row[0], row[0], row[v]);
    }
}

static tt_status add_state(tt_instance *instance, size_t vocab, size_t number, const tt_state_plan *plan, tt_error *error)
{
    mpq_t rollout[TT_MACHINE_VOCAB_MAX], target[TT_MACHINE_VOCAB_MAX];
    char digits[32];
    tt_status status;
    for (size_t v = 0; v < TT_MACHINE_VOCAB_MAX; v++) {
        mpq_init(rollout[v]);
        mpq_init(target[v]);
    }
    snprintf(digits, sizeof digits, "%zu", number);
    fill_row(rollout, vocab, plan->rollout);
    fill_row(target, vocab, plan->target);
    if (mpq_sgn(rollout[0]) < 0 || (plan->deviates && mpq_sgn(target[0]) < 0))
        status = tt_fail(error, TT_BAD_INPUT, NULL, "the probabilities at state %s add up to more than 1",
                         plan->name ? plan->name : digits);
    else
        status = tt_instance_add_state(instance, plan->name ? plan->name : digits, rollout,
                                       plan->deviates ? target : NULL, plan->next, error);
    for (size_t v = 0; v < TT_MACHINE_VOCAB_MAX; v++) {
        mpq_clear(rollout[v]);
        mpq_clear(target[v]);
    }
    return status;
}

static tt_status set_rewards(tt_instance *instance, const tt_state_plan *states, size_t n, mpq_srcptr zero, mpq_srcptr one,
                             tt_error *error)
{
    tt_status status = tt_instance_set_reward_default(instance, zero, error);
    for (size_t k = 0; k < n && status == TT_OK; k++)
        if (states[k].reward)
            status = tt_instance_set_state_reward(instance, k, one, error);
    return status;
}

tt_status tt_machine_build(tt_instance **out, size_t vocab, size_t horizon, const tt_state_plan *states, size_t n,
                           tt_error *error)
{
    tt_status status = tt_instance_new(out, TT_FORM_MACHINE, vocab, horizon, error);
    mpq_t zero, one;
    mpq_init(zero);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    if (status == TT_OK)
        status = tt_instance_add_prompt(*out, one, 0, error);
    for (size_t k = 0; k < n && status == TT_OK; k++)
        status = add_state(*out, vocab, k, &states[k], error);
    if (status == TT_OK)
        status = set_rewards(*out, states, n, zero, one, error);
    mpq_clear(zero);
    mpq_clear(one);
    return status;
}

static tt_status row_of_kl(mpq_t q, mpq_srcptr rollout, mpq_srcptr kl, bool above, tt_error *error)
{
    tt_status status;
    mpq_t tolerance;
    mpq_init(tolerance);
    mpz_ui_pow_ui(mpq_denref(tolerance), 10, KL_TOLERANCE_DIGITS);
    mpz_set_ui(mpq_numref(tolerance), 1);
    status = tt_kl_pair(q, rollout, kl, tolerance, above, error);
    mpq_clear(tolerance);
    return status;
}

tt_status tt_target_probability(mpq_t out, const tt_arguments *arguments, mpq_srcptr rollout, bool above, tt_error *error)
{
    tt_status status;
    tt_error inner;
    if (tt_argument_given(arguments, "target")) {
        mpq_set(out, tt_argument_number(arguments, "target"));
        return TT_OK;
    }
    if (!tt_argument_given(arguments, "kl"))
        return tt_fail(error, TT_BAD_INPUT, "--target", "missing (or give --kl in its place)");
    status = row_of_kl(out, rollout, tt_argument_number(arguments, "kl"), above, &inner);
    return status == TT_OK ? TT_OK : tt_fail(error, status, "--kl", "%s", inner.what);
}

/* ---- a8 ---- */

enum { A8_SINGLE, A8_ALL };
const char *const tt_a8_words[] = { "single", "all", NULL };

tt_status tt_generate_a8_row(mpq_t q, tt_error *error)
{
    tt_status status;
    mpq_t half, kl;
    mpq_init(half);
    mpq_init(kl);
    mpq_set_ui(half, 1, 2);
    mpq_set_ui(kl, 1, 1);
    status = row_of_kl(q, half, kl, false, error);
    mpq_clear(half);
    mpq_clear(kl);
    return status;
}

tt_status tt_build_a8(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    enum { START, ELSEWHERE, STAR, GOOD, BAD, STATES };
    bool all = tt_argument_word(arguments, "family") == A8_ALL;
    mpq_srcptr p = tt_argument_number(arguments, "probability");
    tt_status status;
    mpq_t half, q;
    (void)random;
    mpq_init(half);
    mpq_init(q);
    mpq_set_ui(half, 1, 2);
    status = tt_generate_a8_row(q, error);
    if (status == TT_OK) {
        tt_state_plan states[STATES] = {
            [START] = { "start", { p }, { NULL }, false, { ELSEWHERE, STAR }, false },
            [ELSEWHERE] = { "elsewhere", { half }, { NULL }, false, { ELSEWHERE, ELSEWHERE }, false },
            [STAR] = { "c*", { half }, { q }, true, { BAD, GOOD }, false },
            [GOOD] = { "good", { half }, { q }, all, { all ? BAD : GOOD, GOOD }, true },
            [BAD] = { "bad", { half }, { q }, all, { BAD, BAD }, false },
        };
        status = tt_machine_build(out, 2, tt_argument_count(arguments, "horizon"), states, STATES, error);
    }
    mpq_clear(half);
    mpq_clear(q);
    return status;
}

/* ---- families of two tokens and more ---- */

/* I.i.d. tokens; state k: token 1 came k times, the last state: at least so often. The rewards are 1 at the
   last state and, where `none`, at state 0. */
static tt_status build_counter(tt_instance **out, size_t horizon, size_t last, mpq_srcptr rollout, mpq_srcptr target,
                               bool none, tt_error *error)
{
    tt_state_plan *states = calloc(last + 1, sizeof *states);
    tt_status status;
    if (!states)
        return TT_NO_MEMORY;
    for (size_t k = 0; k <= last; k++)
        states[k] = (tt_state_plan){ NULL, { rollout }, { target }, true, { k, k < last ? k + 1 : k },
                                     k == last || (none && k == 0) };
    status = tt_machine_build(out, 2, horizon, states, last + 1, error);
    free(states);
    return status;
}

tt_status tt_build_count(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    mpq_srcptr rollout = tt_argument_number(arguments, "rollout");
    tt_status status;
    mpq_t target;
    (void)random;
    if (tt_argument_given(arguments, "target") && tt_argument_given(arguments, "kl"))
        return tt_fail(error, TT_BAD_INPUT, "--kl", "stands in place of --target, which is given as well");
    mpq_init(target);
    status = tt_target_probability(target, arguments, rollout, true, error);
    if (status == TT_OK)
        status = build_counter(out, tt_argument_count(arguments, "horizon"),
                               tt_argument_count(arguments, "reward-threshold"), rollout, target, false, error);
    mpq_clear(target);
    return status;
}

tt_status tt_build_markov(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    const tt_state_plan states[] = {
        { "after 0", { tt_argument_number(arguments, "rollout-0") }, { tt_argument_number(arguments, "target-0") }, true,
          { 0, 1 }, false },
        { "after 1", { tt_argument_number(arguments, "rollout-1") }, { tt_argument_number(arguments, "target-1") }, true,
          { 0, 1 }, true },
    };
    (void)random;
    return tt_machine_build(out, 2, tt_argument_count(arguments, "horizon"), states, 2, error);
}

tt_status tt_build_rare_state(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    enum { NORMAL, BAD, SPOILED };
    mpq_srcptr p = tt_argument_number(arguments, "probability"), rollout = tt_argument_number(arguments, "rollout");
    tt_status status;
    mpq_t target;
    (void)random;
    mpq_init(target);
    status = tt_target_probability(target, arguments, rollout, true, error);
    if (status == TT_OK) {
        const tt_state_plan states[] = {
            [NORMAL] = { "normal", { p }, { NULL }, false, { NORMAL, BAD }, true },
            [BAD] = { "bad", { rollout }, { target }, true, { NORMAL, SPOILED }, true },
            [SPOILED] = { "spoiled", { NULL }, { NULL }, false, { SPOILED, SPOILED }, false },
        };
        status = tt_machine_build(out, 2, tt_argument_count(arguments, "horizon"), states, 3, error);
    }
    mpq_clear(target);
    return status;
}

/* Token 1 of a steady state is the tie, after which the experts choose: rollout's choice and target's differ. */
tt_status tt_build_flip(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    enum { STEADY, TIE, STEADY_MARRED };
    mpq_srcptr p = tt_argument_number(arguments, "probability");
    tt_status status;
    mpq_t rollout, target;
    (void)random;
    mpq_init(rollout);
    mpq_init(target);
    mpq_set_ui(rollout, 1, 1);
    mpq_set_ui(target, 1, 1);
    mpq_sub(rollout, rollout, tt_argument_number(arguments, "rollout"));
    mpq_sub(target, target, tt_argument_number(arguments, "target"));
    {
        const tt_state_plan states[] = {
            [STEADY] = { "steady", { p }, { NULL }, false, { STEADY, TIE }, true },
            [TIE] = { "tie", { rollout }, { target }, true, { STEADY, STEADY_MARRED }, false },
            [STEADY_MARRED] = { "steady after 1", { p }, { NULL }, false, { STEADY_MARRED, TIE }, false },
        };
        status = tt_machine_build(out, 2, tt_argument_count(arguments, "horizon"), states, 3, error);
    }
    mpq_clear(rollout);
    mpq_clear(target);
    return status;
}

tt_status tt_build_eos(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    enum { SOUND, MARRED, ENDED_SOUND, ENDED_MARRED, STATES };
    mpq_srcptr slip = tt_argument_number(arguments, "rollout-slip"), end = tt_argument_number(arguments, "rollout-end");
    mpq_srcptr target_slip = tt_argument_number(arguments, "target-slip");
    mpq_srcptr target_end = tt_argument_number(arguments, "target-end");
    tt_status status;
    mpq_t one;
    (void)random;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    {
        const tt_state_plan states[STATES] = {
            [SOUND] = { "sound", { slip, end }, { target_slip, target_end }, true, { SOUND, MARRED, ENDED_SOUND }, false },
            [MARRED] = { "marred", { slip, end }, { target_slip, target_end }, true, { MARRED, MARRED, ENDED_MARRED },
                         false },
            [ENDED_SOUND] = { "ended sound", { NULL, one }, { NULL, NULL }, false,
                              { ENDED_SOUND, ENDED_SOUND, ENDED_SOUND }, true },
            [ENDED_MARRED] = { "ended marred", { NULL, one }, { NULL, NULL }, false,
                               { ENDED_MARRED, ENDED_MARRED, ENDED_MARRED }, false },
        };
        status = tt_machine_build(out, 3, tt_argument_count(arguments, "horizon"), states, STATES, error);
    }
    mpq_clear(one);
    return status;
}

/* ---- extremal machines ---- */

/* i.i.d. rows (1-p, p) and (1-p-eps, p+eps). As p -> 0, e(y) > 0 on responses with no token 1 and with two or
   more of them and e(y) < 0 on those with one, and worst-case Error -> T eps (1 - (1-eps)^(T-1)). */
tt_status tt_build_rare_token(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    mpq_srcptr p = tt_argument_number(arguments, "probability");
    tt_status status;
    mpq_t target;
    (void)random;
    mpq_init(target);
    mpq_add(target, p, tt_argument_number(arguments, "tv"));
    if (mpq_cmp_ui(target, 1, 1) > 0)
        status = tt_fail(error, TT_BAD_INPUT, "--tv", "--probability and --tv add up to more than 1");
    else
        status = build_counter(out, tt_argument_count(arguments, "horizon"), 2, p, target, true, error);
    mpq_clear(target);
    return status;
}

/* The same at p = 0, eps = 1: worst-case Error is T = sum_t Dbar_t exactly. */
tt_status tt_build_linear_tight(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    tt_status status;
    mpq_t zero, one;
    (void)random;
    mpq_init(zero);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    status = build_counter(out, tt_argument_count(arguments, "horizon"), 2, zero, one, true, error);
    mpq_clear(zero);
    mpq_clear(one);
    return status;
}

/* The first token is rare, p under rollout and p + eps under target; after it the rows (1-eps, eps) and
   (eps, 1-eps) of the second token are nearly disjoint. As eps -> 0 with p / eps -> 0, worst-case Error and
   KL_seq both go like eps. */
tt_status tt_build_sequence_kl(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    enum { START, COMMON, RARE, WON };
    mpq_srcptr p = tt_argument_number(arguments, "probability"), shift = tt_argument_number(arguments, "shift");
    tt_status status;
    mpq_t raised, rest;
    (void)random;
    mpq_init(raised);
    mpq_init(rest);
    mpq_add(raised, p, shift);
    mpq_set_ui(rest, 1, 1);
    mpq_sub(rest, rest, shift);
    if (mpq_cmp_ui(raised, 1, 1) > 0) {
        status = tt_fail(error, TT_BAD_INPUT, "--shift", "--probability and --shift add up to more than 1");
    } else {
        const tt_state_plan states[] = {
            [START] = { "start", { p }, { raised }, true, { COMMON, RARE }, false },
            [COMMON] = { "common", { NULL }, { NULL }, false, { COMMON, COMMON }, false },
            [RARE] = { "rare", { shift }, { rest }, true, { COMMON, WON }, false },
            [WON] = { "won", { NULL }, { NULL }, false, { WON, WON }, true },
        };
        status = tt_machine_build(out, 2, tt_argument_count(arguments, "horizon"), states, 4, error);
    }
    mpq_clear(raised);
    mpq_clear(rest);
    return status;
}

/* After the first token 1, which rollout takes with probability p and target never, and (where `moved`) after
   the first token 2, with which target replaces it, the rows are disjoint: rollout repeats 0, target repeats 1.
   Responses with e(y) > 0: after 1, 0 for ever; after 2, 1 for ever. Worst-case Error is p (T-1), p T where
   moved. */
static tt_status build_dropped(tt_instance **out, size_t horizon, mpq_srcptr p, bool moved, tt_error *error)
{
    enum { START, SAME, DROPPED, DROPPED_LEFT, TAKEN, TAKEN_LEFT, STATES };
    tt_status status;
    mpq_t zero, one;
    mpq_init(zero);
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    {
        const tt_state_plan states[STATES] = {
            [START] = { "start", { p, zero }, { zero, moved ? p : zero }, true, { SAME, DROPPED, TAKEN }, false },
            [SAME] = { "same", { NULL }, { NULL }, false, { SAME, SAME, SAME }, false },
            [DROPPED] = { "dropped", { zero }, { one }, true, { DROPPED, DROPPED_LEFT, DROPPED_LEFT }, true },
            [DROPPED_LEFT] = { "dropped, left", { zero }, { one }, true, { DROPPED_LEFT, DROPPED_LEFT, DROPPED_LEFT },
                               false },
            [TAKEN] = { "taken", { zero }, { one }, true, { TAKEN_LEFT, TAKEN, TAKEN_LEFT }, true },
            [TAKEN_LEFT] = { "taken, left", { zero }, { one }, true, { TAKEN_LEFT, TAKEN_LEFT, TAKEN_LEFT }, false },
        };
        status = tt_machine_build(out, moved ? 3 : 2, horizon, states, moved ? STATES : TAKEN, error);
    }
    mpq_clear(zero);
    mpq_clear(one);
    return status;
}

tt_status tt_build_mixed_tight(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    (void)random;
    return build_dropped(out, tt_argument_count(arguments, "horizon"), tt_argument_number(arguments, "probability"), true,
                         error);
}

tt_status tt_build_reverse_kl(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error)
{
    (void)random;
    return build_dropped(out, tt_argument_count(arguments, "horizon"), tt_argument_number(arguments, "probability"), false,
                         error);
}

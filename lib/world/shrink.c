#include "shrink.h"

#include <stdlib.h>
#include <string.h>

#include "generate_table.h"
#include "shrink_draft.h"
#include "unroll.h"

typedef struct {
    tt_draft now; /* the smallest so far; the test says that it fails */
    const char *name;
    tt_shrink_test *test;
    void *context;
    tt_shrink_limits limits;
    size_t used;
    tt_status status;
    tt_error *error;
} shrinker;

static bool stopped(const shrinker *s)
{
    return s->status != TT_OK || s->used >= s->limits.tests;
}

/* Takes the candidate in place of what there is, where the test says that it fails as well; clears it otherwise. */
static bool keep_if_fails(shrinker *s, tt_draft *candidate)
{
    tt_instance *instance = NULL;
    bool fails = false;
    if (!stopped(s))
        s->status = tt_draft_instance(&instance, candidate, s->name, s->error);
    if (instance) {
        s->used++;
        s->status = s->test(s->context, instance, &fails, s->error);
        tt_instance_free(instance);
    }
    if (s->status != TT_OK || !fails) {
        tt_draft_clear(candidate);
        return false;
    }
    tt_draft_clear(&s->now);
    s->now = *candidate;
    return true;
}

/* What becomes of the rewards in a cut. */
typedef enum { REWARD_KEPT, REWARD_MOST, REWARD_LEAST } cut_reward;

static bool try_cut_with(shrinker *s, const tt_cut *cut, cut_reward reward)
{
    tt_draft candidate;
    bool possible = false;
    if (stopped(s))
        return false;
    s->status = tt_draft_cut(&candidate, &possible, &s->now, cut, s->error);
    if (s->status != TT_OK || !possible)
        return false;
    if (reward != REWARD_KEPT)
        tt_draft_worst_reward(&candidate, reward == REWARD_LEAST);
    return keep_if_fails(s, &candidate);
}

/* Cuts, and where the rewards that are left do not make it fail, tries those that make Error as large and as small as
   it can be. */
static bool try_cut(shrinker *s, const tt_cut *cut)
{
    if (try_cut_with(s, cut, REWARD_KEPT))
        return true;
    return s->now.form == TT_FORM_TREE &&
           (try_cut_with(s, cut, REWARD_MOST) || try_cut_with(s, cut, REWARD_LEAST));
}

/* ---- whole parts ---- */

static bool fewer_prompts(shrinker *s)
{
    tt_cut cut = tt_no_cut;
    if (s->now.prompts == 1)
        return false;
    for (cut.only = 0; cut.only < s->now.prompts && !stopped(s); cut.only++)
        if (try_cut(s, &cut))
            return true;
    cut.only = TT_NONE;
    for (cut.without = 0; cut.without < s->now.prompts && !stopped(s); cut.without++)
        if (try_cut(s, &cut))
            return true;
    return false;
}

/* Cuts the end off, with every way to reward what is left. */
static bool try_horizon(shrinker *s, size_t horizon)
{
    tt_cut cut = tt_no_cut;
    cut.horizon = horizon;
    if (try_cut(s, &cut))
        return true;
    if (s->now.form == TT_FORM_TREE)
        for (cut.tail = 0; cut.tail < s->now.vocab && !stopped(s); cut.tail++)
            if (try_cut_with(s, &cut, REWARD_KEPT))
                return true;
    return false;
}

static bool shorter(shrinker *s)
{
    const size_t T = s->now.horizon, horizons[] = { 1, 2, 3, T / 4, T / 2, T - T / 4, T - 1 };
    const size_t steps = T == 1 ? 0 : s->now.form == TT_FORM_TREE ? T : 1;
    tt_cut cut = tt_no_cut;
    for (size_t k = 0, tried = 0; k < sizeof horizons / sizeof *horizons && !stopped(s); k++) {
        if (horizons[k] <= tried || horizons[k] >= T)
            continue;
        tried = horizons[k];
        if (try_horizon(s, tried))
            return true;
    }
    for (cut.step = 0; cut.step < steps && !stopped(s); cut.step++)
        for (cut.token = 0; cut.token < s->now.vocab && !stopped(s); cut.token++)
            if (try_cut(s, &cut))
                return true;
    return false;
}

static bool fewer_tokens(shrinker *s)
{
    const size_t vocab = s->now.vocab;
    tt_cut cut = tt_no_cut;
    if (vocab == 1)
        return false;
    for (cut.dropped = vocab; cut.dropped-- > 0 && !stopped(s);) {
        cut.heir = TT_NONE;
        if (try_cut(s, &cut))
            return true;
        for (cut.heir = 0; cut.heir < vocab && !stopped(s); cut.heir++)
            if (cut.heir != cut.dropped && try_cut(s, &cut))
                return true;
    }
    return false;
}

static bool fewer_states(shrinker *s)
{
    tt_cut cut = tt_no_cut;
    if (s->now.form != TT_FORM_MACHINE)
        return false;
    for (cut.state = s->now.nodes; cut.state-- > 0 && !stopped(s);)
        for (cut.other = 0; cut.other < s->now.nodes && !stopped(s); cut.other++)
            if (cut.other != cut.state && try_cut(s, &cut))
                return true;
    return false;
}

static bool unrolled(shrinker *s)
{
    tt_instance *machine = NULL, *tree = NULL;
    tt_draft candidate = { 0 };
    tt_row_source source;
    bool taken = false;
    if (s->now.form != TT_FORM_MACHINE || stopped(s))
        return false;
    s->status = tt_draft_instance(&machine, &s->now, s->name, s->error);
    if (s->status != TT_OK)
        return false;
    tt_instance_source(&source, machine);
    if (tt_row_source_nodes_ui(&source) <= s->limits.contexts) {
        s->status = tt_unroll(&tree, &source, s->name, s->limits.contexts, NULL, NULL, s->error);
        if (s->status == TT_OK)
            s->status = tt_draft_of(&candidate, tree, s->error);
        if (s->status == TT_OK)
            taken = keep_if_fails(s, &candidate);
        else
            tt_draft_clear(&candidate);
    }
    tt_instance_free(tree);
    tt_instance_free(machine);
    return taken;
}

/* ---- one place after another ---- */

/* Changes a draft at a place; false where there is nothing to change. */
typedef bool edit(tt_draft *draft, size_t place, size_t how);

/* Edits places from..to of a copy. */
static bool try_edit(shrinker *s, edit *change, size_t how, size_t from, size_t to)
{
    tt_draft candidate;
    bool changed = false;
    if (stopped(s))
        return false;
    s->status = tt_draft_copy(&candidate, &s->now, s->error);
    for (size_t k = from; k < to && s->status == TT_OK; k++)
        changed = change(&candidate, k, how) || changed;
    if (s->status != TT_OK || !changed) {
        tt_draft_clear(&candidate);
        return false;
    }
    return keep_if_fails(s, &candidate);
}

/* The same edit at all n places, at halves of them, quarters, ... and at single ones. What was edited is not changed by
   the edit any more. */
static bool sweep(shrinker *s, edit *change, size_t how, size_t n)
{
    bool any = false;
    for (size_t size = n; size > 0 && !stopped(s); size = size > 1 ? (size + 1) / 2 : 0)
        for (size_t from = 0; from < n && !stopped(s); from += size)
            any = try_edit(s, change, how, from, from + size < n ? from + size : n) || any;
    return any;
}

static bool make_equal(tt_draft *draft, size_t node, size_t how)
{
    tt_policy kept = how == 0 ? TT_ROLLOUT : TT_TARGET, changed = how == 0 ? TT_TARGET : TT_ROLLOUT;
    if (!tt_draft_deviates(draft, node))
        return false;
    for (size_t v = 0; v < draft->vocab; v++)
        mpq_set(tt_draft_row(draft, changed, node)[v], tt_draft_row(draft, kept, node)[v]);
    return true;
}

static bool fewer_deviations(shrinker *s)
{
    bool any = sweep(s, make_equal, 0, s->now.nodes);
    return sweep(s, make_equal, 1, s->now.nodes) || any;
}

/* 0, 1: that reward in the place of a fraction; 2: 0 in the place of 1. */
enum { FRACTION_TO_ZERO, FRACTION_TO_ONE, ONE_TO_ZERO };

static bool set_reward(tt_draft *draft, size_t place, size_t how)
{
    mpq_ptr reward = draft->reward[place];
    bool whole = mpz_cmp_ui(mpq_denref(reward), 1) == 0;
    if (how == ONE_TO_ZERO ? !whole || mpq_sgn(reward) == 0 : whole)
        return false;
    mpq_set_ui(reward, how == FRACTION_TO_ONE, 1);
    return true;
}

/* A fraction becomes the nearer of 0 and 1. */
static bool round_reward(tt_draft *draft, size_t place, size_t how)
{
    (void)how;
    return set_reward(draft, place, mpq_cmp_ui(draft->reward[place], 1, 2) < 0 ? FRACTION_TO_ZERO : FRACTION_TO_ONE);
}

static bool plainer_rewards(shrinker *s)
{
    bool any = try_edit(s, round_reward, 0, 0, s->now.rewards);
    any = sweep(s, set_reward, FRACTION_TO_ZERO, s->now.rewards) || any;
    any = sweep(s, set_reward, FRACTION_TO_ONE, s->now.rewards) || any;
    return sweep(s, set_reward, ONE_TO_ZERO, s->now.rewards) || any;
}

/* ---- denominators ---- */

/* The least common denominator of n numbers. */
static void common_denominator(mpz_t out, mpq_t *numbers, size_t n)
{
    mpz_set_ui(out, 1);
    for (size_t k = 0; k < n; k++)
        mpz_lcm(out, out, mpq_denref(numbers[k]));
}

/* out[v] = k_v / d near p_v with sum_v k_v = d: rounded down, and what is missing goes to those that lost most, the
   first of them first. With `support` no positive number becomes 0, and the heaviest pays for it; false where it cannot. */
static bool round_numbers(mpq_t *out, mpq_t *p, size_t n, mpz_srcptr d, bool support)
{
    mpz_t left, k;
    mpq_t *lost = tt_rationals_new(n);
    bool possible = lost != NULL;
    size_t heaviest = 0;
    if (!possible)
        return false;
    mpz_init_set(left, d);
    mpz_init(k);
    for (size_t v = 0; v < n; v++) {
        mpz_mul(k, mpq_numref(p[v]), d);
        mpz_fdiv_q(k, k, mpq_denref(p[v]));
        if (support && mpz_sgn(k) == 0 && mpq_sgn(p[v]) > 0)
            mpz_set_ui(k, 1);
        mpq_set_z(out[v], k);
        mpz_sub(left, left, k);
        mpz_set(mpq_numref(lost[v]), d);
        mpz_set_ui(mpq_denref(lost[v]), 1);
        mpq_mul(lost[v], lost[v], p[v]);
        mpq_sub(lost[v], lost[v], out[v]);
        heaviest = mpq_cmp(out[v], out[heaviest]) > 0 ? v : heaviest;
    }
    for (; mpz_sgn(left) > 0; mpz_sub_ui(left, left, 1)) {
        size_t most = 0;
        for (size_t v = 1; v < n; v++)
            most = mpq_cmp(lost[v], lost[most]) > 0 ? v : most;
        mpz_add_ui(mpq_numref(out[most]), mpq_numref(out[most]), 1);
        mpq_set_si(lost[most], -1, 1);
    }
    mpz_add(mpq_numref(out[heaviest]), mpq_numref(out[heaviest]), left);
    possible = mpq_sgn(out[heaviest]) >= (support ? 1 : 0);
    for (size_t v = 0; v < n; v++) {
        mpz_set(mpq_denref(out[v]), d);
        mpq_canonicalize(out[v]);
    }
    mpz_clears(left, k, NULL);
    tt_rationals_free(lost, n);
    return possible;
}

/* Rounds in place where the common denominator is larger than d; false where it is not, or cannot. */
static bool plainer_numbers(mpq_t *numbers, size_t n, mpz_srcptr d, bool support)
{
    mpq_t *rounded = tt_rationals_new(n);
    bool changed = false;
    mpz_t common;
    if (!rounded)
        return false;
    mpz_init(common);
    common_denominator(common, numbers, n);
    if (mpz_cmp(common, d) > 0 && round_numbers(rounded, numbers, n, d, support)) {
        changed = true;
        for (size_t k = 0; k < n; k++)
            mpq_swap(numbers[k], rounded[k]);
    }
    mpz_clear(common);
    tt_rationals_free(rounded, n);
    return changed;
}

/* Denominators that are tried, ascending: 1 to 10, then powers of ten and of two, as far as the numbers go. */
static void next_denominator(mpz_t d)
{
    mpz_t ten, two;
    if (mpz_cmp_ui(d, 10) < 0) {
        mpz_add_ui(d, d, 1);
        return;
    }
    mpz_init_set_ui(ten, 10);
    mpz_init_set_ui(two, 2);
    while (mpz_cmp(ten, d) <= 0)
        mpz_mul_ui(ten, ten, 10);
    while (mpz_cmp(two, d) <= 0)
        mpz_mul_2exp(two, two, 1);
    mpz_set(d, mpz_cmp(ten, two) < 0 ? ten : two);
    mpz_clears(ten, two, NULL);
}

typedef enum { ROUND_NEAR, ROUND_SUPPORT, ROUND_APART, ROUNDINGS } rounding;
enum { ROLLOUT = 1 << TT_ROLLOUT, TARGET = 1 << TT_TARGET, BOTH = ROLLOUT | TARGET }; /* sets of policies */

/* The tokens that target has most and least more of than rollout. */
static void find_extremes(size_t *most, size_t *least, const tt_draft *draft, size_t node)
{
    mpq_t *rollout = tt_draft_row(draft, TT_ROLLOUT, node), *target = tt_draft_row(draft, TT_TARGET, node);
    mpq_t more, here;
    mpq_inits(more, here, NULL);
    *most = *least = 0;
    for (size_t v = 1; v < draft->vocab; v++) {
        mpq_sub(here, target[v], rollout[v]);
        mpq_sub(more, target[*most], rollout[*most]);
        *most = mpq_cmp(here, more) > 0 ? v : *most;
        mpq_sub(more, target[*least], rollout[*least]);
        *least = mpq_cmp(here, more) < 0 ? v : *least;
    }
    mpq_clears(more, here, NULL);
}

/* Moves 1/d from one token to another where there is as much. */
static bool move_part(mpq_t *row, size_t from, size_t to, mpz_srcptr d)
{
    bool possible;
    mpq_t part;
    mpq_init(part);
    mpq_set_ui(part, 1, 1);
    mpz_set(mpq_denref(part), d);
    possible = mpq_cmp(row[from], part) >= 0;
    if (possible) {
        mpq_sub(row[from], row[from], part);
        mpq_add(row[to], row[to], part);
    }
    mpq_clear(part);
    return possible;
}

/* Rounds the rows of a node; ROUND_APART moves rows apart again that rounding has made equal, in the direction in which
   they differed. */
static bool round_node(tt_draft *draft, size_t node, mpz_srcptr d, int policies, rounding how)
{
    bool deviates = how == ROUND_APART && tt_draft_deviates(draft, node), changed[2] = { false, false };
    size_t most = 0, least = 0;
    if (deviates)
        find_extremes(&most, &least, draft, node);
    for (int policy = 0; policy < 2; policy++)
        if (policies >> policy & 1)
            changed[policy] =
                plainer_numbers(tt_draft_row(draft, (tt_policy)policy, node), draft->vocab, d, how == ROUND_SUPPORT);
    if (deviates && !tt_draft_deviates(draft, node) &&
        !(changed[TT_TARGET] && move_part(tt_draft_row(draft, TT_TARGET, node), least, most, d)) && changed[TT_ROLLOUT])
        move_part(tt_draft_row(draft, TT_ROLLOUT, node), most, least, d);
    return changed[0] || changed[1];
}

/* Rounds the rows of nodes from..to to the denominator. */
static bool try_rounding(shrinker *s, size_t from, size_t to, mpz_srcptr d, int policies, rounding how)
{
    tt_draft candidate;
    bool changed = false;
    if (stopped(s))
        return false;
    s->status = tt_draft_copy(&candidate, &s->now, s->error);
    for (size_t node = from; node < to && s->status == TT_OK; node++)
        changed = round_node(&candidate, node, d, policies, how) || changed;
    if (s->status != TT_OK || !changed) {
        tt_draft_clear(&candidate);
        return false;
    }
    return keep_if_fails(s, &candidate);
}

/* The largest common denominator of a row of these nodes. */
static void largest_denominator(mpz_t out, const tt_draft *draft, size_t from, size_t to)
{
    mpz_t common;
    mpz_init(common);
    mpz_set_ui(out, 1);
    for (size_t node = from; node < to; node++)
        for (int policy = 0; policy < 2; policy++) {
            common_denominator(common, tt_draft_row(draft, (tt_policy)policy, node), draft->vocab);
            if (mpz_cmp(common, out) > 0)
                mpz_set(out, common);
        }
    mpz_clear(common);
}

/* The smallest denominator of the list with which nodes from..to still fail. */
static bool plainer_nodes(shrinker *s, size_t from, size_t to, int policies)
{
    bool found = false;
    mpz_t d, most;
    mpz_init_set_ui(d, 1);
    mpz_init(most);
    largest_denominator(most, &s->now, from, to);
    for (; mpz_cmp(d, most) < 0 && !found && !stopped(s); next_denominator(d))
        for (int how = ROUND_NEAR; how < ROUNDINGS && !found; how++)
            found = try_rounding(s, from, to, d, policies, (rounding)how);
    mpz_clears(d, most, NULL);
    return found;
}

static bool plainer_rows(shrinker *s)
{
    const size_t nodes = s->now.nodes;
    bool any = plainer_nodes(s, 0, nodes, BOTH);
    for (size_t node = 0; node < nodes && !stopped(s); node++) {
        any = plainer_nodes(s, node, node + 1, BOTH) || any;
        if (!tt_draft_deviates(&s->now, node))
            continue;
        any = plainer_nodes(s, node, node + 1, ROLLOUT) || any;
        any = plainer_nodes(s, node, node + 1, TARGET) || any;
    }
    return any;
}

static bool plainer_prompts(shrinker *s)
{
    bool found = false;
    mpz_t d, most;
    mpz_init_set_ui(d, 1);
    mpz_init(most);
    common_denominator(most, s->now.prompt, s->now.prompts);
    for (; mpz_cmp(d, most) < 0 && !found && !stopped(s); next_denominator(d)) {
        tt_draft candidate;
        s->status = tt_draft_copy(&candidate, &s->now, s->error);
        if (s->status == TT_OK && plainer_numbers(candidate.prompt, candidate.prompts, d, true))
            found = keep_if_fails(s, &candidate);
        else
            tt_draft_clear(&candidate);
    }
    mpz_clears(d, most, NULL);
    return found;
}

/* ---- the whole ---- */

/* Each makes the instance smaller in its own way and leaves the ways before it as they are; so it ends. */
static bool (*const tactics[])(shrinker *s) = { fewer_prompts, shorter,         fewer_tokens, fewer_states,   unrolled,
                                                fewer_deviations, plainer_rewards, plainer_rows, plainer_prompts };

static void shrink(shrinker *s)
{
    for (size_t k = 0; k < sizeof tactics / sizeof *tactics && !stopped(s);)
        k = tactics[k](s) ? 0 : k + 1;
}

/* "NAME, shrunk"; the caller frees it. */
static char *shrunk_name(const tt_instance *instance)
{
    static const char suffix[] = "shrunk";
    const char *name = tt_instance_name(instance);
    size_t length = strlen(name), size = length + 2 + sizeof suffix;
    char *out = malloc(size);
    if (!out)
        return NULL;
    if (length >= strlen(suffix) && strcmp(name + length - strlen(suffix), suffix) == 0)
        memcpy(out, name, length + 1);
    else
        snprintf(out, size, "%s%s%s", name, length ? ", " : "", suffix);
    return out;
}

static tt_status start(shrinker *s, const tt_instance *instance)
{
    bool fails = false;
    tt_status status = tt_draft_of(&s->now, instance, s->error);
    if (status != TT_OK)
        return status;
    s->used++;
    status = s->test(s->context, instance, &fails, s->error);
    if (status == TT_OK && !fails)
        status = tt_fail(s->error, TT_BAD_INPUT, NULL, "the property does not fail on the instance to be shrunk");
    return status;
}

tt_status tt_shrink(tt_instance **out, size_t *used, const tt_instance *instance, tt_shrink_test *test, void *context,
                    const tt_shrink_limits *limits, tt_error *error)
{
    char *name = shrunk_name(instance);
    shrinker s = { .name = name, .test = test, .context = context, .error = error };
    *out = NULL;
    if (!name)
        return tt_no_memory(error);
    s.limits = limits ? *limits : (tt_shrink_limits){ TT_SHRINK_TESTS, TT_SHRINK_CONTEXTS };
    s.status = start(&s, instance);
    if (s.status == TT_OK)
        shrink(&s);
    if (s.status == TT_OK)
        s.status = tt_draft_instance(out, &s.now, name, error);
    if (used)
        *used = s.used;
    tt_draft_clear(&s.now);
    free(name);
    return s.status;
}

/* Campaign instances: functions of (space, index) alone, valid, within their space, of every corner, and each with
   the property that its corner names, seen from the finished instance. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/world/generate.h"
#include "../../lib/world/instance_json.h"
#include "../../lib/world/sample.h"
#include "../instance_text.h"
#include "../naive.h"
#include "../same_tree.h"
#include "../settings.h"

static tt_instance *sample(uint64_t *corners, const tt_sample_space *space, uint64_t index)
{
    tt_instance *instance;
    tt_error error;
    if (tt_sample(&instance, corners, space, index, &error) != TT_OK) {
        fprintf(stderr, "index %" PRIu64 ": %s: %s\n", index, error.where, error.what);
        fail();
    }
    return instance;
}

static char *text_at(const tt_sample_space *space, uint64_t index)
{
    tt_instance *instance = sample(NULL, space, index);
    char *text = instance_text(instance);
    tt_instance_free(instance);
    return text;
}

static tt_sample_space default_space(void)
{
    tt_sample_space space;
    tt_sample_space_init(&space);
    space.seed = test_seed(1);
    return space;
}

/* ---- purity ---- */

static void depends_on_space_and_index_alone(void **state)
{
    enum { INDICES = TT_SAMPLE_CYCLE };
    (void)state;
    for (int kind = TT_SAMPLE_GENERIC; kind <= TT_SAMPLE_MIXED; kind++) {
        tt_sample_space space = default_space();
        char *forward[INDICES];
        space.kind = (tt_sample_kind)kind;
        for (size_t i = 0; i < INDICES; i++)
            forward[i] = text_at(&space, i);
        for (size_t i = INDICES; i-- > 0;) {
            char *again = text_at(&space, i);
            assert_string_equal(again, forward[i]);
            free(again);
        }
        for (size_t i = 1; i < INDICES; i++) {
            /* apart from the name, which tells the index */
            const char *a = strstr(forward[i - 1], "\"vocab\""), *b = strstr(forward[i], "\"vocab\"");
            assert_string_not_equal(a, b);
        }
        space.seed++;
        {
            char *other = text_at(&space, 0);
            assert_string_not_equal(strstr(other, "\"vocab\""), strstr(forward[0], "\"vocab\""));
            free(other);
        }
        for (size_t i = 0; i < INDICES; i++)
            free(forward[i]);
    }
}

/* What an instance is must never change, on any machine: a result file names instances by their index. The hashes
   are of the files of a whole cycle, one after another (FNV-1a). */
static void is_what_it_always_was(void **state)
{
    static const uint64_t known[] = { [TT_SAMPLE_GENERIC] = 0xbf88810d65489d8bu,
                                      [TT_SAMPLE_DYADIC] = 0x3f2610d93b7db32cu,
                                      [TT_SAMPLE_MACHINE] = 0xd109cef301572cc1u,
                                      [TT_SAMPLE_MIXED] = 0x90f57662fd83cd54u };
    (void)state;
    for (int kind = TT_SAMPLE_GENERIC; kind <= TT_SAMPLE_MIXED; kind++) {
        tt_sample_space space = { 1, 4, 1, 4, (tt_sample_kind)kind, UINT64_C(0x123456789abcdef) };
        uint64_t hash = UINT64_C(0xcbf29ce484222325);
        for (uint64_t i = 0; i < TT_SAMPLE_CYCLE; i++) {
            char *text = text_at(&space, i);
            for (const char *c = text; *c; c++)
                hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
            free(text);
        }
        if (hash != known[kind])
            fprintf(stderr, "kind %s: now 0x%016" PRIx64 "\n", tt_sample_kind_words[kind], hash);
        assert_int_equal(hash, known[kind]);
    }
}

/* `gen campaign` builds the same, under the same name. */
static void is_a_generator(void **state)
{
    (void)state;
    for (int kind = TT_SAMPLE_GENERIC; kind <= TT_SAMPLE_MIXED; kind++) {
        tt_sample_space space = default_space();
        tt_arguments *arguments;
        char seed[32];
        tt_error error;
        space.kind = (tt_sample_kind)kind;
        space.vocab_high = 4;
        space.horizon_low = 1;
        snprintf(seed, sizeof seed, "%" PRIu64, space.seed);
        assert_int_equal(tt_arguments_new(&arguments, tt_generator_find("campaign")), TT_OK);
        assert_int_equal(tt_arguments_set(arguments, "vocab", "2:4", &error), TT_OK);
        assert_int_equal(tt_arguments_set(arguments, "horizon", "1:5", &error), TT_OK);
        assert_int_equal(tt_arguments_set(arguments, "kind", tt_sample_kind_words[kind], &error), TT_OK);
        assert_int_equal(tt_arguments_set(arguments, "seed", seed, &error), TT_OK);
        for (uint64_t i = 0; i < 40; i += 3) {
            tt_instance *instance;
            char *expected = text_at(&space, i), *text;
            assert_int_equal(tt_generate(&instance, arguments, i, &error), TT_OK);
            text = instance_text(instance);
            assert_string_equal(text, expected);
            free(text);
            free(expected);
            tt_instance_free(instance);
        }
        for (const char *const *bad = (const char *const[]){ "2", "3:2", ":", "2:", ":3", "0:3", "2:17", "2:3:4", "a:3",
                                                             "123456789012345678901234567890:3", NULL };
             *bad; bad++)
            assert_int_equal(tt_arguments_set(arguments, "vocab", *bad, &error), TT_BAD_INPUT);
        tt_arguments_free(arguments);
    }
}

/* ---- what an instance is a corner of, from its rows ---- */

typedef struct {
    size_t contexts, deviating, deviating_reached;
    /* of how many contexts this is true */
    size_t disjoint, inside, outside, crossing, point, zeros, permuted, dyadic, far;
    double ratio_most, ratio_least; /* log2 of the largest and smallest likelihood ratio where both are positive */
    double change;                  /* the largest |pi/mu - 1| that is not 0 */
    bool same_everywhere, same_by_step, same_by_last, same_by_first; /* the pairs of one prompt */
    bool ends;                      /* after token 0 both rows are certain of token 0 */
    bool rare_first;                /* deviates only after a first token 0 of probability below 1/500 */
    size_t totals_seen;             /* how many different totals the pairs have */
    /* the way to the context at hand */
    size_t tokens[8];
    bool reached[9], ended[9];
    mpq_t rows[8][2][4];            /* first pair seen by step, at step 0 everywhere */
    mpq_t last[4][2][4], first[4][2][4];
    bool has_step[8], has_last[4], has_first[4];
    mpz_t totals[2000];
    size_t total_count;
} survey;

static void set_entry(mpq_t out, const __mpz_struct *weights, size_t v, mpz_srcptr total)
{
    mpz_set(mpq_numref(out), &weights[v]);
    mpz_set(mpq_denref(out), total);
    mpq_canonicalize(out);
}

static bool same_pair(mpq_t (*seen)[4], const tt_rows *rows)
{
    bool same = true;
    mpq_t x;
    mpq_init(x);
    for (size_t v = 0; v < rows->n; v++) {
        set_entry(x, rows->rollout, v, rows->total);
        same = same && mpq_equal(x, seen[0][v]);
        set_entry(x, rows->target, v, rows->total);
        same = same && mpq_equal(x, seen[1][v]);
    }
    mpq_clear(x);
    return same;
}

/* Whether the pair is the one seen first at this place; it is kept where it is the first. */
static bool as_seen(mpq_t (*seen)[4], bool *has, const tt_rows *rows)
{
    if (!*has) {
        for (size_t v = 0; v < rows->n; v++) {
            set_entry(seen[0][v], rows->rollout, v, rows->total);
            set_entry(seen[1][v], rows->target, v, rows->total);
        }
        *has = true;
        return true;
    }
    return same_pair(seen, rows);
}

static bool power_of_two(mpz_srcptr n)
{
    return mpz_popcount(n) == 1;
}

static int by_value(const void *a, const void *b)
{
    return mpz_cmp(*(const mpz_t *)a, *(const mpz_t *)b);
}

static void survey_supports(survey *s, const tt_rows *rows)
{
    size_t both = 0, mine = 0, yours = 0, zeros = 0;
    bool point = false, dyadic = true, permuted;
    mpz_t sorted[2][4];
    mpq_t x;
    mpq_init(x);
    for (size_t v = 0; v < rows->n; v++) {
        bool r = mpz_sgn(&rows->rollout[v]) > 0, p = mpz_sgn(&rows->target[v]) > 0;
        both += r && p;
        mine += r && !p;
        yours += p && !r;
        zeros += !r || !p;
        point = point || mpz_cmp(&rows->rollout[v], rows->total) == 0 || mpz_cmp(&rows->target[v], rows->total) == 0;
        set_entry(x, rows->rollout, v, rows->total);
        dyadic = dyadic && power_of_two(mpq_denref(x));
        set_entry(x, rows->target, v, rows->total);
        dyadic = dyadic && power_of_two(mpq_denref(x));
        mpz_init_set(sorted[0][v], &rows->rollout[v]);
        mpz_init_set(sorted[1][v], &rows->target[v]);
    }
    qsort(sorted[0], rows->n, sizeof(mpz_t), by_value);
    qsort(sorted[1], rows->n, sizeof(mpz_t), by_value);
    permuted = true;
    for (size_t v = 0; v < rows->n; v++) {
        permuted = permuted && mpz_cmp(sorted[0][v], sorted[1][v]) == 0;
        mpz_clears(sorted[0][v], sorted[1][v], NULL);
    }
    s->disjoint += both == 0;
    s->inside += both > 0 && mine > 0 && yours == 0;
    s->outside += both > 0 && mine == 0 && yours > 0;
    s->crossing += both > 0 && mine > 0 && yours > 0;
    s->point += point;
    s->zeros += zeros > 0;
    s->permuted += permuted;
    s->dyadic += dyadic;
    mpq_clear(x);
}

static void survey_ratios(survey *s, const tt_rows *rows)
{
    mpz_t distance, term;
    mpz_inits(distance, term, NULL);
    for (size_t v = 0; v < rows->n; v++) {
        mpz_sub(term, &rows->target[v], &rows->rollout[v]);
        mpz_abs(term, term);
        mpz_add(distance, distance, term);
        if (mpz_sgn(&rows->rollout[v]) > 0 && mpz_sgn(&rows->target[v]) > 0) {
            double ratio = log2(mpz_get_d(&rows->target[v])) - log2(mpz_get_d(&rows->rollout[v]));
            double change = mpz_get_d(term) / mpz_get_d(&rows->rollout[v]);
            s->ratio_most = fmax(s->ratio_most, ratio);
            s->ratio_least = fmin(s->ratio_least, ratio);
            s->change = fmax(s->change, change);
        }
    }
    mpz_mul_ui(term, distance, 3); /* TV = distance / (2 total) >= 1/6 */
    s->far += mpz_cmp(term, rows->total) >= 0;
    mpz_clears(distance, term, NULL);
}

static void survey_layout(survey *s, const tt_rows *rows, size_t depth)
{
    bool certain = mpz_cmp(&rows->rollout[0], rows->total) == 0 && rows->equal;
    s->same_everywhere = s->same_everywhere && as_seen(s->rows[0], &s->has_step[0], rows);
    if (depth > 0) {
        size_t last = s->tokens[depth - 1], first = s->tokens[0];
        /* cppcheck-suppress arrayIndexOutOfBoundsCond ; no horizon is above 8 here */
        s->same_by_step = as_seen(s->rows[depth], &s->has_step[depth], rows) && s->same_by_step;
        s->same_by_last = as_seen(s->last[last], &s->has_last[last], rows) && s->same_by_last;
        s->same_by_first = as_seen(s->first[first], &s->has_first[first], rows) && s->same_by_first;
    }
    s->ends = s->ends && (!s->ended[depth] || certain);
    if (!rows->equal) {
        s->deviating++;
        s->deviating_reached += s->reached[depth];
        s->rare_first = s->rare_first && depth > 0 && s->tokens[0] == 0;
    }
    if (depth == 0) {
        mpz_t scaled;
        mpz_init(scaled);
        mpz_mul_ui(scaled, &rows->rollout[0], 500);
        s->rare_first = s->rare_first && mpz_cmp(scaled, rows->total) < 0;
        mpz_clear(scaled);
    }
    if (s->total_count < sizeof s->totals / sizeof *s->totals)
        mpz_init_set(s->totals[s->total_count++], rows->total);
}

static void survey_below(survey *s, const tt_row_source *source, uint64_t node, size_t depth)
{
    tt_rows rows;
    if (depth == source->horizon)
        return;
    source->rows(source->self, node, depth, &rows, NULL);
    s->contexts++;
    survey_supports(s, &rows);
    survey_ratios(s, &rows);
    survey_layout(s, &rows, depth);
    for (size_t v = 0; v < source->vocab; v++) {
        s->tokens[depth] = v;
        s->reached[depth + 1] =
            s->reached[depth] && (mpz_sgn(&rows.rollout[v]) > 0 || mpz_sgn(&rows.target[v]) > 0);
        s->ended[depth + 1] = s->ended[depth] || v == 0;
        survey_below(s, source, source->child(source->self, node, depth, v), depth + 1);
        source->rows(source->self, node, depth, &rows, NULL);
    }
}

static void survey_init(survey *s)
{
    memset(s, 0, sizeof *s);
    for (size_t k = 0; k < 8; k++)
        for (size_t p = 0; p < 2; p++)
            for (size_t v = 0; v < 4; v++) {
                mpq_init(s->rows[k][p][v]);
                if (k < 4) {
                    mpq_init(s->last[k][p][v]);
                    mpq_init(s->first[k][p][v]);
                }
            }
    s->same_everywhere = s->same_by_step = s->same_by_last = s->same_by_first = s->ends = s->rare_first = true;
}

static void survey_clear(survey *s)
{
    for (size_t k = 0; k < 8; k++)
        for (size_t p = 0; p < 2; p++)
            for (size_t v = 0; v < 4; v++) {
                mpq_clear(s->rows[k][p][v]);
                if (k < 4) {
                    mpq_clear(s->last[k][p][v]);
                    mpq_clear(s->first[k][p][v]);
                }
            }
    for (size_t k = 0; k < s->total_count; k++)
        mpz_clear(s->totals[k]);
}

static void survey_take(survey *s, const tt_row_source *source)
{
    for (size_t x = 0; x < source->prompts; x++) {
        s->reached[0] = mpq_sgn(source->prompt(source->self, x)) > 0;
        s->ended[0] = false;
        if (x > 0) /* places are compared within a prompt where the plan has them so */
            memset(s->has_first, 0, sizeof s->has_first);
        survey_below(s, source, source->root(source->self, x), 0);
    }
    qsort(s->totals, s->total_count, sizeof *s->totals, by_value);
    for (size_t k = 0; k < s->total_count; k++)
        s->totals_seen += k == 0 || mpz_cmp(s->totals[k - 1], s->totals[k]) != 0;
}

/* ---- the rewards, in order of prompt and tokens ---- */

static void rewards_below(mpq_t *out, size_t *n, const tt_row_source *source, uint64_t node, size_t depth)
{
    if (depth == source->horizon) {
        mpq_init(out[*n]);
        source->reward(source->self, node, out[(*n)++]);
        return;
    }
    for (size_t v = 0; v < source->vocab; v++)
        rewards_below(out, n, source, source->child(source->self, node, depth, v), depth + 1);
}

static size_t rewards_of(mpq_t **out, const tt_row_source *source)
{
    size_t n = 0, most = source->prompts;
    for (size_t d = 0; d < source->horizon; d++)
        most *= source->vocab;
    *out = malloc(most * sizeof **out);
    for (size_t x = 0; x < source->prompts; x++)
        rewards_below(*out, &n, source, source->root(source->self, x), 0);
    assert_int_equal(n, most);
    return n;
}

static size_t count_equal(mpq_t *rewards, size_t n, unsigned long value)
{
    size_t count = 0;
    for (size_t k = 0; k < n; k++)
        count += mpq_cmp_ui(rewards[k], value, 1) == 0;
    return count;
}

static bool is_worst(mpq_t *rewards, size_t n, const tt_row_source *source)
{
    size_t responses;
    int *signs = naive_error_signs(&responses, source);
    bool worst = responses == n;
    for (size_t k = 0; k < n && worst; k++)
        worst = mpq_cmp_ui(rewards[k], signs[k] > 0, 1) == 0;
    free(signs);
    return worst;
}

/* ---- corner by corner ---- */

typedef struct {
    const tt_instance *instance;
    const tt_row_source *source;
    const survey *s;
    mpq_t *rewards;
    size_t responses;
    bool machine, dyadic;
} subject;

static bool idle_prompt(const subject *x)
{
    for (size_t k = 0; k < x->source->prompts; k++)
        if (mpq_sgn(x->source->prompt(x->source->self, k)) == 0)
            return true;
    return false;
}

static bool dyadic_throughout(const subject *x)
{
    for (size_t k = 0; k < x->source->prompts; k++)
        if (!power_of_two(mpq_denref(x->source->prompt(x->source->self, k))))
            return false;
    for (size_t k = 0; k < x->responses; k++)
        if (!power_of_two(mpq_denref(x->rewards[k])))
            return false;
    return x->s->dyadic == x->s->contexts;
}

/* Whether the instance has the property that the corner is named after. */
static bool has_property(const char *corner, const subject *x)
{
    const survey *s = x->s;
    size_t all = s->contexts, zeros = count_equal(x->rewards, x->responses, 0);
    size_t ones = count_equal(x->rewards, x->responses, 1);
#define IS(name) (strcmp(corner, name) == 0)
    if (IS("plain"))
        return s->zeros == 0;
    if (IS("target is rollout"))
        return s->deviating == 0;
    if (IS("one deviating context"))
        return s->deviating == 1;
    if (IS("sparse divergence"))
        return s->deviating > 0 || x->machine; /* the state may not be on any way */
    if (IS("dense divergence"))
        return s->far == all;
    if (IS("zeros"))
        return true; /* a share of them: see every_corner_is_met */
    if (IS("disjoint supports"))
        return s->disjoint == all;
    if (IS("disjoint i.i.d."))
        return s->disjoint == all && s->point == all && s->same_everywhere;
    if (IS("target's support inside"))
        return s->inside == all;
    if (IS("rollout's support inside"))
        return s->outside == all;
    if (IS("crossing supports"))
        return s->crossing == all;
    if (IS("certain tokens"))
        return s->point == all;
    if (IS("nearly equal"))
        return s->deviating == all && s->change < 0.011 && s->change > 1e-17;
    if (IS("heavy ratios"))
        return fmax(s->ratio_most, -s->ratio_least) > log2(10) && s->deviating == all;
    if (IS("rare token"))
        return s->same_everywhere && s->ratio_most > log2(90);
    if (IS("rare context"))
        return s->rare_first && s->deviating > 0 && s->deviating_reached > 0;
    if (IS("unreached"))
        return s->deviating_reached == 0;
    if (IS("no common denominator"))
        return mpz_cmp_ui(s->totals[0], 65537) >= 0 && (x->machine || 2 * s->totals_seen > all);
    if (IS("permuted rows"))
        return s->permuted == all;
    if (IS("end of sequence") || IS("end of sequence, mixed"))
        return s->ends;
    if (IS("i.i.d."))
        return s->same_everywhere;
    if (IS("a pair per step"))
        return s->same_by_step;
    if (IS("after the last token"))
        return s->same_by_last;
    if (IS("after the first token"))
        return s->same_by_first;
    if (IS("mixed"))
        return true;
    if (IS("one token"))
        return x->source->vocab == 1;
    if (IS("one step"))
        return x->source->horizon == 1;
    if (IS("reward 0"))
        return zeros == x->responses;
    if (IS("reward 1"))
        return ones == x->responses;
    if (IS("reward 0 or 1") || IS("sparse reward"))
        return zeros + ones == x->responses;
    if (IS("fractional reward"))
        return true;
    if (IS("worst-case reward"))
        return is_worst(x->rewards, x->responses, x->source);
    if (IS("tree form"))
        return tt_instance_form(x->instance) == TT_FORM_TREE;
    if (IS("machine form"))
        return tt_instance_form(x->instance) == TT_FORM_MACHINE;
    if (IS("dyadic"))
        return dyadic_throughout(x);
    if (IS("several prompts"))
        return x->source->prompts > 1;
    if (IS("idle prompt"))
        return idle_prompt(x);
#undef IS
    fprintf(stderr, "no property is known for the corner '%s'\n", corner);
    return false;
}

/* Sums over all instances, for what is true of some instances of a corner. */
typedef struct {
    size_t met[64];
    size_t zeros, fractions, ones_of_sparse, responses_of_sparse;
    double change_least, ratio_most;
} totals;

static bool named(uint64_t corners, const char *name)
{
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        if (corners >> k & 1 && strcmp(tt_sample_corner_at(k)->name, name) == 0)
            return true;
    return false;
}

static void add_totals(totals *sum, uint64_t corners, const subject *x)
{
    size_t zeros = count_equal(x->rewards, x->responses, 0), ones = count_equal(x->rewards, x->responses, 1);
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        sum->met[k] += corners >> k & 1;
    sum->zeros += named(corners, "zeros") && x->s->zeros > 0;
    sum->fractions += named(corners, "fractional reward") && zeros + ones < x->responses;
    if (named(corners, "sparse reward") && !x->machine) {
        sum->ones_of_sparse += ones;
        sum->responses_of_sparse += x->responses;
    }
    if (named(corners, "nearly equal"))
        sum->change_least = fmin(sum->change_least, x->s->change);
    if (named(corners, "heavy ratios"))
        sum->ratio_most = fmax(sum->ratio_most, fmax(x->s->ratio_most, -x->s->ratio_least));
}

static void check_instance(totals *sum, const tt_sample_space *space, uint64_t index)
{
    uint64_t corners;
    tt_instance *instance = sample(&corners, space, index);
    tt_row_source source;
    survey s;
    subject x = { .instance = instance, .source = &source, .s = &s };
    tt_instance_source(&source, instance);
    assert_in_range(source.vocab, space->vocab_low, space->vocab_high);
    assert_in_range(source.horizon, space->horizon_low, space->horizon_high);
    survey_init(&s);
    survey_take(&s, &source);
    x.responses = rewards_of(&x.rewards, &source);
    x.machine = tt_instance_form(instance) == TT_FORM_MACHINE;
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        if (corners >> k & 1 && !has_property(tt_sample_corner_at(k)->name, &x)) {
            fprintf(stderr, "%s: is no '%s'\n", tt_instance_name(instance), tt_sample_corner_at(k)->name);
            fail();
        }
    /* the form and the number of prompts the other way round */
    assert_int_equal(named(corners, "machine form"), x.machine);
    assert_int_equal(named(corners, "several prompts"), source.prompts > 1);
    assert_int_equal(named(corners, "idle prompt"), idle_prompt(&x));
    add_totals(sum, corners, &x);
    for (size_t k = 0; k < x.responses; k++)
        mpq_clear(x.rewards[k]);
    free(x.rewards);
    survey_clear(&s);
    tt_instance_free(instance);
}

/* Corners that a space cannot have. */
static bool beyond(const char *name, const tt_sample_space *space)
{
    static const char *const not_dyadic[] = { "no common denominator", "machine form", NULL };
    static const char *const not_machine[] = { "tree form",    "one deviating context", "rare context",
                                               "unreached",    "a pair per step",       "after the last token",
                                               "after the first token", "worst-case reward", NULL };
    const char *const *list = space->kind == TT_SAMPLE_MACHINE  ? not_machine
                              : space->kind == TT_SAMPLE_DYADIC ? not_dyadic
                                                                : NULL;
    for (; list && *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    if (space->kind == TT_SAMPLE_GENERIC && (strcmp(name, "dyadic") == 0 || strcmp(name, "machine form") == 0))
        return true;
    return (space->vocab_low > 1 && strcmp(name, "one token") == 0) ||
           (space->horizon_low > 1 && strcmp(name, "one step") == 0);
}

static void every_corner_is_met(void **state)
{
    uint64_t count = TT_SAMPLE_CYCLE * 6 * test_effort();
    (void)state;
    for (int kind = TT_SAMPLE_GENERIC; kind <= TT_SAMPLE_MIXED; kind++)
        for (size_t low = 1; low <= 2; low++) {
            tt_sample_space space = default_space();
            totals sum = { .change_least = 1 };
            space.kind = (tt_sample_kind)kind;
            space.vocab_low = space.horizon_low = low;
            space.horizon_high = 4;
            for (uint64_t i = 0; i < count; i++)
                check_instance(&sum, &space, i);
            for (size_t k = 0; k < tt_sample_corner_count(); k++) {
                const char *name = tt_sample_corner_at(k)->name;
                if ((sum.met[k] > 0) == beyond(name, &space)) {
                    fprintf(stderr, "kind %s, from %zu: %zu instances are '%s'\n", tt_sample_kind_words[kind], low,
                            sum.met[k], name);
                    fail();
                }
            }
            assert_in_range(sum.met[0], count / 2, count * 2 / 3); /* the bulk is plain */
            assert_true(sum.zeros > 0 && sum.fractions > 0);
            assert_true(sum.change_least < 1e-12 && sum.ratio_most > log2(1e10));
            if (kind != TT_SAMPLE_MACHINE)
                assert_in_range(sum.ones_of_sparse * 1000 / sum.responses_of_sparse, 80, 170);
        }
}

/* ---- files, spaces ---- */

static void is_read_back(void **state)
{
    tt_sample_space space = default_space();
    (void)state;
    space.vocab_low = space.horizon_low = 1;
    for (uint64_t i = 0; i < 4 * TT_SAMPLE_CYCLE; i++) {
        tt_instance *instance = sample(NULL, &space, i), *again;
        char *text = instance_text(instance), *second;
        tt_row_source a, b;
        tt_error error;
        if (tt_instance_read_text(&again, text, strlen(text), &error) != TT_OK) {
            fprintf(stderr, "%s: %s: %s\n", tt_instance_name(instance), error.where, error.what);
            fail();
        }
        second = instance_text(again);
        assert_string_equal(text, second);
        tt_instance_source(&a, instance);
        tt_instance_source(&b, again);
        same_tree(&a, &b);
        free(text);
        free(second);
        tt_instance_free(instance);
        tt_instance_free(again);
    }
}

static void space_is_refused(tt_sample_space space, tt_status status, const char *where)
{
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_sample_space_check(&space, &error), status);
    assert_string_equal(error.where, where);
    assert_int_equal(tt_sample(&instance, NULL, &space, 0, &error), status);
    assert_null(instance);
}

static void refuses_spaces(void **state)
{
    (void)state;
    space_is_refused((tt_sample_space){ 0, 3, 2, 5, TT_SAMPLE_MIXED, 1 }, TT_BAD_INPUT, "--vocab");
    space_is_refused((tt_sample_space){ 3, 2, 2, 5, TT_SAMPLE_MIXED, 1 }, TT_BAD_INPUT, "--vocab");
    space_is_refused((tt_sample_space){ 2, 17, 2, 2, TT_SAMPLE_MIXED, 1 }, TT_BAD_INPUT, "--vocab");
    space_is_refused((tt_sample_space){ 2, 3, 0, 5, TT_SAMPLE_MIXED, 1 }, TT_BAD_INPUT, "--horizon");
    space_is_refused((tt_sample_space){ 2, 3, 5, 4, TT_SAMPLE_MIXED, 1 }, TT_BAD_INPUT, "--horizon");
    space_is_refused((tt_sample_space){ 2, 2, 2, TT_SIZE_MAX + 1, TT_SAMPLE_MACHINE, 1 }, TT_BAD_INPUT, "--horizon");
    space_is_refused((tt_sample_space){ 2, 2, 2, 20, TT_SAMPLE_GENERIC, 1 }, TT_LIMIT, "");
    space_is_refused((tt_sample_space){ 2, 2, 2, 20, TT_SAMPLE_MIXED, 1 }, TT_LIMIT, "");
}

/* Wide spaces: sixteen tokens, long machines, one single shape. */
static void builds_other_spaces(void **state)
{
    static const tt_sample_space spaces[] = {
        { 16, 16, 1, 3, TT_SAMPLE_MIXED, 1 },  { 2, 3, 4096, 4096, TT_SAMPLE_MACHINE, 1 },
        { 2, 2, 2, 2, TT_SAMPLE_MIXED, 1 },    { 1, 1, 1, 1, TT_SAMPLE_MIXED, 1 },
        { 1, 1, 100, 100, TT_SAMPLE_MIXED, 1 }, { 4, 5, 1, 1, TT_SAMPLE_MIXED, 1 },
    };
    (void)state;
    for (size_t k = 0; k < sizeof spaces / sizeof *spaces; k++) {
        tt_sample_space space = spaces[k];
        space.seed = test_seed(1);
        for (uint64_t i = 0; i < 2 * TT_SAMPLE_CYCLE; i++) {
            tt_instance *instance = sample(NULL, &space, i * (UINT64_C(1) << 50));
            assert_in_range(tt_instance_vocab(instance), space.vocab_low, space.vocab_high);
            assert_in_range(tt_instance_horizon(instance), space.horizon_low, space.horizon_high);
            tt_instance_free(instance);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(depends_on_space_and_index_alone),
        cmocka_unit_test(is_what_it_always_was),
        cmocka_unit_test(is_a_generator),
        cmocka_unit_test(every_corner_is_met),
        cmocka_unit_test(is_read_back),
        cmocka_unit_test(refuses_spaces),
        cmocka_unit_test(builds_other_spaces),
    };
    printf("test_sample: seed %" PRIu64 ", effort %" PRIu64 "\n", test_seed(1), test_effort());
    return cmocka_run_group_tests(tests, NULL, NULL);
}

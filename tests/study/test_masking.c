/* Masks, clipped objectives and gradients on generated instances against the enumeration, and thresholds that are met
   exactly. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/number/exact.h"
#include "../../lib/study/clipping.h"
#include "../../lib/study/gradient.h"
#include "../../lib/study/masking.h"
#include "../naive_masks.h"
#include "../random_instance.h"
#include "../settings.h"

#define CASES 120
#define RESPONSES 40
#define MASKS_PER_CASE 5
#define NARROW (-60)

static size_t wrong, compared, undecided, fired, jumps;

static void complain(const char *what, const char *mask)
{
    if (wrong++ < 8)
        fprintf(stderr, "test_masking: %s: %s\n", mask, what);
}

static void must(tt_status status, const tt_error *error)
{
    if (status != TT_OK)
        fail_msg("%s %s", error->where, error->what);
}

/* ---- comparisons ---------------------------------------------------------------------------------------- */

static void same_rational(const char *what, const char *mask, const tt_real *x, mpq_srcptr q)
{
    compared++;
    if (!tt_real_is_exact(x) || !mpq_equal(x->q, q))
        complain(what, mask);
}

/* Both absent, or both infinite, or two enclosures of one number, the library's narrow. */
static void same_real(const char *what, const char *mask, const tt_real *x, const tt_real *y)
{
    tt_order order = tt_real_cmp(x, y);
    compared++;
    if (tt_real_is_absent(x) || tt_real_is_absent(y)) {
        if (tt_real_is_absent(x) != tt_real_is_absent(y))
            complain(what, mask);
        return;
    }
    if (order == TT_LESS || order == TT_GREATER || tt_real_is_infinite(x) != tt_real_is_infinite(y))
        complain(what, mask);
}

static void same_quotient(const char *what, const char *mask, const tt_real *x, mpq_srcptr above, mpq_srcptr below)
{
    mpq_t q;
    compared++;
    if (mpq_sgn(below) == 0) {
        if (!tt_real_is_absent(x))
            complain(what, mask);
        return;
    }
    mpq_init(q);
    mpq_div(q, above, below);
    same_rational(what, mask, x, q);
    mpq_clear(q);
}

/* ---- one mask -------------------------------------------------------------------------------------------- */

static void random_threshold(mpq_t out, random_stream *stream, const tt_mask *mask, size_t k)
{
    static const unsigned long scale[] = { 1, 2, 10, 100, 1000 };
    bool window = mask->conditions[0].window == TT_BETWEEN;
    mpq_set_ui(out, random_below(stream, 41), 20 * scale[window ? 0 : random_below(stream, 5)]);
    mpq_canonicalize(out);
    if (window && k == 1) {
        mpq_t one;
        mpq_init(one);
        mpq_set_ui(one, 1, 1);
        mpq_add(out, out, one);
        mpq_clear(one);
    }
}

static void compare_point(const tt_mask_point *p, const naive_mask *n, const tt_mask *mask)
{
    bool sequence = mask->level == TT_MASK_SEQUENCE;
    mpq_t one;
    mpq_init(one);
    mpq_set_ui(one, 1, 1);
    same_quotient("acceptance", mask->id, &p->acceptance, n->acceptance, sequence ? one : n->mean_length);
    same_rational("L_masked", mask->id, &p->masked_surrogate, n->masked);
    same_rational("derivative", mask->id, &p->masked_derivative, n->derivative);
    same_real("certified KL", mask->id, &p->kl_certified, &n->kl_certified);
    same_real("hidden KL", mask->id, &p->kl_hidden, &n->kl_hidden);
    if (sequence) {
        same_real("repaired", mask->id, &p->repaired, &n->repaired);
        same_real("repaired, kept", mask->id, &p->repaired_kept, &n->repaired_kept);
        same_rational("repaired ratio", mask->id, &p->repaired_ratio, n->repaired_ratio);
        if (p->repaired_holds != TT_HOLDS || p->repaired_kept_holds != TT_HOLDS || p->repaired_ratio_holds != TT_HOLDS)
            complain("a guarantee does not hold", mask->id);
        if (tt_real_cmp(&p->repaired, &p->repaired_kept) == TT_GREATER ||
            tt_real_cmp(&p->repaired_kept, &p->repaired_ratio) == TT_GREATER)
            complain("guarantees out of order", mask->id);
    }
    mpq_clear(one);
}

static void compare_details(const tt_masking *m, const naive_mask *n)
{
    const tt_mask_detail *d = &m->detail;
    const char *id = m->mask->id;
    mpq_t x, y;
    mpq_inits(x, y, NULL);
    for (size_t k = 0; k < d->lengths; k++) {
        same_rational("length", id, &d->length_mass[k], n->length_mass[k]);
        mpq_set_ui(x, m->mask->level == TT_MASK_TOKEN ? k + 1 : 1, 1);
        mpq_mul(x, x, n->length_mass[k]);
        same_quotient("acceptance of a length", id, &d->length_acceptance[k], n->length_kept[k], x);
    }
    if (m->mask->level == TT_MASK_SEQUENCE) {
        same_quotient("mean reward of the accepted", id, &d->reward_accepted, n->reward_accepted, n->acceptance);
        mpq_set_ui(x, 1, 1);
        mpq_sub(x, x, n->acceptance);
        same_quotient("mean reward of the rejected", id, &d->reward_rejected, n->reward_rejected, x);
        mpq_mul(y, n->target_mass, n->target_mass);
        same_quotient("sample size", id, &d->sample_size, y, n->second_moment);
    }
    if (tt_mask_has_distance(m->mask) && m->mask->level == TT_MASK_SEQUENCE) {
        same_rational("accepted by both", id, &d->both_accept, n->both_accept);
        mpq_sub(x, n->kl_accept, n->both_accept);
        same_rational("accepted by max-kl alone", id, &d->only_kl_accepts, x);
    }
    mpq_clears(x, y, NULL);
}

/* B(d)^2 = min{(16/9) T^3 d^2, 4 T^2 d KL_seq}, and what follows from it. */
static void check_claim(const tt_masking *m, const tt_mask_point *p)
{
    unsigned long T = m->horizon;
    tt_real square, other, d;
    if (!tt_mask_has_distance(m->mask)) {
        if (!tt_real_is_absent(&p->penalty) || p->improvement_claim != TT_NOT_APPLICABLE)
            complain("a penalty without a distance", m->mask->id);
        return;
    }
    tt_real_init(&square);
    tt_real_init(&other);
    tt_real_init(&d);
    tt_real_set_q(&d, p->threshold);
    tt_real_mul(&square, &d, &d, 256);
    tt_real_mul_frac(&square, &square, 16 * T * T * T, 9, 256);
    tt_real_mul(&other, &d, &m->kl_seq, 256);
    tt_real_mul_frac(&other, &other, 4 * T * T, 1, 256);
    tt_real_min(&square, &square, &other, 256);
    tt_real_mul(&other, &p->penalty, &p->penalty, 256);
    same_real("penalty", m->mask->id, &other, &square);
    if ((tt_real_cmp(&p->masked_surrogate, &p->penalty) == TT_GREATER) != (p->fires == TT_YES) || p->fires == TT_NULL)
        complain("fires", m->mask->id);
    if (p->improvement_claim != (p->fires == TT_NO                                     ? TT_NOT_APPLICABLE
                                 : tt_real_cmp_ui(&m->improvement, 0) == TT_GREATER ? TT_HOLDS
                                                                                       : TT_VIOLATED))
        complain("improvement claim", m->mask->id);
    fired += p->fires == TT_YES;
    tt_real_clear(&square);
    tt_real_clear(&other);
    tt_real_clear(&d);
}

/* With two responses to a prompt, P(both accepted) - P(none is) = 2 E m - 1; and the prompts' shares average to E m. */
static void check_groups(const tt_masking *m, const tt_row_source *source)
{
    const tt_mask_detail *d = &m->detail;
    tt_real left, right;
    mpq_t mean, term;
    if (m->mask->level == TT_MASK_TOKEN)
        return;
    mpq_inits(mean, term, NULL);
    tt_real_init(&left);
    tt_real_init(&right);
    tt_real_sub(&left, &d->group_all, &d->group_none, 64);
    tt_real_mul_frac(&right, &m->point.acceptance, 2, 1, 64);
    tt_real_sub(&right, &right, &left, 64);
    if (tt_real_cmp_ui(&right, 1) != TT_EQUAL)
        complain("groups", m->mask->id);
    for (size_t x = 0; x < d->prompts; x++) {
        if (tt_real_is_absent(&d->prompt_acceptance[x]))
            continue;
        mpq_mul(term, source->prompt(source->self, x), d->prompt_acceptance[x].q);
        mpq_add(mean, mean, term);
    }
    same_rational("prompts", m->mask->id, &m->point.acceptance, mean);
    mpq_clears(mean, term, NULL);
    tt_real_clear(&left);
    tt_real_clear(&right);
}

static void compare_instance(const tt_masking *m, const naive_mask *n)
{
    same_rational("unmasked surrogate", m->mask->id, &m->unmasked_surrogate, n->unmasked);
    same_real("log guarantee", m->mask->id, &m->log_guarantee, &n->log_guarantee);
    for (size_t k = 0; k < TT_CLIPS; k++)
        same_rational("clipped guarantee", m->mask->id, &m->clipped[k], n->clipped[k]);
    if ((m->mask->level == TT_MASK_TOKEN) != (m->kl_unchanged == TT_HOLDS || m->kl_unchanged == TT_CONSISTENT))
        complain("delta changes", m->mask->id);
    if (m->violated || tt_real_width_log2(&m->point.kl_certified) > NARROW ||
        tt_real_width_log2(&m->point.penalty) > NARROW)
        complain("violated or wide", m->mask->id);
}

/* A point is what the enumeration says at threshold d. */
static void compare_at(const tt_mask_point *p, mpq_srcptr d, const tt_masking *m, const naive_responses *responses,
                       const tt_masking_options *options)
{
    mpq_srcptr baseline = options->has_baseline ? options->baseline : NULL;
    mpq_t thresholds[TT_MASK_THRESHOLDS];
    naive_mask n;
    mpq_init(thresholds[0]);
    mpq_init(thresholds[1]);
    mpq_set(thresholds[0], d);
    mpq_set(thresholds[1], options->thresholds[1]);
    naive_mask_measure(&n, responses, m->mask->id, (const mpq_t *)thresholds, options->length == TT_LENGTH_HORIZON,
                       baseline);
    if (n.decided)
        compare_point(p, &n, m->mask);
    naive_mask_clear(&n);
    mpq_clear(thresholds[0]);
    mpq_clear(thresholds[1]);
}

static void compare_sweep(const tt_masking *m, const naive_responses *responses, const tt_masking_options *options)
{
    for (size_t k = 0; k < m->sweep_points; k++)
        compare_at(&m->sweep[k], m->sweep[k].threshold, m, responses, options);
}

/* out = x (1 + sign 10^-9), x an end of an enclosure: well outside it, and still beside it */
static void beside(mpq_t out, const tt_real *x, int sign)
{
    mpq_t scale;
    mpq_init(scale);
    mpq_set_ui(scale, sign > 0 ? 1000000001 : 999999999, 1000000000);
    if (tt_real_is_exact(x)) {
        mpq_set(out, x->q);
    } else {
        mpfi_t i;
        mpfi_init2(i, 128);
        tt_real_get_interval(i, x);
        mpfr_get_q(out, sign < 0 ? &i->left : &i->right);
        mpfi_clear(i);
    }
    mpq_mul(out, out, scale);
    mpq_clear(scale);
}

/* The decisions at a row's threshold are those just before the next jump, and those beyond the last one; since they only
   ever widen, no jump is missing. None is superfluous where the statistic alone decides. */
static void compare_jumps(const tt_masking *m, const naive_responses *responses, const tt_masking_options *options)
{
    bool grows = tt_mask_grows(m->mask);
    bool alone = m->mask->thresholds == 1 && m->mask->level == TT_MASK_SEQUENCE &&
                 m->mask->conditions[0].when == TT_ALWAYS;
    size_t n = m->sweep_points;
    mpq_t d;
    mpq_init(d);
    if (n == 0)
        complain("no jumps", m->mask->id);
    for (size_t k = 0; k < n; k++) {
        const tt_mask_point *p = &m->sweep[grows ? k : n - 1 - k];
        const tt_mask_point *next = k + 1 < n ? &m->sweep[grows ? k + 1 : n - 2 - k] : NULL;
        jumps++;
        if (tt_real_is_absent(&p->jump) && k > 0)
            complain("a jump without its value", m->mask->id);
        mpq_set_ui(d, 0, 1);
        if (next && tt_real_is_zero(&next->jump))
            mpq_div_2exp(d, p->threshold, 1);
        else if (next)
            beside(d, &next->jump, grows ? -1 : 1);
        else if (grows)
            mpq_mul_2exp(d, p->threshold, 1);
        /* two jumps a billionth apart leave no room for this */
        if (grows ? mpq_cmp(d, p->threshold) >= 0 : mpq_cmp(d, p->threshold) <= 0)
            compare_at(p, d, m, responses, options);
        if (next && alone && tt_real_cmp(&next->acceptance, &p->acceptance) != TT_GREATER)
            complain("a jump where nothing changes", m->mask->id);
        if (!tt_real_is_absent(&p->jump) && tt_real_width_log2(&p->jump) > NARROW)
            complain("a wide jump", m->mask->id);
    }
    mpq_clear(d);
}

typedef enum { ONE_THRESHOLD, SWEEP, JUMPS } question;

static void random_options(tt_masking_options *options, random_stream *stream, question asked)
{
    options->length = random_below(stream, 2) ? TT_LENGTH_OWN : TT_LENGTH_HORIZON;
    options->has_baseline = random_below(stream, 3) == 0;
    mpq_set_ui(options->baseline, random_below(stream, 3), 2);
    mpq_canonicalize(options->baseline);
    for (size_t k = 0; k < TT_MASK_THRESHOLDS; k++)
        random_threshold(options->thresholds[k], stream, options->mask, k);
    if (options->mask->thresholds == 2 && mpq_cmp(options->thresholds[0], options->thresholds[1]) > 0)
        mpq_swap(options->thresholds[0], options->thresholds[1]);
    options->jumps = asked == JUMPS;
    options->sweep_points = asked == SWEEP ? 4 : 0;
    mpq_set_ui(options->sweep_low, 0, 1);
    mpq_set_ui(options->sweep_high, 3, 2);
}

static void check_mask(const tt_row_source *source, const naive_responses *responses, random_stream *stream,
                       question asked)
{
    tt_masking_options options;
    tt_masking m;
    naive_mask n;
    tt_error error;
    tt_masking_options_init(&options);
    options.mask = tt_mask_at(random_below(stream, tt_mask_count()));
    random_options(&options, stream, asked);
    options.group = 2;
    naive_mask_measure(&n, responses, options.mask->id, (const mpq_t *)options.thresholds,
                       options.length == TT_LENGTH_HORIZON, options.has_baseline ? options.baseline : NULL);
    must(tt_masking_run(&m, source, &options, &error), &error);
    undecided += !n.decided;
    if (!m.point.decided)
        complain("undecided", options.mask->id);
    compare_instance(&m, &n);
    if (n.decided && m.point.decided) {
        compare_point(&m.point, &n, options.mask);
        compare_details(&m, &n);
        check_claim(&m, &m.point);
        check_groups(&m, source);
    }
    if (asked != ONE_THRESHOLD)
        compare_sweep(&m, responses, &options);
    if (asked == JUMPS)
        compare_jumps(&m, responses, &options);
    naive_mask_clear(&n);
    tt_masking_clear(&m);
    tt_masking_options_clear(&options);
}

/* ---- gradients and clipping --------------------------------------------------------------------------------- */

/* The number of the first sampled response through a context. */
static size_t response_through(const naive_responses *responses, const tt_gradient_context *c)
{
    for (size_t y = 0; y < naive_responses_count(responses); y++)
        if (naive_response_prompt(responses, y) == c->prompt && naive_response_sampled(responses, y) &&
            memcmp(naive_response_tokens(responses, y), c->tokens, c->depth * sizeof *c->tokens) == 0)
            return y;
    fail_msg("no response through a context of the gradient");
    return 0;
}

static void compare_entries(const tt_gradient *g, const naive_responses *responses, const tt_masking_options *options)
{
    mpq_t j, surrogate, masked, square, bias, difference;
    mpq_inits(j, surrogate, masked, square, bias, difference, NULL);
    for (size_t k = 0; k < g->contexts_n; k++) {
        const tt_gradient_context *c = &g->contexts[k];
        size_t y = response_through(responses, c);
        for (size_t v = 0; v < g->vocab; v++) {
            naive_gradient(j, surrogate, masked, responses, y, c->depth, v, options->mask->id,
                           (const mpq_t *)options->thresholds, options->has_baseline ? options->baseline : NULL);
            compared += 3;
            if (!mpq_equal(c->j[v], j) || !mpq_equal(c->surrogate[v], surrogate))
                complain("gradient of J or L", options->mask->id);
            if (!mpq_equal(c->masked[v], masked))
                complain("gradient of L_masked", options->mask->id);
            mpq_mul(difference, surrogate, surrogate);
            mpq_add(square, square, difference);
            mpq_sub(difference, masked, surrogate);
            mpq_mul(difference, difference, difference);
            mpq_add(bias, bias, difference);
        }
    }
    same_rational("squared norm", options->mask->id, &g->squared, square);
    same_rational("bias", options->mask->id, &g->bias_squared, bias);
    mpq_clears(j, surrogate, masked, square, bias, difference, NULL);
}

static void check_gradient(const tt_row_source *source, const naive_responses *responses, random_stream *stream)
{
    tt_masking_options options;
    tt_gradient g;
    naive_mask n;
    tt_error error;
    tt_masking_options_init(&options);
    options.mask = tt_mask_at(random_below(stream, tt_mask_count()));
    random_options(&options, stream, false);
    options.length = TT_LENGTH_OWN;
    naive_mask_measure(&n, responses, options.mask->id, (const mpq_t *)options.thresholds, false,
                       options.has_baseline ? options.baseline : NULL);
    must(tt_gradient_run(&g, source, &options, 10000, &error), &error);
    if (!g.tangent || g.contexts_n != g.contexts_total)
        complain("not tangent", options.mask->id);
    if (tt_real_cmp(&g.improvement_derivative, &g.surrogate_derivative) != TT_EQUAL)
        complain("derivatives along pi - mu", options.mask->id);
    if (n.decided)
        compare_entries(&g, responses, &options);
    naive_mask_clear(&n);
    tt_gradient_clear(&g);
    tt_masking_options_clear(&options);
}

static void check_clip(const tt_row_source *source, const naive_responses *responses, random_stream *stream)
{
    tt_measure_options measure;
    tt_clipping c;
    tt_clip clip;
    tt_error error;
    mpq_t expected;
    mpq_init(expected);
    tt_clip_init(&clip);
    tt_measure_options_init(&measure);
    mpq_set_ui(clip.low, random_below(stream, 11), 10);
    mpq_set_ui(clip.high, random_below(stream, 11), 10);
    mpq_canonicalize(clip.low);
    mpq_canonicalize(clip.high);
    clip.has_dual = random_below(stream, 2) == 0;
    mpq_set_ui(clip.dual, 3, 2);
    must(tt_clipping_run(&c, source, &clip, &measure, &error), &error);
    naive_clip(expected, responses, clip.low, clip.high, clip.has_dual ? clip.dual : NULL);
    compared++;
    if (!mpq_equal(expected, c.objective))
        complain("objective", "clip");
    if (c.dominated && !mpq_equal(c.unclipped, c.surrogate))
        complain("unclipped objective is not L", "clip");
    tt_clipping_clear(&c);
    tt_clip_clear(&clip);
    mpq_clear(expected);
}

static void test_against_the_enumeration(void **state)
{
    uint64_t first = test_seed(4100), cases = CASES * test_effort();
    (void)state;
    for (uint64_t seed = first; seed < first + cases; seed++) {
        random_stream stream = { seed * 77 + 5 };
        random_shape shape;
        tt_instance *instance = random_instance(seed, RESPONSES, &shape);
        naive_responses *responses;
        tt_row_source source;
        size_t before = wrong;
        tt_instance_source(&source, instance);
        responses = naive_responses_new(&source);
        for (size_t k = 0; k < MASKS_PER_CASE; k++)
            check_mask(&source, responses, &stream, k == 0 ? SWEEP : k == 1 && seed % 2 ? JUMPS : ONE_THRESHOLD);
        check_gradient(&source, responses, &stream);
        check_clip(&source, responses, &stream);
        if (wrong > before)
            report_instance(instance, "test_masking", seed);
        naive_responses_free(responses);
        tt_instance_free(instance);
    }
    printf("%zu numbers compared over %" PRIu64 " instances from seed %" PRIu64
           ", %zu jumps, %zu thresholds left open by 512 bits\n",
           compared, cases, first, jumps, undecided);
    assert_int_equal(wrong, 0);
    assert_true(undecided < 5 * cases / 4);
    assert_true(fired > cases / 20);
}

/* ---- thresholds that are met ---------------------------------------------------------------------------------- */

/* A tree over two tokens: rows per step, "r0 r1 p0 p1" over a total. */
static tt_instance *steps_instance(size_t T, const unsigned long (*rows)[5])
{
    tt_instance *instance;
    tt_error error;
    mpq_t row[2][2], reward;
    must(tt_instance_new(&instance, TT_FORM_MACHINE, 2, T, &error), &error);
    mpq_init(reward);
    for (size_t k = 0; k < 4; k++)
        mpq_init(row[k / 2][k % 2]);
    for (size_t t = 0; t <= T; t++) {
        const unsigned long *w = rows[t < T ? t : T - 1];
        size_t next[2] = { t < T ? t + 1 : T, t < T ? t + 1 : T };
        char name[32];
        snprintf(name, sizeof name, "s%zu", t);
        for (size_t k = 0; k < 4; k++) {
            mpq_set_ui(row[k / 2][k % 2], w[k], w[4]);
            mpq_canonicalize(row[k / 2][k % 2]);
        }
        must(tt_instance_add_state(instance, name, (const mpq_t *)row[0], (const mpq_t *)row[1], next, &error), &error);
    }
    mpq_set_ui(reward, 1, 1);
    must(tt_instance_add_prompt(instance, reward, 0, &error), &error);
    must(tt_instance_set_reward_default(instance, reward, &error), &error);
    must(tt_instance_finish(instance, &error), &error);
    mpq_clear(reward);
    for (size_t k = 0; k < 4; k++)
        mpq_clear(row[k / 2][k % 2]);
    return instance;
}

static void accepts_over(tt_length length, const tt_instance *instance, const char *mask, const char *d, const char *d2,
                         unsigned long above, unsigned long below)
{
    tt_masking_options options;
    tt_row_source source;
    tt_masking m;
    tt_error error;
    mpq_t expected;
    tt_masking_options_init(&options);
    mpq_init(expected);
    mpq_set_ui(expected, above, below);
    mpq_canonicalize(expected);
    options.length = length;
    options.mask = tt_mask_find(mask);
    must(tt_exact_parse(options.thresholds[0], d, strlen(d), &error), &error);
    if (d2)
        must(tt_exact_parse(options.thresholds[1], d2, strlen(d2), &error), &error);
    tt_instance_source(&source, instance);
    must(tt_masking_run(&m, &source, &options, &error), &error);
    assert_true(m.point.decided);
    if (!mpq_equal(m.point.acceptance.q, expected))
        fail_msg("%s at %s does not accept %lu/%lu", mask, d, above, below);
    tt_masking_clear(&m);
    tt_masking_options_clear(&options);
    mpq_clear(expected);
}

static void accepts(const tt_instance *instance, const char *mask, const char *d, const char *d2, unsigned long above,
                    unsigned long below)
{
    accepts_over(TT_LENGTH_OWN, instance, mask, d, d2, above, below);
}

static void test_equality_is_accepted(void **state)
{
    /* rho: 2 and 2/3, then 1/2 and 3/2; M = 1 on 0.0 and 1.1 */
    static const unsigned long cancel[2][5] = { { 1, 3, 2, 2, 4 }, { 2, 2, 1, 3, 4 } };
    /* |rho - 1| = 1/2 everywhere */
    static const unsigned long even[3][5] = { { 2, 2, 3, 1, 4 }, { 2, 2, 1, 3, 4 }, { 2, 2, 3, 1, 4 } };
    static const unsigned long same[2][5] = { { 1, 3, 1, 3, 4 }, { 1, 1, 1, 1, 2 } };
    tt_instance *instance = steps_instance(2, cancel);
    (void)state;
    /* sum k3 = 1 - 1/2 on 0.0 and -1/3 + 1/2 on 1.1: the logarithms cancel */
    accepts(instance, "sum-k3", "1/2", NULL, 1, 1);
    accepts(instance, "sum-k3", "0.4999999999999999999999999999999999999999999999999999999999", NULL, 7, 8);
    accepts(instance, "sum-k3", "1/6", NULL, 3, 8);
    accepts(instance, "sum-k3", "0.1666666666666666666666666666666666666666666666666666666666", NULL, 0, 1);
    accepts(instance, "avg-k3", "1/4", NULL, 1, 1);
    accepts(instance, "avg-k3", "1/12", NULL, 3, 8);
    /* products and windows: M = 1, 3, 1/3, 1 */
    accepts(instance, "sequence-ratio", "1", "3", 5, 8);
    accepts(instance, "sequence-ratio-max", "1", NULL, 7, 8);
    accepts(instance, "geometric", "1", "1", 1, 2);
    accepts(instance, "avg-k1", "1", "1", 1, 2);
    accepts(instance, "ser", "3/4", NULL, 1, 1);
    accepts(instance, "ser", "5/12", NULL, 3, 4);
    accepts(instance, "veto", "2/3", NULL, 1, 2);
    accepts(instance, "icepop", "2/3", "2", 3, 4);
    tt_instance_free(instance);
    instance = steps_instance(3, even);
    /* a weighted mean of equal numbers is that number, whatever the weights */
    accepts(instance, "ln-trm", "1/2", NULL, 1, 1);
    accepts(instance, "ln-trm", "0.4999999999999999999999999999999999999999999999999999999999", NULL, 0, 1);
    accepts(instance, "ser", "1/2", NULL, 1, 1);
    tt_instance_free(instance);
    instance = steps_instance(2, same);
    accepts(instance, "max-kl", "0", NULL, 1, 1);
    accepts(instance, "ln-trm", "0", NULL, 1, 1);
    accepts(instance, "sum-k3", "0", NULL, 1, 1);
    accepts(instance, "kpop", "0", NULL, 1, 1);
    tt_instance_free(instance);
}

/* log 2 to 90 places, cut and raised: far past the first precision. */
static void test_close_thresholds_are_decided(void **state)
{
    static const unsigned long rows[1][5] = { { 1, 3, 2, 2, 4 } };
    static const char below[] = "0.69314718055994530941723212145817656"
                                "8075500134360255254120680009493393621969694715605863326";
    static const char above[] = "0.69314718055994530941723212145817656"
                                "8075500134360255254120680009493393621969694715605863327";
    tt_instance *instance = steps_instance(1, rows);
    (void)state;
    accepts(instance, "max-log-ratio", below, NULL, 3, 4);
    accepts(instance, "max-log-ratio", above, NULL, 1, 1);
    accepts(instance, "avg-abs-log", above, NULL, 1, 1);
    accepts(instance, "token-log-ratio", below, NULL, 3, 4);
    tt_instance_free(instance);
}

/* |rho - 1| is 1/10 but for 11/100 at t = 1 and 8/100, or a little more, at t = 7; their weights are sqrt(8 delta/2)
   and sqrt(2 delta/2), of which one is twice the other: the weighted mean is 1/10 exactly, or a little more. */
static void test_weights_of_one_class(void **state)
{
    unsigned long rows[9][5];
    tt_instance *instance;
    (void)state;
    for (unsigned long more = 0; more < 2; more++) {
        for (size_t t = 0; t < 9; t++) {
            unsigned long x = t == 0 ? 110000 : t == 6 ? 80000 + more : 100000;
            unsigned long row[5] = { 1000000, 1000000, 1000000 + x, 1000000 - x, 2000000 };
            memcpy(rows[t], row, sizeof row);
        }
        instance = steps_instance(9, (const unsigned long (*)[5])rows);
        accepts(instance, "ln-trm", "1/10", NULL, 1 - more, 1);
        tt_instance_free(instance);
    }
}

/* One token, then the end: over n = 1 the ratios are 2 and 2/3, over T = 3 ones dilute them. */
static void test_length_conventions(void **state)
{
    static const unsigned long rows[3][5] = { { 1, 3, 2, 2, 4 }, { 1, 0, 1, 0, 1 }, { 1, 0, 1, 0, 1 } };
    static const unsigned long turning[3][5] = { { 1, 3, 2, 2, 4 }, { 1, 0, 1, 0, 1 }, { 0, 1, 0, 1, 1 } };
    static const struct {
        const char *mask, *d, *d2;
        unsigned long own, horizon; /* fourths */
    } cases[] = {
        { "geometric", "3/2", "5/2", 1, 0 }, { "avg-k1", "1.3", "1.6", 3, 0 }, { "mult-prob-error", "1.6", NULL, 3, 4 },
        { "ser", "0.4", NULL, 3, 4 }, { "avg-abs-log", "0.5", NULL, 3, 4 }, { "avg-k3", "0.2", NULL, 3, 4 },
        { "sum-k3", "0.2", NULL, 3, 3 }, { "ratio-window", "1", "2", 1, 1 },
    };
    tt_instance *instance = steps_instance(3, rows);
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        accepts_over(TT_LENGTH_OWN, instance, cases[k].mask, cases[k].d, cases[k].d2, cases[k].own, 4);
        accepts_over(TT_LENGTH_HORIZON, instance, cases[k].mask, cases[k].d, cases[k].d2, cases[k].horizon, 4);
    }
    tt_instance_free(instance);
    /* a forced token that another one follows is no end: n = 2 */
    instance = steps_instance(3, turning);
    accepts(instance, "mult-prob-error", "1.6", NULL, 1, 1);
    accepts(instance, "mult-prob-error", "1.4", NULL, 3, 4);
    tt_instance_free(instance);
}

static void test_limits_and_bad_options(void **state)
{
    static const unsigned long rows[3][5] = { { 1, 3, 2, 2, 4 }, { 1, 1, 1, 1, 2 }, { 1, 1, 1, 1, 2 } };
    tt_instance *instance = steps_instance(3, rows);
    tt_masking_options options;
    tt_row_source source;
    tt_masking m;
    tt_error error;
    (void)state;
    tt_instance_source(&source, instance);
    tt_masking_options_init(&options);
    options.mask = tt_mask_find("geometric");
    mpq_set_ui(options.thresholds[0], 2, 1);
    mpq_set_ui(options.thresholds[1], 1, 1);
    assert_int_equal(tt_masking_run(&m, &source, &options, &error), TT_BAD_INPUT);
    tt_masking_clear(&m);
    mpq_set_ui(options.thresholds[1], 3, 1);
    options.measure.max_nodes = 14;
    assert_int_equal(tt_masking_run(&m, &source, &options, &error), TT_LIMIT);
    assert_non_null(strstr(error.what, "15"));
    assert_false(m.measured);
    assert_true(m.undecided);
    tt_masking_clear(&m);
    options.measure.max_nodes = 15;
    assert_int_equal(tt_masking_run(&m, &source, &options, &error), TT_OK);
    tt_masking_clear(&m);
    tt_masking_options_clear(&options);
    tt_instance_free(instance);
}

/* ---- the slides' examples ---------------------------------------------------------------------------------- */

static void term_is(const char *rho, long advantage, const char *selected, bool negative, tt_clip_choice choice)
{
    tt_clip clip;
    tt_clip_term term;
    tt_error error;
    mpq_t ratio, a, expected;
    mpq_inits(ratio, a, expected, NULL);
    tt_clip_init(&clip);
    tt_clip_term_init(&term);
    must(tt_exact_parse(ratio, rho, strlen(rho), &error), &error);
    must(tt_exact_parse(expected, selected, strlen(selected), &error), &error);
    if (negative)
        mpq_neg(expected, expected);
    mpq_set_si(a, advantage, 1);
    tt_clip_term_set(&term, ratio, a, &clip);
    assert_true(mpq_equal(term.selected, expected));
    assert_int_equal(term.choice, choice);
    tt_clip_term_clear(&term);
    tt_clip_clear(&clip);
    mpq_clears(ratio, a, expected, NULL);
}

static void test_the_four_rows(void **state)
{
    (void)state;
    term_is("3", 1, "1.2", false, TT_CLIP_CLIPPED);
    term_is("0.5", -1, "0.8", true, TT_CLIP_CLIPPED);
    term_is("100", -1, "100", true, TT_CLIP_UNCLIPPED);
    term_is("0.5", 1, "0.5", false, TT_CLIP_UNCLIPPED);
    term_is("1.2", 1, "1.2", false, TT_CLIP_UNCLIPPED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_enumeration), cmocka_unit_test(test_equality_is_accepted),
        cmocka_unit_test(test_close_thresholds_are_decided), cmocka_unit_test(test_weights_of_one_class),
        cmocka_unit_test(test_length_conventions), cmocka_unit_test(test_limits_and_bad_options),
        cmocka_unit_test(test_the_four_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

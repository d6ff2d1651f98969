/* Campaigns: what they count against a plain loop, joins of any cut in any order, a wrong bound caught and made
   small. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/report/campaign_report.h"
#include "../../lib/report/json.h"
#include "../../lib/study/campaign.h"
#include "../../lib/study/labels.h"
#include "../../lib/world/instance_json.h"
#include "../random_instance.h"
#include "../settings.h"

static uint64_t seed;

static tt_campaign small_campaign(uint64_t count)
{
    tt_campaign campaign = { .count = count };
    tt_sample_space_init(&campaign.space);
    campaign.space.seed = seed;
    return campaign;
}

static void run(tt_campaign_result *result, const tt_campaign *campaign, const tt_campaign_options *options)
{
    tt_error error;
    if (tt_campaign_run(result, campaign, options, &error) != TT_OK)
        fail_msg("seed %" PRIu64 ": %s: %s", seed, error.where, error.what);
}

/* The bytes of a result file. */
static char *bytes(const tt_campaign_result *result)
{
    char *text = NULL;
    size_t size;
    tt_error error;
    FILE *out = open_memstream(&text, &size);
    assert_int_equal(tt_campaign_write(out, result, &error), TT_OK);
    fclose(out);
    return text;
}

static void assert_same(const tt_campaign_result *a, const tt_campaign_result *b)
{
    char *x = bytes(a), *y = bytes(b);
    if (strcmp(x, y) != 0)
        fail_msg("seed %" PRIu64 ": two results differ:\n%s\n%s", seed, x, y);
    assert_true(tt_tally_equal(&a->tally, &b->tally));
    free(x);
    free(y);
}

/* ---- tightness ---- */

static void expect_tightness(const tt_real *x, bool is, uint64_t floor, size_t class, const char *text)
{
    static const tt_properties catalogues = { 0 };
    char printed[TT_TIGHTNESS_TEXT_SIZE];
    tt_tally tally;
    uint64_t found;
    assert_int_equal(tt_tightness_floor(&found, x), is);
    assert_int_equal(found, floor);
    tt_tightness_text(printed, found);
    assert_string_equal(printed, text);
    assert_int_equal(tt_tally_init(&tally, &catalogues), TT_OK);
    tt_tally_add_tightness(&tally, 0, x, 7);
    for (size_t k = 0; k < TT_CLASSES; k++)
        assert_int_equal(tt_tally_classes(&tally, 0)[k], k == class);
    assert_int_equal(tally.tightest[0].any, is);
    /* of two instances that are as tight the first one counts */
    tt_tally_add_tightness(&tally, 0, x, 9);
    assert_int_equal(tally.tightest[0].index, is ? 7 : 0);
    tt_tally_add_tightness(&tally, 0, x, 5);
    assert_int_equal(tally.tightest[0].index, is ? 5 : 0);
    tt_tally_clear(&tally);
}

static size_t class_from(const char *edge)
{
    size_t k = 0;
    while (strcmp(tt_tightness_edges[k], edge) != 0)
        k++;
    return TT_CLASS_FIRST + k;
}

static void floors_of_tightness(void **state)
{
    tt_real x, y;
    mpq_t q;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&y);
    mpq_init(q);
    expect_tightness(&x, false, 0, TT_CLASS_NONE, "0");
    tt_real_set_ui(&x, 0);
    expect_tightness(&x, true, 0, TT_CLASS_ZERO, "0");
    tt_real_set_ui(&x, 1);
    expect_tightness(&x, true, TT_TIGHTNESS_ONE, TT_CLASS_ONE, "1");
    tt_real_set_frac(&x, 1, 3);
    expect_tightness(&x, true, UINT64_C(333333333333333333), class_from("0.3"), "0.333333333333333333");
    tt_real_set_frac(&x, 3, 10);
    expect_tightness(&x, true, UINT64_C(300000000000000000), class_from("0.3"), "0.3");
    mpq_set_str(q, "299999999999999999999/1000000000000000000000", 10);
    tt_real_set_q(&x, q);
    expect_tightness(&x, true, UINT64_C(299999999999999999), class_from("0.2"), "0.299999999999999999");
    mpq_set_str(q, "1/10000000000000000000", 10);
    tt_real_set_q(&x, q);
    expect_tightness(&x, true, 0, class_from("0"), "0");
    tt_real_set_frac(&x, 1, 1000000);
    expect_tightness(&x, true, UINT64_C(1000000000000), class_from("0.000001"), "0.000001");
    tt_real_set_frac(&x, 9999, 10000);
    expect_tightness(&x, true, UINT64_C(999900000000000000), class_from("0.9999"), "0.9999");
    /* sqrt(1/2) = 0.70710678118654752440... */
    tt_real_set_frac(&x, 1, 2);
    tt_real_sqrt(&x, &x, 128);
    expect_tightness(&x, true, UINT64_C(707106781186547524), class_from("0.7"), "0.707106781186547524");
    /* enclosures: log 2 = 0.693147180559945309417..., and 1 within one that touches both sides of it */
    tt_real_set_ui(&x, 2);
    tt_real_log(&x, &x, 128);
    expect_tightness(&x, true, UINT64_C(693147180559945309), class_from("0.6"), "0.693147180559945309");
    tt_real_set_ui(&y, 2);
    tt_real_log(&y, &y, 128);
    tt_real_div(&x, &x, &y, 128);
    {
        uint64_t floor;
        assert_int_equal(x.kind, TT_REAL_ENCLOSED);
        assert_true(tt_tightness_floor(&floor, &x));
        assert_int_equal(floor, TT_TIGHTNESS_ONE - 1);
        expect_tightness(&x, true, floor, class_from("0.9999"), "0.999999999999999999");
    }
    tt_real_set_ui(&x, 100);
    expect_tightness(&x, true, TT_TIGHTNESS_TOP, TT_CLASS_ONE, "9");
    tt_real_set_infinite(&x, 1);
    expect_tightness(&x, true, TT_TIGHTNESS_TOP, TT_CLASS_ONE, "9");
    mpq_clear(q);
    tt_real_clear(&x);
    tt_real_clear(&y);
}

/* The floor of an interval of doubles is that of its lower end as a rational. */
static void floors_of_doubles(void **state)
{
    random_stream stream = { seed + 9 };
    tt_real x, exact;
    mpq_t q;
    (void)state;
    tt_real_init(&x);
    tt_real_init(&exact);
    mpq_init(q);
    for (uint64_t trial = 0; trial < 20000 * test_effort(); trial++) {
        double lo = ldexp((double)(random_word(&stream) >> 11), -53 - (int)random_below(&stream, trial % 5 ? 4 : 130));
        uint64_t a = 0, b = 0;
        if (trial % 7 == 0)
            lo = (double)random_below(&stream, 1000) / 1000;
        if (trial % 11 == 0)
            lo = 12 * lo;
        tt_real_set_doubles(&x, (tt_interval){ -lo, lo + 1 });
        mpq_set_d(q, lo);
        tt_real_set_q(&exact, q);
        assert_int_equal(x.kind, TT_REAL_DOUBLE);
        assert_true(tt_tightness_floor(&a, &x) && tt_tightness_floor(&b, &exact));
        if (a != b)
            fail_msg("seed %" PRIu64 ", trial %" PRIu64 ": %a has floor %" PRIu64 ", not %" PRIu64, seed, trial, lo, a, b);
    }
    tt_real_set_doubles(&x, (tt_interval){ 0.5, 0.5 });
    expect_tightness(&x, true, 0, class_from("0"), "0");
    tt_real_set_doubles(&x, (tt_interval){ 1, -0.5 });
    expect_tightness(&x, false, 0, TT_CLASS_NONE, "0");
    tt_real_clear(&x);
    tt_real_clear(&exact);
    mpq_clear(q);
}

/* ---- against a plain loop ---- */

/* The verdicts of one instance by the exact engine, in the order of the properties. */
static void judge_plainly(tt_judgement *judgement, const tt_campaign *campaign, uint64_t index)
{
    tt_evaluate_options options;
    tt_row_source source;
    tt_subject subject;
    tt_instance *instance;
    tt_error error;
    tt_evaluate_options_init(&options);
    assert_int_equal(tt_sample(&instance, NULL, &campaign->space, index, &error), TT_OK);
    tt_subject_of_instance(&subject, &source, instance);
    assert_int_equal(tt_judge(judgement, &subject, &options, &error), TT_OK);
    tt_instance_free(instance);
    tt_evaluate_options_clear(&options);
}

static void counts_are_those_of_a_loop(void **state)
{
    const uint64_t count = 150 * test_effort();
    const tt_campaign campaign = small_campaign(count);
    const size_t identities = tt_identity_count(), inequalities = tt_inequality_count(), bounds = tt_bound_count();
    const size_t properties = identities + inequalities + bounds;
    uint64_t(*counts)[TT_VERDICTS] = calloc(properties, sizeof *counts);
    uint64_t *best = calloc(bounds, sizeof *best), *ones = calloc(bounds, sizeof *ones);
    tt_campaign_options options;
    tt_campaign_result result;
    (void)state;
    tt_campaign_options_init(&options);
    run(&result, &campaign, &options);
    assert_int_equal(tt_property_count(&options.properties), properties);
    for (uint64_t i = 0; i < count; i++) {
        tt_judgement j;
        judge_plainly(&j, &campaign, i);
        for (size_t k = 0; k < identities; k++)
            counts[k][j.evaluation.identities[k]]++;
        for (size_t k = 0; k < inequalities; k++)
            counts[identities + k][j.evaluation.inequalities[k]]++;
        for (size_t k = 0; k < bounds; k++) {
            uint64_t floor;
            counts[identities + inequalities + k][j.evaluation.bounds[k].verdict]++;
            tt_tightness_floor(&floor, &j.evaluation.bounds[k].tightness);
            best[k] = floor > best[k] ? floor : best[k];
            ones[k] += tt_real_cmp_ui(&j.evaluation.bounds[k].tightness, 1) == TT_EQUAL;
        }
        tt_judgement_clear(&j);
    }
    for (size_t k = 0; k < properties; k++)
        for (size_t v = 0; v < TT_VERDICTS; v++)
            if (tt_tally_verdicts(&result.tally, k)[v] != counts[k][v])
                fail_msg("seed %" PRIu64 ": %s, %s: %" PRIu64 ", not %" PRIu64, seed,
                         tt_property_id(&options.properties, k), tt_verdict_name((tt_verdict)v),
                         tt_tally_verdicts(&result.tally, k)[v], counts[k][v]);
    for (size_t k = 0; k < bounds; k++) {
        /* the first tier's lower ends are a little lower */
        assert_true(result.tally.tightest[k].floor <= best[k]);
        if (best[k] - result.tally.tightest[k].floor > TT_TIGHTNESS_ONE / 1000000000)
            fail_msg("seed %" PRIu64 ": %s: %" PRIu64 " is far below %" PRIu64, seed, tt_bound_at(k)->id,
                     result.tally.tightest[k].floor, best[k]);
        assert_int_equal(tt_tally_classes(&result.tally, k)[TT_CLASS_ONE], ones[k]);
    }
    assert_int_equal(result.tally.instances, count);
    for (size_t k = 0; k < TT_VERSIONS; k++)
        assert_string_equal(result.version[k], tt_version_text(k));
    tt_campaign_result_clear(&result);
    free(counts);
    free(best);
    free(ones);
}

static void threads_and_shards_change_nothing(void **state)
{
    enum { COUNT = 200, SHARDS = 3 };
    const tt_campaign campaign = small_campaign(COUNT);
    const char *const names[] = { "a", "b", "c", "d" };
    tt_campaign_result whole, threaded, parts[SHARDS], joined;
    tt_campaign_options options;
    tt_error error;
    (void)state;
    tt_campaign_options_init(&options);
    run(&whole, &campaign, &options);
    options.threads = 3;
    run(&threaded, &campaign, &options);
    assert_same(&whole, &threaded);
    options.threads = 2;
    options.shards = SHARDS;
    for (size_t k = 0; k < SHARDS; k++) {
        options.shard = (k + 2) % SHARDS;
        run(&parts[k], &campaign, &options);
        assert_false(tt_campaign_complete(&parts[k]));
    }
    assert_int_equal(tt_campaign_join(&joined, parts, names, SHARDS, &error), TT_OK);
    assert_true(tt_campaign_complete(&joined));
    assert_same(&whole, &joined);
    for (size_t k = 0; k < SHARDS; k++)
        tt_campaign_result_clear(&parts[k]);
    tt_campaign_result_clear(&joined);
    tt_campaign_result_clear(&threaded);
    tt_campaign_result_clear(&whole);
}

/* ---- joins of made-up results ---- */

/* A small valid instance as its writer writes it, for made-up failures. */
static char *some_witness(uint64_t index)
{
    tt_sample_space space;
    tt_instance *instance;
    char *text = NULL;
    size_t size;
    tt_error error;
    FILE *out = open_memstream(&text, &size);
    tt_sample_space_init(&space);
    assert_int_equal(tt_sample(&instance, NULL, &space, index, &error), TT_OK);
    assert_int_equal(tt_instance_write(out, instance, &error), TT_OK);
    fclose(out);
    tt_instance_free(instance);
    return text;
}

/* Counts an instance whose numbers are made up, a function of its index. */
static void count_made_up(tt_tally *tally, uint64_t index)
{
    random_stream stream = { index * 977 + 5 };
    tt_real tightness;
    tt_real_init(&tightness);
    tally->instances++;
    tt_tally_tiers(tally)[random_below(&stream, TT_TIERS)]++;
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        tt_tally_corners(tally)[k] += random_below(&stream, 2);
    for (size_t k = 0; k < tt_label_count(); k++)
        tt_tally_label(tally, k)[random_below(&stream, TT_ANSWERS)]++;
    for (size_t k = 0; k < tt_property_count(tally->properties); k++) {
        tt_verdict verdict = random_below(&stream, 10) ? TT_HOLDS : (tt_verdict)random_below(&stream, TT_VERDICTS);
        if (k % 8 && (verdict == TT_VIOLATED || verdict == TT_UNDECIDED))
            verdict = TT_CONSISTENT;
        tt_tally_verdicts(tally, k)[verdict]++;
        if (verdict == TT_VIOLATED)
            assert_int_equal(tt_findings_add(&tally->violated, index, k, some_witness(index)), TT_OK);
        if (verdict == TT_UNDECIDED)
            assert_int_equal(tt_findings_add(&tally->undecided, index, k, NULL), TT_OK);
    }
    for (size_t k = 0; k < tt_bound_count(); k++) {
        tt_real_set_frac(&tightness, random_below(&stream, 12), 11);
        if (random_below(&stream, 9) == 0)
            tt_real_set_absent(&tightness);
        tt_tally_add_tightness(tally, k, &tightness, index);
    }
    tt_real_clear(&tightness);
}

static const tt_properties catalogues = { 0 };

/* The result of the instances with a residue in the set. */
static void make_up(tt_campaign_result *result, const tt_campaign *campaign, uint64_t modulus, const uint64_t *residues,
                    size_t n)
{
    tt_coverage coverage;
    tt_error error;
    assert_int_equal(tt_coverage_init(&coverage, modulus, residues, n, &error), TT_OK);
    assert_int_equal(tt_campaign_result_init(result, campaign, &catalogues, &coverage), TT_OK);
    for (uint64_t i = 0; i < campaign->count; i++)
        if (tt_coverage_has(&result->coverage, i))
            count_made_up(&result->tally, i);
    if (tt_campaign_result_check(result, &error) != TT_OK)
        fail_msg("%s: %s", error.where, error.what);
}

/* a = a joined with b, which is cleared */
static void fold(tt_campaign_result *a, tt_campaign_result *b)
{
    const tt_campaign_result both[] = { *a, *b };
    const char *const names[] = { "a", "b" };
    tt_campaign_result joined;
    tt_error error;
    if (tt_campaign_join(&joined, both, names, 2, &error) != TT_OK)
        fail_msg("seed %" PRIu64 ": %s: %s", seed, error.where, error.what);
    tt_campaign_result_clear(a);
    tt_campaign_result_clear(b);
    *a = joined;
}

/* Every cut into residue classes, joined pairwise in any order and grouping: the same as without a cut. */
static void joins_do_not_depend_on_order(void **state)
{
    random_stream stream = { seed };
    (void)state;
    for (uint64_t trial = 0; trial < 12 * test_effort(); trial++) {
        const tt_campaign campaign = small_campaign(1 + random_below(&stream, 40));
        const uint64_t modulus = 1 + random_below(&stream, 9), all = 0;
        size_t n = 1 + random_below(&stream, (size_t)modulus);
        tt_campaign_result whole, parts[9];
        uint64_t member[9][9];
        size_t sizes[9] = { 0 };
        for (uint64_t r = 0; r < modulus; r++) {
            size_t k = random_below(&stream, n);
            member[k][sizes[k]++] = r;
        }
        make_up(&whole, &campaign, 1, &all, 1);
        for (size_t k = 0; k < n; k++)
            make_up(&parts[k], &campaign, modulus, member[k], sizes[k]);
        while (n > 1) {
            size_t a = random_below(&stream, n), b = random_below(&stream, n);
            if (a == b)
                continue;
            fold(&parts[a], &parts[b]);
            parts[b] = parts[--n];
        }
        assert_same(&whole, &parts[0]);
        tt_campaign_result_clear(&whole);
        tt_campaign_result_clear(&parts[0]);
    }
}

static tt_status join_n(tt_campaign_result *out, tt_error *error, const tt_campaign_result *results, size_t n)
{
    const char *const names[] = { "one", "two", "three", "four" };
    return tt_campaign_join(out, results, names, n, error);
}

static void what_is_contained_is_left_out(void **state)
{
    const tt_campaign campaign = small_campaign(30);
    const uint64_t residues[] = { 0, 1, 2, 3 };
    tt_campaign_result part, half, whole, joined;
    tt_error error;
    (void)state;
    make_up(&part, &campaign, 4, residues, 1);
    make_up(&half, &campaign, 4, (const uint64_t[]){ 0, 2 }, 2);
    assert_int_equal(half.coverage.modulus, 2);
    make_up(&whole, &campaign, 4, residues, 4);
    assert_int_equal(whole.coverage.modulus, 1);
    assert_int_equal(join_n(&joined, &error, (const tt_campaign_result[]){ part, half, whole, part }, 4), TT_OK);
    assert_same(&joined, &whole);
    tt_campaign_result_clear(&joined);
    assert_int_equal(join_n(&joined, &error, (const tt_campaign_result[]){ part, part }, 2), TT_OK);
    assert_same(&joined, &part);
    tt_campaign_result_clear(&joined);
    assert_int_equal(join_n(&joined, &error, (const tt_campaign_result[]){ part, half, half }, 3), TT_OK);
    assert_same(&joined, &half);
    tt_campaign_result_clear(&joined);
    tt_campaign_result_clear(&part);
    tt_campaign_result_clear(&half);
    tt_campaign_result_clear(&whole);
}

static void expect_refusal(const tt_campaign_result *results, size_t n, tt_status status, const char *what)
{
    tt_campaign_result joined;
    tt_error error;
    assert_int_equal(join_n(&joined, &error, results, n), status);
    if (!strstr(error.what, what))
        fail_msg("\"%s\" does not say \"%s\"", error.what, what);
}

static void what_cannot_be_joined_is_refused(void **state)
{
    const tt_campaign campaign = small_campaign(30);
    tt_campaign_result a, b, c;
    (void)state;
    make_up(&a, &campaign, 4, (const uint64_t[]){ 0, 1 }, 2);
    make_up(&b, &campaign, 4, (const uint64_t[]){ 1, 2 }, 2);
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "cannot be separated");
    expect_refusal((const tt_campaign_result[]){ b, a }, 2, TT_BAD_INPUT, "cannot be separated");
    tt_campaign_result_clear(&b);
    make_up(&b, &campaign, 4, (const uint64_t[]){ 2, 3 }, 2);
    make_up(&c, &campaign, 8, (const uint64_t[]){ 1, 2 }, 2);
    expect_refusal((const tt_campaign_result[]){ a, b, c }, 3, TT_BAD_INPUT, "instances of both");
    tt_campaign_result_clear(&c);
    tt_campaign_result_clear(&b);
    make_up(&b, &campaign, 4, (const uint64_t[]){ 0, 1 }, 2);
    tt_tally_corners(&b.tally)[0] ^= 1;
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "differs");
    tt_campaign_result_clear(&b);
    make_up(&b, &campaign, 4, (const uint64_t[]){ 2, 3 }, 2);
    b.campaign.space.seed++;
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "--seed");
    b.campaign = a.campaign;
    b.campaign.count++;
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "count");
    b.campaign = a.campaign;
    b.campaign.space.vocab_high++;
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "--vocab");
    b.campaign = a.campaign;
    b.campaign.space.horizon_low--;
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "--horizon");
    b.campaign = a.campaign;
    b.campaign.space.kind = TT_SAMPLE_DYADIC;
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "--kind");
    b.campaign = a.campaign;
    strcpy(b.version[2], "0");
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_BAD_INPUT, "MPFR");
    tt_campaign_result_clear(&b);
    make_up(&b, &campaign, 1048573, (const uint64_t[]){ 2 }, 1);
    expect_refusal((const tt_campaign_result[]){ a, b }, 2, TT_LIMIT, "common multiple");
    tt_campaign_result_clear(&b);
    tt_campaign_result_clear(&a);
}

static void coverage_is_canonical(void **state)
{
    random_stream stream = { seed + 1 };
    (void)state;
    for (uint64_t trial = 0; trial < 300 * test_effort(); trial++) {
        uint64_t modulus = 1 + random_below(&stream, 24), factor = 1 + random_below(&stream, 4), residues[96];
        uint64_t count = random_below(&stream, 60), counted = 0;
        bool in[24], smaller = false;
        tt_coverage a, b;
        tt_error error;
        size_t n = 0, m = 0;
        for (uint64_t r = 0; r < modulus; r++)
            if ((in[r] = random_below(&stream, 2)))
                residues[n++] = r;
        assert_int_equal(tt_coverage_init(&a, modulus, residues, n, &error), TT_OK);
        /* the same set over a multiple of the modulus, listed backwards */
        for (uint64_t r = modulus * factor; r-- > 0;)
            if (in[r % modulus])
                residues[m++] = r;
        assert_int_equal(tt_coverage_init(&b, modulus * factor, residues, m, &error), TT_OK);
        assert_true(tt_coverage_equal(&a, &b));
        for (uint64_t i = 0; i < 100; i++)
            assert_int_equal(tt_coverage_has(&a, i), in[i % modulus]);
        for (uint64_t i = 0; i < count; i++)
            counted += in[i % modulus];
        assert_int_equal(tt_coverage_instances(&a, count), counted);
        /* no smaller modulus describes it */
        for (uint64_t d = 1; d < a.modulus && !smaller; d++) {
            bool repeats = true;
            for (uint64_t i = 0; i < 24 * 24; i++)
                repeats = repeats && in[i % modulus] == in[(i + d) % modulus];
            smaller = repeats;
        }
        assert_false(smaller);
        tt_coverage_clear(&a);
        tt_coverage_clear(&b);
    }
}

/* ---- files ---- */

static void reading_gives_back_what_was_written(void **state)
{
    const tt_campaign campaign = small_campaign(30);
    (void)state;
    for (uint64_t modulus = 1; modulus <= 4; modulus++) {
        tt_campaign_result result, again;
        tt_error error;
        char *text;
        make_up(&result, &campaign, modulus, (const uint64_t[]){ 0 }, 1);
        text = bytes(&result);
        if (tt_campaign_read_text(&again, text, strlen(text), &catalogues, &error) != TT_OK)
            fail_msg("%s: %s", error.where, error.what);
        assert_same(&result, &again);
        assert_true(tt_coverage_equal(&result.coverage, &again.coverage));
        assert_memory_equal(result.version, again.version, sizeof result.version);
        tt_campaign_result_clear(&result);
        tt_campaign_result_clear(&again);
        free(text);
    }
}

/* Replaces the first `from` after the first `key`, and reads. */
static void expect_unread(const char *text, const char *key, const char *from, const char *to)
{
    const char *place = strstr(text, key);
    tt_campaign_result result;
    tt_error error;
    char *changed;
    assert_non_null(place);
    place = strstr(place, from);
    assert_non_null(place);
    assert_true(asprintf(&changed, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from)) > 0);
    if (tt_campaign_read_text(&result, changed, strlen(changed), &catalogues, &error) == TT_OK)
        fail_msg("%s after %s was read", to, key);
    assert_int_equal(error.status, TT_BAD_INPUT);
    free(changed);
}

static void changed_files_are_refused(void **state)
{
    const tt_campaign campaign = small_campaign(30);
    tt_campaign_result result;
    char *text;
    (void)state;
    make_up(&result, &campaign, 2, (const uint64_t[]){ 1 }, 1);
    text = bytes(&result);
    expect_unread(text, "\"format\"", "campaign-1", "campaign-2");
    expect_unread(text, "\"count\"", "30", "32");
    expect_unread(text, "\"count\"", "30", "0");
    expect_unread(text, "\"count\"", "30", "-30");
    expect_unread(text, "\"count\"", "30", "30.0");
    expect_unread(text, "\"count\"", "30", "\"30\"");
    expect_unread(text, "\"count\"", "30", "9007199254740993");
    expect_unread(text, "\"vocab\"", "2", "4");
    expect_unread(text, "\"vocab\"", "2", "0");
    expect_unread(text, "\"kind\"", "mixed", "other");
    expect_unread(text, "\"seed\"", "\"seed\"", "\"sead\"");
    expect_unread(text, "\"seed\": \"", "\"seed\": \"", "\"seed\": \"0");
    expect_unread(text, "\"complete\"", "false", "true");
    expect_unread(text, "\"modulus\"", "2", "1048577");
    expect_unread(text, "\"residues\"", "1", "2");
    expect_unread(text, "\"residues\"", "1", "0, 1");
    expect_unread(text, "\"instances\"", "15", "14");
    expect_unread(text, "\"double\"", "\"double\"", "\"more\": 1, \"double\"");
    expect_unread(text, "\"tightness_edges\"", "0.01", "0.02");
    expect_unread(text, "\"identities\"", "\"id\"", "\"more\": 1, \"id\"");
    expect_unread(text, "\"classical-tv\"", "reward-free", "reward-aware");
    expect_unread(text, "\"classical-tv\"", "index", "indices");
    expect_unread(text, "\"at_least\"", "\"1\"", "\"1.0\"");
    expect_unread(text, "\"at_least\"", "\"1\"", "\"0.5\"");
    expect_unread(text, "\"command\"", "trustree gen", "rm -rf");
    expect_unread(text, "\"failures\"", "\"property\": \"", "\"property\": \"no-");
    expect_unread(text, "\"failures\"", "\"vocab\"", "\"vocabulary\"");
    expect_unread(text, "\"failures\"", "\"instance\": {", "\"instance\": {\"comment\": \"\", ");
    expect_unread(text, "\"undecided\": [", "\"undecided\": [", "\"undecided\": [1, ");
    expect_unread(text, "{", "{", "{\"shard\": 1, ");
    expect_unread(text, "{", "{", "[{");
    free(text);
    tt_campaign_result_clear(&result);
}

/* Whatever was made of a file: it is refused, or its value is what would be written for the same numbers. Not its bytes:
   blanks and the order of keys are free, and a digit of a witness's response may make it one of another place. */
static void expect_no_harm(const char *text, size_t length, const tt_properties *properties)
{
    tt_campaign_result result;
    json_t *found, *again;
    char *written;
    tt_error error;
    if (tt_campaign_read_text(&result, text, length, properties, &error) != TT_OK) {
        assert_int_equal(error.status, TT_BAD_INPUT);
        return;
    }
    assert_int_equal(tt_campaign_result_check(&result, &error), TT_OK);
    written = bytes(&result);
    found = json_loadb(text, length, JSON_REJECT_DUPLICATES, NULL);
    again = json_loads(written, JSON_REJECT_DUPLICATES, NULL);
    if (!json_equal(found, again))
        fail_msg("seed %" PRIu64 ": of\n%.*s\nwas made\n%s", seed, (int)length, text, written);
    json_decref(found);
    json_decref(again);
    free(written);
    tt_campaign_result_clear(&result);
}

static void changed_bytes_do_no_harm(void **state)
{
    const tt_campaign campaign = small_campaign(12);
    random_stream stream = { seed + 2 };
    tt_campaign_result result;
    char *text;
    size_t length;
    (void)state;
    make_up(&result, &campaign, 3, (const uint64_t[]){ 1 }, 1);
    text = bytes(&result);
    length = strlen(text);
    for (uint64_t trial = 0; trial < 300 * test_effort(); trial++) {
        size_t place = random_below(&stream, length);
        char was = text[place];
        text[place] = (char)(' ' + random_below(&stream, 95));
        expect_no_harm(text, length, &catalogues);
        text[place] = was;
    }
    free(text);
    tt_campaign_result_clear(&result);
}

static tt_verdict made_up(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)q, (void)precision;
    return TT_UNDECIDED;
}

/* Every bit of a small file turned, and every end of it cut off. Its witnesses are a tree with rewards of its own and a
   machine. */
static void flipped_bits_do_no_harm(void **state)
{
    static const tt_inequality two[] = { { "violated", "", "", made_up }, { "open", "", "", made_up } };
    static const tt_properties properties = { .extra = two, .extra_count = 2, .extra_only = true };
    static const uint64_t indices[] = { 11, 18 };
    const tt_campaign campaign = small_campaign(20);
    tt_campaign_result result;
    tt_coverage coverage;
    tt_error error;
    json_t *root;
    size_t length;
    char *text;
    (void)state;
    assert_int_equal(tt_coverage_init(&coverage, 20, indices, 2, &error), TT_OK);
    assert_int_equal(tt_campaign_result_init(&result, &campaign, &properties, &coverage), TT_OK);
    result.tally.instances = tt_tally_tiers(&result.tally)[0] = 2;
    for (size_t k = 0; k < tt_label_count(); k++)
        tt_tally_label(&result.tally, k)[TT_YES] = 2;
    tt_tally_verdicts(&result.tally, 0)[TT_VIOLATED] = tt_tally_verdicts(&result.tally, 1)[TT_UNDECIDED] = 2;
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(tt_findings_add(&result.tally.violated, indices[k], 0, some_witness(indices[k])), TT_OK);
        assert_int_equal(tt_findings_add(&result.tally.undecided, indices[k], 1, NULL), TT_OK);
    }
    assert_int_equal(tt_campaign_result_check(&result, &error), TT_OK);
    root = tt_json_campaign(&result);
    text = json_dumps(root, JSON_COMPACT);
    assert_non_null(text);
    length = strlen(text);
    for (size_t place = 0; place < length; place++)
        for (unsigned bit = 1; bit < 256; bit *= 2) {
            text[place] = (char)((unsigned char)text[place] ^ bit);
            expect_no_harm(text, length, &properties);
            text[place] = (char)((unsigned char)text[place] ^ bit);
        }
    tt_campaign_result_clear(&result);
    for (size_t cut = 0; cut < length; cut++)
        assert_int_equal(tt_campaign_read_text(&result, text, cut, &properties, &error), TT_BAD_INPUT);
    assert_int_equal(tt_campaign_read_text(&result, text, length, &properties, &error), TT_OK);
    tt_campaign_result_clear(&result);
    json_decref(root);
    free(text);
}

/* ---- failures ---- */

/* A deliberately wrong bound: half of one that is attained. */
static tt_verdict half_of_tv_optimal(const tt_quantities *q, mpfr_prec_t precision)
{
    const char *parameter = NULL;
    tt_verdict verdict;
    tt_real value;
    tt_real_init(&value);
    tt_bound_find("tv-optimal")->value(&value, q, precision, &parameter);
    tt_real_mul_frac(&value, &value, 1, 2, precision);
    verdict = tt_verdict_le(&q->worst_case_error, &value);
    tt_real_clear(&value);
    return verdict;
}

static tt_verdict always(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return tt_real_is_absent(&q->worst_case_error) ? TT_UNDECIDED : TT_HOLDS;
}

static tt_verdict open_at_two_steps(const tt_quantities *q, mpfr_prec_t precision)
{
    (void)precision;
    return q->horizon == 2 ? TT_UNDECIDED : TT_HOLDS;
}

static const tt_inequality wrong[] = {
    { "holds-always", "", "", always },
    { "half-of-tv-optimal", "", "", half_of_tv_optimal },
    { "open-at-two-steps", "", "", open_at_two_steps },
};
enum { WRONG = 3 };

static unsigned long largest_denominator(const tt_instance *instance)
{
    const tt_row_store *rows = tt_instance_rows(instance);
    unsigned long largest = 1;
    for (size_t pair = 0; pair < tt_row_store_pairs(rows); pair++) {
        tt_rows view;
        tt_row_store_view(&view, rows, pair);
        if (mpz_cmp_ui(view.total, largest) > 0)
            largest = mpz_get_ui(view.total);
    }
    return largest;
}

static void check_witness(const char *text)
{
    tt_evaluate_options options;
    tt_row_source source;
    tt_subject subject;
    tt_judgement judgement;
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_instance_read_text(&instance, text, strlen(text), &error), TT_OK);
    assert_int_equal(tt_instance_vocab(instance), 2);
    assert_true(tt_instance_horizon(instance) <= 3);
    assert_int_equal(tt_instance_prompts(instance), 1);
    assert_true(largest_denominator(instance) <= 16);
    tt_evaluate_options_init(&options);
    tt_subject_of_instance(&subject, &source, instance);
    assert_int_equal(tt_judge(&judgement, &subject, &options, &error), TT_OK);
    assert_int_equal(half_of_tv_optimal(&judgement.quantities, 128), TT_VIOLATED);
    tt_judgement_clear(&judgement);
    tt_evaluate_options_clear(&options);
    tt_instance_free(instance);
}

static void a_wrong_bound_is_caught_and_shrunk(void **state)
{
    enum { COUNT = 120 };
    const tt_campaign campaign = small_campaign(COUNT);
    tt_campaign_options options;
    tt_campaign_result result, shards[2], joined;
    const tt_findings *violated;
    uint64_t open = 0;
    tt_error error;
    (void)state;
    tt_campaign_options_init(&options);
    options.properties = (tt_properties){ .extra = wrong, .extra_count = WRONG, .extra_only = true };
    run(&result, &campaign, &options);
    violated = &result.tally.violated;
    assert_int_equal(tt_tally_verdicts(&result.tally, 0)[TT_HOLDS], COUNT);
    assert_true(tt_tally_verdicts(&result.tally, 1)[TT_VIOLATED] > TT_FINDINGS_MAX);
    assert_int_equal(violated->n, TT_FINDINGS_MAX);
    for (size_t k = 0; k < violated->n; k++) {
        assert_int_equal(violated->items[k].property, 1);
        assert_true(k == 0 || violated->items[k - 1].index < violated->items[k].index);
        check_witness(violated->items[k].witness);
    }
    /* the undecided ones are the first instances of two steps */
    for (uint64_t i = 0, n = 0; i < COUNT; i++) {
        tt_instance *instance;
        assert_int_equal(tt_sample(&instance, NULL, &campaign.space, i, &error), TT_OK);
        if (tt_instance_horizon(instance) == 2) {
            if (n < TT_FINDINGS_MAX)
                assert_int_equal(result.tally.undecided.items[n++].index, i);
            open++;
        }
        tt_instance_free(instance);
    }
    assert_int_equal(tt_tally_verdicts(&result.tally, 2)[TT_UNDECIDED], open);
    assert_int_equal(tt_campaign_verdicts(&result, TT_UNDECIDED), open);
    /* shards find the same */
    options.shards = 2;
    for (options.shard = 0; options.shard < 2; options.shard++)
        run(&shards[options.shard], &campaign, &options);
    assert_int_equal(join_n(&joined, &error, shards, 2), TT_OK);
    assert_same(&joined, &result);
    tt_campaign_result_clear(&joined);
    tt_campaign_result_clear(&shards[0]);
    tt_campaign_result_clear(&shards[1]);
    tt_campaign_result_clear(&result);
}

/* Extra properties beside the catalogues. */
static void extra_properties_come_last(void **state)
{
    const tt_campaign campaign = small_campaign(20);
    tt_campaign_options options;
    tt_campaign_result with, without;
    size_t first, n;
    (void)state;
    tt_campaign_options_init(&options);
    run(&without, &campaign, &options);
    options.properties = (tt_properties){ .extra = wrong, .extra_count = 1 };
    run(&with, &campaign, &options);
    first = tt_property_first(&options.properties, TT_PROPERTY_EXTRA, &n);
    assert_int_equal(n, 1);
    assert_string_equal(tt_property_id(&options.properties, first), "holds-always");
    assert_int_equal(tt_tally_verdicts(&with.tally, first)[TT_HOLDS], 20);
    assert_int_equal(tt_tally_tiers(&with.tally)[TT_TIER_DOUBLE], 0);
    for (size_t k = 0; k < first; k++)
        assert_memory_equal(tt_tally_verdicts(&with.tally, k), tt_tally_verdicts(&without.tally, k),
                            TT_VERDICTS * sizeof(uint64_t));
    tt_campaign_result_clear(&with);
    tt_campaign_result_clear(&without);
}

/* ---- interruptions ---- */

static bool stop_after(void *context, const char *work, double done)
{
    uint64_t *left = context;
    (void)work;
    (void)done;
    return *left > 0 && --*left > 0;
}

static void an_interrupted_campaign_goes_on(void **state)
{
    enum { COUNT = 500 };
    const tt_campaign campaign = small_campaign(COUNT);
    random_stream stream = { seed + 3 };
    char path[] = "/tmp/trustree-test-XXXXXX";
    int file = mkstemp(path);
    tt_campaign_options options;
    tt_campaign_result whole, resumed;
    tt_status status = TT_INTERRUPTED;
    uint64_t left, stops = 0;
    tt_error error;
    (void)state;
    assert_true(file >= 0);
    close(file);
    tt_campaign_options_init(&options);
    run(&whole, &campaign, &options);
    options.journal = path;
    options.progress = stop_after;
    options.progress_context = &left;
    while (status == TT_INTERRUPTED) {
        left = 70 + random_below(&stream, 150);
        options.threads = 1 + (unsigned)random_below(&stream, 2);
        status = tt_campaign_run(&resumed, &campaign, &options, &error);
        if (status == TT_INTERRUPTED) {
            stops++;
            tt_campaign_result_clear(&resumed);
        }
    }
    assert_int_equal(status, TT_OK);
    assert_true(stops > 1);
    assert_same(&whole, &resumed);
    tt_campaign_result_clear(&whole);
    tt_campaign_result_clear(&resumed);
    unlink(path);
}

static void bad_configurations_are_refused(void **state)
{
    tt_campaign campaign = small_campaign(0);
    tt_campaign_options options;
    tt_campaign_result result;
    tt_error error;
    (void)state;
    tt_campaign_options_init(&options);
    assert_int_equal(tt_campaign_run(&result, &campaign, &options, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, "--count");
    tt_campaign_result_clear(&result);
    campaign.count = 1;
    options.shard = options.shards = 3;
    assert_int_equal(tt_campaign_run(&result, &campaign, &options, &error), TT_BAD_INPUT);
    assert_string_equal(error.where, "--shard");
    tt_campaign_result_clear(&result);
    /* a shard without instances is a result of none */
    options.shard = 2;
    run(&result, &campaign, &options);
    assert_int_equal(result.tally.instances, 0);
    tt_campaign_result_clear(&result);
    options.shard = 0;
    options.shards = 1;
    campaign.space.vocab_low = 4;
    assert_int_equal(tt_campaign_run(&result, &campaign, &options, &error), TT_BAD_INPUT);
    tt_campaign_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(floors_of_tightness),
        cmocka_unit_test(floors_of_doubles),
        cmocka_unit_test(counts_are_those_of_a_loop),
        cmocka_unit_test(threads_and_shards_change_nothing),
        cmocka_unit_test(coverage_is_canonical),
        cmocka_unit_test(joins_do_not_depend_on_order),
        cmocka_unit_test(what_is_contained_is_left_out),
        cmocka_unit_test(what_cannot_be_joined_is_refused),
        cmocka_unit_test(reading_gives_back_what_was_written),
        cmocka_unit_test(changed_files_are_refused),
        cmocka_unit_test(changed_bytes_do_no_harm),
        cmocka_unit_test(flipped_bits_do_no_harm),
        cmocka_unit_test(a_wrong_bound_is_caught_and_shrunk),
        cmocka_unit_test(extra_properties_come_last),
        cmocka_unit_test(an_interrupted_campaign_goes_on),
        cmocka_unit_test(bad_configurations_are_refused),
    };
    seed = test_seed(1);
    printf("TT_TEST_SEED=%" PRIu64 "\n", seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

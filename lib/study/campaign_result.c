#include "campaign_result.h"

#include <gsl/gsl_version.h>
#include <inttypes.h>
#include <mpfi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "labels.h"

const char *const tt_version_names[TT_VERSIONS] = { "trustree", "GMP", "MPFR", "MPFI", "GSL" };

const char *tt_version_text(size_t k)
{
    const char *const texts[TT_VERSIONS] = { PACKAGE_VERSION, gmp_version, mpfr_get_version(), mpfi_get_version(),
                                             gsl_version };
    return texts[k];
}

/* ---- properties ---- */

size_t tt_property_first(const tt_properties *properties, tt_property_kind kind, size_t *n)
{
    const size_t counts[TT_PROPERTY_KINDS] = {
        [TT_PROPERTY_IDENTITY] = properties->extra_only ? 0 : tt_identity_count(),
        [TT_PROPERTY_INEQUALITY] = properties->extra_only ? 0 : tt_inequality_count(),
        [TT_PROPERTY_BOUND] = properties->extra_only ? 0 : tt_bound_count(),
        [TT_PROPERTY_EXTRA] = properties->extra_count,
    };
    size_t first = 0;
    for (size_t k = 0; k < (size_t)kind; k++)
        first += counts[k];
    *n = counts[kind];
    return first;
}

size_t tt_property_count(const tt_properties *properties)
{
    size_t n, first = tt_property_first(properties, TT_PROPERTY_EXTRA, &n);
    return first + n;
}

const char *tt_property_id(const tt_properties *properties, size_t property)
{
    for (size_t kind = 0; kind < TT_PROPERTY_KINDS; kind++) {
        size_t n, first = tt_property_first(properties, (tt_property_kind)kind, &n), k = property - first;
        if (k >= n)
            continue;
        switch ((tt_property_kind)kind) {
        case TT_PROPERTY_IDENTITY:
            return tt_identity_at(k)->id;
        case TT_PROPERTY_INEQUALITY:
            return tt_inequality_at(k)->id;
        case TT_PROPERTY_BOUND:
            return tt_bound_at(k)->id;
        default:
            return properties->extra[k].id;
        }
    }
    return NULL;
}

static size_t bound_count(const tt_properties *properties)
{
    size_t n;
    tt_property_first(properties, TT_PROPERTY_BOUND, &n);
    return n;
}

/* ---- tightness ---- */

const char *const tt_tightness_edges[TT_TIGHTNESS_EDGES] = {
    "0",   "0.000001", "0.00001", "0.0001", "0.001", "0.01", "0.1",  "0.2",   "0.3",    "0.4",
    "0.5", "0.6",      "0.7",     "0.8",    "0.9",   "0.95", "0.99", "0.999", "0.9999", "1",
};

/* The same in units of 1e-18. */
static const uint64_t edge_units[TT_TIGHTNESS_EDGES] = {
    0,
    TT_TIGHTNESS_ONE / 1000000,
    TT_TIGHTNESS_ONE / 100000,
    TT_TIGHTNESS_ONE / 10000,
    TT_TIGHTNESS_ONE / 1000,
    TT_TIGHTNESS_ONE / 100,
    TT_TIGHTNESS_ONE / 10,
    TT_TIGHTNESS_ONE / 10 * 2,
    TT_TIGHTNESS_ONE / 10 * 3,
    TT_TIGHTNESS_ONE / 10 * 4,
    TT_TIGHTNESS_ONE / 10 * 5,
    TT_TIGHTNESS_ONE / 10 * 6,
    TT_TIGHTNESS_ONE / 10 * 7,
    TT_TIGHTNESS_ONE / 10 * 8,
    TT_TIGHTNESS_ONE / 10 * 9,
    TT_TIGHTNESS_ONE / 100 * 95,
    TT_TIGHTNESS_ONE / 100 * 99,
    TT_TIGHTNESS_ONE / 1000 * 999,
    TT_TIGHTNESS_ONE / 10000 * 9999,
    TT_TIGHTNESS_ONE,
};

/* floor(q 10^18), or floor(sqrt(q) 10^18) = isqrt(floor(q 10^36)); q >= 0 */
static uint64_t floor_of_rational(mpq_srcptr q, bool root)
{
    mpz_t units;
    uint64_t floor;
    mpz_init(units);
    mpz_ui_pow_ui(units, 10, root ? 36 : 18);
    mpz_mul(units, units, mpq_numref(q));
    mpz_fdiv_q(units, units, mpq_denref(q));
    if (root)
        mpz_sqrt(units, units);
    floor = tt_exact_get_u64(units);
    mpz_clear(units);
    return floor > TT_TIGHTNESS_TOP ? TT_TIGHTNESS_TOP : floor;
}

/* The same of the lower end of an interval, cut at 0. */
static uint64_t floor_of_enclosure(mpfi_srcptr i)
{
    uint64_t floor = 0;
    mpq_t q;
    mpq_init(q);
    if (mpfr_sgn(&i->left) > 0) {
        mpfr_get_q(q, &i->left);
        floor = floor_of_rational(q, false);
    }
    mpq_clear(q);
    return floor;
}

static uint64_t floor_of_doubles(tt_interval d)
{
    uint64_t floor = 0;
    mpq_t q;
    mpq_init(q);
    if (tt_interval_lo(d) > 0) {
        mpq_set_d(q, tt_interval_lo(d));
        floor = floor_of_rational(q, false);
    }
    mpq_clear(q);
    return floor;
}

bool tt_tightness_floor(uint64_t *out, const tt_real *x)
{
    *out = 0;
    switch (x->kind) {
    case TT_REAL_EXACT:
    case TT_REAL_ROOT:
        if (mpq_sgn(x->q) >= 0)
            *out = floor_of_rational(x->q, x->kind == TT_REAL_ROOT);
        return mpq_sgn(x->q) >= 0;
    case TT_REAL_ENCLOSED:
        *out = floor_of_enclosure(x->i);
        return mpfr_sgn(&x->i->right) >= 0;
    case TT_REAL_DOUBLE:
        *out = floor_of_doubles(x->d);
        return x->d.hi >= 0;
    case TT_REAL_INFINITE:
        *out = mpq_sgn(x->q) > 0 ? TT_TIGHTNESS_TOP : 0;
        return mpq_sgn(x->q) > 0;
    default:
        return false;
    }
}

/* Edges are whole units, so that a lower end and its floor lie between the same two. */
static size_t class_of_floor(uint64_t floor)
{
    size_t k = TT_CLASS_ONE;
    while (k > TT_CLASS_FIRST && floor < edge_units[k - 1])
        k--;
    return k;
}

/* ---- findings ---- */

static int compare_findings(const tt_finding *a, const tt_finding *b)
{
    if (a->index != b->index)
        return a->index < b->index ? -1 : 1;
    return a->property < b->property ? -1 : a->property > b->property;
}

static void findings_clear(tt_findings *findings)
{
    for (size_t k = 0; k < findings->n; k++)
        free(findings->items[k].witness);
    findings->n = 0;
}

/* How many findings a property has; *last is the place of its highest one. */
static size_t findings_of(const tt_findings *findings, size_t property, size_t *last)
{
    size_t n = 0;
    for (size_t k = 0; k < findings->n; k++)
        if (findings->items[k].property == property) {
            *last = k;
            n++;
        }
    return n;
}

static void findings_remove(tt_findings *findings, size_t place)
{
    free(findings->items[place].witness);
    findings->n--;
    memmove(&findings->items[place], &findings->items[place + 1],
            (findings->n - place) * sizeof *findings->items);
}

static tt_status findings_grow(tt_findings *findings)
{
    size_t room = findings->room ? 2 * findings->room : 8;
    tt_finding *items = reallocarray(findings->items, room, sizeof *items);
    if (!items)
        return TT_NO_MEMORY;
    findings->items = items;
    findings->room = room;
    return TT_OK;
}

tt_status tt_findings_add(tt_findings *findings, uint64_t index, size_t property, char *witness)
{
    const tt_finding finding = { index, property, witness };
    size_t last, place = findings->n;
    if (findings_of(findings, property, &last) == TT_FINDINGS_MAX) {
        if (findings->items[last].index < index) {
            free(witness);
            return TT_OK;
        }
        findings_remove(findings, last);
        place = findings->n;
    }
    if (findings->n == findings->room && findings_grow(findings) != TT_OK) {
        free(witness);
        return TT_NO_MEMORY;
    }
    while (place > 0 && compare_findings(&findings->items[place - 1], &finding) > 0)
        place--;
    memmove(&findings->items[place + 1], &findings->items[place], (findings->n - place) * sizeof *findings->items);
    findings->items[place] = finding;
    findings->n++;
    return TT_OK;
}

static tt_status findings_join(tt_findings *findings, const tt_findings *x)
{
    tt_status status = TT_OK;
    for (size_t k = 0; k < x->n && status == TT_OK; k++) {
        const tt_finding *finding = &x->items[k];
        char *witness = finding->witness ? strdup(finding->witness) : NULL;
        status = finding->witness && !witness ? TT_NO_MEMORY
                                              : tt_findings_add(findings, finding->index, finding->property, witness);
    }
    return status;
}

static bool findings_equal(const tt_findings *a, const tt_findings *b)
{
    if (a->n != b->n)
        return false;
    for (size_t k = 0; k < a->n; k++) {
        const char *x = a->items[k].witness, *y = b->items[k].witness;
        if (compare_findings(&a->items[k], &b->items[k]) != 0 || !x != !y || (x && strcmp(x, y) != 0))
            return false;
    }
    return true;
}

/* ---- tallies ---- */

tt_status tt_tally_init(tt_tally *tally, const tt_properties *properties)
{
    *tally = (tt_tally){ .properties = properties };
    tally->corners = TT_TIERS;
    tally->labels = tally->corners + tt_sample_corner_count();
    tally->verdicts = tally->labels + TT_ANSWERS * tt_label_count();
    tally->classes = tally->verdicts + TT_VERDICTS * tt_property_count(properties);
    tally->size = tally->classes + TT_CLASSES * bound_count(properties);
    tally->counts = calloc(tally->size, sizeof *tally->counts);
    tally->tightest = calloc(bound_count(properties) + 1, sizeof *tally->tightest);
    if (tally->counts && tally->tightest)
        return TT_OK;
    tt_tally_clear(tally);
    return TT_NO_MEMORY;
}

void tt_tally_clear(tt_tally *tally)
{
    free(tally->counts);
    free(tally->tightest);
    findings_clear(&tally->violated);
    findings_clear(&tally->undecided);
    free(tally->violated.items);
    free(tally->undecided.items);
    *tally = (tt_tally){ 0 };
}

void tt_tally_reset(tt_tally *tally)
{
    tally->instances = 0;
    memset(tally->counts, 0, tally->size * sizeof *tally->counts);
    memset(tally->tightest, 0, bound_count(tally->properties) * sizeof *tally->tightest);
    findings_clear(&tally->violated);
    findings_clear(&tally->undecided);
}

uint64_t *tt_tally_tiers(const tt_tally *tally)
{
    return tally->counts;
}

uint64_t *tt_tally_corners(const tt_tally *tally)
{
    return tally->counts + tally->corners;
}

uint64_t *tt_tally_label(const tt_tally *tally, size_t label)
{
    return tally->counts + tally->labels + TT_ANSWERS * label;
}

uint64_t *tt_tally_verdicts(const tt_tally *tally, size_t property)
{
    return tally->counts + tally->verdicts + TT_VERDICTS * property;
}

uint64_t *tt_tally_classes(const tt_tally *tally, size_t bound)
{
    return tally->counts + tally->classes + TT_CLASSES * bound;
}

static void keep_tightest(tt_tightest *best, const tt_tightest *x)
{
    if (x->any && (!best->any || x->floor > best->floor || (x->floor == best->floor && x->index < best->index)))
        *best = *x;
}

void tt_tally_add_tightness(tt_tally *tally, size_t bound, const tt_real *tightness, uint64_t index)
{
    tt_tightest x = { .index = index };
    size_t class = TT_CLASS_NONE;
    x.any = tt_tightness_floor(&x.floor, tightness);
    if (x.any)
        class = tt_real_is_zero(tightness) ? TT_CLASS_ZERO : class_of_floor(x.floor);
    tt_tally_classes(tally, bound)[class]++;
    keep_tightest(&tally->tightest[bound], &x);
}

tt_status tt_tally_join(tt_tally *tally, const tt_tally *x)
{
    tt_status status;
    tally->instances += x->instances;
    for (size_t k = 0; k < tally->size; k++)
        tally->counts[k] += x->counts[k];
    for (size_t k = 0; k < bound_count(tally->properties); k++)
        keep_tightest(&tally->tightest[k], &x->tightest[k]);
    status = findings_join(&tally->violated, &x->violated);
    return status == TT_OK ? findings_join(&tally->undecided, &x->undecided) : status;
}

bool tt_tally_equal(const tt_tally *a, const tt_tally *b)
{
    for (size_t k = 0; k < bound_count(a->properties); k++) {
        const tt_tightest *x = &a->tightest[k], *y = &b->tightest[k];
        if (x->any != y->any || x->floor != y->floor || x->index != y->index)
            return false;
    }
    return a->instances == b->instances && memcmp(a->counts, b->counts, a->size * sizeof *a->counts) == 0 &&
           findings_equal(&a->violated, &b->violated) && findings_equal(&a->undecided, &b->undecided);
}

/* ---- results ---- */

tt_status tt_campaign_result_init(tt_campaign_result *result, const tt_campaign *campaign,
                                  const tt_properties *properties, tt_coverage *coverage)
{
    tt_status status;
    *result = (tt_campaign_result){ .campaign = *campaign, .coverage = *coverage };
    *coverage = (tt_coverage){ 0 };
    for (size_t k = 0; k < TT_VERSIONS; k++)
        snprintf(result->version[k], TT_VERSION_SIZE, "%s", tt_version_text(k));
    status = tt_tally_init(&result->tally, properties);
    if (status != TT_OK)
        tt_coverage_clear(&result->coverage);
    return status;
}

void tt_campaign_result_clear(tt_campaign_result *result)
{
    tt_coverage_clear(&result->coverage);
    tt_tally_clear(&result->tally);
}

bool tt_campaign_complete(const tt_campaign_result *result)
{
    return tt_coverage_instances(&result->coverage, result->campaign.count) == result->campaign.count;
}

uint64_t tt_campaign_verdicts(const tt_campaign_result *result, tt_verdict verdict)
{
    uint64_t n = 0;
    for (size_t k = 0; k < tt_property_count(result->tally.properties); k++)
        n += tt_tally_verdicts(&result->tally, k)[verdict];
    return n;
}

char *tt_campaign_command(const tt_campaign *campaign, uint64_t index)
{
    const tt_sample_space *space = &campaign->space;
    char *text;
    if (asprintf(&text,
                 "trustree gen campaign --vocab %zu:%zu --horizon %zu:%zu --kind %s --seed %" PRIu64
                 " --index %" PRIu64,
                 space->vocab_low, space->vocab_high, space->horizon_low, space->horizon_high,
                 tt_sample_kind_words[space->kind], space->seed, index) < 0)
        return NULL;
    return text;
}

/* ---- numbers that were read ---- */

/* sum of n numbers, capped where it would pass 2^64 */
static uint64_t sum(const uint64_t *counts, size_t n)
{
    uint64_t total = 0;
    for (size_t k = 0; k < n; k++)
        total = counts[k] > UINT64_MAX - total ? UINT64_MAX : total + counts[k];
    return total;
}

static tt_status check_sums(const tt_tally *t, tt_error *error)
{
    const tt_properties *properties = t->properties;
    if (sum(tt_tally_tiers(t), TT_TIERS) != t->instances)
        return tt_fail(error, TT_BAD_INPUT, "tiers", "do not add up to the instances");
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        if (tt_tally_corners(t)[k] > t->instances)
            return tt_fail(error, TT_BAD_INPUT, "corners", "more than instances");
    for (size_t k = 0; k < tt_label_count(); k++)
        if (sum(tt_tally_label(t, k), TT_ANSWERS) != t->instances)
            return tt_fail(error, TT_BAD_INPUT, "labels", "do not add up to the instances");
    for (size_t k = 0; k < tt_property_count(properties); k++)
        if (sum(tt_tally_verdicts(t, k), TT_VERDICTS) != t->instances)
            return tt_fail(error, TT_BAD_INPUT, tt_property_id(properties, k),
                           "the verdicts do not add up to the instances");
    for (size_t k = 0; k < bound_count(properties); k++)
        if (sum(tt_tally_classes(t, k), TT_CLASSES) != t->instances)
            return tt_fail(error, TT_BAD_INPUT, tt_bound_at(k)->id, "the tightnesses do not add up to the instances");
    return TT_OK;
}

static tt_status check_tightest(const tt_tally *t, tt_covered *covered, const void *context, tt_error *error)
{
    for (size_t k = 0; k < bound_count(t->properties); k++) {
        const tt_tightest *best = &t->tightest[k];
        const uint64_t *classes = tt_tally_classes(t, k);
        bool fits = sum(classes, TT_CLASS_NONE) == 0;
        if (best->any) {
            size_t class = class_of_floor(best->floor);
            if (!covered(context, best->index))
                return tt_fail(error, TT_BAD_INPUT, tt_bound_at(k)->id, "the tightest instance is not covered");
            /* a tightness that is known to be 0 is a class of its own */
            if (best->floor == 0 && !classes[class])
                class = TT_CLASS_ZERO;
            fits = classes[class] && sum(&classes[class + 1], TT_CLASS_NONE - class - 1) == 0;
        }
        if (!fits)
            return tt_fail(error, TT_BAD_INPUT, tt_bound_at(k)->id, "the tightest instance does not fit the counts");
    }
    return TT_OK;
}

static tt_status check_findings(const tt_tally *t, const tt_findings *findings, tt_verdict verdict,
                                tt_covered *covered, const void *context, tt_error *error)
{
    for (size_t k = 0; k < findings->n; k++) {
        if (!covered(context, findings->items[k].index))
            return tt_fail(error, TT_BAD_INPUT, tt_verdict_name(verdict), "an instance is not covered");
        if (k > 0 && compare_findings(&findings->items[k - 1], &findings->items[k]) >= 0)
            return tt_fail(error, TT_BAD_INPUT, tt_verdict_name(verdict), "the list is out of order");
    }
    for (size_t k = 0; k < tt_property_count(t->properties); k++) {
        uint64_t counted = tt_tally_verdicts(t, k)[verdict];
        size_t last;
        if (findings_of(findings, k, &last) != (counted < TT_FINDINGS_MAX ? counted : TT_FINDINGS_MAX))
            return tt_fail(error, TT_BAD_INPUT, tt_property_id(t->properties, k), "the %s are not as many as counted",
                           tt_verdict_name(verdict));
    }
    return TT_OK;
}

tt_status tt_tally_check(const tt_tally *tally, tt_covered *covered, const void *context, tt_error *error)
{
    tt_status status = check_sums(tally, error);
    if (status == TT_OK)
        status = check_tightest(tally, covered, context, error);
    if (status == TT_OK)
        status = check_findings(tally, &tally->violated, TT_VIOLATED, covered, context, error);
    if (status == TT_OK)
        status = check_findings(tally, &tally->undecided, TT_UNDECIDED, covered, context, error);
    return status;
}

static bool result_covers(const void *context, uint64_t index)
{
    const tt_campaign_result *result = context;
    return index < result->campaign.count && tt_coverage_has(&result->coverage, index);
}

tt_status tt_campaign_result_check(const tt_campaign_result *result, tt_error *error)
{
    if (result->tally.instances != tt_coverage_instances(&result->coverage, result->campaign.count))
        return tt_fail(error, TT_BAD_INPUT, "instances", "not as many as are covered");
    return tt_tally_check(&result->tally, result_covers, result, error);
}

#include "claims_internal.h"

#include <stdlib.h>
#include <string.h>

#include "../measure/tree.h"
#include "../number/exact.h"

enum { MASKS_MAX = 16, GATED_MAX = 4 };

struct tt_specimen_cache {
    size_t masks, gated;
    struct {
        const char *mask, *d, *baseline;
        tt_masking masking;
    } mask[MASKS_MAX];
    struct {
        tt_gate gate;
        uint64_t n, m;
        tt_quantities quantities;
    } policy[GATED_MAX];
};

tt_status tt_specimen_init(tt_specimen *out, const tt_instance *instance, mpfr_prec_t precision, tt_error *error)
{
    tt_evaluate_options options;
    tt_subject subject;
    tt_status status;
    memset(out, 0, sizeof *out);
    tt_evaluate_options_init(&options);
    options.measure.precision = precision;
    options.measure.max_nodes = TT_SPECIMEN_NODES;
    out->instance = instance;
    out->precision = precision;
    tt_subject_of_instance(&subject, &out->source, instance);
    status = tt_judge(&out->judgement, &subject, &options, error);
    tt_evaluate_options_clear(&options);
    out->small = tt_row_source_nodes_ui(&out->source) <= TT_SPECIMEN_NODES;
    out->cache = calloc(1, sizeof *out->cache);
    if (!out->cache)
        return tt_no_memory(error);
    if (status == TT_OK && out->small)
        status = tt_spelled_init(&out->spelled, &out->source, TT_SPECIMEN_NODES, precision, error);
    return status;
}

void tt_specimen_clear(tt_specimen *specimen)
{
    for (size_t k = 0; specimen->cache && k < specimen->cache->masks; k++)
        tt_masking_clear(&specimen->cache->mask[k].masking);
    for (size_t k = 0; specimen->cache && k < specimen->cache->gated; k++)
        tt_quantities_clear(&specimen->cache->policy[k].quantities);
    free(specimen->cache);
    tt_judgement_clear(&specimen->judgement);
    tt_spelled_clear(&specimen->spelled);
}

const tt_real *tt_specimen_bound(const tt_specimen *specimen, const char *id)
{
    const tt_bound *bound = tt_bound_find(id);
    size_t k = 0;
    while (tt_bound_at(k) != bound)
        k++;
    return &specimen->judgement.evaluation.bounds[k].value;
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static tt_status run_mask(tt_masking *out, const tt_specimen *specimen, const char *mask, const char *d,
                          const char *baseline, tt_error *error)
{
    tt_masking_options options;
    tt_status status;
    tt_masking_options_init(&options);
    options.mask = tt_mask_find(mask);
    options.measure.precision = specimen->precision;
    options.has_baseline = baseline != NULL;
    status = tt_exact_parse(options.thresholds[0], d, strlen(d), error);
    if (status == TT_OK && baseline)
        status = tt_exact_parse(options.baseline, baseline, strlen(baseline), error);
    if (status == TT_OK) {
        status = tt_masking_run(out, &specimen->source, &options, error);
        if (status != TT_OK)
            tt_masking_clear(out);
    }
    tt_masking_options_clear(&options);
    return status;
}

tt_status tt_specimen_mask(const tt_masking **out, const tt_specimen *specimen, const char *mask, const char *d,
                           const char *baseline, tt_error *error)
{
    struct tt_specimen_cache *cache = specimen->cache;
    size_t k = 0;
    tt_status status;
    while (k < cache->masks && !(same_text(cache->mask[k].mask, mask) && same_text(cache->mask[k].d, d) &&
                                 same_text(cache->mask[k].baseline, baseline)))
        k++;
    if (k == MASKS_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "more than %d masks on one instance", MASKS_MAX);
    *out = &cache->mask[k].masking;
    if (k < cache->masks)
        return TT_OK;
    status = run_mask(&cache->mask[k].masking, specimen, mask, d, baseline, error);
    if (status != TT_OK)
        return status;
    cache->mask[k].mask = mask;
    cache->mask[k].d = d;
    cache->mask[k].baseline = baseline;
    cache->masks++;
    return TT_OK;
}

/* ---- gated policies ---- */

typedef struct {
    const tt_spelled *spelled;
    const tt_real *d;
} gate;

/* rollout's row where KL_tok > d */
static tt_spelled_target close_context;
static void close_context(mpq_t *row, const void *context, size_t k)
{
    const gate *g = context;
    const tt_spelled_context *c = &g->spelled->context[k];
    if (tt_real_cmp(&c->kl, g->d) != TT_GREATER)
        return;
    for (size_t v = 0; v < g->spelled->vocab; v++)
        tt_spelled_probability(row[v], c, TT_ROLLOUT, v);
}

/* rho within [1/d, d] */
static bool within(const tt_spelled_context *c, size_t v, mpq_srcptr d)
{
    mpq_t rho;
    bool inside;
    mpq_init(rho);
    inside = tt_spelled_ratio(rho, c, v) && mpq_cmp(rho, d) <= 0;
    mpq_mul(rho, rho, d);
    inside = inside && mpq_cmp_ui(rho, 1, 1) >= 0;
    mpq_clear(rho);
    return inside;
}

/* Target's row on the tokens with 1/d <= rho <= d; what is left goes to the others in proportion to rollout, or, where
   rollout has none of them, as target has it. */
static tt_spelled_target close_tokens;
static void close_tokens(mpq_t *row, const void *context, size_t k)
{
    const gate *g = context;
    const tt_spelled_context *c = &g->spelled->context[k];
    mpq_t left, mass, p;
    mpq_inits(left, mass, p, NULL);
    for (size_t v = 0; v < g->spelled->vocab; v++)
        if (!within(c, v, g->d->q)) {
            tt_spelled_probability(p, c, TT_ROLLOUT, v);
            mpq_add(mass, mass, p);
            mpq_add(left, left, row[v]);
        }
    for (size_t v = 0; v < g->spelled->vocab && mpq_sgn(mass) > 0; v++)
        if (!within(c, v, g->d->q)) {
            tt_spelled_probability(p, c, TT_ROLLOUT, v);
            mpq_mul(row[v], left, p);
            mpq_div(row[v], row[v], mass);
        }
    mpq_clears(left, mass, p, NULL);
}

static tt_status run_gated(tt_quantities *out, const tt_specimen *specimen, tt_gate kind, uint64_t n,
                           uint64_t m, tt_error *error)
{
    tt_real d;
    gate g = { &specimen->spelled, &d };
    tt_instance *instance;
    tt_row_source source;
    tt_measure_options options;
    tt_status status;
    tt_measure_options_init(&options);
    options.precision = specimen->precision;
    options.fields = TT_FIELDS_MAIN;
    tt_real_init(&d);
    tt_real_set_frac(&d, n, m);
    status = tt_spelled_retarget(&instance, &specimen->spelled, kind == TT_GATE_CONTEXTS ? close_context : close_tokens,
                                 &g, error);
    if (status == TT_OK) {
        tt_instance_source(&source, instance);
        status = tt_tree_measure(out, &source, &options, error);
    }
    tt_instance_free(instance);
    tt_real_clear(&d);
    return status;
}

tt_status tt_specimen_gated(const tt_quantities **out, const tt_specimen *specimen, tt_gate kind, uint64_t n,
                            uint64_t m, tt_error *error)
{
    struct tt_specimen_cache *cache = specimen->cache;
    size_t k = 0;
    while (k < cache->gated &&
           !(cache->policy[k].gate == kind && cache->policy[k].n == n && cache->policy[k].m == m))
        k++;
    if (k == GATED_MAX)
        return tt_fail(error, TT_LIMIT, NULL, "more than %d gated policies on one instance", GATED_MAX);
    *out = &cache->policy[k].quantities;
    if (k < cache->gated)
        return TT_OK;
    cache->policy[k].gate = kind;
    cache->policy[k].n = n;
    cache->policy[k].m = m;
    cache->gated++;
    tt_quantities_init(&cache->policy[k].quantities);
    return run_gated(&cache->policy[k].quantities, specimen, kind, n, m, error);
}

/* ---- observations ---- */

void tt_observation_init(tt_observation *observation)
{
    observation->verdict = TT_NOT_APPLICABLE;
    observation->n = 0;
    for (size_t k = 0; k < TT_FACTS; k++) {
        observation->facts[k].name = NULL;
        tt_real_init(&observation->facts[k].value);
    }
}

void tt_observation_clear(tt_observation *observation)
{
    for (size_t k = 0; k < TT_FACTS; k++)
        tt_real_clear(&observation->facts[k].value);
}

void tt_observe_fact(tt_observation *out, const char *name, const tt_real *value)
{
    if (!name || out->n == TT_FACTS)
        return;
    out->facts[out->n].name = name;
    tt_real_set(&out->facts[out->n].value, value);
    out->n++;
}

/* How bad a verdict is for the statement. */
static int badness(tt_verdict verdict)
{
    switch (verdict) {
    case TT_VIOLATED:
        return 4;
    case TT_UNDECIDED:
        return 3;
    case TT_CONSISTENT:
        return 2;
    case TT_HOLDS:
        return 1;
    default:
        return 0;
    }
}

void tt_observe(tt_observation *out, tt_verdict verdict, const char *left_name, const tt_real *left,
                const char *right_name, const tt_real *right)
{
    if (badness(verdict) <= badness(out->verdict))
        return;
    out->verdict = verdict;
    out->n = 0;
    tt_observe_fact(out, left_name, left);
    tt_observe_fact(out, right_name, right);
}

tt_verdict tt_verdict_lt(const tt_real *x, const tt_real *y)
{
    if (tt_real_is_absent(x) || tt_real_is_absent(y))
        return TT_NOT_APPLICABLE;
    switch (tt_real_cmp(x, y)) {
    case TT_LESS:
        return TT_HOLDS;
    case TT_UNKNOWN:
        return TT_UNDECIDED;
    default:
        return TT_VIOLATED;
    }
}

void tt_observe_le(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                   const tt_real *right)
{
    tt_verdict verdict = tt_verdict_le(left, right);
    if (verdict == TT_UNDECIDED && tt_verdict_eq(left, right, NULL) == TT_CONSISTENT)
        verdict = TT_CONSISTENT;
    tt_observe(out, verdict, left_name, left, right_name, right);
}

void tt_observe_lt(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                   const tt_real *right)
{
    tt_observe(out, tt_verdict_lt(left, right), left_name, left, right_name, right);
}

void tt_observe_eq(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                   const tt_real *right)
{
    tt_verdict verdict = tt_real_is_absent(left) || tt_real_is_absent(right) ? TT_NOT_APPLICABLE
                                                                             : tt_verdict_eq(left, right, NULL);
    tt_observe(out, verdict, left_name, left, right_name, right);
}

void tt_observe_implies(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                        const tt_real *right, const char *conclusion_name, const tt_real *conclusion)
{
    tt_real zero;
    tt_verdict premise = tt_verdict_lt(right, left), follows, verdict;
    int before = badness(out->verdict);
    tt_real_init(&zero);
    tt_real_set_ui(&zero, 0);
    follows = tt_verdict_lt(&zero, conclusion);
    if (premise == TT_VIOLATED || premise == TT_NOT_APPLICABLE || follows == TT_NOT_APPLICABLE)
        verdict = TT_NOT_APPLICABLE;
    else if (follows == TT_HOLDS)
        verdict = premise == TT_HOLDS ? TT_HOLDS : TT_NOT_APPLICABLE;
    else
        verdict = premise == TT_HOLDS ? follows : TT_UNDECIDED;
    tt_observe(out, verdict, left_name, left, right_name, right);
    if (badness(verdict) > before)
        tt_observe_fact(out, conclusion_name, conclusion);
    tt_real_clear(&zero);
}

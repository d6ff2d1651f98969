#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "campaign_result.h"

/* One of the results to join. */
typedef struct {
    const tt_campaign_result *result;
    const char *name;
    uint64_t instances;
} part;

/* Which part has the instances of each residue of the common modulus. */
typedef struct {
    uint64_t modulus; /* only residues below the number of instances */
    const part **owner;
} ownership;

static tt_status check_same_campaign(const part *first, const part *other, tt_error *error)
{
    const tt_campaign *a = &first->result->campaign, *b = &other->result->campaign;
    const struct {
        const char *what;
        uint64_t x, y;
    } numbers[] = {
        { "the count", a->count, b->count },
        { "--vocab", a->space.vocab_low, b->space.vocab_low },
        { "--vocab", a->space.vocab_high, b->space.vocab_high },
        { "--horizon", a->space.horizon_low, b->space.horizon_low },
        { "--horizon", a->space.horizon_high, b->space.horizon_high },
        { "--seed", a->space.seed, b->space.seed },
    };
    if (a->space.kind != b->space.kind)
        return tt_fail(error, TT_BAD_INPUT, other->name, "another configuration: --kind is %s, and %s in %s",
                       tt_sample_kind_words[b->space.kind], tt_sample_kind_words[a->space.kind], first->name);
    for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
        if (numbers[k].x != numbers[k].y)
            return tt_fail(error, TT_BAD_INPUT, other->name,
                           "another configuration: %s is %" PRIu64 ", and %" PRIu64 " in %s", numbers[k].what,
                           numbers[k].y, numbers[k].x, first->name);
    for (size_t k = 0; k < TT_VERSIONS; k++)
        if (strcmp(first->result->version[k], other->result->version[k]) != 0)
            return tt_fail(error, TT_BAD_INPUT, other->name, "was made with %s %s, and %s with %s", tt_version_names[k],
                           other->result->version[k], first->name, first->result->version[k]);
    return TT_OK;
}

/* Larger ones first, so that what contains another comes before it; the rest only makes messages the same in any
   order. */
static int compare_parts(const void *x, const void *y)
{
    const part *a = x, *b = y;
    if (a->instances != b->instances)
        return a->instances > b->instances ? -1 : 1;
    return strcmp(a->name, b->name);
}

/* Takes the instances of a part. *taken is false where another part has them all. */
static tt_status take(bool *taken, ownership *o, const part *p, tt_error *error)
{
    const part *around = NULL;
    bool some_free = false;
    *taken = false;
    for (uint64_t r = 0; r < o->modulus; r++) {
        if (!tt_coverage_has(&p->result->coverage, r))
            continue;
        if (!o->owner[r])
            some_free = true;
        else if (around && around != o->owner[r])
            return tt_fail(error, TT_BAD_INPUT, p->name, "has instances of both %s and %s, which cannot be separated",
                           around->name, o->owner[r]->name);
        else
            around = o->owner[r];
    }
    if (around && some_free)
        return tt_fail(error, TT_BAD_INPUT, p->name, "has some instances of %s and others, which cannot be separated",
                       around->name);
    if (around && around->instances == p->instances && !tt_tally_equal(&around->result->tally, &p->result->tally))
        return tt_fail(error, TT_BAD_INPUT, p->name, "differs from %s although both are of the same instances",
                       around->name);
    *taken = some_free;
    for (uint64_t r = 0; r < o->modulus && some_free; r++)
        if (tt_coverage_has(&p->result->coverage, r))
            o->owner[r] = p;
    return TT_OK;
}

/* *modulus = the common one of all parts. */
static tt_status common_modulus(uint64_t *modulus, const part *parts, size_t n, tt_error *error)
{
    *modulus = 1;
    for (size_t k = 0; k < n; k++) {
        *modulus = tt_common_modulus(*modulus, parts[k].result->coverage.modulus);
        if (!*modulus)
            return tt_fail(error, TT_LIMIT, parts[k].name,
                           "the common multiple of the numbers of shards is above %" PRIu64, TT_MODULUS_MAX);
    }
    return TT_OK;
}

static tt_status join_part(tt_campaign_result *out, const part *p, tt_error *error)
{
    tt_status status = tt_coverage_join(&out->coverage, &p->result->coverage, error);
    if (status == TT_OK && tt_tally_join(&out->tally, &p->result->tally) != TT_OK)
        status = tt_no_memory(error);
    return status;
}

/* Joins the parts, sorted by compare_parts, that no other one contains. */
static tt_status join_sorted(tt_campaign_result *out, const part *parts, size_t n, ownership *o, tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t k = 0; k < n && status == TT_OK; k++) {
        bool taken;
        status = take(&taken, o, &parts[k], error);
        if (status == TT_OK && taken)
            status = join_part(out, &parts[k], error);
    }
    return status;
}

tt_status tt_campaign_join(tt_campaign_result *out, const tt_campaign_result *results, const char *const *names,
                           size_t n, tt_error *error)
{
    tt_coverage nothing;
    part *parts = calloc(n, sizeof *parts);
    ownership o = { 0 };
    tt_status status = parts ? TT_OK : tt_no_memory(error);
    for (size_t k = 0; k < n && status == TT_OK; k++) {
        parts[k] = (part){ &results[k], names[k], results[k].tally.instances };
        status = check_same_campaign(&parts[0], &parts[k], error);
    }
    if (status == TT_OK)
        status = common_modulus(&o.modulus, parts, n, error);
    if (status == TT_OK) {
        if (o.modulus > results[0].campaign.count)
            o.modulus = results[0].campaign.count;
        o.owner = calloc((size_t)o.modulus, sizeof *o.owner);
        status = o.owner ? tt_coverage_init(&nothing, 1, NULL, 0, error)
                         : tt_no_memory(error);
    }
    if (status == TT_OK) {
        if (tt_campaign_result_init(out, &results[0].campaign, results[0].tally.properties, &nothing) != TT_OK)
            status = tt_no_memory(error);
        else {
            qsort(parts, n, sizeof *parts, compare_parts);
            memcpy(out->version, results[0].version, sizeof out->version);
            status = join_sorted(out, parts, n, &o, error);
            if (status != TT_OK)
                tt_campaign_result_clear(out);
        }
    }
    free(o.owner);
    free(parts);
    return status;
}

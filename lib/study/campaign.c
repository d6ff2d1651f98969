#include "campaign.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../number/text_stream.h"
#include "../world/instance_json.h"
#include "../world/shrink.h"
#include "journal.h"
#include "labels.h"

/* Instances of one unit of work, which is a line of the journal. A kill loses at most this many per thread. */
enum { BLOCK_INSTANCES = 64 };

void tt_campaign_options_init(tt_campaign_options *options)
{
    *options = (tt_campaign_options){ .shards = 1, .threads = 1 };
}

/* What the threads share. */
typedef struct {
    const tt_campaign_options *options;
    tt_journal_subject subject;
    tt_campaign_result *result;
    tt_journal *journal; /* or NULL */
    uint64_t blocks, instances;
    /* under the lock */
    pthread_mutex_t lock;
    uint64_t next, done; /* the next block, instances that are done */
    const char *work;
    tt_status status; /* of the first failure */
    tt_error error;
} run;

/* What each thread has of its own. */
typedef struct {
    run *r;
    tt_evaluate_options evaluate;
    tt_tally tally; /* of the block */
    tt_answer *answers;
    tt_verdict *extra;
    tt_real tightness;
} worker;

/* ---- one instance ---- */

/* Asks the extra properties at growing precisions while one is undecided. */
static tt_status ask_extra(tt_verdict *out, tt_judgement *j, const tt_subject *subject, const worker *w,
                           tt_error *error)
{
    const tt_properties *properties = &w->r->options->properties;
    tt_measure_options measure = w->evaluate.measure;
    measure.precision = j->precision;
    for (;;) {
        bool open = false;
        tt_status status;
        for (size_t k = 0; k < properties->extra_count; k++) {
            out[k] = j->status == TT_OK ? properties->extra[k].verdict(&j->quantities, j->precision) : TT_UNDECIDED;
            open = open || out[k] == TT_UNDECIDED;
        }
        if (!open || j->status != TT_OK || j->precision >= w->evaluate.precision_max)
            return TT_OK;
        measure.precision = j->precision *= 2;
        j->tier = TT_TIER_REFINED;
        status = j->engine->refine(&j->quantities, subject, &measure, error);
        if (status != TT_OK)
            return status;
    }
}

/* The quantities alone. */
static tt_status measure_only(tt_judgement *out, const tt_subject *subject, const worker *w, tt_error *error)
{
    tt_status status;
    memset(out, 0, sizeof *out);
    out->tier = TT_TIER_EXACT;
    out->precision = w->evaluate.measure.precision;
    tt_quantities_init(&out->quantities);
    status = tt_choose_engine(&out->engine, w->evaluate.engine, subject, error);
    if (status != TT_OK)
        return status;
    status = out->engine->measure(&out->quantities, subject, &w->evaluate.measure, error);
    out->status = status == TT_LIMIT ? status : TT_OK;
    return status == TT_LIMIT ? TT_OK : status;
}

/* Judges an instance; the caller clears *out, on failure too. */
static tt_status judge(tt_judgement *out, worker *w, const tt_instance *instance, tt_error *error)
{
    const tt_properties *properties = &w->r->options->properties;
    tt_row_source source;
    tt_subject subject;
    tt_status status;
    tt_subject_of_instance(&subject, &source, instance);
    status = properties->extra_only ? measure_only(out, &subject, w, error)
                                    : tt_judge(out, &subject, &w->evaluate, error);
    if (status == TT_OK && properties->extra_count)
        status = ask_extra(w->extra, out, &subject, w, error);
    return status;
}

/* The verdict on property k of a kind. */
static tt_verdict verdict_of(const tt_judgement *j, const worker *w, tt_property_kind kind, size_t k)
{
    switch (kind) {
    case TT_PROPERTY_IDENTITY:
        return j->evaluation.identities[k];
    case TT_PROPERTY_INEQUALITY:
        return j->evaluation.inequalities[k];
    case TT_PROPERTY_BOUND:
        return j->evaluation.bounds[k].verdict;
    default:
        return w->extra[k];
    }
}

static tt_verdict verdict_of_property(const tt_judgement *j, const worker *w, size_t property)
{
    for (size_t kind = 0; kind < TT_PROPERTY_KINDS; kind++) {
        size_t n, first = tt_property_first(&w->r->options->properties, (tt_property_kind)kind, &n);
        if (property - first < n)
            return verdict_of(j, w, (tt_property_kind)kind, property - first);
    }
    return TT_UNDECIDED;
}

static tt_status count_verdict(tt_tally *tally, size_t property, tt_verdict verdict, uint64_t index)
{
    tt_tally_verdicts(tally, property)[verdict]++;
    if (verdict == TT_VIOLATED)
        return tt_findings_add(&tally->violated, index, property, NULL);
    if (verdict == TT_UNDECIDED)
        return tt_findings_add(&tally->undecided, index, property, NULL);
    return TT_OK;
}

static tt_status count_verdicts(worker *w, const tt_judgement *j, uint64_t index)
{
    tt_status status = TT_OK;
    for (size_t kind = 0; kind < TT_PROPERTY_KINDS; kind++) {
        size_t n, first = tt_property_first(&w->r->options->properties, (tt_property_kind)kind, &n);
        for (size_t k = 0; k < n && status == TT_OK; k++)
            status = count_verdict(&w->tally, first + k, verdict_of(j, w, (tt_property_kind)kind, k), index);
    }
    return status;
}

/* out = the tightness of a bound: exactly 0 or 1 where that is certain, although ratios are enclosures here. */
static void tightness_of(tt_real *out, const tt_bound_result *r, const tt_quantities *q)
{
    tt_real_set(out, &r->tightness);
    if (tt_real_is_absent(out))
        return;
    if (r->bound->kind == TT_REWARD_FREE)
        tt_real_set(out, &q->worst_case_error);
    else
        tt_real_abs(out, &q->error, TT_PRECISION_DOUBLE);
    if (tt_real_is_zero(out) || tt_real_is_infinite(&r->value))
        tt_real_set_ui(out, 0);
    else if (tt_real_cmp(out, &r->value) == TT_EQUAL)
        tt_real_set_ui(out, 1);
    else
        tt_real_set(out, &r->tightness);
}

static void count_tightness(worker *w, const tt_judgement *j, uint64_t index)
{
    size_t bounds;
    tt_property_first(&w->r->options->properties, TT_PROPERTY_BOUND, &bounds);
    for (size_t k = 0; k < bounds; k++) {
        tightness_of(&w->tightness, &j->evaluation.bounds[k], &j->quantities);
        tt_tally_add_tightness(&w->tally, k, &w->tightness, index);
    }
}

static tt_status count(worker *w, const tt_judgement *j, uint64_t corners, uint64_t index)
{
    w->tally.instances++;
    tt_tally_tiers(&w->tally)[j->tier]++;
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        tt_tally_corners(&w->tally)[k] += corners >> k & 1;
    if (!w->r->options->properties.extra_only)
        tt_labels(w->answers, &j->quantities, &j->evaluation);
    for (size_t k = 0; k < tt_label_count(); k++)
        tt_tally_label(&w->tally, k)[w->answers[k]]++;
    count_tightness(w, j, index);
    return count_verdicts(w, j, index);
}

static tt_status run_instance(worker *w, uint64_t index, tt_error *error)
{
    tt_instance *instance;
    tt_judgement judgement;
    uint64_t corners;
    tt_status status = tt_sample(&instance, &corners, &w->r->result->campaign.space, index, error);
    if (status != TT_OK)
        return status;
    status = judge(&judgement, w, instance, error);
    if (status == TT_OK && count(w, &judgement, corners, index) != TT_OK)
        status = tt_no_memory(error);
    tt_judgement_clear(&judgement);
    tt_instance_free(instance);
    return status;
}

/* ---- progress ---- */

/* Whether to go on; tells how far the campaign is. The lock is held. */
static bool go_on(run *r)
{
    if (r->status == TT_OK && r->options->progress &&
        !r->options->progress(r->options->progress_context, r->work,
                              r->instances ? (double)r->done / (double)r->instances : 1))
        r->status = tt_fail(&r->error, TT_INTERRUPTED, NULL, "interrupted");
    return r->status == TT_OK;
}

/* The same for an engine that works on a large instance. */
static bool engine_progress(void *context, const char *work, double done)
{
    run *r = context;
    bool yes;
    (void)work;
    (void)done;
    pthread_mutex_lock(&r->lock);
    yes = go_on(r);
    pthread_mutex_unlock(&r->lock);
    return yes;
}

/* ---- blocks ---- */

/* Counts an instance as done; false where the run is to stop. */
static bool instance_done(run *r)
{
    bool yes;
    pthread_mutex_lock(&r->lock);
    r->done++;
    yes = go_on(r);
    pthread_mutex_unlock(&r->lock);
    return yes;
}

static void fail_run(run *r, tt_status status, const tt_error *error)
{
    pthread_mutex_lock(&r->lock);
    if (r->status == TT_OK) {
        r->status = status;
        r->error = *error;
    }
    pthread_mutex_unlock(&r->lock);
}

/* The next block that is not in the journal; false where there is none, or the run is to stop. */
static bool take_block(uint64_t *block, run *r)
{
    bool taken = false;
    pthread_mutex_lock(&r->lock);
    while (r->next < r->blocks && r->journal && tt_journal_has(r->journal, r->next))
        r->next++;
    if (go_on(r) && r->next < r->blocks) {
        *block = r->next++;
        taken = true;
    }
    pthread_mutex_unlock(&r->lock);
    return taken;
}

static void finish_block(worker *w, uint64_t block)
{
    run *r = w->r;
    tt_status status = TT_OK;
    tt_error error = TT_ERROR_INIT;
    pthread_mutex_lock(&r->lock);
    if (r->journal)
        status = tt_journal_add(r->journal, block, &w->tally, &error);
    if (status == TT_OK && tt_tally_join(&r->result->tally, &w->tally) != TT_OK)
        status = tt_no_memory(&error);
    pthread_mutex_unlock(&r->lock);
    if (status != TT_OK)
        fail_run(r, status, &error);
}

/* Runs the instances of a block; false where the run is to stop. */
static bool run_block(worker *w, uint64_t block)
{
    const tt_journal_subject *s = &w->r->subject;
    uint64_t first = block * s->block, last = first + s->block;
    if (last > w->r->instances)
        last = w->r->instances;
    tt_tally_reset(&w->tally);
    for (uint64_t k = first; k < last; k++) {
        tt_error error = TT_ERROR_INIT;
        tt_status status = run_instance(w, s->shard + k * s->shards, &error);
        if (status != TT_OK) {
            fail_run(w->r, status, &error);
            return false;
        }
        if (!instance_done(w->r))
            return false;
    }
    finish_block(w, block);
    return true;
}

static void *run_blocks(void *context)
{
    worker *w = context;
    uint64_t block;
    while (take_block(&block, w->r) && run_block(w, block))
        ;
    return NULL;
}

/* ---- workers ---- */

static tt_status worker_init(worker *w, run *r)
{
    const tt_properties *properties = &r->options->properties;
    *w = (worker){ .r = r };
    tt_real_init(&w->tightness);
    tt_evaluate_options_init(&w->evaluate);
    w->evaluate.filter = properties->extra_count == 0;
    w->evaluate.verdicts_only = true;
    w->evaluate.ladders = false;
    w->evaluate.measure.progress = engine_progress;
    w->evaluate.measure.progress_context = r;
    w->answers = calloc(tt_label_count() + 1, sizeof *w->answers);
    w->extra = calloc(properties->extra_count + 1, sizeof *w->extra);
    for (size_t k = 0; w->answers && k < tt_label_count(); k++)
        w->answers[k] = TT_NULL;
    if (!w->answers || !w->extra || tt_tally_init(&w->tally, properties) != TT_OK ||
        tt_filter_new(&w->evaluate.memory) != TT_OK)
        return tt_no_memory(&r->error);
    return TT_OK;
}

static void worker_clear(worker *w)
{
    tt_real_clear(&w->tightness);
    tt_filter_free(w->evaluate.memory);
    tt_evaluate_options_clear(&w->evaluate);
    tt_tally_clear(&w->tally);
    free(w->answers);
    free(w->extra);
}

/* As a thread of its own, which gives its caches back. */
static void *run_thread(void *context)
{
    run_blocks(context);
    mpfr_free_cache();
    return NULL;
}

/* All blocks, worker 0 in this thread. */
static tt_status run_workers(run *r, size_t n, tt_error *error)
{
    worker *workers = calloc(n, sizeof *workers);
    pthread_t *threads = calloc(n, sizeof *threads);
    size_t made = 0, started = 1;
    if (!workers || !threads)
        r->status = tt_no_memory(&r->error);
    for (; made < n && r->status == TT_OK; made++)
        r->status = worker_init(&workers[made], r);
    if (r->status == TT_OK) {
        while (started < n && pthread_create(&threads[started], NULL, run_thread, &workers[started]) == 0)
            started++;
        run_blocks(&workers[0]);
        for (size_t k = 1; k < started; k++)
            pthread_join(threads[k], NULL);
    }
    for (size_t k = 0; k < made; k++)
        worker_clear(&workers[k]);
    free(workers);
    free(threads);
    if (r->status != TT_OK && error)
        *error = r->error;
    return r->status;
}

/* ---- failures ---- */

typedef struct {
    worker *w;
    size_t property;
} failing;

static tt_status still_fails(void *context, const tt_instance *candidate, bool *fails, tt_error *error)
{
    failing *f = context;
    tt_judgement judgement;
    tt_status status = judge(&judgement, f->w, candidate, error);
    *fails = status == TT_OK && verdict_of_property(&judgement, f->w, f->property) == TT_VIOLATED;
    tt_judgement_clear(&judgement);
    if (status == TT_OK && !engine_progress(f->w->r, NULL, 0))
        status = tt_fail(error, TT_INTERRUPTED, NULL, "interrupted");
    return status;
}

static tt_status instance_text(char **out, const tt_instance *instance, tt_error *error)
{
    size_t size;
    FILE *stream = tt_text_stream(out, &size);
    tt_status status;
    if (!stream)
        return tt_no_memory(error);
    status = tt_instance_write(stream, instance, error);
    if (fclose(stream) != 0 && status == TT_OK)
        status = tt_no_memory(error);
    if (status != TT_OK) {
        free(*out);
        *out = NULL;
    }
    return status;
}

/* The witness of a finding: the instance made small, or as it is where it is too large for that. */
static tt_status make_witness(worker *w, tt_finding *finding, tt_error *error)
{
    failing f = { w, finding->property };
    tt_instance *instance, *small;
    tt_status status = tt_sample(&instance, NULL, &w->r->result->campaign.space, finding->index, error);
    if (status != TT_OK)
        return status;
    status = tt_shrink(&small, NULL, instance, still_fails, &f, NULL, error);
    if (status == TT_OK || status == TT_LIMIT)
        status = instance_text(&finding->witness, status == TT_OK ? small : instance, error);
    tt_instance_free(small);
    tt_instance_free(instance);
    return status;
}

static tt_status make_witnesses(run *r, tt_error *error)
{
    tt_findings *violated = &r->result->tally.violated;
    worker w;
    tt_status status = worker_init(&w, r);
    r->work = "shrinking";
    r->instances = violated->n;
    r->done = 0;
    if (status != TT_OK && error)
        *error = r->error;
    for (size_t k = 0; k < violated->n && status == TT_OK; k++, r->done++)
        status = make_witness(&w, &violated->items[k], error);
    worker_clear(&w);
    return status;
}

/* ---- the campaign ---- */

static tt_status check(const tt_campaign *campaign, const tt_campaign_options *options, tt_error *error)
{
    if (campaign->count < 1 || campaign->count > TT_CAMPAIGN_MAX)
        return tt_fail(error, TT_BAD_INPUT, "--count", "must be 1 to 2^53");
    if (options->shards < 1 || options->shards > TT_MODULUS_MAX || options->shard >= options->shards)
        return tt_fail(error, TT_BAD_INPUT, "--shard", "must be I/N with 0 <= I < N <= 2^20");
    return tt_sample_space_check(&campaign->space, error);
}

/* Opens the journal, runs what is not in it, shrinks what failed. */
static tt_status run_all(run *r, tt_error *error)
{
    const tt_campaign_options *options = r->options;
    tt_status status = TT_OK;
    size_t threads = options->threads ? options->threads : 1;
    r->blocks = tt_journal_blocks(&r->subject);
    r->instances = tt_journal_instances(&r->subject);
    r->work = "verify";
    if (options->journal)
        status = tt_journal_open(&r->journal, options->journal, &r->subject, &r->result->tally, error);
    r->done = r->result->tally.instances;
    if (status == TT_OK)
        status = run_workers(r, threads < r->blocks ? threads : (size_t)r->blocks + !r->blocks, error);
    tt_journal_close(r->journal);
    return status == TT_OK ? make_witnesses(r, error) : status;
}

tt_status tt_campaign_run(tt_campaign_result *out, const tt_campaign *campaign, const tt_campaign_options *options,
                          tt_error *error)
{
    run r = { .options = options, .result = out };
    tt_coverage coverage;
    tt_status status = check(campaign, options, error);
    *out = (tt_campaign_result){ 0 };
    if (status == TT_OK)
        status = tt_coverage_init(&coverage, options->shards, &options->shard, options->shard < campaign->count, error);
    if (status != TT_OK)
        return status;
    if (tt_campaign_result_init(out, campaign, &options->properties, &coverage) != TT_OK)
        return tt_no_memory(error);
    r.subject = (tt_journal_subject){ .campaign = &out->campaign, .properties = &options->properties,
                                      .shard = options->shard, .shards = options->shards, .block = BLOCK_INSTANCES };
    pthread_mutex_init(&r.lock, NULL);
    status = run_all(&r, error);
    pthread_mutex_destroy(&r.lock);
    return status;
}

#include "claims.h"

#include <ctype.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../world/file.h"
#include "../world/instance_json.h"
#include "../world/sample.h"
#include "claims_internal.h"
#include "paper.h"

/* Undecided checks are made again with so many bits. */
#define PRECISION_AGAIN 1024

const char *tt_claim_kind_name(tt_claim_kind kind)
{
    static const char *const names[] = { "identity", "inequality", "number", "impossibility", "guarantee" };
    return names[kind];
}

const char *tt_claim_verdict_name(tt_claim_verdict verdict)
{
    static const char *const names[TT_CLAIM_VERDICTS] = {
        [TT_CLAIM_HOLDS] = "holds",
        [TT_CLAIM_HOLDS_IF] = "holds with precondition",
        [TT_CLAIM_NOT_REFUTED] = "not refuted",
        [TT_CLAIM_REFUTED] = "refuted",
        [TT_CLAIM_AS_PRINTED] = "as printed",
        [TT_CLAIM_MISPRINTED] = "misprinted",
        [TT_CLAIM_UNDECIDED] = "undecided",
        [TT_CLAIM_FAILED] = "failed",
    };
    return names[verdict];
}

void tt_ledger_options_init(tt_ledger_options *options)
{
    memset(options, 0, sizeof *options);
    options->count = TT_LEDGER_COUNT;
    options->seed = 1;
    options->threads = 1;
}

/* ---- the list of claims ---- */

/* Claims in the order of the ledger; the printed numbers follow them. */
typedef struct {
    size_t n, room;
    tt_claim *items;
    bool failed; /* memory ran out */
} claim_list;

static void list_add(claim_list *list, const tt_claim *claim)
{
    if (list->n == list->room) {
        size_t room = list->room ? 2 * list->room : 64;
        tt_claim *items = reallocarray(list->items, room, sizeof *items);
        if (!items) {
            list->failed = true;
            return;
        }
        list->items = items;
        list->room = room;
    }
    list->items[list->n++] = *claim;
}

static void list_add_table(claim_list *list, tt_claim_table table)
{
    for (size_t k = 0; k < table.n; k++)
        list_add(list, &table.claims[k]);
}

static void list_add_catalogue(claim_list *list, size_t n, void (*make)(tt_claim *out, size_t k))
{
    for (size_t k = 0; k < n; k++) {
        tt_claim claim;
        make(&claim, k);
        list_add(list, &claim);
    }
}

static void list_all(claim_list *list)
{
    list_add_catalogue(list, tt_identity_count(), tt_claim_of_identity);
    list_add_table(list, tt_claims_identities());
    list_add_table(list, tt_claims_contexts());
    list_add_catalogue(list, tt_inequality_count(), tt_claim_of_inequality);
    list_add_catalogue(list, tt_bound_count(), tt_claim_of_bound);
    list_add_table(list, tt_claims_bounds());
    list_add_table(list, tt_claims_kl());
    list_add_table(list, tt_claims_estimators());
    list_add_table(list, tt_claims_tokens());
    list_add_table(list, tt_claims_masks());
    list_add_table(list, tt_claims_guarantees());
}

/* "printed-2-5-7-scenario-1-pm-simple-form": letters and digits of the place and the cell. NULL without memory. */
static char *cell_id(const tt_cell *cell)
{
    char *id = NULL, *to;
    char *text = NULL;
    if (asprintf(&text, "printed %s %s", cell->where, cell->cell) < 0)
        return NULL;
    id = to = malloc(strlen(text) + 1);
    for (const char *from = text; id && *from; from++) {
        if (isalnum((unsigned char)*from))
            *to++ = (char)tolower((unsigned char)*from);
        else if (to > id && to[-1] != '-')
            *to++ = '-';
    }
    if (id) {
        to -= to > id && to[-1] == '-';
        *to = '\0';
    }
    free(text);
    return id;
}

/* The ids of the list and of the printed numbers; false without memory. */
static bool copy_ids(char **ids, const claim_list *list)
{
    bool good = true;
    for (size_t k = 0; k < list->n && good; k++)
        good = (*ids++ = strdup(list->items[k].id)) != NULL;
    for (size_t k = 0; k < tt_cell_count() && good; k++)
        good = (*ids++ = cell_id(tt_cell_at(k))) != NULL;
    return good;
}

tt_status tt_ledger_ids(char ***out, tt_error *error)
{
    claim_list list = { 0 };
    char **ids;
    list_all(&list);
    ids = list.failed ? NULL : calloc(list.n + tt_cell_count() + 1, sizeof *ids);
    if (ids && !copy_ids(ids, &list)) {
        tt_ledger_ids_free(ids);
        ids = NULL;
    }
    free(list.items);
    *out = ids;
    return ids ? TT_OK : tt_no_memory(error);
}

void tt_ledger_ids_free(char **ids)
{
    for (char **id = ids; id && *id; id++)
        free(*id);
    free(ids);
}

/* Whether every id is one of the ledger's; only may be NULL. */
static tt_status check_ids(const char *const *only, tt_error *error)
{
    char **ids;
    tt_status status = tt_ledger_ids(&ids, error);
    for (; status == TT_OK && only && *only; only++) {
        char **id = ids;
        while (*id && strcmp(*id, *only) != 0)
            id++;
        if (!*id)
            status = tt_fail(error, TT_BAD_INPUT, "--only", "no claim is called '%.80s'", *only);
    }
    tt_ledger_ids_free(ids);
    return status;
}

static bool wanted(const tt_ledger_options *options, const char *id)
{
    if (!options->only)
        return true;
    for (const char *const *only = options->only; *only; only++)
        if (strcmp(*only, id) == 0)
            return true;
    return false;
}

/* ---- witnesses ---- */

typedef struct {
    const char *name;
    tt_instance *instance;
    tt_specimen specimen;
} witness;

typedef struct {
    size_t n;
    witness *items;
} witnesses;

static tt_status read_witness(tt_instance **out, const char *name, const char *folder, tt_error *error)
{
    const char *text;
    char *path = NULL;
    tt_status status;
    if (folder) {
        if (asprintf(&path, "%s/%s.json", folder, name) < 0)
            return tt_no_memory(error);
        status = tt_instance_read(out, path, error);
        free(path);
    } else {
        text = tt_witness_text(name);
        if (!text)
            return tt_fail(error, TT_BAD_INPUT, name, "no witness has this name");
        status = tt_instance_read_text(out, text, strlen(text), error);
    }
    if (status != TT_OK && error) {
        tt_error inner = *error;
        tt_fail(error, status, name, "%.100s%s%.200s", inner.where, *inner.where ? ": " : "", inner.what);
    }
    return status;
}

/* The witness of that name, read and judged the first time. */
static tt_status find_witness(witness **out, witnesses *all, const char *name, const char *folder, tt_error *error)
{
    tt_status status;
    witness *w;
    for (size_t k = 0; k < all->n; k++)
        if (strcmp(all->items[k].name, name) == 0) {
            *out = &all->items[k];
            return TT_OK;
        }
    w = *out = &all->items[all->n];
    memset(w, 0, sizeof *w);
    w->name = name;
    status = read_witness(&w->instance, name, folder, error);
    if (status != TT_OK)
        return status;
    all->n++;
    return tt_specimen_init(&w->specimen, w->instance, TT_PRECISION_DEFAULT, error);
}

static void witnesses_clear(witnesses *all)
{
    for (size_t k = 0; k < all->n; k++) {
        tt_specimen_clear(&all->items[k].specimen);
        tt_instance_free(all->items[k].instance);
    }
    free(all->items);
}

/* ---- faults and verdicts ---- */

static void set_fault(tt_claim_entry *entry, const char *format, ...) TT_PRINTF(2, 3);
static void set_fault(tt_claim_entry *entry, const char *format, ...)
{
    va_list arguments;
    if (*entry->fault)
        return;
    va_start(arguments, format);
    vsnprintf(entry->fault, sizeof entry->fault, format, arguments);
    va_end(arguments);
    entry->verdict = TT_CLAIM_FAILED;
}

/* Observes the claim on its witness and says whether that shows what the entry says it shows. */
static tt_status run_witness(tt_claim_entry *entry, const tt_claim *claim, const tt_specimen *specimen, tt_error *error)
{
    tt_status status = claim->observe(&entry->observation, specimen, claim, error);
    tt_verdict expected = claim->role == TT_WITNESS_FAILS ? TT_VIOLATED : TT_HOLDS;
    if (status != TT_OK)
        return status;
    if (entry->observation.verdict != expected)
        set_fault(entry, "the witness %s does not certify: the check says %s", claim->witness,
                  tt_verdict_name(entry->observation.verdict));
    else if (claim->role == TT_WITNESS_FAILS && claim->needs && claim->applies(specimen))
        set_fault(entry, "the witness %s meets the precondition", claim->witness);
    return TT_OK;
}

static void decide(tt_claim_entry *entry, const tt_claim *claim)
{
    bool refuted = claim->role == TT_WITNESS_FAILS && !claim->needs;
    if (*entry->fault)
        return;
    if (claim->once && entry->observation.verdict != TT_HOLDS)
        set_fault(entry, "the check says %s", tt_verdict_name(entry->observation.verdict));
    else if (entry->tally.violated > 0 && !refuted && claim->proof)
        set_fault(entry, "proved, and violated on instance %llu of the campaign",
                  (unsigned long long)entry->tally.first_violated);
    else if (entry->tally.violated > 0 && !refuted)
        set_fault(entry, "instance %llu of the campaign refutes it: it needs a witness",
                  (unsigned long long)entry->tally.first_violated);
    else if (refuted)
        entry->verdict = TT_CLAIM_REFUTED;
    else if (claim->proof)
        entry->verdict = claim->needs ? TT_CLAIM_HOLDS_IF : TT_CLAIM_HOLDS;
    else
        entry->verdict = TT_CLAIM_NOT_REFUTED;
}

/* ---- the campaign ---- */

static void count(tt_claim_tally *tally, const tt_claim *claim, const tt_observation *observation,
                  const tt_specimen *specimen, uint64_t index)
{
    switch (observation->verdict) {
    case TT_HOLDS:
        tally->holds++;
        break;
    case TT_CONSISTENT:
        tally->consistent++;
        break;
    case TT_UNDECIDED:
        tally->undecided++;
        break;
    case TT_NOT_APPLICABLE:
        tally->not_applicable++;
        break;
    default:
        if (claim->needs && claim->applies && !claim->applies(specimen))
            tally->outside++;
        else if (tally->violated++ == 0)
            tally->first_violated = index;
    }
}

/* One thread's share of the campaign: the instances i = first, first + step, ... */
typedef struct {
    const tt_claim *claims;
    size_t n;
    const tt_ledger_options *options;
    uint64_t first, step;
    bool *open;             /* n: still to be told on this instance */
    tt_claim_tally *tally;  /* n */
    tt_status status;
    tt_error error;
} share;

/* Observes the claims that are open on one instance. What is undecided stays open, unless this is the last time. */
static tt_status observe_all(share *s, const tt_specimen *specimen, uint64_t index, bool last, bool *left)
{
    tt_status status = TT_OK;
    tt_observation observation;
    tt_observation_init(&observation);
    *left = false;
    for (size_t k = 0; k < s->n && status == TT_OK; k++) {
        if (!s->open[k])
            continue;
        observation.verdict = TT_NOT_APPLICABLE;
        observation.n = 0;
        status = s->claims[k].observe(&observation, specimen, &s->claims[k], &s->error);
        s->open[k] = observation.verdict == TT_UNDECIDED && !last;
        *left = *left || s->open[k];
        if (status == TT_OK && !s->open[k])
            count(&s->tally[k], &s->claims[k], &observation, specimen, index);
    }
    tt_observation_clear(&observation);
    return status;
}

static tt_status run_instance(share *s, const tt_sample_space *space, uint64_t index)
{
    static const mpfr_prec_t precisions[] = { TT_PRECISION_DEFAULT, PRECISION_AGAIN };
    tt_instance *instance;
    bool left = true;
    tt_status status = tt_sample(&instance, NULL, space, index, &s->error);
    for (size_t k = 0; k < s->n; k++)
        s->open[k] = s->claims[k].observe && !s->claims[k].witness_only;
    for (size_t p = 0; p < 2 && left && status == TT_OK; p++) {
        tt_specimen specimen;
        status = tt_specimen_init(&specimen, instance, precisions[p], &s->error);
        if (status == TT_OK)
            status = observe_all(s, &specimen, index, p == 1, &left);
        tt_specimen_clear(&specimen);
    }
    tt_instance_free(instance);
    return status;
}

static void run_share(share *s)
{
    tt_sample_space space;
    tt_sample_space_init(&space);
    space.horizon_low = 1;
    space.horizon_high = 4;
    space.seed = s->options->seed;
    for (uint64_t i = s->first; i < s->options->count && s->status == TT_OK; i += s->step) {
        s->status = run_instance(s, &space, i);
        if (s->first == 0 && s->options->progress && s->status == TT_OK &&
            !s->options->progress(s->options->progress_context, "instances",
                                  (double)(i + 1) / (double)s->options->count))
            s->status = tt_fail(&s->error, TT_INTERRUPTED, NULL, "interrupted");
    }
}

/* A share on a thread of its own: what MPFR keeps per thread goes with it. */
static void *run_thread(void *context)
{
    run_share(context);
    mpfr_free_cache();
    mpfr_mp_memory_cleanup();
    return NULL;
}

static void add_tally(tt_claim_tally *tally, const tt_claim_tally *x)
{
    if (x->violated > 0 && (tally->violated == 0 || x->first_violated < tally->first_violated))
        tally->first_violated = x->first_violated;
    tally->holds += x->holds;
    tally->consistent += x->consistent;
    tally->violated += x->violated;
    tally->undecided += x->undecided;
    tally->not_applicable += x->not_applicable;
    tally->outside += x->outside;
}

static bool share_init(share *s, size_t k, const tt_claim *claims, size_t n, const tt_ledger_options *options)
{
    *s = (share){ .claims = claims, .n = n, .options = options, .first = k, .step = options->threads };
    s->open = calloc(n + 1, sizeof *s->open);
    s->tally = calloc(n + 1, sizeof *s->tally);
    return s->open && s->tally;
}

/* Runs the shares, the first one on this thread; what could not be started runs here as well. */
static void run_shares(share *shares, size_t n)
{
    pthread_t *threads = calloc(n, sizeof *threads);
    bool *started = calloc(n, sizeof *started);
    for (size_t k = 1; k < n && threads && started; k++)
        started[k] = pthread_create(&threads[k], NULL, run_thread, &shares[k]) == 0;
    run_share(&shares[0]);
    for (size_t k = 1; k < n; k++) {
        if (started && started[k])
            pthread_join(threads[k], NULL);
        else
            run_share(&shares[k]);
    }
    free(threads);
    free(started);
}

static tt_status run_campaign(tt_ledger *ledger, const tt_claim *claims, size_t n, const tt_ledger_options *options,
                              tt_error *error)
{
    size_t count = options->threads;
    share *shares = calloc(count, sizeof *shares);
    tt_status status = TT_OK;
    bool room = shares != NULL;
    for (size_t k = 0; k < count && room; k++)
        room = share_init(&shares[k], k, claims, n, options);
    if (room)
        run_shares(shares, count);
    else
        status = tt_no_memory(error);
    for (size_t k = 0; shares && k < count; k++) {
        for (size_t c = 0; c < n && shares[k].tally; c++)
            add_tally(&ledger->entries[c].tally, &shares[k].tally[c]);
        if (shares[k].status != TT_OK && status == TT_OK) {
            status = shares[k].status;
            if (error)
                *error = shares[k].error;
        }
        free(shares[k].open);
        free(shares[k].tally);
    }
    free(shares);
    return status;
}

/* ---- the ledger ---- */

static void entry_init(tt_claim_entry *entry)
{
    memset(entry, 0, sizeof *entry);
    entry->verdict = TT_CLAIM_UNDECIDED;
    tt_observation_init(&entry->observation);
}

static void entry_of_claim(tt_claim_entry *entry, const tt_claim *claim)
{
    entry_init(entry);
    entry->id = claim->id;
    entry->where = claim->where;
    entry->kind = claim->kind;
    entry->statement = claim->statement;
    entry->needs = claim->needs;
    entry->stated = claim->stated;
    entry->check = claim->check;
    entry->proof = claim->proof;
    entry->instead = claim->instead;
    entry->role = claim->role;
    entry->witness = claim->witness;
    entry->command = claim->command;
}

static tt_status entry_of_cell(tt_claim_entry *entry, const tt_cell *cell, tt_error *error)
{
    tt_cell_result result;
    tt_status status;
    tt_cell_result_init(&result);
    status = tt_cell_evaluate(&result, cell, TT_PRECISION_DEFAULT, error);
    entry->where = cell->where;
    entry->kind = TT_CLAIM_NUMBER;
    entry->statement = cell->cell;
    entry->stated = cell->inputs;
    entry->check = "recomputed from its inputs as an enclosure, and rounded to the places that are printed";
    entry->printed = cell->printed;
    tt_observe_fact(&entry->observation, "value", &result.value);
    entry->verdict = result.rounds == TT_YES  ? TT_CLAIM_AS_PRINTED
                     : result.rounds == TT_NO ? TT_CLAIM_MISPRINTED
                                              : TT_CLAIM_UNDECIDED;
    entry->observation.verdict = result.rounds == TT_YES  ? TT_HOLDS
                                 : result.rounds == TT_NO ? TT_VIOLATED
                                                          : TT_UNDECIDED;
    tt_cell_result_clear(&result);
    return status;
}

static tt_status add_cells(tt_ledger *out, const tt_ledger_options *options, tt_error *error)
{
    tt_status status = TT_OK;
    for (size_t k = 0; k < tt_cell_count() && status == TT_OK; k++) {
        char *id = cell_id(tt_cell_at(k));
        if (!id)
            return tt_no_memory(error);
        out->texts[out->texts_n++] = id;
        if (!wanted(options, id))
            continue;
        entry_init(&out->entries[out->n]);
        out->entries[out->n].id = id;
        status = entry_of_cell(&out->entries[out->n++], tt_cell_at(k), error);
    }
    return status;
}

/* Drops what was not asked for; an id that nothing has is an error. */
static tt_status keep_wanted(claim_list *list, const tt_ledger_options *options, tt_error *error)
{
    size_t kept = 0;
    tt_status status = check_ids(options->only, error);
    if (status != TT_OK)
        return status;
    for (size_t k = 0; k < list->n; k++)
        if (wanted(options, list->items[k].id))
            list->items[kept++] = list->items[k];
    list->n = kept;
    return TT_OK;
}

static tt_status run_claims(tt_ledger *out, const claim_list *list, const tt_ledger_options *options, tt_error *error)
{
    witnesses all = { .items = calloc(list->n + 1, sizeof *all.items) };
    tt_status status = all.items ? TT_OK : tt_no_memory(error);
    for (size_t k = 0; k < list->n && status == TT_OK; k++) {
        const tt_claim *claim = &list->items[k];
        tt_claim_entry *entry = &out->entries[k];
        witness *w = NULL;
        if (claim->once)
            status = claim->once(&entry->observation, claim, error);
        if (claim->witness && status == TT_OK)
            status = find_witness(&w, &all, claim->witness, options->witnesses, error);
        if (w && claim->observe && status == TT_OK)
            status = run_witness(entry, claim, &w->specimen, error);
    }
    witnesses_clear(&all);
    if (status == TT_OK)
        status = run_campaign(out, list->items, list->n, options, error);
    for (size_t k = 0; k < list->n && status == TT_OK; k++)
        decide(&out->entries[k], &list->items[k]);
    return status;
}

static tt_status run_list(tt_ledger *out, claim_list *list, const tt_ledger_options *options, tt_error *error)
{
    tt_status status;
    list_all(list);
    if (list->failed)
        return tt_no_memory(error);
    status = keep_wanted(list, options, error);
    if (status != TT_OK)
        return status;
    out->entries = calloc(list->n + tt_cell_count() + 1, sizeof *out->entries);
    out->texts = calloc(tt_cell_count() + 1, sizeof *out->texts);
    if (!out->entries || !out->texts)
        return tt_no_memory(error);
    for (; out->n < list->n; out->n++)
        entry_of_claim(&out->entries[out->n], &list->items[out->n]);
    status = run_claims(out, list, options, error);
    return status == TT_OK ? add_cells(out, options, error) : status;
}

tt_status tt_ledger_run(tt_ledger *out, const tt_ledger_options *options, tt_error *error)
{
    claim_list list = { 0 };
    tt_status status;
    memset(out, 0, sizeof *out);
    out->count = options->count;
    out->seed = options->seed;
    status = run_list(out, &list, options, error);
    for (size_t k = 0; k < out->n; k++) {
        out->failed = out->failed || out->entries[k].verdict == TT_CLAIM_FAILED;
        out->undecided = out->undecided || out->entries[k].verdict == TT_CLAIM_UNDECIDED;
    }
    free(list.items);
    return status;
}

void tt_ledger_clear(tt_ledger *ledger)
{
    for (size_t k = 0; k < ledger->n; k++) {
        tt_observation_clear(&ledger->entries[k].observation);
    }
    for (size_t k = 0; k < ledger->texts_n; k++)
        free(ledger->texts[k]);
    free(ledger->texts);
    free(ledger->entries);
    memset(ledger, 0, sizeof *ledger);
}

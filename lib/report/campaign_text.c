#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../number/text_stream.h"
#include "../study/labels.h"
#include "campaign_report.h"

void tt_tightness_text(char out[TT_TIGHTNESS_TEXT_SIZE], uint64_t floor)
{
    size_t length = (size_t)snprintf(out, TT_TIGHTNESS_TEXT_SIZE, "%" PRIu64 ".%018" PRIu64, floor / TT_TIGHTNESS_ONE,
                                     floor % TT_TIGHTNESS_ONE);
    while (out[length - 1] == '0')
        out[--length] = '\0';
    if (out[length - 1] == '.')
        out[--length] = '\0';
}

char *tt_campaign_missing(const tt_campaign_result *result)
{
    enum { LISTED = 20 };
    const tt_coverage *c = &result->coverage;
    uint64_t count = result->campaign.count, missing = 0;
    char *text = NULL;
    size_t size;
    FILE *out = tt_text_stream(&text, &size);
    if (!out)
        return NULL;
    fputs("instances ", out);
    for (uint64_t r = 0; r < c->modulus && r < count; r++)
        if (!c->residue[r] && missing++ < LISTED)
            fprintf(out, "%s%" PRIu64, missing > 1 ? ", " : "", r);
    if (missing > LISTED)
        fprintf(out, " and %" PRIu64 " more", missing - LISTED);
    fprintf(out, " mod %" PRIu64 " (%" PRIu64 " of %" PRIu64 ")", c->modulus,
            count - tt_coverage_instances(c, count), count);
    if (fclose(out) != 0) {
        free(text);
        text = NULL;
    }
    return text;
}

/* ---- cells ---- */

static void add_count(tt_table *table, uint64_t count)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, count);
    tt_table_add(table, text);
}

/* The floor of a tightness to a number of decimals: still a lower bound. */
static void add_tightness(tt_table *table, uint64_t floor, unsigned decimals)
{
    char text[TT_TIGHTNESS_TEXT_SIZE];
    uint64_t unit = 1;
    for (; decimals < 18; decimals++)
        unit *= 10;
    tt_tightness_text(text, floor / unit * unit);
    tt_table_add(table, text);
}

static void add_verdicts(tt_table *table, const tt_tally *tally, size_t property)
{
    for (size_t v = 0; v < TT_VERDICTS; v++)
        add_count(table, tt_tally_verdicts(tally, property)[v]);
}

static void add_tightest(tt_table *table, const tt_tightest *tightest, unsigned decimals, const char *none)
{
    if (!tightest->any) {
        tt_table_add(table, none);
        tt_table_add(table, none);
        return;
    }
    add_tightness(table, tightest->floor, decimals);
    add_count(table, tightest->index);
}

/* ---- tables ---- */

static const char *const section_names[TT_PROPERTY_KINDS] = { "identity", "inequality", "bound", "property" };

static tt_status print_tsv(FILE *out, const tt_campaign_result *result, tt_error *error)
{
    enum { FIXED = 9, COLUMNS = FIXED + TT_CLASSES };
    const char *header[COLUMNS] = { "section",   "id",        "holds",          "consistent", "violated",
                                    "undecided", "not_applicable", "tightness_at_least", "tightest_index" };
    char alignment[COLUMNS + 1], names[TT_CLASSES][32];
    const tt_tally *tally = &result->tally;
    tt_table table;
    tt_status status;
    memset(alignment, 'l', COLUMNS);
    alignment[COLUMNS] = '\0';
    for (size_t k = 0; k < TT_CLASSES; k++)
        header[FIXED + k] = names[k];
    snprintf(names[TT_CLASS_ZERO], sizeof *names, "zero");
    for (size_t k = TT_CLASS_FIRST; k < TT_CLASS_ONE; k++)
        snprintf(names[k], sizeof *names, "from_%s", tt_tightness_edges[k - TT_CLASS_FIRST]);
    snprintf(names[TT_CLASS_ONE], sizeof *names, "one");
    snprintf(names[TT_CLASS_NONE], sizeof *names, "none");
    tt_table_init(&table, alignment, header);
    for (size_t kind = 0; kind < TT_PROPERTY_KINDS; kind++) {
        size_t n, first = tt_property_first(tally->properties, (tt_property_kind)kind, &n);
        static const tt_tightest none = { .any = false };
        bool bound = kind == TT_PROPERTY_BOUND;
        for (size_t k = 0; k < n; k++) {
            tt_table_add(&table, section_names[kind]);
            tt_table_add(&table, tt_property_id(tally->properties, first + k));
            add_verdicts(&table, tally, first + k);
            add_tightest(&table, bound ? &tally->tightest[k] : &none, 18, "NA");
            for (size_t c = 0; c < TT_CLASSES; c++) {
                if (bound)
                    add_count(&table, tt_tally_classes(tally, k)[c]);
                else
                    tt_table_add(&table, "NA");
            }
        }
    }
    status = tt_table_print(out, &table, TT_TABLE_TSV, true, error);
    tt_table_clear(&table);
    return status;
}

static tt_status print_checks(FILE *out, const tt_tally *tally, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "property", "", "holds", "consistent", "violated", "undecided",
                                          "not applicable" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "llrrrrr", header);
    for (size_t kind = 0; kind < TT_PROPERTY_KINDS; kind++) {
        size_t n, first = tt_property_first(tally->properties, (tt_property_kind)kind, &n);
        for (size_t k = 0; kind != TT_PROPERTY_BOUND && k < n; k++) {
            tt_table_add(&table, tt_property_id(tally->properties, first + k));
            tt_table_add(&table, section_names[kind]);
            add_verdicts(&table, tally, first + k);
        }
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

static tt_status print_bounds(FILE *out, const tt_tally *tally, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "bound",          "holds",    "violated",         "undecided",
                                          "not applicable", "tightest", "on instance",      "exactly 1" };
    size_t n, first = tt_property_first(tally->properties, TT_PROPERTY_BOUND, &n);
    tt_table table;
    tt_status status;
    tt_table_init(&table, "lrrrrlrr", header);
    for (size_t k = 0; k < n; k++) {
        const uint64_t *verdicts = tt_tally_verdicts(tally, first + k);
        tt_table_add(&table, tt_bound_at(k)->id);
        add_count(&table, verdicts[TT_HOLDS]);
        add_count(&table, verdicts[TT_VIOLATED]);
        add_count(&table, verdicts[TT_UNDECIDED]);
        add_count(&table, verdicts[TT_NOT_APPLICABLE]);
        add_tightest(&table, &tally->tightest[k], 9, "-");
        add_count(&table, tt_tally_classes(tally, k)[TT_CLASS_ONE]);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

static tt_status print_corners(FILE *out, const tt_tally *tally, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "corner", "instances" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "lr", header);
    for (size_t k = 0; k < tt_sample_corner_count(); k++) {
        tt_table_add(&table, tt_sample_corner_at(k)->name);
        add_count(&table, tt_tally_corners(tally)[k]);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

static tt_status print_labels(FILE *out, const tt_tally *tally, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "covered", "yes", "no", "unknown" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "lrrr", header);
    for (size_t k = 0; k < tt_label_count(); k++) {
        const uint64_t *answers = tt_tally_label(tally, k);
        tt_table_add(&table, tt_label_at(k)->name);
        add_count(&table, answers[TT_YES]);
        add_count(&table, answers[TT_NO]);
        add_count(&table, answers[TT_NULL]);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

/* ---- sentences; false without memory ---- */

static bool print_head(FILE *out, const tt_campaign_result *result)
{
    const tt_campaign *c = &result->campaign;
    const uint64_t *tiers = tt_tally_tiers(&result->tally);
    fprintf(out, "%" PRIu64 " instances: V = %zu..%zu, T = %zu..%zu, %s, seed %" PRIu64 "\n", c->count,
            c->space.vocab_low, c->space.vocab_high, c->space.horizon_low, c->space.horizon_high,
            tt_sample_kind_words[c->space.kind], c->space.seed);
    if (!tt_campaign_complete(result)) {
        char *missing = tt_campaign_missing(result);
        if (!missing)
            return false;
        fprintf(out, "Not complete; missing are %s\n", missing);
        free(missing);
    }
    fputs("Decided by:", out);
    for (size_t k = 0; k < TT_TIERS; k++)
        fprintf(out, "%s %s %" PRIu64, k ? "," : "", tt_tier_name((tt_tier)k), tiers[k]);
    fputs("\n\n", out);
    return true;
}

static bool print_findings(FILE *out, const tt_campaign_result *result, const tt_findings *findings,
                           tt_verdict verdict)
{
    uint64_t n = tt_campaign_verdicts(result, verdict);
    if (n == 0) {
        fprintf(out, "No property is %s on any instance.\n", tt_verdict_name(verdict));
        return true;
    }
    fprintf(out, "%" PRIu64 " verdicts are %s; for each property the first instances:\n", n, tt_verdict_name(verdict));
    for (size_t k = 0; k < findings->n; k++) {
        char *command = tt_campaign_command(&result->campaign, findings->items[k].index);
        if (!command)
            return false;
        fprintf(out, "  %s: %s\n", tt_property_id(result->tally.properties, findings->items[k].property), command);
        free(command);
    }
    return true;
}

tt_status tt_text_campaign(FILE *out, const tt_campaign_result *result, tt_table_form form, tt_error *error)
{
    typedef tt_status print_table(FILE *, const tt_tally *, tt_table_form, tt_error *);
    static print_table *const tables[] = { print_checks, print_bounds, print_labels, print_corners };
    bool for_people = form == TT_TABLE_TEXT;
    tt_status status = TT_OK;
    if (form == TT_TABLE_TSV)
        return print_tsv(out, result, error);
    if (for_people && !print_head(out, result))
        return tt_no_memory(error);
    for (size_t k = 0; k < sizeof tables / sizeof *tables && status == TT_OK; k++) {
        if (k > 0)
            fputc('\n', out);
        status = tables[k](out, &result->tally, form, error);
    }
    if (status != TT_OK || !for_people)
        return status;
    fputc('\n', out);
    if (!print_findings(out, result, &result->tally.violated, TT_VIOLATED) ||
        !print_findings(out, result, &result->tally.undecided, TT_UNDECIDED))
        return tt_no_memory(error);
    return TT_OK;
}

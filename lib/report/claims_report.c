#include "claims_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../number/text_stream.h"
#include "json.h"
#include "number.h"

enum { FACT_DIGITS = 6, LINE_WIDTH = 110, INDENT = 4 };

#define WITNESS_FOLDER "experiments/witnesses/"

/* ---- one entry as texts; each returns a text from malloc, NULL without memory ---- */

typedef void text_writer(FILE *out, const tt_claim_entry *entry);

static char *text_of(const tt_claim_entry *entry, text_writer *write)
{
    char *text;
    size_t size;
    FILE *out = tt_text_stream(&text, &size);
    if (!out)
        return NULL;
    write(out, entry);
    if (fclose(out) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

static text_writer write_verdict;
static void write_verdict(FILE *out, const tt_claim_entry *entry)
{
    fputs(tt_claim_verdict_name(entry->verdict), out);
    if (entry->verdict == TT_CLAIM_NOT_REFUTED)
        fprintf(out, " on %" PRIu64 " instances", entry->tally.holds + entry->tally.consistent);
}

static text_writer write_preconditions;
static void write_preconditions(FILE *out, const tt_claim_entry *entry)
{
    if (entry->stated)
        fputs(entry->stated, out);
    if (entry->needs)
        fprintf(out, "%snot stated: %s", entry->stated ? "; " : "", entry->needs);
}

/* "a = 1, b = 2" */
static void write_facts(FILE *out, const tt_claim_entry *entry)
{
    for (size_t k = 0; k < entry->observation.n; k++) {
        tt_number_text value = tt_number_short(&entry->observation.facts[k].value, FACT_DIGITS);
        const char *name = entry->observation.facts[k].name;
        /* a number that is its own name */
        if (strcmp(value.text, name) == 0)
            fprintf(out, "%s%s", k ? ", " : "", name);
        else
            fprintf(out, "%s%s = %s", k ? ", " : "", name, value.text);
    }
}

static void write_witness(FILE *out, const tt_claim_entry *entry)
{
    if (!entry->witness)
        return;
    fprintf(out, "%s%s: ", entry->needs ? "without it fails on " : "", entry->witness);
    write_facts(out, entry);
}

static void write_holds(FILE *out, const tt_claim_entry *entry, const char *before)
{
    const tt_claim_tally *tally = &entry->tally;
    unsigned long long all = tally->holds + tally->consistent + tally->violated + tally->undecided;
    if (all == 0)
        return;
    fprintf(out, "%sholds on %llu of %llu instances", before, (unsigned long long)tally->holds, all);
    if (tally->consistent)
        fprintf(out, ", consistent with %llu", (unsigned long long)tally->consistent);
    if (tally->undecided)
        fprintf(out, ", undecided on %llu", (unsigned long long)tally->undecided);
}

static text_writer write_evidence;
static void write_evidence(FILE *out, const tt_claim_entry *entry)
{
    switch (entry->verdict) {
    case TT_CLAIM_HOLDS:
    case TT_CLAIM_HOLDS_IF:
        fprintf(out, "proof: doc/bounds.md, %s", entry->proof);
        write_holds(out, entry, "; ");
        if (entry->witness || entry->observation.n)
            fputs("; ", out);
        if (entry->witness)
            write_witness(out, entry);
        else
            write_facts(out, entry);
        break;
    case TT_CLAIM_REFUTED:
        write_witness(out, entry);
        write_holds(out, entry, "; ");
        break;
    case TT_CLAIM_NOT_REFUTED:
        write_holds(out, entry, "");
        break;
    case TT_CLAIM_AS_PRINTED:
    case TT_CLAIM_MISPRINTED:
    case TT_CLAIM_UNDECIDED:
        write_facts(out, entry);
        if (entry->printed)
            fprintf(out, ", printed %s", entry->printed);
        break;
    default:
        fputs(entry->fault, out);
    }
}

char *tt_claim_evidence(const tt_claim_entry *entry)
{
    return text_of(entry, write_evidence);
}

/* The command with the witness's file in place of FILE. */
static text_writer write_command;
static void write_command(FILE *out, const tt_claim_entry *entry)
{
    const char *command = entry->command, *file;
    if (!command) {
        fprintf(out, "trustree claims --count 0 --only %s", entry->id);
        return;
    }
    file = strstr(command, "FILE");
    if (!file)
        fprintf(out, "trustree %s", command);
    else
        fprintf(out, "trustree %.*s" WITNESS_FOLDER "%s.json%s", (int)(file - command), command, entry->witness, file + 4);
}

static bool has_command(const tt_claim_entry *entry)
{
    return entry->witness || entry->command;
}

/* ---- JSON ---- */

static json_t *facts_json(const tt_observation *observation)
{
    json_t *array = json_array();
    for (size_t k = 0; k < observation->n; k++) {
        json_t *fact = tt_json_put(json_object(), "name", tt_json_text(observation->facts[k].name));
        array = tt_json_push(array, tt_json_put(fact, "value", tt_json_real(&observation->facts[k].value, false)));
    }
    return array;
}

static json_t *tally_json(const tt_claim_tally *tally)
{
    json_t *object = tt_json_put(json_object(), "holds", json_integer((json_int_t)tally->holds));
    object = tt_json_put(object, "consistent", json_integer((json_int_t)tally->consistent));
    object = tt_json_put(object, "violated", json_integer((json_int_t)tally->violated));
    object = tt_json_put(object, "undecided", json_integer((json_int_t)tally->undecided));
    object = tt_json_put(object, "not_applicable", json_integer((json_int_t)tally->not_applicable));
    return tt_json_put(object, "outside", json_integer((json_int_t)tally->outside));
}

/* The words of a text that may be missing, as an array. */
static json_t *words_json(const char *words)
{
    json_t *array = json_array();
    for (const char *word = words; word && *word; word += strspn(word, " ")) {
        size_t n = strcspn(word, " ");
        array = tt_json_push(array, json_stringn(word, n));
        word += n;
    }
    return array;
}

static json_t *witness_json(const tt_claim_entry *entry)
{
    return entry->witness ? json_sprintf(WITNESS_FOLDER "%s.json", entry->witness) : json_null();
}

static json_t *entry_json(const tt_claim_entry *entry)
{
    bool preconditions = entry->stated || entry->needs;
    json_t *object = tt_json_put(json_object(), "id", tt_json_text(entry->id));
    object = tt_json_put(object, "where", tt_json_text(entry->where));
    object = tt_json_put(object, "kind", tt_json_text(tt_claim_kind_name(entry->kind)));
    object = tt_json_put(object, "statement", tt_json_text(entry->statement));
    object = tt_json_put(object, "preconditions",
                         preconditions ? tt_json_take(text_of(entry, write_preconditions)) : json_null());
    object = tt_json_put(object, "check", tt_json_text(entry->check));
    object = tt_json_put(object, "verdict", tt_json_take(text_of(entry, write_verdict)));
    object = tt_json_put(object, "evidence", tt_json_take(text_of(entry, write_evidence)));
    object = tt_json_put(object, "witness", witness_json(entry));
    object = tt_json_put(object, "proof", tt_json_text(entry->proof));
    object = tt_json_put(object, "instead", words_json(entry->instead));
    object = tt_json_put(object, "command",
                         has_command(entry) ? tt_json_take(text_of(entry, write_command)) : json_null());
    object = tt_json_put(object, "printed", tt_json_text(entry->printed));
    object = tt_json_put(object, "facts", facts_json(&entry->observation));
    return tt_json_put(object, "instances", tally_json(&entry->tally));
}

tt_status tt_claims_json(FILE *out, const tt_ledger *ledger, tt_error *error)
{
    json_t *claims = json_array(), *campaign, *whole;
    for (size_t k = 0; k < ledger->n; k++)
        claims = tt_json_push(claims, entry_json(&ledger->entries[k]));
    campaign = tt_json_put(json_object(), "count", json_integer((json_int_t)ledger->count));
    campaign = tt_json_put(campaign, "seed", json_integer((json_int_t)ledger->seed));
    whole = tt_json_put(json_object(), "format", tt_json_text("trustree-claims-1"));
    whole = tt_json_put(whole, "campaign", campaign);
    return tt_json_write(out, tt_json_put(whole, "claims", claims), error);
}

/* ---- tables ---- */

/* NULL is nothing to say. */
static void add_optional(tt_table *table, const char *text)
{
    tt_table_add(table, text ? text : "");
}

static void add_number(tt_table *table, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    tt_table_add(table, text);
}

tt_status tt_claims_tsv(FILE *out, const tt_ledger *ledger, tt_error *error)
{
    static const char *const header[] = { "id",      "where",     "kind",           "statement", "preconditions", "check",
                                          "verdict", "evidence",  "witness",        "proof",     "instead",       "command",
                                          "holds",   "consistent", "violated",  "undecided",      "not_applicable", "outside" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "llllllllllllllllll", header);
    for (size_t k = 0; k < ledger->n; k++) {
        const tt_claim_entry *entry = &ledger->entries[k];
        tt_table_add(&table, entry->id);
        tt_table_add(&table, entry->where);
        tt_table_add(&table, tt_claim_kind_name(entry->kind));
        tt_table_add(&table, entry->statement);
        tt_table_take(&table, text_of(entry, write_preconditions));
        tt_table_add(&table, entry->check);
        tt_table_take(&table, text_of(entry, write_verdict));
        tt_table_take(&table, text_of(entry, write_evidence));
        add_optional(&table, entry->witness);
        add_optional(&table, entry->proof);
        add_optional(&table, entry->instead);
        if (has_command(entry))
            tt_table_take(&table, text_of(entry, write_command));
        else
            tt_table_add(&table, "");
        add_number(&table, entry->tally.holds);
        add_number(&table, entry->tally.consistent);
        add_number(&table, entry->tally.violated);
        add_number(&table, entry->tally.undecided);
        add_number(&table, entry->tally.not_applicable);
        add_number(&table, entry->tally.outside);
    }
    status = tt_table_print(out, &table, TT_TABLE_TSV, true, error);
    tt_table_clear(&table);
    return status;
}

static tt_status print_whole(FILE *out, const tt_ledger *ledger, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "id", "where", "statement", "preconditions", "verdict", "evidence", "in its place" };
    tt_table table;
    tt_status status;
    tt_table_init(&table, "lllllll", header);
    for (size_t k = 0; k < ledger->n; k++) {
        const tt_claim_entry *entry = &ledger->entries[k];
        tt_table_add(&table, entry->id);
        tt_table_add(&table, entry->where);
        tt_table_add(&table, entry->statement);
        tt_table_take(&table, text_of(entry, write_preconditions));
        tt_table_take(&table, text_of(entry, write_verdict));
        tt_table_take(&table, text_of(entry, write_evidence));
        add_optional(&table, entry->instead);
    }
    status = tt_table_print(out, &table, form, true, error);
    tt_table_clear(&table);
    return status;
}

/* ---- text ---- */

/* Whether the entry has a paragraph of its own. */
static bool has_paragraph(const tt_claim_entry *entry)
{
    return entry->verdict != TT_CLAIM_HOLDS && entry->verdict != TT_CLAIM_AS_PRINTED &&
           entry->verdict != TT_CLAIM_MISPRINTED;
}

/* Words, broken before the line gets too long. */
static void print_wrapped(FILE *out, const char *label, const char *text)
{
    int column = INDENT + (int)strlen(label);
    fprintf(out, "%*s%s", INDENT, "", label);
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (column + 1 + n > LINE_WIDTH && column > INDENT) {
            fprintf(out, "\n%*s", INDENT, "");
            column = INDENT;
        } else if (column > INDENT) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", n, text);
        column += n;
        text += n;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static bool print_wrapped_taken(FILE *out, const char *label, char *text)
{
    if (text && *text)
        print_wrapped(out, label, text);
    free(text);
    return text != NULL;
}

static bool print_paragraph(FILE *out, const tt_claim_entry *entry)
{
    char *verdict = text_of(entry, write_verdict);
    bool good = verdict != NULL;
    fprintf(out, "%s (%s): %s\n", entry->id, entry->where, verdict ? verdict : "");
    free(verdict);
    print_wrapped(out, "", entry->statement);
    if (entry->stated || entry->needs)
        good = print_wrapped_taken(out, "Precondition:", text_of(entry, write_preconditions)) && good;
    good = print_wrapped_taken(out, "Evidence:", text_of(entry, write_evidence)) && good;
    if (entry->instead)
        print_wrapped(out, "Holds in its place:", entry->instead);
    if (has_command(entry))
        good = print_wrapped_taken(out, "Again:", text_of(entry, write_command)) && good;
    fputc('\n', out);
    return good;
}

/* The entries of one verdict, each in a paragraph. */
static bool print_paragraphs(FILE *out, const tt_ledger *ledger, tt_claim_verdict verdict)
{
    bool good = true;
    for (size_t k = 0; k < ledger->n; k++)
        if (ledger->entries[k].verdict == verdict)
            good = print_paragraph(out, &ledger->entries[k]) && good;
    return good;
}

static tt_status print_rest(FILE *out, const tt_ledger *ledger, tt_error *error)
{
    static const char *const header[] = { "id", "where", "verdict", "evidence" };
    tt_table table;
    tt_status status;
    size_t rows = 0;
    tt_table_init(&table, "llll", header);
    for (size_t k = 0; k < ledger->n; k++) {
        const tt_claim_entry *entry = &ledger->entries[k];
        if (has_paragraph(entry))
            continue;
        tt_table_add(&table, entry->id);
        tt_table_add(&table, entry->where);
        tt_table_take(&table, text_of(entry, write_verdict));
        tt_table_take(&table, text_of(entry, write_evidence));
        rows++;
    }
    status = rows ? tt_table_print(out, &table, TT_TABLE_TEXT, true, error) : TT_OK;
    if (rows)
        fputc('\n', out);
    tt_table_clear(&table);
    return status;
}

static void print_counts(FILE *out, const tt_ledger *ledger)
{
    size_t counts[TT_CLAIM_VERDICTS] = { 0 };
    for (size_t k = 0; k < ledger->n; k++)
        counts[ledger->entries[k].verdict]++;
    fprintf(out, "%zu entries, %llu instances:", ledger->n, (unsigned long long)ledger->count);
    for (size_t v = 0, printed = 0; v < TT_CLAIM_VERDICTS; v++)
        if (counts[v])
            fprintf(out, "%s %zu %s", printed++ ? "," : "", counts[v], tt_claim_verdict_name((tt_claim_verdict)v));
    fputs(".\n", out);
}

tt_status tt_claims_text(FILE *out, const tt_ledger *ledger, tt_table_form form, tt_error *error)
{
    static const tt_claim_verdict order[] = { TT_CLAIM_FAILED, TT_CLAIM_UNDECIDED, TT_CLAIM_REFUTED, TT_CLAIM_HOLDS_IF,
                                              TT_CLAIM_NOT_REFUTED };
    bool good = true;
    tt_status status;
    if (form != TT_TABLE_TEXT)
        return print_whole(out, ledger, form, error);
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        good = print_paragraphs(out, ledger, order[k]) && good;
    status = good ? print_rest(out, ledger, error) : tt_no_memory(error);
    print_counts(out, ledger);
    return status;
}

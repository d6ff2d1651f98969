#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../number/text_stream.h"
#include "../study/labels.h"
#include "../world/file.h"
#include "../world/instance_json.h"
#include "campaign_report.h"
#include "json.h"

#define CAMPAIGN_FORMAT "trustree-campaign-1"

static const char *const section_keys[TT_PROPERTY_KINDS] = {
    [TT_PROPERTY_IDENTITY] = "identities",
    [TT_PROPERTY_INEQUALITY] = "inequalities",
    [TT_PROPERTY_BOUND] = "bounds",
    [TT_PROPERTY_EXTRA] = "properties",
};

static const char *const answer_keys[TT_ANSWERS] = { [TT_YES] = "yes", [TT_NO] = "no", [TT_NULL] = "unknown" };
static const size_t answer_order[TT_ANSWERS] = { TT_YES, TT_NO, TT_NULL };

/* The number of classes between two edges. */
enum { BETWEEN = TT_CLASS_ONE - TT_CLASS_FIRST };

/* ---- writing ---- */

static json_t *count_json(uint64_t count)
{
    return json_integer((json_int_t)count);
}

/* Takes over the text. */
static json_t *take_text(char *text)
{
    json_t *string = text ? json_string(text) : NULL;
    free(text);
    return string;
}

static json_t *command_json(const tt_campaign *campaign, uint64_t index)
{
    return take_text(tt_campaign_command(campaign, index));
}

static json_t *range_json(size_t low, size_t high)
{
    return tt_json_push(tt_json_push(json_array(), count_json(low)), count_json(high));
}

static json_t *configuration_json(const tt_campaign *campaign)
{
    const tt_sample_space *space = &campaign->space;
    json_t *object = tt_json_put(json_object(), "count", count_json(campaign->count));
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, space->seed);
    object = tt_json_put(object, "vocab", range_json(space->vocab_low, space->vocab_high));
    object = tt_json_put(object, "horizon", range_json(space->horizon_low, space->horizon_high));
    object = tt_json_put(object, "kind", tt_json_text(tt_sample_kind_words[space->kind]));
    return tt_json_put(object, "seed", tt_json_text(seed));
}

static json_t *versions_json(const tt_campaign_result *result)
{
    json_t *object = json_object();
    for (size_t k = 0; k < TT_VERSIONS; k++)
        object = tt_json_put(object, tt_version_names[k], tt_json_text(result->version[k]));
    return object;
}

static json_t *coverage_json(const tt_coverage *coverage)
{
    json_t *residues = json_array();
    for (uint64_t r = 0; r < coverage->modulus; r++)
        if (coverage->residue[r])
            residues = tt_json_push(residues, count_json(r));
    return tt_json_put(tt_json_put(json_object(), "modulus", count_json(coverage->modulus)), "residues", residues);
}

static json_t *tiers_json(const tt_tally *tally)
{
    json_t *object = json_object();
    for (size_t k = 0; k < TT_TIERS; k++)
        object = tt_json_put(object, tt_tier_name((tt_tier)k), count_json(tt_tally_tiers(tally)[k]));
    return object;
}

static json_t *corners_json(const tt_tally *tally)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_sample_corner_count(); k++) {
        json_t *object = tt_json_put(json_object(), "name", tt_json_text(tt_sample_corner_at(k)->name));
        array = tt_json_push(array, tt_json_put(object, "instances", count_json(tt_tally_corners(tally)[k])));
    }
    return array;
}

static json_t *labels_json(const tt_tally *tally)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_label_count(); k++) {
        json_t *object = tt_json_put(json_object(), "name", tt_json_text(tt_label_at(k)->name));
        for (size_t a = 0; a < TT_ANSWERS; a++)
            object = tt_json_put(object, answer_keys[answer_order[a]],
                                 count_json(tt_tally_label(tally, k)[answer_order[a]]));
        array = tt_json_push(array, object);
    }
    return array;
}

static json_t *edges_json(void)
{
    json_t *array = json_array();
    for (size_t k = 0; k < TT_TIGHTNESS_EDGES; k++)
        array = tt_json_push(array, tt_json_text(tt_tightness_edges[k]));
    return array;
}

static json_t *classes_json(const uint64_t *classes)
{
    json_t *object = tt_json_put(json_object(), "zero", count_json(classes[TT_CLASS_ZERO])), *between = json_array();
    for (size_t k = 0; k < BETWEEN; k++)
        between = tt_json_push(between, count_json(classes[TT_CLASS_FIRST + k]));
    object = tt_json_put(object, "between", between);
    object = tt_json_put(object, "one", count_json(classes[TT_CLASS_ONE]));
    return tt_json_put(object, "none", count_json(classes[TT_CLASS_NONE]));
}

static json_t *tightest_json(const tt_campaign *campaign, const tt_tightest *tightest)
{
    char text[TT_TIGHTNESS_TEXT_SIZE];
    json_t *object;
    if (!tightest->any)
        return json_null();
    tt_tightness_text(text, tightest->floor);
    object = tt_json_put(json_object(), "at_least", tt_json_text(text));
    object = tt_json_put(object, "index", count_json(tightest->index));
    return tt_json_put(object, "command", command_json(campaign, tightest->index));
}

static json_t *property_json(const tt_tally *tally, size_t property)
{
    json_t *object = tt_json_put(json_object(), "id", tt_json_text(tt_property_id(tally->properties, property)));
    for (size_t v = 0; v < TT_VERDICTS; v++)
        object = tt_json_put(object, tt_verdict_name((tt_verdict)v), count_json(tt_tally_verdicts(tally, property)[v]));
    return object;
}

static json_t *section_json(const tt_campaign_result *result, tt_property_kind kind)
{
    const tt_tally *tally = &result->tally;
    size_t n, first = tt_property_first(tally->properties, kind, &n);
    json_t *array = json_array();
    for (size_t k = 0; k < n; k++) {
        json_t *object = property_json(tally, first + k);
        if (kind == TT_PROPERTY_BOUND) {
            object = tt_json_put(object, "kind", tt_json_text(tt_bound_kind_name(tt_bound_at(k)->kind)));
            object = tt_json_put(object, "tightness", classes_json(tt_tally_classes(tally, k)));
            object = tt_json_put(object, "tightest", tightest_json(&result->campaign, &tally->tightest[k]));
        }
        array = tt_json_push(array, object);
    }
    return array;
}

static json_t *findings_json(const tt_campaign_result *result, const tt_findings *findings, bool witnesses)
{
    json_t *array = json_array();
    for (size_t k = 0; k < findings->n; k++) {
        const tt_finding *finding = &findings->items[k];
        const char *id = tt_property_id(result->tally.properties, finding->property);
        json_t *object = tt_json_put(json_object(), "property", tt_json_text(id));
        object = tt_json_put(object, "index", count_json(finding->index));
        object = tt_json_put(object, "command", command_json(&result->campaign, finding->index));
        if (witnesses)
            object = tt_json_put(object, "instance", json_loads(finding->witness, 0, NULL));
        array = tt_json_push(array, object);
    }
    return array;
}

json_t *tt_json_campaign(const tt_campaign_result *result)
{
    const tt_tally *tally = &result->tally;
    bool complete = tt_campaign_complete(result);
    json_t *object = tt_json_put(json_object(), "format", tt_json_text(CAMPAIGN_FORMAT));
    object = tt_json_put(object, "configuration", configuration_json(&result->campaign));
    object = tt_json_put(object, "versions", versions_json(result));
    object = tt_json_put(object, "complete", json_boolean(complete));
    if (!complete)
        object = tt_json_put(object, "covers", coverage_json(&result->coverage));
    object = tt_json_put(object, "instances", count_json(tally->instances));
    object = tt_json_put(object, "tiers", tiers_json(tally));
    object = tt_json_put(object, "corners", corners_json(tally));
    object = tt_json_put(object, "labels", labels_json(tally));
    object = tt_json_put(object, "tightness_edges", edges_json());
    for (size_t kind = 0; kind < TT_PROPERTY_KINDS; kind++) {
        size_t n;
        tt_property_first(tally->properties, (tt_property_kind)kind, &n);
        if (n > 0)
            object = tt_json_put(object, section_keys[kind], section_json(result, (tt_property_kind)kind));
    }
    object = tt_json_put(object, "failures", findings_json(result, &tally->violated, true));
    return tt_json_put(object, "undecided", findings_json(result, &tally->undecided, false));
}

tt_status tt_campaign_write(FILE *out, const void *result, tt_error *error)
{
    return tt_json_write(out, tt_json_campaign(result), error);
}

/* ---- reading ---- */

/* Readers take what they find and leave the rest at 0: whether everything is there, and nothing else, is seen when the
   numbers are written again. */

static uint64_t get_count(const json_t *value)
{
    json_int_t n = json_integer_value(value);
    return n > 0 ? (uint64_t)n : 0;
}

/* The same for what has to fit a size_t; 0, which no size may be, where it does not. */
static size_t get_size(const json_t *value)
{
    uint64_t n = get_count(value);
    return n <= SIZE_MAX ? (size_t)n : 0;
}

static void read_versions(tt_campaign_result *out, const json_t *root)
{
    for (size_t k = 0; k < TT_VERSIONS; k++) {
        const char *text = json_string_value(json_object_get(json_object_get(root, "versions"), tt_version_names[k]));
        snprintf(out->version[k], TT_VERSION_SIZE, "%s", text ? text : "");
    }
}

static tt_status read_configuration(tt_campaign *out, const json_t *root, tt_error *error)
{
    const json_t *object = json_object_get(root, "configuration"), *vocab = json_object_get(object, "vocab"),
                 *horizon = json_object_get(object, "horizon");
    const char *kind = json_string_value(json_object_get(object, "kind")),
               *seed = json_string_value(json_object_get(object, "seed"));
    size_t k = 0;
    tt_error inner;
    while (kind && tt_sample_kind_words[k] && strcmp(tt_sample_kind_words[k], kind) != 0)
        k++;
    if (!kind || !tt_sample_kind_words[k])
        return tt_fail(error, TT_BAD_INPUT, "configuration.kind", "is unknown");
    out->count = get_count(json_object_get(object, "count"));
    if (out->count < 1 || out->count > TT_CAMPAIGN_MAX)
        return tt_fail(error, TT_BAD_INPUT, "configuration.count", "must be 1 to 2^53");
    out->space = (tt_sample_space){
        .vocab_low = get_size(json_array_get(vocab, 0)),
        .vocab_high = get_size(json_array_get(vocab, 1)),
        .horizon_low = get_size(json_array_get(horizon, 0)),
        .horizon_high = get_size(json_array_get(horizon, 1)),
        .kind = (tt_sample_kind)k,
        .seed = seed ? strtoull(seed, NULL, 10) : 0,
    };
    if (tt_sample_space_check(&out->space, &inner) != TT_OK)
        return tt_fail(error, TT_BAD_INPUT, "configuration", "%s %s", inner.where, inner.what);
    return TT_OK;
}

static tt_status read_coverage(tt_coverage *out, const json_t *root, tt_error *error)
{
    const json_t *covers = json_object_get(root, "covers"), *array = json_object_get(covers, "residues"), *value;
    static const uint64_t all = 0;
    size_t n = json_array_size(array), k;
    uint64_t *residues;
    tt_status status;
    if (json_is_true(json_object_get(root, "complete")))
        return tt_coverage_init(out, 1, &all, 1, error);
    residues = calloc(n + 1, sizeof *residues);
    if (!residues)
        return tt_no_memory(error);
    json_array_foreach(array, k, value)
        residues[k] = get_count(value);
    status = tt_coverage_init(out, get_count(json_object_get(covers, "modulus")), residues, n, error);
    free(residues);
    return status;
}

static void read_classes(uint64_t *classes, const json_t *object)
{
    const json_t *between = json_object_get(object, "between");
    classes[TT_CLASS_ZERO] = get_count(json_object_get(object, "zero"));
    for (size_t k = 0; k < BETWEEN; k++)
        classes[TT_CLASS_FIRST + k] = get_count(json_array_get(between, k));
    classes[TT_CLASS_ONE] = get_count(json_object_get(object, "one"));
    classes[TT_CLASS_NONE] = get_count(json_object_get(object, "none"));
}

/* "0.25" in units of 1e-18; 0 for what is no such decimal. */
static uint64_t read_tightness(const char *text)
{
    uint64_t units = 0, unit = TT_TIGHTNESS_ONE;
    if (!text || *text < '0' || *text > '9' || (text[1] && text[1] != '.'))
        return 0;
    units = (uint64_t)(*text - '0') * unit;
    for (text += text[1] ? 2 : 1; *text >= '0' && *text <= '9' && unit > 1; text++) {
        unit /= 10;
        units += (uint64_t)(*text - '0') * unit;
    }
    return units;
}

static void read_tightest(tt_tightest *out, const json_t *object)
{
    out->any = json_is_object(object);
    out->floor = read_tightness(json_string_value(json_object_get(object, "at_least")));
    out->index = get_count(json_object_get(object, "index"));
}

static void read_section(tt_tally *tally, tt_property_kind kind, const json_t *root)
{
    const json_t *array = json_object_get(root, section_keys[kind]);
    size_t n, first = tt_property_first(tally->properties, kind, &n);
    for (size_t k = 0; k < n; k++) {
        const json_t *object = json_array_get(array, k);
        for (size_t v = 0; v < TT_VERDICTS; v++)
            tt_tally_verdicts(tally, first + k)[v] = get_count(json_object_get(object, tt_verdict_name((tt_verdict)v)));
        if (kind == TT_PROPERTY_BOUND) {
            read_classes(tt_tally_classes(tally, k), json_object_get(object, "tightness"));
            read_tightest(&tally->tightest[k], json_object_get(object, "tightest"));
        }
    }
}

static void read_counts(tt_tally *tally, const json_t *root)
{
    const json_t *corners = json_object_get(root, "corners"), *labels = json_object_get(root, "labels");
    tally->instances = get_count(json_object_get(root, "instances"));
    for (size_t k = 0; k < TT_TIERS; k++)
        tt_tally_tiers(tally)[k] = get_count(json_object_get(json_object_get(root, "tiers"), tt_tier_name((tt_tier)k)));
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        tt_tally_corners(tally)[k] = get_count(json_object_get(json_array_get(corners, k), "instances"));
    for (size_t k = 0; k < tt_label_count(); k++)
        for (size_t a = 0; a < TT_ANSWERS; a++)
            tt_tally_label(tally, k)[a] = get_count(json_object_get(json_array_get(labels, k), answer_keys[a]));
    for (size_t kind = 0; kind < TT_PROPERTY_KINDS; kind++)
        read_section(tally, (tt_property_kind)kind, root);
}

/* The instance as its writer writes it. */
static tt_status read_witness(char **out, const json_t *object, tt_error *error)
{
    char *text = json_dumps(object, JSON_COMPACT);
    tt_instance *instance = NULL;
    tt_error inner;
    size_t size;
    FILE *stream;
    tt_status status = text ? tt_instance_read_text(&instance, text, strlen(text), &inner) : TT_BAD_INPUT;
    free(text);
    *out = NULL;
    if (status != TT_OK)
        return tt_fail(error, TT_BAD_INPUT, "failures", "an instance is not valid");
    stream = tt_text_stream(out, &size);
    if (stream) {
        status = tt_instance_write(stream, instance, &inner);
        if (fclose(stream) != 0 || status != TT_OK) {
            free(*out);
            *out = NULL;
        }
    }
    tt_instance_free(instance);
    return *out ? TT_OK : tt_no_memory(error);
}

static tt_status read_findings(tt_findings *out, const tt_properties *properties, const json_t *root, const char *key,
                               bool witnesses, tt_error *error)
{
    const json_t *array = json_object_get(root, key), *object;
    size_t k, n = tt_property_count(properties);
    json_array_foreach(array, k, object) {
        const char *id = json_string_value(json_object_get(object, "property"));
        char *witness = NULL;
        size_t property = 0;
        tt_status status = TT_OK;
        while (id && property < n && strcmp(tt_property_id(properties, property), id) != 0)
            property++;
        if (!id || property == n)
            return tt_fail(error, TT_BAD_INPUT, key, "names an unknown property");
        if (witnesses)
            status = read_witness(&witness, json_object_get(object, "instance"), error);
        if (status != TT_OK)
            return status;
        if (tt_findings_add(out, get_count(json_object_get(object, "index")), property, witness) != TT_OK)
            return tt_no_memory(error);
    }
    return TT_OK;
}

/* The first key of the whole whose value is not what would be written. */
static tt_status check_written_again(const tt_campaign_result *result, const json_t *root, tt_error *error)
{
    json_t *again = tt_json_campaign(result), *value;
    tt_status status = again ? TT_OK : tt_no_memory(error);
    const char *key;
    json_object_foreach(again, key, value)
        if (status == TT_OK && !json_equal(value, json_object_get(root, key)))
            status = tt_fail(error, TT_BAD_INPUT, key, "is not what this trustree writes");
    if (status == TT_OK && json_object_size(root) != json_object_size(again))
        status = tt_fail(error, TT_BAD_INPUT, NULL, "has unknown fields");
    json_decref(again);
    return status;
}

static tt_status read_numbers(tt_campaign_result *out, const json_t *root, tt_error *error)
{
    const tt_properties *properties = out->tally.properties;
    tt_status status;
    read_versions(out, root);
    read_counts(&out->tally, root);
    status = read_findings(&out->tally.violated, properties, root, "failures", true, error);
    if (status == TT_OK)
        status = read_findings(&out->tally.undecided, properties, root, "undecided", false, error);
    if (status == TT_OK)
        status = check_written_again(out, root, error);
    return status == TT_OK ? tt_campaign_result_check(out, error) : status;
}

static tt_status read_root(tt_campaign_result *out, const json_t *root, const tt_properties *properties,
                           tt_error *error)
{
    const char *format = json_string_value(json_object_get(root, "format"));
    tt_campaign campaign;
    tt_coverage coverage;
    tt_status status;
    if (!format || strcmp(format, CAMPAIGN_FORMAT) != 0)
        return tt_fail(error, TT_BAD_INPUT, "format", "must be \"%s\"", CAMPAIGN_FORMAT);
    status = read_configuration(&campaign, root, error);
    if (status == TT_OK)
        status = read_coverage(&coverage, root, error);
    if (status != TT_OK)
        return status;
    if (tt_campaign_result_init(out, &campaign, properties, &coverage) != TT_OK)
        return tt_no_memory(error);
    status = read_numbers(out, root, error);
    if (status != TT_OK)
        tt_campaign_result_clear(out);
    return status;
}

tt_status tt_campaign_read_text(tt_campaign_result *out, const char *text, size_t length,
                                const tt_properties *properties, tt_error *error)
{
    json_error_t json;
    char where[64];
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &json);
    tt_status status;
    if (!root) {
        snprintf(where, sizeof where, "line %d, column %d", json.line, json.column);
        return tt_fail(error, TT_BAD_INPUT, where, "%s", json.text);
    }
    status = read_root(out, root, properties, error);
    json_decref(root);
    return status;
}

tt_status tt_campaign_read(tt_campaign_result *out, const char *path, const tt_properties *properties, tt_error *error)
{
    char *text;
    size_t length;
    tt_status status = tt_file_read(&text, &length, path, error);
    if (status == TT_OK)
        status = tt_campaign_read_text(out, text, length, properties, error);
    free(text);
    return status;
}

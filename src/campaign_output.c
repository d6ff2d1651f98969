#include "campaign_output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/report/campaign_report.h"
#include "../lib/report/json.h"
#include "../lib/world/file.h"
#include "../lib/world/instance_json.h"

const char *tt_campaign_format_word(size_t format)
{
    return format < TT_FORMAT_LATEX ? tt_format_word(format) : NULL;
}

const tt_cli_words tt_campaign_format_words = { .at = tt_campaign_format_word, .preset = "text" };

bool tt_campaign_output_check(tt_campaign_output *output)
{
    tt_error error = TT_ERROR_INIT;
    if (!output->path || tt_file_check(&output->has_file, output->path, &error) == TT_OK)
        return true;
    tt_cli_error(output->path, &error);
    return false;
}

/* ---- instances ---- */

/* "R.instances" for "R.json"; NULL without memory. */
static char *instances_folder(const char *path)
{
    size_t length = path ? strlen(path) : 0;
    char *folder;
    if (!path)
        return strdup("campaign.instances");
    if (length > 5 && strcmp(path + length - 5, ".json") == 0)
        length -= 5;
    return asprintf(&folder, "%.*s.instances", (int)length, path) < 0 ? NULL : folder;
}

static tt_status write_text(FILE *out, const void *text, tt_error *error)
{
    (void)error;
    fputs(text, out);
    return TT_OK;
}

/* The file of a finding; NULL without memory. */
static char *finding_path(const char *folder, const tt_campaign_result *result, const tt_finding *finding)
{
    char *path;
    if (asprintf(&path, "%s/failure-%s-%" PRIu64 ".json", folder,
                 tt_property_id(result->tally.properties, finding->property), finding->index) < 0)
        return NULL;
    return path;
}

static int write_failures(const char *folder, const tt_campaign_result *result)
{
    const tt_findings *violated = &result->tally.violated;
    int status = TT_EXIT_OK;
    for (size_t k = 0; k < violated->n && status == TT_EXIT_OK; k++) {
        char *path = finding_path(folder, result, &violated->items[k]);
        tt_error error = TT_ERROR_INIT;
        if (!path)
            status = tt_cli_bad("out of memory");
        else if (tt_file_write(path, write_text, violated->items[k].witness, &error) != TT_OK)
            status = tt_cli_error(path, &error);
        else
            tt_cli_note("%s is violated; to run it again: trustree eval %s",
                        tt_property_id(result->tally.properties, violated->items[k].property), path);
        free(path);
    }
    return status;
}

static int write_tightest_of(const char *folder, const tt_campaign_result *result, size_t bound)
{
    tt_instance *instance;
    tt_error error = TT_ERROR_INIT;
    char *path = NULL;
    int status = TT_EXIT_OK;
    if (tt_sample(&instance, NULL, &result->campaign.space, result->tally.tightest[bound].index, &error) != TT_OK)
        return tt_cli_error(NULL, &error);
    if (asprintf(&path, "%s/%s.json", folder, tt_bound_at(bound)->id) < 0) {
        path = NULL;
        status = tt_cli_bad("out of memory");
    } else if (tt_instance_write_file(path, instance, &error) != TT_OK) {
        status = tt_cli_error(path, &error);
    }
    free(path);
    tt_instance_free(instance);
    return status;
}

static int write_tightest(const char *folder, const tt_campaign_result *result)
{
    size_t bounds;
    int status = TT_EXIT_OK;
    tt_property_first(result->tally.properties, TT_PROPERTY_BOUND, &bounds);
    for (size_t k = 0; k < bounds && status == TT_EXIT_OK; k++)
        if (result->tally.tightest[k].any)
            status = write_tightest_of(folder, result, k);
    return status;
}

static int write_instances(const tt_campaign_output *output, const tt_campaign_result *result)
{
    bool tightest = output->has_file && tt_campaign_complete(result);
    bool failures = result->tally.violated.n > 0 && (output->has_file || output->keep_failures);
    char *folder;
    int status = TT_EXIT_OK;
    if (!tightest && !failures)
        return TT_EXIT_OK;
    folder = instances_folder(output->has_file ? output->path : NULL);
    if (!folder)
        return tt_cli_bad("out of memory");
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = tt_cli_bad("%s: %s", folder, strerror(errno));
    if (failures && status == TT_EXIT_OK)
        status = write_failures(folder, result);
    if (tightest && status == TT_EXIT_OK)
        status = write_tightest(folder, result);
    free(folder);
    return status;
}

/* ---- the result ---- */

static int print_result(const tt_campaign_output *output, const tt_campaign_result *result, int status)
{
    tt_output out;
    tt_error error = TT_ERROR_INIT;
    tt_status printed;
    if (!tt_output_open(&out))
        return TT_EXIT_BAD;
    printed = output->format == TT_FORMAT_JSON
                  ? tt_campaign_write(out.stream, result, &error)
                  : tt_text_campaign(out.stream, result, tt_cli_table_form(output->format), &error);
    return tt_output_end(&out, printed, NULL, &error, status);
}

/* Says what a reader must not overlook; the exit status it asks for. */
static int conclude(const tt_campaign_output *output, const tt_campaign_result *result)
{
    uint64_t violated = tt_campaign_verdicts(result, TT_VIOLATED);
    uint64_t undecided = tt_campaign_verdicts(result, TT_UNDECIDED);
    if (output->tell_missing && !tt_campaign_complete(result)) {
        char *missing = tt_campaign_missing(result);
        if (!missing)
            return tt_cli_bad("out of memory");
        tt_cli_note("a part of the campaign; missing are %s", missing);
        free(missing);
    }
    if (violated)
        tt_cli_note("%" PRIu64 " verdicts are violated", violated);
    if (undecided)
        tt_cli_note("%" PRIu64 " verdicts are undecided", undecided);
    return violated ? TT_EXIT_VIOLATED : undecided ? TT_EXIT_LIMIT : TT_EXIT_OK;
}

int tt_campaign_output_write(const tt_campaign_output *output, const tt_campaign_result *result)
{
    int status = write_instances(output, result);
    tt_error error = TT_ERROR_INIT;
    if (status == TT_EXIT_OK && output->path && tt_file_write(output->path, tt_campaign_write, result, &error) != TT_OK)
        status = tt_cli_error(output->path, &error);
    if (status == TT_EXIT_OK)
        status = conclude(output, result);
    if (status != TT_EXIT_BAD && output->to_stdout)
        status = print_result(output, result, status);
    return status;
}

/* trustree path: the surrogate, the truth and what bounds guarantee on the straight way from rollout to target. */
#include <stdlib.h>

#include "../lib/report/path_report.h"
#include "../lib/world/instance_json.h"
#include "cli.h"
#include "commands.h"
#include "evaluate_settings.h"

enum { STEPS = EVALUATE_OPTIONS, BOUND, FORMAT, FULL };

#define DEFAULT_STEPS 20

static const char *bound_word(size_t k)
{
    return k < tt_policy_path_subject_count() ? tt_policy_path_subject_at(k).id : NULL;
}

static const tt_cli_words bound_words = { .at = bound_word };

static const tt_cli_option options_table[] = {
    { "steps", STEPS, "N", "h = k/N for k = 0..N (20)", NULL },
    { "bound", BOUND, "ID", "this bound alone, or worst-case-error; may be repeated (all of them)", &bound_words },
    EVALUATE_OPTION_ROWS,
    TT_FORMAT_OPTION(FORMAT),
    { "full", FULL, NULL, "print rationals of any length (JSON)", NULL },
    TT_CLI_OPTIONS_END,
};

static const tt_cli_command command = {
    .name = "path",
    .arguments = "[OPTION]... FILE",
    .purpose = "Follows the policies pi_h = mu + h (pi - mu), h = 0..1, from rollout mu to target pi: J - J_mu and L,\n"
               "its tangent at h = 0, Error, and minorizers M_B = L - B. M_B > 0 guarantees improvement. B is a bound on\n"
               "Error from below, or worst-case-error, the least that a bound without a look at the reward can be.\n"
               "Exit status 1 where something that must hold is violated, 3 where a limit was reached or a verdict is\n"
               "undecided.",
    .options = options_table,
};

typedef struct {
    tt_policy_path_options path;
    tt_policy_path_subject *subjects; /* room for all */
    tt_format format;
    bool full;
} settings;

static bool take_bound(settings *s, const tt_cli *cli)
{
    const char *id = cli->value;
    tt_policy_path_subject subject;
    int choice;
    if (tt_bound_find(id) && !tt_policy_path_subject_find(&subject, id))
        return tt_cli_bad("--bound: %s bounds Error from above and guarantees nothing", id) == TT_EXIT_OK;
    if (!tt_cli_choice(&choice, cli))
        return false;
    subject = tt_policy_path_subject_at((size_t)choice);
    for (size_t k = 0; k < s->path.subjects_n; k++)
        if (s->subjects[k].bound == subject.bound) {
            tt_cli_bad("--bound: %s is given twice", id);
            return false;
        }
    s->subjects[s->path.subjects_n++] = subject;
    return true;
}

static bool take_option(settings *s, const tt_cli *cli, int code)
{
    uint64_t steps;
    switch (code) {
    case STEPS:
        if (!tt_cli_uint(&steps, cli, 1, TT_POLICY_PATH_STEPS_MAX))
            return false;
        s->path.steps = (size_t)steps;
        return true;
    case BOUND:
        return take_bound(s, cli);
    case FORMAT:
        return tt_cli_format(&s->format, cli);
    case FULL:
        s->full = true;
        return true;
    default:
        return tt_evaluate_settings_take(&s->path.evaluate, cli, code);
    }
}

static int print_path(const settings *s, const tt_report_origin *origin, const tt_policy_path *path, int status)
{
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status printed;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    printed = s->format == TT_FORMAT_JSON
                  ? tt_path_json(output.stream, origin, path, s->full, &error)
                  : tt_path_text(output.stream, origin, path, tt_cli_table_form(s->format), &error);
    return tt_output_end(&output, printed, NULL, &error, status);
}

static int run_on(const settings *s, const char *file, const tt_instance *instance)
{
    tt_report_origin origin = { file, tt_instance_name(instance) };
    tt_policy_path path;
    tt_error error = TT_ERROR_INIT;
    int result = TT_EXIT_OK;
    tt_status status = tt_policy_path_run(&path, instance, &s->path, &error);
    if (status != TT_OK) {
        result = tt_cli_error(file, &error);
    } else {
        if (path.status != TT_OK)
            result = tt_cli_error(file, &path.limit);
        else if (path.undecided)
            result = TT_EXIT_LIMIT;
        if (path.violated)
            result = TT_EXIT_VIOLATED;
        result = print_path(s, &origin, &path, result);
    }
    tt_policy_path_clear(&path);
    return result;
}

static int run(settings *s, const char *file)
{
    tt_instance *instance;
    tt_error error = TT_ERROR_INIT;
    int status;
    if (tt_instance_read(&instance, file, &error) != TT_OK)
        return tt_cli_error(file, &error);
    if (s->path.subjects_n == 0)
        for (; s->path.subjects_n < tt_policy_path_subject_count(); s->path.subjects_n++)
            s->subjects[s->path.subjects_n] = tt_policy_path_subject_at(s->path.subjects_n);
    status = run_on(s, file, instance);
    tt_instance_free(instance);
    return status;
}

int tt_cmd_path(int argc, char **argv)
{
    settings s = { .format = TT_FORMAT_TEXT, .subjects = calloc(tt_policy_path_subject_count(), sizeof *s.subjects) };
    tt_cli cli;
    bool good = true;
    int code = TT_CLI_END, status = TT_EXIT_BAD;
    if (!s.subjects)
        return tt_cli_bad("out of memory");
    s.path.subjects = s.subjects;
    s.path.steps = DEFAULT_STEPS;
    tt_evaluate_settings_init(&s.path.evaluate);
    tt_cli_init(&cli, &command, argc, argv);
    while (good && (code = tt_cli_next(&cli)) > 0)
        good = take_option(&s, &cli, code);
    if (good && code == TT_CLI_STOP)
        status = cli.status;
    else if (good)
        status = cli.operands + 1 == argc ? run(&s, argv[cli.operands])
                                          : tt_cli_bad("path needs one file (see trustree path --help)");
    tt_evaluate_options_clear(&s.path.evaluate);
    free(s.subjects);
    return status;
}

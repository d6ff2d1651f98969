#include "renderings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../lib/world/file.h"

int tt_renderings_print(const tt_rendering *renderings, size_t n, tt_format format, const void *thing)
{
    tt_output output;
    tt_error error = TT_ERROR_INIT;
    tt_status status = TT_OK;
    if (!tt_output_open(&output))
        return TT_EXIT_BAD;
    for (size_t k = 0; k < n; k++)
        if (renderings[k].format == format)
            status = renderings[k].write(output.stream, thing, &error);
    return tt_output_end(&output, status, NULL, &error, TT_EXIT_OK);
}

int tt_make_folders(const char *folder)
{
    char *path = strdup(folder);
    bool made = path != NULL;
    int problem;
    if (!*folder) {
        free(path);
        return tt_cli_bad("--out needs the name of a folder");
    }
    for (char *end = path; made && end; ) {
        end = strchr(end + 1, '/');
        if (end)
            *end = '\0';
        made = mkdir(path, 0777) == 0 || errno == EEXIST;
        if (end)
            *end = '/';
    }
    problem = errno;
    free(path);
    return made ? TT_EXIT_OK : tt_cli_bad("%s: %s", folder, strerror(problem));
}

static int write_form(const tt_rendering *form, const char *folder, const char *stem, const void *thing)
{
    tt_error error = TT_ERROR_INIT;
    char *path = NULL;
    int status = TT_EXIT_OK;
    if (asprintf(&path, "%s/%s.%s", folder, stem, form->extension) < 0)
        return tt_cli_bad("out of memory");
    if (tt_file_write(path, form->write, thing, &error) != TT_OK)
        status = tt_cli_error(path, &error);
    free(path);
    return status;
}

int tt_renderings_write(const tt_rendering *renderings, size_t n, const char *folder, const char *stem, const void *thing)
{
    int status = tt_make_folders(folder);
    for (size_t k = 0; k < n && status == TT_EXIT_OK; k++)
        status = write_form(&renderings[k], folder, stem, thing);
    return status;
}

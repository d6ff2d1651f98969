/* Results that come in several formats: one of them on standard output, or each as a file of a folder. */
#ifndef TRUSTREE_RENDERINGS_H
#define TRUSTREE_RENDERINGS_H

#include "cli.h"

typedef tt_status tt_render(FILE *out, const void *thing, tt_error *error);

typedef struct {
    tt_format format;
    const char *extension; /* "txt" */
    tt_render *write;
} tt_rendering;

/* Prints the thing in a format that is among the renderings. Returns the exit status; messages are printed. */
int tt_renderings_print(const tt_rendering *renderings, size_t n, tt_format format, const void *thing);

/* Makes a folder and those it lies in. Returns the exit status. */
int tt_make_folders(const char *folder);

/* Writes FOLDER/STEM.EXTENSION for every rendering; the folder is made. Returns the exit status. */
int tt_renderings_write(const tt_rendering *renderings, size_t n, const char *folder, const char *stem, const void *thing);

#endif

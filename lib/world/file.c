#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_FIRST ((size_t)1 << 16)
#define TEMPORARY_TRIES 100

static bool is_dash(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* length bytes and a NUL; the buffer doubles, so that pipes work as files do. */
static tt_status read_stream(char **text, size_t *length, FILE *in, tt_error *error)
{
    size_t room = READ_FIRST, got;
    char *buffer = malloc(room);
    *length = 0;
    while (buffer && (got = fread(buffer + *length, 1, room - *length - 1, in)) > 0) {
        char *larger;
        *length += got;
        if (room - *length > 1)
            continue;
        larger = realloc(buffer, room *= 2);
        if (!larger)
            free(buffer);
        buffer = larger;
    }
    if (!buffer)
        return tt_fail(error, TT_NO_MEMORY, NULL, "out of memory");
    if (ferror(in)) {
        tt_fail(error, TT_IO, NULL, "cannot be read: %s", strerror(errno));
        free(buffer);
        return TT_IO;
    }
    buffer[*length] = 0;
    *text = buffer;
    return TT_OK;
}

tt_status tt_file_read(char **text, size_t *length, const char *path, tt_error *error)
{
    FILE *in = is_dash(path) ? stdin : fopen(path, "rb");
    tt_status status;
    *text = NULL;
    *length = 0;
    if (!in)
        return tt_fail(error, TT_IO, NULL, "cannot be read: %s", strerror(errno));
    status = read_stream(text, length, in, error);
    if (in != stdin)
        fclose(in);
    return status;
}

static tt_status fail_write(tt_error *error, int number)
{
    return tt_fail(error, TT_IO, NULL, "cannot be written: %s", strerror(number));
}

/* Writes and closes; a full disk may show only when the last bytes leave. */
static tt_status write_stream(FILE *out, bool close, tt_file_writer *write, const void *thing, tt_error *error)
{
    tt_status status = write(out, thing, error);
    bool failed = ferror(out);
    errno = 0;
    failed = fflush(out) != 0 || failed;
    if (status == TT_OK && failed)
        status = fail_write(error, errno ? errno : EIO);
    if (close && fclose(out) != 0 && status == TT_OK)
        status = fail_write(error, errno);
    return status;
}

/* Creates a file of a new name beside path; *temporary is its name, to be freed. */
static FILE *open_temporary(char **temporary, const char *path)
{
    size_t size = strlen(path) + 40;
    int file = -1;
    FILE *out;
    *temporary = malloc(size);
    if (!*temporary) {
        errno = ENOMEM;
        return NULL;
    }
    for (int k = 0; k < TEMPORARY_TRIES && file < 0; k++) {
        snprintf(*temporary, size, "%s.new-%ld-%d", path, (long)getpid(), k);
        file = open(*temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST)
            return NULL;
    }
    out = file < 0 ? NULL : fdopen(file, "wb");
    if (!out && file >= 0) {
        close(file);
        unlink(*temporary);
    }
    return out;
}

static tt_status replace(const char *path, const struct stat *old, tt_file_writer *write, const void *thing,
                         tt_error *error)
{
    char *temporary = NULL;
    FILE *out = open_temporary(&temporary, path);
    tt_status status;
    if (!out) {
        status = fail_write(error, errno);
        free(temporary);
        return status;
    }
    if (old)
        (void)fchmod(fileno(out), old->st_mode & 07777); /* where refused, the usual permissions will do */
    status = write_stream(out, true, write, thing, error);
    if (status == TT_OK && rename(temporary, path) != 0)
        status = fail_write(error, errno);
    if (status != TT_OK)
        unlink(temporary);
    free(temporary);
    return status;
}

tt_status tt_file_write(const char *path, tt_file_writer *write, const void *thing, tt_error *error)
{
    struct stat old;
    bool exists = !is_dash(path) && stat(path, &old) == 0;
    char *real;
    tt_status status;
    if (is_dash(path))
        return write_stream(stdout, false, write, thing, error);
    if (!exists)
        return replace(path, NULL, write, thing, error);
    if (!S_ISREG(old.st_mode)) {
        FILE *out = fopen(path, "wb");
        return out ? write_stream(out, true, write, thing, error) : fail_write(error, errno);
    }
    /* through a symbolic link to the file it names, so that the link stays */
    real = realpath(path, NULL);
    status = real ? replace(real, &old, write, thing, error) : fail_write(error, errno);
    free(real);
    return status;
}

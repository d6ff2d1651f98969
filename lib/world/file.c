#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../number/text_stream.h"

#define READ_FIRST ((size_t)1 << 16)

/* More files at once than TEMPORARIES are written as well, but not removed by tt_file_remove_temporaries. */
enum { TEMPORARY_TRIES = 100, TEMPORARIES = 64, LINKS_MAX = 40 };

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
        return tt_no_memory(error);
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

/* ---- where a path leads ---- */

typedef struct {
    char *path;      /* behind the symbolic links at its end; NULL for a descriptor */
    int descriptor;  /* of this process: "-", /dev/stdout and the like; -1 for none */
    bool direct;     /* written into as it stands: no regular file, or the system's name of an open one */
    bool exists;
    struct stat old; /* where it exists */
} target;

/* The folder that a file is in; NULL with errno. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? strdup(".") : strndup(path, slash > path ? (size_t)(slash - path) : 1);
}

/* The same without links on the way; NULL with errno. */
static char *real_folder_of(const char *path)
{
    char *folder = folder_of(path), *real = folder ? realpath(folder, NULL) : NULL;
    int number = errno;
    free(folder);
    errno = number;
    return real;
}

static bool is_under_proc(const char *folder)
{
    return strncmp(folder, "/proc", 5) == 0 && (folder[5] == '/' || folder[5] == '\0');
}

/* N where the path is a name of this process's descriptor N; -1 where it is not. */
static int own_descriptor(const char *folder, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char *own = realpath("/proc/self/fd", NULL), *end;
    long n = strtol(name, &end, 10);
    bool is = own && strcmp(folder, own) == 0 && end > name && *end == '\0' && n >= 0 && n <= INT_MAX;
    free(own);
    return is ? (int)n : -1;
}

/* What the symbolic link at the end of a path says, as a path; NULL with errno. */
static char *link_target(const char *path)
{
    const char *slash = strrchr(path, '/');
    int before = slash ? (int)(slash - path) + 1 : 0;
    char text[PATH_MAX], *next;
    ssize_t length = readlink(path, text, sizeof text - 1);
    if (length < 0)
        return NULL;
    text[length] = '\0';
    if (*text == '/')
        return strdup(text);
    return asprintf(&next, "%.*s%s", before, path, text) < 0 ? NULL : next;
}

/* Follows the links at the end of t->path. Links of /proc are doors to what a process has open, and their texts no
   paths. */
static bool follow(target *t)
{
    for (int k = 0; k < LINKS_MAX; k++) {
        char *folder = real_folder_of(t->path), *next;
        struct stat kind;
        if (!folder)
            return false;
        if (is_under_proc(folder)) {
            t->direct = true;
            t->descriptor = own_descriptor(folder, t->path);
        }
        free(folder);
        if (t->direct || lstat(t->path, &kind) != 0 || !S_ISLNK(kind.st_mode))
            return true;
        next = link_target(t->path);
        if (!next)
            return false;
        free(t->path);
        t->path = next;
    }
    errno = ELOOP;
    return false;
}

static void target_clear(target *t)
{
    free(t->path);
}

/* The system looks first: whatever keeps it from following a link is not to be got round here. */
static tt_status find_target(target *t, const char *path, tt_error *error)
{
    *t = (target){ .descriptor = -1 };
    if (is_dash(path)) {
        t->direct = true;
        t->descriptor = STDOUT_FILENO;
        return TT_OK;
    }
    t->exists = stat(path, &t->old) == 0;
    if (!t->exists && errno != ENOENT)
        return tt_fail_write(error, errno);
    t->direct = t->exists && !S_ISREG(t->old.st_mode);
    t->path = strdup(path);
    if (!t->path || !follow(t)) {
        int number = errno;
        target_clear(t);
        return tt_fail_write(error, number);
    }
    return TT_OK;
}

/* ---- temporary files ---- */

/* Names of those that are there now, so that a program that is about to die can remove them. Whoever takes a name out
   of its place has it for himself. */
static _Atomic(char *) temporaries[TEMPORARIES];

static void remember(char *name)
{
    for (size_t k = 0; k < TEMPORARIES; k++) {
        char *none = NULL;
        if (atomic_compare_exchange_strong(&temporaries[k], &none, name))
            return;
    }
}

/* Frees the name, unless tt_file_remove_temporaries has it. */
static void forget(char *name)
{
    for (size_t k = 0; k < TEMPORARIES; k++) {
        char *there = name;
        if (atomic_compare_exchange_strong(&temporaries[k], &there, NULL)) {
            free(name);
            return;
        }
    }
}

void tt_file_remove_temporaries(void)
{
    int number = errno;
    for (size_t k = 0; k < TEMPORARIES; k++) {
        char *name = atomic_exchange(&temporaries[k], NULL);
        if (name)
            unlink(name);
    }
    errno = number;
}

/* Creates a file of a new name beside path; *temporary is its name, NULL on failure. No signal is handled between the
   file's making and its being known. */
static int open_temporary(char **temporary, const char *path)
{
    sigset_t all, before;
    int file = -1, number;
    sigfillset(&all);
    *temporary = NULL;
    for (int k = 0; k < TEMPORARY_TRIES && file < 0; k++) {
        char *name;
        if (asprintf(&name, "%s.new-%ld-%d", path, (long)getpid(), k) < 0) {
            errno = ENOMEM;
            return -1;
        }
        pthread_sigmask(SIG_SETMASK, &all, &before);
        file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        number = errno;
        if (file >= 0)
            remember(*temporary = name);
        else
            free(name);
        pthread_sigmask(SIG_SETMASK, &before, NULL);
        errno = number;
        if (file < 0 && number != EEXIST)
            return -1;
    }
    return file;
}

/* ---- writing ---- */

static bool write_all(int file, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, text, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            errno = written < 0 ? errno : EIO;
            return false;
        }
        text += written;
        size -= (size_t)written;
    }
    return true;
}

/* A full disk may show only when a file is closed. */
static bool write_and_close(int file, const char *text, size_t size)
{
    bool good = write_all(file, text, size);
    int number = errno;
    if (close(file) != 0 && good) {
        number = errno;
        good = false;
    }
    errno = number;
    return good;
}

static bool write_directly(const target *t, const char *text, size_t size)
{
    int file;
    if (t->descriptor >= 0)
        return fflush(stdout) == 0 && write_all(t->descriptor, text, size);
    file = open(t->path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOCTTY);
    return file >= 0 && write_and_close(file, text, size);
}

static bool replace(const target *t, const char *text, size_t size)
{
    char *temporary;
    int file = open_temporary(&temporary, t->path), number;
    bool good;
    if (file < 0)
        return false;
    if (t->exists)
        (void)fchmod(file, t->old.st_mode & 07777); /* where refused, the usual permissions will do */
    good = write_and_close(file, text, size) && rename(temporary, t->path) == 0;
    number = errno;
    if (!good)
        unlink(temporary);
    forget(temporary);
    errno = number;
    return good;
}

/* Everything in memory first: what comes to a file is whole, and the only thing that can fail there is the file. */
static tt_status compose(char **text, size_t *size, tt_file_writer *write, const void *thing, tt_error *error)
{
    FILE *out = tt_text_stream(text, size);
    tt_status status = TT_OK;
    bool failed = !out;
    if (out) {
        status = write(out, thing, error);
        failed = ferror(out) != 0;
        failed = fclose(out) != 0 || failed;
    }
    if (failed)
        status = tt_fail_write(error, ENOMEM);
    if (status != TT_OK) {
        free(*text);
        *text = NULL;
    }
    return status;
}

tt_status tt_file_write(const char *path, tt_file_writer *write, const void *thing, tt_error *error)
{
    target t;
    char *text;
    size_t size;
    tt_status status = find_target(&t, path, error);
    if (status != TT_OK)
        return status;
    status = compose(&text, &size, write, thing, error);
    if (status == TT_OK && !(t.direct ? write_directly(&t, text, size) : replace(&t, text, size)))
        status = tt_fail_write(error, errno);
    free(text);
    target_clear(&t);
    return status;
}

/* What open would say of a target, without opening it. */
static bool may_write(const target *t)
{
    char *folder;
    bool good;
    if (t->descriptor >= 0)
        return fcntl(t->descriptor, F_GETFL) >= 0;
    if (t->exists && S_ISDIR(t->old.st_mode)) {
        errno = EISDIR;
        return false;
    }
    if (t->direct)
        return access(t->path, W_OK) == 0;
    folder = folder_of(t->path);
    good = folder && access(folder, W_OK | X_OK) == 0;
    free(folder);
    return good;
}

tt_status tt_file_check(bool *whole, const char *path, tt_error *error)
{
    target t;
    tt_status status = find_target(&t, path, error);
    if (status != TT_OK)
        return status;
    *whole = !t.direct;
    if (!may_write(&t))
        status = tt_fail_write(error, errno);
    target_clear(&t);
    return status;
}

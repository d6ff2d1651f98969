#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../number/text_stream.h"
#include "labels.h"

#define JOURNAL_FORMAT "trustree-journal-1"

struct tt_journal {
    tt_journal_subject subject;
    char *path;
    int file;
    bool *has; /* per block */
};

uint64_t tt_journal_instances(const tt_journal_subject *s)
{
    return s->shard < s->campaign->count ? (s->campaign->count - 1 - s->shard) / s->shards + 1 : 0;
}

uint64_t tt_journal_blocks(const tt_journal_subject *s)
{
    uint64_t n = tt_journal_instances(s);
    return n / s->block + (n % s->block != 0);
}

static uint64_t instances_of_block(const tt_journal_subject *s, uint64_t block)
{
    uint64_t rest = tt_journal_instances(s) - block * s->block;
    return rest < s->block ? rest : s->block;
}

/* ---- texts ---- */

/* FNV-1a of a text and of what went before it. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
static uint64_t hash(uint64_t h, const char *text, size_t length)
{
    for (size_t k = 0; k < length; k++)
        h = (h ^ (unsigned char)text[k]) * UINT64_C(0x100000001b3);
    return h;
}

static uint64_t hash_word(uint64_t h, const char *word)
{
    return hash(h, word, strlen(word) + 1);
}

/* Of everything that gives the counts of a tally their places. */
static uint64_t hash_of_layout(const tt_properties *properties)
{
    uint64_t h = HASH_START;
    for (size_t k = 0; k < tt_sample_corner_count(); k++)
        h = hash_word(h, tt_sample_corner_at(k)->name);
    for (size_t k = 0; k < tt_label_count(); k++)
        h = hash_word(h, tt_label_at(k)->name);
    for (size_t k = 0; k < tt_property_count(properties); k++)
        h = hash_word(h, tt_property_id(properties, k));
    for (size_t k = 0; k < TT_TIGHTNESS_EDGES; k++)
        h = hash_word(h, tt_tightness_edges[k]);
    return h;
}

/* A text that is printed piece by piece; text is NULL without memory. */
typedef struct {
    FILE *stream;
    char *text;
    size_t size;
} printed;

static bool printed_open(printed *p)
{
    *p = (printed){ 0 };
    p->stream = tt_text_stream(&p->text, &p->size);
    return p->stream != NULL;
}

static void printed_close(printed *p)
{
    bool good = !ferror(p->stream);
    if (fclose(p->stream) != 0 || !good) {
        free(p->text);
        p->text = NULL;
    }
}

/* The header, with its line end; from malloc, NULL without memory. All of it is compared, byte by byte. */
static char *header_text(const tt_journal_subject *s)
{
    const tt_sample_space *space = &s->campaign->space;
    printed p;
    if (!printed_open(&p))
        return NULL;
    fprintf(p.stream, "{\"format\":\"%s\"", JOURNAL_FORMAT);
    for (size_t k = 0; k < TT_VERSIONS; k++)
        fprintf(p.stream, ",\"%s\":\"%s\"", tt_version_names[k], tt_version_text(k));
    fprintf(p.stream, ",\"count\":%" PRIu64 ",\"vocab\":[%zu,%zu],\"horizon\":[%zu,%zu]", s->campaign->count,
            space->vocab_low, space->vocab_high, space->horizon_low, space->horizon_high);
    fprintf(p.stream, ",\"kind\":\"%s\",\"seed\":\"%" PRIu64 "\",\"shard\":\"%" PRIu64 "/%" PRIu64 "\"",
            tt_sample_kind_words[space->kind], space->seed, s->shard, s->shards);
    fprintf(p.stream, ",\"block\":%" PRIu64 ",\"catalogues\":\"%016" PRIx64 "\"}\n", s->block,
            hash_of_layout(s->properties));
    printed_close(&p);
    return p.text;
}

static void print_findings(FILE *out, const char *key, const tt_findings *findings)
{
    fprintf(out, ",\"%s\":[", key);
    for (size_t k = 0; k < findings->n; k++)
        fprintf(out, "%s[%" PRIu64 ",%zu]", k ? "," : "", findings->items[k].index, findings->items[k].property);
    fputc(']', out);
}

/* The bounds that have a tightest instance, counts that are not 0. */
static void print_tally(FILE *out, const tt_tally *t)
{
    const char *separator = "";
    size_t bounds;
    tt_property_first(t->properties, TT_PROPERTY_BOUND, &bounds);
    fprintf(out, ",\"instances\":%" PRIu64 ",\"counts\":[", t->instances);
    for (size_t k = 0; k < t->size; k++)
        if (t->counts[k]) {
            fprintf(out, "%s[%zu,%" PRIu64 "]", separator, k, t->counts[k]);
            separator = ",";
        }
    fputs("],\"tightest\":[", out);
    separator = "";
    for (size_t k = 0; k < bounds; k++)
        if (t->tightest[k].any) {
            fprintf(out, "%s[%zu,%" PRIu64 ",%" PRIu64 "]", separator, k, t->tightest[k].floor, t->tightest[k].index);
            separator = ",";
        }
    fputc(']', out);
    print_findings(out, "violated", &t->violated);
    print_findings(out, "undecided", &t->undecided);
}

/* `,"check":"0123456789abcdef"}` and the line end, which follow what the sum is of. */
#define CHECK_FORMAT ",\"check\":\"%016" PRIx64 "\"}\n"
enum { CHECK_LENGTH = 29 };

static char *block_text(size_t *length, uint64_t block, const tt_tally *t)
{
    printed p;
    if (!printed_open(&p))
        return NULL;
    fprintf(p.stream, "{\"block\":%" PRIu64, block);
    print_tally(p.stream, t);
    fflush(p.stream);
    fprintf(p.stream, CHECK_FORMAT, hash(HASH_START, p.text, p.size));
    printed_close(&p);
    *length = p.size;
    return p.text;
}

/* ---- reading ---- */

/* Element k of an array, an integer of 0..max. */
static bool get_number(uint64_t *out, const json_t *array, size_t k, uint64_t max)
{
    const json_t *value = json_array_get(array, k);
    *out = (uint64_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0 && *out <= max;
}

/* Whether x is an array of n elements. */
static bool is_tuple(const json_t *x, size_t n)
{
    return json_is_array(x) && json_array_size(x) == n;
}

static bool read_counts(tt_tally *t, const json_t *counts)
{
    const json_t *pair;
    size_t k;
    json_array_foreach(counts, k, pair) {
        uint64_t place;
        if (!is_tuple(pair, 2) || !get_number(&place, pair, 0, t->size - 1) ||
            !get_number(&t->counts[place], pair, 1, t->instances))
            return false;
    }
    return true;
}

static bool read_tightest(tt_tally *t, const json_t *tightest)
{
    const json_t *triple;
    size_t k, bounds;
    tt_property_first(t->properties, TT_PROPERTY_BOUND, &bounds);
    json_array_foreach(tightest, k, triple) {
        tt_tightest best = { .any = true };
        uint64_t bound;
        if (!is_tuple(triple, 3) || bounds == 0 || !get_number(&bound, triple, 0, bounds - 1) ||
            !get_number(&best.floor, triple, 1, TT_TIGHTNESS_TOP) || !get_number(&best.index, triple, 2, INT64_MAX))
            return false;
        t->tightest[bound] = best;
    }
    return true;
}

static bool read_findings(tt_findings *findings, const json_t *array, size_t properties)
{
    const json_t *pair;
    size_t k;
    json_array_foreach(array, k, pair) {
        uint64_t index, property;
        if (!is_tuple(pair, 2) || !get_number(&index, pair, 0, INT64_MAX) ||
            !get_number(&property, pair, 1, properties - 1) ||
            tt_findings_add(findings, index, (size_t)property, NULL) != TT_OK)
            return false;
    }
    return true;
}

/* Reads the line of a block, without its line end, into t, all 0. */
static bool read_block(uint64_t *block, tt_tally *t, const char *line, size_t length)
{
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    json_t *counts, *tightest, *violated, *undecided;
    json_int_t number, instances;
    const char *check;
    bool good = json_unpack(root, "{s:I, s:I, s:o, s:o, s:o, s:o, s:s !}", "block", &number, "instances", &instances,
                            "counts", &counts, "tightest", &tightest, "violated", &violated, "undecided", &undecided,
                            "check", &check) == 0 &&
                number >= 0 && instances >= 0 && json_is_array(counts) && json_is_array(tightest) &&
                json_is_array(violated) && json_is_array(undecided);
    if (good) {
        size_t properties = tt_property_count(t->properties);
        *block = (uint64_t)number;
        t->instances = (uint64_t)instances;
        good = read_counts(t, counts) && read_tightest(t, tightest) &&
               read_findings(&t->violated, violated, properties) && read_findings(&t->undecided, undecided, properties);
    }
    json_decref(root);
    return good;
}

/* Whether the line, with its line end, ends with the checksum of what goes before. */
static bool has_checksum(const char *line, size_t length)
{
    char check[CHECK_LENGTH + 1];
    if (length <= CHECK_LENGTH)
        return false;
    snprintf(check, sizeof check, CHECK_FORMAT, hash(HASH_START, line, length - CHECK_LENGTH));
    return memcmp(check, line + length - CHECK_LENGTH, CHECK_LENGTH) == 0;
}

typedef struct {
    const tt_journal_subject *subject;
    uint64_t block;
} block_of;

static bool block_covers(const void *context, uint64_t index)
{
    const block_of *b = context;
    const tt_journal_subject *s = b->subject;
    uint64_t number = (index - s->shard) / s->shards;
    return index < s->campaign->count && index % s->shards == s->shard && number / s->block == b->block;
}

/* Adds the block of a line to the tally; `scratch` is a tally to work in. */
static tt_status take_line(tt_journal *j, tt_tally *tally, tt_tally *scratch, const char *line, size_t length,
                           const char *where, tt_error *error)
{
    tt_error inner;
    block_of b = { &j->subject, 0 };
    tt_tally_reset(scratch);
    if (!has_checksum(line, length) || !read_block(&b.block, scratch, line, length))
        return tt_fail(error, TT_BAD_INPUT, where, "is not as it was written");
    if (b.block >= tt_journal_blocks(&j->subject) || scratch->instances != instances_of_block(&j->subject, b.block))
        return tt_fail(error, TT_BAD_INPUT, where, "has a block that is not of this campaign");
    if (tt_tally_check(scratch, block_covers, &b, &inner) != TT_OK)
        return tt_fail(error, TT_BAD_INPUT, where, "%s: %s", inner.where, inner.what);
    if (j->has[b.block])
        return tt_fail(error, TT_BAD_INPUT, where, "has block %" PRIu64 " again", b.block);
    j->has[b.block] = true;
    return tt_tally_join(tally, scratch) == TT_OK ? TT_OK : tt_no_memory(error);
}

/* What is different in a header; `text` is the one there should be. */
static tt_status refuse_header(const char *line, size_t length, const char *text, const char *where, tt_error *error)
{
    json_t *found = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL), *wanted = json_loads(text, 0, NULL), *value;
    const char *format = json_string_value(json_object_get(found, "format")), *key;
    tt_status status = tt_fail(error, TT_BAD_INPUT, where, "is not the header of a journal");
    if (format && strcmp(format, JOURNAL_FORMAT) == 0) {
        json_object_foreach(wanted, key, value) {
            char *is, *must;
            if (json_equal(json_object_get(found, key), value))
                continue;
            is = json_dumps(json_object_get(found, key), JSON_ENCODE_ANY | JSON_COMPACT);
            must = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
            status = tt_fail(error, TT_BAD_INPUT, where, "is of another campaign: %s is %.60s, not %.60s", key,
                             is ? is : "absent", must ? must : "");
            free(is);
            free(must);
            break;
        }
    }
    json_decref(found);
    json_decref(wanted);
    return status;
}

/* ---- the file ---- */

static tt_status fail_file(tt_error *error, const tt_journal *j, const char *what)
{
    return tt_fail(error, TT_IO, j->path, "%s: %s", what, strerror(errno));
}

static tt_status write_line(const tt_journal *j, const char *line, size_t length, tt_error *error)
{
    ssize_t written;
    errno = 0;
    do
        written = write(j->file, line, length);
    while (written < 0 && errno == EINTR);
    if (written == (ssize_t)length)
        return TT_OK;
    if (errno == 0)
        errno = ENOSPC;
    return fail_file(error, j, "cannot write");
}

/* Drops everything from a place on. */
static tt_status cut(const tt_journal *j, off_t length, tt_error *error)
{
    return ftruncate(j->file, length) == 0 ? TT_OK : fail_file(error, j, "cannot cut the last line");
}

/* The first line: compared, or written where the file has none yet. A file that ends within the header was cut by a
   kill; one that ends within anything else is somebody's. */
static tt_status take_header(const tt_journal *j, const char *line, ssize_t length, tt_error *error)
{
    char *text = header_text(&j->subject);
    char where[sizeof error->where];
    tt_status status;
    snprintf(where, sizeof where, "%s: line 1", j->path);
    if (!text) {
        status = tt_no_memory(error);
    } else if (length <= 0 || (line[length - 1] != '\n' && (size_t)length < strlen(text) &&
                               memcmp(line, text, (size_t)length) == 0)) {
        status = cut(j, 0, error);
        if (status == TT_OK)
            status = write_line(j, text, strlen(text), error);
    } else if ((size_t)length == strlen(text) && memcmp(line, text, (size_t)length) == 0) {
        status = TT_OK;
    } else {
        status = refuse_header(line, (size_t)length, text, where, error);
    }
    free(text);
    return status;
}

/* Every line after the first. */
static tt_status take_blocks(tt_journal *j, FILE *in, tt_tally *tally, tt_tally *scratch, char **line, size_t *room,
                             off_t place, tt_error *error)
{
    tt_status status = TT_OK;
    ssize_t length;
    for (uint64_t number = 2; status == TT_OK && (length = getline(line, room, in)) > 0; number++, place += length) {
        char where[sizeof error->where];
        snprintf(where, sizeof where, "%s: line %" PRIu64, j->path, number);
        if ((*line)[length - 1] != '\n')
            return cut(j, place, error);
        status = take_line(j, tally, scratch, *line, (size_t)length, where, error);
    }
    if (status == TT_OK && ferror(in))
        status = fail_file(error, j, "cannot read");
    return status;
}

static tt_status read_all(tt_journal *j, FILE *in, tt_tally *tally, tt_error *error)
{
    tt_tally scratch;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    tt_status status;
    if (tt_tally_init(&scratch, tally->properties) != TT_OK)
        return tt_no_memory(error);
    length = getline(&line, &room, in);
    status = ferror(in) ? fail_file(error, j, "cannot read") : take_header(j, line, length, error);
    if (status == TT_OK && length > 0 && line[length - 1] == '\n')
        status = take_blocks(j, in, tally, &scratch, &line, &room, length, error);
    free(line);
    tt_tally_clear(&scratch);
    return status;
}

static tt_status open_file(tt_journal *j, tt_error *error)
{
    struct stat kind;
    j->file = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
    if (j->file < 0)
        return fail_file(error, j, "cannot open");
    if (fstat(j->file, &kind) != 0 || !S_ISREG(kind.st_mode))
        return tt_fail(error, TT_BAD_INPUT, j->path, "is no regular file");
    if (flock(j->file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return tt_fail(error, TT_BAD_INPUT, j->path, "another process is writing this journal");
    return TT_OK;
}

/* Reads through a descriptor of its own, which shares nothing but the file. */
static tt_status read_file(tt_journal *j, tt_tally *tally, tt_error *error)
{
    FILE *in = fopen(j->path, "r");
    tt_status status;
    if (!in)
        return fail_file(error, j, "cannot open");
    status = read_all(j, in, tally, error);
    fclose(in);
    return status;
}

tt_status tt_journal_open(tt_journal **out, const char *path, const tt_journal_subject *subject, tt_tally *tally,
                          tt_error *error)
{
    tt_journal *j = calloc(1, sizeof *j);
    tt_status status;
    *out = NULL;
    if (!j)
        return tt_no_memory(error);
    *j = (tt_journal){ .subject = *subject, .path = strdup(path), .file = -1 };
    j->has = calloc((size_t)tt_journal_blocks(subject) + 1, sizeof *j->has);
    if (!j->path || !j->has)
        status = tt_no_memory(error);
    else
        status = open_file(j, error);
    if (status == TT_OK)
        status = read_file(j, tally, error);
    if (status != TT_OK) {
        tt_journal_close(j);
        return status;
    }
    *out = j;
    return TT_OK;
}

void tt_journal_close(tt_journal *journal)
{
    if (!journal)
        return;
    if (journal->file >= 0)
        close(journal->file);
    free(journal->path);
    free(journal->has);
    free(journal);
}

bool tt_journal_has(const tt_journal *journal, uint64_t block)
{
    return journal->has[block];
}

tt_status tt_journal_add(tt_journal *journal, uint64_t block, const tt_tally *tally, tt_error *error)
{
    size_t length;
    char *text = block_text(&length, block, tally);
    tt_status status = text ? write_line(journal, text, length, error)
                            : tt_no_memory(error);
    free(text);
    if (status == TT_OK)
        journal->has[block] = true;
    return status;
}

/* The tightest known instance of every bound for one vocabulary and horizon.
   usage: search-frontier FOLDER SECONDS V T [BOUND]...

   FOLDER holds witnesses, vV-tT-BOUND.json, and vV-tT.tsv, which names the best of them for each bound. Each bound
   given (all of the catalogue by default) is searched for SECONDS, from its best witness on; SECONDS = 0 only judges again.
   A witness may serve many bounds; one that serves none is removed. The table is written after each bound, so that a
   run can be stopped and started again. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/report/number.h"
#include "../lib/study/search.h"
#include "../lib/world/file.h"
#include "../lib/world/instance_json.h"

/* A new witness must be better by this much, relatively; witnesses that are as good to within ALIKE may stand for each
   other. */
#define BETTER 1e-6
#define ALIKE 1e-9
enum { ROOM = 1024, DIGITS = 12, NO_WITNESS = -1 };

typedef struct {
    tt_instance *instance;
    tt_real *tightness; /* of each bound of the catalogue */
} witness;

typedef struct {
    const char *folder;
    size_t vocab, horizon;
    size_t n;
    witness witnesses[ROOM];
} frontier;

static void stop(const char *where, const char *what)
{
    fprintf(stderr, "search-frontier: %s: %s\n", where, what);
    exit(2);
}

/* Judges the instance and keeps it. */
static void add(frontier *f, tt_instance *instance)
{
    witness *w = &f->witnesses[f->n++];
    tt_evaluate_options options;
    tt_judgement judgement;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    if (f->n >= ROOM)
        stop(f->folder, "too many witnesses");
    w->instance = instance;
    w->tightness = tt_real_array(tt_bound_count());
    tt_evaluate_options_init(&options);
    options.engine = TT_ENGINE_TREE;
    tt_subject_of_instance(&subject, &source, instance);
    if (!w->tightness || tt_judge(&judgement, &subject, &options, &error) != TT_OK)
        stop(f->folder, "an instance cannot be judged");
    for (size_t b = 0; b < tt_bound_count(); b++)
        tt_search_tightness(&w->tightness[b], &judgement, tt_bound_at(b));
    tt_judgement_clear(&judgement);
    tt_evaluate_options_clear(&options);
}

/* Reads the witnesses of a vocabulary and the frontier's horizon. */
static void read_witnesses(frontier *f, size_t vocab)
{
    char pattern[ROOM];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/v%zu-t%zu-*.json", f->folder, vocab, f->horizon);
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t k = 0; k < found.gl_pathc; k++) {
        tt_instance *instance;
        tt_error error;
        if (tt_instance_read(&instance, found.gl_pathv[k], &error) != TT_OK)
            stop(found.gl_pathv[k], error.what);
        add(f, instance);
    }
    globfree(&found);
}

static double value(const frontier *f, size_t w, size_t bound)
{
    return tt_real_get_d(&f->witnesses[w].tightness[bound]);
}

/* Nothing is tighter than exactly 1. */
static bool is_exactly_one(const frontier *f, int w, size_t bound)
{
    return w >= 0 && tt_real_cmp_ui(&f->witnesses[w].tightness[bound], 1) == TT_EQUAL;
}

/* The witness on which a bound is tightest; with `own` of those with the frontier's vocabulary, else fewer tokens serve
   as well: the same policies with a token that nobody plays. */
static int best_of(const frontier *f, size_t bound, bool own)
{
    int best = NO_WITNESS;
    for (size_t w = 0; w < f->n; w++)
        if ((!own || tt_instance_vocab(f->witnesses[w].instance) == f->vocab) && value(f, w, bound) > 0 &&
            (best < 0 || value(f, w, bound) > value(f, (size_t)best, bound)))
            best = (int)w;
    return best;
}

/* ---- the choice of witnesses ---- */

static bool serves(const frontier *f, size_t w, size_t bound)
{
    int best = best_of(f, bound, true);
    return best >= 0 && tt_instance_vocab(f->witnesses[w].instance) == f->vocab &&
           is_exactly_one(f, (int)w, bound) == is_exactly_one(f, best, bound) &&
           value(f, w, bound) >= value(f, (size_t)best, bound) * (1 - ALIKE);
}

/* chosen[bound] = its witness: one that serves most bounds that have none yet, again and again. */
static void choose(int *chosen, const frontier *f)
{
    for (size_t b = 0; b < tt_bound_count(); b++)
        chosen[b] = NO_WITNESS;
    for (;;) {
        size_t most = 0, best = 0;
        for (size_t w = 0; w < f->n; w++) {
            size_t count = 0;
            for (size_t b = 0; b < tt_bound_count(); b++)
                count += chosen[b] == NO_WITNESS && serves(f, w, b);
            if (count > most) {
                most = count;
                best = w;
            }
        }
        if (most == 0)
            return;
        for (size_t b = 0; b < tt_bound_count(); b++)
            if (chosen[b] == NO_WITNESS && serves(f, best, b))
                chosen[b] = (int)best;
    }
}

/* "v2-t3-tv-optimal.json": after the first bound that the witness serves */
static void name_of(char *out, size_t size, const frontier *f, const int *chosen, int w)
{
    for (size_t b = 0; b < tt_bound_count(); b++)
        if (chosen[b] == w) {
            snprintf(out, size, "v%zu-t%zu-%s.json", f->vocab, f->horizon, tt_bound_at(b)->id);
            return;
        }
}

/* ---- files ---- */

static void write_table(const frontier *f, const int *chosen)
{
    char path[2 * ROOM], temporary[3 * ROOM], name[ROOM];
    FILE *out;
    snprintf(path, sizeof path, "%s/v%zu-t%zu.tsv", f->folder, f->vocab, f->horizon);
    snprintf(temporary, sizeof temporary, "%s.new", path);
    out = fopen(temporary, "w");
    if (!out)
        stop(temporary, "cannot be written");
    fputs("bound\tkind\tvocab\thorizon\ttightness\twitness\n", out);
    for (size_t b = 0; b < tt_bound_count(); b++) {
        tt_number_text low, high;
        if (chosen[b] == NO_WITNESS)
            continue;
        name_of(name, sizeof name, f, chosen, chosen[b]);
        if (!tt_number_ends(&low, &high, &f->witnesses[chosen[b]].tightness[b], DIGITS))
            stop(path, "no tightness");
        fprintf(out, "%s\t%s\t%zu\t%zu\t%s\t%s\n", tt_bound_at(b)->id, tt_bound_kind_name(tt_bound_at(b)->kind),
                f->vocab, f->horizon, low.text, name);
    }
    if (fclose(out) != 0 || rename(temporary, path) != 0)
        stop(path, "cannot be written");
}

/* Removes the witnesses that the table no longer names. */
static void remove_others(const frontier *f, const int *chosen)
{
    char file[ROOM], path[3 * ROOM], name[ROOM];
    for (size_t b = 0; b < tt_bound_count(); b++) {
        bool named = false;
        snprintf(file, sizeof file, "v%zu-t%zu-%s.json", f->vocab, f->horizon, tt_bound_at(b)->id);
        for (size_t c = 0; c < tt_bound_count() && !named; c++)
            if (chosen[c] != NO_WITNESS) {
                name_of(name, sizeof name, f, chosen, chosen[c]);
                named = strcmp(name, file) == 0;
            }
        snprintf(path, sizeof path, "%s/%s", f->folder, file);
        if (!named)
            unlink(path);
    }
}

static void save(const frontier *f)
{
    int chosen[ROOM] = { 0 };
    char name[ROOM], path[2 * ROOM];
    tt_error error;
    choose(chosen, f);
    for (size_t b = 0; b < tt_bound_count(); b++) {
        if (chosen[b] == NO_WITNESS)
            continue;
        name_of(name, sizeof name, f, chosen, chosen[b]);
        snprintf(path, sizeof path, "%s/%s", f->folder, name);
        if (tt_instance_write_file(path, f->witnesses[chosen[b]].instance, &error) != TT_OK)
            stop(path, error.what);
    }
    write_table(f, chosen);
    remove_others(f, chosen);
}

/* ---- searches ---- */

static void search(frontier *f, size_t bound, double seconds)
{
    int known = best_of(f, bound, false), best = best_of(f, bound, true);
    tt_search_options options;
    tt_search_result result;
    tt_error error;
    tt_search_options_init(&options);
    options.bound = tt_bound_at(bound);
    options.vocab = f->vocab;
    options.horizon = f->horizon;
    options.evaluations = UINT64_MAX;
    options.seconds = seconds;
    options.seed = bound + 1;
    options.known = known >= 0 ? f->witnesses[known].instance : NULL;
    if (tt_search(&result, &options, &error) != TT_OK)
        stop(error.where, error.what);
    if (result.instance &&
        (best < 0 || tt_real_get_d(&result.tightness) > value(f, (size_t)best, bound) * (1 + BETTER))) {
        add(f, result.instance);
        result.instance = NULL;
        tt_judgement_clear(&result.judgement);
        printf("v%zu t%zu %-30s %.9f  %s, tied: %s\n", f->vocab, f->horizon, options.bound->id,
               tt_real_get_d(&result.tightness), result.start, result.ties);
        fflush(stdout);
    }
    tt_search_result_clear(&result);
    tt_search_options_clear(&options);
}

/* Whether there is nothing to look for: some witness of this vocabulary has tightness 1. */
static bool is_settled(const frontier *f, size_t bound)
{
    for (size_t w = 0; w < f->n; w++)
        if (tt_instance_vocab(f->witnesses[w].instance) == f->vocab && is_exactly_one(f, (int)w, bound))
            return true;
    return false;
}

static bool is_asked(size_t bound, int argc, char **argv)
{
    for (int k = 5; k < argc; k++)
        if (strcmp(argv[k], tt_bound_at(bound)->id) == 0)
            return true;
    return argc <= 5;
}

int main(int argc, char **argv)
{
    static frontier f;
    double seconds;
    if (argc < 5)
        stop("usage", "search-frontier FOLDER SECONDS V T [BOUND]...");
    f.folder = argv[1];
    seconds = strtod(argv[2], NULL);
    f.vocab = strtoul(argv[3], NULL, 10);
    f.horizon = strtoul(argv[4], NULL, 10);
    for (size_t vocab = 2; vocab <= f.vocab; vocab++)
        read_witnesses(&f, vocab);
    for (size_t b = 0; b < tt_bound_count() && seconds > 0; b++)
        if (is_asked(b, argc, argv) && !is_settled(&f, b)) {
            search(&f, b, seconds);
            save(&f);
        }
    save(&f);
    return 0;
}

#include "tree_internal.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../world/instance.h"
#include "tree_block.h"
#include "tree_kl.h"
#include "tree_masses.h"
#include "tree_sums.h"

/* The tree is cut into at least so many subtrees of one height, with any number of threads, so that what is added up in
   which order does not depend on them; a small tree is not cut. */
#define PARTS_MIN 8
#define CUT_CONTEXTS 4096

#define PROGRESS_EVERY 16384

/* With more tokens the rows of a context's children are not loaded all at once. */
#define AHEAD_MAX 16

_Static_assert(TT_TREE_MAIN_PRECISION_MAX + 128 <= TT_FIXED_LOG_LIMBS_MAX * 64, "logs of any precision have room");

/* ---- TV_tok ---------------------------------------------------------------------- */

/* The largest TV_tok so far, numerator / denominator, and where. */
typedef struct {
    bool found;
    uint64_t numerator, denominator;
    tt_context_place place;
} tv_largest;

static int compare_tv(uint64_t numerator, uint64_t denominator, const tv_largest *largest)
{
    unsigned __int128 left, right;
    if (denominator == largest->denominator)
        return (numerator > largest->numerator) - (numerator < largest->numerator);
    left = (unsigned __int128)numerator * largest->denominator;
    right = (unsigned __int128)largest->numerator * denominator;
    return (left > right) - (left < right);
}

/* The larger takes the place, or the same at a context that stands before. */
static inline void raise_tv(tv_largest *largest, uint64_t numerator, uint64_t denominator, const tt_context_place *place)
{
    int order = largest->found ? compare_tv(numerator, denominator, largest) : 1;
    if (order < 0 || (order == 0 && !tt_context_before(place, &largest->place)))
        return;
    largest->found = true;
    largest->numerator = numerator;
    largest->denominator = denominator;
    tt_context_copy(&largest->place, place);
}

static inline void row_tv(tv_largest *largest, const tt_small_rows *rows, size_t vocab, const tt_context_place *place)
{
    bool same = rows->rollout_total == rows->target_total;
    uint64_t r_scale = same ? 1 : rows->target_total, p_scale = same ? 1 : rows->rollout_total, gain = 0;
    for (size_t v = 0; v < vocab; v++) {
        uint64_t r = rows->rollout[v] * r_scale, p = rows->target[v] * p_scale;
        gain += p > r ? p - r : 0;
    }
    raise_tv(largest, gain, rows->rollout_total * r_scale, place);
}

/* ---- one walk -------------------------------------------------------------------- */

/* A subtree whose root is at the depth of the cut, and what was found there. */
typedef struct {
    tt_sums *sums;
    mp_limb_t *kl;
} part;

typedef struct walk walk;

/* What all walks of a source share. */
typedef struct {
    const tt_row_source *source;
    const tt_measure_options *options;
    const tt_sums_kind *kind;
    void *shared;
    size_t V, T;
    size_t prompt;
    mpfr_prec_t log_precision;
    size_t cut;  /* depth of the parts' roots; 0: the tree is one part */
    size_t parts;
    part *part;
    uint64_t contexts; /* of all prompts */
    walk *walks;
    size_t threads; /* and walks */
    tt_status (*task)(walk *w, size_t number); /* that the threads do, each number once, as they come */
    const void *task_context;
    size_t tasks;
    atomic_size_t next;
    atomic_bool stopped, failed;
} job;

struct walk {
    job *job;
    tt_masses masses;
    size_t ahead;         /* children of a context that are loaded at once: V, or 1 where that takes too much room */
    uint64_t *nodes;      /* `ahead` for each depth */
    tt_small_rows *rows;  /* likewise */
    uint32_t *weights;    /* what they point to */
    tt_sums **sums;       /* V for each depth 1..T-1, of children; made when first used */
    tt_sums **children;   /* V for each depth: where the sums of the children are */
    mp_limb_t *child_kl;  /* V for each depth, kl.limbs each */
    int8_t *signs;        /* V for each depth */
    uint32_t *rewards;    /* V */
    tt_tree_kl kl;
    tt_block block;
    void *work;           /* of the sums */
    bool dominated, kl_seq_infinite, kl_seq_positive;
    tv_largest tv;
    tt_kl_largest kl_largest;
    uint64_t visited;
    bool reports;
    bool above;           /* of the cut: the parts are done */
};

/* ---- tasks, by one thread or two ------------------------------------------------- */

static void *run_tasks_of(void *context)
{
    walk *w = context;
    job *j = w->job;
    for (size_t k = j->next++; k < j->tasks && !j->stopped && !j->failed; k = j->next++)
        if (j->task(w, k) == TT_NO_MEMORY)
            j->failed = true;
    return NULL;
}

static void *run_tasks_beside(void *context)
{
    run_tasks_of(context);
    mpfr_free_cache();
    return NULL;
}

/* shared: by all threads, else by the first alone. */
static tt_status run_tasks(job *j, size_t tasks, tt_status (*task)(walk *w, size_t number), const void *context,
                           bool shared)
{
    pthread_t thread;
    bool beside;
    j->tasks = tasks;
    j->task = task;
    j->task_context = context;
    j->next = 0;
    beside = shared && j->threads > 1 && tasks > 1 && pthread_create(&thread, NULL, run_tasks_beside, &j->walks[1]) == 0;
    run_tasks_of(&j->walks[0]);
    if (beside)
        pthread_join(thread, NULL);
    return j->failed ? TT_NO_MEMORY : j->stopped ? TT_INTERRUPTED : TT_OK;
}

/* ---- a walk's life ----------------------------------------------------------------- */

static tt_status walk_init(walk *w, job *j)
{
    size_t V = j->V, T = j->T;
    tt_status status;
    memset(w, 0, sizeof *w);
    w->job = j;
    w->dominated = true;
    status = tt_masses_init(&w->masses, V, T);
    if (status == TT_OK)
        status = tt_kl_largest_init(&w->kl_largest, V, T);
    if (status == TT_OK)
        status = tt_tree_kl_init(&w->kl, V, j->log_precision, j->contexts, j->source->row_total);
    if (status != TT_OK)
        return status;
    w->ahead = V <= AHEAD_MAX ? V : 1;
    w->nodes = calloc(T * w->ahead, sizeof *w->nodes);
    w->rows = calloc(T * w->ahead, sizeof *w->rows);
    w->weights = calloc(T * w->ahead * V, 2 * sizeof *w->weights);
    w->sums = calloc(T * V, sizeof(tt_sums *));
    w->children = calloc(T * V, sizeof(tt_sums *));
    w->child_kl = calloc(T * V * w->kl.limbs, sizeof *w->child_kl);
    w->signs = calloc(T * V, sizeof *w->signs);
    w->rewards = calloc(V, sizeof *w->rewards);
    w->tv.place.tokens = calloc(T, sizeof *w->tv.place.tokens);
    w->work = j->kind->begin(j->shared);
    if (j->kind == &tt_sums_shared)
        status = tt_block_init(&w->block, j->source, T - j->cut, j->shared, &w->masses, &w->kl);
    for (size_t k = 0; w->rows && k < T * w->ahead; k++) {
        w->rows[k].rollout = w->weights + 2 * V * k;
        w->rows[k].target = w->rows[k].rollout + V;
    }
    return w->nodes && w->rows && w->weights && w->sums && w->children && w->child_kl && w->signs && w->rewards &&
                   w->tv.place.tokens && w->work
               ? status
               : TT_NO_MEMORY;
}

static void walk_clear(walk *w)
{
    for (size_t k = 0; w->sums && k < w->job->T * w->job->V; k++)
        if (w->sums[k])
            w->job->kind->free(w->sums[k]);
    if (w->work)
        w->job->kind->end(w->work);
    tt_block_clear(&w->block);
    tt_masses_clear(&w->masses);
    tt_kl_largest_clear(&w->kl_largest);
    tt_tree_kl_clear(&w->kl);
    free(w->nodes);
    free(w->rows);
    free(w->weights);
    free(w->sums);
    free(w->children);
    free(w->child_kl);
    free(w->signs);
    free(w->rewards);
    free(w->tv.place.tokens);
}

/* So many more contexts are visited. */
static bool progress(walk *w, size_t contexts)
{
    job *j = w->job;
    uint64_t before = w->visited;
    w->visited += contexts;
    if (before / PROGRESS_EVERY == w->visited / PROGRESS_EVERY)
        return true;
    if (w->reports && j->options->progress) {
        double done = (double)w->visited * (j->options->threads > 1 ? 2 : 1) / (double)j->contexts;
        if (!j->options->progress(j->options->progress_context, "exact sums", done < 1 ? done : 1))
            j->stopped = true;
    }
    return !j->stopped;
}

/* The maxima over reachable contexts, and what the logs of an unreachable one do not count for. */
static void meet_context(walk *w, size_t d, const tt_kl_estimate *kl)
{
    const tt_mass *mass = &w->masses.steps[d];
    const tt_small_rows *rows = &w->masses.rows[d];
    tt_context_place place = { w->job->prompt, d, w->masses.tokens };
    size_t V = w->job->V;
    if (!mass->has_rollout && !mass->has_target)
        return;
    for (size_t v = 0; v < V; v++)
        w->dominated = w->dominated && (rows->target[v] == 0 || rows->rollout[v] != 0);
    row_tv(&w->tv, rows, V, &place);
    if (mass->has_rollout) {
        w->kl_seq_infinite = w->kl_seq_infinite || kl->infinite;
        w->kl_seq_positive = w->kl_seq_positive || !kl->equal;
    }
    tt_kl_largest_raise(&w->kl_largest, kl, rows, &place, w->job->options->precision);
}

static tt_status visit(walk *w, size_t d, uint64_t node, tt_sums *out, mp_limb_t *kl);

/* The part whose root is where the walk stands, at the depth of the cut. */
static const part *part_here(const walk *w)
{
    size_t number = 0;
    for (size_t d = 0; d < w->job->cut; d++)
        number = number * w->job->V + w->masses.tokens[d];
    return &w->job->part[number];
}

/* The sums of a child, if it is live, into their place among those of its parent's children. */
static tt_status visit_child(walk *w, size_t d, size_t y, uint64_t node, bool live)
{
    const job *j = w->job;
    size_t slot = d * j->V + y;
    mp_limb_t *kl = w->child_kl + slot * w->kl.limbs;
    if (w->above && d + 1 == j->cut) {
        const part *done = part_here(w);
        w->children[slot] = done->sums;
        memcpy(kl, done->kl, w->kl.limbs * sizeof *kl);
        return TT_OK;
    }
    if (!w->sums[slot])
        w->sums[slot] = j->kind->make(j->shared, j->T - d - 1);
    if (!w->sums[slot])
        return TT_NO_MEMORY;
    w->children[slot] = w->sums[slot];
    return live ? visit(w, d + 1, node, w->sums[slot], kl) : TT_OK;
}

/* Loads a context: its node, its rows, and what will be read of the logs, long before that. */
static void load(walk *w, size_t slot, size_t d, uint64_t node)
{
    const tt_row_source *source = w->job->source;
    w->nodes[slot] = node;
    source->small_rows(source->self, node, d, &w->rows[slot]);
    tt_tree_kl_prefetch(&w->kl, &w->rows[slot]);
}

static tt_status visit_children(walk *w, size_t d, uint64_t node)
{
    const job *j = w->job;
    const tt_row_source *source = j->source;
    const tt_small_rows *rows = &w->masses.rows[d];
    size_t ahead = w->ahead;
    for (size_t y = 0; y < j->V; y++) {
        size_t slot = d * ahead + y % ahead;
        tt_status status;
        for (size_t k = y; y % ahead == 0 && k < y + ahead; k++)
            load(w, d * ahead + k % ahead, d + 1, source->child(source->self, node, d, k));
        tt_masses_push(&w->masses, d, y);
        w->signs[d * j->V + y] = (int8_t)tt_masses_sign(&w->masses, d + 1);
        w->masses.rows[d + 1] = w->rows[slot];
        status = visit_child(w, d, y, w->nodes[slot], rows->rollout[y] != 0 || rows->target[y] != 0);
        if (status != TT_OK)
            return status;
    }
    return TT_OK;
}

/* A gain over row_total below this one is not the largest TV_tok. */
static uint64_t tv_bar(const walk *w)
{
    const tv_largest *tv = &w->tv;
    return tv->found ? (uint64_t)((unsigned __int128)tv->numerator * w->job->source->row_total / tv->denominator) : 0;
}

/* meet_context for those of a block where a maximum may be; it tells nothing of the others that those do not. The walk
   comes to contexts of one depth in their order: of those with the same TV_tok a later one must be less deep. */
static void meet_block(walk *w, size_t d)
{
    tt_block *b = &w->block;
    uint64_t gain_bar = tv_bar(w);
    double kl_bar = tt_kl_largest_bar(&w->kl_largest);
    for (size_t level = 0; level < b->height; level++)
        for (size_t c = b->first[level]; c < b->first[level + 1]; c++) {
            bool tv = b->gains[c] > gain_bar ||
                      (b->gains[c] == gain_bar && (!w->tv.found || d + level < w->tv.place.depth));
            if (tv || b->estimates[c] >= kl_bar) {
                tt_kl_estimate estimate = { b->estimates[c], b->gains[c] == 0, false };
                tt_block_stand(b, c);
                meet_context(w, d + level, &estimate);
                gain_bar = tv_bar(w);
                kl_bar = tt_kl_largest_bar(&w->kl_largest);
            }
        }
}

/* visit for a subtree that the block has loaded. */
static tt_status visit_block(walk *w, size_t d, tt_sums *out, mp_limb_t *kl)
{
    tt_block *b = &w->block;
    if (!progress(w, b->first[b->height]))
        return TT_INTERRUPTED;
    tt_block_fold(b, out, kl);
    meet_block(w, d);
    return TT_OK;
}

/* A fold above the cut. */
typedef struct {
    tt_sums *out;
    tt_sums *const *children;
    const tt_sums_context *context;
} long_fold;

static tt_status fold_piece(walk *w, size_t piece)
{
    const long_fold *f = w->job->task_context;
    return w->job->kind->fold_piece(f->out, f->children, f->context, piece, w->work);
}

/* out = the sums of the context at depth d; above the cut all threads take part. */
static tt_status fold(walk *w, size_t d, tt_sums *out, const tt_sums_context *context)
{
    job *j = w->job;
    tt_sums *const *children = w->children + d * j->V;
    const long_fold f = { out, children, context };
    if (!w->above || !j->kind->pieces)
        return j->kind->fold(out, children, context, w->work);
    return run_tasks(j, j->kind->pieces(j->T - d), fold_piece, &f, true);
}

/* The sums of the context at depth d, whose rows are those of the masses there. */
static tt_status visit(walk *w, size_t d, uint64_t node, tt_sums *out, mp_limb_t *kl)
{
    const job *j = w->job;
    const tt_row_source *source = j->source;
    size_t V = j->V;
    bool last = d + 1 == j->T;
    tt_sums_context context = { &w->masses.rows[d], w->signs + d * V, w->rewards };
    tt_kl_estimate estimate;
    tt_status status;
    if (w->block.height > 0 && d + w->block.height == j->T && tt_block_load(&w->block, d, node))
        return visit_block(w, d, out, kl);
    if (!progress(w, 1))
        return TT_INTERRUPTED;
    if (last) {
        for (size_t y = 0; y < V; y++)
            w->rewards[y] = source->small_reward(source->self, source->child(source->self, node, d, y));
        tt_masses_error_signs(&w->masses, w->signs + d * V);
    } else {
        status = visit_children(w, d, node);
        if (status != TT_OK)
            return status;
    }
    status = fold(w, d, out, &context);
    estimate = tt_tree_kl_fold(kl, &w->kl, &w->masses.rows[d], last ? NULL : w->child_kl + d * V * w->kl.limbs);
    meet_context(w, d, &estimate);
    return status;
}

/* ---- parts ------------------------------------------------------------------------- */

/* Stands at the prompt and loads its rows. */
static void start(walk *w, uint64_t *node)
{
    const tt_row_source *source = w->job->source;
    tt_masses_start(&w->masses);
    *node = source->root(source->self, w->job->prompt);
    source->small_rows(source->self, *node, 0, &w->masses.rows[0]);
}

/* Goes from the prompt to the root of a part and loads its rows; false where no policy's tokens lead there. */
static bool descend(walk *w, size_t number, uint64_t *root)
{
    const job *j = w->job;
    const tt_row_source *source = j->source;
    size_t below = j->parts;
    uint64_t node;
    bool live = true;
    start(w, &node);
    for (size_t d = 0; d < j->cut; d++) {
        const tt_small_rows *rows = &w->masses.rows[d];
        size_t y;
        below /= j->V;
        y = number / below % j->V;
        node = source->child(source->self, node, d, y);
        tt_masses_push(&w->masses, d, y);
        source->small_rows(source->self, node, d + 1, &w->masses.rows[d + 1]);
        live = live && (rows->rollout[y] != 0 || rows->target[y] != 0);
    }
    *root = node;
    return live;
}

static tt_status walk_part(walk *w, size_t number)
{
    const part *p = &w->job->part[number];
    uint64_t node;
    return descend(w, number, &node) ? visit(w, w->job->cut, node, p->sums, p->kl) : TT_OK;
}

/* The sums of the tree of j->prompt. */
static tt_status run_prompt(const part **root, job *j)
{
    tt_status status = run_tasks(j, j->parts, walk_part, NULL, true);
    walk *w = &j->walks[0];
    uint64_t node;
    *root = &j->part[j->cut ? j->parts : 0];
    if (status != TT_OK || j->cut == 0)
        return status;
    w->above = true;
    start(w, &node);
    status = visit(w, 0, node, (*root)->sums, (*root)->kl);
    w->above = false;
    return status;
}

static void cut(job *j)
{
    j->parts = 1;
    if (j->contexts / j->source->prompts > CUT_CONTEXTS)
        for (; j->parts < PARTS_MIN && j->cut + 4 < j->T; j->cut++)
            j->parts *= j->V;
}

/* Room for the parts and, after them, the root. */
static tt_status make_parts(job *j, size_t kl_limbs)
{
    size_t room = j->parts + (j->cut > 0);
    j->part = calloc(room, sizeof *j->part);
    if (!j->part)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < room; k++) {
        j->part[k].sums = j->kind->make(j->shared, k < j->parts ? j->T - j->cut : j->T);
        j->part[k].kl = calloc(kl_limbs, sizeof *j->part[k].kl);
        if (!j->part[k].sums || !j->part[k].kl)
            return TT_NO_MEMORY;
    }
    return TT_OK;
}

static void job_clear(job *j)
{
    for (size_t k = 0; j->part && k < j->parts + (j->cut > 0); k++) {
        if (j->part[k].sums)
            j->kind->free(j->part[k].sums);
        free(j->part[k].kl);
    }
    free(j->part);
    if (j->shared)
        j->kind->close(j->shared);
}

/* ---- results ------------------------------------------------------------------------ */

/* out += factor times a sum of terms */
static tt_status add_terms(walk *w, tt_real *out, const part *root, const tt_sum_term *terms, size_t n, size_t k,
                           mpq_srcptr factor)
{
    mpq_t x;
    tt_status status;
    mpq_init(x);
    status = w->job->kind->combine(x, root->sums, terms, n, k, w->work);
    mpq_mul(x, x, factor);
    mpq_add(out->q, out->q, x);
    mpq_clear(x);
    return status;
}

/* Where the sums of a prompt's tree go. */
typedef struct {
    tt_quantities *q;
    const part *root;
    mpq_srcptr weight, half; /* of the prompt */
} collection;

enum { WHOLE = 6, TERMS_MAX = 3 };

/* The quantities that are sums over all steps, one by one; see tree_sums.h; L = K - T J, Error = J_pi - J - L */
static tt_status collect_whole(walk *w, const collection *c, size_t number)
{
    const long T = (long)w->job->T;
    const struct {
        tt_real *out;
        bool half;
        size_t n;
        tt_sum_term terms[TERMS_MAX];
    } whole[WHOLE] = {
        { &c->q->error, false, 3, { { TT_SUM_VALUE_TARGET, 1 }, { TT_SUM_VALUE, T - 1 }, { TT_SUM_WEIGHTED, -1 } } },
        { &c->q->surrogate, false, 2, { { TT_SUM_WEIGHTED, 1 }, { TT_SUM_VALUE, -T } } },
        { &c->q->improvement, false, 2, { { TT_SUM_VALUE_TARGET, 1 }, { TT_SUM_VALUE, -1 } } },
        { &c->q->worst_case_error, true, 3,
          { { TT_SUM_SHIFT_PI, 1 }, { TT_SUM_SHIFT_MU, T - 1 }, { TT_SUM_ERROR_ONE, -1 } } },
        { &c->q->j_rollout, false, 1, { { TT_SUM_VALUE, 1 } } },
        { &c->q->j_target, false, 1, { { TT_SUM_VALUE_TARGET, 1 } } },
    };
    return add_terms(w, whole[number].out, c->root, whole[number].terms, whole[number].n, w->job->T,
                     whole[number].half ? c->half : c->weight);
}

/* Those that are, then Dbar_T, ..., Dbar_1, between them TV_T, ..., TV_2: the longest come first. */
static tt_status collect_one(walk *w, size_t number)
{
    static const tt_sum_term tokens[] = { { TT_SUM_TOKENS, 1 } };
    static const tt_sum_term shift[] = { { TT_SUM_SHIFT_PI, 1 }, { TT_SUM_SHIFT_MU, -1 } };
    const collection *c = w->job->task_context;
    size_t k;
    if (number < WHOLE)
        return collect_whole(w, c, number);
    k = w->job->T - (number - WHOLE + 1) / 2;
    return (number - WHOLE) % 2 == 0 ? add_terms(w, &c->q->expected_tv.items[k - 1], c->root, tokens, 1, k, c->half)
                                     : add_terms(w, &c->q->context_tv.items[k], c->root, shift, 2, k, c->half);
}

static tt_status collect(job *j, tt_quantities *q, const part *root, mpq_srcptr weight)
{
    mpq_t half;
    const collection c = { q, root, weight, half };
    tt_status status;
    mpq_init(half);
    mpq_div_2exp(half, weight, 1);
    status = run_tasks(j, WHOLE + 2 * j->T - 1, collect_one, &c, j->kind->pieces && j->cut > 0);
    j->task_context = NULL; /* c ends here */
    mpq_clear(half);
    return status;
}

/* q->kl_seq += weight * the sum at the root */
static void collect_kl(tt_quantities *q, const walk *w, const part *root, mpq_srcptr weight, mpfr_prec_t precision)
{
    mpfi_t sum;
    tt_real x, factor;
    mpfi_init2(sum, w->kl.logs.fraction + 64);
    tt_real_init(&x);
    tt_real_init(&factor);
    tt_tree_kl_get(sum, &w->kl, root->kl, w->job->T);
    tt_real_set_interval(&x, sum);
    tt_real_set_q(&factor, weight);
    tt_real_mul(&x, &x, &factor, precision + 32);
    tt_real_add(&q->kl_seq, &q->kl_seq, &x, precision + 32);
    tt_real_clear(&factor);
    tt_real_clear(&x);
    mpfi_clear(sum);
}

static void start_sums(tt_quantities *q)
{
    tt_real *sums[] = { &q->j_rollout, &q->j_target, &q->improvement, &q->surrogate, &q->error, &q->worst_case_error,
                        &q->kl_seq };
    for (size_t k = 0; k < sizeof sums / sizeof *sums; k++)
        tt_real_set_ui(sums[k], 0);
    for (size_t t = 0; t < q->horizon; t++) {
        tt_real_set_ui(&q->expected_tv.items[t], 0);
        tt_real_set_ui(&q->context_tv.items[t], 0);
    }
}

/* The maxima of both walks into those of the first. */
static void merge(walk *w, const walk *other, mpfr_prec_t precision)
{
    w->dominated = w->dominated && other->dominated;
    w->kl_seq_infinite = w->kl_seq_infinite || other->kl_seq_infinite;
    w->kl_seq_positive = w->kl_seq_positive || other->kl_seq_positive;
    if (other->tv.found)
        raise_tv(&w->tv, other->tv.numerator, other->tv.denominator, &other->tv.place);
    tt_kl_largest_merge(&w->kl_largest, &other->kl_largest, precision);
}

static tt_status finish(tt_quantities *q, walk *w)
{
    const tt_context_place *tv = &w->tv.place, *kl = &w->kl_largest.place;
    mpq_t x;
    mpq_init(x);
    q->dominated = w->dominated;
    mpq_set_ui(x, w->tv.numerator, 1);
    mpz_set_ui(mpq_denref(x), w->tv.denominator);
    mpq_canonicalize(x);
    tt_real_set_q(&q->tv_max, x);
    mpq_clear(x);
    tt_real_set(&q->kl_max, &w->kl_largest.value);
    if (w->kl_seq_infinite)
        tt_real_set_infinite(&q->kl_seq, 1);
    else if (!w->kl_seq_positive)
        tt_real_set_ui(&q->kl_seq, 0);
    free(q->tv_max_at);
    free(q->kl_max_at);
    q->tv_max_at = tt_context_key(tv->prompt, tv->tokens, tv->depth);
    q->kl_max_at = tt_context_key(kl->prompt, kl->tokens, kl->depth);
    return q->tv_max_at && q->kl_max_at ? TT_OK : TT_NO_MEMORY;
}

static tt_status run(tt_quantities *q, job *j)
{
    const tt_row_source *source = j->source;
    mpfr_prec_t precision = j->options->precision;
    tt_status status = TT_OK;
    start_sums(q);
    for (size_t x = 0; x < source->prompts && status == TT_OK; x++) {
        mpq_srcptr weight = source->prompt(source->self, x);
        const part *root;
        if (mpq_sgn(weight) == 0)
            continue;
        j->prompt = x;
        status = run_prompt(&root, j);
        if (status == TT_OK)
            status = collect(j, q, root, weight);
        if (status == TT_OK)
            collect_kl(q, &j->walks[0], root, weight, precision);
    }
    if (status != TT_OK)
        return status;
    if (j->threads > 1)
        merge(&j->walks[0], &j->walks[1], precision);
    return finish(q, &j->walks[0]);
}

static tt_status attempt(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options,
                         mpfr_prec_t log_precision)
{
    job j = { .source = source, .options = options, .V = source->vocab, .T = source->horizon };
    walk walks[2];
    size_t used = 0;
    tt_status status;
    j.walks = walks;
    j.log_precision = log_precision;
    j.kind = source->row_total ? &tt_sums_shared : &tt_sums_factored;
    j.contexts = tt_row_source_nodes_ui(source) / source->vocab;
    j.threads = options->threads > 1 && mpfr_buildopt_tls_p() && j.contexts > CUT_CONTEXTS ? 2 : 1;
    cut(&j);
    j.shared = j.kind->open(source);
    status = j.shared ? TT_OK : TT_NO_MEMORY;
    while (status == TT_OK && used < j.threads)
        status = walk_init(&walks[used++], &j);
    if (status == TT_OK)
        status = make_parts(&j, walks[0].kl.limbs);
    if (status == TT_OK) {
        walks[0].reports = true;
        status = run(q, &j);
    }
    while (used > 0)
        walk_clear(&walks[--used]);
    job_clear(&j);
    return status;
}

/* Where KL_seq is so small that the fixed point of its logs tells little of it, once more with a longer one. */
tt_status tt_tree_main(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options)
{
    mpfr_prec_t log_precision = options->precision;
    tt_status status;
    bool wide;
    do {
        status = attempt(q, source, options, log_precision);
        wide = status == TT_OK && tt_real_width_log2(&q->kl_seq) > 32 - (long)options->precision;
        log_precision *= 2;
    } while (wide && log_precision <= TT_TREE_MAIN_PRECISION_MAX);
    return status;
}

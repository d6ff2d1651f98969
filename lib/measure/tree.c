#include "tree.h"

#include <pthread.h>

#include "../world/instance.h"
#include "machine.h"
#include "responses.h"
#include "tree_internal.h"

/* Trees up to this size have their second moments exactly; the denominators do not stay shared. */
#define EXACT_MOMENT_NODES 4096

/* With one token there is one response to a prompt, the two policies are equal and the horizon does not
   matter: nothing is enumerated, however long it is. */
static tt_status measure_single_token(tt_quantities *q, const tt_row_source *source)
{
    tt_real *zeros[] = { &q->improvement, &q->surrogate, &q->surrogate_ratio, &q->surrogate_response, &q->error,
                         &q->error_pdi, &q->error_rollout_side, &q->error_response, &q->error_ratio,
                         &q->improvement_derivative, &q->surrogate_derivative, &q->sum_e, &q->sum_l,
                         &q->worst_case_error, &q->largest_surrogate, &q->off_support, &q->tv_max, &q->chi2_max,
                         &q->kl_max, &q->kl_max_reverse, &q->tv_seq, &q->kl_seq, &q->kl_seq_reverse,
                         &q->variance_product, &q->variance_sum, &q->second_moment, &q->recursive_tv, &q->k3_max,
                         &q->reward_k3, &q->failure_k3 };
    enum { CONTEXT_SERIES = 8 }; /* from here on the series have T + 1 entries */
    tt_series *steps[] = { &q->expected_tv, &q->expected_kl, &q->expected_kl_reverse, &q->expected_advantage_max,
                           &q->advantage_span, &q->advantage_rollout, &q->advantage_target, &q->future_tv,
                           &q->context_tv, &q->context_kl, &q->context_kl_reverse };
    size_t first = 0;
    mpq_t reward;
    for (size_t k = 0; k < sizeof zeros / sizeof *zeros; k++)
        tt_real_set_ui(zeros[k], 0);
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        if (tt_series_set_uniform(steps[k], source->horizon + (k >= CONTEXT_SERIES)) != TT_OK)
            return TT_NO_MEMORY;
        tt_real_set_ui(&steps[k]->items[0], 0);
    }
    for (size_t k = 0; k < TT_THETAS; k++) {
        tt_real_set_ui(&q->tilt_max[k], 0);
        tt_real_set_ui(&q->tilted_moment[k], 0);
    }
    for (size_t k = 0; k < TT_KAPPAS; k++) {
        tt_real_set_ui(&q->truncated_mass[k], 0);
        tt_real_set_ui(&q->truncated_chi2[k], 0);
    }
    tt_real_set_ui(&q->j_rollout, 0);
    tt_real_set_ui(&q->mean_weight, 1);
    tt_real_set_ui(&q->weight_sum, q->horizon);
    mpq_init(reward);
    for (size_t x = 0; x < source->prompts; x++) {
        uint64_t node = source->root(source->self, x);
        if (mpq_sgn(source->prompt(source->self, x)) == 0) {
            first += first == x;
            continue;
        }
        for (size_t d = 0; d < source->horizon; d++)
            node = source->child(source->self, node, d, 0);
        source->reward(source->self, node, reward);
        mpq_mul(reward, reward, source->prompt(source->self, x));
        mpq_add(q->j_rollout.q, q->j_rollout.q, reward);
    }
    mpq_clear(reward);
    tt_real_set(&q->j_target, &q->j_rollout);
    tt_real_mul_frac(&q->weighted_reward, &q->j_rollout, q->horizon, 1, 64);
    q->dominated = true;
    q->martingale = q->advantage_unit = q->advantage_token = TT_HOLDS;
    q->pinsker = q->pinsker_reverse = q->k1_mean = q->k3_mean = TT_HOLDS;
    q->tv_max_at = tt_context_key(first, NULL, 0);
    q->kl_max_at = tt_context_key(first, NULL, 0);
    return q->tv_max_at && q->kl_max_at ? TT_OK : TT_NO_MEMORY;
}

static tt_status past_limit(const tt_row_source *source, const tt_measure_options *options, tt_error *error, bool *small)
{
    *small = tt_row_source_nodes_ui(source) <= EXACT_MOMENT_NODES;
    return tt_check_tree_size(source, options, error);
}

/* ---- walks, two at a time -------------------------------------------------------------- */

typedef struct walk walk;
struct walk {
    tt_status (*run)(walk *w);
    tt_quantities *q;
    const tt_row_source *source;
    tt_measure_options options;
    tt_status status;
};

static tt_status walk_fold(walk *w)
{
    return tt_tree_fold(w->q, w->source, &w->options);
}

#ifdef TT_MACHINE_KERNELS
static tt_status walk_main(walk *w)
{
    return tt_tree_main(w->q, w->source, &w->options);
}
#endif

static tt_status walk_future(walk *w)
{
    return tt_tree_future(w->q, w->source, &w->options);
}

static tt_status walk_logs(walk *w)
{
    return tt_tree_logs(w->q, w->source, &w->options);
}

static tt_status walk_moments(walk *w)
{
    return tt_tree_moments(w->q, w->source, &w->options, false);
}

static tt_status walk_exact_moments(walk *w)
{
    return tt_tree_moments(w->q, w->source, &w->options, true);
}

static void *run_walk(void *context)
{
    walk *w = context;
    w->status = w->run(w);
    mpfr_free_cache();
    return NULL;
}

/* Runs one walk, and another one (or NULL) after it or beside it: each fills its own fields and reads only what
   was there before both, so that the results are the same. */
static tt_status side_by_side(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options,
                              tt_error *error, tt_status (*first)(walk *), tt_status (*second)(walk *))
{
    walk a = { first, q, source, *options, TT_OK };
    walk b = { second, q, source, *options, TT_OK };
    pthread_t thread;
    bool beside = second && options->threads > 1 && mpfr_buildopt_tls_p();
    if (beside) {
        b.options.progress = NULL; /* the first walk reports for both */
        beside = pthread_create(&thread, NULL, run_walk, &b) == 0;
    }
    a.status = first(&a);
    if (beside)
        pthread_join(thread, NULL);
    else if (second && a.status == TT_OK) {
        b.options.progress = options->progress;
        b.status = second(&b);
    }
    if (a.status == TT_OK)
        a.status = b.status;
    if (a.status == TT_OK)
        return TT_OK;
    return tt_fail(error, a.status, NULL, a.status == TT_INTERRUPTED ? "interrupted" : "out of memory");
}

tt_status tt_tree_measure(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options,
                          tt_error *error)
{
    bool small;
    tt_status status;
    q->vocab = source->vocab;
    q->horizon = source->horizon;
    status = past_limit(source, options, error, &small);
    if (status != TT_OK)
        return status;
    status = source->vocab == 1 ? measure_single_token(q, source)
                                : tt_quantities_resize(q, source->vocab, source->horizon);
    if (status != TT_OK)
        return tt_no_memory(error);
    if (source->vocab == 1)
        return TT_OK;
#ifdef TT_MACHINE_KERNELS
    if (options->fields == TT_FIELDS_MAIN && source->small_rows && options->precision <= TT_TREE_MAIN_PRECISION_MAX)
        return side_by_side(q, source, options, error, walk_main, NULL);
#endif
    status = side_by_side(q, source, options, error, walk_fold,
                          options->fields == TT_FIELDS_ALL ? walk_future : NULL);
    if (status == TT_OK)
        status = side_by_side(q, source, options, error, walk_logs,
                              options->fields == TT_FIELDS_MAIN ? NULL : small ? walk_exact_moments : walk_moments);
    return status;
}

tt_status tt_tree_refine(tt_quantities *q, const tt_row_source *source, const tt_measure_options *options,
                         tt_error *error)
{
    bool moments = q->tilted_moment[TT_THETAS / 2].kind == TT_REAL_ENCLOSED;
    if (source->vocab == 1)
        return TT_OK;
    return side_by_side(q, source, options, error, walk_logs, moments ? walk_moments : NULL);
}

/* ---- responses ------------------------------------------------------------------- */

typedef struct {
    tt_path path;
    tt_response_visitor *visit;
    void *context;
    mpz_t e;
} responses;

static tt_status each(responses *r, size_t d, tt_error *error)
{
    tt_path *path = &r->path;
    size_t T = path->source->horizon;
    tt_status status = TT_OK;
    if (d == T) {
        tt_path_step *step = &path->steps[T];
        /* e = b + (T-1) a - s */
        mpz_mul_ui(r->e, step->rollout, T - 1);
        mpz_add(r->e, r->e, step->target);
        mpz_sub(r->e, r->e, step->weighted);
        return r->visit(r->context, path->prompt, path->tokens, mpz_sgn(r->e), error);
    }
    if (!tt_path_open(path, d))
        return tt_fail(error, TT_INTERRUPTED, NULL, "interrupted");
    for (size_t y = 0; y < path->source->vocab && status == TT_OK; y++) {
        tt_path_push(path, d, y);
        if (tt_path_live(path, d + 1))
            status = each(r, d + 1, error);
    }
    return status;
}

tt_status tt_tree_each_response(const tt_row_source *source, const tt_measure_options *options,
                                tt_response_visitor *visit, void *context, tt_error *error)
{
    responses r = { .visit = visit, .context = context };
    bool small;
    tt_status status = past_limit(source, options, error, &small);
    if (status != TT_OK || source->vocab == 1)
        return status; /* one token: e is zero everywhere */
    status = tt_path_init(&r.path, source, options, "responses");
    if (status != TT_OK)
        status = tt_no_memory(error);
    mpz_init(r.e);
    for (size_t x = 0; x < source->prompts && status == TT_OK; x++) {
        if (mpq_sgn(source->prompt(source->self, x)) == 0)
            continue;
        tt_path_start(&r.path, x);
        status = each(&r, 0, error);
    }
    mpz_clear(r.e);
    tt_path_clear(&r.path);
    return status;
}

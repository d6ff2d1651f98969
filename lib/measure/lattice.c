#include "lattice.h"

#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lattice_binomial.h"
#include "lattice_nodes.h"
#include "lattice_pass.h"

/* Exact by default: while a whole path's denominator has so many bits, and the work is so many limb operations. */
#define EXACT_BITS_MAX 4096.0
#define EXACT_EFFORT_MAX 2e9

#define COUNTING_NODES ((uint64_t)1 << 15)
#define COUNTING_BITS 192
#define NODE_EFFORT_MAX 2e10
#define NODE_BITS_MAX 65536
#define NODE_GUARD_BITS 32
/* An enclosure of the node pass is of use while it is narrower than 2^USABLE_WIDTH of its value. */
#define USABLE_WIDTH (-1)

void tt_lattice_report_init(tt_lattice_report *report)
{
    memset(report, 0, sizeof *report);
    tt_real_init(&report->pruned_rollout);
    tt_real_init(&report->pruned_target);
}

void tt_lattice_report_clear(tt_lattice_report *report)
{
    tt_real_clear(&report->pruned_rollout);
    tt_real_clear(&report->pruned_target);
}

/* ---- the node pass ------------------------------------------------------------------------ */

typedef struct {
    const lattice_machine *m;
    const tt_measure_options *options;
    tt_quantities *q;
    lattice_lumped lumped;
    lattice_node_task task;
    size_t starts, *start;
    mpq_t *probability;
    bool *reached; /* T C: mu or pi reaches a state of the class before the step */
} nodes;

/* The prompts' states by class. */
static tt_status start_classes(nodes *a)
{
    const lattice_machine *m = a->m;
    a->start = calloc(m->starts, sizeof *a->start);
    a->probability = calloc(m->starts, sizeof *a->probability);
    if (!a->start || !a->probability)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < m->starts; k++) {
        size_t c = a->lumped.class_of[m->start[k]], j = 0;
        while (j < a->starts && a->start[j] != c)
            j++;
        if (j == a->starts) {
            mpq_init(a->probability[j]);
            a->start[a->starts++] = c;
        }
        mpq_add(a->probability[j], a->probability[j], m->start_probability[k]);
    }
    return TT_OK;
}

static tt_status reached_classes(nodes *a)
{
    const lattice_machine *m = a->m;
    a->reached = calloc(m->T, a->lumped.C * sizeof *a->reached);
    for (size_t t = 0; a->reached && t < m->T; t++)
        for (size_t s = 0; s < m->S; s++)
            if (lattice_reach(m, t, s) & LATTICE_REACHED)
                a->reached[t * a->lumped.C + a->lumped.class_of[s]] = true;
    return a->reached ? TT_OK : TT_NO_MEMORY;
}

static tt_status nodes_init(nodes *a, const lattice_machine *m, const tt_measure_options *options, tt_quantities *q)
{
    tt_status status;
    memset(a, 0, sizeof *a);
    a->m = m;
    a->options = options;
    a->q = q;
    status = tt_lattice_lump(&a->lumped, m);
    if (status == TT_OK)
        status = start_classes(a);
    if (status == TT_OK)
        status = reached_classes(a);
    a->task = (lattice_node_task){ .lumped = &a->lumped, .options = options, .starts = a->starts, .start = a->start,
                                   .probability = (const mpq_t *)a->probability, .layers = m->T };
    return status;
}

static void nodes_clear(nodes *a)
{
    for (size_t k = 0; k < a->starts; k++)
        mpq_clear(a->probability[k]);
    free(a->start);
    free(a->probability);
    free(a->reached);
    tt_lattice_lumped_clear(&a->lumped);
}

static size_t whole_limbs(double bits)
{
    return ((size_t)bits / 64 + 1) * 64;
}

/* Fraction bits that leave the precision asked for to a worst-case Error of about the square of Dbar_t. */
static size_t fraction_bits(const tt_quantities *q, mpfr_prec_t precision)
{
    mpfr_exp_t exponent = -1000000;
    for (size_t t = 0; t < q->horizon; t++) {
        mpfi_t i;
        if (tt_real_is_zero(&q->expected_tv.items[t]))
            continue;
        mpfi_init2(i, 64);
        tt_real_get_interval(i, &q->expected_tv.items[t]);
        if (mpfr_regular_p(&i->right) && mpfr_get_exp(&i->right) > exponent)
            exponent = mpfr_get_exp(&i->right);
        mpfi_clear(i);
    }
    if (exponent > 0 || exponent == -1000000)
        exponent = 0;
    return whole_limbs((double)precision + NODE_GUARD_BITS - 2.0 * (double)exponent);
}

/* Exact masses of all nodes share a denominator; one by one, as binomial laws, they would not. */
static tt_status run_once(lattice_node_task *task, lattice_node_result *result)
{
    return task->limit != SIZE_MAX && tt_lattice_is_binomial(task->lumped) ? tt_lattice_binomial_pass(result, task)
                                                                        : tt_lattice_node_pass(result, task);
}

/* Runs the pass, with more fraction bits where rounding shows. */
static tt_status run_until_narrow(lattice_node_task *task, lattice_node_result *result)
{
    long wanted = 32 - (long)task->options->precision;
    for (;;) {
        tt_status status = run_once(task, result);
        double effort = (double)result->nodes * (double)task->fraction_bits / 16;
        if (status != TT_OK || result->exact || result->width <= wanted || effort > NODE_EFFORT_MAX ||
            task->fraction_bits > NODE_BITS_MAX)
            return status;
        task->fraction_bits += result->width == LONG_MAX ? task->fraction_bits
                                                         : whole_limbs((double)(result->width - wanted));
    }
}

static bool usable(tt_real *x, const lattice_node_result *result)
{
    if (!result->cut || tt_real_width_log2(x) <= USABLE_WIDTH)
        return true;
    tt_real_set_absent(x);
    return false;
}

static tt_status too_many_nodes(const lattice_node_result *result, const tt_measure_options *options, tt_error *error)
{
    return tt_fail(error, TT_LIMIT, NULL, "the node pass needs about %.3g nodes, past the limit of %llu",
                   result->needed, (unsigned long long)options->max_nodes);
}

/* About how many nodes there are: counted up to a small budget, extrapolated from there. */
static tt_status count_nodes(double *count, const lattice_machine *m)
{
    nodes a;
    tt_measure_options options;
    lattice_node_result result;
    tt_status status;
    tt_measure_options_init(&options);
    status = nodes_init(&a, m, &options, NULL);
    tt_lattice_node_result_init(&result);
    result.tv = tt_real_array(m->T + 1);
    if (status == TT_OK && result.tv) {
        tt_real one;
        tt_real_init(&one);
        tt_real_set_ui(&one, 1);
        a.task.fraction_bits = COUNTING_BITS;
        a.task.budget = COUNTING_NODES;
        a.task.tv_max = a.task.kl_max = &one;
        status = tt_lattice_node_pass(&result, &a.task);
        *count = result.needed;
        tt_real_clear(&one);
    }
    if (!result.tv)
        status = TT_NO_MEMORY;
    tt_real_array_free(result.tv, m->T + 1);
    tt_lattice_node_result_clear(&result);
    nodes_clear(&a);
    return status;
}

/* TV_t, worst-case Error, largest L from the prompts. */
static tt_status from_prompts(nodes *a, lattice_node_result *result, tt_error *error)
{
    tt_quantities *q = a->q;
    bool complete = true;
    tt_status status;
    a->task.work = "nodes";
    a->task.responses = true;
    a->task.prune = true;
    a->task.budget = a->options->max_nodes;
    result->tv = q->context_tv.items;
    status = run_until_narrow(&a->task, result);
    if (status == TT_OK && result->cut)
        status = count_nodes(&result->needed, a->m);
    if (status != TT_OK)
        return status;
    for (size_t t = 0; t <= q->horizon; t++)
        complete = usable(&q->context_tv.items[t], result) && complete;
    complete = usable(&result->worst_case_error, result) && complete;
    complete = usable(&result->largest_surrogate, result) && complete;
    q->shift_monotone = result->monotone;
    tt_real_set(&q->tv_seq, &q->context_tv.items[q->horizon]);
    tt_real_set(&q->worst_case_error, &result->worst_case_error);
    tt_real_set(&q->largest_surrogate, &result->largest_surrogate);
    return complete ? TT_OK : too_many_nodes(result, a->options, error);
}

/* ---- future TV ------------------------------------------------------------------------------ */

/* The first step (tokens before it) at which a state of the class is reached; T where none is. */
static size_t first_reached(const nodes *a, size_t c)
{
    size_t t = 0;
    while (t < a->m->T && !a->reached[t * a->lumped.C + c])
        t++;
    return t;
}

/* Raises future_tv by the TV of k = T - t tokens from class c; `known` turns false where that is absent. */
static void merge_future(nodes *a, size_t c, const tt_real *tv, bool *known)
{
    tt_quantities *q = a->q;
    for (size_t t = 0; t < q->horizon; t++) {
        const tt_real *x = &tv[q->horizon - t];
        tt_real *out = &q->future_tv.items[t];
        if (!a->reached[t * a->lumped.C + c])
            continue;
        known[t] = known[t] && !tt_real_is_absent(x);
        if (tt_real_is_absent(x))
            continue;
        if (tt_real_is_absent(out))
            tt_real_set(out, x);
        else
            tt_real_max(out, out, x, a->options->precision + 64);
    }
}

/* The pass from class c. Each class has its share of the nodes. */
typedef struct {
    const nodes *a;
    size_t c;
    mpq_t one;
    tt_measure_options options;
    lattice_node_task task;
    lattice_node_result result;
    tt_status status;
} future_pass;

static void future_pass_init(future_pass *f, const nodes *a, size_t c)
{
    memset(f, 0, sizeof *f);
    f->a = a;
    f->c = c;
    f->options = *a->options;
    mpq_init(f->one);
    mpq_set_ui(f->one, 1, 1);
    tt_lattice_node_result_init(&f->result);
    f->task = a->task;
    f->task.options = &f->options;
    f->task.work = "future TV";
    f->task.starts = 1;
    f->task.start = &f->c;
    f->task.probability = (const mpq_t *)&f->one;
    f->task.layers = a->m->T - first_reached(a, c);
    f->task.responses = false;
    f->task.prune = true;
    f->task.budget = a->options->max_nodes / a->lumped.C;
}

static void future_pass_clear(future_pass *f)
{
    tt_real_array_free(f->result.tv, f->a->m->T + 1);
    tt_lattice_node_result_clear(&f->result);
    mpq_clear(f->one);
}

static void *future_pass_run(void *context)
{
    future_pass *f = context;
    f->result.tv = tt_real_array(f->a->m->T + 1);
    f->status = f->result.tv ? run_until_narrow(&f->task, &f->result) : TT_NO_MEMORY;
    for (size_t k = 0; f->status == TT_OK && k <= f->task.layers; k++)
        usable(&f->result.tv[k], &f->result);
    return NULL;
}

static void *future_pass_thread(void *context)
{
    future_pass_run(context);
    mpfr_free_cache();
    return NULL;
}

/* Starts a pass beside what the caller does next, which reports the progress of both; where that is not to be, runs
   it at once. True where the caller has to join the thread. */
static bool future_pass_start(future_pass *f, pthread_t *thread)
{
    if (f->a->options->threads > 1 && mpfr_buildopt_tls_p()) {
        f->options.progress = NULL;
        if (pthread_create(thread, NULL, future_pass_thread, f) == 0)
            return true;
        f->options.progress = f->a->options->progress;
    }
    future_pass_run(f);
    return false;
}

/* Whether class c needs a pass of its own: some step reaches it, and the pass from the prompts is another one. */
static bool needs_pass(const nodes *a, size_t c, bool same_start_counts)
{
    bool same = same_start_counts && a->starts == 1 && a->start[0] == c;
    return !same && first_reached(a, c) < a->m->T;
}

typedef struct {
    bool *known; /* T */
    double needed;
} future_sum;

static tt_status future_pass_merge(nodes *a, future_pass *f, future_sum *sum)
{
    if (f->status == TT_OK)
        merge_future(a, f->c, f->result.tv, sum->known);
    sum->needed += f->result.needed;
    return f->status;
}

/* The passes of two classes, side by side where two threads are allowed, merged in their order. */
static tt_status future_of_two(nodes *a, const size_t *c, size_t n, future_sum *sum)
{
    tt_status status = TT_OK;
    future_pass pass[2];
    pthread_t thread;
    bool beside = false;
    for (size_t k = 0; k < n; k++)
        future_pass_init(&pass[k], a, c[k]);
    if (n == 2)
        beside = future_pass_start(&pass[1], &thread);
    future_pass_run(&pass[0]);
    if (beside)
        pthread_join(thread, NULL);
    for (size_t k = 0; k < n; k++) {
        if (status == TT_OK)
            status = future_pass_merge(a, &pass[k], sum);
        future_pass_clear(&pass[k]);
    }
    return status;
}

/* early: a pass that was run already, or NULL; it is merged first, so that the result does not depend on threads. */
static tt_status future_tv(nodes *a, const lattice_node_result *main_result, future_pass *early, tt_error *error)
{
    future_sum sum = { calloc(a->m->T, sizeof *sum.known), 0 };
    bool complete = true, same = !main_result->cut;
    tt_status status = sum.known ? TT_OK : TT_NO_MEMORY;
    size_t waiting[2], n = 0;
    for (size_t t = 0; status == TT_OK && t < a->m->T; t++) {
        tt_real_set_absent(&a->q->future_tv.items[t]);
        sum.known[t] = true;
    }
    if (status == TT_OK && early)
        status = future_pass_merge(a, early, &sum);
    if (status == TT_OK && same && a->starts == 1)
        merge_future(a, a->start[0], a->q->context_tv.items, sum.known);
    for (size_t c = 0; status == TT_OK && c < a->lumped.C; c++) {
        if (needs_pass(a, c, same) && !(early && early->c == c))
            waiting[n++] = c;
        if (n == 2 || (n == 1 && c + 1 == a->lumped.C)) {
            status = future_of_two(a, waiting, n, &sum);
            n = 0;
        }
    }
    for (size_t t = 0; status == TT_OK && t < a->m->T; t++)
        if (!sum.known[t]) {
            complete = false;
            tt_real_set_absent(&a->q->future_tv.items[t]);
        }
    if (status == TT_OK && !complete)
        status = tt_fail(error, TT_LIMIT, NULL,
                         "future TV needs about %.3g nodes in %zu passes, past the limit of %llu",
                         sum.needed, a->lumped.C, (unsigned long long)a->options->max_nodes);
    free(sum.known);
    return status;
}

/* The first class that needs a pass whatever comes of the pass from the prompts; C where there is none. */
static size_t early_class(const nodes *a)
{
    size_t c = 0;
    while (c < a->lumped.C && !needs_pass(a, c, true))
        c++;
    return c;
}

/* The pass from the prompts, beside the first one for future TV. */
static tt_status all_passes(nodes *a, lattice_node_result *result, tt_error *error)
{
    size_t c = early_class(a);
    bool beside = false, has_early = c < a->lumped.C;
    future_pass early;
    pthread_t thread;
    tt_status status, future;
    if (has_early) {
        future_pass_init(&early, a, c);
        beside = future_pass_start(&early, &thread);
    }
    status = from_prompts(a, result, error);
    if (beside)
        pthread_join(thread, NULL);
    if (status == TT_OK || status == TT_LIMIT) {
        future = future_tv(a, result, has_early ? &early : NULL, status == TT_OK ? error : NULL);
        if (future != TT_OK && (status == TT_OK || future != TT_LIMIT))
            status = future;
    }
    if (has_early)
        future_pass_clear(&early);
    return status;
}

static tt_status node_pass(const lattice_machine *m, tt_quantities *q, const tt_measure_options *options, bool exact,
                           tt_lattice_report *report, tt_error *error)
{
    nodes a;
    lattice_node_result result;
    tt_status status = nodes_init(&a, m, options, q);
    tt_lattice_node_result_init(&result);
    if (status == TT_OK) {
        a.task.limit = exact ? SIZE_MAX : TT_LATTICE_SHORT;
        a.task.fraction_bits = fraction_bits(q, options->precision);
        a.task.tv_max = &q->tv_max;
        a.task.kl_max = &q->kl_max;
        status = all_passes(&a, &result, error);
    }
    if (status == TT_OK || status == TT_LIMIT) {
        report->exact_nodes = result.exact && !result.cut;
        report->node_bits = result.exact ? 0 : a.task.fraction_bits;
        report->nodes = result.nodes;
        report->nodes_needed = result.needed;
        tt_real_set(&report->pruned_rollout, &result.pruned_rollout);
        tt_real_set(&report->pruned_target, &result.pruned_target);
    }
    tt_lattice_node_result_clear(&result);
    nodes_clear(&a);
    return status;
}

/* ---- the engine -------------------------------------------------------------------------------- */

static tt_status choose_arithmetic(bool *exact, const lattice_machine *m, const tt_measure_options *options)
{
    double bits = tt_lattice_row_bits(m) * (double)m->T, count = 0;
    tt_status status = TT_OK;
    *exact = options->arithmetic == TT_ARITHMETIC_EXACT;
    if (options->arithmetic != TT_ARITHMETIC_AUTO || bits > EXACT_BITS_MAX)
        return TT_OK;
    status = count_nodes(&count, m);
    *exact = count <= (double)options->max_nodes && count * (bits / 64 + 1) * 4 < EXACT_EFFORT_MAX &&
             (double)(m->S * m->V) * (double)m->T * 100 * (bits / 64 + 1) < EXACT_EFFORT_MAX;
    return status;
}

static bool moments_exact(const tt_quantities *q)
{
    for (size_t k = 0; k < TT_THETAS; k++)
        if (q->tilted_moment[k].kind == TT_REAL_ENCLOSED || tt_real_is_absent(&q->tilted_moment[k]))
            return false;
    return true;
}

/* What neither reads the reward nor names a state, on classes of states. */
static tt_status class_pass(const lattice_machine *m, tt_quantities *q, const tt_measure_options *options, bool exact,
                            bool again, mpfr_prec_t *longest)
{
    lattice_lumped lumped;
    lattice_machine classes;
    lattice_pass p;
    bool ready = false;
    tt_status status = tt_lattice_lump(&lumped, m);
    memset(&classes, 0, sizeof classes);
    if (status == TT_OK)
        status = tt_lattice_machine_quotient(&classes, m, &lumped);
    if (status == TT_OK) {
        status = tt_lattice_pass_init(&p, &classes, q, options);
        ready = true;
    }
    if (status == TT_OK && !(again && exact))
        status = tt_lattice_recursion(&p, exact);
    if (status == TT_OK && !(again && moments_exact(q)))
        status = tt_lattice_moments(&p, exact);
    if (ready) {
        *longest = p.longest;
        tt_lattice_pass_clear(&p);
    }
    tt_lattice_machine_clear(&classes);
    tt_lattice_lumped_clear(&lumped);
    return status;
}

/* The state pass; what is exact already is left alone where `again`. */
static tt_status state_pass(const lattice_machine *m, tt_quantities *q, const tt_measure_options *options, bool exact,
                            bool again, tt_lattice_report *report)
{
    mpfr_prec_t longest = 0;
    lattice_pass p;
    tt_status status = tt_lattice_pass_init(&p, m, q, options);
    if (status == TT_OK)
        status = tt_lattice_rows(&p);
    if (status == TT_OK && !(again && exact))
        status = tt_lattice_values(&p, exact);
    if (status == TT_OK)
        status = class_pass(m, q, options, exact, again, &longest);
    report->exact_states = exact;
    report->state_precision = exact ? 0 : p.longest > longest ? p.longest : longest;
    report->exact_moments = moments_exact(q);
    if (status == TT_OK)
        status = tt_lattice_logs(&p);
    tt_lattice_pass_clear(&p);
    return status;
}

/* What was pruned is not regained by precision. */
static bool pruned(const tt_quantities *q)
{
    return tt_real_cmp_ui(&q->pruned_rollout, 0) == TT_GREATER || tt_real_cmp_ui(&q->pruned_target, 0) == TT_GREATER;
}

/* What the report says of the arithmetic. */
static tt_status describe(tt_quantities *q, const tt_lattice_report *r)
{
    char states[80] = "exact", masses[80] = "exact", lost[120] = "", text[400];
    if (!r->exact_states)
        snprintf(states, sizeof states, "in intervals of up to %ld bits", (long)r->state_precision);
    if (r->node_bits)
        snprintf(masses, sizeof masses, "of %llu bits, rounding enclosed", (unsigned long long)r->node_bits);
    tt_real_set(&q->pruned_rollout, &r->pruned_rollout);
    tt_real_set(&q->pruned_target, &r->pruned_target);
    if (pruned(q))
        snprintf(lost, sizeof lost, ", the others pruned (rollout mass about %.2g, target mass about %.2g)",
                 tt_real_get_d(&q->pruned_rollout), tt_real_get_d(&q->pruned_target));
    snprintf(text, sizeof text, "states %s; %llu nodes%s, masses %s", states, (unsigned long long)r->nodes,
             lost, masses);
    free(q->method);
    q->method = strdup(text);
    return q->method ? TT_OK : TT_NO_MEMORY;
}

static tt_status measure(tt_quantities *q, const tt_instance *instance, const tt_measure_options *options, bool again,
                         tt_lattice_report *report, tt_error *error)
{
    lattice_machine m;
    tt_lattice_report own;
    bool exact = false;
    tt_status status = tt_lattice_machine_init(&m, instance, error);
    tt_lattice_report_init(&own);
    if (status == TT_OK && !again)
        status = tt_quantities_resize(q, m.V, m.T);
    if (status == TT_OK)
        status = choose_arithmetic(&exact, &m, options);
    if (status == TT_OK) {
        q->dominated = m.dominated;
        status = state_pass(&m, q, options, exact, again, &own);
    }
    if (status == TT_OK && !(again && (pruned(q) || (exact && tt_real_is_exact(&q->tv_seq))))) {
        status = node_pass(&m, q, options, exact, &own, error);
        if ((status == TT_OK || status == TT_LIMIT) && describe(q, &own) != TT_OK)
            status = TT_NO_MEMORY;
    }
    if (status == TT_INTERRUPTED)
        tt_fail(error, status, NULL, "interrupted");
    if (status == TT_NO_MEMORY)
        tt_fail(error, status, NULL, "out of memory");
    if (report) {
        tt_lattice_report t = *report;
        *report = own;
        own = t;
    }
    tt_lattice_report_clear(&own);
    tt_lattice_machine_clear(&m);
    return status;
}

tt_status tt_lattice_measure(tt_quantities *q, const tt_instance *instance, const tt_measure_options *options,
                             tt_lattice_report *report, tt_error *error)
{
    return measure(q, instance, options, false, report, error);
}

tt_status tt_lattice_refine(tt_quantities *q, const tt_instance *instance, const tt_measure_options *options,
                            tt_lattice_report *report, tt_error *error)
{
    return measure(q, instance, options, true, report, error);
}

tt_status tt_lattice_nodes(double *count, const tt_instance *instance, tt_error *error)
{
    lattice_machine m;
    tt_status status = tt_lattice_machine_init(&m, instance, error);
    *count = 0;
    if (status == TT_OK)
        status = count_nodes(count, &m);
    if (status == TT_NO_MEMORY)
        tt_fail(error, status, NULL, "out of memory");
    tt_lattice_machine_clear(&m);
    return status;
}

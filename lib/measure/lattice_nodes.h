/* The node pass: TV_t, worst-case Error and largest L from contexts folded by their ratios. Internal to the
   lattice engine; the method and its soundness are in lattice.h. */
#ifndef TRUSTREE_LATTICE_NODES_H
#define TRUSTREE_LATTICE_NODES_H

#include "../number/verdict.h"
#include "lattice_machine.h"

typedef struct {
    const lattice_lumped *lumped;
    const tt_measure_options *options;
    const char *work;
    size_t starts; /* classes to start in, and with which probability */
    const size_t *start;
    const mpq_t *probability;
    size_t layers;          /* tokens */
    bool responses;         /* worst-case Error and largest L of the last layer are wanted */
    bool prune;             /* past the budget: prune; else stop */
    uint64_t budget;        /* nodes */
    size_t limit;           /* bits of the shared denominator up to which masses are exact; SIZE_MAX: always */
    size_t fraction_bits;   /* of masses that are not, a multiple of 64 */
    const tt_real *tv_max;  /* eps, delta: for the masses that are pruned */
    const tt_real *kl_max;
} lattice_node_task;

typedef struct {
    tt_real *tv; /* layers + 1: after n tokens; the caller's */
    tt_real worst_case_error, largest_surrogate;
    tt_real pruned_rollout, pruned_target;
    bool exact;     /* nothing was rounded */
    tt_verdict monotone; /* at every step the tracked masses' positive part grew or stayed, in integers; the mass that
                            rounding lost obeys the same by the triangle inequality. Not applicable where some step
                            rounded its weights or pruned */
    bool cut;       /* pruned; or, without prune, stopped at the budget: then nothing else is filled */
    long width;     /* the widest relative width, of the results that no pruning touched, as a power of two */
    uint64_t nodes;
    double needed;  /* nodes without pruning, an estimate where it was cut */
} lattice_node_result;

void tt_lattice_node_result_init(lattice_node_result *result);
void tt_lattice_node_result_clear(lattice_node_result *result);

TT_MUST_CHECK tt_status tt_lattice_node_pass(lattice_node_result *result, const lattice_node_task *task);

#endif

/* The choice of an engine, and one way to call it.

   An engine is a pair of functions over the same subject: `measure` fills a struct of quantities, `refine`
   computes the enclosed ones again at a higher precision. Whoever calls does not know which one it is. */
#ifndef TRUSTREE_MEASURE_H
#define TRUSTREE_MEASURE_H

#include "../number/linkage.h"
#include "../world/instance.h"
#include "options.h"
#include "quantities.h"

TT_BEGIN_C

/* What is measured: a tree of contexts, and the automaton behind it where there is one. */
typedef struct {
    const tt_row_source *source; /* of the rows and rewards */
    const tt_instance *machine;  /* a machine-form instance with the same source, or NULL */
} tt_subject;

/* A way to measure. */
typedef struct {
    const char *name; /* "tree", "lattice", "filter" */
    /* Fills q, as tt_tree_measure. */
    tt_status (*measure)(tt_quantities *q, const tt_subject *subject, const tt_measure_options *options, tt_error *error);
    /* Computes the enclosed fields of q again at options->precision, as tt_tree_refine. */
    tt_status (*refine)(tt_quantities *q, const tt_subject *subject, const tt_measure_options *options, tt_error *error);
} tt_engine;

/* The engines: tree.h, lattice.h, filter.h. The filter has no refine; tt_choose_engine never chooses it. */
extern const tt_engine tt_tree_engine, tt_lattice_engine, tt_filter_engine;

/* Which engine is asked for. */
typedef enum {
    TT_ENGINE_AUTO,   /* the one with less to do */
    TT_ENGINE_TREE,   /* every context is visited */
    TT_ENGINE_LATTICE /* machine form: contexts are folded */
} tt_engine_choice;

/* The engine for a subject: the one that is asked for; with TT_ENGINE_AUTO the one with fewer nodes, the tree
   where it is small.
   fails: TT_BAD_INPUT where the subject has no such engine. */
TT_MUST_CHECK tt_status tt_choose_engine(const tt_engine **out, tt_engine_choice choice, const tt_subject *subject,
                                         tt_error *error);

/* The subject of an instance; `source` is filled and must outlive it, as must the instance. */
void tt_subject_of_instance(tt_subject *out, tt_row_source *source, const tt_instance *instance);

TT_END_C

#endif

#include "measure.h"

#include "filter.h"
#include "lattice.h"
#include "tree.h"

/* A tree of this size is measured in no time, and exactly; a larger one is left to the lattice where that has fewer nodes. */
#define SMALL_TREE 4096

static tt_status tree_measure(tt_quantities *q, const tt_subject *subject, const tt_measure_options *options,
                              tt_error *error)
{
    return tt_tree_measure(q, subject->source, options, error);
}

static tt_status tree_refine(tt_quantities *q, const tt_subject *subject, const tt_measure_options *options,
                             tt_error *error)
{
    return tt_tree_refine(q, subject->source, options, error);
}

const tt_engine tt_tree_engine = { "tree", tree_measure, tree_refine };

static tt_status lattice_measure(tt_quantities *q, const tt_subject *subject, const tt_measure_options *options,
                                 tt_error *error)
{
    return tt_lattice_measure(q, subject->machine, options, NULL, error);
}

static tt_status lattice_refine(tt_quantities *q, const tt_subject *subject, const tt_measure_options *options,
                                tt_error *error)
{
    return tt_lattice_refine(q, subject->machine, options, NULL, error);
}

const tt_engine tt_lattice_engine = { "lattice", lattice_measure, lattice_refine };

static tt_status filter_measure(tt_quantities *q, const tt_subject *subject, const tt_measure_options *options,
                                tt_error *error)
{
    return tt_filter_measure(q, subject->source, options, error);
}

const tt_engine tt_filter_engine = { "filter", filter_measure, NULL };

/* The lattice for an automaton whose tree is larger than both a small tree and the lattice. */
static bool lattice_is_better(const tt_subject *subject)
{
    uint64_t tree = tt_row_source_nodes_ui(subject->source);
    double nodes;
    return subject->machine && subject->source->vocab > 1 && tree > SMALL_TREE &&
           tt_lattice_nodes(&nodes, subject->machine, NULL) == TT_OK && nodes < (double)tree;
}

tt_status tt_choose_engine(const tt_engine **out, tt_engine_choice choice, const tt_subject *subject, tt_error *error)
{
    *out = &tt_tree_engine;
    if (choice == TT_ENGINE_LATTICE && !subject->machine)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the lattice engine needs an instance in machine form");
    if (choice == TT_ENGINE_LATTICE || (choice == TT_ENGINE_AUTO && lattice_is_better(subject)))
        *out = &tt_lattice_engine;
    return TT_OK;
}

void tt_subject_of_instance(tt_subject *out, tt_row_source *source, const tt_instance *instance)
{
    tt_instance_source(source, instance);
    out->source = source;
    out->machine = tt_instance_form(instance) == TT_FORM_MACHINE ? instance : NULL;
}

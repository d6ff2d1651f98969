#include "measure.h"

#include "tree.h"

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

tt_status tt_choose_engine(const tt_engine **out, tt_engine_choice choice, const tt_subject *subject, tt_error *error)
{
    *out = &tt_tree_engine;
    if (choice != TT_ENGINE_LATTICE)
        return TT_OK;
    *out = NULL;
    if (!subject->machine)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the lattice engine needs an instance in machine form");
    return tt_fail(error, TT_BAD_INPUT, NULL, "this build has no lattice engine");
}

void tt_subject_of_instance(tt_subject *out, tt_row_source *source, const tt_instance *instance)
{
    tt_instance_source(source, instance);
    out->source = source;
    out->machine = tt_instance_form(instance) == TT_FORM_MACHINE ? instance : NULL;
}

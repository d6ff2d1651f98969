/* What the tree engine measures of an instance. */
#ifndef TRUSTREE_MEASURED_H
#define TRUSTREE_MEASURED_H

#include "../lib/measure/quantities.h"
#include "../lib/world/instance.h"

/* Initializes q; for tt_quantities_clear. Enclosures have `precision` bits. A test in which it fails, fails. */
void measured_by_tree(tt_quantities *q, const tt_instance *instance, unsigned precision);

#endif

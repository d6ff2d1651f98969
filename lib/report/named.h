/* The quantities of an instance under the names that JSON and TSV give them (CLI.md). */
#ifndef TRUSTREE_NAMED_H
#define TRUSTREE_NAMED_H

#include "../measure/quantities.h"

/* JSON's order puts other members between these groups. */
typedef enum { TT_NAMED_FIRST, TT_NAMED_VARIANCE, TT_NAMED_MORE } tt_named_group;

typedef struct {
    const char *key;
    tt_named_group group;
    size_t place; /* of the field in tt_quantities */
} tt_named;

/* Numbers of the instance (fields of type tt_real), numbers per step (tt_series); groups in order. */
size_t tt_named_real_count(void);
const tt_named *tt_named_real_at(size_t k);
const tt_real *tt_named_real(const tt_quantities *q, const tt_named *named);

size_t tt_named_series_count(void);
const tt_named *tt_named_series_at(size_t k);
const tt_series *tt_named_series(const tt_quantities *q, const tt_named *named);

#endif

/* Whether two row sources are the same process: prompts, rows as fractions, rewards. */
#ifndef TRUSTREE_SAME_TREE_H
#define TRUSTREE_SAME_TREE_H

#include "../lib/world/rows.h"

/* weight / total of both sides are the same number; fails the running test otherwise. */
void same_fraction(mpz_srcptr a, mpz_srcptr a_total, mpz_srcptr b, mpz_srcptr b_total);

/* Walks both trees; fails the running test where they differ, or where they have not as many nodes as they
   should. Sources that need no buffer for their rows. */
void same_tree(const tt_row_source *a, const tt_row_source *b);

#endif

/* Which instances of a campaign a result covers: i in 0..count-1 with i mod `modulus` in a set of residues.

   Shards and joins of shards are such sets. The form is canonical: the smallest modulus that describes the set of
   residues. */
#ifndef TRUSTREE_COVERAGE_H
#define TRUSTREE_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/linkage.h"
#include "../number/status.h"

TT_BEGIN_C

/* The largest modulus of a coverage, and so the most shards of a campaign. */
#define TT_MODULUS_MAX ((uint64_t)1 << 20)

/* A set of instances, by residue. */
typedef struct {
    uint64_t modulus; /* 1 .. TT_MODULUS_MAX */
    bool *residue;    /* modulus of them: whether those i with i mod modulus = k are in it; owned */
} tt_coverage;

/* The n residues listed, each below the modulus; made canonical. *out needs no clearing on failure.
   fails: TT_BAD_INPUT for a modulus or residue out of range; TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_coverage_init(tt_coverage *out, uint64_t modulus, const uint64_t *residues, size_t n,
                                         tt_error *error);
/* Frees the residues of a coverage. */
void tt_coverage_clear(tt_coverage *coverage);

/* coverage = coverage or x, canonical.
   fails: TT_LIMIT where the modulus of both together passes TT_MODULUS_MAX; TT_NO_MEMORY. Nothing has changed then. */
TT_MUST_CHECK tt_status tt_coverage_join(tt_coverage *coverage, const tt_coverage *x, tt_error *error);

/* The least common multiple of two moduli; 0 where it passes TT_MODULUS_MAX. */
uint64_t tt_common_modulus(uint64_t a, uint64_t b);

/* Whether instance `index` is covered. */
bool tt_coverage_has(const tt_coverage *coverage, uint64_t index);
/* Whether two canonical coverages are the same set. */
bool tt_coverage_equal(const tt_coverage *a, const tt_coverage *b);

/* How many of the instances 0..count-1 are covered. */
uint64_t tt_coverage_instances(const tt_coverage *coverage, uint64_t count);

TT_END_C

#endif

/* Which instances of a campaign a result covers: i in 0..count-1 with i mod `modulus` in a set of residues.

   Shards and joins of shards are such sets. The form is canonical: the smallest modulus that describes the set of
   residues. */
#ifndef TRUSTREE_COVERAGE_H
#define TRUSTREE_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/status.h"

#define TT_MODULUS_MAX ((uint64_t)1 << 20)

typedef struct {
    uint64_t modulus; /* 1 .. TT_MODULUS_MAX */
    bool *residue;    /* modulus of them */
} tt_coverage;

typedef enum { TT_APART, TT_WITHIN, TT_SAME, TT_AROUND, TT_CROSSING } tt_overlap;

/* The residues listed, each below the modulus, or none; made canonical.
   fails: TT_BAD_INPUT for a modulus or residue out of range; TT_NO_MEMORY. Clear it on failure too. */
TT_MUST_CHECK tt_status tt_coverage_init(tt_coverage *out, uint64_t modulus, const uint64_t *residues, size_t n,
                                         tt_error *error);
void tt_coverage_clear(tt_coverage *coverage);
void tt_coverage_swap(tt_coverage *a, tt_coverage *b);

/* out = a or b (out is initialised, and may be one of them).
   fails: TT_LIMIT where the modulus of both together passes TT_MODULUS_MAX; TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_coverage_join(tt_coverage *out, const tt_coverage *a, const tt_coverage *b, tt_error *error);

/* How the instances of a lie to those of b: apart, within, the same, around, or none of these. Only instances below
   count matter; two sets without any are the same. */
tt_overlap tt_coverage_overlap(const tt_coverage *a, const tt_coverage *b, uint64_t count);

/* How many of the instances 0..count-1 are covered; whether all are. */
uint64_t tt_coverage_instances(const tt_coverage *coverage, uint64_t count);
bool tt_coverage_complete(const tt_coverage *coverage, uint64_t count);

#endif

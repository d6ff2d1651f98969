/* Logarithms of positive integers in fixed point. Internal to the tree engine.

   log n is the integer x of `limbs` limbs, times 2^-fraction, with |log n - x 2^-fraction| <= TT_FIXED_LOG_ERROR 2^-fraction.
   Which x it is depends on n and limbs alone. Integers with small prime factors cost an addition per factor, as
   log ab = log a + log b and 2 log p = log(p-1) + log(p+1) + 2 atanh(1/(2 p^2 - 1)); others are left to MPFR. Where many
   logs of integers up to a small bound are expected, all of them are made at once; else what was asked for is remembered
   in a table that may forget. */
#ifndef TRUSTREE_LOG_FIXED_H
#define TRUSTREE_LOG_FIXED_H

#include <gmp.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../number/status.h"

#define TT_FIXED_LOG_ERROR 1024
#define TT_FIXED_LOG_LIMBS_MAX 64

/* Bits before the point: a log of a number below 2^32 has 5, and sums over a path have room. */
#define TT_FIXED_LOG_INTEGER_BITS 24

typedef struct {
    size_t limbs;
    mpfr_prec_t fraction;
    bool direct;      /* every integer has a slot of its own, which holds its log alone */
    size_t slots;     /* else a power of two */
    void *memory;
    mp_limb_t *table; /* slots of limbs + 1, on a cache line: what is in the slot (0: nothing), and its log */
    uint16_t *errors; /* where direct, while the table is filled: bounds on the errors */
    size_t made;      /* else: logs that were not found in the table */
    mpfr_t work;
} tt_fixed_logs;

/* For a relative precision of 2^-precision of a log and room to spare; `expected` uses, of integers up to `largest`
   (0: not known). */
TT_MUST_CHECK tt_status tt_fixed_logs_init(tt_fixed_logs *logs, mpfr_prec_t precision, uint64_t expected,
                                           uint32_t largest);
void tt_fixed_logs_clear(tt_fixed_logs *logs);

/* Where not direct: log n for n >= 1, as it is found in the table; it may be overwritten by the next call. */
const mp_limb_t *tt_fixed_log_make(tt_fixed_logs *logs, uint32_t n);

static inline mp_limb_t *tt_fixed_log_slot(const tt_fixed_logs *logs, uint32_t n, size_t limbs)
{
    return logs->direct ? logs->table + n * limbs : logs->table + (n & (logs->slots - 1)) * (limbs + 1);
}

/* limbs = logs->limbs, where the compiler may know it. */
static inline const mp_limb_t *tt_fixed_log(tt_fixed_logs *logs, uint32_t n, size_t limbs)
{
    const mp_limb_t *slot = tt_fixed_log_slot(logs, n, limbs);
    if (logs->direct)
        return slot;
    return (uint32_t)slot[0] == n ? slot + 1 : tt_fixed_log_make(logs, n);
}

#endif

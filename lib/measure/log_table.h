/* Enclosures of log n for small integers, each computed once. Internal to the engines.

   Row weights are often small integers, and then every log ratio of a walk is a
   difference of two entries. The entries have 64 bits more than `precision`, and two
   different integers below TT_LOG_TABLE_SIZE have logs more than 2^-17 apart, so that a
   difference keeps a relative width below 2^-precision. */
#ifndef TRUSTREE_LOG_TABLE_H
#define TRUSTREE_LOG_TABLE_H

#include <gmp.h>
#include <mpfi.h>
#include <stdbool.h>
#include <stdint.h>

#include "../number/status.h"
#include "machine.h"
#ifdef TT_MACHINE_KERNELS
#include "log_fixed.h"
#endif

#define TT_LOG_TABLE_SIZE ((uint32_t)1 << 17)

typedef struct {
    mpfr_prec_t precision;
    mpfi_t **entries; /* TT_LOG_TABLE_SIZE, NULL until asked for */
    uint32_t *filled; /* which of them are not */
    size_t count, room;
#ifdef TT_MACHINE_KERNELS
    tt_fixed_logs fixed; /* where the entries come from, if not too long */
    bool has_fixed;
#endif
} tt_log_table;

TT_MUST_CHECK tt_status tt_log_table_init(tt_log_table *table, mpfr_prec_t precision);
void tt_log_table_clear(tt_log_table *table);

/* log n for 1 <= n < TT_LOG_TABLE_SIZE; NULL for other n, or without memory. */
mpfi_srcptr tt_log_table_get(tt_log_table *table, mpz_srcptr n);

#endif

#include "log_table.h"

#include <stdlib.h>

/* Bits that the fixed point has besides those of the entries, and the longest one there is. */
#define FIXED_MORE 16
#define FIXED_MAX ((TT_FIXED_LOG_LIMBS_MAX - 2) * GMP_NUMB_BITS)
#define FIXED_EXPECTED 1024

/* ---- from the fixed point, where it is there ---- */

#ifdef TT_MACHINE_KERNELS
static tt_status fixed_init(tt_log_table *table)
{
    table->has_fixed = table->precision + FIXED_MORE <= FIXED_MAX;
    return table->has_fixed ? tt_fixed_logs_init(&table->fixed, table->precision + FIXED_MORE, FIXED_EXPECTED, 0) : TT_OK;
}

static void fixed_clear(tt_log_table *table)
{
    if (table->has_fixed)
        tt_fixed_logs_clear(&table->fixed);
}

/* x = log n rounded down, n >= 2, from the fixed point; false where its error leaves two possibilities. */
static bool round_down(mpfr_ptr x, tt_log_table *table, uint32_t n)
{
    tt_fixed_logs *fixed = &table->fixed;
    mpfr_exp_t exponent = -(mpfr_exp_t)fixed->fraction;
    mpfr_t other;
    mpz_t z;
    bool same;
    if (!table->has_fixed)
        return false;
    mpz_init(z);
    mpfr_init2(other, mpfr_get_prec(x));
    mpn_copyi(mpz_limbs_write(z, (mp_size_t)fixed->limbs), tt_fixed_log(fixed, n, fixed->limbs),
              (mp_size_t)fixed->limbs);
    mpz_limbs_finish(z, (mp_size_t)fixed->limbs);
    mpz_sub_ui(z, z, TT_FIXED_LOG_ERROR);
    mpfr_set_z_2exp(x, z, exponent, MPFR_RNDD);
    mpz_add_ui(z, z, 2 * TT_FIXED_LOG_ERROR);
    mpfr_set_z_2exp(other, z, exponent, MPFR_RNDD);
    same = mpfr_equal_p(x, other);
    mpfr_clear(other);
    mpz_clear(z);
    return same;
}
#else
static tt_status fixed_init(tt_log_table *table)
{
    (void)table;
    return TT_OK;
}

static void fixed_clear(tt_log_table *table)
{
    (void)table;
}

static bool round_down(mpfr_ptr x, tt_log_table *table, uint32_t n)
{
    (void)x;
    (void)table;
    (void)n;
    return false;
}
#endif

/* ---- the table ---- */

tt_status tt_log_table_init(tt_log_table *table, mpfr_prec_t precision)
{
    table->precision = precision + 64;
    table->filled = NULL;
    table->count = table->room = 0;
    table->entries = calloc(TT_LOG_TABLE_SIZE, sizeof *table->entries);
    if (fixed_init(table) != TT_OK)
        return TT_NO_MEMORY;
    return table->entries ? TT_OK : TT_NO_MEMORY;
}

void tt_log_table_clear(tt_log_table *table)
{
    for (size_t k = 0; k < table->count; k++) {
        mpfi_t *entry = table->entries[table->filled[k]];
        mpfi_clear(*entry);
        free(entry);
    }
    fixed_clear(table);
    free(table->filled);
    free(table->entries);
    table->entries = NULL;
}

/* The tightest enclosure. The log of an integer > 1 is no floating-point number: its bounds are neighbours. */
static void enclose(mpfi_ptr out, tt_log_table *table, uint32_t n)
{
    if (n == 1) {
        mpfi_set_ui(out, 0);
        return;
    }
    if (!round_down(&out->left, table, n)) {
        mpfr_set_ui(&out->left, n, MPFR_RNDD);
        mpfr_log(&out->left, &out->left, MPFR_RNDD);
    }
    mpfr_set(&out->right, &out->left, MPFR_RNDD);
    mpfr_nextabove(&out->right);
}

/* A new entry; NULL without memory. */
static mpfi_t *fill(tt_log_table *table, uint32_t n)
{
    mpfi_t *entry;
    if (table->count == table->room) {
        size_t room = 2 * table->room + 64;
        uint32_t *grown = reallocarray(table->filled, room, sizeof *grown);
        if (!grown)
            return NULL;
        table->filled = grown;
        table->room = room;
    }
    entry = malloc(sizeof *entry);
    if (!entry)
        return NULL;
    table->filled[table->count++] = n;
    mpfi_init2(*entry, table->precision);
    enclose(*entry, table, n);
    /* cppcheck-suppress memleak ; the table has it */
    return table->entries[n] = entry;
}

mpfi_srcptr tt_log_table_get(tt_log_table *table, mpz_srcptr n)
{
    uint32_t small;
    mpfi_t *entry;
    if (mpz_sgn(n) <= 0 || mpz_cmp_ui(n, TT_LOG_TABLE_SIZE) >= 0)
        return NULL;
    small = (uint32_t)mpz_get_ui(n);
    entry = table->entries[small] ? table->entries[small] : fill(table, small);
    return entry ? *entry : NULL;
}

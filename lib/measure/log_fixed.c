#include "log_fixed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "factors.h"

#define SLOTS_MIN 64
#define SLOTS_MAX ((size_t)1 << 17)
#define SLOTS_FEW 8192 /* with more, all slots: most of a small table's pages would be touched, too */
#define CACHE_LINE 64
#define HUGE_PAGE ((size_t)2 << 20)

tt_status tt_fixed_logs_init(tt_fixed_logs *logs, mpfr_prec_t precision, uint64_t expected, uint32_t largest)
{
    size_t entries, size, alignment;
    size_t bits = (size_t)precision + 40 + TT_FIXED_LOG_INTEGER_BITS;
    memset(logs, 0, sizeof *logs);
    logs->limbs = (bits + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS;
    logs->fraction = (mpfr_prec_t)(logs->limbs * GMP_NUMB_BITS) - TT_FIXED_LOG_INTEGER_BITS;
    logs->slots = SLOTS_MIN;
    while (logs->slots < SLOTS_MAX && logs->slots < expected)
        logs->slots *= expected > SLOTS_FEW ? SLOTS_MAX / SLOTS_MIN : 2;
    logs->direct = logs->slots == SLOTS_MAX && largest > 0 && largest < SLOTS_MAX;
    alignment = logs->slots == SLOTS_MAX ? HUGE_PAGE : CACHE_LINE;
    if (logs->direct)
        logs->slots = (size_t)largest + 2; /* the log of a prime is made of those beside it */
    entries = logs->slots * (logs->limbs + !logs->direct);
    size = entries * sizeof *logs->table + (logs->direct ? logs->slots * sizeof *logs->errors : 0);
    logs->memory = calloc(size + alignment, 1);
    logs->table = (mp_limb_t *)(((uintptr_t)logs->memory + alignment - 1) / alignment * alignment);
    logs->errors = (uint16_t *)(logs->table + entries);
#ifdef MADV_HUGEPAGE
    if (alignment == HUGE_PAGE && logs->memory)
        (void)madvise(logs->table, size, MADV_HUGEPAGE); /* a hint: a thousand page faults fewer */
#endif
    mpfr_init2(logs->work, logs->fraction + 32);
    return logs->memory ? TT_OK : TT_NO_MEMORY;
}

void tt_fixed_logs_clear(tt_fixed_logs *logs)
{
    free(logs->memory);
    if (logs->limbs)
        mpfr_clear(logs->work);
}

/* x = log n truncated; error below 1. */
static void by_mpfr(mp_limb_t *x, tt_fixed_logs *logs, uint32_t n)
{
    mpz_t z;
    mpz_init(z);
    mpfr_set_ui(logs->work, n, MPFR_RNDN);
    mpfr_log(logs->work, logs->work, MPFR_RNDD);
    mpfr_mul_2si(logs->work, logs->work, (long)logs->fraction, MPFR_RNDD);
    mpfr_get_z(z, logs->work, MPFR_RNDD);
    mpn_zero(x, (mp_size_t)logs->limbs);
    if (mpz_size(z))
        mpn_copyi(x, mpz_limbs_read(z), (mp_size_t)mpz_size(z));
    mpz_clear(z);
}

/* x += 2 atanh(1/m), m = 2 p^2 - 1 >= 7: 2 sum_k m^-(2k+1) / (2k+1). Each term is a truncated quotient of truncated
   quotients: below it by less than 3. Returns a bound on the error. */
static unsigned add_atanh(mp_limb_t *x, const tt_fixed_logs *logs, uint64_t m)
{
    mp_limb_t power[TT_FIXED_LOG_LIMBS_MAX], term[TT_FIXED_LOG_LIMBS_MAX];
    mp_size_t n = (mp_size_t)logs->limbs;
    unsigned terms = 0;
    mpn_zero(power, n);
    power[n - 1] = (mp_limb_t)2 << (GMP_NUMB_BITS - TT_FIXED_LOG_INTEGER_BITS);
    mpn_divrem_1(power, 0, power, n, m);
    while (n > 0 && power[n - 1] == 0)
        n--;
    for (mp_limb_t odd = 1; n > 0; odd += 2, terms++) {
        mpn_divrem_1(term, 0, power, n, odd);
        if (mpn_add_n(x, x, term, n))
            mpn_add_1(x + n, x + n, (mp_size_t)logs->limbs - n, 1);
        mpn_divrem_1(power, 0, power, n, m);
        mpn_divrem_1(power, 0, power, n, m);
        while (n > 0 && power[n - 1] == 0)
            n--;
    }
    return 3 * terms + 3;
}

/* x += log n; returns a bound on the error of the summand. */
static unsigned add_log(mp_limb_t *x, tt_fixed_logs *logs, uint32_t n)
{
    const mp_limb_t *y = tt_fixed_log(logs, n, logs->limbs);
    mpn_add_n(x, x, y, (mp_size_t)logs->limbs);
    return logs->direct ? logs->errors[n] : (unsigned)(y[-1] >> 32);
}

/* x = log n; returns a bound on the error. Nothing here depends on what the table holds. */
static unsigned compute(mp_limb_t *x, tt_fixed_logs *logs, uint32_t n)
{
    uint32_t factor = n > 2 ? tt_prime_factor(n) : 0;
    unsigned error;
    if (n == 1) {
        mpn_zero(x, (mp_size_t)logs->limbs);
        return 0;
    }
    if (factor == 0) {
        by_mpfr(x, logs, n);
        return 1;
    }
    mpn_zero(x, (mp_size_t)logs->limbs);
    if (factor < n) {
        error = add_log(x, logs, factor);
        return error + add_log(x, logs, n / factor);
    }
    error = add_log(x, logs, n - 1);
    error += add_log(x, logs, n + 1);
    error += add_atanh(x, logs, 2 * (uint64_t)n * n - 1);
    mpn_rshift(x, x, (mp_size_t)logs->limbs, 1);
    return error / 2 + 2;
}

/* A slot that is not direct begins with n and the bound on the error, 32 bits each. */
const mp_limb_t *tt_fixed_log_make(tt_fixed_logs *logs, uint32_t n)
{
    mp_limb_t x[TT_FIXED_LOG_LIMBS_MAX], *slot = tt_fixed_log_slot(logs, n, logs->limbs);
    unsigned error = compute(x, logs, n);
    if (error > TT_FIXED_LOG_ERROR) {
        by_mpfr(x, logs, n);
        error = 1;
    }
    if (logs->direct)
        logs->errors[n] = (uint16_t)error;
    else
        *slot++ = (mp_limb_t)error << 32 | n;
    mpn_copyi(slot, x, (mp_size_t)logs->limbs);
    return slot;
}

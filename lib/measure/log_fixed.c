#include "log_fixed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "factors.h"

#define SLOTS_MIN 64
#define SLOTS_MAX ((size_t)1 << 17)
#define FILL_AFTER 4096 /* so many misses, all logs of the first half of a large table are made: many more will be asked for */
#define FILLED (SLOTS_MAX / 2)
#define SLOTS_FEW 8192 /* with more, all slots: most of a small table's pages would be touched, too */
#define CACHE_LINE 64
#define HUGE_PAGE ((size_t)2 << 20)

/* Where a length is known to the compiler, so that short numbers stay in registers. */
#define INLINE static inline __attribute__((always_inline))

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

/* Short numbers, for which a call of GMP takes longer than the work. */

/* out = x + y, n limbs; returns the carry. */
INLINE mp_limb_t add(mp_limb_t *out, const mp_limb_t *x, const mp_limb_t *y, size_t n)
{
    mp_limb_t carry = 0;
    _Pragma("GCC unroll 4")
    for (size_t k = 0; k < n; k++) {
        mp_limb_t sum = x[k] + carry;
        carry = sum < carry;
        out[k] = sum + y[k];
        carry += out[k] < sum;
    }
    return carry;
}

/* x += y of n limbs; x has more where there is a carry. */
static void add_short(mp_limb_t *x, const mp_limb_t *y, size_t n)
{
    mp_limb_t carry = add(x, x, y, n);
    while (carry)
        carry = ++x[n++] == 0;
}

/* out = x / d, truncated; returns its length without leading zeros. */
static size_t divide(mp_limb_t *out, const mp_limb_t *x, size_t n, mp_limb_t d)
{
    mp_limb_t rest = 0;
    for (size_t k = n; k-- > 0;) {
        mp_limb_t low = x[k];
        out[k] = rest == 0 ? low / d : (mp_limb_t)(((unsigned __int128)rest << 64 | low) / d);
        rest = low - out[k] * d;
    }
    while (n > 0 && out[n - 1] == 0)
        n--;
    return n;
}

/* x += 2 atanh(1/m), m = 2 p^2 - 1 >= 7: 2 sum_k m^-(2k+1) / (2k+1). Each term is a truncated quotient of truncated
   quotients: below it by less than 3. Returns a bound on the error. */
static unsigned add_atanh(mp_limb_t *x, const tt_fixed_logs *logs, uint64_t m)
{
    mp_limb_t power[TT_FIXED_LOG_LIMBS_MAX], term[TT_FIXED_LOG_LIMBS_MAX];
    size_t n = logs->limbs;
    unsigned terms = 1;
    for (size_t k = 0; k < n; k++)
        power[k] = 0;
    power[n - 1] = (mp_limb_t)2 << (GMP_NUMB_BITS - TT_FIXED_LOG_INTEGER_BITS);
    n = divide(power, power, n, m);
    add_short(x, power, n);
    for (mp_limb_t odd = 3; n > 0; odd += 2, terms++) {
        n = divide(power, power, n, m);
        n = divide(power, power, n, m);
        add_short(x, term, divide(term, power, n, odd));
    }
    return 3 * terms + 3;
}

/* x = log a + log b; returns a bound on the error. */
static unsigned sum_of_two(mp_limb_t *x, tt_fixed_logs *logs, uint32_t a, uint32_t b)
{
    size_t n = logs->limbs;
    const mp_limb_t *y = tt_fixed_log(logs, a, n);
    unsigned error;
    if (logs->direct) {
        add(x, y, tt_fixed_log(logs, b, n), n);
        return (unsigned)logs->errors[a] + logs->errors[b];
    }
    error = (unsigned)(y[-1] >> 32);
    mpn_copyi(x, y, (mp_size_t)n); /* the next one may take its place */
    y = tt_fixed_log(logs, b, n);
    add(x, x, y, n);
    return error + (unsigned)(y[-1] >> 32);
}

/* x = log n for n > 1; factor: its smallest prime factor, 0 where that is not known. Returns a bound on the error. Nothing
   here depends on what the table holds. */
static unsigned compute(mp_limb_t *x, tt_fixed_logs *logs, uint32_t n, uint32_t factor)
{
    unsigned error = TT_FIXED_LOG_ERROR + 1;
    if (factor > 0 && factor < n) {
        error = sum_of_two(x, logs, factor, n / factor);
    } else if (factor == n && n > 2) {
        error = sum_of_two(x, logs, n - 1, n + 1);
        error += add_atanh(x, logs, 2 * (uint64_t)n * n - 1);
        mpn_rshift(x, x, (mp_size_t)logs->limbs, 1);
        error = error / 2 + 2;
    }
    if (error <= TT_FIXED_LOG_ERROR)
        return error;
    by_mpfr(x, logs, n);
    return 1;
}

/* A slot that is not direct begins with n and the bound on the error, 32 bits each. */
static const mp_limb_t *make(tt_fixed_logs *logs, uint32_t n, uint32_t factor)
{
    mp_limb_t x[TT_FIXED_LOG_LIMBS_MAX] = { 0 }, *slot = tt_fixed_log_slot(logs, n, logs->limbs);
    unsigned error = n > 1 ? compute(x, logs, n, factor) : 0;
    *slot++ = (mp_limb_t)error << 32 | n;
    mpn_copyi(slot, x, (mp_size_t)logs->limbs);
    return slot;
}

/* factor[k] = the smallest prime factor of a composite k < n, 0 for others; n < 2^32. */
static void sieve(uint16_t *factor, size_t n)
{
    for (size_t p = 2; p * p < n; p++)
        for (size_t k = p * p; factor[p] == 0 && k < n; k += p)
            if (factor[k] == 0)
                factor[k] = (uint16_t)p;
}

/* log n, with those of smaller numbers in their slots and, where n is a prime, that of n + 1. */
static void make_missing(tt_fixed_logs *logs, const uint16_t *factor, uint32_t n)
{
    size_t limbs = logs->limbs;
    mp_limb_t *slot = tt_fixed_log_slot(logs, n, limbs);
    uint32_t a = factor[n];
    if ((uint32_t)slot[0] == n)
        return;
    if (a > 0) {
        const mp_limb_t *x = tt_fixed_log_slot(logs, a, limbs), *y = tt_fixed_log_slot(logs, n / a, limbs);
        mp_limb_t error = (x[0] >> 32) + (y[0] >> 32);
        if (error <= TT_FIXED_LOG_ERROR) {
            slot[0] = error << 32 | n;
            add(slot + 1, x + 1, y + 1, limbs); /* nearly all: not by way of compute */
            return;
        }
    }
    make(logs, n, a > 0 ? a : n);
}

/* All logs below FILLED, whose slots are their own in a large table: in ascending order (but that an odd prime takes the
   number after it first) each costs a fraction of what it does alone. Without memory for it they are made one by one. */
static void fill_large(tt_fixed_logs *logs)
{
    uint16_t *factor = calloc(FILLED + 1, sizeof *factor);
    if (!factor)
        return;
    sieve(factor, FILLED + 1);
    for (uint32_t n = 2; n < FILLED; n++) {
        if (n > 2 && factor[n] == 0)
            make_missing(logs, factor, n + 1);
        make_missing(logs, factor, n);
    }
    free(factor);
}

const mp_limb_t *tt_fixed_log_make(tt_fixed_logs *logs, uint32_t n)
{
    if (++logs->made == FILL_AFTER && logs->slots == SLOTS_MAX) {
        const mp_limb_t *slot = tt_fixed_log_slot(logs, n, logs->limbs);
        fill_large(logs);
        if ((uint32_t)slot[0] == n)
            return slot + 1;
    }
    return make(logs, n, n > 1 ? tt_prime_factor(n) : 0);
}

/* ---- all logs of a direct table ------------------------------------------------------ */

/* limbs = logs->limbs, where the compiler may know it. */
INLINE void fill_slot(tt_fixed_logs *logs, const uint16_t *factor, size_t k, size_t limbs)
{
    mp_limb_t *table = logs->table;
    size_t a = factor[k], b = a > 0 ? k / a : 0;
    unsigned error = (unsigned)logs->errors[a] + logs->errors[b];
    if (a > 0 && error <= TT_FIXED_LOG_ERROR)
        add(table + k * limbs, table + a * limbs, table + b * limbs, limbs); /* nearly all: not by way of compute */
    else
        error = compute(table + k * limbs, logs, (uint32_t)k, (uint32_t)(a > 0 ? a : k));
    logs->errors[k] = (uint16_t)error;
}

/* In ascending order, but that an odd prime takes the number after it first. */
INLINE void fill_slots(tt_fixed_logs *logs, const uint16_t *factor, size_t limbs)
{
    for (size_t k = 2; k + 1 < logs->slots; k++) {
        if (k > 2 && factor[k] == 0)
            fill_slot(logs, factor, k + 1, limbs);
        fill_slot(logs, factor, k, limbs);
    }
}

static tt_status fill(tt_fixed_logs *logs)
{
    size_t n = logs->slots;
    uint16_t *factor = calloc(2 * n, sizeof *factor);
    if (!factor)
        return TT_NO_MEMORY;
    logs->errors = factor + n;
    sieve(factor, n);
    if (logs->limbs == 2)
        fill_slots(logs, factor, 2);
    else
        fill_slots(logs, factor, logs->limbs);
    logs->errors = NULL;
    free(factor);
    return TT_OK;
}

/* ---- the table ------------------------------------------------------------------------ */

/* Makes room for the slots, on a huge page where they are many. */
static tt_status make_room(tt_fixed_logs *logs, bool many)
{
    size_t alignment = many ? HUGE_PAGE : CACHE_LINE;
    size_t size = logs->slots * (logs->limbs + !logs->direct) * sizeof *logs->table;
    logs->memory = calloc(size + alignment, 1);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): nothing else aligns memory that is zero at no cost */
    logs->table = (mp_limb_t *)(((uintptr_t)logs->memory + alignment - 1) / alignment * alignment);
#ifdef MADV_HUGEPAGE
    if (many && logs->memory)
        (void)madvise(logs->table, size, MADV_HUGEPAGE); /* a hint: a thousand page faults fewer */
#endif
    return logs->memory ? TT_OK : TT_NO_MEMORY;
}

tt_status tt_fixed_logs_init(tt_fixed_logs *logs, mpfr_prec_t precision, uint64_t expected, uint32_t largest)
{
    size_t bits = (size_t)precision + 40 + TT_FIXED_LOG_INTEGER_BITS;
    tt_status status;
    bool many;
    memset(logs, 0, sizeof *logs);
    logs->limbs = (bits + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS;
    logs->fraction = (mpfr_prec_t)(logs->limbs * GMP_NUMB_BITS) - TT_FIXED_LOG_INTEGER_BITS;
    mpfr_init2(logs->work, logs->fraction + 32);
    logs->slots = SLOTS_MIN;
    while (logs->slots < SLOTS_MAX && logs->slots < expected)
        logs->slots *= expected > SLOTS_FEW ? SLOTS_MAX / SLOTS_MIN : 2;
    many = logs->slots == SLOTS_MAX;
    logs->direct = many && largest > 0 && largest < SLOTS_MAX;
    if (logs->direct)
        logs->slots = (size_t)largest + 2; /* the log of a prime is made of those beside it */
    status = make_room(logs, many);
    return status == TT_OK && logs->direct ? fill(logs) : status;
}

void tt_fixed_logs_clear(tt_fixed_logs *logs)
{
    free(logs->memory);
    if (logs->limbs)
        mpfr_clear(logs->work);
}

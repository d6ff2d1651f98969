/* Factors of small integers and logs in fixed point, against trial division, GMP and MPFR. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "../../lib/measure/factors.h"
#include "../../lib/measure/log_table.h"
#include "../random_instance.h"
#include "../settings.h"

#define NUMBERS 4000

/* Small ones, primes and squares of primes about 2^10 and 2^20, the largest, and any. */
static uint32_t number(random_stream *stream, size_t k)
{
    static const uint32_t special[] = { 1, 2, 3, 4, 1021, 1031, 1021 * 1021, 1021 * 1031, 1031 * 1031, 1048573, 1048583,
                                        65535, 65536, 131071, 131072, 2147483647, 2147483646, 4294967291u, 4294967295u };
    if (k < sizeof special / sizeof *special)
        return special[k];
    return (uint32_t)(random_word(stream) >> (33 + random_below(stream, 30))) + 1;
}

static void test_factors(void **state)
{
    random_stream stream = { test_seed(1) };
    (void)state;
    for (size_t k = 0; k < NUMBERS * test_effort(); k++) {
        uint32_t n = number(&stream, k), factors[31], product = 1, least = n > 1 ? tt_prime_factor(n) : 1;
        size_t count = tt_factors_of(factors, n);
        for (size_t i = 0; i < count; i++) {
            assert_true(factors[i] > 1 && (i == 0 || factors[i - 1] <= factors[i]));
            for (uint32_t d = 2; d < 1024 && d < factors[i]; d++)
                assert_true(factors[i] % d != 0);
            product *= factors[i];
        }
        assert_int_equal(product, n);
        assert_true(least == 0 ? n >= 1u << 20 : n == 1 || (n % least == 0 && least == factors[0]));
    }
}

/* list = the product of n numbers, plain too. Some have large factors that are not prime, and those that lists share. */
static void random_list(tt_factors *list, mpz_t plain, size_t n, random_stream *stream)
{
    mpz_set_ui(plain, 1);
    list->n = 0;
    for (size_t k = 0; k < n; k++) {
        static const uint32_t shared[] = { 1031 * 1033, 1031 * 1039, 1033 * 1039, 1031 * 1031, 2097143, 65537, 65536, 12 };
        tt_factors one = { 0 };
        uint32_t m = random_below(stream, 4) ? number(stream, 20 + k) : shared[random_below(stream, 8)];
        assert_int_equal(tt_factors_set(&one, m), TT_OK);
        assert_int_equal(tt_factors_multiply(list, &one), TT_OK);
        mpz_mul_ui(plain, plain, m);
        tt_factors_clear(&one);
    }
}

/* Values ascend, and equal ones are numbered. */
static void check_order(const tt_factors *list)
{
    for (size_t k = 0; k < list->n; k++) {
        uint32_t value = tt_factor_value(list->items[k]);
        bool again = k > 0 && tt_factor_value(list->items[k - 1]) == value;
        assert_true(value > 1 && (k == 0 || again || tt_factor_value(list->items[k - 1]) < value));
        assert_int_equal(tt_factor_number(list->items[k]), again ? tt_factor_number(list->items[k - 1]) + 1 : 1);
    }
}

static void check_product(const tt_factors *list, const tt_factors *divisor, mpz_srcptr plain, tt_factors_work *work)
{
    mpz_t x;
    mpz_init(x);
    check_order(list);
    assert_int_equal(tt_factors_product(x, list, divisor, work), TT_OK);
    assert_int_equal(mpz_cmp(x, plain), 0);
    mpz_clear(x);
}

/* The common list of two products is a multiple of both, no more than their product, and times a third what it says. */
static void test_lists(void **state)
{
    random_stream stream = { test_seed(2) };
    tt_factors_work work = { 0 };
    mpz_t a, b, c, to_a, to_b, common, x;
    (void)state;
    mpz_inits(a, b, c, to_a, to_b, common, x, NULL);
    for (size_t k = 0; k < 200 * test_effort(); k++) {
        tt_factors list_a = { 0 }, list_b = { 0 }, times = { 0 }, join = { 0 }, out = { 0 };
        size_t most = random_below(&stream, 3) ? 6 : 250;
        random_list(&list_a, a, random_below(&stream, most), &stream);
        random_list(&list_b, b, random_below(&stream, most), &stream);
        random_list(&times, c, random_below(&stream, 4), &stream);
        check_product(&list_a, NULL, a, &work);
        assert_int_equal(tt_factors_copy(&join, &list_a), TT_OK);
        assert_int_equal(tt_factors_join(&join, &list_b), TT_OK);
        assert_int_equal(tt_factors_product(common, &join, NULL, &work), TT_OK);
        mpz_mul(x, a, b);
        assert_true(mpz_divisible_p(x, common) && mpz_divisible_p(common, a) && mpz_divisible_p(common, b));
        mpz_divexact(x, common, a);
        check_product(&join, &list_a, x, &work);
        assert_int_equal(tt_factors_common(&out, to_a, to_b, &list_a, &list_b, &times, &work), TT_OK);
        mpz_mul(x, common, c);
        check_product(&out, NULL, x, &work);
        mpz_mul(x, a, to_a);
        assert_int_equal(mpz_cmp(x, common), 0);
        mpz_mul(x, b, to_b);
        assert_int_equal(mpz_cmp(x, common), 0);
        tt_factors_clear(&list_a);
        tt_factors_clear(&list_b);
        tt_factors_clear(&times);
        tt_factors_clear(&join);
        tt_factors_clear(&out);
    }
    tt_factors_work_clear(&work);
    mpz_clears(a, b, c, to_a, to_b, common, x, NULL);
}

/* Lowest terms are those of GMP: of numbers that share much with a list, little, nothing or are 0. */
static void test_cancel(void **state)
{
    random_stream stream = { test_seed(5) };
    tt_factors_work work = { 0 };
    mpz_t denominator, part, x;
    mpq_t plain;
    (void)state;
    mpz_inits(denominator, part, x, NULL);
    mpq_init(plain);
    for (size_t k = 0; k < 200 * test_effort(); k++) {
        tt_factors list = { 0 }, some = { 0 };
        size_t n = random_below(&stream, 4) ? random_below(&stream, 40) : 1500;
        random_list(&list, denominator, n, &stream);
        mpz_set_ui(x, random_below(&stream, 20));
        for (size_t i = 0; i < list.n; i++)
            if (k % 3 == 0 || (k % 3 == 1 && random_below(&stream, 50) == 0))
                mpz_mul_ui(x, x, random_below(&stream, 2) ? tt_factor_value(list.items[i]) : 1031);
        random_list(&some, part, random_below(&stream, 30), &stream);
        mpz_mul(x, x, part);
        if (k % 2)
            mpz_neg(x, x);
        mpz_set(mpq_numref(plain), x);
        mpz_set(mpq_denref(plain), denominator);
        mpq_canonicalize(plain);
        assert_int_equal(tt_factors_cancel(x, &list, &work), TT_OK);
        assert_int_equal(mpz_cmp(x, mpq_numref(plain)), 0);
        check_product(&list, NULL, mpq_denref(plain), &work);
        tt_factors_clear(&list);
        tt_factors_clear(&some);
    }
    tt_factors_work_clear(&work);
    mpz_clears(denominator, part, x, NULL);
    mpq_clear(plain);
}

/* |log n - x 2^-fraction| <= TT_FIXED_LOG_ERROR 2^-fraction, and the same x whatever was asked before. */
static void test_logs(void **state)
{
    static const mpfr_prec_t precisions[] = { 32, 128, 300, 2000 };
    (void)state;
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        random_stream stream = { test_seed(3) };
        tt_fixed_logs small, large;
        mpfr_t log, difference;
        mpz_t x;
        mpz_init(x);
        assert_int_equal(tt_fixed_logs_init(&small, precisions[p], 1, 0), TT_OK);
        assert_int_equal(tt_fixed_logs_init(&large, precisions[p], 1 << 20, 0), TT_OK);
        assert_true(small.slots < large.slots);
        assert_true(large.fraction >= precisions[p] + 10);
        mpfr_init2(log, large.fraction + 64);
        mpfr_init2(difference, 64);
        for (size_t k = 0; k < 600 * test_effort(); k++) {
            uint32_t n = number(&stream, k);
            const mp_limb_t *a = tt_fixed_log(&small, n, small.limbs), *b = tt_fixed_log(&large, n, large.limbs);
            assert_memory_equal(a, b, small.limbs * sizeof *a);
            assert_true(b[-1] >> 32 <= TT_FIXED_LOG_ERROR);
            mpn_copyi(mpz_limbs_write(x, (mp_size_t)large.limbs), b, (mp_size_t)large.limbs);
            mpz_limbs_finish(x, (mp_size_t)large.limbs);
            mpfr_set_ui(log, n, MPFR_RNDN);
            mpfr_log(log, log, MPFR_RNDN);
            mpfr_mul_2si(log, log, (long)large.fraction, MPFR_RNDN);
            mpfr_sub_z(difference, log, x, MPFR_RNDN);
            mpfr_abs(difference, difference, MPFR_RNDN);
            assert_true(mpfr_cmp_ui(difference, (unsigned long)(b[-1] >> 32)) <= 0);
        }
        mpfr_clear(log);
        mpfr_clear(difference);
        mpz_clear(x);
        tt_fixed_logs_clear(&small);
        tt_fixed_logs_clear(&large);
    }
}

/* After many misses the first half of a large table is filled: the same logs and bounds as one by one. */
static void test_logs_filled(void **state)
{
    static const mpfr_prec_t precisions[] = { 40, 104, 300 };
    (void)state;
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        random_stream stream = { test_seed(6) };
        tt_fixed_logs small, large;
        size_t size;
        assert_int_equal(tt_fixed_logs_init(&small, precisions[p], 1, 0), TT_OK);
        assert_int_equal(tt_fixed_logs_init(&large, precisions[p], 1 << 20, 0), TT_OK);
        size = (small.limbs + 1) * sizeof(mp_limb_t);
        for (uint32_t k = 0; k < 6000; k++)
            tt_fixed_log(&large, 1 + (uint32_t)random_below(&stream, 400000), large.limbs);
        assert_true(large.made >= 4096);
        assert_int_equal((uint32_t)tt_fixed_log_slot(&large, 65521, large.limbs)[0] % 131072, 65521);
        for (uint32_t k = 0; k < 4000 * test_effort(); k++) {
            uint32_t n = 1 + (uint32_t)random_below(&stream, k % 2 ? 65536 : 200000);
            const mp_limb_t *b = tt_fixed_log(&large, n, large.limbs);
            assert_memory_equal(tt_fixed_log(&small, n, small.limbs) - 1, b - 1, size);
        }
        tt_fixed_logs_clear(&small);
        tt_fixed_logs_clear(&large);
    }
}

/* Where every integer up to `largest` has its own slot, the logs are the same. */
static void test_logs_direct(void **state)
{
    static const mpfr_prec_t precisions[] = { 40, 104, 300 };
    static const uint32_t largest[] = { 1, 2, 1000, 65536, (1 << 17) - 1 };
    (void)state;
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++)
        for (size_t l = 0; l < sizeof largest / sizeof *largest; l++) {
            random_stream stream = { test_seed(4) };
            tt_fixed_logs direct, other;
            size_t size;
            assert_int_equal(tt_fixed_logs_init(&direct, precisions[p], 1 << 20, largest[l]), TT_OK);
            assert_int_equal(tt_fixed_logs_init(&other, precisions[p], 1 << 20, 0), TT_OK);
            assert_true(direct.direct && !other.direct);
            assert_int_equal(direct.limbs, other.limbs);
            size = direct.limbs * sizeof(mp_limb_t);
            for (size_t k = 0; k < 2000 * test_effort(); k++) {
                uint32_t n = k < 8 && k < largest[l] ? largest[l] - (uint32_t)k : 1 + number(&stream, k) % largest[l];
                const mp_limb_t *a = tt_fixed_log(&direct, n, direct.limbs), *b = tt_fixed_log(&other, n, other.limbs);
                assert_memory_equal(a, b, size);
                assert_ptr_equal(a, tt_fixed_log_slot(&direct, n, direct.limbs));
                assert_memory_equal(a, tt_fixed_log(&direct, n, direct.limbs), size);
            }
            tt_fixed_logs_clear(&direct);
            tt_fixed_logs_clear(&other);
        }
}

/* The table's intervals are those of MPFI: the bounds are rounded correctly. */
static void test_table(void **state)
{
    static const mpfr_prec_t precisions[] = { 32, 160, 1000, 5000 };
    (void)state;
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        random_stream stream = { test_seed(4) };
        tt_log_table table;
        mpfi_t log;
        mpz_t n;
        mpz_init(n);
        assert_int_equal(tt_log_table_init(&table, precisions[p]), TT_OK);
        mpfi_init2(log, table.precision);
        for (size_t k = 0; k < 200 * test_effort(); k++) {
            mpfi_srcptr entry;
            mpz_set_ui(n, k < 20 ? k + 1 : random_below(&stream, TT_LOG_TABLE_SIZE - 1) + 1);
            entry = tt_log_table_get(&table, n);
            assert_non_null(entry);
            mpfi_set_z(log, n);
            mpfi_log(log, log);
            assert_true(mpfr_equal_p(&entry->left, &log->left) && mpfr_equal_p(&entry->right, &log->right));
        }
        mpz_set_ui(n, TT_LOG_TABLE_SIZE);
        assert_null(tt_log_table_get(&table, n));
        mpfi_clear(log);
        mpz_clear(n);
        tt_log_table_clear(&table);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_factors),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_logs),
        cmocka_unit_test(test_logs_filled),
        cmocka_unit_test(test_logs_direct),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

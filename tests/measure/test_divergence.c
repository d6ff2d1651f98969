/* Divergences of two rows: by hand, and against sums of mpq_t and 400-bit logs on generated rows. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>

#include "../../lib/measure/divergence.h"
#include "../../lib/number/exact.h"
#include "../random_instance.h"
#include "../settings.h"

#define TOKENS 5
#define BITS 128

typedef struct {
    tt_rows view;
    mpz_t weights[2 * TOKENS + 1];
} pair;

static void pair_init(pair *p, size_t n, const uint64_t *rollout, const uint64_t *target, uint64_t total)
{
    for (size_t k = 0; k < 2 * TOKENS + 1; k++)
        mpz_init(p->weights[k]);
    for (size_t v = 0; v < n; v++) {
        tt_exact_set_u64(p->weights[v], rollout[v]);
        tt_exact_set_u64(p->weights[n + v], target[v]);
    }
    tt_exact_set_u64(p->weights[2 * n], total);
    p->view = (tt_rows){ .n = n, .rollout = p->weights[0], .target = p->weights[n], .total = p->weights[2 * n],
                         .pair = TT_NO_PAIR };
}

static void pair_clear(pair *p)
{
    for (size_t k = 0; k < 2 * TOKENS + 1; k++)
        mpz_clear(p->weights[k]);
}

/* Rows (1/2, 1/4, 1/4) and (1/4, 1/4, 1/2): TV 1/4, chi2 = (1/16)/(1/2) + (1/16)/(1/4) = 3/8,
   KL = 1/2 log 2 - 1/4 log 2 = (log 2)/4 both ways; c(1/2) = 2 (1/16)/(3/8) = 1/3;
   kappa = 3/2 refuses the ratio 2: tilde pi = (1/4, 1/4, 1/4), mass 1/4, chi2 = 1/8. */
static void by_hand(void **state)
{
    static const uint64_t rollout[] = { 2, 1, 1 }, target[] = { 1, 1, 2 };
    pair p;
    mpq_t q, chi2;
    tt_real kl, want;
    (void)state;
    pair_init(&p, 3, rollout, target, 4);
    mpq_inits(q, chi2, NULL);
    tt_real_init(&kl);
    tt_real_init(&want);
    tt_row_tv(q, &p.view);
    assert_int_equal(mpq_cmp_ui(q, 1, 4), 0);
    assert_true(tt_row_tilt(q, &p.view, 0));
    assert_int_equal(mpq_cmp_ui(q, 3, 8), 0);
    assert_true(tt_row_tilt(q, &p.view, 3));
    assert_int_equal(mpq_cmp_ui(q, 1, 3), 0);
    tt_row_truncated(q, chi2, &p.view, 3, 2);
    assert_int_equal(mpq_cmp_ui(q, 1, 4), 0);
    assert_int_equal(mpq_cmp_ui(chi2, 1, 8), 0);
    tt_row_truncated(q, chi2, &p.view, 2, 1); /* a ratio at kappa itself is kept */
    assert_int_equal(mpq_sgn(q), 0);
    tt_real_set_ui(&want, 2);
    tt_real_log(&want, &want, 300);
    tt_real_mul_frac(&want, &want, 1, 4, 300);
    tt_row_kl(&kl, &p.view, BITS);
    assert_int_equal(tt_real_cmp(&kl, &want), TT_UNKNOWN);
    assert_true(tt_real_width_log2(&kl) < -100);
    tt_row_kl_reverse(&kl, &p.view, BITS);
    assert_int_equal(tt_real_cmp(&kl, &want), TT_UNKNOWN);
    assert_true(tt_row_dominated(&p.view));
    mpq_clears(q, chi2, NULL);
    tt_real_clear(&kl);
    tt_real_clear(&want);
    pair_clear(&p);
}

static void missing_tokens(void **state)
{
    static const uint64_t rollout[] = { 1, 1, 0 }, target[] = { 0, 1, 1 };
    pair p;
    mpq_t q;
    tt_real x;
    (void)state;
    pair_init(&p, 3, rollout, target, 2);
    mpq_init(q);
    tt_real_init(&x);
    assert_false(tt_row_dominated(&p.view));
    assert_false(tt_row_tilt(q, &p.view, 0));
    assert_false(tt_row_tilt(q, &p.view, 6));
    assert_true(tt_row_tilt(q, &p.view, 3)); /* 1/4/(1/4) + 1/4/(1/4) */
    assert_int_equal(mpq_cmp_ui(q, 2, 1), 0);
    tt_row_kl(&x, &p.view, BITS);
    assert_true(tt_real_is_infinite(&x));
    tt_row_kl_reverse(&x, &p.view, BITS);
    assert_true(tt_real_is_infinite(&x));
    tt_row_k3(&x, &p.view, 0, BITS); /* rho = 0 */
    assert_true(tt_real_is_infinite(&x));
    tt_row_k3(&x, &p.view, 1, BITS); /* rho = 1 */
    assert_true(tt_real_is_zero(&x));
    mpq_clear(q);
    tt_real_clear(&x);
    pair_clear(&p);
}

static void equal_rows_are_exactly_zero(void **state)
{
    static const uint64_t row[] = { 1, 0, 2 };
    pair p;
    tt_real x;
    mpq_t q;
    (void)state;
    pair_init(&p, 3, row, row, 3);
    tt_real_init(&x);
    mpq_init(q);
    tt_row_tv(q, &p.view);
    assert_int_equal(mpq_sgn(q), 0);
    for (unsigned k = 0; k <= 6; k++) {
        assert_true(tt_row_tilt(q, &p.view, k));
        assert_int_equal(mpq_sgn(q), 0);
    }
    tt_row_kl(&x, &p.view, BITS);
    assert_true(tt_real_is_zero(&x));
    tt_row_kl_reverse(&x, &p.view, BITS);
    assert_true(tt_real_is_zero(&x));
    mpq_clear(q);
    tt_real_clear(&x);
    pair_clear(&p);
}

/* KL of rows a few parts in 10^18 apart: about 1e-36, narrow all the same. */
static void near_rows_stay_narrow(void **state)
{
    static const uint64_t rollout[] = { 500000000000000000, 500000000000000000 };
    static const uint64_t target[] = { 500000000000000001, 499999999999999999 };
    pair p;
    tt_real x;
    (void)state;
    pair_init(&p, 2, rollout, target, 1000000000000000000);
    tt_real_init(&x);
    tt_row_kl(&x, &p.view, BITS);
    assert_true(tt_real_width_log2(&x) <= 8 - BITS);
    assert_int_equal(tt_real_cmp_ui(&x, 0), TT_GREATER);
    tt_row_k3(&x, &p.view, 0, BITS);
    assert_true(tt_real_width_log2(&x) <= 8 - BITS);
    tt_row_log_ratio(&x, &p.view, 0, BITS);
    assert_true(tt_real_width_log2(&x) <= 8 - BITS);
    tt_real_clear(&x);
    pair_clear(&p);
}

static void draw_row(uint64_t *row, size_t n, uint64_t total, random_stream *stream)
{
    for (size_t v = 0; v < n; v++)
        row[v] = 0;
    while (total > 0) {
        uint64_t part = 1 + random_below(stream, total);
        row[random_below(stream, n)] += part;
        total -= part;
    }
}

/* sum w f(p/r) straight from the definition, at 400 bits. */
static void plain_kl(mpfi_ptr out, const uint64_t *a, const uint64_t *b, size_t n, uint64_t total)
{
    mpfi_t term;
    mpfi_init2(term, 400);
    mpfi_set_ui(out, 0);
    for (size_t v = 0; v < n; v++)
        if (a[v] != 0) {
            mpfi_set_ui(term, a[v]);
            mpfi_div_ui(term, term, b[v]);
            mpfi_log(term, term);
            mpfi_mul_ui(term, term, a[v]);
            mpfi_div_ui(term, term, total);
            mpfi_add(out, out, term);
        }
    mpfi_clear(term);
}

static bool overlaps(const tt_real *x, mpfi_srcptr plain)
{
    tt_real y;
    bool good;
    tt_real_init(&y);
    tt_real_set_interval(&y, plain);
    good = tt_real_cmp(x, &y) == TT_UNKNOWN || tt_real_cmp(x, &y) == TT_EQUAL ||
           (tt_real_is_zero(x) && !mpfi_is_strictly_pos(plain) && !mpfi_is_strictly_neg(plain));
    tt_real_clear(&y);
    return good;
}

static void generated_rows(void **state)
{
    random_stream stream = { test_seed(1) };
    (void)state;
    print_message("seed %" PRIu64 "\n", stream.state);
    for (uint64_t k = 0; k < 3000 * test_effort(); k++) {
        uint64_t rollout[TOKENS], target[TOKENS], total = 1 + random_below(&stream, 40);
        unsigned sixths = (unsigned)random_below(&stream, 7);
        size_t n = 1 + random_below(&stream, TOKENS);
        bool dominated = true, covers = true, infinite = false;
        pair p;
        mpq_t q, want, term;
        tt_real x;
        mpfi_t plain;
        draw_row(rollout, n, total, &stream);
        draw_row(target, n, total, &stream);
        pair_init(&p, n, rollout, target, total);
        mpq_inits(q, want, term, NULL);
        tt_real_init(&x);
        mpfi_init2(plain, 400);
        for (size_t v = 0; v < n; v++) {
            long d = (long)target[v] - (long)rollout[v];
            uint64_t weight = (6 - sixths) * rollout[v] + sixths * target[v];
            dominated = dominated && (target[v] == 0 || rollout[v] != 0);
            covers = covers && (rollout[v] == 0 || target[v] != 0);
            if (d == 0)
                continue;
            if (weight == 0) {
                infinite = true;
                continue;
            }
            mpq_set_ui(term, 6 * (uint64_t)(d * d), weight * total);
            mpq_canonicalize(term);
            mpq_add(want, want, term);
        }
        assert_int_equal(tt_row_dominated(&p.view), dominated);
        assert_int_equal(tt_row_tilt(q, &p.view, sixths), !infinite);
        if (!infinite)
            assert_true(mpq_equal(q, want));
        tt_row_kl(&x, &p.view, BITS);
        assert_int_equal(tt_real_is_infinite(&x), !covers);
        if (covers) {
            plain_kl(plain, rollout, target, n, total);
            assert_true(overlaps(&x, plain));
            tt_row_mean_k1(&x, &p.view, BITS);
            assert_true(overlaps(&x, plain));
            if (dominated) {
                tt_row_mean_k3(&x, &p.view, BITS);
                assert_true(overlaps(&x, plain));
            }
        }
        tt_row_kl_reverse(&x, &p.view, BITS);
        assert_int_equal(tt_real_is_infinite(&x), !dominated);
        if (dominated) {
            plain_kl(plain, target, rollout, n, total);
            assert_true(overlaps(&x, plain));
        }
        mpq_clears(q, want, term, NULL);
        tt_real_clear(&x);
        mpfi_clear(plain);
        pair_clear(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_hand),
        cmocka_unit_test(missing_tokens),
        cmocka_unit_test(equal_rows_are_exactly_zero),
        cmocka_unit_test(near_rows_stay_narrow),
        cmocka_unit_test(generated_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

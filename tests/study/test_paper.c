/* The printed numbers against a second route: plain loops in MPFR, with the inputs typed in again. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/catalogue/bounds.h"
#include "../../lib/study/paper.h"

#define BITS 400 /* of the second route */
#define DIGITS 60

/* What a row's formula reads; NULL where it does not. */
typedef struct {
    unsigned long steps;
    const char *delta, *eps, *kl_seq, *tv_seq;
    const char *a, *b, *c; /* whatever else */
} inputs;

typedef void formula(mpfr_t out, const inputs *in);

static void set(mpfr_t x, const char *text)
{
    mpfr_init2(x, BITS);
    assert_int_equal(mpfr_set_str(x, text, 10, MPFR_RNDN), 0);
}

/* ---- the bounds ---------------------------------------------------------------------------------- */

/* out = sqrt(kl / 2) */
static void pinsker_root(mpfr_t out, const char *kl)
{
    set(out, kl);
    mpfr_div_ui(out, out, 2, MPFR_RNDN);
    mpfr_sqrt(out, out, MPFR_RNDN);
}

static void eps_of(mpfr_t out, const inputs *in)
{
    if (in->eps)
        set(out, in->eps);
    else
        pinsker_root(out, in->delta);
}

static void cap(mpfr_t x)
{
    if (mpfr_cmp_ui(x, 1) > 0)
        mpfr_set_ui(x, 1, MPFR_RNDN);
}

static void classical_kl(mpfr_t out, const inputs *in)
{
    mpfr_t delta;
    set(delta, in->delta);
    mpfr_mul_ui(out, delta, in->steps * (in->steps - 1), MPFR_RNDN);
    mpfr_clear(delta);
}

static void classical_tv(mpfr_t out, const inputs *in)
{
    mpfr_t eps;
    eps_of(eps, in);
    mpfr_sqr(out, eps, MPFR_RNDN);
    mpfr_mul_ui(out, out, 2 * in->steps * (in->steps - 1), MPFR_RNDN);
    mpfr_clear(eps);
}

/* out = 4 front sum_{t=1..T} min(1, linear (t-1), root sqrt(t-1)); NULL for no such term */
static void marginal(mpfr_t out, const inputs *in, mpfr_srcptr front, mpfr_srcptr linear, mpfr_srcptr root, int capped)
{
    mpfr_t term, other;
    mpfr_inits2(BITS, term, other, (mpfr_ptr)0);
    mpfr_set_ui(out, 0, MPFR_RNDN);
    for (unsigned long t = 1; t <= in->steps; t++) {
        mpfr_set_inf(term, 1);
        if (linear)
            mpfr_mul_ui(term, linear, t - 1, MPFR_RNDN);
        if (root) {
            mpfr_sqrt_ui(other, t - 1, MPFR_RNDN);
            mpfr_mul(other, other, root, MPFR_RNDN);
            mpfr_min(term, term, other, MPFR_RNDN);
        }
        if (capped)
            cap(term);
        mpfr_add(out, out, term, MPFR_RNDN);
    }
    mpfr_mul(out, out, front, MPFR_RNDN);
    mpfr_mul_ui(out, out, 4, MPFR_RNDN);
    mpfr_clears(term, other, (mpfr_ptr)0);
}

static void coupling(mpfr_t out, const inputs *in)
{
    mpfr_t eps;
    eps_of(eps, in);
    marginal(out, in, eps, eps, NULL, 1);
    mpfr_clear(eps);
}

static void pm_kl(mpfr_t out, const inputs *in)
{
    mpfr_t root;
    pinsker_root(root, in->delta);
    marginal(out, in, root, NULL, root, 1);
    mpfr_clear(root);
}

static void pm_kl_uncapped(mpfr_t out, const inputs *in)
{
    mpfr_t root;
    pinsker_root(root, in->delta);
    marginal(out, in, root, NULL, root, 0);
    mpfr_clear(root);
}

static void pm_tv(mpfr_t out, const inputs *in)
{
    mpfr_t root, eps;
    pinsker_root(root, in->delta);
    eps_of(eps, in);
    marginal(out, in, eps, NULL, root, 1);
    mpfr_clears(root, eps, (mpfr_ptr)0);
}

/* Dbar_t = eps; t and T - t + 1 change places */
static void adaptive(mpfr_t out, const inputs *in)
{
    mpfr_t root, eps;
    pinsker_root(root, in->delta);
    eps_of(eps, in);
    marginal(out, in, eps, eps, root, 1);
    mpfr_clears(root, eps, (mpfr_ptr)0);
}

/* (8/3) T^{3/2} eps sqrt(delta/2); with eps = sqrt(delta/2) it is (4/3) T^{3/2} delta */
static void pm_tv_simple(mpfr_t out, const inputs *in)
{
    mpfr_t root, eps;
    pinsker_root(root, in->delta);
    eps_of(eps, in);
    mpfr_set_ui(out, in->steps, MPFR_RNDN);
    mpfr_pow_ui(out, out, 3, MPFR_RNDN);
    mpfr_sqrt(out, out, MPFR_RNDN);
    mpfr_mul(out, out, root, MPFR_RNDN);
    mpfr_mul(out, out, eps, MPFR_RNDN);
    mpfr_mul_ui(out, out, 8, MPFR_RNDN);
    mpfr_div_ui(out, out, 3, MPFR_RNDN);
    mpfr_clears(root, eps, (mpfr_ptr)0);
}

static void pm_simple(mpfr_t out, const inputs *in)
{
    inputs kl = *in;
    kl.eps = NULL;
    pm_tv_simple(out, &kl);
}

/* 4 T x y with both capped at 1; clears x and y */
static void mixed(mpfr_t out, unsigned long steps, mpfr_t x, mpfr_t y)
{
    cap(x);
    cap(y);
    mpfr_mul(out, x, y, MPFR_RNDN);
    mpfr_mul_ui(out, out, 4 * steps, MPFR_RNDN);
    mpfr_clears(x, y, (mpfr_ptr)0);
}

static void mixed_kl(mpfr_t out, const inputs *in)
{
    mpfr_t x, y;
    pinsker_root(x, in->delta);
    pinsker_root(y, in->kl_seq);
    mixed(out, in->steps, x, y);
}

static void mixed_tv(mpfr_t out, const inputs *in)
{
    mpfr_t x, y;
    eps_of(x, in);
    if (in->tv_seq)
        set(y, in->tv_seq);
    else
        pinsker_root(y, in->kl_seq);
    mixed(out, in->steps, x, y);
}

static void linear(mpfr_t out, const inputs *in)
{
    mpfr_t eps;
    eps_of(eps, in);
    mpfr_mul_ui(out, eps, 4 * in->steps, MPFR_RNDN);
    mpfr_clear(eps);
}

static void unified(mpfr_t out, const inputs *in)
{
    formula *const members[] = { pm_kl, pm_tv, mixed_kl, mixed_tv, coupling, adaptive };
    mpfr_t x;
    mpfr_init2(x, BITS);
    mpfr_set_inf(out, 1);
    for (size_t k = 0; k < sizeof members / sizeof *members; k++) {
        members[k](x, in);
        mpfr_min(out, out, x, MPFR_RNDN);
    }
    mpfr_clear(x);
}

static void quotient(mpfr_t out, const inputs *in, formula *numerator, formula *denominator)
{
    mpfr_t x;
    mpfr_init2(x, BITS);
    numerator(out, in);
    denominator(x, in);
    mpfr_div(out, out, x, MPFR_RNDN);
    mpfr_clear(x);
}

static void classical_over_simple(mpfr_t out, const inputs *in)
{
    quotient(out, in, classical_kl, pm_simple);
}

static void classical_over_capped(mpfr_t out, const inputs *in)
{
    quotient(out, in, classical_kl, pm_kl);
}

static void classical_over_mixed(mpfr_t out, const inputs *in)
{
    quotient(out, in, classical_kl, mixed_kl);
}

static void classical_over_unified(mpfr_t out, const inputs *in)
{
    quotient(out, in, classical_kl, unified);
}

static void simple_over_capped(mpfr_t out, const inputs *in)
{
    quotient(out, in, pm_simple, pm_kl);
}

/* ---- the other numbers ---------------------------------------------------------------------------- */

static void total_kl(mpfr_t out, const inputs *in)
{
    mpfr_t delta;
    set(delta, in->delta);
    mpfr_mul_ui(out, delta, in->steps, MPFR_RNDN);
    mpfr_clear(delta);
}

static void front(mpfr_t out, const inputs *in)
{
    mpfr_t root;
    pinsker_root(root, in->delta);
    mpfr_mul_ui(out, root, 4, MPFR_RNDN);
    mpfr_clear(root);
}

static void sum_of_caps(mpfr_t out, const inputs *in)
{
    quotient(out, in, pm_kl, front);
}

/* Positions where sqrt((t-1) delta / 2) is 1 or more. */
static void saturated(mpfr_t out, const inputs *in)
{
    mpfr_t root, term;
    unsigned long count = 0;
    pinsker_root(root, in->delta);
    mpfr_init2(term, BITS);
    for (unsigned long t = 1; t <= in->steps; t++) {
        mpfr_sqr(term, root, MPFR_RNDN);
        mpfr_mul_ui(term, term, t - 1, MPFR_RNDN);
        count += mpfr_cmp_ui(term, 1) >= 0;
    }
    mpfr_set_ui(out, count, MPFR_RNDN);
    mpfr_clears(root, term, (mpfr_ptr)0);
}

/* exp(T log1p(-p)), p = a */
static void acceptance(mpfr_t out, const inputs *in)
{
    mpfr_t p;
    set(p, in->a);
    mpfr_neg(p, p, MPFR_RNDN);
    mpfr_log1p(out, p, MPFR_RNDN);
    mpfr_mul_ui(out, out, in->steps, MPFR_RNDN);
    mpfr_exp(out, out, MPFR_RNDN);
    mpfr_clear(p);
}

static void number(mpfr_t out, const inputs *in)
{
    mpfr_set_str(out, in->a, 10, MPFR_RNDN);
}

static void absolute_log(mpfr_t out, const inputs *in)
{
    mpfr_set_str(out, in->a, 10, MPFR_RNDN);
    mpfr_log(out, out, MPFR_RNDN);
    mpfr_abs(out, out, MPFR_RNDN);
}

static void k3(mpfr_t out, const inputs *in)
{
    mpfr_t rho;
    set(rho, in->a);
    mpfr_log(out, rho, MPFR_RNDN);
    mpfr_sub(out, rho, out, MPFR_RNDN);
    mpfr_sub_ui(out, out, 1, MPFR_RNDN);
    mpfr_clear(rho);
}

static void ratio(mpfr_t out, const inputs *in)
{
    mpfr_t b;
    set(b, in->b);
    mpfr_set_str(out, in->a, 10, MPFR_RNDN);
    mpfr_div(out, out, b, MPFR_RNDN);
    mpfr_clear(b);
}

/* ---- every cell ----------------------------------------------------------------------------------- */

#define SMALL { 4096, .delta = "1e-4" }
#define SPARSE { 4096, .delta = "1e-4", .kl_seq = "0.01" }
#define KL_TV { 4096, .delta = "1e-4", .kl_seq = "0.01", .eps = "0.005", .tv_seq = "0.05" }
#define LARGE { 4096, .delta = "1", .kl_seq = "1" }
#define MIDDLE { 4096, .delta = "0.01" }
#define ACCEPT(p, t) { t, .a = p }
#define NUMBER(x) { 0, .a = x }

/* In the order of the cells. misprinted: whether the print is wrong, by hand. */
static const struct {
    const char *where, *printed;
    formula *value;
    inputs in;
    int misprinted;
} rows[] = {
    { "§1.2.2", "0.001", ratio, { 0, .a = "0.001", .b = "0.9" }, 0 },
    { "§1.2.2", "900", ratio, { 0, .a = "0.9", .b = "0.001" }, 0 },
    { "§2.5.2", "1677", classical_kl, SMALL, 0 },
    { "§2.5.7 scenario 1", "0.41", total_kl, SMALL, 0 },
    { "§2.5.7 scenario 1", "1677", classical_kl, SMALL, 0 },
    { "§2.5.7 scenario 1", "35.0", pm_simple, SMALL, 0 },
    { "§2.5.7 scenario 1", "35.0", pm_kl, SMALL, 1 }, /* 34.946 */
    { "§2.5.7 scenario 1", "52.4", mixed_kl, { 4096, .delta = "1e-4", .kl_seq = "0.4096" }, 0 },
    { "§2.5.7 scenario 1", "48x", classical_over_simple, SMALL, 0 },
    { "§2.5.7 scenario 1", "48x", classical_over_capped, SMALL, 0 },
    { "§2.5.7 scenario 2", "35.0", pm_simple, SPARSE, 0 },
    { "§2.5.7 scenario 2", "35.0", pm_kl, SPARSE, 1 },
    { "§2.5.7 scenario 2", "8.2", mixed_kl, SPARSE, 0 },
    { "§2.6.4, §4.5.2", "up to 200x", classical_over_mixed, SPARSE, 1 }, /* 204.75 */
    { "§3.2.2", "-100", number, NUMBER("-100"), 0 },
    { "§3.2.2", "-1.2", number, NUMBER("-1.2"), 0 },
    { "§3.2.2", "-100", number, NUMBER("-100"), 0 },
    { "§4.2.1", "0.01", number, NUMBER("0.01"), 0 },
    { "§4.2.1", "0.01", number, NUMBER("0.01"), 0 },
    { "§4.2.1", "1", number, NUMBER("1"), 0 },
    { "§4.2.1", "40", number, NUMBER("40"), 0 },
    { "§4.2.1", "40x", number, NUMBER("40"), 0 },
    { "A.1", "0", number, NUMBER("0"), 0 },
    { "A.2", "3.6", k3, NUMBER("0.01"), 0 },
    { "A.2", "94.4", k3, NUMBER("100"), 0 },
    { "A.2", "4.61", absolute_log, NUMBER("0.01"), 0 },
    { "A.2", "4.61", absolute_log, NUMBER("100"), 0 },
    { "v2 table, delta 1e-4", "115.9", linear, SMALL, 0 },
    { "v2 table, delta 1e-4", "1677", classical_kl, SMALL, 0 },
    { "v2 table, delta 1e-4", "35.0", pm_simple, SMALL, 0 },
    { "v2 table, delta 1e-4", "35.0", pm_kl, SMALL, 1 },
    { "v2 table, delta 1e-4", "8.2", mixed_kl, SPARSE, 0 },
    { "v2 table, delta 1", "11585", linear, LARGE, 0 },
    { "v2 table, delta 1", "1.68e7", classical_kl, LARGE, 0 },
    { "v2 table, delta 1", "3.49e5", pm_simple, LARGE, 1 }, /* 349525.3 */
    { "v2 table, delta 1", "3.49e5", pm_kl_uncapped, LARGE, 0 },
    { "v2 table, delta 1", "11582", pm_kl, LARGE, 0 },
    { "v2 table, delta 1", "4094", saturated, LARGE, 0 },
    { "v2 table, delta 1", "30x", simple_over_capped, LARGE, 0 },
    { "v2 table, delta 1", "8192", mixed_kl, LARGE, 0 },
    { "v2 appendix, delta 0.01", "<= 4029", sum_of_caps, MIDDLE, 0 },
    { "v2 appendix, delta 0.01", "0.283", front, MIDDLE, 0 },
    { "v2 appendix, delta 0.01", "1139", pm_kl, MIDDLE, 1 }, /* 1139.52 */
    { "v2 appendix, delta 0.01", "3495", pm_simple, MIDDLE, 0 },
    { "v2 appendix, delta 0.01", "3x", simple_over_capped, MIDDLE, 0 },
    { "v2 length table", "0.774", acceptance, ACCEPT("1e-3", 256), 0 },
    { "v2 length table", "0.358", acceptance, ACCEPT("1e-3", 1024), 1 }, /* 0.35897 */
    { "v2 length table", "0.017", acceptance, ACCEPT("1e-3", 4096), 0 },
    { "v2 length table", "0.0003", acceptance, ACCEPT("1e-3", 8192), 0 },
    { "v2 length table", "<1e-7", acceptance, ACCEPT("1e-3", 16384), 0 },
    { "v2 length table", "0.975", acceptance, ACCEPT("1e-4", 256), 0 },
    { "v2 length table", "0.903", acceptance, ACCEPT("1e-4", 1024), 0 },
    { "v2 length table", "0.663", acceptance, ACCEPT("1e-4", 4096), 1 }, /* 0.66390 */
    { "v2 length table", "0.440", acceptance, ACCEPT("1e-4", 8192), 1 }, /* 0.44077 */
    { "v2 length table", "0.194", acceptance, ACCEPT("1e-4", 16384), 0 },
    { "v4 table, KL only", "1677", classical_kl, SPARSE, 0 },
    { "v4 table, KL only", "113.8", coupling, SPARSE, 0 },
    { "v4 table, KL only", "35.0", pm_simple, SPARSE, 0 },
    { "v4 table, KL only", "35.0", pm_kl, SPARSE, 1 },
    { "v4 table, KL only", "35.0", pm_tv_simple, SPARSE, 0 },
    { "v4 table, KL only", "35.0", pm_tv, SPARSE, 1 },
    { "v4 table, KL only", "8.2", mixed_kl, SPARSE, 0 },
    { "v4 table, KL only", "8.2", mixed_tv, SPARSE, 0 },
    { "v4 table, KL only", "<= 35.0", pm_simple, SPARSE, 0 },
    { "v4 table, KL only", "<= 35.0", adaptive, SPARSE, 0 },
    { "v4 table, KL only", "<= 8.2", unified, SPARSE, 0 },
    { "v4 table, KL+TV", "839", classical_tv, KL_TV, 0 },
    { "v4 table, KL+TV", "79.9", coupling, KL_TV, 0 },
    { "v4 table, KL+TV", "35.0", pm_simple, KL_TV, 0 },
    { "v4 table, KL+TV", "35.0", pm_kl, KL_TV, 1 },
    { "v4 table, KL+TV", "24.7", pm_tv_simple, KL_TV, 0 },
    { "v4 table, KL+TV", "24.7", pm_tv, KL_TV, 0 },
    { "v4 table, KL+TV", "8.2", mixed_kl, KL_TV, 0 },
    { "v4 table, KL+TV", "4.1", mixed_tv, KL_TV, 0 },
    { "v4 table, KL+TV", "<= 24.7", pm_tv_simple, KL_TV, 1 }, /* 24.715 */
    { "v4 table, KL+TV", "<= 24.7", adaptive, KL_TV, 1 },     /* 24.711 */
    { "v4 table, KL+TV", "<= 4.1", unified, KL_TV, 0 },
    { "v4 table, KL+TV", "409x", classical_over_unified, KL_TV, 1 }, /* 409.5, a tie that goes to 410 both ways */
};
enum { ROWS = sizeof rows / sizeof *rows };

static void name(char *out, size_t size, const tt_cell *cell)
{
    snprintf(out, size, "%s, %s, %s", cell->where, cell->cell, cell->printed);
}

static void evaluate(tt_cell_result *result, const tt_cell *cell)
{
    tt_error error;
    tt_cell_result_init(result);
    if (tt_cell_evaluate(result, cell, TT_PRECISION_DEFAULT, &error) != TT_OK)
        fail_msg("%s: %s %s", cell->cell, error.where, error.what);
}

/* |x - expected| <= 10^-DIGITS (1 + |expected|), for both ends of x at a precision that allows it */
static void agrees(const tt_cell *cell, mpfr_srcptr expected)
{
    tt_real value;
    tt_error error;
    mpfi_t i;
    mpfr_t distance, limit;
    char text[256];
    tt_real_init(&value);
    mpfi_init2(i, BITS);
    mpfr_inits2(BITS, distance, limit, (mpfr_ptr)0);
    assert_int_equal(cell->value(&value, cell, BITS, &error), TT_OK);
    tt_real_get_interval(i, &value);
    mpfr_set_str(limit, "1e-60", 10, MPFR_RNDN);
    mpfr_abs(distance, expected, MPFR_RNDN);
    mpfr_add_ui(distance, distance, 1, MPFR_RNDN);
    mpfr_mul(limit, limit, distance, MPFR_RNDN);
    name(text, sizeof text, cell);
    mpfr_sub(distance, &i->left, expected, MPFR_RNDN);
    if (mpfr_cmpabs(distance, limit) > 0)
        fail_msg("%s: %.20g, by the second route %.20g", text, mpfr_get_d(&i->left, MPFR_RNDN),
                 mpfr_get_d(expected, MPFR_RNDN));
    mpfr_sub(distance, &i->right, expected, MPFR_RNDN);
    assert_true(mpfr_cmpabs(distance, limit) <= 0);
    mpfr_clears(distance, limit, (mpfr_ptr)0);
    mpfi_clear(i);
    tt_real_clear(&value);
}

/* The second route, printed by MPFR in the manner of the print. */
static int prints_alike(const char *printed, mpfr_srcptr expected)
{
    char text[64];
    const char *point = strchr(printed, '.'), *e = strchr(printed, 'e');
    size_t length = strlen(printed);
    if (e) {
        char *end;
        mpfr_snprintf(text, sizeof text, "%.*Re", point ? (int)(e - point - 1) : 0, expected);
        end = strchr(text, 'e');
        return strncmp(text, printed, (size_t)(e - printed)) == 0 && atoi(end + 1) == atoi(e + 1);
    }
    if (printed[length - 1] == 'x')
        length--;
    mpfr_snprintf(text, sizeof text, "%.*Rf", point ? (int)strlen(point + 1) : 0, expected);
    return strlen(text) == length && strncmp(text, printed, length) == 0;
}

static int at_most(const char *printed, mpfr_srcptr expected)
{
    const char *digits = strpbrk(printed, "0123456789");
    char text[32];
    mpfr_t limit;
    int holds;
    snprintf(text, sizeof text, "%.*s", (int)strcspn(digits, "x"), digits);
    set(limit, text);
    holds = mpfr_cmp(expected, limit) <= 0;
    mpfr_clear(limit);
    return holds;
}

static void test_values(void **state)
{
    mpfr_t expected;
    (void)state;
    mpfr_init2(expected, BITS);
    assert_int_equal(tt_cell_count(), ROWS);
    for (size_t k = 0; k < ROWS; k++) {
        const tt_cell *cell = tt_cell_at(k);
        assert_string_equal(cell->where, rows[k].where);
        assert_string_equal(cell->printed, rows[k].printed);
        rows[k].value(expected, &rows[k].in);
        agrees(cell, expected);
    }
    mpfr_clear(expected);
}

static void test_verdicts(void **state)
{
    mpfr_t expected;
    (void)state;
    mpfr_init2(expected, BITS);
    for (size_t k = 0; k < ROWS; k++) {
        tt_cell_result result;
        int inequality = strpbrk(rows[k].printed, "<u") != NULL, as_printed;
        evaluate(&result, tt_cell_at(k));
        rows[k].value(expected, &rows[k].in);
        mpfr_prec_round(expected, BITS / 2, MPFR_RNDN); /* makes 409.5 what it is */
        as_printed = inequality ? at_most(rows[k].printed, expected) : prints_alike(rows[k].printed, expected);
        assert_int_equal(as_printed, !rows[k].misprinted);
        assert_int_equal(result.inequality, inequality);
        assert_int_equal(result.rounds, as_printed ? TT_YES : TT_NO);
        assert_int_equal(result.rounds_half_up, result.rounds);
        assert_int_equal(result.rounds_half_even, result.rounds);
        mpfr_set_prec(expected, BITS);
        tt_cell_result_clear(&result);
    }
    mpfr_clear(expected);
}

/* Enclosures are narrow enough for 25 digits; what is rational is exact. */
static void test_sharpness(void **state)
{
    (void)state;
    for (size_t k = 0; k < ROWS; k++) {
        tt_cell_result result;
        evaluate(&result, tt_cell_at(k));
        assert_true(tt_real_width_log2(&result.value) < -84);
        if (rows[k].value == classical_kl || rows[k].value == acceptance || rows[k].value == pm_simple ||
            rows[k].value == mixed_kl || rows[k].value == mixed_tv)
            assert_true(tt_real_is_exact(&result.value));
        tt_cell_result_clear(&result);
    }
}

static void test_text(void **state)
{
    (void)state;
    for (size_t k = 0; k < tt_cell_count(); k++) {
        const tt_cell *cell = tt_cell_at(k);
        const char *slash = cell->bound ? strstr(cell->bound, " / ") : NULL;
        char id[64];
        assert_true(*cell->where && *cell->cell && *cell->inputs);
        for (size_t j = 0; j < k; j++)
            if (strcmp(cell->where, tt_cell_at(j)->where) == 0)
                assert_string_not_equal(cell->cell, tt_cell_at(j)->cell);
        if (!cell->bound)
            continue;
        snprintf(id, sizeof id, "%.*s", slash ? (int)(slash - cell->bound) : 60, cell->bound);
        assert_non_null(tt_bound_find(id));
        if (slash)
            assert_non_null(tt_bound_find(slash + 3));
    }
}

/* Inputs and print are read from the texts: others give other answers. */
static void test_other_inputs(void **state)
{
    static const struct {
        const char *like, *inputs, *printed;
        tt_answer half_up, half_even;
    } others[] = {
        { "4094", "T=4096, delta=0.3", "4089", TT_YES, TT_YES }, /* from t - 1 = 7 on */
        { "4094", "T=4096, delta=1e-9", "0", TT_YES, TT_YES },
        { "1677", "T=3, delta=0.25", "1", TT_NO, TT_NO },       /* 1.5 */
        { "1677", "T=3, delta=0.25", "2", TT_YES, TT_YES },
        { "1677", "T=2, delta=0.25", "0", TT_NO, TT_YES },      /* 0.5 */
        { "1677", "T=2, delta=0.25", "1", TT_YES, TT_NO },
        { "-1.2", "rho=0.5, A=2, clip=0.2", "1.6", TT_YES, TT_YES },
        { "-1.2", "rho=1.1, A=-1, clip=0.2", "-1.1", TT_YES, TT_YES },
        { "40x", "f=0.01, T0=1000, T=4096", "4x", TT_YES, TT_YES },
        { "0", "rho1=0.01, rho2=50", "0", TT_NO, TT_NO },       /* log 2 */
        { "0", "rho1=0.01, rho2=50", "1", TT_YES, TT_YES },
    };
    (void)state;
    for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
        tt_cell_result result;
        tt_cell cell;
        size_t like = 0;
        while (strcmp(tt_cell_at(like)->printed, others[k].like) != 0)
            like++;
        cell = *tt_cell_at(like);
        cell.inputs = others[k].inputs;
        cell.printed = others[k].printed;
        evaluate(&result, &cell);
        if (result.rounds_half_up != others[k].half_up || result.rounds_half_even != others[k].half_even)
            fail_msg("%s, %s: %d %d", cell.inputs, cell.printed, result.rounds_half_up, result.rounds_half_even);
        assert_int_equal(result.rounds, others[k].half_up == TT_YES || others[k].half_even == TT_YES);
        tt_cell_result_clear(&result);
    }
}

/* A cell whose texts are wrong is an error, not a value. */
static void test_errors(void **state)
{
    static const struct {
        const char *bound, *inputs, *printed;
    } wrong[] = {
        { "classical-kl", "T=4096", "1677" },              /* no delta: no value */
        { "classical-kl", "delta=1e-4", "1677" },          /* no horizon */
        { "classical-kl", "T=0, delta=1e-4", "1677" },     /* out of range */
        { "classical-kl", "T=1/2, delta=1e-4", "1677" },   /* not whole */
        { "classical-kl", "T=4096, delta=1e-4z", "1677" }, /* not a number */
        { "classical-kl", "T=4096, delta=1e-4", "1677y" },
        { "classical", "T=4096, delta=1e-4", "1677" },
        { "classical-kl / pm", "T=4096, delta=1e-4", "1677" },
    };
    (void)state;
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        tt_cell cell = *tt_cell_at(2);
        tt_cell_result result;
        tt_error error = { .status = TT_OK };
        cell.bound = wrong[k].bound;
        cell.inputs = wrong[k].inputs;
        cell.printed = wrong[k].printed;
        tt_cell_result_init(&result);
        assert_int_equal(tt_cell_evaluate(&result, &cell, TT_PRECISION_DEFAULT, &error), TT_BAD_INPUT);
        assert_int_equal(error.status, TT_BAD_INPUT);
        assert_true(*error.what);
        tt_cell_result_clear(&result);
    }
}

/* From very few bits on, the precision is raised until the answer is certain. */
static void test_low_precision(void **state)
{
    (void)state;
    for (size_t k = 0; k < ROWS; k++) {
        tt_cell_result result;
        tt_error error;
        tt_cell_result_init(&result);
        assert_int_equal(tt_cell_evaluate(&result, tt_cell_at(k), 8, &error), TT_OK);
        assert_int_equal(result.rounds, rows[k].misprinted ? TT_NO : TT_YES);
        assert_true(tt_real_width_log2(&result.value) < -84);
        tt_cell_result_clear(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_verdicts), cmocka_unit_test(test_sharpness),
        cmocka_unit_test(test_text),   cmocka_unit_test(test_errors),   cmocka_unit_test(test_low_precision),
        cmocka_unit_test(test_other_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

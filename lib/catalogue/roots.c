#include "roots.h"

#include <gmp.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../number/exact.h"

/* Twice the 32 bits that the difference of two long sums can lose. */
#define GUARD 64
/* Enough for 8192 bits; with fewer orders than the precision asks for the result is wider and still certified. */
#define ORDERS_MAX 1024

/* out += sum_{k=from+1..to} sqrt(k), term by term */
static void add_terms(mpfi_ptr out, size_t from, size_t to)
{
    mpfi_t root;
    mpfi_init2(root, mpfi_get_prec(out));
    for (size_t k = from + 1; k <= to; k++) {
        mpfi_set_ui(root, k);
        mpfi_sqrt(root, root);
        mpfi_add(out, out, root);
    }
    mpfi_clear(root);
}

static size_t floor_log2(uint64_t n)
{
    size_t log2 = 0;
    while (n >>= 1)
        log2++;
    return log2;
}

/* How many corrections make the remainder small at a: correction j is about (2j)! / (2 pi a)^{2j}, below
   (j / 8a)^{2j}. */
static size_t orders_needed(size_t a, mpfr_prec_t precision)
{
    size_t j = 1;
    while (j < ORDERS_MAX && 2 * j * floor_log2(UINT64_C(8) * a / j) < (size_t)precision)
        j++;
    return j;
}

/* tangent[j] = T_{j+1}, j < n: 1, 2, 16, 272, ..., the coefficients of tan x = sum T_j x^{2j-1} / (2j-1)!
   (R. P. Brent, D. Harvey, Fast computation of Bernoulli, tangent and secant numbers, 2011, TangentNumbers). */
static void tangent_numbers(mpz_t *tangent, size_t n)
{
    mpz_set_ui(tangent[0], 1);
    for (size_t k = 1; k < n; k++)
        mpz_mul_ui(tangent[k], tangent[k - 1], k);
    for (size_t k = 1; k < n; k++)
        for (size_t j = k; j < n; j++) {
            mpz_mul_ui(tangent[j], tangent[j], j - k + 2);
            mpz_addmul_ui(tangent[j], tangent[j - 1], j - k);
        }
}

/* out = T binomial / (4^j (4^j - 1)) */
static void correction_factor(mpfi_ptr out, mpz_srcptr tangent, mpfi_srcptr binomial, size_t j)
{
    mpz_t d;
    mpz_init_set_ui(d, 1);
    mpz_mul_2exp(d, d, 2 * j);
    mpz_sub_ui(d, d, 1);
    mpfi_mul_z(out, binomial, tangent);
    mpfi_div_z(out, out, d);
    mpfi_div_2ui(out, out, 2 * j);
    mpz_clear(d);
}

/* x = n sqrt(n) */
static void set_power_three_halves(mpfi_ptr x, size_t n)
{
    mpfi_set_ui(x, n);
    mpfi_sqrt(x, x);
    mpfi_mul_ui(x, x, n);
}

/* out += the corrections between a and b, with their remainder

   For f(x) = sqrt(x) and j = 1..J they are B_2j / (2j)! (f^(2j-1)(b) - f^(2j-1)(a)), where
     f^(2j-1)(x) / (2j-1)! = C(1/2, 2j-1) x^{3/2-2j} > 0,   B_2j = (-1)^{j-1} 2j T_j / (4^j (4^j - 1)),
   so that the j-th is (-1)^j K_j (a^{3/2-2j} - b^{3/2-2j}) with K_j = T_j C(1/2, 2j-1) / (4^j (4^j - 1)).
   The remainder is - integral_a^b B_2J({x}) / (2J)! f^(2J)(x) dx. As |B_2J({x})| <= |B_2J| and f^(2J) has one sign,
   it is at most |B_2J| / (2J)! |f^(2J-1)(b) - f^(2J-1)(a)| <= K_J a^{3/2-2J}. */
static void add_corrections(mpfi_ptr out, size_t a, size_t b)
{
    mpfr_prec_t precision = mpfi_get_prec(out);
    size_t orders = orders_needed(a, precision);
    mpz_t tangent[ORDERS_MAX];
    mpfi_t binomial, factor, at_a, at_b, term;
    for (size_t j = 0; j < orders; j++)
        mpz_init(tangent[j]);
    mpfi_init2(binomial, precision);
    mpfi_init2(factor, precision);
    mpfi_init2(at_a, precision);
    mpfi_init2(at_b, precision);
    mpfi_init2(term, precision);
    tangent_numbers(tangent, orders);
    mpfi_set_ui(binomial, 1);
    mpfi_div_2ui(binomial, binomial, 1);
    set_power_three_halves(at_a, a);
    set_power_three_halves(at_b, b);
    for (size_t j = 1; j <= orders; j++) {
        correction_factor(factor, tangent[j - 1], binomial, j);
        mpfi_div_ui(at_a, at_a, a);
        mpfi_div_ui(at_a, at_a, a);
        mpfi_div_ui(at_b, at_b, b);
        mpfi_div_ui(at_b, at_b, b);
        mpfi_sub(term, at_a, at_b);
        mpfi_mul(term, term, factor);
        if (j % 2)
            mpfi_sub(out, out, term);
        else
            mpfi_add(out, out, term);
        /* C(1/2, 2j+1) from C(1/2, 2j-1) */
        mpfi_mul_ui(binomial, binomial, (4 * j - 3) * (4 * j - 1));
        mpfi_div_ui(binomial, binomial, 8 * j * (2 * j + 1));
    }
    mpfi_mul(term, factor, at_a);
    mpfr_sub(&out->left, &out->left, &term->right, MPFR_RNDD);
    mpfr_add(&out->right, &out->right, &term->right, MPFR_RNDU);
    for (size_t j = 0; j < orders; j++)
        mpz_clear(tangent[j]);
    mpfi_clear(binomial);
    mpfi_clear(factor);
    mpfi_clear(at_a);
    mpfi_clear(at_b);
    mpfi_clear(term);
}

/* out += sum_{k=a+1..b} sqrt(k) by Euler and Maclaurin: integral_a^b f + (f(b) - f(a)) / 2 + corrections, that is
   F(b) - F(a) + corrections with F(n) = 2/3 n^{3/2} + 1/2 n^{1/2} = sqrt(n) (4n + 3) / 6 */
static void add_summation(mpfi_ptr out, size_t a, size_t b)
{
    mpfi_t end;
    mpz_t factor;
    mpfi_init2(end, mpfi_get_prec(out));
    mpz_init(factor);
    for (int upper = 0; upper < 2; upper++) {
        size_t n = upper ? b : a;
        mpfi_set_ui(end, n);
        mpfi_sqrt(end, end);
        tt_exact_set_u64(factor, UINT64_C(4) * n + 3);
        mpfi_mul_z(end, end, factor);
        mpfi_div_ui(end, end, 6);
        if (upper)
            mpfi_add(out, out, end);
        else
            mpfi_sub(out, out, end);
    }
    mpfi_clear(end);
    mpz_clear(factor);
    add_corrections(out, a, b);
}

void tt_roots_sum(mpfi_ptr out, size_t from, size_t to)
{
    mpfr_prec_t precision = mpfi_get_prec(out) + GUARD;
    /* below this the corrections do not become small enough */
    size_t head = (size_t)precision / 2 + 8;
    size_t start = from > head ? from : head;
    mpfi_t sum;
    mpfi_init2(sum, precision);
    mpfi_set_ui(sum, 0);
    if (to <= start || to - from <= head) {
        add_terms(sum, from, to);
    } else {
        add_terms(sum, from, start);
        add_summation(sum, start, to);
    }
    mpfi_set(out, sum);
    mpfi_clear(sum);
}

/* ---- sums that are kept ---- */

#define KEPT 64

typedef struct {
    bool filled;
    size_t from, to;
    mpfi_t sum;
} kept_sum;

struct tt_root_sums {
    kept_sum place[KEPT]; /* where a sum may stand follows from its ends and precision */
};

tt_root_sums *tt_root_sums_new(void)
{
    return calloc(1, sizeof(tt_root_sums));
}

void tt_root_sums_free(tt_root_sums *sums)
{
    for (size_t k = 0; sums && k < KEPT; k++)
        if (sums->place[k].filled)
            mpfi_clear(sums->place[k].sum);
    free(sums);
}

void tt_root_sums_get(mpfi_ptr out, tt_root_sums *sums, size_t from, size_t to)
{
    mpfr_prec_t precision = mpfi_get_prec(out);
    kept_sum *kept;
    if (!sums) {
        tt_roots_sum(out, from, to);
        return;
    }
    kept = &sums->place[(to + 7 * from + (size_t)precision / 32) % KEPT];
    if (!kept->filled) {
        mpfi_init2(kept->sum, precision);
        mpfi_set_ui(kept->sum, 0); /* the empty sum */
        kept->from = kept->to = 0;
        kept->filled = true;
    }
    if (kept->from != from || kept->to != to || mpfi_get_prec(kept->sum) != precision) {
        mpfi_set_prec(kept->sum, precision);
        tt_roots_sum(kept->sum, from, to);
        kept->from = from;
        kept->to = to;
    }
    mpfi_set(out, kept->sum);
}

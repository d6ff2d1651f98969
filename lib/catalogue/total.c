#include "total.h"

#define EXACT_BITS ((size_t)1 << 22)

void tt_total_init(tt_total *total, mpfr_prec_t precision)
{
    total->precision = precision;
    tt_real_init(&total->rest);
    mpz_init(total->factor);
    mpz_init(total->work);
    total->has_exact = false;
    tt_real_set_ui(&total->rest, 0);
}

void tt_total_clear(tt_total *total)
{
    if (total->has_exact)
        mpz_clears(total->numerator, total->exact.scale, NULL);
    tt_real_clear(&total->rest);
    mpz_clear(total->factor);
    mpz_clear(total->work);
}

/* out = the rational part, in lowest terms */
static void get_exact(tt_real *out, const tt_total *total)
{
    if (!total->has_exact) {
        tt_real_set_ui(out, 0);
        return;
    }
    mpz_set(mpq_numref(out->q), total->exact.x[0]);
    mpz_set(mpq_denref(out->q), total->exact.scale);
    mpq_canonicalize(out->q);
    out->kind = TT_REAL_EXACT;
}

static void add_rest(tt_total *total, const tt_real *x)
{
    tt_real_add(&total->rest, &total->rest, x, total->precision);
}

/* Moves the rational part into the rest, as an enclosure. */
static void give_up_exactness(tt_total *total)
{
    tt_real x;
    mpfi_t i;
    tt_real_init(&x);
    mpfi_init2(i, total->precision);
    mpfi_set_z(i, total->exact.x[0]);
    mpfi_div_z(i, i, total->exact.scale);
    tt_real_set_interval(&x, i);
    add_rest(total, &x);
    tt_group_reset(&total->exact);
    mpfi_clear(i);
    tt_real_clear(&x);
}

static void start_exact(tt_total *total)
{
    total->exact = (tt_group){ .n = 1, .x = &total->numerator, .empty = true };
    mpz_init(total->numerator);
    mpz_init_set_ui(total->exact.scale, 1);
    total->has_exact = true;
}

static void add_fraction(tt_total *total, mpz_srcptr numerator, mpz_srcptr denominator, size_t n)
{
    if (!total->has_exact)
        start_exact(total);
    tt_group_absorb(&total->exact, total->factor, denominator, total->work);
    mpz_mul(total->factor, total->factor, numerator);
    mpz_addmul_ui(total->exact.x[0], total->factor, n);
    if (mpz_sizeinbase(total->exact.scale, 2) > EXACT_BITS)
        give_up_exactness(total);
}

void tt_total_add(tt_total *total, const tt_real *x, size_t n)
{
    tt_real multiple;
    if (tt_real_is_absent(&total->rest))
        return;
    if (tt_real_is_exact(x)) {
        if (n > 0 && mpq_sgn(x->q) != 0)
            add_fraction(total, mpq_numref(x->q), mpq_denref(x->q), n);
        return;
    }
    tt_real_init(&multiple);
    tt_real_mul_frac(&multiple, x, n, 1, total->precision);
    add_rest(total, &multiple);
    tt_real_clear(&multiple);
}

void tt_total_add_product(tt_total *total, const tt_real *x, const tt_real *y)
{
    tt_real product;
    tt_real_init(&product);
    tt_real_mul(&product, x, y, total->precision);
    tt_total_add(total, &product, 1);
    tt_real_clear(&product);
}

void tt_total_add_total(tt_total *total, const tt_total *x)
{
    if (tt_real_is_absent(&total->rest) || tt_real_is_absent(&x->rest)) {
        tt_real_set_absent(&total->rest);
        return;
    }
    if (x->has_exact && mpz_sgn(x->exact.x[0]) != 0)
        add_fraction(total, x->exact.x[0], x->exact.scale, 1);
    add_rest(total, &x->rest);
}

static tt_order compare_with_one(const tt_total *total)
{
    tt_real x;
    tt_order order;
    if (total->has_exact && tt_real_is_zero(&total->rest)) {
        int c = mpz_cmp(total->exact.x[0], total->exact.scale);
        return c < 0 ? TT_LESS : c > 0 ? TT_GREATER : TT_EQUAL;
    }
    tt_real_init(&x);
    tt_total_get(&x, total);
    order = tt_real_cmp_ui(&x, 1);
    tt_real_clear(&x);
    return order;
}

bool tt_total_is_one_or_more(const tt_total *total)
{
    tt_order order = compare_with_one(total);
    return order == TT_EQUAL || order == TT_GREATER;
}

bool tt_total_is_one_or_less(const tt_total *total)
{
    tt_order order = compare_with_one(total);
    return order == TT_EQUAL || order == TT_LESS;
}

void tt_total_get(tt_real *out, const tt_total *total)
{
    tt_real exact;
    if (tt_real_is_absent(&total->rest)) {
        tt_real_set_absent(out);
        return;
    }
    tt_real_init(&exact);
    get_exact(&exact, total);
    tt_real_add(out, &exact, &total->rest, total->precision);
    tt_real_clear(&exact);
}

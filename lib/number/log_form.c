#include "log_form.h"

#include "exact.h"

/* Where an enclosure is made narrower no further, whatever cancels. */
#define WORKING_PRECISION_MAX ((mpfr_prec_t)64 * TT_PRECISION_MAX)

enum { CONTRADICTION = 2 };

void tt_log_form_init(tt_log_form *form)
{
    *form = (tt_log_form){ 0 };
    mpq_init(form->rational);
}

void tt_log_form_clear(tt_log_form *form)
{
    for (size_t k = 0; k < form->room; k++) {
        mpq_clear(form->coefficients[k]);
        mpz_clear(form->arguments[k]);
    }
    tt_exact_resize(form->coefficients, form->room, 0, sizeof *form->coefficients);
    tt_exact_resize(form->arguments, form->room, 0, sizeof *form->arguments);
    mpq_clear(form->rational);
}

void tt_log_form_reset(tt_log_form *form)
{
    mpq_set_ui(form->rational, 0, 1);
    form->n = 0;
    form->infinite = 0;
}

/* Room for one more term; every slot that there is room for is initialised. */
static void reserve(tt_log_form *form)
{
    size_t room = form->room ? 2 * form->room : 8;
    if (form->n < form->room)
        return;
    form->coefficients = tt_exact_resize(form->coefficients, form->room, room, sizeof *form->coefficients);
    form->arguments = tt_exact_resize(form->arguments, form->room, room, sizeof *form->arguments);
    for (; form->room < room; form->room++) {
        mpq_init(form->coefficients[form->room]);
        mpz_init(form->arguments[form->room]);
    }
}

void tt_log_form_add(tt_log_form *form, mpq_srcptr q)
{
    mpq_add(form->rational, form->rational, q);
}

void tt_log_form_add_infinite(tt_log_form *form, int sign)
{
    sign = sign < 0 ? -1 : 1;
    form->infinite = form->infinite == 0 || form->infinite == sign ? sign : CONTRADICTION;
}

/* form += c log x, or -c log x */
static void add_term(tt_log_form *form, mpq_srcptr c, mpz_srcptr x, bool negative)
{
    if (mpz_cmp_ui(x, 1) == 0)
        return;
    reserve(form);
    mpq_set(form->coefficients[form->n], c);
    if (negative)
        mpq_neg(form->coefficients[form->n], form->coefficients[form->n]);
    mpz_set(form->arguments[form->n], x);
    form->n++;
}

void tt_log_form_add_log(tt_log_form *form, mpq_srcptr c, mpz_srcptr x, mpz_srcptr y)
{
    if (mpq_sgn(c) == 0 || mpz_cmp(x, y) == 0)
        return;
    if (mpz_sgn(x) == 0) {
        tt_log_form_add_infinite(form, -mpq_sgn(c));
        return;
    }
    add_term(form, c, x, false);
    add_term(form, c, y, true);
}

/* ---- independence --------------------------------------------------------------------- */

/* Pairwise coprime integers > 1. */
typedef struct {
    size_t n, room;
    mpz_t *items;
} coprime_base;

static void base_append(coprime_base *base, mpz_srcptr x)
{
    if (base->n == base->room) {
        size_t room = base->room ? 2 * base->room : 8;
        base->items = tt_exact_resize(base->items, base->room, room, sizeof *base->items);
        for (; base->room < room; base->room++)
            mpz_init(base->items[base->room]);
    }
    mpz_set(base->items[base->n++], x);
}

static void base_clear(coprime_base *base)
{
    for (size_t k = 0; k < base->room; k++)
        mpz_clear(base->items[k]);
    tt_exact_resize(base->items, base->room, 0, sizeof *base->items);
}

/* Refines the base so that x is a product of its powers. */
static void base_insert(coprime_base *base, mpz_srcptr x)
{
    mpz_t rest, common, other;
    mpz_inits(rest, common, other, NULL);
    mpz_set(rest, x);
    for (size_t k = 0; k < base->n && mpz_cmp_ui(rest, 1) != 0; k++) {
        mpz_gcd(common, rest, base->items[k]);
        if (mpz_cmp_ui(common, 1) == 0)
            continue;
        mpz_divexact(rest, rest, common);
        mpz_divexact(other, base->items[k], common);
        if (mpz_cmp_ui(other, 1) != 0) {
            /* the element splits: both parts, and what is left of x, are inserted anew */
            mpz_swap(base->items[k], base->items[base->n - 1]);
            base->n--;
            base_insert(base, common);
            base_insert(base, other);
        }
        k = (size_t)-1; /* start over with what is left */
    }
    if (mpz_cmp_ui(rest, 1) != 0)
        base_append(base, rest);
    mpz_clears(rest, common, other, NULL);
}

/* The coefficient of log(base[k]) in the form is 0. */
static bool cancels(const tt_log_form *form, mpz_srcptr element)
{
    mpq_t sum, term;
    mpz_t rest;
    bool zero;
    mpq_inits(sum, term, NULL);
    mpz_init(rest);
    for (size_t k = 0; k < form->n; k++) {
        mp_bitcnt_t power = mpz_remove(rest, form->arguments[k], element);
        mpq_set_ui(term, power, 1);
        mpq_mul(term, term, form->coefficients[k]);
        mpq_add(sum, sum, term);
    }
    zero = mpq_sgn(sum) == 0;
    mpz_clear(rest);
    mpq_clears(sum, term, NULL);
    return zero;
}

bool tt_log_form_is_rational(const tt_log_form *form)
{
    coprime_base base = { 0 };
    bool rational = form->infinite == 0;
    for (size_t k = 0; k < form->n && rational; k++)
        base_insert(&base, form->arguments[k]);
    for (size_t k = 0; k < base.n && rational; k++)
        rational = cancels(form, base.items[k]);
    base_clear(&base);
    return rational;
}

/* ---- enclosures ------------------------------------------------------------------------ */

static void enclose(mpfi_ptr out, const tt_log_form *form, mpfr_prec_t precision)
{
    mpfi_t log;
    mpfi_init2(log, precision);
    mpfi_set_prec(out, precision);
    mpfi_set_q(out, form->rational);
    for (size_t k = 0; k < form->n; k++) {
        mpfi_set_z(log, form->arguments[k]);
        mpfi_log(log, log);
        mpfi_mul_q(log, log, form->coefficients[k]);
        mpfi_add(out, out, log);
    }
    mpfi_clear(log);
}

static tt_order order_of_sign(int sign)
{
    return sign < 0 ? TT_LESS : sign > 0 ? TT_GREATER : TT_EQUAL;
}

static tt_order sign_of_interval(mpfi_srcptr i)
{
    return mpfr_sgn(&i->left) > 0 ? TT_GREATER : mpfr_sgn(&i->right) < 0 ? TT_LESS : TT_UNKNOWN;
}

tt_order tt_log_form_sign(const tt_log_form *form, mpfr_prec_t precision_max)
{
    mpfr_prec_t precision = TT_PRECISION_DEFAULT;
    tt_order order;
    mpfi_t i;
    if (form->infinite == CONTRADICTION)
        return TT_UNKNOWN;
    if (form->infinite || form->n == 0)
        return order_of_sign(form->infinite ? form->infinite : mpq_sgn(form->rational));
    mpfi_init2(i, precision);
    enclose(i, form, precision);
    order = sign_of_interval(i);
    if (order == TT_UNKNOWN && tt_log_form_is_rational(form)) {
        order = order_of_sign(mpq_sgn(form->rational));
    } else {
        while (order == TT_UNKNOWN && precision < precision_max) {
            precision *= 2;
            enclose(i, form, precision);
            order = sign_of_interval(i);
        }
    }
    mpfi_clear(i);
    return order;
}

void tt_log_form_get(tt_real *out, const tt_log_form *form, mpfr_prec_t precision)
{
    mpfr_prec_t working = precision + 32;
    mpfi_t i;
    if (form->infinite == CONTRADICTION) {
        tt_real_set_absent(out);
    } else if (form->infinite) {
        tt_real_set_infinite(out, form->infinite);
    } else if (tt_log_form_is_rational(form)) {
        tt_real_set_q(out, form->rational);
    } else {
        mpfi_init2(i, working);
        for (;; working *= 2) {
            enclose(i, form, working);
            tt_real_set_interval(out, i);
            if (tt_real_width_log2(out) <= 8 - (long)precision || working > WORKING_PRECISION_MAX)
                break;
        }
        mpfi_clear(i);
    }
}

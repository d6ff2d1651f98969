#include "simplest.h"

/* Two successive convergents; the value is (p x + r) / (q x + s) for what is left, x in [1, inf]. */
typedef struct {
    mpz_t p, q, r, s;
} convergents;

static void append(convergents *c, mpz_srcptr digit)
{
    mpz_addmul(c->r, c->p, digit);
    mpz_swap(c->r, c->p);
    mpz_addmul(c->s, c->q, digit);
    mpz_swap(c->s, c->q);
}

void tt_exact_simplest(mpq_t out, mpq_srcptr lo, mpq_srcptr hi)
{
    convergents c;
    mpq_t a, b;
    mpz_t digit;
    mpz_inits(c.p, c.q, c.r, c.s, digit, (mpz_ptr)0);
    mpz_set_ui(c.p, 1);
    mpz_set_ui(c.s, 1);
    mpq_init(a);
    mpq_init(b);
    mpq_set(a, lo);
    mpq_set(b, hi);
    for (;;) {
        mpz_cdiv_q(digit, mpq_numref(a), mpq_denref(a));
        if (mpq_cmp_z(b, digit) >= 0)
            break;
        mpz_sub_ui(digit, digit, 1);
        append(&c, digit);
        /* [a, b] - digit lies inside (0, 1); its reciprocal turns round */
        mpz_submul(mpq_numref(a), digit, mpq_denref(a));
        mpz_submul(mpq_numref(b), digit, mpq_denref(b));
        mpq_inv(a, a);
        mpq_inv(b, b);
        mpq_swap(a, b);
    }
    append(&c, digit);
    mpz_set(mpq_numref(out), c.p);
    mpz_set(mpq_denref(out), c.q);
    mpq_canonicalize(out);
    mpz_clears(c.p, c.q, c.r, c.s, digit, (mpz_ptr)0);
    mpq_clear(a);
    mpq_clear(b);
}

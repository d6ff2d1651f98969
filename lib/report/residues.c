#include "residues.h"

#include <inttypes.h>

#include "../number/exact.h"
#include "number.h"

enum { DIGITS = 15 };

static const uint64_t primes[2] = { (UINT64_C(1) << 61) - 1, UINT64_C(18446744073709551557) };

/* q modulo p; false where p divides the denominator. */
static bool residue(uint64_t *out, mpq_srcptr q, uint64_t p)
{
    mpz_t modulus, x;
    bool good;
    mpz_inits(modulus, x, NULL);
    tt_exact_set_u64(modulus, p);
    good = mpz_invert(x, mpq_denref(q), modulus) != 0;
    if (good) {
        mpz_mul(x, x, mpq_numref(q));
        mpz_fdiv_r(x, x, modulus);
        *out = tt_exact_get_u64(x);
    }
    mpz_clears(modulus, x, NULL);
    return good;
}

static void print_answer(FILE *out, const char *name, size_t step, const tt_real *x, bool residues)
{
    fputs(name, out);
    if (step)
        fprintf(out, "[%zu]", step);
    for (size_t k = 0; residues && k < 2; k++) {
        uint64_t r;
        if (tt_real_is_exact(x) && residue(&r, x->q, primes[k]))
            fprintf(out, " %" PRIu64, r);
        else
            fputs(" -", out);
    }
    fprintf(out, " %s", tt_number_short(x, DIGITS).text);
    if (residues && tt_real_is_exact(x))
        fprintf(out, " %zu/%zu", mpz_sizeinbase(mpq_numref(x->q), 2), mpz_sizeinbase(mpq_denref(x->q), 2));
    fputc('\n', out);
}

static void print_steps(FILE *out, const char *name, const tt_series *series, size_t n)
{
    for (size_t t = 1; t <= n && t <= series->n; t++)
        print_answer(out, name, t, tt_series_at(series, t - 1), true);
}

void tt_residues_print(FILE *out, const tt_quantities *q)
{
    const struct {
        const char *name;
        const tt_real *value;
        const tt_series *steps;
        bool residues;
    } answers[] = {
        { "J_roll", &q->j_rollout, NULL, true },     { "J_target", &q->j_target, NULL, true },
        { "L", &q->surrogate, NULL, true },          { "Error", &q->error, NULL, true },
        { "TV", NULL, &q->context_tv, true },        { "Dbar", NULL, &q->expected_tv, true },
        { "maxTV", &q->tv_max, NULL, true },         { "worst", &q->worst_case_error, NULL, true },
        { "maxKL", &q->kl_max, NULL, false },        { "KLseq", &q->kl_seq, NULL, false },
    };
    for (size_t k = 0; k < sizeof answers / sizeof *answers; k++) {
        if (answers[k].steps)
            print_steps(out, answers[k].name, answers[k].steps, q->horizon);
        else
            print_answer(out, answers[k].name, 0, answers[k].value, answers[k].residues);
    }
}

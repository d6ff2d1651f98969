#include "lattice_pass.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"

#define GUARD_BITS 64
#define INTERVAL_BITS_MAX 65536
/* limb operations a repetition may cost: some ten seconds */
#define EFFORT_MAX 1e10
/* bytes that numbers kept for all steps may take */
#define MEMORY_MAX 5e8

tt_status tt_lattice_pass_init(lattice_pass *p, const lattice_machine *m, tt_quantities *q,
                               const tt_measure_options *options)
{
    lattice_arithmetic exact = { 64, SIZE_MAX };
    size_t *index = calloc(m->S, sizeof *index);
    mpq_t *one = tt_rationals_new(m->S);
    tt_status status = index && one ? TT_OK : TT_NO_MEMORY;
    memset(p, 0, sizeof *p);
    p->m = m;
    p->q = q;
    p->options = options;
    p->arithmetic = exact;
    if (tt_lattice_vector_init(&p->start, m->S, &exact) != TT_OK ||
        tt_lattice_vector_init(&p->reward, m->S, &exact) != TT_OK ||
        tt_lattice_vector_init(&p->ones, m->S, &exact) != TT_OK)
        status = TT_NO_MEMORY;
    for (size_t s = 0; status == TT_OK && s < m->S; s++) {
        index[s] = s;
        mpq_set_ui(one[s], 1, 1);
    }
    if (status == TT_OK) {
        tt_lattice_vector_load(&p->start, m->start, m->start_probability, m->starts);
        tt_lattice_vector_load(&p->reward, index, m->reward, m->S);
        tt_lattice_vector_load(&p->ones, index, one, m->S);
    }
    tt_rationals_free(one, m->S);
    free(index);
    return status;
}

void tt_lattice_pass_clear(lattice_pass *p)
{
    tt_lattice_vector_clear(&p->start);
    tt_lattice_vector_clear(&p->reward);
    tt_lattice_vector_clear(&p->ones);
}

void tt_lattice_put(lattice_pass *p, tt_real *out, const tt_real *x)
{
    mpfr_prec_t precision = p->options->precision + GUARD_BITS;
    long width = tt_real_width_log2(x);
    bool round = (x->kind == TT_REAL_EXACT && p->shorten && tt_exact_bits(x->q) > 2 * TT_LATTICE_SHORT) ||
                 (x->kind == TT_REAL_ENCLOSED && mpfi_get_prec(x->i) > precision);
    if (width > p->width)
        p->width = width;
    if (round) {
        mpfi_t i;
        mpfi_init2(i, precision);
        tt_real_get_interval(i, x);
        tt_real_set_interval(out, i);
        mpfi_clear(i);
    } else {
        tt_real_set(out, x);
    }
}

bool tt_lattice_progress(const lattice_pass *p, size_t step, size_t steps)
{
    if (!p->options->progress || step % 64 != 0)
        return true;
    return p->options->progress(p->options->progress_context, p->work, (double)step / (double)steps);
}

double tt_lattice_row_bits(const lattice_machine *m)
{
    mpz_t den;
    double bits;
    mpz_init_set_ui(den, 1);
    for (size_t s = 0; s < m->S; s++)
        mpz_lcm(den, den, m->rows[s].total);
    bits = mpz_cmp_ui(den, 1) == 0 ? 0 : (double)mpz_sizeinbase(den, 2);
    mpz_clear(den);
    return bits;
}

tt_status tt_lattice_run(lattice_pass *p, lattice_group *group, lattice_effort effort, bool exact)
{
    long wanted = 32 - (long)p->options->precision;
    double total = effort.bits * (double)p->m->T, steps = effort.terms * (double)p->m->T / 64;
    mpfr_prec_t precision = p->options->precision + GUARD_BITS;
    tt_status status;
    for (bool done = exact; !done;) {
        lattice_arithmetic arithmetic = { precision, TT_LATTICE_SHORT };
        p->arithmetic = arithmetic;
        p->shorten = true;
        p->width = LONG_MIN;
        if (precision > p->longest)
            p->longest = precision;
        status = group(p);
        if (status != TT_OK || p->width <= wanted)
            return status;
        precision = p->width < INTERVAL_BITS_MAX ? precision + (mpfr_prec_t)(p->width - wanted) + GUARD_BITS
                                                 : 3 * precision;
        if (total / 2 < (double)precision && total / 2 * steps < EFFORT_MAX && total / 16 * effort.kept < MEMORY_MAX)
            done = true; /* integers are shorter than intervals would be */
        else if (precision > INTERVAL_BITS_MAX || (double)precision * 4 * steps > EFFORT_MAX ||
                 (double)precision / 4 * effort.kept > MEMORY_MAX)
            return TT_OK; /* as narrow as is affordable */
    }
    p->arithmetic.precision = p->options->precision + GUARD_BITS;
    p->arithmetic.limit = SIZE_MAX;
    p->shorten = !exact;
    p->width = LONG_MIN;
    return group(p);
}

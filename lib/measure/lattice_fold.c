#include "lattice_fold.h"

#include <stdlib.h>
#include <string.h>

/* ---- vectors ------------------------------------------------------------------ */

tt_status tt_lattice_vector_init(lattice_vector *v, size_t n, const lattice_arithmetic *arithmetic)
{
    v->exact = true;
    v->n = n;
    v->z = calloc(n + 1, sizeof *v->z);
    v->i = calloc(n + 1, sizeof *v->i);
    mpz_init_set_ui(v->den, 1);
    if (!v->z || !v->i) {
        free(v->z);
        free(v->i);
        v->z = NULL;
        v->i = NULL;
        v->n = 0;
        return TT_NO_MEMORY;
    }
    for (size_t k = 0; k < n; k++) {
        mpz_init(&v->z[k]);
        mpfi_init2(&v->i[k], arithmetic->limit == SIZE_MAX ? 64 : arithmetic->precision);
        mpfi_set_ui(&v->i[k], 0);
    }
    return TT_OK;
}

void tt_lattice_vector_clear(lattice_vector *v)
{
    for (size_t k = 0; k < v->n; k++) {
        mpz_clear(&v->z[k]);
        mpfi_clear(&v->i[k]);
    }
    free(v->z);
    free(v->i);
    mpz_clear(v->den);
    v->n = 0;
}

void tt_lattice_vector_swap(lattice_vector *v, lattice_vector *w)
{
    lattice_vector t = *v;
    *v = *w;
    *w = t;
}

void tt_lattice_vector_zero(lattice_vector *v)
{
    v->exact = true;
    mpz_set_ui(v->den, 1);
    for (size_t k = 0; k < v->n; k++)
        mpz_set_ui(&v->z[k], 0);
}

void tt_lattice_vector_load(lattice_vector *v, const size_t *index, const mpq_t *value, size_t n)
{
    mpz_t factor;
    mpz_init(factor);
    tt_lattice_vector_zero(v);
    for (size_t k = 0; k < n; k++)
        mpz_lcm(v->den, v->den, mpq_denref(value[k]));
    for (size_t k = 0; k < n; k++) {
        mpz_divexact(factor, v->den, mpq_denref(value[k]));
        mpz_addmul(&v->z[index[k]], mpq_numref(value[k]), factor);
    }
    mpz_clear(factor);
}

void tt_lattice_vector_slice(lattice_vector *out, const lattice_vector *v, size_t offset, size_t stride)
{
    out->exact = v->exact;
    mpz_set(out->den, v->den);
    for (size_t k = 0; k < out->n; k++) {
        if (v->exact)
            mpz_set(&out->z[k], &v->z[offset + k * stride]);
        else
            mpfi_set(&out->i[k], &v->i[offset + k * stride]);
    }
}

void tt_lattice_vector_get(tt_real *out, const lattice_vector *v, size_t k)
{
    if (!v->exact) {
        tt_real_set_interval(out, &v->i[k]);
        return;
    }
    out->kind = TT_REAL_EXACT;
    mpz_set(mpq_numref(out->q), &v->z[k]);
    mpz_set(mpq_denref(out->q), v->den);
    mpq_canonicalize(out->q);
}

/* In lowest terms first, so that what is representable (0, 1) stays exact. */
static void enclose_quotient(mpfi_ptr out, mpz_srcptr z, mpz_srcptr den)
{
    mpq_t q;
    mpq_init(q);
    mpz_set(mpq_numref(q), z);
    mpz_set(mpq_denref(q), den);
    mpq_canonicalize(q);
    mpfi_set_q(out, q);
    mpq_clear(q);
}

void tt_lattice_vector_enclose(lattice_vector *v)
{
    if (!v->exact)
        return;
    for (size_t k = 0; k < v->n; k++)
        enclose_quotient(&v->i[k], &v->z[k], v->den);
    v->exact = false;
}

void tt_lattice_dot(tt_real *out, const lattice_vector *v, size_t vo, size_t vs, const lattice_vector *w, size_t n,
                    const lattice_arithmetic *arithmetic)
{
    mpfi_t sum, x, y;
    if (v->exact && w->exact) {
        out->kind = TT_REAL_EXACT;
        mpz_set_ui(mpq_numref(out->q), 0);
        for (size_t k = 0; k < n; k++)
            mpz_addmul(mpq_numref(out->q), &v->z[vo + k * vs], &w->z[k]);
        mpz_mul(mpq_denref(out->q), v->den, w->den);
        mpq_canonicalize(out->q);
        return;
    }
    mpfi_init2(sum, arithmetic->precision);
    mpfi_init2(x, arithmetic->precision);
    mpfi_init2(y, arithmetic->precision);
    mpfi_set_ui(sum, 0);
    for (size_t k = 0; k < n; k++) {
        size_t j = vo + k * vs;
        if (v->exact)
            enclose_quotient(x, &v->z[j], v->den);
        else
            mpfi_set(x, &v->i[j]);
        if (w->exact)
            enclose_quotient(y, &w->z[k], w->den);
        else
            mpfi_set(y, &w->i[k]);
        mpfi_mul(x, x, y);
        mpfi_add(sum, sum, x);
    }
    tt_real_set_interval(out, sum);
    mpfi_clear(sum);
    mpfi_clear(x);
    mpfi_clear(y);
}

/* ---- numbers ------------------------------------------------------------------- */

void tt_lattice_integer_init(lattice_integer *x, mpz_srcptr z)
{
    size_t bits = mpz_sizeinbase(z, 2);
    mpz_init_set(x->z, z);
    mpfr_init2(x->f, bits < 64 ? 64 : (mpfr_prec_t)bits);
    mpfr_set_z(x->f, z, MPFR_RNDN); /* exact: as many bits as z has */
}

void tt_lattice_integer_clear(lattice_integer *x)
{
    mpz_clear(x->z);
    mpfr_clear(x->f);
}

void tt_lattice_number_init(lattice_number *x, mpfr_prec_t precision)
{
    mpz_init(x->z);
    mpfi_init2(x->i, precision);
}

void tt_lattice_number_clear(lattice_number *x)
{
    mpz_clear(x->z);
    mpfi_clear(x->i);
}

void tt_lattice_number_zero(lattice_number *x, bool exact)
{
    if (exact)
        mpz_set_ui(x->z, 0);
    else
        mpfi_set_ui(x->i, 0);
}

/* out += w x with an exact integer w. */
static void interval_addmul(mpfi_ptr out, mpfr_srcptr w, mpfi_srcptr x, mpfi_ptr scratch)
{
    bool negative = mpfr_sgn(w) < 0;
    mpfr_mul(&scratch->left, negative ? &x->right : &x->left, w, MPFR_RNDD);
    mpfr_mul(&scratch->right, negative ? &x->left : &x->right, w, MPFR_RNDU);
    mpfr_add(&out->left, &out->left, &scratch->left, MPFR_RNDD);
    mpfr_add(&out->right, &out->right, &scratch->right, MPFR_RNDU);
}

void tt_lattice_number_addmul(lattice_number *x, const lattice_integer *w, const lattice_vector *v, size_t k,
                              mpfi_ptr scratch)
{
    if (v->exact)
        mpz_addmul(x->z, w->z, &v->z[k]);
    else if (!mpfi_is_zero(&v->i[k]))
        interval_addmul(x->i, w->f, &v->i[k], scratch);
}

void tt_lattice_number_add_integer(lattice_number *x, const lattice_integer *w, const lattice_vector *v)
{
    if (v->exact)
        mpz_addmul(x->z, w->z, v->den);
    else
        mpfi_add_fr(x->i, x->i, w->f);
}

void tt_lattice_number_add(lattice_number *x, const lattice_number *y, bool exact)
{
    if (exact)
        mpz_add(x->z, x->z, y->z);
    else
        mpfi_add(x->i, x->i, y->i);
}

void tt_lattice_number_min(lattice_number *x, const lattice_number *y, bool exact)
{
    if (exact) {
        if (mpz_cmp(y->z, x->z) < 0)
            mpz_set(x->z, y->z);
        return;
    }
    mpfr_min(&x->i->left, &x->i->left, &y->i->left, MPFR_RNDD);
    mpfr_min(&x->i->right, &x->i->right, &y->i->right, MPFR_RNDU);
}

static void divide(mpfi_ptr out, const lattice_integer *c)
{
    if (mpz_cmp_ui(c->z, 1) != 0) {
        mpfr_div(&out->left, &out->left, c->f, MPFR_RNDD);
        mpfr_div(&out->right, &out->right, c->f, MPFR_RNDU);
    }
}

void tt_lattice_number_store(lattice_vector *v, size_t k, const lattice_number *x, const lattice_integer *c)
{
    if (v->exact) {
        mpz_set(&v->z[k], x->z);
    } else {
        mpfi_set(&v->i[k], x->i);
        divide(&v->i[k], c);
    }
}

/* ---- folds --------------------------------------------------------------------- */

void tt_lattice_fold_init(lattice_fold *fold, size_t n_out)
{
    memset(fold, 0, sizeof *fold);
    fold->n_out = n_out;
}

void tt_lattice_fold_clear(lattice_fold *fold)
{
    for (size_t k = 0; k < fold->count; k++) {
        mpq_clear(fold->terms[k].q);
        if (fold->sealed)
            tt_lattice_integer_clear(&fold->terms[k].weight);
    }
    for (size_t k = 0; k < fold->intervals; k++)
        mpfi_clear(fold->interval_terms[k].i);
    if (fold->sealed)
        tt_lattice_integer_clear(&fold->c);
    free(fold->terms);
    free(fold->interval_terms);
    memset(fold, 0, sizeof *fold);
}

static bool make_room(void **items, size_t *room, size_t count, size_t size)
{
    size_t wanted = *room ? 2 * *room : 64;
    void *larger;
    if (count < *room)
        return true;
    larger = reallocarray(*items, wanted, size);
    if (!larger)
        return false;
    *items = larger;
    *room = wanted;
    return true;
}

void tt_lattice_fold_add(lattice_fold *fold, size_t out, size_t in, mpq_srcptr q)
{
    lattice_term *term;
    if (mpq_sgn(q) == 0 || fold->failed)
        return;
    if (!make_room((void **)&fold->terms, &fold->room, fold->count, sizeof *fold->terms)) {
        fold->failed = true;
        return;
    }
    term = &fold->terms[fold->count++];
    term->out = (uint32_t)out;
    term->in = (uint32_t)in;
    mpq_init(term->q);
    mpq_set(term->q, q);
}

void tt_lattice_fold_add_real(lattice_fold *fold, size_t out, size_t in, const tt_real *x, mpfr_prec_t precision)
{
    lattice_interval_term *term;
    if (tt_real_is_zero(x) || fold->failed)
        return;
    if (!make_room((void **)&fold->interval_terms, &fold->interval_room, fold->intervals,
                   sizeof *fold->interval_terms)) {
        fold->failed = true;
        return;
    }
    term = &fold->interval_terms[fold->intervals++];
    term->out = (uint32_t)out;
    term->in = (uint32_t)in;
    mpfi_init2(term->i, precision);
    tt_real_get_interval(term->i, x);
}

static int compare_terms(const void *x, const void *y)
{
    const lattice_term *s = x, *t = y;
    if (s->out != t->out)
        return s->out < t->out ? -1 : 1;
    return (s->in > t->in) - (s->in < t->in);
}

/* Sorted terms: sums of equal places, zeros dropped. */
static void join_terms(lattice_fold *fold)
{
    size_t kept = 0;
    for (size_t k = 0; k < fold->count;) {
        size_t next = k + 1;
        for (; next < fold->count && compare_terms(&fold->terms[k], &fold->terms[next]) == 0; next++) {
            mpq_add(fold->terms[k].q, fold->terms[k].q, fold->terms[next].q);
            mpq_clear(fold->terms[next].q);
        }
        if (mpq_sgn(fold->terms[k].q) == 0)
            mpq_clear(fold->terms[k].q);
        else
            fold->terms[kept++] = fold->terms[k];
        k = next;
    }
    fold->count = kept;
}

tt_status tt_lattice_fold_seal(lattice_fold *fold)
{
    mpz_t c, weight;
    if (fold->failed)
        return TT_NO_MEMORY;
    if (fold->count)
        qsort(fold->terms, fold->count, sizeof *fold->terms, compare_terms);
    join_terms(fold);
    mpz_init_set_ui(c, 1);
    mpz_init(weight);
    for (size_t k = 0; k < fold->count; k++)
        mpz_lcm(c, c, mpq_denref(fold->terms[k].q));
    for (size_t k = 0; k < fold->count; k++) {
        mpz_divexact(weight, c, mpq_denref(fold->terms[k].q));
        mpz_mul(weight, weight, mpq_numref(fold->terms[k].q));
        tt_lattice_integer_init(&fold->terms[k].weight, weight);
    }
    tt_lattice_integer_init(&fold->c, c);
    fold->sealed = true;
    mpz_clear(c);
    mpz_clear(weight);
    return TT_OK;
}

size_t tt_lattice_fold_bits(const lattice_fold *fold)
{
    return mpz_sizeinbase(fold->c.z, 2) - (mpz_cmp_ui(fold->c.z, 1) == 0);
}

static void step_exact(lattice_vector *out, const lattice_fold *fold, const lattice_vector *in)
{
    for (size_t k = 0; k < out->n; k++)
        mpz_set_ui(&out->z[k], 0);
    for (size_t k = 0; k < fold->count; k++) {
        const lattice_term *t = &fold->terms[k];
        if (mpz_sgn(&in->z[t->in]) != 0)
            mpz_addmul(&out->z[t->out], t->weight.z, &in->z[t->in]);
    }
    mpz_mul(out->den, in->den, fold->c.z);
    out->exact = true;
}

static void step_enclosed(lattice_vector *out, const lattice_fold *fold, const lattice_vector *in,
                          mpfr_prec_t precision)
{
    mpfi_t scratch;
    mpfi_init2(scratch, precision);
    for (size_t k = 0; k < out->n; k++)
        mpfi_set_ui(&out->i[k], 0);
    for (size_t k = 0; k < fold->count; k++) {
        const lattice_term *t = &fold->terms[k];
        if (!mpfi_is_zero(&in->i[t->in]))
            interval_addmul(&out->i[t->out], t->weight.f, &in->i[t->in], scratch);
        if (k + 1 == fold->count || fold->terms[k + 1].out != t->out)
            divide(&out->i[t->out], &fold->c);
    }
    for (size_t k = 0; k < fold->intervals; k++) {
        const lattice_interval_term *t = &fold->interval_terms[k];
        if (mpfi_is_zero(&in->i[t->in]))
            continue;
        mpfi_mul(scratch, t->i, &in->i[t->in]);
        mpfi_add(&out->i[t->out], &out->i[t->out], scratch);
    }
    out->exact = false;
    mpfi_clear(scratch);
}

void tt_lattice_fold_step(lattice_vector *out, const lattice_fold *fold, lattice_vector *in,
                          const lattice_arithmetic *arithmetic)
{
    if (in->exact &&
        (fold->intervals || (arithmetic->limit != SIZE_MAX &&
                             mpz_sizeinbase(in->den, 2) + tt_lattice_fold_bits(fold) > arithmetic->limit)))
        tt_lattice_vector_enclose(in);
    if (in->exact)
        step_exact(out, fold, in);
    else
        step_enclosed(out, fold, in, arithmetic->precision);
}

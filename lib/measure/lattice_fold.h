/* Linear recursions in two arithmetics. Internal to the lattice engine.

   A vector is n numbers in one form: integers over one shared denominator, or MPFI
   intervals. A fold is a sparse matrix of rationals (and, where logarithms enter,
   of enclosures) that maps one vector to the next. Its rational entries are
   integers over one denominator C, so that an exact step is multiply-and-add with
   no gcd, and an enclosed step multiplies by integers and divides once by C: sums
   that are 0 or 1 by cancellation of integers stay exactly so. */
#ifndef TRUSTREE_LATTICE_FOLD_H
#define TRUSTREE_LATTICE_FOLD_H

#include <stdint.h>

#include "../number/real.h"
#include "../number/status.h"

/* precision: of intervals. limit: bits of a shared denominator past which a vector becomes enclosed;
   SIZE_MAX where everything is to be exact. */
typedef struct {
    mpfr_prec_t precision;
    size_t limit;
} lattice_arithmetic;

typedef struct {
    bool exact;
    size_t n;
    mpz_t den;
    __mpz_struct *z; /* exact: the numbers are z / den */
    __mpfi_struct *i;
} lattice_vector;

TT_MUST_CHECK tt_status tt_lattice_vector_init(lattice_vector *v, size_t n, const lattice_arithmetic *arithmetic);
void tt_lattice_vector_clear(lattice_vector *v);
void tt_lattice_vector_swap(lattice_vector *v, lattice_vector *w);
/* All zero over 1, exact; then numbers set over one denominator. */
void tt_lattice_vector_zero(lattice_vector *v);
/* Sets v[index[k]] = value[k] for n canonical values over their common denominator, the rest 0. */
void tt_lattice_vector_load(lattice_vector *v, const size_t *index, const mpq_t *value, size_t n);
/* out[k] = v[offset + k stride] in the same form; out has room for v's numbers. */
void tt_lattice_vector_slice(lattice_vector *out, const lattice_vector *v, size_t offset, size_t stride);
void tt_lattice_vector_get(tt_real *out, const lattice_vector *v, size_t k);
/* Makes an exact vector enclosed. */
void tt_lattice_vector_enclose(lattice_vector *v);

/* out = sum over k < n of v[vo + k vs] w[k]. */
void tt_lattice_dot(tt_real *out, const lattice_vector *v, size_t vo, size_t vs, const lattice_vector *w, size_t n,
                    const lattice_arithmetic *arithmetic);

/* An integer with its exact float. */
typedef struct {
    mpz_t z;
    mpfr_t f;
} lattice_integer;

void tt_lattice_integer_init(lattice_integer *x, mpz_srcptr z);
void tt_lattice_integer_clear(lattice_integer *x);

/* One number in the form of a vector, and what nonlinear recursions do with it. */
typedef struct {
    mpz_t z;
    mpfi_t i;
} lattice_number;

void tt_lattice_number_init(lattice_number *x, mpfr_prec_t precision);
void tt_lattice_number_clear(lattice_number *x);
void tt_lattice_number_zero(lattice_number *x, bool exact);
/* x += w v[k], in the form of v. scratch has the precision of x. */
void tt_lattice_number_addmul(lattice_number *x, const lattice_integer *w, const lattice_vector *v, size_t k,
                              mpfi_ptr scratch);
/* x += w times v's denominator: the integer w itself. */
void tt_lattice_number_add_integer(lattice_number *x, const lattice_integer *w, const lattice_vector *v);
void tt_lattice_number_add(lattice_number *x, const lattice_number *y, bool exact);
void tt_lattice_number_min(lattice_number *x, const lattice_number *y, bool exact); /* x = min(x, y) */
/* v[k] = x, divided by c in enclosed form. */
void tt_lattice_number_store(lattice_vector *v, size_t k, const lattice_number *x, const lattice_integer *c);

typedef struct {
    uint32_t out, in;
    mpq_t q;
    lattice_integer weight; /* q C */
} lattice_term;

typedef struct {
    uint32_t out, in;
    mpfi_t i;
} lattice_interval_term;

typedef struct {
    size_t n_out, count, room, intervals, interval_room;
    lattice_term *terms;
    lattice_interval_term *interval_terms;
    lattice_integer c;
    bool sealed, failed;
} lattice_fold;

void tt_lattice_fold_init(lattice_fold *fold, size_t n_out);
void tt_lattice_fold_clear(lattice_fold *fold);
/* Adds q (or x) to the entry (out, in). Out of memory is reported by _seal. */
void tt_lattice_fold_add(lattice_fold *fold, size_t out, size_t in, mpq_srcptr q);
void tt_lattice_fold_add_real(lattice_fold *fold, size_t out, size_t in, const tt_real *x, mpfr_prec_t precision);
/* Joins equal entries, drops zeros and forms the integers. */
TT_MUST_CHECK tt_status tt_lattice_fold_seal(lattice_fold *fold);
/* Bits of C: what one exact step adds to the denominator. */
size_t tt_lattice_fold_bits(const lattice_fold *fold);

/* out = fold(in). An exact `in` becomes enclosed where the step would pass the limit or the fold has
   interval entries. out and in are different vectors. */
void tt_lattice_fold_step(lattice_vector *out, const lattice_fold *fold, lattice_vector *in,
                          const lattice_arithmetic *arithmetic);

#endif

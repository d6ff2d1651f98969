/* Rationals plus rational combinations of logarithms: q + sum_i c_i log(x_i / y_i).

   A divergence of two rational rows is such a number, and so is any sum of them. By Baker's theorem a rational
   combination of logarithms of rationals is 0 or transcendental; so the form equals a rational only where its
   logarithms cancel, which is decided exactly (the arguments are refined to coprime integers, whose logarithms are
   independent), and every other comparison is decided by an enclosure that is narrow enough. */
#ifndef TRUSTREE_LOG_FORM_H
#define TRUSTREE_LOG_FORM_H

#include "linkage.h"
#include "real.h"

TT_BEGIN_C

/* q + sum of n terms coefficients[i] log(arguments[i]). */
typedef struct {
    mpq_t rational;      /* q, canonical */
    size_t n, room;      /* terms, and how many there is memory for */
    mpq_t *coefficients; /* of the terms; owned */
    mpz_t *arguments;    /* of the terms, > 0; owned */
    int infinite;     /* +1 or -1 where the value is infinite, 2 where +inf and -inf met; else 0 */
} tt_log_form;

/* The form 0, without terms; tt_log_form_clear frees what it holds. */
void tt_log_form_init(tt_log_form *form);
void tt_log_form_clear(tt_log_form *form);
/* form = 0 again; its memory stays. */
void tt_log_form_reset(tt_log_form *form);

/* form += q, canonical. */
void tt_log_form_add(tt_log_form *form, mpq_srcptr q);
/* form += c log(x / y), x >= 0, y > 0; x = 0 makes it infinite, of the sign of -c (c = 0 adds nothing). */
void tt_log_form_add_log(tt_log_form *form, mpq_srcptr c, mpz_srcptr x, mpz_srcptr y);
/* form += -inf where sign < 0, else +inf. */
void tt_log_form_add_infinite(tt_log_form *form, int sign);

/* Whether the logarithms cancel exactly; false where the form is infinite. */
bool tt_log_form_is_rational(const tt_log_form *form);

/* The order of the form and 0. TT_UNKNOWN where `precision_max` bits do not tell, which no equality can cause. */
tt_order tt_log_form_sign(const tt_log_form *form, mpfr_prec_t precision_max);

/* The value: exact where the logarithms cancel, else an enclosure whose relative width is below 2^(8 - precision);
   absent where +inf and -inf met. */
void tt_log_form_get(tt_real *out, const tt_log_form *form, mpfr_prec_t precision);

TT_END_C

#endif

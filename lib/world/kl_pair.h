/* Two-token rows a chosen KL divergence apart, in readable rationals. */
#ifndef TRUSTREE_KL_PAIR_H
#define TRUSTREE_KL_PAIR_H

#include "../number/linkage.h"
#include "../number/real.h"
#include "../number/status.h"

TT_BEGIN_C

/* KL of the rows (1-m, m) and (1-q, q): m log(m/q) + (1-m) log((1-m)/(1-q)), enclosed at `precision`.
   in: m, q canonical in [0, 1]; +inf where q gives 0 to a token that m does not. */
void tt_kl_binary(tt_real *out, mpq_srcptr m, mpq_srcptr q, mpfr_prec_t precision);

/* The simplest rational q in a certified bracket in which the KL of (1-m, m) and (1-q, q) is within a factor
   1 +- tolerance of kl. Rational rows cannot meet a rational KL > 0 exactly.
   in   : 0 < m < 1, kl >= 0 (kl = 0 gives q = m), 0 < tolerance < 1, canonical;
          above: q > m, else q < m
   how  : bisection on rationals, each comparison decided by enclosures whose precision is raised until it is;
          KL is monotone in q on either side of m, so that both ends of the bracket certify what is between
   fails: TT_BAD_INPUT out of range; TT_LIMIT where q would have to be closer than 2^-4096 to 0 or 1, or where
          TT_PRECISION_MAX bits do not decide a comparison. */
TT_MUST_CHECK tt_status tt_kl_pair(mpq_t q, mpq_srcptr m, mpq_srcptr kl, mpq_srcptr tolerance, bool above,
                                   tt_error *error);

TT_END_C

#endif

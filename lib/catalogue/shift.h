/* The bounds of the context shift, TV_t = total variation of d_t^mu and d_t^pi, t = 1..T+1: SPEC.md section 5 and this
   project's; proofs in doc/bounds.md.

     shift-unit                1
     shift-coupling            (t-1) eps
     shift-expected-coupling   sum_{s<t} Dbar_s
     shift-pinsker-max         sqrt((t-1) delta / 2)
     shift-processing          TV_seq
     shift-pinsker-seq         sqrt(KL_seq / 2)
     shift-pinsker-marginal    sqrt(KL_t / 2)
     shift-coupled             1 - (1-eps)^{t-1}
     shift-pinsker-reverse     sqrt(KL(d_t^pi || d_t^mu) / 2)
     shift-bretagnolle-huber   sqrt(1 - exp(-KL_t)); below 1 wherever KL_t is finite
     shift-second-moment       1/2 sqrt((1+chi)^{t-1} - 1); dominated */
#ifndef TRUSTREE_SHIFT_H
#define TRUSTREE_SHIFT_H

#include "../measure/quantities.h"
#include "../number/linkage.h"

TT_BEGIN_C

/* An entry of the catalogue; static. */
typedef struct {
    const char *id;      /* "shift-coupling"; never changes */
    const char *formula; /* as text */
    const char *source;  /* where it is stated, or the heading of its proof */
    /* out = the bound of TV_t, without a cap at 1, exact where it is rational; absent where a quantity is that it
       needs.
       out   : what the call for t - 1 left, t = 1, 2, ... in this order (sums grow by a term a call)
       at    : 1..T+1 */
    void (*value)(tt_real *out, const tt_quantities *q, size_t at, mpfr_prec_t precision);
} tt_shift;

/* The catalogue: static entries in the order above. */
size_t tt_shift_count(void);                   /* how many there are */
const tt_shift *tt_shift_at(size_t k);         /* number k < count */
const tt_shift *tt_shift_find(const char *id); /* the one with this id; NULL where there is none */

TT_END_C

#endif

#include "verdict.h"

#include <limits.h>

const char *tt_verdict_name(tt_verdict v)
{
    switch (v) {
    case TT_HOLDS:
        return "holds";
    case TT_CONSISTENT:
        return "consistent";
    case TT_VIOLATED:
        return "violated";
    case TT_UNDECIDED:
        return "undecided";
    default:
        return "not-applicable";
    }
}

tt_verdict tt_verdict_le(const tt_real *x, const tt_real *y)
{
    if (tt_real_is_absent(x) || tt_real_is_absent(y))
        return TT_NOT_APPLICABLE;
    switch (tt_real_cmp(x, y)) {
    case TT_LESS:
    case TT_EQUAL:
        return TT_HOLDS;
    case TT_GREATER:
        return TT_VIOLATED;
    default:
        break;
    }
    if (x->kind == TT_REAL_ENCLOSED && y->kind != TT_REAL_INFINITE) {
        /* touching ends: hi(x) <= lo(y) proves x <= y although equality is open */
        mpfi_t b;
        bool proved;
        mpfi_init2(b, mpfi_get_prec(x->i) + 64);
        tt_real_get_interval(b, y);
        proved = mpfr_lessequal_p(&x->i->right, &b->left);
        mpfi_clear(b);
        if (proved)
            return TT_HOLDS;
    } else if (y->kind == TT_REAL_ENCLOSED && x->kind == TT_REAL_EXACT) {
        if (mpfr_cmp_q(&y->i->left, x->q) >= 0)
            return TT_HOLDS;
    }
    return TT_UNDECIDED;
}

static bool narrow(const tt_real *x, const tt_real *scale)
{
    long width = tt_real_width_log2(x);
    mpfr_t size, ratio;
    bool ok;
    if (width < -32)
        return true;
    if (!scale || x->kind != TT_REAL_ENCLOSED || scale->kind == TT_REAL_INFINITE || tt_real_is_absent(scale))
        return false;
    mpfr_inits2(64, size, ratio, (mpfr_ptr)0);
    mpfr_sub(ratio, &x->i->right, &x->i->left, MPFR_RNDU);
    {
        mpfi_t s;
        mpfi_init2(s, 64);
        tt_real_get_interval(s, scale);
        mpfi_mig(size, s);
        mpfi_clear(s);
    }
    mpfr_div_2ui(size, size, 32, MPFR_RNDD);
    ok = mpfr_cmp(ratio, size) < 0;
    mpfr_clears(size, ratio, (mpfr_ptr)0);
    return ok;
}

tt_verdict tt_verdict_eq(const tt_real *x, const tt_real *y, const tt_real *scale)
{
    if (tt_real_is_absent(x) || tt_real_is_absent(y))
        return TT_NOT_APPLICABLE;
    switch (tt_real_cmp(x, y)) {
    case TT_EQUAL:
        return TT_HOLDS;
    case TT_LESS:
    case TT_GREATER:
        return TT_VIOLATED;
    default:
        return narrow(x, scale) && narrow(y, scale) ? TT_CONSISTENT : TT_UNDECIDED;
    }
}

static int rank(tt_verdict v)
{
    switch (v) {
    case TT_NOT_APPLICABLE:
        return 0;
    case TT_HOLDS:
        return 1;
    case TT_CONSISTENT:
        return 2;
    case TT_UNDECIDED:
        return 3;
    default:
        return 4;
    }
}

tt_verdict tt_verdict_and(tt_verdict a, tt_verdict b)
{
    return rank(a) >= rank(b) ? a : b;
}

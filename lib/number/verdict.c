#include "verdict.h"

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
    if (tt_real_at_most(x, y)) /* ends that touch prove it although equality is open */
        return TT_HOLDS;
    return tt_real_cmp(x, y) == TT_GREATER ? TT_VIOLATED : TT_UNDECIDED;
}

/* Narrower than 2^-32 of its size, or of the scale. */
static bool narrow(const tt_real *x, const tt_real *scale)
{
    mpfi_t i, s;
    bool ok;
    if (tt_real_width_log2(x) < -32)
        return true;
    if (!scale || !tt_real_is_enclosed(x) || tt_real_is_infinite(scale) || tt_real_is_absent(scale))
        return false;
    mpfi_init2(i, x->kind == TT_REAL_ENCLOSED ? mpfi_get_prec(x->i) : TT_PRECISION_DOUBLE);
    mpfi_init2(s, 64);
    tt_real_get_interval(i, x);
    tt_real_get_interval(s, scale);
    mpfr_sub(&i->right, &i->right, &i->left, MPFR_RNDU);
    mpfi_mig(&s->left, s);
    mpfr_div_2ui(&s->left, &s->left, 32, MPFR_RNDD);
    ok = mpfr_less_p(&i->right, &s->left);
    mpfi_clear(i);
    mpfi_clear(s);
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

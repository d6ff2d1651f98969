#include "double_sums.h"

/* ---- while rounding upward ---- */

static TT_APART void capped(tt_interval *out, size_t n, const tt_interval *weights, const tt_interval *slope,
                            const tt_interval *square)
{
    tt_interval sum = TT_INTERVAL_ZERO;
    for (size_t k = 1; k <= n; k++) {
        tt_interval term = TT_INTERVAL_ONE;
        if (slope)
            term = tt_interval_min(term, tt_interval_scale(*slope, (double)k));
        if (square)
            term = tt_interval_min(term, tt_interval_sqrt(tt_interval_scale(*square, (double)k)));
        sum = tt_interval_add(sum, weights ? tt_interval_mul_positive(term, weights[n - k]) : term);
    }
    *out = sum;
}

/* By Horner's rule over c / 36. With A_k = 6^k a_k = (6-h)^k - (-h)^{k-1} (6k - h), whole and below 2^53 in size, the
   coefficients are C(n,k) A_k^2. */
static TT_APART void tilted(tt_interval *out, size_t n, unsigned sixths, const tt_interval *c)
{
    double h = sixths, target = 6 - h, rollout = 1, binomial = (double)n;
    tt_interval coefficient[TT_DOUBLE_TILTED_MAX + 1];
    tt_interval step = tt_interval_div_positive(*c, tt_interval_point(36)), sum = TT_INTERVAL_ZERO;
    for (size_t k = 2; k <= n; k++) {
        double a;
        target *= 6 - h;
        rollout *= -h;
        binomial = binomial * (double)(n - k + 1) / (double)k; /* whole, exact */
        a = target - rollout * (6 * (double)k - h);
        coefficient[k] = tt_interval_mul_positive(tt_interval_square(tt_interval_point(a)),
                                                  tt_interval_point(binomial));
    }
    for (size_t k = n; k >= 2; k--)
        sum = tt_interval_mul_positive(tt_interval_add(sum, coefficient[k]), step);
    *out = tt_interval_mul_positive(sum, step);
}

/* ---- in any mode ---- */

tt_interval tt_double_capped_sum(size_t n, const tt_interval *weights, const tt_interval *slope,
                                 const tt_interval *square)
{
    tt_rounding_mode rounding = tt_rounding_upward();
    tt_interval out;
    capped(&out, n, weights, slope, square);
    tt_rounding_restore(rounding);
    return out;
}

tt_interval tt_double_tilted_sum(size_t n, unsigned sixths, tt_interval c)
{
    tt_rounding_mode rounding = tt_rounding_upward();
    tt_interval out;
    tilted(&out, n, sixths, &c);
    tt_rounding_restore(rounding);
    return out;
}

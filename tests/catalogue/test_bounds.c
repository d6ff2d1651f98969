/* The catalogue of bounds: its table, values worked out by hand or by another route, exactness, limits, and how
   the bounds relate. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/catalogue/bounds.h"
#include "../../lib/number/exact.h"
#include "../random_instance.h"
#include "../settings.h"

#define PRECISION 128
#define REFERENCE 400

static random_stream stream;

/* ---- helpers ---------------------------------------------------------------------------------- */

static const char *evaluate(tt_real *out, const char *id, const tt_quantities *q)
{
    const tt_bound *bound = tt_bound_find(id);
    const char *parameter = NULL;
    assert_non_null(bound);
    bound->value(out, q, PRECISION, &parameter);
    return parameter;
}

static void set(tt_real *x, const char *text)
{
    mpq_t q;
    tt_error error;
    mpq_init(q);
    if (strcmp(text, "inf") == 0)
        tt_real_set_infinite(x, 1);
    else if (strcmp(text, "?") == 0)
        tt_real_set_absent(x);
    else if (tt_exact_parse(q, text, strlen(text), &error) == TT_OK)
        tt_real_set_q(x, q);
    else
        fail_msg("%s: %s", text, error.what);
    mpq_clear(q);
}

/* x is the rational `text`, or "inf", or "?" for absent, or "root NUMBER" for sqrt(NUMBER) kept as a root. */
static void is(const tt_real *x, const char *what, const char *text)
{
    tt_real y;
    tt_real_kind kind = TT_REAL_EXACT;
    tt_real_init(&y);
    if (strncmp(text, "root ", 5) == 0) {
        set(&y, text + 5);
        tt_real_sqrt(&y, &y, PRECISION);
        kind = TT_REAL_ROOT;
    } else {
        set(&y, text);
        kind = y.kind;
    }
    if (x->kind != kind || (kind != TT_REAL_ABSENT && tt_real_cmp(x, &y) != TT_EQUAL))
        fail_msg("%s is not %s but of kind %d, near %.17g", what, text, (int)x->kind, tt_real_get_d(x));
    tt_real_clear(&y);
}

static void value_is(const tt_quantities *q, const char *id, const char *text)
{
    tt_real x;
    tt_real_init(&x);
    evaluate(&x, id, q);
    is(&x, id, text);
    tt_real_clear(&x);
}

/* The value, narrower than 2^-83 of its size, rounds to the 40 digits of `text`. */
static void value_is_near(const tt_quantities *q, const char *id, const char *text)
{
    tt_real x;
    mpfi_t i;
    mpfr_t expected, unit;
    tt_real_init(&x);
    mpfi_init2(i, REFERENCE);
    mpfr_inits2(REFERENCE, expected, unit, (mpfr_ptr)0);
    evaluate(&x, id, q);
    if (tt_real_is_absent(&x) || tt_real_width_log2(&x) >= -83)
        fail_msg("%s is absent or wide", id);
    tt_real_get_interval(i, &x);
    mpfr_set_str(expected, text, 10, MPFR_RNDN);
    mpfr_abs(unit, expected, MPFR_RNDN);
    for (int k = 0; k < 36; k++) /* 128 bits hold 38 digits */
        mpfr_div_ui(unit, unit, 10, MPFR_RNDN);
    mpfi_sub_fr(i, i, expected);
    if (mpfr_cmpabs(&i->left, unit) > 0 || mpfr_cmpabs(&i->right, unit) > 0)
        fail_msg("%s is %.17g and not %s", id, tt_real_get_d(&x), text);
    mpfr_clears(expected, unit, (mpfr_ptr)0);
    mpfi_clear(i);
    tt_real_clear(&x);
}

/* What a person may know of an instance; series uniform. */
typedef struct {
    size_t horizon;
    const char *delta, *eps, *kl_seq, *tv_seq, *dbar;
} known;

static void start(tt_quantities *q, known k)
{
    tt_quantities_init(q);
    q->horizon = k.horizon;
    assert_int_equal(tt_series_set_uniform(&q->expected_tv, k.horizon), TT_OK);
    set(&q->kl_max, k.delta);
    set(&q->tv_max, k.eps);
    set(&q->kl_seq, k.kl_seq);
    set(&q->tv_seq, k.tv_seq);
    set(&q->expected_tv.items[0], k.dbar);
}

/* ---- the table --------------------------------------------------------------------------------- */

static const char *const order[] = {
    "classical-tv", "classical-kl", "coupling", "pinsker-marginal-kl", "pinsker-marginal-tv", "pinsker-marginal-simple",
    "pinsker-marginal-tv-simple", "mixed-kl", "mixed-kl-simple", "mixed-tv", "linear", "adaptive-kl", "adaptive-tv",
    "adaptive", "unified-kl", "unified", "sequence-kl", "linear-one", "tv-optimal", "tilted-kl", "tilted-kl-simple",
    "tilted-reverse-kl", "tilted", "second-moment", "second-moment-exact", "tilted-exact", "recursive-tv", "reverse-kl",
    "kmax-moment", "truncated-moment", "classical-tv-half", "classical-kl-half", "coupling-half",
    "pinsker-marginal-kl-half", "pinsker-marginal-tv-half", "pinsker-marginal-simple-half",
    "pinsker-marginal-tv-simple-half", "mixed-kl-half", "mixed-kl-simple-half", "mixed-tv-half", "linear-half",
    "adaptive-kl-half", "adaptive-tv-half", "adaptive-half", "coupled-half", "expected-coupling-half",
    "average-kl-half", "span", "reward-k3-lower", "reward-k3-upper", "own-unified",
};
#define COUNT (sizeof order / sizeof *order)

static bool is_one_of(const char *id, const char *const *list, size_t n)
{
    for (size_t k = 0; k < n; k++)
        if (strcmp(id, list[k]) == 0)
            return true;
    return false;
}

static void test_table(void **state)
{
    static const char *const with_needs[] = {
        "pinsker-marginal-simple", "pinsker-marginal-tv-simple", "mixed-kl-simple", "second-moment",
        "second-moment-exact", "kmax-moment", "pinsker-marginal-simple-half", "pinsker-marginal-tv-simple-half",
        "mixed-kl-simple-half",
    };
    (void)state;
    assert_int_equal(tt_bound_count(), COUNT);
    for (size_t k = 0; k < COUNT; k++) {
        const tt_bound *b = tt_bound_at(k);
        bool needs = is_one_of(b->id, with_needs, sizeof with_needs / sizeof *with_needs);
        assert_string_equal(b->id, order[k]);
        assert_ptr_equal(tt_bound_find(b->id), b);
        assert_true(b->value && b->formula && *b->formula && b->source && *b->source);
        assert_int_equal(b->needs != NULL, needs);
        assert_int_equal(b->applies != NULL, needs);
        assert_int_equal(b->kind, strcmp(b->id, "span") == 0              ? TT_REWARD_AWARE
                                  : strcmp(b->id, "reward-k3-lower") == 0 ? TT_LOWER
                                  : strcmp(b->id, "reward-k3-upper") == 0 ? TT_UPPER
                                                                          : TT_REWARD_FREE);
        assert_int_equal(b->ladder_this_reward != NULL, b->kind == TT_REWARD_FREE || b->kind == TT_REWARD_AWARE);
        assert_int_equal(b->ladder_any_reward != NULL, b->kind == TT_REWARD_FREE);
    }
    assert_null(tt_bound_find("nothing"));
    assert_null(tt_bound_find(""));
    assert_string_equal(tt_bound_kind_name(TT_REWARD_FREE), "reward-free");
    assert_string_equal(tt_bound_kind_name(TT_REWARD_AWARE), "reward-aware");
    assert_string_equal(tt_bound_kind_name(TT_LOWER), "lower");
    assert_string_equal(tt_bound_kind_name(TT_UPPER), "upper");
}

/* ---- closed forms on small numbers ----------------------------------------------------------------- */

/* T = 4, delta = 2/9 (sqrt(delta/2) = 1/3), eps = 1/2, KL_seq = 1/2, TV_seq = 2/5, Dbar_t = 1/4.
   sum_{k=1..3} min(1, k/2) = 1/2 + 1 + 1. sum_{k=1..3} sqrt(k)/3 is irrational. */
static void test_small_values(void **state)
{
    tt_quantities q;
    (void)state;
    start(&q, (known){ 4, "2/9", "1/2", "1/2", "2/5", "1/4" });
    value_is(&q, "classical-tv", "6");                       /* 2 4 3 / 4 */
    value_is(&q, "classical-kl", "8/3");                     /* 12 2/9 */
    value_is(&q, "coupling", "5");                           /* 4 1/2 5/2 */
    value_is(&q, "pinsker-marginal-simple", "64/27");        /* 4/3 8 2/9 */
    value_is(&q, "pinsker-marginal-tv-simple", "32/9");      /* 8/3 8 1/2 1/3 */
    value_is(&q, "mixed-kl", "8/3");                         /* 16 1/3 1/2 */
    value_is(&q, "mixed-kl-simple", "8/3");                  /* 8 sqrt(1/9) */
    value_is(&q, "mixed-tv", "16/5");                        /* 16 1/2 2/5 */
    value_is(&q, "linear", "4");                             /* 4 4 1/4 */
    value_is(&q, "adaptive-tv", "5/2");                      /* 4 1/4 5/2 */
    value_is(&q, "sequence-kl", "1/2");
    value_is(&q, "linear-one", "1");
    value_is(&q, "tv-optimal", "7/4");                       /* 4 1/2 (1 - 1/8) */
    value_is(&q, "classical-tv-half", "3");
    value_is(&q, "classical-kl-half", "4/3");
    value_is(&q, "coupling-half", "5/2");
    value_is(&q, "pinsker-marginal-simple-half", "32/27");
    value_is(&q, "pinsker-marginal-tv-simple-half", "16/9");
    value_is(&q, "mixed-kl-half", "1");                      /* 2 3 1/3 1/2 */
    value_is(&q, "mixed-kl-simple-half", "1");               /* 3 1/3 */
    value_is(&q, "mixed-tv-half", "6/5");                    /* 2 3 1/2 2/5 */
    value_is(&q, "linear-half", "3/2");                      /* 2 3 1/4 */
    value_is(&q, "adaptive-tv-half", "5/4");
    value_is(&q, "coupled-half", "17/8");                    /* 2 (2 - 1 + 1/16) */
    value_is(&q, "expected-coupling-half", "3/2");           /* 2 1/2 (1/4 + 2/4 + 3/4) */
    value_is(&q, "tilted-kl-simple", "root 2584/6561");      /* 1/4 ((13/9)^4 - 1 - 16/9) */
    value_is(&q, "tilted-kl", "root 2584/6561");             /* a_2^2 = a_3^2 = a_4^2 = 1 */
    /* 1 + sqrt(2) + sqrt(3) = 4.146264369941972342329135065715570445512477... times 4/9, 2/3, 1/3 */
    value_is_near(&q, "pinsker-marginal-kl", "1.842784164418654374368504473651364642449989835194");
    value_is_near(&q, "pinsker-marginal-tv", "2.764176246627981561552756710477046963674984752792");
    value_is_near(&q, "adaptive-kl", "1.382088123313990780776378355238523481837492376396");
    value_is_near(&q, "adaptive", "1.382088123313990780776378355238523481837492376396");
    value_is_near(&q, "pinsker-marginal-kl-half", "0.921392082209327187184252236825682321224994917597");
    value_is_near(&q, "adaptive-half", "0.691044061656995390388189177619261740918746188198");
    value_is_near(&q, "unified-kl", "1.842784164418654374368504473651364642449989835194");
    value_is_near(&q, "unified", "1.382088123313990780776378355238523481837492376396");
    value_is(&q, "own-unified", "1/2");
    tt_quantities_clear(&q);
}

/* What needs more than the numbers above is absent, and so is what uses it all. */
static void test_absent_inputs(void **state)
{
    static const char *const own[] = {
        "tilted-reverse-kl", "tilted", "second-moment", "second-moment-exact", "tilted-exact", "recursive-tv",
        "reverse-kl", "kmax-moment", "truncated-moment", "average-kl-half", "span", "reward-k3-lower",
        "reward-k3-upper",
    };
    tt_quantities q;
    (void)state;
    start(&q, (known){ 4, "2/9", "1/2", "1/2", "2/5", "1/4" });
    for (size_t k = 0; k < sizeof own / sizeof *own; k++)
        value_is(&q, own[k], "?");
    tt_quantities_clear(&q);
    start(&q, (known){ 4, "?", "1/2", "1/2", "2/5", "1/4" });
    value_is(&q, "mixed-kl", "?");
    value_is(&q, "unified-kl", "?");
    value_is(&q, "unified", "?");
    value_is(&q, "adaptive", "?");
    value_is(&q, "adaptive-tv", "5/2");
    value_is(&q, "own-unified", "1/2");
    assert_int_equal(tt_bound_find("mixed-kl-simple")->applies(&q, PRECISION), TT_NOT_APPLICABLE);
    tt_quantities_clear(&q);
    start(&q, (known){ 4, "?", "?", "?", "?", "?" });
    for (size_t k = 0; k < COUNT; k++)
        value_is(&q, order[k], "?");
    tt_quantities_clear(&q);
    /* nothing filled in at all, series neither */
    tt_quantities_init(&q);
    q.horizon = 4;
    for (size_t k = 0; k < COUNT; k++)
        value_is(&q, order[k], "?");
    tt_quantities_clear(&q);
}

/* ---- T = 1 and infinity -------------------------------------------------------------------------- */

static void test_one_step(void **state)
{
    static const char *const zero[] = {
        "classical-tv", "classical-kl", "coupling", "pinsker-marginal-kl", "pinsker-marginal-tv", "adaptive-kl",
        "adaptive-tv", "adaptive", "unified-kl", "unified", "tv-optimal", "tilted-kl", "tilted-kl-simple",
        "classical-tv-half", "classical-kl-half", "coupling-half", "pinsker-marginal-kl-half",
        "pinsker-marginal-tv-half", "mixed-kl-half", "mixed-kl-simple-half", "mixed-tv-half", "linear-half",
        "adaptive-kl-half", "adaptive-tv-half", "adaptive-half", "coupled-half", "expected-coupling-half",
        "own-unified",
    };
    static const char *const deltas[] = { "1/8", "inf" };
    (void)state;
    for (size_t j = 0; j < 2; j++) {
        tt_quantities q;
        start(&q, (known){ 1, deltas[j], "1/4", deltas[j], "1/4", "1/4" });
        for (size_t k = 0; k < sizeof zero / sizeof *zero; k++)
            value_is(&q, zero[k], "0");
        value_is(&q, "linear", "1");
        value_is(&q, "linear-one", "1/4");
        value_is(&q, "sequence-kl", deltas[j]);
        value_is(&q, "mixed-kl", j ? "4" : "1/4"); /* 4 sqrt(1/16) sqrt(1/16) */
        value_is(&q, "pinsker-marginal-simple", j ? "inf" : "1/6");
        tt_quantities_clear(&q);
    }
}

/* delta = KL_seq = inf: min(1, inf) = 1 under caps, infinite without */
static void test_infinite_divergence(void **state)
{
    static const char *const infinite[] = {
        "classical-kl", "pinsker-marginal-simple", "pinsker-marginal-tv-simple", "mixed-kl-simple", "sequence-kl",
        "tilted-kl", "tilted-kl-simple", "classical-kl-half", "pinsker-marginal-simple-half",
        "pinsker-marginal-tv-simple-half", "mixed-kl-simple-half",
    };
    tt_quantities q;
    (void)state;
    start(&q, (known){ 5, "inf", "1/3", "inf", "1", "1/4" });
    for (size_t k = 0; k < sizeof infinite / sizeof *infinite; k++)
        value_is(&q, infinite[k], "inf");
    value_is(&q, "pinsker-marginal-kl", "16");     /* 4 (0 + 4) */
    value_is(&q, "pinsker-marginal-tv", "16/3");
    value_is(&q, "mixed-kl", "20");
    value_is(&q, "adaptive-kl", "4");              /* 4 4/4 */
    value_is(&q, "adaptive", "3");                 /* 1/3 + 2/3 + 1 + 1 */
    value_is(&q, "unified-kl", "16");
    value_is(&q, "unified", "3");
    assert_int_equal(tt_bound_find("pinsker-marginal-simple")->applies(&q, PRECISION), TT_VIOLATED);
    assert_int_equal(tt_bound_find("mixed-kl-simple")->applies(&q, PRECISION), TT_VIOLATED);
    tt_quantities_clear(&q);
    /* no divergence at all: 0 * inf = 0 */
    start(&q, (known){ 5, "inf", "0", "0", "0", "0" });
    value_is(&q, "pinsker-marginal-tv-simple", "0");
    value_is(&q, "mixed-kl-simple", "0");
    value_is(&q, "mixed-tv", "0");
    value_is(&q, "tv-optimal", "0");
    value_is(&q, "own-unified", "0");
    tt_quantities_clear(&q);
}

static void test_extremes_of_tv(void **state)
{
    tt_quantities q;
    (void)state;
    start(&q, (known){ 2147483647, "?", "1", "?", "1", "1" });
    value_is(&q, "tv-optimal", "2147483647");
    value_is(&q, "linear-one", "2147483647");
    value_is(&q, "coupled-half", "4294967292");
    value_is(&q, "classical-tv", "9223372023969873924"); /* 2 T (T-1) */
    value_is(&q, "adaptive-tv", "8589934584");
    tt_quantities_clear(&q);
    /* T = 2, the closed answer: 2 eps^2 */
    start(&q, (known){ 2, "?", "3/7", "?", "?", "?" });
    value_is(&q, "tv-optimal", "18/49");
    value_is(&q, "coupled-half", "18/49");
    value_is(&q, "classical-tv-half", "18/49");
    tt_quantities_clear(&q);
}

/* ---- preconditions --------------------------------------------------------------------------------- */

static void test_preconditions(void **state)
{
    static const char *const small[] = { "pinsker-marginal-simple", "pinsker-marginal-tv-simple",
                                         "pinsker-marginal-simple-half", "pinsker-marginal-tv-simple-half" };
    static const char *const both[] = { "mixed-kl-simple", "mixed-kl-simple-half" };
    static const char *const dominated[] = { "second-moment", "second-moment-exact", "kmax-moment" };
    tt_quantities q;
    mpfi_t i;
    (void)state;
    start(&q, (known){ 8, "1/4", "1/2", "2", "1", "1/4" });
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(tt_bound_find(small[k])->applies(&q, PRECISION), TT_HOLDS);
    set(&q.kl_max, "1000001/4000000");
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(tt_bound_find(small[k])->applies(&q, PRECISION), TT_VIOLATED);
    mpfi_init2(i, 53);
    mpfi_interv_d(i, 0.125, 0.5);
    tt_real_set_interval(&q.kl_max, i);
    for (size_t k = 0; k < 4; k++)
        assert_int_equal(tt_bound_find(small[k])->applies(&q, PRECISION), TT_UNDECIDED);
    for (size_t k = 0; k < 2; k++)
        assert_int_equal(tt_bound_find(both[k])->applies(&q, PRECISION), TT_HOLDS);
    set(&q.kl_max, "2");
    for (size_t k = 0; k < 2; k++)
        assert_int_equal(tt_bound_find(both[k])->applies(&q, PRECISION), TT_HOLDS);
    set(&q.kl_seq, "2000001/1000000");
    for (size_t k = 0; k < 2; k++)
        assert_int_equal(tt_bound_find(both[k])->applies(&q, PRECISION), TT_VIOLATED);
    for (int d = 0; d < 2; d++) {
        q.dominated = d;
        for (size_t k = 0; k < 3; k++)
            assert_int_equal(tt_bound_find(dominated[k])->applies(&q, PRECISION), d ? TT_HOLDS : TT_VIOLATED);
    }
    mpfi_clear(i);
    tt_quantities_clear(&q);
}

/* ---- second moments --------------------------------------------------------------------------------- */

static void test_second_moments(void **state)
{
    tt_quantities q;
    tt_real x;
    (void)state;
    start(&q, (known){ 3, "?", "?", "?", "?", "?" });
    tt_real_init(&x);
    q.dominated = true;
    set(&q.chi2_max, "1"); /* 8 - 1 - 3 = 4 */
    value_is(&q, "second-moment", "1");
    value_is(&q, "own-unified", "1");
    set(&q.chi2_max, "1/2"); /* 27/8 - 1 - 3/2 = 7/8 */
    value_is(&q, "second-moment", "root 7/32");
    q.dominated = false;
    value_is(&q, "own-unified", "?");
    set(&q.second_moment, "1/9");
    value_is(&q, "second-moment-exact", "1/6");
    set(&q.kl_max_reverse, "3/20"); /* c = 3/10, a_3(1/3) = 0: 1/2 sqrt(3 c^2) */
    value_is(&q, "tilted-reverse-kl", "root 27/400");
    /* theta = 0 and 1 infinite; 1/2: 3 c^2 + c^3/4 at c = 2: 14; 1/3: 3 c^2 at c = 21/10: 13.23 */
    for (size_t k = 0; k < TT_THETAS; k++)
        set(&q.tilt_max[k], k == 0 || k == 6 ? "inf" : k == 2 ? "21/10" : k == 3 ? "2" : "3");
    assert_string_equal(evaluate(&x, "tilted", &q), "1/3");
    value_is(&q, "tilted", "root 1323/400");
    set(&q.tilt_max[2], "22/10"); /* 14.52 */
    assert_string_equal(evaluate(&x, "tilted", &q), "1/2");
    value_is(&q, "tilted", "root 7/2");
    set(&q.tilt_max[3], "?");
    assert_string_equal(evaluate(&x, "tilted", &q), "1/3");
    for (size_t k = 0; k < TT_THETAS; k++)
        set(&q.tilted_moment[k], k < 4 ? "inf" : k == 5 ? "4/25" : "1/4");
    assert_string_equal(evaluate(&x, "tilted-exact", &q), "5/6");
    value_is(&q, "tilted-exact", "1/5");
    set(&q.tilted_moment[6], "?"); /* it might be the smallest */
    evaluate(&x, "tilted-exact", &q);
    assert_true(tt_real_is_absent(&x));
    tt_real_clear(&x);
    tt_quantities_clear(&q);
}

/* s = 1/5: k <= s gives k s^2 / (k^2 + s^2), more gives s/2 */
static void test_kmax_moment(void **state)
{
    tt_quantities q;
    tt_real x;
    mpfi_t i;
    (void)state;
    tt_quantities_init(&q);
    tt_real_init(&x);
    q.dominated = true;
    q.horizon = 3;
    set(&q.second_moment, "1/25");
    set(&q.k3_max, "1/10");
    value_is(&q, "kmax-moment", "2/25"); /* (1/250) / (1/20) */
    set(&q.k3_max, "1/5");
    value_is(&q, "kmax-moment", "1/10");
    set(&q.k3_max, "1/4");
    value_is(&q, "kmax-moment", "1/10");
    set(&q.k3_max, "inf");
    value_is(&q, "kmax-moment", "1/10");
    set(&q.second_moment, "2/25");
    value_is(&q, "kmax-moment", "root 1/50");
    set(&q.second_moment, "0");
    value_is(&q, "kmax-moment", "0");
    /* k in [1/8, 1/2] around s = 1/5: from (1/200) / (1/64 + 1/25) = 8/89 to 1/10 */
    mpfi_init2(i, 53);
    mpfi_interv_d(i, 0.125, 0.5);
    tt_real_set_interval(&q.k3_max, i);
    set(&q.second_moment, "1/25");
    evaluate(&x, "kmax-moment", &q);
    mpfi_set_prec(i, 200);
    tt_real_get_interval(i, &x);
    mpfi_mul_ui(i, i, 890);
    assert_true(mpfr_cmp_ui(&i->left, 80) <= 0 && mpfr_cmp_d(&i->left, 79.9999) > 0);
    assert_true(mpfr_cmp_ui(&i->right, 89) >= 0 && mpfr_cmp_d(&i->right, 89.0001) < 0);
    mpfi_clear(i);
    tt_real_clear(&x);
    tt_quantities_clear(&q);
}

/* T beta + 1/2 sqrt(z_T), by the recursion as SPEC.md writes it */
static void naive_truncated(mpfi_ptr out, unsigned long steps, mpq_srcptr beta, mpq_srcptr v)
{
    mpfi_t m, z, m_before, x, growth;
    mpfi_init2(m, REFERENCE);
    mpfi_init2(z, REFERENCE);
    mpfi_init2(m_before, REFERENCE);
    mpfi_init2(x, REFERENCE);
    mpfi_init2(growth, REFERENCE);
    mpfi_set_ui(m, 0);
    mpfi_set_ui(z, 0);
    for (unsigned long t = 1; t <= steps; t++) {
        mpfi_set(m_before, m);
        mpfi_set_q(growth, v);
        for (unsigned long s = 1; s < t; s++) {
            mpfi_mul_q(x, growth, v);
            mpfi_add(growth, growth, x);
        }
        mpfi_set_q(x, beta);
        mpfi_div_ui(x, x, 2);
        mpfi_add(m, m, x);
        mpfi_add(m, m, growth);
        mpfi_mul(x, z, m_before);
        mpfi_sqrt(x, x);
        mpfi_mul_q(x, x, beta);
        mpfi_mul_ui(x, x, 2);
        mpfi_add(z, z, x);
        mpfi_mul_q(x, m_before, v);
        mpfi_add(z, z, x);
    }
    mpfi_sqrt(z, z);
    mpfi_div_ui(z, z, 2);
    mpfi_set_q(x, beta);
    mpfi_mul_ui(x, x, steps);
    mpfi_add(out, z, x);
    mpfi_clear(m);
    mpfi_clear(z);
    mpfi_clear(m_before);
    mpfi_clear(x);
    mpfi_clear(growth);
}

static void set_truncated(tt_quantities *q, size_t k, const char *beta, const char *v)
{
    set(&q->truncated_mass[k], beta);
    set(&q->truncated_chi2[k], v);
}

static void test_truncated_moment(void **state)
{
    tt_quantities q;
    tt_real x;
    mpfi_t truth, i;
    mpq_t beta, v;
    (void)state;
    tt_quantities_init(&q);
    tt_real_init(&x);
    mpfi_init2(truth, REFERENCE);
    mpfi_init2(i, REFERENCE);
    mpq_inits(beta, v, NULL);
    q.horizon = 3;
    value_is(&q, "truncated-moment", "?");
    set_truncated(&q, 5, "0", "1"); /* second-moment at chi = 1: 1/2 sqrt(8 - 1 - 3) */
    assert_string_equal(evaluate(&x, "truncated-moment", &q), "100");
    is(&x, "beta = 0", "1");
    set_truncated(&q, 2, "1/4", "0"); /* 3/4 + 0 */
    assert_string_equal(evaluate(&x, "truncated-moment", &q), "3");
    is(&x, "v = 0", "3/4");
    set_truncated(&q, 0, "1/1000", "1/100");
    assert_string_equal(evaluate(&x, "truncated-moment", &q), "3/2");
    q.horizon = 1; /* z_1 = 0: beta alone */
    set_truncated(&q, 5, "1/3", "1");
    value_is(&q, "truncated-moment", "1/1000");
    for (uint64_t round = 0; round < 20 * test_effort(); round++) {
        q.horizon = 1 + random_below(&stream, 40);
        mpq_set_ui(beta, 1 + random_below(&stream, 100), 1000 * q.horizon);
        mpq_set_ui(v, 1 + random_below(&stream, 100), 100 * q.horizon);
        mpq_canonicalize(beta);
        mpq_canonicalize(v);
        for (size_t k = 0; k < TT_KAPPAS; k++)
            set_truncated(&q, k, "1", "1");
        tt_real_set_q(&q.truncated_mass[3], beta);
        tt_real_set_q(&q.truncated_chi2[3], v);
        assert_string_equal(evaluate(&x, "truncated-moment", &q), "5");
        naive_truncated(truth, q.horizon, beta, v);
        tt_real_get_interval(i, &x);
        assert_true(mpfr_lessequal_p(&i->left, &truth->right) && mpfr_lessequal_p(&truth->left, &i->right));
        assert_true(tt_real_width_log2(&x) < -120);
    }
    mpfi_clear(truth);
    mpfi_clear(i);
    mpq_clears(beta, v, NULL);
    tt_real_clear(&x);
    tt_quantities_clear(&q);
}

/* Each member of own-unified alone, or below the others that its inputs allow. */
static void start_rows(tt_quantities *q, size_t horizon, const char *eps, const char *delta, const char *const *dbar)
{
    tt_quantities_init(q);
    assert_int_equal(tt_quantities_resize(q, 2, horizon), TT_OK);
    set(&q->tv_max, eps);
    set(&q->kl_max, delta);
    for (size_t t = 0; dbar && t < horizon; t++)
        set(&q->expected_tv.items[t], dbar[t]);
}

static void own_unified_is(tt_quantities *q, const char *text)
{
    value_is(q, "own-unified", text);
    tt_quantities_clear(q);
}

static void test_members_of_own_unified(void **state)
{
    tt_quantities q;
    (void)state;
    start_rows(&q, 3, "?", "?", NULL);
    set(&q.kl_seq, "1/7");
    own_unified_is(&q, "1/7"); /* sequence-kl */
    start_rows(&q, 3, "?", "?", (const char *const[]){ "1", "0", "0" });
    own_unified_is(&q, "1"); /* linear-one; linear-half is 2 */
    start_rows(&q, 3, "?", "?", (const char *const[]){ "0", "0", "1" });
    own_unified_is(&q, "0"); /* linear-half; linear-one is 1 */
    start_rows(&q, 3, "1/2", "?", NULL);
    own_unified_is(&q, "9/8"); /* tv-optimal */
    start_rows(&q, 2, "?", "1/2", NULL);
    own_unified_is(&q, "1/2"); /* tilted-kl: 1/2 sqrt((2/2)^2) */
    start_rows(&q, 2, "?", "?", NULL);
    set(&q.kl_max_reverse, "1/3");
    own_unified_is(&q, "1/3"); /* tilted-reverse-kl */
    start_rows(&q, 2, "?", "?", NULL);
    set(&q.tilt_max[4], "1/3");
    own_unified_is(&q, "1/6"); /* tilted */
    start_rows(&q, 2, "?", "?", NULL);
    set(&q.chi2_max, "1/3");
    q.dominated = true;
    own_unified_is(&q, "1/6"); /* second-moment */
    start_rows(&q, 3, "?", "?", NULL);
    set(&q.context_kl_reverse.items[2], "1/5");
    set(&q.context_kl_reverse.items[3], "2/5");
    own_unified_is(&q, "3/5"); /* reverse-kl */
    start_rows(&q, 3, "1", "1/50", (const char *const[]){ "0", "1/20", "0" });
    own_unified_is(&q, "1/100"); /* adaptive-half: 2 1/20 sqrt(1/100) */
    start_rows(&q, 2, "?", "inf", NULL);
    set(&q.kl_seq, "8");
    own_unified_is(&q, "2"); /* mixed-kl-half */
    start_rows(&q, 2, "1", "?", NULL);
    set(&q.tv_seq, "1/10");
    own_unified_is(&q, "1/5"); /* mixed-tv-half */
    start_rows(&q, 3, "1/2", "?", (const char *const[]){ "0", "1/2", "1/2" });
    own_unified_is(&q, "1/2"); /* expected-coupling-half */
    start_rows(&q, 3, "1/2", "?", NULL);
    set(&q.context_kl.items[0], "0");
    set(&q.context_kl.items[1], "0");
    set(&q.context_kl.items[2], "2/9");
    own_unified_is(&q, "1/3"); /* average-kl-half */
}

/* ---- values from rows --------------------------------------------------------------------------------- */

/* T = 3: Dbar = 1/2, 1/3, 1/4; eps = 1/2; KL_t = 0, 2/9, 8, 9; reverse 0, 1/5, 1/3, 1/2; TV_t = 0, 1/4, 1/2, 1;
   span = 1, 1/2, 1/3 */
static void test_rows(void **state)
{
    static const char *const dbar[] = { "1/2", "1/3", "1/4" }, *const span[] = { "1", "1/2", "1/3" },
                            *const kl[] = { "0", "2/9", "8", "9" }, *const reverse[] = { "0", "1/5", "1/3", "1/2" },
                            *const tv[] = { "0", "1/4", "1/2", "1" };
    tt_quantities q;
    (void)state;
    tt_quantities_init(&q);
    assert_int_equal(tt_quantities_resize(&q, 2, 3), TT_OK);
    for (size_t t = 0; t < 4; t++) {
        if (t < 3) {
            set(&q.expected_tv.items[t], dbar[t]);
            set(&q.advantage_span.items[t], span[t]);
        }
        set(&q.context_kl.items[t], kl[t]);
        set(&q.context_kl_reverse.items[t], reverse[t]);
        set(&q.context_tv.items[t], tv[t]);
    }
    set(&q.tv_max, "1/2");
    set(&q.kl_max, "1/2");
    value_is(&q, "linear", "13/3");
    value_is(&q, "linear-one", "13/12");
    value_is(&q, "linear-half", "5/3");             /* 2 (1/2 + 1/3) */
    value_is(&q, "adaptive-tv", "8/3");             /* 4 (1/2 1 + 1/3 1/2) */
    value_is(&q, "adaptive-tv-half", "4/3");
    value_is(&q, "expected-coupling-half", "4/3");  /* 2 1/2 (0 + 1/2 + 5/6) */
    value_is(&q, "average-kl-half", "4/3");         /* 2 1/2 (0 + 1/3 + 1) */
    value_is(&q, "reverse-kl", "5/6");              /* 1/3 + 1/2 */
    value_is(&q, "span", "7/24");                   /* 1/8 + 1/6 */
    /* 4 (1/2 sqrt(2/4) + 1/3 sqrt(1/4)) */
    value_is_near(&q, "adaptive-kl", "2.080880229039761715468355390876364745236");
    set(&q.recursive_tv, "1/7");
    value_is(&q, "recursive-tv", "1/7");
    set(&q.reward_k3, "1/8");
    set(&q.failure_k3, "inf");
    set(&q.off_support, "1/5");
    value_is(&q, "reward-k3-lower", "13/40");
    value_is(&q, "reward-k3-upper", "inf");
    tt_quantities_clear(&q);
}

/* ---- the numbers of SPEC.md section 8 ------------------------------------------------------------------- */

typedef struct {
    const char *id, *value;
} expected;

/* eps = Dbar_t = sqrt(delta/2), TV_seq = sqrt(KL_seq/2) */
static void start_with_pinsker(tt_quantities *q, const char *delta, const char *kl_seq)
{
    start(q, (known){ 4096, delta, "?", kl_seq, "?", "?" });
    tt_real_mul_frac(&q->tv_max, &q->kl_max, 1, 2, PRECISION);
    tt_real_sqrt(&q->tv_max, &q->tv_max, PRECISION);
    tt_real_set(&q->expected_tv.items[0], &q->tv_max);
    tt_real_mul_frac(&q->tv_seq, &q->kl_seq, 1, 2, PRECISION);
    tt_real_sqrt(&q->tv_seq, &q->tv_seq, PRECISION);
}

/* Finished: clears q. */
static void check_values(tt_quantities *q, const expected *values, size_t n)
{
    for (size_t k = 0; k < n; k++)
        value_is_near(q, values[k].id, values[k].value);
    tt_quantities_clear(q);
}
#define CHECK_VALUES(q, ...)                                            \
    do {                                                                \
        const expected values[] = { __VA_ARGS__ };                      \
        check_values(q, values, sizeof values / sizeof *values);        \
    } while (0)

/* Forty digits by another route: 70-digit decimal loops over t, binomial sums from their definition. */
static void test_printed_numbers(void **state)
{
    tt_quantities q;
    (void)state;
    start_with_pinsker(&q, "1e-4", "0.4096");
    CHECK_VALUES(&q, { "mixed-kl", "52.4288" }, { "mixed-tv", "52.4288" });
    start_with_pinsker(&q, "1e-4", "0.01");
    value_is(&q, "classical-tv", "1677.312");
    value_is(&q, "mixed-kl", "8.192");
    value_is(&q, "linear", "root 13421.772800"); /* 16384^2 / 20000 */
    value_is(&q, "pinsker-marginal-simple", "524288/15000");
    CHECK_VALUES(&q, { "classical-kl", "1677.312" }, { "coupling", "113.8382085124643564592375443105029240533" },
                 { "pinsker-marginal-kl", "34.94609188629667109874069622087827799001" },
                 { "pinsker-marginal-tv", "34.94609188629667109874069622087827799001" },
                 { "pinsker-marginal-simple", "34.95253333333333333333333333333333333333" },
                 { "mixed-tv", "8.192" }, { "unified", "8.192" },
                 { "linear", "115.8523750296039463978343402872584665964" },
                 { "adaptive-kl", "34.94609188629667109874069622087827799001" },
                 { "adaptive", "34.94609188629667109874069622087827799001" },
                 { "tilted-kl", "0.3347415046577348059595050673229061683495" },
                 { "tilted-kl-simple", "0.3351486035359792708550542637709881898618" },
                 { "tv-optimal", "28.96309375739404063635458453326568128507" },
                 { "coupled-half", "55.92618751480244944967861451262967180647" }, { "own-unified", "0.01" });
    start(&q, (known){ 4096, "1e-4", "5e-3", "0.01", "0.05", "5e-3" });
    value_is(&q, "classical-tv", "838.656");
    value_is(&q, "coupling", "79.91"); /* 200 t below the cap, then 1 */
    value_is(&q, "mixed-tv", "4.096");
    value_is(&q, "linear", "81.92");
    CHECK_VALUES(&q, { "pinsker-marginal-kl", "34.94609188629667109874069622087827799001" },
                 { "pinsker-marginal-tv", "24.71061854876856404051934429157657037072" },
                 { "mixed-kl", "8.192" }, { "adaptive-kl", "24.71061854876856404051934429157657037072" },
                 { "adaptive", "24.71057712741232673101446412270414940091" }, { "unified", "4.096" },
                 { "tv-optimal", "20.47999997506291956856621822846566384986" },
                 { "coupled-half", "38.96000000242308545207779422487076801459" });
    start_with_pinsker(&q, "1", "1");
    CHECK_VALUES(&q, { "classical-kl", "16773120" }, { "linear", "11585.23750296039463978343402872584665964" },
                 { "pinsker-marginal-kl", "11581.58064871090225958822727382900786733" },
                 { "pinsker-marginal-simple", "349525.3333333333333333333333333333333333" }, { "mixed-kl", "8192" },
                 { "tv-optimal", "2896.309375740098659945858507181461664911" },
                 { "coupled-half", "5790.618751480197319891717014362923329821" });
    start_with_pinsker(&q, "0.01", "0.01");
    CHECK_VALUES(&q, { "pinsker-marginal-kl", "1139.522049309208024800560017026154494966" },
                 { "pinsker-marginal-simple", "3495.253333333333333333333333333333333333" },
                 { "coupling", "1156.381109608920178831938336699955571729" },
                 { "tilted-kl", "2002580764.916792411288901369877615095412" },
                 { "tilted-kl-simple", "205173738914131271.2250440794854536443461" });
}

/* ---- relations ------------------------------------------------------------------------------------------- */

/* Numbers that fit together: eps <= sqrt(delta/2), Dbar_t <= eps, KL_seq <= T delta, TV_seq <= sqrt(KL_seq/2). */
static void random_quantities(tt_quantities *q)
{
    size_t horizon = 1 + random_below(&stream, 30);
    tt_quantities_init(q);
    assert_int_equal(tt_quantities_resize(q, 2, horizon), TT_OK);
    unsigned long e = random_below(&stream, 101);
    tt_real_set_frac(&q->tv_max, e, 100);
    tt_real_set_frac(&q->kl_max, 2 * e * e * (10 + random_below(&stream, 30)), 100000);
    tt_real_mul_frac(&q->kl_seq, &q->kl_max, horizon * random_below(&stream, 101), 100, PRECISION);
    tt_real_set_frac(&q->tv_seq, random_below(&stream, 101), 100);
    for (size_t t = 0; t < horizon; t++)
        tt_real_set_frac(&q->expected_tv.items[t], e * random_below(&stream, 101), 10000);
    if (random_below(&stream, 20) == 0)
        tt_real_set_infinite(&q->kl_max, 1);
    if (random_below(&stream, 3) == 0) { /* divergences are enclosures as a rule */
        tt_real *const logs[] = { &q->kl_max, &q->kl_seq };
        for (size_t k = 0; k < 2; k++)
            if (tt_real_is_exact(logs[k]) && !tt_real_is_zero(logs[k])) {
                mpfi_t i;
                mpfi_init2(i, PRECISION);
                mpfi_set_q(i, logs[k]->q);
                mpfr_nextabove(&i->right);
                tt_real_set_interval(logs[k], i);
                mpfi_clear(i);
            }
    }
}

static const char *const own_members[] = {
    "sequence-kl", "linear-one", "tv-optimal", "tilted-kl", "tilted-reverse-kl", "tilted", "reverse-kl", "linear-half",
    "adaptive-half", "mixed-kl-half", "mixed-tv-half", "expected-coupling-half", "average-kl-half",
};
static const char *const paper_members[] = {
    "pinsker-marginal-kl", "pinsker-marginal-tv", "mixed-kl", "mixed-tv", "coupling", "adaptive",
};

static const char *const at_most[][2] = {
    { "coupling", "classical-tv" },
    { "pinsker-marginal-kl", "pinsker-marginal-simple" },
    { "pinsker-marginal-tv", "pinsker-marginal-tv-simple" },
    { "pinsker-marginal-tv", "pinsker-marginal-kl" },
    { "classical-tv", "classical-kl" },
    { "mixed-kl", "mixed-kl-simple" },
    { "adaptive", "adaptive-kl" },
    { "adaptive", "adaptive-tv" },
    { "adaptive-kl", "pinsker-marginal-tv" },
    { "adaptive-tv", "coupling" },
    { "adaptive-kl", "linear" },
    { "adaptive-tv", "linear" },
    { "unified-kl", "pinsker-marginal-kl" },
    { "unified-kl", "mixed-kl" },
    { "unified", "pinsker-marginal-kl" },
    { "unified", "pinsker-marginal-tv" },
    { "unified", "mixed-kl" },
    { "unified", "mixed-tv" },
    { "unified", "coupling" },
    { "unified", "adaptive" },
    { "own-unified", "sequence-kl" },
    { "own-unified", "linear-one" },
    { "own-unified", "tv-optimal" },
    { "own-unified", "tilted-kl" },
    { "own-unified", "linear-half" },
    { "own-unified", "adaptive-half" },
    { "own-unified", "mixed-kl-half" },
    { "own-unified", "mixed-tv-half" },
    { "own-unified", "expected-coupling-half" },
    { "tilted-kl", "tilted-kl-simple" },
    { "tv-optimal", "coupled-half" },
    { "coupled-half", "coupling-half" },
    { "expected-coupling-half", "coupling-half" },
    { "coupling-half", "classical-tv-half" },
    { "adaptive-half", "linear-half" },
    { "linear-half", "linear" },
};

/* out = n/d of the value of id */
static void fraction_of(tt_real *out, const char *id, const tt_quantities *q, unsigned long n, unsigned long d)
{
    evaluate(out, id, q);
    tt_real_mul_frac(out, out, n, d, PRECISION);
}

/* ID is the smallest of its members that exist. */
static void check_smallest(const tt_quantities *q, const char *id, const char *const *members, size_t n)
{
    tt_real value, smallest, x;
    tt_real_init(&value);
    tt_real_init(&smallest);
    tt_real_init(&x);
    for (size_t k = 0; k < n; k++) {
        evaluate(&x, members[k], q);
        if (tt_real_is_absent(&smallest))
            tt_real_swap(&smallest, &x);
        else if (!tt_real_is_absent(&x))
            tt_real_min(&smallest, &smallest, &x, PRECISION);
    }
    evaluate(&value, id, q);
    if (value.kind != smallest.kind || tt_real_cmp(&value, &smallest) == TT_LESS ||
        tt_real_cmp(&value, &smallest) == TT_GREATER)
        fail_msg("%s", id);
    tt_real_clear(&value);
    tt_real_clear(&smallest);
    tt_real_clear(&x);
}

static void check_halves(const tt_quantities *q)
{
    tt_real half, whole;
    tt_real_init(&half);
    tt_real_init(&whole);
    for (size_t k = 0; k < COUNT; k++) {
        char id[64];
        bool mixed = strncmp(order[k], "mixed", 5) == 0;
        if (snprintf(id, sizeof id, "%s-half", order[k]) >= (int)sizeof id || !tt_bound_find(id) ||
            strcmp(order[k], "linear") == 0)
            continue;
        evaluate(&half, id, q);
        fraction_of(&whole, order[k], q, mixed ? q->horizon - 1 : 1, mixed ? 2 * q->horizon : 2);
        if (half.kind != whole.kind || tt_real_cmp(&half, &whole) == TT_LESS ||
            tt_real_cmp(&half, &whole) == TT_GREATER)
            fail_msg("%s", id);
        if (half.kind != TT_REAL_ENCLOSED)
            assert_int_equal(tt_real_cmp(&half, &whole), TT_EQUAL);
    }
    tt_real_clear(&half);
    tt_real_clear(&whole);
}

static void test_relations(void **state)
{
    size_t decided = 0, open = 0;
    (void)state;
    for (uint64_t round = 0; round < 200 * test_effort(); round++) {
        tt_quantities q;
        tt_real x, y;
        random_quantities(&q);
        tt_real_init(&x);
        tt_real_init(&y);
        for (size_t k = 0; k < sizeof at_most / sizeof *at_most; k++) {
            evaluate(&x, at_most[k][0], &q);
            evaluate(&y, at_most[k][1], &q);
            switch (tt_verdict_le(&x, &y)) {
            case TT_HOLDS:
                decided++;
                break;
            case TT_UNDECIDED:
                open++;
                break;
            default:
                fail_msg("%s exceeds %s at horizon %zu: %.17g, %.17g", at_most[k][0], at_most[k][1], q.horizon,
                         tt_real_get_d(&x), tt_real_get_d(&y));
            }
        }
        check_halves(&q);
        check_smallest(&q, "own-unified", own_members, sizeof own_members / sizeof *own_members);
        check_smallest(&q, "unified", paper_members, sizeof paper_members / sizeof *paper_members);
        tt_real_clear(&x);
        tt_real_clear(&y);
        tt_quantities_clear(&q);
    }
    assert_true(open * 5 < decided);
}

/* The same numbers as rows and as one uniform entry. */
static void test_uniform_rows(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 60 * test_effort(); round++) {
        tt_quantities rows, uniform;
        tt_real x, y;
        random_quantities(&rows);
        tt_real_init(&x);
        tt_real_init(&y);
        start(&uniform, (known){ rows.horizon, "?", "?", "?", "?", "1/50" });
        tt_real_set(&uniform.kl_max, &rows.kl_max);
        tt_real_set(&uniform.tv_max, &rows.tv_max);
        tt_real_set(&uniform.kl_seq, &rows.kl_seq);
        tt_real_set(&uniform.tv_seq, &rows.tv_seq);
        for (size_t t = 0; t < rows.horizon; t++)
            set(&rows.expected_tv.items[t], "1/50");
        for (size_t k = 0; k < COUNT; k++) {
            tt_order o;
            if (strcmp(order[k], "reverse-kl") == 0) /* not among the numbers */
                continue;
            evaluate(&x, order[k], &rows);
            evaluate(&y, order[k], &uniform);
            o = tt_real_cmp(&x, &y);
            if (x.kind != y.kind || o == TT_LESS || o == TT_GREATER)
                fail_msg("%s: %.17g by rows, %.17g uniform", order[k], tt_real_get_d(&x), tt_real_get_d(&y));
        }
        tt_real_clear(&x);
        tt_real_clear(&y);
        tt_quantities_clear(&rows);
        tt_quantities_clear(&uniform);
    }
}

/* Larger inputs never give a smaller bound. */
static void check_growth(const tt_quantities *small, const tt_quantities *large)
{
    tt_real x, y;
    tt_real_init(&x);
    tt_real_init(&y);
    for (size_t k = 0; k < COUNT; k++) {
        evaluate(&x, order[k], small);
        evaluate(&y, order[k], large);
        if (tt_real_is_absent(&x))
            continue;
        if (tt_verdict_le(&x, &y) != TT_HOLDS && tt_verdict_le(&x, &y) != TT_UNDECIDED)
            fail_msg("%s falls from %.17g to %.17g", order[k], tt_real_get_d(&x), tt_real_get_d(&y));
    }
    tt_real_clear(&x);
    tt_real_clear(&y);
}

static void test_monotone(void **state)
{
    static const char *const levels[] = { "0", "1e-6", "1/100", "1/7", "1/3", "1", "5/2" };
    const size_t n = sizeof levels / sizeof *levels;
    (void)state;
    for (uint64_t round = 0; round < 60 * test_effort(); round++) {
        for (int input = 0; input < 7; input++) {
            tt_quantities q[2];
            size_t level[7], horizon = 1 + random_below(&stream, 40);
            for (size_t k = 0; k < 7; k++)
                level[k] = random_below(&stream, n - 1);
            for (size_t k = 0; k < 2; k++) {
                start(&q[k], (known){ input == 0 ? horizon + k : horizon, levels[level[1] + (input == 1 && k)],
                                      levels[level[2] + (input == 2 && k)], levels[level[3] + (input == 3 && k)],
                                      levels[level[4] + (input == 4 && k)], levels[level[5] + (input == 5 && k)] });
                q[k].dominated = true;
                set(&q[k].chi2_max, levels[level[6] + (input == 6 && k)]);
                set(&q[k].kl_max_reverse, levels[level[1] + (input == 1 && k)]);
                for (size_t j = 0; j < TT_THETAS; j++)
                    set(&q[k].tilt_max[j], levels[level[6] + (input == 6 && k)]);
            }
            check_growth(&q[0], &q[1]);
            tt_quantities_clear(&q[0]);
            tt_quantities_clear(&q[1]);
        }
    }
}

/* Doubled precision: the finer enclosure meets the coarser one, and is finer. */
static void test_precision(void **state)
{
    (void)state;
    for (uint64_t round = 0; round < 20 * test_effort(); round++) {
        tt_quantities q;
        tt_real x, y;
        random_quantities(&q);
        q.horizon = 300; /* rows do not matter here */
        tt_real_init(&x);
        tt_real_init(&y);
        for (size_t k = 0; k < COUNT; k++) {
            const char *parameter = NULL;
            tt_order o;
            tt_bound_at(k)->value(&x, &q, 128, &parameter);
            tt_bound_at(k)->value(&y, &q, 256, &parameter);
            o = tt_real_cmp(&x, &y);
            if (tt_real_is_absent(&x) != tt_real_is_absent(&y) || o == TT_LESS || o == TT_GREATER)
                fail_msg("%s", order[k]);
            if (tt_real_is_exact(&q.kl_max) && x.kind == TT_REAL_ENCLOSED &&
                (tt_real_width_log2(&x) > -118 || tt_real_width_log2(&y) > -246))
                fail_msg("%s: widths 2^%ld, 2^%ld", order[k], tt_real_width_log2(&x), tt_real_width_log2(&y));
        }
        tt_real_clear(&x);
        tt_real_clear(&y);
        tt_quantities_clear(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_small_values),
        cmocka_unit_test(test_absent_inputs),
        cmocka_unit_test(test_one_step),
        cmocka_unit_test(test_infinite_divergence),
        cmocka_unit_test(test_extremes_of_tv),
        cmocka_unit_test(test_preconditions),
        cmocka_unit_test(test_second_moments),
        cmocka_unit_test(test_kmax_moment),
        cmocka_unit_test(test_truncated_moment),
        cmocka_unit_test(test_members_of_own_unified),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_printed_numbers),
        cmocka_unit_test(test_relations),
        cmocka_unit_test(test_uniform_rows),
        cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_precision),
    };
    stream.state = test_seed(20251220);
    printf("TT_TEST_SEED=%" PRIu64 "\n", stream.state);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

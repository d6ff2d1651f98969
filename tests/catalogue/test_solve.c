/* The inverse of every closed form: both sides of each answer are evaluated again at a higher precision,
   horizons are counted by hand, and simple forms are solved on paper. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/catalogue/solve.h"
#include "../../lib/number/exact.h"
#include "../random_instance.h"
#include "../settings.h"

#define CHECK_BITS 1024
#define HORIZON_LIMIT 60

typedef void value_function(tt_real *, const tt_quantities *, mpfr_prec_t, const char **);

static void set_text(mpq_t q, const char *text)
{
    tt_error error;
    if (tt_exact_parse(q, text, strlen(text), &error) != TT_OK)
        fail_msg("%s: %s", text, error.what);
}

static void set_real(tt_real *x, const char *text)
{
    set_text(x->q, text);
    x->kind = TT_REAL_EXACT;
}

/* out = the bound where the unknown is x */
static void value_at(tt_real *out, const tt_bound *bound, tt_input unknown, const tt_given *given, const tt_real *x)
{
    tt_given there;
    tt_quantities q;
    const char *parameter = NULL;
    tt_given_init(&there);
    tt_quantities_init(&q);
    tt_given_set(&there, given);
    if (unknown == TT_INPUT_HORIZON)
        there.horizon = mpz_get_ui(mpq_numref(x->q));
    else
        tt_real_set(tt_given_number(&there, unknown), x);
    assert_int_equal(tt_given_fill(&q, &there, CHECK_BITS, NULL), TT_OK);
    bound->value(out, &q, CHECK_BITS, &parameter);
    tt_quantities_clear(&q);
    tt_given_clear(&there);
}

static tt_order order_at(const tt_bound *bound, tt_input unknown, const tt_given *given, const tt_real *x,
                         mpq_srcptr below)
{
    tt_real value, limit;
    tt_order order;
    tt_real_init(&value);
    tt_real_init(&limit);
    tt_real_set_q(&limit, below);
    value_at(&value, bound, unknown, given, x);
    order = tt_real_cmp(&value, &limit);
    tt_real_clear(&value);
    tt_real_clear(&limit);
    return order;
}

static void ends_of(tt_real *lo, tt_real *hi, const tt_real *x)
{
    if (tt_real_is_exact(x)) {
        tt_real_set(lo, x);
        tt_real_set(hi, x);
        return;
    }
    mpfr_get_q(lo->q, &x->i->left);
    mpfr_get_q(hi->q, &x->i->right);
    lo->kind = hi->kind = TT_REAL_EXACT;
}

/* hi is a little above lo, relative to it */
static void is_narrow(const tt_real *lo, const tt_real *hi)
{
    mpq_t gap, limit;
    mpq_inits(gap, limit, (mpq_ptr)0);
    mpq_sub(gap, hi->q, lo->q);
    mpq_div_2exp(limit, lo->q, 100);
    assert_true(mpq_sgn(gap) > 0);
    assert_true(mpq_cmp(gap, limit) <= 0);
    mpq_clears(gap, limit, (mpq_ptr)0);
}

/* B(lo) <= below < B(hi); an exact answer meets `below`, and a little more exceeds it. */
static void check_solved(const tt_bound *bound, tt_input unknown, const tt_given *given, mpq_srcptr below,
                         const tt_real *largest)
{
    tt_real lo, hi, step;
    tt_order order;
    tt_real_init(&lo);
    tt_real_init(&hi);
    tt_real_init(&step);
    ends_of(&lo, &hi, largest);
    order = order_at(bound, unknown, given, &lo, below);
    if (tt_real_is_exact(largest)) {
        assert_int_equal(order, TT_EQUAL);
        tt_real_set_frac(&step, 1, UINT64_C(1) << 40);
        if (!tt_real_is_zero(&lo))
            tt_real_mul(&step, &step, &lo, CHECK_BITS);
        tt_real_add(&hi, &lo, &step, CHECK_BITS);
    } else {
        assert_true(order == TT_LESS || order == TT_EQUAL);
        is_narrow(&lo, &hi);
    }
    assert_int_equal(order_at(bound, unknown, given, &hi, below), TT_GREATER);
    tt_real_clear(&lo);
    tt_real_clear(&hi);
    tt_real_clear(&step);
}

/* The order of the values at a few points of the domain, which must agree. */
static void check_everywhere(const tt_bound *bound, tt_input unknown, const tt_given *given, mpq_srcptr below,
                             tt_order wanted)
{
    static const char *const points[] = { "0", "1e-40", "1/3", "1" };
    tt_real x;
    tt_real_init(&x);
    for (size_t k = 0; k < sizeof points / sizeof *points; k++) {
        tt_order order;
        set_real(&x, points[k]);
        order = order_at(bound, unknown, given, &x, below);
        assert_true(order == wanted || (wanted == TT_LESS && order == TT_EQUAL));
    }
    if (unknown != TT_INPUT_TV_MAX && unknown != TT_INPUT_TV_SEQ) {
        tt_order order;
        set_real(&x, "1e40");
        order = order_at(bound, unknown, given, &x, below);
        assert_true(order == wanted || (wanted == TT_LESS && order == TT_EQUAL));
    }
    tt_real_clear(&x);
}

static void check_independent(const tt_bound *bound, tt_input unknown, const tt_given *given)
{
    tt_real x, a, b;
    tt_real_init(&x);
    tt_real_init(&a);
    tt_real_init(&b);
    tt_real_set_frac(&x, 1, 1000);
    value_at(&a, bound, unknown, given, &x);
    tt_real_set_ui(&x, 1);
    value_at(&b, bound, unknown, given, &x);
    assert_false(tt_real_is_absent(&a));
    assert_true(tt_verdict_eq(&a, &b, NULL) == TT_HOLDS || tt_verdict_eq(&a, &b, NULL) == TT_CONSISTENT);
    tt_real_clear(&x);
    tt_real_clear(&a);
    tt_real_clear(&b);
}

static void check_missing(const tt_bound *bound, tt_input unknown, const tt_given *given)
{
    tt_real x, value;
    tt_real_init(&x);
    tt_real_init(&value);
    tt_real_set_frac(&x, 1, 7);
    value_at(&value, bound, unknown, given, &x);
    assert_true(tt_real_is_absent(&value));
    tt_real_clear(&x);
    tt_real_clear(&value);
}

/* Whether 3^T may be beyond MPFR's exponents, as it is where a long has 32 bits: then there is no answer. */
static bool out_of_exponents(const tt_given *given)
{
    return (mpfr_exp_t)(given->horizon / 2) >= mpfr_get_emax_max() / 4;
}

static tt_outcome check_answer(const tt_bound *bound, tt_input unknown, const tt_given *given, mpq_srcptr below)
{
    tt_solution solution;
    tt_error error;
    tt_outcome outcome;
    tt_solution_init(&solution);
    assert_int_equal(tt_solve(&solution, bound, unknown, given, below, &error), TT_OK);
    outcome = solution.outcome;
    switch (outcome) {
    case TT_SOLVED:
        check_solved(bound, unknown, given, below, &solution.largest);
        break;
    case TT_SOLVED_ALWAYS:
        assert_true(tt_real_is_infinite(&solution.largest));
        check_everywhere(bound, unknown, given, below, TT_LESS);
        break;
    case TT_SOLVED_NEVER:
        check_everywhere(bound, unknown, given, below, TT_GREATER);
        break;
    case TT_SOLVED_INDEPENDENT:
        check_independent(bound, unknown, given);
        check_everywhere(bound, unknown, given, below,
                         tt_real_is_infinite(&solution.largest) ? TT_LESS : TT_GREATER);
        break;
    case TT_SOLVED_MISSING:
        check_missing(bound, unknown, given);
        break;
    default:
        if (!out_of_exponents(given))
            fail_msg("%s: undecided", bound->id);
    }
    assert_true(outcome == TT_SOLVED || outcome == TT_SOLVED_ALWAYS || tt_real_is_absent(&solution.largest) ||
                (outcome == TT_SOLVED_INDEPENDENT && tt_real_is_infinite(&solution.largest)));
    tt_solution_clear(&solution);
    return outcome;
}

/* ---- random questions --------------------------------------------------------------------------- */

/* A number around 10^-exponent; absent every third time. */
static void random_number(tt_real *x, random_stream *stream, unsigned exponent, bool always)
{
    char text[64];
    if (!always && random_below(stream, 3) == 0) {
        tt_real_set_absent(x);
        return;
    }
    snprintf(text, sizeof text, "%" PRIu64 "e-%" PRIu64, 1 + random_below(stream, 999),
             3 + random_below(stream, exponent + 1));
    set_real(x, text);
}

static void random_given(tt_given *given, random_stream *stream)
{
    static const unsigned long horizons[] = { 1, 2, 3, 5, 17, 64, 200, 4096, 1000003, TT_HORIZON_MAX };
    given->horizon = horizons[random_below(stream, sizeof horizons / sizeof *horizons)];
    random_number(&given->kl_max, stream, 5, false);
    random_number(&given->tv_max, stream, 4, false);
    random_number(&given->kl_seq, stream, 3, false);
    random_number(&given->tv_seq, stream, 3, false);
    random_number(&given->chi2_max, stream, 5, false);
}

static void random_threshold(mpq_t below, random_stream *stream)
{
    static const char *const corners[] = { "0", "1", "1/2", "1e-300", "1e6", "1e-30", "2", "1/3" };
    char text[64];
    if (random_below(stream, 3) == 0) {
        set_text(below, corners[random_below(stream, sizeof corners / sizeof *corners)]);
        return;
    }
    snprintf(text, sizeof text, "%" PRIu64 "e-%" PRIu64, 1 + random_below(stream, 99999),
             random_below(stream, 12));
    set_text(below, text);
}

static void test_random_questions(void **state)
{
    uint64_t count = 60 * test_effort();
    random_stream stream = { test_seed(1) };
    size_t outcomes[TT_SOLVED_UNDECIDED + 1] = { 0 };
    tt_given given;
    mpq_t below;
    (void)state;
    printf("seed %" PRIu64 "\n", test_seed(1));
    tt_given_init(&given);
    mpq_init(below);
    for (uint64_t k = 0; k < count; k++) {
        tt_input unknown = (tt_input)(1 + random_below(&stream, TT_INPUTS - 1));
        random_given(&given, &stream);
        random_threshold(below, &stream);
        for (size_t b = 0; b < tt_bound_count(); b++)
            outcomes[check_answer(tt_bound_at(b), unknown, &given, below)]++;
    }
    printf("solved %zu, always %zu, never %zu, independent %zu, missing %zu\n", outcomes[TT_SOLVED],
           outcomes[TT_SOLVED_ALWAYS], outcomes[TT_SOLVED_NEVER], outcomes[TT_SOLVED_INDEPENDENT],
           outcomes[TT_SOLVED_MISSING]);
    assert_true(outcomes[TT_SOLVED] > 0 && outcomes[TT_SOLVED_ALWAYS] > 0);
    assert_true(outcomes[TT_SOLVED_INDEPENDENT] > 0 && outcomes[TT_SOLVED_MISSING] > 0);
    tt_given_clear(&given);
    mpq_clear(below);
}

/* Every closed form, every input that it reads, at a size that no machine number holds. */
static void test_tiny(void **state)
{
    size_t solved = 0;
    tt_given given;
    mpq_t below;
    (void)state;
    mpq_init(below);
    set_text(below, "1e-300");
    for (tt_input unknown = TT_INPUT_KL_MAX; unknown < TT_INPUTS; unknown++) {
        tt_given_init(&given);
        given.horizon = 4096;
        if (unknown == TT_INPUT_KL_SEQ)
            set_real(&given.kl_max, "1e-4");
        for (size_t b = 0; b < tt_bound_count(); b++)
            solved += check_answer(tt_bound_at(b), unknown, &given, below) == TT_SOLVED;
        tt_given_clear(&given);
    }
    assert_true(solved > 60);
    mpq_clear(below);
}

/* ---- horizons ------------------------------------------------------------------------------------ */

/* The largest T up to HORIZON_LIMIT with B <= below, by trying each; 0 where there is none. */
static unsigned long count_horizon(const tt_bound *bound, const tt_given *given, mpq_srcptr below)
{
    unsigned long largest = 0;
    tt_real x;
    tt_real_init(&x);
    for (unsigned long horizon = 1; horizon <= HORIZON_LIMIT; horizon++) {
        tt_order order;
        tt_real_set_ui(&x, horizon);
        order = order_at(bound, TT_INPUT_HORIZON, given, &x, below);
        assert_int_not_equal(order, TT_UNKNOWN);
        if (order != TT_GREATER)
            largest = horizon;
    }
    tt_real_clear(&x);
    return largest;
}

static void check_horizon(const tt_bound *bound, const tt_given *given, mpq_srcptr below, size_t *counted)
{
    tt_solution solution;
    tt_error error;
    unsigned long expected;
    tt_solution_init(&solution);
    assert_int_equal(tt_solve(&solution, bound, TT_INPUT_HORIZON, given, below, &error), TT_OK);
    assert_int_not_equal(solution.outcome, TT_SOLVED_UNDECIDED);
    if (solution.outcome == TT_SOLVED || solution.outcome == TT_SOLVED_NEVER || solution.outcome == TT_SOLVED_ALWAYS) {
        expected = count_horizon(bound, given, below);
        if (expected < HORIZON_LIMIT) {
            assert_int_equal(solution.outcome, expected ? TT_SOLVED : TT_SOLVED_NEVER);
            if (expected)
                assert_int_equal(tt_real_cmp_ui(&solution.largest, expected), TT_EQUAL);
            ++*counted;
        } else {
            assert_int_not_equal(solution.outcome, TT_SOLVED_NEVER);
            assert_int_not_equal(tt_real_cmp_ui(&solution.largest, HORIZON_LIMIT), TT_LESS);
        }
    }
    tt_solution_clear(&solution);
}

static void test_horizons(void **state)
{
    uint64_t count = 8 * test_effort();
    random_stream stream = { test_seed(2) };
    size_t counted = 0;
    tt_given given;
    mpq_t below;
    (void)state;
    printf("seed %" PRIu64 "\n", test_seed(2));
    tt_given_init(&given);
    mpq_init(below);
    for (uint64_t k = 0; k < count; k++) {
        random_given(&given, &stream);
        random_number(&given.kl_max, &stream, 2, true);
        random_threshold(below, &stream);
        for (size_t b = 0; b < tt_bound_count(); b++)
            check_horizon(tt_bound_at(b), &given, below, &counted);
    }
    printf("%zu horizons counted\n", counted);
    assert_true(counted > 0);
    tt_given_clear(&given);
    mpq_clear(below);
}

/* ---- on paper ------------------------------------------------------------------------------------ */

static void solve_into(tt_solution *solution, const char *id, tt_input unknown, const tt_given *given,
                       const char *below)
{
    tt_error error;
    mpq_t b;
    mpq_init(b);
    set_text(b, below);
    assert_non_null(tt_bound_find(id));
    assert_int_equal(tt_solve(solution, tt_bound_find(id), unknown, given, b, &error), TT_OK);
    mpq_clear(b);
}

static void expect(const char *id, tt_input unknown, const tt_given *given, const char *below, const char *answer)
{
    tt_solution solution;
    tt_real expected;
    tt_solution_init(&solution);
    tt_real_init(&expected);
    solve_into(&solution, id, unknown, given, below);
    assert_int_equal(solution.outcome, TT_SOLVED);
    set_real(&expected, answer);
    if (!tt_real_is_exact(&solution.largest) || tt_real_cmp(&solution.largest, &expected) != TT_EQUAL)
        fail_msg("%s below %s: not exactly %s", id, below, answer);
    tt_solution_clear(&solution);
    tt_real_clear(&expected);
}

/* The answer is the square root of a rational that is no square. */
static void expect_root(const char *id, tt_input unknown, const tt_given *given, const char *below,
                        const char *square)
{
    tt_solution solution;
    tt_real expected;
    mpfi_t i;
    tt_solution_init(&solution);
    tt_real_init(&expected);
    solve_into(&solution, id, unknown, given, below);
    assert_int_equal(solution.outcome, TT_SOLVED);
    assert_int_equal(solution.largest.kind, TT_REAL_ENCLOSED);
    set_real(&expected, square);
    tt_real_sqrt(&expected, &expected, 64);
    mpfi_init2(i, 512);
    tt_real_get_interval(i, &expected);
    assert_true(mpfi_is_strictly_inside(i, solution.largest.i));
    mpfi_clear(i);
    tt_solution_clear(&solution);
    tt_real_clear(&expected);
}

static tt_outcome outcome_of(const char *id, tt_input unknown, const tt_given *given, const char *below)
{
    tt_solution solution;
    tt_outcome outcome;
    tt_solution_init(&solution);
    solve_into(&solution, id, unknown, given, below);
    outcome = solution.outcome;
    tt_solution_clear(&solution);
    return outcome;
}

static void test_on_paper(void **state)
{
    tt_given given;
    (void)state;
    tt_given_init(&given);
    given.horizon = 4096;
    expect("classical-kl", TT_INPUT_KL_MAX, &given, "1", "1/16773120");
    expect("classical-kl", TT_INPUT_KL_MAX, &given, "0", "0");
    expect("sequence-kl", TT_INPUT_KL_MAX, &given, "1e-300", "0.000244140625e-300"); /* B / T */
    expect("pinsker-marginal-simple", TT_INPUT_KL_MAX, &given, "4", "3/262144");     /* 3 B / (4 T^1.5) */
    expect("linear", TT_INPUT_KL_MAX, &given, "4", "1/8388608");                     /* 4 T sqrt(x/2) */
    expect("linear", TT_INPUT_TV_MAX, &given, "1e-300", "6.103515625e-305");         /* B / (4 T) */
    expect("mixed-tv", TT_INPUT_TV_MAX, &given, "1e-300", "1.220703125e-154");       /* sqrt(B) / (2 T) */
    expect("mixed-tv", TT_INPUT_TV_MAX, &given, "8192", "1/2");                      /* past the cap of TV_seq */
    expect_root("classical-tv", TT_INPUT_TV_MAX, &given, "1", "1/33546240");
    set_real(&given.kl_max, "1e-4");
    expect("mixed-kl", TT_INPUT_KL_SEQ, &given, "1/3", "625/37748736"); /* B^2 / (4 T^2 delta) */
    expect("own-unified", TT_INPUT_KL_SEQ, &given, "1/4", "1/4");
    expect("classical-kl", TT_INPUT_HORIZON, &given, "1", "100");
    expect("sequence-kl", TT_INPUT_HORIZON, &given, "1", "10000");
    expect("linear", TT_INPUT_HORIZON, &given, "4", "141");
    given.horizon = 2;
    tt_real_set_absent(&given.kl_max);
    expect("tilted-kl", TT_INPUT_KL_MAX, &given, "0.3", "0.3");     /* delta */
    expect("second-moment", TT_INPUT_CHI2_MAX, &given, "0.3", "0.6"); /* chi / 2 */
    expect_root("tv-optimal", TT_INPUT_TV_MAX, &given, "1", "1/2");  /* 2 eps^2 */
    tt_given_clear(&given);
}

/* What is no number, and why. */
static void test_outcomes(void **state)
{
    tt_given given;
    (void)state;
    tt_given_init(&given);
    given.horizon = 10;
    /* at most 4 T, reached at delta = 2 */
    assert_int_equal(outcome_of("linear", TT_INPUT_KL_MAX, &given, "40"), TT_SOLVED_ALWAYS);
    assert_int_equal(outcome_of("linear", TT_INPUT_KL_MAX, &given, "39.9"), TT_SOLVED);
    assert_int_equal(outcome_of("linear", TT_INPUT_TV_MAX, &given, "40"), TT_SOLVED_ALWAYS);
    assert_int_equal(outcome_of("classical-tv", TT_INPUT_TV_MAX, &given, "180"), TT_SOLVED_ALWAYS);
    assert_int_equal(outcome_of("classical-tv", TT_INPUT_TV_MAX, &given, "179"), TT_SOLVED);
    assert_int_equal(outcome_of("pinsker-marginal-simple", TT_INPUT_KL_MAX, &given, "1e100"), TT_SOLVED);
    assert_int_equal(outcome_of("mixed-kl", TT_INPUT_KL_SEQ, &given, "1"), TT_SOLVED_MISSING);
    assert_int_equal(outcome_of("tilted", TT_INPUT_KL_MAX, &given, "1"), TT_SOLVED_MISSING);
    assert_int_equal(outcome_of("second-moment", TT_INPUT_KL_MAX, &given, "1"), TT_SOLVED_MISSING);
    assert_int_equal(outcome_of("classical-kl", TT_INPUT_TV_MAX, &given, "1"), TT_SOLVED_MISSING);
    set_real(&given.kl_max, "1/100");
    assert_int_equal(outcome_of("classical-kl", TT_INPUT_TV_MAX, &given, "1"), TT_SOLVED_INDEPENDENT);
    assert_int_equal(outcome_of("linear", TT_INPUT_KL_SEQ, &given, "1"), TT_SOLVED_INDEPENDENT);
    assert_int_equal(outcome_of("mixed-tv", TT_INPUT_KL_SEQ, &given, "1"), TT_SOLVED); /* TV_seq moves with KL_seq */
    set_real(&given.tv_seq, "1/100");
    assert_int_equal(outcome_of("mixed-tv", TT_INPUT_KL_SEQ, &given, "1"), TT_SOLVED_INDEPENDENT);
    assert_int_equal(outcome_of("linear", TT_INPUT_HORIZON, &given, "1e-3"), TT_SOLVED_NEVER);
    assert_int_equal(outcome_of("sequence-kl", TT_INPUT_HORIZON, &given, "1e8"), TT_SOLVED_ALWAYS);
    set_real(&given.kl_seq, "1/100");
    assert_int_equal(outcome_of("sequence-kl", TT_INPUT_HORIZON, &given, "1"), TT_SOLVED_INDEPENDENT);
    set_real(&given.kl_max, "0");
    assert_int_equal(outcome_of("classical-kl", TT_INPUT_HORIZON, &given, "0"), TT_SOLVED_ALWAYS);
    given.horizon = 1;
    /* 0 for every delta */
    assert_int_equal(outcome_of("classical-kl", TT_INPUT_KL_MAX, &given, "0"), TT_SOLVED_ALWAYS);
    tt_given_clear(&given);
}

static tt_verdict applies_of(const char *id, const tt_given *given, const char *below)
{
    tt_solution solution;
    tt_verdict applies;
    tt_solution_init(&solution);
    solve_into(&solution, id, TT_INPUT_KL_MAX, given, below);
    applies = solution.applies;
    tt_solution_clear(&solution);
    return applies;
}

/* A -simple form is solved without its precondition, which is judged at the answer. */
static void test_preconditions(void **state)
{
    tt_given given;
    (void)state;
    tt_given_init(&given);
    given.horizon = 4; /* 32/3 delta, claimed for delta <= 1/2 */
    assert_int_equal(applies_of("pinsker-marginal-simple", &given, "16/3"), TT_HOLDS);
    assert_int_equal(applies_of("pinsker-marginal-simple", &given, "5.34"), TT_VIOLATED);
    assert_int_equal(applies_of("pinsker-marginal-kl", &given, "5"), TT_HOLDS);
    assert_int_equal(applies_of("tilted", &given, "5"), TT_NOT_APPLICABLE);
    tt_given_clear(&given);
}

/* ---- bounds that are made up ---------------------------------------------------------------------- */

/* 2 chi as an enclosure: that it is 1 at chi = 1/2 shows at no precision. */
static void blurred(tt_real *out, const tt_quantities *q, mpfr_prec_t precision, const char **parameter)
{
    (void)parameter;
    tt_real_set_ui(out, 2);
    tt_real_log(out, out, precision);
    tt_real_exp(out, out, precision);
    tt_real_mul(out, out, &q->chi2_max, precision);
}

/* 1 + chi */
static void shifted(tt_real *out, const tt_quantities *q, mpfr_prec_t precision, const char **parameter)
{
    (void)parameter;
    tt_real_set_ui(out, 1);
    tt_real_add(out, out, &q->chi2_max, precision);
}

static tt_outcome solve_made_up(tt_solution *solution, value_function *value, const char *below)
{
    tt_bound bound = { .id = "made-up", .value = value };
    tt_given given;
    tt_error error;
    mpq_t b;
    mpq_init(b);
    tt_given_init(&given);
    set_text(b, below);
    assert_int_equal(tt_solve(solution, &bound, TT_INPUT_CHI2_MAX, &given, b, &error), TT_OK);
    tt_given_clear(&given);
    mpq_clear(b);
    return solution->outcome;
}

static void test_made_up(void **state)
{
    tt_solution solution;
    tt_real lo, hi, half;
    (void)state;
    tt_solution_init(&solution);
    tt_real_init(&lo);
    tt_real_init(&hi);
    tt_real_init(&half);
    tt_real_set_frac(&half, 1, 2);
    assert_int_equal(solve_made_up(&solution, blurred, "1"), TT_SOLVED);
    ends_of(&lo, &hi, &solution.largest);
    assert_int_not_equal(tt_real_cmp(&lo, &half), TT_GREATER);
    assert_int_not_equal(tt_real_cmp(&hi, &half), TT_LESS);
    is_narrow(&lo, &hi);
    assert_int_equal(solve_made_up(&solution, shifted, "1/2"), TT_SOLVED_NEVER);
    assert_true(tt_real_is_absent(&solution.largest));
    assert_int_equal(solve_made_up(&solution, shifted, "1"), TT_SOLVED);
    assert_true(tt_real_is_zero(&solution.largest));
    assert_int_equal(solve_made_up(&solution, shifted, "1.5"), TT_SOLVED);
    assert_int_equal(tt_real_cmp(&solution.largest, &half), TT_EQUAL);
    tt_real_clear(&lo);
    tt_real_clear(&hi);
    tt_real_clear(&half);
    tt_solution_clear(&solution);
}

static void test_usage(void **state)
{
    const mpfr_exp_t emin = -1000000000, emax = 1000000000;
    tt_solution solution;
    tt_given given;
    tt_error error;
    mpq_t below;
    (void)state;
    tt_solution_init(&solution);
    tt_given_init(&given);
    mpq_init(below);
    mpq_set_si(below, -1, 3);
    assert_int_equal(tt_solve(&solution, tt_bound_at(0), TT_INPUT_TV_MAX, &given, below, &error), TT_BAD_INPUT);
    assert_true(tt_real_is_absent(&solution.largest));
    /* 3^(2^31) is on the way; the caller's range of exponents stays what it was */
    given.horizon = TT_HORIZON_MAX;
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    assert_int_equal(outcome_of("tilted-kl", TT_INPUT_KL_MAX, &given, "1"),
                     out_of_exponents(&given) ? TT_SOLVED_UNDECIDED : TT_SOLVED);
    assert_int_equal(mpfr_get_emin(), emin);
    assert_int_equal(mpfr_get_emax(), emax);
    mpfr_set_emax(mpfr_get_emax_max());
    tt_solution_clear(&solution);
    tt_given_clear(&given);
    mpq_clear(below);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_questions),
        cmocka_unit_test(test_tiny),
        cmocka_unit_test(test_horizons),
        cmocka_unit_test(test_on_paper),
        cmocka_unit_test(test_outcomes),
        cmocka_unit_test(test_preconditions),
        cmocka_unit_test(test_made_up),
        cmocka_unit_test(test_usage),
    };
    mpfr_set_emax(mpfr_get_emax_max()); /* values like 3^(2^31) are looked at, too */
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "solve.h"

#include "../number/simplest.h"

#define SEARCH_BITS 192  /* of logarithms, which only propose points */
#define POINT_BITS 128   /* of the points themselves */
#define WIDTH_LOG2 (-102) /* relative width at which the search ends */
#define STEP_LOG2 (-104)  /* the smallest relative step of the search */
#define REACH_LOG2 22     /* points lie between 2^-(2^REACH_LOG2) and its inverse */
#define TRIES_MAX 1000
#define PATIENCE 4 /* proposals in a row that may leave the bracket wide before it is halved */

/* One question, and what trying a point costs in storage. */
typedef struct {
    const tt_bound *bound;
    tt_input unknown;
    tt_given given;
    tt_quantities quantities;
    tt_real below, value;
    tt_status status; /* of all evaluations: the first failure stays */
} problem;

static void problem_init(problem *p, const tt_bound *bound, tt_input unknown, const tt_given *given,
                         mpq_srcptr below)
{
    p->bound = bound;
    p->unknown = unknown;
    p->status = TT_OK;
    tt_given_init(&p->given);
    tt_given_set(&p->given, given);
    tt_quantities_init(&p->quantities);
    tt_real_init(&p->below);
    tt_real_init(&p->value);
    tt_real_set_q(&p->below, below);
}

static void problem_clear(problem *p)
{
    tt_given_clear(&p->given);
    tt_quantities_clear(&p->quantities);
    tt_real_clear(&p->below);
    tt_real_clear(&p->value);
}

const char *tt_outcome_text(tt_outcome outcome, tt_input unknown)
{
    switch (outcome) {
    case TT_SOLVED:
        return NULL;
    case TT_SOLVED_ALWAYS:
        return unknown == TT_INPUT_HORIZON ? "no value up to 2^31 - 1 exceeds it" : "no value exceeds it";
    case TT_SOLVED_NEVER:
        return "every value exceeds it";
    case TT_SOLVED_INDEPENDENT:
        return "does not depend on the input";
    case TT_SOLVED_MISSING:
        return "needs something that is not given";
    default:
        return "undecided at the highest precision";
    }
}

/* ---- values ---- */

static void evaluate(problem *p, mpfr_prec_t precision)
{
    const char *parameter = NULL;
    tt_real_set_absent(&p->value);
    if (p->status == TT_OK) /* the first failure stays */
        p->status = tt_given_fill(&p->quantities, &p->given, precision, NULL);
    if (p->status == TT_OK)
        p->bound->value(&p->value, &p->quantities, precision, &parameter);
}

/* Where the value at the present point stands to `below`. */
static tt_order compare(problem *p)
{
    tt_order order = TT_UNKNOWN;
    for (mpfr_prec_t precision = SEARCH_BITS; precision <= TT_PRECISION_MAX; precision *= 2) {
        evaluate(p, precision);
        order = tt_real_cmp(&p->value, &p->below);
        if (order != TT_UNKNOWN || tt_real_is_absent(&p->value))
            break;
    }
    return order;
}

static tt_real *unknown_of(problem *p)
{
    return tt_given_number(&p->given, p->unknown);
}

/* Whether it is a total variation, in [0, 1]. */
static bool unknown_is_variation(const problem *p)
{
    return p->unknown == TT_INPUT_TV_MAX || p->unknown == TT_INPUT_TV_SEQ;
}

static tt_order compare_at(problem *p, mpfr_srcptr x)
{
    tt_real *unknown = unknown_of(p);
    mpfr_get_q(unknown->q, x);
    unknown->kind = TT_REAL_EXACT;
    return compare(p);
}

static tt_order compare_at_horizon(problem *p, size_t horizon)
{
    p->given.horizon = horizon;
    return compare(p);
}

/* ---- what the bound reads ---- */

static void set_generic(tt_real *x)
{
    if (!tt_real_is_absent(x))
        tt_real_set_frac(x, 1, 8);
}

static void set_end(problem *p, bool high)
{
    if (p->unknown == TT_INPUT_HORIZON)
        p->given.horizon = high ? 4 : 1;
    else
        tt_real_set_ui(unknown_of(p), high);
}

/* Judged at numbers away from every cap: whether the value exists, and whether it moves with the unknown. */
static tt_outcome judge_dependence(problem *given)
{
    mpq_t zero;
    problem p;
    tt_real low;
    tt_outcome outcome = TT_SOLVED;
    mpq_init(zero);
    problem_init(&p, given->bound, given->unknown, &given->given, zero);
    tt_real_init(&low);
    p.given.horizon = 4;
    set_generic(&p.given.kl_max);
    set_generic(&p.given.tv_max);
    set_generic(&p.given.kl_seq);
    set_generic(&p.given.tv_seq);
    set_generic(&p.given.chi2_max);
    set_end(&p, false);
    evaluate(&p, SEARCH_BITS);
    tt_real_swap(&low, &p.value);
    set_end(&p, true);
    evaluate(&p, SEARCH_BITS);
    if (tt_real_is_absent(&low) || tt_real_is_absent(&p.value))
        outcome = TT_SOLVED_MISSING;
    else if (tt_real_cmp(&low, &p.value) != TT_LESS)
        outcome = TT_SOLVED_INDEPENDENT;
    given->status = p.status;
    tt_real_clear(&low);
    problem_clear(&p);
    mpq_clear(zero);
    return outcome;
}

/* ---- the horizon ---- */

static tt_outcome search_horizon(tt_real *largest, problem *p)
{
    size_t low = 1, high = 1;
    tt_order order = compare_at_horizon(p, 1);
    if (order == TT_GREATER)
        return TT_SOLVED_NEVER;
    while (order == TT_LESS || order == TT_EQUAL) {
        low = high;
        if (low == TT_HORIZON_MAX)
            return TT_SOLVED_ALWAYS;
        high = low > TT_HORIZON_MAX / 2 ? TT_HORIZON_MAX : 2 * low;
        order = compare_at_horizon(p, high);
    }
    while (order != TT_UNKNOWN && high - low > 1) {
        size_t middle = low + (high - low) / 2;
        order = compare_at_horizon(p, middle);
        if (order == TT_GREATER)
            high = middle;
        else
            low = middle;
    }
    if (order == TT_UNKNOWN)
        return TT_SOLVED_UNDECIDED;
    tt_real_set_ui(largest, low);
    return TT_SOLVED;
}

/* ---- the real inputs ---- */

/* A tried point as the search sees it. */
typedef struct {
    mpfr_t log_x, excess; /* excess = log(value / below), not a number where that does not exist */
} trial;

/* low: value <= below; high: value > below; the two trials that came closest propose the next point. */
typedef struct {
    mpfr_t low, high;
    trial best, second;
} bracket;

static void trial_init(trial *t)
{
    mpfr_inits2(SEARCH_BITS, t->log_x, t->excess, (mpfr_ptr)0);
}

static void trial_clear(trial *t)
{
    mpfr_clears(t->log_x, t->excess, (mpfr_ptr)0);
}

static void bracket_init(bracket *b)
{
    mpfr_inits2(POINT_BITS, b->low, b->high, (mpfr_ptr)0);
    trial_init(&b->best);
    trial_init(&b->second);
}

static void bracket_clear(bracket *b)
{
    mpfr_clears(b->low, b->high, (mpfr_ptr)0);
    trial_clear(&b->best);
    trial_clear(&b->second);
}

static void log_of_real(mpfr_t out, const tt_real *x)
{
    mpfi_t i;
    if (x->kind == TT_REAL_ABSENT || x->kind == TT_REAL_INFINITE) {
        mpfr_set_nan(out);
        return;
    }
    mpfi_init2(i, SEARCH_BITS);
    tt_real_get_interval(i, x);
    mpfi_get_fr(out, i);
    mpfr_log(out, out, MPFR_RNDN);
    mpfi_clear(i);
}

static bool closer(const trial *a, const trial *b)
{
    return mpfr_number_p(a->excess) && (!mpfr_number_p(b->excess) || mpfr_cmpabs(a->excess, b->excess) < 0);
}

static void trial_swap(trial *a, trial *b)
{
    mpfr_swap(a->log_x, b->log_x);
    mpfr_swap(a->excess, b->excess);
}

/* Puts x, whose value was just compared, to its side and among the best. */
static void place(bracket *b, const problem *p, mpfr_srcptr x, tt_order order)
{
    trial tried;
    mpfr_t log_below;
    trial_init(&tried);
    mpfr_init2(log_below, SEARCH_BITS);
    mpfr_log(tried.log_x, x, MPFR_RNDN);
    log_of_real(tried.excess, &p->value);
    log_of_real(log_below, &p->below);
    mpfr_sub(tried.excess, tried.excess, log_below, MPFR_RNDN);
    if (closer(&tried, &b->second))
        trial_swap(&tried, &b->second);
    if (closer(&b->second, &b->best))
        trial_swap(&b->second, &b->best);
    mpfr_set(order == TT_GREATER ? b->high : b->low, x, MPFR_RNDN);
    mpfr_clear(log_below);
    trial_clear(&tried);
}

/* An equality that no precision can show is stepped over: the point is moved up a little. */
static tt_order compare_near(problem *p, mpfr_t x)
{
    tt_order order = compare_at(p, x);
    if (order == TT_UNKNOWN && p->status == TT_OK) {
        mpfr_t step;
        mpfr_init2(step, POINT_BITS);
        mpfr_mul_2si(step, x, STEP_LOG2 - 1, MPFR_RNDN);
        mpfr_add(x, x, step, MPFR_RNDN);
        mpfr_clear(step);
        order = compare_at(p, x);
    }
    return order;
}

/* The next power of two outward, doubling the exponent; false past the reach. */
static bool step_outward(mpfr_t x, long *exponent, bool up)
{
    *exponent = *exponent == 0 ? 1 : 2 * *exponent;
    if (*exponent > 1L << REACH_LOG2)
        return false;
    mpfr_set_ui_2exp(x, 1, up ? *exponent : -*exponent, MPFR_RNDN);
    return true;
}

/* Finds points on both sides, from 1 outward. TT_EQUAL: x is the answer. */
static tt_order find_bracket(mpfr_t x, bracket *b, problem *p)
{
    long exponent = 0;
    tt_order first, order;
    mpfr_set_ui(x, 1, MPFR_RNDN);
    first = order = compare_near(p, x);
    while (order == first && (order == TT_LESS || order == TT_GREATER)) {
        place(b, p, x, order);
        order = step_outward(x, &exponent, first == TT_LESS) ? compare_near(p, x) : TT_UNKNOWN;
    }
    if (order == TT_LESS || order == TT_GREATER)
        place(b, p, x, order);
    return order;
}

/* out = log(high / low) */
static void log_width(mpfr_t out, const bracket *b)
{
    mpfr_div(out, b->high, b->low, MPFR_RNDN);
    mpfr_log(out, out, MPFR_RNDN);
}

static bool narrow_enough(const bracket *b)
{
    mpfr_t gap, limit;
    bool enough;
    mpfr_inits2(SEARCH_BITS, gap, limit, (mpfr_ptr)0);
    mpfr_sub(gap, b->high, b->low, MPFR_RNDU);
    mpfr_mul_2si(limit, b->low, WIDTH_LOG2, MPFR_RNDD);
    enough = mpfr_lessequal_p(gap, limit);
    mpfr_clears(gap, limit, (mpfr_ptr)0);
    return enough;
}

/* x = where the line through the two best trials meets excess 0; false where there is no such line. */
static bool secant(mpfr_t x, const bracket *b)
{
    mpfr_t rise, log_x;
    bool ok;
    mpfr_inits2(SEARCH_BITS, rise, log_x, (mpfr_ptr)0);
    mpfr_sub(rise, b->best.excess, b->second.excess, MPFR_RNDN);
    mpfr_sub(log_x, b->best.log_x, b->second.log_x, MPFR_RNDN);
    mpfr_div(log_x, log_x, rise, MPFR_RNDN);
    mpfr_mul(log_x, log_x, b->best.excess, MPFR_RNDN);
    mpfr_sub(log_x, b->best.log_x, log_x, MPFR_RNDN);
    ok = mpfr_number_p(log_x);
    mpfr_exp(x, log_x, MPFR_RNDN);
    mpfr_clears(rise, log_x, (mpfr_ptr)0);
    return ok;
}

/* Keeps a proposal inside the bracket by at least a step, so that the far side follows as well. */
static void clamp(mpfr_t x, const bracket *b)
{
    mpfr_t edge;
    mpfr_init2(edge, SEARCH_BITS);
    mpfr_mul_2si(edge, b->low, STEP_LOG2, MPFR_RNDN);
    mpfr_add(edge, b->low, edge, MPFR_RNDN);
    mpfr_max(x, x, edge, MPFR_RNDN);
    mpfr_mul_2si(edge, b->high, STEP_LOG2, MPFR_RNDN);
    mpfr_sub(edge, b->high, edge, MPFR_RNDN);
    mpfr_min(x, x, edge, MPFR_RNDN);
    mpfr_clear(edge);
}

/* The next point to try: by the secant, or the middle where that has been slow. */
static void propose(mpfr_t x, const bracket *b, bool halve)
{
    if (halve || !secant(x, b)) {
        mpfr_mul(x, b->low, b->high, MPFR_RNDN);
        mpfr_sqrt(x, x, MPFR_RNDN);
    }
    clamp(x, b);
}

/* Narrows the bracket. TT_EQUAL: x is the answer; TT_LESS: narrow enough. */
static tt_order narrow(mpfr_t x, bracket *b, problem *p)
{
    mpfr_t aim, width;
    tt_order order = TT_LESS;
    unsigned slow = 0;
    mpfr_inits2(SEARCH_BITS, aim, width, (mpfr_ptr)0);
    log_width(aim, b);
    for (int tries = 0; !narrow_enough(b); tries++) {
        propose(x, b, slow >= PATIENCE);
        order = tries < TRIES_MAX ? compare_near(p, x) : TT_UNKNOWN;
        if (order == TT_EQUAL || order == TT_UNKNOWN)
            break;
        place(b, p, x, order);
        order = TT_LESS;
        log_width(width, b);
        slow++;
        if (mpfr_less_p(width, aim)) {
            mpfr_div_2ui(aim, width, 1, MPFR_RNDN);
            slow = 0;
        }
    }
    mpfr_clears(aim, width, (mpfr_ptr)0);
    return order;
}

/* Tries the simplest multiple of `scale` in the bracket; true where the bound meets `below` there. */
static bool try_multiple(tt_real *largest, const bracket *b, mpq_srcptr scale, problem *p)
{
    tt_real *unknown = unknown_of(p);
    mpq_t low, high;
    bool met;
    mpq_inits(low, high, (mpq_ptr)0);
    mpfr_get_q(low, b->low);
    mpfr_get_q(high, b->high);
    mpq_div(low, low, scale);
    mpq_div(high, high, scale);
    tt_exact_simplest(low, low, high);
    mpq_mul(unknown->q, low, scale);
    unknown->kind = TT_REAL_EXACT;
    met = compare(p) == TT_EQUAL;
    if (met)
        tt_real_set(largest, unknown);
    mpq_clears(low, high, (mpq_ptr)0);
    return met;
}

/* Bounds go like a power of the input: a rational answer is most often a simple multiple of 1, below, below^2 or the
   root of below. */
static bool try_rationals(tt_real *largest, const bracket *b, problem *p)
{
    tt_real scale;
    bool met;
    tt_real_init(&scale);
    tt_real_set_ui(&scale, 1);
    met = try_multiple(largest, b, scale.q, p) || try_multiple(largest, b, p->below.q, p);
    tt_real_mul(&scale, &p->below, &p->below, SEARCH_BITS);
    met = met || try_multiple(largest, b, scale.q, p);
    tt_real_sqrt(&scale, &p->below, SEARCH_BITS);
    met = met || (tt_real_is_exact(&scale) && try_multiple(largest, b, scale.q, p));
    tt_real_clear(&scale);
    return met;
}

static void set_answer(tt_real *largest, const bracket *b, problem *p)
{
    mpfi_t i;
    if (try_rationals(largest, b, p))
        return;
    mpfi_init2(i, POINT_BITS);
    mpfi_interv_fr(i, b->low, b->high);
    tt_real_set_interval(largest, i);
    mpfi_clear(i);
}

/* The value at the upper end of the domain, which is its supremum. TT_UNKNOWN also where there is no value. */
static tt_order compare_at_top(problem *p)
{
    if (unknown_is_variation(p))
        tt_real_set_ui(unknown_of(p), 1);
    else
        tt_real_set_infinite(unknown_of(p), 1);
    return compare(p);
}

static tt_outcome search_bracket(tt_real *largest, problem *p)
{
    bracket b;
    mpfr_t x;
    tt_order order;
    bracket_init(&b);
    mpfr_init2(x, POINT_BITS);
    order = find_bracket(x, &b, p);
    if (order == TT_LESS || order == TT_GREATER)
        order = narrow(x, &b, p);
    if (order == TT_EQUAL) {
        mpfr_get_q(unknown_of(p)->q, x);
        tt_real_set_q(largest, unknown_of(p)->q);
    } else if (order != TT_UNKNOWN) {
        set_answer(largest, &b, p);
    }
    mpfr_clear(x);
    bracket_clear(&b);
    return order == TT_UNKNOWN ? TT_SOLVED_UNDECIDED : TT_SOLVED;
}

static tt_outcome search_real(tt_real *largest, problem *p)
{
    tt_order order = compare_at_top(p);
    if (order == TT_LESS || order == TT_EQUAL)
        return TT_SOLVED_ALWAYS;
    tt_real_set_ui(unknown_of(p), 0);
    order = compare(p);
    if (order == TT_GREATER)
        return TT_SOLVED_NEVER;
    if (order == TT_EQUAL) {
        tt_real_set_ui(largest, 0);
        return TT_SOLVED;
    }
    return search_bracket(largest, p);
}

/* A bound that does not read the input is at most `below` everywhere or nowhere. */
static tt_outcome settle_constant(tt_real *largest, problem *p)
{
    tt_order order;
    set_end(p, false);
    order = compare(p);
    if (order == TT_UNKNOWN)
        return TT_SOLVED_UNDECIDED;
    if (order != TT_GREATER)
        tt_real_set_infinite(largest, 1);
    return TT_SOLVED_INDEPENDENT;
}

/* ---- the whole ---- */

void tt_solution_init(tt_solution *solution)
{
    solution->outcome = TT_SOLVED_MISSING;
    solution->applies = TT_NOT_APPLICABLE;
    tt_real_init(&solution->largest);
}

void tt_solution_clear(tt_solution *solution)
{
    tt_real_clear(&solution->largest);
}

/* A form that grows like 3^T would overflow on the way. */
static void set_exponents(mpfr_exp_t emin, mpfr_exp_t emax)
{
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
}

static void set_to_answer(problem *p, const tt_real *largest)
{
    bool infinite = tt_real_is_infinite(largest);
    if (p->unknown == TT_INPUT_HORIZON)
        p->given.horizon = infinite ? TT_HORIZON_MAX : mpz_get_ui(mpq_numref(largest->q));
    else if (infinite && unknown_is_variation(p))
        tt_real_set_ui(unknown_of(p), 1);
    else
        tt_real_set(unknown_of(p), largest);
}

static tt_verdict judge_precondition(problem *p, const tt_real *largest)
{
    if (tt_real_is_absent(largest))
        return TT_NOT_APPLICABLE;
    if (!p->bound->applies)
        return TT_HOLDS;
    set_to_answer(p, largest);
    if (p->status == TT_OK)
        p->status = tt_given_fill(&p->quantities, &p->given, SEARCH_BITS, NULL);
    return p->status == TT_OK ? p->bound->applies(&p->quantities, SEARCH_BITS) : TT_NOT_APPLICABLE;
}

tt_status tt_solve(tt_solution *solution, const tt_bound *bound, tt_input unknown, const tt_given *given,
                   mpq_srcptr below, tt_error *error)
{
    tt_real *largest = &solution->largest;
    mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    problem p;
    tt_status status;
    tt_real_set_absent(largest);
    if (mpq_sgn(below) < 0)
        return tt_fail(error, TT_BAD_INPUT, NULL, "a bound is never below 0");
    set_exponents(mpfr_get_emin_min(), mpfr_get_emax_max());
    problem_init(&p, bound, unknown, given, below);
    solution->outcome = judge_dependence(&p);
    if (solution->outcome == TT_SOLVED)
        solution->outcome = unknown == TT_INPUT_HORIZON ? search_horizon(largest, &p) : search_real(largest, &p);
    else if (solution->outcome == TT_SOLVED_INDEPENDENT)
        solution->outcome = settle_constant(largest, &p);
    if (solution->outcome == TT_SOLVED_ALWAYS)
        tt_real_set_infinite(largest, 1);
    solution->applies = judge_precondition(&p, largest);
    status = p.status;
    problem_clear(&p);
    set_exponents(emin, emax);
    return status == TT_OK ? TT_OK : tt_fail(error, status, NULL, "out of memory");
}

#include "paper.h"

#include <string.h>

#include "../catalogue/given.h"
#include "../number/exact.h"

/* An enclosure wider than this is computed again: reports promise 25 digits. */
#define WIDTH_LOG2 (-90)

typedef tt_status cell_value(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error);

/* ---- the inputs of a cell ---- */

/* The value of `name` in "name=value, name=value"; false where it is not there. */
static bool find_input(const char **value, size_t *length, const char *inputs, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = inputs; at; at = strchr(at, ',')) {
        at += strspn(at, ", ");
        if (strncmp(at, name, n) == 0 && at[n] == '=') {
            *value = at + n + 1;
            *length = strcspn(*value, ",");
            return true;
        }
    }
    return false;
}

static bool is_number(const char *text)
{
    text += *text == '-';
    return *text >= '0' && *text <= '9';
}

/* out = the number called `name`; absent where the inputs do not give it as a number. */
static tt_status optional_input(tt_real *out, const tt_cell *cell, const char *name, tt_error *error)
{
    const char *text;
    size_t length;
    bool negative;
    tt_status status;
    tt_real_set_absent(out);
    if (!find_input(&text, &length, cell->inputs, name) || !is_number(text))
        return TT_OK;
    negative = *text == '-';
    status = tt_exact_parse(out->q, text + negative, length - negative, error);
    if (status != TT_OK)
        return status;
    out->kind = TT_REAL_EXACT;
    if (negative)
        tt_real_neg(out, out);
    return TT_OK;
}

static tt_status input(tt_real *out, const tt_cell *cell, const char *name, tt_error *error)
{
    tt_status status = optional_input(out, cell, name, error);
    if (status == TT_OK && tt_real_is_absent(out))
        return tt_fail(error, TT_BAD_INPUT, cell->where, "the input %s is missing", name);
    return status;
}

/* A whole number, such as a horizon. */
static tt_status whole_input(size_t *out, const tt_cell *cell, const char *name, tt_error *error)
{
    tt_real x;
    tt_status status;
    tt_real_init(&x);
    status = input(&x, cell, name, error);
    if (status == TT_OK && (mpz_cmp_ui(mpq_denref(x.q), 1) != 0 || !mpz_fits_ulong_p(mpq_numref(x.q))))
        status = tt_fail(error, TT_BAD_INPUT, cell->where, "the input %s is not a whole number", name);
    if (status == TT_OK)
        *out = mpz_get_ui(mpq_numref(x.q));
    tt_real_clear(&x);
    return status;
}

static tt_status read_given(tt_given *given, const tt_cell *cell, tt_error *error)
{
    tt_status status = whole_input(&given->horizon, cell, "T", error);
    if (status == TT_OK)
        status = optional_input(&given->kl_max, cell, "delta", error);
    if (status == TT_OK)
        status = optional_input(&given->tv_max, cell, "eps", error);
    if (status == TT_OK)
        status = optional_input(&given->kl_seq, cell, "KL_seq", error);
    if (status == TT_OK)
        status = optional_input(&given->tv_seq, cell, "TV_seq", error);
    return status == TT_OK ? tt_given_check(given, error) : status;
}

static tt_status fill(tt_quantities *q, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_given given;
    tt_status status;
    tt_given_init(&given);
    status = read_given(&given, cell, error);
    if (status == TT_OK)
        status = tt_given_fill(q, &given, precision, NULL);
    tt_given_clear(&given);
    return status;
}

/* ---- values: bounds and their ratios ---- */

/* out = the bound whose id is the first `length` characters of id */
static tt_status bound_value(tt_real *out, const char *id, size_t length, const tt_quantities *q,
                             mpfr_prec_t precision, tt_error *error)
{
    const char *parameter = NULL;
    for (size_t k = 0; k < tt_bound_count(); k++) {
        const tt_bound *bound = tt_bound_at(k);
        if (strlen(bound->id) == length && strncmp(bound->id, id, length) == 0) {
            bound->value(out, q, precision, &parameter);
            return TT_OK;
        }
    }
    return tt_fail(error, TT_BAD_INPUT, NULL, "no bound is called %.*s", (int)length, id);
}

/* The bound "ID", or the ratio "ID / ID". */
static cell_value bound_or_ratio;
static tt_status bound_or_ratio(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    const char *slash = strstr(cell->bound, " / ");
    size_t length = slash ? (size_t)(slash - cell->bound) : strlen(cell->bound);
    tt_quantities q;
    tt_real divisor;
    tt_status status;
    tt_quantities_init(&q);
    tt_real_init(&divisor);
    status = fill(&q, cell, precision, error);
    if (status == TT_OK)
        status = bound_value(out, cell->bound, length, &q, precision, error);
    if (status == TT_OK && slash)
        status = bound_value(&divisor, slash + 3, strlen(slash + 3), &q, precision, error);
    if (status == TT_OK && slash)
        tt_real_div(out, out, &divisor, precision);
    tt_real_clear(&divisor);
    tt_quantities_clear(&q);
    return status;
}

/* ---- values: the sum of pinsker-marginal-kl and its parts ---- */

static cell_value sequence_kl;
static tt_status sequence_kl(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_quantities q;
    tt_status status;
    tt_quantities_init(&q);
    status = fill(&q, cell, precision, error);
    tt_real_set(out, &q.kl_seq);
    tt_quantities_clear(&q);
    return status;
}

/* 4 min(1, sqrt(delta / 2)): the inferred eps is that minimum. */
static cell_value prefactor;
static tt_status prefactor(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_quantities q;
    tt_status status;
    tt_quantities_init(&q);
    status = fill(&q, cell, precision, error);
    tt_real_mul_frac(out, &q.tv_max, 4, 1, precision);
    tt_quantities_clear(&q);
    return status;
}

static tt_status marginal_value(tt_real *out, const tt_quantities *q, mpfr_prec_t precision, tt_error *error)
{
    static const char id[] = "pinsker-marginal-kl";
    return bound_value(out, id, sizeof id - 1, q, precision, error);
}

/* sum_t min(1, sqrt((t-1) delta / 2)) = the bound / the prefactor */
static cell_value capped_sum;
static tt_status capped_sum(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_quantities q;
    tt_real factor;
    tt_status status;
    tt_quantities_init(&q);
    tt_real_init(&factor);
    status = fill(&q, cell, precision, error);
    if (status == TT_OK)
        status = marginal_value(out, &q, precision, error);
    if (status == TT_OK)
        status = prefactor(&factor, cell, precision, error);
    tt_real_div(out, out, &factor, precision);
    tt_real_clear(&factor);
    tt_quantities_clear(&q);
    return status;
}

/* 4 sqrt(delta / 2) sum_t sqrt((t-1) delta / 2): proportional to delta, and at delta = 2/T no cap binds yet. */
static cell_value uncapped_sum;
static tt_status uncapped_sum(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_quantities q;
    tt_real scale;
    tt_status status;
    tt_quantities_init(&q);
    tt_real_init(&scale);
    status = fill(&q, cell, precision, error);
    if (status == TT_OK) {
        tt_real_mul_frac(&scale, &q.kl_max, q.horizon, 2, precision);
        tt_real_set_frac(&q.kl_max, 2, q.horizon);
        status = marginal_value(out, &q, precision, error);
        tt_real_mul(out, out, &scale, precision);
    }
    tt_real_clear(&scale);
    tt_quantities_clear(&q);
    return status;
}

/* How many t in 1..T have (t-1) delta / 2 >= 1: T - ceil(2 / delta). */
static cell_value saturated_positions;
static tt_status saturated_positions(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    size_t horizon = 0;
    mpz_t free_positions;
    tt_status status = whole_input(&horizon, cell, "T", error);
    (void)precision;
    if (status == TT_OK)
        status = input(out, cell, "delta", error);
    if (status != TT_OK)
        return status;
    mpz_init(free_positions);
    mpz_mul_ui(free_positions, mpq_denref(out->q), 2);
    mpz_cdiv_q(free_positions, free_positions, mpq_numref(out->q));
    tt_real_set_ui(out, mpz_cmp_ui(free_positions, horizon) < 0 ? horizon - mpz_get_ui(free_positions) : 0);
    mpz_clear(free_positions);
    return TT_OK;
}

/* ---- values: masks and ratios ---- */

/* (1 - p)^T */
static cell_value acceptance;
static tt_status acceptance(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    size_t horizon = 0;
    tt_real one;
    tt_status status = whole_input(&horizon, cell, "T", error);
    if (status == TT_OK)
        status = input(out, cell, "p", error);
    if (status != TT_OK)
        return status;
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    tt_real_sub(out, &one, out, precision);
    tt_real_pow_ui(out, out, horizon, precision);
    tt_real_clear(&one);
    return TT_OK;
}

/* The largest of T equal terms f. */
static cell_value largest_term;
static tt_status largest_term(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    (void)precision;
    return input(out, cell, "f", error);
}

/* The sum of T equal terms f. */
static cell_value total;
static tt_status total(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    size_t horizon = 0;
    tt_status status = whole_input(&horizon, cell, "T", error);
    if (status == TT_OK)
        status = input(out, cell, "f", error);
    if (status == TT_OK)
        tt_real_mul_frac(out, out, horizon, 1, precision);
    return status;
}

/* The sum of T equal terms over the sum of T0 of them. */
static cell_value total_growth;
static tt_status total_growth(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    size_t shorter = 0;
    tt_real divisor;
    tt_status status = whole_input(&shorter, cell, "T0", error);
    tt_real_init(&divisor);
    if (status == TT_OK)
        status = total(out, cell, precision, error);
    if (status == TT_OK)
        status = input(&divisor, cell, "f", error);
    if (status == TT_OK) {
        tt_real_mul_frac(&divisor, &divisor, shorter, 1, precision);
        tt_real_div(out, out, &divisor, precision);
    }
    tt_real_clear(&divisor);
    return status;
}

/* |log rho| */
static cell_value absolute_log;
static tt_status absolute_log(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_status status = input(out, cell, "rho", error);
    if (status == TT_OK) {
        tt_real_log(out, out, precision);
        tt_real_abs(out, out, precision);
    }
    return status;
}

/* k3 = rho - 1 - log rho */
static cell_value k3;
static tt_status k3(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_real log, one;
    tt_status status = input(out, cell, "rho", error);
    if (status != TT_OK)
        return status;
    tt_real_init(&log);
    tt_real_init(&one);
    tt_real_set_ui(&one, 1);
    tt_real_log(&log, out, precision);
    tt_real_sub(out, out, &one, precision);
    tt_real_sub(out, out, &log, precision);
    tt_real_clear(&log);
    tt_real_clear(&one);
    return TT_OK;
}

/* -log rho1 - log rho2 = -log(rho1 rho2) */
static cell_value log_sum;
static tt_status log_sum(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_real other;
    tt_status status = input(out, cell, "rho1", error);
    tt_real_init(&other);
    if (status == TT_OK)
        status = input(&other, cell, "rho2", error);
    if (status == TT_OK) {
        tt_real_mul(out, out, &other, precision);
        tt_real_log(out, out, precision);
        tt_real_neg(out, out);
    }
    tt_real_clear(&other);
    return status;
}

/* target / roll */
static cell_value importance_ratio;
static tt_status importance_ratio(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_real rollout;
    tt_status status = input(out, cell, "target", error);
    tt_real_init(&rollout);
    if (status == TT_OK)
        status = input(&rollout, cell, "roll", error);
    if (status == TT_OK)
        tt_real_div(out, out, &rollout, precision);
    tt_real_clear(&rollout);
    return status;
}

/* rho A */
static cell_value unclipped;
static tt_status unclipped(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_real advantage;
    tt_status status = input(out, cell, "rho", error);
    tt_real_init(&advantage);
    if (status == TT_OK)
        status = input(&advantage, cell, "A", error);
    if (status == TT_OK)
        tt_real_mul(out, out, &advantage, precision);
    tt_real_clear(&advantage);
    return status;
}

/* min(max(rho, 1 - clip), 1 + clip) A */
static cell_value clipped;
static tt_status clipped(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_real one, width, edge, advantage;
    tt_status status = input(out, cell, "rho", error);
    tt_real_init(&one);
    tt_real_init(&width);
    tt_real_init(&edge);
    tt_real_init(&advantage);
    tt_real_set_ui(&one, 1);
    if (status == TT_OK)
        status = input(&width, cell, "clip", error);
    if (status == TT_OK)
        status = input(&advantage, cell, "A", error);
    if (status == TT_OK) {
        tt_real_sub(&edge, &one, &width, precision);
        tt_real_max(out, out, &edge, precision);
        tt_real_add(&edge, &one, &width, precision);
        tt_real_min(out, out, &edge, precision);
        tt_real_mul(out, out, &advantage, precision);
    }
    tt_real_clear(&one);
    tt_real_clear(&width);
    tt_real_clear(&edge);
    tt_real_clear(&advantage);
    return status;
}

/* PPO's choice: the smaller of the two. */
static cell_value chosen;
static tt_status chosen(tt_real *out, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_real other;
    tt_status status = unclipped(out, cell, precision, error);
    tt_real_init(&other);
    if (status == TT_OK)
        status = clipped(&other, cell, precision, error);
    tt_real_min(out, out, &other, precision);
    tt_real_clear(&other);
    return status;
}

/* ---- the cells ---- */

#define SMALL "T=4096, delta=1e-4"
#define UNIFORM SMALL ", KL_seq=T delta"
#define SPARSE SMALL ", KL_seq=0.01"
#define KL_ONLY SPARSE ", eps=sqrt(delta/2), TV_seq=sqrt(KL_seq/2)"
#define KL_ONLY_STEPS KL_ONLY ", Dbar_t=eps"
#define KL_TV SPARSE ", eps=5e-3, TV_seq=0.05"
#define KL_TV_STEPS KL_TV ", Dbar_t=eps"
#define SMALL_STEPS SMALL ", eps=sqrt(delta/2), Dbar_t=eps"
#define LARGE "T=4096, delta=1"
#define LARGE_SEQ LARGE ", KL_seq=1"
#define LARGE_STEPS LARGE ", eps=sqrt(delta/2), Dbar_t=eps"
#define MIDDLE "T=4096, delta=0.01"

static const tt_cell cells[] = {
    { "§1.2.2", "importance ratio, target 0.001 and rollout 0.9", NULL, "target=0.001, roll=0.9", "0.001",
      importance_ratio },
    { "§1.2.2", "importance ratio, the two exchanged", NULL, "target=0.9, roll=0.001", "900", importance_ratio },

    { "§2.5.2", "classical", "classical-kl", SMALL, "1677", bound_or_ratio },

    { "§2.5.7 scenario 1", "KL_seq", NULL, UNIFORM, "0.41", sequence_kl },
    { "§2.5.7 scenario 1", "TRPO", "classical-kl", UNIFORM, "1677", bound_or_ratio },
    { "§2.5.7 scenario 1", "PM, simple form", "pinsker-marginal-simple", UNIFORM, "35.0", bound_or_ratio },
    { "§2.5.7 scenario 1", "PM, capped sum", "pinsker-marginal-kl", UNIFORM, "35.0", bound_or_ratio },
    { "§2.5.7 scenario 1", "Mixed", "mixed-kl", UNIFORM, "52.4", bound_or_ratio },
    { "§2.5.7 scenario 1", "PM tighter than TRPO, simple form", "classical-kl / pinsker-marginal-simple", UNIFORM,
      "48x", bound_or_ratio },
    { "§2.5.7 scenario 1", "PM tighter than TRPO, capped sum", "classical-kl / pinsker-marginal-kl", UNIFORM, "48x",
      bound_or_ratio },

    { "§2.5.7 scenario 2", "PM, simple form", "pinsker-marginal-simple", SPARSE, "35.0", bound_or_ratio },
    { "§2.5.7 scenario 2", "PM, capped sum", "pinsker-marginal-kl", SPARSE, "35.0", bound_or_ratio },
    { "§2.5.7 scenario 2", "Mixed", "mixed-kl", SPARSE, "8.2", bound_or_ratio },

    { "§2.6.4, §4.5.2", "Mixed tighter than TRPO", "classical-kl / mixed-kl", SPARSE, "up to 200x", bound_or_ratio },

    { "§3.2.2", "unclipped term", NULL, "rho=100, A=-1, clip=0.2", "-100", unclipped },
    { "§3.2.2", "clipped term", NULL, "rho=100, A=-1, clip=0.2", "-1.2", clipped },
    { "§3.2.2", "chosen term", NULL, "rho=100, A=-1, clip=0.2", "-100", chosen },

    { "§4.2.1", "max, T=100", NULL, "f=0.01, T=100", "0.01", largest_term },
    { "§4.2.1", "max, T=4000", NULL, "f=0.01, T=4000", "0.01", largest_term },
    { "§4.2.1", "total, T=100", NULL, "f=0.01, T=100", "1", total },
    { "§4.2.1", "total, T=4000", NULL, "f=0.01, T=4000", "40", total },
    { "§4.2.1", "growth of the total", NULL, "f=0.01, T0=100, T=4000", "40x", total_growth },

    { "A.1", "sum of the -log terms", NULL, "rho1=0.01, rho2=100", "0", log_sum },
    { "A.2", "k3, rho=0.01", NULL, "rho=0.01", "3.6", k3 },
    { "A.2", "k3, rho=100", NULL, "rho=100", "94.4", k3 },
    { "A.2", "|log rho|, rho=0.01", NULL, "rho=0.01", "4.61", absolute_log },
    { "A.2", "|log rho|, rho=100", NULL, "rho=100", "4.61", absolute_log },

    { "v2 table, delta 1e-4", "linear", "linear", SMALL_STEPS, "115.9", bound_or_ratio },
    { "v2 table, delta 1e-4", "classical", "classical-kl", SMALL, "1677", bound_or_ratio },
    { "v2 table, delta 1e-4", "PM, simple form", "pinsker-marginal-simple", SMALL, "35.0", bound_or_ratio },
    { "v2 table, delta 1e-4", "PM, capped sum", "pinsker-marginal-kl", SMALL, "35.0", bound_or_ratio },
    { "v2 table, delta 1e-4", "Mixed", "mixed-kl", SPARSE, "8.2", bound_or_ratio },
    { "v2 table, delta 1", "linear", "linear", LARGE_STEPS, "11585", bound_or_ratio },
    { "v2 table, delta 1", "classical", "classical-kl", LARGE, "1.68e7", bound_or_ratio },
    { "v2 table, delta 1", "PM uncapped, simple form", "pinsker-marginal-simple", LARGE, "3.49e5", bound_or_ratio },
    { "v2 table, delta 1", "PM uncapped, the sum without its caps", NULL, LARGE, "3.49e5", uncapped_sum },
    { "v2 table, delta 1", "PM capped", "pinsker-marginal-kl", LARGE, "11582", bound_or_ratio },
    { "v2 table, delta 1", "positions, of 4096, where the sum's term saturates", NULL, LARGE, "4094",
      saturated_positions },
    { "v2 table, delta 1", "PM uncapped over capped", "pinsker-marginal-simple / pinsker-marginal-kl", LARGE, "30x",
      bound_or_ratio },
    { "v2 table, delta 1", "Mixed", "mixed-kl", LARGE_SEQ, "8192", bound_or_ratio },

    { "v2 appendix, delta 0.01", "capped sum", NULL, MIDDLE, "<= 4029", capped_sum },
    { "v2 appendix, delta 0.01", "prefactor", NULL, MIDDLE, "0.283", prefactor },
    { "v2 appendix, delta 0.01", "PM capped", "pinsker-marginal-kl", MIDDLE, "1139", bound_or_ratio },
    { "v2 appendix, delta 0.01", "PM uncapped, simple form", "pinsker-marginal-simple", MIDDLE, "3495",
      bound_or_ratio },
    { "v2 appendix, delta 0.01", "PM uncapped over capped", "pinsker-marginal-simple / pinsker-marginal-kl", MIDDLE,
      "3x", bound_or_ratio },

    { "v2 length table", "acceptance (1-p)^T, p=1e-3, T=256", NULL, "p=1e-3, T=256", "0.774", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-3, T=1024", NULL, "p=1e-3, T=1024", "0.358", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-3, T=4096", NULL, "p=1e-3, T=4096", "0.017", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-3, T=8192", NULL, "p=1e-3, T=8192", "0.0003", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-3, T=16384", NULL, "p=1e-3, T=16384", "<1e-7", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-4, T=256", NULL, "p=1e-4, T=256", "0.975", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-4, T=1024", NULL, "p=1e-4, T=1024", "0.903", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-4, T=4096", NULL, "p=1e-4, T=4096", "0.663", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-4, T=8192", NULL, "p=1e-4, T=8192", "0.440", acceptance },
    { "v2 length table", "acceptance (1-p)^T, p=1e-4, T=16384", NULL, "p=1e-4, T=16384", "0.194", acceptance },

    { "v4 table, KL only", "classical", "classical-kl", KL_ONLY, "1677", bound_or_ratio },
    { "v4 table, KL only", "coupling", "coupling", KL_ONLY, "113.8", bound_or_ratio },
    { "v4 table, KL only", "PM-KL, simple form", "pinsker-marginal-simple", KL_ONLY, "35.0", bound_or_ratio },
    { "v4 table, KL only", "PM-KL, capped sum", "pinsker-marginal-kl", KL_ONLY, "35.0", bound_or_ratio },
    { "v4 table, KL only", "PM-TV, simple form", "pinsker-marginal-tv-simple", KL_ONLY, "35.0", bound_or_ratio },
    { "v4 table, KL only", "PM-TV, capped sum", "pinsker-marginal-tv", KL_ONLY, "35.0", bound_or_ratio },
    { "v4 table, KL only", "Mixed-KL", "mixed-kl", KL_ONLY, "8.2", bound_or_ratio },
    { "v4 table, KL only", "Mixed-TV", "mixed-tv", KL_ONLY, "8.2", bound_or_ratio },
    { "v4 table, KL only", "adaptive, its ceiling by the simple form", "pinsker-marginal-simple", KL_ONLY, "<= 35.0",
      bound_or_ratio },
    { "v4 table, KL only", "adaptive, its ceiling by the capped sum", "adaptive", KL_ONLY_STEPS, "<= 35.0",
      bound_or_ratio },
    { "v4 table, KL only", "unified", "unified", KL_ONLY_STEPS, "<= 8.2", bound_or_ratio },

    { "v4 table, KL+TV", "classical", "classical-tv", KL_TV, "839", bound_or_ratio },
    { "v4 table, KL+TV", "coupling", "coupling", KL_TV, "79.9", bound_or_ratio },
    { "v4 table, KL+TV", "PM-KL, simple form", "pinsker-marginal-simple", KL_TV, "35.0", bound_or_ratio },
    { "v4 table, KL+TV", "PM-KL, capped sum", "pinsker-marginal-kl", KL_TV, "35.0", bound_or_ratio },
    { "v4 table, KL+TV", "PM-TV, simple form", "pinsker-marginal-tv-simple", KL_TV, "24.7", bound_or_ratio },
    { "v4 table, KL+TV", "PM-TV, capped sum", "pinsker-marginal-tv", KL_TV, "24.7", bound_or_ratio },
    { "v4 table, KL+TV", "Mixed-KL", "mixed-kl", KL_TV, "8.2", bound_or_ratio },
    { "v4 table, KL+TV", "Mixed-TV", "mixed-tv", KL_TV, "4.1", bound_or_ratio },
    { "v4 table, KL+TV", "adaptive, its ceiling by the simple form", "pinsker-marginal-tv-simple", KL_TV, "<= 24.7",
      bound_or_ratio },
    { "v4 table, KL+TV", "adaptive, its ceiling by the capped sum", "adaptive", KL_TV_STEPS, "<= 24.7",
      bound_or_ratio },
    { "v4 table, KL+TV", "unified", "unified", KL_TV_STEPS, "<= 4.1", bound_or_ratio },
    { "v4 table, KL+TV", "unified tighter than the classical bound from KL", "classical-kl / unified", KL_TV_STEPS,
      "409x", bound_or_ratio },
};

size_t tt_cell_count(void)
{
    return sizeof cells / sizeof *cells;
}

const tt_cell *tt_cell_at(size_t k)
{
    return &cells[k];
}

/* ---- a cell and its print ---- */

void tt_cell_result_init(tt_cell_result *result)
{
    tt_real_init(&result->value);
    result->inequality = false;
    result->rounds_half_up = result->rounds_half_even = result->rounds = TT_NULL;
}

void tt_cell_result_clear(tt_cell_result *result)
{
    tt_real_clear(&result->value);
}

static bool settled(const tt_cell_result *result)
{
    return result->rounds_half_up != TT_NULL && result->rounds_half_even != TT_NULL &&
           tt_real_width_log2(&result->value) < WIDTH_LOG2;
}

tt_status tt_cell_evaluate(tt_cell_result *result, const tt_cell *cell, mpfr_prec_t precision, tt_error *error)
{
    tt_printed printed;
    tt_status status;
    tt_printed_init(&printed);
    status = tt_printed_parse(&printed, cell->printed, error);
    result->inequality = printed.kind != TT_PRINTED_ROUNDED;
    for (; status == TT_OK; precision *= 2) {
        status = cell->value(&result->value, cell, precision, error);
        if (status == TT_OK && tt_real_is_absent(&result->value))
            status = tt_fail(error, TT_BAD_INPUT, cell->where, "%s has no value", cell->cell);
        if (status != TT_OK)
            break;
        tt_printed_rounds(&result->rounds_half_up, &result->rounds_half_even, &printed, &result->value);
        if (settled(result) || precision > TT_PRECISION_MAX / 2)
            break;
    }
    result->rounds = tt_answer_or(result->rounds_half_up, result->rounds_half_even);
    tt_printed_clear(&printed);
    return status == TT_NO_MEMORY ? tt_no_memory(error) : status;
}

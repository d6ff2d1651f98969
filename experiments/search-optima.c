/* The table of optima: how large worst-case Error can be when only T and one number are known.
   usage: search-optima FOLDER SECONDS

   Writes FOLDER/optima.tsv and the witnesses, FOLDER/INPUT-VALUE-tT.json: per input and T the certified lower end
   (worst-case Error of the witness), the proved upper end and their quotient, rounded outward. A witness that is there
   already is where its search begins; SECONDS per search.

   Inputs: kl-seq and chi2-max, whose value is the witness's own; tv-max and kl-max at fixed values. The upper end of
   kl-max is the least of T delta, tilted-kl, tv-optimal at the largest TV that delta allows, and the tilted sum at the
   best theta (doc/bounds.md, "What delta allows"). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/catalogue/given.h"
#include "../lib/report/number.h"
#include "../lib/study/search.h"
#include "../lib/world/instance_json.h"

enum { ROOM = 4096, PRECISION = 128, DIGITS = 9 };

static void stop(const char *where, const char *what)
{
    fprintf(stderr, "search-optima: %s: %s\n", where, what);
    exit(2);
}

/* ---- the largest TV at a KL of at most delta: inf over s > 0 of (delta + psi(s)) / s,
        psi(s) = log((e^s - 1) / s) - 1 + s / (e^s - 1) ---- */

static double tv_at(double s, void *delta)
{
    double psi = s < 1e-3 ? s * s / 24 * 3 : log(expm1(s) / s) - 1 + s / expm1(s);
    return (*(double *)delta + psi) / s;
}

/* Any s gives a true bound, so a double may choose it. */
static void largest_tv(tt_real *out, mpq_srcptr delta)
{
    double d = mpq_get_d(delta), low = 1e-3, high = 50, s;
    mpfi_t x, y, z;
    for (int k = 0; k < 200; k++) {
        double a = low + (high - low) / 3, b = high - (high - low) / 3;
        if (tv_at(a, &d) < tv_at(b, &d))
            high = b;
        else
            low = a;
    }
    s = (low + high) / 2;
    mpfi_init2(x, PRECISION);
    mpfi_init2(y, PRECISION);
    mpfi_init2(z, PRECISION);
    mpfi_set_d(x, s);
    mpfi_expm1(y, x);
    mpfi_div(z, y, x);
    mpfi_log(z, z);
    mpfi_div(y, x, y);
    mpfi_add(z, z, y);
    mpfi_sub_ui(z, z, 1);
    mpfi_add_q(z, z, delta);
    mpfi_div(z, z, x);
    tt_real_set_interval(out, z);
    mpfi_clear(x);
    mpfi_clear(y);
    mpfi_clear(z);
}

/* ---- the largest c(theta) at a KL of at most delta: lambda delta + m wherever
        h(y) = y^2 / (1 + theta y) - lambda k3(1 + y) - c y <= m for all y > -1, and 1/theta <= lambda + c ---- */

typedef struct {
    double theta, lambda, c, m;
} line;

static double h_at(const line *l, double y)
{
    return y * y / (1 + l->theta * y) - l->lambda * (y - log1p(y)) - l->c * y;
}

/* Points of (-1, inf), closer together where h bends. */
enum { POINTS = 1500 };
static double points[POINTS];

static void set_points(void)
{
    for (int k = 0; k < POINTS; k++) {
        double u = 60 * (k + 0.5) / POINTS - 30;
        points[k] = expm1(fabs(u) < 15 ? u / 3 : u > 0 ? 5 + (u - 15) * 2 / 3 : -5 + (u + 15) * 2 / 3);
    }
}

/* The best c for theta and lambda; m by the points. */
static void best_slope(line *l)
{
    double low = -100, high = 100;
    for (int k = 0; k < 45; k++) {
        int best = 0;
        l->c = (low + high) / 2;
        for (int j = 1; j < POINTS; j++)
            if (h_at(l, points[j]) > h_at(l, points[best]))
                best = j;
        l->m = h_at(l, points[best]);
        if (points[best] > 0)
            low = l->c;
        else
            high = l->c;
    }
}

static double line_value(line *l, double lambda, double delta)
{
    l->lambda = lambda;
    best_slope(l);
    return lambda * delta + l->m;
}

/* m is the largest of h to the last digits of a double. */
static void refine(line *l)
{
    for (int j = 1; j + 1 < POINTS; j++) {
        double low = points[j - 1], high = points[j + 1];
        if (h_at(l, points[j]) < h_at(l, low) || h_at(l, points[j]) < h_at(l, high))
            continue;
        for (int k = 0; k < 80; k++) {
            double a = low + (high - low) / 3, b = high - (high - low) / 3;
            if (h_at(l, a) > h_at(l, b))
                high = b;
            else
                low = a;
        }
        l->m = fmax(l->m, h_at(l, low));
    }
}

static line best_line(double theta, double delta)
{
    line l = { .theta = theta };
    double low = 0.2, high = 40;
    for (int k = 0; k < 28; k++) {
        double a = low + (high - low) / 3, b = high - (high - low) / 3;
        if (line_value(&l, a, delta) < line_value(&l, b, delta))
            high = b;
        else
            low = a;
    }
    line_value(&l, (low + high) / 2, delta);
    refine(&l);
    return l;
}

/* out encloses h, or its derivative, on the interval 1 + y = t > 0. */
static void enclose(mpfi_ptr out, const line *l, mpfi_srcptr t, bool derivative)
{
    mpfi_t a, b, y;
    mpfi_init2(a, PRECISION);
    mpfi_init2(b, PRECISION);
    mpfi_init2(y, PRECISION);
    mpfi_sub_ui(y, t, 1);
    mpfi_mul_d(a, y, l->theta);
    mpfi_add_ui(a, a, 1);
    if (derivative) { /* y (2 + theta y) / (1 + theta y)^2 - lambda y / t - c, with 2 + theta y = a + 1 */
        mpfi_add_ui(b, a, 1);
        mpfi_mul(b, b, y);
        mpfi_sqr(a, a);
        mpfi_div(out, b, a);
        mpfi_div(a, y, t);
        mpfi_mul_d(a, a, l->lambda);
        mpfi_sub(out, out, a);
        mpfi_sub_d(out, out, l->c);
    } else {
        mpfi_sqr(b, y);
        mpfi_div(out, b, a);
        mpfi_log(a, t);
        mpfi_sub(a, y, a);
        mpfi_mul_d(a, a, l->lambda);
        mpfi_sub(out, out, a);
        mpfi_mul_d(a, y, l->c);
        mpfi_sub(out, out, a);
    }
    mpfi_clear(a);
    mpfi_clear(b);
    mpfi_clear(y);
}

/* Whether h <= m certainly for low <= 1 + y <= high, by the mean value theorem on pieces. */
static bool holds_between(const line *l, double low, double high, int depth)
{
    double middle = low + (high - low) / 2;
    mpfi_t t, slope, value, rest;
    bool good;
    mpfi_init2(t, PRECISION);
    mpfi_init2(slope, PRECISION);
    mpfi_init2(value, PRECISION);
    mpfi_init2(rest, PRECISION);
    mpfi_interv_d(t, low, high);
    enclose(slope, l, t, true);
    mpfi_sub_d(rest, t, middle);
    mpfi_mul(rest, rest, slope);
    mpfi_set_d(t, middle);
    enclose(value, l, t, false);
    mpfi_add(value, value, rest);
    good = mpfr_cmp_d(&value->right, l->m) <= 0;
    mpfi_clear(t);
    mpfi_clear(slope);
    mpfi_clear(value);
    mpfi_clear(rest);
    if (good || depth == 0)
        return good;
    return holds_between(l, low, middle, depth - 1) && holds_between(l, middle, high, depth - 1);
}

/* Whether h <= m certainly on (-1, inf), and 1/theta <= lambda + c.
   1 + y <= e^-40: h <= 1/(1-theta) + |c| + lambda - 40 lambda.
   h' = 1/theta - 1/(theta (1+theta y)^2) - lambda + lambda/(1+y) - c, so h falls from where
   lambda/(1+y) < lambda + c - 1/theta. */
static bool is_certain(const line *l)
{
    double gap, far = 1;
    mpfi_t x;
    bool good;
    mpfi_init2(x, PRECISION);
    mpfi_set_d(x, l->theta);
    mpfi_ui_div(x, 1, x);
    mpfi_sub_d(x, x, l->lambda);
    mpfi_sub_d(x, x, l->c);
    mpfi_neg(x, x); /* lambda + c - 1/theta */
    gap = mpfr_get_d(&x->left, MPFR_RNDD);
    good = gap > 0;
    while (good && far < 1e12 && !(l->lambda / (1 + far) < gap / 2))
        far *= 2;
    mpfi_set_d(x, -40);
    mpfi_mul_d(x, x, l->lambda);
    mpfi_add_d(x, x, l->lambda + 1 + fabs(l->c) + 1 / (1 - l->theta));
    good = good && far < 1e12 && mpfr_cmp_d(&x->right, l->m) <= 0;
    mpfi_clear(x);
    for (double t = exp(-41), next; good && t < 1 + far; t = next) {
        next = t * 1.5;
        good = holds_between(l, t, next, 40);
    }
    return good;
}

/* The tilted sum with c(theta) bounded by delta; absent where nothing was certified. */
static void tilted_of_delta(tt_real *out, unsigned long sixtyfourths, mpq_srcptr delta, size_t horizon)
{
    double theta = (double)sixtyfourths / 64;
    line l = best_line(theta, mpq_get_d(delta));
    tt_real c, sum, term, a, power;
    double slack = 1e-7 * mpq_get_d(delta);
    bool certain = false;
    mpq_t q;
    tt_real_set_absent(out);
    for (int k = 0; k < 5 && !certain; k++, slack *= 10) {
        l.m += slack;
        certain = is_certain(&l);
    }
    if (!certain)
        return;
    tt_real_init(&c);
    tt_real_init(&sum);
    tt_real_init(&term);
    tt_real_init(&a);
    tt_real_init(&power);
    mpq_init(q);
    mpq_set_d(q, l.lambda);
    mpq_mul(q, q, delta);
    tt_real_set_q(&c, q);
    mpq_set_d(q, l.m);
    tt_real_set_q(&term, q);
    mpq_clear(q);
    tt_real_add(&c, &c, &term, PRECISION);
    tt_real_set_ui(&sum, 0);
    for (unsigned long k = 2; k <= horizon; k++) {
        /* a_k = (1-theta)^k - (-theta)^k - k (-theta)^{k-1} */
        unsigned long choose = 1;
        tt_real_set_frac(&a, 64 - sixtyfourths, 64);
        tt_real_pow_ui(&a, &a, k, PRECISION);
        tt_real_set_frac(&term, sixtyfourths, 64);
        tt_real_neg(&term, &term);
        tt_real_pow_ui(&power, &term, k, PRECISION);
        tt_real_sub(&a, &a, &power, PRECISION);
        tt_real_pow_ui(&power, &term, k - 1, PRECISION);
        tt_real_mul_frac(&power, &power, k, 1, PRECISION);
        tt_real_sub(&a, &a, &power, PRECISION);
        for (unsigned long j = 1; j <= k; j++)
            choose = choose * (horizon - k + j) / j;
        tt_real_mul(&a, &a, &a, PRECISION);
        tt_real_pow_ui(&power, &c, k, PRECISION);
        tt_real_mul(&a, &a, &power, PRECISION);
        tt_real_mul_frac(&a, &a, choose, 1, PRECISION);
        tt_real_add(&sum, &sum, &a, PRECISION);
    }
    tt_real_sqrt(&sum, &sum, PRECISION);
    tt_real_mul_frac(out, &sum, 1, 2, PRECISION);
    tt_real_clear(&c);
    tt_real_clear(&sum);
    tt_real_clear(&term);
    tt_real_clear(&a);
    tt_real_clear(&power);
}

/* ---- upper ends ---- */

/* out = min(out, x), and the name of what it is */
static void keep(tt_real *out, char *name, const tt_real *x, const char *of)
{
    if (tt_real_is_absent(x))
        return;
    if (tt_real_is_absent(out) || tt_real_cmp(x, out) == TT_LESS) {
        tt_real_set(out, x);
        snprintf(name, 64, "%s", of);
    }
}

static void keep_bound(tt_real *out, char *name, const char *id, const char *of, const tt_given *given)
{
    const char *parameter = NULL;
    tt_quantities q;
    tt_real x;
    tt_quantities_init(&q);
    tt_real_init(&x);
    if (tt_given_fill(&q, given, PRECISION, NULL) != TT_OK)
        stop(id, "out of memory");
    tt_bound_find(id)->value(&x, &q, PRECISION, &parameter);
    keep(out, name, &x, of);
    tt_real_clear(&x);
    tt_quantities_clear(&q);
}

static void upper_of_delta(tt_real *out, char *name, mpq_srcptr delta, size_t horizon)
{
    tt_given given;
    tt_real x;
    tt_given_init(&given);
    tt_real_init(&x);
    tt_real_set_absent(out);
    given.horizon = horizon;
    tt_real_set_q(&given.kl_max, delta);
    keep_bound(out, name, "sequence-kl", "T delta", &given);
    keep_bound(out, name, "tilted-kl", "tilted-kl", &given);
    largest_tv(&given.tv_max, delta);
    keep_bound(out, name, "tv-optimal", "tv-optimal at the largest TV", &given);
    for (unsigned long k = 24; k <= 44; k += 2) {
        char text[64];
        tilted_of_delta(&x, k, delta, horizon);
        snprintf(text, sizeof text, "tilted sum, theta = %lu/64", k);
        keep(out, name, &x, text);
    }
    tt_real_clear(&x);
    tt_given_clear(&given);
}

static void upper_of_eps(tt_real *out, char *name, mpq_srcptr eps, size_t horizon)
{
    tt_given given;
    tt_given_init(&given);
    tt_real_set_absent(out);
    given.horizon = horizon;
    tt_real_set_q(&given.tv_max, eps);
    keep_bound(out, name, "tv-optimal", "tv-optimal", &given);
    tt_given_clear(&given);
}

/* ---- cells ---- */

typedef struct {
    const char *input, *value; /* value: of the limit, or "own" */
    const char *bound;         /* what is searched */
    tt_search_limit limit;
} row;

static const row rows[] = {
    { "kl-seq", "own", "sequence-kl", TT_SEARCH_UNLIMITED },
    { "chi2-max", "own", "second-moment", TT_SEARCH_UNLIMITED },
    { "tv-max", "1/100", "tv-optimal", TT_SEARCH_TV_MAX },
    { "tv-max", "1/10", "tv-optimal", TT_SEARCH_TV_MAX },
    { "tv-max", "1/2", "tv-optimal", TT_SEARCH_TV_MAX },
    { "kl-max", "1/10000", "tilted-kl", TT_SEARCH_KL_MAX },
    { "kl-max", "1/100", "tilted-kl", TT_SEARCH_KL_MAX },
    { "kl-max", "1/10", "tilted-kl", TT_SEARCH_KL_MAX },
    { "kl-max", "3/10", "tilted-kl", TT_SEARCH_KL_MAX },
    { "kl-max", "1", "tilted-kl", TT_SEARCH_KL_MAX },
};

static void witness_path(char *out, size_t size, const char *folder, const row *r, size_t horizon)
{
    char value[32];
    snprintf(value, sizeof value, "%s", r->value);
    for (char *c = value; *c; c++)
        if (*c == '/')
            *c = '_';
    snprintf(out, size, "%s/%s-%s-t%zu.json", folder, r->input, value, horizon);
}

static void search(tt_search_result *result, const row *r, mpq_srcptr value, size_t horizon, const char *path,
                   double seconds)
{
    tt_search_options options;
    tt_instance *known = NULL;
    tt_error error;
    if (access(path, R_OK) == 0 && tt_instance_read(&known, path, &error) != TT_OK)
        stop(path, error.what);
    tt_search_options_init(&options);
    options.bound = tt_bound_find(r->bound);
    options.horizon = horizon;
    options.limit = r->limit;
    mpq_set(options.at_most, value);
    options.evaluations = UINT64_MAX;
    options.seconds = seconds;
    options.known = known;
    if (tt_search(result, &options, &error) != TT_OK || !result->instance)
        stop(path, "nothing was found");
    tt_search_options_clear(&options);
    tt_instance_free(known);
}

static void print_end(FILE *out, const tt_real *x, bool upper)
{
    tt_number_text low, high;
    if (!tt_number_ends(&low, &high, x, DIGITS))
        stop("table", "no number");
    fprintf(out, "\t%s", upper ? high.text : low.text);
}

static void cell(FILE *out, const row *r, size_t horizon, const char *folder, double seconds)
{
    char path[ROOM], name[64] = "";
    tt_search_result result;
    tt_real upper, gap, given;
    const tt_real *of = &given;
    tt_error error;
    mpq_t value;
    mpq_init(value);
    tt_real_init(&upper);
    tt_real_init(&gap);
    tt_real_init(&given);
    if (r->limit != TT_SEARCH_UNLIMITED)
        mpq_set_str(value, r->value, 10);
    tt_real_set_q(&given, value);
    witness_path(path, sizeof path, folder, r, horizon);
    search(&result, r, value, horizon, path, seconds);
    if (tt_instance_write_file(path, result.instance, &error) != TT_OK)
        stop(path, error.what);
    if (r->limit == TT_SEARCH_KL_MAX) {
        upper_of_delta(&upper, name, value, horizon);
    } else if (r->limit == TT_SEARCH_TV_MAX) {
        upper_of_eps(&upper, name, value, horizon);
    } else {
        const tt_quantities *q = &result.judgement.quantities;
        bool chi = strcmp(r->input, "chi2-max") == 0;
        of = chi ? &q->chi2_max : &q->kl_seq;
        tt_real_div(&upper, &q->worst_case_error, &result.tightness, PRECISION);
        snprintf(name, sizeof name, "%s", r->bound);
    }
    tt_real_div(&gap, &upper, &result.judgement.quantities.worst_case_error, PRECISION);
    fprintf(out, "%s\t%zu", r->input, horizon);
    if (of == &given)
        fprintf(out, "\t%s", r->value);
    else
        print_end(out, of, true);
    print_end(out, &result.judgement.quantities.worst_case_error, false);
    print_end(out, &upper, true);
    print_end(out, &gap, true);
    fprintf(out, "\t%s\t%s\n", name, strrchr(path, '/') + 1);
    fflush(out);
    mpq_clear(value);
    tt_real_clear(&upper);
    tt_real_clear(&gap);
    tt_real_clear(&given);
    tt_search_result_clear(&result);
}

int main(int argc, char **argv)
{
    char path[ROOM], fresh[ROOM + 8];
    double seconds;
    FILE *out;
    if (argc != 3)
        stop("usage", "search-optima FOLDER SECONDS");
    seconds = strtod(argv[2], NULL);
    set_points();
    snprintf(path, sizeof path, "%s/optima.tsv", argv[1]);
    snprintf(fresh, sizeof fresh, "%s.new", path);
    out = fopen(fresh, "w");
    if (!out)
        stop(fresh, "cannot be written");
    fputs("input\thorizon\tvalue\tlower\tupper\tgap\tupper_by\twitness\n", out);
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        for (size_t horizon = 2; horizon <= 8; horizon++)
            cell(out, &rows[k], horizon, argv[1], seconds);
    if (fclose(out) != 0 || rename(fresh, path) != 0)
        stop(path, "cannot be written");
    return 0;
}

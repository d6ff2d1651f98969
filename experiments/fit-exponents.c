/* Exponents of power laws: the slope of log y against log x by least squares (GSL), one per id.
   Standard input: a table x <tab> id <tab> y, no header; rows whose y is not a positive number are left out.
   Standard output: id, points, exponent, standard error, ids in order of appearance; ids with fewer than three points
   have NA. Doubles: a fit is a description, not a certified number. */
#include <gsl/gsl_fit.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_MAX = 128, POINTS_MAX = 4096, TEXT_MAX = 64 };

typedef struct {
    char id[TEXT_MAX];
    size_t n;
    double log_x[POINTS_MAX], log_y[POINTS_MAX];
} series;

static series *find(series *all, size_t *count, const char *id)
{
    for (size_t k = 0; k < *count; k++)
        if (strcmp(all[k].id, id) == 0)
            return &all[k];
    if (*count == IDS_MAX)
        return NULL;
    snprintf(all[*count].id, sizeof all[*count].id, "%s", id);
    return &all[(*count)++];
}

static void print_fit(const series *s)
{
    double intercept, slope, cov00, cov01, cov11, squares;
    if (s->n < 3) {
        printf("%s\t%zu\tNA\tNA\n", s->id, s->n);
        return;
    }
    gsl_fit_linear(s->log_x, 1, s->log_y, 1, s->n, &intercept, &slope, &cov00, &cov01, &cov11, &squares);
    printf("%s\t%zu\t%.4f\t%.4f\n", s->id, s->n, slope, sqrt(cov11));
}

int main(void)
{
    series *all = calloc(IDS_MAX, sizeof *all);
    size_t count = 0;
    char line[512], id[TEXT_MAX];
    double x, y;
    while (all && fgets(line, sizeof line, stdin)) {
        series *s;
        if (sscanf(line, "%lf %63s %lf", &x, id, &y) != 3 || !(x > 0 && y > 0) || isinf(y))
            continue;
        s = find(all, &count, id);
        if (!s || s->n == POINTS_MAX) {
            fprintf(stderr, "fit-exponents: too many ids or points\n");
            return 2;
        }
        s->log_x[s->n] = log(x);
        s->log_y[s->n++] = log(y);
    }
    for (size_t k = 0; k < count; k++)
        print_fit(&all[k]);
    free(all);
    return ferror(stdin) || fflush(stdout) != 0 ? 2 : 0;
}

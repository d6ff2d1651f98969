#include "child_sums.h"

#include <stdlib.h>

tt_status tt_child_sums_init(tt_child_sums *sums, size_t depths, size_t vocab, size_t n)
{
    size_t children = depths * vocab;
    *sums = (tt_child_sums){ .depths = depths, .vocab = vocab, .n = n };
    sums->x = calloc(children * n, sizeof *sums->x);
    sums->scale = calloc(children, sizeof *sums->scale);
    for (size_t k = 0; sums->x && k < children * n; k++)
        mpz_init(sums->x[k]);
    for (size_t k = 0; sums->scale && k < children; k++)
        mpz_init(sums->scale[k]);
    return sums->x && sums->scale ? TT_OK : TT_NO_MEMORY;
}

void tt_child_sums_clear(tt_child_sums *sums)
{
    size_t children = sums->depths * sums->vocab;
    for (size_t k = 0; sums->x && k < children * sums->n; k++)
        mpz_clear(sums->x[k]);
    for (size_t k = 0; sums->scale && k < children; k++)
        mpz_clear(sums->scale[k]);
    free(sums->x);
    free(sums->scale);
}

void tt_child_sums_open(tt_child_sums *sums, size_t depth)
{
    for (size_t v = 0; v < sums->vocab; v++)
        mpz_set_ui(sums->scale[depth * sums->vocab + v], 0);
}

void tt_child_sums_close(tt_child_sums *sums, const tt_path *path, size_t depth, const tt_group *below)
{
    size_t at;
    if (depth == 0)
        return;
    at = (depth - 1) * sums->vocab + path->tokens[depth - 1];
    for (size_t k = 0; k < sums->n; k++)
        mpz_set(sums->x[at * sums->n + k], below->x[k]);
    mpz_mul(sums->scale[at], below->scale, path->steps[depth - 1].rows.total);
}

void tt_child_sums_get(mpz_t out, const tt_child_sums *sums, size_t depth, size_t token, size_t k, mpz_srcptr scale)
{
    size_t at = depth * sums->vocab + token;
    if (mpz_sgn(sums->scale[at]) == 0) {
        mpz_set_ui(out, 0);
        return;
    }
    mpz_divexact(out, scale, sums->scale[at]);
    mpz_mul(out, out, sums->x[at * sums->n + k]);
}

#include "coverage.h"

#include <stdlib.h>
#include <string.h>

/* Whether the set repeats every `period` residues, which divides the modulus. */
static bool has_period(const tt_coverage *c, uint64_t period)
{
    return memcmp(c->residue, c->residue + period, (size_t)(c->modulus - period) * sizeof *c->residue) == 0;
}

/* The smallest period divides the modulus, and is reached by taking out one prime factor after the other. */
static void make_canonical(tt_coverage *c)
{
    uint64_t rest = c->modulus;
    for (uint64_t prime = 2; rest > 1; prime++) {
        if (prime * prime > rest)
            prime = rest;
        for (; rest % prime == 0; rest /= prime)
            if (has_period(c, c->modulus / prime))
                c->modulus /= prime;
    }
}

static tt_status allocate(tt_coverage *out, uint64_t modulus, tt_error *error)
{
    out->modulus = modulus;
    out->residue = calloc((size_t)modulus, sizeof *out->residue);
    return out->residue ? TT_OK : tt_no_memory(error);
}

tt_status tt_coverage_init(tt_coverage *out, uint64_t modulus, const uint64_t *residues, size_t n, tt_error *error)
{
    tt_status status;
    *out = (tt_coverage){ 0 };
    if (modulus < 1 || modulus > TT_MODULUS_MAX)
        return tt_fail(error, TT_BAD_INPUT, "modulus", "must be 1 to %llu", (unsigned long long)TT_MODULUS_MAX);
    for (size_t k = 0; k < n; k++)
        if (residues[k] >= modulus)
            return tt_fail(error, TT_BAD_INPUT, "residues", "%llu is not below the modulus",
                           (unsigned long long)residues[k]);
    status = allocate(out, modulus, error);
    for (size_t k = 0; status == TT_OK && k < n; k++)
        out->residue[residues[k]] = true;
    if (status == TT_OK)
        make_canonical(out);
    return status;
}

void tt_coverage_clear(tt_coverage *coverage)
{
    free(coverage->residue);
    *coverage = (tt_coverage){ 0 };
}

uint64_t tt_common_modulus(uint64_t a, uint64_t b)
{
    uint64_t x = a, y = b, product;
    while (y) {
        uint64_t rest = x % y;
        x = y;
        y = rest;
    }
    product = a / x * b;
    return product <= TT_MODULUS_MAX ? product : 0;
}

tt_status tt_coverage_join(tt_coverage *coverage, const tt_coverage *x, tt_error *error)
{
    uint64_t modulus = tt_common_modulus(coverage->modulus, x->modulus);
    tt_coverage both;
    tt_status status;
    if (!modulus)
        return tt_fail(error, TT_LIMIT, NULL, "the common multiple of the numbers of shards is above %llu",
                       (unsigned long long)TT_MODULUS_MAX);
    status = allocate(&both, modulus, error);
    if (status != TT_OK)
        return status;
    for (uint64_t i = 0; i < modulus; i++)
        both.residue[i] = tt_coverage_has(coverage, i) || tt_coverage_has(x, i);
    make_canonical(&both);
    tt_coverage_clear(coverage);
    *coverage = both;
    return TT_OK;
}

bool tt_coverage_has(const tt_coverage *coverage, uint64_t index)
{
    return coverage->residue[index % coverage->modulus];
}

bool tt_coverage_equal(const tt_coverage *a, const tt_coverage *b)
{
    return a->modulus == b->modulus && memcmp(a->residue, b->residue, (size_t)a->modulus * sizeof *a->residue) == 0;
}

uint64_t tt_coverage_instances(const tt_coverage *coverage, uint64_t count)
{
    uint64_t n = 0;
    for (uint64_t r = 0; r < coverage->modulus && r < count; r++)
        if (coverage->residue[r])
            n += (count - 1 - r) / coverage->modulus + 1;
    return n;
}

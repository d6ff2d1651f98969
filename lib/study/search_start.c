/* Where a search begins: the families that are extremal for some bound, and instances that are known. */
#include <stdio.h>
#include <stdlib.h>

#include "../world/generate.h"
#include "search_internal.h"

/* A generator with up to two arguments besides the horizon. */
static const struct {
    const char *generator;
    const char *argument[2][2];
} starts[] = {
    { "rare-token", { { "tv", "1/1000" } } },
    { "rare-token", { { "tv", "1/10" } } },
    { "rare-token", { { "tv", "1/3" } } },
    { "rare-token", { { "tv", "9/10" } } },
    { "golden", { { "chi2", "1/100" } } },
    { "golden", { { "chi2", "1e-4" } } },
    { "golden", { { "chi2", "1e-6" } } },
    { "golden", { { "chi2", "1e-8" } } },
    { "sequence-kl", { { "shift", "1e-3" } } },
    { "sequence-kl", { { "shift", "1e-6" }, { "probability", "1e-15" } } },
    { "linear-tight", { { NULL } } },
    { "mixed-tight", { { "probability", "1/1000" } } },
    { "mixed-tight", { { "probability", "1/3" } } },
    { "reverse-kl", { { "probability", "1e-6" } } },
    { "reverse-kl", { { "probability", "1/3" } } },
    { "count", { { "rollout", "1/2" }, { "target", "501/1000" } } },
    { "count", { { "rollout", "1/2" }, { "target", "4/5" } } },
    { "markov", { { NULL } } },
    { "flip", { { "probability", "1/3" } } },
    { "rare-state", { { "probability", "1/10" } } },
    { "eos", { { NULL } } },
};

size_t tt_search_start_count(void)
{
    return sizeof starts / sizeof *starts;
}

/* The rows of the context `node` of the shape; where it has a token that the source does not know, both policies play
   token 0. */
static void rows_at(double *mu, double *pi, const tt_row_source *source, const tt_search_shape *shape, size_t node,
                    tt_rows_buffer *buffer)
{
    size_t tokens[TT_SEARCH_HORIZON_MAX], depth = 0;
    bool known = true;
    uint64_t at = source->root(source->self, 0);
    tt_rows rows = { 0 };
    mpq_t p;
    for (; node > 0; node = (node - 1) / shape->vocab)
        tokens[depth++] = (node - 1) % shape->vocab;
    for (size_t d = 0; d < depth; d++) {
        size_t token = tokens[depth - 1 - d];
        known = known && token < source->vocab;
        if (known)
            at = source->child(source->self, at, d, token);
    }
    if (known)
        source->rows(source->self, at, depth, &rows, buffer);
    mpq_init(p);
    for (size_t v = 0; v < shape->vocab; v++) {
        mu[v] = pi[v] = v == 0 && !known;
        if (known && v < source->vocab) {
            mpz_set(mpq_numref(p), &rows.rollout[v]);
            mpz_set(mpq_denref(p), rows.total);
            mpq_canonicalize(p);
            mu[v] = mpq_get_d(p);
            mpz_set(mpq_numref(p), &rows.target[v]);
            mpz_set(mpq_denref(p), rows.total);
            mpq_canonicalize(p);
            pi[v] = mpq_get_d(p);
        }
    }
    mpq_clear(p);
}

tt_status tt_search_instance_rows(bool *found, double *mu, double *pi, const tt_instance *instance,
                                  const tt_search_shape *shape)
{
    tt_row_source source;
    tt_rows_buffer buffer;
    tt_instance_source(&source, instance);
    *found = source.vocab <= shape->vocab && source.horizon == shape->horizon && source.prompts == 1;
    if (!*found)
        return TT_OK;
    if (tt_rows_buffer_init(&buffer, source.vocab) != TT_OK)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < shape->classes; k++)
        rows_at(mu + k * shape->vocab, pi + k * shape->vocab, &source, shape, shape->first[k], &buffer);
    tt_rows_buffer_clear(&buffer);
    return TT_OK;
}

static tt_status set_arguments(tt_arguments *arguments, size_t k, size_t horizon, tt_error *error)
{
    char number[32];
    tt_status status;
    snprintf(number, sizeof number, "%zu", horizon);
    status = tt_arguments_set(arguments, "horizon", number, error);
    for (size_t j = 0; j < 2 && status == TT_OK && starts[k].argument[j][0]; j++)
        status = tt_arguments_set(arguments, starts[k].argument[j][0], starts[k].argument[j][1], error);
    return status;
}

tt_status tt_search_start_rows(bool *found, double *mu, double *pi, const char **name, size_t k,
                               const tt_search_shape *shape)
{
    tt_arguments *arguments;
    tt_instance *instance = NULL;
    tt_status status = tt_arguments_new(&arguments, tt_generator_find(starts[k].generator));
    *found = false;
    if (status != TT_OK)
        return status;
    status = set_arguments(arguments, k, shape->horizon, NULL);
    if (status == TT_OK)
        status = tt_generate(&instance, arguments, 0, NULL);
    if (status == TT_OK)
        status = tt_search_instance_rows(found, mu, pi, instance, shape);
    tt_instance_free(instance);
    tt_arguments_free(arguments);
    *name = starts[k].generator;
    return status == TT_NO_MEMORY ? status : TT_OK;
}

#include "certificate.h"

#include <stdlib.h>

#include "../number/text_stream.h"
#include "../world/file.h"
#include "../world/instance_json.h"
#include "json.h"

/* The instance as the writer of instance files writes it; NULL on failure. */
static json_t *instance_object(const tt_instance *instance, tt_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = tt_text_stream(&text, &size);
    json_t *object = NULL;
    tt_status status = TT_NO_MEMORY;
    if (stream) {
        status = tt_instance_write(stream, instance, error);
        if (fclose(stream) != 0)
            status = TT_NO_MEMORY;
    }
    if (status == TT_OK)
        object = json_loadb(text, size, 0, NULL);
    free(text);
    return object;
}

static json_t *evaluation_object(const tt_certificate *certificate)
{
    static const char *const how[] = { "precision", "arithmetic", "pruned_rollout", "pruned_target" };
    json_t *object = tt_json_judgement(tt_instance_name(certificate->instance), certificate->judgement, true);
    for (size_t k = 0; object && k < sizeof how / sizeof *how; k++)
        json_object_del(object, how[k]);
    return object;
}

/* What the surrogate was checked with besides 0 and J_mu, and what it is then; null where nothing was checked with it. */
static json_t *baseline_object(const tt_certificate *certificate)
{
    const tt_quantities *q = &certificate->judgement->quantities;
    mpfr_prec_t precision = certificate->judgement->precision;
    json_t *object;
    tt_real b, surrogate;
    if (!certificate->baseline || !q->dominated)
        return json_null();
    tt_real_init(&b);
    tt_real_init(&surrogate);
    tt_real_set_q(&b, certificate->baseline);
    tt_real_mul(&surrogate, &b, &q->weight_sum, precision);
    tt_real_sub(&surrogate, &q->weighted_reward, &surrogate, precision);
    object = tt_json_put(json_object(), "value", tt_json_real(&b, true));
    object = tt_json_put(object, "surrogate", tt_json_real(&surrogate, true));
    tt_real_clear(&b);
    tt_real_clear(&surrogate);
    return object;
}

/* Whether no sum of rationals is enclosed, moments aside, which have a limit of their own. */
static bool sums_are_exact(const tt_quantities *q)
{
    const tt_real *const single[] = { &q->j_rollout, &q->j_target, &q->improvement, &q->surrogate, &q->error,
                                      &q->worst_case_error, &q->largest_surrogate, &q->tv_max, &q->chi2_max, &q->tv_seq,
                                      &q->off_support, &q->recursive_tv };
    const tt_series *const steps[] = { &q->expected_tv, &q->context_tv, &q->future_tv, &q->expected_advantage_max,
                                       &q->advantage_span, &q->advantage_rollout, &q->advantage_target };
    bool exact = true;
    for (size_t k = 0; k < sizeof single / sizeof *single; k++)
        exact = exact && !tt_real_is_enclosed(single[k]);
    for (size_t s = 0; s < sizeof steps / sizeof *steps; s++)
        for (size_t t = 0; t < steps[s]->n; t++)
            exact = exact && !tt_real_is_enclosed(tt_series_at(steps[s], t));
    return exact;
}

static tt_status write_certificate(FILE *out, const void *thing, tt_error *error)
{
    const tt_certificate *certificate = thing;
    json_t *instance = instance_object(certificate->instance, error);
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-certificate-1"));
    if (!instance) {
        json_decref(object);
        return tt_no_memory(error);
    }
    object = tt_json_put(object, "baseline", baseline_object(certificate));
    object = tt_json_put(object, "exact", json_boolean(sums_are_exact(&certificate->judgement->quantities)));
    object = tt_json_put(object, "instance", instance);
    object = tt_json_put(object, "evaluation", evaluation_object(certificate));
    return tt_json_write(out, object, error);
}

/* Then enclosures may be wider than what a certificate promises. */
static bool mass_was_pruned(const tt_quantities *q)
{
    return q->method && !(tt_real_is_zero(&q->pruned_rollout) && tt_real_is_zero(&q->pruned_target));
}

tt_status tt_certificate_write_file(const char *path, const tt_certificate *certificate, tt_error *error)
{
    if (certificate->judgement->status != TT_OK || mass_was_pruned(&certificate->judgement->quantities))
        return tt_fail(error, TT_LIMIT, NULL, "not everything was measured, so there is nothing to certify");
    return tt_file_write(path, write_certificate, certificate, error);
}

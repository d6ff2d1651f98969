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

static json_t *baseline_text(mpq_srcptr baseline)
{
    tt_real b;
    json_t *text;
    if (!baseline)
        return json_null();
    tt_real_init(&b);
    tt_real_set_q(&b, baseline);
    text = tt_json_real(&b, true);
    tt_real_clear(&b);
    return text;
}

static tt_status write_certificate(FILE *out, const void *thing, tt_error *error)
{
    const tt_certificate *certificate = thing;
    json_t *instance = instance_object(certificate->instance, error);
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-certificate-1"));
    if (!instance) {
        json_decref(object);
        return tt_fail(error, TT_NO_MEMORY, NULL, "out of memory");
    }
    object = tt_json_put(object, "baseline", baseline_text(certificate->baseline));
    object = tt_json_put(object, "instance", instance);
    object = tt_json_put(object, "evaluation", evaluation_object(certificate));
    return tt_json_write(out, object, error);
}

tt_status tt_certificate_write_file(const char *path, const tt_certificate *certificate, tt_error *error)
{
    if (!certificate->judgement->measured)
        return tt_fail(error, TT_LIMIT, NULL, "nothing was measured, so there is nothing to certify");
    return tt_file_write(path, write_certificate, certificate, error);
}

#include "mask_report.h"

#include <stdlib.h>
#include <string.h>

#include "../number/exact.h"
#include "json.h"
#include "mask_report_pieces.h"
#include "number.h"

/* ---- fields ---------------------------------------------------------------------------------------- */

/* A real of a struct: its key in JSON and TSV, its name and symbol for people. */
typedef struct {
    const char *key, *name, *symbol;
    size_t offset;
} field;

#define AT(type, member) offsetof(type, member)

static const field own_fields[] = {
    { "J_rollout", "expected reward of rollout", "J_mu", AT(tt_masking, j_rollout) },
    { "J_target", "expected reward of target", "J_pi", AT(tt_masking, j_target) },
    { "improvement", "improvement", "J_pi - J_mu", AT(tt_masking, improvement) },
    { "surrogate", "surrogate; derivative of J along pi - mu", "L", AT(tt_masking, surrogate) },
    { "error", "error", "Error", AT(tt_masking, error) },
    { "tv_max", "token TV, largest", "eps", AT(tt_masking, tv_max) },
    { "kl_max", "token KL, largest", "delta", AT(tt_masking, kl_max) },
    { "kl_seq", "sequence KL", "KL_seq", AT(tt_masking, kl_seq) },
    { "baseline", "baseline", "b", AT(tt_masking, baseline) },
    { "unmasked_surrogate", "surrogate with baseline, nothing masked", "E[(R-b) sum rho]",
      AT(tt_masking, unmasked_surrogate) },
};

static const field point_fields[] = {
    { "acceptance", "acceptance", "E m", AT(tt_mask_point, acceptance) },
    { "masked_surrogate", "masked surrogate, divided by all", "L_masked", AT(tt_mask_point, masked_surrogate) },
    { "accepted_only", "divided by the accepted alone", "L_masked / E m", AT(tt_mask_point, accepted_only) },
    { "masked_derivative", "derivative of L_masked along pi - mu", "dL_masked", AT(tt_mask_point, masked_derivative) },
    { "kl_certified", "largest token KL of what is accepted", "", AT(tt_mask_point, kl_certified) },
    { "kl_hidden", "largest token KL anywhere else", "", AT(tt_mask_point, kl_hidden) },
    { "penalty", "the slides' penalty", "B(d)", AT(tt_mask_point, penalty) },
};

static const field token_fields[] = {
    { "kl_after", "token KL, largest, after masking", "delta", AT(tt_masking, kl_after) },
};

static const field guarantee_fields[] = {
    { "repaired", "E[m R log M] - E[(1-m) R]", "", AT(tt_mask_point, repaired) },
    { "repaired_kept", "the same, keeping log M >= -1 alone", "", AT(tt_mask_point, repaired_kept) },
    { "repaired_ratio", "E[m R (M-1)] - E[(1-m) R]", "", AT(tt_mask_point, repaired_ratio) },
};

static const field detail_fields[] = {
    { "reward_accepted", "mean reward of the accepted", "E[R | m=1]", AT(tt_mask_detail, reward_accepted) },
    { "reward_rejected", "mean reward of the rejected", "E[R | m=0]", AT(tt_mask_detail, reward_rejected) },
    { "reward_covariance", "covariance of mask and reward", "", AT(tt_mask_detail, reward_covariance) },
    { "sample_size", "effective sample size of m M, as a share", "", AT(tt_mask_detail, sample_size) },
    { "both_accept", "accepted, and by max-kl at d", "", AT(tt_mask_detail, both_accept) },
    { "only_this_accepts", "accepted, rejected by max-kl at d", "", AT(tt_mask_detail, only_this_accepts) },
    { "only_kl_accepts", "rejected, accepted by max-kl at d", "", AT(tt_mask_detail, only_kl_accepts) },
    { "both_reject", "rejected by both", "", AT(tt_mask_detail, both_reject) },
    { "group_all", "a group accepted whole", "", AT(tt_mask_detail, group_all) },
    { "group_none", "a group rejected whole", "", AT(tt_mask_detail, group_none) },
};

#define COUNT(list) (sizeof (list) / sizeof *(list))

static const tt_real *real_at(const void *base, const field *f)
{
    return (const tt_real *)((const char *)base + f->offset);
}

static tt_verdict guarantee_verdict(const tt_mask_point *p, size_t k)
{
    return k == 0 ? p->repaired_holds : k == 1 ? p->repaired_kept_holds : p->repaired_ratio_holds;
}

static const char *level_name(const tt_mask *mask)
{
    return mask->level == TT_MASK_TOKEN ? "token" : "sequence";
}

/* ---- JSON ----------------------------------------------------------------------------------------------- */

static json_t *put_fields(json_t *object, const field *list, size_t n, const void *base, bool full)
{
    for (size_t k = 0; k < n; k++)
        object = tt_json_put(object, list[k].key, tt_json_real(real_at(base, &list[k]), full));
    return object;
}

json_t *tt_report_rational(mpq_srcptr q, bool full)
{
    tt_real x;
    json_t *value;
    tt_real_init(&x);
    tt_real_set_q(&x, q);
    value = tt_json_real(&x, full);
    tt_real_clear(&x);
    return value;
}

static json_t *verdict_json(const char *key, const tt_real *value, tt_verdict verdict, bool full)
{
    json_t *object = tt_json_put(json_object(), key, tt_json_real(value, full));
    return tt_json_put(object, "verdict", tt_json_text(tt_verdict_name(verdict)));
}

static json_t *put_point(json_t *object, const tt_mask_point *p, bool full)
{
    object = tt_json_put(object, "decided", json_boolean(p->decided));
    object = tt_json_put(object, "undecided_at", tt_json_text(p->undecided_at));
    object = put_fields(object, point_fields, COUNT(point_fields), p, full);
    object = tt_json_put(object, "fires", tt_json_answer(p->fires));
    object = tt_json_put(object, "improvement_claim", tt_json_text(tt_verdict_name(p->improvement_claim)));
    for (size_t k = 0; k < COUNT(guarantee_fields); k++)
        object = tt_json_put(object, guarantee_fields[k].key,
                             verdict_json("value", real_at(p, &guarantee_fields[k]), guarantee_verdict(p, k), full));
    return object;
}

static json_t *lengths_json(const tt_mask_detail *d, bool full)
{
    json_t *array = json_array();
    for (size_t k = 0; k < d->lengths; k++) {
        json_t *object;
        if (tt_real_is_zero(&d->length_mass[k]))
            continue;
        object = tt_json_put(json_object(), "length", json_integer((json_int_t)k + 1));
        object = tt_json_put(object, "mass", tt_json_real(&d->length_mass[k], full));
        array = tt_json_push(array, tt_json_put(object, "acceptance", tt_json_real(&d->length_acceptance[k], full)));
    }
    return array;
}

static json_t *prompts_json(const tt_mask_detail *d, bool full)
{
    json_t *array = json_array();
    for (size_t k = 0; k < d->prompts; k++)
        array = tt_json_push(array, tt_json_real(&d->prompt_acceptance[k], full));
    return array;
}

static json_t *clipped_json(const tt_masking *m, bool full)
{
    json_t *array = json_array();
    for (size_t k = 0; k < TT_CLIPS; k++) {
        json_t *object = verdict_json("value", &m->clipped[k], m->clipped_holds[k], full);
        mpq_t cap;
        mpq_init(cap);
        mpq_set_ui(cap, tt_clip_weights[k][0], tt_clip_weights[k][1]);
        object = tt_json_put(object, "cap", tt_report_rational(cap, full));
        array = tt_json_push(array, object);
        mpq_clear(cap);
    }
    return array;
}

json_t *tt_report_mask_head(json_t *object, const tt_report_origin *origin, const tt_mask *mask,
                            const tt_masking_options *options, bool full)
{
    json_t *thresholds = json_array();
    for (size_t k = 0; k < mask->thresholds; k++)
        thresholds = tt_json_push(thresholds, tt_report_rational(options->thresholds[k], full));
    if (*origin->name)
        object = tt_json_put(object, "name", tt_json_text(origin->name));
    object = tt_json_put(object, "mask", tt_json_text(mask->id));
    object = tt_json_put(object, "formula", tt_json_text(mask->formula));
    object = tt_json_put(object, "level", tt_json_text(level_name(mask)));
    object = tt_json_put(object, "thresholds", thresholds);
    return tt_json_put(object, "length", tt_json_text(options->length == TT_LENGTH_OWN ? "n" : "T"));
}

static json_t *sweep_json(const tt_masking *m, bool full)
{
    json_t *array = json_array();
    for (size_t k = 0; k < m->sweep_points; k++) {
        json_t *object = tt_json_put(json_object(), "threshold", tt_report_rational(m->sweep[k].threshold, full));
        object = tt_json_put(object, "jump", tt_json_real(&m->sweep[k].jump, full));
        array = tt_json_push(array, put_point(object, &m->sweep[k], full));
    }
    return array;
}

tt_status tt_mask_json(FILE *out, const tt_report_origin *origin, const tt_masking *masking,
                       const tt_masking_options *options, bool full, tt_error *error)
{
    const tt_mask_detail *d = &masking->detail;
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-mask-1"));
    object = tt_report_mask_head(object, origin, masking->mask, options, full);
    object = tt_json_put(object, "vocab", json_integer((json_int_t)masking->vocab));
    object = tt_json_put(object, "horizon", json_integer((json_int_t)masking->horizon));
    object = tt_json_put(object, "dominated", masking->measured ? json_boolean(masking->dominated) : json_null());
    object = put_fields(object, own_fields, COUNT(own_fields), masking, full);
    object = tt_json_put(object, "log_guarantee",
                         verdict_json("value", &masking->log_guarantee, masking->log_guarantee_holds, full));
    object = tt_json_put(object, "clipped", clipped_json(masking, full));
    object = tt_json_put(object, "threshold_read_as_kl", tt_mask_has_distance(masking->mask)
                                                             ? json_boolean(!tt_mask_is_on_kl(masking->mask))
                                                             : json_null());
    object = put_point(object, &masking->point, full);
    object = put_fields(object, token_fields, COUNT(token_fields), masking, full);
    object = tt_json_put(object, "kl_unchanged", tt_json_text(tt_verdict_name(masking->kl_unchanged)));
    object = put_fields(object, detail_fields, COUNT(detail_fields), d, full);
    object = tt_json_put(object, "lengths", lengths_json(d, full));
    object = tt_json_put(object, "prompts", prompts_json(d, full));
    if (options->group)
        object = tt_json_put(object, "group", json_integer((json_int_t)options->group));
    if (masking->sweep_points)
        object = tt_json_put(object, "sweep", sweep_json(masking, full));
    return tt_json_write(out, object, error);
}

static json_t *list_masks(void)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_mask_count(); k++) {
        const tt_mask *mask = tt_mask_at(k);
        json_t *object = tt_json_put(json_object(), "id", tt_json_text(mask->id));
        object = tt_json_put(object, "level", tt_json_text(level_name(mask)));
        object = tt_json_put(object, "keeps", tt_json_text(mask->formula));
        object = tt_json_put(object, "thresholds", json_integer((json_int_t)mask->thresholds));
        array = tt_json_push(array, tt_json_put(object, "source", tt_json_text(mask->source)));
    }
    return array;
}

static json_t *list_presets(void)
{
    json_t *array = json_array();
    for (size_t k = 0; k < tt_mask_preset_count(); k++) {
        const tt_mask_preset *preset = tt_mask_preset_at(k);
        json_t *object = tt_json_put(json_object(), "id", tt_json_text(preset->id)), *thresholds = json_array();
        for (size_t i = 0; i < TT_MASK_THRESHOLDS && preset->thresholds[i]; i++)
            thresholds = tt_json_push(thresholds, tt_json_text(preset->thresholds[i]));
        object = tt_json_put(object, "mask", tt_json_text(preset->mask));
        object = tt_json_put(object, "thresholds", thresholds);
        array = tt_json_push(array, tt_json_put(object, "source", tt_json_text(preset->source)));
    }
    return array;
}

tt_status tt_mask_list_json(FILE *out, tt_error *error)
{
    json_t *object = tt_json_put(json_object(), "format", tt_json_text("trustree-masks-1"));
    object = tt_json_put(object, "masks", list_masks());
    return tt_json_write(out, tt_json_put(object, "presets", list_presets()), error);
}

/* ---- text ------------------------------------------------------------------------------------------------- */

void tt_report_title(FILE *out, const tt_report_origin *origin, tt_table_form form)
{
    const char *before = form == TT_TABLE_MARKDOWN ? "## " : form == TT_TABLE_LATEX ? "% " : "";
    fprintf(out, "%s%s%s%s\n%s", before, origin->file, *origin->file && *origin->name ? ": " : "", origin->name,
            form == TT_TABLE_MARKDOWN ? "\n" : "");
}

static const char *answer_text(tt_answer answer)
{
    return answer == TT_YES ? "yes" : answer == TT_NO ? "no" : "-";
}

static void add_fields(tt_table *table, const field *list, size_t n, const void *base, bool skip_absent)
{
    for (size_t k = 0; k < n; k++) {
        if (skip_absent && tt_real_is_absent(real_at(base, &list[k])))
            continue;
        tt_table_add(table, list[k].name);
        tt_table_add(table, list[k].symbol);
        tt_table_add(table, tt_number_short(real_at(base, &list[k]), TT_SHORT_DIGITS).text);
    }
}

tt_status tt_report_print(FILE *out, tt_table *table, tt_table_form form, tt_error *error)
{
    tt_status status = tt_table_print(out, table, form, true, error);
    tt_table_clear(table);
    return status;
}

static tt_status print_quantities(FILE *out, const tt_masking *m, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "quantity", "symbol", "value" };
    tt_table table;
    tt_table_init(&table, "lll", header);
    add_fields(&table, own_fields, COUNT(own_fields), m, false);
    add_fields(&table, point_fields, COUNT(point_fields), &m->point, false);
    add_fields(&table, token_fields, COUNT(token_fields), m, true);
    add_fields(&table, detail_fields, COUNT(detail_fields), &m->detail, true);
    return tt_report_print(out, &table, form, error);
}

static void add_guarantee(tt_table *table, const char *what, const tt_real *value, const char *verdict)
{
    tt_table_add(table, what);
    tt_table_add(table, tt_number_short(value, TT_SHORT_DIGITS).text);
    tt_table_add(table, verdict);
}

/* What the slides promise, what holds, what is so. */
static tt_status print_guarantees(FILE *out, const tt_masking *m, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "improvement is at least", "value", "verdict" };
    const tt_mask_point *p = &m->point;
    tt_table table;
    tt_real promise;
    tt_real_init(&promise);
    tt_real_sub(&promise, &p->masked_surrogate, &p->penalty, TT_PRECISION_DEFAULT);
    tt_table_init(&table, "lll", header);
    add_guarantee(&table, "L_masked - B(d), the slides' promise", &promise,
                  tt_verdict_name(tt_verdict_le(&promise, &m->improvement)));
    for (size_t k = 0; k < COUNT(guarantee_fields); k++)
        add_guarantee(&table, guarantee_fields[k].name, real_at(p, &guarantee_fields[k]),
                      tt_verdict_name(guarantee_verdict(p, k)));
    add_guarantee(&table, "E[R log M], nothing masked", &m->log_guarantee, tt_verdict_name(m->log_guarantee_holds));
    for (size_t k = 0; k < TT_CLIPS; k++) {
        char what[64];
        snprintf(what, sizeof what, "E[R (min(M, %s) - 1)]",
                 tt_clip_weights[k][1] == 2 ? "1/2" : k == 1 ? "1" : k == 2 ? "2" : "10");
        add_guarantee(&table, what, &m->clipped[k], tt_verdict_name(m->clipped_holds[k]));
    }
    add_guarantee(&table, "J_pi - J_mu, the truth", &m->improvement, "");
    tt_real_clear(&promise);
    return tt_report_print(out, &table, form, error);
}

static tt_status print_lengths(FILE *out, const tt_masking *m, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "length", "probability", "acceptance" };
    tt_table table;
    tt_table_init(&table, "rll", header);
    for (size_t k = 0; k < m->detail.lengths; k++) {
        char text[32];
        if (tt_real_is_zero(&m->detail.length_mass[k]))
            continue;
        snprintf(text, sizeof text, "%zu", k + 1);
        tt_table_add(&table, text);
        tt_table_add(&table, tt_number_short(&m->detail.length_mass[k], TT_SHORT_DIGITS).text);
        tt_table_add(&table, tt_number_short(&m->detail.length_acceptance[k], TT_SHORT_DIGITS).text);
    }
    return tt_report_print(out, &table, form, error);
}

static void add_point(tt_table *table, const tt_mask_point *p, bool jumps)
{
    tt_table_add(table, tt_number_short_q(p->threshold, TT_SHORT_DIGITS).text);
    for (size_t k = 0; k < COUNT(point_fields); k++)
        tt_table_add(table, tt_number_short(real_at(p, &point_fields[k]), TT_SHORT_DIGITS).text);
    tt_table_add(table, answer_text(p->fires));
    tt_table_add(table, tt_verdict_name(p->improvement_claim));
    tt_table_add(table, tt_number_short(&p->repaired_ratio, TT_SHORT_DIGITS).text);
    if (jumps)
        tt_table_add(table, tt_number_short(&p->jump, TT_SHORT_DIGITS).text);
}

static tt_status print_sweep(FILE *out, const tt_masking *m, bool jumps, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "threshold", "acceptance", "L_masked", "accepted alone", "dL_masked",
                                          "KL accepted", "KL elsewhere", "B(d)", "fires", "improvement claim",
                                          "repaired ratio", "from" };
    tt_table table;
    tt_table_init(&table, jumps ? "llllllllllll" : "lllllllllll", header);
    for (size_t k = 0; k < m->sweep_points; k++)
        add_point(&table, &m->sweep[k], jumps);
    return tt_report_print(out, &table, form, error);
}

static void print_sentences(FILE *out, const tt_masking *m)
{
    const tt_mask_point *p = &m->point;
    if (!p->decided) {
        if (p->undecided_at)
            fprintf(out, "The mask could not be decided at %s.\n", p->undecided_at);
        else
            fputs("A limit was reached: the mask was not evaluated.\n", out);
        return;
    }
    if (p->improvement_claim == TT_VIOLATED)
        fputs("L_masked exceeds B(d) and target is not better: the slides' promise is broken here.\n", out);
    else if (p->improvement_claim == TT_HOLDS)
        fputs("L_masked exceeds B(d), and target is better.\n", out);
    else if (p->improvement_claim == TT_UNDECIDED)
        fputs("Whether L_masked exceeds B(d) is undecided.\n", out);
    else
        fputs(tt_mask_has_distance(m->mask) ? "L_masked does not exceed B(d): the promise says nothing.\n"
                                            : "The thresholds are no distance: there is no B(d).\n",
              out);
    if (tt_real_cmp(&p->kl_hidden, &p->kl_certified) == TT_GREATER)
        fputs("The policies differ most where nothing is accepted.\n", out);
    if (m->kl_unchanged == TT_HOLDS || m->kl_unchanged == TT_CONSISTENT)
        fputs("Masking tokens left the largest token KL as it was.\n", out);
}

static void print_rule(FILE *out, const tt_masking *m, const tt_masking_options *options)
{
    fprintf(out, "V = %zu, T = %zu; %s mask %s keeps %s,", m->vocab, m->horizon, level_name(m->mask), m->mask->id,
            m->mask->formula);
    for (size_t k = 0; k < m->mask->thresholds; k++)
        fprintf(out, "%s d%s = %s", k ? "," : "", m->mask->thresholds == 1 ? "" : k ? "2" : "1",
                tt_number_short_q(options->thresholds[k], TT_SHORT_DIGITS).text);
    fprintf(out, "; means over %s\n", options->length == TT_LENGTH_OWN ? "the n tokens of a response" : "all T tokens");
    if (tt_mask_has_distance(m->mask) && !tt_mask_is_on_kl(m->mask))
        fputs("d is read as KL in B(d).\n", out);
    fputc('\n', out);
}

static void add_real_or_na(tt_table *table, const tt_real *x)
{
    enum { DIGITS = 17 };
    if (tt_real_is_absent(x))
        tt_table_add(table, "NA");
    else
        tt_table_add(table, tt_number_short(x, DIGITS).text);
}

/* One row per threshold, decimals of up to 17 certain digits. */
static tt_status print_tsv(FILE *out, const tt_report_origin *origin, const tt_masking *m, tt_error *error)
{
    enum { COLUMNS = 5 + COUNT(point_fields) + 2 + COUNT(guarantee_fields) + 1 };
    const char *header[COLUMNS] = { "file", "name", "mask", "threshold", "improvement" };
    size_t n = 5, rows = m->sweep_points ? m->sweep_points : 1;
    char alignment[COLUMNS + 1];
    tt_table table;
    for (size_t k = 0; k < COUNT(point_fields); k++)
        header[n++] = point_fields[k].key;
    header[n++] = "fires";
    header[n++] = "improvement_claim";
    for (size_t k = 0; k < COUNT(guarantee_fields); k++)
        header[n++] = guarantee_fields[k].key;
    header[n++] = "jump";
    memset(alignment, 'l', n);
    alignment[n] = '\0';
    tt_table_init(&table, alignment, header);
    for (size_t r = 0; r < rows; r++) {
        const tt_mask_point *p = m->sweep_points ? &m->sweep[r] : &m->point;
        tt_real threshold;
        tt_real_init(&threshold);
        tt_real_set_q(&threshold, p->threshold);
        tt_table_add(&table, origin->file);
        tt_table_add(&table, origin->name);
        tt_table_add(&table, m->mask->id);
        add_real_or_na(&table, &threshold);
        add_real_or_na(&table, &m->improvement);
        for (size_t k = 0; k < COUNT(point_fields); k++)
            add_real_or_na(&table, real_at(p, &point_fields[k]));
        tt_table_add(&table, p->fires == TT_NULL ? "NA" : p->fires == TT_YES ? "true" : "false");
        tt_table_add(&table, tt_verdict_name(p->improvement_claim));
        for (size_t k = 0; k < COUNT(guarantee_fields); k++)
            add_real_or_na(&table, real_at(p, &guarantee_fields[k]));
        add_real_or_na(&table, &p->jump);
        tt_real_clear(&threshold);
    }
    return tt_report_print(out, &table, TT_TABLE_TSV, error);
}

tt_status tt_mask_text(FILE *out, const tt_report_origin *origin, const tt_masking *masking,
                       const tt_masking_options *options, tt_table_form form, tt_error *error)
{
    tt_status status;
    if (form == TT_TABLE_TSV)
        return print_tsv(out, origin, masking, error);
    tt_report_title(out, origin, form);
    if (form == TT_TABLE_TEXT)
        print_rule(out, masking, options);
    status = print_quantities(out, masking, form, error);
    fputc('\n', out);
    if (status == TT_OK && masking->mask->level == TT_MASK_SEQUENCE) {
        status = print_guarantees(out, masking, form, error);
        fputc('\n', out);
    }
    if (status == TT_OK)
        status = print_lengths(out, masking, form, error);
    if (status == TT_OK && masking->sweep_points) {
        fputc('\n', out);
        status = print_sweep(out, masking, options->jumps, form, error);
    }
    if (status == TT_OK && form == TT_TABLE_TEXT) {
        fputc('\n', out);
        print_sentences(out, masking);
    }
    return status;
}

tt_status tt_mask_list_text(FILE *out, tt_table_form form, tt_error *error)
{
    static const char *const header[] = { "mask", "acts on", "thresholds", "keeps", "source" };
    static const char *const preset_header[] = { "preset", "mask", "thresholds", "source" };
    tt_status status;
    tt_table table;
    tt_table_init(&table, "lllll", header);
    for (size_t k = 0; k < tt_mask_count(); k++) {
        const tt_mask *mask = tt_mask_at(k);
        tt_table_add(&table, mask->id);
        tt_table_add(&table, level_name(mask));
        tt_table_add(&table, mask->thresholds == 1 ? "D" : "D,D2");
        tt_table_add(&table, mask->formula);
        tt_table_add(&table, mask->source);
    }
    status = tt_report_print(out, &table, form, error);
    if (status != TT_OK)
        return status;
    if (form != TT_TABLE_TSV)
        fputc('\n', out);
    tt_table_init(&table, "llll", preset_header);
    for (size_t k = 0; k < tt_mask_preset_count(); k++) {
        const tt_mask_preset *preset = tt_mask_preset_at(k);
        char text[64];
        snprintf(text, sizeof text, "%s%s%s", preset->thresholds[0], preset->thresholds[1] ? "," : "",
                 preset->thresholds[1] ? preset->thresholds[1] : "");
        tt_table_add(&table, preset->id);
        tt_table_add(&table, preset->mask);
        tt_table_add(&table, text);
        tt_table_add(&table, preset->source);
    }
    return tt_report_print(out, &table, form, error);
}

#include "tree_masses.h"

#include <stdlib.h>
#include <string.h>

tt_status tt_masses_init(tt_masses *m, size_t vocab, size_t horizon)
{
    memset(m, 0, sizeof *m);
    m->vocab = vocab;
    m->horizon = horizon;
    mpz_init(m->left);
    mpz_init(m->right);
    m->tolerance = ((double)horizon + 8) * 0x1p-49;
    m->rows = calloc(horizon, sizeof *m->rows);
    m->weights = calloc(horizon * vocab, 2 * sizeof *m->weights);
    m->tokens = calloc(horizon, sizeof *m->tokens);
    m->steps = calloc(horizon + 1, sizeof *m->steps);
    m->exact = calloc(horizon + 1, sizeof *m->exact);
    for (size_t d = 0; m->exact && d <= horizon; d++)
        mpz_inits(m->exact[d].rollout, m->exact[d].target, m->exact[d].weighted, NULL);
    if (!m->rows || !m->weights || !m->tokens || !m->steps || !m->exact)
        return TT_NO_MEMORY;
    for (size_t d = 0; d < horizon; d++) {
        m->rows[d].rollout = m->weights + 2 * d * vocab;
        m->rows[d].target = m->rows[d].rollout + vocab;
    }
    return TT_OK;
}

void tt_masses_clear(tt_masses *m)
{
    for (size_t d = 0; m->exact && d <= m->horizon; d++)
        mpz_clears(m->exact[d].rollout, m->exact[d].target, m->exact[d].weighted, NULL);
    free(m->rows);
    free(m->weights);
    free(m->tokens);
    free(m->steps);
    free(m->exact);
    mpz_clear(m->left);
    mpz_clear(m->right);
}

bool tt_context_before(const tt_context_place *a, const tt_context_place *b)
{
    if (a->depth != b->depth)
        return a->depth < b->depth;
    if (a->prompt != b->prompt)
        return a->prompt < b->prompt;
    for (size_t d = 0; d < a->depth; d++)
        if (a->tokens[d] != b->tokens[d])
            return a->tokens[d] < b->tokens[d];
    return false;
}

void tt_context_copy(tt_context_place *out, const tt_context_place *place)
{
    out->prompt = place->prompt;
    out->depth = place->depth;
    memcpy(out->tokens, place->tokens, place->depth * sizeof *place->tokens);
}

void tt_masses_start(tt_masses *m)
{
    m->steps[0] = (tt_mass){ .rollout = 1, .target = 1, .has_rollout = true, .has_target = true };
    mpz_set_ui(m->exact[0].rollout, 1);
    mpz_set_ui(m->exact[0].target, 1);
    mpz_set_ui(m->exact[0].weighted, 0);
    m->known = 0;
}

/* r and p of a token over the product of the totals, or over the total where it is the same. */
static void common_weights(unsigned long *r, unsigned long *p, const tt_small_rows *rows, size_t token)
{
    bool same = rows->rollout_total == rows->target_total;
    *r = (unsigned long)rows->rollout[token] * (same ? 1 : rows->target_total);
    *p = (unsigned long)rows->target[token] * (same ? 1 : rows->rollout_total);
}

/* Carries the integers down to depth d. */
static void know(tt_masses *m, size_t d)
{
    for (; m->known < d; m->known++) {
        const tt_exact_mass *from = &m->exact[m->known];
        tt_exact_mass *to = &m->exact[m->known + 1];
        unsigned long r, p;
        common_weights(&r, &p, &m->rows[m->known], m->tokens[m->known]);
        mpz_mul_ui(to->weighted, from->weighted, r);
        mpz_addmul_ui(to->weighted, from->rollout, p);
        mpz_mul_ui(to->rollout, from->rollout, r);
        mpz_mul_ui(to->target, from->target, p);
    }
}

int tt_masses_exact_sign(tt_masses *m, size_t d)
{
    const tt_mass *at = &m->steps[d];
    int order;
    if (!at->has_rollout || !at->has_target)
        return at->has_target - at->has_rollout;
    know(m, d);
    order = mpz_cmp(m->exact[d].target, m->exact[d].rollout);
    return (order > 0) - (order < 0);
}

/* left = p b + r (T-1) a, right = p a + r s: e = b' + (T-1) a' - s' with b' = p b, a' = r a, s' = r s + p a. */
static int exact_error_sign(tt_masses *m, size_t token)
{
    size_t d = m->horizon - 1;
    unsigned long r, p;
    know(m, d);
    common_weights(&r, &p, &m->rows[d], token);
    mpz_mul_ui(m->left, m->exact[d].rollout, m->horizon - 1);
    mpz_mul_ui(m->left, m->left, r);
    mpz_addmul_ui(m->left, m->exact[d].target, p);
    mpz_mul_ui(m->right, m->exact[d].weighted, r);
    mpz_addmul_ui(m->right, m->exact[d].rollout, p);
    return mpz_cmp(m->left, m->right);
}

void tt_masses_error_signs(tt_masses *m, int8_t *signs)
{
    const tt_mass *at = &m->steps[m->horizon - 1];
    const tt_small_rows *rows = &m->rows[m->horizon - 1];
    double last = (double)m->horizon - 1;
    /* e = p X + r Y over the totals, and the same with every sign + */
    double per_target = 1 / (double)rows->target_total, per_rollout = 1 / (double)rows->rollout_total;
    double x = (at->target - at->rollout) * per_target, y = (last * at->rollout - at->weighted) * per_rollout;
    double x_size = (at->target + at->rollout) * per_target * m->tolerance;
    double y_size = (last * at->rollout + at->weighted) * per_rollout * m->tolerance;
    bool faint = at->faint || x_size + y_size < 0x1p-900;
    for (size_t v = 0; v < m->vocab; v++) {
        double p = rows->target[v], r = rows->rollout[v], e = p * x + r * y;
        if (fabs(e) > p * x_size + r * y_size && !faint) {
            signs[v] = e > 0 ? 1 : -1;
        } else {
            int sign = exact_error_sign(m, v);
            signs[v] = (int8_t)((sign > 0) - (sign < 0));
        }
    }
}

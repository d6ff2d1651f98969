#include "lattice_machine.h"

#include <stdlib.h>
#include <string.h>

#define REACH_MAX ((size_t)1 << 31)

static void quotient(mpq_t out, mpz_srcptr numerator, mpz_srcptr denominator)
{
    mpz_set(mpq_numref(out), numerator);
    mpz_set(mpq_denref(out), denominator);
    mpq_canonicalize(out);
}

void tt_lattice_machine_rollout(mpq_t out, const lattice_machine *m, size_t s, size_t v)
{
    quotient(out, &m->rows[s].rollout[v], m->rows[s].total);
}

void tt_lattice_machine_target(mpq_t out, const lattice_machine *m, size_t s, size_t v)
{
    quotient(out, &m->rows[s].target[v], m->rows[s].total);
}

/* ---- states that matter ---------------------------------------------------------- */

static bool live(const tt_rows *rows, size_t v)
{
    return mpz_sgn(&rows->rollout[v]) != 0 || mpz_sgn(&rows->target[v]) != 0;
}

/* Numbers the states in order of the distance from a prompt, at most T; number[] of the others is SIZE_MAX. */
static size_t number_states(const tt_instance *instance, size_t *number, size_t *original)
{
    size_t count = 0, V = tt_instance_vocab(instance), T = tt_instance_horizon(instance);
    for (size_t s = 0; s < tt_instance_states(instance); s++)
        number[s] = SIZE_MAX;
    for (size_t x = 0; x < tt_instance_prompts(instance); x++) {
        size_t s = tt_instance_first_state(instance, x);
        if (mpq_sgn(tt_instance_prompt(instance, x)) == 0 || number[s] != SIZE_MAX)
            continue;
        number[s] = count;
        original[count++] = s;
    }
    for (size_t from = 0, to = count, depth = 0; from < to && depth < T; depth++) {
        for (; from < to; from++) {
            tt_rows rows;
            tt_row_store_view(&rows, tt_instance_rows(instance), tt_instance_state_pair(instance, original[from]));
            for (size_t v = 0; v < V; v++) {
                size_t next = tt_instance_next(instance, original[from], v);
                if (!live(&rows, v) || number[next] != SIZE_MAX)
                    continue;
                number[next] = count;
                original[count++] = next;
            }
        }
        to = count;
    }
    return count;
}

static tt_status fill_states(lattice_machine *m, const size_t *number)
{
    m->rows = calloc(m->S, sizeof *m->rows);
    m->next = calloc(m->S * m->V, sizeof *m->next);
    m->reward = calloc(m->S, sizeof *m->reward);
    m->reached = calloc(m->S, sizeof *m->reached);
    if (!m->rows || !m->next || !m->reward || !m->reached)
        return TT_NO_MEMORY;
    for (size_t s = 0; s < m->S; s++) {
        mpq_srcptr reward = tt_instance_state_reward(m->instance, m->original[s]);
        tt_row_store_view(&m->rows[s], tt_instance_rows(m->instance),
                          tt_instance_state_pair(m->instance, m->original[s]));
        mpq_init(m->reward[s]);
        if (reward)
            mpq_set(m->reward[s], reward);
        for (size_t v = 0; v < m->V; v++)
            m->next[s * m->V + v] =
                live(&m->rows[s], v) ? number[tt_instance_next(m->instance, m->original[s], v)] : SIZE_MAX;
    }
    return TT_OK;
}

static tt_status fill_starts(lattice_machine *m, const size_t *number)
{
    size_t prompts = tt_instance_prompts(m->instance);
    m->start = calloc(prompts, sizeof *m->start);
    m->start_probability = calloc(prompts, sizeof *m->start_probability);
    if (!m->start || !m->start_probability)
        return TT_NO_MEMORY;
    for (size_t x = 0; x < prompts; x++) {
        size_t s = number[tt_instance_first_state(m->instance, x)], k = 0;
        if (mpq_sgn(tt_instance_prompt(m->instance, x)) == 0)
            continue;
        while (k < m->starts && m->start[k] != s)
            k++;
        if (k == m->starts) {
            mpq_init(m->start_probability[k]);
            m->start[m->starts++] = s;
        }
        mpq_add(m->start_probability[k], m->start_probability[k], tt_instance_prompt(m->instance, x));
    }
    return TT_OK;
}

/* ---- reach ------------------------------------------------------------------------ */

static uint8_t reach_by_token(uint8_t from, const tt_rows *rows, size_t v)
{
    bool mu = mpz_sgn(&rows->rollout[v]) != 0, pi = mpz_sgn(&rows->target[v]) != 0;
    bool same = mpz_cmp(&rows->rollout[v], &rows->target[v]) == 0;
    uint8_t to = 0;
    if ((from & LATTICE_BY_ROLLOUT) && mu)
        to |= LATTICE_BY_ROLLOUT | (pi ? 0 : LATTICE_K_INFINITE);
    if ((from & LATTICE_K_INFINITE) && mu)
        to |= LATTICE_K_INFINITE;
    if ((from & LATTICE_BY_TARGET) && pi)
        to |= LATTICE_BY_TARGET;
    if (from & LATTICE_PLAIN)
        to |= same ? LATTICE_PLAIN : LATTICE_DEVIATED;
    if (from & LATTICE_DEVIATED)
        to |= LATTICE_DEVIATED;
    return to;
}

static tt_status fill_reach(lattice_machine *m, tt_error *error)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a prompt starts in a state */
    if (m->T >= REACH_MAX / m->S)
        return tt_fail(error, TT_LIMIT, NULL, "%zu states over %zu steps are more than the lattice engine can hold",
                       m->S, m->T);
    m->reach = calloc(m->T + 1, m->S);
    if (!m->reach)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < m->starts; k++)
        m->reach[m->start[k]] = LATTICE_REACHED | LATTICE_PLAIN;
    m->all_equal = m->no_second_order = m->dominated = true;
    for (size_t t = 0; t < m->T; t++) {
        for (size_t s = 0; s < m->S; s++) {
            uint8_t from = m->reach[t * m->S + s];
            if (!from)
                continue;
            m->reached[s] = m->reached[s] || (from & LATTICE_REACHED);
            if (!m->rows[s].equal) {
                m->all_equal = false;
                if (from & LATTICE_DEVIATED)
                    m->no_second_order = false;
            }
            for (size_t v = 0; v < m->V; v++) {
                if (m->next[s * m->V + v] == SIZE_MAX)
                    continue;
                m->reach[(t + 1) * m->S + m->next[s * m->V + v]] |= reach_by_token(from, &m->rows[s], v);
            }
        }
    }
    return TT_OK;
}

tt_status tt_lattice_machine_init(lattice_machine *m, const tt_instance *instance, tt_error *error)
{
    size_t *number;
    tt_status status;
    memset(m, 0, sizeof *m);
    if (tt_instance_form(instance) != TT_FORM_MACHINE)
        return tt_fail(error, TT_BAD_INPUT, NULL, "the lattice engine needs an instance in machine form");
    m->instance = instance;
    m->V = tt_instance_vocab(instance);
    m->T = tt_instance_horizon(instance);
    number = calloc(tt_instance_states(instance), sizeof *number);
    m->original = calloc(tt_instance_states(instance), sizeof *m->original);
    status = number && m->original ? TT_OK : TT_NO_MEMORY;
    if (status == TT_OK) {
        m->S = number_states(instance, number, m->original);
        status = fill_states(m, number);
    }
    if (status == TT_OK)
        status = fill_starts(m, number);
    free(number);
    if (status == TT_OK)
        status = fill_reach(m, error);
    if (status == TT_NO_MEMORY)
        tt_fail(error, status, NULL, "out of memory");
    for (size_t s = 0; status == TT_OK && s < m->S; s++)
        for (size_t v = 0; m->reached[s] && v < m->V; v++)
            if (mpz_sgn(&m->rows[s].rollout[v]) == 0 && mpz_sgn(&m->rows[s].target[v]) != 0)
                m->dominated = false;
    return status;
}

void tt_lattice_machine_clear(lattice_machine *m)
{
    for (size_t s = 0; m->reward && s < m->S; s++)
        if (mpq_denref(m->reward[s])->_mp_d)
            mpq_clear(m->reward[s]);
    for (size_t k = 0; k < m->starts; k++)
        mpq_clear(m->start_probability[k]);
    free(m->original);
    free(m->rows);
    free(m->next);
    free(m->reward);
    free(m->reached);
    free(m->start);
    free(m->start_probability);
    free(m->reach);
}

/* ---- lumping ------------------------------------------------------------------------ */

/* Number of the ratio pi/mu of a token among l->ratio, added where it is new. l->ratio has room. */
static int ratio_number(lattice_lumped *l, mpz_srcptr mu, mpz_srcptr pi)
{
    mpq_t q;
    size_t k = 0;
    if (mpz_sgn(mu) == 0)
        return LATTICE_OFF;
    if (mpz_cmp(mu, pi) == 0)
        return -1;
    mpq_init(q);
    quotient(q, pi, mu);
    while (k < l->R && !mpq_equal(l->ratio[k], q))
        k++;
    if (k == l->R) {
        mpq_init(l->ratio[k]);
        mpq_set(l->ratio[k], q);
        l->R++;
    }
    mpq_clear(q);
    return (int)k;
}

typedef struct {
    size_t state;
    size_t count;
    lattice_edge *edges;
} signature;

static int compare_places(const void *x, const void *y)
{
    const lattice_edge *e = x, *f = y;
    if (e->to != f->to)
        return e->to < f->to ? -1 : 1;
    return (e->ratio > f->ratio) - (e->ratio < f->ratio);
}

static int compare_edges(const lattice_edge *e, const lattice_edge *f)
{
    int c = compare_places(e, f);
    if (c == 0)
        c = mpz_cmp(e->mu, f->mu);
    return c ? c : mpz_cmp(e->pi, f->pi);
}

static int compare_signatures(const void *x, const void *y)
{
    const signature *s = x, *t = y;
    if (s->count != t->count)
        return s->count < t->count ? -1 : 1;
    for (size_t k = 0; k < s->count; k++) {
        int c = compare_edges(&s->edges[k], &t->edges[k]);
        if (c)
            return c;
    }
    return 0;
}

static int compare_signatures_stably(const void *x, const void *y)
{
    int c = compare_signatures(x, y);
    const signature *s = x, *t = y;
    return c ? c : (s->state > t->state) - (s->state < t->state);
}

/* The edges of state s under the present classes, those to one place joined. */
static void fill_signature(signature *g, const lattice_lumped *l, const lattice_machine *m, const int *ratios, size_t s)
{
    size_t live_count = 0, kept = 0;
    mpz_t factor;
    mpz_init(factor);
    mpz_divexact(factor, l->den, m->rows[s].total);
    for (size_t v = 0; v < m->V; v++) {
        size_t next = m->next[s * m->V + v];
        if (next == SIZE_MAX)
            continue;
        g->edges[live_count].to = l->class_of[next];
        g->edges[live_count].ratio = ratios[s * m->V + v];
        mpz_mul(g->edges[live_count].mu, &m->rows[s].rollout[v], factor);
        mpz_mul(g->edges[live_count].pi, &m->rows[s].target[v], factor);
        live_count++;
    }
    mpz_clear(factor);
    g->state = s;
    qsort(g->edges, live_count, sizeof *g->edges, compare_places);
    for (size_t k = 0; k < live_count; k++) {
        if (kept && compare_places(&g->edges[kept - 1], &g->edges[k]) == 0) {
            mpz_add(g->edges[kept - 1].mu, g->edges[kept - 1].mu, g->edges[k].mu);
            mpz_add(g->edges[kept - 1].pi, g->edges[kept - 1].pi, g->edges[k].pi);
        } else {
            if (kept != k) {
                lattice_edge t = g->edges[kept];
                g->edges[kept] = g->edges[k];
                g->edges[k] = t;
            }
            kept++;
        }
    }
    g->count = kept;
}

/* One round: classes by equal signatures; the number of classes. */
static size_t refine(lattice_lumped *l, const lattice_machine *m, const int *ratios, signature *signatures)
{
    size_t classes = 0;
    for (size_t s = 0; s < m->S; s++)
        fill_signature(&signatures[s], l, m, ratios, s);
    qsort(signatures, m->S, sizeof *signatures, compare_signatures_stably);
    for (size_t k = 0; k < m->S; k++) {
        if (k && compare_signatures(&signatures[k - 1], &signatures[k]) != 0)
            classes++;
        l->class_of[signatures[k].state] = classes;
    }
    return classes + 1;
}

/* The edges of each class, from the signature of one of its states under the final classes. */
static tt_status keep_edges(lattice_lumped *l, const lattice_machine *m, const int *ratios, signature *scratch)
{
    size_t *member = calloc(l->C, sizeof *member), total = 0;
    l->first = calloc(l->C + 1, sizeof *l->first);
    if (!member || !l->first) {
        free(member);
        return TT_NO_MEMORY;
    }
    for (size_t s = m->S; s-- > 0;)
        member[l->class_of[s]] = s;
    for (size_t c = 0; c < l->C; c++) {
        fill_signature(scratch, l, m, ratios, member[c]);
        total += scratch->count;
        l->first[c + 1] = total;
    }
    l->edges = calloc(total + 1, sizeof *l->edges);
    for (size_t c = 0; l->edges && c < l->C; c++) {
        fill_signature(scratch, l, m, ratios, member[c]);
        for (size_t k = 0; k < scratch->count; k++) {
            lattice_edge *e = &l->edges[l->first[c] + k];
            e->to = scratch->edges[k].to;
            e->ratio = scratch->edges[k].ratio;
            mpz_init_set(e->mu, scratch->edges[k].mu);
            mpz_init_set(e->pi, scratch->edges[k].pi);
        }
    }
    free(member);
    return l->edges ? TT_OK : TT_NO_MEMORY;
}

static signature *signatures_new(size_t S, size_t V)
{
    signature *g = calloc(S, sizeof *g);
    for (size_t s = 0; g && s < S; s++) {
        g[s].edges = calloc(V, sizeof *g[s].edges);
        for (size_t v = 0; g[s].edges && v < V; v++)
            mpz_inits(g[s].edges[v].mu, g[s].edges[v].pi, NULL);
    }
    return g;
}

static bool signatures_complete(const signature *g, size_t S)
{
    for (size_t s = 0; g && s < S; s++)
        if (!g[s].edges)
            return false;
    return g != NULL;
}

static void signatures_free(signature *g, size_t S, size_t V)
{
    for (size_t s = 0; g && s < S; s++) {
        for (size_t v = 0; g[s].edges && v < V; v++)
            mpz_clears(g[s].edges[v].mu, g[s].edges[v].pi, NULL);
        free(g[s].edges);
    }
    free(g);
}

/* A state that is only ever entered with the last token has no rows that matter: next is SIZE_MAX or not,
   its edges are never walked, so that lumping it with its like is harmless. */
tt_status tt_lattice_lump(lattice_lumped *l, const lattice_machine *m)
{
    signature *signatures = signatures_new(m->S, m->V);
    int *ratios = calloc(m->S * m->V, sizeof *ratios);
    tt_status status = TT_OK;
    memset(l, 0, sizeof *l);
    mpz_init_set_ui(l->den, 1);
    l->class_of = calloc(m->S, sizeof *l->class_of);
    l->ratio = calloc(m->S * m->V, sizeof *l->ratio);
    if (!signatures_complete(signatures, m->S) || !ratios || !l->class_of || !l->ratio)
        status = TT_NO_MEMORY;
    for (size_t s = 0; status == TT_OK && s < m->S; s++) {
        mpz_lcm(l->den, l->den, m->rows[s].total);
        for (size_t v = 0; v < m->V; v++)
            if (m->next[s * m->V + v] != SIZE_MAX)
                ratios[s * m->V + v] = ratio_number(l, &m->rows[s].rollout[v], &m->rows[s].target[v]);
    }
    if (status == TT_OK) {
        size_t before = 0;
        l->C = 1;
        while (l->C != before) {
            before = l->C;
            l->C = refine(l, m, ratios, signatures);
        }
        status = keep_edges(l, m, ratios, &signatures[0]);
    }
    free(ratios);
    signatures_free(signatures, m->S, m->V);
    return status;
}

void tt_lattice_lumped_clear(lattice_lumped *l)
{
    for (size_t k = 0; l->edges && k < l->first[l->C]; k++)
        mpz_clears(l->edges[k].mu, l->edges[k].pi, NULL);
    for (size_t k = 0; k < l->R; k++)
        mpq_clear(l->ratio[k]);
    free(l->edges);
    free(l->first);
    free(l->class_of);
    free(l->ratio);
    mpz_clear(l->den);
}

/* ---- the quotient ------------------------------------------------------------------------- */

static tt_status quotient_starts(lattice_machine *out, const lattice_machine *m, const lattice_lumped *l)
{
    out->start = calloc(m->starts, sizeof *out->start);
    out->start_probability = calloc(m->starts, sizeof *out->start_probability);
    if (!out->start || !out->start_probability)
        return TT_NO_MEMORY;
    for (size_t k = 0; k < m->starts; k++) {
        size_t c = l->class_of[m->start[k]], j = 0;
        while (j < out->starts && out->start[j] != c)
            j++;
        if (j == out->starts) {
            mpq_init(out->start_probability[j]);
            out->start[out->starts++] = c;
        }
        mpq_add(out->start_probability[j], out->start_probability[j], m->start_probability[k]);
    }
    return TT_OK;
}

/* A class is represented by its first state, which is the first to be reached: the rows of states that only the
   last token enters are not followed. */
tt_status tt_lattice_machine_quotient(lattice_machine *out, const lattice_machine *m, const lattice_lumped *l)
{
    *out = (lattice_machine){ .instance = m->instance, .S = l->C, .V = m->V, .T = m->T, .dominated = m->dominated,
                              .all_equal = m->all_equal, .no_second_order = m->no_second_order };
    out->rows = calloc(l->C, sizeof *out->rows);
    out->next = calloc(l->C * m->V, sizeof *out->next);
    out->reward = calloc(l->C, sizeof *out->reward);
    out->reached = calloc(l->C, sizeof *out->reached);
    out->reach = calloc(m->T + 1, l->C);
    if (!out->rows || !out->next || !out->reward || !out->reached || !out->reach)
        return TT_NO_MEMORY;
    for (size_t c = 0; c < l->C; c++)
        mpq_init(out->reward[c]);
    for (size_t s = m->S; s-- > 0;) {
        size_t c = l->class_of[s];
        out->rows[c] = m->rows[s];
        out->reached[c] = out->reached[c] || m->reached[s];
        for (size_t v = 0; v < m->V; v++) {
            size_t next = m->next[s * m->V + v];
            out->next[c * m->V + v] = next == SIZE_MAX ? SIZE_MAX : l->class_of[next];
        }
        for (size_t t = 0; t <= m->T; t++)
            out->reach[t * l->C + c] |= lattice_reach(m, t, s);
    }
    return quotient_starts(out, m, l);
}

/* The mismatch generators against a second route: the layer in hardware floating point with rounding by nearbyint,
   the policy gradient as a sum over all responses of P(y) R(y) times the score. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <mpfr.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/world/mismatch_layer.h"
#include "../naive.h"
#include "../settings.h"

#define DEPTH 8 /* no test goes deeper */

/* The arguments of "kind --a x --b y", each word separated by one blank, with a seed. */
static tt_arguments *arguments_of(const char *line, uint64_t seed)
{
    char *copy = strdup(line), *rest = copy, number[32];
    const tt_generator *generator = tt_generator_find(strsep(&rest, " "));
    tt_arguments *arguments;
    tt_error error;
    assert_non_null(generator);
    assert_int_equal(tt_arguments_new(&arguments, generator), TT_OK);
    snprintf(number, sizeof number, "%" PRIu64, seed);
    assert_int_equal(tt_arguments_set(arguments, "seed", number, &error), TT_OK);
    while (rest) {
        const char *name = strsep(&rest, " ") + 2, *value = strsep(&rest, " ");
        assert_int_equal(tt_arguments_set(arguments, name, value, &error), TT_OK);
    }
    free(copy);
    return arguments;
}

static tt_instance *instance_of(const tt_arguments *arguments)
{
    tt_instance *instance;
    tt_error error;
    if (tt_generate(&instance, arguments, 0, &error) != TT_OK) {
        fprintf(stderr, "%s: %s\n", error.where, error.what);
        fail();
    }
    return instance;
}

/* ---- the layer, once more ---- */

typedef struct {
    int precision, least; /* of the format, then of the accumulator */
    int sum_precision, sum_least;
    size_t lanes;
} stack;

typedef struct {
    size_t vocab, prompts, items, width, experts, top_k;
    double *embeddings, *positions, *query, *key, *value, *routers, *heads; /* float32 weights */
    stack stacks[2];
    size_t chosen[2][DEPTH]; /* experts of the last row computed */
} model;

static double round_to(double x, int precision, int least)
{
    int unit = x == 0 ? 0 : ilogb(x) - precision + 1;
    if (unit < least)
        unit = least;
    return ldexp(nearbyint(ldexp(x, -unit)), unit);
}

static double f32(double x)
{
    return round_to(x, 24, -149);
}

/* A product of two numbers and a sum with 53 bits: exact enough for formats of 11 bits and less; float has fmaf. */
static double fused(double a, double b, double c, int precision, int least)
{
    return precision == 24 ? (double)fmaf((float)a, (float)b, (float)c) : round_to(fma(a, b, c), precision, least);
}

/* Each lane and then their sum, as the header says. */
static double inner(const double *a, const double *b, size_t n, size_t lanes, int precision, int least)
{
    double sum = 0;
    for (size_t l = 0; l < lanes; l++) {
        double lane = 0;
        for (size_t i = 0; i < n; i++)
            if (i % lanes == l)
                lane = fused(a[i], b[i], lane, precision, least);
        sum = round_to(sum + lane, precision, least);
    }
    return sum;
}

static double reduce(double x, const stack *s)
{
    return round_to(x, s->precision, s->least);
}

static double apply(const double *row, const double *x, size_t n, const stack *s)
{
    double weights[64];
    for (size_t i = 0; i < n; i++)
        weights[i] = reduce(row[i], s);
    return inner(weights, x, n, s->lanes, s->sum_precision, s->sum_least);
}

static double exponential(double x)
{
    mpfr_t value;
    double result;
    mpfr_init2(value, 24);
    mpfr_set_d(value, x, MPFR_RNDN);
    mpfr_exp(value, value, MPFR_RNDN);
    result = mpfr_get_d(value, MPFR_RNDN);
    mpfr_clear(value);
    return result;
}

static void soft_max(double *z, size_t n, size_t lanes)
{
    double ones[64] = { 0 }, largest = z[0], sum;
    for (size_t i = 0; i < n; i++) {
        ones[i] = 1;
        largest = fmax(largest, z[i]);
    }
    for (size_t i = 0; i < n; i++)
        z[i] = exponential(f32(z[i] - largest));
    sum = inner(z, ones, n, lanes, 24, -149);
    for (size_t i = 0; i < n; i++)
        z[i] = (float)z[i] / (float)sum;
}

/* Position j counts from the last item; weights are rounded where they are used. */
static void input(double *x, const model *m, size_t embedding, size_t j, const stack *s)
{
    for (size_t c = 0; c < m->width; c++)
        x[c] = reduce(reduce(m->embeddings[embedding * m->width + c], s) * reduce(m->positions[j * m->width + c], s), s);
}

static void mix(double *logits, model *m, const double *h, int policy)
{
    const stack *s = &m->stacks[policy];
    double router[64], gate[DEPTH], out[DEPTH];
    bool taken[64] = { false };
    size_t n = 0;
    for (size_t e = 0; e < m->experts; e++)
        router[e] = reduce(apply(m->routers + e * m->width, h, m->width, s), s);
    for (size_t k = 0; k < m->top_k; k++) {
        size_t best = SIZE_MAX;
        for (size_t e = 0; e < m->experts; e++)
            if (!taken[e] && (best == SIZE_MAX || router[e] > router[best]))
                best = e;
        taken[best] = true;
    }
    for (size_t e = 0; e < m->experts; e++)
        if (taken[e]) {
            m->chosen[policy][n] = e;
            gate[n++] = router[e];
        }
    soft_max(gate, n, s->lanes);
    for (size_t v = 0; v < m->vocab; v++) {
        for (size_t k = 0; k < n; k++) {
            gate[k] = reduce(gate[k], s);
            out[k] = reduce(apply(m->heads + (m->chosen[policy][k] * m->vocab + v) * m->width, h, m->width, s), s);
        }
        logits[v] = inner(gate, out, n, s->lanes, s->sum_precision, s->sum_least);
    }
}

static void layer_row(double *p, model *m, const size_t *embedding, size_t n, int policy)
{
    const stack *s = &m->stacks[policy];
    double x[64], last[64], q[64], k[64], h[64], values[DEPTH + 1][64], attention[DEPTH + 1], column[DEPTH + 1];
    input(last, m, embedding[n - 1], 0, s);
    for (size_t c = 0; c < m->width; c++)
        q[c] = reduce(apply(m->query + c * m->width, last, m->width, s), s);
    for (size_t i = 0; i < n; i++) {
        input(x, m, embedding[i], n - 1 - i, s);
        for (size_t c = 0; c < m->width; c++) {
            k[c] = reduce(apply(m->key + c * m->width, x, m->width, s), s);
            values[i][c] = reduce(apply(m->value + c * m->width, x, m->width, s), s);
        }
        attention[i] = inner(q, k, m->width, s->lanes, s->sum_precision, s->sum_least);
    }
    soft_max(attention, n, s->lanes);
    for (size_t c = 0; c < m->width; c++) {
        for (size_t i = 0; i < n; i++) {
            attention[i] = reduce(attention[i], s);
            column[i] = values[i][c];
        }
        h[c] = reduce(reduce(inner(attention, column, n, s->lanes, s->sum_precision, s->sum_least), s) + last[c], s);
    }
    if (m->experts)
        mix(p, m, h, policy);
    else
        for (size_t v = 0; v < m->vocab; v++)
            p[v] = apply(m->heads + v * m->width, h, m->width, s);
    soft_max(p, m->vocab, s->lanes);
}

static double draw(tt_random *random, int exponent)
{
    return ldexp(2.0 * (double)tt_random_between(random, 0, (1 << 24) - 1) + 1 - (1 << 24), exponent - 24);
}

static double *draws(size_t n, tt_random *random, int exponent)
{
    double *out = malloc(n * sizeof *out);
    for (size_t i = 0; i < n; i++)
        out[i] = draw(random, exponent);
    return out;
}

static void set_stack(stack *s, const char *precision, bool single_sums, size_t lanes)
{
    static const struct {
        const char *name;
        int precision, least;
    } formats[] = { { "bf16", 8, -133 }, { "fp16", 11, -24 }, { "fp8", 4, -9 }, { "float32", 24, -149 } };
    size_t k = 0;
    while (strcmp(formats[k].name, precision) != 0)
        k++;
    *s = (stack){ formats[k].precision, formats[k].least, formats[k].precision, formats[k].least, lanes };
    if (single_sums) {
        s->sum_precision = 24;
        s->sum_least = -149;
    }
}

/* The model whose weights tt_generate draws after the prompts and the rewards. */
static void model_init(model *m, const tt_arguments *arguments, bool experts)
{
    tt_windows windows;
    tt_random *random;
    tt_error error;
    double scale = (double)tt_argument_count(arguments, "scale");
    size_t d = tt_argument_count(arguments, "width"), heads;
    int exponent = 1 - ilogb((double)d) / 2;
    assert_int_equal(tt_random_new(&random, tt_argument_seed(arguments, "seed"), 0), TT_OK);
    assert_int_equal(tt_windows_init(&windows, arguments, random, &error), TT_OK);
    *m = (model){ .vocab = windows.vocab, .prompts = windows.prompts, .items = windows.memory, .width = d };
    tt_windows_clear(&windows);
    m->experts = experts ? tt_argument_count(arguments, "experts") : 0;
    m->top_k = experts ? tt_argument_count(arguments, "top-k") : 0;
    heads = experts ? m->experts : 1;
    m->embeddings = draws((m->vocab + m->prompts) * d, random, 0);
    m->positions = draws(m->items * d, random, 0);
    m->query = draws(d * d, random, exponent);
    m->key = draws(d * d, random, exponent);
    m->value = draws(d * d, random, exponent);
    m->routers = malloc((m->experts + 1) * d * sizeof *m->routers);
    for (size_t c = 0; c < d && experts; c++) {
        double common = draw(random, exponent);
        for (size_t e = 0; e < m->experts; e++)
            m->routers[e * d + c] = f32(common + draw(random, exponent - (int)tt_argument_count(arguments, "tie")));
    }
    m->heads = draws(heads * m->vocab * d, random, exponent);
    for (size_t i = 0; i < heads * m->vocab * d; i++)
        m->heads[i] = f32(m->heads[i] * scale);
    set_stack(&m->stacks[TT_ROLLOUT], tt_argument_text(arguments, "precision"),
              strcmp(tt_argument_text(arguments, "accumulator"), "float32") == 0, 1);
    set_stack(&m->stacks[TT_TARGET], tt_argument_text(arguments, "target-precision"), true,
              tt_argument_count(arguments, "lanes"));
    tt_random_free(random);
}

static void model_clear(model *m)
{
    free(m->embeddings);
    free(m->positions);
    free(m->query);
    free(m->key);
    free(m->value);
    free(m->routers);
    free(m->heads);
}

/* ---- the instance against it ---- */

typedef struct {
    size_t contexts, different, flipped;
    double tv_flipped, tv_other; /* the largest */
} tally;

static void is_row(const __mpz_struct *weights, const tt_rows *rows, const double *p)
{
    mpq_t sum, entry, found;
    mpq_inits(sum, entry, found, NULL);
    for (size_t v = 0; v < rows->n; v++) {
        mpq_set_d(entry, p[v]);
        mpq_add(sum, sum, entry);
    }
    for (size_t v = 0; v < rows->n; v++) {
        mpq_set_d(entry, p[v]);
        mpq_div(entry, entry, sum);
        mpq_set_num(found, &weights[v]);
        mpq_set_den(found, rows->total);
        mpq_canonicalize(found);
        if (!mpq_equal(found, entry)) {
            gmp_fprintf(stderr, "%Qd, not %Qd\n", found, entry);
            fail();
        }
    }
    mpq_clears(sum, entry, found, NULL);
}

/* What the policies see at a context: the last items of prompt and tokens, as numbers of embeddings. */
static void context_agrees(tally *t, model *m, const tt_rows *rows, const size_t *path, size_t length)
{
    double p[2][64], tv = 0;
    size_t n = length < m->items ? length : m->items;
    bool flipped;
    for (int policy = TT_ROLLOUT; policy <= TT_TARGET; policy++)
        layer_row(p[policy], m, path + length - n, n, policy);
    is_row(rows->rollout, rows, p[TT_ROLLOUT]);
    is_row(rows->target, rows, p[TT_TARGET]);
    for (size_t v = 0; v < m->vocab; v++)
        tv += fabs(p[TT_ROLLOUT][v] - p[TT_TARGET][v]) / 2;
    flipped = memcmp(m->chosen[TT_ROLLOUT], m->chosen[TT_TARGET], m->top_k * sizeof **m->chosen) != 0;
    t->contexts++;
    t->different += !rows->equal;
    t->flipped += flipped;
    if (flipped)
        t->tv_flipped = fmax(t->tv_flipped, tv);
    else
        t->tv_other = fmax(t->tv_other, tv);
}

static void subtree_agrees(tally *t, model *m, const tt_row_source *source, uint64_t node, size_t *path, size_t length)
{
    tt_rows_buffer buffer;
    tt_rows rows;
    if (length == source->horizon + 1)
        return;
    assert_int_equal(tt_rows_buffer_init(&buffer, source->vocab), TT_OK);
    source->rows(source->self, node, length - 1, &rows, &buffer);
    context_agrees(t, m, &rows, path, length);
    tt_rows_buffer_clear(&buffer);
    for (size_t v = 0; v < source->vocab; v++) {
        path[length] = v;
        subtree_agrees(t, m, source, source->child(source->self, node, length - 1, v), path, length + 1);
    }
}

static void layers_agree(tally *t, const char *line, uint64_t seed)
{
    tt_arguments *arguments = arguments_of(line, seed);
    tt_instance *instance = instance_of(arguments);
    size_t path[DEPTH + 1];
    tt_row_source source;
    model m;
    model_init(&m, arguments, strncmp(line, "moe", 3) == 0);
    tt_instance_source(&source, instance);
    for (size_t x = 0; x < source.prompts; x++) {
        path[0] = m.vocab + x;
        subtree_agrees(t, &m, &source, source.root(source.self, x), path, 1);
    }
    model_clear(&m);
    tt_instance_free(instance);
    tt_arguments_free(arguments);
}

static void a_layer_is_what_the_hardware_says(void **state)
{
    static const char *const lines[] = {
        "backend", "backend --accumulator float32 --prompts 2", "backend --precision fp16 --vocab 2 --horizon 5",
        "backend --precision fp8 --scale 8", "backend --precision fp8 --accumulator float32 --target-precision bf16",
        "backend --precision float32 --lanes 3 --width 13", "backend --memory 1 --horizon 3",
        "backend --memory 2 --horizon 4 --prompts 3", "backend --memory 9 --horizon 3", "backend --vocab 1 --width 1",
        "moe", "moe --top-k 2 --experts 5", "moe --precision fp8 --top-k 3 --prompts 2", "moe --memory 2 --tie 0 --lanes 5",
        "moe --top-k 4 --precision fp16 --target-precision fp16", "moe --experts 1 --vocab 5 --horizon 2",
    };
    (void)state;
    for (uint64_t seed = test_seed(1); seed < test_seed(1) + 3 * test_effort(); seed++)
        for (size_t k = 0; k < sizeof lines / sizeof *lines; k++) {
            tally t = { 0 };
            layers_agree(&t, lines[k], seed);
            assert_true(t.contexts > 0);
        }
}

static void order_alone_makes_a_difference(void **state)
{
    (void)state;
    for (uint64_t seed = test_seed(1); seed < test_seed(1) + 5 * test_effort(); seed++) {
        tally same = { 0 }, lanes = { 0 }, lanes_bf16 = { 0 };
        layers_agree(&same, "backend --precision float32 --lanes 1", seed);
        layers_agree(&same, "backend --precision bf16 --target-precision bf16 --accumulator float32 --lanes 1", seed);
        layers_agree(&same, "moe --precision float32 --lanes 1", seed);
        assert_int_equal(same.different, 0);
        assert_int_equal(same.flipped, 0);
        layers_agree(&lanes, "backend --precision float32", seed);
        assert_true(lanes.different > lanes.contexts / 2);
        assert_true(lanes.tv_other < 1e-5);
        layers_agree(&lanes_bf16, "backend --precision bf16 --target-precision bf16 --accumulator float32 --vocab 5 --horizon 3 --width 32", seed);
        assert_true(lanes_bf16.different > 0);
    }
}

static void experts_flip_near_a_tie(void **state)
{
    size_t seeds = 0;
    tally usual = { 0 }, near = { 0 }, far = { 0 }, fine = { 0 };
    (void)state;
    for (uint64_t seed = test_seed(1); seed < test_seed(1) + 10; seed++) {
        size_t before = usual.flipped;
        layers_agree(&usual, "moe", seed);
        seeds += usual.flipped > before;
        layers_agree(&near, "moe --tie 9 --top-k 2", seed);
        layers_agree(&far, "moe --tie 0", seed);
        layers_agree(&fine, "moe --tie 9 --precision fp16 --accumulator float32", seed);
    }
    assert_true(seeds >= 5);
    assert_true(usual.tv_flipped > 5 * usual.tv_other); /* a flip is no rounding error */
    assert_true(near.flipped > near.contexts / 4);
    assert_true(far.flipped < near.flipped / 4);
    assert_true(fine.flipped < near.flipped);
}

/* ---- staleness ---- */

typedef struct {
    uint64_t node; /* of `before` */
    double before[DEPTH], after[DEPTH], gradient[DEPTH];
} node_gradient;

/* Two policies, the targets of two instances whose contexts are the same. */
typedef struct {
    tt_row_source before, after;
    node_gradient nodes[512];
    size_t n;
    node_gradient *path[DEPTH];
    size_t tokens[DEPTH];
} scores;

static void target_row(double *row, const tt_row_source *source, uint64_t node, size_t depth)
{
    tt_rows_buffer buffer;
    tt_rows rows;
    assert_int_equal(tt_rows_buffer_init(&buffer, source->vocab), TT_OK);
    source->rows(source->self, node, depth, &rows, &buffer);
    for (size_t v = 0; v < rows.n; v++)
        row[v] = mpz_get_d(&rows.target[v]) / mpz_get_d(rows.total);
    tt_rows_buffer_clear(&buffer);
}

static node_gradient *node_of(scores *s, uint64_t before, uint64_t after, size_t depth)
{
    node_gradient *g;
    for (size_t k = 0; k < s->n; k++)
        if (s->nodes[k].node == before)
            return &s->nodes[k];
    assert_true(s->n < sizeof s->nodes / sizeof *s->nodes);
    g = &s->nodes[s->n++];
    g->node = before;
    target_row(g->before, &s->before, before, depth);
    target_row(g->after, &s->after, after, depth);
    return g;
}

/* Adds P(y) R(y) d log P(y) / d theta of every response y below, P that of `before`. */
static void add_scores(scores *s, uint64_t before, uint64_t after, size_t depth, double mass)
{
    const tt_row_source *a = &s->before, *b = &s->after;
    mpq_t reward;
    for (size_t v = 0; v < a->vocab && depth < a->horizon; v++) {
        s->tokens[depth] = v;
        s->path[depth] = node_of(s, before, after, depth);
        add_scores(s, a->child(a->self, before, depth, v), b->child(b->self, after, depth, v), depth + 1,
                   mass * s->path[depth]->before[v]);
    }
    if (depth < a->horizon)
        return;
    mpq_init(reward);
    a->reward(a->self, before, reward);
    mass *= mpq_get_d(reward);
    mpq_clear(reward);
    for (size_t t = 0; t < depth; t++)
        for (size_t v = 0; v < a->vocab; v++)
            s->path[t]->gradient[v] += mass * ((v == s->tokens[t]) - s->path[t]->before[v]);
}

/* The log of the ratio of two rows is rate * gradient up to what is the same for all tokens, and the rounding to bits.
   Returns the largest change: 0 where all responses have one reward. */
static double rows_follow(const scores *s, double rate)
{
    double largest = 0;
    for (size_t k = 0; k < s->n; k++) {
        const node_gradient *g = &s->nodes[k];
        for (size_t v = 1; v < s->before.vocab; v++) {
            double found = log(g->after[v] / g->before[v]) - log(g->after[0] / g->before[0]);
            double expected = rate * (g->gradient[v] - g->gradient[0]);
            if (fabs(found - expected) > 2e-7) {
                fprintf(stderr, "%.9g, not %.9g\n", found, expected);
                fail();
            }
            largest = fmax(largest, fabs(expected));
        }
    }
    return largest;
}

static tt_instance *instance_of_steps(const char *line, unsigned steps, uint64_t seed)
{
    tt_arguments *arguments = arguments_of(line, seed);
    tt_instance *instance;
    tt_error error;
    char number[16];
    snprintf(number, sizeof number, "%u", steps);
    assert_int_equal(tt_arguments_set(arguments, "steps", number, &error), TT_OK);
    assert_int_equal(tt_arguments_set(arguments, "bits", "31", &error), TT_OK);
    instance = instance_of(arguments);
    tt_arguments_free(arguments);
    return instance;
}

/* Step number `step`, from the target of one step less. */
static double step_is_the_gradient(const char *line, unsigned step, double rate, uint64_t seed)
{
    tt_instance *before = instance_of_steps(line, step - 1, seed), *after = instance_of_steps(line, step, seed);
    scores s = { .n = 0 };
    double largest;
    tt_instance_source(&s.before, before);
    tt_instance_source(&s.after, after);
    for (size_t x = 0; x < s.before.prompts; x++)
        add_scores(&s, s.before.root(s.before.self, x), s.after.root(s.after.self, x), 0,
                   mpq_get_d(s.before.prompt(s.before.self, x)));
    largest = rows_follow(&s, rate);
    tt_instance_free(before);
    tt_instance_free(after);
    return largest;
}

static void steps_follow_the_gradient(void **state)
{
    static const struct {
        const char *line;
        double rate;
    } cases[] = {
        { "staleness", 1 },
        { "staleness --prompts 3 --vocab 2 --rate 5/2", 2.5 },
        { "staleness --memory 1 --horizon 5", 1 },
        { "staleness --memory 2 --horizon 4 --prompts 2 --rate 1/2", 0.5 },
        { "staleness --memory 3 --horizon 3", 1 },
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (unsigned step = 1; step <= 3; step++) {
            double largest = 0;
            for (uint64_t seed = test_seed(1); seed < test_seed(1) + 5 * test_effort(); seed++)
                largest = fmax(largest, step_is_the_gradient(cases[k].line, step, cases[k].rate, seed));
            assert_true(largest > 1e-2);
        }
}

/* J_pi - J_mu of a line. */
static void improvement_of(tt_real *out, const char *line, uint64_t seed)
{
    tt_arguments *arguments = arguments_of(line, seed);
    tt_instance *instance = instance_of(arguments);
    tt_row_source source;
    tt_quantities q;
    tt_quantities_init(&q);
    tt_instance_source(&source, instance);
    naive_measure(&q, &source);
    tt_real_set(out, &q.improvement);
    tt_quantities_clear(&q);
    tt_instance_free(instance);
    tt_arguments_free(arguments);
}

static void steps_climb(void **state)
{
    tt_real before, after;
    (void)state;
    tt_real_init(&before);
    tt_real_init(&after);
    for (uint64_t seed = test_seed(1); seed < test_seed(1) + 3; seed++) {
        improvement_of(&before, "staleness --horizon 3 --steps 0", seed);
        assert_true(tt_real_is_zero(&before));
        for (unsigned steps = 1; steps <= 4; steps++) {
            char line[64];
            snprintf(line, sizeof line, "staleness --horizon 3 --rate 1/2 --steps %u", steps);
            improvement_of(&after, line, seed);
            assert_int_equal(tt_real_cmp(&after, &before), TT_GREATER);
            tt_real_set(&before, &after);
        }
    }
    tt_real_clear(&before);
    tt_real_clear(&after);
}

/* A rate beyond all reason drives rows to their corners, which stay above 0. */
static void rows_survive_a_huge_rate(void **state)
{
    static const char *const lines[] = { "staleness --rate 1e9 --bits 16", "staleness --rate 1e9 --memory 1 --bits 16" };
    (void)state;
    for (size_t k = 0; k < 2; k++) {
        tt_arguments *arguments = arguments_of(lines[k], test_seed(1));
        tt_instance *instance = instance_of(arguments);
        const tt_row_store *store = tt_instance_rows(instance);
        mpq_t entry, least;
        mpq_init(entry);
        mpq_init(least);
        mpq_set_ui(least, 1, 1);
        for (size_t pair = 0; pair < tt_row_store_pairs(store); pair++) {
            size_t rollout, target;
            tt_row_store_pair_rows(&rollout, &target, store, pair);
            for (size_t v = 0; v < 3; v++) {
                tt_row_store_get(entry, store, target, v);
                if (mpq_cmp(entry, least) < 0)
                    mpq_set(least, entry);
            }
        }
        assert_int_equal(mpq_cmp_ui(least, 1, 1 << 16), 0);
        mpq_clear(entry);
        mpq_clear(least);
        tt_instance_free(instance);
        tt_arguments_free(arguments);
    }
}

/* ---- refusals ---- */

static void is_refused(const char *line, tt_status expected, const char *where)
{
    tt_arguments *arguments = arguments_of(line, 1);
    tt_instance *instance;
    tt_error error;
    assert_int_equal(tt_generate(&instance, arguments, 0, &error), expected);
    assert_null(instance);
    assert_string_equal(error.where, where);
    tt_arguments_free(arguments);
}

static void refuses_what_does_not_fit(void **state)
{
    (void)state;
    is_refused("backend --horizon 20", TT_LIMIT, "");
    is_refused("backend --vocab 1 --horizon 5000", TT_LIMIT, "--horizon");
    is_refused("backend --memory 13 --horizon 20", TT_LIMIT, "");
    is_refused("backend --vocab 2147483647 --memory 2147483647 --horizon 2147483647", TT_LIMIT, "");
    is_refused("backend --vocab 500000 --memory 1 --horizon 1", TT_LIMIT, ""); /* of the layer */
    is_refused("moe --top-k 5", TT_BAD_INPUT, "--top-k");
    is_refused("staleness --vocab 256 --memory 1 --bits 16", TT_BAD_INPUT, "--bits");
    is_refused("staleness --memory 1 --horizon 2000000000", TT_LIMIT, "");
    is_refused("staleness --steps 1000000 --horizon 9", TT_LIMIT, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_layer_is_what_the_hardware_says),
        cmocka_unit_test(order_alone_makes_a_difference),
        cmocka_unit_test(experts_flip_near_a_tie),
        cmocka_unit_test(steps_follow_the_gradient),
        cmocka_unit_test(steps_climb),
        cmocka_unit_test(rows_survive_a_huge_rate),
        cmocka_unit_test(refuses_what_does_not_fit),
    };
    printf("test_mismatch: seed %" PRIu64 "\n", test_seed(1));
    return cmocka_run_group_tests(tests, NULL, NULL);
}

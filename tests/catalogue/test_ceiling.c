/* The ceiling of largest L: above largest L on instances, with all that is known of them and with the few numbers that
   a person has; equal to the smallest of its four limits, computed in doubles from their formulas. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../lib/catalogue/bounds.h"
#include "../../lib/catalogue/ceiling.h"
#include "../../lib/catalogue/given.h"
#include "../measured.h"
#include "../random_instance.h"
#include "../settings.h"

#define INSTANCES 300
#define RESPONSES 300
#define PRECISION 192

/* ---- on measured instances ---- */

/* The numbers of q that `which` has a bit for, and what follows from them. */
static void keep_few(tt_quantities *few, const tt_quantities *q, unsigned which)
{
    tt_given given;
    tt_given_init(&given);
    given.horizon = q->horizon;
    if (which & 1)
        tt_real_set(&given.kl_max, &q->kl_max);
    if (which & 2)
        tt_real_set(&given.tv_max, &q->tv_max);
    if (which & 4)
        tt_real_set(&given.kl_seq, &q->kl_seq);
    if (which & 8)
        tt_real_set(&given.tv_seq, &q->tv_seq);
    tt_quantities_init(few);
    assert_int_equal(tt_given_fill(few, &given, PRECISION, NULL), TT_OK);
    tt_given_clear(&given);
}

typedef struct {
    uint64_t full, few, attained;
} tally;

static bool is_above(const tt_quantities *q, const tt_quantities *known, uint64_t *count, uint64_t *attained)
{
    tt_real ceiling;
    bool above = true;
    tt_real_init(&ceiling);
    tt_surrogate_ceiling(&ceiling, known, PRECISION);
    if (!tt_real_is_absent(&ceiling)) {
        above = tt_real_at_most(&q->largest_surrogate, &ceiling);
        *count += 1;
        *attained += !tt_real_is_zero(&ceiling) && tt_real_cmp(&q->largest_surrogate, &ceiling) == TT_EQUAL;
    }
    tt_real_clear(&ceiling);
    return above;
}

static void above_largest_surrogate(void **state)
{
    uint64_t first = test_seed(1);
    tally t = { 0 };
    (void)state;
    for (uint64_t seed = first; seed < first + INSTANCES * test_effort(); seed++) {
        random_shape shape;
        tt_instance *instance = random_instance(seed, RESPONSES, &shape);
        tt_quantities q;
        bool good;
        measured_by_tree(&q, instance, PRECISION);
        good = is_above(&q, &q, &t.full, &t.attained);
        for (unsigned which = 0; which < 16 && good; which++) {
            tt_quantities few;
            keep_few(&few, &q, which);
            good = is_above(&q, &few, &t.few, &t.attained);
            tt_quantities_clear(&few);
        }
        if (!good)
            report_instance(instance, "ceiling", seed);
        tt_quantities_clear(&q);
        tt_instance_free(instance);
        if (!good)
            fail_msg("seed %" PRIu64 " (%s): largest L is above its ceiling", seed, shape.corner);
    }
    printf("seeds from %" PRIu64 ": %" PRIu64 " ceilings from all quantities, %" PRIu64 " from a few numbers, %" PRIu64
           " attained\n", first, t.full, t.few, t.attained);
    assert_true(t.full > 0 && t.few > t.full && t.attained > 0);
}

/* ---- by another route ---- */

enum { AVERAGE, TOKEN, SHIFT, SEQUENCE, LIMITS };

static double token_limit(double delta)
{
    double s = sqrt(8 * delta), psi = log(expm1(s) / s) - 1 + s / expm1(s);
    return fmin(sqrt(-expm1(-delta)), (delta + psi) / s);
}

/* q as tt_given_fill made it */
static void limits(double out[LIMITS], const tt_quantities *q)
{
    double horizon = (double)q->horizon;
    const char *parameter = NULL;
    tt_real own;
    tt_real_init(&own);
    tt_bound_find("own-unified")->value(&own, q, PRECISION, &parameter);
    out[AVERAGE] = horizon * tt_real_get_d(&q->tv_max);
    out[TOKEN] = horizon * token_limit(tt_real_get_d(&q->kl_max));
    out[SHIFT] = tt_real_get_d(&q->tv_seq) + tt_real_get_d(&own);
    out[SEQUENCE] = horizon * (sqrt(1 + 2 * (tt_real_get_d(&q->kl_seq) + exp(-1)) / horizon) - 1);
    tt_real_clear(&own);
}

/* Which of them is the smallest. */
static size_t smallest_is_the_ceiling(const tt_quantities *q)
{
    double limit[LIMITS], value;
    size_t smallest = 0;
    tt_real ceiling;
    limits(limit, q);
    for (size_t k = 1; k < LIMITS; k++)
        if (limit[k] < limit[smallest])
            smallest = k;
    tt_real_init(&ceiling);
    tt_surrogate_ceiling(&ceiling, q, PRECISION);
    value = tt_real_get_d(&ceiling);
    if (!(fabs(value - limit[smallest]) <= 1e-6 * value) || tt_real_width_log2(&ceiling) > -PRECISION + 24)
        fail_msg("T = %zu, delta = %.17g: %.17g, not %.17g (limit %zu)", q->horizon, tt_real_get_d(&q->kl_max), value,
                 limit[smallest], smallest);
    tt_real_clear(&ceiling);
    return smallest;
}

static void equal_to_the_smallest_limit(void **state)
{
    static const size_t horizons[] = { 1, 2, 3, 8, 64, 4096, 2147483647 };
    size_t seen[LIMITS] = { 0 };
    (void)state;
    for (size_t h = 0; h < sizeof horizons / sizeof *horizons; h++)
        for (uint64_t part = 1; part <= UINT64_C(1000000000000); part *= 10)
            for (uint64_t times = 1; times <= 4; times++) {
                tt_given given;
                tt_quantities q;
                tt_given_init(&given);
                tt_quantities_init(&q);
                given.horizon = horizons[h];
                tt_real_set_frac(&given.kl_max, 4 * times, part);
                if (times % 2) /* eps half of what Pinsker's inequality says */
                    tt_real_set_frac(&given.tv_max, part > 100 ? 1 : 0, 2 * part);
                if (tt_real_is_zero(&given.tv_max))
                    tt_real_set_absent(&given.tv_max);
                if (times > 2)
                    tt_real_set_frac(&given.kl_seq, horizons[h], 50 * part);
                assert_int_equal(tt_given_fill(&q, &given, PRECISION, NULL), TT_OK);
                seen[smallest_is_the_ceiling(&q)]++;
                tt_quantities_clear(&q);
                tt_given_clear(&given);
            }
    for (size_t k = 0; k < LIMITS; k++)
        if (!seen[k])
            fail_msg("limit %zu is never the smallest", k);
}

/* ---- ends ---- */

static void ends(void **state)
{
    tt_given given;
    tt_quantities q;
    tt_real ceiling;
    (void)state;
    tt_given_init(&given);
    tt_quantities_init(&q);
    tt_real_init(&ceiling);
    given.horizon = 5;
    assert_int_equal(tt_given_fill(&q, &given, PRECISION, NULL), TT_OK);
    tt_surrogate_ceiling(&ceiling, &q, PRECISION);
    assert_true(tt_real_is_absent(&ceiling));
    /* nothing is known of infinite divergences but 0 <= TV_tok <= 1 */
    tt_real_set_infinite(&given.kl_max, 1);
    assert_int_equal(tt_given_fill(&q, &given, PRECISION, NULL), TT_OK);
    tt_surrogate_ceiling(&ceiling, &q, PRECISION);
    assert_int_equal(tt_real_cmp_ui(&ceiling, 5), TT_EQUAL);
    tt_real_set_ui(&given.kl_max, 0);
    assert_int_equal(tt_given_fill(&q, &given, PRECISION, NULL), TT_OK);
    tt_surrogate_ceiling(&ceiling, &q, PRECISION);
    assert_true(tt_real_is_zero(&ceiling));
    /* 2^-1000 */
    tt_real_set_frac(&given.kl_max, 1, 2);
    tt_real_pow_ui(&given.kl_max, &given.kl_max, 1000, PRECISION);
    assert_int_equal(tt_given_fill(&q, &given, PRECISION, NULL), TT_OK);
    tt_surrogate_ceiling(&ceiling, &q, PRECISION);
    assert_true(tt_real_width_log2(&ceiling) < -100);
    tt_real_clear(&ceiling);
    tt_quantities_clear(&q);
    tt_given_clear(&given);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(above_largest_surrogate),
        cmocka_unit_test(equal_to_the_smallest_limit),
        cmocka_unit_test(ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

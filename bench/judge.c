/* Instances per second of one core: the campaign's first COUNT instances, judged with the filter first and without.
     judge [COUNT]
   CPU time of judging alone, in alternation over blocks of 100, so that what else runs on the machine touches both
   alike; making the instances has a line of its own. Fails where a verdict differs between the two. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../lib/study/evaluate.h"
#include "../lib/world/sample.h"

enum { BLOCK = 100 };

static double cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void fail(const char *what)
{
    fprintf(stderr, "judge: %s\n", what);
    exit(1);
}

static uint64_t hash(uint64_t h, uint64_t x)
{
    return (h ^ x) * UINT64_C(0x100000001b3);
}

/* A number for all verdicts of an instance. */
static uint64_t judge(const tt_instance *instance, const tt_evaluate_options *options, unsigned long *tiers)
{
    uint64_t h = 0;
    tt_judgement judgement;
    tt_row_source source;
    tt_subject subject;
    tt_error error;
    tt_subject_of_instance(&subject, &source, instance);
    if (tt_judge(&judgement, &subject, options, &error) != TT_OK)
        fail(error.what);
    for (size_t k = 0; k < tt_identity_count(); k++)
        h = hash(h, judgement.evaluation.identities[k]);
    for (size_t k = 0; k < tt_inequality_count(); k++)
        h = hash(h, judgement.evaluation.inequalities[k]);
    for (size_t k = 0; k < tt_bound_count(); k++)
        h = hash(h, judgement.evaluation.bounds[k].verdict);
    tiers[judgement.tier]++;
    tt_judgement_clear(&judgement);
    return h;
}

int main(int argc, char **argv)
{
    const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
    unsigned long tiers[TT_TIERS] = { 0 }, alone[TT_TIERS] = { 0 };
    uint64_t verdicts[BLOCK];
    double making = 0, filtered = 0, exact = 0, start;
    tt_instance *instances[BLOCK];
    tt_evaluate_options with, without;
    tt_sample_space space;
    tt_error error;
    tt_sample_space_init(&space);
    tt_evaluate_options_init(&with);
    tt_evaluate_options_init(&without);
    with.verdicts_only = without.verdicts_only = true;
    with.ladders = without.ladders = false;
    with.filter = true;
    if (tt_filter_new(&with.memory) != TT_OK)
        fail("out of memory");
    for (unsigned long first = 0; first < count; first += BLOCK) {
        size_t n = count - first < BLOCK ? count - first : BLOCK;
        start = cpu();
        for (size_t k = 0; k < n; k++)
            if (tt_sample(&instances[k], NULL, &space, first + k, &error) != TT_OK)
                fail(error.what);
        making += cpu() - start;
        start = cpu();
        for (size_t k = 0; k < n; k++)
            verdicts[k] = judge(instances[k], &with, tiers);
        filtered += cpu() - start;
        start = cpu();
        for (size_t k = 0; k < n; k++)
            if (judge(instances[k], &without, alone) != verdicts[k])
                fail("a verdict differs");
        exact += cpu() - start;
        for (size_t k = 0; k < n; k++)
            tt_instance_free(instances[k]);
    }
    printf("%lu instances; the filter decides %lu, the exact engine %lu, more precision %lu\n", count,
           tiers[TT_TIER_DOUBLE], tiers[TT_TIER_EXACT], tiers[TT_TIER_REFINED]);
    printf("instances/s of one core: made %.0f, judged with the filter %.0f, without it %.0f (ratio %.2f)\n",
           (double)count / making, (double)count / filtered, (double)count / exact, exact / filtered);
    tt_filter_free(with.memory);
    tt_evaluate_options_clear(&with);
    tt_evaluate_options_clear(&without);
    return 0;
}

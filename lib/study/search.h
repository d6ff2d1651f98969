/* The search for the instance on which a bound is tightest.

   Tightness, by the kind of the bound: reward-free worst-case Error / value, reward-aware |Error| / value, lower
   -Error / value, upper Error / value; for the last three the reward is part of what is searched. Nothing above 1
   exists for a bound that is true.

   Points are policy pairs with one prompt, V tokens and T steps; contexts may be tied, that is, share their rows (all
   of them, those of one step, those with the same counts of tokens, or none). Doubles choose the steps: GSL's simplex
   and BFGS minimisers, from the extremal families of gen (world/generate.h), from random points and from the best point
   so far, moved. What comes out is no double: the best points are rounded to rationals, the simplest ones that keep the
   tightness, and measured by the tree engine.

   A limit keeps delta or eps of the instance at most at a given number, and the search near it: what is reported has
   been compared with it exactly, or in enclosures, and reaches at least TT_SEARCH_REACH per cent of it. */
#ifndef TRUSTREE_SEARCH_H
#define TRUSTREE_SEARCH_H

#include "../number/linkage.h"
#include "../world/instance.h"
#include "evaluate.h"

TT_BEGIN_C

#define TT_SEARCH_VOCAB_MAX 8    /* the largest V */
#define TT_SEARCH_HORIZON_MAX 12 /* the largest T */
#define TT_SEARCH_NODES_MAX 8192 /* the largest tree, in contexts + responses */
#define TT_SEARCH_REACH 99       /* how near the limit what is reported is, per cent */

/* What is kept below a number. */
typedef enum {
    TT_SEARCH_UNLIMITED, /* nothing */
    TT_SEARCH_KL_MAX,    /* delta */
    TT_SEARCH_TV_MAX     /* eps */
} tt_search_limit;

/* Called now and then with the share of the work that is done, 0..1; best is a double, for progress only. False stops
   the search. */
typedef bool tt_search_progress(void *context, double best, uint64_t evaluations, double done);

/* What is searched for, and for how long. */
typedef struct {
    const tt_bound *bound; /* whose tightness */
    size_t vocab, horizon; /* 2..TT_SEARCH_VOCAB_MAX, 2..TT_SEARCH_HORIZON_MAX */
    tt_search_limit limit; /* what is limited */
    mpq_t at_most; /* the limit: delta > 0, or eps in (0, 1]; canonical */
    uint64_t seed; /* of the random points */
    uint64_t evaluations; /* how many points to look at; the result is a function of this and the fields above */
    double seconds;       /* stop after so long as well; 0 for no such budget */
    const tt_instance *known; /* a point to begin with, of this vocab and horizon and one prompt; or NULL */
    tt_search_progress *progress; /* may be NULL */
    void *progress_context; /* its first argument */
} tt_search_options;

/* No bound, V = T = 2, no limit, seed 1, 2^20 evaluations; tt_search_options_clear frees what it holds. */
void tt_search_options_init(tt_search_options *options);
void tt_search_options_clear(tt_search_options *options);

/* The best instance that was found. */
typedef struct {
    tt_instance *instance; /* NULL where no point was certified: the bound has no finite value above 0 on any, or none
                              comes near the limit (in doubles delta ends near 34) */
    const char *ties;      /* static: "none", "count", "step", "all" */
    const char *start;     /* static: where the best point came from: "random", or the name of a generator */
    tt_judgement judgement; /* of the instance */
    tt_real tightness;      /* exact, or enclosed */
    tt_real reached;        /* delta or eps over the limit; absent without a limit. Where nothing comes near the limit,
                               the largest share below it that was certified; absent where that is none */
    uint64_t evaluations;   /* that were made */
    bool stopped;           /* by the callback */
} tt_search_result;

/* Searches, rounds and certifies.
   fails: TT_BAD_INPUT out of range (error->where "--vocab", "--horizon", "--kl-max", "--tv-max"); TT_NO_MEMORY; what
          tt_judge fails with. A stop by the callback or by the clock is a result.
   owns : the caller clears *out with tt_search_result_clear, on failure too. */
TT_MUST_CHECK tt_status tt_search(tt_search_result *out, const tt_search_options *options, tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_search_result_clear(tt_search_result *result);

/* The tightness of a bound on a judged instance, by its kind (above); absent where the bound does not apply or its
   value is 0, infinite or absent. */
void tt_search_tightness(tt_real *out, const tt_judgement *judgement, const tt_bound *bound);

TT_END_C

#endif

/* What a caller asks of an engine. */
#ifndef TRUSTREE_OPTIONS_H
#define TRUSTREE_OPTIONS_H

#include <mpfr.h>
#include <stdbool.h>
#include <stdint.h>

#include "../number/linkage.h"

TT_BEGIN_C

/* How many nodes an engine may visit where nobody says otherwise. */
#define TT_MAX_NODES_DEFAULT ((uint64_t)1 << 25)

/* Called now and then during long work with the share that is done, 0..1; returns false to stop it. */
typedef bool tt_progress(void *context, const char *work, double done);

/* Which fields an engine must fill. */
typedef enum {
    TT_FIELDS_ALL, /* every one */
    TT_FIELDS_MAIN /* the objective, surrogate, error, worst-case Error, TV_t for t <= T, Dbar_t, eps, delta and KL_seq;
                      the others are absent or not, as it comes */
} tt_fields;

/* What the lattice engine computes with. */
typedef enum {
    TT_ARITHMETIC_AUTO,     /* rationals while they stay small */
    TT_ARITHMETIC_EXACT,    /* rationals */
    TT_ARITHMETIC_ENCLOSURE /* enclosures */
} tt_arithmetic;

/* What an engine is asked for. */
typedef struct {
    mpfr_prec_t precision; /* bits of every enclosure */
    uint64_t max_nodes;    /* contexts + responses over all prompts, or nodes of the lattice's node pass */
    tt_arithmetic arithmetic; /* of the lattice engine */
    tt_fields fields;      /* which must be filled */
    unsigned threads;      /* an engine uses up to 2; the results do not depend on it */
    tt_progress *progress; /* may be NULL */
    void *progress_context; /* its first argument */
} tt_measure_options;

/* TT_PRECISION_DEFAULT bits, TT_MAX_NODES_DEFAULT nodes, every field, auto, one thread, no progress. Owns nothing. */
void tt_measure_options_init(tt_measure_options *options);

TT_END_C

#endif

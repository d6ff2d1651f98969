/* Instances as functions of parameters, a seed and an index.

   A generator is an entry of one table: a name, the parameters it takes, and a function that builds the
   instance. Every number of an instance is an exact rational; the random generators give instance (seed, index)
   as a pure function of the two and the other parameters. */
#ifndef TRUSTREE_GENERATE_H
#define TRUSTREE_GENERATE_H

#include "../number/linkage.h"
#include "instance.h"
#include "random.h"

TT_BEGIN_C

/* The largest tree that is spelled out, contexts + responses over all prompts. */
#define TT_GENERATE_NODES_MAX (1UL << 20)

/* What values a parameter takes, and how they are written. */
typedef enum {
    TT_PARAMETER_COUNT,       /* a whole number, low..high */
    TT_PARAMETER_RANGE,       /* "LO:HI", two whole numbers with low <= LO <= HI <= high */
    TT_PARAMETER_SEED,        /* a whole number, 0..2^64-1 */
    TT_PARAMETER_PROBABILITY, /* an exact rational in [0, 1] */
    TT_PARAMETER_NUMBER,      /* an exact rational >= 0 */
    TT_PARAMETER_WORD         /* one of `words` */
} tt_parameter_type;

/* A parameter of a generator; all texts are static. */
typedef struct {
    const char *name; /* "reward-threshold"; NULL ends a list */
    tt_parameter_type type; /* what values it takes */
    const char *preset; /* the default, as text; NULL where it may be absent */
    const char *help; /* a line for people */
    unsigned long low, high;  /* TT_PARAMETER_COUNT, TT_PARAMETER_RANGE: both included */
    const char *const *words; /* TT_PARAMETER_WORD, ends with NULL */
} tt_parameter;

/* The values of one generator's parameters. */
typedef struct tt_arguments tt_arguments;

/* Builds one instance, which the caller frees. `random` is the stream of (seed, index), NULL for generators without a
   parameter "seed". Fails as tt_generate. */
typedef tt_status tt_build(tt_instance **out, const tt_arguments *arguments, tt_random *random, tt_error *error);

/* An entry of the table of generators; static. */
typedef struct {
    const char *name;               /* "random"; never changes */
    const char *help;               /* a line for people */
    const tt_parameter *parameters; /* in the order of help; ends with one without a name */
    tt_build *build;                /* makes an instance of their values */
} tt_generator;

/* The table of generators: how many there are, number k < count, the one of a name. */
size_t tt_generator_count(void);
const tt_generator *tt_generator_at(size_t k);
const tt_generator *tt_generator_find(const char *name); /* NULL where there is none */
bool tt_generator_is_random(const tt_generator *generator); /* has a parameter "seed" */

/* All parameters at their defaults; the caller frees *out. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_arguments_new(tt_arguments **out, const tt_generator *generator);
/* Frees the values; NULL is allowed. */
void tt_arguments_free(tt_arguments *arguments);
/* The generator whose parameters they are. */
const tt_generator *tt_arguments_generator(const tt_arguments *arguments);
/* Gives the parameter `name` the value that `text` says.
   fails: TT_BAD_INPUT for an unknown parameter or a value that is malformed or out of range; error->where is
   "--NAME". The argument is then unchanged. */
TT_MUST_CHECK tt_status tt_arguments_set(tt_arguments *arguments, const char *name, const char *text, tt_error *error);
/* The name of the instance in place of the one that tells the arguments; copied. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_arguments_set_name(tt_arguments *arguments, const char *name);

/* For the functions of the table: the values, by the name of a parameter that the generator has. */
bool tt_argument_given(const tt_arguments *arguments, const char *name); /* by preset or by the caller */
unsigned long tt_argument_count(const tt_arguments *arguments, const char *name); /* LO of a range */
unsigned long tt_argument_high(const tt_arguments *arguments, const char *name);  /* HI of a range */
uint64_t tt_argument_seed(const tt_arguments *arguments, const char *name);       /* of TT_PARAMETER_SEED */
mpq_srcptr tt_argument_number(const tt_arguments *arguments, const char *name); /* probabilities as well */
size_t tt_argument_word(const tt_arguments *arguments, const char *name);       /* the word's number */
const char *tt_argument_text(const tt_arguments *arguments, const char *name);  /* NULL where absent */

/* Builds the instance; unless a name was set, it tells the generator and its arguments. `index` plays no part in a
   generator that is not random.
   fails: TT_BAD_INPUT where arguments do not fit together, with error->where the parameter; TT_LIMIT past
          TT_GENERATE_NODES_MAX; TT_NO_MEMORY. *out is then NULL.
   owns : the caller frees *out with tt_instance_free. */
TT_MUST_CHECK tt_status tt_generate(tt_instance **out, const tt_arguments *arguments, uint64_t index, tt_error *error);

/* The rows of `a8` at its deviating contexts: rollout (1/2, 1/2), target (1 - q, q), KL within 1e-30 of 1. */
TT_MUST_CHECK tt_status tt_generate_a8_row(mpq_t q, tt_error *error);

TT_END_C

#endif

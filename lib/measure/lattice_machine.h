/* A machine-form instance as the passes of the lattice engine read it. Internal to the lattice engine. */
#ifndef TRUSTREE_LATTICE_MACHINE_H
#define TRUSTREE_LATTICE_MACHINE_H

#include "../world/instance.h"
#include "lattice_fold.h"
#include "options.h"

/* How some path leads to a state before step t. Live: every token on it has mu > 0 or pi > 0. */
enum {
    LATTICE_BY_ROLLOUT = 1,
    LATTICE_BY_TARGET = 2,
    LATTICE_K_INFINITE = 4, /* by rollout, with a token of ratio 0 */
    LATTICE_PLAIN = 8,      /* live, every token so far with pi = mu */
    LATTICE_DEVIATED = 16,  /* live, some token with pi != mu */
    LATTICE_REACHED = LATTICE_BY_ROLLOUT | LATTICE_BY_TARGET
};

/* States are those that a live path from a prompt of positive probability reaches within T steps, renumbered. */
typedef struct {
    const tt_instance *instance;
    size_t S, V, T;
    size_t *original; /* S: the instance's number */
    tt_rows *rows;    /* S */
    size_t *next;     /* S V; SIZE_MAX where no live path leads */
    mpq_t *reward;    /* S; 0 where the instance has none */
    size_t starts;    /* states that prompts start in, with probability */
    size_t *start;
    mpq_t *start_probability;
    uint8_t *reach; /* (T + 1) S: reach[t S + s], t = 0..T tokens so far */
    bool *reached;  /* S: reached by mu or pi at some step < T, so that its rows count */
    bool dominated;
    /* what cannot differ from 0: no deviation at all; no response that deviates before a deviating context */
    bool all_equal, no_second_order;
} lattice_machine;

/* fails: TT_BAD_INPUT for the tree form, TT_LIMIT where T S is out of reach, TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_lattice_machine_init(lattice_machine *m, const tt_instance *instance, tt_error *error);
void tt_lattice_machine_clear(lattice_machine *m);

/* mu(v|s), pi(v|s), canonical. */
void tt_lattice_machine_rollout(mpq_t out, const lattice_machine *m, size_t s, size_t v);
void tt_lattice_machine_target(mpq_t out, const lattice_machine *m, size_t s, size_t v);

static inline uint8_t lattice_reach(const lattice_machine *m, size_t t, size_t s)
{
    return m->reach[t * m->S + s];
}

/* An edge of the lumped machine: all tokens of a class with the same ratio and the same next class. */
typedef struct {
    size_t to;
    int ratio;   /* number of the ratio; -1 for 1; LATTICE_OFF for mu = 0 */
    mpz_t mu, pi; /* over the machine's denominator */
} lattice_edge;

#define LATTICE_OFF (-2)

/* States that agree on (ratio, next class, mu, pi) for all edges are one class. */
typedef struct {
    size_t C;         /* classes */
    size_t *class_of; /* S */
    size_t *first;    /* C + 1: edges of class c are first[c] .. first[c+1] - 1 */
    lattice_edge *edges;
    mpz_t den;    /* of all weights */
    size_t R;     /* distinct ratios other than 1 */
    mpq_t *ratio; /* R, >= 0 */
} lattice_lumped;

TT_MUST_CHECK tt_status tt_lattice_lump(lattice_lumped *l, const lattice_machine *m);
void tt_lattice_lumped_clear(lattice_lumped *l);

/* The machine whose states are the classes, for what does not read the reward (which is 0 there) and does not
   name states; cleared with tt_lattice_machine_clear, also after failure. */
TT_MUST_CHECK tt_status tt_lattice_machine_quotient(lattice_machine *out, const lattice_machine *m,
                                                    const lattice_lumped *l);


#endif

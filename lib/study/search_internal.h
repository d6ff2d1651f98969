/* What the files of the search share: points, their rows and numbers in doubles, starts, rounding. Nothing here is
   certified but what search_round.c hands out. */
#ifndef TRUSTREE_SEARCH_INTERNAL_H
#define TRUSTREE_SEARCH_INTERNAL_H

#include "search.h"

/* ---- shapes: which contexts share their rows ---- */

typedef enum { TT_TIE_ALL, TT_TIE_STEP, TT_TIE_COUNT, TT_TIE_NONE } tt_tie;
#define TT_TIES 4
extern const char *const tt_tie_names[TT_TIES];

/* Nodes are numbered by level: the root is 0, child v of c is c V + 1 + v; contexts come first, then responses. */
typedef struct {
    tt_tie tie;
    size_t vocab, horizon;
    size_t contexts, nodes;
    size_t classes;
    size_t *class_of; /* contexts; of a class the first context is `first` */
    size_t *first;    /* classes */
} tt_search_shape;

TT_MUST_CHECK tt_status tt_search_shape_init(tt_search_shape *shape, tt_tie tie, size_t vocab, size_t horizon);
void tt_search_shape_clear(tt_search_shape *shape);

/* ---- rows ---- */

typedef enum { TT_CAP_NONE, TT_CAP_KL, TT_CAP_TV, TT_CAP_CHI2, TT_CAP_KL_REVERSE } tt_cap;
#define TT_CAPS 5

/* The rows of a class, and what the numbers of an instance need of them. */
typedef struct {
    double mu[TT_SEARCH_VOCAB_MAX], pi[TT_SEARCH_VOCAB_MAX];
    double move[TT_SEARCH_VOCAB_MAX]; /* pi - mu, to full relative precision */
    double k3[TT_SEARCH_VOCAB_MAX];   /* k3(pi / mu); 0 where mu = 0 */
    double tv, kl, kl_reverse, off;
    double tilt[TT_THETAS]; /* tilt[0] is chi2 */
    double truncated_mass[TT_KAPPAS], truncated_chi2[TT_KAPPAS];
    bool dominated;
} tt_search_row;

/* Fills what follows from mu and move. */
void tt_search_row_measure(tt_search_row *row, size_t vocab);
/* KL(mu || mu + move) and the like. */
double tt_search_divergence(tt_cap cap, const double *mu, const double *move, size_t vocab);
/* The s in (0, most] at which mu + s move is `value` away, or most where even that is nearer. */
double tt_search_scale(tt_cap cap, const double *mu, const double *move, size_t vocab, double value, double most);

/* A point of the search, all that the minimisers see: per class V - 1 logits of mu and V - 1 tilts, log pi/mu up to a
   constant (token 0 has logit and tilt 0), then the logarithm of the cap where that is free. Rows further away than the
   cap are moved back to it, along the line to mu. */
typedef struct {
    const tt_search_shape *shape;
    tt_cap cap;
    double fixed; /* the cap where it is given: > 0; else 0 and the last coordinate is its logarithm */
} tt_search_frame;

size_t tt_search_dimension(const tt_search_frame *frame);
/* mu and move of class k at the point. */
void tt_search_row_at(tt_search_row *row, const tt_search_frame *frame, const double *x, size_t k);
/* The coordinates of class k for rows mu, pi. */
void tt_search_coordinates(double *x, const tt_search_frame *frame, size_t k, const double *mu, const double *pi);

/* ---- numbers ---- */

/* Room for the numbers of one policy pair after another. */
typedef struct tt_search_meter tt_search_meter;

TT_MUST_CHECK tt_status tt_search_meter_new(tt_search_meter **out, const tt_search_options *options);
void tt_search_meter_free(tt_search_meter *meter);

/* The tightness of the bound for these rows (one per class), 0 where it has none. Under a limit the bound is read at
   the limit and what stays below it is worth less. reward: V^T zeros and ones; NULL for the best that a rule finds. */
double tt_search_tightness_of(tt_search_meter *meter, const tt_search_shape *shape, const tt_search_row *rows,
                              const unsigned char *reward);
/* Worst-case Error of the last call. */
double tt_search_worst(const tt_search_meter *meter);
/* The reward of the last call; NULL where the bound does not look at rewards. */
const unsigned char *tt_search_reward(const tt_search_meter *meter);

/* ---- rounding ---- */

/* Certified tightness of the rows, rounded: sets out->instance, judgement, tightness, reached, ties where the tightness
   is certainly larger than that of out, and *better. cap: the divergence at which rows are to stay as far apart as they
   are. reward: as for tt_search_tightness_of. */
TT_MUST_CHECK tt_status tt_search_certify(bool *better, tt_search_result *out, tt_search_meter *meter,
                                          const tt_search_options *options, const tt_search_shape *shape,
                                          const tt_search_row *rows, tt_cap cap, const unsigned char *reward,
                                          tt_error *error);

/* ---- starts ---- */

/* Rows from the extremal families, one entry each. */
size_t tt_search_start_count(void);
/* The rows of start k for every class of the shape, as of the first context of each; *found is false where the family
   has none of this vocabulary and horizon. *name is static. fails: TT_NO_MEMORY */
TT_MUST_CHECK tt_status tt_search_start_rows(bool *found, double *mu, double *pi, const char **name, size_t k,
                                             const tt_search_shape *shape);
/* The same of an instance. */
TT_MUST_CHECK tt_status tt_search_instance_rows(bool *found, double *mu, double *pi, const tt_instance *instance,
                                                const tt_search_shape *shape);

#endif

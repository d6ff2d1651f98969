/* The clipped objectives of PPO on one instance, exactly (slides 3.1-3.2).

   E_mu sum_t min(rho_t A, clip(rho_t, 1 - lo, 1 + hi) A), A the instance's exact advantage A(c_t, y_t) under rollout;
   with a dual clip c > 1, where A < 0, max(., c A). Rational throughout. */
#ifndef TRUSTREE_CLIPPING_H
#define TRUSTREE_CLIPPING_H

#include "../measure/options.h"
#include "../number/linkage.h"
#include "../number/real.h"
#include "../world/rows.h"

TT_BEGIN_C

/* How ratios are clipped. */
typedef struct {
    mpq_t low, high; /* lo in [0, 1], hi >= 0; canonical */
    bool has_dual;   /* whether there is a dual clip */
    mpq_t dual;      /* c > 1, canonical, where there is */
} tt_clip;

/* lo = hi = 1/5, no dual clip; tt_clip_clear frees what it holds. */
void tt_clip_init(tt_clip *clip);
void tt_clip_clear(tt_clip *clip);

/* Which term the objective takes. */
typedef enum {
    TT_CLIP_UNCLIPPED, /* rho A */
    TT_CLIP_CLIPPED,   /* clip(rho, 1 - lo, 1 + hi) A */
    TT_CLIP_DUAL       /* c A */
} tt_clip_choice;

/* The terms of one token. */
typedef struct {
    mpq_t unclipped, clipped, selected; /* rho A, clip(rho) A, what the objective takes */
    tt_clip_choice choice;              /* ties are unclipped */
} tt_clip_term;

/* All terms 0; tt_clip_term_clear frees what it holds. */
void tt_clip_term_init(tt_clip_term *term);
void tt_clip_term_clear(tt_clip_term *term);
/* The terms of a token of ratio rho >= 0 and advantage A, both canonical. */
void tt_clip_term_set(tt_clip_term *term, mpq_srcptr rho, mpq_srcptr advantage, const tt_clip *clip);

/* The rows of the slides' table: where rho stands, and the sign of A; then everything else. */
typedef enum {
    TT_CLIP_HIGH_POSITIVE, /* rho > 1 + hi, A > 0 */
    TT_CLIP_LOW_NEGATIVE,  /* rho < 1 - lo, A < 0 */
    TT_CLIP_HIGH_NEGATIVE, /* rho > 1 + hi, A < 0 */
    TT_CLIP_LOW_POSITIVE,  /* rho < 1 - lo, A > 0 */
    TT_CLIP_INSIDE,        /* 1 - lo <= rho <= 1 + hi, or A = 0 */
    TT_CLIP_ROWS           /* how many there are */
} tt_clip_row;

/* The row of a token. */
tt_clip_row tt_clip_row_of(mpq_srcptr rho, mpq_srcptr advantage, const tt_clip *clip);
/* The word that reports print: "high-positive", "low-negative", "high-negative", "low-positive", "inside"; static. */
const char *tt_clip_row_name(tt_clip_row row);

/* One row of the table. */
typedef struct {
    mpq_t mass;                          /* E_mu of the number of tokens in the row */
    mpq_t unclipped, clipped, selected;  /* E_mu of the sums of their terms */
    mpq_t taken_unclipped;               /* E_mu of the number whose unclipped term is selected */
    mpq_t largest;                       /* the largest |selected| of one token with mu(v|c) > 0 */
    bool any;                            /* some token with mu(v|c) > 0 is in the row */
} tt_clip_sums;

/* The clipped objective of one instance. */
typedef struct {
    mpq_t objective, unclipped; /* E_mu sum selected, E_mu sum rho A */
    mpq_t surrogate;            /* L; = unclipped where dominated */
    mpq_t improvement;          /* J_pi - J_mu */
    bool dominated;             /* pi(v|c) > 0 implies mu(v|c) > 0, at every reachable context */
    tt_clip_sums rows[TT_CLIP_ROWS]; /* by tt_clip_row */
} tt_clipping;

/* Evaluates the objective on every response.
   fails: TT_LIMIT past options->max_nodes, with the number of nodes in error->what; TT_INTERRUPTED; TT_NO_MEMORY.
   owns : the caller clears *out with tt_clipping_clear, on failure too. */
TT_MUST_CHECK tt_status tt_clipping_run(tt_clipping *out, const tt_row_source *source, const tt_clip *clip,
                                        const tt_measure_options *options, tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_clipping_clear(tt_clipping *clipping);

TT_END_C

#endif

/* The catalogue of masks (SPEC.md section 7; LANDSCAPE section 1): rules that keep or drop a response, or a token.

   A rule is a conjunction of conditions; a condition is a statistic of a token (estimators.h), an aggregate over the
   tokens of a response, a window, and whose sign of the advantage it looks at. A new mask is one entry. */
#ifndef TRUSTREE_MASKS_H
#define TRUSTREE_MASKS_H

#include "../number/linkage.h"
#include "estimators.h"

TT_BEGIN_C

/* What a mask acts on. */
typedef enum {
    TT_MASK_SEQUENCE, /* m(y) keeps or drops a whole response */
    TT_MASK_TOKEN     /* M_t keeps or drops one token of it */
} tt_mask_level;

/* What a condition makes of the statistics of a response's tokens. */
typedef enum {
    TT_EVERY,     /* the statistic of every token is in the window: max, or min, of a response; of a token mask, that of
                     the token itself */
    TT_SUM,       /* sum over the tokens */
    TT_MEAN,      /* sum over the tokens / their number */
    TT_PRODUCT,   /* product over the tokens; of `ratio` and `inverse-ratio` alone */
    TT_GEOMETRIC, /* the product's root of the number of tokens */
    TT_WEIGHTED   /* sum f w_t / sum w_t, w_t = min(1, (T-t) eps, sqrt((T-t) delta/2)); 0/0 passes */
} tt_aggregate;

/* Where the aggregate f must be; d, d1, d2 are thresholds. */
typedef enum {
    TT_AT_MOST,  /* f <= d */
    TT_AT_LEAST, /* f >= d */
    TT_BETWEEN   /* d1 <= f <= d2; the condition's threshold and the next one */
} tt_window;

/* When a condition counts; where it does not, it passes. b is the baseline. */
typedef enum {
    TT_ALWAYS,      /* whatever the reward */
    TT_IF_NEGATIVE, /* the condition counts only where the response's advantage R - b is < 0 */
    TT_IF_DIVERGING /* only where (R - b) (rho - 1) > 0: the update would widen the gap at this token */
} tt_when;

/* One condition of a rule. */
typedef struct {
    const char *statistic;  /* id of an estimator; NULL ends the list */
    tt_aggregate aggregate; /* of the tokens */
    tt_window window;       /* where it must be */
    size_t threshold;       /* which of the mask's thresholds, 0 or 1 */
    tt_when when;           /* when it must be there */
} tt_condition;

#define TT_MASK_CONDITIONS 2 /* the most conditions of a mask */
#define TT_MASK_THRESHOLDS 2 /* the most thresholds of a mask */

/* A rule: what meets all of its conditions is kept. Static, as its texts are. */
typedef struct {
    const char *id;      /* "max-kl"; never changes */
    const char *formula; /* of what is kept */
    const char *source;  /* where it is from */
    tt_mask_level level; /* what is kept or dropped */
    size_t thresholds;   /* 1 or 2 */
    tt_condition conditions[TT_MASK_CONDITIONS]; /* up to the one without a statistic */
} tt_mask;

/* The catalogue of masks: static entries in an order that does not change. */
size_t tt_mask_count(void);                  /* how many there are */
const tt_mask *tt_mask_at(size_t k);         /* number k < count */
const tt_mask *tt_mask_find(const char *id); /* the one with this id; NULL where there is none */

/* Whether a larger first threshold keeps more; a larger lower end keeps less. */
bool tt_mask_grows(const tt_mask *mask);
/* Whether the first threshold is an upper limit on a distance, which B(d) can be read with: not for windows, lower ends
   and statistics that are not 0 where the policies agree. */
bool tt_mask_has_distance(const tt_mask *mask);
/* Whether that distance is KL_tok itself; else B(d) reads d as if it were. */
bool tt_mask_is_on_kl(const tt_mask *mask);

/* A framework's rule under its name, with the thresholds that it ships or recommends. */
typedef struct {
    const char *id;   /* the framework's name for it */
    const char *mask; /* id of a mask */
    const char *thresholds[TT_MASK_THRESHOLDS]; /* INSTANCE.md's numbers; NULL where there is none */
    const char *source; /* where the thresholds are from */
} tt_mask_preset;

/* The catalogue of presets: static entries in an order that does not change. */
size_t tt_mask_preset_count(void);                         /* how many there are */
const tt_mask_preset *tt_mask_preset_at(size_t k);         /* number k < count */
const tt_mask_preset *tt_mask_preset_find(const char *id); /* the one with this id; NULL where there is none */

TT_END_C

#endif

/* What a campaign found, in a form that can be joined: counts, the tightest instances, failures.

   Everything is a sum, a largest with ties by the lowest index, or a list of lowest indices of a fixed length: the
   result of a set of instances does not depend on how the set was cut or in which order its parts were joined. It
   holds no thread count, time, host or shard. */
#ifndef TRUSTREE_CAMPAIGN_RESULT_H
#define TRUSTREE_CAMPAIGN_RESULT_H

#include "../number/linkage.h"
#include "../world/sample.h"
#include "coverage.h"
#include "evaluate.h"

TT_BEGIN_C

#define TT_VERDICTS (TT_NOT_APPLICABLE + 1) /* how many verdicts there are */
#define TT_ANSWERS (TT_NULL + 1)            /* how many answers there are */

/* The most instances of a campaign: their number is exact in JSON. */
#define TT_CAMPAIGN_MAX ((uint64_t)1 << 53)

/* The instances 0..count-1 of a space. */
typedef struct {
    tt_sample_space space; /* what they are drawn from */
    uint64_t count;        /* 1 .. TT_CAMPAIGN_MAX */
} tt_campaign;

/* ---- what is counted ---- */

/* The properties of a campaign, by number: identities, inequalities and bounds of the catalogues in their order
   (none of them with extra_only), then the extra ones. */
typedef struct {
    const tt_inequality *extra; /* of the caller, with a function each; it outlives the result */
    size_t extra_count;         /* how many of them */
    bool extra_only;            /* the catalogues are left out */
} tt_properties;

/* Where a property is from. */
typedef enum {
    TT_PROPERTY_IDENTITY,   /* the identities of checks.h */
    TT_PROPERTY_INEQUALITY, /* the inequalities of checks.h */
    TT_PROPERTY_BOUND,      /* the catalogue of bounds */
    TT_PROPERTY_EXTRA       /* the caller */
} tt_property_kind;
#define TT_PROPERTY_KINDS 4 /* how many kinds there are */

/* How many properties there are, of every kind. */
size_t tt_property_count(const tt_properties *properties);
/* The id of property number `property` < count; a static text, or the caller's. */
const char *tt_property_id(const tt_properties *properties, size_t property);
/* The properties of a kind: the number of the first is returned, *n is how many there are. */
size_t tt_property_first(const tt_properties *properties, tt_property_kind kind, size_t *n);

/* Tightness is counted in units of 1e-18, rounded down. */
#define TT_TIGHTNESS_ONE UINT64_C(1000000000000000000) /* tightness 1 */
#define TT_TIGHTNESS_TOP (9 * TT_TIGHTNESS_ONE)        /* more counts as this */
/* *out = a tightness in these units: the floor of the lower end where it is an enclosure. It is a certified lower bound
   and a pure function of the instance. False where it is absent or negative; *out is then 0. */
bool tt_tightness_floor(uint64_t *out, const tt_real *tightness);

#define TT_TIGHTNESS_EDGES 20 /* how many edges the classes have */
extern const char *const tt_tightness_edges[TT_TIGHTNESS_EDGES]; /* the edges, decimals, rising from "0" to "1" */
/* The classes of the histogram of a bound, in order. */
enum {
    TT_CLASS_ZERO = 0, /* known to be exactly 0 */
    TT_CLASS_FIRST = 1, /* and the next ones: the lower end is in [edge k, edge k + 1), k = class - TT_CLASS_FIRST */
    TT_CLASS_ONE = TT_TIGHTNESS_EDGES, /* a lower end of 1 or more, which is exactly 1 where the bound holds */
    TT_CLASS_NONE, /* the instance has no tightness: value 0, not applicable, kinds lower and upper */
    TT_CLASSES     /* how many there are */
};
/* The class of a tightness, below TT_CLASSES. */
size_t tt_tightness_class(const tt_real *tightness);

/* ---- tallies ---- */

/* The instance with the largest tightness of a bound; ties by the lowest index. */
typedef struct {
    bool any;       /* whether there is one */
    uint64_t floor; /* its tt_tightness_floor */
    uint64_t index; /* its number in the campaign */
} tt_tightest;

/* A property that is violated, or undecided, on an instance. */
typedef struct {
    uint64_t index;  /* of the instance */
    size_t property; /* its number */
    char *witness;   /* the shrunk instance as JSON, from malloc; NULL for an undecided one or before shrinking */
} tt_finding;

#define TT_FINDINGS_MAX 5 /* kept per property: those of lowest index; the counts tell the rest */

/* A list of findings; owned, with their witnesses. */
typedef struct {
    size_t n, room;    /* how many there are, and how many there is memory for */
    tt_finding *items; /* by index, then by property */
} tt_findings;

/* What was counted on a set of instances. */
typedef struct {
    const tt_properties *properties; /* the caller's */
    uint64_t instances;    /* how many were judged */
    size_t size;           /* how many counts there are */
    uint64_t *counts;      /* size of them; read them with the functions below */
    size_t corners, labels, verdicts, classes; /* where the counts of each of these begin */
    tt_tightest *tightest; /* one per bound */
    tt_findings violated, undecided; /* the first of every property */
} tt_tally;

/* All counts 0; tt_tally_clear frees what it holds. The properties outlive the tally. TT_NO_MEMORY; then nothing has to
   be cleared. */
TT_MUST_CHECK tt_status tt_tally_init(tt_tally *tally, const tt_properties *properties);
void tt_tally_clear(tt_tally *tally);
/* All counts 0 again, no findings. */
void tt_tally_reset(tt_tally *tally);

/* Pointers to the counts of one thing, in the tally: they may be written. */
uint64_t *tt_tally_tiers(const tt_tally *tally);                     /* TT_TIERS, of what decided an instance */
uint64_t *tt_tally_corners(const tt_tally *tally);                   /* tt_sample_corner_count(), of corners */
uint64_t *tt_tally_label(const tt_tally *tally, size_t label);       /* TT_ANSWERS, of a label */
uint64_t *tt_tally_verdicts(const tt_tally *tally, size_t property); /* TT_VERDICTS, of a property */
uint64_t *tt_tally_classes(const tt_tally *tally, size_t bound);     /* TT_CLASSES, of a bound's tightness */

/* Counts a tightness of a bound on instance `index`, and keeps it where it is the largest. */
void tt_tally_add_tightness(tt_tally *tally, size_t bound, const tt_real *tightness, uint64_t index);
/* Keeps a finding if it is among the lowest TT_FINDINGS_MAX of its property; takes over witness, on failure too.
   TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_findings_add(tt_findings *findings, uint64_t index, size_t property, char *witness);
/* tally += x, of disjoint instances and the same properties. TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_tally_join(tt_tally *tally, const tt_tally *x);
/* Whether two tallies of the same properties hold the same numbers and findings. */
bool tt_tally_equal(const tt_tally *a, const tt_tally *b);

/* Whether an instance is among those that were counted. */
typedef bool tt_covered(const void *context, uint64_t index);
/* Whether the numbers of a tally that was read fit each other: each property has one verdict per instance, each bound
   one class, every index is covered, lists are in order and as long as the counts say. TT_BAD_INPUT. */
TT_MUST_CHECK tt_status tt_tally_check(const tt_tally *tally, tt_covered *covered, const void *context,
                                       tt_error *error);

/* ---- results ---- */

/* What the numbers were made with. */
#define TT_VERSIONS 5      /* how many versions are kept */
#define TT_VERSION_SIZE 48 /* bytes of one, with its NUL */
extern const char *const tt_version_names[TT_VERSIONS]; /* "trustree", "GMP", "MPFR", "MPFI", "GSL" */
const char *tt_version_text(size_t k);                  /* the version of name k that runs; a static text */

/* What a campaign, or a part of it, found. */
typedef struct {
    tt_campaign campaign; /* the whole one */
    char version[TT_VERSIONS][TT_VERSION_SIZE]; /* of tt_version_names, when it was made */
    tt_coverage coverage; /* which of its instances were judged */
    tt_tally tally;       /* what was found on them */
} tt_campaign_result;

/* Nothing counted, the versions of what runs; the coverage is taken over. tt_campaign_result_clear frees what it holds.
   TT_NO_MEMORY; then nothing has to be cleared. */
TT_MUST_CHECK tt_status tt_campaign_result_init(tt_campaign_result *result, const tt_campaign *campaign,
                                                const tt_properties *properties, tt_coverage *coverage);
void tt_campaign_result_clear(tt_campaign_result *result);
/* Whether every instance of the campaign is covered. */
bool tt_campaign_complete(const tt_campaign_result *result);

/* Whether a result that was read fits itself: tt_tally_check, and the coverage. TT_BAD_INPUT. */
TT_MUST_CHECK tt_status tt_campaign_result_check(const tt_campaign_result *result, tt_error *error);

/* Joins results of one configuration and the same properties. A result whose instances another one has as well, all
   of them, is left out, so that a file may be given twice or beside one that contains it; the order does not matter.
   name : how messages call result k
   fails: TT_BAD_INPUT, error->where a name: another configuration or other versions; overlapping results of which
          neither contains the other; two different results of the same instances. TT_LIMIT as tt_coverage_join;
          TT_NO_MEMORY. *out then needs no clearing. */
TT_MUST_CHECK tt_status tt_campaign_join(tt_campaign_result *out, const tt_campaign_result *results,
                                         const char *const *names, size_t n, tt_error *error);

/* How often the verdict, such as TT_VIOLATED, was given: the sum over all properties. */
uint64_t tt_campaign_verdicts(const tt_campaign_result *result, tt_verdict verdict);

/* The command that writes instance `index` again; the caller frees it, NULL without memory. */
char *tt_campaign_command(const tt_campaign *campaign, uint64_t index);

TT_END_C

#endif

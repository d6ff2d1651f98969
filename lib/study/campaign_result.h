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

#define TT_VERDICTS (TT_NOT_APPLICABLE + 1)
#define TT_ANSWERS (TT_NULL + 1)

#define TT_CAMPAIGN_MAX ((uint64_t)1 << 53)

/* The instances 0..count-1 of a space. */
typedef struct {
    tt_sample_space space;
    uint64_t count; /* 1 .. TT_CAMPAIGN_MAX */
} tt_campaign;

/* ---- what is counted ---- */

/* The properties of a campaign, by number: identities, inequalities and bounds of the catalogues in their order
   (none of them with extra_only), then the extra ones. */
typedef struct {
    const tt_inequality *extra; /* of the caller, with a function each; it outlives the result */
    size_t extra_count;
    bool extra_only;
} tt_properties;

typedef enum { TT_PROPERTY_IDENTITY, TT_PROPERTY_INEQUALITY, TT_PROPERTY_BOUND, TT_PROPERTY_EXTRA } tt_property_kind;
#define TT_PROPERTY_KINDS 4

size_t tt_property_count(const tt_properties *properties);
const char *tt_property_id(const tt_properties *properties, size_t property);
/* The properties of a kind: the number of the first, and how many there are. */
size_t tt_property_first(const tt_properties *properties, tt_property_kind kind, size_t *n);

/* A tightness in units of 1e-18, rounded down: the floor of the lower end where it is an enclosure. It is a certified
   lower bound and a pure function of the instance. */
#define TT_TIGHTNESS_ONE UINT64_C(1000000000000000000)
#define TT_TIGHTNESS_TOP (9 * TT_TIGHTNESS_ONE) /* more counts as this */
/* False where it is absent or negative; *out is then 0. */
bool tt_tightness_floor(uint64_t *out, const tt_real *tightness);

/* The classes of the histogram of a bound, in order: known to be exactly 0; one per interval [edge k, edge k + 1) of
   the edges below, by the lower end; a lower end of 1 or more, which is exactly 1 where the bound holds; none, where
   the instance has no tightness (value 0, not applicable, kinds lower and upper). */
#define TT_TIGHTNESS_EDGES 20
extern const char *const tt_tightness_edges[TT_TIGHTNESS_EDGES]; /* decimals, "0" .. "1" */
enum { TT_CLASS_ZERO = 0, TT_CLASS_FIRST = 1, TT_CLASS_ONE = TT_TIGHTNESS_EDGES, TT_CLASS_NONE, TT_CLASSES };
size_t tt_tightness_class(const tt_real *tightness);

/* ---- tallies ---- */

/* The instance with the largest tightness of a bound; ties by the lowest index. */
typedef struct {
    bool any;
    uint64_t floor; /* tt_tightness_floor */
    uint64_t index;
} tt_tightest;

/* A property that is violated, or undecided, on an instance. */
typedef struct {
    uint64_t index;
    size_t property;
    char *witness; /* the shrunk instance as JSON, from malloc; NULL for an undecided one or before shrinking */
} tt_finding;

#define TT_FINDINGS_MAX 5 /* kept per property: those of lowest index; the counts tell the rest */

typedef struct {
    size_t n, room;
    tt_finding *items; /* by index, then by property */
} tt_findings;

typedef struct {
    const tt_properties *properties;
    uint64_t instances;
    size_t size;
    uint64_t *counts;      /* size of them; read them with the functions below */
    size_t corners, labels, verdicts, classes; /* where the counts of each of these begin */
    tt_tightest *tightest; /* one per bound */
    tt_findings violated, undecided;
} tt_tally;

/* All counts 0. The properties outlive the tally. On failure nothing has to be cleared. */
TT_MUST_CHECK tt_status tt_tally_init(tt_tally *tally, const tt_properties *properties);
void tt_tally_clear(tt_tally *tally);
void tt_tally_reset(tt_tally *tally);

/* Pointers to the counts of one thing. */
uint64_t *tt_tally_tiers(const tt_tally *tally);                     /* [TT_TIERS] */
uint64_t *tt_tally_corners(const tt_tally *tally);                   /* [tt_sample_corner_count()] */
uint64_t *tt_tally_label(const tt_tally *tally, size_t label);       /* [TT_ANSWERS] */
uint64_t *tt_tally_verdicts(const tt_tally *tally, size_t property); /* [TT_VERDICTS] */
uint64_t *tt_tally_classes(const tt_tally *tally, size_t bound);     /* [TT_CLASSES] */

/* Counts a tightness of a bound. */
void tt_tally_add_tightness(tt_tally *tally, size_t bound, const tt_real *tightness, uint64_t index);
/* Keeps a finding if it is among the lowest TT_FINDINGS_MAX of its property; takes over witness. */
TT_MUST_CHECK tt_status tt_findings_add(tt_findings *findings, uint64_t index, size_t property, char *witness);
/* tally += x, of disjoint instances and the same properties. */
TT_MUST_CHECK tt_status tt_tally_join(tt_tally *tally, const tt_tally *x);
bool tt_tally_equal(const tt_tally *a, const tt_tally *b);

typedef bool tt_covered(const void *context, uint64_t index);
/* Whether the numbers of a tally that was read fit each other: each property has one verdict per instance, each bound
   one class, every index is covered, lists are in order and as long as the counts say. TT_BAD_INPUT. */
TT_MUST_CHECK tt_status tt_tally_check(const tt_tally *tally, tt_covered *covered, const void *context,
                                       tt_error *error);

/* ---- results ---- */

/* What the numbers were made with. */
#define TT_VERSIONS 5
#define TT_VERSION_SIZE 48
extern const char *const tt_version_names[TT_VERSIONS]; /* "trustree", "GMP", "MPFR", "MPFI", "GSL" */
const char *tt_version_text(size_t k);                  /* of what runs */

typedef struct {
    tt_campaign campaign;
    char version[TT_VERSIONS][TT_VERSION_SIZE];
    tt_coverage coverage;
    tt_tally tally;
} tt_campaign_result;

/* Nothing counted, the versions of what runs; the coverage is taken over. On failure nothing has to be cleared. */
TT_MUST_CHECK tt_status tt_campaign_result_init(tt_campaign_result *result, const tt_campaign *campaign,
                                                const tt_properties *properties, tt_coverage *coverage);
void tt_campaign_result_clear(tt_campaign_result *result);
bool tt_campaign_complete(const tt_campaign_result *result);

/* tt_tally_check, and the coverage. */
TT_MUST_CHECK tt_status tt_campaign_result_check(const tt_campaign_result *result, tt_error *error);

/* Joins results of one configuration and the same properties. A result whose instances another one has as well, all
   of them, is left out, so that a file may be given twice or beside one that contains it; the order does not matter.
   name : how messages call result k
   fails: TT_BAD_INPUT, error->where a name: another configuration or other versions; overlapping results of which
          neither contains the other; two different results of the same instances. TT_LIMIT as tt_coverage_join;
          TT_NO_MEMORY. *out then needs no clearing. */
TT_MUST_CHECK tt_status tt_campaign_join(tt_campaign_result *out, const tt_campaign_result *results,
                                         const char *const *names, size_t n, tt_error *error);

/* How many verdicts of all properties are violated, undecided. */
uint64_t tt_campaign_verdicts(const tt_campaign_result *result, tt_verdict verdict);

/* The command that writes instance `index` again; the caller frees it, NULL without memory. */
char *tt_campaign_command(const tt_campaign *campaign, uint64_t index);

TT_END_C

#endif

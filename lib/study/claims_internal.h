/* What the tables of claims are made of. Internal to the ledger. */
#ifndef TRUSTREE_CLAIMS_INTERNAL_H
#define TRUSTREE_CLAIMS_INTERNAL_H

#include <stdint.h>

#include "claims.h"
#include "evaluate.h"
#include "masking.h"
#include "spelled.h"

/* ---- one instance as checks see it ---- */

typedef struct {
    const tt_instance *instance;
    tt_row_source source;
    tt_judgement judgement;
    bool small; /* spelled is there */
    tt_spelled spelled;
    mpfr_prec_t precision;
    struct tt_specimen_cache *cache; /* masks and gated policies, as checks ask for them */
} tt_specimen;

/* Trees of more contexts and responses are not spelled out, and their node pass ends at so many nodes: checks on longer
   instances read what the engine found without it. */
#define TT_SPECIMEN_NODES 20000

/* fails: what tt_judge fails with. owns: cleared with tt_specimen_clear, on failure too. */
TT_MUST_CHECK tt_status tt_specimen_init(tt_specimen *out, const tt_instance *instance, mpfr_prec_t precision,
                                         tt_error *error);
void tt_specimen_clear(tt_specimen *specimen);

/* The value of a bound of the catalogue on a specimen; absent where it has none. id must exist. */
const tt_real *tt_specimen_bound(const tt_specimen *specimen, const char *id);

/* A mask of one threshold d with baseline b (NULL for J_mu) on a small specimen; both are INSTANCE.md's numbers, static
   texts. The specimen keeps the result. */
TT_MUST_CHECK tt_status tt_specimen_mask(const tt_masking **out, const tt_specimen *specimen, const char *mask,
                                         const char *d, const char *baseline, tt_error *error);

/* A policy that equals target where it is near rollout (doc/bounds.md, 8.5). */
typedef enum {
    TT_GATE_CONTEXTS, /* target at contexts with KL_tok <= d, rollout elsewhere. The comparison is that of enclosures: at a
                         context where they do not tell, target */
    TT_GATE_TOKENS    /* target on tokens with 1/d <= rho <= d, d >= 1; the rest of the row is spread over the others */
} tt_gate;

/* The main fields (options.h) of the pair of rollout and the gated policy, d = n/m; small specimens. The specimen keeps
   the result. */
TT_MUST_CHECK tt_status tt_specimen_gated(const tt_quantities **out, const tt_specimen *specimen, tt_gate gate,
                                          uint64_t n, uint64_t m, tt_error *error);

/* ---- claims ---- */

typedef struct tt_claim tt_claim;

/* Judges the statement on a specimen. out is initialised. Whatever cannot be told is undecided or not applicable; a
   status other than TT_OK ends the ledger. */
typedef tt_status tt_claim_observe(tt_observation *out, const tt_specimen *specimen, const tt_claim *claim,
                                   tt_error *error);
/* Whether the precondition named in `needs` is met; certainly. */
typedef bool tt_claim_applies(const tt_specimen *specimen);
/* A check that is made once. */
typedef tt_status tt_claim_once(tt_observation *out, const tt_claim *claim, tt_error *error);

struct tt_claim {
    const char *id, *where;
    tt_claim_kind kind;
    const char *statement, *needs, *stated, *check, *proof, *instead;
    tt_witness_role role;
    const char *witness, *command;
    tt_claim_observe *observe;
    tt_claim_applies *applies;
    tt_claim_once *once;
    bool witness_only; /* of one setting: not asked of the campaign */
    size_t index;      /* of generated entries: in their catalogue */
};

typedef struct {
    size_t n;
    const tt_claim *claims;
} tt_claim_table;

/* One table per subject, in the order of the ledger. */
tt_claim_table tt_claims_identities(void);
tt_claim_table tt_claims_contexts(void);
tt_claim_table tt_claims_bounds(void);
tt_claim_table tt_claims_kl(void);
tt_claim_table tt_claims_estimators(void);
tt_claim_table tt_claims_tokens(void);
tt_claim_table tt_claims_masks(void);
tt_claim_table tt_claims_guarantees(void);

/* Entries made of catalogues: identities, inequalities, bounds. */
void tt_claim_of_identity(tt_claim *out, size_t k);
void tt_claim_of_inequality(tt_claim *out, size_t k);
void tt_claim_of_bound(tt_claim *out, size_t k);

/* ---- observations ----

   Several comparisons on one specimen: the observation keeps the worst of them, with its numbers. */

void tt_observe(tt_observation *out, tt_verdict verdict, const char *left_name, const tt_real *left,
                const char *right_name, const tt_real *right);
/* left <= right (consistent where the two are the same number as far as narrow enclosures tell), left < right,
   left = right */
void tt_observe_le(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                   const tt_real *right);
void tt_observe_lt(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                   const tt_real *right);
void tt_observe_eq(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                   const tt_real *right);
/* If left > right, then conclusion > 0. Not applicable where left <= right. */
void tt_observe_implies(tt_observation *out, const char *left_name, const tt_real *left, const char *right_name,
                        const tt_real *right, const char *conclusion_name, const tt_real *conclusion);
/* Adds a number to the facts, for the reader. */
void tt_observe_fact(tt_observation *out, const char *name, const tt_real *value);

/* x < y, certainly; x = y; as a verdict */
tt_verdict tt_verdict_lt(const tt_real *x, const tt_real *y);

#endif

/* The ledger: what the sources state, one entry a statement, each with a verdict that its check gave.

   A verdict is never typed in. An entry names a check; the ledger runs it on a witness (an instance file on which the
   statement fails, or an exhibit that shows what it says) and on the instances of a campaign, and the verdict follows:

   refuted                  the witness fails the check, certified, and no precondition is named
   holds with precondition  the statement is proved where the precondition named is true, no instance of the campaign
                            contradicts that, and the witness fails the check without it
   holds                    proved, and no instance contradicts it
   not refuted              neither: the evidence is the number of instances that it was checked on
   as printed, misprinted   of a number
   failed                   a witness does not certify, a proved statement is violated, or a refuted one has no witness

   Proofs stand in doc/bounds.md under the heading that the entry names. */
#ifndef TRUSTREE_CLAIMS_H
#define TRUSTREE_CLAIMS_H

#include <stdint.h>

#include "../number/linkage.h"
#include "../number/real.h"
#include "../number/status.h"
#include "../number/verdict.h"
#include "../measure/options.h"

TT_BEGIN_C

/* What sort of a statement it is. */
typedef enum {
    TT_CLAIM_IDENTITY,      /* two sides are equal */
    TT_CLAIM_INEQUALITY,    /* one side is at most the other */
    TT_CLAIM_NUMBER,        /* a printed number is what its inputs give */
    TT_CLAIM_IMPOSSIBILITY, /* something never happens, or nothing of a kind exists */
    TT_CLAIM_GUARANTEE      /* where something is seen, the policy improves */
} tt_claim_kind;

/* The word that reports print: "identity", "inequality", "number", "impossibility", "guarantee"; a static text. */
const char *tt_claim_kind_name(tt_claim_kind kind);

/* What became of a statement, by the rules above. */
typedef enum {
    TT_CLAIM_HOLDS,       /* proved, and no instance contradicts it */
    TT_CLAIM_HOLDS_IF,    /* proved where a precondition is true that the source omits; without it a witness fails */
    TT_CLAIM_NOT_REFUTED, /* neither proved nor contradicted */
    TT_CLAIM_REFUTED,     /* the witness fails the check */
    TT_CLAIM_AS_PRINTED,  /* of a number: it rounds to the print */
    TT_CLAIM_MISPRINTED,  /* of a number: it does not */
    TT_CLAIM_UNDECIDED,   /* enclosures overlap at every precision */
    TT_CLAIM_FAILED       /* the ledger itself is wrong: a witness does not certify, a proved statement is violated */
} tt_claim_verdict;

/* How many verdicts there are. */
#define TT_CLAIM_VERDICTS (TT_CLAIM_FAILED + 1)
/* The words that reports print, as above; a static text. */
const char *tt_claim_verdict_name(tt_claim_verdict verdict);

/* The most numbers of an observation. */
#define TT_FACTS 6
/* What a statement comes to on one instance: its verdict, and the numbers that it follows from. */
typedef struct {
    tt_verdict verdict; /* of the statement on the instance */
    size_t n;           /* how many numbers */
    struct {
        const char *name; /* what the number is; static */
        tt_real value;    /* exact, or enclosed */
    } facts[TT_FACTS];  /* n of them */
} tt_observation;

/* Not applicable, no facts; tt_observation_clear frees what it holds. */
void tt_observation_init(tt_observation *observation);
void tt_observation_clear(tt_observation *observation);

/* What the witness of an entry is there for. */
typedef enum {
    TT_WITNESS_NONE,  /* there is none */
    TT_WITNESS_FAILS, /* the statement fails on it */
    TT_WITNESS_SHOWS  /* an exhibit: it shows what the statement says */
} tt_witness_role;

/* How often a check gave a verdict on the instances of a campaign. */
typedef struct {
    uint64_t holds, violated, undecided, not_applicable; /* instances with that verdict */
    uint64_t consistent;      /* two enclosures that should be equal, or may be, overlap and are narrow */
    uint64_t outside;         /* violated where the precondition named is not met */
    uint64_t first_violated;  /* index, where violated > 0 */
} tt_claim_tally;

/* Texts are static or owned by the ledger. */
typedef struct {
    const char *id;        /* stable */
    const char *where;     /* "§2.2.5", "v4, remark" */
    tt_claim_kind kind;    /* what sort of a statement it is */
    const char *statement; /* in our words */
    const char *needs;     /* a precondition that the source omits, or NULL */
    const char *stated;    /* a precondition that the source makes, or NULL */
    const char *check;     /* how it is checked */
    const char *proof;     /* heading of doc/bounds.md, or NULL */
    const char *instead;   /* ids of nearby statements that hold, separated by blanks, or NULL */
    tt_witness_role role;  /* what the witness is there for */
    const char *witness;   /* name of the instance file, without .json; NULL where there is none */
    const char *command;   /* after "trustree ": runs the witness again; FILE stands for it. NULL: claims --only ID */
    const char *printed;   /* of a number, else NULL */

    tt_claim_verdict verdict;   /* what its checks gave */
    tt_claim_tally tally;       /* on the campaign */
    tt_observation observation; /* on the witness, or of what is checked once */
    char fault[256];            /* why the verdict is `failed`, or empty */
} tt_claim_entry;

/* The ledger, run. */
typedef struct {
    size_t n;                /* how many entries */
    tt_claim_entry *entries; /* in the order of the sources, by subject; owned */
    uint64_t count;          /* instances of the campaign */
    uint64_t seed;           /* of the campaign */
    bool failed, undecided;  /* whether some entry has this verdict */
    char **texts;            /* owned strings of entries, texts_n of them */
    size_t texts_n;          /* how many */
} tt_ledger;

/* How the ledger is run. */
typedef struct {
    uint64_t count;          /* instances of the campaign, vocab 2:3, horizon 1:4, mixed */
    uint64_t seed;           /* of the campaign */
    const char *witnesses;   /* a folder to read them from; NULL for those that are built in */
    const char *const *only; /* ids; NULL for all, else ends with NULL */
    unsigned threads;        /* over instances; the result does not depend on it */
    tt_progress *progress;   /* of the first thread; may be NULL */
    void *progress_context;  /* its first argument */
} tt_ledger_options;

/* How many instances the campaign has where nobody says otherwise. */
#define TT_LEDGER_COUNT 1000

/* TT_LEDGER_COUNT instances of seed 1, the witnesses that are built in, every entry, one thread. Owns nothing. */
void tt_ledger_options_init(tt_ledger_options *options);

/* Runs every check.
   fails: TT_BAD_INPUT for an id that does not exist (error->where "--only"), or a witness that is no instance; TT_IO
          for one that cannot be read; TT_NO_MEMORY; TT_INTERRUPTED. A failed entry is a result.
   owns : the caller clears *out with tt_ledger_clear, on failure too. */
TT_MUST_CHECK tt_status tt_ledger_run(tt_ledger *out, const tt_ledger_options *options, tt_error *error);
/* Frees what a result holds, that of a run that failed too. */
void tt_ledger_clear(tt_ledger *ledger);

/* The ids of all entries, in the order of the ledger, NULL after the last one.
   fails: TT_NO_MEMORY. *out is then NULL.
   owns : the caller frees *out with tt_ledger_ids_free. */
TT_MUST_CHECK tt_status tt_ledger_ids(char ***out, tt_error *error);
/* Frees such a list; NULL is allowed. */
void tt_ledger_ids_free(char **ids);

/* The witnesses that are built in: how many there are, and the name of number k < count; static. */
size_t tt_witness_count(void);
const char *tt_witness_name(size_t k);
/* The text of a built-in instance file, static; NULL where there is none of that name. */
const char *tt_witness_text(const char *name);

TT_END_C

#endif

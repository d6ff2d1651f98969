/* The ledger of claims, in each format. */
#ifndef TRUSTREE_CLAIMS_REPORT_H
#define TRUSTREE_CLAIMS_REPORT_H

#include "../number/linkage.h"
#include "../study/claims.h"
#include "table.h"

TT_BEGIN_C

/* What the verdict of an entry rests on, in one line; the caller frees it, NULL without memory. */
char *tt_claim_evidence(const tt_claim_entry *entry);

/* For people. TT_TABLE_TEXT: every entry that is not simply so in a paragraph, the others in a table, and counts;
   Markdown and LaTeX one table of all entries; not for TT_TABLE_TSV. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_claims_text(FILE *out, const tt_ledger *ledger, tt_table_form form, tt_error *error);

/* One line per entry: id, where, kind, statement, preconditions, check, verdict, evidence, witness, proof, instead,
   command, holds, consistent, violated, undecided, not_applicable, outside. fails: TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_claims_tsv(FILE *out, const tt_ledger *ledger, tt_error *error);

/* "trustree-claims-1": { "format", "campaign": { "count", "seed" }, "claims": [ { "id", "where", "kind", "statement",
   "preconditions": text|null, "check", "verdict", "evidence", "witness": file|null, "proof": heading|null,
   "instead": [ id ], "command": text|null, "printed": text|null, "facts": [ { "name", "value": E } ],
   "instances": { "holds", "consistent", "violated", "undecided", "not_applicable", "outside" } } ] }.
   fails: TT_NO_MEMORY, TT_IO. */
TT_MUST_CHECK tt_status tt_claims_json(FILE *out, const tt_ledger *ledger, tt_error *error);

TT_END_C

#endif

/* Certificates: an instance and everything that is said of it, for a checker that shares no code (check/trustree-check).

   { "format": "trustree-certificate-1",
     "baseline": { "value": B, "surrogate": E_mu[(R - B) sum_t rho_t] }, or null where there was none or rollout does not
                 dominate target, so that nothing was checked with it,
     "exact": whether every rational of it that is no moment is a rational here and not an enclosure,
     "instance": the instance file,
     "evaluation": the object of `eval` with rationals of any length, without how it was computed (precision,
                   arithmetic, pruned mass) } */
#ifndef TRUSTREE_CERTIFICATE_H
#define TRUSTREE_CERTIFICATE_H

#include "../number/linkage.h"
#include "../study/evaluate.h"

TT_BEGIN_C

/* What a certificate is of; all of it the caller's. */
typedef struct {
    const tt_instance *instance;   /* with what is in its file */
    const tt_judgement *judgement; /* of this instance */
    mpq_srcptr baseline;           /* that the surrogate was checked with besides 0 and J_mu, or NULL */
} tt_certificate;

/* Writes the certificate to a file, whole or not at all; "-" for standard output.
   fails: TT_LIMIT where not everything was measured or mass was pruned, TT_IO, TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_certificate_write_file(const char *path, const tt_certificate *certificate, tt_error *error);

TT_END_C

#endif

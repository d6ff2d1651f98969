/* The lattice engine: measures a machine-form instance without listing its contexts.

   The tree has V^T leaves; an automaton with S states has S T pairs (state, step). Almost every quantity
   of SPEC.md is a linear recursion over those pairs, and the rest over nodes that are little finer. Two
   passes, each on its own:

   State pass, O(T S V) numbers, always runs. Forward over t it carries per state, summed over the contexts
   at it: a = mu-mass, b = pi-mass, l (l' = mu l + (pi - mu) a), the mass-weighted log ratio of the path
   (whose sum over states is KL_t, directly), K, and second moments of e:
       a' = mu a,  d' = pi d + (pi - mu) a,  e' = mu e + (pi - mu) d        (d = b - a, e = d - l)
   so that sum e^2/nu is the last of six products of (a, d, e), each over nu, with coefficients that depend
   on the token alone. At theta = 0 they are the moments of M - 1 and Z. Whether a context is reached by mu,
   by pi, by both or by neither is part of the state there. Backward over the steps to go it carries V,
   V^pi - V^mu, and the recursion of THEOREMS.md 4. Maxima run over (state, step) pairs that mu or pi reach.

   Node pass. Contexts at the same state with the same count of each likelihood ratio other than 1 have the
   same M = prod rho and the same S = sum (rho - 1), hence the same sign of b - a = (M-1) a, l = S a and
   e = (M-1-S) a: they are one node, with two masses. Without domination nodes are of three kinds:
       a > 0                      : (a, b), key (state, counts)
       one token with mu = 0      : (l, b), a = 0; b/l = prod of the other ratios, key (state, counts)
       two or more                : b alone, a = l = 0, key state
   so that TV_t, TV_seq, worst-case Error and largest L are sums of positive parts over nodes. States that
   no reward-free quantity can tell apart are merged first (coarsest lumping of the weighted edges).
   A layer is a hash table; two layers live at a time. Future TV is one such pass per start state. With one
   class and two ratios the masses are binomial laws and need no layers (lattice_binomial.h).

   Arithmetic. Exact: integers over one shared denominator per step, no gcd before the result. Enclosed:
   exact for the first steps, while the shared denominator has at most TT_LATTICE_SHORT bits (so that ties
   such as TV_2 = eps stay exact), then MPFI intervals in the state pass; in the node pass the same integers
   over the same growing denominator, of which both lose their lowest limbs, rounded down, as they outgrow
   the bits wanted. So a step costs a few limb products in either arithmetic, and no division. A state pass
   whose result is relatively wider than 2^(32 - precision) is done again with longer intervals, and where
   that does not help and the integers are affordable, exactly: a true zero becomes 0. A node pass whose
   rounding shows is done again with more bits.

   Soundness of the node pass. Masses that are rounded down are those of a sub-measure: what is lost on the
   way is itself a measure, whose size is known exactly afterwards because all masses sum to 1. For measures
   x (tracked) and y (lost), (x+y)+ lies between x+ - y- and x+ + y+, so no sign has to be decided and a tie
   costs nothing. A node of masses (a, b), l, that is pruned with k steps to go loses at most, in either
   sign (x f, l f, e f: the same quantities of the future from its state):
       TV:   (b-a)+-  + min(a,b) TV(f),     TV(f) <= min(1, k eps, sqrt(k delta/2))
       L:    l+-      + a L(f),             L(f)  <= k eps
       Error: e+-     + |b-a| TV(f) + a W(f),  W(f) <= min(k eps min(1, (k-1) eps), k delta)
   because e f = e P_mu f + (b-a) x f + a e f, and W(f) <= k delta, k eps (1-(1-eps)^(k-1)) by THEOREMS.md.
   So pruning widens a small Error by a small amount. Mass lost to rounding at step n counts in full, times
   1 + T max(max|rho-1|, 2 eps).

   Cost. State pass: T S V times about 50 number operations, and T C V times 300 for C classes; it keeps T S
   numbers. Node pass: the number of nodes is a polynomial
   in T whose degree is one more than the number of free counts: two tokens with two ratios T^2/2, a generic
   two-state chain with two tokens T^3/12. Where everything folds to one class with two ratios, counts are binomial
   and in enclosures the node pass takes 2 T steps (lattice_binomial.h). */
#ifndef TRUSTREE_LATTICE_H
#define TRUSTREE_LATTICE_H

#include "../number/linkage.h"
#include "../world/instance.h"
#include "options.h"
#include "quantities.h"

TT_BEGIN_C

/* Bits of the shared denominator up to which enclosures begin with exact steps. */
#define TT_LATTICE_SHORT 512

/* How a measurement was done. */
typedef struct {
    bool exact_states, exact_nodes; /* in the arithmetic of rationals from the first step to the last */
    bool exact_moments;             /* sum e^2/nu and the variances */
    mpfr_prec_t state_precision;    /* bits of the longest intervals used; 0 where all was exact */
    uint64_t node_bits;             /* fraction bits of the node masses; 0 where exact */
    uint64_t nodes;                 /* nodes of the node pass */
    double nodes_needed;            /* without pruning: exact where nothing was pruned, else an estimate */
    tt_real pruned_rollout, pruned_target; /* mass pruned on the way (exact 0 where nothing was) */
} tt_lattice_report;

/* Nothing done, pruned masses absent; tt_lattice_report_clear frees what it holds. */
void tt_lattice_report_init(tt_lattice_report *report);
void tt_lattice_report_clear(tt_lattice_report *report);

/* Fills the fields of q (initialised by the caller) from a machine-form instance.
   exact    : with options->arithmetic TT_ARITHMETIC_EXACT, or AUTO while the numbers stay small, every
              rational field; the moments (tilted_moment, second_moment, variances) while their own shared
              denominator has at most 2^16 bits.
   absent   : a field of the node pass (future_tv shares options->max_nodes among its passes once more) whose
              enclosure pruning made wider than half its value; tilted_moment at theta = 0 or 1 where intervals
              cannot decide whether an infinite term occurs.
   report   : may be NULL.
   fails    : TT_LIMIT where a field is absent for want of nodes, with q otherwise filled and the number of
              nodes needed in error->what (q->horizon is 0 where nothing was filled: a horizon or a number
              of states that does not fit in memory); TT_BAD_INPUT for the tree form; TT_INTERRUPTED;
              TT_NO_MEMORY. */
TT_MUST_CHECK tt_status tt_lattice_measure(tt_quantities *q, const tt_instance *instance,
                                           const tt_measure_options *options, tt_lattice_report *report,
                                           tt_error *error);

/* Computes the enclosed fields again at options->precision; the exact ones stay. */
TT_MUST_CHECK tt_status tt_lattice_refine(tt_quantities *q, const tt_instance *instance,
                                          const tt_measure_options *options, tt_lattice_report *report,
                                          tt_error *error);

/* For a choice between engines: about how many nodes the node pass would visit. */
TT_MUST_CHECK tt_status tt_lattice_nodes(double *nodes, const tt_instance *instance, tt_error *error);

TT_END_C

#endif

/* The node pass where tokens are i.i.d. under both policies and carry two likelihood ratios. Internal to the
   lattice engine.

   The machine folds to one class with two edges, of probabilities mu_0, mu_1 and pi_0, pi_1 and ratios
   rho_0 < 1 < rho_1. A node after n tokens is a count j of tokens with ratio rho_1; its masses are binomial,
       a_n(j) = C(n,j) mu_1^j mu_0^(n-j),    b_n(j) = C(n,j) pi_1^j pi_0^(n-j),
   and M = b/a grows with j. With i_n the largest count where M < 1,
       TV_n = D_n(i_n),    D_n(i) = sum over j > i of b_n(j) - a_n(j),
       D_{n+1}(i) = D_n(i) + pi_1 b_n(i) - mu_1 a_n(i),    D_n(i+1) = D_n(i) - b_n(i+1) + a_n(i+1),
   and i_{n+1} is i_n or i_n + 1: every TV_t costs a few operations. Which of the two, a comparison of M with 1, is
   decided exactly where enclosures cannot, once for all ties since those have one share j/n. Worst-case Error and largest
   L are sums over the counts of the last layer, of the positive parts of b - a (1 + S) and a S with
   S = j (rho_1 - 1) + (n-j) (rho_0 - 1); no sign has to be decided there.

   Numbers are rationals while they have at most task->limit bits, else intervals of task->fraction_bits.
   Cost: T steps and T counts of about ten operations each, and no memory. */
#ifndef TRUSTREE_LATTICE_BINOMIAL_H
#define TRUSTREE_LATTICE_BINOMIAL_H

#include "lattice_nodes.h"

bool tt_lattice_is_binomial(const lattice_lumped *lumped);

/* As tt_lattice_node_pass; nothing is ever pruned or cut. fails: TT_INTERRUPTED. */
TT_MUST_CHECK tt_status tt_lattice_binomial_pass(lattice_node_result *result, const lattice_node_task *task);

#endif

/* The commands of trustree: one line each, one function `int tt_cmd_NAME(int argc, char **argv)` each,
   in a file src/cmd_NAME.c. argv[0] is the command's own name. Returns the exit status (cli.h). */
#ifndef TRUSTREE_COMMANDS_H
#define TRUSTREE_COMMANDS_H

/* X(NAME, what it does, for `trustree --help`) */
#define TT_COMMANDS(X) \
    X(eval, "every quantity, identity, inequality, bound and verdict of an instance") \
    X(validate, "reads instance files and checks them, no more") \
    X(unroll, "writes an instance in tree form, every context spelled out") \
    X(bounds, "the closed forms, and their inverses, for numbers a person has") \
    X(paper, "every number the paper prints, recomputed and compared") \
    X(search, "looks for the policy pair on which a bound is tightest") \
    X(mask, "what a mask does on an instance, and what it certifies") \
    X(clip, "which term the clipped objective of PPO takes, and its value on an instance") \
    X(gradient, "exact gradients of J, of L and of a masked L") \
    X(path, "J, L and what bounds guarantee on the straight way from rollout to target") \
    X(gen, "writes an instance of a kind: random ones, families, extremal ones") \
    X(verify, "every property of the catalogues on many instances, certified") \
    X(merge, "joins the results of verify on the shards of a campaign") \
    X(claims, "what the sources state, entry by entry, and whether it is so") \
    X(counterexample, "the families of A.8: which bounds shrink with KL_seq, and which cannot")

#define TT_DECLARE_COMMAND(name, purpose) int tt_cmd_##name(int argc, char **argv);
TT_COMMANDS(TT_DECLARE_COMMAND)
#undef TT_DECLARE_COMMAND

#endif

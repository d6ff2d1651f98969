#include "masks.h"

#include <string.h>

#define SEQUENCE TT_MASK_SEQUENCE
#define TOKEN TT_MASK_TOKEN

#define MOST(statistic, aggregate, threshold) { statistic, aggregate, TT_AT_MOST, threshold, TT_ALWAYS }
#define LEAST(statistic, aggregate, threshold) { statistic, aggregate, TT_AT_LEAST, threshold, TT_ALWAYS }
#define WITHIN(statistic, aggregate) { statistic, aggregate, TT_BETWEEN, 0, TT_ALWAYS }

static const tt_mask catalogue[] = {
    { "max-kl", "max_t KL_tok(c_t) <= d", "slides 3.4.2 with the exact KL, 4.5.2", SEQUENCE, 1,
      { MOST("kl", TT_EVERY, 0) } },
    { "avg-kl", "mean_t KL_tok(c_t) <= d", "slides 4.3.1 with the exact KL", SEQUENCE, 1, { MOST("kl", TT_MEAN, 0) } },
    { "max-log-ratio", "max_t |log rho_t| <= d", "slides 3.4.2", SEQUENCE, 1, { MOST("abs-log", TT_EVERY, 0) } },
    { "max-k2", "max_t k2(rho_t) <= d", "v2", SEQUENCE, 1, { MOST("k2", TT_EVERY, 0) } },
    { "max-k3", "max_t k3(rho_t) <= d", "slides 4.2.1, criterion A", SEQUENCE, 1, { MOST("k3", TT_EVERY, 0) } },
    { "avg-k3", "mean_t k3(rho_t) <= d", "slides 4.3.1", SEQUENCE, 1, { MOST("k3", TT_MEAN, 0) } },
    { "sum-k3", "sum_t k3(rho_t) <= d", "slides 4.2.1, criterion B", SEQUENCE, 1, { MOST("k3", TT_SUM, 0) } },
    { "combined", "max_t KL_tok(c_t) <= d1 and mean_t KL_tok(c_t) <= d2", "slides 4.3.2 with the exact KL", SEQUENCE, 2,
      { MOST("kl", TT_EVERY, 0), MOST("kl", TT_MEAN, 1) } },
    { "ln-trm", "sum_t |rho_t - 1| w_t / sum_t w_t <= d, w_t = min(1, (T-t) eps, sqrt((T-t) delta/2))", "v3, appendix",
      SEQUENCE, 1, { MOST("deviation", TT_WEIGHTED, 0) } },
    { "ser", "mean_t |rho_t - 1| <= d", "v3, appendix", SEQUENCE, 1, { MOST("deviation", TT_MEAN, 0) } },

    { "combined-sample", "max_t |log rho_t| <= d1 and mean_t k3(rho_t) <= d2", "slides 4.3.1-4.3.2, A.2", SEQUENCE, 2,
      { MOST("abs-log", TT_EVERY, 0), MOST("k3", TT_MEAN, 1) } },
    { "combined-k2-k3", "max_t k2(rho_t) <= d1 and mean_t k3(rho_t) <= d2", "v2, experiments; slime", SEQUENCE, 2,
      { MOST("k2", TT_EVERY, 0), MOST("k3", TT_MEAN, 1) } },
    { "avg-k2", "mean_t k2(rho_t) <= d", "verl", SEQUENCE, 1, { MOST("k2", TT_MEAN, 0) } },
    { "sum-k2", "sum_t k2(rho_t) <= d", "verl", SEQUENCE, 1, { MOST("k2", TT_SUM, 0) } },
    { "avg-abs-log", "mean_t |log rho_t| <= d", "what a geometric window does not see", SEQUENCE, 1,
      { MOST("abs-log", TT_MEAN, 0) } },
    { "avg-k3-inverse", "mean_t k3(1/rho_t) <= d", "k3 with the policies exchanged", SEQUENCE, 1,
      { MOST("k3-inverse", TT_MEAN, 0) } },
    { "max-tv", "max_t TV_tok(c_t) <= d", "the exact TV", SEQUENCE, 1, { MOST("tv", TT_EVERY, 0) } },
    { "avg-tv", "mean_t TV_tok(c_t) <= d", "the exact TV", SEQUENCE, 1, { MOST("tv", TT_MEAN, 0) } },
    { "geometric", "d1 <= (prod_t rho_t)^(1/n) <= d2", "geometric mask; seq_mean_k1 as verl documents it", SEQUENCE, 2,
      { WITHIN("ratio", TT_GEOMETRIC) } },
    { "avg-k1", "d1 <= exp(mean_t k1(rho_t)) <= d2: 1/d2 <= (prod_t rho_t)^(1/n) <= 1/d1",
      "seq_mean_k1 as verl computes it", SEQUENCE, 2, { WITHIN("inverse-ratio", TT_GEOMETRIC) } },
    { "sequence-ratio", "d1 <= prod_t rho_t <= d2", "masked importance sampling (MIS)", SEQUENCE, 2,
      { WITHIN("ratio", TT_PRODUCT) } },
    { "sequence-ratio-max", "prod_t rho_t <= d", "TRL sequence_mask", SEQUENCE, 1, { MOST("ratio", TT_PRODUCT, 0) } },
    { "ratio-window", "d1 <= rho_t <= d2 for every t", "SkyRL outlier mask", SEQUENCE, 2,
      { WITHIN("ratio", TT_EVERY) } },
    { "veto", "rho_t >= d for every t", "verl, slime", SEQUENCE, 1, { LEAST("ratio", TT_EVERY, 0) } },
    { "mult-prob-error", "mean_t exp|log rho_t| <= d", "NeMo-RL", SEQUENCE, 1,
      { MOST("mult-prob-error", TT_MEAN, 0) } },
    { "opsm", "R >= b or mean_t k1(rho_t) <= d", "DeepSeek-V3.2", SEQUENCE, 1,
      { { "k1", TT_MEAN, TT_AT_MOST, 0, TT_IF_NEGATIVE } } },

    { "token-log-ratio", "|log rho_t| <= d", "slides 3.3.1", TOKEN, 1, { MOST("abs-log", TT_EVERY, 0) } },
    { "token-kl", "KL_tok(c_t) <= d", "the exact KL", TOKEN, 1, { MOST("kl", TT_EVERY, 0) } },
    { "token-k2", "k2(rho_t) <= d", "verl; pytorch/rl KL-mask", TOKEN, 1, { MOST("k2", TT_EVERY, 0) } },
    { "token-k3", "k3(rho_t) <= d", "verl", TOKEN, 1, { MOST("k3", TT_EVERY, 0) } },
    { "icepop", "d1 <= rho_t <= d2", "IcePop; token MIS", TOKEN, 2, { WITHIN("ratio", TT_EVERY) } },
    { "token-ratio-max", "rho_t <= d", "AReaL", TOKEN, 1, { MOST("ratio", TT_EVERY, 0) } },
    { "kpop", "binary KL <= d in both directions", "KPop", TOKEN, 1,
      { MOST("binary-kl", TT_EVERY, 0), MOST("binary-kl-reverse", TT_EVERY, 0) } },
    { "ipo", "|p - q| <= d", "prime-rl IPO", TOKEN, 1, { MOST("binary-tv", TT_EVERY, 0) } },
    { "dppo-tv", "(R - b)(rho_t - 1) <= 0 or |p - q| <= d", "DPPO", TOKEN, 1,
      { { "binary-tv", TT_EVERY, TT_AT_MOST, 0, TT_IF_DIVERGING } } },
    { "dppo-kl", "(R - b)(rho_t - 1) <= 0 or binary KL <= d", "DPPO", TOKEN, 1,
      { { "binary-kl", TT_EVERY, TT_AT_MOST, 0, TT_IF_DIVERGING } } },
};

size_t tt_mask_count(void)
{
    return sizeof catalogue / sizeof *catalogue;
}

const tt_mask *tt_mask_at(size_t k)
{
    return &catalogue[k];
}

const tt_mask *tt_mask_find(const char *id)
{
    for (size_t k = 0; k < tt_mask_count(); k++)
        if (strcmp(catalogue[k].id, id) == 0)
            return &catalogue[k];
    return NULL;
}

bool tt_mask_grows(const tt_mask *mask)
{
    return mask->conditions[0].window == TT_AT_MOST;
}

bool tt_mask_has_distance(const tt_mask *mask)
{
    return tt_mask_grows(mask) && tt_estimator_find(mask->conditions[0].statistic)->distance;
}

bool tt_mask_is_on_kl(const tt_mask *mask)
{
    return strcmp(mask->conditions[0].statistic, "kl") == 0;
}

/* ---- presets ---------------------------------------------------------------------------------- */

static const tt_mask_preset presets[] = {
    { "trm-max", "max-kl", { "0.05" }, "v3: TRM-Max" },
    { "trm-avg", "avg-kl", { "0.001" }, "v3: TRM-Avg" },
    { "trm-combined", "combined", { "0.1", "0.002" }, "v3: both" },
    { "trm-max-k2", "max-k2", { "0.05" }, "v2, experiments" },
    { "trm-avg-k3", "avg-k3", { "0.001" }, "v2, experiments" },
    { "trm-combined-k2-k3", "combined-k2-k3", { "0.1", "0.002" }, "v2, experiments" },
    { "ser-low", "ser", { "0.03" }, "v3: 0.03 to 0.10 recommended" },
    { "ser-high", "ser", { "0.1" }, "v3: 0.03 to 0.10 recommended" },
    { "verl-seq-mean-k3", "avg-k3", { "0.01" }, "verl; its docs say 0.001 to 0.01" },
    { "verl-seq-mean-k2", "avg-k2", { "2" }, "verl docs: 2 to 2.5" },
    { "verl-seq-sum-k2", "sum-k2", { "2.5" }, "verl docs: 2.5 to 4" },
    { "verl-seq-max-k2", "max-k2", { "2.5" }, "verl docs, example" },
    { "verl-token-k2", "token-k2", { "1.5" }, "verl docs: 1.5 to 3" },
    { "verl-seq-mean-k1-docs", "geometric", { "0.999", "1.001" }, "verl docs: lo <= rho <= hi" },
    { "verl-seq-mean-k1-code", "avg-k1", { "0.999", "1.001" }, "verl code: log lo <= -mean log rho <= log hi" },
    { "verl-seq-mis", "sequence-ratio", { "0.5", "2" }, "verl docs" },
    { "verl-token-mis", "icepop", { "0.5", "2" }, "verl docs" },
    { "verl-veto", "veto", { "1e-4" }, "verl, slime" },
    { "trl-sequence-mask", "sequence-ratio-max", { "3" }, "TRL, its default mode" },
    { "trl-opsm", "opsm", { "0.5" }, "TRL" },
    { "slime-opsm", "opsm", { "1e-4" }, "slime" },
    { "slime-geometric", "geometric", { "0.9999", "1.0001" }, "slime" },
    { "skyrl-geometric", "geometric", { "0.99", "1.01" }, "SkyRL" },
    { "skyrl-outlier", "ratio-window", { "1e-4", "100" }, "SkyRL" },
    { "skyrl-token-mis", "icepop", { "0.5", "2" }, "SkyRL" },
    { "nemo-seq-mask-tis", "geometric", { "0.999", "1.002" }, "NeMo-RL" },
    { "nemo-mult-prob-error", "mult-prob-error", { "1.5" }, "NeMo-RL, example" },
    { "openrlhf-geometric", "geometric", { "0.5", "5" }, "OpenRLHF" },
    { "icepop", "icepop", { "0.5", "5" }, "arXiv 2510.18855" },
    { "prime-rl-icepop", "icepop", { "0.2", "5" }, "prime-rl" },
    { "prime-rl-ipo", "ipo", { "0.1" }, "prime-rl" },
    { "prime-rl-dppo", "dppo-tv", { "0.2" }, "prime-rl" },
    { "areal-token-ratio", "token-ratio-max", { "5" }, "AReaL" },
    { "kpop", "kpop", { "0.1" }, "KPop" },
    { "dppo-tv", "dppo-tv", { "0.15" }, "arXiv 2602.04879" },
    { "dppo-kl", "dppo-kl", { "0.05" }, "arXiv 2602.04879" },
};

size_t tt_mask_preset_count(void)
{
    return sizeof presets / sizeof *presets;
}

const tt_mask_preset *tt_mask_preset_at(size_t k)
{
    return &presets[k];
}

const tt_mask_preset *tt_mask_preset_find(const char *id)
{
    for (size_t k = 0; k < tt_mask_preset_count(); k++)
        if (strcmp(presets[k].id, id) == 0)
            return &presets[k];
    return NULL;
}

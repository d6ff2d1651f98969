# shellcheck shell=sh disable=SC2154
# Shared by the experiments at long horizons: read with `. long.sh` after setup.sh.

# row P D: members "rollout" and "target" of a state: token 1 has rollout probability P and a higher target probability,
# such that the KL of the rows is D within 1e-30 of its size.
row() {
    "$trustree" gen count --horizon 2 --rollout "$1" --kl "$2" |
        sed -n 's/^ *"0": { \("rollout": \[[^]]*\], "target": \[[^]]*\]\).*/\1/p'
}

# same_row P: the same, both policies with token 1 of probability P.
same_row() {
    "$trustree" gen count --horizon 2 --rollout "$1" --kl 0 | sed -n 's/^ *"0": { \("rollout": \[[^]]*\]\).*/\1/p'
}

# instance NAME T STATES REWARD: machine form, two tokens. What is asked here does not depend on the reward.
instance() {
    cat <<END
{
  "format": "trustree-instance-1",
  "name": "$1",
  "vocab": 2,
  "horizon": $2,
  "prompts": [{ "probability": "1", "state": "s" }],
  "states": { $3 },
  "reward": { $4 }
}
END
}

# iid_instance T P D: one state, so that counts of tokens are binomial.
iid_instance() {
    instance "i.i.d.: rollout $2, KL $3" "$1" "\"s\": { $(row "$2" "$3"), \"next\": [\"s\", \"s\"] }" \
        '"default": "1"'
}

# markov_instance T P D: state r is entered with probability P at a step from s, where the policies agree, and left with
# probability 1/2 under rollout; the KL of the rows at r is D.
markov_instance() {
    instance "Markov: rare state $2, KL $3" "$1" \
        "\"s\": { $(same_row "$2"), \"next\": [\"s\", \"r\"] },
              \"r\": { $(row 1/2 "$3"), \"next\": [\"s\", \"r\"] }" \
        '"default": "0", "states": { "r": "1" }'
}

# judge FILE KEY [NODES]: rows KEY, id, value, ratio, can_fire: the truth and every reward-free bound. ratio = value /
# worst-case Error, LO..HI where nodes were pruned. All digits of values are certain. Where a limit was reached (status
# 3) what was not computed is NA.
judge() {
    "$trustree" eval --arithmetic enclosure ${3:+--max-nodes "$3"} --format tsv "$1" >"$1.verdicts" 2>"$1.messages" || [ $? = 3 ] || {
        cat "$1.messages" >&2
        return 1
    }
    awk -F '\t' -v OFS='\t' -v key="$2" '
        function ratio(value, tightness, ends) {
            if (truth ~ /^\[/) {
                split(substr(truth, 2), ends, ", ")
                return sprintf("%.4g..%.4g", (1 - 1e-3) * value / (ends[2] + 0), (1 + 1e-3) * value / (ends[1] + 0))
            }
            return tightness == "NA" || tightness + 0 == 0 ? "NA" : sprintf("%.6g", 1 / tightness)
        }
        NR == 1 { for (k = 1; k <= NF; k++) at[$k] = k; next }
        NR == 2 {
            truth = $at["worst_case_error"]
            print key, "worst-case-error", truth, truth == "NA" ? "NA" : 1, "NA"
            print key, "largest-surrogate", $at["largest_surrogate"], "NA", "NA"
        }
        $at["kind"] == "reward-free" {
            print key, $at["id"], $at["value"], ratio($at["value"], $at["tightness"]), $at["can_fire"]
        }' "$1.verdicts"
    rm -f "$1.verdicts" "$1.messages"
}

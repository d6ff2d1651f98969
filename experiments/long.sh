# Shared by the experiments at long horizons: read with `. long.sh` after setup.sh.

# iid_instance T P D: two tokens, i.i.d., token 1 of rollout probability P and a higher target probability, such that
# the KL of the rows is D within 1e-30 of its size; one state, so that every count is a binomial. What is asked here
# does not depend on the reward: it is 1.
iid_instance() {
    rows=$("$trustree" gen count --horizon "$1" --rollout "$2" --kl "$3" |
        sed -n 's/^ *"0": { \("rollout": \[[^]]*\], "target": \[[^]]*\]\).*/\1/p')
    cat <<END
{
  "format": "trustree-instance-1",
  "name": "i.i.d.: horizon $1, rollout $2, KL $3",
  "vocab": 2,
  "horizon": $1,
  "prompts": [{ "probability": "1", "state": "s" }],
  "states": { "s": { $rows, "next": ["s", "s"] } },
  "reward": { "default": "1" }
}
END
}

# judge FILE [KEY COLUMNS]: rows KEY, id, value, ratio, can_fire: the truth and every reward-free bound.
# ratio = value / worst-case Error. All digits of values are certain. Status 3 (a limit was reached) is a result: NA.
judge() {
    "$trustree" eval ${3:+--max-nodes "$3"} --format tsv "$1" >"$out/verdicts.tsv" 2>"$out/messages" || [ $? = 3 ] || {
        cat "$out/messages" >&2
        return 1
    }
    awk -F '\t' -v OFS='\t' -v key="$2" '
        NR == 1 { for (k = 1; k <= NF; k++) at[$k] = k; next }
        NR == 2 {
            print key, "worst-case-error", $at["worst_case_error"], $at["worst_case_error"] == "NA" ? "NA" : 1, "NA"
            print key, "largest-surrogate", $at["largest_surrogate"], "NA", "NA"
        }
        $at["kind"] == "reward-free" {
            tightness = $at["tightness"]
            ratio = tightness == "NA" || tightness + 0 == 0 ? "NA" : sprintf("%.6g", 1 / tightness)
            print key, $at["id"], $at["value"], ratio, $at["can_fire"]
        }' "$out/verdicts.tsv"
}

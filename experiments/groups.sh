# shellcheck shell=sh disable=SC2034
# Shared by figures of many bounds: read with `. groups.sh`. $groups is a function of awk, group(ID): paper, halved (a
# bound of the paper with half its constant) or own. It asks to be called in the order of the catalogue, which begins
# with the paper's bounds.
groups='
    function group(id, whole) {
        if (id == "sequence-kl")
            past_paper = 1
        if (!past_paper)
            of_paper[id] = 1
        whole = id
        sub(/-half$/, "", whole)
        return !(whole in of_paper) ? "own" : whole == id ? "paper" : "halved"
    }'

# shellcheck shell=sh
# Shared by the experiments: read with `. setup.sh`. Sets what program.sh does, and $out (made, absolute).
#
# What an experiment shows, in the order in which it is to be read:
#     title TEXT                the experiment's heading
#     text                      paragraphs, from standard input
#     figure NAME DATA [PLOT]   drawn by plots/PLOT.gp (plots/NAME.gp) from DATA; its caption from standard input
#     table NAME ALIGNMENT      $out/NAME.tsv, a letter l or r per column, also as Markdown, LaTeX (booktabs) and HTML; its
#                               caption from standard input
#     judged COMMAND...         runs the program; what it leaves open or finds violated (exit status 3, 1) is noted for
#                               the report's own exit status, anything else that fails ends the experiment
# Texts are plain: `code`, X_y for a subscript, X^y or X^(y + 1) for a superscript, an empty line between paragraphs.
# experiments/report binds them.
# shellcheck source=experiments/program.sh
. "$(dirname "$0")/program.sh"
mkdir -p "${1:-out}"
out=$(cd "${1:-out}" && pwd)
: >"$out/contents"
echo 0 >"$out/verdict"

judged() {
    judged_status=0
    "$@" || judged_status=$?
    case $judged_status in
    0) ;;
    1) echo 1 >"$out/verdict" ;;
    3) [ "$(cat "$out/verdict")" = 1 ] || echo 3 >"$out/verdict" ;;
    *) exit 2 ;;
    esac
}

# part KIND NAME: one more line of contents, and its text from standard input
part() {
    printf '%s\t%s\n' "$1" "$2" >>"$out/contents"
    cat >"$out/$2.caption"
}

title() {
    printf 'title\t%s\n' "$1" >>"$out/contents"
}

text() {
    part text "text-$(grep -c '' "$out/contents")"
}

figure() {
    part figure "$1"
    if command -v gnuplot >/dev/null; then
        (cd "$here/../plots" && LC_ALL=C.UTF-8 gnuplot -e "data='$2'; out='$out/$1'" "${3-$1}.gp")
        # the same data, the same bytes: cairo writes the time of day
        sed -i 's|/CreationDate (D:[0-9]\{14\}|/CreationDate (D:20000101000000|' "$out/$1.pdf"
        # gnuplot does not notice a full disk
        for end in '.svg </svg>' '-phone.svg </svg>' '.pdf %%EOF' '.png IEND'; do
            tail -c 16 "$out/$1${end% *}" | grep -aqF -e "${end#* }" || {
                echo "${0##*/}: $1${end% *} is cut short" >&2
                exit 2
            }
        done
    else
        echo "${0##*/}: no gnuplot: $1 is not drawn (Debian package: gnuplot-nox)" >&2
    fi
}

table() {
    part table "$1"
    for form in markdown:md latex:tex html:html; do
        awk -v form="${form%:*}" -v alignment="$2" -f "$here/binding/escape.awk" -f "$here/binding/table.awk" \
            "$out/$1.tsv" >"$out/$1.${form#*:}"
    done
}

# rounded LO HI [DIGITS]: an enclosure as one number, in as many digits as both ends round to, DIGITS (4) at most, but no
# digit of an integer below a million is left out; as a function of awk in $rounding
# shellcheck disable=SC2016,SC2034
rounding='
    function numeral(x, digits) {
        x = sprintf("%." digits "g", x)
        sub(/e[+]0*/, "e", x)
        sub(/e-0/, "e-", x)
        return x
    }
    function rounded(lo, hi, digits, a, b) {
        # room for what a double loses of a decimal number
        lo = lo < 0 ? lo * (1 + 1e-15) : lo * (1 - 1e-15)
        hi = hi < 0 ? hi * (1 - 1e-15) : hi * (1 + 1e-15)
        a = sprintf("%.0f", lo)
        if (a == sprintf("%.0f", hi) && a * a >= 10 ^ (2 * digits) && a * a < 1e12)
            return a
        while (digits > 1 && sprintf("%." digits "g", lo) != sprintf("%." digits "g", hi))
            digits--
        a = numeral(lo, digits)
        b = numeral(hi, digits)
        return a == b ? a : a ".." b
    }'
rounded() {
    awk -v lo="$1" -v hi="$2" -v digits="${3:-4}" "$rounding"'BEGIN { print rounded(lo, hi, digits) }'
}

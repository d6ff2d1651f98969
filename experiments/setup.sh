# shellcheck shell=sh
# Shared by the experiments: read with `. setup.sh`. Sets $trustree, $here (this folder), $out (made, absolute).
here=$(cd "$(dirname "$0")" && pwd)
trustree=${TRUSTREE:-}
if [ -z "$trustree" ]; then
    for candidate in "$here/../build/trustree" "$here/../trustree" "$(command -v trustree || true)"; do
        if [ -x "$candidate" ]; then
            trustree=$candidate
            break
        fi
    done
fi
if [ -z "$trustree" ]; then
    echo "${0##*/}: no trustree in build/ or on PATH: run ./quickstart or make first" >&2
    exit 2
fi
mkdir -p "${1:-out}"
out=$(cd "${1:-out}" && pwd)

# figure NAME DATA: draws plots/NAME.gp from DATA (absolute) into $out/NAME.{svg,pdf,png}
figure() {
    if command -v gnuplot >/dev/null; then
        (cd "$here/../plots" && gnuplot -e "data='$2'; out='$out/$1'" "$1.gp")
        # the same data, the same bytes: cairo writes the time of day
        LC_ALL=C sed -i 's|/CreationDate (D:[0-9]\{14\}|/CreationDate (D:20000101000000|' "$out/$1.pdf"
    else
        echo "${0##*/}: no gnuplot: $1 is not drawn (Debian package: gnuplot-nox)" >&2
    fi
}

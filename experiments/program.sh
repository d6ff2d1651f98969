# shellcheck shell=sh
# Read with `. program.sh` by scripts of this folder: sets $here (this folder) and $trustree: $TRUSTREE, or that of the
# build tree, or that on PATH. Sorting and numbers are those of the C locale.
here=$(cd "$(dirname "$0")" && pwd)
LC_ALL=C
export LC_ALL
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
if [ ! -x "$trustree" ]; then
    echo "${0##*/}: $trustree is no program" >&2
    exit 2
fi
case $trustree in
/*) ;;
*) trustree=$(pwd)/$trustree ;;
esac

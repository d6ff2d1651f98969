#!/bin/sh
# witnesses.sh FILE...: the instance files as a C source, names and texts in the order given.
set -eu
echo '/* Made by lib/study/witnesses.sh: name, text, name, text, ..., NULL. */'
echo '#include <stddef.h>'
echo
echo 'extern const char *const tt_witness_files[];'
echo 'const char *const tt_witness_files[] = {'
for file in "$@"; do
    name=${file##*/}
    echo "    \"${name%.json}\","
    sed 's/\\/\\\\/g; s/"/\\"/g; s/.*/    "&\\n"/' "$file"
    echo '    ,'
done
echo '    NULL,'
echo '};'

# The palette as a script for sed: colours of a drawing, as gnuplot writes them, become variables of the page's style.
function number(hex) {
    return 16 * (index("0123456789abcdef", substr(hex, 1, 1)) - 1) + index("0123456789abcdef", substr(hex, 2, 1)) - 1
}

{
    printf "s/(= ?[\"'])rgb\\( *%d, *%d, *%d\\)/\\1var(--%s)/g\n", number(substr($2, 2, 2)), number(substr($2, 4, 2)), number(substr($2, 6, 2)), $1
    printf "s/(= ?[\"'])%s/\\1var(--%s)/gI\n", $2, $1
}

END {
    print "s/(=[\"'])black([\"'])/\\1var(--black)\\2/g"
    print "s/(=[\"'])gr[ae]y([\"'])/\\1var(--axis)\\2/g"
}

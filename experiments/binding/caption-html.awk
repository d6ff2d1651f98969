# A caption as HTML: paragraphs, `code`, X_y and X^y with y of letters and digits, X^(y). The twin of caption-latex.awk.
# X_y as a subscript, X^y as a superscript
function scripts(s, done, tag, what) {
    done = ""
    while (match(s, /[A-Za-z0-9)\200-\377](_[A-Za-z0-9\200-\377]+|\^\([^()]*\)|\^[A-Za-z0-9]+([.][0-9]+)?)/)) {
        tag = substr(s, RSTART + 1, 1) == "_" ? "sub" : "sup"
        what = substr(s, RSTART + 2, RLENGTH - 2)
        gsub(/^\(|\)$/, "", what)
        done = done substr(s, 1, RSTART) "<" tag ">" what "</" tag ">"
        s = substr(s, RSTART + RLENGTH)
    }
    return done s
}

# Outside code, what follows a backtick is code up to the next one.
function inline(s, n, k, pieces, line) {
    n = split(s, pieces, "`")
    for (k = 1; k <= n; k++)
        line = line (k % 2 ? scripts(escape_html(pieces[k])) : "<code>" escape_html(pieces[k]) "</code>")
    return line
}

BEGIN { RS = ""; FS = "\n" }

{
    paragraph = $1
    for (k = 2; k <= NF; k++)
        paragraph = paragraph " " $k
    print "<p>" inline(paragraph) "</p>"
}

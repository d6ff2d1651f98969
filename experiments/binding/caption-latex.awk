# A caption as LaTeX: paragraphs, `code`, X_y and X^y with y of letters and digits, X^(y). The twin of caption-html.awk.
# X_y as a subscript, X^y as a superscript
function scripts(s, done, tag, what) {
    done = ""
    while (match(s, /[A-Za-z0-9)\200-\377](_[A-Za-z0-9\200-\377]+|\^\([^()]*\)|\^[A-Za-z0-9]+([.][0-9]+)?)/)) {
        tag = substr(s, RSTART + 1, 1) == "_" ? "sub" : "super"
        what = substr(s, RSTART + 2, RLENGTH - 2)
        gsub(/^\(|\)$/, "", what)
        done = done escape_latex(substr(s, 1, RSTART)) "\\text" tag "script{" escape_latex(what) "}"
        s = substr(s, RSTART + RLENGTH)
    }
    return done escape_latex(s)
}

function inline(s, n, k, pieces, line) {
    n = split(s, pieces, "`")
    line = ""
    for (k = 1; k <= n; k++)
        line = line (k % 2 ? scripts(pieces[k]) : "\\texttt{" escape_latex(pieces[k]) "}")
    return line
}

BEGIN { RS = ""; FS = "\n" }

{
    paragraph = $1
    for (k = 2; k <= NF; k++)
        paragraph = paragraph " " $k
    print inline(paragraph) "\n"
}

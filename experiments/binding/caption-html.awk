# A caption as HTML: paragraphs, `code`, X_y. The twin of caption-latex.awk.
function escape(s) {
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    gsub(/>/, "\\&gt;", s)
    return s
}

# X_y: y, letters and digits, as a subscript
function subscripts(s, done) {
    done = ""
    while (match(s, /[A-Za-z0-9\200-\377]_[A-Za-z0-9\200-\377]+/)) {
        done = done substr(s, 1, RSTART) "<sub>" substr(s, RSTART + 2, RLENGTH - 2) "</sub>"
        s = substr(s, RSTART + RLENGTH)
    }
    return done s
}

# Outside code, what follows a backtick is code up to the next one.
function inline(s, n, k, pieces, line) {
    n = split(s, pieces, "`")
    for (k = 1; k <= n; k++)
        line = line (k % 2 ? subscripts(escape(pieces[k])) : "<code>" escape(pieces[k]) "</code>")
    return line
}

BEGIN { RS = ""; FS = "\n" }

{
    paragraph = $1
    for (k = 2; k <= NF; k++)
        paragraph = paragraph " " $k
    print "<p>" inline(paragraph) "</p>"
}

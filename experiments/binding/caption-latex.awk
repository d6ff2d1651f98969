# A caption as LaTeX: paragraphs, `code`, X_y. The twin of caption-html.awk.
function escape(s) {
    gsub(/\\/, "\\textbackslash ", s)
    gsub(/[_%#&$]/, "\\\\&", s)
    gsub(/\^/, "\\textasciicircum{}", s)
    gsub(/~/, "\\textasciitilde{}", s)
    gsub(/</, "\\textless{}", s)
    gsub(/>/, "\\textgreater{}", s)
    gsub(/\|/, "\\textbar{}", s)
    gsub(/"/, "\047\047", s)
    return s
}

# X_y: y, letters and digits, as a subscript
function subscripts(s, done) {
    done = ""
    while (match(s, /[A-Za-z0-9\200-\377]_[A-Za-z0-9\200-\377]+/)) {
        done = done escape(substr(s, 1, RSTART)) "\\textsubscript{" escape(substr(s, RSTART + 2, RLENGTH - 2)) "}"
        s = substr(s, RSTART + RLENGTH)
    }
    return done escape(s)
}

function inline(s, n, k, pieces, line) {
    n = split(s, pieces, "`")
    line = ""
    for (k = 1; k <= n; k++)
        line = line (k % 2 ? subscripts(pieces[k]) : "\\texttt{" escape(pieces[k]) "}")
    return line
}

BEGIN { RS = ""; FS = "\n" }

{
    paragraph = $1
    for (k = 2; k <= NF; k++)
        paragraph = paragraph " " $k
    print inline(paragraph) "\n"
}

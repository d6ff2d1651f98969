# A caption as HTML: paragraphs, `code`, X_y and X^y with y of letters and digits, X^(y). The twin of caption-latex.awk.
# Outside code, what follows a backtick is code up to the next one.
function inline(s, n, k, pieces, line) {
    n = split(s, pieces, "`")
    for (k = 1; k <= n; k++)
        line = line (k % 2 ? set_text(pieces[k], "html") : "<code>" escape_html(pieces[k]) "</code>")
    return line
}

BEGIN { RS = ""; FS = "\n" }

{
    paragraph = $1
    for (k = 2; k <= NF; k++)
        paragraph = paragraph " " $k
    print "<p>" inline(paragraph) "</p>"
}

# A caption: paragraphs, `code`, X_y and X^y with y of letters and digits, X^(y). -v form=html|latex; read with escape.awk.
# Outside code, what follows a backtick is code up to the next one.
function inline(s, n, k, pieces, line) {
    n = split(s, pieces, "`")
    line = ""
    for (k = 1; k <= n; k++)
        line = line (k % 2 ? set_text(pieces[k], form) : form == "latex" ? "\\texttt{" escape_latex(pieces[k]) "}" \
            : "<code>" escape_html(pieces[k]) "</code>")
    return line
}

BEGIN { RS = ""; FS = "\n" }

{
    paragraph = $1
    for (k = 2; k <= NF; k++)
        paragraph = paragraph " " $k
    print form == "latex" ? inline(paragraph) "\n" : "<p>" inline(paragraph) "</p>"
}

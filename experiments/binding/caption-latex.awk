# A caption as LaTeX: paragraphs, `code`, X_y and X^y with y of letters and digits, X^(y). The twin of caption-html.awk.
function inline(s, n, k, pieces, line) {
    n = split(s, pieces, "`")
    line = ""
    for (k = 1; k <= n; k++)
        line = line (k % 2 ? set_text(pieces[k], "latex") : "\\texttt{" escape_latex(pieces[k]) "}")
    return line
}

BEGIN { RS = ""; FS = "\n" }

{
    paragraph = $1
    for (k = 2; k <= NF; k++)
        paragraph = paragraph " " $k
    print inline(paragraph) "\n"
}

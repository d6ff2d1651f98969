# Plain text as text of LaTeX and of HTML; read by the scripts beside it with -f.
function escape_latex(s) {
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

function escape_html(s) {
    gsub(/&/, "\\&amp;", s)
    gsub(/</, "\\&lt;", s)
    gsub(/>/, "\\&gt;", s)
    return s
}

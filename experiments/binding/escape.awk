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

# The same with X_y as a subscript, X^y or X^(y) as a superscript, y of letters and digits; form: latex, html
function set_text(s, form, done, sub_script, what) {
    done = ""
    while (match(s, /[A-Za-z0-9)\200-\377](_[A-Za-z0-9\200-\377]+|\^\([^()]*\)|\^[A-Za-z0-9]+([.][0-9]+)?)/)) {
        sub_script = substr(s, RSTART + 1, 1) == "_"
        what = substr(s, RSTART + 2, RLENGTH - 2)
        gsub(/^\(|\)$/, "", what)
        if (form == "latex")
            done = done escape_latex(substr(s, 1, RSTART)) "\\text" (sub_script ? "sub" : "super") "script{" escape_latex(what) "}"
        else
            done = done escape_html(substr(s, 1, RSTART)) (sub_script ? "<sub>" : "<sup>") escape_html(what) \
                (sub_script ? "</sub>" : "</sup>")
        s = substr(s, RSTART + RLENGTH)
    }
    return done (form == "latex" ? escape_latex(s) : escape_html(s))
}

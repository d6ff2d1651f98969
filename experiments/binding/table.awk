# A TSV table with a header as Markdown, LaTeX (booktabs) or HTML: -v form=markdown|latex|html -v alignment=lrr
function escape(s) {
    if (form != "markdown")
        return set_text(s, form)
    s = escape_html(s)
    gsub(/[|*_`]/, "\\\\&", s)
    return s
}

function row(tag, k, line, right) {
    line = form == "markdown" ? "|" : form == "html" ? "<tr>" : ""
    for (k = 1; k <= columns; k++) {
        right = substr(alignment, k, 1) == "r"
        if (form == "markdown")
            line = line " " escape($k) " |"
        else if (form == "html")
            line = line "<" tag (right ? " class=\"r\"" : "") ">" escape($k) "</" tag ">"
        else
            line = line (k > 1 ? " & " : "") escape($k)
    }
    print line (form == "html" ? "</tr>" : form == "latex" ? " \\\\" : "")
}

BEGIN { FS = "\t"; columns = length(alignment) }

NR == 1 {
    if (NF != columns) {
        print FILENAME ": " NF " columns, " columns " letters of alignment" >"/dev/stderr"
        bad = 1
        exit 2
    }
    if (form == "latex")
        print "\\begin{tabular}{" alignment "}\n\\toprule"
    if (form == "html")
        print "<table>\n<thead>"
    row("th")
    if (form == "latex")
        print "\\midrule"
    if (form == "html")
        print "</thead>\n<tbody>"
    if (form == "markdown") {
        line = "|"
        for (k = 1; k <= columns; k++)
            line = line (substr(alignment, k, 1) == "r" ? "--:|" : ":--|")
        print line
    }
    next
}

{ row("td") }

END {
    if (!bad && form == "latex")
        print "\\bottomrule\n\\end{tabular}"
    if (!bad && form == "html")
        print "</tbody>\n</table>"
}

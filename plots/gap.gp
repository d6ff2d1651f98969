load 'style.gp'
# data: class, id, group, instances, least, median, largest: ratios to worst-case Error
classes = 'campaign near search backend-bf16 backend-fp8 backend-order moe staleness mismatch-256 iid-4096'
ids = 'best-of-paper own-unified sequence-kl tilted tilted-exact'
names = '"the paper''s best" own-unified sequence-kl tilted tilted-exact'
colours = red.' '.blue.' '.green.' '.purple.' '.black
array shape[5] = [5, 7, 9, 11, 13]
edge = 1e4
place(class) = sum [k = 1:words(classes)] (word(classes, k) eq class ? k : 0)
# infinity included, a bar ends at the edge
capped(name) = strcol(name) eq 'inf' || column(name) > edge ? edge : column(name)
row(i) = strcol('id') eq word(ids, i) && place(strcol('class')) > 0 ? place(strcol('class')) + (i - 3) * 0.16 : NaN
set logscale x
set format x '10^{%T}'
set xrange [0.8:edge]
set yrange [words(classes) + 0.6:0.4]
set ytics 1 scale 0 ('' 0)
set for [k = 1:words(classes)] ytics add (word(classes, k) k)
set border 1
set mxtics 1
set xlabel 'bound / worst-case Error'
tall = 1.25
narrow_tall = 1.7
keys = 5
do for [k = 1:devices] {
    eval(device(k))
    if (direct) { set rmargin 4; set tmargin at screen 0.87; set key at screen 0.2, 0.985 left top vertical maxrows 3 Left reverse samplen 2 } else { set tmargin 1 }
    plot for [i = 1:words(ids)] data using (capped('median')):(row(i)):(capped('least')):(capped('largest')) with xerrorbars \
             lc rgb word(colours, i) lw 1.5 pt shape[i] ps 0.8 title word(names, i)
}

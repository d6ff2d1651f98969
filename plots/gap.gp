load 'style.gp'
# data: the folder of experiments/gap
summary = data.'/summary.tsv'
classes = 'campaign near search backend-bf16 backend-fp8 backend-order moe staleness mismatch-256 iid-4096'
ids = 'best-of-paper own-unified sequence-kl tilted tilted-exact'
names = '"the best of the paper''s" own-unified sequence-kl tilted tilted-exact'
colours = red.' '.blue.' '.green.' '.purple.' '.black
array points[5] = [5, 7, 9, 11, 13]
top = 1e4
place(class) = sum [k = 1:words(classes)] (word(classes, k) eq class ? k : 0)
# beyond the edge, infinity included, a bar ends at the edge
capped(name) = strcol(name) eq 'inf' || column(name) > top ? top : column(name)
of(id, x) = strcol('id') eq id && place(strcol('class')) > 0 ? x : NaN
set logscale y
set format y '10^{%T}'
set yrange [0.8:top]
set xrange [0.4:words(classes) + 0.6]
set xtics rotate by 25 right ('' 0)
set for [k = 1:words(classes)] xtics add (word(classes, k) k)
set ylabel 'bound / worst-case Error'
set title 'Medians over the instances of a class; bars from the least to the largest, or to the edge'
set key tmargin center horizontal
do for [k = 1:words(terminals)] {
    eval('set terminal '.terminal(k))
    set output out.'.'.word(terminals, k)
    plot for [i = 1:words(ids)] summary using (place(strcol('class')) + (i - 3) * 0.15): \
             (of(word(ids, i), capped('median'))):'least':(capped('largest')) with yerrorbars lc rgb word(colours, i) \
             lw 1.8 pt points[i] ps 1.1 title word(names, i)
    unset output
}

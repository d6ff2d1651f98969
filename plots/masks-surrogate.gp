load 'style.gp'
set xrange [0:2.6]
set xtics 0, 0.5
set yrange [-0.62:0.25]
set ytics -0.6, 0.2
set format y '%.1f'
set xlabel 'threshold d of mean |ρ_t − 1|'
set ylabel 'surrogates and the truth'
room = 16
keys = 4
ids = 'guarantee masked_surrogate surrogate improvement'
names = '"lower bound" "L_{masked}" "L" "J_π − J_μ"'
array style[4] = [3, 1, 2, 7]
# lines apart from each other at the right end
array lift[4] = [-0.065, 0.085, 0.03, -0.01]
do for [k = 1:devices] {
    eval(device(k))
    plot 0 with lines lw 1 lc rgb grey, \
         for [i = 1:words(ids)] data using 'threshold':word(ids, i) with steps ls style[i] title label(word(names, i)), \
         for [i = 1:direct * words(ids)] data using (column('threshold') == 2.6 ? 2.6 : NaN):(column(word(ids, i)) + lift[i]):(word(names, i)) \
             with labels left offset 1, 0 tc rgb ink[style[i]]
}

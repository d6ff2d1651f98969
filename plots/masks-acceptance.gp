load 'style.gp'
set xrange [1:16]
set yrange [0:1.05]
set xtics (1, 2, 4, 6, 8, 10, 12, 14, 16)
set ytics 0, 0.2, 1
set format y '%.1f'
set xlabel 'horizon T (tokens)'
set ylabel 'accepted share of responses'
room = 17
keys = 6
ids = 'avg-k3 ser ln-trm sum-k3 max-k3 max-kl'
names = '"avg-k3 ≤ 0.01" "ser ≤ 0.1" "ln-trm ≤ 0.1" "sum-k3 ≤ 0.1" "max-k3 ≤ 0.01" "max-kl ≤ 0.05"'
array style[6] = [1, 3, 4, 5, 2, 7]
# names apart from each other
array lift[6] = [-0.012, 0, 0, 0, 0, 0.015]
array points[6] = [5, 7, 9, 11, 13, 1]
of(name) = strcol('mask') eq name ? column('acceptance') : NaN
ends(name) = column('horizon') == 16 ? of(name) : NaN
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 1:words(ids)] data using 'horizon':(of(word(ids, i))) with linespoints ls style[i] lw 1.8 pt points[i] ps 0.7 \
             title label(word(names, i)), \
         for [i = 1:direct * words(ids)] data using 'horizon':(ends(word(ids, i)) + lift[i]):(word(names, i)) \
             with labels left offset 1, 0 tc rgb ink[style[i]]
}

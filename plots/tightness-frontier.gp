load 'style.gp'
set xrange [2:6]
set yrange [0:1.05]
set xtics 1
set xlabel 'horizon T (tokens)'
set ylabel 'largest tightness found'
room = 22
keys = 7
ids = 'tilted-kl adaptive pinsker-marginal-tv pinsker-marginal-kl linear mixed-kl-simple classical-kl'
# shifts that keep the labels apart
shifts = '0 0 0 0.005 -0.012 0.018 -0.022'
of(name) = strcol('bound') eq name ? column('tightness') : NaN
ends(name) = column('horizon') == 6 ? of(name) : NaN
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 1:words(ids)] data using 'horizon':(of(word(ids, i))) with linespoints ls i pt i + 3 ps 0.7 title label(word(ids, i)), \
         for [i = 1:direct * words(ids)] data using 'horizon':(ends(word(ids, i)) + word(shifts, i)):(word(ids, i)) \
             with labels left offset 0.8, 0 tc rgb ink[i]
}

load 'style.gp'
set logscale xy
set format x '%.0f'
set format y '10^{%T}'
set xrange [2:16384]
set yrange [5e-5:3e5]
set xtics (2, 8, 32, 128, 512, 2048, 8192)
set xlabel 'horizon T (tokens)'
set ylabel '|Error| and bounds on it'
room = 20
keys = 9
of(name) = strcol('id') eq name ? column('hi') : NaN
ends(name) = strcol('id') eq name && column('horizon') == 16384 ? column('hi') : NaN
ids = 'classical-kl coupling mixed-kl pinsker-marginal-kl tv-optimal sequence-kl tilted-kl'
# factors that keep the labels apart
lifts = '1 2.2 1 0.65 0.7 0.6 1.6'
do for [k = 1:devices] {
    eval(device(k))
    plot data using 'horizon':(of('iid')) with lines lw 5 lc rgb grey title label('truth, i.i.d. tokens'), \
         for [i = 1:words(ids)] data using 'horizon':(of(word(ids, i))) with lines ls i title label(word(ids, i)), \
         for [i = 1:direct * words(ids)] data using 'horizon':(ends(word(ids, i)) * word(lifts, i)):(word(ids, i)) \
             with labels left offset 0.8, 0 tc rgb ink[i], \
         data using 'horizon':(of('found')) with points pt 6 ps 1.3 lw 1.5 lc rgb black title label('largest found'), \
         for [i = 1:direct] data using 'horizon':(column('horizon') == 4096 ? of('iid') * 0.4 : NaN):('truth, i.i.d.') with labels left offset 1, -0.3 tc rgb '#1a1a1a', \
         for [i = 1:direct] data using 'horizon':(column('horizon') == 8 ? of('found') : NaN):('largest found') with labels left offset 0.5, -1.2 tc rgb '#000000', \
         1 with lines ls 8
}

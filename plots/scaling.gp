load 'style.gp'
set logscale xy
set format x '%.0f'
set format y '10^{%T}'
set xrange [2:4096]
set yrange [5e-5:1e4]
set xtics (2, 8, 32, 128, 512, 2048)
set xlabel 'horizon T (tokens)'
set ylabel '|Error|, L and bounds on |Error|'
room = 22
keys = 8
of(name) = strcol('delta') eq '1e-4' && strcol('id') eq name ? column('value') : NaN
ends(name) = column('horizon') == 4096 ? of(name) : NaN
ids = 'classical-kl coupling sequence-kl mixed-kl pinsker-marginal-kl tilted'
# factors that keep the labels apart
lifts = '1 1.4 3.2 1.2 0.7 0.85'
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 1:words(ids)] data using 'horizon':(of(word(ids, i))) with lines ls i title label(word(ids, i)), \
         data using 'horizon':(of('worst-case-error')) with lines lw 5 lc rgb grey title label('worst-case Error'), \
         data using 'horizon':(of('largest-surrogate')) with lines ls 7 dt (4,4) title label('largest L'), \
         for [i = 1:direct * words(ids)] data using 'horizon':(ends(word(ids, i)) * word(lifts, i)):(word(ids, i)) \
             with labels left offset 0.8, 0 tc rgb ink[i], \
         for [i = 1:direct] data using 'horizon':(ends('worst-case-error') * 0.45):('worst-case Error') with labels left offset 0.8, 0 tc rgb '#1a1a1a', \
         for [i = 1:direct] data using 'horizon':(ends('largest-surrogate') * 1.7):('largest L') with labels left offset 0.8, 0 tc rgb black
}

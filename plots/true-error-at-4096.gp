load 'style.gp'
# data: the folder of experiments/true-error-at-4096
table = data.'/true-error-at-4096.tsv'
fires = data.'/last-fires.tsv'
set logscale xy
set format x '10^{%T}'
set format y '10^{%T}'
set xrange [1e-12:1e-2]
set yrange [1e-9:3e6]
set mxtics 1
set mytics 1
set xtics 1e-12, 100
set ytics 1e-8, 100
set xlabel 'largest token KL, δ'
set ylabel '|Error|, L and bounds on |Error|'
room = 21
keys = 8
of(name) = strcol('policy') eq 'iid' && strcol('base') eq '1/2' && strcol('id') eq name ? column('value') : NaN
ends(name) = strcol('delta') eq '1e-2' ? of(name) : NaN
ids = 'classical-kl coupling sequence-kl mixed-kl pinsker-marginal-kl tilted'
# where names stand: heights at the right edge, apart from each other
array heights[6] = [1.2e5, 1.6e4, 60, 4e2, 2.6e3, 1e6]
set arrow 1 from 1e-4, 1e-9 to 1e-4, 3e6 nohead lc rgb grey lw 1.4 dt (3,3)
set label 1 "the paper's setting" at 1e-4, 4e-9 right offset -0.6, 0 tc rgb '#1a1a1a'
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 1:words(ids)] table using 'delta':(of(word(ids, i))) with lines ls i title label(word(ids, i)), \
         table using 'delta':(of('worst-case-error')) with lines lw 5 lc rgb grey title label('worst-case Error'), \
         table using 'delta':(of('largest-surrogate')) with lines ls 7 dt (4,4) title label('largest L'), \
         for [i = 1:words(ids)] fires using 'yes':(of(word(ids, i))) with points ls i pt 7 ps 0.9, \
         for [i = 1:direct * words(ids)] table using 'delta':(ends(word(ids, i)) > 0 ? heights[i] : NaN):(word(ids, i)) \
             with labels left offset 0.8, 0 tc rgb ink[i], \
         for [i = 1:direct] table using 'delta':(ends('worst-case-error') * 1.6):('worst-case Error') with labels left offset 0.8, 0 tc rgb '#1a1a1a', \
         for [i = 1:direct] table using 'delta':(ends('largest-surrogate') * 0.5):('largest L') with labels left offset 0.8, 0 tc rgb black
}

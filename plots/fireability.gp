load 'style.gp'
set logscale xy
set format x '%.0f'
set format y '10^{%T}'
set xrange [2:16384]
set yrange [2e-14:10]
set ytics 1e-12, 1000, 1
set mytics 1
set xtics (2, 8, 32, 128, 512, 2048, 8192)
set xlabel 'horizon T (tokens)'
set ylabel 'largest token KL, δ'
room = 20
keys = 8
of(policies, name) = strcol('policies') eq policies && strcol('id') eq name \
    ? column(policies eq 'any' ? 'no' : 'yes') : NaN
ends(name) = column('horizon') == 16384 ? of('any', name) : NaN
ids = 'classical-kl coupling mixed-kl pinsker-marginal-kl tv-optimal sequence-kl tilted-kl'
shown(i) = word(ids, i) eq 'coupling' ? 0 : 1 # the same as classical-kl where eps is not known apart from delta
lifts = '0.8 1 0.7 1.5 1.2 1 1'
marks = '6 0 4 8 0 10 12'
$slides << END
4096	1e-4
END
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 1:words(ids)] (shown(i) ? data : '') using 'horizon':(of('any', word(ids, i))) \
             with lines ls i title (shown(i) ? label(word(ids, i)) : ''), \
         for [i = 1:words(ids)] data using 'horizon':(of('iid', word(ids, i))) \
             with points ls i pt (int(word(marks, i))) ps 1.1, \
         for [i = 1:direct * words(ids)] data \
             using 'horizon':(shown(i) ? ends(word(ids, i)) * word(lifts, i) : NaN):(word(ids, i)) \
             with labels left offset 0.8, 0 tc rgb ink[i], \
         $slides using 1:2 with points pt 1 ps 2.8 lw 1.5 lc rgb black, \
         $slides using 1:2:('the slides') with labels right offset -0.6, -1.1 tc rgb '#1a1a1a'
}

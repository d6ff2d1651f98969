load 'style.gp'
# data: the folder of experiments/scaling
table = data.'/scaling.tsv'
set logscale xy
set format x '%.0f'
set format y '10^{%T}'
set xrange [2:4096]
set yrange [5e-5:1e4]
set rmargin 24
set xtics (2, 8, 32, 128, 512, 2048)
set xlabel 'horizon T (tokens)'
set ylabel 'worst-case Error and bounds on it'
set title 'i.i.d. tokens, rollout 1/2, {/Symbol d} = 10^{-4}: the truth grows like T'
of(name) = strcol('delta') eq '1e-4' && strcol('id') eq name ? column('value') : NaN
ends(name) = strcol('horizon') eq '4096' ? of(name) : NaN
ids = 'classical-kl coupling sequence-kl mixed-kl pinsker-marginal-kl tilted'
# factors that keep the labels apart
lifts = '1 1.5 2.8 1.1 0.6 0.75'
do for [k = 1:words(terminals)] {
    eval('set terminal '.terminal(k))
    set output out.'.'.word(terminals, k)
    plot for [i = 1:words(ids)] table using 'horizon':(of(word(ids, i))) with lines ls i, \
         table using 'horizon':(of('worst-case-error')) with lines ls 7, \
         table using 'horizon':(of('largest-surrogate')) with lines ls 8, \
         for [i = 1:words(ids)] table using 'horizon':(ends(word(ids, i)) * word(lifts, i)):(word(ids, i)) \
             with labels left offset 0.8, 0 tc ls i, \
         table using 'horizon':(ends('worst-case-error') * 0.5):('worst-case Error') with labels left offset 0.8, 0 tc ls 7, \
         table using 'horizon':(ends('largest-surrogate') * 1.35):('largest L') with labels left offset 0.8, 0 tc ls 8
    unset output
}

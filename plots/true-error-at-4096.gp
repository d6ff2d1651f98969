load 'style.gp'
# data: the folder of experiments/true-error-at-4096
table = data.'/true-error-at-4096.tsv'
fires = data.'/last-fires.tsv'
set logscale xy
set format x '10^{%T}'
set format y '10^{%T}'
set xrange [1e-12:1e-2]
set yrange [1e-9:1e6]
set rmargin 25
set xlabel 'largest token KL, {/Symbol d}'
set ylabel 'worst-case Error and bounds on it'
set title 'T = 4096, i.i.d. tokens, rollout 1/2. Dots: the last {/Symbol d} where a guarantee can fire'
of(name) = strcol('policy') eq 'iid' && strcol('base') eq '1/2' && strcol('id') eq name ? column('value') : NaN
ends(name) = strcol('delta') eq '1e-2' ? of(name) : NaN
ids = 'classical-kl coupling sequence-kl mixed-kl pinsker-marginal-kl tilted'
# where labels stand: heights at the right edge, apart from each other
array heights[6] = [1.1e5, 2e4, 45, 6e2, 3.5e3, 7e5]
set arrow 1 from 1e-4, 1e-9 to 1e-4, 1e6 nohead ls 8
set label 1 "the paper's setting" at 1e-4, 3e-9 right offset -0.6, 0 tc ls 8
do for [k = 1:words(terminals)] {
    eval('set terminal '.terminal(k))
    set output out.'.'.word(terminals, k)
    plot for [i = 1:words(ids)] table using 'delta':(of(word(ids, i))) with lines ls i, \
         table using 'delta':(of('worst-case-error')) with lines ls 7, \
         table using 'delta':(of('largest-surrogate')) with lines ls 8 lw 2.2, \
         for [i = 1:words(ids)] fires using 'yes':(of(word(ids, i))) with points ls i pt 7 ps 1.4, \
         for [i = 1:words(ids)] table using 'delta':(strcol('delta') eq '1e-2' && of(word(ids, i)) > 0 ? heights[i] : NaN):(word(ids, i)) \
             with labels left offset 0.8, 0 tc ls i, \
         table using 'delta':(ends('worst-case-error') * 0.3):('worst-case Error') with labels left offset 0.8, 0 tc ls 7, \
         table using 'delta':(ends('largest-surrogate') * 0.05):('largest L') with labels left offset 0.8, 0 tc ls 8
    unset output
}

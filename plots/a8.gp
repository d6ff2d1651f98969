load 'style.gp'
set logscale xy
set format x '10^{%T}'
set format y '10^{%T}'
set xrange [0.3:1e-30]
set yrange [1e-33:1e3]
set rmargin 27
set lmargin 10
set xtics ("10^{-1}" 1e-1, "10^{-5}" 1e-5, "10^{-10}" 1e-10, "10^{-15}" 1e-15, "10^{-20}" 1e-20, "10^{-25}" 1e-25, "10^{-30}" 1e-30)
set ytics ("1" 1, "10^{-5}" 1e-5, "10^{-10}" 1e-10, "10^{-15}" 1e-15, "10^{-20}" 1e-20, "10^{-25}" 1e-25, "10^{-30}" 1e-30)
set xlabel 'probability p of the deviating context'
set ylabel 'value'
set title 'A.8 at T = 3: {/Symbol d} = 1 throughout, KL_{seq} = 2p'
bound(name) = strcol('family') eq 'all' && strcol('id') eq name ? column('value') : NaN
once(name) = strcol('family') eq 'all' && strcol('id') eq 'classical-tv' ? column(name) : NaN
ends(x) = column('probability') == 1e-30 ? x : NaN
do for [k = 1:words(terminals)] {
    eval('set terminal '.terminal(k))
    set output out.'.'.word(terminals, k)
    plot data using 'probability':(bound('classical-kl')) with lines ls 1, \
         data using 'probability':(bound('pinsker-marginal-kl')) with lines ls 2, \
         data using 'probability':(bound('mixed-kl')) with lines ls 4, \
         data using 'probability':(bound('sequence-kl')) with lines ls 3, \
         data using 'probability':(once('worst_case_error')) with lines ls 7, \
         data using 'probability':(ends(bound('classical-kl'))):('classical-kl') with labels left offset 0.6, 0.4 tc ls 1, \
         data using 'probability':(ends(bound('pinsker-marginal-kl'))):('pinsker-marginal-kl') with labels left offset 0.6, -0.5 tc ls 2, \
         data using 'probability':(ends(bound('mixed-kl'))):('mixed-kl  (like p^{1/2})') with labels left offset 0.6, 0 tc ls 4, \
         data using 'probability':(ends(bound('sequence-kl'))):('sequence-kl = KL_{seq}') with labels left offset 0.6, 0.5 tc ls 3, \
         data using 'probability':(ends(once('worst_case_error'))):('worst-case Error') with labels left offset 0.6, -0.5 tc ls 7
    unset output
}

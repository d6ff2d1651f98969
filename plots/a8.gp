load 'style.gp'
# data: family, order, name, probability, value; an empty line after each curve
families = 'single all'
is(f, name) = strcol('family') eq f && strcol('name') eq name ? column('value') : NaN
array largest[2]
do for [f = 1:2] {
    stats data using (is(word(families, f), 'worst-case Error')) nooutput
    largest[f] = STATS_max
}
set logscale xy
set format x '10^{%T}'
set xrange [0.13:8e-10]
set yrange [1e-11:30]
set xtics (1e-2, 1e-4, 1e-6, 1e-8)
set ytics 1e-10, 100, 1
set mytics 1
narrow_tall = 1.75
keys = 5
titles = '"c* alone deviates" "every context from c* on deviates"'
powers = '0 0.5 1'
colours = red.' '.purple.' '.green
kinds = '"bounds that stay" "bounds like p^{1/2}" "bounds like p"'
# Names beside the lines, how they are written, their colours, and factors that keep them apart.
names = 'δ classical-kl mixed-kl KL_seq unified "worst-case Error"'
written = 'δ classical-kl "mixed-kl, like p^{1/2}" "KL_{seq} = sequence-kl" "unified, like p" "worst-case Error"'
shades = '#000000 #B84A00 #A0477C #0072B2 #00795A #1a1a1a'
lifts = '0.55 1.3 1 2.6 0.9 0.28'
falls(f, power) = strcol('family') eq f && strcol('order') eq power && column('value') > 0 ? column('value') : NaN
last(x) = column('probability') == 1e-9 ? x : NaN
left(f) = direct ? (f == 1 ? 0.085 : 0.435) : 0.16
right(f) = direct ? left(f) + 0.325 : 0.94
top(f) = direct ? 0.92 : (f == 1 ? 0.957 : 0.575)
bottom(f) = direct ? 0.15 : (f == 1 ? 0.68 : 0.298)
do for [k = 1:devices] {
    eval(device(k))
    set multiplot
    do for [f = 1:2] {
        family = word(families, f)
        set lmargin at screen left(f)
        set rmargin at screen right(f)
        set tmargin at screen top(f)
        set bmargin at screen bottom(f)
        set label 1 word(titles, f) at graph 0.5, 1.05 center
        set format y direct && f == 2 ? '' : '10^{%T}'
        set xlabel direct || f == 2 ? 'probability p of c*' : '' offset 0, 0.4
        if (direct || f == 1) { unset key } else { set key at screen 0.03, 0.22 left top vertical maxrows 6 }
        plot for [i = 1:3] data using 'probability':(falls(family, word(powers, i))) with lines lw 1 dt i lc rgb word(colours, i) \
                 title label(word(kinds, i)), \
             for [i = 1:largest[f] > 0] data using 'probability':(is(family, 'worst-case Error')) with lines lw 5 lc rgb grey title label('worst-case Error'), \
             for [i = 1:largest[f] == 0] data using (last(1.5e-9)):(is(family, 'worst-case Error') + 5e-11):('worst-case Error is 0') \
                 with labels right tc rgb '#1a1a1a', \
             data using 'probability':(is(family, 'KL_seq')) with lines ls 1 title label('KL_{seq} = sequence-kl'), \
             data using 'probability':(is(family, 'δ')) with lines ls 7 title label('δ'), \
             for [i = 1:(direct && f == 2 ? words(names) : 0)] \
                 data using 'probability':(last(is(family, word(names, i))) * word(lifts, i)):(word(written, i)) \
                 with labels left offset 0.8, 0 tc rgb word(shades, i)
    }
    unset multiplot
}

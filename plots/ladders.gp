load 'style.gp'
# data: a row per inequality of a ladder (experiments/ladders)
kinds = 'reward steps advantage shift maxima pinsker caps'
written = '"any reward" decomposition "advantage" "TV_t by its bound" "mean by maximum" "TV by KL" "cap left out"'
colours = grey.' '.blue.' '.orange.' '.green.' '.sky.' '.red.' '.purple
stats data using 'start' nooutput
low = STATS_min
stats data using 'end' nooutput
high = STATS_max
stats data using (strcol('to') eq 'worst-case-error' ? column('end') : NaN) nooutput
worst = STATS_max
array names[8]
stats data using (names[int(column('row'))] = strcol('bound'), 1) nooutput
decades = log10(high / low)
set logscale x
set format x '10^{%T}'
set xrange [low * 10 ** (-0.17 * decades):high * 10 ** (0.02 * decades)]
set yrange [8.75:0.1]
set grid noytics
set border 1
set ytics scale 0 ('' 0)
do for [i = 1:8] { set ytics add (names[i] i) }
set xlabel '|Error| and what it is at most'
tall = 1.45
narrow_tall = 2.1
keys = 8
room = 8
# this reward above, any reward below
height(reward) = column('row') + (reward eq 'this' ? -0.16 : 0.27)
middle(x) = height(strcol('reward'))
of(kind, x) = strcol('kind') eq kind && column('factor_lo') > 1.0001 ? x : NaN
factor(x) = x < 100 ? sprintf('%.3g', x) : x < 1e4 ? sprintf('%.0f', x) : gprintf('%.1t·10^{%T}', x)
letters(x) = x < 1e4 ? strlen(factor(x)) : 6
fits(pixels) = log10(column('factor_lo')) / (1.2 * decades) * pixels > 7.5 * letters(column('factor_lo')) + 2
last(x) = strcol('to') eq strcol('bound') ? x : NaN
do for [k = 1:devices] {
    eval(device(k))
    if (direct) { set key tmargin center horizontal Left reverse samplen 1.5 maxrows 2 width -1 }
    if (!direct) { set ytics font ',11' }
    set xtics decades > (direct ? 9 : 4) ? 100 : 10
    set mxtics decades > (direct ? 9 : 4) ? 1 : 10
    set label 1 '|Error|' at low, 0.4 right offset -0.4, 0 font small[k]
    set label 2 'worst-case Error' at worst, 0.4 left offset 0.4, 0 font small[k]
    set arrow 1 from worst, graph 0 to worst, graph 1 nohead back lc rgb black lw 1 dt (3,3)
    set arrow 2 from low, graph 0 to low, graph 1 nohead back lc rgb black lw 1.2 dt 1
    plot for [i = 1:words(kinds)] data using 'end':(middle(0)):'start':'end':(of(word(kinds, i), middle(0) - 0.08)):(middle(0) + 0.08) \
             with boxxyerror fs solid noborder lc rgb word(colours, i) notitle, \
         for [i = 1:words(kinds)] NaN with boxes fs solid noborder lc rgb word(colours, i) title word(written, i), \
         data using (fits(direct ? 560 : 220) ? sqrt(column('start') * column('end')) : NaN):(middle(0) - 0.18): \
             (factor(column('factor_lo'))) with labels center font small[k] tc rgb '#1a1a1a', \
         for [i = 1:direct] data using 'end':(last(middle(0))):(strcol('reward').' reward') with labels left offset 0.5, 0 font small[k] tc rgb '#1a1a1a'
}

load 'style.gp'
# data: panel, step, id, lo, hi; and NAME-labels.tsv beside it: panel, x, y, side, name, family
labels = data[1:strlen(data) - 4].'-labels.tsv'
ids = 'shift-coupling shift-expected-coupling shift-coupled shift-pinsker-max shift-pinsker-marginal '. \
      'shift-pinsker-seq shift-bretagnolle-huber shift-second-moment shift-processing'
keynames = '"coupling: (t−1) ε" "expected-coupling: ∑_{s<t} D_s" "coupled: 1 − (1−ε)^{t−1}" "pinsker-max: √((t−1) δ/2)" '. \
           '"pinsker-marginal: √(KL_t/2)" "pinsker-seq: √(KL_{seq}/2)" "bretagnolle-huber: √(1 − exp(−KL_t))" '. \
           '"second-moment: ½ √((1+χ)^{t−1} − 1)" "TV_{seq}"'
colours = blue.' '.blue.' '.blue.' '.red.' '.red.' '.red.' '.green.' '.purple.' '.black
titles = '"i.i.d., rollout 1/2, δ = 10^{−4}" "i.i.d., rollout 1/2000, δ = 10^{−4}" "a rare state, KL 1 there" "a tree, near policies"'
set logscale xy
of(panel, name) = column('panel') == panel && strcol('id') eq name ? column('hi') : NaN
inked(family) = int('0x'.ink[int(family)][2:7])
named(panel, side) = column('panel') == panel && strcol('side') eq side ? column('y') : NaN
set style line 11 lw 1.8 dt 1
set style line 12 lw 1.8 dt (12,5)
set style line 13 lw 1.8 dt (2,3)
set style line 14 lw 1.8 dt 1
set style line 15 lw 1.8 dt (12,5)
set style line 16 lw 1.8 dt (2,3)
set style line 17 lw 1.8 dt (12,4,2,4)
set style line 18 lw 1.8 dt (6,3)
set style line 19 lw 1.8 dt (3,4)
tall = 1.75
narrow_tall = 3.4
keys = 11
left(f) = direct ? (f % 2 ? 0.075 : 0.57) : 0.16
right(f) = direct ? left(f) + 0.265 : 0.95
top(f) = direct ? (f < 3 ? 0.93 : 0.44) : 0.975 - (f - 1) * 0.193
bottom(f) = direct ? top(f) - 0.345 : top(f) - 0.14
# panel f without what is drawn in it: place, title, axes
frame(f) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen %g; set bmargin at screen %g;", \
                   left(f), right(f), top(f), bottom(f))
do for [k = 1:devices] {
    eval(device(k))
    set multiplot
    unset key
    do for [f = 1:4] {
        eval(frame(f))
        set label 1 word(titles, f) at graph 0.5, (direct ? 1.16 : 1.09) center
        if (f < 4) {
            set xrange [2:4097]
            set xtics (4, 16, 64, 256, 1024, 4096)
            set yrange [3e-4:1]
            set ytics 1e-3, 10, 1
            set format y '10^{%T}'
        } else {
            set xrange [2:8]
            set xtics (2, 3, 4, 5, 6, 7, 8)
            set yrange [0.009:0.2]
            set ytics (0.01, 0.02, 0.05, 0.1, 0.2)
            set format y '%g'
        }
        set xlabel f == 4 || (direct && f == 3) ? 'step t' : ''
        plot for [i = 1:9] data using 'step':(of(f, word(ids, i))) with lines ls 10 + i lc rgb word(colours, i), \
             data using 'step':(of(f, 'context_tv')) with lines lw 3 lc rgb black, \
             for [i = 1:direct] labels using 'x':(named(f, 'edge')):'name':(inked(column('family'))) \
                 with labels left offset 0.6, 0 font small[k] tc rgb variable, \
             for [i = 1:direct * (f < 4)] labels using 'x':(named(f, 'top')):'name':(inked(column('family'))) \
                 with labels left offset -1, 0.9 font small[k] tc rgb variable
    }
    if (!direct) {
        set margins at screen 0.02, at screen 0.98, at screen 0.01, at screen 0.19
        set key at screen 0.02, 0.19 left top vertical
        unset label 1
        unset border
        unset tics
        unset xlabel
        plot NaN with lines lw 3 lc rgb black title 'TV_t', \
             for [i = 1:9] NaN with lines ls 10 + i lc rgb word(colours, i) title word(keynames, i)
    }
    unset multiplot
}

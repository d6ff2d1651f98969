load 'style.gp'
set xrange [0:4]
set xtics 0, 1
set xlabel 'ρ'
room = 3
keys = 3
tall = 0.9
narrow_tall = 1.7
array advantage[2] = [1, -1]
of(a, name) = column('advantage') == a ? column(name) : NaN
flat(a, yes) = (strcol('piece')[1:4] eq 'flat') == yes ? of(a, 'objective') : NaN
left(f) = direct ? (f == 1 ? 0.08 : 0.57) : 0.15
right(f) = direct ? left(f) + 0.41 : 0.95
top(f) = direct ? 0.92 : (f == 1 ? 0.95 : 0.56)
bottom(f) = direct ? 0.19 : top(f) - 0.28
frame(f) = sprintf("set lmargin at screen %g; set rmargin at screen %g; set tmargin at screen %g; set bmargin at screen %g;", \
                   left(f), right(f), top(f), bottom(f))
do for [k = 1:devices] {
    eval(device(k))
    set multiplot
    unset key
    do for [f = 1:2] {
        a = advantage[f]
        eval(frame(f))
        unset label
        set label 1 (a > 0 ? 'A = 1' : 'A = −1') at graph 0.5, 1.06 center
        set xlabel (direct || f == 2 ? 'ρ' : '')
        set yrange [(a > 0 ? 0 : -4):(a > 0 ? 4 : 0)]
        set ytics 1
        if (direct && a > 0) {
            set label 2 'ρ A' at 2.3, 2.65 right tc rgb '#1a1a1a'
            set label 3 'flat: gradient 0' at 2.6, 1.4 center tc rgb ink[2]
            set label 4 'objective' at 0.5, 0.3 left tc rgb ink[1]
        }
        if (direct && a < 0) {
            set label 2 'objective' at 1.7, -1.4 left tc rgb ink[1]
            set label 3 'flat: gradient 0' at 0.75, -0.45 left tc rgb ink[2]
            set label 4 'dual clip' at 3.5, -2.8 center tc rgb ink[3]
        }
        plot data using 'rho':(of(a, 'unclipped')) with lines ls 8 dt (3,3), \
             for [i = 1:a < 0] data using 'rho':(column('dual') > column('objective') || column('rho') == 3 ? of(a, 'dual') : NaN) with lines ls 3, \
             data using 'rho':(flat(a, 0)) with lines ls 1 lw 3, \
             data using 'rho':(flat(a, 1)) with lines ls 2 lw 3
    }
    if (!direct) {
        set margins at screen 0.02, at screen 0.98, at screen 0.01, at screen 0.17
        set key at screen 0.05, 0.18 left top vertical
        unset label
        unset border
        unset tics
        unset xlabel
        plot NaN with lines ls 1 lw 3 title 'objective', \
             NaN with lines ls 2 lw 3 title 'objective, flat: gradient 0', \
             NaN with lines ls 3 title 'with a dual clip', \
             NaN with lines ls 8 dt (3,3) title 'ρ A'
        set border 3 lw 1
        set tics
        set xtics 0, 1
    }
    unset multiplot
}

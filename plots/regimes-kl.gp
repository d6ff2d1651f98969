load 'style.gp'
inputs = 'kl'
load 'regimes.gp'
horizon = 4096
set xrange [1e-10:10]
set yrange [1e-9:1e5]
set xtics 1e-10, 1000, 10
set ytics 1e-9, 1000, 1e5
set xlabel 'largest token KL, δ'
set samples 200
along(panel, name) = strcol('panel') eq panel && strcol('line') eq name && column('y') <= horizon * column('x') \
    ? column('y') : NaN
$scenarios << END
1e-4	0.4096	1
1e-4	0.01	2
END
names_paper = "set label 1 'mixed-kl' at 3e-4, 1e-6 center front tc rgb on_area; \
    set label 3 '< 1' at 3e-7, 3e-8 center front tc rgb on_area; \
    set label 4 '> 1' at 0.3, 1e-3 center front tc rgb on_area;"
name_beyond_wide = "set label 2 \"pinsker-\\nmarginal-kl\" at 0.25, 60 center front tc rgb on_area;"
name_beyond_narrow = "set label 2 'pinsker-marginal-kl' at 0.15, 1.2e4 right front; \
    set arrow 1 from 1e-2, 4e3 to 0.3, 60 front lw 1 lc rgb '#1a1a1a';"
names_own = "set label 1 'sequence-kl' at 1e-3, 1e-6 center front tc rgb on_area; \
    set label 2 'tv-optimal' at 2e-1, 1.5e4 right front; \
    set label 3 '< 1' at 3, 1e-1 center front tc rgb on_area; set label 4 '> 1' at 3, 1e1 center front tc rgb on_area; \
    set label 5 'tilted-kl' at 1e-7, 1 right front; \
    set arrow 1 from 1.4e-7, 0.5 to 3e-6, 1.1e-2 front lw 1 lc rgb '#1a1a1a';"
do for [k = 1:devices] {
    eval(device(k))
    set multiplot layout (direct ? 1 : 2), (direct ? 2 : 1)
    do for [panel in 'paper own'] {
        unset label
        unset arrow
        set title panel eq 'paper' ? "the paper's bounds" : "with this project's own"
        set ylabel (direct && panel eq 'own' ? '' : 'KL of responses, KL_{seq}') offset 1, 0
        set label 9 "impossible:\nKL_{seq} > T δ" at 3e-10, 3e3 left front
        eval(panel eq 'paper' ? names_paper.(direct ? name_beyond_wide : name_beyond_narrow) : names_own)
        plot for [name in ids(panel)] for [state in 'rests fires'] \
                 areas using (in(panel, name, state)):'y0':'x0':'x1':'y0':'y1' \
                 with boxxyerror fs solid noborder lc rgb (state eq 'fires' ? full(name) : pale(name)), \
             '+' using 1:(horizon * $1):(1e5) with filledcurves lc rgb nowhere, \
             lines using 'x':(along(panel, 'crossover')) with lines lw 2 dt 1 lc rgb on_area, \
             for [name in 'one one-upright'] lines using 'x':(along(panel, name)) \
                 with lines lw 2 dt (3,3) lc rgb on_area, \
             $scenarios using 1:2 with points pt 7 ps 0.6 lc rgb on_area, \
             $scenarios using 1:2:3 with labels left offset 0.6, 0 tc rgb on_area
    }
    unset multiplot
}

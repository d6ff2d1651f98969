load 'style.gp'
inputs = 'tv'
load 'regimes.gp'
set xrange [1e-3:1]
set yrange [1e-7:1]
set xlabel 'ε / sqrt(δ/2)'
along(panel, name) = strcol('panel') eq panel && strcol('line') eq name ? column('y') : NaN
# the settings of the paper's table with total variation, and without
$settings << END
0.7071067811865476	0.0244140625
1	0.0244140625
END
names_paper = "set label 1 'mixed-tv' at 0.07, 3e-5 center front tc rgb on_area; \
    set label 2 'adaptive' at 3.5e-3, 2.5e-1 center front tc rgb on_area; \
    set label 3 '< 1' at 2e-2, 1e-6 center front tc rgb on_area; \
    set label 4 '> 1' at 0.2, 0.12 center front tc rgb on_area;"
names_own = "set label 1 'sequence-kl' at 3e-2, 1e-4 center front tc rgb on_area; \
    set label 2 'tv-optimal' at 4e-3, 3e-1 center front tc rgb on_area; \
    set label 5 'tilted-kl' at 0.13, 0.1 center front tc rgb on_area; \
    set arrow 1 from 0.13, 0.2 to 0.13, 0.88 front lw 1 lc rgb on_area;"
do for [k = 1:devices] {
    eval(device(k))
    set multiplot layout (direct ? 1 : 2), (direct ? 2 : 1)
    do for [panel in 'paper own'] {
        unset label
        unset arrow
        set title panel eq 'paper' ? "the paper's bounds" : "with this project's own"
        set ylabel (direct && panel eq 'own' ? '' : 'KL_{seq} / (T δ)') offset 1, 0
        eval(panel eq 'paper' ? names_paper : names_own)
        plot for [name in ids(panel)] for [state in 'rests fires'] \
                 areas using (in(panel, name, state)):'y0':'x0':'x1':'y0':'y1' \
                 with boxxyerror fs solid noborder lc rgb (state eq 'fires' ? full(name) : pale(name)), \
             for [name in 'crossover crossover-upright'] lines using 'x':(along(panel, name)) \
                 with lines lw 2 dt 1 lc rgb on_area, \
             for [name in 'one one-upright'] lines using 'x':(along(panel, name)) \
                 with lines lw 2 dt (3,3) lc rgb on_area, \
             $settings using 1:2 with points pt 7 ps 0.6 lc rgb on_area
    }
    unset multiplot
}

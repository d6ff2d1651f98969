load 'style.gp'
set logscale y
set format y '10^{%T}'
set xrange [1:64]
# the largest leaves the frame, so that the others can be told apart
set yrange [1e-3:1e8]
set xtics (1, 8, 16, 24, 32, 40, 48, 56, 64)
set ytics 1e-2, 100, 1e8
set mytics 1
set xlabel 'horizon T (tokens)'
set ylabel 'variance under rollout'
room = 14
keys = 7
instances = '1 1e-1 markov 1e-2 1e-3'
names = '"δ = 1" "δ = 0.1" "Markov chain" "δ = 0.01" "δ = 0.001"'
colours = blue.' '.red.' '.black.' '.green.' '.purple
shades = '1 2 7 3 4'
array points[5] = [5, 7, 13, 9, 11]
of(instance, name) = strcol('instance') eq instance && strcol('id') eq name ? column('lo') : NaN
leaves(x) = x > 2.5e7 && x < 5e7
ends(instance) = column('horizon') == 64 || leaves(column('lo')) ? of(instance, 'variance_product') : NaN
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 1:words(instances)] data using 'horizon':(of(word(instances, i), 'variance_sum')) \
             with lines lw 1.6 dt (5,4) lc rgb word(colours, i), \
         for [i = 1:words(instances)] data using 'horizon':(of(word(instances, i), 'variance_product')) \
             with lines lw 2 lc rgb word(colours, i), \
         for [i = 1:words(instances)] data using (int(column('horizon')) % 8 == 0 ? column('horizon') : NaN):(of(word(instances, i), 'variance_product')) \
             with points pt points[i] ps 0.9 lc rgb word(colours, i), \
         for [i = 1:words(instances)] NaN with linespoints lw 2 pt points[i] ps 0.9 lc rgb word(colours, i) title label(word(names, i)), \
         NaN with lines lw 2 lc rgb black title '∏ρ_t, trajectory weight', \
         NaN with lines lw 1.6 dt (5,4) lc rgb black title '∑(ρ_t − 1), per-token sum', \
         for [i = 1:direct * words(instances)] data using 'horizon':(ends(word(instances, i))):(word(names, i)) \
             with labels left offset 1, 0 tc rgb ink[int(word(shades, i))]
}

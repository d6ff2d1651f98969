load 'style.gp'
set logscale xy
set xrange [0.1:1000]
set yrange [0.5:1500]
set xtics (0.1, 1, 10, 100, 1000)
set ytics (1, 10, 100, 1000)
set format x '%g'
set format y '%g'
set xlabel 'ρ, A = −1'
set ylabel 'size of the term'
room = 3
keys = 4
slides(name) = column('rho') == 100 ? column(name) : NaN
do for [k = 1:devices] {
    eval(device(k))
    unset label
    if (direct) {
        set label 'objective, min(ρ A, clip(ρ) A)' at 8, 26 right tc rgb ink[1]
        set label 'clip(ρ) A alone' at 30, 0.95 center tc rgb ink[2]
        set label 'dual clip' at 200, 4 center tc rgb ink[3]
        set label 'slides 3.2.2: ρ = 100' at 85, 130 right tc rgb '#1a1a1a'
    }
    plot data using 'rho':'clipped' with lines ls 2 title label('clip(ρ) A alone'), \
         data using 'rho':'dual' with lines ls 3 title label('with a dual clip'), \
         data using 'rho':'objective' with lines ls 1 title label('objective'), \
         data using 'rho':(slides('objective')) with points pt 7 ps 1.2 lc rgb black title label('slides 3.2.2: ρ = 100'), \
         data using 'rho':(slides('clipped')) with points pt 6 ps 1.2 lc rgb black, \
         data using 'rho':(slides('dual')) with points pt 6 ps 1.2 lc rgb black
}

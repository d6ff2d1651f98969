load 'style.gp'
stats data using (strcol('kind') eq 'promised' ? column('threshold') : NaN) name 'promised' nooutput
low = -0.25
high = 0.12
set logscale x
set xrange [0.001:1]
set xtics (0.001, 0.01, 0.1, 1)
set format x '%g'
set yrange [low:high]
set ytics -0.25, 0.05
set format y '%.2f'
set xlabel 'threshold d of max KL_{tok}'
set ylabel 'promises and the truth'
set object 1 rectangle from promised_min, low to promised_max, high fs solid noborder fc rgb red_shade behind
room = 3
keys = 5
of(kind, name) = strcol('kind') eq kind ? column(name) : NaN
ids = 'guarantee masked_surrogate improvement'
names = '"lower bound" "L_{masked}" "J_π − J_μ = L"'
array style[3] = [3, 1, 7]
do for [k = 1:devices] {
    eval(device(k))
    unset label
    if (direct) {
        set label 'L_{masked} > B(d)' at sqrt(promised_min * promised_max), high - 0.015 center tc rgb '#1a1a1a' front
        set label 'L_{masked}' at 0.2, 0.04 center tc rgb ink[1] front
        set label 'B(d)' at 0.062, 0.1 right tc rgb ink[2] front
        set label 'J_π − J_μ = L' at 0.002, -0.16 center tc rgb ink[7] front
        set label 'lower bound' at 0.1, -0.212 center tc rgb ink[3] front
    }
    plot 0 with lines lw 1 lc rgb grey, \
         for [i = 1:words(ids)] data using 'threshold':(of('steps', word(ids, i))) with steps ls style[i] title label(word(names, i)), \
         data using 'threshold':(of('curve', 'penalty')) with lines ls 2 title label('B(d)'), \
         keyentry with boxes fs solid noborder fc rgb red_shade title label('L_{masked} > B(d)')
}

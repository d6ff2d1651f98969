load 'style.gp'
stats data using 'h':'improvement' name 'j' nooutput
set xlabel 'h: from rollout μ (0) to target π (1)'
set ylabel 'improvement J − J_μ , surrogate L'
set xrange [0:1]
set yrange [-0.2:0.75]
set format y '%.1f'
set format x '%g'
room = 9
keys = 3
text = '#1a1a1a'
set label 1 'tangent' at 0, 0 left offset 1.2, -0.9 tc rgb text front
set label 2 at 0, 0 point pt 6 ps 1.2 lw 2 lc rgb black front
set label 3 'J turns down' at j_pos_max_y, j_max_y center offset 0, -1.1 tc rgb text front
set label 4 at j_pos_max_y, j_max_y point pt 7 ps 0.9 lc rgb black front
set label 5 'Error' at 0.84, 0.27 center tc rgb text front
names = 'surrogate improvement'
array name[2] = ['L', 'J − J_μ']
array shade[2] = [ink[2], ink[7]]
do for [k = 1:devices] {
    eval(device(k))
    plot data using 'h':'surrogate':'improvement' with filledcurves fs solid noborder fc rgb red_shade title label('Error'), \
         0 with lines ls 8, \
         data using 'h':'surrogate' with lines ls 2 title label(name[1]), \
         data using 'h':'improvement' with lines ls 7 title label(name[2]), \
         for [i = 1:2 * direct] data using 'h':(column('h') == 1 ? column(word(names, i)) : NaN):(name[i]) \
             with labels left offset 0.8, 0 tc rgb shade[i]
}

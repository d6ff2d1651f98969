load 'style.gp'
set xrange [0:5.5]
set xtics 0, 1
set yrange [-0.17:0]
set ytics -0.16, 0.04
set format x '%g'
set format y '%.2f'
set xlabel 'width e of the window'
set ylabel 'clipped objective and L'
room = 12
keys = 3
ids = 'objective surrogate improvement'
names = '"objective" "L" "J_π − J_μ"'
array style[3] = [1, 2, 7]
array lift[3] = [-0.008, 0.005, 0]
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 2:3] data using 'width':word(ids, i) with lines ls style[i] title label(word(names, i)), \
         data using 'width':'objective' with lines ls 1 title label('objective'), \
         for [i = 1:direct * words(ids)] data using (column('width') == 5.5 ? 5.5 : NaN):(column(word(ids, i)) + lift[i]):(word(names, i)) \
             with labels left offset 1, 0 tc rgb ink[style[i]]
}

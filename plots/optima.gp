load 'style.gp'
set logscale y
set format y '%g %%'
set xrange [3:8]
set yrange [1e-3:30]
set xtics 1
set mytics 1
set xlabel 'horizon T (tokens)'
set ylabel 'proved upper end beyond largest found'
room = 16
keys = 5
values = '1 3/10 1/10 1/100 1/10000'
shifts = '1.15 1.15 0.75 1 1'
beyond(value) = strcol('input') eq 'kl-max' && strcol('value') eq value ? 100 * (column('gap') - 1) : NaN
ends(value) = column('horizon') == 8 ? beyond(value) : NaN
do for [k = 1:devices] {
    eval(device(k))
    plot for [i = 1:words(values)] data using 'horizon':(beyond(word(values, i))) with linespoints ls i pt i + 3 ps 0.7 title label('δ = '.word(values, i)), \
         for [i = 1:direct * words(values)] data using 'horizon':(ends(word(values, i)) * word(shifts, i)):('δ = '.word(values, i)) \
             with labels left offset 0.8, 0 tc rgb ink[i]
}

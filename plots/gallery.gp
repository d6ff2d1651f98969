load 'style.gp'
# columns: row, name, group (paper, half, own), ratio of the bound to worst-case Error
stats data using 'row' nooutput
rows = int(STATS_max)
set logscale x
set format x '10^{%T}'
set xrange [0.8:1e4]
set yrange [rows + 0.7:0.3] 
set ytics 1, 1, rows
set lmargin 27
set grid x y
set xlabel 'bound / worst-case Error'
set title 'How far each bound is from the truth'
set key outside top center horizontal Left reverse maxcols 3 samplen 1 width 1
is(name, x) = strcol('group') eq name ? x : NaN
do for [k = 1:words(terminals)] {
    eval('set terminal '.terminal(k))
    set output out.'.'.word(terminals, k)
    plot data using (is('paper', column('ratio'))):(column('row') - 0.2):ytic(strcol('name')) with points pt 7 ps 0.9 lc rgb red title 'the paper', \
         data using (is('half', column('ratio'))):'row' with points pt 5 ps 0.8 lc rgb sky title 'the paper, halved', \
         data using (is('own', column('ratio'))):(column('row') + 0.2) with points pt 9 ps 1 lc rgb green title 'this project'
    unset output
}

load 'style.gp'
# data: row, name, group, bound, ratio: the bound over worst-case Error
edge = 1e5
stats data using 'row' nooutput
rows = int(STATS_max)
groups = 'paper halved own'
titles = '"the paper''s" "the paper''s, halved" "this project''s"'
colours = red.' '.sky.' '.green
array shape[3] = [7, 5, 9]
array size[3] = [0.55, 0.5, 0.65]
array lift[3] = [-0.26, 0, 0.26]
set logscale x
set format x '10^{%T}'
set xrange [0.7:edge * 3]
set yrange [rows + 0.7:0.3]
set ytics 1, 1, rows scale 0 format ''
set xtics 1, 100
set mxtics 1
set border 1
set xlabel 'bound / worst-case Error'
tall = 1.45
narrow_tall = 1.75
keys = 3
within(i) = strcol('group') eq word(groups, i) && column('ratio') <= edge ? column('ratio') : NaN
beyond(i) = strcol('group') eq word(groups, i) && column('ratio') > edge ? edge * 1.8 : NaN
# the name of a row, once
last = 0
named(row) = row == last ? NaN : (last = row)
do for [k = 1:devices] {
    eval(device(k))
    set lmargin at screen (direct ? 0.28 : 0.44)
    set rmargin at screen 0.98
    if (direct) { set tmargin at screen 0.89; set key at screen 0.27, 0.985 left top vertical Left reverse samplen 1 } \
    else { set tmargin at screen 0.985; set key samplen 1 }
    plot data using (0.7):(named(column('row'))):'name' with labels right noenhanced font small[k], \
         for [i = 1:3] data using (within(i)):(column('row') + lift[i]) with points pt shape[i] ps size[i] lc rgb word(colours, i), \
         for [i = 1:3] data using (beyond(i)):(column('row') + lift[i]) with points pt shape[i] - 1 ps size[i] lc rgb word(colours, i), \
         for [i = 1:3] keyentry with points pt shape[i] ps size[i] * 1.5 lc rgb word(colours, i) title word(titles, i)
}

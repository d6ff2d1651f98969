load 'style.gp'
# data: row, bound, group, class, from, to, instances, percent, median
stats data using 'row' nooutput
rows = int(STATS_max)
stats data using 'class' nooutput
classes = int(STATS_max)
groups = 'paper halved own'
titles = '"the paper''s" "the paper''s, halved" "this project''s"'
fills = red.' '.sky.' '.green
inks = '#B84A00 #2374A8 #00795A'
array shape[3] = [7, 5, 9]
array size[3] = [0.65, 0.6, 0.75]
# the least share of instances for a shade, in percent, and the shade
array least[5] = [0, 0.1, 1, 10, 25]
array shade[5] = [0.1, 0.25, 0.45, 0.7, 1]
written = '"> 0" ".1 %" "1 %" "10 %" "25 %"'
tall = 1.95
narrow_tall = 2.6
keys = 7
# both ends, exactly 0 and exactly 1, stand apart
place(class) = class + (class == 1 ? -0.4 : class == classes ? 0.4 : 0)
shared(s) = column('percent') > 0 && column('percent') >= least[s] && (s == 5 || column('percent') < least[s + 1])
in(i, s) = strcol('group') eq word(groups, i) && shared(s) ? place(column('class')) : NaN
middle(i) = strcol('group') eq word(groups, i) && strcol('median') eq 'yes' ? place(column('class')) : NaN
names(i) = strcol('group') eq word(groups, i) && column('class') == 1 ? column('row') : NaN
set xrange [0:classes + 1]
set yrange [rows + 0.7:0.3]
unset ytics
set border 1
unset grid
set xlabel 'tightness: worst-case Error / bound'
set xtics scale 0.5
# the legend of the shades: left end, bottom, width of a box
legend(s) = direct ? 0.66 + 0.062 * (s - 1) : 0.47 + 0.102 * (s - 1)
level = 0
do for [k = 1:devices] {
    eval(device(k))
    level = direct ? 0.933 : 0.022
    set label 1 'at least so much of the instances' at screen (legend(1) + legend(6)) / 2, level + (direct ? 0.04 : 0.05) center
    do for [s = 1:5] {
        set object s rectangle from screen legend(s), level to screen legend(s + 1) - 0.004, level + 0.014 \
            fc rgb grey fs transparent solid shade[s] noborder
        set label s + 1 word(written, s) at screen (legend(s) + legend(s + 1)) / 2, level + (direct ? 0.022 : 0.026) center font small[k]
    }
    set tmargin at screen (direct ? 0.905 : 0.985)
    set bmargin at screen (direct ? 0.075 : 0.155)
    set lmargin at screen (direct ? 0.32 : 0.47)
    set rmargin at screen (direct ? 0.97 : 0.99)
    if (direct) {
        set xtics ('0' place(1), '.001' 2.5, '.01' 3.5, '.1' 4.5, '.2' 5.5, '.3' 6.5, '.4' 7.5, '.5' 8.5, '.6' 9.5, '.7' 10.5, \
            '.8' 11.5, '.9' 12.5, '.99' 13.5, '1' place(15))
    } else {
        set xtics ('0' place(1), '' 2.5, '.01' 3.5, '' 4.5, '.2' 5.5, '' 6.5, '.4' 7.5, '' 8.5, '.6' 9.5, '' 10.5, '.8' 11.5, \
            '' 12.5, '.99' 13.5, '1' place(15))
    }
    if (direct) { set key at screen 0.32, 0.985 left top vertical Left reverse samplen 1 } \
    else { set key at screen 0, 0.085 left top vertical samplen 1 }
    plot for [i = 1:3] for [s = 1:5] data using (in(i, s)):'row':(in(i, s) - 0.48):(in(i, s) + 0.48):(column('row') - 0.46):(column('row') + 0.46) \
             with boxxyerror fc rgb word(fills, i) fs transparent solid shade[s] noborder, \
         for [i = 1:3] data using (middle(i)):'row' with points pt shape[i] ps size[i] lc rgb black title word(titles, i), \
         for [i = 1:3] data using (0):(names(i)):'bound' with labels right offset (direct ? -0.3 : -0.2), 0 tc rgb word(inks, i) font small[k]
}

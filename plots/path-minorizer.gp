load 'style.gp'
# how far a bound guarantees improvement
guaranteed(id) = sprintf("stats data using (strcol('guaranteed-%s') eq 'true' ? column('h') : NaN) name 'to' nooutput", id)
eval(guaranteed('unified'))
published = to_max
eval(guaranteed('own-unified'))
own = to_max
set xlabel 'h: from rollout μ (0) towards target π (1)'
set ylabel 'improvement, L, minorizers M_B = L − B'
low = -0.06
high = 0.3
set xrange [0:0.85]
set yrange [low:high]
set format y '%.2f'
set format x '%g'
keys = 8
text = '#1a1a1a'
set object 1 rectangle from 0, low to own, high fs solid noborder fc rgb green_shade behind
set object 2 rectangle from 0, low to published, high fs solid noborder fc rgb blue_shade behind
ids = 'unified own-unified worst-case-error reward-k3-lower'
array style[4] = [1, 3, 5, 4]
array shade[4] = [ink[1], ink[3], ink[5], ink[4]]
# where the names stand
array beside[4] = [0.152, 0.372, 0.475, 0.47]
array above[4] = [-0.042, -0.042, -0.042, 0.104]
array side[4] = ['left', 'right', 'left', 'right']
inside(v) = v > low - 0.01 && v < high + 0.01 ? v : NaN
do for [k = 1:devices] {
    eval(device(k))
    unset label
    if (direct) {
        set label 'improvement guaranteed by' at own / 2, high - 0.013 center tc rgb text front
        set label 'unified' at published / 2, high - 0.031 center tc rgb text front
        set label 'own-unified' at (published + own) / 2, high - 0.031 center tc rgb text front
        set label 'L' at 0.405, 0.27 left tc rgb ink[2] front
        set label 'J − J_μ' at 0.5, 0.172 left tc rgb ink[7] front
        do for [i = 1:words(ids)] {
            eval(sprintf("set label '%s' at %g, %g %s tc rgb '%s' front", word(ids, i), beside[i], above[i], side[i], shade[i]))
        }
    }
    plot 0 with lines lw 1 lc rgb grey, \
         for [i = 1:words(ids)] data using 'h':(inside(column(word(ids, i)))) with lines ls style[i] title label('M, '.word(ids, i)), \
         data using 'h':(inside(column('surrogate'))) with lines ls 2 title label('L'), \
         data using 'h':'improvement' with lines ls 7 title label('J − J_μ'), \
         keyentry with boxes fs solid noborder fc rgb blue_shade title label('guaranteed by unified'), \
         keyentry with boxes fs solid noborder fc rgb green_shade title label('guaranteed by own-unified')
}

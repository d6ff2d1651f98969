# What all figures share. Variables from the command line: `data` (a TSV file or folder), `out` (path without suffix).
#
# A figure is drawn once per device: a wide one with names beside the lines (SVG, PDF, PNG) and a narrow one for phones
# with a key below (SVG). A plot loops over k = 1..devices, evaluates device(k), and asks `direct` which of both it is:
#     label(name) is the title of a line in the key: empty where names stand beside the lines;
#     room is the width of the margin for these names, in characters, keys the number of lines of the key: a plot sets
#     both before the loop;
#     tall and narrow_tall multiply the height of the wide and the narrow device, for a plot of many rows or panels.
set encoding utf8
set datafile separator '\t'
set datafile missing NaN
set key noautotitle
set border 3 lw 1
set tics nomirror out
set grid back lc rgb '#cccccc' lw 1
# Okabe and Ito's palette; every line has a dash type of its own as well. experiments/binding/page.css names the same
# colours and what takes their place on a dark page.
black = '#000000'; orange = '#E69F00'; sky = '#56B4E9'; green = '#009E73'
yellow = '#F0E442'; blue = '#0072B2'; red = '#D55E00'; purple = '#CC79A7'; grey = '#888888'
# For areas: paler ones, where what is said counts for less; none; lines and names on them, dark on every page.
blue_tint = '#A9CBE0'; red_tint = '#F5CBB0'; green_tint = '#B5DFD2'; purple_tint = '#EBCFDE'; sky_tint = '#D5EBF8'
nowhere = '#CCCCCC'; on_area = '#101011'
# For shading behind lines and names, which keep their colours on it.
blue_shade = '#C6DDEC'; green_shade = '#CDEAE1'; red_shade = '#F8DDCB'
set style line 1 lc rgb blue   lw 2.2 dt 1
set style line 2 lc rgb red    lw 2.2 dt (12,5)
set style line 3 lc rgb green  lw 2.2 dt (6,3)
set style line 4 lc rgb purple lw 2.2 dt (12,4,2,4)
set style line 5 lc rgb orange lw 2.2 dt (2,3)
set style line 6 lc rgb sky    lw 2.2 dt (16,4,2,4,2,4)
set style line 7 lc rgb black  lw 2.6 dt 1
set style line 8 lc rgb grey   lw 1.4 dt (3,3)
# Names of lines 1..7, darker than the lines so that they can be read as text.
array ink[7] = ['#0072B2', '#B84A00', '#00795A', '#A0477C', '#946300', '#2374A8', '#000000']
devices = 4
direct = 1
room = 3
keys = 6
tall = 1
narrow_tall = 1
# a smaller font, per device
array small[4] = [',12', ',9', ',18', ',11']
label(name) = direct ? '' : name
device(k) = k == 1 ? wide("svg size 800,".int(500 * tall)." font 'Helvetica,15' enhanced background '#ffffff'", '.svg') : \
            k == 2 ? wide("pdfcairo size 6in,".sprintf('%.2f', 3.75 * tall)."in font 'Helvetica,11' enhanced", '.pdf') : \
            k == 3 ? wide("pngcairo size 1600,".int(1000 * tall)." font 'Helvetica,22' linewidth 1.8 pointscale 3 enhanced background '#ffffff'", '.png') : \
                     narrow("svg size 380,".int(320 * narrow_tall + 19 * keys)." font 'Helvetica,13' enhanced background '#ffffff'", '-phone.svg')
wide(terminal, suffix) = on(terminal, suffix).'direct = 1; set rmargin room; set key tmargin center horizontal;'
narrow(terminal, suffix) = on(terminal, suffix).'direct = 0; set rmargin 2; '. \
                           'set key bmargin left Left reverse samplen 3 width 1 title " " font ",5";'
on(terminal, suffix) = "set output; set terminal ".terminal."; set output '".out.suffix."';"

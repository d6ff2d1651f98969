# What all figures share. Variables from the command line: `data` (a TSV file or folder), `out` (path without suffix).
set encoding utf8
set datafile separator '\t'
set datafile missing NaN
set key noautotitle
set border 3 lw 1
set tics nomirror out
set grid back lc rgb '#cccccc' lw 1
# Okabe and Ito's palette; every line has a dash type of its own as well.
black = '#000000'; orange = '#E69F00'; sky = '#56B4E9'; green = '#009E73'
yellow = '#F0E442'; blue = '#0072B2'; red = '#D55E00'; purple = '#CC79A7'; grey = '#888888'
set style line 1 lc rgb blue   lw 2.2 dt 1
set style line 2 lc rgb red    lw 2.2 dt (12,5)
set style line 3 lc rgb green  lw 2.2 dt (6,3)
set style line 4 lc rgb purple lw 2.2 dt (12,4,2,4)
set style line 5 lc rgb orange lw 2.2 dt (2,3)
set style line 6 lc rgb sky    lw 2.2 dt (16,4,2,4,2,4)
set style line 7 lc rgb black  lw 2.6 dt 1
set style line 8 lc rgb grey   lw 1.4 dt (3,3)
terminals = 'svg pdf png'
terminal(k) = k == 1 ? "svg size 900,560 font 'Helvetica,15' enhanced background '#ffffff' name 'figure'" : \
              k == 2 ? "pdfcairo size 6in,3.75in font 'Helvetica,11' enhanced" : \
                       "pngcairo size 1350,840 font 'Helvetica,20' enhanced background '#ffffff'"

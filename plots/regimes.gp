# What both maps of experiments/regimes share, before their axes. data: its folder; inputs: kl or tv.
areas = data.'/regimes-'.inputs.'-areas.tsv'
lines = data.'/regimes-'.inputs.'-lines.tsv'
set logscale xy
set format x '10^{%T}'
set format y '10^{%T}'
set mxtics 1
set mytics 1
set title offset 0, -0.6
unset grid
room = 2
keys = 0
narrow_tall = 2.2
in(panel, name, state) = strcol('panel') eq panel && strcol('smallest') eq name && strcol('state') eq state \
    ? column('x0') : NaN
ids(panel) = panel eq 'own' ? 'sequence-kl tilted-kl tv-optimal' : \
    inputs eq 'kl' ? 'mixed-kl pinsker-marginal-kl' : 'mixed-tv adaptive'
full(name) = name[1:5] eq 'mixed' ? green : name eq 'sequence-kl' ? sky : name eq 'tilted-kl' ? red \
    : name eq 'tv-optimal' ? blue : purple
pale(name) = name[1:5] eq 'mixed' ? green_tint : name eq 'sequence-kl' ? sky_tint : name eq 'tilted-kl' ? red_tint \
    : name eq 'tv-optimal' ? blue_tint : purple_tint

#!/bin/sh
# Draws docs/gap.svg (gap over all patterns against time) and docs/scaling.svg (solve time against n and against the
# number of patterns) by gnuplot, from lines of JSON that the bench writes beside itself.
#   tests/bench/plots.sh build/bench docs
set -eu
bench=$1
docs=$2
out=$(dirname "$bench")
trace=$out/trace.jsonl
scaling=$out/scaling.jsonl
command -v gnuplot >/dev/null || {
    echo "gnuplot is not here: no plots"
    exit 0
}

# columns FILE PATTERN KEY KEY: two values of every line that has the pattern.
columns() {
    grep -e "$2" "$1" | sed -n "s/.*\"$3\": \([^,}]*\).*\"$4\": \([^,}]*\).*/\1 \2/p"
}

: >"$trace"
for beta in 0.1 0.01 0.001; do
    "$bench" gated --n 2000 --d 20 --patterns 1000 --beta-ratio "$beta" --tolerance 1e-8 --trace "$trace" >"$out/last.json"
    columns "$trace" "\"beta_ratio\": $beta," seconds relative_gap >"$out/gap-$beta.dat"
done
gnuplot <<END
set terminal svg size 720,420 noenhanced background rgb "white"
set output "$docs/gap.svg"
set title "Gated program, n = 2000, d = 20, P = 1000, one thread"
set logscale xy
set xlabel "seconds"
set ylabel "relative duality gap over all patterns"
set format y "1e%T"
set key bottom left
plot for [beta in "0.1 0.01 0.001"] "$out/gap-" . beta . ".dat" with linespoints pointtype 7 pointsize 0.5 title beta . " beta_max"
END

: >"$scaling"
for n in 1000 2000 4000 8000 16000 32000; do
    "$bench" gated --n $n --d 20 --patterns 1000 --beta-ratio 0.05 >>"$scaling"
done
columns "$scaling" '"bench"' seconds n >"$out/rows.dat"
: >"$scaling.patterns"
for patterns in 250 500 1000 2000 4000 8000; do
    "$bench" gated --n 4000 --d 20 --patterns $patterns --beta-ratio 0.05 >>"$scaling.patterns"
done
columns "$scaling.patterns" '"bench"' seconds patterns >"$out/patterns.dat"
gnuplot <<END
set terminal svg size 720,420 noenhanced background rgb "white"
set output "$docs/scaling.svg"
set title "Gated program, d = 20, 0.05 beta_max, gap 1e-6, one thread"
set logscale xy
set xlabel "rows n (P = 1000), or patterns P (n = 4000)"
set ylabel "seconds"
set key top left
rows = system("head -1 $out/rows.dat | cut -d' ' -f1") + 0
plot "$out/rows.dat" using 2:1 with linespoints pointtype 7 title "n", \
     "$out/patterns.dat" using 2:1 with linespoints pointtype 5 title "P", \
     rows * x / 1000 with lines dashtype 2 linecolor rgb "gray" title "linear"
END
echo "plots: $docs/gap.svg $docs/scaling.svg; lines of JSON: $trace $scaling"

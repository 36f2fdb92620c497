#!/bin/sh
# Runs the table of benchmarks, prints each figure beside its target, and writes the JSON lines to
# bench.jsonl beside the program.
#   tests/bench/run.sh build/bench [relu]   relu: the search against L-BFGS instead, three seeds, hours
# A figure past its target is marked with '!'; the exit status tells only whether everything ran.
set -eu
bench=$1
cases=${2:-usual}
out=$(dirname "$bench")/bench.jsonl
: >"$out"

# key LINE KEY: the value of a key in a line of JSON.
key() { printf '%s\n' "$1" | sed -n "s/.*\"$2\": \"\{0,1\}\([^,\"}]*\).*/\1/p"; }

# row TITLE KEY RELATION TARGET: one figure of $line beside its target (- for none).
row() {
    figure=$(key "$line" "$2")
    mark=$(awk -v f="$figure" -v t="$4" -v least="$3" 'BEGIN {
        if (t != "-" && (least == ">=" ? f + 0 < t + 0 : f + 0 > t + 0)) print "!" }')
    awk -v title="$1" -v key="$2" -v f="$figure" -v rel="$3" -v t="$4" -v mark="$mark" 'BEGIN {
        printf "%-52s %-18s %12.5g   %s %s %s\n", title, key, f, t == "-" ? "" : rel, t == "-" ? "" : t, mark }'
}

# run ARGUMENTS...: one line of the bench, in $line and in the file.
run() {
    status=0
    line=$("$bench" "$@") || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 4 ] || exit 1
    printf '%s\n' "$line" >>"$out"
}

masked() {
    run masked --n "$1" --d "$2" --patterns "$3"
    row "masked n=$1 d=$2 P=$3" speedup_vs_dgemm '>=' 4
    row "" float_speedup '>=' 6
    row "" adjoint_ratio '<=' 1.5
    alone=$(key "$line" seconds)
    run masked --n "$1" --d "$2" --patterns "$3" --threads 2
    row "the same by two threads" seconds '<=' "$(awk -v t="$alone" 'BEGIN { print t / 1.8 }')"
}
gated() {
    run gated --n "$1" --d "$2" --patterns "$3" --beta-ratio "$4" --tolerance 1e-6 --max-seconds 600
    row "gated n=$1 d=$2 P=$3 beta=$4 beta_max" dense_passes '<=' "$5"
    [ "$status" -eq 0 ] || printf '%52s %s\n' '' "stopped early: gap $(key "$line" relative_gap) !"
}
path() {
    run path --n "$1" --d "$2" --patterns "$3" --least-ratio "$4" --points "$5"
    row "path n=$1 d=$2 P=$3 to $4 beta_max, $5 points" times_alone '<=' "$6"
}
# relu N D BETA [SEED [FRESH_STARTS]]
relu() {
    run relu --n "$1" --d "$2" --beta-ratio "$3" --seed "${4:-1}" --fresh-starts "${5:-10000}"
    least=$(key "$line" lbfgs_best)
    row "relu n=$1 d=$2 beta=$3 beta_max seed=${4:-1}" objective '<=' "$(awk -v f="$least" 'BEGIN { printf "%.17g", f * (1 + 1e-6) }')"
    row "" seconds '<=' "$(key "$line" lbfgs_seconds)"
    row "" fresh_violation '<=' 1e-4
}

if [ "$cases" = relu ]; then
    for seed in 1 2 3; do
        for beta in 0.1 0.01; do
            relu 100 10 "$beta" "$seed" 100000
            relu 200 20 "$beta" "$seed" 100000
            relu 500 10 "$beta" "$seed" 100000
            relu 1000 20 "$beta" "$seed" 100000
        done
    done
    echo "lines of JSON: $out"
    exit 0
fi

masked 10000 48 1000
masked 2000 192 2000
masked 50000 96 2000
gated 2000 20 1000 0.1 100
gated 2000 20 1000 0.01 200
gated 2000 20 1000 0.001 600
gated 10000 50 1000 0.1 20
gated 10000 50 1000 0.01 100
gated 10000 50 1000 0.001 400
gated 2000 200 2000 0.1 40
gated 2000 200 2000 0.01 150
gated 10000 50 10000 0.1 8
gated 10000 50 10000 0.01 30
path 2000 20 1000 0.01 10 3
relu 100 10 0.1
echo "lines of JSON: $out"

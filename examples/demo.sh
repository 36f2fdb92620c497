#!/bin/sh
# Trains on a real table by the search over convex programs and by gradient training, and says how far from the global
# optimum the networks can be at most. Needs nothing but the trainer, sed and awk.
#   demo.sh CVXNN    the trainer, build/cvxnn
set -eu
cvxnn=$1
data=$(dirname "$0")/data/diabetes.csv
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM

# train REPORT OPTION...: a budget that runs out (4) leaves a result as well.
train() {
    report=$1
    shift
    "$cvxnn" train "$data" --target y --seed 1 --quiet --report "$report" "$@" || [ $? = 4 ]
}
# value REPORT KEY: one line of the report holds one key.
value() { sed -n "s/^ *\"$2\": \(.*[^,]\),*$/\1/p" "$1"; }
# row NAME REPORT: bound and ratio are rounded to the safe side.
row() {
    echo "$(value "$2" objective) $(value "$2" lower_bound) $(value "$2" certified_ratio) $(value "$2" neurons)" \
        "$(value "$2" seconds)" |
        awk -v name="$1" 'function down(x) { return int(x * 1e5) / 1e5 }
            function up(x) { return (int(x * 1e4) + (int(x * 1e4) < x * 1e4)) / 1e4 }
            { printf "  %-20s %10.5f %10.5f %10.4f %8d %8.2f\n", name, $1, down($2), up($3), $4, $5 }'
}

echo "Diabetes (Efron et al., 2004): two-layer ReLU networks, squared loss and weight decay beta; $("$cvxnn" --version)"
for ratio in 0.3 0.1; do
    search=$folder/search.json gradient=$folder/gradient.json
    train "$search" --beta-ratio $ratio
    train "$gradient" --beta-ratio $ratio --method gradient --starts 3 --max-iterations 1000
    echo
    echo "$(value "$search" n) rows, $(value "$search" d) features, beta = $ratio beta_max"
    printf '  %-20s %10s %10s %10s %8s %8s\n' "" objective proved ratio neurons seconds
    row "convex search" "$search"
    row "gradient, 3 starts" "$gradient"
done
cat <<'END'

proved: no two-layer ReLU network of any width has an objective below it; each method's own result proves its bound.
ratio:  objective / proved, so the network is within this factor of the global optimum.
END

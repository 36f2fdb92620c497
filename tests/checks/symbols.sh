#!/bin/sh
# What the libraries export and what they may call.
#   symbols.sh BUILD   compares with lib/symbols.txt, lib/cvxnn.map and include/cvxnn.h
set -eu
build=$1
status=0
complain() {
    echo "$1"
    status=1
}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The shared library exports what lib/symbols.txt lists, no more and no less.
nm -D --defined-only "$build/libcvxnn.so" | awk '$2 != "A" {print $3}' | sed 's/@@/ /' | LC_ALL=C sort >"$scratch/exported"
diff lib/symbols.txt "$scratch/exported" || complain "exports (>) differ from lib/symbols.txt (<)"

# That list is the header's functions, and the map's.
sed 's/ .*//' lib/symbols.txt >"$scratch/listed"
tr '\n' ' ' <include/cvxnn.h | sed 's|/\*|\n/*|g; s|\*/|*/\n|g' | sed 's|/\*.*\*/||' | tr '\n' ' ' | tr ';' '\n' |
    sed -n 's/.*CVXNN_API [^(]*\(cvxnn_[a-z_]*\)(.*/\1/p' | LC_ALL=C sort >"$scratch/declared"
diff "$scratch/listed" "$scratch/declared" || complain "the header declares (>) other functions than lib/symbols.txt (<)"
sed -n 's/^ *\(cvxnn_[a-z_]*\);/\1/p' lib/cvxnn.map | LC_ALL=C sort >"$scratch/mapped"
diff "$scratch/listed" "$scratch/mapped" || complain "lib/cvxnn.map (>) names other functions than lib/symbols.txt (<)"

# Every global name of the static library begins with cvxnn_.
nm -g --defined-only "$build/libcvxnn.a" | awk 'NF == 3 && $3 !~ /^cvxnn_/ {print $3}' >"$scratch/foreign"
[ ! -s "$scratch/foreign" ] || complain "global names without the prefix: $(tr '\n' ' ' <"$scratch/foreign")"

# No variable can be written: the library has no state of its own.
nm -f sysv --defined-only "$build/libcvxnn.a" | awk -F'|' '$7 ~ /\.(data|bss|tdata|tbss)$/ && $4 ~ /OBJECT|TLS/ {sub(/ +$/, "", $1); print $1}' >"$scratch/state"
[ ! -s "$scratch/state" ] || complain "writable variables: $(tr '\n' ' ' <"$scratch/state")"

# The library never prints, ends the process, reads the environment, or touches locale, signals, rounding, BLAS threads.
nm -u "$build/libcvxnn.a" | awk '$1 == "U" {print $2}' | sort -u | grep -xE \
    'v?f?printf|__printf_chk|putchar|puts|perror|stdout|stderr|_?exit|abort|__assert_fail|(secure_)?getenv|[sp]utenv|setlocale|uselocale|signal|sigaction|raise|kill|fesetround|fesetenv|s?rand(om)?|openblas_set_num_threads.*|goto_set_num_threads|omp_set_num_threads|MKL_Set_Num_Threads' \
    >"$scratch/forbidden" || true
[ ! -s "$scratch/forbidden" ] || complain "calls a library must not make: $(tr '\n' ' ' <"$scratch/forbidden")"
exit $status

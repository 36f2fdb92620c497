#!/bin/sh
# Prints, for each source file, the share of its lines that ran.   coverage.sh BUILD, after a run of an instrumented build
set -eu
cd "$(dirname "$0")/.."
find "$1/objects/src" -name '*.gcno' -exec gcov -n -r -s "$PWD" {} + 2>/dev/null | awk -F"'|:| of " '
    /^File/ { file = $2; next }
    /^Lines executed/ && file ~ /^src\/.*\.c$/ {
        covered[file] = $2 + 0
        lines[file] = $3 + 0
        file = ""
    }
    END {
        for (file in lines) {
            printf "%6.1f %% of %4d  %s\n", covered[file], lines[file], file | "sort -n"
            all += lines[file]
            ran += covered[file] * lines[file] / 100
        }
        close("sort -n")
        printf "%6.1f %% of %4d  all\n", 100 * ran / all, all
    }'

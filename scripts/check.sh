#!/bin/sh
# Runs the checks: each job is a function below, runs by itself and leaves its output in build/check/JOB.log.
#   scripts/check.sh             every job, two at a time; ends with how many passed, failed and were skipped
#   scripts/check.sh JOB...      these jobs
#   STRICT=1 scripts/check.sh    a skipped job counts as failed (what `make check-all` does)
# A job whose tools are missing is skipped and says so. `make check` and `make check-all` set up first.
set -eu
cd "$(dirname "$0")/.."
out=build/check
cc=${CC:-cc}
cxx=${CXX:-c++}
export OPENBLAS_NUM_THREADS=1 # two jobs share the cores

# The longest first, so that the end does not wait for one.
jobs="valgrind-odd valgrind-even asan tsan clang tests-openblas tests-reference gcc m32 neon avx512 install docs lint header float ffi symbols pinned floors"
for script in tests/test_*.py; do
    [ "$script" = tests/test_ffi.py ] || [ ! -e "$script" ] || jobs="$jobs python:$(basename "$script" .py)"
done

skip() {
    echo "skipped: $*"
    exit 77
}
fail() {
    echo "$*"
    exit 1
}
wants() {
    for program in "$@"; do
        command -v "$program" >/dev/null 2>&1 || skip "no $program here"
    done
}
build() { make -s --no-print-directory "$@"; }

# ---- The suite on each BLAS -----------------------------------------------------------------------

# on_blas DIRECTORY...: the test program, as built, with the BLAS and LAPACK of these directories.
on_blas() {
    for directory in "$@"; do
        [ -d "$directory" ] || skip "no $directory here"
    done
    path=$(echo "$*" | tr ' ' ':')
    LD_LIBRARY_PATH=$path ldd build/tests | grep -E 'lib(blas|lapack)\.so' >"$out/$job.providers"
    cat "$out/$job.providers"
    for directory in "$@"; do
        grep -qF " $directory/" "$out/$job.providers" || fail "nothing is taken from $directory"
    done
    LD_LIBRARY_PATH=$path build/tests
}
libraries() { echo "/usr/lib/$($cc -print-multiarch)"; }
job_tests_openblas() {
    for directory in "$(libraries)"/openblas-*; do on_blas "$directory"; done
}
job_tests_reference() { on_blas "$(libraries)/blas" "$(libraries)/lapack"; }

# ---- Compilers --------------------------------------------------------------------------------------

job_gcc() { wants gcc && build BUILD=$out/gcc CC=gcc CFLAGS="-O3 -g -Werror" all $out/gcc/tests; }
job_clang() {
    wants clang
    build BUILD=$out/clang CC=clang CFLAGS="-O2 -g -Werror" all $out/clang/tests
    CVXNN_TEST_QUICK=1 $out/clang/tests # whole by the other compiler, on two BLAS
}
# 32-bit sizes and pointers: compiled only, there need be no 32-bit BLAS.
job_m32() {
    echo '#include <stdio.h>' | gcc -m32 -fsyntax-only -x c - 2>/dev/null || skip "no 32-bit C library here"
    headers="-idirafter /usr/include/$($cc -print-multiarch)" # cblas.h of the other width, where it is a folder's
    build BUILD=$out/m32 CC=gcc CFLAGS="-O2 -m32 -Werror -Wno-psabi $headers" $out/m32/libcvxnn.a
}
# The look-up kernels of 64-bit ARM on an emulated processor, without BLAS and test library.
job_neon() {
    wants clang qemu-aarch64
    compile="clang --target=aarch64-linux-gnu -std=c11 -O2 -ffp-contract=off -Wall -Wextra -pedantic -Werror -static"
    echo 'int main(void) { return 0; }' | $compile -x c - -o $out/neon 2>/dev/null || skip "no C library of 64-bit ARM here"
    $compile -Isrc src/linalg/lookup*.c src/base/random.c tests/checks/lookup.c -o $out/neon -lm
    qemu-aarch64 $out/neon neon
}
# The kernels with vectors of 64 bytes on a processor that has half of them.
job_avx512() {
    for feature in avx2 bmi2; do
        grep -qw $feature /proc/cpuinfo || skip "no $feature here"
    done
    compile="$cc -std=c11 -O2 -ffp-contract=off -Wall -Wextra -pedantic -Werror -Wno-psabi"
    $compile -Isrc '-D__builtin_cpu_supports(feature)=1' src/linalg/lookup.c src/linalg/lookup_portable.c \
        src/linalg/lookup_avx2.c tests/checks/lookup_512.c src/base/random.c tests/checks/lookup.c -o $out/avx512 -lm
    $out/avx512 avx512
}
# Flags that would void the proofs are refused, or overridden by the Makefile's own.
job_float() {
    wants objdump
    object=$out/float/objects/src/verify/kink.o
    for flag in -Ofast -ffast-math -ffinite-math-only; do
        ! build BUILD=$out/float CFLAGS="-O2 $flag" $object 2>$out/float.refused || fail "$flag was accepted"
        grep "cvxnn proves its bounds by IEEE arithmetic" $out/float.refused
    done
    case $($cc -dumpmachine) in x86_64-*) fma=-mfma ;; *) fma= ;; esac
    flags="-O2 $fma -ffp-contract=fast -funsafe-math-optimizations"
    # shellcheck disable=SC2086 # a list of words
    $cc $flags -std=c11 -fno-reciprocal-math -fno-associative-math -Isrc -Iinclude -c src/verify/kink.c -o $out/float.o
    fused $out/float.o || fail "the compiler fuses nothing: the next line would show nothing"
    build BUILD=$out/float CFLAGS="$flags" $object
    ! fused $object || fail "products and sums are fused"
}
fused() { objdump -d "$1" | grep -E 'fn?madd|fn?msub|fml[as]'; }
# The public header alone, in the oldest languages it promises and newer ones.
job_header() {
    echo '#include <cvxnn.h>' >$out/header.c
    echo '#include <cvxnn.h>' >>$out/header.c
    echo 'int main(void) { return cvxnn_version_number() == 0; }' >>$out/header.c
    strict="-pedantic-errors -Wall -Wextra -Wconversion -Wsign-conversion -Wundef -Werror -Iinclude -fsyntax-only"
    for compiler in gcc clang $cc $cxx; do
        command -v "$compiler" >/dev/null 2>&1 || continue
        for language in c:c99 c:c11 c++:c++11 c++:c++17; do
            echo "$compiler ${language#*:}"
            # shellcheck disable=SC2086 # a list of words
            $compiler -x "${language%:*}" -std="${language#*:}" $strict $out/header.c
        done
    done
}

# ---- Programs that look for faults ----------------------------------------------------------------------

# canary WRAPPER FLAGS FAULT...: built with FLAGS and run under WRAPPER (both may be empty), the canary must pass
# without a fault and be stopped by each one.
canary() {
    wrapper=$1 flags=$2
    shift 2
    # shellcheck disable=SC2086 # lists of words
    $cc $flags -g -pthread tests/checks/canary.c -o $out/$job.canary || skip "$cc cannot link with $flags"
    # shellcheck disable=SC2086
    $wrapper $out/$job.canary none || skip "programs built with '$flags' do not run under '$wrapper' here"
    for fault in "$@"; do
        # shellcheck disable=SC2086
        ! $wrapper $out/$job.canary "$fault" >$out/$job.canary.log 2>&1 || fail "the canary's '$fault' went unnoticed"
    done
    echo "the canary's faults were noticed: $*"
}
sanitized() { # sanitized FLAGS: builds everything with them
    build BUILD="$out/$job" CFLAGS="-O1 -g -fno-omit-frame-pointer $1" LDFLAGS="$1" all "$out/$job/tests"
}
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

job_asan() {
    flags="-fsanitize=address,undefined -fno-sanitize-recover=all"
    canary "" "$flags" overrun leak undefined
    sanitized "$flags"
    CVXNN_TEST_QUICK=1 CK_FORK=no $out/asan/tests # no children: a fault must be seen in the process that has it
    build BUILD="$out/asan" CFLAGS="-O1 -g -fno-omit-frame-pointer $flags" LDFLAGS="$flags" replay
}
job_tsan() {
    wrapper="setarch $(uname -m) -R" # the sanitizer wants its addresses where they always are
    canary "$wrapper" -fsanitize=thread race
    sanitized -fsanitize=thread
    CVXNN_TEST_QUICK=1 CK_FORK=no $wrapper $out/tsan/tests
}
# Every second suite, from the first or from the second: the longest job in two, so that both cores have one.
valgrind_suites() {
    wants valgrind
    wrapper="valgrind -q --error-exitcode=9 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible"
    canary "$wrapper" "" overrun leak unset
    suites=$(sed -n 's/^CVXNN_SUITE(\(.*\)) {/\1/p' tests/*.c | awk "NR % 2 == $1")
    # shellcheck disable=SC2086 # lists of words
    CVXNN_TEST_QUICK=1 CK_FORK=no $wrapper build/tests $suites
}
job_valgrind_odd() { valgrind_suites 1; }
job_valgrind_even() { valgrind_suites 0; }

# ---- What was built, what is written ---------------------------------------------------------------------

job_symbols() { tests/checks/symbols.sh build; }
job_floors() { python3 tests/checks/floors.py; }
job_pinned() {
    $cc -std=c99 -Iinclude tests/checks/pinned.c -o $out/pinned
    $out/pinned | diff tests/pinned_numbers.txt - || fail "the header's numbers (>) differ from the pinned ones (<):" \
        "new ones are added to tests/pinned_numbers.txt, old ones never change"
}
job_ffi() { python3 tests/test_ffi.py; }
job_install() { tests/checks/install.sh "$PWD/$out/install"; }
job_docs() { python3 tests/run_docs.py; }
job_lint() {
    wants clang-format shellcheck
    build lint
}

# ---- Running the jobs ---------------------------------------------------------------------------------------

# One job, in a process of its own so that its first failing command ends it.
if [ "${1:-}" = --run ]; then
    job=$2
    case $job in
    python:*) exec python3 "tests/${job#python:}.py" ;;
    *) "job_$(echo "$job" | tr - _)" ;;
    esac
    exit 0
fi

# The same with its output in a log, its outcome in a file and one line on the screen.
if [ "${1:-}" = --job ]; then
    job=$2 log=$out/$2.log start=$(date +%s)
    result=0
    "$0" --run "$job" >"$log" 2>&1 || result=$?
    took="$(($(date +%s) - start)) s"
    case $result in
    0) outcome=passed && echo "ok    $job  $took" ;;
    77) outcome=skipped && echo "skip  $job  ($(sed -n 's/^skipped: //p' "$log" | tail -n 1))" ;;
    *)
        outcome=failed
        echo "FAIL  $job  $took; the end of $log:"
        tail -n 25 "$log" | sed 's/^/      /'
        ;;
    esac
    echo "$job" >>"$out/$outcome"
    exit 0
fi

[ $# -eq 0 ] || jobs=$*
mkdir -p $out
rm -f $out/passed $out/failed $out/skipped
build -j2 all build/tests >$out/build.log 2>&1 || {
    cat $out/build.log
    fail "the build failed"
}
echo "ok    build"
echo build >>$out/passed
# shellcheck disable=SC2086 # a list of words
printf '%s\n' $jobs | xargs -P 2 -n 1 "$0" --job

count() { if [ -e "$out/$1" ]; then wc -l <"$out/$1"; else echo 0; fi; }
failed=$(count failed)
[ "$(count skipped)" = 0 ] || echo "skipped: $(tr '\n' ' ' <$out/skipped)"
[ "$failed" = 0 ] || echo "failed: $(tr '\n' ' ' <$out/failed)"
echo "$(count passed) passed, $failed failed, $(count skipped) skipped"
[ "$failed" = 0 ] || exit 1
[ -z "${STRICT:-}" ] || [ "$(count skipped)" = 0 ] || fail "a skipped job is a failed one here"

#!/bin/sh
# Installs what building and checking cvxnn needs, where it is missing, and says what it installs.
#   scripts/setup.sh build   a compiler, make, pkg-config, BLAS and LAPACK: enough for `make demo`
#   scripts/setup.sh check   also what `make check` needs: Check, a C++ compiler, Python, the reference BLAS
#   scripts/setup.sh all     also every tool that `make check-all` needs: clang, sanitizers, valgrind, linters
# Silent when nothing is missing. It installs Debian's packages (also Ubuntu's); elsewhere it says what to install.
# CC, BLAS_LIBS and PKG_CONFIG are taken from the environment as the Makefile takes them.
set -eu

level=${1:-check}
pkg_config=${PKG_CONFIG:-pkg-config}
missing=

# need PACKAGE COMMAND...: PACKAGE is missing when COMMAND fails.
need() {
    package=$1
    shift
    "$@" >/dev/null 2>&1 || missing="$missing $package"
}
program() { command -v "$1"; }
# shellcheck disable=SC2086 # CC may be two words, as in `ccache gcc`
links() { echo 'int main(void) { return 0; }' | $cc "$@" -x c -o /dev/null -; }
has_c_library() { [ -e /usr/include/stdio.h ] || links -lm; }
file_below() { find "$1" -maxdepth 3 -path "*/$2" | grep -q .; }

cc=${CC:-cc}
needs_build() {
    case $cc in
    cc) need gcc program cc ;;
    *) need "${cc%% *}" program "${cc%% *}" ;;
    esac
    need libc6-dev has_c_library
    need make program make
    need pkg-config program "$pkg_config"
    [ -n "${BLAS_LIBS:-}" ] || need libopenblas-dev "$pkg_config" --exists blas lapack
}
needs_check() {
    needs_build
    need check "$pkg_config" --exists check
    need g++ program g++
    need python3 program python3
    need libopenblas0 file_below /usr/lib 'openblas-*/libblas.so.3'
    need libblas3 file_below /usr/lib blas/libblas.so.3
    need liblapack3 file_below /usr/lib lapack/liblapack.so.3
}
needs_all() {
    needs_check
    need clang program clang
    need valgrind program valgrind
    need libc6-dbg file_below /usr/lib/debug .build-id
    need gcc-multilib links -m32
    need qemu-user program qemu-aarch64 # with clang: the packages of gcc for ARM exclude gcc-multilib
    need binutils-aarch64-linux-gnu program aarch64-linux-gnu-ld
    need libc6-dev-arm64-cross file_below /usr/aarch64-linux-gnu lib/libc.a
    need libgcc-12-dev-arm64-cross file_below /usr/lib/gcc-cross aarch64-linux-gnu/12/libgcc.a
    need clang-format program clang-format
    need shellcheck program shellcheck
    need libclang-rt-dev clang_links -fsanitize=address,undefined,fuzzer-no-link
}
clang_links() { cc=clang links "$@"; }

case $level in
build | check | all) "needs_$level" ;;
*)
    echo "usage: scripts/setup.sh [build|check|all]" >&2
    exit 2
    ;;
esac
[ -n "$missing" ] || exit 0

echo "cvxnn needs what this machine lacks:$missing"
if ! command -v apt-get >/dev/null 2>&1; then
    echo "There is no apt-get here; install these (Debian's names) by your system's means, then try again." >&2
    exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null 2>&1 || ! { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
        echo "No right to install them. Have somebody run this, then try again:" >&2
        echo "  apt-get update && apt-get install -y --no-install-recommends$missing" >&2
        exit 1
    fi
    as_root=sudo
fi

install_missing() {
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}
echo "Installing them: apt-get update, then apt-get install$missing"
$as_root apt-get update -q
install_missing
echo "Installed:$missing"

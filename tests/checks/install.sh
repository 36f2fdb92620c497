#!/bin/sh
# Installs below a fresh folder, builds every example with pkg-config alone, shared and static, runs them, uninstalls.
#   install.sh FOLDER
set -eu
folder=$1
cc=${CC:-cc}
make() { command make -s --no-print-directory "$@"; }
left() { find "$1" ! -type d | sort; }

rm -rf "$folder"
mkdir -p "$folder"

# A staged install has the same files as one in place, and its .pc file names the prefix without the stage.
make install DESTDIR="$folder/stage" PREFIX=/opt/cvxnn
make install PREFIX="$folder/prefix"
(cd "$folder/stage/opt/cvxnn" && left .) >"$folder/staged"
(cd "$folder/prefix" && left .) >"$folder/in-place"
diff "$folder/staged" "$folder/in-place"
grep -qx 'prefix=/opt/cvxnn' "$folder/stage/opt/cvxnn/lib/pkgconfig/cvxnn.pc"
cat "$folder/in-place"

# build_examples KIND LINK-FLAGS
build_examples() {
    kind=$1
    shift
    for source in examples/*.c; do
        program=$folder/$(basename "$source" .c)-$kind
        # shellcheck disable=SC2046 # lists of words
        $cc $(pkg-config --cflags cvxnn) "$source" -o "$program" "$@"
        echo "$kind: $source"
        (cd "$folder" && "$program")
    done
}
# shellcheck disable=SC2046
try_prefix() {
    build_examples shared $(pkg-config --libs cvxnn)
    build_examples static $(pkg-config --static --libs cvxnn | sed 's/-lcvxnn/-l:libcvxnn.a/')
    ldd "$folder"/*-shared | grep 'libcvxnn.so.* => .*/lib/libcvxnn.so'
    if ldd "$folder"/*-static | grep libcvxnn; then exit 1; fi
}
export PKG_CONFIG_PATH="$folder/prefix/lib/pkgconfig" LD_LIBRARY_PATH="$folder/prefix/lib"
try_prefix
export PKG_CONFIG_PATH="$folder/stage/opt/cvxnn/lib/pkgconfig" LD_LIBRARY_PATH="$folder/stage/opt/cvxnn/lib"
PKG_CONFIG_SYSROOT_DIR=$folder/stage try_prefix
[ ! -e "$folder/prefix/bin/cvxnn" ] || "$folder/prefix/bin/cvxnn" --version

make uninstall DESTDIR="$folder/stage" PREFIX=/opt/cvxnn
make uninstall PREFIX="$folder/prefix"
[ -z "$(left "$folder/stage")$(left "$folder/prefix")" ] || {
    echo "uninstall left:"
    left "$folder/stage"
    left "$folder/prefix"
    exit 1
}

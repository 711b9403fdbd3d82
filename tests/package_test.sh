#!/usr/bin/env bash
# The release build packs into a .deb that names its libraries, and what is in it runs.
set -euo pipefail
cd "$(dirname "$0")/.."
export CCACHE_BASEDIR=$PWD
cmake --preset release -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
cmake --build --preset release -j "$(nproc)"
(cd .build/release && cpack -G DEB)
deb=$(ls .build/release/tacbundle_*.deb)
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
dpkg-deb --extract "$deb" "$root"
dpkg-deb --field "$deb" Depends | grep -q libssh
"$root/usr/bin/tacbundle" --version
"$root/usr/bin/tacbundle" --help >/dev/null
"$root/usr/bin/tacbundle" platforms | grep -q pix7
# And the plain install, into a folder of its own.
cmake --install .build/release --prefix "$root/prefix"
"$root/prefix/bin/tacbundle" --version
if [ "$(id -u)" -eq 0 ]; then
    dpkg --install "$deb"
    /usr/bin/tacbundle --version
    dpkg --remove tacbundle
fi

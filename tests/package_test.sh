#!/usr/bin/env bash
# A build packs into a .deb that names its libraries, and what is in it installs and runs.
#   tests/package_test.sh BUILD-FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:?which build folder?}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
(cd "$build" && cpack -G DEB -B "$root/deb")
deb=$(ls "$root"/deb/tacbundle_*.deb)
dpkg-deb --extract "$deb" "$root"
dpkg-deb --field "$deb" Depends | grep -q libssh
"$root/usr/bin/tacbundle" --version
"$root/usr/bin/tacbundle" --help >/dev/null
"$root/usr/bin/tacbundle" platforms | grep -q pix7
# And the plain install, into a folder of its own.
cmake --install "$build" --prefix "$root/prefix"
"$root/prefix/bin/tacbundle" --version
if [ "$(id -u)" -eq 0 ]; then
    dpkg --install "$deb"
    /usr/bin/tacbundle --version
    dpkg --remove tacbundle
fi

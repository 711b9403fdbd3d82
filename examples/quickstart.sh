#!/usr/bin/env bash
# From a bare Debian 12 to a bundle: installs what is missing, builds, starts the emulated pair of
# firewalls, collects from it, verifies the bundle and says where it is. Touches nothing outside this
# checkout but the packages.
set -euo pipefail
cd "$(dirname "$0")/.."

# shellcheck disable=SC2046
examples/install_packages.sh $(grep -v '^#' examples/packages.txt) libxml2-utils jq

export CCACHE_BASEDIR=$PWD
build=.build/quickstart
log=$(mktemp)
echo "building (a few minutes the first time)" >&2
if ! { cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER_LAUNCHER=ccache &&
       cmake --build "$build" --target tacbundle tacbundle-lab; } >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    exit 1
fi
rm -f "$log"

demo=$build/demo
rm -rf "$demo"
mkdir -p "$demo/home/.ssh" "$demo/bundles"
mkfifo "$demo/lab.json"
"$build/examples/lab/tacbundle-lab" --scenario "${1:-psk-mismatch}" --log "$demo/lab.log" >"$demo/lab.json" 2>"$demo/lab.err" &
lab=$!
trap 'kill "$lab" 2>/dev/null || true; wait "$lab" 2>/dev/null || true' EXIT
read -r ready <"$demo/lab.json"

field() { jq -r ".$1.$2" <<<"$ready"; }
for side in left right; do field "$side" known_hosts; done >"$demo/home/.ssh/known_hosts"
chmod 700 "$demo/home/.ssh"

cat >"$demo/incident.toml" <<TOML
sr = "612345678"
debug-window = "20s"
settle = "2s"

[problem]
since = "2026-11-23 02:10 CET"
symptom = "no traffic between 10.1.1.0/24 and 10.2.2.0/24"
changed = "pre-shared key rolled at branch"

[[endpoint]]
name = "$(field left name)"
target = "ssh://$(field left user)@127.0.0.1:$(field left port)"
platform = "pix7"
legacy = true
password-from = "env:HQ_PASSWORD"
enable-from = "env:HQ_ENABLE"

[[endpoint]]
name = "$(field right name)"
target = "ssh://$(field right user)@127.0.0.1:$(field right port)"
platform = "pix7"
legacy = true
password-from = "env:BRANCH_PASSWORD"
enable-from = "env:BRANCH_ENABLE"
TOML

HQ_PASSWORD=$(field left password) HQ_ENABLE=$(field left enable) \
BRANCH_PASSWORD=$(field right password) BRANCH_ENABLE=$(field right enable) \
HOME=$PWD/$demo/home XDG_STATE_HOME=$PWD/$demo/state \
    "$build/collector/tacbundle" collect "$demo/incident.toml" --compare-keys --output "$demo/bundles" >"$demo/bundle.path"

bundle=$(cat "$demo/bundle.path")
"$build/collector/tacbundle" verify "$bundle"
tar -xzf "$bundle" -C "$demo"
(cd "$demo"/tacbundle-*/ && xmllint --noout --schema manifest.xsd manifest.xml)
echo
report=$demo/report.html
echo "Why the tunnel is down:"
"$build/collector/tacbundle" report "$bundle" -o "$report" 2>&1 >/dev/null | sed 's/^tacbundle: /  /'
echo
echo "The bundle:    $bundle"
echo "The report:    $report"
echo "What is in it: $build/collector/tacbundle show $bundle"

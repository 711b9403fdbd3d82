#!/usr/bin/env bash
# Installs, builds and runs every test on a bare Debian 12 (root or sudo).
#
#   tests/run.sh           dev build with every test; address, undefined and thread sanitizers over what
#                          threads and parsers do; the package; at most 15 minutes on two cores
#   tests/run.sh --full    everything under every sanitizer
set -euo pipefail
cd "$(dirname "$0")/.."

full=false
case "${1:-}" in
    "") ;;
    --full) full=true ;;
    *) echo "usage: tests/run.sh [--full]" >&2; exit 2 ;;
esac

packages() { grep -hv '^#' "$@" | tr '\n' ' '; }
# shellcheck disable=SC2046
examples/install_packages.sh $(packages examples/packages.txt tests/packages.txt)

export CCACHE_BASEDIR=$PWD
jobs=$(nproc)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
started=$SECONDS

say() { printf '%4d s  %s\n' $((SECONDS - started)) "$*"; }

quietly() {  # name command...: the output is shown when it fails
    local name=$1
    shift
    if ! "$@" >"$logs/out" 2>&1; then
        tail -n 60 "$logs/out"
        say "FAILED: $name"
        exit 1
    fi
}

build() {  # preset
    say "building: $1"
    quietly "configuring $1" cmake --preset "$1" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
    quietly "building $1" cmake --build --preset "$1" -j "$jobs"
}

passed=0
run_tests() {  # preset ctest-options...
    local preset=$1
    shift
    say "testing: $preset $*"
    if ! ctest --test-dir ".build/$preset" --output-on-failure --no-tests=error -j "$jobs" "$@" >"$logs/out" 2>&1; then
        tail -n 200 "$logs/out"
        say "FAILED: tests of $preset"
        exit 1
    fi
    local summary
    summary=$(grep -E 'tests passed' "$logs/out")
    passed=$((passed + $(sed -E 's/.*out of ([0-9]+).*/\1/' <<<"$summary")))
    say "$preset: $summary"
}

build dev
run_tests dev

if $full; then
    build asan && run_tests asan
    build tsan && run_tests tsan
else
    build asan && run_tests asan -LE 'lint|slow'
    build tsan && run_tests tsan -L 'unit|emulated' -LE slow
fi

say "package"
quietly "building the package" tests/package_test.sh
passed=$((passed + 1))

echo "$passed passed, 0 failed"

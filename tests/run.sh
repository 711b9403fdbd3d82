#!/usr/bin/env bash
# Installs, builds and runs every test on a bare Debian 12 (root or sudo).
#
#   tests/run.sh           the dev build with every test; the address and undefined sanitizers over what eats bytes, the
#                          thread sanitizer over what has threads, with a sample of the fault table; the package
#   tests/run.sh --full    the whole of it under every sanitizer, and the package as a release
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

export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
jobs=$(nproc)
logs=$(mktemp -d)
started=$SECONDS
leave() {  # its last word must not become the script's: without a job, kill would fail and the tests with it
    local job
    for job in $(jobs -pr); do kill "$job" 2>/dev/null || true; done
    rm -rf "$logs"
}
trap leave EXIT

say() { printf '%4d s  %s\n' $((SECONDS - started)) "$*"; }

failed() {  # name log
    tail -n 200 "$2"
    say "FAILED: $1"
    exit 1
}

build() {  # preset targets...
    local preset=$1
    shift
    say "building: $preset"
    { cmake --preset "$preset" -DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DTACBUNDLE_PRECOMPILED=ON &&
      cmake --build --preset "$preset" -j "$jobs" ${1:+--target "$@"}; } >"$logs/build" 2>&1 || failed "building $preset" "$logs/build"
}

# Tests wait for devices more than they work: they run beside the next build, twice as many as processors.
declare -A running=()
start_tests() {  # name folder ctest-options...
    local name=$1 folder=$2
    shift 2
    say "testing: $name"
    ctest --test-dir "$folder" --verbose --no-tests=error -j $((2 * jobs)) "$@" >"$logs/$name" 2>&1 &
    running[$name]=$!
}

passed=0 not_run=0
finish_tests() {  # name...
    local name count
    for name in "$@"; do
        if ! wait "${running[$name]}"; then
            grep -A 100 'tests passed' "$logs/$name" || tail -n 50 "$logs/$name"
            # Tests print side by side, each line with the number of its test. What failed comes last, where it is seen.
            for number in $(sed -nE 's/^[[:space:]]+([0-9]+) - .* \((Failed|Timeout|[A-Z][A-Za-z ]+)\)$/\1/p' "$logs/$name"); do
                grep -E "^ *$number: " "$logs/$name" | tail -n 100
            done
            say "FAILED: tests: $name"
            exit 1
        fi
        count=$(grep -cE '^ *[0-9]+/[0-9]+ Test +#[0-9]+: .* Passed ' "$logs/$name")
        passed=$((passed + count))
        say "$name: $count passed"
        sed -nE 's/^ *[0-9]+: ((fault table|kill points|soak|matrix|procedure)[: ].* passed.*)/       \1/p' "$logs/$name"
        # Loud, and never counted as passed.
        not_run=$((not_run + $(grep -c 'NOT RUN' "$logs/$name" || true)))
        sed -nE 's/^.*(NOT RUN.*)/       \1/p' "$logs/$name"
    done
}

build dev
start_tests dev .build/dev

# Under a sanitizer the program runs against the lab of the dev build, driven by its tests.
whole=(formats_test collector_test tacbundle)
build asan "${whole[@]}" fuzz_replays
finish_tests dev
$full || export TACBUNDLE_SAMPLE=1
export TACBUNDLE_CELLS=$((2 * jobs))  # slow as they are, more at a time would wait for each other and not for devices
# A sanitizer's memory has no bound that a limit could stand for.
bounded=(-E '^safety_limits_test$')
say "NOT RUN under sanitizers: safety_limits_test"
not_run=$((not_run + 1))
start_tests asan .build/asan -L 'unit|fuzz-replay'
TACBUNDLE_PROGRAM=$PWD/.build/asan/collector/tacbundle start_tests asan-runs .build/dev -L runs "${bounded[@]}"

build tsan "${whole[@]:1}"
finish_tests asan asan-runs
start_tests tsan .build/tsan -R '^collector_test$'
threaded=(-L runs)
$full || threaded=(-R '^(safety_.*|collect|transport)_test$')
TACBUNDLE_PROGRAM=$PWD/.build/tsan/collector/tacbundle start_tests tsan-runs .build/dev "${threaded[@]}" "${bounded[@]}"
unset TACBUNDLE_SAMPLE TACBUNDLE_CELLS
finish_tests tsan tsan-runs

say "package"
packaged=.build/dev
if $full; then
    build release
    packaged=.build/release
fi
tests/package_test.sh "$packaged" >"$logs/package" 2>&1 || failed package "$logs/package"
passed=$((passed + 1))

echo "$passed passed, 0 failed$([ "$not_run" = 0 ] || echo ", $not_run NOT RUN")"

#!/usr/bin/env bash
# Each header compiles alone. Where the source of the same name includes it first, every build has shown that; the others
# are compiled here.   headers.sh COMPILER INCLUDE-FOLDER...
set -euo pipefail
compiler=$1
shift
folders=(-I.)
for folder in "$@"; do folders+=("-I$folder"); done

shown_by_its_source() {
    local first
    [ -f "${1%.hpp}.cpp" ] || return 1
    first=$(sed -nE 's/^#include ["<]([^">]+)[">].*/\1/p' "${1%.hpp}.cpp" | head -n 1)
    [ "${first##*/}" = "${1##*/}" ]
}

alone=()
while IFS= read -r header; do
    shown_by_its_source "$header" || alone+=("$header")
done < <(find formats collector examples -name '*.hpp' | sort)
[ ${#alone[@]} -gt 0 ] || { echo "no header was found" >&2; exit 1; }
# shellcheck disable=SC2016
printf '%s\0' "${alone[@]}" |
    xargs -0 -P "$(nproc)" -I HEADER sh -c 'echo "#include \"HEADER\"" | "$@" -std=c++20 -fsyntax-only -w -x c++ -' sh "$compiler" "${folders[@]}"

#!/usr/bin/env bash
# Installs the Debian packages that are named on the command line and not there yet. Quiet; with sudo when
# it is not root.
set -euo pipefail
missing=()
for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "not root and no sudo: install ${missing[*]} by hand" >&2; exit 1; }
    as_root=(sudo)
fi
echo "installing ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# A lock or a mirror that is busy for a moment is no failure.
for try in 1 2 3; do
    if { "${as_root[@]}" apt-get update -q &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
             -o DPkg::Lock::Timeout=300 "${missing[@]}"; } >"$log" 2>&1; then
        exit 0
    fi
    sleep $((try * 5))
done
tail -n 30 "$log" >&2
echo "these packages could not be installed: ${missing[*]}" >&2
exit 1

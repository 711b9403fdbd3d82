#!/usr/bin/env bash
# Every source has the one format of .clang-format. Remedy: clang-format-14 -i FILE.
set -euo pipefail
find collector formats tests examples \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 -n 40 -P "$(nproc)" clang-format-14 --dry-run --Werror

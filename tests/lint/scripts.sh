#!/usr/bin/env bash
# Every script below tests/ is run by something: a CMakeLists.txt, tests/run.sh or another script names it. One that nothing
# runs proves nothing.
set -u
failed=0
for script in $(find tests -name '*.sh' ! -path tests/run.sh | sort); do
    name=${script##*/}
    grep -rqF --include=CMakeLists.txt --include='*.sh' --exclude="$name" "$name" tests && continue
    echo "$script: nothing runs it" >&2
    failed=1
done
exit $failed

#!/usr/bin/env bash
# formats/ is about data: it includes nothing of collector/, no socket and no libssh. The root holds what
# the README says and nothing else.
set -u
failed=0
if grep -rnE '#include ["<](collector/|libssh|sys/socket)' formats; then
    echo "formats/ must not include the above" >&2
    failed=1
fi
if grep -nE '#include ["<]collector/(session|endpoint|debug|run|guardian|probe|plan|credentials)' collector/commands/{pack,report,diff,merge,verify,show}.cpp; then
    echo "what works on a bundle or a log knows no session and no endpoint" >&2
    failed=1
fi
extra=$(ls -1 | grep -vxE 'CMakeLists\.txt|CMakePresets\.json|collector|formats|tests|examples|README\.md')
if [ -n "$extra" ]; then
    printf 'not part of the layout, at the root:\n%s\n' "$extra" >&2
    failed=1
fi
exit $failed

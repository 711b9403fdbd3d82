#!/usr/bin/env bash
# The rooms of collector/ and formats/ stand on one another and never in a circle. A room is a folder; a file directly in
# collector/ or formats/ is a room of its own. `tsort` finds the circles.
set -u
room='{
    n = split($0, part, "/")
    if (n == 2) sub(/\.[ch]pp$/, "")
    else sub(/\/[^\/]*$/, "")
    print
}'
includes=$(grep -rEo '^#include "(collector|formats)/[^"]+"' collector formats --include='*.cpp' --include='*.hpp' |
    sed -E 's/:#include "/ /; s/"$//')
edges=$(paste -d ' ' <(cut -d ' ' -f 1 <<<"$includes" | awk "$room") <(cut -d ' ' -f 2 <<<"$includes" | awk "$room") |
    awk '$1 != $2' | sort -u)
[ -n "$edges" ] || { echo "no include was found: this test looks at nothing" >&2; exit 1; }
circles=$(tsort <<<"$edges" 2>&1 >/dev/null)
[ -z "$circles" ] && exit 0
{
    echo "rooms that include one another:"
    # tsort names a circle, one room a line; each include that runs between two rooms of it is shown.
    rooms=$(sed 's/^tsort: //' <<<"$circles" | grep -E '^(collector|formats)' | sort -u)
    sed 's/^/  /' <<<"$rooms"
    while read -r from to; do
        [ "$(awk "$room" <<<"$from")" = "$(awk "$room" <<<"$to")" ] && continue
        grep -qxF "$(awk "$room" <<<"$from")" <<<"$rooms" && grep -qxF "$(awk "$room" <<<"$to")" <<<"$rooms" &&
            echo "  $from includes $to"
    done <<<"$includes"
} >&2
exit 1

#!/usr/bin/env bash
# The program as a caller meets it: exit codes, which stream says what, and memory that is kept private.
set -u
tacbundle=$1
folder=$(mktemp -d) && trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
failed=0

# expect NAME STATUS STDOUT-REGEX STDERR-REGEX -- WORDS...
expect() {
    local name=$1 status=$2 out=$3 err=$4
    shift 5
    "$tacbundle" "$@" >out 2>err </dev/null
    local got=$?
    if [ $got -ne "$status" ] || ! [[ $(<out) =~ $out ]] || ! [[ $(<err) =~ $err ]]; then
        printf 'FAILED: %s: exit %s, wanted %s\n' "$name" $got "$status"
        sed 's/^/  out: /' out
        sed 's/^/  err: /' err
        failed=1
    fi
}

none='^$'
expect 'help' 0 'Commands:.*Exit codes:' "$none" -- --help
expect 'help of a command' 0 'debug-window' "$none" -- collect --help
expect 'version' 0 '^tacbundle [0-9]' "$none" -- --version
expect 'no command' 2 "$none" '^tacbundle: .*no command' --
expect 'unknown option' 2 "$none" 'unknown option --setle.*did you mean --settle' -- collect hq=ssh://a@192.0.2.1 --setle 5s
expect 'no endpoint' 2 "$none" 'no endpoint is given' -- collect
expect 'a password in a URL' 2 "$none" 'password-from' -- collect hq=ssh://a:CANARY@192.0.2.1
grep -q CANARY err && echo 'FAILED: the password is repeated' && failed=1
expect 'missing incident file' 2 "$none" 'none.toml: .*No such file' -- collect none.toml
expect 'not built yet' 2 "$none" 'not built yet' -- diff a b
expect 'a result object' 2 '^\{"v":1,.*"event":"result".*"exit":2.*\}$' 'no endpoint' -- collect --json
[ "$(wc -l <out)" -eq 1 ] || { echo 'FAILED: more or less than one line of JSON'; failed=1; }

if "$tacbundle" --help >/dev/full 2>/dev/null; then
    echo 'FAILED: help into a full disk is not an error'
    failed=1
fi

printf 'hostname pix-hq\nusername admin password CANARY-password encrypted\n' >config.txt
"$tacbundle" redact config.txt >out || failed=1
"$tacbundle" redact <config.txt >out2 || failed=1
grep -q 'hostname pix-hq' out && grep -q 'REDACTED' out2 && ! grep -q CANARY out out2 || { echo 'FAILED: redact'; failed=1; }
expect 'redact, missing file' 2 "$none" 'none.txt: reading: No such file' -- redact none.txt
expect 'redact, a folder' 2 "$none" 'Is a directory' -- redact .

# A core dump or a debugger of the same user would show what is in memory.
mkfifo hold
"$tacbundle" redact hold >/dev/null &
child=$!
exec 3>hold
grep -q '^Max core file size *0 *0 ' "/proc/$child/limits" || { echo 'FAILED: core dumps are allowed'; failed=1; }
exec 3>&-
wait $child || failed=1
exit $failed

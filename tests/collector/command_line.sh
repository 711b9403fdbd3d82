#!/usr/bin/env bash
# The program as a caller meets it: exit codes, which stream says what, and memory that is kept private.
set -u
tacbundle=$(readlink -f "$1")
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
echo text | gzip >x.tar.gz
expect 'help' 0 'Commands:.*Exit codes:' "$none" -- --help
expect 'help of a command' 0 'debug-window' "$none" -- collect --help
expect 'version' 0 '^tacbundle [0-9]' "$none" -- --version
expect 'no command' 2 "$none" '^tacbundle: .*no command' --
expect 'unknown option' 2 "$none" 'unknown option --setle.*did you mean --settle' -- collect hq=ssh://a@192.0.2.1 --setle 5s
expect 'no endpoint' 2 "$none" 'no endpoint is given' -- collect
expect 'a password in a URL' 2 "$none" 'password-from' -- collect hq=ssh://a:CANARY@192.0.2.1
grep -q CANARY err && echo 'FAILED: the password is repeated' && failed=1
expect 'missing incident file' 2 "$none" 'none.toml: .*No such file' -- collect none.toml
expect 'an archive for a plan' 2 "$none" 'x.tar.gz: it is a gzip archive, not an incident file.*tacbundle show' -- plan x.tar.gz
expect 'an archive to redact' 2 "$none" 'x.tar.gz: it is a gzip archive, not text' -- redact x.tar.gz
expect 'a format that the name contradicts' 2 "$none" 'leave --format out' -- collect hq=ssh://a@192.0.2.1 -o x.zip --format tar.gz
expect 'a format that is not written' 2 "$none" 'x.rar: .*tar\.gz, \.tar\.zst or \.zip' -- collect hq=ssh://a@192.0.2.1 -o x.rar
expect 'diff of what is not there' 2 "$none" 'a: .*No such file' -- diff a b
expect 'a result object' 2 '^\{"v":1,.*"event":"result".*"exit":2.*\}$' 'no endpoint' -- collect --json
[ "$(wc -l <out)" -eq 1 ] || { echo 'FAILED: more or less than one line of JSON'; failed=1; }

# lost NAME WORDS...: standard output is full, or closed: an error that is said, also where nothing else goes wrong
lost() {
    local name=$1 way got
    shift
    for way in full closed; do
        if [ $way = full ]; then "$tacbundle" "$@" >/dev/full 2>err </dev/null; else "$tacbundle" "$@" >&- 2>err </dev/null; fi
        got=$?
        [ $got -eq 1 ] && grep -q 'standard output' err && continue
        echo "FAILED: $name with standard output $way: exit $got"
        sed 's/^/  err: /' err
        failed=1
    done
}
lost 'help' --help
lost 'a plan' plan 'hq=ssh://a@192.0.2.1?platform=pix7'
lost 'a plan as events' plan --json 'hq=ssh://a@192.0.2.1?platform=pix7'
lost 'platforms' platforms
"$tacbundle" --version <&- 2>&- | grep -q '^tacbundle ' || { echo 'FAILED: version with the other streams closed'; failed=1; }

printf 'hostname pix-hq\nusername admin password CANARY-password encrypted\n' >config.txt
"$tacbundle" redact config.txt >out || failed=1
"$tacbundle" redact <config.txt >out2 || failed=1
grep -q 'hostname pix-hq' out && grep -q 'REDACTED' out2 && ! grep -q CANARY out out2 || { echo 'FAILED: redact'; failed=1; }
expect 'redact, missing file' 2 "$none" 'none.txt: reading: No such file' -- redact none.txt
expect 'redact, a folder' 2 "$none" 'Is a directory' -- redact .
expect 'redact, a second file that is missing' 2 "$none" 'none.txt: reading: No such file' -- redact config.txt none.txt
expect 'redact, a report' 0 'REDACTED' 'config.txt:2: username-password.* 1  username-password' -- redact --report config.txt
grep -q CANARY err && echo 'FAILED: the report repeats a secret' && failed=1

head -c 32 /dev/zero >key && chmod 600 key
head -c 31 /dev/zero >short && chmod 600 short
cp key open && chmod 644 open
expect 'redact, a key' 0 'REDACTED' "$none" -- redact --key-file key config.txt
cp out first
expect 'redact, the same key' 0 'REDACTED' "$none" -- redact --key-file key config.txt
cmp -s first out || { echo 'FAILED: one key, two tokens'; failed=1; }
expect 'redact, a short key' 2 "$none" 'too short: 31 bytes' -- redact --key-file short config.txt
expect 'redact, a key that others can read' 2 "$none" 'others can read.*chmod 600' -- redact --key-file open config.txt

printf 'crypto map m 10 set peer 203.0.113.7\nip address 10.1.1.1 255.255.255.0\n' >peers.txt
expect 'redact, masked' 0 '255.255.255.0' "$none" -- redact --mask-addresses map peers.txt
grep -qE '203\.0\.113\.7|10\.1\.1\.1' out && echo 'FAILED: an address is left' && failed=1
[ "$(stat -c %a map)" = 600 ] || { echo 'FAILED: the map is not private'; failed=1; }
cp out masked.txt
expect 'redact, a map that is there' 2 "$none" 'never overwritten' -- redact --mask-addresses map peers.txt
expect 'redact, unmasked' 0 'set peer 203.0.113.7' "$none" -- redact --unmask map masked.txt
cmp -s peers.txt out || { echo 'FAILED: unmasked text differs'; failed=1; }
expect 'redact, no map' 2 "$none" 'not an address map' -- redact --unmask config.txt masked.txt

if "$tacbundle" redact config.txt >/dev/full 2>err || ! grep -q 'standard output' err; then
    echo 'FAILED: redact into a full disk is not an error'
    failed=1
fi
yes 'isakmp key CANARYpipe address 192.0.2.1' | head -n 200000 >long.txt
{ "$tacbundle" redact long.txt 2>err; echo $? >status; } | head -n 1 >out
[ "$(cat status)" -eq 1 ] && grep -q 'Broken pipe' err || { echo 'FAILED: a broken pipe'; failed=1; }

# A limit on file sizes is an error like a full disk; what is kept then is there, and `recover` makes the bundle of it.
{ printf 'fw# show run\n: Saved\nhostname fw\n'; head -c 33000 /dev/urandom | base64 -w 60 | sed 's/^/: /'; echo 'fw#'; } >fw.log
mkdir bundles
(ulimit -f 56; XDG_STATE_HOME=$PWD/state "$tacbundle" pack --endpoint fw=fw.log --output bundles --json >out 2>err; echo $? >status)
[ "$(cat status)" -eq 5 ] || { echo "FAILED: pack beyond a limit: exit $(cat status)"; cat err; failed=1; }
spool=$(sed -n 's/.*"spool":"\([^"]*\)".*/\1/p' out)
[ -f "$spool/manifest.xml" ] && [ -z "$(ls -A bundles)" ] || { echo "FAILED: kept: '$spool'"; ls -A bundles; failed=1; }
XDG_STATE_HOME=$PWD/state expect 'recover what pack has kept' 3 bundles/tacbundle- 'INCOMPLETE' -- recover "$spool" --output bundles
[ -z "$(ls -A state/tacbundle)" ] || { echo 'FAILED: something is left'; ls -A state/tacbundle; failed=1; }

# A core dump or a debugger of the same user would show what is in memory.
mkfifo hold
"$tacbundle" redact hold >/dev/null &
child=$!
exec 3>hold
grep -q '^Max core file size *0 *0 ' "/proc/$child/limits" || { echo 'FAILED: core dumps are allowed'; failed=1; }
exec 3>&-
wait $child || failed=1
exit $failed

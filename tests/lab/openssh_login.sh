#!/usr/bin/env bash
# OpenSSH's own client logs in to both devices of the lab with nothing but the old algorithms, does what an
# engineer would do, and logs off. Usage: openssh_login.sh PATH-OF-tacbundle-lab. Exit 77: no ssh or sshpass.
set -euo pipefail
lab=$1
for tool in ssh sshpass; do
    command -v "$tool" >/dev/null || { echo "not run: no $tool (apt-get install openssh-client sshpass)"; exit 77; }
done
dir=$(mktemp -d)
coproc LAB { exec "$lab" --time-scale 0.05 --log "$dir/log" --control "$dir/control" --watch-stdin; }
lab_pid=$LAB_PID
lab_stdin=${LAB[1]}
trap 'kill "$lab_pid" 2>/dev/null || true; rm -rf "$dir"' EXIT
IFS= read -r -t 30 where <&"${LAB[0]}"

# field SIDE NAME: a string or number of the line that the lab prints at its start
field() {
    local side=${where#*\"$1\":\{}
    side=${side%%\}*}
    sed -E "s/.*\"$2\":\"?([^\",]*)\"?.*/\1/" <<<"$side"
}
for side in left right; do field $side known_hosts; done >"$dir/known_hosts"

# session SIDE LINE...: types the lines, prints what comes back
session() {
    local side=$1
    shift
    printf '%s\r' enable "$(field "$side" enable)" 'terminal pager 0' "$@" exit |
        SSHPASS=$(field "$side" password) sshpass -e ssh -tt -F none \
            -o UserKnownHostsFile="$dir/known_hosts" -o StrictHostKeyChecking=yes \
            -o KexAlgorithms=+diffie-hellman-group1-sha1 -o HostKeyAlgorithms=+ssh-rsa \
            -o Ciphers=+"$cipher" -o MACs=hmac-sha1 -o RequiredRSASize=1024 \
            -o PubkeyAuthentication=no -o ConnectTimeout=20 \
            -p "$(field "$side" port)" "$(field "$side" user)@127.0.0.1" 2>>"$dir/ssh.err" || true
}
failed=0
# expect FILE TEXT: the bytes are there
expect() {
    if ! grep -aqF -- "$2" "$1"; then
        printf 'missing in %s: %q\n' "$(basename "$1")" "$2"
        failed=1
    fi
}

cipher=3des-cbc
session left 'show version' 'show debug' 'debug crypto isakmp 127' 'show debug' 'ping inside 10.2.2.10' \
    'show crypto isakmp sa' 'show crypto ipsec sa' 'no debug crypto isakmp' 'write terminal' >"$dir/left"
cipher=aes128-cbc
session right 'show crypto isakmp sa' 'show ssh sessions' 'show nonsense' >"$dir/right"

expect "$dir/left" $'\rhq> enable\r'
expect "$dir/left" $'Password: *********************\r'
expect "$dir/left" $'\rhq# terminal pager 0'
expect "$dir/left" 'Cisco PIX Security Appliance Software Version 7.2(2)'
expect "$dir/left" 'debug crypto isakmp enabled at level 127'
expect "$dir/left" 'IKE Initiator: New Phase 1, Intf inside, IKE Peer 203.0.113.1'
expect "$dir/left" 'PHASE 2 COMPLETED'
expect "$dir/left" 'Success rate is 80 percent (4/5)'
expect "$dir/left" 'State   : MM_ACTIVE '
expect "$dir/left" '#pkts encaps: 4, #pkts encrypt: 4, #pkts digest: 4'
expect "$dir/left" 'tunnel-group 203.0.113.1 type ipsec-l2l'
expect "$dir/left" '[OK]'
expect "$dir/left" 'Logoff'
expect "$dir/right" 'Role    : responder '
expect "$dir/right" 'OUT  aes128-cbc sha1     SessionStarted   pix'
expect "$dir/right" "ERROR: % Invalid input detected at '^' marker."
[ "$(grep -c '"event":"debug-on"' "$dir/log")" = 1 ] || { echo "not one debug in the log"; failed=1; }
[ "$(grep -c '"event":"debug-off","kind":"isakmp","reason":"command"' "$dir/log")" = 1 ] ||
    { echo "the debug was not turned off"; failed=1; }

# Without the old algorithms there is no connection: it offers nothing else.
if ssh -F none -o BatchMode=yes -o UserKnownHostsFile="$dir/known_hosts" -p "$(field left port)" \
    pix@127.0.0.1 true 2>"$dir/modern"; then
    echo "a login with today's algorithms went through"
    failed=1
fi
expect "$dir/modern" 'Their offer: diffie-hellman-group1-sha1'

exec {lab_stdin}>&-
status=0
wait "$lab_pid" || status=$?
[ "$status" = 0 ] || { echo "the lab ended with $status"; failed=1; }
[ ! -e "$dir/control" ] || { echo "the control socket was left behind"; failed=1; }
if [ "$failed" != 0 ]; then
    cat "$dir/ssh.err"
    exit 1
fi
echo "OpenSSH: both devices, 3des-cbc and aes128-cbc"

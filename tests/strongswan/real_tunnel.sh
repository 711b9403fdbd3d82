#!/usr/bin/env bash
# A real tunnel: two strongSwan daemons in network namespaces (userspace ESP), reached by the program through real
# OpenSSH. Usage: real_tunnel.sh PATH-OF-tacbundle. Exit 77, with the reason, where the machine does not allow it.
#
#   lan-a 10.1.1.10 --- gw-a 198.51.100.1 === wan === 203.0.113.1 gw-b --- 10.2.2.10 lan-b
#                         \ 10.255.1.2          10.255.2.2 /
#                          `------- mgmt (the program) ---'
#
# Clear text between the LANs is dropped on the WAN: a ping that is answered went through ESP.
set -euo pipefail
program=$(readlink -f "$1")

not_run() { echo "NOT RUN: the strongSwan tunnel: $*" >&2; exit 77; }
[ "$(id -u)" = 0 ] || not_run "it needs root"
[ -c /dev/net/tun ] || not_run "there is no /dev/net/tun"
for tool in swanctl charon-systemd sshd ssh-keygen ip iptables nsenter bsdtar; do
    command -v "$tool" >/dev/null || [ -x "/usr/sbin/$tool" ] || not_run "no $tool (see tests/packages.txt)"
done
tag=tac$$
dir=$(mktemp -d)
# May one be made, entered, given a wire, and mounts of its own? A container often allows the first of it only.
may_be_entered() {
    ip netns add "$tag-gw-a" && ip netns exec "$tag-gw-a" unshare -m --propagation private true &&
        ip link add dev "$tag" netns "$tag-gw-a" type veth peer name "$tag-" netns "$tag-gw-a" && ip netns exec "$tag-gw-a" ip link del "$tag"
}
if ! may_be_entered >"$dir/why" 2>&1; then
    ip netns del "$tag-gw-a" 2>/dev/null || true
    why=$(tail -n 1 "$dir/why")
    rm -rf "$dir"
    not_run "network namespaces cannot be used here: $why"
fi

processes=()
cleanup() {
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    for ns in gw-a gw-b lan-a lan-b mgmt; do
        for process in $(ip netns pids "$tag-$ns" 2>/dev/null); do kill -9 "$process" 2>/dev/null || true; done
        ip netns del "$tag-$ns" 2>/dev/null || true
    done
    rm -rf "$dir"
}
trap cleanup EXIT

in_ns() { local ns=$1; shift; ip netns exec "$tag-$ns" "$@"; }
for ns in gw-b lan-a lan-b mgmt; do ip netns add "$tag-$ns"; done
for ns in gw-a gw-b lan-a lan-b mgmt; do in_ns $ns ip link set lo up; done
# wire NS ADDRESS NS ADDRESS NAME NAME
wire() {
    ip link add dev "$5" netns "$tag-$1" type veth peer name "$6" netns "$tag-$3"
    in_ns "$1" ip address add "$2" dev "$5"; in_ns "$1" ip link set "$5" up
    in_ns "$3" ip address add "$4" dev "$6"; in_ns "$3" ip link set "$6" up
}
wire gw-a 198.51.100.1/24 gw-b 203.0.113.1/24 wan wan
wire lan-a 10.1.1.10/24 gw-a 10.1.1.1/24 lan lan
wire lan-b 10.2.2.10/24 gw-b 10.2.2.1/24 lan lan
wire mgmt 10.255.1.1/24 gw-a 10.255.1.2/24 to-a mgmt
wire mgmt 10.255.2.1/24 gw-b 10.255.2.2/24 to-b mgmt
in_ns gw-a ip route add 203.0.113.0/24 dev wan; in_ns gw-b ip route add 198.51.100.0/24 dev wan
in_ns lan-a ip route add default via 10.1.1.1; in_ns lan-b ip route add default via 10.2.2.1
for gw in gw-a gw-b; do
    in_ns $gw sysctl -qw net.ipv4.ip_forward=1
    in_ns $gw iptables -A FORWARD -o wan -j DROP
    in_ns $gw iptables -A FORWARD -i wan -j DROP
done

ssh-keygen -q -t ed25519 -N '' -f "$dir/login_key"
mkdir -p /run/sshd

# gateway NAME OWN PEER OWN-LAN PEER-LAN: daemon and SSH server, each with a /run and an /etc/swanctl of its own
gateway() {
    local gw=$1 run=$dir/$1
    mkdir -p "$run/run/sshd" "$run/swanctl/conf.d"
    ssh-keygen -q -t ed25519 -N '' -f "$run/host_key"
    cat >"$run/strongswan.conf" <<CONF
charon-systemd {
    load = pem pkcs1 openssl random nonce aes des sha1 sha2 hmac gcm curve25519 x509 revocation constraints pubkey kdf kernel-libipsec kernel-netlink socket-default resolve vici updown counters
    install_routes = yes
    retransmit_tries = 3
    retransmit_timeout = 2.0
    plugins { vici { socket = unix:///run/charon.vici } kernel-libipsec { allow_peer_ts = no } }
}
swanctl { socket = unix:///run/charon.vici }
CONF
    cat >"$run/sshd_config" <<CONF
Port 22
ListenAddress $6
HostKey $run/host_key
PidFile none
UsePAM no
StrictModes no
PermitRootLogin yes
PasswordAuthentication no
KbdInteractiveAuthentication no
AuthorizedKeysFile $dir/login_key.pub
PrintMotd no
SetEnv HOME=/nonexistent PATH=/usr/sbin:/usr/bin:/sbin:/bin
CONF
    in_ns "$gw" unshare -m --propagation private bash -c "
        set -e
        mount --bind '$run/run' /run
        mount --bind '$run/swanctl' /etc/swanctl
        mount --bind '$run/strongswan.conf' /etc/strongswan.conf
        /usr/sbin/sshd -D -f '$run/sshd_config' -E '$run/sshd.log' &
        exec /usr/sbin/charon-systemd >'$run/charon.log' 2>&1" &
    processes+=($!)
    printf '%s ' "$6" >>"$dir/known_hosts"
    cat "$run/host_key.pub" >>"$dir/known_hosts"
}
gateway gw-a 198.51.100.1 203.0.113.1 10.1.1.0/24 10.2.2.0/24 10.255.1.2
gateway gw-b 203.0.113.1 198.51.100.1 10.2.2.0/24 10.1.1.0/24 10.255.2.2

# at GW COMMAND...: on the gateway, where its daemon's mounts are
at() {
    local gw=$1 process
    shift
    process=$(ip netns pids "$tag-$gw" | while read -r p; do grep -qs charon-systemd "/proc/$p/comm" && echo "$p"; done | head -n1 || true)
    [ -n "$process" ] || return 1
    nsenter -t "$process" -m -n -- "$@"
}
# until_true WHAT COMMAND...
until_true() {
    local what=$1 limit=$((SECONDS + 20))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $limit ] || { echo "waited in vain for $what"; tail -n 5 "$dir"/gw-*/charon.log; exit 1; }
        sleep 0.05
    done
}
for gw in gw-a gw-b; do until_true "the daemon of $gw" at $gw swanctl --stats; done
for address in 10.255.1.2 10.255.2.2; do until_true "sshd at $address" in_ns mgmt bash -c "exec 3<>/dev/tcp/$address/22"; done

# configure GW OWN PEER OWN-LAN PEER-LAN VERSION KEY ESP
configure() {
    cat >"$dir/$1/swanctl/swanctl.conf" <<CONF
connections { net {
    version = $6
    local_addrs = $2
    remote_addrs = $3
    proposals = 3des-sha1-modp1024
    encap = yes
    local { auth = psk
            id = $2 }
    remote { auth = psk
             id = $3 }
    children { net { local_ts = $4
                     remote_ts = $5
                     esp_proposals = $8 } }
} }
secrets { ike-net { id-a = $2
                    id-b = $3
                    secret = "$7" } }
CONF
    at "$1" swanctl --load-all --noprompt >"$dir/load" 2>&1 || { cat "$dir/load"; exit 1; }
}

# follows_log GW: of this gateway's processes only, whatever else runs on the machine
follows_log() { ip netns pids "$tag-$1" | while read -r p; do tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null; echo; done | grep -q 'swanctl --log'; }

failed=0 probe=none
complain() { echo "FAILED: $*"; failed=1; }
# bundle CASE WAIT...: one run of the program while the command of the case passes traffic
bundle() {
    local name=$1
    shift
    local home=$dir/$name
    mkdir -p "$home/.ssh" "$home/out"
    chmod 700 "$home/.ssh"
    cp "$dir/known_hosts" "$home/.ssh/known_hosts"
    cp "$dir/login_key" "$home/.ssh/id_ed25519"
    cp "$dir/login_key.pub" "$home/.ssh/id_ed25519.pub"
    cat >"$home/incident.toml" <<CONF
debug-window = "$window"
settle = "1s"
probe = "$probe"
[[endpoint]]
name = "gw-a"
target = "ssh://root@10.255.1.2"
platform = "$platform"
peer-address = "203.0.113.1"
[[endpoint]]
name = "gw-b"
target = "ssh://root@10.255.2.2"
platform = "$platform"
peer-address = "198.51.100.1"
CONF
    HOME=$home XDG_STATE_HOME=$home/state XDG_CONFIG_HOME=$home/config SSH_AUTH_SOCK= LC_ALL=C \
        in_ns mgmt "$program" collect "$home/incident.toml" --output "$home/out" >"$home/stdout" 2>"$home/stderr" &
    local run=$!
    until_true "both logs to be followed ($name)" bash -c "[ \$(grep -c 'armed and proven' '$home/stderr') = 2 ] || ! kill -0 $run"
    "$@" >"$home/traffic" 2>&1 || true
    code=0
    wait $run || code=$?
    [ $code = 0 ] || { complain "$name: exit $code"; cat "$home/stderr"; }
    bsdtar -xf "$home"/out/*.tar.gz -C "$home/out" 2>/dev/null || { complain "$name: no bundle"; return; }
    "$program" verify "$home"/out/*.tar.gz >/dev/null || complain "$name: the bundle is not valid"
    root=$(echo "$home"/out/*/)
    ! grep -rqa CANARY "$home/out" "$home/state" "$home/stderr" || complain "$name: the pre-shared key is in the bundle"
    for gw in gw-a gw-b; do
        [ -s "$root/endpoints/$gw/before/list-conns.txt" ] || complain "$name: no connections of $gw"
        ! follows_log $gw || complain "$name: a log is still followed on $gw"
    done
    at gw-a swanctl --terminate --ike net --timeout 5 >/dev/null 2>&1 || true
    at gw-b swanctl --terminate --ike net --timeout 5 >/dev/null 2>&1 || true
}
# shows CASE GW WORDS
shows() { grep -qaE "$3" "$dir/$1/out/"*/endpoints/"$2"/debug/debug-crypto.txt || { complain "$1: $2 does not show \"$3\""; tail -n 30 "$dir/$1/out/"*/endpoints/"$2"/debug/debug-crypto.txt; }; }
found() { grep -q "$2" "$dir/$1/out/"*/manifest.xml || complain "$1: no finding $2"; }
both() {
    configure gw-a 198.51.100.1 203.0.113.1 10.1.1.0/24 10.2.2.0/24 "$1" "$2" "$3"
    configure gw-b 203.0.113.1 198.51.100.1 10.2.2.0/24 10.1.1.0/24 "$1" "$4" "$5"
}
ping_through() { at gw-a swanctl --initiate --child net --timeout 10 && in_ns lan-a ping -c 3 -i 0.3 -W 2 10.2.2.10; }
initiate() { at gw-a swanctl --initiate --child net --timeout 5; }

for version in 1 2; do
    window=20s
    platform=$([ $version = 1 ] && echo auto || echo strongswan)
    both $version CANARY-key 3des-sha1 CANARY-key 3des-sha1
    bundle ok-v$version ping_through
    grep -q ' 0% packet loss' "$dir/ok-v$version/traffic" || { complain "ok-v$version: nothing came through the tunnel"; cat "$dir/ok-v$version/traffic"; }
    shows ok-v$version gw-b 'CHILD_SA net\{[0-9]+\} established'
    found ok-v$version tunnel-came-up
    grep -qa INSTALLED "$dir/ok-v$version/out/"*/endpoints/gw-a/after/list-sas.txt || complain "ok-v$version: no SA afterwards"

    window=6s
    both $version CANARY-key 3des-sha1 CANARY-other 3des-sha1
    bundle psk-v$version initiate
    shows psk-v$version gw-b 'decryption failed|MAC mismatched'
    found psk-v$version tunnel-stayed-down

    both $version CANARY-key 3des-sha1 CANARY-key aes128-sha256
    bundle proposal-v$version initiate
    shows proposal-v$version gw-b 'no matching proposal found|no acceptable proposal found'
    found proposal-v$version tunnel-stayed-down
done

# The program starts it by itself: the child that its list of connections names for the peer.
probe=auto window=20s
both 2 CANARY-key 3des-sha1 CANARY-key 3des-sha1
bundle auto true
found auto tunnel-came-up
grep -qa 'swanctl --initiate --child net' "$dir/auto/out/"*/probe/probe.txt || complain "auto: the probe is not in its evidence"
# At the level of the probe alone, for as long as it runs.
grep -qa 'parsing body of message' "$dir/auto/out/"*/probe/probe.txt || complain "auto: the probe's log was not raised"
! grep -qa 'parsing body of message' "$dir/auto/out/"*/endpoints/gw-a/debug/debug-crypto.txt || complain "auto: the level stayed up"

probe=none window=6s
both 1 CANARY-key 3des-sha1 CANARY-key 3des-sha1
in_ns gw-b iptables -A INPUT -i wan -p udp -j DROP
bundle silent initiate
shows silent gw-a 'sending retransmit|retransmit 1'
found silent tunnel-stayed-down
[ $failed = 0 ] || exit 1
echo "strongSwan: healthy, key mismatch, proposal mismatch by IKEv1 and IKEv2, silent peer: both streams, both states"

# SPDX-License-Identifier: GPL-2.0-or-later
# What a case's script in the guest may call. Every result is one line
# `name value` on the second serial port; the host decides what is right.

# say NAME VALUE...: one result.
say() { echo "$@"; }

# wait_for PATH: until it exists; 20 s at most.
wait_for() {
    tries=0
    while [ ! -e "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || { echo "no $1" >&2; return 1; }
        sleep 0.1
    done
}

# disk NAME DEVICE MIB: reads the first MIB that the host wrote, writes as much
# of its own after it, and says the SHA-256 of both.
disk() {
    wait_for "$2" || return
    say "$1-read" "$(dd if="$2" bs=1M count="$3" 2>/dev/null | sha256sum)"
    dd if=/dev/urandom of=/tmp/own bs=1M count="$3" 2>/dev/null
    dd if=/tmp/own of="$2" bs=1M seek="$3" conv=fsync 2>/dev/null ||
        echo "cannot write $2" >&2
    say "$1-write" "$(sha256sum </tmp/own)"
    rm /tmp/own
}

# interface_of DEVICE: the network interface of a PCI device, once it is there.
interface_of() {
    dir=/sys/bus/pci/devices/$1
    [ -d "$dir/net" ] || dir=$(echo "$dir"/virtio*)
    wait_for "$dir/net" && ls "$dir/net"
}

# network NAME DEVICE GET-PORT PUT-PORT MIB: fetches from the host what it has,
# sends it as much of its own, and says the SHA-256 of both.
network() {
    interface=$(interface_of "$2") || return
    ip link set "$interface" up
    ip addr add 10.0.2.15/24 dev "$interface"
    wait_for_carrier "$interface"
    say "$1-get" "$(nc -w 20 10.0.2.2 "$3" </dev/null | sha256sum)"
    dd if=/dev/urandom of=/tmp/own bs=1M count="$5" 2>/dev/null
    say "$1-put" "$(sha256sum </tmp/own)"
    nc -w 20 10.0.2.2 "$4" </tmp/own >/dev/null
    rm /tmp/own
    ip addr flush dev "$interface"
    ip link set "$interface" down
}

wait_for_carrier() {
    tries=0
    while [ "$(cat "/sys/class/net/$1/carrier")" != 1 ]; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { echo "no carrier on $1" >&2; return 1; }
        sleep 0.1
    done
}

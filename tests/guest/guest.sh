# SPDX-License-Identifier: GPL-2.0-or-later
# What a case's script in the guest may call. Every result is one line
# `name value` on the second serial port; the host decides what is right.

# Tenths of a second after which something is taken for hung: on a busy host all
# takes long.
PATIENCE=6000

# say NAME VALUE...: one result.
say() { echo "$@"; }

# wait_for PATH: until it exists.
wait_for() {
    tries=0
    while [ ! -e "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt $PATIENCE ] || { echo "no $1" >&2; return 1; }
        sleep 0.1
    done
}

# function_at SLOT: the PCI device there, or the one behind the root port there.
function_at() {
    for child in /sys/bus/pci/devices/"$1"/0000:*; do
        [ ! -e "$child/vendor" ] || { echo "${child##*/}"; return; }
    done
    echo "$1"
}

# function_on BB:DD.F/DD.F...: the PCI device at the end of a path of bridges.
function_on() {
    place=0000:${1%%/*}
    for step in $(echo "$1" | tr / ' '); do
        [ "0000:$step" = "$place" ] || {
            place=$(echo "/sys/bus/pci/devices/$place"/0000:*:"$step")
            place=${place##*/}
        }
    done
    echo "$place"
}

# plugged PORT, unplugged PORT: waits until there is a device behind a root port,
# or none.
plugged() { port_has 1 "$1"; }
unplugged() { port_has 0 "$1"; }
port_has() {
    tries=0
    while [ "$(ls -d "/sys/bus/pci/devices/$2"/0000:*:00.0 2>/dev/null |
               wc -l)" != "$1" ]; do
        tries=$((tries + 1))
        [ $tries -lt $PATIENCE ] || { echo "$2: not $1 device" >&2; return 1; }
        sleep 0.1
    done
}

# bridges_of DEVICE: those above a PCI device, nearest first, without segment.
bridges_of() {
    readlink -f "/sys/bus/pci/devices/$1" | tr / '\n' |
        sed -n 's/^0000://p' | sed '$d' | tac | tr '\n' ' '
}

# block_of DEVICE: the block device of a PCI device, once it is there.
block_of() {
    tries=0
    while [ $tries -lt $PATIENCE ]; do
        for block in /sys/block/*; do
            case $(readlink -f "$block") in
            */"$1"/*) echo "/dev/${block##*/}"; return ;;
            esac
        done
        tries=$((tries + 1))
        sleep 0.1
    done
    echo "no block device of $1" >&2
    return 1
}

# bind DEVICE DRIVER: takes a PCI device from its driver and gives it to another.
bind() {
    echo "$2" >"/sys/bus/pci/devices/$1/driver_override"
    echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"
    echo "$1" >/sys/bus/pci/drivers_probe
}

# interrupts NAME: how many the CPUs have taken of those whose name so begins.
interrupts() {
    awk -v name="$1" 'index($NF, name) == 1 {
        for (i = 2; $i ~ /^[0-9]+$/; i++) sum += $i
    } END { print sum + 0 }' /proc/interrupts
}

# stray DEVICE ADDRESS [TENTHS]: has edu do a DMA that must fault, and says how many
# fault-event interrupts that caused. Waits so long for the first one.
stray() {
    before=$(interrupts dmar)
    edu-dma "$1" write "$2" 4
    tries=0
    while [ "$(interrupts dmar)" = "$before" ] && [ $tries -lt "${3:-$PATIENCE}" ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    say stray $(($(interrupts dmar) - before))
}

# platform: what the kernel made of the DMAR table: each unit's registers, each
# device's unit, group and kind of domain, the interrupt controllers in use.
platform() {
    for unit in /sys/class/iommu/dmar*; do
        for fact in version address cap ecap domains_supported; do
            say "${unit##*/}.$fact" "$(cat "$unit/intel-iommu/$fact")"
        done
    done
    for device in /sys/bus/pci/devices/*; do
        group=$(readlink -f "$device/iommu_group")
        [ ! -e "$device/iommu" ] ||
            say "device.${device##*/}" \
                "$(basename "$(readlink -f "$device/iommu")")" \
                "${group##*/}" "$(cat "$group/type")"
        say "bridges.${device##*/}" "$(bridges_of "${device##*/}")"
    done
    say table "$(base64 -w 0 /sys/firmware/acpi/tables/DMAR)"
    say chips "$(grep -o 'IR-[A-Z]*-[A-Z]*' /proc/interrupts | sort -u |
        tr '\n' ' ')"
}

# disk NAME DEVICE MIB: reads the first MIB that the host wrote, writes as much
# of its own after it, and says the SHA-256 of both.
#
# Requests are kept small: QEMU's AHCI maps the list of a request's pages in
# one piece, and behind an IOMMU that list may lie in two.
disk() {
    wait_for "$2" || return
    echo 32 >"/sys/block/${2##*/}/queue/max_sectors_kb"
    say "$1-read" "$(dd if="$2" bs=1M count="$3" 2>/dev/null | sha256sum)"
    dd if=/dev/urandom of="/tmp/$1" bs=1M count="$3" 2>/dev/null
    dd if="/tmp/$1" of="$2" bs=1M seek="$3" conv=fsync 2>/dev/null ||
        echo "cannot write $2" >&2
    say "$1-write" "$(sha256sum <"/tmp/$1")"
    rm "/tmp/$1"
}

# vfio_disk NAME DEVICE MIB: the same as `disk`, by a user program.
vfio_disk() {
    bytes=$(($3 << 20))
    say "$1-read" "$(vfio-nvme read "$2" 0 $bytes | sha256sum)"
    dd if=/dev/urandom of="/tmp/$1" bs=1M count="$3" 2>/dev/null
    vfio-nvme write "$2" $((bytes / 512)) $bytes <"/tmp/$1"
    say "$1-write" "$(sha256sum <"/tmp/$1")"
    rm "/tmp/$1"
}

# fresh DEVICE MIB: whether no guest has written there after the first MIB.
fresh() {
    wait_for "$1" || return
    [ "$(dd if="$1" bs=1M skip="$2" count=1 2>/dev/null | tr -d '\0' |
        wc -c)" = 0 ]
}

# rounds NAME DEVICE: writes to one of four places, and reads all of them past the
# page cache; for ever. Says how many rounds were right.
rounds() {
    wait_for "$2" || return
    echo 32 >"/sys/block/${2##*/}/queue/max_sectors_kb"
    number=0
    while :; do
        place=$((number % 4))
        dd if=/dev/urandom of="/tmp/$1" bs=64k count=4 2>/dev/null
        sha256sum <"/tmp/$1" >"/tmp/$1.$place"
        dd if="/tmp/$1" of="$2" bs=64k seek=$((place * 4)) conv=fsync 2>/dev/null ||
            say "$1-wrong" "write in round $number"
        for sum in "/tmp/$1".[0-3]; do
            dd if="$2" bs=64k skip=$((${sum##*.} * 4)) count=4 iflag=direct \
                2>/dev/null | sha256sum | cmp -s - "$sum" ||
                say "$1-wrong" "place ${sum##*.} in round $number"
        done
        number=$((number + 1))
        say "$1-rounds" $number
    done
}

# churn DEVICE MIB: writes after the first MIB and never ends.
churn() {
    while :; do
        dd if=/dev/urandom of="$1" bs=1M seek="$2" count=1 conv=fsync
    done 2>/dev/null
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
    say "$1-get" "$(nc -w $((PATIENCE / 10)) 10.0.2.2 "$3" </dev/null | sha256sum)"
    dd if=/dev/urandom of=/tmp/own bs=1M count="$5" 2>/dev/null
    say "$1-put" "$(sha256sum </tmp/own)"
    nc -w $((PATIENCE / 10)) 10.0.2.2 "$4" </tmp/own >/dev/null
    rm /tmp/own
    ip addr flush dev "$interface"
    ip link set "$interface" down
}

wait_for_carrier() {
    tries=0
    while [ "$(cat "/sys/class/net/$1/carrier")" != 1 ]; do
        tries=$((tries + 1))
        [ $tries -lt $PATIENCE ] || { echo "no carrier on $1" >&2; return 1; }
        sleep 0.1
    done
}

# SPDX-License-Identifier: GPL-2.0-or-later
"""What Linux's own drivers get, which map each buffer: fio past the page cache,
of an NVMe disk and of a virtio one whose requests run in an iothread; a TCP
stream from one NIC to another one of its kind, which QEMU joins by a hub."""
from lib.hardware import VIRTIO
from lib.package import files_of
from lib.turns import Guest, measured

# Mode: more of the kernel's command line.
MODES = {
    'legacy lazy': 'iommu.strict=0',
    'legacy strict': 'iommu.strict=1',
    'legacy pt': 'iommu=pt',
    'scalable lazy': 'iommu.strict=0',
    'scalable strict': 'iommu.strict=1',
    'scalable pt': 'iommu=pt',
}
DISKS = {'nvme': '/dev/nvme0n1', 'virtio-blk': '/dev/vda'}
# A NIC and the other one, each in a slot of the PCI bus.
NICS = {'e1000e': (5, 6), 'virtio-net': (7, 8)}
JOBS = {f'{way} {words} {depth}': (mode, size, depth)
        for words, way, mode, size, depth in (
            ('4k random', 'read', 'randread', '4k', 1),
            ('4k random', 'write', 'randwrite', '4k', 1),
            ('4k random', 'read', 'randread', '4k', 32),
            ('4k random', 'write', 'randwrite', '4k', 32),
            ('128k sequential', 'read', 'read', '128k', 32),
            ('128k sequential', 'write', 'write', '128k', 32))}
ROWS = {f'{disk} {job}': (f'{disk}: {job}', 'pieces/s')
        for disk in DISKS for job in JOBS} | \
       {f'{nic} stream': (f'{nic}: TCP stream', 'Mbit/s') for nic in NICS}

# fio's clock is the guest's: it need not find out how fast the CPU counts.
FIO = ('fio --output-format=terse --terse-version=3 --ioengine=libaio '
       '--direct=1 --thread --clocksource=clock_gettime --gtod_reduce=1 '
       '--norandommap --disk_util=0 --size=1g --iomem=mmaphuge')
HUGE_PAGES = 8                  # of 2 MiB, for its buffers
# How much is done, by depth, by size: a third of a second.
PIECES = {1: 1000, 32: 2500}
# The other NIC has a network of its own, so that the stream leaves the guest.
NETWORK = '''
join() {
    unshare -n sleep 100000 &
    pid=$!
    one=$(interface_of $1) && other=$(interface_of $2) || return
    sleep 1
    ip link set dev $other netns $pid
    ip addr add 10.0.$3.1/24 dev $one
    ip link set $one up
    nsenter -t $pid -n ip addr add 10.0.$3.2/24 dev $other
    nsenter -t $pid -n ip link set $other up
    nsenter -t $pid -n iperf3 -s >/dev/null &
    wait_for_carrier $one
    tries=0
    until iperf3 -c 10.0.$3.2 -n 100K >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ $tries -lt 60 ] || { echo "no way to $2" >&2; return 1; }
        sleep 0.5
    done
}
# stream NETWORK: Mbit/s, and how many Mbit in a second or what it was
stream() {
    iperf3 -c 10.0.$1.2 -t 1 -f m | awk '/receiver/ {
        sub(/.*-/, "", $3)
        for (i = 4; i <= NF; i++)
            if ($i == "Mbits/sec") print $(i - 1), $(i - 1) * $3 }'
}
'''


def fio(disk, job, name, pieces):
    """One job, which fio itself tells the start and the end of."""
    mode, size, depth = JOBS[job]
    return (f'say {name} "$({FIO} --name=job --filename={DISKS[disk]} '
            f'--rw={mode} --bs={size} --iodepth={depth} --number_ios={pieces} '
            f'--exec_prerun=mark --exec_postrun=mark | '
            f"awk -F ';' '/^3;/ {{ print $8 + $49, {pieces} }}')\"")


def measurement(kind, name, quick):
    """Shell: one."""
    disk, _, job = kind.partition(' ')
    if disk in DISKS:
        return fio(disk, job, name, PIECES[JOBS[job][2]] // (4 if quick else 1))
    return measured(name, f'stream {NICS[disk][0]}')


def script(names, quick):
    """All of them, once there are disks and networks."""
    lines = [NETWORK, 'ip link set lo up',
             f'echo {HUGE_PAGES} >/proc/sys/vm/nr_hugepages']
    lines += [f'wait_for {path}' for path in DISKS.values()]
    lines += [f'join 0000:00:{one:02x}.0 0000:00:{other:02x}.0 {one}'
              for one, other in NICS.values()]
    return '\n'.join([*lines, *(measurement(kind, name, quick)
                                for name, kind in names.items())]) + '\n'


def backend(name):
    """A disk that does nothing, so that DMA is what is left."""
    return ['-blockdev', f'driver=null-co,node-name={name},read-zeroes=on,'
                         f'size={1 << 30}']


def nics():
    """Each with the other one on a hub."""
    for hub, (nic, slots) in enumerate(NICS.items()):
        for slot in slots:
            model = 'e1000e' if nic == 'e1000e' else f'virtio-net-pci,{VIRTIO}'
            yield from ['-netdev', f'hubport,id=net{slot},hubid={hub}',
                        '-device', f'{model},netdev=net{slot},addr={slot},'
                                   f'mac=52:54:00:00:00:{slot:02x}']


def devices():
    """QEMU's options."""
    return [*backend('one'), *backend('two'),
            '-device', 'nvme,serial=1,drive=one,addr=3',
            '-object', 'iothread,id=thread',
            '-device', f'virtio-blk-pci,drive=two,addr=4,iothread=thread,'
                       f'{VIRTIO}', *nics()]


def start(stack, mode, iommu, names, quick):
    """A guest that has begun, with one CPU: which of several does what is
    chance."""
    return Guest(stack, f'{mode} {iommu.label}', names, script(names, quick),
                 [*iommu.options(mode), *devices(), '-smp', '1'],
                 append=f'intel_iommu=on {MODES[mode]} nokaslr norandmaps',
                 more={**files_of('fio'), **files_of('iperf3')})

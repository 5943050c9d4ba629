#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""stress.py SECONDS DEVICE [LOAD]: a guest whose drivers are bound again and
again while it does I/O, devices come and go and the VM stops and goes on, beside
LOAD busy processes. DEVICE is intel-iommu-sim or QEMU's intel-iommu: what hangs
behind both is not the IOMMU's. Virtio has packed rings, see lib/hardware.py.

One thread serves all CPUs: with one for each, QEMU 10.0 may give what a CPU
writes to a register to another device while the other CPU places BARs
(iotlb_to_section() looks into the newer map), and the guest then waits for ever.
THREAD=multi in the environment takes one for each all the same.

Each round of I/O is verified. In the end no interrupt may be missing: of each
requester, as many as were sent were delivered."""
import itertools
import os
import subprocess
import sys
import time

from lib import linux
from lib.checks import Checks
from lib.disk import Disk
from lib.hardware import VIRTIO
from lib.paths import Failure, workspace
from lib.state import State, unraced
from lib.vm import VM

SIM = 'intel-iommu-sim'
IOMMUS = {SIM: f'{SIM},id=iommu0', 'intel-iommu': 'intel-iommu,intremap=on'}
REBOUND = {'nvme': 3, 'virtio-blk': 4}          # name: slot
BUSY = ('work', 5)
PORTS = {'left': 6, 'right': 7}
END_PORT = 8
NIC = {'driver': 'virtio-net-pci', 'iommu_platform': True,
       'disable-legacy': 'on', 'packed': True}
STALL = 900         # seconds after which something is taken for hung
STOPPED = 0.3
UNPLUG_AGAIN = 30

# Until the host plugs a device into the last port, which ends it.
SCRIPT = '''
going_on() { [ "$(function_at 0000:00:%02x.0)" = 0000:00:%02x.0 ]; }

read_all() { dd if="$1" bs=64k count=32 2>/dev/null | sha256sum; }

# rebinding NAME DEVICE
rebinding() {
    wanted=$(read_all "$(block_of "$2")")
    rounds=0
    while going_on; do
        echo "$2" >"/sys/bus/pci/devices/$2/driver/unbind"
        echo "$2" >/sys/bus/pci/drivers_probe
        [ "$(read_all "$(block_of "$2")")" = "$wanted" ] || say "$1-wrong" 1
        rounds=$((rounds + 1))
        say "$1-rounds" $rounds
    done
}

# working NAME DEVICE
working() {
    block=$(block_of "$2")
    rounds=0
    while going_on; do
        dd if=/dev/urandom of=/tmp/work bs=64k count=16 2>/dev/null
        dd if=/tmp/work of="$block" bs=64k conv=fsync 2>/dev/null
        echo 3 >/proc/sys/vm/drop_caches
        dd if="$block" bs=64k count=16 2>/dev/null | cmp -s - /tmp/work ||
            say "$1-wrong" 1
        rounds=$((rounds + 1))
        say "$1-rounds" $rounds
    done
}
''' % (END_PORT, END_PORT)


def script():
    """What the guest does, all at once."""
    loops = [f'rebinding {name} 0000:00:{slot:02x}.0 &'
             for name, slot in REBOUND.items()]
    loops.append(f'working {BUSY[0]} 0000:00:{BUSY[1]:02x}.0 &')
    return '\n'.join([SCRIPT, 'say ready', *loops, 'wait', ''])


def options(device, folder):
    """QEMU's."""
    disks = {name: Disk(name, folder, mib=4)
             for name in (*REBOUND, BUSY[0])}
    found = ['-device', IOMMUS[device]]
    for disk in disks.values():
        found += disk.drive()
    found += ['-device', f'nvme,serial=1,drive=nvme,addr={REBOUND["nvme"]}',
              '-device', 'virtio-blk-pci,drive=virtio-blk,'
                         f'addr={REBOUND["virtio-blk"]},{VIRTIO}',
              '-device', f'nvme,serial=2,drive={BUSY[0]},addr={BUSY[1]}']
    for number, (name, slot) in enumerate([*PORTS.items(),
                                           ('end', END_PORT)]):
        found += ['-device', f'pcie-root-port,id={name},slot={number},'
                             f'addr={slot}']
    for name in PORTS:
        found += ['-netdev', f'user,id=net-{name}',
                  '-blockdev', f'driver=null-co,node-name=disk-{name},'
                               f'read-zeroes=on,size={1 << 24}']
    return found


class Progress:
    """What the guest has done, and for how long it has done no more."""

    def __init__(self, vm):
        self.vm = vm
        self.seen = {}
        self.since = {}

    def look(self):
        """Raise Failure if one of the guest's loops hangs."""
        now = time.monotonic()
        results = self.vm.results()
        for name in (*REBOUND, BUSY[0]):
            rounds = results.get(f'{name}-rounds', '0')
            if self.seen.get(name) != rounds:
                self.seen[name] = rounds
                self.since[name] = now
            elif now - self.since[name] > STALL:
                raise Failure(f'{name} hangs after {rounds} rounds; the '
                              f'console ends: {self.vm.tail(self.vm.console)}')


def plug(vm, port, kind):
    """One device into a root port: a NIC or a disk."""
    more = {**NIC, 'netdev': f'net-{port}'} if kind == 'net' else \
        {'driver': 'nvme', 'serial': port, 'drive': f'disk-{port}'}
    vm.qmp.command('device_add', id=f'in-{port}', bus=port, **more)


def ask_to_let_go(vm, name):
    """Once more is no mistake; False: the guest had done so already."""
    try:
        vm.qmp.command('device_del', id=name)
    except Failure as failure:
        if 'not found' in str(failure):
            return False
        if 'in the process of unplug' not in str(failure):
            raise
    return True


def has_gone(vm, name):
    """Whether a device goes within a while."""
    try:
        while vm.qmp.wait_event('DEVICE_DELETED', UNPLUG_AGAIN)[
                'data'].get('device') != name:
            pass
    except TimeoutError:
        return False
    return True


def unplug(vm, port, progress):
    """Until the guest has let it go; it may not have heard the first time."""
    name = f'in-{port}'
    deadline = time.monotonic() + STALL
    while ask_to_let_go(vm, name) and not has_gone(vm, name):
        progress.look()
        if time.monotonic() > deadline:
            raise Failure(f'the device in {port} is not let go; the console '
                          f'ends: {vm.tail(vm.console)}')
    vm.qmp.events.clear()


def play(vm, seconds):
    """Plug, stop and go on until the time is over; how often."""
    progress = Progress(vm)
    deadline = time.monotonic() + seconds
    plugs = 0
    turns = itertools.cycle(itertools.product(PORTS, ('net', 'disk')))
    while time.monotonic() < deadline:
        port, kind = next(turns)
        plug(vm, port, kind)
        vm.qmp.command('stop')
        time.sleep(STOPPED)
        vm.qmp.command('cont')
        unplug(vm, port, progress)
        progress.look()
        plugs += 1
    return plugs


def check_messages(checks, state):
    """Of each requester, every interrupt arrived."""
    for device in state.devices:
        sent, blocked, delivered = (
            device[name] for name in ('interrupts', 'interrupts-blocked',
                                      'interrupts-delivered'))
        checks.that(f'{device["name"]}: {sent} interrupts sent, {delivered} '
                    'delivered', sent == delivered and not blocked, device)


def run(seconds, device, folder):
    """One guest from its boot to its end: its checks."""
    checks = Checks()
    with VM(folder, script(), options(device, folder),
            thread=os.environ.get('THREAD', 'single')) as vm:
        vm.wait_result('ready')
        plugs = play(vm, seconds)
        vm.qmp.command('device_add', driver='edu', bus='end')
        vm.wait_power_off()
        if device == SIM:
            state = State(vm.qmp)
            check_messages(checks, state)
            checks.that('nothing faulted', not state.faults, state.faults)
    results = vm.results()
    checks.that('the guest ended well', results.get('exit') == '0',
                vm.tail(vm.console))
    for name in (*REBOUND, BUSY[0]):
        rounds = results.get(f'{name}-rounds')
        checks.that(f'{name}: {rounds} rounds of I/O verified',
                    rounds and f'{name}-wrong' not in results, results)
    alarms = [line for line in vm.console_lines()
              if linux.ALARMS.search(line)]
    checks.that(f'{plugs} plugs, and no alarm in the guest\'s log',
                plugs and not alarms, alarms)
    return checks


def busy(count):
    """That many processes that keep the host busy until we end."""
    return [subprocess.Popen(['setpriv', '--pdeathsig', 'KILL', 'sh', '-c',
                              'while :; do :; done']) for _ in range(count)]


def main():
    if len(sys.argv) < 3 or sys.argv[2] not in IOMMUS:
        sys.exit(f'error: stress: no DEVICE {" ".join(sys.argv[2:])}\n'
                 f'  fix: choose {" or ".join(IOMMUS)}')
    seconds, device = int(sys.argv[1]), sys.argv[2]
    load = busy(int((sys.argv[3:] or [os.cpu_count()])[0]))
    try:
        checks = unraced(lambda folder: run(seconds, device, folder),
                         workspace(f'stress-{device}'))
    except Failure as failure:
        sys.exit(f'error: stress: {device}: {failure}')
    finally:
        for process in load:
            process.kill()
    for name, holds, why in checks.done:
        print('ok     ' if holds else 'FAILED ', name)
        if not holds:
            print('       ', why)
    sys.exit(bool(checks.failed()))


if __name__ == '__main__':
    main()

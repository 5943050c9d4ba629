# SPDX-License-Identifier: GPL-2.0-or-later
"""Devices that come and go while Linux runs: each does verified I/O under the
unit of its root port, and is forgotten when the guest has let it go."""
from functools import partial

from lib import linux
from lib.checks import Checks
from lib.disk import Disk
from lib.paths import Failure
from lib.peer import Peer
from lib.state import State
from lib.vm import PATIENCE, VM

UNITS = ('units=0xfed90000 bridge=00:03.0; 0xfed91000 bridge=00:04.0; '
         '0xfed92000 include-all ioapic hpet')
PORTS = {'left': '0000:00:03.0', 'right': '0000:00:04.0'}
NIC = {'driver': 'virtio-net-pci', 'netdev': 'net', 'iommu_platform': True,
       'disable-legacy': 'on', 'packed': True}
ROUND = '''
say ready-{number}
plugged {left}
plugged {right}
{io}
say done-{number}
unplugged {left}
unplugged {right}
'''


def script(number, io):
    """The guest's part of one round."""
    return ROUND.format(number=number, io=io, **PORTS)


def traffic(disk, disk_port, peer, nic_port):
    """The I/O of a disk behind one port, and of a NIC behind the other."""
    return (disk.script(f'"$(block_of "$(function_at {disk_port})")"') +
            peer.script(f'net-{disk.name}', f'"$(function_at {nic_port})"'))


def nvme(name):
    """What QMP needs to plug a disk."""
    return {'driver': 'nvme', 'serial': name, 'drive': name}


def plug(vm, **devices):
    """Plug a device into each root port, named as the driver."""
    for port, device in devices.items():
        vm.qmp.command('device_add', id=device['driver'], bus=port, **device)


def unplug(vm, devices):
    """Ask the guest to let go, until it has."""
    for device in devices:
        vm.qmp.command('device_del', id=device['driver'])
    try:
        left = {device['driver'] for device in devices}
        while left:
            event = vm.qmp.wait_event('DEVICE_DELETED', PATIENCE)
            left.discard(event['data'].get('device'))
    except TimeoutError as error:
        raise Failure('the guest does not let a device go: '
                      f'{vm.tail(vm.console)}') from error


def look(vm):
    """What the device says of those that were plugged."""
    return {device['name']: device for device in State(vm.qmp).devices
            if device['name'] in ('nvme', 'virtio-net-pci')}


def play(checks, vm, number, left, right):
    """One round: plug two devices, I/O, unplug them."""
    vm.wait_result(f'ready-{number}')
    plug(vm, left=left, right=right)
    new = look(vm)
    vm.wait_result(f'done-{number}')
    used = look(vm)
    unplug(vm, [left, right])
    names = [left['driver'], right['driver']]
    checks.that(f'round {number}: each came under the unit of its port',
                [new[name]['unit'] for name in names] == [0, 1], new)
    checks.that(f'round {number}: their I/O went through these units',
                [used[name]['unit'] for name in names] == [0, 1] and
                all(used[name][field] > new[name][field] for name in names
                    for field in ('reads', 'writes', 'interrupts')),
                (new, used))
    checks.that(f'round {number}: they began with nothing', not any(
        new[name][field] for name in names
        for field in ('reads', 'writes', 'interrupts', 'faults')), new)
    checks.that(f'round {number}: nothing of them is left', not look(vm),
                look(vm))


def case(acpi, folder):
    """Two rounds: the kinds of devices change their places. ACPI tells of
    them, or the root ports themselves do."""
    checks = Checks()
    disks = [Disk(name, folder, mib=4) for name in ('first', 'second')]
    peer = Peer(mib=2)
    left, right = PORTS.values()
    text = ('platform\n' +
            script(0, traffic(disks[0], left, peer, right)) +
            script(1, traffic(disks[1], right, peer, left)))
    with peer:
        options = ['-device', f'intel-iommu-sim,id=iommu0,{UNITS}',
                   '-device', 'pcie-root-port,id=left,slot=1,addr=3',
                   '-device', 'pcie-root-port,id=right,slot=2,addr=4',
                   '-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support='
                              f'{acpi}',
                   '-netdev', 'user,id=net',
                   *disks[0].drive(), *disks[1].drive()]
        with VM(folder, text, options) as vm:
            play(checks, vm, 0, left=nvme('first'), right=NIC)
            play(checks, vm, 1, left=NIC, right=nvme('second'))
            vm.wait_power_off()
            state = State(vm.qmp)
    results = vm.results()
    for disk in disks:
        disk.check(checks, results)
        peer.check(f'net-{disk.name}', checks, results)
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, linux.Expected(), [])
    checks.raise_failed()


def ignored(folder):
    """A unit lists only a device that is not there at boot: Linux ignores it
    for good, and the device works untranslated."""
    checks = Checks()
    disk = Disk('late', folder, mib=4)
    port = PORTS['left']
    io = disk.script(f'"$(block_of "$(function_at {port})")"')
    options = ['-device', 'intel-iommu-sim,id=iommu0,units=0xfed90000 '
                          'endpoint=00:03.0/00.0; 0xfed92000 include-all '
                          'ioapic hpet',
               '-device', 'pcie-root-port,id=left,slot=1,addr=3',
               '-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off',
               *disk.drive()]
    with VM(folder, f'say ready\nplugged {port}\n{io}', options) as vm:
        vm.wait_result('ready')
        plug(vm, left=nvme('late'))
        vm.wait_power_off()
        state = State(vm.qmp)
    disk.check(checks, vm.results())
    device = state.device('nvme')
    checks.that('the device is under the first unit', device['unit'] == 0,
                device)
    checks.that('it did I/O in no domain',
                device['reads'] > 0 and device['domain'] == -1, device)
    checks.that('Linux gave the first unit no root table',
                [unit['rtaddr'] != 0 for unit in state.units] == [False, True],
                state.units)
    checks.raise_failed()


CASES = {'hotplug/native': partial(case, 'off')}
LONG = {'hotplug/acpi': partial(case, 'on'), 'hotplug/ignored': ignored}

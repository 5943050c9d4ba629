# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest goes from one QEMU to the next while its disks are busy, and back to
snapshots: what it wrote before, it reads afterwards, and nothing faults but what
should."""
import contextlib
from functools import partial

from cases.scalable import FIRST, SECOND
from lib import linux
from lib.boot import UNMAPPED, Boot, check_tables
from lib.checks import Checks
from lib.hardware import EDU, Hardware
from lib.move import Next, move
from lib.state import State
from lib.vm import VM

TWO_UNITS = (',units=0xfed90000 bridge=00:03.0; 0xfed91000 include-all ioapic '
             'hpet')
KINDS = ['virtio-blk', 'ahci', 'usb']       # QEMU migrates no nvme
MOVES = 10
ROUNDS = 2                                  # of each disk, between two moves
SNAPSHOT = 'here'
# Going back in time, QEMU's TCG leaves the TSC where it was: the guest sees a
# jump as long as the time that it lost.
JUMPS = ' nowatchdog sysctl.kernel.hung_task_timeout_secs=0'


def results(vm):
    """All that the guest said in this QEMU: it has begun in another."""
    return dict(line.partition(' ')[::2] for line in
                vm.output.read_text(errors='replace').splitlines())


def await_rounds(vm, more):
    """Until each disk has done so many more than there are now."""
    begun = {name: int(results(vm).get(f'{name}-rounds', '0'))
             for name in KINDS}
    for name in KINDS:
        vm.wait_until(
            f'{name} to do {more} rounds of I/O',
            lambda name=name: int(results(vm).get(f'{name}-rounds', '0')) >=
            begun[name] + more)


def check_data(checks, vm, number):
    """Nothing was read that was not written."""
    wrong = [name for name in results(vm) if name.endswith('-wrong')]
    checks.that(f'move {number}: all data are right', not wrong, wrong)
    alarms = [line for line in vm.console_lines()
              if linux.ALARMS.search(line) and JUMPS not in line]
    checks.that(f'move {number}: the guest\'s log is clean', not alarms,
                alarms)


def check_counters(checks, before, after, number):
    """They have travelled: none has become less."""
    less = [(device['name'], field) for device in before.devices
            for field in ('reads', 'writes', 'interrupts')
            if after.device(device['name'])[field] < device[field]]
    checks.that(f'move {number}: the counters have travelled', not less, less)


def busy(hardware):
    """The guest's script: every disk, for ever."""
    return ''.join(f'rounds {name} {block} &\n'
                   for name, block in hardware.blocks.items()) + 'wait\n'


def make(folder, boot, disks=''):
    """The hardware of a guest, and its QEMU."""
    hardware = Hardware(folder, boot.ports)
    edu = hardware.plug('edu', EDU)
    hardware.add(KINDS)
    options = [word + disks if word.startswith('if=none') else word
               for word in hardware.options]
    return hardware, edu, ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
                           *options, *boot.machine]


def migrate(boot, moves, folder):
    """As many moves, each to a QEMU of its own."""
    checks = Checks()
    hardware, _, options = make(folder, boot)
    with contextlib.ExitStack() as running:
        vm = running.enter_context(
            VM(folder, busy(hardware), options, boot.series, boot.append))
        await_rounds(vm, 1)
        for number in range(1, moves + 1):
            successor = running.enter_context(
                Next(vm, folder / f'move-{number}'))
            move(vm, successor)
            before = State(vm.qmp)
            check_data(checks, vm, number - 1)
            vm.__exit__()
            vm = successor
            check_counters(checks, before, State(vm.qmp), number)
            await_rounds(vm, ROUNDS)
        state = State(vm.qmp)
        check_data(checks, vm, moves)
        check_tables(checks, state, boot, KINDS)
        checks.that('nothing faulted', not state.faults, state.faults)
    checks.raise_failed()


COUNTED = ('reads', 'writes')


def check_shown(checks, before, after, number):
    """All is shown as it was, but for what QEMU's devices read while they are
    loaded, which counts."""
    for state in before, after:
        for unit in state.units:
            unit.pop('counts', None)
    for what in 'units', 'faults':
        then, now = getattr(before, what), getattr(after, what)
        checks.that(f'back {number}: {what} as they were', now == then,
                    (now, then))
    for then in before.devices:
        now = after.device(then['device'])
        others = [(name, now[name], value) for name, value in then.items()
                  if name not in COUNTED and now[name] != value]
        checks.that(f'back {number}: {then["name"]} as it was', not others,
                    others)
    check_counters(checks, before, after, number)


def snapshot(boot, folder):
    """A snapshot when a fault has come, and back to it from elsewhere."""
    checks = Checks()
    hardware, edu, options = make(folder, boot, ',snapshot=on')
    script = f'stray {edu} {UNMAPPED:#x}\nsay strayed\n{busy(hardware)}'
    with VM(folder, script, options, boot.series, boot.append + JUMPS) as vm:
        vm.wait_result('strayed')
        await_rounds(vm, 1)
        vm.qmp.command('stop')
        told = vm.qmp.command('human-monitor-command',
                              **{'command-line': f'savevm {SNAPSHOT}'})
        checks.that('the snapshot is taken', not told, told)
        shown = State(vm.qmp)
        for number in 1, 2:
            vm.qmp.command('cont')
            await_rounds(vm, ROUNDS)
            vm.qmp.command('stop')
            told = vm.qmp.command('human-monitor-command',
                                  **{'command-line': f'loadvm {SNAPSHOT}'})
            checks.that(f'back {number}: the snapshot is loaded', not told,
                        told)
            check_shown(checks, shown, State(vm.qmp), number)
            check_data(checks, vm, number)
        checks.that('the stray DMA is in the log, and nothing else',
                    [fault['address'] for fault in shown.faults] ==
                    [UNMAPPED], shown.faults)
        vm.qmp.command('cont')
        await_rounds(vm, ROUNDS)
        check_data(checks, vm, 3)
    checks.raise_failed()


BOOTS = {
    '6.12': Boot(),
    '6.1': Boot('6.1'),
    '7': Boot('7'),
    'two-units-root-ports': Boot(ports=True, iommu=TWO_UNITS),
    'x2apic': Boot(machine=('-cpu', 'qemu64,+x2apic')),
    'registers': Boot(iommu=',qi=off,intremap=off'),
    'caching-mode': Boot(iommu=',caching-mode=on'),
    'caches-left': Boot(iommu=',migrate-caches=off'),
    'scalable': FIRST,
    'scalable-second-stage': SECOND,
    'pc': Boot(machine=('-M', 'pc')),
}

CASES = {'migration/short': partial(migrate, BOOTS['6.12'], 2)}
LONG = {f'migration/{name}': partial(migrate, boot, MOVES)
        for name, boot in BOOTS.items()} | \
       {f'snapshot/{name}': partial(snapshot, BOOTS[name])
        for name in ('6.12', 'scalable', 'pc')}

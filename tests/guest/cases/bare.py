# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest without an operating system, tests/guest/bare: each line that it
prints, and each fault that its steps provoke."""
from functools import partial
from typing import NamedTuple

from lib.checks import Checks
from lib.hardware import EDU
from lib.paths import from_script
from lib.state import State
from lib.vm import VM

STEPS = ('{}, {}: it reads and writes what is mapped',
         '{}, {}: unmapped, not invalidated: it still writes there',
         '{}, {}: invalidated: its write faults, reason 0x5 at 0x7fc0001000')
INTERRUPTS = ('{}: its interrupt takes vector 0x40',
              '{}: entry changed, not invalidated: still 0x40',
              '{}: invalidated: vector 0x41',
              '{}: the entry of another device: blocked, reason 0x26')


class Machine(NamedTuple):
    """The device's options, its units, and the unit of each edu."""
    iommu: str = ''
    bases: tuple = (0xfed90000,)
    edus: dict = {'00:06.0': 0}
    more: tuple = ()


def lines(machine):
    """What the guest prints when all is well."""
    yield f'units in the DMAR table: {len(machine.bases)}'
    for number, base in enumerate(machine.bases):
        yield f'unit {number} at {base:#x}, version 1.0: translation is on'
    for edu, unit in machine.edus.items():
        yield f'{edu} is under unit {unit}'
        yield f'{edu} without a domain: its DMA faults, reason 0x1'
        for how in 'by registers', 'by queue':
            yield from (step.format(edu, how) for step in STEPS)
        yield from (step.format(edu) for step in INTERRUPTS)


def compare(checks, vm, wanted):
    """What it has printed."""
    wanted = [*wanted, f'1..{len(wanted)}']
    printed = vm.console.read_text().splitlines()
    differ = [pair for pair in zip(printed, wanted) if pair[0] != pair[1]]
    checks.that('the guest printed what it should',
                printed == wanted, differ or vm.tail(vm.console))


def start(folder, iommu, machine):
    """The VM with such an IOMMU."""
    options = ['-device', iommu, *machine.more]
    for edu in machine.edus:
        options += ['-device', f'{EDU},addr={edu[3:]}']
    return VM(folder, None, options,
              system=['-kernel', from_script('build/bare')])


def boot(machine, folder):
    """All is well, and the faults are those that it provoked."""
    checks = Checks()
    iommu = f'intel-iommu-sim,id=iommu0{machine.iommu}'
    with start(folder, iommu, machine) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    compare(checks, vm, [f'ok {number} - {line}'
                         for number, line in enumerate(lines(machine), 1)])
    faults = [(fault['source-id'], fault['reason'], fault['unit'])
              for fault in state.faults]
    checks.that('the faults that it provoked, and no other', faults ==
                [(edu, reason, unit) for edu, unit in machine.edus.items()
                 for reason in (1, 5, 5, 0x26)], faults)
    checks.raise_failed()


def boot_with_intel_iommu(folder):
    """QEMU's own device agrees, but for the entry that it does not keep."""
    checks = Checks()
    machine = Machine()
    with start(folder, 'intel-iommu,intremap=on', machine) as vm:
        vm.wait_power_off()
    compare(checks, vm, [
        f'{"not " * ("entry changed" in line)}ok {number} - {line}'
        for number, line in enumerate(lines(machine), 1)])
    checks.raise_failed()


MACHINES = {
    'one-unit': Machine(',aw-bits=39,psi=off'),
    'two-units': Machine(',units=0xfed90000 endpoint=00:07.0; '
                         '0xfed91000 include-all ioapic,caching-mode=on',
                         (0xfed90000, 0xfed91000),
                         {'00:06.0': 1, '00:07.0': 0}),
    'pc': Machine(more=('-M', 'pc')),
}
CASES = {f'bare/{name}': partial(boot, machine)
         for name, machine in MACHINES.items()}
CASES['bare/intel-iommu'] = boot_with_intel_iommu

# SPDX-License-Identifier: GPL-2.0-or-later
"""Suspend to RAM and resume: the units lose their state, the kernel restores
it, and DMA, interrupts and fault events are as before."""
from functools import partial

from cases.scalable import FIRST, SECOND
from lib import linux
from lib.boot import UNMAPPED, Boot, check_stray, check_tables
from lib.checks import Checks
from lib.hardware import EDU, Hardware
from lib.paths import Failure
from lib.state import State
from lib.vm import PATIENCE, VM

TWO_UNITS = (',units=0xfed90000 bridge=00:03.0 bridge=00:06.0; '
             '0xfed91000 include-all ioapic hpet')
X2APIC = ('-cpu', 'qemu64,+x2apic')
TES, IRES = 1 << 31, 1 << 25    # of GSTS
KINDS = ['nvme', 'virtio-blk', 'ahci', 'e1000e']
SCRIPT = '''
{io}
echo mem >/sys/power/state
say begin
platform
stray {edu} {stray:#x}
{io}
say awake
sleep 1000
'''


def wait_asleep(vm):
    """The state while the guest sleeps."""
    try:
        vm.qmp.wait_event('SUSPEND', PATIENCE)
    except (TimeoutError, EOFError) as error:
        raise Failure(f'no suspend: {vm.tail(vm.console)}') from error
    return State(vm.qmp)


def check_traffic(checks, before, after, kinds):
    """Each device has gone on after the resume."""
    idle = [(name, field) for name in kinds
            for field in ('reads', 'writes', 'interrupts')
            if after.device(name)[field] <= before.device(name)[field]]
    checks.that('all devices work after the resume', not idle, idle)


def run(boot, folder, kinds=KINDS):
    """I/O, sleep, I/O."""
    checks = Checks()
    hardware = Hardware(folder, boot.ports)
    edu = hardware.plug('edu', EDU)
    hardware.add(kinds)
    script = SCRIPT.format(io=hardware.script, edu=edu, stray=UNMAPPED)
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *hardware.options, *boot.machine]
    with hardware.peer, \
            VM(folder, script, options, boot.series, boot.append) as vm:
        before = wait_asleep(vm)
        hardware.check(checks, vm.results())
        vm.qmp.command('system_wakeup')
        vm.wait_result('awake')
        state = State(vm.qmp)
    in_use = TES | IRES * bool(boot.wanted.remapping)
    checks.that('the units translate and remap again',
                all(unit['gsts'] & in_use == in_use for unit in state.units),
                state.units)
    hardware.check(checks, vm.results())
    check_traffic(checks, before, state, kinds)
    check_tables(checks, state, boot, kinds)
    strays = check_stray(checks, vm, state, boot)
    linux.check(checks, vm, state, boot.wanted, strays)
    checks.raise_failed()


BOOTS = {
    '6.12': Boot(),
    '6.1': Boot('6.1'),
    '7': Boot('7'),
    'two-units-root-ports': Boot(ports=True, iommu=TWO_UNITS),
    'x2apic': Boot(machine=X2APIC, wanted=linux.Expected('x2apic')),
    'registers': Boot(iommu=',qi=off,intremap=off',
                      wanted=linux.Expected(remapping='')),
    'caching-mode': Boot(
        iommu=',caching-mode=on', wanted=linux.Expected(
            domain='DMA', lines='IOMMU batching disallowed')),
    'scalable': FIRST,
    'scalable-7': FIRST._replace(series='7'),
    'scalable-second-stage': SECOND,
    'pc': Boot(machine=('-M', 'pc')),
}

CASES = {'suspend/6.12': partial(run, BOOTS['6.12'])}
LONG = {f'suspend/{name}': partial(run, boot) for name, boot in BOOTS.items()
        if name != '6.12'}

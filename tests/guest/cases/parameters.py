# SPDX-License-Identifier: GPL-2.0-or-later
"""Parameters of the kernel that say what it does with the units: whether they
translate, and how it invalidates. I/O works either way."""
import re
from functools import partial
from typing import NamedTuple

from lib import linux
from lib.boot import check_traffic
from lib.checks import Checks
from lib.hardware import Hardware
from lib.linux import Expected
from lib.state import State
from lib.vm import VM

KINDS = ['nvme', 'virtio-blk', 'e1000e']
OFF = Expected(domain='')

# The units' events: a walk, of an address below or beyond 4 GiB; how an unmap
# is flushed: its pages at once, or from time to time the whole domain. (7.x
# flushes at once some of NVMe's in either case.)
WALK = 'vtdm_translation '
BELOW_4G = r'vtdm_translation .* address=0x[0-9a-f]{1,8} '
ABOVE_4G = r'vtdm_translation .* address=0x[0-9a-f]{9}'
STRICT = 'scope=pages'
LAZY = 'scope=domain'


class Boot(NamedTuple):
    """Parameters, and what they must lead to."""
    append: str
    wanted: Expected = Expected()
    says: str = 'Command line:'     # the kernel
    seen: str = WALK                # among the events
    unseen: str = ABOVE_4G
    machine: tuple = ()             # more of QEMU's options


BOOTS = {
    'intel_iommu-off': Boot('intel_iommu=off', OFF, 'DMAR: IOMMU disabled',
                            seen='', unseen=WALK),
    'iommu-off': Boot('intel_iommu=on iommu=off', OFF, seen='', unseen=WALK),
    'iommu-force': Boot('intel_iommu=on iommu=force', seen=LAZY),
    'iommu-soft': Boot('intel_iommu=on iommu=soft', seen=LAZY,
                       says='Using software bounce buffering for IO'),
    'iommu-nopt': Boot('intel_iommu=on iommu=pt iommu=nopt', seen=LAZY),
    'lazy': Boot('intel_iommu=on iommu.strict=1 iommu.strict=0', seen=LAZY,
                 says='lazy mode (set via kernel command line)'),
    'strict': Boot('intel_iommu=on iommu.strict=1', Expected(domain='DMA'),
                   'strict mode (set via kernel command line)',
                   seen=STRICT, unseen=LAZY),
    'forcedac': Boot('intel_iommu=on iommu.forcedac=1', seen=ABOVE_4G,
                     unseen=BELOW_4G),
    'sp_off': Boot('intel_iommu=on,sp_off',
                   says='DMAR: Disable supported super page'),
    'one-cpu': Boot('intel_iommu=on', machine=('-smp', '1')),
    'maxcpus': Boot('intel_iommu=on maxcpus=1'),
    'no-hpet': Boot('intel_iommu=on', machine=('-machine', 'hpet=off')),
    'cpu-max': Boot('intel_iommu=on', Expected('x2apic'),
                    machine=('-cpu', 'max')),
}


def start(folder, hardware, boot, series='6.12'):
    """A VM; its units' events go to trace.log."""
    options = ['-device', 'intel-iommu-sim,id=iommu0', *hardware.options,
               '-trace', 'vtdm_translation', '-trace',
               'vtdm_invalidation_iotlb', '-D', str(folder / 'trace.log'),
               *boot.machine]
    return VM(folder, hardware.script, options, series, boot.append)


def check_events(checks, trace, boot):
    """How the kernel used the units."""
    text = trace.read_text()
    checks.that(f'seen: {boot.seen}', re.search(boot.seen, text), trace)
    checks.that(f'not seen: {boot.unseen}',
                not re.search(boot.unseen, text), trace)


def run(series, boot, folder):
    """Boot with them."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(KINDS)
    hardware.script += 'platform\n'
    with hardware.peer, start(folder, hardware, boot, series) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    hardware.check(checks, vm.results())
    check_traffic(checks, state, KINDS)
    check_events(checks, folder / 'trace.log', boot)
    checks.that(f'the kernel says {boot.says}', vm.console_lines(boot.says),
                vm.console)
    checks.that('nothing faulted', not state.faults, state.faults)
    wanted = boot.wanted._replace(lines=re.escape(boot.says))
    linux.check(checks, vm, state, wanted, [])
    checks.raise_failed()


def without_acpi(folder):
    """No DMAR table is seen: the units stay as they were, and I/O works."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(KINDS)
    boot = Boot('acpi=off intel_iommu=on', seen='', unseen=WALK)
    with hardware.peer, start(folder, hardware, boot) as vm:
        vm.wait_result('exit')      # without ACPI it cannot power off
        state = State(vm.qmp)
    hardware.check(checks, vm.results())
    check_events(checks, folder / 'trace.log', boot)
    checks.that('no unit does anything',
                not [unit for unit in state.units if unit['gsts']], state.units)
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check_log(checks, vm, Expected(), [])
    checks.raise_failed()


CASES = {
    'parameter/6.12/iommu-off': partial(run, '6.12', BOOTS['iommu-off']),
    'parameter/6.12/acpi-off': without_acpi,
}
LONG = {f'parameter/{series}/{name}': partial(run, series, boot)
        for series in ('6.1', '6.12', '7') for name, boot in BOOTS.items()
        if f'parameter/{series}/{name}' not in CASES}

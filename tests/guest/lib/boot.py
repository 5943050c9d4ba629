# SPDX-License-Identifier: GPL-2.0-or-later
"""One boot of the matrix: a kernel, the device's options, every kind of I/O
device, a DMA that must fault; and what must hold afterwards."""
from typing import NamedTuple

from . import linux
from .checks import Checks
from .hardware import EDU, EVERY, Hardware
from .state import State
from .vm import VM

UNMAPPED = 0xdeadb000


class Boot(NamedTuple):
    """What is special about one boot."""
    series: str = '6.12'
    append: str = 'intel_iommu=on'
    iommu: str = ''             # more of -device intel-iommu-sim
    machine: tuple = ()         # more of QEMU's options
    ports: bool = False         # each device behind a root port
    bridges: tuple = ()         # QEMU's options for places that are named
    places: dict = {}           # name of a device: Place
    kinds: tuple = tuple(EVERY)
    stray: int = UNMAPPED       # what edu writes to
    reason: int = 5             # why that must fault
    told: bool = True           # the kernel takes the fault event
    msi: bool = True            # devices send their own interrupts
    mode: str = 'legacy'        # of the tables that the kernel made, or modes
    stage: str = ''             # whose tables gave addresses; '': any...
    levels: int = 0             # ... and how many they have; 0: any
    wanted: linux.Expected = linux.Expected()


def check_traffic(checks, state, devices, msi=True):
    """Each device's DMA and interrupts went through the units."""
    fields = ('reads', 'writes') + ('interrupts',) * msi
    wanted = [(name, field) for name in devices for field in fields]
    wanted.append(('ioapic', 'interrupts'))
    idle = [(name, field) for name, field in wanted
            if not (state.device(name) or {field: 0})[field]]
    checks.that('DMA and interrupts of each device went through its unit',
                not idle, f'none: {idle}')


def check_tables(checks, state, boot, devices):
    """The kernel's tables are of the mode and the stage that it should use."""
    modes = {unit['mode'] for unit in state.units}
    checks.that(f'the units are in {boot.mode} mode',
                modes == set(boot.mode.split()), modes)
    stages = {name: state.device(name)['stage'] for name in devices}
    checks.that(f'addresses came from stage {boot.stage or "any"}',
                not boot.stage or set(stages.values()) == {boot.stage}, stages)


def check_levels(checks, vm, boot):
    """While edu's entries are cached: how deep its tables are."""
    vm.wait_result('stray')
    cached = State(vm.qmp).device('edu')['cached']
    levels = {entry[f'{boot.stage}-stage-levels'] for entry in cached}
    checks.that(f'the tables have {boot.levels} levels',
                max(levels, default=0) == boot.levels, cached)


def check_stray(checks, vm, state, boot):
    """The stray DMA, and nothing else, was caught, recorded and told; the
    lines in which the guest's kernel did so."""
    edu = state.device('edu')['device']
    caught = [(fault['source-id'], fault['reason'], fault['recorded'])
              for fault in state.faults]
    checks.that('the stray DMA was caught, and nothing else faulted',
                caught == [(edu, boot.reason, True)], state.faults)
    lines = vm.console_lines('DMAR: DRHD: handling fault status reg')[:1] + \
        vm.console_lines('DMAR: [', f'{edu}]',
                         f'[fault reason {boot.reason:#04x}]')[:1]
    checks.that(f'fault events that the guest\'s kernel took: {boot.told:d}',
                len(lines) == 2 * boot.told and
                vm.results().get('stray') == f'{boot.told:d}',
                (lines, vm.results().get('stray')))
    return lines


def run(boot, folder):
    """Boot, and raise Failure unless all of it holds."""
    checks = Checks()
    hardware = Hardware(folder, boot.ports, boot.places)
    edu = hardware.plug('edu', EDU)
    hardware.add(boot.kinds)
    script = (f'platform\nstray {edu} {boot.stray:#x} '
              f'{"" if boot.told else 100}\n{hardware.script}')
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *boot.bridges, *hardware.options, *boot.machine]
    with hardware.peer, \
            VM(folder, script, options, boot.series, boot.append) as vm:
        if boot.levels:
            check_levels(checks, vm, boot)
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    checks.that('the guest ended well', results.get('exit') == '0', vm.console)
    hardware.check(checks, results)
    check_traffic(checks, state, map(hardware.sender, boot.kinds), boot.msi)
    check_tables(checks, state, boot, map(hardware.sender, boot.kinds))
    stray_lines = check_stray(checks, vm, state, boot)
    linux.check(checks, vm, state, boot.wanted, stray_lines)
    checks.raise_failed()

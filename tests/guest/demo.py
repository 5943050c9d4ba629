#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""demo.py [TABLE]: boots a VM with two remapping units, or those of a DMAR table
in a file, has the guest do disk and network I/O that both sides verify, has a
device do a DMA that nobody mapped, and prints what the IOMMU saw. Exit status 0
only if all of it is as it must be."""
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

from lib import dmar, report
from lib.checks import Checks
from lib.disk import Disk
from lib.hardware import VIRTIO as VIRTIO_OPTIONS
from lib.paths import Failure, workspace
from lib.peer import Peer
from lib.state import State, unraced
from lib.vm import VM

UNITS = '0xfed90000 endpoint=00:03.0; 0xfed91000 include-all ioapic hpet'
NVME, VIRTIO, NIC, EDU = DEVICES = ['nvme0', 'virtio0', 'nic0', 'edu0']
IO = [NVME, VIRTIO, NIC]
STRAY = 0xdeadb000


class Described:
    """The platform of UNITS: NVMe alone is under the first unit."""
    option = f'units={UNITS}'
    ports = []
    places = dict(zip(DEVICES, ['addr=3', 'addr=4', 'addr=5', 'addr=6']))
    slots = dict(zip(DEVICES, ['00:03.0', '00:04.0', '00:05.0', '00:06.0']))

    def check(self, checks, state, _said):
        """Who is where."""
        under = {number: {device['name'] for device in state.devices
                          if device['unit'] == number} for number in (0, 1)}
        checks.that('NVMe alone is under unit 0', under[0] == {NVME}, under)
        checks.that('virtio-blk, e1000e and edu are under unit 1',
                    {VIRTIO, NIC, EDU} <= under[1], under)


class Loaded:
    """The platform of a table: the I/O devices are where its units name some,
    as far as there are such places, the others where it names none."""

    def __init__(self, file):
        self.table = dmar.Table(file)
        if self.table.errors:
            raise Failure('\n  '.join([
                f'{file} makes no platform:', *self.table.errors,
                'fix: choose another one; build/dmarinfo FILE shows all of it']))
        self.option = f'dmar={str(file).replace(",", ",,")}'
        self.ports, self.places, self.slots, self.chains = [], {}, {}, {}
        for name, (slot, kind) in zip(DEVICES, self.table.homes(DEVICES)):
            self._put(name, slot, kind)

    def _put(self, name, slot, kind):
        self.places[name] = f'bus=pcie.0,addr={slot:#x}'
        self.slots[name] = f'00:{slot:02x}.0'
        self.chains[name] = [(0, slot, 0)]
        if kind == dmar.BRIDGE:
            self.ports += ['-device', f'pcie-root-port,id=port-{name},'
                                      f'slot={slot},{self.places[name]}']
            self.places[name] = f'bus=port-{name}'
            self.chains[name].append((None, 0, 0))

    def check(self, checks, state, said):
        """Who is where, by our own reading of the table."""
        moved = dmar.moves(said)
        for name, chain in self.chains.items():
            base = self.table.owner(chain)['base']
            base = moved.get(base, base)
            unit = (state.device(name) or {'unit': -1})['unit']
            checks.that(f'{name} is under the unit at {base:#x}, as the table '
                        'says', unit >= 0 and
                        state.units[unit]['base'] == base, f'unit {unit}')


def options(platform, nvme, virtio):
    """QEMU's devices: the IOMMU, then who is behind it."""
    at = platform.places
    return [
        '-device', f'intel-iommu-sim,id=iommu0,{platform.option}',
        *platform.ports, *nvme.drive(), *virtio.drive(),
        '-device', f'nvme,id={NVME},serial=1,drive=nvme,{at[NVME]}',
        '-device', f'virtio-blk-pci,id={VIRTIO},drive=virtio-blk,{at[VIRTIO]},'
                   f'{VIRTIO_OPTIONS}',
        '-netdev', 'user,id=net',
        '-device', f'e1000e,id={NIC},netdev=net,{at[NIC]}',
        '-device', f'edu,id={EDU},dma_mask=0xffffffffffffffff,{at[EDU]}']


def guest_script(platform, nvme, virtio, peer):
    """What the guest does."""
    nic, edu = (f'"$(function_at 0000:{platform.slots[name]})"'
                for name in (NIC, EDU))
    return (nvme.script('/dev/nvme0n1') + virtio.script('/dev/vda') +
            peer.script('e1000e', nic) +
            f'stray {edu} {STRAY:#x}\n'
            'sleep 1\n')


def check_traffic(checks, state):
    """All DMA and interrupts came by a unit."""
    for what, of in [('reads', IO), ('writes', IO),
                     ('interrupts', [*IO, 'ioapic'])]:
        idle = [name for name in of
                if not (state.device(name) or {what: 0})[what]]
        checks.that(f'{what} of all went through their unit', not idle,
                    f'none of {" ".join(idle)}')


def check_fault(checks, state, edu, log_lines):
    """That the stray DMA, and nothing else, was caught and told."""
    strays = [record for record in state.faults
              if record['source-id'] == edu and record['access'] == 'write'
              and record['address'] & ~0xfff == STRAY]
    checks.that('the stray write was caught, and nothing else faulted',
                strays and len(strays) == len(state.faults),
                f'faults: {state.faults}')
    checks.that("it is recorded, and the guest's kernel reported it",
                strays and strays[0]['recorded'] and log_lines,
                f'{strays}, log lines {log_lines}')
    return strays[0] if strays else None


class Run(NamedTuple):
    """What one run showed."""
    checks: Checks
    state: State
    caught: dict        # the stray DMA's record, or None
    log_lines: list     # the guest's kernel about it
    changes: list       # of the table


def run(folder, platform=Described()):
    """The whole run, with all that belongs to it in `folder`."""
    nvme, virtio = Disk('nvme', folder), Disk('virtio-blk', folder)
    checks = Checks()
    with Peer() as peer:
        script = guest_script(platform, nvme, virtio, peer)
        with VM(folder, script, options(platform, nvme, virtio)) as vm:
            vm.wait_power_off()
            state = State(vm.qmp)
    results = vm.results()
    for disk in nvme, virtio:
        disk.check(checks, results)
    peer.check('e1000e', checks, results)
    checks.that('the guest ended well', results.get('exit') == '0',
                f'see {vm.console}')
    platform.check(checks, state, vm.said())
    check_traffic(checks, state)
    edu = state.device(EDU)['device']
    lines = vm.console_lines('DMAR:', f'[{edu}]', f'{STRAY:#x}')
    return Run(checks, state, check_fault(checks, state, edu, lines), lines,
               dmar.changes(vm.said()))


def main():
    folder = workspace('demo')
    try:
        platform = Loaded(Path(sys.argv[1])) if sys.argv[1:] else Described()
        done = unraced(partial(run, platform=platform), folder)
    except Failure as failure:
        sys.exit(f'error: demo: {failure}')
    sections = [report.units(done.state), report.devices(done.state),
                report.held(done.checks)]
    if sys.argv[1:]:
        sections.insert(0, report.fitted(sys.argv[1], done.changes))
    if done.caught:
        sections.append(report.fault(done.caught, EDU, done.log_lines[:1]))
    print('\n' + '\n\n'.join('\n'.join(section) for section in sections))
    failed = done.checks.failed()
    print(f'\n{len(done.checks.done) - len(failed)} checks hold, '
          f'{len(failed)} failed. Logs: {folder}')
    sys.exit(bool(failed))


if __name__ == '__main__':
    main()

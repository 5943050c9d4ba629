#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""demo.py: boots a VM with two remapping units, has the guest do disk and network
I/O that both sides verify, has a device do a DMA that nobody mapped, and
prints what the IOMMU saw. Exit status 0 only if all of it is as it must be."""
import sys
from typing import NamedTuple

from lib import report
from lib.checks import Checks
from lib.disk import Disk
from lib.hardware import VIRTIO as VIRTIO_OPTIONS
from lib.paths import Failure, workspace
from lib.peer import Peer
from lib.state import State, unraced
from lib.vm import VM

UNITS = '0xfed90000 endpoint=00:03.0; 0xfed91000 include-all ioapic hpet'
NVME, VIRTIO, E1000E, EDU = '00:03.0', '00:04.0', '00:05.0', '00:06.0'
IO = [NVME, VIRTIO, E1000E]
STRAY = 0xdeadb000


def options(nvme, virtio):
    """QEMU's devices: the IOMMU, then who is behind it."""
    return [
        '-device', f'intel-iommu-sim,id=iommu0,units={UNITS}',
        *nvme.drive(), *virtio.drive(),
        '-device', 'nvme,id=nvme0,serial=1,drive=nvme,addr=3',
        '-device', 'virtio-blk-pci,id=virtio0,drive=virtio-blk,addr=4,'
                   f'{VIRTIO_OPTIONS}',
        '-netdev', 'user,id=net', '-device', 'e1000e,id=nic0,netdev=net,addr=5',
        '-device', 'edu,id=edu0,addr=6,dma_mask=0xffffffffffffffff']


def guest_script(nvme, virtio, peer):
    """What the guest does."""
    return (nvme.script('/dev/nvme0n1') + virtio.script('/dev/vda') +
            peer.script('e1000e', f'0000:{E1000E}') +
            f'edu-dma 0000:{EDU} write {STRAY:#x} 64 && say edu done\n'
            'sleep 1\n')


def check_units(checks, state):
    """Who is where, and that its DMA and interrupts came by."""
    under = {number: {device['device'] for device in state.devices
                      if device['unit'] == number} for number in (0, 1)}
    checks.that('NVMe alone is under unit 0', under[0] == {NVME}, under)
    checks.that('virtio-blk, e1000e and edu are under unit 1',
                {VIRTIO, E1000E, EDU} <= under[1], under)
    for what, of in [('reads', IO), ('writes', IO),
                     ('interrupts', [*IO, 'ioapic'])]:
        idle = [address for address in of
                if not (state.device(address) or {what: 0})[what]]
        checks.that(f'{what} of all went through their unit', not idle,
                    f'none of {" ".join(idle)}')


def check_fault(checks, state, log_lines):
    """That the stray DMA, and nothing else, was caught and told."""
    strays = [record for record in state.faults
              if record['source-id'] == EDU and record['access'] == 'write'
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


def run(folder):
    """The whole run, with all that belongs to it in `folder`."""
    nvme, virtio = Disk('nvme', folder), Disk('virtio-blk', folder)
    checks = Checks()
    with Peer() as peer:
        script = guest_script(nvme, virtio, peer)
        with VM(folder, script, options(nvme, virtio)) as vm:
            vm.wait_power_off()
            state = State(vm.qmp)
    results = vm.results()
    for disk in nvme, virtio:
        disk.check(checks, results)
    peer.check('e1000e', checks, results)
    checks.that('the guest ended well', results.get('exit') == '0',
                f'see {vm.console}')
    check_units(checks, state)
    lines = vm.console_lines('DMAR:', f'[{EDU}]', f'{STRAY:#x}')
    return Run(checks, state, check_fault(checks, state, lines), lines)


def main():
    folder = workspace('demo')
    try:
        done = unraced(run, folder)
    except Failure as failure:
        sys.exit(f'error: demo: {failure}')
    sections = [report.units(done.state), report.devices(done.state),
                report.held(done.checks)]
    if done.caught:
        sections.append(report.fault(done.caught, 'edu0', done.log_lines[:1]))
    print('\n' + '\n\n'.join('\n'.join(section) for section in sections))
    failed = done.checks.failed()
    print(f'\n{len(done.checks.done) - len(failed)} checks hold, '
          f'{len(failed)} failed. Logs: {folder}')
    sys.exit(bool(failed))


if __name__ == '__main__':
    main()

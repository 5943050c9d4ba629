#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench_drivers.py [ROUNDS [GLOB]]: what Linux's own drivers get, which map
each buffer: reads and writes past the page cache, of an NVMe disk and of a
virtio one whose requests run in an iothread, behind QEMU's IOMMU, this one and
none; invalidated lazily and at once, in legacy and in scalable mode. GLOB takes
of the modes. The VMs of a mode take turns, and the best round counts."""
import fnmatch
import sys
from contextlib import ExitStack

from lib.hardware import VIRTIO
from lib.paths import Failure
from lib.report import table
from lib.turns import best, boot, take_turns
from lib.yardstick import scalable

NONE, QEMUS, OURS = 'no IOMMU', 'intel-iommu', 'intel-iommu-sim'
IOMMUS = (NONE, QEMUS, OURS)
# Mode: more of the kernel's command line.
MODES = {
    'legacy lazy': 'iommu.strict=0',
    'legacy strict': 'iommu.strict=1',
    'legacy pt': 'iommu=pt',
    'scalable lazy': 'iommu.strict=0',
    'scalable strict': 'iommu.strict=1',
}
DISKS = {'nvme': '/dev/nvme0n1', 'virtio': '/dev/vda'}
KINDS = [f'{way} {order} {size} {depth}'
         for order, size, depth in (('random', 4096, 1), ('random', 4096, 32),
                                    ('sequential', 131072, 32))
         for way in ('read', 'write')]


def backend(name):
    """A disk that does nothing, so that DMA is what is left."""
    return ['-blockdev', f'driver=null-co,node-name={name},read-zeroes=on,'
                         f'size={1 << 30}']


def options(iommu, mode):
    """QEMU's: the IOMMU first."""
    words = ''
    if mode.startswith('scalable'):
        words = ',aw-bits=48' + (scalable(True) if iommu == QEMUS else
                                 ',scalable-mode=on')
    first = [] if iommu == NONE else ['-device', iommu + words]
    return [*first, *backend('one'), *backend('two'),
            '-device', 'nvme,serial=1,drive=one,addr=3',
            '-object', 'iothread,id=thread',
            '-device', f'virtio-blk-pci,drive=two,addr=4,iothread=thread,'
                       f'{VIRTIO}']


def script(rounds):
    """Measure each kind once a round."""
    lines = [f'wait_for {path}' for path in DISKS.values()]
    lines += ['say ready', 'sleep 1']
    lines += [f'say {disk}-{kind.replace(" ", "-")}-{turn} '
              f'$(direct-io {path} {kind})'
              for turn in range(rounds) for disk, path in DISKS.items()
              for kind in KINDS]
    return '\n'.join(lines) + '\n'


def measure(mode, rounds):
    """What each guest of a mode said."""
    with ExitStack() as stack:
        vms = {iommu: boot(stack, f'{mode} {iommu}', script(rounds),
                           options(iommu, mode),
                           append=f'intel_iommu=on {MODES[mode]}')
               for iommu in IOMMUS}
        take_turns(vms.values(), rounds)
        return {iommu: vm.results() for iommu, vm in vms.items()}


def rows(results):
    """Each kind: a number without an IOMMU, and how much of it others get."""
    for disk in DISKS:
        for kind in KINDS:
            speeds = [best(results[iommu], f'{disk} {kind}')
                      for iommu in IOMMUS]
            yield [f'{disk} {kind}', *(f'{speed:,} ({speed / speeds[0]:.2f})'
                                       for speed in speeds)]


def main():
    rounds, glob, *_ = [*sys.argv[1:], '', ''][:2]
    rounds = int(rounds or 5)
    try:
        for mode in fnmatch.filter(MODES, glob or '*'):
            results = measure(mode, rounds)
            print(f'\n{mode}: pieces a second (best of {rounds}; in brackets: '
                  'of no IOMMU)')
            print('\n'.join(table(['disk, piece, depth', *IOMMUS],
                                  rows(results))), flush=True)
    except Failure as failure:
        sys.exit(f'error: bench: {failure}')


if __name__ == '__main__':
    main()

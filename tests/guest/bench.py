#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py [ROUNDS]: what a user of DPDK or SPDK in a guest would feel: how
many polling reads of 4 KiB an NVMe device does in a second behind this IOMMU,
behind QEMU's own and behind none. The three VMs take turns, and the best round
counts. The numbers are worth comparing, not more."""
import sys
from contextlib import ExitStack

from lib.paths import Failure
from lib.report import table
from lib.turns import best, boot, take_turns

DEVICE = '0000:00:03.0'
DISK = ['-blockdev', 'driver=null-co,node-name=null,read-zeroes=on,'
                     f'size={1 << 30}',
        '-device', 'nvme,serial=1,drive=null,addr=3']
NONE = 'no IOMMU'
IOMMUS = {
    NONE: [],
    'intel-iommu-sim': ['-device', 'intel-iommu-sim,id=iommu0'],
    'intel-iommu': ['-device', 'intel-iommu'],
}

# What is measured: the buffers and the depth of vfio-nvme, and their words.
KINDS = {
    'huge 1': 'a huge page, depth 1',
    'huge 32': 'a huge page, depth 32',
    'small 32': '8,192 pages, depth 32',
    'remap 1': 'mapped for each read, depth 1',
}


def script(has_iommu, rounds):
    """Take the device from its driver, and measure each kind once a round."""
    lines = [f'bind {DEVICE} vfio-pci' if has_iommu else
             f'echo {DEVICE} >/sys/bus/pci/devices/{DEVICE}/driver/unbind',
             'echo 1 >/proc/sys/vm/nr_hugepages', 'say ready', 'sleep 1']
    lines += [f'vfio-nvme bench {DEVICE} {kind} {kind.replace(" ", "-")}-{turn}'
              for turn in range(rounds) for kind in KINDS
              if has_iommu or not kind.startswith('remap')]
    return '\n'.join(lines) + '\n'


def rows(results):
    """Each kind: a number without an IOMMU, or behind the first one that can,
    and how much of that the others reach."""
    for kind, words in KINDS.items():
        speeds = [best(results[name], kind) for name in IOMMUS]
        whole = next(speed for speed in speeds if speed)
        yield [words, *(f'{speed:,.0f} ({speed / whole:.2f})' if speed else '-'
                        for speed in speeds)]


def main():
    rounds = int((sys.argv[1:] or ['20'])[0])
    try:
        with ExitStack() as stack:
            vms = {name: boot(stack, name, script(name != NONE, rounds),
                              options + DISK)
                   for name, options in IOMMUS.items()}
            take_turns(vms.values(), rounds)
            results = {name: vm.results() for name, vm in vms.items()}
    except Failure as failure:
        sys.exit(f'error: bench: {failure}')
    print('\nNVMe in the guest, polling reads of 4 KiB in a second '
          f'(best of {rounds}; in brackets: of the first)')
    print('\n'.join(table(['buffers', *IOMMUS], rows(results))))


if __name__ == '__main__':
    main()

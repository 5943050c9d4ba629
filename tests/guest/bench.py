#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bench.py [ROUNDS]: what a user of DPDK or SPDK in a guest would feel: how
many polling reads of 4 KiB an NVMe device does in a second behind this IOMMU,
behind QEMU's own and behind none. The three VMs take turns, and the best round
counts: what else the host does can only slow them down. The numbers are worth
comparing, not more."""
import sys
import time
from contextlib import ExitStack

from lib.paths import Failure, workspace
from lib.report import table
from lib.vm import VM

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
SLICE = 2               # seconds of one turn
PATIENCE = 3000         # seconds that one VM may take for a boot or a round


def script(has_iommu, rounds):
    """Take the device from its driver, and measure each kind once a round."""
    lines = [f'bind {DEVICE} vfio-pci' if has_iommu else
             f'echo {DEVICE} >/sys/bus/pci/devices/{DEVICE}/driver/unbind',
             'echo 1 >/proc/sys/vm/nr_hugepages', 'say ready', 'sleep 1']
    lines += [f'vfio-nvme bench {DEVICE} {kind} {kind.replace(" ", "-")}-{turn}'
              for turn in range(rounds) for kind in KINDS
              if has_iommu or not kind.startswith('remap')]
    return '\n'.join(lines) + '\n'


def wait_for(vm, name, seconds):
    """Until the guest says so; False if it takes longer."""
    end = time.monotonic() + seconds
    while name not in vm.results():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def boot(stack, name, rounds):
    """A VM that is about to measure, and is stopped."""
    options = IOMMUS[name] + DISK
    vm = stack.enter_context(VM(workspace(f'bench-{name.replace(" ", "-")}'),
                                script(name != NONE, rounds), options))
    if not wait_for(vm, 'ready', PATIENCE):
        raise Failure(f'the guest hung: {vm.tail(vm.console)}')
    vm.qmp.command('stop')
    return vm


def take_turns(vms, rounds):
    """Let each run for a while, until all are done."""
    left = list(vms)
    end = time.monotonic() + PATIENCE * rounds
    while left:
        for vm in left:
            vm.qmp.command('cont')
            wait_for(vm, 'exit', SLICE)
            vm.qmp.command('stop')
        left = [vm for vm in left if 'exit' not in vm.results()]
        if left and time.monotonic() > end:
            raise Failure(f'a guest hung: {left[0].tail(left[0].console)}')


def best(results, kind):
    """Of the rounds; None if the kind was not measured."""
    prefix = kind.replace(' ', '-') + '-'
    return max((int(value) for name, value in results.items()
                if name.startswith(prefix)), default=None)


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
            vms = {name: boot(stack, name, rounds) for name in IOMMUS}
            take_turns(vms.values(), rounds)
            results = {name: vm.results() for name, vm in vms.items()}
    except Failure as failure:
        sys.exit(f'error: bench: {failure}')
    print('\nNVMe in the guest, polling reads of 4 KiB in a second '
          f'(best of {rounds}; in brackets: of the first)')
    print('\n'.join(table(['buffers', *IOMMUS], rows(results))))


if __name__ == '__main__':
    main()

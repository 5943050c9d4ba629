# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user of DPDK or SPDK in a guest would feel: how many polling reads of
4 KiB an NVMe device does in a second."""
from lib.turns import boot

DEVICE = '0000:00:03.0'
DISK = ['-blockdev', 'driver=null-co,node-name=null,read-zeroes=on,'
                     f'size={1 << 30}',
        '-device', 'nvme,serial=1,drive=null,addr=3']
MODES = {'polling': ''}

# What is measured: the buffers and the depth of vfio-nvme, and their words.
KINDS = {
    'huge 1': 'NVMe read, a huge page, depth 1',
    'huge 32': 'NVMe read, a huge page, depth 32',
    'small 32': 'NVMe read, 8,192 pages, depth 32',
    'remap 1': 'NVMe read, mapped for each, depth 1',
}
ROWS = {kind: (words, 'reads/s') for kind, words in KINDS.items()}


def script(has_iommu, rounds, _):
    """Take the device from its driver, and measure each kind once a round."""
    lines = [f'bind {DEVICE} vfio-pci' if has_iommu else
             f'echo {DEVICE} >/sys/bus/pci/devices/{DEVICE}/driver/unbind',
             'echo 1 >/proc/sys/vm/nr_hugepages', 'say ready', 'sleep 1']
    lines += [f'vfio-nvme bench {DEVICE} {kind} {kind.replace(" ", "-")}-{turn}'
              for turn in range(rounds) for kind in KINDS
              if has_iommu or not kind.startswith('remap')]
    return '\n'.join(lines) + '\n'


def start(stack, mode, iommu, rounds, quick):
    """A guest that has begun."""
    return boot(stack, f'{mode} {iommu.name}',
                script(iommu.there, rounds, quick), iommu.options(mode) + DISK)

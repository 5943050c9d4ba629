# SPDX-License-Identifier: GPL-2.0-or-later
"""What a user of DPDK or SPDK in a guest would feel: how many polling reads of
4 KiB an NVMe device does in a second."""
from lib.turns import Guest

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
ALONE = ('remap 1',)            # nothing is like it without an IOMMU
ROWS = {kind: (words, 'reads/s') for kind, words in KINDS.items()}


def script(has_iommu, names):
    """Take the device from its driver, and measure; nothing in the place of
    what needs an IOMMU where there is none."""
    lines = [f'bind {DEVICE} vfio-pci' if has_iommu else
             f'echo {DEVICE} >/sys/bus/pci/devices/{DEVICE}/driver/unbind',
             'echo 1 >/proc/sys/vm/nr_hugepages']
    lines += [f'vfio-nvme bench {DEVICE} {kind} {name}'
              if has_iommu or kind not in ALONE else 'mark; mark'
              for name, kind in names.items()]
    return '\n'.join(lines) + '\n'


def start(stack, mode, iommu, names, _):
    """A guest that has begun."""
    return Guest(stack, f'{mode} {iommu.label}', names,
                 script(iommu.there, names),
                 [*iommu.options(mode), *DISK, '-smp', '1'])

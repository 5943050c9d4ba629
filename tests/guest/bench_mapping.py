# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux's dma_map_benchmark, in the kernel of our own: how many buffers it maps
and unmaps in a second."""
from lib.turns import Guest, measured

DEVICE = '0000:00:03.0'
DRIVER = 'dma_map_benchmark'
MODES = {f'{mode} {way}, mapping': f'iommu.strict={strict}'
         for mode in ('legacy', 'scalable')
         for way, strict in (('lazy', 0), ('strict', 1))}
# Threads, pages of a buffer.
KINDS = {'1 1': '1 thread, 1 page', '2 1': '2 threads, 1 page',
         '1 16': '1 thread, 16 pages'}
ROWS = {f'map {kind}': (f'map and unmap: {words}', 'pairs/s')
        for kind, words in KINDS.items()}


def script(names):
    """All measurements, once the benchmark has the device."""
    device = f'/sys/bus/pci/devices/{DEVICE}'
    lines = ['mount -t debugfs debugfs /sys/kernel/debug',
             f'echo {DRIVER} >{device}/driver_override',
             f'echo {DEVICE} >/sys/bus/pci/drivers_probe',
             f'wait_for /sys/kernel/debug/{DRIVER}']
    lines += [measured(name, f'dma-{kind}') for name, kind in names.items()]
    return '\n'.join(lines) + '\n'


def start(stack, mode, iommu, names, _):
    """A guest that has begun; edu is a device that no driver has."""
    return Guest(stack, f'{mode} {iommu.label}', names, script(names),
                 iommu.options(mode) + ['-device', 'edu,addr=3'], series='own',
                 append=f'intel_iommu=on {MODES[mode]}', modules=[])

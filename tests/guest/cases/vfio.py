# SPDX-License-Identifier: GPL-2.0-or-later
"""VFIO in the guest: a user program drives two NVMe devices, each of which
reaches what is mapped for it, as long as it is, and nothing else; Linux's own
drivers use the device beside them, and these devices before and afterwards."""
import random
from functools import partial
from typing import NamedTuple

from lib import linux
from lib.boot import check_traffic
from lib.checks import Checks
from lib.disk import Disk
from lib.hardware import Hardware
from lib.state import State
from lib.vm import VM

BLOCK = 512
PAGE = 4096
BUFFER = 0x20000000         # as vfio-nvme maps it
OUTSIDE = 0xdead0000
HUGE, HUGE_SIZE = 1 << 38, 2 << 20
BEYOND_ALL = 1 << 60
TOO_WIDE, WRITE, READ = 4, 5, 6         # fault reasons of addresses
ABSENT, FORGED, FOREIGN = 0x22, 0x25, 0x26      # and of interrupts

# VFIO resets devices, so that their BARs come and go: QEMU's TCG asserts when
# one CPU changes the memory map while another one accesses a device.
ONE_CPU = ['-smp', '1']

OURS, OTHER = '0000:00:03.0', '0000:00:04.0'
MIB = 4
SPARE = 2 * MIB << 20       # what is behind is of no other use
PROBED = SPARE + (64 << 10) # one block each for the addresses that it tries
PROBES, MAPPED = 256, 64    # how many; the one that is mapped
SET = b'\xff'               # every byte of it, before

SCRIPT = f'''
platform
churn {{neighbour}} {MIB} &
neighbour=$!
bind {OURS} vfio-pci
bind {OTHER} vfio-pci
vfio-nvme random {OTHER} {SPARE // BLOCK} {{seed}} {{steps}}
vfio-nvme attack {OTHER} {PROBED // BLOCK}
vfio-nvme isolation {OURS} {SPARE // BLOCK}
vfio-nvme neighbours {OURS} {OTHER}
echo 1 >/proc/sys/vm/nr_hugepages
vfio-nvme huge {OURS}
vfio-nvme interrupt {OURS}
vfio_disk ours {OURS} {MIB}
vfio-nvme leave {OURS}
vfio-nvme return {OURS}
vfio-nvme shared {OURS} {OTHER}
bind {OURS} nvme
bind {OTHER} nvme
say back "$(dd if="$(block_of {OURS})" bs=1M count={MIB} | sha256sum)"
kill $neighbour
wait
'''

# What the program says, in words, and the value that it must have.
SAID = {
    'read-status 0': 'a device reads a block',
    'read-kept 1': 'the device wrote where it was told, nowhere else',
    'write-status 0': 'a device writes a block',
    'write-kept 1': 'memory that the device reads stays as it is',
    'read-only-kept 1': 'the device cannot write memory mapped for reads',
    'outside-list-status 4': 'a command fails whose list is not mapped',
    'outside-kept 1': 'nothing changes when the device is sent astray',
    'mapped-kept 1': 'the buffer that is mapped gets the data',
    'unmapped-kept 1': 'the next DMA after unmapping reaches nothing',
    'mapped-again-kept 1': 'then the address leads to the other buffer only',
    'ours-kept 1': 'the first of two devices reaches its memory only',
    'other-kept 1': 'the second of them reaches its memory only',
    'ours-alone-kept 1': 'unmapping for one device is not for the other',
    'shared-ours-kept 1': 'the first device of a container reaches its memory',
    'shared-other-kept 1': 'the second one reaches the same',
    'unshared-kept 1': 'unmapping is for both of them at once',
    'huge-status 0': 'a device writes to the end of a huge page',
    'interrupts 1': 'a completion arrives as an interrupt',
    'forged 0': 'a program cannot make up an interrupt',
    'foreign 0': 'nor send one that belongs to another device',
    'own 1': 'its own interrupt arrives still',
    'left-status 0': 'a program ends while its device runs',
    'running 0': 'its device was reset then',
}

# Which block the device brought: its name, whose disk, its number.
BROUGHT = [('read', 'ours', 1), ('mapped', 'ours', 1),
           ('mapped-again', 'ours', 3), ('ours', 'ours', 1),
           ('other', 'other', 1), ('ours-alone', 'ours', 3),
           ('huge', 'ours', 1), ('shared-ours', 'ours', 3),
           ('shared-other', 'other', 3)]

# Every DMA of the first device that must fault, in this order; the second one
# has its random ones before.
FAULTS = [('write', BUFFER, WRITE),             # mapped for reads only
          ('write', BEYOND_ALL, TOO_WIDE),
          ('write', OUTSIDE, WRITE),
          ('read', OUTSIDE + PAGE, READ),
          ('read', OUTSIDE + 2 * PAGE, READ),
          ('write', BUFFER, WRITE),             # unmapped
          ('write', BUFFER - PAGE, WRITE),      # another program's
          ('write', BUFFER, WRITE)]             # unmapped for two


class Boot(NamedTuple):
    """What is special about one boot."""
    series: str = '6.12'
    append: str = 'intel_iommu=on'
    iommu: str = ''             # more of -device intel-iommu-sim
    steps: int = 2000           # of random mappings and transfers
    largest: int = HUGE_SIZE    # page that all units can map
    wanted: linux.Expected = linux.Expected()


def check_said(checks, results):
    """Each result that needs nothing to compare it with."""
    for said, words in SAID.items():
        name, value = said.split()
        checks.same(words, results.get(name), value)


def same_block(checks, name, found, wanted):
    """Compare blocks, and show how they begin."""
    checks.that(name, found == wanted,
                f'{str(found)[:32]}... is not {wanted[:32]}...')


def check_data(checks, images, results):
    """The blocks that came from the disks, the one that went there."""
    for name, disk, block in BROUGHT:
        wanted = images[disk][block * BLOCK:][:BLOCK].hex()
        same_block(checks, f'{name} is block {block} of {disk}',
                   results.get(name), wanted)
    same_block(checks, 'the device read the block that it was to write',
               results.get('write'), images['ours'][SPARE:][:BLOCK].hex())
    size = f'0 {len(images["ours"]) // BLOCK}'
    checks.that('the device tells its size', results.get('identify') == size,
                results.get('identify'))


def check_attack(checks, state, image):
    """Nothing of the machine's memory came to the disk, no interrupt of the
    program's own making passed."""
    blocks = [image[at:at + BLOCK]
              for at in range(PROBED, PROBED + PROBES * BLOCK, BLOCK)]
    wanted = [bytes(BLOCK)] * PROBES
    wanted[MAPPED] = SET * BLOCK
    leaks = [block for block in range(PROBES)
             if blocks[block] != wanted[block]]
    checks.that('the device cannot read memory that is not mapped', not leaks,
                f'block {leaks} of those after {PROBED:#x}')
    reasons = [fault['reason'] for fault in state.faults
               if fault['source-id'] == OTHER[5:] and fault['reason'] >= ABSENT]
    checks.that('each interrupt that it makes up is blocked',
                reasons[:1] == [FORGED] and len(reasons) == 9 and
                set(reasons[1:]) <= {ABSENT, FOREIGN} and FOREIGN in reasons,
                reasons)


def faults_of(state, device):
    """What it was not let do, without what QEMU's NVMe tried twice."""
    found = []
    for fault in state.faults:
        told = (fault['access'], fault['address'] & -PAGE, fault['reason'])
        if fault['source-id'] == device[5:] and told not in found[-1:]:
            found.append(told)
    return found


def check_faults(checks, state):
    """Those that must be there, and no other."""
    ours, others = faults_of(state, OURS), faults_of(state, OTHER)
    checks.that('each stray DMA faulted, and nothing else', ours == FAULTS,
                (ours, FAULTS))
    checks.that('unmapping was for the other device, too',
                others[-1:] == FAULTS[-1:], others)
    odd = [device for device in state.devices
           if device['faults'] and device['name'] not in ('ours', 'other')]
    checks.that('no other device faulted', not odd, odd)


def check_huge(checks, vm, largest):
    """The unit translated the huge page's end by one entry of that size."""
    fills = [line for line in vm.errors.read_text().splitlines()
             if f'address={HUGE + HUGE_SIZE - BLOCK:#x} ' in line]
    checks.that(f'a huge page is translated by {largest} bytes',
                len(fills) == 1 and f'mask={largest - 1:#x} ' in fills[0],
                fills)


def run(boot, folder):
    """One boot with all of it."""
    checks = Checks()
    ours, hardware = Disk('ours', folder, MIB), Hardware(folder)
    hardware.plug('ours', 'nvme,serial=ours,drive=ours')
    hardware.add_disk('nvme', name='other')
    hardware.add_disk('virtio-blk', name='neighbour')
    disks = {disk.name: disk for disk in (ours, *hardware.disks)}
    for name in 'ours', 'other':
        with disks[name].path.open('ab') as image:
            image.write(SET * (PROBED - SPARE + PROBES * BLOCK))
    script = SCRIPT.format(neighbour=hardware.blocks['neighbour'],
                           seed=random.randrange(1, 1 << 32),
                           steps=boot.steps)
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *ours.drive(), *hardware.options, *ONE_CPU,
               '-trace', 'vtdm_translation']
    with VM(folder, script + hardware.script, options, boot.series,
            boot.append) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    check_said(checks, results)
    checks.that('random mappings and transfers go as the model says',
                results.get('random') == str(boot.steps),
                results.get('random'))
    images = {name: disk.path.read_bytes() for name, disk in disks.items()}
    check_data(checks, images, results)
    ours.check(checks, results)
    hardware.check(checks, results)
    check_faults(checks, state)
    check_attack(checks, state, images['other'])
    check_huge(checks, vm, boot.largest)
    check_traffic(checks, state, ['ours', 'other', 'neighbour'])
    checks.same('the kernel drives the device again', results.get('back'),
                ours.written)
    strays = vm.console_lines('DMAR: ', 'ault')
    checks.that('the kernel tells of stray DMA',
                vm.console_lines('DMAR: [DMA Write', f'{OTHER[5:]}]'), strays)
    linux.check(checks, vm, state, boot.wanted, strays)
    checks.raise_failed()


CACHING = linux.Expected(
    domain='DMA', lines='IOMMU batching disallowed|'
    'Scalable Mode not enabled, no PASID allocation')
UNITS = ',units=0xfed90000 endpoint=00:03.0; 0xfed91000 include-all ioapic hpet'
BOOTS = {
    'vfio/6.1': Boot('6.1'),
    'vfio/7': Boot('7'),
    'vfio/few-entries': Boot(iommu=',iotlb-entries=8', steps=50000),
    'vfio/two-units': Boot(
        iommu=f'{UNITS},caps=0xfed91000 psi=off sslps=0', largest=PAGE,
        wanted=linux.Expected(lines=r'IOMMU feature \w+ inconsistent')),
    # Older kernels free the first device's table when the second one joins it
    # in a container and has fewer levels.
    'vfio/two-widths': Boot('7', iommu=f'{UNITS},caps=0xfed91000 aw-bits=39'),
    'vfio/pt': Boot(append='intel_iommu=on iommu=pt',
                    wanted=linux.Expected(domain='identity')),
    'vfio/caching-mode': Boot('6.1', iommu=',caching-mode=on', wanted=CACHING),
}

CASES = {'vfio/6.12': partial(run, Boot())}
LONG = {name: partial(run, boot) for name, boot in BOOTS.items()}

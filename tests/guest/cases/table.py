# SPDX-License-Identifier: GPL-2.0-or-later
"""The DMAR table itself: what a guest is given, given back by dmar=FILE, makes
the same platform; a reserved region is mapped for its device; one table has
every structure and units of every shape."""
import base64
import os

from cases import machines
from lib import dmar, linux
from lib.checks import Checks
from lib.hardware import EDU, Hardware
from lib.paths import Failure
from lib.state import State
from lib.vm import VM

UNITS = 'units=0xfed90000 endpoint=00:03.0; 0xfed91000 include-all ioapic hpet'
REGION = 0x3e000000
PAGE = 4096


def boot(folder, platform):
    """Boot with a platform and two disks: its checks, what its guest said."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(['nvme', 'ahci'])
    options = ['-device', f'intel-iommu-sim,id=iommu0,{platform}',
               *hardware.options]
    with VM(folder, f'platform\n{hardware.script}', options) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    hardware.check(checks, results)
    checks.that('nothing faulted', not state.faults, state.faults)
    checks.that('NVMe alone is under unit 0',
                [device['name'] for device in state.devices
                 if device['unit'] == 0] == ['nvme'], state.devices)
    linux.check(checks, vm, state, linux.Expected(), [])
    checks.raise_failed()
    return base64.b64decode(results['table'])


def loaded(folder):
    """A guest's table, as a file, makes the same platform."""
    table = boot(folder, UNITS)
    if sum(table) % 256 or table[:4] != b'DMAR':
        raise Failure(f'no table with a checksum: {table!r}')
    file = folder / 'table.dmar'
    file.write_bytes(table)
    if boot(folder, f'dmar={file}') != table:
        raise Failure(f'the guest did not get the bytes of {file}')


def reserved(folder):
    """edu copies from one page of its region to the next with no driver; one
    page after the region it faults."""
    checks = Checks()
    pattern = os.urandom(PAGE)
    (folder / 'pattern').write_bytes(pattern)
    hardware = Hardware(folder)
    edu = hardware.plug('edu', EDU)
    options = [
        '-device', 'intel-iommu-sim,id=iommu0,'
                   f'rmrr={REGION:#x}-{REGION + 2 * PAGE - 1:#x}@00:03.0',
        *hardware.options,
        '-device', f'loader,file={folder / "pattern"},addr={REGION:#x},'
                   'force-raw=on']
    script = f'''platform
        group=/sys/bus/pci/devices/{edu}/iommu_group
        say regions $(grep direct $group/reserved_regions)
        edu-dma {edu} read {REGION:#x} {PAGE}
        edu-dma {edu} write {REGION + PAGE:#x} {PAGE}
        stray {edu} {REGION + 2 * PAGE:#x}
        '''
    with VM(folder, script, options) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
        vm.qmp.command('pmemsave', val=REGION + PAGE, size=PAGE,
                       filename=str(folder / 'copy'))
    end = REGION + 2 * PAGE
    wanted = f'{REGION:#018x} {end - 1:#018x} direct'
    checks.that('the region is mapped for the device',
                vm.results().get('regions') == wanted, vm.results())
    checks.that('the device copied its region',
                (folder / 'copy').read_bytes() == pattern, 'other bytes')
    checks.that('the page behind it faulted, nothing else',
                [fault['address'] for fault in state.faults] == [end],
                state.faults)
    checks.that('the kernel reads it as described',
                vm.console_lines(f'DMAR: RMRR base: {REGION:#016x} '
                                 f'end: {end - 1:#016x}'), 'no such line')
    strays = vm.console_lines('DMAR', 'ault')
    linux.check(checks, vm, state,
                linux.Expected(lines=r'DMAR: RMRR base:'), strays)
    checks.raise_failed()


# The third unit has a device behind three bridges, the fourth no device that
# this VM has, the fifth what is below an expander bridge.
EVERY_SHAPE = {
    'units': '0xfed90000 endpoint=00:02.0 size=8K; 0xfed84000 bridge=00:07.0 '
             'bridge=00:07.1; 0xfed85000 endpoint=00:08.0/00.0/00.0/00.0; '
             '0xfed86000 endpoint=00:1e.5 ioapic=2@f0:1f.6 namespace=1@f0:01.0;'
             '0xfed87000 bridge=40:00.0; 0xfed92000 include-all ioapic hpet',
    'rmrr': '0x7d000000-0x7d7fffff@00:02.0; 0x7e000000-0x7e000fff@00:07.0/00.0'
            '+00:02.0',
    'atsr': 'bridge=00:07.0 bridge=00:07.1',
    'rhsa': '0xfed90000 node=0; 0xfed87000 node=0',
    'andd': '1 path=\\_SB.PCI0.UA00',
    'satc': 'endpoint=00:02.0',
    'sidp': 'endpoint=00:02.0+no-pwsnp',
}
PORT = 'pcie-root-port,multifunction=on,'
EVERY_DEVICE = [
    f'{EDU},addr=2', f'{PORT}id=p0,slot=1,addr=7.0', f'{EDU},bus=p0',
    f'{PORT}id=p1,slot=2,addr=7.1', f'{EDU},bus=p1',
    f'{PORT}id=p2,slot=3,addr=8.0', 'x3130-upstream,id=u2,bus=p2',
    'xio3130-downstream,id=d2,bus=u2,slot=4', f'{EDU},bus=d2', f'{EDU},addr=3',
    'pxb-pcie,id=r4,bus_nr=64,addr=9', f'{PORT}id=p4,slot=5,bus=r4,addr=0.0',
    f'{EDU},bus=p4']


def every_shape(folder):
    """Six units, said in text, as the kernel and the device read them."""
    checks = Checks()
    options = ['-device', 'intel-iommu-sim,id=iommu0,' + ','.join(
        f'{name}={text}' for name, text in EVERY_SHAPE.items())]
    for device in EVERY_DEVICE:
        options += ['-device', device]
    with VM(folder, machines.SCRIPT, options, modules=[]) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    file = folder / 'table.dmar'
    file.write_bytes(base64.b64decode(vm.results().get('table', '')))
    machines.check(checks, vm, state, dmar.Table(file))
    checks.raise_failed()


CASES = {'table/loaded': loaded, 'table/reserved-region': reserved,
         'table/every-shape': every_shape}

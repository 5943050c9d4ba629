# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel of our own, and units that it does not use, cannot use, or hears
of while it runs."""
import base64
import re
import struct
from functools import partial

from cases import hotplug, quirk
from cases.own import KINDS
from lib import aml
from lib.checks import Checks
from lib.disk import Disk
from lib.hardware import Hardware
from lib.linux import ALARMS
from lib.state import State
from lib.vm import VM
from scalable_demo import DEMOS, check_lines

NODE = '/dev/vtd-testdev0'
SHARED = 'scalable-mode=on,svm=on,fault-records=16'
TRANSLATES = 1 << 31        # of GSTS

# Two units, of which the first has a device, so that there are scopes to free.
UNITS = ('units=0xfed90000 endpoint=00:03.0; 0xfed91000 include-all ioapic '
         'hpet')


def off(folder):
    """The command line wants no unit: the disks work untranslated, though the
    table asks for it, and nothing of the units is left."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(KINDS)
    options = ['-device', f'intel-iommu-sim,id=iommu0,{UNITS},'
                          'dma-ctrl-opt-in=on', *hardware.options]
    script = f'{hardware.script}\nsay units $(ls /sys/class/iommu)\n'
    with VM(folder, script, options, 'own',
            'intel_iommu=off intremap=off') as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    hardware.check(checks, results)
    checks.same('the kernel shows no unit', results.get('units'), '')
    checks.that('no unit was given a table or enabled',
                not any(unit['rtaddr'] or unit['gsts']
                        for unit in state.units), state.units)
    devices = [state.device(kind) for kind in KINDS]
    checks.that('the disks did their I/O in no domain',
                all(device['reads'] and device['domain'] == -1
                    for device in devices), devices)
    checks.that('nothing faulted', not state.faults, state.faults)
    checks.raise_failed()


# A unit for the devices of a root bus of their own, which comes and goes with
# that bus. What firmware then tells is in the _DSM of a device there: DRHD,
# ATSR, RHSA.
BASE, BUS = 0xfed90000, 0x40
LATER = (f'units={BASE:#x} bridge={BUS:x}:00.0; 0xfed91000 include-all ioapic '
         f'hpet,dmar-quirk=unlisted-unit,{SHARED}')
HOT_PLUG = 'd8c1a3a6-be9b-4c9b-91bf-c3cb81fc5daf'
BRIDGE = struct.pack('<BBHBBBB', 2, 8, 0, 0, BUS, 0, 0)
TOLD = {
    1: struct.pack('<HHBBHQ', 0, 24, 0, 0, 0, BASE) + BRIDGE,
    2: struct.pack('<HHBBH', 2, 16, 0, 0, 0) + BRIDGE,
    3: struct.pack('<HHIQI', 3, 20, 0, BASE, 0),
}
ROOT = f'\\_SB.PC{BUS:02X}'
PLUGGABLE = aml.table('PLUG', aml.scope(
    ROOT, aml.device('UNIT', aml.dsm(HOT_PLUG, TOLD)), aml.removable()))
# The kernel looks for new devices when it gets another table.
ANOTHER = aml.table('ARRIVE', aml.store(1, f'{ROOT}.HERE'))

COME_AND_GO = f'''
bus=/sys/devices/pci0000:{BUS:x}
say before $(ls /sys/class/iommu)
mount -t configfs configfs /sys/kernel/config
mkdir /sys/kernel/config/acpi/table/another
echo {base64.b64encode(ANOTHER).decode()} | base64 -d >/tmp/another
cat /tmp/another >/sys/kernel/config/acpi/table/another/aml
wait_for {NODE}
say between $(ls /sys/class/iommu)
say under $(basename "$(readlink -f $bus/*/*/iommu)")
sva {NODE}
for node in /sys/bus/acpi/devices/PNP0A08:*; do
    [ "$(cat $node/path)" != '\\_SB_.PC{BUS:02X}' ] || echo 1 >$node/eject
done
while [ -e $bus ] || [ -e /sys/class/iommu/dmar1 ]; do sleep 0.1; done
say after $(ls /sys/class/iommu)
'''


def come_and_go(folder):
    """Firmware tells of a root bus with a unit of its own while Linux runs; a
    device there shares a program's memory; then both go."""
    checks = Checks()
    table = folder / 'plug.aml'
    table.write_bytes(PLUGGABLE)
    options = ['-device', f'intel-iommu-sim,id=iommu0,{LATER}',
               '-device', f'pxb-pcie,id=far,bus=pcie.0,addr=9,bus_nr={BUS}',
               '-device', 'pcie-root-port,id=above,bus=far,addr=0,slot=9',
               '-device', 'vtd-testdev,id=test0,bus=above',
               '-acpitable', f'file={table}']
    with VM(folder, COME_AND_GO, options, 'own',
            f'intel_iommu=on pci=lastbus={BUS - 1}') as vm:
        vm.wait_power_off()
        unit = State(vm.qmp).units[0]
    results = vm.results()
    for moment, units in (('before', 'dmar0'), ('between', 'dmar0 dmar1'),
                          ('after', 'dmar0')):
        checks.that(f'the units {moment}', results.get(moment) == units,
                    results.get(moment))
    checks.same('the device is under the new unit', results.get('under'),
                'dmar1')
    check_lines(checks, DEMOS['sva'], results)
    checks.that('the unit translated and remapped; now that it is gone, not',
                unit['counts']['iotlb_lookup'] and
                unit['counts']['int_cache_hit_nonposted'] and
                not unit['gsts'] & TRANSLATES, unit)
    alarms = [line for line in vm.console_lines() if ALARMS.search(line)]
    checks.that('the kernel\'s log is clean', not alarms, alarms)
    checks.raise_failed()


# Devices that the driver knows by their ids: graphics, which a unit of its own
# has; a chipset's host bridges; an accelerator, of which each translation must
# be invalidated twice. The driver of vtd-testdev takes that one.
IDS = {2: 'device-id=0x4682,class-id=0x0300', 3: 'device-id=0x4940',
       4: 'device-id=0x2e20', 5: 'device-id=0x0040'}
ACCELERATOR = '00:03.0'
KNOWN_UNITS = (f'units={BASE:#x} endpoint=00:02.0; 0xfed91000 include-all '
               f'ioapic hpet,{SHARED}')
QUIRKS = ['02.0: DMAR: Skip IOMMU disabling for graphics',
          '04.0: DMAR: Disabling IOMMU for graphics on this chipset',
          '04.0: DMAR: Forcing write-buffer flush capability',
          '05.0: DMAR: BIOS has allocated no shadow GTT; disabling IOMMU for '
          'graphics']
KNOWN = f'''
say units $(ls /sys/class/iommu)
echo 8086 4940 >/sys/bus/pci/drivers/vtd_testdev/new_id
wait_for {NODE}
sva {NODE}
'''
ASKED = re.compile(r'vtdm_invalidation_device_tlb .*sid=' +
                   re.escape(ACCELERATOR) + r' (.*) itag=')
ALL_PAGES = 'mask=0xffffffffffffffff'       # also asked for once, at the end


def ids(folder):
    """What Linux does at the sight of some devices."""
    checks = Checks()
    trace = folder / 'trace.log'
    options = ['-device', f'intel-iommu-sim,id=iommu0,{KNOWN_UNITS}',
               '-trace', 'vtdm_invalidation_device_tlb', '-D', str(trace)]
    for slot, identity in IDS.items():
        options += ['-device', f'vtd-testdev,id=test{slot},addr={slot},'
                               f'vendor-id=0x8086,{identity}']
    with VM(folder, KNOWN, options, 'own', 'intel_iommu=on') as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    missing = [line for line in QUIRKS if not vm.console_lines(line)]
    checks.that('the kernel knows the devices', not missing, missing)
    checks.same('it leaves the unit of the graphics alone',
                results.get('units'), 'dmar1')
    checks.that('which translates nothing',
                not state.units[0]['gsts'] & TRANSLATES, state.units[0])
    check_lines(checks, DEMOS['sva'], results)
    asked = ASKED.findall(trace.read_text())
    pages = [what for what in asked if ALL_PAGES not in what]
    checks.that('the accelerator is asked twice to drop each page',
                pages and pages[::2] == pages[1::2], asked)
    checks.raise_failed()


def ids_legacy(folder):
    """In legacy mode, as the accelerator gets another domain."""
    checks = Checks()
    trace = folder / 'trace.log'
    group = f'/sys/bus/pci/devices/0000:{ACCELERATOR}/iommu_group/type'
    script = f'echo identity >{group}\nsay type $(cat {group})\n'
    options = ['-device', 'intel-iommu-sim,id=iommu0,device-iotlb=on',
               '-device', f'vtd-testdev,id=test3,addr=3,vendor-id=0x8086,'
                          f'{IDS[3]}',
               '-trace', 'vtdm_invalidation_device_tlb', '-D', str(trace)]
    with VM(folder, script, options, 'own', 'intel_iommu=on,sm_off') as vm:
        vm.wait_power_off()
    checks.same('it gets one', vm.results().get('type'), 'identity')
    asked = ASKED.findall(trace.read_text())
    checks.that('it is asked twice to drop all', asked and
                len(asked) % 2 == 0 and
                all(ALL_PAGES in what for what in asked), asked)
    checks.raise_failed()


PORT = '0000:00:04.0'
NATIVE = 'intel_iommu=on pcie_ports=native'     # root ports tell of devices
UNPLUG = f'''
say ready
plugged {PORT}
{{}}
say used
unplugged {PORT}
'''
DISK = {'driver': 'nvme', 'serial': 'late', 'drive': 'late'}
TEST = {'driver': 'vtd-testdev'}


def unplug(iommu, device, folder):
    """A device comes, works, and is taken out while Linux runs; with it go its
    tables."""
    checks = Checks()
    disk = Disk('late', folder, mib=4)
    io = disk.script(f'"$(block_of "$(function_at {PORT})")"')
    if device is TEST:
        io = f'wait_for {NODE}\nsva {NODE}'
    options = ['-device', f'intel-iommu-sim,id=iommu0{iommu}',
               '-device', 'pcie-root-port,id=above,slot=1,addr=4',
               '-global', 'ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off',
               *disk.drive()]
    with VM(folder, UNPLUG.format(io), options, 'own', NATIVE) as vm:
        vm.wait_result('ready')
        hotplug.plug(vm, above=device)
        vm.wait_result('used')
        used = State(vm.qmp).device(device['driver'])
        hotplug.unplug(vm, [device])
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    checks.that('the device worked', used['reads'] and used['writes'], used)
    if device is TEST:
        check_lines(checks, DEMOS['sva'], results)
    else:
        disk.check(checks, results)
    checks.that('nothing of it is left',
                not state.device(device['driver']), state.devices)
    alarms = [line for line in vm.console_lines() if ALARMS.search(line)]
    checks.that('the kernel\'s log is clean', not alarms, alarms)
    checks.raise_failed()


LONG = {'own/off': off, 'own/unit-hotplug': come_and_go, 'own/ids': ids,
        'own/ids-legacy': ids_legacy,
        'own/unplug': partial(unplug, '', DISK),
        'own/scalable/unplug': partial(unplug, f',{SHARED}', TEST)}
LONG |= {f'own/quirk/{name}': partial(quirk.boot, name, 'own')
         for name in ('zero-base', 'ones-registers', 'no-ioapic')}

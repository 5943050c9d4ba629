# SPDX-License-Identifier: GPL-2.0-or-later
"""DMAR tables of real machines: Linux must find each of their units, and put
each device under the unit that the table says, where the device itself has it,
too: each edu does a DMA that nobody mapped. What the tables say is read from
dmarinfo's JSON."""
from functools import partial

from lib import dmar, linux
from lib.checks import Checks
from lib.paths import Skipped
from lib.state import State
from lib.vm import VM

UNMAPPED = 0x7fdeadb000
SCRIPT = f'''platform
for device in /sys/bus/pci/devices/*; do
    say "path.${{device##*/}}" "$(readlink -f "$device")"
    [ "$(cat "$device/device")" != 0x11e8 ] ||
        edu-dma "${{device##*/}}" write {UNMAPPED:#x} 4
done
'''
# What the kernel may say of a table that the VM's own is not like.
LINES = '|'.join([
    r'DMAR: RMRR base: 0x\w+ end: 0x\w+$', r'DMAR: ATSR flags: 0x\w+$',
    r'DMAR: RHSA base: 0x\w+ proximity domain: 0x\w+$',
    r'DMAR: ANDD device: \w+ name: ',
    r'DMAR: Failed to find handle for ACPI object ', r'DMAR: SATC flags: 0x\w+$',
    r'DMAR-IR: IOAPIC id \d+ under DRHD base ',
    r'DMAR-IR: x2apic is disabled because BIOS sets x2apic opt out bit',
    r"DMAR-IR: Use 'intremap=no_x2apic_optout' to override",
    r'DMAR: IOMMU feature \w+ inconsistent$',
    r'DMAR: DRHD: handling fault status reg ', r'DMAR: \[DMA Write '])
# With units from one to four, on other root buses, with no device to own.
SHORT = ['ASUSTek-Computer-ASUS-EXPERTBOOK-B9400CEA-B9400CEA-359D0A3DC7E2',
         'Dell-Precision-WorkStation-T7500-428B8D25DDA9',
         'Gigabyte-Technology-X299-UD4-Pro-331F76F426AF']

# The units of the first of them, as such a machine's kernel prints them.
TIGER_LAKE = ('all cap=0xd2008c40660462 ecap=0xf050da; 0xfed90000 '
              'version-major=4 cap=0x1c0000c40660462 ecap=0x69e2ff0505e')


def chain_of(path):
    """[(bus, device, function)] of a device, from the path that sysfs has."""
    hops = path.split('pci0000:')[1].split('/')[1:]
    return [(int(hop[5:7], 16), int(hop[8:10], 16), int(hop[11], 16))
            for hop in hops]


def check_units(checks, vm, state, results, wanted):
    """The kernel lists the units that have devices, with their registers;
    its log all of them. `wanted`: {base: has a device}."""
    told = [int(line.split('base: ')[1].split()[0], 16)
            for line in vm.console_lines('DMAR: DRHD base:')]
    checks.that('the kernel reads every unit of the table',
                told == [unit['base'] for unit in state.units] and
                sorted(told) == sorted(wanted), (told, wanted))
    facts = {int(value, 16): tuple(results[f'{name.split(".")[0]}.{fact}']
                                   for fact in ('cap', 'ecap'))
             for name, value in results.items() if name.endswith('.address')}
    registers = {unit['base']: (f'{unit["cap"]:x}', f'{unit["ecap"]:x}')
                 for unit in state.units if wanted.get(unit['base'])}
    checks.that('/sys/class/iommu has each unit that has a device',
                facts == registers, (facts, registers))


def check_owners(checks, results, owners):
    """Each device is under its unit. `owners`: {address: base or None}."""
    units = {name.split('.')[0]: int(value, 16)
             for name, value in results.items() if name.endswith('.address')}
    found = {address: None for address in owners}
    found |= {name[len('device.'):]: units[value.split()[0]]
              for name, value in results.items() if name.startswith('device.')}
    checks.that('the kernel has each device under the unit that the table says',
                found == owners, (found, owners))


def check_faults(checks, state, owners):
    """Each edu was caught by the unit that owns it."""
    caught = {(f'0000:{fault["source-id"]}',
               state.units[fault['unit']]['base']) for fault in state.faults}
    wanted = {(f'0000:{device["device"]}', owners[f'0000:{device["device"]}'])
              for device in state.devices if device['name'] == 'edu'}
    checks.that('the unit that the table says caught each stray DMA',
                wanted and caught == wanted and
                len(state.faults) == len(wanted), (caught, wanted))


def check(checks, vm, state, table):
    """All that one boot showed."""
    results = vm.results()
    moved = dmar.moves(vm.said())
    chains = {name[len('path.'):]: chain_of(path)
              for name, path in results.items() if name.startswith('path.')}
    owners = {}
    for address, chain in chains.items():
        owner = table.owner(chain)
        base = owner and owner['base']
        owners[address] = moved.get(base, base)
    bases = [moved.get(unit['base'], unit['base']) for unit in table.units]
    check_units(checks, vm, state, results,
                {base: base in owners.values() for base in bases})
    check_owners(checks, results, owners)
    check_faults(checks, state, owners)
    linux.check_log(checks, vm, linux.Expected(lines=LINES), [])
    linux.check_interrupts(checks, vm, results,
                           'xapic' if 'INTR_REMAP' in table.flags else '',
                           {'IR-IO-APIC'})
    for line in vm.console_lines('DMAR: Failed to find handle'):
        print('# the kernel says:', line.split('] ', 1)[1])
    for base in bases:
        under = sorted(address[5:] for address, owner in owners.items()
                       if owner == base)
        print(f'# unit {base:#x}: {" ".join(under) or "no device"}')


def boot(name, folder, caps=''):
    """Boot a guest under one table, its units with these capabilities."""
    file = dmar.TABLES / f'{name}.dmar'
    if not file.exists():
        raise Skipped(f'no tables of real machines in {dmar.TABLES}')
    table = dmar.Table(file)
    device = f'intel-iommu-sim,id=iommu0,dmar={file}' + \
        (f',caps={caps}' if caps else '')
    options = ['-device', device,
               *table.devices()]
    checks = Checks()
    with VM(folder, SCRIPT, options, modules=[]) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    for change in dmar.changes(vm.said()):
        print('# fitted:', change)
    check(checks, vm, state, table)
    checks.raise_failed()


CASES = {f'machine/{name}': partial(boot, name) for name in SHORT}
LONG = {f'machine/{file.stem}': partial(boot, file.stem)
        for file in sorted(dmar.TABLES.glob('*.dmar'))
        if file.stem not in SHORT} or \
    {'machine/others': partial(boot, 'others')}
LONG['machine/tiger-lake'] = partial(boot, SHORT[0], caps=TIGER_LAKE)

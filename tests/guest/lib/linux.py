# SPDX-License-Identifier: GPL-2.0-or-later
"""What Linux in the guest must make of the units, compared with what the
device says over QMP: its log, /sys/class/iommu, groups, interrupts."""
import base64
import re
from typing import NamedTuple

from .state import bits

HOST_ADDRESS_WIDTH = 36     # its byte in a DMAR table, minus 1

# What the kernel says of a platform that is as it should be.
EXPECTED = re.compile('|'.join([
    r'DMAR: IOMMU enabled',
    r'DMAR: Host address width \d+',
    r'DMAR: DRHD base: 0x[0-9a-f]+ flags: 0x[01]',
    r'DMAR: dmar\d+: reg_base_addr ',
    r'DMAR: No (RMRR|ATSR|SATC) found',
    r'DMAR: ATSR flags: 0x1',
    r'DMAR: dmar\d+: Using (Queued|Register based) invalidation',
    r'DMAR: Intel\(R\) Virtualization Technology for Directed I/O',
    r'DMAR-IR: (IOAPIC id 0|HPET id 0) under DRHD base ',
    r'DMAR-IR: Queued invalidation will be enabled',
    r'DMAR-IR: Enabled IRQ remapping in (xapic|x2apic) mode']))
ALARMS = re.compile(r'Firmware Bug|BUG:|WARNING:|Oops:|Call Trace|rcu: .*stall|'
                    r'soft lockup|hung_task|I/O error|NETDEV WATCHDOG|'
                    r'timed out|Kernel panic')

EVERY_CHIP = {'IR-IO-APIC', 'IR-PCI-MSI'}


class Expected(NamedTuple):
    """How a kernel with its parameters uses the units."""
    remapping: str = 'xapic'    # interrupts: xapic, x2apic or '' for off
    domain: str = 'DMA-FQ'      # every group's kind; '' for no translation
    lines: str = 'no such line' # what the kernel's log may say besides
    chips: set = EVERY_CHIP     # interrupt controllers that are remapped


def check_log(checks, vm, wanted, stray_lines):
    """Each line about the units is one that we know, no line alarms."""
    known = re.compile(f'{EXPECTED.pattern}|{wanted.lines}')
    lines = [line for line in vm.console_lines() if line not in stray_lines]
    odd = [line for line in lines
           if 'DMAR' in line and 'ACPI:' not in line and
           not known.search(line) or
           ALARMS.search(line) and not known.search(line)]
    checks.that('the guest\'s log is clean', not odd, odd)


def check_table(checks, vm, results, state):
    """The kernel's reading of the DMAR table that it was given."""
    table = base64.b64decode(results.get('table', ''))
    wanted = [f'Host address width {table[HOST_ADDRESS_WIDTH] + 1}'
              if table else 'a table',
              *(f'base: {unit["base"]:#016x}' for unit in state.units)]
    told = [re.search(r'Host address width \d+|base: 0x\w+', line)[0]
            for line in vm.console_lines('DMAR: ')
            if 'Host address width' in line or 'DRHD base:' in line]
    checks.that('the kernel reads the DMAR table as described',
                told == wanted, (told, wanted))


def check_units(checks, results, state):
    """/sys/class/iommu has each unit, with its registers."""
    facts = {name: value for name, value in results.items()
             if name.startswith('dmar')}
    wanted = {}
    for number, unit in enumerate(state.units):
        version = unit['version']
        wanted |= {
            f'dmar{number}.version': f'{version >> 4}:{version & 15}',
            f'dmar{number}.address': f'{unit["base"]:x}',
            f'dmar{number}.cap': f'{unit["cap"]:x}',
            f'dmar{number}.ecap': f'{unit["ecap"]:x}',
            f'dmar{number}.domains_supported':
                str(1 << 4 + 2 * bits(unit['cap'], 2, 0))}
    checks.that('/sys/class/iommu shows the units', facts == wanted,
                (facts, wanted))


def check_devices(checks, results, state, domain):
    """Each device is under the unit that the table says, in a domain of the
    expected kind."""
    attached = {name[len('device.0000:'):]: value.split()
                for name, value in results.items()
                if name.startswith('device.')}
    bridges = {name[len('bridges.0000:'):]: value.split()
               for name, value in results.items()
               if name.startswith('bridges.')}
    wrong = [(address, of) for address, of in attached.items()
             if of != [f'dmar{state.sender(address, bridges[address])["unit"]}',
                       of[1], domain]]
    checks.that('each device is under its unit, in a domain of the kind '
                f'{domain}', attached and not wrong, wrong or 'no device')


def check_interrupts(checks, vm, results, remapping, chips):
    """Interrupts are remapped in the expected mode, or not at all."""
    mode = [line.split('in ')[-1].split()[0]
            for line in vm.console_lines('DMAR-IR: Enabled IRQ remapping')]
    found = set(results.get('chips', '').split())
    wanted = chips if remapping else set()
    checks.that(f'interrupt remapping: {remapping or "off"}',
                mode == [remapping][:bool(remapping)] and
                wanted <= found and bool(wanted) == bool(found),
                (mode, found))


def check(checks, vm, state, wanted, stray_lines):
    """All of that for one boot."""
    results = vm.results()
    check_log(checks, vm, wanted, stray_lines)
    check_table(checks, vm, results, state)
    check_interrupts(checks, vm, results, wanted.remapping, wanted.chips)
    if wanted.domain:
        check_units(checks, results, state)
        check_devices(checks, results, state, wanted.domain)

# SPDX-License-Identifier: GPL-2.0-or-later
"""Firmware bugs on purpose: what Linux says of each, and which units it then
uses. The units that exist stay those of the good table."""
from functools import partial
from typing import NamedTuple

from lib.checks import Checks
from lib.state import State
from lib.vm import VM

UNITS = ('units=0xfed90000 endpoint=00:02.0; 0xfed91000 include-all ioapic '
         'hpet,rmrr=0xa0000000-0xa0000fff@00:02.0')
BASES = [0xfed90000, 0xfed91000]
BOTH = 'dmar0 dmar1'
REMAPPED = 'DMAR-IR: Enabled IRQ remapping'
BAD_REGION = '[Firmware Bug]: Your BIOS is broken; bad RMRR'


class Reaction(NamedTuple):
    """What the kernel says, and the units that it translates with."""
    words: str
    units: str = ''


REACTIONS = {
    'zero-base': Reaction('[Firmware Bug]: Your BIOS is broken; DMAR reported '
                          'at address 0!'),
    'ones-registers': Reaction('[Firmware Bug]: Your BIOS is broken; DMAR '
                               'reported at address fed90000 returns all '
                               'ones!'),
    'ones-address': Reaction('DMAR: Can\'t validate DRHD address: '
                          'ffffffffffffffff'),
    'duplicate-unit': Reaction(REMAPPED, BOTH),
    'empty-unit': Reaction(REMAPPED, 'dmar1'),
    'two-include-all': Reaction(REMAPPED, BOTH),
    'include-all-first': Reaction(REMAPPED, BOTH),
    # One device of the wrong kind, and no DMA is translated.
    'wrong-scope-type': Reaction('DMAR: Device scope type does not match for '
                                 '0000:00:02.0'),
    'rhsa-unknown': Reaction('[Firmware Bug]: Your BIOS is broken; RHSA refers '
                             'to non-existent DMAR unit at dead0000', BOTH),
    'small-width': Reaction('DMAR: Invalid DMAR haw'),
    'no-include-all': Reaction(REMAPPED, 'dmar0'),
    'no-ioapic': Reaction('DMAR-IR: [Firmware Bug]: ioapic 0 has no mapping '
                          'iommu, interrupt remapping will be disabled', BOTH),
    'absent-device': Reaction(REMAPPED, BOTH),
    'rmrr-unreserved': Reaction(f'{BAD_REGION} [0x00000000a0000000-'
                                '0x00000000a0000fff]', BOTH),
    'rmrr-backwards': Reaction(f'{BAD_REGION} [0x00000000a0000000-'
                               '0x000000009fffffff]', BOTH),
    'truncated': Reaction('[Firmware Bug]: Record passes table end'),
    'bad-checksum': Reaction('Incorrect checksum in table [DMAR]', BOTH),
}


def boot(quirk, series, folder):
    """Boot a guest that is given a table with one bug."""
    checks = Checks()
    options = ['-device', f'intel-iommu-sim,id=iommu0,{UNITS},'
                          f'dmar-quirk={quirk}',
               '-device', 'e1000e,id=net,addr=2']
    with VM(folder, 'say units $(ls /sys/class/iommu)', options,
            series) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    used = vm.results().get('units')
    wanted = REACTIONS[quirk]
    checks.that('the kernel notices', vm.console_lines(wanted.words),
                f'nowhere: {wanted.words}')
    checks.that('the kernel uses the units that it should',
                used == wanted.units, used)
    checks.that('the units are those of the good table',
                [unit['base'] for unit in state.units] == BASES, state.units)
    checks.that('nothing faulted', not state.faults, state.faults)
    checks.raise_failed()


def hang(series, folder):
    """Zeros where a structure could be are one of length 0: while it looks for
    ANDDs, Linux steps from it to itself for ever."""
    options = ['-device', f'intel-iommu-sim,id=iommu0,{UNITS},'
                          'dmar-quirk=zero-tail']
    with VM(folder, '', options, series) as vm:
        vm.wait_console('intel_iommu_init')


# Linux takes these without a word.
QUIET = ['empty-unit', 'two-include-all', 'include-all-first']
EVERY = {f'quirk/{quirk}': partial(boot, quirk, '6.12')
         for quirk in REACTIONS}
CASES = {name: case for name, case in EVERY.items()
         if name.split('/')[1] not in QUIET}
LONG = {f'quirk-6.1/{quirk}': partial(boot, quirk, '6.1')
        for quirk in REACTIONS}
LONG |= {name: case for name, case in EVERY.items() if name not in CASES}
LONG |= {'quirk/zero-tail': partial(hang, '6.12'),
         'quirk-6.1/zero-tail': partial(hang, '6.1')}

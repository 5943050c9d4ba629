# SPDX-License-Identifier: GPL-2.0-or-later
"""DMAR tables as `dmarinfo --json` reads them: units, who owns a device by the
rules of the specification, and QEMU options that make the devices named."""
import json
import os
import re
import subprocess
from pathlib import Path

from .hardware import EDU
from .paths import BUILD, ROOT

# Tables of real machines lie beside the clone, not in it.
TABLES = Path(os.environ.get('DMAR_TABLES', ROOT.parent / 'shared/dmar'))
ENDPOINT, BRIDGE = 1, 2
CHANGE = re.compile(r'info: .*: (offset 0x\w+: .*)')
MOVED = re.compile(r'DRHD: the registers at (0x\w+) move to (0x\w+)')


def changes(said):
    """What the device has printed of its adjustments, a line each."""
    return CHANGE.findall(said)


def moves(said):
    """{base in the file: base in this VM} of the units that moved."""
    return {int(old, 16): int(new, 16) for old, new in MOVED.findall(said)}


def steps_of(chain):
    """The path of a device, given as [(bus, device, function)] from its root
    bus down, as a scope writes it."""
    return [[device, function] for _, device, function in chain]


def names(scope, chain):
    """Does a scope name the device at the end of a chain, or what is above?"""
    path, steps = scope['path'], steps_of(chain)
    if scope['bus'] != chain[0][0]:
        return False
    return path == steps if scope['type'] == ENDPOINT else \
        scope['type'] == BRIDGE and path == steps[:len(path)]


class Table:
    """A table in a file. Spec: "Device Scope Structure" """

    def __init__(self, file):
        done = subprocess.run([BUILD / 'dmarinfo', '--json', file], text=True,
                              stdout=subprocess.PIPE, check=False)
        read = json.loads(done.stdout)
        self.flags = read['flags']
        self.units = [structure for structure in read['structures']
                      if structure['type'] == 'DRHD']
        for unit in self.units:
            unit['base'] = int(unit['base'], 16)

    def scopes(self):
        """What units of segment 0 list: PCI devices by a path."""
        return [scope for unit in self.units if not unit['segment']
                for scope in unit['scopes']
                if scope['type'] in (ENDPOINT, BRIDGE)]

    def owner(self, chain):
        """The unit of a device in segment 0, or None."""
        found, steps = None, 0
        for unit in self.units:
            if unit['segment']:
                continue
            if unit['include_pci_all'] and not steps:
                found = unit
            for scope in unit['scopes']:
                if len(scope['path']) > steps and names(scope, chain):
                    found, steps = unit, len(scope['path'])
        return found


def places(scopes):
    """{(bus, device, function): kind of scope}: where a VM needs a device, so
    that each scope without bridges names one, and one that no scope names."""
    wanted = {(scope['bus'], *scope['path'][0]): scope['type']
              for scope in scopes if len(scope['path']) == 1}
    wanted[(0, *next(free_slots(wanted)), 0)] = ENDPOINT
    for bus, device, _ in list(wanted):
        wanted.setdefault((bus, device, 0), ENDPOINT)
    return wanted


def free_slots(wanted):
    """(device,) for each slot of bus 0 that is not wanted nor the chipset's."""
    return ((device,) for device in range(1, 0x1f)
            if not any(place[:2] == (0, device) for place in wanted))


def devices(wanted):
    """QEMU's options for devices at these places: edu, below a root port where
    a bridge is wanted; other root buses are expander bridges."""
    roots = {0: 'pcie.0'}
    options = []
    for bus, (slot,) in zip({bus for bus, _, _ in wanted} - {0},
                            free_slots(wanted)):
        roots[bus] = f'root{bus:02x}'
        options += [f'pxb-pcie,id={roots[bus]},bus_nr={bus},bus=pcie.0,'
                    f'addr={slot:02x}']
    for (bus, device, function), kind in sorted(wanted.items()):
        name = f'at{bus:02x}-{device:02x}-{function}'
        at = f'bus={roots[bus]},addr={device:02x}.{function},multifunction=on'
        if kind == BRIDGE:
            options += [f'pcie-root-port,id={name},{at},chassis={bus},'
                        f'slot={len(options)}']
            at = f'bus={name}'
        options += [f'{EDU},{at}']
    return [word for option in options for word in ('-device', option)]

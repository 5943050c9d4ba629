# SPDX-License-Identifier: GPL-2.0-or-later
"""DMAR tables as `dmarinfo --json` reads them: units, who owns a device by the
rules of the specification, and QEMU options that make the devices named."""
import json
import os
import re
import subprocess
from pathlib import Path

from .hardware import EDU
from .paths import BUILD, ROOT, Failure

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


def free_slots(taken):
    """Those of bus 0 where no place is taken, nor the chipset's."""
    return (device for device in range(1, 0x1f)
            if not any(place[:2] == (0, device) for place in taken))


class Table:
    """A table in a file. Spec: "Device Scope Structure" """

    def __init__(self, file):
        done = subprocess.run([BUILD / 'dmarinfo', '--json', file], text=True,
                              capture_output=True, check=False)
        if not done.stdout:
            raise Failure(f'{file}: {done.stderr.strip()}')
        read = json.loads(done.stdout)
        self.errors = [f'offset {error["offset"]:#x}: {error["text"]}'
                       for error in read['errors']]
        self.flags = read['flags']
        self.structures = read['structures']
        self.units = [structure for structure in self.structures
                      if structure['type'] == 'DRHD']
        for unit in self.units:
            unit['base'] = int(unit['base'], 16)

    def named(self, structures):
        """{(bus, device, function): kind of scope}, what these structures name
        in segment 0 with no bridge in between."""
        return {(scope['bus'], *scope['path'][0]): scope['type']
                for structure in structures if not structure.get('segment')
                for scope in structure.get('scopes', ())
                if scope['type'] in (ENDPOINT, BRIDGE) and
                len(scope['path']) == 1}

    def places(self):
        """Where a VM needs devices, and of which kind: one for each that a
        unit names, and one that no structure names. (Linux has no use for a
        table if one of its scopes names a device of the other kind.)"""
        anywhere = self.named(self.structures)
        wanted = self.named(self.units)
        wanted[(0, next(free_slots(anywhere)), 0)] = ENDPOINT
        for bus, device, _ in list(wanted):
            place = (bus, device, 0)
            wanted.setdefault(place, anywhere.get(place, ENDPOINT))
        return wanted

    def homes(self, names):
        """(slot of bus 0, kind of scope) for each of these devices, the last
        one excepted where a unit names some."""
        named = []
        for unit in self.units:
            named += [(slot, kind) for (bus, slot, function), kind
                      in self.named([unit]).items()
                      if (bus, function) == (0, 0)][:1]
        named = named[:len(names) - 1]
        free = free_slots(self.named(self.structures))
        return named + [(next(free), ENDPOINT)
                        for _ in range(len(names) - len(named))]

    def devices(self):
        """QEMU's options for devices at those places: edu, below a root port
        where a bridge is wanted; other root buses are expander bridges."""
        wanted = self.places()
        roots = {0: 'pcie.0'}
        options = []
        for bus, slot in zip({bus for bus, _, _ in wanted} - {0},
                             free_slots(wanted | self.named(self.structures))):
            roots[bus] = f'root{bus:02x}'
            options += [f'pxb-pcie,id={roots[bus]},bus_nr={bus},bus=pcie.0,'
                        f'addr={slot:02x}']
        for (bus, device, function), kind in sorted(wanted.items()):
            name = f'at{bus:02x}-{device:02x}-{function}'
            at = (f'bus={roots[bus]},addr={device:02x}.{function},'
                  'multifunction=on')
            if kind == BRIDGE:
                options += [f'pcie-root-port,id={name},{at},chassis={bus},'
                            f'slot={len(options)}']
                at = f'bus={name}'
            options += [f'{EDU},{at}']
        return [word for option in options for word in ('-device', option)]

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

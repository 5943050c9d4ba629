# SPDX-License-Identifier: GPL-2.0-or-later
"""The device's state as it tells it over QMP, and its registers in words."""

from .paths import Failure

DEVICE = '/machine/peripheral/iommu0'
WIDTHS = {1: 39, 2: 48, 3: 57}

# Field name: bit, of what CAP and ECAP say by one bit each.
CAP_FLAGS = {'RWBF': 4, 'PLMR': 5, 'PHMR': 6, 'CM': 7, 'ZLR': 22, 'PSI': 39,
             'DWD': 54, 'DRD': 55, 'ESIRTPS': 62, 'ESRTPS': 63}
ECAP_FLAGS = {'C': 0, 'QI': 1, 'DT': 2, 'IR': 3, 'EIM': 4, 'PT': 6, 'SC': 7,
              'ADMS': 52}


def bits(value, high, low):
    """The field [high:low], as the specification writes it."""
    return value >> low & (1 << high - low + 1) - 1


def flags(value, names):
    """The names of the bits that are set."""
    return [name for name, bit in names.items() if value >> bit & 1]


class BootRace(Failure):
    """Linux met a race of its own while it booted, see `raced`; or QEMU had
    not yet seen the code that Linux had changed under another vCPU."""


def raced(fault, ioapic):
    """Does a fault tell of Linux's change from the PIC to the IOAPIC?

    If the PIT's next tick is late there, IRQ 0 may be unmasked in the IOAPIC
    before its entry was filled in. The entry of zeros is an interrupt in
    compatibility format, which the unit blocks and reports, as real ones do.
    """
    return (fault['source-id'], fault['reason'], fault['address']) == \
        (ioapic['device'], 0x25, 0xfee00000)


def unraced(case, folder, times=3):
    """Run a case in its folder; from the start again if its boot raced."""
    try:
        return case(folder)
    except BootRace as race:
        if times == 1:
            raise
        print(f'# {race}: once more')
        return unraced(case, folder, times - 1)


class State:
    """What the device says of its units, its devices and its faults."""

    def __init__(self, qmp, path=DEVICE):
        self.units = qmp.get(path, 'x-unit-state')
        self.devices = qmp.get(path, 'x-device-state')
        self.faults = qmp.get(path, 'x-fault-log')
        ioapic = self.device('ioapic')
        if ioapic and any(raced(fault, ioapic) for fault in self.faults):
            raise BootRace('Linux unmasked an empty IOAPIC entry')

    def device(self, name):
        """One device by its address or its id."""
        for device in self.devices:
            if name in (device['device'], device['name']):
                return device
        return None

    def sender(self, address, bridges):
        """The requester that a device's DMA comes from: itself, or one of the
        bridges above, nearest first, each as itself or as its bus."""
        for place in address, *bridges:
            for name in place, f'{place[:2]}:00.0':
                if found := self.device(name):
                    return found
        return None


def capabilities(unit):
    """CAP and ECAP of a unit in words: limits, then features."""
    cap, ecap = unit['cap'], unit['ecap']
    widths = '/'.join(str(width) for bit, width in WIDTHS.items()
                      if cap >> 8 >> bit & 1)
    limits = (f'{widths}-bit tables (MGAW {bits(cap, 21, 16) + 1}), '
              f'{1 << 4 + 2 * bits(cap, 2, 0)} domains, '
              f'{bits(cap, 47, 40) + 1} fault records')
    return limits, flags(cap, CAP_FLAGS) + flags(ecap, ECAP_FLAGS)

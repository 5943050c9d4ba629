# SPDX-License-Identifier: GPL-2.0-or-later
"""The device's state as it tells it over QMP, and its registers in words."""

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


class State:
    """What the device says of its units, its devices and its faults."""

    def __init__(self, qmp, path=DEVICE):
        self.units = qmp.get(path, 'x-unit-state')
        self.devices = qmp.get(path, 'x-device-state')
        self.faults = qmp.get(path, 'x-fault-log')

    def device(self, name):
        """One device by its address or its id."""
        for device in self.devices:
            if name in (device['device'], device['name']):
                return device
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

# SPDX-License-Identifier: GPL-2.0-or-later
"""Other machines than a q35 whose devices all sit on bus 0."""
from functools import partial

from lib.boot import Boot, run
from lib.linux import Expected

PC = ('-M', 'pc')

BOOTS = {
    'pc': Boot(machine=PC),
    'pc-two-units': Boot(
        '6.1', 'intel_iommu=on intremap=off nox2apic pci=nomsi',
        machine=(*PC, '-global', 'hpet.msi=on'), msi=False,
        iommu=',units=0xfed90000 endpoint=00:04.0; '
              '0xfed91000 include-all ioapic hpet',
        wanted=Expected(remapping='')),
}

CASES = {f'topology/{name}': partial(run, boot)
         for name, boot in BOOTS.items()}

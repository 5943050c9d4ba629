# SPDX-License-Identifier: GPL-2.0-or-later
"""Other machines than a q35 whose devices all sit on bus 0: a PC without PCI
Express, bridges of every kind, root buses besides the first one."""
from functools import partial

from lib.boot import Boot, run
from lib.hardware import Place
from lib.linux import Expected

PC = ('-M', 'pc')


def bridges(*devices):
    """QEMU's options for some devices."""
    return tuple(word for device in devices for word in ('-device', device))


BRIDGES = bridges(
    'pxb-pcie,id=pxb,bus=pcie.0,addr=9,bus_nr=0x40',
    'pcie-root-port,id=far,bus=pxb,addr=0,slot=9',
    'pcie-root-port,id=near,bus=pcie.0,addr=a,slot=10',
    'x3130-upstream,id=switch,bus=near',
    'xio3130-downstream,id=down0,bus=switch,addr=0,slot=11',
    'xio3130-downstream,id=down1,bus=switch,addr=1,slot=12',
    'xio3130-downstream,id=down2,bus=switch,addr=2,slot=13',
    'pcie-root-port,id=above,bus=pcie.0,addr=b,slot=14',
    'pcie-pci-bridge,id=to-pci,bus=above',
    'i82801b11-bridge,id=dmi,bus=pcie.0,addr=c',
    'pci-bridge,id=pci,bus=dmi,addr=1,chassis_nr=1')
PLACES = {
    'edu': Place('bus=pcie.0,addr=3', '00:03.0'),
    'nvme': Place('bus=far', '40:00.0/00.0'),
    'virtio-blk': Place('bus=down0', '00:0a.0/00.0/00.0/00.0'),
    'virtio-net': Place('bus=down1', '00:0a.0/00.0/01.0/00.0'),
    'e1000e': Place('bus=down2', '00:0a.0/00.0/02.0/00.0'),
    'usb': Place('bus=to-pci,addr=2', '00:0b.0/00.0/02.0', 'behind to-pci'),
    'ahci': Place('bus=pci,addr=3', '00:0c.0/01.0/03.0', 'dmi'),
}
UNITS = ('0xfed90000 bridge=40:00.0; '
         '0xfed91000 endpoint=00:0a.0/00.0/00.0/00.0; '
         '0xfed92000 bridge=00:0a.0/00.0/01.0; '
         '0xfed93000 bridge=00:0b.0; '
         '0xfed94000 bridge=00:0c.0; '
         '0xfed95000 include-all ioapic hpet')

PXB = bridges('pxb,id=pxb,addr=9,bus_nr=0x40',
              'pci-bridge,id=pci,bus=pci.0,addr=a,chassis_nr=1')
PXB_PLACES = {
    'edu': Place('bus=pci.0,addr=3', '00:03.0'),
    'virtio-blk': Place('bus=pxb,addr=1', '40:00.0/01.0', 'pxb'),
    'ahci': Place('bus=pci,addr=3', '00:0a.0/03.0', 'pci'),
}

BOOTS = {
    'pc': Boot(machine=PC),
    'bridges': Boot(bridges=BRIDGES, places=PLACES, iommu=f',units={UNITS}'),
}
MORE = {
    'pc-two-units': Boot(
        '6.1', 'intel_iommu=on intremap=off nox2apic pci=nomsi',
        machine=(*PC, '-global', 'hpet.msi=on'), msi=False,
        iommu=',units=0xfed90000 endpoint=00:04.0; '
              '0xfed91000 include-all ioapic hpet',
        wanted=Expected(remapping='')),
    'pc-pxb': Boot(
        machine=PC, bridges=PXB, places=PXB_PLACES, kinds=('virtio-blk', 'ahci'),
        iommu=',units=0xfed90000 bridge=40:00.0; 0xfed91000 include-all ioapic'),
}

CASES = {f'topology/{name}': partial(run, boot)
         for name, boot in BOOTS.items()}
LONG = {f'topology/{name}': partial(run, boot)
        for name, boot in MORE.items()}

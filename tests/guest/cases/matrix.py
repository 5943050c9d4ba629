# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernels, their parameters, the device's options and where devices are: each
value in one boot at least, with all kinds of I/O devices in each boot."""
from functools import partial

from lib.boot import Boot, run
from lib.linux import Expected

NOTHING_ELSE = '; 0xfed91000 include-all ioapic hpet'
X2APIC = ('-cpu', 'qemu64,+x2apic', '-smp', '4')
BEYOND_ALL = 1 << 60        # no address that any domain has
COMPATIBILITY = 0xfee00000  # an interrupt that is not remappable

BOOTS = {
    '6.12/defaults': Boot(),
    '6.1/defaults': Boot('6.1'),
    '7/defaults': Boot('7'),

    # Where the devices are, and under which unit.
    '6.12/root-ports': Boot(ports=True),
    '6.1/two-units': Boot(
        '6.1', iommu=',units=0xfed90000 endpoint=00:04.0' + NOTHING_ELSE),
    '6.12/two-units-root-ports': Boot(
        ports=True, iommu=',units=0xfed90000 bridge=00:03.0 bridge=00:06.0' +
        NOTHING_ELSE),

    # Parameters of the kernel.
    '6.12/pt': Boot(append='intel_iommu=on iommu=pt', stray=BEYOND_ALL,
                    reason=4, wanted=Expected(domain='identity')),
    '6.1/strict': Boot('6.1', 'intel_iommu=on iommu.strict=1',
                       wanted=Expected(domain='DMA')),
    '6.1/intremap-off': Boot('6.1', 'intel_iommu=on intremap=off',
                             wanted=Expected(remapping='')),

    # Interrupts.
    '6.12/x2apic': Boot(machine=X2APIC, wanted=Expected(remapping='x2apic')),
    '6.1/x2apic-no-eim': Boot(
        '6.1', iommu=',eim=off', machine=X2APIC,
        wanted=Expected(lines='DMAR-IR: dmar0 does not support EIM')),
    # Level interrupts end in the APIC's pages, which the HPET writes to, too.
    '6.1/intx-hpet-msi': Boot(
        '6.1', 'intel_iommu=on intremap=off nox2apic pci=nomsi',
        machine=('-global', 'hpet.msi=on'), msi=False,
        wanted=Expected(remapping='')),
    '6.12/no-ir': Boot(iommu=',intremap=off', wanted=Expected(remapping='')),
    # Linux sets the fault event up for units that translate only.
    '6.12/dma-translation-off': Boot(
        iommu=',dma-translation=off,version-major=6', stray=COMPATIBILITY, reason=0x25,
        told=False,
        wanted=Expected(domain='', lines='No supported address widths')),

    # What the units can do.
    '6.1/aw-39': Boot('6.1', iommu=',aw-bits=39'),
    '6.12/aw-57': Boot(iommu=',aw-bits=57'),
    '6.1/caching-mode': Boot(
        '6.1', iommu=',caching-mode=on',
        wanted=Expected(domain='DMA', lines='IOMMU batching disallowed|'
                        'Scalable Mode not enabled, no PASID allocation')),
    '6.12/device-iotlb': Boot(
        iommu=',device-iotlb=on', ports=True,
        machine=('-global', 'virtio-blk-pci.ats=on',
                 '-global', 'virtio-net-pci.ats=on')),
    '6.12/registers': Boot(iommu=',qi=off,intremap=off',
                           wanted=Expected(remapping='')),
    '6.1/one-record-v4': Boot('6.1', iommu=',fault-records=1,version-major=4'),
    '6.12/256-records-v5': Boot(
        iommu=',fault-records=256,version-major=5,adms=on'),
    '6.1/few-features': Boot(
        '6.1', iommu=',psi=off,sslps=0,zlr=off,dma-drain=off,coherent=off,'
        'esrtps=off,esirtps=off,pt=off,nd=1'),
    '6.12/more-features': Boot(
        iommu=',snoop-control=on,rwbf=on,plmr=on,phmr=on,mamv=0,mhmv=0'),
}

NEWEST = {f'7/{name.partition("/")[2]}': boot._replace(series='7')
          for name, boot in BOOTS.items()}
# Later than 6.1, Linux never defers where a unit has no pass-through.
NEWEST['7/few-features'] = NEWEST['7/few-features']._replace(
    wanted=Expected(domain='DMA'))

CASES = {name: partial(run, boot) for name, boot in BOOTS.items()}
LONG = {name: partial(run, boot) for name, boot in NEWEST.items()
        if name not in CASES}

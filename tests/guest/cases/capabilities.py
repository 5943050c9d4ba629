# SPDX-License-Identifier: GPL-2.0-or-later
"""Units that differ: Linux on the pairs that real machines have, every kind of
I/O under both."""
from functools import partial

from lib.boot import Boot, run
from lib.linux import Expected

# edu, NVMe and virtio-blk are under the first unit, the others under the second.
def units(second):
    """The property; @second: where the registers of the second unit are."""
    return (',units=0xfed90000 endpoint=00:03.0 endpoint=00:04.0 '
            f'endpoint=00:05.0; {second:#x} include-all ioapic hpet')


UNITS = units(0xfed91000)


# Linux takes the first stage, whose entry edu finds not present.
SCALABLE = Boot(reason=0x71, mode='scalable', stage='first')


def caps(*each, size=0x1000):
    """The property, of (version, CAP, ECAP) for each unit, whose registers
    take @size bytes."""
    return ',caps=' + ';'.join(
        f'{0xfed90000 + size * number:#x} version-major={version} '
        f'cap={cap:#x} ecap={ecap:#x}'
        for number, (version, cap, ecap) in enumerate(each))


def differs(*features, **wanted):
    """What Linux says of features that the units do not share."""
    return Expected(lines=r'DMAR: IOMMU feature '
                          f'({"|".join(features)}) inconsistent$', **wanted)


BOOTS = {
    # The first unit has no page-selective invalidation.
    'capabilities/skylake': Boot(
        iommu=UNITS + caps((1, 0x1c0000c40660462, 0x7e3ff0505e),
                           (1, 0xd2008c40660462, 0xf050da)),
        wanted=differs('pgsel_inv', 'sc_support', 'dev_iotlb_support',
                       'nwfs')),
}
LONG_BOOTS = {
    # 3 levels, 4 KiB pages, 8 bits of domain-id.
    'capabilities/sandy-bridge': Boot(
        '6.1', iommu=UNITS + caps((1, 0xc0000020e60262, 0xf0101a),
                                  (1, 0xc9008020660262, 0xf0105a)),
        wanted=differs('pgsel_inv', 'pass_through')),
    'capabilities/haswell': Boot(
        '6.1', iommu=UNITS + caps((1, 0xc0000020660462, 0xf0101a),
                                  (1, 0xd2008020660462, 0xf010da)),
        wanted=differs('pgsel_inv', 'sc_support', 'pass_through')),
    'capabilities/alder-lake': Boot(
        iommu=UNITS + caps((4, 0x1c0000c40660462, 0x29a00f0505e),
                           (5, 0xd2008c40660462, 0xf050da)),
        wanted=differs('pgsel_inv', 'sc_support', 'dev_iotlb_support',
                       'nwfs', 'dit')),
    # From here on machines have scalable mode; this one's walks do not snoop.
    'capabilities/meteor-lake': SCALABLE._replace(
        iommu=UNITS + caps((7, 0xc9de008cee690462, 0x12ca9a00f0ef5e),
                           (7, 0xc9de008cee690462, 0x12ca9a00f0efde)),
        wanted=differs('sc_support')),
    # The first unit is in front of accelerators.
    'capabilities/sapphire-rapids': SCALABLE._replace(
        iommu=UNITS + caps((6, 0x19ed008c40780c66, 0x3ef9ea6f050df),
                           (6, 0x19ed008c40780c66, 0x3ee9e86f050df)),
        wanted=differs('pasid', 'prs')),
    # Sixteen pages of registers each.
    'capabilities/granite-rapids': SCALABLE._replace(
        series='7',
        iommu=units(0xfeda0000) +
        caps((7, 0xf9ed008cee780c66, 0x3fef9ea6f0efdf),
             (7, 0xf9ed008cee780c66, 0x3fef9ea6f0efdf), size=0x10000)),
    'capabilities/skylake-sp': Boot(
        iommu=UNITS + caps((1, 0x8d2008c10ef0466, 0xf0205b),
                           (1, 0x8d2078c106f0466, 0xf020df)),
        wanted=differs('sc_support', 'dev_iotlb_support')),
    'capabilities/ice-lake-sp': Boot(
        iommu=UNITS + caps((4, 0x8ed008c40780466, 0x60000f050df),
                           (4, 0x8ed008c40780466, 0x60000f050df))),
    # Linux remaps interrupts only if all units can.
    'capabilities/one-without-ir': Boot(
        iommu=f'{UNITS},caps=0xfed90000 intremap=off eim=off',
        wanted=differs('eim_support', remapping='')),
    'capabilities/one-without-queue': Boot(
        iommu=f'{UNITS},caps=0xfed90000 qi=off intremap=off eim=off',
        wanted=differs('eim_support', 'qis', remapping='')),
    'capabilities/one-without-pt': Boot(
        '6.1', 'intel_iommu=on iommu=pt',
        iommu=f'{UNITS},caps=0xfed90000 pt=off',
        wanted=differs('pass_through', domain='identity')),
}
CASES = {name: partial(run, boot) for name, boot in BOOTS.items()}
LONG = {name: partial(run, boot) for name, boot in LONG_BOOTS.items()}

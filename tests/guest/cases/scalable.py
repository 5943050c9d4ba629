# SPDX-License-Identifier: GPL-2.0-or-later
"""Scalable mode: Linux as it is, which chooses it by itself; with what the
units and its command line allow, and the stages that each leads to."""
from functools import partial

from lib.boot import Boot, run
from lib.linux import Expected

ON = ',scalable-mode=on'
TWO_UNITS = (',units=0xfed90000 bridge=00:03.0 bridge=00:06.0; '
             '0xfed91000 include-all ioapic hpet')
X2APIC = ('-cpu', 'qemu64,+x2apic', '-smp', '4')
LA57 = ('-cpu', 'max,la57=on')
BEYOND_ALL = 1 << 60        # no address that any domain has

# What edu meets at an address that nobody mapped: an entry that is not present,
# or in pass-through the end of host physical addresses.
FIRST = Boot(iommu=ON, reason=0x71, mode='scalable', stage='first')
SECOND = Boot(iommu=ON + ',fsts=off', reason=0x79, mode='scalable',
              stage='second')
LEGACY = Boot(iommu=ON, append='intel_iommu=on,sm_off', stage='second',
              wanted=Expected(lines='Scalable mode is disallowed'))
PASS = FIRST._replace(append='intel_iommu=on iommu=pt', stray=BEYOND_ALL,
                      reason=0x83, stage='none',
                      wanted=Expected(domain='identity'))
STRICT = Expected(domain='DMA')


def with_iommu(boot, more, **changes):
    """The same with more of the device's properties."""
    return boot._replace(iommu=boot.iommu + more, **changes)


BOOTS = {
    '6.12/first-stage': FIRST._replace(levels=5),
    '7/second-stage': SECOND._replace(series='7'),
    '6.12/sm_off': LEGACY,
    '7/two-units': with_iommu(FIRST, TWO_UNITS, series='7', ports=True),
    '6.12/pt': PASS,
}
EVERYWHERE = {
    'first-stage': FIRST,
    'second-stage': SECOND,
    'sm_off': LEGACY,
    'pt': PASS,
    'strict': FIRST._replace(append='intel_iommu=on iommu.strict=1',
                             wanted=STRICT),
    'second-stage-strict': SECOND._replace(
        append='intel_iommu=on iommu.strict=1', wanted=STRICT),
    'two-units': with_iommu(FIRST, TWO_UNITS, ports=True),
    # A first stage has as many levels as both stages can have.
    'aw-48': with_iommu(FIRST, ',aw-bits=48', levels=4),
    'no-fs5lp': with_iommu(FIRST, ',fs5lp=off', levels=4),
    'aw-39': with_iommu(SECOND, ',aw-bits=39', levels=3),
    'aw-48-second-stage': with_iommu(SECOND, ',aw-bits=48', levels=4),
    'aw-57': with_iommu(SECOND, ',aw-bits=57', levels=5),
    'la57': FIRST._replace(machine=LA57, wanted=Expected('x2apic'), levels=5),
    'caching-mode': with_iommu(FIRST, ',caching-mode=on'),
    'second-stage-caching-mode': with_iommu(
        SECOND, ',caching-mode=on',
        wanted=Expected(domain='DMA', lines='IOMMU batching disallowed')),
    'x2apic': FIRST._replace(machine=X2APIC, wanted=Expected('x2apic')),
    # Nothing that is not needed: what is left must do.
    'few-features': with_iommu(
        FIRST, ',nest=off,srs=off,smpwcs=off,rps=off,mts=off,fs1gp=off,'
        'device-iotlb=off,snoop-control=off,pt=off,psi=off,coherent=off,'
        'version-major=5', wanted=STRICT),
    'esrtps': with_iommu(FIRST, ',esrtps=on,esirtps=on,svm=on,adms=on'),
    'device-iotlb': FIRST._replace(
        ports=True, machine=('-global', 'virtio-blk-pci.ats=on',
                             '-global', 'virtio-net-pci.ats=on')),
}
BOOTS = {f'scalable/{name}': boot for name, boot in BOOTS.items()}
MATRIX = {f'scalable/{series}/{name}': boot._replace(series=series)
          for series in ('6.12', '7') for name, boot in EVERYWHERE.items()}
# A unit without it: earlier kernels then use what both have.
MIXED = Boot(iommu=ON + TWO_UNITS + ',caps=0xfed91000 scalable-mode=off',
             ports=True, mode='legacy scalable')
MATRIX['scalable/6.12/one-unit-without'] = MIXED._replace(
    reason=0x79, wanted=Expected(lines=r'IOMMU feature \w+ inconsistent$'))
MATRIX['scalable/7/one-unit-without'] = MIXED._replace(
    series='7', reason=0x71)
for kind in 'first-stage', 'second-stage', 'sm_off', 'two-units':
    MATRIX[f'scalable/6.1/{kind}'] = EVERYWHERE[kind]._replace(series='6.1')

CASES = {name: partial(run, boot) for name, boot in BOOTS.items()}
LONG = {name: partial(run, boot) for name, boot in MATRIX.items()
        if name not in CASES}

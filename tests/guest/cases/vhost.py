# SPDX-License-Identifier: GPL-2.0-or-later
"""A network card whose backend is not in QEMU: it asks QEMU for translations,
keeps them, and drops what the guest invalidates."""
from functools import partial

from lib import linux
from lib.checks import Checks
from lib.state import State
from lib.vhostuser import Backend
from lib.vm import VM

FRAMES = 200
CARD = 'id=net,addr=3,iommu_platform=on,disable-legacy=on'
SCRIPT = f'''
platform
interface=$(interface_of 0000:00:03.0)
ip link set "$interface" up
wait_for_carrier "$interface"
say frames "$(frames "$interface" {FRAMES})"
ip link set "$interface" down
ip link set "$interface" up
wait_for_carrier "$interface"
say again "$(frames "$interface" {FRAMES})"
'''


def run(iommu, card, strict, folder):
    """Frames come back as they went, in pages that are mapped for each one."""
    checks = Checks()
    append = f'intel_iommu=on iommu.strict={strict:d}'
    with Backend(folder) as backend:
        options = ['-device', f'intel-iommu-sim,id=iommu0{iommu}',
                   *backend.options(CARD + card)]
        with VM(folder, SCRIPT, options, append=append) as vm:
            vm.wait_power_off()
            state = State(vm.qmp)
    results = vm.results()
    for round_ in 'frames', 'again':
        checks.that(f'{round_}: all came back as they went',
                    results.get(round_) == f'{FRAMES}', results.get(round_))
    checks.that('the backend met nothing wrong', not backend.error,
                repr(backend.error))
    asked = backend.misses, backend.invalidations
    checks.that('it asked for translations, and dropped some',
                min(asked) > (FRAMES if strict else 0), asked)
    checks.that('nothing faulted', not state.faults, state.faults)
    checks.that('QEMU has nothing to say', not vm.errors.read_text(),
                vm.tail(vm.errors))
    linux.check(checks, vm, state,
                linux.Expected(domain='DMA' if strict else 'DMA-FQ',
                               lines='IOMMU batching disallowed|Scalable Mode '
                                     'not enabled, no PASID'), [])
    checks.raise_failed()


CASES = {
    'vhost/cache': partial(run, '', '', True),
    'vhost/device-tlb': partial(run, ',device-iotlb=on', ',ats=on', True),
}
LONG = {
    'vhost/lazy': partial(run, '', '', False),
    'vhost/lazy-device-tlb': partial(run, ',device-iotlb=on', ',ats=on',
                                     False),
    'vhost/caching-mode': partial(run, ',caching-mode=on', '', True),
}

# SPDX-License-Identifier: GPL-2.0-or-later
"""A VFIO program that others wrote, in the guest: the NVMe driver of QEMU's
block layer, with qemu-img. It reads a whole disk, and writes it."""
from lib import linux
from lib.boot import check_traffic
from lib.checks import Checks
from lib.disk import Disk
from lib.package import Package
from lib.paths import BUILD
from lib.state import State
from lib.vm import VM

QEMU_IMG = BUILD / 'qemu-img'
DEVICE = '0000:00:03.0'
MIB = 4

SCRIPT = f'''
platform
bind {DEVICE} vfio-pci
disk=nvme://{DEVICE}/1
qemu-img info $disk | grep 'virtual size' >&2
qemu-img convert -O raw $disk /tmp/disk && say read whole
say disk-read "$(dd if=/tmp/disk bs=1M count={MIB} | sha256sum)"
dd if=/dev/urandom of=/tmp/own bs=1M count={MIB}
dd if=/tmp/own of=/tmp/disk bs=1M seek={MIB} conv=notrunc
qemu-img convert -n -f raw -O raw /tmp/disk $disk && say written whole
say disk-write "$(sha256sum </tmp/own)"
'''


def case(folder):
    """Both directions."""
    checks = Checks()
    disk, package = Disk('disk', folder, MIB), Package(folder, QEMU_IMG)
    options = ['-device', 'intel-iommu-sim,id=iommu0', *disk.drive(),
               '-device', 'nvme,id=nvme,serial=1,drive=disk,addr=3',
               *package.disk()]
    with VM(folder, package.script() + SCRIPT, options) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    for name in 'read', 'written':
        checks.same(f'the program has {name} the whole disk',
                    results.get(name), 'whole')
    disk.check(checks, results)
    check_traffic(checks, state, ['nvme'])
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, linux.Expected(), [])
    checks.raise_failed()


CASES = {}
LONG = {'vfio/qemu-img': case}

# SPDX-License-Identifier: GPL-2.0-or-later
"""Disks with an I/O thread each, and one without, all busy at once: DMA from
three threads goes through one unit."""
from lib import linux
from lib.boot import check_traffic
from lib.checks import Checks
from lib.hardware import Hardware
from lib.state import State
from lib.vm import VM

# Linux leaves the rings as they are when it powers off and switches translation
# off: QEMU would look for them in an I/O thread, at an address of the BIOS.
UNBIND = '''
cd /sys/bus/pci/drivers/virtio-pci
for device in 0000:*; do echo "$device" >unbind; done
'''
NAMES = ['threaded-0', 'threaded-1', 'nvme']


def case(folder):
    """Four CPUs, three disks, both directions."""
    checks = Checks()
    hardware = Hardware(folder)
    for name in NAMES[:2]:
        hardware.options += ['-object', f'iothread,id=thread-{name}']
        hardware.add_disk('virtio-blk', f',iothread=thread-{name}', name)
    hardware.add_disk('nvme')
    at_once = hardware.script.replace('\n', ' &\n')
    options = ['-device', 'intel-iommu-sim,id=iommu0', *hardware.options,
               '-smp', '4']
    with VM(folder, f'platform\n{at_once}wait\n{UNBIND}',
            options) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    hardware.check(checks, vm.results())
    check_traffic(checks, state, NAMES)
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, linux.Expected(), [])
    checks.raise_failed()


CASES = {'iothreads': case}

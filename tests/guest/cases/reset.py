# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest that reboots, and a reset in the middle of its I/O: at once nothing
is left in the units, and the next boot works."""
from functools import partial

from lib import linux
from lib.checks import Checks
from lib.hardware import Hardware
from lib.paths import Failure
from lib.state import State
from lib.vm import PATIENCE, VM

KINDS = ['nvme', 'virtio-blk', 'e1000e']
LIVES = '''
if fresh {nvme} 4; then
{first}
fi
platform
{io}
'''
CHURN = '''
churn {nvme} 4 &
churn {virtio} 4 &
while fresh {nvme} 4 || fresh {virtio} 4; do sleep 0.1; done
say busy
wait
'''


def wait_reset(vm):
    """The state of the units right after the reset, before any firmware."""
    try:
        vm.qmp.wait_event('RESET', PATIENCE)
    except (TimeoutError, EOFError) as error:
        raise Failure(f'no reset: {vm.tail(vm.console)}') from error
    return State(vm.qmp)


def check_clean(checks, state):
    """Nothing of the life before."""
    left = [(name, hex(unit[name])) for unit in state.units
            for name in ('gsts', 'fsts', 'rtaddr', 'irta') if unit[name]]
    left += [(device['name'], field) for device in state.devices
             for field in ('reads', 'writes', 'interrupts', 'faults')
             if device[field]]
    left += [device['name'] for device in state.devices
             if device['domain'] >= 0]
    checks.that('nothing is left after the reset', not left + state.faults,
                left + state.faults)


def reset_when_busy(vm):
    """Reset once the guest writes to its disks."""
    vm.wait_result('busy')
    vm.qmp.command('system_reset')


def run(series, by_host, folder):
    """One life up to the reset, and a second one to the end."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(KINDS)
    names = {'nvme': hardware.blocks['nvme'],
             'virtio': hardware.blocks['virtio-blk']}
    first = CHURN.format(**names) if by_host else \
        f'{hardware.script}\nreboot -f\nsleep 60'
    script = LIVES.format(first=first, io=hardware.script, **names)
    options = ['-device', 'intel-iommu-sim,id=iommu0', *hardware.options,
               '-action', 'reboot=reset']
    with hardware.peer, VM(folder, script, options, series) as vm:
        if by_host:
            reset_when_busy(vm)
        check_clean(checks, wait_reset(vm))
        vm.wait_power_off()
        state = State(vm.qmp)
    lives = vm.lives()
    checks.that('the guest had two lives', len(lives) == 2, lives)
    if not by_host:
        checks.that('the first one did its I/O', 'e1000e-put' in lives[0],
                    lives[0])
    hardware.check(checks, lives[-1])
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check_units(checks, lives[-1], state)
    linux.check_devices(checks, lives[-1], state, 'DMA-FQ')
    checks.raise_failed()


CASES = {
    'reset/guest-reboots': partial(run, '6.12', False),
    'reset/during-io': partial(run, '6.1', True),
}

# SPDX-License-Identifier: GPL-2.0-or-later
"""VMs that measure something take turns: what else the host does hits all."""
import time

from .paths import Failure, workspace
from .vm import VM

SLICE = 2               # seconds of one turn
PATIENCE = 3000         # seconds that one VM may take for a boot or a round


def wait_for(vm, name, seconds):
    """Until the guest says so; False if it takes longer."""
    end = time.monotonic() + seconds
    while name not in vm.results():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def boot(stack, name, script, devices, **more):
    """A VM that has said `ready`, and is stopped."""
    vm = stack.enter_context(VM(workspace(f'bench-{name.replace(" ", "-")}'),
                                script, devices, **more))
    if not wait_for(vm, 'ready', PATIENCE):
        raise Failure(f'the guest hung: {vm.tail(vm.console)}')
    vm.qmp.command('stop')
    return vm


def take_turns(vms, rounds):
    """Let each run for a while, until all are done."""
    left = list(vms)
    end = time.monotonic() + PATIENCE * rounds
    while left:
        for vm in left:
            vm.qmp.command('cont')
            wait_for(vm, 'exit', SLICE)
            vm.qmp.command('stop')
        left = [vm for vm in left if 'exit' not in vm.results()]
        if left and time.monotonic() > end:
            raise Failure(f'a guest hung: {left[0].tail(left[0].console)}')


def rounds_of(results, kind):
    """What a guest said of each round, as `KIND-ROUND NUMBER`."""
    prefix = kind.replace(' ', '-') + '-'
    return [float(value) for name, value in results.items()
            if name.startswith(prefix) and name[len(prefix):].isdigit()]

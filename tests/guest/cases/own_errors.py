# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel of our own, when things go wrong: what its driver says of each,
and that all works when it is over."""
import time
from functools import partial
from typing import NamedTuple

from lib.checks import Checks
from lib.linux import ALARMS
from lib.paths import Failure
from lib.state import State
from lib.vm import PATIENCE, VM
from scalable_demo import DEMOS, ENDPOINT, check_line, check_lines

UNIT = 'intel-iommu-sim,id=iommu0,scalable-mode=on,svm=on'
TEST = '/machine/peripheral/test0'
NODE = '/dev/vtd-testdev0'
ERRORS = 0xff               # of FSTS
# Until the kernel has told of what is to go wrong, and then once more.
SHARE = f'''
wait_for {NODE}
until dmesg | grep -q '{{}}'; do sva {NODE} >/dev/null; done
sva {NODE}
'''


class Trouble(NamedTuple):
    """An invalidation goes wrong while a program shares its memory."""
    answers: tuple              # of vtd-testdev to invalidation requests
    says: tuple                 # the kernel


TROUBLES = {
    # Linux asks once more.
    'time-out': Trouble(('lose,1',), (
        'VT-d detected Invalidation Time-out Error: SID 18',
        'Invalidation Time-out Error (ITE) cleared')),
    # It sees that only while it waits for a later one.
    'completion': Trouble(('spoil,1', 'hold,1'), (
        'VT-d detected Invalidation Completion Error: SID 18',
        'Invalidation Completion Error (ICE) cleared')),
}


def check_end(checks, vm, state, known='no such line'):
    """The guest ended well, its kernel saw no more than is known, and no error
    is left in the unit."""
    checks.that('the guest ended well', vm.results().get('exit') == '0',
                vm.console)
    alarms = [line for line in vm.console_lines()
              if ALARMS.search(line) and known not in line]
    checks.that('the kernel\'s log is clean', not alarms, alarms)
    checks.that('no error is left in the unit',
                not state.units[0]['fsts'] & ERRORS, state.units[0])


def give(vm, answer):
    """Let vtd-testdev answer so; until it has."""
    vm.qmp.command('qom-set', path=TEST, property='invalidate', value=answer)
    deadline = time.monotonic() + PATIENCE
    while not vm.qmp.get(TEST, 'invalidate').startswith('answer'):
        if time.monotonic() > deadline:
            raise Failure(f'nothing is invalidated: {vm.tail(vm.console)}')
        time.sleep(0.1)


def invalidate(trouble, folder):
    """The kernel tells of the error, clears it, and goes on; the program sees
    nothing of it."""
    checks = Checks()
    options = ['-device', UNIT + ',fault-records=16', '-device', ENDPOINT]
    script = SHARE.format(trouble.says[-1])
    with VM(folder, script, options, 'own', 'intel_iommu=on') as vm:
        for answer in trouble.answers:
            give(vm, answer)
        vm.qmp.command('qom-set', path=TEST, property='release', value=True)
        vm.wait_power_off()
        state = State(vm.qmp)
    missing = [line for line in trouble.says if not vm.console_lines(line)]
    checks.that('the kernel tells of the error and clears it', not missing,
                missing)
    check_lines(checks, DEMOS['sva'], vm.results())
    check_end(checks, vm, state)
    checks.raise_failed()


STORM = 400
FLOOD = f'''
wait_for {NODE}
testdev storm {NODE} {STORM}
testdev kernel {NODE}
'''


def storm(folder):
    """More faults than a unit has records for and a kernel tells of; then all
    is as before."""
    checks = Checks()
    options = ['-device', UNIT, '-device', ENDPOINT]
    with VM(folder, FLOOD, options, 'own', 'intel_iommu=on') as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    for name in 'written', 'read', 'through-tlb':
        check_line(checks, name, DEMOS['kernel'].lines[name],
                   vm.results().get(name))
    checks.same('each DMA of the storm was refused',
                vm.results().get('storm'), str(STORM))
    faults = state.device('test0')['faults']
    told = vm.console_lines('DMAR: [DMA Write PASID', '[fault reason 0x80]')
    checks.that('the unit counted them', faults == STORM, faults)
    checks.that('the kernel told of some', 0 < len(told) < STORM, len(told))
    check_end(checks, vm, state)
    checks.raise_failed()


# Linux leaves its second line open, until there is another one.
OVERFLOW = f'''
wait_for {NODE}
testdev wait {NODE} &
bound=$!
wait_for /tmp/bound
say bound
until dmesg | grep -q 'PRQ overflow cleared'; do
    echo waiting >/dev/kmsg
    sleep 0.1
done
kill $bound
sva {NODE}
'''
QUEUE = 4096                # requests, more than Linux's queue takes


def overflow(folder):
    """While the CPUs stand still the device sends page requests, markers that
    want no answer, until the queue overflows."""
    checks = Checks()
    options = ['-device', UNIT + ',fault-records=16', '-device', ENDPOINT]
    with VM(folder, OVERFLOW, options, 'own', 'intel_iommu=on') as vm:
        vm.wait_result('bound')
        vm.qmp.command('stop')
        for _ in range(QUEUE):
            vm.qmp.command('vtd-testdev-run', device='test0', pasid=1,
                           opcode='stop-marker', address=0)
        vm.qmp.command('cont')
        vm.wait_power_off()
        state = State(vm.qmp)
    missing = [line for line in ('PRQ overflow detected',
                                 'PRQ overflow cleared')
               if not vm.console_lines(line)]
    checks.that('the kernel tells of the overflow and clears it', not missing,
                missing)
    check_lines(checks, DEMOS['sva'], vm.results())
    check_end(checks, vm, state)
    checks.raise_failed()


LONG = {f'own/errors/{name}': partial(invalidate, trouble)
        for name, trouble in TROUBLES.items()}
LONG |= {'own/errors/storm': storm, 'own/errors/overflow': overflow}

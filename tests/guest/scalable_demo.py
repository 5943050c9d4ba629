#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""scalable_demo.py NAME, one of DEMOS below: boots a kernel of our own with a
device that does any DMA that a program in the guest tells it to, has such a
program try scalable mode, and prints what it saw and what the unit saw. Exit
status 0 only if all of it is as it must be."""
import sys
from functools import partial
from typing import NamedTuple

from lib import report
from lib.checks import Checks
from lib.linux import ALARMS
from lib.paths import Failure, workspace
from lib.state import State, unraced
from lib.vm import VM

DEVICE = '0000:00:03.0'
# A server's single fault record is lost to a guest that is not quick.
UNIT = 'intel-iommu-sim,id=iommu0,scalable-mode=on,svm=on,fault-records=16'
ENDPOINT = 'vtd-testdev,id=test0,addr=3'

# The device's status, and what the unit refused it for.
OK, REFUSED, PAGE_INVALID = 1, 2, 6
FIRST_ABSENT, NO_WRITE = 0x71, 0x85
NO_PROCESS = 0x59           # its PASID entry is not present
NOT_CANONICAL = 0x80
SECOND_ABSENT = 0x79


class Line(NamedTuple):
    """What must hold of a line that the program prints."""
    words: str
    value: object               # its number, or a function that judges it
    status: int
    reason: int = 0             # of the fault


class Demo(NamedTuple):
    """A program, what each of its lines tells, the faults in their order."""
    title: str
    script: str
    lines: dict
    faults: list


def some(number):
    """Any, but not none."""
    return number > 0


VFIO = f'bind {DEVICE} vfio-pci\niommufd {{}} {DEVICE}\n'

DEMOS = {
    'sva': Demo(
        'A program hands its own pointers to a device',
        'wait_for /dev/vtd-testdev0 && sva /dev/vtd-testdev0\n', {
            'read': Line('the device reads what the program wrote, by its '
                         'pointer', 1, OK),
            'page-requests': Line('for memory that nobody has touched it '
                                  'requests pages', some, OK),
            'pages': Line('and writes there what it was told', 1, OK),
            'fetch-add': Line('it adds to a variable, atomically', 1, OK),
            'copy-on-write': Line('its write is the parent\'s alone, the child '
                                  'keeps what there was', 1, OK),
            'read-only': Line('memory that the program may only read stays as '
                              'it is', 1, PAGE_INVALID),
            'mapped': Line('it reads by its own TLB', 1, OK),
            'mapped-untranslated': Line('and by the unit\'s', 1, OK),
            'invalidations': Line('munmap() invalidates what it has cached',
                                  1, OK),
            'unmapped': Line('after that its page request is refused', 1,
                             PAGE_INVALID),
            'unmapped-untranslated': Line('and its untranslated read is', 1,
                                          REFUSED),
            'child': Line('a child has it read, too', 1, OK),
            'gone': Line('after the child has gone its page request is '
                         'refused', 1, PAGE_INVALID),
            'gone-untranslated': Line('and its untranslated read is', 1,
                                      REFUSED),
        }, [FIRST_ABSENT, NO_PROCESS, NO_PROCESS]),
    'nested': Demo(
        'A program owns the first stage, the kernel the second',
        VFIO.format('nested'), {
            'both': Line('the device writes through both stages', 1, OK),
            'first-stale': Line('a first-stage entry that is cleared is used '
                                'until it is invalidated', 1, OK),
            'first-gone': Line('then the first stage faults', 0, REFUSED,
                               FIRST_ABSENT),
            'first-read-only': Line('so it does for a write where it allows '
                                    'reads', 0, REFUSED, NO_WRITE),
            'first-again': Line('with all rights again it writes', 1, OK),
            'first-leaf-gone': Line('invalidating leaves only is enough', 0,
                                    REFUSED, FIRST_ABSENT),
            'second-before': Line('another page, through both stages', 1, OK),
            'second-gone': Line('with nothing in the second stage, the first '
                                'one\'s own table is out of reach', 0, REFUSED,
                                SECOND_ABSENT),
            'second-partly': Line('with both mapped again, the device writes',
                                  1, OK),
            'second-leaf-gone': Line('the page that the second stage lacks '
                                     'faults there', 0, REFUSED, SECOND_ABSENT),
        }, [FIRST_ABSENT, NO_WRITE, FIRST_ABSENT, SECOND_ABSENT,
            SECOND_ABSENT]),
    'pasid': Demo(
        'A program has tables for PASIDs, by iommufd',
        'mount -t debugfs debugfs /sys/kernel/debug\n' + VFIO.format('pasid'), {
            'without': Line('the device writes without PASID', 1, OK),
            'before': Line('with a PASID that has no table it is refused', 0,
                           REFUSED, NO_PROCESS),
            'plain': Line('with a table of the kernel\'s it writes', 1, OK),
            'shown': Line('Linux shows that table', some, 1),
            'nested': Line('with both stages in its place, too', 1, OK),
            'beside': Line('and without PASID as before', 1, OK),
            'nested-gone': Line('what the first stage lacks is refused', 0,
                                REFUSED, FIRST_ABSENT),
            'left': Line('when the PASID has no table again, all is', 0,
                         REFUSED, NO_PROCESS),
            'space': Line('a table of the kernel\'s choice is as good', 1, OK),
        }, [NO_PROCESS, FIRST_ABSENT, NO_PROCESS]),
    'kernel': Demo(
        'A driver has the device use the kernel\'s addresses by a PASID',
        'wait_for /dev/vtd-testdev0 && testdev kernel /dev/vtd-testdev0 && '
        'testdev storm /dev/vtd-testdev0 1\n', {
            'written': Line('the device writes to a page of the driver\'s', 1,
                            OK),
            'read': Line('and reads it', 1, OK),
            'through-tlb': Line('through its TLB, too', 1, OK),
            'storm': Line('nothing else', 1, 1),
        }, [NOT_CANONICAL]),
    'post': Demo(
        'A driver has an interrupt of its device posted',
        'wait_for /dev/vtd-testdev0 && testdev post /dev/vtd-testdev0\n', {
            'remapped': Line('the interrupt comes to a CPU', 1, 1),
            'posted': Line('when it is posted it sets its bit in the '
                           'descriptor, nothing else', 1, some),
            'not-taken': Line('and comes to no CPU', 1, 1),
            'remapped-again': Line('then it comes to one again', 2, 1),
        }, []),
    'dirty': Demo(
        'The kernel tells which pages a device wrote',
        VFIO.format('dirty'), {
            'nothing': Line('nothing is dirty before', 1, 0),
            'dirty': Line('of 256 pages, all read, those written are dirty, '
                          'no other', 1, some),
            'dirty-again': Line('what was told is clean again', 1, 0),
            'dirty-later': Line('pages written once more are dirty once more',
                                1, some),
            'untracked': Line('what is written while nobody tracks is not '
                              'told', 1, 0),
        }, []),
}


def holds(found, wanted):
    """Whether a number is as a line wants it."""
    return wanted(found) if callable(wanted) else found == wanted


def check_line(checks, name, line, said):
    """One line of the program's."""
    try:
        value, status = (int(word, 0) for word in said.split())
    except (AttributeError, ValueError):
        checks.that(line.words, False, f'{name}: {said}')
        return
    wanted = line.status
    if line.reason:
        wanted |= line.reason << 8
    checks.that(line.words, holds(value, line.value) and
                holds(status, wanted), f'{name}: {said}')


def check_lines(checks, demo, results):
    """All of them."""
    for name, line in demo.lines.items():
        check_line(checks, name, line, results.get(name))


class Run(NamedTuple):
    """What a run found."""
    checks: Checks
    state: State
    said: list


def run(name, folder):
    """Boot and check."""
    demo = DEMOS[name]
    checks = Checks()
    options = ['-device', UNIT, '-device', ENDPOINT]
    with VM(folder, demo.script, options, 'own', 'intel_iommu=on,sm_on',
            modules=[]) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    check_lines(checks, demo, results)
    checks.that('the guest ended well', results.get('exit') == '0',
                f'see {vm.console}')
    reasons = [fault['reason'] for fault in state.faults if fault['recorded']]
    checks.that('the unit recorded a fault for each of these, no other',
                reasons == demo.faults, [hex(reason) for reason in reasons])
    alarms = [line for line in vm.console_lines() if ALARMS.search(line)]
    checks.that('the kernel\'s log is clean', not alarms, alarms)
    said = [f'{key} {value}' for key, value in results.items()
            if key != 'exit']
    return Run(checks, state, said)


def fault_lines(state):
    """The faults in words."""
    rows = [[f'{fault["reason"]:#04x}', fault['condition'], fault['access'],
             f'{fault["address"]:#x}',
             '-' if fault['pasid'] < 0 else fault['pasid'], fault['text']]
            for fault in state.faults]
    return ['Faults', *report.table(['reason', 'condition', 'access',
                                     'address', 'PASID', 'in words'], rows)]


def main():
    name = sys.argv[1]
    folder = workspace(f'demo-{name}')
    try:
        done = unraced(partial(run, name), folder)
    except Failure as failure:
        sys.exit(f'error: demo-{name}: {failure}')
    sections = [[DEMOS[name].title], report.units(done.state),
                ['The program said', *(f'  {line}' for line in done.said)],
                report.held(done.checks)]
    if done.state.faults:
        sections.append(fault_lines(done.state))
    print('\n' + '\n\n'.join('\n'.join(section) for section in sections))
    failed = done.checks.failed()
    print(f'\n{len(done.checks.done) - len(failed)} checks hold, '
          f'{len(failed)} failed. Logs: {folder}')
    sys.exit(bool(failed))


if __name__ == '__main__':
    main()

# SPDX-License-Identifier: GPL-2.0-or-later
"""VMs that do the same measurements, each of them at the same time: one runs for
a moment, then the next, until all are done, so that what else the host does hits
all. All of their threads are on one of the host's CPUs: with more, where a thread
wakes another one is chance, and more than half of the noise. A guest pauses its
VM where a measurement starts and where it ends; what the VM's process took of
that CPU in between is counted, too."""
import os
import time

from .paths import Failure, workspace
from .vm import VM

SLICE = 0.015           # seconds for which one runs
PATIENCE = 600          # seconds after which a guest is taken for hung
# A guest's `mark` pauses the VM.
PAUSABLE = ['-device', 'pvpanic-pci,addr=1d', '-action', 'panic=pause']


def measured(name, command):
    """Shell: one measurement. The command prints how many a second, and perhaps
    how many."""
    return f'mark; result="$({command})"; mark; say {name} $result'


def turns(kinds, rounds):
    """All measurements in order, each kind once a round: {name: kind}."""
    return {f'{kind.replace(" ", "-")}-{number}': kind
            for number in range(rounds) for kind in kinds}


def of_round(said, cpu):
    """See Guest.rounds()."""
    rate, *pieces = map(float, said.split() or [0])
    return [rate, pieces[0] / cpu if pieces else None] if rate else None


class Guest:
    """A VM that does measurements of these names, in that order."""

    def __init__(self, stack, name, names, script, devices, **more):
        self.vm = stack.enter_context(VM(
            workspace(f'bench-{name.replace(" ", "-")}'), script,
            [*devices, *PAUSABLE], **more))
        self.cpu = dict.fromkeys(names, 0)      # seconds that each took

    def cpu_time(self):
        """Of QEMU's threads, in seconds; as clock_getcpuclockid(3) has it."""
        return time.clock_gettime(~self.vm.process.pid << 3 | 2)

    def pin(self, cpu):
        """Have all its threads, and those that they start, there."""
        for thread in os.listdir(f'/proc/{self.vm.process.pid}/task'):
            os.sched_setaffinity(int(thread), {cpu})

    def go_on(self):
        """Until `paused`, or `stop`."""
        self.vm.qmp.events.clear()
        self.vm.qmp.command('cont')

    def panicked(self):
        """Whether it has since `go_on`."""
        return any(event['event'] == 'GUEST_PANICKED'
                   for event in self.vm.qmp.events)

    def paused(self, seconds=PATIENCE):
        """Whether the guest pauses the VM within that time."""
        try:
            self.vm.qmp.wait_event('STOP', seconds)
        except TimeoutError:
            return False
        except (EOFError, ConnectionError) as error:
            raise Failure(f'QEMU died: {self.vm.tail(self.vm.errors)}') \
                from error
        if not self.panicked():
            raise Failure('the guest ended before its measurements: '
                          f'{self.vm.tail(self.vm.console)}')
        return True

    def reach_mark(self):
        """After `go_on`, for as long as it takes."""
        if not self.paused():
            raise Failure(f'the guest hung: {self.vm.tail(self.vm.console)}')

    def slice(self, name):
        """A moment of one measurement; whether it goes on."""
        before = self.cpu_time()
        self.go_on()
        done = self.paused(SLICE)
        if not done:
            self.vm.qmp.command('stop')
            done = self.panicked()
        self.cpu[name] += self.cpu_time() - before
        return not done

    def rounds(self, kind, number):
        """Of each round of that, what it did in a second: of its own clock,
        and of CPU time, None if it has not counted that; or None if it has
        said nothing."""
        results = self.vm.results()
        return [of_round(results.get(name, ''), self.cpu[name])
                for name in turns([kind], number)]


def take_turns(guests, names):
    """Have all guests do these measurements; they have booted on their own."""
    guests = list(guests)
    for guest in guests:
        guest.reach_mark()
    for guest in guests:
        guest.pin(max(os.sched_getaffinity(0)))
    last = [*names][-1]
    for name in names:
        left = guests
        while left:
            left = [guest for guest in left if guest.slice(name)]
        for guest in guests:
            guest.go_on()
        if name != last:
            for guest in guests:
                guest.reach_mark()
        guests.reverse()
    for guest in guests:
        guest.vm.wait_power_off(PATIENCE)

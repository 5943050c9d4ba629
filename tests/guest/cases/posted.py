# SPDX-License-Identifier: GPL-2.0-or-later
"""Linux that has the interrupts of its devices posted, intremap=posted_msi: in
the kernel of our own, as Debian's is built without that. They are in
descriptors, and notifications come instead; nothing of it is lost."""
import re
from functools import partial
from typing import NamedTuple

from cases import kexec, own, suspend, vfio
from lib import boot as boots, linux
from lib.boot import check_traffic
from lib.checks import Checks
from lib.hardware import Hardware
from lib.linux import Expected
from lib.paths import Failure
from lib.state import State
from lib.vm import VM

ON = ',posted-interrupts=on'
TWO_UNITS = (',units=0xfed90000 endpoint=00:03.0; '
             '0xfed91000 include-all ioapic hpet')
X2APIC = ('-cpu', 'qemu64,+x2apic', '-smp', '4')
LEGACY = 'intel_iommu=on,sm_off intremap=posted_msi'
EVENT = re.compile(r'vtdm_(posted|interrupt) unit=(\d) sid=(\S+) .*?'
                   r'(?:descriptor=(0x\w+) )?address=(0x\w+) data=0x(\w+)')
REFUSED = 'Scalable mode is disallowed'
NOTIFICATION = 'eb'         # Linux's vector for it

# The disks' I/O, again and again while interrupts go from CPU to CPU.
SCRIPT = '''
platform
{io}
for cpu in 1 2 3; do
    for irq in /proc/irq/[0-9]*; do
        echo $cpu >$irq/smp_affinity
    done 2>/dev/null
    {io}
done
say notifications $(sed -n 's/^ *PMN://p' /proc/interrupts |
    grep -o '[0-9][0-9]* ')
'''


class Boot(NamedTuple):
    """What is special about one boot."""
    iommu: str = ON             # more of -device intel-iommu-sim
    append: str = LEGACY
    machine: tuple = ()
    wanted: Expected = Expected(lines=REFUSED)
    posts: bool = True          # Linux does so
    thread: str = 'single'      # of TCG: multi lets CPUs and the unit race


class Events:
    """What the units did with interrupts, out of the trace."""

    def __init__(self, trace):
        found = EVENT.findall(trace.read_text())
        posted = [row for row in found if row[0] == 'posted']
        self.posted = len(posted)
        self.units = {unit for _, unit, *_ in posted}
        self.senders = {sid for _, _, sid, *_ in posted}
        self.descriptors = {row[3] for row in posted}
        self.notified = [row[5][-2:] for row in posted if row[4] != '0x0']
        self.remapped = {row[2] for row in found if row[0] == 'interrupt'}


def check_posted(checks, events, state, units):
    """The devices' interrupts all were, to more than one CPU."""
    senders = {state.device(kind)['device'] for kind in own.KINDS}
    checks.that('the interrupts of each disk were posted, and only posted',
                senders <= events.senders and not senders & events.remapped,
                (events.senders, events.remapped))
    checks.that('through each unit', len(events.units) == units, events.units)
    checks.that('into the descriptors of more than one CPU',
                len(events.descriptors) > 1, events.descriptors)
    checks.that('notifications have Linux\'s vector, and some stood for more '
                'than one interrupt', set(events.notified) == {NOTIFICATION}
                and len(events.notified) <= events.posted,
                (set(events.notified), len(events.notified), events.posted))


def check_taken(checks, results, events, posts):
    """How many notifications the guest took; some may come after it said."""
    taken = sum(map(int, results.get('notifications', '').split()))
    checks.that('the guest took the notifications' if posts else
                'the guest took no notification',
                (taken > 20) == posts and taken <= len(events.notified),
                (taken, len(events.notified)))


def check_counts(checks, state, events, posts):
    """What the units count themselves: all but the first of each entry."""
    hits = sum(unit['counts']['int_cache_hit_posted'] for unit in state.units)
    checks.that('the units count what they post from their caches',
                (hits > 20) == posts and hits <= events.posted,
                (hits, events.posted))


def run(boot, folder):
    """Boot, do I/O, and see what the units were asked for."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(own.KINDS)
    trace = folder / 'trace.log'
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *hardware.options, *boot.machine, '-trace', 'vtdm_posted',
               '-trace', 'vtdm_interrupt', '-D', str(trace)]
    with VM(folder, SCRIPT.format(io=hardware.script), options, 'own',
            boot.append, thread=boot.thread) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results, events = vm.results(), Events(trace)
    hardware.check(checks, results)
    check_traffic(checks, state, own.KINDS)
    if boot.posts:
        check_posted(checks, events, state, len(state.units))
    else:
        checks.that('nothing was posted', not events.posted, events.posted)
    check_taken(checks, results, events, boot.posts)
    check_counts(checks, state, events, boot.posts)
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, own.known(boot.wanted), [])
    checks.raise_failed()


LEGACY_X2APIC = Expected('x2apic', lines=REFUSED)
BOOTS = {
    'own/posted/legacy': Boot(),
    'own/posted/x2apic': Boot(machine=X2APIC, wanted=LEGACY_X2APIC),
    'own/posted/two-units': Boot(ON + TWO_UNITS),
    'own/posted/two-units-x2apic': Boot(ON + TWO_UNITS, machine=X2APIC,
                                    wanted=LEGACY_X2APIC),
    'own/posted/threads': Boot(machine=('-smp', '4'), thread='multi'),
    # A server brings it in scalable mode.
    'own/posted/scalable': Boot(',scalable-mode=on',
                            'intel_iommu=on intremap=posted_msi',
                            wanted=Expected()),
    'own/posted/caching-mode': Boot(ON + ',caching-mode=on', wanted=Expected(
        domain='DMA', lines=f'{REFUSED}|IOMMU batching disallowed')),
    # Linux posts only if all units can, and only if it was told to.
    'own/posted/one-unit-without': Boot(
        ON + TWO_UNITS + ',caps=0xfed91000 posted-interrupts=off',
        posts=False),
    'own/posted/not-asked-for': Boot(append='intel_iommu=on,sm_off',
                                     posts=False),
}
LONG = {name: partial(run, boot) for name, boot in BOOTS.items()}
AGAIN = own.ours(boots.Boot(append=LEGACY, iommu=ON,
                            wanted=Expected(lines=REFUSED)))


def again(case, folder):
    """A case that starts the units twice, with its interrupts posted."""
    trace = folder / 'trace.log'
    case(AGAIN._replace(machine=('-trace', 'vtdm_posted', '-D', str(trace))),
         folder, kinds=own.KINDS)
    if not Events(trace).posted:
        raise Failure(f'nothing was posted: {trace}')


LONG |= {f'own/posted/{name}': partial(again, case) for name, case in (
    ('suspend', suspend.run), ('kexec', partial(kexec.run, kexec.KEXEC)),
    ('kdump', partial(kexec.run, kexec.KDUMP)))}
# A program drives a disk, and cannot send what is posted for another one.
LONG['own/posted/vfio'] = partial(vfio.run, vfio.Boot(
    'own', LEGACY, ON, wanted=own.known()))
CASES = {'own/posted/scalable': LONG['own/posted/scalable']}

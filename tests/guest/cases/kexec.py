# SPDX-License-Identifier: GPL-2.0-or-later
"""A second kernel without a reset in between: it finds the units as the first
one left them. kexec: the first one has ended well. kdump: it has crashed, and
the second one takes its tables over, so that DMA under way stays harmless."""
import re
from functools import partial
from typing import NamedTuple

from cases.scalable import FIRST, SECOND
from lib import linux
from lib.boot import Boot, check_stray, check_tables, check_traffic
from lib.checks import Checks
from lib.hardware import EDU, VIRTIO, Hardware
from lib.linux import Expected
from lib.paths import kernel
from lib.state import State
from lib.vm import VM, command_line

KINDS = ['nvme', 'ahci', 'e1000e']
BEYOND_ALL = 1 << 60        # no address that any domain has

# Both kernels run it; the second one's files are on disks.
SCRIPT = '''
{io}
if ! grep -q second /proc/cmdline; then
    dd if={vmlinuz} of=/tmp/vmlinuz bs=1M
    dd if={initramfs} of=/tmp/initramfs bs=1M
    kexec {word} /tmp/vmlinuz /tmp/initramfs '{append} second'
    {leave}
fi
say second $(ls /proc/vmcore)
platform
stray {edu} {stray:#x}
'''
CRASH = 'echo c >/proc/sysrq-trigger'
CRASH_BUSY = '''
    for disk in {nvme} {ahci}; do churn $disk 4 & done
    while fresh {nvme} 4 || fresh {ahci} 4; do sleep 0.1; done
    ''' + CRASH


class Way(NamedTuple):
    """From one kernel to the next."""
    word: str       # for our program
    leave: str      # what the first one does
    append: str     # more of the second one's command line
    core: str       # the first one's memory, as the second one shows it
    says: list      # what the second one must say


KEXEC = Way('now', '', '', '', [
    'DMAR-IR: IRQ remapping was enabled on dmar0 but we are not in kdump mode'])
KDUMP = Way('panic', CRASH, ' nr_cpus=1 reset_devices', '/proc/vmcore', [
    'DMAR: Translation already enabled - trying to copy translation structures',
    'DMAR: Copied translation tables from previous kernel for dmar0',
    'DMAR-IR: Copied IR table for dmar0 from previous kernel'])
BUSY = KDUMP._replace(leave=CRASH_BUSY)


def add_file(hardware, name, path):
    """A disk with what is in a file; its name in the guest's shell."""
    place = hardware.plug(name, f'virtio-blk-pci,drive={name},{VIRTIO}')
    hardware.options += ['-drive', f'if=none,id={name},format=raw,'
                                   f'readonly=on,file={path}']
    return f'"$(block_of {place})"'


def make_script(hardware, edu, way, boot):
    """What both kernels run."""
    folder = hardware.folder
    return SCRIPT.format(
        io=hardware.script, edu=edu, stray=boot.stray, word=way.word,
        leave=way.leave.format(**hardware.blocks),
        append=command_line(boot.append + way.append),
        vmlinuz=add_file(hardware, 'vmlinuz', kernel(boot.series) / 'vmlinuz'),
        initramfs=add_file(hardware, 'initramfs', folder / 'initramfs'))


def check_second(checks, vm, way):
    """The second kernel was started in the way that it should."""
    checks.that('two kernels ran', len(vm.lives()) == 2, vm.lives())
    checks.that(f'the second one has a dump: {bool(way.core)}',
                vm.results().get('second') == way.core, vm.results())
    missing = [line for line in way.says if not vm.console_lines(line)]
    checks.that('the second one finds the units in use', not missing, missing)


def run(way, boot, folder, kinds=KINDS):
    """I/O, the second kernel, I/O."""
    checks = Checks()
    hardware = Hardware(folder, boot.ports)
    edu = hardware.plug('edu', EDU)
    hardware.add(kinds)
    script = make_script(hardware, edu, way, boot)
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *hardware.options, *boot.machine]
    with hardware.peer, VM(folder, script, options, boot.series,
                           f'{boot.append} crashkernel=256M') as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    hardware.check(checks, vm.results())
    check_traffic(checks, state, kinds)
    check_tables(checks, state, boot, kinds)
    check_second(checks, vm, way)
    strays = check_stray(checks, vm, state, boot)
    said = '|'.join(map(re.escape, way.says)).replace('dmar0', r'dmar\d')
    wanted = boot.wanted._replace(lines=f'{boot.wanted.lines}|{said}')
    linux.check(checks, vm, state, wanted, strays)
    checks.raise_failed()


CASES = {
    'kdump/6.12': partial(run, KDUMP, Boot()),
}
LONG = {
    'kexec/6.12': partial(run, KEXEC, Boot()),
    'kexec/7': partial(run, KEXEC, Boot('7')),
    'kdump/6.1': partial(run, KDUMP, Boot('6.1')),
    'kdump/7': partial(run, KDUMP, Boot('7')),
    'kdump/busy': partial(run, BUSY, Boot()),
    'kdump/busy-7': partial(run, BUSY, Boot('7')),
    'kdump/two-units-root-ports': partial(
        run, KDUMP, Boot(ports=True, iommu=',units=0xfed90000 bridge=00:03.0 '
                         'bridge=00:05.0; 0xfed91000 include-all ioapic')),
    'kdump/pc': partial(run, KDUMP, Boot(machine=('-M', 'pc'))),
    'kdump/x2apic': partial(run, KDUMP, Boot(
        machine=('-cpu', 'qemu64,+x2apic'), wanted=Expected('x2apic'))),
    'kdump/pass-through': partial(run, KDUMP, Boot(
        append='intel_iommu=on iommu=pt', stray=BEYOND_ALL, reason=4,
        wanted=Expected(domain='identity'))),
    'kexec/scalable': partial(run, KEXEC, FIRST),
    'kexec/scalable-7': partial(run, KEXEC, FIRST._replace(series='7')),
    'kdump/scalable': partial(run, KDUMP, FIRST),
    'kdump/scalable-7': partial(run, KDUMP, FIRST._replace(series='7')),
    'kdump/scalable-second-stage': partial(run, KDUMP, SECOND),
    'kdump/scalable-busy': partial(run, BUSY, FIRST),
    'kexec/x2apic': partial(run, KEXEC, Boot(
        machine=('-cpu', 'qemu64,+x2apic'), wanted=Expected('x2apic'))),
}

# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel of our own, and what it shows of scalable mode. `make test` runs
some of these where the cache has that kernel, `make test-long` builds it first
and runs all."""
from functools import partial

import scalable_demo
from cases import kexec, scalable, suspend, vfio
from lib import linux
from lib.boot import Boot, check_stray, check_traffic, run
from lib.checks import Checks
from lib.disk import Disk
from lib.hardware import EDU, Hardware
from lib.linux import Expected
from lib.state import State
from lib.vm import VM

KINDS = ('nvme', 'virtio-blk')
OURS = '0000:00:03.0'
NODE = '/dev/vtd-testdev0'

# What it says as it has the driver's debugging, at a fault.
DUMP = (r'Scalable mode is disallowed|Dump dmar|DMAR: [a-z ]+ not present|'
        r'DMAR: (scalable mode )?(root|context) entry|DMAR: pte level|'
        r'DMAR: pasid (dir|table) entry')

# What the driver shows of itself; each file is read, too, while it measures.
DEBUG = '/sys/kernel/debug/iommu/intel'
FILES = ('dmar_translation_struct', 'invalidation_queue',
         'ir_translation_struct', 'dmar_perf_latency')
SHOWN = f'''
mount -t debugfs debugfs /sys/kernel/debug
for kind in 1 2 3; do echo $kind >{DEBUG}/dmar_perf_latency; done
{{io}}
platform
cat /sys/class/iommu/*/intel-iommu/* $(find {DEBUG} -type f) >/tmp/all
say shown-registers $(tr -s '\\t' ' ' <{DEBUG}/iommu_regset |
    sed -n 's/^CAP 0x08 //p')
for file in {' '.join(FILES)}; do
    say shown-$file $(wc -l <{DEBUG}/$file)
done
echo 0 >{DEBUG}/dmar_perf_latency
'''

# A disk goes from one kind of domain to the next, its interrupts from CPU to
# CPU, which then are fewer for a while; it does its I/O in each.
CPU = '/sys/devices/system/cpu/cpu1'
CHANGED = '''
platform
{io}
for device in {nvme} {virtio}; do
    group=$(readlink -f /sys/bus/pci/devices/$device/iommu_group)
    driver=$(basename "$(readlink -f /sys/bus/pci/devices/$device/driver)")
    for type in identity DMA DMA-FQ; do
        echo $device >/sys/bus/pci/drivers/$driver/unbind
        echo $type >$group/type && say $type-$driver $(cat $group/type)
        echo $device >/sys/bus/pci/drivers/$driver/bind
        for cpu in 1 2; do
            for irq in /proc/irq/[0-9]*; do
                echo $cpu >$irq/smp_affinity
            done 2>/dev/null
        done
        {io}
    done
done
for online in 0 1; do
    echo $online >{cpu}/online
    say cpu-online-$online $(cat {cpu}/online)
    {io}
done
stray {edu} {stray:#x}
'''


# Two nodes, each with a CPU.
NODES = ('-smp', '2,sockets=2') + tuple(
    word for node in '01' for word in (
        '-object', f'memory-backend-ram,id=memory{node},size=512M',
        '-numa', f'node,nodeid={node},memdev=memory{node},cpus={node}'))


def known(wanted=Expected()):
    """What this kernel may say; it has no driver that uses MSI only."""
    return wanted._replace(lines=f'{DUMP}|{wanted.lines}',
                           chips={'IR-IO-APIC', 'IR-PCI-MSIX'})


def ours(boot):
    """The same boot of this kernel, with the disks that it knows."""
    return boot._replace(series='own', kinds=KINDS, wanted=known(boot.wanted))


def legacy(more='', **changes):
    """A boot in legacy mode."""
    return ours(Boot(append=f'intel_iommu=on,sm_off {more}', **changes))


def shown(boot, folder):
    """What the driver shows of itself in debugfs."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(KINDS)
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *hardware.options]
    script = SHOWN.format(io=hardware.script)
    with VM(folder, script, options, 'own', boot.append) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    hardware.check(checks, results)
    check_traffic(checks, state, KINDS)
    checks.same('it shows the unit\'s capabilities',
                results.get('shown-registers'),
                f'{state.units[0]["cap"]:#018x}')
    for file in FILES:
        checks.that(f'it shows something in {file}',
                    int(results.get(f'shown-{file}', 0)) > 4, results)
    linux.check(checks, vm, state, boot.wanted, [])
    checks.raise_failed()


def changed(boot, folder):
    """Domains and interrupts of devices change while the kernel runs."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(KINDS)
    edu = hardware.plug('edu', EDU)
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *hardware.options]
    script = CHANGED.format(io=hardware.script, nvme='0000:00:03.0',
                            virtio='0000:00:04.0', cpu=CPU, edu=edu,
                            stray=boot.stray)
    with VM(folder, script, options, 'own', boot.append) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    hardware.check(checks, results)
    for kind in 'identity', 'DMA', 'DMA-FQ':
        for driver in 'nvme', 'virtio-pci':
            checks.same(f'{driver} comes into a domain of the kind {kind}',
                        results.get(f'{kind}-{driver}'), kind)
    for online in '01':
        checks.same(f'a CPU is online: {online}',
                    results.get(f'cpu-online-{online}'), online)
    strays = check_stray(checks, vm, state, boot)
    linux.check(checks, vm, state, boot.wanted, strays)
    checks.raise_failed()


def by_program(boot, folder):
    """A user program drives a disk through tables of a container."""
    checks = Checks()
    mib = 4
    disk = Disk('ours', folder, mib)
    script = f'bind {OURS} vfio-pci\nvfio_disk ours {OURS} {mib}\n'
    options = ['-device', f'intel-iommu-sim,id=iommu0{boot.iommu}',
               *disk.drive(), '-device', 'nvme,serial=ours,drive=ours,addr=3']
    with VM(folder, script, options, 'own', boot.append) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    disk.check(checks, vm.results())
    checks.same('addresses came from stage', state.device(OURS[5:])['stage'],
                boot.stage)
    checks.that('nothing faulted', not state.faults, state.faults)
    checks.raise_failed()


def pass_through(folder):
    """A driver's PASID in pass-through: the device's addresses are memory's."""
    checks = Checks()
    kernel = scalable_demo.DEMOS['kernel']
    options = ['-device', scalable_demo.UNIT, '-device', scalable_demo.ENDPOINT]
    script = f'wait_for {NODE} && testdev kernel {NODE}\n'
    with VM(folder, script, options, 'own', 'intel_iommu=on iommu=pt') as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    for name in 'written', 'read', 'through-tlb':
        scalable_demo.check_line(checks, name, kernel.lines[name],
                                 vm.results().get(name))
    checks.same('addresses came from no stage',
                state.device('test0')['stage'], 'none')
    checks.that('nothing faulted', not state.faults, state.faults)
    checks.raise_failed()


def demo(name, folder):
    """All checks of a demo hold."""
    scalable_demo.run(name, folder).checks.raise_failed()


BOOTS = {
    'own/legacy': legacy(),
    'own/strict': legacy('iommu.strict=1', wanted=Expected(domain='DMA')),
    'own/caching-mode': legacy(iommu=',caching-mode=on', wanted=Expected(
        domain='DMA', lines='IOMMU batching disallowed')),
    'own/registers': legacy(iommu=',qi=off,intremap=off,esrtps=off',
                            wanted=Expected(remapping='')),
    'own/x2apic': legacy(machine=('-cpu', 'qemu64,+x2apic'),
                         wanted=Expected(remapping='x2apic')),
    'own/x2apic-phys': legacy('x2apic_phys',
                              machine=('-cpu', 'qemu64,+x2apic'),
                              wanted=Expected(remapping='x2apic')),
    'own/nodes': legacy(
        iommu=',units=0xfed90000 endpoint=00:04.0; 0xfed91000 include-all '
        'ioapic hpet,rhsa=0xfed90000 node=1; 0xfed91000 node=0',
        machine=NODES, wanted=Expected(lines='DMAR: RHSA')),
    'own/table': legacy(
        iommu=',units=0xfed90000 endpoint=00:04.0 '
        'namespace=1@f0:01.0; 0xfed91000 include-all ioapic hpet,'
        'rmrr=0x3e000000-0x3e000fff@00:03.0,rhsa=0xfed90000 node=0,'
        'andd=1 path=\\_SB.PCI0.UA00,satc=endpoint=00:05.0',
        machine=('-global', 'hpet.msi=on'),
        wanted=Expected(lines='DMAR: (RMRR base|ATSR flags|SATC flags|'
                        'ANDD device|RHSA|Failed to find handle)')),
    'own/device-iotlb': legacy(
        iommu=',device-iotlb=on', ports=True,
        machine=('-global', 'virtio-blk-pci.ats=on')),
}

# Of the boots in scalable mode, those that lead the driver elsewhere. None in
# pass-through, as none above: at a fault there, dmar_fault_dump_ptes() of Linux
# 7.3.4 walks from address 0 as if there were a table, and panics.
SCALABLE = {name: ours(scalable.EVERYWHERE[name]) for name in (
    'first-stage', 'second-stage', 'strict', 'second-stage-caching-mode', 'la57',
    'few-features', 'device-iotlb')}
BOOTS |= {f'own/scalable/{name}': boot for name, boot in SCALABLE.items()}
FIRST = SCALABLE['first-stage']

LONG = {name: partial(run, boot) for name, boot in BOOTS.items()}
for place, mode in ('own', BOOTS['own/legacy']), ('own/scalable', FIRST):
    LONG |= {
        f'{place}/shown': partial(shown, mode),
        f'{place}/changed': partial(changed, mode),
        f'{place}/suspend': partial(suspend.run, mode, kinds=KINDS),
        f'{place}/kexec': partial(kexec.run, kexec.KEXEC, mode, kinds=KINDS),
        f'{place}/kdump': partial(kexec.run, kexec.KDUMP, mode, kinds=KINDS),
    }
LONG['own/scalable/kernel-pass-through'] = pass_through
LONG['own/scalable/vfio'] = partial(by_program, FIRST)
LONG['own/vfio'] = partial(vfio.run, vfio.Boot(
    'own', 'intel_iommu=on,sm_off', wanted=known()))
LONG |= {f'own/demo-{name}': partial(demo, name)
         for name in scalable_demo.DEMOS}
SHORT = ('own/legacy', 'own/scalable/first-stage', 'own/scalable/shown',
         'own/demo-sva', 'own/demo-nested', 'own/demo-dirty')
CASES = {name: LONG[name] for name in SHORT}

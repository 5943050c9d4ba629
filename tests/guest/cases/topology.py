# SPDX-License-Identifier: GPL-2.0-or-later
"""Other machines than a q35 whose devices all sit on bus 0: a PC without PCI
Express, bridges of every kind, root buses besides the first one."""
from functools import partial

from lib import linux
from lib.boot import Boot, check_traffic, run
from lib.checks import Checks
from lib.hardware import VIRTIO, Hardware, Place
from lib.initramfs import MODULES
from lib.linux import Expected
from lib.peer import Peer
from lib.state import State
from lib.vm import VM

PC = ('-M', 'pc')

NODE_SIZE = 512 << 20
UNIT_BASE = 0xfed90000
CROWD_UNITS = 16
CROWD_SLOT = 0x10       # of the first eight root ports
CROWD_IO = {'nvme': 0, 'e1000e': 7, 'virtio-blk': 14}   # behind which port


def bridges(*devices):
    """QEMU's options for some devices."""
    return tuple(word for device in devices for word in ('-device', device))


BRIDGES = bridges(
    'pxb-pcie,id=pxb,bus=pcie.0,addr=9,bus_nr=0x40',
    'pcie-root-port,id=far,bus=pxb,addr=0,slot=9',
    'pcie-root-port,id=near,bus=pcie.0,addr=a,slot=10',
    'x3130-upstream,id=switch,bus=near',
    'xio3130-downstream,id=down0,bus=switch,addr=0,slot=11',
    'xio3130-downstream,id=down1,bus=switch,addr=1,slot=12',
    'xio3130-downstream,id=down2,bus=switch,addr=2,slot=13',
    'pcie-root-port,id=above,bus=pcie.0,addr=b,slot=14',
    'pcie-pci-bridge,id=to-pci,bus=above',
    'i82801b11-bridge,id=dmi,bus=pcie.0,addr=c',
    'pci-bridge,id=pci,bus=dmi,addr=1,chassis_nr=1')
PLACES = {
    'edu': Place('bus=pcie.0,addr=3', '00:03.0'),
    'nvme': Place('bus=far', '40:00.0/00.0'),
    'virtio-blk': Place('bus=down0', '00:0a.0/00.0/00.0/00.0'),
    'virtio-net': Place('bus=down1', '00:0a.0/00.0/01.0/00.0'),
    'e1000e': Place('bus=down2', '00:0a.0/00.0/02.0/00.0'),
    'usb': Place('bus=to-pci,addr=2', '00:0b.0/00.0/02.0', 'behind to-pci'),
    'ahci': Place('bus=pci,addr=3', '00:0c.0/01.0/03.0', 'dmi'),
}
UNITS = ('0xfed90000 bridge=40:00.0; '
         '0xfed91000 endpoint=00:0a.0/00.0/00.0/00.0; '
         '0xfed92000 bridge=00:0a.0/00.0/01.0; '
         '0xfed93000 bridge=00:0b.0; '
         '0xfed94000 bridge=00:0c.0; '
         '0xfed95000 include-all ioapic hpet')

PXB = bridges('pxb,id=pxb,addr=9,bus_nr=0x40',
              'pci-bridge,id=pci,bus=pci.0,addr=a,chassis_nr=1')
PXB_PLACES = {
    'edu': Place('bus=pci.0,addr=3', '00:03.0'),
    'virtio-blk': Place('bus=pxb,addr=1', '40:00.0/01.0', 'pxb'),
    'ahci': Place('bus=pci,addr=3', '00:0a.0/03.0', 'pci'),
}

BOOTS = {
    'pc': Boot(machine=PC),
    'bridges': Boot(bridges=BRIDGES, places=PLACES, iommu=f',units={UNITS}'),
}
MORE = {
    'pc-two-units': Boot(
        '6.1', 'intel_iommu=on intremap=off nox2apic pci=nomsi',
        machine=(*PC, '-global', 'hpet.msi=on'), msi=False,
        iommu=',units=0xfed90000 endpoint=00:04.0; '
              '0xfed91000 include-all ioapic hpet',
        wanted=Expected(remapping='')),
    'pc-pxb': Boot(
        machine=PC, bridges=PXB, places=PXB_PLACES,
        kinds=('virtio-blk', 'ahci'),
        iommu=',units=0xfed90000 bridge=40:00.0; '
              '0xfed91000 include-all ioapic'),
}



def sriov(folder):
    """A virtual function sends and receives under the unit that lists its
    physical function, in a domain of its own."""
    checks = Checks()
    peer = Peer(mib=2)
    options = ['-device', 'intel-iommu-sim,id=iommu0,'
                          'units=0xfed90000 endpoint=00:03.0/00.0; '
                          '0xfed91000 include-all ioapic hpet',
               '-device', 'pcie-root-port,id=rp,slot=1,addr=3',
               '-netdev', 'user,id=net', '-device', 'igb,bus=rp,netdev=net']
    with peer:
        script = f"""
            pf=$(function_on 00:03.0/00.0)
            ip link set "$(interface_of "$pf")" up
            echo 2 >/sys/bus/pci/devices/"$pf"/sriov_numvfs
            vf=$(basename "$(readlink /sys/bus/pci/devices/"$pf"/virtfn0)")
            say function "$vf"
            {peer.script('vf', '"$vf"')}
            platform
            """
        with VM(folder, script, options,
                modules=[*MODULES, 'igb', 'igbvf']) as vm:
            vm.wait_power_off()
            state = State(vm.qmp)
    results = vm.results()
    peer.check('vf', checks, results)
    function = state.device(results['function'][len('0000:'):])
    checks.that('it sends under the unit of the physical function',
                function['unit'] == 0 and
                all(function[field] for field in
                    ('reads', 'writes', 'interrupts')), function)
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, linux.Expected(), [])
    checks.raise_failed()


def crowd_hardware(folder):
    """A root port for each unit but the last, with three functions behind it:
    the hardware, and all of QEMU's options."""
    ports = range(CROWD_UNITS - 1)
    slots = [f'{CROWD_SLOT + port // 8:02x}.{port % 8}' for port in ports]
    hardware = Hardware(folder, places={
        name: Place(f'bus=port{port},addr=0.0,multifunction=on',
                    f'00:{slots[port]}/00.0')
        for name, port in CROWD_IO.items()})
    hardware.add(hardware.places)
    units = [f'{UNIT_BASE + 0x1000 * port:#x} bridge=00:{slots[port]}'
             for port in ports]
    units.append(f'{UNIT_BASE + 0x1000 * len(ports):#x} include-all ioapic '
                 'hpet')
    before = bridges(
        f'intel-iommu-sim,id=iommu0,units={"; ".join(units)}',
        *(f'pcie-root-port,id=port{port},slot={port},multifunction=on,'
          f'addr={slots[port]}' for port in ports))
    others = bridges(*(
        f'virtio-rng-pci,{VIRTIO},bus=port{port},addr=0.{function},'
        'multifunction=on' for port in ports for function in range(3)
        if function or port not in CROWD_IO.values()))
    return hardware, [*before, *hardware.options, *others]


def crowd(folder):
    """Sixteen units and sixty devices: each device is where it should be, and
    those of the first, of a middle and of the last port do their I/O."""
    checks = Checks()
    hardware, options = crowd_hardware(folder)
    with hardware.peer, \
            VM(folder, f'platform\n{hardware.script}', options) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    hardware.check(checks, results)
    devices = [name for name in results if name.startswith('device.')]
    checks.that('the guest has sixty devices', len(devices) >= 60,
                len(devices))
    checks.that('each unit has some',
                {device['unit'] for device in state.devices} ==
                set(range(CROWD_UNITS)), state.devices)
    check_traffic(checks, state, hardware.places)
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, linux.Expected(), [])
    checks.raise_failed()


def numa(folder):
    """Linux allocates the tables of each unit in the memory of its node."""
    checks = Checks()
    hardware = Hardware(folder, places={
        'nvme': PLACES['nvme'], 'ahci': Place('bus=pcie.0,addr=3', '00:03.0')})
    hardware.add(hardware.places)
    memory = [word for node in range(2) for word in (
        '-object', f'memory-backend-ram,id=memory{node},size={NODE_SIZE}',
        '-numa', f'node,nodeid={node},cpus={node},memdev=memory{node}')]
    options = ['-device', 'intel-iommu-sim,id=iommu0,units=0xfed90000 '
                          'bridge=40:00.0; 0xfed91000 include-all ioapic hpet,'
                          'rhsa=0xfed90000 node=1; 0xfed91000 node=0', *memory,
               '-smp', '2,sockets=2',
               *bridges(f'{BRIDGES[1]},numa_node=1', BRIDGES[3]),
               *hardware.options]
    script = (f'platform\n{hardware.script}say node $(cat /sys/bus/pci/devices/'
              f'$(function_on {PLACES["nvme"].path})/numa_node)\n')
    with VM(folder, script, options) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    results = vm.results()
    hardware.check(checks, results)
    checks.that('the kernel reads the nodes of the units', [
        int(line.split()[-1], 16)
        for line in vm.console_lines('DMAR: RHSA base:')] == [1, 0],
        vm.console_lines('RHSA'))
    checks.that('its tables are in the memory of the unit\'s node', [
        [unit[table] // NODE_SIZE for table in ('rtaddr', 'irta')]
        for unit in state.units] == [[1, 1], [0, 0]], state.units)
    checks.that('NVMe is in the node of its unit',
                results.get('node') == '1', results.get('node'))
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, linux.Expected(lines='DMAR: RHSA base:'), [])
    checks.raise_failed()


CASES = {f'topology/{name}': partial(run, boot)
         for name, boot in BOOTS.items()}
CASES |= {'topology/sriov': sriov, 'topology/crowd': crowd,
          'topology/numa': numa}
LONG = {f'topology/{name}': partial(run, boot)
        for name, boot in MORE.items()}

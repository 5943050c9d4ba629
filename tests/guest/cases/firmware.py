# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI firmware in place of SeaBIOS: it does DMA before the kernel does, hands
the DMAR table over, and reserves the units' registers in its memory map."""
import shutil
from functools import partial

from lib import boot as matrix
from lib import initramfs, linux
from lib.boot import Boot, check_traffic
from lib.checks import Checks
from lib.hardware import Hardware
from lib.linux import Expected
from lib.paths import Failure, from_script, kernel
from lib.state import State
from lib.vm import VM, command_line

KINDS = ['nvme', 'e1000e']
TWO_UNITS = (',units=0xfed90000 bridge=00:03.0 bridge=00:06.0; '
             '0xfed91000 include-all ioapic hpet')
REGION = ',rmrr=0xa0000000-0xa0000fff@00:04.0'


def uefi():
    """QEMU's options for it."""
    folder = from_script('get/ovmf')
    return ('-drive', 'if=pflash,unit=0,format=raw,readonly=on,'
                      f'file={folder}/OVMF_CODE_4M.fd',
            '-drive', 'if=pflash,unit=1,format=raw,snapshot=on,'
                      f'file={folder}/OVMF_VARS_4M.fd')


def disk_with_linux(folder, script):
    """QEMU's options for an NVMe disk from which the firmware takes the kernel,
    by the script that the UEFI shell looks for."""
    disk = folder / 'esp'
    image = kernel('6.12')
    shutil.rmtree(disk, ignore_errors=True)
    disk.mkdir()
    shutil.copy(image / 'vmlinuz', disk / 'linux.efi')
    initramfs.build(image, script, disk, initramfs.MODULES, {})
    (disk / 'startup.nsh').write_text(
        'fs0:\\linux.efi initrd=\\initramfs ' +
        command_line('intel_iommu=on') + '\r\n')
    file = str(disk).replace(',', ',,')
    return ['-device', 'nvme,id=esp,serial=esp,drive=esp',
            '-drive', f'if=none,id=esp,format=raw,file=fat:rw:{file}']


def check_uefi(checks, vm, state):
    """It was UEFI, and its memory map has the units."""
    checks.that('the kernel was started by UEFI',
                vm.console_lines('efi: EFI v'), vm.console)
    pages = [f'mem {base:#018x}-{base + 0xfff:#018x}'
             for base in (unit['base'] for unit in state.units)]
    missing = [page for page in pages
               if not vm.console_lines('BIOS-e820:', page, 'reserved')]
    checks.that('the units are reserved', not missing, missing)


def from_disk(folder):
    """The firmware reads the kernel from a disk behind the IOMMU."""
    checks = Checks()
    hardware = Hardware(folder)
    hardware.add(KINDS)
    options = ['-device', 'intel-iommu-sim,id=iommu0', *hardware.options]
    script = f'platform\n{hardware.script}'
    system = [*uefi(), *disk_with_linux(folder, script)]
    with hardware.peer, VM(folder, script, options, system=system) as vm:
        vm.wait_power_off()
        state = State(vm.qmp)
    hardware.check(checks, vm.results())
    check_traffic(checks, state, KINDS)
    check_uefi(checks, vm, state)
    checks.that('nothing faulted', not state.faults, state.faults)
    linux.check(checks, vm, state, Expected(), [])
    checks.raise_failed()


def run(boot, folder):
    """A boot of the matrix with it."""
    matrix.run(boot._replace(machine=boot.machine + uefi()), folder)
    if 'efi: EFI v' not in (folder / 'console.log').read_text():
        raise Failure('the kernel was not started by UEFI')


BOOTS = {
    '6.12': Boot(),
    '6.1': Boot('6.1'),
    '7': Boot('7'),
    'two-units-root-ports': Boot(ports=True, iommu=TWO_UNITS),
    'x2apic': Boot(machine=('-cpu', 'qemu64,+x2apic', '-smp', '4'),
                   wanted=Expected('x2apic')),
    'region': Boot(iommu=REGION, wanted=Expected(lines='DMAR: RMRR base:')),
    'pc': Boot(machine=('-M', 'pc')),
}

CASES = {'uefi/from-disk': from_disk}
LONG = {f'uefi/{name}': partial(run, boot) for name, boot in BOOTS.items()}
